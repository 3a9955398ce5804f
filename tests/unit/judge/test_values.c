/* Expectations over any value of what was seen. */
#include "judged.h"

static struct pxk_scn_expect of_report(struct pxk_scn_value v)
{
    static struct pxk_scn_value one;
    one = v;
    one.line = 3;
    return (struct pxk_scn_expect){.report = {&one, 1, 0}};
}
#define REPORT(...) of_report((struct pxk_scn_value){__VA_ARGS__})

Test(judge_value, is)
{
    assert_judged(REPORT(.at = "/summary/verdict", .is = "fail"),
                  "ok 3 report /summary/verdict | fail | fail\n");
    assert_judged(REPORT(.at = "/summary/verdict", .is = "pass"),
                  "BAD 3 report /summary/verdict | pass | fail\n");
    assert_judged(REPORT(.at = "/summary/frames", .is = "12"),
                  "ok 3 report /summary/frames | 12 | 12\n");
    assert_judged(REPORT(.at = "/summary/seconds", .is = "1.5"),
                  "ok 3 report /summary/seconds | 1.5 | 1.5\n");
    assert_judged(REPORT(.at = "/clients/1/boots", .is = "false"),
                  "ok 3 report /clients/1/boots | false | false\n");
    assert_judged(REPORT(.at = "/clients/7/boots", .is = "false"),
                  "BAD 3 report /clients/7/boots | false | nothing there\n");
    assert_judged(REPORT(.at = "/clients/1/boot", .is = "{}"),
                  "ok 3 report /clients/1/boot | {} | {}\n");
}

Test(judge_value, any_element)
{
    assert_judged(REPORT(.at = "/findings/*/name", .is = "slow-offer"),
                  "ok 3 report /findings/*/name | slow-offer | slow-offer\n");
    assert_judged(
        REPORT(.at = "/findings/*/name", .is = "dhcp-nak"),
        "BAD 3 report /findings/*/name | dhcp-nak | no-boot-file, two-proxies, slow-offer\n");
    assert_judged(REPORT(.at = "/summary/*", .is = "12"), "ok 3 report /summary/* | 12 | 12\n");
    assert_judged(REPORT(.at = "/*/*/verdict", .is = "warn"),
                  "BAD 3 report /*/*/verdict | warn | pass, fail, unknown, unknown, unknown\n");
}

Test(judge_value, says_how_many_more)
{
    assert_judged(
        REPORT(.at = "/clients/*/steps/*/step", .is = "x"),
        "BAD 3 report /clients/*/steps/*/step | x | connectivity, dhcp, files, boot, install,"
        " connectivity, dhcp, files and 2 more\n");
}

Test(judge_value, matches)
{
    assert_judged(REPORT(.at = "/clients/0/boot/cmdline", .matches = "url=([^ ]+)"),
                  "ok 3 report /clients/0/boot/cmdline | /url=([^ ]+)/ |"
                  " initrd=initrd.gz url=tftp://10.77.0.1/preseed.cfg --- quiet\n");
    assert_judged(REPORT(.at = "/summary/frames", .matches = "^3"),
                  "BAD 3 report /summary/frames | /^3/ | 12\n");
    assert_judged(
        REPORT(.at = "/summary/frames", .matches = "("),
        "BAD 3 report /summary/frames | /(/ | not a regular expression: Unmatched ( or \\(\n");
}

Test(judge_value, bounds)
{
    assert_judged(REPORT(.at = "/summary/frames", .min_given = true, .min = 12),
                  "ok 3 report /summary/frames | at least 12 | 12\n");
    assert_judged(REPORT(.at = "/summary/frames", .max_given = true, .max = 11.5),
                  "BAD 3 report /summary/frames | at most 11.5 | 12\n");
    assert_judged(
        REPORT(.at = "/summary/seconds", .min_given = true, .min = 1, .max_given = true, .max = 2),
        "ok 3 report /summary/seconds | 1 to 2 | 1.5\n");
    assert_judged(REPORT(.at = "/summary/verdict", .min_given = true, .min = 0),
                  "BAD 3 report /summary/verdict | at least 0 | fail\n");
}

