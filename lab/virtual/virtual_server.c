/* The reference server in virtual time: its config is read and its engines are set up as `pxekit serve` does; what its
 * processes go through (stopped, killed, paused) leaves the host around them as it is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "virtual_int.h"

#define UNREAD_MAX 256u /* datagrams: about what the kernel keeps for a socket (net.core.rmem_default) */

static void log_line(void *ctx, enum pxk_log_level level, const char *text)
{
    static const char *const mark[] = {"error: ", "warning: ", "", ""}; /* as `pxekit serve` prints them */
    struct virtual_server *server = ctx;
    fprintf(server->log_file, "%s%s\n", mark[level], text);
}

static void on_dhcp(void *ctx, const struct pxk_dhcpd_event *e)
{
    struct virtual_server *server = ctx;
    pxk_server_log_dhcp(&server->log, e);
}

static void on_transfer(void *ctx, pxk_ip4 client, const struct pxk_tftpd *t, pxk_usec took)
{
    struct virtual_server *server = ctx;
    pxk_server_log_transfer(&server->log, client, t, took);
}

/* ---- processes that stand still ---- */

static void unread_drop(struct virtual_server *server)
{
    for (size_t i = 0; i < server->unread.n; i++)
        free(server->unread.at[i]);
    server->unread.n = 0;
}

/* The kernel keeps what comes for open ports, and answers for closed ones. */
static bool on_udp(void *ctx, const struct pxk_frame *f, pxk_usec now)
{
    struct virtual_server *server = ctx;
    (void)now;
    if (!server->paused || !pxk_vhost_listens(server->host, f))
        return false;
    struct virtual_unread *u = server->unread.n < UNREAD_MAX && f->payload_len <= sizeof u->data ? malloc(sizeof *u) : NULL;
    struct virtual_unread **slot = u ? pxk_vec_push(&server->unread) : NULL;
    if (!slot)
        return free(u), true;
    u->f = *f;
    memcpy(u->data, f->payload, f->payload_len);
    u->f.payload = u->data;
    *slot = u;
    return true;
}

static void server_pause(struct virtual_server *server, bool on)
{
    pxk_usec now = pxk_vnet_now(server->v->net);
    if (!server->runs || server->paused == on)
        return;
    server->paused = on;
    pxk_vnet_sleep(server->v->net, server->station, on);
    for (size_t i = 0; !on && i < server->unread.n; i++)
        if (!pxk_vhost_serve(server->host, &server->unread.at[i]->f, now))
            pxk_vhost_refuse(server->host, &server->unread.at[i]->f);
    if (!on)
        unread_drop(server);
}

/* ---- beginning and end ---- */

static bool failed(struct virtual_server *server, const char *sentence)
{
    pxk_fmt(server->v->why, server->v->cap, "server %s: %s", server->scn->name, sentence);
    return false;
}

/* What a lease file would have kept. */
static enum pxk_err leases_take_over(struct virtual_server *server, const struct pxk_dhcpd *from)
{
    struct pxk_dhcpd_lease l;
    enum pxk_err err = PXK_OK;
    size_t at = 0;
    while (err == PXK_OK && from && server->config.dhcp->lease_file && pxk_dhcpd_export(from, &at, &l))
        err = pxk_dhcpd_import(server->dhcpd, &l, pxk_vnet_now(server->v->net));
    return err;
}

static bool dhcp_start(struct virtual_server *server)
{
    const struct pxk_dhcpd_sink sink = {.event = on_dhcp, .ctx = server};
    struct pxk_dhcpd *before = server->dhcpd;
    enum pxk_err err = pxk_dhcpd_new(&server->made.config, &sink, &server->dhcpd);
    if (err != PXK_OK)
        return failed(server, pxk_err_text(err));
    err = leases_take_over(server, before);
    pxk_dhcpd_free(before);
    if (err != PXK_OK)
        return failed(server, pxk_err_text(err));
    server->host->dhcpd = server->dhcpd;
    return true;
}

static void tftp_start(struct virtual_server *server)
{
    server->host->limits = pxk_server_tftpd_limits(&server->config);
    server->host->max_clients = server->config.tftp->max_clients;
    server->host->files = virtual_files_use(&server->files);
    server->host->tftp = !pxk_faults_has(&server->config.fault_set, PXK_FAULT_TFTP_CLOSED);
}

static bool server_start(struct virtual_server *server)
{
    const struct pxk_server_config *c = &server->config;
    if (server->runs)
        return true;
    if (c->dhcp && !dhcp_start(server))
        return false;
    if (c->tftp)
        tftp_start(server);
    server->runs = true;
    pxk_server_log_start(&server->log, c, server->host->ip);
    return true;
}

