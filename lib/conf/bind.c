/* Tables meet the document: mappings, lists and maps into structs, and their release. */
#include <stdlib.h>

#include "conf_int.h"

static const char *kind_words(const yaml_node_t *n)
{
    switch (n->type) {
    case YAML_SCALAR_NODE:
        return "a single value";
    case YAML_SEQUENCE_NODE:
        return "a list";
    case YAML_MAPPING_NODE:
        return "a mapping";
    case YAML_NO_NODE:
        break;
    }
    return "nothing";
}

static void report_at(struct pxk_conf *c, const yaml_node_t *n, const char *fmt, ...)
    PXK_PRINTF(3, 4);
static void report_at(struct pxk_conf *c, const yaml_node_t *n, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    conf_vreport(c, (unsigned)n->start_mark.line + 1, (unsigned)n->start_mark.column + 1, fmt, ap);
    va_end(ap);
}

static const char *scalar(const yaml_node_t *n)
{
    return (const char *)n->data.scalar.value;
}

/* `key:` with nothing behind it, or the null of YAML. */
static bool is_null(const yaml_node_t *n)
{
    if (n->type != YAML_SCALAR_NODE || n->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    return !n->data.scalar.length || strcmp(scalar(n), "~") == 0 || strcmp(scalar(n), "null") == 0;
}

/* The node of an index, NULL once this file has been looked at too often (aliases of aliases). */
static const yaml_node_t *node_get(struct pxk_conf *c, int index)
{
    const yaml_node_t *n = yaml_document_get_node(c->doc, index);
    if (n && ++c->visits == c->visits_max)
        report_at(c, n, "the file is too large once its aliases are followed");
    return c->visits < c->visits_max ? n : NULL;
}

static const char *quoted(const yaml_node_t *n, char *buf, size_t cap)
{
    struct pxk_str s = pxk_str_init(buf, cap);
    size_t len = n->data.scalar.length;
    pxk_str_add_quoted(&s, scalar(n), len < 60 ? len : 60);
    return buf;
}

/* ---- scalars and lists ---- */

static bool is_map(enum pxk_conf_type type)
{
    return type == PXK_CONF_MAP || type == PXK_CONF_MAP_LIST;
}

/* The text of a scalar with its variables put in. NULL: wrong, @why has the sentence's rest. */
static const char *expand(struct pxk_conf *c, const yaml_node_t *n, size_t *len,
                          struct pxk_str *why)
{
    *len = n->data.scalar.length;
    if (!c->opts->expand || c->raw || strlen(scalar(n)) != *len)
        return scalar(n);
    c->expanded.len = 0;
    const char *text = c->opts->expand(c->opts->user, scalar(n), &c->expanded, why);
    if (c->expanded.failed)
        c->nomem = true;
    if (text && text != scalar(n))
        text = c->expanded.s && c->expanded.len ? c->expanded.s : "";
    *len = text ? strlen(text) : 0;
    return text;
}

/* The word that stands in place of the whole value. */
static bool is_instead(struct pxk_conf *c, const struct pxk_conf_key *key, const yaml_node_t *n)
{
    char buf[256];
    struct pxk_str why = pxk_str_init(buf, sizeof buf); /* told when the value is bound */
    size_t len;
    if (!key->instead || n->type != YAML_SCALAR_NODE)
        return false;
    const char *text = expand(c, n, &len, &why);
    return text && strcmp(text, key->instead) == 0;
}

static bool bind_scalar(struct pxk_conf *c, const struct pxk_conf_key *key, const yaml_node_t *n,
                        void *out)
{
    char buf[256];
    bool counted = c->errors->list.n >= PXK_CONF_ERRORS_MAX; /* nobody reads the sentence */
    struct pxk_str why = pxk_str_init(buf, counted ? 1 : sizeof buf);
    if (n->type != YAML_SCALAR_NODE) {
        value_expected(key, &why);
        report_at(c, n, "%s is %s, expected %s", key->key, kind_words(n), buf);
        return false;
    }
    if (is_null(n)) {
        value_expected(key, &why);
        report_at(c, n, "%s has no value, expected %s", key->key, buf);
        return false;
    }
    size_t len;
    const char *text = expand(c, n, &len, &why);
    if (text && value_bind(key, text, len, out, &why))
        return true;
    report_at(c, n, "%s %s", key->key, buf);
    return false;
}

/* A list, map or struct is something else. */
static void not_expected(struct pxk_conf *c, const struct pxk_conf_key *key, const yaml_node_t *n,
                         const char *what)
{
    report_at(c, n, "%s is %s, expected %s%s%s", key->key, is_null(n) ? "empty" : kind_words(n),
              what, key->instead ? " or " : "", key->instead ? key->instead : "");
}

static bool is_lone(const struct pxk_conf_key *key, const yaml_node_t *n)
{
    return n->type == YAML_SCALAR_NODE && !is_null(n) && (is_scalar_type(key->type) || key->lone);
}

static void bind_lone(struct pxk_conf *c, const struct pxk_conf_key *key, const yaml_node_t *n,
                      void *out);

static void bind_sub(struct pxk_conf *c, const struct pxk_conf_key *key, const yaml_node_t *n,
                     void *out)
{
    if (n->type == YAML_MAPPING_NODE)
        bind_struct(c, key->sub, n, out);
    else
        bind_lone(c, key, n, out);
}

static void bind_pointer(struct pxk_conf *c, const struct pxk_conf_key *key, const yaml_node_t *n,
                         void *out)
{
    void *p = calloc(1, key->sub->size);
    if (!p) {
        c->nomem = true;
        return;
    }
    memcpy(out, &p, sizeof p);
    bind_sub(c, key, n, p);
}

static void bind_map(struct pxk_conf *c, const struct pxk_conf_key *key, const yaml_node_t *n,
                     void *field);

/* One value that is no list: a scalar, a map, or a mapping by its own table. */
static void bind_one(struct pxk_conf *c, const struct pxk_conf_key *key, const yaml_node_t *n,
                     void *out)
{
    if (is_map(key->type)) {
        bind_map(c, key, n, out);
    } else if (key->type != PXK_CONF_STRUCT) {
        bool ok = bind_scalar(c, key, n, out);
        conf_place(c, out, key->size, n, ok ? PLACE_VALUE : PLACE_BAD_VALUE);
    } else if (n->type != YAML_MAPPING_NODE && !is_lone(key, n)) {
        not_expected(c, key, n, "a mapping (key: value)");
        conf_place(c, out, key->size, n, PLACE_BAD_VALUE);
    } else if (key->pointer) {
        conf_place(c, out, key->size, n, PLACE_VALUE);
        bind_pointer(c, key, n, out);
    } else {
        bind_sub(c, key, n, out);
    }
}

/* Room for all @n items at once: hooks and places rely on addresses that do not move. */
static char *vec_room(struct pxk_conf *c, void *field, size_t n, size_t size)
{
    struct any_vec v = {.at = calloc(n ? n : 1, size), .n = n, .cap = n ? n : 1};
    if (!v.at) {
        c->nomem = true;
        return NULL;
    }
    memcpy(field, &v, sizeof v);
    return v.at;
}

static bool list_fits(struct pxk_conf *c, const char *name, const yaml_node_t *n, size_t count)
{
    if (count > PXK_CONF_LIST_MAX)
        report_at(c, n, "%s has %zu items, at most %d are possible", name, count,
                  PXK_CONF_LIST_MAX);
    return count <= PXK_CONF_LIST_MAX;
}

static void bind_list(struct pxk_conf *c, const struct pxk_conf_key *key, const yaml_node_t *n,
                      void *field)
{
    bool lone = is_lone(key, n);
    if (!lone && n->type != YAML_SEQUENCE_NODE) {
        not_expected(c, key, n, "a list");
        conf_place(c, field, sizeof(struct any_vec), n, PLACE_BAD_VALUE);
        return;
    }
    conf_place(c, field, sizeof(struct any_vec), n, PLACE_VALUE);
    const yaml_node_item_t *item = lone ? NULL : n->data.sequence.items.start;
    size_t count = lone ? 1 : (size_t)(n->data.sequence.items.top - item);
    if (!list_fits(c, key->key, n, count))
        return;
    char *at = vec_room(c, field, count, key->size);
    for (size_t i = 0; at && i < count; i++) {
        const yaml_node_t *node = lone ? n : node_get(c, item[i]);
        if (!node)
            return;
        bind_one(c, key, node, at + i * key->size);
    }
}

/* ---- maps with free keys ---- */

static bool bind_text(struct pxk_conf *c, const struct pxk_conf_key *key, const char *name,
                      const yaml_node_t *n, char **out)
{
    struct pxk_conf_key text = {
        .key = name, .type = PXK_CONF_STRING, .min = -1, .max = key->max ? key->max : INT32_MAX};
    bool ok = bind_scalar(c, &text, n, out);
    conf_place(c, out, sizeof *out, n, ok ? PLACE_VALUE : PLACE_BAD_VALUE);
    return ok;
}

static void bind_texts(struct pxk_conf *c, const struct pxk_conf_key *key, const yaml_node_t *n,
                       struct pxk_conf_pairs *pair)
{
    if (n->type == YAML_MAPPING_NODE) {
        report_at(c, n, "%s is a mapping, expected a text or a list of texts", pair->key);
        conf_place(c, &pair->value, sizeof pair->value, n, PLACE_BAD_VALUE);
        return;
    }
    pair->is_list = n->type == YAML_SEQUENCE_NODE;
    const yaml_node_item_t *item = pair->is_list ? n->data.sequence.items.start : NULL;
    size_t count = pair->is_list ? (size_t)(n->data.sequence.items.top - item) : 1;
    conf_place(c, &pair->value, sizeof pair->value, n, PLACE_VALUE);
    if (!list_fits(c, pair->key, n, count) || !vec_room(c, &pair->value, count, sizeof(char *)))
        return;
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *node = item ? node_get(c, item[i]) : n;
        if (!node)
            return;
        (void)bind_text(c, key, pair->key, node,
                        &pair->value.at[i]); /* reported where it is wrong */
    }
}

