#include "vnet.h"

#include <stdlib.h>
#include <string.h>

#include "hear.h"

/* A frame that waits: to leave its station, or inside the switch. */
struct waiting {
    struct waiting *next;
    pxk_usec at;
    size_t port;    /* where it came from */
    size_t station; /* whose it is; only as long as it is not: */
    bool inside;    /* the switch */
    size_t len;
    uint8_t data[PXK_FRAME_MAX + 8]; /* a cable may add two tags */
};

struct port {
    struct pxk_cable *cable; /* NULL: none */
    unsigned segment;
    struct pxk_ear *ear;     /* of its clients; NULL: it has none */
    PXK_VEC(struct pxk_mac) client;
};

struct station {
    struct pxk_vnet_station is;
    size_t port;
    bool asleep;
};

struct pxk_vnet {
    struct pxk_vnet_opts opts;
    PXK_VEC(struct port) ports;
    PXK_VEC(struct station) stations;
    struct pxk_ear *ears; /* of the ports */
    struct waiting *first, *last, *spare; /* by time, then by order of entry */
    size_t waiting;
    pxk_usec now;
    uint64_t frames;
    unsigned still;
    const char *failed;
};

enum pxk_err pxk_vnet_new(const struct pxk_vnet_opts *opts, struct pxk_vnet **out)
{
    struct pxk_vnet *net = calloc(1, sizeof *net);
    if (!net)
        return PXK_E_NOMEM;
    net->opts = *opts;
    net->now = opts->start;
    *out = net;
    return PXK_OK;
}

static void list_free(struct waiting *w)
{
    for (struct waiting *next; w; w = next) {
        next = w->next;
        free(w);
    }
}

struct pxk_vnet *pxk_vnet_free(struct pxk_vnet *net)
{
    if (!net)
        return NULL;
    for (size_t i = 0; i < net->stations.n; i++)
        if (net->stations.at[i].is.free)
            net->stations.at[i].is.free(net->stations.at[i].is.ctx);
    for (size_t i = 0; i < net->ports.n; i++) {
        pxk_cable_free(net->ports.at[i].cable);
        pxk_vec_done(&net->ports.at[i].client);
        free(net->ports.at[i].ear);
    }
    list_free(net->first);
    list_free(net->spare);
    pxk_vec_done(&net->stations);
    pxk_vec_done(&net->ports);
    free(net);
    return NULL;
}

enum pxk_err pxk_vnet_port_add(struct pxk_vnet *net, unsigned segment, const struct pxk_cable_opts *cable, size_t *port)
{
    struct pxk_cable *c = NULL;
    enum pxk_err err = cable ? pxk_cable_new(cable, net->now, &c) : PXK_OK;
    struct port *p = err == PXK_OK ? pxk_vec_push(&net->ports) : NULL;
    if (!p) {
        pxk_cable_free(c);
        return err != PXK_OK ? err : PXK_E_NOMEM;
    }
    p->cable = c;
    p->segment = segment;
    *port = net->ports.n - 1;
    return PXK_OK;
}

struct pxk_cable *pxk_vnet_cable(const struct pxk_vnet *net, size_t port)
{
    return net->ports.at[port].cable;
}

/* What its port hears is watched from now on. */
static bool client_note(struct pxk_vnet *net, struct port *p, const struct pxk_mac *mac)
{
    struct pxk_mac *slot = pxk_vec_push(&p->client);
    if (!slot)
        return false;
    *slot = *mac;
    if (!p->ear) {
        p->ear = calloc(1, sizeof *p->ear);
        if (!p->ear)
            return false;
        p->ear->segment = p->segment;
        pxk_ear_add(&net->ears, p->ear);
    }
    p->ear->mac = p->client.at;
    p->ear->mac_n = p->client.n;
    return true;
}

enum pxk_err pxk_vnet_station_add(struct pxk_vnet *net, size_t port, const struct pxk_vnet_station *s, size_t *station)
{
    if (s->client && !client_note(net, &net->ports.at[port], &s->mac))
        return PXK_E_NOMEM;
    struct station *new = pxk_vec_push(&net->stations);
    if (!new)
        return PXK_E_NOMEM;
    new->is = *s;
    new->port = port;
    *station = net->stations.n - 1;
    return PXK_OK;
}

void pxk_vnet_sleep(struct pxk_vnet *net, size_t station, bool asleep)
{
    net->stations.at[station].asleep = asleep;
}

