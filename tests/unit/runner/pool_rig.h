/* Runs made of cases that do as their names say, with fakes for what plays and judges. */
#ifndef POOL_RIG_H
#define POOL_RIG_H

#include "run_int.h"

#define RIG_CASES 8

struct rig {
    struct pxk_run_opts opts;
    struct run run;
    struct run_set set;
    struct pxk_scenario scenario[RIG_CASES];
    struct run_case cases[RIG_CASES];
    struct run_file file;
    size_t order[RIG_CASES];
    json_t *result[RIG_CASES]; /* NULL: none came */
    size_t ended;
    char artifacts[100];
    int mark; /* reading end of a pipe whose other end every process of the run inherits: end of file once all are gone */
    int mark_held;
};

/** Skips the test where no namespaces may be made. */
void rig_init(struct rig *r, const char *const *names, size_t n);
/** Play all. Returns run_pool()'s. */
bool rig_run(struct rig *r);
/** The same, and checks that nothing is left running. */
bool rig_play(struct rig *r);
/** Waits until no process holds the mark. */
void rig_gone(struct rig *r);
void rig_done(struct rig *r);
const char *rig_status(const struct rig *r, size_t i);

/** What the fakes share with the test, in memory that forks inherit. */
struct shared {
    int beside, most; /* cases under way now, and at most */
    char network[64]; /* of the test's own process */
    char folder[300];
    int out_a[2], out_b[2]; /* two cases that wait for each other */
    int ready[2];     /* a case that hangs says so */
    char file[300];
};
extern struct shared *shared;
extern const struct pxk_run_parts rig_parts;

#endif
