#include <criterion/criterion.h>

#include "pxk/dedup.h"

/* An IPv4 frame with this identification and one byte of content, at 60. */
static void frame(uint8_t out[static 64], uint16_t id, uint8_t content)
{
    memset(out, 0, 64);
    out[12] = 0x08;
    out[14] = 0x45;
    out[18] = (uint8_t)(id >> 8);
    out[19] = (uint8_t)id;
    out[60] = content;
}

static struct pxk_dedup d;

static bool look(uint16_t id, uint8_t content, pxk_usec at)
{
    uint8_t f[64];
    frame(f, id, content);
    return pxk_dedup_look(&d, f, sizeof f, sizeof f, at);
}

Test(dedup, only_the_same_bytes_within_ten_milliseconds_are_a_copy)
{
    const pxk_usec t = 1000 * PXK_SEC;
    cr_assert(!look(7, 1, t));
    cr_assert(look(7, 1, t + 3));
    cr_assert(look(7, 1, t + 10 * PXK_MSEC));
    cr_assert(!look(7, 1, t + 21 * PXK_MSEC), "later it is sent again");
    cr_assert(!look(8, 1, t + 21 * PXK_MSEC), "a retransmission has another identification");
    cr_assert(!look(8, 2, t + 21 * PXK_MSEC));
}

Test(dedup, without_an_identification_a_millisecond_counts)
{
    const pxk_usec t = 1000 * PXK_SEC;
    cr_assert(!look(0, 1, t));
    cr_assert(look(0, 1, t + 1 * PXK_MSEC));
    cr_assert(!look(0, 1, t + 3 * PXK_MSEC));
    uint8_t arp[60] = {[12] = 0x08, [13] = 0x06};
    cr_assert(!pxk_dedup_look(&d, arp, sizeof arp, sizeof arp, t));
    cr_assert(pxk_dedup_look(&d, arp, sizeof arp, sizeof arp, t + 500));
    cr_assert(!pxk_dedup_look(&d, arp, sizeof arp, sizeof arp, t + 5000));
    uint8_t tagged[64] = {[12] = 0x81, [16] = 0x08, [18] = 0x45, [22] = 1};
    cr_assert(!pxk_dedup_look(&d, tagged, sizeof tagged, sizeof tagged, t));
    cr_assert(pxk_dedup_look(&d, tagged, sizeof tagged, sizeof tagged, t + 9 * PXK_MSEC), "identification behind a tag");
}

Test(dedup, a_mirror_port_shows_and_a_few_copies_do_not)
{
    pxk_usec t = 1000 * PXK_SEC;
    for (unsigned i = 0; i < 2000; i++, t += 100) {
        look((uint16_t)(i + 1), 0, t);
        if (i % 10 == 0)
            look((uint16_t)(i + 1), 0, t + 5);
    }
    cr_assert(!d.on, "a tenth");
    d = (struct pxk_dedup){0};
    for (unsigned i = 0; i < 20; i++, t += 100) {
        look((uint16_t)(i + 1), 1, t);
        look((uint16_t)(i + 1), 1, t + 5);
    }
    cr_assert(d.on, "all");
    for (unsigned i = 0; i < 600; i++, t += 100)
        look((uint16_t)(i + 1), 2, t);
    cr_assert(!d.on, "no more of them");
}

Test(dedup, short_frames_stay_inside)
{
    uint8_t f[20] = {0};
    for (size_t n = 0; n <= sizeof f; n++)
        cr_assert(!pxk_dedup_look(&d, f, n, n, 5 * PXK_SEC), "%zu bytes: another length is another frame", n);
}
