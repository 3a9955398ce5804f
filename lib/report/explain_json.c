/* The rows of the tables for programs: schema "pxekit.findings.v1". */
#include <string.h>

#include "json_int.h"

static json_t *row_json(const struct pxk_finding_row *row)
{
    json_t *o = json_object(), *screen = json_object();
    put_text(o, "code", row->code);
    put_text(o, "name", row->name);
    put_text(o, "step", pxk_step_key(row->step));
    put_text(o, "severity", pxk_severity_key(row->severity));
    put_text(o, "title", row->title);
    put_text_if(screen, "bios", row->screen_bios);
    put_text_if(screen, "uefi", row->screen_uefi);
    put(o, "screen", screen);
    put(o, "causes", lines_array(row->causes));
    put(o, "confirm", lines_array(row->confirm));
    put(o, "fix", row_fixes_json(row));
    put_text_if(o, "source", row->source);
    return o;
}

static json_t *code_json(const struct pxk_firmware_code *code)
{
    json_t *o = json_object(), *names = json_array();
    put_text(o, "code", code->code);
    put_text_if(o, "bios", code->bios);
    put_text_if(o, "uefi", code->uefi);
    for (const char *at = code->findings; *at; at += strspn(at, " ")) {
        char name[64];
        size_t n = strcspn(at, " ");
        (void)pxk_str_copy_n(name, sizeof name, at, n);
        (void)json_array_append_new(names, json_string(name));
        at += n;
    }
    put(o, "findings", names);
    return o;
}

static json_t *unseen_json(void)
{
    const struct pxk_unseen_row *rows;
    size_t n = pxk_unseen_rows(&rows);
    json_t *a = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *o = json_object();
        put_text(o, "row", rows[i].row);
        put_text(o, "what", rows[i].what);
        put_text(o, "why", rows[i].why);
        put(o, "do", lines_array(rows[i].mend));
        (void)json_array_append_new(a, o);
    }
    return a;
}

void pxk_report_explain_json(const struct pxk_finding_row *row, const struct pxk_firmware_code *code, struct pxk_text *out)
{
    json_t *o = json_object(), *findings = json_array(), *firmware = json_array();
    const struct pxk_finding_row *rows;
    const struct pxk_firmware_code *codes;
    size_t row_n = pxk_finding_rows(&rows), code_n = pxk_firmware_codes(&codes);
    bool all = !row && !code;
    for (unsigned step = 0; step < PXK_STEP_N; step++)
        for (size_t i = 0; i < row_n; i++)
            if (rows[i].step == step && (all || row == &rows[i]))
                (void)json_array_append_new(findings, row_json(&rows[i]));
    for (size_t i = 0; i < code_n; i++)
        if (all || code == &codes[i])
            (void)json_array_append_new(firmware, code_json(&codes[i]));
    put_text(o, "schema", "pxekit.findings.v1");
    put(o, "findings", findings);
    put(o, "firmware", firmware);
    if (all)
        put(o, "unseen", unseen_json());
    json_write(o, JSON_INDENT(2), out);
}
