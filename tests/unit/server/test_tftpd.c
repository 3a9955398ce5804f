#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "pxk/engine/tftpd.h"

/* ---- files in memory ---- */

static uint8_t content[70000];
static unsigned opened, closed;
static enum pxk_err open_result;
static bool read_fails;
static uint64_t file_size;

static enum pxk_err mem_open(void *ctx, const char *path, void **file, uint64_t *size)
{
    (void)ctx;
    (void)path;
    if (open_result != PXK_OK)
        return open_result;
    opened++;
    *file = content;
    *size = file_size;
    return PXK_OK;
}

static enum pxk_err mem_read(void *ctx, void *file, uint64_t offset, void *buf, size_t n)
{
    (void)ctx;
    cr_assert_leq(offset + n, file_size);
    memcpy(buf, (uint8_t *)file + offset, n);
    return read_fails ? PXK_E_IO : PXK_OK;
}

static void mem_close(void *ctx, void *file)
{
    (void)ctx;
    (void)file;
    closed++;
}

static const struct pxk_tftpd_files files = {mem_open, mem_read, mem_close, NULL};
static const struct pxk_tftpd_limits limits = {.max_blksize = 1468, .max_windowsize = 64};

/* ---- a transfer under test ---- */

static struct pxk_tftpd t;
static pxk_usec now = 5 * PXK_SEC;
static uint8_t out[PXK_TFTPD_PACKET_MAX];
static size_t out_len;
static struct pxk_tftp got;

/* @request: the text of an RRQ after its opcode, with its NULs. */
static void start_op(enum pxk_tftp_op op, const char *request, size_t len)
{
    static uint8_t packet[600];
    struct pxk_tftp m;
    packet[0] = 0;
    packet[1] = (uint8_t)op;
    memcpy(packet + 2, request, len);
    cr_assert_eq(pxk_tftp_decode(packet, len + 2, &m), PXK_OK);
    pxk_tftpd_start(&t, &m, &limits, &files, now);
}
#define start(request) start_op(PXK_TFTP_RRQ, request, sizeof(request) - 1)

static bool next(void)
{
    out_len = pxk_tftpd_output(&t, out, sizeof out, now);
    if (out_len)
        cr_assert_eq(pxk_tftp_decode(out, out_len, &got), PXK_OK);
    return out_len > 0;
}

static void ack(uint16_t block)
{
    pxk_tftpd_input(&t, (uint8_t[]){0, 4, (uint8_t)(block >> 8), (uint8_t)block}, 4, now);
}

static void error(uint8_t code)
{
    pxk_tftpd_input(&t, (uint8_t[]){0, 5, 0, code, 'b', 'y', 'e', 0}, 8, now);
}

static void assert_data(uint16_t block, size_t len)
{
    cr_assert(next());
    cr_assert_eq(got.op, PXK_TFTP_DATA);
    cr_assert_eq(got.block, block, "block %u, wanted %u", got.block, block);
    cr_assert_eq(got.data_len, len);
}

static void assert_error(uint16_t code, const char *message)
{
    cr_assert(next());
    cr_assert_eq(got.op, PXK_TFTP_ERROR);
    cr_assert_eq(got.error, code);
    cr_assert_str_eq(got.message, message);
    cr_assert_eq(t.end, PXK_TFTPD_REFUSED);
    cr_assert_not(next());
    cr_assert_eq(pxk_tftpd_deadline(&t), PXK_NEVER);
    cr_assert_eq(opened, closed);
}

/* The OACK as "tsize=5 blksize=1468". */
static const char *oack(void)
{
    static char text[100];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    cr_assert(next());
    cr_assert_eq(got.op, PXK_TFTP_OACK);
    for (unsigned i = 0; i < got.opt_n; i++)
        pxk_str_addf(&s, "%s%s=%s", i ? " " : "", got.opt[i].name, got.opt[i].value);
    return text;
}

static void setup(void)
{
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (uint8_t)(i * 31 + (i >> 8));
    file_size = 1300;
}

TestSuite(tftpd, .init = setup);

/* ---- names ---- */

