/* Tests that must not pass: each is wrong in one way that Criterion alone would let through, or
 * could. tests/lint/gate.sh shows that the gate catches them. Which one is compiled is told by
 * SPECIMEN_... */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>

static volatile int one = 1;

Test(specimen, wrong)
{
#if defined(SPECIMEN_LEAK)
    void *volatile lost = malloc(77);
    cr_assert(lost != NULL);
    lost = NULL;
#elif defined(SPECIMEN_UNDEFINED)
    volatile int sum = INT_MAX;
    sum = sum + one;
#elif defined(SPECIMEN_OVERRUN)
    char *volatile p = malloc(8);
    cr_assert(p[7 + one] != p[0] || one);
    free(p);
#endif
    cr_assert(one == 1);
}
