#include <criterion/criterion.h>
#include <lzma.h>
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#include "make_image.h"

/* newc, by hand. */
static void member(struct blob *b, const char *magic, const char *name, const char *data, size_t n,
                   unsigned check)
{
    char head[111];
    snprintf(head, sizeof head, "%s%08x%08x%08x%08x%08x%08x%08X%08x%08x%08x%08x%08x%08x", magic, 1u,
             0100644u, 0u, 0u, 1u, 0u, (unsigned)n, 0u, 0u, 0u, 0u, (unsigned)strlen(name) + 1,
             check);
    blob_add(b, head, 110);
    blob_add(b, name, strlen(name) + 1);
    blob_zero(b, (4 - (110 + strlen(name) + 1) % 4) % 4);
    blob_add(b, data, n);
    blob_zero(b, (4 - n % 4) % 4);
}

static struct blob archive(void)
{
    struct blob b = {NULL, 0};
    char noise[1501];
    struct pxk_rand r = pxk_rand_init(7);
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)pxk_rand_u32(&r);
    member(&b, "070701", "init", "#!/bin/sh\n", 10, 0);
    member(&b, "070701", "lib/modules/e1000.ko", noise, sizeof noise, 0);
    member(&b, "070701", "etc/hostname", "", 0, 0);
    member(&b, "070701", "TRAILER!!!", "", 0, 0);
    return b;
}

static struct blob pack_gzip(struct blob in)
{
    struct blob out = {malloc(in.n + 1024), in.n + 1024};
    z_stream z;
    memset(&z, 0, sizeof z);
    deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    z.next_in = in.p;
    z.avail_in = (uInt)in.n;
    z.next_out = out.p;
    z.avail_out = (uInt)out.n;
    deflate(&z, Z_FINISH);
    out.n = z.total_out;
    deflateEnd(&z);
    return out;
}

static struct blob pack_xz(struct blob in)
{
    struct blob out = {malloc(in.n + 1024), 0};
    if (lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, in.p, in.n, out.p, &out.n,
                                in.n + 1024) != LZMA_OK)
        abort();
    return out;
}

static struct blob pack_lzma(struct blob in)
{
    struct blob out = {malloc(in.n + 1024), 0};
    lzma_stream s = LZMA_STREAM_INIT;
    lzma_options_lzma opt;
    lzma_lzma_preset(&opt, 0);
    if (lzma_alone_encoder(&s, &opt) != LZMA_OK)
        abort();
    s.next_in = in.p;
    s.avail_in = in.n;
    s.next_out = out.p;
    s.avail_out = in.n + 1024;
    if (lzma_code(&s, LZMA_FINISH) != LZMA_STREAM_END)
        abort();
    out.n = s.total_out;
    lzma_end(&s);
    return out;
}

static struct blob pack_zstd(struct blob in)
{
    struct blob out = {malloc(in.n + 1024), 0};
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    out.n = ZSTD_compress2(c, out.p, in.n + 1024, in.p, in.n);
    ZSTD_freeCCtx(c);
    return out;
}

static struct blob pack_none(struct blob in)
{
    return blob_copy(in.p, in.n);
}

static const struct {
    const char *name;
    struct blob (*pack)(struct blob);
    enum pxk_image_kind kind;
    size_t magic;
} packers[] = {
    {"cpio", pack_none, PXK_IMAGE_CPIO, 6},  {"gzip", pack_gzip, PXK_IMAGE_GZIP, 3},
    {"xz", pack_xz, PXK_IMAGE_XZ, 6},        {"zstd", pack_zstd, PXK_IMAGE_ZSTD, 4},
    {"lzma", pack_lzma, PXK_IMAGE_LZMA, 13},
};

static struct blob packed(size_t i)
{
    struct blob plain = archive(), out = packers[i].pack(plain);
    blob_done(&plain);
    return out;
}

static void is_initrd(const struct pxk_image *i, unsigned members, const char *what)
{
    cr_expect(i->verified, "%s: %s", what, i->why);
    cr_expect_not(i->truncated || i->corrupt, "%s: %s", what, i->why);
    cr_expect(i->holds_cpio && i->has_init, "%s", what);
    cr_expect_eq(i->members, members, "%s has %u", what, i->members);
}

Test(verify, whole_initrds_of_every_packing)
{
    struct blob plain = archive();
    for (size_t k = 0; k < PXK_COUNT(packers); k++) {
        struct blob b = packed(k);
        struct pxk_image i = verify(b.p, b.n);
        cr_assert_eq(i.kind, packers[k].kind, "%s", packers[k].name);
        is_initrd(&i, 3, packers[k].name);
        cr_assert_eq(i.unpacked, plain.n);
        blob_zero(&b, 513); /* padding to a sector or so is fine */
        i = verify(b.p, b.n);
        is_initrd(&i, 3, "padded");
        blob_done(&b);
    }
    blob_done(&plain);
}

