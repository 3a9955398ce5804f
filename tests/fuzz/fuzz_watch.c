/* What a watcher makes of any sequence of frames: the tracker, the look into what was downloaded, and every rule. Input as in
 * fuzz_tracker.c. Texts are fit for a terminal, and what is kept of a client is bounded. */
#include <assert.h>
#include <stdlib.h>

#include "pxk/diag.h"
#include "pxk/probe_inspect.h"

enum { FILES_MAX = 32 };

static void inspect(void *ctx, const struct pxk_event *e)
{
    struct pxk_tracker **t = ctx;
    pxk_probe_inspect(*t, e);
}

static void check_text(const char *text)
{
    for (const char *p = text; *p; p++)
        assert((*p >= 0x20 && *p < 0x7f) || *p == '\n');
}

static void check_session(const struct pxk_session *s)
{
    assert(s->files.n <= FILES_MAX && !s->facts.emulated);
    for (size_t i = 0; i < s->files.n; i++) {
        const struct pxk_file *f = &s->files.at[i];
        assert(f->transfer < (int)s->transfers.n && !(f->truncated && f->corrupt));
        check_text(f->url);
        check_text(f->path);
        check_text(f->why);
    }
    check_text(s->facts.cmdline);
    check_text(s->facts.kernel);
    check_text(s->facts.stop_why);
}

static void check_findings(const struct pxk_tracker *t)
{
    struct pxk_diagnosis d;
    if (pxk_diagnose(t, &d) != PXK_OK)
        return;
    for (size_t i = 0; i < d.findings.n; i++) {
        const struct pxk_finding *f = &d.findings.at[i];
        check_text(f->seen);
        check_text(f->cause);
        check_text(f->fix);
        check_text(f->filter);
        for (unsigned k = 1; k < f->frame_n; k++)
            assert(f->frame[k - 1] < f->frame[k]);
    }
    pxk_diagnosis_done(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pxk_tracker *t;
    struct pxk_tracker_opts opts = {.clients_max = 4, .on_event = inspect, .ctx = &t};
    if (pxk_tracker_new(&opts, &t) != PXK_OK)
        return 0;
    struct pxk_rd r = pxk_rd_init(data, len);
    pxk_usec now = PXK_SEC;
    uint32_t number = 0;
    while (pxk_rd_left(&r) > 3) {
        size_t wire = pxk_rd_u16(&r);
        now += pxk_rd_u8(&r) * (PXK_SEC / 4);
        size_t there = wire < pxk_rd_left(&r) ? wire : pxk_rd_left(&r);
        pxk_tracker_frame(t, pxk_rd_take(&r, there), there, wire, now, ++number);
    }
    check_findings(t);
    for (size_t i = 0; i < pxk_tracker_count(t); i++)
        check_session(pxk_tracker_session(t, i));
    pxk_tracker_frame(t, "", 0, 0, now + 600 * PXK_SEC, ++number); /* and after a long silence */
    check_findings(t);
    pxk_tracker_free(t);
    return 0;
}
