/* The tracker: each frame to the part that understands it. */
#include "session_int.h"

#include <stdio.h>
#include <stdlib.h>

enum pxk_err pxk_tracker_new(const struct pxk_tracker_opts *opts, struct pxk_tracker **out)
{
    struct pxk_tracker *t = calloc(1, sizeof *t);
    if (!t)
        return PXK_E_NOMEM;
    if (opts)
        t->opts = *opts;
    t->listened = UINT64_MAX;
    if (!pxk_boxes_init(t) || !pxk_flows_init(t)) {
        pxk_tracker_free(t);
        return PXK_E_NOMEM;
    }
    *out = t;
    return PXK_OK;
}

struct pxk_tracker *pxk_tracker_free(struct pxk_tracker *t)
{
    if (!t)
        return NULL;
    pxk_boxes_done(t);
    pxk_texts_done(&t->texts);
    pxk_flows_done(t);
    pxk_tcp_done(t);
    free(t->reasm_memory);
    free(t);
    return NULL;
}

/* ---- frames ---- */

static bool is_dhcp(const struct pxk_frame *f)
{
    return f->dport == PXK_DHCP4_SERVER_PORT || f->dport == PXK_DHCP4_CLIENT_PORT ||
           f->dport == PXK_PXE_PORT;
}

static void track_udp(struct pxk_tracker *t, const struct pxk_frame *f)
{
    bool ip6 = f->l3 == PXK_L3_IP6;
    if (ip6 && (f->dport == PXK_DHCP6_SERVER_PORT || f->dport == PXK_DHCP6_CLIENT_PORT))
        pxk_track_dhcp6(t, f);
    else if (!ip6 && is_dhcp(f))
        pxk_track_dhcp(t, f);
    else if (pxk_is_mount_port(f->dport))
        pxk_track_mount(t, f);
    else if (f->sport == PXK_DNS_PORT || f->dport == PXK_DNS_PORT)
        pxk_track_dns(t, f);
    else
        pxk_track_tftp(t, f);
}

/* A fragment: has it completed its packet? */
static bool whole(struct pxk_tracker *t, struct pxk_frame *f)
{
    if (!t->reasm_memory) {
        t->reasm_memory = malloc((size_t)PXK_REASM_SLOTS * 65535);
        if (!t->reasm_memory)
            return false;
        pxk_reasm_init(&t->reasm, t->reasm_memory);
    }
    return pxk_reasm_input(&t->reasm, f, t->now);
}

static void track_ip(struct pxk_tracker *t, struct pxk_frame *f)
{
    if (f->l4 == PXK_L4_FRAGMENT && !whole(t, f))
        return;
    switch (f->l4) {
    case PXK_L4_UDP:
        track_udp(t, f);
        break;
    case PXK_L4_ICMP:
    case PXK_L4_ICMP6:
        pxk_track_ra(t, f);
        pxk_track_icmp(t, f);
        break;
    case PXK_L4_TCP:
        pxk_track_tcp(t, f);
        break;
    case PXK_L4_NONE:
    case PXK_L4_FRAGMENT:
    case PXK_L4_OTHER:
        break;
    }
}

static void track_frame(struct pxk_tracker *t)
{
    struct pxk_frame *f = &t->frame;
    switch (f->l3) {
    case PXK_L3_ARP:
        pxk_track_arp(t, f);
        break;
    case PXK_L3_IP4:
    case PXK_L3_IP6:
        track_ip(t, f);
        break;
    case PXK_L3_OTHER:
    case PXK_L3_LLC:
    case PXK_L3_NONE:
        break;
    }
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
    pxk_track_port(t, f);
    track_frame(t);
    pxk_boxes_trim(t);
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

void pxk_tracker_listen(struct pxk_tracker *t, uint64_t kinds)
{
    t->listened = kinds;
}

void pxk_tracker_tick(struct pxk_tracker *t, pxk_usec now)
{
    if (now > t->now)
        t->now = now;
    pxk_boxes_trim(t);
}

uint64_t pxk_tracker_retired(const struct pxk_tracker *t)
{
    return t->retired;
}

size_t pxk_tracker_memory(const struct pxk_tracker *t)
{
    return t->bytes + t->texts.bytes;
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
