/* Clients and server hosts as stations. */
#include <stdlib.h>

#include "vnet.h"

struct machine {
    struct pxk_vnet *net;
    size_t station;
    struct pxk_client *client; /* or */
    struct pxk_vhost *host;
};

static void on_client_send(void *ctx, const uint8_t *frame, size_t len)
{
    struct machine *m = ctx;
    pxk_vnet_send(m->net, m->station, frame, len, 0);
}

static void on_host_send(void *ctx, const uint8_t *frame, size_t len, pxk_usec after)
{
    struct machine *m = ctx;
    pxk_vnet_send(m->net, m->station, frame, len, after);
}

static void client_hear(void *ctx, const uint8_t *frame, size_t len, pxk_usec now)
{
    struct machine *m = ctx;
    pxk_client_input(m->client, frame, len, now);
}

static pxk_usec client_deadline(const void *ctx)
{
    const struct machine *m = ctx;
    return pxk_client_deadline(m->client);
}

static void client_expire(void *ctx, pxk_usec now)
{
    struct machine *m = ctx;
    pxk_client_expire(m->client, now);
}

static void host_hear(void *ctx, const uint8_t *frame, size_t len, pxk_usec now)
{
    struct machine *m = ctx;
    pxk_vhost_input(m->host, frame, len, now);
}

static pxk_usec host_deadline(const void *ctx)
{
    const struct machine *m = ctx;
    return pxk_vhost_deadline(m->host);
}

static void host_expire(void *ctx, pxk_usec now)
{
    struct machine *m = ctx;
    pxk_vhost_expire(m->host, now);
}

static void machine_free(void *ctx)
{
    struct machine *m = ctx;
    pxk_client_free(m->client);
    pxk_vhost_free(m->host);
    free(m);
}

enum pxk_err pxk_vnet_client_add(struct pxk_vnet *net, size_t port, const struct pxk_client_opts *opts,
                                 const struct pxk_client_io *io, struct pxk_tracker *tracker, struct pxk_client **out,
                                 size_t *station)
{
    struct machine *m = calloc(1, sizeof *m);
    struct pxk_client_io whole = *io;
    if (!m)
        return PXK_E_NOMEM;
    m->net = net;
    whole.wire = (struct pxk_wire_out){on_client_send, m};
    enum pxk_err err = pxk_client_new(opts, &whole, tracker, pxk_vnet_now(net), &m->client);
    if (err == PXK_OK) {
        const struct pxk_vnet_station s = {.mac = opts->mac, .client = true, .hear = client_hear, .deadline = client_deadline,
                                           .expire = client_expire, .free = machine_free, .ctx = m};
        err = pxk_vnet_station_add(net, port, &s, &m->station);
    }
    if (err != PXK_OK)
        return machine_free(m), err;
    *out = m->client;
    *station = m->station;
    return PXK_OK;
}

enum pxk_err pxk_vnet_host_add(struct pxk_vnet *net, size_t port, pxk_ip4 ip, const struct pxk_mac *mac,
                               const struct pxk_vhost_io *io, struct pxk_vhost **out, size_t *station)
{
    struct machine *m = calloc(1, sizeof *m);
    struct pxk_vhost_io whole = *io;
    if (!m)
        return PXK_E_NOMEM;
    m->net = net;
    whole.send = on_host_send;
    whole.send_ctx = m;
    enum pxk_err err = pxk_vhost_new(ip, mac, &whole, &m->host);
    if (err == PXK_OK) {
        const struct pxk_vnet_station s = {.mac = *mac, .hear = host_hear, .deadline = host_deadline, .expire = host_expire,
                                           .free = machine_free, .ctx = m};
        err = pxk_vnet_station_add(net, port, &s, &m->station);
    }
    if (err != PXK_OK)
        return machine_free(m), err;
    *out = m->host;
    *station = m->station;
    return PXK_OK;
}
