#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pxk/base.h"

void *pxk_vec_push_raw(void **at, size_t *n, size_t *cap, size_t size)
{
    if (*n == *cap) {
        size_t more = *cap ? *cap * 2 : 8;
        if (more > SIZE_MAX / size)
            return NULL;
        void *p = realloc(*at, more * size);
        if (!p)
            return NULL;
        *at = p;
        *cap = more;
    }
    void *slot = (char *)*at + *n * size;
    memset(slot, 0, size);
    ++*n;
    return slot;
}

void pxk_vec_done_raw(void **at, size_t *n, size_t *cap)
{
    free(*at);
    *at = NULL;
    *n = *cap = 0;
}