Test(verify, no_cut_is_ever_fine_and_none_is_corrupt)
{
    for (size_t k = 0; k < PXK_COUNT(packers); k++) {
        struct blob b = packed(k);
        for (size_t n = 1; n < b.n; n++) {
            struct pxk_image i = verify(b.p, n);
            cr_assert_not(i.verified, "%s cut at %zu of %zu", packers[k].name, n, b.n);
            cr_assert_not(i.corrupt, "%s cut at %zu: %s", packers[k].name, n, i.why);
            if (n >= packers[k].magic)
                cr_assert(i.truncated, "%s cut at %zu of %zu", packers[k].name, n, b.n);
        }
        blob_done(&b);
    }
}

Test(verify, no_changed_byte_is_fine)
{
    for (size_t k = 1; k < PXK_COUNT(packers); k++) {
        struct blob b = packed(k);
        bool is_lzma = packers[k].kind == PXK_IMAGE_LZMA; /* which has no checksum */
        for (size_t n = 13; n < b.n && !is_lzma; n += 3) {
            b.p[n] ^= 0xff; /* whole bytes: deflate has unused bits before a stored block */
            cr_assert_not(verify(b.p, b.n).verified, "%s changed at %zu of %zu", packers[k].name, n,
                          b.n);
            b.p[n] ^= 0xff;
        }
        b.p[b.n / 2] ^= 0xff;
        b.p[b.n / 2 + 1] ^= 0xff;
        cr_assert(verify(b.p, b.n).corrupt || is_lzma);
        blob_done(&b);
    }
}

Test(verify, says_how_far_it_came_and_where_that_is)
{
    struct blob b = packed(1);
    struct pxk_image i = verify(b.p, 1000);
    cr_expect(strstr(i.why, "gzip") && strstr(i.why, "1000 bytes"), "%s", i.why);
    cr_expect(strstr(i.why, "lib/modules/e1000.ko"), "%s", i.why);
    cr_expect_gt(i.unpacked, 0);
    b.p[b.n - 6] ^= 1; /* in the CRC, which is not the same as a cut */
    i = verify(b.p, b.n);
    cr_expect(i.corrupt && !i.truncated);
    cr_expect(strstr(i.why, "check"), "%s", i.why);
    blob_done(&b);
}

Test(verify, early_microcode_before_the_packed_archive)
{
    struct blob early = {NULL, 0}, main_part = packed(1);
    member(&early, "070701", "kernel/x86/microcode/GenuineIntel.bin", "micro", 5, 0);
    member(&early, "070701", "TRAILER!!!", "", 0, 0);
    blob_zero(&early, 512 - early.n % 512);
    size_t start = early.n;
    blob_add(&early, main_part.p, main_part.n);
    struct pxk_image i = verify(early.p, early.n);
    cr_assert_eq(i.kind, PXK_IMAGE_CPIO);
    is_initrd(&i, 4, "two segments");
    for (size_t n = start + 1; n < early.n; n += 7)
        cr_assert(verify(early.p, n).truncated, "cut at %zu", n);
    for (size_t n = 6; n < start - 512; n++)
        cr_assert(verify(early.p, n).truncated, "cut at %zu", n);
    blob_done(&early);
    blob_done(&main_part);
}

Test(verify, segments_that_a_kernel_takes_and_those_it_does_not)
{
    struct blob plain = archive(), b = packed(1), second = packed(3);
    blob_add(&b, second.p, second.n); /* gzip, then zstd */
    struct pxk_image i = verify(b.p, b.n);
    is_initrd(&i, 6, "gzip and zstd");
    blob_add(&b, "some text", 9);
    i = verify(b.p, b.n);
    cr_expect(i.corrupt && strstr(i.why, "no archive"), "%s", i.why);
    blob_done(&b);

    b = packed(1);
    if (b.n % 4 == 0)
        blob_zero(&b, 1);
    blob_add(&b, plain.p, plain.n); /* not at a multiple of 4 */
    cr_expect(verify(b.p, b.n).corrupt);
    blob_done(&b);

    /* One archive over two gzip members: gzip(1) takes it, the kernel does not. */
    struct blob half = {plain.p, 1000}, rest = {plain.p + 1000, plain.n - 1000};
    struct blob one = pack_gzip(half), two = pack_gzip(rest);
    cr_expect(verify(one.p, one.n).truncated, "whole stream, but no trailer in it");
    blob_add(&one, two.p, two.n);
    cr_expect(verify(one.p, one.n).corrupt);
    blob_done(&one);
    blob_done(&two);
    blob_done(&plain);
    blob_done(&second);
}

