/* A link of the kernel's as a cable sees it: whole Ethernet frames in and out of a packet socket, packet(7).
 *
 * What the kernel left undone is done here, for a frame from a local sender carries promises that only a real card would
 * keep: the unfinished checksum is finished (the virtio_net_hdr before each frame says where), the VLAN tag that the
 * kernel took out is put back. Frames larger than the MTU (segmentation offload) cannot be passed on: dropped, counted. */
#ifndef PXK_LAB_WIRE_H
#define PXK_LAB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"

struct wire; /* opaque */

struct wire_count {
    uint64_t oversized; /* came in larger than the MTU */
    uint64_t overrun;   /* came in faster than they were taken */
    uint64_t refused;   /* were not taken by the kernel: link down, longer than its MTU */
};

/** @mtu: of the packets expected; what is longer counts as oversized. Everything that comes in, nothing of our own. */
PXK_MUST_USE enum pxk_err wire_open(const char *iface, unsigned mtu, struct wire **out, char *why, size_t cap);
void wire_close(struct wire *w); /* NULL is fine */
/** Readable when a frame is there. */
int wire_fd(const struct wire *w);
/** The next frame, in place until the next call; false: none is there. */
bool wire_next(struct wire *w, const uint8_t **data, size_t *len);
void wire_send(struct wire *w, const uint8_t *data, size_t len);
struct wire_count wire_counts(struct wire *w);

#endif
