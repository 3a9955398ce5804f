/* GRUB's commands, as far as they decide what is fetched and booted. The rest is known by name so
 * that it succeeds or fails as over a network. Source: GRUB grub-core/commands, the manual's list
 * of commands. */
#include <stdlib.h>

#include "grub_loader.h"

static const char *arg(const struct gl *g, size_t i)
{
    return i < g->args.n ? g->args.at[i] : "";
}

/* The last word that is no option; "" if there is none. */
static const char *operand(const struct gl *g)
{
    for (size_t i = g->args.n; i-- > 1;)
        if (g->args.at[i][0] != '-')
            return g->args.at[i];
    return "";
}

void pxk_gl_assign(struct pxk_loader *l, const char *text)
{
    struct gl *g = l->state;
    char name[256];
    size_t n = strcspn(text, "=");
    pxk_str_copy_n(name, sizeof name, text, n);
    pxk_gl_finish(g, 0);
    if (text[n] != '=')
        return;
    pxk_gl_set(g, name, text + n + 1);
    if (strcmp(name, "prefix") == 0 && g->normal_seen)
        pxk_gl_lists(l, true); /* read_lists_hook(): a new prefix brings its own lists */
}

static void do_set(struct pxk_loader *l)
{
    pxk_gl_assign(l, arg(l->state, 1));
}

static void do_unset(struct pxk_loader *l)
{
    struct gl *g = l->state;
    for (size_t i = 1; i < g->args.n; i++)
        pxk_gl_unset(g, g->args.at[i]);
    pxk_gl_finish(g, 0);
}

static void do_export(struct pxk_loader *l)
{
    struct gl *g = l->state;
    for (size_t i = 1; i < g->args.n; i++)
        pxk_gl_export(g, g->args.at[i]);
    pxk_gl_finish(g, 0);
}

static void do_test(struct pxk_loader *l)
{
    struct gl *g = l->state;
    bool bracket = strcmp(g->args.at[0], "[") == 0;
    size_t end = g->args.n;
    if (bracket && strcmp(g->args.at[end - 1], "]") == 0)
        end--;
    pxk_gl_finish(g, pxk_gl_test(&g->args, 1, end));
}

static void do_regexp(struct pxk_loader *l)
{
    struct gl *g = l->state;
    pxk_gl_finish(g, pxk_gl_regexp(g, &g->args));
}

static void do_nothing(struct pxk_loader *l)
{
    pxk_gl_finish(l->state, 0);
}

static void do_fail(struct pxk_loader *l)
{
    pxk_gl_finish(l->state, 1);
}

/* What asks a person: GRUB stands still here. */
static void do_read(struct pxk_loader *l)
{
    l->boot.waits_for_key = true;
    pxk_gl_finish(l->state, 0);
}

static void do_source(struct pxk_loader *l)
{
    struct gl *g = l->state;
    if (g->args.n < 2)
        pxk_gl_finish(g, 1);
    else
        pxk_gl_fetch(l, GL_W_SOURCE, PXK_ROLE_CONFIG, true, arg(g, 1));
}

static void do_configfile(struct pxk_loader *l)
{
    struct gl *g = l->state;
    if (g->args.n < 2)
        pxk_gl_finish(g, 1);
    else
        pxk_gl_fetch(l, GL_W_CONFIGFILE, PXK_ROLE_CONFIG, true, arg(g, 1));
}

static void do_normal(struct pxk_loader *l)
{
    pxk_gl_normal(l, arg(l->state, 1));
}

static void do_insmod(struct pxk_loader *l)
{
    struct gl *g = l->state;
    if (g->args.n < 2)
        pxk_gl_finish(g, 1);
    else
        pxk_gl_module_load(l, arg(g, 1), GL_M_FINISH);
}

static void asset(struct pxk_loader *l, const char *name)
{
    pxk_gl_fetch(l, GL_W_ASSET, PXK_ROLE_ASSET, true, name);
}

