/* One run of the emulator, told while it lasts and judged at its end. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

struct telling {
    const struct cli_run *run;
    struct pxk_report_opts opts;
    pxk_usec start;
    bool progress; /* one line on a terminal, written over */
};

static void print_text(FILE *f, struct pxk_text *text)
{
    if (text->s)
        fputs(text->s, f);
    pxk_text_done(text);
}

static void progress_clear(const struct telling *t)
{
    if (t->progress)
        fputs("\r\033[K", stderr);
}

static void on_event(void *ctx, const struct pxk_event *e)
{
    struct telling *t = ctx;
    char arch[16];
    if (e->kind == PXK_EVENT_CLIENT_NEW)
        return; /* we made it ourselves */
    if (!t->start)
        t->start = e->t;
    if (t->run->narrate) {
        struct pxk_text line = {0};
        pxk_report_event(e, t->start, &t->opts, &line);
        print_text(stdout, &line);
    } else if (t->progress) {
        fprintf(stderr, "\r\033[K%s: %.60s", pxk_arch_name(e->session->arch, arch), e->text);
        fflush(stderr);
    }
}

/* "eth1, 10.77.0.0/24" once a lease tells the network. */
static void where_tell(char *out, size_t cap, const char *iface, const struct pxk_tracker *tracker)
{
    (void)pxk_str_copy(out, cap, iface);
    for (size_t i = 0; i < pxk_tracker_count(tracker); i++) {
        const struct pxk_session *s = pxk_tracker_session(tracker, i);
        const struct pxk_round *r = pxk_session_firmware_round(s);
        const struct pxk_answer *a = r ? pxk_round_answer(r, PXK_DHCP4_OFFER) : NULL;
        char ip[PXK_IP4_STRLEN];
        if (!a || !a->netmask)
            continue;
        pxk_fmt(out, cap, "%s, %s/%d", iface, pxk_ip4_text(a->yiaddr & a->netmask, ip),
                __builtin_popcount(a->netmask));
        return;
    }
}

static int status_of(const struct pxk_diagnosis *d, const struct pxk_emulator_result *result)
{
    int status = pxk_diagnosis_status(d);
    bool cut_short = result->interrupted || result->limit_reached || result->link_lost;
    return status == EXIT_PASS && cut_short ? EXIT_NO_TEST : status;
}

static int report(const struct cli_run *run, struct telling *t, const struct pxk_tracker *tracker,
                  const struct pxk_emulator_result *result)
{
    struct pxk_diagnosis d;
    struct pxk_text text = {0};
    char where[160];
    if (pxk_diagnose(tracker, &d) != PXK_OK)
        return cli_fail(EXIT_NO_TEST, run->command, "out of memory");
    where_tell(where, sizeof where, run->emulator.iface, tracker);
    t->opts.where = run->where ? run->where : where;
    t->opts.seconds = result->seconds;
    if (run->json)
        pxk_report_json(tracker, &d, &t->opts, &text);
    else if (!run->quiet)
        pxk_report_text(tracker, &d, &t->opts, &text);
    print_text(stdout, &text);
    for (size_t i = 0; i < d.clients.n; i++) {
        char arch[16];
        const struct pxk_session *s = d.clients.at[i].session;
        if (s->facts.unjudged)
            (void)cli_fail(0, run->command, "%s could not be judged to its end: %s", pxk_arch_name(s->arch, arch), s->facts.stop_why);
    }
    int status = status_of(&d, result);
    if (run->html && !cli_html_write(run->command, run->html, tracker, &d, &t->opts))
        status = EXIT_NO_TEST;
    pxk_diagnosis_done(&d);
    return status;
}

static void warn(const struct cli_run *run, const struct pxk_emulator_result *result)
{
    if (result->interrupted)
        (void)cli_fail(0, run->command, "interrupted: leases were given back; the report tells what was seen until then");
    if (result->limit_reached)
        (void)cli_fail(0, run->command, "stopped after %u s (--timeout); the report tells what was seen until then",
                       run->emulator.limit_s);
    if (result->link_lost)
        (void)cli_fail(0, run->command, "%s lost its link; the report tells what was seen until then, leases may be left",
                       run->emulator.iface);
    if (result->drops)
        (void)cli_fail(0, run->command, "the kernel dropped %llu frames: this machine was too busy, retransmissions may be its fault",
                       (unsigned long long)result->drops);
    if (result->dump_failed)
        (void)cli_fail(0, run->command, "%s could not be written completely", run->emulator.dump);
}

int cli_run(struct cli_run *run)
{
    struct telling telling = {.run = run, .opts = cli_report_opts(run->command)};
    struct pxk_tracker_opts opts = {.on_event = on_event, .ctx = &telling};
    struct pxk_tracker *tracker;
    struct pxk_emulator_result result;
    char why[320] = "";
    telling.opts.verbose = run->verbose;
    telling.progress = !run->quiet && !run->narrate && isatty(STDERR_FILENO);
    if (pxk_tracker_new(&opts, &tracker) != PXK_OK)
        return cli_fail(EXIT_NO_TEST, run->command, "out of memory");
    enum pxk_err err = pxk_emulator_run(&run->emulator, tracker, &result, why, sizeof why);
    progress_clear(&telling);
    int status = EXIT_NO_TEST;
    if (err != PXK_OK) {
        (void)cli_fail(EXIT_NO_TEST, run->command, "%s", *why ? why : pxk_err_text(err));
    } else {
        warn(run, &result);
        status = report(run, &telling, tracker, &result);
    }
    pxk_tracker_free(tracker);
    return status;
}
