#include <getopt.h>
#include <string.h>

#include "cli.h"

static const char usage[] = "pxekit explain [NAME|CODE|all] [options]\n"
                            "\n"
                            "What a finding (D001, no-dhcp-server) or a firmware's error code (PXE-E53) means: what the\n"
                            "machine shows, likely causes, how to prove them, and the fix for each common server.\n"
                            "Without an argument: a list of all.\n"
                            "\n"
                            "  -j, --json           as JSON (schema pxekit.findings.v1)\n"
                            "\n"
                            "Exit status: 0 known, 2 wrong use, or nothing is known by that name.\n";

static int print_done(struct pxk_text *text)
{
    bool failed = text->failed;
    if (text->s)
        fputs(text->s, stdout);
    pxk_text_done(text);
    return failed ? cli_fail(EXIT_NO_TEST, "explain", "out of memory") : EXIT_PASS;
}

/* @word: NULL or "all" for everything. */
static int explain(const char *word, bool json)
{
    struct pxk_report_opts opts = cli_report_opts("explain");
    struct pxk_text text = {0};
    bool all = !word || strcmp(word, "all") == 0;
    const struct pxk_finding_row *row = all ? NULL : pxk_finding_find(word);
    const struct pxk_firmware_code *code = all || row ? NULL : pxk_firmware_code_find(word);
    opts.verbose = true;
    if (!all && !row && !code)
        return cli_fail(EXIT_USAGE, "explain", "nothing is known by \"%s\"; did you mean \"%s\"? (pxekit explain lists all)",
                        word, pxk_finding_nearest(word)->name);
    if (json)
        pxk_report_explain_json(row, code, &text);
    else if (row)
        pxk_report_explain(row, &opts, &text);
    else if (code)
        pxk_report_explain_firmware(code, &opts, &text);
    else if (word)
        pxk_report_explain_all(&opts, &text);
    else
        pxk_report_explain_list(&opts, &text);
    return print_done(&text);
}

static int explain_run(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    bool json = false;
    int opt, status;
    while ((opt = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
        if (cli_option_done(opt, &cli_explain, &status))
            return status;
        json = true;
    }
    if (optind + 1 < argc)
        return cli_fail(EXIT_USAGE, "explain", "one at a time; \"%s\" is too much", argv[optind + 1]);
    return explain(optind < argc ? argv[optind] : NULL, json);
}

const struct cli_command cli_explain = {"explain", "a finding or a firmware error code: cause, proof, fix", usage,
                                        explain_run};
