/* Private to lib/report: JSON objects under construction. Text from the network is made clean first: printable ASCII,
 * so that no consumer stumbles over bytes that are no UTF-8. */
#ifndef PXK_REPORT_JSON_INT_H
#define PXK_REPORT_JSON_INT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "pxk/report.h"

/** All of them cope with NULL, which is what jansson gives when there is no memory. */
json_t *clean_string(const char *s);
void put(json_t *o, const char *key, json_t *value); /* steals @value */
void put_text(json_t *o, const char *key, const char *s);
void put_text_if(json_t *o, const char *key, const char *s); /* not if it is NULL or "" */
void put_int(json_t *o, const char *key, uint64_t n);
void put_real(json_t *o, const char *key, double v); /* rounded to microseconds */
void put_bool(json_t *o, const char *key, bool v);
void put_ip_if(json_t *o, const char *key, pxk_ip4 ip);                             /* not if it is 0 */
void put_int_if(json_t *o, const char *key, uint64_t n);                            /* not if it is 0 */
void put_seconds(json_t *o, const char *key, pxk_usec t);
/** A text's lines as an array. */
json_t *lines_array(const char *s);
/** Dump with a newline, and free. Sets out->failed if anything is missing. */
void json_write(json_t *o, size_t flags, struct pxk_text *out);
/** A line of the stream of events: "v" and "t" before the members of @o, which has some. */
void json_write_line(json_t *o, pxk_usec t, struct pxk_text *out);

/* ---- parts of the report that other documents have too ---- */

json_t *client_steps_json(const struct pxk_client_verdict *c);
/** mac, name, arch, arch_code, personality, emulated, vlan, address. */
void put_identity(json_t *o, const struct pxk_client_verdict *c);
/** A row's snippets by server, as an object. */
json_t *row_fixes_json(const struct pxk_finding_row *row);
json_t *files_json(const struct pxk_session *s);

#endif
