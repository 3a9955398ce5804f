/* Who a boot program is. EFI programs say so in .sbat (shim SBAT.md), in a section of their own, or
 * in strings; BIOS programs have no header at all, only strings and their first instructions. */
#include "inspect_int.h"

#define SEARCH_MAX (16u << 20)  /* boot programs are smaller; a unified kernel image may not be */
#define NBP_MAX    (640u << 10) /* conventional memory */

static const uint8_t *find_text(const struct pxk_rd *f, const char *text)
{
    return pxk_image_find(f, text, strlen(text));
}

/* ASCII as the UTF-16 of EFI and Windows strings. */
static bool has_wide(const struct pxk_rd *f, const char *text)
{
    uint8_t wide[64];
    size_t n = 0;
    for (; text[n] && n < sizeof wide / 2; n++) {
        wide[2 * n] = (uint8_t)text[n];
        wide[2 * n + 1] = 0;
    }
    return pxk_image_find(f, wide, 2 * n) != NULL;
}

/* .sbat: rows of component, generation, vendor, package, version, URL. */
struct sbat_row {
    const uint8_t *at, *end;
};

static bool sbat_next(struct pxk_rd *sbat, struct sbat_row *row)
{
    while (sbat->at < sbat->end && (*sbat->at == '\n' || *sbat->at == '\r'))
        sbat->at++;
    row->at = sbat->at;
    while (sbat->at < sbat->end && *sbat->at != '\n' && *sbat->at != '\r' && *sbat->at)
        sbat->at++;
    row->end = sbat->at;
    return row->end > row->at;
}

static void sbat_column(const struct sbat_row *row, unsigned column, char out[static 48])
{
    const uint8_t *p = row->at;
    for (; column > 0 && p < row->end; p++)
        column -= *p == ',';
    pxk_image_words(out, 48, p, row->end, ',');
}

/* The row of @component itself and the first of its vendor ("grub.debian"). */
static bool sbat_find(struct pxk_rd sbat, const char *component, struct sbat_row *own,
                      struct sbat_row *vendor)
{
    struct sbat_row row;
    size_t n = strlen(component);
    bool found = false;
    memset(vendor, 0, sizeof *vendor);
    while (sbat_next(&sbat, &row)) {
        char name[48];
        sbat_column(&row, 0, name);
        if (strcmp(name, component) == 0) {
            *own = row;
            found = true;
        } else if (!vendor->at && pxk_str_starts(name, component) && name[n] == '.') {
            *vendor = row;
        }
    }
    return found;
}

/* "GRUB 2.06-13+deb12u2 (Debian)": the vendor's version is the one that tells what is mended in it.
 */
static void sbat_version(const char *who, const struct sbat_row *own, const struct sbat_row *vendor,
                         struct pxk_image *out)
{
    char version[48] = "", name[48];
    if (vendor->at)
        sbat_column(vendor, 4, version);
    if (version[0]) {
        sbat_column(vendor, 2, name);
        (void)pxk_fmt(out->version, sizeof out->version, "%s %.40s (%.32s)", who, version, name);
    } else {
        sbat_column(own, 4, version);
        (void)pxk_fmt(out->version, sizeof out->version, "%s %s", who, version);
    }
}

/* shim's .data.ident: "UEFI SHIM\n$Version: 15.8 $\n"; its helpers (MokManager, fallback) lack it,
 * but share shim's .sbat. */
static bool is_shim(const struct pxk_rd *f, struct pxk_rd sbat, struct pxk_image *out)
{
    static const char ident[] = "UEFI SHIM\n$Version: ";
    const uint8_t *p = find_text(f, ident);
    struct sbat_row own, vendor;
    if (!p && !find_text(f, "UEFI SHIM"))
        return false;
    if (p) {
        char version[32];
        pxk_image_words(version, sizeof version, p + sizeof ident - 1, f->end, ' ');
        (void)pxk_fmt(out->version, sizeof out->version, "shim %s", version);
    } else if (sbat_find(sbat, "shim", &own, &vendor)) {
        sbat_version("shim", &own, &vendor, out);
    }
    return true;
}

