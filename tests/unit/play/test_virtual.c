/* Cases in virtual time: whole boots over cables in memory, and that nothing but the seed decides. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scratch.h"
#include "pxk/play.h"

#define SERVER PXK_IP4(10, 77, 0, 1)

/* A scenario as the parser would leave it, in static storage. */
static struct {
    struct pxk_scenario s;
    struct pxk_scn_segment segment[2];
    struct pxk_scn_server server[2];
    struct pxk_scn_dhcp dhcp[2];
    struct pxk_scn_client client[PXK_SCN_CLIENTS_MAX];
    struct pxk_scn_cable cable[4];
    struct pxk_scn_event event[4];
    char name[PXK_SCN_CLIENTS_MAX][16];
} c;

static char work[64], why[400];
static json_t *seen;

static char *text(const char *s)
{
    return (char *)(uintptr_t)s;
}

static struct pxk_scn_server *server_add(const char *name, pxk_ip4 ip)
{
    size_t i = c.s.servers.n++;
    c.dhcp[i] = (struct pxk_scn_dhcp){.pool = {PXK_IP4(10, 77, 0, 150), PXK_IP4(10, 77, 0, 199)},
                                      .subnet = {PXK_IP4(10, 77, 0, 0), 24},
                                      .lease = 3600 * PXK_SEC, .router = ip, .next_server = ip, .boot = true};
    c.server[i] = (struct pxk_scn_server){.name = text(name), .run = text("reference"), .segment = text("lan"),
                                          .interface = text("eth0"), .address = ip, .dhcp = &c.dhcp[i]};
    c.s.servers.at = c.server;
    return &c.server[i];
}

static struct pxk_scn_client *client_add(uint16_t arch)
{
    size_t i = c.s.clients.n++;
    snprintf(c.name[i], sizeof c.name[i], "client-%zu", i + 1);
    c.client[i] = (struct pxk_scn_client){.name = c.name[i], .arch = arch, .count = 1, .segment = text("lan"), .port = text("clients")};
    c.s.clients.at = c.client;
    return &c.client[i];
}

static struct pxk_scn_cable *cable_add(const char *port)
{
    size_t i = c.s.network.cables.n++;
    c.cable[i] = (struct pxk_scn_cable){.port = text(port)};
    c.s.network.cables.at = c.cable;
    return &c.cable[i];
}

static struct pxk_scn_event *event_add(int action)
{
    size_t i = c.s.timeline.n++;
    c.event[i] = (struct pxk_scn_event){.on = -1, .count = 1, .blocks = 1, .action = action};
    c.s.timeline.at = c.event;
    return &c.event[i];
}

static void begin(uint64_t seed)
{
    memset(&c, 0, sizeof c);
    c.segment[0] = (struct pxk_scn_segment){.name = text("lan"), .subnet = {PXK_IP4(10, 77, 0, 0), 24}, .mtu = 1500};
    c.s = (struct pxk_scenario){.version = 1, .name = text("case"), .limit = 60 * PXK_SEC, .seed = seed, .virtual = true,
                                .files = {.set = PXK_SCN_SET_GENERATED, .kernel = 65536, .initrd = 131072}};
    c.s.network.segments.at = c.segment;
    c.s.network.segments.n = 1;
    (void)server_add("boot", SERVER);
}

static void end(void)
{
    json_decref(seen);
    seen = NULL;
    if (*work)
        (void)scratch_remove(work);
    *work = 0;
}

static enum pxk_play_end play_any(void)
{
    strcpy(work, "/tmp/pxk-virtual-XXXXXX");
    cr_assert(mkdtemp(work));
    const struct pxk_play_env env = {.work = work, .pxekit = "pxekit", .folder = "/tmp", .version = "0"};
    return pxk_play_virtual(&c.s, &env, &seen, why, sizeof why);
}

static void play(void)
{
    enum pxk_play_end how = play_any();
    cr_assert_eq(how, PXK_PLAY_SEEN, "%d: %s", how, why);
    cr_assert(seen);
}

/* ---- looking ---- */

static const char *verdict(const char *step)
{
    json_t *steps = json_object_get(json_object_get(seen, "report"), "steps"), *o;
    size_t i;
    json_array_foreach(steps, i, o)
        if (strcmp(json_string_value(json_object_get(o, "step")), step) == 0)
            return json_string_value(json_object_get(o, "verdict"));
    return "none";
}

