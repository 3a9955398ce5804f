/* The same tables as Markdown: one section per table, one row per key, long lists of words at the end. */

#include <ctype.h>
#include <string.h>

#include "conf_int.h"

enum { WORDS_INLINE = 12, WORDS_MAX = 32 };

/* A list that is too long for a cell of a table; named after the key that has it first, and its table where another list has that
 * name. */
struct long_words {
    const char *key, *table; /* table NULL: the key is enough */
    const char *(*word)(size_t i);
};

struct reference {
    struct conf_tables tables;
    struct long_words words[WORDS_MAX];
    size_t words_n;
    struct pxk_text *out;
};

/* A bar would end the cell. */
static void cell_add(struct pxk_text *out, const char *s)
{
    for (; *s; s++)
        pxk_text_addf(out, *s == '|' ? "\\%c" : "%c", *s);
}

static size_t words_count(const char *(*word)(size_t i))
{
    size_t n = 0;
    while (word(n))
        n++;
    return n;
}

static bool key_is_taken(const struct reference *r, const char *key)
{
    for (size_t i = 0; i < r->words_n; i++)
        if (strcmp(r->words[i].key, key) == 0)
            return true;
    return false;
}

static void words_find(struct reference *r)
{
    for (size_t i = 0; i < r->tables.n; i++)
        for (const struct pxk_conf_key *k = r->tables.t[i]->keys; k->key; k++) {
            size_t j = 0;
            if (!k->word || words_count(k->word) <= WORDS_INLINE)
                continue;
            while (j < r->words_n && r->words[j].word != k->word)
                j++;
            if (j < r->words_n || j == WORDS_MAX)
                continue;
            r->words[j] = (struct long_words){k->key, key_is_taken(r, k->key) ? r->tables.t[i]->name : NULL, k->word};
            r->words_n++;
        }
}

static void words_inline(struct pxk_text *out, const char *(*word)(size_t i))
{
    for (size_t i = 0; word(i); i++)
        pxk_text_addf(out, "%s`%s`", i ? ", " : "", word(i));
}

/* "one of these words", or where they are. */
static void words_put(const struct reference *r, const struct pxk_conf_key *k)
{
    for (size_t i = 0; i < r->words_n; i++)
        if (r->words[i].word == k->word) {
            const struct long_words *w = &r->words[i];
            pxk_text_addf(r->out, "[one of these](#words-of-%s%s%s)", w->table ? w->table : "", w->table ? "-" : "", w->key);
            return;
        }
    words_inline(r->out, k->word);
}

/* Bounds that somebody could meet: not those of the member's width. */
static void bounds_put(struct pxk_text *out, const struct pxk_conf_key *k)
{
    char text[80];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    if (k->type == PXK_CONF_INT && k->max && k->max < INT32_MAX) {
        pxk_str_addf(&s, k->min == k->max ? "%lld" : "%lld to %lld", (long long)k->min,
                     (long long)k->max);
    } else if (k->type == PXK_CONF_DURATION && k->max && k->max < (int64_t)1000 * 3600 * 1000000) {
        pxk_str_add(&s, "up to ");
        pxk_str_add_duration(&s, (pxk_usec)k->max);
    } else if (k->type == PXK_CONF_SIZE && k->max) {
        pxk_str_addf(&s, "%lld to %lld bytes", (long long)k->min, (long long)k->max);
    }
    if (s.len)
        pxk_text_addf(out, ", %s", text);
}

/* Without the examples of an error message, which a table would repeat in every row. */
static void plain_put(const struct reference *r, const struct pxk_conf_key *k)
{
    char text[300];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    struct pxk_conf_key bare = {.type = k->type, .noun = k->noun};
    value_expected(&bare, &s);
    char *end = k->noun ? NULL : strstr(text, " such as ");
    const char *start = pxk_str_starts(text, "a ") ? text + 2 : pxk_str_starts(text, "an ") ? text + 3 : text;
    if (end)
        *end = '\0';
    cell_add(r->out, start);
    bounds_put(r->out, k);
}

