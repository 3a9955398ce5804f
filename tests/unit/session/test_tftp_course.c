/* How a transfer goes: who waits for whom, what comes twice, what is too large, where numbers end. */
#include <criterion/criterion.h>

#include "wire.h"

static const struct pxk_transfer *begin(struct wire *w, bool tsize, unsigned blksize)
{
    wire_init(w, 0);
    wire_lease(w, &client_mac, CLIENT_IP, 1, true);
    wire_rrq(w, 2000, "a", tsize, blksize);
    return &pxk_tracker_session(w->t, 0)->transfers.at[0];
}

static void windowed(struct wire *w, unsigned window)
{
    uint8_t buf[200];
    struct pxk_wr p = pxk_wr_init(buf, sizeof buf);
    pxk_tftp_write_oack(&p);
    pxk_tftp_write_opt(&p, PXK_TFTP_OPT_WINDOWSIZE, window);
    wire_udp(w, &server_mac, &client_mac, SERVER_IP, 32000, CLIENT_IP, 2000, buf, pxk_wr_len(&p));
}

Test(tftp_course, blocks_larger_than_agreed)
{
    struct wire w;
    const struct pxk_transfer *tr = begin(&w, false, 1000);
    wire_oack(&w, 2000, 0, 1000);
    wire_data(&w, 2000, 1, 1000);
    cr_expect_eq(tr->oversize, 0);
    wire_data(&w, 2000, 2, 1100);
    wire_data(&w, 2000, 3, 1050);
    cr_expect_eq(tr->oversize, 1100);
    cr_expect_eq(tr->oversize_frame, w.number - 1);
    wire_done(&w);
}

/* Nobody spoke of a size: 512 bytes. With a size that was asked for, the OACK may be what the capture lacks. */
Test(tftp_course, blocks_without_an_oack)
{
    struct wire w;
    const struct pxk_transfer *tr = begin(&w, false, 0);
    wire_data(&w, 2000, 1, 600);
    cr_expect_eq(tr->oversize, 600);
    wire_done(&w);
    tr = begin(&w, false, 1432);
    wire_data(&w, 2000, 1, 1432);
    cr_expect_eq(tr->oversize, 0);
    cr_expect_eq(tr->blksize, 1432);
    wire_done(&w);
}

static void up_to_65535(struct wire *w)
{
    wire_oack(w, 2000, 0, 8);
    for (uint32_t i = 1; i <= 65535; i++) {
        wire_data(w, 2000, (uint16_t)i, 8);
        wire_ack(w, 2000, (uint16_t)i);
    }
}

Test(tftp_course, one_after_65535)
{
    struct wire w;
    const struct pxk_transfer *tr = begin(&w, false, 8);
    up_to_65535(&w);
    cr_expect_eq(tr->rollover, PXK_ROLLOVER_NONE);
    for (uint16_t i = 1; i <= 3; i++) {
        wire_data(&w, 2000, i, 8);
        wire_ack(&w, 2000, i);
    }
    cr_expect_eq(tr->rollover, PXK_ROLLOVER_TO_1);
    cr_expect_eq(tr->blocks, 65538);
    cr_expect_eq(tr->taken, 65538);
    cr_expect_eq(tr->gaps + tr->missed + tr->repeats, 0);
    wire_data(&w, 2000, 4, 3);
    cr_expect_eq(tr->state, PXK_TRANSFER_DONE);
    cr_expect_eq(tr->bytes, 65538 * 8 + 3);
    wire_done(&w);
}

Test(tftp_course, zero_after_65535)
{
    struct wire w;
    const struct pxk_transfer *tr = begin(&w, false, 8);
    up_to_65535(&w);
    wire_data(&w, 2000, 0, 8);
    wire_data(&w, 2000, 1, 8);
    cr_expect_eq(tr->rollover, PXK_ROLLOVER_TO_0);
    cr_expect_eq(tr->blocks, 65537);
    wire_done(&w);
}

