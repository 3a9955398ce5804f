/* Rules of step 2 that weigh the offers: a second server, the PXE service on port 4011, the boot
 * file and its server. */
#include <string.h>

#include "diag_int.h"

/* ---- a second server ---- */

/* Answers that give an address: the first with boot information, and the first of another server
 * without. */
static bool two_servers(const struct dx *d, const struct pxk_answer **good,
                        const struct pxk_answer **rogue)
{
    bool proxied = false;
    *good = *rogue = NULL;
    for (unsigned i = 0; d->fw && i < d->fw->answer_n; i++) {
        const struct pxk_answer *a = &d->fw->answer[i];
        proxied |= a->proxy;
        if (!answer_gives_address(a))
            continue;
        if (answer_boots(d, a) && !*good)
            *good = a;
        else if (!answer_boots(d, a) && !*rogue)
            *rogue = a;
    }
    /* With a proxy, address servers name no boot file by design. */
    return !proxied && *good && *rogue && answer_server(*good) != answer_server(*rogue);
}

void rule_rogue(struct dx *d)
{
    const struct pxk_answer *good, *rogue;
    char a[PXK_IP4_STRLEN], b[PXK_IP4_STRLEN], mac[PXK_MAC_STRLEN], bad_took[24], good_took[24];
    if (!two_servers(d, &good, &rogue))
        return;
    pxk_ip4 id = answer_server(rogue);
    bool taken = d->fw->requested_from == id;
    bool lost = (taken || d->s->facts.dhcp_gave_up) && !dx_loader_came(d);
    /* EDK2 always finds the offer that boots; others hold the one that is there when their wait
     * ends. */
    bool chance = d->persona->rules != PXK_RULES_EDK2;
    struct pxk_finding *f = dx_raise(d, FINDING_ROGUE_DHCP_SERVER,
                                     lost || chance ? PXK_SEVERITY_FAILURE : PXK_SEVERITY_WARNING);
    d->failed = lost; /* who got past it may stumble later */
    pxk_ip4_text(id, a);
    pxk_mac_text(&rogue->src_mac, mac);
    dx_seen(f, "%s (%s) offers without a boot file after %s, %s with one after %s", a, mac,
            dx_duration(pxk_usec_since(d->fw->started, rogue->at), bad_took),
            pxk_ip4_text(answer_server(good), b),
            dx_duration(pxk_usec_since(d->fw->started, good->at), good_took));
    if (d->fw->requested_from)
        dx_seen(f, "; the client takes %s%s", taken ? a : b,
                lost     ? ""
                : chance ? ", by chance this time"
                         : ", as it always will");
    dx_cause(f, "%s, MAC %s, gives out addresses on this network and does not know of PXE", a, mac);
    dx_fix(
        f,
        "find the switch port of %s (show mac address-table address %s) and stop that DHCP server",
        mac, mac);
    dx_frame(f, rogue->frame);
    dx_frame(f, good->frame);
    dx_filter(d, f, "dhcp.option.dhcp == 2 || dhcp.option.dhcp == 5");
}

/* ---- port 4011 ---- */

/* What another client got from the same server: its firmware's answer, or NULL. */
static bool gets_file(const struct pxk_session *s, pxk_ip4 server, bool ipxe, char *file, size_t cap)
{
    for (unsigned r = 0; r < s->round_n; r++)
        for (unsigned k = 0; k < s->round[r].answer_n && s->round[r].ipxe == ipxe; k++) {
            const struct pxk_answer *a = &s->round[r].answer[k];
            if (answer_server(a) == server && *pxk_answer_boot_file(a, s->round[r].persona, file, cap))
                return true;
        }
    return false;
}


/* An ordinary offer with option 60 PXEClient and no discovery options: EDK2's "BINL" offer. */
static const struct pxk_answer *binl_trap(const struct dx *d)
{
    for (unsigned i = 0; i < d->fw->answer_n; i++) {
        const struct pxk_answer *a = &d->fw->answer[i];
        if (answer_gives_address(a) && a->pxe && !a->discovery)
            return a;
    }
    return NULL;
}