static void map_put(const struct reference *r, const struct pxk_conf_key *k)
{
    if (k->word) {
        pxk_text_add(r->out, "key: value, keys ");
        words_put(r, k);
    } else {
        pxk_text_add(r->out, "key: value");
    }
    if (k->type == PXK_CONF_MAP_LIST)
        pxk_text_add(r->out, ", or several values");
}

/* What one value is, without lists and what may stand in its place. */
static void value_put(const struct reference *r, const struct pxk_conf_key *k)
{
    if (k->type == PXK_CONF_STRUCT)
        pxk_text_addf(r->out, "[%s](#%s)", k->sub->name, k->sub->name);
    else if (k->type == PXK_CONF_MAP || k->type == PXK_CONF_MAP_LIST)
        map_put(r, k);
    else if (k->type == PXK_CONF_BOOL)
        pxk_text_add(r->out, "`true`, `false`");
    else if (k->word)
        words_put(r, k);
    else
        plain_put(r, k);
    if (k->join)
        pxk_text_addf(r->out, ", or several joined by `%s%c`", k->join == '|' ? "\\" : "", k->join);
}

static void type_put(const struct reference *r, const struct pxk_conf_key *k)
{
    pxk_text_add(r->out, k->list ? "list: " : "");
    value_put(r, k);
    if (k->lone)
        pxk_text_addf(r->out, "; a value alone is its `%s`", k->lone);
    if (k->instead)
        pxk_text_addf(r->out, "; or `%s`", k->instead);
}

static void key_put(const struct reference *r, const struct pxk_conf_key *k)
{
    bool plain_default = k->def && strcmp(k->def, "{}") != 0;
    pxk_text_addf(r->out, "| `%s` | ", k->key);
    type_put(r, k);
    pxk_text_add(r->out, " | ");
    if (k->required)
        pxk_text_add(r->out, "required");
    else if (plain_default)
        pxk_text_addf(r->out, "`%s`", k->def);
    pxk_text_add(r->out, " | ");
    cell_add(r->out, k->doc ? k->doc : "");
    pxk_text_add(r->out, " |\n");
}

/* Where a table is used: a reader comes to a section from anywhere. */
static void uses_put(const struct reference *r, const struct pxk_conf_table *t)
{
    bool any = false;
    for (size_t i = 0; i < r->tables.n; i++)
        for (const struct pxk_conf_key *k = r->tables.t[i]->keys; k->key; k++) {
            if (k->type != PXK_CONF_STRUCT || k->sub != t)
                continue;
            pxk_text_addf(r->out, "%s`%s` of [%s](#%s)", any ? ", " : "\n\nIs ", k->key,
                          r->tables.t[i]->name, r->tables.t[i]->name);
            any = true;
        }
    pxk_text_add(r->out, any ? ".\n" : "\n");
}

static void table_put(const struct reference *r, const struct pxk_conf_table *t)
{
    const char *doc = t->doc ? t->doc : t->name;
    pxk_text_addf(r->out, "\n## %s\n\n%c%s.", t->name, toupper((unsigned char)*doc), *doc ? doc + 1 : "");
    uses_put(r, t);
    pxk_text_add(r->out, "\n| key | value | default | |\n| --- | --- | --- | --- |\n");
    for (const struct pxk_conf_key *k = t->keys; k->key; k++)
        key_put(r, k);
}

enum pxk_err pxk_conf_reference(const struct pxk_conf_table *table, struct pxk_text *out)
{
    struct reference r = {.out = out};
    conf_tables_collect(&r.tables, table);
    words_find(&r);
    for (size_t i = 0; i < r.tables.n; i++)
        table_put(&r, r.tables.t[i]);
    for (size_t i = 0; i < r.words_n; i++) {
        const struct long_words *w = &r.words[i];
        pxk_text_addf(out, "\n## words of %s%s%s\n\n", w->table ? w->table : "", w->table ? " " : "", w->key);
        words_inline(out, r.words[i].word);
        pxk_text_add(out, "\n");
    }
    return out->failed ? PXK_E_NOMEM : PXK_OK;
}
