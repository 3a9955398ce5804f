#include "pxk/linklayer.h"

#include "erf.h"

#define ETHERTYPE_IP4 0x0800
#define ETHERTYPE_IP6 0x86dd
#define HEADER        14u
#define LENGTH_MAX    1500 /* below: the field is a length (IEEE 802.3) */

struct packet {
    const uint8_t *data;
    uint32_t len, wire;
};

static bool strip(struct packet *p, uint32_t n)
{
    if (p->len < n)
        return false;
    p->data += n;
    p->len -= n;
    p->wire -= n; /* never less than len */
    return true;
}

static enum pxk_err framed(const struct packet *p, const uint8_t dst[6], const uint8_t src[6], uint16_t type, uint8_t *scratch,
                           struct pxk_linkframe *out)
{
    if (p->len > PXK_CAP_MAX)
        return PXK_E_FORMAT;
    memcpy(scratch, dst, 6);
    memcpy(scratch + 6, src, 6);
    scratch[12] = (uint8_t)(type >> 8);
    scratch[13] = (uint8_t)type;
    if (p->len)
        memcpy(scratch + HEADER, p->data, p->len);
    *out = (struct pxk_linkframe){scratch, p->len + HEADER, p->wire + HEADER};
    return PXK_OK;
}

static const uint8_t nobody[6], everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* An IP packet without a link header: to everybody if its address says so. */
static enum pxk_err ip_framed(const struct packet *p, uint8_t *scratch, struct pxk_linkframe *out)
{
    if (!p->len)
        return PXK_E_TRUNCATED;
    uint8_t version = p->data[0] >> 4;
    if (version != 4 && version != 6)
        return PXK_E_FORMAT;
    bool all = version == 4 && p->len >= 20 && get32(p->data + 16, true) == PXK_IP4_BROADCAST;
    return framed(p, all ? everybody : nobody, nobody, version == 4 ? ETHERTYPE_IP4 : ETHERTYPE_IP6, scratch, out);
}

static enum pxk_err read_ethernet(struct packet *p, uint8_t *scratch, struct pxk_linkframe *out)
{
    (void)scratch;
    *out = (struct pxk_linkframe){p->data, p->len, p->wire};
    return PXK_OK;
}

static enum pxk_err read_raw(struct packet *p, uint8_t *scratch, struct pxk_linkframe *out)
{
    return ip_framed(p, scratch, out);
}

/* The address family differs from system to system; the IP version inside does not. */
static enum pxk_err read_null(struct packet *p, uint8_t *scratch, struct pxk_linkframe *out)
{
    return strip(p, 4) ? ip_framed(p, scratch, out) : PXK_E_TRUNCATED;
}

/* RFC 1661, RFC 1662: address and control may be there; the protocol has one byte if it is odd. */
static enum pxk_err read_ppp(struct packet *p, uint8_t *scratch, struct pxk_linkframe *out)
{
    if (p->len >= 2 && p->data[0] == 0xff && p->data[1] == 0x03)
        (void)strip(p, 2); /* there are two */
    if (p->len < 2)
        return PXK_E_TRUNCATED;
    uint16_t protocol = p->data[0] & 1 ? p->data[0] : get16(p->data, true);
    if (protocol != 0x21 && protocol != 0x57)
        return PXK_E_FORMAT;
    (void)strip(p, p->data[0] & 1 ? 1 : 2); /* there are two */
    return ip_framed(p, scratch, out);
}

/* Linux "cooked": what the kernel knows of a packet in place of its link header. */
static enum pxk_err cooked(const struct packet *p, uint16_t sent, uint16_t addr_len, const uint8_t *addr, uint16_t protocol,
                           uint8_t *scratch, struct pxk_linkframe *out)
{
    enum { BROADCAST = 1 };
    enum { NOVELL = 1, LLC = 4 };
    if (protocol == NOVELL || protocol == LLC)
        protocol = p->wire <= LENGTH_MAX ? (uint16_t)p->wire : LENGTH_MAX;
    return framed(p, sent == BROADCAST ? everybody : nobody, addr_len == 6 ? addr : nobody, protocol, scratch, out);
}

static enum pxk_err read_sll(struct packet *p, uint8_t *scratch, struct pxk_linkframe *out)
{
    const uint8_t *h = p->data;
    if (!strip(p, 16))
        return PXK_E_TRUNCATED;
    return cooked(p, get16(h, true), get16(h + 4, true), h + 6, get16(h + 14, true), scratch, out);
}

