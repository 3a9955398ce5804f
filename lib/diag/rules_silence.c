/* Silence in a capture. It is evidence only with its place: what arrived last, complete, before nothing more came? A capture
 * that simply ends there shows the same for a while, so a rule is sure when the client was silent for longer than firmware and
 * loaders pause, or when the firmware goes on to its next boot entry. Field catalogue section 5. */
#include <string.h>

#include "diag_int.h"

/* ---- what came last ---- */

struct last {
    const struct pxk_transfer *t; /* or */
    const struct pxk_http *h;
    const char *name;
    pxk_usec end;
    uint64_t bytes;
    bool again, sure;
    pxk_usec rest;                /* until the next boot attempt, or until now */
};

/* The next attempt: a firmware's DHCP, over either IP. */
static pxk_usec next_attempt(const struct dx *d, pxk_usec at)
{
    pxk_usec first = 0;
    for (unsigned i = 0; i < d->s->round_n; i++) {
        const struct pxk_round *r = &d->s->round[i];
        if ((r->pxe || r->http) && r->started > at && (!first || r->started < first))
            first = r->started;
    }
    return first ? first : d->s->solicit6_at > at ? d->s->solicit6_at : 0;
}

static void measure(const struct dx *d, struct last *l)
{
    pxk_usec next = next_attempt(d, l->end);
    l->again = dx_restarts_after(d, l->end);
    l->rest = pxk_usec_since(l->end, next ? next : d->now);
    l->sure = l->again || pxk_usec_since(l->end, d->now) >= PXK_SILENCE;
}

/* Of a body that is not seen to its end a slow link is given a second for each megabyte. */
static pxk_usec http_end(const struct pxk_http *h)
{
    pxk_usec last = h->last > h->at ? h->last : h->at;
    return h->done ? last : last + h->length * PXK_SEC / 1000000;
}

/* The last thing asked for, if it arrived. False: it did not, or that is not known. */
static bool last_fetch(const struct dx *d, struct last *l)
{
    const struct pxk_session *s = d->s;
    *l = (struct last){0};
    for (size_t i = 0; i < s->transfers.n; i++)
        if (!s->transfers.at[i].probe)
            l->t = &s->transfers.at[i];
    l->h = s->https.n ? &s->https.at[s->https.n - 1] : NULL;
    if (l->t && l->h && l->t->started > l->h->at)
        l->h = NULL;
    if (l->h) {
        l->t = NULL;
        l->name = l->h->path;
        l->end = http_end(l->h);
        l->bytes = l->h->length;
    } else if (l->t) {
        l->name = l->t->file;
        l->end = l->t->last;
        l->bytes = l->t->bytes;
    } else {
        return false;
    }
    measure(d, l);
    bool got = l->h && l->h->status >= 200 && l->h->status < 300 && l->h->length && strcmp(l->h->method, "GET") == 0;
    return l->h ? got : l->t->state == PXK_TRANSFER_DONE;
}

/* ---- a machine that begins again and again ---- */

#define SOON (120 * PXK_SEC) /* a reset comes at once; who reboots later had a reason of its own */

static bool asked_between(const struct dx *d, pxk_usec from, pxk_usec to)
{
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (!t->probe && t->started > from && t->started < to)
            return true;
    }
    return false;
}

/* The first download of @name after which nothing came but the firmware's next attempt. */
static bool died_after(const struct dx *d, const char *name, struct last *l)
{
    for (size_t i = 0; *name && i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        pxk_usec next = next_attempt(d, t->last);
        if (t->state != PXK_TRANSFER_DONE || strcmp(t->file, name) != 0 || !next || pxk_usec_since(t->last, next) > SOON ||
            asked_between(d, t->last, next))
            continue;
        *l = (struct last){.t = t, .name = t->file, .end = t->last, .bytes = t->bytes, .again = true, .sure = true,
                           .rest = pxk_usec_since(t->last, next)};
        return true;
    }
    return false;
}

