/* Expectations over one client. */
#include <string.h>

#include "judge_int.h"

static void say_range(const struct pxk_conf_range *r, struct pxk_text *out)
{
    char a[PXK_IP4_STRLEN], b[PXK_IP4_STRLEN];
    pxk_text_add(out, pxk_ip4_text(r->first, a));
    if (r->last != r->first)
        pxk_text_addf(out, "-%s", pxk_ip4_text(r->last, b));
}

static void judge_boots(struct judge *j, const struct subject *who, bool want, unsigned line)
{
    bool boots = json_is_true(json_object_get(who->report, "boots"));
    const char *outcome = text_of(who->report, "outcome");
    struct check c;
    check_begin(&c, line, "%s: boots", who->name);
    pxk_text_add(&c.expected, want ? "true" : "false");
    pxk_text_add(&c.seen, boots ? "true" : "false");
    if (boots != want && *outcome)
        pxk_text_addf(&c.seen, ": %s", outcome);
    c.frame = boots != want ? finding_frame(j, NULL, who->mac) : 0;
    check_end(j, &c, boots == want);
}

/* A regular expression over what it boots. */
static void judge_boot_text(struct judge *j, const struct subject *who, const char *key,
                            const char *want, unsigned line)
{
    const json_t *v = json_object_get(json_object_get(who->report, "boot"), key);
    const char *s = json_is_string(v) ? json_string_value(v) : "";
    struct pattern p;
    struct check c;
    size_t at = 0, end;
    pattern_make(&p, want);
    bool fits = json_is_string(v) && pattern_fits(&p, s, strlen(s), 0, &at, &end);
    check_begin(&c, line, "%s: %s", who->name, key);
    pxk_text_addf(&c.expected, "/%s/", want);
    if (!p.good)
        pxk_text_addf(&c.seen, "not a regular expression: %s", p.why);
    else
        pxk_text_add(&c.seen, json_is_string(v) ? s : "none");
    c.at = fits ? at : 0;
    check_end(j, &c, fits);
    pattern_done(&p);
}

static void judge_address(struct judge *j, const struct subject *who,
                          const struct pxk_conf_range *want, unsigned line)
{
    const char *address = text_of(who->report, "address");
    pxk_ip4 ip = 0;
    struct check c;
    bool fits = pxk_ip4_parse(address, &ip) == PXK_OK && ip >= want->first && ip <= want->last;
    check_begin(&c, line, "%s: address", who->name);
    say_range(want, &c.expected);
    pxk_text_add(&c.seen, *address ? address : "none");
    check_end(j, &c, fits);
}

/* ---- counts ---- */

static void judge_retransmissions(struct judge *j, const struct subject *who, const json_t *counts,
                                  unsigned most, unsigned line)
{
    const json_t *v = json_object_get(counts, "repeats");
    struct check c;
    check_begin(&c, line, "%s: retransmissions", who->name);
    pxk_text_addf(&c.expected, "at most %u", most);
    if (json_is_integer(v))
        value_text(v, &c.seen);
    else
        pxk_text_add(&c.seen, "not counted");
    check_end(j, &c, json_is_integer(v) && json_integer_value(v) <= (json_int_t)most);
}

static void judge_within(struct judge *j, const struct subject *who, const json_t *counts,
                         pxk_usec most, unsigned line)
{
    const json_t *v = json_object_get(counts, "seconds");
    double seconds = json_number_value(v);
    struct check c;
    check_begin(&c, line, "%s: within", who->name);
    pxk_text_addf(&c.expected, "%.6g s", (double)most / 1e6);
    if (json_is_number(v))
        pxk_text_addf(&c.seen, "%.6g s", seconds);
    else
        pxk_text_add(&c.seen, counts ? "it loaded no file" : "not counted");
    check_end(j, &c, json_is_number(v) && seconds <= (double)most / 1e6);
}

/* ---- all of it ---- */

static bool asks_report(const struct pxk_scn_client_expect *w)
{
    bool any = w->boots_given || w->reached.word.n || w->findings.given || w->includes.given ||
               w->excludes.given || w->files.n || w->kernel || w->cmdline || w->address.last;
    for (unsigned i = 0; i < PXK_STEP_N; i++)
        any |= w->step[i].word.n > 0;
    return any;
}

static void judge_report(struct judge *j, const struct subject *who,
                         const struct pxk_scn_client_expect *w)
{
    char what[PXK_SCN_NAME_MAX + 32];
    const struct names_asked names = {&w->findings, &w->includes, &w->excludes};
    if (w->boots_given)
        judge_boots(j, who, w->boots, w->line);
    pxk_fmt(what, sizeof what, "%s: reached", who->name);
    judge_word(j, what, &w->reached, text_of(who->report, "reached"));
    for (unsigned i = 0; i < PXK_STEP_N; i++)
        judge_step(j, who->name, who->mac, json_object_get(who->report, "steps"), i, &w->step[i]);
    judge_findings(j, who->name, who->mac, &names);
    for (size_t i = 0; i < w->files.n; i++)
        judge_client_file(j, who, &w->files.at[i]);
    if (w->kernel)
        judge_boot_text(j, who, "kernel", w->kernel, w->line);
    if (w->cmdline)
        judge_boot_text(j, who, "cmdline", w->cmdline, w->line);
    if (w->address.last)
        judge_address(j, who, &w->address, w->line);
}

static void judge_nobody(struct judge *j, const struct subject *who, unsigned line)
{
    struct check c;
    check_begin(&c, line, "%s: in the report", who->name);
    pxk_text_add(&c.expected, "yes");
    pxk_text_add(&c.seen, j->report ? "nothing was seen of this client" : "no report");
    check_end(j, &c, false);
}

void judge_client(struct judge *j, const struct subject *who, const struct pxk_scn_client_expect *w)
{
    char what[PXK_SCN_NAME_MAX + 32];
    const json_t *counts = json_object_get(json_object_get(j->seen, "counts"), who->name);
    if (asks_report(w) && who->report)
        judge_report(j, who, w);
    else if (asks_report(w))
        judge_nobody(j, who, w->line);
    if (w->retransmissions_given)
        judge_retransmissions(j, who, counts, w->retransmissions, w->line);
    if (w->within)
        judge_within(j, who, counts, w->within, w->line);
    pxk_fmt(what, sizeof what, "%s: events", who->name);
    if (w->events.n)
        judge_sequence(j, what, who, w->events.at, w->events.n, w->line);
    for (size_t i = 0; i < w->never.n; i++)
        judge_never(j, who, w->never.at[i], w->line);
    if (w->serial.n)
        judge_serial(
            j, who->name,
            json_string_value(json_object_get(json_object_get(j->seen, "serial"), who->name)),
            w->serial.at, w->serial.n, w->line);
}
