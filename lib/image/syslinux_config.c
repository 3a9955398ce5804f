/* Reads Syslinux configuration files line by line; files that they include are asked for in
 * between. Sources: syslinux com32/elflink/ldlinux/readconfig.c, com32/menu/readconfig.c,
 * doc/syslinux.txt, doc/menu.txt. */
#include <stdlib.h>

#include "syslinux_int.h"

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static const char *skip(const char *s)
{
    while (blank(*s))
        s++;
    return s;
}

const char *pxk_sl_rest(const char *s)
{
    s = skip(s);
    while (*s && !blank(*s))
        s++;
    return skip(s);
}

const char *pxk_sl_word(const char *s, char *out, size_t cap)
{
    s = skip(s);
    size_t n = 0;
    while (s[n] && !blank(s[n]))
        n++;
    pxk_str_copy_n(out, cap, s, n);
    return skip(s + n);
}

/* The argument behind @word if the line begins with it (whole word, any case), else NULL. */
static const char *at(const char *line, const char *word)
{
    for (; *word; line++, word++) {
        int c = *line >= 'A' && *line <= 'Z' ? *line + 32 : *line;
        if (c != *word)
            return NULL;
    }
    return !*line || blank(*line) ? skip(line) : NULL;
}

static void set(struct sl_config *c, char **where, const char *value)
{
    free(*where);
    *where = strdup(value);
    c->oom |= !*where;
}

static void set_word(struct sl_config *c, char **where, const char *value)
{
    char word[PXK_PATH_MAX];
    pxk_sl_word(value, word, sizeof word);
    set(c, where, word);
}

static void label_done(struct sl_label *l)
{
    free(l->name);
    free(l->kernel);
    free(l->append);
    free(l->initrd);
    free(l->target);
    *l = (struct sl_label){0};
}

static struct sl_label *label_push(struct sl_config *c)
{
    struct sl_label *l = c->label.n < SL_LABELS_MAX ? pxk_vec_push(&c->label) : NULL;
    c->oom |= !l && c->label.n < SL_LABELS_MAX;
    return l;
}

/* Ends the label being read. A global APPEND is the one in force here, not the last of the file. */
static void flush(struct sl_config *c)
{
    if (!c->in_label)
        return;
    c->in_label = false;
    struct sl_label *l = &c->now;
    if (!l->append && !l->no_append && c->append)
        set(c, &l->append, c->append);
    if (!l->own_sysappend)
        l->sysappend = c->sysappend;
    struct sl_label *slot = label_push(c);
    if (!slot) {
        label_done(l);
        return;
    }
    *slot = *l;
    *l = (struct sl_label){0};
}

static struct sl_source *source(struct sl_config *c)
{
    return &c->source[c->depth - 1];
}

static void menu_begin(struct sl_config *c, const char *tag)
{
    flush(c);
    if (c->menu.n >= SL_MENUS_MAX)
        return;
    struct sl_label *entry = c->menu.n ? label_push(c) : NULL;
    struct sl_menu *m = pxk_vec_push(&c->menu);
    if (!m) {
        c->oom = true;
        return;
    }
    m->parent = c->menu_now;
    set(c, &m->tag, tag);
    if (c->menu.n > 1)
        m->timeout_ds = c->menu.at[c->menu_now].timeout_ds;
    if (entry) {
        entry->action = SL_SUBMENU;
        entry->submenu = (unsigned)c->menu.n - 1;
        entry->menu = c->menu_now;
        entry->line = source(c)->line;
        entry->file = source(c)->file;
        set(c, &entry->name, tag);
    }
    c->menu_now = (unsigned)c->menu.n - 1;
}

static void menu_end(struct sl_config *c)
{
    flush(c);
    if (c->menu_now)
        c->menu_now = c->menu.at[c->menu_now].parent;
}

/* MENU DEFAULT inside MENU BEGIN but outside a label makes the submenu its parent's default entry.
 */
static void menu_default(struct sl_config *c)
{
    if (c->in_label) {
        c->now.is_default = true;
        return;
    }
    for (size_t i = 0; i < c->label.n; i++)
        if (c->label.at[i].action == SL_SUBMENU && c->label.at[i].submenu == c->menu_now)
            c->label.at[i].is_default = true;
}

