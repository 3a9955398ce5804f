/* The metrics, read by a strict parser of the text exposition format 0.0.4:
 *
 *   document   = { family }
 *   family     = "# HELP " NAME " " DOC "\n" "# TYPE " NAME " " TYPE "\n" { sample }   (once each, samples of no other family inside)
 *   sample     = NAME [ "{" label { "," label } "}" ] " " VALUE "\n"
 *   label      = LABEL "=" '"' { any but \ " LF | "\\" | "\"" | "\n" } '"'
 *   NAME       = [a-zA-Z_:][a-zA-Z0-9_:]*          LABEL = [a-zA-Z_][a-zA-Z0-9_]*
 *   TYPE       = "counter" | "gauge" | "histogram"  VALUE = what strtod() takes whole
 *
 * and beyond the grammar: a counter ends in _total and is not negative; a histogram has _bucket with rising le and rising values, the
 * last one le="+Inf" and equal to _count, and _sum; no series stands there twice. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../scratch.h"
#include "fixtures.h"
#include "pxk/report.h"
#include "replay.h"
#include "runs.h"

enum { SERIES_MAX = 1000 };

struct exposition {
    const char *at;
    char name[80], type[16]; /* of the family that is open */
    double le, below, inf;   /* of the histogram's last bucket */
    bool has_sum, has_count;
    char *series[SERIES_MAX];
    double value[SERIES_MAX];
    size_t n;
};

static void expect(struct exposition *x, const char *token)
{
    cr_assert(pxk_str_starts(x->at, token), "expected \"%s\" at \"%.60s\"", token, x->at);
    x->at += strlen(token);
}

static void name_read(struct exposition *x, const char *more, char *out, size_t cap)
{
    size_t n = 0;
    cr_assert(isalpha((unsigned char)*x->at) || *x->at == '_' || (*more && *x->at == *more), "a name at \"%.60s\"", x->at);
    while (isalnum((unsigned char)*x->at) || *x->at == '_' || (*more && *x->at == *more)) {
        cr_assert_lt(n + 1, cap);
        out[n++] = *x->at++;
    }
    out[n] = '\0';
}

static void histogram_whole(const struct exposition *x)
{
    if (strcmp(x->type, "histogram") == 0)
        cr_assert(x->has_sum && x->has_count && x->inf >= 0, "%s is not whole", x->name);
}

static void family_read(struct exposition *x)
{
    char again[80];
    histogram_whole(x);
    expect(x, "# HELP ");
    name_read(x, ":", x->name, sizeof x->name);
    expect(x, " ");
    size_t n = strcspn(x->at, "\n");
    cr_assert(n > 0 && !memchr(x->at, '\\', n), "help of %s", x->name);
    x->at += n;
    expect(x, "\n# TYPE ");
    name_read(x, ":", again, sizeof again);
    cr_assert_str_eq(again, x->name);
    expect(x, " ");
    name_read(x, "", x->type, sizeof x->type);
    expect(x, "\n");
    cr_assert(strstr("counter gauge histogram", x->type), "%s", x->type);
    cr_assert_eq(strcmp(x->type, "counter") == 0, pxk_str_ends(x->name, "_total"), "%s is a %s", x->name, x->type);
    for (size_t i = 0; i < x->n; i++) {
        size_t len = strlen(x->name);
        bool same = strncmp(x->series[i], x->name, len) == 0 && (x->series[i][len] == '{' || !x->series[i][len]);
        cr_assert_not(same, "family %s twice", x->name);
    }
    x->le = x->below = x->inf = -1;
    x->has_sum = x->has_count = false;
}

/* Returns the value of le, where the label is that; else -1. */
static double label_read(struct exposition *x)
{
    char name[40], value[400];
    size_t n = 0;
    name_read(x, "", name, sizeof name);
    expect(x, "=\"");
    while (*x->at != '"') {
        cr_assert(*x->at && *x->at != '\n', "a label's value that does not end");
        if (*x->at == '\\') {
            cr_assert(strchr("\\\"n", x->at[1]), "escape \\%c", x->at[1]);
            x->at++;
        }
        cr_assert_lt(n + 1, sizeof value);
        value[n++] = *x->at++;
    }
    value[n] = '\0';
    expect(x, "\"");
    if (strcmp(name, "le") != 0)
        return -1;
    return strcmp(value, "+Inf") == 0 ? HUGE_VAL : strtod(value, NULL);
}

