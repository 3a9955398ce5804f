/* Things by name, and what to say if there is no such thing. */
#include <stdio.h>
#include <string.h>

#include "scn_int.h"

const struct pxk_scn_segment *scn_segment(const struct pxk_scenario *s, const char *name)
{
    for (size_t i = 0; name && i < s->network.segments.n; i++)
        if (s->network.segments.at[i].name && strcmp(s->network.segments.at[i].name, name) == 0)
            return &s->network.segments.at[i];
    return NULL;
}

pxk_ip4 scn_from_end(struct pxk_conf_subnet n, unsigned back)
{
    return (n.net | (pxk_ip4)~pxk_conf_mask(n)) - back;
}

bool scn_is_host(struct pxk_conf_subnet n, pxk_ip4 ip)
{
    return pxk_conf_in_subnet(n, ip) && ip != n.net && ip != scn_from_end(n, 0);
}

pxk_ip4 scn_router_address(const struct pxk_scn_router *r, const char *segment)
{
    for (size_t i = 0; segment && i < r->joins.n && i < r->addresses.n; i++)
        if (r->joins.at[i] && strcmp(r->joins.at[i], segment) == 0)
            return r->addresses.at[i];
    return 0;
}

pxk_ip4 scn_only_router(const struct pxk_scenario *s, const char *segment)
{
    pxk_ip4 found = 0;
    for (size_t i = 0; i < s->network.routers.n; i++) {
        pxk_ip4 ip = scn_router_address(&s->network.routers.at[i], segment);
        if (ip && found)
            return 0;
        found = ip ? ip : found;
    }
    return found;
}

const struct pxk_scn_client *scn_client(const struct pxk_scenario *s, const char *name)
{
    for (size_t i = 0; name && i < s->clients.n; i++)
        if (s->clients.at[i].name && strcmp(s->clients.at[i].name, name) == 0)
            return &s->clients.at[i];
    return NULL;
}

bool scn_runs(const struct pxk_scn_server *v, const char *kind)
{
    return v->run && scn_has_part(v->run, '+', kind);
}

/* ---- names that must exist ---- */

/* What is offered to a search, and whether it was there. */
struct search {
    struct pxk_near near;
    bool found;
};

static void offer(struct search *f, const char *name)
{
    if (!name)
        return;
    f->found = f->found || strcmp(name, f->near.word) == 0;
    pxk_near_offer(&f->near, name);
}

static bool found(struct pxk_conf *c, const struct search *f, const void *field, const char *what)
{
    char shown[80], hint[80];
    struct pxk_str s = pxk_str_init(shown, sizeof shown);
    if (f->found)
        return true;
    pxk_str_add_quoted(&s, f->near.word, strnlen(f->near.word, 40));
    pxk_conf_error(c, field, "there is no %s \"%s\"%s", what, shown, scn_hint(&f->near, hint, sizeof hint));
    return false;
}

bool scn_need_segment(struct pxk_conf *c, const struct pxk_scenario *s, char *const *field)
{
    struct search f = {.near = {.word = *field}};
    if (!*field)
        return true;
    for (size_t i = 0; i < s->network.segments.n; i++)
        offer(&f, s->network.segments.at[i].name);
    return found(c, &f, field, "segment");
}

bool scn_need_server(struct pxk_conf *c, const struct pxk_scenario *s, char *const *field)
{
    struct search f = {.near = {.word = *field}};
    if (!*field)
        return true;
    for (size_t i = 0; i < s->servers.n; i++)
        offer(&f, s->servers.at[i].name);
    return found(c, &f, field, "server");
}

bool scn_need_client(struct pxk_conf *c, const struct pxk_scenario *s, char *const *field)
{
    struct search f = {.near = {.word = *field}};
    if (!*field)
        return true;
    for (size_t i = 0; i < s->clients.n; i++)
        offer(&f, s->clients.at[i].name);
    return found(c, &f, field, "client");
}

/* Hosts are ports too, but a router's ports have its name and the segment's. */
static void offer_ports(struct search *f, const struct pxk_scenario *s)
{
    offer(f, "clients");
    for (size_t i = 0; i < s->servers.n; i++)
        if (!scn_runs(&s->servers.at[i], "external"))
            offer(f, s->servers.at[i].name);
    for (size_t i = 0; i < s->clients.n; i++)
        offer(f, s->clients.at[i].port);
}

bool scn_need_port(struct pxk_conf *c, const struct pxk_scenario *s, char *const *field)
{
    char port[2 * PXK_SCN_NAME_MAX + 2];
    struct search f = {.near = {.word = *field}};
    if (!*field)
        return true;
    offer_ports(&f, s);
    for (size_t i = 0; i < s->network.routers.n && !f.found; i++) {
        const struct pxk_scn_router *r = &s->network.routers.at[i];
        for (size_t j = 0; j < r->joins.n && !f.found; j++) {
            const char *segment = r->joins.at[j];
            f.found = r->name && segment &&
                      strcmp(pxk_fmt(port, sizeof port, "%s:%s", r->name, segment), *field) == 0;
        }
    }
    return found(c, &f, field, "port");
}

bool scn_need_host(struct pxk_conf *c, const struct pxk_scenario *s, char *const *field)
{
    struct search f = {.near = {.word = *field}};
    if (!*field)
        return true;
    offer_ports(&f, s);
    for (size_t i = 0; i < s->network.routers.n; i++)
        offer(&f, s->network.routers.at[i].name);
    return found(c, &f, field, "host");
}
