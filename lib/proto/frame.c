/* Ethernet, its tags and LLC; ARP and IPv4. */
#include "frame_int.h"

enum { LLC_SNAP = 0xaa, LLC_UNNUMBERED = 0x03 };

static void arp_decode(struct pxk_frame *f, struct pxk_rd *r)
{
    if (pxk_rd_u16(r) != 1 || pxk_rd_u16(r) != PXK_ETH_IP4 || pxk_rd_u8(r) != 6 || pxk_rd_u8(r) != 4)
        return;
    f->arp.op = pxk_rd_u16(r);
    pxk_rd_bytes(r, f->arp.sender_mac.b, 6);
    f->arp.sender = pxk_rd_u32(r);
    pxk_rd_bytes(r, f->arp.target_mac.b, 6);
    f->arp.target = pxk_rd_u32(r);
    if (r->err == PXK_OK)
        f->l3 = PXK_L3_ARP;
}

static void ip4_header(struct pxk_frame *f, const uint8_t *p)
{
    uint16_t frag = frame_be16(p + 6);
    f->ip.tos = p[1];
    f->ip.total = frame_be16(p + 2);
    f->ip.id = frame_be16(p + 4);
    f->ip.df = frag & 0x4000;
    f->ip.more = frag & 0x2000;
    f->ip.offset = (uint16_t)((frag & 0x1fff) * 8);
    f->ip.ttl = p[8];
    f->ip.proto = p[9];
    f->ip.src = frame_be32(p + 12);
    f->ip.dst = frame_be32(p + 16);
    f->from = pxk_ip_of4(f->ip.src);
    f->to = pxk_ip_of4(f->ip.dst);
}

static void ip4_decode(struct pxk_frame *f, struct pxk_rd *r)
{
    size_t there = pxk_rd_left(r);
    const uint8_t *p = pxk_rd_take(r, PXK_IP4_HEADER);
    if (!p)
        return;
    size_t header = (size_t)(p[0] & 15) * 4, total = frame_be16(p + 2);
    if (p[0] >> 4 != 4 || header < PXK_IP4_HEADER || header > there || total < header)
        return;
    f->l3 = PXK_L3_IP4;
    ip4_header(f, p);
    f->ip.csum_ok = pxk_csum_fold(pxk_csum_add(0, p, header)) == 0;
    (void)pxk_rd_take(r, header - PXK_IP4_HEADER);
    size_t wire = total - header;
    struct pxk_rd body = pxk_rd_sub(r, wire < pxk_rd_left(r) ? wire : pxk_rd_left(r));
    f->cut = f->cut || pxk_rd_left(&body) < wire;
    if (f->ip.more || f->ip.offset) {
        f->l4 = PXK_L4_FRAGMENT;
        f->ip.frag_id = f->ip.id;
        frame_payload(f, &body, wire);
        return;
    }
    frame_l4(f, &body, wire);
}

/* IEEE 802.2; with SNAP and no organisation it is an EtherType after all (RFC 1042). */
static void llc_decode(struct pxk_frame *f, uint16_t length, struct pxk_rd *r, size_t wire)
{
    if (length < wire)
        wire = length; /* padding follows */
    const uint8_t *p = wire < 3 ? NULL : pxk_rd_take(r, 3);
    if (!p)
        return;
    memset(&f->llc, 0, sizeof f->llc);
    f->llc.dsap = p[0];
    f->llc.ssap = p[1];
    f->llc.control = p[2];
    wire -= 3;
    if (p[0] == LLC_SNAP && p[1] == LLC_SNAP && p[2] == LLC_UNNUMBERED) {
        p = wire < 5 ? NULL : pxk_rd_take(r, 5);
        if (!p)
            return;
        wire -= 5;
        f->llc.oui = frame_be32(p) >> 8;
        f->llc.pid = frame_be16(p + 3);
        if (f->llc.oui == 0 && f->llc.pid > PXK_ETH_LEN_MAX) {
            frame_l3(f, f->llc.pid, r, wire);
            return;
        }
    }
    f->l3 = PXK_L3_LLC;
    frame_payload(f, r, wire);
}

void frame_l3(struct pxk_frame *f, uint16_t type, struct pxk_rd *r, size_t wire)
{
    f->ethertype = type;
    switch (type) {
    case PXK_ETH_IP4:
        ip4_decode(f, r);
        break;
    case PXK_ETH_IP6:
        frame_ip6(f, r);
        break;
    case PXK_ETH_ARP:
        arp_decode(f, r);
        break;
    default:
        if (type <= PXK_ETH_LEN_MAX) {
            llc_decode(f, type, r, wire);
        } else {
            f->l3 = PXK_L3_OTHER;
            frame_payload(f, r, wire);
        }
    }
}

static bool is_tag(uint16_t type)
{
    return type == PXK_ETH_VLAN || type == PXK_ETH_QINQ || type == PXK_ETH_QINQ_OLD;
}

enum pxk_err frame_ethernet(struct pxk_frame *f, const uint8_t *data, size_t len, size_t wire)
{
    struct pxk_rd r = pxk_rd_init(data, len);
    const uint8_t *p = pxk_rd_take(&r, PXK_ETH_HEADER);
    if (!p)
        return PXK_E_TRUNCATED;
    memcpy(f->dst.b, p, 6);
    memcpy(f->src.b, p + 6, 6);
    f->ethertype = frame_be16(p + 12);
    for (size_t i = 0; i < PXK_VLAN_TAGS && is_tag(f->ethertype); i++) {
        f->vlan[i] = pxk_rd_u16(&r) & 0xfff;
        f->ethertype = pxk_rd_u16(&r);
    }
    if (r.err != PXK_OK)
        return r.err;
    frame_l3(f, f->ethertype, &r, wire - (size_t)(r.at - data));
    return PXK_OK;
}

enum pxk_err pxk_frame_decode(const void *data, size_t len, size_t wire, struct pxk_frame *f)
{
    memset(f, 0, offsetof(struct pxk_frame, arp));
    f->cut = len < wire;
    return frame_ethernet(f, data, len, len < wire ? wire : len);
}
