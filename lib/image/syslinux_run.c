/* PXELINUX executes a command: kernels and initrds, COM32 modules with their libraries, menus,
 * other loaders. Sources: syslinux com32/elflink/ldlinux/{execute,kernel,ldlinux}.c,
 * com32/lib/sys/module, core/sysappend.c. */
#include <stdlib.h>

#include "syslinux_machine.h"

static void job_start(struct pxk_loader *l);

static enum sl_type type_by_name(const char *kernel)
{
    static const struct {
        const char *end;
        enum sl_type type;
    } row[] = {
        {".c32", SL_COM32}, {".0", SL_PXE},       {".bs", SL_BOOT},     {".bss", SL_BOOT},
        {".bin", SL_BOOT},  {".img", SL_FDIMAGE}, {".com", SL_COMBOOT}, {".cbt", SL_COMBOOT},
    };
    for (size_t i = 0; i < PXK_COUNT(row); i++)
        if (pxk_str_ends(kernel, row[i].end))
            return row[i].type;
    return SL_LINUX;
}

void pxk_sl_run_label(struct pxk_loader *l, const struct sl_label *label, const char *extra)
{
    struct sl *s = l->state;
    struct sl_job *j = &s->job;
    *j = (struct sl_job){.type = label->type,
                         .sysappend = label->sysappend,
                         .line = label->line,
                         .initrd_line = label->initrd_line};
    pxk_str_copy(j->label, sizeof j->label, label->name ? label->name : "");
    pxk_str_copy(j->file, sizeof j->file, s->config.file.at[label->file]);
    struct pxk_str args = pxk_str_init(j->args, sizeof j->args);
    /* doc/syslinux.txt: without KERNEL the label's name is the kernel */
    const char *kernel = label->kernel ? label->kernel : j->label;
    const char *more = kernel;
    if (j->type != SL_LOCALBOOT && j->type != SL_CONFIG)
        more = pxk_sl_word(kernel, j->kernel, sizeof j->kernel);
    else
        pxk_str_copy(j->kernel, sizeof j->kernel, kernel);
    const char *part[] = {j->type != SL_LOCALBOOT && j->type != SL_CONFIG ? more : "",
                          label->initrd ? "initrd=" : "", label->append ? label->append : "",
                          extra};
    for (size_t i = 0; i < PXK_COUNT(part); i++) {
        if (!part[i][0])
            continue;
        pxk_str_add(&args, args.len ? " " : "");
        pxk_str_add(&args, part[i]);
        if (i == 1)
            pxk_str_add(&args, label->initrd);
    }
    j->args_cut = args.cut;
    if (j->type == SL_KERNEL)
        j->type = type_by_name(j->kernel);
    job_start(l);
}

void pxk_sl_run(struct pxk_loader *l, const char *cmd)
{
    struct sl *s = l->state;
    const struct sl_label *label = pxk_sl_label_find(&s->config, cmd);
    if (label) {
        pxk_sl_run_label(l, label, pxk_sl_rest(cmd));
        return;
    }
    struct sl_job *j = &s->job;
    const char *rest = pxk_sl_word(cmd, j->kernel, sizeof j->kernel);
    if (s->config.no_implicit && !s->config.ui) {
        pxk_loader_stop(l, PXK_STOP_NO_DEFAULT,
                        "%s line %u takes %s, and there is no such LABEL "
                        "(IMPLICIT 0 forbids file names)",
                        j->file, j->line, j->kernel);
        return;
    }
    j->label[0] = '\0';
    j->args_cut = !pxk_str_copy(j->args, sizeof j->args, rest);
    j->sysappend = s->config.sysappend;
    j->initrd_line = j->line;
    j->type = type_by_name(j->kernel);
    job_start(l);
}

/* A command failed. ONERROR is tried once, then PXELINUX stays at its prompt. */
static void fail(struct pxk_loader *l, enum pxk_stop stop, const char *what, unsigned line,
                 enum pxk_fetched how)
{
    struct sl *s = l->state;
    char cmd[SL_LINE_MAX], name[PXK_PATH_MAX];
    if (s->config.onerror && *s->config.onerror && !s->onerror_run) {
        s->onerror_run = true;
        pxk_fmt(cmd, sizeof cmd, "%s %s", s->config.onerror,
                s->config.default_cmd ? s->config.default_cmd : "");
        pxk_sl_run(l, cmd);
        return;
    }
    pxk_str_copy(name, sizeof name, l->want.path);
    pxk_loader_stop(l, pxk_loader_stop_of(how, stop), "%s line %u names the %s %s, which %s",
                    s->job.file, line, what, name, pxk_loader_fate(how));
}

