#include "lines.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void pattern_make(struct pattern *p, const char *text)
{
    int status = regcomp(&p->re, text, REG_EXTENDED);
    p->good = status == 0;
    *p->why = '\0';
    if (!p->good)
        (void)regerror(status, &p->re, p->why, sizeof p->why);
}

void pattern_done(struct pattern *p)
{
    if (p->good)
        regfree(&p->re);
    p->good = false;
}

bool pattern_fits(const struct pattern *p, const char *s, size_t len, size_t from, size_t *at,
                  size_t *end)
{
    regmatch_t m = {.rm_so = (regoff_t)from, .rm_eo = (regoff_t)len};
    if (!p->good || regexec(&p->re, s, 1, &m, REG_STARTEND | (from ? REG_NOTBOL : 0)) != 0)
        return false;
    *at = (size_t)m.rm_so;
    *end = (size_t)m.rm_eo;
    return true;
}

/* ---- lines ---- */

bool lines_open(struct lines *l, const char *path)
{
    struct stat st;
    *l = (struct lines){0};
    /* Not blocking: a program may have left a FIFO where its log was to be. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        l->file = fdopen(fd, "r");
    l->buf = malloc(FILE_LINE_MAX + 1);
    if (l->file && l->buf)
        return true;
    if (!l->file)
        (void)close(fd);
    lines_close(l);
    return false;
}

/* ECMA-48: ESC [ parameters final, or ESC and one character. True: the byte belongs to one. */
static bool is_control(struct lines *l, int c)
{
    enum { NO, ESC, CSI };
    switch (l->escape) {
    case ESC:
        l->escape = c == '[' ? CSI : NO;
        return true;
    case CSI:
        if (c >= 0x40 && c <= 0x7e)
            l->escape = NO;
        return true;
    default:
        if (c == 0x1b)
            l->escape = ESC;
        return c == 0x1b || c == '\r' || c == '\0';
    }
}

bool lines_next(struct lines *l)
{
    int c = EOF;
    l->len = 0;
    while (l->len < FILE_LINE_MAX && l->bytes < FILE_BYTES_MAX && (c = getc(l->file)) != EOF) {
        l->bytes++;
        if (c == '\n') {
            l->escape = 0;
            break;
        }
        if (!is_control(l, c))
            l->buf[l->len++] = (char)c;
    }
    l->buf[l->len] = '\0';
    bool any = l->len > 0 || c == '\n';
    l->number += any;
    return any;
}

void lines_close(struct lines *l)
{
    if (l->file)
        (void)fclose(l->file);
    free(l->buf);
    *l = (struct lines){0};
}

void last_line(const char *path, struct pxk_text *out)
{
    struct lines l;
    if (!path || !lines_open(&l, path))
        return;
    while (lines_next(&l)) {
        if (strspn(l.buf, " \t") == l.len)
            continue;
        out->len = 0;
        pxk_text_add_n(out, l.buf, l.len);
    }
    lines_close(&l);
}

size_t lines_follow(const char *path, const struct pattern *p, size_t n)
{
    struct lines l;
    size_t found = 0;
    if (!lines_open(&l, path))
        return 0;
    while (found < n && lines_next(&l)) {
        size_t from = 0, at, end;
        while (found < n && pattern_fits(&p[found], l.buf, l.len, from, &at, &end)) {
            from = end;
            found++;
        }
    }
    lines_close(&l);
    return found;
}

size_t lines_in_order(const char *path, char *const *text, size_t n)
{
    struct pattern *p = calloc(n ? n : 1, sizeof *p);
    size_t found = 0;
    if (!p)
        return 0;
    for (size_t i = 0; i < n; i++)
        pattern_make(&p[i], text[i]);
    found = lines_follow(path, p, n);
    for (size_t i = 0; i < n; i++)
        pattern_done(&p[i]);
    free(p);
    return found;
}
