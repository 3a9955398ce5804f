/* The command line: one file per subcommand; each parses its arguments, composes the libraries and prints. */
#ifndef PXK_CLI_H
#define PXK_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "pxk/base.h"
#include "pxk/emulator.h"
#include "pxk/report.h"
#include "pxk/session.h"

/* Exit status, the same for all commands (docs/design). */
enum { EXIT_PASS = 0, EXIT_STEP_FAILED = 1, EXIT_USAGE = 2, EXIT_NO_TEST = 3 };

struct cli_command {
    const char *name, *summary;
    const char *usage; /* complete help text */
    int (*run)(int argc, char **argv);
};

extern const struct cli_command cli_check, cli_boot, cli_watch, cli_serve, cli_run_scenarios, cli_demo, cli_explain, cli_help, cli_version;
const struct cli_command *const *cli_commands(void); /* ends with NULL */
extern const char cli_about[];                       /* one sentence: what pxekit is */

/** Wireshark calls the programs of its extcap folder with arguments of its own, before any command: extcap(4). */
bool cli_is_extcap(int argc, char **argv);
int cli_extcap(int argc, char **argv);

/** "pxekit CMD: text" on standard error; returns @status. */
int cli_fail(int status, const char *command, const char *fmt, ...) PXK_PRINTF(3, 4);

/** Does getopt's last result ask for help, or name an unknown option? Prints what is due and sets *status. */
bool cli_option_done(int opt, const struct cli_command *command, int *status);

/** Width and colour for standard output; NO_COLOR and non-terminals obeyed. */
struct pxk_report_opts cli_report_opts(const char *command);

/** What check, boot and demo share: one run of the emulator and its report. */
struct cli_run {
    const char *command;
    struct pxk_emulator_opts emulator;
    bool json, verbose, quiet, narrate;
    const char *html;  /* --html FILE, or NULL */
    const char *where; /* NULL: told by the interface and the lease */
};
int cli_run(struct cli_run *run);

/** Write a report's page to @path, whole or not at all. After an error, a message on standard error, false. */
bool cli_html_write(const char *command, const char *path, const struct pxk_tracker *tracker, const struct pxk_diagnosis *d,
                    const struct pxk_report_opts *opts);

/** "bios,uefi-x64" into run->emulator.client; false after an error message. */
bool cli_parse_archs(struct cli_run *run, const char *list);
bool cli_parse_until(struct cli_run *run, const char *word);
/** "52:54:00:00:00:01": the first client's; the next ones count up. */
bool cli_parse_mac(struct cli_run *run, const char *text);
bool cli_parse_number(const char *command, const char *option, const char *text, unsigned long min, unsigned long max,
                      unsigned long *out);

#endif