static void sysappends_add(struct pxk_str *b, const struct pxk_loader *l, unsigned mask)
{
    const struct pxk_loader_env *e = &l->env;
    char a[4][PXK_IP4_STRLEN], uuid[PXK_UUID_STRLEN];
    if (mask & 1)
        pxk_str_addf(b, " ip=%s:%s:%s:%s", pxk_ip4_text(e->ip, a[0]), pxk_ip4_text(e->server, a[1]),
                     pxk_ip4_text(e->gateway, a[2]), pxk_ip4_text(e->netmask, a[3]));
    if (mask & 2)
        pxk_str_addf(b, " BOOTIF=01-%02x-%02x-%02x-%02x-%02x-%02x", e->mac.b[0], e->mac.b[1],
                     e->mac.b[2], e->mac.b[3], e->mac.b[4], e->mac.b[5]);
    if ((mask & 4) && e->has_uuid)
        pxk_str_addf(b, " SYSUUID=%s", pxk_uuid_text(&e->uuid, uuid));
}

static void boot(struct pxk_loader *l)
{
    struct sl *s = l->state;
    struct pxk_boot *b = &l->boot;
    pxk_str_copy(b->label, sizeof b->label, s->job.label);
    struct pxk_str cmd = pxk_str_init(b->cmdline, sizeof b->cmdline);
    pxk_str_addf(&cmd, "BOOT_IMAGE=%s", s->job.kernel);
    if (s->job.args[0])
        pxk_str_addc(&cmd, ' ');
    pxk_str_add(&cmd, s->job.args);
    sysappends_add(&cmd, l, s->job.sysappend);
    b->cmdline_cut = cmd.cut || s->job.args_cut;
    pxk_loader_end(l, PXK_WANT_BOOT);
}

/* The value of the last initrd= on the command line, up to the next blank; NULL if there is none.
 */
static const char *initrd_list(const char *args)
{
    const char *found = NULL;
    for (const char *p = args; *p; p = pxk_sl_rest(p))
        if (pxk_str_starts(p, "initrd="))
            found = p + 7;
    return found;
}

static void initrd_next(struct pxk_loader *l)
{
    struct sl *s = l->state;
    char name[PXK_PATH_MAX];
    const char *at = s->initrd_left;
    while (at && *at == ',')
        at++;
    size_t n = at ? strcspn(at, ", \t") : 0;
    if (!n || l->boot.initrd_n >= PXK_INITRDS_MAX) {
        boot(l);
        return;
    }
    s->initrd_left = at + n;
    pxk_str_copy_n(name, sizeof name, at, n);
    pxk_sl_ask(l, SL_WAIT_INITRD, PXK_ROLE_INITRD, false, name);
    pxk_str_copy(l->boot.initrd[l->boot.initrd_n], PXK_PATH_MAX, l->want.path);
}

