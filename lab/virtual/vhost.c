#include "vhost.h"

#include <stdlib.h>
#include <string.h>

#define TTL         64
#define MTU_DEFAULT 1500u
#define PATH_MIN    576u /* RFC 1191 3: less is taken for a lie */

enum pxk_err pxk_vhost_new(pxk_ip4 ip, const struct pxk_mac *mac, const struct pxk_vhost_io *io, struct pxk_vhost **out)
{
    struct pxk_vhost *h = calloc(1, sizeof *h);
    if (!h)
        return PXK_E_NOMEM;
    h->ip = ip;
    h->mac = *mac;
    h->io = *io;
    h->mtu = MTU_DEFAULT;
    h->max_clients = PXK_VHOST_CLIENTS;
    h->next_port = 40000;
    *out = h;
    return PXK_OK;
}

/* ---- out ---- */

static size_t path_mtu(const struct pxk_vhost *h, pxk_ip4 to)
{
    for (size_t i = 0; i < PXK_VHOST_PATHS; i++)
        if (h->path[i].to == to && h->path[i].mtu < h->mtu)
            return h->path[i].mtu ? h->path[i].mtu : h->mtu;
    return h->mtu;
}

/* RFC 791 3.2: pieces of a multiple of 8 bytes. @packet is the IP packet, without options. */
static void send_fragments(struct pxk_vhost *h, const struct pxk_wr *whole, size_t mtu, pxk_usec after)
{
    const uint8_t *packet = whole->base + PXK_ETH_HEADER;
    size_t len = pxk_wr_len(whole) - PXK_ETH_HEADER - PXK_IP4_HEADER, room = (mtu - PXK_IP4_HEADER) / 8 * 8;
    for (size_t at = 0; at < len; at += room) {
        uint8_t frame[PXK_FRAME_MAX];
        size_t n = len - at < room ? len - at : room, ip = PXK_ETH_HEADER;
        struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
        pxk_wr_bytes(&w, whole->base, PXK_ETH_HEADER + PXK_IP4_HEADER);
        pxk_wr_bytes(&w, packet + PXK_IP4_HEADER + at, n);
        pxk_wr_patch16(&w, ip + 2, (uint16_t)(PXK_IP4_HEADER + n));
        pxk_wr_patch16(&w, ip + 6, (uint16_t)(at / 8 | (at + n < len ? 0x2000 : 0)));
        pxk_wr_patch16(&w, ip + 10, 0);
        pxk_wr_patch16(&w, ip + 10, pxk_csum_fold(pxk_csum_add(0, frame + ip, PXK_IP4_HEADER)));
        h->io.send(h->io.send_ctx, frame, pxk_wr_len(&w), after);
    }
}

/* As Linux sends UDP: with the don't-fragment bit if it fits the path as far as that is known, else in pieces. */
void pxk_vhost_udp(struct pxk_vhost *h, const struct pxk_vhost_datagram *d)
{
    struct pxk_wr w = pxk_wr_init(h->packet, sizeof h->packet);
    struct pxk_eth_out eth = {.dst = d->to == PXK_IP4_BROADCAST ? pxk_mac_broadcast : d->mac, .src = h->mac};
    size_t mtu = path_mtu(h, d->to), checksum = PXK_ETH_HEADER + PXK_IP4_HEADER + 6;
    bool fits = PXK_IP4_HEADER + PXK_UDP_HEADER + d->len <= mtu;
    struct pxk_ip4_out ip = {.src = h->ip, .dst = d->to, .id = h->next_id++, .ttl = TTL, .df = fits};
    pxk_frame_write_udp(&w, &eth, &ip, d->sport, d->dport, d->data, d->len);
    if (w.err != PXK_OK) {
        h->failed = "a server's datagram does not fit an IP packet";
        return;
    }
    if (d->bad_checksum)
        h->packet[checksum] ^= h->packet[checksum] == 0x55 ? 0xaa : 0x55; /* and not 0, which would mean: there is none */
    if (fits)
        h->io.send(h->io.send_ctx, h->packet, pxk_wr_len(&w), d->after);
    else
        send_fragments(h, &w, mtu, d->after);
}

