/* Neighbour discovery (RFC 4861) with what a boot depends on: prefixes, MTU and DNS servers (RFC 8106) of router
 * advertisements. Errors and the packets that they quote are in struct pxk_frame's icmp. */
#ifndef PXK_PROTO_ICMP6_H
#define PXK_PROTO_ICMP6_H

#include "pxk/base.h"
#include "pxk/proto/frame.h"

#define PXK_RA_PREFIXES 4
#define PXK_RA_DNS      4

struct pxk_ra_prefix {
    struct pxk_ip prefix;
    uint8_t len;              /* bits */
    bool on_link, autonomous;
    uint32_t valid, preferred; /* seconds */
};

struct pxk_ra {
    uint8_t hop_limit;
    bool managed;        /* M: addresses by DHCPv6 */
    bool other;          /* O: the rest by DHCPv6 */
    uint16_t lifetime;   /* as default router, seconds; 0: it is none */
    bool has_mac;        /* source link-layer address */
    struct pxk_mac mac;
    uint32_t mtu;        /* 0: not told */
    struct pxk_ra_prefix prefix[PXK_RA_PREFIXES];
    unsigned prefix_n;
    struct pxk_ip dns[PXK_RA_DNS];
    unsigned dns_n;
    bool bad;            /* an option of no length, or one that runs past the end */
};

/** Neighbour solicitation or advertisement. */
struct pxk_nd {
    struct pxk_ip target;
    bool router, solicited, override; /* advertisement */
    bool has_mac;
    struct pxk_mac mac;               /* of who asks, or of the target */
    bool bad;
};

/** @data: an ICMPv6 message, f->payload. PXK_E_FORMAT: of another type; PXK_E_TRUNCATED. More options than there is room for are left out. */
PXK_MUST_USE enum pxk_err pxk_ra_decode(const void *data, size_t len, struct pxk_ra *out);
PXK_MUST_USE enum pxk_err pxk_nd_decode(const void *data, size_t len, struct pxk_nd *out);

#endif