/* A repeat after a time-out is a repeat; one at once is a double, and behind a repeated ACK an echo of it. */
Test(tftp_course, doubles_and_echoes)
{
    struct wire w;
    const struct pxk_transfer *tr = begin(&w, false, 0);
    wire_data(&w, 2000, 1, 512);
    wire_ack(&w, 2000, 1);
    w.now += 2 * PXK_SEC;
    wire_data(&w, 2000, 1, 512);
    cr_expect_eq(tr->doubled, 0);
    wire_ack(&w, 2000, 1);
    wire_data(&w, 2000, 2, 512);
    wire_data(&w, 2000, 2, 512);
    cr_expect_eq(tr->doubled, 1);
    cr_expect_eq(tr->doubled_from, 2);
    cr_expect_eq(tr->echoes, 1);
    cr_expect_eq(tr->repeats, 2);
    wire_done(&w);
}

Test(tftp_course, ends_of_windows)
{
    struct wire w;
    const struct pxk_transfer *tr = begin(&w, false, 0);
    windowed(&w, 4);
    wire_ack(&w, 2000, 0);
    for (uint16_t base = 0; base < 12; base = (uint16_t)(base + 3)) {
        for (uint16_t i = 1; i <= 3; i++)
            wire_data(&w, 2000, (uint16_t)(base + i), 512);
        wire_ack(&w, 2000, (uint16_t)(base + 3)); /* the fourth was lost */
        wire_ack(&w, 2000, (uint16_t)(base + 3)); /* said twice, lost once */
    }
    cr_expect_eq(tr->lost_late, 4);
    cr_expect_eq(tr->lost_early, 0);
    wire_data(&w, 2000, 13, 512);
    wire_ack(&w, 2000, 13);
    cr_expect_eq(tr->lost_early, 1);
    wire_done(&w);
}

Test(tftp_course, the_client_is_not_heard)
{
    struct wire w;
    const struct pxk_transfer *tr = begin(&w, true, 1000);
    w.now += 300 * PXK_MSEC;
    pxk_usec before = w.now;
    wire_oack(&w, 2000, 5000, 1000);
    cr_expect_geq(tr->answer_delay, 300 * PXK_MSEC);
    cr_expect_geq(tr->answered, before);
    wire_rrq(&w, 2000, "a", true, 1000);
    wire_oack(&w, 2000, 5000, 1000);
    cr_expect_eq(tr->requests, 2);
    cr_expect_eq(tr->answers, 2);
    cr_expect_eq(tr->fallen, 1);
    cr_expect_eq(tr->unheard, 2);
    wire_ack(&w, 2000, 0);
    cr_expect_eq(tr->unheard, 0);
    wire_data(&w, 2000, 1, 1000);
    wire_ack(&w, 2000, 1);
    wire_data(&w, 2000, 2, 1000);
    wire_data(&w, 2000, 2, 1000);
    cr_expect_eq(tr->unheard, 2);
    cr_expect_eq(tr->taken, 1);
    cr_expect_eq(tr->blocks, 2);
    wire_done(&w);
}

/* A text is kept up to 8 KiB, and no more memory than it needs. */
Test(tftp_course, heads_fit_their_content)
{
    struct wire w;
    const struct pxk_transfer *tr = begin(&w, false, 0);
    wire_data(&w, 2000, 1, 300); /* the tests' content is letters */
    cr_expect_eq(tr->head_len, 300);
    cr_expect_eq(tr->head_cap, 300);
    wire_done(&w);
    tr = begin(&w, false, 0);
    for (uint16_t i = 1; i <= 40; i++)
        wire_data(&w, 2000, i, 512);
    cr_expect_eq(tr->head_len, PXK_HEAD_TEXT_MAX);
    cr_expect_eq(tr->head_cap, PXK_HEAD_TEXT_MAX);
    wire_done(&w);
}
