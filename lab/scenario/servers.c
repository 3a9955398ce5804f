/* Servers and what they are told to do. */
#include <stdlib.h>
#include <string.h>

#include "scn_int.h"

enum { LEASE_DEFAULT_S = 3600, CONFIG_MAX = 65536 };

/* ---- single structs ---- */

static void dhcp_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_dhcp *d = self;
    d->boot = !pxk_conf_instead(c, &d->boot_files);
    if (pxk_conf_given(c, &d->subnet) && d->subnet.prefix > 30)
        pxk_conf_error(c, &d->subnet, "a subnet of /%u has no room for clients", d->subnet.prefix);
    if (!scn_at_most(c, &d->options, d->options.n, SCN_EXPECTS_MAX, "options"))
        return;
    for (size_t i = 0; i < d->options.n; i++)
        if (!pxk_dhcp4_code_parse(d->options.at[i].key, NULL))
            scn_no_word(c, &d->options.at[i], "no DHCP option \"%s\", expected a name or a number from 1 to 254%s",
                        pxk_dhcp4_key);
}

/* A real server on a real interface: nothing of it is ours to set. */
static void external_check(struct pxk_conf *c, const struct pxk_scn_server *v)
{
    const struct {
        const void *field;
        const char *key;
    } ours[] = {{&v->root, "root"},         {&v->config, "config"}, {&v->config_file, "config-file"},
                {&v->lines, "lines"},       {&v->faults, "faults"}, {&v->arguments, "arguments"},
                {&v->program, "program"},   {&v->waits, "waits"}};
    if (strcmp(v->run, "external") != 0)
        pxk_conf_error(c, &v->run, "external is a server that runs elsewhere, it cannot be combined");
    if (!pxk_conf_written(c, &v->interface))
        pxk_conf_error(c, &v->run, "external needs \"interface\": the real interface behind which the server is");
    for (size_t i = 0; i < PXK_COUNT(ours); i++)
        if (pxk_conf_written(c, ours[i].field))
            pxk_conf_error(c, ours[i].field, "%s is of no use with external: that server is not started here",
                           ours[i].key);
}

static void run_check(struct pxk_conf *c, const struct pxk_scn_server *v)
{
    char part[64];
    for (const char *at = v->run; at && scn_part(&at, '+', part, sizeof part);)
        if (at && scn_has_part(at, '+', part)) {
            pxk_conf_error(c, &v->run, "%s is there twice", part);
            return;
        }
}

static void server_check(struct pxk_conf *c, void *self)
{
    struct pxk_scn_server *v = self;
    scn_name_check(c, &v->name);
    v->no_dhcp = pxk_conf_instead(c, &v->dhcp);
    v->no_tftp = pxk_conf_instead(c, &v->no_tftp) || (pxk_conf_given(c, &v->no_tftp) && !v->no_tftp);
    if (!v->run)
        return;
    run_check(c, v);
    if (scn_runs(v, "external"))
        external_check(c, v);
    if (v->faults.n && !scn_runs(v, "reference"))
        pxk_conf_error(c, &v->faults, "only the reference server can misbehave on demand, not %s", v->run);
    if (v->config && v->config_file)
        pxk_conf_error(c, &v->config_file, "config-file beside config, expected one of them");
    if (v->lines && (v->config || v->config_file))
        pxk_conf_error(c, &v->lines, "lines are added to the usual config, which config replaces");
    if (v->no_dhcp && v->no_tftp && strcmp(v->run, "reference") == 0)
        pxk_conf_error(c, &v->run, "the reference server has nothing to serve without dhcp and tftp");
}

/* ---- tables ---- */

#define DHCP(m) PXK_CONF_AT(struct pxk_scn_dhcp, m)
static const struct pxk_conf_key dhcp_keys[] = {
    {SCN_KEY("pool", RANGE), DHCP(pool), .doc = "addresses to give; default .150 to .199 of the subnet"},
    {SCN_KEY("subnet", SUBNET), DHCP(subnet), .doc = "default: the segment's; another one if a relay asks for its clients"},
    {SCN_KEY("lease", DURATION), .min = 1000000, .max = (int64_t)UINT32_MAX * 1000000, .def = "1h", DHCP(lease), .doc = "how long an address stays with a client"},
    {SCN_KEY("router", IP4), .instead = "none", DHCP(router),
     .doc = "option 3; default: the server's address, behind a relay the router's"},
    {SCN_KEY("dns", IP4), PXK_CONF_LIST_AT(struct pxk_scn_dhcp, dns), .doc = "option 6"},
    {SCN_KEY("next-server", IP4), DHCP(next_server), .doc = "default: the server's address"},
    {SCN_KEY("boot-files", MAP), .word = scn_boot_word, .max = 255, .instead = "none", DHCP(boot_files),
     .doc = "architecture, default or ipxe: path; default: the boot tree's own. none: no boot information"},
    {SCN_KEY("proxy", BOOL), .def = "false", DHCP(proxy), .doc = "proxyDHCP: boot information without addresses"},
    {SCN_KEY("options", MAP_LIST), .max = 1000, DHCP(options), .doc = "further options by name or number"},
    {0}};
