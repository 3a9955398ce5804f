/* BPDUs, LLDP, LACP: only what tells why a port does not forward yet, and which port it is. */
#include "pxk/proto/switch.h"

enum {
    BPDU_CONFIG = 0x00,
    BPDU_RAPID = 0x02,
    BPDU_TOPOLOGY = 0x80,
    LLC_BPDU = 0x42,
    OUI_CISCO = 0x00000c,
    PID_PVST = 0x010b,
    LLDP_END = 0,
    LLDP_CHASSIS = 1,
    LLDP_PORT = 2,
    LLDP_TTL = 3,
    LLDP_PORT_WORDS = 4,
    LLDP_SYSTEM = 5,
    LLDP_ORGANISATION = 127,
    OUI_IEEE_8021 = 0x0080c2,
    SLOW_LACP = 1,
};

bool pxk_stp_is(const struct pxk_frame *f)
{
    return f->l3 == PXK_L3_LLC && ((f->llc.dsap == LLC_BPDU && f->llc.ssap == LLC_BPDU) ||
                                   (f->llc.oui == OUI_CISCO && f->llc.pid == PID_PVST));
}

enum pxk_err pxk_stp_decode(const void *data, size_t len, struct pxk_stp *s)
{
    struct pxk_rd r = pxk_rd_init(data, len);
    uint16_t protocol = pxk_rd_u16(&r);
    *s = (struct pxk_stp){.version = pxk_rd_u8(&r)};
    uint8_t type = pxk_rd_u8(&r);
    if (r.err != PXK_OK)
        return r.err;
    if (protocol != 0 || (type != BPDU_CONFIG && type != BPDU_RAPID && type != BPDU_TOPOLOGY))
        return PXK_E_FORMAT;
    s->topology_notice = type == BPDU_TOPOLOGY;
    if (s->topology_notice)
        return PXK_OK;
    uint8_t flags = pxk_rd_u8(&r);
    s->topology_change = flags & 1;
    if (type == BPDU_RAPID) {
        s->proposal = flags & 2;
        s->role = (enum pxk_stp_role)(flags >> 2 & 3);
        s->learning = flags & 0x10;
        s->forwarding = flags & 0x20;
        s->agreement = flags & 0x40;
    }
    s->root_priority = pxk_rd_u16(&r);
    pxk_rd_bytes(&r, s->root.b, 6);
    s->root_cost = pxk_rd_u32(&r);
    s->bridge_priority = pxk_rd_u16(&r);
    pxk_rd_bytes(&r, s->bridge.b, 6);
    s->port = pxk_rd_u16(&r);
    s->message_age = pxk_rd_u16(&r);
    s->max_age = pxk_rd_u16(&r);
    s->hello = pxk_rd_u16(&r);
    s->forward_delay = pxk_rd_u16(&r);
    return r.err;
}

static void text_copy(char out[static PXK_LLDP_TEXT], struct pxk_rd *r)
{
    size_t n = 0;
    while (pxk_rd_left(r) && n < PXK_LLDP_TEXT - 1) {
        uint8_t c = pxk_rd_u8(r);
        out[n++] = c >= 32 && c < 127 ? (char)c : '?';
    }
    out[n] = 0;
}

/* Subtypes: IEEE 802.1AB 8.5.2.2 (chassis: 4 is a MAC address), 8.5.3.2 (port: 1 alias, 5 name, 7 local are text). */
static void tlv_decode(struct pxk_lldp *out, unsigned type, struct pxk_rd *v)
{
    unsigned subtype;
    switch (type) {
    case LLDP_CHASSIS:
        out->has_chassis = pxk_rd_u8(v) == 4 && pxk_rd_left(v) == 6;
        if (out->has_chassis)
            pxk_rd_bytes(v, out->chassis.b, 6);
        break;
    case LLDP_PORT:
        subtype = pxk_rd_u8(v);
        if (subtype == 1 || subtype == 5 || subtype == 7)
            text_copy(out->port, v);
        break;
    case LLDP_TTL:
        out->ttl = pxk_rd_u16(v);
        break;
    case LLDP_PORT_WORDS:
        text_copy(out->port_words, v);
        break;
    case LLDP_SYSTEM:
        text_copy(out->system, v);
        break;
    case LLDP_ORGANISATION:
        if (pxk_rd_u32(v) == (OUI_IEEE_8021 << 8 | 1))
            out->vlan = pxk_rd_u16(v);
        break;
    default:
        break;
    }
}

enum pxk_err pxk_lldp_decode(const void *data, size_t len, struct pxk_lldp *out)
{
    struct pxk_rd r = pxk_rd_init(data, len);
    *out = (struct pxk_lldp){0};
    while (pxk_rd_left(&r)) {
        uint16_t head = pxk_rd_u16(&r);
        struct pxk_rd value = pxk_rd_sub(&r, head & 511);
        if (r.err != PXK_OK || head >> 9 == LLDP_END)
            break;
        tlv_decode(out, head >> 9, &value);
    }
    return len ? r.err : PXK_E_TRUNCATED;
}

static void end_decode(struct pxk_rd *r, struct pxk_lacp_end *e)
{
    (void)pxk_rd_u16(r); /* type and length of the part */
    e->priority = pxk_rd_u16(r);
    pxk_rd_bytes(r, e->system.b, 6);
    e->key = pxk_rd_u16(r);
    e->port_priority = pxk_rd_u16(r);
    e->port = pxk_rd_u16(r);
    e->state = pxk_rd_u8(r);
    (void)pxk_rd_take(r, 3);
}

enum pxk_err pxk_lacp_decode(const void *data, size_t len, struct pxk_lacp *out)
{
    struct pxk_rd r = pxk_rd_init(data, len);
    *out = (struct pxk_lacp){0};
    uint8_t subtype = pxk_rd_u8(&r);
    (void)pxk_rd_u8(&r);
    if (r.err == PXK_OK && subtype != SLOW_LACP)
        return PXK_E_FORMAT;
    end_decode(&r, &out->actor);
    end_decode(&r, &out->partner);
    return r.err;
}
