/* The whole content of archives: packed streams to their checksums, cpio archives to their
 * trailers, segment by segment as the kernel unpacks an initrd (linux
 * init/initramfs.c:unpack_to_rootfs and
 * Documentation/driver-api/early-userspace/buffer-format.rst). */
#include <zlib.h>

#include "inspect_int.h"

#define UNPACKED_MAX ((uint64_t)4 << 30)

struct verify {
    const uint8_t *in;
    size_t len, pos;
    uint64_t max;
    struct pxk_image *out;
    bool unknown; /* something could not be looked at */
    /* the segment in work */
    struct pxk_cpio_walk cpio;
    uint8_t head[6]; /* its first unpacked bytes, until they tell what it is */
    size_t head_n;
    bool is_cpio;
    uint64_t unpacked;
};

static bool is_cpio_magic(const uint8_t *p)
{
    return memcmp(p, "070701", 6) == 0 || memcmp(p, "070702", 6) == 0;
}

static bool walk(struct verify *v, const uint8_t *data, size_t n)
{
    return !v->is_cpio || pxk_cpio_walk_take(&v->cpio, data, n, false) == n;
}

static bool sink(void *ctx, const uint8_t *data, size_t n)
{
    struct verify *v = ctx;
    v->unpacked += n;
    v->out->unpacked += n;
    if (v->out->unpacked > v->max) {
        v->unknown = true;
        return false;
    }
    if (v->head_n < sizeof v->head) {
        size_t part = sizeof v->head - v->head_n < n ? sizeof v->head - v->head_n : n;
        memcpy(v->head + v->head_n, data, part);
        v->head_n += part;
        data += part;
        n -= part;
        if (v->head_n < sizeof v->head)
            return true;
        v->is_cpio = is_cpio_magic(v->head);
        if (!walk(v, v->head, sizeof v->head))
            return false;
    }
    return walk(v, data, n);
}

/* ", inside lib/modules/x.ko" */
static const char *where(const struct pxk_cpio_walk *w, char out[static 64])
{
    struct pxk_str s = pxk_str_init(out, 64);
    size_t n = strnlen(w->name, sizeof w->name);
    if (w->members == 0 || w->state != CPIO_DATA)
        return out;
    pxk_str_add(&s, ", inside ");
    if (n > 40)
        pxk_str_add(&s, "...");
    pxk_str_add_quoted(&s, n > 40 ? w->name + n - 40 : w->name, n > 40 ? 40 : n);
    return out;
}

static size_t skip_zeros(const struct verify *v, size_t pos)
{
    while (pos < v->len && v->in[pos] == 0)
        pos++;
    return pos;
}

static void count_members(struct verify *v)
{
    v->out->holds_cpio |= v->is_cpio;
    v->out->members += v->cpio.members;
    v->out->has_init |= v->cpio.has_init;
}

/* A stream that is whole must hold whole archives: the kernel starts anew behind it. */
static void judge_content(struct verify *v, const char *kind)
{
    char inside[64];
    if (!v->is_cpio || v->cpio.ended)
        return;
    if (skip_zeros(v, v->pos) < v->len)
        pxk_image_broken(v->out,
                         "the cpio archive goes on behind the %s stream that ends at byte %zu; "
                         "the kernel does not accept that",
                         kind, v->pos);
    else
        pxk_image_cut(v->out,
                      "the %s stream is whole, but its cpio archive ends after %llu bytes "
                      "without trailer%s",
                      kind, (unsigned long long)v->unpacked, where(&v->cpio, inside));
}

