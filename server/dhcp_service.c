/* The DHCP engine on its two sockets. dhcp_send.c has the way out. */
#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <time.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BURST = 64 }; /* packets before other callbacks have their turn */

/* ---- in ---- */

static struct pxk_dhcpd_meta meta_make(const struct dhcp_port *port, struct msghdr *msg,
                                       const struct sockaddr_in *from)
{
    struct pxk_dhcpd_meta meta = {.local_port = port->port,
                                  .source = ntohl(from->sin_addr.s_addr),
                                  .source_port = ntohs(from->sin_port)};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        struct in_pktinfo info;
        if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
            continue;
        memcpy(&info, CMSG_DATA(c), sizeof info);
        meta.local = ntohl(info.ipi_addr.s_addr);
    }
    return meta;
}

static struct lease_clock clock_now(void)
{
    return (struct lease_clock){server_now(), (int64_t)time(NULL)};
}

/* One packet; false when there is none. */
static bool receive(struct pxk_server *s, const struct dhcp_port *port)
{
    struct sockaddr_in from = {0};
    struct iovec iov = {s->dhcp.packet, sizeof s->dhcp.packet};
    union dhcp_control control;
    struct msghdr msg = {.msg_name = &from,
                         .msg_namelen = sizeof from,
                         .msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
    ssize_t n = recvmsg(port->fd, &msg, 0);
    if (n < 0)
        return errno != EAGAIN && errno != EINTR; /* an ICMP error of an earlier reply: go on */
    if (pxk_dhcp4_decode(s->dhcp.packet, (size_t)n, &s->dhcp.message) != PXK_OK) {
        pxk_log(s->log, PXK_LOG_DEBUG, "dhcp: a packet of %zd bytes is too short for DHCP", n);
        return true;
    }
    struct pxk_dhcpd_meta meta = meta_make(port, &msg, &from);
    if (pxk_dhcpd_input(s->dhcp.engine, &s->dhcp.message, &meta, server_now(), &s->dhcp.reply))
        dhcp_send(s, port, &s->dhcp.reply);
    if (s->config->dhcp->lease_file)
        lease_file_tidy(&s->dhcp.lease_file, s->dhcp.engine, clock_now());
    return true;
}

static void readable(uv_poll_t *poll, int status, int events)
{
    const struct dhcp_port *port = poll->data;
    (void)events; /* only one was asked for */
    if (status < 0) {
        pxk_log(port->server->log, PXK_LOG_ERROR, "dhcp: port %u: %s", port->port,
                uv_strerror(status));
        return;
    }
    for (int i = 0; i < BURST && receive(port->server, port); i++)
        ;
}

/* ---- beginning and end ---- */

/* Serving another network than one's own is a relay's server; without a word about it it is a mistake. */
static enum pxk_err subnet_check(const struct pxk_server *s)
{
    char a[PXK_IP4_STRLEN], n[PXK_IP4_STRLEN];
    struct pxk_conf_subnet net = s->config->dhcp->subnet;
    if (pxk_conf_in_subnet(net, s->address) || s->config->address)
        return PXK_OK;
    pxk_log(s->log, PXK_LOG_ERROR,
            "dhcp: the address of %s, %s, is outside the subnet %s/%u; set \"address\" to it "
            "if only clients behind a relay are to be served",
            s->interface, pxk_ip4_text(s->address, a), pxk_ip4_text(net.net, n), net.prefix);
    return PXK_E_NOTFOUND;
}

static void lease_changed(void *server, const struct pxk_dhcpd_lease *l)
{
    struct pxk_server *s = server;
    lease_file_add(&s->dhcp.lease_file, l, clock_now());
}

static enum pxk_err engine_open(struct pxk_server *s)
{
    const char *path = s->config->dhcp->lease_file;
    struct pxk_dhcpd_sink sink = {.event = dhcp_log_event, .ctx = s, .lease = path ? lease_changed : NULL};
    uint64_t seed = 0;
    (void)uv_random(NULL, NULL, &seed, sizeof seed, 0, NULL); /* 0 is a seed too */
    enum pxk_err err = pxk_server_dhcpd_make(s->config, s->address, seed, &s->dhcp.made);
    if (err == PXK_OK)
        err = pxk_dhcpd_new(&s->dhcp.made.config, &sink, &s->dhcp.engine);
    if (err != PXK_OK) {
        pxk_log(s->log, PXK_LOG_ERROR, "dhcp: %s", pxk_err_text(err));
        return err;
    }
    return path ? lease_file_open(&s->dhcp.lease_file, path, s->dhcp.engine, clock_now(), s->log) : PXK_OK;
}

enum pxk_err dhcp_open(struct pxk_server *s)
{
    static const uint16_t ports[] = {PXK_DHCP4_SERVER_PORT, PXK_PXE_PORT};
    enum pxk_err err = subnet_check(s);
    for (size_t i = 0; err == PXK_OK && i < PXK_COUNT(ports); i++) {
        s->dhcp.port[i].server = s;
        s->dhcp.port[i].port = ports[i];
        s->dhcp.port[i].fd = server_socket(s, 0, ports[i], "dhcp", &err);
    }
    if (err == PXK_OK)
        err = dhcp_send_open(s);
    return err == PXK_OK ? engine_open(s) : err;
}

int dhcp_watch(struct pxk_server *s)
{
    dhcp_send_watch(s);
    for (size_t i = 0; i < PXK_COUNT(s->dhcp.port); i++) {
        struct dhcp_port *port = &s->dhcp.port[i];
        int r = uv_poll_init(s->loop, &port->poll, port->fd);
        if (r != 0)
            return r;
        port->poll.data = port;
        s->handles++;
        r = uv_poll_start(&port->poll, UV_READABLE, readable);
        if (r != 0)
            return r;
    }
    return 0;
}

static void port_closed(uv_handle_t *h)
{
    struct dhcp_port *port = h->data;
    close(port->fd);
    port->fd = -1;
    server_handle_closed(port->server);
}

void dhcp_stop(struct pxk_server *s)
{
    dhcp_send_stop(s);
    for (size_t i = 0; i < PXK_COUNT(s->dhcp.port); i++)
        if (s->dhcp.port[i].poll.data)
            uv_close((uv_handle_t *)&s->dhcp.port[i].poll, port_closed);
}

void dhcp_release(struct pxk_server *s)
{
    for (size_t i = 0; i < PXK_COUNT(s->dhcp.port); i++)
        if (s->dhcp.port[i].fd >= 0)
            close(s->dhcp.port[i].fd);
    dhcp_send_release(s);
    lease_file_close(&s->dhcp.lease_file);
    pxk_dhcpd_free(s->dhcp.engine);
    pxk_server_dhcpd_done(&s->dhcp.made);
}
