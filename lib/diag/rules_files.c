/* Rules of step 3: is the boot server there, does it answer, does it have the file, does all of it
 * arrive. */
#include <string.h>

#include "diag_int.h"

/* ---- nobody there ---- */

static bool is_boot_server(const struct dx *d, pxk_ip4 ip)
{
    if (ip && ip == d->boot_server)
        return true;
    for (unsigned i = 0; d->fw && i < d->fw->answer_n; i++) {
        const struct pxk_answer *a = &d->fw->answer[i];
        if (ip && a->type == PXK_DHCP4_ACK && (a->siaddr == ip || a->router == ip))
            return true;
    }
    return false;
}

static void unreachable(struct dx *d, pxk_ip4 ip, const char *proof, uint32_t from, uint32_t to)
{
    char text[PXK_IP_STRLEN];
    struct pxk_finding *f = dx_fail(d, FINDING_NEXT_SERVER_UNREACHABLE);
    bool router = ip != d->boot_server && d->source && ip == d->source->router;
    pxk_ip4_text(ip, text);
    dx_seen(f, "%s %s: %s", router ? "the router" : "the boot server", text, proof);
    if (router)
        dx_cause(f, "option 3 names the router %s, which does not answer", text);
    else
        dx_cause(f, "next-server names %s, and no machine on this network has that address", text);
    if (d->source && d->source->siaddr == ip && answer_server(d->source) != ip) {
        char own[PXK_IP_STRLEN];
        pxk_ip4_text(answer_server(d->source), own);
        dx_fix(f,
               "if the files are on the DHCP server: dnsmasq dhcp-boot=%s,,%s; ISC dhcpd "
               "next-server %s;",
               d->boot_file, own, own);
    }
    dx_span(f, from, to);
    dx_filter(d, f, "arp.dst.proto_ipv4 == %s || icmp", text);
}

/* An answer that came when the client had given up (it never asked for a file) came too late. */
static bool asked_arp_in_vain(const struct dx *d, const struct pxk_arp_ask *a)
{
    bool too_late = a->answered && d->s->facts.finished && d->s->transfers.n == 0 && d->s->https.n == 0 && !dx_loader_came(d) &&
                    !(d->s->facts.until && d->s->facts.until < PXK_MILESTONE_LOADER);
    return (!a->answered || too_late) && a->asks >= 3;
}

void rule_unreachable(struct dx *d)
{
    char proof[96];
    for (unsigned i = 0; i < d->s->arp_n; i++) {
        const struct pxk_arp_ask *a = &d->s->arp[i];
        if (!asked_arp_in_vain(d, a) || a->ip == d->s->ip || !is_boot_server(d, a->ip))
            continue;
        pxk_fmt(proof, sizeof proof, "%u ARP requests in %.0f s, %s", a->asks,
                (double)pxk_usec_since(a->first, a->last) / 1e6, a->answered ? "and an answer to the last, too late" : "no answer");
        unreachable(d, a->ip, proof, a->first_frame, a->last_frame);
        return;
    }
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (!t->icmp || t->icmp_code > 1 || t->state != PXK_TRANSFER_ASKED)
            continue;
        pxk_fmt(proof, sizeof proof, "ICMP %s unreachable for the TFTP request",
                t->icmp_code ? "host" : "network");
        unreachable(d, pxk_ip_to4(t->server), proof, t->first_frame, t->icmp_frame);
        return;
    }
}

/* ---- transfers ---- */

static bool asked_in_vain(struct dx *d, const struct pxk_transfer *t)
{
    char intro[300], from[PXK_IP_STRLEN];
    struct pxk_finding *f;
    if (t->state != PXK_TRANSFER_ASKED || t->oack || (t->requests < 3 && !t->icmp && !transfer_over(d, t)))
        return false;
    transfer_intro(t, intro, sizeof intro);
    if (t->icmp && t->icmp_code == 3) {
        f = dx_fail(d, FINDING_TFTP_NOT_LISTENING);
        dx_seen(f, "%s: ICMP port unreachable from %s, %u request%s", intro,
                pxk_ip_text(t->icmp_from, from), t->requests, t->requests == 1 ? "" : "s");
        dx_cause(f, "no TFTP service listens on %s port 69", pxk_ip_text(t->server, from));
    } else if (t->icmp) {
        f = dx_fail(d, FINDING_TFTP_NO_ANSWER);
        dx_seen(f, "%s: ICMP unreachable, code %u, from %s", intro, t->icmp_code,
                pxk_ip_text(t->icmp_from, from));
        dx_cause(f, "a firewall refuses the request");
    } else {
        f = dx_fail(d, FINDING_TFTP_NO_ANSWER);
        dx_seen(f, "%s: %u request%s in %.0f s, no answer", intro, t->requests,
                t->requests == 1 ? "" : "s", (double)pxk_usec_since(t->started, t->last) / 1e6);
    }
    transfer_frames(d, f, t);
    return true;
}

