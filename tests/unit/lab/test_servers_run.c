/* Every kind of server for real: started in a host, awaited, asked, started again, its leases read, stopped. */
#include <signal.h>
#include <stdlib.h>

#include "lab_help.h"
#include "pxk/proto.h"
#include "servers.h"

#define CLIENT PXK_IP4(10, 77, 0, 99)
#define SERVER PXK_IP4(10, 77, 0, 1)

static const struct pxk_mac mac = {{0x52, 0x54, 0x00, 0x77, 0x00, 0x01}};

struct rig {
    struct pxk_lab *lab;
    const struct pxk_lab_kind *kind;
    struct pxk_lab_server *server;
    struct pxk_lab_server_plan plan;
    struct pxk_scn_dhcp dhcp;
    struct pxk_conf_pair boot[3];
    char root[128], folder[128];
};

static void file_write(const char *folder, const char *name, const char *text)
{
    char path[256];
    FILE *f = fopen(pxk_fmt(path, sizeof path, "%s/%s", folder, name), "w");
    MUST(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static struct rig rig_make(const char *kind)
{
    char path[256];
    struct rig r = {.kind = pxk_lab_kind_find(kind)};
    setenv("PXEKIT_FOREIGN", FOREIGN, 0);
    setenv("PXEKIT", PXEKIT_PROGRAM, 0);
    MUST(r.kind != NULL);
    MUST(pxk_lab_kind_program(r.kind, path, sizeof path, why, sizeof why), "%s (packaging/foreign.sh build/foreign)", why);
    r.lab = lab_here();
    port_add(r.lab, "boot", 1, NULL);
    port_add(r.lab, "client", 99, NULL);
    MUST(mkdir(pxk_fmt(r.root, sizeof r.root, "%s/root", work), 0755) == 0);
    MUST(mkdir(pxk_fmt(r.folder, sizeof r.folder, "%s/boot.%s", work, kind), 0755) == 0);
    MUST(chmod(work, 0755) == 0); /* dnsmasq serves only what everybody may read */
    file_write(r.root, "hello", "what is served\n");
    r.dhcp = (struct pxk_scn_dhcp){.pool = {NET + 150, NET + 199},
                                   .subnet = {NET, 24},
                                   .lease = 3600 * PXK_SEC,
                                   .router = SERVER,
                                   .next_server = SERVER,
                                   .boot = true};
    return r;
}

static void rig_plan(struct rig *r)
{
    r->boot[0] = (struct pxk_conf_pair){(char *)"bios", (char *)"pxelinux.0"};
    r->boot[1] = (struct pxk_conf_pair){(char *)"uefi-x64", (char *)"boot/x64.efi"};
    r->boot[2] = (struct pxk_conf_pair){(char *)"ipxe", (char *)"menu.ipxe"};
    r->dhcp.boot_files.at = r->boot;
    r->dhcp.boot_files.n = 3;
    r->plan = (struct pxk_lab_server_plan){.name = "boot",
                                           .iface = "eth0",
                                           .ip = SERVER,
                                           .netmask = MASK,
                                           .root = r->root,
                                           .work = r->folder,
                                           .dhcp = r->kind->dhcp ? &r->dhcp : NULL,
                                           .tftp = r->kind->tftp,
                                           .http = r->kind->http};
}

static void rig_start(struct rig *r)
{
    FINE(pxk_lab_server_start(r->lab, r->kind, &r->plan, &r->server, why, sizeof why));
    MUST(pxk_lab_server_runs(r->server, NULL));
}

static void rig_done(struct rig *r)
{
    pxk_lab_server_free(r->server);
    pxk_lab_free(r->lab);
    work_remove();
}

/* ---- DHCP ---- */

struct ask {
    uint8_t type, arch;
    bool ipxe;
    pxk_ip4 address, giaddr;
};

static size_t message(const struct ask *a, uint8_t *buf, size_t cap)
{
    static const uint8_t want[] = {1, 3, 6, 2, 17, 23, 26, 42, 43, 51, 54, 60, 66, 67};
    uint8_t arch[] = {0, a->arch},
            ip[4] = {(uint8_t)(a->address >> 24), (uint8_t)(a->address >> 16), (uint8_t)(a->address >> 8), (uint8_t)a->address},
            server[4] = {10, 77, 0, 1};
    struct pxk_dhcp4_out_opt opt[8] = {
        {53, 1, &a->type}, {55, sizeof want, want}, {60, 32, "PXEClient:Arch:00000:UNDI:003016"}, {93, 2, arch}};
    struct pxk_dhcp4_out m = {.head = {.op = 1, .xid = 0x1234, .flags = PXK_DHCP4_BROADCAST, .giaddr = a->giaddr, .mac = mac},
                              .opt = opt,
                              .opt_n = 4,
                              .limit = 1472,
                              .pad_to = 300};
    if (a->ipxe)
        opt[m.opt_n++] = (struct pxk_dhcp4_out_opt){77, 4, "iPXE"};
    if (a->type == PXK_DHCP4_REQUEST) {
        opt[m.opt_n++] = (struct pxk_dhcp4_out_opt){50, 4, ip};
        opt[m.opt_n++] = (struct pxk_dhcp4_out_opt){54, 4, server};
    }
    struct pxk_wr w = pxk_wr_init(buf, cap);
    MUST(pxk_dhcp4_encode(&m, &w) == PXK_OK);
    return pxk_wr_len(&w);
}

/* The server's answer, within 4 s. Asked again each second, as clients do: Kea with a config that logs little does not say when it
 * begins to listen. */
static void exchange(struct rig *r, const struct ask *a, struct pxk_dhcp4 *reply)
{
    static uint8_t packet[1500];
    uint8_t buf[1500];
    int fd = udp_in(r->lab, "client", a->giaddr ? 67 : 68);
    size_t len = message(a, buf, sizeof buf);
    MUST(pxk_lab_enter(r->lab, "client") == PXK_OK);
    MUST(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5) == 0); /* a broadcast without a route */
    MUST(pxk_lab_enter(r->lab, NULL) == PXK_OK);
    ssize_t n = 0;
    for (unsigned i = 0; i < 4 && n <= 0; i++) {
        MUST(udp_send(fd, a->giaddr ? SERVER : PXK_IP4_BROADCAST, 67, buf, len));
        n = udp_take(fd, 1000, packet, sizeof packet);
    }
    MUST(n > 0, "%s does not answer", r->kind->name);
    close(fd);
    MUST(pxk_dhcp4_decode(packet, (size_t)n, reply) == PXK_OK);
}

static const char *file_of(struct rig *r, struct ask a)
{
    static char file[200];
    struct pxk_dhcp4 reply;
    exchange(r, &a, &reply);
    MUST(reply.type == PXK_DHCP4_OFFER);
    return pxk_dhcp4_file(&reply, file, sizeof file);
}

/* Lease for the client; its address. */
static pxk_ip4 lease(struct rig *r, pxk_ip4 giaddr)
{
    struct pxk_dhcp4 reply;
    struct ask a = {.type = PXK_DHCP4_DISCOVER, .giaddr = giaddr};
    exchange(r, &a, &reply);
    MUST(reply.type == PXK_DHCP4_OFFER);
    a.type = PXK_DHCP4_REQUEST;
    a.address = reply.yiaddr;
    exchange(r, &a, &reply);
    MUST(reply.type == PXK_DHCP4_ACK);
    MUST(reply.yiaddr == a.address);
    return a.address;
}

static void lease_must_be(struct rig *r, pxk_ip4 ip)
{
    struct pxk_lab_leases leases = {0};
    for (int i = 0; i < 300 && leases.at.n == 0; i++) { /* some write after they have answered */
        FINE(pxk_lab_server_leases(r->server, &leases));
        if (!leases.at.n)
            poll(NULL, 0, 10);
    }
    MUST(leases.at.n == 1, "%zu leases", leases.at.n);
    MUST(leases.at.at[0].ip == ip);
    MUST(pxk_mac_eq(&leases.at.at[0].mac, &mac));
    pxk_vec_done(&leases.at);
}

static void dhcp_must_serve(struct rig *r)
{
    MUST(strcmp(file_of(r, (struct ask){.type = PXK_DHCP4_DISCOVER, .arch = 0}), "pxelinux.0") == 0);
    MUST(strcmp(file_of(r, (struct ask){.type = PXK_DHCP4_DISCOVER, .arch = 7}), "boot/x64.efi") == 0);
    MUST(strcmp(file_of(r, (struct ask){.type = PXK_DHCP4_DISCOVER, .arch = 9}), "boot/x64.efi") == 0);
    MUST(strcmp(file_of(r, (struct ask){.type = PXK_DHCP4_DISCOVER, .arch = 7, .ipxe = true}), "menu.ipxe") == 0);
    MUST(strcmp(file_of(r, (struct ask){.type = PXK_DHCP4_DISCOVER, .arch = 11}), "") == 0);
    struct pxk_dhcp4 reply;
    exchange(r, &(struct ask){.type = PXK_DHCP4_DISCOVER}, &reply);
    MUST(pxk_dhcp4_ip(&reply, PXK_OPT_ROUTERS, 0) == SERVER);
    MUST(pxk_dhcp4_u32(&reply, PXK_OPT_LEASE_TIME, 0) == 3600);
    MUST(reply.yiaddr >= NET + 150 && reply.yiaddr <= NET + 199);
    MUST(reply.siaddr == SERVER);
}

static void dhcp_kind(const char *name)
{
    struct rig r = rig_make(name);
    rig_plan(&r);
    rig_start(&r);
    dhcp_must_serve(&r);
    pxk_ip4 ip = lease(&r, 0);
    lease_must_be(&r, ip);
    FINE(pxk_lab_server_restart(r.server, why, sizeof why));
    lease_must_be(&r, ip);
    dhcp_must_serve(&r);
    MUST(lease(&r, 0) == ip, "a lease survives the restart");
    pxk_lab_server_stop(r.server, true);
    MUST(!pxk_lab_server_runs(r.server, NULL));
    lease_must_be(&r, ip);
    FINE(pxk_lab_server_restart(r.server, why, sizeof why));
    MUST(lease(&r, 0) == ip, "a lease survives a kill");
    rig_done(&r);
}

LAB_TEST(servers, dnsmasq)
{
    dhcp_kind("dnsmasq");
}

LAB_TEST(servers, isc_dhcpd)
{
    dhcp_kind("isc-dhcpd");
}

LAB_TEST(servers, kea)
{
    dhcp_kind("kea");
}

LAB_TEST(servers, reference)
{
    dhcp_kind("reference");
}

/* A network behind a relay, further options, none of the defaults. */
static void relayed_kind(const char *name)
{
    struct rig r = rig_make(name);
    struct pxk_dhcp4 reply;
    char text[100], *root[] = {(char *)"10.77.0.1:/nfs"}, *site[] = {(char *)"hex:c0ffee"}, *ntp[] = {(char *)"10.77.0.7"};
    pxk_ip4 dns[] = {SERVER, NET + 8}, relay = PXK_IP4(10, 78, 0, 1);
    struct pxk_conf_pairs options[] = {{.key = (char *)"root-path", .value = {root, 1, 1}},
                                       {.key = (char *)"209", .value = {site, 1, 1}},
                                       {.key = (char *)"ntp-servers", .value = {ntp, 1, 1}}};
    struct pxk_lab_port_opts far = {
        .name = "far", .host = "client", .segment = "far", .iface = "eth1", .ip = relay, .netmask = MASK};
    FINE(pxk_lab_segment_add(r.lab, "far", 0, why, sizeof why));
    FINE(pxk_lab_port_add(r.lab, &far, why, sizeof why));
    char cmd[] = "ip route add 10.78.0.0/24 via 10.77.0.99";
    MUST(pxk_lab_enter(r.lab, "boot") == PXK_OK && system(cmd) == 0 && pxk_lab_enter(r.lab, NULL) == PXK_OK);
    r.dhcp.subnet.net = PXK_IP4(10, 78, 0, 0);
    r.dhcp.pool = (struct pxk_conf_range){PXK_IP4(10, 78, 0, 150), PXK_IP4(10, 78, 0, 160)};
    r.dhcp.router = 0;
    r.dhcp.next_server = NET + 9;
    r.dhcp.dns.at = dns;
    r.dhcp.dns.n = 2;
    r.dhcp.options.at = options;
    r.dhcp.options.n = 3;
    rig_plan(&r);
    rig_start(&r);
    pxk_ip4 ip = lease(&r, relay);
    MUST((ip & MASK) == PXK_IP4(10, 78, 0, 0));
    lease_must_be(&r, ip);
    exchange(&r, &(struct ask){.type = PXK_DHCP4_DISCOVER, .giaddr = relay}, &reply);
    MUST(!pxk_dhcp4_has(&reply, PXK_OPT_ROUTERS));
    MUST(reply.siaddr == NET + 9);
    MUST(reply.opt[PXK_OPT_DNS_SERVERS].len == 8);
    MUST(strcmp(pxk_dhcp4_text(&reply, PXK_OPT_ROOT_PATH, text, sizeof text), "10.77.0.1:/nfs") == 0, "%s", text);
    MUST(reply.opt[209].len == 3 && memcmp(reply.opt[209].data, "\xc0\xff\xee", 3) == 0, "sent without having been asked for");
    rig_done(&r);
}

/* Further options arrive as the same bytes, whichever program sends them. */
static const struct {
    const char *key, *value;
    uint8_t code;
    const char *bytes;
    size_t len;
} sent[] = {
    {"root-path", "10.77.0.1:/nfs, \"x\" #1", 17, "10.77.0.1:/nfs, \"x\" #1", 22},
    {"66", "10.77.0.9", 66, "10.77.0.9", 9},
    {"67", "a/b.0", 67, "a/b.0", 5},
    {"2", "-3600", 2, "\xff\xff\xf1\xf0", 4},
    {"23", "64", 23, "\x40", 1},
    {"26", "1400", 26, "\x05\x78", 2},
    {"42", "10.77.0.7", 42, "\x0a\x4d\x00\x07", 4},
    {"43", "hex:0602ff", 43, "\x06\x02\xff", 3},
    {"60", "PXEClient", 60, "PXEClient", 9},
    {"209", "pxelinux.cfg/x", 209, "pxelinux.cfg/x", 14},
    {"210", "10.77.0.1", 210, "10.77.0.1", 9},
    {"211", "77", 211, "\0\0\0\x4d", 4},
    {"224", "hex:0a", 224, "\x0a", 1},
};

static void options_kind(const char *name)
{
    struct rig r = rig_make(name);
    struct pxk_conf_pairs options[PXK_COUNT(sent)] = {0};
    char *value[PXK_COUNT(sent)];
    struct pxk_dhcp4 reply;
    for (size_t i = 0; i < PXK_COUNT(sent); i++) {
        value[i] = (char *)(uintptr_t)sent[i].value;
        options[i].key = (char *)(uintptr_t)sent[i].key;
        options[i].value.at = &value[i];
        options[i].value.n = 1;
    }
    r.dhcp.options.at = options;
    r.dhcp.options.n = PXK_COUNT(sent);
    rig_plan(&r);
    r.dhcp.boot = false;
    rig_start(&r);
    exchange(&r, &(struct ask){.type = PXK_DHCP4_DISCOVER}, &reply);
    for (size_t i = 0; i < PXK_COUNT(sent); i++) {
        const struct pxk_dhcp4_opt *o = &reply.opt[sent[i].code];
        size_t len = o->len;
        while (len > sent[i].len && o->data[len - 1] == 0) /* some end texts so */
            len--;
        MUST(len == sent[i].len && memcmp(o->data, sent[i].bytes, len) == 0, "option %s: %u bytes, %.*s", sent[i].key, o->len,
             (int)o->len, o->data ? (const char *)o->data : "");
    }
    rig_done(&r);
}

LAB_TEST(servers, options_of_dnsmasq)
{
    options_kind("dnsmasq");
}

LAB_TEST(servers, options_of_isc_dhcpd)
{
    options_kind("isc-dhcpd");
}

LAB_TEST(servers, options_of_kea)
{
    options_kind("kea");
}

LAB_TEST(servers, dnsmasq_behind_a_relay)
{
    relayed_kind("dnsmasq");
}

LAB_TEST(servers, isc_dhcpd_behind_a_relay)
{
    relayed_kind("isc-dhcpd");
}

LAB_TEST(servers, kea_behind_a_relay)
{
    relayed_kind("kea");
}

LAB_TEST(servers, dnsmasq_as_proxy)
{
    struct rig r = rig_make("dnsmasq");
    struct pxk_dhcp4 reply;
    r.dhcp.proxy = true;
    rig_plan(&r);
    rig_start(&r);
    exchange(&r, &(struct ask){.type = PXK_DHCP4_DISCOVER, .arch = 7}, &reply);
    MUST(reply.type == PXK_DHCP4_OFFER && reply.yiaddr == 0);
    MUST(pxk_dhcp4_vendor_is(&reply, "PXEClient"));
    rig_done(&r);
}

/* ---- files ---- */

static void tftp_must_serve(struct rig *r)
{
    static const char rrq[] = "\0\1hello\0octet";
    char buf[600];
    int fd = udp_in(r->lab, "client", 2000);
    MUST(udp_send(fd, SERVER, 69, rrq, sizeof rrq));
    ssize_t n = udp_take(fd, 4000, buf, sizeof buf);
    MUST(n == 4 + 15 && memcmp(buf, "\0\3\0\1what is served", 18) == 0, "%zd bytes", n);
    close(fd);
}

static void tftp_kind(const char *name)
{
    struct rig r = rig_make(name);
    rig_plan(&r);
    r.plan.dhcp = NULL;
    rig_start(&r);
    tftp_must_serve(&r);
    FINE(pxk_lab_server_restart(r.server, why, sizeof why));
    tftp_must_serve(&r);
    rig_done(&r);
}

LAB_TEST(servers, tftpd_hpa)
{
    tftp_kind("tftpd-hpa");
}

LAB_TEST(servers, atftpd)
{
    tftp_kind("atftpd");
}

LAB_TEST(servers, dnsmasq_for_files_alone)
{
    tftp_kind("dnsmasq");
}

LAB_TEST(servers, reference_for_files_alone)
{
    tftp_kind("reference");
}

static void http_must_serve(struct rig *r, const char *what)
{
    static const char request[] = "GET /hello HTTP/1.0\r\n\r\n";
    char buf[2000];
    struct sockaddr_in to = at(SERVER, 80);
    ssize_t n, len = 0;
    MUST(pxk_lab_enter(r->lab, "client") == PXK_OK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    MUST(pxk_lab_enter(r->lab, NULL) == PXK_OK);
    MUST(write(fd, request, sizeof request - 1) == sizeof request - 1);
    while ((n = read(fd, buf + len, sizeof buf - 1 - (size_t)len)) > 0)
        len += n;
    buf[len] = '\0';
    MUST(strstr(buf, "200 OK") && strstr(buf, what), "%s", buf);
    close(fd);
}

LAB_TEST(servers, nginx)
{
    struct rig r = rig_make("nginx");
    rig_plan(&r);
    rig_start(&r);
    http_must_serve(&r, "what is served");
    FINE(pxk_lab_server_restart(r.server, why, sizeof why));
    http_must_serve(&r, "what is served");
    char cmd[300];
    MUST(system(pxk_fmt(cmd, sizeof cmd, "grep -q 'GET /hello' %s", pxk_lab_server_log(r.server))) == 0, "in the log");
    rig_done(&r);
}

/* ---- states ---- */

LAB_TEST(servers, a_paused_one_is_silent_until_it_goes_on)
{
    static const char rrq[] = "\0\1hello\0octet";
    struct rig r = rig_make("dnsmasq");
    char buf[600];
    rig_plan(&r);
    rig_start(&r);
    int fd = udp_in(r.lab, "client", 2000);
    pxk_lab_server_pause(r.server, true);
    MUST(udp_send(fd, SERVER, 69, rrq, sizeof rrq));
    MUST(udp_take(fd, 300, buf, sizeof buf) < 0);
    pxk_lab_server_pause(r.server, false);
    MUST(udp_take(fd, 4000, buf, sizeof buf) > 0);
    pxk_lab_server_pause(r.server, true);
    pxk_lab_server_stop(r.server, false);
    MUST(!pxk_lab_server_runs(r.server, NULL));
    close(fd);
    rig_done(&r);
}

LAB_TEST(servers, an_external_one_is_there_already)
{
    struct pxk_lab_leases leases = {0};
    struct rig r = {.kind = pxk_lab_kind_find("external")};
    rig_plan(&r);
    r.lab = lab_here();
    rig_start(&r);
    MUST(pxk_lab_server_leases(r.server, &leases) == PXK_E_UNSUPPORTED);
    FINE(pxk_lab_server_restart(r.server, why, sizeof why));
    pxk_lab_server_stop(r.server, false);
    MUST(pxk_lab_server_runs(r.server, NULL));
    rig_done(&r);
}

/* The sentence names the place in the config, whichever program it is. */
static void refused(const char *kind, const char *config, const char *place)
{
    struct rig r = rig_make(kind);
    rig_plan(&r);
    r.plan.config = config;
    MUST(pxk_lab_server_start(r.lab, r.kind, &r.plan, &r.server, why, sizeof why) == PXK_E_IO);
    MUST(pxk_str_starts(why, r.kind->words), "%s", why);
    MUST(strstr(why, place), "%s", why);
    rig_done(&r);
}

LAB_TEST(servers, a_wrong_config_of_dnsmasq_is_told)
{
    refused("dnsmasq", "port=0\nuser=nosuch\nnonsense=1\n", "bad option at line 3 of");
}

LAB_TEST(servers, a_wrong_config_of_isc_dhcpd_is_told)
{
    refused("isc-dhcpd", "subnet 10.77.0.0 netmask 255.255.255.0 {\n  range 10.77.0.5\n}\n", "line 3");
}

LAB_TEST(servers, a_wrong_config_of_kea_is_told)
{
    refused("kea", "{ \"Dhcp4\": {\n  \"nonsense\": 1\n} }\n", "nonsense");
}

LAB_TEST(servers, a_wrong_config_of_nginx_is_told)
{
    refused("nginx", "events { }\nhttp {\n  nonsense on;\n}\n", "nginx.conf:3");
}

LAB_TEST(servers, a_wrong_config_of_the_reference_is_told)
{
    refused("reference", "interface: eth0\ntftp:\n  rot: /srv\n", "serve.yaml:3");
}

LAB_TEST(servers, none_that_cannot_be_a_proxy)
{
    struct rig r = rig_make("kea");
    r.dhcp.proxy = true;
    rig_plan(&r);
    MUST(pxk_lab_server_start(r.lab, r.kind, &r.plan, &r.server, why, sizeof why) == PXK_E_UNSUPPORTED);
    MUST(strcmp(why, "Kea cannot be a proxyDHCP server") == 0, "%s", why);
    rig_done(&r);
}

/* ---- configs as users have them ---- */

static void users_own(const char *kind, const char *config, void (*serves)(struct rig *r))
{
    char text[4000];
    struct rig r = rig_make(kind);
    rig_plan(&r);
    r.plan.config = pxk_fmt(text, sizeof text, config, r.root);
    rig_start(&r);
    serves(&r);
    rig_done(&r);
}

static void both_must_serve(struct rig *r)
{
    tftp_must_serve(r);
    lease_must_be(r, lease(r, 0));
}

static void lease_must_come(struct rig *r)
{
    lease_must_be(r, lease(r, 0));
}

LAB_TEST(servers, a_users_dnsmasq_conf)
{
    users_own("dnsmasq",
              "# as distributed, changed here and there\ndomain-needed\nbogus-priv\nuser=dnsmasq\ngroup=no-such-group\nport=53\n"
              "interface=eth0\nbind-dynamic\nlisten-address=127.0.0.1,10.77.0.1\nno-resolv\nno-ping\nexpand-hosts\n"
              "domain=example.net\nlog-dhcp\nlog-queries\nlog-facility=/var/log/no-such-folder/dnsmasq.log\n"
              "pid-file=/no-such-folder/dnsmasq.pid\ndhcp-leasefile=/var/lib/no-such-folder/dnsmasq.leases\n"
              "dhcp-range=10.77.0.150,10.77.0.199,12h\ndhcp-boot=pxelinux.0\nenable-tftp\ntftp-secure\ntftp-root=%s\n",
              both_must_serve);
}

LAB_TEST(servers, a_users_dhcpd_conf)
{
    users_own("isc-dhcpd",
              "ddns-update-style none;\nlog-facility local7;\noption domain-name \"example.net\";\ndefault-lease-time 600;\n"
              "lease-file-name \"/var/lib/no-such-folder/dhcpd.leases\";\npid-file-name \"/no-such-folder/dhcpd.pid\";\n"
              "allow booting;\nallow bootp;\nsubnet 10.77.0.0 netmask 255.255.255.0 {\n  range 10.77.0.150 10.77.0.199;\n"
              "  filename \"pxelinux.0\";\n}\n# %s\n",
              lease_must_come);
}

LAB_TEST(servers, a_users_kea_conf)
{
    users_own(
        "kea",
        "{ // as distributed\n\"Dhcp4\": {\n  \"interfaces-config\": { \"interfaces\": [ \"eth0\" ] },\n"
        "  \"lease-database\": { \"type\": \"memfile\", \"lfc-interval\": 3600, \"name\": \"/var/lib/kea/kea-leases4.csv\" },\n"
        "  \"valid-lifetime\": 4000, /* %s */\n"
        "  \"hooks-libraries\": [ { \"library\": \"/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_lease_cmds.so\" } ],\n"
        "  \"subnet4\": [ { \"id\": 1, \"subnet\": \"10.77.0.0/24\", \"pools\": [ { \"pool\": \"10.77.0.150 - 10.77.0.199\" } ] "
        "} ],\n"
        "  \"loggers\": [ { \"name\": \"kea-dhcp4\", \"severity\": \"WARN\",\n"
        "    \"output_options\": [ { \"output\": \"/var/log/kea/kea-dhcp4.log\" } ] } ]\n} }\n",
        lease_must_come);
}

static void page_must_come(struct rig *r)
{
    http_must_serve(r, "what is served");
}

LAB_TEST(servers, a_users_nginx_conf)
{
    users_own("nginx",
              "user no-such-user;\nworker_processes auto;\npid /run/nginx.pid;\nerror_log /var/log/nginx/error.log;\n"
              "events {\n  worker_connections 768;\n}\nhttp {\n  sendfile on;\n  include /etc/nginx/mime.types;\n"
              "  access_log /var/log/nginx/access.log;\n  server {\n    listen 80 default_server;\n    root %s;\n  }\n}\n",
              page_must_come);
}
