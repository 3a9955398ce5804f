/* --update: what was seen becomes what is expected. Only the text of the `expect:` block changes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run_int.h"

/* ---- text ---- */

static size_t line_length(const char *s, size_t left)
{
    const char *end = memchr(s, '\n', left);
    return end ? (size_t)(end - s) + 1 : left;
}

/* A key of the document's own mapping begins here, or the document ends. */
static bool is_next_key(const char *line, size_t n)
{
    return n && !strchr(" \t\r\n#", line[0]);
}

static bool is_blank(const char *line, size_t n)
{
    return strspn(line, " \t\r\n") >= n;
}

struct block {
    size_t first, end; /* offsets; first == end: there is none, it goes there */
    bool twice;
};

static struct block block_find(const char *text, size_t len)
{
    struct block b = {.first = len, .end = len};
    bool found = false, inside = false;
    for (size_t at = 0, n; at < len; at += n) {
        n = line_length(text + at, len - at);
        bool key = is_next_key(text + at, n);
        if (key && n > 7 && strncmp(text + at, "expect:", 7) == 0) {
            b.twice = b.twice || found;
            b.first = at;
            b.end = at + n;
            found = inside = true;
        } else if (key) {
            inside = false;
        } else if (inside && text[at] != '#' && !is_blank(text + at, n)) {
            b.end = at + n; /* blank lines and comments at the margin are the block's only if more of it follows */
        }
    }
    return b;
}

bool run_update_text(const char *text, size_t len, const char *block, struct pxk_text *out, char *why, size_t cap)
{
    struct block b = block_find(text, len);
    if (b.twice) {
        pxk_fmt(why, cap, "it has more than one `expect:`");
        return false;
    }
    pxk_text_add_n(out, text, b.first);
    if (b.first == len && len && text[len - 1] != '\n')
        pxk_text_add(out, "\n");
    pxk_text_add(out, block);
    pxk_text_add_n(out, text + b.end, len - b.end);
    if (out->failed)
        pxk_fmt(why, cap, "out of memory");
    return !out->failed;
}

/* ---- file ---- */

/* The same cases must come out of it: else this file is written in a way that we do not understand. */
static bool still_parses(const struct run_set *set, size_t file, const struct pxk_text *text)
{
    struct pxk_scenarios again = {0};
    struct pxk_conf_errors errors = {0};
    size_t cases = 0;
    for (size_t i = 0; i < set->cases.n; i++)
        cases += set->cases.at[i].file == file;
    bool fine = pxk_scenario_parse(set->files.at[file].path, text->s, text->len, &again, &errors) == PXK_OK && again.at.n == cases;
    pxk_conf_errors_done(&errors);
    pxk_scenarios_done(&again);
    return fine;
}

static bool all_written(int fd, const struct pxk_text *text)
{
    for (size_t at = 0; at < text->len;) {
        ssize_t n = write(fd, text->s + at, text->len - at);
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return fsync(fd) == 0;
}

/* By rename: whoever reads the file sees the old or the new one. A link stays a link. */
static bool file_replace(const char *path, const struct pxk_text *text)
{
    struct pxk_text temp = {0};
    struct stat st;
    char *real = realpath(path, NULL);
    pxk_text_addf(&temp, "%s.XXXXXX", real ? real : "");
    int fd = real && !temp.failed && stat(real, &st) == 0 ? mkostemp(temp.s, O_CLOEXEC) : -1;
    bool fine = fd >= 0 && fchmod(fd, st.st_mode & 07777) == 0 && all_written(fd, text);
    int failed = errno;
    if (fd >= 0)
        close(fd);
    if (fine && rename(temp.s, real) != 0) {
        failed = errno;
        fine = false;
    }
    if (fd >= 0 && !fine)
        (void)unlink(temp.s);
    pxk_text_done(&temp);
    free(real);
    errno = failed;
    return fine;
}

/* ---- which ---- */

static const json_t *result_of(const json_t *results, const char *id)
{
    size_t i;
    json_t *result;
    json_array_foreach(results, i, result)
        if (strcmp(run_get(result, "id"), id) == 0)
            return result;
    return NULL;
}

struct verdict {
    const char *block;
    bool failed;   /* one of its cases */
    const char *why; /* it cannot be rewritten */
};

static struct verdict verdict_of(const struct run_set *set, const json_t *results, size_t file)
{
    struct verdict v = {0};
    for (size_t i = 0; i < set->cases.n; i++) {
        if (set->cases.at[i].file != file)
            continue;
        const json_t *result = result_of(results, set->cases.at[i].id);
        const char *block = run_get(result, "expect");
        v.failed = v.failed || (result && run_is_bad(result));
        if (!result)
            v.why = "not all of its rows were run";
        else if (!*block)
            v.why = "not all of its rows came to an end that can be written down";
        else if (v.block && strcmp(v.block, block) != 0)
            v.why = "its rows do not end alike, and one block stands for all";
        else
            v.block = block;
    }
    return v;
}

static bool file_update(const struct run *run, const struct run_set *set, size_t file, const char *block)
{
    const struct run_file *f = &set->files.at[file];
    struct pxk_text text = {0};
    char why[200] = "";
    bool fine = run_update_text(f->text.s, f->text.len, block, &text, why, sizeof why);
    if (fine && !still_parses(set, file, &text)) {
        pxk_fmt(why, sizeof why, "it is written in a way that only you can change");
        fine = false;
    }
    if (fine && !file_replace(f->path, &text)) {
        pxk_fmt(why, sizeof why, "%s", strerror(errno));
        fine = false;
    }
    if (fine)
        (void)run_say(run, 0, "%s: `expect:` is now what was seen; look at the change, then run it again", f->path);
    else
        (void)run_say(run, 0, "%s is left as it was: %s", f->path, why);
    pxk_text_done(&text);
    return fine;
}

size_t run_update(const struct run *run, const struct run_set *set, const json_t *results)
{
    size_t n = 0, i;
    json_t *result;
    for (size_t file = 0; file < set->files.n; file++) {
        struct verdict v = verdict_of(set, results, file);
        if (v.failed && v.why)
            (void)run_say(run, 0, "%s is left as it was: %s", set->files.at[file].path, v.why);
        else if (v.failed)
            n += file_update(run, set, file, v.block);
    }
    json_array_foreach(results, i, result)
        (void)json_object_del(result, "expect");
    return n;
}
