/* Rules of step 4: is the boot file a program for this machine, where does its loader stop, do
 * kernel and initrd fit. Emulated clients bring facts; a capture has names and first bytes. */
#include <string.h>

#include "diag_int.h"

static const struct pxk_file *file_of_role(const struct dx *d, const char *role, bool bad_only)
{
    for (size_t i = 0; i < d->s->files.n; i++) {
        const struct pxk_file *f = &d->s->files.at[i];
        bool bad = f->wrong_arch || f->truncated || f->corrupt;
        if (strcmp(f->role, role) == 0 && f->have && (bad || !bad_only))
            return f;
    }
    return NULL;
}

const struct pxk_transfer *transfer_of(const struct dx *d, const struct pxk_file *f)
{
    if (f->transfer >= 0 && (size_t)f->transfer < d->s->transfers.n)
        return &d->s->transfers.at[f->transfer];
    return pxk_session_transfer(d->s, f->path);
}

void dx_proof(struct dx *d, struct pxk_finding *f, const struct pxk_transfer *t)
{
    if (!t)
        return;
    dx_span(f, t->first_frame, t->last_frame);
    dx_filter(d, f, "udp.port == %u", t->client_port);
}

static bool kind_is(const struct pxk_file *f, const char *list)
{
    const char *at = strstr(list, f->kind);
    size_t n = strlen(f->kind);
    return n && at && (at == list || at[-1] == ' ') && (at[n] == ' ' || !at[n]);
}

/* ---- the boot file ---- */

static void fix_for_arch(struct dx *d, struct pxk_finding *f)
{
    uint16_t arch = d->s->arch;
    if (arch != PXK_ARCH_UNSET)
        dx_fix(f, "dnsmasq: dhcp-match=set:%s,option:client-arch,%u and dhcp-boot=tag:%s,%s",
               arch_tag(arch), arch, arch_tag(arch), arch_loader(arch));
}

/* Does another architecture get the very same file? Then the server does not look at option 93. */
static bool same_for_others(const struct dx *d)
{
    for (size_t i = 0; i < pxk_tracker_count(d->tracker); i++) {
        const struct pxk_session *s = pxk_tracker_session(d->tracker, i);
        if (s != d->s && s->arch != d->s->arch && *d->boot_file &&
            pxk_session_transfer(s, file_base(d->boot_file)))
            return true;
    }
    return false;
}

static void wrong_arch(struct dx *d, const char *name, const char *what,
                       const struct pxk_transfer *t)
{
    char bytes[32];
    struct pxk_finding *f = dx_fail(d, FINDING_LOADER_FOR_ANOTHER_ARCHITECTURE);
    dx_seen(f, "option 93 says %s; %s is %s", d->arch, name, what);
    if (t && t->head_len)
        dx_seen(f, "; first bytes %s", look_bytes(t->head, t->head_len, 4, bytes, sizeof bytes));
    if (same_for_others(d))
        dx_cause(f, "one boot file for every client: the server does not look at option 93");
    fix_for_arch(d, f);
    dx_proof(d, f, t);
}

static void no_program(struct dx *d, const char *name, const char *what,
                       const struct pxk_transfer *t)
{
    char bytes[64];
    struct pxk_finding *f = dx_fail(d, FINDING_LOADER_NOT_A_PROGRAM);
    dx_seen(f, "%s is %s", name, what);
    if (t && t->head_len)
        dx_seen(f, "; first bytes %s", look_bytes(t->head, t->head_len, 8, bytes, sizeof bytes));
    dx_proof(d, f, t);
}

static void loader_by_facts(struct dx *d)
{
    const struct pxk_file *file = file_of_role(d, "loader", true);
    char what[128], machine[24];
    if (!file && d->s->facts.firmware_rejects)
        for (size_t i = 0; i < d->s->files.n;
             i++) /* the last loader is the one that was not started */
            if (strcmp(d->s->files.at[i].role, "loader") == 0 && d->s->files.at[i].have)
                file = &d->s->files.at[i];
    if (!file || (!d->s->facts.firmware_rejects && !file->wrong_arch))
        return;
    const struct pxk_transfer *t = transfer_of(d, file);
    if (kind_is(file, "html text empty ipxe-script gzip xz zstd lz4 bzip2 lzma lzo cpio uimage fdt "
                      "iso9660 squashfs wim")) {
        no_program(d, file->path, file->kind_words, t);
    } else if (file->truncated || file->corrupt) {
        struct pxk_finding *f = dx_fail(d, FINDING_LOADER_DAMAGED);
        dx_seen(f, "%s: %s", file->path, *file->why ? file->why : "cut short");
        dx_proof(d, f, t);
    } else {
        if (file->pe_machine)
            pxk_fmt(what, sizeof what, "a PE image for %s",
                    look_machine(file->pe_machine, machine));
        else if (d->efi)
            pxk_fmt(what, sizeof what, "no PE image (%s)",
                    *file->kind_words ? file->kind_words : "something else");
        else
            pxk_fmt(what, sizeof what, "%s", file->kind_words);
        wrong_arch(d, file->path, what, t);
    }
}

