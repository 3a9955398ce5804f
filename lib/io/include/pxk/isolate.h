/* Processes cut off from the rest of the machine: namespaces, and who ends with whom. */
#ifndef PXK_ISOLATE_H
#define PXK_ISOLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pxk/base.h"

/**
 * Move the calling process (single-threaded still) into namespaces of its own: network and mounts; as an
 * ordinary user first into a user namespace in which it is root. PXK_E_PERM with one sentence in @why where the
 * system forbids that.
 */
PXK_MUST_USE enum pxk_err pxk_netns_isolate(char *why, size_t cap);

struct pxk_isolate_opts {
    bool keep_network;           /* stay in the caller's network */
    const char *const *visible;  /* absolute paths that must stay visible should they lie below /run */
    size_t visible_n;
    size_t room;                 /* bytes that files on the new /run may have; 0: half of the machine's memory */
};
/**
 * As pxk_netns_isolate(), and a fresh tmpfs on /run; processes forked from now on live in a new PID namespace, the first of
 * them is its PID 1 and must call pxk_isolate_init(). Everything in there ends when that one ends.
 */
PXK_MUST_USE enum pxk_err pxk_isolate(const struct pxk_isolate_opts *opts, char *why, size_t cap);
/** In PID 1 of the new namespace: a /proc that shows it. */
PXK_MUST_USE enum pxk_err pxk_isolate_init(char *why, size_t cap);

/**
 * The calling process is killed when the process that forked it ends, however that ends. False: it had ended already.
 * @parent: its pid as seen from here; 0: it lives in another PID namespace, then
 * @life:   the reading end of a pipe whose only other end the parent holds (the caller has closed its copy); -1: none.
 * Call it after changes of namespaces, which may reset this.
 */
PXK_MUST_USE bool pxk_end_with_parent(pid_t parent, int life);

#endif
