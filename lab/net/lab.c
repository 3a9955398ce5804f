/* The lab itself: its switch room, segments, and the way between namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pxk/io.h"
#include "pxk/netns.h"

#include "lab_int.h"

#define BRIDGE_PREFIX "pxs"
#define LINK_PREFIX   "pxp"

enum pxk_err lab_fail(enum pxk_err err, char *why, size_t cap, const char *fmt, ...)
{
    char what[LAB_WHY];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    pxk_fmt(why, cap, "%s: %s", what, pxk_err_text(err));
    return err;
}

int lab_go(int netns)
{
    int here = pxk_netns_open();
    if (here >= 0 && pxk_netns_enter(netns) == PXK_OK)
        return here;
    if (here >= 0)
        close(here);
    return -1;
}

void lab_back(int netns)
{
    if (pxk_netns_enter(netns) != PXK_OK)
        abort(); /* we came from there; to go on in another network would be harm */
    close(netns);
}

/* The room's settings are changed and bridges put up in it: never in a machine's own network. One that was made for us
 * has nothing that is up but the loopback and what another lab left. */
static bool network_is_private(char *why, size_t cap)
{
    struct pxk_iface all[PXK_IFACES_MAX];
    size_t n = pxk_ifaces(all, PXK_IFACES_MAX);
    for (size_t i = 0; i < n && i < PXK_IFACES_MAX; i++)
        if (all[i].admin_up && !all[i].loopback && !pxk_str_starts(all[i].name, BRIDGE_PREFIX) &&
            !pxk_str_starts(all[i].name, LINK_PREFIX)) {
            pxk_fmt(why, cap, "the lab is not built here: this network is in use (%s is up), it needs a private one", all[i].name);
            return false;
        }
    return true;
}

/* No IPv6: its solicitations are chatter. Datagrams for QEMU queue up to this number. Settings that this kernel does not
 * have are not missed. */
static void room_quieten(void)
{
    pxk_sysctl_set("net/ipv6/conf/all/disable_ipv6", "1");
    pxk_sysctl_set("net/ipv6/conf/default/disable_ipv6", "1");
    pxk_sysctl_set("net/unix/max_dgram_qlen", "512");
}

enum pxk_err pxk_lab_new(const char *work, struct pxk_lab **out, char *why, size_t cap)
{
    if (!network_is_private(why, cap))
        return PXK_E_USAGE;
    struct pxk_lab *lab = calloc(1, sizeof *lab);
    if (!lab)
        return lab_fail(PXK_E_NOMEM, why, cap, "the lab");
    lab->owner = getpid();
    lab->room = pxk_netns_open();
    lab->work = strdup(work);
    if (lab->room < 0 || !lab->work || access(work, W_OK | X_OK) != 0) {
        pxk_fmt(why, cap, "the lab cannot work in %s: %s", work, strerror(errno));
        pxk_lab_free(lab);
        return PXK_E_IO;
    }
    room_quieten();
    struct pxk_link_setup up = {0};
    enum pxk_err err = pxk_link_setup("lo", &up);
    if (err != PXK_OK) {
        pxk_lab_free(lab);
        return lab_fail(err, why, cap, "the switch room's loopback");
    }
    *out = lab;
    return PXK_OK;
}

/* Bridges and links would outlive the lab in a process that goes on. */
static void links_delete(struct pxk_lab *lab)
{
    int here = lab_go(lab->room);
    if (here < 0)
        return;
    for (size_t i = 0; i < lab->ports.n; i++)
        for (size_t k = 0; k < PXK_COUNT(lab->ports.at[i].link); k++)
            if (*lab->ports.at[i].link[k])
                pxk_link_delete(lab->ports.at[i].link[k]); /* gone already is fine */
    for (size_t i = 0; i < lab->segments.n; i++)
        pxk_link_delete(lab->segments.at[i].bridge);
    lab_back(here);
}

struct pxk_lab *pxk_lab_free(struct pxk_lab *lab)
{
    if (!lab)
        return NULL;
    if (lab->owner == getpid()) {
        lab_children_end(lab);
        if (lab->room >= 0)
            links_delete(lab);
    }
    for (size_t i = 0; i < lab->ports.n; i++) {
        struct lab_port *p = &lab->ports.at[i];
        if (p->control >= 0)
            close(p->control);
        if (p->ours && lab->owner == getpid())
            (void)unlink(p->ours); /* the helper may have ended before it made one */
        free(p->ours);
    }
    for (size_t i = 0; i < lab->hosts.n; i++)
        close(lab->hosts.at[i].netns);
    if (lab->room >= 0)
        close(lab->room);
    pxk_vec_done(&lab->segments);
    pxk_vec_done(&lab->hosts);
    pxk_vec_done(&lab->ports);
    pxk_vec_done(&lab->children);
    free(lab->work);
    free(lab);
    return NULL;
}

const char *pxk_lab_work(const struct pxk_lab *lab)
{
    return lab->work;
}

#define FIND(list, wanted)                                                                                             \
    for (size_t i = 0; i < (list).n; i++)                                                                              \
        if (strcmp((list).at[i].name, wanted) == 0)                                                                    \
            return &(list).at[i];                                                                                      \
    return NULL

struct lab_segment *lab_segment_find(struct pxk_lab *lab, const char *name)
{
    FIND(lab->segments, name);
}

struct lab_host *lab_host_find(struct pxk_lab *lab, const char *name)
{
    FIND(lab->hosts, name);
}

struct lab_port *lab_port_find(struct pxk_lab *lab, const char *name)
{
    FIND(lab->ports, name);
}

const char *pxk_lab_segment_iface(const struct pxk_lab *lab, const char *name)
{
    for (size_t i = 0; i < lab->segments.n; i++)
        if (strcmp(lab->segments.at[i].name, name) == 0)
            return lab->segments.at[i].bridge;
    return NULL;
}

enum pxk_err pxk_lab_segment_add(struct pxk_lab *lab, const char *name, unsigned mtu, char *why, size_t cap)
{
    struct lab_segment s = {.mtu = mtu ? mtu : 1500};
    if (!pxk_str_copy(s.name, sizeof s.name, name))
        return lab_fail(PXK_E_RANGE, why, cap, "segment %s: the name", name);
    if (lab_segment_find(lab, name))
        return lab_fail(PXK_E_EXISTS, why, cap, "segment %s", name);
    int here = lab_go(lab->room);
    if (here < 0)
        return lab_fail(PXK_E_PERM, why, cap, "the switch room");
    pxk_fmt(s.bridge, sizeof s.bridge, BRIDGE_PREFIX "%u", ++lab->serial);
    enum pxk_err err = pxk_bridge_add(s.bridge, s.mtu);
    lab_back(here);
    if (err != PXK_OK)
        return lab_fail(err, why, cap, "the switch of segment %s", name);
    struct lab_segment *slot = pxk_vec_push(&lab->segments);
    if (!slot)
        return lab_fail(PXK_E_NOMEM, why, cap, "segment %s", name);
    *slot = s;
    return PXK_OK;
}

enum pxk_err pxk_lab_enter(struct pxk_lab *lab, const char *host)
{
    struct lab_host *h = host ? lab_host_find(lab, host) : NULL;
    if (host && !h)
        return PXK_E_NOTFOUND;
    return pxk_netns_enter(h ? h->netns : lab->room);
}
