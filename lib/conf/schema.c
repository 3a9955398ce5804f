/* The same tables as a JSON Schema, draft 2020-12: one definition per table. */

#include "conf_int.h"

static void json_text(struct pxk_text *b, const char *s)
{
    pxk_text_add(b, "\"");
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            pxk_text_addf(b, "\\%c", *s);
        else if ((unsigned char)*s < 0x20)
            pxk_text_addf(b, "\\u%04x", (unsigned)*s);
        else
            pxk_text_addf(b, "%c", *s);
    }
    pxk_text_add(b, "\"");
}

#define OCTET   "(25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
#define ADDRESS "(" OCTET "\\\\.){3}" OCTET
#define HEX2    "[0-9A-Fa-f]{2}"

static const char *pattern(enum pxk_conf_type type)
{
    switch (type) {
    case PXK_CONF_IP4:
        return "^" ADDRESS "$";
    case PXK_CONF_SUBNET:
        return "^" ADDRESS "/([0-9]|[12][0-9]|3[0-2])$";
    case PXK_CONF_RANGE:
        return "^" ADDRESS "(-" ADDRESS ")?$";
    case PXK_CONF_MAC:
        return "^" HEX2 "([:-]" HEX2 "){5}$";
    case PXK_CONF_UUID:
        return "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$";
    case PXK_CONF_SIZE:
        return "^[0-9]+([kKMGT](iB)?)?$";
    case PXK_CONF_DURATION:
        return "^([0-9]+|([0-9]+(us|ms|s|min|m|h|d|w))+[0-9]*)$";
    case PXK_CONF_PERCENT:
        return "^[0-9]{1,3}([.][0-9]{1,4})?%$";
    case PXK_CONF_WORD:
    case PXK_CONF_READ:
    case PXK_CONF_STRING:
    case PXK_CONF_PATH:
    case PXK_CONF_BOOL:
    case PXK_CONF_INT:
    case PXK_CONF_ENUM:
    case PXK_CONF_STRUCT:
    case PXK_CONF_MAP:
    case PXK_CONF_MAP_LIST:
        break;
    }
    return NULL;
}

static void words_schema(struct pxk_text *b, const char *(*word)(size_t i))
{
    pxk_text_add(b, "\"enum\": [");
    for (size_t i = 0; word(i); i++) {
        pxk_text_add(b, i ? ", " : "");
        json_text(b, word(i));
    }
    pxk_text_add(b, "]");
}

static void string_schema(struct pxk_text *b, const struct pxk_conf_key *k)
{
    long long min = k->min < 0 ? 0 : k->min ? (long long)k->min : 1;
    pxk_text_add(b, "\"type\": [\"string\", \"number\", \"boolean\"]"); /* any single value is a text */
    pxk_text_addf(b, ", \"minLength\": %lld", min);
    if (k->max)
        pxk_text_addf(b, ", \"maxLength\": %lld", (long long)k->max);
    if (k->pattern) {
        pxk_text_add(b, ", \"pattern\": ");
        json_text(b, k->pattern);
    }
}

/* Words joined: the single ones for completion, any of them joined by pattern. */
static void joined_schema(struct pxk_text *b, const struct pxk_conf_key *k)
{
    pxk_text_add(b, "\"anyOf\": [{");
    words_schema(b, k->word);
    pxk_text_addf(b, "}, {\"type\": \"string\", \"pattern\": \"^[^%c]+([%c][^%c]+)+$\"}]", k->join,
                  k->join, k->join);
}

static void read_schema(struct pxk_text *b, const struct pxk_conf_key *k)
{
    if (k->word) {
        words_schema(b, k->word);
        return;
    }
    pxk_text_add(b, "\"type\": [\"string\", \"number\"]");
    if (k->pattern) {
        pxk_text_add(b, ", \"pattern\": ");
        json_text(b, k->pattern);
    }
}

static void int_schema(struct pxk_text *b, const struct pxk_conf_key *k)
{
    bool bounds = k->min || k->max;
    pxk_text_addf(b, "\"type\": \"integer\", \"minimum\": %lld",
                      bounds ? (long long)k->min : 0);
    if (bounds)
        pxk_text_addf(b, ", \"maximum\": %lld", (long long)k->max);
}

