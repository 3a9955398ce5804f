/* What there is, and what would be done. */
#include <string.h>

#include "run_int.h"

static void tags_join(const struct pxk_scenario *s, struct pxk_text *out)
{
    for (size_t i = 0; i < s->tags.n; i++)
        pxk_text_addf(out, "%s%s", i ? "," : "", s->tags.at[i]);
    if (!s->tags.n)
        pxk_text_add(out, "-");
}

static void cell(FILE *f, const char *s, size_t width)
{
    struct pxk_text clean = {0};
    run_add_line(&clean, s, strlen(s));
    size_t used = run_columns(clean.s ? clean.s : "", clean.len);
    fprintf(f, "%s%*s", clean.s ? clean.s : "", used < width ? (int)(width - used) : 0, "");
    pxk_text_done(&clean);
}

static size_t larger(size_t a, const char *s)
{
    size_t b = run_columns(s, strlen(s));
    return a > b ? a : b;
}

void run_list(const struct run *run, const struct run_set *set)
{
    size_t ids = 2, tags = 4;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < set->cases.n; i++) {
            const struct run_case *c = &set->cases.at[i];
            struct pxk_text joined = {0};
            tags_join(c->s, &joined);
            if (c->chosen && pass == 0) {
                ids = larger(ids, c->id);
                tags = larger(tags, joined.s ? joined.s : "");
            } else if (c->chosen) {
                cell(run->out, c->id, ids + 2);
                cell(run->out, joined.s ? joined.s : "", tags + 2);
                cell(run->out, c->s->name, 0);
                fputs("\n", run->out);
            }
            pxk_text_done(&joined);
        }
    }
}

static size_t client_expectations(const struct pxk_scn_client_expect *c)
{
    int asked = c->boots_given + (c->reached.word.n > 0) + c->findings.given + c->includes.given + c->excludes.given +
                (c->kernel != NULL) + (c->cmdline != NULL) + (c->address.last != 0) + c->retransmissions_given + (c->within != 0) +
                (c->events.n > 0) + (c->serial.n > 0);
    size_t n = (size_t)asked + c->files.n + c->never.n;
    for (size_t i = 0; i < PXK_STEP_N; i++)
        n += c->step[i].word.n > 0;
    return n;
}

static size_t expectations(const struct pxk_scenario *s)
{
    const struct pxk_scn_expect *e = &s->expect;
    int asked = e->healthy + e->exit_given + (e->first.word.n > 0) + e->findings.given + e->includes.given + e->excludes.given +
                (e->order.n > 0);
    size_t n = (size_t)asked + e->report.n + e->seen.n + e->leases.n;
    for (size_t i = 0; i < PXK_STEP_N; i++)
        n += e->step[i].word.n > 0;
    for (size_t i = 0; i < e->clients.n; i++)
        n += client_expectations(&e->clients.at[i]);
    for (size_t i = 0; i < e->logs.n; i++)
        n += e->logs.at[i].has.n + e->logs.at[i].lacks.n;
    return n + s->commands.n;
}

static void servers_tell(const struct run *run, const struct pxk_scenario *s)
{
    fputs("    servers: ", run->out);
    for (size_t i = 0; i < s->servers.n; i++)
        fprintf(run->out, "%s%s (%s%s)", i ? ", " : "", s->servers.at[i].name, s->servers.at[i].run,
                s->servers.at[i].waits ? ", waits" : "");
    fputs(s->servers.n ? "\n" : "none\n", run->out);
}

static void clients_tell(const struct run *run, const struct pxk_scenario *s)
{
    fputs("    clients: ", run->out);
    for (size_t i = 0; i < s->clients.n; i++) {
        const struct pxk_scn_client *c = &s->clients.at[i];
        fprintf(run->out, "%s%s%s%s%s", i ? ", " : "", c->name, c->firmware ? " (QEMU, " : "", c->firmware ? c->firmware : "",
                c->firmware ? ")" : "");
    }
    fputs(s->clients.n ? "\n" : "none\n", run->out);
}

void run_dry(const struct run *run, const struct run_set *set)
{
    size_t runs = 0, skips = 0;
    for (size_t i = 0; i < set->cases.n; i++) {
        const struct run_case *c = &set->cases.at[i];
        char why[500] = "";
        if (!c->chosen)
            continue;
        bool possible = run->parts->possible(c->s, why, sizeof why);
        runs += possible;
        skips += !possible;
        cell(run->out, c->id, 0);
        fputs("  ", run->out);
        cell(run->out, c->s->name, 0);
        fputs("\n", run->out);
        servers_tell(run, c->s);
        clients_tell(run, c->s);
        fprintf(run->out, "    %zu expectations, %zu entries in the timeline, at most %.0f s%s%s\n", expectations(c->s),
                c->s->timeline.n, (double)c->s->limit / (double)PXK_SEC, c->s->virtual ? ", virtual time" : "",
                c->s->alone || run_is_external(c->s) ? ", alone" : "");
        if (!possible) {
            fputs("    skipped: ", run->out);
            cell(run->out, why, 0);
            fputs("\n", run->out);
        }
    }
    fprintf(run->out, "%zu would run, %zu would be skipped\n", runs, skips);
}
