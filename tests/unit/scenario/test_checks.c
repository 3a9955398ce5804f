/* What is wrong in a file: where it stands, what was expected, the nearest correct spelling. */
#include "scn_test.h"

Test(scenario_checks, what_is_required)
{
    scn_bad("clients: [{arch: bios}]\n", "f:1:1: scenario has no \"name\", expected a text\n"
                                         "f:1:1: scenario has no \"pxekit\", expected 1\n");
    scn_bad("pxekit: 2\nname: n\nclients: [{arch: bios}]\n",
            "f:1:9: pxekit is \"2\", expected 1\n");
    scn_bad("pxekit: 1\nname: n\n", "f:1:1: scenario has no \"clients\" and no \"commands\", so there is nothing to see\n");
    scn_bad("", "f: the file is empty, expected a scenario file\n");
    scn_bad("- a\n", "f:1:1: the file is no mapping, expected lines of the form \"key: value\"\n");
    scn_bad("a: [\n", "f:2:1: not valid YAML: did not find expected node content, while parsing a flow node\n");
}

Test(scenario_checks, keys_and_words)
{
    scn_bad_body("sever: x\ntags: a!b\nclock: virtul\n",
                 "f:4:1: unknown key \"sever\" in scenario; did you mean \"servers\"\n"
                 "f:5:7: \"a!b\" is no name, expected letters, digits, - and _\n"
                 "f:6:8: clock is \"virtul\", expected one of real, virtual; did you mean \"virtual\"\n");
    scn_bad_body("name: m\n", "f:4:1: name is there twice, first in line 2\n");
}

Test(scenario_checks, segments_and_routers)
{
    scn_bad_body("network:\n"
                 "  segments: [{name: lan}, {name: lan}, {name: a b, subnet: 10.0.0.0/31}]\n"
                 "  routers:\n"
                 "    - {name: r, joins: [lna]}\n"
                 "    - {name: s, joins: [lan, lan], addresses: [10.77.0.1]}\n"
                 "    - {name: t, joins: [lan, a b], addresses: [10.78.0.1, 10.0.0.0]}\n"
                 "    - {name: u, joins: [lan, a b], relay: {to: []}}\n",
                 "f:5:34: two segments have the name lan\n"
                 "f:5:47: \"a b\" is no name, expected letters, digits, - and _\n"
                 "f:5:60: a subnet of /31 is no segment, expected /8 to /30\n"
                 "f:7:24: a router joins at least two segments\n"
                 "f:7:25: there is no segment \"lna\"; did you mean \"lan\"\n"
                 "f:8:30: lan is joined twice\n"
                 "f:8:47: 1 addresses for 2 segments, expected one for each in the order of joins\n"
                 "f:9:48: 10.78.0.1 is no host of lan, 10.77.0.0/24\n"
                 "f:9:59: 10.0.0.0 is no host of a b, 10.0.0.0/31\n"
                 "f:10:48: a relay needs at least one server to relay to\n");
}

Test(scenario_checks, cables)
{
    scn_bad_body("network:\n"
                 "  cables:\n"
                 "    - {port: client}\n"
                 "    - {port: clients, way: to}\n"
                 "    - {port: clients, lose: 101%}\n"
                 "    - {port: boot, hold: 1ms, queue: 1k, mtu-answer: true, corrupt-from: 1, native: true}\n"
                 "    - {port: bot, delay: 2h, rate: 10Q, rules: [{destination-port: 9-1}, {protocol: icmp, source-port: 1}]}\n",
                 "f:6:14: there is no port \"client\"; did you mean \"clients\"\n"
                 "f:8:14: the port clients has two cables for the same way, first in line 7\n"
                 "f:8:29: lose is \"101%\", expected a share such as 5% or 0.25%\n"
                 "f:9:26: hold is for frames that are reordered, but there is no reorder\n"
                 "f:9:38: a queue forms before a rate limit, but there is no rate\n"
                 "f:9:54: mtu-answer without mtu\n"
                 "f:9:74: corrupt-from without corrupt\n"
                 "f:9:85: native says what passes beside a tagged VLAN, but there is no untag\n"
                 "f:10:14: there is no port \"bot\"; did you mean \"boot\"\n"
                 "f:10:26: delay is \"2h\", expected a duration such as 90s or 1h30m from 0 us to 1 h\n"
                 "f:10:36: rate is \"10Q\", expected bits per second such as 10M or 56k\n"
                 "f:10:68: destination-port is \"9-1\", expected a port such as 69, or 1025-65535\n"
                 "f:10:85: icmp has no ports, expected udp or tcp beside a port\n");
}

