/* Streaming decoders under one roof: input in one piece (it is in memory anyway), output in pieces
 * of 256 KiB, so that memory stays bounded whatever a file unpacks to. RFC 1952, the xz file
 * format 1.1, RFC 8878 (zstd), the LZMA SDK's lzma.txt, linux lib/decompress_unlz4.c. */
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "inspect_int.h"

#define PIECE          (256u << 10)
#define WINDOW_LOG_MAX 27           /* 128 MiB, which is also the kernel's bound for zstd */
#define XZ_MEMORY_MAX  (144u << 20) /* a dictionary of 128 MiB and the decoder */
#define LZ4_BLOCK_MAX  (8u << 20)   /* lz4 -l cuts into blocks of 8 MiB, larger if incompressible */

struct job {
    const uint8_t *in;
    size_t len;
    uint8_t *piece;
    pxk_unpack_sink sink;
    void *ctx;
    struct pxk_unpack *out;
};

static bool drain(const struct job *j, size_t n)
{
    return n == 0 || j->sink(j->ctx, j->piece, n);
}

static enum pxk_unpack_end gzip_end(int rc, const z_stream *z, struct pxk_unpack *out)
{
    switch (rc) {
    case Z_STREAM_END:
        return PXK_UNPACK_WHOLE;
    case Z_BUF_ERROR: /* no progress with all input given and room for output */
        return PXK_UNPACK_SHORT;
    case Z_MEM_ERROR:
        return PXK_UNPACK_IMPOSSIBLE;
    default:
        out->why = z->msg ? z->msg : "not a gzip stream";
        return PXK_UNPACK_BAD;
    }
}

static enum pxk_unpack_end unpack_gzip(const struct job *j)
{
    enum { FEED = 1 << 30 }; /* zlib counts in unsigned int */
    z_stream z;
    memset(&z, 0, sizeof z);
    if (inflateInit2(&z, 15 + 16) != Z_OK)
        return PXK_UNPACK_IMPOSSIBLE;
    size_t fed = 0;
    enum pxk_unpack_end end = PXK_UNPACK_STOPPED;
    for (;;) {
        if (z.avail_in == 0 && fed < j->len) {
            z.next_in = (z_const Bytef *)(uintptr_t)(j->in + fed); /* zlib does not write there */
            z.avail_in = j->len - fed < FEED ? (uInt)(j->len - fed) : FEED;
            fed += z.avail_in;
        }
        z.next_out = j->piece;
        z.avail_out = PIECE;
        int rc = inflate(&z, Z_NO_FLUSH);
        if (!drain(j, PIECE - z.avail_out))
            break;
        if (rc != Z_OK) {
            end = gzip_end(rc, &z, j->out);
            break;
        }
    }
    j->out->used = fed - z.avail_in;
    (void)inflateEnd(&z); /* its result only tells of unread input */
    return end;
}

static enum pxk_unpack_end xz_end(lzma_ret rc, struct pxk_unpack *out)
{
    switch (rc) {
    case LZMA_STREAM_END:
        return PXK_UNPACK_WHOLE;
    case LZMA_BUF_ERROR:
        return PXK_UNPACK_SHORT;
    case LZMA_DATA_ERROR:
        out->why = "compressed data or checksum is wrong";
        return PXK_UNPACK_BAD;
    case LZMA_FORMAT_ERROR:
        out->why = "wrong header";
        return PXK_UNPACK_BAD;
    default: /* memory, memory limit, a filter or check that this liblzma lacks */
        return PXK_UNPACK_IMPOSSIBLE;
    }
}

static enum pxk_unpack_end unpack_lzma(const struct job *j, bool xz)
{
    lzma_stream s = LZMA_STREAM_INIT;
    lzma_ret rc =
        xz ? lzma_stream_decoder(&s, XZ_MEMORY_MAX, 0) : lzma_alone_decoder(&s, XZ_MEMORY_MAX);
    if (rc != LZMA_OK)
        return PXK_UNPACK_IMPOSSIBLE;
    enum pxk_unpack_end end = PXK_UNPACK_STOPPED;
    s.next_in = j->in;
    s.avail_in = j->len;
    for (;;) {
        s.next_out = j->piece;
        s.avail_out = PIECE;
        rc = lzma_code(&s, LZMA_RUN);
        if (!drain(j, PIECE - s.avail_out))
            break;
        if (rc != LZMA_OK) {
            end = xz_end(rc, j->out);
            break;
        }
    }
    j->out->used = j->len - s.avail_in;
    lzma_end(&s);
    return end;
}

