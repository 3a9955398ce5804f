/* kea-dhcp4(8). */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "parse/parse.h"
#include "pxk/files.h"
#include "servers.h"

#define LEASE_FILE "kea-leases4.csv" /* the name that Kea gives it too, where a config has none */

static void put_member(struct pxk_text *out, bool *first, const char *key, const char *text)
{
    pxk_text_addf(out, "%s\"%s\": ", *first ? "" : ", ", key);
    pxk_srv_quoted(out, text);
    *first = false;
}

static void put_ip(struct pxk_text *out, bool *first, const char *key, pxk_ip4 ip)
{
    char text[PXK_IP4_STRLEN];
    put_member(out, first, key, pxk_ip4_text(ip, text));
}

/* One element of option-data by name, of addresses. */
static void put_addresses(struct pxk_text *out, bool *first, const char *name, const pxk_ip4 *ip, size_t n)
{
    if (!n)
        return;
    pxk_text_addf(out, "%s\n      { \"name\": \"%s\", \"data\": \"", *first ? "" : ",", name);
    pxk_srv_ips(out, ip, n, ", ");
    pxk_text_add(out, "\" }");
    *first = false;
}

static enum pxk_err put_options(const struct pxk_scn_dhcp *d, struct pxk_text *out, char *why, size_t cap)
{
    bool first = true;
    pxk_text_add(out, "    \"option-data\": [");
    put_addresses(out, &first, "routers", &d->router, d->router != 0);
    put_addresses(out, &first, "domain-name-servers", d->dns.at, d->dns.n);
    for (size_t i = 0; i < d->options.n; i++) {
        struct pxk_srv_option o;
        enum pxk_err err = pxk_srv_option(&d->options.at[i], &o, why, cap);
        if (err != PXK_OK)
            return err;
        pxk_text_addf(out, "%s\n      { \"code\": %u, \"csv-format\": false, \"always-send\": %s, \"data\": \"", first ? "" : ",",
                      o.code, o.unasked ? "true" : "false");
        pxk_srv_hex(out, o.data, o.len, "");
        pxk_text_add(out, "\" }");
        first = false;
    }
    pxk_text_add(out, " ]\n");
    return PXK_OK;
}

static bool has_option(const struct pxk_scn_dhcp *d, uint8_t code)
{
    for (size_t i = 0; i < d->options.n; i++)
        if (pxk_dhcp4_code_parse(d->options.at[i].key, NULL) == code)
            return true;
    return false;
}

/* The first class of a client that has a boot file gives it, so iPXE comes before the architectures. */
static void put_class(struct pxk_text *out, bool *first, const char *name, const char *test, const char *file, bool http)
{
    bool member = true;
    pxk_text_add(out, *first ? "\n    { " : ",\n    { ");
    put_member(out, &member, "name", name);
    put_member(out, &member, "test", test);
    put_member(out, &member, "boot-file-name", file);
    if (http)
        pxk_text_add(out, ", \"option-data\": [ { \"name\": \"vendor-class-identifier\", \"data\": \"HTTPClient\", "
                          "\"always-send\": true } ]");
    pxk_text_add(out, " }");
    *first = false;
}

static void put_boots(const struct pxk_scn_dhcp *d, struct pxk_text *out)
{
    struct pxk_srv_boot boot[PXK_SRV_BOOTS_MAX];
    size_t n = pxk_srv_boots(d, boot);
    const char *ipxe = pxk_srv_boot_file(d, "ipxe"), *any = pxk_srv_boot_file(d, "default");
    bool first = true;
    pxk_text_add(out, ",\n  \"client-classes\": [");
    if (ipxe)
        put_class(out, &first, "ipxe", "option[77].hex == 'iPXE'", ipxe, false);
    for (size_t i = 0; i < n; i++) {
        char buf[100];
        struct pxk_str test = pxk_str_init(buf, sizeof buf);
        for (size_t k = 0; k < boot[i].code_n; k++)
            pxk_str_addf(&test, "%soption[93].hex == 0x%04x", k ? " or " : "", boot[i].code[k]);
        put_class(out, &first, boot[i].arch->key, buf, boot[i].file, boot[i].arch->http);
    }
    if (any)
        put_class(out, &first, "default", "member('ALL')", any, false);
    pxk_text_add(out, " ]");
}

