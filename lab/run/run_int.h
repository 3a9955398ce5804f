/* What the runner's files share. Cases are read (files.c, choose.c), played each in a process of its own (pool.c in the runner,
 * child.c and case.c in there), and told (progress.c and the writers). */
#ifndef PXK_RUN_INT_H
#define PXK_RUN_INT_H

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <sys/types.h>

#include "pxk/base.h"
#include "pxk/play.h"
#include "pxk/run.h"
#include "pxk/scenario.h"
#include "text.h"

enum { RUN_PASS = 0, RUN_FAILED = 1, RUN_USAGE = 2, RUN_NO_TEST = 3 };

/** What plays and judges; tests put others in their place. */
struct pxk_run_parts {
    enum pxk_play_end (*play)(const struct pxk_scenario *s, const struct pxk_play_env *env, json_t **out, char *why, size_t cap);
    enum pxk_play_end (*play_virtual)(const struct pxk_scenario *s, const struct pxk_play_env *env, json_t **out, char *why, size_t cap);
    bool (*possible)(const struct pxk_scenario *s, char *why, size_t cap);
    size_t (*judge)(const struct pxk_scenario *s, const json_t *seen, json_t *checks);
    void (*write)(const struct pxk_scenario *s, const json_t *seen, struct pxk_text *out);
};

/** One run. The streams are standard output and error, or a test's. */
struct run {
    const struct pxk_run_opts *opts;
    const struct pxk_run_parts *parts;
    FILE *out, *err;
    const char *base; /* in a case's own processes: the folder of what belongs to it, on its own /run */
};
int pxk_run_with(const struct run *run);
/** "pxekit run: text" on the error stream; returns @status. */
int run_say(const struct run *run, int status, const char *fmt, ...) PXK_PRINTF(3, 4);

/* ---- cases ---- */

struct run_file {
    char *path;
    struct pxk_text text;
};
struct run_case {
    struct pxk_scenario *s;
    size_t file;      /* in run_set.files */
    const char *text; /* of that file */
    size_t text_len;
    char *id;         /* unique in the set: names folders, takes filters */
    bool chosen;
};
struct run_set {
    PXK_VEC(struct run_file) files;
    PXK_VEC(struct run_case) cases;
    struct pxk_scenarios scenarios;
};
/** The files that the paths name, sorted within folders, each once; RUN_PASS or RUN_USAGE after a sentence. */
int run_files_find(const struct run *run, struct run_set *set);
/** Read and parse them; every error of every file is told. */
int run_files_parse(const struct run *run, struct run_set *set);
void run_ids_unique(struct run_set *set);
/** Mark what the filters take. */
int run_choose(const struct run *run, struct run_set *set);
void run_set_done(struct run_set *set);
/** Does it use a network of this machine itself? */
bool run_is_external(const struct pxk_scenario *s);

void run_list(const struct run *run, const struct run_set *set);
void run_dry(const struct run *run, const struct run_set *set);

/* ---- a case's own processes ---- */

#define RUN_BASE "/run/pxekit" /* struct run's base, with -2, -3 ... after it where an outer case's is to be seen */
#define RUN_WORK "work"        /* in there: the case's work folder */

/** Play and judge; a result without what the runner itself knows. In the case's process. */
json_t *run_case_play(const struct run *run, const struct run_case *c);
/** Does this kernel let us make what every case needs? False with one sentence. Tries it in a process of its own. */
bool run_child_possible(const struct run *run, char *why, size_t cap);
/** Start the case. @result: non-blocking end of a pipe on which its result arrives. -1 on failure. SIGTERM ends it and all that
 * it started; when it has ended, all of that has. @mask: signals blocked for the case. */
pid_t run_child_start(const struct run *run, const struct run_case *c, const sigset_t *mask, int *result);
/** Copy what the case leaves, from within, to its artifacts folder; with @part as result.json. @tree: a folder that is left out.
 * False: nothing is kept. @why: what could not be kept; stays as it is if all was. */
bool run_artifacts(const struct run *run, const struct run_case *c, const json_t *part, const char *tree, char *why, size_t cap);
/** "ARTIFACTS/ID". */
void run_artifacts_path(const struct run *run, const struct run_case *c, struct pxk_text *out);
/** Write all of it, below @folder. */
bool run_file_write(int folder, const char *name, const char *data, size_t len);

/* ---- all cases ---- */

/** Results as they come. */
struct run_sink {
    void (*ended)(void *ctx, const struct run_case *c, json_t *result); /* the reference is taken over */
    /** Tell what is under way. Returns after how many ms to call again, -1: when something happens. */
    int (*tick)(void *ctx, const struct run_case *const *running, size_t n);
    void *ctx;
};
/** Play all in order[0..n). False: interrupted; what was not done has no result. */
bool run_pool(const struct run *run, const struct run_set *set, const size_t *order, size_t n, const struct run_sink *sink);
/** A result with all that the runner knows of the case: names, time, how to repeat it. @part: run_case_play()'s, taken over. */
json_t *run_result(const struct run *run, const struct run_set *set, const struct run_case *c, json_t *part, double seconds);
json_t *run_part(const char *status, const char *why);

/** Rewrite `expect:` of files whose cases failed. Returns how many were rewritten. */
size_t run_update(const struct run *run, const struct run_set *set, const json_t *results);
/** The file's text with its `expect:` block replaced by @block or, if it has none, with it appended. False with @why. */
bool run_update_text(const char *text, size_t len, const char *block, struct pxk_text *out, char *why, size_t cap);

#endif