static bool finding(const char *name)
{
    json_t *findings = json_object_get(json_object_get(seen, "report"), "findings"), *o;
    size_t i;
    json_array_foreach(findings, i, o)
        if (strcmp(json_string_value(json_object_get(o, "name")), name) == 0)
            return true;
    return false;
}

/* The time of the nth event of this kind; -1: there are not so many. */
static double event_at(const char *client, const char *event, unsigned nth)
{
    json_t *o;
    size_t i;
    json_array_foreach(json_object_get(seen, "events"), i, o)
        if (strcmp(json_string_value(json_object_get(o, "event")), event) == 0 &&
            (!client || strcmp(json_string_value(json_object_get(o, "client")), client) == 0) && nth-- == 0)
            return json_real_value(json_object_get(o, "t"));
    return -1;
}

static double seconds(const char *client)
{
    return json_number_value(json_object_get(json_object_get(json_object_get(seen, "counts"), client), "seconds"));
}

static size_t leases(const char *server)
{
    return json_array_size(json_object_get(json_object_get(seen, "leases"), server));
}

static char *file_text(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    char *buf = calloc(1, 1 << 24);
    cr_assert(f && buf, "%s", path);
    *len = fread(buf, 1, (1 << 24) - 1, f);
    fclose(f);
    return buf;
}

static bool logged(const char *server, const char *part)
{
    size_t len;
    char *log = file_text(json_string_value(json_object_get(json_object_get(seen, "logs"), server)), &len);
    bool there = strstr(log, part) != NULL;
    free(log);
    return there;
}

static json_int_t dropped(const char *port, const char *way, const char *reason)
{
    return json_integer_value(json_object_get(
        json_object_get(json_object_get(json_object_get(json_object_get(seen, "cables"), port), way), "dropped"), reason));
}

static void assert_healthy(void)
{
    static const char *const steps[] = {"connectivity", "dhcp", "files", "boot", "install"};
    for (size_t i = 0; i < PXK_COUNT(steps); i++)
        cr_assert_str_eq(verdict(steps[i]), "pass", "%s: %s", steps[i], verdict(steps[i]));
    cr_assert_eq(json_integer_value(json_object_get(seen, "exit")), 0);
}

/* ---- healthy ---- */

Test(virtual, healthy_boots, .fini = end)
{
    static const uint16_t arch[] = {PXK_ARCH_BIOS, PXK_ARCH_UEFI_X64};
    for (size_t i = 0; i < PXK_COUNT(arch); i++) {
        begin(1);
        (void)client_add(arch[i]);
        play();
        assert_healthy();
        cr_assert_eq(leases("boot"), 0, "it was given back");
        cr_assert(logged("boot", "serving DHCP and TFTP on eth0 as 10.77.0.1\n"));
        cr_assert(logged("boot", "leased for 1 h") && logged("boot", "released") && logged("boot", ": initrd.gz, 131 kB in "));
        cr_assert_null(json_object_get(seen, "timeline_open"));
        end();
    }
}

Test(virtual, firmware_pace_takes_its_time, .fini = end)
{
    begin(1);
    struct pxk_scn_client *client = client_add(PXK_ARCH_UEFI_X64);
    client->firmware_pace = true;
    client->keep_lease = true;
    play();
    assert_healthy();
    cr_assert_gt(seconds("client-1"), 3.0, "EDK2 collects offers that long");
    cr_assert_eq(leases("boot"), 1);
}

Test(virtual, many_clients, .fini = end)
{
    begin(7);
    for (size_t i = 0; i < PXK_SCN_CLIENTS_MAX; i++)
        (void)client_add(i % 2 ? PXK_ARCH_UEFI_X64 : PXK_ARCH_BIOS);
    c.dhcp[0].pool.first = PXK_IP4(10, 77, 0, 100);
    play();
    assert_healthy();
    cr_assert_eq(json_object_size(json_object_get(seen, "clients")), PXK_SCN_CLIENTS_MAX);
    cr_assert_leq(event_at("client-1", "dhcp.ack", 0), event_at("client-2", "dhcp.discover", 0), "they begin in turn");
    cr_assert_lt(event_at("client-1", "dhcp.discover", 0), event_at("client-2", "dhcp.discover", 0));
}

