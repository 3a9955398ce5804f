/* Text of results on its way into formats that cannot hold everything. */
#ifndef PXK_RUN_TEXT_H
#define PXK_RUN_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"

/** Length of the valid UTF-8 sequence at @s (of @n bytes), 0 if there is none; @cp gets its code point. */
size_t run_utf8(const char *s, size_t n, uint32_t *cp);
/** One line that is safe for a terminal: valid UTF-8 stays, line ends become "\n", controls and other bytes \xNN. */
void run_add_line(struct pxk_text *t, const char *s, size_t n);
/** The same for a whole text; its line ends stay. */
void run_add_lines(struct pxk_text *t, const char *s, size_t n);
/** Columns that a cleaned line takes: one per code point. */
size_t run_columns(const char *s, size_t n);
/** Content and attribute values of XML and HTML. What XML 1.0 cannot hold becomes \xNN. */
void run_add_xml(struct pxk_text *t, const char *s);
/** A double-quoted scalar that YAML, and the subset of it that TAP readers know, take alike. */
void run_add_quoted(struct pxk_text *t, const char *s);
/** A word for /bin/sh, quoted if need be. */
void run_add_shell(struct pxk_text *t, const char *s);
/** A JSON string of any bytes: what is not UTF-8 becomes \xNN. */
json_t *run_json_text(const char *s);

/** Member of a result as text, "" if it is absent or something else. */
const char *run_get(const json_t *result, const char *key);
/** How long it took, 0 at least. */
double run_seconds(const json_t *result);
/** "dhcp/no-boot-file [server=dnsmasq]": folder, file without its ending, row. */
void run_label(const json_t *result, struct pxk_text *out);
bool run_is(const json_t *result, const char *status);
/** Failed or error. */
bool run_is_bad(const json_t *result);
/** Line in the scenario of the first check that failed, 0 if unknown. */
unsigned run_first_line(const json_t *result);
/** "step dhcp: expected fail, seen pass", or why there is no check. Of several the first and how many more. */
void run_summary(const json_t *result, struct pxk_text *out);

#endif
