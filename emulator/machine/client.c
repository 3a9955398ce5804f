#include "client_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void client_fact(struct pxk_client *c, pxk_usec now, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap); /* a cut fact is still a fact */
    va_end(ap);
    for (char *p = text; *p; p++) /* names from the network may be in it */
        if (*p < 0x20 || *p == 0x7f)
            *p = '?';
    /* Frames of this call carry the time at which they left. */
    pxk_usec last = pxk_tracker_now(c->tracker);
    pxk_tracker_fact(c->tracker, c->session, last > now ? last : now, "%s", text);
}

void client_quote(char *out, size_t cap, const char *text)
{
    struct pxk_str s = pxk_str_init(out, cap);
    pxk_str_add_quoted(&s, text, strlen(text));
}

bool client_wants_more(const struct pxk_client *c, enum pxk_milestone reached)
{
    return c->opts.until == PXK_MILESTONE_NONE || c->opts.until > reached;
}

/* ---- DHCP's side of the host ---- */

static void dhcp_send(void *ctx, pxk_ip4 dst, uint16_t sport, uint16_t dport, const void *payload, size_t len)
{
    struct pxk_client *c = ctx;
    pxk_host_send_udp(&c->host, dst, sport, dport, c->dhcpc.who->ttl, payload, len, c->now);
}

static void dhcp_bound(void *ctx, const struct pxk_lease *lease)
{
    struct pxk_client *c = ctx;
    pxk_host_set_address(&c->host, lease->ip, lease->netmask, lease->gateway);
    pxk_host_probe(&c->host);
    if (!c->opts.persona->efi)
        pxk_host_announce(&c->host); /* iPXE does; EDK2 does not */
}

void client_dhcp_start(struct pxk_client *c, const struct pxk_persona *who, pxk_usec now)
{
    struct pxk_dhcpc_io io = {.send = dhcp_send, .bound = dhcp_bound, .ctx = c};
    c->phase = PHASE_DHCP;
    pxk_dhcpc_init(&c->dhcpc, who, c->opts.arch, c->opts.pace, &c->opts.mac, &c->opts.uuid, &io,
                   c->opts.seed + c->ipxe_rounds);
    c->dhcpc.overrides = c->ipxe_rounds ? NULL : c->opts.overrides; /* a loaded iPXE speaks for itself */
    c->dhcpc.offer_only = !client_wants_more(c, PXK_MILESTONE_OFFER);
    pxk_dhcpc_start(&c->dhcpc, now);
}

enum pxk_err pxk_client_new(const struct pxk_client_opts *opts, const struct pxk_client_io *io,
                            struct pxk_tracker *tracker, pxk_usec now, struct pxk_client **out)
{
    struct pxk_client *c = calloc(1, sizeof *c);
    if (!c)
        return PXK_E_NOMEM;
    c->reasm_memory = malloc((size_t)PXK_REASM_SLOTS * 65535);
    c->session = pxk_tracker_client(tracker, &opts->mac, now);
    if (!c->reasm_memory || !c->session) {
        pxk_client_free(c);
        return PXK_E_NOMEM;
    }
    c->opts = *opts;
    c->io = *io;
    c->tracker = tracker;
    c->tftpc.state = PXK_TFTPC_DONE;
    struct pxk_rand rand = pxk_rand_init(opts->seed);
    /* EDK2 counts its ports up from a random start above 1024; iPXE takes any. */
    c->next_port = (uint16_t)(1024 + pxk_rand_below(&rand, opts->persona->efi ? 2048 : 40000));
    pxk_host_init(&c->host, &opts->mac, opts->vlan, io->wire, (uint16_t)pxk_rand_u32(&rand), c->reasm_memory);
    struct pxk_facts *f = &c->session->facts;
    f->emulated = true;
    f->until = opts->until;
    c->session->arch = opts->arch;
    (void)pxk_str_copy(f->persona, sizeof f->persona, opts->persona->key);
    (void)pxk_str_copy(f->name, sizeof f->name, opts->persona->name);
    *out = c;
    return PXK_OK;
}