/* A BIOS client that boots by this server's answers, which UEFI reads otherwise. */
static const struct pxk_session *bios_boots(const struct dx *d, pxk_ip4 server)
{
    char file[256];
    for (size_t i = 0; i < pxk_tracker_count(d->tracker); i++) {
        const struct pxk_session *s = pxk_tracker_session(d->tracker, i);
        if (s->arch == PXK_ARCH_BIOS && gets_file(s, server, true, file, sizeof file) && pxk_session_milestone(s) >= PXK_MILESTONE_LOADER)
            return s;
        if (s->arch == PXK_ARCH_BIOS && gets_file(s, server, false, file, sizeof file) &&
            pxk_session_milestone(s) >= PXK_MILESTONE_LOADER)
            return s;
    }
    return NULL;
}

/* Option 60 in a DHCP server's own answer: right only where the PXE service is on the same host. */
static void trap_cause(struct dx *d, struct pxk_finding *f, const struct pxk_answer *trap, const char *to)
{
    char own[PXK_IP4_STRLEN], mac[PXK_MAC_STRLEN];
    const struct pxk_session *bios = d->efi ? bios_boots(d, answer_server(trap)) : NULL;
    dx_seen(f, "; its offer has option 60 PXEClient and no option 43");
    dx_cause(f, "option 60 PXEClient in the DHCP answer sends %s to port 4011, where nobody listens", d->efi ? "UEFI" : "the client");
    if (bios) {
        dx_seen(f, "; %s, a BIOS machine, boots by the same answers", pxk_mac_text(&bios->mac, mac));
        dx_cause(f, "option 60 PXEClient is left over from an old set-up: BIOS ROMs do not mind, UEFI must ask on port 4011");
    }
    if (trap->siaddr && trap->siaddr != answer_server(trap)) {
        dx_seen(f, "; the boot server is another host than the DHCP server %s", pxk_ip4_text(answer_server(trap), own));
        dx_cause(f, "option 60 is left over from when DHCP and the PXE service shared a host; now they do not");
    }
    dx_fix(f, "remove option 60 from the DHCP server (server, scope and policy level), or run a proxyDHCP service on %s port 4011", to);
}

void rule_port_4011(struct dx *d)
{
    char to[PXK_IP4_STRLEN];
    const struct pxk_round *r = d->fw;
    if (!r || !r->proxy_requests || r->proxy_answers)
        return;
    if (r->proxy_requests < 2 && !r->proxy_icmp && !d->s->facts.proxy_gave_up &&
        !d->s->facts.finished)
        return;
    struct pxk_finding *f = dx_raise(d, FINDING_PXE_PORT_4011_SILENT,
                                     dx_loader_came(d) ? PXK_SEVERITY_WARNING : PXK_SEVERITY_FAILURE);
    const struct pxk_answer *trap = binl_trap(d);
    dx_seen(f, "%u request%s to %s port 4011, %s", r->proxy_requests,
            r->proxy_requests == 1 ? "" : "s", pxk_ip4_text(r->proxy_to, to),
            r->proxy_icmp ? "ICMP port unreachable" : "no answer");
    if (trap) {
        trap_cause(d, f, trap, to);
    } else {
        dx_cause(f, "the proxyDHCP service on %s is not running, or UDP 4011 is filtered", to);
        dx_fix(f, "open UDP 4011 on %s: nft add rule inet filter input udp dport 4011 accept", to);
    }
    dx_frame(f, trap ? trap->frame : 0);
    dx_frame(f, r->proxy_frame);
    dx_filter(d, f, "udp.port == 4011 || icmp");
}

/* ---- the boot file ---- */

/* Another client that got a boot file from the same server: of the same architecture, or of another one. */
static const struct pxk_session *better_served(const struct dx *d, pxk_ip4 server, bool same_arch, char *file, size_t cap)
{
    for (size_t i = 0; i < pxk_tracker_count(d->tracker); i++) {
        const struct pxk_session *s = pxk_tracker_session(d->tracker, i);
        if (s == d->s || (s->arch == d->s->arch) != same_arch || s->arch == PXK_ARCH_UNSET)
            continue;
        if (same_arch ? gets_file(s, server, d->fw->ipxe, file, cap)
                      : gets_file(s, server, true, file, cap) || gets_file(s, server, false, file, cap))
            return s;
    }
    return NULL;
}

