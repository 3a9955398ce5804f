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

void conf_place(struct pxk_conf *c, const void *at, size_t size, const yaml_node_t *node,
                enum place_kind kind)
{
    struct place *p = pxk_vec_push(&c->places);
    if (!p) {
        c->nomem = true;
        return;
    }
    *p = (struct place){at, size, (unsigned)node->start_mark.line + 1,
                        (unsigned)node->start_mark.column + 1, kind};
}

/* ---- for hooks ---- */

void *pxk_conf_user(const struct pxk_conf *c)
{
    return c->user;
}

/* The last record of exactly this address: hooks ask for what was bound just before. */
static const struct place *place_of(const struct pxk_conf *c, const void *at, bool key)
{
    for (size_t i = c->places.n; i-- > 0;) {
        const struct place *p = &c->places.at[i];
        if (p->at == (const char *)at && p->kind != PLACE_STRUCT && (p->kind == PLACE_KEY) == key)
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
    const struct place *p = place_of(c, field, false);
    return p && p->kind == PLACE_VALUE;
}

bool pxk_conf_written(const struct pxk_conf *c, const void *field)
{
    return place_of(c, field, false) != NULL;
}

static void error_at(struct pxk_conf *c, const void *at, bool key, const char *fmt, va_list ap)
{
    const struct place *p = place_of(c, at, key);
    if (!p)
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

/* ---- errors ---- */

void pxk_conf_errors_done(struct pxk_conf_errors *e)
{
    pxk_vec_done(&e->list);
    e->dropped = 0;
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

static void yaml_problem(struct pxk_conf *c, const yaml_parser_t *p)
{
    if (p->error == YAML_MEMORY_ERROR) {
        c->nomem = true;
        return;
    }
    if (p->error == YAML_READER_ERROR) { /* no mark: only a byte offset */
        conf_report(c, 0, 0, "%s at byte %zu", p->problem ? p->problem : "not readable as text",
                    p->problem_offset);
        return;
    }
    conf_report(c, (unsigned)p->problem_mark.line + 1, (unsigned)p->problem_mark.column + 1,
                "not valid YAML: %s%s%s", p->problem ? p->problem : "unknown problem",
                p->context ? ", " : "", p->context ? p->context : "");
}

static void second_document(struct pxk_conf *c, yaml_parser_t *p)
{
    yaml_document_t more;
    if (!yaml_parser_load(p, &more)) {
        yaml_problem(c, p);
        return;
    }
    const yaml_node_t *root = yaml_document_get_root_node(&more);
    if (root)
        conf_report(c, (unsigned)more.start_mark.line + 1, 1,
                    "a second document starts here, expected only one");
    yaml_document_delete(&more);
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

static void load(struct pxk_conf *c, const struct pxk_conf_table *t, const char *text, size_t len,
                 void *out)
{
    yaml_parser_t parser;
    yaml_document_t doc;
    if (!yaml_parser_initialize(&parser)) {
        c->nomem = true;
        return;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    if (yaml_parser_load(&parser, &doc)) {
        c->doc = &doc;
        bind_document(c, t, out);
        if (yaml_document_get_root_node(&doc)) /* else the stream is at its end */
            second_document(c, &parser);
        yaml_document_delete(&doc);
    } else {
        yaml_problem(c, &parser);
    }
    yaml_parser_delete(&parser);
}

enum pxk_err pxk_conf_parse(const struct pxk_conf_table *table, void *user, const char *text,
                            size_t len, void *out, struct pxk_conf_errors *errors)
{
    size_t before = errors->list.n + errors->dropped;
    struct pxk_conf c = {.errors = errors, .user = user};
    memset(out, 0, table->size);
    if (len > PXK_CONF_TEXT_MAX)
        conf_report(&c, 0, 0, "the file has %zu bytes, at most %zu are possible", len,
                    PXK_CONF_TEXT_MAX);
    else
        load(&c, table, len ? text : "", len, out);
    pxk_vec_done(&c.places);
    if (errors->list.n)
        qsort(errors->list.at, errors->list.n, sizeof *errors->list.at, by_place);
    enum pxk_err err = c.nomem                                     ? PXK_E_NOMEM
                       : errors->list.n + errors->dropped > before ? PXK_E_FORMAT
                                                                   : PXK_OK;
    if (err != PXK_OK)
        pxk_conf_free(table, out);
    return err;
}
