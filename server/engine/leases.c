#include <stdlib.h>

#include "leases.h"

static uint32_t mix(const struct leases *ls, uint64_t v)
{
    struct pxk_rand r = pxk_rand_init(ls->seed ^ v);
    return (uint32_t)pxk_rand_u64(&r) & ls->mask;
}

static uint32_t key_slot(const struct leases *ls, const struct client_key *key)
{
    uint64_t v = key->len;
    for (size_t i = 0; i < sizeof key->b; i++)
        v = (v ^ key->b[i]) * 0x100000001b3u + ls->seed;
    return mix(ls, v);
}

static bool key_eq(const struct client_key *a, const struct client_key *b)
{
    return a->type == b->type && a->len == b->len && memcmp(a->b, b->b, sizeof a->b) == 0;
}

bool lease_is_of(const struct lease *l, const struct client_key *key)
{
    return l->key.len && key_eq(&l->key, key);
}

struct client_key client_key_of_mac(const struct pxk_mac *mac)
{
    struct client_key key = {.type = 1, .len = 6};
    memcpy(key.b, mac->b, 6);
    return key;
}

static uint32_t index_of(const struct leases *ls, const struct lease *l)
{
    return (uint32_t)(l - ls->at);
}

struct lease *leases_by_key(struct leases *ls, const struct client_key *key)
{
    for (uint32_t i = ls->by_key[key_slot(ls, key)]; i != LEASE_NONE; i = ls->at[i].next_key)
        if (key_eq(&ls->at[i].key, key))
            return &ls->at[i];
    return NULL;
}

struct lease *leases_by_ip(struct leases *ls, pxk_ip4 ip)
{
    for (uint32_t i = ls->by_ip[mix(ls, ip)]; i != LEASE_NONE; i = ls->at[i].next_ip)
        if (ls->at[i].ip == ip)
            return &ls->at[i];
    return NULL;
}

/* ---- queues ---- */

/* Kept addresses do not wait among the free: nobody may find them there. */
static bool is_queued(const struct lease *l)
{
    return l->state != LEASE_FREE || !l->kept;
}

/* Behind all that end earlier: those of an earlier run may have been promised for longer. */
static void queue_push(struct leases *ls, struct lease *l)
{
    uint32_t i = index_of(ls, l), before = ls->queue[l->state].tail;
    while (l->state != LEASE_FREE && before != LEASE_NONE && ls->at[before].until > l->until)
        before = ls->at[before].prev;
    uint32_t *link = before == LEASE_NONE ? &ls->queue[l->state].head : &ls->at[before].next;
    l->prev = before;
    l->next = *link;
    *link = i;
    if (l->next == LEASE_NONE)
        ls->queue[l->state].tail = i;
    else
        ls->at[l->next].prev = i;
    ls->queue[l->state].n++;
}

static void queue_remove(struct leases *ls, struct lease *l)
{
    if (l->prev == LEASE_NONE)
        ls->queue[l->state].head = l->next;
    else
        ls->at[l->prev].next = l->next;
    if (l->next == LEASE_NONE)
        ls->queue[l->state].tail = l->prev;
    else
        ls->at[l->next].prev = l->prev;
    ls->queue[l->state].n--;
}

static void tell(const struct leases *ls, const struct lease *l, enum lease_state before, bool expired)
{
    if (!ls->changed || l->state == LEASE_OFFERED || (l->state == LEASE_FREE && before <= LEASE_OFFERED))
        return;
    ls->changed(ls->changed_ctx, l,
                l->state == LEASE_BOUND      ? PXK_DHCPD_LEASE_LEASED
                : l->state == LEASE_DECLINED ? PXK_DHCPD_LEASE_DECLINED
                : expired                    ? PXK_DHCPD_LEASE_EXPIRED
                                             : PXK_DHCPD_LEASE_RELEASED);
}

static void move(struct leases *ls, struct lease *l, enum lease_state state, pxk_usec until, bool expired)
{
    enum lease_state before = l->state;
    if (is_queued(l))
        queue_remove(ls, l);
    l->state = state;
    l->until = until;
    if (is_queued(l))
        queue_push(ls, l);
    tell(ls, l, before, expired);
}

void lease_move(struct leases *ls, struct lease *l, enum lease_state state, pxk_usec until)
{
    move(ls, l, state, until, false);
}

