/* pxekit-findings(7): every finding by step, what firmware prints, and what no packet shows. */
#include <string.h>

#include "docs.h"

static void list(struct pxk_text *out, const char *s)
{
    while (s && *s) {
        char line[600];
        size_t n = strcspn(s, "\n");
        (void)pxk_str_copy_n(line, sizeof line, s, n);
        pxk_text_add(out, ".IP \\(bu 2\n");
        roff_add(out, line);
        pxk_text_add(out, "\n");
        s += n;
        s += *s == '\n';
    }
}

static void lead(struct pxk_text *out, const char *words)
{
    pxk_text_addf(out, ".PP\n.I %s\n", words);
}

static void screen(struct pxk_text *out, const char *who, const char *what)
{
    if (!what)
        return;
    pxk_text_addf(out, ".TP\n%s\n", who);
    roff_add(out, what);
    pxk_text_add(out, "\n");
}

static void finding(struct pxk_text *out, const struct pxk_finding_row *r)
{
    char text[120];
    roff_request(out, "SS", pxk_fmt(text, sizeof text, "%s %s", r->code, r->name));
    roff_paragraph(out, pxk_fmt(text, sizeof text, "%s:", pxk_severity_key(r->severity)));
    roff_add(out, r->title);
    pxk_text_add(out, ".\n");
    if (r->screen_bios || r->screen_uefi)
        lead(out, "What the machine shows");
    screen(out, "BIOS", r->screen_bios);
    screen(out, "UEFI", r->screen_uefi);
    lead(out, "Causes, likeliest first");
    list(out, r->causes);
    if (r->confirm)
        lead(out, "What would prove it");
    list(out, r->confirm);
    for (unsigned i = 0; i < PXK_FIX_N; i++) {
        struct pxk_fix fix = pxk_finding_fix(r, i);
        if (!fix.text)
            continue;
        lead(out, pxk_fmt(text, sizeof text, "Fix, %s", fix.words));
        roff_example(out, fix.text);
    }
}

static void firmware(struct pxk_text *out)
{
    const struct pxk_firmware_code *codes;
    size_t n = pxk_firmware_codes(&codes);
    roff_request(out, "SH", "WHAT FIRMWARE PRINTS");
    roff_paragraph(out, "The same number means different things on BIOS ROMs and on UEFI. Numbers without PXE- are iPXE's.");
    for (size_t i = 0; i < n; i++) {
        pxk_text_add(out, ".TP\n.B ");
        roff_add(out, codes[i].code);
        struct pxk_text line = {0};
        bool same = codes[i].bios && codes[i].uefi && strcmp(codes[i].bios, codes[i].uefi) == 0;
        if (codes[i].bios)
            pxk_text_addf(&line, "%s%s.", same ? "" : "BIOS: ", codes[i].bios);
        if (codes[i].uefi && !same)
            pxk_text_addf(&line, "%sUEFI: %s.", line.len ? " " : "", codes[i].uefi);
        if (*codes[i].findings)
            pxk_text_addf(&line, "%sSee %s.", line.len ? " " : "", codes[i].findings);
        pxk_text_add(out, "\n");
        roff_add(out, line.s ? line.s : "");
        pxk_text_add(out, "\n");
        pxk_text_done(&line);
    }
}

static void unseen(struct pxk_text *out)
{
    const struct pxk_unseen_row *rows;
    size_t n = pxk_unseen_rows(&rows);
    roff_request(out, "SH", "WHAT NO PACKET SHOWS");
    roff_paragraph(out, "No finding says these: nothing is missing on the wire, and nothing is wrong there.");
    for (size_t i = 0; i < n; i++) {
        struct pxk_text line = {0};
        pxk_text_addf(&line, "%s: %s. Not seen because %s.\n%s", rows[i].row, rows[i].what, rows[i].why, rows[i].mend);
        if (line.s)
            roff_paragraph(out, line.s);
        pxk_text_done(&line);
    }
}

void docs_man_findings(struct pxk_text *out)
{
    const struct pxk_finding_row *rows;
    size_t n = pxk_finding_rows(&rows);
    char title[60];
    roff_head(out, "pxekit-findings", 7, "everything that pxekit can say is wrong");
    roff_request(out, "SH", "DESCRIPTION");
    roff_paragraph(out, "A failure keeps a client from booting. A warning does not, here and now. A note is for your information. Values in "
                        "snippets are examples: 10.77.0.1 is the boot server, /srv/tftp its root.");
    for (unsigned step = 0; step < PXK_STEP_N; step++) {
        roff_request(out, "SH", pxk_fmt(title, sizeof title, "%u %s", step + 1, pxk_step_words((enum pxk_step)step)));
        for (size_t i = 0; i < n; i++)
            if (rows[i].step == step)
                finding(out, &rows[i]);
    }
    firmware(out);
    unseen(out);
    roff_request(out, "SH", "SEE ALSO");
    pxk_text_add(out, ".BR pxekit (1),\n.BR pxekit\\-explain (1)\n");
}
