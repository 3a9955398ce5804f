/* A bounded reader and writer with a sticky error: after the first failure all reads give 0 or NULL and
 * all writes do nothing, so a codec checks once, at its end. Nothing else touches packet bytes. */
#ifndef PXK_BASE_BYTES_H
#define PXK_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "pxk/base/err.h"

struct pxk_rd {
    const uint8_t *base, *at, *end;
    enum pxk_err err;
};

static inline struct pxk_rd pxk_rd_init(const void *data, size_t len)
{
    const uint8_t *p = data;
    return (struct pxk_rd){p, p, len ? p + len : p, PXK_OK};
}

static inline size_t pxk_rd_left(const struct pxk_rd *r)
{
    return r->err == PXK_OK ? (size_t)(r->end - r->at) : 0;
}

/** Offset of the read position from the base, which children share with their parents. */
static inline uint32_t pxk_rd_offset(const struct pxk_rd *r)
{
    return (uint32_t)(r->at - r->base);
}

/** @n bytes in place, or NULL; they live as long as the buffer under the reader. */
static inline const uint8_t *pxk_rd_take(struct pxk_rd *r, size_t n)
{
    if (r->err == PXK_OK && n > (size_t)(r->end - r->at))
        r->err = PXK_E_TRUNCATED;
    if (r->err != PXK_OK)
        return NULL;
    r->at += n;
    return r->at - n;
}

static inline void pxk_rd_fail(struct pxk_rd *r, enum pxk_err err)
{
    if (r->err == PXK_OK)
        r->err = err;
}

static inline uint8_t pxk_rd_u8(struct pxk_rd *r)
{
    const uint8_t *p = pxk_rd_take(r, 1);
    return p ? p[0] : 0;
}

static inline uint16_t pxk_rd_u16(struct pxk_rd *r)
{
    const uint8_t *p = pxk_rd_take(r, 2);
    return (uint16_t)(p ? p[0] << 8 | p[1] : 0);
}

