/* Rules for the boot file's name and its server, as the answers give them and as the client asks: names that mean no, names that
 * got longer on the way, and two answers to "which server". */
#include <string.h>

#include "diag_int.h"

/* ---- names that mean no ---- */

void rule_netboot_disabled(struct dx *d)
{
    static const char *const words[] = {"netboot-not-allowed", "netboot_not_allowed", "not-allowed", "netboot-disabled"};
    bool no = false;
    for (size_t i = 0; d->source && !no && i < PXK_COUNT(words); i++)
        no = strstr(d->boot_file, words[i]) != NULL;
    if (!no)
        return;
    char src[PXK_IP4_STRLEN];
    struct pxk_finding *f = dx_fail(d, FINDING_NETBOOT_DISABLED_FOR_HOST);
    dx_seen(f, "%s names the boot file %s for %s", pxk_ip4_text(answer_server(d->source), src), d->boot_file, d->mac);
    dx_frame(f, d->source->frame);
    dx_filter(d, f, "dhcp");
}

/* The path's separators are the server's, and quoted. */
static bool is_abort(const char *file)
{
    static const char name[] = "abortpxe.com";
    size_t n = strlen(file);
    return n >= sizeof name - 1 && pxk_str_casecmp(file + n - (sizeof name - 1), name) == 0;
}

static const struct pxk_answer *told_to_abort(const struct dx *d)
{
    char file[256];
    for (unsigned i = 0; i < d->s->round_n; i++)
        for (unsigned k = 0; k < d->s->round[i].answer_n; k++) {
            const struct pxk_answer *a = &d->s->round[i].answer[k];
            pxk_answer_boot_file(a, d->persona, file, sizeof file);
            if (a->aborts || is_abort(file))
                return a;
        }
    return NULL;
}

void rule_no_job(struct dx *d)
{
    const struct pxk_answer *a = told_to_abort(d);
    char src[PXK_IP4_STRLEN], file[256];
    if (!a)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_NO_JOB_FOR_MACHINE);
    pxk_answer_boot_file(a, d->persona, file, sizeof file);
    dx_seen(f, "%s answers%s with ", pxk_ip4_text(answer_server(a), src), a->sport == PXK_PXE_PORT ? " on port 4011" : "");
    dx_seen(f, "%s%s%s", a->aborts ? "the action \"abort\" (option 250.2 = 5)" : "", a->aborts && *file ? ", file " : "", file);
    if (d->fw && d->fw->has_uuid) {
        const uint8_t *u = d->fw->uuid.b; /* as SMBIOS has it: the first three fields are little-endian */
        dx_fix(f, "look for this machine by its MAC %s and its UUID %02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X", d->mac,
               u[3], u[2], u[1], u[0], u[5], u[4], u[7], u[6], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
    }
    dx_frame(f, a->frame);
    dx_filter(d, f, "dhcp");
}

/* ---- HTTP boot with a name for TFTP ---- */

void rule_http_url(struct dx *d)
{
    char src[PXK_IP4_STRLEN], file[256];
    const struct pxk_answer *bad = NULL;
    if (!d->fw || !d->fw->http || dx_fetched_since(d, d->fw->started) || !round_given_up(d, d->fw))
        return;
    for (unsigned i = 0; i < d->fw->answer_n; i++) {
        const struct pxk_answer *a = &d->fw->answer[i];
        if (!a->http)
            continue;
        pxk_answer_boot_file(a, d->persona, file, sizeof file);
        if (strstr(file, "://"))
            return;
        bad = bad ? bad : *file ? a : NULL;
    }
    if (!bad)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_HTTP_BOOT_FILE_NOT_A_URL);
    pxk_answer_boot_file(bad, d->persona, file, sizeof file);
    dx_seen(f, "the client boots over HTTP (option 93: %u), the answer from %s has option 60 HTTPClient and names %s, which is no URL",
            d->fw->arch, pxk_ip4_text(answer_server(bad), src), file);
    dx_fix(f, "dnsmasq: dhcp-boot=tag:http,\"http://%s/%s\"", src, file);
    dx_frame(f, bad->frame);
    dx_filter(d, f, "dhcp");
}

/* ---- which server ---- */

static const struct pxk_transfer *vain(const struct dx *d, pxk_ip4 server)
{
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        bool asked = t->state == PXK_TRANSFER_ASKED && (t->requests >= 3 || t->icmp || dx_silent(d, t->last, PXK_SILENCE));
        if (pxk_ip_to4(t->server) == server && (asked || t->state == PXK_TRANSFER_REFUSED))
            return t;
    }
    return NULL;
}

static bool arp_in_vain(const struct dx *d, pxk_ip4 ip)
{
    for (unsigned i = 0; i < d->s->arp_n; i++)
        if (d->s->arp[i].ip == ip && !d->s->arp[i].answered && d->s->arp[i].asks >= 3)
            return true;
    return false;
}

/* Option 66 names one server, the header another, and the client goes by the header. */
void rule_next_server_differs(struct dx *d)
{
    const struct pxk_answer *a = d->source;
    char header[PXK_IP4_STRLEN];
    pxk_ip4 named = 0;
    if (!a || !a->siaddr || !*a->option66 || dx_loader_came(d))
        return;
    bool dotted = pxk_ip4_parse(a->option66, &named) == PXK_OK;
    /* A name cannot be compared: it counts where the header holds the DHCP server's own address, as by default. */
    if (dotted ? named == a->siaddr : a->siaddr != answer_server(a))
        return;
    const struct pxk_transfer *t = vain(d, a->siaddr);
    if (!t && !arp_in_vain(d, a->siaddr))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_NEXT_SERVER_AND_66_DIFFER);
    dx_seen(f, "next-server (siaddr) is %s%s, option 66 says %s; the client asks %s for %s in vain", pxk_ip4_text(a->siaddr, header),
            a->siaddr == answer_server(a) ? ", the DHCP server itself" : "", a->option66, header, d->boot_file);
    dx_fix(f, "dnsmasq: dhcp-boot=%s,,%s; ISC dhcpd: next-server %s; Kea: \"next-server\": \"%s\"", d->boot_file,
           dotted ? a->option66 : "ADDRESS", dotted ? a->option66 : "ADDRESS", dotted ? a->option66 : "ADDRESS");
    dx_frame(f, a->frame);
    dx_frame(f, t ? t->first_frame : 0);
    dx_filter(d, f, "dhcp || tftp || arp");
}