struct name {
    char in[40], out[40];
    enum pxk_err err;
};
ParameterizedTestParameters(tftpd_name, clean)
{
    static struct name n[] = {
        {"pxelinux.0", "pxelinux.0", PXK_OK},
        {"/a/b", "a/b", PXK_OK},
        {"//a///b", "a/b", PXK_OK},
        {"\\Boot\\BCD", "Boot/BCD", PXK_OK},
        {"./a/./b/", "a/b", PXK_OK},
        {"a..b/...", "a..b/...", PXK_OK},
        {"../etc/passwd", "", PXK_E_PERM},
        {"a/../b", "", PXK_E_PERM},
        {"a\\..\\b", "", PXK_E_PERM},
        {"a/..", "", PXK_E_PERM},
        {"", "", PXK_E_NOTFOUND},
        {"/", "", PXK_E_NOTFOUND},
        {"./.", "", PXK_E_NOTFOUND},
        {"%2e%2e/x", "%2e%2e/x", PXK_OK}, /* nothing is decoded */
    };
    return cr_make_param_array(struct name, n, PXK_COUNT(n));
}
ParameterizedTest(struct name *n, tftpd_name, clean)
{
    char clean[40];
    enum pxk_err err = pxk_tftpd_name_clean(n->in, clean, sizeof clean);
    cr_assert_eq(err, n->err, "%s", n->in);
    if (err == PXK_OK)
        cr_assert_str_eq(clean, n->out);
}

Test(tftpd_name, too_long)
{
    char clean[8];
    cr_assert_eq(pxk_tftpd_name_clean("1234567", clean, sizeof clean), PXK_OK);
    cr_assert_eq(pxk_tftpd_name_clean("12345678", clean, sizeof clean), PXK_E_SPACE);
}

/* ---- plain transfers ---- */

Test(tftpd, without_options)
{
    start("a\0octet\0");
    assert_data(1, 512);
    cr_assert_eq(memcmp(got.data, content, 512), 0);
    cr_assert_not(next());
    ack(1);
    assert_data(2, 512);
    ack(2);
    assert_data(3, 276);
    cr_assert_eq(memcmp(got.data, content + 1024, 276), 0);
    ack(3);
    cr_assert_eq(t.end, PXK_TFTPD_DONE);
    cr_assert_eq(t.acked_bytes, 1300);
    cr_assert_eq(t.resent, 0);
    cr_assert_eq(closed, 1);
    pxk_tftpd_close(&t);
    cr_assert_eq(closed, 1);
}

Test(tftpd, sizes_at_the_block_border)
{
    file_size = 0;
    start("a\0octet\0");
    assert_data(1, 0);
    ack(1);
    cr_assert_eq(t.end, PXK_TFTPD_DONE);
    file_size = 512; /* the end is told by an empty block */
    start("a\0octet\0");
    assert_data(1, 512);
    ack(1);
    assert_data(2, 0);
    ack(2);
    cr_assert_eq(t.end, PXK_TFTPD_DONE);
}

/* ---- options ---- */

Test(tftpd, only_what_was_asked_is_agreed)
{
    start("a\0octet\0blksize\0"
          "1432\0tsize\0"
          "0\0");
    cr_assert_str_eq(oack(), "tsize=1300 blksize=1432");
    cr_assert_not(next());
    ack(0);
    assert_data(1, 1300);
}

Test(tftpd, every_client_of_the_wire_reference)
{
    start("a\0octet\0tsize\0"
          "0\0blksize\0"
          "1468\0windowsize\0"
          "4\0"); /* EDK2 */
    cr_assert_str_eq(oack(), "tsize=1300 blksize=1468 windowsize=4");
    start("a\0octet\0tsize\0"
          "0\0blksize\0"
          "1408\0"); /* PXELINUX */
    cr_assert_str_eq(oack(), "tsize=1300 blksize=1408");
    start("a\0OCTET\0TIMEOUT\0"
          "5\0BlkSize\0"
          "1468\0"); /* U-Boot, in another case */
    cr_assert_str_eq(oack(), "blksize=1468 timeout=5");
    start("a\0octet\0tsize\0"
          "0\0blksize\0"
          "1456\0windowsize\0"
          "4\0msftwindow\0"
          "31416\0"); /* Windows */
    cr_assert_str_eq(oack(), "tsize=1300 blksize=1456 windowsize=4");
}

Test(tftpd, limits_hold)
{
    start("a\0octet\0blksize\0"
          "65464\0windowsize\0"
          "65535\0");
    cr_assert_str_eq(oack(), "blksize=1468 windowsize=64");
}

Test(tftpd, senseless_options_are_ignored)
{
    start("a\0octet\0blksize\0"
          "7\0windowsize\0"
          "0\0timeout\0"
          "256\0blksize\0"
          "1024\0nonsense\0x\0multicast\0\0");
    assert_data(1, 512); /* none is left: no empty OACK (RFC 2347) */
}

Test(tftpd, an_option_without_its_nul_does_no_harm)
{
    start("a\0octet\0blksize\0"
          "1432\0tsize\0"
          "0");
    cr_assert_str_eq(oack(), "blksize=1432");
}

/* ---- refusals ---- */

