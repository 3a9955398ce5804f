/* What servers write: lease files as the programs leave them, and the line of a log that says why. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

#define NOW 1790000000

typedef enum pxk_err parse_fn(const char *text, size_t len, int64_t now, struct pxk_lab_leases *out);

/* "10.77.0.150 52:54:00:77:00:01, ..." of the leases in @text. */
static const char *parsed(parse_fn *parse, const char *text, int64_t now)
{
    static char buf[600];
    char ip[PXK_IP4_STRLEN], mac[PXK_MAC_STRLEN];
    struct pxk_lab_leases l = {0};
    struct pxk_str out = pxk_str_init(buf, sizeof buf);
    cr_assert_eq(parse(text, strlen(text), now, &l), PXK_OK);
    for (size_t i = 0; i < l.at.n; i++)
        pxk_str_addf(&out, "%s%s %s", i ? ", " : "", pxk_ip4_text(l.at.at[i].ip, ip), pxk_mac_text(&l.at.at[i].mac, mac));
    pxk_vec_done(&l.at);
    return buf;
}

/* Cut anywhere: no crash (the copy has no byte to spare, so the sanitizer sees a read too many), and no lease that is not there.
 */
static void cut_everywhere(parse_fn *parse, const char *text, size_t most)
{
    size_t len = strlen(text);
    for (size_t n = 0; n <= len; n++) {
        struct pxk_lab_leases l = {0};
        char *part = malloc(n ? n : 1);
        memcpy(part, text, n);
        cr_assert_eq(parse(part, n, NOW, &l), PXK_OK);
        cr_assert_leq(l.at.n, most, "cut at %zu", n);
        for (size_t i = 0; i < l.at.n; i++)
            cr_assert_eq(l.at.at[i].ip & 0xffffff00u, PXK_IP4(10, 77, 0, 0));
        pxk_vec_done(&l.at);
        free(part);
    }
}

static void expect(parse_fn *parse, const char *text, const char *leases)
{
    cr_assert_str_eq(parsed(parse, text, NOW), leases);
}

static const char dnsmasq[] = "1790003600 52:54:00:77:00:01 10.77.0.150 node1 01:52:54:00:77:00:01\n"
                              "1789999999 52:54:00:77:00:02 10.77.0.151 * *\n"
                              "0 52:54:00:77:00:03 10.77.0.152 * *\n"
                              "1790003600 06-52:54:00:77:00:04 10.77.0.153 * ff:00\n"
                              "duid 00:01:00:01:2c:aa:bb:cc:52:54:00:77:00:09\n"
                              "1790003600 7733248 fd00::150 node1 00:01\n";

Test(leases, of_dnsmasq)
{
    expect(pxk_lab_leases_dnsmasq, dnsmasq,
           "10.77.0.150 52:54:00:77:00:01, 10.77.0.152 52:54:00:77:00:03, 10.77.0.153 00:00:00:00:00:00");
    expect(pxk_lab_leases_dnsmasq, "", "");
    expect(pxk_lab_leases_dnsmasq, "\n\n 1 2 3\nno lease at all\n", "");
    cut_everywhere(pxk_lab_leases_dnsmasq, dnsmasq, 4); /* a time that is cut may look like one that is over, or never is */
}

static const char isc[] =
    "# The format of this file is documented in the dhcpd.leases(5) manual page.\n"
    "# lease 10.77.0.99 { binding state active; }\n"
    "authoring-byte-order little-endian;\n\n"
    "server-duid \"\\000\\001\\000\\001/\\\"lease {\";\n"
    "lease 10.77.0.150 {\n"
    "  starts 2 2026/09/21 13:13:20;\n"
    "  ends 2 2026/09/21 15:13:20;\n"
    "  cltt 2 2026/09/21 13:13:20;\n"
    "  binding state active;\n"
    "  next binding state free;\n"
    "  rewind binding state free;\n"
    "  hardware ethernet 52:54:00:77:00:01;\n"
    "  uid \"\\001RT\\000w;}\\001\";\n"
    "  set vendor-class-identifier = \"PXEClient\";\n"
    "  client-hostname \"node1\";\n"
    "}\n"
    "lease 10.77.0.151 {\n  ends never;\n  binding state active;\n  hardware ethernet 52:54:00:77:00:02;\n}\n"
    "lease 10.77.0.152 {\n  ends 2 2026/09/21 13:13:19;\n  binding state active;\n"
    "  hardware ethernet 52:54:00:77:00:03;\n}\n"
    "lease 10.77.0.153 {\n  ends epoch 1790000001; # Mon\n  binding state active;\n"
    "  on expiry { set x = \"}\"; { binding state free; } }\n  hardware ethernet 52:54:00:77:00:04;\n}\n"
    "lease 10.77.0.150 {\n  ends 2 2026/09/21 15:13:20;\n  binding state active;\n"
    "  hardware ethernet 52:54:00:77:00:05;\n}\n"
    "lease 10.77.0.151 {\n  binding state free;\n  hardware ethernet 52:54:00:77:00:02;\n}\n";

