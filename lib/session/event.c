/* Events: what happened, said in one line for people. Nothing is built unless somebody listens. */
#include "session_int.h"

struct pxk_event *pxk_event_open(struct pxk_tracker *t, enum pxk_event_kind kind, struct box *b,
                                 bool outgoing)
{
    if (!t->opts.on_event || !(t->listened & PXK_EVENT_BIT(kind)))
        return NULL;
    t->event = (struct pxk_event){
        .kind = kind, .t = t->now, .frame = t->number, .outgoing = outgoing, .session = &b->s};
    return &t->event;
}

void pxk_event_send(struct pxk_tracker *t, struct pxk_event *e)
{
    t->opts.on_event(t->opts.ctx, e);
}

static struct pxk_str text_of(struct pxk_event *e)
{
    return pxk_str_init(e->text, sizeof e->text);
}

static void add_ip(struct pxk_str *out, const char *before, pxk_ip4 ip)
{
    char text[PXK_IP4_STRLEN];
    pxk_str_addf(out, "%s%s", before, pxk_ip4_text(ip, text));
}

static void add_any_ip(struct pxk_str *out, const char *before, struct pxk_ip ip)
{
    char text[PXK_IP_STRLEN];
    pxk_str_addf(out, "%s%s", before, pxk_ip_text(ip, text));
}

static void add_mac(struct pxk_str *out, const char *before, const struct pxk_mac *mac)
{
    char text[PXK_MAC_STRLEN];
    pxk_str_addf(out, "%s%s", before, pxk_mac_text(mac, text));
}

void pxk_event_client_new(struct pxk_tracker *t, struct box *b)
{
    struct pxk_event *e = pxk_event_open(t, PXK_EVENT_CLIENT_NEW, b, true);
    if (!e)
        return;
    struct pxk_str out = text_of(e);
    add_mac(&out, "new client ", &b->s.mac);
    if (b->s.vlan)
        pxk_str_addf(&out, " on VLAN %u", b->s.vlan);
    pxk_event_send(t, e);
}

/* ---- DHCP ---- */

static enum pxk_event_kind kind_of(unsigned type, bool boot_server, bool answer)
{
    if (boot_server)
        return answer ? PXK_EVENT_PXE_ACK : PXK_EVENT_PXE_REQUEST;
    switch (type) {
    case PXK_DHCP4_OFFER:
        return PXK_EVENT_DHCP_OFFER;
    case PXK_DHCP4_REQUEST:
        return PXK_EVENT_DHCP_REQUEST;
    case PXK_DHCP4_DECLINE:
        return PXK_EVENT_DHCP_DECLINE;
    case PXK_DHCP4_ACK:
        return PXK_EVENT_DHCP_ACK;
    case PXK_DHCP4_NAK:
        return PXK_EVENT_DHCP_NAK;
    case PXK_DHCP4_RELEASE:
        return PXK_EVENT_DHCP_RELEASE;
    case PXK_DHCP4_INFORM:
        return PXK_EVENT_DHCP_INFORM;
    default: /* DISCOVER and BOOTP, which has one question and one answer */
        return answer ? PXK_EVENT_DHCP_OFFER : PXK_EVENT_DHCP_DISCOVER;
    }
}

static void add_who(struct pxk_str *out, const struct pxk_round *r)
{
    char buf[16];
    if (r->pxe || r->http)
        pxk_str_addf(out, ", %s", pxk_arch_name(r->arch, buf));
    if (r->persona)
        pxk_str_addf(out, " (%s)", r->persona->name);
    else if (r->vendor[0])
        pxk_str_addf(out, ", vendor class %s", r->vendor);
    if (r->giaddr)
        add_ip(out, ", relayed by ", r->giaddr);
}