Test(scenario_checks, server_kinds)
{
    scn_bad_body("servers:\n"
                 "  - {run: dnsmask}\n"
                 "  - {run: kea+kea}\n"
                 "  - {run: dnsmasq, faults: [slow-offer]}\n"
                 "  - {run: external+kea, interface: eth1}\n"
                 "  - {run: external, lines: x}\n"
                 "  - {dhcp: none, tftp: none}\n"
                 "  - {run: kea, config: a, config-file: b, lines: c, dhcp: nome}\n",
                 "f:5:3: an external server stands alone: no other is started in a real network\n"
                 "f:5:11: run is \"dnsmask\", expected some of reference, dnsmasq, isc-dhcpd, kea, tftpd-hpa, atftpd, nginx, "
                 "external joined by +; did you mean \"dnsmasq\"\n"
                 "f:6:11: kea is there twice\n"
                 "f:7:28: only the reference server can misbehave on demand, not dnsmasq\n"
                 "f:8:11: external is a server that runs elsewhere, it cannot be combined\n"
                 "f:9:11: external needs \"interface\": the real interface behind which the server is\n"
                 "f:9:28: lines is of no use with external: that server is not started here\n"
                 "f:10:5: the reference server has nothing to serve without dhcp and tftp\n"
                 "f:11:40: config-file beside config, expected one of them\n"
                 "f:11:50: lines are added to the usual config, which config replaces\n"
                 "f:11:59: dhcp is a single value, expected a mapping (key: value) or none\n");
}

Test(scenario_checks, servers_and_their_places)
{
    scn_bad_body("servers:\n"
                 "  - {name: x, address: 10.77.0.5}\n"
                 "  - {name: x, address: 10.77.0.5, segment: wan}\n"
                 "  - {name: clients, address: 10.77.0.5}\n"
                 "  - {address: 10.78.0.1, dhcp: {pool: 10.77.0.250-10.77.1.3}}\n"
                 "  - {address: 10.77.0.255}\n"
                 "  - {name: bios}\n"
                 "  - {dhcp: {options: {rot-path: x, 999: y}, boot-files: {boos: f}, router: non}}\n",
                 "f:6:12: x is the name of a server already\n"
                 "f:6:44: there is no segment \"wan\"; did you mean \"lan\"\n"
                 "f:7:12: clients is the name of the port that clients share\n"
                 "f:7:30: 10.77.0.5 is the address of x already\n"
                 "f:8:15: 10.78.0.1 is no host of lan, 10.77.0.0/24\n"
                 "f:8:39: the pool 10.77.0.250-10.77.1.3 is not inside the subnet 10.77.0.0/24\n"
                 "f:9:15: 10.77.0.255 is no host of lan, 10.77.0.0/24\n"
                 "f:10:12: bios is the name of a client already\n"
                 "f:11:23: no DHCP option \"rot-path\", expected a name or a number from 1 to 254; did you mean \"root-path\"\n"
                 "f:11:36: no DHCP option \"999\", expected a name or a number from 1 to 254\n"
                 "f:11:58: unknown key \"boos\" in boot-files; did you mean \"bios\"\n"
                 "f:11:76: router is \"non\", expected an IPv4 address such as 10.77.0.1 or none\n");
}

