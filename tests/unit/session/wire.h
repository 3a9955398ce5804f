/* Frames made by hand: one client, one server, one network. */
#ifndef PXK_TEST_SESSION_WIRE_H
#define PXK_TEST_SESSION_WIRE_H

#include "pxk/session.h"

#define CLIENT_IP PXK_IP4(10, 0, 0, 50)
#define SERVER_IP PXK_IP4(10, 0, 0, 1)

extern const struct pxk_mac client_mac, other_mac, server_mac, router_mac;

struct wire {
    struct pxk_tracker *t;
    pxk_usec now;
    uint32_t number;
    uint16_t vlan;            /* of frames to come */
    unsigned events[PXK_EVENT_N];
    char text[320];           /* of the last event */
    enum pxk_event_kind kind;
};

/** A tracker for @clients_max clients; its events are counted. */
void wire_init(struct wire *w, unsigned clients_max);
void wire_done(struct wire *w);
void wire_raw(struct wire *w, const void *frame, size_t len);
void wire_udp(struct wire *w, const struct pxk_mac *src, const struct pxk_mac *dst, pxk_ip4 from,
              uint16_t sport, pxk_ip4 to, uint16_t dport, const void *data, size_t len);

/** A client's DHCP packet: BIOS PXE firmware, or a plain host if @pxe is false. */
struct ask {
    uint8_t type;
    uint32_t xid;
    struct pxk_mac mac;
    bool pxe, to_4011, relayed;
    pxk_ip4 ciaddr;
};
void wire_ask(struct wire *w, const struct ask *a);

struct reply {
    uint8_t type;
    uint32_t xid;
    struct pxk_mac mac;
    pxk_ip4 yiaddr;
    const char *file;      /* header */
    bool proxy, from_4011, relayed;
    pxk_ip4 from;          /* 0: SERVER_IP */
};
void wire_reply(struct wire *w, const struct reply *r);
/** DISCOVER, OFFER, REQUEST, ACK. */
void wire_lease(struct wire *w, const struct pxk_mac *mac, pxk_ip4 ip, uint32_t xid, bool pxe);

/** TFTP between CLIENT_IP and SERVER_IP. */
void wire_rrq(struct wire *w, uint16_t port, const char *file, bool tsize, unsigned blksize);
void wire_oack(struct wire *w, uint16_t port, uint64_t tsize, unsigned blksize);
void wire_data(struct wire *w, uint16_t port, uint16_t block, size_t len);
void wire_ack(struct wire *w, uint16_t port, uint16_t block);
void wire_tftp_error(struct wire *w, uint16_t port, bool from_client, uint16_t code, const char *message);

#endif
