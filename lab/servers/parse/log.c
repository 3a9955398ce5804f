#include "parse.h"

#include <string.h>

/* Words of lines that say why a program gave up. */
static const char *const failure_words[] = {"error",     "fail",      "illegal", "cannot", "can't",
                                            "could not", "unknown",   "invalid", "bad ",   "denied",
                                            "emerg",     "no subnet", "unable",  "in use", "not found",
                                            "inaccessible"};
/* ISC dhcpd ends with a page about its bug tracker, and starts with a list of its files. */
static const char *const empty_words[] = {"exiting",      "bug",         "please",      "https://", "configuration issue",
                                          "FAILED to start up", /* dnsmasq's last words */
                                          "Config file:", "encountered", "this report", "help us"};

static bool has_word(const char *line, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcasestr(line, words[i]))
            return true;
    return false;
}

/* Kea: "2026-11-22 20:10:21.123 ERROR [kea-dhcp4.dhcp4/12.3456] TEXT", nginx: "2026/11/22 20:10:21 [emerg] 12#34: TEXT"; others
 * have nothing in front. */
static const char *without_front(const char *line)
{
    const char *bracket = line[0] >= '0' && line[0] <= '9' ? strstr(line, "] ") : NULL;
    const char *text = bracket ? bracket + 2 : line;
    size_t process = bracket ? strspn(text, "0123456789#") : 0;
    if (process && pxk_str_starts(text + process, ": "))
        text += process + 2;
    return text + strspn(text, " \t");
}

/* Printable, and tabs as the blanks that they look like. */
static void line_put(char *line, char *out, size_t cap)
{
    for (char *c = line; *c; c++)
        if (*c == '\t')
            *c = ' ';
    const char *text = without_front(line);
    struct pxk_str w = pxk_str_init(out, cap);
    pxk_str_add_quoted(&w, text, strlen(text));
}

/* Of two lines of one rank the first counts where it names a place in a config (what follows are consequences), else the last. */
enum rank { RANK_NONE, RANK_SAYS, RANK_FAILS, RANK_PLACE };

static enum rank rank_of(const char *line, const char *config)
{
    if (line[strspn(line, " \t\r^.-")] == '\0' || has_word(line, empty_words, PXK_COUNT(empty_words)))
        return RANK_NONE;
    bool fails = has_word(line, failure_words, PXK_COUNT(failure_words));
    if (config && strstr(line, config) && (fails || strstr(line, " line ")))
        return RANK_PLACE;
    return fails ? RANK_FAILS : RANK_SAYS;
}

bool pxk_lab_log_cause(const char *log, const char *config, char *out, size_t cap)
{
    enum rank best = RANK_NONE;
    char line[1000];
    for (const char *at = log; at && *at;) {
        size_t n = strcspn(at, "\n");
        (void)pxk_str_copy_n(line, sizeof line, at, n);
        enum rank rank = rank_of(line, config);
        if (rank > best || (rank == best && rank != RANK_NONE && rank != RANK_PLACE)) {
            line_put(line, out, cap);
            best = rank;
        }
        at += n + (at[n] == '\n');
    }
    return best != RANK_NONE;
}