/* Of several attempts an earlier one may say more than the last, which may be under way. */
static bool last_attempt(const struct dx *d, struct last *l)
{
    bool got = last_fetch(d, l);
    if (got && l->sure)
        return true;
    struct last earlier;
    const struct pxk_stage_file *stage = d->path.stage;
    if (died_after(d, stage[PXK_STAGE_INITRD].name, &earlier) ||
        (!*stage[PXK_STAGE_INITRD].name && died_after(d, stage[PXK_STAGE_KERNEL].name, &earlier)) ||
        (!*stage[PXK_STAGE_CONFIG].name && died_after(d, stage[PXK_STAGE_LOADER].name, &earlier))) {
        *l = earlier;
        return true;
    }
    return got;
}

/* ---- how it is told ---- */

static void tell_silence(struct dx *d, struct pxk_finding *f, const struct last *l)
{
    dx_seen(f, "%s arrived complete (%llu bytes) at %.1f s; ", l->name, (unsigned long long)l->bytes,
            dx_time(d, l->h ? l->h->at : l->end));
    if (l->again)
        dx_seen(f, "then the machine starts over with its next boot entry");
    else if (l->sure)
        dx_seen(f, "then nothing from this client for %.0f s", (double)l->rest / 1e6);
    else
        dx_seen(f, "the capture ends %.1f s later without another packet from this client", (double)l->rest / 1e6);
    if (l->t) {
        dx_proof(d, f, l->t);
    } else {
        dx_frame(f, l->h->frame);
        dx_frame(f, l->h->status_frame);
        dx_filter(d, f, "tcp.port == %u", l->h->client_port);
    }
}

static struct pxk_finding *silent(struct dx *d, enum finding_id id, const struct last *l)
{
    struct pxk_finding *f = dx_raise(d, id, l->sure ? finding_row(id)->severity : PXK_SEVERITY_NOTE);
    tell_silence(d, f, l);
    return f;
}

/* ---- after the boot file ---- */

#define AT_ONCE (3 * PXK_SEC) /* a firmware that refuses a program goes on at once; one that ran it first takes longer */

static bool signed_says(const struct dx *d, const struct last *l, bool is_signed)
{
    const struct pxk_file *file = l->t ? dx_file_of(d, l->t) : NULL;
    return file && file->signature_known && file->is_signed == is_signed;
}

static bool lacks_server(const struct dx *d);

static void grub_is_silent(struct dx *d, const struct last *l)
{
    struct pxk_finding *f = silent(d, FINDING_GRUB_ASKS_NOTHING, l);
    if (lacks_server(d))
        dx_cause(f, "the DHCP server's answer names no next-server (siaddr is 0): GRUB knows no server to ask%s",
                 d->source && d->source->proxy ? ", as it does not read the proxy's" : "");
    else if (l->h)
        dx_cause(f, "this GRUB does not know HTTP boot: it takes no network settings from it");
}

/* shim and GRUB read the header's next-server alone; firmware has more ways to a server than they. */
static bool lacks_server(const struct dx *d)
{
    for (unsigned i = 0; d->fw && i < d->fw->answer_n; i++) {
        const struct pxk_answer *a = &d->fw->answer[i];
        if (a->type == PXK_DHCP4_ACK && answer_gives_address(a))
            return !a->siaddr;
    }
    return false;
}

static void shim_lacks_server(struct dx *d, const struct last *l)
{
    bool by_name = d->source && *d->source->option66;
    struct pxk_finding *f = silent(d, by_name ? FINDING_SERVER_NAME_IN_66_ONLY : FINDING_NEXT_SERVER_MISSING, l);
    dx_seen(f, "; next-server (siaddr) is 0.0.0.0, and shim reads nothing else");
    dx_cause(f, "shim takes its server from the header's next-server, which is empty: it has nobody to ask for the next loader");
    (void)pxk_str_copy(f->screen, sizeof f->screen, "Unable to fetch TFTP image: Invalid Parameter");
    dx_fix(f, "set next-server to the boot server: dnsmasq dhcp-boot=%s,,ADDRESS; Kea \"next-server\"; ISC dhcpd next-server",
           d->boot_file);
}

