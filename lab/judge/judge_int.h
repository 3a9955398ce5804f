/* Private to lab/judge: one check under construction, and what the parts of the judge share. */
#ifndef PXK_JUDGE_INT_H
#define PXK_JUDGE_INT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lines.h"
#include "pxk/play.h"

struct judge {
    const struct pxk_scenario *s;
    const json_t *seen, *report; /* report NULL: there is none */
    json_t *checks;
    size_t bad;
    const char *about; /* whose view of it, before what is checked; NULL: the clients' own */
    bool elsewhere;    /* its frame numbers are not those of the clients' capture */
};

/** Texts are put together at their full length; check_end() makes them one printable line that
 * fits. */
struct check {
    char what[160];
    struct pxk_text expected, seen;
    size_t at; /* where in seen the interesting part is: a longer text is cut around it */
    unsigned line;
    json_int_t frame; /* 0: none */
};

void check_begin(struct check *c, unsigned line, const char *fmt, ...) PXK_PRINTF(3, 4);
/** Adds the check to the list and releases its texts. */
void check_end(struct judge *j, struct check *c, bool ok);
/** @n bytes of whatever, of which about @at matters, as one printable line of at most
 * LINE_MAX_TEXT characters. */
#define LINE_MAX_TEXT 200
void line_text(const char *s, size_t n, size_t at, struct pxk_text *out);
/** @word, separated from what is there already. */
void list_add(struct pxk_text *t, const char *separator, const char *word);

/* ---- JSON ---- */

/** A member's text; "" if it is not there or not a text. */
const char *text_of(const json_t *o, const char *key);
json_int_t number_of(const json_t *o, const char *key);
/** A value as `is` compares it: texts as they are, all else as JSON writes it. */
void value_text(const json_t *v, struct pxk_text *out);

/* ---- whom it is about ---- */

/** A client of the scenario, and what is known of it; report NULL: the report does not have it. */
struct subject {
    const char *name, *mac; /* mac "" if it is not known */
    const json_t *report;
};
struct subject subject_of(const struct judge *j, const char *name);
/** The scenario's name of a MAC, else the MAC. */
const char *name_of_mac(const struct judge *j, const char *mac);

/* ---- patterns over the lines of files ---- */

/** Checks of regular expressions over the lines of a file. @who: "log boot". */
struct file_asks {
    const char *who, *path; /* path NULL: there is no such file */
    char *const *has, *const *lacks;
    size_t has_n, lacks_n;
    unsigned line, lacks_line; /* lacks_line 0: as line */
    bool says_something; /* an empty file does not prove that it lacks anything */
};
void judge_file(struct judge *j, const struct file_asks *a);
/** At most @max lines. @path NULL: there is no such file. */
void judge_line_count(struct judge *j, const char *who, const char *path, unsigned max, unsigned line);
/** Expressions that must come in this order. */
void judge_serial(struct judge *j, const char *who, const char *path, char *const *pattern,
                  size_t n, unsigned line);

/* ---- the parts ---- */

void judge_healthy(struct judge *j, unsigned line);
void judge_probe(struct judge *j, const struct pxk_scn_probe_expect *want);
/** Name of the first failure or warning of a report; "none". */
const char *first_counting(const json_t *report);
void judge_clients_of(struct judge *j, const struct pxk_scn_client_expect *want);
/** @who NULL: the whole network. @steps: an array of the report. */
void judge_step(struct judge *j, const char *who, const char *mac, const json_t *steps,
                unsigned step, const struct pxk_scn_alternatives *want);
void judge_word(struct judge *j, const char *what, const struct pxk_scn_alternatives *want,
                const char *seen);
struct names_asked {
    const struct pxk_scn_names *exactly, *includes, *excludes;
};
/** @who, @mac NULL: of the whole network. */
void judge_findings(struct judge *j, const char *who, const char *mac, const struct names_asked *a);
/** Findings by name, the first of each; of one client with @mac. A new reference. */
json_t *findings_by_name(const struct judge *j, const char *mac);
bool finding_counts(const json_t *finding); /* a failure or a warning */
/** First frame of the first finding of a step (NULL: any) and client (NULL: any); 0. */
json_int_t finding_frame(const struct judge *j, const char *step, const char *mac);
void judge_client(struct judge *j, const struct subject *who,
                  const struct pxk_scn_client_expect *want);
void judge_client_file(struct judge *j, const struct subject *who,
                       const struct pxk_scn_file_expect *want);
/** @client NULL: the first word of each names it. */
void judge_sequence(struct judge *j, const char *what, const struct subject *client,
                    char *const *want, size_t n, unsigned line);
void judge_never(struct judge *j, const struct subject *client, const char *want, unsigned line);
void judge_value(struct judge *j, const char *what, const json_t *root,
                 const struct pxk_scn_value *want);

#endif