static bool no_file_is_sure(const struct dx *d)
{
    const struct pxk_answer *ack = pxk_round_answer(d->fw, PXK_DHCP4_ACK);
    if (ack || d->s->facts.finished)
        return true;
    return !d->fw->requests && d->fw->discovers >= 2 && d->fw->discovers <= PXK_TIMES_MAX &&
           pxk_usec_since(d->fw->discover_at[0], d->fw->discover_at[d->fw->discovers - 1]) >=
               3 * PXK_SEC;
}

static const struct pxk_answer *any_offer(const struct dx *d)
{
    for (unsigned i = 0; i < d->fw->answer_n; i++)
        if (answer_gives_address(&d->fw->answer[i]))
            return &d->fw->answer[i];
    return NULL;
}

static void tell_no_file(struct dx *d, struct pxk_finding *f, const struct pxk_answer *offer)
{
    char src[PXK_IP4_STRLEN], took[24];
    bool asked = d->fw->requests;
    dx_seen(f,
            "%s offers an address after %s, with neither a file field nor option 67, and there is "
            "no proxy",
            pxk_ip4_text(answer_server(offer), src), dx_duration(offer->delay, took));
    if (!asked && d->fw->discovers > 1)
        dx_seen(f, "; the client never sends a REQUEST, it asks %u times", d->fw->discovers);
    dx_frame(f, offer->frame);
    dx_filter(d, f, "dhcp");
    dx_fix(f, "dnsmasq: dhcp-match=set:%s,option:client-arch,%u and dhcp-boot=tag:%s,%s",
           arch_tag(d->s->arch), d->s->arch == PXK_ARCH_UNSET ? 0 : d->s->arch,
           arch_tag(d->s->arch), arch_loader(d->s->arch));
}

/* What the wire tells of why: the relay, a proxy that is there for others. */
static void no_file_cause(struct dx *d, struct pxk_finding *f, const struct pxk_answer *offer)
{
    char relay[PXK_IP4_STRLEN], src[PXK_IP4_STRLEN];
    const struct pxk_seen_server *sv;
    size_t n = pxk_tracker_servers(d->tracker, &sv);
    pxk_ip4_text(answer_server(offer), src);
    if (dx_relay(d)) {
        dx_seen(f, "; the request came through the relay %s", pxk_ip4_text(dx_relay(d), relay));
        dx_cause(f, "no boot file is configured on %s; or the relay %s does not copy requests to the PXE server", src, relay);
    }
    for (size_t i = 0; i < n; i++)
        if (sv[i].proxy_offers) {
            dx_seen(f, "; the proxy %s answers other clients", pxk_ip4_text(sv[i].id, relay));
            dx_cause(f, "the proxyDHCP server %s leaves this client out", relay);
            return;
        }
}

/* The round is a PXE one: a machine that only wants an address misses no boot file. */
void rule_no_boot_file(struct dx *d)
{
    char file[256], key[PXK_MAC_STRLEN];
    if (!d->fw || !(d->fw->pxe || d->fw->http) || d->fw->proxy_requests)
        return;
    const struct pxk_answer *offer = any_offer(d);
    for (unsigned i = 0; i < d->fw->answer_n; i++)
        if (answer_boots(d, &d->fw->answer[i]) || d->fw->answer[i].proxy)
            return;
    if (!offer || d->s->facts.local_boot || !no_file_is_sure(d) || dx_loader_came(d) ||
        d->s->transfers.n || d->s->https.n)
        return;
    const struct pxk_session *twin = better_served(d, answer_server(offer), true, file, sizeof file);
    const struct pxk_session *other = twin ? NULL : better_served(d, answer_server(offer), false, file, sizeof file);
    struct pxk_finding *f = dx_fail(d, twin    ? FINDING_HOST_ENTRY_OVERRIDES
                                       : other ? FINDING_NO_BOOT_FILE_FOR_ARCH
                                               : FINDING_NO_BOOT_FILE);
    tell_no_file(d, f, offer);
    if (twin)
        dx_seen(f, "; %s, of the same architecture, gets %s", pxk_mac_text(&twin->mac, key), file);
    else if (!other)
        no_file_cause(d, f, offer);
    if (!other)
        return;
    dx_seen(f, "; %s gets %s", pxk_arch_name(other->arch, key), file);
    dx_cause(f, "the server has a boot file for %s, and no rule for option 93 = %s",
             pxk_arch_name(other->arch, key), d->arch);
}

