#include <criterion/criterion.h>
#include <stdlib.h>

#include "pxk/capfile.h"
#include "samples.h"

/* What a reader made of a file. */
struct result {
    unsigned n, right; /* records; those that are the sample's packet of their number */
    unsigned last;     /* packet that the last one is, counted from 1; 0: none of them */
    enum pxk_err err;
    enum pxk_capformat format;
    struct pxk_cap_counts counts;
    uint64_t at_us[64];
    uint32_t len[64], wire[64], iface[64];
    uint16_t link[64], nano[64];
    char comment[200];
};

static bool is_packet(const struct pxk_cap_record *r, unsigned i)
{
    uint8_t data[256];
    size_t n = sample_packet(i, data);
    const uint8_t *p = r->data;
    size_t len = r->len;
    if (r->link == 197) { /* ERF keeps its header */
        p += 18;
        len -= 18;
    } else if (r->wire != sample_wire(i)) {
        return false;
    }
    return len == n && memcmp(p, data, n) == 0;
}

static void take(struct pxk_capfile *c, struct result *out)
{
    struct pxk_cap_record r;
    while (pxk_capfile_next(c, &r)) {
        cr_assert_eq(r.number, out->n + 1);
        cr_assert_leq(r.len, PXK_CAP_MAX);
        cr_assert_leq(r.len, r.wire);
        for (unsigned i = 0; i < SAMPLE_PACKETS; i++)
            if (is_packet(&r, i)) {
                out->right += i == out->n;
                out->last = i + 1;
            }
        if (out->n < 64) {
            out->at_us[out->n] = r.at;
            out->len[out->n] = r.len;
            out->wire[out->n] = r.wire;
            out->iface[out->n] = r.iface;
            out->link[out->n] = r.link;
            out->nano[out->n] = r.nano;
        }
        size_t pos = 0, len;
        const char *text;
        while ((text = pxk_cap_comment(&r, &pos, &len))) {
            strncat(out->comment, text, len);
            strcat(out->comment, ";");
        }
        out->n++;
    }
}

/* The file in pieces of @piece bytes, each in memory of exactly its size. */
static struct result read_in(const uint8_t *data, size_t len, size_t piece)
{
    struct result out = {0};
    struct pxk_capfile *c;
    cr_assert_eq(pxk_capfile_new(&c), PXK_OK);
    for (size_t at = 0; at < len; at += piece) {
        size_t n = len - at < piece ? len - at : piece;
        uint8_t *copy = malloc(n);
        memcpy(copy, data + at, n);
        pxk_capfile_feed(c, copy, n);
        take(c, &out);
        free(copy);
    }
    pxk_capfile_finish(c);
    take(c, &out);
    out.err = pxk_capfile_error(c);
    out.format = pxk_capfile_format(c);
    out.counts = *pxk_capfile_counts(c);
    pxk_capfile_free(c);
    return out;
}

Test(capfile, every_format_is_read_in_pieces_of_any_size)
{
    static const size_t pieces[] = {SAMPLE_CAP, 1, 2, 3, 7, 16, 61, 100, 333};
    struct sample_file f;
    for (enum sample k = 0; k < SAMPLE_N; k++) {
        sample_make(k, &f);
        for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
            struct result r = read_in(f.data, f.len, pieces[i]);
            cr_assert_eq(r.n, SAMPLE_PACKETS, "%s by %zu: %u", sample_name(k), pieces[i], r.n);
            cr_assert_eq(r.right, SAMPLE_PACKETS, "%s by %zu: %u right", sample_name(k), pieces[i], r.right);
            cr_assert(!r.counts.damaged && !r.counts.skipped && !r.counts.cut, "%s by %zu", sample_name(k), pieces[i]);
            cr_assert_eq(r.counts.bytes, f.len);
            for (unsigned p = 0; p < SAMPLE_PACKETS; p++)
                cr_assert_eq(r.at_us[p], sample_ns(p) / 1000, "%s, packet %u: %lu", sample_name(k), p, r.at_us[p]);
        }
    }
}

Test(capfile, nanoseconds_are_kept_where_a_file_has_them)
{
    static const enum sample with[] = {SAMPLE_PCAP_NS_LE, SAMPLE_PCAP_NS_BE, SAMPLE_NG_LE, SAMPLE_NG_BE, SAMPLE_ERF};
    struct sample_file f;
    for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
        sample_make(with[i], &f);
        cr_assert_eq(read_in(f.data, f.len, f.len).nano[1], 789, "%s", sample_name(with[i]));
    }
}

