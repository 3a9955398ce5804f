/* Each TFTP fault does what its row says. */
#include <criterion/criterion.h>

#include "fault_rig.h"
#include "pxk/engine/tftpd.h"

enum { SIZE = 5000 };
static uint8_t content[SIZE];
static unsigned opened, closed;

static enum pxk_err mem_open(void *ctx, const char *path, void **file, uint64_t *size)
{
    (void)ctx;
    (void)path;
    opened++;
    *file = content;
    *size = SIZE;
    return PXK_OK;
}

static enum pxk_err mem_read(void *ctx, void *file, uint64_t offset, void *buf, size_t n)
{
    (void)ctx;
    cr_assert_leq(offset + n, SIZE);
    memcpy(buf, (uint8_t *)file + offset, n);
    return PXK_OK;
}

static void mem_close(void *ctx, void *file)
{
    (void)ctx;
    (void)file;
    closed++;
}

static struct pxk_tftpd t;
static pxk_usec now = 5 * PXK_SEC;
static uint8_t out[PXK_TFTPD_PACKET_MAX];
static struct pxk_tftp got;
static struct pxk_faults set;

/* @request: what follows the opcode, with its NULs. */
static void start_len(const char *faults, const char *request, size_t len)
{
    static const struct pxk_tftpd_files files = {mem_open, mem_read, mem_close, NULL};
    static uint8_t packet[600];
    struct pxk_tftp m;
    faults_of(faults, &set);
    pxk_tftpd_close(&t); /* of the transfer before, if there is one */
    struct pxk_tftpd_limits limits = {.max_blksize = 1468, .max_windowsize = 64, .faults = &set};
    packet[1] = PXK_TFTP_RRQ;
    memcpy(packet + 2, request, len);
    cr_assert_eq(pxk_tftp_decode(packet, len + 2, &m), PXK_OK);
    pxk_tftpd_start(&t, &m, &limits, &files, now);
}
#define start(faults, request) start_len(faults, request, sizeof(request))

#define PLAIN "a/b.efi\0octet"
#define EDK2  PLAIN "\0tsize\0000\0blksize\0001468\0windowsize\0004"

static bool next(void)
{
    size_t n = pxk_tftpd_output(&t, out, sizeof out, now);
    if (n)
        cr_assert_eq(pxk_tftp_decode(out, n, &got), PXK_OK);
    return n > 0;
}

static void ack(uint16_t block)
{
    pxk_tftpd_input(&t, (uint8_t[]){0, 4, (uint8_t)(block >> 8), (uint8_t)block}, 4, now);
}

static const char *oack(void)
{
    static char text[100];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    if (!next() || got.op != PXK_TFTP_OACK)
        return "none";
    for (unsigned i = 0; i < got.opt_n; i++)
        pxk_str_addf(&s, "%s%s=%s", i ? " " : "", got.opt[i].name, got.opt[i].value);
    return text;
}

static void assert_data(uint16_t block, size_t len)
{
    cr_assert(next());
    cr_assert_eq(got.op, PXK_TFTP_DATA);
    cr_assert_eq(got.block, block, "block %u, wanted %u", got.block, block);
    cr_assert_eq(got.data_len, len);
    if (len)
        cr_assert_eq(memcmp(got.data, content + (block - 1u) * t.blksize, len), 0);
}

static void assert_error(uint16_t code)
{
    cr_assert(next());
    cr_assert_eq(got.op, PXK_TFTP_ERROR);
    cr_assert_eq(got.error, code);
    cr_assert_not(next());
    cr_assert_eq(t.end, PXK_TFTPD_REFUSED);
    cr_assert_eq(opened, closed);
}

static void setup(void)
{
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (uint8_t)(i * 31 + (i >> 8));
}

TestSuite(tftpd_faults, .init = setup);

/* ---- no transfer ---- */

Test(tftpd_faults, silent)
{
    start("tftp.silent", EDK2);
    cr_assert_not(next());
    cr_assert_eq(t.end, PXK_TFTPD_REFUSED);
    cr_assert_eq(pxk_tftpd_deadline(&t), PXK_NEVER);
    cr_assert_eq(opened, 0);
}