static bool key_allowed(struct pxk_conf *c, const struct pxk_conf_key *key, const yaml_node_t *k)
{
    char buf[250];
    if (!key->word)
        return true;
    for (size_t i = 0; key->word(i); i++)
        if (strcmp(key->word(i), scalar(k)) == 0)
            return true;
    const char *near = pxk_nearest(scalar(k), key->word);
    report_at(c, k, "unknown key \"%s\" in %s%s%s%s", quoted(k, buf, sizeof buf), key->key,
              near ? "; did you mean \"" : "", near ? near : "", near ? "\"" : "");
    return false;
}

/* A key that is text, allowed, and there for the first time. */
static bool key_ok(struct pxk_conf *c, const yaml_node_t *map, size_t i, const yaml_node_t *k,
                   const char *in)
{
    const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
    char buf[250];
    if (!k)
        return false;
    if (k->type != YAML_SCALAR_NODE || !k->data.scalar.length ||
        strlen(scalar(k)) != k->data.scalar.length) {
        report_at(c, k, "a key in %s is %s, expected a word", in,
                  k->type == YAML_SCALAR_NODE ? "empty or not text" : kind_words(k));
        return false;
    }
    for (size_t j = 0; j < i; j++) {
        const yaml_node_t *before = yaml_document_get_node(c->doc, pair[j].key);
        if (before && before->type == YAML_SCALAR_NODE && strcmp(scalar(before), scalar(k)) == 0) {
            report_at(c, k, "%s is there twice, first in line %zu", quoted(k, buf, sizeof buf),
                      before->start_mark.line + 1);
            return false;
        }
    }
    return true;
}

