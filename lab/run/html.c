/* One page that needs nothing else: no script or picture from anywhere, light and dark, readable without JavaScript (which only
 * adds the filter). */
#include <string.h>

#include "pxk/run.h"
#include "text.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src "
    "'unsafe-inline'\">\n"
    "<title>pxekit run</title>\n<style>\n"
    ":root{color-scheme:light dark;--fg:#1d2125;--bg:#fff;--soft:#f2f4f6;--line:#d5dae0;--dim:#5b6570;--ok:#1a7f37;--bad:#c2251e;"
    "--skip:#8a6100}\n"
    "@media(prefers-color-scheme:dark){:root{--fg:#e4e7eb;--bg:#15181c;--soft:#1f2429;--line:#353c44;--dim:#9aa4af;--ok:#4fc26b;"
    "--bad:#ff7b72;--skip:#e0b04c}}\n"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);margin:0 auto;max-width:76rem;padding:1.5rem}\n"
    "h1{font-size:1.4rem;margin:0 0 .3rem}.dim{color:var(--dim)}\n"
    ".passed{color:var(--ok)}.failed,.error{color:var(--bad)}.skipped{color:var(--skip)}\n"
    ".sum b{font-size:1.3rem}.sum span{margin-right:1.5rem}\n"
    ".bar{display:flex;gap:1rem;flex-wrap:wrap;align-items:center;margin:1rem 0}\n"
    "input[type=search]{font:inherit;padding:.3rem .6rem;min-width:16rem;color:inherit;background:var(--soft);border:1px solid "
    "var(--line);border-radius:.3rem}\n"
    "details{border:1px solid var(--line);border-radius:.3rem;margin:.3rem 0}\n"
    "summary{display:grid;grid-template-columns:5rem minmax(0,1fr) auto;gap:.7rem;padding:.35rem .7rem;cursor:pointer}\n"
    "summary .st{font-weight:600}details[open]>summary{border-bottom:1px solid var(--line);background:var(--soft)}\n"
    ".in{padding:.6rem .9rem;overflow-x:auto}\n"
    "table{border-collapse:collapse;margin:.5rem 0;width:100%}th,td{text-align:left;vertical-align:top;padding:.2rem .7rem "
    ".2rem 0;border-bottom:1px solid var(--line);overflow-wrap:break-word}th{color:var(--dim);font-weight:500}\n"
    "pre{background:var(--soft);padding:.6rem;overflow-x:auto;margin:.5rem 0;border-radius:.3rem}code,pre{font:13px/1.45 "
    "ui-monospace,monospace}h2{font-size:1rem;margin:.8rem 0 .2rem}[hidden]{display:none}\n"
    "</style>\n</head>\n<body>\n";

static const char filter[] =
    "<div class=\"bar\" id=\"bar\" hidden><input type=\"search\" id=\"q\" placeholder=\"name, tag, server ...\" "
    "aria-label=\"filter\">"
    "<label><input type=\"checkbox\" data-s=\"passed\" checked> passed</label>"
    "<label><input type=\"checkbox\" data-s=\"failed\" checked> failed</label>"
    "<label><input type=\"checkbox\" data-s=\"skipped\" checked> skipped</label></div>\n";

static const char tail[] =
    "<script>\n"
    "const q=document.getElementById('q'),boxes=[...document.querySelectorAll('#bar input[type=checkbox]')];\n"
    "function show(){const on=new Set(boxes.filter(b=>b.checked).map(b=>b.dataset.s)),w=q.value.toLowerCase().split(/\\s+/);\n"
    "for(const d of document.querySelectorAll('details')){const s=d.dataset.s==='error'?'failed':d.dataset.s;\n"
    "d.hidden=!on.has(s)||!w.every(x=>d.dataset.t.toLowerCase().includes(x));}}\n"
    "q.addEventListener('input',show);boxes.forEach(b=>b.addEventListener('change',show));"
    "document.getElementById('bar').hidden=false;\n"
    "</script>\n</body>\n</html>\n";

static void tagged(struct pxk_text *out, const char *open, const char *text, const char *close)
{
    pxk_text_add(out, open);
    run_add_xml(out, text);
    pxk_text_add(out, close);
}

static void tagged_if(struct pxk_text *out, const char *open, const char *text, const char *close)
{
    if (*text)
        tagged(out, open, text, close);
}

static void checks(struct pxk_text *out, const json_t *all)
{
    size_t i;
    json_t *check;
    if (!json_array_size(all))
        return;
    pxk_text_add(out, "<table><tr><th></th><th>expectation</th><th>expected</th><th>seen</th><th>line</th></tr>\n");
    json_array_foreach(all, i, check) {
        bool bad = json_is_false(json_object_get(check, "ok"));
        json_int_t line = json_integer_value(json_object_get(check, "line"));
        pxk_text_addf(out, "<tr><td class=\"%s\">%s</td>", bad ? "failed" : "passed", bad ? "no" : "yes");
        tagged(out, "<td>", run_get(check, "what"), "</td>");
        tagged(out, "<td>", run_get(check, "expected"), "</td>");
        tagged(out, bad ? "<td class=\"failed\">" : "<td>", run_get(check, "seen"), "</td>");
        if (line > 0)
            pxk_text_addf(out, "<td>%lld</td></tr>\n", (long long)line);
        else
            pxk_text_add(out, "<td></td></tr>\n");
    }
    pxk_text_add(out, "</table>\n");
}

