/* The cable itself: the link's state, the way of a frame through it, and chance. See pxk/sim.h. */
#include "pxk/sim.h"

#include <assert.h>
#include <stdlib.h>

#include "cable_int.h"

/* Each effect draws from a sequence of its own. */
enum effect { BY_DUPLICATE, BY_LOSE, BY_CORRUPT, BY_JITTER, BY_REORDER, EFFECT_N };

struct way {
    struct pxk_cable_way opts;
    struct pxk_rand rand[EFFECT_N];
    struct queue queue;
    struct pxk_cable_count count;
    pxk_usec last;  /* when the last frame that keeps its place is due */
    pxk_usec busy;  /* the wire is taken until then ... */
    uint64_t parts; /* ... and so many 1 / rate_bps of a microsecond more */
};

struct plan {
    pxk_usec at;
    bool up;
};

struct pxk_cable {
    struct way way[PXK_CABLE_PORTS];
    struct pxk_cable_rule rule[PXK_CABLE_RULES];
    struct rule_state rule_state[PXK_CABLE_RULES];
    size_t rule_n;
    struct plan plan[PXK_CABLE_PLANS]; /* by time */
    size_t plan_n;
    pxk_usec now, silent, up_at;
    bool up;
    uint64_t number;    /* of the next frame */
    size_t frame_max;
    struct way *lender; /* whose slot was handed out last; NULL: nobody's */
    uint32_t lent;
};

const char *pxk_cable_drop_text(enum pxk_cable_drop d)
{
    static const char *const text[] = {
#define X(name, words) [PXK_CABLE_DROP_##name] = words,
        PXK_CABLE_DROPS(X)
#undef X
    };
    return (unsigned)d < PXK_CABLE_DROP_N ? text[d] : "unknown";
}

/* Never PXK_NEVER: a frame that far away is still on its way. */
static pxk_usec later(pxk_usec t, pxk_usec by)
{
    return by < PXK_NEVER - 1 - t ? t + by : PXK_NEVER - 1;
}

/* ---- options ---- */

static bool way_valid(const struct pxk_cable_way *w)
{
    return w->lose <= PXK_CABLE_ALWAYS && w->duplicate <= PXK_CABLE_ALWAYS && w->corrupt <= PXK_CABLE_ALWAYS &&
           w->reorder <= PXK_CABLE_ALWAYS && w->hold <= PXK_CABLE_DELAY_MAX && w->delay <= PXK_CABLE_DELAY_MAX &&
           w->jitter <= PXK_CABLE_DELAY_MAX && w->rate_bps <= PXK_CABLE_RATE_MAX &&
           (w->mtu == 0 || w->mtu >= PXK_CABLE_MTU_MIN) && w->untag <= PXK_CABLE_VLAN_MAX &&
           w->tag <= PXK_CABLE_VLAN_MAX && w->tag_priority <= 7;
}

static bool opts_valid(const struct pxk_cable_opts *o)
{
    return way_valid(&o->way[PXK_CABLE_A]) && way_valid(&o->way[PXK_CABLE_B]) && rules_valid(o->rules, o->rule_n) &&
           o->frames <= PXK_CABLE_FRAMES_MAX && o->frame_max <= PXK_CABLE_FRAME_LONGEST &&
           (o->frame_max == 0 || o->frame_max >= PXK_ETH_HEADER);
}

enum pxk_err pxk_cable_set_way(struct pxk_cable *c, enum pxk_cable_port from, const struct pxk_cable_way *opts)
{
    struct way *w = &c->way[from];
    if (!way_valid(opts))
        return PXK_E_RANGE;
    if (opts->rate_bps != w->opts.rate_bps && w->parts) { /* parts are of the old rate */
        w->busy = later(w->busy, 1);
        w->parts = 0;
    }
    w->opts = *opts;
    return PXK_OK;
}

enum pxk_err pxk_cable_set_rules(struct pxk_cable *c, const struct pxk_cable_rule *rules, size_t n)
{
    if (!rules_valid(rules, n))
        return PXK_E_RANGE;
    for (size_t i = 0; i < n; i++) {
        c->rule[i] = rules[i];
        c->rule_state[i] = (struct rule_state){0};
    }
    c->rule_n = n;
    return PXK_OK;
}

