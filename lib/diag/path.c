/* What a download was for: loader, configuration, kernel, initrd, answers. An emulated client
 * knows; a capture has names, first bytes, order and the asking program's habits. */
#include <string.h>

#include "diag_int.h"

const char *file_base(const char *path)
{
    const char *base = path;
    for (const char *p = path; *p; p++) {
        if (*p == '/')
            base = p + 1;
        else if (strncmp(p, "\\x5c", 4) == 0) /* a quoted backslash: Windows' programs ask so */
            base = p + 4;
    }
    return base;
}

static bool starts_any(const char *s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pxk_str_starts(s, list[i]))
            return true;
    return false;
}

static bool ends_any(const char *s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pxk_str_ends(s, list[i]))
            return true;
    return false;
}

#define STARTS_ANY(s, ...)                                                                         \
    starts_any(s, (const char *const[]){__VA_ARGS__},                                              \
               PXK_COUNT(((const char *const[]){__VA_ARGS__})))
#define ENDS_ANY(s, ...)                                                                           \
    ends_any(s, (const char *const[]){__VA_ARGS__}, PXK_COUNT(((const char *const[]){__VA_ARGS__})))

bool file_is_optional(const char *name)
{
    const char *base = file_base(name);
    return STARTS_ANY(base, "revocations", "shim_certificate", "mmx64", "mmaa64", "mmia32",
                      "MokManager", "boot.sig", "autoexec.ipxe", "local-vars.ipxe", "MAC-") ||
           ENDS_ANY(base, ".lst", ".pf2", ".png", ".jpg", ".msg", ".txt", ".sdi.sig");
}

bool file_is_module(const char *name)
{
    return ENDS_ANY(name, ".c32", ".e32", ".e64", ".mod", ".lst");
}

bool file_is_answers(const char *name)
{
    const char *base = file_base(name);
    return STARTS_ANY(base, "preseed", "ks.", "ks-", "kickstart", "user-data", "meta-data",
                      "autoinst", "autoyast", "unattend", "answers") ||
           ENDS_ANY(base, ".ks", ".seed", ".ign", "preseed.cfg", "ks.cfg", "autoinst.xml");
}

static bool is_config_name(const char *name)
{
    return strstr(name, "pxelinux.cfg/") || strstr(name, "grub.cfg") ||
           ENDS_ANY(name, ".ipxe", ".cfg", ".conf", "/BCD");
}

static bool is_kernel_name(const char *base)
{
    return STARTS_ANY(base, "vmlinuz", "linux", "bzImage", "kernel", "Image", "wimboot");
}

static bool is_initrd_name(const char *base)
{
    return STARTS_ANY(base, "initrd", "initramfs", "ramdisk") || pxk_str_ends(base, ".wim");
}

static bool is_loader_name(const char *base)
{
    return ENDS_ANY(base, ".efi", ".EFI", ".0", ".kpxe", ".kkpxe", ".pxe", ".n12", ".com", ".bios");
}

enum pxk_stage stage_by_name(const char *name)
{
    const char *base = file_base(name);
    if (file_is_answers(name))
        return PXK_STAGE_ANSWERS;
    if (is_config_name(name))
        return PXK_STAGE_CONFIG;
    if (is_kernel_name(base))
        return PXK_STAGE_KERNEL;
    if (is_initrd_name(base))
        return PXK_STAGE_INITRD;
    if (is_loader_name(base))
        return PXK_STAGE_LOADER;
    return PXK_STAGE_N;
}

static bool asked_by(const struct pxk_transfer *t, const char *profile)
{
    return t->profile && strcmp(t->profile->key, profile) == 0;
}

