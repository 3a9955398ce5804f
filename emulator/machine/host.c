#include "host.h"

/* iPXE asks five times, first after an eighth of a second, then doubled (captured: wrong-next-server). */
static pxk_usec ask_wait(unsigned asked)
{
    return 125 * PXK_MSEC << (asked < HOST_ARP_TRIES ? asked : HOST_ARP_TRIES);
}

void pxk_host_init(struct pxk_host *h, const struct pxk_mac *mac, uint16_t vlan, struct pxk_wire_out out,
                   uint16_t first_ip_id, uint8_t *memory)
{
    *h = (struct pxk_host){.out = out, .mac = *mac, .vlan = vlan, .next_id = first_ip_id};
    pxk_reasm_init(&h->reasm, memory);
}

static struct pxk_eth_out eth_to(const struct pxk_host *h, const struct pxk_mac *dst)
{
    return (struct pxk_eth_out){.dst = *dst, .src = h->mac, .vlan = h->vlan};
}

static void emit(struct pxk_host *h, const struct pxk_wr *w)
{
    if (w->err == PXK_OK)
        h->out.send(h->out.ctx, w->base, pxk_wr_len(w));
}

static void arp_send(struct pxk_host *h, const struct pxk_mac *to, const struct pxk_arp *arp)
{
    uint8_t frame[64];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = eth_to(h, to);
    pxk_frame_write_arp(&w, &eth, arp);
    emit(h, &w);
}

static void arp_ask(struct pxk_host *h, pxk_ip4 sender, pxk_ip4 target)
{
    arp_send(h, &pxk_mac_broadcast,
             &(struct pxk_arp){.op = PXK_ARP_REQUEST, .sender_mac = h->mac, .sender = sender, .target = target});
}

void pxk_host_set_address(struct pxk_host *h, pxk_ip4 ip, pxk_ip4 netmask, pxk_ip4 gateway)
{
    h->ip = ip;
    h->netmask = netmask;
    h->gateway = gateway;
    h->probing = h->taken = false;
    for (size_t i = 0; i < HOST_ARP_ENTRIES; i++)
        h->arp[i].ip = 0;
}

void pxk_host_probe(struct pxk_host *h)
{
    h->probing = true;
    arp_ask(h, 0, h->ip);
}

void pxk_host_announce(struct pxk_host *h)
{
    arp_ask(h, h->ip, h->ip);
}

static struct host_neighbour *neighbour_find(struct pxk_host *h, pxk_ip4 ip)
{
    for (size_t i = 0; i < HOST_ARP_ENTRIES; i++)
        if (h->arp[i].ip == ip)
            return &h->arp[i];
    return NULL;
}

/* The entry of @ip, made over the least recently used one if need be. */
static struct host_neighbour *neighbour_get(struct pxk_host *h, pxk_ip4 ip, pxk_usec now)
{
    struct host_neighbour *n = neighbour_find(h, ip);
    if (!n) {
        n = &h->arp[0];
        for (size_t i = 1; i < HOST_ARP_ENTRIES && n->ip; i++)
            if (!h->arp[i].ip || h->arp[i].used < n->used)
                n = &h->arp[i];
        n->ip = ip;
        n->known = false;
        n->asked = 0;
        n->pending_len = 0;
        n->pending_icmp = false;
        n->ask_again = PXK_NEVER;
    }
    n->used = now;
    return n;
}

static void neighbour_ask(struct pxk_host *h, struct host_neighbour *n, pxk_usec now)
{
    arp_ask(h, h->ip, n->ip);
    n->ask_again = now + ask_wait(n->asked++);
}

static void send_to(struct pxk_host *h, const struct host_neighbour *n)
{
    uint8_t frame[PXK_FRAME_MAX];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = eth_to(h, &n->mac);
    if (n->pending_icmp)
        pxk_frame_write_echo(&w, &eth, &n->pending_ip, PXK_ICMP_ECHO, n->pending_sport, n->pending_seq,
                             n->pending, n->pending_len);
    else
        pxk_frame_write_udp(&w, &eth, &n->pending_ip, n->pending_sport, n->pending_dport, n->pending,
                            n->pending_len);
    emit(h, &w);
}

