#include "unpack.h"

#include <archive.h>
#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "pxk/base.h"

#define XZ_MEMORY ((uint64_t)256 << 20) /* a dictionary of xz -9 has 64 MiB */

struct backend {
    const char *magic;
    size_t magic_n;
    bool (*begin)(struct unpack *u);
    /** Takes from u->in, gives to @out: how many bytes, or UNPACK_END (so far), or UNPACK_FAILED. */
    ssize_t (*step)(struct unpack *u, uint8_t *out, size_t cap);
    void (*done)(struct unpack *u);
};

struct unpack {
    const struct backend *backend;
    unpack_more *more;
    void *ctx;
    const uint8_t *in; /* packed bytes not taken yet */
    size_t in_n;
    bool full;         /* the last step filled its buffer: there may be more */
    bool between;      /* at the end of a stream: here a file may end, or another stream begin */
    bool over;         /* what follows is none: ignored, as the usual tools do */
    union {
        z_stream gzip;
        ZSTD_DStream *zstd;
        lzma_stream xz;
        struct archive *archive;
    };
    char why[120];
};

static ssize_t failed(struct unpack *u, const char *why)
{
    (void)pxk_str_copy(u->why, sizeof u->why, why);
    return UNPACK_FAILED;
}

static void took(struct unpack *u, size_t left)
{
    u->in += u->in_n - left;
    u->in_n = left;
}

/* ---- gzip (RFC 1952); members may follow one another ---- */

static bool gzip_begin(struct unpack *u)
{
    return inflateInit2(&u->gzip, 15 + 16) == Z_OK; /* 16: with gzip's header */
}

static ssize_t gzip_step(struct unpack *u, uint8_t *out, size_t cap)
{
    if (u->between) {
        u->over = *u->in != 0x1f || inflateReset(&u->gzip) != Z_OK;
        u->between = u->over;
        if (u->over)
            return UNPACK_END;
    }
    u->gzip.next_in = (Bytef *)(uintptr_t)u->in; /* zlib takes no const, and writes nothing there */
    u->gzip.avail_in = (uInt)u->in_n;
    u->gzip.next_out = out;
    u->gzip.avail_out = (uInt)cap;
    int status = inflate(&u->gzip, Z_NO_FLUSH);
    took(u, u->gzip.avail_in);
    u->between = status == Z_STREAM_END;
    size_t made = cap - u->gzip.avail_out;
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR && !made)
        return failed(u, "its compressed data (gzip) are damaged");
    return (ssize_t)made;
}

static void gzip_done(struct unpack *u)
{
    (void)inflateEnd(&u->gzip);
}

/* ---- zstd (RFC 8878); frames may follow one another ---- */

static bool zstd_begin(struct unpack *u)
{
    u->zstd = ZSTD_createDStream();
    return u->zstd && !ZSTD_isError(ZSTD_initDStream(u->zstd));
}

static ssize_t zstd_step(struct unpack *u, uint8_t *out, size_t cap)
{
    ZSTD_inBuffer from = {u->in, u->in_n, 0};
    ZSTD_outBuffer to = {out, cap, 0};
    size_t status = ZSTD_decompressStream(u->zstd, &to, &from);
    took(u, u->in_n - from.pos);
    u->between = status == 0;
    if (ZSTD_isError(status))
        return failed(u, "its compressed data (zstd) are damaged");
    return (ssize_t)to.pos;
}

static void zstd_done(struct unpack *u)
{
    (void)ZSTD_freeDStream(u->zstd);
}

/* ---- xz; streams may follow one another ---- */

static bool xz_begin(struct unpack *u)
{
    u->xz = (lzma_stream)LZMA_STREAM_INIT;
    return lzma_stream_decoder(&u->xz, XZ_MEMORY, 0) == LZMA_OK;
}

static ssize_t xz_step(struct unpack *u, uint8_t *out, size_t cap)
{
    if (u->between) {
        lzma_end(&u->xz);
        u->between = false;
        if (!xz_begin(u))
            return failed(u, "out of memory");
    }
    u->xz.next_in = u->in;
    u->xz.avail_in = u->in_n;
    u->xz.next_out = out;
    u->xz.avail_out = cap;
    lzma_ret status = lzma_code(&u->xz, LZMA_RUN);
    took(u, u->xz.avail_in);
    u->between = status == LZMA_STREAM_END;
    size_t made = cap - u->xz.avail_out;
    if (status == LZMA_MEMLIMIT_ERROR)
        return failed(u, "unpacking it takes more than 256 MiB of memory");
    if (status != LZMA_OK && status != LZMA_STREAM_END && status != LZMA_BUF_ERROR && !made)
        return failed(u, "its compressed data (xz) are damaged");
    return (ssize_t)made;
}

