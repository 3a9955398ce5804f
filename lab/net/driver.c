#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "pxk/io.h"

#include "driver.h"
#include "wire.h"

enum {
    DATAGRAM_MAX = 1 << 16,
    TAGS = 8,
    BATCH = 64,          /* frames taken from one side before the other gets its turn */
    TURNS_BEFORE = 64,   /* with all waiting frames, before an order is carried out */
    QEMU_PATIENCE = 20,  /* milliseconds */
    SOCKET_BYTES = 4 << 20,
};

struct driver {
    struct pxk_cable *cable;
    struct pxk_cable_way way[PXK_CABLE_PORTS]; /* as they are now, to go back to */
    struct wire *wire[PXK_CABLE_PORTS];
    int qemu;                                  /* -1: none */
    struct sockaddr_un ours, theirs;
    uint64_t qemu_refused;
    uint8_t datagram[DATAGRAM_MAX];
};

/* ---- links ---- */

static bool path_set(struct sockaddr_un *a, const char *path)
{
    a->sun_family = AF_UNIX;
    return pxk_str_copy(a->sun_path, sizeof a->sun_path, path);
}

static enum pxk_err qemu_open(struct driver *d, const struct driver_opts *o, char *why, size_t cap)
{
    int size = SOCKET_BYTES;
    errno = ENAMETOOLONG;
    if (path_set(&d->ours, o->ours) && path_set(&d->theirs, o->theirs))
        d->qemu = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (d->qemu >= 0 && (unlink(o->ours) == 0 || errno == ENOENT) && bind(d->qemu, (void *)&d->ours, sizeof d->ours) == 0) {
        (void)setsockopt(d->qemu, SOL_SOCKET, SO_SNDBUF, &size, sizeof size); /* a wish; the kernel's limit will do too */
        return PXK_OK;
    }
    pxk_fmt(why, cap, "no socket for QEMU at %s: %s", o->ours, strerror(errno));
    return PXK_E_IO;
}

static enum pxk_err links_open(struct driver *d, const struct driver_opts *o, char *why, size_t cap)
{
    enum pxk_err err = PXK_OK;
    for (enum pxk_cable_port p = PXK_CABLE_A; p < PXK_CABLE_PORTS && err == PXK_OK; p++)
        if (o->iface[p])
            err = wire_open(o->iface[p], o->mtu, &d->wire[p], why, cap);
    return err == PXK_OK && !o->iface[PXK_CABLE_A] ? qemu_open(d, o, why, cap) : err;
}

enum pxk_err driver_open(const struct driver_opts *opts, struct driver **out, char *why, size_t cap)
{
    struct pxk_cable_opts cable = *opts->cable;
    struct driver *d = calloc(1, sizeof *d);
    if (!d)
        return PXK_E_NOMEM;
    d->qemu = -1;
    memcpy(d->way, cable.way, sizeof d->way);
    if (!cable.frame_max)
        cable.frame_max = opts->mtu + PXK_ETH_HEADER + TAGS > PXK_FRAME_MAX ? opts->mtu + PXK_ETH_HEADER + TAGS : PXK_FRAME_MAX;
    enum pxk_err err = links_open(d, opts, why, cap);
    if (err == PXK_OK) {
        err = pxk_cable_new(&cable, pxk_clock_now(), &d->cable);
        if (err != PXK_OK)
            pxk_fmt(why, cap, "the cable of %s: %s", opts->name, pxk_err_text(err));
    }
    if (err == PXK_OK)
        *out = d;
    else
        driver_close(d);
    return err;
}

void driver_close(struct driver *d)
{
    for (enum pxk_cable_port p = PXK_CABLE_A; p < PXK_CABLE_PORTS; p++)
        wire_close(d->wire[p]);
    if (d->qemu >= 0) {
        close(d->qemu);
        unlink(d->ours.sun_path);
    }
    pxk_cable_free(d->cable);
    free(d);
}

/* ---- frames ---- */

/* QEMU takes one frame at a time and its queue is short (net.unix.max_dgram_qlen, 10 by default), so a burst is given a
 * moment. No QEMU yet: the frame is lost, as on a cable that nobody reads. */
static void qemu_send(struct driver *d, const uint8_t *data, size_t len)
{
    const struct sockaddr *to = (const struct sockaddr *)&d->theirs;
    for (int patience = QEMU_PATIENCE; patience > 0; patience--) {
        if (sendto(d->qemu, data, len, 0, to, sizeof d->theirs) >= 0)
            return;
        if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR)
            break;
        (void)poll(NULL, 0, 1);
    }
    d->qemu_refused++;
}

static void deliver(struct driver *d, pxk_usec now)
{
    struct pxk_cable_frame f;
    while (pxk_cable_next(d->cable, now, &f)) {
        if (d->wire[f.to])
            wire_send(d->wire[f.to], f.data, f.len);
        else
            qemu_send(d, f.data, f.len);
    }
}

static bool take(struct driver *d, enum pxk_cable_port port, const uint8_t **data, size_t *len)
{
    if (d->wire[port])
        return wire_next(d->wire[port], data, len);
    ssize_t got = recv(d->qemu, d->datagram, sizeof d->datagram, 0);
    *data = d->datagram;
    *len = got > 0 ? (size_t)got : 0;
    return got > 0;
}

