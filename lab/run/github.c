/* GitHub Actions: annotations at the lines of scenarios (workflow commands), and a table for the job's summary. */
#include <string.h>

#include "pxk/run.h"
#include "text.h"

/* Values of a command end at a line's end; those of its properties at ':' and ',' too. The escape character itself first. */
static void escape(struct pxk_text *out, const char *s, bool property)
{
    struct pxk_text clean = {0};
    run_add_lines(&clean, s, strlen(s));
    for (const char *c = clean.s; c && *c; c++) {
        if (*c == '%' || *c == '\n' || (property && (*c == ':' || *c == ',')))
            pxk_text_addf(out, "%%%02X", (unsigned char)*c);
        else
            pxk_text_add_n(out, c, 1);
    }
    pxk_text_done(&clean);
}

void pxk_run_github(const json_t *result, struct pxk_text *out)
{
    struct pxk_text label = {0}, body = {0};
    unsigned line = run_first_line(result);
    if (!run_is_bad(result))
        return;
    run_label(result, &label);
    pxk_run_failure(result, false, 100, &body);
    pxk_text_add(out, "::error file=");
    escape(out, run_get(result, "file"), true);
    pxk_text_addf(out, ",line=%u,title=", line ? line : 1);
    escape(out, label.s ? label.s : "", true);
    pxk_text_add(out, "::");
    escape(out, body.s ? body.s : "", false);
    pxk_text_add(out, "\n");
    pxk_text_done(&label);
    pxk_text_done(&body);
}

/* A cell of a table: no line ends, no bars, no HTML, no markup. */
static void cell(struct pxk_text *out, const char *s)
{
    struct pxk_text clean = {0};
    run_add_line(&clean, s, strlen(s));
    for (const char *c = clean.s; c && *c; c++) {
        if (*c == '<')
            pxk_text_add(out, "&lt;");
        else if (*c == '&')
            pxk_text_add(out, "&amp;");
        else
            pxk_text_addf(out, strchr("|\\`*_[]~#@!", *c) ? "\\%c" : "%c", *c);
    }
    pxk_text_done(&clean);
}

static void row(struct pxk_text *out, const json_t *result, const char *mark)
{
    struct pxk_text label = {0}, what = {0};
    run_label(result, &label);
    run_summary(result, &what);
    pxk_text_addf(out, "| %s | ", mark);
    cell(out, label.s ? label.s : "");
    pxk_text_add(out, " | ");
    cell(out, what.s ? what.s : "");
    pxk_text_addf(out, " | %.1f s |\n", run_seconds(result));
    pxk_text_done(&label);
    pxk_text_done(&what);
}

void pxk_run_markdown(const json_t *results, struct pxk_text *out)
{
    static const struct {
        const char *status, *mark;
    } order[] = {{"error", ":x: error"}, {"failed", ":x: failed"}, {"skipped", "skipped"}, {"passed", ":white_check_mark:"}};
    struct pxk_run_count n = pxk_run_count(results);
    size_t i;
    json_t *result;
    pxk_text_addf(out, "### pxekit run: %zu passed, %zu failed, %zu skipped\n\n", n.passed, n.failed, n.skipped);
    pxk_text_add(out, "| | case | | time |\n| --- | --- | --- | ---: |\n");
    for (size_t k = 0; k < PXK_COUNT(order); k++)
        json_array_foreach(results, i, result)
            if (run_is(result, order[k].status))
                row(out, result, order[k].mark);
    pxk_text_add(out, "\n");
}
