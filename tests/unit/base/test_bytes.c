#include <criterion/criterion.h>

#include "pxk/base.h"

Test(bytes, reads_in_network_order)
{
    static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    struct pxk_rd r = pxk_rd_init(data, sizeof data);
    cr_assert_eq(pxk_rd_u8(&r), 1);
    cr_assert_eq(pxk_rd_u16(&r), 0x0203);
    cr_assert_eq(pxk_rd_u32(&r), 0x04050607u);
    cr_assert_eq(pxk_rd_le16(&r), 0x0908);
    cr_assert_eq(pxk_rd_left(&r), 2);
    cr_assert_eq(r.err, PXK_OK);
}

Test(bytes, reading_past_the_end_is_sticky)
{
    static const uint8_t data[] = {1, 2, 3};
    struct pxk_rd r = pxk_rd_init(data, sizeof data);
    cr_assert_eq(pxk_rd_u32(&r), 0);
    cr_assert_eq(r.err, PXK_E_TRUNCATED);
    cr_assert_eq(pxk_rd_u8(&r), 0, "a byte is there, but the error stays");
    cr_assert_eq(pxk_rd_left(&r), 0);
    cr_assert_null(pxk_rd_take(&r, 0));
}

Test(bytes, huge_lengths_do_not_wrap)
{
    static const uint8_t data[4];
    struct pxk_rd r = pxk_rd_init(data, sizeof data);
    cr_assert_null(pxk_rd_take(&r, SIZE_MAX));
    r = pxk_rd_init(data, sizeof data);
    struct pxk_rd child = pxk_rd_at(&r, SIZE_MAX, 2);
    cr_assert_eq(child.err, PXK_E_TRUNCATED);
}

Test(bytes, a_child_sees_its_bytes_and_keeps_the_base)
{
    static const uint8_t data[] = {1, 2, 3, 4};
    struct pxk_rd r = pxk_rd_init(data, sizeof data);
    pxk_rd_u8(&r);
    struct pxk_rd child = pxk_rd_sub(&r, 2);
    cr_assert_eq(pxk_rd_offset(&child), 1);
    cr_assert_eq(pxk_rd_u16(&child), 0x0203);
    cr_assert_eq(pxk_rd_u8(&child), 0);
    cr_assert_eq(child.err, PXK_E_TRUNCATED);
    cr_assert_eq(r.err, PXK_OK, "a child's error is its own");
    cr_assert_eq(pxk_rd_u8(&r), 4);
}

Test(bytes, writer_fills_in_lengths)
{
    uint8_t buf[8];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    size_t mark = pxk_wr_open8(&w);
    pxk_wr_str(&w, "abc");
    pxk_wr_close8(&w, mark);
    cr_assert_eq(w.err, PXK_OK);
    cr_assert_arr_eq(buf, "\003abc", 4);
    pxk_wr_u32(&w, 0x01020304);
    cr_assert_eq(w.err, PXK_OK);
    pxk_wr_u8(&w, 0);
    cr_assert_eq(w.err, PXK_E_SPACE);
    cr_assert_eq(pxk_wr_len(&w), 8);
}

Test(bytes, a_length_byte_holds_255_at_most)
{
    static uint8_t buf[600];
    for (size_t n = 254; n <= 256; n++) {
        struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
        size_t mark = pxk_wr_open8(&w);
        pxk_wr_zero(&w, n);
        pxk_wr_close8(&w, mark);
        cr_assert_eq(w.err, n <= 255 ? PXK_OK : PXK_E_RANGE, "%zu bytes", n);
    }
}
