/* What the files of the agreement test share. A line of output is FRAME, FIELD, VALUE, separated by tabs; a field that occurs
 * several times has several lines. fields.tsv says what tshark calls each field. */
#ifndef PXK_AGREE_H
#define PXK_AGREE_H

#include "pxk/proto.h"

/** The frame that is being told about; 0: nothing is told, but the names of all fields there are. */
extern uint64_t agree_frame;

void agree_num(const char *field, uint64_t v);
/** Bytes that are text; what is not printable as \xNN. */
void agree_text(const char *field, const void *data, size_t len);
/** Text that is fit to be printed already. */
void agree_words(const char *field, const char *text);
void agree_hex(const char *field, const void *data, size_t len);
void agree_ip4(const char *field, pxk_ip4 ip);
void agree_ip(const char *field, struct pxk_ip ip);

void agree_dhcp4(const uint8_t *data, size_t len);
void agree_dhcp6(const uint8_t *data, size_t len);
void agree_tftp(const struct pxk_frame *f);

/** All names of fields that depend on a table's rows. */
void agree_dhcp4_names(void);
void agree_dhcp6_names(void);

/** A capture with a message for every row of our tables, into @path. */
bool agree_make(const char *path);

#endif
