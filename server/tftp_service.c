/* TFTP on real sockets: requests on port 69, then a connected socket and a timer per transfer. */
#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BURST = 64 };

struct transfer {
    struct pxk_server *server;
    struct transfer *next; /* with the same hash */
    struct pxk_tftpd machine;
    pxk_ip4 ip;
    uint16_t port;
    uint64_t request_hash; /* a repeated request is the same, byte by byte */
    int fd;
    uv_poll_t poll;
    uv_timer_t timer;
    unsigned handles;
    bool blocked; /* waits until the socket has room */
    pxk_usec armed; /* when the timer fires */
    pxk_usec started;
};

/* ---- the table ---- */

static struct transfer **bucket(struct tftp_service *t, pxk_ip4 ip, uint16_t port)
{
    uint32_t h = (ip ^ (uint32_t)port << 16 ^ port) * 2654435761u;
    return &t->by_peer[h >> 22];
}

static struct transfer *find(struct tftp_service *t, pxk_ip4 ip, uint16_t port)
{
    for (struct transfer *x = *bucket(t, ip, port); x; x = x->next)
        if (x->ip == ip && x->port == port)
            return x;
    return NULL;
}

static void table_add(struct transfer *x)
{
    struct transfer **head = bucket(&x->server->tftp, x->ip, x->port);
    x->next = *head;
    *head = x;
    x->server->tftp.running++;
}

static void table_remove(struct transfer *x)
{
    struct transfer **at = bucket(&x->server->tftp, x->ip, x->port);
    while (*at != x)
        at = &(*at)->next;
    *at = x->next;
    x->server->tftp.running--;
}

/* ---- what happened ---- */

static void rate_add(const struct pxk_tftpd *m, pxk_usec took, struct pxk_str *out)
{
    pxk_str_add(out, ", ");
    pxk_str_add_bytes(out, m->size);
    pxk_str_add(out, " in ");
    pxk_str_add_duration(out, took);
    if (took && m->size) {
        pxk_str_add(out, " (");
        pxk_str_add_bytes(out, m->size * 1000000 / took);
        pxk_str_add(out, "/s)");
    }
    if (m->resent)
        pxk_str_addf(out, ", %u blocks sent again", m->resent);
}

static void end_add(const struct pxk_tftpd *m, pxk_usec took, struct pxk_str *out)
{
    switch (m->end) {
    case PXK_TFTPD_DONE:
        rate_add(m, took, out);
        break;
    case PXK_TFTPD_PROBED:
        pxk_str_add(out, ", only its size was asked");
        break;
    case PXK_TFTPD_ABORTED:
        pxk_str_addf(out, ", the client broke off: error %u \"%s\"", m->error, m->message);
        break;
    case PXK_TFTPD_TIMEOUT:
        pxk_str_addf(out, ", no answer after block %llu of %llu", (unsigned long long)(m->base - 1),
                     (unsigned long long)m->last);
        break;
    case PXK_TFTPD_REFUSED:
        pxk_str_addf(out, ": %s", m->message);
        break;
    case PXK_TFTPD_RUNNING:
        pxk_str_add(out, ", ended before it was complete");
        break;
    }
}

static void count(struct pxk_server_counts *c, const struct pxk_tftpd *m)
{
    c->transfers += m->end == PXK_TFTPD_DONE;
    c->probes += m->end == PXK_TFTPD_PROBED;
    c->refused += m->end == PXK_TFTPD_REFUSED;
    c->failed +=
        m->end == PXK_TFTPD_ABORTED || m->end == PXK_TFTPD_TIMEOUT || m->end == PXK_TFTPD_RUNNING;
    c->bytes += m->sent_bytes;
}

void pxk_server_log_transfer(const struct pxk_log *log, pxk_ip4 client, const struct pxk_tftpd *t, pxk_usec took)
{
    char buf[700], ip[PXK_IP4_STRLEN];
    bool trouble = t->end == PXK_TFTPD_TIMEOUT || t->end == PXK_TFTPD_ABORTED;
    enum pxk_log_level level = trouble                      ? PXK_LOG_WARN
                               : t->end == PXK_TFTPD_PROBED ? PXK_LOG_DEBUG
                                                            : PXK_LOG_INFO;
    if (!log || level > log->level)
        return;
    struct pxk_str line = pxk_str_init(buf, sizeof buf);
    pxk_str_addf(&line, "tftp: %s: ", pxk_ip4_text(client, ip));
    pxk_str_add_quoted(&line, t->file, strlen(t->file));
    end_add(t, took, &line);
    pxk_log(log, level, "%s", buf);
}

static void tell(const struct transfer *x)
{
    count(&x->server->counts, &x->machine);
    pxk_server_log_transfer(x->server->log, x->ip, &x->machine, pxk_usec_since(x->started, server_now()));
}

/* ---- a transfer's life ---- */

static void handle_closed(uv_handle_t *h)
{
    struct transfer *x = h->data;
    struct pxk_server *s = x->server;
    if (--x->handles == 0) {
        close(x->fd);
        free(x);
    }
    server_handle_closed(s);
}

