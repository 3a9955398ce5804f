/* Network namespaces and the few links that live in them, by rtnetlink. All calls act on the namespace of the
 * calling thread. */
#ifndef PXK_NETNS_H
#define PXK_NETNS_H

#include "pxk/base.h"
#include "pxk/isolate.h"

/** A new, empty network namespace for the calling thread alone. */
PXK_MUST_USE enum pxk_err pxk_netns_new(void);
/** A descriptor (close-on-exec) of the calling thread's network namespace, which exists at least as long; -1: errno. */
int pxk_netns_open(void);
/** The calling thread moves into the namespace of such a descriptor. */
PXK_MUST_USE enum pxk_err pxk_netns_enter(int netns);
/** Write a setting below /proc/sys/ ("net/ipv4/ip_forward"). PXK_E_NOTFOUND: this kernel, or this namespace, has none. */
enum pxk_err pxk_sysctl_set(const char *key, const char *value);

/** A veth pair; the peer goes into the namespace of process @peer_pid (0: this one). Both ends are left down. */
PXK_MUST_USE enum pxk_err pxk_veth_add(const char *name, const char *peer, int peer_pid);
/** The same, the peer into the namespace of descriptor @netns. */
PXK_MUST_USE enum pxk_err pxk_veth_add_into(const char *name, const char *peer, int netns);
struct pxk_link_setup {
    const struct pxk_mac *mac; /* NULL: as it is */
    unsigned mtu;              /* 0: as it is */
    pxk_ip4 ip, netmask;       /* 0: no address */
    bool no_offload;           /* checksums and segmentation done in software: frames are whole on the wire */
};
/** Configure a link and set it up. */
PXK_MUST_USE enum pxk_err pxk_link_setup(const char *name, const struct pxk_link_setup *setup);
/** A route to @network (0/0: default) by @gateway (0: on the link); @mtu bounds packets and TCP segments (0: no
 * bound). */
PXK_MUST_USE enum pxk_err pxk_route_add(const char *name, pxk_ip4 network, pxk_ip4 netmask, pxk_ip4 gateway,
                                        unsigned mtu);

/** A bridge without chatter of its own (no spanning tree, no multicast snooping, ports forward at once), up. @mtu in bytes,
 * 0: 1500. */
PXK_MUST_USE enum pxk_err pxk_bridge_add(const char *name, unsigned mtu);
/** Plug a link into a bridge. */
PXK_MUST_USE enum pxk_err pxk_bridge_join(const char *bridge, const char *name);
/** Delete a link; of a veth pair both ends go. */
enum pxk_err pxk_link_delete(const char *name);
/** Wait until the kernel has seen the carrier of a link that is up: before that it may lose frames. PXK_E_TIMEOUT after 2 s. */
PXK_MUST_USE enum pxk_err pxk_link_await(const char *name);
/**
 * ARP entries on this link are believed for @ms without being asked about again (a probe of the kernel's own time would
 * make runs differ), and a new answer for an address counts at once.
 */
PXK_MUST_USE enum pxk_err pxk_arp_believe(const char *name, unsigned ms);
/** This namespace sends no ICMP of @type and @code any more, by a routing rule. */
PXK_MUST_USE enum pxk_err pxk_icmp_mute(uint8_t type, uint8_t code);

#endif
