/* A file with everything in it binds to the right values; what it leaves out has its default. */
#include "scn_test.h"

static const char *full(void)
{
    return "pxekit: 1\n"
           "name: everything\n"
           "about: why\n"
           "tags: [a, b]\n"
           "limit: 90s\n"
           "seed: 7\n"
           "alone: true\n"
           "network:\n"
           "  segments:\n"
           "    - {name: lan, subnet: 10.70.0.0/24, mtu: 1400}\n"
           "    - {name: far, offload: true}\n"
           "  routers:\n"
           "    - {name: gw, joins: [lan, far], mtu: 600, silent: true, relay: {to: 10.70.0.9, circuit-id: port7}}\n"
           "  cables:\n"
           "    - port: clients\n"
           "      way: to\n"
           "      lose: 5%\n"
           "      corrupt: 0.1%\n"
           "      corrupt-from: 42\n"
           "      delay: 200ms\n"
           "      rate: 10M\n"
           "      queue: 64k\n"
           "      mtu: 1300\n"
           "      mtu-answer: true\n"
           "      tag: 5\n"
           "      silent: 30s\n"
           "      rules: [{action: pass, way: from, protocol: udp, from: 10.70.0.1, destination-port: 1025-65535, every: 2}]\n"
           "    - {port: 'gw:far', cut: true}\n"
           "servers:\n"
           "  - name: one\n"
           "    run: kea+atftpd\n"
           "    address: 10.70.0.9\n"
           "    gateway: none\n"
           "    dhcp: {pool: 10.78.0.20-10.78.0.30, subnet: 10.78.0.0/24, lease: 10m, dns: [1.1.1.1, 2.2.2.2],\n"
           "           boot-files: {bios: pxelinux.0}, options: {root-path: x, 224: [a, b]}}\n"
           "    lines: log\n"
           "  - {run: nginx, dhcp: none, tftp: none, arguments: [-q], waits: true}\n"
           "  - {run: reference, dhcp: {router: none, boot-files: none, proxy: true}, faults: slow-offer=3s}\n"
           "files:\n"
           "  kernel: 32k\n"
           "  changes: [{remove: linux}, {write: a/b, text: ''}, {truncate: c, to: 50%}, {flip: d, at: 1k}]\n"
           "clients:\n"
           "  - {arch: bios, count: 2, start: 1s, every: 100ms, mac: '52:54:00:77:00:10', pace: firmware}\n"
           "  - {name: pc, personality: ipxe-efi, until: kernel, keep-lease: true, segment: far,\n"
           "     overrides: {60: 'PXEClient:X', blksize: 1024}}\n"
           "  - {firmware: uefi, arguments: [-m, 512]}\n"
           "commands:\n"
           "  - {run: date, on: gw, when: after, exit: any, has: [a, b]}\n"
           "  - {name: sleeper, run: sleep 9, background: true, ready: up}\n"
           "  - {run: date, stdout: {lines: 1, has: [a, b]}, stderr: {lines: 0}}\n"
           "timeline:\n"
           "  - {at: 5s, do: start, server: boot}\n"
           "  - {on: tftp.data, client: pc, file: linux, blocks: 20, after: 100ms, do: cut, port: clients}\n"
           "  - {at: 7s, do: cable, port: clients, cable: {lose: 100%, rules: [{protocol: arp}]}}\n";
}

Test(scenario_values, the_case)
{
    struct pxk_scenarios all = scn_good(full());
    const struct pxk_scenario *s = all.at.at[0];
    cr_assert_eq(all.at.n, 1);
    cr_assert_str_eq(s->name, "everything");
    cr_assert_str_eq(s->about, "why");
    cr_assert_eq(s->tags.n, 2);
    cr_assert_eq(s->limit, 90 * PXK_SEC);
    cr_assert_eq(s->seed, 7);
    cr_assert(s->alone && !s->virtual);
    cr_assert_str_eq(s->file, "folder/f.yaml");
    cr_assert_str_eq(s->row, "");
    cr_assert_str_eq(s->id, "f");
    cr_assert(!s->expect.given && s->expect.healthy);
    pxk_scenarios_done(&all);
}