Test(leases, of_isc_dhcpd)
{
    expect(pxk_lab_leases_isc, isc, "10.77.0.150 52:54:00:77:00:05, 10.77.0.153 52:54:00:77:00:04");
    expect(pxk_lab_leases_isc, "", "");
    cut_everywhere(pxk_lab_leases_isc, isc, 3);
}

Test(leases, a_record_that_dhcpd_had_no_time_to_end_does_not_count)
{
    expect(pxk_lab_leases_isc,
           "lease 10.77.0.150 { binding state active; hardware ethernet 52:54:00:77:00:01; }\n"
           "lease 10.77.0.150 { binding state free;",
           "10.77.0.150 52:54:00:77:00:01");
}

Test(leases, many_comments_and_braces_are_no_burden)
{
    enum { N = 200000 };
    char *text = malloc(2 * N + 1);
    for (size_t i = 0; i < N; i++)
        memcpy(text + 2 * i, "#\n", 2);
    text[2 * N] = '\0';
    expect(pxk_lab_leases_isc, text, "");
    memcpy(text, "lease 10.77.0.1 ", 16);
    memset(text + 16, '{', 2 * N - 16);
    expect(pxk_lab_leases_isc, text, "");
    free(text);
}

static const char kea[] =
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n"
    "10.77.0.150,52:54:00:77:00:01,01:52:54:00:77:00:01,3600,1790003600,1,0,0,node1,0,,0\n"
    "10.77.0.151,52:54:00:77:00:02,,3600,1790003600,1,0,0,,1,,0\n"
    "10.77.0.152,52:54:00:77:00:03,,3600,1789999999,1,0,0,,0,,0\n"
    "10.77.0.153,52:54:00:77:00:04,,4294967295,0,1,0,0,,0,,0\n"
    "10.77.0.154,52:54:00:77:00:05,,3600,1790003600,1,0,0,,0,,0\n"
    "10.77.0.154,52:54:00:77:00:05,,0,1790003600,1,0,0,,0,,0\n"
    "10.77.0.150,52:54:00:77:00:06,,3600,1790003600,1,0,0,,0,,0\n";

Test(leases, of_kea)
{
    expect(pxk_lab_leases_kea, kea, "10.77.0.150 52:54:00:77:00:06, 10.77.0.153 52:54:00:77:00:04");
    expect(pxk_lab_leases_kea, "", "");
    expect(pxk_lab_leases_kea, "state,expire,address,valid_lifetime,hwaddr\n0,1790000001,10.77.0.9,5,52:54:00:77:00:01\n",
           "10.77.0.9 52:54:00:77:00:01");
    expect(pxk_lab_leases_kea, "no,header\n10.77.0.9,52:54:00:77:00:01\n", "");
    cut_everywhere(pxk_lab_leases_kea, kea, 3);
}

static const char reference[] = "# pxekit leases\n"
                                "1790000000 10.77.0.150 52:54:00:77:00:01 leased 1790003600 0152540077\n"
                                "1790000000 10.77.0.151 52:54:00:77:00:02 leased 1790003600 -\n"
                                "1790000000 10.77.0.152 52:54:00:77:00:03 leased 1789999999 -\n"
                                "1790000000 10.77.0.153 00:00:00:00:00:00 declined 1790003600 -\n"
                                "1790000000 10.77.0.154 00:00:00:00:00:00 leased 1790003600 - 0608aabb\n"
                                "1790000001 10.77.0.151 52:54:00:77:00:02 released 0 -\n"
                                "1790000001 10.77.0.150 52:54:00:77:00:04 leased 1790003601 -\n";

Test(leases, of_our_own)
{
    expect(pxk_lab_leases_reference, reference, "10.77.0.150 52:54:00:77:00:04, 10.77.0.154 00:00:00:00:00:00");
    expect(pxk_lab_leases_reference, "1790000000 10.77.0.150 52:54:00:77:00:01 leased 1790003600 -", "");
    cut_everywhere(pxk_lab_leases_reference, reference, 3);
}

