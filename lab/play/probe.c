/* A second look at a case, by its packets alone: `expect: probe`. The emulator knows why its clients stopped; who watches a
 * real network does not, and must come to the same cause. */
#include "probe.h"

#include "pxk/io.h"
#include "pxk/probe_inspect.h"

struct watcher {
    struct pxk_tracker *tracker;
    pxk_usec first, last;
    uint32_t frames;
};

static void on_frame(void *ctx, const uint8_t *data, size_t len, size_t wire, pxk_usec at)
{
    struct watcher *w = ctx;
    if (!w->frames++)
        w->first = at;
    w->last = at > w->last ? at : w->last;
    pxk_tracker_frame(w->tracker, data, len, wire, at, w->frames);
}

static void on_event(void *ctx, const struct pxk_event *e)
{
    const struct watcher *w = ctx;
    pxk_probe_inspect(w->tracker, e);
}

/* It listens on while nobody speaks: an empty frame has the time alone. */
static void listen_on(struct watcher *w, pxk_usec more)
{
    static const uint8_t nothing[1];
    if (w->frames && more)
        pxk_tracker_frame(w->tracker, nothing, 0, 0, w->last + more, w->frames);
}

static json_t *verdict_of(const struct pxk_seen *seen, const struct watcher *w, const char *at)
{
    int status = 0;
    double seconds = w->frames ? (double)pxk_usec_since(w->first, w->last) / 1e6 : 0;
    json_t *report = pxk_seen_report(seen, w->tracker, "watch", seconds, &status);
    return report ? json_pack("{s:o, s:i, s:I, s:s*}", "report", report, "exit", status, "frames", (json_int_t)w->frames, "at", at)
                  : NULL;
}

bool pxk_probe_put(struct pxk_seen *seen, const struct pxk_scenario *s, const char *capture, char *why, size_t cap)
{
    const struct pxk_scn_probe_expect *e = &s->expect.probe;
    struct watcher w = {0};
    if (pxk_tracker_new(&(struct pxk_tracker_opts){.on_event = on_event, .ctx = &w}, &w.tracker) != PXK_OK)
        return pxk_fmt(why, cap, "out of memory"), false;
    bool read = pxk_capture_read(capture, on_frame, &w, why, cap) == PXK_OK;
    if (read) {
        listen_on(&w, e->stays);
        pxk_seen_put(seen, "probe", verdict_of(seen, &w, e->at));
    }
    pxk_tracker_free(w.tracker);
    return read;
}
