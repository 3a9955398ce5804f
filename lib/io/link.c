/* Receive by libpcap in immediate mode, send by libnet at link layer. */
#include <errno.h>
#include <libnet.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "pxk/io.h"

#define FRAMES_PER_TURN 256 /* then the timers get their chance */
#define SNAP            65535

struct pxk_link {
    uv_poll_t poll;
    struct pxk_iface iface;
    pcap_t *pcap;
    libnet_t *net;
    void (*frame)(void *ctx, const uint8_t *data, size_t len, size_t wire);
    void *ctx;
    bool polled;
};

static void link_free(struct pxk_link *l)
{
    if (l->pcap)
        pcap_close(l->pcap);
    if (l->net)
        libnet_destroy(l->net);
    free(l);
}

static enum pxk_err pcap_failed(struct pxk_link *l, int status, char *why, size_t cap)
{
    if (status == PCAP_ERROR_PERM_DENIED || status == PCAP_ERROR_PROMISC_PERM_DENIED) {
        pxk_fmt(why, cap, "no permission to send and receive raw frames on %s: run it as root, or give it "
                          "cap_net_raw (setcap cap_net_raw+ep on the program)", l->iface.name);
        return PXK_E_PERM;
    }
    if (status == PCAP_ERROR_IFACE_NOT_UP) {
        pxk_fmt(why, cap, "%s is down: ip link set %s up", l->iface.name, l->iface.name);
        return PXK_E_LINK;
    }
    const char *detail = l->pcap ? pcap_geterr(l->pcap) : "";
    pxk_fmt(why, cap, "%s cannot be captured: %s", l->iface.name, *detail ? detail : pcap_statustostr(status));
    return PXK_E_IO;
}

static enum pxk_err iface_check(struct pxk_link *l, const char *name, char *why, size_t cap)
{
    if (!pxk_iface_find(name, &l->iface)) {
        pxk_fmt(why, cap, "there is no interface %s on this machine (ip link shows them)", name);
        return PXK_E_NOTFOUND;
    }
    if (!l->iface.admin_up) {
        pxk_fmt(why, cap, "%s is down: ip link set %s up", name, name);
        return PXK_E_LINK;
    }
    if (!l->iface.up) {
        pxk_fmt(why, cap, "%s has no link: is the cable in, and the switch port on?", name);
        return PXK_E_LINK;
    }
    if (!l->iface.ethernet) {
        pxk_fmt(why, cap, "%s is no Ethernet interface: machines cannot network-boot there", name);
        return PXK_E_UNSUPPORTED;
    }
    return PXK_OK;
}

static enum pxk_err pcap_start(struct pxk_link *l, const struct pxk_link_opts *opts, char *why, size_t cap)
{
    char detail[PCAP_ERRBUF_SIZE] = "";
    struct bpf_program program;
    l->pcap = pcap_create(opts->iface, detail);
    if (!l->pcap) {
        pxk_fmt(why, cap, "%s cannot be captured: %s", opts->iface, detail);
        return PXK_E_IO;
    }
    size_t buffer = opts->buffer ? opts->buffer : (size_t)16 << 20;
    int status = pcap_set_snaplen(l->pcap, SNAP);
    status = status ? status : pcap_set_promisc(l->pcap, 1);
    status = status ? status : pcap_set_immediate_mode(l->pcap, 1);
    status = status ? status : pcap_set_buffer_size(l->pcap, (int)buffer);
    status = status ? status : pcap_activate(l->pcap);
    if (status < 0)
        return pcap_failed(l, status, why, cap);
    if (pcap_datalink(l->pcap) != DLT_EN10MB) {
        pxk_fmt(why, cap, "%s is no Ethernet interface: machines cannot network-boot there", opts->iface);
        return PXK_E_UNSUPPORTED;
    }
    status = pcap_setdirection(l->pcap, PCAP_D_IN);
    if (status == 0 && opts->filter) {
        status = pcap_compile(l->pcap, &program, opts->filter, 1, PCAP_NETMASK_UNKNOWN);
        if (status == 0) {
            status = pcap_setfilter(l->pcap, &program);
            pcap_freecode(&program);
        }
    }
    status = status ? status : pcap_setnonblock(l->pcap, 1, detail);
    return status ? pcap_failed(l, status, why, cap) : PXK_OK;
}