static bool is_grub(const struct pxk_rd *f, const struct pxk_pe *pe, struct pxk_rd sbat,
                    struct pxk_image *out)
{
    struct sbat_row own, vendor;
    struct pxk_rd mods;
    bool in_sbat = sbat_find(sbat, "grub", &own, &vendor);
    bool has_mods = pxk_grub_mods_find(f, pe, &mods);
    if (!in_sbat && !has_mods)
        return false;
    if (in_sbat)
        sbat_version("GRUB", &own, &vendor, out);
    if (has_mods)
        pxk_grub_inspect(f, mods, out);
    return true;
}

static bool is_systemd_boot(const struct pxk_rd *f, struct pxk_image *out)
{
    static const char magic[] = "LoaderInfo: systemd-boot";
    const uint8_t *p = find_text(f, magic);
    if (p)
        pxk_image_words(out->version, sizeof out->version, p + 12, f->end, '#');
    for (size_t n = strlen(out->version); p && n > 0 && out->version[n - 1] == ' '; n--)
        out->version[n - 1] = '\0';
    return p != NULL;
}

static bool is_windows(const struct pxk_rd *f)
{
    return find_text(f, "bootmgfw.pdb") || find_text(f, "wdsmgfw.pdb") ||
           has_wide(f, "bootmgr.exe") || has_wide(f, "wdsmgfw.efi");
}

void pxk_image_loader_of_pe(const struct pxk_rd *file, const struct pxk_pe *pe,
                            struct pxk_image *out)
{
    struct pxk_rd payload = pxk_pe_find(file, pe, ".linux"); /* a unified kernel image */
    struct pxk_rd sbat = pxk_pe_find(file, pe, ".sbat");
    struct pxk_rd head = img_at(file, 0, img_len(file) < SEARCH_MAX ? img_len(file) : SEARCH_MAX);
    if (payload.err == PXK_OK)
        return;
    if (is_shim(&head, sbat, out))
        out->loader = PXK_LOADER_SHIM;
    else if (is_grub(file, pe, sbat, out))
        out->loader = PXK_LOADER_GRUB;
    else if (is_systemd_boot(&head, out))
        out->loader = PXK_LOADER_SYSTEMD_BOOT;
    else if (find_text(&head, "ldlinux.e64") || find_text(&head, "ldlinux.e32"))
        out->loader = PXK_LOADER_PXELINUX; /* syslinux.efi: the same program for EFI */
    else if (find_text(&head, "http://ipxe.org") && find_text(&head, "iPXE"))
        out->loader = PXK_LOADER_IPXE;
    else if (is_windows(&head))
        out->loader = PXK_LOADER_WINDOWS;
}

/* GRUB's pxeboot.img, the start of core.0: mov $0x7f, %dl; ljmp $0, $0x8200. */
static const uint8_t grub_start[] = {0xb2, 0x7f, 0xea, 0x00, 0x82, 0x00, 0x00};

bool pxk_image_probe_nbp(const struct pxk_rd *f, struct pxk_image *out)
{
    const uint8_t *p = NULL;
    if (img_len(f) > NBP_MAX)
        return false;
    if ((p = find_text(f, "PXELINUX "))) {
        out->loader = PXK_LOADER_PXELINUX;
        pxk_image_words(out->version, sizeof out->version, p, f->end, 0);
    } else if (find_text(f, "PXE->EB:") || find_text(f, "iPXE initialising")) {
        out->loader = PXK_LOADER_IPXE; /* its prefix reports so how it found the PXE stack */
    } else if (img_has(f, 0, grub_start, sizeof grub_start)) {
        out->loader = PXK_LOADER_GRUB;
    } else if (find_text(f, "WDSNBP")) {
        out->loader = PXK_LOADER_WINDOWS;
    } else {
        return false;
    }
    for (size_t n = strlen(out->version); n > 0 && out->version[n - 1] == ' '; n--)
        out->version[n - 1] = '\0';
    out->kind = PXK_IMAGE_NBP;
    return true;
}