Test(virtual, start_times, .fini = end)
{
    begin(1);
    struct pxk_scn_client *a = client_add(PXK_ARCH_BIOS), *b = client_add(PXK_ARCH_BIOS);
    a->start_given = b->start_given = true;
    a->start = 20 * PXK_SEC;
    b->start = 5 * PXK_SEC;
    (void)client_add(PXK_ARCH_BIOS);
    play();
    assert_healthy();
    double first = event_at("client-3", "dhcp.discover", 0);
    cr_assert_float_eq(event_at("client-2", "dhcp.discover", 0) - first, 5, 0.001);
    cr_assert_float_eq(event_at("client-1", "dhcp.discover", 0) - first, 20, 0.001);
}

/* ---- bad networks ---- */

static double last_event(void)
{
    json_t *events = json_object_get(seen, "events");
    return json_real_value(json_object_get(json_array_get(events, json_array_size(events) - 1), "t"));
}

Test(virtual, loss_of_a_fifth, .fini = end)
{
    double longest = 0;
    unsigned booted = 0;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        begin(seed);
        client_add(PXK_ARCH_BIOS)->firmware_pace = true;
        cable_add("clients")->effect.lose = 20 * PXK_CABLE_PERCENT;
        play();
        cr_assert_gt(dropped("clients", "from", "lost"), 0);
        cr_assert_gt(dropped("clients", "to", "lost"), 0);
        longest = last_event() > longest ? last_event() : longest;
        booted += strcmp(verdict("install"), "pass") == 0;
        cr_assert(strcmp(verdict("install"), "pass") == 0 || json_integer_value(json_object_get(seen, "exit")) == 1);
        end();
    }
    cr_assert_gt(booted, 0);
    cr_assert_gt(longest, 60, "a real client takes minutes: %g s", longest);
}

Test(virtual, cables_of_both_ends_add_up, .fini = end)
{
    begin(1);
    (void)client_add(PXK_ARCH_BIOS);
    cable_add("clients")->effect.delay = 30 * PXK_MSEC;
    struct pxk_scn_cable *server = cable_add("boot");
    server->way = PXK_SCN_WAY_FROM;
    server->effect.delay = 40 * PXK_MSEC;
    play();
    double asked = event_at(NULL, "dhcp.request", 0), acked = event_at(NULL, "dhcp.ack", 0);
    cr_assert_float_eq(acked - asked, 0.1, 0.005, "there 30 ms, back 40 and 30: %g", acked - asked);
}

Test(virtual, path_mtu, .fini = end)
{
    begin(1);
    (void)client_add(PXK_ARCH_UEFI_X64);
    struct pxk_scn_cable *cable = cable_add("clients");
    cable->effect.mtu = 1000;
    cable->effect.mtu_answer = true;
    play();
    cr_assert_str_eq(verdict("install"), "pass", "the server hears of the MTU and sends fragments, as Linux does");
    cr_assert_gt(dropped("clients", "to", "mtu"), 0);
}

Test(virtual, no_dhcp_server, .fini = end)
{
    begin(1);
    c.server[0].no_dhcp = true;
    c.server[0].dhcp = NULL;
    (void)client_add(PXK_ARCH_BIOS);
    play();
    cr_assert_str_eq(verdict("dhcp"), "fail");
    cr_assert(finding("no-dhcp-server"));
    cr_assert_eq(json_integer_value(json_object_get(seen, "exit")), 1);
}

Test(virtual, two_servers, .fini = end)
{
    begin(1);
    struct pxk_scn_server *second = server_add("boot2", SERVER + 1);
    second->no_tftp = true;
    c.dhcp[1].pool = (struct pxk_conf_range){PXK_IP4(10, 77, 0, 60), PXK_IP4(10, 77, 0, 70)};
    c.dhcp[1].next_server = SERVER;
    (void)client_add(PXK_ARCH_BIOS);
    play();
    cr_assert_str_eq(verdict("install"), "pass");
    cr_assert(logged("boot", "serving DHCP and TFTP") && logged("boot2", "serving DHCP on"));
    cr_assert_neq(logged("boot", "leased for"), logged("boot2", "leased for"), "one of the two has given an address");
}

static void fault_add(const char *text_of)
{
    static char *faults[4];
    faults[c.server[0].faults.n++] = text(text_of);
    c.server[0].faults.at = faults;
}

