/* Which files, and what is in them. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pxk/files.h"
#include "run_int.h"

#define DEPTH_MAX 40

struct seen {
    dev_t dev;
    ino_t ino;
};

struct walk {
    const struct run *run;
    struct run_set *set;
    PXK_VEC(struct seen) files; /* a file that two paths reach is one file */
    struct seen above[DEPTH_MAX]; /* folders on the way down: a link to one of them is a loop */
    size_t depth;
};

static bool is_same(const struct seen *a, const struct stat *st)
{
    return a->dev == st->st_dev && a->ino == st->st_ino;
}

static bool is_scenario_name(const char *name)
{
    return pxk_str_ends(name, ".yaml") || pxk_str_ends(name, ".yml");
}

static int no_memory(const struct run *run)
{
    return run_say(run, RUN_NO_TEST, "out of memory");
}

static int file_add(struct walk *w, const char *path, const struct stat *st)
{
    for (size_t i = 0; i < w->files.n; i++)
        if (is_same(&w->files.at[i], st))
            return RUN_PASS;
    struct seen *seen = pxk_vec_push(&w->files);
    struct run_file *file = pxk_vec_push(&w->set->files);
    if (!seen || !file || !(file->path = strdup(path)))
        return no_memory(w->run);
    *seen = (struct seen){st->st_dev, st->st_ino};
    return RUN_PASS;
}

static int entry_visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* Not alphasort(): the order must not depend on the locale. */
static int entry_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int folder_walk(struct walk *w, const char *path, const struct stat *st);

/* What an earlier run has kept of a case: its scenario in there is a copy. */
static bool is_kept(const char *folder)
{
    struct pxk_text path = {0};
    pxk_text_addf(&path, "%s/result.json", folder);
    bool kept = !path.failed && access(path.s, F_OK) == 0;
    pxk_text_done(&path);
    return kept;
}

static int entry_walk(struct walk *w, const char *folder, const char *name)
{
    struct pxk_text path = {0};
    struct stat st;
    int status = RUN_PASS;
    pxk_text_addf(&path, "%s%s%s", folder, pxk_str_ends(folder, "/") ? "" : "/", name);
    if (path.failed)
        status = no_memory(w->run);
    else if (stat(path.s, &st) != 0)
        status = is_scenario_name(name) ? run_say(w->run, RUN_USAGE, "%s: %s", path.s, strerror(errno)) : RUN_PASS;
    else if (S_ISDIR(st.st_mode))
        status = is_kept(path.s) ? RUN_PASS : folder_walk(w, path.s, &st);
    else if (S_ISREG(st.st_mode) && is_scenario_name(name))
        status = file_add(w, path.s, &st);
    pxk_text_done(&path);
    return status;
}

static int folder_walk(struct walk *w, const char *path, const struct stat *st)
{
    struct dirent **entries;
    int status = RUN_PASS;
    for (size_t i = 0; i < w->depth; i++)
        if (is_same(&w->above[i], st))
            return RUN_PASS;
    if (w->depth == DEPTH_MAX)
        return run_say(w->run, RUN_USAGE, "%s: folders in folders end at %d", path, DEPTH_MAX);
    int n = scandir(path, &entries, entry_visible, entry_order);
    if (n < 0)
        return run_say(w->run, RUN_USAGE, "%s: %s", path, strerror(errno));
    w->above[w->depth++] = (struct seen){st->st_dev, st->st_ino};
    for (int i = 0; i < n; i++) {
        if (status == RUN_PASS)
            status = entry_walk(w, path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    w->depth--;
    return status;
}

static int path_walk(struct walk *w, const char *path)
{
    struct stat st;
    size_t before = w->set->files.n, known = w->files.n;
    if (stat(path, &st) != 0)
        return run_say(w->run, RUN_USAGE, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return file_add(w, path, &st);
    int status = folder_walk(w, path, &st);
    if (status == RUN_PASS && w->set->files.n == before && !known)
        return run_say(w->run, RUN_USAGE, "there is no scenario (*.yaml, *.yml) in %s", path);
    return status;
}

int run_files_find(const struct run *run, struct run_set *set)
{
    struct walk w = {.run = run, .set = set};
    int status = RUN_PASS;
    for (size_t i = 0; status == RUN_PASS && i < run->opts->path_n; i++)
        status = path_walk(&w, run->opts->paths[i]);
    pxk_vec_done(&w.files);
    return status;
}

static void errors_tell(const struct run *run, const char *path, const struct pxk_conf_errors *errors)
{
    char line[800];
    for (size_t i = 0;; i++) {
        struct pxk_str s = pxk_str_init(line, sizeof line);
        if (!pxk_conf_error_line(errors, path, i, &s))
            break;
        fprintf(run->err, "%s\n", line);
    }
}

static int file_parse(const struct run *run, struct run_set *set, size_t at)
{
    struct run_file *f = &set->files.at[at];
    struct pxk_conf_errors errors = {0};
    size_t before = set->scenarios.at.n;
    enum pxk_err err = pxk_file_read(f->path, PXK_CONF_TEXT_MAX + 1, &f->text); /* of one too long the parser tells */
    if (err == PXK_E_NOMEM)
        return no_memory(run);
    if (err != PXK_OK && err != PXK_E_SPACE)
        return run_say(run, RUN_USAGE, "%s: %s", f->path, strerror(errno));
    err = pxk_scenario_parse(f->path, f->text.s, f->text.len, &set->scenarios, &errors);
    errors_tell(run, f->path, &errors);
    pxk_conf_errors_done(&errors);
    if (err == PXK_E_FORMAT)
        return RUN_USAGE;
    if (err != PXK_OK)
        return run_say(run, RUN_NO_TEST, "%s: %s", f->path, pxk_err_text(err));
    for (size_t i = before; i < set->scenarios.at.n; i++) {
        struct run_case *c = pxk_vec_push(&set->cases);
        if (!c || !(c->id = strdup(set->scenarios.at.at[i]->id)))
            return no_memory(run);
        c->s = set->scenarios.at.at[i];
        c->file = at;
        c->text = f->text.s;
        c->text_len = f->text.len;
    }
    return RUN_PASS;
}

int run_files_parse(const struct run *run, struct run_set *set)
{
    int worst = RUN_PASS;
    for (size_t i = 0; i < set->files.n && worst != RUN_NO_TEST; i++) {
        int status = file_parse(run, set, i);
        worst = status > worst ? status : worst;
    }
    return worst;
}

void run_set_done(struct run_set *set)
{
    for (size_t i = 0; i < set->files.n; i++) {
        free(set->files.at[i].path);
        pxk_text_done(&set->files.at[i].text);
    }
    for (size_t i = 0; i < set->cases.n; i++)
        free(set->cases.at[i].id);
    pxk_vec_done(&set->files);
    pxk_vec_done(&set->cases);
    pxk_scenarios_done(&set->scenarios);
}
