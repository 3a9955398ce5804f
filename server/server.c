/* Beginning and end of the service, and what both halves need: interface, sockets, clock. */
#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

pxk_usec server_now(void)
{
    return uv_hrtime() / 1000;
}

struct sockaddr_in sockaddr_of(pxk_ip4 ip, uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(ip)};
}

/* ---- interface ---- */

static pxk_ip4 ip_of(const struct ifaddrs *a)
{
    struct sockaddr_in sin;
    if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET)
        return 0;
    memcpy(&sin, a->ifa_addr, sizeof sin);
    return ntohl(sin.sin_addr.s_addr);
}

static void names_list(const struct ifaddrs *all, struct pxk_str *out)
{
    for (const struct ifaddrs *a = all; a; a = a->ifa_next)
        if (a->ifa_addr && a->ifa_addr->sa_family == AF_PACKET)
            pxk_str_addf(out, "%s%s", out->len ? ", " : "", a->ifa_name);
}

static enum pxk_err interface_missing(const struct pxk_server *s, const struct ifaddrs *all)
{
    char buf[300];
    struct pxk_str names = pxk_str_init(buf, sizeof buf);
    names_list(all, &names);
    pxk_log(s->log, PXK_LOG_ERROR, "there is no interface %s (there are: %s)", s->interface, buf);
    return PXK_E_NOTFOUND;
}

/* Our address on the interface: the configured one must be there, else its first is taken. */
static enum pxk_err address_find(struct pxk_server *s, const struct ifaddrs *all)
{
    char text[PXK_IP4_STRLEN];
    pxk_ip4 wanted = s->config->address;
    for (const struct ifaddrs *a = all; a && !s->address; a = a->ifa_next) {
        pxk_ip4 ip = strcmp(a->ifa_name, s->interface) == 0 ? ip_of(a) : 0;
        if (ip && (!wanted || wanted == ip))
            s->address = ip;
    }
    if (s->address)
        return PXK_OK;
    if (wanted)
        pxk_log(s->log, PXK_LOG_ERROR,
                "%s is no address of %s; add it: ip addr add %s/PREFIX dev %s",
                pxk_ip4_text(wanted, text), s->interface, text, s->interface);
    else
        pxk_log(s->log, PXK_LOG_ERROR,
                "%s has no IPv4 address; add one: ip addr add ADDRESS/PREFIX dev %s", s->interface,
                s->interface);
    return PXK_E_NOTFOUND;
}

static enum pxk_err interface_check(struct pxk_server *s, const struct ifaddrs *all)
{
    bool up = false;
    s->ifindex = if_nametoindex(s->interface);
    if (!s->ifindex)
        return interface_missing(s, all);
    for (const struct ifaddrs *a = all; a; a = a->ifa_next)
        up = up || (strcmp(a->ifa_name, s->interface) == 0 && (a->ifa_flags & IFF_UP));
    if (!up) {
        pxk_log(s->log, PXK_LOG_ERROR, "%s is down; bring it up: ip link set %s up", s->interface,
                s->interface);
        return PXK_E_LINK;
    }
    return address_find(s, all);
}

static enum pxk_err interface_open(struct pxk_server *s)
{
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0) {
        pxk_log(s->log, PXK_LOG_ERROR, "cannot list the interfaces: %s", strerror(errno));
        return PXK_E_IO;
    }
    enum pxk_err err = interface_check(s, all);
    freeifaddrs(all);
    return err;
}

/* ---- sockets ---- */

static enum pxk_err socket_failed(const struct pxk_server *s, const char *what, uint16_t port)
{
    if (errno == EADDRINUSE) {
        pxk_log(s->log, PXK_LOG_ERROR,
                "%s: port %u on %s is taken: is dnsmasq or another server running? (ss -ulnp)",
                what, port, s->interface);
        return PXK_E_EXISTS;
    }
    if (errno == EPERM || errno == EACCES) {
        pxk_log(s->log, PXK_LOG_ERROR,
                "%s: no permission to open port %u on %s: run as root, or with "
                "CAP_NET_BIND_SERVICE and CAP_NET_RAW",
                what, port, s->interface);
        return PXK_E_PERM;
    }
    pxk_log(s->log, PXK_LOG_ERROR, "%s: cannot open port %u on %s: %s", what, port, s->interface,
            strerror(errno));
    return errno == ENOMEM ? PXK_E_NOMEM : PXK_E_IO;
}

