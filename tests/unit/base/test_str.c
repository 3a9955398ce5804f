#include <criterion/criterion.h>
#include <criterion/parameterized.h>

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