Test(virtual, faults_of_dhcp, .fini = end)
{
    begin(1);
    (void)client_add(PXK_ARCH_BIOS);
    fault_add("dhcp.no-ack");
    play();
    cr_assert_str_eq(verdict("dhcp"), "fail");
    cr_assert(finding("dhcp-no-ack"));
    cr_assert(logged("boot", "warning: wrong on purpose: dhcp.no-ack\n"));
    end();
    begin(1);
    (void)client_add(PXK_ARCH_BIOS);
    fault_add("dhcp.bad-udp-checksum");
    play();
    cr_assert(finding("bad-udp-checksum"));
    cr_assert_str_eq(verdict("dhcp"), "fail");
}

Test(virtual, faults_of_the_file_service, .fini = end)
{
    begin(1);
    (void)client_add(PXK_ARCH_UEFI_X64);
    fault_add("tftp.closed");
    play();
    cr_assert_str_eq(verdict("files"), "fail");
    cr_assert_geq(event_at(NULL, "icmp.unreachable", 0), 0);
    end();
    begin(1);
    (void)client_add(PXK_ARCH_UEFI_X64);
    fault_add("tftp.stall-at=3");
    play();
    cr_assert_str_eq(verdict("files"), "fail");
    cr_assert_lt(event_at(NULL, "icmp.unreachable", 0), 0);
}

Test(virtual, late_answers_of_a_killed_server_never_come, .fini = end)
{
    for (int killed = 0; killed < 2; killed++) {
        begin(1);
        client_add(PXK_ARCH_BIOS)->firmware_pace = true;
        fault_add("dhcp.slow=300ms");
        struct pxk_scn_event *e = event_add(killed ? PXK_SCN_DO_KILL : PXK_SCN_DO_CUT);
        e->at_given = true;
        e->at = killed ? 200 * PXK_MSEC : 3600 * PXK_SEC;
        e->port = text("clients");
        play();
        if (killed)
            cr_assert_lt(event_at(NULL, "dhcp.offer", 0), 0);
        else
            cr_assert_float_eq(event_at(NULL, "dhcp.offer", 0), 0.3, 0.001);
        end();
    }
}

/* ---- the timeline ---- */

Test(virtual, server_killed_in_a_transfer, .fini = end)
{
    begin(1);
    (void)client_add(PXK_ARCH_UEFI_X64);
    struct pxk_scn_event *e = event_add(PXK_SCN_DO_KILL);
    e->on = PXK_EVENT_TFTP_DATA;
    e->file = text("linux");
    play();
    cr_assert_str_eq(verdict("dhcp"), "pass");
    cr_assert_str_eq(verdict("files"), "fail");
    cr_assert_geq(event_at(NULL, "icmp.unreachable", 0), event_at(NULL, "tftp.data", 0), "the host lives, its port is closed");
    cr_assert_not(logged("boot", ": linux"), "a process that was killed writes no more");
    cr_assert_null(json_object_get(seen, "timeline_open"));
}

Test(virtual, server_restarted_keeps_its_leases, .fini = end)
{
    begin(1);
    client_add(PXK_ARCH_BIOS)->keep_lease = true;
    struct pxk_scn_client *late = client_add(PXK_ARCH_BIOS);
    late->start_given = true;
    late->start = 60 * PXK_SEC;
    struct pxk_scn_event *e = event_add(PXK_SCN_DO_RESTART);
    e->at_given = true;
    e->at = 30 * PXK_SEC;
    play();
    assert_healthy();
    cr_assert_eq(leases("boot"), 1);
}

/* A config of the user's own, without a lease file. */
Test(virtual, server_without_a_lease_file_forgets, .fini = end)
{
    static const char config[] = "interface: eth0\ndhcp:\n  subnet: 10.77.0.0/24\n  pool: 10.77.0.20-10.77.0.29\n"
                                 "  boot-files: {default: pxelinux.0}\ntftp:\n  root: ${root}\n";
    begin(1);
    client_add(PXK_ARCH_BIOS)->keep_lease = true;
    struct pxk_scn_client *late = client_add(PXK_ARCH_BIOS);
    late->start_given = true;
    late->start = 60 * PXK_SEC;
    c.server[0].config = text(config);
    struct pxk_scn_event *e = event_add(PXK_SCN_DO_RESTART);
    e->at_given = true;
    e->at = 30 * PXK_SEC;
    play();
    assert_healthy();
    cr_assert(logged("boot", ": 10.77.0.20 leased"));
    cr_assert_eq(leases("boot"), 0);
}