Test(tftpd, refusals)
{
    open_result = PXK_E_NOTFOUND;
    start("a\0octet\0");
    assert_error(1, "file not found");
    open_result = PXK_E_PERM;
    start("a\0octet\0");
    assert_error(2, "access denied");
    open_result = PXK_E_IO;
    start("a\0octet\0");
    assert_error(0, "the file cannot be read");
    open_result = PXK_OK;
    start("../a\0octet\0");
    assert_error(2, "access denied");
    start("a\0netascii\0");
    assert_error(4, "only octet (binary) mode is served");
    start("a\0mail\0");
    assert_error(4, "only octet (binary) mode is served");
    start_op(PXK_TFTP_WRQ, "a\0octet\0", 8);
    assert_error(2, "this server is read-only");
    cr_assert_eq(opened, 0);
}

Test(tftpd, a_long_name)
{
    char request[500];
    memset(request, 'x', 400);
    memcpy(request + 400, "\0octet", 7);
    start_op(PXK_TFTP_RRQ, request, 407);
    assert_error(2, "the file name is too long");
}

Test(tftpd, a_file_that_breaks_while_it_is_read)
{
    start("a\0octet\0");
    read_fails = true;
    assert_error(0, "the file cannot be read");
}

Test(tftpd, what_is_no_ack_ends_the_transfer)
{
    start("a\0octet\0");
    assert_data(1, 512);
    pxk_tftpd_input(&t, "\0\3\0\1data", 8, now);
    assert_error(4, "expected an ACK");
    start("a\0octet\0");
    pxk_tftpd_input(&t, "\0", 1, now);
    assert_error(4, "not a TFTP packet");
    start("a\0octet\0");
    pxk_tftpd_input(&t, "\0\11\0\0", 4, now);
    assert_error(4, "not a TFTP packet");
}

/* ---- ends by the client ---- */

Test(tftpd, a_size_probe_is_no_failure)
{
    static const uint8_t codes[] = {0, 3, 4, 5, 8};
    for (size_t i = 0; i < PXK_COUNT(codes); i++) {
        start("a\0octet\0tsize\0"
              "0\0");
        (void)oack();
        error(codes[i]);
        cr_assert_eq(t.end, PXK_TFTPD_PROBED);
        cr_assert_not(next());
    }
    start("a\0octet\0tsize\0"
          "0\0");
    error(2);
    cr_assert_eq(t.end, PXK_TFTPD_ABORTED);
    cr_assert_eq(opened, closed);
}

Test(tftpd, an_error_later_is_one)
{
    start("a\0octet\0tsize\0"
          "0\0");
    (void)oack();
    ack(0);
    error(8);
    cr_assert_eq(t.end, PXK_TFTPD_ABORTED);
    cr_assert_eq(t.error, 8);
    cr_assert_str_eq(t.message, "bye");
}

/* ---- time ---- */

static pxk_usec fire(void)
{
    pxk_usec wait = pxk_tftpd_deadline(&t) - now;
    now = pxk_tftpd_deadline(&t);
    pxk_tftpd_expire(&t, now);
    return wait / PXK_SEC;
}

Test(tftpd, repeats_and_gives_up)
{
    static const pxk_usec waits[] = {1, 2, 4, 8, 8};
    start("a\0octet\0tsize\0"
          "0\0");
    (void)oack();
    for (size_t i = 0; i < PXK_COUNT(waits); i++) {
        cr_assert_eq(fire(), waits[i]);
        cr_assert_str_eq(oack(), "tsize=1300");
        cr_assert_not(next());
    }
    cr_assert_eq(fire(), 8);
    cr_assert_eq(t.end, PXK_TFTPD_TIMEOUT);
    cr_assert_not(next());
    cr_assert_eq(closed, 1);
}

Test(tftpd, early_expiry_does_nothing)
{
    start("a\0octet\0");
    assert_data(1, 512);
    pxk_tftpd_expire(&t, pxk_tftpd_deadline(&t) - 1);
    cr_assert_not(next());
}

Test(tftpd, progress_resets_the_wait)
{
    start("a\0octet\0");
    assert_data(1, 512);
    cr_assert_eq(fire(), 1);
    assert_data(1, 512);
    cr_assert_eq(fire(), 2);
    assert_data(1, 512);
    ack(1);
    assert_data(2, 512);
    cr_assert_eq(fire(), 1);
    assert_data(2, 512);
    cr_assert_eq(t.resent, 3);
}

Test(tftpd, the_client_sets_the_wait)
{
    start("a\0octet\0timeout\0"
          "30\0");
    cr_assert_str_eq(oack(), "timeout=30");
    cr_assert_eq(fire(), 30);
    cr_assert_str_eq(oack(), "timeout=30");
    cr_assert_eq(fire(), 30);
}

