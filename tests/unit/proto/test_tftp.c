/* TFTP: golden request bodies of real clients, option ranges at, below and above, truncation at every byte. */
#include "packet.h"
#include "pxk/proto/tftp.h"

static struct pxk_tftp decode_ok(const void *data, size_t len)
{
    struct pxk_tftp t;
    cr_assert_eq(pxk_tftp_decode(data, len, &t), PXK_OK);
    return t;
}
#define RRQ(text) decode_ok("\0\1" text, sizeof("\0\1" text) - 1)

static void number_is(const struct pxk_tftp *t, enum pxk_tftp_opt_id id, uint64_t want)
{
    const struct pxk_tftp_opt *o = pxk_tftp_find(t, id);
    cr_assert_not_null(o, "no %s", pxk_tftp_opt_word(id));
    cr_assert(o->is_number && o->in_range && o->number == want, "%s", pxk_tftp_opt_word(id));
}

Test(tftp, request_bodies_of_real_clients)
{
    struct pxk_tftp t = RRQ("pxelinux.0\0octet\0blksize\0" "1432\0tsize\0" "0\0");
    cr_assert_str_eq(t.file, "pxelinux.0");
    cr_assert_str_eq(t.mode, "octet");
    cr_assert(t.op == PXK_TFTP_RRQ && t.opt_n == 2 && !t.opts_cut);
    cr_assert_eq(t.opt[0].id, PXK_TFTP_OPT_BLKSIZE, "in the order sent");
    number_is(&t, PXK_TFTP_OPT_BLKSIZE, 1432);
    number_is(&t, PXK_TFTP_OPT_TSIZE, 0);
    t = RRQ("a\0octet\0tsize\0" "0\0blksize\0" "1456\0windowsize\0" "4\0msftwindow\0" "31416\0");
    cr_assert_eq(t.opt_n, 4);
    number_is(&t, PXK_TFTP_OPT_WINDOWSIZE, 4);
    number_is(&t, PXK_TFTP_OPT_MSFTWINDOW, 31416);
    t = RRQ("bootcode.bin\0octet\0");
    cr_assert(t.opt_n == 0 && !t.opts_cut);
}

Test(tftp, write_requests_and_odd_names)
{
    struct pxk_tftp t = decode_ok("\0\2x\0NetASCII\0", 13);
    cr_assert_eq(t.op, PXK_TFTP_WRQ);
    cr_assert_str_eq(t.mode, "NetASCII");
    t = RRQ("\0\0");
    cr_assert(!*t.file && !*t.mode);
    t = RRQ("\\Boot\\BCD\0octet\0");
    cr_assert_str_eq(t.file, "\\Boot\\BCD");
}

Test(tftp, option_names_are_case_insensitive)
{
    struct pxk_tftp t = RRQ("a\0octet\0BLKSIZE\0" "8\0TSize\0" "7\0");
    number_is(&t, PXK_TFTP_OPT_BLKSIZE, 8);
    number_is(&t, PXK_TFTP_OPT_TSIZE, 7);
    cr_assert_str_eq(t.opt[0].name, "BLKSIZE", "as it was sent");
}

Test(tftp, ranges)
{
    static const struct {
        const char *name, *value;
        bool number, in_range;
    } want[] = {
        {"blksize", "7", true, false},        {"blksize", "8", true, true},
        {"blksize", "65464", true, true},     {"blksize", "65465", true, false},
        {"timeout", "0", true, false},        {"timeout", "1", true, true},
        {"timeout", "255", true, true},       {"timeout", "256", true, false},
        {"windowsize", "0", true, false},     {"windowsize", "1", true, true},
        {"windowsize", "65535", true, true},  {"windowsize", "65536", true, false},
        {"rollover", "1", true, true},        {"rollover", "2", true, false},
        {"tsize", "0", true, true},           {"tsize", "18446744073709551615", true, true},
        {"tsize", "18446744073709551616", false, false},
        {"tsize", "99999999999999999999999999", false, false},
        {"tsize", "00000000000000000000000000012", true, true},
        {"tsize", "-1", false, false},        {"tsize", "+1", false, false},
        {"tsize", " 1", false, false},        {"tsize", "1 ", false, false},
        {"tsize", "0x10", false, false},      {"tsize", "", false, false},
        {"multicast", "", false, false},      {"password", "12", true, false},
    };
    for (size_t i = 0; i < PXK_COUNT(want); i++) {
        uint8_t buf[128];
        struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
        pxk_tftp_write_request(&w, PXK_TFTP_RRQ, "f", "octet");
        pxk_wr_strz(&w, want[i].name);
        pxk_wr_strz(&w, want[i].value);
        struct pxk_tftp t = decode_ok(buf, pxk_wr_len(&w));
        cr_assert_eq(t.opt_n, 1);
        cr_assert_eq(t.opt[0].is_number, want[i].number, "%s %s", want[i].name, want[i].value);
        cr_assert_eq(t.opt[0].in_range, want[i].in_range, "%s %s", want[i].name, want[i].value);
    }
}

