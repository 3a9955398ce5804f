#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"

#define TICK_MS 1000

int run_say(const struct run *run, int status, const char *fmt, ...)
{
    va_list ap;
    fputs("pxekit run: ", run->err);
    va_start(ap, fmt);
    vfprintf(run->err, fmt, ap);
    va_end(ap);
    fputc('\n', run->err);
    return status;
}

static bool is_quiet(const struct progress *p) /* standard output belongs to a document */
{
    return p->run->opts->tap || p->run->opts->json;
}

/* ---- the status line, on standard error ---- */

static time_t seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

static void status_clear(struct progress *p)
{
    if (!p->shown)
        return;
    fputs("\r\033[K", p->run->err);
    fflush(p->run->err);
    free(p->shown);
    p->shown = NULL;
}

static void status_text(const struct progress *p, const struct run_case *const *running, size_t n, struct pxk_text *line)
{
    size_t room = p->run->opts->width > 20 ? p->run->opts->width - 1 : 20;
    pxk_text_addf(line, "[%zu/%zu] %lld s", p->done, p->total, (long long)(seconds_now() - p->started));
    if (p->failed)
        pxk_text_addf(line, ", %zu failed", p->failed);
    for (size_t i = 0; i < n; i++) {
        pxk_text_add(line, i ? ", " : "  ");
        run_add_line(line, running[i]->id, strlen(running[i]->id));
    }
    if (line->failed || line->len <= room)
        return;
    line->len = room - 3;
    pxk_text_add(line, "...");
}

static void status_show(struct progress *p, const struct run_case *const *running, size_t n)
{
    struct pxk_text line = {0};
    status_text(p, running, n, &line);
    if (line.failed || (p->shown && strcmp(p->shown, line.s) == 0)) {
        pxk_text_done(&line);
        return;
    }
    fprintf(p->run->err, "\r\033[K%s", line.s);
    fflush(p->run->err);
    free(p->shown);
    p->shown = line.s;
}

static int tick(void *ctx, const struct run_case *const *running, size_t n)
{
    struct progress *p = ctx;
    if (!p->run->opts->live)
        return -1;
    status_show(p, running, n);
    return TICK_MS;
}

/* ---- results ---- */

static void checks_add(const json_t *result, struct pxk_text *out)
{
    size_t i;
    json_t *check;
    json_array_foreach(json_object_get(result, "checks"), i, check) {
        const char *what = run_get(check, "what"), *seen = run_get(check, "seen");
        if (!json_is_true(json_object_get(check, "ok")))
            continue;
        pxk_text_add(out, "     ok  ");
        run_add_line(out, what, strlen(what));
        pxk_text_add(out, ": ");
        run_add_line(out, seen, strlen(seen));
        pxk_text_add(out, "\n");
    }
}

static void tell(struct progress *p, const json_t *result)
{
    const struct pxk_run_opts *o = p->run->opts;
    struct pxk_text text = {0};
    if (o->tap)
        pxk_run_tap_line(p->done, result, &text);
    else if (!o->json && (!o->quiet || run_is_bad(result)))
        pxk_run_line(result, o->colour, &text);
    if (!is_quiet(p) && o->verbose)
        checks_add(result, &text);
    if (!is_quiet(p) && run_is_bad(result))
        pxk_run_failure(result, o->colour, o->width, &text);
    fwrite(text.s ? text.s : "", 1, text.len, p->run->out);
    pxk_text_done(&text);
    if (*run_get(result, "not_kept"))
        (void)run_say(p->run, 0, "not everything could be kept: %s", run_get(result, "not_kept"));
}

/* GitHub reads commands from both streams. */
static void annotate(struct progress *p, const json_t *result)
{
    struct pxk_text text = {0};
    FILE *to = is_quiet(p) ? p->run->err : p->run->out;
    pxk_run_github(result, &text);
    fwrite(text.s ? text.s : "", 1, text.len, to);
    pxk_text_done(&text);
}

static void ended(void *ctx, const struct run_case *c, json_t *result)
{
    struct progress *p = ctx;
    p->done++;
    p->failed += run_is_bad(result);
    p->by_case[c - p->set->cases.at] = result;
    status_clear(p);
    tell(p, result);
    if (p->run->opts->github)
        annotate(p, result);
    fflush(p->run->out);
}

struct run_sink progress_sink(struct progress *p)
{
    return (struct run_sink){.ended = ended, .tick = tick, .ctx = p};
}

void progress_begin(struct progress *p)
{
    struct pxk_text plan = {0};
    p->started = seconds_now();
    if (!p->run->opts->tap)
        return;
    pxk_run_tap_plan(p->total, &plan);
    fwrite(plan.s ? plan.s : "", 1, plan.len, p->run->out);
    pxk_text_done(&plan);
}

void progress_end(struct progress *p, const struct pxk_run_count *count, bool whole)
{
    status_clear(p);
    if (!whole && p->run->opts->tap)
        fputs("Bail out! interrupted\n", p->run->out);
    fflush(p->run->out);
    if (!whole)
        (void)run_say(p->run, 0, "interrupted: %zu of %zu cases were not run", p->total - p->done, p->total);
    if (p->run->opts->tap)
        fprintf(p->run->out, "# %zu passed, %zu failed, %zu skipped\n", count->passed, count->failed, count->skipped);
    else if (!p->run->opts->json)
        fprintf(p->run->out, "%zu passed, %zu failed, %zu skipped\n", count->passed, count->failed, count->skipped);
    fflush(p->run->out);
}
