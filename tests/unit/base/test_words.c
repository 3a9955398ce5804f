/* Numbers, yes and no, hex digits and near misses, as people write them. */
#include <criterion/criterion.h>

#include "pxk/base.h"

Test(words, integers)
{
    int64_t v;
    cr_assert_eq(pxk_int_parse("9223372036854775807", &v), PXK_OK);
    cr_assert_eq(v, INT64_MAX);
    cr_assert_eq(pxk_int_parse("-12", &v), PXK_OK);
    cr_assert_eq(v, -12);
    cr_assert_eq(pxk_int_parse("0x1F", &v), PXK_OK);
    cr_assert_eq(v, 31);
    cr_assert_eq(pxk_int_parse("9223372036854775808", &v), PXK_E_RANGE);
    cr_assert_eq(pxk_int_parse("", &v), PXK_E_FORMAT);
    cr_assert_eq(pxk_int_parse("-", &v), PXK_E_FORMAT);
    cr_assert_eq(pxk_int_parse("0x", &v), PXK_E_FORMAT);
    cr_assert_eq(pxk_int_parse("1.5", &v), PXK_E_FORMAT);
}

Test(words, booleans)
{
    bool b = false;
    cr_assert_eq(pxk_bool_parse("Yes", &b), PXK_OK);
    cr_assert(b);
    cr_assert_eq(pxk_bool_parse("off", &b), PXK_OK);
    cr_assert_not(b);
    cr_assert_eq(pxk_bool_parse("1", &b), PXK_E_FORMAT);
    cr_assert_eq(pxk_bool_parse("", &b), PXK_E_FORMAT);
}

static const char *word(size_t i)
{
    static const char *const words[] = {"subnet", "pool", "tftp", "dns", "id", NULL};
    return words[i];
}

Test(words, nearest_is_only_named_when_it_can_be_meant)
{
    cr_assert_str_eq(pxk_nearest("sunbet", word), "subnet");
    cr_assert_str_eq(pxk_nearest("pol", word), "pool");
    cr_assert_null(pxk_nearest("something", word));
    cr_assert_null(pxk_nearest("", word));
}

Test(words, nearest_of_words_that_are_no_table)
{
    struct pxk_near n = {.word = "sevrer"};
    pxk_near_offer(&n, "client");
    cr_assert_null(n.best);
    pxk_near_offer(&n, "server");
    pxk_near_offer(&n, "severe");
    cr_assert_str_eq(n.best, "server");
}

Test(words, digits_of_a_base)
{
    const char *s = "12ab;";
    uint64_t v;
    cr_assert_eq(pxk_digits_parse(&s, 10, &v), PXK_OK);
    cr_assert_eq(v, 12);
    cr_assert_str_eq(s, "ab;");
    cr_assert_eq(pxk_digits_parse(&s, 10, &v), PXK_E_FORMAT);
    cr_assert_eq(pxk_digits_parse(&s, 16, &v), PXK_OK);
    cr_assert_eq(v, 0xab);
    s = "18446744073709551615";
    cr_assert_eq(pxk_digits_parse(&s, 10, &v), PXK_OK);
    cr_assert_eq(v, UINT64_MAX);
    s = "18446744073709551616";
    cr_assert_eq(pxk_digits_parse(&s, 10, &v), PXK_E_RANGE);
}

Test(words, hex_bytes)
{
    const char *s = "fFg0";
    uint8_t b = 0;
    cr_assert(pxk_hex_byte(&s, &b));
    cr_assert_eq(b, 0xff);
    cr_assert_not(pxk_hex_byte(&s, &b));
    cr_assert_str_eq(s, "g0");
    s = "0";
    cr_assert_not(pxk_hex_byte(&s, &b), "half a byte is none");
    for (unsigned c = 0; c < 256; c++)
        cr_assert_eq(pxk_hex_digit((char)c) >= 0, c && strchr("0123456789abcdefABCDEF", (int)c), "%u", c);
}