static void uefi_loader(struct dx *d, const struct last *l, const char *key)
{
    bool ipxe = strcmp(key, "ipxe") == 0, grub = strcmp(key, "grub") == 0;
    bool at_once = l->again && l->rest <= AT_ONCE;
    struct pxk_finding *f;
    if (signed_says(d, l, false) && (at_once || (!ipxe && !grub))) {
        f = silent(d, FINDING_SECURE_BOOT_REFUSES, l);
        dx_seen(f, "; its PE header has no signature");
        dx_fix(f, "boot shim in its place (dnsmasq: dhcp-boot=tag:%s,%s), or turn Secure Boot off", arch_tag(d->s->arch),
               arch_loader(d->s->arch));
    } else if (strcmp(key, "shim") == 0 && l->t && lacks_server(d)) {
        shim_lacks_server(d, l);
    } else if (ipxe && !at_once) {
        (void)silent(d, FINDING_IPXE_FINDS_NO_NETWORK, l);
    } else if (grub && !at_once) {
        grub_is_silent(d, l);
    } else {
        f = silent(d, FINDING_SILENT_AFTER_LOADER, l);
        if (strcmp(key, "shim") == 0)
            dx_cause(f, "the firmware's or shim's own revocation list (SBAT) refuses this shim: it is too old");
        else if (signed_says(d, l, true))
            dx_cause(f, "Secure Boot: the loader is signed, but by a key that this firmware does not know (only shim has "
                        "Microsoft's)");
    }
}

static void bios_loader(struct dx *d, const struct last *l, const char *key)
{
    if (strcmp(key, "pxelinux") == 0) {
        struct pxk_finding *f = silent(d, FINDING_PXELINUX_ASKS_NOTHING, l);
        if (strstr(l->name, "lpxelinux"))
            dx_cause(f, "lpxelinux.0 brings its own network stack, which fails on this network card");
    } else if (strcmp(key, "ipxe") == 0) {
        (void)silent(d, FINDING_IPXE_FINDS_NO_NETWORK, l);
    } else if (strcmp(key, "grub") == 0) {
        (void)silent(d, FINDING_GRUB_ASKS_NOTHING, l);
    } else {
        (void)silent(d, FINDING_SILENT_AFTER_LOADER, l);
    }
}

/* The second loader behind shim: shim checks it, and says no on the screen alone. */
static void after_shim(struct dx *d, const struct last *l)
{
    bool unsigned_ = signed_says(d, l, false);
    if (!unsigned_ && !l->again && (l->h || lacks_server(d))) {
        grub_is_silent(d, l);
        return;
    }
    struct pxk_finding *f = silent(d, FINDING_SHIM_REFUSES_NEXT, l);
    if (unsigned_)
        dx_cause(f, "%s has no signature at all: with Secure Boot on, shim does not start it", file_base(l->name));
    else if (!l->again)
        dx_seen(f, " (a GRUB that runs and waits at its prompt looks the same)");
}

/* Worth a note although the capture ends here: the file or the lease alone says that it will not go on. */
static bool foreseeable(const struct dx *d, const struct last *l)
{
    return signed_says(d, l, false) || (l->t && lacks_server(d));
}

static bool is_first_loader(const struct dx *d, const char *name)
{
    return strcmp(file_base(name), file_base(d->path.stage[PXK_STAGE_LOADER].name)) == 0;
}

/* mmx64.efi: shim could not verify the second loader, and wants the key manager for the person in front. */
static bool asked_key_manager(struct dx *d)
{
    if (d->path.stage[PXK_STAGE_CONFIG].have || d->path.stage[PXK_STAGE_KERNEL].have)
        return false; /* a person enrolled a key, and it went on */
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        const char *base = file_base(t->file);
        bool manager = strcmp(base, "mmx64.efi") == 0 || strcmp(base, "mmaa64.efi") == 0 || strcmp(base, "mmia32.efi") == 0 ||
                       strcmp(base, "MokManager.efi") == 0;
        if (!manager || t->probe)
            continue;
        struct pxk_finding *f = dx_fail(d, FINDING_SHIM_REFUSES_NEXT);
        dx_seen(f, "shim asks for %s, its key manager, at %.1f s: the loader before it failed verification", t->file,
                dx_time(d, t->started));
        if (t->state == PXK_TRANSFER_REFUSED)
            dx_seen(f, "; the server does not have it");
        dx_cause(f, "the second loader is signed with a key that is not enrolled on this machine");
        dx_proof(d, f, t);
        return true;
    }
    return false;
}