static size_t pairs_count(struct pxk_conf *c, const yaml_node_t *map, const char *in)
{
    size_t n = (size_t)(map->data.mapping.pairs.top - map->data.mapping.pairs.start);
    if (n <= PXK_CONF_KEYS_MAX)
        return n;
    report_at(c, map, "%s has %zu keys, at most %d are possible", in, n, PXK_CONF_KEYS_MAX);
    return 0;
}

static void bind_pair(struct pxk_conf *c, const struct pxk_conf_key *key, const yaml_node_t *k,
                      const yaml_node_t *v, void *out)
{
    char *name = conf_copy(scalar(k), k->data.scalar.length);
    if (!name) {
        c->nomem = true;
        return;
    }
    memcpy(out, &name, sizeof name); /* the first member of both kinds of pair */
    conf_place(c, out, sizeof name, k, PLACE_KEY);
    if (key->type == PXK_CONF_MAP) {
        struct pxk_conf_pair *pair = out;
        (void)bind_text(c, key, pair->key, v, &pair->value); /* reported where it is wrong */
    } else {
        bind_texts(c, key, v, out);
    }
}

static void bind_map(struct pxk_conf *c, const struct pxk_conf_key *key, const yaml_node_t *n,
                     void *field)
{
    size_t size =
        key->type == PXK_CONF_MAP ? sizeof(struct pxk_conf_pair) : sizeof(struct pxk_conf_pairs);
    bool ok = n->type == YAML_MAPPING_NODE;
    conf_place(c, field, sizeof(struct any_vec), n, ok ? PLACE_VALUE : PLACE_BAD_VALUE);
    if (!ok) {
        not_expected(c, key, n, "a mapping (key: value)");
        return;
    }
    size_t count = pairs_count(c, n, key->key), used = 0;
    char *at = vec_room(c, field, count, size);
    for (size_t i = 0; at && i < count; i++) {
        const yaml_node_pair_t *p = &n->data.mapping.pairs.start[i];
        const yaml_node_t *k = node_get(c, p->key), *v = node_get(c, p->value);
        if (!v || !key_ok(c, n, i, k, key->key) || !key_allowed(c, key, k))
            continue;
        bind_pair(c, key, k, v, at + used++ * size);
    }
    if (at)
        memcpy((char *)field + offsetof(struct any_vec, n), &used, sizeof used);
}

