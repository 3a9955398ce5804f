/* Expectations about one client. */
#include "judged.h"

static struct pxk_scn_expect of_client(struct pxk_scn_client_expect c)
{
    static struct pxk_scn_client_expect one;
    one = c;
    one.line = 12;
    return (struct pxk_scn_expect){.clients = {&one, 1, 0}};
}
#define CLIENT(...) of_client((struct pxk_scn_client_expect){__VA_ARGS__})

Test(judge_client, boots)
{
    assert_judged(CLIENT(.client = "uefi", .boots_given = true, .boots = false),
                  "ok 12 uefi: boots | false | false\n");
    assert_judged(CLIENT(.boots_given = true, .boots = true),
                  "ok 12 bios: boots | true | true\n"
                  "BAD 12 uefi: boots | true | false: stops: boot file #6\n");
}

Test(judge_client, reached_and_steps)
{
    assert_judged(CLIENT(.client = "bios", .reached = {LIST("kernel", "install"), 3},
                         .step[PXK_STEP_BOOT] = {LIST("pass"), 4}),
                  "ok 3 bios: reached | kernel or install | install\n"
                  "ok 4 bios: step boot | pass | pass\n");
    assert_judged(CLIENT(.client = "uefi", .reached = {LIST("loader"), 3},
                         .step[PXK_STEP_DHCP] = {LIST("pass", "warn"), 4}),
                  "BAD 3 uefi: reached | loader | lease\n"
                  "BAD 4 uefi: step dhcp | pass or warn | fail: of dhcp #6\n");
}

Test(judge_client, findings_are_its_own)
{
    assert_judged(CLIENT(.client = "bios", .findings = {.given = true, .line = 4},
                         .includes = {true, LIST("slow-offer"), 5},
                         .excludes = {true, LIST("no-boot-file"), 6}),
                  "ok 4 bios: findings | none | none\n"
                  "ok 5 bios: findings include | slow-offer | slow-offer #2\n"
                  "ok 6 bios: findings exclude | no-boot-file | none\n");
    assert_judged(
        CLIENT(.client = "uefi", .findings = {true, LIST("slow-offer", "two-proxies"), 4}),
        "BAD 4 uefi: findings | slow-offer, two-proxies | two-proxies; not expected: no-boot-file;"
        " missing: slow-offer #6\n");
}

Test(judge_client, that_is_not_in_the_report)
{
    assert_judged(CLIENT(.client = "third", .boots_given = true),
                  "BAD 12 third: in the report | yes | nothing was seen of this client\n");
    cr_assert_str_eq(judged_seen(CLIENT(.client = "bios", .kernel = "x"), json_of("{}")),
                     "BAD 12 bios: in the report | yes | no report\n");
}

Test(judge_client, of_a_count)
{
    struct pxk_scn_client many[] = {{.name = "load-1"}, {.name = "load-12"}, {.name = "load-x"}};
    struct pxk_scenario s = scenario_of(CLIENT(.client = "load", .boots_given = true));
    s.clients.at = many;
    s.clients.n = 3;
    json_t *seen = json_of("{}");
    cr_assert_str_eq(judged_case(&s, seen), "BAD 12 load-1: in the report | yes | no report\n"
                                            "BAD 12 load-12: in the report | yes | no report\n");
    json_decref(seen);
}

/* ---- files ---- */

#define FILES(...)                                                                                 \
    CLIENT(.client = "bios", .files = ONE(struct pxk_scn_file_expect, {__VA_ARGS__, .line = 9}))
#define SUM_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

Test(judge_client, files_have)
{
    assert_judged(FILES(.path = "linux", .bytes_given = true, .bytes = 3, .role = "kernel"),
                  "ok 9 bios: file linux | complete, 3 bytes, role kernel | complete, 3 bytes, "
                  "role kernel\n");
    assert_judged(FILES(.path = "debian/linux"),
                  "ok 9 bios: file debian/linux | complete | complete, 3 bytes\n");
    assert_judged(FILES(.path = "/debian/linux", .bytes_given = true, .bytes = 4),
                  "BAD 9 bios: file /debian/linux | complete, 4 bytes | complete, 3 bytes\n");
    assert_judged(
        FILES(.path = "linux", .role = "initrd"),
        "BAD 9 bios: file linux | complete, role initrd | complete, 3 bytes, role kernel\n");
    assert_judged(FILES(.path = "inux"), "BAD 9 bios: file inux | complete | never asked for\n");
    assert_judged(FILES(.path = "01-02"),
                  "BAD 9 bios: file 01-02 | complete | failed (file not found)\n");
}

