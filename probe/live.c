/* Live capture by libpcap: each interface a descriptor on the loop. */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bpf.h"
#include "probe_int.h"

#define PER_TURN   2048 /* packets of an interface; then the others and the timers have their chance */
#define READ_MS    20   /* the kernel hands packets over after this time at the latest */
#define BUFFER_MIB 16u
#define LOOK_MS    1000
#define TELL_US    (10 * PXK_SEC) /* losses are told at most so often */

struct tap {
    struct pxk_probe *p;
    const char *name;
    unsigned source;
    pcap_t *pcap;          /* NULL: the interface is gone */
    struct pxk_cap_iface iface;
    unsigned index;        /* the system's, 0 for "any" */
    bool down, told_down;  /* not polled until the timer tries again */
    uv_poll_t *poll;       /* one per opening: its memory goes when it is closed */
    uint64_t dropped, dropped_iface; /* of pcap, told so far; and of openings before */
    uint64_t before, before_iface;
    uint64_t untold;
    uint64_t told_at;      /* loop time, ms */
};

struct live {
    struct pxk_probe *p;
    struct tap *tap;
    size_t n;
    uv_timer_t timer;
};

/* ---- opening ---- */

static enum pxk_err open_failed(const struct tap *t, int status, char *why, size_t cap)
{
    if (status == PCAP_ERROR_PERM_DENIED || status == PCAP_ERROR_PROMISC_PERM_DENIED) {
        pxk_fmt(why, cap, "no permission to capture on %s: run it as root, or give it cap_net_raw (setcap cap_net_raw+ep on the program)",
                t->name);
        return PXK_E_PERM;
    }
    if (status == PCAP_ERROR_NO_SUCH_DEVICE) {
        pxk_fmt(why, cap, "there is no interface %s on this machine (ip link shows them)", t->name);
        return PXK_E_NOTFOUND;
    }
    if (status == PCAP_ERROR_IFACE_NOT_UP) {
        pxk_fmt(why, cap, "%s is down: ip link set %s up", t->name, t->name);
        return PXK_E_LINK;
    }
    const char *detail = t->pcap ? pcap_geterr(t->pcap) : "";
    pxk_fmt(why, cap, "%s cannot be captured: %s", t->name, *detail ? detail : pcap_statustostr(status));
    return PXK_E_IO;
}

