/* The way in: one document, its errors, and where values stand in the file. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf_int.h"

char *conf_copy(const char *s, size_t n)
{
    char *copy = malloc(n + 1);
    if (!copy)
        return NULL;
    memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

void conf_vreport(struct pxk_conf *c, unsigned line, unsigned column, const char *fmt, va_list ap)
{
    if (c->errors->list.n >= PXK_CONF_ERRORS_MAX) {
        c->errors->dropped++;
        return;
    }
    struct pxk_conf_error *e = pxk_vec_push(&c->errors->list);
    if (!e) {
        c->nomem = true;
        return;
    }
    e->line = line;
    e->column = column;
    (void)vsnprintf(e->text, sizeof e->text, fmt, ap);
}

void conf_report(struct pxk_conf *c, unsigned line, unsigned column, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    conf_vreport(c, line, column, fmt, ap);
    va_end(ap);
}

static size_t bucket_of(const void *at)
{
    uint64_t h = (uint64_t)(uintptr_t)at * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
    return (size_t)(h >> 32) % PLACE_BUCKETS;
}

void conf_place(struct pxk_conf *c, const void *at, size_t size, const yaml_node_t *node,
                enum place_kind kind)
{
    struct place *p = pxk_vec_push(&c->places);
    if (!p) {
        c->nomem = true;
        return;
    }
    size_t *bucket = &c->bucket[bucket_of(at)];
    *p = (struct place){at, size, (unsigned)node->start_mark.line + 1,
                        (unsigned)node->start_mark.column + 1, kind, *bucket};
    *bucket = c->places.n;
}

/* ---- for hooks ---- */

void *pxk_conf_user(const struct pxk_conf *c)
{
    return c->opts->user;
}

enum place_group { OF_VALUE, OF_KEY, OF_STRUCT };

static enum place_group group_of(enum place_kind kind)
{
    return kind == PLACE_STRUCT ? OF_STRUCT : kind == PLACE_KEY ? OF_KEY : OF_VALUE;
}

/* The last record of exactly this address: hooks ask for what was bound just before. */
static const struct place *place_of(const struct pxk_conf *c, const void *at,
                                    enum place_group group)
{
    for (size_t i = c->bucket[bucket_of(at)]; i; i = c->places.at[i - 1].next) {
        const struct place *p = &c->places.at[i - 1];
        if (p->at == (const char *)at && group_of(p->kind) == group)
            return p;
    }
    return NULL;
}

/* The smallest struct around an address. */
static const struct place *place_around(const struct pxk_conf *c, const void *at)
{
    const struct place *best = NULL;
    const char *a = at;
    for (size_t i = 0; i < c->places.n; i++) {
        const struct place *p = &c->places.at[i];
        bool inside = p->kind == PLACE_STRUCT && a >= p->at && a < p->at + p->size;
        if (inside && (!best || p->size <= best->size))
            best = p;
    }
    return best;
}

bool pxk_conf_given(const struct pxk_conf *c, const void *field)
{
    const struct place *p = place_of(c, field, OF_VALUE);
    return p && p->kind == PLACE_VALUE;
}

bool pxk_conf_instead(const struct pxk_conf *c, const void *field)
{
    const struct place *p = place_of(c, field, OF_VALUE);
    return p && p->kind == PLACE_INSTEAD;
}

unsigned pxk_conf_line(const struct pxk_conf *c, const void *field)
{
    const struct place *p = place_of(c, field, OF_VALUE);
    if (!p)
        p = place_of(c, field, OF_STRUCT);
    return p ? p->line : 0;
}

bool pxk_conf_written(const struct pxk_conf *c, const void *field)
{
    return place_of(c, field, OF_VALUE) != NULL;
}

static void error_at(struct pxk_conf *c, const void *at, bool key, const char *fmt, va_list ap)
{
    bool full = c->errors->list.n >= PXK_CONF_ERRORS_MAX; /* only counted: no need to search */
    const struct place *p = full ? NULL : place_of(c, at, key ? OF_KEY : OF_VALUE);
    if (!p && !full)
        p = place_around(c, at);
    conf_vreport(c, p ? p->line : 0, p ? p->column : 0, fmt, ap);
}

void pxk_conf_error(struct pxk_conf *c, const void *field, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    error_at(c, field, false, fmt, ap);
    va_end(ap);
}

void pxk_conf_error_key(struct pxk_conf *c, const void *pair, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    error_at(c, pair, true, fmt, ap);
    va_end(ap);
}

void pxk_conf_no_memory(struct pxk_conf *c)
{
    c->nomem = true;
}

/* ---- errors ---- */

void pxk_conf_errors_done(struct pxk_conf_errors *e)
{
    pxk_vec_done(&e->list);
    e->dropped = 0;
}

enum pxk_err pxk_conf_errors_add(struct pxk_conf_errors *e, unsigned line, unsigned column,
                                 const char *text)
{
    struct pxk_conf c = {.errors = e};
    conf_report(&c, line, column, "%s", text);
    return c.nomem ? PXK_E_NOMEM : PXK_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct pxk_conf_error *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return strcmp(x->text, y->text);
}

