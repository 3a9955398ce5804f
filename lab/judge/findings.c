/* Expectations over findings: exactly these, these among others, none of these. Notes count only
 * where they are named. */
#include <string.h>

#include "judge_int.h"

/* @name is one of the names of "a|b". */
static bool is_one_of(const char *alternatives, const char *name)
{
    size_t len = strlen(name);
    for (const char *p = alternatives; *p; p += *p == '|') {
        size_t n = strcspn(p, "|");
        if (n == len && memcmp(p, name, n) == 0)
            return true;
        p += n;
    }
    return false;
}

static bool is_named(const struct pxk_scn_names *want, const char *name)
{
    for (size_t i = 0; i < want->name.n; i++)
        if (is_one_of(want->name.at[i], name))
            return true;
    return false;
}

bool finding_counts(const json_t *finding)
{
    const char *severity = text_of(finding, "severity");
    return strcmp(severity, "failure") == 0 || strcmp(severity, "warning") == 0;
}

json_t *findings_by_name(const struct judge *j, const char *mac)
{
    json_t *all = json_object();
    json_t *f;
    size_t i;
    json_array_foreach(json_object_get(j->report, "findings"), i, f)
    {
        const char *name = text_of(f, "name");
        const json_t *there = json_object_get(all, name);
        if (mac && strcmp(text_of(f, "client"), mac) != 0)
            continue;
        /* The report has the worst first; a report that has not is judged alike. */
        if (*name && (!there || (!finding_counts(there) && finding_counts(f))))
            (void)json_object_set(all, name, f);
    }
    return all;
}

static json_int_t first_frame(const json_t *finding)
{
    return json_integer_value(json_array_get(json_object_get(finding, "frames"), 0));
}

json_int_t finding_frame(const struct judge *j, const char *step, const char *mac)
{
    const json_t *f;
    size_t i;
    json_array_foreach(json_object_get(j->report, "findings"), i, f)
    {
        if ((!step || strcmp(text_of(f, "step"), step) == 0) &&
            (!mac || strcmp(text_of(f, "client"), mac) == 0))
            return first_frame(f);
    }
    return 0;
}

/* ---- one list ---- */

enum mode { EXACTLY, INCLUDES, EXCLUDES };

/* What there is, sorted by what it means for the expectation. */
struct sorted {
    struct pxk_text fit, other, missing;
    size_t others, missed, fits;
    json_int_t fit_frame, other_frame;
};

static void sort_there(json_t *there, const struct pxk_scn_names *want, enum mode mode,
                       struct sorted *out)
{
    const char *name;
    json_t *f;
    json_object_foreach(there, name, f)
    {
        if (is_named(want, name)) {
            list_add(&out->fit, ", ", name);
            if (!out->fits++)
                out->fit_frame = first_frame(f);
        } else if (mode == INCLUDES || finding_counts(f)) {
            list_add(&out->other, ", ", name);
            if (!out->others++)
                out->other_frame = first_frame(f);
        }
    }
}

static void sort_missing(json_t *there, const struct pxk_scn_names *want, struct sorted *out)
{
    for (size_t i = 0; i < want->name.n; i++) {
        const char *name;
        json_t *f;
        bool found = false;
        json_object_foreach(there, name, f)
        {
            found |= is_one_of(want->name.at[i], name);
        }
        if (!found) {
            list_add(&out->missing, ", ", want->name.at[i]);
            out->missed++;
        }
    }
}

static void say(struct pxk_text *t, const char *label, const struct pxk_text *names)
{
    if (!names->len)
        return;
    if (t->len)
        pxk_text_add(t, "; ");
    pxk_text_addf(t, "%s%s", label, names->s);
}

static bool settle(struct check *c, const struct sorted *s, enum mode mode)
{
    switch (mode) {
    case EXACTLY:
        say(&c->seen, "", &s->fit);
        say(&c->seen, "not expected: ", &s->other);
        say(&c->seen, "missing: ", &s->missing);
        c->frame = s->others ? s->other_frame : s->fit_frame;
        break;
    case INCLUDES:
        say(&c->seen, "", &s->fit);
        say(&c->seen, "missing: ", &s->missing);
        if (s->missed)
            say(&c->seen, "others: ", &s->other);
        c->frame = s->fit_frame;
        break;
    case EXCLUDES:
        say(&c->seen, "", &s->fit);
        c->frame = s->fit_frame;
        break;
    }
    if (!c->seen.len)
        pxk_text_add(&c->seen, "none");
    return mode == EXCLUDES ? !s->fits : !s->missed && (mode == INCLUDES || !s->others);
}

static void judge_names(struct judge *j, const char *who, json_t *there,
                        const struct pxk_scn_names *want, enum mode mode)
{
    static const char *const words[] = {"findings", "findings include", "findings exclude"};
    struct sorted s = {0};
    struct check c;
    if (!want->given)
        return;
    check_begin(&c, want->line, "%s%s%s", who ? who : "", who ? ": " : "", words[mode]);
    for (size_t i = 0; i < want->name.n; i++)
        list_add(&c.expected, ", ", want->name.at[i]);
    if (!want->name.n)
        pxk_text_add(&c.expected, "none");
    sort_there(there, want, mode, &s);
    if (mode != EXCLUDES)
        sort_missing(there, want, &s);
    bool ok = j->report && settle(&c, &s, mode);
    if (!j->report)
        pxk_text_add(&c.seen, "no report");
    check_end(j, &c, ok);
    pxk_text_done(&s.fit);
    pxk_text_done(&s.other);
    pxk_text_done(&s.missing);
}

void judge_findings(struct judge *j, const char *who, const char *mac, const struct names_asked *a)
{
    json_t *there = findings_by_name(j, mac);
    judge_names(j, who, there, a->exactly, EXACTLY);
    judge_names(j, who, there, a->includes, INCLUDES);
    judge_names(j, who, there, a->excludes, EXCLUDES);
    json_decref(there);
}
