#include <string.h>

#include "text.h"

size_t run_utf8(const char *s, size_t n, uint32_t *cp)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *u = (const unsigned char *)s;
    if (!n)
        return 0;
    size_t len = u[0] < 0x80 ? 1 : (u[0] & 0xe0) == 0xc0 ? 2 : (u[0] & 0xf0) == 0xe0 ? 3 : (u[0] & 0xf8) == 0xf0 ? 4 : 0;
    if (!len || len > n)
        return 0;
    uint32_t v = len == 1 ? u[0] : u[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 0;
        v = v << 6 | (u[i] & 0x3f);
    }
    if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
        return 0;
    *cp = v;
    return len;
}

/* Controls, and marks that turn the direction of what follows on a terminal. */
static bool is_unseen(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x200e && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
           (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

static void add_hex(struct pxk_text *t, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pxk_text_addf(t, "\\x%02x", (unsigned char)s[i]);
}

/* What begins at @s and cannot stay as it is: returns its bytes, written in another way; 0 if it can stay. */
static size_t add_unseen(struct pxk_text *t, const char *s, size_t n, size_t *len)
{
    uint32_t cp = 0;
    *len = run_utf8(s, n, &cp);
    if (*len && !is_unseen(cp))
        return 0;
    size_t bytes = *len ? *len : 1;
    add_hex(t, s, bytes);
    return bytes;
}

static void add_clean(struct pxk_text *t, const char *s, size_t n, const char *newline)
{
    size_t len, odd;
    for (size_t i = 0; i < n; i += odd ? odd : len) {
        odd = 0;
        len = 1;
        if (s[i] == '\n')
            pxk_text_add(t, newline);
        else if (s[i] == '\t')
            pxk_text_add_n(t, " ", 1);
        else if ((odd = add_unseen(t, s + i, n - i, &len)) == 0)
            pxk_text_add_n(t, s + i, len);
    }
}

void run_add_line(struct pxk_text *t, const char *s, size_t n)
{
    add_clean(t, s, n, "\\n");
}

void run_add_lines(struct pxk_text *t, const char *s, size_t n)
{
    add_clean(t, s, n, "\n");
}

size_t run_columns(const char *s, size_t n)
{
    size_t columns = 0;
    for (size_t i = 0; i < n; i++)
        columns += ((unsigned char)s[i] & 0xc0) != 0x80;
    return columns;
}

/* In an attribute bare line ends and tabs would be read as spaces. */
static const char *xml_entity(char c)
{
    return c == '\n' ? "&#10;" : c == '\t' ? "&#9;" : pxk_text_entity(c);
}

void run_add_xml(struct pxk_text *t, const char *s)
{
    size_t n = strlen(s), len, odd;
    for (size_t i = 0; i < n; i += odd ? odd : len) {
        const char *entity = xml_entity(s[i]);
        uint32_t cp;
        odd = 0;
        len = 1;
        if (entity)
            pxk_text_add(t, entity);
        else if (run_utf8(s + i, n - i, &cp) == 3 && (cp == 0xfffe || cp == 0xffff))
            add_hex(t, s + i, odd = 3);
        else if ((odd = add_unseen(t, s + i, n - i, &len)) == 0)
            pxk_text_add_n(t, s + i, len);
    }
}

void run_add_quoted(struct pxk_text *t, const char *s)
{
    pxk_text_add_n(t, "\"", 1);
    for (size_t i = 0, n = strlen(s), len, odd; i < n; i += odd ? odd : len) {
        odd = 0;
        len = 1;
        if (s[i] == '"' || s[i] == '\\')
            pxk_text_addf(t, "\\%c", s[i]);
        else if (s[i] == '\n')
            pxk_text_add(t, "\\n");
        else if (s[i] == '\t')
            pxk_text_add(t, "\\t");
        else if ((odd = add_unseen(t, s + i, n - i, &len)) == 0)
            pxk_text_add_n(t, s + i, len);
    }
    pxk_text_add_n(t, "\"", 1);
}

void run_add_shell(struct pxk_text *t, const char *s)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=@%+,";
    if (*s && s[strspn(s, plain)] == '\0') {
        pxk_text_add(t, s);
        return;
    }
    pxk_text_add_n(t, "'", 1);
    for (; *s; s++) {
        if (*s == '\'')
            pxk_text_add(t, "'\\''");
        else
            pxk_text_add_n(t, s, 1);
    }
    pxk_text_add_n(t, "'", 1);
}

json_t *run_json_text(const char *s)
{
    struct pxk_text clean = {0};
    size_t n = strlen(s), plain = 0;
    uint32_t cp;
    for (size_t i = 0, len; i < n; i += len ? len : 1) {
        len = run_utf8(s + i, n - i, &cp);
        if (len)
            continue;
        pxk_text_add_n(&clean, s + plain, i - plain);
        add_hex(&clean, s + i, 1);
        plain = i + 1;
    }
    pxk_text_add_n(&clean, s + plain, n - plain);
    json_t *v = clean.failed ? NULL : json_string(clean.s);
    pxk_text_done(&clean);
    return v;
}

const char *run_get(const json_t *result, const char *key)
{
    const char *s = json_string_value(json_object_get(result, key));
    return s ? s : "";
}

double run_seconds(const json_t *result)
{
    double s = json_number_value(json_object_get(result, "seconds"));
    return s > 0 ? s : 0;
}

void run_label(const json_t *result, struct pxk_text *out)
{
    const char *file = run_get(result, "file"), *row = run_get(result, "row");
    const char *base = strrchr(file, '/'), *folder = base ? base : file;
    while (folder > file && folder[-1] != '/')
        folder--;
    base = base ? base + 1 : file;
    const char *dot = strrchr(base, '.');
    size_t n = dot && dot != base ? (size_t)(dot - base) : strlen(base);
    if (base - folder > 1 && *folder != '.')
        run_add_line(out, folder, (size_t)(base - folder));
    run_add_line(out, base, n);
    if (*row) {
        pxk_text_add(out, " [");
        run_add_line(out, row, strlen(row));
        pxk_text_add(out, "]");
    }
}

bool run_is(const json_t *result, const char *status)
{
    return strcmp(run_get(result, "status"), status) == 0;
}

bool run_is_bad(const json_t *result)
{
    return !run_is(result, "passed") && !run_is(result, "skipped");
}

unsigned run_first_line(const json_t *result)
{
    size_t i;
    json_t *check;
    json_array_foreach(json_object_get(result, "checks"), i, check) {
        json_int_t line = json_integer_value(json_object_get(check, "line"));
        if (json_is_false(json_object_get(check, "ok")) && line > 0)
            return (unsigned)line;
    }
    return 0;
}

void run_summary(const json_t *result, struct pxk_text *out)
{
    size_t i, bad = 0;
    json_t *check;
    json_array_foreach(json_object_get(result, "checks"), i, check) {
        if (!json_is_false(json_object_get(check, "ok")))
            continue;
        if (bad++ == 0)
            pxk_text_addf(out, "%s: expected %s, seen %s", run_get(check, "what"), run_get(check, "expected"), run_get(check, "seen"));
    }
    if (bad > 1)
        pxk_text_addf(out, " (and %zu more)", bad - 1);
    if (!bad)
        pxk_text_add(out, run_get(result, "why"));
}