void pxk_event_asks(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f,
                    const struct pxk_round *r, const struct pxk_dhcp4 *m, bool to_boot_server)
{
    struct pxk_event *e = pxk_event_open(t, kind_of(m->type, to_boot_server, false), b, true);
    if (!e)
        return;
    e->round = r;
    e->dhcp = m;
    struct pxk_str out = text_of(e);
    pxk_str_add(&out, pxk_dhcp4_type_name(m->type));
    if (to_boot_server) {
        add_ip(&out, " to boot server ", f->ip.dst);
        pxk_str_addf(&out, " port %u", f->dport);
        pxk_event_send(t, e);
        return;
    }
    pxk_ip4 wanted = pxk_dhcp4_ip(m, PXK_OPT_REQUESTED_IP, m->ciaddr);
    pxk_ip4 server = pxk_dhcp4_ip(m, PXK_OPT_SERVER_ID, 0);
    if (wanted)
        add_ip(&out, m->type == PXK_DHCP4_REQUEST ? " for " : " ", wanted);
    if (server)
        add_ip(&out, m->type == PXK_DHCP4_REQUEST ? " from " : " to ", server);
    if (m->type == PXK_DHCP4_DISCOVER || m->type == PXK_DHCP4_NONE) {
        add_who(&out, r);
        if (r->discovers > 1)
            pxk_str_addf(&out, ", number %u", r->discovers);
    }
    pxk_event_send(t, e);
}

void pxk_event_answer(struct pxk_tracker *t, struct box *b, const struct pxk_round *r,
                      const struct pxk_answer *a, const struct pxk_dhcp4 *m)
{
    bool boot_server = a->sport == PXK_PXE_PORT;
    struct pxk_event *e = pxk_event_open(t, kind_of(m->type, boot_server, true), b, false);
    if (!e)
        return;
    e->round = r;
    e->answer = a;
    e->dhcp = m;
    struct pxk_str out = text_of(e);
    pxk_str_addf(&out, "%s%s", a->proxy ? "proxy " : "", pxk_dhcp4_type_name(a->type));
    if (a->yiaddr)
        add_ip(&out, " ", a->yiaddr);
    add_ip(&out, " from ", a->src);
    if (boot_server)
        pxk_str_add(&out, " port 4011");
    char file[256];
    if (*pxk_answer_boot_file(a, r->persona, file, sizeof file))
        pxk_str_addf(&out, ", boot file %s", file);
    if (a->siaddr)
        add_ip(&out, ", next server ", a->siaddr);
    if (a->has_menu)
        pxk_str_add(&out, ", a boot menu");
    if (a->message[0])
        pxk_str_addf(&out, ": %s", a->message);
    if (a->count > 1)
        pxk_str_addf(&out, ", number %u", a->count);
    else if (a->delay) {
        pxk_str_add(&out, ", after ");
        pxk_str_add_duration(&out, a->delay);
    }
    pxk_event_send(t, e);
}

void pxk_event_dhcp6(struct pxk_tracker *t, struct box *b, const struct pxk_boot6 *x, unsigned type, bool outgoing)
{
    enum pxk_event_kind kind = type == PXK_DHCP6_SOLICIT     ? PXK_EVENT_DHCP6_SOLICIT
                               : type == PXK_DHCP6_ADVERTISE ? PXK_EVENT_DHCP6_ADVERTISE
                               : type == PXK_DHCP6_REPLY     ? PXK_EVENT_DHCP6_REPLY
                                                             : PXK_EVENT_DHCP6_REQUEST;
    struct pxk_event *e = pxk_event_open(t, kind, b, outgoing);
    char buf[16];
    if (!e)
        return;
    e->boot6 = x;
    struct pxk_str out = text_of(e);
    pxk_str_addf(&out, "DHCPv6 %s", pxk_dhcp6_type_name(type));
    if (outgoing) {
        pxk_str_addf(&out, ", %s%s", pxk_arch_name(x->arch, buf), x->ipxe ? " (iPXE)" : x->http ? " (HTTP boot)" : "");
        if (kind == PXK_EVENT_DHCP6_SOLICIT && x->solicits > 1)
            pxk_str_addf(&out, ", number %u", x->solicits);
        pxk_event_send(t, e);
        return;
    }
    if (!pxk_ip_is_none(x->address))
        add_any_ip(&out, " ", x->address);
    add_any_ip(&out, " from ", x->server);
    if (*x->url)
        pxk_str_addf(&out, ", boot file %s", x->url);
    if (x->status && x->status_frame == t->number)
        pxk_str_addf(&out, ": %s", pxk_dhcp6_status_name(x->status));
    pxk_event_send(t, e);
}

/* ---- TFTP ---- */

