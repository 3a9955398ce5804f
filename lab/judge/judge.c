/* Every expectation of a case against what was seen of it. */
#include <string.h>

#include "judge_int.h"

#define FINDINGS_TOLD 20 /* of a case that was to be healthy */

/* ---- words ---- */

void judge_word(struct judge *j, const char *what, const struct pxk_scn_alternatives *want,
                const char *seen)
{
    struct check c;
    bool fits = false;
    if (!want->word.n)
        return;
    check_begin(&c, want->line, "%s", what);
    for (size_t i = 0; i < want->word.n; i++) {
        list_add(&c.expected, " or ", want->word.at[i]);
        fits |= strcmp(want->word.at[i], seen) == 0;
    }
    pxk_text_add(&c.seen, *seen ? seen : "none");
    check_end(j, &c, fits);
}

static const json_t *step_in(const json_t *steps, const char *key)
{
    const json_t *step;
    size_t i;
    json_array_foreach(steps, i, step)
    {
        if (strcmp(text_of(step, "step"), key) == 0)
            return step;
    }
    return NULL;
}

/* What a step came to; why, where that is not what was expected. */
static void say_step(const struct judge *j, const json_t *step, bool fits, struct pxk_text *out)
{
    const char *verdict = text_of(step, "verdict"), *why = text_of(step, "why");
    if (*verdict)
        pxk_text_add(out, verdict);
    else
        pxk_text_add(out, j->report ? "no such step" : "no report");
    if (!fits && *why)
        pxk_text_addf(out, ": %s", why);
}

void judge_step(struct judge *j, const char *who, const char *mac, const json_t *steps,
                unsigned step, const struct pxk_scn_alternatives *want)
{
    const char *key = pxk_step_key((enum pxk_step)step);
    const json_t *there = step_in(steps, key);
    struct check c;
    bool fits = false;
    if (!want->word.n)
        return;
    check_begin(&c, want->line, "%s%sstep %s", who ? who : "", who ? ": " : "", key);
    for (size_t i = 0; i < want->word.n; i++) {
        list_add(&c.expected, " or ", want->word.at[i]);
        fits |= strcmp(want->word.at[i], text_of(there, "verdict")) == 0;
    }
    say_step(j, there, fits, &c.seen);
    c.frame = fits ? 0 : finding_frame(j, key, mac);
    check_end(j, &c, fits);
}

/* ---- healthy ---- */

static void healthy_step(struct judge *j, const struct subject *who, unsigned step, unsigned line)
{
    const char *key = pxk_step_key((enum pxk_step)step);
    const json_t *there = step_in(json_object_get(who->report, "steps"), key);
    const char *verdict = text_of(there, "verdict");
    /* A client that was told to go only so far does not take the later steps. */
    bool asked_less = *text_of(who->report, "until") &&
                      json_is_true(json_object_get(who->report, "boots")) &&
                      strcmp(verdict, "unknown") == 0;
    struct check c;
    if (strcmp(verdict, "pass") == 0 || asked_less)
        return;
    check_begin(&c, line, "%s: step %s", who->name, key);
    pxk_text_add(&c.expected, "pass");
    say_step(j, there, false, &c.seen);
    c.frame = finding_frame(j, key, who->mac);
    check_end(j, &c, false);
}

static void healthy_client(struct judge *j, const struct subject *who, unsigned line)
{
    const char *outcome = text_of(who->report, "outcome");
    bool judged = strncmp(outcome, "not judged", strlen("not judged")) != 0;
    struct check c;
    for (unsigned i = 0; i < PXK_STEP_N; i++)
        healthy_step(j, who, i, line);
    if (judged)
        return;
    check_begin(&c, line, "%s: outcome", who->name);
    pxk_text_add(&c.expected, "judged to its end");
    pxk_text_add(&c.seen, outcome);
    check_end(j, &c, false);
}