Test(virtual, server_paused_answers_later, .fini = end)
{
    begin(1);
    client_add(PXK_ARCH_BIOS)->firmware_pace = true;
    struct pxk_scn_event *e = event_add(PXK_SCN_DO_PAUSE);
    e->at_given = true;
    e = event_add(PXK_SCN_DO_RESUME);
    e->at_given = true;
    e->at = 500 * PXK_MSEC;
    play();
    cr_assert_str_eq(verdict("install"), "pass");
    cr_assert_float_eq(event_at(NULL, "dhcp.offer", 0), 0.5, 0.001, "the kernel kept the DISCOVER");
}

Test(virtual, server_that_starts_late, .fini = end)
{
    begin(1);
    client_add(PXK_ARCH_BIOS)->firmware_pace = true;
    c.server[0].waits = true;
    struct pxk_scn_event *e = event_add(PXK_SCN_DO_START);
    e->at_given = true;
    e->at = 2 * PXK_SEC;
    play();
    cr_assert_geq(event_at(NULL, "dhcp.offer", 0), 2.0);
    cr_assert_str_eq(verdict("install"), "pass");
}

Test(virtual, cable_cut_and_joined, .fini = end)
{
    begin(1);
    client_add(PXK_ARCH_BIOS)->firmware_pace = true;
    struct pxk_scn_event *e = event_add(PXK_SCN_DO_CUT);
    e->on = PXK_EVENT_TFTP_DATA;
    e->file = text("initrd.gz");
    e->blocks = 20;
    e->port = text("clients");
    e = event_add(PXK_SCN_DO_JOIN);
    e->on = PXK_EVENT_TFTP_DATA;
    e->file = text("initrd.gz");
    e->blocks = 20;
    e->after = 2 * PXK_SEC;
    e->port = text("clients");
    play();
    cr_assert_str_eq(verdict("install"), "pass", "PXELINUX asks again for longer than that");
    cr_assert_gt(dropped("clients", "from", "cut") + dropped("clients", "to", "cut"), 0);
    cr_assert_gt(seconds("client-1"), 2);
}

Test(virtual, files_change_under_way, .fini = end)
{
    static struct pxk_scn_change change;
    begin(1);
    (void)client_add(PXK_ARCH_BIOS);
    struct pxk_scn_event *e = event_add(PXK_SCN_DO_FILES);
    e->on = PXK_EVENT_TFTP_DONE;
    e->file = text("pxelinux.0");
    change = (struct pxk_scn_change){.remove = text("linux")};
    e->files.at = &change;
    e->files.n = 1;
    play();
    cr_assert_str_eq(verdict("boot"), "fail");
    cr_assert(finding("kernel-missing"));
    cr_assert(logged("boot", ": linux: file not found\n"));
}

Test(virtual, ended_by_the_timeline, .fini = end)
{
    begin(1);
    (void)client_add(PXK_ARCH_BIOS);
    struct pxk_scn_event *e = event_add(PXK_SCN_DO_END);
    e->on = PXK_EVENT_TFTP_REQUEST;
    e = event_add(PXK_SCN_DO_KILL);
    e->on = PXK_EVENT_HTTP_REQUEST;
    play();
    cr_assert_lt(event_at(NULL, "tftp.done", 3), 0);
    cr_assert_eq(leases("boot"), 0, "it leaves as always");
    cr_assert(json_object_get(seen, "timeline_open"), "the second entry did not come to pass");
}

/* ---- what cannot be ---- */

Test(virtual, refuses_what_it_has_not, .fini = end)
{
    begin(1);
    c.server[0].run = text("dnsmasq");
    (void)client_add(PXK_ARCH_BIOS);
    cr_assert_eq(play_any(), PXK_PLAY_ERROR);
    cr_assert(strstr(why, "boot") && strstr(why, "reference"), "%s", why);
    end();
    begin(1);
    (void)client_add(PXK_ARCH_BIOS);
    client_add(PXK_ARCH_BIOS)->firmware = text("bios");
    cr_assert_eq(play_any(), PXK_PLAY_ERROR);
    cr_assert(strstr(why, "firmware"), "%s", why);
    end();
    begin(1);
    c.server[0].lines = text("nonsense: 1\n");
    cr_assert_eq(play_any(), PXK_PLAY_ERROR);
    cr_assert(strstr(why, "nonsense"), "%s", why);
    cr_assert_null(seen);
}

