/* A command's usage text in its parts: synopsis lines, then paragraphs, options (two to six blanks and a dash, what they do after
 * two blanks or more, continued far to the right), other indented lines, and the exit status. */
#include <string.h>

#include "docs.h"

enum { DEEP = 12 }; /* columns: a line that begins there continues an option */

static size_t line_len(const char *s)
{
    return strcspn(s, "\n");
}

static size_t indent_of(const char *s)
{
    return strspn(s, " ");
}

static bool is_blank(const char *s)
{
    return s[indent_of(s)] == '\n' || !s[indent_of(s)];
}

static bool is_option(const char *s)
{
    size_t n = indent_of(s);
    return n >= 2 && n < DEEP && s[n] == '-';
}

static const char *next_line(const char *s)
{
    s += line_len(s);
    return s + (*s == '\n');
}

static void join(struct pxk_str *out, const char *s, size_t n)
{
    char line[400];
    (void)pxk_str_copy_n(line, sizeof line, s, n);
    pxk_str_addf(out, "%s%s", out->len ? " " : "", line);
}

static void option_read(struct usage_reader *r, struct usage_part *out)
{
    struct pxk_str text = pxk_str_init(out->text, sizeof out->text);
    const char *tag = r->at + indent_of(r->at), *end = r->at + line_len(r->at), *gap = tag;
    while (gap < end && !(gap[0] == ' ' && gap[1] == ' '))
        gap++;
    (void)pxk_str_copy_n(out->tag, sizeof out->tag, tag, (size_t)(gap - tag));
    gap += indent_of(gap);
    if (gap < end)
        join(&text, gap, (size_t)(end - gap));
    r->at = next_line(r->at);
    while (!is_blank(r->at) && indent_of(r->at) >= DEEP) {
        size_t n = indent_of(r->at);
        join(&text, r->at + n, line_len(r->at) - n);
        r->at = next_line(r->at);
    }
    out->kind = USAGE_OPTION;
}

static void verbatim_read(struct usage_reader *r, struct usage_part *out)
{
    struct pxk_str text = pxk_str_init(out->text, sizeof out->text);
    for (; !is_blank(r->at) && indent_of(r->at) >= 2 && !is_option(r->at); r->at = next_line(r->at))
        pxk_str_addf(&text, "%.*s\n", (int)line_len(r->at), r->at);
    out->kind = USAGE_VERBATIM;
}

static void paragraph_read(struct usage_reader *r, struct usage_part *out)
{
    static const char exit_words[] = "Exit status: ";
    struct pxk_str text = pxk_str_init(out->text, sizeof out->text);
    out->kind = USAGE_PARAGRAPH;
    if (pxk_str_starts(r->at, exit_words)) {
        out->kind = USAGE_EXIT;
        r->at += strlen(exit_words);
    }
    for (; !is_blank(r->at) && indent_of(r->at) < 2; r->at = next_line(r->at))
        join(&text, r->at, line_len(r->at));
}

bool usage_next(struct usage_reader *r, struct usage_part *out)
{
    while (*r->at && is_blank(r->at)) {
        r->past_synopsis = true;
        r->at = next_line(r->at);
    }
    if (!*r->at)
        return false;
    *out = (struct usage_part){.kind = USAGE_SYNOPSIS};
    if (!r->past_synopsis) {
        (void)pxk_str_copy_n(out->text, sizeof out->text, r->at + indent_of(r->at), line_len(r->at) - indent_of(r->at));
        r->at = next_line(r->at);
    } else if (is_option(r->at)) {
        option_read(r, out);
    } else if (indent_of(r->at) >= 2) {
        verbatim_read(r, out);
    } else {
        paragraph_read(r, out);
    }
    return true;
}

bool usage_option(const char *tag, unsigned i, char *word, size_t word_cap, char *arg, size_t arg_cap)
{
    for (; i && tag; i--) {
        tag = strchr(tag, ',');
        tag = tag ? tag + 1 : NULL;
    }
    if (!tag)
        return false;
    tag += indent_of(tag);
    size_t n = strcspn(tag, " =[,"), after = strspn(tag + n, " =[");
    (void)pxk_str_copy_n(word, word_cap, tag, n);
    (void)pxk_str_copy_n(arg, arg_cap, tag + n + after, strcspn(tag + n + after, "],"));
    return true;
}
