/* GRUB's commands that load what is booted: linux, initrd, chainloader and their relatives.
 * Sources: GRUB grub-core/loader, lib/cmdline.c; captures ok-uefi-*, missing-kernel-uefi. */
#include <stdlib.h>

#include "grub_loader.h"

void pxk_gl_fail(struct pxk_loader *l, enum pxk_stop stop, const char *what, enum pxk_fetched how)
{
    struct gl *g = l->state;
    unsigned line;
    const char *file = pxk_gl_here(g, &line);
    struct loader_file f;
    bool disk = pxk_gl_resolve(l, g->name, &f) != GL_NET;
    bool config = stop == PXK_STOP_CONFIG_MISSING;
    enum pxk_stop *kind = config ? &g->config_fail : &g->fail;
    if (*kind != PXK_STOP_NONE)
        return;
    *kind = pxk_loader_stop_of(how, stop);
    pxk_fmt(config ? g->config_why : g->fail_why, sizeof g->fail_why,
            "%s line %u names the %s %s, which %s", file, line, what,
            f.url[0] ? f.url
            : disk   ? g->name
                     : f.path,
            disk ? "is on no network device" : pxk_loader_fate(how));
}

static bool hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* cmdline.c: a word with blanks is put into quotes again, quotes and backslashes get a backslash,
 * but for the one of \xNN. */
static void word_add(struct pxk_str *b, const char *word)
{
    bool quoted = strchr(word, ' ') != NULL;
    if (b->len)
        pxk_str_addc(b, ' ');
    if (quoted)
        pxk_str_addc(b, '"');
    for (; *word; word++) {
        bool hex = word[0] == '\\' && word[1] == 'x' && hex_digit(word[2]) && hex_digit(word[3]);
        if (!hex && strchr("\\'\"", *word))
            pxk_str_addc(b, '\\');
        pxk_str_addc(b, *word);
    }
    if (quoted)
        pxk_str_addc(b, '"');
}

static size_t first_operand(const struct gl *g)
{
    size_t i = 1;
    while (i < g->args.n && pxk_str_starts(g->args.at[i], "--"))
        i++;
    return i;
}

static bool is_linux(const char *command)
{
    return pxk_str_starts(command, "linux");
}

static void kernel_begin(struct pxk_loader *l)
{
    struct gl *g = l->state;
    struct loader_file f;
    size_t i = is_linux(g->args.at[0]) ? 1 : first_operand(g);
    g->loaded = GL_L_NOTHING;
    if (i >= g->args.n) {
        pxk_gl_finish(g, 1);
        return;
    }
    g->arg_i = i;
    if (pxk_gl_resolve(l, g->args.at[i], &f) == GL_LOCAL) {
        g->loaded = GL_L_LOCAL; /* a kernel on the machine's own disk */
        pxk_gl_finish(g, 0);
        return;
    }
    pxk_gl_fetch(l, GL_W_KERNEL, PXK_ROLE_KERNEL, false, g->args.at[i]);
}

static void kernel_fed(struct pxk_loader *l, enum pxk_fetched how)
{
    struct gl *g = l->state;
    struct pxk_boot *b = &l->boot;
    if (how != PXK_FETCHED_OK) {
        pxk_gl_fail(l, PXK_STOP_KERNEL_MISSING, "kernel", how);
        pxk_gl_finish(g, 1);
        return;
    }
    struct pxk_str cmd = pxk_str_init(b->cmdline, sizeof b->cmdline);
    if (is_linux(g->args.at[0]))
        pxk_str_addf(&cmd, "BOOT_IMAGE=%s", g->args.at[g->arg_i]);
    for (size_t i = g->arg_i + 1; i < g->args.n; i++)
        word_add(&cmd, g->args.at[i]);
    b->cmdline_cut = cmd.cut;
    pxk_str_copy(b->kernel, sizeof b->kernel, g->file.path);
    b->initrd_n = 0;
    g->initrd_missing = false;
    g->loaded = GL_L_LINUX;
    pxk_gl_finish(g, 0);
}

/* "newc:name:file" puts a file into the initramfs under another name. */
static const char *initrd_file(const char *word)
{
    const char *colon = pxk_str_starts(word, "newc:") ? strchr(word + 5, ':') : NULL;
    return colon ? colon + 1 : word;
}

static void initrd_next(struct pxk_loader *l)
{
    struct gl *g = l->state;
    if (g->arg_i >= g->args.n)
        pxk_gl_finish(g, 0);
    else
        pxk_gl_fetch(l, GL_W_INITRD, PXK_ROLE_INITRD, false, initrd_file(g->args.at[g->arg_i]));
}

