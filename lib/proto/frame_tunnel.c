/* Packets in packets, as switches mirror them and overlays carry them. */
#include "frame_int.h"

enum {
    VXLAN_PORT = 4789,
    VXLAN_PORT_LINUX = 8472, /* before IANA gave one; still the kernel's own choice */
    VXLAN_HAS_VNI = 0x08,
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_VERSION = 0x0007,
    GRE_ETHERNET = 0x6558,
    GRE_ERSPAN = 0x88be,  /* types I and II */
    GRE_ERSPAN3 = 0x22eb,
    PPP_IP4 = 0x0021,
    PPP_IP6 = 0x0057,
    PROTO_IP4 = 4,
    PROTO_IP6 = 41,
};

/* What a tunnel's header says about the inside. */
struct inside {
    enum pxk_tunnel tunnel;
    uint32_t vni;
    uint16_t type; /* EtherType; 0: an Ethernet header comes first */
};

/* RFC 7348 5. TFTP and DHCP may run on any port: their first byte never has this bit alone. */
static bool vxlan(struct pxk_rd *r, struct inside *in)
{
    const uint8_t *p = pxk_rd_take(r, 8);
    if (!p || !(p[0] & VXLAN_HAS_VNI) || p[7])
        return false;
    *in = (struct inside){.tunnel = PXK_TUNNEL_VXLAN, .vni = frame_be32(p + 4) >> 8};
    return true;
}

/* draft-foschiano-erspan: type I has no header of its own, and no sequence number in GRE. */
static bool erspan(struct pxk_rd *r, uint16_t type, bool sequence, struct inside *in)
{
    *in = (struct inside){.tunnel = PXK_TUNNEL_ERSPAN};
    if (type == GRE_ERSPAN && !sequence)
        return true;
    const uint8_t *p = pxk_rd_take(r, type == GRE_ERSPAN ? 8 : 12);
    if (!p)
        return false;
    in->vni = frame_be16(p + 2) & 0x3ff;
    if (type == GRE_ERSPAN)
        return true;
    unsigned frame_type = p[10] >> 2 & 31; /* 0: Ethernet, 2: IP */
    if (p[11] & 1 && !pxk_rd_take(r, 8))
        return false;
    if (frame_type == 2 && pxk_rd_left(r))
        in->type = r->at[0] >> 4 == 6 ? PXK_ETH_IP6 : PXK_ETH_IP4;
    return frame_type == 0 || in->type;
}

/* RFC 2784 2, RFC 2890 2 */
static bool gre(struct pxk_rd *r, struct inside *in)
{
    uint16_t flags = pxk_rd_u16(r), type = pxk_rd_u16(r);
    if (flags & (GRE_ROUTING | GRE_VERSION))
        return false;
    if (flags & GRE_CHECKSUM)
        (void)pxk_rd_u32(r);
    uint32_t key = flags & GRE_KEY ? pxk_rd_u32(r) : 0;
    if (flags & GRE_SEQUENCE)
        (void)pxk_rd_u32(r);
    if (type == GRE_ERSPAN || type == GRE_ERSPAN3)
        return erspan(r, type, flags & GRE_SEQUENCE, in);
    *in = (struct inside){.tunnel = PXK_TUNNEL_GRE, .vni = key, .type = type == GRE_ETHERNET ? 0 : type};
    return r->err == PXK_OK && (type == GRE_ETHERNET || type == PXK_ETH_IP4 || type == PXK_ETH_IP6);
}

/* RFC 2516 4: version and type 1, code 0, session, length; then PPP's protocol */
static bool pppoe(struct pxk_rd *r, struct inside *in)
{
    const uint8_t *p = pxk_rd_take(r, 8);
    if (!p || p[0] != 0x11 || p[1] != 0)
        return false;
    uint16_t ppp = frame_be16(p + 6);
    *in = (struct inside){.tunnel = PXK_TUNNEL_PPPOE,
                          .vni = frame_be16(p + 2),
                          .type = ppp == PPP_IP4 ? PXK_ETH_IP4 : PXK_ETH_IP6};
    return ppp == PPP_IP4 || ppp == PPP_IP6;
}

static bool opened(const struct pxk_frame *f, struct pxk_rd *r, struct inside *in)
{
    if (f->l4 == PXK_L4_UDP)
        return (f->dport == VXLAN_PORT || f->dport == VXLAN_PORT_LINUX) && vxlan(r, in);
    if (f->l3 == PXK_L3_OTHER)
        return f->ethertype == PXK_ETH_PPPOE && pppoe(r, in);
    if (f->l4 != PXK_L4_OTHER)
        return false;
    *in = (struct inside){.tunnel = PXK_TUNNEL_IP, .type = f->ip.proto == PROTO_IP6 ? PXK_ETH_IP6 : PXK_ETH_IP4};
    return f->ip.proto == PROTO_IP4 || f->ip.proto == PROTO_IP6 || (f->ip.proto == PXK_IP_GRE && gre(r, in));
}

static bool unwrap(struct pxk_frame *f)
{
    struct inside in;
    struct pxk_rd r = pxk_rd_init(f->payload, f->payload_len);
    if (!opened(f, &r, &in))
        return false;
    size_t wire = f->payload_wire - (size_t)(r.at - r.base);
    struct pxk_frame inner = {.dst = f->dst, .src = f->src, .cut = f->cut};
    if (in.type) {
        memcpy(inner.vlan, f->vlan, sizeof inner.vlan);
        frame_l3(&inner, in.type, &r, wire);
    } else if (frame_ethernet(&inner, r.at, pxk_rd_left(&r), wire) != PXK_OK) {
        return false;
    }
    if (inner.l3 == PXK_L3_NONE)
        return false;
    inner.tunnel = in.tunnel;
    inner.vni = in.vni;
    inner.tunnels = (uint8_t)(f->tunnels + 1);
    *f = inner;
    return true;
}

enum pxk_err pxk_frame_decode_deep(const void *data, size_t len, size_t wire, struct pxk_frame *f)
{
    enum pxk_err err = pxk_frame_decode(data, len, wire, f);
    for (int i = 0; err == PXK_OK && i < PXK_TUNNELS_MAX && unwrap(f); i++)
        ;
    return err;
}
