#include <sys/random.h>
#include <time.h>

#include "pxk/io.h"

static pxk_usec read_clock(clockid_t id)
{
    struct timespec ts;
    (void)clock_gettime(id, &ts); /* cannot fail for these two */
    return (pxk_usec)ts.tv_sec * PXK_SEC + (pxk_usec)ts.tv_nsec / 1000;
}

pxk_usec pxk_clock_now(void)
{
    static pxk_usec offset;
    if (!offset)
        offset = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
    return read_clock(CLOCK_MONOTONIC) + offset;
}

uint64_t pxk_entropy(void)
{
    uint64_t v = 0;
    if (getrandom(&v, sizeof v, 0) != (ssize_t)sizeof v)
        v = read_clock(CLOCK_REALTIME);
    return v;
}
