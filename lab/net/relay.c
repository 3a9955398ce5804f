#include "relay.h"

#include "pxk/proto/dhcp4.h"

enum {
    BOOTREQUEST = 1,
    BOOTREPLY = 2,
    ETHERNET = 1,
    AT_OP = 0,
    AT_HTYPE = 1,
    AT_HLEN = 2,
    AT_HOPS = 3,
    AT_FLAGS = 10,
    AT_CIADDR = 12,
    AT_YIADDR = 16,
    AT_GIADDR = 24,
    AT_CHADDR = 28,
    CIRCUIT_ID = 1, /* RFC 3046 2.0 */
    REMOTE_ID = 2,
    LEAST = 300, /* RFC 1542 2.1: shorter ones were dropped by old agents */
};

static const uint8_t magic[] = {99, 130, 83, 99};

const char *relay_verdict_text(enum relay_verdict v)
{
    static const char *const texts[] = {
#define X(name, text) text,
        RELAY_VERDICTS(X)
#undef X
    };
    return texts[v];
}

static uint32_t u32_at(const uint8_t *p, size_t at)
{
    struct pxk_rd r = pxk_rd_init(p + at, 4);
    return pxk_rd_u32(&r);
}

/* ---- options ---- */

/* What the options field is like, as far as a relay must know. */
struct options {
    bool readable; /* up to its end marker, or to the end of the packet */
    size_t end;    /* where the end marker stands or would stand */
    bool info;     /* option 82 is there */
};

/* The next option behind @r: its bytes with code and length, or NULL at the end. PAD counts as an option of one byte. */
static const uint8_t *option_next(struct pxk_rd *r, size_t *len)
{
    if (pxk_rd_left(r) == 0 || *r->at == PXK_DHCP4_END)
        return NULL;
    *len = *r->at == PXK_DHCP4_PAD ? 1 : pxk_rd_left(r) < 2 ? 2 : 2 + (size_t)r->at[1];
    return pxk_rd_take(r, *len);
}

static struct pxk_rd options_of(const uint8_t *p, size_t len)
{
    bool dhcp = len >= PXK_DHCP4_FIXED && memcmp(p + PXK_DHCP4_HEADER, magic, sizeof magic) == 0;
    return dhcp ? pxk_rd_init(p + PXK_DHCP4_FIXED, len - PXK_DHCP4_FIXED) : (struct pxk_rd){.err = PXK_E_FORMAT};
}

static struct options options_look(const uint8_t *p, size_t len)
{
    struct options o = {0};
    struct pxk_rd r = options_of(p, len);
    const uint8_t *opt;
    size_t n;
    while ((opt = option_next(&r, &n)))
        o.info |= opt[0] == PXK_OPT_RELAY_AGENT;
    o.readable = r.err == PXK_OK;
    o.end = o.readable ? PXK_DHCP4_FIXED + pxk_rd_offset(&r) : len;
    return o;
}

static size_t id_len(const char *id)
{
    return id && *id ? 2 + strlen(id) : 0;
}

static void id_write(struct pxk_wr *w, uint8_t code, const char *id)
{
    if (!id_len(id))
        return;
    pxk_wr_u8(w, code);
    pxk_wr_u8(w, (uint8_t)strlen(id));
    pxk_wr_str(w, id);
}

/* Over what was the end marker; what was behind it is padding. */
static void info_write(const struct relay *r, struct pxk_wr *out)
{
    pxk_wr_u8(out, PXK_OPT_RELAY_AGENT);
    size_t mark = pxk_wr_open8(out);
    id_write(out, CIRCUIT_ID, r->circuit_id);
    id_write(out, REMOTE_ID, r->remote_id);
    pxk_wr_close8(out, mark);
    pxk_wr_u8(out, PXK_DHCP4_END);
}

/* As far as there is room: padding is a courtesy. */
static void pad_to(struct pxk_wr *out, size_t len)
{
    size_t missing = pxk_wr_len(out) < len ? len - pxk_wr_len(out) : 0;
    pxk_wr_zero(out, missing < pxk_wr_left(out) ? missing : pxk_wr_left(out));
}

/* ---- requests ---- */

static bool is_own(const struct relay *r, pxk_ip4 ip, size_t *link)
{
    for (size_t i = 0; i < r->link_n; i++)
        if (r->giaddr[i] == ip) {
            *link = i;
            return true;
        }
    return false;
}

