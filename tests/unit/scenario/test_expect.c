/* Expectations that are misspelt, or cannot be met. */
#include "scn_test.h"

/* Names that the tests rely on; the table of findings is theirs to keep. */
Test(scenario_expect, findings_of_these_tests)
{
    cr_assert_eq(pxk_finding_find("no-boot-file")->severity, PXK_SEVERITY_FAILURE);
    cr_assert_eq(pxk_finding_find("no-dhcp-server")->severity, PXK_SEVERITY_FAILURE);
}

static const char *a_note(void)
{
    const struct pxk_finding_row *rows;
    size_t n = pxk_finding_rows(&rows);
    for (size_t i = 0; i < n; i++)
        if (rows[i].severity == PXK_SEVERITY_NOTE)
            return rows[i].name;
    return NULL;
}

Test(scenario_expect, words)
{
    scn_bad_body("expect:\n"
                 "  steps: {dhpc: pass, dhcp: fail|wran}\n"
                 "  first: no-bot-file\n"
                 "  findings: [D999]\n"
                 "  clients: [{client: bois, reached: kernl, events: dhcp.akc x, never: x, files: [{path: a, role: initd}]}]\n"
                 "  order: [bios, pc dhcp.ack, bios dhcp.akc]\n"
                 "  leases: {server: boat, left: 1}\n"
                 "  logs: [{server: boat, has: x}, {server: boot}]\n",
                 "f:5:11: unknown key \"dhpc\" in steps; did you mean \"dhcp\"\n"
                 "f:5:29: dhcp is \"fail|wran\", expected some of unknown, pass, warn, fail joined by |; did you mean \"warn\"\n"
                 "f:6:10: first is \"no-bot-file\", expected a finding such as no-boot-file (pxekit explain lists them); did you "
                 "mean \"no-boot-file\"\n"
                 "f:7:14: findings is \"D999\", expected a finding such as no-boot-file (pxekit explain lists them) or none\n"
                 "f:8:22: there is no client \"bois\"; did you mean \"bios\"\n"
                 "f:8:37: reached is \"kernl\", expected some of none, offer, lease, loader, config, kernel, initrd, install joined "
                 "by |; did you mean \"kernel\"\n"
                 "f:8:52: no event \"dhcp.akc\", expected one such as dhcp.ack or tftp.request; did you mean \"dhcp.ack\"\n"
                 "f:8:71: no event \"x\", expected one such as dhcp.ack or tftp.request\n"
                 "f:8:98: role is \"initd\", expected one of loader, module, config, kernel, initrd, asset, answers, other; did you "
                 "mean \"initrd\"\n"
                 "f:9:11: expected \"CLIENT EVENT\", such as bios dhcp.ack\n"
                 "f:9:17: there is no client \"pc\"\n"
                 "f:9:30: no event \"dhcp.akc\", expected one such as dhcp.ack or tftp.request; did you mean \"dhcp.ack\"\n"
                 "f:10:11: leases is a mapping, expected a list\n"
                 "f:11:19: there is no server \"boat\"; did you mean \"boot\"\n"
                 "f:11:43: nothing is expected of this log, expected has or lacks\n");
}

Test(scenario_expect, values)
{
    scn_bad_body("expect:\n"
                 "  report:\n"
                 "    - {at: findings, is: a}\n"
                 "    - {at: /a~b, is: a}\n"
                 "    - {at: /a}\n"
                 "    - {at: /a, absent: true, is: b}\n"
                 "    - {at: /a, min: 3, max: 2}\n"
                 "    - {at: /a, min: three}\n"
                 "  seen: [{at: /a, matches: '('}, {is: x}]\n",
                 "f:6:12: at is no JSON pointer, expected one such as /findings/0/name\n"
                 "f:7:12: in a JSON pointer ~ is written ~0\n"
                 "f:8:12: nothing is expected of this value, expected is, matches, min, max or absent\n"
                 "f:9:24: what is absent has no value, expected absent alone\n"
                 "f:10:29: max is less than min\n"
                 "f:11:21: min is \"three\", expected a number\n"
                 "f:12:28: not a regular expression: Unmatched ( or \\(\n"
                 "f:12:34: value has no \"at\", expected a text\n");
}

