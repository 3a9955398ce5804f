/* Writes pcapng (draft-ietf-opsawg-pcapng), little-endian, times in nanoseconds. Pure: blocks go into a writer. */
#ifndef PXK_PCAPNG_H
#define PXK_PCAPNG_H

#include "pxk/base.h"
#include "pxk/capfile.h"

/** Longest comment that is written; longer ones are cut at a character of UTF-8. Bytes. */
#define PXK_NG_COMMENT_MAX  4000u
#define PXK_NG_COMMENTS_MAX 16u
/** Room that surely holds one packet block. */
#define PXK_NG_PACKET_ROOM  (PXK_CAP_BLOCK_MAX + PXK_NG_COMMENTS_MAX * (PXK_NG_COMMENT_MAX + 8) + 64)
/** ... and any other block of these. */
#define PXK_NG_BLOCK_ROOM   2048u

/** Section header; @application and the others may be NULL. Everything is cut at 255 bytes. */
void pxk_ng_section(struct pxk_wr *w, const char *application, const char *os, const char *hardware);
/** Interface description: link type, snap length and name of @f; @filter may be NULL. */
void pxk_ng_iface(struct pxk_wr *w, const struct pxk_cap_iface *f, const char *filter);
/**
 * Enhanced packet block of interface @iface, counted from the section header. The record's own options stay, @comments
 * (of which those past PXK_NG_COMMENTS_MAX are left out) come behind them.
 */
void pxk_ng_packet(struct pxk_wr *w, uint32_t iface, const struct pxk_cap_record *rec, const char *const *comments, size_t n);
/** Interface statistics at @at: packets that the system dropped. */
void pxk_ng_stats(struct pxk_wr *w, uint32_t iface, pxk_usec at, uint64_t dropped);

#endif