static void neighbour_learn(struct pxk_host *h, pxk_ip4 ip, const struct pxk_mac *mac)
{
    struct host_neighbour *n = ip ? neighbour_find(h, ip) : NULL;
    if (!n)
        return;
    bool first = !n->known;
    n->known = true;
    n->mac = *mac;
    n->ask_again = PXK_NEVER;
    if (first && (n->pending_len || n->pending_icmp))
        send_to(h, n);
    n->pending_len = 0;
    n->pending_icmp = false;
}

static void arp_input(struct pxk_host *h, const struct pxk_arp *a)
{
    bool ours = pxk_mac_eq(&a->sender_mac, &h->mac);
    if (!h->ip || ours)
        return;
    if (h->probing && a->sender == h->ip) {
        h->taken = true;
        h->taken_by = a->sender_mac;
    }
    neighbour_learn(h, a->sender, &a->sender_mac);
    if (a->op == PXK_ARP_REQUEST && a->target == h->ip)
        arp_send(h, &a->sender_mac,
                 &(struct pxk_arp){.op = PXK_ARP_REPLY, .sender_mac = h->mac, .sender = h->ip,
                                   .target_mac = a->sender_mac, .target = a->sender});
}

static void echo_answer(struct pxk_host *h, const struct pxk_frame *f)
{
    uint8_t frame[PXK_FRAME_MAX];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = eth_to(h, &f->src);
    struct pxk_ip4_out ip = {.src = h->ip, .dst = f->ip.src, .id = h->next_id++, .ttl = 64};
    pxk_frame_write_echo(&w, &eth, &ip, PXK_ICMP_ECHO_REPLY, f->icmp.id, f->icmp.seq, f->payload,
                         f->payload_len);
    emit(h, &w);
}

static bool address_is_ours(const struct pxk_host *h, const struct pxk_frame *f)
{
    /* Before it has an address the firmware takes what comes to its MAC: a server may unicast the OFFER to
     * the address that it offers. */
    return !h->ip || f->ip.dst == h->ip || f->ip.dst == PXK_IP4_BROADCAST ||
           (h->netmask && f->ip.dst == (h->ip | ~h->netmask));
}

bool pxk_host_input(struct pxk_host *h, const uint8_t *data, size_t len, pxk_usec now, struct pxk_frame *f)
{
    if (pxk_frame_decode(data, len, len, f) != PXK_OK || f->vlan[0] != h->vlan || f->vlan[1])
        return false;
    if (!pxk_mac_eq(&f->dst, &h->mac) && !pxk_mac_is_multicast(&f->dst))
        return false;
    if (f->l3 == PXK_L3_ARP) {
        arp_input(h, &f->arp);
        return false;
    }
    if (f->l3 != PXK_L3_IP4 || !f->ip.csum_ok || !address_is_ours(h, f))
        return false;
    if (f->l4 == PXK_L4_FRAGMENT && !pxk_reasm_input(&h->reasm, f, now))
        return false;
    if (f->l4 == PXK_L4_UDP && pxk_frame_check(f) == PXK_CSUM_BAD) {
        h->bad_checksums++;
        return false;
    }
    if (f->l4 == PXK_L4_ICMP && f->icmp.type == PXK_ICMP_ECHO) {
        if (h->ip && f->ip.dst == h->ip)
            echo_answer(h, f);
        return false;
    }
    return f->l4 == PXK_L4_UDP || f->l4 == PXK_L4_ICMP;
}

