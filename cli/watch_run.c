/* One watch: the loop, its sources, its signals and its clock. */
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "pxk/io.h"
#include "watch.h"

enum { JUDGE_MS = 1000, METRICS_MS = 15000 };

struct running {
    const struct watch *w;
    struct watching telling;
    uv_loop_t loop;
    uv_signal_t interrupt, terminate;
    uv_timer_t judge, metrics, limit;
    struct pxk_probe *probe;
    bool live, quiet;
    pxk_usec began;
    enum pxk_err err;
    char why[320];
};

static void on_frame(void *ctx, const struct pxk_probe_frame *f)
{
    struct running *r = ctx;
    if (!r->telling.start)
        r->telling.start = f->at;
    pxk_tracker_frame(r->telling.tracker, f->data, f->len, f->wire, f->at, (uint32_t)f->number);
    if (r->w->packets_max && f->number >= r->w->packets_max)
        pxk_probe_stop(r->probe);
}

static void on_notice(void *ctx, enum pxk_log_level level, const char *text)
{
    const struct running *r = ctx;
    (void)level;
    (void)cli_fail(0, r->w->command, "%s", text);
}

static void close_all(struct running *r)
{
    uv_handle_t *all[] = {(uv_handle_t *)&r->interrupt, (uv_handle_t *)&r->terminate, (uv_handle_t *)&r->judge,
                          (uv_handle_t *)&r->metrics, (uv_handle_t *)&r->limit};
    for (size_t i = 0; i < PXK_COUNT(all); i++)
        if (!uv_is_closing(all[i]))
            uv_close(all[i], NULL);
}

static void on_end(void *ctx, enum pxk_err err, const char *why)
{
    struct running *r = ctx;
    r->err = err;
    (void)pxk_str_copy(r->why, sizeof r->why, why ? why : "");
    close_all(r);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct running *r = handle->data;
    (void)number;
    pxk_probe_stop(r->probe);
}

static void on_judge(uv_timer_t *timer)
{
    struct running *r = timer->data;
    if (r->live)
        pxk_tracker_tick(r->telling.tracker, pxk_clock_now());
    watch_judge(&r->telling);
}

static void on_metrics(uv_timer_t *timer)
{
    struct running *r = timer->data;
    (void)watch_metrics(&r->telling, pxk_probe_stats(r->probe)); /* said; the next time may do */
}

static void on_limit(uv_timer_t *timer)
{
    struct running *r = timer->data;
    pxk_probe_stop(r->probe);
}

static void handles_init(struct running *r)
{
    uv_signal_init(&r->loop, &r->interrupt);
    uv_signal_init(&r->loop, &r->terminate);
    uv_timer_init(&r->loop, &r->judge);
    uv_timer_init(&r->loop, &r->metrics);
    uv_timer_init(&r->loop, &r->limit);
    r->interrupt.data = r->terminate.data = r->judge.data = r->metrics.data = r->limit.data = r;
}

static void handles_start(struct running *r)
{
    uv_signal_start(&r->interrupt, on_signal, SIGINT);
    uv_signal_start(&r->terminate, on_signal, SIGTERM);
    uv_timer_start(&r->judge, on_judge, JUDGE_MS, JUDGE_MS);
    if (r->w->metrics)
        uv_timer_start(&r->metrics, on_metrics, METRICS_MS, METRICS_MS);
    if (r->w->limit_s)
        uv_timer_start(&r->limit, on_limit, (uint64_t)r->w->limit_s * 1000, 0);
}

static int finish(struct running *r)
{
    const struct pxk_probe_stats stats = *pxk_probe_stats(r->probe);
    if (r->err != PXK_OK)
        (void)cli_fail(0, r->w->command, "%s", *r->why ? r->why : pxk_err_text(r->err));
    if (r->err != PXK_OK && !stats.packets)
        return EXIT_NO_TEST;
    double seconds = (double)pxk_usec_since(r->began, pxk_clock_now()) / 1e6;
    int status = watch_end(&r->telling, &stats, r->live ? 0 : seconds);
    return status == EXIT_PASS && r->err != PXK_OK ? EXIT_NO_TEST : status;
}