static bool filter_try(struct tap *t, const char *text)
{
    struct bpf_program program;
    if (pcap_compile(t->pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return false;
    int status = pcap_setfilter(t->pcap, &program);
    pcap_freecode(&program);
    return status == 0;
}

/* Not every link type knows of VLANs or Ethernet addresses. */
static enum pxk_err filter_set(struct tap *t, char *why, size_t cap)
{
    char text[BPF_TEXT_MAX];
    const struct pxk_probe_opts *o = &t->p->opts;
    for (int vlan = 1; vlan >= 0; vlan--)
        if (bpf_text(o->filter, o->unfiltered, vlan, text, sizeof text) && filter_try(t, text))
            return PXK_OK;
    pxk_fmt(why, cap, "%s cannot be filtered%s%s: %s", t->name, o->filter ? " by " : "", o->filter ? o->filter : "",
            pcap_geterr(t->pcap));
    return PXK_E_USAGE;
}

static enum pxk_err tap_start(struct tap *t, char *why, size_t cap)
{
    char detail[PCAP_ERRBUF_SIZE] = "";
    const struct pxk_probe_opts *o = &t->p->opts;
    uint32_t mib = o->buffer_mib ? o->buffer_mib : BUFFER_MIB, snap = o->snaplen ? o->snaplen : PXK_CAP_MAX;
    bool any = strcmp(t->name, "any") == 0;
    t->pcap = pcap_create(t->name, detail);
    if (!t->pcap) {
        pxk_fmt(why, cap, "%s cannot be captured: %s", t->name, detail);
        return PXK_E_IO;
    }
    int status = pcap_set_snaplen(t->pcap, snap < PXK_CAP_MAX ? (int)snap : (int)PXK_CAP_MAX);
    status = status ? status : pcap_set_promisc(t->pcap, !any && !o->quiet_iface);
    status = status ? status : pcap_set_timeout(t->pcap, READ_MS);
    status = status ? status : pcap_set_buffer_size(t->pcap, mib < 1024 ? (int)(mib << 20) : INT32_MAX);
    status = status ? status : pcap_activate(t->pcap);
    if (status < 0)
        return open_failed(t, status, why, cap);
    if (any)
        (void)pcap_set_datalink(t->pcap, DLT_LINUX_SLL2); /* it says more; older ones give the other kind */
    t->index = any ? 0 : if_nametoindex(t->name);
    t->down = false;
    t->iface.link = (uint16_t)pcap_datalink(t->pcap);
    t->iface.snaplen = snap;
    (void)pxk_str_copy(t->iface.name, sizeof t->iface.name, t->name);
    if (filter_set(t, why, cap) != PXK_OK)
        return PXK_E_USAGE;
    return pcap_setnonblock(t->pcap, 1, detail) == 0 ? PXK_OK : open_failed(t, PCAP_ERROR, why, cap);
}

/* ---- capturing ---- */

static void on_packet(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
    struct tap *t = (void *)user;
    struct pxk_cap_record rec = {
        .at = (pxk_usec)h->ts.tv_sec * PXK_SEC + (pxk_usec)h->ts.tv_usec,
        .link = t->iface.link,
        .len = h->caplen,
        .wire = h->len > h->caplen ? h->len : h->caplen,
        .data = data,
    };
    t->told_down = false;
    if (!t->p->closing)
        probe_record(t->p, t->source, &t->iface, &rec);
}

static void on_poll_closed(uv_handle_t *h)
{
    free(h);
}

static void counts_take(struct tap *t)
{
    struct pcap_stat s = {0};
    if (!t->pcap || pcap_stats(t->pcap, &s) != 0)
        return;
    t->untold += s.ps_drop - (uint32_t)t->dropped; /* both are 32 bits and may wrap */
    t->dropped = s.ps_drop;
    t->dropped_iface = s.ps_ifdrop;
}

static void poll_close(struct tap *t)
{
    if (t->poll)
        uv_close((uv_handle_t *)t->poll, on_poll_closed);
    t->poll = NULL;
}

static void tap_stop(struct tap *t)
{
    counts_take(t);
    t->before += t->dropped;
    t->before_iface += t->dropped_iface;
    t->dropped = t->dropped_iface = 0;
    poll_close(t);
    if (t->pcap)
        pcap_close(t->pcap);
    t->pcap = NULL;
}

static void tap_gone(struct tap *t)
{
    probe_notice(t->p, PXK_LOG_WARN, "%s is gone; it is heard again when it is back", t->name);
    tap_stop(t);
}

static bool is_there(const struct tap *t)
{
    return !t->index || if_nametoindex(t->name) == t->index;
}

/* The descriptor told an error: the interface went down, or is gone. The timer tries again, so that an error which stays costs
 * nothing. */
static void tap_failed(struct tap *t)
{
    int reason = 0;
    socklen_t len = sizeof reason;
    (void)getsockopt(pcap_get_selectable_fd(t->pcap), SOL_SOCKET, SO_ERROR, &reason, &len); /* clears it */
    (void)uv_poll_stop(t->poll);
    if (!is_there(t)) {
        tap_gone(t);
        return;
    }
    if (!t->told_down)
        probe_notice(t->p, PXK_LOG_WARN, "%s went down; it is heard again when it is up", t->name);
    t->down = t->told_down = true;
}

static void on_readable(uv_poll_t *h, int status, int events)
{
    struct tap *t = h->data;
    (void)events;
    bool failed = status < 0 || pcap_dispatch(t->pcap, PER_TURN, on_packet, (u_char *)t) < 0;
    if (t->p->opts.rec && pxk_rec_streams(t->p->opts.rec))
        probe_flush(t->p);
    if (failed && !t->p->closing)
        tap_failed(t);
}

static enum pxk_err tap_watch(struct tap *t, char *why, size_t cap)
{
    t->poll = calloc(1, sizeof *t->poll);
    if (!t->poll)
        return PXK_E_NOMEM;
    if (uv_poll_init(t->p->loop, t->poll, pcap_get_selectable_fd(t->pcap)) != 0) {
        free(t->poll);
        t->poll = NULL;
        pxk_fmt(why, cap, "%s cannot be watched", t->name);
        return PXK_E_IO;
    }
    t->poll->data = t;
    (void)uv_poll_start(t->poll, UV_READABLE, on_readable); /* it could be polled a line above */
    return PXK_OK;
}

static enum pxk_err tap_open(struct tap *t, char *why, size_t cap)
{
    enum pxk_err err = tap_start(t, why, cap);
    if (err == PXK_OK)
        err = tap_watch(t, why, cap);
    if (err != PXK_OK)
        tap_stop(t);
    return err;
}

/* ---- once a second ---- */

static void losses_tell(struct tap *t)
{
    uint64_t now = uv_now(t->p->loop);
    counts_take(t);
    if (!t->untold || (t->told_at && now - t->told_at < TELL_US / PXK_MSEC))
        return;
    probe_notice(t->p, PXK_LOG_WARN, "%s: %llu packets were lost, as this machine is too slow: a larger buffer (-B) or a narrower filter "
                 "may help", t->name, (unsigned long long)t->untold);
    t->untold = 0;
    t->told_at = now;
}

static void on_timer(uv_timer_t *h)
{
    struct pxk_probe *p = h->data;
    char why[300];
    for (size_t i = 0; i < p->live->n; i++) {
        struct tap *t = &p->live->tap[i];
        losses_tell(t);
        if (t->pcap && !is_there(t))
            tap_gone(t);
        else if (t->pcap && t->down)
            t->down = uv_poll_start(t->poll, UV_READABLE, on_readable) != 0;
        if (!t->pcap && if_nametoindex(t->name) && tap_open(t, why, sizeof why) == PXK_OK)
            probe_notice(p, PXK_LOG_INFO, "%s is back", t->name);
    }
    probe_flush(p);
}

/* ---- life ---- */

enum pxk_err live_open(struct pxk_probe *p, char *why, size_t cap)
{
    struct live *l = calloc(1, sizeof *l);
    if (!l)
        return PXK_E_NOMEM;
    p->live = l;
    l->p = p;
    (void)uv_timer_init(p->loop, &l->timer); /* cannot fail */
    l->timer.data = p;
    p->handles++;
    l->tap = calloc(p->opts.iface_n, sizeof *l->tap);
    if (!l->tap)
        return PXK_E_NOMEM;
    while (l->n < p->opts.iface_n) {
        struct tap *t = &l->tap[l->n];
        *t = (struct tap){.p = p, .name = p->opts.ifaces[l->n], .source = (unsigned)l->n++};
        enum pxk_err err = tap_open(t, why, cap);
        if (err != PXK_OK)
            return err;
    }
    (void)uv_timer_start(&l->timer, on_timer, LOOK_MS, LOOK_MS); /* cannot fail with a callback */
    return PXK_OK;
}

/* What the kernel has already; the last block of its ring comes after READ_MS, so nobody waits for that. */
static void on_stop(uv_timer_t *h)
{
    struct live *l = ((struct pxk_probe *)h->data)->live;
    for (size_t i = 0; i < l->n; i++) {
        struct tap *t = &l->tap[i];
        if (t->pcap)
            (void)pcap_dispatch(t->pcap, -1, on_packet, (u_char *)t); /* it ends anyway */
        losses_tell(t);
        tap_stop(t);
    }
    probe_finished(l->p);
}

void live_stop(struct live *l)
{
    (void)uv_timer_start(&l->timer, on_stop, 0, 0); /* from the loop: this may be a packet's callback */
}

void live_stats(const struct live *l, struct pxk_probe_stats *s)
{
    s->dropped_kernel = s->dropped_iface = 0;
    for (size_t i = 0; i < l->n; i++) {
        struct tap *t = &l->tap[i];
        counts_take(t);
        s->dropped_kernel += t->before + t->dropped;
        s->dropped_iface += t->before_iface + t->dropped_iface;
    }
}

void live_close(struct live *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->n; i++)
        poll_close(&l->tap[i]); /* libpcap itself may be below on the stack */
    probe_handle_close(l->p, (uv_handle_t *)&l->timer);
}

struct live *live_free(struct live *l)
{
    if (!l)
        return NULL;
    for (size_t i = 0; l->tap && i < l->n; i++)
        if (l->tap[i].pcap)
            pcap_close(l->tap[i].pcap);
    free(l->tap);
    free(l);
    return NULL;
}
