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

/* ---- report_text.c's parts ---- */
void report_clients(const struct pxk_diagnosis *d, const struct pxk_report_opts *opts, struct pxk_text *out);
void report_findings(const struct pxk_diagnosis *d, const struct pxk_report_opts *opts, struct pxk_text *out);

#endif
