/* All findings by step: as a list, and whole. */
#include <string.h>

#include "report_int.h"

static void step_head(enum pxk_step step, const struct pxk_report_opts *opts, struct pxk_text *out)
{
    char head[40];
    text_ink(out, opts, INK_BOLD, pxk_fmt(head, sizeof head, "%u %s", step + 1, pxk_step_words(step)));
    pxk_text_add(out, "\n");
}

static void line(const struct pxk_finding_row *row, const struct pxk_report_opts *opts, struct pxk_text *out)
{
    enum { AT = 40 };
    pxk_text_add(out, "  ");
    text_ink(out, opts, severity_ink(row->severity), row->code);
    pxk_text_addf(out, " %s", row->name);
    size_t used = 2 + strlen(row->code) + 1 + strlen(row->name);
    if (used + 2 > AT || report_width(opts) < AT + 30) { /* no room beside it */
        pxk_text_add(out, "\n       ");
        text_wrap(out, opts, 7, 7, row->title);
        return;
    }
    text_pad(out, AT - used);
    text_wrap(out, opts, AT, AT, row->title);
}

static void codes_list(const struct pxk_report_opts *opts, struct pxk_text *out)
{
    const struct pxk_firmware_code *codes;
    struct pxk_text all = {0};
    size_t n = pxk_firmware_codes(&codes);
    for (size_t i = 0; i < n; i++)
        pxk_text_addf(&all, "%s%s", i ? " " : "", codes[i].code);
    text_ink(out, opts, INK_BOLD, "What firmware prints");
    pxk_text_add(out, "\n  ");
    text_wrap(out, opts, 2, 2, all.s ? all.s : "");
    pxk_text_done(&all);
}

void pxk_report_explain_list(const struct pxk_report_opts *opts, struct pxk_text *out)
{
    const struct pxk_finding_row *rows;
    size_t n = pxk_finding_rows(&rows);
    for (unsigned step = 0; step < PXK_STEP_N; step++) {
        step_head((enum pxk_step)step, opts, out);
        for (size_t i = 0; i < n; i++)
            if (rows[i].step == step)
                line(&rows[i], opts, out);
        pxk_text_add(out, "\n");
    }
    codes_list(opts, out);
    pxk_text_add(out, "\n");
    text_wrap(out, opts, 0, 0, "pxekit explain NAME or CODE tells more of one, pxekit explain all of all.");
}

static void unseen_all(const struct pxk_report_opts *opts, struct pxk_text *out)
{
    const struct pxk_unseen_row *rows;
    size_t n = pxk_unseen_rows(&rows);
    pxk_text_add(out, "\n");
    text_ink(out, opts, INK_BOLD, "What no packet shows");
    pxk_text_add(out, "\n");
    for (size_t i = 0; i < n; i++) {
        pxk_text_add(out, "\n  ");
        text_wrap(out, opts, 2, 2, rows[i].what);
        pxk_text_add(out, "    why  ");
        text_wrap(out, opts, 9, 9, rows[i].why);
        text_list(out, opts, 4, "do   ", rows[i].mend);
    }
}

void pxk_report_explain_all(const struct pxk_report_opts *opts, struct pxk_text *out)
{
    const struct pxk_finding_row *rows;
    const struct pxk_firmware_code *codes;
    size_t n = pxk_finding_rows(&rows);
    for (unsigned step = 0; step < PXK_STEP_N; step++) {
        step_head((enum pxk_step)step, opts, out);
        for (size_t i = 0; i < n; i++) {
            if (rows[i].step != step)
                continue;
            pxk_text_add(out, "\n");
            pxk_report_explain(&rows[i], opts, out);
        }
        pxk_text_add(out, "\n");
    }
    text_ink(out, opts, INK_BOLD, "What firmware prints");
    pxk_text_add(out, "\n");
    n = pxk_firmware_codes(&codes);
    for (size_t i = 0; i < n; i++) {
        pxk_text_add(out, "\n");
        pxk_report_explain_firmware(&codes[i], opts, out);
    }
    unseen_all(opts, out);
}