uint64_t pxk_cable_rule_strikes(const struct pxk_cable *c, size_t i)
{
    return i < c->rule_n ? c->rule_state[i].struck : 0;
}

enum pxk_err pxk_cable_new(const struct pxk_cable_opts *opts, pxk_usec now, struct pxk_cable **out)
{
    struct pxk_rand root = pxk_rand_init(opts->seed);
    if (!opts_valid(opts))
        return PXK_E_RANGE;
    struct pxk_cable *c = calloc(1, sizeof *c);
    if (!c)
        return PXK_E_NOMEM;
    c->frame_max = opts->frame_max ? opts->frame_max : PXK_FRAME_MAX;
    c->now = c->up_at = pxk_usec_min(now, PXK_NEVER - 1);
    c->up = !opts->cut;
    c->silent = opts->silent;
    enum pxk_err err = pxk_cable_set_rules(c, opts->rules, opts->rule_n);
    for (size_t i = 0; i < PXK_CABLE_PORTS && err == PXK_OK; i++) {
        struct way *w = &c->way[i];
        w->opts = opts->way[i];
        for (size_t k = 0; k < EFFECT_N; k++)
            w->rand[k] = pxk_rand_init(pxk_rand_u64(&root));
        err = queue_init(&w->queue, opts->frames ? opts->frames : PXK_CABLE_FRAMES, c->frame_max + TAG_BYTES);
    }
    if (err != PXK_OK) {
        pxk_cable_free(c);
        return err;
    }
    *out = c;
    return PXK_OK;
}

void pxk_cable_free(struct pxk_cable *c)
{
    for (size_t i = 0; c && i < PXK_CABLE_PORTS; i++)
        queue_done(&c->way[i].queue);
    free(c);
}

/* ---- time and the link ---- */

static void link_set(struct pxk_cable *c, bool up, pxk_usec at)
{
    if (up == c->up)
        return;
    c->up = up;
    if (up) {
        c->up_at = at;
        return;
    }
    for (size_t i = 0; i < PXK_CABLE_PORTS; i++) {
        struct way *w = &c->way[i];
        w->count.dropped[PXK_CABLE_DROP_CUT] += queue_drop_after(&w->queue, at);
        w->last = w->busy = w->parts = 0;
    }
}

static void advance(struct pxk_cable *c, pxk_usec now)
{
    size_t past = 0;
    now = pxk_usec_min(now, PXK_NEVER - 1);
    c->now = now > c->now ? now : c->now;
    for (; past < c->plan_n && c->plan[past].at <= c->now; past++)
        link_set(c, c->plan[past].up, c->plan[past].at);
    if (past) {
        c->plan_n -= past;
        memmove(c->plan, c->plan + past, c->plan_n * sizeof *c->plan);
    }
}

void pxk_cable_cut(struct pxk_cable *c, pxk_usec now)
{
    advance(c, now);
    link_set(c, false, c->now);
}

void pxk_cable_join(struct pxk_cable *c, pxk_usec now)
{
    advance(c, now);
    link_set(c, true, c->now);
}

enum pxk_err pxk_cable_plan(struct pxk_cable *c, bool up, pxk_usec at)
{
    size_t i = c->plan_n;
    if (c->plan_n == PXK_CABLE_PLANS)
        return PXK_E_SPACE;
    at = at > c->now ? at : c->now; /* what has passed cannot be undone */
    for (; i > 0 && c->plan[i - 1].at > at; i--)
        c->plan[i] = c->plan[i - 1];
    c->plan[i] = (struct plan){at, up};
    c->plan_n++;
    return PXK_OK;
}

bool pxk_cable_is_up(const struct pxk_cable *c)
{
    return c->up;
}

/* ---- a frame enters ---- */

static bool chance(struct way *w, enum effect e, uint32_t ppm)
{
    return ppm && pxk_rand_below(&w->rand[e], PXK_CABLE_ALWAYS) < ppm;
}

