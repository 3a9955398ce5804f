/* ${name} in values. "$${" stands for "${" itself. */
#include <string.h>

#include "scn_int.h"

const char scn_keep[] = "";

bool scn_is_variable(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char all[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-";
    return *name && strchr(letters, *name) && name[strspn(name, all)] == '\0';
}

bool scn_is_late(const char *name)
{
    for (size_t i = 0; pxk_scn_late_word(i); i++)
        if (strcmp(pxk_scn_late_word(i), name) == 0)
            return true;
    return false;
}

/* The name between "${" and "}"; moves *at behind it. */
static bool name_take(const char **at, char *name, size_t cap, struct pxk_str *why)
{
    char shown[80];
    struct pxk_str s = pxk_str_init(shown, sizeof shown);
    const char *start = *at + 2, *end = strchr(start, '}');
    if (!end) {
        pxk_str_add(why, "has \"${\" without \"}\"; write \"$${\" for the two characters themselves");
        return false;
    }
    bool fits = pxk_str_copy_n(name, cap, start, (size_t)(end - start));
    *at = end + 1;
    if (fits && scn_is_variable(name))
        return true;
    pxk_str_add_quoted(&s, name, strnlen(name, 40));
    pxk_str_addf(why, "has \"${%s}\", which is no variable; write \"$${\" for the two characters themselves",
                 shown);
    return false;
}

static bool late_follows(const char *at)
{
    for (size_t i = 0; pxk_scn_late_word(i); i++) {
        size_t len = strlen(pxk_scn_late_word(i));
        if (strncmp(at + 2, pxk_scn_late_word(i), len) == 0 && at[2 + len] == '}')
            return true;
    }
    return false;
}

const char *scn_expand(const char *text, scn_lookup *lookup, void *ctx, size_t max, struct pxk_text *out,
                       struct pxk_str *why)
{
    char name[64];
    const char *at = text;
    for (const char *next; (next = strstr(at, "${")); at = next) {
        bool escaped = next > at && next[-1] == '$';
        pxk_text_add_n(out, at, (size_t)(next - at) - escaped);
        if (escaped) { /* of what is put in later, the later expansion must see it too */
            pxk_text_add(out, late_follows(next) ? "$${" : "${");
            next += 2;
            continue;
        }
        const char *start = next;
        if (!name_take(&next, name, sizeof name, why))
            return NULL;
        const char *value = lookup(ctx, name, why);
        if (!value)
            return NULL;
        if (value == scn_keep)
            pxk_text_add_n(out, start, (size_t)(next - start));
        else
            pxk_text_add(out, value);
        if (out->len > max) {
            pxk_str_addf(why, "has more than %zu characters once its variables are put in", max);
            return NULL;
        }
    }
    if (at == text)
        return text;
    pxk_text_add(out, at);
    return out->s ? out->s : "";
}

void pxk_scenario_expand(const char *text, const struct pxk_conf_pair *vars, size_t n, struct pxk_text *out)
{
    const char *at = text;
    for (const char *next; (next = strstr(at, "${"));) {
        bool escaped = next > at && next[-1] == '$';
        pxk_text_add_n(out, at, (size_t)(next - at) - escaped);
        const char *end = escaped ? NULL : strchr(next, '}');
        size_t len = end ? (size_t)(end - next) - 2 : 0, i = 0;
        while (end && i < n && (strncmp(vars[i].key, next + 2, len) != 0 || vars[i].key[len]))
            i++;
        if (end && i < n)
            pxk_text_add(out, vars[i].value);
        else
            pxk_text_add(out, "${");
        at = end && i < n ? end + 1 : next + 2;
    }
    pxk_text_add(out, at);
}
