/* Prometheus' text exposition format, version 0.0.4: families one after the other, each with HELP, TYPE and its samples. What counts
 * ends in _total and never goes back; what is now is a gauge. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "metrics_int.h"
#include "report_int.h"

#define PREFIX "pxekit_"

static void family(struct pxk_text *out, const char *name, const char *type, const char *help)
{
    pxk_text_addf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name, type);
}

/* A label's value: \ " and line ends are escaped; what is not printable ASCII is \xNN first. */
static void label_value(struct pxk_text *out, const char *s)
{
    struct pxk_text clean = {0};
    text_add_clean(&clean, s, strlen(s));
    for (size_t i = 0; i < clean.len; i++) {
        if (clean.s[i] == '\\' || clean.s[i] == '"')
            pxk_text_add_n(out, "\\", 1);
        pxk_text_add_n(out, &clean.s[i], 1);
    }
    out->failed |= clean.failed;
    pxk_text_done(&clean);
}

static void number(struct pxk_text *out, uint64_t n)
{
    pxk_text_addf(out, " %llu\n", (unsigned long long)n);
}

static void sample(struct pxk_text *out, const char *name, uint64_t n)
{
    pxk_text_addf(out, PREFIX "%s", name);
    number(out, n);
}

static void sample1(struct pxk_text *out, const char *name, const char *label, const char *value, uint64_t n)
{
    pxk_text_addf(out, PREFIX "%s{%s=\"", name, label);
    label_value(out, value);
    pxk_text_add(out, "\"}");
    number(out, n);
}

static void counter(struct pxk_text *out, const char *name, const char *help, uint64_t n)
{
    family(out, name, "counter", help);
    sample(out, name, n);
}

