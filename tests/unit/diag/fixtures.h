/* For every finding the smallest session that raises it, and one beside it that must not. */
#ifndef PXK_TESTS_DIAG_FIXTURES_H
#define PXK_TESTS_DIAG_FIXTURES_H

#include "lab.h"

struct fixture {
    const char *finding;
    void (*build)(struct lab *l);
    void (*near_miss)(struct lab *l);
    enum pxk_severity severity; /* with which it must come */
};
extern const struct fixture fixtures[];
extern const size_t fixture_n;

#endif
