/* What the files about namespaces share: rtnetlink, connected in the namespace of the calling thread. */
#ifndef PXK_NETNS_INT_H
#define PXK_NETNS_INT_H

#include <netlink/netlink.h>

#include "pxk/base.h"

/** NULL: no memory, no permission. nl_socket_free() it. */
struct nl_sock *pxk_nl_open(void);
enum pxk_err pxk_nl_status(int status);

#endif
