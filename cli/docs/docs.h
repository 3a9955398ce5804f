/* What is made from the table of commands and from the tables of findings: man pages, completion. */
#ifndef PXK_CLI_DOCS_H
#define PXK_CLI_DOCS_H

#include <stdbool.h>

#include "cli.h"

/* ---- a usage text in its parts ---- */

enum usage_kind {
    USAGE_SYNOPSIS,  /* one line of the beginning */
    USAGE_PARAGRAPH, /* its lines joined */
    USAGE_OPTION,    /* tag: "-a, --arch LIST"; text: what it does, its lines joined; may be empty */
    USAGE_VERBATIM,  /* indented lines that are no options, as they are */
    USAGE_EXIT,      /* "Exit status: ..." without these two words */
};

struct usage_part {
    enum usage_kind kind;
    char tag[120];
    char text[2000];
};

/** Where reading stands; begin with {usage, false}. */
struct usage_reader {
    const char *at;
    bool past_synopsis;
};
/** The next part; false at the end. */
bool usage_next(struct usage_reader *r, struct usage_part *out);
/** The @i-th option word of a tag ("-a", "--arch"), and the word of its argument, "" if it takes none. False past the last. */
bool usage_option(const char *tag, unsigned i, char *word, size_t word_cap, char *arg, size_t arg_cap);

/* ---- roff ---- */

/** Text as roff: backslashes and dashes escaped, no line that begins with a control character. Line ends stay. */
void roff_add(struct pxk_text *t, const char *s);
/** A request and one argument in quotes: .SH "NAME". */
void roff_request(struct pxk_text *t, const char *request, const char *arg);
/** A text in a paragraph of its own: .PP */
void roff_paragraph(struct pxk_text *t, const char *s);
/** Lines as they are, indented. */
void roff_example(struct pxk_text *t, const char *s);
void roff_head(struct pxk_text *t, const char *page, unsigned section, const char *about);

/* ---- the documents ---- */

/** Has this command a page of its own? Not those that take no options. */
bool docs_has_page(const struct cli_command *c);
void docs_man_main(const struct cli_command *const *commands, struct pxk_text *out);
void docs_man_command(const struct cli_command *c, struct pxk_text *out);
void docs_man_findings(struct pxk_text *out);
void docs_bash_completion(const struct cli_command *const *commands, struct pxk_text *out);

#endif
