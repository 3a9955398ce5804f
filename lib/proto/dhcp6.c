/* RFC 8415 7 to 9 (messages, relays), 21 (options); RFC 5970 (boot options). */
#include "pxk/proto/dhcp6.h"

#include "pxk/proto/arch.h"

static void note(struct pxk_dhcp6 *m, enum pxk_dhcp6_note_kind kind, uint16_t code, uint32_t offset)
{
    if (m->note_n < PXK_DHCP6_NOTES_MAX)
        m->note[m->note_n++] = (struct pxk_dhcp6_note){(uint8_t)kind, code, (uint16_t)offset};
}

static struct pxk_rd reader(const struct pxk_dhcp6_opt *o)
{
    return pxk_rd_init(o ? o->data : NULL, o ? o->len : 0);
}

bool pxk_dhcp6_next(struct pxk_rd *r, struct pxk_dhcp6_opt *out)
{
    if (!pxk_rd_left(r))
        return false;
    uint16_t offset = (uint16_t)pxk_rd_offset(r);
    uint16_t code = pxk_rd_u16(r), len = pxk_rd_u16(r);
    const uint8_t *data = pxk_rd_take(r, len);
    *out = (struct pxk_dhcp6_opt){code, len, offset, data};
    return data != NULL;
}

bool pxk_dhcp6_data_next(struct pxk_rd *r, const uint8_t **data, size_t *len)
{
    if (!pxk_rd_left(r))
        return false;
    *len = pxk_rd_u16(r);
    *data = pxk_rd_take(r, *len);
    return *data != NULL;
}

/* ---- does what an option holds stay inside it? ---- */

static bool list_ok(struct pxk_rd r)
{
    const uint8_t *data;
    size_t len;
    while (pxk_dhcp6_data_next(&r, &data, &len))
        ;
    return r.err == PXK_OK;
}

static bool options_ok(struct pxk_rd r, size_t skip)
{
    struct pxk_dhcp6_opt o;
    (void)pxk_rd_take(&r, skip);
    while (pxk_dhcp6_next(&r, &o))
        ;
    return r.err == PXK_OK;
}

static bool association_ok(struct pxk_rd r, size_t skip)
{
    struct pxk_dhcp6_opt o;
    (void)pxk_rd_take(&r, skip);
    while (pxk_dhcp6_next(&r, &o))
        if (o.code == PXK_OPT6_IAADDR && (!pxk_dhcp6_len_ok(o.code, o.len) || !options_ok(reader(&o), 24)))
            return false;
    return r.err == PXK_OK;
}

static bool inside_ok(const struct pxk_dhcp6_opt *o)
{
    struct pxk_rd r = reader(o);
    switch (pxk_dhcp6_row(o->code)->shape) {
    case PXK_SHAPE6_IA:
        return association_ok(r, 12);
    case PXK_SHAPE6_IA_TA:
        return association_ok(r, 4);
    case PXK_SHAPE6_IAADDR:
        return options_ok(r, 24);
    case PXK_SHAPE6_VENDOR_OPTS:
        return options_ok(r, 4);
    case PXK_SHAPE6_VENDOR_CLASS:
        (void)pxk_rd_u32(&r);
        return list_ok(r);
    case PXK_SHAPE6_DATA_LIST:
        return list_ok(r);
    case PXK_SHAPE6_BYTES:
    case PXK_SHAPE6_FLAG:
    case PXK_SHAPE6_U8:
    case PXK_SHAPE6_U16:
    case PXK_SHAPE6_U16_LIST:
    case PXK_SHAPE6_U32:
    case PXK_SHAPE6_IP6:
    case PXK_SHAPE6_IP6_LIST:
    case PXK_SHAPE6_STRING:
    case PXK_SHAPE6_DOMAINS:
    case PXK_SHAPE6_DUID:
    case PXK_SHAPE6_STATUS:
    case PXK_SHAPE6_NDI:
    case PXK_SHAPE6_LLADDR:
        break;
    }
    return true;
}

/* ---- the message ---- */

static void options_decode(struct pxk_dhcp6 *m, struct pxk_rd *r)
{
    struct pxk_dhcp6_opt o;
    while (pxk_dhcp6_next(r, &o)) {
        if (!pxk_dhcp6_len_ok(o.code, o.len))
            note(m, PXK_DHCP6_NOTE_BAD_LENGTH, o.code, o.offset);
        else if (!inside_ok(&o))
            note(m, PXK_DHCP6_NOTE_BAD_INSIDE, o.code, o.offset);
        if (m->opt_n == PXK_DHCP6_OPTS_MAX) {
            note(m, PXK_DHCP6_NOTE_MANY, o.code, o.offset);
            return;
        }
        m->opt[m->opt_n++] = o;
    }
    if (r->err != PXK_OK)
        note(m, PXK_DHCP6_NOTE_CUT, o.code, o.offset);
}

