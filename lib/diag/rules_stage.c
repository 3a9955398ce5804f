/* Rules for DHCP of the stages after the firmware, and for proxies that one stage has and another one lacks: a loader that
 * asks again and gets nothing, a refusal, or an answer without what it needs. */
#include <string.h>

#include "diag_int.h"

/* ---- no answer ---- */

static const char *stage_words(const struct pxk_round *r)
{
    return r->ipxe ? "iPXE, loaded by it," : r->pxe || r->http ? "the loader" : "the system";
}

/* Does anything tell spanning tree, which starts again when a driver resets the link, from a server that wants PXE marks? */
static void loader_cause(struct dx *d, struct pxk_finding *f, const struct pxk_round *r)
{
    const struct pxk_seen_port *p = pxk_tracker_port(d->tracker);
    char gap[24], server[PXK_IP4_STRLEN];
    pxk_ip4 alive = dx_server_alive(d);
    dx_seen(f, "; it began %s after the firmware's lease", dx_duration(pxk_usec_since(d->fw->ended, r->started), gap));
    if (p->bpdus >= 2) {
        dx_seen(f, "; spanning tree runs on this port (%u BPDUs)", p->bpdus);
        dx_cause(f, "the loader's driver resets the link, and spanning tree holds the port for 30 s again");
        dx_frame(f, p->bpdu_frame);
    } else if (!r->pxe && !r->http && !r->ipxe) {
        dx_cause(f, "the server answers PXE clients alone (option 60), and this request has no such mark");
    } else if (alive) {
        dx_seen(f, "; %s answers others", pxk_ip4_text(alive, server));
    }
}

void rule_loader_dhcp(struct dx *d)
{
    const struct pxk_round *r = dx_later_unanswered(d);
    if (!r || d->path.stage[PXK_STAGE_KERNEL].have || !dx_loader_came(d))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_LOADER_DHCP_UNANSWERED);
    dx_seen(f, "the firmware got its address and %s; then %s sends %u DISCOVER%s without an answer", d->boot_file, stage_words(r),
            r->discovers, r->discovers == 1 ? "" : "s");
    loader_cause(d, f, r);
    dx_frame(f, d->fw->first_frame);
    dx_frame(f, r->first_frame);
    dx_filter(d, f, "dhcp");
}

/* ---- refused ---- */

static bool acked_after(const struct pxk_session *s, unsigned from)
{
    for (unsigned i = from; i < s->round_n; i++)
        if (round_acked(&s->round[i]))
            return true;
    return false;
}

static bool same_net(pxk_ip4 a, pxk_ip4 b, pxk_ip4 mask)
{
    return (a & mask) == (b & mask);
}

/* A system that asks for its old address, is refused and then starts afresh is normal: only an end counts. */
void rule_loader_nak(struct dx *d)
{
    char ip[PXK_IP4_STRLEN], by[PXK_IP4_STRLEN], had[PXK_IP4_STRLEN];
    const struct pxk_answer *first = d->fw ? pxk_round_lease(d->fw) : NULL;
    for (unsigned i = 1; i < d->s->round_n && first; i++) {
        const struct pxk_round *r = &d->s->round[i];
        const struct pxk_answer *nak = pxk_round_answer(r, PXK_DHCP4_NAK);
        if (!nak || r == d->fw || acked_after(d->s, i) || !round_given_up(d, r))
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_DHCP_NAK);
        dx_seen(f, "the firmware got %s from %s; %s asks for %s, and %s answers NAK, %u times", pxk_ip4_text(first->yiaddr, had),
                pxk_ip4_text(answer_server(first), by), stage_words(r), pxk_ip4_text(r->requested, ip),
                pxk_ip4_text(answer_server(nak), by), nak->count);
        if (*nak->message)
            dx_seen(f, " (\"%s\")", nak->message);
        pxk_ip4 mask = first->netmask ? first->netmask : 0xffffff00;
        if (r->requested && !same_net(r->requested, answer_server(nak), mask))
            dx_cause(f, "%s is of another network than %s: the lease came from a second server, or the client is in another VLAN now",
                     ip, by);
        else if (answer_server(first) != answer_server(nak))
            dx_cause(f, "another server than the one that gave the lease refuses it: one authority per network");
        dx_frame(f, first->frame);
        dx_frame(f, nak->frame);
        dx_filter(d, f, "dhcp.option.dhcp == 3 || dhcp.option.dhcp == 6");
        return;
    }
}

/* ---- proxies ---- */

static const struct pxk_answer *proxy_in(const struct pxk_round *r)
{
    for (unsigned i = 0; i < r->answer_n; i++)
        if (r->answer[i].proxy && answer_is_offer(&r->answer[i]))
            return &r->answer[i];
    return NULL;
}

static bool dhcp_boots(const struct dx *d, const struct pxk_round *r)
{
    for (unsigned i = 0; i < r->answer_n; i++)
        if (!r->answer[i].proxy && answer_boots(d, &r->answer[i]))
            return true;
    return false;
}

static const struct pxk_round *round_without_file(const struct dx *d, unsigned i)
{
    const struct pxk_round *r = &d->s->round[i];
    const struct pxk_answer *lease = pxk_round_lease(r);
    if (!lease || !(r->pxe || r->http || r->ipxe) || r->proxy_requests || dhcp_boots(d, r) || dx_fetched_since(d, lease->at))
        return NULL;
    return dx_gave_up(d) || dx_restarts_after(d, lease->at) || pxk_usec_since(lease->at, d->now) > PXK_SILENCE ? r : NULL;
}