static void initrd_begin(struct pxk_loader *l)
{
    struct gl *g = l->state;
    g->arg_i = first_operand(g);
    if (g->loaded != GL_L_LINUX) {
        pxk_gl_finish(g, g->loaded != GL_L_LOCAL); /* error: you need to load the kernel first */
        return;
    }
    l->boot.initrd_n = 0; /* a second initrd command replaces the first */
    initrd_next(l);
}

static void initrd_fed(struct pxk_loader *l, enum pxk_fetched how, bool one)
{
    struct gl *g = l->state;
    struct pxk_boot *b = &l->boot;
    if (how != PXK_FETCHED_OK) {
        g->initrd_missing = true;
        b->initrd_n = 0;
        pxk_gl_fail(l, PXK_STOP_INITRD_MISSING, "initrd", how);
        pxk_gl_finish(g, 1);
        return;
    }
    g->initrd_missing = false;
    if (b->initrd_n < PXK_INITRDS_MAX)
        pxk_str_copy(b->initrd[b->initrd_n++], PXK_PATH_MAX, g->file.path);
    g->arg_i = one ? g->args.n : g->arg_i + 1;
    initrd_next(l);
}

/* module, module2, xen_module: one file, its arguments behind it. */
static void module_begin(struct pxk_loader *l)
{
    struct gl *g = l->state;
    g->arg_i = first_operand(g);
    if (g->loaded != GL_L_LINUX || g->arg_i >= g->args.n)
        pxk_gl_finish(g, g->loaded != GL_L_LOCAL);
    else
        pxk_gl_fetch(l, GL_W_MODULE_FILE, PXK_ROLE_INITRD, false, g->args.at[g->arg_i]);
}

static void chain_begin(struct pxk_loader *l)
{
    struct gl *g = l->state;
    struct loader_file f;
    size_t i = first_operand(g);
    g->loaded = GL_L_NOTHING;
    if (i >= g->args.n) {
        pxk_gl_finish(g, 1);
    } else if (strchr(g->args.at[i], '+') || pxk_gl_resolve(l, g->args.at[i], &f) == GL_LOCAL) {
        g->loaded = GL_L_LOCAL; /* "+1", "(hd0,gpt1)/EFI/..." */
        pxk_gl_finish(g, 0);
    } else {
        pxk_gl_fetch(l, GL_W_CHAIN, PXK_ROLE_LOADER, false, g->args.at[i]);
    }
}

static void chain_fed(struct pxk_loader *l, enum pxk_fetched how)
{
    struct gl *g = l->state;
    if (how != PXK_FETCHED_OK) {
        pxk_gl_fail(l, PXK_STOP_NEXT_LOADER_MISSING, "boot program", how);
        pxk_gl_finish(g, 1);
        return;
    }
    g->chain = g->file;
    g->chain_fed_last = true;
    g->loaded = GL_L_CHAIN;
    pxk_gl_finish(g, 0);
}

static void chain_again(struct pxk_loader *l, enum pxk_fetched how)
{
    const struct gl *g = l->state;
    if (how == PXK_FETCHED_OK)
        pxk_loader_end(l, PXK_WANT_CHAIN);
    else
        pxk_loader_stop(l, pxk_loader_stop_of(how, PXK_STOP_NEXT_LOADER_MISSING), "%s %s",
                        g->chain.path, pxk_loader_fate(how));
}

void pxk_gl_load_fed(struct pxk_loader *l, enum gl_wait wait, enum pxk_fetched how)
{
    if (wait == GL_W_KERNEL)
        kernel_fed(l, how);
    else if (wait == GL_W_INITRD || wait == GL_W_MODULE_FILE)
        initrd_fed(l, how, wait == GL_W_MODULE_FILE);
    else if (wait == GL_W_CHAIN)
        chain_fed(l, how);
    else
        chain_again(l, how);
}

bool pxk_gl_load_command(struct pxk_loader *l)
{
    static const struct {
        const char *name;
        void (*run)(struct pxk_loader *l);
    } row[] = {
        {"linux", kernel_begin},      {"linuxefi", kernel_begin},
        {"linux16", kernel_begin},    {"multiboot", kernel_begin},
        {"multiboot2", kernel_begin}, {"xen_hypervisor", kernel_begin},
        {"initrd", initrd_begin},     {"initrdefi", initrd_begin},
        {"initrd16", initrd_begin},   {"module", module_begin},
        {"module2", module_begin},    {"xen_module", module_begin},
        {"chainloader", chain_begin},
    };
    const struct gl *g = l->state;
    for (size_t i = 0; i < PXK_COUNT(row); i++)
        if (strcmp(row[i].name, g->args.at[0]) == 0) {
            row[i].run(l);
            return true;
        }
    return false;
}
