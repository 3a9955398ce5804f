/* FNV-1a, 64 bits: a number for bytes, the same in every run. For seeds and tables; anyone can make two texts of one number. */
#ifndef PXK_BASE_HASH_H
#define PXK_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define PXK_HASH_BEGIN 0xcbf29ce484222325u

/** @begin: PXK_HASH_BEGIN, the number of what comes before @data, or a seed. */
static inline uint64_t pxk_hash(uint64_t begin, const void *data, size_t n)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < n; i++)
        begin = (begin ^ p[i]) * 0x100000001b3u;
    return begin;
}

#endif
