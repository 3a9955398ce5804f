/* The network of a case: segments, then routers, servers' hosts, and the clients' ports. */
#include <string.h>

#include "play_int.h"

/* ---- ports ---- */

static bool port_add(struct play *p, struct pxk_lab_port_opts *opts)
{
    struct pxk_cable_opts cable;
    struct pxk_cable_rule rules[PXK_CABLE_RULES];
    const struct pxk_scn_segment *segment = pxk_play_segment(p->s, opts->segment);
    if (play_cable_of(p->s, opts->name, &cable, rules))
        opts->cable = &cable;
    opts->offload = segment && segment->offload;
    if (!opts->mtu && segment)
        opts->mtu = segment->mtu;
    return pxk_lab_port_add(p->lab, opts, p->why, p->cap) == PXK_OK;
}

static const char *segment_first(const struct play *p)
{
    return p->s->network.segments.at[0].name;
}

static bool segments_add(struct play *p)
{
    for (size_t i = 0; i < p->s->network.segments.n; i++) {
        const struct pxk_scn_segment *g = &p->s->network.segments.at[i];
        if (pxk_lab_segment_add(p->lab, g->name, g->mtu, p->why, p->cap) != PXK_OK)
            return false;
    }
    return true;
}

static bool relay_start(struct play *p, const struct pxk_scn_router *r)
{
    const char *from[16];
    char iface[16][16];
    struct pxk_lab_relay_opts opts = {.host = r->name, .from = from, .to = r->relay->to.at, .to_n = r->relay->to.n,
                                      .circuit_id = r->relay->circuit_id, .remote_id = r->relay->remote_id};
    for (size_t i = 0; i < r->joins.n && opts.from_n < PXK_COUNT(from); i++) {
        const struct pxk_scn_segment *g = pxk_play_segment(p->s, r->joins.at[i]);
        bool has_server = false;
        for (size_t k = 0; g && k < r->relay->to.n; k++)
            has_server = has_server || pxk_conf_in_subnet(g->subnet, r->relay->to.at[k]);
        if (has_server)
            continue;
        from[opts.from_n] = pxk_fmt(iface[opts.from_n], sizeof iface[0], "eth%zu", i);
        opts.from_n++;
    }
    return pxk_lab_relay_start(p->lab, &opts, p->why, p->cap) == PXK_OK;
}

static bool router_add(struct play *p, const struct pxk_scn_router *r)
{
    for (size_t i = 0; i < r->joins.n; i++) {
        char name[2 * PXK_SCN_NAME_MAX + 2], iface[16];
        const struct pxk_scn_segment *g = pxk_play_segment(p->s, r->joins.at[i]);
        struct pxk_lab_port_opts opts = {.name = pxk_fmt(name, sizeof name, "%s:%s", r->name, r->joins.at[i]), .host = r->name,
                                         .segment = r->joins.at[i], .iface = pxk_fmt(iface, sizeof iface, "eth%zu", i),
                                         .ip = r->addresses.at[i], .netmask = pxk_conf_mask(g->subnet), .mtu = i > 0 ? r->mtu : 0};
        if (!port_add(p, &opts))
            return false;
    }
    return pxk_lab_router_start(p->lab, r->name, r->silent, p->why, p->cap) == PXK_OK && (!r->relay || relay_start(p, r));
}

static bool server_add(struct play *p, const struct pxk_scn_server *server)
{
    const struct pxk_scn_segment *g = pxk_play_segment(p->s, server->segment);
    struct pxk_lab_port_opts opts = {.name = server->name, .host = server->name, .segment = server->segment, .iface = server->interface,
                                     .ip = server->address, .netmask = g ? pxk_conf_mask(g->subnet) : 0, .gateway = server->gateway};
    return port_add(p, &opts);
}

/* Clients of one word on one segment share a port; the second segment's has its name in it. */
static struct play_group *group_of(struct play *p, const struct pxk_scn_client *c)
{
    bool taken = false;
    for (size_t i = 0; i < p->groups; i++) {
        struct play_group *g = &p->group[i];
        if (strcmp(g->word, c->port) == 0 && strcmp(g->segment, c->segment) == 0)
            return g;
        taken = taken || strcmp(g->word, c->port) == 0;
    }
    struct play_group *g = &p->group[p->groups++];
    *g = (struct play_group){.play = p, .segment = c->segment, .word = c->port};
    if (taken)
        pxk_fmt(g->port, sizeof g->port, "%s:%s", c->port, c->segment);
    else
        (void)pxk_str_copy(g->port, sizeof g->port, c->port);
    return g;
}

static bool group_port_add(struct play *p, const struct play_group *g)
{
    struct pxk_lab_port_opts opts = {.name = g->port, .host = g->port, .segment = g->segment, .iface = PLAY_IFACE};
    return port_add(p, &opts);
}

/* A host for commands that name one that no one else needs ("clients" without clients). */
static bool command_host_add(struct play *p, const char *host)
{
    bool there = false;
    for (size_t i = 0; i < p->groups; i++)
        there = there || strcmp(p->group[i].port, host) == 0;
    for (size_t i = 0; i < p->s->servers.n; i++)
        there = there || strcmp(p->s->servers.at[i].name, host) == 0;
    for (size_t i = 0; i < p->s->network.routers.n; i++)
        there = there || strcmp(p->s->network.routers.at[i].name, host) == 0;
    for (size_t i = 0; i < p->s->commands.n && p->s->commands.at[i].on != host; i++)
        there = there || strcmp(p->s->commands.at[i].on, host) == 0;
    struct pxk_lab_port_opts opts = {.name = host, .host = host, .segment = segment_first(p), .iface = PLAY_IFACE};
    return there || port_add(p, &opts);
}

bool play_network_build(struct play *p)
{
    if (!segments_add(p))
        return false;
    for (size_t i = 0; i < p->s->network.routers.n; i++)
        if (!router_add(p, &p->s->network.routers.at[i]))
            return false;
    for (size_t i = 0; i < p->s->servers.n; i++)
        if (!server_add(p, &p->s->servers.at[i]))
            return false;
    for (size_t i = 0; i < p->s->clients.n; i++)
        if (!p->s->clients.at[i].firmware)
            (void)group_of(p, &p->s->clients.at[i]);
    for (size_t i = 0; i < p->groups; i++)
        if (!group_port_add(p, &p->group[i]))
            return false;
    for (size_t i = 0; i < p->s->commands.n; i++)
        if (!command_host_add(p, p->s->commands.at[i].on))
            return false;
    return true;
}

const char *play_host_iface(const struct play *p, const char *host)
{
    for (size_t i = 0; i < p->s->servers.n; i++)
        if (strcmp(p->s->servers.at[i].name, host) == 0)
            return p->s->servers.at[i].interface;
    return PLAY_IFACE;
}
