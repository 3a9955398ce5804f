/* Rules about how well files come: loss, doubled packets, windows and queues, many clients at once, small blocks. They hold
 * whatever else is wrong. */
#include <string.h>

#include "diag_int.h"

/* A client that does without options is slow, no more. */
static void slow_without_options(struct dx *d)
{
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        char intro[300];
        if (t->oack || t->state != PXK_TRANSFER_DONE || t->asked_blksize <= PXK_TFTP_BLKSIZE ||
            !t->blocks)
            continue;
        struct pxk_finding *f = dx_raise(d, FINDING_OACK_MISSING, PXK_SEVERITY_WARNING);
        dx_seen(f,
                "%s: asked for blksize %u, got 512-byte blocks and no OACK; UEFI machines would "
                "stop here",
                transfer_intro(t, intro, sizeof intro), t->asked_blksize);
        transfer_frames(d, f, t);
        return;
    }
}

/* ---- loss, and what looks like it ---- */

/* RFC 1123 4.2.3.1: who answers a repeated ACK with DATA once more doubles every packet from then on. */
static bool sends_twice(struct dx *d)
{
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        uint64_t since = t->doubled_from && t->blocks > t->doubled_from ? t->blocks - t->doubled_from : 0;
        char intro[300];
        if (t->doubled < 16 || 2 * (uint64_t)t->doubled < since)
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_SENDS_TWICE);
        dx_seen(f, "%s: from block %llu on %u of %llu blocks came twice, at once, with no time-out between",
                transfer_intro(t, intro, sizeof intro), (unsigned long long)t->doubled_from, t->doubled, (unsigned long long)since + 1);
        if (t->doubled_from > 1 && t->echoes)
            dx_cause(f, "the server answers every repeated ACK with DATA again (the sorcerer's apprentice); one delayed or doubled "
                        "packet before block %llu began it", (unsigned long long)t->doubled_from);
        dx_span(f, t->first_frame, t->last_frame);
        dx_filter(d, f, "udp.port == %u", t->client_port);
        return true;
    }
    return false;
}

/* Chance strikes anywhere in a window, a queue that overflows takes its end. */
static bool window_overflows(struct dx *d)
{
    const struct pxk_transfer *worst = NULL;
    uint64_t early = 0, late = 0, blocks = 0, windows = 0;
    char intro[300];
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (t->window < 2)
            continue;
        early += t->lost_early;
        late += t->lost_late;
        blocks += t->blocks;
        windows += t->blocks / t->window;
        if (!worst || t->lost_late > worst->lost_late)
            worst = t;
    }
    bool every_block = 10 * (early + late) >= 9 * blocks; /* a client that acknowledges each of them */
    if (late < 3 || late < 3 * early || 20 * late < windows || every_block || !worst)
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_TFTP_WINDOW_TOO_LARGE);
    dx_seen(f, "%s: of %llu windows of %u blocks the end was lost, of %llu the beginning; the longest wait was %.1f s",
            transfer_intro(worst, intro, sizeof intro), (unsigned long long)late, worst->window, (unsigned long long)early,
            (double)worst->longest_silence / 1e6);
    dx_span(f, worst->first_frame, worst->last_frame);
    dx_filter(d, f, "udp.port == %u", worst->client_port);
    return true;
}

/* Repeats that time-outs explain. */
static uint64_t lost_of(const struct pxk_transfer *t)
{
    /* A block lost before the capture point shows in the client's ACKs alone. */
    uint64_t again = t->repeats > t->ack_repeats ? t->repeats : t->ack_repeats;
    return again > t->doubled ? again - t->doubled : 0;
}

void rule_loss(struct dx *d)
{
    uint64_t packets = 0, repeats = 0;
    pxk_usec longest = 0;
    uint32_t from = 0, to = 0;
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        uint64_t again = lost_of(t);
        packets += t->data_packets;
        repeats += again;
        if (again && !from)
            from = t->first_frame;
        if (again)
            to = t->last_frame;
        if (t->data_packets && t->longest_silence > longest)
            longest = t->longest_silence;
    }
    slow_without_options(d);
    if (d->failed || sends_twice(d) || window_overflows(d) || repeats < 5 || repeats * 100 < packets)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_TFTP_SLOW_LOSS);
    dx_seen(f, "%llu repeats for %llu DATA packets (%.1f %%); the longest wait was %.1f s",
            (unsigned long long)repeats, (unsigned long long)packets,
            100.0 * (double)repeats / (double)packets, (double)longest / 1e6);
    dx_span(f, from, to);
    dx_filter(d, f, "udp && !dhcp");
}

