/* RFC 2131 section 2 (layout), RFC 2132 (options, overload 9.3), RFC 3396 (long options). */
#include "pxk/proto/dhcp4.h"

#include "pxk/proto/arch.h"

#define MAGIC      0x63825363u
#define FILE_AT    108u
#define SNAME_AT   44u
#define EDK2_LIMIT 1472u /* edk2 NetworkPkg/Dhcp4Dxe: larger packets are dropped */

/* The list is short: what makes clients drop a packet is not crowded out by what is only odd. */
static void note(struct pxk_dhcp4 *m, enum pxk_dhcp4_note_kind kind, uint8_t code, size_t offset)
{
    struct pxk_dhcp4_note n = {(uint8_t)kind, code, (uint16_t)offset};
    if (m->note_n < PXK_DHCP4_NOTES_MAX) {
        m->note[m->note_n++] = n;
        return;
    }
    if (kind != PXK_DHCP4_NOTE_NO_END && kind != PXK_DHCP4_NOTE_CUT &&
        kind != PXK_DHCP4_NOTE_BAD_OVERLOAD)
        return;
    for (unsigned i = PXK_DHCP4_NOTES_MAX; i-- > 0;) {
        if (m->note[i].kind == PXK_DHCP4_NOTE_LONG || m->note[i].kind == PXK_DHCP4_NOTE_JOIN_FULL) {
            m->note[i] = n;
            return;
        }
    }
}

bool pxk_dhcp4_noted(const struct pxk_dhcp4 *m, enum pxk_dhcp4_note_kind kind)
{
    for (unsigned i = 0; i < m->note_n; i++)
        if (m->note[i].kind == kind)
            return true;
    return false;
}

/* RFC 3396: values of one code are one value, in order. They are joined in the message's own memory. */
static void join(struct pxk_dhcp4 *m, uint8_t code, const uint8_t *data, size_t len, size_t offset)
{
    struct pxk_dhcp4_opt *o = &m->opt[code];
    if (o->instances == 1)
        note(m, PXK_DHCP4_NOTE_LONG, code, offset);
    bool at_end = m->join_used >= o->len && o->data == m->join + m->join_used - o->len;
    size_t need = at_end ? len : o->len + len;
    if (need > sizeof m->join - m->join_used) {
        note(m, PXK_DHCP4_NOTE_JOIN_FULL, code, offset);
        return;
    }
    if (!at_end) {
        memcpy(m->join + m->join_used, o->data, o->len);
        o->data = m->join + m->join_used;
        m->join_used = (uint16_t)(m->join_used + o->len);
    }
    if (len)
        memcpy(m->join + m->join_used, data, len);
    m->join_used = (uint16_t)(m->join_used + len);
    o->len = (uint16_t)(o->len + len);
}

static void option_add(struct pxk_dhcp4 *m, uint8_t code, const uint8_t *data, size_t len, size_t offset, uint8_t field)
{
    struct pxk_dhcp4_opt *o = &m->opt[code];
    if (o->instances) {
        join(m, code, data, len, offset);
        if (o->instances < UINT8_MAX)
            o->instances++;
        return;
    }
    *o = (struct pxk_dhcp4_opt){.data = data, .first = data, .len = (uint16_t)len, .first_len = (uint16_t)len,
                                .offset = (uint16_t)offset, .instances = 1, .field = field};
    m->order[m->order_n++] = code;
}

/* The bounds are looked at once for each option: storms of DHCP packets pass here. */
static void field_walk(struct pxk_dhcp4 *m, const struct pxk_rd *r, uint8_t field)
{
    const uint8_t *p = r->at, *end = r->at + pxk_rd_left(r);
    for (; p < end && *p != PXK_DHCP4_END; p++) {
        if (*p == PXK_DHCP4_PAD)
            continue;
        size_t left = (size_t)(end - p), len = left > 1 ? p[1] : 0;
        if (left < 2 + len) {
            note(m, PXK_DHCP4_NOTE_CUT, *p, (size_t)(p - r->base));
            return;
        }
        option_add(m, *p, p + 2, len, (size_t)(p - r->base), field);
        p += 1 + len;
    }
    if (p >= end)
        note(m, PXK_DHCP4_NOTE_NO_END, 0, (size_t)(end - r->base));
}

/* NULs at the end are common and harmless (RFC 2132 2); one before other bytes cuts the text short. */
static bool text_broken(const uint8_t *data, size_t len)
{
    while (len && data[len - 1] == 0)
        len--;
    return len && memchr(data, 0, len);
}

static void values_check(struct pxk_dhcp4 *m)
{
    for (unsigned i = 0; i < m->order_n; i++) {
        uint8_t code = m->order[i];
        const struct pxk_dhcp4_opt *o = &m->opt[code];
        if (!pxk_dhcp4_len_ok(code, o->len))
            note(m, PXK_DHCP4_NOTE_BAD_LENGTH, code, o->offset);
        else if (pxk_dhcp4_row(code)->shape == PXK_SHAPE_STRING && text_broken(o->data, o->len))
            note(m, PXK_DHCP4_NOTE_NUL_IN_STRING, code, o->offset);
    }
}