void pxk_conf_errors_sort(struct pxk_conf_errors *e)
{
    if (e->list.n)
        qsort(e->list.at, e->list.n, sizeof *e->list.at, by_place);
}

bool pxk_conf_error_line(const struct pxk_conf_errors *e, const char *file, size_t i,
                         struct pxk_str *out)
{
    if (i == e->list.n && e->dropped) {
        pxk_str_addf(out, "%s: and %zu more errors", file, e->dropped);
        return true;
    }
    if (i >= e->list.n)
        return false;
    const struct pxk_conf_error *x = &e->list.at[i];
    if (x->line)
        pxk_str_addf(out, "%s:%u:%u: %s", file, x->line, x->column, x->text);
    else
        pxk_str_addf(out, "%s: %s", file, x->text);
    return true;
}

/* ---- documents ---- */

/* The text that is being loaded. */
struct source {
    const char *text;
    size_t len;
};

static const char bom[] = "\xef\xbb\xbf";

/* libyaml tells where a byte is that is no text, but not in which line; columns are bytes here. */
static void reader_problem(struct pxk_conf *c, const yaml_parser_t *p, const struct source *from)
{
    unsigned line = 1, column = 1;
    size_t at = p->problem_offset < from->len ? p->problem_offset : from->len;
    /* It points at the byte that should have gone on with the character. */
    bool inside = p->problem && (strstr(p->problem, "trailing") || strstr(p->problem, "incomplete"));
    for (size_t back = 1; inside && back <= 3 && back <= at; back++)
        if ((unsigned char)from->text[at - back] >= 0xc0) {
            at -= back;
            break;
        }
    for (size_t i = 0; i < at; i++) {
        column = from->text[i] == '\n' ? 1 : column + 1;
        line += from->text[i] == '\n';
    }
    unsigned byte = at < from->len ? (unsigned char)from->text[at] : 0;
    if (at == 0 && (byte == 0xff || byte == 0xfe))
        conf_report(c, 0, 0, "the file looks like UTF-16, expected UTF-8: save it as that");
    else if (byte < 0x80)
        conf_report(c, line, column, "byte 0x%02x is a control character, expected text", byte);
    else
        conf_report(c, line, column, "byte 0x%02x is not UTF-8, expected the file to be saved as that", byte);
}

/* What libyaml says, and what a person has written who is told so. */
static const struct {
    const char *problem, *context; /* NULL: any */
    const char *words;
} yaml_words[] = {
    {"mapping values are not allowed in this context", NULL,
     "a \": \" inside of a value, or a line that is indented too far; put the value in quotes or mend the indentation"},
    {"did not find expected '-' indicator", NULL,
     "this line is indented like none above it; the entries of a list begin in one column"},
    {"did not find expected key", NULL, "this line is indented like none above it; the keys of one mapping begin in one column"},
    {"could not find expected ':'", NULL, "a key without \": \" and a value, or a value that is not indented under its key"},
    {"found unexpected end of stream", "while scanning a quoted scalar", "a quote that begins in line %u is never closed"},
    {"did not find expected ',' or ']'", NULL, "the [ in line %u is not closed, or a comma is missing"},
    {"did not find expected ',' or '}'", NULL, "the { in line %u is not closed, or a comma is missing"},
};

/* Is the next thing on the line of the problem a tab? */
static bool is_tab(const yaml_parser_t *p, const struct source *from)
{
    const char *at = from->text, *end = from->text + from->len;
    for (size_t line = 0; at && line < p->problem_mark.line; line++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    while (at && at < end && *at == ' ')
        at++;
    return at && at < end && *at == '\t';
}

static void yaml_problem(struct pxk_conf *c, const yaml_parser_t *p, const struct source *from)
{
    unsigned line = (unsigned)p->problem_mark.line + 1, column = (unsigned)p->problem_mark.column + 1;
    const char *problem = p->problem ? p->problem : "unknown problem", *context = p->context;
    if (p->error == YAML_MEMORY_ERROR) {
        c->nomem = true;
        return;
    }
    if (p->error == YAML_READER_ERROR) { /* no mark: only a byte offset */
        reader_problem(c, p, from);
        return;
    }
    if (is_tab(p, from)) {
        conf_report(c, line, column, "not valid YAML: this line is indented by a tab, expected spaces");
        return;
    }
    for (size_t i = 0; i < PXK_COUNT(yaml_words); i++) {
        char words[200];
        if (strcmp(problem, yaml_words[i].problem) != 0 ||
            (yaml_words[i].context && (!context || strcmp(context, yaml_words[i].context) != 0)))
            continue;
        const char *number = strstr(yaml_words[i].words, "%u");
        pxk_fmt(words, sizeof words, "%.*s", number ? (int)(number - yaml_words[i].words) : 200, yaml_words[i].words);
        if (number)
            conf_report(c, line, column, "not valid YAML: %s%u%s", words, (unsigned)p->context_mark.line + 1, number + 2);
        else
            conf_report(c, line, column, "not valid YAML: %s", words);
        return;
    }
    conf_report(c, line, column, "not valid YAML: %s%s%s", problem, context ? ", " : "", context ? context : "");
}

static void second_document(struct pxk_conf *c, yaml_parser_t *p, const struct source *from)
{
    yaml_document_t more;
    if (!yaml_parser_load(p, &more)) {
        yaml_problem(c, p, from);
        return;
    }
    const yaml_node_t *root = yaml_document_get_root_node(&more);
    if (root)
        conf_report(c, (unsigned)more.start_mark.line + 1, 1,
                    "a second document starts here, expected only one");
    yaml_document_delete(&more);
}

static void load(struct pxk_conf *c, struct source from, struct pxk_conf_doc **out)
{
    yaml_parser_t parser;
    struct pxk_conf_doc *doc = calloc(1, sizeof *doc);
    if (!doc || !yaml_parser_initialize(&parser)) {
        free(doc);
        c->nomem = true;
        return;
    }
    if (from.len >= sizeof bom - 1 && memcmp(from.text, bom, sizeof bom - 1) == 0) { /* libyaml, told the encoding, reads it as text */
        from.text += sizeof bom - 1;
        from.len -= sizeof bom - 1;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)from.text, from.len);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    if (yaml_parser_load(&parser, &doc->yaml)) {
        if (yaml_document_get_root_node(&doc->yaml)) /* else the stream is at its end */
            second_document(c, &parser, &from);
        *out = doc;
    } else {
        yaml_problem(c, &parser, &from);
        free(doc);
    }
    yaml_parser_delete(&parser);
}