Test(judge_client, files_failed_and_absent)
{
    assert_judged(FILES(.path = "01-02", .state = 1),
                  "ok 9 bios: file 01-02 | failed | failed (file not found)\n");
    assert_judged(FILES(.path = "linux", .state = 1),
                  "ok 9 bios: file linux | failed | failed, 512 bytes\n");
    assert_judged(FILES(.path = "big", .state = 1),
                  "ok 9 bios: file big | failed | refused (Access violation) #30\n");
    assert_judged(FILES(.path = "moved", .state = 1),
                  "BAD 9 bios: file moved | failed | redirected\n");
    assert_judged(FILES(.path = "nosuch", .state = 2),
                  "ok 9 bios: file nosuch | never asked for | never asked for\n");
    assert_judged(FILES(.path = "linux", .state = 2),
                  "BAD 9 bios: file linux | never asked for | failed, 512 bytes\n");
}

Test(judge_client, files_hashes)
{
    assert_judged(FILES(.path = "linux", .sha256 = (char *)SUM_OF_ABC),
                  "ok 9 bios: file linux | complete, SHA-256 " SUM_OF_ABC
                  " | complete, 3 bytes, SHA-256 " SUM_OF_ABC "\n");
    assert_judged(
        FILES(.path = "linux", .sha256 = "00"),
        "BAD 9 bios: file linux | complete, SHA-256 00 | complete, 3 bytes, SHA-256 " SUM_OF_ABC
        "\n");
}

Test(judge_client, files_same_as_in_the_tree)
{
    char wanted[300];
    const char *same = strrchr(file_of("kernel", "abc", 3), '/') + 1;
    const char *other = strrchr(file_of("kernel", "abd", 3), '/') + 1;
    json_t *seen = json_of(seen_text);
    json_object_set_new(seen, "tree", json_string("/proc/self/fd"));
    pxk_fmt(wanted, sizeof wanted,
            "ok 9 bios: file linux | complete, the same as %s (SHA-256 " SUM_OF_ABC
            ") | complete, 3 bytes, SHA-256 " SUM_OF_ABC "\n",
            same);
    cr_assert_str_eq(
        judged_seen(FILES(.path = "linux", .same_as = (char *)same), json_incref(seen)), wanted);
    pxk_fmt(wanted, sizeof wanted, "BAD 9 bios: file linux | complete, the same as %s (SHA-256 ",
            other);
    cr_assert(strncmp(judged_seen(FILES(.path = "linux", .same_as = (char *)other), seen), wanted,
                      strlen(wanted)) == 0);
    assert_judged(FILES(.path = "linux", .same_as = "kernel"),
                  "BAD 9 bios: file linux | complete, the same as kernel | complete, 3 bytes, "
                  "SHA-256 " SUM_OF_ABC "; the boot tree has no such file\n");
}

/* ---- what it boots ---- */

Test(judge_client, kernel_and_cmdline)
{
    assert_judged(CLIENT(.client = "bios", .kernel = "^debian/linux$",
                         .cmdline = "url=tftp://[0-9.]+/preseed"),
                  "ok 12 bios: kernel | /^debian/linux$/ | debian/linux\n"
                  "ok 12 bios: cmdline | /url=tftp://[0-9.]+/preseed/ |"
                  " initrd=initrd.gz url=tftp://10.77.0.1/preseed.cfg --- quiet\n");
    assert_judged(
        CLIENT(.client = "bios", .cmdline = "quiet$|(", .kernel = "vmlinuz"),
        "BAD 12 bios: kernel | /vmlinuz/ | debian/linux\n"
        "BAD 12 bios: cmdline | /quiet$|(/ | not a regular expression: Unmatched ( or \\(\n");
    assert_judged(CLIENT(.client = "uefi", .kernel = ""), "BAD 12 uefi: kernel | // | none\n");
}

Test(judge_client, address)
{
    assert_judged(CLIENT(.client = "bios", .address = {0x0a4d0096, 0x0a4d00c7}),
                  "ok 12 bios: address | 10.77.0.150-10.77.0.199 | 10.77.0.150\n");
    assert_judged(CLIENT(.client = "bios", .address = {0x0a4d0097, 0x0a4d0097}),
                  "BAD 12 bios: address | 10.77.0.151 | 10.77.0.150\n");
    assert_judged(CLIENT(.client = "uefi", .address = {1, 0xffffffff}),
                  "BAD 12 uefi: address | 0.0.0.1-255.255.255.255 | none\n");
}