static void put_subnet(struct pxk_text *out, unsigned id, pxk_ip4 net, unsigned prefix)
{
    char text[PXK_IP4_STRLEN];
    pxk_text_addf(out, "  { \"id\": %u, \"subnet\": \"%s/%u\"", id, pxk_ip4_text(net, text), prefix);
}

static enum pxk_err put_subnets(const struct pxk_lab_server_plan *plan, struct pxk_text *out, char *why, size_t cap)
{
    const struct pxk_scn_dhcp *d = plan->dhcp;
    char first[PXK_IP4_STRLEN], last[PXK_IP4_STRLEN];
    pxk_text_add(out, "  \"subnet4\": [\n");
    put_subnet(out, 1, d->subnet.net, d->subnet.prefix);
    pxk_text_addf(out, ",\n    \"pools\": [ { \"pool\": \"%s - %s\" } ],\n", pxk_ip4_text(d->pool.first, first),
                  pxk_ip4_text(d->pool.last, last));
    enum pxk_err err = put_options(d, out, why, cap);
    pxk_text_add(out, "  }");
    if (pxk_srv_relayed(plan)) {
        pxk_text_add(out, ",\n");
        put_subnet(out, 2, pxk_srv_own_net(plan), (unsigned)__builtin_popcount(plan->netmask));
        pxk_text_add(out, " }");
    }
    pxk_text_add(out, " ],\n");
    return err;
}

/* Raw sockets, or it answers no client that has no address yet. */
static enum pxk_err config(const struct pxk_lab_server_plan *plan, struct pxk_text *out, char *why, size_t cap)
{
    if (!plan->dhcp)
        return PXK_OK;
    pxk_text_add(out, "{ \"Dhcp4\": {\n  \"interfaces-config\": { \"interfaces\": [ ");
    pxk_srv_quoted(out, plan->iface);
    pxk_text_add(out, " ], \"dhcp-socket-type\": \"raw\" },\n  \"lease-database\": { \"type\": \"memfile\", \"persist\": true, "
                      "\"lfc-interval\": 0, \"name\": ");
    char path[PATH_MAX];
    pxk_srv_quoted(out, pxk_fmt(path, sizeof path, "%s/" LEASE_FILE, plan->work));
    pxk_text_addf(out, " },\n  \"valid-lifetime\": %llu,\n  \"authoritative\": true,\n",
                  (unsigned long long)pxk_srv_lease_seconds(plan->dhcp));
    if (has_option(plan->dhcp, PXK_OPT_VENDOR_SPECIFIC)) /* which it would make of suboptions that it knows, and not of bytes */
        pxk_text_add(out, "  \"option-def\": [ { \"name\": \"case-43\", \"code\": 43, \"type\": \"binary\" } ],\n");
    enum pxk_err err = put_subnets(plan, out, why, cap);
    pxk_text_add(out, "  \"loggers\": [ { \"name\": \"kea-dhcp4\", \"severity\": \"INFO\", "
                      "\"output_options\": [ { \"output\": \"stdout\" } ] } ]");
    if (plan->dhcp->boot) {
        bool first = false;
        put_ip(out, &first, "next-server", pxk_srv_next_server(plan));
        if (plan->dhcp->boot_files.n)
            put_boots(plan->dhcp, out);
    }
    pxk_text_add(out, "\n");
    pxk_srv_lines(out, plan->lines);
    pxk_text_add(out, "} }\n");
    return err;
}

