/* What a client asks by ARP (RFC 826) and who answers; ICMP errors (RFC 792) about its packets. */
#include "session_int.h"

/* ---- ARP ---- */

static struct pxk_arp_ask *ask_find(struct pxk_session *s, pxk_ip4 ip)
{
    for (unsigned i = 0; i < s->arp_n; i++)
        if (s->arp[i].ip == ip)
            return &s->arp[i];
    return NULL;
}

/* A probe (no sender address) and an announcement (its own) ask for nobody: RFC 5227. */
static void arp_question(struct pxk_tracker *t, struct box *b, const struct pxk_arp *arp)
{
    if (arp->sender == 0 || arp->sender == arp->target)
        return;
    struct pxk_session *s = &b->s;
    struct pxk_arp_ask *ask = ask_find(s, arp->target);
    if (!ask) {
        if (s->arp_n == PXK_ARPS_MAX)
            return;
        ask = &s->arp[s->arp_n++];
        *ask = (struct pxk_arp_ask){.ip = arp->target, .first = t->now, .first_frame = t->number};
    }
    ask->asks++;
    ask->last = t->now;
    ask->last_frame = t->number;
    pxk_event_arp(t, b, ask, false);
}

static void arp_answer(struct pxk_tracker *t, struct box *b, const struct pxk_arp *arp)
{
    struct pxk_arp_ask *ask = ask_find(&b->s, arp->sender);
    if (!ask)
        return;
    if (ask->answered && !pxk_mac_eq(&ask->by, &arp->sender_mac)) {
        ask->two_answers = true;
        ask->by_other = arp->sender_mac;
    }
    if (!ask->answered) {
        ask->answered = true;
        ask->by = arp->sender_mac;
        ask->answer_at = t->now;
    }
    pxk_event_arp(t, b, ask, true);
}

/* A server looks for an address right after a DISCOVER: it checks that the one it means to offer is free, or its kernel
 * wants to send the offer there and does not know the client yet. Only the latter ends without an offer. */
static void server_question(struct pxk_tracker *t, const struct pxk_arp *arp)
{
    struct box *b = pxk_usec_since(t->asked_at, t->now) < 4 * PXK_SEC ? pxk_box_by_mac(t, &t->asker) : NULL;
    struct pxk_round *r = b && b->s.round_n ? &b->s.round[b->s.round_n - 1] : NULL;
    if (!r || r->requests || pxk_round_answer(r, PXK_DHCP4_OFFER) || !arp->sender || arp->sender == arp->target)
        return;
    if (!r->probes) {
        r->probed = arp->target;
        r->probed_by = arp->sender;
        r->probe_frame = t->number;
    }
    r->probes += r->probed == arp->target;
}

void pxk_track_arp(struct pxk_tracker *t, const struct pxk_frame *f)
{
    const struct pxk_arp *arp = &f->arp;
    struct box *asker = pxk_box_by_mac(t, &arp->sender_mac);
    if (!asker && arp->op == PXK_ARP_REQUEST && t->asked_at)
        server_question(t, arp);
    if (asker && arp->op == PXK_ARP_REQUEST) {
        pxk_box_touch(t, asker);
        arp_question(t, asker, arp);
    }
    struct box *asked_by = pxk_box_by_mac(t, &arp->target_mac);
    if (asked_by && arp->op == PXK_ARP_REPLY)
        arp_answer(t, asked_by, arp);
}

/* ---- ICMP ---- */

static void transfer_unreachable(struct pxk_tracker *t, const struct flow *fl, const struct pxk_frame *f, uint8_t code)
{
    struct pxk_transfer *tr = pxk_flow_transfer(fl);
    if (tr->state > PXK_TRANSFER_RUNNING)
        return; /* what comes after the end hurts nobody */
    if (!tr->icmp) {
        tr->icmp = true;
        tr->icmp_code = code;
        tr->icmp_from = f->from;
        tr->icmp_frame = t->number;
    }
    pxk_box_touch(t, fl->box);
    pxk_event_icmp(t, fl->box, f, tr);
}

/* About a request to port 4011: the client's address is that of its lease. */
static void boot_request_unreachable(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f)
{
    for (unsigned i = b->s.round_n; i-- > 0;) {
        struct pxk_round *r = &b->s.round[i];
        if (!r->proxy_requests)
            continue;
        r->proxy_icmp = true;
        pxk_box_touch(t, b);
        pxk_event_icmp(t, b, f, NULL);
        return;
    }
}

/* What ICMP says of a destination, in the codes of ICMPv4 (RFC 792); RFC 4443 3.1 and 3.2 say the same with others. -1: it
 * says nothing of one. */
static int unreachable_code(const struct pxk_frame *f)
{
    static const uint8_t of6[] = {PXK_ICMP_NET_UNREACHABLE,  PXK_ICMP_ADMIN_PROHIBITED, PXK_ICMP_HOST_UNREACHABLE,
                                  PXK_ICMP_HOST_UNREACHABLE, PXK_ICMP_PORT_UNREACHABLE, PXK_ICMP_ADMIN_PROHIBITED};
    if (f->l4 == PXK_L4_ICMP)
        return f->icmp.type == PXK_ICMP_UNREACHABLE ? f->icmp.code : -1;
    if (f->icmp.type == PXK_ICMP6_TOO_BIG)
        return PXK_ICMP_FRAGMENTATION_NEEDED;
    return f->icmp.type == PXK_ICMP6_UNREACHABLE && f->icmp.code < PXK_COUNT(of6) ? of6[f->icmp.code] : -1;
}

void pxk_track_icmp(struct pxk_tracker *t, const struct pxk_frame *f)
{
    int code = unreachable_code(f);
    if (code < 0 || !f->icmp.has_inner)
        return;
    if (f->icmp.inner_proto == PXK_IP_TCP)
        pxk_tcp_unreachable(t, f, (uint8_t)code);
    if (f->icmp.inner_proto != PXK_IP_UDP || pxk_dns_unreachable(t, f))
        return;
    if (f->icmp.inner_dport == PXK_PXE_PORT) {
        struct box *b = pxk_box_by_ip(t, f->icmp.inner_from);
        if (b)
            boot_request_unreachable(t, b, f);
        return;
    }
    /* The packet was the client's, or (a client that has closed its port) the server's. */
    const struct flow *fl = pxk_flow_get(t, f->icmp.inner_from, f->icmp.inner_sport);
    if (!fl)
        fl = pxk_flow_get(t, f->icmp.inner_to, f->icmp.inner_dport);
    if (fl)
        transfer_unreachable(t, fl, f, (uint8_t)code);
}
