#include "pxk/image.h"

const char *pxk_image_kind_key(enum pxk_image_kind kind)
{
    static const char *const key[] = {
#define X(name, k, words) [PXK_IMAGE_##name] = k,
        PXK_IMAGE_KINDS(X)
#undef X
    };
    return (unsigned)kind < PXK_COUNT(key) ? key[kind] : "unknown";
}