static void histogram(struct pxk_text *out, const char *name, const char *help, const struct pxk_histogram *h, const double *bounds)
{
    uint64_t below = 0;
    family(out, name, "histogram", help);
    for (unsigned i = 0; i < PXK_METRICS_BUCKETS; i++) {
        below += h->bucket[i];
        pxk_text_addf(out, PREFIX "%s_bucket{le=\"%g\"} %llu\n", name, bounds[i], (unsigned long long)below);
    }
    pxk_text_addf(out, PREFIX "%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)h->count);
    pxk_text_addf(out, PREFIX "%s_sum %.6f\n" PREFIX "%s_count %llu\n", name, h->sum, name, (unsigned long long)h->count);
}

/* ---- the families ---- */

static void clients(struct pxk_text *out, const struct pxk_tracker *t, const struct pxk_diagnosis *d, const struct pxk_metrics *m)
{
    uint64_t boots = 0, fails = 0, reached[PXK_MILESTONE_N] = {0};
    for (size_t i = 0; i < d->clients.n; i++) {
        const struct pxk_client_verdict *c = &d->clients.at[i];
        boots += c->boots;
        fails += !c->boots && c->failures;
        reached[c->reached]++;
    }
    family(out, "clients", "gauge", "Clients that are followed now, by their state.");
    sample1(out, "clients", "state", "boots", boots);
    sample1(out, "clients", "state", "fails", fails);
    sample1(out, "clients", "state", "under_way", d->clients.n - boots - fails);
    family(out, "clients_reached", "gauge", "Clients that are followed now, by how far they came.");
    for (unsigned i = 0; i < PXK_MILESTONE_N; i++)
        sample1(out, "clients_reached", "milestone", pxk_milestone_key((enum pxk_milestone)i), reached[i]);
    counter(out, "clients_seen_total", "Clients seen.", m->clients);
    counter(out, "others_seen_total", "Machines seen that only ask for an address.", m->others);
    counter(out, "clients_not_followed_total", "Clients over the bound: counted, not followed.", pxk_tracker_untracked(t));
    counter(out, "boots_total", "Clients that were given kernel and initrd.", m->boots);
    histogram(out, "boot_duration_seconds", "From a client's first packet to its last boot file, of those that were given all.", &m->boot,
              metrics_boot_bounds);
}

static void steps(struct pxk_text *out, const struct pxk_diagnosis *d)
{
    family(out, "step", "gauge", "The verdict on each of the five steps: 1 for the one that holds.");
    for (unsigned i = 0; i < PXK_STEP_N; i++)
        for (unsigned v = 0; v <= PXK_VERDICT_FAIL; v++)
            pxk_text_addf(out, PREFIX "step{step=\"%s\",verdict=\"%s\"} %d\n", pxk_step_key((enum pxk_step)i),
                          pxk_verdict_key((enum pxk_verdict)v), d->step[i] == v);
}

static void dhcp(struct pxk_text *out, const struct pxk_metrics *m)
{
    family(out, "dhcp_messages_total", "counter", "DHCP messages of clients that are followed, and answers to them, by type.");
    for (unsigned i = 0; i < PXK_COUNT(m->dhcp); i++) {
        char type[24];
        size_t n = 0;
        for (const char *p = pxk_dhcp4_type_name(i); *p && n + 1 < sizeof type; p++)
            type[n++] = (char)tolower((unsigned char)*p);
        type[n] = '\0';
        if (m->dhcp[i] || (i >= PXK_DHCP4_DISCOVER && i <= PXK_DHCP4_RELEASE)) /* others are hardly ever seen */
            sample1(out, "dhcp_messages_total", "type", type, m->dhcp[i]);
    }
    histogram(out, "dhcp_offer_latency_seconds", "From a request to each server's first offer.", &m->offer, metrics_offer_bounds);
    counter(out, "pxe_requests_total", "Requests to boot servers (UDP port 4011).", m->pxe_requests);
    counter(out, "pxe_answers_total", "Their answers.", m->pxe_answers);
}

static void tftp(struct pxk_text *out, const struct pxk_tracker *t, const struct pxk_metrics *m)
{
    uint64_t asked = 0, running = 0;
    for (size_t i = 0; i < pxk_tracker_count(t); i++) {
        const struct pxk_session *s = pxk_tracker_session(t, i);
        for (size_t k = 0; k < s->transfers.n; k++) {
            asked += s->transfers.at[k].state == PXK_TRANSFER_ASKED;
            running += s->transfers.at[k].state == PXK_TRANSFER_RUNNING;
        }
    }
    family(out, "tftp_transfers_total", "counter", "TFTP transfers that ended, by how.");
    sample1(out, "tftp_transfers_total", "result", "complete", m->tftp_done);
    sample1(out, "tftp_transfers_total", "result", "refused", m->tftp_refused);
    sample1(out, "tftp_transfers_total", "result", "aborted", m->tftp_aborted);
    family(out, "tftp_transfers_open", "gauge", "TFTP transfers that did not end: not answered, or begun.");
    sample1(out, "tftp_transfers_open", "state", "unanswered", asked);
    sample1(out, "tftp_transfers_open", "state", "unfinished", running);
    counter(out, "tftp_received_bytes_total", "Bytes of files by TFTP, each once.", m->tftp_bytes);
    counter(out, "tftp_retransmissions_total", "TFTP data packets that came again.", m->tftp_repeats);
}

static void http(struct pxk_text *out, const struct pxk_metrics *m)
{
    char status[12];
    family(out, "http_responses_total", "counter", "HTTP responses, by status; none: the connection was refused or reset.");
    for (unsigned i = 0; i < PXK_METRICS_STATUS; i++)
        if (m->http[i] || i == 0)
            sample1(out, "http_responses_total", "status", i ? pxk_fmt(status, sizeof status, "%u", i) : "none", m->http[i]);
    counter(out, "http_announced_bytes_total", "Content-Length of successful HTTP responses.", m->http_bytes);
}

static void finding(struct pxk_text *out, const struct pxk_finding_row *row, enum pxk_severity severity, uint64_t n)
{
    pxk_text_addf(out, PREFIX "findings{code=\"%s\",name=\"%s\",severity=\"%s\"}", row->code, row->name, pxk_severity_key(severity));
    number(out, n);
}

/* In the order of the table, a row that came with less than its own severity too. */
static void findings(struct pxk_text *out, const struct pxk_diagnosis *d)
{
    const struct pxk_finding_row *rows;
    size_t n = pxk_finding_rows(&rows);
    uint64_t(*count)[PXK_SEVERITY_FAILURE + 1] = calloc(n, sizeof *count);
    family(out, "findings", "gauge", "What is wrong with clients that are followed now, and with the network.");
    if (!count) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < d->findings.n; i++)
        count[d->findings.at[i].row - rows][d->findings.at[i].severity]++;
    for (size_t i = 0; i < n; i++)
        for (unsigned s = 0; s <= PXK_SEVERITY_FAILURE; s++)
            if (count[i][s] || s == rows[i].severity)
                finding(out, &rows[i], (enum pxk_severity)s, count[i][s]);
    free(count);
}