/* Clients of the scenario that nothing was seen of, then those that something was seen of. */
static void healthy_clients(struct judge *j, unsigned line)
{
    const json_t *client;
    struct check c;
    size_t i;
    for (i = 0; i < j->s->clients.n; i++) {
        struct subject who = subject_of(j, j->s->clients.at[i].name);
        if (who.report)
            continue;
        check_begin(&c, line, "%s: in the report", who.name);
        pxk_text_add(&c.expected, "yes");
        pxk_text_add(&c.seen, j->report ? "nothing was seen of this client" : "no report");
        check_end(j, &c, false);
    }
    json_array_foreach(json_object_get(j->report, "clients"), i, client)
    {
        const char *mac = text_of(client, "mac");
        struct subject who = {name_of_mac(j, mac), mac, client};
        healthy_client(j, &who, line);
    }
}

static void healthy_findings(struct judge *j, unsigned line)
{
    const json_t *f;
    size_t i, n = 0;
    struct check c;
    json_array_foreach(json_object_get(j->report, "findings"), i, f)
    {
        if (!finding_counts(f) || n++ >= FINDINGS_TOLD)
            continue;
        const char *who = name_of_mac(j, text_of(f, "client"));
        check_begin(&c, line, "%s%sfinding %s", who, *who ? ": " : "", text_of(f, "name"));
        pxk_text_add(&c.expected, "none");
        pxk_text_addf(&c.seen, "%s: %s", text_of(f, "severity"), text_of(f, "seen"));
        c.frame = json_integer_value(json_array_get(json_object_get(f, "frames"), 0));
        check_end(j, &c, false);
    }
    if (n <= FINDINGS_TOLD)
        return;
    check_begin(&c, line, "findings");
    pxk_text_add(&c.expected, "none");
    pxk_text_addf(&c.seen, "%zu more", n - FINDINGS_TOLD);
    check_end(j, &c, false);
}

void judge_healthy(struct judge *j, unsigned line)
{
    size_t bad = j->bad, n = json_array_size(json_object_get(j->report, "clients"));
    struct check c;
    healthy_clients(j, line);
    healthy_findings(j, line);
    if (j->bad > bad)
        return;
    check_begin(&c, line, "healthy");
    pxk_text_add(&c.expected, "every step of every client passes, no failure, no warning");
    if (n)
        pxk_text_addf(&c.seen, "%zu client%s, as expected", n, n == 1 ? "" : "s");
    else
        pxk_text_add(&c.seen, "nobody booted");
    check_end(j, &c, n > 0);
}

/* ---- the network's ---- */

static void judge_exit(struct judge *j, int want, unsigned line)
{
    const json_t *v = json_object_get(j->seen, "exit");
    struct check c;
    check_begin(&c, line, "exit");
    pxk_text_addf(&c.expected, "%d", want);
    if (json_is_integer(v))
        value_text(v, &c.seen);
    else
        pxk_text_add(&c.seen, "none");
    check_end(j, &c, json_is_integer(v) && json_integer_value(v) == want);
}

static void judge_first(struct judge *j, const struct pxk_scn_alternatives *want)
{
    const json_t *first = json_array_get(json_object_get(j->report, "findings"), 0);
    judge_word(j, "first finding", want, text_of(first, "name"));
}

/* "bios" where there are bios-1, bios-2 ... means them all. */
static bool is_meant(const char *asked, const char *name)
{
    size_t n = strlen(asked);
    return strncmp(name, asked, n) == 0 && name[n] == '-' && name[n + 1] &&
           name[n + 1 + strspn(name + n + 1, "0123456789")] == '\0';
}

void judge_clients_of(struct judge *j, const struct pxk_scn_client_expect *want)
{
    bool exact = false, any = false;
    for (size_t i = 0; want->client && i < j->s->clients.n; i++)
        exact |= strcmp(j->s->clients.at[i].name, want->client) == 0;
    for (size_t i = 0; i < j->s->clients.n; i++) {
        const char *name = j->s->clients.at[i].name;
        if (want->client &&
            (exact ? strcmp(name, want->client) != 0 : !is_meant(want->client, name)))
            continue;
        struct subject who = subject_of(j, name);
        judge_client(j, &who, want);
        any = true;
    }
    if (!any && want->client) {
        struct subject who = subject_of(j, want->client);
        judge_client(j, &who, want);
    }
}

/* ---- servers ---- */

