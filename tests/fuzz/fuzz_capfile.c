/* Any capture file, in pieces of any size: reading ends, records lie inside what was fed, memory stays bounded, and the size of the
 * pieces makes no difference. The first byte of the input is the size of the pieces, in steps that grow. */
#include <stdlib.h>

#include "pxk/capfile.h"
#include "pxk/pcapng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool ok)
{
    if (!ok)
        abort();
}

struct sum {
    uint64_t n, hash;
};

static void take(struct pxk_capfile *c, struct sum *sum)
{
    static uint8_t room[PXK_NG_PACKET_ROOM];
    struct pxk_cap_record r;
    while (pxk_capfile_next(c, &r)) {
        check(r.number == ++sum->n && r.len <= r.wire && r.len <= PXK_CAP_MAX && r.nano < 1000);
        check(r.iface < pxk_capfile_ifaces(c));
        sum->hash = pxk_hash(sum->hash, r.data, r.len); /* reads every byte */
        sum->hash = pxk_hash(sum->hash, &r.at, sizeof r.at);
        size_t pos = 0, text_len;
        for (const char *t; (t = pxk_cap_comment(&r, &pos, &text_len));)
            sum->hash = pxk_hash(sum->hash, t, text_len);
        struct pxk_wr w = pxk_wr_init(room, sizeof room);
        pxk_ng_packet(&w, 0, &r, NULL, 0);
        check(w.err == PXK_OK);
    }
}

static struct sum read_in(const uint8_t *data, size_t len, size_t piece)
{
    struct sum sum = {0, PXK_HASH_BEGIN};
    struct pxk_capfile *c;
    if (pxk_capfile_new(&c) != PXK_OK)
        return sum;
    for (size_t at = 0; at < len; at += piece) {
        size_t n = len - at < piece ? len - at : piece;
        uint8_t *copy = malloc(n); /* of its exact size, and gone before the next */
        check(copy != NULL);
        memcpy(copy, data + at, n);
        pxk_capfile_feed(c, copy, n);
        take(c, &sum);
        free(copy);
    }
    pxk_capfile_finish(c);
    take(c, &sum);
    const struct pxk_cap_counts *counts = pxk_capfile_counts(c);
    check(counts->bytes == len && counts->records == sum.n && counts->skipped <= len);
    pxk_capfile_free(c);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (!len)
        return 0;
    size_t piece = 1 + (size_t)data[0] * data[0];
    struct sum whole = read_in(data + 1, len - 1, len), parts = read_in(data + 1, len - 1, piece);
    check(whole.n == parts.n && whole.hash == parts.hash);
    return 0;
}