Test(capfile, a_file_cut_anywhere_gives_all_whole_packets)
{
    struct sample_file f;
    for (enum sample k = 0; k < SAMPLE_N; k++) {
        sample_make(k, &f);
        for (size_t cut = f.record[0]; cut < f.len; cut++) {
            unsigned whole = 0;
            while (f.record[whole + 1] <= cut)
                whole++;
            struct result r = read_in(f.data, cut, cut % 2 ? cut : 100);
            if (k == SAMPLE_ERF && !whole)
                continue; /* half a record of ERF is like any bytes */
            cr_assert_eq(r.n, whole, "%s cut at %zu: %u packets, not %u", sample_name(k), cut, r.n, whole);
            cr_assert_eq(r.right, whole, "%s cut at %zu", sample_name(k), cut);
            cr_assert_eq(r.counts.cut, cut != f.record[whole], "%s cut at %zu", sample_name(k), cut);
        }
    }
}

Test(capfile, a_file_that_ends_in_its_header_is_told)
{
    struct sample_file f;
    for (enum sample k = 0; k < SAMPLE_N; k++) {
        sample_make(k, &f);
        for (size_t cut = 0; cut < f.record[0] && cut < 12; cut++) {
            struct result r = read_in(f.data, cut, 5);
            cr_assert_eq(r.n, 0);
            cr_assert_eq(r.err, PXK_E_TRUNCATED, "%s cut at %zu", sample_name(k), cut);
        }
    }
}

/* The record that is damaged: ERF is recognised by its first two. */
static unsigned victim(enum sample k)
{
    return k == SAMPLE_ERF ? 2 : 1;
}

/* Whatever byte is wrong, and however: nothing is made up before it, and the file goes on behind it. */
Test(capfile, a_wrong_byte_costs_little, .timeout = 60)
{
    static const uint8_t flips[] = {0xff, 0x80, 0x01, 0x10};
    struct sample_file f;
    for (enum sample k = 0; k < SAMPLE_N; k++) {
        sample_make(k, &f);
        for (size_t at = f.record[victim(k)]; at < f.record[victim(k) + 1]; at++)
            for (size_t i = 0; i < sizeof flips; i++) {
                f.data[at] ^= flips[i];
                struct result r = read_in(f.data, f.len, at % 3 ? f.len : 64);
                f.data[at] ^= flips[i];
                if (k == SAMPLE_ERF && at - f.record[2] == 11)
                    continue; /* nothing in ERF shows that a length is too long: what it covers is lost */
                cr_assert_geq(r.n, 3, "%s, byte %zu ^ %x: %u packets", sample_name(k), at - f.record[victim(k)], flips[i], r.n);
                cr_assert_leq(r.n, SAMPLE_PACKETS);
                cr_assert_eq(r.last, SAMPLE_PACKETS, "%s, byte %zu ^ %x: the last packet is %u", sample_name(k),
                             at - f.record[victim(k)], flips[i], r.last);
            }
    }
}

Test(capfile, bytes_that_are_not_there_are_searched_over)
{
    struct sample_file f;
    uint8_t bad[SAMPLE_CAP * 2];
    for (enum sample k = 0; k < SAMPLE_N; k++) {
        sample_make(k, &f);
        /* 37 bytes of packet 1 are lost: only packets 1 and 2 can suffer */
        memcpy(bad, f.data, f.record[1] + 30);
        memcpy(bad + f.record[1] + 30, f.data + f.record[1] + 67, f.len - f.record[1] - 67);
        struct result r = read_in(bad, f.len - 37, f.len);
        cr_assert_geq(r.n, 3, "%s: %u", sample_name(k), r.n);
        cr_assert_eq(r.last, SAMPLE_PACKETS, "%s", sample_name(k));
        cr_assert_eq(r.counts.damaged, 1, "%s: %lu", sample_name(k), r.counts.damaged);
        cr_assert_gt(r.counts.skipped, 0);
        /* and a megabyte of zeros between two packets, as file systems leave after a crash */
        size_t len = f.len + 1000000;
        uint8_t *zeros = calloc(1, len);
        memcpy(zeros, f.data, f.record[2]);
        memcpy(zeros + f.record[2] + 1000000, f.data + f.record[2], f.len - f.record[2]);
        r = read_in(zeros, len, 4096);
        free(zeros);
        cr_assert_eq(r.last, SAMPLE_PACKETS, "%s, zeros: %u packets", sample_name(k), r.n);
        cr_assert_leq(r.n, SAMPLE_PACKETS);
        cr_assert_geq(r.n, SAMPLE_PACKETS - 1);
    }
}

