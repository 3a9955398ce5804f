/* A case's result, with all that the runner knows of it. */
#include <string.h>

#include "run_int.h"

static void put(json_t *o, const char *key, const char *text)
{
    (void)json_object_set_new(o, key, run_json_text(text ? text : ""));
}

/* "pxekit run scenarios/dhcp/x.yaml --filter id:x.dnsmasq --keep" */
static void repeat_put(const struct run_set *set, const struct run_case *c, json_t *result)
{
    struct pxk_text command = {0}, filter = {0};
    pxk_text_add(&command, "pxekit run ");
    run_add_shell(&command, set->files.at[c->file].path);
    size_t rows = 0;
    for (size_t i = 0; i < set->cases.n; i++)
        rows += set->cases.at[i].file == c->file;
    if (rows > 1) {
        pxk_text_addf(&filter, "id:%s", c->s->id);
        pxk_text_add(&command, " --filter ");
        run_add_shell(&command, filter.s ? filter.s : "");
    }
    pxk_text_add(&command, " --keep");
    put(result, "repeat", command.s);
    pxk_text_done(&command);
    pxk_text_done(&filter);
}

static json_t *tags_of(const struct pxk_scenario *s)
{
    json_t *tags = json_array();
    for (size_t i = 0; i < s->tags.n; i++)
        (void)json_array_append_new(tags, run_json_text(s->tags.at[i]));
    return tags;
}

/* A case that cannot be played here is a failure where that is not wanted. */
static void skip_forbid(json_t *result)
{
    struct pxk_text why = {0};
    pxk_text_addf(&why, "skipped, and --no-skip forbids that: %s", run_get(result, "why"));
    put(result, "why", why.s);
    put(result, "status", "failed");
    pxk_text_done(&why);
}

json_t *run_result(const struct run *run, const struct run_set *set, const struct run_case *c, json_t *part, double seconds)
{
    json_t *result = json_object();
    put(result, "name", c->s->name);
    put(result, "about", c->s->about);
    put(result, "file", set->files.at[c->file].path);
    put(result, "row", c->s->row);
    put(result, "id", c->id);
    (void)json_object_set_new(result, "tags", tags_of(c->s));
    (void)json_object_set_new(result, "status", json_string("error"));
    (void)json_object_set_new(result, "seconds", json_real(seconds));
    (void)json_object_set_new(result, "artifacts", json_null());
    (void)json_object_set_new(result, "log", json_string(""));
    (void)json_object_update(result, part);
    json_decref(part);
    repeat_put(set, c, result);
    if (run->opts->no_skip && run_is(result, "skipped"))
        skip_forbid(result);
    return result;
}