Test(tftpd_faults, errors)
{
    start("tftp.error=3", PLAIN);
    assert_error(3);
    start("tftp.error=0", PLAIN);
    assert_error(0);
}

Test(tftpd_faults, missing_and_refused_files)
{
    start("tftp.missing=/b.efi, tftp.refuse=other", PLAIN);
    assert_error(PXK_TFTP_E_NOT_FOUND);
    start("tftp.missing=other, tftp.missing=a\\b.efi", PLAIN);
    assert_error(PXK_TFTP_E_NOT_FOUND);
    start("tftp.refuse=a/b.efi", PLAIN);
    assert_error(PXK_TFTP_E_ACCESS);
    start("tftp.missing=.efi, tftp.refuse=a/b", PLAIN); /* whole parts of a path only */
    assert_data(1, 512);
}

Test(tftpd_faults, only_this_file)
{
    start("tftp.error=0, tftp.only=b.efi", PLAIN);
    assert_error(0);
    start("tftp.error=0, tftp.only=c.efi", PLAIN);
    assert_data(1, 512);
    start("tftp.error=0, tftp.only=c.efi, tftp.only=b.efi", PLAIN);
    assert_error(0);
}

/* ---- options ---- */

Test(tftpd_faults, options_as_they_should_be)
{
    start("", EDK2);
    cr_assert_str_eq(oack(), "tsize=5000 blksize=1468 windowsize=4");
}

Test(tftpd_faults, no_oack)
{
    start("tftp.no-oack", EDK2);
    assert_data(1, 512);
    cr_assert_not(next());
}

Test(tftpd_faults, ignore_blksize)
{
    start("tftp.ignore-blksize", EDK2);
    cr_assert_str_eq(oack(), "tsize=5000 windowsize=4");
    ack(0);
    assert_data(1, 512);
    start("tftp.ignore-blksize", PLAIN "\0blksize\0001468");
    assert_data(1, 512);
}

Test(tftpd_faults, options_that_were_not_asked_for)
{
    start("tftp.illegal-oack", PLAIN "\0blksize\0001468");
    cr_assert_str_eq(oack(), "blksize=1468 windowsize=1");
    start("tftp.illegal-oack", EDK2);
    cr_assert_str_eq(oack(), "tsize=5000 blksize=1468 timeout=1 windowsize=4");
}

Test(tftpd_faults, larger_blocks_than_asked_for)
{
    start("tftp.oack-blksize=2000", PLAIN "\0blksize\0001024");
    cr_assert_str_eq(oack(), "blksize=2000");
    ack(0);
    assert_data(1, 2000);
}

Test(tftpd_faults, sizes)
{
    start("tftp.no-tsize", EDK2);
    cr_assert_str_eq(oack(), "blksize=1468 windowsize=4");
    start("tftp.no-tsize", PLAIN "\0tsize\0000");
    assert_data(1, 512);
    start("tftp.wrong-tsize=+100", EDK2);
    cr_assert_str_eq(oack(), "tsize=5100 blksize=1468 windowsize=4");
    start("tftp.wrong-tsize=-100", EDK2);
    cr_assert_str_eq(oack(), "tsize=4900 blksize=1468 windowsize=4");
    start("tftp.wrong-tsize=-6000", EDK2);
    cr_assert_str_eq(oack(), "tsize=0 blksize=1468 windowsize=4");
}

/* ---- data ---- */

Test(tftpd_faults, truncated)
{
    start("tftp.truncate=700", PLAIN "\0tsize\0000");
    cr_assert_str_eq(oack(), "tsize=5000");
    ack(0);
    assert_data(1, 512);
    ack(1);
    assert_data(2, 188);
    ack(2);
    cr_assert_eq(t.end, PXK_TFTPD_DONE);
    start("tftp.truncate-short=700", PLAIN "\0tsize\0000");
    cr_assert_str_eq(oack(), "tsize=700");
    start("tftp.truncate-short=9000", PLAIN "\0tsize\0000");
    cr_assert_str_eq(oack(), "tsize=5000");
    start("tftp.truncate=0", PLAIN);
    assert_data(1, 0);
}

