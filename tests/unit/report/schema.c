#include "schema.h"

#include <criterion/criterion.h>
#include <regex.h>
#include <string.h>

struct check {
    const json_t *root;
    struct pxk_text *why;
};

static bool fits(const struct check *c, const json_t *schema, const json_t *v, const char *path);

static bool wrong(const struct check *c, const char *path, const char *what, const json_t *v)
{
    char *dump = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
    pxk_text_addf(c->why, "%s: %s: %.120s\n", *path ? path : "document", what, dump ? dump : "?");
    free(dump);
    return false;
}

static bool type_fits(const char *type, const json_t *v)
{
    return strcmp(type, "object") == 0    ? json_is_object(v)
           : strcmp(type, "array") == 0   ? json_is_array(v)
           : strcmp(type, "string") == 0  ? json_is_string(v)
           : strcmp(type, "integer") == 0 ? json_is_integer(v)
           : strcmp(type, "number") == 0  ? json_is_number(v)
           : strcmp(type, "boolean") == 0 ? json_is_boolean(v)
                                          : false;
}

static bool pattern_fits(const char *pattern, const json_t *v)
{
    regex_t re;
    cr_assert_eq(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0, "pattern %s", pattern);
    bool ok = json_is_string(v) && regexec(&re, json_string_value(v), 0, NULL, 0) == 0;
    regfree(&re);
    return ok;
}

static bool in_list(const json_t *list, const json_t *v)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one)
    {
        if (json_equal(one, v))
            return true;
    }
    return false;
}

static bool members_fit(const struct check *c, const json_t *properties, const json_t *v, const char *path)
{
    const char *key;
    json_t *member;
    bool ok = true;
    json_object_foreach((json_t *)v, key, member)
    {
        char deeper[300];
        const json_t *schema = json_object_get(properties, key);
        pxk_fmt(deeper, sizeof deeper, "%s/%s", path, key);
        ok &= schema ? fits(c, schema, member, deeper) : wrong(c, deeper, "the schema does not know it", member);
    }
    return ok;
}

static bool required_there(const struct check *c, const json_t *list, const json_t *v, const char *path)
{
    size_t i;
    json_t *key;
    bool ok = true;
    json_array_foreach(list, i, key)
    {
        if (!json_object_get(v, json_string_value(key)))
            ok = wrong(c, path, "a required member is missing", key);
    }
    return ok;
}

static bool items_fit(const struct check *c, const json_t *schema, const json_t *v, const char *path)
{
    size_t i;
    json_t *item;
    bool ok = true;
    json_array_foreach(v, i, item)
    {
        char deeper[300];
        pxk_fmt(deeper, sizeof deeper, "%s/%zu", path, i);
        ok &= fits(c, schema, item, deeper);
    }
    return ok;
}

static bool one_fits(const struct check *c, const json_t *list, const json_t *v, const char *path)
{
    struct pxk_text all = {0};
    size_t i, n = 0;
    json_t *schema;
    json_array_foreach(list, i, schema)
    {
        struct check quiet = {c->root, &all};
        n += fits(&quiet, schema, v, path);
    }
    if (n != 1) {
        (void)wrong(c, path, n ? "more than one alternative fits" : "no alternative fits", v);
        pxk_text_add(c->why, all.s ? all.s : "");
    }
    pxk_text_done(&all);
    return n == 1;
}

static const json_t *resolve(const struct check *c, const char *ref)
{
    const json_t *found = pxk_str_starts(ref, "#/$defs/") ? json_object_get(json_object_get(c->root, "$defs"), ref + 8) : NULL;
    cr_assert_not_null(found, "the schema has no %s", ref);
    return found;
}

static bool keyword_fits(const struct check *c, const char *key, const json_t *rule, const json_t *v, const char *path)
{
    static const char *const of_no_matter[] = {"$schema", "$id", "$defs", "title", "description"};
    for (size_t i = 0; i < PXK_COUNT(of_no_matter); i++)
        if (strcmp(key, of_no_matter[i]) == 0)
            return true;
    if (strcmp(key, "$ref") == 0)
        return fits(c, resolve(c, json_string_value(rule)), v, path);
    if (strcmp(key, "type") == 0)
        return type_fits(json_string_value(rule), v) || wrong(c, path, json_string_value(rule), v);
    if (strcmp(key, "const") == 0)
        return json_equal(rule, v) || wrong(c, path, "not the constant", v);
    if (strcmp(key, "enum") == 0)
        return in_list(rule, v) || wrong(c, path, "not in the list", v);
    if (strcmp(key, "pattern") == 0)
        return pattern_fits(json_string_value(rule), v) || wrong(c, path, json_string_value(rule), v);
    if (strcmp(key, "minimum") == 0)
        return json_number_value(v) >= json_number_value(rule) || wrong(c, path, "too small", v);
    if (strcmp(key, "maximum") == 0)
        return json_number_value(v) <= json_number_value(rule) || wrong(c, path, "too large", v);
    if (strcmp(key, "minItems") == 0)
        return json_array_size(v) >= (size_t)json_integer_value(rule) || wrong(c, path, "too few", v);
    if (strcmp(key, "maxItems") == 0)
        return json_array_size(v) <= (size_t)json_integer_value(rule) || wrong(c, path, "too many", v);
    if (strcmp(key, "required") == 0)
        return required_there(c, rule, v, path);
    if (strcmp(key, "properties") == 0)
        return members_fit(c, rule, v, path);
    if (strcmp(key, "items") == 0)
        return items_fit(c, rule, v, path);
    if (strcmp(key, "oneOf") == 0)
        return one_fits(c, rule, v, path);
    cr_assert_fail("the schema has a keyword that is not checked: %s", key);
    return false;
}

static bool fits(const struct check *c, const json_t *schema, const json_t *v, const char *path)
{
    const char *key;
    json_t *rule;
    bool ok = true;
    json_object_foreach((json_t *)schema, key, rule)
    {
        ok &= keyword_fits(c, key, rule, v, path);
    }
    return ok;
}

bool schema_fits(const json_t *schema, const json_t *value, struct pxk_text *why)
{
    struct check c = {schema, why};
    return fits(&c, schema, value, "");
}

json_t *schema_load(const char *name)
{
    char path[300];
    json_error_t error;
    json_t *o = json_load_file(pxk_fmt(path, sizeof path, PXK_DOCS "/schema/%s.json", name), JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(o, "%s: %s at line %d", path, error.text, error.line);
    return o;
}
