/* The network namespace in which an emulator was started: interfaces are looked up by name there, wherever the thread
 * is by then. */
#ifndef PXK_EMULATOR_PLACE_H
#define PXK_EMULATOR_PLACE_H

#include <stdbool.h>

/** A descriptor of the calling thread's network namespace; -1: none (no /proc). */
int pxk_place_here(void);
/** Go to @place. @back gets where to return to, -1 if the thread is there already. False: it cannot go there. */
bool pxk_place_enter(int place, int *back);
void pxk_place_leave(int back);

#endif
