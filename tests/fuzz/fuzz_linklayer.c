/* Any packet of any link type: the frame lies inside the packet or the scratch buffer. The first two bytes are the link type, the
 * next two how many bytes more were on the wire than captured. */
#include <stdlib.h>

#include "pxk/linklayer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t scratch[PXK_LINK_SCRATCH];
    struct pxk_linkframe f;
    struct pxk_rd r = pxk_rd_init(data, len);
    uint16_t link = pxk_rd_u16(&r);
    uint32_t missing = pxk_rd_u16(&r), n = (uint32_t)pxk_rd_left(&r);
    if (r.err != PXK_OK || pxk_linklayer(link, r.at, n, n + missing, scratch, &f) != PXK_OK)
        return 0;
    if (f.len > f.wire)
        abort();
    bool inside = f.data >= r.at && f.data + f.len <= r.end;
    if (!inside && (f.data != scratch || f.len > sizeof scratch))
        abort();
    (void)pxk_hash(PXK_HASH_BEGIN, f.data, f.len); /* reads every byte */
    return 0;
}
