#include <criterion/criterion.h>

#include "pxk/server.h"
#include "pxk/server_engines.h"

static void expect_errors(const char *text, const char *want)
{
    struct pxk_server_config c;
    struct pxk_conf_errors e = {0};
    char buf[8192];
    struct pxk_str s = pxk_str_init(buf, sizeof buf);
    enum pxk_err err = pxk_server_config_parse(text, strlen(text), false, &c, &e);
    for (size_t i = 0; pxk_conf_error_line(&e, "f", i, &s); i++)
        pxk_str_add(&s, "\n");
    pxk_conf_errors_done(&e);
    pxk_server_config_done(&c);
    cr_expect_eq(err, *want ? PXK_E_FORMAT : PXK_OK);
    cr_expect_str_eq(buf, want, "got:\n%swanted:\n%s", buf, want);
}

Test(config, complete)
{
    const char *text = "interface: eth1\n"
                       "address: 10.77.0.1\n"
                       "dhcp:\n"
                       "  subnet: 10.77.0.0/24\n"
                       "  pool: 10.77.0.100-10.77.0.199\n"
                       "  lease: 2h\n"
                       "  router: 10.77.0.1\n"
                       "  dns: [10.77.0.1, 10.77.0.2]\n"
                       "  domain: example.net\n"
                       "  next-server: 10.77.0.3\n"
                       "  boot-files: {bios: pxelinux.0, uefi-x64: bootnetx64.efi, ipxe: "
                       "'http://x/y', default: a}\n"
                       "  reservations:\n"
                       "    - {mac: '52:54:00:77:00:01', address: 10.77.0.50, hostname: node1, "
                       "boot-file: special.efi}\n"
                       "  options: {root-path: /nfs, ntp-servers: [10.77.0.1], 224: 'hex:0102'}\n"
                       "tftp:\n"
                       "  root: /srv/tftp\n"
                       "  max-blksize: 1024\n";
    struct pxk_server_config c;
    struct pxk_conf_errors e = {0};
    cr_assert_eq(pxk_server_config_parse(text, strlen(text), false, &c, &e), PXK_OK);
    cr_assert_str_eq(c.interface, "eth1");
    cr_assert_eq(c.dhcp->lease, 7200 * PXK_SEC);
    cr_assert_eq(c.dhcp->boot_files.n, 4);
    cr_assert_eq(c.dhcp->reservations.n, 1);
    cr_assert_eq(c.dhcp->options.n, 3);
    cr_assert_eq(c.tftp->max_blksize, 1024);
    cr_assert_eq(c.tftp->max_windowsize, 64);
    pxk_server_config_done(&c);
}

#define HEAD "interface: eth1\ndhcp:\n  subnet: 10.77.0.0/24\n"

Test(config, halves)
{
    expect_errors("interface: eth1\ntftp: {root: /srv}\n", "");
    expect_errors(HEAD "  pool: 10.77.0.100-10.77.0.199\n", "");
    expect_errors("interface: eth1\n",
                  "f:1:1: there is nothing to serve, expected \"dhcp\", \"tftp\" or both\n");
    expect_errors("interface: eth1\ntftp: {}\n", "f:2:7: tftp has no \"root\", expected a path\n");
    expect_errors("interface: a-very-long-name\ntftp: {root: /}\n",
                  "f:1:12: interface has 16 characters, expected 1 to 15\n");
    struct pxk_server_config c;
    struct pxk_conf_errors e = {0};
    const char *own = "interface: eth1\ntftp: {}\n";
    cr_assert_eq(pxk_server_config_parse(own, strlen(own), true, &c, &e), PXK_OK);
    pxk_server_config_done(&c);
}

