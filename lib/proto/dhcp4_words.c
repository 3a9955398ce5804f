/* DHCP options as people write them in configs and scenarios: a name or a number, and values as text. */
#include "pxk/proto/arch.h"
#include "pxk/proto/dhcp4.h"

const char *pxk_dhcp4_key(size_t i)
{
    for (unsigned code = 1; code < PXK_DHCP4_END; code++) {
        const struct pxk_opt_row *row = pxk_dhcp4_row((uint8_t)code);
        if (row->key && i-- == 0)
            return row->key;
    }
    return NULL;
}

uint8_t pxk_dhcp4_code_parse(const char *text, struct pxk_str *why)
{
    int64_t number;
    int code = pxk_dhcp4_code(text);
    if (code > 0)
        return (uint8_t)code;
    if (pxk_int_parse(text, &number) == PXK_OK && number > PXK_DHCP4_PAD && number < PXK_DHCP4_END)
        return (uint8_t)number;
    if (!why)
        return 0;
    pxk_str_add(why, "no DHCP option \"");
    pxk_str_add_quoted(why, text, strnlen(text, 60));
    pxk_str_add(why, "\", expected a name or a number from 1 to 254");
    const char *near = pxk_nearest(text, pxk_dhcp4_key);
    if (near)
        pxk_str_addf(why, "; did you mean \"%s\"", near);
    return 0;
}

/* ---- one value ---- */

struct value {
    const char *text;
    struct pxk_wr *w;
    struct pxk_str *why;
};

static bool number_write(const struct value *v, int64_t min, int64_t max, size_t size)
{
    int64_t n;
    if (pxk_int_parse(v->text, &n) != PXK_OK || n < min || n > max) {
        pxk_str_addf(v->why, "expected a number from %lld to %lld", (long long)min, (long long)max);
        return false;
    }
    for (size_t i = size; i-- > 0;)
        pxk_wr_u8(v->w, (uint8_t)((uint64_t)n >> (8 * i)));
    return true;
}

static bool address_write(const struct value *v)
{
    pxk_ip4 ip;
    if (pxk_ip4_parse(v->text, &ip) != PXK_OK) {
        pxk_str_add(v->why, "expected an IPv4 address such as 10.77.0.1");
        return false;
    }
    pxk_wr_u32(v->w, ip);
    return true;
}

static bool bool_write(const struct value *v, bool has_value)
{
    bool on;
    if (pxk_bool_parse(v->text, &on) != PXK_OK || (!has_value && !on)) {
        pxk_str_add(v->why, has_value ? "expected true or false" : "expected true: the option has no value");
        return false;
    }
    if (has_value)
        pxk_wr_u8(v->w, on);
    return true;
}

static bool uuid_write(const struct value *v)
{
    struct pxk_uuid u;
    if (pxk_uuid_parse(v->text, &u) != PXK_OK) {
        pxk_str_add(v->why, "expected a UUID such as 00112233-4455-6677-8899-aabbccddeeff");
        return false;
    }
    pxk_wr_u8(v->w, 0); /* type: RFC 4578 2.3 */
    pxk_wr_bytes(v->w, u.b, sizeof u.b);
    return true;
}

/* "01 02:03-04": separators between bytes are free. */
static bool hex_write(const struct value *v, const char *digits)
{
    uint8_t byte;
    while (*digits) {
        if (!pxk_hex_byte(&digits, &byte)) {
            pxk_str_add(v->why, "expected pairs of hex digits after \"hex:\"");
            return false;
        }
        pxk_wr_u8(v->w, byte);
        digits += *digits == ':' || *digits == ' ' || *digits == '-';
    }
    return true;
}

static bool text_write(const struct value *v, bool allowed)
{
    if (allowed)
        pxk_wr_str(v->w, v->text);
    else
        pxk_str_add(v->why, "expected pairs of hex digits after \"hex:\"");
    return allowed;
}

/* Lists of numbers take numbers; that of architectures takes their names too. */
static bool u16_write(uint8_t code, const struct value *v)
{
    const struct pxk_arch *arch = code == PXK_OPT_CLIENT_ARCH ? pxk_arch_by_key(v->text) : NULL;
    if (!arch)
        return number_write(v, 0, UINT16_MAX, 2);
    pxk_wr_u16(v->w, arch->code);
    return true;
}

static bool value_write(const struct pxk_dhcp4_words *in, const struct value *v)
{
    const struct pxk_opt_row *row = pxk_dhcp4_row(in->code);
    if (pxk_str_starts(v->text, "hex:")) /* for every shape: the length is checked afterwards */
        return hex_write(v, v->text + 4);
    if (!row->key)
        return text_write(v, true);
    switch (row->shape) {
    case PXK_SHAPE_BYTES:
    case PXK_SHAPE_ENCAPSULATED:
        return text_write(v, in->any_text);
    case PXK_SHAPE_STRING:
        return text_write(v, true);
    case PXK_SHAPE_FLAG:
    case PXK_SHAPE_BOOL:
        return bool_write(v, row->shape == PXK_SHAPE_BOOL);
    case PXK_SHAPE_U8:
    case PXK_SHAPE_U8_LIST:
        return number_write(v, 0, UINT8_MAX, 1);
    case PXK_SHAPE_U16:
    case PXK_SHAPE_U16_LIST:
        return u16_write(in->code, v);
    case PXK_SHAPE_U32:
        return number_write(v, 0, UINT32_MAX, 4);
    case PXK_SHAPE_S32:
        return number_write(v, INT32_MIN, INT32_MAX, 4);
    case PXK_SHAPE_IP4:
    case PXK_SHAPE_IP4_LIST:
    case PXK_SHAPE_IP4_PAIRS:
        return address_write(v);
    case PXK_SHAPE_UUID:
        return uuid_write(v);
    }
    return false;
}

/* ---- all of them ---- */

static bool takes_several(const struct pxk_opt_row *row)
{
    return row->key && (row->shape == PXK_SHAPE_U8_LIST || row->shape == PXK_SHAPE_U16_LIST ||
                        row->shape == PXK_SHAPE_IP4_LIST || row->shape == PXK_SHAPE_IP4_PAIRS);
}

static enum pxk_err length_check(uint8_t code, const struct pxk_wr *w, size_t len, size_t room, struct pxk_str *why)
{
    const struct pxk_opt_row *row = pxk_dhcp4_row(code);
    bool empty_is_fine = row->key && row->shape == PXK_SHAPE_FLAG;
    if (w->err != PXK_OK)
        pxk_str_addf(why, "the value of option %u is longer than %zu bytes", code, room);
    else if (!pxk_dhcp4_len_ok(code, len) || (!len && !empty_is_fine))
        pxk_str_addf(why, "%zu bytes are no possible length of option %u", len, code);
    else
        return PXK_OK;
    return PXK_E_RANGE;
}

enum pxk_err pxk_dhcp4_value_parse(const struct pxk_dhcp4_words *in, struct pxk_wr *w, size_t *bad, struct pxk_str *why)
{
    size_t start = pxk_wr_len(w), room = pxk_wr_left(w);
    *bad = 0;
    if (in->n > 1 && !takes_several(pxk_dhcp4_row(in->code))) {
        pxk_str_addf(why, "option %u takes one value, not %zu", in->code, in->n);
        return PXK_E_FORMAT;
    }
    for (size_t i = 0; i < in->n; i++) {
        if (!value_write(in, &(struct value){in->value[i] ? in->value[i] : "", w, why})) {
            *bad = i;
            return PXK_E_FORMAT;
        }
    }
    return length_check(in->code, w, pxk_wr_len(w) - start, room, why);
}
