#include "options.h"

/* Options that other keys set, or that each reply makes anew. */
static const struct {
    uint8_t code;
    const char *instead;
} own[] = {
    {PXK_OPT_SUBNET_MASK, "subnet"},
    {PXK_OPT_ROUTERS, "router"},
    {PXK_OPT_DNS_SERVERS, "dns"},
    {PXK_OPT_HOST_NAME, "hostname in a reservation"},
    {PXK_OPT_DOMAIN_NAME, "domain"},
    {PXK_OPT_BROADCAST, "subnet"},
    {PXK_OPT_VENDOR_SPECIFIC, NULL},
    {PXK_OPT_REQUESTED_IP, NULL},
    {PXK_OPT_LEASE_TIME, "lease"},
    {PXK_OPT_OVERLOAD, NULL},
    {PXK_OPT_MESSAGE_TYPE, NULL},
    {PXK_OPT_SERVER_ID, "address"},
    {PXK_OPT_PARAMETER_LIST, NULL},
    {PXK_OPT_MESSAGE, NULL},
    {PXK_OPT_MAX_SIZE, NULL},
    {PXK_OPT_T1, "lease"},
    {PXK_OPT_T2, "lease"},
    {PXK_OPT_VENDOR_CLASS, NULL},
    {PXK_OPT_CLIENT_ID, NULL},
    {PXK_OPT_TFTP_SERVER_NAME, "next-server"},
    {PXK_OPT_BOOT_FILE, "boot-files"},
    {PXK_OPT_RELAY_AGENT, NULL},
    {PXK_OPT_CLIENT_ARCH, NULL},
    {PXK_OPT_CLIENT_NDI, NULL},
    {PXK_OPT_CLIENT_UUID, NULL},
    {PXK_OPT_ETHERBOOT, NULL},
};

/* The i-th named option. */
static const char *option_word(size_t i)
{
    for (unsigned code = 1; code < 255; code++) {
        const struct pxk_opt_row *row = pxk_dhcp4_row((uint8_t)code);
        if (row->key && i-- == 0)
            return row->key;
    }
    return NULL;
}