static inline uint32_t pxk_rd_u32(struct pxk_rd *r)
{
    const uint8_t *p = pxk_rd_take(r, 4);
    return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

static inline uint16_t pxk_rd_le16(struct pxk_rd *r)
{
    const uint8_t *p = pxk_rd_take(r, 2);
    return (uint16_t)(p ? p[1] << 8 | p[0] : 0);
}

static inline uint32_t pxk_rd_le32(struct pxk_rd *r)
{
    const uint8_t *p = pxk_rd_take(r, 4);
    return p ? (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0] : 0;
}

static inline uint64_t pxk_rd_le64(struct pxk_rd *r)
{
    uint64_t low = pxk_rd_le32(r);
    return low | (uint64_t)pxk_rd_le32(r) << 32;
}

/** Copy @n bytes to @out; zeroes @out on failure. */
static inline void pxk_rd_bytes(struct pxk_rd *r, void *out, size_t n)
{
    const uint8_t *p = pxk_rd_take(r, n);
    if (p)
        memcpy(out, p, n);
    else
        memset(out, 0, n);
}

/** A child that sees exactly @n bytes. It keeps the base, so offsets in findings stay absolute. */
static inline struct pxk_rd pxk_rd_sub(struct pxk_rd *r, size_t n)
{
    const uint8_t *p = pxk_rd_take(r, n);
    return p ? (struct pxk_rd){r->base, p, p + n, PXK_OK}
             : (struct pxk_rd){r->base, r->end, r->end, r->err};
}

/** A reader over [@off, @off + @n) of the base, wherever @r stands; out of range gives a failed reader. */
static inline struct pxk_rd pxk_rd_at(const struct pxk_rd *r, size_t off, size_t n)
{
    size_t all = (size_t)(r->end - r->base);
    if (off > all || n > all - off)
        return (struct pxk_rd){r->base, r->end, r->end, PXK_E_TRUNCATED};
    return (struct pxk_rd){r->base, r->base + off, r->base + off + n, PXK_OK};
}

struct pxk_wr {
    uint8_t *base, *at, *end;
    enum pxk_err err;
};

static inline struct pxk_wr pxk_wr_init(void *buf, size_t cap)
{
    uint8_t *p = buf;
    return (struct pxk_wr){p, p, p + cap, PXK_OK};
}

static inline size_t pxk_wr_len(const struct pxk_wr *w)
{
    return (size_t)(w->at - w->base);
}

static inline size_t pxk_wr_left(const struct pxk_wr *w)
{
    return w->err == PXK_OK ? (size_t)(w->end - w->at) : 0;
}

/** Is there room for @n bytes? If not, or after an earlier failure, nothing can be written any more. */
static inline bool pxk_wr_fits(struct pxk_wr *w, size_t n)
{
    if (w->err == PXK_OK && n > (size_t)(w->end - w->at))
        w->err = PXK_E_SPACE;
    return w->err == PXK_OK;
}

/** Room for @n bytes, or NULL. */
static inline uint8_t *pxk_wr_reserve(struct pxk_wr *w, size_t n)
{
    if (!pxk_wr_fits(w, n))
        return NULL;
    w->at += n;
    return w->at - n;
}

/* What writes asks pxk_wr_fits(), not whether a pointer is NULL: compilers would follow the path where the caller's buffer is. */

static inline void pxk_wr_u8(struct pxk_wr *w, uint8_t v)
{
    if (pxk_wr_fits(w, 1))
        *w->at++ = v;
}

static inline void pxk_wr_bytes(struct pxk_wr *w, const void *data, size_t n)
{
    if (!pxk_wr_fits(w, n) || !n)
        return;
    memcpy(w->at, data, n);
    w->at += n;
}

static inline void pxk_wr_u16(struct pxk_wr *w, uint16_t v)
{
    uint8_t b[2] = {(uint8_t)(v >> 8), (uint8_t)v};
    pxk_wr_bytes(w, b, sizeof b);
}

static inline void pxk_wr_u32(struct pxk_wr *w, uint32_t v)
{
    pxk_wr_u16(w, (uint16_t)(v >> 16));
    pxk_wr_u16(w, (uint16_t)v);
}

static inline void pxk_wr_le16(struct pxk_wr *w, uint16_t v)
{
    pxk_wr_u8(w, (uint8_t)v);
    pxk_wr_u8(w, (uint8_t)(v >> 8));
}

static inline void pxk_wr_le32(struct pxk_wr *w, uint32_t v)
{
    pxk_wr_le16(w, (uint16_t)v);
    pxk_wr_le16(w, (uint16_t)(v >> 16));
}

static inline void pxk_wr_le64(struct pxk_wr *w, uint64_t v)
{
    pxk_wr_le32(w, (uint32_t)v);
    pxk_wr_le32(w, (uint32_t)(v >> 32));
}

static inline void pxk_wr_zero(struct pxk_wr *w, size_t n)
{
    if (!pxk_wr_fits(w, n) || !n)
        return;
    memset(w->at, 0, n);
    w->at += n;
}

/** The string without its NUL. */
static inline void pxk_wr_str(struct pxk_wr *w, const char *s)
{
    pxk_wr_bytes(w, s, strlen(s));
}

/** The string and its NUL. */
static inline void pxk_wr_strz(struct pxk_wr *w, const char *s)
{
    pxk_wr_bytes(w, s, strlen(s) + 1);
}

/** Opens a one-byte length field; pxk_wr_close8() with the returned mark fills it in. */
static inline size_t pxk_wr_open8(struct pxk_wr *w)
{
    size_t mark = pxk_wr_len(w);
    pxk_wr_u8(w, 0);
    return mark;
}

static inline void pxk_wr_close8(struct pxk_wr *w, size_t mark)
{
    if (w->err != PXK_OK)
        return;
    size_t n = pxk_wr_len(w) - mark - 1;
    if (n > UINT8_MAX)
        w->err = PXK_E_RANGE;
    else
        w->base[mark] = (uint8_t)n;
}

/** Overwrite two bytes that were already written (checksums, lengths). */
static inline void pxk_wr_patch16(struct pxk_wr *w, size_t off, uint16_t v)
{
    if (w->err != PXK_OK || off + 2 > pxk_wr_len(w))
        return;
    w->base[off] = (uint8_t)(v >> 8);
    w->base[off + 1] = (uint8_t)v;
}

static inline void pxk_wr_patch_le32(struct pxk_wr *w, size_t off, uint32_t v)
{
    if (w->err != PXK_OK || off + 4 > pxk_wr_len(w))
        return;
    for (size_t i = 0; i < 4; i++)
        w->base[off + i] = (uint8_t)(v >> (8 * i));
}

#endif
