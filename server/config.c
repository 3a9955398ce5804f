/* The config file: its tables, and what must hold between its values. */
#include <stdlib.h>

#include "options.h"
#include "pxk/engine/dhcpd.h"
#include "pxk/server.h"

/* ---- words ---- */

static const char *boot_word(size_t i)
{
    static const char *const more[] = {"ipxe", "default"};
    if (i < PXK_COUNT(more))
        return more[i];
    const struct pxk_arch *arch = pxk_arch_row(i - PXK_COUNT(more));
    return arch ? arch->key : NULL;
}

/* ---- checks ---- */

static bool is_host(struct pxk_conf_subnet s, pxk_ip4 ip)
{
    pxk_ip4 host = ip & ~pxk_conf_mask(s);
    return pxk_conf_in_subnet(s, ip) && host != 0 && host != (pxk_ip4)~pxk_conf_mask(s);
}

/* An error if @ip, which stands at @field, is no host of the subnet. */
static void check_host(struct pxk_conf *c, struct pxk_conf_subnet s, const void *field, pxk_ip4 ip,
                       const char *what)
{
    char a[PXK_IP4_STRLEN], n[PXK_IP4_STRLEN];
    if (!is_host(s, ip))
        pxk_conf_error(c, field, "%s %s is %s subnet %s/%u", what, pxk_ip4_text(ip, a),
                       pxk_conf_in_subnet(s, ip) ? "the network or broadcast address of"
                                                 : "outside the",
                       pxk_ip4_text(s.net, n), s.prefix);
}

static void check_pool(struct pxk_conf *c, const struct pxk_server_dhcp *d)
{
    if (!pxk_conf_given(c, &d->pool))
        return;
    if (d->pool.last - d->pool.first >= PXK_DHCPD_POOL_MAX)
        pxk_conf_error(c, &d->pool, "the pool has more than %u addresses", PXK_DHCPD_POOL_MAX);
    if (!pxk_conf_given(c, &d->subnet))
        return;
    check_host(c, d->subnet, &d->pool, d->pool.first, "the pool's first address");
    if (d->pool.last != d->pool.first)
        check_host(c, d->subnet, &d->pool, d->pool.last, "the pool's last address");
}

static int by_mac(const void *a, const void *b)
{
    const struct pxk_server_reservation *const *x = a, *const *y = b;
    int d = memcmp((*x)->mac.b, (*y)->mac.b, 6);
    return d ? d : *x < *y ? -1 : *x > *y;
}

static int by_address(const void *a, const void *b)
{
    const struct pxk_server_reservation *const *x = a, *const *y = b;
    if ((*x)->address != (*y)->address)
        return (*x)->address < (*y)->address ? -1 : 1;
    return *x < *y ? -1 : *x > *y;
}

/* Sorted, so that ten thousand reservations do not take a hundred million comparisons. */
static void check_doubles(struct pxk_conf *c, struct pxk_server_dhcp *d)
{
    char text[PXK_MAC_STRLEN], ip[PXK_IP4_STRLEN];
    size_t n = d->reservations.n;
    const struct pxk_server_reservation **r = n ? malloc(n * sizeof *r) : NULL;
    for (size_t i = 0; r && i < n; i++)
        r[i] = &d->reservations.at[i];
    if (r)
        qsort(r, n, sizeof *r, by_mac);
    for (size_t i = 1; r && i < n; i++)
        if (pxk_mac_eq(&r[i]->mac, &r[i - 1]->mac) && !pxk_mac_is_zero(&r[i]->mac))
            pxk_conf_error(c, &r[i]->mac, "%s has two reservations",
                           pxk_mac_text(&r[i]->mac, text));
    if (r)
        qsort(r, n, sizeof *r, by_address);
    for (size_t i = 1; r && i < n; i++)
        if (r[i]->address == r[i - 1]->address && r[i]->address)
            pxk_conf_error(c, &r[i]->address, "%s is reserved twice",
                           pxk_ip4_text(r[i]->address, ip));
    free(r);
}

