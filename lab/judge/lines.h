/* Regular expressions over lines that other programs wrote. What waits for a line, and what judges it later, read it alike. */
#ifndef PXK_JUDGE_LINES_H
#define PXK_JUDGE_LINES_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "pxk/base.h"

struct pattern {
    regex_t re;
    bool good;
    char why[120]; /* it is no regular expression, because */
};
void pattern_make(struct pattern *p, const char *text);
void pattern_done(struct pattern *p);
/** Does it fit somewhere in bytes @from to @len? @at and @end get the place. Any bytes whatever. */
bool pattern_fits(const struct pattern *p, const char *s, size_t len, size_t from, size_t *at,
                  size_t *end);

/* A file as lines: terminal control sequences, CR and NUL are left out, lines longer than
 * FILE_LINE_MAX come in pieces, and a file is read only so far. */
#define FILE_LINE_MAX  4096
#define FILE_BYTES_MAX ((size_t)64 << 20)
struct lines {
    void *file; /* FILE * */
    char *buf;  /* the line, NUL at its end */
    size_t len, number, bytes;
    int escape; /* inside of a control sequence */
};
/** False: no such file. */
bool lines_open(struct lines *l, const char *path);
bool lines_next(struct lines *l);
void lines_close(struct lines *l);
/** The last line of a file that is not blank; "" if it has none. */
void last_line(const char *path, struct pxk_text *out);
/** How many of the patterns were found, each after the one before. 0 if there is no such file. */
size_t lines_follow(const char *path, const struct pattern *p, size_t n);
/** The same of texts. What is no regular expression is not found. */
size_t lines_in_order(const char *path, char *const *text, size_t n);

#endif
