/* GRUB's menu when nobody is there: which entry is taken, and what follows when it fails.
 * Source: GRUB grub-core/normal/menu.c, commands/menuentry.c; capture missing-kernel-uefi. */
#include <assert.h>
#include <stdlib.h>

#include "grub_loader.h"

static struct gl_context *context(struct gl *g)
{
    return &g->context[g->contexts - 1];
}

/* The value of an option that is written "--id x" or "--id=x"; moves @i on. NULL if @i is another
 * one. */
static const char *option(const struct gl_args *a, size_t *i, const char *name)
{
    size_t n = strlen(name);
    assert(a->at[*i]);
    if (strncmp(a->at[*i], name, n) != 0)
        return NULL;
    if (a->at[*i][n] == '=')
        return a->at[*i] + n + 1;
    if (a->at[*i][n])
        return NULL;
    return ++*i < a->n ? a->at[*i] : "";
}

static bool entry_words(struct gl *g, struct gl_entry *e)
{
    static const char *const valued[] = {"--class", "--users", "--hotkey", "--source"};
    const struct gl_args *a = &g->args;
    pxk_gl_arg_add(g, &e->args, "menuentry", 9); /* so that $1 is the title, as with setparams */
    for (size_t i = 1; i < a->n; i++) {
        const char *word = a->at[i];
        assert(word);
        const char *v = option(a, &i, "--id");
        if (v) {
            free(e->id);
            e->id = strdup(v);
            continue;
        }
        bool known = strcmp(word, "--unrestricted") == 0;
        e->unrestricted |= known;
        for (size_t k = 0; k < PXK_COUNT(valued) && !known; k++)
            known = option(a, &i, valued[k]) != NULL;
        if (known)
            continue;
        if (!e->title)
            e->title = strdup(word);
        pxk_gl_arg_add(g, &e->args, word, strlen(word));
    }
    if (!e->title)
        e->title = strdup("");
    return e->title != NULL;
}

void pxk_gl_entry_free(struct gl_entry *e)
{
    if (!e)
        return;
    free(e->title);
    free(e->id);
    pxk_gl_args_done(&e->args);
    free(e);
}

