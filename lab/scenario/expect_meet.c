/* Expectations that cannot be met together, or not by this case: better told now than after each run. */
#include <string.h>

#include "scn_int.h"

static bool has_word(const struct pxk_scn_alternatives *a, const char *word)
{
    for (size_t i = 0; i < a->word.n; i++)
        if (strcmp(a->word.at[i], word) == 0)
            return true;
    return false;
}

/* Asked for, and @word is none of the alternatives. */
static bool rules_out(const struct pxk_scn_alternatives *a, const char *word)
{
    return a->word.n && !has_word(a, word);
}

/* Is one of "a|b" among the names? */
static bool names_have(const struct pxk_scn_names *n, const char *alternatives)
{
    char part[64];
    for (const char *at = alternatives; at && scn_part(&at, '|', part, sizeof part);)
        for (size_t i = 0; i < n->name.n; i++)
            if (n->name.at[i] && scn_has_part(n->name.at[i], '|', part))
                return true;
    return false;
}

/* Only notes: `findings` does not count them. */
static bool is_note(const char *alternatives)
{
    char part[64];
    bool note = true;
    for (const char *at = alternatives; at && scn_part(&at, '|', part, sizeof part);) {
        const struct pxk_finding_row *row = pxk_finding_find(part);
        note = note && row && row->severity == PXK_SEVERITY_NOTE;
    }
    return note;
}

/* Every alternative of "a|b" is excluded. */
static bool all_excluded(const struct pxk_scn_names *excludes, const char *alternatives)
{
    char part[64];
    for (const char *at = alternatives; at && scn_part(&at, '|', part, sizeof part);) {
        bool found = false;
        for (size_t i = 0; i < excludes->name.n && !found; i++)
            found = excludes->name.at[i] && strcmp(excludes->name.at[i], part) == 0;
        if (!found)
            return false;
    }
    return true;
}

/* The three lists of one place. */
static void names_meet(struct pxk_conf *c, const struct pxk_scn_names *findings, const struct pxk_scn_names *includes,
                       const struct pxk_scn_names *excludes)
{
    for (size_t i = 0; i < findings->name.n; i++) {
        char *const *name = &findings->name.at[i];
        if (*name && is_note(*name))
            pxk_conf_error(c, name, "%s is only a note, which findings does not count, expected it in includes", *name);
        else if (*name && all_excluded(excludes, *name))
            pxk_conf_error(c, name, "%s is among findings and in excludes", *name);
    }
    for (size_t i = 0; i < includes->name.n; i++) {
        char *const *name = &includes->name.at[i];
        if (*name && all_excluded(excludes, *name))
            pxk_conf_error(c, name, "%s is in includes and in excludes", *name);
        else if (*name && findings->given && !is_note(*name) && !names_have(findings, *name))
            pxk_conf_error(c, name, "findings names exactly what is found, and %s is not among them", *name);
    }
}

static void healthy_meet(struct pxk_conf *c, const struct pxk_scn_expect *e)
{
    if (!e->healthy)
        return;
    for (size_t i = 0; i < PXK_STEP_N; i++)
        if (rules_out(&e->step[i], "pass"))
            pxk_conf_error(c, &e->healthy, "healthy means that every step passes, but %s is expected not to (line %u)",
                           pxk_step_key((enum pxk_step)i), e->step[i].line);
    if (e->findings.name.n)
        pxk_conf_error(c, &e->healthy, "healthy means no failure and no warning, but findings has some (line %u)",
                       e->findings.line);
    if (e->exit_given && e->exit)
        pxk_conf_error(c, &e->exit, "a healthy network ends with exit 0");
    for (size_t i = 0; i < e->clients.n; i++) {
        const struct pxk_scn_client_expect *k = &e->clients.at[i];
        if (k->boots_given && !k->boots)
            pxk_conf_error(c, &k->boots, "this client is expected not to boot, but healthy means that all do");
        if (k->findings.name.n)
            pxk_conf_error(c, &k->findings.name, "healthy means no failure and no warning of any client");
        for (size_t j = 0; j < PXK_STEP_N; j++)
            if (rules_out(&k->step[j], "pass"))
                pxk_conf_error(c, &e->healthy, "healthy means that every step passes, but %s is expected not to (line %u)",
                               pxk_step_key((enum pxk_step)j), k->step[j].line);
    }
}

static void exit_meet(struct pxk_conf *c, const struct pxk_scn_expect *e)
{
    for (size_t i = 0; i < PXK_STEP_N && e->exit_given && e->exit == 0; i++)
        if (has_word(&e->step[i], "fail") && e->step[i].word.n == 1)
            pxk_conf_error(c, &e->exit, "exit 0 means that no step fails, but %s is expected to (line %u)",
                           pxk_step_key((enum pxk_step)i), e->step[i].line);
    if (e->exit_given && e->exit == 2)
        pxk_conf_error(c, &e->exit, "a check that was made does not end with exit 2, expected 0, 1 or 3");
}

static bool is_finding(const char *word)
{
    return pxk_finding_find(word) != NULL;
}

static void first_meet(struct pxk_conf *c, const struct pxk_scn_alternatives *first, const struct pxk_scn_names *findings)
{
    bool possible = !first->word.n || !findings->given;
    for (size_t i = 0; i < first->word.n && !possible; i++)
        possible = names_have(findings, first->word.at[i]) || is_note(first->word.at[i]) || !is_finding(first->word.at[i]);
    if (!possible)
        pxk_conf_error(c, &first->word, "the first finding is expected to be %s, which findings does not have (line %u)",
                       first->word.at[0], findings->line);
}