Test(judge_value, absent_and_present)
{
    assert_judged(REPORT(.at = "/clients/0/vlan", .absent = true),
                  "ok 3 report /clients/0/vlan | nothing there | nothing there\n");
    assert_judged(REPORT(.at = "/clients/0/mac", .absent = true),
                  "BAD 3 report /clients/0/mac | nothing there | 02:00:00:00:00:01\n");
    assert_judged(REPORT(.at = "/clients/0/mac"),
                  "ok 3 report /clients/0/mac | a value | 02:00:00:00:00:01\n");
    assert_judged(REPORT(.at = "/clients/x/mac"),
                  "BAD 3 report /clients/x/mac | a value | nothing there\n");
}

Test(judge_value, absent_needs_something_to_look_in)
{
    struct pxk_scn_expect e = REPORT(.at = "/clients/0/vlan", .absent = true);
    cr_assert_str_eq(judged_seen(e, json_of("{}")),
                     "BAD 3 report /clients/0/vlan | nothing there | no report\n");
    assert_judged(REPORT(.at = "/client/0/vlan", .absent = true),
                  "BAD 3 report /client/0/vlan | nothing there | nothing is there to look in\n");
    assert_judged(REPORT(.at = "/unknown", .absent = true),
                  "ok 3 report /unknown | nothing there | nothing there\n");
}

Test(judge_value, of_all_that_was_seen)
{
    struct pxk_scn_expect e = {
        .seen = ONE(struct pxk_scn_value, {.at = "/a~1b/c~0d/1", .is = "é\n", .line = 2})};
    cr_assert_str_eq(judged_seen(e, json_of("{'a/b': {'c~d': [1, 'é\\n']}}")),
                     "ok 2 seen /a~1b/c~0d/1 | \\xc3\\xa9  | \\xc3\\xa9 \n");
    cr_assert_str_eq(judged_seen(e, json_of("[]")),
                     "BAD 2 seen /a~1b/c~0d/1 | \\xc3\\xa9  | nothing there\n");
}

Test(judge_value, cut_around_the_difference)
{
    char a[1001], b[1001];
    memset(a, 'x', 1000);
    a[1000] = '\0';
    memcpy(b, a, sizeof b);
    b[700] = 'Y';
    struct pxk_scn_expect e = {.seen = ONE(struct pxk_scn_value, {.at = "", .is = a, .line = 2})};
    const char *s = judged_seen(e, json_string(b));
    cr_assert(strstr(s, " | ...xxx") && strstr(s, "xYx"));
}

/* ---- documents that are none ---- */

Test(judge_hostile, no_member_has_its_type)
{
    static const char *const documents[] = {
        "[]",
        "1",
        "null",
        "'x'",
        "{'report': []}",
        "{'report': {'clients': 1, 'findings': {}, 'steps': 'x'}}",
        "{'clients': [], 'events': {}, 'leases': [], 'logs': 1, 'commands': [], 'counts': 2, "
        "'serial': []}",
        "{'clients': {'bios': 1}, 'report': {'clients': [1, [], {'mac': 1}]}}",
        ("{'clients': {'bios': 'm'}, 'report': {'clients': [{'mac': 'm', 'steps': 1, 'files': [1, "
         "{}], 'boot': []}],"
         " 'findings': [1, {}, {'name': 1}, {'name': 'n', 'severity': [], 'frames': 1}], 'steps': "
         "[1, {}]}}"),
    };
    struct pxk_scn_client_expect client = {.boots_given = true,
                                           .reached = {LIST("a"), 1},
                                           .findings = {true, LIST("n"), 1},
                                           .files = ONE(struct pxk_scn_file_expect, {.path = "a"}),
                                           .kernel = "k",
                                           .cmdline = "c",
                                           .address = {1, 2},
                                           .retransmissions_given = true,
                                           .within = 1,
                                           .events = LIST("a b"),
                                           .never = LIST("a"),
                                           .serial = LIST("a")};
    struct pxk_scn_expect e = {.healthy = true,
                               .exit_given = true,
                               .first = {LIST("a"), 1},
                               .findings = {true, LIST("n"), 1},
                               .clients = {&client, 1, 0},
                               .order = LIST("bios a", "b", ""),
                               .leases = ONE(struct pxk_scn_lease_expect, {"boot", 0, 1}),
                               .logs = ONE(struct pxk_scn_log_expect, {.has = LIST("a")}),
                               .report = ONE(struct pxk_scn_value, {.at = "/x/*", .is = "1"})};
    for (size_t i = 0; i < PXK_COUNT(documents); i++)
        cr_assert(strstr(judged_seen(e, json_of(documents[i])), "BAD"));
}