/* ---- whose boot file it is, by name ---- */

static bool bios_name(const char *file)
{
    static const char *const names[] = {
        "pxelinux.0", "lpxelinux.0", "gpxelinux.0", "undionly.kpxe", "undionly.kkpxe", "ipxe.pxe",
        "wdsnbp.com", "pxeboot.com", "pxeboot.n12", "grub2pxe",      "core.0"};
    const char *base = file_base(file);
    for (size_t i = 0; i < PXK_COUNT(names); i++)
        if (pxk_str_casecmp(base, names[i]) == 0)
            return true;
    return pxk_str_ends(base, ".kpxe") || pxk_str_ends(base, ".n12");
}

/* The name alone: only while no bytes have told more. */
void rule_bios_file_name(struct dx *d)
{
    if (!d->efi || !*d->boot_file || !bios_name(d->boot_file) || dx_loader_came(d))
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_SERVER_UNAWARE_OF_UEFI);
    dx_seen(f, "option 93 says %s; the boot file is %s", d->arch, d->boot_file);
    dx_fix(f, "dnsmasq: dhcp-match=set:%s,option:client-arch,%u and dhcp-boot=tag:%s,%s",
           arch_tag(d->s->arch), d->s->arch, arch_tag(d->s->arch), arch_loader(d->s->arch));
    dx_frame(f, d->source ? d->source->frame : 0);
    dx_filter(d, f, "dhcp");
}

/* ---- its server ---- */

/* The answer with the address: GRUB, and shim where it names a file, go by its siaddr and not by a proxy's. */
static const struct pxk_answer *address_ack(const struct dx *d)
{
    for (unsigned i = 0; d->fw && i < d->fw->answer_n; i++)
        if (d->fw->answer[i].type == PXK_DHCP4_ACK && !d->fw->answer[i].proxy)
            return &d->fw->answer[i];
    return NULL;
}

/* The firmware helps itself with the server identifier or a proxy's answer; a loader asks 0.0.0.0, and no packet leaves. */
bool dx_loader_lacks_server(const struct dx *d)
{
    const struct pxk_answer *ack = address_ack(d);
    return ack && !ack->siaddr && strcmp(d->s->facts.stop, "transfer-failed") == 0 && dx_loader_came(d);
}

static void next_server_tell(struct dx *d, struct pxk_finding *f, const struct pxk_answer *a)
{
    char to[PXK_IP_STRLEN], own[PXK_IP_STRLEN], proxy[PXK_IP_STRLEN];
    bool by_proxy = a != d->source;
    pxk_ip4_text(answer_server(a), own);
    pxk_ip4_text(answer_server(d->source), proxy);
    if (by_proxy)
        dx_seen(f, "the answer from %s gives the address and next-server (siaddr) 0.0.0.0; what the proxy at %s names is for the "
                "firmware alone", own, proxy);
    else
        dx_seen(f, "the answer from %s names %s, and next-server (siaddr) 0.0.0.0", own, d->boot_file);
    if (*a->option66)
        dx_seen(f, "; option 66 says %s", a->option66);
    if (d->s->transfers.n > 0 && !by_proxy)
        dx_seen(f, "; the client asks %s", pxk_ip_text(d->s->transfers.at[0].server, to));
    if (dx_loader_lacks_server(d))
        dx_seen(f, "; %s", d->s->facts.stop_why);
    if (by_proxy)
        dx_fix(f, "set it on the DHCP server too: ISC dhcpd next-server %s; Kea: \"next-server\": \"%s\"", proxy, proxy);
    else
        dx_fix(f, "dnsmasq: dhcp-boot=%s,,%s; Kea: \"next-server\": \"%s\"; ISC dhcpd: next-server %s;", d->boot_file, own, own, own);
    dx_frame(f, a->frame);
    dx_filter(d, f, "dhcp");
}

