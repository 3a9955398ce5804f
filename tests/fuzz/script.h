/* A fuzz input read as a script of steps: one byte says what, two how many bytes belong to it. */
#ifndef PXK_TESTS_FUZZ_SCRIPT_H
#define PXK_TESTS_FUZZ_SCRIPT_H

#include <stdlib.h>
#include <string.h>

#include "pxk/base.h"

struct step {
    uint8_t kind, arg;
    uint8_t *data; /* a copy of exactly @len bytes, so that the sanitizer sees every read past the end */
    size_t len;
};

static inline bool step_next(struct pxk_rd *r, struct step *s)
{
    if (pxk_rd_left(r) < 4)
        return false;
    s->kind = pxk_rd_u8(r);
    s->arg = pxk_rd_u8(r);
    size_t n = pxk_rd_u16(r), left = pxk_rd_left(r);
    s->len = n < left ? n : left;
    const uint8_t *p = pxk_rd_take(r, s->len);
    s->data = malloc(s->len ? s->len : 1);
    if (!s->data)
        abort();
    if (s->len)
        memcpy(s->data, p, s->len);
    return true;
}

static inline void fuzz_check(bool ok)
{
    if (!ok)
        abort();
}

#endif
