/* Frames are read from a ring in memory shared with the kernel (TPACKET_V2): a socket's own queue is bounded by a limit of
 * the whole machine (net.core.rmem_max) that is too short for a burst and that an ordinary user cannot raise. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "wire.h"

enum {
    MAC_PAIR = 12,         /* both addresses, before which no tag can stand */
    TAG_LEN = 4,
    OVERHEAD = 256,        /* of a frame in the ring: header, sender, virtio header, room for alignment and tags */
    RING_BYTES = 4 << 20,
    BLOCK_BYTES = 1 << 17, /* a frame of 64 kB and its overhead fit */
};

struct wire {
    int fd;
    uint8_t *ring;
    size_t frame_size, frame_n, at;
    struct tpacket2_hdr *taken; /* handed out, to be given back */
    struct wire_count count;
};

static bool option_set(int fd, int name, int value)
{
    return setsockopt(fd, SOL_PACKET, name, &value, sizeof value) == 0;
}

static bool ring_map(struct wire *w, unsigned mtu)
{
    size_t size = 2048;
    while (size < mtu + OVERHEAD && size < BLOCK_BYTES)
        size *= 2;
    struct tpacket_req req = {.tp_block_size = BLOCK_BYTES, .tp_block_nr = RING_BYTES / BLOCK_BYTES,
                              .tp_frame_size = (unsigned)size, .tp_frame_nr = (unsigned)(RING_BYTES / size)};
    if (setsockopt(w->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof req) != 0)
        return false;
    void *ring = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, w->fd, 0);
    if (ring == MAP_FAILED)
        return false;
    w->ring = ring;
    w->frame_size = size;
    w->frame_n = req.tp_frame_nr;
    return true;
}

/* The socket takes nothing (protocol 0) until it is bound, so no other interface's frames can slip in before. */
static bool socket_set_up(struct wire *w, unsigned index, unsigned mtu)
{
    struct packet_mreq promisc = {.mr_ifindex = (int)index, .mr_type = PACKET_MR_PROMISC};
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)index};
    w->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (w->fd < 0)
        return false;
    (void)option_set(w->fd, PACKET_IGNORE_OUTGOING, 1); /* older kernels: frame_take() does it alone */
    return option_set(w->fd, PACKET_VERSION, TPACKET_V2) && option_set(w->fd, PACKET_VNET_HDR, 1) && ring_map(w, mtu) &&
           setsockopt(w->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promisc, sizeof promisc) == 0 &&
           bind(w->fd, (struct sockaddr *)&at, sizeof at) == 0;
}

enum pxk_err wire_open(const char *iface, unsigned mtu, struct wire **out, char *why, size_t cap)
{
    unsigned index = if_nametoindex(iface);
    if (!index) {
        pxk_fmt(why, cap, "there is no interface %s", iface);
        return PXK_E_NOTFOUND;
    }
    struct wire *w = calloc(1, sizeof *w);
    if (!w)
        return PXK_E_NOMEM;
    if (!socket_set_up(w, index, mtu)) {
        pxk_fmt(why, cap, "no packet socket on %s: %s", iface, strerror(errno));
        wire_close(w);
        return PXK_E_PERM;
    }
    *out = w;
    return PXK_OK;
}

void wire_close(struct wire *w)
{
    if (!w)
        return;
    if (w->ring)
        munmap(w->ring, RING_BYTES);
    if (w->fd >= 0)
        close(w->fd);
    free(w);
}

int wire_fd(const struct wire *w)
{
    return w->fd;
}

/* RFC 1071 over the bytes from csum_start on; the sender has already put the pseudo header's sum into the field. */
static void checksum_finish(const struct virtio_net_hdr *vnet, uint8_t *frame, size_t len)
{
    size_t start = vnet->csum_start, field = start + vnet->csum_offset;
    if (start > len || field + 2 > len)
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
        check = 0xffff; /* RFC 768: zero means that there is no checksum; to TCP both are the same number */
    frame[field] = (uint8_t)(check >> 8);
    frame[field + 1] = (uint8_t)check;
}

/* The place of the virtio header, which has been read, takes it. Returns where the frame now starts. */
static uint8_t *tag_put_back(const struct tpacket2_hdr *h, uint8_t *frame, size_t *len)
{
    if (!(h->tp_status & TP_STATUS_VLAN_VALID) || *len < MAC_PAIR)
        return frame;
    uint16_t tpid = h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->tp_vlan_tpid : ETH_P_8021Q;
    uint8_t *start = memmove(frame - TAG_LEN, frame, MAC_PAIR);
    start[MAC_PAIR] = (uint8_t)(tpid >> 8);
    start[MAC_PAIR + 1] = (uint8_t)tpid;
    start[MAC_PAIR + 2] = (uint8_t)(h->tp_vlan_tci >> 8);
    start[MAC_PAIR + 3] = (uint8_t)h->tp_vlan_tci;
    *len += TAG_LEN;
    return start;
}

/* False: it is not to be passed on. */
static bool frame_take(struct wire *w, struct tpacket2_hdr *h, const uint8_t **data, size_t *len)
{
    struct sockaddr_ll from;
    struct virtio_net_hdr vnet;
    uint8_t *frame = (uint8_t *)h + h->tp_mac;
    memcpy(&from, (uint8_t *)h + TPACKET_ALIGN((int)sizeof *h), sizeof from);
    memcpy(&vnet, frame - sizeof vnet, sizeof vnet);
    if (from.sll_pkttype == PACKET_OUTGOING)
        return false;
    if (h->tp_snaplen < h->tp_len || vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE) {
        w->count.oversized++;
        return false;
    }
    *len = h->tp_snaplen;
    if (vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
        checksum_finish(&vnet, frame, *len);
    *data = tag_put_back(h, frame, len);
    return true;
}

bool wire_next(struct wire *w, const uint8_t **data, size_t *len)
{
    for (;;) {
        if (w->taken)
            __atomic_store_n(&w->taken->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
        w->taken = NULL;
        struct tpacket2_hdr *h = (void *)(w->ring + w->at * w->frame_size);
        if (!(__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
            return false;
        w->taken = h;
        w->at = (w->at + 1) % w->frame_n;
        if (frame_take(w, h, data, len))
            return true;
    }
}

/* The virtio header says that nothing is left for the kernel to do. */
void wire_send(struct wire *w, const uint8_t *data, size_t len)
{
    struct virtio_net_hdr vnet = {0};
    struct iovec part[] = {{&vnet, sizeof vnet}, {(void *)(uintptr_t)data, len}}; /* only read */
    if (writev(w->fd, part, 2) < 0)
        w->count.refused++;
}

struct wire_count wire_counts(struct wire *w)
{
    struct tpacket_stats stats = {0};
    socklen_t size = sizeof stats;
    if (getsockopt(w->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0) /* which starts them anew */
        w->count.overrun += stats.tp_drops;
    return w->count;
}
