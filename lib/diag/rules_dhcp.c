/* Rules of steps 1 and 2: link, DHCP answers, who wins, who is believed. */
#include <string.h>

#include "diag_int.h"

#define FW_DHCP "dhcp"

static const struct pxk_answer *first_offer(const struct dx *d)
{
    return round_offer(d->fw);
}

static bool loaded_anything(const struct dx *d)
{
    return d->path.stage[PXK_STAGE_LOADER].have || d->path.stage[PXK_STAGE_CONFIG].have ||
           d->path.stage[PXK_STAGE_KERNEL].have;
}

/* ---- 1 connectivity ---- */

void rule_link_down(struct dx *d)
{
    const struct pxk_facts *facts = &d->s->facts;
    if (!facts->link_known || facts->link_up)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_LINK_DOWN);
    dx_seen(f, "the interface has no link");
}

void rule_bad_checksum(struct dx *d)
{
    if (!d->fw || d->fw->requests)
        return;
    for (unsigned i = 0; i < d->fw->answer_n; i++) {
        const struct pxk_answer *a = &d->fw->answer[i];
        char src[PXK_IP4_STRLEN];
        /* A sum that is merely left to hardware is normal beside the sender, unless nobody takes
         * the packet. */
        bool ignored = a->csum == PXK_CSUM_PARTIAL && d->fw->discovers >= 3 &&
                       !d->s->facts.emulated && !d->efi;
        if (a->csum != PXK_CSUM_BAD && !ignored)
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_BAD_UDP_CHECKSUM);
        dx_seen(f,
                "%s from %s comes with a wrong UDP checksum, %u times; the client never answers it",
                pxk_dhcp4_type_name(a->type), pxk_ip4_text(a->src, src), a->count);
        dx_frame(f, a->frame);
        dx_filter(d, f, "udp.port == 68 && udp.checksum.status == 0");
        return;
    }
}

/* ---- 2 DHCP: does anybody answer? ---- */

static unsigned unanswered_discovers(const struct dx *d, unsigned *answered_rounds, bool pxe_only)
{
    unsigned n = 0;
    *answered_rounds = 0;
    for (unsigned i = 0; i < d->s->round_n; i++) {
        const struct pxk_round *r = &d->s->round[i];
        bool mine = r->pxe || r->http || !pxe_only;
        if (r->answer_n)
            ++*answered_rounds;
        else if (mine)
            n += r->discovers;
    }
    return n;
}

static void tell_discovers(struct dx *d, struct pxk_finding *f)
{
    const struct pxk_round *r = d->fw;
    pxk_usec first = r->discovers ? r->discover_at[0] : r->started;
    unsigned last = r->discovers < PXK_TIMES_MAX ? r->discovers : PXK_TIMES_MAX;
    dx_seen(f, "%u DISCOVER in %.0f s (option 93: %s)", r->discovers,
            (double)pxk_usec_since(first, last ? r->discover_at[last - 1] : first) / 1e6, d->arch);
    dx_frame(f, r->first_frame);
}

/* Another client whose requests a relay brings: this one's network has none. */
static pxk_ip4 relay_of_others(const struct dx *d)
{
    for (size_t i = 0; i < pxk_tracker_count(d->tracker); i++) {
        const struct pxk_session *s = pxk_tracker_session(d->tracker, i);
        for (unsigned k = 0; s != d->s && k < s->round_n; k++)
            if (s->round[k].giaddr && s->round[k].answer_n)
                return s->round[k].giaddr;
    }
    return 0;
}

/* Silence has many causes (a dead server, snooping, a container's bridge, an empty pool): what else was seen puts one first. */
static void no_answer_cause(struct dx *d, struct pxk_finding *f)
{
    const struct pxk_seen_port *p = pxk_tracker_port(d->tracker);
    char ip[PXK_IP4_STRLEN];
    pxk_ip4 alive = dx_server_alive(d), relay = d->fw->giaddr ? d->fw->giaddr : relay_of_others(d);
    if (d->fw->giaddr) {
        dx_seen(f, "; relayed by %s", pxk_ip4_text(relay, ip));
        dx_cause(f, "the relay %s sends to a server that is down or has no subnet for %s, or the answer finds no way back to it", ip, ip);
    } else if (relay && !alive) {
        dx_seen(f, "; other clients' requests come through the relay %s, this one's do not", pxk_ip4_text(relay, ip));
        dx_cause(f, "no relay (IP helper) serves this client's VLAN");
    } else if (alive) {
        dx_seen(f, "; %s answers other clients", pxk_ip4_text(alive, ip));
        dx_cause(f, "%s has no free address for this client, or ignores it: unknown MAC, class, deny rule, reservations only", ip);
    } else if (d->fw->pxe && (!d->fw->has_uuid || d->fw->arch == PXK_ARCH_UNSET)) {
        dx_seen(f, "; its DISCOVER has no option %s, which some servers insist on", d->fw->has_uuid ? "93" : "97");
    } else if (p->bpdus >= 2) {
        dx_seen(f, "; spanning tree runs on this port");
        dx_cause(f, "spanning tree may have held the port (30 s after link up); else the DHCP server is down or not reached");
        dx_frame(f, p->bpdu_frame);
    }
}

