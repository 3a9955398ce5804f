/* dnsmasq(8). */
#include <ctype.h>
#include <string.h>

#include "parse/parse.h"
#include "servers.h"

/* As it stands where no character has a meaning of its own in a config line, else in quotes. */
static void put_word(struct pxk_text *out, const char *word)
{
    size_t plain = 0;
    while (isalnum((unsigned char)word[plain]) || (word[plain] && strchr("._/:%?=&+~@-", word[plain])))
        plain++;
    if (word[plain])
        pxk_srv_quoted(out, word);
    else
        pxk_text_add(out, word);
}

static void put_range(const struct pxk_lab_server_plan *plan, struct pxk_text *out)
{
    const struct pxk_scn_dhcp *d = plan->dhcp;
    char first[PXK_IP4_STRLEN], last[PXK_IP4_STRLEN], mask[PXK_IP4_STRLEN];
    if (d->proxy)
        pxk_text_addf(out, "dhcp-range=%s,proxy,%s\n", pxk_ip4_text(d->subnet.net, first),
                      pxk_ip4_text(pxk_conf_mask(d->subnet), mask));
    else
        pxk_text_addf(out, "dhcp-authoritative\ndhcp-range=%s,%s,%s,%llu\n", pxk_ip4_text(d->pool.first, first),
                      pxk_ip4_text(d->pool.last, last), pxk_ip4_text(pxk_conf_mask(d->subnet), mask),
                      (unsigned long long)pxk_srv_lease_seconds(d));
}

static void put_network(const struct pxk_scn_dhcp *d, struct pxk_text *out)
{
    pxk_text_add(out, "dhcp-option=option:router"); /* without a value: its own address is not sent either */
    if (d->router) {
        pxk_text_add(out, ",");
        pxk_srv_ips(out, &d->router, 1, "");
    }
    pxk_text_add(out, "\n");
    if (d->dns.n) {
        pxk_text_add(out, "dhcp-option=option:dns-server,");
        pxk_srv_ips(out, d->dns.at, d->dns.n, ",");
        pxk_text_add(out, "\n");
    }
}

static bool is_addresses(const struct pxk_opt_row *row)
{
    return row->key && (row->shape == PXK_SHAPE_IP4 || row->shape == PXK_SHAPE_IP4_LIST || row->shape == PXK_SHAPE_IP4_PAIRS);
}

/* Those of its table (dnsmasq --help dhcp) whose values it takes as names; to all others bytes can be given. */
static bool is_name(uint8_t code)
{
    static const uint8_t names[] = {PXK_OPT_DOMAIN_NAME,      PXK_OPT_ROOT_PATH, 18,  40, 64,
                                    PXK_OPT_TFTP_SERVER_NAME, PXK_OPT_BOOT_FILE, 100, 101};
    return memchr(names, code, sizeof names) != NULL;
}

/* Options that dnsmasq knows as addresses or names it takes as such only; a single hex byte it would read as a number. */
static void put_option(const struct pxk_srv_option *o, struct pxk_text *out)
{
    bool addresses = is_addresses(pxk_dhcp4_row(o->code));
    char text[sizeof o->data + 1];
    pxk_text_addf(out, "dhcp-option%s=%u", o->unasked ? "-force" : "", o->code);
    if (o->len)
        pxk_text_add(out, addresses ? "" : ",");
    if (addresses) {
        for (size_t i = 0; i + 4 <= o->len; i += 4)
            pxk_text_addf(out, ",%u.%u.%u.%u", o->data[i], o->data[i + 1], o->data[i + 2], o->data[i + 3]);
    } else if (is_name(o->code)) {
        (void)pxk_str_copy_n(text, sizeof text, o->data, o->len);
        pxk_srv_quoted(out, text);
    } else if (o->len == 1) {
        pxk_text_addf(out, "%ub", o->data[0]);
    } else {
        pxk_srv_hex(out, o->data, o->len, ":");
    }
    pxk_text_add(out, "\n");
}

static void put_boot(const struct pxk_lab_server_plan *plan, const char *tags, const char *file, struct pxk_text *out)
{
    pxk_ip4 next = pxk_srv_next_server(plan);
    pxk_text_addf(out, "dhcp-boot=%s", tags);
    put_word(out, file);
    if (next != plan->ip) {
        pxk_text_add(out, ",,");
        pxk_srv_ips(out, &next, 1, "");
    }
    pxk_text_add(out, "\n");
}

