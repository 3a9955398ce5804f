/* What a downloaded file is, by its own bytes: kind, machine type, loader, and whether it is whole.
 * Sources: linux Documentation/arch/x86/boot.rst and arm64/booting.rst, the PE/COFF specification,
 * RFC 1952 (gzip), the xz and zstd format descriptions, cpio newc. */
#ifndef PXK_IMAGE_INSPECT_H
#define PXK_IMAGE_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"

/* kind, key in JSON, words for people */
#define PXK_IMAGE_KINDS(X)                                                                         \
    X(UNKNOWN, "unknown", "data of no known kind")                                                 \
    X(EMPTY, "empty", "an empty file")                                                             \
    X(PE, "pe", "PE/COFF image (EFI program)")                                                     \
    X(BZIMAGE, "bzimage", "x86 Linux kernel (bzImage)")                                            \
    X(ARM64_IMAGE, "arm64-image", "arm64 Linux kernel (Image)")                                    \
    X(RISCV_IMAGE, "riscv-image", "RISC-V Linux kernel (Image)")                                   \
    X(EFI_ZBOOT, "efi-zboot", "compressed EFI Linux kernel (zboot)")                               \
    X(ELF, "elf", "ELF file")                                                                      \
    X(COM32, "com32", "Syslinux COM32 module")                                                     \
    X(NBP, "nbp", "BIOS network boot program")                                                     \
    X(IPXE_SCRIPT, "ipxe-script", "iPXE script")                                                   \
    X(GZIP, "gzip", "gzip data")                                                                   \
    X(XZ, "xz", "xz data")                                                                         \
    X(ZSTD, "zstd", "zstd data")                                                                   \
    X(LZ4, "lz4", "lz4 data")                                                                      \
    X(BZIP2, "bzip2", "bzip2 data")                                                                \
    X(LZMA, "lzma", "lzma data")                                                                   \
    X(LZO, "lzo", "lzo data")                                                                      \
    X(CPIO, "cpio", "cpio archive (newc)")                                                         \
    X(UIMAGE, "uimage", "U-Boot uImage")                                                           \
    X(FDT, "fdt", "device tree or FIT image")                                                      \
    X(ISO9660, "iso9660", "ISO 9660 image")                                                        \
    X(SQUASHFS, "squashfs", "squashfs image")                                                      \
    X(WIM, "wim", "Windows image (WIM)")                                                           \
    X(HTML, "html", "an HTML page")                                                                \
    X(TEXT, "text", "plain text")

enum pxk_image_kind {
#define X(name, key, words) PXK_IMAGE_##name,
    PXK_IMAGE_KINDS(X)
#undef X
        PXK_IMAGE_KIND_N
};

/* Who a boot program is; told by its bytes (sbat components, version strings), never by its name alone. */
#define PXK_LOADERS(X)                                                                             \
    X(NONE, "none", "no known loader")                                                             \
    X(PXELINUX, "pxelinux", "PXELINUX")                                                            \
    X(SHIM, "shim", "shim")                                                                        \
    X(GRUB, "grub", "GRUB")                                                                        \
    X(IPXE, "ipxe", "iPXE")                                                                        \
    X(SYSTEMD_BOOT, "systemd-boot", "systemd-boot")                                                \
    X(WINDOWS, "windows", "Windows Boot Manager or WDS")

enum pxk_loader_id {
#define X(name, key, words) PXK_LOADER_##name,
    PXK_LOADERS(X)
#undef X
        PXK_LOADER_N
};

struct pxk_image {
    enum pxk_image_kind kind;
    enum pxk_loader_id loader;
    uint16_t pe_machine;   /* PE: COFF machine, e.g. 0x8664; else 0. Also for kernels with an EFI stub */
    uint16_t pe_subsystem; /* PE: 10 is "EFI application" */
    bool is_signed;        /* PE: has an Authenticode table */
    bool has_sbat;
    bool truncated;        /* the file's own headers promise more bytes than there are */
    bool corrupt;          /* structure or checksum wrong, and not merely short; never with truncated */
    uint64_t expected;     /* bytes that the headers promise, 0 if they do not say */
    uint64_t unpacked;     /* archives after pxk_image_verify(): bytes after unpacking */
    char version[96];      /* what the file says of itself: kernel version, "GRUB 2.06", "shim 15.8"; or "" */
    char why[160];         /* truncated or corrupt: what was found and what was expected; else "" */
    struct {
        char prefix[128];  /* GRUB: the built-in prefix, "" if none was found: "/grub", "(memdisk)/..." */
        bool has_config;   /* GRUB: has a built-in configuration, see pxk_image_grub_config() */
        bool has_memdisk;  /* GRUB: has a built-in file system, see pxk_image_grub_memdisk() */
        bool net_search;   /* GRUB: looks for grub.cfg-01-<mac> and so on before grub.cfg */
        bool fw_path;      /* GRUB: looks beside itself first (rhboot patch) */
    } grub;
    /* What pxk_image_verify() adds. */
    bool verified;         /* the content was seen to its end and is right, as far as the format can tell */
    bool holds_cpio;       /* the content is a newc archive: what a kernel takes as an initrd */
    bool has_init;         /* ... with a member "init", without which an initrd starts nothing */
    uint32_t members;      /* ... and so many members, trailers not counted */
};

/** Read the headers of @data: cheap, looks at the first and last bytes and at tables. Any bytes will do. */
void pxk_image_inspect(const void *data, size_t len, struct pxk_image *out);

/**
 * pxk_image_inspect() and then the whole content: unpack gzip, xz, zstd and lzma to the end with their
 * checksums, walk cpio segments (several, compressed or not, as the kernel accepts them) to their trailers,
 * count lz4 blocks, check a uImage's checksum. Neither truncated nor corrupt but not `verified` either:
 * bzip2 and lzo, windows over 128 MiB, content over the bound, out of memory.
 * Costs time in proportion to the unpacked size, which is bounded at @unpacked_max (0: 4 GiB); memory is
 * the decoder's window and 256 KiB. For all other files it is pxk_image_inspect().
 *
 * A file that ends exactly between two complete segments (only the microcode archive of an initrd, say)
 * is whole by all that its bytes tell.
 */
void pxk_image_verify(const void *data, size_t len, uint64_t unpacked_max, struct pxk_image *out);

/** Is the module @name ("linux", "efi_gop") linked into the GRUB image @data? */
bool pxk_image_grub_has_module(const void *data, size_t len, const char *name);

/**
 * The configuration built into the GRUB image @data, which it runs before it looks for grub.cfg: often
 * "normal (memdisk)/grub.cfg". Writes at most @cap - 1 bytes and a NUL; returns the text's whole length,
 * 0 if there is none.
 */
size_t pxk_image_grub_config(const void *data, size_t len, char *out, size_t cap);

/**
 * One file of GRUB's built-in file system, "(memdisk)": tar, or the root directory of a FAT image. @path
 * without device, "grub.cfg" or "/grub.cfg"; case does not matter on FAT. Result as above.
 */
size_t pxk_image_grub_memdisk(const void *data, size_t len, const char *path, char *out, size_t cap);

const char *pxk_image_kind_key(enum pxk_image_kind kind);
const char *pxk_image_kind_words(enum pxk_image_kind kind);
const char *pxk_loader_key(enum pxk_loader_id id);
const char *pxk_loader_words(enum pxk_loader_id id);

/** "x64", "IA32", "AA64" for a COFF machine number (UEFI 2.10 3.5.1.1 names), "unknown" for others. */
const char *pxk_pe_machine_name(uint16_t machine);

#endif
