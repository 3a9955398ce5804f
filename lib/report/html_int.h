/* Private to lib/report: the parts of the HTML page. Every text goes through html_add(): bytes from the network are hostile. */
#ifndef PXK_REPORT_HTML_INT_H
#define PXK_REPORT_HTML_INT_H

#include "report_int.h"

/** Text as content or as a quoted attribute's value: markup escaped, what is not printable ASCII as \xNN. */
void html_add(struct pxk_text *t, const char *s);
void html_add_n(struct pxk_text *t, const char *s, size_t n);
/** @open, @s escaped, @close. @open and @close are markup. */
void html_put(struct pxk_text *t, const char *open, const char *s, const char *close);
/** The same, unless @s is NULL or "". */
void html_put_if(struct pxk_text *t, const char *open, const char *s, const char *close);
/** Escaped @s in a table cell; a dash where there is nothing. */
void html_cell(struct pxk_text *t, const char *s);
void html_cell_num(struct pxk_text *t, uint64_t n); /* right-aligned; 0 is nothing */
/** Lines of @s as items of a list; no list is opened. */
void html_items(struct pxk_text *t, const char *s);

/** Class of a verdict, of a severity: "ok", "warn", "bad", "dim". */
const char *verdict_class(enum pxk_verdict v);
const char *severity_class(enum pxk_severity s);

void html_findings(const struct pxk_diagnosis *d, struct pxk_text *out);
/** The table of all clients, and one section for each. */
void html_clients(const struct pxk_diagnosis *d, struct pxk_text *out);
/** Has this client a section to link to (id "c-" and its MAC)? Of very many not all have. */
bool html_has_section(const struct pxk_diagnosis *d, const struct pxk_session *s);
void html_sections(const struct pxk_diagnosis *d, struct pxk_text *out);
/** DHCP answers of a client side by side; its downloads; when what happened. Nothing where there is nothing. */
void html_offers(const struct pxk_session *s, struct pxk_text *out);
void html_files(const struct pxk_session *s, struct pxk_text *out);
void html_timeline(const struct pxk_session *s, struct pxk_text *out);

#endif
