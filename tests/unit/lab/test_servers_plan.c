/* What a plan becomes in each program's own words, as far as no program is needed to tell. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "servers.h"

#define SERVER PXK_IP4(10, 77, 0, 1)

static char *words(const char *s)
{
    return (char *)(uintptr_t)s;
}

static struct pxk_conf_pair boot[4];
static struct pxk_scn_dhcp dhcp;

static struct pxk_lab_server_plan plan_make(void)
{
    boot[0] = (struct pxk_conf_pair){words("bios"), words("lpxelinux.0")};
    boot[1] = (struct pxk_conf_pair){words("uefi-x64"), words("a b\"c#.efi")};
    boot[2] = (struct pxk_conf_pair){words("uefi-x64-http"), words("http://10.77.0.1/x.efi")};
    boot[3] = (struct pxk_conf_pair){words("default"), words("other.0")};
    dhcp = (struct pxk_scn_dhcp){.pool = {SERVER + 149, SERVER + 198},
                                 .subnet = {SERVER - 1, 24},
                                 .lease = 3600 * PXK_SEC,
                                 .router = SERVER,
                                 .next_server = SERVER,
                                 .boot = true};
    dhcp.boot_files.at = boot;
    dhcp.boot_files.n = PXK_COUNT(boot);
    return (struct pxk_lab_server_plan){.name = "boot",
                                        .iface = "eth0",
                                        .ip = SERVER,
                                        .netmask = 0xffffff00u,
                                        .root = "/srv/tftp",
                                        .work = "/w",
                                        .dhcp = &dhcp,
                                        .tftp = true,
                                        .http = true};
}

static char *config_of(const char *kind, const struct pxk_lab_server_plan *plan)
{
    char why[300] = "";
    struct pxk_text out = {0};
    cr_assert_eq(pxk_lab_kind_find(kind)->config(plan, &out, why, sizeof why), PXK_OK, "%s", why);
    pxk_text_add(&out, "");
    cr_assert_not(out.failed);
    return out.s;
}

#define HAS(text, part)   cr_assert(strstr(text, part), "no %s in:\n%s", part, text)
#define LACKS(text, part) cr_assert_not(strstr(text, part), "%s in:\n%s", part, text)

Test(kinds, are_found_by_name_and_complete)
{
    for (size_t i = 0; pxk_lab_kind_row(i); i++) {
        const struct pxk_lab_kind *k = pxk_lab_kind_row(i);
        cr_assert_eq(pxk_lab_kind_find(k->name), k);
        cr_assert(k->dhcp || k->tftp || k->http, "%s serves nothing", k->name);
        cr_assert(!k->programs || (k->command && k->ready), "%s", k->name);
        cr_assert_eq(k->config != NULL, k->config_name != NULL, "%s", k->name);
        cr_assert(!k->proxy || k->dhcp, "%s", k->name);
    }
    cr_assert_null(pxk_lab_kind_find("dhcpd"));
}

Test(kinds, without_boot_files_none_tells_any)
{
    static const char *const names[] = {"dnsmasq", "isc-dhcpd", "kea", "reference"};
    struct pxk_lab_server_plan plan = plan_make();
    dhcp.boot = false;
    for (size_t i = 0; i < PXK_COUNT(names); i++) {
        char *text = config_of(names[i], &plan);
        LACKS(text, ".efi");
        LACKS(text, "lpxelinux");
        HAS(text, "10.77.0.150");
        free(text);
    }
}

Test(kinds, a_wrong_option_is_told)
{
    char why[300] = "", *value[] = {words("1"), words("x")};
    struct pxk_lab_server_plan plan = plan_make();
    struct pxk_conf_pairs option = {.key = words("root-paht"), .value = {value, 1, 1}};
    struct pxk_text out = {0};
    dhcp.options.at = &option;
    dhcp.options.n = 1;
    cr_assert_eq(pxk_srv_kea.config(&plan, &out, why, sizeof why), PXK_E_FORMAT);
    cr_assert_str_eq(why, "no DHCP option \"root-paht\", expected a name or a number from 1 to 254; did you mean \"root-path\"");
    option.key = words("23");
    option.value.n = 2;
    cr_assert_eq(pxk_srv_isc_dhcpd.config(&plan, &out, why, sizeof why), PXK_E_FORMAT);
    HAS(why, "takes one value, not 2");
    option.value.n = 1;
    value[0] = words("256");
    cr_assert_eq(pxk_srv_dnsmasq.config(&plan, &out, why, sizeof why), PXK_E_FORMAT);
    HAS(why, "from 0 to 255");
    pxk_text_done(&out);
}

Test(dnsmasq, has_a_tag_per_architecture_and_quotes_what_is_not_plain)
{
    struct pxk_lab_server_plan plan = plan_make();
    plan.lines = "dhcp-option=23,64";
    char *text = config_of("dnsmasq", &plan);
    HAS(text, "dhcp-match=set:uefi-x64,option:client-arch,7\ndhcp-match=set:uefi-x64,option:client-arch,9\n");
    HAS(text, "dhcp-boot=tag:bios,lpxelinux.0\n");
    HAS(text, "dhcp-boot=tag:uefi-x64,\"a b\\\"c#.efi\"\n");
    HAS(text, "dhcp-option-force=tag:uefi-x64-http,60,HTTPClient\n");
    HAS(text, "dhcp-boot=other.0\n");
    HAS(text, "tftp-root=/srv/tftp\n");
    cr_assert(pxk_str_ends(text, "dhcp-option=23,64\n"));
    free(text);
}

Test(dnsmasq, of_a_server_elsewhere_and_no_router)
{
    struct pxk_lab_server_plan plan = plan_make();
    dhcp.next_server = SERVER + 8;
    dhcp.router = 0;
    plan.tftp = false;
    char *text = config_of("dnsmasq", &plan);
    HAS(text, "dhcp-boot=tag:bios,lpxelinux.0,,10.77.0.9\n");
    HAS(text, "dhcp-option=option:router\n");
    LACKS(text, "tftp");
    free(text);
}

Test(dnsmasq, as_a_proxy_has_services_and_no_addresses)
{
    struct pxk_lab_server_plan plan = plan_make();
    dhcp.proxy = true;
    boot[3].key = words("ipxe");
    boot[3].value = words("http://10.77.0.1/menu.ipxe");
    char *text = config_of("dnsmasq", &plan);
    HAS(text, "dhcp-range=10.77.0.0,proxy,255.255.255.0\n");
    HAS(text, "pxe-service=tag:!ipxe,0,\"Network boot\",lpxelinux.0\n");
    HAS(text, "pxe-service=tag:!ipxe,9,\"Network boot\",\"a b\\\"c#.efi\"\n");
    HAS(text, "pxe-service=tag:ipxe,7,\"Network boot\",http://10.77.0.1/menu.ipxe\n");
    LACKS(text, "10.77.0.150");
    LACKS(text, "option:router");
    free(text);
}

Test(dnsmasq, an_architecture_of_its_own_takes_code_9)
{
    struct pxk_lab_server_plan plan = plan_make();
    boot[3].key = words("ebc");
    char *text = config_of("dnsmasq", &plan);
    LACKS(text, "set:uefi-x64,option:client-arch,9");
    HAS(text, "set:ebc,option:client-arch,9");
    free(text);
}

Test(dhcpd, tells_architectures_apart_inside_its_subnet)
{
    struct pxk_lab_server_plan plan = plan_make();
    plan.lines = "  deny unknown-clients;\n";
    char *text = config_of("isc-dhcpd", &plan);
    HAS(text, "  if option client-arch = 00:00 { filename \"lpxelinux.0\"; }\n"
              "  elsif option client-arch = 00:07 or option client-arch = 00:09 { filename \"a b\\042c#.efi\"; }\n");
    HAS(text, "elsif option client-arch = 00:10 { filename \"http://10.77.0.1/x.efi\"; option vendor-class-identifier "
              "\"HTTPClient\"; }\n");
    HAS(text, "else { filename \"other.0\"; }\n  deny unknown-clients;\n}\n");
    free(text);
}

Test(dhcpd, knows_its_own_network_too_behind_a_relay)
{
    struct pxk_lab_server_plan plan = plan_make();
    dhcp.subnet.net = PXK_IP4(10, 78, 0, 0);
    char *text = config_of("isc-dhcpd", &plan);
    HAS(text, "subnet 10.77.0.0 netmask 255.255.255.0 {\n}\n");
    HAS(text, "subnet 10.78.0.0 netmask 255.255.255.0 {\n  range ");
    free(text);
}

Test(kea, is_json_with_its_lines_as_members)
{
    struct pxk_lab_server_plan plan = plan_make();
    plan.lines = ", \"calculate-tee-times\": true";
    json_error_t error;
    char *text = config_of("kea", &plan);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    cr_assert(root, "%s at %d of\n%s", error.text, error.line, text);
    const json_t *d = json_object_get(root, "Dhcp4"), *classes = json_object_get(d, "client-classes");
    cr_assert(json_is_true(json_object_get(d, "calculate-tee-times")));
    cr_assert_eq(json_array_size(classes), 4);
    cr_assert_str_eq(json_string_value(json_object_get(json_array_get(classes, 1), "boot-file-name")), "a b\"c#.efi");
    json_decref(root);
    free(text);
}

Test(nginx, serves_the_root_with_its_lines_inside_the_server)
{
    struct pxk_lab_server_plan plan = plan_make();
    plan.lines = "location /x { return 404; }";
    char *text = config_of("nginx", &plan);
    HAS(text, "root \"/srv/tftp\";\nlocation /x { return 404; }\n  }\n}\n");
    free(text);
}

Test(reference, writes_faults_and_options_as_they_were_given)
{
    struct pxk_lab_server_plan plan = plan_make();
    const char *faults[] = {"dhcp.no-ack", "tftp.stall-at=3"};
    char *value[] = {words("10.77.0.1"), words("10.77.0.2")};
    struct pxk_conf_pairs option = {.key = words("ntp-servers"), .value = {value, 2, 2}};
    dhcp.options.at = &option;
    dhcp.options.n = 1;
    plan.faults = faults;
    plan.fault_n = 2;
    char *text = config_of("reference", &plan);
    HAS(text, "  pool: 10.77.0.150-10.77.0.199\n  lease: 3600s\n");
    HAS(text, "    \"ntp-servers\": [\"10.77.0.1\", \"10.77.0.2\"]\n");
    HAS(text, "faults:\n  - \"dhcp.no-ack\"\n  - \"tftp.stall-at=3\"\n");
    HAS(text, "    \"uefi-x64\": \"a b\\\"c#.efi\"\n");
    free(text);
}

/* ---- a user's own config ---- */

