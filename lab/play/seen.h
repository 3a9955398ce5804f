/* Collects what was seen while a case is played, and makes the document of pxk/play.h of it. */
#ifndef PXK_PLAY_SEEN_H
#define PXK_PLAY_SEEN_H

#include <jansson.h>

#include "pxk/base.h"
#include "pxk/play.h"
#include "pxk/session.h"
#include "pxk/sim.h"

struct pxk_seen;

PXK_MUST_USE enum pxk_err pxk_seen_new(const struct pxk_scenario *s, const char *version, struct pxk_seen **out);
struct pxk_seen *pxk_seen_free(struct pxk_seen *seen);
/** This MAC is the scenario's client @name. */
void pxk_seen_client(struct pxk_seen *seen, const char *name, const struct pxk_mac *mac);
const char *pxk_seen_name(const struct pxk_seen *seen, const struct pxk_mac *mac); /* NULL */
/** For struct pxk_tracker_opts.on_event. */
void pxk_seen_event(struct pxk_seen *seen, const struct pxk_event *e);
/** Further parts of the document; the reference is taken over. E.g. "leases". */
void pxk_seen_put(struct pxk_seen *seen, const char *key, json_t *value);
/** This entry of the timeline never happened. NULL: all have. */
void pxk_seen_open(struct pxk_seen *seen, const struct pxk_scn_event *open);
/** Counts of one port's cable under "cables"; port A of the cable is the host's. */
void pxk_seen_cable(struct pxk_seen *seen, const char *port, const struct pxk_cable_count way[PXK_CABLE_PORTS],
                    const uint64_t *strikes, size_t strike_n);
/** The report of what @tracker knows, as @command (check, watch) writes it; @status: how that command ends. NULL: no memory. */
json_t *pxk_seen_report(const struct pxk_seen *seen, const struct pxk_tracker *tracker, const char *command, double seconds,
                        int *status);
/** Diagnose, write the report, counts, exit. The document, a new reference; NULL: no memory. */
json_t *pxk_seen_finish(struct pxk_seen *seen, const struct pxk_tracker *tracker, double seconds);

#endif
