/* What each request means for the lease table (RFC 2131 4.3), and which answer it gets. */
#include <stdlib.h>

#include "dhcpd_int.h"

void request_event(const struct request *q, enum pxk_dhcpd_event_kind kind, pxk_ip4 ip,
                   const char *file, const char *reason)
{
    const struct pxk_dhcpd_sink *sink = &q->d->sink;
    if (!sink->event)
        return;
    struct pxk_dhcpd_event e = {.kind = kind,
                                .type = q->m->type,
                                .mac = q->m->mac,
                                .ip = ip,
                                .relay = q->m->giaddr,
                                .lease_s = fault_lease_time(q),
                                .arch = q->arch,
                                .ipxe = q->ipxe,
                                .pxe = q->pxe || q->http,
                                .file = file,
                                .reason = reason};
    sink->event(sink->ctx, &e);
}

static bool ignore(const struct request *q, const char *reason)
{
    request_event(q, PXK_DHCPD_IGNORED, 0, NULL, reason);
    return false;
}

pxk_ip4 server_id(const struct request *q)
{
    size_t len = 0;
    const uint8_t *p = pxk_dhcp4_relay_sub(q->m, 11, &len);
    struct pxk_rd r = pxk_rd_init(p, p ? len : 0);
    return p && len == 4 && q->m->giaddr ? pxk_rd_u32(&r) : q->d->config.address;
}

static bool in_net(const struct request *q, pxk_ip4 ip)
{
    return (ip & q->d->config.mask) == q->d->config.net;
}

/* ---- addresses ---- */

/* The address this client should get: its own, the one it asks for, or the longest unused. */
static struct lease *lease_choose(const struct request *q, const char **why)
{
    struct leases *ls = &q->d->leases;
    struct lease *l = leases_by_key(ls, &q->key);
    if (l && l->state != LEASE_DECLINED)
        return l;
    if (l && l->reservation) {
        *why = "the reserved address was declined: somebody else uses it";
        return NULL;
    }
    l = leases_by_ip(ls, pxk_dhcp4_ip(q->m, PXK_OPT_REQUESTED_IP, 0));
    if (!l || l->kept || l->state != LEASE_FREE)
        l = leases_spare(ls);
    if (!l)
        *why = "no free address in the pool";
    return l;
}

static bool discover_input(const struct request *q)
{
    const char *why = NULL;
    struct lease *l = lease_choose(q, &why);
    if (!l) {
        request_event(q, PXK_DHCPD_NO_LEASE, 0, NULL, why);
        return false;
    }
    lease_take(&q->d->leases, l, &q->key);
    if (l->state !=
        LEASE_BOUND) /* a bound one stays bound: the client may be another stage of a boot */
        lease_move(&q->d->leases, l, LEASE_OFFERED, q->now + PXK_DHCPD_OFFER_TIME);
    return reply_lease(q, l, PXK_DHCP4_OFFER);
}

static void client_id_keep(const struct request *q, struct lease *l)
{
    const struct pxk_dhcp4_opt *id = &q->m->opt[PXK_OPT_CLIENT_ID];
    l->client_id_len = id->len <= sizeof l->client_id ? (uint8_t)id->len : 0;
    if (l->client_id_len)
        memcpy(l->client_id, id->data, l->client_id_len);
}

static bool lease_grant(const struct request *q, struct lease *l)
{
    lease_take(&q->d->leases, l, &q->key);
    client_id_keep(q, l);
    lease_move(&q->d->leases, l, LEASE_BOUND, q->now + fault_lease_time(q) * PXK_SEC);
    return reply_lease(q, l, PXK_DHCP4_ACK);
}

/* Why this client may not have that address; NULL if it may. */
static const char *refusal(const struct request *q, const struct lease *l)
{
    if (l->state == LEASE_DECLINED)
        return "the address is in use by somebody else";
    if (lease_is_of(l, &q->key))
        return NULL;
    if (l->kept)
        return l->reservation ? "the address is reserved for another client"
                              : "the address is not to be given out";
    if (l->state != LEASE_FREE)
        return "the address belongs to another client";
    const struct lease *own = leases_by_key(&q->d->leases, &q->key);
    return own && own->reservation ? "the client has another, reserved address" : NULL;
}

/* The client took one of several offers: ours, or another server's. */
static bool selecting_input(const struct request *q, pxk_ip4 server)
{
    struct leases *ls = &q->d->leases;
    struct lease *own = leases_by_key(ls, &q->key);
    if (server != server_id(q)) {
        if (own && own->state == LEASE_OFFERED)
            lease_move(ls, own, LEASE_FREE, 0);
        request_event(q, PXK_DHCPD_NOT_CHOSEN, server, NULL, "the client chose another server");
        return false;
    }
    pxk_ip4 asked = pxk_dhcp4_ip(q->m, PXK_OPT_REQUESTED_IP, q->m->ciaddr);
    if (!asked && own)
        asked = own->ip;
    if (!in_net(q, asked))
        return reply_nak(q, "the address is not of this network");
    struct lease *l = leases_by_ip(ls, asked);
    if (!l)
        return reply_nak(q, "the address is not in the pool");
    const char *why = refusal(q, l);
    return why ? reply_nak(q, why) : lease_grant(q, l);
}

