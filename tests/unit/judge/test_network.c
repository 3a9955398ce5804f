/* Expectations about the whole network: steps, findings, healthy, exit, order, leases, commands,
 * timeline. */
#include "judged.h"

#define WORDS(l, ...)                                                                              \
    {                                                                                              \
        .word = LIST(__VA_ARGS__), .line = l                                                       \
    }
#define NAMES(l, ...)                                                                              \
    {                                                                                              \
        .given = true, .name = LIST(__VA_ARGS__), .line = l                                        \
    }

Test(judge, nothing_is_expected)
{
    assert_judged((struct pxk_scn_expect){.given = true}, "");
}

Test(judge, steps)
{
    struct pxk_scn_expect e = {.step[PXK_STEP_DHCP] = WORDS(3, "fail"),
                               .step[PXK_STEP_FILES] = WORDS(4, "pass", "unknown"),
                               .step[PXK_STEP_CONNECTIVITY] = WORDS(5, "warn", "fail")};
    assert_judged(e, "BAD 5 step connectivity | warn or fail | pass: of connectivity\n"
                     "ok 3 step dhcp | fail | fail\n"
                     "ok 4 step files | pass or unknown | unknown\n");
    e = (struct pxk_scn_expect){.step[PXK_STEP_DHCP] = WORDS(3, "pass")};
    assert_judged(e, "BAD 3 step dhcp | pass | fail: of dhcp #6\n");
    cr_assert_str_eq(judged_seen(e, json_of("{}")), "BAD 3 step dhcp | pass | no report\n");
    cr_assert_str_eq(judged_seen(e, json_of("{'report': {}}")),
                     "BAD 3 step dhcp | pass | no such step\n");
}

Test(judge, findings_exactly)
{
    struct pxk_scn_expect e = {.findings = NAMES(7, "no-boot-file", "two-proxies")};
    assert_judged(e, "ok 7 findings | no-boot-file, two-proxies | no-boot-file, two-proxies #6\n");
    e = (struct pxk_scn_expect){.findings = NAMES(7, "no-boot-file")};
    assert_judged(e,
                  "BAD 7 findings | no-boot-file | no-boot-file; not expected: two-proxies #8\n");
    e = (struct pxk_scn_expect){.findings = NAMES(7, "two-proxies", "no-boot-file", "dhcp-nak")};
    assert_judged(
        e, "BAD 7 findings | two-proxies, no-boot-file, dhcp-nak | no-boot-file, two-proxies;"
           " missing: dhcp-nak #6\n");
    e = (struct pxk_scn_expect){.findings = {.given = true, .line = 7}};
    assert_judged(e, "BAD 7 findings | none | not expected: no-boot-file, two-proxies #6\n");
    cr_assert_str_eq(judged_seen(e, json_of("{'report': {'findings': []}}")),
                     "ok 7 findings | none | none\n");
    cr_assert_str_eq(judged_seen(e, json_of("{}")), "BAD 7 findings | none | no report\n");
}

Test(judge, notes_count_where_they_are_named)
{
    struct pxk_scn_expect e = {.findings =
                                   NAMES(7, "no-boot-file|dhcp-nak", "two-proxies", "slow-offer")};
    assert_judged(e, "ok 7 findings | no-boot-file|dhcp-nak, two-proxies, slow-offer |"
                     " no-boot-file, two-proxies, slow-offer #6\n");
}

Test(judge, findings_among_others)
{
    struct pxk_scn_expect e = {.includes = NAMES(8, "slow-offer", "no-boot|two-proxies")};
    assert_judged(
        e,
        "ok 8 findings include | slow-offer, no-boot|two-proxies | two-proxies, slow-offer #8\n");
    e = (struct pxk_scn_expect){.includes = NAMES(8, "slow-offer", "no-boot")};
    assert_judged(e, "BAD 8 findings include | slow-offer, no-boot | slow-offer; missing: no-boot;"
                     " others: no-boot-file, two-proxies #2\n");
}

Test(judge, findings_that_must_not_be)
{
    struct pxk_scn_expect e = {.excludes = NAMES(9, "dhcp-nak")};
    assert_judged(e, "ok 9 findings exclude | dhcp-nak | none\n");
    e = (struct pxk_scn_expect){.excludes = NAMES(9, "dhcp-nak", "slow-offer")};
    assert_judged(e, "BAD 9 findings exclude | dhcp-nak, slow-offer | slow-offer #2\n");
}

