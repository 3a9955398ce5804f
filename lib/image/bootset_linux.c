/* Kernels and initrd of the boot set: right headers over noise. linux
 * Documentation/arch/x86/boot.rst, Documentation/arch/arm64/booting.rst; cpio(5) newc; RFC 1952. */
#include <stdlib.h>
#include <zlib.h>

#include "bootset_int.h"
#include "inspect_int.h"

#define VERSION     "6.1.0-pxekit (boot set) #1"
#define SETUP_BYTES 0x2000u /* boot sector and setup code: two pages, the PE header in the first   \
                             */
#define KERNEL_LEAST 0x4000u

/* PE images end at a multiple of their file alignment. */
static uint32_t kernel_len(size_t bytes)
{
    size_t n = bytes < KERNEL_LEAST ? KERNEL_LEAST : bytes;
    return (uint32_t)((n + 0x1ff) & ~(size_t)0x1ff);
}

static void setup_header(struct pxk_wr *w, uint32_t len)
{
    pxk_bootset_fill_to(w, BZ_SETUP_SECTS);
    pxk_wr_u8(w, SETUP_BYTES / 512 - 1);
    pxk_wr_le16(w, 1); /* root read-only */
    pxk_wr_le32(w, (len - SETUP_BYTES) / 16);
    pxk_bootset_fill_to(w, BZ_BOOT_FLAG);
    pxk_wr_le16(w, 0xaa55);
    pxk_wr_bytes(w, "\xeb\x6aHdrS", 6); /* jump over the header, which ends at 0x26c */
    pxk_wr_le16(w, 0x20f);              /* protocol 2.15 */
    pxk_wr_zero(w, 6);
    pxk_wr_le16(w, PE_PAGE - 0x200); /* the version's place, from 0x200 */
    pxk_wr_u8(w, 0);
    pxk_wr_u8(w, 1); /* LOADED_HIGH */
    pxk_wr_le16(w, 0x8000);
    pxk_wr_le32(w, 0x100000);
    pxk_bootset_fill_to(w, 0x22c);
    pxk_wr_le32(w, 0x7fffffff); /* highest place of the initrd */
    pxk_wr_le32(w, 0x200000);   /* alignment */
    pxk_wr_u8(w, 1);            /* relocatable */
    pxk_wr_u8(w, 21);
    pxk_wr_le16(w, 0x0f); /* 64 bit, above 4 GB, EFI hand-over from 32 and 64 bit */
    pxk_wr_le32(w, 2047); /* longest command line */
    pxk_bootset_fill_to(w, 0x258);
    pxk_wr_le64(w, 0x1000000);         /* preferred address */
    pxk_wr_le32(w, len + (16u << 20)); /* memory that it needs */
    pxk_wr_zero(w, 8);
}

enum pxk_err pxk_bootset_bzimage(size_t bytes, struct pxk_bootset_file *out)
{
    uint32_t len = kernel_len(bytes);
    struct pxk_pe_plan plan = {.machine = PE_MACHINE_X64, .parts = 2, .entry = SETUP_BYTES};
    struct pxk_wr w;
    plan.part[0] = (struct pxk_pe_part){".setup", PE_PAGE, PE_PAGE, PE_DATA};
    plan.part[1] = (struct pxk_pe_part){".text", SETUP_BYTES, len - SETUP_BYTES, PE_CODE};
    enum pxk_err err = pxk_bootset_room(out, len, &w);
    if (err != PXK_OK)
        return err;
    pxk_bootset_pe_start(&w, &plan);
    setup_header(&w, len);
    pxk_bootset_fill_to(&w, PE_PAGE);
    pxk_wr_strz(&w, VERSION);
    pxk_bootset_fill_to(&w, SETUP_BYTES);
    pxk_bootset_return(&w, plan.machine);
    pxk_bootset_noise(&w, 0x9e03, pxk_wr_left(&w));
    return PXK_OK;
}

