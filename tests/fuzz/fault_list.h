/* Faults of the server's engines, chosen by the input. */
#ifndef FUZZ_FAULT_LIST_H
#define FUZZ_FAULT_LIST_H

#include <stdlib.h>

#include "pxk/engine/faults.h"

/** A byte that says how many there are (up to 7), a byte for each: an index into @text. One that is there twice is there once. */
static inline void fault_list_read(struct pxk_rd *r, const char *const *text, size_t text_n, struct pxk_faults *out)
{
    char buf[300];
    *out = (struct pxk_faults){.n = 0};
    for (unsigned n = pxk_rd_u8(r) & 7; n > 0; n--) {
        struct pxk_str why = pxk_str_init(buf, sizeof buf);
        enum pxk_err err = pxk_faults_add(out, text[pxk_rd_u8(r) % text_n], &why);
        if (err != PXK_OK && err != PXK_E_EXISTS)
            abort();
    }
}

#endif
