/* Results as people read them on a terminal or in a CI log. */
#include <string.h>

#include "pxk/run.h"
#include "text.h"

#define INDENT      5
#define WHAT_MAX    24 /* columns */
#define CELL_LINES  6
#define CHECKS_MAX  20
#define LOG_LINES   12

enum ink { PLAIN, BOLD, DIM, GREEN, YELLOW, RED };

static const char *const inks[] = {"", "\033[1m", "\033[2m", "\033[32m", "\033[33m", "\033[1;31m"};

static void ink(struct pxk_text *t, bool colour, enum ink which, const char *s, size_t n)
{
    bool on = colour && which != PLAIN;
    if (on)
        pxk_text_add(t, inks[which]);
    pxk_text_add_n(t, s, n);
    if (on)
        pxk_text_add(t, "\033[0m");
}

static void pad(struct pxk_text *t, size_t n)
{
    while (n--)
        pxk_text_add_n(t, " ", 1);
}

static const struct {
    const char *status, *word;
    enum ink ink;
} words[] = {{"passed", "ok   ", GREEN}, {"failed", "FAIL ", RED}, {"skipped", "skip ", YELLOW}, {"error", "ERROR ", RED}};

void pxk_run_line(const json_t *result, bool colour, struct pxk_text *out)
{
    size_t i = 0;
    while (i + 1 < PXK_COUNT(words) && !run_is(result, words[i].status))
        i++;
    ink(out, colour, words[i].ink, words[i].word, strlen(words[i].word));
    run_label(result, out);
    if (run_is(result, "skipped")) {
        const char *why = run_get(result, "why");
        pxk_text_add(out, ": ");
        run_add_line(out, why, strlen(why));
        pxk_text_add(out, "\n");
    } else {
        pxk_text_addf(out, "  %.1f s\n", run_seconds(result));
    }
}

/* A text that is put out in pieces of some columns, at most CELL_LINES of them. */
struct cell {
    struct pxk_text text; /* one clean line */
    size_t at, lines;
};

static void cell_init(struct cell *c, const char *s)
{
    *c = (struct cell){0};
    run_add_line(&c->text, s, strlen(s));
}

/* Bytes of the first @columns columns of @s. */
static size_t bytes_of(const char *s, size_t columns)
{
    size_t i = 0;
    while (s[i] && (columns || ((unsigned char)s[i] & 0xc0) == 0x80)) {
        columns -= ((unsigned char)s[i] & 0xc0) != 0x80;
        i++;
    }
    return i;
}

static bool cell_left(const struct cell *c)
{
    return c->text.s && c->text.s[c->at];
}

/* The next piece, padded to @width. Breaks where a word ends if that does not waste half of the line. */
static void cell_put(struct cell *c, struct pxk_text *out, size_t width, bool colour, enum ink which)
{
    const char *s = cell_left(c) ? c->text.s + c->at : "";
    size_t left = strlen(s), n = bytes_of(s, width), used;
    bool last = c->lines == CELL_LINES - 1;
    if (n < left && !last) {
        size_t space = n;
        while (space > n / 2 && s[space] != ' ')
            space--;
        if (space > n / 2)
            n = space;
    }
    const char *more = n < left && last ? "..." : "";
    if (*more)
        n = bytes_of(s, width - 3);
    ink(out, colour, which, s, n);
    pxk_text_add(out, more);
    used = run_columns(s, n) + strlen(more);
    pad(out, used < width ? width - used : 0);
    c->at += n;
    while (cell_left(c) && c->text.s[c->at] == ' ')
        c->at++;
    if (last)
        c->at = c->text.len;
    c->lines++;
}

struct columns {
    size_t what, half;
};

static void trim_line(struct pxk_text *out)
{
    while (out->len && out->s && out->s[out->len - 1] == ' ')
        out->s[--out->len] = '\0';
    pxk_text_add(out, "\n");
}

static void row_put(struct pxk_text *out, const struct columns *c, const char *what, const char *expected, const char *seen,
                    bool colour, const enum ink inks3[3])
{
    struct cell cell[3];
    cell_init(&cell[0], what);
    cell_init(&cell[1], expected);
    cell_init(&cell[2], seen);
    do {
        pad(out, INDENT);
        cell_put(&cell[0], out, c->what, colour, inks3[0]);
        pad(out, 2);
        cell_put(&cell[1], out, c->half, colour, inks3[1]);
        pad(out, 2);
        cell_put(&cell[2], out, c->half, colour, inks3[2]);
        trim_line(out);
    } while (cell_left(&cell[0]) || cell_left(&cell[1]) || cell_left(&cell[2]));
    for (size_t i = 0; i < 3; i++)
        pxk_text_done(&cell[i].text);
}

static struct columns columns_of(const json_t *checks, unsigned width)
{
    struct columns c = {.what = 8};
    size_t i;
    json_t *check;
    json_array_foreach(checks, i, check) {
        const char *what = run_get(check, "what");
        size_t n = run_columns(what, strlen(what));
        if (json_is_false(json_object_get(check, "ok")) && n > c.what)
            c.what = n < WHAT_MAX ? n : WHAT_MAX;
    }
    c.half = (width - INDENT - c.what - 4) / 2;
    return c;
}