static void map_schema(struct pxk_text *b, const struct pxk_conf_key *k)
{
    const char *one = "\"type\": [\"string\", \"number\", \"boolean\"]";
    pxk_text_add(b, "\"type\": \"object\", ");
    if (k->word) {
        pxk_text_add(b, "\"propertyNames\": {");
        words_schema(b, k->word);
        pxk_text_add(b, "}, ");
    }
    if (k->type == PXK_CONF_MAP)
        pxk_text_addf(b, "\"additionalProperties\": {%s}", one);
    else
        pxk_text_addf(
            b,
            "\"additionalProperties\": {\"anyOf\": [{%s}, {\"type\": \"array\", \"items\": {%s}}]}",
            one, one);
}

/* The members of a schema object for one value, lists not yet considered. */
static void value_schema(struct pxk_text *b, const struct pxk_conf_key *k)
{
    switch (k->type) {
    case PXK_CONF_STRING:
    case PXK_CONF_PATH:
        string_schema(b, k);
        return;
    case PXK_CONF_BOOL:
        pxk_text_add(b, "\"type\": \"boolean\"");
        return;
    case PXK_CONF_INT:
        int_schema(b, k);
        return;
    case PXK_CONF_SIZE:
    case PXK_CONF_DURATION:
        pxk_text_addf(
            b, "\"type\": [\"string\", \"integer\"], \"minimum\": 0, \"pattern\": \"%s\"",
            pattern(k->type));
        return;
    case PXK_CONF_ENUM:
        words_schema(b, k->word);
        return;
    case PXK_CONF_WORD:
        if (k->join)
            joined_schema(b, k);
        else
            words_schema(b, k->word);
        return;
    case PXK_CONF_READ:
        read_schema(b, k);
        return;
    case PXK_CONF_STRUCT:
        pxk_text_addf(b, "\"$ref\": \"#/$defs/%s\"", k->sub->name);
        return;
    case PXK_CONF_MAP:
    case PXK_CONF_MAP_LIST:
        map_schema(b, k);
        return;
    case PXK_CONF_IP4:
    case PXK_CONF_SUBNET:
    case PXK_CONF_RANGE:
    case PXK_CONF_MAC:
    case PXK_CONF_UUID:
    case PXK_CONF_PERCENT:
        pxk_text_addf(b, "\"type\": \"string\", \"pattern\": \"%s\"", pattern(k->type));
        return;
    }
}

static void default_schema(struct pxk_text *b, const struct pxk_conf_key *k)
{
    bool bare = k->type == PXK_CONF_INT || k->type == PXK_CONF_BOOL || k->type == PXK_CONF_STRUCT;
    pxk_text_add(b, ", \"default\": ");
    if (bare)
        pxk_text_add(b, k->def);
    else
        json_text(b, k->def);
}

static const struct pxk_conf_key *lone_row(const struct pxk_conf_key *k)
{
    for (const struct pxk_conf_key *row = k->sub->keys; row->key; row++)
        if (strcmp(row->key, k->lone) == 0)
            return row;
    return NULL;
}

/* Every form that a value may be written in, as members of an array. */
static void forms_schema(struct pxk_text *b, const struct pxk_conf_key *k, bool variables)
{
    bool any_text = k->type == PXK_CONF_STRING || k->type == PXK_CONF_PATH;
    bool vec = k->list || k->type == PXK_CONF_MAP || k->type == PXK_CONF_MAP_LIST;
    if (!k->list || is_scalar_type(k->type)) {
        pxk_text_add(b, "{");
        value_schema(b, k);
        pxk_text_add(b, "}");
    }
    if (k->lone && lone_row(k)) {
        pxk_text_add(b, k->list ? "" : ", ");
        forms_schema(b, lone_row(k), false);
    }
    if (k->list) {
        struct pxk_conf_key item = *k;
        item.list = false;
        item.instead = NULL;
        pxk_text_add(b, is_scalar_type(k->type) || k->lone ? ", " : "");
        pxk_text_add(b, "{\"type\": \"array\", \"items\": {\"anyOf\": [");
        forms_schema(b, &item, variables);
        pxk_text_add(b, "]}}");
    }
    if (k->instead) {
        pxk_text_add(b, ", {\"const\": ");
        json_text(b, k->instead);
        pxk_text_add(b, "}");
    }
    if (variables && ((is_scalar_type(k->type) && !any_text) || k->lone || (vec && k->instead)))
        pxk_text_add(b, ", {\"$ref\": \"#/$defs/variable\"}");
}

