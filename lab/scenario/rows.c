/* The first pass: variables and the matrix. Its check multiplies the rows out, while it still knows where everything
 * stands in the file. */
#include <stdlib.h>
#include <string.h>

#include "scn_int.h"

/* ---- tables ---- */

static const struct pxk_conf_key with_keys[] = {
    {SCN_KEY("when", MAP_LIST), .required = true, .raw = true, .max = 1000, PXK_CONF_AT(struct scn_with, when),
     .doc = "key of the matrix: value, or several"},
    {SCN_KEY("set", MAP), .required = true, .raw = true, .max = SCN_VALUE_MAX, PXK_CONF_AT(struct scn_with, set),
     .doc = "variable: value in these rows"},
    {0}};
const struct pxk_conf_table scn_with_table = {"with", "variables of some rows", sizeof(struct scn_with), with_keys, NULL};

static void head_check(struct pxk_conf *c, void *self);
static const struct pxk_conf_key head_keys[] = {SCN_HEAD_KEYS(struct scn_head, 0){0}};
const struct pxk_conf_table scn_head_table = {"scenario", "a scenario file", sizeof(struct scn_head), head_keys, head_check};

/* ---- names and values ---- */

static size_t key_index(const struct scn_head *h, const char *name)
{
    size_t i = 0;
    while (i < h->matrix.n && strcmp(h->matrix.at[i].key, name) != 0)
        i++;
    return i;
}

static bool name_ok(struct pxk_conf *c, const void *pair, const char *name)
{
    char shown[80];
    struct pxk_str s = pxk_str_init(shown, sizeof shown);
    pxk_str_add_quoted(&s, name, strnlen(name, 40));
    if (!scn_is_variable(name) || strlen(name) >= 64)
        pxk_conf_error_key(c, pair, "\"%s\" is no name for a variable, expected a letter, then letters, digits, - and _",
                           shown);
    else if (scn_is_late(name))
        pxk_conf_error_key(c, pair, "\"%s\" cannot be set: it is known only when a case is played", shown);
    else
        return true;
    return false;
}

static bool matrix_check(struct pxk_conf *c, const struct scn_head *h)
{
    size_t product = 1;
    bool ok = scn_at_most(c, &h->matrix, h->matrix.n, SCN_KEYS_MAX, "keys in the matrix");
    for (size_t i = 0; ok && i < h->matrix.n; i++) {
        const struct pxk_conf_pairs *p = &h->matrix.at[i];
        ok = name_ok(c, p, p->key) && ok;
        if (!p->value.n && pxk_conf_given(c, &p->value))
            pxk_conf_error(c, &p->value, "%s has no values, so there is no row", p->key);
        for (size_t j = 0; j < p->value.n && p->value.n <= SCN_PRODUCT_MAX; j++)
            for (size_t k = 0; k < j && p->value.at[j]; k++)
                if (p->value.at[k] && strcmp(p->value.at[j], p->value.at[k]) == 0) {
                    pxk_conf_error(c, &p->value.at[j], "this value is there twice in %s", p->key);
                    return false;
                }
        for (size_t j = 0; j < p->value.n; j++)
            ok = ok && p->value.at[j];
        ok = ok && p->value.n;
        product = product > SCN_PRODUCT_MAX || p->value.n > SCN_PRODUCT_MAX ? SCN_PRODUCT_MAX + 1 : product * p->value.n;
    }
    if (product > SCN_PRODUCT_MAX)
        pxk_conf_error(c, &h->matrix, "the matrix has more than %d combinations", SCN_PRODUCT_MAX);
    return ok && product <= SCN_PRODUCT_MAX;
}

