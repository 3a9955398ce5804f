#include <criterion/criterion.h>
#include <stdio.h>

#include "make_image.h"

#define KIND(bytes, want)                                                                          \
    cr_expect_str_eq(pxk_image_kind_key(look(bytes, sizeof(bytes) - 1).kind),                      \
                     pxk_image_kind_key(want))

Test(inspect, tells_kinds_by_their_first_bytes)
{
    KIND("", PXK_IMAGE_EMPTY);
    KIND("\x1f\x8b\x08\0\0\0\0\0\0\3", PXK_IMAGE_GZIP);
    KIND("\xfd"
         "7zXZ\0\0\4",
         PXK_IMAGE_XZ);
    KIND("\x28\xb5\x2f\xfd\0", PXK_IMAGE_ZSTD);
    KIND("\x02\x21\x4c\x18\0\0\0\0", PXK_IMAGE_LZ4);
    KIND("\x04\x22\x4d\x18\0\0\0\0", PXK_IMAGE_LZ4);
    KIND("\x89LZO\0\r\n\x1a\n\0", PXK_IMAGE_LZO);
    KIND("BZh91AY&SY", PXK_IMAGE_BZIP2);
    KIND("\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0", PXK_IMAGE_LZMA);
    KIND("070701", PXK_IMAGE_CPIO);
    KIND("070702", PXK_IMAGE_CPIO);
    KIND("\x27\x05\x19\x56\0", PXK_IMAGE_UIMAGE);
    KIND("\xd0\x0d\xfe\xed\0", PXK_IMAGE_FDT);
    KIND("hsqs\0", PXK_IMAGE_SQUASHFS);
    KIND("MSWIM\0\0\0\xd0", PXK_IMAGE_WIM);
    KIND("\x7f"
         "ELF\1",
         PXK_IMAGE_ELF);
    KIND("\xb8\xff\x4c\xcd\x21\0", PXK_IMAGE_COM32);
    KIND("MZ\0\0", PXK_IMAGE_PE);
    KIND("#!ipxe\nchain x\n", PXK_IMAGE_IPXE_SCRIPT);
    KIND("#!gpxe\nchain x\n", PXK_IMAGE_IPXE_SCRIPT);
    KIND("d-i base\n", PXK_IMAGE_TEXT);
    KIND("\1\2\3\4\5\6", PXK_IMAGE_UNKNOWN);
    KIND("\x5d\0\0\x80\0\1\2\3\4\5\6\7\x88\x99", PXK_IMAGE_UNKNOWN); /* no LZMA has this size */
}

Test(inspect, ipxe_wants_its_first_line_exact)
{
    KIND("#!ipxe", PXK_IMAGE_TEXT);
    KIND("#!ipxescript\n", PXK_IMAGE_TEXT);
    KIND("#\\!ipxe\n", PXK_IMAGE_TEXT);
    KIND(" #!ipxe\n", PXK_IMAGE_TEXT);
    KIND("#!ipxe\r\n", PXK_IMAGE_IPXE_SCRIPT);
}

