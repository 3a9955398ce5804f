/* Hosts and ports: a namespace each, veth pairs to the switch room. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "pxk/netns.h"

#include "lab_int.h"

#define ARP_MS (24 * 3600 * 1000u) /* longer than any case */

static void host_quieten(void)
{
    static const char *const set[][2] = {
        {"net/ipv6/conf/all/disable_ipv6", "1"}, {"net/ipv6/conf/default/disable_ipv6", "1"},
        {"net/ipv4/conf/all/rp_filter", "0"},    {"net/ipv4/conf/default/rp_filter", "0"},
        {"net/ipv4/conf/all/arp_notify", "0"},   {"net/ipv4/conf/default/arp_notify", "0"},
    };
    for (size_t i = 0; i < PXK_COUNT(set); i++)
        pxk_sysctl_set(set[i][0], set[i][1]); /* a kernel without it has nothing to be switched off */
}

/* In the new namespace. */
static enum pxk_err host_furnish(struct lab_host *h)
{
    h->netns = pxk_netns_open();
    if (h->netns < 0)
        return PXK_E_IO;
    host_quieten();
    struct pxk_link_setup up = {0};
    enum pxk_err err = pxk_link_setup("lo", &up);
    if (err != PXK_OK)
        close(h->netns);
    return err;
}

static enum pxk_err host_make(struct lab_host *h)
{
    int here = pxk_netns_open();
    if (here < 0)
        return PXK_E_IO;
    enum pxk_err err = pxk_netns_new();
    if (err == PXK_OK)
        err = host_furnish(h);
    lab_back(here);
    return err;
}

enum pxk_err lab_host_need(struct pxk_lab *lab, const char *name, struct lab_host **out, char *why, size_t cap)
{
    struct lab_host h = {.netns = -1}, *slot = lab_host_find(lab, name);
    if (slot) {
        *out = slot;
        return PXK_OK;
    }
    if (!pxk_str_copy(h.name, sizeof h.name, name))
        return lab_fail(PXK_E_RANGE, why, cap, "host %s: the name", name);
    enum pxk_err err = host_make(&h);
    if (err != PXK_OK)
        return lab_fail(err, why, cap, "the network of host %s", name);
    slot = pxk_vec_push(&lab->hosts);
    if (!slot) {
        close(h.netns);
        return lab_fail(PXK_E_NOMEM, why, cap, "host %s", name);
    }
    *slot = h;
    *out = slot;
    return PXK_OK;
}

/* Locally administered, the same for the same name in every run. */
static struct pxk_mac mac_of(const char *name)
{
    uint64_t h = pxk_hash(PXK_HASH_BEGIN, name, strlen(name));
    return (struct pxk_mac){{0x02, (uint8_t)(h >> 32), (uint8_t)(h >> 24), (uint8_t)(h >> 16), (uint8_t)(h >> 8), (uint8_t)h}};
}

/* What is being made, with what the options left open. */
struct plan {
    const struct pxk_lab_port_opts *opts;
    const struct lab_segment *segment;
    struct lab_host *host; /* NULL: QEMU's */
    struct lab_port *port;
    unsigned mtu;
    bool cable;
};

static enum pxk_err iface_configure(const struct plan *p)
{
    const struct pxk_lab_port_opts *o = p->opts;
    struct pxk_mac mac = pxk_mac_is_zero(&o->mac) ? mac_of(o->name) : o->mac;
    struct pxk_link_setup setup = {.mac = &mac, .mtu = p->mtu, .ip = o->ip, .netmask = o->netmask,
                                   /* no frame passes a cable before it has been cut to the MTU */
                                   .no_offload = !o->offload || p->cable};
    enum pxk_err err = pxk_link_setup(o->iface, &setup);
    if (err == PXK_OK)
        err = pxk_arp_believe(o->iface, ARP_MS);
    return err;
}

/* After the carrier is there: a route by a gateway on a link that is not yet up is refused. */
static enum pxk_err iface_finish(const struct plan *p)
{
    enum pxk_err err = pxk_link_await(p->opts->iface);
    if (err == PXK_OK && p->opts->gateway)
        err = pxk_route_add(p->opts->iface, 0, 0, p->opts->gateway, 0);
    return err;
}

static enum pxk_err in_host(const struct plan *p, enum pxk_err (*act)(const struct plan *))
{
    int here = lab_go(p->host->netns);
    if (here < 0)
        return PXK_E_PERM;
    enum pxk_err err = act(p);
    lab_back(here);
    return err;
}

static enum pxk_err room_link(const char *name, unsigned mtu, bool offload)
{
    struct pxk_link_setup setup = {.mtu = mtu, .no_offload = !offload};
    return pxk_link_setup(name, &setup);
}

/* The pair whose far end is the host's interface; @name is the end in the switch room. */
static enum pxk_err host_pair_add(const struct plan *p, const char *name, unsigned mtu)
{
    enum pxk_err err = pxk_veth_add_into(name, p->opts->iface, p->host->netns);
    if (err == PXK_OK)
        err = room_link(name, mtu, p->opts->offload && !p->cable);
    if (err == PXK_OK)
        err = in_host(p, iface_configure);
    if (err == PXK_OK)
        err = pxk_link_await(name);
    if (err == PXK_OK)
        err = in_host(p, iface_finish);
    return err;
}

