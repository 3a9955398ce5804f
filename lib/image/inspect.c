/* What a file is: strong magic first, then the soft kinds (HTML, text, boot programs without a
 * header). The headers that need more than a magic number are in inspect_*.c, each with its source.
 */
#include <stdarg.h>
#include <stdio.h>

#include "inspect_int.h"
#include "pxk/image.h"

const uint8_t *pxk_image_find(const struct pxk_rd *f, const void *needle, size_t n)
{
    size_t len = (size_t)(f->end - f->at);
    return len ? memmem(f->at, len, needle, n) : NULL;
}

void pxk_image_words(char *dst, size_t cap, const uint8_t *p, const uint8_t *end, char stop)
{
    size_t n = 0;
    while (n + 1 < cap && p + n < end && p[n] >= 0x20 && p[n] < 0x7f && p[n] != (uint8_t)stop) {
        dst[n] = (char)p[n];
        n++;
    }
    dst[n] = '\0';
}

static bool judged(const struct pxk_image *out)
{
    return out->truncated || out->corrupt;
}

void pxk_image_cut(struct pxk_image *out, const char *fmt, ...)
{
    if (judged(out))
        return;
    out->truncated = true;
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(out->why, sizeof out->why, fmt, ap); /* a cut sentence is still one */
    va_end(ap);
}

void pxk_image_broken(struct pxk_image *out, const char *fmt, ...)
{
    if (judged(out))
        return;
    out->corrupt = true;
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(out->why, sizeof out->why, fmt, ap);
    va_end(ap);
}

void pxk_image_short(struct pxk_image *out, const struct pxk_rd *f, uint64_t expected,
                     const char *part)
{
    if (judged(out))
        return;
    out->expected = expected;
    pxk_image_cut(out, "%s ends at byte %llu, but the file has only %zu bytes", part,
                  (unsigned long long)expected, img_len(f));
}

/* Archives and scripts: the magic tells, the rest is for pxk_image_verify(). `least` is the
 * shortest complete file of the kind. */
static const struct magic {
    const char *bytes;
    uint8_t n;
    uint8_t least;
    enum pxk_image_kind kind;
} magics[] = {
    {"\x1f\x8b\x08", 3, 20, PXK_IMAGE_GZIP},
    {"\xfd"
     "7zXZ\0",
     6, 32, PXK_IMAGE_XZ},
    {"\x28\xb5\x2f\xfd", 4, 9, PXK_IMAGE_ZSTD},
    {"\x02\x21\x4c\x18", 4, 4, PXK_IMAGE_LZ4}, /* the form of kernels (lz4 -l) */
    {"\x04\x22\x4d\x18", 4, 11, PXK_IMAGE_LZ4},
    {"\x89LZO\0\r\n\x1a\n", 9, 9, PXK_IMAGE_LZO},
    {"BZh", 3, 14, PXK_IMAGE_BZIP2},
    {"070701", 6, CPIO_HEADER_BYTES, PXK_IMAGE_CPIO},
    {"070702", 6, CPIO_HEADER_BYTES, PXK_IMAGE_CPIO},
};

/* 5d 00 00 alone is too little: the unpacked size is unknown (-1) or below 1 TB (LZMA SDK
 * lzma.txt). */
static bool is_lzma(const struct pxk_rd *f)
{
    uint64_t size = img_le64(f, 5);
    return img_has(f, 0, "\x5d\0\0", 3) && img_len(f) >= 13 &&
           (size == UINT64_MAX || size >> 40 == 0);
}

enum pxk_image_kind pxk_image_archive_kind(const struct pxk_rd *f, size_t *least)
{
    *least = 0;
    if (is_lzma(f))
        return PXK_IMAGE_LZMA;
    for (size_t i = 0; i < PXK_COUNT(magics); i++) {
        if (img_has(f, 0, magics[i].bytes, magics[i].n)) {
            *least = magics[i].least;
            return magics[i].kind;
        }
    }
    return PXK_IMAGE_UNKNOWN;
}

static bool probe_archive(const struct pxk_rd *f, struct pxk_image *out)
{
    size_t least;
    out->kind = pxk_image_archive_kind(f, &least);
    if (img_len(f) < least)
        pxk_image_short(out, f, least, "the shortest file of this kind");
    return out->kind != PXK_IMAGE_UNKNOWN;
}

static bool probe_pe(const struct pxk_rd *f, struct pxk_image *out)
{
    struct pxk_pe pe;
    if (!img_has(f, 0, "MZ", 2))
        return false;
    out->kind = PXK_IMAGE_PE;
    if (pxk_pe_inspect(f, &pe, out))
        pxk_image_loader_of_pe(f, &pe, out);
    return true;
}