Test(adapt, makes_comments_of_lines_and_keeps_their_numbers)
{
    static const char *const keys[] = {"user", "pid-file", NULL};
    struct pxk_text out = {0};
    pxk_srv_without(&out, "user=x\n  user = y\nusers=z\n# user\n\npid-file\nlast user", keys);
    cr_assert_str_eq(out.s, "# user=x\n#   user = y\nusers=z\n# user\n\n# pid-file\nlast user");
    pxk_text_done(&out);
}

Test(adapt, moves_folders_where_a_path_begins)
{
    static const struct pxk_srv_move move[] = {{"/var/lib/kea/", "/w/"}, {"/etc/", NULL}};
    struct pxk_text out = {0};
    pxk_srv_moved(&out, "/var/lib/kea/a \"/var/lib/kea/b\" /x/var/lib/kea/c /var/lib/kea /etc/x", move, 2);
    cr_assert_str_eq(out.s, "/w/a \"/w/b\" /x/var/lib/kea/c /var/lib/kea /etc/x");
    pxk_text_done(&out);
}

Test(adapt, dnsmasq_serves_the_folder_of_the_case_where_it_has_one)
{
    struct pxk_lab_server_plan plan = plan_make();
    struct pxk_text out = {0};
    plan.root = "/w/my tree";
    plan.config = "tftp-root-x=1\n tftp-root = /a,eth1\nuser=y\n#tftp-root=/b\ntftp-root=/c";
    cr_assert_eq(pxk_srv_dnsmasq.adapt(&plan, &out), PXK_OK);
    cr_assert_str_eq(out.s, "tftp-root-x=1\n tftp-root = /a,eth1\n# user=y\n#tftp-root=/b\ntftp-root=/c");
    pxk_text_done(&out);
    plan.own_root = true;
    cr_assert_eq(pxk_srv_dnsmasq.adapt(&plan, &out), PXK_OK);
    cr_assert_str_eq(out.s, "tftp-root-x=1\n tftp-root =\"/w/my tree\",eth1\n# user=y\n#tftp-root=/b\ntftp-root=\"/w/my tree\"");
    pxk_text_done(&out);
}

