/* Writes the JSON Schema of the config file to standard output; run by the build. */
#include <stdio.h>

#include "pxk/server.h"

int main(void)
{
    struct pxk_text b = {0};
    if (pxk_server_config_schema(&b) != PXK_OK) {
        fputs("out of memory\n", stderr);
        return 1;
    }
    bool ok = fputs(b.s, stdout) >= 0 && fflush(stdout) == 0;
    pxk_text_done(&b);
    return ok ? 0 : 1;
}