/* A condition names keys of the matrix and values that they can have. */
static bool where_check(struct pxk_conf *c, const struct scn_head *h, const struct pxk_conf_pairs *p)
{
    char hint[80], shown[80];
    struct pxk_str s = pxk_str_init(shown, sizeof shown);
    size_t key = key_index(h, p->key);
    if (key == h->matrix.n) {
        struct pxk_near near = {.word = p->key};
        for (size_t i = 0; i < h->matrix.n; i++)
            pxk_near_offer(&near, h->matrix.at[i].key);
        pxk_str_add_quoted(&s, p->key, strnlen(p->key, 40));
        pxk_conf_error_key(c, p, "the matrix has no \"%s\"%s", shown, scn_hint(&near, hint, sizeof hint));
        return false;
    }
    for (size_t i = 0; i < p->value.n; i++) {
        const struct pxk_conf_pairs *m = &h->matrix.at[key];
        struct pxk_near near = {.word = p->value.at[i]};
        bool found = false;
        for (size_t j = 0; p->value.at[i] && j < m->value.n && !found; j++) {
            found = strcmp(m->value.at[j], p->value.at[i]) == 0;
            pxk_near_offer(&near, m->value.at[j]);
        }
        if (found || !p->value.at[i])
            continue;
        pxk_str_add_quoted(&s, p->value.at[i], strnlen(p->value.at[i], 40));
        pxk_conf_error(c, &p->value.at[i], "%s has no value \"%s\" in the matrix%s", p->key, shown,
                       scn_hint(&near, hint, sizeof hint));
        return false;
    }
    return true;
}

static bool conditions_check(struct pxk_conf *c, const struct scn_head *h)
{
    bool ok = scn_at_most(c, &h->except, h->except.n, SCN_EXPECTS_MAX, "exceptions") &&
              scn_at_most(c, &h->with, h->with.n, SCN_EXPECTS_MAX, "entries");
    for (size_t i = 0; ok && i < h->except.n; i++) {
        if (!h->except.at[i].is.n && pxk_conf_given(c, &h->except.at[i].is))
            pxk_conf_error(c, &h->except.at[i].is, "an exception without keys would leave out every row");
        for (size_t j = 0; j < h->except.at[i].is.n; j++)
            ok = where_check(c, h, &h->except.at[i].is.at[j]) && ok;
    }
    for (size_t i = 0; i < h->with.n && i < SCN_EXPECTS_MAX; i++)
        for (size_t j = 0; j < h->with.at[i].when.n; j++)
            ok = where_check(c, h, &h->with.at[i].when.at[j]) && ok;
    return ok;
}

static bool set_check(struct pxk_conf *c, const struct scn_head *h, const struct pxk_conf_pair *p)
{
    if (!name_ok(c, p, p->key))
        return false;
    size_t key = key_index(h, p->key);
    if (key < h->matrix.n)
        pxk_conf_error_key(c, p, "%s is a key of the matrix already", p->key);
    return key == h->matrix.n && p->value;
}

static bool vars_check(struct pxk_conf *c, const struct scn_head *h)
{
    size_t total = h->vars.n + h->matrix.n;
    bool ok = true;
    for (size_t i = 0; i < h->with.n; i++)
        total += h->with.at[i].set.n;
    if (total > SCN_VARS_MAX * 8 || h->vars.n > SCN_VARS_MAX) {
        pxk_conf_error(c, &h->vars, "there are %zu variables, at most %d are possible", total, SCN_VARS_MAX);
        return false;
    }
    for (size_t i = 0; i < h->vars.n; i++)
        ok = set_check(c, h, &h->vars.at[i]) && ok;
    for (size_t i = 0; i < h->with.n; i++)
        for (size_t j = 0; j < h->with.at[i].set.n; j++)
            ok = set_check(c, h, &h->with.at[i].set.at[j]) && ok;
    return ok;
}

/* ---- one row ---- */

struct var {
    const char *name, *raw;
    const void *field; /* where it stands */
    char *value;
    enum { VAR_NEW, VAR_OPEN, VAR_KNOWN } state;
};

/* A row under way: which value each key has, and the variables that follow from it. */
struct draft {
    struct pxk_conf *c;
    const struct scn_head *head;
    size_t index[SCN_KEYS_MAX];
    struct var var[SCN_VARS_MAX + SCN_KEYS_MAX];
    size_t n;
    bool failed;
};

static const char *value_at(const struct draft *d, size_t key)
{
    return d->head->matrix.at[key].value.at[d->index[key]];
}

static bool fits_one(const struct draft *d, const struct pxk_conf_pairs *p)
{
    size_t key = key_index(d->head, p->key);
    for (size_t i = 0; key < d->head->matrix.n && i < p->value.n; i++)
        if (p->value.at[i] && strcmp(p->value.at[i], value_at(d, key)) == 0)
            return true;
    return false;
}

