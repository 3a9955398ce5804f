/* This project's own: `pxekit serve CONFIG` (docs/serve.md). */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parse/parse.h"
#include "servers.h"

#define LEASE_FILE "serve.leases"

/* `  key: value` */
static void put_ip(struct pxk_text *out, const char *key, pxk_ip4 ip)
{
    char text[PXK_IP4_STRLEN];
    pxk_text_addf(out, "  %s: %s\n", key, pxk_ip4_text(ip, text));
}

static void put_pairs(const struct pxk_scn_dhcp *d, struct pxk_text *out)
{
    if (d->boot && d->boot_files.n)
        pxk_text_add(out, "  boot-files:\n");
    for (size_t i = 0; d->boot && i < d->boot_files.n; i++) {
        pxk_text_add(out, "    ");
        pxk_srv_quoted(out, d->boot_files.at[i].key);
        pxk_text_add(out, ": ");
        pxk_srv_quoted(out, d->boot_files.at[i].value);
        pxk_text_add(out, "\n");
    }
    if (d->options.n)
        pxk_text_add(out, "  options:\n");
    for (size_t i = 0; i < d->options.n; i++) {
        const struct pxk_conf_pairs *p = &d->options.at[i];
        pxk_text_add(out, "    ");
        pxk_srv_quoted(out, p->key);
        pxk_text_add(out, ": [");
        for (size_t k = 0; k < p->value.n; k++) {
            pxk_text_add(out, k ? ", " : "");
            pxk_srv_quoted(out, p->value.at[k]);
        }
        pxk_text_add(out, "]\n");
    }
}

static void put_dhcp(const struct pxk_lab_server_plan *plan, struct pxk_text *out)
{
    const struct pxk_scn_dhcp *d = plan->dhcp;
    char net[PXK_IP4_STRLEN], first[PXK_IP4_STRLEN], last[PXK_IP4_STRLEN], path[PATH_MAX];
    pxk_text_addf(out, "dhcp:\n  subnet: %s/%u\n  pool: %s-%s\n  lease: %llus\n", pxk_ip4_text(d->subnet.net, net),
                  d->subnet.prefix, pxk_ip4_text(d->pool.first, first), pxk_ip4_text(d->pool.last, last),
                  (unsigned long long)pxk_srv_lease_seconds(d));
    if (d->router)
        put_ip(out, "router", d->router);
    if (d->dns.n) {
        pxk_text_add(out, "  dns: [");
        pxk_srv_ips(out, d->dns.at, d->dns.n, ", ");
        pxk_text_add(out, "]\n");
    }
    if (d->next_server)
        put_ip(out, "next-server", d->next_server);
    put_pairs(d, out);
    pxk_text_add(out, "  lease-file: ");
    pxk_srv_quoted(out, pxk_fmt(path, sizeof path, "%s/" LEASE_FILE, plan->work));
    pxk_text_add(out, "\n");
}

static enum pxk_err config(const struct pxk_lab_server_plan *plan, struct pxk_text *out, char *why, size_t cap)
{
    char ip[PXK_IP4_STRLEN];
    (void)why, (void)cap;
    pxk_text_add(out, "interface: ");
    pxk_srv_quoted(out, plan->iface);
    pxk_text_addf(out, "\naddress: %s\n", pxk_ip4_text(plan->ip, ip));
    if (plan->dhcp)
        put_dhcp(plan, out);
    if (plan->tftp) {
        pxk_text_add(out, "tftp:\n  root: ");
        pxk_srv_quoted(out, plan->root);
        pxk_text_add(out, "\n");
    }
    if (plan->fault_n)
        pxk_text_add(out, "faults:\n");
    for (size_t i = 0; i < plan->fault_n; i++) {
        pxk_text_add(out, "  - ");
        pxk_srv_quoted(out, plan->faults[i]);
        pxk_text_add(out, "\n");
    }
    pxk_srv_lines(out, plan->lines);
    return PXK_OK;
}

static void command(const struct pxk_lab_server_plan *plan, const char *path, struct pxk_lab_argv *out)
{
    (void)plan;
    pxk_lab_arg(out, "serve");
    pxk_lab_arg(out, "%s", path);
}

/* Said once all sockets are open. */
static bool ready(const struct pxk_lab_server_plan *plan, pid_t pid, const char *log)
{
    (void)plan, (void)pid;
    return pxk_str_starts(log, "serving ") || strstr(log, "\nserving ");
}

static enum pxk_err leases(const struct pxk_lab_server_plan *plan, struct pxk_lab_leases *out)
{
    return pxk_srv_leases_read(plan, LEASE_FILE, pxk_lab_leases_reference, out);
}

static const char *const programs[] = {"pxekit", NULL};

const struct pxk_lab_kind pxk_srv_reference = {.name = "reference",
                                               .words = "pxekit serve",
                                               .dhcp = true,
                                               .tftp = true,
                                               .programs = programs,
                                               .config_name = "serve.yaml",
                                               .config = config,
                                               .command = command,
                                               .ready = ready,
                                               .leases = leases};
