/* Step 2 of a client that is only watched. */
#include "session_int.h"

enum { GIVEN_UP = 4, REPEATED = 2 }; /* the PXE specification's and every firmware's number of tries */

static void list_words(const struct pxk_round *r, uint8_t type, struct pxk_str *why)
{
    char ip[PXK_IP4_STRLEN];
    const struct pxk_answer *a = pxk_round_answer(r, type);
    pxk_str_add(why, a ? pxk_ip4_text(a->src, ip) : "nobody");
}

/* Is there an offer with an address? And if so: one with a boot file, its own or a proxy's? */
static const struct pxk_answer *address_offer(const struct pxk_round *r)
{
    for (unsigned i = 0; i < r->answer_n; i++) {
        const struct pxk_answer *a = &r->answer[i];
        if (a->yiaddr && (a->type == PXK_DHCP4_OFFER || a->type == PXK_DHCP4_NONE))
            return a;
    }
    return NULL;
}

static enum pxk_verdict no_offer(const struct pxk_session *s, const struct pxk_round *r, struct pxk_str *why)
{
    bool proxy_only = r->answer_n > 0;
    if (proxy_only)
        pxk_str_add(why, "only proxy offers, no address,");
    else
        pxk_str_add(why, "no offer");
    pxk_str_addf(why, " to %u DISCOVER%s", r->discovers, r->discovers == 1 ? "" : "s");
    bool over = r->discovers >= REPEATED || pxk_session_quiet(s, r->ended);
    return over ? PXK_VERDICT_FAIL : PXK_VERDICT_UNKNOWN;
}

/* Offers came, but the client never asks for one. EDK2 repeats DISCOVER when none suits it. */
static enum pxk_verdict not_taken(const struct pxk_session *s, const struct pxk_round *r,
                                  const struct pxk_answer *offer, struct pxk_str *why)
{
    char file[256];
    bool edk2 = r->persona && r->persona->rules == PXK_RULES_EDK2;
    bool over = r->discovers >= (edk2 ? REPEATED : GIVEN_UP) || pxk_session_quiet(s, r->ended);
    if (edk2 && offer->edk2_drops)
        pxk_str_addf(why, "the firmware discards the offer: %s", offer->edk2_why);
    else if (offer->csum == PXK_CSUM_BAD)
        pxk_str_add(why, "the offer's UDP checksum is wrong");
    else if (!pxk_round_boot_answer(r, file, sizeof file))
        pxk_str_add(why, "the offer names no boot file");
    else
        pxk_str_addf(why, "the offer is not taken up, %u DISCOVERs", r->discovers);
    return over ? PXK_VERDICT_FAIL : PXK_VERDICT_UNKNOWN;
}

static enum pxk_verdict no_lease(const struct pxk_session *s, const struct pxk_round *r, struct pxk_str *why)
{
    const struct pxk_answer *offer = address_offer(r);
    if (pxk_round_answer(r, PXK_DHCP4_NAK)) {
        list_words(r, PXK_DHCP4_NAK, why);
        pxk_str_addf(why, " refuses with NAK, %u times", pxk_round_answer(r, PXK_DHCP4_NAK)->count);
        return PXK_VERDICT_FAIL;
    }
    if (r->requests) {
        pxk_str_addf(why, "no ACK to %u REQUEST%s", r->requests, r->requests == 1 ? "" : "s");
        bool over = r->requests >= REPEATED || pxk_session_quiet(s, r->ended);
        return over ? PXK_VERDICT_FAIL : PXK_VERDICT_UNKNOWN;
    }
    return offer ? not_taken(s, r, offer, why) : no_offer(s, r, why);
}

static bool fetched_since(const struct pxk_session *s, pxk_usec at)
{
    for (size_t i = 0; i < s->transfers.n; i++)
        if (s->transfers.at[i].started >= at)
            return true;
    for (size_t i = 0; i < s->https.n; i++)
        if (s->https.at[i].at >= at)
            return true;
    return false;
}

static enum pxk_verdict lease_judged(const struct pxk_session *s, const struct pxk_round *r,
                                     const struct pxk_answer *lease, struct pxk_str *why)
{
    char file[256], ip[PXK_IP4_STRLEN];
    bool fetched = fetched_since(s, r->started);
    bool named = pxk_round_boot_answer(r, file, sizeof file) != NULL;
    if (r->proxy_requests && !r->proxy_answers && !fetched) {
        pxk_str_addf(why, "port 4011 of %s %s, %u requests", pxk_ip4_text(r->proxy_to, ip),
                     r->proxy_icmp ? "is closed" : "does not answer", r->proxy_requests);
        bool over = r->proxy_icmp || r->proxy_requests >= REPEATED || pxk_session_quiet(s, r->proxy_last);
        return over ? PXK_VERDICT_FAIL : PXK_VERDICT_UNKNOWN;
    }
    pxk_lease_words(lease, why);
    if (named)
        pxk_str_addf(why, "; boot file %s", file);
    if (named || fetched || (!r->pxe && !r->http && !r->ipxe))
        return PXK_VERDICT_PASS;
    for (unsigned i = 0; i < r->answer_n; i++)
        if (r->answer[i].has_menu) { /* it asks a boot server when somebody or its prompt has chosen */
            pxk_str_add(why, "; a boot menu");
            return pxk_session_quiet(s, r->ended) ? PXK_VERDICT_FAIL : PXK_VERDICT_UNKNOWN;
        }
    pxk_str_add(why, ", but no boot file");
    return PXK_VERDICT_FAIL;
}

