/* What switches say about the port a machine hangs on: spanning tree (IEEE 802.1D-2004 9, and 802.1Q 14 for MSTP), LLDP
 * (IEEE 802.1AB 8), LACP (IEEE 802.1AX 6.4.2). */
#ifndef PXK_PROTO_SWITCH_H
#define PXK_PROTO_SWITCH_H

#include "pxk/base.h"
#include "pxk/proto/frame.h"

enum pxk_stp_role { PXK_STP_ROLE_UNKNOWN, PXK_STP_ROLE_BACKUP, PXK_STP_ROLE_ROOT, PXK_STP_ROLE_DESIGNATED };

struct pxk_stp {
    uint8_t version;         /* 0 STP, 2 RSTP, 3 MSTP */
    bool topology_notice;    /* TCN: no more fields */
    bool topology_change;
    bool proposal, learning, forwarding, agreement; /* RSTP on */
    enum pxk_stp_role role;  /* RSTP on */
    uint16_t root_priority, bridge_priority;
    struct pxk_mac root, bridge;
    uint32_t root_cost;
    uint16_t port;
    uint16_t message_age, max_age, hello, forward_delay; /* 1/256 s */
};

/** Is @f a BPDU, IEEE's (LLC 0x42) or Cisco's per VLAN (SNAP)? f->payload is what pxk_stp_decode() takes. */
bool pxk_stp_is(const struct pxk_frame *f);
/** PXK_E_FORMAT: another protocol or type; PXK_E_TRUNCATED. */
PXK_MUST_USE enum pxk_err pxk_stp_decode(const void *data, size_t len, struct pxk_stp *out);

#define PXK_LLDP_TEXT 64
struct pxk_lldp {
    char system[PXK_LLDP_TEXT];      /* name; texts have what is not printable as '?' and are cut */
    char port[PXK_LLDP_TEXT];        /* id, where it is a text or a name */
    char port_words[PXK_LLDP_TEXT];  /* description */
    bool has_chassis;
    struct pxk_mac chassis;
    uint16_t ttl;                    /* seconds; 0: the neighbour goes away */
    uint16_t vlan;                   /* port VLAN (IEEE 802.1 organisation's), 0 if not told */
};
PXK_MUST_USE enum pxk_err pxk_lldp_decode(const void *data, size_t len, struct pxk_lldp *out);

#define PXK_LACP_ACTIVE       0x01
#define PXK_LACP_AGGREGATION  0x04
#define PXK_LACP_SYNC         0x08
#define PXK_LACP_COLLECTING   0x10
#define PXK_LACP_DISTRIBUTING 0x20
#define PXK_LACP_DEFAULTED    0x40
struct pxk_lacp_end {
    struct pxk_mac system;
    uint16_t priority, key, port_priority, port;
    uint8_t state;
};
struct pxk_lacp {
    struct pxk_lacp_end actor, partner;
};
/** @data: what follows EtherType PXK_ETH_SLOW. */
PXK_MUST_USE enum pxk_err pxk_lacp_decode(const void *data, size_t len, struct pxk_lacp *out);

#endif