static void judge_leases_of(struct judge *j, const char *server, const json_t *leases,
                            const struct pxk_scn_lease_expect *want)
{
    const json_t *lease;
    struct check c;
    size_t i;
    check_begin(&c, want->line, "leases left on %s", server);
    pxk_text_addf(&c.expected, "%u", want->left);
    if (json_is_array(leases))
        pxk_text_addf(&c.seen, "%zu", json_array_size(leases));
    else
        pxk_text_add(&c.seen, "not known: it tells none");
    json_array_foreach(leases, i, lease)
    {
        const char *mac = text_of(lease, "mac"), *name = name_of_mac(j, mac);
        pxk_text_addf(&c.seen, "%s %s %s", i ? "," : ":", text_of(lease, "ip"), name);
    }
    check_end(j, &c, json_is_array(leases) && json_array_size(leases) == want->left);
}

static void judge_leases(struct judge *j, const struct pxk_scn_lease_expect *want)
{
    const json_t *all = json_object_get(j->seen, "leases");
    const char *server;
    json_t *leases;
    if (want->server) {
        judge_leases_of(j, want->server, json_object_get(all, want->server), want);
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)all, server, leases)
    {
        judge_leases_of(j, server, leases, want);
    }
    if (!json_object_size(all))
        judge_leases_of(j, "every server", NULL, want);
}

static void judge_log(struct judge *j, const struct pxk_scn_log_expect *want)
{
    char who[PXK_SCN_NAME_MAX + 16];
    const char *server = want->server           ? want->server
                         : j->s->servers.n == 1 ? j->s->servers.at[0].name
                                                : "";
    pxk_fmt(who, sizeof who, "log %s", server);
    judge_file(
        j, &(struct file_asks){
               .who = who,
               .path = json_string_value(json_object_get(json_object_get(j->seen, "logs"), server)),
               .has = want->has.at,
               .has_n = want->has.n,
               .lacks = want->lacks.at,
               .lacks_n = want->lacks.n,
               .line = want->line,
               .says_something = true,
           });
}

static void judge_server(struct judge *j, const char *name)
{
    const char *how = text_of(json_object_get(j->seen, "servers_ended"), name);
    struct check c;
    if (!*how)
        return;
    check_begin(&c, 0, "server %s", name);
    pxk_text_add(&c.expected, "runs until it is told to end");
    pxk_text_add(&c.seen, how);
    check_end(j, &c, false);
}

/* ---- commands ---- */

static void judge_command_exit(struct judge *j, const struct pxk_scn_command *cmd,
                               const json_t *ran)
{
    const json_t *v = json_object_get(ran, "exit");
    bool stopped = json_is_true(json_object_get(ran, "stopped"));
    if (cmd->background && json_is_true(json_object_get(ran, "lasted")))
        return; /* its exit status is that of our signal */
    bool fits = !stopped && json_is_integer(v) && json_integer_value(v) == cmd->exit;
    struct pxk_text last = {0};
    struct check c;
    check_begin(&c, cmd->line, "command %s: exit", cmd->name);
    pxk_text_addf(&c.expected, "%d", cmd->exit);
    if (!ran)
        pxk_text_add(&c.seen, "it did not run");
    else if (stopped)
        pxk_text_addf(&c.seen, "it was stopped at its limit of %.6g s", (double)cmd->limit / 1e6);
    else if (json_is_integer(v))
        value_text(v, &c.seen);
    else
        pxk_text_add(&c.seen, "none");
    if (ran && !fits)
        last_line(json_string_value(json_object_get(ran, "errors")), &last);
    if (ran && !fits && !last.len)
        last_line(json_string_value(json_object_get(ran, "output")), &last);
    if (last.len)
        pxk_text_addf(&c.seen, "; its last line: %s", last.s);
    pxk_text_done(&last);
    check_end(j, &c, fits);
}