/* The pair between the bridge and the cable's process; @inner is the process's end. */
static enum pxk_err bridge_pair_add(const struct plan *p, const char *name, const char *inner)
{
    enum pxk_err err = pxk_veth_add(name, inner, 0);
    if (err == PXK_OK)
        err = room_link(name, p->segment->mtu, false);
    if (err == PXK_OK)
        err = room_link(inner, p->segment->mtu, false);
    if (err == PXK_OK)
        err = pxk_link_await(name);
    if (err == PXK_OK)
        err = pxk_link_await(inner);
    return err;
}

/* A link joins its bridge once it has its carrier: then the bridge forwards from there on at once. */
static enum pxk_err links_add(struct pxk_lab *lab, const struct plan *p)
{
    struct lab_port *port = p->port;
    char bridged[IFNAMSIZ];
    pxk_fmt(bridged, sizeof bridged, "pxp%ub", ++lab->serial);
    enum pxk_err err = PXK_OK;
    if (!p->cable) {
        (void)pxk_str_copy(port->link[0], sizeof port->link[0], bridged);
        err = host_pair_add(p, bridged, p->segment->mtu);
    } else {
        pxk_fmt(port->link[0], sizeof port->link[0], "pxp%uc", lab->serial);
        err = bridge_pair_add(p, bridged, port->link[0]);
        if (err == PXK_OK && p->host) {
            pxk_fmt(port->link[1], sizeof port->link[1], "pxp%uh", lab->serial);
            err = host_pair_add(p, port->link[1], p->mtu);
        }
    }
    return err == PXK_OK ? pxk_bridge_join(p->segment->bridge, bridged) : err;
}

static enum pxk_err port_make(struct pxk_lab *lab, const struct plan *p, char *why, size_t cap)
{
    static const struct pxk_cable_opts plain;
    const struct pxk_lab_port_opts *o = p->opts;
    char theirs[sizeof((struct sockaddr_un *)NULL)->sun_path + PXK_SCN_NAME_MAX];
    int here = lab_go(lab->room);
    if (here < 0)
        return lab_fail(PXK_E_PERM, why, cap, "the switch room");
    enum pxk_err err = links_add(lab, p);
    if (err != PXK_OK)
        (void)lab_fail(err, why, cap, "the links of port %s", o->name);
    if (err == PXK_OK && p->cable) {
        const char *qemu = o->qemu ? pxk_fmt(theirs, sizeof theirs, "%s/%s.qemu", lab->work, o->name) : NULL;
        unsigned mtu = p->mtu > p->segment->mtu ? p->mtu : p->segment->mtu;
        err = lab_cable_start(lab, p->port, o->cable ? o->cable : &plain, qemu, mtu, why, cap);
    }
    lab_back(here);
    return err;
}

static enum pxk_err ours_name(struct pxk_lab *lab, struct lab_port *port, char *why, size_t cap)
{
    if (asprintf(&port->ours, "%s/%s.ours", lab->work, port->name) < 0) {
        port->ours = NULL;
        return lab_fail(PXK_E_NOMEM, why, cap, "port %s", port->name);
    }
    if (strlen(port->ours) < sizeof((struct sockaddr_un *)NULL)->sun_path)
        return PXK_OK;
    return lab_fail(PXK_E_SPACE, why, cap, "port %s: the path %s is too long for a socket", port->name, port->ours);
}

static enum pxk_err port_check(struct pxk_lab *lab, const struct pxk_lab_port_opts *o, char *why, size_t cap)
{
    if (lab_port_find(lab, o->name))
        return lab_fail(PXK_E_EXISTS, why, cap, "port %s", o->name);
    if (!lab_segment_find(lab, o->segment))
        return lab_fail(PXK_E_NOTFOUND, why, cap, "port %s: segment %s", o->name, o->segment);
    if (strlen(o->name) > PXK_SCN_NAME_MAX || (!o->qemu && strlen(o->iface) >= IFNAMSIZ))
        return lab_fail(PXK_E_RANGE, why, cap, "port %s: a name is too long", o->name);
    return PXK_OK;
}

enum pxk_err pxk_lab_port_add(struct pxk_lab *lab, const struct pxk_lab_port_opts *opts, char *why, size_t cap)
{
    struct plan p = {.opts = opts, .mtu = opts->mtu ? opts->mtu : 1500, .cable = opts->cable || opts->qemu};
    enum pxk_err err = port_check(lab, opts, why, cap);
    if (err == PXK_OK && !opts->qemu)
        err = lab_host_need(lab, opts->host, &p.host, why, cap);
    if (err != PXK_OK)
        return err;
    p.segment = lab_segment_find(lab, opts->segment);
    p.port = pxk_vec_push(&lab->ports); /* kept even if it fails: pxk_lab_free() clears up what there is of it */
    if (!p.port)
        return lab_fail(PXK_E_NOMEM, why, cap, "port %s", opts->name);
    p.port->control = -1;
    (void)pxk_str_copy(p.port->name, sizeof p.port->name, opts->name);
    if (opts->qemu)
        err = ours_name(lab, p.port, why, cap);
    else {
        (void)pxk_str_copy(p.port->host, sizeof p.port->host, opts->host);
        (void)pxk_str_copy(p.port->iface, sizeof p.port->iface, opts->iface);
    }
    return err == PXK_OK ? port_make(lab, &p, why, cap) : err;
}