Test(config, addresses_belong_together)
{
    expect_errors(
        "interface: eth1\n"
        "address: 10.77.0.150\n"
        "dhcp:\n"
        "  subnet: 10.77.0.0/24\n"
        "  pool: 10.77.0.0-10.77.1.10\n"
        "  router: 10.78.0.1\n"
        "  reservations:\n"
        "    - {mac: '52:54:00:77:00:01', address: 10.77.0.50}\n"
        "    - {mac: '52:54:00:77:00:01', address: 10.77.0.51}\n"
        "    - {mac: '52:54:00:77:00:02', address: 10.77.0.50}\n"
        "    - {mac: '52:54:00:77:00:03', address: 10.80.0.1}\n"
        "    - {mac: '53:54:00:77:00:04', address: 10.77.0.150}\n",
        "f:5:9: the pool's first address 10.77.0.0 is the network or broadcast address of subnet "
        "10.77.0.0/24\n"
        "f:5:9: the pool's last address 10.77.1.10 is outside the subnet 10.77.0.0/24\n"
        "f:5:9: the server's own address 10.77.0.150 is in the pool\n"
        "f:6:11: the router 10.78.0.1 is outside the subnet 10.77.0.0/24\n"
        "f:9:13: 52:54:00:77:00:01 has two reservations\n"
        "f:10:43: 10.77.0.50 is reserved twice\n"
        "f:11:43: the reserved address 10.80.0.1 is outside the subnet 10.77.0.0/24\n"
        "f:12:13: no machine has such a MAC address\n"
        "f:12:43: 10.77.0.150 is the server's own address\n");
    expect_errors("interface: eth1\ndhcp: {subnet: 10.0.0.0/8, pool: 10.0.0.1-10.2.0.0}\n",
                  "f:2:34: the pool has more than 65536 addresses\n");
    expect_errors(
        "interface: eth1\ndhcp: {subnet: 10.0.0.0/31, pool: 10.0.0.0}\n",
        "f:2:16: a subnet of /31 has no room for clients\n"
        "f:2:35: the pool's first address 10.0.0.0 is the network or broadcast address of subnet "
        "10.0.0.0/31\n");
}

Test(config, words)
{
    expect_errors("interfce: eth1\n"
                  "dhcp:\n"
                  "  subnet: 10.77.0.0/24\n"
                  "  pol: 10.77.0.100-10.77.0.199\n"
                  "  boot-files: {bios: a, uefi-x46: b}\n",
                  "f:1:1: serve has no \"interface\", expected a text\n"
                  "f:1:1: unknown key \"interfce\" in serve; did you mean \"interface\"\n"
                  "f:3:3: dhcp has no \"pool\", expected a range such as 10.77.0.100-10.77.0.199\n"
                  "f:4:3: unknown key \"pol\" in dhcp; did you mean \"pool\"\n"
                  "f:5:25: unknown key \"uefi-x46\" in boot-files; did you mean \"uefi-x64\"\n");
}

Test(config, options)
{
    expect_errors(HEAD "  pool: 10.77.0.100\n"
                       "  options:\n"
                       "    root-pat: x\n"
                       "    routers: 10.77.0.1\n"
                       "    ntp-servers: [10.77.0.1, 1.2.3]\n"
                       "    42: 10.77.0.1\n"
                       "    224: 'hex:0'\n"
                       "    interface-mtu: 70000\n"
                       "    boot-size: [1, 2]\n"
                       "    ip-forwarding: perhaps\n"
                       "    0: x\n"
                       "    255: x\n"
                       "    policy-filter: [1.1.1.1]\n"
                       "    message: hello\n"
                       "    root-path: {a: b}\n"
                       "    pxelinux-path-prefix: ''\n",
                  "f:6:5: no DHCP option \"root-pat\", expected a name or a number from 1 to 254; "
                  "did you mean "
                  "\"root-path\"\n"
                  "f:7:5: option 3 (routers) is filled by the server itself; use \"router\"\n"
                  "f:8:30: ntp-servers: expected an IPv4 address such as 10.77.0.1\n"
                  "f:9:5: option 42 is there twice\n"
                  "f:10:10: 224: expected pairs of hex digits after \"hex:\"\n"
                  "f:11:20: interface-mtu: expected a number from 0 to 65535\n"
                  "f:12:17: boot-size: option 13 takes one value, not 2\n"
                  "f:13:20: ip-forwarding: expected true or false\n"
                  "f:14:5: no DHCP option \"0\", expected a name or a number from 1 to 254\n"
                  "f:15:5: no DHCP option \"255\", expected a name or a number from 1 to 254\n"
                  "f:16:21: policy-filter: 4 bytes are no possible length of option 21\n"
                  "f:17:5: option 56 (message) is filled by the server itself\n"
                  "f:18:16: root-path is a mapping, expected a text or a list of texts\n"
                  "f:19:27: pxelinux-path-prefix: 0 bytes are no possible length of option 210\n");
    expect_errors(
        HEAD "  pool: 10.77.0.100\n"
             "  options: {interface-mtu: 1500, ip-forwarding: yes, policy-filter: [1.1.1.1, "
             "2.2.2.2], 230: "
             "text, time-offset: -3600, domain-search: 'hex:00', pxelinux-path-prefix: 'a b'}\n",
        "");
}

