/* The tracker: sessions by MAC, and each frame to the part that understands it. */
#include "session_int.h"

#include <stdio.h>
#include <stdlib.h>

enum { CLIENTS_DEFAULT = 1024, CLIENTS_LIMIT = 1 << 20 };

enum pxk_err pxk_tracker_new(const struct pxk_tracker_opts *opts, struct pxk_tracker **out)
{
    struct pxk_tracker *t = calloc(1, sizeof *t);
    if (!t)
        return PXK_E_NOMEM;
    if (opts)
        t->opts = *opts;
    t->box_max = t->opts.clients_max ? t->opts.clients_max : CLIENTS_DEFAULT;
    if (t->box_max > CLIENTS_LIMIT)
        t->box_max = CLIENTS_LIMIT;
    t->box = calloc(t->box_max, sizeof *t->box);
    if (!t->box || !pxk_table_init(&t->by_mac, t->box_max, false) ||
        !pxk_table_init(&t->by_ip, t->box_max * 2, true) || !pxk_flows_init(t)) {
        pxk_tracker_free(t);
        return PXK_E_NOMEM;
    }
    *out = t;
    return PXK_OK;
}

static void box_free(struct box *b)
{
    pxk_session_done(&b->s);
    free(b);
}

struct pxk_tracker *pxk_tracker_free(struct pxk_tracker *t)
{
    if (!t)
        return NULL;
    for (size_t i = 0; i < t->box_n; i++)
        box_free(t->box[i]);
    free(t->box);
    pxk_table_done(&t->by_mac);
    pxk_table_done(&t->by_ip);
    pxk_flows_done(t);
    free(t->reasm_memory);
    free(t);
    return NULL;
}

/* ---- sessions ---- */

struct box *pxk_box_by_mac(const struct pxk_tracker *t, const struct pxk_mac *mac)
{
    return pxk_table_get(&t->by_mac, pxk_key_mac(mac));
}

struct box *pxk_box_by_ip(const struct pxk_tracker *t, pxk_ip4 ip)
{
    return ip ? pxk_table_get(&t->by_ip, pxk_key_ip(ip)) : NULL;
}

static void turn_away(struct pxk_tracker *t, const struct pxk_mac *mac)
{
    uint64_t key = pxk_key_mac(mac);
    uint64_t *seen = &t->stranger[pxk_mix(key) % PXK_COUNT(t->stranger)];
    if (*seen != key && t->untracked < UINT32_MAX)
        t->untracked++;
    *seen = key;
}

struct box *pxk_box_for(struct pxk_tracker *t, const struct pxk_mac *mac)
{
    struct box *b = pxk_box_by_mac(t, mac);
    if (b || pxk_mac_is_zero(mac) || pxk_mac_is_multicast(mac))
        return b;
    b = t->box_n < t->box_max ? calloc(1, sizeof *b) : NULL;
    if (!b || !pxk_table_put(&t->by_mac, pxk_key_mac(mac), b)) {
        free(b);
        turn_away(t, mac);
        return NULL;
    }
    b->s.mac = *mac;
    b->s.arch = PXK_ARCH_UNSET;
    b->s.started = b->s.last = t->now;
    b->s.first_frame = b->s.last_frame = t->number;
    b->s.vlan = t->frame.vlan[0];
    b->s.now = &t->now;
    t->box[t->box_n++] = b;
    pxk_event_client_new(t, b);
    return b;
}

struct box *pxk_box_of_sender(const struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct box *by_mac = pxk_box_by_mac(t, &f->src);
    if (by_mac && by_mac->s.ip == f->ip.src)
        return by_mac;
    struct box *by_ip = pxk_box_by_ip(t, f->ip.src);
    return by_ip ? by_ip : by_mac;
}

void pxk_box_address(struct pxk_tracker *t, struct box *b, pxk_ip4 ip)
{
    b->s.ip = ip;
    (void)pxk_table_put(&t->by_ip, pxk_key_ip(ip), b); /* replaces when full: cannot fail */
}

void pxk_box_touch(const struct pxk_tracker *t, struct box *b)
{
    b->s.last = t->now;
    if (!t->number)
        return;
    if (!b->s.vlan)
        b->s.vlan = t->frame.vlan[0];
    b->s.last_frame = t->number;
    if (!b->s.first_frame)
        b->s.first_frame = t->number;
}

/* ---- frames ---- */