/* Bytes that the rate has not let through at @now, rounded up. */
static uint64_t backlog(const struct way *w, pxk_usec now)
{
    uint64_t left;
    if (__builtin_mul_overflow(w->busy - now, w->opts.rate_bps, &left) ||
        __builtin_add_overflow(left, w->parts + 8 * PXK_SEC - 1, &left))
        return UINT32_MAX;
    return left / (8 * PXK_SEC);
}

/* When the last bit of @len bytes has left. Exact: what does not make a whole microsecond is carried on to the next
 * frame, so that the rate holds over any time. False: the queue is full. */
static bool send_at_rate(struct way *w, size_t len, pxk_usec now, pxk_usec *sent)
{
    const struct pxk_cable_way *o = &w->opts;
    *sent = now;
    if (!o->rate_bps)
        return true;
    if (w->busy < now) {
        w->busy = now;
        w->parts = 0;
    }
    if (o->queue_bytes && backlog(w, now) + len > o->queue_bytes)
        return false;
    uint64_t parts = w->parts + (uint64_t)len * 8 * PXK_SEC;
    w->busy = later(w->busy, parts / o->rate_bps);
    w->parts = parts % o->rate_bps;
    *sent = later(w->busy, w->parts != 0);
    return true;
}

static pxk_usec arrival(struct way *w, pxk_usec sent)
{
    const struct pxk_cable_way *o = &w->opts;
    pxk_usec hold = o->hold ? o->hold : PXK_CABLE_HOLD;
    pxk_usec at = later(sent, o->delay);
    if (o->jitter)
        at = later(at, pxk_rand_below(&w->rand[BY_JITTER], (uint32_t)o->jitter + 1));
    at = at > w->last ? at : w->last;
    if (chance(w, BY_REORDER, o->reorder)) {
        w->count.reordered++;
        return later(at, 1 + pxk_rand_below(&w->rand[BY_REORDER], (uint32_t)hold));
    }
    w->last = at;
    return at;
}

static void flip(struct way *w, uint8_t *data, size_t len)
{
    uint32_t from = w->opts.corrupt_from;
    if (len <= from || !chance(w, BY_CORRUPT, w->opts.corrupt))
        return;
    uint32_t bit = pxk_rand_below(&w->rand[BY_CORRUPT], (uint32_t)(len - from) * 8);
    data[from + bit / 8] ^= (uint8_t)(1u << bit % 8);
    w->count.corrupted++;
}

static void drop(struct way *w, enum pxk_cable_drop why)
{
    w->count.dropped[why]++;
}

/* One copy, whose fate does not depend on that of another. The rate counts the bytes as sent. */
static void carry(struct pxk_cable *c, struct way *w, struct edit_tags tags, const uint8_t *data, size_t len)
{
    pxk_usec sent;
    if (chance(w, BY_LOSE, w->opts.lose)) {
        drop(w, PXK_CABLE_DROP_LOST);
    } else if (queue_full(&w->queue)) {
        drop(w, PXK_CABLE_DROP_FULL);
    } else if (!send_at_rate(w, len, c->now, &sent)) {
        drop(w, PXK_CABLE_DROP_QUEUE);
    } else {
        uint32_t slot = queue_take(&w->queue);
        uint8_t *copy = queue_data(&w->queue, slot);
        size_t n = edit_copy(&w->opts, tags, data, len, copy);
        flip(w, copy, n);
        queue_push(&w->queue, slot, n, arrival(w, sent), c->number++);
    }
}

/* The answer is made at the sender's end, so nothing happens to it on the way. */
static void answer(struct pxk_cable *c, struct way *w, struct way *back, const struct pxk_frame *f, const uint8_t *data,
                   size_t len)
{
    uint8_t buf[PXK_FRAME_MAX];
    size_t n = edit_mtu_answer(&w->opts, f, data, len, buf, sizeof buf);
    if (!n || n > back->queue.stride)
        return;
    back->count.answers++;
    if (queue_full(&back->queue)) {
        drop(back, PXK_CABLE_DROP_FULL);
        return;
    }
    uint32_t slot = queue_take(&back->queue);
    memcpy(queue_data(&back->queue, slot), buf, n);
    queue_push(&back->queue, slot, n, c->now, c->number++);
}

