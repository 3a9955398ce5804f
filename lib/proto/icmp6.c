/* RFC 4861 4.2 to 4.6, RFC 8106 5.1. */
#include "pxk/proto/icmp6.h"

enum { OPT_SOURCE_LLADDR = 1, OPT_TARGET_LLADDR = 2, OPT_PREFIX = 3, OPT_MTU = 5, OPT_RDNSS = 25 };

/* RFC 4861 4.6: lengths count units of 8 bytes; "nodes MUST silently discard an ND packet that contains an option with length zero". */
static bool option_next(struct pxk_rd *r, uint8_t *type, struct pxk_rd *value, bool *bad)
{
    if (!pxk_rd_left(r))
        return false;
    *type = pxk_rd_u8(r);
    size_t len = (size_t)pxk_rd_u8(r) * 8;
    if (len)
        *value = pxk_rd_sub(r, len - 2);
    *bad = !len || r->err != PXK_OK;
    return !*bad;
}

static void prefix_decode(struct pxk_ra *ra, struct pxk_rd *v)
{
    struct pxk_ra_prefix p = {.len = pxk_rd_u8(v)};
    uint8_t flags = pxk_rd_u8(v);
    p.on_link = flags & 0x80;
    p.autonomous = flags & 0x40;
    p.valid = pxk_rd_u32(v);
    p.preferred = pxk_rd_u32(v);
    (void)pxk_rd_u32(v);
    pxk_rd_bytes(v, p.prefix.b, 16);
    if (v->err == PXK_OK && ra->prefix_n < PXK_RA_PREFIXES)
        ra->prefix[ra->prefix_n++] = p;
}

static void rdnss_decode(struct pxk_ra *ra, struct pxk_rd *v)
{
    (void)pxk_rd_take(v, 6);
    while (pxk_rd_left(v) >= 16 && ra->dns_n < PXK_RA_DNS)
        pxk_rd_bytes(v, ra->dns[ra->dns_n++].b, 16);
}

static bool mac_decode(struct pxk_rd *v, struct pxk_mac *mac)
{
    if (pxk_rd_left(v) != 6)
        return false; /* not Ethernet's */
    pxk_rd_bytes(v, mac->b, 6);
    return true;
}

enum pxk_err pxk_ra_decode(const void *data, size_t len, struct pxk_ra *ra)
{
    struct pxk_rd r = pxk_rd_init(data, len), value;
    uint8_t type;
    *ra = (struct pxk_ra){0};
    if (pxk_rd_left(&r) && r.at[0] != PXK_ICMP6_RA)
        return PXK_E_FORMAT;
    (void)pxk_rd_take(&r, 4);
    ra->hop_limit = pxk_rd_u8(&r);
    uint8_t flags = pxk_rd_u8(&r);
    ra->managed = flags & 0x80;
    ra->other = flags & 0x40;
    ra->lifetime = pxk_rd_u16(&r);
    (void)pxk_rd_take(&r, 8);
    if (r.err != PXK_OK)
        return r.err;
    while (option_next(&r, &type, &value, &ra->bad)) {
        if (type == OPT_SOURCE_LLADDR)
            ra->has_mac = mac_decode(&value, &ra->mac);
        else if (type == OPT_PREFIX)
            prefix_decode(ra, &value);
        else if (type == OPT_RDNSS)
            rdnss_decode(ra, &value);
        else if (type == OPT_MTU && pxk_rd_left(&value) == 6) {
            (void)pxk_rd_u16(&value);
            ra->mtu = pxk_rd_u32(&value);
        }
    }
    return PXK_OK;
}

enum pxk_err pxk_nd_decode(const void *data, size_t len, struct pxk_nd *nd)
{
    struct pxk_rd r = pxk_rd_init(data, len), value;
    uint8_t type = pxk_rd_u8(&r), option;
    *nd = (struct pxk_nd){0};
    if (r.err == PXK_OK && type != PXK_ICMP6_NS && type != PXK_ICMP6_NA)
        return PXK_E_FORMAT;
    (void)pxk_rd_take(&r, 3);
    uint32_t flags = pxk_rd_u32(&r);
    pxk_rd_bytes(&r, nd->target.b, 16);
    if (r.err != PXK_OK)
        return r.err;
    if (type == PXK_ICMP6_NA) {
        nd->router = flags >> 31;
        nd->solicited = flags >> 30 & 1;
        nd->override = flags >> 29 & 1;
    }
    while (option_next(&r, &option, &value, &nd->bad))
        if (option == (type == PXK_ICMP6_NA ? OPT_TARGET_LLADDR : OPT_SOURCE_LLADDR))
            nd->has_mac = mac_decode(&value, &nd->mac);
    return PXK_OK;
}