Test(judge, first_finding)
{
    struct pxk_scn_expect e = {.first = WORDS(2, "dhcp-nak", "no-boot-file")};
    assert_judged(e, "ok 2 first finding | dhcp-nak or no-boot-file | no-boot-file\n");
    e = (struct pxk_scn_expect){.first = WORDS(2, "two-proxies")};
    assert_judged(e, "BAD 2 first finding | two-proxies | no-boot-file\n");
    cr_assert_str_eq(judged_seen(e, json_of("{}")), "BAD 2 first finding | two-proxies | none\n");
}

Test(judge, exit_status)
{
    struct pxk_scn_expect e = {.exit_given = true, .exit = 1, .exit_line = 4};
    assert_judged(e, "ok 4 exit | 1 | 1\n");
    e.exit = 0;
    assert_judged(e, "BAD 4 exit | 0 | 1\n");
    cr_assert_str_eq(judged_seen(e, json_of("{'exit': '0'}")), "BAD 4 exit | 0 | none\n");
}

/* ---- healthy ---- */

static json_t *client_at(json_t *seen, size_t i)
{
    return json_array_get(json_object_get(json_object_get(seen, "report"), "clients"), i);
}

Test(judge, healthy)
{
    struct pxk_scn_expect e = {.healthy = true, .healthy_line = 5};
    cr_assert_str_eq(judged_seen(e, healthy_seen()),
                     "ok 5 healthy | every step of every client passes, no failure, no warning | "
                     "2 clients, as expected\n");
    assert_judged(e, "BAD 5 uefi: step dhcp | pass | fail: of dhcp #6\n"
                     "BAD 5 uefi: step files | pass | unknown: of files\n"
                     "BAD 5 uefi: step boot | pass | unknown: of boot\n"
                     "BAD 5 uefi: step install | pass | unknown\n"
                     "BAD 5 uefi: finding no-boot-file | none | failure: no file in the OFFER #6\n"
                     "BAD 5 uefi: finding two-proxies | none | warning: two #8\n");
}

Test(judge, healthy_needs_every_client)
{
    struct pxk_scn_expect e = {.healthy = true, .line = 5};
    json_t *seen = healthy_seen();
    json_array_remove(json_object_get(json_object_get(seen, "report"), "clients"), 1);
    cr_assert_str_eq(judged_seen(e, seen),
                     "BAD 5 uefi: in the report | yes | nothing was seen of this client\n");
    cr_assert_str_eq(judged_seen(e, json_of("{}")),
                     "BAD 5 bios: in the report | yes | no report\n"
                     "BAD 5 uefi: in the report | yes | no report\n");
}

Test(judge, healthy_as_far_as_it_was_asked_to_go)
{
    struct pxk_scn_expect e = {.healthy = true, .healthy_line = 5};
    json_t *seen = healthy_seen(), *client = client_at(seen, 0);
    json_t *steps = json_object_get(client, "steps");
    json_object_set_new(json_array_get(steps, 4), "verdict", json_string("unknown"));
    cr_assert_str_eq(judged_seen(e, json_incref(seen)),
                     "BAD 5 bios: step install | pass | unknown\n");
    json_object_set_new(client, "until", json_string("offer"));
    cr_assert(strncmp(judged_seen(e, seen), "ok 5 healthy", 12) == 0);
}

Test(judge, healthy_is_nobody_unjudged)
{
    struct pxk_scn_expect e = {.healthy = true, .healthy_line = 5};
    json_t *seen = healthy_seen();
    json_object_set_new(client_at(seen, 0), "outcome", json_string("not judged after: loader"));
    cr_assert_str_eq(judged_seen(e, seen),
                     "BAD 5 bios: outcome | judged to its end | not judged after: loader\n");
}

Test(judge, healthy_tells_so_many_findings)
{
    struct pxk_scn_expect e = {.healthy = true, .healthy_line = 5};
    json_t *seen = healthy_seen();
    json_t *findings = json_object_get(json_object_get(seen, "report"), "findings");
    for (int i = 0; i < 25; i++)
        json_array_append_new(findings, json_pack("{ssss}", "name", "n", "severity", "failure"));
    const char *text = judged_seen(e, seen);
    cr_assert(strstr(text, "BAD 5 findings | none | 5 more\n"));
}

