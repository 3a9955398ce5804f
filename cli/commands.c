#include "cli.h"

const char cli_about[] = "pxekit tells whether machines will boot over the network, and why they do not.";

static const struct cli_command *const commands[] = {&cli_check, &cli_boot, &cli_watch,    &cli_run_scenarios, &cli_serve, &cli_demo,
                                                     &cli_explain, &cli_help,  &cli_version,       NULL};

const struct cli_command *const *cli_commands(void)
{
    return commands;
}
