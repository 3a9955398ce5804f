/* What a watch tells: steps as they happen, findings as soon as they are clear, and the report. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pxk/files.h"
#include "pxk/probe_inspect.h"
#include "watch.h"

/* Steps of more clients than this are told only on request: nobody reads them. */
enum { NARRATED_MAX = 32 };
#define IDLE (30 * 60 * PXK_SEC)

static void print_text(struct pxk_text *text)
{
    if (text->s)
        fputs(text->s, stdout);
    pxk_text_done(text);
}

static bool concerns(const struct watching *t, const struct pxk_session *s)
{
    return !t->w->one_client || pxk_mac_eq(&s->mac, &t->w->client);
}

/* ---- steps ---- */

/* One line per step: repeats, pieces and probes are for the verbose. */
static bool is_step(const struct pxk_event *e)
{
    switch (e->kind) {
    case PXK_EVENT_DHCP_DISCOVER:
        return e->round && e->round->discovers == 1;
    case PXK_EVENT_DHCP_OFFER:
    case PXK_EVENT_DHCP_ACK:
    case PXK_EVENT_DHCP_NAK:
    case PXK_EVENT_PXE_ACK:
        return e->answer && e->answer->count == 1;
    case PXK_EVENT_PXE_REQUEST:
        return e->round && e->round->proxy_requests == 1;
    case PXK_EVENT_TFTP_ERROR:
        return e->transfer && !e->transfer->probe;
    case PXK_EVENT_TFTP_REQUEST:
    case PXK_EVENT_TFTP_OACK:
    case PXK_EVENT_TFTP_DATA:
    case PXK_EVENT_ARP_ASK:
    case PXK_EVENT_ARP_ANSWER:
    case PXK_EVENT_CLIENT_NEW:
    case PXK_EVENT_DHCP_REQUEST:
        return false;
    default:
        return true;
    }
}

#define STEP_KINDS                                                                                                        \
    ~(PXK_EVENT_BIT(PXK_EVENT_TFTP_REQUEST) | PXK_EVENT_BIT(PXK_EVENT_TFTP_OACK) | PXK_EVENT_BIT(PXK_EVENT_TFTP_DATA) |  \
      PXK_EVENT_BIT(PXK_EVENT_ARP_ASK) | PXK_EVENT_BIT(PXK_EVENT_ARP_ANSWER) | PXK_EVENT_BIT(PXK_EVENT_DHCP_REQUEST))

static void listen_to(struct watching *t)
{
    uint64_t kinds = PXK_EVENT_BIT(PXK_EVENT_TFTP_DONE) | PXK_EVENT_BIT(PXK_EVENT_HTTP_DONE); /* to be looked into */
    if (t->narrate || t->w->events)
        kinds |= t->w->verbose || t->w->events ? UINT64_MAX : STEP_KINDS;
    pxk_tracker_listen(t->tracker, kinds);
}

static void narrate(struct watching *t, const struct pxk_event *e)
{
    struct pxk_text line = {0};
    if (e->kind == PXK_EVENT_CLIENT_NEW && ++t->told > NARRATED_MAX && !t->w->verbose) {
        t->narrate = false;
        printf("... more than %d clients: from here on only findings are told (-v tells all)\n", NARRATED_MAX);
        listen_to(t);
        return;
    }
    if (!t->w->verbose && !is_step(e))
        return;
    pxk_report_event(e, t->start, &t->opts, &line);
    print_text(&line);
}

static void on_event(void *ctx, const struct pxk_event *e)
{
    struct watching *t = ctx;
    pxk_probe_inspect(t->tracker, e);
    if (!concerns(t, e->session))
        return;
    if (t->w->events) {
        struct pxk_text line = {0};
        pxk_report_event_json(e, &line);
        print_text(&line);
    } else if (t->narrate) {
        narrate(t, e);
    }
}

/* ---- findings, as soon as they are clear ---- */

static void finding_tell(struct watching *t, const struct pxk_finding *f, struct pxk_session *s)
{
    struct pxk_text out = {0};
    if (!pxk_finding_news(f, s))
        return;
    pxk_usec now = pxk_tracker_now(t->tracker);
    if (t->w->events)
        pxk_report_finding_json(f, now, &out);
    else
        pxk_report_finding_told(f, pxk_usec_since(t->start, now), &t->opts, &out);
    print_text(&out);
}

/* ---- comments on frames ---- */

static void comment(struct pxk_rec *rec, const struct pxk_finding *f)
{
    char text[1536];
    struct pxk_str out = pxk_str_init(text, sizeof text);
    pxk_finding_comment(f, &out);
    for (unsigned i = 0; i < f->frame_n; i++)
        pxk_rec_comment(rec, f->frame[i], text);
    if (f->span_to)
        pxk_rec_comment(rec, f->span_to, text);
}

