/* Which entry a Syslinux menu takes by itself. Source: syslinux com32/menu/readconfig.c
 * (parse_configs), menumain.c. */
#include "syslinux_int.h"

const struct sl_label *pxk_sl_label_find(const struct sl_config *c, const char *cmd)
{
    char word[PXK_PATH_MAX];
    pxk_sl_word(cmd, word, sizeof word);
    for (size_t i = 0; i < c->label.n; i++) {
        const struct sl_label *l = &c->label.at[i];
        if (l->action != SL_SUBMENU && l->name && strcmp(l->name, word) == 0)
            return l;
    }
    return NULL;
}

static bool selectable(const struct sl_label *l)
{
    return l->action != SL_SEPARATOR && !l->hidden && !l->disabled;
}

static const struct sl_label *first_choice(const struct sl_config *c, unsigned menu)
{
    const struct sl_label *first = NULL;
    for (size_t i = 0; i < c->label.n; i++) {
        const struct sl_label *l = &c->label.at[i];
        if (l->menu != menu || !selectable(l))
            continue;
        if (l->is_default)
            return l;
        if (!first)
            first = l;
    }
    return first;
}

static unsigned menu_by_tag(const struct sl_config *c, const char *tag)
{
    for (unsigned i = 0; i < c->menu.n; i++)
        if (tag && c->menu.at[i].tag && strcmp(c->menu.at[i].tag, tag) == 0)
            return i;
    return 0;
}

const struct sl_label *pxk_sl_menu_default(const struct sl_config *c, unsigned *menu_out)
{
    unsigned menu = 0;
    for (unsigned i = 0; i < c->menu.n; i++)
        if (c->menu.at[i].start)
            menu = i;
    const struct sl_label *global = c->default_cmd ? pxk_sl_label_find(c, c->default_cmd) : NULL;
    if (global)
        menu = global->menu;
    *menu_out = menu;
    const struct sl_label *l = global ? global : first_choice(c, menu);
    /* Submenus and GOTO lead on; as many steps as there are menus end every path that ends at all.
     */
    for (size_t hops = 0; l && hops <= c->menu.n; hops++) {
        switch (l->action) {
        case SL_RUN:
            return l;
        case SL_SUBMENU:
            l = first_choice(c, l->submenu);
            break;
        case SL_GOTO:
            l = first_choice(c, menu_by_tag(c, l->target));
            break;
        case SL_EXIT:
            l = l->menu ? first_choice(c, c->menu.at[l->menu].parent) : NULL;
            break;
        case SL_QUIT:
        case SL_SEPARATOR:
            return NULL;
        }
    }
    return NULL;
}

unsigned pxk_sl_menu_entries(const struct sl_config *c)
{
    unsigned n = 0;
    for (size_t i = 0; i < c->label.n; i++)
        n += selectable(&c->label.at[i]) && c->label.at[i].action == SL_RUN;
    return n;
}
