/* The findings of a report: one block for every kind, with the proof of each client it befalls. */
#include <string.h>

#include "report_int.h"

#define LABEL 11 /* "   screen  " */

static void item(struct pxk_text *out, const struct pxk_report_opts *opts, const char *label,
                 const char *s)
{
    if (!*s)
        return;
    pxk_text_addf(out, "   %-8s", label);
    text_wrap(out, opts, LABEL, LABEL, s);
}

bool finding_same_kind(const struct pxk_finding *a, const struct pxk_finding *b)
{
    return a->row == b->row && a->severity == b->severity;
}

bool finding_told_before(const struct pxk_diagnosis *d, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (finding_same_kind(&d->findings.at[k], &d->findings.at[i]))
            return true;
    return false;
}

const char *finding_client(const struct pxk_diagnosis *d, const struct pxk_finding *f)
{
    const struct pxk_client_verdict *c = pxk_diagnosis_client(d, f->session);
    return c ? c->name : "the network";
}

static void clients_of(const struct pxk_diagnosis *d, size_t first, struct pxk_text *line)
{
    unsigned n = 0;
    for (size_t i = first; i < d->findings.n; i++)
        if (finding_same_kind(&d->findings.at[first], &d->findings.at[i]) && n++ < 4)
            pxk_text_addf(line, "%s%s", n > 1 ? ", " : "", finding_client(d, &d->findings.at[i]));
    if (n > 4)
        pxk_text_addf(line, " and %u more", n - 4);
}

static void title(const struct pxk_diagnosis *d, size_t i, const struct pxk_report_opts *opts,
                  struct pxk_text *out)
{
    const struct pxk_finding *f = &d->findings.at[i];
    struct pxk_text line = {0};
    pxk_text_add(out, "\n ");
    text_ink(out, opts, severity_ink(f->severity), severity_word(f->severity));
    pxk_text_addf(out, "  %s", f->row->code);
    bool narrow = 1 + 4 + 2 + strlen(f->row->code) + 1 + strlen(f->row->name) > report_width(opts);
    pxk_text_add(out, narrow ? "\n   " : " ");
    text_ink(out, opts, INK_BOLD, f->row->name);
    pxk_text_add(&line, "  ");
    clients_of(d, i, &line);
    unsigned at = (unsigned)(1 + 4 + 2 + strlen(f->row->code) + 1 + strlen(f->row->name));
    if (line.s && at + line.len <= report_width(opts)) {
        pxk_text_add(out, line.s);
        pxk_text_add(out, "\n");
    } else {
        pxk_text_add(out, "\n");
        item(out, opts, "client", line.s ? line.s + 2 : "");
    }
    pxk_text_done(&line);
}

void finding_frames(const struct pxk_finding *f, struct pxk_text *line)
{
    if (!f->frame_n)
        return;
    pxk_text_addf(line, "frame%s ", f->frame_n > 1 || f->span_to ? "s" : "");
    if (f->span_to)
        pxk_text_addf(line, "%u-%u", f->frame[0], f->span_to);
    for (unsigned k = 0; k < f->frame_n && !f->span_to; k++)
        pxk_text_addf(line, "%s%u", k ? ", " : "", f->frame[k]);
}

/* The same words for two clients are said once. */
static void seen(const struct pxk_diagnosis *d, size_t first, const struct pxk_report_opts *opts,
                 struct pxk_text *out)
{
    unsigned told = 0, more = 0;
    for (size_t i = first; i < d->findings.n; i++) {
        const struct pxk_finding *f = &d->findings.at[i];
        struct pxk_text line = {0};
        bool again = i > first && strcmp(f->seen, d->findings.at[first].seen) == 0;
        if (!finding_same_kind(f, &d->findings.at[first]) || again)
            continue;
        if (told++ >= 3) {
            more++;
            continue;
        }
        pxk_text_addf(&line, "%s%s%s", i > first ? finding_client(d, f) : "", i > first ? ": " : "",
                      f->seen);
        pxk_text_add(&line, f->frame_n ? " (" : "");
        finding_frames(f, &line);
        pxk_text_add(&line, f->frame_n ? ")" : "");
        item(out, opts, told == 1 ? "seen" : "", line.s ? line.s : "");
        pxk_text_done(&line);
    }
    if (more) {
        char text[48];
        item(out, opts, "", pxk_fmt(text, sizeof text, "and for %u more clients", more));
    }
}

/* The first line of the snippet that helps most people. */
static void short_fix(const struct pxk_finding *f, const struct pxk_report_opts *opts,
                      struct pxk_text *out)
{
    struct pxk_text line = {0};
    const char *row = f->row->fix_general ? f->row->fix_general : f->row->fix_dnsmasq;
    if (*f->fix)
        pxk_text_add(&line, f->fix);
    else if (row)
        text_add_clean(&line, row, strcspn(row, "\n"));
    pxk_text_addf(&line, "%s(more: pxekit explain %s)", line.len ? "  " : "", f->row->code);
    item(out, opts, "fix", line.s ? line.s : "");
    pxk_text_done(&line);
}

static void long_fix(const struct pxk_finding *f, const struct pxk_report_opts *opts,
                     struct pxk_text *out)
{
    item(out, opts, "fix", f->fix);
    for (unsigned i = 0; i < PXK_FIX_N; i++) {
        struct pxk_fix fix = pxk_finding_fix(f->row, i);
        if (!fix.text)
            continue;
        pxk_text_addf(out, "   %-8s%s:\n", i || *f->fix ? "" : "fix", fix.words);
        text_snippet(out, opts, LABEL + 2, fix.text);
    }
}

const char *finding_other_causes(const struct pxk_finding *f)
{
    const char *causes = f->row->causes;
    size_t first = strcspn(causes, "\n");
    bool same = strncmp(f->cause, causes, first) == 0 && strlen(f->cause) == first;
    return same ? causes + first + (causes[first] == '\n') : causes;
}

static void others(const struct pxk_finding *f, const struct pxk_report_opts *opts,
                   struct pxk_text *out)
{
    const char *rest = finding_other_causes(f);
    if (*rest) {
        pxk_text_add(out, "   or\n");
        text_list(out, opts, LABEL, "- ", rest);
    }
    if (f->row->confirm) {
        pxk_text_add(out, "   confirm\n");
        text_list(out, opts, LABEL, "- ", f->row->confirm);
    }
}

static void block(const struct pxk_diagnosis *d, size_t i, const struct pxk_report_opts *opts,
                  struct pxk_text *out)
{
    const struct pxk_finding *f = &d->findings.at[i];
    bool verbose = opts->verbose;
    title(d, i, opts, out);
    item(out, opts, "what", f->row->title);
    seen(d, i, opts, out);
    if (f->severity == PXK_SEVERITY_NOTE && !verbose)
        return;
    item(out, opts, "screen", f->screen);
    item(out, opts, "cause", f->cause);
    if (verbose || opts->causes)
        others(f, opts, out);
    if (verbose)
        long_fix(f, opts, out);
    else
        short_fix(f, opts, out);
    if (verbose || opts->causes)
        item(out, opts, "filter", f->filter);
}

void report_findings(const struct pxk_diagnosis *d, const struct pxk_report_opts *opts,
                     struct pxk_text *out)
{
    for (size_t i = 0; i < d->findings.n; i++)
        if (!finding_told_before(d, i))
            block(d, i, opts, out);
}
