#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "pxk/conf.h"

struct number {
    char text[24];
    uint64_t want; /* UINT64_MAX: refused */
};

ParameterizedTestParameters(values, sizes)
{
    static struct number n[] = {
        {"0", 0},
        {"512", 512},
        {"64k", 65536},
        {"64K", 65536},
        {"1M", 1048576},
        {"2MiB", 2097152},
        {"1G", 1073741824},
        {"8388607T", 8388607ull << 40},
        {"", UINT64_MAX},
        {"k", UINT64_MAX},
        {"1x", UINT64_MAX},
        {"-1", UINT64_MAX},
        {"1kB", UINT64_MAX},
        {"8388608T", UINT64_MAX},
        {"18446744073709551616", UINT64_MAX},
        {" 1", UINT64_MAX},
    };
    return cr_make_param_array(struct number, n, PXK_COUNT(n));
}
ParameterizedTest(struct number *n, values, sizes)
{
    uint64_t v;
    enum pxk_err err = pxk_conf_size_parse(n->text, &v);
    cr_assert_eq(err == PXK_OK, n->want != UINT64_MAX, "%s", n->text);
    if (err == PXK_OK)
        cr_assert_eq(v, n->want, "%s: %llu", n->text, (unsigned long long)v);
}

ParameterizedTestParameters(values, durations)
{
    static struct number n[] = {
        {"0", 0},
        {"90", 90 * PXK_SEC},
        {"90s", 90 * PXK_SEC},
        {"250ms", 250 * PXK_MSEC},
        {"5us", 5},
        {"1h30m", 5400 * PXK_SEC},
        {"2min", 120 * PXK_SEC},
        {"1d", 86400 * PXK_SEC},
        {"1w1d", 8 * 86400 * PXK_SEC},
        {"", UINT64_MAX},
        {"h", UINT64_MAX},
        {"1h30", UINT64_MAX},
        {"1y", UINT64_MAX},
        {"-5s", UINT64_MAX},
        {"1 h", UINT64_MAX},
        {"15250284452472w", UINT64_MAX},
    };
    return cr_make_param_array(struct number, n, PXK_COUNT(n));
}
ParameterizedTest(struct number *n, values, durations)
{
    pxk_usec v;
    enum pxk_err err = pxk_conf_duration_parse(n->text, &v);
    cr_assert_eq(err == PXK_OK, n->want != UINT64_MAX, "%s", n->text);
    if (err == PXK_OK)
        cr_assert_eq(v, n->want, "%s: %llu", n->text, (unsigned long long)v);
}

Test(values, subnets)
{
    struct pxk_conf_subnet s;
    cr_assert_eq(pxk_conf_subnet_parse("10.77.0.0/24", &s), PXK_OK);
    cr_assert_eq(s.net, PXK_IP4(10, 77, 0, 0));
    cr_assert_eq(pxk_conf_mask(s), 0xffffff00u);
    cr_assert(pxk_conf_in_subnet(s, PXK_IP4(10, 77, 0, 255)));
    cr_assert_not(pxk_conf_in_subnet(s, PXK_IP4(10, 77, 1, 0)));
    cr_assert_eq(pxk_conf_subnet_parse("0.0.0.0/0", &s), PXK_OK);
    cr_assert_eq(pxk_conf_mask(s), 0);
    cr_assert_eq(pxk_conf_subnet_parse("10.0.0.1/32", &s), PXK_OK);
    cr_assert_eq(pxk_conf_mask(s), 0xffffffffu);
    cr_assert_eq(pxk_conf_subnet_parse("10.77.0.9/24", &s), PXK_E_RANGE);
    cr_assert_eq(s.net, PXK_IP4(10, 77, 0, 0));
    for (size_t i = 0; i < 6; i++) {
        static const char *const bad[] = {"",           "10.77.0.0",  "10.77.0.0/33",
                                          "10.77.0.0/", "10.77.0/24", "10.77.0.0/24x"};
        cr_assert_eq(pxk_conf_subnet_parse(bad[i], &s), PXK_E_FORMAT, "%s", bad[i]);
    }
}

Test(values, ranges)
{
    struct pxk_conf_range r;
    cr_assert_eq(pxk_conf_range_parse("10.0.0.1-10.0.0.9", &r), PXK_OK);
    cr_assert_eq(r.last - r.first, 8);
    cr_assert_eq(pxk_conf_range_parse("10.0.0.1", &r), PXK_OK);
    cr_assert_eq(r.last, r.first);
    cr_assert_eq(pxk_conf_range_parse("10.0.0.9-10.0.0.1", &r), PXK_E_RANGE);
    cr_assert_eq(pxk_conf_range_parse("10.0.0.9-", &r), PXK_E_FORMAT);
    cr_assert_eq(pxk_conf_range_parse("-10.0.0.9", &r), PXK_E_FORMAT);
    cr_assert_eq(pxk_conf_range_parse("10.0.0.1 - 10.0.0.9", &r), PXK_E_FORMAT);
}
