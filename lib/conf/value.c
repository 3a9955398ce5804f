/* Scalars: text -> typed value, and the sentence when it is not one. */
#include <stdlib.h>

#include "conf_int.h"

enum pxk_err pxk_conf_size_parse(const char *s, uint64_t *out)
{
    static const struct {
        char unit;
        unsigned shift;
    } units[] = {{'k', 10}, {'K', 10}, {'M', 20}, {'G', 30}, {'T', 40}};
    uint64_t v;
    enum pxk_err err = pxk_digits_parse(&s, 10, &v);
    if (err != PXK_OK)
        return err;
    unsigned shift = 0;
    for (size_t i = 0; i < PXK_COUNT(units) && !shift; i++)
        if (*s == units[i].unit)
            shift = units[i].shift;
    s += shift ? 1 : 0;
    if (shift && s[0] == 'i' && s[1] == 'B')
        s += 2; /* KiB, MiB: what we mean anyway */
    if (*s)
        return PXK_E_FORMAT;
    if (v > (uint64_t)INT64_MAX >> shift)
        return PXK_E_RANGE;
    *out = v << shift;
    return PXK_OK;
}

enum pxk_err pxk_conf_duration_parse(const char *s, pxk_usec *out)
{
    static const struct {
        const char *unit;
        pxk_usec us;
    } units[] = {{"us", 1},
                 {"ms", PXK_MSEC},
                 {"s", PXK_SEC},
                 {"min", 60 * PXK_SEC},
                 {"m", 60 * PXK_SEC},
                 {"h", 3600 * PXK_SEC},
                 {"d", 86400 * PXK_SEC},
                 {"w", 7 * 86400 * PXK_SEC}};
    pxk_usec total = 0;
    do {
        uint64_t v;
        enum pxk_err err = pxk_digits_parse(&s, 10, &v);
        if (err != PXK_OK)
            return err;
        size_t i = 0;
        while (i < PXK_COUNT(units) && !pxk_str_starts(s, units[i].unit))
            i++;
        if (i == PXK_COUNT(units) && (*s || total))
            return PXK_E_FORMAT;
        pxk_usec us = i < PXK_COUNT(units) ? units[i].us : PXK_SEC;
        if (v > (uint64_t)INT64_MAX / us || v * us > (uint64_t)INT64_MAX - total)
            return PXK_E_RANGE;
        total += v * us;
        s += i < PXK_COUNT(units) ? strlen(units[i].unit) : 0;
    } while (*s);
    *out = total;
    return PXK_OK;
}

enum pxk_err pxk_conf_percent_parse(const char *s, uint32_t *out)
{
    uint64_t whole, part = 0;
    unsigned decimals = 0;
    enum pxk_err err = pxk_digits_parse(&s, 10, &whole);
    if (err != PXK_OK)
        return err;
    if (*s == '.') {
        const char *start = ++s;
        err = pxk_digits_parse(&s, 10, &part);
        if (err != PXK_OK)
            return err;
        decimals = (unsigned)(s - start);
    }
    if (strcmp(s, "%") != 0 || decimals > 4)
        return PXK_E_FORMAT;
    for (; decimals < 4; decimals++)
        part *= 10;
    if (whole > 100 || whole * 10000 + part > 1000000)
        return PXK_E_RANGE;
    *out = (uint32_t)(whole * 10000 + part);
    return PXK_OK;
}

/* The part of @s before @sep as text; false if there is no @sep or the part is too long. */
static bool cut_at(const char *s, char sep, char *out, size_t cap, const char **rest)
{
    const char *p = strchr(s, sep);
    if (!p || (size_t)(p - s) >= cap)
        return false;
    memcpy(out, s, (size_t)(p - s));
    out[p - s] = '\0';
    *rest = p + 1;
    return true;
}

enum pxk_err pxk_conf_subnet_parse(const char *s, struct pxk_conf_subnet *out)
{
    char net[PXK_IP4_STRLEN];
    const char *rest;
    struct pxk_conf_subnet v = {0};
    uint64_t prefix;
    if (!cut_at(s, '/', net, sizeof net, &rest) || pxk_ip4_parse(net, &v.net) != PXK_OK ||
        pxk_digits_parse(&rest, 10, &prefix) != PXK_OK || *rest || prefix > 32)
        return PXK_E_FORMAT;
    v.prefix = (uint8_t)prefix;
    pxk_ip4 written = v.net;
    v.net &= pxk_conf_mask(v);
    *out = v;
    return v.net == written ? PXK_OK : PXK_E_RANGE;
}

