#include <stdio.h>
#include <string.h>

#include "pxk/base.h"

const struct pxk_mac pxk_mac_broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

struct pxk_str pxk_str_init(char *buf, size_t cap)
{
    if (cap)
        buf[0] = '\0';
    return (struct pxk_str){buf, 0, cap, false};
}

static void add_n(struct pxk_str *b, const char *text, size_t n)
{
    if (!b->cap)
        return;
    size_t room = b->cap - 1 - b->len;
    if (n > room) {
        n = room;
        b->cut = true;
    }
    if (n)
        memcpy(b->s + b->len, text, n);
    b->len += n;
    b->s[b->len] = '\0';
}

void pxk_str_add(struct pxk_str *b, const char *text)
{
    add_n(b, text, strlen(text));
}

void pxk_str_addc(struct pxk_str *b, char c)
{
    add_n(b, &c, 1);
}

void pxk_str_addf(struct pxk_str *b, const char *fmt, ...)
{
    if (!b->cap)
        return;
    size_t room = b->cap - b->len;
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(b->s + b->len, room, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    if ((size_t)n >= room) {
        b->cut = true;
        b->len = b->cap - 1;
    } else {
        b->len += (size_t)n;
    }
}

void pxk_str_add_quoted(struct pxk_str *b, const void *data, size_t n)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < n; i++) {
        size_t run = i;
        while (run < n && p[run] >= 0x20 && p[run] < 0x7f && p[run] != '\\')
            run++;
        add_n(b, (const char *)p + i, run - i);
        i = run;
        if (i < n)
            pxk_str_addf(b, "\\x%02x", p[i]);
    }
}

void pxk_str_add_bytes(struct pxk_str *b, uint64_t n)
{
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB"};
    double v = (double)n;
    size_t u = 0;
    while (v >= 999.5 && u + 1 < PXK_COUNT(unit)) {
        v /= 1000;
        u++;
    }
    if (u == 0 || v >= 9.95)
        pxk_str_addf(b, "%.0f %s", v, unit[u]);
    else
        pxk_str_addf(b, "%.1f %s", v, unit[u]);
}

void pxk_str_add_duration(struct pxk_str *b, pxk_usec t)
{
    uint64_t s = t / PXK_SEC;
    if (t < PXK_MSEC)
        pxk_str_addf(b, "%llu us", (unsigned long long)t);
    else if (t < 100 * PXK_MSEC)
        pxk_str_addf(b, "%.1f ms", (double)t / 1e3);
    else if (t < 100 * PXK_SEC)
        pxk_str_addf(b, "%.1f s", (double)t / 1e6);
    else if (s < 3600)
        pxk_str_addf(b, s % 60 ? "%llu min %llu s" : "%llu min", (unsigned long long)(s / 60),
                     (unsigned long long)(s % 60));
    else
        pxk_str_addf(b, s / 60 % 60 ? "%llu h %llu min" : "%llu h", (unsigned long long)(s / 3600),
                     (unsigned long long)(s / 60 % 60));
}

bool pxk_str_copy(char *dst, size_t cap, const char *src)
{
    return pxk_str_copy_n(dst, cap, src, strlen(src));
}

bool pxk_str_copy_n(char *dst, size_t cap, const void *src, size_t n)
{
    n = n ? strnlen(src, n) : 0;
    bool fits = n < cap;
    if (!fits)
        n = cap ? cap - 1 : 0;
    if (n)
        memcpy(dst, src, n);
    if (cap)
        dst[n] = '\0';
    return fits;
}

const char *pxk_fmt(char *dst, size_t cap, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (vsnprintf(dst, cap, fmt, ap) < 0 && cap)
        dst[0] = '\0';
    va_end(ap);
    return dst;
}

bool pxk_str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool pxk_str_ends(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n >= m && strcmp(s + n - m, suffix) == 0;
}