static void kernel_ask(struct pxk_loader *l)
{
    struct sl *s = l->state;
    l->boot.initrd_n = 0;
    pxk_sl_ask(l, SL_WAIT_KERNEL, PXK_ROLE_KERNEL, false, s->job.kernel);
    pxk_str_copy(l->boot.kernel, sizeof l->boot.kernel, l->want.path);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* module.c: findpath(): the name as it is, then behind each directory of PATH. */
static bool module_try(struct pxk_loader *l, bool last_is_required)
{
    struct sl *s = l->state;
    char name[2 * PXK_PATH_MAX];
    if (s->try > s->path_n)
        return false;
    const char *dir = s->try ? s->path[s->try - 1] : "";
    pxk_fmt(name, sizeof name, "%s%s%s", dir, *dir && !pxk_str_ends(dir, "/") ? "/" : "",
            s->module_file);
    pxk_sl_ask(l, SL_WAIT_MODULE, PXK_ROLE_MODULE, !last_is_required || s->try < s->path_n, name);
    return true;
}

static void module_ask(struct pxk_loader *l, const char *name)
{
    struct sl *s = l->state;
    s->try = 0;
    pxk_str_copy(s->module_file, sizeof s->module_file, name);
    module_try(l, true);
}

static void libraries_note(struct sl *s, const uint8_t *data, size_t len)
{
    struct loader_needs needs;
    static const struct loader_needs usual = {{"libcom32.c32", "libutil.c32"}, 2};
    pxk_loader_elf_needed(data, len, &needs);
    const char *name = base_name(s->module_file);
    if (!pxk_loader_is_elf(data, len) && !pxk_str_starts(name, "lib"))
        needs = usual; /* not a module of ours to read: what they all need */
    for (size_t i = 0; i < needs.n; i++) {
        bool known = false;
        for (unsigned k = 0; k < s->module_n && !known; k++)
            known = strcmp(s->module[k], needs.name[i]) == 0;
        if (!known && s->module_n < SL_MODULES_MAX)
            pxk_str_copy(s->module[s->module_n++], sizeof s->module[0], needs.name[i]);
    }
}

static void menu_start(struct pxk_loader *l, bool graphical)
{
    struct sl *s = l->state;
    char what[PXK_PATH_MAX];
    pxk_fmt(what, sizeof what, "%s %s", base_name(s->job.kernel), s->job.args);
    if (!pxk_sl_visit(l, what))
        return;
    free(s->menu_args);
    s->menu_args = strdup(s->job.args[0] ? s->job.args : "~");
    if (!s->menu_args) {
        s->menu_left = "";
        pxk_loader_stop(l, PXK_STOP_UNSUPPORTED, "%s", pxk_err_text(PXK_E_NOMEM));
        return;
    }
    s->menu_left = s->menu_args;
    s->graphical = graphical;
    if (pxk_sl_config_open(l, true))
        pxk_sl_read(l);
}

static void other_nbp(struct pxk_loader *l)
{
    struct sl *s = l->state;
    pxk_sl_word(s->job.args, s->job.kernel, sizeof s->job.kernel);
    pxk_sl_ask(l, SL_WAIT_NBP, PXK_ROLE_LOADER, false, s->job.kernel);
}

/* ifcpu64.c32 A -- B: a 64-bit machine takes A. whichsys.c32 -pxe- A -iso- B: PXELINUX takes A. */
static void choose_command(struct pxk_loader *l, const char *from, const char *until)
{
    struct sl *s = l->state;
    char args[PXK_CMDLINE_MAX];
    pxk_str_copy(args, sizeof args, s->job.args);
    const char *start = *from ? strstr(args, from) : args;
    char *cmd = start ? args + (start - args) + strlen(from) : args + strlen(args);
    char *end = strstr(cmd, until);
    if (end)
        *end = '\0';
    while (*cmd == ' ' || *cmd == '\t')
        cmd++;
    if (!*cmd)
        pxk_loader_stop(l, PXK_STOP_NO_DEFAULT, "%s line %u: %s has nothing to run", s->job.file,
                        s->job.line, s->job.kernel);
    else if (pxk_sl_visit(l, args))
        pxk_sl_run(l, cmd);
}

static void module_run(struct pxk_loader *l)
{
    struct sl *s = l->state;
    const char *name = base_name(s->job.kernel);
    if (strcmp(name, "menu.c32") == 0 || strcmp(name, "vesamenu.c32") == 0)
        menu_start(l, name[0] == 'v');
    else if (strcmp(name, "chain.c32") == 0)
        pxk_loader_end(l, PXK_WANT_LOCAL);
    else if (strcmp(name, "pxechn.c32") == 0)
        other_nbp(l);
    else if (strcmp(name, "linux.c32") == 0) {
        char args[PXK_CMDLINE_MAX];
        pxk_str_copy(args, sizeof args,
                     pxk_sl_word(s->job.args, s->job.kernel, sizeof s->job.kernel));
        pxk_str_copy(s->job.args, sizeof s->job.args, args);
        kernel_ask(l);
    } else if (strcmp(name, "ifcpu64.c32") == 0)
        choose_command(l, "", " -- ");
    else if (strcmp(name, "whichsys.c32") == 0)
        choose_command(l, "-pxe-", " -");
    else
        pxk_loader_stop(l, PXK_STOP_UNSUPPORTED,
                        "%s line %u runs the module %s, whose work is not "
                        "emulated",
                        s->job.file, s->job.line, name);
}

static void module_fed(struct pxk_loader *l, enum pxk_fetched how, const uint8_t *data, size_t len)
{
    struct sl *s = l->state;
    if (how != PXK_FETCHED_OK) {
        s->try++;
        bool absolute = s->module_file[0] == '/' || pxk_loader_is_url(s->module_file);
        if (absolute || !module_try(l, true)) {
            pxk_str_copy(l->want.path, sizeof l->want.path, s->module_file);
            fail(l, PXK_STOP_MODULE_MISSING, "module", s->job.line, how);
        }
        return;
    }
    libraries_note(s, data, len);
    if (s->module_at < s->module_n)
        module_ask(l, s->module[s->module_at++]);
    else
        module_run(l);
}

static void config_ask(struct pxk_loader *l)
{
    struct sl *s = l->state;
    char cwd[PXK_PATH_MAX];
    pxk_sl_word(pxk_sl_word(s->job.kernel, s->config_name, sizeof s->config_name), cwd, sizeof cwd);
    pxk_sl_ask(l, SL_WAIT_CONFIG, PXK_ROLE_CONFIG, false, s->config_name);
    if (cwd[0]) /* the second argument is the directory for what the new configuration names */
        pxk_fmt(s->prefix, sizeof s->prefix, "%s%s", cwd, pxk_str_ends(cwd, "/") ? "" : "/");
}

static void job_start(struct pxk_loader *l)
{
    struct sl *s = l->state;
    switch (s->job.type) {
    case SL_KERNEL:
    case SL_LINUX:
        kernel_ask(l);
        break;
    case SL_PXE:
    case SL_BOOT:
        pxk_sl_ask(l, SL_WAIT_NBP, PXK_ROLE_LOADER, false, s->job.kernel);
        break;
    case SL_COM32:
        module_ask(l, s->job.kernel);
        break;
    case SL_CONFIG:
        config_ask(l);
        break;
    case SL_LOCALBOOT:
        pxk_loader_end(l, PXK_WANT_LOCAL);
        break;
    case SL_FDIMAGE:
    case SL_COMBOOT:
        pxk_loader_stop(l, PXK_STOP_UNSUPPORTED,
                        "%s line %u boots %s, a kind of image that PXELINUX "
                        "no longer takes; disk images need memdisk",
                        s->job.file, s->job.line, s->job.kernel);
        break;
    }
}

void pxk_sl_run_fed(struct pxk_loader *l, enum pxk_fetched how, const uint8_t *data, size_t len)
{
    struct sl *s = l->state;
    bool ok = how == PXK_FETCHED_OK;
    switch (s->wait) {
    case SL_WAIT_MODULE:
        module_fed(l, how, data, len);
        break;
    case SL_WAIT_NBP:
        if (ok)
            pxk_loader_end(l, PXK_WANT_CHAIN);
        else
            fail(l, PXK_STOP_NEXT_LOADER_MISSING, "boot program", s->job.line, how);
        break;
    case SL_WAIT_KERNEL:
        if (ok) {
            s->initrd_left = initrd_list(s->job.args);
            initrd_next(l);
        } else {
            fail(l, PXK_STOP_KERNEL_MISSING, "kernel", s->job.line, how);
        }
        break;
    case SL_WAIT_INITRD:
        if (ok) {
            l->boot.initrd_n++;
            initrd_next(l);
        } else {
            fail(l, PXK_STOP_INITRD_MISSING, "initrd", s->job.initrd_line, how);
        }
        break;
    case SL_WAIT_LDLINUX:
    case SL_WAIT_SEARCH:
    case SL_WAIT_CONFIG:
    case SL_WAIT_INCLUDE:
    case SL_WAIT_ASSET:
    case SL_WAIT_MENU_CONFIG:
    case SL_WAIT_BACKGROUND:
        break;
    }
}

void pxk_sl_menu_background(struct pxk_loader *l)
{
    struct sl *s = l->state;
    unsigned menu;
    pxk_sl_menu_default(&s->config, &menu);
    const char *file = s->config.menu.at[menu].background;
    if (s->graphical && file && file[0] && file[0] != '#')
        pxk_sl_ask(l, SL_WAIT_BACKGROUND, PXK_ROLE_ASSET, true, file);
    else
        pxk_sl_menu_choose(l);
}

void pxk_sl_menu_choose(struct pxk_loader *l)
{
    struct sl *s = l->state;
    const struct sl_config *c = &s->config;
    unsigned menu;
    const struct sl_label *label = pxk_sl_menu_default(c, &menu);
    unsigned timeout = c->menu.at[menu].timeout_ds;
    if (!timeout)
        timeout = c->totaltimeout_ds;
    l->boot.entries = pxk_sl_menu_entries(c);
    l->boot.waits_for_key |= !timeout || (label && label->locked);
    if (!s->menu_seen)
        l->boot.timeout_ds = timeout;
    s->menu_seen = true;
    if (timeout && c->ontimeout && *c->ontimeout)
        pxk_sl_run(l, c->ontimeout);
    else if (label)
        pxk_sl_run_label(l, label, "");
    else if (!c->label.n)
        pxk_loader_stop(l, PXK_STOP_CONFIG_EMPTY, "the menu has no LABEL in %s", s->config_name);
    else
        pxk_loader_stop(l, PXK_STOP_NO_DEFAULT, "no entry of the menu in %s can be taken",
                        s->config_name);
}