static bool record_open(struct running *r)
{
    if (!r->w->record.path)
        return true;
    if (pxk_rec_open(&r->w->record, &r->telling.rec, r->why, sizeof r->why) == PXK_OK)
        return true;
    (void)cli_fail(0, r->w->command, "%s", r->why);
    return false;
}

/* A report is worth something without its copy of the packets; that the copy is not there must be said. */
static int record_close(struct running *r, int status)
{
    if (pxk_rec_close(r->telling.rec, r->why, sizeof r->why) == PXK_OK)
        return status;
    (void)cli_fail(0, r->w->command, "%s", r->why);
    return status == EXIT_PASS ? EXIT_NO_TEST : status;
}

/* Nothing may pass by for a long time: that somebody listens must be seen. */
static void listening_tell(const struct running *r)
{
    char where[256];
    if (!r->quiet && (r->live || r->w->probe.follow))
        (void)cli_fail(0, r->w->command, "%s %s; Ctrl-C ends it with the report", r->live ? "listening on" : "following",
                       watch_where(r->w, where, sizeof where));
}

static int watch_sources(struct running *r)
{
    struct pxk_probe_opts opts = r->w->probe;
    opts.rec = r->telling.rec;
    opts.ctx = r;
    opts.frame = on_frame;
    opts.notice = on_notice;
    opts.end = on_end;
    r->live = opts.iface_n > 0;
    r->began = pxk_clock_now();
    handles_init(r);
    enum pxk_err err = pxk_probe_open(&r->loop, &opts, &r->probe, r->why, sizeof r->why);
    if (err != PXK_OK) {
        close_all(r);
        uv_run(&r->loop, UV_RUN_DEFAULT);
        return cli_fail(err == PXK_E_USAGE ? EXIT_USAGE : EXIT_NO_TEST, r->w->command, "%s", *r->why ? r->why : pxk_err_text(err));
    }
    r->telling.since = r->live ? r->began : 0;
    handles_start(r);
    listening_tell(r);
    uv_run(&r->loop, UV_RUN_DEFAULT);
    int status = finish(r);
    pxk_probe_close(r->probe);
    uv_run(&r->loop, UV_RUN_DEFAULT);
    return status;
}

/* What sessions may take is taken at once and kept: a watcher that runs for weeks needs no more then than in its first
 * second, however long its capture is. Half as much again is for what the bound does not count: connections under way, findings
 * of those that left, and the holes between blocks. In pieces below malloc's limit for mappings of their own. */
static void memory_reserve(size_t sessions)
{
#ifdef __GLIBC__
    enum { PIECE = 64 * 1024 };
    size_t n = (sessions + sessions / 2) / PIECE;
    void **piece = calloc(n ? n : 1, sizeof *piece);
    (void)mallopt(M_TRIM_THRESHOLD, INT_MAX); /* what is free stays ours */
    for (size_t i = 0; piece && i < n && (piece[i] = malloc(PIECE)); i++)
        memset(piece[i], 1, PIECE);
    for (size_t i = 0; piece && i < n; i++)
        free(piece[i]);
    free(piece);
#else
    (void)sessions;
#endif
}

int watch_run(const struct watch *w, bool narrate)
{
    struct running r = {.w = w, .quiet = !narrate};
    memory_reserve((size_t)w->memory_mib << 20);
    if (uv_loop_init(&r.loop) != 0)
        return cli_fail(EXIT_NO_TEST, w->command, "out of memory");
    if (!watch_begin(&r.telling, w, narrate)) {
        (void)uv_loop_close(&r.loop);
        return cli_fail(EXIT_NO_TEST, w->command, "out of memory");
    }
    int status = record_open(&r) ? record_close(&r, watch_sources(&r)) : EXIT_NO_TEST;
    watch_done(&r.telling);
    (void)uv_loop_close(&r.loop);
    return status;
}