static void steps(struct pxk_text *out, const json_t *report)
{
    const json_t *all = json_object_get(report, "steps");
    size_t i;
    json_t *step;
    if (!json_array_size(all))
        return;
    pxk_text_add(out, "<h2>Report</h2>\n<table><tr><th>step</th><th>verdict</th><th>why</th></tr>\n");
    json_array_foreach(all, i, step) {
        tagged(out, "<tr><td>", run_get(step, "step"), "</td>");
        tagged(out, "<td>", run_get(step, "verdict"), "</td>");
        tagged(out, "<td>", run_get(step, "why"), "</td></tr>\n");
    }
    pxk_text_add(out, "</table>\n");
}

static void findings(struct pxk_text *out, const json_t *report)
{
    const json_t *all = json_object_get(report, "findings");
    size_t i;
    json_t *finding;
    if (!json_array_size(all))
        return;
    pxk_text_add(out, "<table><tr><th>finding</th><th></th><th>severity</th><th>seen</th></tr>\n");
    json_array_foreach(all, i, finding) {
        tagged(out, "<tr><td>", run_get(finding, "code"), "</td>");
        tagged(out, "<td>", run_get(finding, "name"), "</td>");
        tagged(out, "<td>", run_get(finding, "severity"), "</td>");
        tagged(out, "<td>", run_get(finding, "seen"), "</td></tr>\n");
    }
    pxk_text_add(out, "</table>\n");
}

static void packets(struct pxk_text *out, const json_t *lines)
{
    size_t i;
    json_t *line;
    if (!json_array_size(lines))
        return;
    pxk_text_add(out, "<h2>Packets</h2>\n<pre>");
    json_array_foreach(lines, i, line)
        tagged(out, "", json_string_value(line) ? json_string_value(line) : "", "\n");
    pxk_text_add(out, "</pre>\n");
}

/* What the filter looks into: label, name, tags. */
static void searched(struct pxk_text *out, const json_t *result, const char *label)
{
    size_t i;
    json_t *tag;
    tagged(out, " data-t=\"", label, " ");
    tagged(out, "", run_get(result, "name"), "");
    json_array_foreach(json_object_get(result, "tags"), i, tag)
        tagged(out, " ", json_string_value(tag) ? json_string_value(tag) : "", "");
    pxk_text_add(out, "\"");
}

static void body(struct pxk_text *out, const json_t *result)
{
    const json_t *report = json_object_get(result, "report");
    pxk_text_add(out, "<div class=\"in\">\n");
    tagged_if(out, "<div>", run_get(result, "name"), "</div>\n");
    tagged_if(out, "<div class=\"dim\">", run_get(result, "about"), "</div>\n");
    tagged_if(out, "<div>", run_get(result, "why"), "</div>\n");
    checks(out, json_object_get(result, "checks"));
    steps(out, report);
    findings(out, report);
    packets(out, json_object_get(result, "packets"));
    tagged_if(out, "<h2>Output of the case's process</h2>\n<pre>", run_get(result, "log"), "</pre>\n");
    tagged_if(out, "<div class=\"dim\">kept: <code>", run_get(result, "artifacts"), "</code></div>\n");
    tagged_if(out, "<div class=\"dim\">again: <code>", run_get(result, "repeat"), "</code></div>\n");
    pxk_text_add(out, "</div>\n");
}

static void entry(struct pxk_text *out, const json_t *result)
{
    struct pxk_text label = {0};
    const char *status = run_is(result, "passed") || run_is(result, "skipped") || run_is(result, "error") ? run_get(result, "status")
                                                                                                        : "failed";
    run_label(result, &label);
    pxk_text_addf(out, "<details data-s=\"%s\"", status);
    searched(out, result, label.s ? label.s : "");
    pxk_text_addf(out, "%s><summary><span class=\"st %s\">%s</span>", run_is_bad(result) ? " open" : "", status, status);
    tagged(out, "<span>", label.s ? label.s : "", "</span>");
    pxk_text_addf(out, "<span class=\"dim\">%.1f s</span></summary>\n", run_seconds(result));
    body(out, result);
    pxk_text_add(out, "</details>\n");
    pxk_text_done(&label);
}

void pxk_run_html(const json_t *results, const char *version, struct pxk_text *out)
{
    struct pxk_run_count n = pxk_run_count(results);
    size_t i;
    json_t *result;
    pxk_text_add(out, head);
    tagged(out, "<h1>pxekit run</h1>\n<div class=\"dim\">pxekit ", version, "</div>\n");
    pxk_text_addf(out, "<p class=\"sum\"><span class=\"passed\"><b>%zu</b> passed</span><span class=\"failed\"><b>%zu</b> failed</span>"
                  "<span class=\"skipped\"><b>%zu</b> skipped</span></p>\n", n.passed, n.failed, n.skipped);
    pxk_text_add(out, filter);
    for (int bad = 1; bad >= 0; bad--) /* what failed first */
        json_array_foreach(results, i, result)
            if (run_is_bad(result) == bad)
                entry(out, result);
    pxk_text_add(out, tail);
}