static void relay_option(struct pxk_dhcp6_relay *relay, const struct pxk_dhcp6_opt *o)
{
    struct pxk_rd r = reader(o);
    if (o->code == PXK_OPT6_INTERFACE_ID)
        relay->interface_id = *o;
    if (o->code == PXK_OPT6_CLIENT_LLADDR && o->len == 8 && pxk_rd_u16(&r) == 1) {
        relay->has_mac = true;
        pxk_rd_bytes(&r, relay->mac.b, 6);
    }
}

/* A relay's header and options; @r becomes its message. False: there is none, or the header is cut. */
static bool relay_decode(struct pxk_dhcp6 *m, struct pxk_rd *r)
{
    struct pxk_dhcp6_relay *relay = &m->relay[m->relay_n];
    struct pxk_rd message = {.err = PXK_E_NOTFOUND};
    struct pxk_dhcp6_opt o;
    *relay = (struct pxk_dhcp6_relay){.type = pxk_rd_u8(r)};
    relay->hops = pxk_rd_u8(r);
    m->type = relay->type;
    pxk_rd_bytes(r, relay->link.b, 16);
    pxk_rd_bytes(r, relay->peer.b, 16);
    if (r->err != PXK_OK)
        return false;
    m->relay_n++;
    relay->options = *r;
    while (pxk_dhcp6_next(r, &o)) {
        relay_option(relay, &o);
        if (o.code == PXK_OPT6_RELAY_MSG && message.err != PXK_OK)
            message = (struct pxk_rd){r->base, o.data, o.data + o.len, PXK_OK};
    }
    if (r->err != PXK_OK)
        note(m, PXK_DHCP6_NOTE_CUT, o.code, o.offset);
    *r = message;
    return message.err == PXK_OK;
}

static bool is_relay(const struct pxk_rd *r)
{
    return pxk_rd_left(r) && (r->at[0] == PXK_DHCP6_RELAY_FORW || r->at[0] == PXK_DHCP6_RELAY_REPL);
}

enum pxk_err pxk_dhcp6_decode(const void *data, size_t len, struct pxk_dhcp6 *m)
{
    m->type = 0;
    m->xid = 0;
    m->relay_n = m->opt_n = m->note_n = 0;
    m->len = len < UINT16_MAX ? len : UINT16_MAX;
    struct pxk_rd r = pxk_rd_init(data, m->len);
    while (is_relay(&r)) {
        if (m->relay_n == PXK_DHCP6_RELAYS_MAX) {
            note(m, PXK_DHCP6_NOTE_DEEP, PXK_OPT6_RELAY_MSG, pxk_rd_offset(&r));
            return PXK_OK;
        }
        if (!relay_decode(m, &r)) {
            if (!m->relay_n)
                return PXK_E_TRUNCATED;
            note(m, PXK_DHCP6_NOTE_NO_MESSAGE, PXK_OPT6_RELAY_MSG, 0);
            return PXK_OK;
        }
    }
    uint32_t head = pxk_rd_u32(&r);
    if (r.err != PXK_OK && m->relay_n)
        note(m, PXK_DHCP6_NOTE_NO_MESSAGE, PXK_OPT6_RELAY_MSG, 0);
    if (r.err != PXK_OK)
        return m->relay_n ? PXK_OK : r.err;
    m->type = (uint8_t)(head >> 24);
    m->xid = head & 0xffffff;
    options_decode(m, &r);
    return PXK_OK;
}

/* ---- questions ---- */

bool pxk_dhcp6_noted(const struct pxk_dhcp6 *m, enum pxk_dhcp6_note_kind kind)
{
    for (unsigned i = 0; i < m->note_n; i++)
        if (m->note[i].kind == kind)
            return true;
    return false;
}

const struct pxk_dhcp6_opt *pxk_dhcp6_find(const struct pxk_dhcp6 *m, uint16_t code)
{
    for (unsigned i = 0; i < m->opt_n; i++)
        if (m->opt[i].code == code)
            return &m->opt[i];
    return NULL;
}

const char *pxk_dhcp6_text(const struct pxk_dhcp6 *m, uint16_t code, char *out, size_t cap)
{
    const struct pxk_dhcp6_opt *o = pxk_dhcp6_find(m, code);
    (void)pxk_str_copy_n(out, cap, o ? o->data : NULL, o ? o->len : 0); /* what is cut does not match: good enough */
    return out;
}

uint16_t pxk_dhcp6_arch(const struct pxk_dhcp6 *m)
{
    struct pxk_rd r = reader(pxk_dhcp6_find(m, PXK_OPT6_CLIENT_ARCH));
    return pxk_rd_left(&r) >= 2 ? pxk_rd_u16(&r) : PXK_ARCH_UNSET;
}

static bool begins(const uint8_t *data, size_t len, const char *prefix)
{
    size_t n = strlen(prefix);
    return len >= n && memcmp(data, prefix, n) == 0;
}

