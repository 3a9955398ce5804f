/* lib/report: views of a diagnosis. Text for people, JSON (schema "pxekit.report.v1") for programs, events as
 * lines. Writers append to a growing buffer; the application decides where it goes. */
#ifndef PXK_REPORT_H
#define PXK_REPORT_H

#include "pxk/base.h"
#include "pxk/diag.h"
#include "pxk/session.h"

struct pxk_report_opts {
    const char *command;    /* "check", "boot", "watch" */
    const char *where;      /* "eth1, 10.77.0.0/24" or a capture's name */
    const char *version;
    bool colour;
    unsigned width;         /* terminal columns; 0: 100 */
    bool verbose;           /* all fixes, all causes, every file */
    double seconds;         /* the whole run; 0: leave out */
};

/** The five steps, the table of clients, the findings, the last line. */
void pxk_report_text(const struct pxk_tracker *t, const struct pxk_diagnosis *d, const struct pxk_report_opts *opts,
                     struct pxk_text *out);
void pxk_report_json(const struct pxk_tracker *t, const struct pxk_diagnosis *d, const struct pxk_report_opts *opts,
                     struct pxk_text *out);
/** One page that needs nothing else: no script, no file beside it. All text from the network is escaped. */
void pxk_report_html(const struct pxk_tracker *t, const struct pxk_diagnosis *d, const struct pxk_report_opts *opts,
                     struct pxk_text *out);
/** One finding's row: what `pxekit explain` prints. */
void pxk_report_explain(const struct pxk_finding_row *row, const struct pxk_report_opts *opts, struct pxk_text *out);
void pxk_report_explain_firmware(const struct pxk_firmware_code *code, const struct pxk_report_opts *opts,
                                 struct pxk_text *out);
/** One event as a line for people (`boot`, like curl -v), time relative to @start. */
void pxk_report_event(const struct pxk_event *e, pxk_usec start, const struct pxk_report_opts *opts,
                      struct pxk_text *out);
/** One event as a JSON line {"v": 1, "t": ..., "client": ..., "event": ...}: docs/events.md. */
void pxk_report_event_json(const struct pxk_event *e, struct pxk_text *out);
/** What became of one client, as a line of the same stream: {"v": 1, "event": "session", ...}. @d: the diagnosis that @c is of. */
void pxk_report_session_json(const struct pxk_diagnosis *d, const struct pxk_client_verdict *c, struct pxk_text *out);

#endif
