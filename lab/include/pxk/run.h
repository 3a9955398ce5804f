/* The runner: many cases, several at a time, each in namespaces of its own; results as text, JUnit, TAP, JSON, HTML, annotations.
 *
 * A result is one JSON object:
 * {"name", "about", "file", "row", "id", "tags": [], "status": "passed|failed|skipped|error", "why": one sentence ("" if passed),
 *  "seconds": 1.2, "checks": [pxk_judge's], "packets": [lines around the failure], "report": {...}, "events": [...],
 *  "artifacts": folder or null, "repeat": "pxekit run scenarios/dhcp/x.yaml --filter id:no-boot-file.dnsmasq.bios --keep"} */
#ifndef PXK_RUN_H
#define PXK_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "pxk/base.h"
#include "pxk/scenario.h"

struct pxk_run_opts {
    const char *const *paths;    /* files, and folders that are searched for *.yaml and *.yml */
    size_t path_n;
    const char *const *filters;  /* TAG; !TAG; id:WORD, name:WORD (a part of it). A case must fit one of those without !, and none of
                                    the others */
    size_t filter_n;
    unsigned jobs;               /* 0: number of processors */
    bool shuffle;
    unsigned long shuffle_seed;
    bool keep;                   /* artifacts of passed ones too */
    const char *artifacts;       /* folder; made when it is needed. NULL: pxekit-artifacts */
    const char *junit, *html, *json_file; /* files; NULL */
    bool tap, json, github, list, dry_run, update, no_skip, verbose, quiet;
    const char *pxekit, *version;
};

/** Everything that `pxekit run` does after its options are known. Returns the exit status: 0 all passed, 1 one failed, 2 bad
 * files or filters, 3 nothing could be run (no namespaces) or interrupted. */
int pxk_run(const struct pxk_run_opts *opts);

/* ---- the parts, for tests ---- */

void pxk_run_junit(const json_t *results, struct pxk_text *out);
void pxk_run_tap_plan(size_t n, struct pxk_text *out);
void pxk_run_tap_line(size_t number, const json_t *result, struct pxk_text *out);
void pxk_run_html(const json_t *results, const char *version, struct pxk_text *out);
void pxk_run_github(const json_t *result, struct pxk_text *out);
/** What a person reads of a failure: expected against seen, packets, where it is kept, how to repeat it. */
void pxk_run_failure(const json_t *result, bool colour, unsigned width, struct pxk_text *out);

#endif