struct pxk_client *pxk_client_free(struct pxk_client *c)
{
    if (!c)
        return NULL;
    pxk_loader_free(c->loader);
    content_done(&c->content);
    content_done(&c->image);
    free(c->reasm_memory);
    free(c);
    return NULL;
}

const struct pxk_mac *pxk_client_mac(const struct pxk_client *c)
{
    return &c->opts.mac;
}

pxk_ip4 pxk_client_ip(const struct pxk_client *c)
{
    return c->host.ip;
}

pxk_ip4 pxk_client_gateway(const struct pxk_client *c)
{
    return c->host.gateway;
}

pxk_ip4 pxk_client_netmask(const struct pxk_client *c)
{
    return c->host.netmask;
}

pxk_ip4 pxk_client_dns(const struct pxk_client *c)
{
    return c->dhcpc.lease.dns;
}

bool pxk_client_finished(const struct pxk_client *c)
{
    return c->phase == PHASE_DONE;
}

/* ---- the way through ---- */

void pxk_client_start(struct pxk_client *c, pxk_usec now)
{
    struct pxk_facts *f = &c->session->facts;
    c->now = now;
    f->link_known = true;
    f->link_up = !c->opts.unplugged;
    if (c->opts.unplugged) {
        client_fact(c, now, "no link: nothing can be sent");
        f->finished = true;
        c->phase = PHASE_DONE;
        return;
    }
    f->link_mtu = c->opts.link_mtu;
    client_fact(c, now, "link up, MTU %u; %s asks for an address", c->opts.link_mtu, c->opts.persona->name);
    client_dhcp_start(c, c->opts.persona, now);
}

void client_probe_path(struct pxk_client *c, pxk_usec now)
{
    pxk_ip4 target = c->dhcpc.boot_server ? c->dhcpc.boot_server : c->dhcpc.lease.server_id;
    if (c->opts.probe_path && c->prober.state == PROBER_IDLE && c->host.ip && target)
        pxk_prober_start(&c->prober, &c->host, target, c->opts.link_mtu, now);
}

static void prober_note(struct pxk_client *c)
{
    struct pxk_facts *f = &c->session->facts;
    if (c->prober.state == PROBER_IDLE)
        return;
    f->pinged = true;
    f->ping_ok = c->prober.answered;
    f->ping_ip = c->prober.target;
    f->ping_rtt = c->prober.rtt;
    f->path_mtu_known = c->prober.path_mtu != 0;
    f->path_mtu = c->prober.path_mtu;
}

static void taken_note(struct pxk_client *c)
{
    if (c->host.taken) {
        c->session->facts.address_taken = true;
        c->session->facts.taken_by = c->host.taken_by;
    }
}

static void finish(struct pxk_client *c, pxk_usec now)
{
    bool kept = c->opts.keep_lease || !c->host.ip;
    c->session->facts.finished = !c->stopped;
    c->phase = PHASE_DONE;
    client_fact(c, now, "end; %s", kept ? "no address to give back" : "the address is given back");
}

/* The firmware's own address, if iPXE, which it loaded, has got another one since or none at all. */
static bool release_first(struct pxk_client *c)
{
    const struct pxk_lease *first = &c->first_dhcpc.lease;
    if (c->opts.keep_lease || !first->ip)
        return false;
    if (c->host.ip == first->ip) {
        c->first_dhcpc.lease.ip = 0;
        return false;
    }
    pxk_host_set_address(&c->host, first->ip, first->netmask, first->gateway);
    pxk_dhcpc_release(&c->first_dhcpc);
    c->first_dhcpc.lease.ip = 0;
    return true;
}