Test(virtual, a_limit_ends_it, .fini = end)
{
    begin(1);
    c.s.limit = PXK_SEC;
    struct pxk_scn_client *client = client_add(PXK_ARCH_BIOS);
    client->start_given = true;
    client->start = 3000 * PXK_SEC;
    cr_assert_eq(play_any(), PXK_PLAY_ERROR);
    cr_assert(strstr(why, "virtual time"), "%s", why);
}

/* ---- from a file ---- */

Test(virtual, as_a_file_says_it, .fini = end)
{
    static const char file[] = "pxekit: 1\nname: from a file\nclock: virtual\n"
                               "network:\n  cables:\n    - {port: clients, way: from, delay: 5ms, untag: 7}\n"
                               "    - {port: clients, way: to, tag: 7}\n    - {port: boot, lose: 1%}\n"
                               "servers: [{run: reference, dhcp: {lease: 2h}}]\n"
                               "clients:\n  - {arch: bios, vlan: 7}\n  - {arch: uefi-x64, vlan: 7, until: lease}\n";
    struct pxk_scenarios set = {0};
    struct pxk_conf_errors errors = {0};
    char text_of[400] = "";
    struct pxk_str line = pxk_str_init(text_of, sizeof text_of);
    enum pxk_err err = pxk_scenario_parse("virtual.yaml", file, sizeof file - 1, &set, &errors);
    (void)pxk_conf_error_line(&errors, "virtual.yaml", 0, &line);
    cr_assert_eq(err, PXK_OK, "%s", text_of);
    cr_assert_eq(set.at.n, 1);
    c.s = *set.at.at[0];
    play();
    cr_assert(logged("boot", "leased for 2 h"), "frames went through VLAN 7");
    cr_assert_lt(event_at("uefi-x64", "tftp.request", 0), 0, "it goes no further");
    cr_assert_geq(event_at("bios", "tftp.request", 0), 0);
    cr_assert(json_object_get(json_object_get(seen, "cables"), "boot"));
    pxk_scenarios_done(&set);
    pxk_conf_errors_done(&errors);
}

/* ---- the seed decides ---- */

struct take {
    char *pcap, *doc;
    size_t len;
};

static struct take take_of(uint64_t seed)
{
    struct take t;
    char path[128];
    begin(seed);
    for (size_t i = 0; i < 6; i++)
        (void)client_add(i % 2 ? PXK_ARCH_UEFI_X64 : PXK_ARCH_BIOS);
    struct pxk_scn_cable *cable = cable_add("clients");
    cable->effect = (struct pxk_cable_way){.lose = 3 * PXK_CABLE_PERCENT, .duplicate = 2 * PXK_CABLE_PERCENT,
                                           .reorder = 2 * PXK_CABLE_PERCENT, .jitter = 700};
    cable_add("boot")->effect.lose = PXK_CABLE_PERCENT;
    struct pxk_scn_event *e = event_add(PXK_SCN_DO_RESTART);
    e->on = PXK_EVENT_TFTP_DATA;
    e->count = 9;
    play();
    snprintf(path, sizeof path, "%s/clients.pcap", work);
    t.pcap = file_text(path, &t.len);
    cr_assert_eq(json_object_del(seen, "tree"), 0);
    cr_assert_eq(json_object_del(seen, "logs"), 0);
    t.doc = json_dumps(seen, JSON_COMPACT);
    end();
    return t;
}

Test(virtual, the_seed_decides)
{
    struct take a = take_of(3), b = take_of(3), other = take_of(4);
    cr_assert_eq(a.len, b.len);
    cr_assert(memcmp(a.pcap, b.pcap, a.len) == 0, "the captures differ");
    cr_assert_str_eq(a.doc, b.doc);
    cr_assert(a.len != other.len || memcmp(a.pcap, other.pcap, a.len) != 0);
    struct take *all[] = {&a, &b, &other};
    for (size_t i = 0; i < 3; i++) {
        free(all[i]->pcap);
        free(all[i]->doc);
    }
}
