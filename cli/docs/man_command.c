/* pxekit(1) and a page for each command. */
#include <string.h>

#include "docs.h"

bool docs_has_page(const struct cli_command *c)
{
    return strchr(c->usage, '\n')[1] != '\0'; /* more than a synopsis */
}

static void page_name(const struct cli_command *c, char out[static 64])
{
    pxk_fmt(out, 64, "pxekit-%s", c->name);
}

static void synopsis(struct pxk_text *out, const char *line)
{
    pxk_text_add(out, ".B ");
    roff_add(out, line);
    pxk_text_add(out, "\n");
}

static void option(struct pxk_text *out, const struct usage_part *p)
{
    pxk_text_add(out, ".TP\n.B ");
    roff_add(out, p->tag);
    pxk_text_add(out, "\n");
    roff_add(out, p->text);
    pxk_text_add(out, *p->text ? "\n" : "\\&\n");
}

static void part(struct pxk_text *out, const struct usage_part *p, enum usage_kind before)
{
    if (p->kind == USAGE_SYNOPSIS) {
        synopsis(out, p->text);
        return;
    }
    if (before == USAGE_SYNOPSIS)
        roff_request(out, "SH", p->kind == USAGE_OPTION ? "OPTIONS" : "DESCRIPTION");
    if (p->kind == USAGE_OPTION) {
        option(out, p);
    } else if (p->kind == USAGE_VERBATIM) {
        roff_example(out, p->text);
    } else if (p->kind == USAGE_EXIT) {
        roff_request(out, "SH", "EXIT STATUS");
        roff_paragraph(out, p->text);
    } else {
        roff_paragraph(out, p->text);
    }
}

void docs_man_command(const struct cli_command *c, struct pxk_text *out)
{
    struct usage_reader r = {c->usage, false};
    struct usage_part p;
    enum usage_kind before = USAGE_SYNOPSIS;
    char name[64];
    page_name(c, name);
    roff_head(out, name, 1, c->summary);
    roff_request(out, "SH", "SYNOPSIS");
    for (bool first = true; usage_next(&r, &p); first = false) {
        if (p.kind == USAGE_SYNOPSIS && !first)
            pxk_text_add(out, ".br\n");
        part(out, &p, before);
        before = p.kind;
    }
    roff_request(out, "SH", "SEE ALSO");
    pxk_text_add(out, ".BR pxekit (1),\n.BR pxekit\\-findings (7)\n");
}

static void commands_told(const struct cli_command *const *commands, struct pxk_text *out)
{
    for (const struct cli_command *const *c = commands; *c; c++) {
        pxk_text_addf(out, ".TP\n.B pxekit %s\n", (*c)->name);
        roff_add(out, (*c)->summary);
        pxk_text_add(out, "\n");
    }
}

static void status_told(struct pxk_text *out)
{
    static const char *const words[] = {
        [EXIT_PASS] = "all steps pass", [EXIT_STEP_FAILED] = "a step failed", [EXIT_USAGE] = "wrong use or bad config",
        [EXIT_NO_TEST] = "the test could not be made: no permission, no such interface, the link was lost, not enough was seen"};
    for (unsigned i = 0; i < PXK_COUNT(words); i++)
        pxk_text_addf(out, ".TP\n.B %u\n%s\n", i, words[i]);
}

void docs_man_main(const struct cli_command *const *commands, struct pxk_text *out)
{
    bool more = false;
    roff_head(out, "pxekit", 1, "will these machines boot over the network, and if not, why");
    roff_request(out, "SH", "SYNOPSIS");
    synopsis(out, "pxekit COMMAND [options]");
    roff_request(out, "SH", "DESCRIPTION");
    roff_paragraph(out, cli_about);
    roff_paragraph(out, "Every report follows the five steps of a network boot: connectivity, DHCP, file service, boot, installation. What is "
                        "wrong has a lasting code and name, a proof, causes and fixes.");
    roff_request(out, "SH", "COMMANDS");
    commands_told(commands, out);
    roff_request(out, "SH", "EXIT STATUS");
    status_told(out);
    roff_request(out, "SH", "ENVIRONMENT");
    pxk_text_add(out, ".TP\n.B NO_COLOR\nif it is not empty, no colours; without a terminal there are none anyway\n");
    roff_request(out, "SH", "SEE ALSO");
    for (const struct cli_command *const *c = commands; *c; c++)
        if (docs_has_page(*c)) {
            pxk_text_addf(out, "%s.BR pxekit\\-%s (1)", more ? ",\n" : "", (*c)->name);
            more = true;
        }
    pxk_text_add(out, ",\n.BR pxekit\\-findings (7)\n");
}