/* After pxk_session_firmware_round(): no PXE round has an answer here, or there is none. */
void rule_no_answer(struct dx *d)
{
    unsigned answered;
    if (!d->fw || d->fw->answer_n || dx_boots_over_ipv6(d))
        return;
    unsigned asked = unanswered_discovers(d, &answered, true);
    bool over = asked >= 3 || (asked && dx_gave_up(d));
    if (!over && !(d->s->facts.dhcp_gave_up && d->s->facts.emulated))
        return;
    if (!answered) {
        struct pxk_finding *f = dx_fail(d, FINDING_NO_DHCP_SERVER);
        tell_discovers(d, f);
        dx_seen(f, ", no OFFER at all");
        no_answer_cause(d, f);
        dx_filter(d, f, FW_DHCP);
        return;
    }
    /* An IPv6 program without marks may have booted it. */
    bool lost = !loaded_anything(d) && !d->s->https.n && !d->s->solicits6;
    struct pxk_finding *f =
        dx_raise(d, FINDING_PXE_REQUESTS_IGNORED, lost ? PXK_SEVERITY_FAILURE : PXK_SEVERITY_NOTE);
    tell_discovers(d, f);
    dx_seen(
        f,
        " without an answer; later requests of the same machine without PXE marks were answered");
    dx_filter(d, f, FW_DHCP);
}

void rule_proxy_alone(struct dx *d)
{
    const struct pxk_answer *proxy = NULL;
    char src[PXK_IP4_STRLEN];
    if (!d->fw || d->fw->discovers < 2)
        if (!d->fw || !dx_gave_up(d))
            return;
    for (unsigned i = 0; i < d->fw->answer_n; i++) {
        if (answer_gives_address(&d->fw->answer[i]))
            return;
        if (d->fw->answer[i].proxy)
            proxy = &d->fw->answer[i];
    }
    if (!proxy)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_PROXY_WITHOUT_DHCP);
    dx_seen(f, "%s offers boot files and no address, %u times; nobody offers an address",
            pxk_ip4_text(answer_server(proxy), src), proxy->count);
    dx_frame(f, proxy->frame);
    dx_filter(d, f, FW_DHCP);
}

static void late_offer(struct dx *d, const struct pxk_answer *a, pxk_usec after)
{
    char src[PXK_IP4_STRLEN];
    uint32_t patience = pxk_waits_total(&d->persona->discover_waits);
    struct pxk_finding *f = dx_fail(d, FINDING_LATE_OFFER);
    dx_seen(f, "the %soffer%s%s came %.1f s after the first DISCOVER; %s gives up after %.0f s",
            a ? "" : "first ", a ? " from " : "", a ? pxk_ip4_text(answer_server(a), src) : "",
            (double)after / 1e6, d->persona->name, patience / 1e3);
    if (a)
        dx_frame(f, a->frame);
    dx_filter(d, f, FW_DHCP);
}

void rule_late_offer(struct dx *d)
{
    if (d->s->facts.late_answer) {
        late_offer(d, first_offer(d), d->s->facts.late_answer);
        return;
    }
    if (!d->fw || !d->fw->persona || !d->fw->discovers || d->fw->requests || d->s->facts.emulated)
        return;
    const struct pxk_answer *a = first_offer(d);
    pxk_usec patience = pxk_waits_total(&d->fw->persona->discover_waits) * PXK_MSEC;
    if (a && pxk_usec_since(d->fw->discover_at[0], a->at) > patience)
        late_offer(d, a, pxk_usec_since(d->fw->discover_at[0], a->at));
}

/* ---- is the answer one that this firmware takes? ---- */

static void tell_dropped(struct dx *d, struct pxk_finding *f, const struct pxk_answer *a)
{
    char src[PXK_IP4_STRLEN];
    dx_seen(f, "%s from %s: %s", answer_is_offer(a) ? "OFFER" : pxk_dhcp4_type_name(a->type),
            pxk_ip4_text(answer_server(a), src), a->edk2_why);
    dx_frame(f, a->frame);
    dx_filter(d, f, "dhcp && ip.src == %s", pxk_ip4_text(a->src, src));
    if (*a->edk2_why)
        dx_cause(f, "%s", a->edk2_why);
}

void rule_offer_dropped(struct dx *d)
{
    const struct pxk_answer *dropped = NULL;
    if (!d->efi || !d->fw || d->fw->requests || (d->fw->discovers < 2 && !dx_gave_up(d)))
        return;
    for (unsigned i = 0; i < d->fw->answer_n; i++) {
        const struct pxk_answer *a = &d->fw->answer[i];
        if (!answer_is_offer(a))
            continue;
        if (!a->edk2_drops && answer_gives_address(a))
            return; /* one was good: the reason is another */
        if (a->edk2_drops && !dropped)
            dropped = a;
    }
    if (!dropped)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_OFFER_DROPPED_BY_FIRMWARE);
    tell_dropped(d, f, dropped);
    dx_seen(f, "; %u times, never answered with a REQUEST", dropped->count);
}