static enum sl_step menu_line(struct sl_config *c, const char *p, char name[static PXK_PATH_MAX])
{
    const char *v;
    struct sl_label *l = c->in_label ? &c->now : NULL;
    struct sl_menu *m = &c->menu.at[c->menu_now];
    if ((v = at(p, "include"))) {
        const char *tag = pxk_sl_word(v, name, PXK_PATH_MAX);
        c->bracket = *tag;
        if (*tag)
            menu_begin(c, tag);
        return name[0] ? SL_STEP_INCLUDE : SL_STEP_END;
    }
    if ((v = at(p, "begin")))
        menu_begin(c, v);
    else if (at(p, "end"))
        menu_end(c);
    else if (at(p, "default"))
        menu_default(c);
    else if (at(p, "start"))
        m->start = true;
    else if ((v = at(p, "background")))
        set_word(c, &m->background, v);
    else if (at(p, "separator")) {
        struct sl_label *s = label_push(c);
        if (s) {
            s->action = SL_SEPARATOR;
            s->menu = c->menu_now;
        }
    } else if (l && at(p, "hide"))
        l->hidden = true;
    else if (l && (at(p, "disable") || at(p, "disabled")))
        l->disabled = true;
    else if (l && at(p, "passwd"))
        l->locked = true;
    else if (l && at(p, "quit"))
        l->action = SL_QUIT;
    else if (l && (v = at(p, "exit"))) {
        l->action = *v ? SL_GOTO : SL_EXIT;
        set(c, &l->target, v);
    } else if (l && (v = at(p, "goto"))) {
        l->action = SL_GOTO;
        set(c, &l->target, v);
    }
    return SL_STEP_END;
}

static void label_begin(struct sl_config *c, const char *name)
{
    flush(c);
    c->in_label = true;
    c->now =
        (struct sl_label){.menu = c->menu_now, .line = source(c)->line, .file = source(c)->file};
    set_word(c, &c->now.name, name);
}

static bool kernel_line(struct sl_config *c, const char *p)
{
    static const struct {
        const char *word;
        enum sl_type type;
    } row[] = {
        {"kernel", SL_KERNEL}, {"linux", SL_LINUX},
        {"boot", SL_BOOT},     {"bss", SL_BOOT},
        {"pxe", SL_PXE},       {"fdimage", SL_FDIMAGE},
        {"com32", SL_COM32},   {"comboot", SL_COMBOOT},
        {"config", SL_CONFIG}, {"localboot", SL_LOCALBOOT},
    };
    for (size_t i = 0; i < PXK_COUNT(row); i++) {
        const char *v = at(p, row[i].word);
        if (!v)
            continue;
        if (c->in_label) {
            c->now.type = row[i].type;
            c->now.line = source(c)->line;
            set(c, &c->now.kernel, v);
        }
        return true;
    }
    return false;
}

static void append_line(struct sl_config *c, const char *v)
{
    bool none = strcmp(v, "-") == 0;
    char **where = c->in_label ? &c->now.append : &c->append;
    free(*where);
    *where = NULL;
    if (c->in_label) {
        c->now.no_append = none;
        c->now.initrd_line = c->now.initrd ? c->now.initrd_line : source(c)->line;
    }
    if (!none)
        set(c, where, v);
}

static void sysappend_line(struct sl_config *c, const char *v)
{
    unsigned bits = (unsigned)strtoul(v, NULL, 0);
    if (c->in_label) {
        c->now.sysappend = bits;
        c->now.own_sysappend = true;
    } else {
        c->sysappend = bits;
    }
}

static void path_line(struct sl_config *c, const char *v)
{
    while (*v && c->path_n < SL_PATHS_MAX) {
        size_t n = strcspn(v, ":");
        /* "http://server/dir" keeps its colon */
        if (v[n] == ':' && strncmp(v + n, "://", 3) == 0)
            n += 3 + strcspn(v + n + 3, ":");
        char *dir = n ? strndup(v, n) : NULL;
        c->oom |= n && !dir;
        if (dir)
            c->path[c->path_n++] = dir;
        v += n + (v[n] == ':');
    }
}

static void global_line(struct sl_config *c, const char *p)
{
    const char *v;
    if ((v = at(p, "default"))) {
        set(c, &c->default_cmd, v);
        c->default_line = source(c)->line;
        c->default_file = source(c)->file;
    } else if ((v = at(p, "ui"))) {
        set(c, &c->ui, v);
    } else if ((v = at(p, "timeout"))) {
        c->menu.at[c->menu_now].timeout_ds = c->timeout_ds = (unsigned)strtoul(v, NULL, 0);
    } else if ((v = at(p, "totaltimeout"))) {
        c->totaltimeout_ds = (unsigned)strtoul(v, NULL, 0);
    } else if ((v = at(p, "ontimeout"))) {
        set(c, &c->ontimeout, v);
    } else if ((v = at(p, "onerror"))) {
        set(c, &c->onerror, v);
    } else if ((v = at(p, "prompt"))) {
        c->prompt = strtoul(v, NULL, 0) != 0;
    } else if ((v = at(p, "implicit"))) {
        c->no_implicit = strtoul(v, NULL, 0) == 0;
    } else if ((v = at(p, "append"))) {
        append_line(c, v);
    } else if ((v = at(p, "ipappend")) || (v = at(p, "sysappend"))) {
        sysappend_line(c, v);
    } else if ((v = at(p, "path"))) {
        path_line(c, v);
    }
}