Test(leases, no_more_than_a_bound)
{
    enum { N = PXK_LAB_LEASES_MAX + 5 };
    struct pxk_text text = {0};
    struct pxk_lab_leases l = {0};
    for (uint32_t i = 0; i < N; i++)
        pxk_text_addf(&text, "0 52:54:00:77:00:01 10.%u.%u.%u * *\n", i >> 16, i >> 8 & 255, i & 255);
    cr_assert_eq(pxk_lab_leases_dnsmasq(text.s, text.len, NOW, &l), PXK_OK);
    cr_assert_eq(l.at.n, PXK_LAB_LEASES_MAX);
    pxk_vec_done(&l.at);
    pxk_text_done(&text);
}

/* ---- logs ---- */

static const char *cause(const char *log, const char *config)
{
    static char line[300];
    return pxk_lab_log_cause(log, config, line, sizeof line) ? line : NULL;
}

Test(log, dhcpd_says_what_is_wrong_long_before_its_end)
{
    cr_assert_str_eq(
        cause("Internet Systems Consortium DHCP Server 4.4.3-P1\nFor info, please visit https://www.isc.org/software/dhcp/\n"
              "/w/dhcpd.conf line 3: expecting numeric value.\n}\n^\n"
              "/w/dhcpd.conf line 9: unexpected end of file\n"
              "Configuration file errors encountered -- exiting\n\nIf you think you have received this message due to a bug "
              "rather\nthan a configuration issue please read the section on submitting\nbugs on either our web page at "
              "www.isc.org or in the README file\nbefore submitting a bug.\n\nexiting.\n",
              "/w/dhcpd.conf"),
        "/w/dhcpd.conf line 3: expecting numeric value.");
}

Test(log, dhcpd_without_a_subnet)
{
    cr_assert_str_eq(
        cause("Config file: /w/dhcpd.conf\nDatabase file: /w/dhcpd.leases\nPID file: /w/dhcpd.pid\nWrote 0 leases to leases "
              "file.\n\n"
              "No subnet declaration for eth0 (10.77.0.1).\n** Ignoring requests on eth0.  If this is not what\n"
              "   you want, please write a subnet declaration\n   in your dhcpd.conf file for the network segment\n"
              "   to which interface eth0 is attached. **\n\n\nNot configured to listen on any interfaces!\n\nexiting.\n",
              "/w/dhcpd.conf"),
        "No subnet declaration for eth0 (10.77.0.1).");
}

Test(log, kea_and_nginx_without_time_and_process)
{
    cr_assert_str_eq(
        cause("2026-11-22 20:10:21.123 INFO  [kea-dhcp4.dhcp4/12.3] DHCP4_STARTING Kea DHCPv4 server version 2.2.0 starting\n"
              "2026-11-22 20:10:21.123 ERROR [kea-dhcp4.dhcp4/12.3] DHCP4_INIT_FAIL failed to initialize Kea server\n",
              "/w/kea.conf"),
        "DHCP4_INIT_FAIL failed to initialize Kea server");
    cr_assert_str_eq(
        cause("2026/11/22 20:10:21 [emerg] 21783#21783: bind() to 0.0.0.0:80 failed (98: Address already in use)\n", NULL),
        "bind() to 0.0.0.0:80 failed (98: Address already in use)");
}

Test(log, dnsmasq_says_it_before_its_last_words)
{
    cr_assert_str_eq(cause("dnsmasq[3]: TFTP directory /srv/tftp inaccessible: No such file or directory\n"
                           "dnsmasq[3]: FAILED to start up\n", "/w/dnsmasq.conf"),
                     "dnsmasq[3]: TFTP directory /srv/tftp inaccessible: No such file or directory");
}

Test(log, the_last_failure_else_the_last_word)
{
    cr_assert_str_eq(cause("starting\nfirst error\nsecond error\ngoing on\n", NULL), "second error");
    cr_assert_str_eq(cause("starting\ngoing on\n\n   \n", NULL), "going on");
    cr_assert_null(cause("", NULL));
    cr_assert_null(cause("\n \n...\n", NULL));
}

Test(log, nothing_reaches_a_terminal_raw)
{
    cr_assert_str_eq(cause("\tan error\t\x1b[31m\xff", NULL), "an error \\x1b[31m\\xff");
}
