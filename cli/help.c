#include <string.h>

#include "cli.h"

static void list(FILE *f)
{
    fprintf(f, "%s\n\n", cli_about);
    for (const struct cli_command *const *c = cli_commands(); *c; c++)
        fprintf(f, "  pxekit %-8s %s\n", (*c)->name, (*c)->summary);
    fputs("\npxekit help COMMAND shows a command's options. A first look that needs no network: pxekit demo\n", f);
}

static int help_run(int argc, char **argv)
{
    if (argc < 2) {
        list(stdout);
        return EXIT_PASS;
    }
    for (const struct cli_command *const *c = cli_commands(); *c; c++) {
        if (strcmp((*c)->name, argv[1]) == 0) {
            fputs((*c)->usage, stdout);
            return EXIT_PASS;
        }
    }
    (void)cli_fail(0, "help", "there is no command \"%s\"", argv[1]);
    list(stderr);
    return EXIT_USAGE;
}

const struct cli_command cli_help = {"help", "this list, or one command's options", "pxekit help [COMMAND]\n", help_run};

static int version_run(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    puts("pxekit " PXK_VERSION);
    return EXIT_PASS;
}

const struct cli_command cli_version = {"version", "the version", "pxekit version\n", version_run};
