/* Lines of the lease file. */
#include "lease_file.h"

enum {
    FIELDS_MIN = 6,
    FIELDS_MAX = 7,
    FAR_S = 315360000, /* ten years: no lease is longer, and no sum of times overflows */
};

static const char *const words[] = {[PXK_DHCPD_LEASE_LEASED] = "leased",
                                    [PXK_DHCPD_LEASE_DECLINED] = "declined",
                                    [PXK_DHCPD_LEASE_RELEASED] = "released",
                                    [PXK_DHCPD_LEASE_EXPIRED] = "expired"};

static bool has_end(enum pxk_dhcpd_lease_state state)
{
    return state == PXK_DHCPD_LEASE_LEASED || state == PXK_DHCPD_LEASE_DECLINED;
}

static void hex_write(const uint8_t *p, size_t n, struct pxk_str *out)
{
    for (size_t i = 0; i < n; i++)
        pxk_str_addf(out, "%02x", p[i]);
    if (!n)
        pxk_str_addc(out, '-');
}

void lease_line_write(const struct pxk_dhcpd_lease *l, struct lease_clock c, struct pxk_str *out)
{
    char ip[PXK_IP4_STRLEN], mac[PXK_MAC_STRLEN];
    pxk_usec left = pxk_usec_since(c.now, l->until) + PXK_SEC / 2;
    pxk_str_addf(out, "%lld %s %s %s %lld ", (long long)c.wall, pxk_ip4_text(l->ip, ip), pxk_mac_text(&l->mac, mac),
                 words[l->state], has_end(l->state) ? (long long)(c.wall + (int64_t)(left / PXK_SEC)) : 0);
    hex_write(l->client_id, l->client_id_len, out);
    if (l->key_len) {
        pxk_str_addc(out, ' ');
        hex_write(l->key, l->key_len, out);
    }
    pxk_str_addc(out, '\n');
}

/* ---- reading ---- */

static bool number_read(const char *s, int64_t *out)
{
    *out = 0;
    size_t n = 0;
    for (; s[n] >= '0' && s[n] <= '9' && n < 15; n++)
        *out = *out * 10 + (s[n] - '0');
    return n && !s[n];
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_read(const char *s, uint8_t *out, size_t cap, uint8_t *len)
{
    size_t n = strlen(s);
    *len = 0;
    if (strcmp(s, "-") == 0)
        return true;
    if (!n || n % 2 || n / 2 > cap)
        return false;
    for (size_t i = 0; i < n / 2; i++) {
        int high = digit(s[2 * i]), low = digit(s[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    *len = (uint8_t)(n / 2);
    return true;
}

static bool state_read(const char *s, enum pxk_dhcpd_lease_state *out)
{
    for (size_t i = 0; i < PXK_COUNT(words); i++)
        if (strcmp(words[i], s) == 0) {
            *out = (enum pxk_dhcpd_lease_state)i;
            return true;
        }
    return false;
}

/* Cuts @line at its spaces. 0 if there are too many, or two in a row. */
static size_t split(char *line, char *field[FIELDS_MAX])
{
    size_t n = 0;
    for (char *p = line; p;) {
        if (n == FIELDS_MAX || *p == ' ' || !*p)
            return 0;
        field[n++] = p;
        p = strchr(p, ' ');
        if (p)
            *p++ = '\0';
    }
    return n;
}

static pxk_usec end_of(int64_t wall, struct lease_clock c)
{
    int64_t left = wall > c.wall ? wall - c.wall : 0;
    return c.now + (pxk_usec)(left < FAR_S ? left : FAR_S) * PXK_SEC;
}

bool lease_line_read(const char *line, struct lease_clock c, struct pxk_dhcpd_lease *out)
{
    char text[LEASE_LINE_MAX], *field[FIELDS_MAX];
    struct pxk_dhcpd_lease l = {.ip = 0};
    int64_t at, end;
    if (!pxk_str_copy(text, sizeof text, line))
        return false;
    size_t n = split(text, field);
    if (n < FIELDS_MIN || !number_read(field[0], &at) || pxk_ip4_parse(field[1], &l.ip) != PXK_OK ||
        pxk_mac_parse(field[2], &l.mac) != PXK_OK || !state_read(field[3], &l.state) || !number_read(field[4], &end) ||
        !hex_read(field[5], l.client_id, sizeof l.client_id, &l.client_id_len))
        return false;
    if (n > FIELDS_MIN && !hex_read(field[6], l.key, sizeof l.key, &l.key_len))
        return false;
    l.until = has_end(l.state) ? end_of(end, c) : 0;
    *out = l;
    return true;
}