/* Its files go to the case's folder; hooks of an unpacked package come from there. Its control socket stays in /run/kea, which
 * is the case's own: in our folder the path could grow longer than a socket's may be. */
static enum pxk_err adapt(const struct pxk_lab_server_plan *plan, struct pxk_text *out)
{
    char work[PATH_MAX], unpacked[PATH_MAX], lib[PATH_MAX];
    struct stat st;
    pxk_fmt(work, sizeof work, "%s/", plan->work);
    pxk_fmt(lib, sizeof lib, "%s/usr/lib/", pxk_srv_unpacked(&pxk_srv_kea, unpacked, sizeof unpacked) ? unpacked : "");
    const struct pxk_srv_move move[] = {
        {"/var/lib/kea/", work}, {"/var/log/kea/", work}, {"/usr/lib/", stat(lib, &st) == 0 ? lib : NULL}};
    pxk_srv_moved(out, plan->config, move, PXK_COUNT(move));
    (void)mkdir("/run/kea", 0750); /* only a config that names it needs it, and then Kea says what is missing */
    return PXK_OK;
}

static void command(const struct pxk_lab_server_plan *plan, const char *path, struct pxk_lab_argv *out)
{
    char unpacked[PATH_MAX];
    pxk_lab_arg(out, "-c");
    pxk_lab_arg(out, "%s", path);
    pxk_lab_env(out, "KEA_PIDFILE_DIR=%s", plan->work);
    pxk_lab_env(out, "KEA_LOCKFILE_DIR=%s", plan->work);
    pxk_lab_env(out, "KEA_DHCP_DATA_DIR=%s", plan->work);
    pxk_lab_env(out, "KEA_LOG_FILE_DIR=%s", plan->work);
    if (pxk_srv_unpacked(&pxk_srv_kea, unpacked, sizeof unpacked))
        pxk_lab_env(out, "KEA_LFC_EXECUTABLE=%s/run/kea-lfc", unpacked);
}

/* Is there a raw socket in its host? */
static bool has_raw_socket(pid_t pid)
{
    struct pxk_text text = {0};
    char path[64];
    bool found = pxk_file_read(pxk_fmt(path, sizeof path, "/proc/%d/net/packet", (int)pid), PXK_SRV_FILE_MAX, &text) == PXK_OK && text.s;
    const char *second = found ? strchr(text.s, '\n') : NULL;
    found = second && second[1]; /* below the headings */
    pxk_text_done(&text);
    return found;
}

/* A user's own config may log elsewhere, or less. Then it is done as soon as its sockets are there: port 67 is bound first, the
 * raw socket opened next, and what it has caught until then is thrown away. */
static bool ready(const struct pxk_lab_server_plan *plan, pid_t pid, const char *log)
{
    const struct timespec moment = {.tv_nsec = 20000000};
    if (strstr(log, "DHCP4_STARTED "))
        return pxk_lab_listens(pid, false, PXK_DHCP4_SERVER_PORT);
    if (!plan->config || !pxk_lab_listens(pid, false, PXK_DHCP4_SERVER_PORT))
        return false;
    if (!strstr(plan->config, "\"udp\"") && !has_raw_socket(pid))
        return false;
    (void)nanosleep(&moment, NULL);
    return true;
}

static enum pxk_err leases(const struct pxk_lab_server_plan *plan, struct pxk_lab_leases *out)
{
    return pxk_srv_leases_read(plan, LEASE_FILE, pxk_lab_leases_kea, out);
}

static const char *const programs[] = {"kea-dhcp4", NULL};

const struct pxk_lab_kind pxk_srv_kea = {.name = "kea",
                                         .words = "Kea",
                                         .dhcp = true,
                                         .programs = programs,
                                         .package = "kea-dhcp4-server",
                                         .config_name = "kea-dhcp4.conf",
                                         .config = config,
                                         .adapt = adapt,
                                         .command = command,
                                         .ready = ready,
                                         .leases = leases};