/* A RELEASE that waits for ARP is waited for: else a server that was only ever broadcast to keeps the lease. */
static void leave_on(struct pxk_client *c, pxk_usec now)
{
    while (!pxk_host_pending(&c->host))
        if (!release_first(c)) {
            finish(c, now);
            return;
        }
}

static void leave(struct pxk_client *c, pxk_usec now)
{
    prober_note(c);
    taken_note(c);
    c->phase = PHASE_LEAVING;
    if (!c->opts.keep_lease && c->dhcpc.lease.ip && c->host.ip)
        pxk_dhcpc_release(&c->dhcpc);
    leave_on(c, now);
}

/* Nothing more to fetch. The prober may still wait for its answers. */
void client_close(struct pxk_client *c, pxk_usec now)
{
    client_probe_path(c, now);
    c->phase = PHASE_CLOSING;
    if (pxk_prober_deadline(&c->prober) == PXK_NEVER)
        leave(c, now);
}

static void dhcp_note(struct pxk_client *c)
{
    const struct pxk_dhcpc *d = &c->dhcpc;
    struct pxk_facts *f = &c->session->facts;
    f->proxy_gave_up = d->proxy_silent;
    if (d->local_boot)
        f->local_boot = true;
    if (d->better_came)
        (void)pxk_str_copy(f->other_choice, sizeof f->other_choice, d->better);
    client_quote(f->boot_file, sizeof f->boot_file, d->boot_file);
    f->boot_server = d->boot_server;
}

static void dhcp_over(struct pxk_client *c, pxk_usec now)
{
    const struct pxk_dhcpc *d = &c->dhcpc;
    struct pxk_facts *f = &c->session->facts;
    char server[PXK_IP4_STRLEN];
    dhcp_note(c);
    if (d->state == PXK_DHCPC_FAILED) {
        f->dhcp_gave_up = true;
        (void)pxk_str_copy(f->dhcp_why, sizeof f->dhcp_why, d->why);
        (void)pxk_str_copy(f->stop_screen, sizeof f->stop_screen, d->screen);
        client_fact(c, now, "gives up: %s", d->why);
        client_close(c, now);
    } else if (!*d->boot_file) {
        client_fact(c, now, d->local_boot ? "the PXE menu says: boot the local disk" : "has an address, but nothing to boot");
        client_close(c, now);
    } else if (!client_wants_more(c, PXK_MILESTONE_LEASE)) {
        client_close(c, now);
    } else {
        client_fact(c, now, "boots %s from %s", d->boot_file, pxk_ip4_text(d->boot_server, server));
        client_loading_start(c, now);
    }
}

/* What the machines below have reached since the last input or timer. */
static void advance(struct pxk_client *c, pxk_usec now)
{
    if (c->phase == PHASE_DHCP) {
        if (!client_wants_more(c, PXK_MILESTONE_OFFER) && c->dhcpc.state > PXK_DHCPC_SELECTING &&
            c->dhcpc.state != PXK_DHCPC_FAILED) {
            client_fact(c, now, "an offer is enough, as asked");
            client_close(c, now);
        } else if (pxk_dhcpc_over(&c->dhcpc)) {
            dhcp_over(c, now);
        }
    }
    if (c->phase == PHASE_FIRMWARE || c->phase == PHASE_LOADER || c->phase == PHASE_INSTALL)
        client_fetch_poll(c, now);
    if (c->phase == PHASE_CLOSING && pxk_prober_deadline(&c->prober) == PXK_NEVER)
        leave(c, now);
    else if (c->phase == PHASE_LEAVING)
        leave_on(c, now);
}

/* Somebody's ICMP about one of our packets. */
static void unreachable(struct pxk_client *c, const struct pxk_frame *f, pxk_usec now)
{
    if (!f->icmp.has_inner || f->icmp.inner_src != c->host.ip || f->icmp.inner_proto != PXK_IP_UDP)
        return;
    if (c->fetch.busy && !c->fetch.http && f->icmp.inner_sport == c->tftpc.port &&
        f->icmp.inner_dst == c->tftpc.server)
        pxk_tftpc_unreachable(&c->tftpc, now);
    else if (c->phase == PHASE_DHCP && f->icmp.inner_dst == c->dhcpc.proxy_to)
        pxk_dhcpc_unreachable(&c->dhcpc, f->icmp.inner_dport, now);
}