void pxk_vhost_refuse(struct pxk_vhost *h, const struct pxk_frame *f)
{
    uint8_t frame[PXK_FRAME_MAX], about[PXK_IP4_HEADER + PXK_UDP_HEADER];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame), a = pxk_wr_init(about, sizeof about);
    struct pxk_eth_out eth = {.dst = f->src, .src = h->mac};
    struct pxk_ip4_out ip = {.src = h->ip, .dst = f->ip.src, .id = h->next_id++, .ttl = TTL};
    if (h->no_icmp || f->ip.dst != h->ip)
        return; /* RFC 1122 3.2.2: not about a broadcast */
    pxk_wr_u16(&a, 0x4500);
    pxk_wr_u16(&a, f->ip.total);
    pxk_wr_u16(&a, f->ip.id);
    pxk_wr_u16(&a, f->ip.df ? 0x4000 : 0);
    pxk_wr_u8(&a, f->ip.ttl);
    pxk_wr_u8(&a, PXK_IP_UDP);
    pxk_wr_u16(&a, 0);
    pxk_wr_u32(&a, f->ip.src);
    pxk_wr_u32(&a, f->ip.dst);
    pxk_wr_patch16(&a, 10, pxk_csum_fold(pxk_csum_add(0, about, PXK_IP4_HEADER)));
    pxk_wr_u16(&a, f->sport);
    pxk_wr_u16(&a, f->dport);
    pxk_wr_u16(&a, (uint16_t)(PXK_UDP_HEADER + f->payload_len));
    pxk_wr_u16(&a, 0);
    pxk_frame_write_unreachable(&w, &eth, &ip, PXK_ICMP_PORT_UNREACHABLE, about, sizeof about);
    if (w.err == PXK_OK)
        h->io.send(h->io.send_ctx, frame, pxk_wr_len(&w), 0);
}

/* ---- in ---- */

static void input_arp(struct pxk_vhost *h, const struct pxk_arp *a)
{
    uint8_t frame[64];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = {.dst = a->sender_mac, .src = h->mac};
    struct pxk_arp reply = {.op = PXK_ARP_REPLY, .sender_mac = h->mac, .sender = h->ip, .target_mac = a->sender_mac,
                            .target = a->sender};
    if (h->no_arp || a->op != PXK_ARP_REQUEST || a->target != h->ip)
        return;
    pxk_frame_write_arp(&w, &eth, &reply);
    h->io.send(h->io.send_ctx, frame, pxk_wr_len(&w), 0);
}

static void input_echo(struct pxk_vhost *h, const struct pxk_frame *f)
{
    uint8_t frame[PXK_FRAME_MAX];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = {.dst = f->src, .src = h->mac};
    struct pxk_ip4_out ip = {.src = h->ip, .dst = f->ip.src, .id = h->next_id++, .ttl = TTL};
    pxk_frame_write_echo(&w, &eth, &ip, PXK_ICMP_ECHO_REPLY, f->icmp.id, f->icmp.seq, f->payload, f->payload_len);
    if (w.err == PXK_OK)
        h->io.send(h->io.send_ctx, frame, pxk_wr_len(&w), 0);
}

/* RFC 1191: the next packet to that destination will fit. */
static void input_too_long(struct pxk_vhost *h, const struct pxk_frame *f)
{
    size_t at = h->path_next;
    if (!f->icmp.has_inner || f->icmp.inner_src != h->ip || f->icmp.mtu < PATH_MIN)
        return;
    for (size_t i = 0; i < PXK_VHOST_PATHS; i++)
        if (h->path[i].to == f->icmp.inner_dst)
            at = i;
    if (at == h->path_next)
        h->path_next = (at + 1) % PXK_VHOST_PATHS;
    h->path[at].to = f->icmp.inner_dst;
    h->path[at].mtu = (uint16_t)f->icmp.mtu; /* ICMP over IPv4 has no more */
}

static void input_icmp(struct pxk_vhost *h, const struct pxk_frame *f)
{
    if (f->ip.dst != h->ip)
        return;
    if (f->icmp.type == PXK_ICMP_ECHO)
        input_echo(h, f);
    else if (f->icmp.type == PXK_ICMP_UNREACHABLE && f->icmp.code == PXK_ICMP_FRAGMENTATION_NEEDED)
        input_too_long(h, f);
}

static bool is_ours(const struct pxk_vhost *h, pxk_ip4 dst)
{
    return dst == h->ip || dst == PXK_IP4_BROADCAST;
}

void pxk_vhost_input(struct pxk_vhost *h, const uint8_t *data, size_t len, pxk_usec now)
{
    struct pxk_frame f;
    if (pxk_frame_decode(data, len, len, &f) != PXK_OK || (!pxk_mac_eq(&f.dst, &h->mac) && !pxk_mac_is_multicast(&f.dst)))
        return;
    if (f.vlan[0] != PXK_VLAN_NONE)
        return; /* it has no interface in any VLAN */
    if (f.l3 == PXK_L3_ARP) {
        input_arp(h, &f.arp);
    } else if (f.l3 == PXK_L3_IP4 && f.ip.csum_ok && f.l4 == PXK_L4_ICMP) {
        input_icmp(h, &f);
    } else if (f.l3 == PXK_L3_IP4 && f.ip.csum_ok && f.l4 == PXK_L4_UDP && pxk_frame_check(&f) != PXK_CSUM_BAD && is_ours(h, f.ip.dst)) {
        bool taken = (h->io.udp && h->io.udp(h->io.ctx, &f, now)) || pxk_vhost_serve(h, &f, now);
        if (!taken)
            pxk_vhost_refuse(h, &f);
    }
}
