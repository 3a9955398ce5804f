/* Addresses as values: IPv4 in host order, either family as 16 bytes, MAC as six bytes, UUID as the 16 bytes seen on the
 * wire. */
#ifndef PXK_BASE_ADDR_H
#define PXK_BASE_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "pxk/base/err.h"

/** IPv4 address, host order; 0 is "none". */
typedef uint32_t pxk_ip4;

#define PXK_IP4(a, b, c, d)                                                                        \
    ((pxk_ip4)(a) << 24 | (pxk_ip4)(b) << 16 | (pxk_ip4)(c) << 8 | (pxk_ip4)(d))
#define PXK_IP4_BROADCAST 0xffffffffu

/** An address of either family, network order: IPv6, or IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). All zero: none. */
struct pxk_ip {
    uint8_t b[16];
};

/** 0 ("none") stays none. */
static inline struct pxk_ip pxk_ip_of4(pxk_ip4 ip)
{
    struct pxk_ip out = {{0}};
    if (!ip)
        return out;
    out.b[10] = out.b[11] = 0xff;
    for (unsigned i = 0; i < 4; i++)
        out.b[12 + i] = (uint8_t)(ip >> (24 - 8 * i));
    return out;
}

static inline bool pxk_ip_eq(struct pxk_ip a, struct pxk_ip b)
{
    return memcmp(a.b, b.b, 16) == 0;
}

static inline bool pxk_ip_is_none(struct pxk_ip ip)
{
    static const uint8_t zero[16];
    return memcmp(ip.b, zero, 16) == 0;
}

static inline bool pxk_ip_is_v4(struct pxk_ip ip)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(ip.b, mapped, 12) == 0;
}

/** The IPv4 address in it; 0 if it is none. */
static inline pxk_ip4 pxk_ip_to4(struct pxk_ip ip)
{
    if (!pxk_ip_is_v4(ip))
        return 0;
    return PXK_IP4(ip.b[12], ip.b[13], ip.b[14], ip.b[15]);
}

struct pxk_mac {
    uint8_t b[6];
};

extern const struct pxk_mac pxk_mac_broadcast;

static inline bool pxk_mac_eq(const struct pxk_mac *a, const struct pxk_mac *b)
{
    return memcmp(a->b, b->b, 6) == 0;
}

static inline bool pxk_mac_is_multicast(const struct pxk_mac *m)
{
    return m->b[0] & 1;
}

static inline bool pxk_mac_is_zero(const struct pxk_mac *m)
{
    static const uint8_t zero[6];
    return memcmp(m->b, zero, 6) == 0;
}

struct pxk_uuid {
    uint8_t b[16];
};

#define PXK_IP4_STRLEN  16
#define PXK_IP_STRLEN   40
#define PXK_MAC_STRLEN  18
#define PXK_UUID_STRLEN 37

/** Text forms; each writes into @out and returns it. */
const char *pxk_ip4_text(pxk_ip4 ip, char out[static PXK_IP4_STRLEN]);
/** "10.0.0.1"; IPv6 as RFC 5952 4 wants it: "fd77::1". None is "0.0.0.0". */
const char *pxk_ip_text(struct pxk_ip ip, char out[static PXK_IP_STRLEN]);
const char *pxk_mac_text(const struct pxk_mac *m, char out[static PXK_MAC_STRLEN]);
/** Bytes in the order given, 8-4-4-4-12, lower case: PXELINUX and GRUB print the wire bytes so. */
const char *pxk_uuid_text(const struct pxk_uuid *u, char out[static PXK_UUID_STRLEN]);

/** "10.0.0.1"; the whole string must be one address. */
PXK_MUST_USE enum pxk_err pxk_ip4_parse(const char *s, pxk_ip4 *out);
/** "52:54:00:77:00:01", '-' as a separator is fine too. */
PXK_MUST_USE enum pxk_err pxk_mac_parse(const char *s, struct pxk_mac *out);
/** 8-4-4-4-12 hex digits, into bytes in the order written. */
PXK_MUST_USE enum pxk_err pxk_uuid_parse(const char *s, struct pxk_uuid *out);

#endif