static bool fits(const struct draft *d, const struct pxk_conf_pairs *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!fits_one(d, &p[i]))
            return false;
    return true;
}

static void var_set(struct draft *d, const struct pxk_conf_pair *p)
{
    size_t i = 0;
    while (i < d->n && strcmp(d->var[i].name, p->key) != 0)
        i++;
    if (i == PXK_COUNT(d->var)) {
        pxk_conf_error_key(d->c, p, "there are more than %d variables in one row", SCN_VARS_MAX);
        d->failed = true;
        return;
    }
    if (i == d->n)
        d->n++;
    d->var[i] = (struct var){.name = p->key, .raw = p->value, .field = &p->value};
}

static const char *var_value(struct draft *d, struct var *v);

static const char *lookup(void *ctx, const char *name, struct pxk_str *why)
{
    struct draft *d = ctx;
    struct pxk_near near = {.word = name};
    char hint[80];
    if (scn_is_late(name))
        return scn_keep;
    for (size_t i = 0; i < d->n; i++) {
        pxk_near_offer(&near, d->var[i].name);
        if (strcmp(d->var[i].name, name) != 0)
            continue;
        if (d->var[i].state == VAR_OPEN) {
            pxk_str_addf(why, "needs itself: ${%s}", name);
            return NULL;
        }
        return var_value(d, &d->var[i]);
    }
    pxk_str_addf(why, "has an unknown variable \"%s\"%s", name, scn_hint(&near, hint, sizeof hint));
    return NULL;
}

/* Never NULL: a wrong one is told and empty. */
static const char *var_value(struct draft *d, struct var *v)
{
    char buf[200];
    struct pxk_str why = pxk_str_init(buf, sizeof buf);
    struct pxk_text text = {0};
    if (v->state == VAR_KNOWN)
        return v->value ? v->value : "";
    v->state = VAR_OPEN;
    const char *value = scn_expand(v->raw, lookup, d, SCN_VALUE_MAX, &text, &why);
    if (!value) {
        pxk_conf_error(d->c, v->field, "%s %s", v->name, buf);
        d->failed = true;
    }
    v->value = scn_copy(d->c, value ? value : "");
    v->state = VAR_KNOWN;
    d->failed = d->failed || text.failed || !v->value;
    pxk_text_done(&text);
    return v->value ? v->value : "";
}

static void draft_resolve(struct draft *d)
{
    const struct scn_head *h = d->head;
    d->n = 0;
    for (size_t i = 0; i < h->vars.n; i++)
        var_set(d, &h->vars.at[i]);
    for (size_t i = 0; i < h->with.n; i++)
        for (size_t j = 0; j < h->with.at[i].set.n && fits(d, h->with.at[i].when.at, h->with.at[i].when.n); j++)
            var_set(d, &h->with.at[i].set.at[j]);
    for (size_t i = 0; i < h->matrix.n && d->n < PXK_COUNT(d->var); i++) {
        char **value = &h->matrix.at[i].value.at[d->index[i]];
        d->var[d->n++] = (struct var){.name = h->matrix.at[i].key, .raw = *value, .field = value};
    }
    for (size_t i = 0; i < d->n && !d->failed; i++)
        (void)var_value(d, &d->var[i]); /* kept in the variable */
}

