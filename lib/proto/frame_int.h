/* What the files of the frame codec share. */
#ifndef PXK_PROTO_FRAME_INT_H
#define PXK_PROTO_FRAME_INT_H

#include "pxk/proto/frame.h"

static inline uint16_t frame_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t frame_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/** Sum of the IPv4 pseudo header, not folded. */
uint32_t frame_pseudo4(pxk_ip4 src, pxk_ip4 dst, uint8_t proto, size_t len);

/** What f->payload tells of the rest of @r, whose bytes had @wire on the wire. */
static inline void frame_payload(struct pxk_frame *f, const struct pxk_rd *r, size_t wire)
{
    size_t left = pxk_rd_left(r);
    f->payload = r->at;
    f->payload_len = left < wire ? left : wire;
    f->payload_wire = wire;
}

/**
 * A whole Ethernet frame, or what follows the EtherType @type, into @f, whose fields below `cut` are zero or an outer
 * header's. @wire: bytes that were there. PXK_E_TRUNCATED: not even the Ethernet header is whole.
 */
PXK_MUST_USE enum pxk_err frame_ethernet(struct pxk_frame *f, const uint8_t *data, size_t len, size_t wire);
void frame_l3(struct pxk_frame *f, uint16_t type, struct pxk_rd *r, size_t wire);
void frame_ip6(struct pxk_frame *f, struct pxk_rd *r);
/** Reassembled: the extension headers that were inside, then the upper layer. */
void frame_ip6_upper(struct pxk_frame *f, struct pxk_rd *r, size_t wire);
/** f->ip.proto out of @r, the body of an IP packet. */
void frame_l4(struct pxk_frame *f, struct pxk_rd *r, size_t wire);
/** Steps over extension headers to the upper layer or a fragment header: @next says which. False: cut short, or too many. */
PXK_MUST_USE bool frame_ip6_skip(struct pxk_rd *r, uint8_t *next);

enum { FRAME_IP6_FRAGMENT = 44 };

#endif
