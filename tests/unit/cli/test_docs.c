/* Usage texts in their parts, and as man pages: of a made-up command, of all real ones. */
#include <criterion/criterion.h>
#include <string.h>

#include "docs.h"

static const char usage[] = "pxekit toy FILE [options]\n"
                            "pxekit toy --list\n"
                            "\n"
                            "What it does, in two\n"
                            "lines.\n"
                            "\n"
                            "  -a, --arch LIST      some of them\n"
                            "                       and more\n"
                            "      --json[=FILE]    as JSON\n"
                            "      --one, -t, --two N\n"
                            "\n"
                            "Then an example:\n"
                            "  .pxekit toy - \\\n"
                            "    more\n"
                            "\n"
                            "Exit status: 0 fine.\n";

static const struct usage_part parts[] = {
    {USAGE_SYNOPSIS, "", "pxekit toy FILE [options]"},
    {USAGE_SYNOPSIS, "", "pxekit toy --list"},
    {USAGE_PARAGRAPH, "", "What it does, in two lines."},
    {USAGE_OPTION, "-a, --arch LIST", "some of them and more"},
    {USAGE_OPTION, "--json[=FILE]", "as JSON"},
    {USAGE_OPTION, "--one, -t, --two N", ""},
    {USAGE_PARAGRAPH, "", "Then an example:"},
    {USAGE_VERBATIM, "", "  .pxekit toy - \\\n    more\n"},
    {USAGE_EXIT, "", "0 fine."},
};

Test(docs, a_usage_text_comes_apart)
{
    struct usage_reader r = {usage, false};
    struct usage_part p;
    for (size_t i = 0; i < PXK_COUNT(parts); i++) {
        cr_assert(usage_next(&r, &p), "part %zu is missing", i);
        cr_expect_eq(p.kind, parts[i].kind, "part %zu: kind %d", i, p.kind);
        cr_expect_str_eq(p.tag, parts[i].tag);
        cr_expect_str_eq(p.text, parts[i].text);
    }
    cr_expect_not(usage_next(&r, &p));
}

Test(docs, option_words)
{
    static const struct {
        const char *tag;
        unsigned i;
        const char *word, *arg;
    } cases[] = {{"-a, --arch LIST", 0, "-a", ""},    {"-a, --arch LIST", 1, "--arch", "LIST"}, {"--json[=FILE]", 0, "--json", "FILE"},
                 {"-w FILE", 0, "-w", "FILE"},        {"--vlan N, -w FILE, -j", 1, "-w", "FILE"}, {"--vlan N, -w FILE, -j", 2, "-j", ""}};
    char word[40], arg[40];
    for (size_t i = 0; i < PXK_COUNT(cases); i++) {
        cr_assert(usage_option(cases[i].tag, cases[i].i, word, sizeof word, arg, sizeof arg));
        cr_expect_str_eq(word, cases[i].word);
        cr_expect_str_eq(arg, cases[i].arg);
    }
    cr_expect_not(usage_option("-w FILE", 1, word, sizeof word, arg, sizeof arg));
}

Test(docs, roff_keeps_what_it_would_obey)
{
    static const struct cli_command toy = {"toy", "a toy", usage, NULL};
    struct pxk_text out = {0};
    docs_man_command(&toy, &out);
    cr_expect_not_null(strstr(out.s, ".TP\n.B \\-a, \\-\\-arch LIST\nsome of them and more\n"));
    cr_expect_not_null(strstr(out.s, "\n  .pxekit toy \\- \\e\n"));
    cr_expect_not_null(strstr(out.s, ".SH \"EXIT STATUS\"\n0 fine.\n"));
    pxk_text_done(&out);
    roff_add(&out, ".x\n'y\n\\z");
    cr_expect_str_eq(out.s, "\\&.x\n\\&'y\n\\ez");
    pxk_text_done(&out);
}
