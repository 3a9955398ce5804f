/* Which other modules a module needs: DT_NEEDED of Syslinux' shared objects, and the
 * list of names in GRUB's .moddeps section. Sources: the ELF specification; GRUB include/grub/dl.h.
 */
#include "loader_int.h"

#define ELF_PT_DYNAMIC 2
#define ELF_PT_LOAD    1
#define ELF_DT_NEEDED  1
#define ELF_DT_STRTAB  5
#define ELF_MOST       512 /* program headers, sections, dynamic entries looked at */

bool pxk_loader_is_elf(const uint8_t *data, size_t len)
{
    return len >= 20 && memcmp(data, "\177ELF", 4) == 0 && data[5] == 1;
}

static bool plain_name(const uint8_t *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] <= ' ' || s[i] >= 0x7f || s[i] == '/')
            return false;
    return n > 0;
}

static void add_name(struct loader_needs *out, const uint8_t *s, size_t room)
{
    const uint8_t *end = memchr(s, 0, room);
    size_t n = end ? (size_t)(end - s) : 0;
    if (out->n < LOADER_NEEDS_MAX && n < sizeof out->name[0] && plain_name(s, n))
        pxk_str_copy_n(out->name[out->n++], sizeof out->name[0], s, n);
}

/* The parts of a program header that matter, of either class. */
struct segment {
    uint32_t type;
    uint64_t offset, vaddr, size;
};

struct program {
    struct pxk_rd file;
    bool wide; /* ELF64 */
    uint64_t phoff;
    unsigned phnum;
};

static uint64_t word(struct pxk_rd *r, bool wide)
{
    return wide ? pxk_rd_le64(r) : pxk_rd_le32(r);
}

/* A table entry at @table + @i * @size; offsets beyond the file give a failed reader. */
static struct pxk_rd entry(const struct pxk_rd *file, uint64_t table, unsigned i, unsigned size)
{
    size_t all = (size_t)(file->end - file->base);
    return pxk_rd_at(file, table <= all ? (size_t)table + (size_t)size * i : SIZE_MAX, size);
}

static bool segment_at(const struct program *p, unsigned i, struct segment *out)
{
    struct pxk_rd r = entry(&p->file, p->phoff, i, p->wide ? 56 : 32);
    out->type = pxk_rd_le32(&r);
    if (p->wide)
        pxk_rd_le32(&r); /* flags */
    out->offset = word(&r, p->wide);
    out->vaddr = word(&r, p->wide);
    word(&r, p->wide); /* physical address */
    out->size = word(&r, p->wide);
    return r.err == PXK_OK;
}

/* File offset of the address @at, by the loadable segments; SIZE_MAX if none holds it. */
static size_t offset_of(const struct program *p, uint64_t at)
{
    struct segment s;
    for (unsigned i = 0; i < p->phnum; i++)
        if (segment_at(p, i, &s) && s.type == ELF_PT_LOAD && at >= s.vaddr &&
            at - s.vaddr < s.size && s.offset <= SIZE_MAX / 2 && at - s.vaddr <= SIZE_MAX / 2)
            return (size_t)(s.offset + (at - s.vaddr));
    return SIZE_MAX;
}

static bool dynamic_segment(const struct program *p, struct segment *out)
{
    for (unsigned i = 0; i < p->phnum; i++)
        if (segment_at(p, i, out) && out->type == ELF_PT_DYNAMIC)
            return true;
    return false;
}

static bool program_open(struct program *p, const uint8_t *data, size_t len)
{
    if (!pxk_loader_is_elf(data, len) || (data[4] != 1 && data[4] != 2))
        return false;
    *p = (struct program){.file = pxk_rd_init(data, len), .wide = data[4] == 2};
    struct pxk_rd off = pxk_rd_at(&p->file, p->wide ? 32 : 28, p->wide ? 8 : 4);
    struct pxk_rd num = pxk_rd_at(&p->file, p->wide ? 56 : 44, 2);
    p->phoff = word(&off, p->wide);
    p->phnum = pxk_rd_le16(&num);
    return off.err == PXK_OK && num.err == PXK_OK && p->phnum <= ELF_MOST;
}

void pxk_loader_elf_needed(const uint8_t *data, size_t len, struct loader_needs *out)
{
    struct program p;
    struct segment dyn;
    out->n = 0;
    if (!program_open(&p, data, len) || !dynamic_segment(&p, &dyn))
        return;
    uint64_t needed[LOADER_NEEDS_MAX], strtab = 0;
    size_t n = 0;
    for (unsigned i = 0; i < ELF_MOST; i++) {
        struct pxk_rd e = entry(&p.file, dyn.offset, i, p.wide ? 16 : 8);
        uint64_t tag = word(&e, p.wide), value = word(&e, p.wide);
        if (e.err != PXK_OK || tag == 0)
            break;
        if (tag == ELF_DT_NEEDED && n < LOADER_NEEDS_MAX)
            needed[n++] = value;
        else if (tag == ELF_DT_STRTAB)
            strtab = value;
    }
    size_t strings = offset_of(&p, strtab);
    for (size_t i = 0; i < n; i++)
        if (strings < len && needed[i] < len - strings)
            add_name(out, data + strings + needed[i], len - strings - (size_t)needed[i]);
}

struct section {
    uint32_t name;
    uint64_t offset, size;
};

static bool section_at(const struct pxk_rd *file, bool wide, uint64_t table, unsigned i,
                       struct section *out)
{
    struct pxk_rd s = entry(file, table, i, wide ? 64 : 40);
    out->name = pxk_rd_le32(&s);
    (void)pxk_rd_take(&s, wide ? 20 : 12); /* type, flags, address */
    out->offset = word(&s, wide);
    out->size = word(&s, wide);
    return s.err == PXK_OK && out->offset <= SIZE_MAX / 2 && out->size <= SIZE_MAX / 2;
}

void pxk_loader_elf_moddeps(const uint8_t *data, size_t len, struct loader_needs *out)
{
    out->n = 0;
    if (!pxk_loader_is_elf(data, len) || (data[4] != 1 && data[4] != 2))
        return;
    bool wide = data[4] == 2;
    struct pxk_rd file = pxk_rd_init(data, len);
    struct pxk_rd off = pxk_rd_at(&file, wide ? 40 : 32, 8);
    uint64_t table = word(&off, wide);
    struct pxk_rd head = pxk_rd_at(&file, wide ? 60 : 48, 4);
    unsigned num = pxk_rd_le16(&head), names_at = pxk_rd_le16(&head);
    struct section names, s;
    if (off.err != PXK_OK || head.err != PXK_OK || num > ELF_MOST || names_at >= num ||
        !section_at(&file, wide, table, names_at, &names))
        return;
    for (unsigned i = 0; i < num; i++) {
        if (!section_at(&file, wide, table, i, &s) || s.name >= names.size)
            continue;
        struct pxk_rd name = pxk_rd_at(&file, (size_t)names.offset + s.name, 9);
        const uint8_t *text = pxk_rd_take(&name, 9);
        struct pxk_rd body = pxk_rd_at(&file, (size_t)s.offset, (size_t)s.size);
        if (!text || memcmp(text, ".moddeps", 9) != 0 || body.err != PXK_OK)
            continue;
        while (pxk_rd_left(&body)) {
            size_t room = pxk_rd_left(&body), n = strnlen((const char *)body.at, room);
            add_name(out, body.at, room);
            (void)pxk_rd_take(&body, n < room ? n + 1 : room);
        }
        return;
    }
}
