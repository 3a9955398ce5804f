/* All results as one document, and what is counted over them. */
#include "pxk/run.h"
#include "text.h"

struct pxk_run_count pxk_run_count(const json_t *results)
{
    struct pxk_run_count n = {0};
    size_t i;
    json_t *result;
    json_array_foreach(results, i, result) {
        if (run_is(result, "passed"))
            n.passed++;
        else if (run_is(result, "skipped"))
            n.skipped++;
        else
            n.failed++;
    }
    return n;
}

static int dump(const char *buffer, size_t size, void *ctx)
{
    struct pxk_text *t = ctx;
    pxk_text_add_n(t, buffer, size);
    return t->failed ? -1 : 0;
}

void pxk_run_json(const json_t *results, const char *version, struct pxk_text *out)
{
    struct pxk_run_count n = pxk_run_count(results);
    json_t *o = json_pack("{s:s, s:o, s:I, s:I, s:I, s:O}", "schema", "pxekit.run.v1", "version", run_json_text(version), "passed",
                          (json_int_t)n.passed, "failed", (json_int_t)n.failed, "skipped", (json_int_t)n.skipped, "results", results);
    if (!o || json_dump_callback(o, dump, out, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9)) != 0)
        out->failed = true;
    pxk_text_add(out, "\n");
    json_decref(o);
}
