/* GRUB's (memdisk): a tar archive (grub-mkstandalone), or a FAT12/FAT16 image as Debian's netboot
 * GRUB has. POSIX pax, ustar; Microsoft FAT specification 1.03. */
#include "inspect_int.h"

#define TAR_BLOCK 512

static uint64_t octal(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n && p[i] >= '0' && p[i] <= '7'; i++)
        v = v << 3 | (uint64_t)(p[i] - '0');
    return v;
}

static void copy_out(const struct pxk_rd *f, uint64_t off, size_t n, char *out, size_t cap,
                     size_t at)
{
    for (size_t i = 0; i < n && at + i + 1 < cap; i++) {
        out[at + i] = (char)img_u8(f, off + i);
        out[at + i + 1] = '\0';
    }
}

static size_t read_tar(const struct pxk_rd *f, const char *path, char *out, size_t cap)
{
    for (uint64_t at = 0; img_has(f, at + 257, "ustar", 5);) {
        char name[101];
        const uint8_t *head = f->base + at;
        if (img_len(f) - at < TAR_BLOCK)
            return 0;
        (void)pxk_str_copy_n(name, sizeof name, head, 100);
        const char *rel = pxk_str_starts(name, "./") ? name + 2 : name;
        uint64_t size = octal(head + 124, 11), body = at + TAR_BLOCK;
        if (size > img_len(f) - body)
            return 0;
        if (strcmp(rel, path) == 0) {
            copy_out(f, body, (size_t)size, out, cap, 0);
            return (size_t)size;
        }
        at = body + (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
    }
    return 0;
}

struct fat {
    const struct pxk_rd *f;
    uint64_t table, root, data; /* offsets */
    uint32_t root_entries, cluster_bytes, clusters;
};

static bool fat_open(const struct pxk_rd *f, struct fat *d)
{
    uint32_t sector = img_le16(f, 11), per = img_u8(f, 13), sectors = img_le16(f, 19);
    uint32_t fat_sectors = img_le16(f, 22), tables = img_u8(f, 16);
    if (!img_has(f, 510, "\x55\xaa", 2) || sector < 128 || sector > 4096 || per == 0 ||
        tables == 0 || fat_sectors == 0)
        return false;
    if (sectors == 0)
        sectors = img_le32(f, 32);
    d->f = f;
    d->table = (uint64_t)img_le16(f, 14) * sector;
    d->root = d->table + (uint64_t)tables * fat_sectors * sector;
    d->root_entries = img_le16(f, 17);
    d->data = d->root + (uint64_t)d->root_entries * 32;
    d->cluster_bytes = per * sector;
    if ((uint64_t)sectors * sector <= d->data)
        return false;
    d->clusters = (uint32_t)(((uint64_t)sectors * sector - d->data) / d->cluster_bytes);
    return true;
}

static uint32_t fat_next(const struct fat *d, uint32_t cluster)
{
    if (d->clusters >= 4085) { /* the specification's one and only rule for FAT12 or FAT16 */
        uint16_t v = img_le16(d->f, d->table + (uint64_t)cluster * 2);
        return v >= 0xfff8 ? 0 : v;
    }
    uint16_t v = img_le16(d->f, d->table + (uint64_t)cluster * 3 / 2);
    v = cluster & 1 ? v >> 4 : v & 0xfff;
    return v >= 0xff8 ? 0 : v;
}

/* "grub.cfg" to "GRUB    CFG". */
static bool short_name(const char *path, uint8_t out[static 11])
{
    size_t at = 0, end = 8;
    memset(out, ' ', 11);
    for (; *path; path++) {
        if (*path == '.' && end == 8) {
            at = 8;
            end = 11;
            continue;
        }
        if (at == end || *path == '/')
            return false;
        char c = *path;
        out[at++] = (uint8_t)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return true;
}

static size_t read_fat(const struct fat *d, const char *path, char *out, size_t cap)
{
    uint8_t name[11];
    if (!short_name(path, name))
        return 0;
    for (uint32_t i = 0; i < d->root_entries; i++) {
        uint64_t at = d->root + (uint64_t)i * 32;
        if (!img_has(d->f, at, name, sizeof name) || img_u8(d->f, at + 11) & 0x18)
            continue; /* another name; or a label or a directory */
        uint32_t size = img_le32(d->f, at + 28), cluster = img_le16(d->f, at + 26), done = 0;
        for (uint32_t n = 0; done < size && cluster >= 2 && n <= d->clusters; n++) {
            uint32_t step = size - done < d->cluster_bytes ? size - done : d->cluster_bytes;
            uint64_t off = d->data + (uint64_t)(cluster - 2) * d->cluster_bytes;
            if (img_at(d->f, off, step).err != PXK_OK)
                return 0;
            copy_out(d->f, off, step, out, cap, done);
            done += step;
            cluster = fat_next(d, cluster);
        }
        return done == size ? size : 0;
    }
    return 0;
}

size_t pxk_memdisk_read(const struct pxk_rd *disk, const char *path, char *out, size_t cap)
{
    const struct pxk_rd f = {disk->at, disk->at, disk->end, PXK_OK};
    struct fat d;
    if (img_has(&f, 257, "ustar", 5))
        return read_tar(&f, path, out, cap);
    return fat_open(&f, &d) ? read_fat(&d, path, out, cap) : 0;
}
