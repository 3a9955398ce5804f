/* docs/findings.md is what the tables say; docs/report.md names every member of the JSON report. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../scratch.h"
#include "fixtures.h"
#include "markdown.h"
#include "runs.h"

Test(docs, findings_are_those_of_the_table)
{
    struct pxk_text want = {0};
    char *have = scratch_text(PXK_DOCS "/findings.md");
    cr_assert(have);
    findings_markdown(&want);
    cr_expect(strcmp(have, want.s) == 0, "docs/findings.md is old: ninja -C BUILD docs-findings");
    free(have);
    pxk_text_done(&want);
}

static void members_are_documented(json_t *v, const char *doc)
{
    const char *key;
    json_t *member;
    size_t i;
    char quoted[64];
    json_array_foreach(v, i, member)
    {
        members_are_documented(member, doc);
    }
    json_object_foreach(v, key, member)
    {
        cr_expect_not_null(strstr(doc, pxk_fmt(quoted, sizeof quoted, "`%s`", key)),
                           "docs/report.md does not tell of `%s`", key);
        members_are_documented(member, doc);
    }
}

Test(docs, every_member_of_a_report_is_told)
{
    char *doc = scratch_text(PXK_DOCS "/report.md");
    cr_assert(doc);
    struct pxk_report_opts opts = {
        .command = "check", .where = "eth1", .version = "0.1.0", .seconds = 1};
    for (size_t i = 0; i < fixture_n; i++) {
        struct pxk_text out = {0};
        struct pxk_diagnosis d;
        struct lab l;
        lab_open(&l);
        fixtures[i].build(&l);
        cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
        pxk_report_json(l.t, &d, &opts, &out);
        json_t *o = json_loads(out.s, 0, NULL);
        cr_assert_not_null(o);
        members_are_documented(o, doc);
        json_decref(o);
        pxk_text_done(&out);
        pxk_diagnosis_done(&d);
        lab_close(&l);
    }
    free(doc);
}