/* font.c: a bare name is looked for below $prefix/fonts. */
static void do_loadfont(struct pxk_loader *l)
{
    struct gl *g = l->state;
    const char *name = operand(g), *prefix = pxk_gl_get(g, "prefix");
    char path[PXK_PATH_MAX];
    if (!*name) {
        pxk_gl_finish(g, 1);
    } else if (name[0] == '(' || name[0] == '/' || name[0] == '+') {
        asset(l, name);
    } else {
        pxk_fmt(path, sizeof path, "%s/fonts/%s.pf2", prefix ? prefix : "", name);
        asset(l, path);
    }
}

static void do_asset(struct pxk_loader *l)
{
    struct gl *g = l->state;
    if (*operand(g))
        asset(l, operand(g));
    else
        pxk_gl_finish(g, 0);
}

/* `play 960 440 1` is a tune, `play /file` a file. */
static void do_play(struct pxk_loader *l)
{
    struct gl *g = l->state;
    if (g->args.n == 2)
        asset(l, arg(g, 1));
    else
        pxk_gl_finish(g, 0);
}

static void do_load_env(struct pxk_loader *l)
{
    struct gl *g = l->state;
    const char *prefix = pxk_gl_get(g, "prefix"), *file = NULL;
    char path[PXK_PATH_MAX];
    for (size_t i = 1; i < g->args.n; i++) {
        if (pxk_str_starts(g->args.at[i], "--file="))
            file = g->args.at[i] + 7;
        else if ((strcmp(g->args.at[i], "-f") == 0 || strcmp(g->args.at[i], "--file") == 0) &&
                 i + 1 < g->args.n)
            file = g->args.at[++i];
    }
    if (!file)
        file = pxk_fmt(path, sizeof path, "%s/grubenv", prefix ? prefix : "");
    pxk_gl_fetch(l, GL_W_ENV, PXK_ROLE_CONFIG, true, file);
}

/* "# GRUB Environment Block", then name=value lines, then '#' up to 1024 bytes. */
void pxk_gl_env_block(struct gl *g, const uint8_t *data, size_t len)
{
    const char *text = (const char *)data;
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t n = end ? (size_t)(end - text) - at : len - at;
        const char *equals = n && text[at] != '#' ? memchr(text + at, '=', n) : NULL;
        if (equals) {
            char name[128], value[1024];
            pxk_str_copy_n(name, sizeof name, text + at, (size_t)(equals - text) - at);
            pxk_str_copy_n(value, sizeof value, equals + 1, n - ((size_t)(equals - text) - at) - 1);
            if (name[0])
                pxk_gl_set(g, name, value);
        }
        at += n + 1;
    }
}

static void do_eval(struct pxk_loader *l)
{
    struct gl *g = l->state;
    char buf[GL_VALUE_MAX];
    unsigned line;
    struct pxk_str text = pxk_str_init(buf, sizeof buf);
    for (size_t i = 1; i < g->args.n; i++)
        pxk_str_addf(&text, "%s%s", i > 1 ? " " : "", g->args.at[i]);
    const char *here = pxk_gl_here(g, &line);
    g->steps += 20;
    pxk_gl_push_text(l, GL_F_FUNCTION, here, buf, text.len);
}

static void do_return(struct pxk_loader *l)
{
    struct gl *g = l->state;
    struct gl_frame *f = &g->frame[g->frames - 1];
    int status = (int)strtol(arg(g, 1), NULL, 10);
    f->pc = f->end;
    pxk_gl_finish(g, status);
}

static void do_local(struct pxk_loader *l)
{
    pxk_loader_end(l, PXK_WANT_LOCAL);
}

static void do_power(struct pxk_loader *l)
{
    struct gl *g = l->state;
    unsigned line;
    const char *file = pxk_gl_here(g, &line);
    pxk_loader_stop(l, PXK_STOP_UNSUPPORTED, "%s line %u: `%s` ends the boot on purpose", file,
                    line, g->args.at[0]);
}

