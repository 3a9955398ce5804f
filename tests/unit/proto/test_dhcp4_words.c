/* Options as people write them: names, values of each shape, and the sentence when they are wrong. */
#include <criterion/criterion.h>

#include "pxk/proto.h"

static char why[300];
static uint8_t bytes[600];
static size_t len, bad;

static enum pxk_err parse(uint8_t code, bool any_text, const char *a, const char *b)
{
    const char *value[] = {a, b};
    struct pxk_str sentence = pxk_str_init(why, sizeof why);
    struct pxk_wr w = pxk_wr_init(bytes, 255);
    const struct pxk_dhcp4_words words = {code, any_text, value, b ? 2 : 1};
    enum pxk_err err = pxk_dhcp4_value_parse(&words, &w, &bad, &sentence);
    len = pxk_wr_len(&w);
    return err;
}

static void is(uint8_t code, const char *a, const char *b, const void *want, size_t n)
{
    cr_assert_eq(parse(code, false, a, b), PXK_OK, "%u %s: %s", code, a, why);
    cr_assert_eq(len, n, "%u %s: %zu bytes", code, a, len);
    cr_assert_arr_eq(bytes, want, n, "%u %s", code, a);
    cr_assert_str_eq(why, "");
}

Test(dhcp4_words, values_by_the_shape_of_the_option)
{
    is(19, "yes", NULL, "\1", 1);
    is(23, "255", NULL, "\xff", 1);
    is(26, "0x5dc", NULL, "\x05\xdc", 2);
    is(51, "4294967295", NULL, "\xff\xff\xff\xff", 4);
    is(2, "-3600", NULL, "\xff\xff\xf1\xf0", 4);
    is(1, "255.255.255.0", NULL, "\xff\xff\xff\x00", 4);
    is(42, "10.77.0.1", "10.77.0.2", "\x0a\x4d\x00\x01\x0a\x4d\x00\x02", 8);
    is(33, "10.77.0.1", "10.77.0.2", "\x0a\x4d\x00\x01\x0a\x4d\x00\x02", 8);
    is(55, "1", "67", "\x01\x43", 2);
    is(25, "68", "1500", "\x00\x44\x05\xdc", 4);
    is(93, "7", "uefi-arm64", "\x00\x07\x00\x0b", 4);
    is(17, "/srv/root", NULL, "/srv/root", 9);
    is(97, "00112233-4455-6677-8899-aabbccddeeff", NULL,
       "\0\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 17);
    is(80, "true", NULL, "", 0);
    is(224, "any text", NULL, "any text", 8);
}

Test(dhcp4_words, hex_goes_for_every_shape)
{
    is(43, "hex:06 01:03-ff", NULL, "\x06\x01\x03\xff", 4);
    is(51, "hex:0000003c", NULL, "\0\0\0\x3c", 4);
    is(93, "7", "hex:0009", "\0\7\0\x09", 4);
    is(80, "hex:", NULL, "", 0);
    static const char *const wrong[] = {"hex:0", "hex:0g", "hex:01::02", "hex: 01", "hex:01,02"};
    for (size_t i = 0; i < PXK_COUNT(wrong); i++) {
        cr_assert_eq(parse(224, true, wrong[i], NULL), PXK_E_FORMAT, "%s", wrong[i]);
        cr_assert_str_eq(why, "expected pairs of hex digits after \"hex:\"");
    }
}

Test(dhcp4_words, text_for_options_made_of_parts_is_the_callers_choice)
{
    cr_assert_eq(parse(77, false, "iPXE", NULL), PXK_E_FORMAT);
    cr_assert_str_eq(why, "expected pairs of hex digits after \"hex:\"");
    cr_assert_eq(parse(77, true, "iPXE", NULL), PXK_OK);
    cr_assert_arr_eq(bytes, "iPXE", 4);
    cr_assert_eq(parse(43, true, "x", NULL), PXK_OK);
}

Test(dhcp4_words, what_is_wrong_is_said)
{
    static const struct {
        uint8_t code;
        const char *a, *b;
        enum pxk_err err;
        size_t bad;
        const char *why;
    } row[] = {
        {19, "perhaps", NULL, PXK_E_FORMAT, 0, "expected true or false"},
        {80, "false", NULL, PXK_E_FORMAT, 0, "expected true: the option has no value"},
        {23, "256", NULL, PXK_E_FORMAT, 0, "expected a number from 0 to 255"},
        {23, "-1", NULL, PXK_E_FORMAT, 0, "expected a number from 0 to 255"},
        {26, "65536", NULL, PXK_E_FORMAT, 0, "expected a number from 0 to 65535"},
        {51, "4294967296", NULL, PXK_E_FORMAT, 0, "expected a number from 0 to 4294967295"},
        {2, "2147483648", NULL, PXK_E_FORMAT, 0, "expected a number from -2147483648 to 2147483647"},
        {26, "uefi-x64", NULL, PXK_E_FORMAT, 0, "expected a number from 0 to 65535"},
        {42, "10.77.0.1", "10.77", PXK_E_FORMAT, 1, "expected an IPv4 address such as 10.77.0.1"},
        {97, "0011", NULL, PXK_E_FORMAT, 0, "expected a UUID such as 00112233-4455-6677-8899-aabbccddeeff"},
        {17, "a", "b", PXK_E_FORMAT, 0, "option 17 takes one value, not 2"},
        {224, "a", "b", PXK_E_FORMAT, 0, "option 224 takes one value, not 2"},
        {33, "10.77.0.1", NULL, PXK_E_RANGE, 0, "4 bytes are no possible length of option 33"},
        {17, "", NULL, PXK_E_RANGE, 0, "0 bytes are no possible length of option 17"},
        {224, "", NULL, PXK_E_RANGE, 0, "0 bytes are no possible length of option 224"},
        {17, NULL, NULL, PXK_E_RANGE, 0, "0 bytes are no possible length of option 17"},
    };
    for (size_t i = 0; i < PXK_COUNT(row); i++) {
        cr_assert_eq(parse(row[i].code, false, row[i].a, row[i].b), row[i].err, "row %zu: %s", i, why);
        cr_assert_str_eq(why, row[i].why);
        cr_assert_eq(bad, row[i].bad, "row %zu", i);
    }
}

Test(dhcp4_words, the_writers_room_is_the_longest_value)
{
    char text[257];
    memset(text, 'x', 256);
    text[256] = '\0';
    cr_assert_eq(parse(224, false, text, NULL), PXK_E_RANGE);
    cr_assert_str_eq(why, "the value of option 224 is longer than 255 bytes");
    cr_assert_eq(parse(224, false, text + 1, NULL), PXK_OK);
    cr_assert_eq(len, 255);
}

Test(dhcp4_words, names)
{
    struct pxk_str s = pxk_str_init(why, sizeof why);
    cr_assert_eq(pxk_dhcp4_code_parse("root-path", &s), 17);
    cr_assert_eq(pxk_dhcp4_code_parse("Root-Path", &s), 17);
    cr_assert_eq(pxk_dhcp4_code_parse("1", &s), 1);
    cr_assert_eq(pxk_dhcp4_code_parse("0xfe", &s), 254);
    cr_assert_str_eq(why, "");
    cr_assert_eq(pxk_dhcp4_code_parse("root-pat", &s), 0);
    cr_assert_str_eq(why, "no DHCP option \"root-pat\", expected a name or a number from 1 to 254; did you mean \"root-path\"");
    static const char *const none[] = {"0", "255", "-1", "", "1.5"};
    for (size_t i = 0; i < PXK_COUNT(none); i++)
        cr_assert_eq(pxk_dhcp4_code_parse(none[i], NULL), 0, "%s", none[i]);
    size_t n = 0;
    for (const char *key; (key = pxk_dhcp4_key(n)); n++)
        cr_assert_eq(pxk_dhcp4_code_parse(key, NULL), pxk_dhcp4_code(key), "%s", key);
    cr_assert_gt(n, 100);
}
