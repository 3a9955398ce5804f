/* Linux kernels: x86 bzImage (linux Documentation/arch/x86/boot.rst), arm64 and RISC-V Image
 * (Documentation/arch/arm64/booting.rst, riscv/boot-image-header.rst), EFI zboot
 * (drivers/firmware/efi/libstub/zboot-header.S). Most of them are PE images too. */
#include "inspect_int.h"

static bool inspect_stub(const struct pxk_rd *f, struct pxk_image *out)
{
    struct pxk_pe pe;
    return img_has(f, 0, "MZ", 2) && pxk_pe_inspect(f, &pe, out);
}

static bool probe_bzimage(const struct pxk_rd *f, struct pxk_image *out)
{
    if (img_le16(f, BZ_BOOT_FLAG) != 0xaa55 || !img_has(f, BZ_HDRS, "HdrS", 4))
        return false;
    out->kind = PXK_IMAGE_BZIMAGE;
    unsigned setup = img_u8(f, BZ_SETUP_SECTS);
    uint64_t start = ((setup ? setup : 4) + 1) * (uint64_t)512;
    /* "the syssize field is 4 bytes from protocol 2.04 on, before it only two were valid" */
    uint64_t paragraphs =
        img_le16(f, BZ_VERSION) >= 0x204 ? img_le32(f, BZ_SYSSIZE) : img_le16(f, BZ_SYSSIZE);
    uint64_t end = start + paragraphs * 16;
    uint16_t at = img_le16(f, BZ_KERNEL_VERSION);
    if (at && 0x200u + at < start && 0x200u + at < img_len(f))
        pxk_image_words(out->version, sizeof out->version, f->base + 0x200 + at, f->end, 0);
    /* Paragraphs are rounded up, and iPXE's lkrn does not pad its end; a PE header has exact
     * bounds. */
    unsigned slack = img_has(f, 0, "MZ", 2) ? 0 : 15;
    if (img_len(f) + slack < end)
        pxk_image_short(out, f, end, "the kernel behind the setup code");
    else if (paragraphs == 0)
        pxk_image_broken(out, "the setup header says that the kernel has no bytes (syssize 0)");
    out->expected = end;
    (void)inspect_stub(f, out);
    return true;
}

/* "Linux version 6.1.0-9-arm64 (debian-kernel...": the banner is in the clear in these. */
static void find_banner(const struct pxk_rd *f, struct pxk_image *out)
{
    static const char banner[] = "Linux version ";
    struct pxk_rd rest = pxk_rd_at(f, 0, img_len(f));
    for (const uint8_t *p; (p = pxk_image_find(&rest, banner, sizeof banner - 1)); rest.at = p) {
        p += sizeof banner - 1;
        if (p < f->end && *p >= '0' && *p <= '9') { /* and not a format string */
            pxk_image_words(out->version, sizeof out->version, p, f->end, 0);
            return;
        }
    }
}

static bool probe_image(const struct pxk_rd *f, struct pxk_image *out)
{
    if (img_has(f, 56, "ARM\x64", 4))
        out->kind = PXK_IMAGE_ARM64_IMAGE;
    else if (img_has(f, 56, "RSC\x05", 4) && img_has(f, 48, "RISCV\0\0", 8))
        out->kind = PXK_IMAGE_RISCV_IMAGE;
    else
        return false;
    /* image_size counts BSS as well, so only the stub's sections tell the file's length. */
    if (!inspect_stub(f, out) && img_len(f) < 64)
        pxk_image_short(out, f, 64, "the Image header");
    find_banner(f, out);
    return true;
}

static bool probe_zboot(const struct pxk_rd *f, struct pxk_image *out)
{
    if (!img_has(f, 0, "MZ", 2) || !img_has(f, 4, "zimg", 4))
        return false;
    out->kind = PXK_IMAGE_EFI_ZBOOT;
    uint64_t end = (uint64_t)img_le32(f, 8) + img_le32(f, 12);
    if (end > img_len(f))
        pxk_image_short(out, f, end, "the packed kernel");
    out->expected = end;
    (void)inspect_stub(f, out);
    return true;
}

bool pxk_image_probe_kernel(const struct pxk_rd *f, struct pxk_image *out)
{
    return probe_bzimage(f, out) || probe_image(f, out) || probe_zboot(f, out);
}