static void check_options(struct pxk_conf *c, const struct pxk_server_dhcp *d)
{
    bool seen[256] = {false};
    char buf[200];
    uint8_t raw[4096];
    if (d->options.n > PXK_DHCPD_OPTIONS_MAX)
        pxk_conf_error(c, &d->options, "more than %u options", PXK_DHCPD_OPTIONS_MAX);
    for (size_t i = 0; i < d->options.n; i++) {
        const struct pxk_conf_pairs *p = &d->options.at[i];
        struct pxk_str why = pxk_str_init(buf, sizeof buf);
        struct pxk_wr w = pxk_wr_init(raw, sizeof raw);
        size_t bad;
        uint8_t code = option_code(p->key, &why);
        if (!code)
            pxk_conf_error_key(c, p, "%s", buf);
        else if (seen[code])
            pxk_conf_error_key(c, p, "option %u is there twice", code);
        else if (pxk_conf_given(c, &p->value) && !option_encode(code, p, &w, &bad, &why))
            pxk_conf_error(c, p->value.n ? (const void *)&p->value.at[bad] : &p->value, "%s: %s",
                           p->key, buf);
        seen[code] = true;
    }
}

static void dhcp_check(struct pxk_conf *c, void *self)
{
    struct pxk_server_dhcp *d = self;
    if (pxk_conf_given(c, &d->subnet) && d->subnet.prefix > 30)
        pxk_conf_error(c, &d->subnet, "a subnet of /%u has no room for clients", d->subnet.prefix);
    check_pool(c, d);
    if (pxk_conf_given(c, &d->subnet)) {
        if (pxk_conf_given(c, &d->router))
            check_host(c, d->subnet, &d->router, d->router, "the router");
        for (size_t i = 0; i < d->reservations.n; i++)
            if (pxk_conf_given(c, &d->reservations.at[i].address))
                check_host(c, d->subnet, &d->reservations.at[i].address,
                           d->reservations.at[i].address, "the reserved address");
    }
    if (d->dns.n > 63)
        pxk_conf_error(c, &d->dns, "more than 63 servers");
    check_doubles(c, d);
    check_options(c, d);
}

static void reservation_check(struct pxk_conf *c, void *self)
{
    const struct pxk_server_reservation *r = self;
    if (pxk_conf_given(c, &r->mac) && (pxk_mac_is_multicast(&r->mac) || pxk_mac_is_zero(&r->mac)))
        pxk_conf_error(c, &r->mac, "no machine has such a MAC address");
}

static void check_own_address(struct pxk_conf *c, const struct pxk_server_config *s)
{
    const struct pxk_server_dhcp *d = s->dhcp;
    char a[PXK_IP4_STRLEN];
    if (!pxk_conf_given(c, &s->address) || !d)
        return;
    if (pxk_conf_given(c, &d->pool) && s->address >= d->pool.first && s->address <= d->pool.last)
        pxk_conf_error(c, &d->pool, "the server's own address %s is in the pool",
                       pxk_ip4_text(s->address, a));
    for (size_t i = 0; i < d->reservations.n; i++)
        if (pxk_conf_given(c, &d->reservations.at[i].address) &&
            d->reservations.at[i].address == s->address)
            pxk_conf_error(c, &d->reservations.at[i].address, "%s is the server's own address",
                           pxk_ip4_text(s->address, a));
}

/* A fault of a part that is not served would never strike. */
static void check_faults(struct pxk_conf *c, struct pxk_server_config *s)
{
    char buf[240];
    for (size_t i = 0; i < s->faults.n; i++) {
        char *const *text = &s->faults.at[i];
        struct pxk_str why = pxk_str_init(buf, sizeof buf);
        if (!pxk_conf_given(c, text))
            continue;
        if (pxk_faults_add(&s->fault_set, *text, &why) != PXK_OK) {
            pxk_conf_error(c, text, "%s", buf);
            continue;
        }
        const struct pxk_fault *f = &s->fault_set.at[s->fault_set.n - 1];
        bool dhcp = pxk_fault_row(f->id)->part == PXK_FAULT_PART_DHCP;
        if (dhcp ? !pxk_conf_written(c, &s->dhcp) : !pxk_conf_written(c, &s->tftp))
            pxk_conf_error(c, text, "the fault %s needs the \"%s\" that it strikes", pxk_fault_row(f->id)->name,
                           dhcp ? "dhcp" : "tftp");
    }
}

