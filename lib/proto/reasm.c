/* Fragments may come in any order and twice; overlapping ones are an attack (RFC 5722's reasoning), so any
 * overlap that does not repeat what is there already spoils the packet, with what still comes of it. */
#include "pxk/proto/reasm.h"

enum { SLOT_BYTES = 65535 };

void pxk_reasm_init(struct pxk_reasm *r, uint8_t *memory)
{
    *r = (struct pxk_reasm){0};
    for (size_t i = 0; i < PXK_REASM_SLOTS; i++)
        r->slot[i].data = memory + i * SLOT_BYTES;
}

static void slot_reset(struct pxk_reasm_slot *s)
{
    *s = (struct pxk_reasm_slot){.data = s->data};
}

static bool slot_is(const struct pxk_reasm_slot *s, const struct pxk_frame *f)
{
    return s->used && s->id == f->ip.frag_id && pxk_ip_eq(s->from, f->from) && pxk_ip_eq(s->to, f->to) &&
           (f->l3 == PXK_L3_IP6 || s->proto == f->ip.proto);
}

/* The packet's slot; else a free one; else the oldest, whose packet is given up. */
static struct pxk_reasm_slot *slot_for(struct pxk_reasm *r, const struct pxk_frame *f, pxk_usec now)
{
    struct pxk_reasm_slot *pick = NULL;
    for (size_t i = 0; i < PXK_REASM_SLOTS; i++) {
        struct pxk_reasm_slot *s = &r->slot[i];
        if (s->used && pxk_usec_since(s->started, now) > PXK_REASM_TIMEOUT) {
            r->expired += !s->spoiled; /* a spoiled packet was counted when it was dropped */
            slot_reset(s);
        }
        if (slot_is(s, f))
            return s;
        if (!pick || (pick->used && (!s->used || s->started < pick->started)))
            pick = s;
    }
    r->dropped += pick->used && !pick->spoiled;
    slot_reset(pick);
    pick->used = true;
    pick->from = f->from;
    pick->to = f->to;
    pick->id = f->ip.frag_id;
    pick->proto = f->ip.proto;
    pick->started = now;
    return pick;
}

/* Note [from, to) as there. False: it overlaps, or there is no room. */
static bool range_add(struct pxk_reasm_slot *s, uint32_t from, uint32_t to, bool *repeat)
{
    unsigned i = 0;
    *repeat = false;
    while (i < s->have_n && s->have[i].to < from)
        i++;
    if (i < s->have_n && s->have[i].from <= from && s->have[i].to >= to) {
        *repeat = true;
        return true;
    }
    bool joins_left = i < s->have_n && s->have[i].to == from;
    unsigned next = joins_left ? i + 1 : i;
    if (next < s->have_n && s->have[next].from < to)
        return false;
    bool joins_right = next < s->have_n && s->have[next].from == to;
    if (joins_left && joins_right) {
        s->have[i].to = s->have[next].to;
        memmove(&s->have[next], &s->have[next + 1], (s->have_n - next - 1) * sizeof s->have[0]);
        s->have_n--;
    } else if (joins_left) {
        s->have[i].to = to;
    } else if (joins_right) {
        s->have[next].from = from;
    } else {
        if (s->have_n == PXK_REASM_HOLES)
            return false;
        memmove(&s->have[i + 1], &s->have[i], (s->have_n - i) * sizeof s->have[0]);
        s->have[i].from = from;
        s->have[i].to = to;
        s->have_n++;
    }
    return true;
}

static void slot_add(struct pxk_reasm_slot *s, const struct pxk_frame *f, uint32_t from, uint32_t to)
{
    bool repeat;
    if (from == 0)
        s->proto = f->ip.proto;
    if (!range_add(s, from, to, &repeat))
        s->spoiled = true;
    else if (!repeat)
        memcpy(s->data + from, f->payload, f->payload_wire);
    else
        s->spoiled = memcmp(s->data + from, f->payload, f->payload_wire) != 0;
    if (!f->ip.more) {
        if (s->last_seen && s->total != to)
            s->spoiled = true;
        s->last_seen = true;
        s->total = to;
    }
    if (s->last_seen && s->have_n && s->have[s->have_n - 1].to > s->total)
        s->spoiled = true;
}

bool pxk_reasm_input(struct pxk_reasm *r, struct pxk_frame *f, pxk_usec now)
{
    uint32_t from = f->ip.offset, to = from + (uint32_t)f->payload_wire;
    if (f->l4 != PXK_L4_FRAGMENT || f->payload_len < f->payload_wire || to > SLOT_BYTES || from == to ||
        (f->ip.more && f->payload_wire % 8))
        return false;
    struct pxk_reasm_slot *s = slot_for(r, f, now);
    if (s->spoiled)
        return false;
    slot_add(s, f, from, to);
    if (s->spoiled) {
        r->dropped++;
        return false;
    }
    if (!s->last_seen || s->have_n != 1 || s->have[0].from != 0 || s->have[0].to != s->total)
        return false;
    f->ip.more = false;
    f->ip.offset = 0;
    f->ip.proto = s->proto;
    pxk_frame_decode_l4(f, s->data, s->total);
    slot_reset(s);
    r->completed++;
    return f->l4 != PXK_L4_NONE;
}
