/* What a switch says of itself on a port: spanning tree BPDUs (IEEE 802.1D 9.3, 802.1w: LLC frames to 01:80:c2:00:00:00),
 * LACP (802.1AX: slow protocols, subtype 1); and whether anything comes through the switch at all. */
#include "session_int.h"

enum { LLC_BRIDGE = 0x42, ETH_LLDP = 0x88cc, LACP = 1, BPDU_RAPID = 2, FORWARDING = 0x20, TCN = 0x80 };

/* 01:80:c2:00:00:0X: never passed on by a bridge; and Cisco's own, CDP, PVST+ and others. */
static bool is_between_neighbours(const struct pxk_mac *dst)
{
    static const uint8_t bridge[5] = {0x01, 0x80, 0xc2, 0, 0}, cisco[3] = {0x01, 0, 0x0c};
    return (memcmp(dst->b, bridge, 5) == 0 && dst->b[5] < 0x10) || memcmp(dst->b, cisco, 3) == 0;
}

static void bpdu(struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct pxk_rd r = pxk_rd_init(f->payload, f->payload_len);
    uint16_t protocol = pxk_rd_u16(&r);
    uint8_t version = pxk_rd_u8(&r), type = pxk_rd_u8(&r), flags = type == TCN ? 0 : pxk_rd_u8(&r);
    if (f->llc.dsap != LLC_BRIDGE || protocol != 0 || r.err != PXK_OK)
        return;
    struct pxk_seen_port *p = &t->port;
    if (!p->bpdus++) {
        p->bpdu_frame = t->number;
        p->first_bpdu = t->now;
        p->bridge = f->src;
    }
    p->last_bpdu = t->now;
    if (type == TCN)
        return;
    p->rapid = version >= BPDU_RAPID;
    p->forwarding = p->rapid && (flags & FORWARDING);
    (void)pxk_rd_take(&r, 8 + 4 + 8 + 2 + 2 + 2 + 2); /* root, cost, bridge, port, ages, hello time */
    uint16_t delay = pxk_rd_u16(&r);                  /* in 1/256 s */
    if (r.err == PXK_OK)
        p->forward_delay_s = delay >> 8;
}

static void lacpdu(struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct pxk_rd r = pxk_rd_init(f->payload, f->payload_len);
    if (pxk_rd_u8(&r) != LACP || r.err != PXK_OK || pxk_box_by_mac(t, &f->src)) /* a client's own: an installed bond */
        return;
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
    if (!open || f->ethertype == ETH_LLDP || is_request(f) || pxk_box_by_mac(t, &f->src))
        return;
    p->passed_frame = t->number;
    p->passed_at = t->now;
    p->passed_by = f->src;
}

void pxk_track_port(struct pxk_tracker *t, const struct pxk_frame *f)
{
    if (f->dst.b[0] == 0x01 && is_between_neighbours(&f->dst)) {
        if (f->l3 == PXK_L3_LLC)
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
