/* Ethernet II with 802.1Q and 802.1ad tags, 802.3 with LLC and SNAP (RFC 1042), ARP (RFC 826), IPv4 (RFC 791),
 * IPv6 (RFC 8200), UDP (RFC 768), ICMP (RFC 792, 4443), and as much of TCP (RFC 9293) as a watcher needs; and what
 * carries packets inside packets: PPPoE (RFC 2516), VXLAN (RFC 7348), GRE (RFC 2784, 2890), ERSPAN, IP in IP. */
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
#define PXK_ETH_QINQ_OLD 0x9100 /* before 802.1ad */
#define PXK_ETH_IP6     0x86dd
#define PXK_ETH_SLOW    0x8809 /* LACP */
#define PXK_ETH_PPPOE   0x8864 /* session */
#define PXK_ETH_LLDP    0x88cc
#define PXK_ETH_LEN_MAX 1500   /* up to here it is a length, and LLC follows */
#define PXK_VLAN_TAGS   3
#define PXK_VLAN_NONE   0 /* VLAN 0 is "priority only": no VLAN */
#define PXK_IP_ICMP     1
#define PXK_IP_TCP      6
#define PXK_IP_UDP      17
#define PXK_IP_GRE      47
#define PXK_IP_ICMP6    58
#define PXK_IP4_HEADER  20
#define PXK_IP6_HEADER  40
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

/* ICMPv6 types that matter here (RFC 4443, RFC 4861) */
enum {
    PXK_ICMP6_UNREACHABLE = 1,
    PXK_ICMP6_TOO_BIG = 2,
    PXK_ICMP6_TIME_EXCEEDED = 3,
    PXK_ICMP6_PARAMETER = 4,
    PXK_ICMP6_ECHO = 128,
    PXK_ICMP6_ECHO_REPLY = 129,
    PXK_ICMP6_RS = 133,
    PXK_ICMP6_RA = 134,
    PXK_ICMP6_NS = 135,
    PXK_ICMP6_NA = 136,
};

enum pxk_l3 { PXK_L3_NONE, PXK_L3_ARP, PXK_L3_IP4, PXK_L3_OTHER, PXK_L3_IP6, PXK_L3_LLC };
enum pxk_l4 {
    PXK_L4_NONE,
    PXK_L4_FRAGMENT,
    PXK_L4_UDP,
    PXK_L4_ICMP,
    PXK_L4_TCP,
    PXK_L4_OTHER,
    PXK_L4_ICMP6,
};
enum pxk_tunnel {
    PXK_TUNNEL_NONE,
    PXK_TUNNEL_PPPOE,
    PXK_TUNNEL_VXLAN,
    PXK_TUNNEL_GRE,
    PXK_TUNNEL_ERSPAN,
    PXK_TUNNEL_IP,
};
/** Packets in packets are followed so deep. */
#define PXK_TUNNELS_MAX 4

enum pxk_csum {
    PXK_CSUM_ABSENT,  /* UDP checksum 0, or part of the packet is not there */
    PXK_CSUM_OK,
    PXK_CSUM_PARTIAL, /* only the pseudo header is summed: left to the hardware by a local sender */
    PXK_CSUM_BAD,
};

struct pxk_frame {
    struct pxk_mac dst, src;
    uint16_t ethertype;           /* after the tags and SNAP; up to PXK_ETH_LEN_MAX: the length in front of LLC */
    uint16_t vlan[PXK_VLAN_TAGS]; /* VLAN id, outermost first; 0: no tag */
    enum pxk_l3 l3;
    enum pxk_l4 l4;
    enum pxk_tunnel tunnel;       /* the innermost that the packet came out of */
    uint32_t vni;                 /* its VXLAN network, GRE key, ERSPAN or PPPoE session */
    uint8_t tunnels;              /* how many */
    struct pxk_ip from, to;       /* IPv4, IPv6 */
    struct {
        pxk_ip4 src, dst;           /* IPv4; 0 with IPv6 */
        uint32_t frag_id;           /* of a fragment */
        uint16_t total, id, offset; /* total, id: IPv4. offset: of a fragment, in bytes */
        uint8_t ttl, proto, tos;    /* IPv6: hop limit; what follows the extension headers; traffic class */
        bool df, more;
        bool csum_ok;               /* IPv6 has none: true */
    } ip;
    uint16_t sport, dport;  /* UDP, TCP */
    const uint8_t *payload; /* of UDP, TCP, ICMP echo, the IP fragment; ICMPv6: the whole message. OTHER: what
                               follows IP's header, or the EtherType. LLC: what follows its header */
    size_t payload_len;     /* bytes that are there */
    size_t payload_wire;    /* bytes that were on the wire; more if the capture was cut */
    bool cut;               /* the capture holds less than was on the wire */
    /* From here on each is set only with its layer: frames come by the million. */
    struct pxk_arp arp;          /* PXK_L3_ARP */
    struct {
        uint8_t dsap, ssap, control;
        uint32_t oui;            /* SNAP (0xaa, 0xaa) */
        uint16_t pid;
    } llc;                       /* PXK_L3_LLC */
    struct {
        uint8_t type, code;
        uint16_t id, seq;        /* echo */
        uint32_t mtu;            /* fragmentation needed, too big: next-hop MTU (RFC 1191, 4443), 0 if not told */
        bool has_inner;          /* an error: the packet that it is about */
        pxk_ip4 inner_src, inner_dst; /* IPv4 */
        struct pxk_ip inner_from, inner_to;
        uint8_t inner_proto;
        uint16_t inner_sport, inner_dport;
    } icmp;                      /* PXK_L4_ICMP, PXK_L4_ICMP6 */
    struct {
        uint32_t seq, ack;
        uint16_t window; /* as it stands there, not scaled */
        uint8_t flags;   /* FIN 1, SYN 2, RST 4, PSH 8, ACK 16 */
    } tcp;                       /* PXK_L4_TCP */
};

/**
 * Decode @len captured bytes of a frame that had @wire bytes. PXK_E_TRUNCATED without a whole Ethernet
 * header; inner layers that cannot be read leave l3 or l4 at NONE.
 */
PXK_MUST_USE enum pxk_err pxk_frame_decode(const void *data, size_t len, size_t wire,
                                           struct pxk_frame *out);

/**
 * As pxk_frame_decode(), for one who watches: @out is the innermost packet of tunnels, up to PXK_TUNNELS_MAX deep. A
 * tunnel whose inside cannot be read is left as the packet that it is. MAC addresses and tags are those of the
 * innermost Ethernet header.
 */
PXK_MUST_USE enum pxk_err pxk_frame_decode_deep(const void *data, size_t len, size_t wire, struct pxk_frame *out);

/** Decode UDP, TCP or ICMP from a whole reassembled IP payload into @f, which holds the IP fields already. */
void pxk_frame_decode_l4(struct pxk_frame *f, const uint8_t *data, size_t len);

/**
 * The UDP checksum of a decoded frame whose bytes are still there; PXK_CSUM_ABSENT if it is not UDP. Reads the whole
 * payload, so ask only where the answer matters.
 */
enum pxk_csum pxk_frame_check(const struct pxk_frame *f);

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