/* ---- order, leases ---- */

Test(judge, order_over_clients)
{
    struct pxk_scn_expect e = {
        .order = LIST("bios dhcp.ack", "uefi dhcp.discover", "bios tftp.request linux"),
        .order_line = 6};
    assert_judged(
        e, "ok 6 order | bios dhcp.ack, then uefi dhcp.discover, then bios tftp.request linux |"
           " in this order\n");
    e = (struct pxk_scn_expect){.order = LIST("uefi dhcp.discover", "bios dhcp.ack"),
                                .order_line = 6};
    assert_judged(
        e, "BAD 6 order | uefi dhcp.discover, then bios dhcp.ack | no \"bios dhcp.ack\" after"
           " \"uefi dhcp.discover\" (frame 5), only before (frame 4) #5\n");
    e = (struct pxk_scn_expect){.order = LIST("nobody dhcp.discover"), .order_line = 6};
    assert_judged(e, "BAD 6 order | nobody dhcp.discover | no \"nobody dhcp.discover\"\n");
}

Test(judge, leases_left)
{
    struct pxk_scn_expect e = {.leases = ONE(struct pxk_scn_lease_expect, {"boot", 2, 7})};
    assert_judged(
        e, "ok 7 leases left on boot | 2 | 2: 10.77.0.150 bios, 10.77.0.151 02:00:00:00:00:77\n");
    e = (struct pxk_scn_expect){.leases = ONE(struct pxk_scn_lease_expect, {NULL, 0, 7})};
    assert_judged(
        e, "BAD 7 leases left on boot | 0 | 2: 10.77.0.150 bios, 10.77.0.151 02:00:00:00:00:77\n");
    cr_assert_str_eq(judged_seen(e, json_of("{'leases': {'boot': []}}")),
                     "ok 7 leases left on boot | 0 | 0\n");
    cr_assert_str_eq(judged_seen(e, json_of("{}")),
                     "BAD 7 leases left on every server | 0 | not known: it tells none\n");
    cr_assert_str_eq(judged_seen(e, json_of("{'leases': {'boot': null}}")),
                     "BAD 7 leases left on boot | 0 | not known: it tells none\n");
}

/* ---- logs, commands, timeline ---- */

static json_t *seen_with_log(const char *text)
{
    return json_pack("{s{ss}}", "logs", "boot", file_of("log", text, strlen(text)));
}

Test(judge, logs)
{
    static const char text[] = "one\n\x1b[1mtwo \x1b[0mthree\r\nlast\n\n";
    struct pxk_scn_expect e = {
        .logs = ONE(struct pxk_scn_log_expect, {.server = "boot",
                                                .has = LIST("^two th?ree$", "four"),
                                                .lacks = LIST("five", "wo"),
                                                .line = 8})};
    cr_assert_str_eq(judged_seen(e, seen_with_log(text)),
                     "ok 8 log boot: has | a line with /^two th?ree$/ | line 2: two three\n"
                     "BAD 8 log boot: has | a line with /four/ | none of 4 lines; the last: last\n"
                     "ok 8 log boot: lacks | no line with /five/ | none\n"
                     "BAD 8 log boot: lacks | no line with /wo/ | line 2: two three\n");
    cr_assert_str_eq(judged_seen(e, seen_with_log("")),
                     "BAD 8 log boot: has | a line with /^two th?ree$/ | an empty file\n"
                     "BAD 8 log boot: has | a line with /four/ | an empty file\n"
                     "BAD 8 log boot: lacks | no line with /five/ | an empty file, which proves nothing\n"
                     "BAD 8 log boot: lacks | no line with /wo/ | an empty file, which proves nothing\n");
}

Test(judge, a_log_that_is_not_there)
{
    struct pxk_scn_expect e = {
        .logs = ONE(struct pxk_scn_log_expect, {.lacks = LIST("a", "("), .line = 8})};
    cr_assert_str_eq(judged_seen(e, json_of("{'logs': {'boot': '/nonexistent'}}")),
                     "BAD 8 log boot: lacks | no line with /a/ | no such file\n"
                     "BAD 8 log boot: lacks | no line with /(/ | not a regular expression: "
                     "Unmatched ( or \\(\n");
    cr_assert_str_eq(judged_seen(e, json_of("{'logs': {'boot': '/dev/zero'}}")),
                     "BAD 8 log boot: lacks | no line with /a/ | no such file\n"
                     "BAD 8 log boot: lacks | no line with /(/ | not a regular expression: "
                     "Unmatched ( or \\(\n");
}

