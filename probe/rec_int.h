/* Writing pcapng files, shared by recording and annotating. */
#ifndef PXK_REC_INT_H
#define PXK_REC_INT_H

#include <stdio.h>

#include "pxk/pcapng.h"
#include "pxk/probe.h"

/* A pcapng file that is being written. */
struct ngfile {
    FILE *f;
    uint64_t bytes;
    uint8_t *block; /* PXK_NG_PACKET_ROOM: one block */
};

/** Around an open stream; takes it. PXK_E_NOMEM closes it. */
PXK_MUST_USE enum pxk_err ngfile_init(struct ngfile *n, FILE *f, const char *application);
bool ngfile_iface(struct ngfile *n, const struct pxk_cap_iface *f, const char *filter);
bool ngfile_packet(struct ngfile *n, uint32_t iface, const struct pxk_cap_record *rec, const char *const *comments, size_t count);
bool ngfile_stats(struct ngfile *n, uint32_t iface, pxk_usec at, uint64_t dropped);
/** False if anything could not be written. */
bool ngfile_close(struct ngfile *n);

#endif
