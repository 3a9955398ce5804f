/* What a switch says of itself on a port: spanning tree BPDUs (IEEE 802.1D 9.3, 802.1w: LLC frames to 01:80:c2:00:00:00),
 * LACP (802.1AX: slow protocols, subtype 1); and whether anything comes through the switch at all. */
#include "session_int.h"

enum { BPDU_RAPID = 2 };

/* 01:80:c2:00:00:0X: never passed on by a bridge; and Cisco's own, CDP, PVST+ and others. */
static bool is_between_neighbours(const struct pxk_mac *dst)
{
    static const uint8_t bridge[5] = {0x01, 0x80, 0xc2, 0, 0}, cisco[3] = {0x01, 0, 0x0c};
    return (memcmp(dst->b, bridge, 5) == 0 && dst->b[5] < 0x10) || memcmp(dst->b, cisco, 3) == 0;
}

static void bpdu(struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct pxk_seen_port *p = &t->port;
    struct pxk_stp s;
    if (pxk_stp_decode(f->payload, f->payload_len, &s) != PXK_OK)
        return;
    if (!p->bpdus++) {
        p->bpdu_frame = t->number;
        p->first_bpdu = t->now;
        p->bridge = f->src;
    }
    p->last_bpdu = t->now;
    if (s.topology_notice)
        return;
    p->rapid = s.version >= BPDU_RAPID;
    p->forwarding = p->rapid && s.forwarding;
    p->forward_delay_s = s.forward_delay >> 8; /* in 1/256 s */
}

static void lacpdu(struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct pxk_lacp l;
    if (pxk_lacp_decode(f->payload, f->payload_len, &l) != PXK_OK || pxk_box_by_mac(t, &f->src))
        return; /* a client's own: an installed bond */
    if (!t->port.lacpdus++) {
        t->port.lacp_frame = t->number;
        t->port.lacp_by = f->src;
    }
}

/* A client's requests come before its session is there. */
static bool is_request(const struct pxk_frame *f)
{
    return f->l4 == PXK_L4_UDP && f->sport == PXK_DHCP4_CLIENT_PORT;
}

/* Something from elsewhere came in. A client may speak before its first DISCOVER makes it one: then the next frame counts. */
static void note_passing(struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct pxk_seen_port *p = &t->port;
    bool open = !p->passed_frame || (pxk_usec_since(p->passed_at, t->now) < 10 * PXK_SEC && pxk_box_by_mac(t, &p->passed_by));
    if (!open || f->ethertype == PXK_ETH_LLDP || is_request(f) || pxk_box_by_mac(t, &f->src))
        return;
    p->passed_frame = t->number;
    p->passed_at = t->now;
    p->passed_by = f->src;
}

void pxk_track_port(struct pxk_tracker *t, const struct pxk_frame *f)
{
    if (f->dst.b[0] == 0x01 && is_between_neighbours(&f->dst)) {
        if (pxk_stp_is(f))
            bpdu(t, f);
        else if (f->ethertype == PXK_ETH_SLOW)
            lacpdu(t, f);
    } else if (t->port.bpdus) {
        note_passing(t, f);
    }
}

const struct pxk_seen_port *pxk_tracker_port(const struct pxk_tracker *t)
{
    return &t->port;
}