static int lower(int c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

int pxk_str_casecmp(const char *a, const char *b)
{
    for (;; a++, b++) {
        int d = lower((unsigned char)*a) - lower((unsigned char)*b);
        if (d || !*a)
            return d;
    }
}

unsigned pxk_str_distance(const char *a, const char *b)
{
    enum { MAX = 64 };
    size_t n = strnlen(a, MAX), m = strnlen(b, MAX);
    unsigned row[3][MAX + 1];
    for (size_t j = 0; j <= m; j++)
        row[1][j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned *before = row[(i + 2) % 3], *up = row[i % 3], *now = row[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned best = up[j - 1] + (a[i - 1] != b[j - 1]);
            if (up[j] + 1 < best)
                best = up[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
    }
    return row[(n + 1) % 3][m];
}

/* The longest run of zero groups, at least two: what "::" stands for (RFC 5952 4.2). */
static unsigned zero_run(const uint16_t group[8], unsigned *n)
{
    unsigned best = 8;
    *n = 1;
    for (unsigned i = 0; i < 8; i++) {
        unsigned k = 0;
        while (i + k < 8 && !group[i + k])
            k++;
        if (k > *n) {
            best = i;
            *n = k;
        }
    }
    return best;
}

const char *pxk_ip_text(struct pxk_ip ip, char out[static PXK_IP_STRLEN])
{
    uint16_t group[8];
    unsigned run, skip;
    if (pxk_ip_is_v4(ip) || pxk_ip_is_none(ip))
        return pxk_ip4_text(pxk_ip_to4(ip), out);
    for (unsigned i = 0; i < 8; i++)
        group[i] = (uint16_t)(ip.b[2 * i] << 8 | ip.b[2 * i + 1]);
    run = zero_run(group, &skip);
    struct pxk_str b = pxk_str_init(out, PXK_IP_STRLEN);
    for (unsigned i = 0; i < 8; i++) {
        if (i == run) {
            pxk_str_add(&b, "::");
            i += skip - 1;
            continue;
        }
        pxk_str_addf(&b, "%s%x", i && i != run + skip ? ":" : "", group[i]);
    }
    return out;
}

/* Addresses are put into words for every client that is judged: without printf. */
const char *pxk_ip4_text(pxk_ip4 ip, char out[static PXK_IP4_STRLEN])
{
    char *p = out;
    for (int shift = 24; shift >= 0; shift -= 8) {
        unsigned v = ip >> shift & 255;
        if (v >= 100)
            *p++ = (char)('0' + v / 100);
        if (v >= 10)
            *p++ = (char)('0' + v / 10 % 10);
        *p++ = (char)('0' + v % 10);
        *p++ = shift ? '.' : '\0';
    }
    return out;
}

const char *pxk_mac_text(const struct pxk_mac *m, char out[static PXK_MAC_STRLEN])
{
    static const char hex[] = "0123456789abcdef";
    char *p = out;
    for (unsigned i = 0; i < 6; i++) {
        *p++ = hex[m->b[i] >> 4];
        *p++ = hex[m->b[i] & 15];
        *p++ = i < 5 ? ':' : '\0';
    }
    return out;
}

const char *pxk_uuid_text(const struct pxk_uuid *u, char out[static PXK_UUID_STRLEN])
{
    struct pxk_str b = pxk_str_init(out, PXK_UUID_STRLEN);
    for (size_t i = 0; i < 16; i++)
        pxk_str_addf(&b, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", u->b[i]);
    return out;
}

enum pxk_err pxk_ip4_parse(const char *s, pxk_ip4 *out)
{
    pxk_ip4 ip = 0;
    for (int part = 0; part < 4; part++) {
        unsigned v = 0, digits = 0;
        for (; *s >= '0' && *s <= '9' && digits < 4; s++, digits++)
            v = v * 10 + (unsigned)(*s - '0');
        if (!digits || digits > 3 || v > 255)
            return PXK_E_FORMAT;
        ip = ip << 8 | v;
        if (part < 3 && *s++ != '.')
            return PXK_E_FORMAT;
    }
    if (*s)
        return PXK_E_FORMAT;
    *out = ip;
    return PXK_OK;
}

enum pxk_err pxk_mac_parse(const char *s, struct pxk_mac *out)
{
    struct pxk_mac m;
    for (size_t i = 0; i < 6; i++) {
        if (i && *s != ':' && *s != '-')
            return PXK_E_FORMAT;
        if (i)
            s++;
        if (!pxk_hex_byte(&s, &m.b[i]))
            return PXK_E_FORMAT;
    }
    if (*s)
        return PXK_E_FORMAT;
    *out = m;
    return PXK_OK;
}

enum pxk_err pxk_uuid_parse(const char *s, struct pxk_uuid *out)
{
    struct pxk_uuid u;
    for (size_t i = 0; i < 16; i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && *s++ != '-')
            return PXK_E_FORMAT;
        if (!pxk_hex_byte(&s, &u.b[i]))
            return PXK_E_FORMAT;
    }
    if (*s)
        return PXK_E_FORMAT;
    *out = u;
    return PXK_OK;
}
