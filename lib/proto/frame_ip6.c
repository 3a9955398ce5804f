/* IPv6 (RFC 8200) and its extension headers. */
#include "frame_int.h"

enum {
    NEXT_HOP_BY_HOP = 0,
    NEXT_ROUTING = 43,
    NEXT_AUTHENTICATION = 51,
    NEXT_DESTINATION = 60,
    HEADERS_MAX = 8, /* RFC 8200 4.1 names six, destination options twice */
};

bool frame_ip6_skip(struct pxk_rd *r, uint8_t *next)
{
    for (int i = 0; i < HEADERS_MAX; i++) {
        if (*next != NEXT_HOP_BY_HOP && *next != NEXT_ROUTING && *next != NEXT_DESTINATION &&
            *next != NEXT_AUTHENTICATION)
            return true;
        const uint8_t *p = pxk_rd_take(r, 2);
        if (!p)
            return false;
        /* RFC 4302 2.2: the authentication header counts words of 4 bytes, less 2; the others of 8, less 1 */
        size_t len = *next == NEXT_AUTHENTICATION ? ((size_t)p[1] + 2) * 4 : ((size_t)p[1] + 1) * 8;
        *next = p[0];
        if (len < 8 || !pxk_rd_take(r, len - 2))
            return false;
    }
    return false;
}

/* @wire: bytes that were there from the fragment header on. True: it is a fragment, and told as such. */
static bool fragment(struct pxk_frame *f, struct pxk_rd *r, size_t wire)
{
    const uint8_t *p = pxk_rd_take(r, 8);
    if (!p)
        return true; /* l4 stays NONE */
    uint16_t word = frame_be16(p + 2);
    f->ip.proto = p[0];
    f->ip.offset = word & 0xfff8;
    f->ip.more = word & 1;
    f->ip.frag_id = frame_be32(p + 4);
    if (!f->ip.offset && !f->ip.more)
        return false; /* RFC 6946: an "atomic fragment" is a whole packet */
    f->l4 = PXK_L4_FRAGMENT;
    frame_payload(f, r, wire - 8);
    return true;
}

/* @wire: bytes behind the IPv6 header; @may_fragment: not in what was put together already */
static void upper(struct pxk_frame *f, struct pxk_rd *r, size_t wire, bool may_fragment)
{
    const uint8_t *start = r->at;
    if (!frame_ip6_skip(r, &f->ip.proto))
        return;
    if (f->ip.proto == FRAME_IP6_FRAGMENT && may_fragment) {
        if (fragment(f, r, wire - (size_t)(r->at - start)) || !frame_ip6_skip(r, &f->ip.proto))
            return;
    }
    frame_l4(f, r, wire - (size_t)(r->at - start));
}

void frame_ip6_upper(struct pxk_frame *f, struct pxk_rd *r, size_t wire)
{
    f->l4 = PXK_L4_NONE;
    upper(f, r, wire, false);
}

void frame_ip6(struct pxk_frame *f, struct pxk_rd *r)
{
    const uint8_t *p = pxk_rd_take(r, PXK_IP6_HEADER);
    if (!p || p[0] >> 4 != 6)
        return;
    f->l3 = PXK_L3_IP6;
    f->ip.tos = (uint8_t)(p[0] << 4 | p[1] >> 4);
    f->ip.proto = p[6];
    f->ip.ttl = p[7];
    f->ip.csum_ok = true;
    memcpy(f->from.b, p + 8, 16);
    memcpy(f->to.b, p + 24, 16);
    size_t wire = frame_be16(p + 4);
    struct pxk_rd body = pxk_rd_sub(r, wire < pxk_rd_left(r) ? wire : pxk_rd_left(r));
    f->cut = f->cut || pxk_rd_left(&body) < wire;
    upper(f, &body, wire, true);
}