static void loader_by_bytes(struct dx *d)
{
    const struct pxk_stage_file *loader = &d->path.stage[PXK_STAGE_LOADER];
    const struct pxk_transfer *t = *loader->name ? pxk_session_transfer(d->s, loader->name) : NULL;
    char what[96], machine[24];
    if (!t || t->state != PXK_TRANSFER_DONE || !t->head_len || d->s->arch == PXK_ARCH_UNSET)
        return;
    const struct pxk_file *file = dx_file_of(d, t);
    if (file && file->truncated) {
        struct pxk_finding *f = dx_fail(d, FINDING_LOADER_DAMAGED);
        dx_seen(f, "%s: %s", file->path, file->why);
        dx_proof(d, f, t);
        return;
    }
    struct look look = look_at(t->head, t->head_len);
    const struct pxk_arch *arch = pxk_arch_by_code(d->s->arch);
    bool ipxe = t->profile && strcmp(t->profile->key, "ipxe") == 0;
    if (look.kind == LOOK_HTML || look.kind == LOOK_ARCHIVE ||
        (!ipxe && (look.kind == LOOK_TEXT || look.kind == LOOK_SCRIPT)) ||
        (d->efi && look.kind == LOOK_TEXT)) {
        no_program(d, t->file, look.words, t);
    } else if (d->efi && arch && !(look.kind == LOOK_PE || look.machine) &&
               !(ipxe && look.kind != LOOK_UNKNOWN)) {
        wrong_arch(d, t->file, "no PE image", t);
    } else if (d->efi && arch && look.machine && look.machine != arch->pe_machine &&
               arch->code != PXK_ARCH_EBC) {
        pxk_fmt(what, sizeof what, "a PE image for %s", look_machine(look.machine, machine));
        wrong_arch(d, t->file, what, t);
    } else if (!d->efi && look.kind == LOOK_PE) {
        pxk_fmt(what, sizeof what, "an EFI program for %s", look_machine(look.machine, machine));
        wrong_arch(d, t->file, what, t);
    }
}

void rule_boot_file_content(struct dx *d)
{
    if (d->s->facts.emulated)
        loader_by_facts(d);
    else
        loader_by_bytes(d);
}

/* ---- where a loader stopped ---- */

static const struct pxk_transfer *last_refused(const struct dx *d, bool (*is)(const char *name))
{
    for (size_t i = d->s->transfers.n; i-- > 0;) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        if (t->state == PXK_TRANSFER_REFUSED && is(t->file))
            return t;
    }
    return NULL;
}

static void tell_refusal(struct dx *d, struct pxk_finding *f, const struct pxk_transfer *t)
{
    char server[PXK_IP_STRLEN];
    if (!t)
        return;
    dx_seen(f, "%s%s from %s: ERROR %u \"%s\"", *f->seen ? "; " : "", t->file,
            pxk_ip_text(t->server, server), t->error, t->message);
    dx_span(f, t->first_frame, t->error_frame);
    dx_filter(d, f, "udp.port == %u", t->client_port);
}

/* shim in a directory, its second stage asked for in the root: only option 67 named the directory.
 */
static bool path_was_lost(const struct dx *d, const char *asked)
{
    return d->source && !*d->source->file && *d->source->option67 && strchr(d->boot_file, '/') &&
           !strchr(asked + strspn(asked, "/"), '/');
}

static bool is_efi_name(const char *name)
{
    return (pxk_str_ends(name, ".efi") || pxk_str_ends(name, ".EFI")) && !file_is_optional(name);
}

