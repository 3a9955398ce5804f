/* Rules for addresses: too few of them, outside the network, for too short a time, sent so that the client does not hear it. */
#include <string.h>

#include "diag_int.h"

static bool unanswered(const struct dx *d)
{
    for (unsigned i = 0; i < d->s->round_n; i++)
        if (d->s->round[i].answer_n)
            return false;
    return d->fw && d->fw->discovers && round_given_up(d, d->fw);
}

/* ---- a client that lacks an option ---- */

/* A server that insists on options 93 or 97 answers the others. */
void rule_no_uuid(struct dx *d)
{
    char server[PXK_IP4_STRLEN];
    pxk_ip4 alive = dx_server_alive(d);
    if (!alive || !unanswered(d) || !d->fw->pxe || (d->fw->has_uuid && d->fw->arch != PXK_ARCH_UNSET))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_CLIENT_WITHOUT_UUID_IGNORED);
    dx_seen(f, "the DISCOVER has no option %s; %u of them without an answer, and %s answers other clients",
            d->fw->has_uuid ? "93 (architecture)" : d->fw->arch != PXK_ARCH_UNSET ? "97 (UUID)" : "93 and none 97", d->fw->discovers,
            pxk_ip4_text(alive, server));
    dx_frame(f, d->fw->first_frame);
    dx_filter(d, f, "dhcp.option.dhcp == 1");
}

/* ---- too few addresses ---- */

/* Different addresses that were confirmed to one client. */
static unsigned leases_of(const struct pxk_session *s, pxk_ip4 ip[static PXK_ROUNDS_MAX], uint32_t *frame)
{
    unsigned n = 0;
    for (unsigned i = 0; i < s->round_n; i++) {
        const struct pxk_answer *lease = pxk_round_lease(&s->round[i]);
        bool known = !lease;
        for (unsigned k = 0; k < n && !known; k++)
            known = ip[k] == lease->yiaddr;
        if (known)
            continue;
        ip[n++] = lease->yiaddr;
        *frame = lease->frame;
    }
    return n;
}

/* No answer, or NAK, while the server has given several addresses to one machine: each stage with an identity of its own. */
void rule_addresses_used_up(struct dx *d)
{
    pxk_ip4 ip[PXK_ROUNDS_MAX];
    char mac[PXK_MAC_STRLEN], one[PXK_IP4_STRLEN], two[PXK_IP4_STRLEN];
    unsigned machines = 0, leases = 0;
    const struct pxk_session *example = NULL;
    uint32_t frame = 0;
    if (!unanswered(d))
        return;
    for (size_t i = 0; i < pxk_tracker_count(d->tracker); i++) {
        const struct pxk_session *s = pxk_tracker_session(d->tracker, i);
        uint32_t at = 0;
        unsigned n = s == d->s ? 0 : leases_of(s, ip, &at);
        machines += n > 0;
        leases += n;
        if (n >= 2 && !example) {
            example = s;
            frame = at;
            pxk_ip4_text(ip[0], one);
            pxk_ip4_text(ip[1], two);
        }
    }
    if (!example)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_ADDRESSES_USED_UP);
    dx_seen(f, "%u DISCOVERs without an answer; the server gave %u addresses to %u other machine%s: %s has %s and %s", d->fw->discovers,
            leases, machines, machines == 1 ? "" : "s", pxk_mac_text(&example->mac, mac), one, two);
    dx_frame(f, frame);
    dx_frame(f, d->fw->first_frame);
    pxk_fmt(f->filter, sizeof f->filter, "dhcp.option.dhcp == 5 || dhcp.hw.mac_addr == %s", d->mac);
}

/* ---- not heard ---- */

