#include "pxk/base.h"

const char *pxk_err_text(enum pxk_err err)
{
    static const char *const text[] = {
#define X(name, words) [PXK_##name] = words,
        PXK_ERRORS(X)
#undef X
    };
    return (unsigned)err < PXK_COUNT(text) ? text[err] : "unknown error";
}