/* Without dhcp-no-override it leaves the header field `file` empty for a client that asks for option 67, and shim, which takes
 * its folder from that field alone, looks for grubx64.efi at the root. */
static void put_boots(const struct pxk_lab_server_plan *plan, struct pxk_text *out)
{
    struct pxk_srv_boot boot[PXK_SRV_BOOTS_MAX];
    char tags[80];
    size_t n = pxk_srv_boots(plan->dhcp, boot);
    const char *ipxe = pxk_srv_boot_file(plan->dhcp, "ipxe"), *any = pxk_srv_boot_file(plan->dhcp, "default");
    const char *not_ipxe = ipxe ? "tag:!ipxe," : "";
    pxk_text_add(out, "dhcp-no-override\n");
    if (ipxe) {
        pxk_text_add(out, "dhcp-userclass=set:ipxe,iPXE\n");
        put_boot(plan, "tag:ipxe,", ipxe, out);
    }
    for (size_t i = 0; i < n; i++) {
        const char *key = boot[i].arch->key;
        for (size_t k = 0; k < boot[i].code_n; k++)
            pxk_text_addf(out, "dhcp-match=set:%s,option:client-arch,%u\n", key, boot[i].code[k]);
        put_boot(plan, pxk_fmt(tags, sizeof tags, "%stag:%s,", not_ipxe, key), boot[i].file, out);
        if (boot[i].arch->http) /* UEFI takes a URL only from a server that calls itself so */
            pxk_text_addf(out, "dhcp-option-force=tag:%s,60,HTTPClient\n", key);
    }
    if (any) /* tags are tried first, so this is for the rest */
        put_boot(plan, not_ipxe, any, out);
}

static void put_service(const struct pxk_lab_server_plan *plan, const char *tags, unsigned code, const char *file,
                        struct pxk_text *out)
{
    pxk_ip4 next = pxk_srv_next_server(plan);
    pxk_text_addf(out, "pxe-service=%s%u,\"Network boot\",", tags, code);
    put_word(out, file);
    if (next != plan->ip) {
        pxk_text_add(out, ",");
        pxk_srv_ips(out, &next, 1, "");
    }
    pxk_text_add(out, "\n");
}

static bool has_service(const struct pxk_srv_boot *boot, size_t n, unsigned code)
{
    for (size_t i = 0; i < n; i++)
        if (boot[i].code[0] == code || (boot[i].code_n > 1 && boot[i].code[1] == code))
            return true;
    return false;
}

static void put_services(const struct pxk_lab_server_plan *plan, struct pxk_text *out)
{
    struct pxk_srv_boot boot[PXK_SRV_BOOTS_MAX];
    size_t n = pxk_srv_boots(plan->dhcp, boot);
    const char *ipxe = pxk_srv_boot_file(plan->dhcp, "ipxe"), *any = pxk_srv_boot_file(plan->dhcp, "default");
    const char *not_ipxe = ipxe ? "tag:!ipxe," : "";
    if (ipxe)
        pxk_text_add(out, "dhcp-userclass=set:ipxe,iPXE\n");
    for (size_t i = 0; pxk_arch_row(i); i++) {
        const struct pxk_arch *arch = pxk_arch_row(i);
        if (ipxe && !arch->http)
            put_service(plan, "tag:ipxe,", arch->code, ipxe, out);
        if (any && !arch->http && !has_service(boot, n, arch->code))
            put_service(plan, not_ipxe, arch->code, any, out);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < boot[i].code_n; k++)
            put_service(plan, not_ipxe, boot[i].code[k], boot[i].file, out);
}

static enum pxk_err put_dhcp(const struct pxk_lab_server_plan *plan, struct pxk_text *out, char *why, size_t cap)
{
    const struct pxk_scn_dhcp *d = plan->dhcp;
    /* Its ping before each offer would cost three seconds. */
    pxk_text_add(out, "log-dhcp\nno-ping\n");
    put_range(plan, out);
    if (!d->proxy)
        put_network(d, out);
    for (size_t i = 0; i < d->options.n; i++) {
        struct pxk_srv_option option;
        enum pxk_err err = pxk_srv_option(&d->options.at[i], &option, why, cap);
        if (err != PXK_OK)
            return err;
        put_option(&option, out);
    }
    if (d->boot && d->proxy)
        put_services(plan, out);
    else if (d->boot)
        put_boots(plan, out);
    return PXK_OK;
}

