/* Lease files: dnsmasq's list, ISC's dhcpd.leases(5), Kea's memfile CSV, our own (docs/serve.md). All but the first are journals:
 * what is said last of an address holds. */
#include "parse.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- what the formats share ---- */

struct record {
    pxk_ip4 ip;
    struct pxk_mac mac;
    bool active;
    uint32_t order; /* in the file */
};

struct records {
    PXK_VEC(struct record) at;
    bool failed;
};

static void record_add(struct records *all, pxk_ip4 ip, const struct pxk_mac *mac, bool active)
{
    if (all->at.n >= PXK_LAB_LEASES_MAX)
        return;
    struct record *r = pxk_vec_push(&all->at);
    if (r)
        *r = (struct record){ip, *mac, active, (uint32_t)all->at.n};
    else
        all->failed = true;
}

static int by_address_then_order(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    if (x->ip != y->ip)
        return x->ip < y->ip ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* The last record of each address, if it is a lease in force. */
static enum pxk_err records_done(struct records *all, struct pxk_lab_leases *out)
{
    bool failed = all->failed;
    size_t n = all->at.n;
    if (n)
        qsort(all->at.at, n, sizeof *all->at.at, by_address_then_order);
    for (size_t i = 0; i < n && !failed; i++) {
        const struct record *r = &all->at.at[i];
        if (!r->active || (i + 1 < n && r[1].ip == r->ip))
            continue;
        struct pxk_lab_lease *l = pxk_vec_push(&out->at);
        if (l)
            *l = (struct pxk_lab_lease){r->ip, r->mac};
        else
            failed = true;
    }
    pxk_vec_done(&all->at);
    return failed ? PXK_E_NOMEM : PXK_OK;
}

/* A piece of the text; copied into a buffer where a parser wants a NUL. */
struct piece {
    const char *s;
    size_t n;
};

static const char *piece_text(struct piece p, char *buf, size_t cap)
{
    (void)pxk_str_copy_n(buf, cap, p.n < cap ? p.s : "", p.n < cap ? p.n : 0);
    return buf;
}

static bool piece_is(struct piece p, const char *word)
{
    return p.n == strlen(word) && memcmp(p.s, word, p.n) == 0;
}

static bool piece_ip(struct piece p, pxk_ip4 *out)
{
    char buf[PXK_IP4_STRLEN];
    return pxk_ip4_parse(piece_text(p, buf, sizeof buf), out) == PXK_OK;
}

static bool piece_mac(struct piece p, struct pxk_mac *out)
{
    char buf[PXK_MAC_STRLEN];
    return pxk_mac_parse(piece_text(p, buf, sizeof buf), out) == PXK_OK;
}

static bool piece_int(struct piece p, int64_t *out)
{
    int64_t v = 0;
    if (!p.n || p.n > 18)
        return false;
    for (size_t i = 0; i < p.n; i++) {
        if (p.s[i] < '0' || p.s[i] > '9')
            return false;
        v = v * 10 + (p.s[i] - '0');
    }
    *out = v;
    return true;
}

/* Cuts the part before the next @end off @rest; false if nothing is left. */
static bool piece_next(struct piece *rest, char end, struct piece *out)
{
    if (!rest->s)
        return false;
    const char *at = rest->n ? memchr(rest->s, end, rest->n) : NULL;
    size_t n = at ? (size_t)(at - rest->s) : rest->n;
    *out = (struct piece){rest->s, n};
    *rest = at ? (struct piece){at + 1, rest->n - n - 1} : (struct piece){NULL, 0};
    return true;
}

/* ---- dnsmasq: "1700000000 52:54:00:77:00:01 10.77.0.150 name client-id", time 0: for ever ---- */

enum pxk_err pxk_lab_leases_dnsmasq(const char *text, size_t len, int64_t now, struct pxk_lab_leases *out)
{
    struct records all = {0};
    struct piece rest = {text, len}, line;
    while (piece_next(&rest, '\n', &line)) {
        struct piece end = {0}, mac = {0}, ip = {0};
        int64_t until;
        pxk_ip4 address;
        struct pxk_mac hw = {0};
        (void)(piece_next(&line, ' ', &end) && piece_next(&line, ' ', &mac) && piece_next(&line, ' ', &ip));
        if (!piece_int(end, &until) || !piece_ip(ip, &address))
            continue;              /* IPv6's lines, "duid ..." */
        (void)piece_mac(mac, &hw); /* other hardware is written as "06-..." */
        record_add(&all, address, &hw, until == 0 || until > now);
    }
    return records_done(&all, out);
}

/* ---- ISC ---- */

static bool isc_is_space(char c)
{
    return strchr(" \t\r\n", c) != NULL; /* a NUL is one too */
}

static void isc_skip(struct piece *rest)
{
    struct piece comment;
    while (rest->n && (isc_is_space(*rest->s) || *rest->s == '#')) {
        if (*rest->s != '#')
            rest->s++, rest->n--;
        else if (piece_next(rest, '\n', &comment) && !rest->s)
            *rest = (struct piece){"", 0};
    }
}

/* The next word, text in quotes or one of ; { }; an empty piece at the end. */
static struct piece isc_token(struct piece *rest)
{
    isc_skip(rest);
    size_t n = 0;
    if (rest->n && *rest->s == '"') {
        for (n = 1; n < rest->n && rest->s[n] != '"'; n++)
            n += rest->s[n] == '\\';
        n = n < rest->n ? n + 1 : rest->n;
    } else if (rest->n && strchr(";{}", *rest->s)) {
        n = 1;
    } else {
        while (n < rest->n && !strchr(" \t\r\n;{}\"#", rest->s[n]))
            n++; /* at least one: what is no word's beginning was looked for above */
    }
    struct piece token = {rest->s, n};
    rest->s += n, rest->n -= n;
    return token;
}

struct isc_lease {
    struct pxk_mac mac;
    bool active, ended;
};

/* "2 2026/11/22 20:10:21", UTC, or "epoch 1700000000", or "never". */
static bool isc_ended(const struct piece *word, size_t n, int64_t now)
{
    struct tm tm = {0};
    char day[32], hour[32];
    int64_t at;
    if (n >= 2 && piece_is(word[1], "never"))
        return false;
    if (n >= 3 && piece_is(word[1], "epoch") && piece_int(word[2], &at))
        return at <= now;
    if (n < 4 || !strptime(piece_text(word[2], day, sizeof day), "%Y/%m/%d", &tm) ||
        !strptime(piece_text(word[3], hour, sizeof hour), "%H:%M:%S", &tm))
        return false;
    return (int64_t)timegm(&tm) <= now;
}

static void isc_statement(const struct piece *word, size_t n, int64_t now, struct isc_lease *l)
{
    if (n >= 3 && piece_is(word[0], "binding") && piece_is(word[1], "state"))
        l->active = piece_is(word[2], "active");
    else if (n >= 3 && piece_is(word[0], "hardware"))
        (void)piece_mac(word[2], &l->mac);
    else if (n >= 2 && piece_is(word[0], "ends"))
        l->ended = isc_ended(word, n, now);
}

/* Statements up to the brace that closes the lease; false if the text ends before. */
static bool isc_body(struct piece *rest, int64_t now, struct isc_lease *l)
{
    struct piece word[4];
    size_t n = 0, depth = 1;
    for (struct piece t = isc_token(rest); t.n; t = isc_token(rest)) {
        if (piece_is(t, "{")) {
            depth++, n = 0;
        } else if (piece_is(t, "}")) {
            if (--depth == 0)
                return true;
            n = 0;
        } else if (piece_is(t, ";")) {
            if (depth == 1)
                isc_statement(word, n, now, l);
            n = 0;
        } else if (n < PXK_COUNT(word)) {
            word[n++] = t;
        }
    }
    return false;
}

enum pxk_err pxk_lab_leases_isc(const char *text, size_t len, int64_t now, struct pxk_lab_leases *out)
{
    struct records all = {0};
    struct piece rest = {text, len};
    for (struct piece t = isc_token(&rest); t.n; t = isc_token(&rest)) {
        struct isc_lease l = {0};
        pxk_ip4 ip;
        if (!piece_is(t, "lease"))
            continue;
        if (!piece_ip(isc_token(&rest), &ip) || !piece_is(isc_token(&rest), "{"))
            continue;
        if (isc_body(&rest, now, &l)) /* else its writer was cut off: dhcpd does not believe such a record either */
            record_add(&all, ip, &l.mac, l.active && !l.ended);
    }
    return records_done(&all, out);
}

/* ---- Kea ---- */

enum kea_column { KEA_ADDRESS, KEA_HWADDR, KEA_LIFETIME, KEA_EXPIRE, KEA_STATE, KEA_COLUMNS };
static const char *const kea_names[KEA_COLUMNS] = {"address", "hwaddr", "valid_lifetime", "expire", "state"};

#define KEA_WIDTH 64 /* columns of a line that are looked at */

static void kea_header(struct piece line, size_t column[KEA_COLUMNS])
{
    struct piece name;
    for (size_t i = 0; i < KEA_WIDTH && piece_next(&line, ',', &name); i++)
        for (size_t k = 0; k < KEA_COLUMNS; k++)
            if (piece_is(name, kea_names[k]))
                column[k] = i;
}

static void kea_line(struct piece line, const size_t column[KEA_COLUMNS], int64_t now, struct records *all)
{
    struct piece value[KEA_COLUMNS] = {0}, at;
    struct pxk_mac mac = {0};
    pxk_ip4 ip;
    int64_t lifetime = 0, expire = 0, state = 0;
    for (size_t i = 0; i < KEA_WIDTH && piece_next(&line, ',', &at); i++)
        for (size_t k = 0; k < KEA_COLUMNS; k++)
            if (column[k] == i)
                value[k] = at;
    if (!piece_ip(value[KEA_ADDRESS], &ip) || !piece_int(value[KEA_LIFETIME], &lifetime) ||
        !piece_int(value[KEA_EXPIRE], &expire) || !piece_int(value[KEA_STATE], &state))
        return;
    (void)piece_mac(value[KEA_HWADDR], &mac);
    /* Lifetime 0 is how a deletion is written; 0xffffffff is for ever. State 1: declined, 2: reclaimed after expiry. */
    record_add(all, ip, &mac, state == 0 && lifetime > 0 && (expire > now || lifetime == UINT32_MAX));
}

enum pxk_err pxk_lab_leases_kea(const char *text, size_t len, int64_t now, struct pxk_lab_leases *out)
{
    struct records all = {0};
    struct piece rest = {text, len}, line;
    size_t column[KEA_COLUMNS];
    for (size_t k = 0; k < KEA_COLUMNS; k++)
        column[k] = SIZE_MAX;
    if (!piece_next(&rest, '\n', &line))
        return PXK_OK;
    kea_header(line, column);
    while (piece_next(&rest, '\n', &line))
        if (rest.s) /* a line without its end was cut off */
            kea_line(line, column, now, &all);
    return records_done(&all, out);
}

/* ---- our own: "1790000000 10.77.0.150 52:54:00:77:00:01 leased 1790003600 client-id" ---- */

enum pxk_err pxk_lab_leases_reference(const char *text, size_t len, int64_t now, struct pxk_lab_leases *out)
{
    struct records all = {0};
    struct piece rest = {text, len}, line;
    while (piece_next(&rest, '\n', &line) && rest.s) { /* a line without its end was cut off */
        struct piece field[5] = {0};
        struct pxk_mac mac = {0};
        int64_t said, until;
        pxk_ip4 ip;
        for (size_t i = 0; i < PXK_COUNT(field) && piece_next(&line, ' ', &field[i]); i++)
            ;
        if (!piece_int(field[0], &said) || !piece_ip(field[1], &ip) || !piece_int(field[4], &until))
            continue;
        (void)piece_mac(field[2], &mac);
        record_add(&all, ip, &mac, piece_is(field[3], "leased") && until > now);
    }
    return records_done(&all, out);
}