/* Letters that every file system and shell takes. */
static void word_add(struct pxk_str *s, const char *text)
{
    static const char ok[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+";
    for (; *text; text++)
        pxk_str_addc(s, strchr(ok, *text) ? *text : '_');
}

void scn_stem(const char *path, char *out, size_t cap)
{
    char name[SCN_ID_MAX];
    const char *slash = strrchr(path, '/');
    struct pxk_str s = pxk_str_init(out, cap);
    (void)pxk_str_copy(name, sizeof name, slash ? slash + 1 : path); /* long ones are cut */
    for (size_t i = 0; i < 2; i++) {
        const char *end = i ? ".yml" : ".yaml";
        if (pxk_str_ends(name, end))
            name[strlen(name) - strlen(end)] = '\0';
    }
    word_add(&s, *name == '-' ? name + 1 : name);
    if (!*out)
        pxk_str_add(&s, "scenario");
}

static void id_make(struct draft *d, const struct scn_rows *rows, char *id, size_t cap)
{
    struct pxk_str s = pxk_str_init(id, cap - 8); /* room for a number */
    pxk_str_add(&s, rows->stem);
    for (size_t i = 0; i < d->head->matrix.n; i++) {
        pxk_str_addc(&s, '.');
        word_add(&s, value_at(d, i));
    }
    size_t len = s.len;
    for (size_t i = 0, n = 2; i < rows->at.n;) {
        bool taken = rows->at.at[i].id && strcmp(rows->at.at[i].id, id) == 0;
        i = taken ? 0 : i + 1;
        if (taken)
            pxk_fmt(id + len, cap - len, "-%zu", n++);
    }
}

static void row_take(struct draft *d, struct scn_rows *rows)
{
    char id[SCN_ID_MAX + 8], label[240];
    struct pxk_str s = pxk_str_init(label, sizeof label);
    id_make(d, rows, id, sizeof id);
    for (size_t i = 0; i < d->head->matrix.n; i++) {
        pxk_str_addf(&s, "%s%s=", i ? ", " : "", d->head->matrix.at[i].key);
        pxk_str_add_quoted(&s, value_at(d, i), strlen(value_at(d, i)));
    }
    struct scn_row *row = pxk_vec_push(&rows->at);
    if (!row) {
        pxk_conf_no_memory(d->c);
        return;
    }
    row->label = scn_copy(d->c, label);
    row->id = scn_copy(d->c, id);
    for (size_t i = 0; i < d->n; i++) {
        struct pxk_conf_pair *p = pxk_vec_push(&row->vars);
        if (!p) {
            pxk_conf_no_memory(d->c);
            return;
        }
        p->key = scn_copy(d->c, d->var[i].name);
        p->value = d->var[i].value;
        d->var[i].value = NULL;
    }
}

static bool is_excepted(const struct draft *d)
{
    for (size_t i = 0; i < d->head->except.n; i++)
        if (fits(d, d->head->except.at[i].is.at, d->head->except.at[i].is.n))
            return true;
    return false;
}

/* The last key varies fastest. False after the last row. */
static bool draft_next(struct draft *d)
{
    for (size_t i = d->head->matrix.n; i-- > 0;) {
        if (++d->index[i] < d->head->matrix.at[i].value.n)
            return true;
        d->index[i] = 0;
    }
    return false;
}

static void rows_make(struct pxk_conf *c, const struct scn_head *h, struct scn_rows *rows)
{
    struct draft *d = scn_alloc(c, 1, sizeof *d);
    bool more = d != NULL;
    if (!d)
        return;
    d->c = c;
    d->head = h;
    while (more && !d->failed) {
        if (!is_excepted(d) && rows->at.n < PXK_SCN_CASES_MAX) {
            draft_resolve(d);
            if (!d->failed)
                row_take(d, rows);
            for (size_t i = 0; i < d->n; i++)
                free(d->var[i].value);
        } else if (!is_excepted(d)) {
            pxk_conf_error(c, &h->matrix, "the matrix has more than %d rows", PXK_SCN_CASES_MAX);
            d->failed = true;
        }
        more = draft_next(d);
    }
    if (!rows->at.n && !d->failed)
        pxk_conf_error(c, &h->except, "every row is left out");
    free(d);
}

static void head_check(struct pxk_conf *c, void *self)
{
    const struct scn_head *h = self;
    bool values = matrix_check(c, h), conditions = values && conditions_check(c, h);
    if (vars_check(c, h) && conditions)
        rows_make(c, h, pxk_conf_user(c));
}

void scn_rows_done(struct scn_rows *rows)
{
    for (size_t i = 0; i < rows->at.n; i++) {
        struct scn_row *r = &rows->at.at[i];
        free(r->label);
        free(r->id);
        for (size_t j = 0; j < r->vars.n; j++) {
            free(r->vars.at[j].key);
            free(r->vars.at[j].value);
        }
        pxk_vec_done(&r->vars);
    }
    pxk_vec_done(&rows->at);
}
