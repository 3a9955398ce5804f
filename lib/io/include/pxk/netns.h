/* Network namespaces and the few links that live in them, by rtnetlink. All calls act on the namespace of the
 * calling thread. */
#ifndef PXK_NETNS_H
#define PXK_NETNS_H

#include "pxk/base.h"
#include "pxk/isolate.h"

/** A new, empty network namespace for the calling thread alone. */
PXK_MUST_USE enum pxk_err pxk_netns_new(void);

/** A veth pair; the peer goes into the namespace of process @peer_pid (0: this one). Both ends are left down. */
PXK_MUST_USE enum pxk_err pxk_veth_add(const char *name, const char *peer, int peer_pid);
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

#endif
