/* The DHCP server as a machine: a decoded request and the time in, a reply and where it must go
 * out. Leases live in memory. No sockets, no clock; memory is taken once, by pxk_dhcpd_new(). RFC
 * 2131, 2132, 3046, 6842; PXE 2.1 chapter 2. */
#ifndef PXK_ENGINE_DHCPD_H
#define PXK_ENGINE_DHCPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"
#include "pxk/engine/faults.h"
#include "pxk/proto.h"

#define PXK_DHCPD_POOL_MAX    65536u /* addresses */
#define PXK_DHCPD_OPTIONS_MAX 64u    /* options from the config */
#define PXK_DHCPD_CLIENT_ID_MAX 64u  /* bytes of option 61 that are kept */
#define PXK_DHCPD_REPLY_MAX   1444   /* UDP payload: 1472 bytes of IP datagram, more EDK2 drops */
#define PXK_DHCPD_OFFER_TIME  (60 * PXK_SEC) /* an offered address is kept for its client so long  \
                                              */
#define PXK_DHCPD_DECLINE_TIME (600 * PXK_SEC) /* a declined address is given to nobody so long */

/** Which clients get a boot file: an architecture's code, or one of these two. */
enum { PXK_DHCPD_BOOT_DEFAULT = -1, PXK_DHCPD_BOOT_IPXE = -2 };
struct pxk_dhcpd_boot {
    int who;
    const char *file; /* 1..254 bytes; over 127 it goes into option 67 only */
};

struct pxk_dhcpd_reservation {
    struct pxk_mac mac;
    pxk_ip4 ip;            /* in the subnet */
    const char *hostname;  /* NULL: none */
    const char *boot_file; /* NULL: by architecture */
};

struct pxk_dhcpd_option {
    uint8_t code;
    uint8_t len;
    const uint8_t *data; /* as on the wire */
};

/** The engine keeps pointers into this: it must outlive the engine. */
struct pxk_dhcpd_config {
    pxk_ip4 address; /* the server's own: options 54, 66 */
    pxk_ip4 net, mask;
    pxk_ip4 first, last; /* pool, inside the net; at most PXK_DHCPD_POOL_MAX addresses */
    pxk_ip4 router;      /* 0: none */
    pxk_ip4 next_server; /* siaddr and 66; 0: address */
    uint32_t lease_s;    /* at least 1 */
    const pxk_ip4 *dns;
    size_t dns_n;       /* at most 63 */
    const char *domain; /* NULL: none */
    const struct pxk_dhcpd_boot *boot;
    size_t boot_n;
    const struct pxk_dhcpd_reservation *reservation; /* MACs and addresses unique */
    size_t reservation_n;
    const struct pxk_dhcpd_option *option; /* none that the engine makes itself */
    size_t option_n;
    uint64_t seed; /* of the hash tables */
    const struct pxk_faults *faults; /* what to do wrong; NULL: nothing */
};

/** How the request came in. */
struct pxk_dhcpd_meta {
    pxk_ip4 local;       /* destination address of the datagram */
    uint16_t local_port; /* 67 or 4011 */
    pxk_ip4 source;
    uint16_t source_port;
};

enum pxk_dhcpd_to {
    PXK_DHCPD_TO_BROADCAST, /* 255.255.255.255 */
    PXK_DHCPD_TO_MAC,       /* to .ip at .mac: the client does not answer ARP yet */
    PXK_DHCPD_TO_IP,
};

struct pxk_dhcpd_reply {
    enum pxk_dhcpd_to to;
    pxk_ip4 ip;
    struct pxk_mac mac;
    uint16_t port, from_port;
    /* Set by faults only: */
    pxk_usec delay;   /* send it so much later; 0: at once */
    unsigned copies;  /* send it so often; 1 */
    bool bad_checksum; /* with a wrong UDP checksum */
    size_t len;
    uint8_t data[PXK_DHCPD_REPLY_MAX];
};

