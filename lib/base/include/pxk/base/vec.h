/* A growable array for places outside the machines, which do not allocate after init. */
#ifndef PXK_BASE_VEC_H
#define PXK_BASE_VEC_H

#include <stddef.h>

#include "pxk/base/err.h"

/** Declares `struct { T *at; size_t n, cap; }`. Zero is empty. */
#define PXK_VEC(T)                                                                                 \
    struct {                                                                                       \
        T *at;                                                                                     \
        size_t n, cap;                                                                             \
    }

/** Room for one more, zeroed, counted; NULL if there is no memory. */
#define pxk_vec_push(v)                                                                            \
    ((__typeof__((v)->at))pxk_vec_push_raw((void **)&(v)->at, &(v)->n, &(v)->cap, sizeof *(v)->at))
#define pxk_vec_done(v) pxk_vec_done_raw((void **)&(v)->at, &(v)->n, &(v)->cap)

void *pxk_vec_push_raw(void **at, size_t *n, size_t *cap, size_t size);
void pxk_vec_done_raw(void **at, size_t *n, size_t *cap);

#endif