Test(scenario_values, network)
{
    struct pxk_scenarios all = scn_good(full());
    const struct pxk_scn_network *n = &all.at.at[0]->network;
    cr_assert_eq(n->segments.n, 2);
    cr_assert_eq(n->segments.at[0].mtu, 1400);
    cr_assert_eq(n->segments.at[1].subnet.net, PXK_IP4(10, 78, 0, 0), "the second one's default");
    cr_assert(n->segments.at[1].offload);
    const struct pxk_scn_router *r = &n->routers.at[0];
    cr_assert_eq(r->mtu, 600);
    cr_assert(r->silent);
    cr_assert_eq(r->addresses.n, 2);
    cr_assert_eq(r->addresses.at[1], PXK_IP4(10, 78, 0, 254));
    cr_assert_eq(r->relay->to.at[0], PXK_IP4(10, 70, 0, 9));
    cr_assert_str_eq(r->relay->circuit_id, "port7");
    const struct pxk_scn_cable *k = &n->cables.at[0];
    cr_assert_eq(k->way, PXK_SCN_WAY_TO);
    cr_assert_eq(k->effect.lose, 50000);
    cr_assert_eq(k->effect.corrupt, 1000);
    cr_assert_eq(k->effect.corrupt_from, 42);
    cr_assert_eq(k->effect.delay, 200 * PXK_MSEC);
    cr_assert_eq(k->effect.rate_bps, 10000000);
    cr_assert_eq(k->effect.queue_bytes, 65536);
    cr_assert_eq(k->effect.mtu, 1300);
    cr_assert(k->effect.mtu_answer);
    cr_assert_eq(k->effect.tag, 5);
    cr_assert_eq(k->silent, 30 * PXK_SEC);
    cr_assert(n->cables.at[1].cut);
    pxk_scenarios_done(&all);
}

Test(scenario_values, a_rule_as_the_cable_takes_it)
{
    struct pxk_scenarios all = scn_good(full());
    struct pxk_cable_rule r = pxk_scn_rule_of(&all.at.at[0]->network.cables.at[0].rules.at[0]);
    cr_assert_eq(r.action, PXK_CABLE_PASS);
    cr_assert_eq(r.dir, PXK_CABLE_A_TO_B, "from the host: the host is at port A");
    cr_assert_eq(r.proto, PXK_IP_UDP);
    cr_assert_eq(r.src, PXK_IP4(10, 70, 0, 1));
    cr_assert_eq(r.src_mask, 0xffffffff);
    cr_assert_eq(r.dst_mask, 0);
    cr_assert_eq(r.dport.from, 1025);
    cr_assert_eq(r.dport.to, 65535);
    cr_assert_eq(r.every, 2);
    r = pxk_scn_rule_of(&all.at.at[0]->timeline.at[2].cable->rules.at[0]);
    cr_assert_eq(r.ethertype, PXK_ETH_ARP);
    cr_assert_eq(r.dir, PXK_CABLE_BOTH);
    cr_assert_eq(r.action, PXK_CABLE_DROP);
    pxk_scenarios_done(&all);
}

