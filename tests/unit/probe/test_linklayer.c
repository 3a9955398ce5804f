#include <criterion/criterion.h>
#include <stdlib.h>

#include "pxk/linklayer.h"
#include "pxk/proto/frame.h"

#define IP4   "45000020 00010000 40110000 0a000001 ffffffff"
#define UDP   "00440043 000c0000 01020304"
#define ETH   "ffffffffffff 525400770001 0800 "
#define MAC   "525400770001"

/* Each is one and the same UDP packet to everybody. */
static const struct {
    uint16_t link;
    const char *hex;
    bool mac, broadcast; /* does the link header know the sender, and that it is for all? */
} rows[] = {
    {1, ETH IP4 UDP, true, true},
    {113, "0001 0001 0006 " MAC "0000 0800" IP4 UDP, true, true},
    {276, "0800 0000 00000002 0001 01 06 " MAC "0000" IP4 UDP, true, true},
    {101, IP4 UDP, false, true},
    {12, IP4 UDP, false, true},
    {228, IP4 UDP, false, true},
    {0, "02000000" IP4 UDP, false, true},
    {108, "00000002" IP4 UDP, false, true},
    {9, "ff03 0021" IP4 UDP, false, true},
    {50, "0021" IP4 UDP, false, true},
    {9, "21" IP4 UDP, false, true},
    {197, "0000000000f15365 02 04 0042 0000 002e 0000" ETH IP4 UDP "00000000", true, true},
    {197, "0000000000f15365 82 04 0052 0000 002e 8500000000000000 0600000000000000 0000" ETH IP4 UDP, true, true},
    {197, "0000000000f15365 16 04 0030 0000 0020" IP4 UDP, false, true},
    {239, "02000000 0800 0100 08000101 0900 0a00 6500000000000000 2400 0900" IP4 UDP, false, true},
    {240, "00000000" ETH IP4 UDP, true, true},
};

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = 0;
    for (; *hex; hex++) {
        char digits[3] = {hex[0], hex[1], 0};
        if (*hex == ' ')
            continue;
        out[n++] = (uint8_t)strtoul(digits, NULL, 16);
        hex++;
    }
    return n;
}

static uint8_t scratch[PXK_LINK_SCRATCH];

Test(linklayer, every_link_type_becomes_ethernet)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t data[200];
        struct pxk_linkframe l;
        struct pxk_frame f;
        uint32_t n = (uint32_t)unhex(rows[i].hex, data);
        cr_assert_eq(pxk_linklayer(rows[i].link, data, n, n, scratch, &l), PXK_OK, "row %zu", i);
        cr_assert_eq(pxk_frame_decode(l.data, l.len, l.wire, &f), PXK_OK, "row %zu", i);
        cr_assert_eq(f.l4, PXK_L4_UDP, "row %zu", i);
        cr_assert_eq(f.sport, 68, "row %zu", i);
        cr_assert_eq(f.payload_len, 4, "row %zu: %zu", i, f.payload_len);
        cr_assert_eq(memcmp(f.payload, "\1\2\3\4", 4), 0);
        cr_assert(!f.cut, "row %zu: %u of %u", i, l.len, l.wire);
        cr_assert_eq(f.src.b[5] == 1, rows[i].mac, "row %zu", i);
        cr_assert_eq(pxk_mac_eq(&f.dst, &pxk_mac_broadcast), rows[i].broadcast, "row %zu", i);
    }
}

Test(linklayer, a_packet_cut_anywhere_stays_inside)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t data[200];
        uint32_t n = (uint32_t)unhex(rows[i].hex, data);
        for (uint32_t cut = 0; cut < n; cut++) {
            struct pxk_linkframe l = {0};
            uint8_t *copy = malloc(cut ? cut : 1);
            memcpy(copy, data, cut);
            if (pxk_linklayer(rows[i].link, copy, cut, n, scratch, &l) == PXK_OK) {
                cr_assert_leq(l.len, l.wire, "row %zu cut at %u", i, cut);
                cr_assert(l.data == scratch || (l.data >= copy && l.data + l.len <= copy + cut));
            }
            free(copy);
        }
    }
}

Test(linklayer, bridges_talk_in_802_3)
{
    uint8_t data[100];
    struct pxk_linkframe l;
    uint32_t n = (uint32_t)unhex("0002 0001 0006 525400770001 0000 0004 424203 0000 02", data);
    cr_assert_eq(pxk_linklayer(113, data, n, n, scratch, &l), PXK_OK);
    cr_assert_eq(l.data[12] << 8 | l.data[13], 6, "a length, not a type");
    cr_assert_eq(l.data[14], 0x42);
}

Test(linklayer, what_cannot_be_read_says_what_to_do)
{
    struct pxk_linkframe l;
    char name[32];
    static const uint16_t links[] = {105, 127, 189, 10, 4711, 65535};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        cr_assert_eq(pxk_linklayer(links[i], scratch, 64, 64, scratch, &l), PXK_E_UNSUPPORTED);
        cr_assert_gt(strlen(pxk_linklayer_why(links[i])), 10);
        cr_assert_gt(strlen(pxk_linklayer_name(links[i], name, sizeof name)), 2);
    }
    cr_assert_str_eq(pxk_linklayer_name(4711, name, sizeof name), "link type 4711");
    cr_assert_str_eq(pxk_linklayer_name(105, name, sizeof name), "IEEE802_11");
}

Test(linklayer, what_is_no_ip_is_left_out)
{
    struct pxk_linkframe l;
    uint8_t data[64] = {0};
    cr_assert_eq(pxk_linklayer(101, data, 64, 64, scratch, &l), PXK_E_FORMAT);
    data[0] = 0xc0;
    data[1] = 0x21; /* LCP */
    cr_assert_eq(pxk_linklayer(9, data, 64, 64, scratch, &l), PXK_E_FORMAT);
}
