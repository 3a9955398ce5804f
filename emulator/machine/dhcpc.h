/* The DHCP side of a PXE firmware: DISCOVER to ACK, offers kept and chosen as that firmware does, requests to
 * port 4011, boot server discovery, and what it will load from where. RFC 2131; PXE 2.1 ch. 2;
 * iPXE src/net/udp/dhcp.c; EDK2 UefiPxeBcDxe/PxeBcDhcp4.c. */
#ifndef PXK_MACHINE_DHCPC_H
#define PXK_MACHINE_DHCPC_H

#include "overrides.h"
#include "pxk/base.h"
#include "pxk/proto.h"

enum pxk_dhcpc_state {
    PXK_DHCPC_IDLE,
    PXK_DHCPC_SELECTING,
    PXK_DHCPC_REQUESTING,
    PXK_DHCPC_PROXY,       /* asking port 4011 */
    PXK_DHCPC_BOOT_SERVER, /* boot server discovery for a menu item */
    PXK_DHCPC_BOUND,       /* has an address, and `boot` says what to load ("" : nothing) */
    PXK_DHCPC_FAILED,      /* gave up: why, screen */
};

/** How the waits are kept. Firmware pace is the client's own; fast pace ends a wait when nothing that could
 * still come would change the choice, or after a short window. */
struct pxk_pace {
    bool fast;
    uint32_t discover_cap_ms, request_cap_ms, tftp_cap_ms;
    unsigned tftp_tries;
    uint32_t offer_window_ms; /* fast: how long an acceptable offer waits for a better one */
};
extern const struct pxk_pace pxk_pace_firmware, pxk_pace_fast;

#define DHCPC_OFFERS_MAX 16
#define DHCPC_PACKET_MAX 1500

struct dhcpc_offer {
    pxk_usec at;
    pxk_ip4 src;
    uint16_t sport;
    size_t len;
    uint8_t data[DHCPC_PACKET_MAX];
};

/** Boot information of one DHCP answer, as it stands in the packet. */
struct pxk_boot_info {
    bool there;
    pxk_ip4 siaddr, server_id;
    char file[129];       /* header field */
    char option67[256], option66[128];
    bool http;            /* option 60 begins HTTPClient */
    uint8_t control;      /* 43.6 */
    bool discovery;       /* any of 43.6..10 */
    bool menu;            /* 43.9 */
    pxk_ip4 listed;       /* first address of 43.8, 0 */
};

struct pxk_lease {
    pxk_ip4 ip, netmask, gateway, dns, server_id;
    uint32_t seconds;
    bool uuid_echoed;
    uint16_t boot_blocks;        /* option 13, in blocks of 512 bytes; 0: not told */
    char config_file[128], path_prefix[128]; /* options 209, 210 */
    struct pxk_boot_info ack, proxy, reply;  /* DHCP ACK, proxy offer, answer from port 4011 */
};

struct pxk_dhcpc_io {
    /** UDP from the client's address (0.0.0.0 before it has one). */
    void (*send)(void *ctx, pxk_ip4 dst, uint16_t sport, uint16_t dport, const void *payload, size_t len);
    /** The ACK arrived: the host gets its address before requests to port 4011 leave. */
    void (*bound)(void *ctx, const struct pxk_lease *lease);
    void *ctx;
};

struct pxk_dhcpc {
    const struct pxk_persona *who;
    const struct pxk_pace *pace;
    struct pxk_dhcpc_io io;
    struct pxk_rand rand;
    struct pxk_mac mac;
    struct pxk_uuid uuid;
    uint16_t arch;
    enum pxk_dhcpc_state state;
    uint32_t xid;
    pxk_usec started, deadline;
    pxk_usec settle;             /* fast pace: when the offers at hand are settled; PXK_NEVER */
    unsigned tries, transmissions;
    uint16_t secs;
    struct dhcpc_offer offer[DHCPC_OFFERS_MAX];
    unsigned offer_n, offers_dropped;
    int chosen, chosen_proxy;    /* indices into offer; -1 */
    bool ask_4011;               /* the choice needs an answer from port 4011 */
    bool ask_menu;               /* it has a boot menu: boot server discovery */
    pxk_ip4 proxy_to;
    uint16_t item_type;
    unsigned item_server;        /* candidates for it that were asked */
    struct pxk_lease lease;
    char boot_file[256];         /* what it will load; "" nothing */
    pxk_ip4 boot_server;
    bool local_boot;             /* the menu's first item is the local disk */
    unsigned naks;
    bool proxy_silent;
    const struct pxk_overrides *overrides; /* set after init: what it sends otherwise than @who; NULL */
    bool offer_only;             /* set after init: ends BOUND, without an address, where it would REQUEST */
    bool left_early;             /* fast pace: chosen before the firmware would have */
    bool better_came;            /* fast pace: an offer came that the firmware's own wait would have preferred */
    char better[160];
    char why[200], screen[96];
};

void pxk_dhcpc_init(struct pxk_dhcpc *c, const struct pxk_persona *who, uint16_t arch, const struct pxk_pace *pace,
                    const struct pxk_mac *mac, const struct pxk_uuid *uuid, const struct pxk_dhcpc_io *io,
                    uint64_t seed);
void pxk_dhcpc_start(struct pxk_dhcpc *c, pxk_usec now);
/** UDP to port 68 or 4011. */
void pxk_dhcpc_input(struct pxk_dhcpc *c, pxk_ip4 src, uint16_t sport, uint16_t dport, const void *data,
                     size_t len, pxk_usec now);
/** ICMP unreachable about a packet of ours to @dport. */
void pxk_dhcpc_unreachable(struct pxk_dhcpc *c, uint16_t dport, pxk_usec now);
void pxk_dhcpc_expire(struct pxk_dhcpc *c, pxk_usec now);
pxk_usec pxk_dhcpc_deadline(const struct pxk_dhcpc *c);
/** Give the address back (RFC 2131 4.4.6). */
void pxk_dhcpc_release(struct pxk_dhcpc *c);
static inline bool pxk_dhcpc_over(const struct pxk_dhcpc *c)
{
    return c->state >= PXK_DHCPC_BOUND;
}

/* ---- offers.c: which offer a firmware takes ---- */

struct pxk_choice {
    int offer, proxy;      /* -1: none */
    bool final;            /* nothing that could still come would change it */
    bool bootable;         /* it names something to boot, or where to ask */
    bool ask_4011, ask_menu;
    unsigned rank;         /* lower is better; for "would another have been preferred" */
};
/** Choose among the offers kept so far by the persona's rules. False: none is acceptable. */
bool pxk_offers_choose(const struct pxk_dhcpc *c, struct pxk_choice *out);
/** Read the boot information of a packet. */
void pxk_boot_info_read(const struct pxk_dhcp4 *m, pxk_ip4 src, struct pxk_boot_info *out);
/** What and whence the persona loads, given its lease's ack, proxy and reply. Sets c->boot_*. */
void pxk_offers_resolve(struct pxk_dhcpc *c);

#endif