static bool is_dhcp(const struct pxk_frame *f)
{
    return f->dport == PXK_DHCP4_SERVER_PORT || f->dport == PXK_DHCP4_CLIENT_PORT ||
           f->dport == PXK_PXE_PORT;
}

static void track_ip4(struct pxk_tracker *t, struct pxk_frame *f)
{
    if (f->l4 == PXK_L4_FRAGMENT) {
        if (!t->reasm_memory) {
            t->reasm_memory = malloc((size_t)PXK_REASM_SLOTS * 65535);
            if (!t->reasm_memory)
                return;
            pxk_reasm_init(&t->reasm, t->reasm_memory);
        }
        if (!pxk_reasm_input(&t->reasm, f, t->now))
            return;
    }
    switch (f->l4) {
    case PXK_L4_UDP:
        if (is_dhcp(f))
            pxk_track_dhcp(t, f);
        else
            pxk_track_tftp(t, f);
        break;
    case PXK_L4_ICMP:
        pxk_track_icmp(t, f);
        break;
    case PXK_L4_TCP:
        pxk_track_tcp(t, f);
        break;
    case PXK_L4_NONE:
    case PXK_L4_FRAGMENT:
    case PXK_L4_ICMP6:
    case PXK_L4_OTHER:
        break;
    }
}

/* All that is followed of DHCPv6 (RFC 8415): a known client has begun to solicit, so its firmware has
 * given IPv4 up or tries both. */
static void track_ip6(struct pxk_tracker *t, const struct pxk_frame *f)
{
    enum { SOLICIT = 1, SERVER_PORT = 547 };
    struct box *b = pxk_box_by_mac(t, &f->src);
    if (!b || f->l4 != PXK_L4_UDP || f->dport != SERVER_PORT || !f->payload_len || f->payload[0] != SOLICIT)
        return;
    b->s.solicits6 = true;
    b->s.solicit6_at = t->now;
    pxk_box_touch(t, b);
}

void pxk_tracker_frame(struct pxk_tracker *t, const void *data, size_t len, size_t wire, pxk_usec at,
                       uint32_t number)
{
    struct pxk_frame *f = &t->frame;
    t->frames++;
    t->now = at;
    t->number = number;
    t->frame_wire = wire;
    if (pxk_frame_decode_deep(data, len, wire, f) != PXK_OK)
        return;
    switch (f->l3) {
    case PXK_L3_ARP:
        pxk_track_arp(t, f);
        break;
    case PXK_L3_IP4:
        track_ip4(t, f);
        break;
    case PXK_L3_IP6:
        track_ip6(t, f);
        break;
    case PXK_L3_OTHER:
    case PXK_L3_LLC:
    case PXK_L3_NONE:
        break;
    }
}

struct pxk_session *pxk_tracker_client(struct pxk_tracker *t, const struct pxk_mac *mac, pxk_usec at)
{
    struct box *b = pxk_box_by_mac(t, mac);
    if (b)
        return &b->s;
    t->now = at;
    t->number = 0;
    t->frame = (struct pxk_frame){0};
    b = pxk_box_for(t, mac);
    return b ? &b->s : NULL;
}

void pxk_tracker_fact(struct pxk_tracker *t, struct pxk_session *s, pxk_usec at, const char *fmt, ...)
{
    t->now = at;
    t->number = 0;
    s->last = at;
    struct pxk_event *e = pxk_event_open(t, PXK_EVENT_FACT, (struct box *)s, false);
    if (!e)
        return;
    va_list ap;
    va_start(ap, fmt);
    if (vsnprintf(e->text, sizeof e->text, fmt, ap) < 0)
        e->text[0] = '\0';
    va_end(ap);
    pxk_event_send(t, e);
}

size_t pxk_tracker_count(const struct pxk_tracker *t)
{
    return t->box_n;
}

struct pxk_session *pxk_tracker_session(const struct pxk_tracker *t, size_t i)
{
    return i < t->box_n ? &t->box[i]->s : NULL;
}

size_t pxk_tracker_servers(const struct pxk_tracker *t, const struct pxk_seen_server **out)
{
    *out = t->server;
    return t->server_n;
}

uint64_t pxk_tracker_frames(const struct pxk_tracker *t)
{
    return t->frames;
}

unsigned pxk_tracker_untracked(const struct pxk_tracker *t)
{
    return t->untracked;
}

pxk_usec pxk_tracker_now(const struct pxk_tracker *t)
{
    return t->now;
}
