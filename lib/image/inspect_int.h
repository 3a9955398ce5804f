/* What inspect*.c, verify*.c and bootset*.c share: reading at absolute offsets, verdicts, PE
 * sections, GRUB's module block, the decoders. */
#ifndef PXK_IMAGE_INSPECT_INT_H
#define PXK_IMAGE_INSPECT_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "pxk/base.h"
#include "pxk/image/inspect.h"

#define PE_MACHINE_I386   0x014c
#define PE_MACHINE_X64    0x8664
#define PE_MACHINE_ARM64  0xaa64
#define PE_MAGIC_32       0x10b
#define PE_MAGIC_64       0x20b
#define PE_DIR_SECURITY   4
#define PE_SECTION_BYTES  40
#define BZ_SETUP_SECTS    0x1f1
#define BZ_SYSSIZE        0x1f4
#define BZ_BOOT_FLAG      0x1fe
#define BZ_HDRS           0x202
#define BZ_VERSION        0x206
#define BZ_KERNEL_VERSION 0x20e
#define CPIO_HEADER_BYTES 110
#define CPIO_TRAILER      "TRAILER!!!"

/* Headers point about by offset, so a file is a reader that never moves: reads outside it give 0.
 */

static inline size_t img_len(const struct pxk_rd *f)
{
    return (size_t)(f->end - f->base);
}

static inline struct pxk_rd img_at(const struct pxk_rd *f, uint64_t off, size_t n)
{
    size_t o = (size_t)off;
    return o == off ? pxk_rd_at(f, o, n)
                    : (struct pxk_rd){f->base, f->end, f->end, PXK_E_TRUNCATED};
}

static inline uint8_t img_u8(const struct pxk_rd *f, uint64_t off)
{
    struct pxk_rd r = img_at(f, off, 1);
    return pxk_rd_u8(&r);
}

static inline uint16_t img_le16(const struct pxk_rd *f, uint64_t off)
{
    struct pxk_rd r = img_at(f, off, 2);
    return pxk_rd_le16(&r);
}

static inline uint32_t img_le32(const struct pxk_rd *f, uint64_t off)
{
    struct pxk_rd r = img_at(f, off, 4);
    return pxk_rd_le32(&r);
}

static inline uint64_t img_le64(const struct pxk_rd *f, uint64_t off)
{
    struct pxk_rd r = img_at(f, off, 8);
    return pxk_rd_le64(&r);
}

static inline uint32_t img_be32(const struct pxk_rd *f, uint64_t off)
{
    struct pxk_rd r = img_at(f, off, 4);
    return pxk_rd_u32(&r);
}

static inline bool img_has(const struct pxk_rd *f, uint64_t off, const void *magic, size_t n)
{
    struct pxk_rd r = img_at(f, off, n);
    const uint8_t *p = pxk_rd_take(&r, n);
    return p && memcmp(p, magic, n) == 0;
}

/* a + b, or UINT64_MAX: lengths from hostile headers add up to anything. */
static inline uint64_t img_sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/** First place of @n bytes @needle in @f, or NULL. */
const uint8_t *pxk_image_find(const struct pxk_rd *f, const void *needle, size_t n);
/** Printable ASCII from @p on into @dst, up to the first other byte, @end or @stop. */
void pxk_image_words(char *dst, size_t cap, const uint8_t *p, const uint8_t *end, char stop);

/** The first verdict stays: what comes after a cut or a broken part tells little. */
void pxk_image_short(struct pxk_image *out, const struct pxk_rd *f, uint64_t expected,
                     const char *part);
void pxk_image_cut(struct pxk_image *out, const char *fmt, ...) PXK_PRINTF(2, 3);
void pxk_image_broken(struct pxk_image *out, const char *fmt, ...) PXK_PRINTF(2, 3);

/* inspect_pe.c */
struct pxk_pe {
    uint64_t table; /* offset of the section table */
    uint16_t sections;
    uint16_t machine, subsystem;
    bool wide; /* PE32+ */
};
struct pxk_pe_section {
    char name[9];
    uint32_t raw, raw_len, memory_len;
};
/** The PE header of a file that starts with MZ: fills in @out and finds cuts. False if there is no
 * header. */