void leases_expire(struct leases *ls, pxk_usec now)
{
    for (enum lease_state s = LEASE_OFFERED; s < LEASE_STATES; s++)
        while (ls->queue[s].head != LEASE_NONE && ls->at[ls->queue[s].head].until <= now)
            move(ls, &ls->at[ls->queue[s].head], LEASE_FREE, 0, true);
}

struct lease *leases_spare(struct leases *ls)
{
    uint32_t i = ls->queue[LEASE_FREE].head;
    return i == LEASE_NONE ? NULL : &ls->at[i];
}

/* ---- owners ---- */

static void key_remove(struct leases *ls, struct lease *l)
{
    if (!l->key.len)
        return;
    uint32_t *at = &ls->by_key[key_slot(ls, &l->key)];
    while (*at != index_of(ls, l))
        at = &ls->at[*at].next_key;
    *at = l->next_key;
    l->key = (struct client_key){0};
}

static void key_add(struct leases *ls, struct lease *l, const struct client_key *key)
{
    uint32_t *head = &ls->by_key[key_slot(ls, key)];
    l->key = *key;
    l->naked = false;
    l->client_id_len = 0;
    l->next_key = *head;
    *head = index_of(ls, l);
}

void lease_take(struct leases *ls, struct lease *l, const struct client_key *key)
{
    struct lease *other = leases_by_key(ls, key);
    if (other == l)
        return;
    if (other) {
        if (other->state == LEASE_OFFERED || other->state == LEASE_BOUND)
            lease_move(ls, other, LEASE_FREE, 0);
        key_remove(ls, other);
    }
    key_remove(ls, l);
    key_add(ls, l, key);
}

/* ---- beginning and end ---- */

static struct lease *lease_add(struct leases *ls, pxk_ip4 ip)
{
    struct lease *l = &ls->at[ls->n];
    uint32_t *head = &ls->by_ip[mix(ls, ip)];
    *l = (struct lease){.ip = ip, .next_key = LEASE_NONE, .next_ip = *head};
    *head = ls->n++;
    return l;
}

static void pool_fill(struct leases *ls, const struct pxk_dhcpd_config *config)
{
    for (size_t i = 0; i < config->reservation_n; i++) {
        const struct pxk_dhcpd_reservation *r = &config->reservation[i];
        struct client_key key = client_key_of_mac(&r->mac);
        if (leases_by_ip(ls, r->ip) || leases_by_key(ls, &key))
            continue; /* the first wins; the config's check refuses it earlier */
        struct lease *l = lease_add(ls, r->ip);
        l->reservation = r;
        l->kept = true;
        key_add(ls, l, &key);
    }
    for (uint64_t ip = config->first; ip <= config->last; ip++) {
        pxk_ip4 a = (pxk_ip4)ip, host = a & ~config->mask;
        if (leases_by_ip(ls, a))
            continue;
        struct lease *l = lease_add(ls, a);
        bool is_net_or_broadcast =
            ~config->mask > 1 && (host == 0 || host == (pxk_ip4)~config->mask);
        l->kept = a == config->address || a == config->router || is_net_or_broadcast;
        if (!l->kept)
            queue_push(ls, l);
    }
}

enum pxk_err leases_init(struct leases *ls, const struct pxk_dhcpd_config *config)
{
    size_t n = (size_t)(config->last - config->first) + 1 + config->reservation_n;
    uint32_t slots = 16;
    while (slots < n)
        slots *= 2;
    *ls = (struct leases){.mask = slots - 1, .seed = config->seed};
    ls->at = calloc(n, sizeof *ls->at);
    ls->by_key = malloc(slots * sizeof *ls->by_key);
    ls->by_ip = malloc(slots * sizeof *ls->by_ip);
    if (!ls->at || !ls->by_key || !ls->by_ip) {
        leases_done(ls);
        return PXK_E_NOMEM;
    }
    for (uint32_t i = 0; i < slots; i++)
        ls->by_key[i] = ls->by_ip[i] = LEASE_NONE;
    for (size_t s = 0; s < LEASE_STATES; s++)
        ls->queue[s].head = ls->queue[s].tail = LEASE_NONE;
    pool_fill(ls, config);
    return PXK_OK;
}

void leases_done(struct leases *ls)
{
    free(ls->at);
    free(ls->by_key);
    free(ls->by_ip);
    *ls = (struct leases){0};
}
