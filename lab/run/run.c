/* From options to an exit status. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "progress.h"
#include "run_int.h"

/* ---- order ---- */

/* Fisher and Yates. */
static void shuffle(size_t *order, size_t n, unsigned long seed)
{
    struct pxk_rand r = pxk_rand_init(seed);
    for (size_t i = n; i > 1; i--) {
        size_t k = pxk_rand_below(&r, (uint32_t)i), t = order[i - 1];
        order[i - 1] = order[k];
        order[k] = t;
    }
}

static int by_limit(const void *a, const void *b, void *ctx)
{
    const struct run_case *cases = ctx;
    size_t i = *(const size_t *)a, k = *(const size_t *)b;
    pxk_usec x = cases[i].s->limit, y = cases[k].s->limit;
    if (x != y)
        return x < y ? 1 : -1;
    return i < k ? -1 : i > k;
}

/* Those that may take longest come first, so that none of them is left to run alone at the end; else as in the files. */
static size_t *order_make(const struct run *run, const struct run_set *set, size_t *n)
{
    size_t *order = calloc(set->cases.n + 1, sizeof *order);
    *n = 0;
    for (size_t i = 0; order && i < set->cases.n; i++)
        if (set->cases.at[i].chosen)
            order[(*n)++] = i;
    if (order && run->opts->shuffle)
        shuffle(order, *n, run->opts->shuffle_seed);
    else if (order)
        qsort_r(order, *n, sizeof *order, by_limit, set->cases.at);
    return order;
}

/* ---- documents ---- */

static bool document_write(const struct run *run, const char *path, const struct pxk_text *text, bool append)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0644);
    const char *at = text->s ? text->s : "";
    size_t left = text->len;
    ssize_t n = 1;
    while (fd >= 0 && left && (n = write(fd, at, left)) > 0) {
        at += n;
        left -= (size_t)n;
    }
    if (fd < 0 || n < 0 || left || text->failed)
        (void)run_say(run, 0, "%s could not be written: %s", path, text->failed ? "out of memory" : strerror(errno));
    bool fine = fd >= 0 && close(fd) == 0 && !left && !text->failed;
    return fine;
}

static bool documents_write(const struct run *run, const json_t *results)
{
    const struct pxk_run_opts *o = run->opts;
    const char *summary = o->github ? getenv("GITHUB_STEP_SUMMARY") : NULL;
    struct pxk_text junit = {0}, html = {0}, json = {0}, markdown = {0};
    bool fine = true;
    if (o->junit) {
        pxk_run_junit(results, &junit);
        fine = document_write(run, o->junit, &junit, false) && fine;
    }
    if (o->html) {
        pxk_run_html(results, o->version, &html);
        fine = document_write(run, o->html, &html, false) && fine;
    }
    if (o->json || o->json_file)
        pxk_run_json(results, o->version, &json);
    if (o->json_file)
        fine = document_write(run, o->json_file, &json, false) && fine;
    if (o->json)
        fwrite(json.s ? json.s : "", 1, json.len, run->out);
    if (summary && *summary) {
        pxk_run_markdown(results, &markdown);
        fine = document_write(run, summary, &markdown, true) && fine;
    }
    pxk_text_done(&junit);
    pxk_text_done(&html);
    pxk_text_done(&json);
    pxk_text_done(&markdown);
    return fine;
}

/* A report that could not be written after an hour of tests is told before them. */
static bool documents_possible(const struct run *run)
{
    const char *const paths[] = {run->opts->junit, run->opts->html, run->opts->json_file};
    for (size_t i = 0; i < PXK_COUNT(paths); i++) {
        int fd = paths[i] ? open(paths[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0644) : -1;
        if (paths[i] && fd < 0)
            return run_say(run, false, "%s cannot be written: %s", paths[i], strerror(errno));
        if (fd >= 0)
            close(fd);
    }
    return true;
}

/* ---- play ---- */

/* Results in the order of the files, whatever order they came in. */
static json_t *results_sorted(const struct run_set *set, json_t *const *by_case)
{
    json_t *results = json_array();
    for (size_t i = 0; i < set->cases.n; i++)
        if (by_case[i])
            (void)json_array_append(results, by_case[i]);
    return results;
}

static int play_all(const struct run *run, const struct run_set *set, const size_t *order, size_t n)
{
    struct progress progress = {.run = run, .set = set, .total = n};
    int status = RUN_NO_TEST;
    progress.by_case = calloc(set->cases.n + 1, sizeof(json_t *));
    if (!progress.by_case)
        return run_say(run, RUN_NO_TEST, "out of memory");
    struct run_sink sink = progress_sink(&progress);
    progress_begin(&progress);
    bool whole = run_pool(run, set, order, n, &sink);
    json_t *results = results_sorted(set, progress.by_case);
    struct pxk_run_count count = pxk_run_count(results);
    if (run->opts->update)
        (void)run_update(run, set, results);
    bool written = documents_write(run, results);
    progress_end(&progress, &count, whole);
    if (whole && written)
        status = count.failed ? RUN_FAILED : RUN_PASS;
    for (size_t i = 0; i < set->cases.n; i++)
        json_decref(progress.by_case[i]);
    free(progress.by_case);
    json_decref(results);
    return status;
}

static int play(const struct run *run, const struct run_set *set)
{
    char why[600] = "";
    size_t n;
    if (!run_child_possible(run, why, sizeof why))
        return run_say(run, RUN_NO_TEST, "%s", *why ? why : "no process of its own can be started for a case");
    if (!documents_possible(run))
        return RUN_USAGE;
    size_t *order = order_make(run, set, &n);
    int status = order ? play_all(run, set, order, n) : run_say(run, RUN_NO_TEST, "out of memory");
    free(order);
    return status;
}

static int prepare(const struct run *run, struct run_set *set)
{
    if (!run->opts->path_n)
        return run_say(run, RUN_USAGE, "which scenarios? Name files or folders: pxekit run scenarios/");
    int status = run_files_find(run, set);
    if (status == RUN_PASS)
        status = run_files_parse(run, set);
    if (status == RUN_PASS) {
        run_ids_unique(set);
        status = run_choose(run, set);
    }
    return status;
}

int pxk_run_with(const struct run *given)
{
    struct pxk_run_opts opts = *given->opts;
    struct run run = *given;
    struct run_set set = {0};
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    run.opts = &opts;
    if (!opts.jobs)
        opts.jobs = processors > 0 ? (unsigned)processors : 1;
    if (!opts.width)
        opts.width = 100;
    int status = prepare(&run, &set);
    if (status == RUN_PASS && opts.list)
        run_list(&run, &set);
    else if (status == RUN_PASS && opts.dry_run)
        run_dry(&run, &set);
    else if (status == RUN_PASS)
        status = play(&run, &set);
    run_set_done(&set);
    return status;
}
