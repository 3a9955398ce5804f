/* Rules about the way to a web server: its name, its port, TLS, and clients that never set out. */
#include <string.h>

#include "web.h"

/* ---- names ---- */

static bool resolved(const struct dx *d, const char *name)
{
    for (size_t i = 0; i < d->s->dns.n; i++) {
        const struct pxk_dns *q = &d->s->dns.at[i];
        if (strcmp(q->name, name) == 0 && q->answered && !q->rcode && q->answers)
            return true;
    }
    return false;
}

/* PTR is for a host's own curiosity. */
static bool is_forward(const struct pxk_dns *q)
{
    enum { A = 1, AAAA = 28 };
    return q->type == A || q->type == AAAA;
}

static void name_proof(struct dx *d, struct pxk_finding *f, const struct pxk_dns *q)
{
    dx_frame(f, q->frame);
    dx_frame(f, q->last_frame);
    dx_frame(f, q->answer_frame);
    dx_filter(d, f, "dns || icmp");
}

static bool name_unanswered(struct dx *d, const struct pxk_dns *q)
{
    char server[PXK_IP_STRLEN];
    if (q->answered || (!q->icmp && q->asks < 3 && !web_over(d, q->last)))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_NAME_SERVER_SILENT);
    pxk_ip_text(q->server, server);
    dx_seen(f, "%u quer%s for %s to %s, %s", q->asks, q->asks == 1 ? "y" : "ies", q->name, server,
            q->icmp ? "and ICMP says that nobody listens there" : "no answer");
    dx_cause(f, q->icmp ? "no name service runs on %s" : "the name server %s does not answer this client", server);
    name_proof(d, f, q);
    return true;
}

static bool name_unknown(struct dx *d, const struct pxk_dns *q)
{
    char server[PXK_IP_STRLEN];
    if (!q->answered || (!q->rcode && q->answers))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_NAME_UNKNOWN);
    dx_seen(f, "%s says about %s: %s", pxk_ip_text(q->server, server), q->name,
            q->rcode ? pxk_dns_rcode_words(q->rcode) : "the name has no address of this kind");
    name_proof(d, f, q);
    return true;
}

/* Firmware that has a URL with a name and asks nobody for it. */
static void name_never_asked(struct dx *d)
{
    struct url u = url_split(d->boot_file);
    if (!u.is_url || !u.by_name || !d->source || d->s->conns.n || d->s->https.n || d->s->dns.n || !d->s->ip ||
        !web_over(d, d->source->last))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_NAME_NEVER_ASKED);
    char dns[PXK_IP4_STRLEN];
    dx_seen(f, "the boot file is %s, and the client asks no name server for %s; ", d->boot_file, u.host);
    if (d->source->dns)
        dx_seen(f, "DHCP names %s", pxk_ip4_text(d->source->dns, dns));
    else
        dx_seen(f, "DHCP names none (option 6)");
    if (d->source->dns)
        dx_cause(f, "this firmware has no resolver, or another of its checks on the URL failed first");
    dx_frame(f, d->source->frame);
    dx_filter(d, f, "dhcp || dns || tcp");
}

void rule_names(struct dx *d)
{
    for (size_t i = 0; i < d->s->dns.n; i++) {
        const struct pxk_dns *q = &d->s->dns.at[i];
        if (!is_forward(q) || resolved(d, q->name) || web_after_boot(d, q->at) || web_goes_on(d, q->last))
            continue;
        if (name_unanswered(d, q) || name_unknown(d, q))
            return;
    }
    name_never_asked(d);
}

/* ---- the port ---- */

static bool answers_later(const struct dx *d, const struct pxk_conn *c)
{
    if (c->kind == PXK_CONN_TLS)
        return false; /* it answers: the question is with what */
    for (size_t i = 0; i < d->s->conns.n; i++) {
        const struct pxk_conn *o = &d->s->conns.at[i];
        if (o->at > c->at && o->answered && o->server_port == c->server_port && pxk_ip_eq(o->server, c->server))
            return true;
    }
    return false;
}

static void port_proof(struct dx *d, struct pxk_finding *f, const struct pxk_conn *c)
{
    dx_frame(f, c->frame);
    dx_frame(f, c->end_frame ? c->end_frame : c->icmp_frame ? c->icmp_frame : c->last_frame);
    dx_filter(d, f, "tcp.port == %u || icmp", c->client_port);
}

