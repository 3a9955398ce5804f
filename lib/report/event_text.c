/* Events as lines for people, as curl -v tells a request: '>' sent by the client, '<' received, '*' facts. */
#include <string.h>

#include "report_int.h"

static bool is_wordy(const char *command)
{
    return !command || strcmp(command, "boot") != 0;
}

/* Who watches does not know the machines by what they are. */
static bool is_watch(const char *command)
{
    return command && strcmp(command, "watch") == 0;
}

/* The protocol, where the text does not begin with it. */
static const char *prefix(enum pxk_event_kind kind)
{
    switch (kind) {
    case PXK_EVENT_DHCP_DISCOVER:
    case PXK_EVENT_DHCP_OFFER:
    case PXK_EVENT_DHCP_REQUEST:
    case PXK_EVENT_DHCP_ACK:
    case PXK_EVENT_DHCP_NAK:
    case PXK_EVENT_DHCP_DECLINE:
    case PXK_EVENT_DHCP_RELEASE:
    case PXK_EVENT_DHCP_INFORM:
        return "DHCP ";
    case PXK_EVENT_PXE_REQUEST:
    case PXK_EVENT_PXE_ACK:
        return "PXE ";
    case PXK_EVENT_ARP_ASK:
    case PXK_EVENT_ARP_ANSWER:
        return "ARP ";
    case PXK_EVENT_TFTP_REQUEST:
    case PXK_EVENT_TFTP_OACK:
    case PXK_EVENT_TFTP_DATA:
    case PXK_EVENT_TFTP_DONE:
    case PXK_EVENT_TFTP_ERROR:
        return "TFTP ";
    case PXK_EVENT_ICMP_UNREACHABLE:
        return "ICMP ";
    case PXK_EVENT_TCP_REFUSED:
        return "TCP ";
    case PXK_EVENT_DNS_QUERY:
    case PXK_EVENT_DNS_ANSWER:
        return "DNS ";
    case PXK_EVENT_HTTP_DONE:
        return "HTTP ";
    case PXK_EVENT_DHCP6_SOLICIT:
    case PXK_EVENT_DHCP6_ADVERTISE:
    case PXK_EVENT_DHCP6_REQUEST:
    case PXK_EVENT_DHCP6_REPLY:
    case PXK_EVENT_CLIENT_NEW:
    case PXK_EVENT_HTTP_REQUEST:
    case PXK_EVENT_HTTP_RESPONSE:
    case PXK_EVENT_TLS_HELLO:
    case PXK_EVENT_TLS_ALERT:
    case PXK_EVENT_FACT:
    case PXK_EVENT_N:
        break;
    }
    return "";
}

static bool is_fact(const struct pxk_event *e)
{
    return e->kind == PXK_EVENT_FACT || e->kind == PXK_EVENT_CLIENT_NEW ||
           e->kind == PXK_EVENT_TFTP_DONE || e->kind == PXK_EVENT_HTTP_DONE;
}

static void options(const struct pxk_dhcp4 *m, const struct pxk_report_opts *opts,
                    struct pxk_text *out)
{
    for (unsigned i = 0; i < m->order_n; i++) {
        uint8_t code = m->order[i];
        const struct pxk_dhcp4_opt *o = &m->opt[code];
        const char *key = pxk_dhcp4_row(code)->key;
        char value[256], line[320];
        struct pxk_str b = pxk_str_init(value, sizeof value);
        if (code == PXK_DHCP4_PAD || code == PXK_DHCP4_END || !o->data)
            continue;
        pxk_dhcp4_value_text(code, o->data, o->len, &b);
        pxk_fmt(line, sizeof line, "%u %s: %s", code, key ? key : "unknown", value);
        text_pad(out, 16);
        text_wrap(out, opts, 16, 20, line);
    }
}

void pxk_report_event(const struct pxk_event *e, pxk_usec start, const struct pxk_report_opts *opts,
                      struct pxk_text *out)
{
    struct pxk_text line = {0};
    char arch[16], mac[PXK_MAC_STRLEN];
    const char *mark = is_fact(e) ? "*" : e->outgoing ? ">" : "<";
    pxk_text_addf(out, "%9.3f ", (double)pxk_usec_since(start, e->t) / 1e6);
    unsigned at = 10;
    if (is_wordy(opts->command) && e->session) {
        const char *who = is_watch(opts->command) ? pxk_mac_text(&e->session->mac, mac) : pxk_arch_name(e->session->arch, arch);
        pxk_text_addf(out, "%-10s ", who);
        at += (unsigned)(strlen(who) > 10 ? strlen(who) : 10) + 1;
    }
    text_ink(out, opts, is_fact(e) ? INK_BOLD : e->outgoing ? INK_PLAIN : INK_GOOD, mark);
    pxk_text_add(out, " ");
    pxk_text_addf(&line, "%s%s", prefix(e->kind), e->text);
    text_wrap(out, opts, at + 2, at + 4, line.s ? line.s : "");
    pxk_text_done(&line);
    bool answer = e->kind == PXK_EVENT_DHCP_OFFER || e->kind == PXK_EVENT_DHCP_ACK ||
                  e->kind == PXK_EVENT_PXE_ACK;
    if (opts->verbose && e->dhcp &&
        (answer || e->kind == PXK_EVENT_DHCP_DISCOVER || e->kind == PXK_EVENT_DHCP_REQUEST))
        options(e->dhcp, opts, out);
}