/* Has it one form only, so that its members need no array around them? */
static bool is_plain(const struct pxk_conf_key *k, bool variables)
{
    bool any_text = k->type == PXK_CONF_STRING || k->type == PXK_CONF_PATH;
    return !k->list && !k->instead && !k->lone &&
           (!variables || any_text || !is_scalar_type(k->type));
}

static void key_schema(struct pxk_text *b, const struct pxk_conf_key *k, bool variables)
{
    pxk_text_add(b, "        ");
    json_text(b, k->key);
    pxk_text_add(b, ": {");
    if (is_plain(k, variables)) {
        value_schema(b, k);
    } else {
        pxk_text_add(b, "\"anyOf\": [");
        forms_schema(b, k, variables);
        pxk_text_add(b, "]");
    }
    if (k->def)
        default_schema(b, k);
    if (k->doc) {
        pxk_text_add(b, ", \"description\": ");
        json_text(b, k->doc);
    }
    pxk_text_add(b, "}");
}

static void table_schema(struct pxk_text *b, const struct pxk_conf_table *t, bool variables)
{
    bool first = true;
    pxk_text_add(b, "    ");
    json_text(b, t->name);
    pxk_text_add(b, ": {\n      \"type\": \"object\",\n");
    if (t->doc) {
        pxk_text_add(b, "      \"description\": ");
        json_text(b, t->doc);
        pxk_text_add(b, ",\n");
    }
    pxk_text_add(b, "      \"additionalProperties\": false,\n      \"required\": [");
    for (const struct pxk_conf_key *k = t->keys; k->key; k++) {
        if (!k->required)
            continue;
        pxk_text_add(b, first ? "" : ", ");
        json_text(b, k->key);
        first = false;
    }
    pxk_text_add(b, "],\n      \"properties\": {\n");
    for (const struct pxk_conf_key *k = t->keys; k->key; k++) {
        key_schema(b, k, variables);
        pxk_text_add(b, k[1].key ? ",\n" : "\n");
    }
    pxk_text_add(b, "      }\n    }");
}

void conf_tables_collect(struct conf_tables *all, const struct pxk_conf_table *t)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->t[i] == t)
            return;
    if (all->n == CONF_TABLES_MAX)
        return;
    all->t[all->n++] = t;
    for (const struct pxk_conf_key *k = t->keys; k->key; k++)
        if (k->type == PXK_CONF_STRUCT)
            conf_tables_collect(all, k->sub);
}

static enum pxk_err schema(const struct pxk_conf_table *table, const char *title, bool variables,
                           struct pxk_text *out)
{
    struct conf_tables all = {.n = 0};
    conf_tables_collect(&all, table);
    pxk_text_add(
        out, "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": ");
    json_text(out, title);
    pxk_text_addf(out, ",\n  \"$ref\": \"#/$defs/%s\",\n  \"$defs\": {\n", table->name);
    if (variables)
        pxk_text_add(out, "    \"variable\": {\"type\": \"string\", \"pattern\": \"[$][{]\"},\n");
    for (size_t i = 0; i < all.n; i++) {
        table_schema(out, all.t[i], variables);
        pxk_text_add(out, i + 1 < all.n ? ",\n" : "\n");
    }
    pxk_text_add(out, "  }\n}\n");
    return out->failed ? PXK_E_NOMEM : PXK_OK;
}

enum pxk_err pxk_conf_schema(const struct pxk_conf_table *table, const char *title,
                             struct pxk_text *out)
{
    return schema(table, title, false, out);
}

enum pxk_err pxk_conf_schema_variables(const struct pxk_conf_table *table, const char *title,
                                       struct pxk_text *out)
{
    return schema(table, title, true, out);
}