Test(scenario_expect, files)
{
    scn_bad_body("expect:\n"
                 "  clients:\n"
                 "    - files: [{path: a, state: failed, bytes: 1}, {path: b, sha256: abc}, {path: c, same-as: /etc/passwd}]\n",
                 "f:6:32: a file that is failed has no content to compare\n"
                 "f:6:69: a SHA-256 is 64 hexadecimal digits\n"
                 "f:6:94: this path leaves the boot tree, expected one below it such as pxelinux.cfg/default\n");
}

Test(scenario_expect, healthy)
{
    scn_bad_body("expect:\n"
                 "  healthy: true\n"
                 "  exit: 1\n"
                 "  steps: {dhcp: fail, boot: pass|warn}\n"
                 "  findings: no-boot-file\n"
                 "  clients: [{boots: false, findings: no-boot-file, steps: {files: fail}}]\n",
                 "f:5:12: healthy means no failure and no warning, but findings has some (line 8)\n"
                 "f:5:12: healthy means that every step passes, but dhcp is expected not to (line 7)\n"
                 "f:5:12: healthy means that every step passes, but files is expected not to (line 9)\n"
                 "f:6:9: a healthy network ends with exit 0\n"
                 "f:9:21: this client is expected not to boot, but healthy means that all do\n"
                 "f:9:38: healthy means no failure and no warning of any client\n");
    scn_bad_body("expect: {healthy: false}\n",
                 "f:4:19: healthy: false says nothing; expected what is wrong instead: steps or findings\n");
}

Test(scenario_expect, of_nothing_and_of_nobody)
{
    static const char no_clients[] = "pxekit: 1\nname: n\ncommands: [{run: 'true', on: boot}]\n";
    char text[300];
    scn_bad_body("expect: {}\n", "f:4:9: nothing is expected, so this case cannot fail; expected healthy: true, findings or another "
                                 "of its keys\n");
    scn_bad_body("expect: {leases: []}\n", "f:4:9: nothing is expected, so this case cannot fail; expected healthy: true, findings "
                                           "or another of its keys\n");
    scn_bad(pxk_fmt(text, sizeof text, "%sexpect: {clients: [{boots: true}]}\n", no_clients),
            "f:4:20: the scenario has no clients of which this could be true\n");
    scn_bad(pxk_fmt(text, sizeof text, "%sexpect: {healthy: true}\n", no_clients),
            "f:4:19: the scenario has no clients that could be healthy\n");
}

Test(scenario_expect, exits)
{
    scn_bad_body("expect:\n  exit: 0\n  steps: {dhcp: fail}\n",
                 "f:5:9: exit 0 means that no step fails, but dhcp is expected to (line 6)\n");
    scn_bad_body("expect: {exit: 2}\n", "f:4:16: a check that was made does not end with exit 2, expected 0, 1 or 3\n");
    scn_bad_body("expect: {exit: 4}\n", "f:4:16: exit is \"4\", expected a whole number from 0 to 3\n");
}

Test(scenario_expect, findings_against_each_other)
{
    scn_bad_body("expect:\n"
                 "  first: no-dhcp-server\n"
                 "  findings: [no-boot-file]\n"
                 "  includes: [no-dhcp-server, no-boot-file|no-dhcp-server]\n"
                 "  excludes: [no-boot-file]\n",
                 "f:5:10: the first finding is expected to be no-dhcp-server, which findings does not have (line 6)\n"
                 "f:6:14: no-boot-file is among findings and in excludes\n"
                 "f:7:14: findings names exactly what is found, and no-dhcp-server is not among them\n");
    scn_bad_body("expect:\n  includes: [D001]\n  excludes: [no-dhcp-server]\n",
                 "f:5:14: no-dhcp-server is in includes and in excludes\n");
    scn_bad_body("expect:\n  findings: []\n  clients: [{findings: no-boot-file}]\n",
                 "f:6:24: findings of the network (line 5) names exactly what is found, and no-boot-file is not among them\n");
    scn_bad_body("expect:\n  excludes: no-boot-file\n  clients: [{findings: no-boot-file}]\n",
                 "f:6:24: no-boot-file is excluded for the network (line 5)\n");
}

