/* Rules of step 1 for the port behind which a client sits: is it heard at all, does spanning tree or a bond keep it shut,
 * does its VLAN last, can the server reach it before it has an address. */
#include "diag_int.h"

/* ---- nothing heard ---- */

/* Somebody named this client, and not one frame of it came. */
void rule_client_silent(struct dx *d)
{
    const struct pxk_session *s = d->s;
    char took[24];
    if (s->facts.emulated || s->first_frame || s->round_n || pxk_usec_since(s->started, d->now) < PXK_SILENCE)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_CLIENT_NEVER_HEARD);
    dx_seen(f, "not one frame from %s in %s; %llu frames of others", d->mac,
            dx_duration(pxk_usec_since(s->started, d->now), took), (unsigned long long)pxk_tracker_frames(d->tracker));
    pxk_fmt(f->filter, sizeof f->filter, "eth.addr == %s", d->mac);
}

/* ---- spanning tree ---- */

static bool shut_by_spanning_tree(const struct dx *d, const struct pxk_seen_port *p)
{
    if (p->bpdus < 2)
        return false;
    if (p->rapid)
        return !p->forwarding;
    bool passes = p->passed_frame && !pxk_mac_eq(&p->passed_by, &d->s->mac);
    return !passes && pxk_tracker_count(d->tracker) == 1;
}

static bool any_answer(const struct pxk_session *s)
{
    for (unsigned i = 0; i < s->round_n; i++)
        if (s->round[i].answer_n)
            return true;
    return false;
}

static void tell_bpdus(struct pxk_finding *f, const struct pxk_seen_port *p)
{
    char mac[PXK_MAC_STRLEN];
    dx_seen(f, "switch %s runs spanning tree on this port: %u BPDUs", pxk_mac_text(&p->bridge, mac), p->bpdus);
    if (p->forward_delay_s)
        dx_seen(f, ", forward delay %u s (listening and learning: %u s)", p->forward_delay_s, 2 * p->forward_delay_s);
    dx_frame(f, p->bpdu_frame);
}

/* BPDUs come in and nothing else does: the port is not forwarding, so the DISCOVERs went nowhere. */
void rule_spanning_tree(struct dx *d)
{
    const struct pxk_seen_port *p = pxk_tracker_port(d->tracker);
    if (!d->fw || !d->fw->discovers || any_answer(d->s) || !round_given_up(d, d->fw) || !shut_by_spanning_tree(d, p))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_PORT_BLOCKED_BY_SPANNING_TREE);
    tell_bpdus(f, p);
    dx_seen(f, "%s", p->rapid ? "; they say that it does not forward yet" : ", and no other frame comes through it");
    dx_seen(f, "; %u DISCOVER in %.0f s without an answer", d->fw->discovers,
            (double)pxk_usec_since(d->fw->started, d->fw->ended) / 1e6);
    dx_frame(f, d->fw->first_frame);
    pxk_fmt(f->filter, sizeof f->filter, "stp || dhcp.hw.mac_addr == %s", d->mac);
}

/* The transmission count that iPXE keeps in secs (dhcp.c: dhcp_tx). */
static unsigned ipxe_count(const struct pxk_round *r)
{
    return r->ipxe ? r->first_secs >> 2 : 0;
}

/* Seen, on a port with BPDUs, and answered only much later. */
static bool answered_late(const struct dx *d, const struct pxk_round *r)
{
    const struct pxk_seen_port *p = pxk_tracker_port(d->tracker);
    const struct pxk_answer *a = round_offer(r);
    bool late = a && r->discovers >= 3 && pxk_usec_since(r->started, a->at) >= 6 * PXK_SEC;
    /* Without BPDUs: an answer that follows its DISCOVER at once, when those before had none. */
    return late && ((p->bpdus >= 2 && p->first_bpdu < a->at) || a->delay < PXK_SEC);
}

/* Or requests of before the first one that was seen. */
static struct pxk_finding *woke_late(struct dx *d, const struct pxk_round *r)
{
    bool secs = r->persona && r->persona->secs_elapsed && r->pxe && r->first_secs >= 2;
    bool count = r != d->fw && dx_loader_came(d) && ipxe_count(r) >= 2, late = answered_late(d, r);
    if (!secs && !count && !late)
        return NULL;
    struct pxk_finding *f = dx_fail(d, FINDING_PORT_WAKES_LATE);
    if (secs)
        dx_seen(f, "the first DISCOVER seen already says secs %u: the client has asked for that long", r->first_secs);
    else if (count)
        dx_seen(f, "the loader's first DISCOVER seen is its number %u: the ones before were lost", ipxe_count(r));
    if (!late)
        return f;
    dx_seen(f, "%s", secs || count ? "; " : "");
    if (pxk_tracker_port(d->tracker)->bpdus)
        tell_bpdus(f, pxk_tracker_port(d->tracker));
    else
        dx_seen(f, "DISCOVERs stay unanswered at first, a later one is answered at once");
    dx_seen(f, "; the offer came %.0f s after the first DISCOVER", (double)pxk_usec_since(r->started, round_offer(r)->at) / 1e6);
    dx_frame(f, round_offer(r)->frame);
    return f;
}