Test(judge, long_lines_are_cut_around_the_match)
{
    char text[6001];
    struct pxk_scn_expect e = {
        .logs = ONE(struct pxk_scn_log_expect, {.lacks = LIST("needle"), .line = 8})};
    memset(text, 'x', sizeof text - 1);
    memcpy(text + 2000, "needle", 6);
    text[2006] = '\x01';
    text[sizeof text - 1] = '\0';
    const char *s = judged_seen(e, seen_with_log(text));
    cr_assert(strstr(s, " | ...xx") && strstr(s, "xneedle\\x01x") && strstr(s, "xx...\n"));
    cr_assert_lt(strlen(strstr(s, " | ...")), 210);
}

static json_t *ran(const char *member, json_t *value)
{
    json_t *seen = json_pack("{s{s{siss}}}", "commands", "curl", "exit", 0, "output",
                             file_of("out", "hello\nbye\n", 10));
    if (member)
        json_object_set_new(json_object_get(json_object_get(seen, "commands"), "curl"), member,
                            value);
    return seen;
}

static const char *command_judged(struct pxk_scn_command cmd, json_t *seen)
{
    struct pxk_scenario s = scenario_of((struct pxk_scn_expect){.given = true});
    cmd.name = "curl";
    cmd.limit = 20 * PXK_SEC;
    s.commands.at = &cmd;
    s.commands.n = 1;
    const char *text = judged_case(&s, seen);
    json_decref(seen);
    return text;
}

Test(judge, a_server_that_ended_by_itself)
{
    struct pxk_scn_expect e = {.given = true};
    cr_assert_str_eq(judged_seen(e, json_of("{'servers_ended': {'boot': 'dnsmasq was ended by signal 11'}}")),
                     "BAD 0 server boot | runs until it is told to end | dnsmasq was ended by signal 11\n");
    cr_assert_str_eq(judged_seen(e, json_of("{'servers_ended': {'other': 'x'}}")), "");
}

Test(judge, commands)
{
    struct pxk_scn_command cmd = {.has = LIST("hell"), .lacks = LIST("bye")};
    cr_assert_str_eq(command_judged(cmd, ran(NULL, NULL)),
                     "ok 0 command curl: exit | 0 | 0\n"
                     "ok 0 command curl: has | a line with /hell/ | line 1: hello\n"
                     "BAD 0 command curl: lacks | no line with /bye/ | line 2: bye\n");
    cmd = (struct pxk_scn_command){.exit = 0};
    cr_assert_str_eq(command_judged(cmd, ran("exit", json_integer(7))),
                     "BAD 0 command curl: exit | 0 | 7; its last line: bye\n");
    cr_assert_str_eq(
        command_judged(cmd, ran("stopped", json_true())),
        "BAD 0 command curl: exit | 0 | it was stopped at its limit of 20 s; its last line: bye\n");
    cr_assert_str_eq(command_judged(cmd, json_of("{}")),
                     "BAD 0 command curl: exit | 0 | it did not run\n");
}

Test(judge, commands_have_lines)
{
    struct pxk_scn_stream err = {.lines_given = true, .lines = 9, .has = LIST("o"), .line = 8};
    struct pxk_scn_command cmd = {.has = LIST("hell"), .lacks = LIST("bye"), .line = 4, .has_line = 5, .lacks_line = 6};
    cr_assert_str_eq(command_judged(cmd, ran(NULL, NULL)),
                     "ok 4 command curl: exit | 0 | 0\n"
                     "ok 5 command curl: has | a line with /hell/ | line 1: hello\n"
                     "BAD 6 command curl: lacks | no line with /bye/ | line 2: bye\n");
    cmd = (struct pxk_scn_command){.line = 4, .err = &err};
    cr_assert_str_eq(command_judged(cmd, ran("errors", json_string(file_of("err", "oh\n", 3)))),
                     "ok 4 command curl: exit | 0 | 0\n"
                     "ok 8 command curl: stderr: lines | at most 9 | 1\n"
                     "ok 8 command curl: stderr: has | a line with /o/ | line 1: oh\n");
}

