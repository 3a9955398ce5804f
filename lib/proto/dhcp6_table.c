/* The DHCPv6 option table and what can be said from it alone: names, lengths, text of values. */
#include "pxk/proto/arch.h"
#include "pxk/proto/dhcp6.h"

static const struct {
    uint16_t code;
    struct pxk_opt6_row row;
} rows[] = {
#define OPT(code, name, key, shape, min, max, source) {code, {key, PXK_SHAPE6_##shape, min, max, source}},
#include "pxk/proto/tables/dhcp6_options.def"
#undef OPT
};

const struct pxk_opt6_row *pxk_dhcp6_row(uint16_t code)
{
    static const struct pxk_opt6_row none = {.max = UINT16_MAX};
    size_t low = 0, high = PXK_COUNT(rows);
    while (low < high) { /* the table is sorted: a test sees to it */
        size_t mid = (low + high) / 2;
        if (rows[mid].code == code)
            return &rows[mid].row;
        if (rows[mid].code < code)
            low = mid + 1;
        else
            high = mid;
    }
    return &none;
}

int pxk_dhcp6_code(const char *key)
{
    for (size_t i = 0; i < PXK_COUNT(rows); i++)
        if (pxk_str_casecmp(rows[i].row.key, key) == 0)
            return rows[i].code;
    return -1;
}

bool pxk_dhcp6_len_ok(uint16_t code, size_t len)
{
    const struct pxk_opt6_row *row = pxk_dhcp6_row(code);
    if (len < row->min || len > row->max)
        return false;
    if (row->shape == PXK_SHAPE6_U16_LIST)
        return len % 2 == 0;
    return row->shape != PXK_SHAPE6_IP6_LIST || len % 16 == 0;
}

const char *pxk_dhcp6_type_name(unsigned type)
{
    static const char *const name[] = {
#define X(number, id, words) [number] = words,
        PXK_DHCP6_TYPES(X)
#undef X
    };
    return type < PXK_COUNT(name) && name[type] ? name[type] : "unknown";
}

const char *pxk_dhcp6_status_name(unsigned code)
{
    static const char *const name[] = {
#define X(number, id, words) [number] = words,
        PXK_DHCP6_STATUSES(X)
#undef X
    };
    return code < PXK_COUNT(name) ? name[code] : "unknown";
}

const char *pxk_dhcp6_note_words(enum pxk_dhcp6_note_kind kind)
{
    static const char *const words[] = {
#define X(name, text) text,
        PXK_DHCP6_NOTES(X)
#undef X
    };
    return (unsigned)kind < PXK_COUNT(words) ? words[kind] : "";
}

/* ---- values as text ---- */

static void hex_text(struct pxk_rd *r, struct pxk_str *out)
{
    for (bool first = true; pxk_rd_left(r) > 0; first = false)
        pxk_str_addf(out, first ? "%02x" : ":%02x", pxk_rd_u8(r));
}

static void ip_text(struct pxk_rd *r, struct pxk_str *out)
{
    struct pxk_ip ip;
    char text[PXK_IP_STRLEN];
    pxk_rd_bytes(r, ip.b, 16);
    pxk_str_add(out, pxk_ip_text(ip, text));
}

static void ip_list_text(struct pxk_rd *r, struct pxk_str *out)
{
    for (bool first = true; pxk_rd_left(r) >= 16; first = false) {
        pxk_str_add(out, first ? "" : ", ");
        ip_text(r, out);
    }
}

/* Options by name where the table has one, architectures by key. */
static void u16_list_text(uint16_t code, struct pxk_rd *r, struct pxk_str *out)
{
    char name[16];
    for (bool first = true; pxk_rd_left(r) >= 2; first = false) {
        uint16_t v = pxk_rd_u16(r);
        pxk_str_addf(out, "%s%u", first ? "" : ", ", v);
        if (code == PXK_OPT6_CLIENT_ARCH)
            pxk_str_addf(out, " (%s)", pxk_arch_name(v, name));
        else if (pxk_dhcp6_row(v)->key)
            pxk_str_addf(out, " (%s)", pxk_dhcp6_row(v)->key);
    }
}

/* RFC 8415 10: labels as in RFC 1035 3.1, no compression; the name of no label is the root. */
static void domains_text(struct pxk_rd *r, struct pxk_str *out)
{
    for (bool first = true; pxk_rd_left(r) > 0; first = false) {
        pxk_str_add(out, first ? "" : ", ");
        uint8_t n = pxk_rd_u8(r);
        if (!n)
            pxk_str_add(out, ".");
        for (bool dot = false; n && r->err == PXK_OK; n = pxk_rd_left(r) ? pxk_rd_u8(r) : 0, dot = true) {
            const uint8_t *label = pxk_rd_take(r, n);
            pxk_str_add(out, dot ? "." : "");
            if (label)
                pxk_str_add_quoted(out, label, n);
        }
    }
    if (r->err != PXK_OK)
        pxk_str_add(out, " (cut)");
}

static void list_text(struct pxk_rd *r, struct pxk_str *out)
{
    const uint8_t *data;
    size_t len;
    for (bool first = true; pxk_dhcp6_data_next(r, &data, &len); first = false) {
        pxk_str_add(out, first ? "" : ", ");
        pxk_str_add_quoted(out, data, len);
    }
    if (r->err != PXK_OK)
        pxk_str_add(out, " (not a list of texts with their lengths)");
}

