/* The five steps of one client, decided here and nowhere else. A client that we play is judged by what it
 * knows (facts), another one by what the wire shows; what cannot be known is not held against anybody. */
#include "session_int.h"

void pxk_lease_words(const struct pxk_answer *lease, struct pxk_str *why)
{
    char ip[PXK_IP4_STRLEN], server[PXK_IP4_STRLEN];
    pxk_str_add(why, "lease ");
    if (lease->lease_s == UINT32_MAX)
        pxk_str_add(why, "for ever ");
    else if (lease->lease_s) {
        pxk_str_add_duration(why, (pxk_usec)lease->lease_s * PXK_SEC);
        pxk_str_addc(why, ' ');
    }
    pxk_str_addf(why, "of %s from %s", pxk_ip4_text(lease->yiaddr, ip),
                 pxk_ip4_text(lease->server_id ? lease->server_id : lease->src, server));
}

pxk_ip4 pxk_arp_unanswered(const struct pxk_session *s)
{
    enum { TRIES = 2 };
    for (unsigned i = 0; i < s->arp_n; i++)
        if (!s->arp[i].answered && s->arp[i].asks >= TRIES)
            return s->arp[i].ip;
    return 0;
}

/* ---- 1 Connectivity ---- */

/* Somebody on this network whose answers reached the client. */
static pxk_ip4 heard_from(const struct pxk_session *s)
{
    for (unsigned i = 0; i < s->round_n; i++)
        if (s->round[i].answer_n)
            return s->round[i].answer[0].src;
    return 0;
}

/* The same over IPv6; NULL. */
static const struct pxk_boot6 *heard_over_6(const struct pxk_session *s)
{
    for (unsigned i = 0; i < s->boot6_n; i++)
        if (s->boot6[i].answer_frame)
            return &s->boot6[i];
    return NULL;
}

static void reach_words(const struct pxk_session *s, pxk_ip4 heard, struct pxk_str *why)
{
    const struct pxk_facts *k = &s->facts;
    const struct pxk_arp_ask *arp = NULL;
    char ip[PXK_IP_STRLEN];
    for (unsigned i = 0; i < s->arp_n && !arp; i++)
        if (s->arp[i].answered)
            arp = &s->arp[i];
    if (arp)
        pxk_str_addf(why, "%s answers ARP", pxk_ip4_text(arp->ip, ip));
    else if (heard)
        pxk_str_addf(why, "%s answers DHCP", pxk_ip4_text(heard, ip));
    else
        pxk_str_addf(why, "%s answers DHCPv6", pxk_ip_text(heard_over_6(s)->server, ip));
    if (k->pinged && k->ping_ok) {
        if (k->ping_ip != (arp ? arp->ip : heard))
            pxk_str_addf(why, ", %s answers ping in ", pxk_ip4_text(k->ping_ip, ip));
        else
            pxk_str_add(why, " and ping in ");
        pxk_str_add_duration(why, k->ping_rtt);
    } else if (k->pinged) {
        pxk_str_add(why, ", not ping");
    }
    if (k->path_mtu_known)
        pxk_str_addf(why, "; path MTU %u", k->path_mtu);
}

static enum pxk_verdict connectivity(const struct pxk_session *s, struct pxk_str *why)
{
    const struct pxk_facts *k = &s->facts;
    if (k->link_known && !k->link_up) {
        pxk_str_add(why, "no link");
        return PXK_VERDICT_FAIL;
    }
    pxk_ip4 heard = heard_from(s);
    bool arp = false;
    for (unsigned i = 0; i < s->arp_n; i++)
        arp |= s->arp[i].answered;
    if (!heard && !arp && !heard_over_6(s)) {
        pxk_str_add(why, k->link_known ? "link is up; nobody answers" : "nobody answers");
        return PXK_VERDICT_UNKNOWN;
    }
    reach_words(s, heard, why);
    if (k->path_mtu_known && k->link_mtu && k->path_mtu < k->link_mtu) {
        pxk_str_addf(why, ", less than the link's %u", k->link_mtu);
        return PXK_VERDICT_WARN;
    }
    return PXK_VERDICT_PASS;
}

/* ---- which judge ---- */

typedef enum pxk_verdict (*judge)(const struct pxk_session *s, struct pxk_str *why);

