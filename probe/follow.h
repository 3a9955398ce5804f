/* When does a capture file that is still written to have more? */
#ifndef PXK_FOLLOW_H
#define PXK_FOLLOW_H

#include "probe_int.h"

struct follow; /* opaque; free() it when its handles are closed */

enum follow_look {
    FOLLOW_MORE, /* read on */
    FOLLOW_WAIT, /* nothing new */
    FOLLOW_NEW,  /* it is shorter than what was read, or another file has its name, and what was written to the old one is read */
};

/** @change is called when it is worth to look again. NULL: no memory. */
struct follow *follow_new(struct pxk_probe *p, void (*change)(struct pxk_probe *p));
/** @in is read to its end. */
enum follow_look follow_look(struct follow *f, const struct infile *in);
/** Call change() when @path was written to. */
void follow_wait(struct follow *f, const char *path);
/** NULL is fine, for both. */
void follow_stop(struct follow *f);
void follow_close(struct follow *f);

#endif