void pxk_gl_entry_add(struct pxk_loader *l, const struct gl_insn *i, bool submenu)
{
    struct gl *g = l->state;
    struct gl_context *c = context(g);
    pxk_gl_finish(g, 0);
    if (!i->b || c->entry.n >= GL_ENTRIES_MAX)
        return;
    struct gl_entry *e = calloc(1, sizeof *e);
    /* a vector of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
    struct gl_entry **slot = e && entry_words(g, e) ? pxk_vec_push(&c->entry) : NULL;
    if (!slot) {
        pxk_gl_entry_free(e);
        g->oom = true;
        return;
    }
    e->script = g->frame[g->frames - 1].script;
    e->from = i->a;
    e->to = i->b;
    e->line = i->line;
    e->submenu = submenu;
    *slot = e;
}

/* menuentry_eq(): a '>' in @spec ends it, a doubled one is part of the title. */
static bool matches(const char *name, const char *spec, const char **rest)
{
    while (*spec) {
        if (*spec == '>') {
            if (spec[1] != '>')
                break;
            spec++;
        }
        if (*name++ != *spec++)
            return false;
    }
    *rest = *spec ? spec + 1 : "";
    return *name == '\0';
}

/* Entry by number, title or id; what follows a '>' (or, for lists, a blank) is left in @rest. -1:
 * none. */
static long entry_find(const struct gl_context *c, const char *spec, const char **rest)
{
    char *end;
    while (*spec == ' ')
        spec++;
    *rest = "";
    if (*spec >= '0' && *spec <= '9') {
        unsigned long n = strtoul(spec, &end, 0);
        if (*end == '\0' || *end == '>' || *end == ' ') {
            *rest = *end ? end + 1 : end;
            return n < c->entry.n ? (long)n : -1;
        }
    }
    for (size_t i = 0; *spec && i < c->entry.n; i++) {
        const struct gl_entry *e = c->entry.at[i];
        if (matches(e->title, spec, rest) || (e->id && matches(e->id, spec, rest)))
            return (long)i;
    }
    return -1;
}

static void stop_failed(struct pxk_loader *l, const struct gl_entry *e)
{
    struct gl *g = l->state;
    if (g->fail != PXK_STOP_NONE)
        pxk_loader_stop(l, g->fail, "%s", g->fail_why);
    else
        pxk_loader_stop(l, PXK_STOP_NO_DEFAULT, "%s line %u: the entry \"%s\" loads no kernel",
                        e->script->name, e->line, e->title);
}

static void entry_run(struct pxk_loader *l, const struct gl_entry *e)
{
    struct gl *g = l->state;
    struct pxk_boot *b = &l->boot;
    bool waits = b->waits_for_key;
    unsigned timeout = b->timeout_ds, entries = b->entries;
    *b = (struct pxk_boot){.waits_for_key = waits, .timeout_ds = timeout, .entries = entries};
    pxk_str_copy(b->label, sizeof b->label, e->title);
    g->loaded = GL_L_NOTHING;
    g->fail = PXK_STOP_NONE;
    /* With users declared an entry needs a password unless it says otherwise. */
    b->waits_for_key |= pxk_gl_get(g, "superusers") && !e->unrestricted;
    pxk_gl_set(g, "chosen", e->title);
    if (e->submenu && !pxk_gl_context_open(g)) {
        pxk_loader_stop(l, PXK_STOP_CONFIG_LOOP, "%s line %u: menus in menus without end",
                        e->script->name, e->line);
        return;
    }
    if (!pxk_gl_push(l, GL_F_ENTRY, e->script, e->from, e->to))
        return;
    g->frame[g->frames - 1].entry = e;
    g->frame[g->frames - 1].args = &e->args;
}

/* A menu without a time-out waits for ever; it is then followed as if somebody pressed Enter. A
 * submenu that is entered because the time was up gets the time-out 0 (grub_menu_execute_entry). */
static void timeout_read(struct pxk_loader *l, bool submenu)
{
    struct gl *g = l->state;
    const char *text = pxk_gl_get(g, "timeout");
    char *end = NULL;
    long seconds = text && *text ? strtol(text, &end, 0) : -1;
    if (submenu && g->autoboot)
        return;
    if (end && *end)
        seconds = -1;
    l->boot.waits_for_key |= seconds < 0;
    if (!g->menu_seen && seconds > 0)
        l->boot.timeout_ds = seconds > 100000 ? 1000000 : (unsigned)seconds * 10;
    g->autoboot = seconds >= 0;
    g->menu_seen = true;
}

void pxk_gl_menu(struct pxk_loader *l)
{
    struct gl *g = l->state;
    struct gl_context *c = context(g);
    const char *rest, *theme = pxk_gl_get(g, "theme");
    char path[PXK_PATH_MAX];
    if (!c->entry.n) {
        pxk_gl_stop_empty(l);
        return;
    }
    if (theme && *theme && !c->theme_seen) {
        c->theme_seen = true;
        pxk_gl_fetch(l, GL_W_THEME, PXK_ROLE_ASSET, true, theme);
        return;
    }
    g->frame[g->frames - 1].in_menu = true;
    timeout_read(l, g->frame[g->frames - 1].kind == GL_F_ENTRY);
    l->boot.entries += (unsigned)c->entry.n;
    const char *spec = pxk_gl_get(g, "default");
    long at = spec ? entry_find(c, spec, &rest) : -1;
    if (at < 0) {
        at = 0;
        rest = "";
    }
    const struct gl_entry *e = c->entry.at[at];
    pxk_str_copy(path, sizeof path, rest);
    if (e->submenu && *path) {
        pxk_gl_set(g, "default", path);
        pxk_gl_export(g, "default");
    } else {
        pxk_gl_unset(g, "default");
    }
    entry_run(l, e);
}

/* The entry that $fallback names next, or NULL. */
static const struct gl_entry *fallback_next(struct gl *g)
{
    struct gl_context *c = context(g);
    const char *rest, *list = pxk_gl_get(g, "fallback");
    if (!c->fallback_taken) {
        c->fallback_taken = true;
        c->fallback = strdup(list ? list : "");
    }
    if (!c->fallback || !*c->fallback)
        return NULL;
    long at = entry_find(c, c->fallback, &rest);
    memmove(c->fallback, rest, strlen(rest) + 1);
    return at < 0 ? NULL : c->entry.at[at];
}

void pxk_gl_entry_ended(struct pxk_loader *l)
{
    struct gl *g = l->state;
    struct gl_frame *f = &g->frame[g->frames - 1];
    const struct gl_entry *e = f->entry;
    if (g->loaded != GL_L_NOTHING) {
        pxk_gl_boot(l);
        return;
    }
    if (e->submenu && !f->in_menu) {
        if (context(g)->entry.n) {
            pxk_gl_menu(l);
            return;
        }
        pxk_gl_context_close(g);
    }
    g->frames--; /* entries own neither arguments nor loops that are left */
    const struct gl_entry *next = fallback_next(g);
    if (!next) {
        stop_failed(l, e);
        return;
    }
    enum pxk_stop fail = g->fail;
    entry_run(l, next);
    g->fail = fail; /* if nothing boots, the first failure is the one to tell */
}

void pxk_gl_boot(struct pxk_loader *l)
{
    struct gl *g = l->state;
    switch (g->loaded) {
    case GL_L_NOTHING:
        pxk_gl_finish(g, 1);
        break;
    case GL_L_LINUX:
        if (g->initrd_missing && !l->boot.initrd_n)
            pxk_loader_stop(l, g->fail, "%s", g->fail_why);
        else
            pxk_loader_end(l, PXK_WANT_BOOT);
        break;
    case GL_L_CHAIN:
        if (g->chain_fed_last) {
            pxk_loader_end(l, PXK_WANT_CHAIN);
        } else {
            g->wait = GL_W_CHAIN_AGAIN;
            pxk_loader_ask(l, PXK_ROLE_LOADER, false, &g->chain);
        }
        break;
    case GL_L_LOCAL:
        pxk_loader_end(l, PXK_WANT_LOCAL);
        break;
    }
}

void pxk_gl_stop_empty(struct pxk_loader *l)
{
    struct gl *g = l->state;
    const struct gl_script *s = g->script.n ? g->script.at[g->script.n - 1] : NULL;
    if (g->config_fail != PXK_STOP_NONE)
        pxk_loader_stop(l, g->config_fail, "%s", g->config_why);
    else if (g->fail != PXK_STOP_NONE)
        pxk_loader_stop(l, g->fail, "%s", g->fail_why);
    else if (g->bls)
        pxk_loader_stop(
            l, PXK_STOP_UNSUPPORTED,
            "the only entries are those of blscfg, which lists a directory: that cannot "
            "work over TFTP or HTTP, so the menu is empty");
    else if (g->loaded != GL_L_NOTHING)
        pxk_loader_stop(l, PXK_STOP_CONFIG_EMPTY,
                        "%s loads a kernel outside of a menu entry and "
                        "never says boot: GRUB stays at its prompt",
                        s ? s->name : "grub.cfg");
    else if (s && s->bad_line)
        pxk_loader_stop(l, PXK_STOP_CONFIG_EMPTY,
                        "%s has no menu entry that GRUB can read; line %u "
                        "has a syntax error",
                        s->name, s->bad_line);
    else
        pxk_loader_stop(l, PXK_STOP_CONFIG_EMPTY, "%s has no menu entry: GRUB stays at its prompt",
                        s ? s->name : "grub.cfg");
}
