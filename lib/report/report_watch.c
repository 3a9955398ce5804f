/* What `watch` tells beside the report: a finding when it is made, and what is left of clients that are gone. */
#include <string.h>

#include "report_int.h"

static void labelled(struct pxk_text *out, const struct pxk_report_opts *opts, const char *label, const char *text)
{
    enum { INDENT = 10, COLUMN = INDENT + 8 };
    if (!*text)
        return;
    text_pad(out, INDENT);
    text_ink(out, opts, INK_DIM, label);
    text_pad(out, COLUMN - INDENT - strlen(label));
    text_wrap(out, opts, COLUMN, COLUMN, text);
}

static void frames_words(const struct pxk_finding *f, struct pxk_text *line)
{
    pxk_text_add(line, f->frame_n ? " (" : "");
    finding_frames(f, line);
    pxk_text_add(line, f->frame_n ? ")" : "");
}

void pxk_report_finding_told(const struct pxk_finding *f, pxk_usec at, const struct pxk_report_opts *opts, struct pxk_text *out)
{
    char mac[PXK_MAC_STRLEN] = "";
    struct pxk_text seen = {0};
    pxk_text_addf(out, "%9.3f ", (double)at / 1e6);
    if (f->session)
        pxk_text_addf(out, "%s ", pxk_mac_text(&f->session->mac, mac));
    text_ink(out, opts, severity_ink(f->severity), severity_word(f->severity));
    pxk_text_addf(out, " %s %s\n", f->row->code, f->row->name);
    pxk_text_add(&seen, f->seen);
    frames_words(f, &seen);
    labelled(out, opts, "seen", seen.s ? seen.s : "");
    labelled(out, opts, "cause", f->cause);
    labelled(out, opts, "fix", f->fix);
    pxk_text_done(&seen);
}

void pxk_report_past(const struct pxk_past *past, const struct pxk_report_opts *opts, struct pxk_text *out)
{
    const struct pxk_finding_row *rows;
    size_t at[10], n = pxk_past_rank(past, at, PXK_COUNT(at));
    (void)pxk_finding_rows(&rows);
    if (!past->clients)
        return;
    char head[160];
    pxk_text_add(out, "\n");
    text_wrap(out, opts, 0, 2, pxk_fmt(head, sizeof head, "Before these: %llu client%s that ended long ago or made room; %llu booted, "
                                      "%llu could not", (unsigned long long)past->clients, past->clients == 1 ? "" : "s",
                                      (unsigned long long)past->boots, (unsigned long long)past->failed));
    for (size_t i = 0; i < n && i < PXK_COUNT(at); i++) {
        const struct pxk_past_finding *f = &past->finding[at[i]];
        char mac[PXK_MAC_STRLEN];
        struct pxk_text line = {0};
        pxk_text_addf(out, " %8llu  ", (unsigned long long)f->clients);
        text_wrap(out, opts, 11, 11, pxk_fmt(head, sizeof head, "%s %s", rows[at[i]].code, rows[at[i]].name));
        pxk_text_addf(&line, "for example %s: %s", pxk_mac_text(&f->mac, mac), f->seen);
        text_pad(out, 11);
        text_wrap(out, opts, 11, 11, line.s ? line.s : "");
        pxk_text_done(&line);
    }
    if (n > PXK_COUNT(at))
        pxk_text_addf(out, "           and %zu more findings\n", n - PXK_COUNT(at));
}
