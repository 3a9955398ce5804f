/* HTTP/1 over the connections of boot clients (RFC 9112, RFC 9110): requests, and their answers in order. Of a
 * head the lines that decide a boot are kept, of a body its length in bytes. */
#include "stream.h"

#include <stdlib.h>

/* ---- text ---- */

struct text {
    const char *s;
    size_t n;
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool text_starts(struct text t, const char *prefix)
{
    size_t n = strlen(prefix);
    return t.n >= n && memcmp(t.s, prefix, n) == 0;
}

/* @word is in lower case. */
static bool text_is(struct text t, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i < n && i < t.n; i++)
        if (lower(t.s[i]) != word[i])
            return false;
    return t.n == n;
}

static bool text_has(struct text t, const char *word)
{
    for (size_t n = strlen(word); t.n >= n; t.s++, t.n--)
        if (text_is((struct text){t.s, n}, word))
            return true;
    return false;
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

static struct text trim(struct text t)
{
    while (t.n && (*t.s == ' ' || *t.s == '\t')) {
        t.s++;
        t.n--;
    }
    while (t.n && (t.s[t.n - 1] == ' ' || t.s[t.n - 1] == '\t' || t.s[t.n - 1] == '\r'))
        t.n--;
    return t;
}

/* Digits at the front; false if there are none. */
static bool number_of(struct text t, uint64_t *out)
{
    uint64_t v = 0;
    size_t i = 0;
    for (; i < t.n && t.s[i] >= '0' && t.s[i] <= '9' && v < UINT64_MAX / 16; i++)
        v = v * 10 + (uint64_t)(t.s[i] - '0');
    if (i)
        *out = v;
    return i > 0;
}

#define QUOTE(to, t) pxk_quote((to), sizeof(to), (t).s, (t).n)

/* ---- entries ---- */

static bool http_failed(const struct pxk_http *h)
{
    return h->status >= 400 || h->reset || h->cut_short || (!h->status && *h->method);
}

/* A new entry; over the bound the last one is used again, as long as it tells of no failure. */
static struct pxk_http *http_new(struct pxk_tracker *t, struct box *b, const struct stream *st)
{
    struct pxk_http *h;
    if (b->s.https.n < PXK_HTTPS_MAX) {
        h = pxk_vec_push(&b->s.https);
    } else {
        h = &b->s.https.at[PXK_HTTPS_MAX - 1];
        b->s.https_lost++;
        if (http_failed(h))
            return NULL;
        free(h->location);
        *h = (struct pxk_http){0};
    }
    if (!h)
        return NULL;
    pxk_box_grew(t, b);
    h->at = h->last = t->now;
    h->frame = t->number;
    h->server = st->server;
    h->client_port = st->client_port;
    h->server_port = st->server_port;
    return h;
}

static bool http_is_of(const struct pxk_http *h, const struct stream *st)
{
    return h->client_port == st->client_port && h->server_port == st->server_port && h->at >= st->at &&
           pxk_ip_eq(h->server, st->server);
}

/* The oldest request of this connection without an answer: answers come in the order of requests. */
static struct pxk_http *http_waiting(struct box *b, const struct stream *st)
{
    for (size_t i = 0; i < b->s.https.n; i++) {
        struct pxk_http *h = &b->s.https.at[i];
        if (!h->status && http_is_of(h, st))
            return h;
    }
    return NULL;
}

static struct pxk_http *http_last(struct box *b, const struct stream *st)
{
    for (size_t i = b->s.https.n; i-- > 0;)
        if (http_is_of(&b->s.https.at[i], st))
            return &b->s.https.at[i];
    return NULL;
}

static struct pxk_http *http_body(struct box *b, const struct stream *st)
{
    struct pxk_http *h = st->body < b->s.https.n ? &b->s.https.at[st->body] : NULL;
    return h && http_is_of(h, st) ? h : NULL;
}

/* ---- heads ---- */

typedef void header_fn(struct pxk_http *h, struct text name, struct text value);

static void each_header(struct text lines, struct pxk_http *h, header_fn *take)
{
    while (lines.n) {
        struct text line = take_until(&lines, '\n');
        line = trim(line);
        if (!line.n)
            return;
        struct text name = take_until(&line, ':');
        take(h, trim(name), trim(line));
    }
}

static void request_header(struct pxk_http *h, struct text name, struct text value)
{
    if (text_is(name, "host"))
        QUOTE(h->host, value);
    else if (text_is(name, "user-agent"))
        QUOTE(h->agent, value);
    else if (text_is(name, "range") && text_starts(value, "bytes=")) {
        h->range = true;
        (void)number_of((struct text){value.s + 6, value.n - 6}, &h->range_from);
    }
}

static void keep_location(struct pxk_http *h, struct text value)
{
    char quoted[256];
    QUOTE(quoted, value);
    free(h->location);
    size_t n = strlen(quoted) + 1;
    h->location = malloc(n);
    if (h->location)
        memcpy(h->location, quoted, n);
}

static void response_header(struct pxk_http *h, struct text name, struct text value)
{
    if (!value.n && name.n && !*h->empty_header)
        QUOTE(h->empty_header, name);
    if (text_is(name, "content-length"))
        h->has_length = number_of(value, &h->length);
    else if (text_is(name, "content-type"))
        QUOTE(h->type, value);
    else if (text_is(name, "server"))
        QUOTE(h->by, value);
    else if (text_is(name, "transfer-encoding"))
        h->chunked |= text_has(value, "chunked");
    else if (text_is(name, "connection"))
        h->close = text_has(value, "close") || (h->close && !text_has(value, "keep-alive"));
    else if (text_is(name, "location") && value.n)
        keep_location(h, value);
}

/* A request line of HTTP/1, or as much of one as there is. */
static bool request_line(struct text head, struct text *method, struct text *path)
{
    struct text line = take_until(&head, '\n');
    *method = take_until(&line, ' ');
    *path = take_until(&line, ' ');
    return text_starts(line, "HTTP/") || !line.n;
}

static void request_head(struct pxk_tracker *t, struct box *b, struct stream *st, struct text head, bool whole)
{
    struct text method, path;
    if (!request_line(head, &method, &path))
        return;
    struct pxk_conn *c = pxk_stream_conn(b, st);
    struct pxk_http *h = http_new(t, b, st);
    if (!h)
        return;
    h->cut_head = !whole;
    h->late = c && (c->fin_server || st->from_server.fin);
    QUOTE(h->method, method);
    QUOTE(h->path, path);
    (void)take_until(&head, '\n');
    each_header(head, h, request_header);
    pxk_event_http(t, PXK_EVENT_HTTP_REQUEST, b, h);
}

static bool has_no_body(const struct pxk_http *h)
{
    return strcmp(h->method, "HEAD") == 0 || h->status == 204 || h->status == 304 || (h->has_length && !h->length && !h->chunked);
}

static void body_done(struct pxk_tracker *t, struct box *b, struct stream *st, struct pxk_http *h)
{
    h->done = true;
    h->end_frame = t->number;
    st->body = SIZE_MAX;
    st->from_server.reading = READ_START;
    pxk_event_http(t, PXK_EVENT_HTTP_DONE, b, h);
}

/* What follows the head; the body begins at @pos. */
static void body_begins(struct stream *st, const struct box *b, struct pxk_http *h, uint64_t pos, bool whole)
{
    struct side *side = &st->from_server;
    side->reading = READ_START;
    if (has_no_body(h)) {
        h->done = true;
        h->end_frame = h->status_frame;
        return;
    }
    if (!whole) /* nobody knows where the body begins */
        return;
    st->body = (size_t)(h - b->s.https.at);
    side->reading = h->chunked ? READ_CHUNKS : h->has_length ? READ_BODY : READ_TO_END;
    side->until = h->length > UINT64_MAX / 2 ? UINT64_MAX : pos + h->length;
}

/* The head of an answer, which ends at @pos. */
static void response_head(struct pxk_tracker *t, struct box *b, struct stream *st, struct text head, uint64_t pos, bool whole)
{
    struct pxk_http *h = http_waiting(b, st);
    struct text line = take_until(&head, '\n');
    struct text version = take_until(&line, ' ');
    uint64_t status = 0;
    st->from_server.reading = READ_START;
    if (!number_of(line, &status) || status < 200 || status > 999 || !h)
        return; /* 1xx is interim: the real one follows */
    h->status = (uint16_t)status;
    h->minor = version.n == 8 && version.s[7] == '0' ? 0 : 1;
    h->close = h->minor == 0;
    h->status_frame = t->number;
    h->answered = h->last = t->now;
    h->cut_short = h->left = false; /* its packets came out of order: it was no end without an answer */
    h->cut_head |= !whole;
    each_header(head, h, response_header);
    h->ranged = h->status == 206;
    body_begins(st, b, h, pos, whole);
    pxk_event_http(t, PXK_EVENT_HTTP_RESPONSE, b, h);
}

/* Bytes up to and with the empty line; 0 if it is not there. @from: all before it was searched. */
static size_t head_end(const char *s, size_t n, size_t from)
{
    for (size_t i = from; i + 1 < n; i++) {
        if (s[i] != '\n')
            continue;
        if (s[i + 1] == '\n')
            return i + 2;
        if (i + 2 < n && s[i + 1] == '\r' && s[i + 2] == '\n')
            return i + 3;
    }
    return 0;
}

static void head_over(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, struct text head, uint64_t pos,
                      bool whole)
{
    struct side *side = stream_side(st, from_client);
    side->reading = READ_START;
    if (from_client)
        request_head(t, b, st, head, whole);
    else
        response_head(t, b, st, head, pos, whole);
    pxk_head_drop(side);
}

/* As much of @in as belongs to the head; the rest is the reader's. */
static size_t head_data(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, struct bytes in, uint64_t pos)
{
    struct side *side = stream_side(st, from_client);
    bool cut = in.there < in.wire;
    const char *text = (const char *)in.data;
    if (side->reading == READ_START) {
        size_t n = head_end(text, in.there, 0);
        if (n || cut) {
            head_over(t, b, st, from_client, (struct text){text, n ? n : in.there}, pos + n, n > 0);
            return n ? n : in.wire;
        }
    }
    size_t before = side->head_len;
    bool kept = pxk_head_add(t, side, in.data, in.there);
    const char *all = pxk_head_get(t, side);
    size_t n = kept && all ? head_end(all, side->head_len, before > 3 ? before - 3 : 0) : 0;
    side->reading = READ_HEAD;
    if (n) {
        size_t used = n - before;
        head_over(t, b, st, from_client, (struct text){all, n}, pos + used, true);
        return used;
    }
    if (!kept || !all || side->head_len == HEAD_CAP || cut) /* too long, or a part is missing */
        head_over(t, b, st, from_client, all ? (struct text){all, side->head_len} : (struct text){text, in.there}, pos, false);
    return in.wire;
}

/* ---- bodies ---- */

static void body_progress(const struct pxk_tracker *t, struct pxk_http *h, size_t n)
{
    pxk_usec silence = pxk_usec_since(h->last, t->now);
    if (silence > h->longest_silence)
        h->longest_silence = silence;
    h->last = t->now;
    h->bytes += n;
}

static bool last_chunk(struct bytes in)
{
    static const char end[] = "0\r\n\r\n";
    size_t n = sizeof end - 1;
    return in.there == in.wire && in.there >= n && memcmp(in.data + in.there - n, end, n) == 0 &&
           (in.there == n || in.data[in.there - n - 1] == '\n');
}

/* The beginning of what arrives: small files are there as a whole. */
static void body_keep(struct pxk_http *h, uint64_t before, const uint8_t *data, size_t there)
{
    size_t room = PXK_HEAD_MAX - h->head_len, n = there < room ? there : room;
    if (!n || before != h->head_len || h->chunked)
        return; /* full, or what came before it is missing */
    uint8_t *grown = realloc(h->head, h->head_len + n);
    if (!grown)
        return;
    h->head = grown;
    memcpy(h->head + h->head_len, data, n);
    h->head_len += n;
}

static size_t body_data(struct pxk_tracker *t, struct box *b, struct stream *st, struct bytes in, uint64_t pos)
{
    struct side *side = &st->from_server;
    struct pxk_http *h = http_body(b, st);
    size_t n = in.wire;
    if (side->reading == READ_BODY && side->until - pos < n)
        n = (size_t)(side->until - pos);
    if (!h) {
        side->reading = side->reading == READ_BODY && side->until == pos + n ? READ_START : side->reading;
        return n;
    }
    body_keep(h, h->bytes, in.data, in.there < n ? in.there : n);
    body_progress(t, h, n);
    if ((side->reading == READ_BODY && side->until == pos + n) || (side->reading == READ_CHUNKS && last_chunk(in)))
        body_done(t, b, st, h);
    return n;
}

/* ---- streams ---- */

/* CONNECT is for proxies. The longest first word decides nothing: a method is followed by one blank. */
bool pxk_http_begins(const uint8_t *data, size_t n)
{
    static const char *const methods[] = {"GET ", "HEAD ", "POST ", "PUT "};
    struct text text = {(const char *)data, n};
    struct text method, path;
    for (size_t i = 0; i < PXK_COUNT(methods); i++)
        if (text_starts(text, methods[i]))
            return request_line(text, &method, &path);
    return false;
}

static bool head_begins(bool from_client, struct bytes in)
{
    static const char http[] = "HTTP/1.";
    if (from_client)
        return pxk_http_begins(in.data, in.there);
    size_t n = in.there < sizeof http - 1 ? in.there : sizeof http - 1;
    return n && memcmp(in.data, http, n) == 0;
}

/* A hole in the head: what was read of it is all there will be. */
static void head_hole(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client)
{
    struct side *side = stream_side(st, from_client);
    const char *all = pxk_head_get(t, side);
    if (all)
        head_over(t, b, st, from_client, (struct text){all, side->head_len}, 0, false);
    side->reading = READ_START;
    pxk_head_drop(side);
}

void pxk_http_data(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, struct bytes in)
{
    struct side *side = stream_side(st, from_client);
    uint64_t pos = side->pos;
    while (in.wire) {
        size_t used = in.wire;
        bool body = side->reading == READ_BODY || side->reading == READ_CHUNKS || side->reading == READ_TO_END;
        if (body && side->reading != READ_BODY && !from_client && head_begins(false, in) && http_waiting(b, st))
            body = false; /* the client has asked for more, and the next answer begins */
        if (body && !from_client)
            used = body_data(t, b, st, in, pos);
        else if (side->reading == READ_HEAD && !in.there)
            head_hole(t, b, st, from_client);
        else if (side->reading == READ_HEAD || (in.there && head_begins(from_client, in)))
            used = head_data(t, b, st, from_client, in, pos);
        size_t seen = used < in.there ? used : in.there;
        in = (struct bytes){seen ? in.data + seen : in.data, in.there - seen, in.wire - used};
        pos += used;
    }
}

/* ---- ends ---- */

static void body_ends(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, bool reset)
{
    struct pxk_http *h = http_body(b, st);
    if (!h)
        return;
    if (!from_client && !reset && st->from_server.reading == READ_TO_END) {
        body_done(t, b, st, h);
        return;
    }
    h->end_frame = t->number;
    h->left = from_client;
    h->cut_short = !from_client;
    h->reset |= !from_client && reset;
    st->body = SIZE_MAX;
    st->from_server.reading = READ_NOTHING;
}

void pxk_http_end(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, bool reset)
{
    if (stream_side(st, from_client)->reading == READ_HEAD)
        head_hole(t, b, st, from_client);
    body_ends(t, b, st, from_client, reset);
    struct pxk_http *h = http_last(b, st);
    if (!h || h->status)
        return;
    h->reset |= reset;
    h->left |= from_client && !reset;
    h->cut_short |= !from_client;
    if (!h->end_frame)
        h->end_frame = t->number;
}