static bool data_never_came(struct dx *d, const struct pxk_transfer *t)
{
    char intro[300];
    bool waits = t->stuck >= 2 || t->acks >= 3 || transfer_over(d, t) ||
                 pxk_usec_since(t->last, d->now) >= 8 * PXK_SEC;
    bool insist = t->repeats >= 4 && t->ack_repeats >= 4; /* both sides, of their first packet: no loss is so constant */
    bool passes = t->data_packets >= 2 && t->blocks <= t->window && !t->taken && t->acks && (insist || transfer_over(d, t));
    if (!t->oack || (t->data_packets && !passes) || t->probe || t->state == PXK_TRANSFER_REFUSED ||
        t->state == PXK_TRANSFER_ABORTED || t->state == PXK_TRANSFER_DONE || !waits)
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_TFTP_DATA_STALLS);
    dx_seen(f, passes ? "%s: the OACK was taken (blksize %u), then DATA passes here for %.0f s, %llu times, and the client "
                        "acknowledges none; a block is an IP packet of %u bytes"
                      : "%s: the OACK came (blksize %u), then no DATA for %.0f s (%llu seen); the first block would be an "
                        "IP packet of %u bytes",
            transfer_intro(t, intro, sizeof intro), t->blksize, (double)pxk_usec_since(t->started, t->last) / 1e6,
            (unsigned long long)t->data_packets, transfer_packet(t));
    if (d->s->facts.path_mtu_known && d->s->facts.path_mtu < transfer_packet(t))
        dx_cause(f, "the path carries packets up to %u bytes, a block of %u needs %u",
                 d->s->facts.path_mtu, t->blksize, transfer_packet(t));
    else if (passes)
        dx_cause(f, "between this place and the client packets of %u bytes are lost: a smaller MTU, or a client that cannot "
                    "take blocks of %u bytes (virtual machines' older UEFI)", transfer_packet(t), t->blksize);
    else if (t->blksize < 1000)
        dx_cause(f, "a firewall lets the first answer through and no more, or the server cannot "
                    "read the file");
    transfer_frames(d, f, t);
    return true;
}

/* Networks that Docker (172.16.0.0/12) and Podman (10.88.0.0/16) make for containers. */
static bool is_container(struct pxk_ip ip)
{
    pxk_ip4 v4 = pxk_ip_to4(ip);
    return (v4 & 0xfff00000u) == PXK_IP4(172, 16, 0, 0) || (v4 & 0xffff0000u) == PXK_IP4(10, 88, 0, 0);
}

static bool answered_from_elsewhere(struct dx *d, const struct pxk_transfer *t)
{
    char a[PXK_IP_STRLEN], b[PXK_IP_STRLEN], intro[300];
    if (pxk_ip_is_none(t->answered_from) || pxk_ip_eq(t->answered_from, t->server) || t->state == PXK_TRANSFER_DONE ||
        pxk_ip_is_none(t->server))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_TFTP_ANSWER_FROM_ELSEWHERE);
    dx_seen(f, "%s: the answer comes from %s, the request went to %s",
            transfer_intro(t, intro, sizeof intro), pxk_ip_text(t->answered_from, a),
            pxk_ip_text(t->server, b));
    if (is_container(t->answered_from))
        dx_cause(f, "the server runs in a container: %s is its inner address, which port publishing (NAT) does not rewrite", a);
    dx_fix(f, "set next-server to %s, or bind the TFTP server to %s", a, b);
    transfer_frames(d, f, t);
    return true;
}

static bool broke_off(struct dx *d, const struct pxk_transfer *t)
{
    char intro[300], got[24];
    bool stalled = t->state == PXK_TRANSFER_RUNNING && t->data_packets && transfer_over(d, t);
    if (!stalled || transfer_went_on(d, t))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_TRANSFER_INCOMPLETE);
    struct pxk_str b = pxk_str_init(got, sizeof got);
    pxk_str_add_bytes(&b, t->bytes);
    dx_seen(f, "%s: stops after %s", transfer_intro(t, intro, sizeof intro), got);
    if (t->has_tsize && t->tsize)
        dx_seen(f, " of %llu bytes (%.0f %%)", (unsigned long long)t->tsize,
                100.0 * (double)t->bytes / (double)t->tsize);
    dx_seen(f, ", block %llu", (unsigned long long)t->blocks);
    if (t->asked_variable && t->window > 1)
        dx_cause(f, "Windows' variable window: server and boot manager disagree about it after an update; "
                    "fixed windows of 1 avoid it");
    else if (t->icmp && t->icmp_code == 3)
        dx_cause(f, "the server's port is closed (ICMP): its TFTP process ended or was restarted");
    else if (t->stuck >= 2 && t->window > 1)
        dx_cause(f, "block %llu never comes through in %u requests for it: windows of %u blocks are lost at the same place",
                 (unsigned long long)(t->blocks + 1), t->stuck, t->window);
    else if (t->stuck >= 2)
        dx_cause(f, "the client asks %u times for block %llu: the server has stopped sending, or the path drops it",
                 t->stuck, (unsigned long long)(t->blocks + 1));
    transfer_frames(d, f, t);
    return true;
}

