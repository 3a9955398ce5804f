/* What was seen, as the `expect:` block of a scenario file. */
#include <ctype.h>
#include <string.h>

#include "judge_int.h"

#define PROBE_STAYS (60 * PXK_SEC) /* the default, which nobody needs to write */

/* A YAML scalar: words as they are, all else quoted. */
static void put_word(struct pxk_text *out, const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    if (*s && isalpha((unsigned char)*s) && s[strspn(s, plain)] == '\0') {
        pxk_text_add(out, s);
        return;
    }
    pxk_text_add(out, "\"");
    for (; *s; s++)
        if (*s == '"' || *s == '\\' || !isprint((unsigned char)*s))
            pxk_text_addf(out, "\\x%02x", (unsigned char)*s);
        else
            pxk_text_add_n(out, s, 1);
    pxk_text_add(out, "\"");
}

static bool is_healthy(const struct pxk_scenario *s, const json_t *seen, const json_t *report)
{
    struct judge j = {.s = s, .seen = seen, .report = report, .checks = json_array()};
    judge_healthy(&j, 0);
    json_decref(j.checks);
    return j.bad == 0;
}

static void put_steps(const json_t *report, struct pxk_text *out)
{
    const json_t *step;
    size_t i;
    if (!json_array_size(json_object_get(report, "steps")))
        return;
    pxk_text_add(out, "  steps:\n");
    json_array_foreach(json_object_get(report, "steps"), i, step)
    {
        pxk_text_addf(out, "    ");
        put_word(out, text_of(step, "step"));
        pxk_text_add(out, ": ");
        put_word(out, text_of(step, "verdict"));
        pxk_text_add(out, "\n");
    }
}

/* Failures and warnings; a note that comes first would be expected as the first, so it is not told.
 */
static void put_findings(const struct judge *j, const char *indent, struct pxk_text *out)
{
    json_t *there = findings_by_name(j, NULL), *f;
    const char *name, *sep = "";
    pxk_text_addf(out, "%sfindings: [", indent);
    json_object_foreach(there, name, f)
    {
        if (!finding_counts(f))
            continue;
        pxk_text_add(out, sep);
        put_word(out, name);
        sep = ", ";
    }
    pxk_text_add(out, "]\n");
    json_decref(there);
}

/* A client that was told where to stop may have come further, which the file must not expect. */
static bool is_beyond(const struct pxk_scn_client *k, const char *reached)
{
    int m = 0;
    while (m < PXK_MILESTONE_N && strcmp(pxk_milestone_key((enum pxk_milestone)m), reached) != 0)
        m++;
    return m == PXK_MILESTONE_N || (k->until && m > k->until);
}

static void put_clients(const struct judge *j, struct pxk_text *out)
{
    bool any = false;
    for (size_t i = 0; i < j->s->clients.n; i++) {
        struct subject who = subject_of(j, j->s->clients.at[i].name);
        const char *reached = text_of(who.report, "reached");
        if (!who.report)
            continue;
        pxk_text_add(out, any ? "" : "  clients:\n");
        pxk_text_add(out, "    - client: ");
        put_word(out, who.name);
        pxk_text_addf(out, "\n      boots: %s\n",
                      json_is_true(json_object_get(who.report, "boots")) ? "true" : "false");
        if (!is_beyond(&j->s->clients.at[i], reached))
            pxk_text_addf(out, "      reached: %s\n", reached);
        any = true;
    }
}

/* What a passive watcher said, where the file asked for it. */
static void put_probe(const struct pxk_scenario *s, const json_t *seen, const json_t *emulated, struct pxk_text *out)
{
    const struct pxk_scn_probe_expect *e = &s->expect.probe;
    const json_t *said = json_object_get(seen, "probe"), *report = json_object_get(said, "report");
    struct judge p = {.s = s, .seen = seen, .report = report};
    if (!e->given || !report)
        return;
    const char *first = first_counting(report);
    bool same = emulated && strcmp(first, first_counting(emulated)) == 0;
    pxk_text_add(out, "  probe:\n    first: ");
    put_word(out, same ? "same" : first);
    pxk_text_add(out, "\n");
    put_findings(&p, "    ", out);
    if (e->at) {
        pxk_text_add(out, "    at: ");
        put_word(out, e->at);
        pxk_text_add(out, "\n");
    }
    if (e->stays != PROBE_STAYS)
        pxk_text_addf(out, "    stays: %llums\n", (unsigned long long)(e->stays / PXK_MSEC));
}

void pxk_judge_write(const struct pxk_scenario *s, const json_t *seen, struct pxk_text *out)
{
    const json_t *report = json_object_get(seen, "report");
    struct judge j = {.s = s, .seen = seen, .report = json_is_object(report) ? report : NULL};
    if (!j.report && !s->expect.probe.given) {
        pxk_text_add(out, "expect: {}\n"); /* nobody was to boot */
        return;
    }
    pxk_text_add(out, "expect:\n");
    if (j.report && is_healthy(s, seen, j.report)) {
        pxk_text_add(out, "  healthy: true\n");
    } else if (j.report) {
        put_steps(j.report, out);
        put_findings(&j, "  ", out);
        put_clients(&j, out);
    }
    put_probe(s, seen, j.report, out);
}