static enum pxk_err config(const struct pxk_lab_server_plan *plan, struct pxk_text *out, char *why, size_t cap)
{
    pxk_text_addf(out, "port=0\ninterface=%s\nbind-interfaces\nno-hosts\nno-resolv\n", plan->iface);
    if (plan->tftp) {
        pxk_text_add(out, "enable-tftp\ntftp-root=");
        put_word(out, plan->root);
        pxk_text_add(out, "\n");
    }
    enum pxk_err err = plan->dhcp ? put_dhcp(plan, out, why, cap) : PXK_OK;
    pxk_srv_lines(out, plan->lines);
    return err;
}

/* The folder of a tftp-root line gives way to the plan's; an interface behind it stays. */
static void put_line_with_root(const struct pxk_lab_server_plan *plan, const char *line, size_t n, struct pxk_text *out)
{
    static const char key[] = "tftp-root";
    size_t at = strspn(line, " \t"), comma;
    bool is_root = strncmp(line + at, key, sizeof key - 1) == 0;
    at += is_root ? sizeof key - 1 : 0;
    at += strspn(line + at, " \t");
    if (!is_root || line[at] != '=') {
        pxk_text_add_n(out, line, n);
        return;
    }
    comma = at + strcspn(line + at, ",\n");
    pxk_text_add_n(out, line, at + 1);
    put_word(out, plan->root);
    pxk_text_add_n(out, line + comma, n - comma);
}

/* What a file says counts for more than the command line, and no keyword may stand twice. */
static enum pxk_err adapt(const struct pxk_lab_server_plan *plan, struct pxk_text *out)
{
    static const char *const elsewhere[] = {"pid-file", "log-facility", "dhcp-leasefile", "user", "group", NULL};
    struct pxk_text rooted = {0};
    const char *text = plan->config;
    for (const char *line = text; plan->own_root && *line;) {
        size_t n = strcspn(line, "\n");
        n += line[n] == '\n';
        put_line_with_root(plan, line, n, &rooted);
        line += n;
    }
    if (rooted.s)
        text = rooted.s;
    if (!rooted.failed)
        pxk_srv_without(out, text, elsewhere);
    enum pxk_err err = rooted.failed ? PXK_E_NOMEM : PXK_OK;
    pxk_text_done(&rooted);
    return err;
}

static void command(const struct pxk_lab_server_plan *plan, const char *path, struct pxk_lab_argv *out)
{
    pxk_lab_arg(out, "--keep-in-foreground");
    pxk_lab_arg(out, "--conf-file=%s", path);
    pxk_lab_arg(out, "--pid-file=");
    pxk_lab_arg(out, "--log-facility=-");
    pxk_lab_arg(out, "--log-dhcp");
    pxk_lab_arg(out, "--user=root");
    pxk_lab_arg(out, "--group=root");
    pxk_lab_arg(out, "--dhcp-leasefile=%s/dnsmasq.leases", plan->work);
}

/* Said once all sockets are open. */
static bool ready(const struct pxk_lab_server_plan *plan, pid_t pid, const char *log)
{
    (void)plan, (void)pid;
    return strstr(log, "started, version ") != NULL;
}

static enum pxk_err leases(const struct pxk_lab_server_plan *plan, struct pxk_lab_leases *out)
{
    return pxk_srv_leases_read(plan, "dnsmasq.leases", pxk_lab_leases_dnsmasq, out);
}

static const char *const programs[] = {"dnsmasq", NULL};

const struct pxk_lab_kind pxk_srv_dnsmasq = {.name = "dnsmasq",
                                             .words = "dnsmasq",
                                             .dhcp = true,
                                             .tftp = true,
                                             .proxy = true,
                                             .programs = programs,
                                             .package = "dnsmasq-base",
                                             .config_name = "dnsmasq.conf",
                                             .config = config,
                                             .adapt = adapt,
                                             .command = command,
                                             .ready = ready,
                                             .leases = leases};
