#include "prober.h"

#define PING_HEADERS 28u /* IPv4 and ICMP */
#define ANSWER_WAIT  (300 * PXK_MSEC)
#define PINGS        3

/* Ethernet, PPPoE, common tunnels, the IPv6 minimum, the oldest defaults. */
#define ETHERNET_MTU 1500u
static const unsigned sizes[] = {ETHERNET_MTU, 1492, 1480, 1472, 1450, 1420, 1400, 1350, 1280, 1006, 576};

static void ping(struct pxk_prober *p, struct pxk_host *h, pxk_usec now)
{
    p->tries++;
    p->sent = now;
    p->deadline = now + ANSWER_WAIT;
    pxk_host_send_ping(h, p->target, p->id, 0, 36, now);
}

void pxk_prober_start(struct pxk_prober *p, struct pxk_host *h, pxk_ip4 target, unsigned link_mtu, pxk_usec now)
{
    *p = (struct pxk_prober){.state = PROBER_PINGING, .target = target, .id = 0x7078, .link_mtu = link_mtu};
    ping(p, h, now);
}

/* The largest that is tried: the link's own MTU, which need not be in the list. */
static unsigned largest_size(const struct pxk_prober *p)
{
    return p->link_mtu < ETHERNET_MTU ? p->link_mtu : ETHERNET_MTU;
}

static void sizes_send(struct pxk_prober *p, struct pxk_host *h, pxk_usec now)
{
    unsigned largest = largest_size(p);
    p->state = PROBER_SIZING;
    p->tries++;
    p->deadline = now + ANSWER_WAIT;
    if (largest > PING_HEADERS)
        pxk_host_send_ping(h, p->target, p->id, (uint16_t)largest, largest - PING_HEADERS, now);
    for (size_t i = 0; i < PXK_COUNT(sizes); i++)
        if (sizes[i] < largest)
            pxk_host_send_ping(h, p->target, p->id, (uint16_t)sizes[i], sizes[i] - PING_HEADERS, now);
}

void pxk_prober_input(struct pxk_prober *p, struct pxk_host *h, const struct pxk_frame *f, pxk_usec now)
{
    if (f->l4 != PXK_L4_ICMP || f->icmp.type != PXK_ICMP_ECHO_REPLY || f->icmp.id != p->id ||
        f->ip.src != p->target)
        return;
    if (p->state == PROBER_PINGING) {
        p->answered = true;
        p->rtt = pxk_usec_since(p->sent, now);
        p->tries = 0;
        sizes_send(p, h, now);
    } else if (p->state == PROBER_SIZING && f->icmp.seq == f->payload_len + PING_HEADERS) {
        p->sizes_answered = true;
        if (f->icmp.seq > p->path_mtu)
            p->path_mtu = f->icmp.seq;
        if (p->path_mtu >= largest_size(p)) {
            p->state = PROBER_OVER;
            p->deadline = PXK_NEVER;
        }
    }
}

void pxk_prober_expire(struct pxk_prober *p, struct pxk_host *h, pxk_usec now)
{
    if (p->state == PROBER_IDLE || p->state == PROBER_OVER || p->deadline > now)
        return;
    /* One answer may be lost like any packet; twice the same picture is taken for true. */
    if (p->state == PROBER_PINGING && p->tries < PINGS) {
        ping(p, h, now);
    } else if (p->state == PROBER_SIZING && p->tries < 2) {
        sizes_send(p, h, now);
    } else {
        p->state = PROBER_OVER;
        p->deadline = PXK_NEVER;
    }
}

pxk_usec pxk_prober_deadline(const struct pxk_prober *p)
{
    return p->state == PROBER_PINGING || p->state == PROBER_SIZING ? p->deadline : PXK_NEVER;
}
