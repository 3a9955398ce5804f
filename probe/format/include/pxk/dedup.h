/* Copies of frames, as a switch's mirror port makes them when it mirrors both ends of a conversation. Pure, constant memory, a few
 * nanoseconds a frame. Copies are byte for byte the same within milliseconds; a retransmission has a new IP identification. Where
 * there is none (ARP, IPv6, identification 0) only a millisecond counts. Folding begins when a good part of a sample is copies,
 * so that the copies which a network in trouble makes stay visible. */
#ifndef PXK_DEDUP_H
#define PXK_DEDUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"

#define PXK_DEDUP_SLOTS 1024

/** Zero is the beginning. */
struct pxk_dedup {
    struct {
        uint64_t hash;
        pxk_usec at;
    } slot[PXK_DEDUP_SLOTS];
    bool on;            /* the sample shows copies: fold them */
    unsigned n, copies; /* of the sample */
    unsigned rest;      /* frames until the next sample, while off */
};

/**
 * Is this frame a copy of an earlier one? Counts it for the sample. It is to be folded only if d->on was set before.
 * @len bytes at @data of @wire on the wire, at @at.
 */
bool pxk_dedup_look(struct pxk_dedup *d, const uint8_t *data, size_t len, size_t wire, pxk_usec at);

/** Do so many @copies among @n frames show that everything is copied? */
static inline bool pxk_dedup_shows(unsigned copies, unsigned n)
{
    return n >= 16 && copies * 5 >= n * 2; /* all of it copied once: half of the frames */
}

#endif