/* EDK2 has no address yet and hears broadcasts alone; it says so in the flags (RFC 2131 4.1). */
void rule_broadcast_flag(struct dx *d)
{
    char src[PXK_IP4_STRLEN], to[PXK_IP4_STRLEN];
    if (!d->fw || !(d->fw->flags & PXK_DHCP4_BROADCAST) || d->fw->requests || !round_given_up(d, d->fw))
        return;
    const struct pxk_answer *deaf = NULL;
    for (unsigned i = 0; i < d->fw->answer_n; i++) {
        const struct pxk_answer *a = &d->fw->answer[i];
        if (!answer_is_offer(a) || a->to_relay || !answer_gives_address(a))
            continue;
        if (a->broadcast)
            return;
        deaf = a;
    }
    if (!deaf)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_BROADCAST_FLAG_IGNORED);
    dx_seen(f, "the DISCOVER asks for a broadcast answer (flags 0x8000); %s sends its OFFER to %s, %u times; the client never takes it",
            pxk_ip4_text(deaf->src, src), pxk_ip4_text(deaf->yiaddr, to), deaf->count);
    dx_frame(f, d->fw->first_frame);
    dx_frame(f, deaf->frame);
    dx_filter(d, f, "dhcp");
}

/* ---- the client's network ---- */

static bool within(pxk_ip4 ip, const struct pxk_answer *a)
{
    return (ip & a->netmask) == (a->yiaddr & a->netmask);
}

/* What cannot work in an address; NULL: nothing. */
static const char *misfit(const struct pxk_answer *a, char *out, size_t cap)
{
    char ip[PXK_IP4_STRLEN], other[PXK_IP4_STRLEN], mask[PXK_IP4_STRLEN];
    if (!a->netmask || a->netmask >= 0xfffffffe)
        return NULL;
    bool own = (a->yiaddr | a->netmask) == a->netmask || (a->yiaddr & ~a->netmask) == 0 || (a->yiaddr | a->netmask) == PXK_IP4_BROADCAST;
    if (!own && a->router && within(a->router, a))
        return NULL;
    pxk_ip4_text(a->yiaddr, ip);
    pxk_ip4_text(a->netmask, mask);
    if (own)
        return pxk_fmt(out, cap, "%s is the network's own or its broadcast address (mask %s)", ip, mask);
    if (a->router)
        return pxk_fmt(out, cap, "the router %s is outside the network of %s (mask %s)", pxk_ip4_text(a->router, other), ip, mask);
    pxk_ip4 near = a->giaddr ? a->giaddr : a->src;
    if (!within(near, a))
        return pxk_fmt(out, cap, "%s %s is outside the network of %s (mask %s), and there is no router",
                       a->giaddr ? "the relay" : "the server", pxk_ip4_text(near, other), ip, mask);
    return NULL;
}

void rule_address_outside(struct dx *d)
{
    char what[200], src[PXK_IP4_STRLEN];
    for (unsigned i = 0; d->fw && i < d->fw->answer_n; i++) {
        const struct pxk_answer *a = &d->fw->answer[i];
        if (!answer_gives_address(a) || !misfit(a, what, sizeof what))
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_ADDRESS_OUTSIDE_NETWORK);
        dx_seen(f, "%s from %s: %s", pxk_dhcp4_type_name(a->type), pxk_ip4_text(answer_server(a), src), what);
        dx_frame(f, a->frame);
        dx_filter(d, f, "dhcp.option.dhcp == 2 || dhcp.option.dhcp == 5");
        return;
    }
}

/* The boot server lies elsewhere and nothing leads there. */
void rule_server_off_subnet(struct dx *d)
{
    const struct pxk_answer *lease = d->fw ? pxk_round_lease(d->fw) : NULL;
    char server[PXK_IP4_STRLEN], ip[PXK_IP4_STRLEN], mask[PXK_IP4_STRLEN];
    if (!lease || !d->boot_server || !lease->netmask || lease->router || within(d->boot_server, lease) || dx_loader_came(d) ||
        strstr(d->boot_file, "://"))
        return;
    if ((d->s->facts.until && d->s->facts.until < PXK_MILESTONE_LOADER) || d->s->transfers.n)
        return; /* what the lease says is enough: nothing else leads there */
    struct pxk_finding *f = dx_fail(d, FINDING_BOOT_SERVER_WITHOUT_ROUTE);
    dx_seen(f, "the boot server %s is not in the client's network (%s, mask %s), and the answer names no router (option 3)",
            pxk_ip4_text(d->boot_server, server), pxk_ip4_text(lease->yiaddr, ip), pxk_ip4_text(lease->netmask, mask));
    dx_frame(f, lease->frame);
    dx_frame(f, d->source ? d->source->frame : 0);
    dx_filter(d, f, "dhcp || arp || tftp");
}

