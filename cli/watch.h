/* pxekit watch: what the command line says, and the parts that run and tell it. */
#ifndef PXK_CLI_WATCH_H
#define PXK_CLI_WATCH_H

#include "cli.h"
#include "pxk/probe.h"

#define WATCH_SOURCES_MAX 64
/** A silence becomes evidence some time after the last packet; the longest that a rule waits for is Windows PE's two minutes. */
#define WATCH_SILENCE_MAX (180 * PXK_SEC)

struct watch {
    const char *command;
    struct pxk_probe_opts probe;
    const char *file[WATCH_SOURCES_MAX], *iface[WATCH_SOURCES_MAX];
    bool json, events, verbose, quiet;
    const char *html, *metrics;
    struct pxk_rec_opts record; /* path NULL: none */
    bool one_client;
    struct pxk_mac client;
    unsigned clients_max, memory_mib, limit_s;
    uint64_t packets_max;
};

/* ---- watch_tell.c: what is told, and when ---- */

/** Everything that a watch knows. */
struct watching {
    const struct watch *w;
    struct pxk_tracker *tracker;
    struct pxk_past past;
    struct pxk_metrics retired;
    struct pxk_report_opts opts;
    struct pxk_rec *rec;     /* not owned; NULL */
    pxk_usec start;          /* of the first frame: times are told from there */
    pxk_usec since;          /* has listened since, or start */
    bool one_left;           /* the one client was here, and has retired */
    pxk_usec judged;         /* when sessions were last looked at */
    bool narrate;
    bool failed;             /* out of memory */
    unsigned told;           /* clients that steps were told of */
};

/** False: no memory. */
bool watch_begin(struct watching *t, const struct watch *w, bool narrate);
/** Findings that have become clear since the last time. */
void watch_judge(struct watching *t);
/** The report in every form that was asked for; returns the exit status. */
int watch_end(struct watching *t, const struct pxk_probe_stats *stats, double seconds);
/** False: they could not be written, which has been said. */
bool watch_metrics(struct watching *t, const struct pxk_probe_stats *stats);
/** "eth1, eth2": the sources by name. Returns @out. */
const char *watch_where(const struct watch *w, char *out, size_t cap);
void watch_done(struct watching *t);

/* ---- watch_run.c ---- */

/** Until the files are read, or a signal; returns the exit status. */
int watch_run(const struct watch *w, bool narrate);

#endif
