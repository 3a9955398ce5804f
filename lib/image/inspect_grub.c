/* GRUB's module block: what grub-mkimage linked into the image (GRUB include/grub/kernel.h).
 *
 *     "mimg", then  32 bit: u32 offset, u32 size         64 bit: u32 0, u64 offset, u64 size
 *     at offset: objects of { u32 type, u32 size with this header, content } */
#include "inspect_int.h"

#define OBJECTS_MAX 4096
#define STRINGS_MAX (16u << 20)

static bool mods_at(const struct pxk_rd *f, uint64_t at, bool wide, struct pxk_rd *mods)
{
    if (!img_has(f, at, "mimg", 4) || (wide && img_le32(f, at + 4) != 0))
        return false;
    uint64_t off = wide ? img_le64(f, at + 8) : img_le32(f, at + 4);
    uint64_t size = wide ? img_le64(f, at + 16) : img_le32(f, at + 8);
    uint64_t there = img_len(f) - at;
    if (off < (wide ? 24 : 12) || off > size || off > there)
        return false;
    if (size > there)
        size = there; /* a cut file still has its first modules */
    *mods = img_at(f, at + off, (size_t)(size - off));
    return mods->err == PXK_OK;
}

/* Without a section that names it: every "mimg" of the file, aligned as the linker does. */
static bool mods_search(const struct pxk_rd *f, struct pxk_rd *mods)
{
    struct pxk_rd rest = pxk_rd_at(f, 0, img_len(f));
    for (const uint8_t *p; (p = pxk_image_find(&rest, "mimg", 4)); rest.at = p + 4) {
        uint64_t at = (uint64_t)(p - f->base);
        if (at % 4 == 0 && (mods_at(f, at, true, mods) || mods_at(f, at, false, mods)))
            return true;
    }
    return false;
}

bool pxk_grub_mods_find(const struct pxk_rd *f, const struct pxk_pe *pe, struct pxk_rd *mods)
{
    if (pe) {
        struct pxk_rd section = pxk_pe_find(f, pe, "mods");
        if (section.err == PXK_OK && mods_at(f, (uint64_t)(section.at - f->base), pe->wide, mods))
            return true;
    }
    return mods_search(f, mods);
}

bool pxk_grub_mods_next(struct pxk_rd *mods, uint32_t *type, struct pxk_rd *body)
{
    if (pxk_rd_left(mods) < 8)
        return false;
    *type = pxk_rd_le32(mods);
    uint32_t size = pxk_rd_le32(mods);
    if (size < 8)
        return false;
    *body = pxk_rd_sub(mods, size - 8);
    return body->err == PXK_OK;
}

static bool object_find(const struct pxk_rd *mods, uint32_t wanted, struct pxk_rd *body)
{
    struct pxk_rd r = *mods;
    uint32_t type;
    for (unsigned i = 0; i < OBJECTS_MAX && pxk_grub_mods_next(&r, &type, body); i++) {
        if (type == wanted)
            return true;
    }
    return false;
}

static bool has_text(const struct pxk_rd *f, const char *text)
{
    struct pxk_rd head = img_at(f, 0, img_len(f) < STRINGS_MAX ? img_len(f) : STRINGS_MAX);
    return pxk_image_find(&head, text, strlen(text)) != NULL;
}

void pxk_grub_inspect(const struct pxk_rd *f, struct pxk_rd mods, struct pxk_image *out)
{
    struct pxk_rd body;
    if (object_find(&mods, GRUB_OBJ_PREFIX, &body))
        pxk_image_words(out->grub.prefix, sizeof out->grub.prefix, body.at, body.end, 0);
    out->grub.has_config = object_find(&mods, GRUB_OBJ_CONFIG, &body);
    out->grub.has_memdisk = object_find(&mods, GRUB_OBJ_MEMDISK, &body);
    out->grub.net_search = has_text(f, "feature_net_search_cfg");
    out->grub.fw_path = has_text(f, "fw_path");
}

/* The module's name: its section .modname. ELF of the target's class, always little-endian on EFI.
 */
static bool elf_is_module(const struct pxk_rd *m, const char *name)
{
    const struct pxk_rd f = {m->at, m->at, m->end, PXK_OK};
    bool wide = img_u8(&f, 4) == 2;
    if (!img_has(&f, 0,
                 "\x7f"
                 "ELF",
                 4))
        return false;
    uint64_t table = wide ? img_le64(&f, 40) : img_le32(&f, 32);
    uint32_t size = img_le16(&f, wide ? 58 : 46), n = img_le16(&f, wide ? 60 : 48);
    if (size < (wide ? 64 : 40))
        return false;
    uint64_t strings = img_sum(table, (uint64_t)img_le16(&f, wide ? 62 : 50) * size);
    uint64_t names = wide ? img_le64(&f, img_sum(strings, 24)) : img_le32(&f, img_sum(strings, 16));
    for (uint32_t i = 0; i < n; i++) {
        uint64_t at = img_sum(table, (uint64_t)i * size);
        if (img_sum(at, size) > img_len(&f))
            return false;
        if (!img_has(&f, img_sum(names, img_le32(&f, at)), ".modname", 9))
            continue;
        uint64_t text = wide ? img_le64(&f, img_sum(at, 24)) : img_le32(&f, img_sum(at, 16));
        return img_has(&f, text, name, strlen(name) + 1);
    }
    return false;
}

static bool mods_of(const void *data, size_t len, struct pxk_rd *mods)
{
    struct pxk_rd f = pxk_rd_init(data, len);
    struct pxk_image scratch;
    struct pxk_pe pe;
    memset(&scratch, 0, sizeof scratch);
    bool has_pe = img_has(&f, 0, "MZ", 2) && pxk_pe_inspect(&f, &pe, &scratch);
    return len > 0 && pxk_grub_mods_find(&f, has_pe ? &pe : NULL, mods);
}

bool pxk_image_grub_has_module(const void *data, size_t len, const char *name)
{
    struct pxk_rd mods, body;
    uint32_t type;
    if (!mods_of(data, len, &mods))
        return false;
    for (unsigned i = 0; i < OBJECTS_MAX && pxk_grub_mods_next(&mods, &type, &body); i++) {
        if (type == GRUB_OBJ_ELF && elf_is_module(&body, name))
            return true;
    }
    return false;
}

size_t pxk_image_grub_config(const void *data, size_t len, char *out, size_t cap)
{
    struct pxk_rd mods, body;
    if (cap)
        out[0] = '\0';
    if (!mods_of(data, len, &mods) || !object_find(&mods, GRUB_OBJ_CONFIG, &body))
        return 0;
    size_t n = pxk_rd_left(&body);
    const uint8_t *nul = n ? memchr(body.at, 0, n) : NULL; /* padded to the target's word */
    if (nul)
        n = (size_t)(nul - body.at);
    (void)pxk_str_copy_n(out, cap, body.at, n); /* the returned length tells of a cut */
    return n;
}

size_t pxk_image_grub_memdisk(const void *data, size_t len, const char *path, char *out, size_t cap)
{
    struct pxk_rd mods, body;
    if (cap)
        out[0] = '\0';
    if (!mods_of(data, len, &mods) || !object_find(&mods, GRUB_OBJ_MEMDISK, &body))
        return 0;
    while (*path == '/')
        path++;
    return pxk_memdisk_read(&body, path, out, cap);
}