static bool wrong_size(struct dx *d, const struct pxk_transfer *t)
{
    char intro[300];
    if (t->state != PXK_TRANSFER_DONE || !t->has_tsize || !t->tsize || t->bytes == t->tsize ||
        t->missed || t->probe)
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_SIZE_MISMATCH);
    dx_seen(f, "%s: tsize says %llu bytes, %llu arrived", transfer_intro(t, intro, sizeof intro),
            (unsigned long long)t->tsize, (unsigned long long)t->bytes);
    transfer_frames(d, f, t);
    return true;
}

/* EDK2 asks for the size in a transfer of its own, or takes it from option 13, allocates so much, and ends the transfer of a
 * file that is longer (Mtftp4Rrq.c, Mtftp4RrqSaveBlock). */
static bool buffer_too_small(struct dx *d, const struct pxk_transfer *t)
{
    char intro[300];
    const struct pxk_transfer *probe = NULL;
    if (t->state != PXK_TRANSFER_ABORTED || t->error != PXK_TFTP_E_DISK_FULL || !t->profile || !t->profile->probe_n)
        return false;
    for (const struct pxk_transfer *p = d->s->transfers.at; p < t; p++)
        if (p->probe && p->has_tsize && pxk_ip_eq(p->server, t->server) && strcmp(p->file, t->file) == 0)
            probe = p;
    struct pxk_finding *f = dx_fail(d, FINDING_SIZE_MISMATCH);
    transfer_intro(t, intro, sizeof intro);
    if (probe)
        dx_seen(f, "%s: tsize says %llu bytes, %llu arrived, and the client has no room for them: %s", intro,
                (unsigned long long)probe->tsize, (unsigned long long)t->bytes, t->message);
    else
        dx_seen(f, "%s: %llu bytes arrived, and the client, which had not asked for the size, has no room for them: %s", intro,
                (unsigned long long)t->bytes, t->message);
    dx_cause(f, probe ? "the server tells a smaller size than the file has"
                      : "DHCP option 13 (boot-size) tells fewer blocks of 512 bytes than the boot file has");
    (void)pxk_str_copy(f->screen, sizeof f->screen, "PXE-E05: Buffer size is smaller than the requested file.");
    transfer_frames(d, f, t);
    return true;
}

static bool needs_oack(const struct pxk_transfer *t)
{
    return t->profile && t->profile->needs_oack;
}

static bool options_wrong(struct dx *d, const struct pxk_transfer *t)
{
    char intro[300];
    bool lost =
        t->state == PXK_TRANSFER_ABORTED || (t->state == PXK_TRANSFER_RUNNING && transfer_over(d, t));
    struct pxk_finding *f = NULL;
    transfer_intro(t, intro, sizeof intro);
    if (t->oack && t->oack_unasked && (lost || needs_oack(t))) {
        f = dx_fail(d, FINDING_OACK_ILLEGAL);
        dx_seen(f, "%s: the OACK has an option that the request did not have, or a larger value",
                intro);
    } else if (!t->oack && t->data_packets && needs_oack(t) && t->asked_blksize &&
               t->state != PXK_TRANSFER_DONE && (lost || t->probe)) {
        f = dx_fail(d, FINDING_OACK_MISSING);
        dx_seen(f, "%s: asked for blksize %u, the answer is DATA 1 without an OACK", intro,
                t->asked_blksize);
    } else if (t->probe && t->oack && t->asked_tsize && !t->has_tsize && d->efi) {
        f = dx_fail(d, FINDING_TSIZE_MISSING);
        dx_seen(f, "%s: asked for tsize, the OACK has none", intro);
    }
    if (f)
        transfer_frames(d, f, t);
    return f != NULL;
}