static void add_request(struct pxk_str *out, const struct pxk_transfer *tr)
{
    pxk_str_addf(out, "RRQ %s", tr->file);
    add_any_ip(out, " to ", tr->server);
    if (tr->asked_blksize)
        pxk_str_addf(out, ", blksize %u", tr->asked_blksize);
    if (tr->asked_tsize)
        pxk_str_add(out, ", tsize");
    if (tr->asked_window)
        pxk_str_addf(out, ", windowsize %u", tr->asked_window);
    if (tr->profile)
        pxk_str_addf(out, " (as %s asks)", tr->profile->key);
    if (tr->requests > 1)
        pxk_str_addf(out, ", number %u", tr->requests);
}

static void add_oack(struct pxk_str *out, const struct pxk_transfer *tr)
{
    pxk_str_addf(out, "OACK %s, blksize %u", tr->file, tr->blksize);
    if (tr->has_tsize) {
        pxk_str_add(out, ", ");
        pxk_str_add_bytes(out, tr->tsize);
    }
    if (tr->window > 1)
        pxk_str_addf(out, ", windowsize %u", tr->window);
    if (!pxk_ip_eq(tr->answered_from, tr->server))
        add_any_ip(out, ", from ", tr->answered_from);
}

static void add_done(struct pxk_str *out, const struct pxk_transfer *tr)
{
    pxk_usec took = pxk_usec_since(tr->started, tr->last);
    pxk_str_addf(out, "%s complete, ", tr->file);
    pxk_str_add_bytes(out, tr->bytes);
    pxk_str_add(out, " in ");
    pxk_str_add_duration(out, took);
    if (tr->repeats)
        pxk_str_addf(out, ", %llu blocks repeated", (unsigned long long)tr->repeats);
}

static void add_error(struct pxk_str *out, const struct pxk_transfer *tr, bool outgoing)
{
    pxk_str_addf(out, "ERROR %u %s%s: %s", tr->error, outgoing ? "from the client for " : "for ", tr->file,
                 tr->message[0] ? tr->message : pxk_tftp_error_words(tr->error));
    if (tr->probe)
        pxk_str_add(out, " (it only wanted the size)");
}

void pxk_event_transfer(struct pxk_tracker *t, enum pxk_event_kind kind, const struct flow *fl, bool outgoing)
{
    struct pxk_event *e = pxk_event_open(t, kind, fl->box, outgoing);
    if (!e)
        return;
    const struct pxk_transfer *tr = pxk_flow_transfer(fl);
    e->transfer = tr;
    struct pxk_str out = text_of(e);
    if (kind == PXK_EVENT_TFTP_REQUEST)
        add_request(&out, tr);
    else if (kind == PXK_EVENT_TFTP_OACK)
        add_oack(&out, tr);
    else if (kind == PXK_EVENT_TFTP_DONE)
        add_done(&out, tr);
    else if (kind == PXK_EVENT_TFTP_ERROR)
        add_error(&out, tr, outgoing);
    else
        pxk_str_addf(&out, "%s: first data", tr->file);
    pxk_event_send(t, e);
}

/* ---- the rest ---- */

void pxk_event_arp(struct pxk_tracker *t, struct box *b, const struct pxk_arp_ask *ask, bool answer)
{
    struct pxk_event *e =
        pxk_event_open(t, answer ? PXK_EVENT_ARP_ANSWER : PXK_EVENT_ARP_ASK, b, !answer);
    if (!e)
        return;
    e->arp = ask;
    struct pxk_str out = text_of(e);
    add_ip(&out, answer ? "" : "who has ", ask->ip);
    if (answer)
        add_mac(&out, " is at ", ask->two_answers ? &ask->by_other : &ask->by);
    if (answer && ask->two_answers)
        add_mac(&out, ", and at ", &ask->by);
    if (!answer && ask->asks > 1)
        pxk_str_addf(&out, ", number %u", ask->asks);
    pxk_event_send(t, e);
}

