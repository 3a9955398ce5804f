/* Runs GRUB scripts: one instruction after the other, with a stack of frames for functions, sourced
 * files, menu entries and nested configurations. Source: GRUB grub-core/script/execute.c,
 * normal/main.c. */
#include <stdlib.h>

#include "grub_loader.h"

static struct gl_frame *top(struct gl *g)
{
    return &g->frame[g->frames - 1];
}

const char *pxk_gl_here(const struct gl *g, unsigned *line)
{
    *line = 0;
    if (!g->frames)
        return "the built-in configuration";
    const struct gl_frame *f = &g->frame[g->frames - 1];
    if (g->insn_pc < f->script->insn.n)
        *line = f->script->insn.at[g->insn_pc].line;
    return f->script->name;
}

void pxk_gl_finish(struct gl *g, int status)
{
    g->status = g->invert ? !status : status;
    g->invert = false;
}

bool pxk_gl_push(struct pxk_loader *l, enum gl_frame_kind kind, const struct gl_script *s,
                 unsigned from, unsigned to)
{
    struct gl *g = l->state;
    unsigned line;
    if (g->frames >= GL_FRAMES_MAX) {
        const char *file = pxk_gl_here(g, &line);
        pxk_loader_stop(l, PXK_STOP_CONFIG_LOOP, "%s line %u: nested too deeply, it never ends",
                        file, line);
        return false;
    }
    g->frame[g->frames++] = (struct gl_frame){.kind = kind,
                                              .script = s,
                                              .pc = from,
                                              .end = to,
                                              .for_base = (unsigned)g->loop.n,
                                              .invert = g->invert};
    g->invert = false;
    return true;
}

static bool loops_back(struct pxk_loader *l, enum gl_frame_kind kind, const char *name)
{
    struct gl *g = l->state;
    unsigned same = 0, line;
    for (unsigned i = 0; i < g->frames; i++) {
        const struct gl_frame *f = &g->frame[i];
        bool file = f->kind == GL_F_NORMAL || f->kind == GL_F_CONFIG || f->kind == GL_F_SOURCE;
        same += file && strcmp(f->script->name, name) == 0;
    }
    if (same < GL_SAME_FILE_MAX || kind == GL_F_EMBEDDED)
        return false;
    const char *file = pxk_gl_here(g, &line);
    pxk_loader_stop(l, PXK_STOP_CONFIG_LOOP,
                    "%s line %u runs %s, which is running already: this "
                    "never ends",
                    file, line, name);
    return true;
}

void pxk_gl_push_text(struct pxk_loader *l, enum gl_frame_kind kind, const char *name,
                      const void *text, size_t len)
{
    struct gl *g = l->state;
    if (loops_back(l, kind, name))
        return;
    if (len > LOADER_TEXT_MAX - g->text) {
        pxk_loader_stop(l, PXK_STOP_UNSUPPORTED, "more than %zu bytes of configuration",
                        LOADER_TEXT_MAX);
        return;
    }
    g->text += len;
    struct gl_script *s = pxk_gl_compile(name, text, len);
    /* a vector of pointers: NOLINTNEXTLINE(bugprone-sizeof-expression) */
    struct gl_script **slot = s ? pxk_vec_push(&g->script) : NULL;
    if (!slot) {
        pxk_gl_script_free(s);
        g->oom = true;
        return;
    }
    *slot = s;
    pxk_gl_push(l, kind, s, 0, (unsigned)s->insn.n);
}

static void loops_cut(struct gl *g, size_t n)
{
    while (g->loop.n > n)
        pxk_gl_args_done(&g->loop.at[--g->loop.n].list);
}

static void pop(struct gl *g)
{
    struct gl_frame *f = top(g);
    loops_cut(g, f->for_base);
    if (f->own)
        pxk_gl_args_done(f->own);
    free(f->own);
    g->invert = f->invert;
    g->frames--;
}

static void frame_ended(struct pxk_loader *l)
{
    struct gl *g = l->state;
    switch (top(g)->kind) {
    case GL_F_EMBEDDED:
        pop(g);
        break;
    case GL_F_NORMAL:
        pxk_gl_menu(l);
        break;
    case GL_F_CONFIG:
        if (g->context[g->contexts - 1].entry.n) {
            pxk_gl_menu(l);
            break;
        }
        pxk_gl_context_close(g);
        pop(g);
        pxk_gl_finish(g, 0);
        break;
    case GL_F_SOURCE:
    case GL_F_FUNCTION:
        pop(g);
        pxk_gl_finish(g, g->status);
        break;
    case GL_F_ENTRY:
        pxk_gl_entry_ended(l);
        break;
    }
}

static void for_begin(struct gl *g, const struct gl_frame *f, const struct gl_insn *i)
{
    loops_cut(g, f->for_base + i->b);
    struct gl_for *loop = pxk_vec_push(&g->loop);
    if (!loop) {
        g->oom = true;
        return;
    }
    pxk_gl_expand(g, f->script, i, &loop->list);
    loop->next = 1;
}