Test(tftpd, a_repeated_request_repeats_the_answer_once)
{
    start("a\0octet\0tsize\0"
          "0\0");
    (void)oack();
    cr_assert(pxk_tftpd_unanswered(&t));
    pxk_tftpd_again(&t, now);
    (void)oack();
    cr_assert_not(next());
    ack(0);
    cr_assert_not(pxk_tftpd_unanswered(&t));
    start("a\0octet\0");
    assert_data(1, 512);
    cr_assert(pxk_tftpd_unanswered(&t));
    pxk_tftpd_again(&t, now);
    assert_data(1, 512);
    ack(1);
    cr_assert_not(pxk_tftpd_unanswered(&t));
    assert_data(2, 512);
    pxk_tftpd_again(&t, now);
    cr_assert_not(next());
}

/* ---- duplicates and windows ---- */

Test(tftpd, the_sorcerers_apprentice_finds_nothing_to_do)
{
    start("a\0octet\0");
    assert_data(1, 512);
    ack(0); /* of nothing that was sent */
    cr_assert_not(next());
    ack(1);
    assert_data(2, 512);
    ack(1);
    ack(1);
    cr_assert_not(next());
    ack(3); /* of what was never sent */
    ack(60000);
    cr_assert_not(next());
    ack(2);
    assert_data(3, 276);
}

static void start_window(void)
{
    file_size = 8 * 20 + 3;
    start("a\0octet\0blksize\0"
          "8\0windowsize\0"
          "4\0");
    cr_assert_str_eq(oack(), "blksize=8 windowsize=4");
    ack(0);
}

static void assert_blocks(uint16_t first, uint16_t last)
{
    for (unsigned b = first; b <= last; b++)
        assert_data((uint16_t)b, b == 21 ? 3 : 8);
    cr_assert_not(next());
}

Test(tftpd, window)
{
    start_window();
    assert_blocks(1, 4);
    ack(4);
    assert_blocks(5, 8);
    ack(8);
    assert_blocks(9, 12);
    ack(12);
    assert_blocks(13, 16);
    ack(16);
    assert_blocks(17, 20);
    ack(20);
    assert_blocks(21, 21);
    ack(21);
    cr_assert_eq(t.end, PXK_TFTPD_DONE);
    cr_assert_eq(t.resent, 0);
}

Test(tftpd, a_gap_rewinds_once)
{
    start_window();
    assert_blocks(1, 4); /* 2 is lost: the client says so at 3 and at 4 */
    ack(1);
    assert_blocks(2, 5);
    ack(1);
    cr_assert_not(next());
    ack(5);
    assert_blocks(6, 9);
    cr_assert_eq(t.resent, 3);
}

Test(tftpd, the_whole_front_of_a_window_is_lost)
{
    start_window();
    assert_blocks(1, 4);
    ack(4);
    assert_blocks(5, 8); /* 5 is lost: ACK 4 again, three times */
    ack(4);
    assert_blocks(5, 8);
    ack(4);
    ack(4);
    cr_assert_not(next());
    (void)fire(); /* and lost again */
    assert_blocks(5, 8);
}

Test(tftpd, a_late_ack_of_the_whole_window_after_a_rewind)
{
    start_window();
    assert_blocks(1, 4);
    (void)fire();
    assert_data(1, 8);
    ack(4); /* it had arrived after all */
    assert_blocks(5, 8);
}

Test(tftpd, a_datagram_that_could_not_leave_comes_again)
{
    start_window();
    assert_data(1, 8);
    assert_data(2, 8);
    pxk_tftpd_unsend(&t);
    assert_data(2, 8);
    cr_assert_eq(t.resent, 0);
    assert_blocks(3, 4);
    pxk_tftpd_close(&t);
    start("a\0octet\0tsize\0"
          "0\0");
    (void)oack();
    pxk_tftpd_unsend(&t);
    (void)oack();
    pxk_tftpd_close(&t);
    open_result = PXK_E_NOTFOUND;
    start("a\0octet\0");
    cr_assert(next());
    pxk_tftpd_unsend(&t);
    assert_error(1, "file not found");
}

/* ---- strays ---- */

Test(tftpd, strays_get_error_5_and_errors_nothing)
{
    size_t n = pxk_tftpd_stray("\0\4\0\1", 4, out, sizeof out);
    cr_assert_eq(pxk_tftp_decode(out, n, &got), PXK_OK);
    cr_assert_eq(got.error, 5);
    cr_assert_gt(pxk_tftpd_stray("\0\3\0\1x", 5, out, sizeof out), 0);
    cr_assert_eq(pxk_tftpd_stray("\0\5\0\1x\0", 6, out, sizeof out), 0);
    cr_assert_eq(pxk_tftpd_stray("\0\6", 2, out, sizeof out), 0);
    cr_assert_eq(pxk_tftpd_stray("", 0, out, sizeof out), 0);
}
