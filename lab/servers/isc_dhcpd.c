/* ISC dhcpd(8). */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "parse/parse.h"
#include "servers.h"

/* "text"; dhcpd.conf(5) has octal escapes for the rest. */
static void put_text(struct pxk_text *out, const char *text)
{
    pxk_text_add(out, "\"");
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\' || (unsigned char)*c < 0x20)
            pxk_text_addf(out, "\\%03o", (unsigned char)*c);
        else
            pxk_text_add_n(out, c, 1);
    }
    pxk_text_add(out, "\"");
}

static void put_subnet(pxk_ip4 net, pxk_ip4 mask, struct pxk_text *out)
{
    char a[PXK_IP4_STRLEN], b[PXK_IP4_STRLEN];
    pxk_text_addf(out, "subnet %s netmask %s {\n", pxk_ip4_text(net, a), pxk_ip4_text(mask, b));
}

/* Options get names of our own, of bytes, so that none has to be known by name. */
static enum pxk_err put_options(const struct pxk_scn_dhcp *d, bool declare, struct pxk_text *out, char *why, size_t cap)
{
    struct pxk_text unasked = {0};
    struct pxk_srv_option o;
    for (size_t i = 0; i < d->options.n; i++) {
        enum pxk_err err = pxk_srv_option(&d->options.at[i], &o, why, cap);
        if (err != PXK_OK) {
            pxk_text_done(&unasked);
            return err;
        }
        if (declare) {
            pxk_text_addf(out, "option case-%u code %u = string;\n", o.code, o.code);
            continue;
        }
        pxk_text_addf(out, "  option case-%u ", o.code);
        if (o.len)
            pxk_srv_hex(out, o.data, o.len, ":");
        else
            pxk_text_add(out, "\"\"");
        pxk_text_add(out, ";\n");
        if (o.unasked)
            pxk_text_addf(&unasked, ", %02x", o.code);
    }
    if (unasked.s) /* only what the client asks for is sent: so it has asked. A second such statement would replace the first. */
        pxk_text_addf(out, "  option dhcp-parameter-request-list = concat(option dhcp-parameter-request-list%s);\n", unasked.s);
    out->failed |= unasked.failed;
    pxk_text_done(&unasked);
    return PXK_OK;
}

static void put_file(const char *file, bool http, struct pxk_text *out)
{
    pxk_text_add(out, "filename ");
    put_text(out, file);
    pxk_text_addf(out, ";%s", http ? " option vendor-class-identifier \"HTTPClient\";" : "");
}

static void put_boots(const struct pxk_lab_server_plan *plan, struct pxk_text *out)
{
    struct pxk_srv_boot boot[PXK_SRV_BOOTS_MAX];
    size_t n = pxk_srv_boots(plan->dhcp, boot), branches = 0;
    const char *ipxe = pxk_srv_boot_file(plan->dhcp, "ipxe"), *any = pxk_srv_boot_file(plan->dhcp, "default");
    char next[PXK_IP4_STRLEN];
    pxk_text_addf(out, "  next-server %s;\n", pxk_ip4_text(pxk_srv_next_server(plan), next));
    if (ipxe) {
        pxk_text_add(out, "  if exists user-class and option user-class = \"iPXE\" { ");
        put_file(ipxe, false, out);
        pxk_text_add(out, " }\n");
        branches++;
    }
    for (size_t i = 0; i < n; i++) {
        pxk_text_addf(out, "  %sif ", branches++ ? "els" : "");
        for (size_t k = 0; k < boot[i].code_n; k++)
            pxk_text_addf(out, "%soption client-arch = %02x:%02x", k ? " or " : "", boot[i].code[k] >> 8, boot[i].code[k] & 255);
        pxk_text_add(out, " { ");
        put_file(boot[i].file, boot[i].arch->http, out);
        pxk_text_add(out, " }\n");
    }
    if (any) {
        pxk_text_addf(out, "  %s", branches ? "else { " : "");
        put_file(any, false, out);
        pxk_text_add(out, branches ? " }\n" : "\n");
    }
}

