/* What the cable's files share: the frames on their way, the filter, and edits of a frame. */
#ifndef PXK_SIM_CABLE_INT_H
#define PXK_SIM_CABLE_INT_H

#include "pxk/sim.h"

#define TAG_BYTES 4u

/* ---- cable_queue.c: frames by the time they are due ---- */

struct due {
    pxk_usec at;
    uint64_t number; /* order of entry, over both directions */
    uint32_t slot;
};

/** Slots of equal size. The last freed one is taken first, so a quiet cable touches few of them. */
struct queue {
    uint8_t *memory;
    uint32_t *len, *unused; /* per slot; stack of unused slots */
    struct due *heap;
    size_t n, unused_n, cap, stride;
};

PXK_MUST_USE enum pxk_err queue_init(struct queue *q, size_t frames, size_t stride);
void queue_done(struct queue *q);

static inline bool queue_full(const struct queue *q)
{
    return q->n == q->cap;
}

static inline uint8_t *queue_data(const struct queue *q, uint32_t slot)
{
    return q->memory + (size_t)slot * q->stride;
}

/** An unused slot, to fill and push; only if it is not full. */
uint32_t queue_take(struct queue *q);
void queue_push(struct queue *q, uint32_t slot, size_t len, pxk_usec at, uint64_t number);
/** The slot of the first frame, which stays taken until queue_release(). */
uint32_t queue_pop(struct queue *q);
void queue_release(struct queue *q, uint32_t slot);
/** Drop all frames due after @at; their number. */
size_t queue_drop_after(struct queue *q, pxk_usec at);

/* ---- cable_rule.c ---- */

struct rule_state {
    uint64_t matched, struck;
};

bool rules_valid(const struct pxk_cable_rule *rules, size_t n);
/** Does the list drop this frame? Counts. */
bool rules_drop(const struct pxk_cable_rule *rules, struct rule_state *state, size_t n, enum pxk_cable_port from,
                const struct pxk_frame *f);

/* ---- cable_edit.c ---- */

/** Bytes before the packet: the Ethernet header with its tags; never more than @len. */
size_t edit_l2_len(const uint8_t *data, size_t len);
/** Is there an IP packet longer than @mtu? */
bool edit_too_long(const struct pxk_frame *f, const uint8_t *data, size_t len, uint16_t mtu);
/** Fragmentation needed, for the sender of a frame that is too long, into @out; its length, 0 if none is due. */
size_t edit_mtu_answer(const struct pxk_cable_way *way, const struct pxk_frame *f, const uint8_t *data, size_t len,
                       uint8_t *out, size_t cap);

/** What becomes of a frame's tags. */
struct edit_tags {
    bool drop, untag, tag;
};
struct edit_tags edit_tags_plan(const struct pxk_cable_way *way, const uint8_t *data, size_t len);
/** Copy with its tags changed; @out has room for @len + TAG_BYTES. Returns the new length. */
size_t edit_copy(const struct pxk_cable_way *way, struct edit_tags tags, const uint8_t *data, size_t len, uint8_t *out);

#endif
