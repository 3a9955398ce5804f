/* What passed by in a capture, looked into: a finished download's first bytes say what the file is, and a configuration that is
 * there as a whole says what its loader will ask for next. All of it goes into the session: an entry in `files`, and for
 * configurations the facts config, label, kernel, cmdline, initrds, waits_for_key, local_boot, stop and installer, install_*.
 * facts.emulated stays false: the steps are still judged by what the wire shows. Pure; no I/O. */
#ifndef PXK_PROBE_INSPECT_H
#define PXK_PROBE_INSPECT_H

#include "pxk/session.h"

/** For the event sink of a tracker that reads a capture (not an emulator's): call it with every event, before the event is
 * printed. Looks at PXK_EVENT_TFTP_DONE and PXK_EVENT_HTTP_DONE, ignores the rest. Bounded work and memory per client, whatever the bytes are. */
void pxk_probe_inspect(struct pxk_tracker *t, const struct pxk_event *event);

#endif