static enum relay_verdict first_relay(const struct relay *r, const uint8_t *p, size_t len, struct pxk_wr *out)
{
    size_t info = id_len(r->circuit_id) + id_len(r->remote_id);
    struct options o = options_look(p, len);
    if (o.info) /* RFC 3046 2.1: no client has a circuit that we would trust */
        return RELAY_UNTRUSTED;
    bool added = info && info <= RELAY_INFO_MAX && o.readable && o.end + 2 + info + 1 <= pxk_wr_left(out);
    pxk_wr_bytes(out, p, added ? o.end : len);
    if (added) {
        info_write(r, out);
        pad_to(out, len > LEAST ? len : LEAST);
    }
    return RELAY_PASS;
}

enum relay_verdict relay_request(const struct relay *r, size_t link, const void *data, size_t len, struct pxk_wr *out)
{
    const uint8_t *p = data;
    size_t own, start = pxk_wr_len(out);
    enum relay_verdict v = RELAY_PASS;
    if (len < PXK_DHCP4_HEADER)
        return RELAY_SHORT;
    if (p[AT_OP] != BOOTREQUEST)
        return RELAY_OTHER;
    if (p[AT_HOPS] > RELAY_HOPS_MAX)
        return RELAY_HOPS;
    pxk_ip4 giaddr = u32_at(p, AT_GIADDR);
    if (giaddr && is_own(r, giaddr, &own)) /* RFC 3046 2.1.1 */
        return RELAY_OWN;
    if (giaddr)
        pxk_wr_bytes(out, p, len);
    else
        v = first_relay(r, p, len, out);
    if (v != RELAY_PASS)
        return v;
    if (out->err != PXK_OK)
        return RELAY_LONG;
    uint8_t *copy = out->base + start;
    struct pxk_wr head = pxk_wr_init(copy + AT_GIADDR, 4);
    copy[AT_HOPS]++;
    pxk_wr_u32(&head, giaddr ? giaddr : r->giaddr[link]);
    return RELAY_PASS;
}

/* ---- replies ---- */

/* RFC 1542 4.1.2; an answer to a client that has its address already (INFORM) has none in yiaddr. */
static void target_choose(const uint8_t *p, struct relay_target *to)
{
    pxk_ip4 yiaddr = u32_at(p, AT_YIADDR), ciaddr = u32_at(p, AT_CIADDR);
    to->ip = yiaddr ? yiaddr : ciaddr;
    memcpy(to->mac.b, p + AT_CHADDR, sizeof to->mac.b);
    to->broadcast = p[AT_FLAGS] & PXK_DHCP4_BROADCAST >> 8 || !to->ip || p[AT_HTYPE] != ETHERNET || p[AT_HLEN] != sizeof to->mac.b;
    if (to->broadcast) {
        to->ip = PXK_IP4_BROADCAST;
        to->mac = pxk_mac_broadcast;
    }
}

static void info_strip(const uint8_t *p, size_t len, struct pxk_wr *out)
{
    struct pxk_rd r = options_of(p, len);
    const uint8_t *opt;
    size_t n;
    pxk_wr_bytes(out, p, PXK_DHCP4_FIXED);
    while ((opt = option_next(&r, &n)))
        if (opt[0] != PXK_OPT_RELAY_AGENT)
            pxk_wr_bytes(out, opt, n);
    pxk_wr_u8(out, PXK_DHCP4_END);
    pad_to(out, len < LEAST ? len : LEAST);
}

enum relay_verdict relay_reply(const struct relay *r, const void *data, size_t len, struct pxk_wr *out, struct relay_target *to)
{
    const uint8_t *p = data;
    if (len < PXK_DHCP4_HEADER)
        return RELAY_SHORT;
    if (p[AT_OP] != BOOTREPLY)
        return RELAY_OTHER;
    if (!is_own(r, u32_at(p, AT_GIADDR), &to->link))
        return RELAY_STRANGER;
    struct options o = options_look(p, len);
    if (o.info && o.readable)
        info_strip(p, len, out);
    else
        pxk_wr_bytes(out, p, len);
    if (out->err != PXK_OK)
        return RELAY_LONG;
    target_choose(p, to);
    return RELAY_PASS;
}
