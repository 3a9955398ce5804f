/* PE/COFF images: headers, sections, certificate table (PE format specification; UEFI 2.10 2.1.1;
 * the checks are those of shim pe-relocate.c:read_header and EDK2's loader). */
#include "inspect_int.h"

/* Real ones are below 4096. A larger one is no cut file but a wrong one. */
#define PE_LFANEW_MAX 0x10000

static const struct {
    uint16_t machine;
    const char *name;
} machines[] = {
    {PE_MACHINE_I386, "IA32"}, {PE_MACHINE_X64, "x64"},
    {0x0200, "IA64"},          {0x0ebc, "EBC"},
    {0x01c2, "ARM"},           {0x01c0, "ARM"},
    {0x01c4, "ARM"},           {PE_MACHINE_ARM64, "AA64"},
    {0x5032, "RISCV32"},       {0x5064, "RISCV64"},
    {0x5128, "RISCV128"},      {0x6232, "LOONGARCH32"},
    {0x6264, "LOONGARCH64"},
};

const char *pxk_pe_machine_name(uint16_t machine)
{
    for (size_t i = 0; i < PXK_COUNT(machines); i++) {
        if (machines[i].machine == machine)
            return machines[i].name;
    }
    return "unknown";
}

bool pxk_pe_section(const struct pxk_rd *f, const struct pxk_pe *pe, unsigned i,
                    struct pxk_pe_section *out)
{
    struct pxk_rd r = img_at(f, pe->table + (uint64_t)i * PE_SECTION_BYTES, PE_SECTION_BYTES);
    if (i >= pe->sections || r.err != PXK_OK)
        return false;
    memset(out, 0, sizeof *out);
    pxk_rd_bytes(&r, out->name, 8);
    out->memory_len = pxk_rd_le32(&r);
    (void)pxk_rd_le32(&r); /* address in memory */
    out->raw_len = pxk_rd_le32(&r);
    out->raw = pxk_rd_le32(&r);
    if (out->raw == 0)
        out->raw_len = 0; /* older binutils give .bss a raw size, but nothing in the file */
    return true;
}

struct pxk_rd pxk_pe_find(const struct pxk_rd *f, const struct pxk_pe *pe, const char *name)
{
    struct pxk_pe_section s;
    for (unsigned i = 0; pxk_pe_section(f, pe, i, &s); i++) {
        if (strcmp(s.name, name) != 0 || s.raw >= img_len(f))
            continue;
        size_t n = s.memory_len && s.memory_len < s.raw_len ? s.memory_len : s.raw_len;
        size_t there = img_len(f) - s.raw;
        return img_at(f, s.raw, n < there ? n : there);
    }
    return (struct pxk_rd){f->base, f->end, f->end, PXK_E_NOTFOUND};
}

/* COFF and optional header; @at is just behind "PE\0\0". False if nothing more can be read. */
static bool read_headers(const struct pxk_rd *f, uint64_t at, struct pxk_pe *pe,
                         struct pxk_image *out, uint64_t *end)
{
    pe->machine = img_le16(f, at);
    pe->sections = img_le16(f, at + 2);
    uint16_t opt_len = img_le16(f, at + 16), magic = img_le16(f, at + 20);
    uint64_t opt = at + 20;
    pe->table = opt + opt_len;
    out->pe_machine = pe->machine;
    *end = pe->table + (uint64_t)pe->sections * PE_SECTION_BYTES;
    if (img_len(f) < opt + 2 || img_len(f) < pe->table) {
        pxk_image_short(out, f, *end > opt + 2 ? *end : opt + 2, "the PE header");
        return true;
    }
    pe->wide = magic == PE_MAGIC_64;
    unsigned dirs = pe->wide ? 112 : 96; /* offset of the data directories */
    if ((magic != PE_MAGIC_32 && magic != PE_MAGIC_64) || opt_len < dirs) {
        pxk_image_broken(out, "optional PE header of %u bytes with magic 0x%x", opt_len, magic);
        return false;
    }
    pe->subsystem = out->pe_subsystem = img_le16(f, opt + 68);
    uint32_t headers = img_le32(f, opt + 60), count = img_le32(f, opt + dirs - 4);
    if (headers > *end)
        *end = headers;
    if (count > 16 || opt_len < dirs + count * 8) {
        pxk_image_broken(out, "optional PE header of %u bytes promises %u data directories",
                         opt_len, count);
        return false;
    }
    if (count > PE_DIR_SECURITY) {
        uint64_t dir = opt + dirs + PE_DIR_SECURITY * 8;
        uint32_t where = img_le32(f, dir), size = img_le32(f, dir + 4);
        out->is_signed = size > 0; /* "VirtualAddress" is a file offset in this directory alone */
        if (size > 0 && (uint64_t)where + size > *end)
            *end = (uint64_t)where + size;
    }
    return true;
}

/* The end that headers and sections promise, and whose it is. */
static uint64_t promised(const struct pxk_rd *f, const struct pxk_pe *pe, uint64_t end,
                         char part[static 32])
{
    struct pxk_pe_section s;
    (void)pxk_str_copy(part, 32, "its headers or signature");
    for (unsigned i = 0; pxk_pe_section(f, pe, i, &s); i++) {
        uint64_t to = s.raw_len ? (uint64_t)s.raw + s.raw_len : 0;
        if (to <= end)
            continue;
        char name[9];
        pxk_image_words(name, sizeof name, (const uint8_t *)s.name, (const uint8_t *)s.name + 8, 0);
        (void)pxk_fmt(part, 32, "its section %s", name);
        end = to;
    }
    return end;
}

bool pxk_pe_inspect(const struct pxk_rd *f, struct pxk_pe *pe, struct pxk_image *out)
{
    memset(pe, 0, sizeof *pe);
    uint64_t at = img_le32(f, 0x3c), end = 0;
    char part[32];
    if (at > PE_LFANEW_MAX) {
        pxk_image_broken(out,
                         "starts like an EFI program (MZ), but puts its PE header at byte %llu",
                         (unsigned long long)at);
        return false;
    }
    if (img_len(f) < 0x40 || at + 24 > img_len(f)) {
        pxk_image_short(out, f, img_len(f) < 0x40 ? 0x40 : at + 24, "the PE header");
        return false;
    }
    if (!img_has(f, at, "PE\0", 4)) {
        pxk_image_broken(out,
                         "starts like an EFI program (MZ), but there is no PE header at byte %llu",
                         (unsigned long long)at);
        return false;
    }
    if (!read_headers(f, at + 4, pe, out, &end))
        return false;
    end = promised(f, pe, end, part);
    if (end > img_len(f))
        pxk_image_short(out, f, end, part);
    else if (pe->sections == 0)
        pxk_image_broken(out, "a PE image without sections");
    else
        out->expected = end > out->expected ? end : out->expected;
    struct pxk_rd sbat = pxk_pe_find(f, pe, ".sbat");
    out->has_sbat = pxk_rd_left(&sbat) > 0;
    return true;
}
