/* Inside lib/conf. */
#ifndef PXK_CONF_INT_H
#define PXK_CONF_INT_H

#include <yaml.h>

#include "pxk/conf.h"

/* Where a value of the struct came from in the file. Items and sub-structs are allocated at their
 * final place before they are bound, so an address identifies a value for as long as the binding
 * lasts. */
struct place {
    const char *at;
    size_t size;
    unsigned line, column;
    enum place_kind { PLACE_VALUE, PLACE_BAD_VALUE, PLACE_INSTEAD, PLACE_STRUCT, PLACE_KEY } kind;
    size_t next; /* older place in the same bucket, counted from 1; 0: none */
};

/* Hooks ask for many places of a large file. */
enum { PLACE_BUCKETS = 1024 };

struct pxk_conf {
    yaml_document_t *doc;
    struct pxk_conf_errors *errors;
    size_t errors_before;
    PXK_VEC(struct place) places;
    size_t bucket[PLACE_BUCKETS]; /* newest place, counted from 1 */
    const struct pxk_conf_opts *opts;
    struct pxk_text expanded; /* of the scalar at hand */
    unsigned depth, visits, visits_max, raw; /* raw: keys around that are taken as written */
    bool nomem;
};

struct pxk_conf_doc {
    yaml_document_t yaml;
};

/* Everything that one file may make us look at: aliases let a small file be read many times over.
 */
enum { VISITS_MAX = 200000 };

void conf_report(struct pxk_conf *c, unsigned line, unsigned column, const char *fmt, ...)
    PXK_PRINTF(4, 5);
void conf_vreport(struct pxk_conf *c, unsigned line, unsigned column, const char *fmt, va_list ap);
void conf_place(struct pxk_conf *c, const void *at, size_t size, const yaml_node_t *node,
                enum place_kind kind);
/* A table whose mapping is the file itself, or a part of it. */
void bind_struct(struct pxk_conf *c, const struct pxk_conf_table *t, const yaml_node_t *node,
                 void *out);

/* One scalar text into @out. On failure one sentence in @why, which says what was expected. */
bool value_bind(const struct pxk_conf_key *key, const char *text, size_t len, void *out,
                struct pxk_str *why);
/* "an address such as 10.77.0.1" */
void value_expected(const struct pxk_conf_key *key, struct pxk_str *out);

/* All tables of a file, each once, in the order of first use; tables may contain themselves. */
enum { CONF_TABLES_MAX = 64 };
struct conf_tables {
    const struct pxk_conf_table *t[CONF_TABLES_MAX];
    size_t n;
};
void conf_tables_collect(struct conf_tables *all, const struct pxk_conf_table *t);

/* The generic view of a PXK_VEC member. Copied in and out, because the member's pointer has another
 * type. */
struct any_vec {
    void *at;
    size_t n, cap;
};

/* "pass" of "pass|warn"; moves *at behind it and its separator. False at the end. */
bool word_next(const char **at, char join, char *out, size_t cap);
/* A copy with NUL; NULL if there is no memory. */
char *conf_copy(const char *s, size_t n);
bool is_scalar_type(enum pxk_conf_type type);

#endif