Test(tftp, unknown_and_repeated_options)
{
    struct pxk_tftp t = RRQ("a\0octet\0foo\0bar\0blksize\0" "512\0blksize\0" "1024\0");
    cr_assert_eq(t.opt_n, 3);
    cr_assert_eq(t.opt[0].id, PXK_TFTP_OPT_UNKNOWN);
    cr_assert_str_eq(t.opt[0].value, "bar");
    number_is(&t, PXK_TFTP_OPT_BLKSIZE, 512);
    cr_assert_null(pxk_tftp_find(&t, PXK_TFTP_OPT_TSIZE));
}

Test(tftp, an_option_area_without_its_last_nul)
{
    struct pxk_tftp t = RRQ("a\0octet\0blksize\0" "512\0tsize\0" "0");
    cr_assert(t.opts_cut && t.opt_n == 1);
    t = RRQ("a\0octet\0blksize\0");
    cr_assert(t.opts_cut && t.opt_n == 0, "a name without a value");
    t = RRQ("a\0octet\0blksize");
    cr_assert(t.opts_cut && t.opt_n == 0);
}

Test(tftp, too_many_options)
{
    uint8_t buf[512];
    for (unsigned n = PXK_TFTP_OPTS_MAX - 1; n <= PXK_TFTP_OPTS_MAX + 1; n++) {
        struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
        pxk_tftp_write_oack(&w);
        for (unsigned i = 0; i < n; i++)
            pxk_tftp_write_opt(&w, PXK_TFTP_OPT_TSIZE, i);
        struct pxk_tftp t = decode_ok(buf, pxk_wr_len(&w));
        cr_assert_eq(t.opt_n, n < PXK_TFTP_OPTS_MAX ? n : PXK_TFTP_OPTS_MAX);
        cr_assert_eq(t.opts_cut, n > PXK_TFTP_OPTS_MAX);
    }
}

Test(tftp, data_ack_error_oack)
{
    struct pxk_tftp t = decode_ok("\0\3\xff\xfe" "abc", 7);
    cr_assert(t.op == PXK_TFTP_DATA && t.block == 0xfffe && t.data_len == 3);
    cr_assert_arr_eq(t.data, "abc", 3);
    t = decode_ok("\0\3\0\1", 4);
    cr_assert_eq(t.data_len, 0, "the empty last block");
    t = decode_ok("\0\4\1\2", 4);
    cr_assert(t.op == PXK_TFTP_ACK && t.block == 0x0102);
    t = decode_ok("\0\4\1\2\7", 5);
    cr_assert_eq(t.block, 0x0102, "msftwindow's fifth byte is no error");
    t = decode_ok("\0\5\0\1gone\0junk", 13);
    cr_assert(t.error == 1 && t.message_len == 4);
    t = decode_ok("\0\5\0\1gone", 8);
    cr_assert_eq(t.message_len, 4, "without its NUL");
    t = decode_ok("\0\5\0\1", 4);
    cr_assert_eq(t.message_len, 0);
    t = decode_ok("\0\6", 2);
    cr_assert(t.op == PXK_TFTP_OACK && t.opt_n == 0 && !t.opts_cut);
    t = decode_ok("\0\6blksize\0" "1408\0", 15);
    number_is(&t, PXK_TFTP_OPT_BLKSIZE, 1408);
}