static enum pxk_err put_served(const struct pxk_lab_server_plan *plan, struct pxk_text *out, char *why, size_t cap)
{
    const struct pxk_scn_dhcp *d = plan->dhcp;
    char a[PXK_IP4_STRLEN], b[PXK_IP4_STRLEN];
    put_subnet(d->subnet.net, pxk_conf_mask(d->subnet), out);
    pxk_text_addf(out, "  range %s %s;\n", pxk_ip4_text(d->pool.first, a), pxk_ip4_text(d->pool.last, b));
    if (d->router)
        pxk_text_addf(out, "  option routers %s;\n", pxk_ip4_text(d->router, a));
    if (d->dns.n) {
        pxk_text_add(out, "  option domain-name-servers ");
        pxk_srv_ips(out, d->dns.at, d->dns.n, ", ");
        pxk_text_add(out, ";\n");
    }
    enum pxk_err err = put_options(d, false, out, why, cap);
    if (d->boot)
        put_boots(plan, out);
    pxk_srv_lines(out, plan->lines);
    pxk_text_add(out, "}\n");
    return err;
}

static enum pxk_err config(const struct pxk_lab_server_plan *plan, struct pxk_text *out, char *why, size_t cap)
{
    if (!plan->dhcp)
        return PXK_OK;
    unsigned long long lease = pxk_srv_lease_seconds(plan->dhcp);
    /* Without the threshold a client that asks again soon gets what is left of its lease, 3599 s. */
    pxk_text_addf(out,
                  "authoritative;\ndefault-lease-time %llu;\nmax-lease-time %llu;\nping-check false;\ndhcp-cache-threshold 0;\n",
                  lease, lease);
    pxk_text_add(out, "option client-arch code 93 = unsigned integer 16;\n");
    enum pxk_err err = put_options(plan->dhcp, true, out, why, cap);
    if (err != PXK_OK)
        return err;
    if (pxk_srv_relayed(plan)) { /* it does not start on an interface whose network it does not know */
        put_subnet(pxk_srv_own_net(plan), plan->netmask, out);
        pxk_text_add(out, "}\n");
    }
    return put_served(plan, out, why, cap);
}

/* What a file says counts for more than the command line. */
static enum pxk_err adapt(const struct pxk_lab_server_plan *plan, struct pxk_text *out)
{
    static const char *const elsewhere[] = {"lease-file-name", "pid-file-name", NULL};
    pxk_srv_without(out, plan->config, elsewhere);
    return PXK_OK;
}

static void command(const struct pxk_lab_server_plan *plan, const char *path, struct pxk_lab_argv *out)
{
    char leases[PATH_MAX];
    pxk_fmt(leases, sizeof leases, "%s/dhcpd.leases", plan->work);
    int fd = open(leases, O_WRONLY | O_CREAT | O_CLOEXEC, 0644); /* it wants to find one; if it cannot be made, it says so */
    if (fd >= 0)
        close(fd);
    pxk_lab_arg(out, "-4");
    pxk_lab_arg(out, "-f");
    pxk_lab_arg(out, "-d");
    pxk_lab_arg(out, "-cf");
    pxk_lab_arg(out, "%s", path);
    pxk_lab_arg(out, "-lf");
    pxk_lab_arg(out, "%s", leases);
    pxk_lab_arg(out, "-pf");
    pxk_lab_arg(out, "%s/dhcpd.pid", plan->work);
    pxk_lab_arg(out, "%s", plan->iface);
}

static bool ready(const struct pxk_lab_server_plan *plan, pid_t pid, const char *log)
{
    (void)plan;
    return strstr(log, "Server starting service.") && pxk_lab_listens(pid, false, PXK_DHCP4_SERVER_PORT);
}

static enum pxk_err leases(const struct pxk_lab_server_plan *plan, struct pxk_lab_leases *out)
{
    return pxk_srv_leases_read(plan, "dhcpd.leases", pxk_lab_leases_isc, out);
}

static const char *const programs[] = {"dhcpd", NULL};

const struct pxk_lab_kind pxk_srv_isc_dhcpd = {.name = "isc-dhcpd",
                                               .words = "ISC dhcpd",
                                               .dhcp = true,
                                               .programs = programs,
                                               .package = "isc-dhcp-server",
                                               .config_name = "dhcpd.conf",
                                               .config = config,
                                               .adapt = adapt,
                                               .command = command,
                                               .ready = ready,
                                               .leases = leases};
