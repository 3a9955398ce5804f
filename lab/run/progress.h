/* Telling a run while it goes on. */
#ifndef PXK_RUN_PROGRESS_H
#define PXK_RUN_PROGRESS_H

#include "run_int.h"

struct progress {
    const struct run *run;
    const struct run_set *set;
    size_t total, done, failed;
    bool shown;       /* a status line stands on the terminal */
    json_t **by_case; /* of set->cases; the results, owned by the caller */
};

struct run_sink progress_sink(struct progress *p);
void progress_begin(struct progress *p);
/** The last line. @whole: not interrupted. */
void progress_end(struct progress *p, const struct pxk_run_count *count, bool whole);

#endif
