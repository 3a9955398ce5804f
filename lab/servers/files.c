/* Files that servers leave, and where programs are. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pxk/files.h"
#include "servers.h"

enum pxk_err pxk_srv_leases_read(const struct pxk_lab_server_plan *plan, const char *name, pxk_srv_leases_parse *parse,
                                 struct pxk_lab_leases *out)
{
    struct pxk_text text = {0};
    char path[PATH_MAX];
    pxk_fmt(path, sizeof path, "%s/%s", plan->work, name);
    enum pxk_err err = pxk_file_read(path, PXK_SRV_FILE_MAX, &text);
    if (err == PXK_E_NOTFOUND && !plan->config) /* a user's config may have it elsewhere, or keep none */
        err = PXK_OK;
    else if (err == PXK_OK && text.len)
        err = parse(text.s, text.len, (int64_t)time(NULL), out);
    pxk_text_done(&text);
    return err;
}

/* ---- programs ---- */

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static bool try_path(char *path, size_t cap, const char *folder, size_t n, const char *name)
{
    int len = snprintf(path, cap, "%.*s/%s", (int)n, folder, name);
    return n && len > 0 && (size_t)len < cap && is_program(path);
}

/* In the folders of a list with colons between them. */
static bool in_folders(char *path, size_t cap, const char *folders, const char *name)
{
    while (folders && *folders) {
        size_t n = strcspn(folders, ":");
        if (n < PATH_MAX && try_path(path, cap, folders, n, name))
            return true;
        folders += n + (folders[n] == ':');
    }
    return false;
}

static bool is_found(const char *name, char *path, size_t cap)
{
    if (strchr(name, '/'))
        return pxk_str_copy(path, cap, name) && is_program(path);
    return in_folders(path, cap, getenv("PATH"), name) ||
           in_folders(path, cap, "/usr/sbin:/sbin:/usr/local/sbin:/usr/bin:/bin", name);
}

bool pxk_srv_unpacked(const struct pxk_lab_kind *kind, char *path, size_t cap)
{
    char program[PATH_MAX], foreign[PATH_MAX];
    const char *named = getenv("PXEKIT_FOREIGN");
    /* Whole, since programs are started in other folders. */
    if (!named || !*named || !kind->package || !kind->programs || !realpath(named, foreign))
        return false;
    int n = snprintf(path, cap, "%s/%s", foreign, kind->package);
    for (size_t i = 0; n > 0 && (size_t)n < cap && kind->programs[i]; i++) {
        pxk_fmt(program, sizeof program, "run/%s", kind->programs[i]);
        char whole[PATH_MAX];
        if (try_path(whole, sizeof whole, path, (size_t)n, program))
            return true;
    }
    return false;
}

/* This very program, if it is pxekit itself; tests name one. */
static bool own_program(char *path, size_t cap)
{
    const char *named = getenv("PXEKIT");
    ssize_t n = readlink("/proc/self/exe", path, cap - 1);
    if (n > 0) {
        path[n] = '\0';
        if (pxk_str_ends(path, "/pxekit") && is_program(path))
            return true;
    }
    return named && *named && is_found(named, path, cap);
}

static bool kind_found(const struct pxk_lab_kind *kind, char *path, size_t cap)
{
    char folder[PATH_MAX], name[PATH_MAX];
    bool unpacked = pxk_srv_unpacked(kind, folder, sizeof folder);
    if (kind == &pxk_srv_reference && own_program(path, cap))
        return true;
    for (size_t i = 0; kind->programs[i]; i++) {
        pxk_fmt(name, sizeof name, "run/%s", kind->programs[i]);
        if (unpacked && try_path(path, cap, folder, strlen(folder), name))
            return true;
        if (!unpacked && is_found(kind->programs[i], path, cap))
            return true;
    }
    return false;
}

bool pxk_srv_program(const struct pxk_lab_kind *kind, const char *named, char *path, size_t path_cap, char *why, size_t cap)
{
    if (named) {
        if (is_found(named, path, path_cap))
            return true;
        pxk_fmt(why, cap, "%s, which is to run as %s, is no program here", named, kind->words);
        return false;
    }
    if (!kind->programs)
        return pxk_str_copy(path, path_cap, "");
    if (kind_found(kind, path, path_cap))
        return true;
    if (kind->package)
        pxk_fmt(why, cap, "%s is not installed (package %s)", kind->words, kind->package);
    else
        pxk_fmt(why, cap, "the program %s is not to be found in PATH", kind->programs[0]);
    return false;
}

bool pxk_lab_kind_program(const struct pxk_lab_kind *kind, char *path, size_t path_cap, char *why, size_t cap)
{
    return pxk_srv_program(kind, NULL, path, path_cap, why, cap);
}
