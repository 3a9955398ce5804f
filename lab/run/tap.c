/* TAP 13 (testanything.org): a line per case, and a YAML block under what failed. */
#include <string.h>

#include "pxk/run.h"
#include "text.h"

void pxk_run_tap_plan(size_t n, struct pxk_text *out)
{
    pxk_text_addf(out, "TAP version 13\n1..%zu\n", n);
}

/* '#' would begin a directive. */
static void describe(struct pxk_text *out, const char *s)
{
    struct pxk_text clean = {0};
    run_add_line(&clean, s, strlen(s));
    for (const char *c = clean.s; c && *c; c++)
        pxk_text_addf(out, *c == '#' || *c == '\\' ? "\\%c" : "%c", *c);
    pxk_text_done(&clean);
}

static void field(struct pxk_text *out, const char *indent, const char *key, const char *value)
{
    if (!*value)
        return;
    pxk_text_addf(out, "%s%s: ", indent, key);
    run_add_quoted(out, value);
    pxk_text_add(out, "\n");
}

static void checks(struct pxk_text *out, const json_t *all)
{
    size_t i, n = 0;
    json_t *check;
    json_array_foreach(all, i, check) {
        if (!json_is_false(json_object_get(check, "ok")))
            continue;
        if (n++ == 0)
            pxk_text_add(out, "  checks:\n");
        pxk_text_add(out, "    - what: ");
        run_add_quoted(out, run_get(check, "what"));
        pxk_text_add(out, "\n      expected: ");
        run_add_quoted(out, run_get(check, "expected"));
        pxk_text_add(out, "\n      seen: ");
        run_add_quoted(out, run_get(check, "seen"));
        pxk_text_addf(out, "\n      line: %lld\n", (long long)json_integer_value(json_object_get(check, "line")));
    }
}

static void packets(struct pxk_text *out, const json_t *lines)
{
    size_t i;
    json_t *line;
    if (json_array_size(lines))
        pxk_text_add(out, "  packets:\n");
    json_array_foreach(lines, i, line) {
        pxk_text_add(out, "    - ");
        run_add_quoted(out, json_string_value(line) ? json_string_value(line) : "");
        pxk_text_add(out, "\n");
    }
}

static void block(struct pxk_text *out, const json_t *result)
{
    struct pxk_text message = {0};
    run_summary(result, &message);
    pxk_text_add(out, "  ---\n");
    field(out, "  ", "message", message.s ? message.s : "");
    pxk_text_addf(out, "  severity: %s\n", run_is(result, "error") ? "error" : "fail");
    field(out, "  ", "file", run_get(result, "file"));
    checks(out, json_object_get(result, "checks"));
    packets(out, json_object_get(result, "packets"));
    field(out, "  ", "log", run_get(result, "log"));
    field(out, "  ", "artifacts", run_get(result, "artifacts"));
    field(out, "  ", "repeat", run_get(result, "repeat"));
    pxk_text_add(out, "  ...\n");
    pxk_text_done(&message);
}

void pxk_run_tap_line(size_t number, const json_t *result, struct pxk_text *out)
{
    struct pxk_text label = {0};
    run_label(result, &label);
    pxk_text_add(&label, ": ");
    pxk_text_add(&label, run_get(result, "name"));
    pxk_text_addf(out, "%sok %zu - ", run_is_bad(result) ? "not " : "", number);
    describe(out, label.s ? label.s : "");
    if (run_is(result, "skipped")) {
        pxk_text_add(out, " # SKIP ");
        describe(out, run_get(result, "why"));
    }
    pxk_text_add(out, "\n");
    if (run_is_bad(result))
        block(out, result);
    pxk_text_done(&label);
}
