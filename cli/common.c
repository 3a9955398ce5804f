#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "pxk/files.h"

int cli_fail(int status, const char *command, const char *fmt, ...)
{
    va_list ap;
    fprintf(stderr, "pxekit %s: ", command);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return status;
}

bool cli_option_done(int opt, const struct cli_command *command, int *status)
{
    if (opt == 'h') {
        fputs(command->usage, stdout);
        *status = EXIT_PASS;
        return true;
    }
    if (opt == '?') { /* getopt has said what is wrong */
        fprintf(stderr, "pxekit help %s shows its options.\n", command->name);
        *status = EXIT_USAGE;
        return true;
    }
    return false;
}

struct pxk_report_opts cli_report_opts(const char *command)
{
    struct pxk_report_opts opts = {.command = command, .version = PXK_VERSION, .width = 100};
    struct winsize size;
    if (isatty(STDOUT_FILENO)) {
        const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
        opts.colour = !(no && *no) && term && strcmp(term, "dumb") != 0;
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
            opts.width = size.ws_col;
    }
    return opts;
}

bool cli_html_write(const char *command, const char *path, const struct pxk_tracker *tracker, const struct pxk_diagnosis *d,
                    const struct pxk_report_opts *opts)
{
    struct pxk_text page = {0};
    pxk_report_html(tracker, d, opts, &page);
    enum pxk_err err = page.failed ? PXK_E_NOMEM : pxk_file_replace(path, page.s, page.len);
    if (err != PXK_OK)
        (void)cli_fail(EXIT_NO_TEST, command, "%s could not be written: %s", path,
                       err == PXK_E_IO ? strerror(errno) : pxk_err_text(err));
    pxk_text_done(&page);
    return err == PXK_OK;
}

bool cli_parse_number(const char *command, const char *option, const char *text, unsigned long min, unsigned long max,
                      unsigned long *out)
{
    char *end;
    errno = 0;
    unsigned long v = strtoul(text, &end, 10);
    if (errno || end == text || *end || *text == '-' || v < min || v > max) {
        (void)cli_fail(EXIT_USAGE, command, "%s takes a whole number from %lu to %lu, not \"%s\"", option, min, max, text);
        return false;
    }
    *out = v;
    return true;
}

static bool arch_add(struct cli_run *run, const char *word)
{
    struct pxk_emulator_opts *em = &run->emulator;
    const struct pxk_arch *row = pxk_arch_by_key(word);
    int wrong = 0;
    if (!*word)
        wrong = cli_fail(EXIT_USAGE, run->command, "--arch takes names with one comma between, for example bios,uefi-x64");
    else if (!row)
        wrong = cli_fail(EXIT_USAGE, run->command, "there is no architecture \"%s\"; did you mean \"%s\"? "
                         "(pxekit help %s lists those that are emulated)", word, pxk_arch_nearest(word)->key, run->command);
    else if (!pxk_persona_for_arch(row->code))
        wrong = cli_fail(EXIT_USAGE, run->command, "no client is emulated for %s (%s) yet", row->key, row->words);
    else if (em->client_n == PXK_EMULATOR_CLIENTS_MAX)
        wrong = cli_fail(EXIT_USAGE, run->command, "at most %d clients at a time", PXK_EMULATOR_CLIENTS_MAX);
    else
        em->client[em->client_n++] = (struct pxk_emulator_client){.arch = row->code};
    return !wrong;
}

bool cli_parse_archs(struct cli_run *run, const char *list)
{
    bool more = true, fine = true;
    run->emulator.client_n = 0;
    while (more && fine) {
        char word[40];
        size_t n = strcspn(list, ",");
        pxk_fmt(word, sizeof word, "%.*s", (int)n, list);
        fine = arch_add(run, word);
        more = list[n] == ',';
        list += n + more;
    }
    return fine;
}

bool cli_parse_until(struct cli_run *run, const char *word)
{
    static const struct {
        const char *word;
        enum pxk_milestone milestone;
    } goals[] = {{"offer", PXK_MILESTONE_OFFER}, {"loader", PXK_MILESTONE_LOADER}, {"config", PXK_MILESTONE_CONFIG},
                 {"kernel", PXK_MILESTONE_KERNEL}, {"install", PXK_MILESTONE_NONE}};
    for (size_t i = 0; i < PXK_COUNT(goals); i++) {
        if (strcmp(word, goals[i].word) == 0) {
            run->emulator.until = goals[i].milestone;
            return true;
        }
    }
    (void)cli_fail(EXIT_USAGE, run->command, "--until takes offer, loader, config, kernel or install, not \"%s\"", word);
    return false;
}

bool cli_parse_mac(struct cli_run *run, const char *text)
{
    struct pxk_mac mac;
    if (pxk_mac_parse(text, &mac) != PXK_OK || pxk_mac_is_multicast(&mac) || pxk_mac_is_zero(&mac)) {
        (void)cli_fail(EXIT_USAGE, run->command, "--mac takes a unicast MAC like 52:54:00:77:00:01, not \"%s\"", text);
        return false;
    }
    for (size_t i = 0; i < run->emulator.client_n; i++) {
        run->emulator.client[i].mac = mac;
        mac.b[5]++;
    }
    return true;
}
