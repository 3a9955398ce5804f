/* What programs read is what docs/schema says, for every finding and every capture; and the manual tells of every member that the
 * schemas know. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "../scratch.h"
#include "fixtures.h"
#include "pxk/report.h"
#include "replay.h"
#include "runs.h"
#include "schema.h"

static void must_fit(const json_t *schema, const char *text, const char *what)
{
    struct pxk_text why = {0};
    json_error_t error;
    json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(o, "%s: %s", what, error.text);
    cr_expect(schema_fits(schema, o, &why), "%s: %s", what, why.s);
    pxk_text_done(&why);
    json_decref(o);
}

static void lines_must_fit(const json_t *schema, char *lines, const char *what)
{
    for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n"))
        must_fit(schema, line, what);
}

static void judged(const struct pxk_tracker *t, const char *what, const json_t *report, const json_t *event)
{
    struct pxk_past past = {0};
    struct pxk_report_opts opts = {.command = "watch", .where = "eth1", .version = "0.1.0", .seconds = 1.25, .past = &past};
    struct pxk_text out = {0}, sessions = {0};
    struct pxk_diagnosis d;
    for (size_t i = 0; i < pxk_tracker_count(t); i++)
        cr_assert_eq(pxk_past_add(&past, t, pxk_tracker_session(t, i)), PXK_OK);
    cr_assert_eq(pxk_diagnose(t, &d), PXK_OK);
    pxk_report_json(t, &d, &opts, &out);
    for (size_t i = 0; i < d.clients.n; i++)
        pxk_report_session_json(&d, &d.clients.at[i], &sessions);
    for (size_t i = 0; i < d.findings.n; i++)
        pxk_report_finding_json(&d.findings.at[i], pxk_tracker_now(t), &sessions);
    must_fit(report, out.s, what);
    if (d.clients.n)
        lines_must_fit(event, sessions.s, what);
    pxk_text_done(&out);
    pxk_text_done(&sessions);
    pxk_past_done(&past);
    pxk_diagnosis_done(&d);
}

Test(schema, every_finding)
{
    json_t *report = schema_load("report.v1"), *event = schema_load("event.v1");
    for (size_t i = 0; i < fixture_n; i++) {
        struct lab l;
        lab_open(&l);
        fixtures[i].build(&l);
        judged(l.t, fixtures[i].finding, report, event);
        lab_close(&l);
    }
    json_decref(report);
    json_decref(event);
}

Test(schema, the_tables)
{
    const struct pxk_finding_row *rows;
    size_t n = pxk_finding_rows(&rows);
    json_t *schema = schema_load("findings.v1");
    struct pxk_text all = {0};
    pxk_report_explain_json(NULL, NULL, &all);
    must_fit(schema, all.s, "all");
    json_t *o = json_loads(all.s, 0, NULL);
    cr_expect_eq(json_array_size(json_object_get(o, "findings")), n);
    cr_expect_eq(json_array_size(json_object_get(o, "firmware")), pxk_firmware_codes(&(const struct pxk_firmware_code *){NULL}));
    cr_expect_eq(json_array_size(json_object_get(o, "unseen")), pxk_unseen_rows(&(const struct pxk_unseen_row *){NULL}));
    json_decref(o);
    pxk_text_done(&all);
    pxk_report_explain_json(&rows[0], NULL, &all);
    must_fit(schema, all.s, rows[0].name);
    pxk_text_done(&all);
    json_decref(schema);
}

struct heard {
    struct pxk_text lines;
    bool kind[PXK_EVENT_N];
};

static void hear(void *ctx, const struct pxk_event *e)
{
    struct heard *h = ctx;
    pxk_report_event_json(e, &h->lines);
    h->kind[e->kind] = true;
}

static const char *const captures[] = {
    "chainload-loop-bios",      "dhcp-nak-bios",         "httpboot-404-uefi",        "ok-bios-debian-installer", "ok-bios-ipxe-script-http",
    "ok-bios-virtio-kea-proxy-menu", "ok-uefi-secureboot-dnsmasq", "proxy-4011-blocked-bios", "tftp-not-listening-bios", "rogue-dhcp-bios",
    "wrong-next-server-bios",   "tftp-file-missing-uefi", "ok-uefi-pxe-v6-dnsmasq"};

/* Kinds that no capture here has, made by hand. */
static void hear_made_up(struct heard *h, const json_t *event)
{
    const struct pxk_ip server = pxk_ip_of4(PXK_IP4(10, 77, 0, 1));
    struct pxk_session s = {.mac = {{2, 0, 0, 0, 0, 1}}, .arch = PXK_ARCH_UNSET};
    struct pxk_conn c = {.server = server, .client_port = 1600, .server_port = 443, .tls = {.sni = "boot.test"}};
    struct pxk_dns q = {.server = server, .name = "boot.test", .type = 1, .asks = 2, .answered = true, .rcode = 3};
    struct pxk_event hello = {.kind = PXK_EVENT_TLS_HELLO, .session = &s, .conn = &c, .outgoing = true};
    hear(h, &hello);
    c.tls.alert_by = PXK_TLS_ALERT_SERVER;
    c.tls.alert = 70;
    struct pxk_event alert = {.kind = PXK_EVENT_TLS_ALERT, .session = &s, .conn = &c};
    hear(h, &alert);
    struct pxk_event answer = {.kind = PXK_EVENT_DNS_ANSWER, .session = &s, .dns = &q};
    hear(h, &answer);
    cr_expect(strstr(h->lines.s, "\"protocol version\"") && strstr(h->lines.s, "\"rcode\":3"), "%s", h->lines.s);
    lines_must_fit(event, h->lines.s, "made up");
    pxk_text_done(&h->lines);
}