Test(judge, streams_of_a_command)
{
    struct pxk_scn_stream out = {.lines_given = true, .lines = 1, .has = LIST("hell")};
    struct pxk_scn_stream err = {.lines_given = true, .lacks = LIST("bye")};
    struct pxk_scn_command cmd = {.out = &out, .err = &err, .exit = 2};
    cr_assert_str_eq(command_judged(cmd, ran("errors", json_string(file_of("err", "oh\n", 3)))),
                     "BAD 0 command curl: exit | 2 | 0; its last line: oh\n"
                     "BAD 0 command curl: stdout: lines | at most 1 | 2, line 2: bye\n"
                     "ok 0 command curl: stdout: has | a line with /hell/ | line 1: hello\n"
                     "BAD 0 command curl: stderr: lines | none | 1, line 1: oh\n"
                     "ok 0 command curl: stderr: lacks | no line with /bye/ | none\n");
    out.lines = 2;
    cmd = (struct pxk_scn_command){.out = &out};
    cr_assert_str_eq(command_judged(cmd, ran("errors", json_string(file_of("err", "", 0)))),
                     "ok 0 command curl: exit | 0 | 0\n"
                     "ok 0 command curl: stdout: lines | at most 2 | 2\n"
                     "ok 0 command curl: stdout: has | a line with /hell/ | line 1: hello\n");
    cmd = (struct pxk_scn_command){.err = &err};
    cr_assert_str_eq(command_judged(cmd, ran(NULL, NULL)),
                     "ok 0 command curl: exit | 0 | 0\n"
                     "BAD 0 command curl: stderr: lines | none | no such file\n"
                     "BAD 0 command curl: stderr: lacks | no line with /bye/ | no such file\n");
}

Test(judge, commands_whose_exit_does_not_count)
{
    struct pxk_scn_command cmd = {.any_exit = true};
    cr_assert_str_eq(command_judged(cmd, ran("exit", json_integer(7))), "");
    cmd = (struct pxk_scn_command){.background = true, .has = LIST("^bye$")};
    json_t *lasted = ran("exit", json_integer(143));
    json_object_set_new(json_object_get(json_object_get(lasted, "commands"), "curl"), "lasted", json_true());
    cr_assert_str_eq(command_judged(cmd, lasted),
                     "ok 0 command curl: has | a line with /^bye$/ | line 2: bye\n");
}

Test(judge, a_command_in_the_background_that_did_not_last)
{
    struct pxk_scn_command cmd = {.background = true};
    cr_assert_str_eq(command_judged(cmd, ran("exit", json_integer(7))),
                     "BAD 0 command curl: exit | 0 | 7; its last line: bye\n");
    cr_assert_str_eq(command_judged(cmd, json_of("{}")),
                     "BAD 0 command curl: exit | 0 | it did not run\n");
}

Test(judge, a_timeline_that_did_not_happen)
{
    struct pxk_scn_expect e = {.given = true};
    cr_assert_str_eq(judged_seen(e, json_of("{'timeline_open': 'cut at tftp.data'}")),
                     "BAD 0 timeline | all of it happens | cut at tftp.data\n");
    cr_assert_str_eq(judged_seen(e, json_of("{'timeline_open': 'entry 2 never came to pass', 'timeline_line': 14}")),
                     "BAD 14 timeline | all of it happens | entry 2 never came to pass\n");
}

Test(judge, a_case_that_was_stopped)
{
    struct pxk_scn_expect e = {.given = true};
    cr_assert_str_eq(judged_seen(e, json_of("{'stopped': 'it had not ended after 60 s'}")),
                     "BAD 0 limit | the case comes to its own end | it had not ended after 60 s\n");
}

/* ---- what a passive watcher says ---- */

static json_t *probed(const char *probe)
{
    json_t *seen = json_of(seen_text);
    json_object_set_new(seen, "probe", json_of(probe));
    return seen;
}

