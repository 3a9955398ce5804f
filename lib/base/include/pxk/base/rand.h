/* Chance is an argument: a seeded generator (splitmix64). Not for secrets. */
#ifndef PXK_BASE_RAND_H
#define PXK_BASE_RAND_H

#include <stdint.h>

struct pxk_rand {
    uint64_t state;
};

static inline struct pxk_rand pxk_rand_init(uint64_t seed)
{
    return (struct pxk_rand){seed};
}

uint64_t pxk_rand_u64(struct pxk_rand *r);
uint32_t pxk_rand_u32(struct pxk_rand *r);
/** Uniform in [0, @n); @n > 0. */
uint32_t pxk_rand_below(struct pxk_rand *r, uint32_t n);

#endif