Test(tftp, bad_packets)
{
    struct pxk_tftp t;
    cr_assert_eq(pxk_tftp_decode(NULL, 0, &t), PXK_E_TRUNCATED);
    cr_assert_eq(pxk_tftp_decode("\0", 1, &t), PXK_E_TRUNCATED);
    cr_assert_eq(pxk_tftp_decode("\0\0", 2, &t), PXK_E_FORMAT);
    cr_assert_eq(pxk_tftp_decode("\0\7a\0b\0", 6, &t), PXK_E_FORMAT);
    cr_assert_eq(pxk_tftp_decode("\1\1a\0b\0", 6, &t), PXK_E_FORMAT, "257 is not 1");
    cr_assert_eq(pxk_tftp_decode("\0\1", 2, &t), PXK_E_FORMAT);
    cr_assert_eq(pxk_tftp_decode("\0\1name", 6, &t), PXK_E_FORMAT);
    cr_assert_eq(pxk_tftp_decode("\0\1name\0octet", 12, &t), PXK_E_FORMAT);
    cr_assert_eq(pxk_tftp_decode("\0\3\0", 3, &t), PXK_E_TRUNCATED);
    cr_assert_eq(pxk_tftp_decode("\0\4\0", 3, &t), PXK_E_TRUNCATED);
    cr_assert_eq(pxk_tftp_decode("\0\5\0", 3, &t), PXK_E_TRUNCATED);
}

Test(tftp, cut_at_every_byte)
{
    static const char full[] = "\0\1file\0octet\0blksize\0" "1468\0windowsize\0" "4";
    const size_t mode_end = 2 + 5 + 6, opt1_end = mode_end + 8 + 5;
    for (size_t len = 0; len <= sizeof full; len++) {
        uint8_t *copy = exact_copy(full, len);
        struct pxk_tftp t;
        enum pxk_err want = len < 2 ? PXK_E_TRUNCATED : len < mode_end ? PXK_E_FORMAT : PXK_OK;
        cr_assert_eq(pxk_tftp_decode(copy, len, &t), want, "%zu bytes", len);
        if (want == PXK_OK) {
            cr_assert_eq(t.opt_n, len < opt1_end ? 0 : len < sizeof full ? 1 : 2, "%zu bytes", len);
            cr_assert_eq(t.opts_cut, len != mode_end && len != opt1_end && len != sizeof full, "%zu bytes", len);
        }
        free(copy);
    }
}

Test(tftp, written_packets_have_these_bytes)
{
    uint8_t buf[600];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_tftp_write_request(&w, PXK_TFTP_RRQ, "x", "octet");
    pxk_tftp_write_opt(&w, PXK_TFTP_OPT_TSIZE, 0);
    pxk_tftp_write_opt(&w, PXK_TFTP_OPT_BLKSIZE, 1408);
    static const char rrq[] = "\0\1x\0octet\0tsize\0" "0\0blksize\0" "1408";
    cr_assert_eq(pxk_wr_len(&w), sizeof rrq);
    cr_assert_arr_eq(buf, rrq, sizeof rrq);
    w = pxk_wr_init(buf, sizeof buf);
    pxk_tftp_write_data(&w, 0x1234, "abc", 3);
    pxk_tftp_write_ack(&w, 0xffff);
    pxk_tftp_write_error(&w, 8, "no");
    pxk_tftp_write_oack(&w);
    pxk_tftp_write_opt(&w, PXK_TFTP_OPT_TSIZE, UINT64_MAX);
    static const char rest[] = "\0\3\x12\x34" "abc\0\4\xff\xff\0\5\0\x08no\0\0\6tsize\0" "18446744073709551615";
    cr_assert_eq(pxk_wr_len(&w), sizeof rest);
    cr_assert_arr_eq(buf, rest, sizeof rest);
    cr_assert_eq(w.err, PXK_OK);
}

Test(tftp, a_full_writer_fails)
{
    uint8_t buf[10];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_tftp_write_request(&w, PXK_TFTP_RRQ, "name", "octet");
    cr_assert_eq(w.err, PXK_E_SPACE);
}
