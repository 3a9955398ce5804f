/* Ethernet II with 802.1Q and 802.1ad tags, ARP (RFC 826), IPv4 (RFC 791), UDP (RFC 768), ICMP (RFC 792),
 * and as much of TCP (RFC 9293) as a watcher needs. */
#ifndef PXK_PROTO_FRAME_H
#define PXK_PROTO_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"

#define PXK_ETH_HEADER  14
#define PXK_ETH_IP4     0x0800
#define PXK_ETH_ARP     0x0806
#define PXK_ETH_VLAN    0x8100
#define PXK_ETH_QINQ    0x88a8
#define PXK_ETH_IP6     0x86dd
#define PXK_VLAN_NONE   0 /* VLAN 0 is "priority only": no VLAN */
#define PXK_IP_ICMP     1
#define PXK_IP_TCP      6
#define PXK_IP_UDP      17
#define PXK_IP4_HEADER  20
#define PXK_UDP_HEADER  8
/** Largest frame this project builds: 1500 bytes of payload, header, one tag, rounded up. */
#define PXK_FRAME_MAX   1536

enum pxk_arp_op { PXK_ARP_REQUEST = 1, PXK_ARP_REPLY = 2 };

struct pxk_arp {
    uint16_t op;
    struct pxk_mac sender_mac, target_mac;
    pxk_ip4 sender, target;
};

/* ICMP types that matter here */
enum { PXK_ICMP_ECHO_REPLY = 0, PXK_ICMP_UNREACHABLE = 3, PXK_ICMP_ECHO = 8, PXK_ICMP_TIME_EXCEEDED = 11 };
enum {
    PXK_ICMP_NET_UNREACHABLE = 0,
    PXK_ICMP_HOST_UNREACHABLE = 1,
    PXK_ICMP_PROTOCOL_UNREACHABLE = 2,
    PXK_ICMP_PORT_UNREACHABLE = 3,
    PXK_ICMP_FRAGMENTATION_NEEDED = 4,
    PXK_ICMP_ADMIN_PROHIBITED = 13,
};

enum pxk_l3 { PXK_L3_NONE, PXK_L3_ARP, PXK_L3_IP4, PXK_L3_OTHER };
enum pxk_l4 { PXK_L4_NONE, PXK_L4_FRAGMENT, PXK_L4_UDP, PXK_L4_ICMP, PXK_L4_TCP, PXK_L4_OTHER };

enum pxk_csum {
    PXK_CSUM_ABSENT,  /* UDP checksum 0, or part of the packet is not there */
    PXK_CSUM_OK,
    PXK_CSUM_PARTIAL, /* only the pseudo header is summed: left to the hardware by a local sender */
    PXK_CSUM_BAD,
};

struct pxk_frame {
    struct pxk_mac dst, src;
    uint16_t ethertype;  /* after the tags */
    uint16_t vlan[2];    /* VLAN id, outermost first; 0: no tag */
    enum pxk_l3 l3;
    enum pxk_l4 l4;
    struct pxk_arp arp;
    struct {
        pxk_ip4 src, dst;
        uint16_t total, id, offset; /* offset: of a fragment, in bytes */
        uint8_t ttl, proto, tos;
        bool df, more;
        bool csum_ok;
    } ip;
    uint16_t sport, dport; /* UDP, TCP */
    enum pxk_csum csum;    /* UDP */
    struct {
        uint8_t type, code;
        uint16_t id, seq;  /* echo */
        uint16_t mtu;      /* fragmentation needed: next-hop MTU (RFC 1191), 0 if not told */
        bool has_inner;    /* unreachable: the packet that it is about */
        pxk_ip4 inner_src, inner_dst;
        uint8_t inner_proto;
        uint16_t inner_sport, inner_dport;
    } icmp;
    struct {
        uint32_t seq, ack;
        uint8_t flags; /* FIN 1, SYN 2, RST 4, PSH 8, ACK 16 */
    } tcp;
    const uint8_t *payload; /* of UDP, TCP, ICMP echo, or of the IP fragment */
    size_t payload_len;     /* bytes that are there */
    size_t payload_wire;    /* bytes that were on the wire; more if the capture was cut */
    bool cut;               /* the capture holds less than was on the wire */
};

/**
 * Decode @len captured bytes of a frame that had @wire bytes. PXK_E_TRUNCATED without a whole Ethernet
 * header; inner layers that cannot be read leave l3 or l4 at NONE.
 */
PXK_MUST_USE enum pxk_err pxk_frame_decode(const void *data, size_t len, size_t wire,
                                           struct pxk_frame *out);

/** Decode UDP or ICMP from a whole reassembled IPv4 payload into @f, which holds the IP fields already. */
void pxk_frame_decode_l4(struct pxk_frame *f, const uint8_t *data, size_t len);

struct pxk_eth_out {
    struct pxk_mac dst, src;
    uint16_t vlan; /* 0: untagged */
};
struct pxk_ip4_out {
    pxk_ip4 src, dst;
    uint16_t id;
    uint8_t ttl;
    bool df;
};

void pxk_frame_write_arp(struct pxk_wr *w, const struct pxk_eth_out *eth, const struct pxk_arp *arp);
void pxk_frame_write_udp(struct pxk_wr *w, const struct pxk_eth_out *eth, const struct pxk_ip4_out *ip,
                         uint16_t sport, uint16_t dport, const void *payload, size_t len);
/** Echo request or reply with @len bytes of payload. */
void pxk_frame_write_echo(struct pxk_wr *w, const struct pxk_eth_out *eth, const struct pxk_ip4_out *ip,
                          uint8_t type, uint16_t id, uint16_t seq, const void *payload, size_t len);
/** Destination unreachable about the IP packet @about (its header and first 8 bytes are quoted). */
void pxk_frame_write_unreachable(struct pxk_wr *w, const struct pxk_eth_out *eth,
                                 const struct pxk_ip4_out *ip, uint8_t code, const void *about,
                                 size_t about_len);

/** Internet checksum (RFC 1071) of @len bytes added to @sum; fold with pxk_csum_fold(). */
uint32_t pxk_csum_add(uint32_t sum, const void *data, size_t len);
uint16_t pxk_csum_fold(uint32_t sum);

#endif
