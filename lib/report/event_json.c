/* Events as JSON lines: docs/events.md, docs/schema/event.v1.json. What an event's text tells people stands in members of its own
 * too; members are added, never renamed. */
#include <string.h>

#include "json_int.h"
#include "report_int.h"

static void put_option_text(json_t *o, const char *key, const struct pxk_dhcp4 *m, uint8_t code)
{
    char text[256];
    put_text_if(o, key, pxk_dhcp4_text(m, code, text, sizeof text));
}

static void put_option_ip(json_t *o, const char *key, const struct pxk_dhcp4 *m, uint8_t code)
{
    put_ip_if(o, key, pxk_dhcp4_ip(m, code, 0));
}

/* What both sides send. */
static void put_dhcp(json_t *o, const struct pxk_dhcp4 *m)
{
    char xid[12], uuid[PXK_UUID_STRLEN];
    struct pxk_uuid id;
    put_text(o, "type", pxk_dhcp4_type_name(m->type));
    put_text(o, "xid", pxk_fmt(xid, sizeof xid, "0x%08x", m->xid));
    put_ip_if(o, "ciaddr", m->ciaddr);
    put_ip_if(o, "relay", m->giaddr);
    put_int_if(o, "hops", m->hops);
    put_option_text(o, "vendor", m, PXK_OPT_VENDOR_CLASS);
    if (m->opt[PXK_OPT_CLIENT_UUID].data && m->opt[PXK_OPT_CLIENT_UUID].len == 1 + sizeof id.b) {
        memcpy(id.b, m->opt[PXK_OPT_CLIENT_UUID].data + 1, sizeof id.b);
        put_text(o, "uuid", pxk_uuid_text(&id, uuid));
    }
}

static void put_asked(json_t *o, const struct pxk_dhcp4 *m)
{
    json_t *list;
    const struct pxk_dhcp4_opt *wanted = &m->opt[PXK_OPT_PARAMETER_LIST];
    put_int(o, "secs", m->secs);
    put_bool(o, "broadcast", m->flags & PXK_DHCP4_BROADCAST);
    if (pxk_dhcp4_arch(m) != PXK_ARCH_UNSET)
        put_int(o, "arch_code", pxk_dhcp4_arch(m));
    put_option_text(o, "user_class", m, PXK_OPT_USER_CLASS);
    put_option_ip(o, "requested", m, PXK_OPT_REQUESTED_IP);
    put_option_ip(o, "server", m, PXK_OPT_SERVER_ID);
    if (!wanted->data)
        return;
    list = json_array();
    for (unsigned i = 0; i < wanted->len; i++)
        (void)json_array_append_new(list, json_integer(wanted->data[i]));
    put(o, "asks_for", list);
}

static void put_answer(json_t *o, const struct pxk_answer *a, const struct pxk_round *r)
{
    char mac[PXK_MAC_STRLEN], file[256];
    const char *boot_file = pxk_answer_boot_file(a, r ? r->persona : NULL, file, sizeof file);
    put_ip_if(o, "server", a->server_id ? a->server_id : a->src);
    put_ip_if(o, "source", a->src);
    put_text(o, "server_mac", pxk_mac_text(&a->src_mac, mac));
    put_int(o, "port", a->sport);
    put_bool(o, "proxy", a->proxy);
    put_ip_if(o, "address", a->yiaddr);
    put_ip_if(o, "netmask", a->netmask);
    put_ip_if(o, "router", a->router);
    put_ip_if(o, "next_server", a->siaddr);
    put_text_if(o, "boot_file", boot_file);
    put_text_if(o, "file", a->file);
    put_text_if(o, "option66", a->option66);
    put_text_if(o, "option67", a->option67);
    put_int_if(o, "lease_seconds", a->lease_s);
    put_text_if(o, "message", a->message);
    put_bool(o, "menu", a->has_menu);
    put_seconds(o, "delay", a->delay);
    put_int(o, "count", a->count);
    if (a->edk2_drops)
        put_text(o, "edk2_drops", a->edk2_why);
}

static void put_transfer(json_t *o, const struct pxk_transfer *t, enum pxk_event_kind kind)
{
    char ip[PXK_IP_STRLEN];
    put_text(o, "file", t->file);
    put_text(o, "server", pxk_ip_text(t->server, ip));
    put_int(o, "client_port", t->client_port);
    put_int_if(o, "server_port", t->server_port);
    if (t->profile)
        put_text(o, "asked_as", t->profile->key);
    put_int_if(o, "asked_blksize", t->asked_blksize);
    put_int_if(o, "asked_windowsize", t->asked_window);
    put_bool(o, "asked_tsize", t->asked_tsize);
    put_int(o, "requests", t->requests);
    if (kind == PXK_EVENT_TFTP_REQUEST)
        return;
    put_bool(o, "options", t->oack);
    if (t->has_tsize)
        put_int(o, "tsize", t->tsize);
    put_int_if(o, "blksize", t->blksize);
    put_int_if(o, "windowsize", t->window);
    put_int(o, "bytes", t->bytes);
    put_seconds(o, "seconds", pxk_usec_since(t->started, t->last));
    put_int(o, "retransmissions", t->repeats);
    put_int(o, "gaps", t->gaps);
    put_int(o, "ack_repeats", t->ack_repeats);
    put_bool(o, "probe", t->probe);
    if (t->state == PXK_TRANSFER_REFUSED || t->state == PXK_TRANSFER_ABORTED) {
        put_int(o, "error", t->error);
        put_text(o, "message", t->message);
    }
}

