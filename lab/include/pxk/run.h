/* The runner: many cases, several at a time, each in namespaces of its own; results as text, JUnit, TAP, JSON, HTML, annotations.
 *
 * A result is one JSON object:
 * {"name", "about", "file", "row", "id", "tags": [], "status": "passed|failed|skipped|error", "why": one sentence ("" if passed),
 *  "seconds": 1.2, "checks": [pxk_judge's], "packets": [lines around the failure], "report": {...}, "events": [...],
 *  "log": what the case's own process wrote to standard error, its end ("" mostly),
 *  "artifacts": folder or null, "repeat": "pxekit run scenarios/dhcp/x.yaml --filter id:no-boot-file.dnsmasq.bios --keep"}
 * "skipped": something is missing on this machine; under --no-skip it is "failed". "error": it could not be played, or pxekit
 * itself broke; counts as failed. All text in results is valid UTF-8; writers make of control characters what their format can
 * hold. */
#ifndef PXK_RUN_H
#define PXK_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "pxk/base.h"

struct pxk_run_opts {
    const char *const *paths;    /* files, and folders that are searched for *.yaml and *.yml */
    size_t path_n;
    const char *const *filters;  /* TAG; id:WORD, name:WORD (the whole of it if there is such a case, else a part); each with a ! before
                                    it too. A case must fit one of those without !, and none of the others */
    size_t filter_n;
    unsigned jobs;               /* 0: number of processors */
    bool shuffle;                /* false: by limit, the longest first, then in the order of the files */
    unsigned long shuffle_seed;
    bool keep;                   /* artifacts of passed ones too */
    const char *artifacts;       /* folder; made when it is needed. NULL: pxekit-artifacts */
    const char *junit, *html, *json_file; /* files; NULL */
    bool tap, json, github, list, dry_run, update, no_skip, verbose, quiet;
    bool colour, live;           /* of standard output; a line on standard error that tells what is under way */
    unsigned width;              /* of the terminal; 0: 100 */
    const char *pxekit, *version; /* pxekit: path of this program */
};

/** Everything that `pxekit run` does after its options are known. Returns the exit status: 0 all passed, 1 one failed, 2 bad
 * files or filters, 3 nothing could be run (no namespaces) or interrupted. */
int pxk_run(const struct pxk_run_opts *opts);

/* ---- writers: results (an array, or one of it) in, text out; pure ---- */

struct pxk_run_count {
    size_t passed, failed, skipped; /* errors count as failed */
};
struct pxk_run_count pxk_run_count(const json_t *results);

/** {"schema": "pxekit.run.v1", "version", "passed", "failed", "skipped", "results": [...]} */
void pxk_run_json(const json_t *results, const char *version, struct pxk_text *out);
/** The JUnit schema of Jenkins: testsuites, one testsuite per file, one testcase per case. */
void pxk_run_junit(const json_t *results, struct pxk_text *out);
/** TAP 13. */
void pxk_run_tap_plan(size_t n, struct pxk_text *out);
void pxk_run_tap_line(size_t number, const json_t *result, struct pxk_text *out);
/** One self-contained page. */
void pxk_run_html(const json_t *results, const char *version, struct pxk_text *out);
/** Workflow commands of GitHub Actions; nothing for cases that passed or were skipped. */
void pxk_run_github(const json_t *result, struct pxk_text *out);
/** A Markdown table for $GITHUB_STEP_SUMMARY. */
void pxk_run_markdown(const json_t *results, struct pxk_text *out);
/** "ok   dhcp/no-boot-file [server=dnsmasq, arch=bios]  1.2 s" and a newline. */
void pxk_run_line(const json_t *result, bool colour, struct pxk_text *out);
/** What a person reads of a failure: expected against seen, packets, where it is kept, how to repeat it. */
void pxk_run_failure(const json_t *result, bool colour, unsigned width, struct pxk_text *out);

#endif