Test(capfile, lying_lengths_take_no_memory_and_no_time, .timeout = 10)
{
    static const uint32_t lies[] = {0, 1, 15, 16, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff, 262145, 262144, 1 << 20, 60u << 20};
    struct sample_file f;
    for (enum sample k = 0; k < SAMPLE_N; k++)
        for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
            for (size_t at = 0; at < 32; at += 4) {
                sample_make(k, &f);
                memcpy(f.data + f.record[victim(k)] + at, &lies[i], 4);
                struct result r = read_in(f.data, f.len, f.len);
                cr_assert_leq(r.n, SAMPLE_PACKETS, "%s", sample_name(k));
                cr_assert_geq(r.n, 1, "%s", sample_name(k));
            }
}

Test(capfile, what_stands_before_a_capture_is_skipped)
{
    struct sample_file f;
    uint8_t all[SAMPLE_CAP + 100];
    const char *motd = "Last login: Sun Nov 22 from 10.0.0.7\r\ntcpdump: listening on eth0\r\n";
    size_t n = strlen(motd);
    for (enum sample k = 0; k < SAMPLE_ERF; k++) {
        sample_make(k, &f);
        memcpy(all, motd, n);
        memcpy(all + n, f.data, f.len);
        struct result r = read_in(all, n + f.len, 50);
        cr_assert_eq(r.right, SAMPLE_PACKETS, "%s", sample_name(k));
        cr_assert_eq(r.counts.skipped, n);
        cr_assert_eq(r.counts.damaged, 1);
    }
}

Test(capfile, what_is_no_capture_is_refused)
{
    static uint8_t noise[200000];
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)((x = x * 1664525u + 1013904223u) >> 24);
    struct result r = read_in(noise, sizeof noise, 4096);
    cr_assert_eq(r.err, PXK_E_FORMAT);
    cr_assert_eq(r.n, 0);
    cr_assert_eq(read_in((const uint8_t *)"", 0, 1).err, PXK_E_TRUNCATED);
    memset(noise, 0, sizeof noise);
    cr_assert_eq(read_in(noise, sizeof noise, sizeof noise).err, PXK_E_FORMAT);
}

Test(capfile, pcap_files_behind_one_another_are_one)
{
    struct sample_file a, b;
    uint8_t all[2 * SAMPLE_CAP];
    sample_make(SAMPLE_PCAP_LE, &a);
    sample_make(SAMPLE_PCAP_NS_BE, &b);
    memcpy(all, a.data, a.len);
    memcpy(all + a.len, b.data, b.len);
    for (size_t piece = 1; piece < 200; piece += 33) {
        struct result r = read_in(all, a.len + b.len, piece);
        cr_assert_eq(r.n, 2 * SAMPLE_PACKETS, "by %zu: %u", piece, r.n);
        cr_assert_eq(r.at_us[SAMPLE_PACKETS], sample_ns(0) / 1000);
        cr_assert_eq(r.iface[SAMPLE_PACKETS], 1);
        cr_assert_eq(r.counts.damaged, 0);
    }
}

Test(capfile, a_writer_that_tells_no_length_on_the_wire_is_read)
{
    struct sample_file f;
    sample_make(SAMPLE_PCAP_LE, &f);
    for (unsigned i = 0; i < SAMPLE_PACKETS; i++)
        memset(f.data + f.record[i] + 12, 0, 4);
    struct pxk_wr w = pxk_wr_init(f.data + 6, 2);
    pxk_wr_le16(&w, 4);
    struct result r = read_in(f.data, f.len, f.len);
    cr_assert_eq(r.n, SAMPLE_PACKETS);
    cr_assert_eq(r.wire[1], r.len[1]);
}

