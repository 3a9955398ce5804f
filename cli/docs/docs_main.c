/* Prints one document, at build time: pxekit_docs man [COMMAND] | findings | bash | pages (the names of all pages) */
#include <string.h>

#include "docs.h"

static const struct cli_command *find(const char *name)
{
    for (const struct cli_command *const *c = cli_commands(); *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

static void pages(struct pxk_text *out)
{
    for (const struct cli_command *const *c = cli_commands(); *c; c++)
        if (docs_has_page(*c))
            pxk_text_addf(out, "%s\n", (*c)->name);
}

int main(int argc, char **argv)
{
    struct pxk_text out = {0};
    const char *what = argc > 1 ? argv[1] : "";
    const struct cli_command *c = argc > 2 ? find(argv[2]) : NULL;
    if (strcmp(what, "man") == 0 && c)
        docs_man_command(c, &out);
    else if (strcmp(what, "man") == 0 && argc == 2)
        docs_man_main(cli_commands(), &out);
    else if (strcmp(what, "findings") == 0)
        docs_man_findings(&out);
    else if (strcmp(what, "bash") == 0)
        docs_bash_completion(cli_commands(), &out);
    else if (strcmp(what, "pages") == 0)
        pages(&out);
    bool ok = out.len && !out.failed && fwrite(out.s, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    pxk_text_done(&out);
    return ok ? 0 : 1;
}