static void server_stop(struct virtual_server *server, bool kill)
{
    if (!server->runs)
        return;
    if (!kill)
        server_pause(server, false); /* a process that is told to end is woken first */
    server->runs = server->paused = false;
    pxk_vnet_sleep(server->v->net, server->station, false);
    unread_drop(server);
    server->host->dhcpd = NULL;
    server->host->tftp = false;
    pxk_vnet_recall(server->v->net, server->station);
    if (kill)
        server->host->io.ended = NULL; /* nobody is left to log it */
    pxk_vhost_break_off(server->host, pxk_vnet_now(server->v->net));
    server->host->io.ended = on_transfer;
}

/* ---- making one ---- */

static bool config_text(struct virtual_server *server, struct pxk_text *out)
{
    const struct pxk_lab_kind *kind[PXK_PLAY_KINDS_MAX];
    const struct pxk_lab_server_plan *plan = &server->plan.plan;
    char why[300] = "";
    enum pxk_err err = PXK_OK;
    if (pxk_play_kinds(server->scn, kind) != 1)
        return failed(server, "only the reference server runs in virtual time");
    if (!plan->config)
        err = kind[0]->config(plan, out, why, sizeof why);
    else if (kind[0]->adapt)
        err = kind[0]->adapt(plan, out);
    else
        pxk_text_add(out, plan->config);
    if (err == PXK_OK && out->failed)
        err = PXK_E_NOMEM;
    return err == PXK_OK || failed(server, *why ? why : pxk_err_text(err));
}

static bool config_read(struct virtual_server *server)
{
    struct pxk_text text = {0};
    struct pxk_conf_errors errors = {0};
    char buf[500] = "its config cannot be read";
    struct pxk_str line = pxk_str_init(buf, sizeof buf);
    bool ok = config_text(server, &text);
    if (ok && pxk_server_config_parse(text.s, text.len, false, &server->config, &errors) != PXK_OK) {
        (void)pxk_conf_error_line(&errors, "its config", 0, &line);
        ok = failed(server, buf);
    }
    pxk_conf_errors_done(&errors);
    pxk_text_done(&text);
    return ok;
}

/* As the service checks it when it opens its sockets. */
static bool config_check(struct virtual_server *server)
{
    const struct pxk_server_config *c = &server->config;
    char text[300], a[PXK_IP4_STRLEN], n[PXK_IP4_STRLEN];
    pxk_ip4 ip = server->scn->address;
    if (c->address && c->address != ip)
        return failed(server, pxk_fmt(text, sizeof text, "%s is no address of %s", pxk_ip4_text(c->address, a), c->interface));
    if (c->dhcp && !pxk_conf_in_subnet(c->dhcp->subnet, ip))
        return failed(server, pxk_fmt(text, sizeof text, "dhcp: its address %s is outside the subnet %s/%u", pxk_ip4_text(ip, a),
                                      pxk_ip4_text(c->dhcp->subnet.net, n), c->dhcp->subnet.prefix));
    return true;
}

static bool log_open(struct virtual_server *server)
{
    char text[700];
    enum pxk_log_level level = PXK_LOG_INFO;
    for (size_t i = 0; i < server->scn->arguments.n; i++) {
        const char *a = server->scn->arguments.at[i];
        if (strcmp(a, "-v") == 0 || strcmp(a, "--verbose") == 0)
            level = PXK_LOG_DEBUG;
        else if (strcmp(a, "-q") == 0 || strcmp(a, "--quiet") == 0)
            level = PXK_LOG_WARN;
    }
    pxk_fmt(server->log_path, sizeof server->log_path, "%s/%s.log", server->v->env->work, server->scn->name);
    server->log_file = fopen(server->log_path, "we");
    server->log = (struct pxk_log){.line = log_line, .ctx = server, .level = level};
    return server->log_file || failed(server, pxk_fmt(text, sizeof text, "%s: %s", server->log_path, strerror(errno)));
}

/* Made up, and the same in each run: 52:54:00 as virtual machines have it. */
static struct pxk_mac mac_of(pxk_ip4 ip)
{
    return (struct pxk_mac){{0x52, 0x54, 0, (uint8_t)(ip >> 16), (uint8_t)(ip >> 8), (uint8_t)ip}};
}

static bool host_make(struct virtual_server *server)
{
    struct virtual *v = server->v;
    const struct pxk_scn_segment *segment = pxk_play_segment(v->s, server->scn->segment);
    const struct pxk_mac mac = mac_of(server->scn->address);
    const struct pxk_vhost_io io = {.udp = on_udp, .ended = on_transfer, .ctx = server};
    size_t port;
    if (!virtual_port(v, server->scn->name, server->scn->segment, &port))
        return false;
    enum pxk_err err = pxk_vnet_host_add(v->net, port, server->scn->address, &mac, &io, &server->host, &server->station);
    if (err != PXK_OK)
        return failed(server, pxk_err_text(err));
    if (segment && segment->mtu < server->host->mtu)
        server->host->mtu = segment->mtu;
    return true;
}

