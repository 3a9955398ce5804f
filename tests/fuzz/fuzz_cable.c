/* Any options, any calls in any order, any frames. The input starts with the options and up to three rules; then come
 * records: what to do, a step of time (which may go back), and for a frame its length and bytes. What comes out is
 * balanced against what went in, is in order of time, and has a length that could be. */
#include <stdlib.h>

#include "pxk/sim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { FRAMES = 8, LONGEST = 600 };

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void way_read(struct pxk_rd *in, struct pxk_cable_way *w)
{
    uint8_t flags = pxk_rd_u8(in);
    w->lose = pxk_rd_u8(in) * 3922u;
    w->duplicate = pxk_rd_u8(in) * 3922u;
    w->corrupt = pxk_rd_u8(in) * 3922u;
    w->corrupt_from = flags >> 2;
    w->reorder = pxk_rd_u8(in) * 3922u;
    w->hold = pxk_rd_u8(in);
    w->delay = pxk_rd_u16(in);
    w->jitter = pxk_rd_u8(in);
    w->rate_bps = (uint64_t)pxk_rd_u16(in) << (pxk_rd_u8(in) % 25);
    w->queue_bytes = pxk_rd_u16(in);
    w->mtu = pxk_rd_u16(in);
    w->mtu_answer = flags & 1;
    w->native = flags >> 1 & 1;
    w->untag = pxk_rd_u16(in);
    w->tag = pxk_rd_u16(in);
    w->tag_priority = pxk_rd_u8(in);
}

static void rule_read(struct pxk_rd *in, struct pxk_cable_rule *r)
{
    uint8_t flags = pxk_rd_u8(in);
    *r = (struct pxk_cable_rule){.action = flags & 1 ? PXK_CABLE_PASS : PXK_CABLE_DROP, .fragments = flags >> 1 & 1,
                                 .dir = (enum pxk_cable_dir)((flags >> 2) % 3)};
    r->proto = pxk_rd_u8(in);
    r->ethertype = flags & 32 ? pxk_rd_u16(in) : 0;
    r->sport = (struct pxk_cable_ports){pxk_rd_u8(in), flags & 64 ? pxk_rd_u16(in) : 0};
    r->dport = (struct pxk_cable_ports){pxk_rd_u8(in), flags & 128 ? pxk_rd_u16(in) : 0};
    r->src_mask = r->dst_mask = pxk_rd_u8(in);
    r->skip = pxk_rd_u8(in);
    r->every = pxk_rd_u8(in);
    r->limit = pxk_rd_u8(in);
}

static uint64_t dropped_all(const struct pxk_cable_count *n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < PXK_CABLE_DROP_N; i++)
        sum += n->dropped[i];
    return sum;
}

static void balanced(const struct pxk_cable *c)
{
    for (int p = PXK_CABLE_A; p <= PXK_CABLE_B; p++) {
        const struct pxk_cable_count *n = pxk_cable_count(c, (enum pxk_cable_port)p);
        size_t queued = pxk_cable_queued(c, (enum pxk_cable_port)p);
        check(queued <= FRAMES && n->in + n->duplicated + n->answers == n->out + dropped_all(n) + queued);
    }
}

static void take(struct pxk_cable *c, pxk_usec now)
{
    struct pxk_cable_frame f;
    for (pxk_usec before = 0; pxk_cable_next(c, now, &f); before = f.at) {
        check(f.at >= before && f.len >= PXK_ETH_HEADER && f.len <= LONGEST + 4);
        (void)pxk_csum_add(0, f.data, f.len); /* reads every byte */
    }
}

static void record(struct pxk_cable *c, struct pxk_rd *in, pxk_usec *now)
{
    uint8_t what = pxk_rd_u8(in), step = pxk_rd_u8(in);
    struct pxk_cable_way way = {0};
    *now = what & 128 ? *now - pxk_usec_min(*now, step) : *now + ((pxk_usec)step << (what >> 4 & 7));
    switch (what & 15) {
    case 0:
        pxk_cable_cut(c, *now);
        check(!pxk_cable_is_up(c));
        break;
    case 1:
        pxk_cable_join(c, *now);
        check(pxk_cable_is_up(c));
        break;
    case 2:
        (void)!pxk_cable_plan(c, step & 1, *now + step);
        break;
    case 3:
        way_read(in, &way);
        (void)!pxk_cable_set_way(c, step & 1 ? PXK_CABLE_B : PXK_CABLE_A, &way);
        break;
    case 4:
    case 5:
        take(c, *now);
        break;
    case 6: {
        pxk_usec at = pxk_cable_deadline(c);
        take(c, at == PXK_NEVER ? *now : at);
        break;
    }
    default: {
        size_t n = pxk_rd_u16(in) % (LONGEST + 10);
        n = n < pxk_rd_left(in) ? n : pxk_rd_left(in);
        const uint8_t *bytes = pxk_rd_take(in, n);
        pxk_cable_input(c, what & 1 ? PXK_CABLE_A : PXK_CABLE_B, n ? bytes : NULL, n, *now);
    }
    }
    balanced(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pxk_rd in = pxk_rd_init(data, len);
    struct pxk_cable_rule rule[3];
    struct pxk_cable_opts o = {.rules = rule, .rule_n = pxk_rd_u8(&in) & 3, .frames = FRAMES, .frame_max = LONGEST};
    struct pxk_cable *c = NULL;
    pxk_usec now = 1000;
    o.silent = pxk_rd_u8(&in);
    o.seed = pxk_rd_u8(&in);
    way_read(&in, &o.way[PXK_CABLE_A]);
    way_read(&in, &o.way[PXK_CABLE_B]);
    for (size_t i = 0; i < o.rule_n; i++)
        rule_read(&in, &rule[i]);
    if (pxk_cable_new(&o, now, &c) != PXK_OK)
        return 0;
    while (pxk_rd_left(&in) > 0)
        record(c, &in, &now);
    for (pxk_usec at; (at = pxk_cable_deadline(c)) != PXK_NEVER;) {
        take(c, at);
        check(pxk_cable_deadline(c) > at);
    }
    balanced(c);
    check(pxk_cable_queued(c, PXK_CABLE_A) == 0 && pxk_cable_queued(c, PXK_CABLE_B) == 0);
    pxk_cable_free(c);
    return 0;
}
