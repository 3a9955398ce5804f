/* TFTP: RFC 1350, options RFC 2347, 2348 (blksize), 2349 (timeout, tsize), 7440 (windowsize). */
#ifndef PXK_PROTO_TFTP_H
#define PXK_PROTO_TFTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"

#define PXK_TFTP_PORT        69
#define PXK_TFTP_BLKSIZE     512 /* without the option */
#define PXK_TFTP_REQUEST_MAX 512 /* RFC 2347: a request fits 512 bytes */

enum pxk_tftp_op {
#define TFTP_OP(code, name, key, source) PXK_TFTP_##name = code,
#include "pxk/proto/tables/tftp.def"
#undef TFTP_OP
};

enum pxk_tftp_error {
#define TFTP_ERR(code, name, words, source) PXK_TFTP_E_##name = code,
#include "pxk/proto/tables/tftp.def"
#undef TFTP_ERR
};

enum pxk_tftp_opt_id {
#define TFTP_OPT(name, word, min, max, source) PXK_TFTP_OPT_##name,
#include "pxk/proto/tables/tftp.def"
#undef TFTP_OPT
    PXK_TFTP_OPT_UNKNOWN,
};

struct pxk_tftp_opt {
    enum pxk_tftp_opt_id id;
    const char *name, *value; /* NUL-terminated, inside the packet */
    uint64_t number;          /* value as a decimal number */
    bool is_number, in_range;
};

#define PXK_TFTP_OPTS_MAX 16

struct pxk_tftp {
    enum pxk_tftp_op op;
    const char *file, *mode;  /* RRQ, WRQ; NUL-terminated, inside the packet */
    struct pxk_tftp_opt opt[PXK_TFTP_OPTS_MAX]; /* RRQ, WRQ, OACK; in order */
    unsigned opt_n;
    bool opts_cut;            /* the option area ends without a NUL, or has too many options */
    uint16_t block;           /* DATA, ACK */
    const uint8_t *data;      /* DATA */
    size_t data_len;
    uint16_t error;           /* ERROR */
    const char *message;      /* ERROR; not always NUL-terminated: message_len bytes */
    size_t message_len;
};

/** PXK_E_TRUNCATED, PXK_E_FORMAT (unknown opcode, no NUL after the file name or mode). */
PXK_MUST_USE enum pxk_err pxk_tftp_decode(const void *data, size_t len, struct pxk_tftp *out);

/** NULL if absent; the first if repeated. */
const struct pxk_tftp_opt *pxk_tftp_find(const struct pxk_tftp *t, enum pxk_tftp_opt_id id);

void pxk_tftp_write_request(struct pxk_wr *w, enum pxk_tftp_op op, const char *file, const char *mode);
/** For requests and OACKs. */
void pxk_tftp_write_opt(struct pxk_wr *w, enum pxk_tftp_opt_id id, uint64_t value);
void pxk_tftp_write_oack(struct pxk_wr *w);
void pxk_tftp_write_data(struct pxk_wr *w, uint16_t block, const void *data, size_t len);
void pxk_tftp_write_ack(struct pxk_wr *w, uint16_t block);
void pxk_tftp_write_error(struct pxk_wr *w, uint16_t code, const char *message);

const char *pxk_tftp_error_words(unsigned code);
const char *pxk_tftp_opt_word(enum pxk_tftp_opt_id id);

#endif