static enum pxk_err read_sll2(struct packet *p, uint8_t *scratch, struct pxk_linkframe *out)
{
    const uint8_t *h = p->data;
    if (!strip(p, 20))
        return PXK_E_TRUNCATED;
    return cooked(p, h[10], h[11], h + 12, get16(h, true), scratch, out);
}

/* Extension headers follow the record header as long as their first bit says so; Ethernet has two bytes before it. */
static enum pxk_err read_erf(struct packet *p, uint8_t *scratch, struct pxk_linkframe *out)
{
    if (p->len < ERF_HEADER)
        return PXK_E_TRUNCATED;
    struct erf e = erf_read(p->data);
    (void)strip(p, ERF_HEADER); /* it is there */
    for (bool more = e.extended; more;) {
        const uint8_t *ext = p->data;
        if (!strip(p, 8))
            return PXK_E_TRUNCATED;
        more = ext[0] & 0x80;
    }
    p->wire = e.wire;
    if (e.type == ERF_IPV4 || e.type == ERF_IPV6) {
        p->len = p->len < p->wire ? p->len : p->wire;
        return ip_framed(p, scratch, out);
    }
    if (e.type != ERF_ETH && e.type != ERF_COLOR_ETH && e.type != ERF_DSM_COLOR_ETH && e.type != ERF_COLOR_HASH_ETH)
        return PXK_E_FORMAT;
    p->wire += 2;
    if (!strip(p, 2))
        return PXK_E_TRUNCATED;
    p->len = p->len < p->wire ? p->len : p->wire; /* the record is padded */
    return read_ethernet(p, scratch, out);
}

/* Linux netfilter log: a header of four bytes, then attributes; their numbers have the capturing host's byte order. */
static enum pxk_err read_nflog(struct packet *p, uint8_t *scratch, struct pxk_linkframe *out)
{
    enum { PAYLOAD = 9 };
    if (!strip(p, 4))
        return PXK_E_TRUNCATED;
    while (p->len >= 4) {
        uint16_t size = get16(p->data, false), type = get16(p->data + 2, false) & 0x7fff;
        if (size < 4)
            return PXK_E_FORMAT;
        if (type == PAYLOAD) {
            (void)strip(p, 4); /* it is there */
            p->len = p->len < size - 4u ? p->len : size - 4u;
            p->wire = size - 4u;
            return ip_framed(p, scratch, out);
        }
        if (!strip(p, (size + 3u) & ~3u))
            break;
    }
    return PXK_E_TRUNCATED;
}

/* Hilscher netANALYZER: four bytes, then a frame with its check sequence. */
static enum pxk_err read_netanalyzer(struct packet *p, uint8_t *scratch, struct pxk_linkframe *out)
{
    return strip(p, 4) ? read_ethernet(p, scratch, out) : PXK_E_TRUNCATED;
}

#define read_unsupported NULL
#define WIFI  "firmware boots over wired Ethernet: capture at the wired side, or without monitor mode"
#define USB   "it holds USB, no network: capture at the network interface"
#define OTHER "capture at an Ethernet interface"

static const struct row {
    uint16_t link;
    const char *name;
    enum pxk_err (*read)(struct packet *, uint8_t *, struct pxk_linkframe *);
    const char *instead;
} rows[] = {
#define LINK(number, name, reader, instead) {number, name, read_##reader, instead},
#include "linktypes.def"
#undef LINK
};

static const struct row *row_find(uint16_t link)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].link == link)
            return &rows[i];
    return NULL;
}

enum pxk_err pxk_linklayer(uint16_t link, const uint8_t *data, uint32_t len, uint32_t wire, uint8_t scratch[PXK_LINK_SCRATCH],
                           struct pxk_linkframe *out)
{
    struct packet p = {data, len, wire};
    if (link == PXK_LINK_ETHERNET)
        return read_ethernet(&p, scratch, out);
    const struct row *row = row_find(link);
    return row && row->read ? row->read(&p, scratch, out) : PXK_E_UNSUPPORTED;
}

const char *pxk_linklayer_name(uint16_t link, char *out, size_t cap)
{
    const struct row *row = row_find(link);
    return row ? row->name : pxk_fmt(out, cap, "link type %u", link);
}

const char *pxk_linklayer_why(uint16_t link)
{
    const struct row *row = row_find(link);
    return row && row->instead ? row->instead : OTHER;
}
