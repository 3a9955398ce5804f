#include "pxk/proto/frame.h"

#include <arpa/inet.h>

/* RFC 1071 2: the sum may be taken in any byte order and over wider words; it is put right at the end. */
uint32_t pxk_csum_add(uint32_t sum, const void *data, size_t len)
{
    const uint8_t *p = data;
    uint64_t s = 0;
    for (; len >= 4; p += 4, len -= 4) {
        uint32_t word;
        memcpy(&word, p, 4);
        s += word;
    }
    uint8_t tail[4] = {0};
    if (len)
        memcpy(tail, p, len);
    uint32_t last;
    memcpy(&last, tail, 4);
    s += last;
    s = (s & 0xffffffff) + (s >> 32);
    s = (s & 0xffff) + (s >> 16 & 0xffff) + (s >> 32);
    s = (s & 0xffff) + (s >> 16);
    s = (s & 0xffff) + (s >> 16);
    uint64_t total = (uint64_t)sum + ntohs((uint16_t)s);
    return (uint32_t)((total & 0xffffffff) + (total >> 32));
}

uint16_t pxk_csum_fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static uint32_t pseudo_sum(pxk_ip4 src, pxk_ip4 dst, uint8_t proto, size_t len)
{
    uint64_t s = (uint64_t)(src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff) + proto + len;
    return (uint32_t)s;
}

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

static enum pxk_csum udp_check(const struct pxk_frame *f, const uint8_t *udp, size_t len, uint16_t field)
{
    if (field == 0)
        return PXK_CSUM_ABSENT;
    uint32_t pseudo = pseudo_sum(f->ip.src, f->ip.dst, PXK_IP_UDP, len);
    if (pxk_csum_fold(pxk_csum_add(pseudo, udp, len)) == 0)
        return PXK_CSUM_OK;
    /* Linux leaves the folded, not inverted, pseudo header sum for the hardware to finish. */
    uint16_t unfinished = (uint16_t)~pxk_csum_fold(pseudo);
    return field == unfinished ? PXK_CSUM_PARTIAL : PXK_CSUM_BAD;
}

static void udp_decode(struct pxk_frame *f, struct pxk_rd *r, size_t wire)
{
    const uint8_t *start = r->at;
    f->sport = pxk_rd_u16(r);
    f->dport = pxk_rd_u16(r);
    size_t len = pxk_rd_u16(r);
    uint16_t field = pxk_rd_u16(r);
    if (r->err != PXK_OK || len < PXK_UDP_HEADER || len > wire)
        return;
    f->l4 = PXK_L4_UDP;
    f->payload_wire = len - PXK_UDP_HEADER;
    f->payload_len = pxk_rd_left(r) < f->payload_wire ? pxk_rd_left(r) : f->payload_wire;
    f->payload = r->at;
    f->csum = f->payload_len == f->payload_wire ? udp_check(f, start, len, field) : PXK_CSUM_ABSENT;
}

/* The packet that an ICMP error quotes: its IP header and at least 8 bytes. */
static void inner_decode(struct pxk_frame *f, struct pxk_rd *r)
{
    struct pxk_rd in = pxk_rd_sub(r, pxk_rd_left(r));
    uint8_t vihl = pxk_rd_u8(&in);
    size_t header = (size_t)(vihl & 15) * 4;
    if (vihl >> 4 != 4 || header < PXK_IP4_HEADER)
        return;
    (void)pxk_rd_take(&in, 5);
    bool later_fragment = pxk_rd_u16(&in) & 0x1fff;
    (void)pxk_rd_u8(&in);
    f->icmp.inner_proto = pxk_rd_u8(&in);
    (void)pxk_rd_u16(&in);
    f->icmp.inner_src = pxk_rd_u32(&in);
    f->icmp.inner_dst = pxk_rd_u32(&in);
    (void)pxk_rd_take(&in, header - PXK_IP4_HEADER);
    f->icmp.has_inner = in.err == PXK_OK;
    if ((f->icmp.inner_proto != PXK_IP_UDP && f->icmp.inner_proto != PXK_IP_TCP) || later_fragment)
        return;
    f->icmp.inner_sport = pxk_rd_u16(&in);
    f->icmp.inner_dport = pxk_rd_u16(&in);
    f->icmp.has_inner = in.err == PXK_OK;
}

static void icmp_decode(struct pxk_frame *f, struct pxk_rd *r, size_t wire)
{
    f->icmp.type = pxk_rd_u8(r);
    f->icmp.code = pxk_rd_u8(r);
    (void)pxk_rd_u16(r);
    f->icmp.id = pxk_rd_u16(r);
    f->icmp.seq = pxk_rd_u16(r);
    if (r->err != PXK_OK)
        return;
    f->l4 = PXK_L4_ICMP;
    f->payload = r->at;
    f->payload_len = pxk_rd_left(r);
    f->payload_wire = wire - 8;
    if (f->icmp.type == PXK_ICMP_UNREACHABLE || f->icmp.type == PXK_ICMP_TIME_EXCEEDED) {
        f->icmp.mtu = f->icmp.code == PXK_ICMP_FRAGMENTATION_NEEDED ? f->icmp.seq : 0;
        inner_decode(f, r);
    }
}