void rule_transfer(struct dx *d)
{
    static bool (*const question[])(struct dx *, const struct pxk_transfer *) = {
        options_wrong,   oversize_data, answered_from_elsewhere, answer_unheard, asked_in_vain, fragments_lost,
        data_never_came, client_stops,  broke_off,               wrong_size,     buffer_too_small,
    };
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (transfer_done_later(d->s, i) || t->state == PXK_TRANSFER_REFUSED)
            continue;
        for (size_t q = 0; q < PXK_COUNT(question); q++)
            if (question[q](d, t))
                return;
    }
}

/* ---- refused ---- */

static bool says_missing(const struct pxk_transfer *t)
{
    return t->error == PXK_TFTP_E_NOT_FOUND || strstr(t->message, "not found") ||
           strstr(t->message, "No such file") || strstr(t->message, "does not exist");
}

static void tell_refused(struct dx *d, struct pxk_finding *f, const struct pxk_transfer *t)
{
    char intro[300];
    dx_seen(f, "%s: ERROR %u \"%s\"", transfer_intro(t, intro, sizeof intro), t->error,
            *t->message ? t->message : pxk_tftp_error_words(t->error));
    dx_span(f, t->first_frame, t->error_frame);
    dx_filter(d, f, "udp.port == %u", t->client_port);
}

static void refused(struct dx *d, const struct pxk_transfer *t)
{
    if (windows_name_refused(d, t) || name_form_refused(d, t)) {
        return;
    } else if (says_missing(t)) {
        struct pxk_finding *f = dx_fail(d, FINDING_FILE_MISSING);
        tell_refused(d, f, t);
        if (strstr(t->file, "://")) {
            dx_cause(f, "the boot file is a URL; this firmware asks TFTP for a file of that name");
            dx_fix(f, "name a file for option 93 = %s; a URL is for iPXE and for UEFI HTTP boot (option 60 HTTPClient)",
                   d->arch);
            return;
        }
        dx_fix(f, "put the file there (ls -l ROOT/%s), or correct the name in DHCP",
               t->file + strspn(t->file, "/"));
    } else {
        struct pxk_finding *f = dx_fail(d, FINDING_FILE_REFUSED);
        tell_refused(d, f, t);
        dx_fix(f, "on the server: namei -l ROOT/%s; chmod a+r the file, a+x its directories",
               t->file + strspn(t->file, "/"));
    }
}

/* The file that DHCP named, as far as it was asked for. */
static bool is_boot_file(const struct dx *d, const struct pxk_transfer *t)
{
    const char *a = t->file + strspn(t->file, "/"), *b = d->boot_file + strspn(d->boot_file, "/");
    return *b ? strcmp(a, b) == 0 : t == &d->s->transfers.at[0];
}

void rule_boot_file_refused(struct dx *d)
{
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (t->state == PXK_TRANSFER_REFUSED && is_boot_file(d, t) && !transfer_done_later(d->s, i)) {
            refused(d, t);
            return;
        }
    }
}

/* Kernel, initrd or configuration that is there and not readable: missing ones are the loader's
 * finding. */
void rule_later_file_refused(struct dx *d)
{
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (t->state != PXK_TRANSFER_REFUSED || says_missing(t) || transfer_done_later(d->s, i) ||
            file_is_optional(t->file))
            continue;
        enum pxk_stage stage = stage_of_transfer(d->s, t, &d->path);
        if (stage != PXK_STAGE_N && stage != PXK_STAGE_ANSWERS && !d->path.stage[stage].have) {
            refused(d, t);
            return;
        }
    }
}

/* ---- the path ---- */

void rule_path_mtu(struct dx *d)
{
    const struct pxk_facts *facts = &d->s->facts;
    char ip[PXK_IP_STRLEN];
    uint32_t mtu = facts->path_mtu;
    uint32_t frame = 0;
    for (size_t i = 0; i < d->s->transfers.n && !frame; i++)
        if (d->s->transfers.at[i].icmp && d->s->transfers.at[i].icmp_code == 4)
            frame = d->s->transfers.at[i].icmp_frame;
    unsigned link = facts->link_mtu ? facts->link_mtu : 1500;
    bool small = facts->path_mtu_known && mtu && mtu < link && mtu < 1500;
    if (!small && !frame)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_PATH_MTU_SMALL);
    if (small) {
        dx_seen(f, "the largest packet that comes back from %s has %u bytes, the link carries %u",
                pxk_ip4_text(facts->ping_ip ? facts->ping_ip : d->boot_server, ip), mtu, link);
        dx_fix(f, "dnsmasq: tftp-mtu=%u; tftpd-hpa: --blocksize %u", mtu,
               mtu > 32 ? mtu - 32 : 512);
    } else {
        dx_seen(f, "a router says that fragmentation is needed for the server's data");
    }
    dx_frame(f, frame);
    dx_filter(d, f, "icmp");
}
