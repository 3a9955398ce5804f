/* `overrides` of a scenario's client: words to bytes, by the DHCP option table. */
#include "pxk/conf.h"
#include "pxk/emulator.h"

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

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* "01 02:03-04": separators between bytes are free. */
static bool hex_write(const struct value *v, const char *digits)
{
    while (*digits) {
        int high = hex_digit(digits[0]), low = high < 0 ? -1 : hex_digit(digits[1]);
        if (low < 0) {
            pxk_str_add(v->why, "expected pairs of hex digits after \"hex:\"");
            return false;
        }
        pxk_wr_u8(v->w, (uint8_t)(high << 4 | low));
        digits += 2;
        digits += *digits == ':' || *digits == ' ' || *digits == '-';
    }
    return true;
}

/* "uefi-x64" for 7. */
static bool arch_write(uint8_t code, const char *text, struct pxk_wr *w)
{
    const struct pxk_arch *arch = code == PXK_OPT_CLIENT_ARCH ? pxk_arch_by_key(text) : NULL;
    if (arch)
        pxk_wr_u16(w, arch->code);
    return arch != NULL;
}

static bool value_write(enum pxk_shape shape, const struct value *v)
{
    if (pxk_str_starts(v->text, "hex:"))
        return hex_write(v, v->text + 4);
    switch (shape) {
    case PXK_SHAPE_BYTES:
    case PXK_SHAPE_ENCAPSULATED:
    case PXK_SHAPE_STRING: /* text is bytes too */
        pxk_wr_str(v->w, v->text);
        return true;
    case PXK_SHAPE_FLAG:
    case PXK_SHAPE_BOOL:
        return bool_write(v, shape == PXK_SHAPE_BOOL);
    case PXK_SHAPE_U8:
    case PXK_SHAPE_U8_LIST:
        return number_write(v, 0, UINT8_MAX, 1);
    case PXK_SHAPE_U16:
    case PXK_SHAPE_U16_LIST:
        return number_write(v, 0, UINT16_MAX, 2);
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

/* ---- DHCP options ---- */

/* The i-th named option. */
static const char *option_word(size_t i)
{
    for (unsigned code = 1; code < PXK_DHCP4_END; code++) {
        const struct pxk_opt_row *row = pxk_dhcp4_row((uint8_t)code);
        if (row->key && i-- == 0)
            return row->key;
    }
    return NULL;
}

static uint8_t option_code(const char *key, struct pxk_str *why)
{
    int64_t number;
    int code = pxk_dhcp4_code(key);
    if (code > 0)
        return (uint8_t)code;
    if (pxk_int_parse(key, &number) == PXK_OK && number > PXK_DHCP4_PAD && number < PXK_DHCP4_END)
        return (uint8_t)number;
    pxk_str_add(why, "no DHCP option \"");
    pxk_str_add_quoted(why, key, strnlen(key, 60));
    pxk_str_add(why, "\", expected a name, a number from 1 to 254, or blksize, windowsize, tsize");
    const char *near = pxk_nearest(key, option_word);
    if (near)
        pxk_str_addf(why, "; did you mean \"%s\"", near);
    return 0;
}

static bool is_list(enum pxk_shape shape)
{
    return shape == PXK_SHAPE_U8_LIST || shape == PXK_SHAPE_U16_LIST || shape == PXK_SHAPE_IP4_LIST ||
           shape == PXK_SHAPE_IP4_PAIRS;
}

static enum pxk_err option_set(struct pxk_overrides *o, uint8_t code, struct pxk_wr *w, struct pxk_str *why)
{
    size_t len = pxk_wr_len(w);
    bool flag = pxk_dhcp4_row(code)->key && pxk_dhcp4_row(code)->shape == PXK_SHAPE_FLAG;
    if (w->err != PXK_OK || !pxk_dhcp4_len_ok(code, len) || (!len && !flag)) {
        pxk_str_addf(why, "%zu bytes are no possible length of option %u", len, code);
        return PXK_E_RANGE;
    }
    enum pxk_err err = pxk_overrides_set(o, code, w->base, len);
    if (err != PXK_OK)
        pxk_str_addf(why, "at most %d options with %d bytes together can be overridden", PXK_OVERRIDES_MAX,
                     PXK_OVERRIDES_BYTES_MAX);
    return err;
}

static enum pxk_err option_override(struct pxk_overrides *o, const char *key, const char *const *values, size_t n,
                                    struct pxk_str *why)
{
    uint8_t bytes[PXK_OVERRIDES_BYTES_MAX], code = option_code(key, why);
    struct pxk_wr w = pxk_wr_init(bytes, sizeof bytes);
    if (!code)
        return PXK_E_NOTFOUND;
    if (n == 1 && strcmp(values[0], "none") == 0)
        return pxk_overrides_set(o, code, NULL, 0);
    const struct pxk_opt_row *row = pxk_dhcp4_row(code);
    enum pxk_shape shape = row->key ? row->shape : PXK_SHAPE_BYTES;
    if (n > 1 && !is_list(shape)) {
        pxk_str_addf(why, "option %u takes one value, not %zu", code, n);
        return PXK_E_FORMAT;
    }
    for (size_t i = 0; i < n; i++)
        if (!arch_write(code, values[i], &w) && !value_write(shape, &(struct value){values[i], &w, why}))
            return PXK_E_FORMAT;
    return option_set(o, code, &w, why);
}

/* ---- TFTP ---- */

static enum pxk_err tftp_override(struct pxk_override_tftp *o, int64_t min, int64_t max, const char *const *values,
                                  size_t n, struct pxk_str *why)
{
    int64_t v = 0;
    bool none = n == 1 && (strcmp(values[0], "none") == 0 || strcmp(values[0], "0") == 0);
    if (n != 1 || (!none && (pxk_int_parse(values[0], &v) != PXK_OK || v < min || v > max))) {
        if (min == max)
            pxk_str_addf(why, "expected %lld or none", (long long)min);
        else
            pxk_str_addf(why, "expected a number from %lld to %lld, or none", (long long)min, (long long)max);
        return PXK_E_RANGE;
    }
    *o = (struct pxk_override_tftp){.given = true, .value = (uint32_t)v};
    return PXK_OK;
}

enum pxk_err pxk_emulator_override(struct pxk_overrides *o, const char *key, const char *const *values, size_t n,
                                   char *why, size_t cap)
{
    struct pxk_str text = pxk_str_init(why, cap);
    const struct {
        enum pxk_tftp_opt_id id;
        struct pxk_override_tftp *at;
        int64_t min, max;
    } tftp[] = {{PXK_TFTP_OPT_BLKSIZE, &o->blksize, 8, 65464}, /* RFC 2348 */
                {PXK_TFTP_OPT_WINDOWSIZE, &o->windowsize, 1, 65535}, /* RFC 7440 */
                {PXK_TFTP_OPT_TSIZE, &o->tsize, 1, 1}};
    for (size_t i = 0; i < PXK_COUNT(tftp); i++)
        if (strcmp(key, pxk_tftp_opt_word(tftp[i].id)) == 0)
            return tftp_override(tftp[i].at, tftp[i].min, tftp[i].max, values, n, &text);
    return option_override(o, key, values, n, &text);
}