/* No SO_REUSEADDR: a second server on the port must be refused, not shared with. */
int server_socket(struct pxk_server *s, pxk_ip4 address, uint16_t port, const char *what,
                  enum pxk_err *err)
{
    struct sockaddr_in sin = sockaddr_of(address, port);
    int on = 1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0 &&
              setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0 &&
              setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, s->interface,
                         (socklen_t)strlen(s->interface)) == 0 &&
              bind(fd, (struct sockaddr *)&sin, sizeof sin) == 0;
    if (ok)
        return fd;
    *err = socket_failed(s, what, port);
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Each transfer holds a socket and a file. */
static void descriptors_raise(const struct pxk_server *s)
{
    struct rlimit r;
    rlim_t wanted = s->config->tftp ? 2 * (rlim_t)s->config->tftp->max_clients + 64 : 0;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= wanted)
        return;
    r.rlim_cur = wanted < r.rlim_max ? wanted : r.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur < wanted)
        pxk_log(s->log, PXK_LOG_WARN,
                "only %llu files may be open at a time: fewer TFTP clients than max-clients",
                (unsigned long long)r.rlim_cur);
}

/* ---- beginning and end ---- */

static void release(struct pxk_server *s)
{
    dhcp_release(s);
    tftp_release(s);
    free(s);
}

void server_handle_closed(struct pxk_server *s)
{
    if (--s->handles || !s->stopping)
        return;
    void (*done)(void *ctx) = s->done;
    void *ctx = s->done_ctx;
    release(s);
    if (done)
        done(ctx);
}

/* Nobody shall take it for a sound one. */
static void faults_tell(const struct pxk_log *log, const struct pxk_faults *set)
{
    char text[1000];
    struct pxk_str out = pxk_str_init(text, sizeof text);
    for (size_t i = 0; i < set->n; i++) {
        pxk_str_add(&out, i ? ", " : "");
        pxk_fault_add_text(&set->at[i], &out);
    }
    if (set->n)
        pxk_log(log, PXK_LOG_WARN, "wrong on purpose: %s", text);
}

void pxk_server_log_start(const struct pxk_log *log, const struct pxk_server_config *c, pxk_ip4 address)
{
    char ip[PXK_IP4_STRLEN];
    pxk_log(log, PXK_LOG_INFO, "serving%s%s%s on %s as %s", c->dhcp ? " DHCP" : "",
            c->dhcp && c->tftp ? " and" : "", c->tftp ? " TFTP" : "", c->interface, pxk_ip4_text(address, ip));
    faults_tell(log, &c->fault_set);
}

static enum pxk_err open_all(struct pxk_server *s)
{
    enum pxk_err err = interface_open(s);
    if (err == PXK_OK && s->config->dhcp)
        err = dhcp_open(s);
    if (err == PXK_OK && s->config->tftp)
        err = tftp_open(s);
    return err;
}

enum pxk_err pxk_server_start(uv_loop_t *loop, const struct pxk_server_config *config,
                              const struct pxk_log *log, struct pxk_server **out)
{
    struct pxk_server *s = calloc(1, sizeof *s);
    if (!s)
        return PXK_E_NOMEM;
    s->loop = loop;
    s->config = config;
    s->log = log;
    s->interface = config->interface;
    s->dhcp.port[0].fd = s->dhcp.port[1].fd = s->dhcp.raw = s->dhcp.lease_file.fd = -1;
    s->tftp.fd = s->tftp.root = -1;
    descriptors_raise(s);
    enum pxk_err err = open_all(s);
    if (err != PXK_OK) {
        release(s);
        return err;
    }
    int r = config->dhcp ? dhcp_watch(s) : 0;
    if (r == 0 && config->tftp)
        r = tftp_watch(s);
    if (r != 0) {
        pxk_log(log, PXK_LOG_ERROR, "cannot watch the sockets: %s", uv_strerror(r));
        pxk_server_stop(s, NULL, NULL);
        return PXK_E_IO;
    }
    pxk_server_log_start(log, config, s->address);
    *out = s;
    return PXK_OK;
}

void pxk_server_stop(struct pxk_server *s, void (*done)(void *ctx), void *ctx)
{
    if (s->stopping)
        return;
    s->stopping = true;
    s->done = done;
    s->done_ctx = ctx;
    s->handles++; /* ours, so that the last close cannot free the server under the next line */
    dhcp_stop(s);
    tftp_stop(s);
    server_handle_closed(s);
}

pxk_ip4 pxk_server_address(const struct pxk_server *s)
{
    return s->address;
}

struct pxk_server_counts pxk_server_count(const struct pxk_server *s)
{
    struct pxk_server_counts c = s->counts;
    c.running = s->tftp.running;
    return c;
}