uint8_t option_code(const char *key, struct pxk_str *why)
{
    int64_t number;
    int code = pxk_dhcp4_code(key);
    if (code < 0 && pxk_int_parse(key, &number) == PXK_OK && number >= 1 && number <= 254)
        code = (int)number;
    if (code < 1 || code > 254) {
        pxk_str_add(why, "no DHCP option \"");
        pxk_str_add_quoted(why, key, strnlen(key, 60));
        pxk_str_add(why, "\", expected a name or a number from 1 to 254");
        const char *near = pxk_nearest(key, option_word);
        if (near)
            pxk_str_addf(why, "; did you mean \"%s\"", near);
        return 0;
    }
    for (size_t i = 0; i < PXK_COUNT(own); i++) {
        if (own[i].code != code)
            continue;
        pxk_str_addf(why, "option %d (%s) is filled by the server itself", code,
                     pxk_dhcp4_row((uint8_t)code)->key);
        if (own[i].instead)
            pxk_str_addf(why, "; use \"%s\"", own[i].instead);
        return 0;
    }
    return (uint8_t)code;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* "hex:01 02:03-04": separators between bytes are free. */
static bool hex_write(const char *s, struct pxk_wr *w)
{
    while (*s) {
        int high = hex_digit(s[0]), low = high < 0 ? -1 : hex_digit(s[1]);
        if (low < 0)
            return false;
        pxk_wr_u8(w, (uint8_t)(high << 4 | low));
        s += 2;
        s += *s == ':' || *s == ' ' || *s == '-';
    }
    return true;
}

static bool number_write(const char *s, int64_t min, int64_t max, size_t size, struct pxk_wr *w,
                         struct pxk_str *why)
{
    int64_t v;
    if (pxk_int_parse(s, &v) != PXK_OK || v < min || v > max) {
        pxk_str_addf(why, "expected a number from %lld to %lld", (long long)min, (long long)max);
        return false;
    }
    if (size == 1)
        pxk_wr_u8(w, (uint8_t)v);
    else if (size == 2)
        pxk_wr_u16(w, (uint16_t)v);
    else
        pxk_wr_u32(w, (uint32_t)v);
    return true;
}

static bool address_write(const char *s, struct pxk_wr *w, struct pxk_str *why)
{
    pxk_ip4 ip;
    if (pxk_ip4_parse(s, &ip) != PXK_OK) {
        pxk_str_add(why, "expected an IPv4 address such as 10.77.0.1");
        return false;
    }
    pxk_wr_u32(w, ip);
    return true;
}

static bool bool_write(const char *s, bool flag, struct pxk_wr *w, struct pxk_str *why)
{
    bool on;
    if (pxk_bool_parse(s, &on) != PXK_OK || (flag && !on)) {
        pxk_str_add(why,
                    flag ? "expected true: the option has no value" : "expected true or false");
        return false;
    }
    if (!flag)
        pxk_wr_u8(w, on);
    return true;
}

static bool uuid_write(const char *s, struct pxk_wr *w, struct pxk_str *why)
{
    struct pxk_uuid u;
    if (pxk_uuid_parse(s, &u) != PXK_OK) {
        pxk_str_add(why, "expected a UUID such as 00112233-4455-6677-8899-aabbccddeeff");
        return false;
    }
    pxk_wr_u8(w, 0); /* type: RFC 4578 2.3 */
    pxk_wr_bytes(w, u.b, sizeof u.b);
    return true;
}

/* Text, or bytes after "hex:"; options whose shape is unknown or made of parts take both. */
static bool raw_write(const char *s, bool text_is_fine, struct pxk_wr *w, struct pxk_str *why)
{
    if (pxk_str_starts(s, "hex:")) {
        if (hex_write(s + 4, w))
            return true;
    } else if (text_is_fine) {
        pxk_wr_str(w, s);
        return true;
    }
    pxk_str_add(why, text_is_fine ? "expected a text, or pairs of hex digits after \"hex:\""
                                  : "expected pairs of hex digits after \"hex:\"");
    return false;
}

static bool shape_is_list(enum pxk_shape shape)
{
    return shape == PXK_SHAPE_U8_LIST || shape == PXK_SHAPE_U16_LIST ||
           shape == PXK_SHAPE_IP4_LIST || shape == PXK_SHAPE_IP4_PAIRS;
}

static bool one_write(enum pxk_shape shape, bool known, const char *s, struct pxk_wr *w,
                      struct pxk_str *why)
{
    if (pxk_str_starts(s, "hex:"))
        return raw_write(s, false, w, why); /* for every shape: the length is checked afterwards */
    switch (shape) {
    case PXK_SHAPE_BYTES:
        return raw_write(s, !known, w, why);
    case PXK_SHAPE_ENCAPSULATED:
        return raw_write(s, false, w, why);
    case PXK_SHAPE_STRING:
        pxk_wr_str(w, s);
        return true;
    case PXK_SHAPE_FLAG:
    case PXK_SHAPE_BOOL:
        return bool_write(s, shape == PXK_SHAPE_FLAG, w, why);
    case PXK_SHAPE_U8:
    case PXK_SHAPE_U8_LIST:
        return number_write(s, 0, UINT8_MAX, 1, w, why);
    case PXK_SHAPE_U16:
    case PXK_SHAPE_U16_LIST:
        return number_write(s, 0, UINT16_MAX, 2, w, why);
    case PXK_SHAPE_U32:
        return number_write(s, 0, UINT32_MAX, 4, w, why);
    case PXK_SHAPE_S32:
        return number_write(s, INT32_MIN, INT32_MAX, 4, w, why);
    case PXK_SHAPE_IP4:
    case PXK_SHAPE_IP4_LIST:
    case PXK_SHAPE_IP4_PAIRS:
        return address_write(s, w, why);
    case PXK_SHAPE_UUID:
        return uuid_write(s, w, why);
    }
    return false;
}

bool option_encode(uint8_t code, const struct pxk_conf_pairs *p, struct pxk_wr *w, size_t *bad,
                   struct pxk_str *why)
{
    const struct pxk_opt_row *row = pxk_dhcp4_row(code);
    enum pxk_shape shape = row->key ? row->shape : PXK_SHAPE_BYTES;
    size_t start = pxk_wr_len(w);
    *bad = 0;
    if (p->value.n > 1 && !shape_is_list(shape)) {
        pxk_str_addf(why, "option %u takes one value, not %zu", code, p->value.n);
        return false;
    }
    for (size_t i = 0; i < p->value.n; i++) {
        *bad = i;
        if (!one_write(shape, row->key != NULL, p->value.at[i] ? p->value.at[i] : "", w, why))
            return false;
    }
    *bad = 0;
    size_t len = pxk_wr_len(w) - start;
    if (w->err != PXK_OK || len > 255 || !pxk_dhcp4_len_ok(code, len) ||
        (!len && shape != PXK_SHAPE_FLAG)) {
        pxk_str_addf(why, "%zu bytes are no possible length of option %u", len, code);
        return false;
    }
    return true;
}