bool pxk_dhcp6_vendor_is(const struct pxk_dhcp6 *m, const char *prefix)
{
    for (unsigned i = 0; i < m->opt_n; i++) {
        struct pxk_rd r = reader(&m->opt[i]);
        const uint8_t *data;
        size_t len;
        if (m->opt[i].code != PXK_OPT6_VENDOR_CLASS || pxk_rd_u32(&r) != PXK_DHCP6_ENTERPRISE)
            continue;
        while (pxk_dhcp6_data_next(&r, &data, &len))
            if (begins(data, len, prefix))
                return true;
    }
    return false;
}

bool pxk_dhcp6_is_ipxe(const struct pxk_dhcp6 *m)
{
    struct pxk_rd r = reader(pxk_dhcp6_find(m, PXK_OPT6_USER_CLASS));
    const uint8_t *data;
    size_t len;
    while (pxk_dhcp6_data_next(&r, &data, &len))
        if (len == 4 && begins(data, len, "iPXE"))
            return true;
    return false;
}

bool pxk_dhcp6_asks(const struct pxk_dhcp6 *m, uint16_t code)
{
    struct pxk_rd r = reader(pxk_dhcp6_find(m, PXK_OPT6_ORO));
    while (pxk_rd_left(&r) >= 2)
        if (pxk_rd_u16(&r) == code)
            return true;
    return false;
}

bool pxk_dhcp6_params_ok(const struct pxk_dhcp6_opt *params)
{
    return list_ok(reader(params));
}

static struct pxk_dhcp6_status status_of(const struct pxk_dhcp6_opt *o)
{
    struct pxk_rd r = reader(o);
    struct pxk_dhcp6_status s = {.code = pxk_rd_u16(&r)};
    s.there = r.err == PXK_OK;
    s.message_len = (uint16_t)pxk_rd_left(&r);
    s.message = (const char *)pxk_rd_take(&r, s.message_len);
    return s;
}

struct pxk_dhcp6_status pxk_dhcp6_status(const struct pxk_dhcp6 *m)
{
    return status_of(pxk_dhcp6_find(m, PXK_OPT6_STATUS));
}

static void address_decode(const struct pxk_dhcp6_opt *o, struct pxk_dhcp6_ia *out)
{
    struct pxk_rd r = reader(o);
    struct pxk_dhcp6_opt inner;
    if (out->has_address || o->len < 24)
        return;
    pxk_rd_bytes(&r, out->address.b, 16);
    out->preferred = pxk_rd_u32(&r);
    out->valid = pxk_rd_u32(&r);
    out->has_address = true;
    while (pxk_dhcp6_next(&r, &inner))
        if (inner.code == PXK_OPT6_STATUS)
            out->status = status_of(&inner);
}

bool pxk_dhcp6_ia(const struct pxk_dhcp6 *m, struct pxk_dhcp6_ia *out)
{
    struct pxk_rd r = reader(pxk_dhcp6_find(m, PXK_OPT6_IA_NA));
    struct pxk_dhcp6_opt o;
    struct pxk_dhcp6_status own = {0};
    *out = (struct pxk_dhcp6_ia){.iaid = pxk_rd_u32(&r)};
    out->t1 = pxk_rd_u32(&r);
    out->t2 = pxk_rd_u32(&r);
    if (r.err != PXK_OK)
        return false;
    while (pxk_dhcp6_next(&r, &o)) {
        if (o.code == PXK_OPT6_IAADDR)
            address_decode(&o, out);
        if (o.code == PXK_OPT6_STATUS)
            own = status_of(&o);
    }
    if (!out->status.there)
        out->status = own;
    return true;
}

/* ---- writing ---- */

void pxk_dhcp6_write_head(struct pxk_wr *w, enum pxk_dhcp6_type type, uint32_t xid)
{
    pxk_wr_u32(w, (uint32_t)type << 24 | (xid & 0xffffff));
}

void pxk_dhcp6_write_relay(struct pxk_wr *w, enum pxk_dhcp6_type type, uint8_t hops, struct pxk_ip link, struct pxk_ip peer)
{
    pxk_wr_u8(w, (uint8_t)type);
    pxk_wr_u8(w, hops);
    pxk_wr_bytes(w, link.b, 16);
    pxk_wr_bytes(w, peer.b, 16);
}

size_t pxk_dhcp6_open(struct pxk_wr *w, uint16_t code)
{
    pxk_wr_u16(w, code);
    size_t mark = pxk_wr_len(w);
    pxk_wr_u16(w, 0);
    return mark;
}

void pxk_dhcp6_close(struct pxk_wr *w, size_t mark)
{
    if (w->err != PXK_OK)
        return;
    size_t n = pxk_wr_len(w) - mark - 2;
    if (n > UINT16_MAX)
        w->err = PXK_E_RANGE;
    else
        pxk_wr_patch16(w, mark, (uint16_t)n);
}

void pxk_dhcp6_write_opt(struct pxk_wr *w, uint16_t code, const void *data, size_t len)
{
    size_t mark = pxk_dhcp6_open(w, code);
    pxk_wr_bytes(w, data, len);
    pxk_dhcp6_close(w, mark);
}