static void options_text(struct pxk_rd *r, bool known, struct pxk_str *out)
{
    struct pxk_dhcp6_opt o;
    while (pxk_dhcp6_next(r, &o)) {
        struct pxk_rd value = pxk_rd_init(o.data, o.len);
        const char *key = pxk_dhcp6_row(o.code)->key;
        if (known && key)
            pxk_str_addf(out, "; %s ", key);
        else
            pxk_str_addf(out, "; option %u ", o.code);
        /* what is in here is not taken apart further: a text ends here */
        if (known && (o.code == PXK_OPT6_IAADDR || o.code == PXK_OPT6_STATUS))
            pxk_dhcp6_value_text(o.code, o.data, o.len, out);
        else
            hex_text(&value, out);
    }
}

static void iaaddr_text(struct pxk_rd *r, struct pxk_str *out)
{
    ip_text(r, out);
    uint32_t preferred = pxk_rd_u32(r);
    pxk_str_addf(out, " preferred %u valid %u", preferred, pxk_rd_u32(r));
    struct pxk_dhcp6_opt o;
    while (pxk_dhcp6_next(r, &o))
        if (o.code == PXK_OPT6_STATUS)
            pxk_dhcp6_value_text(o.code, o.data, o.len, out);
}

static void ia_text(struct pxk_rd *r, bool times, struct pxk_str *out)
{
    pxk_str_addf(out, "id %08x", pxk_rd_u32(r));
    if (times) {
        uint32_t t1 = pxk_rd_u32(r);
        pxk_str_addf(out, " t1 %u t2 %u", t1, pxk_rd_u32(r));
    }
    options_text(r, true, out);
}

static void status_text(struct pxk_rd *r, struct pxk_str *out)
{
    uint16_t code = pxk_rd_u16(r);
    size_t n = pxk_rd_left(r);
    pxk_str_addf(out, "%u (%s)", code, pxk_dhcp6_status_name(code));
    if (!n)
        return;
    pxk_str_add(out, " ");
    pxk_str_add_quoted(out, pxk_rd_take(r, n), n);
}

static void string_text(const uint8_t *data, size_t len, struct pxk_str *out)
{
    while (len && data[len - 1] == 0)
        len--;
    pxk_str_add_quoted(out, data, len);
}

void pxk_dhcp6_value_text(uint16_t code, const uint8_t *data, size_t len, struct pxk_str *out)
{
    const struct pxk_opt6_row *row = pxk_dhcp6_row(code);
    struct pxk_rd r = pxk_rd_init(data, len);
    if (!row->key || !pxk_dhcp6_len_ok(code, len)) {
        hex_text(&r, out);
        return;
    }
    switch (row->shape) {
    case PXK_SHAPE6_BYTES:
        hex_text(&r, out);
        break;
    case PXK_SHAPE6_FLAG:
        pxk_str_add(out, "set");
        break;
    case PXK_SHAPE6_U8:
        pxk_str_addf(out, "%u", pxk_rd_u8(&r));
        break;
    case PXK_SHAPE6_U16:
        pxk_str_addf(out, "%u", pxk_rd_u16(&r));
        break;
    case PXK_SHAPE6_U32:
        pxk_str_addf(out, "%u", pxk_rd_u32(&r));
        break;
    case PXK_SHAPE6_U16_LIST:
        u16_list_text(code, &r, out);
        break;
    case PXK_SHAPE6_IP6:
    case PXK_SHAPE6_IP6_LIST:
        ip_list_text(&r, out);
        break;
    case PXK_SHAPE6_STRING:
        string_text(data, len, out);
        break;
    case PXK_SHAPE6_DOMAINS:
        domains_text(&r, out);
        break;
    case PXK_SHAPE6_DUID:
        pxk_duid_text(data, len, out);
        break;
    case PXK_SHAPE6_IA:
    case PXK_SHAPE6_IA_TA:
        ia_text(&r, row->shape == PXK_SHAPE6_IA, out);
        break;
    case PXK_SHAPE6_IAADDR:
        iaaddr_text(&r, out);
        break;
    case PXK_SHAPE6_STATUS:
        status_text(&r, out);
        break;
    case PXK_SHAPE6_DATA_LIST:
        list_text(&r, out);
        break;
    case PXK_SHAPE6_VENDOR_CLASS:
        pxk_str_addf(out, "enterprise %u: ", pxk_rd_u32(&r));
        list_text(&r, out);
        break;
    case PXK_SHAPE6_VENDOR_OPTS:
        pxk_str_addf(out, "enterprise %u", pxk_rd_u32(&r));
        options_text(&r, false, out);
        break;
    case PXK_SHAPE6_NDI: {
        uint8_t type = pxk_rd_u8(&r), major = pxk_rd_u8(&r);
        pxk_str_addf(out, "type %u version %u.%u", type, major, pxk_rd_u8(&r));
        break;
    }
    case PXK_SHAPE6_LLADDR:
        pxk_str_addf(out, "type %u ", pxk_rd_u16(&r));
        hex_text(&r, out);
        break;
    }
}
