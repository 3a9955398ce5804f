/* The boot set: which files, under which names, and the texts among them. */
#include <stdlib.h>

#include "bootset_int.h"
#include "inspect_int.h"

#define KERNEL_BYTES ((size_t)2 << 20)
#define INITRD_BYTES ((size_t)4 << 20)
#define BYTES_MAX    ((size_t)1 << 31) /* cpio and zlib count in 32 bits */

void pxk_bootset_noise(struct pxk_wr *w, uint64_t seed, size_t n)
{
    struct pxk_rand r = pxk_rand_init(seed);
    for (; n >= 8; n -= 8)
        pxk_wr_le64(w, pxk_rand_u64(&r));
    pxk_wr_zero(w, n);
}

enum pxk_err pxk_bootset_room(struct pxk_bootset_file *out, size_t len, struct pxk_wr *w)
{
    uint8_t *data = calloc(1, len ? len : 1);
    if (!data)
        return PXK_E_NOMEM;
    out->data = data;
    out->len = len;
    *w = pxk_wr_init(data, len);
    return PXK_OK;
}

void pxk_bootset_fill_to(struct pxk_wr *w, size_t to)
{
    if (to > pxk_wr_len(w))
        pxk_wr_zero(w, to - pxk_wr_len(w));
}

static enum pxk_err text(struct pxk_bootset_file *out, const char *fmt, const char *server)
{
    char buf[2048];
    struct pxk_str s = pxk_str_init(buf, sizeof buf);
    struct pxk_wr w;
    for (const char *p = fmt; *p; p++) { /* "@" stands for the server */
        if (*p == '@')
            pxk_str_add(&s, server);
        else
            pxk_str_addc(&s, *p);
    }
    enum pxk_err err = pxk_bootset_room(out, s.len, &w);
    if (err == PXK_OK)
        pxk_wr_bytes(&w, buf, s.len);
    return err;
}

#define CMDLINE "auto=true priority=critical url=tftp://@/preseed.cfg --- quiet"

static const char pxelinux_cfg[] = "# A generated boot set: boots unattended.\n"
                                   "DEFAULT install\n"
                                   "PROMPT 0\n"
                                   "TIMEOUT 10\n"
                                   "\n"
                                   "LABEL install\n"
                                   "  KERNEL linux\n"
                                   "  INITRD initrd.gz\n"
                                   "  APPEND " CMDLINE "\n";

static const char grub_cfg[] = "# A generated boot set: boots unattended.\n"
                               "set default=0\n"
                               "set timeout=1\n"
                               "\n"
                               "menuentry \"Install\" {\n"
                               "    if [ \"$grub_cpu\" = arm64 ]; then\n"
                               "        linux /linux-arm64 " CMDLINE "\n"
                               "    else\n"
                               "        linux /linux " CMDLINE "\n"
                               "    fi\n"
                               "    initrd /initrd.gz\n"
                               "}\n";

static const char preseed_cfg[] = "# Answers for debian-installer, fetched from @.\n"
                                  "d-i debian-installer/locale string en_US.UTF-8\n"
                                  "d-i keyboard-configuration/xkb-keymap select us\n"
                                  "d-i netcfg/choose_interface select auto\n"
                                  "d-i mirror/country string manual\n"
                                  "d-i mirror/http/hostname string @\n"
                                  "d-i mirror/http/directory string /debian\n"
                                  "d-i finish-install/reboot_in_progress note\n";

enum maker { SHIM, GRUB, PXELINUX, LDLINUX, BZIMAGE, ARM64, INITRD, TEXT };

static const struct row {
    const char *path;
    enum maker maker;
    uint16_t machine; /* SHIM, GRUB */
    const char *text; /* TEXT */
} rows[] = {
    {"pxelinux.0", PXELINUX, 0, NULL},
    {"ldlinux.c32", LDLINUX, 0, NULL},
    {"pxelinux.cfg/default", TEXT, 0, pxelinux_cfg},
    {"bootx64.efi", SHIM, PE_MACHINE_X64, NULL},
    {"grubx64.efi", GRUB, PE_MACHINE_X64, NULL},
    {"bootia32.efi", SHIM, PE_MACHINE_I386, NULL},
    {"grubia32.efi", GRUB, PE_MACHINE_I386, NULL},
    {"bootaa64.efi", SHIM, PE_MACHINE_ARM64, NULL},
    {"grubaa64.efi", GRUB, PE_MACHINE_ARM64, NULL},
    {"grub/grub.cfg", TEXT, 0, grub_cfg},
    {"linux", BZIMAGE, 0, NULL},
    {"linux-arm64", ARM64, 0, NULL},
    {"initrd.gz", INITRD, 0, NULL},
    {"preseed.cfg", TEXT, 0, preseed_cfg},
};

static enum pxk_err make(const struct row *row, const struct pxk_bootset_opts *opts,
                         struct pxk_bootset_file *out)
{
    char server[PXK_IP4_STRLEN];
    size_t kernel = opts->kernel_bytes ? opts->kernel_bytes : KERNEL_BYTES;
    (void)pxk_str_copy(out->path, sizeof out->path, row->path);
    switch (row->maker) {
    case SHIM:
        return pxk_bootset_shim(row->machine, out);
    case GRUB:
        return pxk_bootset_grub(row->machine, out);
    case PXELINUX:
        return pxk_bootset_pxelinux(out);
    case LDLINUX:
        return pxk_bootset_ldlinux(out);
    case BZIMAGE:
        return pxk_bootset_bzimage(kernel, out);
    case ARM64:
        return pxk_bootset_arm64(kernel, out);
    case INITRD:
        return pxk_bootset_initrd(opts->initrd_bytes ? opts->initrd_bytes : INITRD_BYTES, out);
    case TEXT:
        return text(out, row->text, pxk_ip4_text(opts->server, server));
    }
    return PXK_E_USAGE;
}

enum pxk_err pxk_bootset_generate(const struct pxk_bootset_opts *opts, struct pxk_bootset *out)
{
    struct pxk_bootset set = {calloc(PXK_COUNT(rows), sizeof *set.file), 0};
    if (opts->kernel_bytes > BYTES_MAX || opts->initrd_bytes > BYTES_MAX) {
        free(set.file);
        return PXK_E_RANGE;
    }
    enum pxk_err err = set.file ? PXK_OK : PXK_E_NOMEM;
    for (size_t i = 0; i < PXK_COUNT(rows) && err == PXK_OK; i++) {
        set.n = i + 1;
        err = make(&rows[i], opts, &set.file[i]);
    }
    if (err != PXK_OK) {
        pxk_bootset_done(&set);
        return err;
    }
    *out = set;
    return PXK_OK;
}

void pxk_bootset_done(struct pxk_bootset *set)
{
    for (size_t i = 0; set->file && i < set->n; i++)
        free(set->file[i].data);
    free(set->file);
    *set = (struct pxk_bootset){NULL, 0};
}

const struct pxk_bootset_file *pxk_bootset_find(const struct pxk_bootset *set, const char *path)
{
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->file[i].path, path) == 0)
            return &set->file[i];
    }
    return NULL;
}
