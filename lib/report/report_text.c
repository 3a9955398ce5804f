/* The report for people: a head line, the five steps, the clients, the findings, one last line. */
#include <string.h>

#include "report_int.h"

#define STEP_INDENT 22 /* " 1 Connectivity  ok    " */

static void head(const struct pxk_diagnosis *d, const struct pxk_report_opts *opts,
                 struct pxk_text *out)
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

static void steps(const struct pxk_diagnosis *d, const struct pxk_report_opts *opts,
                  struct pxk_text *out)
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

struct tally {
    size_t n, fail, chance, under_way;
    enum pxk_milestone goal; /* they were told to go so far and no further; NONE: all the way */
};

static struct tally count(const struct pxk_diagnosis *d)
{
    struct tally t = {.n = d->clients.n};
    for (size_t i = 0; i < t.n; i++) {
        const struct pxk_client_verdict *c = &d->clients.at[i];
        bool failed = c->failures != 0;
        for (unsigned s = 0; s < PXK_STEP_N; s++)
            failed |= c->step[s] == PXK_VERDICT_FAIL;
        bool chance = failed && pxk_str_starts(c->outcome, "boots");
        t.chance += chance;
        t.fail += failed && !chance;
        t.under_way += !failed && !c->boots;
        if (c->session->facts.until < PXK_MILESTONE_INSTALL)
            t.goal = c->session->facts.until;
    }
    return t;
}

void report_sentence(const struct pxk_diagnosis *d, struct pxk_text *line)
{
    struct tally all = count(d), *t = &all;
    if (!t->n)
        pxk_text_add(line, "No client was seen.");
    else if (t->n == 1)
        pxk_text_add(line, t->fail        ? "The client cannot boot."
                           : t->chance    ? "The client boots by chance only."
                           : t->under_way ? "The client was not seen to the end."
                           : t->goal      ? "The client came as far as asked."
                                          : "The client boots.");
    else if (t->fail)
        pxk_text_addf(line, "%zu of %zu clients cannot boot.", t->fail, t->n);
    else if (t->chance)
        pxk_text_addf(line, "%zu of %zu clients boot by chance only.", t->chance, t->n);
    else if (t->under_way)
        pxk_text_addf(line, "%u of %zu clients boot; %zu not seen to the end.", d->boots, t->n,
                      t->under_way);
    else if (t->goal)
        pxk_text_addf(line, "%s clients came as far as asked.", t->n == 2 ? "Both" : "All");
    else if (t->n == 2)
        pxk_text_add(line, "Both clients boot.");
    else
        pxk_text_addf(line, "All %zu clients boot.", t->n);
}

static void tail(const struct pxk_diagnosis *d, const struct pxk_report_opts *opts,
                 struct pxk_text *out)
{
    struct pxk_text line = {0};
    report_sentence(d, &line);
    if (d->warnings)
        pxk_text_addf(&line, " %u warning%s.", d->warnings, d->warnings == 1 ? "" : "s");
    if (opts->seconds > 0)
        pxk_text_addf(&line, " Took %.1f s.", opts->seconds);
    pxk_text_add(out, "\n");
    text_wrap(out, opts, 0, 0, line.s ? line.s : "");
    pxk_text_done(&line);
}

void pxk_report_text(const struct pxk_tracker *t, const struct pxk_diagnosis *d,
                     const struct pxk_report_opts *opts, struct pxk_text *out)
{
    unsigned lost = pxk_tracker_untracked(t);
    head(d, opts, out);
    pxk_text_add(out, "\n");
    steps(d, opts, out);
    report_clients(d, opts, out);
    report_findings(d, opts, out);
    if (opts->past)
        pxk_report_past(opts->past, opts, out);
    if (lost)
        pxk_text_addf(out, "\n%u more clients were not followed: too many.\n", lost);
    tail(d, opts, out);
}