static void finish(struct transfer *x)
{
    tell(x);
    pxk_tftpd_close(&x->machine);
    table_remove(x);
    uv_close((uv_handle_t *)&x->poll, handle_closed);
    uv_close((uv_handle_t *)&x->timer, handle_closed);
}

/* Send what the machine has ready. False if the client cannot be reached any more. */
static bool pump(struct transfer *x)
{
    uint8_t *buf = x->server->tftp.packet;
    char ip[PXK_IP4_STRLEN];
    x->blocked = false;
    for (size_t n; (n = pxk_tftpd_output(&x->machine, buf, sizeof x->server->tftp.packet,
                                         server_now())) > 0;) {
        if (send(x->fd, buf, n, 0) >= 0 || errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == ENOBUFS) {
            pxk_tftpd_unsend(&x->machine);
            x->blocked = true;
            return true;
        }
        pxk_log(x->server->log, PXK_LOG_WARN, "tftp: %s: cannot send: %s", pxk_ip4_text(x->ip, ip),
                strerror(errno));
        return false;
    }
    return true;
}

static void poll_event(uv_poll_t *poll, int status, int events);
static void timer_event(uv_timer_t *timer);

static void timer_arm(struct transfer *x)
{
    x->armed = pxk_tftpd_deadline(&x->machine);
    pxk_usec wait = pxk_usec_since(server_now(), x->armed);
    (void)uv_timer_start(&x->timer, timer_event, wait / 1000 + 1,
                         0); /* fails only without a callback */
}

/* After any event: send, end, or wait again. */
static void step(struct transfer *x)
{
    bool was_blocked = x->blocked;
    if (!pump(x) || x->machine.end != PXK_TFTPD_RUNNING) {
        finish(x);
        return;
    }
    if (pxk_tftpd_deadline(&x->machine) < x->armed)
        timer_arm(x);
    if (x->blocked != was_blocked)
        (void)uv_poll_start(&x->poll, UV_READABLE | (x->blocked ? UV_WRITABLE : 0),
                            poll_event); /* open: cannot fail */
}

/* The deadline moves away with every ACK; the timer stays, and looks again when it fires. */
static void timer_event(uv_timer_t *timer)
{
    struct transfer *x = timer->data;
    pxk_tftpd_expire(&x->machine, server_now());
    if (x->machine.end == PXK_TFTPD_RUNNING)
        timer_arm(x);
    step(x);
}

static bool receive(struct transfer *x)
{
    uint8_t buf[1024]; /* ACKs and ERRORs; what is longer is none of them */
    char ip[PXK_IP4_STRLEN];
    for (int i = 0; i < BURST && x->machine.end == PXK_TFTPD_RUNNING; i++) {
        ssize_t n = recv(x->fd, buf, sizeof buf, 0);
        if (n >= 0) {
            pxk_tftpd_input(&x->machine, buf, (size_t)n, server_now());
            continue;
        }
        if (errno == EAGAIN || errno == EINTR)
            return true;
        pxk_log(x->server->log, PXK_LOG_WARN, "tftp: %s: %s", pxk_ip4_text(x->ip, ip),
                errno == ECONNREFUSED ? "the client has closed its port (ICMP port unreachable)"
                                      : strerror(errno));
        return false;
    }
    return true;
}

static void poll_event(uv_poll_t *poll, int status, int events)
{
    struct transfer *x = poll->data;
    if (status < 0 || ((events & UV_READABLE) && !receive(x)))
        finish(x);
    else
        step(x);
}

/* ---- requests ---- */

