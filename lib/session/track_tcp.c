/* TCP connections of boot clients (RFC 9293): opened, refused, unanswered, ended by whom; what they carry goes
 * in order to its reader. Packets that the capture lacks are known by the other side's acknowledgement. */
#include <stdlib.h>

#include "stream.h"

/* A sequence number so far away is none of this connection's: a capture with a hole, or a forgery. */
#define FAR (64u << 20)

static int32_t diff(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

/* ---- heads ---- */

static bool head_held(const struct pxk_tracker *t, const struct side *side)
{
    return t->heads && side->head_lease && t->heads->lease[side->head] == side->head_lease;
}

const char *pxk_head_get(const struct pxk_tracker *t, const struct side *side)
{
    return head_held(t, side) ? t->heads->buf[side->head] : NULL;
}

void pxk_head_drop(struct side *side)
{
    side->head_lease = 0;
    side->head_len = 0;
}

static bool head_borrow(struct pxk_tracker *t, struct side *side)
{
    if (!t->heads)
        t->heads = calloc(1, sizeof *t->heads);
    struct heads *h = t->heads;
    uint16_t i = (uint16_t)(h ? h->leases % HEADS_MAX : 0);
    if (h && !h->buf[i])
        h->buf[i] = malloc(HEAD_CAP);
    if (!h || !h->buf[i])
        return false;
    if (++h->leases == 0)
        h->leases = HEADS_MAX; /* 0 is no lease */
    h->lease[i] = side->head_lease = h->leases;
    side->head = i;
    side->head_len = 0;
    return true;
}

bool pxk_head_add(struct pxk_tracker *t, struct side *side, const uint8_t *data, size_t n)
{
    if (!side->head_lease && !head_borrow(t, side))
        return false;
    if (!head_held(t, side))
        return false;
    size_t room = HEAD_CAP - side->head_len;
    size_t take = n < room ? n : room;
    memcpy(t->heads->buf[side->head] + side->head_len, data, take);
    side->head_len = (uint16_t)(side->head_len + take);
    return true;
}

void pxk_tcp_done(struct pxk_tracker *t)
{
    for (size_t i = 0; t->heads && i < HEADS_MAX; i++)
        free(t->heads->buf[i]);
    free(t->heads);
    t->heads = NULL;
}

size_t pxk_streams_bytes(const struct box *b)
{
    return b->streams ? STREAMS_PER_CLIENT * sizeof *b->streams : 0;
}

/* ---- connections ---- */

struct pxk_conn *pxk_stream_conn(struct box *b, const struct stream *st)
{
    struct pxk_conn *c = st->conn < b->s.conns.n ? &b->s.conns.at[st->conn] : NULL;
    return c && c->client_port == st->client_port && c->at == st->at ? c : NULL;
}

static bool conn_failed(const struct pxk_conn *c)
{
    return !c->answered || c->refused || c->icmp || c->tls.alert_by != PXK_TLS_ALERT_NONE;
}

/* A new entry; over the bound the last one is used again, as long as it tells of no failure. */
static struct pxk_conn *conn_new(struct box *b)
{
    if (b->s.conns.n < PXK_CONNS_MAX)
        return pxk_vec_push(&b->s.conns);
    struct pxk_conn *last = &b->s.conns.at[PXK_CONNS_MAX - 1];
    b->s.conns_lost++;
    if (conn_failed(last))
        return NULL;
    *last = (struct pxk_conn){0};
    return last;
}

static struct stream *stream_get(struct box *b, struct pxk_ip server, uint16_t client_port, uint16_t server_port)
{
    for (size_t i = 0; b && b->streams && i < STREAMS_PER_CLIENT; i++) {
        struct stream *st = &b->streams[i];
        if (st->used && st->client_port == client_port && st->server_port == server_port && pxk_ip_eq(st->server, server))
            return st;
    }
    return NULL;
}

static bool stream_over(const struct box *b, const struct stream *st)
{
    const struct pxk_conn *c = pxk_stream_conn((struct box *)b, st);
    return !c || c->rst_client || c->rst_server || (c->fin_client && c->fin_server);
}

/* One that is free, else one that is over, else the one that was silent longest. */
static struct stream *stream_spare(struct box *b)
{
    struct stream *best = NULL;
    if (!b->streams)
        b->streams = calloc(STREAMS_PER_CLIENT, sizeof *b->streams);
    for (size_t i = 0; b->streams && i < STREAMS_PER_CLIENT; i++) {
        struct stream *st = &b->streams[i];
        if (!st->used)
            return st;
        bool better = !best || (stream_over(b, st) && !stream_over(b, best)) ||
                      (stream_over(b, st) == stream_over(b, best) && st->last < best->last);
        if (better)
            best = st;
    }
    return best;
}

static struct stream *stream_open(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f, struct pxk_ip server)
{
    struct stream *st = stream_get(b, server, f->sport, f->dport);
    if (!st)
        st = stream_spare(b);
    if (!st)
        return NULL;
    *st = (struct stream){.used = true,
                          .server = server,
                          .client_port = f->sport,
                          .server_port = f->dport,
                          .at = t->now,
                          .last = t->now,
                          .body = SIZE_MAX,
                          .conn = SIZE_MAX};
    pxk_box_grew(t, b);
    struct pxk_conn *c = conn_new(b);
    if (!c)
        return st;
    st->conn = (size_t)(c - b->s.conns.at);
    c->at = c->last = t->now;
    c->frame = c->last_frame = t->number;
    c->server = server;
    c->client_port = f->sport;
    c->server_port = f->dport;
    return st;
}

/* ---- what a connection carries ---- */

static void deliver(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, struct bytes in)
{
    struct side *side = stream_side(st, from_client);
    struct pxk_conn *c = pxk_stream_conn(b, st);
    if (st->kind == PXK_CONN_UNKNOWN && from_client && in.there) {
        st->kind = pxk_http_begins(in.data, in.there)  ? PXK_CONN_HTTP
                   : pxk_tls_begins(in.data, in.there) ? PXK_CONN_TLS
                                                       : PXK_CONN_UNKNOWN;
        if (c)
            c->kind = st->kind;
        if (st->kind != PXK_CONN_UNKNOWN)
            pxk_box_answered(t, b); /* who gets so far is a machine, not a made-up MAC */
    }
    if (c && from_client)
        c->sent += in.wire;
    else if (c)
        c->bytes += in.wire;
    if (st->kind == PXK_CONN_HTTP)
        pxk_http_data(t, b, st, from_client, in);
    else if (st->kind == PXK_CONN_TLS)
        pxk_tls_data(t, b, st, from_client, in);
    side->pos += in.wire;
    side->next += (uint32_t)in.wire;
}

static void side_begin(struct side *side, uint32_t seq)
{
    side->known = true;
    side->next = side->acked = seq;
    side->ahead_n = 0;
}

static void skip_to(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, uint32_t seq)
{
    struct side *side = stream_side(st, from_client);
    if (diff(seq, side->next) > 0)
        deliver(t, b, st, from_client, (struct bytes){NULL, 0, seq - side->next});
}

/* Parts that came before their turn and whose turn it is now, and holes that the receiver has no longer. */
static void catch_up(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client)
{
    struct side *side = stream_side(st, from_client);
    while (side->ahead_n && (diff(side->ahead[0].from, side->next) <= 0 || diff(side->acked, side->ahead[0].from) >= 0)) {
        skip_to(t, b, st, from_client, side->ahead[0].to);
        side->ahead_n--;
        memmove(side->ahead, side->ahead + 1, side->ahead_n * sizeof side->ahead[0]);
    }
    if (side->fin && diff(side->acked, side->fin_at) > 0)
        skip_to(t, b, st, from_client, side->fin_at);
}

/* False: it was there already. */
static bool keep_ahead(struct side *side, uint32_t from, uint32_t to)
{
    unsigned i = 0;
    while (i < side->ahead_n && diff(from, side->ahead[i].to) > 0)
        i++;
    if (i < side->ahead_n && diff(to, side->ahead[i].from) >= 0) { /* touches or overlaps */
        bool old = diff(from, side->ahead[i].from) >= 0 && diff(to, side->ahead[i].to) <= 0;
        if (diff(from, side->ahead[i].from) < 0)
            side->ahead[i].from = from;
        if (diff(to, side->ahead[i].to) > 0)
            side->ahead[i].to = to;
        return !old;
    }
    if (side->ahead_n == AHEAD_MAX)
        return true; /* forgotten: a later acknowledgement tells of it */
    memmove(side->ahead + i + 1, side->ahead + i, (side->ahead_n - i) * sizeof side->ahead[0]);
    side->ahead[i].from = from;
    side->ahead[i].to = to;
    side->ahead_n++;
    return true;
}

static void segment(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, const struct pxk_frame *f)
{
    struct side *side = stream_side(st, from_client);
    struct pxk_conn *c = pxk_stream_conn(b, st);
    struct bytes in = {f->payload, f->payload_len, f->payload_wire};
    uint32_t seq = f->tcp.seq, end = seq + (uint32_t)in.wire; /* at most 64 KiB on */
    if (!side->known || diff(seq, side->next) > (int32_t)FAR || diff(seq, side->next) < -(int32_t)FAR)
        side_begin(side, seq);
    if (diff(end, side->next) <= 0) {
        if (c && in.wire > 1) /* one byte is a keep-alive probe */
            c->repeats++;
        return;
    }
    if (diff(seq, side->next) > 0 && diff(side->acked, seq) >= 0)
        skip_to(t, b, st, from_client, seq);
    if (diff(seq, side->next) > 0) {
        bool fresh = keep_ahead(side, seq, end);
        if (c && fresh)
            c->gaps++;
        else if (c)
            c->repeats++;
        return;
    }
    size_t old = side->next - seq;
    size_t seen = old < in.there ? old : in.there;
    in = (struct bytes){in.data + seen, in.there - seen, in.wire - old};
    deliver(t, b, st, from_client, in);
    catch_up(t, b, st, from_client);
}

/* ---- flags ---- */

static void syn_input(struct pxk_tracker *t, struct box *b, struct stream *st, const struct pxk_frame *f, struct pxk_ip server)
{
    struct pxk_conn *c = st ? pxk_stream_conn(b, st) : NULL;
    if (!st || !st->client.known || st->client.next != f->tcp.seq + 1 || (c && c->answered))
        st = stream_open(t, b, f, server);
    if (!st)
        return;
    side_begin(&st->client, f->tcp.seq + 1);
    c = pxk_stream_conn(b, st);
    if (c && c->syns < UINT16_MAX)
        c->syns++;
}

static void refused(struct pxk_tracker *t, struct box *b, struct pxk_conn *c)
{
    c->refused = true;
    pxk_event_conn(t, PXK_EVENT_TCP_REFUSED, b, c, false);
}

static void end_input(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, bool reset)
{
    struct pxk_conn *c = pxk_stream_conn(b, st);
    if (c && !c->end_frame)
        c->end_frame = t->number;
    if (c && reset && !from_client && c->syns && !c->answered) {
        refused(t, b, c);
        return;
    }
    bool *flag = !c ? NULL : reset ? (from_client ? &c->rst_client : &c->rst_server) : from_client ? &c->fin_client : &c->fin_server;
    bool again = flag && *flag;
    if (flag)
        *flag = true;
    if (!again && st->kind == PXK_CONN_HTTP)
        pxk_http_end(t, b, st, from_client, reset);
}

/* A FIN counts when all before it has arrived. */
static void fin_input(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, const struct pxk_frame *f)
{
    struct side *side = stream_side(st, from_client);
    side->fin = true;
    side->fin_at = f->tcp.seq + (uint32_t)f->payload_wire;
    if (!side->known || side->next == side->fin_at)
        end_input(t, b, st, from_client, false);
}

static void ack_input(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, const struct pxk_frame *f)
{
    struct side *other = stream_side(st, !from_client);
    struct pxk_conn *c = pxk_stream_conn(b, st);
    bool waits = other->fin && c && !(from_client ? c->fin_server : c->fin_client);
    if (!other->known || diff(f->tcp.ack, other->next) > (int32_t)FAR)
        return;
    if (diff(f->tcp.ack, other->acked) > 0)
        other->acked = f->tcp.ack;
    catch_up(t, b, st, !from_client);
    if (waits && diff(other->next, other->fin_at) >= 0)
        end_input(t, b, st, !from_client, false);
}

static void stream_input(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, const struct pxk_frame *f)
{
    struct pxk_conn *c = pxk_stream_conn(b, st);
    uint8_t flags = f->tcp.flags;
    st->last = t->now;
    pxk_box_touch(t, b);
    if (c) {
        c->last = t->now;
        c->last_frame = t->number;
        c->answered |= !from_client && !(flags & PXK_TCP_RST);
        c->zero_windows += from_client && f->tcp.window == 0 && !(flags & (PXK_TCP_RST | PXK_TCP_SYN));
    }
    if (flags & PXK_TCP_SYN) { /* SYN-ACK */
        side_begin(&st->from_server, f->tcp.seq + 1);
        return;
    }
    if (f->payload_wire)
        segment(t, b, st, from_client, f);
    if (flags & PXK_TCP_ACK)
        ack_input(t, b, st, from_client, f);
    if (flags & PXK_TCP_FIN)
        fin_input(t, b, st, from_client, f);
    if (flags & PXK_TCP_RST)
        end_input(t, b, st, from_client, true);
}

static bool begins(const struct pxk_frame *f)
{
    return pxk_http_begins(f->payload, f->payload_len) || pxk_tls_begins(f->payload, f->payload_len);
}

/* A box of ours on this side of the frame that has the connection: by its address, or by its MAC (an installer's
 * address may have been set by hand). */
static struct stream *find(struct box *by_ip, struct box *by_mac, struct pxk_ip server, uint16_t client_port,
                           uint16_t server_port, struct box **b)
{
    *b = by_ip;
    struct stream *st = stream_get(by_ip, server, client_port, server_port);
    if (st || by_mac == by_ip)
        return st;
    st = stream_get(by_mac, server, client_port, server_port);
    if (st)
        *b = by_mac;
    return st;
}

void pxk_track_tcp(struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct pxk_ip from = f->from, to = f->to;
    struct box *b;
    struct stream *st = find(pxk_box_by_ip(t, to), pxk_box_by_mac(t, &f->dst), from, f->dport, f->sport, &b);
    if (st) {
        stream_input(t, b, st, false, f);
        return;
    }
    st = find(pxk_box_of_sender(t, f), pxk_box_by_mac(t, &f->src), to, f->sport, f->dport, &b);
    bool syn = (f->tcp.flags & (PXK_TCP_SYN | PXK_TCP_ACK)) == PXK_TCP_SYN;
    if (!b || (!st && !syn && !begins(f)))
        return;
    if (syn) {
        pxk_box_touch(t, b);
        if (pxk_is_mount_port(f->dport))
            pxk_track_mount(t, f);
        syn_input(t, b, st, f, to);
        return;
    }
    if (!st)
        st = stream_open(t, b, f, to);
    if (st)
        stream_input(t, b, st, true, f);
}

/* ---- ICMP ---- */

void pxk_tcp_unreachable(struct pxk_tracker *t, const struct pxk_frame *f, uint8_t code)
{
    struct box *b = pxk_box_by_ip(t, f->icmp.inner_from);
    struct stream *st = stream_get(b, f->icmp.inner_to, f->icmp.inner_sport, f->icmp.inner_dport);
    struct pxk_conn *c = st ? pxk_stream_conn(b, st) : NULL;
    if (!c || code == PXK_ICMP_FRAGMENTATION_NEEDED)
        return;
    if (!c->icmp) {
        c->icmp = true;
        c->icmp_code = code;
        c->icmp_from = f->from;
        c->icmp_frame = t->number;
    }
    pxk_box_touch(t, b);
    pxk_event_icmp(t, b, f, NULL);
}