/* ---- frames that wait ---- */

static struct waiting *waiting_new(struct pxk_vnet *net)
{
    struct waiting *w = net->spare;
    if (w)
        net->spare = w->next;
    else if (net->waiting < PXK_VNET_WAITING_MAX)
        w = malloc(sizeof *w);
    if (w)
        net->waiting++;
    else
        net->failed = net->waiting < PXK_VNET_WAITING_MAX ? pxk_err_text(PXK_E_NOMEM)
                                                          : "more frames are on their way than the network has memory for";
    return w;
}

static void queue(struct pxk_vnet *net, const struct waiting *what, const uint8_t *data)
{
    struct waiting *w = waiting_new(net), **at = &net->first;
    if (!w)
        return;
    w->at = what->at;
    w->port = what->port;
    w->station = what->station;
    w->inside = what->inside;
    w->len = what->len;
    memcpy(w->data, data, w->len);
    if (net->last && net->last->at <= w->at)
        at = &net->last->next; /* nearly always: all wait equally long */
    while (*at && (*at)->at <= w->at)
        at = &(*at)->next;
    w->next = *at;
    *at = w;
    if (!w->next)
        net->last = w;
}

static struct waiting *waiting_take(struct pxk_vnet *net)
{
    struct waiting *w = net->first;
    net->first = w->next;
    if (!net->first)
        net->last = NULL;
    net->waiting--;
    return w;
}

static void waiting_spare(struct pxk_vnet *net, struct waiting *w)
{
    w->next = net->spare;
    net->spare = w;
}

void pxk_vnet_recall(struct pxk_vnet *net, size_t station)
{
    net->last = NULL;
    for (struct waiting **at = &net->first, *w; (w = *at) != NULL;) {
        if (w->inside || w->station != station) {
            net->last = w;
            at = &w->next;
            continue;
        }
        *at = w->next;
        net->waiting--;
        waiting_spare(net, w);
    }
}

/* ---- to the stations of a port ---- */

static const struct station *station_of(const struct pxk_vnet *net, const uint8_t mac[static 6])
{
    for (size_t i = 0; i < net->stations.n; i++)
        if (memcmp(net->stations.at[i].is.mac.b, mac, 6) == 0)
            return &net->stations.at[i];
    return NULL;
}

static void hear(struct pxk_vnet *net, size_t port, const uint8_t *data, size_t len)
{
    net->frames++;
    for (size_t i = 0; i < net->stations.n; i++) {
        const struct station *s = &net->stations.at[i];
        if (s->port == port && memcmp(data + 6, s->is.mac.b, 6) != 0 &&
            ((data[0] & 1) || memcmp(data, s->is.mac.b, 6) == 0))
            s->is.hear(s->is.ctx, data, len, net->now);
    }
}

static void arrive(struct pxk_vnet *net, size_t port, const uint8_t *data, size_t len)
{
    struct pxk_ear *ear = net->ports.at[port].ear;
    if (net->opts.watch && ear && pxk_ear_tells(net->ears, ear, data, len))
        net->opts.watch(net->opts.ctx, data, len, net->now);
    hear(net, port, data, len);
}

/* ---- the switch ---- */

/* It knows where everybody is. Stations of one port share a wire: they hear each other without it. */
static void forward(struct pxk_vnet *net, size_t from, const uint8_t *data, size_t len)
{
    const struct station *to = data[0] & 1 ? NULL : station_of(net, data);
    for (size_t i = 0; i < net->ports.n; i++) {
        struct port *p = &net->ports.at[i];
        if (p->segment != net->ports.at[from].segment || (to && to->port != i))
            continue;
        if (i == from)
            hear(net, i, data, len);
        else if (p->cable)
            pxk_cable_input(p->cable, PXK_CABLE_B, data, len, net->now);
        else
            arrive(net, i, data, len);
    }
}

static void enter_switch(struct pxk_vnet *net, size_t port, const uint8_t *data, size_t len)
{
    struct waiting w = {.at = net->now + net->opts.forward, .port = port, .inside = true, .len = len};
    if (len > sizeof w.data)
        net->failed = "a frame is longer than the switch takes";
    else
        queue(net, &w, data);
}

