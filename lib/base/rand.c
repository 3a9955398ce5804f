#include "pxk/base.h"

uint64_t pxk_rand_u64(struct pxk_rand *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint32_t pxk_rand_u32(struct pxk_rand *r)
{
    return (uint32_t)(pxk_rand_u64(r) >> 32);
}

uint32_t pxk_rand_below(struct pxk_rand *r, uint32_t n)
{
    return (uint32_t)(((uint64_t)pxk_rand_u32(r) * n) >> 32);
}