Test(scenario_values, servers)
{
    struct pxk_scenarios all = scn_good(full());
    const struct pxk_scn_server *v = all.at.at[0]->servers.at;
    cr_assert_eq(all.at.at[0]->servers.n, 3);
    cr_assert_str_eq(v[0].run, "kea+atftpd");
    cr_assert_str_eq(v[0].segment, "lan");
    cr_assert_str_eq(v[0].interface, "eth0");
    cr_assert_eq(v[0].gateway, 0, "none");
    cr_assert_eq(v[0].dhcp->pool.last, PXK_IP4(10, 78, 0, 30));
    cr_assert_eq(v[0].dhcp->lease, 600 * PXK_SEC);
    cr_assert_eq(v[0].dhcp->dns.n, 2);
    cr_assert_eq(v[0].dhcp->router, PXK_IP4(10, 78, 0, 254), "behind a relay the router's");
    cr_assert_eq(v[0].dhcp->next_server, PXK_IP4(10, 70, 0, 9));
    cr_assert(v[0].dhcp->boot && v[0].dhcp->boot_files.n == 1);
    cr_assert_str_eq(v[1].name, "boot");
    cr_assert(v[1].no_dhcp && v[1].no_tftp && !v[1].dhcp && v[1].waits);
    cr_assert_eq(v[1].address, PXK_IP4(10, 70, 0, 1));
    cr_assert_eq(v[1].gateway, PXK_IP4(10, 70, 0, 254), "the only router");
    cr_assert_str_eq(v[2].name, "boot2");
    cr_assert_eq(v[2].address, PXK_IP4(10, 70, 0, 2));
    cr_assert_eq(v[2].dhcp->router, 0);
    cr_assert(!v[2].dhcp->boot && v[2].dhcp->proxy && !v[2].no_tftp);
    cr_assert_eq(v[2].dhcp->pool.first, PXK_IP4(10, 70, 0, 150));
    cr_assert_eq(v[2].dhcp->pool.last, PXK_IP4(10, 70, 0, 199));
    cr_assert_str_eq(v[2].faults.at[0], "slow-offer=3s");
    pxk_scenarios_done(&all);
}

Test(scenario_values, files)
{
    struct pxk_scenarios all = scn_good(full());
    const struct pxk_scn_files *f = &all.at.at[0]->files;
    cr_assert(f->given);
    cr_assert_eq(f->set, PXK_SCN_SET_GENERATED);
    cr_assert_eq(f->kernel, 32768);
    cr_assert_eq(f->initrd, 131072);
    cr_assert_eq(f->changes.n, 4);
    cr_assert_str_eq(f->changes.at[0].remove, "linux");
    cr_assert_str_eq(f->changes.at[1].text, "");
    cr_assert_str_eq(f->changes.at[2].to, "50%");
    cr_assert(f->changes.at[3].at_given && f->changes.at[3].at == 1024);
    pxk_scenarios_done(&all);
}

Test(scenario_values, clients_are_multiplied_out)
{
    struct pxk_scenarios all = scn_good(full());
    const struct pxk_scn_client *k = all.at.at[0]->clients.at;
    cr_assert_eq(all.at.at[0]->clients.n, 4);
    cr_assert_str_eq(k[0].name, "bios-1");
    cr_assert_str_eq(k[1].name, "bios-2");
    cr_assert_eq(k[1].count, 1);
    cr_assert_eq(k[1].mac.b[5], 0x11);
    cr_assert(k[1].start_given);
    cr_assert_eq(k[1].start, 1100 * PXK_MSEC);
    cr_assert(k[1].firmware_pace);
    cr_assert_str_eq(k[1].port, "clients");
    cr_assert_str_eq(k[1].personality->key, "ipxe-bios");
    cr_assert_str_eq(k[2].name, "pc");
    cr_assert_eq(k[2].arch, PXK_ARCH_UEFI_X64, "the personality's");
    cr_assert_eq(k[2].until, PXK_MILESTONE_KERNEL);
    cr_assert(k[2].keep_lease && !k[2].start_given);
    cr_assert_str_eq(k[2].port, "clients-far", "a port is in one segment");
    cr_assert_str_eq(k[2].overrides.at[0].value.at[0], "PXEClient:X");
    cr_assert_str_eq(k[3].name, "uefi-x64");
    cr_assert_str_eq(k[3].port, "uefi-x64", "a QEMU has its own port");
    cr_assert_str_eq(k[3].arguments.at[1], "512");
    pxk_scenarios_done(&all);
}

