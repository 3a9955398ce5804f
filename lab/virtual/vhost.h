/* A server host in virtual time: Ethernet with ARP, IPv4, ICMP, and the reference server's engines on their UDP ports,
 * as a Linux host has them. No sockets and no clock: frames and the time go in, frames leave through a callback. */
#ifndef PXK_VIRTUAL_VHOST_H
#define PXK_VIRTUAL_VHOST_H

#include "pxk/base.h"
#include "pxk/engine/dhcpd.h"
#include "pxk/engine/tftpd.h"
#include "pxk/proto.h"

#define PXK_VHOST_CLIENTS 1000u /* transfers at a time, if not given */
#define PXK_VHOST_PATHS   16u   /* destinations whose path MTU is remembered */

struct pxk_vhost_io {
    /** A frame leaves, @after from now on. */
    void (*send)(void *send_ctx, const uint8_t *frame, size_t len, pxk_usec after);
    void *send_ctx;
    /** UDP for this host, before its own services see it. True: it was dealt with. NULL: none. */
    bool (*udp)(void *ctx, const struct pxk_frame *f, pxk_usec now);
    /** A transfer has ended. NULL: nobody asks. */
    void (*ended)(void *ctx, pxk_ip4 client, const struct pxk_tftpd *t, pxk_usec took);
    void *ctx;
};

struct pxk_vhost_transfer;

struct pxk_vhost {
    pxk_ip4 ip;
    struct pxk_mac mac;
    unsigned mtu;                     /* of its interface */
    bool no_arp, no_icmp;             /* it does not answer ARP; it sends no ICMP errors */
    bool no_4011;                     /* port 4011 is closed, whatever `dhcpd` is */
    bool tftp;                        /* port 69 is open */
    struct pxk_dhcpd *dhcpd;          /* behind ports 67 and 4011, the caller's; NULL: they are closed */
    struct pxk_tftpd_limits limits;
    struct pxk_tftpd_files files;
    unsigned max_clients;
    const char *failed;               /* static: why it could not do its work; NULL */
    struct pxk_vhost_io io;
    /* ---- its own ---- */
    struct pxk_vhost_transfer *first; /* in order of their start */
    unsigned running;
    uint16_t next_port, next_id;
    struct {
        pxk_ip4 to;
        uint16_t mtu;
    } path[PXK_VHOST_PATHS];
    size_t path_next;
    struct pxk_dhcp4 message;
    struct pxk_dhcpd_reply reply;
    uint8_t datagram[PXK_TFTPD_PACKET_MAX], packet[65535 + PXK_ETH_HEADER];
};

/** No service is open yet. PXK_E_NOMEM. */
PXK_MUST_USE enum pxk_err pxk_vhost_new(pxk_ip4 ip, const struct pxk_mac *mac, const struct pxk_vhost_io *io,
                                        struct pxk_vhost **out);
/** Running transfers end without a word. NULL is fine. */
struct pxk_vhost *pxk_vhost_free(struct pxk_vhost *h);

/** A frame from the wire, whoever it is for. */
void pxk_vhost_input(struct pxk_vhost *h, const uint8_t *data, size_t len, pxk_usec now);
pxk_usec pxk_vhost_deadline(const struct pxk_vhost *h);
void pxk_vhost_expire(struct pxk_vhost *h, pxk_usec now);

struct pxk_vhost_datagram {
    struct pxk_mac mac;   /* of the station that it goes to; not looked at if `to` is everybody */
    pxk_ip4 to;
    uint16_t sport, dport;
    const void *data;
    size_t len;
    pxk_usec after;       /* sent so much later */
    bool bad_checksum;    /* UDP's is wrong */
};
/** In fragments if it does not fit the interface or the known path. */
void pxk_vhost_udp(struct pxk_vhost *h, const struct pxk_vhost_datagram *d);
/** UDP to ports 67 and 4011, 69, and to those of transfers. False: nobody listens there. */
bool pxk_vhost_serve(struct pxk_vhost *h, const struct pxk_frame *f, pxk_usec now);
/** Does a service of it, or a transfer, hear this? */
bool pxk_vhost_listens(const struct pxk_vhost *h, const struct pxk_frame *f);
/** ICMP port unreachable about @f, unless the host sends none or @f was not for it alone. */
void pxk_vhost_refuse(struct pxk_vhost *h, const struct pxk_frame *f);
/** Running transfers end, their ports are closed; @now: for io.ended, which is told. */
void pxk_vhost_break_off(struct pxk_vhost *h, pxk_usec now);

#endif
