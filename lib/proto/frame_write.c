/* Building frames: Ethernet II, ARP (RFC 826), UDP (RFC 768) and ICMP (RFC 792) over IPv4 (RFC 791). */
#include "frame_int.h"

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
    uint32_t sum = frame_pseudo4(ip->src, ip->dst, PXK_IP_UDP, udp_len);
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