enum pxk_dhcpd_event_kind {
    PXK_DHCPD_OFFERED,
    PXK_DHCPD_ACKED,
    PXK_DHCPD_NAKED, /* reason */
    PXK_DHCPD_INFORMED,
    PXK_DHCPD_BOOT_ANSWERED, /* a boot service request (port 4011 or a boot item) */
    PXK_DHCPD_RELEASED,
    PXK_DHCPD_DECLINED,
    PXK_DHCPD_NOT_CHOSEN, /* the client took another server's offer */
    PXK_DHCPD_NO_LEASE,   /* reason */
    PXK_DHCPD_IGNORED,    /* reason */
    PXK_DHCPD_CUT,        /* a reply was sent without some options: it had no room. reason */
    PXK_DHCPD_FAULTED,    /* not answered, on purpose. reason: the fault's name */
};

/** Valid only during the callback. */
struct pxk_dhcpd_event {
    enum pxk_dhcpd_event_kind kind;
    uint8_t type; /* of the request: enum pxk_dhcp4_type */
    struct pxk_mac mac;
    pxk_ip4 ip;    /* the address it is about, 0 if none */
    pxk_ip4 relay; /* giaddr */
    uint32_t lease_s;
    uint16_t arch; /* PXK_ARCH_UNSET if not told */
    bool ipxe, pxe;
    const char *file;   /* boot file given, NULL if none */
    const char *reason; /* NULL if none */
};

enum pxk_dhcpd_lease_state {
    PXK_DHCPD_LEASE_LEASED,
    PXK_DHCPD_LEASE_DECLINED, /* out of use until .until */
    PXK_DHCPD_LEASE_RELEASED, /* free again: given back, or the client took another address */
    PXK_DHCPD_LEASE_EXPIRED,  /* free again: its time was up */
};

/** An address and whose it is. Offers are none: they are forgotten with the engine. */
struct pxk_dhcpd_lease {
    pxk_ip4 ip;
    enum pxk_dhcpd_lease_state state;
    struct pxk_mac mac; /* zero for clients whose hardware address has not six bytes */
    uint8_t key[18];    /* what the client is known by, for import; key_len 0: by its MAC */
    uint8_t key_len;
    uint8_t client_id_len;
    uint8_t client_id[PXK_DHCPD_CLIENT_ID_MAX]; /* option 61 as last sent; for people only; longer ones are not kept */
    pxk_usec until; /* LEASED, DECLINED: on the engine's clock */
};

struct pxk_dhcpd_sink {
    void (*event)(void *ctx, const struct pxk_dhcpd_event *e); /* may be NULL */
    void *ctx;
    /** A lease has changed; of an ACK before pxk_dhcpd_input() gives it out. Valid only during the
     * callback; may be NULL. */
    void (*lease)(void *ctx, const struct pxk_dhcpd_lease *l);
};

struct pxk_dhcpd;
/** PXK_E_NOMEM; PXK_E_RANGE if @config breaks what is said above. */
PXK_MUST_USE enum pxk_err pxk_dhcpd_new(const struct pxk_dhcpd_config *config,
                                        const struct pxk_dhcpd_sink *sink, struct pxk_dhcpd **out);
struct pxk_dhcpd *pxk_dhcpd_free(struct pxk_dhcpd *d); /* NULL is fine; returns NULL */

/** One request. @now never goes back. True if @out is to be sent. */
bool pxk_dhcpd_input(struct pxk_dhcpd *d, const struct pxk_dhcp4 *m,
                     const struct pxk_dhcpd_meta *meta, pxk_usec now, struct pxk_dhcpd_reply *out);

struct pxk_dhcpd_counts {
    uint32_t free, offered, leased, declined; /* addresses of pool and reservations */
};
struct pxk_dhcpd_counts pxk_dhcpd_count(struct pxk_dhcpd *d, pxk_usec now);

/**
 * A lease of an earlier run, as sink.lease told it; the last of one address wins. Not told to sink.lease. One whose
 * time is over by @now is remembered as the client's last address.
 * PXK_OK; PXK_E_NOTFOUND: the address is not one of ours to give; PXK_E_EXISTS: it, or another one for this client, is
 * reserved; PXK_E_FORMAT: no client is named.
 */
PXK_MUST_USE enum pxk_err pxk_dhcpd_import(struct pxk_dhcpd *d, const struct pxk_dhcpd_lease *l, pxk_usec now);
/** All leases to import again, in the order in which to do it: call with *@at 0 until false. Nothing may happen in
 * between. */
bool pxk_dhcpd_export(const struct pxk_dhcpd *d, size_t *at, struct pxk_dhcpd_lease *out);

#endif