Test(inspect, knows_an_error_page_however_it_starts)
{
    KIND("<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">", PXK_IMAGE_HTML);
    KIND("<html>\r\n<head><title>404 Not Found</title></head>", PXK_IMAGE_HTML);
    KIND("\xef\xbb\xbf \n<HtMl lang=de>", PXK_IMAGE_HTML);
    KIND("<?xml version=\"1.0\"?>\n<!-- x --><!doctype html>", PXK_IMAGE_HTML);
    KIND("<head>", PXK_IMAGE_HTML);
    KIND("<?xml version=\"1.0\"?>\n<domain/>", PXK_IMAGE_TEXT);
    KIND("{\"error\": 404}", PXK_IMAGE_TEXT);
    KIND("a < b <html>", PXK_IMAGE_TEXT);
    KIND("<!--", PXK_IMAGE_TEXT);
}

Test(inspect, text_may_have_umlauts_but_no_binary_end)
{
    KIND("Gr\xc3\xb6\xc3\x9f"
         "e in Bytes\n",
         PXK_IMAGE_TEXT);
    uint8_t mixed[9000];
    memset(mixed, 'a', sizeof mixed);
    cr_assert_eq(look(mixed, sizeof mixed).kind, PXK_IMAGE_TEXT);
    mixed[sizeof mixed - 1] = 0;
    cr_assert_eq(look(mixed, sizeof mixed).kind, PXK_IMAGE_UNKNOWN);
}

/* Every cut of a PE-bearing file is noticed; @least is where its own kind can be told. */
static void cut_everywhere(const char *path, enum pxk_image_kind kind, size_t least)
{
    struct blob b = set_file(path);
    struct pxk_image whole = look(b.p, b.n);
    cr_assert_eq(whole.kind, kind, "%s", path);
    cr_assert_not(whole.truncated || whole.corrupt, "%s: %s", path, whole.why);
    cr_assert_eq(whole.expected, b.n);
    for (size_t n = 2; n < b.n; n += n < 4500 || n + 20 > b.n ? 1 : 37) {
        struct pxk_image cut = look(b.p, n);
        cr_assert(cut.truncated, "%s cut at %zu is taken for %s", path, n,
                  pxk_image_kind_key(cut.kind));
        cr_assert_not(cut.corrupt);
        cr_assert(cut.expected > n && cut.expected <= b.n, "%s at %zu: expects %llu", path, n,
                  (unsigned long long)cut.expected);
        cr_assert_eq(cut.kind, n < least ? PXK_IMAGE_PE : kind, "%s at %zu", path, n);
        cr_assert(cut.why[0]);
    }
    blob_done(&b);
}

Test(inspect, notices_every_cut_of_an_efi_program)
{
    cut_everywhere("bootx64.efi", PXK_IMAGE_PE, 0);
    cut_everywhere("grubia32.efi", PXK_IMAGE_PE, 0);
}

Test(inspect, notices_every_cut_of_a_kernel)
{
    cut_everywhere("linux", PXK_IMAGE_BZIMAGE, 0x206);
    cut_everywhere("linux-arm64", PXK_IMAGE_ARM64_IMAGE, 60);
}

Test(inspect, notices_every_cut_of_a_module)
{
    struct blob b = set_file("ldlinux.c32");
    cr_assert_eq(look(b.p, b.n).kind, PXK_IMAGE_ELF);
    cr_assert_not(look(b.p, b.n).truncated);
    for (size_t n = 4; n < b.n; n++)
        cr_assert(look(b.p, n).truncated, "cut at %zu", n);
    blob_done(&b);
}

Test(inspect, reads_the_kernels_own_words)
{
    struct blob x86 = set_file("linux"), arm = set_file("linux-arm64");
    cr_assert_str_eq(look(x86.p, x86.n).version, "6.1.0-pxekit (boot set) #1");
    cr_assert_str_eq(look(arm.p, arm.n).version, "6.1.0-pxekit (boot set) #1");
    cr_assert_eq(look(x86.p, x86.n).pe_machine, 0x8664);
    cr_assert_eq(look(arm.p, arm.n).pe_machine, 0xaa64);
    cr_assert_eq(look(x86.p, x86.n).pe_subsystem, 10);
    x86.p[0x20e] = x86.p[0x20f] = 0xff; /* a version beyond the setup code */
    cr_assert_str_eq(look(x86.p, x86.n).version, "");
    blob_done(&x86);
    blob_done(&arm);
}

/* iPXE's lkrn: no PE header, and up to 15 bytes short of its last paragraph. */
Test(inspect, a_bzimage_without_stub_may_lack_its_last_paragraphs_rest)
{
    static uint8_t k[512 * 5 + 160];
    put16(k + 0x1fe, 0xaa55);
    memcpy(k + 0x202, "HdrS", 4);
    put16(k + 0x206, 0x20c);
    put32(k + 0x1f4, 10); /* setup_sects 0 means 4 */
    cr_assert_eq(look(k, sizeof k).kind, PXK_IMAGE_BZIMAGE);
    cr_assert_eq(look(k, sizeof k).expected, sizeof k);
    cr_assert_not(look(k, sizeof k).truncated);
    cr_assert_not(look(k, sizeof k - 15).truncated);
    cr_assert(look(k, sizeof k - 16).truncated);
    put32(k + 0x1f4, 0x1000a); /* before protocol 2.04 only two bytes count */
    cr_assert(look(k, sizeof k).truncated);
    put16(k + 0x206, 0x203);
    cr_assert_not(look(k, sizeof k).truncated);
    put32(k + 0x1f4, 0);
    cr_assert(look(k, sizeof k).corrupt);
}

Test(inspect, hostile_pe_headers_are_judged_not_followed)
{
    struct blob b = set_file("bootx64.efi");
    struct pxk_image i;
    put32(b.p + 0x3c, 0xffffffff);
    i = look(b.p, b.n);
    cr_expect(i.corrupt && i.kind == PXK_IMAGE_PE);
    put32(b.p + 0x3c, 0x48);
    cr_expect(look(b.p, b.n).corrupt, "no PE signature");
    put32(b.p + 0x3c, PE_AT);

    put16(b.p + PE_AT + 6, 0xffff); /* sections */
    i = look(b.p, b.n);
    cr_expect(i.truncated);
    cr_expect_gt(i.expected, 0xffff * 40);
    put16(b.p + PE_AT + 6, 0);
    cr_expect(look(b.p, b.n).corrupt);
    put16(b.p + PE_AT + 6, 4);

    put32(b.p + PE_DIRS - 4, 0xffffffff); /* data directories */
    cr_expect(look(b.p, b.n).corrupt);
    put32(b.p + PE_DIRS - 4, 6);
    put16(b.p + PE_OPT, 0x30b);
    cr_expect(look(b.p, b.n).corrupt);
    put16(b.p + PE_OPT, 0x20b);
    put16(b.p + PE_AT + 20, 20); /* optional header too small */
    cr_expect(look(b.p, b.n).corrupt);
    put16(b.p + PE_AT + 20, 160);

    put32(b.p + PE_SECTIONS + 16, 0xffffffff); /* a section of 4 GB at 4 GB */
    put32(b.p + PE_SECTIONS + 20, 0xffffffff);
    i = look(b.p, b.n);
    cr_expect(i.truncated);
    cr_expect_eq(i.expected, 0x1fffffffeu);
    blob_done(&b);
}

Test(inspect, a_signature_counts_and_must_be_inside)
{
    struct blob b = set_file("bootx64.efi");
    cr_assert_not(look(b.p, b.n).is_signed);
    cr_assert(look(b.p, b.n).has_sbat);
    put32(b.p + PE_DIRS + 32, (uint32_t)b.n); /* a file offset, unlike all other directories */
    put32(b.p + PE_DIRS + 36, 8);
    cr_assert(look(b.p, b.n).truncated);
    blob_zero(&b, 8);
    cr_assert(look(b.p, b.n).is_signed);
    cr_assert_not(look(b.p, b.n).truncated);
    blob_done(&b);
}

/* The boot set's shim with its words replaced. */
static struct pxk_image with_words(const void *words, size_t n)
{
    struct blob b = set_file("bootx64.efi");
    memset(b.p + 0x2000, 0, 0x1000);
    memcpy(b.p + 0x2000, words, n);
    struct pxk_image i = look(b.p, b.n);
    blob_done(&b);
    return i;
}

Test(inspect, tells_efi_loaders_by_what_is_in_them)
{
    static const char windows[] = "b\0o\0o\0t\0m\0g\0r\0.\0e\0x\0e";
    static const char ipxe[] = "\033[1miPXE %s\0http://ipxe.org/";
    static const char sd[] = "#### LoaderInfo: systemd-boot 252.39 ####";
    struct pxk_image i = with_words("UEFI SHIM\n$Version: 16.1 $\n", 27);
    cr_expect_eq(i.loader, PXK_LOADER_SHIM);
    cr_expect_str_eq(i.version, "shim 16.1");
    i = with_words(sd, sizeof sd);
    cr_expect_eq(i.loader, PXK_LOADER_SYSTEMD_BOOT);
    cr_expect_str_eq(i.version, "systemd-boot 252.39");
    cr_expect_eq(with_words(ipxe, sizeof ipxe).loader, PXK_LOADER_IPXE);
    cr_expect_eq(with_words("ldlinux.e64", 12).loader, PXK_LOADER_PXELINUX);
    cr_expect_eq(with_words(windows, sizeof windows).loader, PXK_LOADER_WINDOWS);
    cr_expect_str_eq(with_words("UEFI SHIM", 10).version, "shim 15.8 (pxekit)");
    /* shim's helpers have shim's sbat, and do not load anything from the network */
    cr_expect_eq(with_words("MokManager", 10).loader, PXK_LOADER_NONE);
}

Test(inspect, tells_bios_programs_by_words_and_first_instructions)
{
    uint8_t nbp[2048];
    memset(nbp, 0x90, sizeof nbp);
    cr_expect_eq(look(nbp, sizeof nbp).kind, PXK_IMAGE_UNKNOWN);
    memcpy(nbp + 700, "PXE->EB:", 8);
    cr_expect_eq(look(nbp, sizeof nbp).kind, PXK_IMAGE_NBP);
    cr_expect_eq(look(nbp, sizeof nbp).loader, PXK_LOADER_IPXE);
    memcpy(nbp + 700, "PXELINUX 6.04 lwIP \0", 20);
    cr_expect_eq(look(nbp, sizeof nbp).loader, PXK_LOADER_PXELINUX);
    cr_expect_str_eq(look(nbp, sizeof nbp).version, "PXELINUX 6.04 lwIP");
    memcpy(nbp + 700, "WDSNBP started ", 15);
    cr_expect_eq(look(nbp, sizeof nbp).loader, PXK_LOADER_WINDOWS);
    memset(nbp + 700, 0, 40);
    memcpy(nbp, "\xb2\x7f\xea\0\x82\0\0", 7);
    cr_expect_eq(look(nbp, sizeof nbp).loader, PXK_LOADER_GRUB);
    KIND("# PXELINUX configuration\n", PXK_IMAGE_TEXT);

    struct blob large = {NULL, 0}; /* no machine has so much memory below 1 MB */
    blob_add(&large, "\0PXELINUX ", 10);
    large.p = realloc(large.p, 700 << 10);
    memset(large.p + 10, 0, (700 << 10) - 10);
    cr_expect_eq(look(large.p, 700 << 10).kind, PXK_IMAGE_UNKNOWN);
    blob_done(&large);
}

Test(inspect, containers_say_how_long_they_are)
{
    struct blob iso = {NULL, 0};
    blob_zero(&iso, 40960);
    memcpy(iso.p + 32768, "\1CD001\1", 7);
    memset(iso.p + 32768 + 40, ' ', 32);
    memcpy(iso.p + 32768 + 40, "Debian 12", 9);
    put32(iso.p + 32768 + 80, 20);
    put16(iso.p + 32768 + 128, 2048);
    struct pxk_image i = look(iso.p, iso.n);
    cr_expect_eq(i.kind, PXK_IMAGE_ISO9660);
    cr_expect_str_eq(i.version, "Debian 12");
    cr_expect_not(i.truncated);
    cr_expect(look(iso.p, iso.n - 1).truncated);
    cr_expect(look(iso.p, 33000).truncated);
    blob_done(&iso);

    uint8_t squash[200] = "hsqs";
    put16(squash + 28, 4);
    put64(squash + 40, sizeof squash);
    cr_expect_not(look(squash, sizeof squash).truncated);
    cr_expect(look(squash, sizeof squash - 1).truncated);
    cr_expect(look(squash, 50).truncated);

    uint8_t wim[300] = "MSWIM\0\0";
    put64(wim + 72, 50 | (uint64_t)2 << 56); /* seven bytes of size, one of flags */
    put64(wim + 80, 250);
    cr_expect_not(look(wim, sizeof wim).truncated);
    cr_expect(look(wim, sizeof wim - 1).truncated);
    put64(wim + 80, UINT64_MAX);
    cr_expect(look(wim, sizeof wim).truncated);

    uint8_t fdt[64] = "\xd0\x0d\xfe\xed";
    put32be(fdt + 4, sizeof fdt);
    cr_expect_not(look(fdt, sizeof fdt).truncated);
    cr_expect(look(fdt, sizeof fdt - 1).truncated);
    put32be(fdt + 8, 65);
    cr_expect(look(fdt, sizeof fdt).corrupt);
}

Test(inspect, other_kernels)
{
    uint8_t riscv[64] = {0};
    memcpy(riscv + 48, "RISCV\0\0", 8);
    memcpy(riscv + 56, "RSC\x05", 4);
    cr_expect_eq(look(riscv, sizeof riscv).kind, PXK_IMAGE_RISCV_IMAGE);

    struct blob z = set_file("bootaa64.efi");
    cr_assert(z.p && z.n > 64);
    memcpy(z.p + 4, "zimg", 4);
    put32(z.p + 8, 0x2000);
    put32(z.p + 12, 0x1000);
    struct pxk_image i = look(z.p, z.n);
    cr_expect_eq(i.kind, PXK_IMAGE_EFI_ZBOOT);
    cr_expect_eq(i.pe_machine, 0xaa64);
    cr_expect_not(i.truncated);
    put32(z.p + 12, 0xffffffff);
    cr_expect(look(z.p, z.n).truncated);
    blob_done(&z);
}

Test(inspect, elf_of_either_class_and_order)
{
    uint8_t e[120] = "\x7f"
                     "ELF\2\2\1"; /* 64 bit, big-endian, one segment of 20 bytes at 100 */
    e[32 + 7] = 64;
    e[54 + 1] = 56;
    e[56 + 1] = 1;
    e[64 + 8 + 7] = 100;
    e[64 + 32 + 7] = 20;
    cr_expect_eq(look(e, sizeof e).expected, sizeof e);
    cr_expect_not(look(e, sizeof e).truncated);
    cr_expect(look(e, sizeof e - 1).truncated);
    memset(e + 64 + 32, 0xff, 8);
    cr_expect(look(e, sizeof e).truncated);
    memset(e + 32, 0xff, 8);
    cr_expect(look(e, sizeof e).truncated);
    e[4] = 7;
    cr_expect(look(e, sizeof e).corrupt);
}

static void object(struct blob *b, uint32_t type, const void *data, size_t n)
{
    uint8_t head[8];
    put32(head, type);
    put32(head + 4, (uint32_t)n + 8);
    blob_add(b, head, 8);
    blob_add(b, data, n);
}

/* A module block by itself: GRUB without PE (or before it). */
static struct blob grub_block(const void *memdisk, size_t memdisk_n, const char *config)
{
    struct blob b = {NULL, 0};
    uint8_t head[24] = "mimg";
    blob_add(&b, head, sizeof head);
    object(&b, 1, memdisk, memdisk_n);
    object(&b, 2, config, strlen(config) + 1);
    object(&b, 3, "(memdisk)/boot/grub", 20);
    put64(b.p + 8, 24);
    put64(b.p + 16, b.n);
    return b;
}

Test(grub, knows_prefix_and_modules)
{
    static const char *const files[] = {"grubx64.efi", "grubia32.efi", "grubaa64.efi"};
    for (size_t i = 0; i < 3; i++) {
        struct blob b = set_file(files[i]);
        struct pxk_image g = look(b.p, b.n);
        cr_expect_eq(g.loader, PXK_LOADER_GRUB);
        cr_expect_str_eq(g.grub.prefix, "/grub");
        cr_expect_str_eq(g.version, "GRUB 2.06 (pxekit)");
        cr_expect_not(g.grub.has_config || g.grub.has_memdisk || g.grub.net_search ||
                      g.grub.fw_path);
        cr_expect(pxk_image_grub_has_module(b.p, b.n, "linux"));
        cr_expect(pxk_image_grub_has_module(b.p, b.n, "tftp"));
        cr_expect_not(pxk_image_grub_has_module(b.p, b.n, "linu"));
        cr_expect_not(pxk_image_grub_has_module(b.p, b.n, "linux16"));
        cr_expect_eq(pxk_image_grub_config(b.p, b.n, NULL, 0), 0);
        memcpy(b.p + b.n - 0x800, "feature_net_search_cfg\0fw_path", 30);
        cr_expect(look(b.p, b.n).grub.net_search && look(b.p, b.n).grub.fw_path);
        for (size_t n = 0; n < b.n; n += 211) { /* a cut file gives what it still has */
            struct blob cut = blob_copy(b.p, n);
            (void)pxk_image_grub_has_module(cut.p, n, "nothing");
            blob_done(&cut);
        }
        blob_done(&b);
    }
}

Test(grub, reads_its_configuration_and_a_tar_memdisk)
{
    static uint8_t tar[2048];
    char out[64];
    memcpy(tar, "./boot/grub/grub.cfg", 20);
    memcpy(tar + 124, "00000000013", 11);
    memcpy(tar + 257, "ustar", 5);
    memcpy(tar + 512, "set x=1\nls\n", 11);
    struct blob b = grub_block(tar, sizeof tar, "normal (memdisk)/grub.cfg");
    cr_assert_eq(pxk_image_grub_config(b.p, b.n, out, sizeof out), 25);
    cr_assert_str_eq(out, "normal (memdisk)/grub.cfg");
    cr_assert_eq(pxk_image_grub_config(b.p, b.n, out, 7), 25); /* the whole length, whatever fits */
    cr_assert_str_eq(out, "normal");
    cr_assert_eq(pxk_image_grub_memdisk(b.p, b.n, "/boot/grub/grub.cfg", out, sizeof out), 11);
    cr_assert_str_eq(out, "set x=1\nls\n");
    cr_assert_eq(pxk_image_grub_memdisk(b.p, b.n, "grub.cfg", out, sizeof out), 0);
    cr_assert_str_eq(out, "");
    memcpy(tar + 124, "77777777777", 11); /* a member larger than the disk */
    struct blob bad = grub_block(tar, sizeof tar, "");
    cr_assert_eq(pxk_image_grub_memdisk(bad.p, bad.n, "boot/grub/grub.cfg", out, sizeof out), 0);
    blob_done(&b);
    blob_done(&bad);
}

/* FAT12: one FAT in sector 1, root directory in sector 2, data from sector 3, clusters of one
 * sector. */
static void make_fat(uint8_t fat[static 4096], const char *text)
{
    memset(fat, 0, 4096);
    put16(fat + 11, 512);
    fat[13] = 1;
    put16(fat + 14, 1);
    fat[16] = 1;
    put16(fat + 17, 16);
    put16(fat + 19, 8);
    put16(fat + 22, 1);
    put16(fat + 510, 0xaa55);
    memcpy(fat + 1024, "GRUB    CFG", 11);
    put16(fat + 1024 + 26, 2);
    put32(fat + 1024 + 28, (uint32_t)strlen(text));
    memcpy(fat + 512, "\xf8\xff\xff\x04\xf0\xff\xff\x0f", 8); /* 2 -> 4, 3 free, 4 -> end */
    size_t n = strlen(text), first = n < 512 ? n : 512;
    memcpy(fat + 1536, text, first);
    memcpy(fat + 1536 + 1024, text + first, n - first);
}

Test(grub, reads_a_fat_memdisk)
{
    uint8_t fat[4096];
    char text[601], out[1024];
    memset(text, 'x', 600);
    text[511] = 'E';
    text[599] = 'Z';
    text[600] = '\0';
    make_fat(fat, text);
    struct blob b = grub_block(fat, sizeof fat, "normal (memdisk)/grub.cfg");
    cr_assert_eq(pxk_image_grub_memdisk(b.p, b.n, "/grub.cfg", out, sizeof out), 600);
    cr_assert_str_eq(out, text);
    cr_assert_eq(pxk_image_grub_memdisk(b.p, b.n, "grub.cf", out, sizeof out), 0);
    cr_assert_eq(pxk_image_grub_memdisk(b.p, b.n, "x86_64-efi/grub.cfg", out, sizeof out), 0);
    blob_done(&b);
    put32(fat + 1024 + 28, 0xffffffff); /* longer than its chain */
    b = grub_block(fat, sizeof fat, "");
    cr_assert_eq(pxk_image_grub_memdisk(b.p, b.n, "grub.cfg", out, sizeof out), 0);
    memcpy(fat + 512, "\xf8\xff\xff\x02\x20\x00", 6); /* a chain that bites its tail */
    blob_done(&b);
    b = grub_block(fat, sizeof fat, "");
    cr_assert_eq(pxk_image_grub_memdisk(b.p, b.n, "grub.cfg", out, sizeof out), 0);
    blob_done(&b);
}

Test(grub, hostile_blocks_end)
{
    uint8_t block[4096];
    for (size_t i = 0; i < sizeof block; i += 4)
        memcpy(block + i, "mimg", 4);
    cr_assert_not(pxk_image_grub_has_module(block, sizeof block, "linux"));
    memset(block, 0, sizeof block);
    memcpy(block, "mimg", 4);
    put64(block + 8, 24);
    put64(block + 16, UINT64_MAX); /* objects of size 0 must not go on for ever */
    cr_assert_not(pxk_image_grub_has_module(block, sizeof block, "linux"));
    put64(block + 8, UINT64_MAX);
    cr_assert_not(pxk_image_grub_has_module(block, sizeof block, "linux"));
    cr_assert_not(pxk_image_grub_has_module(NULL, 0, "linux"));
}

Test(names, every_kind_and_loader_has_its_own)
{
    for (unsigned i = 0; i < PXK_IMAGE_KIND_N; i++) {
        cr_assert(pxk_image_kind_words((enum pxk_image_kind)i)[0]);
        for (unsigned j = 0; j < i; j++)
            cr_assert_str_neq(pxk_image_kind_key((enum pxk_image_kind)i),
                              pxk_image_kind_key((enum pxk_image_kind)j));
    }
    for (unsigned i = 1; i < PXK_LOADER_N; i++)
        cr_assert_str_neq(pxk_loader_key((enum pxk_loader_id)i), pxk_loader_key(PXK_LOADER_NONE));
    cr_assert_str_eq(pxk_loader_words(PXK_LOADER_SHIM), "shim");
    cr_assert_str_eq(pxk_pe_machine_name(0x8664), "x64");
    cr_assert_str_eq(pxk_pe_machine_name(0x014c), "IA32");
    cr_assert_str_eq(pxk_pe_machine_name(0xaa64), "AA64");
    cr_assert_str_eq(pxk_pe_machine_name(0x1234), "unknown");
}

/* Any bytes, with and without a plausible start: the sanitizers are the judges. */
Test(inspect, survives_noise)
{
    static const char elf[] = "\x7f" "ELF";
    static const char *const starts[] = {"",     elf,    "\xd0\x0d\xfe\xed", "MZ",
                                         "hsqs", "mimg", "070701",           "MSWIM"};
    struct pxk_rand r = pxk_rand_init(42);
    for (unsigned i = 0; i < 4000; i++) {
        uint8_t buf[1024];
        size_t n = pxk_rand_below(&r, sizeof buf) + 1;
        for (size_t j = 0; j < n; j++)
            buf[j] = pxk_rand_below(&r, 3) ? (uint8_t)pxk_rand_u32(&r) : 0;
        const char *s = starts[i % PXK_COUNT(starts)];
        memcpy(buf, s, strlen(s) < n ? strlen(s) : n);
        struct pxk_image out = look(buf, n);
        cr_assert_lt(out.kind, PXK_IMAGE_KIND_N);
        cr_assert_not(out.truncated && out.corrupt);
        cr_assert_eq(out.why[0] != '\0', out.truncated || out.corrupt);
    }
}