/* True: there may be more. Every frame is taken at its own time, and handed on before the next one comes. */
static bool turn(struct driver *d)
{
    bool more = false;
    for (enum pxk_cable_port port = PXK_CABLE_A; port < PXK_CABLE_PORTS; port++) {
        const uint8_t *data;
        size_t len;
        int n = 0;
        while (n < BATCH && take(d, port, &data, &len)) {
            pxk_usec now = pxk_clock_now();
            pxk_cable_input(d->cable, port, data, len, now);
            deliver(d, now);
            n++;
        }
        more |= n == BATCH;
    }
    deliver(d, pxk_clock_now());
    return more;
}

void driver_count(struct driver *d, struct pxk_lab_cable_count *out)
{
    *out = (struct pxk_lab_cable_count){0};
    for (enum pxk_cable_port p = PXK_CABLE_A; p < PXK_CABLE_PORTS; p++) {
        struct wire_count in = {0}, far = {.refused = d->qemu_refused};
        if (d->wire[p])
            in = wire_counts(d->wire[p]);
        if (d->wire[!p])
            far = wire_counts(d->wire[!p]);
        out->way[p] = *pxk_cable_count(d->cable, p);
        out->oversized[p] = in.oversized;
        out->overrun[p] = in.overrun;
        out->refused[p] = far.refused;
    }
    for (size_t i = 0; i < PXK_CABLE_RULES; i++)
        out->strikes[i] = pxk_cable_rule_strikes(d->cable, i);
}

/* ---- orders ---- */

/* All of it or nothing. */
static enum pxk_err set(struct driver *d, const struct driver_ask *ask)
{
    enum pxk_err err = ask->rule_n <= PXK_CABLE_RULES ? PXK_OK : PXK_E_RANGE;
    for (enum pxk_cable_port p = PXK_CABLE_A; p < PXK_CABLE_PORTS && err == PXK_OK; p++)
        err = pxk_cable_set_way(d->cable, p, &ask->way[p]);
    if (err == PXK_OK)
        err = pxk_cable_set_rules(d->cable, ask->rules, ask->rule_n);
    if (err == PXK_OK) {
        memcpy(d->way, ask->way, sizeof d->way);
        return PXK_OK;
    }
    for (enum pxk_cable_port p = PXK_CABLE_A; p < PXK_CABLE_PORTS; p++)
        if (pxk_cable_set_way(d->cable, p, &d->way[p]) != PXK_OK)
            abort(); /* they were in force before */
    return err;
}

/* What was sent before the order was given has entered the cable before. False: the lab has gone. */
static bool obey(struct driver *d, int control)
{
    static struct driver_ask ask;
    struct driver_answer answer = {.err = PXK_OK};
    ssize_t got = recv(control, &ask, sizeof ask, 0);
    if (got != (ssize_t)sizeof ask)
        return got < 0 && errno == EINTR;
    for (int i = 0; i < TURNS_BEFORE && turn(d); i++)
        ;
    pxk_usec now = pxk_clock_now();
    switch (ask.order) {
    case DRIVER_CUT:
        pxk_cable_cut(d->cable, now);
        break;
    case DRIVER_JOIN:
        pxk_cable_join(d->cable, now);
        break;
    case DRIVER_SET:
        answer.err = set(d, &ask);
        break;
    case DRIVER_COUNT:
        break;
    }
    driver_count(d, &answer.count);
    return send(control, &answer, sizeof answer, MSG_NOSIGNAL) == (ssize_t)sizeof answer;
}

/* ---- the loop ---- */

static void await(struct driver *d, struct pollfd *fds, nfds_t n, bool more)
{
    pxk_usec deadline = pxk_cable_deadline(d->cable), left = 0;
    if (!more && deadline != PXK_NEVER)
        left = pxk_usec_since(pxk_clock_now(), deadline);
    struct timespec t = {.tv_sec = (time_t)(left / PXK_SEC), .tv_nsec = (long)(left % PXK_SEC) * 1000};
    for (nfds_t i = 0; i < n; i++)
        fds[i].revents = 0;
    if (ppoll(fds, n, more || deadline != PXK_NEVER ? &t : NULL, NULL) < 0 && errno != EINTR)
        abort(); /* wrong use, ours */
}

/* A link that went down tells so once; it may come up again. */
static void error_clear(const struct pollfd *p)
{
    int err;
    socklen_t size = sizeof err;
    if (p->revents & POLLERR)
        (void)getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &err, &size);
}

void driver_run(struct driver *d, int control, int stop)
{
    struct wire *a = d->wire[PXK_CABLE_A];
    struct pollfd fds[] = {{.fd = a ? wire_fd(a) : d->qemu, .events = POLLIN},
                           {.fd = wire_fd(d->wire[PXK_CABLE_B]), .events = POLLIN},
                           {.fd = stop, .events = POLLIN},
                           {.fd = control, .events = POLLIN}};
    bool more = false;
    (void)prctl(PR_SET_TIMERSLACK, 1); /* nanoseconds: delays are meant as they are given */
    while (!fds[2].revents) {
        await(d, fds, PXK_COUNT(fds), more);
        error_clear(&fds[0]);
        error_clear(&fds[1]);
        if (fds[3].revents && !obey(d, control))
            return;
        more = turn(d);
    }
}

int driver_stop_open(bool ctrl_c)
{
    sigset_t set_of;
    sigemptyset(&set_of);
    sigaddset(&set_of, SIGTERM);
    if (ctrl_c)
        sigaddset(&set_of, SIGINT);
    return sigprocmask(SIG_BLOCK, &set_of, NULL) == 0 ? signalfd(-1, &set_of, SFD_CLOEXEC) : -1;
}
