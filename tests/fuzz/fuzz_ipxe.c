/* iPXE scripts read for what they load: any bytes, no branch taken, the texts always end. */
#include <stdlib.h>
#include <string.h>

#include "pxk/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pxk_ipxe_scan *scan = malloc(sizeof *scan);
    if (!scan)
        return 0;
    pxk_ipxe_scan(data, len, scan);
    bool ends = strnlen(scan->kernel, sizeof scan->kernel) < sizeof scan->kernel &&
                strnlen(scan->cmdline, sizeof scan->cmdline) < sizeof scan->cmdline &&
                strnlen(scan->first_line, sizeof scan->first_line) < sizeof scan->first_line;
    if (!ends || (scan->is_script && scan->nearly) || (!scan->kernels && *scan->kernel))
        abort();
    (void)pxk_cmdline_names_initrd(scan->cmdline);
    free(scan);
    return 0;
}
