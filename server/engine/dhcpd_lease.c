/* Leases in and out of the engine, for whoever keeps them. */
#include "dhcpd_int.h"

enum { KEY_BYTES = 2 + sizeof((struct client_key *)0)->b };

static void key_write(const struct client_key *key, struct pxk_dhcpd_lease *out)
{
    if (key->type == 1 && key->len == 6) {
        memcpy(out->mac.b, key->b, 6);
        return;
    }
    if (!key->len)
        return;
    out->key_len = KEY_BYTES;
    out->key[0] = key->type;
    out->key[1] = key->len;
    memcpy(out->key + 2, key->b, sizeof key->b);
}

/* False if no client is named, or in a way in which the engine names none. */
static bool key_read(const struct pxk_dhcpd_lease *in, struct client_key *key)
{
    *key = client_key_of_mac(&in->mac);
    if (!in->key_len)
        return !pxk_mac_is_zero(&in->mac);
    size_t n = in->key[1] & 127u;
    if (in->key_len != KEY_BYTES || !n || n > sizeof key->b)
        return false;
    *key = (struct client_key){.type = in->key[0], .len = in->key[1]};
    memcpy(key->b, in->key + 2, n);
    return true;
}

static void lease_write(const struct lease *l, enum pxk_dhcpd_lease_state how, struct pxk_dhcpd_lease *out)
{
    *out = (struct pxk_dhcpd_lease){.ip = l->ip, .state = how, .client_id_len = l->client_id_len, .until = l->until};
    memcpy(out->client_id, l->client_id, l->client_id_len);
    key_write(&l->key, out);
}

void lease_tell(void *dhcpd, const struct lease *l, enum pxk_dhcpd_lease_state how)
{
    const struct pxk_dhcpd *d = dhcpd;
    struct pxk_dhcpd_lease out;
    lease_write(l, how, &out);
    d->sink.lease(d->sink.ctx, &out);
}

/* ---- import ---- */

static enum pxk_err place_find(struct leases *ls, const struct pxk_dhcpd_lease *in, const struct client_key *key,
                               struct lease **out)
{
    struct lease *l = leases_by_ip(ls, in->ip), *own = key ? leases_by_key(ls, key) : NULL;
    if (!l || (l->kept && !l->reservation))
        return PXK_E_NOTFOUND;
    if (key && l->reservation && !lease_is_of(l, key))
        return PXK_E_EXISTS;
    if (own && own->reservation && own != l)
        return PXK_E_EXISTS;
    *out = l;
    return PXK_OK;
}

static enum lease_state state_of(const struct pxk_dhcpd_lease *in, pxk_usec now)
{
    if (in->until <= now)
        return LEASE_FREE;
    return in->state == PXK_DHCPD_LEASE_LEASED     ? LEASE_BOUND
           : in->state == PXK_DHCPD_LEASE_DECLINED ? LEASE_DECLINED
                                                   : LEASE_FREE;
}

enum pxk_err pxk_dhcpd_import(struct pxk_dhcpd *d, const struct pxk_dhcpd_lease *in, pxk_usec now)
{
    struct leases *ls = &d->leases;
    struct client_key key;
    struct lease *l;
    bool named = key_read(in, &key);
    if (!named && (in->state != PXK_DHCPD_LEASE_DECLINED || in->key_len)) /* nobody's, once its client took another */
        return PXK_E_FORMAT;
    enum pxk_err err = place_find(ls, in, named ? &key : NULL, &l);
    if (err != PXK_OK)
        return err;
    enum lease_state state = state_of(in, now);
    ls->changed = NULL;
    if (named)
        lease_take(ls, l, &key);
    lease_move(ls, l, state, state == LEASE_FREE ? 0 : in->until);
    l->client_id_len = named && in->client_id_len <= sizeof l->client_id ? in->client_id_len : 0;
    memcpy(l->client_id, in->client_id, l->client_id_len);
    ls->changed = d->sink.lease ? lease_tell : NULL;
    return PXK_OK;
}

/* ---- export ---- */

/* Of the free ones those that remember a client, longest unused first; then what is in use, by its end. */
static bool is_worth_keeping(const struct lease *l)
{
    return l->state != LEASE_FREE || l->key.len;
}

static const enum lease_state order[] = {LEASE_FREE, LEASE_BOUND, LEASE_DECLINED};

/* Head of the first queue from the @i-th on that is not empty. */
static uint32_t head_from(const struct leases *ls, size_t i)
{
    for (; i < PXK_COUNT(order); i++)
        if (ls->queue[order[i]].head != LEASE_NONE)
            return ls->queue[order[i]].head;
    return LEASE_NONE;
}

static uint32_t next_of(const struct leases *ls, uint32_t at)
{
    size_t i = 0;
    while (i < PXK_COUNT(order) && order[i] != ls->at[at].state)
        i++;
    return ls->at[at].next != LEASE_NONE ? ls->at[at].next : head_from(ls, i + 1);
}

/* The cursor is the index of the lease told last, plus 1. */
bool pxk_dhcpd_export(const struct pxk_dhcpd *d, size_t *at, struct pxk_dhcpd_lease *out)
{
    const struct leases *ls = &d->leases;
    uint32_t i = *at ? next_of(ls, (uint32_t)(*at - 1)) : head_from(ls, 0);
    while (i != LEASE_NONE && !is_worth_keeping(&ls->at[i]))
        i = next_of(ls, i);
    if (i == LEASE_NONE)
        return false;
    const struct lease *l = &ls->at[i];
    lease_write(l, l->state == LEASE_BOUND      ? PXK_DHCPD_LEASE_LEASED
                   : l->state == LEASE_DECLINED ? PXK_DHCPD_LEASE_DECLINED
                                                : PXK_DHCPD_LEASE_RELEASED,
                out);
    *at = (size_t)i + 1;
    return true;
}