Test(scenario_values, commands_and_timeline)
{
    struct pxk_scenarios all = scn_good(full());
    const struct pxk_scenario *s = all.at.at[0];
    cr_assert_str_eq(s->commands.at[0].name, "command-1");
    cr_assert_str_eq(s->commands.at[0].on, "gw");
    cr_assert_eq(s->commands.at[0].when, PXK_SCN_WHEN_AFTER);
    cr_assert(s->commands.at[0].any_exit);
    cr_assert_eq(s->commands.at[0].limit, 20 * PXK_SEC);
    cr_assert_str_eq(s->commands.at[1].on, "clients");
    cr_assert(s->commands.at[1].background && !s->commands.at[1].any_exit);
    cr_assert(!s->commands.at[1].out && !s->commands.at[1].err);
    cr_assert(s->commands.at[2].out->lines_given && s->commands.at[2].out->lines == 1);
    cr_assert_eq(s->commands.at[2].out->has.n, 2);
    cr_assert(s->commands.at[2].err->lines_given && s->commands.at[2].err->lines == 0);
    unsigned line = s->commands.at[0].line;
    cr_assert_gt(line, 0);
    cr_assert_eq(s->commands.at[0].has_line, line);
    cr_assert_eq(s->commands.at[0].lacks_line, 0);
    cr_assert_eq(s->commands.at[2].line, line + 2);
    cr_assert_eq(s->commands.at[2].out->line, line + 2);
    const struct pxk_scn_event *e = s->timeline.at;
    cr_assert_eq(e[0].line, line + 4);
    cr_assert_eq(e[2].line, line + 6);
    cr_assert(e[0].at_given && e[0].on == -1 && e[0].action == PXK_SCN_DO_START);
    cr_assert_eq(e[0].count, 1);
    cr_assert_eq(e[1].on, PXK_EVENT_TFTP_DATA);
    cr_assert_eq(e[1].blocks, 20);
    cr_assert_eq(e[1].after, 100 * PXK_MSEC);
    cr_assert_str_eq(e[1].port, "clients");
    cr_assert_eq(e[2].cable->effect.lose, 1000000);
    pxk_scenarios_done(&all);
}

/* ---- what is left out ---- */

Test(scenario_values, hardly_anything_written)
{
    struct pxk_scenarios all;
    const struct pxk_scenario *s = scn_body(&all, "");
    cr_assert_eq(s->limit, 60 * PXK_SEC);
    cr_assert_eq(s->seed, 1);
    cr_assert_eq(s->network.segments.n, 1);
    cr_assert_str_eq(s->network.segments.at[0].name, "lan");
    cr_assert_eq(s->network.segments.at[0].subnet.net, PXK_IP4(10, 77, 0, 0));
    cr_assert_eq(s->network.segments.at[0].mtu, 1500);
    cr_assert_eq(s->servers.n, 1);
    const struct pxk_scn_server *v = &s->servers.at[0];
    cr_assert_str_eq(v->name, "boot");
    cr_assert_str_eq(v->run, "reference");
    cr_assert_eq(v->address, PXK_IP4(10, 77, 0, 1));
    cr_assert(v->dhcp && v->dhcp->boot);
    cr_assert_eq(v->dhcp->lease, 3600 * PXK_SEC);
    cr_assert_eq(v->dhcp->router, v->address);
    cr_assert_eq(v->dhcp->next_server, v->address);
    cr_assert_eq(v->dhcp->pool.first, PXK_IP4(10, 77, 0, 150));
    cr_assert(!s->files.given);
    cr_assert_eq(s->files.kernel, 65536);
    cr_assert_eq(s->files.initrd, 131072);
    cr_assert(!s->clients.at[0].start_given);
    pxk_scenarios_done(&all);
}

Test(scenario_values, no_servers_at_all_can_be_asked_for)
{
    struct pxk_scenarios all;
    cr_assert_eq(scn_body(&all, "servers: []\n")->servers.n, 0);
    pxk_scenarios_done(&all);
}

Test(scenario_values, a_small_subnet_has_a_small_pool)
{
    struct pxk_scenarios all;
    const struct pxk_scenario *s = scn_body(&all, "network: {segments: [{subnet: 10.0.0.16/28}]}\n");
    cr_assert_eq(s->servers.at[0].address, PXK_IP4(10, 0, 0, 17));
    cr_assert_eq(s->servers.at[0].dhcp->pool.first, PXK_IP4(10, 0, 0, 24));
    cr_assert_eq(s->servers.at[0].dhcp->pool.last, PXK_IP4(10, 0, 0, 29));
    pxk_scenarios_done(&all);
}

