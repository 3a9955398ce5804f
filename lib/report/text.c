/* How lines are laid out: ASCII only, no line wider than the terminal. */
#include <string.h>

#include "report_int.h"

void text_add_clean(struct pxk_text *t, const char *s, size_t n)
{
    size_t plain = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c >= 0x20 && c < 0x7f)
            continue;
        pxk_text_add_n(t, s + plain, i - plain);
        pxk_text_addf(t, "\\x%02x", c);
        plain = i + 1;
    }
    pxk_text_add_n(t, s + plain, n - plain);
}

void text_pad(struct pxk_text *t, size_t n)
{
    while (n--)
        pxk_text_add_n(t, " ", 1);
}

void text_ink(struct pxk_text *t, const struct pxk_report_opts *opts, enum ink ink, const char *s)
{
    static const char *const code[] = {"",         "\033[1m",  "\033[2m",
                                       "\033[32m", "\033[33m", "\033[1;31m"};
    bool on = opts->colour && ink != INK_PLAIN;
    if (on)
        pxk_text_add(t, code[ink]);
    text_add_clean(t, s, strlen(s));
    if (on)
        pxk_text_add(t, "\033[0m");
}

unsigned report_width(const struct pxk_report_opts *opts)
{
    unsigned width = opts->width ? opts->width : 100;
    return width < 40 ? 40 : width;
}

/* Columns that text_add_clean() uses. */
static size_t columns(const char *s, size_t n)
{
    size_t w = 0;
    for (size_t i = 0; i < n; i++)
        w += (unsigned char)s[i] >= 0x20 && (unsigned char)s[i] < 0x7f ? 1 : 4;
    return w;
}

static void new_line(struct pxk_text *t, unsigned indent, size_t *col)
{
    pxk_text_add_n(t, "\n", 1);
    text_pad(t, indent);
    *col = indent;
}

/* A word that fits on no line is cut where the line ends. */
static void put_long(struct pxk_text *t, const char *s, size_t n, unsigned indent, size_t width,
                     size_t *col)
{
    for (size_t i = 0; i < n; i++) {
        size_t w = columns(s + i, 1);
        if (*col + w > width)
            new_line(t, indent, col);
        text_add_clean(t, s + i, 1);
        *col += w;
    }
}

void text_wrap(struct pxk_text *t, const struct pxk_report_opts *opts, unsigned at, unsigned indent,
               const char *s)
{
    size_t width = report_width(opts), col = at;
    bool first = true;
    while (*s) {
        size_t n = strcspn(s, " \n");
        size_t w = columns(s, n);
        bool fits = col + (first ? 0 : 1) + w <= width;
        if (n && !fits && !first && indent + w <= width) {
            new_line(t, indent, &col);
        } else if (n && !first) {
            if (col + 1 < width)
                text_pad(t, 1);
            col++;
        }
        if (n)
            put_long(t, s, n, indent, width, &col);
        first = first && !n;
        s += n;
        s += *s == ' ' || *s == '\n';
    }
    pxk_text_add_n(t, "\n", 1);
}

void text_list(struct pxk_text *t, const struct pxk_report_opts *opts, unsigned indent,
               const char *bullet, const char *s)
{
    while (*s) {
        size_t n = strcspn(s, "\n");
        char line[512];
        (void)pxk_str_copy_n(line, sizeof line, s, n);
        text_pad(t, indent);
        pxk_text_add(t, bullet);
        unsigned at = indent + (unsigned)strlen(bullet);
        text_wrap(t, opts, at, at, line);
        s += n;
        s += *s == '\n';
    }
}

void text_snippet(struct pxk_text *t, const struct pxk_report_opts *opts, unsigned indent,
                  const char *s)
{
    while (*s) {
        size_t n = strcspn(s, "\n"), lead = strspn(s, " ");
        char line[512];
        if (lead > n)
            lead = n;
        (void)pxk_str_copy_n(line, sizeof line, s + lead, n - lead);
        unsigned at = indent + (unsigned)lead;
        text_pad(t, at);
        /* Runs of blanks before a comment are layout; they stay where the line fits. */
        if (at + strlen(line) <= report_width(opts)) {
            text_add_clean(t, line, strlen(line));
            pxk_text_add_n(t, "\n", 1);
        } else {
            text_wrap(t, opts, at, at + 4, line);
        }
        s += n;
        s += *s == '\n';
    }
}

const char *verdict_word(enum pxk_verdict v)
{
    static const char *const word[] = {"-", "ok", "warn", "FAIL"};
    return word[v];
}

enum ink verdict_ink(enum pxk_verdict v)
{
    static const enum ink ink[] = {INK_DIM, INK_GOOD, INK_WARN, INK_BAD};
    return ink[v];
}

const char *severity_word(enum pxk_severity s)
{
    static const char *const word[] = {"note", "warn", "FAIL"};
    return word[s];
}

enum ink severity_ink(enum pxk_severity s)
{
    static const enum ink ink[] = {INK_DIM, INK_WARN, INK_BAD};
    return ink[s];
}
