#include <criterion/criterion.h>
#include <string.h>

#include "pxk/run.h"
#include "results.h"

#define HAS(text, part) cr_assert((text).s && strstr((text).s, part), "no \"%s\" in:\n%s", part, (text).s ? (text).s : "")
#define LACKS(text, part) cr_assert(!(text).s || !strstr((text).s, part), "\"%s\" in:\n%s", part, (text).s)

static size_t times(const char *s, const char *part)
{
    size_t n = 0;
    for (; (s = strstr(s, part)) != NULL; s++)
        n++;
    return n;
}

static bool has_controls(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 && *s != '\n')
            return true;
    return false;
}

/* ---- counts, JSON ---- */

Test(runner_json, errors_and_what_has_no_status_count_as_failed)
{
    json_t *results = results_all();
    struct pxk_run_count n = pxk_run_count(results);
    cr_assert_eq(n.passed, 1);
    cr_assert_eq(n.skipped, 1);
    cr_assert_eq(n.failed, 4);
    json_decref(results);
}

Test(runner_json, one_document_with_everything)
{
    json_t *results = results_all();
    struct pxk_text text = {0};
    pxk_run_json(results, "1.2", &text);
    json_t *doc = json_loads(text.s, JSON_REJECT_DUPLICATES, NULL);
    cr_assert(doc);
    cr_assert_str_eq(json_string_value(json_object_get(doc, "schema")), "pxekit.run.v1");
    cr_assert_eq(json_integer_value(json_object_get(doc, "failed")), 4);
    cr_assert(json_equal(json_object_get(doc, "results"), results), "all texts arrive as they were");
    cr_assert_not(has_controls(text.s));
    json_decref(doc);
    json_decref(results);
    pxk_text_done(&text);
}

/* ---- JUnit ---- */

Test(runner_junit, one_suite_per_file)
{
    json_t *results = results_usual();
    struct pxk_text text = {0};
    pxk_run_junit(results, &text);
    cr_assert_eq(times(text.s, "<testsuite "), 3);
    cr_assert_eq(times(text.s, "<testcase "), 4);
    HAS(text, "<testsuites name=\"pxekit run\" tests=\"4\" failures=\"1\" errors=\"1\" time=\"3.854\">");
    HAS(text, "<testsuite name=\"scenarios/dhcp/no-boot-file.yaml\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\" time=\"2.504\">");
    HAS(text, "<testcase name=\"no boot file [server=dnsmasq, arch=bios]\" classname=\"scenarios.dhcp.no-boot-file\" time=\"2.500\">");
    HAS(text, "message=\"step dhcp: expected fail, seen pass (and 1 more)\"");
    HAS(text, "<skipped message=\"Kea is not installed (package kea-dhcp4-server)\"/>");
    HAS(text, "<error type=\"error\" message=\"the process crashed: SIGSEGV (Segmentation fault)\">");
    HAS(text, "<system-err>one&#10;two&#10;</system-err>");
    json_decref(results);
    pxk_text_done(&text);
}

static void junit_validate(json_t *results)
{
    struct pxk_text text = {0};
    pxk_run_junit(results, &text);
    temp_folder();
    temp_write("junit.xml", text.s, text.len);
    int status = temp_shell("xmllint --noout --schema " PXK_JUNIT_XSD " junit.xml");
    if (status == 127)
        cr_skip_test("xmllint is not installed");
    cr_assert_eq(status, 0, "%s", text.s);
    temp_done();
    json_decref(results);
    pxk_text_done(&text);
}

Test(runner_junit, is_valid_against_the_schema)
{
    junit_validate(results_all());
}

Test(runner_junit, is_valid_without_a_case)
{
    junit_validate(json_array());
}