static void probe_meet(struct pxk_conf *c, const struct pxk_scn_probe_expect *p)
{
    first_meet(c, &p->first, &p->findings);
    names_meet(c, &p->findings, &p->includes, &p->excludes);
    if (p->first.word.n == 1 && has_word(&p->first, "none") && p->findings.name.n)
        pxk_conf_error(c, &p->first.word, "none means no failure and no warning, but findings has some (line %u)",
                       p->findings.line);
}

/* ---- per client ---- */

static bool milestone_find(const char *word, enum pxk_milestone *out)
{
    for (int m = 0; m < PXK_MILESTONE_N; m++)
        if (strcmp(pxk_milestone_key((enum pxk_milestone)m), word) == 0) {
            *out = (enum pxk_milestone)m;
            return true;
        }
    return false;
}

/* How far the client is to come. */
static enum pxk_milestone goal_of(const struct pxk_scn_client *k)
{
    return k->until && k->until < PXK_MILESTONE_INSTALL ? (enum pxk_milestone)k->until : PXK_MILESTONE_INITRD;
}

/* Furthest and nearest of the alternatives. */
static void reached_bounds(const struct pxk_scn_alternatives *a, enum pxk_milestone *low, enum pxk_milestone *high)
{
    *low = PXK_MILESTONE_INSTALL;
    *high = PXK_MILESTONE_NONE;
    for (size_t i = 0; i < a->word.n; i++) {
        enum pxk_milestone m;
        if (!milestone_find(a->word.at[i], &m))
            continue;
        *low = m < *low ? m : *low;
        *high = m > *high ? m : *high;
    }
}

static bool reached_meet(struct pxk_conf *c, const struct pxk_scn_client_expect *e, const struct pxk_scn_client *k)
{
    enum pxk_milestone low, high, goal = goal_of(k);
    if (!e->reached.word.n)
        return true;
    reached_bounds(&e->reached, &low, &high);
    bool short_of = e->boots && high < goal, beyond = k->until && !k->firmware && low > (enum pxk_milestone)k->until;
    if (short_of)
        pxk_conf_error(c, &e->reached.word, "a client that boots reaches %s at least, not only %s",
                       pxk_milestone_key(goal), pxk_milestone_key(high));
    if (beyond)
        pxk_conf_error(c, &e->reached.word, "%s stops at %s (until), it does not reach %s", k->name,
                       pxk_milestone_key((enum pxk_milestone)k->until), pxk_milestone_key(low));
    return !short_of && !beyond;
}

static bool files_meet(struct pxk_conf *c, const struct pxk_scn_client_expect *e, const struct pxk_scn_client *k)
{
    bool ok = true;
    if (!k->until || k->firmware || k->until >= PXK_MILESTONE_KERNEL)
        return true;
    const char *until = pxk_milestone_key((enum pxk_milestone)k->until);
    for (size_t i = 0; i < e->files.n && k->until < PXK_MILESTONE_LOADER; i++) {
        if (e->files.at[i].state == 2)
            continue;
        pxk_conf_error(c, &e->files.at[i].path, "%s stops at %s (until), it asks for no file", k->name, until);
        ok = false;
    }
    if (e->kernel || e->cmdline)
        pxk_conf_error(c, e->kernel ? &e->kernel : &e->cmdline, "%s stops at %s (until), it has no kernel", k->name, until);
    return ok && !e->kernel && !e->cmdline;
}

/* Can this client meet it? */
static bool client_meet(struct pxk_conf *c, const struct pxk_scn_client_expect *e, const struct pxk_scn_client *k)
{
    if (!k->name)
        return true;
    bool ok = reached_meet(c, e, k);
    ok = files_meet(c, e, k) && ok;
    if (!e->serial.n || k->firmware)
        return ok;
    pxk_conf_error(c, &e->serial, "%s is emulated, it has no serial console (firmware: bios or uefi has)", k->name);
    return false;
}

/* What a client may have, the network must be allowed to have. */
static void client_names_meet(struct pxk_conf *c, const struct pxk_scn_expect *e, const struct pxk_scn_client_expect *k)
{
    names_meet(c, &k->findings, &k->includes, &k->excludes);
    for (size_t i = 0; i < k->findings.name.n; i++) {
        char *const *name = &k->findings.name.at[i];
        if (*name && e->findings.given && !names_have(&e->findings, *name))
            pxk_conf_error(c, name, "findings of the network (line %u) names exactly what is found, and %s is not among them",
                           e->findings.line, *name);
        else if (*name && all_excluded(&e->excludes, *name))
            pxk_conf_error(c, name, "%s is excluded for the network (line %u)", *name, e->excludes.line);
    }
    for (size_t i = 0; i < PXK_STEP_N; i++)
        if (k->boots && has_word(&k->step[i], "fail") && k->step[i].word.n == 1)
            pxk_conf_error(c, &k->boots, "a client that boots fails no step, but %s is expected to (line %u)",
                           pxk_step_key((enum pxk_step)i), k->step[i].line);
}

void scn_expect_meet(struct pxk_conf *c, const struct pxk_scenario *s)
{
    const struct pxk_scn_expect *e = &s->expect;
    healthy_meet(c, e);
    exit_meet(c, e);
    first_meet(c, &e->first, &e->findings);
    probe_meet(c, &e->probe);
    names_meet(c, &e->findings, &e->includes, &e->excludes);
    for (size_t i = 0; i < e->clients.n; i++) {
        const struct pxk_scn_client_expect *k = &e->clients.at[i];
        bool every = !pxk_conf_written(c, &k->client), ok = true;
        client_names_meet(c, e, k);
        for (size_t j = 0; j < s->clients.n && ok; j++) /* of several that cannot, one is told */
            if (every || scn_client(s, k->client) == &s->clients.at[j])
                ok = client_meet(c, k, &s->clients.at[j]);
    }
}