Test(scenario_expect, notes_are_not_among_exact_findings)
{
    char text[300], want[300];
    struct pxk_scenarios all;
    pxk_fmt(text, sizeof text, "expect: {findings: [%s]}\n", a_note());
    pxk_fmt(want, sizeof want, "f:4:21: %s is only a note, which findings does not count, expected it in includes\n", a_note());
    scn_bad_body(text, want);
    pxk_fmt(text, sizeof text, "expect: {findings: [], includes: [%s]}\n", a_note());
    (void)scn_body(&all, text); /* can be met */
    pxk_scenarios_done(&all);
}

Test(scenario_expect, what_a_client_cannot_do)
{
    scn_bad("pxekit: 1\nname: n\nclients: [{arch: bios}, {name: short, arch: bios, until: offer}]\n"
            "expect:\n"
            "  clients:\n"
            "    - {client: bios, boots: true, reached: lease|kernel}\n"
            "    - {client: bios, serial: x}\n"
            "    - {client: bios, boots: true, steps: {files: fail}}\n"
            "    - {client: short, boots: true, reached: none}\n"
            "    - {client: short, reached: lease|kernel}\n"
            "    - {client: short, files: [linux, {path: x, state: absent}], cmdline: x}\n"
            "    - {files: [linux]}\n",
            "f:6:44: a client that boots reaches initrd at least, not only kernel\n"
            "f:7:30: bios is emulated, it has no serial console (firmware: bios or uefi has)\n"
            "f:8:29: a client that boots fails no step, but files is expected to (line 8)\n"
            "f:9:45: a client that boots reaches offer at least, not only none\n"
            "f:10:32: short stops at offer (until), it does not reach lease\n"
            "f:11:31: short stops at offer (until), it asks for no file\n"
            "f:11:74: short stops at offer (until), it has no kernel\n"
            "f:12:16: short stops at offer (until), it asks for no file\n");
}

Test(scenario_expect, what_can_be_met_is_taken)
{
    struct pxk_scenarios all = scn_good(
        "pxekit: 1\nname: n\nclients: [{arch: bios}, {name: short, arch: bios, until: offer}, {firmware: uefi}]\n"
        "expect:\n"
        "  steps: {dhcp: warn|pass}\n"
        "  exit: 0\n"
        "  findings: [no-boot-file|no-dhcp-server]\n"
        "  excludes: [no-dhcp-server]\n"
        "  clients: [{client: bios, boots: true, reached: initrd|install}, {client: short, boots: true, reached: offer},\n"
        "            {client: uefi-x64, serial: [a, b]}]\n"
        "  order: [bios dhcp.ack, uefi-x64 tftp.request linux]\n");
    pxk_scenarios_done(&all);
}

/* ---- a passive watcher ---- */

static void probe_bad(const char *probe, const char *errors)
{
    char body[600];
    scn_bad_body(pxk_fmt(body, sizeof body, "expect:\n  probe: %s\n", probe), errors);
}

Test(scenario_expect, probe)
{
    probe_bad("sane", "f:5:10: first is \"sane\", expected a finding such as no-boot-file (pxekit explain lists them), same or none; "
                      "did you mean \"same\"\n");
    probe_bad("{first: no-boot-file, findings: []}",
              "f:5:18: the first finding is expected to be no-boot-file, which findings does not have (line 5)\n");
    probe_bad("{first: none, findings: [no-boot-file]}",
              "f:5:18: none means no failure and no warning, but findings has some (line 5)\n");
    probe_bad("{findings: [no-boot-file], excludes: [no-boot-file]}",
              "f:5:22: no-boot-file is among findings and in excludes\n");
    probe_bad("{at: lna}", "f:5:15: there is no segment \"lna\"; did you mean \"lan\"\n");
    probe_bad("{clients: [{client: bois}]}", "f:5:30: there is no client \"bois\"; did you mean \"bios\"\n");
    scn_bad_body("clock: virtual\nexpect:\n  probe: {at: lan}\n",
                 "f:6:15: in virtual time there is no switch to listen at, only the clients' links\n");
}