void rule_dropped_elsewhere(struct dx *d)
{
    for (unsigned i = 0; d->fw && i < d->fw->answer_n; i++) {
        const struct pxk_answer *a = &d->fw->answer[i];
        if (!a->edk2_drops || a->type == PXK_DHCP4_NAK || d->failed)
            continue;
        struct pxk_finding *f =
            dx_raise(d, FINDING_OFFER_DROPPED_BY_FIRMWARE, PXK_SEVERITY_WARNING);
        tell_dropped(d, f, a);
        dx_seen(f, d->efi ? "; this client had another answer to take"
                          : "; this client takes it, UEFI machines do not");
        return;
    }
}

/* ---- the address ---- */

static const struct pxk_answer *nak_of(const struct dx *d)
{
    return d->fw ? pxk_round_answer(d->fw, PXK_DHCP4_NAK) : NULL;
}

void rule_nak(struct dx *d)
{
    const struct pxk_answer *nak = nak_of(d);
    char by[PXK_IP4_STRLEN], ip[PXK_IP4_STRLEN], from[PXK_IP4_STRLEN];
    if (!nak || round_acked(d->fw) || (nak->count < 2 && !d->efi && !dx_gave_up(d)))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_DHCP_NAK);
    dx_seen(f, "%s answers the REQUEST for %s with NAK, %u time%s",
            pxk_ip4_text(answer_server(nak), by),
            d->fw->requested ? pxk_ip4_text(d->fw->requested, ip) : "its address", nak->count,
            nak->count == 1 ? "" : "s");
    if (*nak->message)
        dx_seen(f, " (\"%s\")", nak->message);
    if (d->fw->requested_from && d->fw->requested_from != answer_server(nak))
        dx_cause(
            f,
            "%s offered the address, %s refuses it: two servers, and the second is authoritative",
            pxk_ip4_text(d->fw->requested_from, from), by);
    else
        dx_cause(f, "the server that offered the address refuses it: pool changed, lease taken, or "
                    "wrong subnet for it");
    dx_frame(f, nak->frame);
    dx_filter(d, f, "dhcp.option.dhcp == 3 || dhcp.option.dhcp == 6");
}

void rule_no_ack(struct dx *d)
{
    char from[PXK_IP4_STRLEN];
    if (!d->fw || round_acked(d->fw) || nak_of(d) || !d->fw->requests)
        return;
    if (d->fw->requests < 3 && !dx_gave_up(d))
        return;
    if (d->s->facts.until == PXK_MILESTONE_OFFER)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_DHCP_NO_ACK);
    dx_seen(f, "%u REQUEST to %s, no ACK and no NAK", d->fw->requests,
            d->fw->requested_from ? pxk_ip4_text(d->fw->requested_from, from) : "the server");
    dx_frame(f, d->fw->first_frame);
    dx_filter(d, f, "dhcp.option.dhcp == 3 || dhcp.option.dhcp == 5 || dhcp.option.dhcp == 6");
}

/* ---- notes on answers ---- */

void rule_slow_offer(struct dx *d)
{
    const struct pxk_answer *a = d->s->facts.late_answer ? NULL : first_offer(d);
    char src[PXK_IP4_STRLEN];
    if (!a || a->delay < PXK_SEC || d->failed)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_SLOW_OFFER);
    dx_seen(f, "%s offers %.1f s after the DISCOVER", pxk_ip4_text(answer_server(a), src),
            (double)a->delay / 1e6);
    if (a->delay > 2500 * PXK_MSEC && a->delay < 3500 * PXK_MSEC)
        dx_cause(f, "3 s is dnsmasq's check that the address is free (no-ping turns it off)");
    else if (a->delay < 1500 * PXK_MSEC)
        dx_cause(
            f, "1 s is ISC dhcpd's check that the address is free (ping-check false turns it off)");
    dx_frame(f, a->frame);
    dx_filter(d, f, FW_DHCP);
}

void rule_better_offer(struct dx *d)
{
    const char *how = d->s->facts.other_choice;
    if (!*how)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_BETTER_OFFER_LATER);
    dx_seen(f, "%s", how);
    dx_filter(d, f, FW_DHCP);
}

void rule_two_proxies(struct dx *d)
{
    const struct pxk_answer *first = NULL;
    for (unsigned i = 0; d->fw && i < d->fw->answer_n; i++) {
        const struct pxk_answer *a = &d->fw->answer[i];
        char one[PXK_IP4_STRLEN], two[PXK_IP4_STRLEN];
        if (!a->proxy || !answer_is_offer(a))
            continue;
        if (!first) {
            first = a;
            continue;
        }
        if (answer_server(a) == answer_server(first))
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_TWO_PROXIES);
        dx_seen(f, "proxy offers from %s and %s", pxk_ip4_text(answer_server(first), one),
                pxk_ip4_text(answer_server(a), two));
        dx_frame(f, first->frame);
        dx_frame(f, a->frame);
        dx_filter(d, f, "dhcp.ip.your == 0.0.0.0 && dhcp.option.dhcp == 2");
        return;
    }
}
