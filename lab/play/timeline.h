/* The timeline of a case as a machine: events and time in, actions out. Used in real and in virtual time. */
#ifndef PXK_PLAY_TIMELINE_H
#define PXK_PLAY_TIMELINE_H

#include "pxk/base.h"
#include "pxk/scenario.h"
#include "pxk/session.h"

struct pxk_timeline;

struct pxk_timeline_opts {
    const struct pxk_scenario *scenario;
    void (*act)(void *ctx, const struct pxk_scn_event *event);
    /** The scenario's name of a client, NULL if it is none of its clients. */
    const char *(*client_name)(void *ctx, const struct pxk_session *s);
    void *ctx;
};

PXK_MUST_USE enum pxk_err pxk_timeline_new(const struct pxk_timeline_opts *opts, struct pxk_timeline **out);
struct pxk_timeline *pxk_timeline_free(struct pxk_timeline *t);
/** The clients begin. */
void pxk_timeline_begin(struct pxk_timeline *t, pxk_usec now);
/** The tracker told an event. May act at once, from inside. */
void pxk_timeline_event(struct pxk_timeline *t, const struct pxk_event *e);
/** A frame was given to the tracker: transfers may have come as far as an entry with `blocks` waits for. */
void pxk_timeline_frame(struct pxk_timeline *t, const struct pxk_tracker *tracker, pxk_usec now);
pxk_usec pxk_timeline_deadline(const struct pxk_timeline *t);
void pxk_timeline_expire(struct pxk_timeline *t, pxk_usec now);
/** The first entry that has not been acted on, NULL: all have. (A case whose timeline did not happen was not the case it says.) */
const struct pxk_scn_event *pxk_timeline_open(const struct pxk_timeline *t);

#endif
