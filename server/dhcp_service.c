/* The DHCP engine on its two sockets. */
#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BURST = 64 }; /* packets before other callbacks have their turn */

union control {
    char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
    struct cmsghdr align;
};

/* ---- out ---- */

static bool send_packet(struct pxk_server *s, const struct dhcp_port *port, pxk_ip4 to,
                        uint16_t to_port)
{
    struct sockaddr_in sin = sockaddr_of(to, to_port);
    struct iovec iov = {s->dhcp.reply.data, s->dhcp.reply.len};
    union control control = {{0}};
    struct msghdr msg = {.msg_name = &sin,
                         .msg_namelen = sizeof sin,
                         .msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
    struct in_pktinfo info = {.ipi_ifindex = (int)s->ifindex,
                              .ipi_spec_dst.s_addr = htonl(s->address)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(c), &info, sizeof info);
    return sendmsg(port->fd, &msg, 0) >= 0;
}

/* A client without its address yet does not answer ARP: the kernel is told its hardware address,
 * and then sends as usual. */
static bool neighbour_set(struct pxk_server *s, const struct dhcp_port *port)
{
    const struct pxk_dhcpd_reply *r = &s->dhcp.reply;
    struct sockaddr_in sin = sockaddr_of(r->ip, 0);
    struct arpreq req = {.arp_flags = ATF_COM, .arp_ha.sa_family = ARPHRD_ETHER};
    memcpy(&req.arp_pa, &sin, sizeof sin);
    memcpy(req.arp_ha.sa_data, r->mac.b, 6);
    (void)pxk_str_copy(req.arp_dev, sizeof req.arp_dev,
                       s->interface); /* at most 15, checked by the kernel before */
    if (ioctl(port->fd, SIOCSARP, &req) == 0)
        return true;
    if (!s->dhcp.arp_refused)
        pxk_log(s->log, PXK_LOG_WARN,
                "dhcp: replies are broadcast, as unicast to new clients needs CAP_NET_ADMIN: %s",
                strerror(errno));
    s->dhcp.arp_refused = true;
    return false;
}

static void send_reply(struct pxk_server *s, const struct dhcp_port *in)
{
    const struct pxk_dhcpd_reply *r = &s->dhcp.reply;
    char ip[PXK_IP4_STRLEN];
    bool sent = false;
    if (r->to == PXK_DHCPD_TO_IP)
        sent = send_packet(s, in, r->ip, r->port);
    else if (r->to == PXK_DHCPD_TO_MAC && neighbour_set(s, in))
        sent = send_packet(s, in, r->ip, r->port);
    if (!sent && r->to != PXK_DHCPD_TO_IP)
        sent = send_packet(s, in, PXK_IP4_BROADCAST,
                           r->port); /* everybody hears it: never worse than silence */
    if (!sent)
        pxk_log(s->log, PXK_LOG_WARN, "dhcp: cannot send to %s: %s", pxk_ip4_text(r->ip, ip),
                strerror(errno));
}

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

/* One packet; false when there is none. */
static bool receive(struct pxk_server *s, const struct dhcp_port *port)
{
    struct sockaddr_in from = {0};
    struct iovec iov = {s->dhcp.packet, sizeof s->dhcp.packet};
    union control control;
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
        send_reply(s, port);
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

static enum pxk_err subnet_check(const struct pxk_server *s)
{
    char a[PXK_IP4_STRLEN], n[PXK_IP4_STRLEN];
    struct pxk_conf_subnet net = s->config->dhcp->subnet;
    if (pxk_conf_in_subnet(net, s->address))
        return PXK_OK;
    pxk_log(s->log, PXK_LOG_ERROR,
            "dhcp: the address of %s, %s, is outside the subnet %s/%u; set \"address\"",
            s->interface, pxk_ip4_text(s->address, a), pxk_ip4_text(net.net, n), net.prefix);
    return PXK_E_NOTFOUND;
}

enum pxk_err dhcp_open(struct pxk_server *s)
{
    static const uint16_t ports[] = {PXK_DHCP4_SERVER_PORT, PXK_PXE_PORT};
    uint64_t seed = 0;
    enum pxk_err err = subnet_check(s);
    for (size_t i = 0; err == PXK_OK && i < PXK_COUNT(ports); i++) {
        s->dhcp.port[i].server = s;
        s->dhcp.port[i].port = ports[i];
        s->dhcp.port[i].fd = server_socket(s, 0, ports[i], "dhcp", &err);
    }
    if (err != PXK_OK)
        return err;
    (void)uv_random(NULL, NULL, &seed, sizeof seed, 0, NULL); /* 0 is a seed too */
    err = pxk_server_dhcpd_make(s->config, s->address, seed, &s->dhcp.made);
    if (err == PXK_OK)
        err = pxk_dhcpd_new(&s->dhcp.made.config, &(struct pxk_dhcpd_sink){.event = dhcp_log_event, .ctx = s}, &s->dhcp.engine);
    if (err != PXK_OK)
        pxk_log(s->log, PXK_LOG_ERROR, "dhcp: %s", pxk_err_text(err));
    return err;
}

int dhcp_watch(struct pxk_server *s)
{
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
    for (size_t i = 0; i < PXK_COUNT(s->dhcp.port); i++)
        if (s->dhcp.port[i].poll.data)
            uv_close((uv_handle_t *)&s->dhcp.port[i].poll, port_closed);
}

void dhcp_release(struct pxk_server *s)
{
    for (size_t i = 0; i < PXK_COUNT(s->dhcp.port); i++)
        if (s->dhcp.port[i].fd >= 0)
            close(s->dhcp.port[i].fd);
    pxk_dhcpd_free(s->dhcp.engine);
    pxk_server_dhcpd_done(&s->dhcp.made);
}
