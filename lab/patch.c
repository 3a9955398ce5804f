/* pxk-patch IFACE OURS THEIRS: a patch cable between a network interface and a QEMU with `-netdev
 * dgram`.
 *
 * QEMU's side is a pair of unix datagram sockets, one Ethernet frame per datagram: we receive on
 * OURS (QEMU's remote.path) and send to THEIRS (its local.path). The interface, one end of a veth
 * pair as a rule, is opened as a packet socket. No TAP, no rights beyond CAP_NET_RAW in the
 * namespace of the interface.
 *
 * What the kernel left undone is done here, for a frame from a local sender carries promises that
 * only a real card would keep: the unfinished checksum is finished (the virtio_net_hdr before each
 * frame says where), the VLAN tag that the kernel took out is put back. Frames larger than the
 * interface's MTU (segmentation offload) cannot be passed on; they are dropped and counted, and a
 * line on standard error says how to avoid them. Ends on SIGTERM, SIGINT, and when its parent ends.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    FRAME_MAX = 1 << 16,
    MAC_PAIR = 12, /* both addresses, before which no tag can stand */
    TAG_LEN = 4,
    BATCH = 64, /* frames taken from one side before the other gets its turn */
};

struct cable {
    int link; /* packet socket on the interface */
    int sock; /* datagram socket bound to OURS */
    int stop; /* signalfd */
    struct sockaddr_un theirs;
    unsigned long to_qemu, to_link, oversized, refused;
};

/* One frame as the kernel hands it over. The frame starts TAG_LEN into data, so that a tag fits in
 * without moving the rest. */
struct frame {
    struct virtio_net_hdr vnet;
    uint8_t data[TAG_LEN + FRAME_MAX];
    size_t len;
};

static void die(const char *what, const char *which)
{
    fprintf(stderr, "pxk-patch: %s%s%s: %s\n", what, *which ? " " : "", which, strerror(errno));
    exit(3);
}

static int set_option(int fd, int name, int value)
{
    return setsockopt(fd, SOL_PACKET, name, &value, sizeof value);
}

/* The socket takes nothing (protocol 0) until it is bound, so no other interface's frames can slip
 * in before. */
static int link_open(const char *iface)
{
    unsigned index = if_nametoindex(iface);
    if (index == 0)
        die("no interface", iface);
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        die("cannot open a packet socket on", iface);
    (void)set_option(fd, PACKET_IGNORE_OUTGOING,
                     1); /* older kernels: the test in link_receive does it alone */
    if (set_option(fd, PACKET_VNET_HDR, 1) < 0 || set_option(fd, PACKET_AUXDATA, 1) < 0)
        die("cannot set up the packet socket on", iface);
    int size = 4 << 20;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
                     sizeof size); /* a wish; the kernel's limit will do too */
    struct packet_mreq promisc = {.mr_ifindex = (int)index, .mr_type = PACKET_MR_PROMISC};
    if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promisc, sizeof promisc) < 0)
        die("cannot listen to every address on", iface);
    struct sockaddr_ll at = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)index};
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
        die("cannot bind to", iface);
    return fd;
}

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof a.sun_path) {
        errno = ENAMETOOLONG;
        die("socket", path);
    }
    memcpy(a.sun_path, path, strlen(path));
    return a;
}

static int sock_open(const char *path)
{
    struct sockaddr_un a = unix_address(path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        die("cannot open a socket at", path);
    int size = 4 << 20;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if ((unlink(path) < 0 && errno != ENOENT) || bind(fd, (struct sockaddr *)&a, sizeof a) < 0)
        die("cannot bind a socket to", path);
    return fd;
}

static int stop_open(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_CLOEXEC);
    if (fd < 0)
        die("cannot wait for signals", "");
    return fd;
}

/* RFC 1071 over the bytes from csum_start on; the sender has already put the pseudo header's sum
 * into the field. */
static void finish_checksum(const struct virtio_net_hdr *vnet, uint8_t *frame, size_t len)
{
    size_t start = vnet->csum_start, field = start + vnet->csum_offset;
    if (field + 2 > len || start > len)
        return;
    uint32_t sum = 0;
    for (size_t i = start; i + 1 < len; i += 2)
        sum += (uint32_t)frame[i] << 8 | frame[i + 1];
    if ((len - start) % 2)
        sum += (uint32_t)frame[len - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    uint16_t check = (uint16_t)~sum;
    if (check == 0)
        check = 0xffff; /* RFC 768: zero means that there is no checksum; to TCP both are the same
                           number */
    frame[field] = (uint8_t)(check >> 8);
    frame[field + 1] = (uint8_t)check;
}

static const struct tpacket_auxdata *auxdata(struct msghdr *msg, struct tpacket_auxdata *copy)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
        if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA) {
            memcpy(copy, CMSG_DATA(c), sizeof *copy);
            return copy;
        }
    return NULL;
}