static enum sl_step line_read(struct sl_config *c, const char *p, char name[static PXK_PATH_MAX])
{
    const char *v;
    name[0] = '\0';
    if (c->in_help) {
        c->in_help = !at(p, "endtext");
        return SL_STEP_END;
    }
    if ((v = at(p, "menu")))
        return menu_line(c, v, name);
    if ((v = at(p, "include"))) {
        pxk_sl_word(v, name, PXK_PATH_MAX);
        return name[0] ? SL_STEP_INCLUDE : SL_STEP_END;
    }
    if ((v = at(p, "display")) || (v = at(p, "font")) || (v = at(p, "kbdmap"))) {
        pxk_sl_word(v, name, PXK_PATH_MAX);
        return name[0] && !c->ui_pass ? SL_STEP_ASSET : SL_STEP_END;
    }
    if ((v = at(p, "label"))) {
        label_begin(c, v);
    } else if ((v = at(p, "text"))) {
        c->in_help = at(v, "help") != NULL;
    } else if ((v = at(p, "initrd"))) {
        if (c->in_label)
            set_word(c, &c->now.initrd, v);
        c->now.initrd_line = source(c)->line;
    } else if (!kernel_line(c, p)) {
        global_line(c, p);
    }
    return SL_STEP_END;
}

/* One line without its end, trailing blanks and what lies beyond 4095 bytes (that is the next line
 * then). */
static bool line_next(struct sl_source *s, char line[static SL_LINE_MAX])
{
    if (s->pos >= s->len)
        return false;
    const char *from = s->text + s->pos;
    const char *end = memchr(from, '\n', s->len - s->pos);
    size_t n = end ? (size_t)(end - from) : s->len - s->pos;
    if (n > SL_LINE_MAX - 1) {
        n = SL_LINE_MAX - 1;
        s->pos += n;
    } else {
        s->pos += n + (end != NULL);
        s->line++;
    }
    pxk_str_copy_n(line, SL_LINE_MAX, from, n);
    n = strlen(line);
    while (n && blank(line[n - 1]))
        line[--n] = '\0';
    return true;
}

static void source_pop(struct sl_config *c)
{
    struct sl_source *s = source(c);
    if (s->bracketed)
        menu_end(c);
    free(s->text);
    *s = (struct sl_source){0};
    c->depth--;
}

static bool included_already(const struct sl_config *c, const char *name)
{
    for (unsigned i = 0; i < c->depth; i++)
        if (strcmp(c->file.at[c->source[i].file], name) == 0)
            return true;
    return c->depth >= SL_NEST_MAX;
}

enum sl_step pxk_sl_config_read(struct sl_config *c, char name[static PXK_PATH_MAX], unsigned *line,
                                const char **file)
{
    char text[SL_LINE_MAX];
    while (c->depth) {
        struct sl_source *s = source(c);
        if (!line_next(s, text)) {
            source_pop(c);
            continue;
        }
        const char *p = skip(text);
        if (*p == '#' || !*p)
            continue;
        enum sl_step step = line_read(c, p, name);
        *line = s->line;
        *file = c->file.at[s->file];
        if (step == SL_STEP_INCLUDE && included_already(c, name))
            return SL_STEP_LOOP;
        if (step != SL_STEP_END)
            return step;
    }
    flush(c);
    return SL_STEP_END;
}

bool pxk_sl_config_push(struct sl_config *c, const char *name, const void *text, size_t len)
{
    if (c->depth >= SL_NEST_MAX)
        return true;
    char *copy = malloc(len + 1);
    char **slot = copy ? pxk_vec_push(&c->file) : NULL;
    if (!slot || !(*slot = strdup(name))) {
        free(copy);
        c->file.n -= slot != NULL;
        return false;
    }
    if (len)
        memcpy(copy, text, len);
    c->source[c->depth++] = (struct sl_source){
        .text = copy, .len = len, .bracketed = c->bracket, .file = (unsigned)c->file.n - 1};
    c->bracket = false;
    return true;
}

void pxk_sl_config_skip(struct sl_config *c)
{
    if (c->bracket)
        menu_end(c);
    c->bracket = false;
}

void pxk_sl_config_init(struct sl_config *c, bool ui_pass)
{
    *c = (struct sl_config){.ui_pass = ui_pass};
    menu_begin(c, "");
}

void pxk_sl_config_done(struct sl_config *c)
{
    while (c->depth)
        free(c->source[--c->depth].text);
    label_done(&c->now);
    for (size_t i = 0; i < c->label.n; i++)
        label_done(&c->label.at[i]);
    for (size_t i = 0; i < c->menu.n; i++) {
        free(c->menu.at[i].tag);
        free(c->menu.at[i].background);
    }
    for (size_t i = 0; i < c->file.n; i++)
        free(c->file.at[i]);
    for (unsigned i = 0; i < c->path_n; i++)
        free(c->path[i]);
    free(c->default_cmd);
    free(c->ui);
    free(c->ontimeout);
    free(c->onerror);
    free(c->append);
    pxk_vec_done(&c->label);
    pxk_vec_done(&c->menu);
    pxk_vec_done(&c->file);
    *c = (struct sl_config){0};
}