/* Is there a reason that stops it before chance does? */
static bool stopped(struct pxk_cable *c, enum pxk_cable_port port, const uint8_t *data, size_t len,
                    enum pxk_cable_drop *why)
{
    struct way *w = &c->way[port];
    struct pxk_frame f;
    if (len < PXK_ETH_HEADER || len > c->frame_max) {
        *why = PXK_CABLE_DROP_SIZE;
        return true;
    }
    *why = PXK_CABLE_DROP_CUT;
    if (!c->up)
        return true;
    *why = PXK_CABLE_DROP_SILENT;
    if (c->now - c->up_at < c->silent)
        return true;
    if (pxk_frame_decode(data, len, len, &f) != PXK_OK) /* ends inside a tag: only the MAC addresses are sure */
        f.ethertype = 0;
    *why = PXK_CABLE_DROP_RULE;
    if (rules_drop(c->rule, c->rule_state, c->rule_n, port, &f))
        return true;
    *why = PXK_CABLE_DROP_MTU;
    if (w->opts.mtu && edit_too_long(&f, data, len, w->opts.mtu)) {
        if (w->opts.mtu_answer)
            answer(c, w, &c->way[port == PXK_CABLE_A ? PXK_CABLE_B : PXK_CABLE_A], &f, data, len);
        return true;
    }
    return false;
}

void pxk_cable_input(struct pxk_cable *c, enum pxk_cable_port port, const void *data, size_t len, pxk_usec now)
{
    struct way *w = &c->way[port];
    enum pxk_cable_drop why;
    assert(port == PXK_CABLE_A || port == PXK_CABLE_B);
    advance(c, now);
    w->count.in++;
    w->count.in_bytes += len;
    if (stopped(c, port, data, len, &why)) {
        drop(w, why);
        return;
    }
    struct edit_tags tags = edit_tags_plan(&w->opts, data, len);
    if (tags.drop) {
        drop(w, PXK_CABLE_DROP_VLAN);
        return;
    }
    w->count.tagged += tags.tag;
    w->count.untagged += tags.untag;
    bool twice = chance(w, BY_DUPLICATE, w->opts.duplicate);
    w->count.duplicated += twice;
    carry(c, w, tags, data, len);
    if (twice)
        carry(c, w, tags, data, len);
}

/* ---- a frame comes out ---- */

/* The direction whose frame is due first; NULL if none is on its way. */
static const struct way *first_way(const struct pxk_cable *c)
{
    const struct way *a = &c->way[PXK_CABLE_A], *b = &c->way[PXK_CABLE_B];
    if (!a->queue.n || !b->queue.n)
        return a->queue.n ? a : b->queue.n ? b : NULL;
    const struct due *x = &a->queue.heap[0], *y = &b->queue.heap[0];
    return x->at < y->at || (x->at == y->at && x->number < y->number) ? a : b;
}

bool pxk_cable_next(struct pxk_cable *c, pxk_usec now, struct pxk_cable_frame *out)
{
    advance(c, now);
    if (c->lender)
        queue_release(&c->lender->queue, c->lent);
    c->lender = NULL;
    const struct way *first = first_way(c);
    if (!first || first->queue.heap[0].at > c->now)
        return false;
    struct way *w = &c->way[first - c->way];
    out->to = w == &c->way[PXK_CABLE_A] ? PXK_CABLE_B : PXK_CABLE_A;
    out->at = w->queue.heap[0].at;
    c->lent = queue_pop(&w->queue);
    c->lender = w;
    out->data = queue_data(&w->queue, c->lent);
    out->len = w->queue.len[c->lent];
    w->count.out++;
    w->count.out_bytes += out->len;
    return true;
}

pxk_usec pxk_cable_deadline(const struct pxk_cable *c)
{
    const struct way *first = first_way(c);
    pxk_usec at = first ? first->queue.heap[0].at : PXK_NEVER;
    return c->plan_n ? pxk_usec_min(at, c->plan[0].at) : at;
}

const struct pxk_cable_count *pxk_cable_count(const struct pxk_cable *c, enum pxk_cable_port from)
{
    return &c->way[from].count;
}

size_t pxk_cable_queued(const struct pxk_cable *c, enum pxk_cable_port from)
{
    return c->way[from].queue.n;
}