Test(capfile, old_pcap_has_its_lengths_the_other_way_round)
{
    struct sample_file f;
    uint8_t tmp[4];
    sample_make(SAMPLE_PCAP_LE, &f);
    f.data[6] = 2; /* version 2.2 */
    for (unsigned i = 0; i < SAMPLE_PACKETS; i++) {
        uint8_t *p = f.data + f.record[i];
        memcpy(tmp, p + 8, 4);
        memcpy(p + 8, p + 12, 4);
        memcpy(p + 12, tmp, 4);
    }
    cr_assert_eq(read_in(f.data, f.len, 50).right, SAMPLE_PACKETS);
}

/* ---- pcapng ---- */

struct ng {
    uint8_t data[SAMPLE_CAP];
    struct pxk_wr w;
};

static void ng_init(struct ng *g, bool big)
{
    g->w = pxk_wr_init(g->data, sizeof g->data);
    put_section(&g->w, big);
}

static struct result ng_read(const struct ng *g)
{
    cr_assert_eq(g->w.err, PXK_OK);
    return read_in(g->data, pxk_wr_len(&g->w), 77);
}

static const uint8_t bytes[64] = {1, 2, 3, 4, 5};

Test(pcapng, sections_have_interfaces_and_byte_order_of_their_own)
{
    struct ng g;
    ng_init(&g, false);
    put_iface(&g.w, false, 1, 0, NULL, 0);
    put_iface(&g.w, false, 276, 0, NULL, 0);
    put_packet(&g.w, false, 1, 1000000, bytes, 60, 60, NULL, 0);
    put_section(&g.w, true);
    put_iface(&g.w, true, 113, 0, NULL, 0);
    put_packet(&g.w, true, 0, 2000000, bytes, 61, 61, NULL, 0);
    put_packet(&g.w, true, 1, 3000000, bytes, 62, 62, NULL, 0); /* not in this section */
    struct result r = ng_read(&g);
    cr_assert_eq(r.n, 2);
    cr_assert_eq(r.link[0], 276);
    cr_assert_eq(r.link[1], 113);
    cr_assert_eq(r.iface[0], 1);
    cr_assert_eq(r.iface[1], 2);
    cr_assert_eq(r.at_us[1], 2000000);
    cr_assert_eq(r.counts.damaged, 1);
}

Test(pcapng, times_of_any_unit_become_microseconds)
{
    static const struct {
        uint8_t resolution;
        int64_t offset;
        uint64_t ticks, us;
    } rows[] = {
        {6, 0, 1700000000123456, 1700000000123456},
        {3, 0, 1700000000123, 1700000000123000},
        {0, 0, 1700000000, 1700000000000000},
        {9, 0, 1700000000123456789, 1700000000123456},
        {12, 0, 5000000000000, 5000000},
        {0x80 | 20, 0, (uint64_t)7 << 20 | 1 << 19, 7500000},
        {0x80 | 63, 0, (uint64_t)1 << 63, 1000000},
        {0x80 | 127, 0, UINT64_MAX, 0},
        {127, 0, UINT64_MAX, 0},
        {6, 1000, 5, 1000000005},
        {6, -1, 3000000, 2000000},
        {6, -5, 3000000, 3000000},              /* before 1970: not believed */
        {6, INT64_MIN, 3000000, 3000000},
        {6, INT64_MAX, 3000000, 3000000},
        {0, 0, UINT64_MAX, 0},                  /* no such year */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ng g;
        uint8_t options[24];
        struct pxk_wr o = pxk_wr_init(options, sizeof options);
        put16(&o, false, 9);
        put16(&o, false, 1);
        pxk_wr_le32(&o, rows[i].resolution);
        put16(&o, false, 14);
        put16(&o, false, 8);
        pxk_wr_le64(&o, (uint64_t)rows[i].offset);
        ng_init(&g, false);
        put_iface(&g.w, false, 1, 0, options, pxk_wr_len(&o));
        put_packet(&g.w, false, 0, rows[i].ticks, bytes, 60, 60, NULL, 0);
        struct result r = ng_read(&g);
        cr_assert_eq(r.n, 1);
        cr_assert_eq(r.at_us[0], rows[i].us, "row %zu: %lu", i, r.at_us[0]);
    }
}