/* A system that runs knocks at many doors: that one is closed is worth a note. */
static bool refused(struct dx *d, const struct pxk_conn *c)
{
    char server[PXK_IP_STRLEN];
    bool boot = !web_after_boot(d, c->at);
    if (!c->refused || (!boot && d->s->facts.emulated))
        return false;
    struct pxk_finding *f = dx_raise(d, FINDING_HTTP_REFUSED, boot ? PXK_SEVERITY_FAILURE : PXK_SEVERITY_NOTE);
    pxk_ip_text(c->server, server);
    dx_seen(f, "%s refuses the connection to port %u (RST)", server, c->server_port);
    dx_cause(f, "no web server listens on %s port %u", server, c->server_port);
    port_proof(d, f, c);
    return true;
}

static bool unanswered(struct dx *d, const struct pxk_conn *c)
{
    char server[PXK_IP_STRLEN], by[PXK_IP_STRLEN];
    if (c->answered || c->refused || !c->syns || web_after_boot(d, c->at) || (!c->icmp && c->syns < 3 && !web_over(d, c->last)))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_HTTP_NO_ANSWER);
    dx_seen(f, "%u SYN%s to %s port %u in %.0f s, ", c->syns, c->syns == 1 ? "" : "s", pxk_ip_text(c->server, server), c->server_port,
            (double)pxk_usec_since(c->at, c->last) / 1e6);
    if (c->icmp)
        dx_seen(f, "and %s says: unreachable (ICMP code %u)", pxk_ip_text(c->icmp_from, by), c->icmp_code);
    else
        dx_seen(f, "no answer");
    if (c->icmp && c->icmp_code >= 9)
        dx_cause(f, "a firewall forbids the connection, and says so");
    else if (c->icmp)
        dx_cause(f, "there is no way to %s", server);
    port_proof(d, f, c);
    return true;
}

/* The host of the URL does not even answer ARP. */
static bool host_is_away(struct dx *d)
{
    struct url u = url_split(d->boot_file);
    char ip[PXK_IP_STRLEN];
    for (unsigned i = 0; i < d->s->arp_n; i++) {
        const struct pxk_arp_ask *a = &d->s->arp[i];
        if (!u.is_url || a->answered || a->asks < 3 || a->ip != pxk_ip_to4(u.ip))
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_HTTP_NO_ANSWER);
        pxk_ip4_text(a->ip, ip);
        dx_seen(f, "%s, the host of %s: %u ARP requests, no answer", ip, d->boot_file, a->asks);
        dx_cause(f, "no machine on this network has the address %s", ip);
        dx_span(f, a->first_frame, a->last_frame);
        dx_filter(d, f, "arp.dst.proto_ipv4 == %s", ip);
        return true;
    }
    return false;
}

/* ---- TLS ---- */

static bool handshake_later(const struct dx *d, const struct pxk_conn *c)
{
    for (size_t i = 0; i < d->s->conns.n; i++)
        if (d->s->conns.at[i].at > c->at && d->s->conns.at[i].tls.established && pxk_ip_eq(d->s->conns.at[i].server, c->server))
            return true;
    return false;
}

enum { BAD_CERT = 42, CERT_LAST = 46, UNKNOWN_CA = 48, HANDSHAKE_FAILURE = 40, PROTOCOL_VERSION = 70, INSUFFICIENT = 71, NAME = 112, EXPIRED = 45 };

static void why_alert(struct pxk_finding *f, const struct pxk_tls *t)
{
    bool client = t->alert_by == PXK_TLS_ALERT_CLIENT;
    if (client && t->alert == EXPIRED)
        dx_cause(f, "the certificate has expired, or the machine's clock is wrong");
    else if (client && ((t->alert >= BAD_CERT && t->alert <= CERT_LAST) || t->alert == UNKNOWN_CA || t->alert_hidden))
        dx_cause(f, "the client does not trust the server's certificate%s", t->alert_hidden ? " (the alert is encrypted; this is the usual one)" : "");
    else if (t->alert == HANDSHAKE_FAILURE || t->alert == PROTOCOL_VERSION || t->alert == INSUFFICIENT)
        dx_cause(f, "client and server have no TLS version, cipher or kind of key in common (the client offers up to TLS 1.%d)",
                 t->offered > 0x0300 ? t->offered - 0x0301 : 0);
    else if (t->alert == NAME)
        dx_cause(f, "the server has no certificate for the name \"%s\"", t->sni);
}

