/* The report for people: a head line, the five steps, the clients, the findings, one last line. */
#include <string.h>

#include "report_int.h"

#define STEP_INDENT 22 /* " 1 Connectivity  ok    " */

static const char *firmware_name(const struct pxk_session *s)
{
    const struct pxk_round *r = pxk_session_firmware_round(s);
    if (*s->facts.name)
        return s->facts.name;
    return r && r->persona ? r->persona->name : "";
}

static void head(const struct pxk_diagnosis *d, const struct pxk_report_opts *opts, struct pxk_text *out)
{
    struct pxk_text line = {0};
    if (opts->where)
        pxk_text_addf(&line, "%s, ", opts->where);
    pxk_text_addf(&line, "%zu client%s", d->clients.n, d->clients.n == 1 ? "" : "s");
    for (size_t i = 0; i < d->clients.n && i < 8; i++) {
        const char *firmware = firmware_name(d->clients.at[i].session);
        pxk_text_addf(&line, "%s%s", i ? ", " : ": ", d->clients.at[i].name);
        if (*firmware)
            pxk_text_addf(&line, " (%s)", firmware);
    }
    if (d->clients.n > 8)
        pxk_text_addf(&line, " and %zu more", d->clients.n - 8);
    text_wrap(out, opts, 0, 2, line.s ? line.s : "");
    pxk_text_done(&line);
}

static void steps(const struct pxk_diagnosis *d, const struct pxk_report_opts *opts, struct pxk_text *out)
{
    for (unsigned i = 0; i < PXK_STEP_N; i++) {
        const char *word = verdict_word(d->step[i]);
        pxk_text_addf(out, " %u %-12s  ", i + 1, pxk_step_words((enum pxk_step)i));
        text_ink(out, opts, verdict_ink(d->step[i]), word);
        if (*d->why[i]) {
            text_pad(out, 6 - strlen(word));
            text_wrap(out, opts, STEP_INDENT + 1, STEP_INDENT + 1, d->why[i]);
        } else {
            pxk_text_add(out, "\n");
        }
    }
}

static void tail(const struct pxk_diagnosis *d, const struct pxk_report_opts *opts, struct pxk_text *out)
{
    size_t n = d->clients.n, under_way = 0, fail = 0;
    struct pxk_text line = {0};
    for (size_t i = 0; i < n; i++) {
        bool failed = d->clients.at[i].failures != 0;
        for (unsigned s = 0; s < PXK_STEP_N; s++)
            failed |= d->clients.at[i].step[s] == PXK_VERDICT_FAIL;
        fail += failed;
        under_way += !failed && !d->clients.at[i].boots;
    }
    if (!n)
        pxk_text_add(&line, "No client was seen.");
    else if (fail && n == 1)
        pxk_text_add(&line, "The client cannot boot.");
    else if (fail)
        pxk_text_addf(&line, "%zu of %zu clients cannot boot.", fail, n);
    else if (under_way && n == 1)
        pxk_text_add(&line, "The client was not seen to the end.");
    else if (under_way)
        pxk_text_addf(&line, "%u of %zu clients boot; %zu not seen to the end.", d->boots, n, under_way);
    else
        pxk_text_addf(&line, n == 1 ? "The client boots." : n == 2 ? "Both clients boot." : "All %zu clients boot.", n);
    if (d->warnings)
        pxk_text_addf(&line, " %u warning%s.", d->warnings, d->warnings == 1 ? "" : "s");
    if (opts->seconds > 0)
        pxk_text_addf(&line, " Took %.1f s.", opts->seconds);
    pxk_text_add(out, "\n");
    text_wrap(out, opts, 0, 0, line.s ? line.s : "");
    pxk_text_done(&line);
}

void pxk_report_text(const struct pxk_tracker *t, const struct pxk_diagnosis *d, const struct pxk_report_opts *opts,
                     struct pxk_text *out)
{
    unsigned lost = pxk_tracker_untracked(t);
    head(d, opts, out);
    pxk_text_add(out, "\n");
    steps(d, opts, out);
    report_clients(d, opts, out);
    report_findings(d, opts, out);
    if (lost)
        pxk_text_addf(out, "\n%u more clients were not followed: too many.\n", lost);
    tail(d, opts, out);
}