/* ---- names that changed on the way ---- */

static const struct pxk_transfer *failed_fetch(const struct dx *d)
{
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (t->state == PXK_TRANSFER_REFUSED || (t->state == PXK_TRANSFER_ASKED && t->requests >= 3))
            return t;
    }
    return NULL;
}

/* The DHCP server names a boot file itself, a proxy another one, and firmware goes by the proxy. */
void rule_proxy_overrides(struct dx *d)
{
    const struct pxk_transfer *t = dx_loader_came(d) ? NULL : failed_fetch(d);
    const struct pxk_answer *lease = d->fw ? pxk_round_lease(d->fw) : NULL;
    char own[256], src[PXK_IP4_STRLEN], proxy[PXK_IP4_STRLEN], mac[PXK_MAC_STRLEN];
    if (!t || !lease || !d->source || answer_server(d->source) == answer_server(lease) ||
        !answer_names_file(d, lease, own, sizeof own) || strcmp(own, d->boot_file) == 0)
        return;
    pxk_ip4_text(answer_server(d->source), proxy);
    pxk_mac_text(&d->source->src_mac, mac);
    struct pxk_finding *f = dx_fail(d, FINDING_PROXY_OVERRIDES_BOOT_FILE);
    dx_seen(f, "%s gives the address and names %s; the proxy %s (%s) names %s, the client asks for that one in vain",
            pxk_ip4_text(answer_server(lease), src), own, proxy, mac, d->boot_file);
    dx_fix(f, "find the switch port of %s (show mac address-table address %s) and stop that PXE server, or correct its boot file", mac, mac);
    dx_frame(f, lease->frame);
    dx_frame(f, d->source->frame);
    dx_frame(f, t->first_frame);
    dx_filter(d, f, "dhcp || tftp");
}

/* Quoted bytes such as "\xff" alone. */
static bool only_escapes(const char *s)
{
    for (; *s; s += 4)
        if (s[0] != '\\' || s[1] != 'x' || !s[2] || !s[3])
            return false;
    return true;
}

void rule_name_garbled(struct dx *d)
{
    const struct pxk_transfer *t = dx_loader_came(d) ? NULL : failed_fetch(d);
    size_t n = strlen(d->boot_file);
    if (!t || n < 2 || strcmp(t->file, d->boot_file) == 0)
        return;
    bool longer = strncmp(t->file, d->boot_file, n) == 0 && only_escapes(t->file + n);
    bool shorter = strlen(t->file) == n - 1 && strncmp(t->file, d->boot_file, n - 1) == 0;
    if (!longer && !shorter)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_BOOT_FILE_NAME_GARBLED);
    dx_seen(f, "the answer names %s, the client asks for %s", d->boot_file, t->file);
    if (t->state == PXK_TRANSFER_REFUSED)
        dx_seen(f, ": ERROR %u \"%s\"", t->error, t->message);
    if (d->source && !*d->source->file)
        dx_seen(f, "; the name is in option 67 only");
    if (shorter)
        dx_cause(f, "this ROM takes the last byte of option 67 for a terminating zero, and there is none");
    dx_frame(f, d->source ? d->source->frame : 0);
    dx_frame(f, t->first_frame);
    dx_filter(d, f, "dhcp || tftp");
}

static bool has_suffix(const char *name)
{
    static const char *const ends[] = {".0", ".efi", ".kpxe", ".kkpxe", ".pxe", ".com", ".n12", ".ipxe", ".bin"};
    for (size_t i = 0; i < PXK_COUNT(ends); i++)
        if (pxk_str_ends(name, ends[i]))
            return true;
    return false;
}

/* "undionly.kpxe.0": the boot layer, behind a name that was whole already. */
void rule_layer_appended(struct dx *d)
{
    char name[256], src[PXK_IP4_STRLEN];
    const struct pxk_transfer *t = dx_loader_came(d) ? NULL : failed_fetch(d);
    size_t n = t ? strlen(t->file) : 0;
    if (n < 3 || !pxk_str_ends(t->file, ".0"))
        return;
    (void)pxk_str_copy_n(name, sizeof name, t->file, n - 2);
    if (!has_suffix(name))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_BOOT_LAYER_APPENDED);
    dx_seen(f, "the client asks for %s", t->file);
    if (d->source)
        dx_seen(f, ", as %s names it%s", pxk_ip4_text(answer_server(d->source), src), d->source->sport == PXK_PXE_PORT ? " on port 4011" : "");
    if (t->state == PXK_TRANSFER_REFUSED)
        dx_seen(f, ": ERROR %u \"%s\"", t->error, t->message);
    dx_fix(f, "dnsmasq: pxe-service=...,%s.0 is wrong; write the base name without its suffix, or use dhcp-boot=%s", name, name);
    dx_frame(f, d->source ? d->source->frame : 0);
    dx_frame(f, t->first_frame);
    dx_filter(d, f, "dhcp || tftp");
}
