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
    bool causes;            /* all causes, what would decide between them, and the display filter: who watches has only packets */
    double seconds;         /* the whole run; 0: leave out */
    const struct pxk_past *past; /* clients that have retired; NULL: none */
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
/** Every finding, one line each, by step; then the firmware's codes. */
void pxk_report_explain_list(const struct pxk_report_opts *opts, struct pxk_text *out);
/** Every finding by step and every firmware code, whole; then what no packet shows. */
void pxk_report_explain_all(const struct pxk_report_opts *opts, struct pxk_text *out);
/** The rows for programs (schema "pxekit.findings.v1"): all, and what no packet shows, if both are NULL; else that one. */
void pxk_report_explain_json(const struct pxk_finding_row *row, const struct pxk_firmware_code *code, struct pxk_text *out);
/** One event as a line for people (`boot`, like curl -v), time relative to @start. */
void pxk_report_event(const struct pxk_event *e, pxk_usec start, const struct pxk_report_opts *opts,
                      struct pxk_text *out);
/** One event as a JSON line {"v": 1, "t": ..., "client": ..., "event": ...}: docs/events.md. */
void pxk_report_event_json(const struct pxk_event *e, struct pxk_text *out);
/** What became of one client, as a line of the same stream: {"v": 1, "event": "session", ...}. @d: the diagnosis that @c is of. */
void pxk_report_session_json(const struct pxk_diagnosis *d, const struct pxk_client_verdict *c, struct pxk_text *out);

/** A finding as a line of the same stream: {"v": 1, "event": "finding", ...}, with the members that it has in a report. */
void pxk_report_finding_json(const struct pxk_finding *f, pxk_usec at, struct pxk_text *out);
/** A finding as it is told while one watches: one line of what, then what was seen, why and how to mend it. */
void pxk_report_finding_told(const struct pxk_finding *f, pxk_usec at, const struct pxk_report_opts *opts, struct pxk_text *out);
/** What is left of clients that have retired, most frequent findings first; nothing if there are none. */
void pxk_report_past(const struct pxk_past *past, const struct pxk_report_opts *opts, struct pxk_text *out);

/* ---- metrics ---- */

#define PXK_METRICS_BUCKETS 12
#define PXK_METRICS_STATUS  600 /* HTTP statuses below; [0]: no answer */

/** Observations in buckets, as Prometheus has them; the bounds are the metric's. */
struct pxk_histogram {
    uint64_t bucket[PXK_METRICS_BUCKETS]; /* observations up to each bound, not of those below it */
    uint64_t count;
    double sum;                           /* seconds */
};

/** What sessions add up to. Zero is empty. */
struct pxk_metrics {
    uint64_t clients, boots;
    uint64_t others;                         /* machines that are no network boot */
    uint64_t dhcp[PXK_DHCP4_FORCERENEW + 1]; /* by enum pxk_dhcp4_type */
    uint64_t pxe_requests, pxe_answers;      /* port 4011 */
    struct pxk_histogram offer, boot;
    uint64_t tftp_done, tftp_refused, tftp_aborted;
    uint64_t tftp_bytes, tftp_repeats;
    uint64_t http[PXK_METRICS_STATUS], http_bytes;
};

/** Count a session in. Called for every session that retires (pxk_tracker_opts.on_retire), so that counters never go back. */
void pxk_metrics_add(struct pxk_metrics *m, const struct pxk_session *s);

/** Of one source of packets. */
struct pxk_capture_counts {
    const char *source;             /* interface or file */
    uint64_t packets, bytes;        /* read */
    uint64_t drops;                 /* by the kernel, for want of room */
    uint64_t interface_drops;       /* by the network card or its driver */
    uint64_t duplicates;            /* copies that a mirror port made, folded */
    uint64_t unreadable;            /* of a link type that cannot be read, nonsense, damaged */
};

struct pxk_metrics_opts {
    const char *version;
    const struct pxk_metrics *retired;         /* of sessions that are gone; NULL: none */
    const struct pxk_past *past;               /* what was found out about them; NULL: nothing */
    const struct pxk_capture_counts *capture;  /* NULL: none */
    size_t capture_n;
};

/** For Prometheus: the text exposition format, version 0.0.4 (docs/metrics.md). The order never changes. */
void pxk_report_metrics(const struct pxk_tracker *t, const struct pxk_diagnosis *d, const struct pxk_metrics_opts *opts,
                        struct pxk_text *out);

#endif