static void comments(const struct watching *t, const struct pxk_diagnosis *d)
{
    for (size_t i = 0; t->rec && i < d->findings.n; i++)
        comment(t->rec, &d->findings.at[i]);
}

static void session_judge(struct watching *t, struct pxk_session *s)
{
    struct pxk_diagnosis d;
    if (!concerns(t, s) || !pxk_session_boots(s))
        return;
    if (pxk_diagnose_one(t->tracker, s, &d) != PXK_OK) {
        t->failed = true;
        return;
    }
    for (size_t i = 0; i < d.findings.n; i++)
        if (d.findings.at[i].severity > PXK_SEVERITY_NOTE || t->w->events)
            finding_tell(t, &d.findings.at[i], s);
    pxk_diagnosis_done(&d);
}

/* A client that was named by hand, and of which nothing comes, is a session too: that is the finding. */
static void silent_client(struct watching *t)
{
    pxk_usec since = t->since ? t->since : t->start, now = pxk_tracker_now(t->tracker);
    if (!t->w->one_client || t->one_left || !since || pxk_usec_since(since, now) < PXK_SILENCE)
        return;
    for (size_t i = 0; i < pxk_tracker_count(t->tracker); i++)
        if (concerns(t, pxk_tracker_session(t->tracker, i)))
            return;
    t->failed |= !pxk_tracker_client(t->tracker, &t->w->client, since);
    pxk_tracker_tick(t->tracker, now); /* it began then, and is silent now */
    t->start = t->start ? t->start : since;
}

void watch_judge(struct watching *t)
{
    silent_client(t);
    pxk_usec now = pxk_tracker_now(t->tracker);
    bool tells = !t->w->quiet && !t->w->json && (t->narrate || t->w->events || t->told > NARRATED_MAX);
    for (size_t i = 0; tells && i < pxk_tracker_count(t->tracker); i++) {
        struct pxk_session *s = pxk_tracker_session(t->tracker, i);
        if (pxk_usec_since(s->last, now) < WATCH_SILENCE_MAX)
            session_judge(t, s);
    }
    t->judged = now;
    fflush(stdout);
}

static void session_line(struct watching *t, const struct pxk_session *s)
{
    struct pxk_diagnosis d;
    struct pxk_text line = {0};
    if (!pxk_session_boots(s) || pxk_diagnose_one(t->tracker, s, &d) != PXK_OK)
        return;
    for (size_t i = 0; i < d.clients.n; i++)
        pxk_report_session_json(&d, &d.clients.at[i], &line);
    print_text(&line);
    pxk_diagnosis_done(&d);
}

static void on_retire(void *ctx, struct pxk_session *s)
{
    struct watching *t = ctx;
    if (!concerns(t, s))
        return;
    t->one_left = true;
    if (t->w->events) {
        session_judge(t, s);
        session_line(t, s);
    }
    if (t->rec && pxk_session_boots(s)) {
        struct pxk_diagnosis d;
        if (pxk_diagnose_one(t->tracker, s, &d) == PXK_OK) {
            comments(t, &d);
            pxk_diagnosis_done(&d);
        }
    }
    if (t->w->metrics)
        pxk_metrics_add(&t->retired, s);
    if (pxk_past_add(&t->past, t->tracker, s) != PXK_OK)
        t->failed = true;
}

/* ---- begin and end ---- */

bool watch_begin(struct watching *t, const struct watch *w, bool narrated)
{
    struct pxk_tracker_opts opts = {.clients_max = w->clients_max,
                                    .memory_max = (size_t)w->memory_mib << 20,
                                    .idle_max = IDLE,
                                    .on_event = on_event,
                                    .on_retire = on_retire,
                                    .ctx = t};
    *t = (struct watching){.w = w, .opts = cli_report_opts(w->command), .narrate = narrated && !w->json && !w->events};
    t->opts.verbose = w->verbose;
    t->opts.causes = true;
    t->opts.past = &t->past;
    if (pxk_tracker_new(&opts, &t->tracker) != PXK_OK)
        return false;
    listen_to(t);
    return true;
}

static const char *source_name(const struct watch *w, size_t i)
{
    if (!w->probe.file_n)
        return w->probe.ifaces[i];
    return strcmp(w->probe.files[i], "-") == 0 ? "standard input" : w->probe.files[i];
}

const char *watch_where(const struct watch *w, char *out, size_t cap)
{
    struct pxk_str b = pxk_str_init(out, cap);
    for (size_t i = 0; i < w->probe.file_n + w->probe.iface_n && i < 4; i++)
        pxk_str_addf(&b, "%s%s", i ? ", " : "", source_name(w, i));
    if (w->probe.file_n + w->probe.iface_n > 4)
        pxk_str_addf(&b, " and %zu more", w->probe.file_n + w->probe.iface_n - 4);
    return out;
}