void pxk_client_input(struct pxk_client *c, const uint8_t *frame, size_t len, pxk_usec now)
{
    struct pxk_frame f;
    c->now = now;
    if (c->phase == PHASE_IDLE || c->phase == PHASE_DONE)
        return;
    if (!pxk_host_input(&c->host, frame, len, now, &f)) {
        if (c->phase == PHASE_LEAVING) /* it may have been the ARP answer that the RELEASE waited for */
            leave_on(c, now);
        return;
    }
    if (f.l4 == PXK_L4_ICMP) {
        if (f.icmp.type == PXK_ICMP_UNREACHABLE)
            unreachable(c, &f, now);
        else
            pxk_prober_input(&c->prober, &c->host, &f, now);
    } else if (c->fetch.busy && !c->fetch.http && f.dport == c->tftpc.port) {
        pxk_tftpc_input(&c->tftpc, f.ip.src, f.sport, f.payload, f.payload_len, now);
    } else if (f.dport == PXK_DHCP4_CLIENT_PORT || f.dport == PXK_PXE_PORT) {
        /* EDK2's IP hears broadcasts alone as long as it has no address (Ip4Input.c, Ip4GetHostCast()): that is why it
         * asks for them. */
        if (c->dhcpc.who->broadcast && !c->host.ip && f.ip.dst != PXK_IP4_BROADCAST)
            return;
        pxk_dhcpc_input(&c->dhcpc, f.ip.src, f.sport, f.dport, f.payload, f.payload_len, now);
        if (c->phase != PHASE_DHCP)
            dhcp_note(c);
    }
    advance(c, now);
}

void pxk_client_expire(struct pxk_client *c, pxk_usec now)
{
    c->now = now;
    if (c->phase == PHASE_IDLE || c->phase == PHASE_DONE)
        return;
    pxk_host_expire(&c->host, now);
    if (c->phase == PHASE_DHCP)
        pxk_dhcpc_expire(&c->dhcpc, now);
    if (c->fetch.busy && !c->fetch.http)
        pxk_tftpc_expire(&c->tftpc, now);
    pxk_prober_expire(&c->prober, &c->host, now);
    advance(c, now);
}

pxk_usec pxk_client_deadline(const struct pxk_client *c)
{
    if (c->phase == PHASE_IDLE || c->phase == PHASE_DONE)
        return PXK_NEVER;
    pxk_usec at = pxk_usec_min(pxk_host_deadline(&c->host), pxk_prober_deadline(&c->prober));
    if (c->phase == PHASE_DHCP)
        at = pxk_usec_min(at, pxk_dhcpc_deadline(&c->dhcpc));
    if (c->fetch.busy && !c->fetch.http)
        /* a transfer that could not even start is over at once */
        at = pxk_usec_min(at, pxk_tftpc_over(&c->tftpc) ? c->now : pxk_tftpc_deadline(&c->tftpc));
    return at;
}

void pxk_client_stop(struct pxk_client *c, const char *why, pxk_usec now)
{
    c->now = now;
    if (c->phase == PHASE_DONE)
        return;
    if (c->phase == PHASE_IDLE) { /* it has not begun: nothing to give back */
        c->stopped = true;
        c->session->facts.finished = true;
        c->phase = PHASE_DONE;
        return;
    }
    if (c->phase == PHASE_LEAVING) { /* told twice: it goes at once */
        finish(c, now);
        return;
    }
    c->stopped = c->phase != PHASE_CLOSING; /* closing, it had come to its own end */
    client_fact(c, now, "stopped: %s", why);
    c->fetch.busy = false;
    leave(c, now);
}
