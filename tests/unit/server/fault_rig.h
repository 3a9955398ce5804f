/* Faults as a config has them, separated by commas. */
#ifndef FAULT_RIG_H
#define FAULT_RIG_H

#include <criterion/criterion.h>

#include "pxk/engine/faults.h"

static inline void faults_of(const char *list, struct pxk_faults *out)
{
    char text[100], why[300];
    *out = (struct pxk_faults){.n = 0};
    while (*list) {
        size_t n = strcspn(list, ",");
        struct pxk_str w = pxk_str_init(why, sizeof why);
        cr_assert(pxk_str_copy_n(text, sizeof text, list, n));
        cr_assert_eq(pxk_faults_add(out, text, &w), PXK_OK, "%s", why);
        list += n + strspn(list + n, ", ");
    }
}

#endif