static int peer_socket(const struct pxk_server *s, const struct sockaddr_in *peer)
{
    struct sockaddr_in local = sockaddr_of(s->address, 0);
    int room = 1 << 20; /* a window of 64 large blocks at once; the kernel may give less */
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    if (bind(fd, (struct sockaddr *)&local, sizeof local) == 0 &&
        connect(fd, (const struct sockaddr *)peer, sizeof *peer) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static bool watch(struct transfer *x)
{
    uv_loop_t *loop = x->server->loop;
    if (uv_poll_init(loop, &x->poll, x->fd) != 0)
        return false;
    (void)uv_timer_init(loop, &x->timer); /* cannot fail */
    x->poll.data = x->timer.data = x;
    x->handles = 2;
    x->server->handles += 2;
    table_add(x);
    (void)uv_poll_start(&x->poll, UV_READABLE | (x->blocked ? UV_WRITABLE : 0), poll_event);
    timer_arm(x);
    return true;
}

/* Most requests of a PXELINUX or GRUB end at once, with "file not found": they get no handles at
 * all. */
static void begin(struct transfer *x, const struct pxk_tftp *rrq)
{
    struct tftp_service *t = &x->server->tftp;
    pxk_tftpd_start(&x->machine, rrq, &t->limits, &t->files, x->started);
    bool reached = pump(x);
    if (reached && x->machine.end == PXK_TFTPD_RUNNING && watch(x))
        return;
    tell(x);
    pxk_tftpd_close(&x->machine);
    close(x->fd);
    free(x);
}

static bool has_room(struct pxk_server *s)
{
    bool full = s->tftp.running >= s->config->tftp->max_clients;
    if (full && !s->tftp.full)
        pxk_log(s->log, PXK_LOG_WARN,
                "tftp: %u transfers at a time is the limit: more clients have to wait",
                s->tftp.running);
    s->tftp.full = full;
    return !full;
}

static void request(struct pxk_server *s, const struct pxk_tftp *rrq,
                    const struct sockaddr_in *peer, uint64_t hash)
{
    char ip[PXK_IP4_STRLEN];
    struct transfer *old = find(&s->tftp, ntohl(peer->sin_addr.s_addr), ntohs(peer->sin_port));
    if (old && old->request_hash == hash && pxk_tftpd_unanswered(&old->machine)) {
        pxk_tftpd_again(&old->machine, server_now());
        step(old);
        return;
    }
    if (old)
        finish(old); /* ROMs use the same port for one file after the other */
    if (!has_room(s))
        return;
    struct transfer *x = calloc(1, sizeof *x);
    if (x)
        x->fd = peer_socket(s, peer);
    if (!x || x->fd < 0) {
        pxk_log(s->log, PXK_LOG_WARN, "tftp: %s: no socket: %s",
                pxk_ip4_text(ntohl(peer->sin_addr.s_addr), ip), strerror(errno));
        free(x);
        return;
    }
    x->server = s;
    x->ip = ntohl(peer->sin_addr.s_addr);
    x->port = ntohs(peer->sin_port);
    x->request_hash = hash;
    x->started = server_now();
    begin(x, rrq);
}

static bool request_receive(struct pxk_server *s)
{
    struct sockaddr_in peer = {0};
    socklen_t peer_len = sizeof peer;
    uint8_t in[2048], out[64];
    struct pxk_tftp m;
    ssize_t n = recvfrom(s->tftp.fd, in, sizeof in, 0, (struct sockaddr *)&peer, &peer_len);
    if (n < 0)
        return errno != EAGAIN && errno != EINTR;
    if (!peer.sin_port)
        return true; /* nobody can be answered there */
    if (pxk_tftp_decode(in, (size_t)n, &m) == PXK_OK &&
        (m.op == PXK_TFTP_RRQ || m.op == PXK_TFTP_WRQ)) {
        request(s, &m, &peer, pxk_hash(PXK_HASH_BEGIN, in, (size_t)n));
        return true;
    }
    size_t len = pxk_tftpd_stray(in, (size_t)n, out, sizeof out);
    if (len)
        (void)sendto(s->tftp.fd, out, len, 0, (struct sockaddr *)&peer,
                     sizeof peer); /* a courtesy */
    return true;
}

static void readable(uv_poll_t *poll, int status, int events)
{
    struct pxk_server *s = poll->data;
    (void)events; /* only one was asked for */
    if (status < 0) {
        pxk_log(s->log, PXK_LOG_ERROR, "tftp: port %d: %s", PXK_TFTP_PORT, uv_strerror(status));
        return;
    }
    for (int i = 0; i < BURST && request_receive(s); i++)
        ;
}

/* ---- beginning and end ---- */

struct pxk_tftpd_limits pxk_server_tftpd_limits(const struct pxk_server_config *c)
{
    return (struct pxk_tftpd_limits){.max_blksize = c->tftp->max_blksize,
                                     .max_windowsize = c->tftp->max_windowsize,
                                     .faults = &c->fault_set};
}

enum pxk_err tftp_open(struct pxk_server *s)
{
    enum pxk_err err = files_open_root(s);
    if (err != PXK_OK)
        return err;
    files_use(s);
    s->tftp.limits = pxk_server_tftpd_limits(s->config);
    if (pxk_faults_has(&s->config->fault_set, PXK_FAULT_TFTP_CLOSED))
        return PXK_OK;
    s->tftp.fd = server_socket(s, s->address, PXK_TFTP_PORT, "tftp", &err);
    return err;
}

int tftp_watch(struct pxk_server *s)
{
    if (s->tftp.fd < 0)
        return 0; /* closed on purpose */
    int r = uv_poll_init(s->loop, &s->tftp.poll, s->tftp.fd);
    if (r != 0)
        return r;
    s->tftp.poll.data = s;
    s->handles++;
    return uv_poll_start(&s->tftp.poll, UV_READABLE, readable);
}

static void port_closed(uv_handle_t *h)
{
    server_handle_closed(h->data);
}

void tftp_stop(struct pxk_server *s)
{
    for (size_t i = 0; i < TFTP_BUCKETS; i++)
        while (s->tftp.by_peer[i])
            finish(s->tftp.by_peer[i]);
    if (s->tftp.poll.data)
        uv_close((uv_handle_t *)&s->tftp.poll, port_closed);
}

void tftp_release(struct pxk_server *s)
{
    if (s->tftp.fd >= 0)
        close(s->tftp.fd);
    if (s->tftp.root >= 0)
        close(s->tftp.root);
}
