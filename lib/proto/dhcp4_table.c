/* The option table and what can be said from it alone: names, lengths, text of values. */
#include "pxk/proto/dhcp4.h"

#include "pxk/proto/arch.h"

static const struct pxk_opt_row rows[256] = {
#define OPT(code, name, key, shape, min, max, from, source)                                        \
    [code] = {key, PXK_SHAPE_##shape, min, max, PXK_BY_##from, source},
#include "pxk/proto/tables/dhcp4_options.def"
#undef OPT
};

const struct pxk_opt_row *pxk_dhcp4_row(uint8_t code)
{
    return &rows[code];
}

int pxk_dhcp4_code(const char *key)
{
    for (int code = 0; code < 256; code++)
        if (rows[code].key && pxk_str_casecmp(rows[code].key, key) == 0)
            return code;
    return -1;
}

bool pxk_dhcp4_len_ok(uint8_t code, size_t len)
{
    const struct pxk_opt_row *row = &rows[code];
    if (!row->key)
        return true;
    /* A value that was split into several instances may be longer than one instance's 255 bytes. */
    if (len < row->min || (len > row->max && row->max < 248))
        return false;
    switch (row->shape) {
    case PXK_SHAPE_IP4_LIST:
        return len % 4 == 0;
    case PXK_SHAPE_IP4_PAIRS:
        return len % 8 == 0;
    case PXK_SHAPE_U16_LIST:
        return len % 2 == 0;
    case PXK_SHAPE_BYTES:
    case PXK_SHAPE_FLAG:
    case PXK_SHAPE_BOOL:
    case PXK_SHAPE_U8:
    case PXK_SHAPE_U8_LIST:
    case PXK_SHAPE_U16:
    case PXK_SHAPE_U32:
    case PXK_SHAPE_S32:
    case PXK_SHAPE_IP4:
    case PXK_SHAPE_STRING:
    case PXK_SHAPE_UUID:
    case PXK_SHAPE_ENCAPSULATED:
        break;
    }
    return true;
}

const char *pxk_dhcp4_type_name(unsigned type)
{
    static const char *const name[] = {"BOOTP", "DISCOVER", "OFFER",  "REQUEST", "DECLINE",
                                       "ACK",   "NAK",      "RELEASE", "INFORM",  "FORCERENEW"};
    return type < PXK_COUNT(name) ? name[type] : "unknown";
}

const char *pxk_dhcp4_note_words(enum pxk_dhcp4_note_kind kind)
{
    static const char *const words[] = {
#define X(name, text) text,
        PXK_DHCP4_NOTES(X)
#undef X
    };
    return (unsigned)kind < PXK_COUNT(words) ? words[kind] : "";
}

const char *pxk_relay_sub_name(uint8_t code)
{
    static const char *const name[256] = {
#define SUB(number, id, key, source) [number] = key,
#include "pxk/proto/tables/relay_subopts.def"
#undef SUB
    };
    return name[code] ? name[code] : "unknown";
}

static void hex_text(struct pxk_rd *r, struct pxk_str *out)
{
    for (bool first = true; pxk_rd_left(r) > 0; first = false)
        pxk_str_addf(out, first ? "%02x" : ":%02x", pxk_rd_u8(r));
}

static void list_text(struct pxk_rd *r, size_t item, struct pxk_str *out)
{
    char ip[PXK_IP4_STRLEN];
    for (bool first = true; pxk_rd_left(r) >= item; first = false) {
        if (!first)
            pxk_str_add(out, ", ");
        if (item == 4)
            pxk_str_add(out, pxk_ip4_text(pxk_rd_u32(r), ip));
        else
            pxk_str_addf(out, "%u", item == 2 ? pxk_rd_u16(r) : pxk_rd_u8(r));
    }
}

static void arch_list_text(struct pxk_rd *r, struct pxk_str *out)
{
    char name[16];
    for (bool first = true; pxk_rd_left(r) >= 2; first = false) {
        uint16_t code = pxk_rd_u16(r);
        pxk_str_addf(out, "%s%u (%s)", first ? "" : ", ", code, pxk_arch_name(code, name));
    }
}

static void uuid_text(struct pxk_rd *r, struct pxk_str *out)
{
    char text[PXK_UUID_STRLEN];
    struct pxk_uuid uuid;
    uint8_t type = pxk_rd_u8(r);
    pxk_rd_bytes(r, uuid.b, sizeof uuid.b);
    if (type)
        pxk_str_addf(out, "type %u ", type);
    pxk_str_add(out, pxk_uuid_text(&uuid, text));
}

void pxk_dhcp4_value_text(uint8_t code, const uint8_t *data, size_t len, struct pxk_str *out)
{
    struct pxk_rd r = pxk_rd_init(data, len);
    if (!rows[code].key || !pxk_dhcp4_len_ok(code, len)) {
        hex_text(&r, out);
        return;
    }
    if (code == PXK_OPT_CLIENT_ARCH) {
        arch_list_text(&r, out);
        return;
    }
    if (code == PXK_OPT_MESSAGE_TYPE) {
        pxk_str_add(out, pxk_dhcp4_type_name(pxk_rd_u8(&r)));
        return;
    }
    switch (rows[code].shape) {
    case PXK_SHAPE_FLAG:
        pxk_str_add(out, "set");
        break;
    case PXK_SHAPE_BOOL:
        pxk_str_add(out, pxk_rd_u8(&r) ? "yes" : "no");
        break;
    case PXK_SHAPE_U8:
    case PXK_SHAPE_U8_LIST:
        list_text(&r, 1, out);
        break;
    case PXK_SHAPE_U16:
    case PXK_SHAPE_U16_LIST:
        list_text(&r, 2, out);
        break;
    case PXK_SHAPE_U32:
        pxk_str_addf(out, "%u", pxk_rd_u32(&r));
        break;
    case PXK_SHAPE_S32:
        pxk_str_addf(out, "%d", (int32_t)pxk_rd_u32(&r));
        break;
    case PXK_SHAPE_IP4:
    case PXK_SHAPE_IP4_LIST:
    case PXK_SHAPE_IP4_PAIRS:
        list_text(&r, 4, out);
        break;
    case PXK_SHAPE_STRING:
        while (len && data[len - 1] == 0)
            len--;
        pxk_str_add_quoted(out, data, len);
        break;
    case PXK_SHAPE_UUID:
        uuid_text(&r, out);
        break;
    case PXK_SHAPE_BYTES:
    case PXK_SHAPE_ENCAPSULATED:
        hex_text(&r, out);
        break;
    }
}