static void second_loader(struct dx *d, const struct pxk_transfer *t)
{
    bool lost = t && path_was_lost(d, t->file);
    struct pxk_finding *f =
        dx_fail(d, lost ? FINDING_LOADER_PATH_LOST : FINDING_SECOND_LOADER_MISSING);
    if (*d->s->facts.stop_why)
        dx_seen(f, "%s", d->s->facts.stop_why);
    tell_refusal(d, f, t);
    if (lost) {
        dx_seen(f, "; the boot file is %s, named in option 67 only", d->boot_file);
        dx_fix(f, "dnsmasq: dhcp-no-override, which fills the header; or copy %s to the TFTP root",
               file_base(t->file));
    } else if (t) {
        dx_fix(f, "cp /usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed ROOT/%s",
               t->file + strspn(t->file, "/"));
    }
}

struct stop_row {
    const char *stop;
    enum finding_id id;
    enum pxk_stage stage;
};

static const struct stop_row stops[] = {
    {"module-missing", FINDING_LOADER_MODULE_MISSING, PXK_STAGE_N},
    {"config-missing", FINDING_CONFIG_MISSING, PXK_STAGE_CONFIG},
    {"config-loop", FINDING_CONFIG_LOOP, PXK_STAGE_CONFIG},
    {"config-empty", FINDING_CONFIG_EMPTY, PXK_STAGE_CONFIG},
    {"no-default", FINDING_NO_DEFAULT_ENTRY, PXK_STAGE_CONFIG},
    {"kernel-missing", FINDING_KERNEL_MISSING, PXK_STAGE_KERNEL},
    {"initrd-missing", FINDING_INITRD_MISSING, PXK_STAGE_INITRD},
    {"transfer-failed", FINDING_TRANSFER_INCOMPLETE, PXK_STAGE_N},
};

static const struct pxk_transfer *stage_transfer(const struct dx *d, enum pxk_stage stage)
{
    if (stage == PXK_STAGE_N)
        return last_refused(d, file_is_module);
    return *d->path.stage[stage].name ? pxk_session_transfer(d->s, d->path.stage[stage].name)
                                      : NULL;
}

static void stop_by_facts(struct dx *d)
{
    const struct pxk_facts *facts = &d->s->facts;
    if (strcmp(facts->stop, "next-loader-missing") == 0) {
        second_loader(d, last_refused(d, is_efi_name));
        return;
    }
    if (dx_loader_lacks_server(d))
        return; /* rule_next_server has said it */
    for (size_t i = 0; i < PXK_COUNT(stops); i++) {
        if (strcmp(stops[i].stop, facts->stop) != 0)
            continue;
        const struct pxk_transfer *t = stage_transfer(d, stops[i].stage);
        struct pxk_finding *f = dx_fail(d, stops[i].id);
        dx_seen(f, "%s", facts->stop_why);
        if (t && t->state == PXK_TRANSFER_REFUSED)
            tell_refusal(d, f, t);
        else
            dx_proof(d, f, t);
        if (*facts->stop_screen)
            (void)pxk_str_copy(f->screen, sizeof f->screen, facts->stop_screen);
        return;
    }
}

/* In a capture: what was refused and never came. */
static bool refused_module(struct dx *d)
{
    const struct pxk_transfer *t = last_refused(d, file_is_module);
    const char *base = t ? file_base(t->file) : "";
    if (!t || pxk_str_ends(base, ".lst"))
        return false;
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *o = &d->s->transfers.at[i];
        if (o->state == PXK_TRANSFER_DONE &&
            (strcmp(file_base(o->file), base) == 0 || o->started > t->last))
            return false;
    }
    struct pxk_finding *f = dx_fail(d, FINDING_LOADER_MODULE_MISSING);
    tell_refusal(d, f, t);
    dx_fix(f, "copy %s of the loader's own version beside it on the server", base);
    return true;
}

static bool refused_second_loader(struct dx *d)
{
    const struct pxk_transfer *t = last_refused(d, is_efi_name);
    if (!t || !d->path.stage[PXK_STAGE_LOADER].have || d->path.stage[PXK_STAGE_CONFIG].have)
        return false;
    const struct pxk_transfer *again = pxk_session_transfer(d->s, file_base(t->file));
    if (again && again->state == PXK_TRANSFER_DONE)
        return false;
    second_loader(d, t);
    return true;
}

static bool refused_stage(struct dx *d, enum pxk_stage stage, enum finding_id id)
{
    const struct pxk_stage_file *file = &d->path.stage[stage];
    if (!file->failed || file->have)
        return false;
    const struct pxk_transfer *t = pxk_session_transfer(d->s, file->name);
    struct pxk_finding *f = dx_fail(d, id);
    if (t && t->state == PXK_TRANSFER_REFUSED)
        tell_refusal(d, f, t);
    else
        dx_seen(f, "%s was asked for and not given", file->name);
    return true;
}