static void put_http(json_t *o, const struct pxk_http *h, enum pxk_event_kind kind)
{
    char ip[PXK_IP_STRLEN];
    put_text(o, "server", pxk_ip_text(h->server, ip));
    put_int(o, "client_port", h->client_port);
    put_int(o, "server_port", h->server_port);
    put_text_if(o, "method", h->method);
    put_text_if(o, "path", h->path);
    put_text_if(o, "host", h->host);
    put_text_if(o, "agent", h->agent);
    put_int_if(o, "status", h->status);
    put_int_if(o, "length", h->length);
    put_text_if(o, "type", h->type);
    if (h->location)
        put_text(o, "location", h->location);
    put_bool(o, "reset", h->reset);
    if (kind != PXK_EVENT_HTTP_DONE)
        return;
    put_int(o, "bytes", h->bytes);
    put_seconds(o, "seconds", pxk_usec_since(h->at, h->last));
}

static void put_conn(json_t *o, const struct pxk_conn *c)
{
    char ip[PXK_IP_STRLEN];
    put_text(o, "server", pxk_ip_text(c->server, ip));
    put_int(o, "client_port", c->client_port);
    put_int(o, "server_port", c->server_port);
    put_text_if(o, "sni", c->tls.sni);
    if (c->tls.alert_by == PXK_TLS_ALERT_NONE)
        return;
    put_text(o, "alert", pxk_tls_alert_words(&c->tls));
    put_text(o, "alert_from", c->tls.alert_by == PXK_TLS_ALERT_CLIENT ? "client" : "server");
}

static void put_dns(json_t *o, const struct pxk_dns *q)
{
    char ip[PXK_IP_STRLEN];
    put_text(o, "server", pxk_ip_text(q->server, ip));
    put_text(o, "name", q->name);
    put_int(o, "type", q->type);
    put_int(o, "asks", q->asks);
    if (!q->answered)
        return;
    put_int(o, "rcode", q->rcode);
    put_int(o, "answers", q->answers);
}

static void put_boot6(json_t *o, const struct pxk_boot6 *x, bool outgoing)
{
    char ip[PXK_IP_STRLEN], arch[16];
    put_int(o, "xid", x->xid);
    put_text(o, "program", x->ipxe ? "ipxe" : x->http ? "http" : x->pxe ? "pxe" : "other");
    if (x->arch != PXK_ARCH_UNSET)
        put_text(o, "client_arch", pxk_arch_name(x->arch, arch));
    put_int(o, "solicits", x->solicits);
    if (outgoing)
        return;
    put_text(o, "server", pxk_ip_text(x->server, ip));
    if (!pxk_ip_is_none(x->address))
        put_text(o, "address", pxk_ip_text(x->address, ip));
    put_text_if(o, "boot_file", x->url);
    put_bool(o, "class_echoed", x->class_back);
    if (x->status)
        put_text(o, "status", pxk_dhcp6_status_name(x->status));
}

static void put_arp(json_t *o, const struct pxk_arp_ask *a)
{
    char mac[PXK_MAC_STRLEN];
    put_ip_if(o, "address", a->ip);
    put_int(o, "asks", a->asks);
    if (a->answered)
        put_text(o, "mac", pxk_mac_text(&a->by, mac));
    if (a->two_answers)
        put_text(o, "other_mac", pxk_mac_text(&a->by_other, mac));
}

static void put_icmp(json_t *o, const struct pxk_transfer *t)
{
    char ip[PXK_IP_STRLEN];
    if (!t || !t->icmp)
        return;
    put_text(o, "icmp_from", pxk_ip_text(t->icmp_from, ip));
    put_int(o, "icmp_code", t->icmp_code);
}

/* What the kind of event is about. */
static void put_subject(json_t *o, const struct pxk_event *e)
{
    if (e->dhcp)
        put_dhcp(o, e->dhcp);
    if (e->dhcp && e->outgoing)
        put_asked(o, e->dhcp);
    if (e->round && e->round->persona)
        put_text(o, "personality", e->round->persona->key);
    if (e->answer)
        put_answer(o, e->answer, e->round);
    if (e->transfer)
        put_transfer(o, e->transfer, e->kind);
    if (e->http)
        put_http(o, e->http, e->kind);
    if (e->conn)
        put_conn(o, e->conn);
    if (e->dns)
        put_dns(o, e->dns);
    if (e->boot6)
        put_boot6(o, e->boot6, e->outgoing);
    if (e->kind == PXK_EVENT_ICMP_UNREACHABLE)
        put_icmp(o, e->transfer);
    if (e->arp)
        put_arp(o, e->arp);
}

void pxk_report_event_json(const struct pxk_event *e, struct pxk_text *out)
{
    json_t *o = json_object();
    char mac[PXK_MAC_STRLEN], arch[16];
    if (e->session) {
        put_text(o, "client", pxk_mac_text(&e->session->mac, mac));
        if (e->session->arch != PXK_ARCH_UNSET)
            put_text(o, "arch", pxk_arch_name(e->session->arch, arch));
        put_int_if(o, "vlan", e->session->vlan);
    }
    put_text(o, "event", pxk_event_key(e->kind));
    put_int_if(o, "frame", e->frame);
    if (e->kind != PXK_EVENT_FACT)
        put_text(o, "from", e->outgoing ? "client" : "server");
    put_text(o, "text", e->text);
    put_subject(o, e);
    json_write_line(o, e->t, out);
}
