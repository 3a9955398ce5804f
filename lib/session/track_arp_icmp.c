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

void pxk_track_arp(struct pxk_tracker *t, const struct pxk_frame *f)
{
    const struct pxk_arp *arp = &f->arp;
    struct box *asker = pxk_box_by_mac(t, &arp->sender_mac);
    if (asker && arp->op == PXK_ARP_REQUEST) {
        pxk_box_touch(t, asker);
        arp_question(t, asker, arp);
    }
    struct box *asked_by = pxk_box_by_mac(t, &arp->target_mac);
    if (asked_by && arp->op == PXK_ARP_REPLY)
        arp_answer(t, asked_by, arp);
}

/* ---- ICMP ---- */

static void transfer_unreachable(struct pxk_tracker *t, const struct flow *fl, const struct pxk_frame *f)
{
    struct pxk_transfer *tr = pxk_flow_transfer(fl);
    if (tr->state > PXK_TRANSFER_RUNNING)
        return; /* what comes after the end hurts nobody */
    if (!tr->icmp) {
        tr->icmp = true;
        tr->icmp_code = f->icmp.code;
        tr->icmp_from = pxk_ip_of4(f->ip.src);
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

void pxk_track_icmp(struct pxk_tracker *t, const struct pxk_frame *f)
{
    if (f->icmp.type != PXK_ICMP_UNREACHABLE || !f->icmp.has_inner || f->icmp.inner_proto != PXK_IP_UDP)
        return;
    if (f->icmp.inner_dport == PXK_PXE_PORT) {
        struct box *b = pxk_box_by_ip(t, pxk_ip_of4(f->icmp.inner_src));
        if (b)
            boot_request_unreachable(t, b, f);
        return;
    }
    /* The packet was the client's, or (a client that has closed its port) the server's. */
    const struct flow *fl = pxk_flow_get(t, pxk_ip_of4(f->icmp.inner_src), f->icmp.inner_sport);
    if (!fl)
        fl = pxk_flow_get(t, pxk_ip_of4(f->icmp.inner_dst), f->icmp.inner_dport);
    if (fl)
        transfer_unreachable(t, fl, f);
}