Test(pcapng, other_packet_blocks_and_blocks_of_others)
{
    struct ng g;
    uint8_t body[128] = {0};
    ng_init(&g, false);
    put_iface(&g.w, false, 1, 40, NULL, 0);
    put_packet(&g.w, false, 0, 1000000, bytes, 40, 60, NULL, 0);
    put_block(&g.w, false, 10, body, 100);         /* secrets */
    put_block(&g.w, false, 0x40000bad, body, 20);  /* custom */
    struct pxk_wr b = pxk_wr_init(body, sizeof body);
    pxk_wr_le32(&b, 60);                           /* simple packet: length on the wire, data up to the snap length */
    pxk_wr_bytes(&b, bytes, 40);
    put_block(&g.w, false, 3, body, pxk_wr_len(&b));
    b = pxk_wr_init(body, sizeof body);            /* the obsolete packet block */
    pxk_wr_le16(&b, 0);
    pxk_wr_le16(&b, 5);
    pxk_wr_le32(&b, 0);
    pxk_wr_le32(&b, 7);
    pxk_wr_le32(&b, 33);
    pxk_wr_le32(&b, 44);
    pxk_wr_bytes(&b, bytes, 33);
    put_block(&g.w, false, 2, body, pxk_wr_len(&b));
    b = pxk_wr_init(body, sizeof body);            /* statistics: 3 dropped by the interface, 4 by the system */
    pxk_wr_le32(&b, 0);
    pxk_wr_le64(&b, 0);
    for (uint16_t code = 5; code <= 7; code += 2) {
        pxk_wr_le16(&b, code);
        pxk_wr_le16(&b, 8);
        pxk_wr_le64(&b, code == 5 ? 3 : 4);
    }
    put_block(&g.w, false, 5, body, pxk_wr_len(&b));
    struct result r = ng_read(&g);
    cr_assert_eq(r.n, 3);
    cr_assert_eq(r.len[1], 40);
    cr_assert_eq(r.wire[1], 60);
    cr_assert_eq(r.at_us[1], 1000000, "a simple packet has the time of the one before");
    cr_assert_eq(r.len[2], 33);
    cr_assert_eq(r.wire[2], 44);
    cr_assert_eq(r.at_us[2], 7);
    cr_assert_eq(r.counts.dropped, 7);
    cr_assert_eq(r.counts.damaged, 0);
}

Test(pcapng, comments_are_found_in_either_byte_order)
{
    for (int big = 0; big < 2; big++) {
        struct ng g;
        uint8_t options[64];
        struct pxk_wr o = pxk_wr_init(options, sizeof options);
        static const char *const texts[] = {"one", "other"};
        for (int i = 0; i < 2; i++) {
            put16(&o, big, 1);
            put16(&o, big, (uint16_t)strlen(texts[i]));
            pxk_wr_str(&o, texts[i]);
            pxk_wr_zero(&o, (4 - strlen(texts[i]) % 4) % 4);
        }
        put16(&o, big, 1);
        put16(&o, big, 60000); /* longer than its block */
        ng_init(&g, big);
        put_iface(&g.w, big, 1, 0, NULL, 0);
        put_packet(&g.w, big, 0, 1000000, bytes, 61, 61, options, pxk_wr_len(&o));
        cr_assert_str_eq(ng_read(&g).comment, "one;other;");
    }
}

Test(pcapng, endless_interfaces_are_bounded)
{
    enum { N = PXK_CAP_IFACES_MAX + 10 };
    static uint8_t data[N * 24];
    struct pxk_wr w = pxk_wr_init(data, sizeof data);
    put_section(&w, false);
    for (unsigned i = 0; i < N - 4; i++)
        put_iface(&w, false, 1, 0, NULL, 0);
    struct result r = read_in(data, pxk_wr_len(&w), 1000);
    cr_assert_eq(r.err, PXK_OK);
    cr_assert_eq(r.counts.damaged, N - 4 - PXK_CAP_IFACES_MAX);
}

Test(capfile, drops_that_files_tell_are_counted)
{
    struct sample_file f;
    sample_make(SAMPLE_SNOOP, &f);
    cr_assert_eq(read_in(f.data, f.len, 64).counts.dropped, SAMPLE_PACKETS - 1);
    sample_make(SAMPLE_ERF, &f);
    cr_assert_eq(read_in(f.data, f.len, 64).counts.dropped, SAMPLE_PACKETS);
}