Test(judge_client, counts)
{
    assert_judged(
        CLIENT(.client = "bios", .retransmissions_given = true, .retransmissions = 3,
               .within = 1250000),
        "ok 12 bios: retransmissions | at most 3 | 3\nok 12 bios: within | 1.25 s | 1.25 s\n");
    assert_judged(
        CLIENT(.client = "bios", .retransmissions_given = true, .retransmissions = 2,
               .within = 1000000),
        "BAD 12 bios: retransmissions | at most 2 | 3\nBAD 12 bios: within | 1 s | 1.25 s\n");
    cr_assert_str_eq(
        judged_seen(CLIENT(.client = "bios", .retransmissions_given = true, .within = 1),
                    json_of("{}")),
        "BAD 12 bios: retransmissions | at most 0 | not counted\n"
        "BAD 12 bios: within | 1e-06 s | not counted\n");
    cr_assert_str_eq(judged_seen(CLIENT(.client = "bios", .within = PXK_SEC),
                                 json_of("{'counts': {'bios': {'repeats': 0}}}")),
                     "BAD 12 bios: within | 1 s | it loaded no file\n");
}

/* ---- events ---- */

Test(judge_client, events)
{
    assert_judged(
        CLIENT(.client = "bios",
               .events = LIST("dhcp.discover", "dhcp.ack 0.150", "tftp.request linux, blk")),
        "ok 12 bios: events | dhcp.discover, then dhcp.ack 0.150, then tftp.request linux, blk |"
        " in this order\n");
    assert_judged(
        CLIENT(.client = "bios", .events = LIST("dhcp.ack", "tftp.request Linux")),
        "BAD 12 bios: events | dhcp.ack, then tftp.request Linux | no \"tftp.request Linux\" after"
        " \"dhcp.ack\" (frame 4) #4\n");
    assert_judged(CLIENT(.client = "bios", .events = LIST("dhcp.ack", "dhcp.ack")),
                  "BAD 12 bios: events | dhcp.ack, then dhcp.ack | no \"dhcp.ack\" after "
                  "\"dhcp.ack\" (frame 4),"
                  " only before (frame 4) #4\n");
    assert_judged(CLIENT(.client = "uefi", .events = LIST("dhcp.ack")),
                  "BAD 12 uefi: events | dhcp.ack | no \"dhcp.ack\"\n");
}

Test(judge_client, never)
{
    assert_judged(
        CLIENT(.client = "uefi", .never = LIST("tftp.request", "dhcp.discover")),
        "ok 12 uefi: never | no \"tftp.request\" | none\n"
        "BAD 12 uefi: never | no \"dhcp.discover\" | dhcp.discover DISCOVER (frame 5) #5\n");
}

Test(judge_client, never_needs_proof)
{
    struct pxk_scn_expect e = CLIENT(.client = "bios", .never = LIST("dhcp.ack"));
    cr_assert_str_eq(judged_seen(e, json_of("{'events': []}")),
                     "BAD 12 bios: never | no \"dhcp.ack\" | nothing was seen of this client\n");
    cr_assert_str_eq(judged_seen(e, json_of("{'clients': {'bios': '02:00:00:00:00:01'}, 'events': [],"
                                            " 'events_left_out': 7}")),
                     "BAD 12 bios: never | no \"dhcp.ack\" | none, but 7 events at the end were too many to be kept\n");
}

static json_t *seen_with_serial(const char *bytes, size_t n)
{
    return json_pack("{s{ss}}", "serial", "bios", file_of("serial", bytes, n));
}

Test(judge_client, serial)
{
    static const char screen[] =
        "\x1b[2J\x1b[01;01HBds\0Dxe\r\n>>Start \x1b[1mPXE over IPv4\xff.\nend\n";
    struct pxk_scn_expect e =
        CLIENT(.client = "bios", .serial = LIST("^BdsDxe$", ">>Start", "PXE over", "^end"));
    cr_assert_str_eq(
        judged_seen(e, seen_with_serial(screen, sizeof screen - 1)),
        "ok 12 bios: serial | /^BdsDxe$/, then />>Start/, then /PXE over/, then /^end/ |"
        " in this order\n");
    e = CLIENT(.client = "bios", .serial = LIST("PXE", "Start"));
    cr_assert_str_eq(
        judged_seen(e, seen_with_serial(screen, sizeof screen - 1)),
        "BAD 12 bios: serial | /PXE/, then /Start/ | no /Start/ after /PXE/; its last line: end\n");
    e = CLIENT(.client = "bios", .serial = LIST("Start", "^PXE"));
    cr_assert_str_eq(judged_seen(e, seen_with_serial(screen, sizeof screen - 1)),
                     "BAD 12 bios: serial | /Start/, then /^PXE/ | no /^PXE/ after /Start/; its "
                     "last line: end\n");
    cr_assert_str_eq(
        judged_seen(e, json_of("{}")),
        "BAD 12 bios: serial | /Start/, then /^PXE/ | no /Start/; nothing was written\n");
    e = CLIENT(.client = "bios", .serial = LIST("["));
    cr_assert(strstr(judged_seen(e, json_of("{}")), "not a regular expression"));
}