/* Sessions that have left: what became of them, and what was wrong. */
static void past(struct pxk_text *out, const struct pxk_past *p)
{
    const struct pxk_finding_row *rows;
    size_t n = pxk_finding_rows(&rows);
    family(out, "clients_retired_total", "counter", "Clients that are followed no longer, by what became of them.");
    sample1(out, "clients_retired_total", "result", "boots", p->boots);
    sample1(out, "clients_retired_total", "result", "fails", p->failed);
    sample1(out, "clients_retired_total", "result", "not_seen_to_the_end",
            p->clients > p->boots + p->failed ? p->clients - p->boots - p->failed : 0);
    family(out, "findings_retired_total", "counter", "Clients that are followed no longer and had this failure or warning.");
    for (size_t i = 0; i < n; i++) {
        pxk_text_addf(out, PREFIX "findings_retired_total{code=\"%s\",name=\"%s\"}", rows[i].code, rows[i].name);
        number(out, p->finding ? p->finding[i].clients : 0);
    }
}

static void capture(struct pxk_text *out, const struct pxk_metrics_opts *o)
{
    static const struct {
        const char *name, *help;
        size_t at;
    } counts[] = {
        {"capture_packets_total", "Packets read.", offsetof(struct pxk_capture_counts, packets)},
        {"capture_bytes_total", "Bytes of them, as captured.", offsetof(struct pxk_capture_counts, bytes)},
        {"capture_dropped_packets_total", "Packets that the kernel dropped, as this program was too slow for them.",
         offsetof(struct pxk_capture_counts, drops)},
        {"capture_interface_dropped_packets_total", "Packets that the network card or its driver dropped.",
         offsetof(struct pxk_capture_counts, interface_drops)},
        {"capture_duplicate_packets_total", "Packets that a mirror port copied; folded.", offsetof(struct pxk_capture_counts, duplicates)},
        {"capture_unreadable_packets_total", "Packets that could not be read: link type, nonsense, damage.",
         offsetof(struct pxk_capture_counts, unreadable)},
    };
    for (size_t i = 0; i < PXK_COUNT(counts) && o->capture_n; i++) {
        family(out, counts[i].name, "counter", counts[i].help);
        for (size_t k = 0; k < o->capture_n; k++) {
            const char *base = (const char *)&o->capture[k];
            uint64_t n;
            memcpy(&n, base + counts[i].at, sizeof n);
            sample1(out, counts[i].name, "source", o->capture[k].source, n);
        }
    }
}

void pxk_report_metrics(const struct pxk_tracker *t, const struct pxk_diagnosis *d, const struct pxk_metrics_opts *opts,
                        struct pxk_text *out)
{
    struct pxk_metrics m = opts->retired ? *opts->retired : (struct pxk_metrics){0};
    for (size_t i = 0; i < pxk_tracker_count(t); i++)
        pxk_metrics_add(&m, pxk_tracker_session(t, i));
    family(out, "build_info", "gauge", "The version; always 1.");
    sample1(out, "build_info", "version", opts->version ? opts->version : "", 1);
    steps(out, d);
    clients(out, t, d, &m);
    dhcp(out, &m);
    tftp(out, t, &m);
    http(out, &m);
    findings(out, d);
    if (opts->past)
        past(out, opts->past);
    counter(out, "frames_total", "Frames that were looked at.", pxk_tracker_frames(t));
    capture(out, opts);
}
