/* TLS as far as it is not encrypted (RFC 8446, RFC 5246): the name a client asks for, the versions, whether the
 * handshake ends, and who sent an alert. */
#include "stream.h"

enum { CHANGE_CIPHER_SPEC = 20, ALERT = 21, HANDSHAKE = 22, APPLICATION = 23 };
enum { CLIENT_HELLO = 1, SERVER_HELLO = 2 };
enum { EXT_SERVER_NAME = 0, EXT_SUPPORTED_VERSIONS = 43 };
enum { RECORD_HEADER = 5, RECORD_MAX = 16384 + 2048 };
enum { TLS13 = 0x0304 };
/* An encrypted alert of TLS 1.3: two bytes, the content type, a tag of 16 bytes (RFC 8446 5.2). Nothing else in a
 * handshake is so short. */
enum { HIDDEN_ALERT = 19 };

bool pxk_tls_begins(const uint8_t *data, size_t n)
{
    return n >= 6 && data[0] == HANDSHAKE && data[1] == 3 && data[2] <= 4 && data[5] == CLIENT_HELLO;
}

/* ---- hellos ---- */

static void server_name(struct pxk_tls *tls, struct pxk_rd *r)
{
    (void)pxk_rd_u16(r); /* of the list */
    uint8_t type = pxk_rd_u8(r);
    struct pxk_rd name = pxk_rd_sub(r, pxk_rd_u16(r));
    if (r->err == PXK_OK && type == 0)
        pxk_quote(tls->sni, sizeof tls->sni, name.at, pxk_rd_left(&name));
}

static bool is_grease(uint16_t v) /* RFC 8701 */
{
    return (v & 0x0f0f) == 0x0a0a;
}

static void versions(struct pxk_tls *tls, struct pxk_rd *r, bool from_client)
{
    if (!from_client) {
        uint16_t v = pxk_rd_u16(r);
        if (r->err == PXK_OK)
            tls->version = v;
        return;
    }
    struct pxk_rd list = pxk_rd_sub(r, pxk_rd_u8(r));
    while (pxk_rd_left(&list) > 1) {
        uint16_t v = pxk_rd_u16(&list);
        if (!is_grease(v) && v > tls->offered)
            tls->offered = v;
    }
}

static void extensions(struct pxk_tls *tls, struct pxk_rd *r, bool from_client)
{
    struct pxk_rd all = pxk_rd_sub(r, pxk_rd_u16(r));
    if (r->err != PXK_OK)
        return;
    while (pxk_rd_left(&all) >= 4) {
        uint16_t type = pxk_rd_u16(&all);
        struct pxk_rd ext = pxk_rd_sub(&all, pxk_rd_u16(&all));
        if (all.err != PXK_OK)
            return;
        if (type == EXT_SERVER_NAME && from_client)
            server_name(tls, &ext);
        else if (type == EXT_SUPPORTED_VERSIONS)
            versions(tls, &ext, from_client);
    }
}

/* A hello's body: version, random, session id, suites, compression, extensions. */
static bool hello(struct pxk_tls *tls, struct pxk_rd *r, bool from_client)
{
    uint8_t type = pxk_rd_u8(r);
    (void)pxk_rd_take(r, 3);
    uint16_t version = pxk_rd_u16(r);
    (void)pxk_rd_take(r, 32);
    (void)pxk_rd_take(r, pxk_rd_u8(r));
    if (r->err != PXK_OK || type != (from_client ? CLIENT_HELLO : SERVER_HELLO))
        return false;
    if (from_client) {
        tls->offered = version;
        (void)pxk_rd_take(r, pxk_rd_u16(r));
        (void)pxk_rd_take(r, pxk_rd_u8(r));
    } else {
        tls->server_hello = true;
        tls->version = version;
        (void)pxk_rd_take(r, 3);
    }
    if (pxk_rd_left(r) >= 2)
        extensions(tls, r, from_client);
    return true;
}

/* ---- records ---- */

struct where {
    struct pxk_tracker *t;
    struct box *b;
    struct stream *st;
    bool from_client;
};

static void alert_input(const struct where *w, struct pxk_conn *c, uint8_t level, uint8_t alert, bool hidden)
{
    struct pxk_tls *tls = &c->tls;
    enum { CLOSE_NOTIFY = 0 };
    if (tls->alert_by != PXK_TLS_ALERT_NONE || (alert == CLOSE_NOTIFY && !hidden))
        return;
    tls->alert_by = w->from_client ? PXK_TLS_ALERT_CLIENT : PXK_TLS_ALERT_SERVER;
    tls->alert_level = level;
    tls->alert = alert;
    tls->alert_hidden = hidden;
    tls->alert_frame = w->t->number;
    pxk_event_conn(w->t, PXK_EVENT_TLS_ALERT, w->b, c, w->from_client);
}