Test(schema, every_event_of_real_captures, .timeout = 120)
{
    json_t *report = schema_load("report.v1"), *event = schema_load("event.v1");
    struct heard h = {0};
    for (size_t i = 0; i < PXK_COUNT(captures); i++) {
        struct pxk_tracker_opts opts = {.on_event = hear, .ctx = &h};
        struct pxk_tracker *t;
        cr_assert_eq(pxk_tracker_new(&opts, &t), PXK_OK);
        cr_assert(pxk_replay_file(captures[i], t));
        judged(t, captures[i], report, event);
        lines_must_fit(event, h.lines.s, captures[i]);
        pxk_text_done(&h.lines);
        pxk_tracker_free(t);
    }
    hear_made_up(&h, event);
    /* No capture has these: a machine that keeps its lease, and what only an emulated client knows. */
    h.kind[PXK_EVENT_DHCP_DECLINE] = h.kind[PXK_EVENT_DHCP_INFORM] = h.kind[PXK_EVENT_DHCP_RELEASE] = h.kind[PXK_EVENT_FACT] = true;
    for (unsigned k = 0; k < PXK_EVENT_N; k++)
        cr_expect(h.kind[k], "no capture has %s", pxk_event_key((enum pxk_event_kind)k));
    json_decref(report);
    json_decref(event);
}

static void list_has(const json_t *schema, const char *def, const char *word)
{
    const json_t *list = json_object_get(json_object_get(json_object_get(schema, "$defs"), def), "enum");
    size_t i;
    json_t *one;
    bool there = false;
    json_array_foreach(list, i, one)
    {
        there |= strcmp(json_string_value(one), word) == 0;
    }
    cr_expect(there, "%s of the schema lacks %s", def, word);
}

static bool names_event(const json_t *schema, const char *key)
{
    const char *def;
    json_t *of;
    size_t i;
    json_t *one;
    json_object_foreach(json_object_get(schema, "$defs"), def, of)
    {
        json_array_foreach(json_object_get(json_object_get(json_object_get(of, "properties"), "event"), "enum"), i, one)
        {
            if (strcmp(json_string_value(one), key) == 0)
                return true;
        }
    }
    return false;
}