static void options_decode(struct pxk_dhcp4 *m, struct pxk_rd *r)
{
    field_walk(m, r, 0);
    const struct pxk_dhcp4_opt *over = &m->opt[PXK_OPT_OVERLOAD];
    if (over->data && over->len == 1 && over->data[0] >= 1 && over->data[0] <= 3)
        m->overload = over->data[0];
    else if (over->data)
        note(m, PXK_DHCP4_NOTE_BAD_OVERLOAD, PXK_OPT_OVERLOAD, over->offset);
    if (m->overload & 1) {
        struct pxk_rd file = pxk_rd_at(r, FILE_AT, 128);
        field_walk(m, &file, 1);
    }
    if (m->overload & 2) {
        struct pxk_rd sname = pxk_rd_at(r, SNAME_AT, 64);
        field_walk(m, &sname, 2);
    }
    const struct pxk_dhcp4_opt *type = &m->opt[PXK_OPT_MESSAGE_TYPE];
    if (type->data && type->len == 1)
        m->type = type->data[0];
}

enum pxk_err pxk_dhcp4_decode(const void *data, size_t len, struct pxk_dhcp4 *m)
{
    memset(m->opt, 0, sizeof m->opt);
    m->order_n = 0;
    enum pxk_err err = pxk_dhcp4_decode_next(data, len, m);
    if (err == PXK_OK)
        values_check(m);
    return err;
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* @p: PXK_DHCP4_HEADER bytes */
static void header_decode(struct pxk_dhcp4 *m, const uint8_t *p)
{
    m->op = p[0];
    m->htype = p[1];
    m->hlen = p[2];
    m->hops = p[3];
    m->xid = be32(p + 4);
    m->secs = (uint16_t)(p[8] << 8 | p[9]);
    m->flags = (uint16_t)(p[10] << 8 | p[11]);
    m->ciaddr = be32(p + 12);
    m->yiaddr = be32(p + 16);
    m->siaddr = be32(p + 20);
    m->giaddr = be32(p + 24);
    memcpy(m->chaddr, p + 28, sizeof m->chaddr);
    memcpy(m->mac.b, m->chaddr, 6);
    m->sname = p + SNAME_AT;
    m->file = p + FILE_AT;
}

enum pxk_err pxk_dhcp4_decode_next(const void *data, size_t len, struct pxk_dhcp4 *m)
{
    for (unsigned i = 0; i < m->order_n; i++)
        m->opt[m->order[i]] = (struct pxk_dhcp4_opt){0};
    memset(m, 0, offsetof(struct pxk_dhcp4, opt));
    m->note_n = m->order_n = m->join_used = 0;
    if (len > UINT16_MAX)
        len = UINT16_MAX;
    struct pxk_rd r = pxk_rd_init(data, len);
    m->len = len;
    const uint8_t *head = pxk_rd_take(&r, PXK_DHCP4_HEADER);
    if (!head)
        return r.err;
    header_decode(m, head);
    if (pxk_rd_left(&r) < 4 || pxk_rd_u32(&r) != MAGIC) {
        note(m, PXK_DHCP4_NOTE_NO_MAGIC, 0, PXK_DHCP4_HEADER);
        return PXK_OK;
    }
    options_decode(m, &r);
    return PXK_OK;
}

bool pxk_dhcp4_has(const struct pxk_dhcp4 *m, uint8_t code)
{
    return m->opt[code].instances != 0;
}

uint32_t pxk_dhcp4_u32(const struct pxk_dhcp4 *m, uint8_t code, uint32_t or_else)
{
    const struct pxk_dhcp4_opt *o = &m->opt[code];
    struct pxk_rd r = pxk_rd_init(o->data, o->len);
    return o->len == 4 ? pxk_rd_u32(&r) : or_else;
}

uint16_t pxk_dhcp4_u16(const struct pxk_dhcp4 *m, uint8_t code, uint16_t or_else)
{
    const struct pxk_dhcp4_opt *o = &m->opt[code];
    struct pxk_rd r = pxk_rd_init(o->data, o->len);
    return o->len == 2 ? pxk_rd_u16(&r) : or_else;
}

pxk_ip4 pxk_dhcp4_ip(const struct pxk_dhcp4 *m, uint8_t code, pxk_ip4 or_else)
{
    const struct pxk_dhcp4_opt *o = &m->opt[code];
    struct pxk_rd r = pxk_rd_init(o->data, o->len);
    return o->len >= 4 && o->len % 4 == 0 ? pxk_rd_u32(&r) : or_else; /* first of a list */
}

const char *pxk_dhcp4_text(const struct pxk_dhcp4 *m, uint8_t code, char *out, size_t cap)
{
    const struct pxk_dhcp4_opt *o = &m->opt[code];
    (void)pxk_str_copy_n(out, cap, o->data, o->len); /* a cut name will not match: good enough */
    return out;
}

const char *pxk_dhcp4_file(const struct pxk_dhcp4 *m, char *out, size_t cap)
{
    (void)pxk_str_copy_n(out, cap, m->file, m->overload & 1 ? 0 : 128);
    return out;
}

const char *pxk_dhcp4_sname(const struct pxk_dhcp4 *m, char *out, size_t cap)
{
    (void)pxk_str_copy_n(out, cap, m->sname, m->overload & 2 ? 0 : 64);
    return out;
}

bool pxk_dhcp4_vendor_is(const struct pxk_dhcp4 *m, const char *prefix)
{
    const struct pxk_dhcp4_opt *o = &m->opt[PXK_OPT_VENDOR_CLASS];
    size_t n = strlen(prefix);
    return o->first && o->first_len >= n && memcmp(o->first, prefix, n) == 0;
}

uint16_t pxk_dhcp4_arch(const struct pxk_dhcp4 *m)
{
    const struct pxk_dhcp4_opt *o = &m->opt[PXK_OPT_CLIENT_ARCH];
    struct pxk_rd r = pxk_rd_init(o->data, o->len);
    return o->len >= 2 ? pxk_rd_u16(&r) : PXK_ARCH_UNSET;
}

bool pxk_dhcp4_is_ipxe(const struct pxk_dhcp4 *m)
{
    const struct pxk_dhcp4_opt *o = &m->opt[PXK_OPT_USER_CLASS];
    return pxk_dhcp4_has(m, PXK_OPT_ETHERBOOT) || (o->len == 4 && memcmp(o->data, "iPXE", 4) == 0);
}

/* DhcpOptionIsValid(): joined value against DhcpOptionFormats, whose rows agree with ours but are fewer. */
static bool edk2_value_ok(const struct pxk_dhcp4 *m, uint8_t code)
{
    const struct pxk_dhcp4_opt *o = &m->opt[code];
    bool has_format = code <= 61 || (code >= 64 && code <= 76) || code == PXK_OPT_CLASSLESS_ROUTES;
    if (!has_format || !o->len) /* DhcpParseOption() does not count empty options */
        return true;
    if (!pxk_dhcp4_len_ok(code, o->len))
        return false;
    if (code == PXK_OPT_MESSAGE_TYPE)
        return o->data[0] >= PXK_DHCP4_DISCOVER && o->data[0] <= PXK_DHCP4_FORCERENEW;
    return pxk_dhcp4_row(code)->shape != PXK_SHAPE_BOOL || o->data[0] <= 1;
}

static bool edk2_fields_ok(const struct pxk_dhcp4 *m, char *why, size_t cap)
{
    for (unsigned i = 0; i < m->note_n; i++) {
        const struct pxk_dhcp4_note *n = &m->note[i];
        if (n->kind != PXK_DHCP4_NOTE_NO_END && n->kind != PXK_DHCP4_NOTE_CUT &&
            n->kind != PXK_DHCP4_NOTE_BAD_OVERLOAD)
            continue;
        pxk_fmt(why, cap, "byte %u: %s", n->offset, pxk_dhcp4_note_words(n->kind));
        return false;
    }
    return true;
}

bool pxk_dhcp4_edk2_keeps(const struct pxk_dhcp4 *m, char *why, size_t cap)
{
    if (m->len > EDK2_LIMIT) {
        pxk_fmt(why, cap, "the message has %zu bytes, the firmware takes %u at most", m->len, EDK2_LIMIT);
        return false;
    }
    /* Dhcp4Io.c: DhcpInput() looks at options only behind a right cookie, if there are any bytes. */
    if (m->len <= PXK_DHCP4_FIXED || pxk_dhcp4_noted(m, PXK_DHCP4_NOTE_NO_MAGIC))
        return true;
    if (!edk2_fields_ok(m, why, cap))
        return false;
    for (unsigned i = 0; i < m->order_n; i++) {
        uint8_t code = m->order[i];
        if (edk2_value_ok(m, code))
            continue;
        pxk_fmt(why, cap, "byte %u: option %u %s has a bad length or value", m->opt[code].offset, code,
                pxk_dhcp4_row(code)->key);
        return false;
    }
    if (m->type == PXK_DHCP4_OFFER && !pxk_dhcp4_has(m, PXK_OPT_SERVER_ID)) {
        pxk_fmt(why, cap, "the OFFER has no option 54 server-identifier");
        return false;
    }
    return true;
}

const uint8_t *pxk_dhcp4_relay_sub(const struct pxk_dhcp4 *m, uint8_t code, size_t *len)
{
    const struct pxk_dhcp4_opt *o = &m->opt[PXK_OPT_RELAY_AGENT];
    struct pxk_rd r = pxk_rd_init(o->data, o->len);
    while (pxk_rd_left(&r) >= 2) {
        uint8_t sub = pxk_rd_u8(&r);
        struct pxk_rd value = pxk_rd_sub(&r, pxk_rd_u8(&r));
        if (r.err == PXK_OK && sub == code) {
            *len = pxk_rd_left(&value);
            return value.at;
        }
    }
    return NULL;
}