static void tcp_decode(struct pxk_frame *f, struct pxk_rd *r, size_t wire)
{
    f->sport = pxk_rd_u16(r);
    f->dport = pxk_rd_u16(r);
    f->tcp.seq = pxk_rd_u32(r);
    f->tcp.ack = pxk_rd_u32(r);
    size_t header = (size_t)(pxk_rd_u8(r) >> 4) * 4;
    f->tcp.flags = pxk_rd_u8(r);
    if (r->err != PXK_OK || header < 20 || header > wire)
        return;
    f->l4 = PXK_L4_TCP;
    size_t skip = header - 14;
    (void)pxk_rd_take(r, skip < pxk_rd_left(r) ? skip : pxk_rd_left(r));
    f->payload = r->at;
    f->payload_len = pxk_rd_left(r);
    f->payload_wire = wire - header;
    if (f->payload_len > f->payload_wire)
        f->payload_len = f->payload_wire;
}

static void l4_decode(struct pxk_frame *f, struct pxk_rd *r, size_t wire)
{
    f->l4 = PXK_L4_OTHER;
    switch (f->ip.proto) {
    case PXK_IP_UDP:
        f->l4 = PXK_L4_NONE;
        udp_decode(f, r, wire);
        break;
    case PXK_IP_ICMP:
        f->l4 = PXK_L4_NONE;
        icmp_decode(f, r, wire);
        break;
    case PXK_IP_TCP:
        f->l4 = PXK_L4_NONE;
        tcp_decode(f, r, wire);
        break;
    default:
        break;
    }
}

void pxk_frame_decode_l4(struct pxk_frame *f, const uint8_t *data, size_t len)
{
    struct pxk_rd r = pxk_rd_init(data, len);
    f->payload = NULL; /* was the last fragment's */
    f->payload_len = f->payload_wire = 0;
    l4_decode(f, &r, len);
}

static void ip4_decode(struct pxk_frame *f, struct pxk_rd *r)
{
    const uint8_t *start = r->at;
    size_t there = pxk_rd_left(r);
    uint8_t vihl = pxk_rd_u8(r);
    size_t header = (size_t)(vihl & 15) * 4;
    f->ip.tos = pxk_rd_u8(r);
    f->ip.total = pxk_rd_u16(r);
    f->ip.id = pxk_rd_u16(r);
    uint16_t frag = pxk_rd_u16(r);
    f->ip.ttl = pxk_rd_u8(r);
    f->ip.proto = pxk_rd_u8(r);
    (void)pxk_rd_u16(r);
    f->ip.src = pxk_rd_u32(r);
    f->ip.dst = pxk_rd_u32(r);
    if (r->err != PXK_OK || vihl >> 4 != 4 || header < PXK_IP4_HEADER || header > there ||
        f->ip.total < header)
        return;
    f->l3 = PXK_L3_IP4;
    f->ip.df = frag & 0x4000;
    f->ip.more = frag & 0x2000;
    f->ip.offset = (uint16_t)((frag & 0x1fff) * 8);
    f->ip.csum_ok = pxk_csum_fold(pxk_csum_add(0, start, header)) == 0;
    (void)pxk_rd_take(r, header - PXK_IP4_HEADER);
    size_t wire = f->ip.total - header;
    struct pxk_rd body = pxk_rd_sub(r, wire < pxk_rd_left(r) ? wire : pxk_rd_left(r));
    f->cut = f->cut || pxk_rd_left(&body) < wire;
    if (f->ip.more || f->ip.offset) {
        f->l4 = PXK_L4_FRAGMENT;
        f->payload = body.at;
        f->payload_len = pxk_rd_left(&body);
        f->payload_wire = wire;
        return;
    }
    l4_decode(f, &body, wire);
}

enum pxk_err pxk_frame_decode(const void *data, size_t len, size_t wire, struct pxk_frame *f)
{
    *f = (struct pxk_frame){.cut = len < wire};
    struct pxk_rd r = pxk_rd_init(data, len);
    pxk_rd_bytes(&r, f->dst.b, 6);
    pxk_rd_bytes(&r, f->src.b, 6);
    f->ethertype = pxk_rd_u16(&r);
    for (size_t i = 0; i < 2 && (f->ethertype == PXK_ETH_VLAN || f->ethertype == PXK_ETH_QINQ); i++) {
        f->vlan[i] = pxk_rd_u16(&r) & 0xfff;
        f->ethertype = pxk_rd_u16(&r);
    }
    if (r.err != PXK_OK)
        return r.err;
    switch (f->ethertype) {
    case PXK_ETH_ARP:
        arp_decode(f, &r);
        break;
    case PXK_ETH_IP4:
        ip4_decode(f, &r);
        break;
    default:
        f->l3 = PXK_L3_OTHER;
    }
    return PXK_OK;
}

