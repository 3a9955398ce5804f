/* The relay as a process of its host: one UDP socket on port 67 hears clients' broadcasts and servers' replies, told apart by
 * the link by which they came; a packet socket reaches clients that have no address yet. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "driver.h"
#include "lab_int.h"
#include "pxk/io.h"
#include "pxk/proto/dhcp4.h"
#include "pxk/proto/frame.h"
#include "relay.h"

#define PAYLOAD_MAX 2048
#define TTL         64

struct agent {
    struct relay relay;
    struct pxk_iface link[RELAY_LINKS];
    const struct pxk_lab_relay_opts *opts;
    int udp, packet;
    uint16_t id; /* of IP packets */
};

static bool links_find(struct agent *a, char *why, size_t cap)
{
    for (size_t i = 0; i < a->opts->from_n; i++) {
        if (!pxk_iface_find(a->opts->from[i], &a->link[i]) || !a->link[i].ip) {
            pxk_fmt(why, cap, "the relay on %s: %s is not there or has no address", a->opts->host, a->opts->from[i]);
            return false;
        }
        a->relay.giaddr[i] = a->link[i].ip;
    }
    a->relay.link_n = a->opts->from_n;
    a->relay.circuit_id = a->opts->circuit_id;
    a->relay.remote_id = a->opts->remote_id;
    return true;
}

static bool sockets_open(struct agent *a, char *why, size_t cap)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PXK_DHCP4_SERVER_PORT)};
    int on = 1;
    a->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    a->packet = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* protocol 0: it only sends */
    if (a->udp >= 0 && a->packet >= 0 && setsockopt(a->udp, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0 &&
        setsockopt(a->udp, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0 && bind(a->udp, (struct sockaddr *)&at, sizeof at) == 0)
        return true;
    pxk_fmt(why, cap, "the relay on %s cannot listen on port 67: %s", a->opts->host, strerror(errno));
    return false;
}

static void dropped_say(const struct agent *a, const char *what, enum relay_verdict v)
{
    fprintf(stderr, "relay on %s: a %s is not relayed: %s\n", a->opts->host, what, relay_verdict_text(v));
}

/* RELAY_LINKS: it came by another one. */
static size_t link_of(const struct agent *a, unsigned index)
{
    for (size_t i = 0; i < a->relay.link_n; i++)
        if (a->link[i].index == index)
            return i;
    return RELAY_LINKS;
}

/* What comes from the servers' side is for us only if another relay sent it. */
static void request_pass(struct agent *a, unsigned index, const uint8_t *data, size_t len)
{
    uint8_t buf[PAYLOAD_MAX];
    struct pxk_wr out = pxk_wr_init(buf, sizeof buf);
    size_t link = link_of(a, index);
    if (link == RELAY_LINKS)
        return;
    enum relay_verdict v = relay_request(&a->relay, link, data, len, &out);
    if (v != RELAY_PASS) {
        dropped_say(a, "request", v);
        return;
    }
    for (size_t i = 0; i < a->opts->to_n; i++) {
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PXK_DHCP4_SERVER_PORT),
                                 .sin_addr.s_addr = htonl(a->opts->to[i])};
        if (sendto(a->udp, buf, pxk_wr_len(&out), 0, (struct sockaddr *)&to, sizeof to) < 0)
            fprintf(stderr, "relay on %s: a request cannot be sent: %s\n", a->opts->host, strerror(errno));
    }
}

static void client_send(struct agent *a, const struct relay_target *to, const uint8_t *payload, size_t len)
{
    uint8_t buf[PAYLOAD_MAX + 64];
    const struct pxk_iface *link = &a->link[to->link];
    struct sockaddr_ll out = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = (int)link->index, .sll_halen = 6};
    struct pxk_eth_out eth = {.dst = to->mac, .src = link->mac};
    struct pxk_ip4_out ip = {.src = link->ip, .dst = to->ip, .id = a->id++, .ttl = TTL};
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_frame_write_udp(&w, &eth, &ip, PXK_DHCP4_SERVER_PORT, PXK_DHCP4_CLIENT_PORT, payload, len);
    memcpy(out.sll_addr, to->mac.b, 6);
    if (w.err != PXK_OK || sendto(a->packet, buf, pxk_wr_len(&w), 0, (struct sockaddr *)&out, sizeof out) < 0)
        fprintf(stderr, "relay on %s: a reply of %zu bytes cannot be sent: %s\n", a->opts->host, len, strerror(errno));
}

static void reply_pass(struct agent *a, const uint8_t *data, size_t len)
{
    uint8_t buf[PAYLOAD_MAX];
    struct relay_target to;
    struct pxk_wr out = pxk_wr_init(buf, sizeof buf);
    enum relay_verdict v = relay_reply(&a->relay, data, len, &out, &to);
    if (v == RELAY_PASS)
        client_send(a, &to, buf, pxk_wr_len(&out));
    else
        dropped_say(a, "reply", v);
}

static unsigned link_index(struct msghdr *msg)
{
    struct in_pktinfo info;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            memcpy(&info, CMSG_DATA(c), sizeof info);
            return (unsigned)info.ipi_ifindex;
        }
    return 0;
}

static void datagrams_take(struct agent *a)
{
    uint8_t data[PAYLOAD_MAX];
    alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in_pktinfo))];
    for (;;) {
        struct iovec part = {data, sizeof data};
        struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        ssize_t got = recvmsg(a->udp, &msg, 0);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (got <= 0)
            continue; /* an ICMP error about what was sent before, or nothing in it */
        if (msg.msg_flags & MSG_TRUNC)
            dropped_say(a, "packet", RELAY_LONG);
        else if (data[0] == 2)
            reply_pass(a, data, (size_t)got);
        else
            request_pass(a, link_index(&msg), data, (size_t)got);
    }
}

static int relay_process(int control, const void *ctx)
{
    struct agent a = {.opts = ctx, .udp = -1, .packet = -1};
    char why[LAB_WHY] = "the relay's process";
    int stop = driver_stop_open(false);
    bool fine = stop >= 0 && links_find(&a, why, sizeof why) && sockets_open(&a, why, sizeof why);
    lab_ready(control, fine ? PXK_OK : PXK_E_IO, why);
    struct pollfd fds[] = {{.fd = a.udp, .events = POLLIN}, {.fd = stop, .events = POLLIN}};
    while (fine && !fds[1].revents) {
        fds[1].revents = 0;
        (void)poll(fds, 2, -1); /* a signal of no meaning: once more */
        datagrams_take(&a);
    }
    return fine ? 0 : 1;
}

enum pxk_err pxk_lab_relay_start(struct pxk_lab *lab, const struct pxk_lab_relay_opts *opts, char *why, size_t cap)
{
    const struct lab_host *h = lab_host_find(lab, opts->host);
    size_t ids = (opts->circuit_id ? strlen(opts->circuit_id) + 2 : 0) + (opts->remote_id ? strlen(opts->remote_id) + 2 : 0);
    if (!h)
        return lab_fail(PXK_E_NOTFOUND, why, cap, "host %s", opts->host);
    if (opts->from_n > RELAY_LINKS || ids > RELAY_INFO_MAX)
        return lab_fail(PXK_E_RANGE, why, cap, "the relay on %s: links, or the length of its identifiers", opts->host);
    return lab_helper_start(lab, LAB_HELPER, h->netns, relay_process, opts, NULL, why, cap);
}
