/* The tracker under any sequence of frames. Input: frames, each after its length (two bytes, big-endian) and
 * the time since the one before (one byte, in quarter seconds). A frame whose length says more than is left
 * takes what is left, as a capture that was cut would. */
#include <assert.h>

#include "pxk/session.h"

static void check_text(void *ctx, const struct pxk_event *e)
{
    unsigned *events = ctx;
    (*events)++;
    for (const char *p = e->text; *p; p++)
        assert(*p >= 0x20 && *p < 0x7f);
    assert(e->kind < PXK_EVENT_N && e->session);
}

static void check_session(const struct pxk_session *s)
{
    char why[200];
    assert(s->round_n <= PXK_ROUNDS_MAX && s->arp_n <= PXK_ARPS_MAX);
    assert(s->transfers.n <= PXK_TRANSFERS_MAX && s->https.n <= PXK_HTTPS_MAX);
    for (size_t i = 0; i < s->transfers.n; i++) {
        const struct pxk_transfer *tr = &s->transfers.at[i];
        assert(tr->missed <= tr->blocks && tr->head_len <= tr->head_cap && tr->head_cap <= PXK_HEAD_TEXT_MAX);
        assert(tr->repeats <= tr->data_packets && tr->gaps <= tr->data_packets);
    }
    assert(s->conns.n <= PXK_CONNS_MAX && s->dns.n <= PXK_DNS_MAX);
    for (size_t i = 0; i < s->https.n; i++)
        assert(!s->https.at[i].done || !s->https.at[i].cut_short);
    for (unsigned i = 0; i < PXK_STEP_N; i++) {
        assert(pxk_session_step(s, (enum pxk_step)i, why, sizeof why) <= PXK_VERDICT_FAIL);
        for (const char *p = why; *p; p++)
            assert(*p >= 0x20 && *p < 0x7f);
    }
    assert(pxk_session_milestone(s) < PXK_MILESTONE_N);
}

static void retired(void *ctx, struct pxk_session *s)
{
    (void)ctx;
    check_session(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    unsigned events = 0;
    struct pxk_tracker_opts opts = {.clients_max = 4, .memory_max = 64 * 1024, .idle_max = 600 * PXK_SEC,
                                    .on_event = check_text, .on_retire = retired, .ctx = &events};
    struct pxk_tracker *t;
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
    assert(pxk_tracker_frames(t) == number && pxk_tracker_count(t) <= 4);
    for (size_t i = 0; i < pxk_tracker_count(t); i++)
        check_session(pxk_tracker_session(t, i));
    pxk_tracker_free(t);
    return 0;
}
