/* Inside a TFTP transfer. */
#ifndef PXK_ENGINE_TFTPD_INT_H
#define PXK_ENGINE_TFTPD_INT_H

#include "pxk/engine/tftpd.h"

/* The transfer is over; once. */
void tftpd_finish(struct pxk_tftpd *t, enum pxk_tftpd_end end);
/* The same with an ERROR to the client. */
void tftpd_refuse(struct pxk_tftpd *t, uint16_t error, const char *message);

/* ---- faults (tftpd_faults.c) ---- */

static inline bool fault(const struct pxk_tftpd *t, enum pxk_fault_id id)
{
    return pxk_faults_has(t->faults, id);
}
/* Those that strike @file. */
const struct pxk_faults *fault_set(const struct pxk_faults *all, const char *file);
/* Was the request refused, or left without an answer? @name: as it was asked for. */
bool fault_refuses(struct pxk_tftpd *t, const char *name);
/* What the file's size is, and is said to be. */
void fault_size(struct pxk_tftpd *t);
/* What is agreed, after it was agreed rightly. */
void fault_options(struct pxk_tftpd *t);
/* An ACK came: is it the end? */
bool fault_closes(struct pxk_tftpd *t);
/* About the next block: it never leaves; it is lost this time; it leaves later (then the machine's deadline says so). */
bool fault_stalls(const struct pxk_tftpd *t);
bool fault_drops(const struct pxk_tftpd *t);
bool fault_waits(struct pxk_tftpd *t, pxk_usec now);
/* The number of a block on the wire, and how far a number is ahead of block @before. */
uint16_t fault_number(const struct pxk_tftpd *t, uint64_t block);
uint16_t fault_ahead(const struct pxk_tftpd *t, uint64_t before, uint16_t number);
/* So many bytes more than the block has. */
size_t fault_surplus(const struct pxk_tftpd *t, uint64_t block);
/* The content of a block. */
void fault_data(const struct pxk_tftpd *t, uint64_t block, uint8_t *data, size_t n);

#endif