static const struct {
    judge facts, wire;
} judges[PXK_STEP_N] = {
    [PXK_STEP_CONNECTIVITY] = {connectivity, connectivity},
    [PXK_STEP_DHCP] = {pxk_facts_dhcp, pxk_wire_dhcp},
    [PXK_STEP_FILES] = {pxk_facts_files, pxk_wire_files},
    [PXK_STEP_BOOT] = {pxk_facts_boot, pxk_wire_boot},
    [PXK_STEP_INSTALL] = {pxk_facts_install, pxk_wire_install},
};

/* The last step that a client told to go as far as @until comes to. */
static enum pxk_step last_step(enum pxk_milestone until)
{
    switch (until) {
    case PXK_MILESTONE_OFFER:
    case PXK_MILESTONE_LEASE:
        return PXK_STEP_DHCP;
    case PXK_MILESTONE_LOADER:
    case PXK_MILESTONE_CONFIG:
    case PXK_MILESTONE_KERNEL:
    case PXK_MILESTONE_INITRD:
        return PXK_STEP_BOOT;
    case PXK_MILESTONE_NONE:
    case PXK_MILESTONE_INSTALL:
    case PXK_MILESTONE_N:
        break;
    }
    return PXK_STEP_INSTALL;
}

enum pxk_verdict pxk_session_step(const struct pxk_session *s, enum pxk_step step, char *why, size_t cap)
{
    struct pxk_str out = pxk_str_init(why, cap);
    if (step >= PXK_STEP_N)
        return PXK_VERDICT_UNKNOWN;
    if (!s->facts.emulated)
        return judges[step].wire(s, &out);
    if (step > last_step(s->facts.until)) {
        pxk_str_add(&out, "not asked for");
        return PXK_VERDICT_UNKNOWN;
    }
    return judges[step].facts(s, &out);
}

enum pxk_milestone pxk_session_milestone(const struct pxk_session *s)
{
    return s->facts.emulated ? pxk_facts_milestone(s) : pxk_wire_milestone(s);
}

/* ---- 3 Files: how the service works, alike for both ---- */

/* DATA sent again and ACKs sent again both tell of loss, each seen from the other side of it. */
static uint64_t losses(const struct pxk_transfer *tr)
{
    return tr->repeats > tr->ack_repeats ? tr->repeats : tr->ack_repeats;
}

static bool is_lossy(const struct pxk_transfer *tr)
{
    enum { FEW = 5, PERCENT = 2 };
    return losses(tr) >= FEW && tr->blocks && losses(tr) * 100 > tr->blocks * PERCENT;
}

enum pxk_verdict pxk_service_words(const struct pxk_session *s, struct pxk_str *why)
{
    const struct pxk_transfer *big = NULL, *lossy = NULL;
    size_t http = 0;
    for (size_t i = 0; i < s->transfers.n; i++) {
        const struct pxk_transfer *tr = &s->transfers.at[i];
        if (is_lossy(tr) && (!lossy || losses(tr) > losses(lossy)))
            lossy = tr;
        if (tr->state == PXK_TRANSFER_DONE && (!big || tr->bytes > big->bytes))
            big = tr;
    }
    for (size_t i = 0; i < s->https.n; i++)
        http += s->https.at[i].status >= 200 && s->https.at[i].status < 300;
    if (big) {
        pxk_str_addf(why, "TFTP %s%sblksize %u", big->oack ? "with " : "without options, ",
                     big->has_tsize ? "tsize, " : "", big->blksize);
        if (big->window > 1)
            pxk_str_addf(why, ", windowsize %u", big->window);
        pxk_usec took = pxk_usec_since(big->started, big->last);
        if (took >= PXK_MSEC) { /* less says nothing about speed */
            pxk_str_add(why, "; ");
            pxk_str_add_bytes(why, big->bytes * PXK_SEC / took);
            pxk_str_add(why, "/s");
        }
    }
    if (http)
        pxk_str_addf(why, "%sHTTP", big ? "; " : "");
    if (!lossy)
        return PXK_VERDICT_PASS;
    pxk_str_addf(why, "; losses: %s needed %llu repeats for %llu blocks", pxk_base_name(lossy->file),
                 (unsigned long long)losses(lossy), (unsigned long long)lossy->blocks);
    return PXK_VERDICT_WARN;
}