Test(scenario_checks, files)
{
    scn_bad_body("files:\n"
                 "  set: debian\n"
                 "  kernel: 1M\n"
                 "  changes: [{remove: a, flip: b}, {}, {write: a}, {copy: ../a, to: /b}, {truncate: a, to: half},\n"
                 "            {remove: a, to: b}, {flip: a, text: x}, {link: a}, {remove: a, at: 1}]\n",
                 "f:6:11: only generated files have the size that is asked for\n"
                 "f:7:31: two actions in one change, expected one of remove, write, truncate, copy, flip, link; the next one is "
                 "a further item of the list\n"
                 "f:7:35: nothing is changed, expected one of remove, write, truncate, copy, flip, link\n"
                 "f:7:47: write without \"text\": the content\n"
                 "f:7:58: this path leaves the boot tree, expected one below it such as pxelinux.cfg/default\n"
                 "f:7:68: this path leaves the boot tree, expected one below it such as pxelinux.cfg/default\n"
                 "f:7:91: to is \"half\", expected a length such as 50% or 1k\n"
                 "f:8:29: to is of no use here: it belongs to truncate, copy and link\n"
                 "f:8:49: text is of no use here: it belongs to write\n"
                 "f:8:53: the change has no \"to\", expected the new path\n"
                 "f:8:80: at is of no use here: it belongs to flip\n");
}

Test(scenario_checks, clients)
{
    scn_bad("pxekit: 1\nname: n\nclients:\n"
            "  - {arch: uefi-x46}\n"
            "  - {personality: edk2-px}\n"
            "  - {arch: bios, personality: edk2-pxe}\n"
            "  - {}\n"
            "  - {arch: s390-basic}\n"
            "  - {arch: bios, firmware: uefi, pace: firmware}\n"
            "  - {arch: bios, mac: '01:00:00:00:00:00', every: 1s}\n"
            "  - {arch: bios, overrides: {blksiz: 5}, arguments: [x]}\n"
            "  - {arch: bios, count: 3, mac: '52:54:00:00:00:fe', until: kernl}\n",
            "f:4:12: arch is \"uefi-x46\", expected an architecture such as bios or uefi-x64; did you mean \"uefi-x64\"\n"
            "f:5:19: personality is \"edk2-px\", expected one of ipxe-bios, ipxe-efi, edk2-pxe; did you mean \"edk2-pxe\"\n"
            "f:6:31: edk2-pxe is UEFI firmware, it does not run on bios\n"
            "f:7:5: client has no \"arch\", expected an architecture such as bios or uefi-x64\n"
            "f:8:12: no client of s390-basic can be emulated\n"
            "f:9:28: uefi firmware does not run on bios\n"
            "f:9:40: pace is for emulated clients, not for real firmware\n"
            "f:10:23: no machine has such a MAC address\n"
            "f:10:51: every is the time between clients of a count, but count is 1\n"
            "f:11:30: no option \"blksiz\", expected a DHCP option, blksize, windowsize or tsize; did you mean \"blksize\"\n"
            "f:11:53: arguments are QEMU's, expected \"firmware\" beside them\n"
            "f:12:33: the last byte is counted up, and 3 clients do not fit\n"
            "f:12:61: until is \"kernl\", expected one of none, offer, lease, loader, config, kernel, initrd, install; did you "
            "mean \"kernel\"\n");
}

Test(scenario_checks, clients_together)
{
    scn_bad("pxekit: 1\nname: n\nnetwork: {segments: [{name: lan}, {name: far}]}\nclients:\n"
            "  - {name: a, arch: bios, mac: '52:54:00:00:00:01', count: 4}\n"
            "  - {name: a, arch: bios, mac: '52:54:00:00:00:04', port: p}\n"
            "  - {arch: bios, port: p, segment: far}\n"
            "  - {firmware: bios, port: p}\n",
            "f:6:12: a is the name of a client already\n"
            "f:6:32: 52:54:00:00:00:04 is a MAC address of a already\n"
            "f:7:24: the port p is in segment lan already\n"
            "f:8:28: the port p is a's, and a QEMU has a port of its own\n"
            "f:8:28: the port p is bios's, and a QEMU has a port of its own\n");
    scn_bad("pxekit: 1\nname: n\nclients: [{arch: bios, count: 60}, {arch: uefi-x64, count: 5}]\n",
            "f:3:10: there are 65 clients, at most 64 are possible\n");
    scn_bad("pxekit: 1\nname: n\nclients: [{name: a, arch: bios, count: 2}, {name: a-2, arch: bios}]\n",
            "f:3:10: a count makes a second client a-2\n");
}