Test(config, schema_names_every_key)
{
    static const char *const keys[] = {"interface",   "address",        "subnet",  "pool",
                                       "lease",       "router",         "dns",     "next-server",
                                       "boot-files",  "reservations",   "options", "root",
                                       "max-blksize", "max-windowsize", "uefi-x64"};
    struct pxk_text b = {0};
    cr_assert_eq(pxk_server_config_schema(&b), PXK_OK);
    for (size_t i = 0; i < PXK_COUNT(keys); i++) {
        char quoted[40];
        cr_assert_not_null(strstr(b.s, pxk_fmt(quoted, sizeof quoted, "\"%s\"", keys[i])), "%s",
                           keys[i]);
    }
    pxk_text_done(&b);
}

/* ---- faults, leases ---- */

Test(config, faults_and_lease_file)
{
    const char *text = "interface: eth1\n"
                       "dhcp: {subnet: 10.77.0.0/24, pool: 10.77.0.100-10.77.0.199, lease-file: /var/lib/leases}\n"
                       "tftp: {root: /srv}\n"
                       "faults: [no-ack, tftp.stall-at=3, 'dhcp.wrong-file=a b']\n";
    struct pxk_server_config c;
    struct pxk_conf_errors e = {0};
    cr_assert_eq(pxk_server_config_parse(text, strlen(text), false, &c, &e), PXK_OK);
    cr_assert_str_eq(c.dhcp->lease_file, "/var/lib/leases");
    cr_assert_eq(c.faults.n, 3);
    cr_assert_eq(c.fault_set.n, 3);
    cr_assert_eq(c.fault_set.at[1].id, PXK_FAULT_TFTP_STALL_AT);
    cr_assert_eq(c.fault_set.at[1].number, 3);
    cr_assert_str_eq(c.fault_set.at[2].text, "a b");
    struct pxk_server_dhcpd made;
    cr_assert_eq(pxk_server_dhcpd_make(&c, PXK_IP4(10, 77, 0, 1), 0, &made), PXK_OK);
    cr_assert_eq(made.config.faults, &c.fault_set);
    cr_assert_eq(pxk_server_tftpd_limits(&c).faults, &c.fault_set);
    pxk_server_dhcpd_done(&made);
    pxk_server_config_done(&c);
}

Test(config, wrong_faults_are_told_where_they_stand)
{
    expect_errors("interface: eth1\n"
                  "tftp: {root: /srv}\n"
                  "faults:\n"
                  "  - tftp.stal-at=3\n"
                  "  - tftp.slow=5\n"
                  "  - tftp.error=99\n"
                  "  - dhcp.nak\n"
                  "  - [a]\n",
                  "f:4:5: there is no fault \"tftp.stal-at\"; did you mean \"tftp.stall-at\"\n"
                  "f:6:5: the fault tftp.error has \"99\", expected a number, like =3, from 0 to 8\n"
                  "f:7:5: the fault dhcp.nak needs the \"dhcp\" that it strikes\n"
                  "f:8:5: faults is a list, expected a text\n");
}
