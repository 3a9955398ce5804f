/* Prints docs/findings.md: ninja -C BUILD docs-findings */
#include <stdio.h>

#include "markdown.h"

int main(int argc, char **argv)
{
    struct pxk_text out = {0};
    FILE *f = argc > 1 ? fopen(argv[1], "w") : stdout;
    findings_markdown(&out);
    int status = !f || out.failed || fputs(out.s, f) == EOF;
    if (f && fclose(f) != 0)
        status = 1;
    pxk_text_done(&out);
    return status;
}