Test(runner_junit, the_schema_refuses_what_it_should)
{
    static const char wrong[] = "<testsuites><testsuite name=\"x\" tests=\"1\" failures=\"0\" errors=\"0\" time=\"0\">"
                                "<testcase name=\"a\" classname=\"b\" time=\"0\" file=\"c\"/></testsuite></testsuites>";
    temp_folder();
    temp_write("junit.xml", wrong, strlen(wrong));
    int status = temp_shell("xmllint --noout --schema " PXK_JUNIT_XSD " junit.xml");
    if (status == 127)
        cr_skip_test("xmllint is not installed");
    cr_assert_neq(status, 0, "an attribute that not every reader knows");
    temp_done();
}

/* ---- TAP ---- */

static void tap_write(const json_t *results, struct pxk_text *text)
{
    pxk_run_tap_plan(json_array_size(results), text);
    for (size_t i = 0; i < json_array_size(results); i++)
        pxk_run_tap_line(i + 1, json_array_get(results, i), text);
}

Test(runner_tap, lines)
{
    json_t *results = results_usual();
    struct pxk_text text = {0};
    tap_write(results, &text);
    cr_assert(pxk_str_starts(text.s, "TAP version 13\n1..4\nok 1 - dhcp/healthy: healthy\n"));
    HAS(text, "\nnot ok 2 - dhcp/no-boot-file [server=dnsmasq, arch=bios]: no boot file\n  ---\n");
    HAS(text, "\n    - what: \"step dhcp\"\n      expected: \"fail\"\n      seen: \"pass\"\n      line: 23\n");
    HAS(text, "\nok 3 - dhcp/no-boot-file [server=kea, arch=bios]: no boot file # SKIP Kea is not installed");
    HAS(text, "\n  ...\n");
    LACKS(text, "\"exit\""); /* that one was met */
    json_decref(results);
    pxk_text_done(&text);
}

/* prove's exit status is that of the tests: it must see which failed, and find no error in the text. */
static int prove(const json_t *results, const char *expect)
{
    struct pxk_text text = {0};
    char command[200];
    tap_write(results, &text);
    temp_folder();
    temp_write("all.tap", text.s, text.len);
    pxk_fmt(command, sizeof command, "command -v prove || exit 127; prove -e cat -v all.tap >prove.out 2>&1; "
            "grep -q '%s' prove.out && ! grep -i -e 'parse error' -e 'not understood' prove.out", expect);
    int status = temp_shell(command);
    temp_done();
    pxk_text_done(&text);
    return status;
}

Test(runner_tap, passes_prove)
{
    json_t *results = results_usual();
    json_array_remove(results, 1);
    json_array_remove(results, 2);
    int status = prove(results, "Result: PASS");
    if (status == 127)
        cr_skip_test("prove is not installed");
    cr_assert_eq(status, 0);
    json_decref(results);
}

Test(runner_tap, prove_sees_the_failures_and_nothing_that_a_text_pretends)
{
    json_t *results = results_all();
    int status = prove(results, "Failed tests:  2, 4-6");
    if (status == 127)
        cr_skip_test("prove is not installed");
    cr_assert_eq(status, 0);
    json_decref(results);
}

/* ---- GitHub ---- */

Test(runner_github, an_annotation_stands_at_the_line_that_failed)
{
    json_t *results = results_usual();
    struct pxk_text text = {0};
    pxk_run_github(json_array_get(results, 0), &text);
    pxk_run_github(json_array_get(results, 2), &text);
    cr_assert_eq(text.len, 0, "passed, skipped");
    pxk_run_github(json_array_get(results, 1), &text);
    cr_assert(pxk_str_starts(text.s, "::error file=scenarios/dhcp/no-boot-file.yaml,line=23,title=dhcp/no-boot-file "
                                     "[server=dnsmasq%2C arch=bios]::"), "%s", text.s);
    cr_assert_eq(times(text.s, "\n"), 1, "one line");
    HAS(text, "%0A");
    json_decref(results);
    pxk_text_done(&text);
}

