#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "pxk/base.h"

Test(str, never_overflows_and_remembers_the_cut)
{
    char buf[6];
    struct pxk_str b = pxk_str_init(buf, sizeof buf);
    pxk_str_add(&b, "abc");
    cr_assert_not(b.cut);
    pxk_str_addf(&b, "%d", 12345);
    cr_assert(b.cut);
    cr_assert_str_eq(buf, "abc12");
    pxk_str_addc(&b, 'x');
    cr_assert_str_eq(buf, "abc12");
}

Test(str, quotes_whatever_a_terminal_could_obey)
{
    char buf[64];
    struct pxk_str b = pxk_str_init(buf, sizeof buf);
    pxk_str_add_quoted(&b, "a\x1b[2J\n\\", 7);
    cr_assert_str_eq(buf, "a\\x1b[2J\\x0a\\x5c");
}

static const char *bytes_text(uint64_t n)
{
    static char buf[32];
    struct pxk_str b = pxk_str_init(buf, sizeof buf);
    pxk_str_add_bytes(&b, n);
    return buf;
}

static const char *duration_text(pxk_usec t)
{
    static char buf[32];
    struct pxk_str b = pxk_str_init(buf, sizeof buf);
    pxk_str_add_duration(&b, t);
    return buf;
}

Test(str, sizes_and_durations_for_people)
{
    cr_assert_str_eq(bytes_text(0), "0 B");
    cr_assert_str_eq(bytes_text(999), "999 B");
    cr_assert_str_eq(bytes_text(1000), "1.0 kB");
    cr_assert_str_eq(bytes_text(42430), "42 kB");
    cr_assert_str_eq(bytes_text(8222656), "8.2 MB");
    cr_assert_str_eq(bytes_text(999600), "1.0 MB");
    cr_assert_str_eq(duration_text(240), "240 us");
    cr_assert_str_eq(duration_text(1500), "1.5 ms");
    cr_assert_str_eq(duration_text(300 * PXK_MSEC), "0.3 s");
    cr_assert_str_eq(duration_text(3600 * PXK_SEC), "1 h");
    cr_assert_str_eq(duration_text(3900 * PXK_SEC), "1 h 5 min");
    cr_assert_str_eq(duration_text(150 * PXK_SEC), "2 min 30 s");
}

Test(str, distance_counts_a_swap_as_one)
{
    cr_assert_eq(pxk_str_distance("router", "router"), 0);
    cr_assert_eq(pxk_str_distance("rotuer", "router"), 1);
    cr_assert_eq(pxk_str_distance("pool", "poll"), 1);
    cr_assert_eq(pxk_str_distance("", "abc"), 3);
    cr_assert_eq(pxk_str_distance("kitten", "sitting"), 3);
}

Test(addr, text_and_back)
{
    char t[64];
    pxk_ip4 ip = 0;
    struct pxk_mac mac;
    struct pxk_uuid uuid;
    cr_assert_eq(pxk_ip4_parse("10.77.0.1", &ip), PXK_OK);
    cr_assert_eq(ip, PXK_IP4(10, 77, 0, 1));
    cr_assert_str_eq(pxk_ip4_text(ip, t), "10.77.0.1");
    cr_assert_eq(pxk_mac_parse("52:54:00:77:00:0a", &mac), PXK_OK);
    cr_assert_str_eq(pxk_mac_text(&mac, t), "52:54:00:77:00:0a");
    cr_assert_eq(pxk_uuid_parse("33221100-5544-7766-8899-AABBCCDDEEFF", &uuid), PXK_OK);
    cr_assert_str_eq(pxk_uuid_text(&uuid, t), "33221100-5544-7766-8899-aabbccddeeff");
}

struct bad {
    char s[48];
};

ParameterizedTestParameters(addr, bad_ip4)
{
    static struct bad p[] = {{""},         {"1"},          {"1.2.3"},     {"1.2.3.4.5"}, {"256.0.0.1"},
                             {"1.2.3.x"}, {"1..2.3"},     {" 1.2.3.4"},  {"1.2.3.4 "},  {"0001.2.3.4"},
                             {"1.2.3.-4"}, {"99999999999.1.1.1"}};
    return cr_make_param_array(struct bad, p, PXK_COUNT(p));
}

ParameterizedTest(struct bad *p, addr, bad_ip4)
{
    pxk_ip4 ip = 7;
    cr_assert_eq(pxk_ip4_parse(p->s, &ip), PXK_E_FORMAT, "%s", p->s);
    cr_assert_eq(ip, 7, "written on success only");
}

Test(addr, bad_macs_and_uuids)
{
    struct pxk_mac m;
    struct pxk_uuid u;
    static const char *const macs[] = {"", "52:54:00:77:00", "52:54:00:77:00:01:02", "5g:54:00:77:00:01",
                                       "52 54 00 77 00 01", "5254.0077.0001"};
    for (size_t i = 0; i < PXK_COUNT(macs); i++)
        cr_assert_neq(pxk_mac_parse(macs[i], &m), PXK_OK, "%s", macs[i]);
    cr_assert_neq(pxk_uuid_parse("33221100-5544-7766-8899-aabbccddeef", &u), PXK_OK);
    cr_assert_neq(pxk_uuid_parse("332211005544-7766-8899-aabbccddeeff00", &u), PXK_OK);
}

Test(rand, the_same_seed_gives_the_same_numbers)
{
    struct pxk_rand a = pxk_rand_init(7), b = pxk_rand_init(7), c = pxk_rand_init(8);
    cr_assert_eq(pxk_rand_u64(&a), pxk_rand_u64(&b));
    cr_assert_neq(pxk_rand_u64(&a), pxk_rand_u64(&c));
    for (int i = 0; i < 1000; i++)
        cr_assert_lt(pxk_rand_below(&a, 7), 7);
}

static void expect_ip_text(const char *hex, const char *text)
{
    char out[PXK_IP_STRLEN];
    struct pxk_ip ip;
    for (size_t i = 0; i < 16; i++) {
        unsigned byte;
        cr_assert_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
        ip.b[i] = (uint8_t)byte;
    }
    cr_expect_str_eq(pxk_ip_text(ip, out), text, "%s", out);
}

/* RFC 5952 4: lower case, no leading zeros, the longest run of zeros once as "::", a single zero group as it is. */
Test(str, either_family_has_one_text)
{
    expect_ip_text("00000000000000000000ffff0a4d0001", "10.77.0.1");
    expect_ip_text("00000000000000000000000000000000", "0.0.0.0");
    expect_ip_text("fd770000000000000000000000000001", "fd77::1");
    expect_ip_text("fe80000000000000505400fffe770001", "fe80::5054:ff:fe77:1");
    expect_ip_text("20010db8000000000001000000000001", "2001:db8::1:0:0:1");
    expect_ip_text("20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1");
    expect_ip_text("00000000000000000000000000000001", "::1");
    expect_ip_text("20010db8000000000000000000000000", "2001:db8::");
    expect_ip_text("ff020000000000000000000000010002", "ff02::1:2");
}

Test(str, an_ipv4_address_survives_the_longer_form)
{
    cr_expect_eq(pxk_ip_to4(pxk_ip_of4(PXK_IP4(10, 77, 0, 1))), PXK_IP4(10, 77, 0, 1));
    cr_expect(pxk_ip_is_none(pxk_ip_of4(0)));
    cr_expect_eq(pxk_ip_to4((struct pxk_ip){{0xfd}}), 0);
    cr_expect(pxk_ip_eq(pxk_ip_of4(1), pxk_ip_of4(1)) && !pxk_ip_eq(pxk_ip_of4(1), pxk_ip_of4(2)));
}