static void histogram_part(struct exposition *x, const char *part, double le, double v)
{
    if (strcmp(part, "_bucket") == 0) {
        cr_assert(le > x->le, "%s: le %g after %g", x->name, le, x->le);
        cr_assert(v >= x->below, "%s: %g below %g", x->name, v, x->below);
        x->le = le;
        x->below = v;
        x->inf = le == HUGE_VAL ? v : -1;
    } else if (strcmp(part, "_sum") == 0) {
        x->has_sum = true;
    } else {
        cr_assert_str_eq(part, "_count");
        cr_assert_eq(v, x->inf, "%s: count %g, +Inf %g", x->name, v, x->inf);
        x->has_count = true;
    }
}

static void sample_read(struct exposition *x)
{
    char name[80], *end;
    const char *begin = x->at;
    double le = -1;
    name_read(x, ":", name, sizeof name);
    cr_assert(pxk_str_starts(name, x->name), "%s inside of %s", name, x->name);
    if (*x->at == '{') {
        do {
            x->at++;
            double is = label_read(x);
            le = is >= 0 ? is : le;
        } while (*x->at == ',');
        expect(x, "}");
    }
    cr_assert_lt(x->n, SERIES_MAX);
    x->series[x->n] = strndup(begin, (size_t)(x->at - begin));
    for (size_t i = 0; i < x->n; i++)
        cr_assert_str_neq(x->series[i], x->series[x->n], "twice");
    expect(x, " ");
    cr_assert_not(isspace((unsigned char)*x->at));
    double v = x->value[x->n++] = strtod(x->at, &end);
    cr_assert_neq(end, x->at, "a value at \"%.40s\"", x->at);
    x->at = end;
    expect(x, "\n");
    cr_assert_geq(v, 0);
    if (strcmp(x->type, "histogram") == 0)
        histogram_part(x, name + strlen(x->name), le, v);
    else
        cr_assert_str_eq(name, x->name);
}

static void parse(struct exposition *x, const char *text)
{
    *x = (struct exposition){.at = text};
    while (*x->at) {
        if (*x->at == '#')
            family_read(x);
        else
            sample_read(x);
    }
    histogram_whole(x);
}

static void parse_done(struct exposition *x)
{
    for (size_t i = 0; i < x->n; i++)
        free(x->series[i]);
}

static double value(const struct exposition *x, const char *series)
{
    for (size_t i = 0; i < x->n; i++)
        if (strcmp(x->series[i], series) == 0)
            return x->value[i];
    cr_assert_fail("no series %s", series);
    return -1;
}

static void metrics_of(const struct pxk_tracker *t, const struct pxk_metrics *retired, const struct pxk_past *past,
                       struct pxk_text *out)
{
    static const struct pxk_capture_counts capture[] = {{"eth1", 1000, 64000, 3, 0, 2, 1}, {"a \"b\" \\ \n.pcap", 7, 8, 0, 0, 0, 0}};
    struct pxk_metrics_opts opts = {"0.1.0", retired, past, capture, PXK_COUNT(capture)};
    struct pxk_diagnosis d;
    cr_assert_eq(pxk_diagnose(t, &d), PXK_OK);
    pxk_report_metrics(t, &d, &opts, out);
    cr_assert_not(out->failed);
    pxk_diagnosis_done(&d);
}

Test(metrics, every_finding_parses_and_counts)
{
    for (size_t i = 0; i < fixture_n; i++) {
        const struct pxk_finding_row *row = pxk_finding_find(fixtures[i].finding);
        struct pxk_text out = {0};
        struct exposition x;
        struct lab l;
        char series[160];
        lab_open(&l);
        fixtures[i].build(&l);
        metrics_of(l.t, NULL, NULL, &out);
        parse(&x, out.s);
        pxk_fmt(series, sizeof series, "pxekit_findings{code=\"%s\",name=\"%s\",severity=\"%s\"}", row->code, row->name,
                pxk_severity_key(fixtures[i].severity));
        cr_expect_gt(value(&x, series), 0, "%s", series);
        parse_done(&x);
        pxk_text_done(&out);
        lab_close(&l);
    }
}

