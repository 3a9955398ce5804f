/* Option 43 as PXE uses it: golden bytes, lying counts, truncation at every byte. */
#include "packet.h"
#include "pxk/proto/pxe.h"

static struct pxk_pxe decode(const void *data, size_t len)
{
    struct pxk_pxe p;
    pxk_pxe_decode(data, len, &p);
    return p;
}
#define PXE(...) decode((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

Test(pxe, load_the_file_now)
{
    struct pxk_pxe p = PXE(6, 1, 8, 255);
    cr_assert(pxk_pxe_has(&p, PXK_PXE_DISCOVERY_CONTROL) && pxk_pxe_has_discovery(&p));
    cr_assert_eq(p.control, PXK_PXE_BOOT_FILE_ONLY);
    cr_assert(!p.no_end && !p.cut && !p.bad_length && !p.has_item);
}

Test(pxe, immediate_prompt)
{
    struct pxk_pxe p = PXE(6, 1, 3, 10, 4, 0, 'P', 'X', 'E', 255);
    cr_assert_eq(p.control, PXK_PXE_NO_BROADCAST | PXK_PXE_NO_MULTICAST);
    cr_assert_eq(p.prompt_timeout, 0);
    cr_assert_eq(p.prompt_len, 3);
    cr_assert_arr_eq(p.prompt, "PXE", 3);
}

Test(pxe, a_prompt_may_have_no_text)
{
    struct pxk_pxe p = PXE(10, 1, 255, 255);
    cr_assert(pxk_pxe_has(&p, PXK_PXE_MENU_PROMPT));
    cr_assert_eq(p.prompt_timeout, 255);
    cr_assert_eq(p.prompt_len, 0);
}

Test(pxe, boot_item_multicast_and_mtftp)
{
    struct pxk_pxe p = PXE(71, 4, 0x80, 1, 0x80, 2, 7, 4, 224, 1, 2, 3, 1, 4, 239, 255, 1, 1, 0, 255);
    cr_assert(p.has_item);
    cr_assert_eq(p.item_type, 0x8001);
    cr_assert_eq(p.item_layer, 0x8002);
    cr_assert_eq(p.multicast, PXK_IP4(224, 1, 2, 3));
    cr_assert_eq(p.mtftp_ip, PXK_IP4(239, 255, 1, 1));
    cr_assert(pxk_pxe_has(&p, PXK_PXE_MTFTP_IP) && !pxk_pxe_has(&p, PXK_PXE_BOOT_MENU));
    cr_assert_not(pxk_pxe_has(&p, 71), "71 is has_item");
}

Test(pxe, mtftp_alone_is_no_discovery)
{
    struct pxk_pxe p = PXE(1, 4, 239, 1, 1, 1, 2, 2, 1, 0, 3, 2, 2, 0, 4, 1, 5, 5, 1, 5, 255);
    cr_assert_not(pxk_pxe_has_discovery(&p));
    for (unsigned code = 1; code <= 5; code++)
        cr_assert(pxk_pxe_has(&p, code));
}

Test(pxe, each_of_6_to_10_is_discovery)
{
    static const uint8_t value[5][9] = {{6, 1, 0}, {7, 4, 1, 2, 3, 4}, {8, 3, 0, 1, 0}, {9, 3, 0, 0, 0}, {10, 1, 0}};
    for (size_t i = 0; i < 5; i++) {
        struct pxk_pxe p = decode(value[i], 2u + value[i][1]);
        cr_assert(pxk_pxe_has_discovery(&p), "%zu", i + 6);
        cr_assert(p.no_end && !p.cut);
    }
}

Test(pxe, servers_and_menu)
{
    struct pxk_pxe p = PXE(8, 17, 0, 1, 2, 10, 0, 0, 1, 10, 0, 0, 2, 0x80, 0, 0, 0, 0, 0, 9, 12, 0x80, 0, 3, 'a', 'b',
                           'c', 0, 0, 3, 'x', 'y', 'z', 255);
    struct pxk_pxe_server s;
    cr_assert(pxk_pxe_server_next(&p.servers, &s));
    cr_assert_eq(s.type, 1);
    cr_assert_eq(s.count, 2);
    cr_assert_eq(pxk_rd_u32(&s.address), PXK_IP4(10, 0, 0, 1));
    cr_assert_eq(pxk_rd_u32(&s.address), PXK_IP4(10, 0, 0, 2));
    cr_assert_eq(pxk_rd_left(&s.address), 0);
    cr_assert(pxk_pxe_server_next(&p.servers, &s));
    cr_assert_eq(s.type, 0x8000);
    cr_assert_eq(s.count, 0, "any server of that type");
    cr_assert(pxk_pxe_server_next(&p.servers, &s));
    cr_assert_not(pxk_pxe_server_next(&p.servers, &s));
    struct pxk_pxe_menu_item item;
    cr_assert(pxk_pxe_menu_next(&p.menu, &item));
    cr_assert_eq(item.type, 0x8000);
    cr_assert_eq(item.len, 3);
    cr_assert_arr_eq(item.text, "abc", 3);
    cr_assert(pxk_pxe_menu_next(&p.menu, &item));
    cr_assert_eq(item.type, 0);
    cr_assert_not(pxk_pxe_menu_next(&p.menu, &item));
}