void rule_port_wakes_late(struct dx *d)
{
    struct pxk_finding *f = NULL;
    for (unsigned i = 0; i < d->s->round_n && !d->s->facts.emulated && !f; i++) {
        f = woke_late(d, &d->s->round[i]);
        if (!f)
            continue;
        dx_frame(f, d->s->round[i].first_frame);
        dx_filter(d, f, "dhcp || stp");
    }
}

/* ---- the server cannot send to a client without an address ---- */

/* It looks for the address that it means to offer, nobody has it, and then no offer comes. */
void rule_server_asks(struct dx *d)
{
    const struct pxk_round *r = d->fw;
    char by[PXK_IP4_STRLEN], ip[PXK_IP4_STRLEN];
    if (!r || r->probes < 2 || any_answer(d->s) || !round_given_up(d, r))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_SERVER_ASKS_INSTEAD_OF_OFFERING);
    dx_seen(f, "after the DISCOVER %s asks by ARP who has %s, %u times, and no OFFER follows; %u DISCOVERs",
            pxk_ip4_text(r->probed_by, by), pxk_ip4_text(r->probed, ip), r->probes, r->discovers);
    dx_fix(f, "if the DHCP server on %s runs in a container or as an ordinary user: give it NET_ADMIN and NET_RAW", by);
    dx_frame(f, r->first_frame);
    dx_frame(f, r->probe_frame);
    pxk_fmt(f->filter, sizeof f->filter, "dhcp || (arp.opcode == 1 && arp.dst.proto_ipv4 == %s)", ip);
}

/* ---- what comes after the firmware is cut off ---- */

void rule_bonded_port(struct dx *d)
{
    const struct pxk_seen_port *p = pxk_tracker_port(d->tracker);
    const struct pxk_round *r = dx_later_unanswered(d);
    char mac[PXK_MAC_STRLEN];
    if (p->lacpdus < 2 || !d->fw)
        return;
    if (!r && !any_answer(d->s) && round_given_up(d, d->fw))
        r = d->fw;
    if (!r)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_BONDED_PORT_SILENT);
    dx_seen(f, "switch %s sends LACP on this port (%u times) and nobody answers it; %u DISCOVER%s without an answer",
            pxk_mac_text(&p->lacp_by, mac), p->lacpdus, r->discovers, r == d->fw ? "" : " of what the firmware loaded");
    dx_frame(f, p->lacp_frame);
    dx_frame(f, r->first_frame);
    pxk_fmt(f->filter, sizeof f->filter, "lacp || dhcp.hw.mac_addr == %s", d->mac);
}

/* ---- VLANs ---- */

static void vlan_words(uint16_t vlan, char out[static 24])
{
    if (vlan)
        pxk_fmt(out, 24, "in VLAN %u", vlan);
    else
        pxk_fmt(out, 24, "without a tag");
}

void rule_vlan_lost(struct dx *d)
{
    const struct pxk_round *r = dx_later_unanswered(d);
    char before[24], now[24];
    if (!r || r->vlan == d->fw->vlan)
        return;
    vlan_words(d->fw->vlan, before);
    vlan_words(r->vlan, now);
    struct pxk_finding *f = dx_fail(d, FINDING_VLAN_TAG_LOST);
    dx_seen(f, "the firmware's DHCP went %s and was answered, the %s's goes %s: %u DISCOVERs without an answer", before,
            r->ipxe ? "loader" : "system", now, r->discovers);
    if (d->fw->vlan)
        dx_fix(f, "iPXE: vcreate --tag %u net0 && dhcp net0-%u; kernel: vlan=eth0.%u:eth0 (dracut) or vlan_id=%u (Debian)",
               d->fw->vlan, d->fw->vlan, d->fw->vlan, d->fw->vlan);
    dx_frame(f, d->fw->first_frame);
    dx_frame(f, r->first_frame);
    dx_filter(d, f, "dhcp");
}

/* Offers with another tag than the requests: the client does not take them, a trunk or a mirror port shows them. */
void rule_other_vlan(struct dx *d)
{
    char mine[24], theirs[24], src[PXK_IP4_STRLEN];
    const struct pxk_answer *other = NULL;
    if (!d->fw || d->fw->requests || !d->fw->discovers || !round_given_up(d, d->fw))
        return;
    for (unsigned i = 0; i < d->fw->answer_n; i++) {
        if (d->fw->answer[i].vlan == d->fw->vlan)
            return;
        other = &d->fw->answer[i];
    }
    if (!other)
        return;
    vlan_words(d->fw->vlan, mine);
    vlan_words(other->vlan, theirs);
    struct pxk_finding *f = dx_fail(d, FINDING_ANSWER_IN_OTHER_VLAN);
    dx_seen(f, "the DISCOVERs go %s, the offers of %s come %s, %u times; the client takes none", mine,
            pxk_ip4_text(answer_server(other), src), theirs, other->count);
    dx_frame(f, d->fw->first_frame);
    dx_frame(f, other->frame);
    dx_filter(d, f, "dhcp");
}
