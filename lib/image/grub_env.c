/* GRUB's variables, and what becomes of a word when it is used: quoting, expansion, splitting.
 * Sources: GRUB grub-core/kern/env.c, script/argv.c, script/execute.c, script/yylex.l. */
#include <stdlib.h>

#include "grub_loader.h"

static struct gl_var *find(const struct gl_context *c, const char *name)
{
    for (size_t i = 0; i < c->var.n; i++)
        if (strcmp(c->var.at[i].name, name) == 0)
            return &c->var.at[i];
    return NULL;
}

static struct gl_context *context(const struct gl *g)
{
    return (struct gl_context *)&g->context[g->contexts - 1];
}

const char *pxk_gl_get(const struct gl *g, const char *name)
{
    const struct gl_var *v = find(context(g), name);
    return v ? v->value : NULL;
}

static struct gl_var *put(struct gl *g, struct gl_context *c, const char *name, const char *value)
{
    struct gl_var *v = find(c, name);
    char *copy = strndup(value, GL_VALUE_MAX);
    if (!v && copy && c->var.n < GL_VARS_MAX && (v = pxk_vec_push(&c->var)) &&
        !(v->name = strndup(name, 256))) {
        c->var.n--;
        v = NULL;
    }
    if (!v) {
        g->oom |= c->var.n < GL_VARS_MAX;
        free(copy);
        return NULL;
    }
    g->oom |= !copy;
    if (copy) {
        free(v->value);
        v->value = copy;
    }
    return v->value ? v : NULL;
}

void pxk_gl_set(struct gl *g, const char *name, const char *value)
{
    char bare[PXK_PATH_MAX];
    size_t n = strlen(value);
    /* "set root=(tftp,10.0.0.1)" loses its brackets (grub_env_write_root) */
    if (strcmp(name, "root") == 0 && n > 2 && value[0] == '(' && value[n - 1] == ')') {
        pxk_str_copy_n(bare, sizeof bare, value + 1, n - 2);
        value = bare;
    }
    (void)put(g, context(g), name, value); /* too many variables: the new one stays unset */
}

static void var_done(struct gl_var *v)
{
    free(v->name);
    free(v->value);
}

void pxk_gl_unset(struct gl *g, const char *name)
{
    struct gl_context *c = context(g);
    struct gl_var *v = find(c, name);
    if (!v)
        return;
    var_done(v);
    *v = c->var.at[--c->var.n];
}

void pxk_gl_export(struct gl *g, const char *name)
{
    struct gl_context *c = context(g);
    struct gl_var *v = find(c, name);
    if (!v)
        v = put(g, c, name, "");
    if (v)
        v->exported = true;
}

bool pxk_gl_context_open(struct gl *g)
{
    if (g->contexts >= GL_CONTEXTS_MAX)
        return false;
    g->context[g->contexts] = (struct gl_context){0};
    if (g->contexts++) {
        const struct gl_context *old = &g->context[g->contexts - 2];
        for (size_t i = 0; i < old->var.n; i++) {
            if (!old->var.at[i].exported)
                continue;
            struct gl_var *v = put(g, context(g), old->var.at[i].name, old->var.at[i].value);
            if (v)
                v->exported = true;
        }
    }
    return true;
}

void pxk_gl_context_close(struct gl *g)
{
    struct gl_context *c = context(g);
    for (size_t i = 0; i < c->var.n; i++)
        var_done(&c->var.at[i]);
    for (size_t i = 0; i < c->entry.n; i++)
        pxk_gl_entry_free(c->entry.at[i]);
    free(c->fallback);
    pxk_vec_done(&c->var);
    pxk_vec_done(&c->entry);
    g->contexts--;
}

bool pxk_gl_arg_add(struct gl *g, struct gl_args *args, const char *text, size_t n)
{
    if (args->n >= GL_ARGS_MAX || args->bytes + n > (64u << 10))
        return false;
    char *copy = strndup(text, n), **slot = copy ? pxk_vec_push(args) : NULL;
    g->oom |= !slot;
    if (!slot) {
        free(copy);
        return false;
    }
    *slot = copy;
    args->bytes += n;
    g->steps += (unsigned)(n / 16);
    return true;
}

void pxk_gl_args_done(struct gl_args *args)
{
    for (size_t i = 0; i < args->n; i++)
        free(args->at[i]);
    pxk_vec_done(args);
    args->bytes = 0;
}

/* A word while it is put together. */
struct build {
    struct gl *g;
    struct gl_args *out;
    struct pxk_str text;
    bool any; /* something stands here, if only a pair of quotes */
};

static void build_end(struct build *b)
{
    if (b->any)
        pxk_gl_arg_add(b->g, b->out, b->text.s, b->text.len);
    b->text.len = 0;
    b->text.s[0] = '\0';
    b->any = false;
}