/* ---- structs ---- */

static const struct pxk_conf_key *row_find(const struct pxk_conf_table *t, const char *name)
{
    for (const struct pxk_conf_key *k = t->keys; k->key; k++)
        if (strcmp(k->key, name) == 0)
            return k;
    return NULL;
}

static void unknown_key(struct pxk_conf *c, const struct pxk_conf_table *t, const yaml_node_t *k)
{
    char name[250], hint[200];
    struct pxk_str s = pxk_str_init(hint, sizeof hint);
    struct pxk_near near = {.word = scalar(k)};
    bool counted = c->errors->list.n >= PXK_CONF_ERRORS_MAX; /* nobody reads the sentence */
    for (const struct pxk_conf_key *row = t->keys; row->key && !counted; row++)
        pxk_near_offer(&near, row->key);
    const char *best = near.best;
    if (best) {
        pxk_str_addf(&s, "; did you mean \"%s\"", best);
    } else {
        pxk_str_add(&s, ", expected one of ");
        for (const struct pxk_conf_key *row = t->keys; row->key; row++)
            pxk_str_addf(&s, "%s%s", row == t->keys ? "" : ", ", row->key);
    }
    report_at(c, k, "unknown key \"%s\" in %s%s", quoted(k, name, sizeof name), t->name, hint);
}

static void bind_key(struct pxk_conf *c, const struct pxk_conf_key *row, const yaml_node_t *v,
                     char *out)
{
    size_t size = row->list || is_map(row->type) ? sizeof(struct any_vec) : row->size;
    c->raw += row->raw;
    if (is_instead(c, row, v))
        conf_place(c, out + row->offset, size, v, PLACE_INSTEAD);
    else if (row->list)
        bind_list(c, row, v, out + row->offset);
    else
        bind_one(c, row, v, out + row->offset);
    c->raw -= row->raw;
}

static bool was_written(struct pxk_conf *c, const yaml_node_t *map, const char *key)
{
    for (const yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
         p++) {
        const yaml_node_t *k = yaml_document_get_node(c->doc, p->key);
        if (k && k->type == YAML_SCALAR_NODE && strcmp(scalar(k), key) == 0)
            return true;
    }
    return false;
}

/* A key that the file leaves out: an error if it is required, else its default. */
static void bind_absent(struct pxk_conf *c, const struct pxk_conf_table *t,
                        const struct pxk_conf_key *k, const yaml_node_t *around, char *out)
{
    char buf[200];
    struct pxk_str s = pxk_str_init(buf, sizeof buf);
    if (k->required) {
        if (k->list)
            pxk_str_add(&s, "a list");
        else
            value_expected(k, &s);
        report_at(c, around, "%s has no \"%s\", expected %s", t->name, k->key, buf);
    } else if (k->def && k->type == PXK_CONF_STRUCT) {
        yaml_node_t empty = {.type = YAML_MAPPING_NODE, .start_mark = around->start_mark};
        if (k->pointer)
            bind_pointer(c, k, &empty, out + k->offset);
        else
            bind_struct(c, k->sub, &empty, out + k->offset);
    } else if (k->def && !value_bind(k, k->def, strlen(k->def), out + k->offset, &s)) {
        report_at(c, around, "default of \"%s\" %s", k->key, buf); /* our table is wrong, or no memory */
    }
}

