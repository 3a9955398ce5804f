/* DHCP payloads by hand, byte by byte, so that tests of the decoder do not lean on the encoder. */
#ifndef PXK_TESTS_PACKET_H
#define PXK_TESTS_PACKET_H

#include <criterion/criterion.h>
#include <stdlib.h>

#include "pxk/proto/dhcp4.h"

struct packet {
    uint8_t b[4096];
    size_t len;
};

static inline void packet_add(struct packet *p, const void *data, size_t n)
{
    cr_assert_leq(p->len + n, sizeof p->b);
    memcpy(p->b + p->len, data, n);
    p->len += n;
}

/* A reply with a magic cookie and no options yet. */
static inline struct packet packet_new(void)
{
    struct packet p = {.len = PXK_DHCP4_HEADER};
    p.b[0] = 2;
    p.b[1] = 1;
    p.b[2] = 6;
    packet_add(&p, (uint8_t[]){0x63, 0x82, 0x53, 0x63}, 4);
    return p;
}

static inline void packet_opt(struct packet *p, uint8_t code, const void *value, size_t n)
{
    packet_add(p, (uint8_t[]){code, (uint8_t)n}, 2);
    packet_add(p, value, n);
}

static inline void packet_u8(struct packet *p, uint8_t code, uint8_t value)
{
    packet_opt(p, code, &value, 1);
}

static inline void packet_end(struct packet *p)
{
    packet_add(p, (uint8_t[]){PXK_DHCP4_END}, 1);
}

/* Exactly @n bytes of heap, so that the sanitizer sees a read past the end. Free it. */
static inline uint8_t *exact_copy(const void *data, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    cr_assert_not_null(copy);
    if (n)
        memcpy(copy, data, n);
    return copy;
}

#endif
