/* Rules for who a client is: one UUID with several MACs, one MAC with several UUIDs, one machine with several client ids
 * (RFC 4578 2.3, RFC 2132 9.14). */
#include <stdlib.h>
#include <string.h>

#include "diag_int.h"

/* ---- who has which UUID ---- */

struct holder {
    struct pxk_uuid uuid;
    const struct pxk_session *session;
    pxk_usec from, to; /* the rounds that said so */
    uint32_t frame;
};
struct uuid_index {
    PXK_VEC(struct holder) holders; /* by UUID, then as they came */
};

static bool all_same(const struct pxk_uuid *u)
{
    for (size_t i = 1; i < 16; i++)
        if (u->b[i] != u->b[0])
            return false;
    return true; /* zeros, ones; 0x44 is a Pi 3's ROM */
}

/* Values that vendors left in by mistake, as SMBIOS has them. */
static bool is_placeholder(const struct pxk_uuid *u)
{
    static const uint8_t known[][16] = {
        {0x00, 0x02, 0x00, 0x03, 0x00, 0x04, 0x00, 0x05, 0x00, 0x06, 0x00, 0x07, 0x00, 0x08, 0x00, 0x09}, /* AMI, Supermicro */
        {0x03, 0x00, 0x02, 0x00, 0x04, 0x00, 0x05, 0x00, 0x00, 0x06, 0x00, 0x07, 0x00, 0x08, 0x00, 0x09},
        {0x44, 0x45, 0x4c, 0x4c, 0x00, 0x00, 0x10, 0x20, 0x80, 0x20, 0x80, 0xc0, 0x4f, 0x20, 0x20, 0x20}, /* Dell without tag */
    };
    for (size_t i = 0; i < PXK_COUNT(known); i++)
        if (memcmp(u->b, known[i], 16) == 0)
            return true;
    return all_same(u);
}

static int by_uuid(const void *a, const void *b)
{
    const struct holder *x = a, *y = b;
    int order = memcmp(x->uuid.b, y->uuid.b, 16);
    return order ? order : (x->from > y->from) - (x->from < y->from);
}

static bool index_session(struct uuid_index *u, const struct pxk_session *s)
{
    struct holder *mine = NULL;
    for (unsigned i = 0; i < s->round_n; i++) {
        const struct pxk_round *r = &s->round[i];
        if (!r->has_uuid || r->pi == PXK_PI_ROM)
            continue;
        if (!mine || memcmp(mine->uuid.b, r->uuid.b, 16) != 0) {
            mine = pxk_vec_push(&u->holders);
            if (!mine)
                return false;
            *mine = (struct holder){r->uuid, s, r->started, r->ended, r->first_frame};
        }
        mine->to = r->ended;
    }
    return true;
}

struct uuid_index *uuid_index_new(const struct pxk_tracker *t)
{
    struct uuid_index *u = calloc(1, sizeof *u);
    bool all = u != NULL;
    for (size_t i = 0; all && i < pxk_tracker_count(t); i++)
        all = index_session(u, pxk_tracker_session(t, i));
    if (!all || !u->holders.n)
        return uuid_index_free(u);
    qsort(u->holders.at, u->holders.n, sizeof *u->holders.at, by_uuid);
    return u;
}

struct uuid_index *uuid_index_free(struct uuid_index *u)
{
    if (u)
        pxk_vec_done(&u->holders);
    free(u);
    return NULL;
}