static bool ends_search(const char *name)
{
    return pxk_str_ends(name, "pxelinux.cfg/default") || pxk_str_ends(name, "/grub.cfg") ||
           strcmp(name, "grub.cfg") == 0;
}

/* Options 209 and 210 send PXELINUX elsewhere; stock GRUB asks for one name and no other. */
static void rank_config_missing(struct dx *d, struct pxk_finding *f, const struct pxk_transfer *t, unsigned names)
{
    const char *prefix = d->source ? d->source->pxelinux_prefix : "";
    const char *config = d->source ? d->source->pxelinux_config : "";
    bool grub = strstr(t->file, "grub.cfg") != NULL;
    if (!grub && *prefix)
        dx_cause(f, "option 210 sends PXELINUX to \"%s\", and there is no configuration below it", prefix);
    else if (!grub && *config)
        dx_cause(f, "option 209 names %s, which is not there, and there is no default either", config);
    else if (grub && names == 1 && *t->file == '/' && strchr(d->boot_file, '/') &&
             strncmp(t->file + 1, d->boot_file, strcspn(d->boot_file, "/") + 1) != 0)
        dx_cause(f, "this GRUB looks where its built-in prefix points (%s), not in the directory it was loaded from", t->file);
    if (grub && names == 1)
        dx_seen(f, "; this GRUB asks for this one name, not for one per machine");
}

/* A search that is under way is no failure: its last name must have been refused. */
static bool refused_config(struct dx *d)
{
    const struct pxk_transfer *t = last_refused(d, ends_search);
    unsigned names = 0;
    if (!t || d->path.stage[PXK_STAGE_CONFIG].have || d->path.stage[PXK_STAGE_KERNEL].have)
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_CONFIG_MISSING);
    for (size_t i = 0; i < d->s->transfers.n; i++)
        names += d->s->transfers.at[i].state == PXK_TRANSFER_REFUSED &&
                 (strstr(d->s->transfers.at[i].file, "pxelinux.cfg/") ||
                  strstr(d->s->transfers.at[i].file, "grub.cfg"));
    tell_refusal(d, f, t);
    if (names > 1)
        dx_seen(f, ", the last of %u names", names);
    rank_config_missing(d, f, t, names);
    dx_fix(f, "put a configuration at ROOT/%s", t->file + strspn(t->file, "/"));
    return true;
}

/* The configuration is in the capture, and leads nowhere: as soon as nothing follows it, that is why. */
static void stop_by_config(struct dx *d)
{
    const struct pxk_facts *facts = &d->s->facts;
    const struct pxk_transfer *t = *facts->config ? pxk_session_transfer(d->s, facts->config) : NULL;
    bool dead_end = strcmp(facts->stop, "config-empty") == 0 || strcmp(facts->stop, "no-default") == 0 ||
                    strcmp(facts->stop, "config-loop") == 0;
    if (!dead_end || !t || *d->path.stage[PXK_STAGE_KERNEL].name ||
        !(dx_restarts_after(d, t->last) || dx_silent(d, t->last, PXK_SILENCE)))
        return;
    stop_by_facts(d);
}

void rule_loader_stop(struct dx *d)
{
    if (d->s->facts.emulated) {
        if (*d->s->facts.stop)
            stop_by_facts(d);
        return;
    }
    if (refused_module(d) || refused_second_loader(d) || refused_config(d))
        return;
    if (refused_stage(d, PXK_STAGE_KERNEL, FINDING_KERNEL_MISSING) ||
        refused_stage(d, PXK_STAGE_INITRD, FINDING_INITRD_MISSING))
        return;
    stop_by_config(d);
}

/* ---- kernel and initrd, by their bytes ---- */

static void damaged(struct dx *d, enum finding_id id, const struct pxk_file *file)
{
    struct pxk_finding *f = dx_fail(d, id);
    dx_seen(f, "%s, %llu bytes: %s", file->path, (unsigned long long)file->bytes,
            *file->why          ? file->why
            : *file->kind_words ? file->kind_words
                                : "not usable");
    if (*d->s->facts.config)
        dx_seen(f, "; named in %s", d->s->facts.config);
    dx_proof(d, f, transfer_of(d, file));
}