/* Returns where the frame now starts in data. */
static uint8_t *put_tag_back(struct frame *f, const struct tpacket_auxdata *aux)
{
    uint8_t *at = f->data + TAG_LEN;
    if (!aux || !(aux->tp_status & TP_STATUS_VLAN_VALID) || f->len < MAC_PAIR)
        return at;
    uint16_t tpid = aux->tp_status & TP_STATUS_VLAN_TPID_VALID ? aux->tp_vlan_tpid : ETH_P_8021Q;
    memmove(f->data, at, MAC_PAIR);
    uint8_t *tag = f->data + MAC_PAIR;
    tag[0] = (uint8_t)(tpid >> 8);
    tag[1] = (uint8_t)tpid;
    tag[2] = (uint8_t)(aux->tp_vlan_tci >> 8);
    tag[3] = (uint8_t)aux->tp_vlan_tci;
    f->len += TAG_LEN;
    return f->data;
}

/* 1: a frame for QEMU, at *out; 0: nothing left; -1: a frame that is not to be passed on. */
static int link_receive(struct cable *c, struct frame *f, uint8_t **out)
{
    struct sockaddr_ll from = {0};
    struct tpacket_auxdata copy;
    alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof copy)];
    struct iovec part[] = {{&f->vnet, sizeof f->vnet}, {f->data + TAG_LEN, FRAME_MAX}};
    struct msghdr msg = {.msg_name = &from,
                         .msg_namelen = sizeof from,
                         .msg_iov = part,
                         .msg_iovlen = 2,
                         .msg_control = control,
                         .msg_controllen = sizeof control};
    ssize_t got = recvmsg(c->link, &msg, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR || errno == ENETDOWN))
        return 0; /* a link that is down may come up again */
    if (got < 0)
        die("cannot receive from the interface", "");
    if (from.sll_pkttype == PACKET_OUTGOING || (size_t)got <= sizeof f->vnet)
        return -1;
    f->len = (size_t)got - sizeof f->vnet;
    if (msg.msg_flags & MSG_TRUNC || f->vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE) {
        if (c->oversized++ == 0)
            fputs("pxk-patch: dropped a frame larger than the MTU; turn segmentation offload off "
                  "at the other end of the pair "
                  "(ethtool -K IFACE tso off gso off)\n",
                  stderr);
        return -1;
    }
    if (f->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
        finish_checksum(&f->vnet, f->data + TAG_LEN, f->len);
    *out = put_tag_back(f, auxdata(&msg, &copy));
    return 1;
}

/* QEMU takes one frame at a time and its queue is short (net.unix.max_dgram_qlen, 10 by default),
 * so a burst is given a moment. No QEMU yet: the frame is lost, as on a cable that nobody reads. */
static void send_to_qemu(struct cable *c, const uint8_t *at, size_t len)
{
    const struct sockaddr *to = (const struct sockaddr *)&c->theirs;
    for (int patience = 20; patience > 0; patience--) {
        if (sendto(c->sock, at, len, 0, to, sizeof c->theirs) >= 0) {
            c->to_qemu++;
            return;
        }
        if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR)
            break;
        (void)poll(NULL, 0, 1);
    }
    c->refused++;
}

static void link_to_qemu(struct cable *c, struct frame *f)
{
    for (int i = 0; i < BATCH; i++) {
        uint8_t *at;
        int got = link_receive(c, f, &at);
        if (got == 0)
            return;
        if (got < 0)
            continue;
        send_to_qemu(c, at, f->len);
    }
}

static void qemu_to_link(struct cable *c, struct frame *f)
{
    for (int i = 0; i < BATCH; i++) {
        ssize_t got = recv(c->sock, f->data, FRAME_MAX, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got < 0)
            die("cannot receive from QEMU", "");
        f->vnet = (struct virtio_net_hdr){
            0}; /* QEMU's frames are complete: nothing left for the kernel to do */
        struct iovec part[] = {{&f->vnet, sizeof f->vnet}, {f->data, (size_t)got}};
        if (writev(c->link, part, 2) < 0)
            c->refused++;
        else
            c->to_link++;
    }
}

static void run(struct cable *c)
{
    static struct frame f;
    struct pollfd fds[] = {{c->link, POLLIN, 0}, {c->sock, POLLIN, 0}, {c->stop, POLLIN, 0}};
    while (!fds[2].revents) {
        if (poll(fds, 3, -1) < 0 && errno != EINTR)
            die("cannot wait", "");
        if (fds[0].revents)
            link_to_qemu(c, &f);
        if (fds[1].revents)
            qemu_to_link(c, &f);
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: pxk-patch IFACE OURS THEIRS   (OURS: QEMU's remote.path; THEIRS: its "
              "local.path)\n",
              stderr);
        return 2;
    }
    pid_t parent = getppid();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    struct cable c = {.theirs = unix_address(argv[3])};
    c.stop = stop_open();
    c.link = link_open(argv[1]);
    c.sock = sock_open(argv[2]);
    if (getppid() == parent) /* else it ended before prctl */
        run(&c);
    unlink(argv[2]);
    fprintf(stderr, "pxk-patch: %lu frames to QEMU, %lu to %s, %lu refused, %lu oversized\n",
            c.to_qemu, c.to_link, argv[1], c.refused, c.oversized);
    return 0;
}