/* The next value of a `for`; false at its end. */
static bool for_next(struct gl *g, const struct gl_frame *f, const struct gl_insn *i)
{
    loops_cut(g, f->for_base + i->b + 1);
    struct gl_for *loop = g->loop.n ? &g->loop.at[g->loop.n - 1] : NULL;
    if (!loop || loop->next >= loop->list.n)
        return false;
    pxk_gl_set(g, loop->list.at[0], loop->list.at[loop->next++]);
    return true;
}

static void function_define(struct gl *g, const struct gl_frame *f, const struct gl_insn *i)
{
    if (!i->words)
        return;
    struct gl_word w = f->script->word.at[i->word];
    char *name = strndup(f->script->text + w.off, w.len);
    struct gl_function *slot = NULL;
    for (size_t k = 0; name && k < g->function.n && !slot; k++)
        if (strcmp(g->function.at[k].name, name) == 0)
            slot = &g->function.at[k];
    if (!slot && name && g->function.n < GL_FUNCTIONS_MAX)
        slot = pxk_vec_push(&g->function);
    if (!slot) {
        g->oom |= !name;
        free(name);
        return;
    }
    free(slot->name);
    *slot = (struct gl_function){name, f->script, i->a, i->b};
}

static bool function_call(struct pxk_loader *l)
{
    struct gl *g = l->state;
    for (size_t k = 0; k < g->function.n; k++) {
        const struct gl_function *f = &g->function.at[k];
        if (strcmp(f->name, g->args.at[0]) != 0)
            continue;
        struct gl_args *own = malloc(sizeof *own);
        if (!own) {
            g->oom = true;
        } else if (pxk_gl_push(l, GL_F_FUNCTION, f->script, f->from, f->to)) {
            *own = g->args;
            g->args = (struct gl_args){0};
            top(g)->own = own;
            top(g)->args = own;
        } else {
            free(own);
        }
        return true;
    }
    return false;
}

static void shift(struct gl_args *a)
{
    free(a->at[0]);
    memmove(a->at, a->at + 1, --a->n * sizeof *a->at);
}

static void command(struct pxk_loader *l, const struct gl_insn *i)
{
    struct gl *g = l->state;
    pxk_gl_args_done(&g->args);
    pxk_gl_expand(g, top(g)->script, i, &g->args);
    g->invert = false;
    while (g->args.n && strcmp(g->args.at[0], "!") == 0) {
        g->invert = !g->invert;
        shift(&g->args);
    }
    if (!g->args.n) {
        pxk_gl_finish(g, 0);
        return;
    }
    const char *module = pxk_gl_autoload(l, g->args.at[0]);
    if (module)
        pxk_gl_module_load(l, module, GL_M_RETRY);
    else if (!pxk_gl_command(l, i) && !function_call(l)) {
        if (strchr(g->args.at[0], '='))
            pxk_gl_assign(l, g->args.at[0]);
        else
            pxk_gl_finish(g, 1); /* error: can't find command */
    }
}

static void step(struct pxk_loader *l)
{
    struct gl *g = l->state;
    struct gl_frame *f = top(g);
    const struct gl_insn *i = &f->script->insn.at[f->pc];
    g->insn_pc = f->pc++;
    g->steps++;
    switch (i->op) {
    case GL_CMD:
        if (i->b)
            f->pc = i->b;
        command(l, i);
        break;
    case GL_JUMP:
        f->pc = i->a;
        break;
    case GL_JUMP_FALSE:
        if (g->status)
            f->pc = i->a;
        break;
    case GL_JUMP_TRUE:
        if (!g->status)
            f->pc = i->a;
        break;
    case GL_FOR:
        for_begin(g, f, i);
        break;
    case GL_NEXT:
        if (!for_next(g, f, i))
            f->pc = i->a;
        break;
    case GL_POP:
        loops_cut(g, f->for_base + i->b);
        break;
    case GL_FUNCTION:
        function_define(g, f, i);
        f->pc = i->b;
        break;
    case GL_RETURN:
        f->pc = f->end;
        break;
    }
}

void pxk_gl_run(struct pxk_loader *l)
{
    struct gl *g = l->state;
    unsigned line;
    while (l->want.kind == PXK_WANT_FILE && g->wait == GL_W_NONE) {
        if (g->oom) {
            pxk_loader_stop(l, PXK_STOP_UNSUPPORTED, "%s", pxk_err_text(PXK_E_NOMEM));
        } else if (g->steps > GL_STEPS_MAX) {
            const char *file = pxk_gl_here(g, &line);
            pxk_loader_stop(l, PXK_STOP_CONFIG_LOOP, "%s line %u: this goes on for ever", file,
                            line);
        } else if (!g->frames && g->normal_seen) {
            pxk_gl_stop_empty(l);
        } else if (!g->frames) {
            pxk_gl_normal(l, "");
        } else if (top(g)->pc >= top(g)->end) {
            g->steps++;
            frame_ended(l);
        } else {
            step(l);
        }
    }
}