Test(tftpd_faults, stalls)
{
    start("tftp.stall-at=2", PLAIN);
    assert_data(1, 512);
    ack(1);
    for (unsigned i = 0; t.end == PXK_TFTPD_RUNNING; i++) {
        cr_assert_not(next());
        cr_assert_lt(i, 10);
        now = pxk_tftpd_deadline(&t);
        pxk_tftpd_expire(&t, now);
    }
    cr_assert_eq(t.end, PXK_TFTPD_TIMEOUT);
}

Test(tftpd_faults, stalls_after_the_oack)
{
    start("tftp.stall-at=1", EDK2);
    cr_assert_str_eq(oack(), "tsize=5000 blksize=1468 windowsize=4");
    ack(0);
    cr_assert_not(next());
}

Test(tftpd_faults, closes_in_the_middle)
{
    start("tftp.close-after=2", PLAIN);
    assert_data(1, 512);
    ack(1);
    assert_data(2, 512);
    ack(2);
    assert_error(0);
    start("tftp.close-after=10", PLAIN); /* the last one: all has arrived */
    for (uint16_t i = 1; i <= 10; i++) {
        assert_data(i, i < 10 ? 512 : SIZE % 512);
        ack(i);
    }
    cr_assert_eq(t.end, PXK_TFTPD_DONE);
}

Test(tftpd_faults, one_block_is_lost_once)
{
    start("tftp.drop-block=2", PLAIN);
    assert_data(1, 512);
    ack(1);
    cr_assert_not(next());
    now = pxk_tftpd_deadline(&t);
    pxk_tftpd_expire(&t, now);
    assert_data(2, 512);
    cr_assert_eq(t.resent, 1);
}

Test(tftpd_faults, every_third_block_is_lost_once)
{
    start("tftp.drop-every=3", PLAIN "\0windowsize\0004");
    cr_assert_str_eq(oack(), "windowsize=4");
    ack(0);
    assert_data(1, 512);
    assert_data(2, 512);
    assert_data(4, 512);
    cr_assert_not(next());
    ack(2); /* the client saw the gap */
    assert_data(3, 512);
    assert_data(4, 512);
    assert_data(5, 512);
    cr_assert_not(next()); /* 6 is lost */
}

Test(tftpd_faults, a_corrupt_block)
{
    start("tftp.corrupt-block=2", PLAIN);
    assert_data(1, 512);
    ack(1);
    for (int i = 0; i < 2; i++) { /* repetitions are no better */
        cr_assert(next());
        cr_assert_eq(got.data[0], content[512] ^ 0xff);
        cr_assert_eq(memcmp(got.data + 1, content + 513, 511), 0);
        now = pxk_tftpd_deadline(&t);
        pxk_tftpd_expire(&t, now);
    }
}

Test(tftpd_faults, every_block_twice)
{
    start("tftp.duplicate-blocks", PLAIN "\0windowsize\0002");
    cr_assert_str_eq(oack(), "windowsize=2");
    ack(0);
    for (uint16_t i = 1; i <= 2; i++) {
        assert_data(i, 512);
        assert_data(i, 512);
    }
    cr_assert_not(next());
    ack(2);
    assert_data(3, 512);
    cr_assert_eq(t.resent, 0);
}

Test(tftpd_faults, twice_and_no_room_in_the_socket)
{
    start("tftp.duplicate-blocks", PLAIN);
    assert_data(1, 512);
    pxk_tftpd_unsend(&t);
    assert_data(1, 512);
    assert_data(1, 512);
    pxk_tftpd_unsend(&t);
    assert_data(1, 512);
    cr_assert_not(next());
    ack(1);
    assert_data(2, 512);
}

Test(tftpd_faults, answers_every_ack)
{
    start("tftp.answer-every-ack", PLAIN);
    assert_data(1, 512);
    ack(1);
    assert_data(2, 512);
    ack(1);
    assert_data(2, 512);
    ack(1);
    assert_data(2, 512);
    ack(2);
    assert_data(3, 512);
    start("tftp.drop-block=999", PLAIN); /* as it should be */
    assert_data(1, 512);
    ack(1);
    assert_data(2, 512);
    ack(1);
    cr_assert_not(next());
}

