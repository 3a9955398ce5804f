/* For tests: a capture of this folder into a tracker. */
#ifndef PXK_TESTS_REPLAY_H
#define PXK_TESTS_REPLAY_H

#include <stdbool.h>

#include "pxk/session.h"

/** Feed NAME.pcap.gz of this folder (name without the ending), frames numbered from 1, times as captured.
 * False, with a line on standard error, if it cannot be read. */
bool pxk_replay_file(const char *name, struct pxk_tracker *t);

/** As above; @each, if not NULL, is called after every frame. */
bool pxk_replay_each(const char *name, struct pxk_tracker *t, void (*each)(void *ctx, struct pxk_tracker *t),
                     void *ctx);

#endif
