/* ELF files, and COM32 modules of Syslinux 4 (newer ones are ELF32): do the headers' parts lie in
 * the file? System V ABI, "Object Files". */
#include "inspect_int.h"

struct elf {
    const struct pxk_rd *f;
    bool wide, big;
};

/* One field of @n bytes in the file's own order. */
static uint64_t field(const struct elf *e, uint64_t off, unsigned n)
{
    struct pxk_rd r = img_at(e->f, off, n);
    uint64_t v = 0;
    for (unsigned i = 0; i < n && r.err == PXK_OK; i++) {
        uint64_t b = pxk_rd_u8(&r);
        v = e->big ? v << 8 | b : v | b << 8 * i;
    }
    return v;
}

static uint64_t word(const struct elf *e, uint64_t off_32, uint64_t off_64)
{
    return e->wide ? field(e, off_64, 8) : field(e, off_32, 4);
}

struct extent {
    uint64_t end;
    const char *part;
};

static void extend(struct extent *x, uint64_t from, uint64_t n, const char *part)
{
    uint64_t to = img_sum(from, n);
    if (n == 0 || to <= x->end)
        return;
    x->end = to;
    x->part = part;
}

/* Tables have at most 65535 entries; those beyond the file's end are not looked at. */
static void extend_by_table(const struct elf *e, struct extent *x, uint64_t table, uint64_t n,
                            uint64_t size, bool sections)
{
    enum { SHT_NULL = 0, SHT_NOBITS = 8 };
    extend(x, table, n * size, sections ? "the section table" : "the program header table");
    if (size < (e->wide ? (sections ? 64u : 56u) : (sections ? 40u : 32u)))
        return;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t at = img_sum(table, i * size);
        if (img_sum(at, size) > img_len(e->f))
            return;
        if (!sections) {
            extend(x, word(e, at + 4, at + 8), word(e, at + 16, at + 32), "a program segment");
        } else {
            uint64_t type = field(e, at + 4, 4);
            if (type != SHT_NULL && type != SHT_NOBITS)
                extend(x, word(e, at + 16, at + 24), word(e, at + 20, at + 32), "a section");
        }
    }
}

bool pxk_image_probe_elf(const struct pxk_rd *f, struct pxk_image *out)
{
    if (img_has(f, 0, "\xb8\xff\x4c\xcd\x21", 5)) {
        out->kind = PXK_IMAGE_COM32;
        return true;
    }
    if (!img_has(f, 0,
                 "\x7f"
                 "ELF",
                 4))
        return false;
    out->kind = PXK_IMAGE_ELF;
    uint8_t class = img_u8(f, 4), order = img_u8(f, 5);
    struct elf e = {f, class == 2, order == 2};
    size_t head = e.wide ? 64 : 52;
    if (img_len(f) < head) {
        pxk_image_short(out, f, head, "the ELF header");
        return true;
    }
    if (class < 1 || class > 2 || order < 1 || order > 2) {
        pxk_image_broken(out, "an ELF header of class %u and byte order %u", class, order);
        return true;
    }
    struct extent x = {head, "the ELF header"};
    uint64_t sizes = e.wide ? 54 : 42; /* phentsize, phnum, shentsize, shnum */
    extend_by_table(&e, &x, word(&e, 28, 32), field(&e, sizes + 2, 2), field(&e, sizes, 2), false);
    extend_by_table(&e, &x, word(&e, 32, 40), field(&e, sizes + 6, 2), field(&e, sizes + 4, 2),
                    true);
    if (x.end > img_len(f))
        pxk_image_short(out, f, x.end, x.part);
    out->expected = x.end;
    return true;
}
