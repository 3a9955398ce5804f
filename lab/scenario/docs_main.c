/* What the tables say, written by the build: the JSON Schema to standard output, or docs/scenarios-reference.md to a file. */
#include <stdio.h>

#include "pxk/scenario.h"

int main(int argc, char **argv)
{
    struct pxk_text text = {0};
    FILE *f = argc > 1 ? fopen(argv[1], "w") : stdout;
    enum pxk_err err = argc > 1 ? pxk_scenario_reference(&text) : pxk_scenario_schema(&text);
    bool ok = f && err == PXK_OK && fputs(text.s, f) >= 0;
    if (f && fclose(f) != 0)
        ok = false;
    if (!ok)
        perror(argc > 1 ? argv[1] : "schema");
    pxk_text_done(&text);
    return ok ? 0 : 1;
}
