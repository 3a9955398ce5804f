/* What a file is, told by its name alone: all that a watcher has. One table; the first row that fits wins.
 * Sources: the search orders of PXELINUX, GRUB, shim and iPXE, the installers' default names. */
#include "session_int.h"

enum how { WHOLE, START, END, INSIDE }; /* of the base name; INSIDE: anywhere in the path */

struct row {
    enum how how;
    const char *text; /* lower case */
    enum role role;
    bool optional;
};

static const struct row rows[] = {
    /* Answer files of installers */
    {INSIDE, "preseed", ROLE_ANSWERS, false},
    {INSIDE, "kickstart", ROLE_ANSWERS, false},
    {WHOLE, "ks.cfg", ROLE_ANSWERS, false},
    {END, ".ks", ROLE_ANSWERS, false},
    {END, ".seed", ROLE_ANSWERS, false},
    {WHOLE, "user-data", ROLE_ANSWERS, false},
    {WHOLE, "meta-data", ROLE_OTHER, true},
    {WHOLE, "vendor-data", ROLE_OTHER, true},
    {START, "autoinst", ROLE_ANSWERS, false},
    {WHOLE, "unattend.xml", ROLE_ANSWERS, false},
    {END, ".ign", ROLE_ANSWERS, false},
    /* shim's optional companions (netboot.c, sbat.c) */
    {START, "revocations", ROLE_OTHER, true},
    {START, "shim_certificate", ROLE_OTHER, true},
    {START, "mm", ROLE_OTHER, true},
    /* iPXE's and netboot.xyz' optional hooks */
    {WHOLE, "autoexec.ipxe", ROLE_CONFIG, true},
    {WHOLE, "local-vars.ipxe", ROLE_CONFIG, true},
    {START, "mac-", ROLE_CONFIG, true},
    {START, "hostname-", ROLE_CONFIG, true},
    {WHOLE, "boot.sig", ROLE_OTHER, true},
    /* modules, fonts, pictures */
    {END, ".lst", ROLE_MODULE, true},
    {END, ".mod", ROLE_MODULE, true},
    {END, ".c32", ROLE_MODULE, false},
    {END, ".pf2", ROLE_OTHER, true},
    {END, ".ttf", ROLE_OTHER, true},
    {END, ".png", ROLE_OTHER, true},
    {END, ".jpg", ROLE_OTHER, true},
    {END, ".txt", ROLE_OTHER, true},
    {END, ".sig", ROLE_OTHER, true},
    /* configurations: per-machine names come first and are seldom there */
    {INSIDE, "pxelinux.cfg/default", ROLE_CONFIG, false},
    {INSIDE, "pxelinux.cfg/", ROLE_CONFIG, true},
    {START, "grub.cfg-", ROLE_CONFIG, true},
    {END, ".cfg", ROLE_CONFIG, false},
    {END, ".conf", ROLE_CONFIG, false},
    {END, ".ipxe", ROLE_CONFIG, false},
    {WHOLE, "bcd", ROLE_CONFIG, false},
    /* what is handed over */
    {INSIDE, "initrd", ROLE_INITRD, false},
    {INSIDE, "initramfs", ROLE_INITRD, false},
    {END, ".cpio", ROLE_INITRD, false},
    {WHOLE, "boot.wim", ROLE_INITRD, false},
    {START, "vmlinu", ROLE_KERNEL, false},
    {START, "bzimage", ROLE_KERNEL, false},
    {WHOLE, "wimboot", ROLE_KERNEL, false},
    {START, "linux", ROLE_KERNEL, false},
    {START, "kernel", ROLE_KERNEL, false},
    {WHOLE, "image", ROLE_KERNEL, false},
    /* boot programs */
    {END, ".efi", ROLE_LOADER, false},
    {END, ".efi.signed", ROLE_LOADER, false},
    {END, ".0", ROLE_LOADER, false},
    {END, "pxe", ROLE_LOADER, false},
    {END, ".lkrn", ROLE_LOADER, false},
    {END, ".n12", ROLE_LOADER, false},
    {END, ".com", ROLE_LOADER, false},
};

static bool fits(const struct row *row, const char *path, const char *base)
{
    switch (row->how) {
    case WHOLE:
        return strcmp(base, row->text) == 0;
    case START:
        return pxk_str_starts(base, row->text);
    case END:
        return pxk_str_ends(base, row->text);
    case INSIDE:
        return strstr(path, row->text) != NULL;
    }
    return false;
}

struct role_is pxk_role_of(const char *file)
{
    char path[256];
    (void)pxk_str_copy(path, sizeof path, file);
    path[strcspn(path, "?")] = '\0';
    for (char *c = path; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 32);
    const char *base = pxk_base_name(path);
    for (size_t i = 0; i < PXK_COUNT(rows); i++)
        if (fits(&rows[i], path, base))
            return (struct role_is){rows[i].role, rows[i].optional};
    return (struct role_is){ROLE_OTHER, false};
}

const char *pxk_file_role(const char *path, bool *optional)
{
    static const char *const key[] = {[ROLE_OTHER] = "other",   [ROLE_LOADER] = "loader", [ROLE_MODULE] = "module",
                                      [ROLE_CONFIG] = "config", [ROLE_KERNEL] = "kernel", [ROLE_INITRD] = "initrd",
                                      [ROLE_ANSWERS] = "answers"};
    struct role_is is = pxk_role_of(path);
    if (optional)
        *optional = is.optional;
    return key[is.role];
}