static void verify_stream(struct verify *v, enum pxk_image_kind kind)
{
    struct pxk_unpack done;
    const char *key = pxk_image_kind_key(kind);
    char inside[64];
    enum pxk_unpack_end end =
        pxk_image_unpack(kind, v->in + v->pos, v->len - v->pos, sink, v, &done);
    v->pos += done.used;
    count_members(v);
    switch (end) {
    case PXK_UNPACK_WHOLE:
        judge_content(v, key);
        break;
    case PXK_UNPACK_SHORT:
        pxk_image_cut(v->out,
                      "the %s stream breaks off after %zu bytes (%llu unpacked): no end marker%s",
                      key, v->pos, (unsigned long long)v->unpacked, where(&v->cpio, inside));
        break;
    case PXK_UNPACK_BAD:
        pxk_image_broken(v->out, "the %s stream is broken near byte %zu (%llu unpacked): %s", key,
                         v->pos, (unsigned long long)v->unpacked, done.why);
        break;
    case PXK_UNPACK_STOPPED:
        if (v->cpio.state == CPIO_BROKEN)
            pxk_image_broken(v->out, "in the %s stream: %s", key, v->cpio.why);
        break;
    case PXK_UNPACK_IMPOSSIBLE:
        v->unknown = true;
        break;
    }
}

static void verify_cpio(struct verify *v)
{
    char inside[64];
    if (v->pos % 4 != 0) {
        pxk_image_broken(v->out,
                         "a cpio archive starts at byte %zu, and kernels look for it at "
                         "multiples of 4 only",
                         v->pos);
        return;
    }
    v->is_cpio = true;
    size_t n = pxk_cpio_walk_take(&v->cpio, v->in + v->pos, v->len - v->pos, true);
    v->pos += n;
    v->out->unpacked += n;
    count_members(v);
    if (v->cpio.state == CPIO_BROKEN)
        pxk_image_broken(v->out, "%s", v->cpio.why);
    else if (!v->cpio.ended)
        pxk_image_cut(v->out, "the cpio archive ends after %zu bytes without its trailer%s", v->len,
                      where(&v->cpio, inside));
}

static void verify_segment(struct verify *v)
{
    size_t least, left = v->len - v->pos;
    struct pxk_rd f = pxk_rd_init(v->in + v->pos, left);
    enum pxk_image_kind kind = pxk_image_archive_kind(&f, &least);
    pxk_cpio_walk_init(&v->cpio);
    v->head_n = 0;
    v->is_cpio = false;
    v->unpacked = 0;
    if (kind == PXK_IMAGE_CPIO)
        verify_cpio(v);
    else if (kind != PXK_IMAGE_UNKNOWN)
        verify_stream(v, kind);
    else if (left < 6)
        pxk_image_cut(v->out, "the file ends %zu bytes into another part, at byte %zu", left,
                      v->pos);
    else
        pxk_image_broken(v->out, "%zu bytes that are no archive follow at byte %zu", left, v->pos);
}

static void verify_archive(const uint8_t *data, size_t len, uint64_t max, struct pxk_image *out)
{
    struct verify v;
    memset(&v, 0, sizeof v);
    v.in = data;
    v.len = len;
    v.max = max ? max : UNPACKED_MAX;
    v.out = out;
    while (v.pos < len && !v.unknown && !out->truncated && !out->corrupt) {
        verify_segment(&v);
        v.pos = skip_zeros(&v, v.pos);
    }
    out->verified = !v.unknown && !out->truncated && !out->corrupt;
}

/* "data CRC" of a uImage: behind the header of 64 bytes. */
static void verify_uimage(const uint8_t *data, size_t len, struct pxk_image *out)
{
    struct pxk_rd f = pxk_rd_init(data, len);
    uint32_t sum = (uint32_t)crc32_z(0, data + 64, img_be32(&f, 12));
    if (sum != img_be32(&f, 24))
        pxk_image_broken(out, "uImage data with checksum %08x, computed %08x", img_be32(&f, 24),
                         sum);
    out->verified = !out->corrupt;
}

void pxk_image_verify(const void *data, size_t len, uint64_t unpacked_max, struct pxk_image *out)
{
    pxk_image_inspect(data, len, out);
    if (out->truncated || out->corrupt)
        return;
    if (out->kind >= PXK_IMAGE_GZIP && out->kind <= PXK_IMAGE_CPIO)
        verify_archive(data, len, unpacked_max, out);
    else if (out->kind == PXK_IMAGE_UIMAGE)
        verify_uimage(data, len, out);
}
