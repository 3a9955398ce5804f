/* Addresses as values: IPv4 in host order, MAC as six bytes, UUID as the 16 bytes seen on the wire. */
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
#define PXK_MAC_STRLEN  18
#define PXK_UUID_STRLEN 37

/** Text forms; each writes into @out and returns it. */
const char *pxk_ip4_text(pxk_ip4 ip, char out[static PXK_IP4_STRLEN]);
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