static const struct pxk_conf_table dhcp_table = {"dhcp", "what the DHCP server does, whichever program it is",
                                                 sizeof(struct pxk_scn_dhcp), dhcp_keys, dhcp_check};

#define SERVER(m) PXK_CONF_AT(struct pxk_scn_server, m)
static const struct pxk_conf_key server_keys[] = {
    {SCN_KEY("name", STRING), .max = PXK_SCN_NAME_MAX, SERVER(name), .doc = "of its host; default: boot, then boot2 ..."},
    {SCN_KEY("run", WORD), .word = pxk_scn_server_word, .join = '+', .def = "reference", SERVER(run),
     .doc = "the program, or several joined by +: kea+atftpd"},
    {SCN_KEY("segment", STRING), .max = PXK_SCN_NAME_MAX, SERVER(segment), .doc = "default: the first"},
    {SCN_KEY("interface", STRING), .max = 15, SERVER(interface), .doc = "of its host; default eth0. external: the real one"},
    {SCN_KEY("address", IP4), SERVER(address), .doc = "default: .1 of its segment for the first server, .2 for the second ..."},
    {SCN_KEY("gateway", IP4), .instead = "none", SERVER(gateway), .doc = "default: the segment's only router"},
    {SCN_KEY("dhcp", STRUCT), .sub = &dhcp_table, .def = "{}", .instead = "none", PXK_CONF_PTR_AT(struct pxk_scn_server, dhcp),
     .doc = "none: it answers no DHCP"},
    {SCN_KEY("tftp", BOOL), .instead = "none", SERVER(no_tftp), .doc = "none: no TFTP"},
    {SCN_KEY("root", PATH), SERVER(root), .doc = "of TFTP and HTTP; default: the boot tree"},
    {SCN_KEY("config", STRING), .max = CONFIG_MAX, SERVER(config),
     .doc = "the program's whole config; may name ${address}, ${netmask}, ${interface}, ${root}, ${work}"},
    {SCN_KEY("config-file", PATH), SERVER(config_file), .doc = "the same from a file, as it is; of dnsmasq's, tftp-root gives way to root or files if those are given"},
    {SCN_KEY("lines", STRING), .max = CONFIG_MAX, SERVER(lines), .doc = "added to the config that is made from dhcp and tftp; variables as in config"},
    {SCN_KEY("faults", STRING), .max = 200, PXK_CONF_LIST_AT(struct pxk_scn_server, faults),
     .doc = "reference only: how it misbehaves, name or name=value (pxekit serve --faults lists them)"},
    {SCN_KEY("arguments", STRING), .max = 4096, PXK_CONF_LIST_AT(struct pxk_scn_server, arguments),
     .doc = "added to the program's own"},
    {SCN_KEY("program", PATH), SERVER(program), .doc = "its path, if it is not the packaged one"},
    {SCN_KEY("waits", BOOL), .def = "false", SERVER(waits), .doc = "is not started until the timeline says so"},
    {0}};
const struct pxk_conf_table scn_server_table = {"server", "a server in a host of its own", sizeof(struct pxk_scn_server),
                                                server_keys, server_check};

/* ---- defaults ---- */

/* .150 to .199, or the upper half of a subnet that has no such addresses. */
static struct pxk_conf_range pool_default(struct pxk_conf_subnet n)
{
    pxk_ip4 last = scn_from_end(n, 2); /* the last but one is a router's */
    struct pxk_conf_range pool = {n.net + 150, n.net + 199};
    if (n.prefix > 24)
        pool = (struct pxk_conf_range){n.net + ((pxk_ip4)~pxk_conf_mask(n) + 1) / 2, last};
    if (pool.last < pool.first)
        pool.last = pool.first;
    return pool;
}

static pxk_ip4 dhcp_router(const struct pxk_scenario *s, const struct pxk_scn_server *v,
                           const struct pxk_scn_segment *own, struct pxk_conf_subnet served)
{
    if (own && own->subnet.net == served.net && own->subnet.prefix == served.prefix)
        return v->address;
    for (size_t i = 0; i < s->network.segments.n; i++) {
        const struct pxk_scn_segment *g = &s->network.segments.at[i];
        pxk_ip4 router = pxk_conf_in_subnet(served, g->subnet.net) ? scn_only_router(s, g->name) : 0;
        if (router)
            return router;
    }
    return v->address;
}

static void pool_check(struct pxk_conf *c, const struct pxk_scn_dhcp *d)
{
    char first[PXK_IP4_STRLEN], last[PXK_IP4_STRLEN], net[PXK_IP4_STRLEN];
    if (scn_is_host(d->subnet, d->pool.first) && scn_is_host(d->subnet, d->pool.last))
        return;
    pxk_conf_error(c, &d->pool, "the pool %s-%s is not inside the subnet %s/%u", pxk_ip4_text(d->pool.first, first),
                   pxk_ip4_text(d->pool.last, last), pxk_ip4_text(d->subnet.net, net), d->subnet.prefix);
}