/* Application data: encrypted handshake in TLS 1.3, else what the connection is for. */
static void application_input(const struct where *w, struct pxk_conn *c, size_t len)
{
    struct side *side = stream_side(w->st, w->from_client);
    bool first = !side->encrypted;
    side->encrypted = true;
    if (c->tls.version == TLS13 && w->from_client && first && len == HIDDEN_ALERT)
        alert_input(w, c, 0, 0, true);
    else if (w->from_client)
        c->tls.established = true;
}

/* One record; @data holds what is there of its @len bytes. */
static void record_input(const struct where *w, uint8_t type, const uint8_t *data, size_t there, size_t len)
{
    struct pxk_conn *c = pxk_stream_conn(w->b, w->st);
    struct side *side = stream_side(w->st, w->from_client);
    struct pxk_rd r = pxk_rd_init(data, there);
    if (!c)
        return;
    if (type == APPLICATION)
        application_input(w, c, len);
    else if (type == CHANGE_CIPHER_SPEC && c->tls.version != TLS13)
        side->encrypted = true;
    else if (type == ALERT && len == 2 && there == 2)
        alert_input(w, c, data[0], data[1], false);
    else if (type == HANDSHAKE && !side->encrypted && hello(&c->tls, &r, w->from_client) && w->from_client)
        pxk_event_conn(w->t, PXK_EVENT_TLS_HELLO, w->b, c, true);
    if (c->tls.version && c->tls.version != TLS13 && w->st->client.encrypted && w->st->from_server.encrypted)
        c->tls.established = true;
}

static bool is_record(const uint8_t *p)
{
    size_t len = (size_t)p[3] << 8 | p[4];
    return p[0] >= CHANGE_CIPHER_SPEC && p[0] <= APPLICATION && p[1] == 3 && len <= RECORD_MAX;
}

/* What is kept of a record is looked at when it is whole, or as much as fits has come. */
static void record_part(const struct where *w, struct side *side)
{
    const uint8_t *p = (const uint8_t *)pxk_head_get(w->t, side);
    if (!p || side->head_len < RECORD_HEADER)
        return;
    size_t len = (size_t)p[3] << 8 | p[4];
    size_t there = (size_t)side->head_len - RECORD_HEADER;
    record_input(w, p[0], p + RECORD_HEADER, there < len ? there : len, len);
    pxk_head_drop(side);
}

/* Takes up to @want bytes of a record into its buffer; false when that is lost. */
static bool collect(const struct where *w, struct side *side, struct bytes *in, size_t want)
{
    size_t lacks = want > side->head_len ? want - side->head_len : 0;
    size_t take = lacks < in->there ? lacks : in->there;
    if (take && !pxk_head_add(w->t, side, in->data, take))
        return false;
    if (side->head_lease && !pxk_head_get(w->t, side))
        return false;
    *in = (struct bytes){take ? in->data + take : in->data, in->there - take, in->wire - take};
    return side->head_len == want || !in->wire;
}

static void give_up(struct side *side)
{
    pxk_head_drop(side);
    side->reading = READ_NOTHING;
}

/* A record: header and, of those that can be read, contents through the buffer, the rest is passed over. */
static bool next_record(const struct where *w, struct side *side, struct bytes *in, uint64_t end)
{
    if (!collect(w, side, in, side->head_len < RECORD_HEADER ? RECORD_HEADER : side->head_len))
        return false;
    if (side->head_len < RECORD_HEADER)
        return true;
    const uint8_t *p = (const uint8_t *)pxk_head_get(w->t, side);
    if (!p || !is_record(p))
        return false;
    size_t len = (size_t)p[3] << 8 | p[4];
    bool readable = p[0] == HANDSHAKE || p[0] == ALERT;
    size_t keep = RECORD_HEADER + (readable && !side->encrypted ? len : 0);
    if (keep > HEAD_CAP)
        keep = HEAD_CAP;
    if (side->reading != READ_HEAD) {
        side->reading = READ_HEAD;
        side->until = end - in->wire - side->head_len + RECORD_HEADER + len;
    }
    if (!collect(w, side, in, keep))
        return false;
    if (side->head_len < keep)
        return true;
    record_part(w, side);
    side->reading = READ_BODY;
    return true;
}

void pxk_tls_data(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, struct bytes in)
{
    struct where w = {t, b, st, from_client};
    struct side *side = stream_side(st, from_client);
    uint64_t end = side->pos + in.wire;
    if (side->reading == READ_NOTHING)
        return;
    while (in.wire) {
        if (side->reading != READ_BODY) {
            if (!next_record(&w, side, &in, end)) {
                give_up(side);
                return;
            }
            continue;
        }
        uint64_t left = side->until > end - in.wire ? side->until - (end - in.wire) : 0;
        size_t used = left < in.wire ? (size_t)left : in.wire;
        size_t seen = used < in.there ? used : in.there;
        in = (struct bytes){seen ? in.data + seen : in.data, in.there - seen, in.wire - used};
        if (used == left)
            side->reading = READ_START;
    }
}