static void broadcast_udp(struct pxk_host *h, const struct pxk_ip4_out *ip, uint16_t sport, uint16_t dport,
                          const void *payload, size_t len)
{
    uint8_t frame[PXK_FRAME_MAX];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = eth_to(h, &pxk_mac_broadcast);
    pxk_frame_write_udp(&w, &eth, ip, sport, dport, payload, len);
    emit(h, &w);
}

static pxk_ip4 next_hop(const struct pxk_host *h, pxk_ip4 dst)
{
    bool on_link = !h->netmask || ((dst ^ h->ip) & h->netmask) == 0;
    return on_link || !h->gateway ? dst : h->gateway;
}

/* Sent at once if the next hop is known; else it waits for ARP. */
static void route(struct pxk_host *h, struct host_neighbour *n, pxk_usec now)
{
    if (n->known) {
        send_to(h, n);
        n->pending_len = 0;
        n->pending_icmp = false;
    } else if (n->ask_again == PXK_NEVER) {
        n->asked = 0;
        neighbour_ask(h, n, now);
    }
}

void pxk_host_send_udp(struct pxk_host *h, pxk_ip4 dst, uint16_t sport, uint16_t dport, uint8_t ttl,
                       const void *payload, size_t len, pxk_usec now)
{
    struct pxk_ip4_out ip = {.src = h->ip, .dst = dst, .id = h->next_id++, .ttl = ttl};
    if (dst == PXK_IP4_BROADCAST) {
        broadcast_udp(h, &ip, sport, dport, payload, len);
        return;
    }
    if (len > HOST_PENDING_MAX || !dst)
        return;
    struct host_neighbour *n = neighbour_get(h, next_hop(h, dst), now);
    n->pending_icmp = false;
    n->pending_ip = ip;
    n->pending_sport = sport;
    n->pending_dport = dport;
    n->pending_len = len;
    if (len)
        memcpy(n->pending, payload, len);
    route(h, n, now);
}

void pxk_host_send_ping(struct pxk_host *h, pxk_ip4 dst, uint16_t id, uint16_t seq, size_t payload_len,
                        pxk_usec now)
{
    if (payload_len > HOST_PENDING_MAX || !dst)
        return;
    struct host_neighbour *n = neighbour_get(h, next_hop(h, dst), now);
    /* A boot request that waits for ARP is worth more than a ping. */
    if (!n->known && n->pending_len && !n->pending_icmp)
        return;
    n->pending_icmp = true;
    n->pending_ip = (struct pxk_ip4_out){.src = h->ip, .dst = dst, .id = h->next_id++, .ttl = 64, .df = true};
    n->pending_sport = id;
    n->pending_seq = seq;
    n->pending_len = payload_len;
    memset(n->pending, 0, payload_len);
    route(h, n, now);
}

bool pxk_host_pending(const struct pxk_host *h)
{
    for (size_t i = 0; i < HOST_ARP_ENTRIES; i++)
        if (h->arp[i].ip && !h->arp[i].known && h->arp[i].pending_len && h->arp[i].ask_again != PXK_NEVER)
            return true;
    return false;
}

pxk_usec pxk_host_deadline(const struct pxk_host *h)
{
    pxk_usec at = PXK_NEVER;
    for (size_t i = 0; i < HOST_ARP_ENTRIES; i++)
        if (h->arp[i].ip && !h->arp[i].known)
            at = pxk_usec_min(at, h->arp[i].ask_again);
    return at;
}

void pxk_host_expire(struct pxk_host *h, pxk_usec now)
{
    for (size_t i = 0; i < HOST_ARP_ENTRIES; i++) {
        struct host_neighbour *n = &h->arp[i];
        if (!n->ip || n->known || n->ask_again > now)
            continue;
        if (n->asked < HOST_ARP_TRIES) {
            neighbour_ask(h, n, now);
        } else {
            n->ask_again = PXK_NEVER; /* unresolved: what waited is lost, the next packet asks anew */
            n->pending_len = 0;
            n->pending_icmp = false;
        }
    }
}
