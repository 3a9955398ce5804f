/* Time is an argument everywhere: microseconds since an arbitrary start (a loop's clock, a capture's
 * epoch time, a simulation's zero). Only differences mean anything. */
#ifndef PXK_BASE_TIME_H
#define PXK_BASE_TIME_H

#include <stdint.h>

typedef uint64_t pxk_usec;

#define PXK_MSEC  ((pxk_usec)1000)
#define PXK_SEC   ((pxk_usec)1000000)
#define PXK_NEVER UINT64_MAX

static inline pxk_usec pxk_usec_min(pxk_usec a, pxk_usec b)
{
    return a < b ? a : b;
}

/** @b - @a, or 0 if @b lies before @a. */
static inline pxk_usec pxk_usec_since(pxk_usec a, pxk_usec b)
{
    return b > a ? b - a : 0;
}

#endif