static void eth_write(struct pxk_wr *w, const struct pxk_eth_out *eth, uint16_t type)
{
    pxk_wr_bytes(w, eth->dst.b, 6);
    pxk_wr_bytes(w, eth->src.b, 6);
    if (eth->vlan) {
        pxk_wr_u16(w, PXK_ETH_VLAN);
        pxk_wr_u16(w, eth->vlan);
    }
    pxk_wr_u16(w, type);
}

void pxk_frame_write_arp(struct pxk_wr *w, const struct pxk_eth_out *eth, const struct pxk_arp *arp)
{
    eth_write(w, eth, PXK_ETH_ARP);
    pxk_wr_u16(w, 1);
    pxk_wr_u16(w, PXK_ETH_IP4);
    pxk_wr_u8(w, 6);
    pxk_wr_u8(w, 4);
    pxk_wr_u16(w, arp->op);
    pxk_wr_bytes(w, arp->sender_mac.b, 6);
    pxk_wr_u32(w, arp->sender);
    pxk_wr_bytes(w, arp->target_mac.b, 6);
    pxk_wr_u32(w, arp->target);
}

static void ip4_write(struct pxk_wr *w, const struct pxk_eth_out *eth, const struct pxk_ip4_out *ip,
                      uint8_t proto, size_t len)
{
    eth_write(w, eth, PXK_ETH_IP4);
    size_t total = PXK_IP4_HEADER + len;
    if (total > UINT16_MAX && w->err == PXK_OK)
        w->err = PXK_E_RANGE;
    size_t start = pxk_wr_len(w);
    pxk_wr_u8(w, 0x45);
    pxk_wr_u8(w, 0);
    pxk_wr_u16(w, (uint16_t)total);
    pxk_wr_u16(w, ip->id);
    pxk_wr_u16(w, ip->df ? 0x4000 : 0);
    pxk_wr_u8(w, ip->ttl);
    pxk_wr_u8(w, proto);
    pxk_wr_u16(w, 0);
    pxk_wr_u32(w, ip->src);
    pxk_wr_u32(w, ip->dst);
    if (w->err == PXK_OK)
        pxk_wr_patch16(w, start + 10, pxk_csum_fold(pxk_csum_add(0, w->base + start, PXK_IP4_HEADER)));
}

void pxk_frame_write_udp(struct pxk_wr *w, const struct pxk_eth_out *eth, const struct pxk_ip4_out *ip,
                         uint16_t sport, uint16_t dport, const void *payload, size_t len)
{
    size_t udp_len = PXK_UDP_HEADER + len;
    ip4_write(w, eth, ip, PXK_IP_UDP, udp_len);
    size_t start = pxk_wr_len(w);
    pxk_wr_u16(w, sport);
    pxk_wr_u16(w, dport);
    pxk_wr_u16(w, (uint16_t)udp_len);
    pxk_wr_u16(w, 0);
    pxk_wr_bytes(w, payload, len);
    if (w->err != PXK_OK)
        return;
    uint32_t sum = pseudo_sum(ip->src, ip->dst, PXK_IP_UDP, udp_len);
    uint16_t csum = pxk_csum_fold(pxk_csum_add(sum, w->base + start, udp_len));
    pxk_wr_patch16(w, start + 6, csum ? csum : 0xffff);
}

static void icmp_close(struct pxk_wr *w, size_t start)
{
    if (w->err == PXK_OK)
        pxk_wr_patch16(w, start + 2,
                       pxk_csum_fold(pxk_csum_add(0, w->base + start, pxk_wr_len(w) - start)));
}

void pxk_frame_write_echo(struct pxk_wr *w, const struct pxk_eth_out *eth, const struct pxk_ip4_out *ip,
                          uint8_t type, uint16_t id, uint16_t seq, const void *payload, size_t len)
{
    ip4_write(w, eth, ip, PXK_IP_ICMP, 8 + len);
    size_t start = pxk_wr_len(w);
    pxk_wr_u8(w, type);
    pxk_wr_u8(w, 0);
    pxk_wr_u16(w, 0);
    pxk_wr_u16(w, id);
    pxk_wr_u16(w, seq);
    pxk_wr_bytes(w, payload, len);
    icmp_close(w, start);
}

void pxk_frame_write_unreachable(struct pxk_wr *w, const struct pxk_eth_out *eth,
                                 const struct pxk_ip4_out *ip, uint8_t code, const void *about,
                                 size_t about_len)
{
    size_t header = about_len ? (size_t)(*(const uint8_t *)about & 15) * 4 : 0;
    size_t quote = about_len < header + 8 ? about_len : header + 8;
    ip4_write(w, eth, ip, PXK_IP_ICMP, 8 + quote);
    size_t start = pxk_wr_len(w);
    pxk_wr_u8(w, PXK_ICMP_UNREACHABLE);
    pxk_wr_u8(w, code);
    pxk_wr_u16(w, 0);
    pxk_wr_u32(w, 0);
    pxk_wr_bytes(w, about, quote);
    icmp_close(w, start);
}
