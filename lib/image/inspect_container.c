/* Files that hold other files, and say how long they are: ISO 9660 (ECMA-119), squashfs 4.0, WIM
 * (Microsoft's white paper), U-Boot's uImage (include/image.h), device trees and FIT (Devicetree
 * Specification 5.2). */
#include <zlib.h>

#include "inspect_int.h"

#define ISO_PVD 32768

static void trim_end(char *s)
{
    for (size_t n = strlen(s); n > 0 && s[n - 1] == ' '; n--)
        s[n - 1] = '\0';
}

static void check_length(const struct pxk_rd *f, uint64_t end, const char *part,
                         struct pxk_image *out)
{
    if (end > img_len(f))
        pxk_image_short(out, f, end, part);
    out->expected = end;
}

static bool probe_iso(const struct pxk_rd *f, struct pxk_image *out)
{
    if (!img_has(f, ISO_PVD + 1, "CD001", 5) || img_u8(f, ISO_PVD) != 1)
        return false;
    out->kind = PXK_IMAGE_ISO9660;
    if (img_len(f) < ISO_PVD + 2048) {
        pxk_image_short(out, f, ISO_PVD + 2048, "the volume descriptor");
        return true;
    }
    const uint8_t *label = f->base + ISO_PVD + 40;
    pxk_image_words(out->version, sizeof out->version, label, label + 32, 0);
    trim_end(out->version);
    uint64_t blocks = img_le32(f, ISO_PVD + 80), block = img_le16(f, ISO_PVD + 128);
    check_length(f, blocks * block, "the volume", out);
    return true;
}

static bool probe_squashfs(const struct pxk_rd *f, struct pxk_image *out)
{
    if (!img_has(f, 0, "hsqs", 4))
        return false;
    out->kind = PXK_IMAGE_SQUASHFS;
    if (img_len(f) < 96)
        pxk_image_short(out, f, 96, "the superblock");
    else if (img_le16(f, 28) == 4)
        check_length(f, img_le64(f, 40), "the file system", out);
    return true;
}

/* Size in seven bytes, flags in the eighth, offset, size when unpacked. */
static uint64_t wim_resource_end(const struct pxk_rd *f, uint64_t at)
{
    uint64_t size = img_le64(f, at) & 0x00ffffffffffffff;
    return size ? img_sum(img_le64(f, at + 8), size) : 0;
}

static bool probe_wim(const struct pxk_rd *f, struct pxk_image *out)
{
    static const struct {
        uint8_t at;
        const char *part;
    } resources[] = {
        {48, "the table of resources"},
        {72, "the XML data"},
        {96, "the boot metadata"},
        {124, "the integrity table"},
    };
    if (!img_has(f, 0, "MSWIM\0\0", 8))
        return false;
    out->kind = PXK_IMAGE_WIM;
    if (img_len(f) < 208) {
        pxk_image_short(out, f, 208, "the WIM header");
        return true;
    }
    uint64_t end = 208;
    const char *part = "the WIM header";
    for (size_t i = 0; i < PXK_COUNT(resources); i++) {
        uint64_t to = wim_resource_end(f, resources[i].at);
        if (to > end) {
            end = to;
            part = resources[i].part;
        }
    }
    check_length(f, end, part, out);
    return true;
}

static bool probe_uimage(const struct pxk_rd *f, struct pxk_image *out)
{
    uint8_t head[64];
    if (!img_has(f, 0, "\x27\x05\x19\x56", 4))
        return false;
    out->kind = PXK_IMAGE_UIMAGE;
    struct pxk_rd r = img_at(f, 0, sizeof head);
    pxk_rd_bytes(&r, head, sizeof head);
    if (r.err != PXK_OK) {
        pxk_image_short(out, f, sizeof head, "the uImage header");
        return true;
    }
    memset(head + 4, 0, 4); /* "header CRC", computed with itself as 0 */
    uint32_t sum = (uint32_t)crc32(0, head, sizeof head);
    pxk_image_words(out->version, sizeof out->version, head + 32, head + 64, 0);
    if (sum != img_be32(f, 4))
        pxk_image_broken(out, "uImage header with checksum %08x, computed %08x", img_be32(f, 4),
                         sum);
    else
        check_length(f, 64 + (uint64_t)img_be32(f, 12), "the uImage's data", out);
    return true;
}

static bool probe_fdt(const struct pxk_rd *f, struct pxk_image *out)
{
    if (!img_has(f, 0, "\xd0\x0d\xfe\xed", 4))
        return false;
    out->kind = PXK_IMAGE_FDT;
    uint32_t total = img_be32(f, 4), structure = img_be32(f, 8), strings = img_be32(f, 12);
    if (img_len(f) < 40)
        pxk_image_short(out, f, 40, "the device tree's header");
    else if (structure > total || strings > total)
        pxk_image_broken(out, "a device tree of %u bytes with its parts at %u and %u", total,
                         structure, strings);
    else
        check_length(f, total, "the device tree", out);
    return true;
}

bool pxk_image_probe_container(const struct pxk_rd *f, struct pxk_image *out)
{
    return probe_iso(f, out) || probe_squashfs(f, out) || probe_wim(f, out) ||
           probe_uimage(f, out) || probe_fdt(f, out);
}