static bool alerted(struct dx *d, const struct pxk_conn *c)
{
    char server[PXK_IP_STRLEN];
    const struct pxk_tls *t = &c->tls;
    if (t->alert_by == PXK_TLS_ALERT_NONE || t->established)
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_TLS_REJECTED);
    dx_seen(f, "TLS to %s port %u%s%s: the %s ends the handshake with an alert: %s", pxk_ip_text(c->server, server), c->server_port,
            *t->sni ? " for " : "", t->sni, t->alert_by == PXK_TLS_ALERT_CLIENT ? "client" : "server", pxk_tls_alert_words(t));
    if (!t->alert_hidden)
        dx_seen(f, " (%u)", t->alert);
    why_alert(f, t);
    dx_frame(f, c->frame);
    dx_frame(f, t->alert_frame);
    dx_filter(d, f, "tls && tcp.port == %u", c->client_port);
    return true;
}

static bool unfinished(struct dx *d, const struct pxk_conn *c)
{
    char server[PXK_IP_STRLEN];
    bool ended = c->rst_client || c->rst_server || c->fin_client || c->fin_server;
    if (c->tls.established || (!ended && !web_over(d, c->last)))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_TLS_UNFINISHED);
    dx_seen(f, "TLS to %s port %u%s%s: %s, ", pxk_ip_text(c->server, server), c->server_port, *c->tls.sni ? " for " : "", c->tls.sni,
            c->tls.server_hello ? "the handshake does not end" : "the client's hello has no answer");
    dx_seen(f, "%s", c->rst_client || c->fin_client   ? "the client closes the connection"
                     : c->rst_server || c->fin_server ? "the server closes the connection"
                                                      : "then silence");
    if (!c->tls.server_hello && (c->rst_server || c->fin_server))
        dx_cause(f, "what listens on port %u does not speak TLS", c->server_port);
    dx_frame(f, c->frame);
    dx_frame(f, c->end_frame ? c->end_frame : c->last_frame);
    dx_filter(d, f, "tcp.port == %u", c->client_port);
    return true;
}

static bool tls_failed(struct dx *d, const struct pxk_conn *c)
{
    if (c->kind != PXK_CONN_TLS || web_after_boot(d, c->at) || handshake_later(d, c))
        return false;
    return alerted(d, c) || unfinished(d, c);
}

void rule_web_server(struct dx *d)
{
    for (size_t i = d->s->conns.n; i-- > 0;) { /* the last one decides: the others were tries */
        const struct pxk_conn *c = &d->s->conns.at[i];
        if (answers_later(d, c) || web_recovers(d, c->last))
            continue;
        if (refused(d, c) || unanswered(d, c) || tls_failed(d, c))
            return;
    }
    (void)host_is_away(d);
}

/* ---- never set out ---- */

/* An address and a URL, and not one packet to a web server. (A URL with a name is rule_names' business.) */
void rule_web_untried(struct dx *d)
{
    struct url u = url_split(d->boot_file);
    if (!u.is_url || d->s->facts.emulated || !d->source || !d->s->ip || d->s->conns.n || d->s->https.n || d->s->transfers.n ||
        !web_over(d, d->source->last))
        return;
    bool ipxe = d->fw && d->fw->ipxe;
    /* Without another try of the firmware it may be the capture's filter that knows no TCP. */
    bool sure = dx_restarts_after(d, d->source->last) || d->s->facts.finished;
    struct pxk_finding *f = dx_raise(d, u.https ? FINDING_HTTPS_UNTRIED : FINDING_HTTP_UNTRIED,
                                     sure ? PXK_SEVERITY_FAILURE : PXK_SEVERITY_WARNING);
    dx_seen(f, "the client has its address and the boot file %s, and opens no TCP connection", d->boot_file);
    if (!u.https && ipxe)
        dx_cause(f, "this iPXE was built without HTTP");
    else if (u.https && !ipxe)
        dx_cause(f, "this firmware has no TLS, or no certificate authority is enrolled in it");
    (void)(ipxe && pxk_str_copy(f->screen, sizeof f->screen, "iPXE: Operation not supported (https://ipxe.org/3c092003)"));
    dx_frame(f, d->source->frame);
    dx_filter(d, f, "dhcp || tcp");
}