/* ---- time ---- */

static pxk_usec busy_until(const struct pxk_session *s, pxk_usec from, pxk_usec to)
{
    pxk_usec last = from;
    for (size_t i = 0; i < s->transfers.n; i++) {
        const struct pxk_transfer *t = &s->transfers.at[i];
        if (t->started >= from && t->started < to && t->last > last)
            last = t->last;
    }
    for (size_t i = 0; i < s->https.n; i++)
        if (s->https.at[i].at >= from && s->https.at[i].at < to && s->https.at[i].at > last)
            last = s->https.at[i].at;
    return last;
}

/* Firmware and loaders never renew: what they fetch later they fetch with an address that may be another's. */
void rule_lease_short(struct dx *d)
{
    char took[24], lease[24], src[PXK_IP4_STRLEN];
    for (unsigned i = 0; i < d->s->round_n; i++) {
        const struct pxk_round *r = &d->s->round[i];
        const struct pxk_answer *a = pxk_round_lease(r);
        if (!a || !a->lease_s || !(r->pxe || r->http || r->ipxe))
            continue;
        pxk_usec next = i + 1 < d->s->round_n ? d->s->round[i + 1].started : PXK_NEVER;
        pxk_usec used = pxk_usec_since(a->at, busy_until(d->s, a->at, next));
        if (used <= a->lease_s * PXK_SEC)
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_LEASE_SHORTER_THAN_BOOT);
        dx_seen(f, "the lease from %s is for %s; the client still loads %s after it got it", pxk_ip4_text(answer_server(a), src),
                dx_duration(a->lease_s * PXK_SEC, lease), dx_duration(used, took));
        dx_frame(f, a->frame);
        dx_filter(d, f, "dhcp.option.ip_address_lease_time");
        return;
    }
}

/* ---- taken ---- */

static const struct pxk_round *declined(const struct pxk_session *s)
{
    for (unsigned i = 0; i < s->round_n; i++)
        if (s->round[i].declines)
            return &s->round[i];
    return NULL;
}

static const struct pxk_arp_ask *taken_by(const struct dx *d)
{
    for (unsigned i = 0; i < d->s->arp_n; i++) {
        const struct pxk_arp_ask *a = &d->s->arp[i];
        if (a->ip == d->s->ip && a->ip && a->answered && !pxk_mac_eq(&a->by, &d->s->mac))
            return a;
    }
    return NULL;
}

void rule_address_in_use(struct dx *d)
{
    const struct pxk_facts *facts = &d->s->facts;
    const struct pxk_arp_ask *ask = facts->address_taken ? NULL : taken_by(d);
    const struct pxk_round *decline = declined(d->s);
    const struct pxk_mac *by = facts->address_taken ? &facts->taken_by : ask ? &ask->by : NULL;
    char mac[PXK_MAC_STRLEN], ip[PXK_IP4_STRLEN];
    if (!by && !decline)
        return;
    bool over = !by && dx_loader_came(d); /* it was given another one */
    pxk_ip4_text(!by && decline->declined ? decline->declined : d->s->ip, ip);
    struct pxk_finding *f = dx_raise(d, FINDING_ADDRESS_IN_USE, over ? PXK_SEVERITY_WARNING : PXK_SEVERITY_FAILURE);
    if (by) {
        dx_seen(f, "the server gave %s, and %s already answers for it", ip, pxk_mac_text(by, mac));
        dx_fix(f, "find %s (switch: show mac address-table address %s) and give it another address, or take %s out of the pool", mac,
               mac, ip);
    } else {
        dx_seen(f, "the client declines %s (DHCPDECLINE, %u times): another machine answered its ARP probe", ip, decline->declines);
    }
    dx_frame(f, ask ? ask->first_frame : 0);
    dx_frame(f, decline ? decline->decline_frame : 0);
    pxk_fmt(f->filter, sizeof f->filter, "(arp && arp.src.proto_ipv4 == %s) || dhcp.option.dhcp == 4", ip);
}
