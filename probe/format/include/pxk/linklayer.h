/* Packets of any link type become Ethernet frames, which is what the session model reads. Pure. */
#ifndef PXK_LINKLAYER_H
#define PXK_LINKLAYER_H

#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"
#include "pxk/capfile.h"

#define PXK_LINK_ETHERNET 1u
/** Bytes of the scratch buffer: the largest packet, and a header before it. */
#define PXK_LINK_SCRATCH  (PXK_CAP_MAX + 64)

struct pxk_linkframe {
    const uint8_t *data; /* within the packet, or within the scratch buffer */
    uint32_t len, wire;
};

/**
 * The Ethernet frame of a packet of LINKTYPE_ @link. Where the packet has no Ethernet header one is made: addresses that nobody
 * captured are zero, or broadcast where the packet says that it was. A packet of Ethernet is handed on as it is.
 * PXK_E_UNSUPPORTED: no packet of this link type can be read, see pxk_linklayer_why(); PXK_E_TRUNCATED: it ends inside its
 * link header; PXK_E_FORMAT: nothing in it that a boot could need, or nonsense.
 */
PXK_MUST_USE enum pxk_err pxk_linklayer(uint16_t link, const uint8_t *data, uint32_t len, uint32_t wire,
                                        uint8_t scratch[PXK_LINK_SCRATCH], struct pxk_linkframe *out);

/** "LINUX_SLL2", "link type 4711"; written into @out if there is no name. */
const char *pxk_linklayer_name(uint16_t link, char *out, size_t cap);
/** For one that is not supported: what to capture in its place, as a sentence without its end; static storage. */
const char *pxk_linklayer_why(uint16_t link);

#endif