/* A client that remembers an address (option 50), or uses one (ciaddr), without naming a server.
 * Without a lease file none outlives a restart of ours, so an address that is free is given to who
 * says it is his. */
static bool remembered_input(const struct request *q, pxk_ip4 asked)
{
    if (!in_net(q, asked))
        return reply_nak(q, "the address is not of this network");
    struct lease *l = leases_by_ip(&q->d->leases, asked);
    if (!l)
        return ignore(q, "asks for an address that is not ours to give");
    const char *why = refusal(q, l);
    return why ? reply_nak(q, why) : lease_grant(q, l);
}

static bool request_input(const struct request *q)
{
    pxk_ip4 server = pxk_dhcp4_ip(q->m, PXK_OPT_SERVER_ID, 0);
    if (server)
        return selecting_input(q, server);
    pxk_ip4 asked = q->m->ciaddr ? q->m->ciaddr : pxk_dhcp4_ip(q->m, PXK_OPT_REQUESTED_IP, 0);
    return asked ? remembered_input(q, asked) : ignore(q, "REQUEST without any address");
}

bool is_for_us(const struct request *q)
{
    pxk_ip4 server = pxk_dhcp4_ip(q->m, PXK_OPT_SERVER_ID, 0);
    return !server || server == server_id(q);
}

static bool decline_input(const struct request *q)
{
    struct lease *l = leases_by_ip(&q->d->leases, pxk_dhcp4_ip(q->m, PXK_OPT_REQUESTED_IP, 0));
    if (!is_for_us(q) || !l || !lease_is_of(l, &q->key) || l->state == LEASE_FREE)
        return ignore(q, "DECLINE of an address that is not this client's");
    lease_move(&q->d->leases, l, LEASE_DECLINED, q->now + PXK_DHCPD_DECLINE_TIME);
    request_event(q, PXK_DHCPD_DECLINED, l->ip, NULL, "the client found the address in use");
    return false;
}

static bool release_input(const struct request *q)
{
    struct lease *l = leases_by_ip(&q->d->leases, q->m->ciaddr);
    bool held = l && (l->state == LEASE_BOUND || l->state == LEASE_OFFERED);
    if (!is_for_us(q) || !held || !lease_is_of(l, &q->key))
        return ignore(q, "RELEASE of an address that is not this client's");
    lease_move(&q->d->leases, l, LEASE_FREE, 0);
    request_event(q, PXK_DHCPD_RELEASED, l->ip, NULL, NULL);
    return false;
}

/* ---- boot service ---- */

/* Sub-option 71 of option 43, NULL if there is none: four bytes, type and layer. */
static const uint8_t *boot_item(const struct request *q, uint8_t raw[static 4])
{
    const struct pxk_dhcp4_opt *o = &q->m->opt[PXK_OPT_VENDOR_SPECIFIC];
    struct pxk_pxe pxe;
    if (!q->pxe || !o->data)
        return NULL;
    pxk_pxe_decode(o->data, o->len, &pxe);
    if (!pxe.has_item)
        return NULL;
    struct pxk_wr w = pxk_wr_init(raw, 4);
    pxk_wr_u16(&w, pxe.item_type);
    pxk_wr_u16(&w, pxe.item_layer);
    return raw;
}

static bool boot_input(const struct request *q, const uint8_t *item)
{
    if (q->m->type != PXK_DHCP4_REQUEST && q->m->type != PXK_DHCP4_INFORM)
        return ignore(q, "neither REQUEST nor INFORM on the boot service's port");
    if (!q->pxe)
        return ignore(q, "a boot service request without option 60 PXEClient");
    if (fault_silences_boot(q))
        return false;
    if (!is_for_us(q))
        return ignore(q, "a boot service request for another server");
    if (item && (item[2] & 0x80))
        return ignore(q, "asks for boot credentials (BIS), which are not supported");
    const char *file = boot_file(q, leases_by_key(&q->d->leases, &q->key));
    return file ? reply_boot(q, file, item) : ignore(q, "no boot file for this architecture");
}

/* ---- the way in ---- */

