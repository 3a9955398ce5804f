#include <string.h>

#include "markdown.h"

/* @mark: "1." counts (Markdown counts on by itself), "-" does not. */
static void list(struct pxk_text *out, const char *mark, const char *s)
{
    while (*s) {
        size_t n = strcspn(s, "\n");
        pxk_text_addf(out, "%s %.*s\n", mark, (int)n, s);
        s += n + (s[n] == '\n');
    }
}

static void contents(struct pxk_text *out, const struct pxk_finding_row *rows, size_t n)
{
    for (unsigned step = 0; step < PXK_STEP_N; step++) {
        pxk_text_addf(out, "\n%u %s\n\n| code | name | what |\n| --- | --- | --- |\n", step + 1,
                      pxk_step_words((enum pxk_step)step));
        for (size_t i = 0; i < n; i++)
            if (rows[i].step == step)
                pxk_text_addf(out, "| [%s](#%s) | %s | %s |\n", rows[i].code, rows[i].name,
                              rows[i].name, rows[i].title);
    }
}

static void finding(struct pxk_text *out, const struct pxk_finding_row *r)
{
    pxk_text_addf(out, "\n## <a id=\"%s\"></a>%s %s\n\n%s, step %u %s: %s.\n", r->name, r->code,
                  r->name, pxk_severity_key(r->severity), r->step + 1, pxk_step_words(r->step),
                  r->title);
    if (r->screen_bios || r->screen_uefi)
        pxk_text_add(out, "\n**The machine shows**\n\n");
    if (r->screen_bios)
        pxk_text_addf(out, "- BIOS: %s\n", r->screen_bios);
    if (r->screen_uefi)
        pxk_text_addf(out, "- UEFI: %s\n", r->screen_uefi);
    pxk_text_add(out, "\n**Causes**, likeliest first\n\n");
    list(out, "1.", r->causes);
    if (r->confirm) {
        pxk_text_add(out, "\n**What would prove it**\n\n");
        list(out, "-", r->confirm);
    }
    pxk_text_add(out, "\n**Fix**\n");
    for (unsigned i = 0; i < PXK_FIX_N; i++) {
        struct pxk_fix fix = pxk_finding_fix(r, i);
        if (fix.text)
            pxk_text_addf(out, "\n%s:\n\n```\n%s\n```\n", fix.words, fix.text);
    }
    pxk_text_addf(out, "\nSource: %s\n", r->source);
}

/* Blank-separated names as links to their sections. */
static void links(struct pxk_text *out, const char *names)
{
    while (*names) {
        int n = (int)strcspn(names, " ");
        pxk_text_addf(out, " [%.*s](#%.*s)", n, names, n, names);
        names += n;
        names += strspn(names, " ");
    }
}

static void firmware(struct pxk_text *out)
{
    const struct pxk_firmware_code *codes;
    size_t n = pxk_firmware_codes(&codes);
    pxk_text_add(out,
                 "\n# What firmware prints\n\nThe same number means different things on BIOS ROMs "
                 "and on UEFI "
                 "(EDK2). Numbers without PXE- are iPXE's, as in https://ipxe.org/040ee119.\n\n"
                 "| code | BIOS ROM | UEFI | findings |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < n; i++) {
        pxk_text_addf(out, "| %s | %s | %s |", codes[i].code, codes[i].bios ? codes[i].bios : "-",
                      codes[i].uefi ? codes[i].uefi : "-");
        links(out, codes[i].findings);
        pxk_text_add(out, " |\n");
    }
}

static void unseen(struct pxk_text *out)
{
    const struct pxk_unseen_row *rows;
    size_t n = pxk_unseen_rows(&rows);
    pxk_text_add(out, "\n# What no packet shows\n\nNo finding says these: nothing is missing on the wire, and nothing is wrong "
                      "there. Ask them when a machine does not do what it should and nothing is found.\n");
    for (size_t i = 0; i < n; i++) {
        pxk_text_addf(out, "\n**%s**: %s.\n\n- Not seen because %s.\n", rows[i].row, rows[i].what, rows[i].why);
        list(out, "-", rows[i].mend);
    }
}

void findings_markdown(struct pxk_text *out)
{
    const struct pxk_finding_row *rows;
    size_t n = pxk_finding_rows(&rows);
    pxk_text_add(out, "# Findings\n\nEverything that pxekit can say is wrong. Made from "
                      "lib/diag/findings.def, firmware.def "
                      "and unseen.def (`ninja docs-findings`); `pxekit explain CODE` prints one.\n\n"
                      "A failure keeps a client from booting. A warning does not, here and now. A "
                      "note is for your "
                      "information. Values in snippets are examples: 10.77.0.1 is the boot server, "
                      "/srv/tftp its root.\n");
    contents(out, rows, n);
    for (size_t i = 0; i < n; i++)
        finding(out, &rows[i]);
    firmware(out);
    unseen(out);
}
