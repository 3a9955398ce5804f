/* The TFTP client alone, packet by packet: RFC 1350, 2347 to 2349, 7440, and each client's habits. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tftpc.h"

#define SERVER PXK_IP4(10, 77, 0, 1)
enum { OURS = 2000, PEER = 40000 };

static struct pxk_tftpc t;
static struct {
    struct pxk_tftp last;
    uint8_t data[600];
    uint16_t to;
    unsigned sent;
    uint64_t bytes, sum;
    bool full;
} out;

static void on_send(void *ctx, uint16_t sport, uint16_t dport, const void *payload, size_t len)
{
    (void)ctx;
    cr_assert_eq(sport, OURS);
    cr_assert_leq(len, sizeof out.data);
    memcpy(out.data, payload, len);
    cr_assert_eq(pxk_tftp_decode(out.data, len, &out.last), PXK_OK);
    out.to = dport;
    out.sent++;
}

static bool on_write(void *ctx, const void *data, size_t len)
{
    const uint8_t *p = data;
    (void)ctx;
    for (size_t i = 0; i < len; i += 61)
        out.sum = out.sum * 31 + p[i];
    out.bytes += len;
    return !out.full;
}

static void start(const char *profile, bool probe)
{
    struct pxk_tftpc_io io = {on_send, on_write, NULL};
    memset(&out, 0, sizeof out);
    pxk_tftpc_start(&t, pxk_tftp_profile_by_key(profile), &io, SERVER, OURS, "a/file", probe, 0, 0, 0);
    cr_assert_eq(out.last.op, PXK_TFTP_RRQ);
    cr_assert_eq(out.to, PXK_TFTP_PORT);
}

static void feed(uint16_t port, const void *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1); /* exactly as long, for the sanitizer */
    memcpy(copy, data, len);
    pxk_tftpc_input(&t, SERVER, port, copy, len, 10);
    free(copy);
}

static void feed_data(uint16_t block, size_t len)
{
    static uint8_t buf[4 + 2000];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_wr_u16(&w, PXK_TFTP_DATA);
    pxk_wr_u16(&w, block);
    pxk_wr_zero(&w, len);
    feed(PEER, buf, pxk_wr_len(&w));
}
#define FEED(port, text) feed(port, text, sizeof(text) - 1)

static void assert_ack(uint16_t block, unsigned sent)
{
    cr_assert_eq(out.last.op, PXK_TFTP_ACK);
    cr_assert_eq(out.last.block, block, "ACK %u", out.last.block);
    cr_assert_eq(out.to, PEER);
    cr_assert_eq(out.sent, sent, "%u packets", out.sent);
}

Test(tftpc, reads_a_file)
{
    start("ipxe", false);
    FEED(PEER, "\0\6blksize\0" "1432\0tsize\0" "1500\0");
    assert_ack(0, 2);
    cr_assert(t.oack && t.has_tsize && t.tsize == 1500 && t.blksize == 1432);
    feed_data(1, 1432);
    assert_ack(1, 3);
    feed_data(2, 68);
    assert_ack(2, 4);
    cr_assert_eq(t.state, PXK_TFTPC_DONE);
    cr_assert_eq(out.bytes, 1500);
    cr_assert_eq(pxk_tftpc_deadline(&t), PXK_NEVER);
    feed_data(2, 68);
    cr_assert_eq(out.sent, 4, "it is over");
}

Test(tftpc, file_of_whole_blocks_ends_with_an_empty_one)
{
    start("ipxe", false);
    feed_data(1, 512);
    cr_assert_eq(t.state, PXK_TFTPC_READING, "no OACK: 512");
    feed_data(2, 0);
    cr_assert_eq(t.state, PXK_TFTPC_DONE);
    cr_assert_eq(t.bytes, 512);
}

