/* One check: what was expected, what was seen, each one line that a terminal can show. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge_int.h"

void check_begin(struct check *c, unsigned line, const char *fmt, ...)
{
    va_list ap;
    *c = (struct check){.line = line};
    va_start(ap, fmt);
    (void)vsnprintf(c->what, sizeof c->what, fmt, ap); /* a longer name is cut */
    va_end(ap);
}

static void add_printable(struct pxk_text *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char b = (unsigned char)s[i];
        if (b >= 0x20 && b < 0x7f)
            pxk_text_add_n(out, s + i, 1);
        else if (b == '\n' || b == '\t' || b == '\r')
            pxk_text_add(out, " ");
        else
            pxk_text_addf(out, "\\x%02x", b);
    }
}

void line_text(const char *s, size_t n, size_t at, struct pxk_text *out)
{
    struct pxk_text all = {0};
    size_t from = 0, room = LINE_MAX_TEXT;
    if (n > room && at > room / 2) {
        from = at < n ? at - room / 4 : n;
        if (n - from < room - 3)
            from = n - (room - 3); /* the whole end fits */
        room -= 3;
    }
    /* No more bytes than can be shown: a page of JSON is not spelled out for a line of it. */
    add_printable(&all, s + from, n - from < room + 1 ? n - from : room + 1);
    pxk_text_add(out, from ? "..." : "");
    pxk_text_add_n(out, all.s ? all.s : "", all.len > room ? room - 3 : all.len);
    pxk_text_add(out, all.len > room ? "..." : "");
    out->failed |= all.failed;
    pxk_text_done(&all);
}

static void put_line(json_t *o, const char *key, const struct pxk_text *t, size_t at)
{
    struct pxk_text line = {0};
    line_text(t->s ? t->s : "", t->len, at, &line);
    (void)json_object_set_new(o, key, json_string(line.s ? line.s : ""));
    pxk_text_done(&line);
}

void check_end(struct judge *j, struct check *c, bool ok)
{
    json_t *o = json_object();
    struct pxk_text what = {0};
    pxk_text_addf(&what, "%s%s%s", j->about ? j->about : "", j->about ? ": " : "", c->what);
    put_line(o, "what", &what, 0);
    put_line(o, "expected", &c->expected, 0);
    put_line(o, "seen", &c->seen, c->at);
    (void)json_object_set_new(o, "ok", json_boolean(ok));
    (void)json_object_set_new(o, "line", json_integer(c->line));
    if (c->frame > 0 && !j->elsewhere)
        (void)json_object_set_new(o, "frame", json_integer(c->frame));
    (void)json_array_append_new(j->checks, o); /* without memory the count still tells */
    j->bad += !ok;
    pxk_text_done(&what);
    pxk_text_done(&c->expected);
    pxk_text_done(&c->seen);
}

void list_add(struct pxk_text *t, const char *separator, const char *word)
{
    if (t->len)
        pxk_text_add(t, separator);
    pxk_text_add(t, word);
}

/* ---- JSON ---- */

const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

json_int_t number_of(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

void value_text(const json_t *v, struct pxk_text *out)
{
    if (json_is_string(v)) {
        pxk_text_add(out, json_string_value(v));
        return;
    }
    char *s = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(9));
    pxk_text_add(out, s ? s : "");
    free(s);
}

/* ---- names ---- */

struct subject subject_of(const struct judge *j, const char *name)
{
    struct subject s = {.name = name, .mac = text_of(json_object_get(j->seen, "clients"), name)};
    const json_t *client;
    size_t i;
    json_array_foreach(json_object_get(j->report, "clients"), i, client)
    {
        if (*s.mac && strcmp(text_of(client, "mac"), s.mac) == 0)
            s.report = client;
    }
    return s;
}

const char *name_of_mac(const struct judge *j, const char *mac)
{
    const char *name;
    json_t *value;
    /* jansson's iteration does not change the object, but its signature is not const. */
    json_object_foreach((json_t *)(uintptr_t)json_object_get(j->seen, "clients"), name, value)
    {
        if (*mac && json_is_string(value) && strcmp(json_string_value(value), mac) == 0)
            return name;
    }
    return mac;
}
