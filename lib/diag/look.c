/* First bytes of a download: enough to tell a program for another machine, a web page and an
 * archive. The whole file is lib/image's business; a capture often has no more than its beginning.
 * Sources: PE/COFF specification 2-3, linux Documentation/arch/x86/boot.rst and arm64/booting.rst,
 * RFC 1952. */
#include <string.h>

#include "diag_int.h"

struct magic {
    size_t at, len;
    const char *bytes;
    enum look_kind kind;
    const char *words;
};

static const struct magic magics[] = {
    {0, 6, "#!ipxe", LOOK_SCRIPT, "an iPXE script"},
    {0, 4,
     "\x7f"
     "ELF",
     LOOK_ELF, "an ELF file"},
    {0, 2, "\x1f\x8b", LOOK_ARCHIVE, "gzip data"},
    {0, 6,
     "\xfd"
     "7zXZ\0",
     LOOK_ARCHIVE, "xz data"},
    {0, 4, "\x28\xb5\x2f\xfd", LOOK_ARCHIVE, "zstd data"},
    {0, 3, "BZh", LOOK_ARCHIVE, "bzip2 data"},
    {0, 4, "\x02\x21\x4c\x18", LOOK_ARCHIVE, "lz4 data"},
    {0, 6, "070701", LOOK_ARCHIVE, "a cpio archive"},
    {0, 5, "<html", LOOK_HTML, "an HTML page"},
    {0, 5, "<HTML", LOOK_HTML, "an HTML page"},
    {0, 9, "<!DOCTYPE", LOOK_HTML, "an HTML page"},
    {0, 9, "<!doctype", LOOK_HTML, "an HTML page"},
};

static bool has(const uint8_t *head, size_t len, size_t at, const char *bytes, size_t n)
{
    return len >= at + n && memcmp(head + at, bytes, n) == 0;
}

static uint16_t pe_machine(const uint8_t *head, size_t len)
{
    struct pxk_rd r = pxk_rd_init(head, len);
    struct pxk_rd at = pxk_rd_at(&r, 0x3c, 4);
    uint32_t off = pxk_rd_le32(&at);
    struct pxk_rd pe = pxk_rd_at(&r, off, 6);
    if (pxk_rd_u32(&pe) != 0x50450000u)
        return 0;
    return pxk_rd_le16(&pe);
}

static bool is_text(const uint8_t *head, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((head[i] < 0x20 && head[i] != '\n' && head[i] != '\r' && head[i] != '\t') ||
            head[i] == 0x7f)
            return false;
    return len > 0;
}

struct look look_at(const uint8_t *head, size_t len)
{
    if (!head || !len)
        return (struct look){.words = "nothing"};
    if (has(head, len, 0x202, "HdrS", 4))
        return (struct look){LOOK_KERNEL, pe_machine(head, len), "an x86 Linux kernel"};
    if (has(head, len, 56, "ARM\x64", 4))
        return (struct look){LOOK_KERNEL, 0xaa64, "an arm64 Linux kernel"};
    if (has(head, len, 0, "MZ", 2)) {
        uint16_t machine = pe_machine(head, len);
        return (struct look){machine ? LOOK_PE : LOOK_UNKNOWN, machine,
                             machine ? "a PE image" : "a DOS program"};
    }
    for (size_t i = 0; i < PXK_COUNT(magics); i++)
        if (has(head, len, magics[i].at, magics[i].bytes, magics[i].len))
            return (struct look){magics[i].kind, 0, magics[i].words};
    if (is_text(head, len))
        return (struct look){LOOK_TEXT, 0, "plain text"};
    return (struct look){.words = "no PE image"};
}

const char *look_bytes(const uint8_t *head, size_t len, size_t n, char *out, size_t cap)
{
    struct pxk_str b = pxk_str_init(out, cap);
    for (size_t i = 0; head && i < len && i < n; i++)
        pxk_str_addf(&b, "%s%02x", i ? " " : "", head[i]);
    return out;
}

const char *look_machine(uint16_t machine, char buf[static 24])
{
    switch (machine) {
    case 0x8664:
        return "x64";
    case 0x014c:
        return "IA32";
    case 0xaa64:
        return "ARM64";
    case 0x01c2:
    case 0x01c4:
        return "ARM32";
    case 0x5064:
        return "RISC-V 64";
    case 0x6264:
        return "LoongArch 64";
    default:
        return pxk_fmt(buf, 24, "machine 0x%04x", machine);
    }
}
