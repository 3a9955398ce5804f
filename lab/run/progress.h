/* Telling a run while it goes on. */
#ifndef PXK_RUN_PROGRESS_H
#define PXK_RUN_PROGRESS_H

#include <time.h>

#include "run_int.h"

struct progress {
    const struct run *run;
    const struct run_set *set;
    size_t total, done, failed;
    char *shown;      /* the status line that stands on the terminal, NULL: none */
    time_t started;   /* on the steady clock */
    json_t **by_case; /* of set->cases; the results, owned by the caller */
};

struct run_sink progress_sink(struct progress *p);
void progress_begin(struct progress *p);
/** The last line. @whole: not interrupted. */
void progress_end(struct progress *p, const struct pxk_run_count *count, bool whole);

#endif