static void checks_put(struct pxk_text *out, const json_t *checks, bool colour, unsigned width)
{
    static const enum ink head[3] = {DIM, DIM, DIM}, body[3] = {PLAIN, GREEN, RED};
    struct columns c = columns_of(checks, width);
    size_t i, bad = 0;
    json_t *check;
    json_array_foreach(checks, i, check) {
        if (!json_is_false(json_object_get(check, "ok")))
            continue;
        if (bad == 0)
            row_put(out, &c, "", "expected", "seen", colour, head);
        if (bad++ < CHECKS_MAX)
            row_put(out, &c, run_get(check, "what"), run_get(check, "expected"), run_get(check, "seen"), colour, body);
    }
    if (bad > CHECKS_MAX)
        pxk_text_addf(out, "     ... and %zu more\n", bad - CHECKS_MAX);
}

/* One indented line, cut at the terminal's edge. */
static void line_put(struct pxk_text *out, const char *s, size_t n, unsigned indent, unsigned width, bool colour, enum ink which)
{
    struct pxk_text clean = {0};
    run_add_line(&clean, s, n);
    size_t room = width - indent, fit = bytes_of(clean.s ? clean.s : "", room);
    bool cut = fit < clean.len;
    if (cut)
        fit = bytes_of(clean.s, room - 3);
    pad(out, indent);
    ink(out, colour, which, clean.s ? clean.s : "", fit);
    pxk_text_add(out, cut ? "...\n" : "\n");
    pxk_text_done(&clean);
}

static void packets_put(struct pxk_text *out, const json_t *packets, bool colour, unsigned width)
{
    size_t i;
    json_t *packet;
    json_array_foreach(packets, i, packet) {
        const char *s = json_string_value(packet);
        if (s)
            line_put(out, s, strlen(s), INDENT, width, colour, DIM);
    }
}

/* The last lines of what the case's process said: it is there when it broke. */
static void log_put(struct pxk_text *out, const char *log, bool colour, unsigned width)
{
    size_t n = strlen(log), lines = 0;
    while (n && log[n - 1] == '\n')
        n--;
    const char *end = log + n, *at = end;
    while (at > log && lines < LOG_LINES) {
        while (at > log && at[-1] != '\n')
            at--;
        if (++lines < LOG_LINES && at > log)
            at--;
    }
    while (at < end) {
        size_t len = strcspn(at, "\n");
        line_put(out, at, len, INDENT, width, colour, DIM);
        at += len + 1;
    }
}

/* Not cut: it is there to be copied. */
static void whole_put(struct pxk_text *out, const char *title, const char *s)
{
    if (!*s)
        return;
    pad(out, INDENT);
    pxk_text_add(out, title);
    run_add_line(out, s, strlen(s));
    pxk_text_add(out, "\n");
}

/* The finding to mend first: its likeliest cause, the fix that fits what was seen, and where more is told. */
static void finding_put(struct pxk_text *out, const json_t *report, unsigned width, bool colour)
{
    const json_t *finding = json_array_get(json_object_get(report, "findings"), 0);
    const char *cause = json_string_value(json_array_get(json_object_get(finding, "causes"), 0));
    const char *fix = json_string_value(json_object_get(json_object_get(finding, "fix"), "here"));
    struct pxk_text t = {0};
    if (!finding || strcmp(run_get(finding, "severity"), "note") == 0)
        return;
    pxk_text_addf(&t, "%s %s", run_get(finding, "code"), run_get(finding, "name"));
    line_put(out, t.s ? t.s : "", t.len, INDENT, width, colour, BOLD);
    pxk_text_done(&t);
    if (cause)
        whole_put(out, "cause: ", cause);
    if (fix && *fix)
        whole_put(out, "mend:  ", fix);
    t = (struct pxk_text){0};
    pxk_text_addf(&t, "pxekit explain %s", run_get(finding, "code"));
    whole_put(out, "more:  ", t.s ? t.s : "");
    pxk_text_done(&t);
}

void pxk_run_failure(const json_t *result, bool colour, unsigned width, struct pxk_text *out)
{
    const char *name = run_get(result, "name"), *why = run_get(result, "why");
    struct pxk_text place = {0};
    unsigned line = run_first_line(result);
    width = width < 60 ? 60 : width;
    line_put(out, name, strlen(name), INDENT, width, colour, BOLD);
    pxk_text_add(&place, run_get(result, "file"));
    if (line)
        pxk_text_addf(&place, ":%u", line);
    whole_put(out, "", place.s ? place.s : "");
    whole_put(out, "", why);
    checks_put(out, json_object_get(result, "checks"), colour, width);
    packets_put(out, json_object_get(result, "packets"), colour, width);
    finding_put(out, json_object_get(result, "report"), width, colour);
    log_put(out, run_get(result, "log"), colour, width);
    whole_put(out, "kept:  ", run_get(result, "artifacts"));
    whole_put(out, "again: ", run_get(result, "repeat"));
    pxk_text_done(&place);
}
