/* Text that grows, for reports and schemas: appended to, NUL-terminated, owned by the caller. */
#ifndef PXK_BASE_TEXT_H
#define PXK_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "pxk/base/err.h"

/** Zero is empty; then s is NULL. */
struct pxk_text {
    char *s;
    size_t len, cap; /* len without the NUL */
    bool failed;     /* out of memory at some point: the rest is missing */
};

void pxk_text_add(struct pxk_text *t, const char *s);
void pxk_text_add_n(struct pxk_text *t, const char *s, size_t n);
void pxk_text_addf(struct pxk_text *t, const char *fmt, ...) PXK_PRINTF(2, 3);
/** "&lt;" of a character that means something in XML and HTML; NULL of others. */
const char *pxk_text_entity(char c);
void pxk_text_done(struct pxk_text *t);

#endif