Test(verify, packed_data_that_is_no_archive_is_whole_too)
{
    struct blob text = blob_copy("not an initrd", 13), b = pack_gzip(text);
    struct pxk_image i = verify(b.p, b.n);
    cr_assert(i.verified);
    cr_assert_not(i.holds_cpio);
    cr_assert_eq(i.unpacked, 13);
    struct blob more = pack_gzip(text);
    blob_add(&b, more.p, more.n); /* RFC 1952: members may follow each other */
    i = verify(b.p, b.n);
    cr_assert(i.verified);
    cr_assert_eq(i.unpacked, 26);
    blob_done(&more);
    blob_done(&b);
    blob_done(&text);
}

/* Each case breaks one byte of the first header. */
Test(verify, cpio_headers_that_cannot_be)
{
    static const struct {
        size_t at;
        const char *bytes;
    } cases[] = {
        {14, "xyz"},                           /* mode */
        {54, "0000000 "},                      /* file size */
        {94, "00000000"},                      /* a name of no bytes */
        {94, "ffffffff"},    {94, "00001001"}, /* longer than a path can be */
        {94, "00000004"},                      /* shorter than the name: no NUL at its end */
        {112, "i\xff\x01x"},                   /* no NUL where the name must end */
    };
    for (size_t c = 0; c < PXK_COUNT(cases); c++) {
        struct blob b = archive();
        memcpy(b.p + cases[c].at, cases[c].bytes, strlen(cases[c].bytes));
        struct pxk_image i = verify(b.p, b.n);
        cr_expect(i.corrupt, "case %zu", c);
        cr_expect(i.why[0]);
        blob_done(&b);
    }
    cr_expect(verify("070707000000000000000000000000000000", 36).corrupt, "old form");
}

Test(verify, cpio_checksums)
{
    struct blob b = {NULL, 0};
    member(&b, "070702", "init", "abc", 3, 'a' + 'b' + 'c');
    member(&b, "070702", "TRAILER!!!", "", 0, 0);
    cr_assert(verify(b.p, b.n).verified);
    b.p[117]++; /* in the data: 110 + "init\0" and padding is 116 */
    cr_assert(verify(b.p, b.n).corrupt);
    blob_done(&b);
}

Test(verify, stops_at_the_bound_and_says_nothing_more)
{
    struct blob zeros = {calloc(1, 20 << 20), 20 << 20};
    for (size_t k = 1; k < PXK_COUNT(packers); k++) {
        struct blob b = packers[k].pack(zeros);
        struct pxk_image i;
        pxk_image_verify(b.p, b.n, 1 << 20, &i);
        cr_expect_not(i.verified || i.truncated || i.corrupt, "%s", packers[k].name);
        cr_expect_leq(i.unpacked, (1 << 20) + (256 << 10));
        pxk_image_verify(b.p, b.n, 20 << 20, &i);
        cr_expect(i.verified && i.unpacked == 20 << 20, "%s", packers[k].name);
        blob_done(&b);
    }
    blob_done(&zeros);
}

Test(verify, what_it_cannot_unpack_it_does_not_judge)
{
    static const char lz4[] = "\x02\x21\x4c\x18\x05\0\0\0abcde\x02\0\0\0xy";
    cr_expect_not(verify(lz4, sizeof lz4 - 1).truncated);
    cr_expect_not(verify(lz4, sizeof lz4 - 1).verified);
    cr_expect(verify(lz4, sizeof lz4 - 2).truncated);
    cr_expect(verify(lz4, 14).truncated);
    cr_expect_not(verify(lz4, 13).truncated); /* between blocks: nothing tells */
    cr_expect(verify("\x02\x21\x4c\x18\xff\xff\xff\x7f...", 11).corrupt);
    struct pxk_image i = verify("BZh91AY&SY\1\2\3\4\5\6\7\x08", 18);
    cr_expect_not(i.verified || i.truncated || i.corrupt);
}

Test(verify, uimage_checksums)
{
    uint8_t u[100] = "\x27\x05\x19\x56";
    memcpy(u + 32, "Linux-6.1", 9);
    memset(u + 64, 'k', 36);
    put32be(u + 12, 36);
    put32be(u + 24, (uint32_t)crc32(0, u + 64, 36));
    put32be(u + 4, (uint32_t)crc32(0, u, 64));
    struct pxk_image i = verify(u, sizeof u);
    cr_expect(i.verified);
    cr_expect_str_eq(i.version, "Linux-6.1");
    cr_expect(verify(u, sizeof u - 1).truncated);
    u[99]++;
    cr_expect(verify(u, sizeof u).corrupt);
    u[33]++;
    cr_expect(look(u, sizeof u).corrupt, "the header has a checksum of its own");
}

Test(verify, other_files_are_inspected_only)
{
    struct blob b = set_file("linux");
    struct pxk_image a = look(b.p, b.n), v = verify(b.p, b.n);
    cr_assert_eq(memcmp(&a, &v, sizeof a), 0);
    cr_assert_not(v.verified);
    blob_done(&b);
}