Test(adapt, nginx_gets_its_folders_on_the_line_that_is_there)
{
    struct pxk_lab_server_plan plan = plan_make();
    struct pxk_text out = {0};
    plan.config = "user nobody;\n# http {\nhttps x;\nhttp\n{ proxy_temp_path /t;\n}\n";
    cr_assert_eq(pxk_srv_nginx.adapt(&plan, &out), PXK_OK);
    cr_assert(pxk_str_starts(out.s, "# user nobody;\n# http {\nhttps x;\nhttp\n{ client_body_temp_path \"/w/client_body\";"),
              "%s", out.s);
    LACKS(out.s, "\"/w/proxy\"");
    HAS(out.s, "; proxy_temp_path /t;\n}\n");
    pxk_text_done(&out);
}

/* ---- programs ---- */

static void script_make(const char *folder, const char *name)
{
    char path[300], cmd[400];
    cr_assert_eq(system(pxk_fmt(cmd, sizeof cmd, "mkdir -p %s", folder)), 0);
    FILE *f = fopen(pxk_fmt(path, sizeof path, "%s/%s", folder, name), "w");
    cr_assert(f && fputs("#!/bin/sh\n", f) >= 0 && fclose(f) == 0 && chmod(path, 0755) == 0);
}

Test(program, an_unpacked_one_comes_first_and_a_missing_one_is_named)
{
    char folder[] = "/tmp/pxk-programs-XXXXXX", path[400], want[400], why[200] = "", run[300];
    cr_assert(mkdtemp(folder));
    const struct pxk_lab_kind *k = pxk_lab_kind_find("atftpd");
    unsetenv("PXEKIT_FOREIGN");
    script_make(pxk_fmt(run, sizeof run, "%s/atftpd/run", folder), "atftpd");
    script_make(pxk_fmt(run, sizeof run, "%s/bin", folder), "atftpd");
    setenv("PATH", run, 1);
    cr_assert(pxk_lab_kind_program(k, path, sizeof path, why, sizeof why));
    cr_assert_str_eq(path, pxk_fmt(want, sizeof want, "%s/atftpd", run));
    setenv("PXEKIT_FOREIGN", folder, 1);
    cr_assert(pxk_lab_kind_program(k, path, sizeof path, why, sizeof why));
    cr_assert_str_eq(path, pxk_fmt(want, sizeof want, "%s/atftpd/run/atftpd", folder));
    cr_assert(pxk_srv_program(k, "/bin/sh", path, sizeof path, why, sizeof why));
    cr_assert_not(pxk_srv_program(k, "/no/such", path, sizeof path, why, sizeof why));
    cr_assert_str_eq(why, "/no/such, which is to run as atftpd, is no program here");
    setenv("PATH", "/usr/bin", 1);
    char none[] = "pxk-no-such-program";
    const char *const programs[] = {none, NULL};
    const struct pxk_lab_kind missing = {.name = "x", .words = "X", .programs = programs, .package = "x-server"};
    cr_assert_not(pxk_lab_kind_program(&missing, path, sizeof path, why, sizeof why));
    cr_assert_str_eq(why, "X is not installed (package x-server)");
    setenv("PATH", "/usr/bin:/bin", 1);
    char cmd[100];
    cr_assert_eq(system(pxk_fmt(cmd, sizeof cmd, "rm -r %s", folder)), 0);
}