enum pxk_err pxk_conf_range_parse(const char *s, struct pxk_conf_range *out)
{
    char first[PXK_IP4_STRLEN];
    const char *rest;
    struct pxk_conf_range v;
    if (pxk_ip4_parse(s, &v.first) == PXK_OK) {
        *out = (struct pxk_conf_range){v.first, v.first};
        return PXK_OK;
    }
    if (!cut_at(s, '-', first, sizeof first, &rest) || pxk_ip4_parse(first, &v.first) != PXK_OK ||
        pxk_ip4_parse(rest, &v.last) != PXK_OK)
        return PXK_E_FORMAT;
    if (v.last < v.first)
        return PXK_E_RANGE;
    *out = v;
    return PXK_OK;
}

bool word_next(const char **at, char join, char *out, size_t cap)
{
    if (!*at)
        return false;
    const char *end = join ? strchr(*at, join) : NULL;
    (void)pxk_str_copy_n(out, cap, *at, end ? (size_t)(end - *at) : strlen(*at)); /* cut: no word */
    *at = end ? end + 1 : NULL;
    return true;
}

bool is_scalar_type(enum pxk_conf_type type)
{
    return type != PXK_CONF_STRUCT && type != PXK_CONF_MAP && type != PXK_CONF_MAP_LIST;
}

static void words_add(const struct pxk_conf_key *key, struct pxk_str *out)
{
    pxk_str_add(out, key->join ? "some of " : "one of ");
    for (size_t i = 0; key->word(i); i++)
        pxk_str_addf(out, "%s%s", i ? ", " : "", key->word(i));
    if (key->join)
        pxk_str_addf(out, " joined by %c", key->join);
}

static void bounds_add(const struct pxk_conf_key *key, struct pxk_str *out)
{
    if (!key->min && !key->max)
        return;
    if (key->type == PXK_CONF_DURATION) {
        pxk_str_add(out, " from ");
        pxk_str_add_duration(out, (pxk_usec)key->min);
        pxk_str_add(out, " to ");
        pxk_str_add_duration(out, (pxk_usec)key->max);
    } else {
        pxk_str_addf(out, " from %lld to %lld", (long long)key->min, (long long)key->max);
    }
}

static void type_expected(const struct pxk_conf_key *key, struct pxk_str *out)
{
    switch (key->type) {
    case PXK_CONF_STRING:
        pxk_str_add(out, "a text");
        break;
    case PXK_CONF_PATH:
        pxk_str_add(out, "a path");
        break;
    case PXK_CONF_BOOL:
        pxk_str_add(out, "true or false");
        break;
    case PXK_CONF_INT:
        if (key->max && key->min == key->max) {
            pxk_str_addf(out, "%lld", (long long)key->min);
            break;
        }
        pxk_str_add(out, "a whole number");
        bounds_add(key, out);
        break;
    case PXK_CONF_SIZE:
        pxk_str_add(out, "a size such as 64k or 10M");
        bounds_add(key, out);
        break;
    case PXK_CONF_DURATION:
        pxk_str_add(out, "a duration such as 90s or 1h30m");
        bounds_add(key, out);
        break;
    case PXK_CONF_IP4:
        pxk_str_add(out, "an IPv4 address such as 10.77.0.1");
        break;
    case PXK_CONF_SUBNET:
        pxk_str_add(out, "a subnet such as 10.77.0.0/24");
        break;
    case PXK_CONF_RANGE:
        pxk_str_add(out, "a range such as 10.77.0.100-10.77.0.199");
        break;
    case PXK_CONF_MAC:
        pxk_str_add(out, "a MAC address such as 52:54:00:77:00:01");
        break;
    case PXK_CONF_UUID:
        pxk_str_add(out, "a UUID such as 00112233-4455-6677-8899-aabbccddeeff");
        break;
    case PXK_CONF_PERCENT:
        pxk_str_add(out, "a share such as 5% or 0.25%");
        break;
    case PXK_CONF_ENUM:
    case PXK_CONF_WORD:
        words_add(key, out);
        break;
    case PXK_CONF_READ:
        if (key->word)
            words_add(key, out);
        break; /* else its noun */
    case PXK_CONF_STRUCT:
    case PXK_CONF_MAP:
    case PXK_CONF_MAP_LIST:
        pxk_str_add(out, "a mapping (key: value)");
        break;
    }
}