static void proxy_late(struct dx *d, const struct pxk_round *r, const struct pxk_answer *proxy)
{
    char src[PXK_IP4_STRLEN], took[24], left[24];
    struct pxk_finding *f = dx_fail(d, FINDING_PROXY_TOO_LATE);
    dx_seen(f, "the proxy %s offers %s after the first DISCOVER; %s had sent its REQUEST after %s, with no boot file",
            pxk_ip4_text(answer_server(proxy), src), dx_duration(pxk_usec_since(r->started, proxy->at), took),
            r->ipxe ? "iPXE" : "the client", dx_duration(pxk_usec_since(r->started, r->request_at[0]), left));
    dx_frame(f, r->request_frame);
    dx_frame(f, proxy->frame);
    dx_filter(d, f, "dhcp");
}

/* The firmware had a proxy, what it loaded has none. */
static void proxy_gone(struct dx *d, const struct pxk_round *r, const struct pxk_answer *proxy)
{
    char src[PXK_IP4_STRLEN];
    struct pxk_finding *f = dx_fail(d, FINDING_PROXY_TOO_LATE);
    dx_seen(f, "the proxy %s answered the firmware; the DISCOVER of %s has a DHCP answer without a boot file, and none of the proxy",
            pxk_ip4_text(answer_server(proxy), src), stage_words(r));
    dx_cause(f, "%s answers the firmware's PXEClient requests alone, or leaves out clients that say iPXE", src);
    dx_frame(f, proxy->frame);
    dx_frame(f, r->first_frame);
    dx_filter(d, f, "dhcp");
}

void rule_proxy_too_late(struct dx *d)
{
    for (unsigned i = 0; i < d->s->round_n && !d->failed; i++) {
        const struct pxk_round *r = round_without_file(d, i);
        const struct pxk_answer *mine = r ? proxy_in(r) : NULL, *firmware = d->fw ? proxy_in(d->fw) : NULL;
        if (mine && r->requests && mine->at > r->request_at[0])
            proxy_late(d, r, mine);
        else if (r && !mine && r != d->fw && r->ipxe && firmware && dx_loader_came(d))
            proxy_gone(d, r, firmware);
    }
}

/* A proxy that answers others on this network, and a client whose requests come through a relay. */
void rule_proxy_not_relayed(struct dx *d)
{
    const struct pxk_seen_server *sv, *proxy = NULL;
    const struct pxk_answer *offer = d->fw ? round_offer(d->fw) : NULL;
    char relay[PXK_IP4_STRLEN], at[PXK_IP4_STRLEN], server[PXK_IP4_STRLEN];
    size_t n = pxk_tracker_servers(d->tracker, &sv);
    pxk_ip4 through = dx_relay(d);
    if (!offer || !through || !(d->fw->pxe || d->fw->http) || dhcp_boots(d, d->fw) || proxy_in(d->fw) ||
        !round_given_up(d, d->fw) || dx_fetched_since(d, d->fw->started))
        return;
    for (size_t i = 0; i < n && !proxy; i++)
        proxy = sv[i].proxy_offers ? &sv[i] : NULL;
    if (!proxy)
        return;
    pxk_ip4_text(through, relay);
    pxk_ip4_text(proxy->id, at);
    struct pxk_finding *f = dx_fail(d, FINDING_PROXY_NOT_RELAYED);
    dx_seen(f, "the relay %s brings the request to %s, which names no boot file; the proxy %s answers other clients and not this one",
            relay, pxk_ip4_text(answer_server(offer), server), at);
    dx_cause(f, "the relay %s copies requests to %s alone", relay, server);
    dx_fix(f, "on the router of %s: ip helper-address %s, beside the one for %s", relay, at, server);
    dx_frame(f, proxy->first_frame);
    dx_frame(f, d->fw->first_frame);
    dx_frame(f, offer->frame);
    dx_filter(d, f, "dhcp");
}

/* ---- a lease, and then nothing ---- */

static bool asks_for_any(const struct dx *d, pxk_usec since)
{
    for (unsigned i = 0; i < d->s->arp_n; i++)
        if (d->s->arp[i].last >= since && d->s->arp[i].ip != d->s->ip && !d->s->arp[i].answered)
            return true;
    return dx_fetched_since(d, since);
}

/* EDK2 with a lease, a boot file and a server that never asks for it (reported for firmware in the wrong mode). */
void rule_given_up_after_lease(struct dx *d)
{
    const struct pxk_answer *lease = d->fw ? pxk_round_lease(d->fw) : NULL;
    char server[PXK_IP4_STRLEN], took[24];
    if (!lease || !d->fw->pxe || !*d->boot_file || d->fw->proxy_requests || d->s->facts.emulated || d->fw->pi ||
        asks_for_any(d, lease->at) || strstr(d->boot_file, "://"))
        return;
    bool again = dx_restarts_after(d, lease->at), other = false;
    for (unsigned i = 0; i < d->s->round_n; i++)
        other |= d->s->round[i].started > lease->at && !d->s->round[i].pxe && !d->s->round[i].http;
    if (!again && pxk_usec_since(lease->at, d->now) < PXK_SILENCE + 10 * PXK_SEC)
        return;
    struct pxk_finding *f =
        dx_raise(d, FINDING_GIVEN_UP_AFTER_LEASE, again && !other ? PXK_SEVERITY_FAILURE : PXK_SEVERITY_NOTE);
    dx_seen(f, "%s names %s on %s, the client takes the lease and asks nobody for the file; %s", pxk_ip4_text(answer_server(lease), server),
            d->boot_file, d->boot_server ? pxk_ip4_text(d->boot_server, server) : "no server",
            again ? "it starts over" : "nothing in");
    if (!again)
        dx_seen(f, " %s", dx_duration(pxk_usec_since(lease->at, d->now), took));
    dx_frame(f, lease->frame);
    dx_filter(d, f, "dhcp || tftp || arp");
}