static enum pxk_unpack_end zstd_error(size_t rc, struct pxk_unpack *out)
{
    ZSTD_ErrorCode code = ZSTD_getErrorCode(rc);
    if (code == ZSTD_error_frameParameter_windowTooLarge || code == ZSTD_error_memory_allocation ||
        code == ZSTD_error_frameParameter_unsupported || code == ZSTD_error_dictionary_wrong)
        return PXK_UNPACK_IMPOSSIBLE;
    out->why = ZSTD_getErrorString(code);
    return PXK_UNPACK_BAD;
}

static enum pxk_unpack_end unpack_zstd(const struct job *j)
{
    ZSTD_DStream *z = ZSTD_createDStream();
    if (!z || ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
        (void)ZSTD_freeDStream(z);
        return PXK_UNPACK_IMPOSSIBLE;
    }
    ZSTD_inBuffer in = {j->in, j->len, 0};
    enum pxk_unpack_end end = PXK_UNPACK_STOPPED;
    for (;;) {
        ZSTD_outBuffer piece = {j->piece, PIECE, 0};
        size_t before = in.pos, rc = ZSTD_decompressStream(z, &piece, &in);
        if (ZSTD_isError(rc)) {
            end = zstd_error(rc, j->out);
            break;
        }
        if (!drain(j, piece.pos))
            break;
        if (rc == 0) {
            end = PXK_UNPACK_WHOLE;
            break;
        }
        if (in.pos == in.size && piece.pos < piece.size && (piece.pos == 0 || in.pos == before)) {
            end = PXK_UNPACK_SHORT;
            break;
        }
    }
    j->out->used = in.pos;
    (void)ZSTD_freeDStream(z); /* never fails */
    return end;
}

/* The legacy form has no end marker and no checksum, only the sizes of its blocks. A size that is
 * the magic again starts another stream; 0 is padding. */
static enum pxk_unpack_end walk_lz4(const struct job *j)
{
    struct pxk_rd r = pxk_rd_init(j->in, j->len);
    if (pxk_rd_le32(&r) != 0x184c2102)
        return PXK_UNPACK_IMPOSSIBLE; /* the frame format, which kernels do not take */
    while (pxk_rd_left(&r) > 0) {
        uint32_t size = pxk_rd_le32(&r);
        if (r.err == PXK_OK && size == 0x184c2102)
            continue;
        if (size == 0 && r.err == PXK_OK)
            break;
        if (size > LZ4_BLOCK_MAX + LZ4_BLOCK_MAX / 255 + 16) {
            j->out->why = "a block larger than 8 MiB";
            return PXK_UNPACK_BAD;
        }
        (void)pxk_rd_take(&r, size);
        if (r.err != PXK_OK) {
            j->out->used = j->len;
            return PXK_UNPACK_SHORT;
        }
    }
    return PXK_UNPACK_IMPOSSIBLE;
}

static enum pxk_unpack_end unpack(enum pxk_image_kind kind, const struct job *j)
{
    if (kind == PXK_IMAGE_GZIP)
        return unpack_gzip(j);
    if (kind == PXK_IMAGE_XZ || kind == PXK_IMAGE_LZMA)
        return unpack_lzma(j, kind == PXK_IMAGE_XZ);
    if (kind == PXK_IMAGE_ZSTD)
        return unpack_zstd(j);
    return kind == PXK_IMAGE_LZ4 ? walk_lz4(j) : PXK_UNPACK_IMPOSSIBLE;
}

enum pxk_unpack_end pxk_image_unpack(enum pxk_image_kind kind, const uint8_t *in, size_t len,
                                     pxk_unpack_sink sink, void *ctx, struct pxk_unpack *out)
{
    *out = (struct pxk_unpack){0, NULL};
    uint8_t *piece = malloc(PIECE);
    if (!piece)
        return PXK_UNPACK_IMPOSSIBLE;
    const struct job j = {in, len, piece, sink, ctx, out};
    enum pxk_unpack_end end = unpack(kind, &j);
    free(piece);
    return end;
}