Test(runner_github, no_text_can_end_the_command_or_begin_another)
{
    json_t *result = result_nasty();
    struct pxk_text text = {0};
    pxk_run_github(result, &text);
    cr_assert_eq(times(text.s, "\n"), 1);
    cr_assert_eq(text.s[text.len - 1], '\n');
    cr_assert_not(has_controls(text.s));
    const char *end = strstr(text.s + 2, "::");
    cr_assert(end);
    for (const char *c = strstr(text.s, "title="); c < end; c++)
        cr_assert_neq(*c, ',', "it would end the title");
    json_decref(result);
    pxk_text_done(&text);
}

Test(runner_github, the_summary_is_a_table)
{
    json_t *results = results_all();
    struct pxk_text text = {0};
    pxk_run_markdown(results, &text);
    HAS(text, "1 passed, 4 failed, 1 skipped");
    HAS(text, "| :x: failed | dhcp/no-boot-file \\[server=dnsmasq, arch=bios\\] | step dhcp: expected fail, seen pass (and 1 more) | 2.5 s |\n");
    cr_assert_lt(strstr(text.s, ":x: failed"), strstr(text.s, ":white_check_mark:"), "what failed comes first");
    LACKS(text, "<b>");
    json_decref(results);
    pxk_text_done(&text);
}

/* ---- HTML ---- */

Test(runner_html, one_page_with_all_of_it)
{
    json_t *results = results_all();
    struct pxk_text text = {0};
    pxk_run_html(results, "1.2 <x>", &text);
    HAS(text, "1.2 &lt;x&gt;");
    HAS(text, "<b>4</b> failed");
    HAS(text, "data-s=\"failed\"");
    HAS(text, "10.77.0.1 &gt; 52:54:00:00:00:01 DHCP OFFER");
    HAS(text, "<td>an address</td>");
    HAS(text, "prefers-color-scheme:dark");
    LACKS(text, "<b>&amp;amp;");
    LACKS(text, "src=");
    LACKS(text, "href=");
    cr_assert_not(has_controls(text.s));
    cr_assert_eq(times(text.s, "<details "), 6);
    cr_assert_eq(times(text.s, "<details "), times(text.s, "</details>"));
    cr_assert_eq(times(text.s, "<script>"), 1);
    json_decref(results);
    pxk_text_done(&text);
}

Test(runner_html, is_well_formed)
{
    json_t *results = results_all();
    struct pxk_text text = {0};
    pxk_run_html(results, "1", &text);
    temp_folder();
    temp_write("page.html", text.s, text.len);
    int status = temp_shell("xmllint --noout --html page.html");
    if (status == 127)
        cr_skip_test("xmllint is not installed");
    status = temp_shell("xmllint --noout --html page.html 2>&1 | grep -v 'Tag \\(details\\|summary\\) invalid' | grep 'error :'");
    cr_assert_eq(status, 1, "it found an error");
    temp_done();
    json_decref(results);
    pxk_text_done(&text);
}

/* ---- text ---- */

Test(runner_text, a_line_per_case)
{
    json_t *results = results_usual();
    struct pxk_text text = {0};
    for (size_t i = 0; i < 4; i++)
        pxk_run_line(json_array_get(results, i), false, &text);
    cr_assert_str_eq(text.s, "ok   dhcp/healthy  1.2 s\n"
                             "FAIL dhcp/no-boot-file [server=dnsmasq, arch=bios]  2.5 s\n"
                             "skip dhcp/no-boot-file [server=kea, arch=bios]: Kea is not installed (package kea-dhcp4-server)\n"
                             "ERROR breaks  0.1 s\n");
    json_decref(results);
    pxk_text_done(&text);
}