/* iPXE src/image/script.c: the first line must be exactly this and white space. */
static bool probe_ipxe(const struct pxk_rd *f, struct pxk_image *out)
{
    uint64_t n = img_has(f, 0, "#!ipxe", 6) ? 6 : img_has(f, 0, "#!gpxe", 6) ? 6 : 0;
    uint8_t c = img_u8(f, n);
    if (!n || !(c == ' ' || (c >= '\t' && c <= '\r')))
        return false;
    out->kind = PXK_IMAGE_IPXE_SCRIPT;
    return true;
}

/* Control characters that text has: tab, line ends, form feed (help screens), ESC and SI (colours).
 */
static bool is_text_byte(uint8_t c)
{
    return c >= 0x20 ? c != 0x7f : (c >= '\t' && c <= '\r') || c == 0x1b || c == 0x0f || c == 0x1a;
}

static bool is_text(const struct pxk_rd *f)
{
    enum { SAMPLE = 4096 };
    size_t len = img_len(f), n = len < SAMPLE ? len : SAMPLE, high = 0;
    const uint8_t *tail = f->end - n;
    for (size_t i = 0; i < n; i++) {
        if (!is_text_byte(f->base[i]) || !is_text_byte(tail[i]))
            return false;
        high += f->base[i] >= 0x80;
    }
    return high * 2 <= n; /* UTF-8 of any script has its ASCII blanks; packed data is half high */
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool starts_with_tag(const uint8_t *p, const uint8_t *end)
{
    static const char *const tags[] = {"<!doctype html", "<html", "<head",
                                       "<title",         "<body", "<h1"};
    for (size_t i = 0; i < PXK_COUNT(tags); i++) {
        size_t n = strlen(tags[i]), same = 0;
        while (same < n && p + same < end && lower(p[same]) == (uint8_t)tags[i][same])
            same++;
        if (same == n)
            return true;
    }
    return false;
}

/* A saved error page is the commonest "corrupt kernel". A comment or an XML declaration may lead.
 */
static bool is_html(const struct pxk_rd *f)
{
    const uint8_t *p = f->base, *end = f->end;
    if (img_has(f, 0, "\xef\xbb\xbf", 3))
        p += 3;
    for (unsigned leads = 0; leads < 4; leads++) {
        while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
            p++;
        if (starts_with_tag(p, end))
            return true;
        bool lead = end - p > 3 && p[0] == '<' && (p[1] == '?' || memcmp(p, "<!--", 4) == 0);
        const uint8_t *close = lead ? memchr(p, '>', (size_t)(end - p)) : NULL;
        if (!close)
            return false;
        p = close + 1;
    }
    return false;
}

static bool probe_text(const struct pxk_rd *f, struct pxk_image *out)
{
    if (!is_text(f))
        return false;
    out->kind = is_html(f) ? PXK_IMAGE_HTML : PXK_IMAGE_TEXT;
    if (img_has(f, 0, "070707", 6)) {
        out->kind = PXK_IMAGE_CPIO;
        pxk_image_broken(out, "a cpio archive of the old form (070707), which no kernel unpacks");
    }
    return true;
}

void pxk_image_inspect(const void *data, size_t len, struct pxk_image *out)
{
    static bool (*const probes[])(const struct pxk_rd *, struct pxk_image *) = {
        probe_archive, pxk_image_probe_container, pxk_image_probe_kernel,
        probe_pe,      pxk_image_probe_elf,       probe_ipxe,
        probe_text,    pxk_image_probe_nbp,
    };
    struct pxk_rd f = pxk_rd_init(data, len);
    memset(out, 0, sizeof *out);
    if (len == 0) {
        out->kind = PXK_IMAGE_EMPTY;
        return;
    }
    for (size_t i = 0; i < PXK_COUNT(probes); i++) {
        if (probes[i](&f, out))
            return;
    }
}

/* Tables of words. */

const char *pxk_image_kind_key(enum pxk_image_kind kind)
{
    static const char *const key[] = {
#define X(name, k, words) [PXK_IMAGE_##name] = k,
        PXK_IMAGE_KINDS(X)
#undef X
    };
    return (unsigned)kind < PXK_COUNT(key) ? key[kind] : "unknown";
}

const char *pxk_image_kind_words(enum pxk_image_kind kind)
{
    static const char *const text[] = {
#define X(name, k, words) [PXK_IMAGE_##name] = words,
        PXK_IMAGE_KINDS(X)
#undef X
    };
    return (unsigned)kind < PXK_COUNT(text) ? text[kind] : text[PXK_IMAGE_UNKNOWN];
}

const char *pxk_loader_key(enum pxk_loader_id id)
{
    static const char *const key[] = {
#define X(name, k, words) [PXK_LOADER_##name] = k,
        PXK_LOADERS(X)
#undef X
    };
    return (unsigned)id < PXK_COUNT(key) ? key[id] : "none";
}

const char *pxk_loader_words(enum pxk_loader_id id)
{
    static const char *const text[] = {
#define X(name, k, words) [PXK_LOADER_##name] = words,
        PXK_LOADERS(X)
#undef X
    };
    return (unsigned)id < PXK_COUNT(text) ? text[id] : text[PXK_LOADER_NONE];
}
