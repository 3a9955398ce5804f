/* What a failed case leaves behind on purpose: captures, logs, configs, what was seen, the report, the scenario. Copied out of the
 * case's own tmpfs, by its PID 1, before that vanishes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run_int.h"

#define DEPTH_MAX 8
#define FILE_MAX  ((off_t)256 << 20) /* a larger one is told, not copied */

struct copy {
    const char *tree;
    char *why;
    size_t cap;
    unsigned depth;
    bool fine;
};

static void trouble(struct copy *c, const char *name, const char *what)
{
    if (c->fine)
        pxk_fmt(c->why, c->cap, "%s: %s", name, what); /* of several the first */
    c->fine = false;
}

static void file_copy(struct copy *c, int from, int to, const char *name, const struct stat *st)
{
    ssize_t n = 1;
    if (st->st_size > FILE_MAX) {
        trouble(c, name, "too large to be kept");
        return;
    }
    int in = openat(from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int out = in >= 0 ? openat(to, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644) : -1;
    while (out >= 0 && (n = sendfile(out, in, NULL, 1 << 20)) > 0)
        ;
    if (out < 0 || n < 0)
        trouble(c, name, strerror(errno));
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
}

static void folder_copy(struct copy *c, const char *path, int to);

static void entry_copy(struct copy *c, const char *folder, int from, int to, const char *name)
{
    struct pxk_text path = {0};
    struct stat st;
    pxk_text_addf(&path, "%s/%s", folder, name);
    if (path.failed || fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        trouble(c, name, strerror(errno));
    } else if (S_ISREG(st.st_mode)) {
        file_copy(c, from, to, name, &st);
    } else if (S_ISDIR(st.st_mode) && strcmp(path.s, c->tree) != 0 && c->depth < DEPTH_MAX) {
        (void)mkdirat(to, name, 0755); /* it may be there; opening it tells */
        int next = openat(to, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (next < 0)
            trouble(c, name, strerror(errno));
        else
            folder_copy(c, path.s, next);
    } /* sockets, pipes and links are not worth keeping */
    pxk_text_done(&path);
}

/* Closes @to. */
static void folder_copy(struct copy *c, const char *path, int to)
{
    DIR *d = opendir(path);
    c->depth++;
    for (struct dirent *e; d && (e = readdir(d)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            entry_copy(c, path, dirfd(d), to, e->d_name);
    c->depth--;
    if (d)
        closedir(d);
    close(to);
}

static void folder_empty(int folder, unsigned depth)
{
    DIR *d = fdopendir(folder);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || unlinkat(dirfd(d), e->d_name, 0) == 0)
            continue;
        int inner = depth < DEPTH_MAX ? openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) : -1;
        if (inner >= 0)
            folder_empty(inner, depth + 1);
        (void)unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
    }
    if (d)
        closedir(d);
    else
        close(folder);
}

/* As mkdir -p. */
static bool folders_make(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, 0755) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return mkdir(path, 0755) == 0 || errno == EEXIST;
}

void run_artifacts_path(const struct run *run, const struct run_case *c, struct pxk_text *out)
{
    const char *folder = run->opts->artifacts ? run->opts->artifacts : "pxekit-artifacts";
    pxk_text_addf(out, "%s%s", folder, pxk_str_ends(folder, "/") ? "" : "/");
    for (const char *s = c->id; *s; s++)
        pxk_text_addf(out, "%c", *s == '/' || (s == c->id && *s == '.') ? '_' : *s);
}

/* The folder, without what an earlier run of this case left; a folder that no run made is not emptied. */
static int folder_open(char *path)
{
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
    int folder = folders_make(path) ? open(path, flags) : -1;
    if (folder >= 0 && faccessat(folder, "result.json", F_OK, 0) == 0) {
        int again = open(path, flags);
        if (again >= 0)
            folder_empty(again, 0);
    }
    return folder;
}

static bool result_write(int folder, const json_t *part)
{
    char *text = json_dumps(part, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    bool fine = text && run_file_write(folder, "result.json", text, strlen(text));
    free(text);
    return fine;
}

bool run_artifacts(const struct run *run, const struct run_case *c, const json_t *part, const char *tree, char *why, size_t cap)
{
    struct pxk_text path = {0};
    char work[80];
    struct copy copy = {.tree = tree, .why = why, .cap = cap, .fine = true};
    run_artifacts_path(run, c, &path);
    int folder = path.failed ? -1 : folder_open(path.s);
    if (folder < 0) {
        pxk_fmt(why, cap, "%s: %s", path.s ? path.s : "artifacts", strerror(errno));
        pxk_text_done(&path);
        return false;
    }
    if (!run_file_write(folder, "scenario.yaml", c->text ? c->text : "", c->text_len))
        trouble(&copy, "scenario.yaml", strerror(errno));
    if (!result_write(folder, part))
        trouble(&copy, "result.json", strerror(errno));
    int again = dup(folder);
    pxk_fmt(work, sizeof work, "%s/" RUN_WORK, run->base);
    if (again >= 0)
        folder_copy(&copy, work, again);
    copy.tree = work;
    folder_copy(&copy, run->base, folder);
    pxk_text_done(&path);
    return true;
}