static enum pxk_verdict round_judged(const struct pxk_session *s, const struct pxk_round *r, struct pxk_str *why)
{
    const struct pxk_answer *lease = pxk_round_lease(r);
    return lease ? lease_judged(s, r, lease, why) : no_lease(s, r, why);
}

/* A network that answers one of several ways to boot (PXE, HTTP, iPXE's own DHCP) is good; unless the chain
 * breaks in its middle: a loader that asks again and gets nothing. */
static const struct pxk_round *round_that_counts(const struct pxk_session *s)
{
    char scrap[200];
    const struct pxk_round *good = NULL, *last = NULL;
    for (unsigned i = 0; i < s->round_n; i++) {
        const struct pxk_round *r = &s->round[i];
        struct pxk_str out = pxk_str_init(scrap, sizeof scrap);
        if (!r->pxe && !r->http && !r->ipxe)
            continue;
        last = r;
        if (round_judged(s, r, &out) == PXK_VERDICT_PASS)
            good = r;
    }
    if (good && good != last && last->ipxe && !good->ipxe && !fetched_since(s, last->started))
        return last;
    return good ? good : pxk_session_firmware_round(s);
}

/* ---- IPv6 ---- */

static enum pxk_verdict judged6(const struct pxk_session *s, const struct pxk_boot6 *x, struct pxk_str *why)
{
    char ip[PXK_IP_STRLEN];
    bool fetched = fetched_since(s, x->started), answered = x->advertises || x->replies;
    bool over = x->solicits + x->requests >= GIVEN_UP || pxk_session_quiet(s, x->last);
    if (!answered) {
        pxk_str_addf(why, "no answer to %u DHCPv6 %s%s", x->solicits ? x->solicits : x->requests,
                     x->solicits ? "SOLICIT" : "REQUEST", x->solicits + x->requests == 1 ? "" : "s");
        return over ? PXK_VERDICT_FAIL : PXK_VERDICT_UNKNOWN;
    }
    pxk_str_addf(why, "DHCPv6 from %s", pxk_ip_text(x->server, ip));
    if (*x->url)
        pxk_str_addf(why, "; boot file %s", x->url);
    if (fetched || (*x->url && x->replies))
        return PXK_VERDICT_PASS;
    if (x->status)
        pxk_str_addf(why, ": %s", pxk_dhcp6_status_name(x->status));
    else if (!*x->url)
        pxk_str_add(why, ", but no boot file");
    else
        pxk_str_add(why, ", not taken up");
    return over || x->status ? PXK_VERDICT_FAIL : PXK_VERDICT_UNKNOWN;
}

static unsigned progress6(const struct pxk_boot6 *x)
{
    return (x->advertises || x->replies ? 1u : 0) + (*x->url ? 2u : 0) + (x->replies ? 4u : 0);
}

/* The conversation that got furthest; NULL. */
static const struct pxk_boot6 *best6(const struct pxk_session *s)
{
    const struct pxk_boot6 *best = NULL;
    for (unsigned i = 0; i < s->boot6_n; i++) {
        const struct pxk_boot6 *x = &s->boot6[i];
        if (!best || progress6(x) >= progress6(best))
            best = x;
    }
    return best;
}

/* IPv6 counts where it works, and where IPv4 shows nothing of a server. */
static bool only_6(const struct pxk_session *s, const struct pxk_round *r, const struct pxk_boot6 *x, enum pxk_verdict v4)
{
    char scrap[200];
    struct pxk_str out = pxk_str_init(scrap, sizeof scrap);
    if (!x || v4 == PXK_VERDICT_PASS)
        return false;
    return !r || judged6(s, x, &out) == PXK_VERDICT_PASS || (!r->answer_n && (x->advertises || x->replies)) ||
           (!r->pxe && !r->http && !r->ipxe);
}

static enum pxk_verdict judged4(const struct pxk_session *s, const struct pxk_round *r, struct pxk_str *why)
{
    enum pxk_verdict v = round_judged(s, r, why);
    const struct pxk_round *last = &s->round[s->round_n - 1];
    if (v == PXK_VERDICT_FAIL && s->solicits6 && last != r && !last->pxe && !last->http) {
        pxk_str_add(why, "; it came up without");
        return PXK_VERDICT_WARN;
    }
    return v;
}

enum pxk_verdict pxk_wire_dhcp(const struct pxk_session *s, struct pxk_str *why)
{
    char words[200];
    struct pxk_str four = pxk_str_init(words, sizeof words);
    const struct pxk_round *r = round_that_counts(s);
    const struct pxk_boot6 *x = best6(s);
    enum pxk_verdict v = r ? judged4(s, r, &four) : PXK_VERDICT_UNKNOWN;
    if (only_6(s, r, x, v))
        return judged6(s, x, why);
    pxk_str_add(why, r ? words : "no DHCP packet of it seen");
    return v;
}