void value_expected(const struct pxk_conf_key *key, struct pxk_str *out)
{
    if (key->noun)
        pxk_str_add(out, key->noun);
    else
        type_expected(key, out);
    if (key->instead)
        pxk_str_addf(out, " or %s", key->instead);
}

static bool in_bounds(const struct pxk_conf_key *key, int64_t v)
{
    return (!key->min && !key->max) || (v >= key->min && v <= key->max);
}

/* Into a member of any width; what does not fit its width is out of range. */
static bool int_store(const struct pxk_conf_key *key, int64_t v, void *out)
{
    bool with_sign = key->min < 0;
    int bits = (int)key->size * 8 - (with_sign ? 1 : 0);
    if (!in_bounds(key, v) || (!with_sign && v < 0) ||
        (bits < 63 && (v >= (int64_t)1 << bits || v < -((int64_t)1 << bits))))
        return false;
    switch (key->size) {
    case 1:
        *(uint8_t *)out = (uint8_t)v;
        return true;
    case 2:
        memcpy(out, &(uint16_t){(uint16_t)v}, 2);
        return true;
    case 4:
        memcpy(out, &(uint32_t){(uint32_t)v}, 4);
        return true;
    default:
        memcpy(out, &v, 8);
        return true;
    }
}

static bool string_bind(const struct pxk_conf_key *key, const char *text, size_t len, void *out,
                        struct pxk_str *why)
{
    size_t min = key->min < 0 ? 0 : key->min ? (size_t)key->min : 1;
    if (len < min || (key->max && len > (size_t)key->max)) {
        if (!len)
            pxk_str_add(why, "is empty");
        else if (key->max)
            pxk_str_addf(why, "has %zu characters, expected %zu to %lld", len, min,
                         (long long)key->max);
        else
            pxk_str_addf(why, "has %zu characters, expected at least %zu", len, min);
        return false;
    }
    char *copy = conf_copy(text, len);
    if (!copy) {
        pxk_str_add(why, pxk_err_text(PXK_E_NOMEM));
        return false;
    }
    memcpy(out, &copy, sizeof copy);
    return true;
}

static bool word_find(const struct pxk_conf_key *key, const char *text, size_t *index)
{
    for (size_t i = 0; key->word(i); i++)
        if (strcmp(key->word(i), text) == 0) {
            *index = i;
            return true;
        }
    return false;
}

static void word_hint(const struct pxk_conf_key *key, const char *text, struct pxk_str *hint)
{
    const char *near = key->word && hint->cap > 1 ? pxk_nearest(text, key->word) : NULL;
    if (near)
        pxk_str_addf(hint, "; did you mean \"%s\"", near);
}

static enum pxk_err enum_bind(const struct pxk_conf_key *key, const char *text,
                              struct pxk_str *hint, int *out)
{
    size_t i;
    if (!word_find(key, text, &i)) {
        word_hint(key, text, hint);
        return PXK_E_FORMAT;
    }
    *out = (int)i;
    return PXK_OK;
}

static enum pxk_err words_bind(const struct pxk_conf_key *key, const char *text, void *out,
                               struct pxk_str *hint)
{
    char word[64];
    size_t index;
    for (const char *at = text; word_next(&at, key->join, word, sizeof word);)
        if (!word_find(key, word, &index)) {
            word_hint(key, word, hint);
            return PXK_E_FORMAT;
        }
    char *copy = conf_copy(text, strlen(text));
    if (!copy)
        return PXK_E_NOMEM;
    memcpy(out, &copy, sizeof copy);
    return PXK_OK;
}

