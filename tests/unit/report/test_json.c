/* JSON: valid, complete by docs/report.md, and the same from one version to the next. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "fixtures.h"
#include "runs.h"

static void report(void (*build)(struct lab *), struct pxk_text *out)
{
    struct pxk_report_opts opts = {
        .command = "check", .where = "eth1, 10.77.0.0/24", .version = "0.1.0", .seconds = 1.25};
    struct pxk_diagnosis d;
    struct lab l;
    lab_open(&l);
    build(&l);
    cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
    pxk_report_json(l.t, &d, &opts, out);
    cr_assert_not(out->failed);
    pxk_diagnosis_done(&d);
    lab_close(&l);
}

static json_t *parsed(struct pxk_text *out)
{
    json_error_t error;
    json_t *o = json_loads(out->s, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(o, "%s at line %d", error.text, error.line);
    return o;
}

static const char *text_at(json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "(none)";
}

Test(json, golden)
{
    struct pxk_text out = {0};
    report(run_failing, &out);
    golden("failing.json", out.s);
    pxk_text_done(&out);
    report(run_healthy, &out);
    golden("healthy.json", out.s);
    pxk_text_done(&out);
}

static void steps_are_there(json_t *of)
{
    static const char *const key[] = {"connectivity", "dhcp", "files", "boot", "install"};
    json_t *steps = json_object_get(of, "steps");
    cr_assert_eq(json_array_size(steps), 5);
    for (size_t i = 0; i < 5; i++) {
        json_t *step = json_array_get(steps, i);
        cr_expect_str_eq(text_at(step, "step"), key[i]);
        cr_expect_not_null(strstr("pass warn fail unknown", text_at(step, "verdict")));
        cr_expect(json_is_string(json_object_get(step, "why")));
    }
}

static void finding_is_complete(json_t *f)
{
    cr_expect_eq(strlen(text_at(f, "code")), 4);
    cr_expect_not_null(pxk_finding_find(text_at(f, "name")));
    cr_expect_not_null(strstr("failure warning note", text_at(f, "severity")));
    cr_expect_eq(strlen(text_at(f, "client")), 17);
    cr_expect_str_neq(text_at(f, "seen"), "");
    cr_expect(json_is_array(json_object_get(f, "frames")));
    cr_expect_gt(json_array_size(json_object_get(f, "causes")), 0);
    cr_expect_gt(json_object_size(json_object_get(f, "fix")), 0);
    cr_expect_str_neq(text_at(f, "step"), "(none)");
}

Test(json, every_finding_as_the_schema_says)
{
    for (size_t i = 0; i < fixture_n; i++) {
        struct pxk_text out = {0};
        report(fixtures[i].build, &out);
        json_t *o = parsed(&out);
        cr_expect_str_eq(text_at(o, "schema"), "pxekit.report.v1");
        steps_are_there(o);
        json_t *clients = json_object_get(o, "clients"), *findings = json_object_get(o, "findings");
        cr_assert_gt(json_array_size(clients), 0);
        for (size_t c = 0; c < json_array_size(clients); c++) {
            json_t *client = json_array_get(clients, c);
            steps_are_there(client);
            cr_expect_eq(strlen(text_at(client, "mac")), 17);
            cr_expect_str_neq(text_at(client, "outcome"), "(none)");
            cr_expect(json_is_array(json_object_get(client, "files")));
        }
        cr_assert_gt(json_array_size(findings), 0, "%s", fixtures[i].finding);
        for (size_t k = 0; k < json_array_size(findings); k++)
            finding_is_complete(json_array_get(findings, k));
        bool told = false; /* a note may come after what it is about */
        for (size_t k = 0; k < json_array_size(findings) && k < 2; k++)
            told |= strcmp(text_at(json_array_get(findings, k), "name"), fixtures[i].finding) == 0;
        cr_expect(told, "%s", fixtures[i].finding);
        json_decref(o);
        pxk_text_done(&out);
    }
}

static void no_utf8(struct lab *l)
{
    run_failing(l);
    (void)pxk_str_copy(l->s->facts.label, sizeof l->s->facts.label, "a\xff\xfe\033[0m\"");
    (void)pxk_str_copy(l->s->facts.stop_why, sizeof l->s->facts.stop_why, "\xc3\x28");
}

/* Bytes that are no UTF-8 neither lose a member nor break the document. */
Test(json, survives_any_bytes)
{
    struct pxk_text out = {0};
    report(no_utf8, &out);
    json_t *o = parsed(&out);
    json_t *boot = json_object_get(json_array_get(json_object_get(o, "clients"), 1), "boot");
    cr_expect_str_eq(text_at(boot, "label"), "a\\xff\\xfe\\x1b[0m\"");
    cr_expect_str_eq(text_at(boot, "stop_why"), "\\xc3(");
    for (const char *p = out.s; *p; p++)
        cr_expect(*p == '\n' || (*p >= 0x20 && *p < 0x7f));
    json_decref(o);
    pxk_text_done(&out);
}