static void judge_stream(struct judge *j, const struct pxk_scn_command *cmd, const char *word,
                         const char *path, const struct pxk_scn_stream *want)
{
    char who[PXK_SCN_NAME_MAX + 32];
    if (!want)
        return;
    pxk_fmt(who, sizeof who, "command %s: %s", cmd->name, word);
    if (want->lines_given)
        judge_line_count(j, who, path, want->lines, want->line);
    judge_file(j, &(struct file_asks){
                      .who = who,
                      .path = path,
                      .has = want->has.at,
                      .has_n = want->has.n,
                      .lacks = want->lacks.at,
                      .lacks_n = want->lacks.n,
                      .line = want->line,
                  });
}

static void judge_command(struct judge *j, const struct pxk_scn_command *cmd)
{
    char who[PXK_SCN_NAME_MAX + 16];
    const json_t *ran = json_object_get(json_object_get(j->seen, "commands"), cmd->name);
    if (!cmd->any_exit)
        judge_command_exit(j, cmd, ran);
    pxk_fmt(who, sizeof who, "command %s", cmd->name);
    const char *out = json_string_value(json_object_get(ran, "output"));
    judge_file(j, &(struct file_asks){
                      .who = who,
                      .path = out,
                      .has = cmd->has.at,
                      .has_n = cmd->has.n,
                      .lacks = cmd->lacks.at,
                      .lacks_n = cmd->lacks.n,
                      .line = cmd->has_line,
                      .lacks_line = cmd->lacks_line,
                  });
    judge_stream(j, cmd, "stdout", out, cmd->out);
    judge_stream(j, cmd, "stderr", json_string_value(json_object_get(ran, "errors")), cmd->err);
}

/* ---- all of it ---- */

/* What makes a case another one than its file says; @key has why. */
static void judge_played(struct judge *j, const char *key, const char *what, const char *expected, unsigned line)
{
    const char *why = text_of(j->seen, key);
    struct check c;
    if (!*why)
        return;
    check_begin(&c, line, "%s", what);
    pxk_text_add(&c.expected, expected);
    pxk_text_add(&c.seen, why);
    check_end(j, &c, false);
}

static void judge_network(struct judge *j, const struct pxk_scn_expect *e)
{
    const json_t *steps = json_object_get(j->report, "steps");
    if (e->healthy)
        judge_healthy(j, e->healthy_line ? e->healthy_line : e->line);
    if (e->exit_given)
        judge_exit(j, e->exit, e->exit_line);
    for (unsigned i = 0; i < PXK_STEP_N; i++)
        judge_step(j, NULL, NULL, steps, i, &e->step[i]);
    judge_first(j, &e->first);
    judge_findings(j, NULL, NULL, &(struct names_asked){&e->findings, &e->includes, &e->excludes});
}

size_t pxk_judge(const struct pxk_scenario *s, const json_t *seen, json_t *checks)
{
    const struct pxk_scn_expect *e = &s->expect;
    const json_t *report = json_object_get(seen, "report");
    struct judge j = {.s = s, .seen = seen, .report = json_is_object(report) ? report : NULL, .checks = checks};
    judge_played(&j, "stopped", "limit", "the case comes to its own end", 0);
    judge_played(&j, "timeline_open", "timeline", "all of it happens",
                 (unsigned)number_of(seen, "timeline_line"));
    judge_network(&j, e);
    for (size_t i = 0; i < e->clients.n; i++)
        judge_clients_of(&j, &e->clients.at[i]);
    if (e->order.n)
        judge_sequence(&j, "order", NULL, e->order.at, e->order.n, e->order_line);
    for (size_t i = 0; i < e->report.n; i++)
        judge_value(&j, "report", j.report, &e->report.at[i]);
    for (size_t i = 0; i < e->seen.n; i++)
        judge_value(&j, "seen", seen, &e->seen.at[i]);
    for (size_t i = 0; i < e->leases.n; i++)
        judge_leases(&j, &e->leases.at[i]);
    for (size_t i = 0; i < e->logs.n; i++)
        judge_log(&j, &e->logs.at[i]);
    judge_probe(&j, &e->probe);
    for (size_t i = 0; i < s->servers.n; i++)
        judge_server(&j, s->servers.at[i].name);
    for (size_t i = 0; i < s->commands.n; i++)
        judge_command(&j, &s->commands.at[i]);
    return j.bad;
}
