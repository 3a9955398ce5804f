/* Events of the DHCP engine as log lines and counters. */
#include "service.h"

static void client_add(const struct pxk_dhcpd_event *e, struct pxk_str *out)
{
    char mac[PXK_MAC_STRLEN], arch[16];
    pxk_str_add(out, pxk_mac_text(&e->mac, mac));
    if (e->pxe && e->arch != PXK_ARCH_UNSET)
        pxk_str_addf(out, " (%s%s)", pxk_arch_name(e->arch, arch), e->ipxe ? ", iPXE" : "");
}

static void relay_add(const struct pxk_dhcpd_event *e, struct pxk_str *out)
{
    char ip[PXK_IP4_STRLEN];
    if (e->relay)
        pxk_str_addf(out, ", by relay %s", pxk_ip4_text(e->relay, ip));
}

static void file_add(const struct pxk_dhcpd_event *e, struct pxk_str *out)
{
    if (e->file)
        pxk_str_addf(out, ", boot file %s", e->file);
    else if (e->pxe)
        pxk_str_add(out, ", no boot file for this client");
}

static void body_add(const struct pxk_dhcpd_event *e, struct pxk_str *out)
{
    char ip[PXK_IP4_STRLEN];
    const char *a = pxk_ip4_text(e->ip, ip);
    switch (e->kind) {
    case PXK_DHCPD_OFFERED:
        pxk_str_addf(out, ": %s offered", a);
        file_add(e, out);
        return;
    case PXK_DHCPD_ACKED:
        pxk_str_addf(out, ": %s leased for ", a);
        pxk_str_add_duration(out, e->lease_s * PXK_SEC);
        file_add(e, out);
        return;
    case PXK_DHCPD_NAKED:
        pxk_str_addf(out, ": %s refused", a);
        break;
    case PXK_DHCPD_INFORMED:
        pxk_str_addf(out, ": %s informed", a);
        file_add(e, out);
        return;
    case PXK_DHCPD_BOOT_ANSWERED:
        pxk_str_addf(out, ": %s asked the boot service", a);
        file_add(e, out);
        return;
    case PXK_DHCPD_RELEASED:
        pxk_str_addf(out, ": %s released", a);
        return;
    case PXK_DHCPD_DECLINED:
        pxk_str_addf(out, ": %s declined", a);
        break;
    case PXK_DHCPD_NO_LEASE:
        pxk_str_add(out, ": no address");
        break;
    case PXK_DHCPD_NOT_CHOSEN:
    case PXK_DHCPD_IGNORED:
        pxk_str_addf(out, ": %s ignored", pxk_dhcp4_type_name(e->type));
        break;
    case PXK_DHCPD_CUT:
        pxk_str_addf(out, ": %s", a);
        break;
    case PXK_DHCPD_FAULTED:
        pxk_str_addf(out, ": %s not answered, on purpose", pxk_dhcp4_type_name(e->type));
        break;
    }
    if (e->reason)
        pxk_str_addf(out, ": %s", e->reason);
}

static enum pxk_log_level level_of(enum pxk_dhcpd_event_kind kind)
{
    switch (kind) {
    case PXK_DHCPD_ACKED:
    case PXK_DHCPD_INFORMED:
    case PXK_DHCPD_BOOT_ANSWERED:
    case PXK_DHCPD_RELEASED:
    case PXK_DHCPD_FAULTED:
        return PXK_LOG_INFO;
    case PXK_DHCPD_NAKED:
    case PXK_DHCPD_DECLINED:
    case PXK_DHCPD_NO_LEASE:
    case PXK_DHCPD_CUT:
        return PXK_LOG_WARN;
    case PXK_DHCPD_OFFERED:
    case PXK_DHCPD_NOT_CHOSEN:
    case PXK_DHCPD_IGNORED:
        break;
    }
    return PXK_LOG_DEBUG;
}

static void count(struct pxk_server_counts *c, enum pxk_dhcpd_event_kind kind)
{
    c->offers += kind == PXK_DHCPD_OFFERED;
    c->acks += kind == PXK_DHCPD_ACKED;
    c->naks += kind == PXK_DHCPD_NAKED;
    c->no_lease += kind == PXK_DHCPD_NO_LEASE;
}

void pxk_server_log_dhcp(const struct pxk_log *log, const struct pxk_dhcpd_event *e)
{
    enum pxk_log_level level = level_of(e->kind);
    char buf[512];
    if (!log || level > log->level)
        return;
    struct pxk_str line = pxk_str_init(buf, sizeof buf);
    client_add(e, &line);
    body_add(e, &line);
    relay_add(e, &line);
    pxk_log(log, level, "dhcp: %s", buf);
}

void dhcp_log_event(void *server, const struct pxk_dhcpd_event *e)
{
    struct pxk_server *s = server;
    count(&s->counts, e->kind);
    pxk_server_log_dhcp(s->log, e);
}