Test(tftpc, window)
{
    start("edk2", false);
    FEED(PEER, "\0\6blksize\0" "1468\0windowsize\0" "4\0");
    assert_ack(0, 2);
    for (uint16_t b = 1; b <= 3; b++)
        feed_data(b, 1468);
    cr_assert_eq(out.sent, 2, "one ACK a window");
    feed_data(4, 1468);
    assert_ack(4, 3);
    feed_data(6, 1468); /* 5 is lost */
    assert_ack(4, 4);
    feed_data(7, 1468);
    feed_data(8, 1468);
    cr_assert_eq(out.sent, 4, "told once a gap");
    feed_data(6, 1468); /* the server went back, and 5 is lost again */
    assert_ack(4, 5);
    feed_data(7, 1468);
    cr_assert_eq(out.sent, 5);
    for (uint16_t b = 5; b <= 8; b++)
        feed_data(b, 1468);
    assert_ack(8, 6);
    feed_data(9, 10);
    assert_ack(9, 7);
    cr_assert_eq(t.state, PXK_TFTPC_DONE);
    cr_assert_eq(out.bytes, 8 * 1468 + 10);
}

Test(tftpc, duplicates)
{
    start("ipxe", false);
    FEED(PEER, "\0\6blksize\0" "1432\0");
    FEED(PEER, "\0\6blksize\0" "1432\0");
    assert_ack(0, 3); /* our ACK was lost */
    feed_data(1, 1432);
    feed_data(1, 1432);
    assert_ack(1, 5);
    cr_assert_eq(out.bytes, 1432, "taken once");
    feed_data(0, 1432);
    cr_assert_eq(out.bytes, 1432);
    FEED(PEER, "\0\6blksize\0" "512\0");
    cr_assert_eq(t.blksize, 1432, "a late OACK changes nothing");
}

Test(tftpc, other_ports_and_addresses)
{
    start("ipxe", false);
    uint8_t oack[] = "\0\6blksize\0" "1432";
    pxk_tftpc_input(&t, SERVER + 1, PEER, oack, sizeof oack, 10);
    cr_assert_eq(t.state, PXK_TFTPC_ASKING, "another host's");
    FEED(0, "\0\6blksize\0" "1432\0");
    cr_assert_eq(t.state, PXK_TFTPC_ASKING, "port 0 cannot be answered");
    FEED(PEER, "\0\6blksize\0" "1432\0");
    FEED(PEER + 1, "\0\5\0\1gone\0");
    FEED(PEER + 1, "\0\3\0\1other");
    cr_assert_eq(t.state, PXK_TFTPC_READING);
    cr_assert_eq(out.sent, 2, "another transfer's packets are not answered");
    FEED(PEER, "\0\4\0\1");
    FEED(PEER, "\0\1f\0octet\0");
    FEED(PEER, "\0\7");
    cr_assert_eq(t.state, PXK_TFTPC_READING);
    FEED(PEER, "\0\5\0\3disk \x1b[1m\0");
    cr_assert_eq(t.state, PXK_TFTPC_REFUSED);
    cr_assert_eq(t.error, 3);
    cr_assert_str_eq(t.message, "disk \\x1b[1m");
}

/* 65,535 blocks and the wrap: 40 MB in blocks of 512 bytes. */
Test(tftpc, block_numbers_wrap)
{
    const uint64_t blocks = 80000;
    start("ipxe", false);
    for (uint64_t b = 1; b <= blocks; b++) {
        feed_data((uint16_t)b, b < blocks ? 512 : 100);
        if (b % 10000 == 0)
            feed_data((uint16_t)b, 512);
    }
    cr_assert_eq(t.state, PXK_TFTPC_DONE);
    cr_assert_eq(t.bytes, (blocks - 1) * 512 + 100);
    cr_assert_eq(out.bytes, t.bytes);
    cr_assert_eq(out.last.block, (uint16_t)blocks);
    start("edk2", false);
    FEED(PEER, "\0\6blksize\0" "1468\0windowsize\0" "4\0");
    for (uint64_t b = 1; b <= 131073; b++)
        feed_data((uint16_t)b, b < 131073 ? 1468 : 0);
    cr_assert_eq(t.state, PXK_TFTPC_DONE);
    cr_assert_eq(out.last.block, 1);
    cr_assert_eq(out.sent, 2 + 131072 / 4 + 1);
}

