/* Inside the host: its services. */
#ifndef PXK_PLAY_VHOST_INT_H
#define PXK_PLAY_VHOST_INT_H

#include "vhost.h"

/* UDP to ports 67 and 4011, 69, and to those of transfers. False: no service listens there. */
bool vhost_serve(struct pxk_vhost *h, const struct pxk_frame *f, pxk_usec now);

#endif
