/* The emulated machine's network stack: Ethernet with an optional VLAN tag, ARP, IPv4, ICMP echo, UDP out.
 * One interface, one address. Frames leave through a callback; time is an argument. */
#ifndef PXK_MACHINE_HOST_H
#define PXK_MACHINE_HOST_H

#include "pxk/base.h"
#include "pxk/proto.h"

#define HOST_ARP_ENTRIES 8
#define HOST_ARP_TRIES   5
#define HOST_PENDING_MAX 1500

struct pxk_wire_out {
    void (*send)(void *ctx, const uint8_t *frame, size_t len);
    void *ctx;
};

struct host_neighbour {
    pxk_ip4 ip; /* 0: free */
    bool known;
    struct pxk_mac mac;
    unsigned asked;
    pxk_usec ask_again, used;
    /* One packet waits for the answer, as in small stacks; a newer one takes its place. */
    size_t pending_len;
    struct pxk_ip4_out pending_ip;
    bool pending_icmp;
    uint16_t pending_sport, pending_dport, pending_seq;
    uint8_t pending[HOST_PENDING_MAX];
};

struct pxk_host {
    struct pxk_wire_out out;
    struct pxk_mac mac;
    uint16_t vlan;
    pxk_ip4 ip, netmask, gateway;
    uint16_t next_id;
    struct host_neighbour arp[HOST_ARP_ENTRIES];
    struct pxk_reasm reasm;
    bool probing;            /* an ARP probe for our address is out (RFC 5227) */
    bool taken;              /* and somebody answered it */
    struct pxk_mac taken_by;
    unsigned bad_checksums;
};

/** @memory: PXK_REASM_SLOTS * 65535 bytes for fragments, the caller's. */
void pxk_host_init(struct pxk_host *h, const struct pxk_mac *mac, uint16_t vlan, struct pxk_wire_out out,
                   uint16_t first_ip_id, uint8_t *memory);

/**
 * A frame from the wire: ARP and echo requests are answered here. True if it is UDP or ICMP for us that an
 * upper layer should see; then @f holds it, pointing into @data or into the reassembly memory.
 */
bool pxk_host_input(struct pxk_host *h, const uint8_t *data, size_t len, pxk_usec now, struct pxk_frame *f);

/** UDP to @dst: broadcast, on-link, or by the gateway. Held back until ARP is answered, then sent or lost. */
void pxk_host_send_udp(struct pxk_host *h, pxk_ip4 dst, uint16_t sport, uint16_t dport, uint8_t ttl,
                       const void *payload, size_t len, pxk_usec now);
/** ICMP echo request with the don't-fragment bit; @payload_len zero bytes of payload. */
void pxk_host_send_ping(struct pxk_host *h, pxk_ip4 dst, uint16_t id, uint16_t seq, size_t payload_len,
                        pxk_usec now);

/** Take an address: announce it (as iPXE does) or probe it first (RFC 5227 2.1.1, sender address 0). */
void pxk_host_set_address(struct pxk_host *h, pxk_ip4 ip, pxk_ip4 netmask, pxk_ip4 gateway);
void pxk_host_probe(struct pxk_host *h);
void pxk_host_announce(struct pxk_host *h);

/** A packet still waits for the answer to an ARP question. */
bool pxk_host_pending(const struct pxk_host *h);
pxk_usec pxk_host_deadline(const struct pxk_host *h);
void pxk_host_expire(struct pxk_host *h, pxk_usec now);

#endif