bool pxk_pe_inspect(const struct pxk_rd *f, struct pxk_pe *pe, struct pxk_image *out);
bool pxk_pe_section(const struct pxk_rd *f, const struct pxk_pe *pe, unsigned i,
                    struct pxk_pe_section *out);
/** What of the section @name lies in the file; a failed reader if there is none. */
struct pxk_rd pxk_pe_find(const struct pxk_rd *f, const struct pxk_pe *pe, const char *name);

/** Archives and packed data, by magic; UNKNOWN for all else. @least: bytes of the shortest such
 * file. */
enum pxk_image_kind pxk_image_archive_kind(const struct pxk_rd *f, size_t *least);

/* Each of these knows one family of formats; true if the file is of it, and @out says all about it.
 */
bool pxk_image_probe_kernel(const struct pxk_rd *f, struct pxk_image *out);
bool pxk_image_probe_elf(const struct pxk_rd *f, struct pxk_image *out);
bool pxk_image_probe_container(const struct pxk_rd *f, struct pxk_image *out);
bool pxk_image_probe_nbp(const struct pxk_rd *f, struct pxk_image *out);

/* inspect_loader.c */
void pxk_image_loader_of_pe(const struct pxk_rd *f, const struct pxk_pe *pe, struct pxk_image *out);

/* inspect_grub.c: objects of the module block, by their type (GRUB include/grub/kernel.h). */
enum { GRUB_OBJ_ELF = 0, GRUB_OBJ_MEMDISK = 1, GRUB_OBJ_CONFIG = 2, GRUB_OBJ_PREFIX = 3 };
/** @pe may be NULL: then the block is looked for in the whole file. */
bool pxk_grub_mods_find(const struct pxk_rd *f, const struct pxk_pe *pe, struct pxk_rd *mods);
/** Step to the next object; false at the end. */
bool pxk_grub_mods_next(struct pxk_rd *mods, uint32_t *type, struct pxk_rd *body);
void pxk_grub_inspect(const struct pxk_rd *f, struct pxk_rd mods, struct pxk_image *out);

/* inspect_memdisk.c: as pxk_image_grub_memdisk(), @disk is the file system. */
size_t pxk_memdisk_read(const struct pxk_rd *disk, const char *path, char *out, size_t cap);

/* verify_unpack.c */
enum pxk_unpack_end {
    PXK_UNPACK_WHOLE,     /* end marker and checksum seen */
    PXK_UNPACK_SHORT,     /* the input ends before the stream does */
    PXK_UNPACK_BAD,       /* no such stream, or a wrong checksum */
    PXK_UNPACK_STOPPED,   /* the sink wanted no more */
    PXK_UNPACK_IMPOSSIBLE /* no decoder, too large a window, no memory: nothing is known */
};
/** Takes unpacked bytes as they come; false ends the work. */
typedef bool (*pxk_unpack_sink)(void *ctx, const uint8_t *data, size_t n);
struct pxk_unpack {
    size_t used;     /* input bytes that belong to the stream */
    const char *why; /* BAD: a few words; static */
};
enum pxk_unpack_end pxk_image_unpack(enum pxk_image_kind kind, const uint8_t *in, size_t len,
                                     pxk_unpack_sink sink, void *ctx, struct pxk_unpack *out);

/* verify_cpio.c: a newc archive pushed through piece by piece. */
struct pxk_cpio_walk {
    enum { CPIO_HEADER, CPIO_NAME, CPIO_DATA, CPIO_BROKEN } state;
    uint8_t head[CPIO_HEADER_BYTES];
    char name[4097]; /* Linux PATH_MAX and a NUL */
    uint32_t have;   /* bytes of head or name so far */
    uint32_t name_len, name_padded;
    uint64_t data_left; /* with padding */
    uint32_t data_len, data_seen, sum, sum_expected;
    bool sums;   /* 070702 */
    uint64_t at; /* bytes taken; members are aligned to 4 in it */
    uint32_t members;
    bool has_init;
    bool ended;    /* a trailer was seen and nothing but padding since */
    char why[128]; /* CPIO_BROKEN */
};
void pxk_cpio_walk_init(struct pxk_cpio_walk *w);
/** Bytes taken; less than @n only if it broke, or if @stop_at_end and something else follows a
 * trailer. */
size_t pxk_cpio_walk_take(struct pxk_cpio_walk *w, const uint8_t *data, size_t n, bool stop_at_end);

#endif
