/* Booting over IPv6: an address and a URL by DHCPv6 (RFC 8415, RFC 5970). Field catalogue 4.3. */
#include "diag_int.h"

#define V6 "dhcpv6"

/* EDK2 collects answers until its first SOLICIT times out. */
#define COLLECTS (4 * PXK_SEC)

bool dx_boots_over_ipv6(const struct dx *d)
{
    const struct pxk_boot6 *x = pxk_session_boot6(d->s);
    return x && x->replies && !x->params_bad;
}

static bool answered(const struct pxk_boot6 *x)
{
    return x->advertises || x->replies;
}

/* It asked again, or has had the time to. */
static bool over(const struct dx *d, const struct pxk_boot6 *x)
{
    return x->solicits >= 2 || dx_gave_up(d) || x < &d->s->boot6[d->s->boot6_n - 1] || dx_silent(d, x->last, COLLECTS);
}

static const char *program(const struct pxk_boot6 *x)
{
    return x->ipxe ? "iPXE" : x->http ? "HTTP boot" : "PXE";
}

static void tell_answer(struct dx *d, struct pxk_finding *f, const struct pxk_boot6 *x)
{
    char ip[PXK_IP_STRLEN], arch[16];
    dx_seen(f, "%s over IPv6 (option 61: %s): %s answers the SOLICIT", program(x),
            x->arch == PXK_ARCH_UNSET ? "none" : pxk_arch_name(x->arch, arch), pxk_ip_text(x->server, ip));
    dx_frame(f, x->first_frame);
    dx_frame(f, x->answer_frame);
    dx_filter(d, f, V6);
}

static void no_url(struct dx *d, const struct pxk_boot6 *x)
{
    struct pxk_finding *f = dx_fail(d, FINDING_NO_BOOT_FILE_URL);
    tell_answer(d, f, x);
    dx_seen(f, " without option 59");
    if (x->arch == PXK_ARCH_UNSET)
        dx_cause(f, "the client sends no option 61: rules by architecture have no row for it");
}

static void bad_params(struct dx *d, const struct pxk_boot6 *x)
{
    struct pxk_finding *f = dx_fail(d, FINDING_BOOT_FILE_PARAMS_MALFORMED);
    tell_answer(d, f, x);
    dx_seen(f, " with %s and an option 60 whose lengths run past its end", *x->url ? x->url : "no URL");
}

static void no_address(struct dx *d, const struct pxk_boot6 *x)
{
    struct pxk_finding *f = dx_fail(d, FINDING_NO_DHCPV6_ADDRESS);
    tell_answer(d, f, x);
    dx_seen(f, " with the status NoAddrsAvail");
    dx_frame(f, x->status_frame);
    if (d->s->boot6_n > 1 && !pxk_ip_is_none(d->s->boot6[0].address)) {
        char ip[PXK_IP_STRLEN];
        dx_seen(f, "; an earlier stage got %s", pxk_ip_text(d->s->boot6[0].address, ip));
    }
}

static void no_class(struct dx *d, const struct pxk_boot6 *x)
{
    struct pxk_finding *f = dx_fail(d, FINDING_HTTP_CLASS_NOT_ECHOED_V6);
    tell_answer(d, f, x);
    dx_seen(f, " with %s, but without the vendor class HTTPClient (option 16)", x->url);
}

/* No answer at all, although it asks as often as one that will get none. */
static void no_server(struct dx *d)
{
    const struct pxk_seen_ra *ra = pxk_tracker_ra(d->tracker);
    const struct pxk_boot6 *first = &d->s->boot6[0];
    pxk_usec last = first->last;
    unsigned solicits = 0;
    char ip[PXK_IP_STRLEN];
    for (unsigned i = 0; i < d->s->boot6_n; i++) {
        solicits += d->s->boot6[i].solicits;
        last = d->s->boot6[i].last;
    }
    if (solicits < 3 && !(solicits && dx_gave_up(d)))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_NO_DHCPV6_SERVER);
    dx_seen(f, "%s over IPv6: %u SOLICIT in %.0f s, no ADVERTISE at all", program(first), solicits,
            (double)pxk_usec_since(first->started, last) / 1e6);
    dx_frame(f, first->first_frame);
    dx_filter(d, f, V6);
    if (!ra->n) {
        dx_seen(f, "; no router advertisement either");
        dx_cause(f, "there is no IPv6 on this network: no router announces itself");
        return;
    }
    dx_seen(f, "; the router %s says %s", pxk_ip_text(ra->router, ip),
            ra->managed ? "that addresses come by DHCPv6 (M)" : ra->other ? "that DHCPv6 gives options alone (O)" : "nothing of DHCPv6");
    dx_frame(f, ra->frame);
    if (ra->managed || ra->other)
        dx_cause(f, "the router sends clients to a DHCPv6 server that is down, not reached or not relayed to");
    else
        dx_cause(f, "this network has no DHCPv6: its router hands out addresses alone (neither M nor O flag)");
}

static bool judged(struct dx *d, const struct pxk_boot6 *x)
{
    if (!answered(x) || !over(d, x) || dx_fetched_since(d, x->started))
        return false;
    if (x->params_bad)
        bad_params(d, x);
    else if (x->status == PXK_DHCP6_STATUS_NO_ADDRS_AVAIL && pxk_ip_is_none(x->address))
        no_address(d, x);
    else if (!*x->url)
        no_url(d, x);
    else if (x->http && !x->class_back && !x->replies)
        no_class(d, x);
    return d->failed;
}

/* Machines try both IPs in turn: what they try first and is answered is what they are meant to boot by. */
static bool v4_came_first(const struct dx *d)
{
    return d->fw && (d->fw->pxe || d->fw->http) && d->fw->answer_n && d->fw->started < d->s->boot6[0].started;
}

void rule_boot_over_ipv6(struct dx *d)
{
    bool silent = true;
    if (!d->s->boot6_n || dx_loader_came(d) || dx_boots_over_ipv6(d) || v4_came_first(d))
        return;
    for (unsigned i = 0; i < d->s->boot6_n; i++) {
        silent = silent && !answered(&d->s->boot6[i]);
        if (judged(d, &d->s->boot6[i]))
            return;
    }
    bool v4_too = d->fw && (d->fw->pxe || d->fw->http);
    if (silent && !v4_too)
        no_server(d);
}