Test(pxe, raspberry_pi_marker)
{
    uint8_t data[] = "\x09\x17\x00\x00\x14Raspberry Pi Boot   \xff";
    struct pxk_pxe p = decode(data, sizeof data - 1);
    struct pxk_pxe_menu_item item;
    cr_assert(pxk_pxe_menu_next(&p.menu, &item));
    cr_assert_eq(item.len, 20);
    cr_assert_arr_eq(item.text, "Raspberry Pi Boot   ", 20);
}

Test(pxe, lying_counts_end_the_list)
{
    struct pxk_pxe p = PXE(8, 7, 0, 1, 2, 10, 0, 0, 1, 9, 6, 0x80, 0, 200, 'a', 'b', 'c', 255);
    struct pxk_pxe_server s;
    struct pxk_pxe_menu_item item;
    cr_assert_not(pxk_pxe_server_next(&p.servers, &s), "two addresses promised, one there");
    cr_assert_not(pxk_pxe_server_next(&p.servers, &s));
    cr_assert_not(pxk_pxe_menu_next(&p.menu, &item));
    cr_assert_not(pxk_pxe_menu_next(&p.menu, &item));
    p = PXE(8, 4, 0, 1, 0, 9, 255);
    cr_assert(pxk_pxe_server_next(&p.servers, &s));
    cr_assert_not(pxk_pxe_server_next(&p.servers, &s), "one byte is no entry");
}

Test(pxe, wrong_lengths_are_noted_and_left_out)
{
    struct pxk_pxe p = PXE(6, 2, 3, 3, 7, 3, 1, 2, 3, 71, 3, 0, 1, 0, 10, 0, 255);
    cr_assert(p.bad_length && !p.cut && !p.no_end);
    cr_assert_eq(p.seen, 0);
    cr_assert(!p.has_item && p.control == 0 && p.multicast == 0);
}

Test(pxe, unknown_sub_options_are_skipped)
{
    struct pxk_pxe p = PXE(200, 2, 1, 2, 64, 0, 6, 1, 8, 255, 6, 1, 1);
    cr_assert_eq(p.control, 8, "and nothing after the end is read");
    cr_assert_not(p.bad_length);
}

Test(pxe, long_lists_of_a_split_option_43)
{
    uint8_t data[260] = {9, 255};
    struct pxk_pxe p = decode(data, 2 + 255);
    cr_assert(pxk_pxe_has(&p, PXK_PXE_BOOT_MENU) && !p.bad_length);
    cr_assert_eq(pxk_rd_left(&p.menu), 255);
}

Test(pxe, empty)
{
    struct pxk_pxe p = decode(NULL, 0);
    struct pxk_pxe_server s;
    struct pxk_pxe_menu_item item;
    cr_assert(p.no_end && !p.cut && p.seen == 0);
    cr_assert(!pxk_pxe_server_next(&p.servers, &s) && !pxk_pxe_menu_next(&p.menu, &item));
}

Test(pxe, cut_at_every_byte)
{
    static const uint8_t data[] = {6,  1, 3, 8, 7, 0x80, 0, 1, 10, 77, 0, 2, 9,   7,   0x80, 0,
                                   4, 'm', 'e', 'n', 'u', 10, 3, 3, 'a', 'b', 71, 4, 0x80, 0, 0, 0, 255};
    for (size_t len = 0; len < sizeof data; len++) {
        uint8_t *copy = exact_copy(data, len);
        struct pxk_pxe p = decode(copy, len);
        cr_assert(p.no_end, "%zu bytes have no end marker", len);
        bool whole = len == 0 || len == 3 || len == 12 || len == 21 || len == 26 || len == 32;
        cr_assert_eq(p.cut, !whole, "%zu bytes", len);
        struct pxk_pxe_server s;
        struct pxk_pxe_menu_item item;
        cr_assert_eq(pxk_pxe_server_next(&p.servers, &s), len >= 12);
        cr_assert_eq(pxk_pxe_menu_next(&p.menu, &item), len >= 21);
        free(copy);
    }
}
