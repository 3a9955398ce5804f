/* Any ICMPv6 message as a router advertisement and as a neighbour's. */
#include <stdlib.h>

#include "pxk/proto/icmp6.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pxk_ra ra;
    struct pxk_nd nd;
    enum pxk_err a = pxk_ra_decode(data, len, &ra), b = pxk_nd_decode(data, len, &nd);
    if ((a == PXK_OK && b == PXK_OK) || ra.prefix_n > PXK_RA_PREFIXES || ra.dns_n > PXK_RA_DNS)
        abort();
    return 0;
}