enum pxk_stage stage_of_transfer(const struct pxk_session *s, const struct pxk_transfer *t,
                                 const struct pxk_boot_path *path)
{
    (void)s;
    if (t->probe || file_is_module(t->file) || file_is_optional(t->file))
        return PXK_STAGE_N;
    struct look look = look_at(t->head, t->head_len);
    bool first = !*path->stage[PXK_STAGE_LOADER].name;
    enum pxk_stage by_name = stage_by_name(t->file);
    if (first && (asked_by(t, "ipxe") || asked_by(t, "edk2")) && look.kind != LOOK_KERNEL)
        return by_name == PXK_STAGE_CONFIG ? PXK_STAGE_CONFIG : PXK_STAGE_LOADER;
    if (look.kind == LOOK_KERNEL)
        return PXK_STAGE_KERNEL;
    if (look.kind == LOOK_SCRIPT)
        return PXK_STAGE_CONFIG;
    if (by_name != PXK_STAGE_N)
        return by_name;
    if (asked_by(t, "installer"))
        return PXK_STAGE_ANSWERS;
    /* A loader that has its configuration asks for the kernel first, for the initrds then. */
    if (!path->stage[PXK_STAGE_CONFIG].have)
        return first ? PXK_STAGE_LOADER : PXK_STAGE_N;
    if (look.kind == LOOK_ARCHIVE)
        return PXK_STAGE_INITRD;
    return path->stage[PXK_STAGE_KERNEL].have ? PXK_STAGE_INITRD : PXK_STAGE_KERNEL;
}

/* The first of a stage that arrived stands in the table; one that did not arrive, until another
 * does. */
static void stage_note(struct pxk_boot_path *path, enum pxk_stage stage,
                       const struct pxk_stage_file *file)
{
    if (stage >= PXK_STAGE_N)
        return;
    struct pxk_stage_file *at = &path->stage[stage];
    bool again = strcmp(at->name, file->name) == 0;
    if (!*at->name || (!at->have && (file->have || file->failed)) || (again && file->have))
        *at = *file;
    else if (file->have && !again)
        at->more++;
}

static enum pxk_stage stage_of_role(const char *role)
{
    for (unsigned i = 0; i < PXK_STAGE_N; i++)
        if (strcmp(pxk_stage_key((enum pxk_stage)i), role) == 0)
            return (enum pxk_stage)i;
    return PXK_STAGE_N;
}

static void from_files(const struct pxk_session *s, struct pxk_boot_path *out)
{
    for (size_t i = 0; i < s->files.n; i++) {
        const struct pxk_file *f = &s->files.at[i];
        enum pxk_stage stage = stage_of_role(f->role);
        /* Of a search for a configuration the last name is the one that people know. */
        bool counts = !f->optional || stage == PXK_STAGE_CONFIG;
        struct pxk_stage_file file = {
            .have = f->have, .failed = f->failed && counts, .bytes = f->bytes};
        if (f->transfer >= 0 && (size_t)f->transfer < s->transfers.n)
            file.frame = s->transfers.at[f->transfer].first_frame;
        (void)pxk_str_copy(file.name, sizeof file.name, *f->path ? f->path : f->url);
        if (f->failed && !counts)
            continue;
        stage_note(out, stage, &file);
    }
}

static void from_transfers(const struct pxk_session *s, struct pxk_boot_path *out)
{
    for (size_t i = 0; i < s->transfers.n; i++) {
        const struct pxk_transfer *t = &s->transfers.at[i];
        struct pxk_stage_file file = {.have = t->state == PXK_TRANSFER_DONE,
                                      .failed = t->state == PXK_TRANSFER_REFUSED,
                                      .bytes = t->bytes,
                                      .frame = t->first_frame};
        (void)pxk_str_copy(file.name, sizeof file.name, t->file);
        stage_note(out, stage_of_transfer(s, t, out), &file);
    }
}

static void from_https(const struct pxk_session *s, struct pxk_boot_path *out)
{
    for (size_t i = 0; i < s->https.n; i++) {
        const struct pxk_http *h = &s->https.at[i];
        if (!*h->path || file_is_optional(h->path) || strcmp(h->method, "HEAD") == 0)
            continue;
        struct pxk_stage_file file = {.have = h->status >= 200 && h->status < 300 && (h->done || h->cut_head),
                                      .failed = h->status >= 400,
                                      .bytes = h->bytes ? h->bytes : h->length,
                                      .frame = h->frame};
        (void)pxk_str_copy(file.name, sizeof file.name, h->path);
        stage_note(out, stage_by_name(h->path), &file);
    }
}

void pxk_boot_path_of(const struct pxk_session *s, struct pxk_boot_path *out)
{
    *out = (struct pxk_boot_path){0};
    if (s->facts.emulated) {
        from_files(s, out);
        return;
    }
    from_transfers(s, out);
    from_https(s, out);
}
