/* Above IP: UDP, TCP, ICMP and ICMPv6 with the packets that their errors quote. */
#include "frame_int.h"

static void udp_decode(struct pxk_frame *f, struct pxk_rd *r, size_t wire)
{
    const uint8_t *p = pxk_rd_take(r, PXK_UDP_HEADER);
    if (!p)
        return;
    size_t len = frame_be16(p + 4);
    f->sport = frame_be16(p);
    f->dport = frame_be16(p + 2);
    if (len < PXK_UDP_HEADER || len > wire)
        return;
    f->l4 = PXK_L4_UDP;
    frame_payload(f, r, len - PXK_UDP_HEADER);
}

static void inner_ports(struct pxk_frame *f, struct pxk_rd *in)
{
    f->icmp.has_inner = in->err == PXK_OK;
    if (f->icmp.inner_proto != PXK_IP_UDP && f->icmp.inner_proto != PXK_IP_TCP)
        return;
    f->icmp.inner_sport = pxk_rd_u16(in);
    f->icmp.inner_dport = pxk_rd_u16(in);
    f->icmp.has_inner = in->err == PXK_OK;
}

static void inner_ip4(struct pxk_frame *f, struct pxk_rd *in)
{
    const uint8_t *p = pxk_rd_take(in, PXK_IP4_HEADER);
    size_t header = p ? (size_t)(p[0] & 15) * 4 : 0;
    if (header < PXK_IP4_HEADER)
        return;
    bool later_fragment = frame_be16(p + 6) & 0x1fff;
    f->icmp.inner_proto = p[9];
    f->icmp.inner_src = frame_be32(p + 12);
    f->icmp.inner_dst = frame_be32(p + 16);
    f->icmp.inner_from = pxk_ip_of4(f->icmp.inner_src);
    f->icmp.inner_to = pxk_ip_of4(f->icmp.inner_dst);
    (void)pxk_rd_take(in, header - PXK_IP4_HEADER);
    if (later_fragment)
        f->icmp.has_inner = in->err == PXK_OK;
    else
        inner_ports(f, in);
}

static void inner_ip6(struct pxk_frame *f, struct pxk_rd *in)
{
    const uint8_t *p = pxk_rd_take(in, PXK_IP6_HEADER);
    if (!p)
        return;
    uint8_t next = p[6];
    memcpy(f->icmp.inner_from.b, p + 8, 16);
    memcpy(f->icmp.inner_to.b, p + 24, 16);
    bool upper = frame_ip6_skip(in, &next);
    const uint8_t *fragment = upper && next == FRAME_IP6_FRAGMENT ? pxk_rd_take(in, 8) : NULL;
    if (fragment)
        next = fragment[0];
    f->icmp.inner_proto = next;
    f->icmp.has_inner = true;
    if (upper && in->err == PXK_OK && (!fragment || frame_be16(fragment + 2) < 8))
        inner_ports(f, in);
}

/* The packet that an ICMP error quotes: its IP header and at least 8 bytes. */
static void inner_decode(struct pxk_frame *f, struct pxk_rd *r)
{
    struct pxk_rd in = pxk_rd_sub(r, pxk_rd_left(r));
    unsigned version = pxk_rd_left(&in) ? in.at[0] >> 4 : 0;
    if (version == 4 && f->l4 == PXK_L4_ICMP)
        inner_ip4(f, &in);
    else if (version == 6 && f->l4 == PXK_L4_ICMP6)
        inner_ip6(f, &in);
}

static void icmp_decode(struct pxk_frame *f, struct pxk_rd *r, size_t wire)
{
    const uint8_t *p = pxk_rd_take(r, 8);
    memset(&f->icmp, 0, sizeof f->icmp);
    if (!p)
        return;
    f->icmp.type = p[0];
    f->icmp.code = p[1];
    f->icmp.id = frame_be16(p + 4);
    f->icmp.seq = frame_be16(p + 6);
    f->l4 = PXK_L4_ICMP;
    frame_payload(f, r, wire - 8);
    if (f->icmp.type == PXK_ICMP_UNREACHABLE || f->icmp.type == PXK_ICMP_TIME_EXCEEDED) {
        f->icmp.mtu = f->icmp.code == PXK_ICMP_FRAGMENTATION_NEEDED ? f->icmp.seq : 0;
        inner_decode(f, r);
    }
}

static void icmp6_decode(struct pxk_frame *f, struct pxk_rd *r, size_t wire)
{
    struct pxk_rd whole = *r;
    const uint8_t *p = pxk_rd_take(r, 8);
    memset(&f->icmp, 0, sizeof f->icmp);
    if (!p)
        return;
    f->icmp.type = p[0];
    f->icmp.code = p[1];
    f->l4 = PXK_L4_ICMP6;
    frame_payload(f, &whole, wire);
    if (f->icmp.type == PXK_ICMP6_ECHO || f->icmp.type == PXK_ICMP6_ECHO_REPLY) {
        f->icmp.id = frame_be16(p + 4);
        f->icmp.seq = frame_be16(p + 6);
    }
    if (f->icmp.type == PXK_ICMP6_TOO_BIG)
        f->icmp.mtu = frame_be32(p + 4);
    if (f->icmp.type >= PXK_ICMP6_UNREACHABLE && f->icmp.type <= PXK_ICMP6_PARAMETER)
        inner_decode(f, r);
}

static void tcp_decode(struct pxk_frame *f, struct pxk_rd *r, size_t wire)
{
    enum { WITHOUT_WINDOW = 14 }; /* a capture may end there */
    const uint8_t *p = pxk_rd_take(r, WITHOUT_WINDOW);
    size_t header = p ? (size_t)(p[12] >> 4) * 4 : 0;
    if (header < 20 || header > wire)
        return;
    f->sport = frame_be16(p);
    f->dport = frame_be16(p + 2);
    f->tcp.seq = frame_be32(p + 4);
    f->tcp.ack = frame_be32(p + 8);
    f->tcp.flags = p[13];
    f->tcp.window = pxk_rd_left(r) >= 2 ? frame_be16(p + WITHOUT_WINDOW) : UINT16_MAX;
    f->l4 = PXK_L4_TCP;
    size_t skip = header - WITHOUT_WINDOW;
    (void)pxk_rd_take(r, skip < pxk_rd_left(r) ? skip : pxk_rd_left(r));
    frame_payload(f, r, wire - header);
}

void frame_l4(struct pxk_frame *f, struct pxk_rd *r, size_t wire)
{
    bool v6 = f->l3 == PXK_L3_IP6;
    f->l4 = PXK_L4_NONE;
    if (f->ip.proto == PXK_IP_UDP) {
        udp_decode(f, r, wire);
    } else if (f->ip.proto == PXK_IP_TCP) {
        tcp_decode(f, r, wire);
    } else if (f->ip.proto == PXK_IP_ICMP && !v6) {
        icmp_decode(f, r, wire);
    } else if (f->ip.proto == PXK_IP_ICMP6 && v6) {
        icmp6_decode(f, r, wire);
    } else {
        f->l4 = PXK_L4_OTHER;
        frame_payload(f, r, wire);
    }
}

void pxk_frame_decode_l4(struct pxk_frame *f, const uint8_t *data, size_t len)
{
    struct pxk_rd r = pxk_rd_init(data, len);
    f->payload = NULL; /* was the last fragment's */
    f->payload_len = f->payload_wire = 0;
    if (f->l3 == PXK_L3_IP6)
        frame_ip6_upper(f, &r, len);
    else
        frame_l4(f, &r, len);
}