enum pxk_err pxk_bootset_arm64(size_t bytes, struct pxk_bootset_file *out)
{
    uint32_t len = kernel_len(bytes);
    struct pxk_pe_plan plan = {.machine = PE_MACHINE_ARM64, .parts = 1, .entry = PE_PAGE};
    struct pxk_wr w;
    plan.part[0] = (struct pxk_pe_part){".text", PE_PAGE, len - PE_PAGE, PE_CODE};
    enum pxk_err err = pxk_bootset_room(out, len, &w);
    if (err != PXK_OK)
        return err;
    pxk_wr_bytes(&w, "MZ\0\x91", 4);             /* add x13, x18, #0x16: harmless, and "MZ" */
    pxk_wr_le32(&w, 0x14000000 | 0x3ff);         /* b 0x1000 */
    pxk_wr_le64(&w, 0);                          /* text_offset */
    pxk_wr_le64(&w, (uint64_t)len + (1u << 20)); /* image_size counts BSS */
    pxk_wr_le64(&w, 0x0a);                       /* little-endian, 4 kB pages, anywhere in memory */
    pxk_bootset_fill_to(&w, 56);
    pxk_wr_bytes(&w, "ARM\x64", 4);
    pxk_wr_le32(&w, 0x40);
    struct pxk_wr lfanew = pxk_wr_init(out->data + 0x3c, 4); /* the same field in both headers */
    pxk_wr_le32(&lfanew, 0x40);
    pxk_bootset_pe_header(&w, &plan);
    pxk_bootset_fill_to(&w, PE_PAGE);
    pxk_bootset_return(&w, plan.machine);
    pxk_wr_strz(&w, "Linux version " VERSION);
    pxk_bootset_noise(&w, 0x9e04, pxk_wr_left(&w));
    return PXK_OK;
}

/* One newc member; the caller writes @len bytes and pads to 4. */
static void member(struct pxk_wr *w, unsigned ino, unsigned mode, size_t len, const char *name)
{
    char head[CPIO_HEADER_BYTES + 1];
    (void)pxk_fmt(head, sizeof head, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
                  ino, mode, 0u, 0u, 1u, 0u, (unsigned)len, 0u, 0u, 0u, 0u,
                  (unsigned)strlen(name) + 1, 0u);
    pxk_wr_str(w, head);
    pxk_wr_strz(w, name);
    pxk_bootset_fill_to(w, (pxk_wr_len(w) + 3) & ~(size_t)3);
}

static enum pxk_err archive(size_t bytes, struct pxk_bootset_file *out)
{
    static const char init[] = "#!/bin/sh\n# made by pxekit: there is no system here\n";
    struct pxk_wr w;
    enum pxk_err err = pxk_bootset_room(out, bytes + 2048, &w);
    if (err != PXK_OK)
        return err;
    member(&w, 1, 040755, 0, ".");
    member(&w, 2, 0100755, sizeof init - 1, "init");
    pxk_wr_str(&w, init);
    pxk_bootset_fill_to(&w, (pxk_wr_len(&w) + 3) & ~(size_t)3);
    member(&w, 3, 0100644, bytes, "content");
    pxk_bootset_noise(&w, 0x9e05, bytes);
    pxk_bootset_fill_to(&w, (pxk_wr_len(&w) + 3) & ~(size_t)3);
    member(&w, 0, 0, 0, CPIO_TRAILER);
    pxk_bootset_fill_to(&w, (pxk_wr_len(&w) + 511) & ~(size_t)511);
    out->len = pxk_wr_len(&w);
    return w.err;
}

enum pxk_err pxk_bootset_initrd(size_t bytes, struct pxk_bootset_file *out)
{
    struct pxk_bootset_file cpio;
    struct pxk_wr w;
    z_stream z;
    memset(&cpio, 0, sizeof cpio);
    memset(&z, 0, sizeof z);
    enum pxk_err err = archive(bytes, &cpio);
    /* Noise does not pack: the fastest level is as good as any. A gzip header without time or name.
     */
    if (err == PXK_OK && deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        err = PXK_E_NOMEM;
    if (err == PXK_OK) {
        err = pxk_bootset_room(out, deflateBound(&z, (uLong)cpio.len), &w);
        if (err == PXK_OK) {
            z.next_in = cpio.data;
            z.avail_in = (uInt)cpio.len;
            z.next_out = out->data;
            z.avail_out = (uInt)out->len;
            err = deflate(&z, Z_FINISH) == Z_STREAM_END ? PXK_OK : PXK_E_SPACE;
            out->len = z.total_out;
        }
        (void)deflateEnd(&z); /* complains of unwritten output only */
    }
    free(cpio.data);
    return err;
}