enum pxk_err pxk_conf_load(const char *text, size_t len, struct pxk_conf_doc **out,
                           struct pxk_conf_errors *errors)
{
    struct pxk_conf c = {.errors = errors};
    *out = NULL;
    if (len > PXK_CONF_TEXT_MAX)
        conf_report(&c, 0, 0, "the file has %zu bytes, at most %zu are possible", len,
                    PXK_CONF_TEXT_MAX);
    else
        load(&c, (struct source){len ? text : "", len}, out);
    if (c.nomem)
        *out = pxk_conf_doc_free(*out);
    return c.nomem ? PXK_E_NOMEM : *out ? PXK_OK : PXK_E_FORMAT;
}

struct pxk_conf_doc *pxk_conf_doc_free(struct pxk_conf_doc *doc)
{
    if (doc)
        yaml_document_delete(&doc->yaml);
    free(doc);
    return NULL;
}

static void bind_document(struct pxk_conf *c, const struct pxk_conf_table *t, void *out)
{
    const yaml_node_t *root = yaml_document_get_root_node(c->doc);
    if (!root || (root->type == YAML_SCALAR_NODE && !root->data.scalar.length))
        conf_report(c, 0, 0, "the file is empty, expected %s", t->doc ? t->doc : t->name);
    else if (root->type != YAML_MAPPING_NODE)
        conf_report(c, (unsigned)root->start_mark.line + 1, (unsigned)root->start_mark.column + 1,
                    "the file is no mapping, expected lines of the form \"key: value\"");
    else
        bind_struct(c, t, root, out);
}

enum pxk_err pxk_conf_bind(struct pxk_conf_doc *doc, const struct pxk_conf_table *table,
                           const struct pxk_conf_opts *opts, void *out,
                           struct pxk_conf_errors *errors)
{
    static const struct pxk_conf_opts plain = {.user = NULL};
    size_t before = errors->list.n + errors->dropped;
    struct pxk_conf c = {.doc = &doc->yaml, .errors = errors, .opts = opts ? opts : &plain};
    c.visits_max = c.opts->visits ? c.opts->visits : VISITS_MAX;
    memset(out, 0, table->size);
    bind_document(&c, table, out);
    pxk_vec_done(&c.places);
    pxk_text_done(&c.expanded);
    pxk_conf_errors_sort(errors);
    enum pxk_err err = c.nomem                                     ? PXK_E_NOMEM
                       : errors->list.n + errors->dropped > before ? PXK_E_FORMAT
                                                                   : PXK_OK;
    if (err != PXK_OK)
        pxk_conf_free(table, out);
    return err;
}

enum pxk_err pxk_conf_parse(const struct pxk_conf_table *table, void *user, const char *text,
                            size_t len, void *out, struct pxk_conf_errors *errors)
{
    size_t before = errors->list.n + errors->dropped;
    struct pxk_conf_doc *doc;
    memset(out, 0, table->size);
    enum pxk_err err = pxk_conf_load(text, len, &doc, errors);
    if (err != PXK_OK)
        return err;
    err = pxk_conf_bind(doc, table, &(struct pxk_conf_opts){.user = user}, out, errors);
    pxk_conf_doc_free(doc);
    if (err == PXK_OK && errors->list.n + errors->dropped > before) { /* behind the document */
        pxk_conf_free(table, out);
        err = PXK_E_FORMAT;
    }
    return err;
}