#define PROBE_REPORT                                                                               \
    "'report': {'steps': [{'step': 'files', 'verdict': 'fail', 'why': 'no answer'}],"              \
    " 'clients': [{'mac': '02:00:00:00:00:02', 'reached': 'lease', 'steps': []}],"                 \
    " 'findings': [{'name': 'tftp-no-answer', 'severity': 'failure', 'step': 'files',"             \
    "   'client': '02:00:00:00:00:02', 'frames': [21]}]}"

Test(judge, probe_first)
{
    struct pxk_scn_expect e = {.probe = {.given = true, .first = WORDS(4, "tftp-no-answer")}};
    cr_assert_str_eq(judged_seen(e, probed("{" PROBE_REPORT "}")),
                     "ok 4 probe: first finding | tftp-no-answer | tftp-no-answer #21\n");
    cr_assert_str_eq(judged_seen(e, probed("{'at': 'lan', " PROBE_REPORT "}")),
                     "ok 4 probe: first finding | tftp-no-answer | tftp-no-answer\n");
    assert_judged(e, "BAD 4 probe: first finding | tftp-no-answer | no report\n");
    e.probe.first = (struct pxk_scn_alternatives)WORDS(4, "same");
    cr_assert_str_eq(judged_seen(e, probed("{" PROBE_REPORT "}")),
                     "BAD 4 probe: first finding | same (no-boot-file) | tftp-no-answer #21\n");
    cr_assert_str_eq(judged_seen(e, probed("{'report': {'findings': [{'name': 'no-boot-file', 'severity': 'failure'}]}}")),
                     "ok 4 probe: first finding | same (no-boot-file) | no-boot-file\n");
    cr_assert_str_eq(judged_seen(e, json_of("{'probe': {" PROBE_REPORT "}}")),
                     "BAD 4 probe: first finding | same (no report) | tftp-no-answer #21\n");
}

Test(judge, probe_of_a_healthy_network)
{
    struct pxk_scn_expect e = {.probe = {.given = true, .first = WORDS(4, "none")}};
    json_t *seen = healthy_seen();
    json_object_set_new(seen, "probe", json_of("{'report': {'findings': [{'name': 'slow-offer', 'severity': 'note'}]}}"));
    cr_assert_str_eq(judged_seen(e, json_incref(seen)), "ok 4 probe: first finding | none | slow-offer\n");
    e.probe.first = (struct pxk_scn_alternatives)WORDS(4, "same");
    cr_assert_str_eq(judged_seen(e, seen), "ok 4 probe: first finding | same (none) | slow-offer\n");
    cr_assert_str_eq(judged_seen(e, probed("{'report': {'findings': []}}")),
                     "BAD 4 probe: first finding | same (no-boot-file) | none\n");
    e.probe.first = (struct pxk_scn_alternatives)WORDS(4, "none");
    cr_assert_str_eq(judged_seen(e, probed("{" PROBE_REPORT "}")),
                     "BAD 4 probe: first finding | none | tftp-no-answer #21\n");
}

Test(judge, probe_in_the_same_forms)
{
    struct pxk_scn_client_expect uefi = {.client = "uefi", .reached = WORDS(9, "lease"), .line = 9};
    struct pxk_scn_value value = {.at = "/findings/0/frames/0", .is = "21", .line = 10};
    struct pxk_scn_expect e = {.probe = {.given = true,
                                         .step[PXK_STEP_FILES] = WORDS(5, "pass"),
                                         .findings = NAMES(6, "tftp-no-answer"),
                                         .includes = NAMES(7, "file-missing"),
                                         .excludes = NAMES(8, "tftp-no-answer")}};
    e.probe.clients.at = &uefi;
    e.probe.report.at = &value;
    e.probe.clients.n = e.probe.report.n = 1;
    cr_assert_str_eq(judged_seen(e, probed("{" PROBE_REPORT "}")),
                     "BAD 5 probe: step files | pass | fail: no answer #21\n"
                     "ok 6 probe: findings | tftp-no-answer | tftp-no-answer #21\n"
                     "BAD 7 probe: findings include | file-missing | missing: file-missing; others: tftp-no-answer\n"
                     "BAD 8 probe: findings exclude | tftp-no-answer | tftp-no-answer #21\n"
                     "ok 9 probe: uefi: reached | lease | lease\n"
                     "ok 10 probe: report /findings/0/frames/0 | 21 | 21\n");
}
