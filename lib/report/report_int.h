/* Private to lib/report: laying out text. */
#ifndef PXK_REPORT_INT_H
#define PXK_REPORT_INT_H

#include "pxk/report.h"

/** @n bytes of text that may come from the network: printable ASCII as it is, all else as \xNN. */
void text_add_clean(struct pxk_text *t, const char *s, size_t n);
void text_pad(struct pxk_text *t, size_t n);

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_GOOD, INK_WARN, INK_BAD };
/** @s in a colour if @opts wants colours; counts no columns. */
void text_ink(struct pxk_text *t, const struct pxk_report_opts *opts, enum ink ink, const char *s);

unsigned report_width(const struct pxk_report_opts *opts);

/**
 * Words of @s, broken so that no line is wider than the report. The cursor stands at column @at; further lines begin
 * at column @indent. Ends with a newline. A word wider than a line is broken hard.
 */
void text_wrap(struct pxk_text *t, const struct pxk_report_opts *opts, unsigned at, unsigned indent, const char *s);
/** Lines of @s one below the other at column @indent, @bullet before each, wrapped. */
void text_list(struct pxk_text *t, const struct pxk_report_opts *opts, unsigned indent, const char *bullet, const char *s);
/** A configuration snippet: its own lines; those that are too wide continue deeper. */
void text_snippet(struct pxk_text *t, const struct pxk_report_opts *opts, unsigned indent, const char *s);

const char *verdict_word(enum pxk_verdict v);
enum ink verdict_ink(enum pxk_verdict v);
const char *severity_word(enum pxk_severity s);
enum ink severity_ink(enum pxk_severity s);

/** Bytes of a size for people: "42 kB". */
const char *bytes_words(uint64_t n, char *out, size_t cap);
/** "1.2 s". */
const char *time_words(pxk_usec t, char *out, size_t cap);
/** The last part of a path. */
const char *path_base(const char *path);

/* ---- words and choices that several views share ---- */

/** The personality: the emulated one, else the one that was recognised; "" if none was. Its name, its key. */
const char *firmware_name(const struct pxk_session *s);
const char *firmware_key(const struct pxk_session *s);
/** "complete", "refused", ...: members of the JSON report. */
const char *transfer_state_key(enum pxk_transfer_state s);
const char *http_state_key(const struct pxk_http *h);
/** A refusal that means nothing: a loader tries names in a folder until one is there, and one was. */
bool transfer_is_search(const struct pxk_session *s, size_t i);
/** "1 of 2 clients cannot boot." */
void report_sentence(const struct pxk_diagnosis *d, struct pxk_text *line);

/** Findings of past clients that are told, those with the most clients first. */
#define PAST_MAX 50

/** Findings of one row and severity are told together, by the first of them. */
bool finding_same_kind(const struct pxk_finding *a, const struct pxk_finding *b);
bool finding_told_before(const struct pxk_diagnosis *d, size_t i);
/** Name of the client that it befalls; "the network". */
const char *finding_client(const struct pxk_diagnosis *d, const struct pxk_finding *f);
/** "frames 3, 5", "frames 24-64"; "" if no packet shows it. */
void finding_frames(const struct pxk_finding *f, struct pxk_text *line);
/** The row's causes without the one that @f names itself: one a line. */
const char *finding_other_causes(const struct pxk_finding *f);

/* ---- report_text.c's parts ---- */
void report_clients(const struct pxk_diagnosis *d, const struct pxk_report_opts *opts, struct pxk_text *out);
void report_findings(const struct pxk_diagnosis *d, const struct pxk_report_opts *opts, struct pxk_text *out);

#endif
