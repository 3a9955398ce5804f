/* What `pxekit explain` prints: a finding's row, a firmware's code. */
#include <string.h>

#include "report_int.h"

static void section(struct pxk_text *out, const struct pxk_report_opts *opts, const char *title)
{
    pxk_text_add(out, "\n");
    text_ink(out, opts, INK_BOLD, title);
    pxk_text_add(out, "\n");
}

static void on_screen(struct pxk_text *out, const struct pxk_report_opts *opts, const char *who,
                      const char *what)
{
    if (!what)
        return;
    pxk_text_addf(out, "  %-5s ", who);
    text_wrap(out, opts, 8, 8, what);
}

void pxk_report_explain(const struct pxk_finding_row *row, const struct pxk_report_opts *opts,
                        struct pxk_text *out)
{
    char kind[48];
    text_ink(out, opts, INK_BOLD, row->code);
    pxk_text_add(out, " ");
    text_ink(out, opts, INK_BOLD, row->name);
    pxk_text_add(out, "\n");
    text_wrap(out, opts, 0, 0, row->title);
    text_wrap(out, opts, 0, 0,
              pxk_fmt(kind, sizeof kind, "%s, step %u %s", pxk_severity_key(row->severity),
                      row->step + 1, pxk_step_words(row->step)));
    if (row->screen_bios || row->screen_uefi) {
        section(out, opts, "What the machine shows");
        on_screen(out, opts, "BIOS", row->screen_bios);
        on_screen(out, opts, "UEFI", row->screen_uefi);
    }
    section(out, opts, "Causes, likeliest first");
    text_list(out, opts, 2, "- ", row->causes);
    if (row->confirm) {
        section(out, opts, "What would prove it");
        text_list(out, opts, 2, "- ", row->confirm);
    }
    section(out, opts, "Fix");
    for (unsigned i = 0; i < PXK_FIX_N; i++) {
        struct pxk_fix fix = pxk_finding_fix(row, i);
        if (!fix.text)
            continue;
        pxk_text_addf(out, "  %s:\n", fix.words);
        text_snippet(out, opts, 4, fix.text);
    }
    section(out, opts, "Source");
    pxk_text_add(out, "  ");
    text_wrap(out, opts, 2, 2, row->source);
}

static void findings_behind(const char *names, const struct pxk_report_opts *opts,
                            struct pxk_text *out)
{
    section(out, opts, "Findings behind it, likeliest first");
    while (*names) {
        char name[64];
        size_t n = strcspn(names, " ");
        (void)pxk_str_copy_n(name, sizeof name, names, n);
        const struct pxk_finding_row *row = pxk_finding_find(name);
        if (row) {
            pxk_text_addf(out, "  %s %s\n        ", row->code, row->name);
            text_wrap(out, opts, 8, 8, row->title);
        }
        names += n;
        names += strspn(names, " ");
    }
    pxk_text_add(out, "\nMore: pxekit explain NAME\n");
}

void pxk_report_explain_firmware(const struct pxk_firmware_code *code,
                                 const struct pxk_report_opts *opts, struct pxk_text *out)
{
    text_ink(out, opts, INK_BOLD, code->code);
    pxk_text_add(out, "\n");
    if (code->bios && code->uefi && strcmp(code->bios, code->uefi) == 0) {
        pxk_text_add(out, "  ");
        text_wrap(out, opts, 2, 2, code->bios);
    } else {
        on_screen(out, opts, "BIOS", code->bios ? code->bios : "(does not exist there)");
        on_screen(out, opts, "UEFI", code->uefi ? code->uefi : "(does not exist there)");
    }
    if (*code->findings)
        findings_behind(code->findings, opts, out);
}