Test(tftpc, oack_that_gives_what_was_not_asked)
{
    static const struct {
        const char *profile, *oack;
        size_t len;
        bool refused;
        uint16_t error;
        uint32_t blksize;
    } rows[] = {
#define O(s) s, sizeof(s)
        {"ipxe", O("\0\6multicast\0\0blksize\0" "1400"), false, 0, 1400},
        {"ipxe", O("\0\6windowsize\0" "8\0blksize\0" "1400"), false, 0, 1400},
        {"ipxe", O("\0\6blksize\0" "x"), false, 0, 512},
        {"ipxe", O("\0\6blksize\0" "7"), false, 0, 512},
        {"ipxe", O("\0\6"), false, 0, 512},
        {"grub", O("\0\6timeout\0" "1\0blksize\0" "1000"), false, 0, 1000},
        {"pxelinux", O("\0\6blksize\0" "1408\0tsize\0" "9"), false, 0, 1408},
        {"pxelinux", O("\0\6windowsize\0" "8\0blksize\0" "1408"), true, 8, 0},
        {"pxelinux", O("\0\6tsize\0x"), true, 8, 0},
        {"edk2", O("\0\6blksize\0" "1468\0windowsize\0" "4"), false, 0, 1468},
        {"edk2", O("\0\6blksize\0" "1469"), true, 4, 0},
        {"edk2", O("\0\6windowsize\0" "5"), true, 4, 0},
        {"edk2", O("\0\6tsize\0" "9"), true, 4, 0},
        {"edk2", O("\0\6foo\0bar"), true, 4, 0},
        {"edk2", "\0\6blksize\0" "1468", 14, true, 4, 0},
        {"shim", O("\0\6blksize\0" "513"), true, 4, 0},
    };
    for (unsigned i = 0; i < PXK_COUNT(rows); i++) {
        start(rows[i].profile, false);
        feed(PEER, rows[i].oack, rows[i].len);
        cr_assert_eq(t.state == PXK_TFTPC_FAILED, rows[i].refused, "row %u", i);
        if (!rows[i].refused) {
            cr_assert_eq(t.blksize, rows[i].blksize, "row %u: %u", i, t.blksize);
            assert_ack(0, 2);
        } else {
            cr_assert_eq(out.last.op, PXK_TFTP_ERROR, "row %u", i);
            cr_assert_eq(out.last.error, rows[i].error, "row %u", i);
            cr_assert_neq(t.why[0], '\0');
        }
    }
}

Test(tftpc, size_probe)
{
    start("edk2", true);
    cr_assert_eq(out.last.opt_n, 3);
    FEED(PEER, "\0\6tsize\0" "4000000000\0blksize\0" "1468\0windowsize\0" "4\0");
    cr_assert_eq(t.state, PXK_TFTPC_DONE);
    cr_assert_eq(t.tsize, 4000000000);
    cr_assert_eq(out.last.op, PXK_TFTP_ERROR);
    cr_assert_eq(out.last.error, 8);
    start("edk2", true);
    FEED(PEER, "\0\6blksize\0" "1468\0");
    cr_assert_eq(t.state, PXK_TFTPC_FAILED, "no size: PXE-E53");
    start("edk2", true);
    feed_data(1, 512);
    cr_assert_eq(t.state, PXK_TFTPC_FAILED, "no OACK: PXE-E99");
    start("edk2", true);
    FEED(PEER, "\0\5\0\1not found\0");
    cr_assert_eq(t.state, PXK_TFTPC_REFUSED);
    cr_assert_eq(t.error, 1);
}