static bool server_make(struct virtual_server *server)
{
    struct virtual *v = server->v;
    enum pxk_err err = pxk_play_plan_make(v->s, server->scn, 0, v->env, v->root, &server->plan, v->why, v->cap);
    server->planned = err == PXK_OK;
    if (err != PXK_OK)
        return *v->why ? false : failed(server, pxk_err_text(err));
    if (!config_read(server) || !config_check(server) || !log_open(server) || !host_make(server))
        return false;
    server->files = (struct virtual_files){.root = server->config.tftp ? server->config.tftp->root : NULL, .log = &server->log};
    if (server->config.dhcp)
        err = pxk_server_dhcpd_make(&server->config, server->scn->address, v->s->seed, &server->made);
    if (err != PXK_OK)
        return failed(server, pxk_err_text(err));
    return server->scn->waits || server_start(server);
}

bool virtual_servers_make(struct virtual *v)
{
    for (size_t i = 0; i < v->s->servers.n; i++) {
        struct virtual_server *server = &v->server[v->servers++];
        *server = (struct virtual_server){.v = v, .scn = &v->s->servers.at[i]};
        if (strcmp(server->scn->run, "reference") != 0)
            return failed(server, "only the reference server runs in virtual time");
        if (!server_make(server))
            return false;
    }
    return true;
}

/* ---- the timeline ---- */

static struct virtual_server *server_of(struct virtual *v, const char *name)
{
    for (size_t i = 0; i < v->servers; i++)
        if (!name || strcmp(v->server[i].scn->name, name) == 0)
            return &v->server[i];
    return NULL;
}

void virtual_server_act(struct virtual *v, const struct pxk_scn_event *e)
{
    struct virtual_server *server = server_of(v, e->server);
    if (!server)
        return;
    if (e->action == PXK_SCN_DO_PAUSE || e->action == PXK_SCN_DO_RESUME)
        server_pause(server, e->action == PXK_SCN_DO_PAUSE);
    if (e->action == PXK_SCN_DO_STOP || e->action == PXK_SCN_DO_KILL || e->action == PXK_SCN_DO_RESTART)
        server_stop(server, e->action == PXK_SCN_DO_KILL);
    if (e->action == PXK_SCN_DO_START || e->action == PXK_SCN_DO_RESTART)
        (void)server_start(server);
}

void virtual_servers_changed(struct virtual *v)
{
    for (size_t i = 0; i < v->servers; i++)
        virtual_files_changed(&v->server[i].files);
}

/* ---- the end ---- */

bool virtual_servers_sound(struct virtual *v)
{
    for (size_t i = 0; i < v->servers; i++) {
        struct virtual_server *server = &v->server[i];
        if (server->host->failed || *server->files.why)
            return failed(server, server->host->failed ? server->host->failed : server->files.why);
    }
    return true;
}

static json_t *leases_of(const struct virtual_server *server)
{
    struct pxk_dhcpd_lease l;
    size_t at = 0;
    json_t *a = json_array();
    while (server->dhcpd && pxk_dhcpd_export(server->dhcpd, &at, &l)) {
        char ip[PXK_IP4_STRLEN], mac[PXK_MAC_STRLEN];
        if (l.state != PXK_DHCPD_LEASE_LEASED || l.until <= pxk_vnet_now(server->v->net))
            continue;
        (void)json_array_append_new(a, json_pack("{s:s, s:s}", "ip", pxk_ip4_text(l.ip, ip), "mac", pxk_mac_text(&l.mac, mac)));
    }
    return a;
}

void virtual_servers_put(struct virtual *v)
{
    json_t *leases = json_object(), *logs = json_object();
    for (size_t i = 0; i < v->servers; i++) {
        struct virtual_server *server = &v->server[i];
        if (server->dhcpd)
            (void)json_object_set_new(leases, server->scn->name, leases_of(server));
        server_stop(server, false);
        if (fflush(server->log_file) != 0)
            (void)failed(server, "its log could not be written");
        (void)json_object_set_new(logs, server->scn->name, json_string(server->log_path));
    }
    pxk_seen_put(v->seen, "leases", leases);
    pxk_seen_put(v->seen, "logs", logs);
}

/* After the network, whose hosts hold open files. */
void virtual_servers_free(struct virtual *v)
{
    for (size_t i = 0; i < v->servers; i++) {
        struct virtual_server *server = &v->server[i];
        unread_drop(server);
        pxk_vec_done(&server->unread);
        pxk_dhcpd_free(server->dhcpd);
        pxk_server_dhcpd_done(&server->made);
        pxk_server_config_done(&server->config);
        virtual_files_done(&server->files);
        if (server->planned)
            pxk_play_plan_done(&server->plan);
        if (server->log_file)
            (void)fclose(server->log_file);
    }
}
