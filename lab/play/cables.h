/* The cables of a case, the same in real and in virtual time. */
#ifndef PXK_PLAY_CABLES_H
#define PXK_PLAY_CABLES_H

#include "pxk/scenario.h"
#include "pxk/sim.h"

/** Cable options of a port from all entries for it; false: it has none, and none that the timeline wants. @rules: room for
 * PXK_CABLE_RULES; @out points to them. */
bool play_cable_of(const struct pxk_scenario *s, const char *port, struct pxk_cable_opts *out, struct pxk_cable_rule *rules);
/** One entry on top of what is there. */
void play_cable_add(const struct pxk_scn_cable *c, struct pxk_cable_opts *opts, struct pxk_cable_rule *rules);

#endif