static void build_char(struct build *b, char c)
{
    pxk_str_addc(&b->text, c);
    b->any = true;
}

static void build_value(struct build *b, const char *value, bool quoted)
{
    b->any |= quoted;
    for (; *value; value++) {
        bool blank = *value == ' ' || *value == '\t' || *value == '\n';
        if (blank && !quoted)
            build_end(b);
        else
            build_char(b, *value);
    }
}

static const struct gl_args *parameters(const struct gl *g)
{
    for (unsigned i = g->frames; i-- > 0;)
        if (g->frame[i].args)
            return g->frame[i].args;
    return NULL;
}

static void build_all(struct build *b, bool quoted)
{
    const struct gl_args *p = parameters(b->g);
    for (size_t i = 1; p && i < p->n; i++) {
        if (i > 1 && quoted)
            build_char(b, ' ');
        else if (i > 1)
            build_end(b);
        build_value(b, p->at[i], quoted);
    }
}

static void build_var(struct build *b, const char *name, bool quoted)
{
    char text[16];
    const struct gl_args *p = parameters(b->g);
    if (strcmp(name, "?") == 0) {
        build_value(b, pxk_fmt(text, sizeof text, "%d", b->g->status), quoted);
    } else if (strcmp(name, "#") == 0) {
        build_value(b, pxk_fmt(text, sizeof text, "%zu", p && p->n ? p->n - 1 : 0), quoted);
    } else if (strcmp(name, "*") == 0 || strcmp(name, "@") == 0) {
        build_all(b, quoted);
    } else if (name[0] >= '0' && name[0] <= '9') {
        size_t i = strtoul(name, NULL, 10);
        build_value(b, p && i < p->n ? p->at[i] : "", quoted);
    } else {
        const char *value = pxk_gl_get(b->g, name);
        build_value(b, value ? value : "", quoted);
    }
}

static bool name_char(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

/* A dollar sign at @s; returns how many bytes belong to it. */
static size_t dollar(struct build *b, const char *s, size_t n, bool quoted)
{
    char name[256];
    if (n > 1 && s[1] == '{') {
        const char *end = memchr(s, '}', n);
        if (!end)
            return n;
        pxk_str_copy_n(name, sizeof name, s + 2, (size_t)(end - s) - 2);
        build_var(b, name, quoted);
        return (size_t)(end - s) + 1;
    }
    size_t len = 1;
    if (n > 1 && s[1] && strchr("?#*@", s[1])) {
        len = 2;
    } else if (n > 1 && s[1] >= '0' && s[1] <= '9') {
        while (len < n && s[len] >= '0' && s[len] <= '9')
            len++;
    } else {
        while (len < n && name_char(s[len], len == 1))
            len++;
    }
    if (len == 1) {
        if (n < 2 || s[1] != '"') /* $"..." is a text to translate */
            build_char(b, '$');
        return 1;
    }
    pxk_str_copy_n(name, sizeof name, s + 1, len - 1);
    build_var(b, name, quoted);
    return len;
}

/* Inside double quotes a backslash means something before four characters only. */
static size_t double_quoted(struct build *b, const char *s, size_t n)
{
    size_t i = 1;
    b->any = true;
    while (i < n && s[i] != '"') {
        if (s[i] == '$') {
            i += dollar(b, s + i, n - i, true);
        } else if (s[i] == '\\' && i + 1 < n && strchr("$\\\"\n", s[i + 1])) {
            if (s[i + 1] != '\n')
                build_char(b, s[i + 1]);
            i += 2;
        } else {
            build_char(b, s[i++]);
        }
    }
    return i + 1;
}

static void expand_word(struct build *b, const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        if (s[i] == '\'') {
            b->any = true;
            for (i++; i < n && s[i] != '\''; i++)
                build_char(b, s[i]);
            i++;
        } else if (s[i] == '"') {
            i += double_quoted(b, s + i, n - i);
        } else if (s[i] == '$') {
            i += dollar(b, s + i, n - i, false);
        } else if (s[i] == '\\' && i + 1 < n) {
            if (s[i + 1] != '\n')
                build_char(b, s[i + 1]);
            i += 2;
        } else {
            build_char(b, s[i++]);
        }
    }
    build_end(b);
}

void pxk_gl_expand(struct gl *g, const struct gl_script *s, const struct gl_insn *i,
                   struct gl_args *out)
{
    char text[GL_VALUE_MAX * 2];
    struct build b = {.g = g, .out = out, .text = pxk_str_init(text, sizeof text)};
    for (unsigned w = 0; w < i->words; w++) {
        struct gl_word word = s->word.at[i->word + w];
        expand_word(&b, s->text + word.off, word.len);
    }
}