/* Numbers with bounds. */
static enum pxk_err number_bind(const struct pxk_conf_key *key, const char *text, void *out)
{
    int64_t v = 0;
    uint64_t u = 0;
    enum pxk_err err = key->type == PXK_CONF_INT    ? pxk_int_parse(text, &v)
                       : key->type == PXK_CONF_SIZE ? pxk_conf_size_parse(text, &u)
                                                    : pxk_conf_duration_parse(text, &u);
    if (err != PXK_OK)
        return err;
    if (key->type == PXK_CONF_INT)
        return int_store(key, v, out) ? PXK_OK : PXK_E_RANGE;
    if (!in_bounds(key, (int64_t)u) || (key->size == 4 && u > UINT32_MAX))
        return PXK_E_RANGE;
    if (key->size == 4)
        memcpy(out, &(uint32_t){(uint32_t)u}, 4);
    else
        memcpy(out, &u, sizeof u);
    return PXK_OK;
}

static enum pxk_err subnet_bind(const char *text, void *out, struct pxk_str *hint)
{
    struct pxk_conf_subnet v;
    char net[PXK_IP4_STRLEN];
    enum pxk_err err = pxk_conf_subnet_parse(text, &v);
    if (err == PXK_OK)
        memcpy(out, &v, sizeof v);
    else if (err == PXK_E_RANGE)
        pxk_str_addf(hint, "; did you mean \"%s/%u\"", pxk_ip4_text(v.net, net), v.prefix);
    return err;
}

/* @hint collects "; did you mean ..." */
static enum pxk_err typed_bind(const struct pxk_conf_key *key, const char *text, void *out,
                               struct pxk_str *hint)
{
    switch (key->type) {
    case PXK_CONF_BOOL:
        return pxk_bool_parse(text, out);
    case PXK_CONF_INT:
    case PXK_CONF_SIZE:
    case PXK_CONF_DURATION:
        return number_bind(key, text, out);
    case PXK_CONF_IP4:
        return pxk_ip4_parse(text, out);
    case PXK_CONF_SUBNET:
        return subnet_bind(text, out, hint);
    case PXK_CONF_RANGE:
        return pxk_conf_range_parse(text, out);
    case PXK_CONF_MAC:
        return pxk_mac_parse(text, out);
    case PXK_CONF_UUID:
        return pxk_uuid_parse(text, out);
    case PXK_CONF_ENUM:
        return enum_bind(key, text, hint, out);
    case PXK_CONF_PERCENT:
        return pxk_conf_percent_parse(text, out);
    case PXK_CONF_WORD:
        return words_bind(key, text, out, hint);
    case PXK_CONF_READ:
        if (key->read(key, text, out))
            return PXK_OK;
        word_hint(key, text, hint);
        return PXK_E_FORMAT;
    case PXK_CONF_STRING:
    case PXK_CONF_PATH:
    case PXK_CONF_STRUCT:
    case PXK_CONF_MAP:
    case PXK_CONF_MAP_LIST:
        break;
    }
    return PXK_E_UNSUPPORTED;
}

bool value_bind(const struct pxk_conf_key *key, const char *text, size_t len, void *out,
                struct pxk_str *why)
{
    if (memchr(text, 0, len)) {
        pxk_str_add(why, "has a NUL character inside");
        return false;
    }
    if (key->type == PXK_CONF_STRING || key->type == PXK_CONF_PATH)
        return string_bind(key, text, len, out, why);
    char hint_buf[80];
    struct pxk_str hint = pxk_str_init(hint_buf, why->cap > 1 ? sizeof hint_buf : 1);
    enum pxk_err err = typed_bind(key, text, out, &hint);
    if (err == PXK_OK)
        return true;
    pxk_str_add(why, "is \"");
    pxk_str_add_quoted(why, text, len < 60 ? len : 60);
    pxk_str_add(why, len < 60 ? "\", expected " : "...\", expected ");
    value_expected(key, why);
    if (err == PXK_E_RANGE && key->type == PXK_CONF_RANGE)
        pxk_str_add(why, ": the last address lies before the first");
    if (err == PXK_E_RANGE && key->type == PXK_CONF_SUBNET)
        pxk_str_add(why, " without host bits");
    pxk_str_add(why, hint_buf);
    return false;
}