/* Mtftp4Rrq.c, Mtftp4RrqSaveBlock: the end of the file is awaited, then refused. */
Test(tftpc, a_buffer_of_the_told_size)
{
    static const struct {
        uint64_t room, kept;
        enum pxk_tftpc_state state;
    } row[] = {{2000, 2000, PXK_TFTPC_DONE}, {2001, 2000, PXK_TFTPC_DONE}, {1999, 1468, PXK_TFTPC_FAILED},
               {1400, 0, PXK_TFTPC_FAILED},  {0, 0, PXK_TFTPC_FAILED}};
    for (size_t i = 0; i < PXK_COUNT(row); i++) {
        start("edk2", false);
        t.has_room = true;
        t.room = row[i].room;
        FEED(PEER, "\0\6blksize\0" "1468\0windowsize\0" "1\0");
        feed_data(1, 1468);
        assert_ack(1, 3);
        feed_data(2, 532);
        cr_assert_eq(t.state, row[i].state, "row %zu", i);
        cr_assert_eq(out.bytes, row[i].kept, "row %zu", i);
        cr_assert_eq(t.bytes, 2000);
        if (t.state == PXK_TFTPC_DONE) {
            assert_ack(2, 4);
            continue;
        }
        cr_assert_eq(out.last.op, PXK_TFTP_ERROR, "in place of the last ACK");
        cr_assert_eq(out.last.error, PXK_TFTP_E_DISK_FULL);
        cr_assert(strstr(t.why, "2000 bytes"), "%s", t.why);
    }
}

Test(tftpc, a_block_larger_than_agreed)
{
    start("ipxe", false);
    FEED(PEER, "\0\6blksize\0" "1000\0");
    feed_data(1, 1001);
    cr_assert_eq(t.state, PXK_TFTPC_FAILED);
    cr_assert_eq(out.bytes, 0);
}

Test(tftpc, no_room)
{
    start("ipxe", false);
    out.full = true;
    feed_data(1, 512);
    cr_assert_eq(t.state, PXK_TFTPC_FAILED);
    cr_assert_eq(out.last.error, 3);
}

static double gives_up(uint32_t cap_ms, unsigned tries)
{
    t.cap_ms = cap_ms;
    t.max_tries = tries;
    pxk_usec now = 0, before = 0;
    while (!pxk_tftpc_over(&t)) {
        now = pxk_tftpc_deadline(&t);
        cr_assert_gt(now, before, "a deadline in the past");
        pxk_tftpc_expire(&t, now);
        before = now;
    }
    cr_assert(t.timed_out && t.why[0]);
    return (double)now / 1e6;
}

Test(tftpc, patience)
{
    static const struct {
        const char *profile;
        double firmware;
        unsigned sent;
    } rows[] = {{"ipxe", 15.75, 6}, {"edk2", 24, 6}, {"grub", 31.6, 40}, {"pxelinux", 128, 31}};
    for (unsigned i = 0; i < PXK_COUNT(rows); i++) {
        start(rows[i].profile, false);
        cr_assert_float_eq(gives_up(0, 0), rows[i].firmware, 1.5, "%s", rows[i].profile);
        cr_assert_eq(out.sent, rows[i].sent);
        start(rows[i].profile, false);
        double fast = gives_up(1000, 6);
        cr_assert(fast >= 4.5 && fast <= 7.1, "%s: %.2f s at fast pace", rows[i].profile, fast);
    }
    start("ipxe", false);
    feed_data(1, 512);
    pxk_usec at = pxk_tftpc_deadline(&t);
    pxk_tftpc_expire(&t, at - 1);
    cr_assert_eq(out.sent, 2, "not yet");
    pxk_tftpc_expire(&t, at);
    assert_ack(1, 3);
}

Test(tftpc, icmp)
{
    start("edk2", false);
    pxk_tftpc_unreachable(&t, 5);
    cr_assert_eq(t.state, PXK_TFTPC_FAILED);
    start("ipxe", false);
    pxk_tftpc_unreachable(&t, 5);
    cr_assert_eq(t.state, PXK_TFTPC_ASKING);
    cr_assert(t.icmp);
}
