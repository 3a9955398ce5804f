#include <criterion/criterion.h>

#include "make_image.h"

static const struct {
    const char *path;
    enum pxk_image_kind kind;
    enum pxk_loader_id loader;
    uint16_t machine;
} wanted[] = {
    {"pxelinux.0", PXK_IMAGE_NBP, PXK_LOADER_PXELINUX, 0},
    {"ldlinux.c32", PXK_IMAGE_ELF, PXK_LOADER_NONE, 0},
    {"pxelinux.cfg/default", PXK_IMAGE_TEXT, PXK_LOADER_NONE, 0},
    {"bootx64.efi", PXK_IMAGE_PE, PXK_LOADER_SHIM, 0x8664},
    {"grubx64.efi", PXK_IMAGE_PE, PXK_LOADER_GRUB, 0x8664},
    {"bootia32.efi", PXK_IMAGE_PE, PXK_LOADER_SHIM, 0x014c},
    {"grubia32.efi", PXK_IMAGE_PE, PXK_LOADER_GRUB, 0x014c},
    {"bootaa64.efi", PXK_IMAGE_PE, PXK_LOADER_SHIM, 0xaa64},
    {"grubaa64.efi", PXK_IMAGE_PE, PXK_LOADER_GRUB, 0xaa64},
    {"grub/grub.cfg", PXK_IMAGE_TEXT, PXK_LOADER_NONE, 0},
    {"linux", PXK_IMAGE_BZIMAGE, PXK_LOADER_NONE, 0x8664},
    {"linux-arm64", PXK_IMAGE_ARM64_IMAGE, PXK_LOADER_NONE, 0xaa64},
    {"initrd.gz", PXK_IMAGE_GZIP, PXK_LOADER_NONE, 0},
    {"preseed.cfg", PXK_IMAGE_TEXT, PXK_LOADER_NONE, 0},
};

static struct pxk_bootset generate(size_t kernel, size_t initrd)
{
    const struct pxk_bootset_opts opts = {PXK_IP4(192, 0, 2, 7), kernel, initrd};
    struct pxk_bootset set;
    cr_assert_eq(pxk_bootset_generate(&opts, &set), PXK_OK);
    return set;
}

static void all_whole(const struct pxk_bootset *set)
{
    cr_assert_eq(set->n, PXK_COUNT(wanted));
    for (size_t i = 0; i < set->n; i++) {
        const struct pxk_bootset_file *f = pxk_bootset_find(set, wanted[i].path);
        cr_assert_not_null(f, "%s", wanted[i].path);
        struct pxk_image img = verify(f->data, f->len);
        cr_expect_not(img.truncated || img.corrupt, "%s: %s", f->path, img.why);
        cr_expect_eq(img.kind, wanted[i].kind, "%s is %s", f->path, pxk_image_kind_key(img.kind));
        cr_expect_eq(img.loader, wanted[i].loader, "%s", f->path);
        cr_expect_eq(img.pe_machine, wanted[i].machine, "%s", f->path);
        cr_expect(img.pe_machine == 0 || img.pe_subsystem == 10, "%s", f->path);
        cr_expect(img.expected == 0 || img.expected == f->len, "%s", f->path);
        cr_expect(img.loader != PXK_LOADER_SHIM || img.has_sbat);
        if (img.kind == PXK_IMAGE_GZIP)
            cr_expect(img.verified && img.holds_cpio && img.has_init);
    }
}

Test(bootset, every_file_is_whole_and_what_it_should_be)
{
    struct pxk_bootset set = generate(0, 0);
    all_whole(&set);
    cr_assert_eq(pxk_bootset_find(&set, "linux")->len, 2 << 20);
    cr_assert_gt(pxk_bootset_find(&set, "initrd.gz")->len, 4 << 20);
    pxk_bootset_done(&set);
    cr_assert_null(set.file);
    pxk_bootset_done(&set); /* twice is fine */
}

Test(bootset, any_size_will_do)
{
    static const size_t sizes[] = {1, 511, 512, 16384, 16385, 99999, 1000003};
    for (size_t i = 0; i < PXK_COUNT(sizes); i++) {
        struct pxk_bootset set = generate(sizes[i], sizes[i]);
        all_whole(&set);
        cr_assert_geq(pxk_bootset_find(&set, "linux")->len, sizes[i]);
        cr_assert_geq(pxk_bootset_find(&set, "linux-arm64")->len, sizes[i]);
        pxk_bootset_done(&set);
    }
    const struct pxk_bootset_opts huge = {0, (size_t)5 << 30, 0}, huge2 = {0, 0, (size_t)5 << 30};
    struct pxk_bootset none;
    cr_assert_eq(pxk_bootset_generate(&huge, &none), PXK_E_RANGE);
    cr_assert_eq(pxk_bootset_generate(&huge2, &none), PXK_E_RANGE);
}

Test(bootset, is_the_same_every_time)
{
    struct pxk_bootset a = generate(30000, 30000), b = generate(30000, 30000);
    for (size_t i = 0; i < a.n; i++) {
        cr_assert_eq(a.file[i].len, b.file[i].len);
        cr_assert_eq(memcmp(a.file[i].data, b.file[i].data, a.file[i].len), 0, "%s",
                     a.file[i].path);
    }
    pxk_bootset_done(&a);
    pxk_bootset_done(&b);
}

static char *as_text(const struct pxk_bootset *set, const char *path)
{
    const struct pxk_bootset_file *f = pxk_bootset_find(set, path);
    char *s = calloc(1, f->len + 1);
    memcpy(s, f->data, f->len);
    return s;
}

Test(bootset, configurations_boot_unattended_and_name_the_answers)
{
    static const char cmdline[] =
        "auto=true priority=critical url=tftp://192.0.2.7/preseed.cfg --- quiet\n";
    struct pxk_bootset set = generate(1, 1);
    char *pxelinux = as_text(&set, "pxelinux.cfg/default"), *grub = as_text(&set, "grub/grub.cfg");
    cr_expect_not_null(strstr(pxelinux, cmdline));
    cr_expect_not_null(strstr(pxelinux, "DEFAULT install\n"));
    cr_expect_not_null(strstr(pxelinux, "TIMEOUT 10\n"));
    cr_expect_not_null(strstr(pxelinux, "KERNEL linux\n"));
    cr_expect_not_null(strstr(pxelinux, "INITRD initrd.gz\n"));
    cr_expect_not_null(strstr(grub, "linux /linux auto=true"));
    cr_expect_not_null(strstr(grub, "linux /linux-arm64 auto=true"));
    cr_expect_not_null(strstr(grub, "set timeout=1\n"));
    const char *first = strstr(grub, cmdline);
    cr_expect(first && strstr(first + 1, cmdline), "both kernels get it");
    free(pxelinux);
    free(grub);
    pxk_bootset_done(&set);
}

Test(bootset, half_a_file_is_not_whole)
{
    struct pxk_bootset set = generate(40000, 40000);
    for (size_t i = 0; i < set.n; i++) {
        const struct pxk_bootset_file *f = &set.file[i];
        struct pxk_image whole = verify(f->data, f->len), img = verify(f->data, f->len / 2);
        bool tells = whole.kind != PXK_IMAGE_TEXT && whole.kind != PXK_IMAGE_NBP;
        cr_expect_eq(img.truncated, tells, "%s", f->path);
    }
    cr_assert_null(pxk_bootset_find(&set, "no/such"));
    pxk_bootset_done(&set);
}
