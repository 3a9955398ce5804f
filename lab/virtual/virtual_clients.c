/* The clients of a case in virtual time. */
#include <string.h>

#include "made_up.h"
#include "virtual_int.h"

#define BEGIN_GAP (600 * PXK_MSEC) /* as with pxk_emulator_start(): who is slow to get an address is not waited for */

static void on_want_http(void *ctx, const char *url)
{
    struct virtual_client *c = ctx;
    (void)url;
    pxk_client_http_unavailable(c->client, "there is no HTTP in virtual time", pxk_vnet_now(c->v->net));
}

static bool overrides_make(struct virtual_client *c)
{
    char why[200];
    for (size_t k = 0; k < c->scn->overrides.n; k++) {
        const struct pxk_conf_pairs *o = &c->scn->overrides.at[k];
        if (pxk_emulator_override(&c->overrides, o->key, (const char *const *)o->value.at, o->value.n, why, sizeof why) == PXK_OK)
            continue;
        pxk_fmt(c->v->why, c->v->cap, "client %s: override %s: %s", c->scn->name, o->key, why);
        return false;
    }
    return true;
}

static bool client_make(struct virtual *v, size_t i, struct pxk_rand *rand)
{
    const struct pxk_scn_client *scn = &v->s->clients.at[i];
    const struct pxk_scn_segment *segment = pxk_play_segment(v->s, scn->segment);
    struct virtual_client *c = &v->client[v->clients++];
    char name[16];
    size_t port;
    *c = (struct virtual_client){.v = v, .scn = scn};
    struct pxk_client_opts opts = {.persona = scn->personality ? scn->personality : pxk_persona_for_arch(scn->arch), .arch = scn->arch,
                                   .mac = pxk_play_mac(v->s, i), .vlan = scn->vlan,
                                   .link_mtu = segment && segment->mtu < 1500 ? segment->mtu : 1500,
                                   .pace = scn->firmware_pace ? &pxk_pace_firmware : &pxk_pace_fast,
                                   .until = (enum pxk_milestone)scn->until, .probe_path = true, .keep_lease = scn->keep_lease,
                                   .known = &v->known, .seed = pxk_rand_u64(rand),
                                   .overrides = scn->overrides.n ? &c->overrides : NULL};
    if (!opts.persona) {
        pxk_fmt(v->why, v->cap, "client %s: no client is emulated for %s", scn->name, pxk_arch_name(scn->arch, name));
        return false;
    }
    opts.uuid = scn->has_uuid ? scn->uuid : pxk_uuid_make_up(&opts.mac);
    if (!overrides_make(c) || !virtual_port(v, scn->port, scn->segment, &port))
        return false;
    pxk_seen_client(v->seen, scn->name, &opts.mac);
    const struct pxk_client_io io = {.want_http = on_want_http, .ctx = c};
    enum pxk_err err = pxk_vnet_client_add(v->net, port, &opts, &io, v->tracker, &c->client, &c->station);
    if (err != PXK_OK)
        pxk_fmt(v->why, v->cap, "client %s: %s", scn->name, pxk_err_text(err));
    return err == PXK_OK;
}

bool virtual_clients_make(struct virtual *v)
{
    struct pxk_rand rand = pxk_rand_init(v->s->seed);
    for (size_t i = 0; i < v->s->clients.n; i++)
        if (!client_make(v, i, &rand))
            return false;
    return true;
}

/* ---- their beginnings ---- */

static bool waits(const struct virtual_client *c)
{
    return !c->begun && !pxk_client_finished(c->client);
}

static bool settled(const struct virtual_client *c)
{
    return pxk_client_ip(c->client) || pxk_client_finished(c->client);
}

/* In turn: once the one that began last in turn has an address, or after a while. */
static pxk_usec next_turn(const struct virtual *v, const struct virtual_client *c)
{
    const struct virtual_client *last = NULL;
    for (const struct virtual_client *b = v->client; b < c; b++)
        if (!b->scn->start_given && b->begun)
            last = b;
    return last && !settled(last) ? last->began + BEGIN_GAP : v->began;
}

static pxk_usec begins(const struct virtual *v, const struct virtual_client *c)
{
    return c->scn->start_given ? v->began + c->scn->start : next_turn(v, c);
}

/* All that have a time of their own, and the first of those in turn. */
static struct virtual_client *next_of(const struct virtual *v, pxk_usec *at)
{
    struct virtual_client *next = NULL;
    bool turn = false;
    *at = PXK_NEVER;
    for (size_t i = 0; i < v->clients; i++) {
        struct virtual_client *c = &v->client[i];
        if (!waits(c) || (!c->scn->start_given && turn))
            continue;
        turn = turn || !c->scn->start_given;
        if (begins(v, c) < *at) {
            *at = begins(v, c);
            next = c;
        }
    }
    return next;
}

pxk_usec virtual_clients_next(const struct virtual *v)
{
    pxk_usec at;
    (void)next_of(v, &at);
    return at;
}

void virtual_clients_begin(struct virtual *v)
{
    pxk_usec at, now = pxk_vnet_now(v->net);
    for (struct virtual_client *c; (c = next_of(v, &at)) != NULL && at <= now;) {
        c->begun = true;
        c->began = now;
        pxk_client_start(c->client, now);
    }
}

void virtual_clients_stop(struct virtual *v, const char *why)
{
    for (size_t i = 0; i < v->clients; i++)
        pxk_client_stop(v->client[i].client, why, pxk_vnet_now(v->net)); /* who has not begun will not */
}

bool virtual_clients_finished(const struct virtual *v)
{
    for (size_t i = 0; i < v->clients; i++)
        if (!pxk_client_finished(v->client[i].client))
            return false;
    return true;
}