static void after_loader(struct dx *d, const struct last *l)
{
    const char *key = dx_loader_key(d, l->name);
    bool second = !is_first_loader(d, l->name);
    if (!l->sure && !(second && foreseeable(d, l)))
        return; /* the next file may be asked for any moment */
    if (second)
        after_shim(d, l);
    else if (d->efi)
        uefi_loader(d, l, key);
    else
        bios_loader(d, l, key);
}

/* ---- after a module ---- */

/* The core runs, and what it loaded last was no configuration: the module does not go with it. */
static void after_module(struct dx *d, const struct last *l)
{
    struct pxk_finding *f = silent(d, FINDING_MODULES_DO_NOT_FIT, l);
    if (pxk_str_ends(l->name, ".c32"))
        dx_cause(f, "%s is of another version than the PXELINUX that loads it", file_base(l->name));
    dx_seen(f, "; no configuration was asked for");
}

/* ---- after the configuration ---- */

static void after_config(struct dx *d, const struct last *l)
{
    const struct pxk_facts *facts = &d->s->facts;
    if (!l->sure || facts->waits_for_key || facts->local_boot)
        return;
    struct pxk_finding *f = silent(d, FINDING_SILENT_AFTER_CONFIG, l);
    if (*facts->stop_why) {
        dx_cause(f, "%s", facts->stop_why);
    } else if (*facts->kernel) {
        dx_seen(f, "; it names the kernel %s, which is never asked for", facts->kernel);
        dx_fix(f, "look at the screen; try the entry by hand: \"%s\"", *facts->label ? facts->label : facts->kernel);
    }
}

/* ---- after the kernel ---- */

static bool cmdline_has(const struct dx *d, const char *word)
{
    return strstr(d->s->facts.cmdline, word) != NULL;
}

static bool initrd_named(const struct dx *d)
{
    const char *at = strstr(d->s->facts.cmdline, "initrd=");
    return at && (at == d->s->facts.cmdline || at[-1] == ' ');
}

/* Sizes that only something which copies in pieces leaves behind: archives end where they end. */
static bool is_round(uint64_t bytes)
{
    return bytes && (bytes % 100000 == 0 || bytes % 65536 == 0);
}

static const struct pxk_transfer *initrd_of(const struct dx *d)
{
    const char *name = d->path.stage[PXK_STAGE_INITRD].name;
    return *name ? pxk_session_transfer(d->s, name) : NULL;
}

/* An archive that is packed as a whole and has so round a length was most probably cut there. */
static bool looks_cut(struct dx *d, const struct last *l)
{
    const struct pxk_transfer *t = initrd_of(d);
    if (!t || t->state != PXK_TRANSFER_DONE || !is_round(t->bytes) || look_at(t->head, t->head_len).kind != LOOK_ARCHIVE)
        return false;
    struct pxk_finding *f =
        dx_raise(d, FINDING_INITRD_TRUNCATED, l->sure ? PXK_SEVERITY_FAILURE : PXK_SEVERITY_WARNING);
    tell_silence(d, f, l);
    dx_seen(f, "; %llu is a suspiciously round length for %s", (unsigned long long)t->bytes,
            look_at(t->head, t->head_len).words);
    dx_cause(f, "the copy on the server was cut at %llu bytes: disk full, interrupted download or copy",
             (unsigned long long)t->bytes);
    dx_fix(f, "on the server: gzip -t ROOT/%s (xz -t, zstd -t), and compare with the release's checksum",
           t->file + strspn(t->file, "/"));
    return true;
}