/* A table's mapping begins; false if there are too many around it. */
static bool struct_open(struct pxk_conf *c, const struct pxk_conf_table *t, const yaml_node_t *node,
                        void *out)
{
    if (c->depth == PXK_CONF_DEPTH_MAX) {
        report_at(c, node, "%s: more than %d levels of mappings", t->name, PXK_CONF_DEPTH_MAX);
        return false;
    }
    c->depth++;
    conf_place(c, out, t->size, node, PLACE_STRUCT);
    return true;
}

static void struct_close(struct pxk_conf *c, const struct pxk_conf_table *t, void *out)
{
    if (t->check && !c->nomem)
        t->check(c, out);
    c->depth--;
}

/* A single value as the struct's key .lone. */
static void bind_lone(struct pxk_conf *c, const struct pxk_conf_key *key, const yaml_node_t *n,
                      void *out)
{
    const struct pxk_conf_table *t = key->sub;
    const struct pxk_conf_key *row = row_find(t, key->lone);
    if (!row || !struct_open(c, t, n, out))
        return;
    bind_key(c, row, n, out);
    for (const struct pxk_conf_key *k = t->keys; k->key; k++)
        if (k != row)
            bind_absent(c, t, k, n, out);
    struct_close(c, t, out);
}

void bind_struct(struct pxk_conf *c, const struct pxk_conf_table *t, const yaml_node_t *node,
                 void *out)
{
    if (!struct_open(c, t, node, out))
        return;
    size_t count = pairs_count(c, node, t->name);
    for (size_t i = 0; i < count && !c->nomem; i++) {
        const yaml_node_pair_t *p = &node->data.mapping.pairs.start[i];
        const yaml_node_t *k = node_get(c, p->key), *v = node_get(c, p->value);
        bool word = k && k->type == YAML_SCALAR_NODE;
        const struct pxk_conf_key *row = word ? row_find(t, scalar(k)) : NULL;
        if (!v || (!row && c->opts->others && c->depth == 1) || !key_ok(c, node, i, k, t->name))
            continue;
        if (row)
            bind_key(c, row, v, (char *)out);
        else
            unknown_key(c, t, k);
    }
    bool bound = count || node->data.mapping.pairs.top == node->data.mapping.pairs.start;
    for (const struct pxk_conf_key *k = t->keys; k->key && bound && !c->nomem; k++)
        if ((k->required || k->def) && !was_written(c, node, k->key))
            bind_absent(c, t, k, node, out);
    struct_close(c, t, out);
}

/* ---- release ---- */

static void pairs_free(const struct pxk_conf_key *key, char *field)
{
    struct any_vec v;
    memcpy(&v, field, sizeof v);
    for (size_t i = 0; i < v.n; i++) {
        if (key->type == PXK_CONF_MAP) {
            struct pxk_conf_pair *p = (struct pxk_conf_pair *)v.at + i;
            free(p->key);
            free(p->value);
            continue;
        }
        struct pxk_conf_pairs *p = (struct pxk_conf_pairs *)v.at + i;
        free(p->key);
        for (size_t j = 0; j < p->value.n; j++)
            free(p->value.at[j]);
        pxk_vec_done(&p->value);
    }
    free(v.at);
}

static bool owns_text(enum pxk_conf_type type)
{
    return type == PXK_CONF_STRING || type == PXK_CONF_PATH || type == PXK_CONF_WORD;
}

static void one_free(const struct pxk_conf_key *key, char *at)
{
    char *p;
    if (owns_text(key->type) || key->pointer) {
        memcpy(&p, at, sizeof p);
        if (p && key->pointer)
            pxk_conf_free(key->sub, p);
        free(p);
    } else if (is_map(key->type)) {
        pairs_free(key, at);
    } else if (key->type == PXK_CONF_STRUCT) {
        pxk_conf_free(key->sub, at);
    }
}

void pxk_conf_free(const struct pxk_conf_table *table, void *out)
{
    for (const struct pxk_conf_key *k = table->keys; k->key; k++) {
        char *field = (char *)out + k->offset;
        struct any_vec v;
        if (!k->list) {
            one_free(k, field);
            continue;
        }
        memcpy(&v, field, sizeof v);
        for (size_t i = 0; i < v.n; i++)
            one_free(k, (char *)v.at + i * k->size);
        free(v.at);
    }
    memset(out, 0, table->size);
}