static void config_check(struct pxk_conf *c, void *self)
{
    struct pxk_server_config *s = self;
    const bool *own_files = pxk_conf_user(c);
    check_own_address(c, s);
    check_faults(c, s);
    if (!pxk_conf_written(c, &s->dhcp) && !pxk_conf_written(c, &s->tftp))
        pxk_conf_error(c, &s->dhcp,
                       "there is nothing to serve, expected \"dhcp\", \"tftp\" or both");
    if (s->tftp && !s->tftp->root && !*own_files && !pxk_conf_written(c, &s->tftp->root))
        pxk_conf_error(c, &s->tftp->root, "tftp has no \"root\", expected a path");
}

/* ---- tables ---- */

#define DHCP(m)      PXK_CONF_AT(struct pxk_server_dhcp, m)
#define DHCP_LIST(m) PXK_CONF_LIST_AT(struct pxk_server_dhcp, m)

static const struct pxk_conf_key reservation_keys[] = {
    {.key = "mac",
     .type = PXK_CONF_MAC,
     .required = true,
     PXK_CONF_AT(struct pxk_server_reservation, mac),
     .doc = "the client's hardware address"},
    {.key = "address",
     .type = PXK_CONF_IP4,
     .required = true,
     PXK_CONF_AT(struct pxk_server_reservation, address),
     .doc = "the address it always gets; in the subnet, in the pool or not"},
    {.key = "hostname",
     .type = PXK_CONF_STRING,
     .max = 63,
     PXK_CONF_AT(struct pxk_server_reservation, hostname),
     .doc = "its name (option 12)"},
    {.key = "boot-file",
     .type = PXK_CONF_STRING,
     .max = 254,
     PXK_CONF_AT(struct pxk_server_reservation, boot_file),
     .doc = "its boot file, whatever its architecture"},
    {0}};

static const struct pxk_conf_table reservation_table = {"reservation", "an address for one client",
                                                        sizeof(struct pxk_server_reservation),
                                                        reservation_keys, reservation_check};

static const struct pxk_conf_key dhcp_keys[] = {
    {.key = "subnet",
     .type = PXK_CONF_SUBNET,
     .required = true,
     DHCP(subnet),
     .doc = "the network that is served"},
    {.key = "pool",
     .type = PXK_CONF_RANGE,
     .required = true,
     DHCP(pool),
     .doc = "addresses for clients, at most 65536"},
    {.key = "lease",
     .type = PXK_CONF_DURATION,
     .def = "1h",
     .min = 1000000,
     .max = 315360000000000,
     DHCP(lease),
     .doc = "how long an address is a client's"},
    {.key = "router", .type = PXK_CONF_IP4, DHCP(router), .doc = "default gateway (option 3)"},
    {.key = "dns", .type = PXK_CONF_IP4, DHCP_LIST(dns), .doc = "name servers (option 6)"},
    {.key = "domain",
     .type = PXK_CONF_STRING,
     .max = 253,
     DHCP(domain),
     .doc = "domain name (option 15)"},
    {.key = "next-server",
     .type = PXK_CONF_IP4,
     DHCP(next_server),
     .doc = "where boot files are (siaddr, sname, option 66); default: this server"},
    {.key = "boot-files",
     .type = PXK_CONF_MAP,
     .word = boot_word,
     .max = 254,
     DHCP(boot_files),
     .doc = "boot file or URL by client architecture; ipxe: for clients that are iPXE already; "
            "default: for all others"},
    {.key = "reservations",
     .type = PXK_CONF_STRUCT,
     .sub = &reservation_table,
     DHCP_LIST(reservations),
     .doc = "addresses for known clients"},
    {.key = "options",
     .type = PXK_CONF_MAP_LIST,
     .max = 1000,
     DHCP(options),
     .doc = "more DHCP options, by IANA name or number; bytes as \"hex:0102\""},
    {.key = "lease-file",
     .type = PXK_CONF_PATH,
     DHCP(lease_file),
     .doc = "leases are kept in it over a restart; default: they are forgotten"},
    {0}};