static void on_packet(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
    struct pxk_link *l = (void *)user;
    l->frame(l->ctx, data, h->caplen, h->len);
}

static void on_readable(uv_poll_t *poll, int status, int events);

/* The interface went down: the socket tells it once (ENETDOWN), and the loop has stopped watching. Frames come again when it is
 * up again. An error without a reason would come at once again, and for ever: then that is the link's end. */
static void watch_again(struct pxk_link *l)
{
    int reason = 0;
    socklen_t len = sizeof reason;
    if (getsockopt(pcap_get_selectable_fd(l->pcap), SOL_SOCKET, SO_ERROR, &reason, &len) == 0 && reason)
        (void)uv_poll_start(&l->poll, UV_READABLE, on_readable); /* it could be watched before */
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct pxk_link *l = poll->data;
    (void)events;
    if (status < 0)
        watch_again(l);
    else
        (void)pcap_dispatch(l->pcap, FRAMES_PER_TURN, on_packet, (u_char *)l); /* errors: the link's end shows as silence */
}

enum pxk_err pxk_link_open(uv_loop_t *loop, const struct pxk_link_opts *opts, struct pxk_link **out, char *why,
                           size_t cap)
{
    char detail[LIBNET_ERRBUF_SIZE] = "";
    struct pxk_link *l = calloc(1, sizeof *l);
    if (!l)
        return PXK_E_NOMEM;
    l->frame = opts->frame;
    l->ctx = opts->ctx;
    enum pxk_err err = iface_check(l, opts->iface, why, cap);
    if (err == PXK_OK)
        err = pcap_start(l, opts, why, cap);
    if (err == PXK_OK) {
        l->net = libnet_init(LIBNET_LINK_ADV, opts->iface, detail);
        if (!l->net) {
            pxk_fmt(why, cap, "%s cannot be sent on: %s", opts->iface, detail);
            err = PXK_E_PERM;
        }
    }
    if (err == PXK_OK && (uv_poll_init(loop, &l->poll, pcap_get_selectable_fd(l->pcap)) != 0 ||
                          uv_poll_start(&l->poll, UV_READABLE, on_readable) != 0)) {
        pxk_fmt(why, cap, "%s cannot be watched", opts->iface);
        err = PXK_E_IO;
    }
    if (err != PXK_OK) {
        link_free(l);
        return err;
    }
    l->poll.data = l;
    l->polled = true;
    *out = l;
    return PXK_OK;
}

static void on_closed(uv_handle_t *handle)
{
    link_free(handle->data);
}

void pxk_link_close(struct pxk_link *l)
{
    if (!l)
        return;
    (void)uv_poll_stop(&l->poll);
    uv_close((uv_handle_t *)&l->poll, on_closed);
}

enum pxk_err pxk_link_send(struct pxk_link *l, const void *frame, size_t len)
{
    return libnet_adv_write_link(l->net, frame, (uint32_t)len) == (int)len ? PXK_OK : PXK_E_IO;
}

const struct pxk_iface *pxk_link_iface(const struct pxk_link *l)
{
    return &l->iface;
}

bool pxk_link_is_up(const struct pxk_link *l)
{
    struct pxk_iface now;
    return pxk_iface_find(l->iface.name, &now) && now.index == l->iface.index && now.up;
}

uint64_t pxk_link_drops(struct pxk_link *l)
{
    struct pcap_stat stat = {0};
    return pcap_stats(l->pcap, &stat) == 0 ? stat.ps_drop : 0;
}