/* The first holder of @uuid, and how many there are. */
static const struct holder *holders_of(const struct uuid_index *u, const struct pxk_uuid *uuid, size_t *n)
{
    size_t lo = 0, hi = u->holders.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (memcmp(u->holders.at[mid].uuid.b, uuid->b, 16) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (*n = 0; lo + *n < u->holders.n && memcmp(u->holders.at[lo + *n].uuid.b, uuid->b, 16) == 0;)
        ++*n;
    return *n ? &u->holders.at[lo] : NULL;
}

static const char *uuid_text(const struct pxk_uuid *u, char out[static 40])
{
    const uint8_t *b = u->b;
    return pxk_fmt(out, 40, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[3], b[2], b[1], b[0], b[5], b[4],
                   b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

static const struct pxk_round *uuid_round(const struct pxk_session *s)
{
    for (unsigned i = 0; i < s->round_n; i++)
        if (s->round[i].has_uuid && s->round[i].pi != PXK_PI_ROM)
            return &s->round[i];
    return NULL;
}

static void tell_holders(struct dx *d, struct pxk_finding *f, const struct holder *h, size_t n)
{
    enum { NAMED = 4 };
    char mac[PXK_MAC_STRLEN], uuid[40];
    dx_seen(f, "%zu MACs send the UUID %s:", n, uuid_text(&h->uuid, uuid));
    for (size_t i = 0; i < n && i < NAMED; i++) {
        dx_seen(f, " %s", pxk_mac_text(&h[i].session->mac, mac));
        dx_frame(f, h[i].frame);
    }
    if (n > NAMED)
        dx_seen(f, " ...");
    dx_filter(d, f, "dhcp");
    pxk_fmt(f->filter, sizeof f->filter, "dhcp.option.dhcp == 1 && dhcp.client_id.uuid == %s", uuid);
}

/* Told once, at the client that came first. In turn it is most often one machine that tries its network cards one by one;
 * at the same time it is several machines. */
void rule_shared_uuid(struct dx *d)
{
    size_t n = 0;
    const struct pxk_round *r = uuid_round(d->s);
    const struct holder *h = r && d->uuids ? holders_of(d->uuids, &r->uuid, &n) : NULL;
    bool together = false;
    if (n < 2 || h->session != d->s)
        return;
    for (size_t i = 1; i < n; i++) {
        if (h[i].session == d->s)
            return; /* it left this UUID and came back to it: see rule_two_uuids */
        together |= h[i].from <= h[i - 1].to;
    }
    bool placeholder = is_placeholder(&r->uuid);
    struct pxk_finding *f = dx_raise(d, FINDING_UUID_NOT_UNIQUE, d->failed && (together || placeholder) ? PXK_SEVERITY_WARNING : PXK_SEVERITY_NOTE);
    tell_holders(d, f, h, n);
    if (placeholder)
        dx_cause(f, "the firmware has no UUID of its own: this is a placeholder of its vendor, or zeros");
    else if (!together)
        dx_cause(f, "one machine that tries its network cards one after the other: one machine, not %zu", n);
    dx_seen(f, together ? "; at the same time" : "; one after the other");
}

/* ---- one MAC, several machines ---- */

/* U-Boot writes the first three fields in text order, others as SMBIOS does. */
static bool same_machine(const struct pxk_uuid *a, const struct pxk_uuid *b)
{
    static const uint8_t swap[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    bool swapped = true;
    for (size_t i = 0; i < 16; i++)
        swapped &= a->b[i] == b->b[swap[i]];
    return swapped || memcmp(a->b, b->b, 16) == 0;
}

void rule_two_uuids(struct dx *d)
{
    const struct pxk_round *first = NULL, *other = NULL;
    char one[40], two[40], gap[24];
    for (unsigned i = 0; i < d->s->round_n && !other; i++) {
        const struct pxk_round *r = &d->s->round[i];
        if (!r->has_uuid || is_placeholder(&r->uuid))
            continue;
        if (!first)
            first = r;
        else if (!same_machine(&first->uuid, &r->uuid))
            other = r;
    }
    if (!other)
        return;
    struct pxk_finding *f = dx_raise(d, FINDING_MAC_OF_SEVERAL_MACHINES, d->failed ? PXK_SEVERITY_WARNING : PXK_SEVERITY_NOTE);
    dx_seen(f, "%s comes with the UUID %s, and %s later with %s", d->mac, uuid_text(&first->uuid, one),
            dx_duration(pxk_usec_since(first->started, other->started), gap), uuid_text(&other->uuid, two));
    dx_frame(f, first->first_frame);
    dx_frame(f, other->first_frame);
    dx_filter(d, f, "dhcp.option.dhcp == 1");
}

/* ---- one machine, several client ids ---- */

/* Two addresses for one machine are normal. Told only where something went wrong afterwards: what is bound to the address
 * (a reservation, an answer file by address, a firewall's rule) then fits one stage alone. */
void rule_client_id(struct dx *d)
{
    const struct pxk_answer *first = d->fw ? pxk_round_lease(d->fw) : NULL;
    char one[PXK_IP4_STRLEN], two[PXK_IP4_STRLEN];
    for (unsigned i = 0; i < d->s->round_n && first && d->failed; i++) {
        const struct pxk_round *r = &d->s->round[i];
        const struct pxk_answer *a = pxk_round_lease(r);
        if (!a || r->client_id == d->fw->client_id || a->yiaddr == first->yiaddr || answer_server(a) != answer_server(first))
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_ADDRESS_CHANGES_WITH_CLIENT_ID);
        dx_seen(f, "the firmware (%s) got %s, a later stage (%s) gets %s", d->fw->client_id ? "with a client id" : "no client id",
                pxk_ip4_text(first->yiaddr, one), r->client_id ? "another client id" : "no client id", pxk_ip4_text(a->yiaddr, two));
        dx_frame(f, first->frame);
        dx_frame(f, a->frame);
        dx_filter(d, f, "dhcp.option.dhcp == 3 || dhcp.option.dhcp == 5");
        return;
    }
}