static void leave(struct pxk_vnet *net, size_t port, const uint8_t *data, size_t len)
{
    struct pxk_cable *cable = net->ports.at[port].cable;
    if (cable)
        pxk_cable_input(cable, PXK_CABLE_A, data, len, net->now);
    else
        enter_switch(net, port, data, len);
}

void pxk_vnet_send(struct pxk_vnet *net, size_t station, const uint8_t *frame, size_t len, pxk_usec after)
{
    size_t port = net->stations.at[station].port;
    struct waiting w = {.at = net->now + after, .port = port, .station = station, .len = len};
    if (len < PXK_ETH_HEADER || len > PXK_FRAME_MAX) {
        net->failed = "a frame is shorter or longer than Ethernet's";
        return;
    }
    net->frames++;
    if (net->opts.watch && net->stations.at[station].is.client)
        net->opts.watch(net->opts.ctx, frame, len, net->now);
    if (net->opts.leaves && !net->opts.leaves(net->opts.ctx, station, frame, len))
        return;
    if (after)
        queue(net, &w, frame);
    else
        leave(net, port, frame, len);
}

/* ---- time ---- */

pxk_usec pxk_vnet_now(const struct pxk_vnet *net)
{
    return net->now;
}

pxk_usec pxk_vnet_frames_due(const struct pxk_vnet *net)
{
    pxk_usec at = net->first ? net->first->at : PXK_NEVER;
    for (size_t i = 0; i < net->ports.n; i++)
        if (net->ports.at[i].cable)
            at = pxk_usec_min(at, pxk_cable_deadline(net->ports.at[i].cable));
    return at;
}

pxk_usec pxk_vnet_machines_due(const struct pxk_vnet *net)
{
    pxk_usec at = PXK_NEVER;
    for (size_t i = 0; i < net->stations.n; i++)
        if (!net->stations.at[i].asleep)
            at = pxk_usec_min(at, net->stations.at[i].is.deadline(net->stations.at[i].is.ctx));
    return at;
}

void pxk_vnet_advance(struct pxk_vnet *net, pxk_usec at)
{
    net->still = at > net->now ? 0 : net->still + 1;
    if (net->still > PXK_VNET_STILL_MAX)
        net->failed = "time stands still: a machine does not come to rest";
    net->now = at > net->now ? at : net->now;
}

static void machines_expire(struct pxk_vnet *net)
{
    for (size_t i = 0; i < net->stations.n; i++) {
        struct station *s = &net->stations.at[i];
        if (!s->asleep && s->is.deadline(s->is.ctx) <= net->now)
            s->is.expire(s->is.ctx, net->now);
    }
}

/* What a cable has that is due. */
static bool cable_step(struct pxk_vnet *net, size_t port)
{
    struct pxk_cable *cable = net->ports.at[port].cable;
    struct pxk_cable_frame f;
    if (!cable || pxk_cable_deadline(cable) > net->now || !pxk_cable_next(cable, net->now, &f))
        return false;
    if (f.to == PXK_CABLE_A)
        arrive(net, port, f.data, f.len);
    else
        enter_switch(net, port, f.data, f.len);
    return true;
}

static void frame_move(struct pxk_vnet *net)
{
    if (!net->first || net->first->at > net->now) {
        for (size_t i = 0; i < net->ports.n && !cable_step(net, i); i++)
            ;
        return;
    }
    struct waiting *w = waiting_take(net);
    if (w->inside)
        forward(net, w->port, w->data, w->len);
    else
        leave(net, w->port, w->data, w->len);
    waiting_spare(net, w);
}

bool pxk_vnet_step_frame(struct pxk_vnet *net)
{
    pxk_usec at = pxk_vnet_frames_due(net);
    if (at == PXK_NEVER || net->failed)
        return false;
    pxk_vnet_advance(net, at);
    frame_move(net);
    return !net->failed;
}

bool pxk_vnet_step(struct pxk_vnet *net)
{
    pxk_usec frames = pxk_vnet_frames_due(net), machines = pxk_vnet_machines_due(net);
    if (frames <= machines)
        return pxk_vnet_step_frame(net);
    if (net->failed)
        return false;
    pxk_vnet_advance(net, machines);
    machines_expire(net);
    return !net->failed;
}

uint64_t pxk_vnet_frames(const struct pxk_vnet *net)
{
    return net->frames;
}

const char *pxk_vnet_failed(const struct pxk_vnet *net)
{
    return net->failed;
}
