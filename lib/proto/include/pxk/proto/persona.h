/* Personalities: what each kind of client puts on the wire, in its order, with its timers. One table
 * (personas.c); the emulator plays a row, the session model recognises clients by it.
 * Sources: captures of the real firmware, iPXE src/net/udp/dhcp.c and tftp.c, EDK2 NetworkPkg/UefiPxeBcDxe,
 * Dhcp4Dxe, Mtftp4Dxe, syslinux core/fs/pxe, GRUB grub-core/net/tftp.c, shim netboot.c. */
#ifndef PXK_PROTO_PERSONA_H
#define PXK_PROTO_PERSONA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"
#include "pxk/proto/tftp.h"

/** How long to wait after each transmission; after the last one the client gives up. */
struct pxk_waits {
    unsigned n;
    uint32_t ms[40];
};

struct pxk_tftp_ask {
    enum pxk_tftp_opt_id id;
    uint32_t value;
};

/** A TFTP client's habits. */
struct pxk_tftp_profile {
    const char *key;
    struct pxk_tftp_ask probe[4]; /* options of a first transfer made only for the size */
    unsigned probe_n;             /* 0: no such transfer */
    uint16_t probe_error;         /* how it ends that transfer */
    const char *probe_message;
    struct pxk_tftp_ask fetch[4];
    unsigned fetch_n;
    struct pxk_waits waits;       /* for RRQ and ACK alike */
    bool needs_oack;              /* DATA without OACK fails */
    bool icmp_ends;               /* ICMP port unreachable ends it at once */
    uint16_t first_port;          /* local port of the first transfer, then one more each; 0: any */
    uint8_t ttl;
};

enum pxk_offer_rules {
    PXK_RULES_IPXE, /* src/net/udp/dhcp.c: dhcp_discovery_rx */
    PXK_RULES_EDK2, /* UefiPxeBcDxe/PxeBcDhcp4.c: PxeBcSelectOffer */
};

#define PXK_PERSONA_OPTS_MAX 16

struct pxk_persona {
    const char *key, *name;
    bool efi;
    uint16_t arch;                /* option 93, unless another one of the family is asked for */
    uint8_t ndi[3];               /* option 94 */
    uint8_t discover[PXK_PERSONA_OPTS_MAX]; /* option codes in order, 0 ends */
    uint8_t request[PXK_PERSONA_OPTS_MAX];
    uint8_t proxy[PXK_PERSONA_OPTS_MAX];    /* of the request to port 4011 */
    uint8_t boot_server[PXK_PERSONA_OPTS_MAX]; /* of boot server discovery for a menu's item */
    bool boot_server_plain;       /* iPXE there: option 60 is "PXEClient" alone */
    bool broadcast_bound;         /* flags 0x8000 once it has an address */
    const uint8_t *prl;           /* option 55 */
    uint8_t prl_n;
    uint16_t max_size;            /* option 57 */
    uint16_t max_size_request;
    bool broadcast;               /* flags 0x8000 */
    bool secs_elapsed;            /* secs tells time; else iPXE's transmission count and state bits */
    const uint8_t *ipxe;          /* option 175; NULL: none */
    uint8_t ipxe_n;
    enum pxk_offer_rules rules;
    struct pxk_waits discover_waits, request_waits, proxy_waits;
    uint32_t proxy_window_ms;     /* iPXE: an offer alone is taken after this long */
    uint16_t proxy_source_port;   /* of the request to port 4011 */
    uint8_t ttl;
    const char *tftp;             /* key of its TFTP profile */
};

/** Rows by key ("ipxe-bios", "edk2-pxe"); NULL if there is none. */
const struct pxk_persona *pxk_persona_by_key(const char *key);
/** The firmware to play for an architecture; NULL if none is emulated. */
const struct pxk_persona *pxk_persona_for_arch(uint16_t arch);
const struct pxk_persona *pxk_persona_row(size_t i);

/** TFTP habits by key: "ipxe", "edk2", "pxelinux", "shim", "grub", "installer". NULL if there is none. */
const struct pxk_tftp_profile *pxk_tftp_profile_by_key(const char *key);
const struct pxk_tftp_profile *pxk_tftp_profile_row(size_t i);

/** Which profile sends a request with these options? By their order and values; NULL if none fits. */
const struct pxk_tftp_profile *pxk_tftp_profile_of(const struct pxk_tftp *rrq);

/** Milliseconds from the first transmission until the client gives up. */
uint32_t pxk_waits_total(const struct pxk_waits *w);

#endif
