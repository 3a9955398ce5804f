/* Expectations of a passive watcher: the same forms, over the report that it makes of the packets alone. */
#include <string.h>

#include "judge_int.h"

const char *first_counting(const json_t *report)
{
    const json_t *f;
    size_t i;
    json_array_foreach(json_object_get(report, "findings"), i, f)
    {
        if (finding_counts(f))
            return text_of(f, "name");
    }
    return "none";
}

static bool first_fits(const struct judge *emulated, const struct judge *probe, const char *word)
{
    const char *first = first_counting(probe->report);
    if (strcmp(word, "same") == 0)
        return emulated->report && strcmp(first, first_counting(emulated->report)) == 0;
    if (strcmp(word, "none") == 0)
        return strcmp(first, word) == 0;
    return strcmp(word, text_of(json_array_get(json_object_get(probe->report, "findings"), 0), "name")) == 0;
}

static void judge_first(const struct judge *emulated, struct judge *probe, const struct pxk_scn_alternatives *want)
{
    struct check c;
    bool fits = false;
    if (!want->word.n)
        return;
    check_begin(&c, want->line, "first finding");
    for (size_t i = 0; i < want->word.n; i++) {
        const char *word = want->word.at[i];
        list_add(&c.expected, " or ", word);
        if (strcmp(word, "same") == 0)
            pxk_text_addf(&c.expected, " (%s)", emulated->report ? first_counting(emulated->report) : "no report");
        fits |= probe->report && first_fits(emulated, probe, word);
    }
    const json_t *first = json_array_get(json_object_get(probe->report, "findings"), 0);
    pxk_text_add(&c.seen, !probe->report ? "no report" : first ? text_of(first, "name") : "none");
    c.frame = finding_frame(probe, NULL, NULL);
    check_end(probe, &c, fits);
}

void judge_probe(struct judge *j, const struct pxk_scn_probe_expect *want)
{
    const json_t *seen = json_object_get(j->seen, "probe"), *report = json_object_get(seen, "report");
    struct judge p = {.s = j->s, .seen = j->seen, .report = json_is_object(report) ? report : NULL, .checks = j->checks,
                      .about = "probe", .elsewhere = *text_of(seen, "at") != '\0'};
    if (!want->given)
        return;
    judge_first(j, &p, &want->first);
    for (unsigned i = 0; i < PXK_STEP_N; i++)
        judge_step(&p, NULL, NULL, json_object_get(p.report, "steps"), i, &want->step[i]);
    judge_findings(&p, NULL, NULL, &(struct names_asked){&want->findings, &want->includes, &want->excludes});
    for (size_t i = 0; i < want->clients.n; i++)
        judge_clients_of(&p, &want->clients.at[i]);
    for (size_t i = 0; i < want->report.n; i++)
        judge_value(&p, "report", p.report, &want->report.at[i]);
    j->bad += p.bad;
}