static void xz_done(struct unpack *u)
{
    lzma_end(&u->xz);
}

/* ---- the others: libarchive asks for its bytes itself ---- */

static la_ssize_t archive_more(struct archive *a, void *ctx, const void **out)
{
    struct unpack *u = ctx;
    const uint8_t *p = NULL;
    ssize_t n = u->more(u->ctx, true, &p);
    *out = p;
    if (n < 0)
        archive_set_error(a, errno, "it cannot be read: %s", strerror(errno));
    return n < 0 ? -1 : n;
}

static bool archive_begin(struct unpack *u)
{
    u->archive = archive_read_new();
    return u->archive && archive_read_support_filter_bzip2(u->archive) >= ARCHIVE_WARN &&
           archive_read_support_filter_lz4(u->archive) >= ARCHIVE_WARN && archive_read_support_format_raw(u->archive) == ARCHIVE_OK;
}

static ssize_t archive_failed(struct unpack *u)
{
    const char *why = archive_error_string(u->archive);
    return failed(u, why ? why : "it cannot be unpacked");
}

static ssize_t archive_step(struct unpack *u, uint8_t *out, size_t cap)
{
    struct archive_entry *entry;
    if (!u->between) {
        u->between = true; /* where such a file may end only the library knows */
        if (archive_read_open(u->archive, u, NULL, archive_more, NULL) != ARCHIVE_OK ||
            archive_read_next_header(u->archive, &entry) != ARCHIVE_OK)
            return archive_failed(u);
    }
    la_ssize_t n = archive_read_data(u->archive, out, cap);
    u->over = n == 0;
    return n < 0 ? archive_failed(u) : n;
}

static void archive_done(struct unpack *u)
{
    if (u->archive)
        (void)archive_read_free(u->archive); /* it was only read */
}

static const struct backend backends[] = {
    {"\x1f\x8b\x08", 3, gzip_begin, gzip_step, gzip_done},
    {"\x28\xb5\x2f\xfd", 4, zstd_begin, zstd_step, zstd_done},
    {"\xfd" "7zXZ\0", 6, xz_begin, xz_step, xz_done},
    {"BZh", 3, archive_begin, archive_step, archive_done},
    {"\x04\x22\x4d\x18", 4, archive_begin, archive_step, archive_done},
};

static const struct backend *backend_find(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++)
        if (n >= backends[i].magic_n && memcmp(p, backends[i].magic, backends[i].magic_n) == 0)
            return &backends[i];
    return NULL;
}

bool unpack_knows(const uint8_t *p, size_t n)
{
    return backend_find(p, n) != NULL;
}

struct unpack *unpack_new(const uint8_t *p, size_t n, unpack_more *more, void *ctx)
{
    struct unpack *u = calloc(1, sizeof *u);
    if (!u)
        return NULL;
    u->backend = backend_find(p, n);
    u->more = more;
    u->ctx = ctx;
    if (u->backend && u->backend->begin(u))
        return u;
    return unpack_free(u);
}

struct unpack *unpack_free(struct unpack *u)
{
    if (u && u->backend)
        u->backend->done(u);
    free(u);
    return NULL;
}

bool unpack_pending(const struct unpack *u)
{
    return u->full || u->in_n > 0;
}

const char *unpack_why(const struct unpack *u)
{
    return u->why;
}

ssize_t unpack_read(struct unpack *u, uint8_t *out, size_t cap)
{
    if (u->backend->step != archive_step && !u->over && !unpack_pending(u)) {
        ssize_t n = u->more(u->ctx, false, &u->in);
        if (n == UNPACK_END)
            return u->between ? UNPACK_END : failed(u, "its compressed data end too early: it was cut");
        if (n < 0)
            return n == UNPACK_FAILED ? failed(u, strerror(errno)) : n;
        u->in_n = (size_t)n;
    }
    if (u->over)
        return UNPACK_END;
    ssize_t n = u->backend->step(u, out, cap);
    u->full = n == (ssize_t)cap;
    return n == UNPACK_END && !u->over ? UNPACK_AGAIN : n;
}