Test(schema, its_lists_are_those_of_the_model)
{
    static const char *const names[] = {"report.v1", "event.v1"};
    for (size_t n = 0; n < PXK_COUNT(names); n++) {
        json_t *schema = schema_load(names[n]);
        for (unsigned i = 0; i < PXK_STEP_N; i++)
            list_has(schema, "step_name", pxk_step_key((enum pxk_step)i));
        for (unsigned i = 0; i < PXK_MILESTONE_N; i++)
            list_has(schema, "milestone", pxk_milestone_key((enum pxk_milestone)i));
        for (unsigned i = 0; i <= PXK_VERDICT_FAIL; i++)
            list_has(schema, "verdict", pxk_verdict_key((enum pxk_verdict)i));
        for (unsigned i = 0; i <= PXK_SEVERITY_FAILURE; i++)
            list_has(schema, "severity", pxk_severity_key((enum pxk_severity)i));
        json_decref(schema);
    }
    json_t *event = schema_load("event.v1");
    for (unsigned k = 0; k < PXK_EVENT_N; k++)
        cr_expect(names_event(event, pxk_event_key((enum pxk_event_kind)k)), "%s", pxk_event_key((enum pxk_event_kind)k));
    json_decref(event);
}

static void properties_are_told(const json_t *schema, const char *doc, const char *page)
{
    const char *key;
    json_t *member;
    size_t i;
    char quoted[64];
    json_object_foreach(json_object_get(schema, "properties"), key, member)
    {
        cr_expect_not_null(strstr(doc, pxk_fmt(quoted, sizeof quoted, "`%s`", key)), "%s does not tell of %s", page, quoted);
    }
    json_object_foreach((json_t *)schema, key, member)
    {
        properties_are_told(member, doc, page);
    }
    json_array_foreach(schema, i, member)
    {
        properties_are_told(member, doc, page);
    }
}

Test(schema, the_manual_tells_of_every_member)
{
    json_t *report = schema_load("report.v1"), *event = schema_load("event.v1");
    char *report_md = scratch_text(PXK_DOCS "/report.md"), *events_md = scratch_text(PXK_DOCS "/events.md");
    struct pxk_text both = {0};
    cr_assert(report_md && events_md);
    properties_are_told(report, report_md, "docs/report.md");
    pxk_text_addf(&both, "%s%s", report_md, events_md); /* a session's files and steps are told there */
    properties_are_told(event, both.s, "docs/events.md");
    pxk_text_done(&both);
    free(report_md);
    free(events_md);
    json_decref(report);
    json_decref(event);
}

static void refused(const json_t *schema, const char *text)
{
    struct pxk_text why = {0};
    json_t *o = json_loads(text, 0, NULL);
    cr_assert_not_null(o, "%s", text);
    cr_expect_not(schema_fits(schema, o, &why), "%s", text);
    cr_expect(why.len > 0);
    pxk_text_done(&why);
    json_decref(o);
}

/* The validator itself can say no. */
Test(schema, refuses_what_does_not_fit)
{
    static const char *const lines[] = {
        "{}",
        "{\"v\":1,\"t\":1,\"client\":\"52:54:00:77:00:01\",\"event\":\"lunch\",\"text\":\"\"}",
        "{\"v\":2,\"t\":1,\"client\":\"52:54:00:77:00:01\",\"event\":\"fact\",\"text\":\"\"}",
        "{\"v\":1,\"t\":-1,\"client\":\"52:54:00:77:00:01\",\"event\":\"fact\",\"text\":\"\"}",
        "{\"v\":1,\"t\":1,\"client\":\"52-54\",\"event\":\"fact\",\"text\":\"\"}",
        "{\"v\":1,\"t\":1,\"client\":\"52:54:00:77:00:01\",\"event\":\"fact\"}",
        "{\"v\":1,\"t\":1,\"client\":\"52:54:00:77:00:01\",\"event\":\"fact\",\"text\":7}",
        "{\"v\":1,\"t\":1,\"client\":\"52:54:00:77:00:01\",\"event\":\"fact\",\"text\":\"\",\"more\":1}",
    };
    json_t *event = schema_load("event.v1");
    for (size_t i = 0; i < PXK_COUNT(lines); i++)
        refused(event, lines[i]);
    must_fit(event, "{\"v\":1,\"t\":1,\"client\":\"52:54:00:77:00:01\",\"event\":\"fact\",\"text\":\"x\"}", "a fact");
    json_decref(event);
}