/* ---- many at once ---- */

#define SLOW_ANSWER (500 * PXK_MSEC)
#define FAST_ANSWER (50 * PXK_MSEC)
#define CROWD       4
#define LOOKED_AT   512 /* other sessions: one of ten thousand must not look at all the others */

/* What the server did for others while this client waited for its first answer. */
struct crowd {
    unsigned busy; /* other clients with a transfer under way */
    const struct pxk_transfer *quick; /* answered at once, from the same server */
};

static void look_at_transfers(const struct pxk_session *s, const struct pxk_transfer *slow, struct crowd *out)
{
    bool busy = false;
    for (size_t i = 0; i < s->transfers.n; i++) {
        const struct pxk_transfer *t = &s->transfers.at[i];
        if (!pxk_ip_eq(t->server, slow->server))
            continue;
        busy |= t->started <= slow->answered && t->last >= slow->started;
        if (t->answered && t->answer_delay <= FAST_ANSWER && !out->quick)
            out->quick = t;
    }
    out->busy += busy;
}

static struct crowd crowd_of(const struct dx *d, const struct pxk_transfer *slow)
{
    struct crowd c = {0};
    size_t n = pxk_tracker_count(d->tracker);
    for (size_t i = 0; i < n && i < LOOKED_AT && !(c.busy >= CROWD && c.quick); i++) {
        const struct pxk_session *s = pxk_tracker_session(d->tracker, i);
        if (s != d->s)
            look_at_transfers(s, slow, &c);
    }
    return c;
}

static pxk_usec first_answer(const struct pxk_transfer *t)
{
    return pxk_usec_since(t->started, t->answered);
}

/* Where a request was lost the next one is answered at once; here each was answered, but late. */
static bool answered_late(const struct pxk_transfer *t)
{
    bool each = t->requests > 1 && t->answers > 1;
    return t->answered && first_answer(t) >= SLOW_ANSWER && (t->answer_delay >= SLOW_ANSWER || each);
}

static const struct pxk_transfer *slowest_answer(const struct pxk_session *s)
{
    const struct pxk_transfer *slow = NULL;
    for (size_t i = 0; i < s->transfers.n; i++) {
        const struct pxk_transfer *t = &s->transfers.at[i];
        if (answered_late(t) && (!slow || first_answer(t) > first_answer(slow)))
            slow = t;
    }
    return slow;
}

void rule_tftp_load(struct dx *d)
{
    const struct pxk_transfer *slow = slowest_answer(d->s);
    char intro[300];
    if (!slow || d->failed)
        return;
    struct crowd c = crowd_of(d, slow);
    if (c.busy < CROWD || !c.quick)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_TFTP_OVERLOADED);
    dx_seen(f, "%s: %.1f s until the first answer, %u request%s, while at least %u other clients were served; another request was "
               "answered after %.0f ms", transfer_intro(slow, intro, sizeof intro), (double)first_answer(slow) / 1e6,
            slow->requests, slow->requests == 1 ? "" : "s", c.busy, (double)c.quick->answer_delay / 1e3);
    dx_span(f, slow->first_frame, slow->last_frame);
    dx_filter(d, f, "udp.port == %u", slow->client_port);
}

/* ---- small blocks ---- */

#define SMALL       1024u
#define MANY_BYTES  (4u << 20)
#define LONG_ENOUGH (10 * PXK_SEC)

void rule_small_blocks(struct dx *d)
{
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        pxk_usec took = pxk_usec_since(t->started, t->last);
        char intro[300];
        if (t->state != PXK_TRANSFER_DONE || t->blksize > SMALL || t->window > 1 || t->bytes < MANY_BYTES || took < LONG_ENOUGH ||
            t->asked_blksize > SMALL)
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_SMALL_BLOCKS);
        dx_seen(f, "%s: %llu blocks of %u bytes, one round trip each, took %.0f s (%.2f ms each)", transfer_intro(t, intro, sizeof intro),
                (unsigned long long)t->blocks, t->blksize, (double)took / 1e6, (double)took / 1e3 / (double)t->blocks);
        if (t->profile && (strcmp(t->profile->key, "shim") == 0 || strcmp(t->profile->key, "grub") == 0))
            dx_cause(f, "%s asks for %u-byte blocks and no window, whatever the network could do", strcmp(t->profile->key, "shim") == 0 ? "shim" : "GRUB", t->blksize);
        dx_span(f, t->first_frame, t->last_frame);
        dx_filter(d, f, "udp.port == %u", t->client_port);
        return;
    }
}