/* In a capture only what was handed over counts, and nobody is heard of behind it. */
static bool system_came(const struct dx *d, const struct pxk_file *file)
{
    const struct pxk_transfer *t = transfer_of(d, file);
    return !d->s->facts.emulated && t && dx_lives_after(d, t->last);
}

static bool kernel_fits(const struct dx *d, const struct pxk_file *file)
{
    const struct pxk_arch *arch = pxk_arch_by_code(d->s->arch);
    bool x86 = strcmp(file->kind, "bzimage") == 0; /* a 64-bit kernel may start under IA32 firmware too */
    return !file->pe_machine || !arch || !arch->pe_machine || file->pe_machine == arch->pe_machine ||
           arch->code == PXK_ARCH_EBC || (x86 && arch->pe_machine == 0x014c);
}

/* By its first bytes, in a capture. What PXELINUX calls a kernel may be any boot program. */
static void kernel_by_bytes(struct dx *d, const struct pxk_file *file)
{
    char machine[24];
    if (system_came(d, file))
        return;
    if (file->truncated || kind_is(file, "html text")) {
        damaged(d, FINDING_KERNEL_DAMAGED, file);
    } else if (d->efi && !kernel_fits(d, file)) {
        struct pxk_finding *f = dx_fail(d, FINDING_KERNEL_FOR_ANOTHER_ARCHITECTURE);
        dx_seen(f, "option 93 says %s; %s is %s for %s", d->arch, file->path, file->kind_words,
                look_machine(file->pe_machine, machine));
        dx_proof(d, f, transfer_of(d, file));
    }
}

void rule_kernel_content(struct dx *d)
{
    const struct pxk_file *file = file_of_role(d, "kernel", false);
    char machine[24];
    if (file && !d->s->facts.emulated)
        kernel_by_bytes(d, file);
    if (!file || !d->s->facts.emulated || d->s->facts.booted)
        return;
    if (file->wrong_arch) {
        struct pxk_finding *f = dx_fail(d, FINDING_KERNEL_FOR_ANOTHER_ARCHITECTURE);
        dx_seen(f, "option 93 says %s; %s is %s", d->arch, file->path, file->kind_words);
        if (file->pe_machine)
            dx_seen(f, " for %s", look_machine(file->pe_machine, machine));
        dx_proof(d, f, transfer_of(d, file));
    } else if (file->truncated || file->corrupt ||
               (*file->kind &&
                !kind_is(file, "bzimage arm64-image riscv-image efi-zboot pe elf"))) {
        damaged(d, FINDING_KERNEL_DAMAGED, file);
    }
}

void rule_initrd_content(struct dx *d)
{
    const struct pxk_file *file = file_of_role(d, "initrd", true);
    if (!file || system_came(d, file))
        return;
    damaged(d, file->truncated ? FINDING_INITRD_TRUNCATED : FINDING_INITRD_CORRUPT, file);
}

/* A menu for people may wait for one. Who names an answer file wants no people. */
void rule_waits_for_key(struct dx *d)
{
    const struct pxk_facts *facts = &d->s->facts;
    bool went_on = !facts->emulated && *d->path.stage[PXK_STAGE_KERNEL].name; /* somebody pressed one */
    const struct pxk_transfer *t = *facts->config ? pxk_session_transfer(d->s, facts->config) : NULL;
    if (!facts->waits_for_key || d->failed || went_on || (!facts->emulated && t && !dx_silent(d, t->last, PXK_SILENCE)))
        return;
    struct pxk_finding *f =
        dx_raise(d, FINDING_CONFIG_WAITS_FOR_KEY,
                 facts->install_files ? PXK_SEVERITY_WARNING : PXK_SEVERITY_NOTE);
    dx_seen(f, "%s has no time-out; the default entry \"%s\" is taken only by a key", facts->config,
            facts->label);
    if (facts->install_files)
        dx_seen(f, ", and its command line names an answer file for an unattended installation");
    dx_proof(d, f, t);
}

void rule_local_boot(struct dx *d)
{
    const char *config = d->s->facts.config;
    bool other = !d->s->facts.emulated && *d->path.stage[PXK_STAGE_KERNEL].name; /* another entry was chosen */
    if (!d->s->facts.local_boot || d->failed || other)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_BOOTS_FROM_DISK);
    dx_seen(f, "the default of %s is the local disk", *config ? config : "the PXE menu");
    dx_proof(d, f, *config && !d->s->facts.emulated ? pxk_session_transfer(d->s, config) : NULL);
}
