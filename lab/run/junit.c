/* JUnit XML as Jenkins, GitLab and most others read it. There is no standard; what is written is the part that all schemas
 * share: testsuites, one testsuite per file, testcases with name, classname and time, and in them, in this order, skipped, error,
 * failure, system-out, system-err. */
#include <string.h>

#include "pxk/run.h"
#include "text.h"

static void attribute(struct pxk_text *out, const char *name, const char *value)
{
    pxk_text_addf(out, " %s=\"", name);
    run_add_xml(out, value);
    pxk_text_add(out, "\"");
}

static void element(struct pxk_text *out, const char *name, const char *text)
{
    if (!*text)
        return;
    pxk_text_addf(out, "      <%s>", name);
    run_add_xml(out, text);
    pxk_text_addf(out, "</%s>\n", name);
}

/* Everything that a person would read on the terminal. */
static void verdict(struct pxk_text *out, const json_t *result, const char *name)
{
    struct pxk_text message = {0}, body = {0};
    run_summary(result, &message);
    pxk_run_failure(result, false, 120, &body);
    pxk_text_addf(out, "      <%s", name);
    attribute(out, "type", strcmp(name, "error") == 0 ? "error" : "expectation");
    attribute(out, "message", message.s ? message.s : "");
    pxk_text_add(out, ">");
    run_add_xml(out, body.s ? body.s : "");
    pxk_text_addf(out, "</%s>\n", name);
    pxk_text_done(&message);
    pxk_text_done(&body);
}

static void skipped(struct pxk_text *out, const json_t *result)
{
    pxk_text_add(out, "      <skipped");
    attribute(out, "message", run_get(result, "why"));
    pxk_text_add(out, "/>\n");
}

static void packets(struct pxk_text *out, const json_t *result)
{
    struct pxk_text lines = {0};
    size_t i;
    json_t *packet;
    json_array_foreach(json_object_get(result, "packets"), i, packet) {
        const char *s = json_string_value(packet);
        pxk_text_add(&lines, s ? s : "");
        pxk_text_add(&lines, "\n");
    }
    element(out, "system-out", lines.s ? lines.s : "");
    pxk_text_done(&lines);
}

/* "scenarios/dhcp/x.yaml" -> "scenarios.dhcp.x": tools draw a tree of the dots. */
static void class_name(struct pxk_text *out, const char *file)
{
    struct pxk_text name = {0};
    while (*file == '.' || *file == '/')
        file++;
    const char *base = strrchr(file, '/'), *dot = strrchr(base ? base : file, '.');
    pxk_text_add_n(&name, file, dot && dot != file ? (size_t)(dot - file) : strlen(file));
    for (size_t i = 0; i < name.len; i++)
        if (name.s[i] == '/')
            name.s[i] = '.';
    attribute(out, "classname", name.len ? name.s : "unnamed");
    pxk_text_done(&name);
}

static void test_case(struct pxk_text *out, const json_t *result)
{
    struct pxk_text name = {0};
    const char *row = run_get(result, "row");
    pxk_text_add(&name, run_get(result, "name"));
    if (*row)
        pxk_text_addf(&name, " [%s]", row);
    pxk_text_add(out, "    <testcase");
    attribute(out, "name", name.len ? name.s : "unnamed");
    class_name(out, run_get(result, "file"));
    pxk_text_addf(out, " time=\"%.3f\">\n", run_seconds(result));
    if (run_is(result, "skipped"))
        skipped(out, result);
    else if (run_is(result, "error"))
        verdict(out, result, "error");
    else if (run_is_bad(result))
        verdict(out, result, "failure");
    packets(out, result);
    element(out, "system-err", run_get(result, "log"));
    pxk_text_add(out, "    </testcase>\n");
    pxk_text_done(&name);
}

struct tally {
    size_t tests, failures, errors, skipped;
    double seconds;
};

/* Of the cases of @file, NULL: of all. */
static struct tally tally_of(const json_t *results, const char *file)
{
    struct tally n = {0};
    size_t i;
    json_t *r;
    json_array_foreach(results, i, r) {
        if (file && strcmp(run_get(r, "file"), file) != 0)
            continue;
        n.tests++;
        n.errors += run_is(r, "error");
        n.skipped += run_is(r, "skipped");
        n.failures += run_is_bad(r) && !run_is(r, "error");
        n.seconds += run_seconds(r);
    }
    return n;
}

static void suite(struct pxk_text *out, const json_t *results, const char *file)
{
    struct tally n = tally_of(results, file);
    size_t i;
    json_t *r;
    pxk_text_add(out, "  <testsuite");
    attribute(out, "name", *file ? file : "unnamed");
    pxk_text_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n", n.tests, n.failures, n.errors,
                  n.skipped, n.seconds);
    json_array_foreach(results, i, r)
        if (strcmp(run_get(r, "file"), file) == 0)
            test_case(out, r);
    pxk_text_add(out, "  </testsuite>\n");
}

static bool file_is_new(const json_t *results, size_t at)
{
    const char *file = run_get(json_array_get(results, at), "file");
    for (size_t i = 0; i < at; i++)
        if (strcmp(run_get(json_array_get(results, i), "file"), file) == 0)
            return false;
    return true;
}

void pxk_run_junit(const json_t *results, struct pxk_text *out)
{
    struct tally n = tally_of(results, NULL);
    pxk_text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    pxk_text_addf(out, "<testsuites name=\"pxekit run\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\">\n", n.tests,
                  n.failures, n.errors, n.seconds);
    for (size_t i = 0; i < json_array_size(results); i++)
        if (file_is_new(results, i))
            suite(out, results, run_get(json_array_get(results, i), "file"));
    pxk_text_add(out, "</testsuites>\n");
}
