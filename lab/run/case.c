/* One case, in its own process: played, judged, and what is worth telling of it. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run_int.h"

#define AROUND 5 /* packets before and after the one that matters */

json_t *run_part(const char *status, const char *why)
{
    return json_pack("{s:s, s:o, s:[], s:[]}", "status", status, "why", run_json_text(why), "checks", "packets");
}

/* The frame that a failed check points at, 0: none does. */
static long long frame_wanted(const json_t *checks)
{
    size_t i;
    json_t *check;
    json_array_foreach(checks, i, check) {
        json_int_t frame = json_integer_value(json_object_get(check, "frame"));
        if (json_is_false(json_object_get(check, "ok")) && frame > 0)
            return frame;
    }
    return 0;
}

/* The line of frame @wanted, or the first after it; lines begin with their frame's number. */
static size_t packet_find(const json_t *packets, long long wanted)
{
    size_t i;
    json_t *packet;
    json_array_foreach(packets, i, packet) {
        const char *s = json_string_value(packet);
        if (s && strtoll(s, NULL, 10) >= wanted)
            return i;
    }
    return json_array_size(packets);
}

/* Those around the failure; where no check says where it is, the last ones. */
static json_t *packets_around(const json_t *packets, const json_t *checks)
{
    json_t *out = json_array();
    long long frame = frame_wanted(checks);
    size_t n = json_array_size(packets), middle = frame ? packet_find(packets, frame) : n;
    size_t first = middle > AROUND ? middle - AROUND : 0, last = middle + AROUND + 1 < n ? middle + AROUND + 1 : n;
    if (!frame)
        first = n > 2 * AROUND ? n - 2 * AROUND : 0;
    for (size_t i = first; i < last; i++)
        (void)json_array_append(out, json_array_get(packets, i));
    return out;
}

bool run_file_write(int folder, const char *name, const char *data, size_t len)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    ssize_t n = 1;
    while (fd >= 0 && len && (n = write(fd, data, len)) > 0) {
        data += n;
        len -= (size_t)n;
    }
    return fd >= 0 && close(fd) == 0 && n >= 0 && !len;
}

/* For the artifacts; a case is judged without them too. */
static void document_keep(const struct run *run, const char *name, const json_t *document)
{
    char path[80];
    if (document)
        (void)json_dump_file(document, pxk_fmt(path, sizeof path, "%s/%s", run->base, name), JSON_INDENT(2) | JSON_REAL_PRECISION(9));
}

static void seen_take(const struct run *run, const struct run_case *c, json_t *part, json_t *seen)
{
    json_t *checks = json_object_get(part, "checks");
    size_t bad = run->parts->judge(c->s, seen, checks);
    (void)json_object_set_new(part, "status", json_string(bad ? "failed" : "passed"));
    if (bad)
        (void)json_object_set_new(part, "packets", packets_around(json_object_get(seen, "packets"), checks));
    json_t *report = json_object_get(seen, "report"), *events = json_object_get(seen, "events");
    if (report)
        (void)json_object_set(part, "report", report);
    (void)json_object_set_new(part, "events", events ? json_incref(events) : json_array());
    if (json_object_get(seen, "tree"))
        (void)json_object_set(part, "tree", json_object_get(seen, "tree"));
    if (run->opts->update) {
        struct pxk_text block = {0};
        run->parts->write(c->s, seen, &block);
        (void)json_object_set_new(part, "expect", run_json_text(block.s ? block.s : ""));
        pxk_text_done(&block);
    }
    document_keep(run, "seen.json", seen);
    document_keep(run, "report.json", report);
}

json_t *run_case_play(const struct run *run, const struct run_case *c)
{
    struct pxk_text folder = {0};
    char why[1000] = "", work[80];
    json_t *seen = NULL, *part = NULL;
    const char *file = c->s->file ? c->s->file : "", *slash = strrchr(file, '/');
    pxk_text_add_n(&folder, slash ? file : ".", slash ? (size_t)(slash - file) + (slash == file) : 1);
    struct pxk_play_env env = {.work = pxk_fmt(work, sizeof work, "%s/" RUN_WORK, run->base), .pxekit = run->opts->pxekit, .folder = folder.s, .version = run->opts->version};
    if (!run->parts->possible(c->s, why, sizeof why))
        part = run_part("skipped", why);
    if (!part) {
        enum pxk_play_end end = (c->s->virtual ? run->parts->play_virtual : run->parts->play)(c->s, &env, &seen, why, sizeof why);
        part = run_part(end == PXK_PLAY_SKIP ? "skipped" : "error", why);
        if (end == PXK_PLAY_SEEN && part)
            seen_take(run, c, part, seen);
    }
    json_decref(seen);
    pxk_text_done(&folder);
    return part;
}