void pxk_event_icmp(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f,
                    const struct pxk_transfer *tr)
{
    static const char *const words[] = {"net", "host", "protocol", "port"};
    struct pxk_event *e = pxk_event_open(t, PXK_EVENT_ICMP_UNREACHABLE, b, false);
    if (!e)
        return;
    e->transfer = tr;
    struct pxk_str out = text_of(e);
    add_any_ip(&out, "", f->from);
    if (f->icmp.code < PXK_COUNT(words))
        pxk_str_addf(&out, " says: %s unreachable", words[f->icmp.code]);
    else if (f->icmp.code == PXK_ICMP_FRAGMENTATION_NEEDED)
        pxk_str_addf(&out, " says: too long, at most %u bytes", f->icmp.mtu);
    else
        pxk_str_addf(&out, " says: unreachable (code %u)", f->icmp.code);
    add_any_ip(&out, ", about ", f->icmp.inner_to);
    pxk_str_addf(&out, " port %u", f->icmp.inner_dport);
    pxk_event_send(t, e);
}

static void add_http_answer(struct pxk_str *out, const struct pxk_http *h)
{
    pxk_str_addf(out, "HTTP %u for %s", h->status, h->path);
    add_any_ip(out, " from ", h->server);
    if (h->length) {
        pxk_str_add(out, ", ");
        pxk_str_add_bytes(out, h->length);
    }
    if (h->location)
        pxk_str_addf(out, ", see %s", h->location);
}

static void add_http_done(struct pxk_str *out, const struct pxk_http *h)
{
    pxk_str_addf(out, "%s complete, ", h->path);
    pxk_str_add_bytes(out, h->bytes);
    pxk_str_add(out, " in ");
    pxk_str_add_duration(out, pxk_usec_since(h->at, h->last));
}

void pxk_event_http(struct pxk_tracker *t, enum pxk_event_kind kind, struct box *b, const struct pxk_http *h)
{
    struct pxk_event *e = pxk_event_open(t, kind, b, kind == PXK_EVENT_HTTP_REQUEST);
    if (!e)
        return;
    e->http = h;
    struct pxk_str out = text_of(e);
    if (kind == PXK_EVENT_HTTP_RESPONSE) {
        add_http_answer(&out, h);
    } else if (kind == PXK_EVENT_HTTP_DONE) {
        add_http_done(&out, h);
    } else {
        pxk_str_addf(&out, "%s %s", h->method, h->path);
        add_any_ip(&out, " to ", h->server);
        if (h->agent[0])
            pxk_str_addf(&out, " (%s)", h->agent);
    }
    pxk_event_send(t, e);
}

void pxk_event_conn(struct pxk_tracker *t, enum pxk_event_kind kind, struct box *b, const struct pxk_conn *c, bool outgoing)
{
    struct pxk_event *e = pxk_event_open(t, kind, b, outgoing);
    if (!e)
        return;
    e->conn = c;
    struct pxk_str out = text_of(e);
    if (kind == PXK_EVENT_TLS_HELLO) {
        pxk_str_add(&out, "TLS to ");
        add_any_ip(&out, "", c->server);
        pxk_str_addf(&out, " port %u%s%s", c->server_port, c->tls.sni[0] ? " for " : "", c->tls.sni);
    } else if (kind == PXK_EVENT_TLS_ALERT) {
        pxk_str_addf(&out, "TLS alert from the %s: %s", outgoing ? "client" : "server", pxk_tls_alert_words(&c->tls));
    } else {
        pxk_str_addf(&out, "connection refused, port %u", c->server_port);
        add_any_ip(&out, " from ", c->server);
    }
    pxk_event_send(t, e);
}

void pxk_event_dns(struct pxk_tracker *t, struct box *b, const struct pxk_dns *q, bool answer)
{
    struct pxk_event *e = pxk_event_open(t, answer ? PXK_EVENT_DNS_ANSWER : PXK_EVENT_DNS_QUERY, b, !answer);
    if (!e)
        return;
    e->dns = q;
    struct pxk_str out = text_of(e);
    if (!answer)
        pxk_str_addf(&out, "name %s?", q->name);
    else if (q->rcode)
        pxk_str_addf(&out, "name %s: %s", q->name, pxk_dns_rcode_words(q->rcode));
    else
        pxk_str_addf(&out, "name %s: %u record%s", q->name, q->answers, q->answers == 1 ? "" : "s");
    add_any_ip(&out, answer ? " from " : " to ", q->server);
    if (!answer && q->asks > 1)
        pxk_str_addf(&out, ", number %u", q->asks);
    pxk_event_send(t, e);
}