static void dhcp_fill(struct pxk_conf *c, const struct pxk_scenario *s, const struct pxk_scn_server *v,
                      const struct pxk_scn_segment *own)
{
    struct pxk_scn_dhcp *d = v->dhcp;
    if (!pxk_conf_written(c, &d->subnet) && own)
        d->subnet = own->subnet;
    if (!d->subnet.prefix)
        return; /* wrong, and told */
    if (!pxk_conf_written(c, &d->pool))
        d->pool = pool_default(d->subnet);
    else if (pxk_conf_given(c, &d->pool))
        pool_check(c, d);
    if (!pxk_conf_written(c, &d->router))
        d->router = dhcp_router(s, v, own, d->subnet);
    if (!pxk_conf_written(c, &d->next_server))
        d->next_server = v->address;
}

static void name_fill(struct pxk_conf *c, struct pxk_scenario *s, struct pxk_scn_server *v)
{
    char name[16] = "boot";
    for (size_t n = 2, i = 0; i < s->servers.n;) {
        bool taken = s->servers.at[i].name && strcmp(s->servers.at[i].name, name) == 0;
        i = taken ? 0 : i + 1;
        if (taken)
            pxk_fmt(name, sizeof name, "boot%zu", n++);
    }
    scn_set(c, &v->name, "%s", name);
}

static void address_fill(struct pxk_scenario *s, struct pxk_scn_server *v, const struct pxk_scn_segment *own)
{
    pxk_ip4 ip = own->subnet.net + 1;
    for (size_t i = 0; i < s->servers.n;) {
        bool taken = s->servers.at[i].address == ip;
        i = taken ? 0 : i + 1;
        ip += taken;
    }
    v->address = ip;
}

static void address_check(struct pxk_conf *c, const struct pxk_scenario *s, const struct pxk_scn_server *v,
                          const struct pxk_scn_segment *own)
{
    char ip[PXK_IP4_STRLEN], net[PXK_IP4_STRLEN];
    if (!scn_is_host(own->subnet, v->address))
        pxk_conf_error(c, &v->address, "%s is no host of %s, %s/%u", pxk_ip4_text(v->address, ip), own->name,
                       pxk_ip4_text(own->subnet.net, net), own->subnet.prefix);
    for (const struct pxk_scn_server *other = s->servers.at; other < v; other++)
        if (other->address == v->address)
            pxk_conf_error(c, &v->address, "%s is the address of %s already", pxk_ip4_text(v->address, ip),
                           other->name ? other->name : "another server");
    for (size_t i = 0; i < s->network.routers.n; i++)
        if (scn_router_address(&s->network.routers.at[i], own->name) == v->address)
            pxk_conf_error(c, &v->address, "%s is the router's address in %s", pxk_ip4_text(v->address, ip), own->name);
}

static void server_fill(struct pxk_conf *c, struct pxk_scenario *s, struct pxk_scn_server *v)
{
    const struct pxk_scn_segment *own = NULL;
    bool external = scn_runs(v, "external");
    if (!v->name && !pxk_conf_written(c, &v->name))
        name_fill(c, s, v);
    if (!v->segment && s->network.segments.at[0].name)
        scn_set(c, &v->segment, "%s", s->network.segments.at[0].name);
    if (scn_need_segment(c, s, &v->segment))
        own = scn_segment(s, v->segment);
    if (!v->interface)
        scn_set(c, &v->interface, "eth0");
    if (own && !pxk_conf_written(c, &v->address))
        address_fill(s, v, own);
    else if (own && v->address && !external)
        address_check(c, s, v, own);
    if (own && !pxk_conf_written(c, &v->gateway))
        v->gateway = scn_only_router(s, own->name);
    if (v->dhcp)
        dhcp_fill(c, s, v, own);
}

/* Nothing about servers in the file: one that does everything right. */
static void server_add(struct pxk_conf *c, struct pxk_scenario *s)
{
    struct pxk_scn_server *v = pxk_vec_push(&s->servers);
    if (!v) {
        pxk_conf_no_memory(c);
        return;
    }
    scn_set(c, &v->run, "reference");
    v->dhcp = scn_alloc(c, 1, sizeof *v->dhcp);
    if (v->dhcp) {
        v->dhcp->boot = true;
        v->dhcp->lease = LEASE_DEFAULT_S * PXK_SEC;
    }
}

void scn_servers_fill(struct pxk_conf *c, struct pxk_scenario *s)
{
    if (!pxk_conf_written(c, &s->servers))
        server_add(c, s);
    if (!s->network.segments.n || !scn_at_most(c, &s->servers, s->servers.n, SCN_SERVERS_MAX, "servers"))
        return;
    for (size_t i = 0; i < s->servers.n; i++)
        server_fill(c, s, &s->servers.at[i]);
}
