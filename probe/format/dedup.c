#include "pxk/dedup.h"

#include <string.h>

#define HASHED      96u /* bytes: past the block number of TFTP over IPv6 in a VLAN */
#define SAMPLE      256u
#define PAUSE       (7 * SAMPLE)
#define APART       (10 * PXK_MSEC)
#define APART_NO_ID (1 * PXK_MSEC)

static uint64_t load(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Two independent chains, which the processor works on at once. It is no table of a stranger's keys: what collides on purpose
 * only folds packets of whoever did it. */
static uint64_t hash_frame(const uint8_t *data, size_t len, size_t wire)
{
    const uint64_t k1 = 0x9e3779b97f4a7c15u, k2 = 0xc2b2ae3d27d4eb4fu;
    uint8_t padded[HASHED];
    const uint8_t *p = data;
    if (len < HASHED) {
        memset(padded, 0, sizeof padded);
        if (len)
            memcpy(padded, data, len);
        p = padded;
    }
    uint64_t a = wire * k1 + 1, b = len * k2 + 1;
    for (unsigned i = 0; i < HASHED; i += 16) {
        a = (a ^ load(p + i)) * k1;
        a ^= a >> 29;
        b = (b ^ load(p + i + 8)) * k2;
        b ^= b >> 31;
    }
    a = (a ^ b << 1) * k2;
    return a ^ a >> 32;
}

/* How far apart two copies may be. */
static pxk_usec window(const uint8_t *p, size_t len)
{
    enum { VLAN = 0x8100, QINQ = 0x88a8, IP4 = 0x0800 };
    size_t at = 12;
    for (unsigned tags = 0; tags < 3 && at + 2 <= len; tags++, at += 4) {
        unsigned type = (unsigned)(p[at] << 8 | p[at + 1]);
        if (type == IP4)
            return at + 8 <= len && (p[at + 6] || p[at + 7]) ? APART : APART_NO_ID;
        if (type != VLAN && type != QINQ)
            break;
    }
    return APART_NO_ID;
}

static void judge(struct pxk_dedup *d)
{
    if (!d->on && (d->n & (d->n - 1)) == 0 && pxk_dedup_shows(d->copies, d->n))
        d->on = true;
    if (d->n < SAMPLE)
        return;
    if (d->on && d->copies * 20 < d->n)
        d->on = false;
    d->rest = d->on ? 0 : PAUSE;
    d->n = d->copies = 0;
}

bool pxk_dedup_look(struct pxk_dedup *d, const uint8_t *data, size_t len, size_t wire, pxk_usec at)
{
    if (d->rest) {
        d->rest--;
        return false;
    }
    uint64_t hash = hash_frame(data, len, wire);
    size_t i = hash % PXK_DEDUP_SLOTS;
    pxk_usec before = d->slot[i].at, apart = before < at ? at - before : before - at;
    bool copy = d->slot[i].hash == hash && apart <= APART && apart <= window(data, len);
    if (!copy) {
        d->slot[i].hash = hash; /* of a copy the first one's time stays: three in a row are three of one */
        d->slot[i].at = at;
    }
    d->n++;
    d->copies += copy;
    judge(d);
    return copy;
}