Test(scenario_checks, commands)
{
    scn_bad_body("commands:\n"
                 "  - {run: x, name: a, on: boat, has: '(', exit: 256}\n"
                 "  - {run: x, name: a, ready: up}\n"
                 "  - {run: x, background: true, exit: 0, lacks: '((a{99}){99}){99}'}\n"
                 "  - {run: x, has: a, stdout: {lines: -1, has: '('}, stderr: {line: 1}}\n",
                 "f:5:27: there is no host \"boat\"; did you mean \"boot\"\n"
                 "f:5:38: not a regular expression: Unmatched ( or \\(\n"
                 "f:5:49: exit is \"256\", expected a whole number from 0 to 255 or any\n"
                 "f:6:20: two commands have the name a\n"
                 "f:6:30: ready is awaited of a command in the background, expected \"background: true\"\n"
                 "f:7:38: a command in the background is ended with the case, it has no exit status\n"
                 "f:7:48: this regular expression repeats more than 1000 times what it repeats\n"
                 "f:8:19: has is about both streams, expected it inside of stdout or stderr\n"
                 "f:8:38: lines is \"-1\", expected a whole number from 0 to 2147483647\n"
                 "f:8:47: not a regular expression: Unmatched ( or \\(\n"
                 "f:8:62: unknown key \"line\" in stream; did you mean \"lines\"\n");
}

Test(scenario_checks, timeline)
{
    scn_bad_body("servers: [{name: a}, {name: b, waits: true}]\n"
                 "timeline:\n"
                 "  - {at: 1s, on: dhcp.ack, do: end}\n"
                 "  - {do: end}\n"
                 "  - {on: dhcp.akc, do: cut}\n"
                 "  - {on: dhcp.ack, client: bois, file: x, blocks: 5, do: stop}\n"
                 "  - {at: 1s, after: 1s, do: stop, server: c, port: clients}\n"
                 "  - {at: 1s, do: cable, port: clients}\n"
                 "  - {at: 1s, do: files, server: a}\n"
                 "  - {at: 1s, do: cut, port: nowhere}\n"
                 "  - {at: 1s, do: dance}\n",
                 "f:4:39: b waits, but nothing in the timeline starts it\n"
                 "f:6:10: at beside on, expected either a time (at) or an event (on)\n"
                 "f:7:5: the event has neither at nor on, expected either a time (at) or an event (on)\n"
                 "f:8:10: on is \"dhcp.akc\", expected an event such as tftp.data; did you mean \"dhcp.ack\"\n"
                 "f:8:24: \"do: cut\" needs \"port\": which cable\n"
                 "f:9:28: there is no client \"bois\"; did you mean \"bios\"\n"
                 "f:9:40: only events of TFTP are about a file, not dhcp.ack\n"
                 "f:9:51: blocks are counted of tftp.data only\n"
                 "f:9:58: \"do: stop\" needs \"server\": there are 2\n"
                 "f:10:21: after is of no use without on\n"
                 "f:10:43: there is no server \"c\"; did you mean \"a\"\n"
                 "f:10:52: port is of no use with \"do: stop\"\n"
                 "f:11:18: \"do: cable\" needs \"cable\": what it does from now on\n"
                 "f:12:18: \"do: files\" needs \"files\": a list of changes\n"
                 "f:12:33: server is of no use with \"do: files\"\n"
                 "f:13:29: there is no port \"nowhere\"\n"
                 "f:14:18: do is \"dance\", expected one of stop, kill, start, restart, pause, resume, cut, join, cable, files, "
                 "end\n");
    scn_bad_body("servers: []\ntimeline: [{at: 1s, do: kill}]\n", "f:5:25: there is no server to kill\n");
    scn_bad_body("servers: [{run: external, interface: eth1}]\ntimeline: [{at: 1s, do: kill}]\n",
                 "f:5:25: boot is external, it cannot be told to kill\n");
    scn_bad_body("servers: [{run: external, interface: eth1}]\ntimeline: [{at: 1s, do: cut, port: clients}]\n",
                 "f:5:36: the cables of a real network are not ours to change\n");
    scn_bad("pxekit: 1\nname: n\ncommands: [{run: x}]\ntimeline: [{on: dhcp.ack, do: end}]\n",
            "f:4:17: there are no clients, so this event does not happen\n");
}