static void rank_after_kernel(struct dx *d, struct pxk_finding *f, const struct last *l)
{
    enum { BIG = 400000000 };
    bool grub = l->t && l->t->profile && strcmp(l->t->profile->key, "grub") == 0;
    if (!d->path.stage[PXK_STAGE_INITRD].have && d->s->facts.initrds)
        dx_cause(f, "the kernel was refused or crashed before its initrd was fetched: Secure Boot, or a damaged kernel");
    else if (l->bytes > BIG && grub && d->efi)
        dx_cause(f, "GRUB finds no room in one piece for an initrd of this size, and boots without it (out of memory)");
    else if (l->bytes > BIG)
        dx_cause(f, "the machine has too little memory for an image that is unpacked there");
    else if ((cmdline_has(d, "boot=live") || cmdline_has(d, "boot=casper") || cmdline_has(d, "nfsroot=")) &&
             !cmdline_has(d, "BOOTIF="))
        dx_cause(f, "the live system takes another network card: BOOTIF= is not on its command line");
}

/* Behind shim GRUB starts signed kernels only, and says so before it asks for an initrd. */
static bool kernel_unsigned(struct dx *d, const struct last *l)
{
    bool grub = l->t && l->t->profile && strcmp(l->t->profile->key, "grub") == 0;
    if (!grub || d->path.stage[PXK_STAGE_INITRD].have || !d->s->facts.initrds || !signed_says(d, l, false))
        return false;
    struct pxk_finding *f = silent(d, FINDING_KERNEL_NOT_SIGNED, l);
    dx_seen(f, "; it has no signature, and its initrd is not asked for");
    return true;
}

static void after_kernel(struct dx *d, const struct last *l)
{
    const struct pxk_facts *facts = &d->s->facts;
    bool ipxe = l->t ? l->t->profile && strcmp(l->t->profile->key, "ipxe") == 0 : strstr(l->h->agent, "iPXE") != NULL;
    bool before_initrd = strcmp(l->name, d->path.stage[PXK_STAGE_KERNEL].name) == 0; /* it may yet be asked for */
    bool unnamed = d->efi && ipxe && facts->initrds && *facts->kernel && !initrd_named(d);
    if (kernel_unsigned(d, l) || (!l->sure && before_initrd && !unnamed))
        return;
    if (looks_cut(d, l))
        return;
    if (unnamed) {
        struct pxk_finding *f = silent(d, FINDING_INITRD_NOT_NAMED, l);
        dx_seen(f, "; the command line \"%s\" in %s has no initrd=", facts->cmdline, facts->config);
        return;
    }
    struct pxk_finding *f = silent(d, FINDING_SILENT_AFTER_KERNEL, l);
    rank_after_kernel(d, f, l);
}

static void after_winpe(struct dx *d, const struct last *l)
{
    enum { PE_TAKES = 120 }; /* seconds from boot.wim's last block to its DHCP, on slow machines */
    if (!l->again && l->rest < PE_TAKES * PXK_SEC)
        return;
    (void)silent(d, FINDING_WINPE_SILENT, l);
}

/* ---- the question ---- */

static bool is_wim(const char *name)
{
    return pxk_str_ends(name, ".wim") || pxk_str_ends(name, ".WIM");
}

/* Not the loader of the next attempt. */
static bool is_handed_over(const struct dx *d, const struct last *l)
{
    return l->h || stage_of_transfer(d->s, l->t, &d->path) >= PXK_STAGE_KERNEL;
}

void rule_silence(struct dx *d)
{
    const struct pxk_stage_file *loader = &d->path.stage[PXK_STAGE_LOADER], *config = &d->path.stage[PXK_STAGE_CONFIG],
                                *kernel = &d->path.stage[PXK_STAGE_KERNEL], *initrd = &d->path.stage[PXK_STAGE_INITRD];
    struct last l;
    if (d->s->facts.emulated || asked_key_manager(d) || !last_attempt(d, &l) || dx_lives_after(d, l.end) ||
        file_is_answers(l.name))
        return;
    if (is_wim(l.name))
        after_winpe(d, &l);
    else if (kernel->have && (strcmp(l.name, kernel->name) == 0 || (initrd->have && is_handed_over(d, &l))))
        after_kernel(d, &l);
    else if (loader->have && file_is_module(l.name) && !*config->name && !*kernel->name)
        after_module(d, &l);
    else if (config->have && !*kernel->name)
        after_config(d, &l);
    else if (loader->have && !*config->name && !*kernel->name)
        after_loader(d, &l);
}
