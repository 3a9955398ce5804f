/* Where sessions and TFTP conversations are found: by MAC, by address, by address and port. All tables are
 * made once and never grow, whatever the network sends. */
#include "session_int.h"

#include <stdlib.h>

enum { PROBES = 16, FLOWS_PER_CLIENT = 8, FLOWS_MIN = 1024, SPARE_STEPS = 64 };

uint64_t pxk_mix(uint64_t v)
{
    v ^= v >> 33;
    v *= 0xff51afd7ed558ccdULL;
    v ^= v >> 33;
    v *= 0xc4ceb9fe1a85ec53ULL;
    return v ^ v >> 33;
}

uint64_t pxk_key_mac(const struct pxk_mac *m)
{
    uint64_t key = 1;
    for (size_t i = 0; i < 6; i++)
        key = key << 8 | m->b[i];
    return key; /* the leading 1 keeps it from being 0 */
}

uint64_t pxk_key_ip(struct pxk_ip ip)
{
    uint64_t high, low;
    if (pxk_ip_is_v4(ip))
        return (uint64_t)1 << 32 | pxk_ip_to4(ip);
    memcpy(&high, ip.b, 8);
    memcpy(&low, ip.b + 8, 8);
    return (pxk_mix(high) ^ low) | (uint64_t)1 << 63;
}

size_t pxk_pow2_over(size_t n)
{
    size_t size = 16;
    while (size < n)
        size *= 2;
    return size;
}

bool pxk_table_init(struct table *t, size_t entries)
{
    size_t size = pxk_pow2_over(entries * 2);
    *t = (struct table){calloc(size, sizeof *t->slot), size - 1};
    return t->slot != NULL;
}

void pxk_table_done(struct table *t)
{
    free(t->slot);
    *t = (struct table){0};
}

static bool valid(const struct slot *s)
{
    return s->key && s->box->generation == s->generation;
}

struct box *pxk_table_get(const struct table *t, uint64_t key)
{
    size_t at = (size_t)pxk_mix(key) & t->mask;
    for (size_t i = 0; i < PROBES; i++) {
        const struct slot *s = &t->slot[(at + i) & t->mask];
        if (s->key == key && valid(s))
            return s->box;
        if (!s->key)
            return NULL;
    }
    return NULL;
}

void pxk_table_put(struct table *t, uint64_t key, struct box *box)
{
    size_t at = (size_t)pxk_mix(key) & t->mask;
    struct slot *put = NULL;
    for (size_t i = 0; i < PROBES; i++) {
        struct slot *s = &t->slot[(at + i) & t->mask];
        if (s->key == key) {
            put = s;
            break;
        }
        if (!put && !valid(s))
            put = s;
        if (!s->key)
            break;
    }
    *(put ? put : &t->slot[at]) = (struct slot){key, box, box->generation};
}

/* ---- flows ---- */

bool pxk_flows_init(struct pxk_tracker *t)
{
    size_t n = t->box_max * FLOWS_PER_CLIENT;
    t->flow_max = (uint32_t)(n < FLOWS_MIN ? FLOWS_MIN : n);
    size_t buckets = pxk_pow2_over(t->flow_max);
    t->bucket_mask = (uint32_t)(buckets - 1);
    t->flow = calloc(t->flow_max, sizeof *t->flow);
    t->bucket = calloc(buckets, sizeof *t->bucket);
    return t->flow && t->bucket;
}

void pxk_flows_done(struct pxk_tracker *t)
{
    free(t->flow);
    free(t->bucket);
    t->flow = NULL;
    t->bucket = NULL;
}

static uint32_t *chain_of(struct pxk_tracker *t, struct pxk_ip client, uint16_t port)
{
    uint64_t key = pxk_key_ip(client) << 16 ^ port;
    return &t->bucket[(uint32_t)pxk_mix(key) & t->bucket_mask];
}

static bool is_flow(const struct flow *fl, struct pxk_ip client, uint16_t port)
{
    return fl->port == port && pxk_ip_eq(fl->client, client);
}

static bool has_box(const struct flow *fl)
{
    return fl->box && fl->box->generation == fl->generation;
}

struct flow *pxk_flow_get(struct pxk_tracker *t, struct pxk_ip client, uint16_t port)
{
    struct flow *fl = t->recent;
    if (fl && is_flow(fl, client, port) && has_box(fl))
        return fl;
    for (uint32_t i = *chain_of(t, client, port); i; i = t->flow[i - 1].next) {
        fl = &t->flow[i - 1];
        if (is_flow(fl, client, port) && has_box(fl))
            return t->recent = fl;
    }
    return NULL;
}

static void unlink_flow(struct pxk_tracker *t, const struct flow *fl)
{
    uint32_t me = (uint32_t)(fl - t->flow) + 1;
    for (uint32_t *i = chain_of(t, fl->client, fl->port); *i; i = &t->flow[*i - 1].next) {
        if (*i == me) {
            *i = fl->next;
            return;
        }
    }
}

/* The next flow in turn; ones that are under way are passed over, as long as that does not take for ever. */
static struct flow *spare_flow(struct pxk_tracker *t)
{
    struct flow *fl = NULL;
    for (unsigned i = 0; i < SPARE_STEPS; i++) {
        fl = &t->flow[t->flow_cursor];
        t->flow_cursor = (t->flow_cursor + 1) % t->flow_max;
        if (!fl->used || !has_box(fl) || pxk_flow_transfer(fl)->state > PXK_TRANSFER_RUNNING)
            break;
    }
    if (fl->used)
        unlink_flow(t, fl);
    return fl;
}

struct flow *pxk_flow_open(struct pxk_tracker *t, struct box *b, struct pxk_ip client, uint16_t port)
{
    struct flow *fl = pxk_flow_get(t, client, port);
    uint32_t next = fl ? fl->next : 0;
    bool linked = fl != NULL;
    uint32_t *chain = chain_of(t, client, port);
    if (!fl) {
        fl = spare_flow(t);
        next = *chain;
    }
    *fl = (struct flow){.used = true, .client = client, .port = port, .next = next, .box = b, .generation = b->generation};
    if (!linked)
        *chain = (uint32_t)(fl - t->flow) + 1;
    return t->recent = fl;
}