Test(scenario_checks, virtual_time)
{
    scn_bad("pxekit: 1\nname: n\nclock: virtual\n"
            "network: {segments: [{name: lan}, {name: far}], routers: [{name: r, joins: [lan, far]}],\n"
            "          cables: [{port: clients}, {port: boot}, {port: pc}]}\n"
            "servers: [{run: dnsmasq}]\n"
            "clients: [{name: pc, arch: bios}, {firmware: uefi}]\n"
            "commands: [{run: x}]\n",
            "f:4:21: in virtual time there is one segment\n"
            "f:4:58: in virtual time there are no routers\n"
            "f:5:58: in virtual time the clients share one cable: port clients, or the server's\n"
            "f:6:17: in virtual time only the reference server runs, not dnsmasq\n"
            "f:7:10: in virtual time clients are emulated, there is no firmware\n"
            "f:8:11: commands take real time, they do not run in virtual time\n");
    struct pxk_scenarios all;
    cr_assert(scn_body(&all, "clock: virtual\nnetwork: {cables: [{port: clients, lose: 1%}]}\n")->virtual);
    pxk_scenarios_done(&all);
}

Test(scenario_checks, too_many)
{
    char text[8192];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    pxk_str_add(&s, "servers: [");
    for (int i = 0; i < 17; i++)
        pxk_str_add(&s, "{},");
    pxk_str_add(&s, "]\n");
    scn_bad_body(text, "f:4:10: there are 17 servers, at most 16 are possible\n");
}

Test(scenario_checks, errors_are_bounded)
{
    char text[8192];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    pxk_str_add(&s, "matrix: {a: [1, 2, 3]}\nexpect:\n  includes: [");
    for (int i = 0; i < 150; i++)
        pxk_str_addf(&s, "nonsense%d,", i);
    pxk_str_add(&s, "]\n");
    char whole[9000];
    struct pxk_scenarios all = {0};
    struct pxk_conf_errors e = {0};
    pxk_fmt(whole, sizeof whole, "pxekit: 1\nname: n\nclients: [{arch: bios}]\n%s", text);
    cr_assert_eq(pxk_scenario_parse("f", whole, strlen(whole), &all, &e), PXK_E_FORMAT);
    cr_assert_eq(e.list.n, PXK_CONF_ERRORS_MAX);
    cr_assert_eq(e.dropped, 50);
    pxk_conf_errors_done(&e);
}

Test(scenario_checks, a_second_document)
{
    scn_bad_body("---\na: b\n", "f:4:1: a second document starts here, expected only one\n");
}

Test(scenario_checks, cases_are_added_to_what_is_there)
{
    const char *text = "pxekit: 1\nname: n\nclients: [{arch: bios}]\n";
    struct pxk_scenarios all = scn_good(text);
    struct pxk_conf_errors e = {0};
    cr_assert_eq(pxk_scenario_parse("second.yml", text, strlen(text), &all, &e), PXK_OK);
    cr_assert_eq(pxk_scenario_parse("third.yml", "nothing: 1", 10, &all, &e), PXK_E_FORMAT);
    cr_assert_eq(all.at.n, 2);
    cr_assert_str_eq(all.at.at[1]->id, "second");
    pxk_conf_errors_done(&e);
    pxk_scenarios_done(&all);
}

Test(scenario_checks, words_for_others)
{
    cr_assert_str_eq(pxk_scn_server_word(0), "reference");
    cr_assert_str_eq(pxk_scn_server_word(7), "external");
    cr_assert_null(pxk_scn_server_word(8));
    cr_assert_str_eq(pxk_scn_late_word(0), "address");
    cr_assert_null(pxk_scn_late_word(6));
}

Test(scenario_checks, a_real_network_is_as_it_is)
{
    scn_bad("pxekit: 1\nname: n\nservers: [{run: external, interface: eth1}, {run: dnsmasq}]\n"
            "network: {cables: [{port: clients, lose: 1%}]}\nclients: [{arch: bios, port: desk}]\ncommands: [{run: x}]\n",
            "f:3:10: an external server stands alone: no other is started in a real network\n"
            "f:4:19: an external server is in a real network: segments, routers and cables are not made there\n"
            "f:5:10: on a real interface clients are emulated and share it, bios cannot have a port of its own\n"
            "f:6:11: commands run in hosts of a network of ours, not beside an external server\n");
}
