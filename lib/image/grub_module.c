/* GRUB modules that are not linked into the image: fetched from $prefix/<arch>/, each followed by
 * what it needs. Sources: GRUB grub-core/kern/dl.c, normal/dyncmd.c (command.lst). */
#include <stdlib.h>

#include "grub_loader.h"

bool pxk_gl_module_there(const struct pxk_loader *l, const char *name)
{
    const struct gl *g = l->state;
    if (!g->modules_known || pxk_image_grub_has_module(l->image, l->image_len, name))
        return true;
    for (size_t i = 0; i < g->loaded_module.n; i++)
        if (strcmp(g->loaded_module.at[i], name) == 0)
            return true;
    return false;
}

static void want(struct gl *g, const char *name)
{
    char *copy = g->wanted_module.n < LOADER_ASKS_MAX ? strdup(name) : NULL;
    char **slot = copy ? pxk_vec_push(&g->wanted_module) : NULL;
    if (slot)
        *slot = copy;
    else
        free(copy);
}

static char *want_pop(struct gl *g)
{
    return g->wanted_module.n ? g->wanted_module.at[--g->wanted_module.n] : NULL;
}

static void loaded(struct pxk_loader *l)
{
    struct gl *g = l->state;
    switch (g->module_then) {
    case GL_M_FINISH:
        pxk_gl_finish(g, 0);
        break;
    case GL_M_RETRY:
        g->frame[g->frames - 1].pc = g->insn_pc;
        break;
    case GL_M_NORMAL:
        pxk_gl_normal_begin(l);
        break;
    }
}

static void next(struct pxk_loader *l)
{
    struct gl *g = l->state;
    char path[PXK_PATH_MAX];
    while (g->wanted_module.n) {
        const char *name = g->wanted_module.at[g->wanted_module.n - 1];
        bool file = strchr(name, '/') || name[0] == '(';
        if (!file && pxk_gl_module_there(l, name)) {
            free(want_pop(g));
            continue;
        }
        const char *prefix = pxk_gl_get(g, "prefix");
        if (file)
            pxk_str_copy(path, sizeof path, name);
        else
            pxk_fmt(path, sizeof path, "%s/%s/%s.mod", prefix ? prefix : "", g->arch, name);
        pxk_gl_fetch(l, GL_W_MODULE, PXK_ROLE_MODULE, g->module_then != GL_M_NORMAL, path);
        return;
    }
    loaded(l);
}

void pxk_gl_module_load(struct pxk_loader *l, const char *name, enum gl_module_then then)
{
    struct gl *g = l->state;
    while (g->wanted_module.n)
        free(want_pop(g));
    g->module_then = then;
    want(g, name);
    next(l);
}

static void failed(struct pxk_loader *l, enum pxk_fetched how)
{
    struct gl *g = l->state;
    while (g->wanted_module.n)
        free(want_pop(g));
    if (g->module_then == GL_M_NORMAL) {
        pxk_loader_stop(l, pxk_loader_stop_of(how, PXK_STOP_MODULE_MISSING),
                        "GRUB needs %s, which %s: it stays at \"grub rescue>\"", g->file.path,
                        pxk_loader_fate(how));
        return;
    }
    if (g->module_then == GL_M_RETRY)
        pxk_gl_fail(l, PXK_STOP_MODULE_MISSING, "module", how);
    pxk_gl_finish(g, 1);
}

void pxk_gl_module_fed(struct pxk_loader *l, enum pxk_fetched how, const uint8_t *data, size_t len)
{
    struct gl *g = l->state;
    struct loader_needs needs;
    if (how != PXK_FETCHED_OK) {
        failed(l, how);
        return;
    }
    char *name = want_pop(g), **slot = name ? pxk_vec_push(&g->loaded_module) : NULL;
    if (!slot) {
        free(name);
        g->oom = true;
        return;
    }
    *slot = name;
    pxk_loader_elf_moddeps(data, len, &needs);
    for (size_t i = needs.n; i-- > 0;)
        want(g, needs.name[i]);
    next(l);
}

const char *pxk_gl_autoload(const struct pxk_loader *l, const char *command)
{
    const struct gl *g = l->state;
    for (size_t i = 0; i < g->command.n; i++)
        if (strcmp(g->command.at[i].name, command) == 0)
            return pxk_gl_module_there(l, g->command.at[i].module) ? NULL : g->command.at[i].module;
    return NULL;
}

static void command_line(struct gl *g, const char *line, size_t n)
{
    if (n && *line == '*') { /* an extended command; no difference here */
        line++;
        n--;
    }
    const char *colon = memchr(line, ':', n);
    if (!colon || g->command.n >= 1024)
        return;
    size_t name_n = (size_t)(colon - line), at = name_n + 1;
    while (at < n && line[at] == ' ')
        at++;
    struct gl_command *c = pxk_vec_push(&g->command);
    if (!c)
        return;
    c->name = strndup(line, name_n);
    c->module = strndup(line + at, n - at);
    if (!c->name || !c->module || strchr(c->module, '/')) {
        free(c->name);
        free(c->module);
        g->command.n--;
    }
}

void pxk_gl_command_list(struct gl *g, const uint8_t *data, size_t len)
{
    const char *text = (const char *)data;
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t n = end ? (size_t)(end - text) - at : len - at;
        size_t stop = n && text[at + n - 1] == '\r' ? n - 1 : n;
        if (!memchr(text + at, 0, stop))
            command_line(g, text + at, stop);
        at += n + 1;
    }
}
