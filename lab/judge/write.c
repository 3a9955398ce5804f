/* What was seen, as the `expect:` block of a scenario file. */
#include <ctype.h>
#include <string.h>

#include "judge_int.h"

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
    struct judge j = {s, seen, report, json_array(), 0};
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
static void put_findings(const struct judge *j, struct pxk_text *out)
{
    json_t *there = findings_by_name(j, NULL), *f;
    const char *name, *sep = "";
    pxk_text_add(out, "  findings: [");
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

void pxk_judge_write(const struct pxk_scenario *s, const json_t *seen, struct pxk_text *out)
{
    const json_t *report = json_object_get(seen, "report");
    struct judge j = {s, seen, json_is_object(report) ? report : NULL, NULL, 0};
    if (!j.report) {
        pxk_text_add(out, "expect: {}\n"); /* nobody was to boot */
        return;
    }
    pxk_text_add(out, "expect:\n");
    if (is_healthy(s, seen, j.report)) {
        pxk_text_add(out, "  healthy: true\n");
        return;
    }
    put_steps(j.report, out);
    put_findings(&j, out);
    put_clients(&j, out);
}