static bool key_make(struct request *q)
{
    const struct pxk_dhcp4 *m = q->m;
    const struct pxk_dhcp4_opt *id = &m->opt[PXK_OPT_CLIENT_ID];
    if (m->hlen == 6) {
        q->key = client_key_of_mac(&m->mac);
        return true;
    }
    q->key = (struct client_key){.type = m->htype};
    if (m->hlen >= 1 &&
        m->hlen <= sizeof q->key.b) { /* EDK2 may send its GUID, hlen 16 (PxeBcDhcp4.c, Mode->SendGUID) */
        q->key.len = m->hlen;
        memcpy(q->key.b, m->chaddr, m->hlen);
    } else if (id->len) { /* InfiniBand: hlen 0; what tells clients apart stands at the end (RFC
                             4390) */
        size_t n = id->len < sizeof q->key.b ? id->len : sizeof q->key.b;
        q->key.len = (uint8_t)(128 + n); /* no hardware address is so long: the two never mix */
        memcpy(q->key.b, id->data + id->len - n, n);
    }
    return q->key.len != 0;
}

/* With a relay: is it in our subnet, by giaddr or by what it selects (RFC 3527)? Without one the client is on our own
 * segment, unless it has an address already and routes its unicast. */
static bool network_ok(const struct request *q)
{
    size_t len = 0;
    const uint8_t *p = pxk_dhcp4_relay_sub(q->m, 5, &len);
    struct pxk_rd r = pxk_rd_init(p, p ? len : 0);
    if (!q->m->giaddr)
        return in_net(q, q->d->config.address) || (q->m->ciaddr && in_net(q, q->m->ciaddr));
    return in_net(q, p && len == 4 ? pxk_rd_u32(&r) : q->m->giaddr);
}

static bool type_input(const struct request *q)
{
    bool done, answered = fault_lease(q, &done);
    if (done)
        return answered;
    switch (q->m->type) {
    case PXK_DHCP4_DISCOVER:
        return discover_input(q);
    case PXK_DHCP4_REQUEST:
        return request_input(q);
    case PXK_DHCP4_DECLINE:
        return decline_input(q);
    case PXK_DHCP4_RELEASE:
        return release_input(q);
    case PXK_DHCP4_INFORM:
        return reply_inform(q);
    case PXK_DHCP4_NONE:
        return ignore(q, "BOOTP without DHCP: not served");
    default: /* the type is the sender's byte, not our enum */
        return ignore(q, "a message that is not for servers");
    }
}

static bool request_route(struct request *q)
{
    uint8_t raw[4];
    boot_classify(q);
    fault_classify(q);
    if (q->m->op != 1)
        return ignore(q, "not a request (op is not 1)");
    if (!key_make(q))
        return ignore(q, "neither a hardware address nor a client id");
    if (!network_ok(q))
        return ignore(q, q->m->giaddr ? "relayed from a network that is not served here" : "not relayed, and our own network is not served");
    if (fault_silences(q))
        return false;
    const uint8_t *item = boot_item(q, raw);
    if (q->meta->local_port == PXK_PXE_PORT || (item && q->m->ciaddr))
        return boot_input(q, item);
    return type_input(q);
}

bool pxk_dhcpd_input(struct pxk_dhcpd *d, const struct pxk_dhcp4 *m,
                     const struct pxk_dhcpd_meta *meta, pxk_usec now, struct pxk_dhcpd_reply *out)
{
    struct request q = {.d = d, .m = m, .meta = meta, .now = now, .out = out};
    leases_expire(&d->leases, now);
    if (!request_route(&q))
        return false;
    fault_finish(&q);
    return true;
}

static bool config_ok(const struct pxk_dhcpd_config *c)
{
    return c->first <= c->last && c->last - c->first < PXK_DHCPD_POOL_MAX && c->lease_s &&
           (c->first & c->mask) == c->net && (c->last & c->mask) == c->net && c->dns_n <= 63 &&
           c->option_n <= PXK_DHCPD_OPTIONS_MAX && c->reservation_n <= PXK_DHCPD_POOL_MAX;
}

enum pxk_err pxk_dhcpd_new(const struct pxk_dhcpd_config *config, const struct pxk_dhcpd_sink *sink,
                           struct pxk_dhcpd **out)
{
    if (!config_ok(config))
        return PXK_E_RANGE;
    struct pxk_dhcpd *d = calloc(1, sizeof *d);
    if (!d)
        return PXK_E_NOMEM;
    d->config = *config;
    if (sink)
        d->sink = *sink;
    enum pxk_err err = leases_init(&d->leases, config);
    if (err != PXK_OK) {
        free(d);
        return err;
    }
    d->leases.changed = d->sink.lease ? lease_tell : NULL;
    d->leases.changed_ctx = d;
    *out = d;
    return PXK_OK;
}

struct pxk_dhcpd *pxk_dhcpd_free(struct pxk_dhcpd *d)
{
    if (d)
        leases_done(&d->leases);
    free(d);
    return NULL;
}

struct pxk_dhcpd_counts pxk_dhcpd_count(struct pxk_dhcpd *d, pxk_usec now)
{
    leases_expire(&d->leases, now);
    const struct leases *ls = &d->leases;
    return (struct pxk_dhcpd_counts){ls->queue[LEASE_FREE].n, ls->queue[LEASE_OFFERED].n,
                                     ls->queue[LEASE_BOUND].n, ls->queue[LEASE_DECLINED].n};
}
