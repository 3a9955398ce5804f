/* Regular expressions (POSIX extended) over the lines of files that other programs wrote: logs, output, serial consoles. */
#include <stdlib.h>
#include <string.h>

#include "judge_int.h"

/* ---- has, lacks ---- */

struct ask {
    struct pattern p;
    bool found;
    char *text; /* the first line that fits, NULL */
    size_t len, at, number;
};

static void look(struct ask *a, const struct lines *l)
{
    size_t at, end;
    if (a->found || !pattern_fits(&a->p, l->buf, l->len, 0, &at, &end))
        return;
    a->found = true;
    a->at = at;
    a->number = l->number;
    a->text = malloc(l->len + 1);
    if (a->text) {
        memcpy(a->text, l->buf, l->len + 1);
        a->len = l->len;
    }
}

struct reading {
    bool opened;
    size_t lines;
};

static struct reading read_through(const char *path, struct ask *ask, size_t n)
{
    struct reading r = {0};
    struct lines l;
    if (!path || !lines_open(&l, path))
        return r;
    while (lines_next(&l))
        for (size_t i = 0; i < n; i++)
            look(&ask[i], &l);
    r = (struct reading){true, l.number};
    lines_close(&l);
    return r;
}

static void say_none(const struct file_asks *a, const struct reading *r, bool wanted,
                     struct pxk_text *out)
{
    struct pxk_text last = {0};
    if (!r->opened)
        pxk_text_add(out, "no such file");
    else if (!r->lines && (wanted || a->says_something))
        pxk_text_add(out, wanted ? "an empty file" : "an empty file, which proves nothing");
    else if (!wanted)
        pxk_text_add(out, "none");
    else
        last_line(a->path, &last);
    if (last.len)
        pxk_text_addf(out, "none of %zu lines; the last: %s", r->lines, last.s);
    else if (r->lines && wanted)
        pxk_text_addf(out, "none of %zu lines", r->lines);
    pxk_text_done(&last);
}

static void tell(struct judge *j, const struct file_asks *a, const char *pattern, bool wanted,
                 const struct ask *ask, const struct reading *r)
{
    struct check c;
    check_begin(&c, wanted || !a->lacks_line ? a->line : a->lacks_line, "%s: %s", a->who, wanted ? "has" : "lacks");
    pxk_text_addf(&c.expected, "%s line with /%s/", wanted ? "a" : "no", pattern);
    if (!ask->p.good) {
        pxk_text_addf(&c.seen, "not a regular expression: %s", ask->p.why);
    } else if (ask->found) {
        pxk_text_addf(&c.seen, "line %zu: ", ask->number);
        c.at = c.seen.len + ask->at;
        pxk_text_add_n(&c.seen, ask->text ? ask->text : "", ask->len);
    } else {
        say_none(a, r, wanted, &c.seen);
    }
    check_end(j, &c, ask->p.good && r->opened && (r->lines || !a->says_something) && ask->found == wanted);
}

void judge_file(struct judge *j, const struct file_asks *a)
{
    size_t n = a->has_n + a->lacks_n;
    struct ask *ask = calloc(n ? n : 1, sizeof *ask);
    if (!ask) {
        j->bad += n;
        return;
    }
    for (size_t i = 0; i < n; i++)
        pattern_make(&ask[i].p, i < a->has_n ? a->has[i] : a->lacks[i - a->has_n]);
    struct reading r = read_through(n ? a->path : NULL, ask, n);
    for (size_t i = 0; i < n; i++) {
        bool wanted = i < a->has_n;
        tell(j, a, wanted ? a->has[i] : a->lacks[i - a->has_n], wanted, &ask[i], &r);
        pattern_done(&ask[i].p);
        free(ask[i].text);
    }
    free(ask);
}

void judge_line_count(struct judge *j, const char *who, const char *path, unsigned max, unsigned line)
{
    struct check c;
    struct lines l;
    size_t n = 0;
    check_begin(&c, line, "%s: lines", who);
    bool opened = path && lines_open(&l, path);
    pxk_text_addf(&c.expected, max ? "at most %u" : "none", max);
    for (; opened && lines_next(&l); n = l.number)
        if (n == max) /* the first that is too much */
            pxk_text_addf(&c.seen, ", line %zu: %s", l.number, l.buf);
    if (opened)
        lines_close(&l);
    struct pxk_text count = {0};
    pxk_text_addf(&count, opened ? "%zu%s" : "no such file", n, c.seen.s ? c.seen.s : "");
    pxk_text_done(&c.seen);
    c.seen = count;
    check_end(j, &c, opened && n <= max);
}

/* ---- serial consoles ---- */

void judge_serial(struct judge *j, const char *who, const char *path, char *const *pattern,
                  size_t n, unsigned line)
{
    struct check c;
    struct pattern *p = calloc(n, sizeof *p);
    size_t found = 0;
    const char *why = NULL;
    check_begin(&c, line, "%s: serial", who);
    for (size_t i = 0; p && i < n; i++) {
        pattern_make(&p[i], pattern[i]);
        if (!p[i].good && !why)
            why = p[i].why;
        pxk_text_addf(&c.expected, "%s/%s/", i ? ", then " : "", pattern[i]);
    }
    if (p)
        found = path ? lines_follow(path, p, n) : 0;
    if (why) {
        pxk_text_addf(&c.seen, "not a regular expression: %s", why);
    } else if (found == n) {
        pxk_text_add(&c.seen, "in this order");
    } else {
        struct pxk_text last = {0};
        last_line(path, &last);
        pxk_text_addf(&c.seen, "no /%s/", pattern[found]);
        if (found)
            pxk_text_addf(&c.seen, " after /%s/", pattern[found - 1]);
        pxk_text_addf(&c.seen, "; %s%s", last.len ? "its last line: " : "nothing was written",
                      last.len ? last.s : "");
        pxk_text_done(&last);
    }
    check_end(j, &c, found == n && !why);
    for (size_t i = 0; p && i < n; i++)
        pattern_done(&p[i]);
    free(p);
}