/* What the capture itself lacks: a finding may be its fault. What is wrong with a file was said when it ended. */
static void capture_tell(const struct watching *t, const struct pxk_probe_stats *s)
{
    const char *command = t->w->command;
    if (s->dropped_kernel || s->dropped_iface)
        (void)cli_fail(0, command, "%llu packets were dropped by the kernel and %llu by the interface: what seems lost may not be (-B)",
                       (unsigned long long)s->dropped_kernel, (unsigned long long)s->dropped_iface);
    if (s->unsupported)
        (void)cli_fail(0, command, "%llu packets are of a link type that is not read", (unsigned long long)s->unsupported);
    if (t->w->verbose && (s->duplicates || s->snapped))
        (void)cli_fail(0, command, "%llu copies of a mirror port were folded; %llu packets are cut in the capture",
                       (unsigned long long)s->duplicates, (unsigned long long)s->snapped);
}

bool watch_metrics(struct watching *t, const struct pxk_probe_stats *s)
{
    char where[256];
    struct pxk_diagnosis d;
    struct pxk_text out = {0};
    struct pxk_capture_counts counts = {.source = watch_where(t->w, where, sizeof where),
                                        .packets = s->packets,
                                        .bytes = s->bytes,
                                        .drops = s->dropped_kernel,
                                        .interface_drops = s->dropped_iface,
                                        .duplicates = s->duplicates,
                                        .unreadable = s->damaged + s->unsupported};
    struct pxk_metrics_opts opts = {.version = PXK_VERSION, .retired = &t->retired, .past = &t->past, .capture = &counts, .capture_n = 1};
    bool written = true;
    if (!t->w->metrics)
        return true;
    if (pxk_diagnose(t->tracker, &d) != PXK_OK)
        return cli_fail(0, t->w->command, "out of memory") != 0;
    pxk_report_metrics(t->tracker, &d, &opts, &out);
    if (strcmp(t->w->metrics, "-") == 0) {
        print_text(&out);
    } else if (out.failed || pxk_file_replace(t->w->metrics, out.s, out.len) != PXK_OK) {
        written = false;
        (void)cli_fail(0, t->w->command, "%s could not be written: %s", t->w->metrics, strerror(errno));
    }
    pxk_text_done(&out);
    pxk_diagnosis_done(&d);
    return written;
}

static PXK_MUST_USE enum pxk_err diagnose(const struct watching *t, struct pxk_diagnosis *d)
{
    for (size_t i = 0; t->w->one_client && i < pxk_tracker_count(t->tracker); i++) {
        const struct pxk_session *s = pxk_tracker_session(t->tracker, i);
        if (concerns(t, s))
            return pxk_diagnose_one(t->tracker, s, d);
    }
    if (t->w->one_client)
        *d = (struct pxk_diagnosis){0};
    return t->w->one_client ? PXK_OK : pxk_diagnose(t->tracker, d);
}

static void report(struct watching *t, const struct pxk_diagnosis *d)
{
    struct pxk_text out = {0};
    if (t->w->events) {
        for (size_t i = 0; i < d->clients.n; i++)
            pxk_report_session_json(d, &d->clients.at[i], &out);
    } else if (t->w->json) {
        pxk_report_json(t->tracker, d, &t->opts, &out);
    } else if (!t->w->quiet) {
        if (t->told)
            pxk_text_add(&out, "\n");
        pxk_report_text(t->tracker, d, &t->opts, &out);
    }
    print_text(&out);
}

int watch_end(struct watching *t, const struct pxk_probe_stats *stats, double seconds)
{
    char where[256];
    struct pxk_diagnosis d;
    silent_client(t);
    if (t->w->events)
        watch_judge(t);
    if (t->failed || diagnose(t, &d) != PXK_OK)
        return cli_fail(EXIT_NO_TEST, t->w->command, "out of memory");
    t->opts.where = watch_where(t->w, where, sizeof where);
    t->opts.seconds = seconds;
    comments(t, &d);
    report(t, &d);
    capture_tell(t, stats);
    int status = t->past.failed ? EXIT_STEP_FAILED : pxk_diagnosis_status(&d);
    if (t->w->html && !cli_html_write(t->w->command, t->w->html, t->tracker, &d, &t->opts) && status == EXIT_PASS)
        status = EXIT_NO_TEST;
    pxk_diagnosis_done(&d);
    if (!watch_metrics(t, stats) && status == EXIT_PASS)
        status = EXIT_NO_TEST;
    return status;
}

void watch_done(struct watching *t)
{
    pxk_past_done(&t->past);
    t->tracker = pxk_tracker_free(t->tracker);
}