static void do_boot(struct pxk_loader *l)
{
    pxk_gl_boot(l);
}

static void do_blscfg(struct pxk_loader *l)
{
    struct gl *g = l->state;
    g->bls = true;
    pxk_gl_finish(g, 1);
}

static void do_cpuid(struct pxk_loader *l)
{
    struct gl *g = l->state;
    bool narrow = l->env.efi && l->env.pe_machine && l->env.pe_machine != 0x8664;
    pxk_gl_finish(g, strcmp(arg(g, 1), "-l") == 0 && narrow);
}

static const struct {
    const char *name;
    void (*run)(struct pxk_loader *l);
} row[] = {
    {"set", do_set},
    {"unset", do_unset},
    {"export", do_export},
    {"test", do_test},
    {"[", do_test},
    {"regexp", do_regexp},
    {"source", do_source},
    {".", do_source},
    {"configfile", do_configfile},
    {"normal", do_normal},
    {"insmod", do_insmod},
    {"eval", do_eval},
    {"return", do_return},
    {"boot", do_boot},
    {"load_env", do_load_env},
    {"cpuid", do_cpuid},
    {"blscfg", do_blscfg},
    {"read", do_read},
    /* files that are nice to have */
    {"loadfont", do_loadfont},
    {"background_image", do_asset},
    {"play", do_play},
    {"cat", do_asset},
    {"devicetree", do_asset},
    {"acpi", do_asset},
    /* leaving */
    {"exit", do_local},
    {"normal_exit", do_local},
    {"fwsetup", do_power},
    {"reboot", do_power},
    {"halt", do_power},
    /* nothing that matters here */
    {"true", do_nothing},
    {":", do_nothing},
    {"echo", do_nothing},
    {"sleep", do_nothing},
    {"clear", do_nothing},
    {"terminal", do_nothing},
    {"terminal_output", do_nothing},
    {"terminal_input", do_nothing},
    {"terminfo", do_nothing},
    {"serial", do_nothing},
    {"background_color", do_nothing},
    {"loadfonts", do_nothing},
    {"gettext", do_nothing},
    {"rmmod", do_nothing},
    {"password", do_nothing},
    {"password_pbkdf2", do_nothing},
    {"ls", do_nothing},
    {"net_bootp", do_nothing},
    {"net_dhcp", do_nothing},
    {"net_add_addr", do_nothing},
    {"net_add_dns", do_nothing},
    {"net_add_route", do_nothing},
    {"net_del_addr", do_nothing},
    {"net_ls_addr", do_nothing},
    {"net_ls_cards", do_nothing},
    {"net_ls_routes", do_nothing},
    {"net_nslookup", do_nothing},
    {"setparams", do_nothing},
    {"videoinfo", do_nothing},
    {"lsefi", do_nothing},
    {"date", do_nothing},
    {"save_env", do_fail}, /* nothing can be written over the network */
    /* no disks are looked at */
    {"false", do_fail},
    {"search", do_fail},
    {"search.file", do_fail},
    {"search.fs_label", do_fail},
    {"search.fs_uuid", do_fail},
    {"probe", do_fail},
    {"loopback", do_fail},
    {"cryptomount", do_fail},
    {"parttool", do_fail},
    {"keystatus", do_fail},
    {"smbios", do_fail},
    {"net_get_dhcp_option", do_fail},
    {"authenticate", do_fail},
};

bool pxk_gl_command(struct pxk_loader *l, const struct gl_insn *i)
{
    struct gl *g = l->state;
    const char *name = g->args.at[0];
    if (strcmp(name, "menuentry") == 0 || strcmp(name, "submenu") == 0) {
        pxk_gl_entry_add(l, i, name[0] == 's');
        return true;
    }
    for (size_t k = 0; k < PXK_COUNT(row); k++)
        if (strcmp(row[k].name, name) == 0) {
            row[k].run(l);
            return true;
        }
    return pxk_gl_load_command(l);
}