Test(runner_text, a_failure_shows_both_sides)
{
    json_t *results = results_usual();
    struct pxk_text text = {0};
    pxk_run_failure(json_array_get(results, 1), false, 80, &text);
    cr_assert_str_eq(text.s, "     no boot file\n"
                             "     scenarios/dhcp/no-boot-file.yaml:23\n"
                             "                expected                         seen\n"
                             "     step dhcp  fail                             pass\n"
                             "     findings   no-boot-file-for-arch            none\n"
                             "         4   0.0031 10.77.0.1 > 52:54:00:00:00:01 DHCP OFFER\n"
                             "     kept:  pxekit-artifacts/no-boot-file.dnsmasq.bios\n"
                             "     again: pxekit run scenarios/dhcp/no-boot-file.yaml --filter id:no-boot-file.dnsmasq.bios --keep\n",
                     "%s", text.s);
    json_decref(results);
    pxk_text_done(&text);
}

static json_t *one_check(const char *what, const char *expected, const char *seen)
{
    return json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:s, s:b, s:i}]}", "name", "n", "file", "f.yaml", "status", "failed", "checks",
                     "what", what, "expected", expected, "seen", seen, "ok", 0, "line", 1);
}

static void within(const char *s, size_t width)
{
    while (*s) {
        size_t n = strcspn(s, "\n"), columns = 0;
        for (size_t i = 0; i < n; i++)
            columns += ((unsigned char)s[i] & 0xc0) != 0x80;
        cr_assert_leq(columns, width, "%.*s", (int)n, s);
        s += n + (s[n] != '\0');
    }
}

/* What to do stands below what was seen: the finding that is to be mended first. */
Test(runner_text, a_failure_tells_cause_and_fix)
{
    struct pxk_text text = {0};
    json_t *result = json_pack("{s:s, s:s, s:s, s:s, s:[], s:{s:[{s:s, s:s, s:s, s:[s, s], s:{s:s}}]}}", "name", "red", "file", "f.yaml",
                               "status", "failed", "why", "", "checks", "report", "findings", "code", "B002", "name", "wrong-loader",
                               "severity", "failure", "causes", "the likeliest", "another", "fix", "here", "dhcp-boot=x");
    cr_assert_not_null(result);
    pxk_run_failure(result, false, 80, &text);
    cr_assert(strstr(text.s, "     B002 wrong-loader\n     cause: the likeliest\n     mend:  dhcp-boot=x\n     more:  pxekit explain B002\n"),
              "%s", text.s);
    pxk_text_done(&text);
    json_decref(result);
}

Test(runner_text, long_sides_are_wrapped_and_then_cut)
{
    char word[400], sentence[400] = "";
    memset(word, 'w', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    for (int i = 0; i < 60; i++)
        strcat(sentence, "\xc3\xa4\xc3\xb6 b");
    for (unsigned width = 60; width < 200; width += 7) {
        json_t *result = one_check(sentence, word, sentence);
        struct pxk_text text = {0};
        pxk_run_failure(result, false, width, &text);
        within(text.s, width);
        HAS(text, "...");
        json_decref(result);
        pxk_text_done(&text);
    }
}

Test(runner_text, nothing_reaches_the_terminal_raw)
{
    json_t *results = results_all();
    struct pxk_text text = {0};
    for (size_t i = 0; i < json_array_size(results); i++) {
        pxk_run_line(json_array_get(results, i), false, &text);
        pxk_run_failure(json_array_get(results, i), false, 100, &text);
    }
    cr_assert_not(has_controls(text.s));
    LACKS(text, "\xe2\x80\xae");
    LACKS(text, "\x7f");
    HAS(text, "\\x1b[31m");
    json_decref(results);
    pxk_text_done(&text);
}

Test(runner_text, colours_are_put_back)
{
    json_t *results = results_usual();
    struct pxk_text text = {0};
    for (size_t i = 0; i < json_array_size(results); i++) {
        pxk_run_line(json_array_get(results, i), true, &text);
        pxk_run_failure(json_array_get(results, i), true, 100, &text);
    }
    cr_assert_eq(times(text.s, "\033[") % 2, 0);
    cr_assert_eq(times(text.s, "\033["), 2 * times(text.s, "\033[0m"));
    json_decref(results);
    pxk_text_done(&text);
}
