#include <ctype.h>
#include <string.h>

#include "cli.h"

static const char usage[] = "pxekit explain NAME|CODE|all\n"
                            "\n"
                            "What a finding (D001, no-dhcp-server) or a firmware's error code (PXE-E53) means: what the\n"
                            "machine shows, likely causes, how to prove them, and the fix for each common server.\n"
                            "Without an argument: a list of all.\n";

static void list_print(void)
{
    const struct pxk_finding_row *rows;
    const struct pxk_firmware_code *codes;
    size_t n = pxk_finding_rows(&rows);
    for (size_t i = 0; i < n; i++)
        printf("%-5s %-34s %s\n", rows[i].code, rows[i].name, rows[i].title);
    n = pxk_firmware_codes(&codes);
    printf("\nFirmware error codes:");
    for (size_t i = 0; i < n; i++)
        printf("%s %s", i % 10 ? "" : "\n ", codes[i].code);
    putchar('\n');
}

static void print_done(struct pxk_text *text)
{
    if (text->s)
        fputs(text->s, stdout);
    pxk_text_done(text);
}

static void all_print(const struct pxk_report_opts *opts)
{
    const struct pxk_finding_row *rows;
    const struct pxk_firmware_code *codes;
    size_t n = pxk_finding_rows(&rows);
    for (size_t i = 0; i < n; i++) {
        struct pxk_text text = {0};
        pxk_report_explain(&rows[i], opts, &text);
        print_done(&text);
        putchar('\n');
    }
    n = pxk_firmware_codes(&codes);
    for (size_t i = 0; i < n; i++) {
        struct pxk_text text = {0};
        pxk_report_explain_firmware(&codes[i], opts, &text);
        print_done(&text);
        putchar('\n');
    }
}

static int explain_run(int argc, char **argv)
{
    struct pxk_report_opts opts = cli_report_opts("explain");
    struct pxk_text text = {0};
    opts.verbose = true;
    if (argc < 2) {
        list_print();
        return EXIT_PASS;
    }
    const char *word = argv[1];
    if (argc > 2 || word[0] == '-') {
        fputs(usage, word[0] == '-' && strchr("h-", word[1]) ? stdout : stderr);
        return strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0 ? EXIT_PASS : EXIT_USAGE;
    }
    if (strcmp(word, "all") == 0) {
        all_print(&opts);
        return EXIT_PASS;
    }
    const struct pxk_finding_row *row = pxk_finding_find(word);
    const struct pxk_firmware_code *code = row ? NULL : pxk_firmware_code_find(word);
    if (!row && !code)
        return cli_fail(EXIT_USAGE, "explain", "nothing is known by \"%s\"; did you mean \"%s\"? (pxekit explain lists all)",
                        word, pxk_finding_nearest(word)->name);
    if (row)
        pxk_report_explain(row, &opts, &text);
    else
        pxk_report_explain_firmware(code, &opts, &text);
    print_done(&text);
    return EXIT_PASS;
}

const struct cli_command cli_explain = {"explain", "a finding or a firmware error code: cause, proof, fix", usage,
                                        explain_run};