static const struct pxk_conf_table dhcp_table = {
    "dhcp", "the DHCP service", sizeof(struct pxk_server_dhcp), dhcp_keys, dhcp_check};

static const struct pxk_conf_key tftp_keys[] = {
    {.key = "root",
     .type = PXK_CONF_PATH,
     PXK_CONF_AT(struct pxk_server_tftp, root),
     .doc = "folder that is served, read-only; links that leave it are refused"},
    {.key = "max-blksize",
     .type = PXK_CONF_INT,
     .def = "1468",
     .min = 8,
     .max = 65464,
     PXK_CONF_AT(struct pxk_server_tftp, max_blksize),
     .doc = "largest block; over the path MTU less 32, datagrams are fragmented"},
    {.key = "max-windowsize",
     .type = PXK_CONF_INT,
     .def = "64",
     .min = 1,
     .max = 65535,
     PXK_CONF_AT(struct pxk_server_tftp, max_windowsize),
     .doc = "most blocks before an ACK (RFC 7440)"},
    {.key = "max-clients",
     .type = PXK_CONF_INT,
     .def = "1000",
     .min = 1,
     .max = 10000,
     PXK_CONF_AT(struct pxk_server_tftp, max_clients),
     .doc = "transfers at a time"},
    {0}};

static const struct pxk_conf_table tftp_table = {"tftp", "the TFTP service",
                                                 sizeof(struct pxk_server_tftp), tftp_keys, NULL};

static const struct pxk_conf_key config_keys[] = {
    {.key = "interface",
     .type = PXK_CONF_STRING,
     .required = true,
     .max = 15,
     PXK_CONF_AT(struct pxk_server_config, interface),
     .doc = "where to serve"},
    {.key = "address",
     .type = PXK_CONF_IP4,
     PXK_CONF_AT(struct pxk_server_config, address),
     .doc = "our address on it; default: its first IPv4 address"},
    {.key = "dhcp",
     .type = PXK_CONF_STRUCT,
     .sub = &dhcp_table,
     PXK_CONF_PTR_AT(struct pxk_server_config, dhcp),
     .doc = "leave it out to serve no DHCP"},
    {.key = "tftp",
     .type = PXK_CONF_STRUCT,
     .sub = &tftp_table,
     PXK_CONF_PTR_AT(struct pxk_server_config, tftp),
     .doc = "leave it out to serve no TFTP"},
    {.key = "faults",
     .type = PXK_CONF_STRING,
     .max = 250,
     PXK_CONF_LIST_AT(struct pxk_server_config, faults),
     .doc = "what to do wrong on purpose: \"dhcp.no-ack\", \"tftp.stall-at=3\" (pxekit serve --faults lists them)"},
    {0}};

static const struct pxk_conf_table config_table = {"serve", "the config of pxekit serve",
                                                   sizeof(struct pxk_server_config), config_keys,
                                                   config_check};

enum pxk_err pxk_server_config_parse(const char *text, size_t len, bool own_files,
                                     struct pxk_server_config *out, struct pxk_conf_errors *errors)
{
    return pxk_conf_parse(&config_table, &own_files, text, len, out, errors);
}

void pxk_server_config_done(struct pxk_server_config *config)
{
    pxk_conf_free(&config_table, config);
}

enum pxk_err pxk_server_config_schema(struct pxk_text *out)
{
    return pxk_conf_schema(&config_table, "pxekit serve", out);
}
