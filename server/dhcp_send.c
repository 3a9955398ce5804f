/* Replies on their way out: broadcast or unicast, and what faults ask for: later, twice, with a wrong checksum. */
#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LATE_MAX = 4096 }; /* replies that wait; more are dropped, as a full queue of a network would */

/* ---- one datagram ---- */

static bool packet_send(struct pxk_server *s, const struct dhcp_port *port, const struct pxk_dhcpd_reply *r, pxk_ip4 to)
{
    struct sockaddr_in sin = sockaddr_of(to, r->port);
    struct iovec iov = {(void *)(uintptr_t)r->data, r->len}; /* sendmsg() does not write there */
    union dhcp_control control = {{0}};
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

/* Any sum but the right one, and but 0, which means that there is none. */
static uint16_t wrong_sum(const struct pxk_server *s, pxk_ip4 to, const void *udp, size_t len)
{
    uint8_t pseudo[12];
    struct pxk_wr w = pxk_wr_init(pseudo, sizeof pseudo);
    pxk_wr_u32(&w, s->address);
    pxk_wr_u32(&w, to);
    pxk_wr_u16(&w, IPPROTO_UDP);
    pxk_wr_u16(&w, (uint16_t)len);
    uint16_t sum = pxk_csum_fold(pxk_csum_add(pxk_csum_add(0, pseudo, sizeof pseudo), udp, len)) ^ 0x0101;
    return sum ? sum : 1;
}

/* The kernel would make the sum right: the headers are our own then; length, id and sum of IP it fills in. */
static bool packet_send_raw(struct pxk_server *s, const struct dhcp_port *port, const struct pxk_dhcpd_reply *r, pxk_ip4 to)
{
    uint8_t buf[28 + PXK_DHCPD_REPLY_MAX];
    struct sockaddr_in sin = sockaddr_of(to, 0);
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_wr_bytes(&w, (uint8_t[]){0x45, 0, 0, 0, 0, 0, 0, 0, 64, IPPROTO_UDP, 0, 0}, 12);
    pxk_wr_u32(&w, s->address);
    pxk_wr_u32(&w, to);
    pxk_wr_u16(&w, port->port);
    pxk_wr_u16(&w, r->port);
    pxk_wr_u16(&w, (uint16_t)(8 + r->len));
    pxk_wr_u16(&w, 0);
    pxk_wr_bytes(&w, r->data, r->len);
    pxk_wr_patch16(&w, 26, wrong_sum(s, to, buf + 20, 8 + r->len));
    return sendto(s->dhcp.raw, buf, pxk_wr_len(&w), 0, (struct sockaddr *)&sin, sizeof sin) >= 0;
}

static bool send_to(struct pxk_server *s, const struct dhcp_port *port, const struct pxk_dhcpd_reply *r, pxk_ip4 to)
{
    return r->bad_checksum && s->dhcp.raw >= 0 ? packet_send_raw(s, port, r, to) : packet_send(s, port, r, to);
}

/* A client without its address yet does not answer ARP: the kernel is told its hardware address,
 * and then sends as usual. */
static bool neighbour_set(struct pxk_server *s, const struct dhcp_port *port, const struct pxk_dhcpd_reply *r)
{
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

static void reply_now(struct pxk_server *s, const struct dhcp_port *in, const struct pxk_dhcpd_reply *r)
{
    char ip[PXK_IP4_STRLEN];
    bool sent = false;
    if (r->to == PXK_DHCPD_TO_IP)
        sent = send_to(s, in, r, r->ip);
    else if (r->to == PXK_DHCPD_TO_MAC && neighbour_set(s, in, r))
        sent = send_to(s, in, r, r->ip);
    if (!sent && r->to != PXK_DHCPD_TO_IP)
        sent = send_to(s, in, r, PXK_IP4_BROADCAST); /* everybody hears it: never worse than silence */
    if (!sent)
        pxk_log(s->log, PXK_LOG_WARN, "dhcp: cannot send to %s: %s", pxk_ip4_text(r->ip, ip),
                strerror(errno));
}

static void reply_copies(struct pxk_server *s, const struct dhcp_port *in, const struct pxk_dhcpd_reply *r)
{
    for (unsigned i = 0; i < r->copies; i++)
        reply_now(s, in, r);
}

/* ---- later ---- */

struct late {
    struct late *next;
    const struct dhcp_port *port;
    pxk_usec at;
    struct pxk_dhcpd_reply reply;
};

static void late_event(uv_timer_t *timer);

static void late_arm(struct dhcp_service *d)
{
    pxk_usec wait = pxk_usec_since(server_now(), d->late_first->at);
    (void)uv_timer_start(&d->late_timer, late_event, wait / 1000 + 1, 0); /* fails only without a callback */
}

static void late_drop_first(struct dhcp_service *d)
{
    struct late *l = d->late_first;
    d->late_first = l->next;
    d->late_n--;
    free(l);
}

static void late_event(uv_timer_t *timer)
{
    struct pxk_server *s = timer->data;
    struct dhcp_service *d = &s->dhcp;
    while (d->late_first && d->late_first->at <= server_now()) {
        reply_copies(s, d->late_first->port, &d->late_first->reply);
        late_drop_first(d);
    }
    if (d->late_first)
        late_arm(d);
}

/* By time: OFFERs and ACKs may wait unequally long. */
static void late_add(struct pxk_server *s, const struct dhcp_port *in, const struct pxk_dhcpd_reply *r)
{
    struct dhcp_service *d = &s->dhcp;
    struct late *l = d->late_n < LATE_MAX ? malloc(sizeof *l) : NULL;
    if (!l)
        return;
    *l = (struct late){.port = in, .at = server_now() + r->delay, .reply = *r};
    struct late **link = &d->late_first;
    while (*link && (*link)->at <= l->at)
        link = &(*link)->next;
    l->next = *link;
    *link = l;
    d->late_n++;
    if (d->late_first == l)
        late_arm(d);
}

void dhcp_send(struct pxk_server *s, const struct dhcp_port *in, const struct pxk_dhcpd_reply *r)
{
    if (r->delay)
        late_add(s, in, r);
    else
        reply_copies(s, in, r);
}

/* ---- beginning and end ---- */

enum pxk_err dhcp_send_open(struct pxk_server *s)
{
    int on = 1;
    if (!pxk_faults_has(&s->config->fault_set, PXK_FAULT_DHCP_BAD_UDP_CHECKSUM))
        return PXK_OK;
    s->dhcp.raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
    if (s->dhcp.raw >= 0 && setsockopt(s->dhcp.raw, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0 &&
        setsockopt(s->dhcp.raw, SOL_SOCKET, SO_BINDTODEVICE, s->interface, (socklen_t)strlen(s->interface)) == 0)
        return PXK_OK;
    pxk_log(s->log, PXK_LOG_ERROR, "dhcp: the fault dhcp.bad-udp-checksum needs a raw socket (CAP_NET_RAW): %s", strerror(errno));
    return errno == EPERM || errno == EACCES ? PXK_E_PERM : PXK_E_IO;
}

void dhcp_send_watch(struct pxk_server *s)
{
    (void)uv_timer_init(s->loop, &s->dhcp.late_timer); /* cannot fail */
    s->dhcp.late_timer.data = s;
    s->handles++;
}

static void timer_closed(uv_handle_t *h)
{
    server_handle_closed(h->data);
}

void dhcp_send_stop(struct pxk_server *s)
{
    if (s->dhcp.late_timer.data)
        uv_close((uv_handle_t *)&s->dhcp.late_timer, timer_closed);
}

void dhcp_send_release(struct pxk_server *s)
{
    while (s->dhcp.late_first)
        late_drop_first(&s->dhcp);
    if (s->dhcp.raw >= 0)
        close(s->dhcp.raw);
}
