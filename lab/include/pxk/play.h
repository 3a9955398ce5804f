/* One case: build, run, see, judge. Everything that was seen is one JSON document, and expectations are judged over it:
 *
 * {"report":   the pxekit.report.v1 document (absent if no client was to boot),
 *  "exit":     what `pxekit check` would have ended with,
 *  "clients":  {NAME: MAC},                     names of the scenario
 *  "events":   [{"t": seconds, "client": NAME or MAC, "event": "tftp.request", "text": "...", "frame": 12}, ...],
 *  "events_left_out": how many more events there were than are kept; absent if none,
 *  "counts":   {NAME: {"repeats": 3, "seconds": 1.25}},   requests and ACKs repeated; first frame to last file (absent: none)
 *  "leases":   {SERVER: [{"ip", "mac"}]},       left when all clients have ended and the servers were asked to stop
 *  "servers_ended": {SERVER: how},              those that ended while nobody had told them to; absent if none
 *  "logs":     {SERVER: path},
 *  "tree":     path of the boot tree,
 *  "serial":   {CLIENT: path},
 *  "commands": {NAME: {"exit": 0, "output": path, "seconds": 0.1, "stopped": at its limit,
 *                      "lasted": true if it ran in the background until the case ended it,
 *                      "errors": path of standard error, if that is apart}},
 *  "cables":   {PORT: {"to": {"in", "out", "dropped": {"lost": 3, ...}, "duplicated", ...}, "from": {...}, "rules": [strikes]}},
 *  "packets":  ["   12   0.0031 52:54:.. > ..  TFTP RRQ linux", ...],   one line per event that has a frame
 *  "timeline_open": which entry never happened; absent if all have,
 *  "timeline_line": of that entry in the scenario's file,
 *  "probe":    {"report": a pxekit.report.v1 document, "exit": 1, "frames": 120, "at": SEGMENT (absent: the clients' links)},
 *              what a passive watcher says of the packets alone; absent if `expect` has no `probe`,
 *  "stopped":  why the case was ended from outside; absent if it came to its own end}
 */
#ifndef PXK_PLAY_H
#define PXK_PLAY_H

#include <jansson.h>

#include "pxk/base.h"
#include "pxk/scenario.h"

struct pxk_play_env {
    const char *work;    /* an empty folder for this case */
    const char *pxekit;  /* path of this program (the reference server, commands) */
    const char *folder;  /* of the scenario file: relative paths in it start here */
    const char *version;
};

enum pxk_play_end {
    PXK_PLAY_SEEN,       /* @out has what was seen */
    PXK_PLAY_SKIP,       /* a program is missing: @why */
    PXK_PLAY_ERROR,      /* could not be played: a server did not start, no rights ...: @why */
};

/** Play a case on a network of its own; the process must be isolated already. */
enum pxk_play_end pxk_play(const struct pxk_scenario *s, const struct pxk_play_env *env, json_t **out, char *why, size_t cap);
/** The same in virtual time, in memory. */
enum pxk_play_end pxk_play_virtual(const struct pxk_scenario *s, const struct pxk_play_env *env, json_t **out, char *why, size_t cap);
/** Is everything there that it needs? False with @why: skip it. Starts nothing. */
bool pxk_play_possible(const struct pxk_scenario *s, char *why, size_t cap);

/* ---- judging ---- */

/**
 * Every expectation of @s as an object {"what": "step dhcp", "expected": "fail", "seen": "pass", "ok": false, "line": 23}, appended
 * to @checks. "seen" is one line, short enough for a terminal; of a long list the part that matters. Optional "frame": where in
 * the capture to look. Returns how many are not ok.
 */
size_t pxk_judge(const struct pxk_scenario *s, const json_t *seen, json_t *checks);

/** The `expect:` block (YAML, indented, with a final newline) that fits what was seen: steps, findings, per client reached. For
 * --update and for a first scenario. */
void pxk_judge_write(const struct pxk_scenario *s, const json_t *seen, struct pxk_text *out);

#endif
