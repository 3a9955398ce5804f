/* Private to the inspection: what its two halves call of each other. */
#ifndef PXK_PROBE_INSPECT_INT_H
#define PXK_PROBE_INSPECT_INT_H

#include "pxk/image.h"
#include "pxk/probe_inspect.h"

enum { INSPECT_FILES_MAX = 24 }; /* entries of one client: its memory is bounded */

/** The whole of a download is in the capture. */
bool inspect_is_whole(const struct pxk_transfer *tr);
/** Last transfer of @path that was more than a size probe, NULL; a leading slash makes no difference. */
const struct pxk_transfer *inspect_find(const struct pxk_session *s, const char *path);
/** A text from the network into a fixed field. */
void inspect_quote(char *dst, size_t cap, const char *text);
/** @tr is a text that a loader asked for: play the loader with what the session has, and note where it leads. */
void inspect_config(struct pxk_session *s, const struct pxk_transfer *tr);
/** @tr is an iPXE script, or should be one. */
void inspect_script(struct pxk_session *s, const struct pxk_transfer *tr, struct pxk_file *file);
/** @tr is an installer's answer file: is it what that reads? */
void inspect_answers(const struct pxk_transfer *tr, struct pxk_file *file);

#endif
