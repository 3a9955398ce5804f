/* Reassembly of IPv4 (RFC 791 3.2, RFC 815) and IPv6 (RFC 8200 4.5): a machine with caller's memory and a fixed number of slots. */
#ifndef PXK_PROTO_REASM_H
#define PXK_PROTO_REASM_H

#include "pxk/base.h"
#include "pxk/proto/frame.h"

#define PXK_REASM_TIMEOUT (15 * PXK_SEC)
#define PXK_REASM_HOLES   64

struct pxk_reasm_slot {
    bool used, last_seen, spoiled; /* spoiled: overlaps or too many pieces: ignored until it expires */
    struct pxk_ip from, to;
    uint32_t id;
    uint8_t proto;             /* IPv6: of the first fragment, whatever the others say */
    pxk_usec started;
    uint32_t total;            /* payload length, known once the last fragment came */
    struct { uint32_t from, to; } have[PXK_REASM_HOLES]; /* sorted, disjoint */
    unsigned have_n;
    uint8_t *data;             /* 65535 bytes of the caller's memory */
};

#define PXK_REASM_SLOTS 4
struct pxk_reasm {
    struct pxk_reasm_slot slot[PXK_REASM_SLOTS];
    unsigned completed, expired, dropped;
};

/** @memory: PXK_REASM_SLOTS * 65535 bytes that outlive @r. */
void pxk_reasm_init(struct pxk_reasm *r, uint8_t *memory);
/**
 * Feed a fragment (f->l4 is PXK_L4_FRAGMENT). True when it completes a packet: then @f becomes the whole
 * packet, decoded, pointing into the slot's memory until the next call.
 */
PXK_MUST_USE bool pxk_reasm_input(struct pxk_reasm *r, struct pxk_frame *f, pxk_usec now);

#endif