Test(tftpd_faults, more_than_was_agreed)
{
    start("tftp.oversize-data=100", PLAIN "\0blksize\0001000");
    cr_assert_str_eq(oack(), "blksize=1000");
    ack(0);
    for (uint16_t i = 1; i <= SIZE / 1000; i++) {
        cr_assert(next());
        cr_assert_eq(got.data_len, 1100);
        ack(i);
    }
    assert_data(SIZE / 1000 + 1, 0); /* the last one is as it is */
}

/* The names as they are written on the wire. */
Test(tftpd_faults, forms_of_names)
{
    start("tftp.refuse-leading-slash", "/a/b.efi\0octet");
    cr_assert(next());
    cr_assert_eq(got.op, PXK_TFTP_ERROR);
    cr_assert_eq(got.error, PXK_TFTP_E_ILLEGAL);
    start("tftp.refuse-leading-slash", PLAIN);
    assert_data(1, 512);
    start("tftp.refuse-backslash", "\\a\\b.efi\0octet");
    cr_assert(next());
    cr_assert_eq(got.error, PXK_TFTP_E_NOT_FOUND);
    start("tftp.refuse-backslash", PLAIN);
    assert_data(1, 512);
}

static uint64_t big_size;

static enum pxk_err big_open(void *ctx, const char *path, void **file, uint64_t *size)
{
    (void)ctx;
    (void)path;
    *file = content;
    *size = big_size;
    return PXK_OK;
}

static enum pxk_err big_read(void *ctx, void *file, uint64_t offset, void *buf, size_t n)
{
    (void)ctx;
    (void)file;
    cr_assert_leq(offset + n, big_size);
    memset(buf, 0, n);
    return PXK_OK;
}

/* A file of @blocks full blocks of 8 bytes, up to the number on the wire of its last one. */
static void start_big(const char *faults, uint64_t blocks)
{
    static const struct pxk_tftpd_files files = {big_open, big_read, mem_close, NULL};
    static const char request[] = "\0\001b\0octet\0blksize\0008";
    struct pxk_tftp m;
    faults_of(faults, &set);
    pxk_tftpd_close(&t);
    big_size = blocks * 8;
    struct pxk_tftpd_limits limits = {.max_blksize = 1468, .max_windowsize = 64, .faults = &set};
    cr_assert_eq(pxk_tftp_decode(request, sizeof request, &m), PXK_OK);
    pxk_tftpd_start(&t, &m, &limits, &files, now);
    cr_assert(next());
    ack(0);
}

static void go_to(uint64_t block)
{
    for (uint64_t i = 1; i <= block; i++) {
        cr_assert(next(), "block %u", (unsigned)i);
        ack(got.block);
    }
}

Test(tftpd_faults, no_numbers_left)
{
    start_big("tftp.no-rollover", 70000);
    go_to(65535);
    cr_assert_eq(got.block, 65535);
    cr_assert_not(next());
}

Test(tftpd_faults, one_after_65535)
{
    start_big("tftp.rollover-to-1", 140000);
    go_to(65535);
    go_to(1);
    cr_assert_eq(got.block, 1);
    go_to(65534);
    cr_assert_eq(got.block, 65535);
    go_to(1);
    cr_assert_eq(got.block, 1);
    go_to(140000 - 131071);
    cr_assert(next());
    cr_assert_eq(got.data_len, 0);
    ack(got.block);
    cr_assert_eq(t.end, PXK_TFTPD_DONE);
}

Test(tftpd_faults, slow)
{
    pxk_usec begun = now;
    start("tftp.slow=3s", PLAIN "\0windowsize\0002");
    cr_assert_str_eq(oack(), "windowsize=2");
    ack(0);
    for (uint16_t i = 1; i <= 2; i++) {
        cr_assert_not(next());
        cr_assert_eq(pxk_tftpd_deadline(&t), begun + i * 3 * PXK_SEC);
        now = pxk_tftpd_deadline(&t);
        pxk_tftpd_expire(&t, now);
        assert_data(i, 512);
    }
    cr_assert_not(next());
    cr_assert_eq(pxk_tftpd_deadline(&t), now + PXK_SEC); /* the wait for the ACK */
    cr_assert_eq(t.tries, 1);
    cr_assert_eq(t.resent, 0);
}