/* shim and GRUB ask 0.0.0.0, and no packet leaves: after them silence. The name of what was loaded last tells: an EFI program
 * without a request after it. */
enum loader_end { LOADER_ASKS, LOADER_WILL_STOP, LOADER_SILENT };

static enum loader_end loader_end(const struct dx *d, const struct pxk_answer *ack)
{
    const struct pxk_transfer *last = NULL;
    if (d->s->facts.emulated || !d->efi || ack->siaddr || !dx_loader_came(d) || *d->path.stage[PXK_STAGE_CONFIG].name ||
        d->path.stage[PXK_STAGE_KERNEL].have || d->s->https.n)
        return LOADER_ASKS;
    for (size_t i = 0; i < d->s->transfers.n; i++)
        if (!d->s->transfers.at[i].probe && d->s->transfers.at[i].state != PXK_TRANSFER_REFUSED)
            last = &d->s->transfers.at[i];
    if (!last || last->state != PXK_TRANSFER_DONE)
        return LOADER_ASKS;
    for (unsigned i = 0; i < d->s->round_n; i++)
        if (d->s->round[i].started > last->last && !d->s->round[i].pxe && !d->s->round[i].http)
            return LOADER_ASKS;
    /* What the firmware loaded itself may be anything: shim counts by its name, others by what came of them. */
    bool known = strstr(file_base(last->file), "grub") || strstr(file_base(last->file), "shim");
    if (dx_restarts_after(d, last->last) || pxk_usec_since(last->last, d->now) >= (known ? 3 * PXK_SEC : PXK_SILENCE))
        return LOADER_SILENT;
    return known ? LOADER_WILL_STOP : LOADER_ASKS;
}

void rule_next_server(struct dx *d)
{
    const struct pxk_answer *ack = address_ack(d);
    enum loader_end end = ack ? loader_end(d, ack) : LOADER_ASKS;
    bool lost = end != LOADER_ASKS || dx_loader_lacks_server(d);
    const struct pxk_answer *a = lost ? ack : d->source;
    pxk_ip4 dotted;
    if (!a || !d->source || a->siaddr || strstr(d->boot_file, "://") || d->fw->http)
        return;
    bool by_name = *a->option66 && pxk_ip4_parse(a->option66, &dotted) != PXK_OK;
    /* iPXE knows no other place for it: what the ACK says is enough. */
    bool sure = d->persona->rules == PXK_RULES_IPXE && a->type == PXK_DHCP4_ACK && !a->proxy;
    if (d->s->transfers.n == 0 && !sure && !d->s->facts.finished && !dx_silent(d, a->last, PXK_SILENCE))
        return;
    bool fine = (dx_loader_came(d) && !lost) || end == LOADER_WILL_STOP || (d->s->facts.until && d->s->facts.until < PXK_MILESTONE_LOADER);
    struct pxk_finding *f = dx_raise(d, by_name ? FINDING_SERVER_NAME_IN_66_ONLY : FINDING_NEXT_SERVER_MISSING,
                                     fine ? PXK_SEVERITY_WARNING : PXK_SEVERITY_FAILURE);
    next_server_tell(d, f, a);
    if (end == LOADER_SILENT)
        dx_seen(f, "; what it loaded asks nobody for more");
    else if (end == LOADER_WILL_STOP)
        dx_seen(f, "; what it has just loaded will look for its files there");
    if (*a->option66 && !by_name)
        dx_cause(f, "only option 66 was set, and the header's next-server field was not: iPXE, shim and GRUB go by the header");
}
