/* What a passive watcher makes of a case's packets. */
#ifndef PXK_PLAY_PROBE_H
#define PXK_PLAY_PROBE_H

#include "seen.h"

/** The frames of @capture into a tracker that knows nothing else, judged, as "probe" of what was seen. False with @why: the
 * capture cannot be read. */
bool pxk_probe_put(struct pxk_seen *seen, const struct pxk_scenario *s, const char *capture, char *why, size_t cap);

#endif
