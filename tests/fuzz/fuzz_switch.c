/* The first byte chooses: 0 a BPDU, 1 LLDP, else LACP. */
#include <stdlib.h>

#include "pxk/proto/switch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void text_check(const char *s)
{
    if (!memchr(s, 0, PXK_LLDP_TEXT))
        abort();
    for (; *s; s++)
        if (*s < 32 || *s > 126)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pxk_stp stp;
    struct pxk_lldp lldp;
    struct pxk_lacp lacp;
    if (!len)
        return 0;
    if (data[0] == 0) {
        enum pxk_err err = pxk_stp_decode(data + 1, len - 1, &stp);
        if ((err == PXK_OK) != (len >= 36 && err != PXK_E_FORMAT) && !stp.topology_notice)
            abort();
    } else if (data[0] == 1) {
        enum pxk_err err = pxk_lldp_decode(data + 1, len - 1, &lldp);
        if (err != PXK_OK && err != PXK_E_TRUNCATED)
            abort();
        text_check(lldp.system);
        text_check(lldp.port);
        text_check(lldp.port_words);
    } else if (pxk_lacp_decode(data + 1, len - 1, &lacp) == PXK_OK && len < 43) {
        abort();
    }
    return 0;
}