Test(scenario_values, clients_of_one_architecture_are_numbered)
{
    struct pxk_scenarios all = scn_good("pxekit: 1\nname: n\nclients: [{arch: bios}, {arch: bios}, {name: bios-3, arch: bios}]\n"
                                        "network: {cables: [{port: bios-2}]}\n");
    const struct pxk_scn_client *k = all.at.at[0]->clients.at;
    cr_assert_str_eq(k[0].name, "bios");
    cr_assert_str_eq(k[1].name, "bios-2");
    cr_assert_str_eq(k[0].port, "clients");
    cr_assert_str_eq(k[1].port, "bios-2", "a cable has its name");
    pxk_scenarios_done(&all);
}

Test(scenario_values, a_server_of_a_timeline_is_the_only_one)
{
    struct pxk_scenarios all;
    const struct pxk_scenario *s = scn_body(&all, "timeline: [{at: 1s, do: kill}]\n");
    cr_assert_str_eq(s->timeline.at[0].server, "boot");
    pxk_scenarios_done(&all);
}

Test(scenario_values, without_clients_nothing_is_healthy)
{
    struct pxk_scenarios all = scn_good("pxekit: 1\nname: n\ncommands: [{run: date}]\n");
    cr_assert(!all.at.at[0]->expect.healthy);
    pxk_scenarios_done(&all);
}

/* ---- expectations ---- */

Test(scenario_values, expectations)
{
    struct pxk_scenarios all;
    const struct pxk_scenario *s = scn_body(&all, "expect:\n"
                                                  "  exit: 1\n"
                                                  "  steps: {connectivity: pass, dhcp: fail|warn}\n"
                                                  "  first: [D013, no-boot-file-for-arch]\n"
                                                  "  findings: [D013|no-boot-file-for-arch]\n"
                                                  "  excludes: none\n"
                                                  "  clients:\n"
                                                  "    - client: bios\n"
                                                  "      reached: lease|offer\n"
                                                  "      files: [linux, {path: x, state: absent}]\n"
                                                  "      retransmissions: 0\n"
                                                  "  leases: 0\n"
                                                  "  logs: [{has: DHCPACK}]\n"
                                                  "  seen: [{at: /exit, is: 1}, {at: /n, min: -1.5}]\n");
    const struct pxk_scn_expect *e = &s->expect;
    const char *name = pxk_finding_find("D013")->name;
    char both[200];
    cr_assert(e->given && e->exit_given && !e->healthy);
    cr_assert_eq(e->line, 5, "where its mapping begins");
    cr_assert_eq(e->exit_line, 5);
    cr_assert_eq(e->step[PXK_STEP_DHCP].word.n, 2);
    cr_assert_str_eq(e->step[PXK_STEP_DHCP].word.at[1], "warn");
    cr_assert_eq(e->step[PXK_STEP_DHCP].line, 6);
    cr_assert_eq(e->step[PXK_STEP_BOOT].word.n, 0);
    cr_assert_eq(e->first.word.n, 2);
    cr_assert_str_eq(e->first.word.at[0], name, "codes become names");
    cr_assert_str_eq(e->findings.name.at[0], pxk_fmt(both, sizeof both, "%s|no-boot-file-for-arch", name));
    cr_assert(e->excludes.given && !e->excludes.name.n && !e->includes.given);
    const struct pxk_scn_client_expect *k = &e->clients.at[0];
    cr_assert_eq(k->line, 11);
    cr_assert_eq(k->reached.word.n, 2);
    cr_assert(!k->boots_given && k->retransmissions_given);
    cr_assert_str_eq(k->files.at[0].path, "linux");
    cr_assert_eq(k->files.at[0].line, 13);
    cr_assert_eq(k->files.at[1].state, 2);
    cr_assert_eq(e->leases.at[0].left, 0);
    cr_assert_null(e->leases.at[0].server);
    cr_assert_eq(e->leases.at[0].line, 15);
    cr_assert_str_eq(e->logs.at[0].server, "boot");
    cr_assert_str_eq(e->seen.at[0].is, "1");
    cr_assert(e->seen.at[1].min_given && e->seen.at[1].min == -1.5);
    pxk_scenarios_done(&all);
}