Test(metrics, a_real_boot)
{
    struct pxk_tracker_opts opts = {0};
    struct pxk_tracker *t;
    struct pxk_text out = {0};
    struct exposition x;
    cr_assert_eq(pxk_tracker_new(&opts, &t), PXK_OK);
    cr_assert(pxk_replay_file("ok-bios-debian-installer", t));
    metrics_of(t, NULL, NULL, &out);
    parse(&x, out.s);
    cr_expect_eq(value(&x, "pxekit_clients{state=\"boots\"}"), 1);
    cr_expect_eq(value(&x, "pxekit_clients_seen_total"), 1);
    cr_expect_eq(value(&x, "pxekit_boots_total"), 1);
    cr_expect_eq(value(&x, "pxekit_boot_duration_seconds_bucket{le=\"20\"}"), 0, "27.6 s");
    cr_expect_eq(value(&x, "pxekit_boot_duration_seconds_bucket{le=\"30\"}"), 1);
    cr_expect_eq(value(&x, "pxekit_dhcp_messages_total{type=\"discover\"}"), 3);
    cr_expect_eq(value(&x, "pxekit_dhcp_offer_latency_seconds_count"), 2);
    cr_expect_eq(value(&x, "pxekit_tftp_transfers_total{result=\"complete\"}"), 5);
    cr_expect_gt(value(&x, "pxekit_tftp_transfers_total{result=\"refused\"}"), 5);
    cr_expect_gt(value(&x, "pxekit_tftp_received_bytes_total"), 49e6);
    cr_expect_eq(value(&x, "pxekit_http_responses_total{status=\"200\"}"), 1);
    cr_expect_eq(value(&x, "pxekit_capture_packets_total{source=\"eth1\"}"), 1000);
    cr_expect_eq(value(&x, "pxekit_capture_packets_total{source=\"a \\\"b\\\" \\\\ \\\\x0a.pcap\"}"), 7);
    parse_done(&x);
    pxk_text_done(&out);
    pxk_tracker_free(t);
}

/* What a session counted stays when it is gone; what is now does not. */
Test(metrics, sessions_that_retired_stay_counted)
{
    struct pxk_metrics gone = {0};
    struct pxk_text out = {0};
    struct exposition x;
    struct lab l;
    lab_open(&l);
    struct pxk_past past = {0};
    run_failing(&l);
    for (size_t i = 0; i < 2; i++) {
        pxk_metrics_add(&gone, pxk_tracker_session(l.t, i));
        cr_assert_eq(pxk_past_add(&past, l.t, pxk_tracker_session(l.t, i)), PXK_OK);
    }
    metrics_of(l.t, &gone, &past, &out);
    parse(&x, out.s);
    cr_expect_eq(value(&x, "pxekit_clients_seen_total"), 4);
    cr_expect_eq(value(&x, "pxekit_boots_total"), 2);
    cr_expect_eq(value(&x, "pxekit_boot_duration_seconds_count"), 2);
    cr_expect_eq(value(&x, "pxekit_clients{state=\"boots\"}"), 1);
    cr_expect_eq(value(&x, "pxekit_clients_retired_total{result=\"boots\"}"), 1);
    cr_expect_eq(value(&x, "pxekit_clients_retired_total{result=\"fails\"}"), 1);
    cr_expect_eq(value(&x, "pxekit_findings_retired_total{code=\"B002\",name=\"loader-for-another-architecture\"}"), 1);
    pxk_past_done(&past);
    parse_done(&x);
    pxk_text_done(&out);
    lab_close(&l);
}

Test(metrics, order_does_not_change_and_the_manual_tells_of_each)
{
    struct pxk_text a = {0}, b = {0};
    struct exposition x;
    struct lab l;
    char *doc = scratch_text(PXK_DOCS "/metrics.md"), quoted[120];
    cr_assert(doc);
    lab_open(&l);
    run_failing(&l);
    metrics_of(l.t, NULL, &(struct pxk_past){0}, &a);
    metrics_of(l.t, NULL, &(struct pxk_past){0}, &b);
    cr_expect_str_eq(a.s, b.s);
    for (const char *p = a.s; (p = strstr(p, "# TYPE ")); p++)
        cr_expect_not_null(strstr(doc, pxk_fmt(quoted, sizeof quoted, "`%.*s`", (int)strcspn(p + 7, " "), p + 7)), "%s", quoted);
    parse(&x, a.s);
    parse_done(&x);
    free(doc);
    pxk_text_done(&a);
    pxk_text_done(&b);
    lab_close(&l);
}
