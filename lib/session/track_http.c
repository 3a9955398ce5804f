/* HTTP/1 as far as its first packets show it (RFC 9112): request line, Host, User-Agent; status line and
 * Content-Length. Streams are not put together: a head split over packets is seen up to the split. */
#include "session_int.h"

#include <stdlib.h>

enum { TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

/* ---- text in a packet ---- */

struct text {
    const char *s;
    size_t n;
};

static bool text_starts(struct text t, const char *prefix)
{
    size_t n = strlen(prefix);
    return t.n >= n && memcmp(t.s, prefix, n) == 0;
}

static bool text_starts_any_case(struct text t, const char *prefix)
{
    size_t n = strlen(prefix);
    for (size_t i = 0; i < n; i++)
        if (i >= t.n || (t.s[i] | 0x20) != (prefix[i] | 0x20))
            return false;
    return true;
}

/* The text up to @end, which is taken off @t with it; all of it if there is none. */
static struct text take_until(struct text *t, char end)
{
    const char *stop = t->n ? memchr(t->s, end, t->n) : NULL;
    struct text head = {t->s, stop ? (size_t)(stop - t->s) : t->n};
    size_t used = stop ? head.n + 1 : head.n;
    t->s += used;
    t->n -= used;
    return head;
}

static struct text take_line(struct text *t)
{
    struct text line = take_until(t, '\n');
    if (line.n && line.s[line.n - 1] == '\r')
        line.n--;
    return line;
}

/* The value of a header ("host:") in the lines that follow; empty if it is not in this packet. */
static struct text header(struct text lines, const char *name)
{
    while (lines.n) {
        struct text line = take_line(&lines);
        if (!line.n)
            break; /* end of the head */
        if (!text_starts_any_case(line, name))
            continue;
        (void)take_until(&line, ':');
        while (line.n && (*line.s == ' ' || *line.s == '\t')) {
            line.s++;
            line.n--;
        }
        return line;
    }
    return (struct text){"", 0};
}

static uint64_t number_of(struct text t)
{
    uint64_t v = 0;
    for (size_t i = 0; i < t.n && t.s[i] >= '0' && t.s[i] <= '9' && v < UINT64_MAX / 16; i++)
        v = v * 10 + (uint64_t)(t.s[i] - '0');
    return v;
}

/* ---- entries ---- */

static struct pxk_http *http_new(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f)
{
    struct pxk_http *h = b->s.https.n < PXK_HTTPS_MAX ? pxk_vec_push(&b->s.https) : NULL;
    if (!h) {
        b->s.https_lost++;
        return NULL;
    }
    pxk_box_grew(t, b);
    h->at = t->now;
    h->frame = t->number;
    h->server = f->to;
    h->client_port = f->sport;
    h->server_port = f->dport;
    return h;
}

/* The last request of a connection. */
static struct pxk_http *http_of(struct box *b, struct pxk_ip server, uint16_t client_port, uint16_t server_port)
{
    for (size_t i = b->s.https.n; i-- > 0;) {
        struct pxk_http *h = &b->s.https.at[i];
        if (pxk_ip_eq(h->server, server) && h->client_port == client_port && h->server_port == server_port)
            return h;
    }
    return NULL;
}

static void request_input(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f, struct text text)
{
    struct text line = take_line(&text);
    struct text method = take_until(&line, ' ');
    struct text path = take_until(&line, ' ');
    struct pxk_http *h = text_starts(line, "HTTP/") || !line.n ? http_new(t, b, f) : NULL;
    if (!h)
        return;
    struct text host = header(text, "host:"), agent = header(text, "user-agent:");
    pxk_quote(h->method, sizeof h->method, method.s, method.n);
    pxk_quote(h->path, sizeof h->path, path.s, path.n);
    pxk_quote(h->host, sizeof h->host, host.s, host.n);
    pxk_quote(h->agent, sizeof h->agent, agent.s, agent.n);
    pxk_box_touch(t, b);
    pxk_event_http(t, b, h, false);
}

/* What of the body came with the head: small files come whole. */
static void body_keep(struct pxk_http *h, struct text rest)
{
    while (rest.n && take_line(&rest).n)
        ;
    size_t n = rest.n < PXK_HEAD_MAX ? rest.n : PXK_HEAD_MAX;
    h->head = n ? malloc(n) : NULL;
    if (!h->head)
        return;
    memcpy(h->head, rest.s, n);
    h->head_len = n;
}

static void response_input(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f, struct text text)
{
    struct pxk_http *h = http_of(b, f->from, f->dport, f->sport);
    struct text line = take_line(&text);
    (void)take_until(&line, ' ');
    uint64_t status = number_of(line);
    if (!h || h->status || status < 100 || status > 999)
        return;
    if (status < 200)
        return; /* interim: the real one follows */
    h->status = (unsigned)status;
    h->status_frame = t->number;
    h->length = number_of(header(text, "content-length:"));
    body_keep(h, text);
    pxk_box_touch(t, b);
    pxk_event_http(t, b, h, true);
}

/* A server's RST to a SYN is a refused connection, which no request ever named. */
static void reset_by_server(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f)
{
    struct pxk_http *h = http_of(b, f->from, f->dport, f->sport);
    if (h && (h->method[0] || h->reset)) {
        h->reset = true;
        return;
    }
    if (!pxk_ip_eq(b->syn_server, f->from) || b->syn_port != f->dport || b->syn_server_port != f->sport)
        return;
    struct pxk_frame asked = *f;
    asked.to = f->from;
    asked.sport = f->dport;
    asked.dport = f->sport;
    h = http_new(t, b, &asked);
    if (!h)
        return;
    h->reset = true;
    pxk_box_touch(t, b);
    pxk_event_http(t, b, h, true);
}

static void flags_input(struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct box *sender = pxk_box_of_sender(t, f);
    if (f->tcp.flags & TCP_SYN) {
        if (!sender || f->tcp.flags & TCP_ACK)
            return;
        if (pxk_is_mount_port(f->dport))
            pxk_track_mount(t, f);
        sender->syn_server = f->to;
        sender->syn_port = f->sport;
        sender->syn_server_port = f->dport;
        return;
    }
    struct pxk_http *h = sender ? http_of(sender, f->to, f->sport, f->dport) : NULL;
    if (h) {
        h->reset |= h->status == 0;
        return;
    }
    struct box *receiver = pxk_box_by_ip(t, f->to);
    if (receiver)
        reset_by_server(t, receiver, f);
}

void pxk_track_tcp(struct pxk_tracker *t, const struct pxk_frame *f)
{
    static const char *const methods[] = {"GET ", "HEAD ", "POST ", "PUT "};
    if (f->tcp.flags & (TCP_SYN | TCP_RST)) {
        flags_input(t, f);
        return;
    }
    struct text text = {(const char *)f->payload, f->payload_len};
    if (text_starts(text, "HTTP/1.")) {
        struct box *b = pxk_box_by_ip(t, f->to);
        if (b)
            response_input(t, b, f, text);
        return;
    }
    for (size_t i = 0; i < PXK_COUNT(methods); i++) {
        struct box *b = text_starts(text, methods[i]) ? pxk_box_of_sender(t, f) : NULL;
        if (b)
            request_input(t, b, f, text);
    }
}
