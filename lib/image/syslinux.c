/* PXELINUX (and syslinux.efi): bring-up, the search for a configuration, reading it with its
 * includes. Sources: syslinux core/fs/pxe/pxe.c, core/elflink/load_env32.c,
 * com32/elflink/ldlinux/ldlinux.c; captures ok-bios-*, missing-ldlinux-bios. */
#include <stdlib.h>

#include "syslinux_machine.h"

/* Where ldlinux is looked for if it is not beside the loader (load_env32.c: search_directories). */
static const char *const ldlinux_dirs[] = {
    "", "/boot/isolinux/", "/isolinux/", "/boot/syslinux/", "/syslinux/", "/"};

static const char *ldlinux_name(const struct pxk_loader *l)
{
    if (!l->env.efi)
        return "ldlinux.c32";
    return l->env.pe_machine == 0x014c ? "ldlinux.e32" : "ldlinux.e64";
}

/* "C:\dir\pxelinux.0" and "host::dir/pxelinux.0" both keep their separator. */
static void prefix_set(struct sl *s, const struct pxk_loader_env *env)
{
    if (env->path_prefix[0]) {
        pxk_str_copy(s->prefix, sizeof s->prefix, env->path_prefix);
        return;
    }
    const char *name = env->boot_file;
    size_t n = strlen(name);
    while (n) {
        char c = name[n - 1];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '.' || c == '-';
        if (!word)
            break;
        n--;
    }
    pxk_str_copy_n(s->prefix, sizeof s->prefix, name, n);
}

void pxk_sl_resolve(const struct pxk_loader *l, const char *name, struct loader_file *f)
{
    const struct sl *s = l->state;
    char full[2 * PXK_PATH_MAX];
    bool complete = name[0] == '/' || strstr(name, "::") || pxk_loader_is_url(name);
    pxk_fmt(full, sizeof full, "%s%s", complete ? "" : s->prefix, name);
    if (pxk_loader_file_url(f, full, l->env.server))
        return;
    const char *colons = strstr(full, "::");
    pxk_loader_file_plain(f, colons ? colons + 2 : full);
    char host[256];
    if (colons && pxk_str_copy_n(host, sizeof host, full, (size_t)(colons - full)))
        pxk_loader_file_host(f, host, l->env.server);
}

void pxk_sl_ask(struct pxk_loader *l, enum sl_wait wait, enum pxk_role role, bool optional,
                const char *name)
{
    struct sl *s = l->state;
    struct loader_file f;
    pxk_sl_resolve(l, name, &f);
    s->wait = wait;
    pxk_loader_ask(l, role, optional, &f);
}

static void ldlinux_ask(struct pxk_loader *l)
{
    struct sl *s = l->state;
    char name[64];
    if (s->try >= PXK_COUNT(ldlinux_dirs)) {
        pxk_loader_stop(l, PXK_STOP_MODULE_MISSING,
                        "%s is neither in the loader's directory \"%s\" nor in any of the usual "
                        "places: PXELINUX 5 and later cannot start without it",
                        ldlinux_name(l), s->prefix);
        return;
    }
    pxk_fmt(name, sizeof name, "%s%s", ldlinux_dirs[s->try], ldlinux_name(l));
    pxk_sl_ask(l, SL_WAIT_LDLINUX, PXK_ROLE_MODULE, s->try + 1 < PXK_COUNT(ldlinux_dirs), name);
}

/* Name number @i of the search list, NULL after the last (pxe.c: pxe_open_config). */
static const char *search_name(const struct pxk_loader *l, unsigned i,
                               char out[static PXK_PATH_MAX])
{
    const struct pxk_loader_env *env = &l->env;
    char text[PXK_UUID_STRLEN];
    if (env->config_file[0] && i-- == 0)
        return env->config_file;
    /* The version digit must look like one: firmware that has no UUID sends all ones or zeros. */
    bool uuid = env->has_uuid && env->uuid.b[6] >= 0x10 && env->uuid.b[6] <= 0xef;
    if (uuid && i-- == 0)
        return pxk_fmt(out, PXK_PATH_MAX, "pxelinux.cfg/%s", pxk_uuid_text(&env->uuid, text));
    if (i-- == 0) {
        const uint8_t *m = env->mac.b;
        return pxk_fmt(out, PXK_PATH_MAX, "pxelinux.cfg/01-%02x-%02x-%02x-%02x-%02x-%02x", m[0],
                       m[1], m[2], m[3], m[4], m[5]);
    }
    if (i < 8) {
        char hex[9];
        pxk_fmt(hex, sizeof hex, "%08X", env->ip);
        return pxk_fmt(out, PXK_PATH_MAX, "pxelinux.cfg/%.*s", (int)(8 - i), hex);
    }
    return i == 8 ? pxk_fmt(out, PXK_PATH_MAX, "pxelinux.cfg/default") : NULL;
}

static void search_ask(struct pxk_loader *l)
{
    struct sl *s = l->state;
    char buf[PXK_PATH_MAX];
    const char *name = search_name(l, s->try, buf);
    if (name) {
        pxk_str_copy(s->config_name, sizeof s->config_name, name);
        pxk_sl_ask(l, SL_WAIT_SEARCH, PXK_ROLE_CONFIG, true, name);
    } else if (s->search_failed) {
        pxk_loader_stop(l, PXK_STOP_TRANSFER_FAILED,
                        "no configuration came, and not for every name of pxelinux.cfg/ did the "
                        "server answer at all: it must refuse unknown names at once");
    } else {
        pxk_loader_stop(l, PXK_STOP_CONFIG_MISSING,
                        "none of the %u names below \"%spxelinux.cfg/\" exists, not even default",
                        s->try, s->prefix);
    }
}

static bool oom(struct pxk_loader *l)
{
    pxk_loader_stop(l, PXK_STOP_UNSUPPORTED, "%s", pxk_err_text(PXK_E_NOMEM));
    return false;
}

static bool text_fits(struct pxk_loader *l, size_t len)
{
    struct sl *s = l->state;
    if (len > LOADER_TEXT_MAX - s->text) {
        pxk_loader_stop(l, PXK_STOP_UNSUPPORTED, "more than %zu bytes of configuration",
                        LOADER_TEXT_MAX);
        return false;
    }
    s->text += len;
    return true;
}

bool pxk_sl_config_more(struct pxk_loader *l, const char *name, const uint8_t *text, size_t len)
{
    struct sl *s = l->state;
    if (!text_fits(l, len))
        return false;
    return pxk_sl_config_push(&s->config, name, text, len) || oom(l);
}

bool pxk_sl_config_open(struct pxk_loader *l, bool ui_pass)
{
    struct sl *s = l->state;
    if (s->config_open)
        pxk_sl_config_done(&s->config);
    pxk_sl_config_init(&s->config, ui_pass);
    s->config_open = true;
    return !s->config.oom || oom(l);
}

bool pxk_sl_visit(struct pxk_loader *l, const char *what)
{
    struct sl *s = l->state;
    bool again = s->visited_n >= SL_HOPS_MAX;
    for (unsigned i = 0; i < s->visited_n && !again; i++)
        again = strcmp(s->visited[i], what) == 0;
    if (again) {
        pxk_loader_stop(l, PXK_STOP_CONFIG_LOOP,
                        "%s line %u leads to %s again: menus that lead to each other for ever",
                        s->job.file, s->job.line, what);
        return false;
    }
    char *copy = strdup(what);
    if (!copy)
        return oom(l);
    s->visited[s->visited_n++] = copy;
    return true;
}

/* PATH is a property of ldlinux, so it outlives the pass that read it. */
static void paths_take(struct sl *s)
{
    for (unsigned i = 0; i < s->config.path_n && s->path_n < PXK_COUNT(s->path); i++) {
        s->path[s->path_n++] = s->config.path[i];
        s->config.path[i] = NULL;
    }
}

/* ldlinux.c: UI wins, then DEFAULT, which PROMPT 1 holds back until the time is up or Enter is
 * pressed. */
static void default_run(struct pxk_loader *l)
{
    struct sl *s = l->state;
    const struct sl_config *c = &s->config;
    const char *cmd = c->ui ? c->ui : c->default_cmd;
    s->job.line = c->default_line;
    pxk_str_copy(s->job.file, sizeof s->job.file, c->file.at[c->default_file]);
    l->boot.entries = pxk_sl_menu_entries(c);
    if (c->prompt) {
        l->boot.timeout_ds = c->timeout_ds ? c->timeout_ds : c->totaltimeout_ds;
        l->boot.waits_for_key = !l->boot.timeout_ds;
        if (!l->boot.waits_for_key && c->ontimeout)
            cmd = c->ontimeout;
    }
    if (cmd && *cmd)
        pxk_sl_run(l, cmd);
    else if (!c->label.n)
        pxk_loader_stop(l, PXK_STOP_CONFIG_EMPTY,
                        "%s names nothing to boot: PXELINUX stays at its "
                        "boot: prompt",
                        s->config_name);
    else
        pxk_loader_stop(l, PXK_STOP_NO_DEFAULT,
                        "%s has %zu labels but neither DEFAULT nor UI: "
                        "PXELINUX stays at its boot: prompt",
                        s->config_name, c->label.n);
}

void pxk_sl_read(struct pxk_loader *l)
{
    struct sl *s = l->state;
    char name[PXK_PATH_MAX];
    unsigned line = 0;
    const char *file = "";
    enum sl_step step = pxk_sl_config_read(&s->config, name, &line, &file);
    if (s->config.oom) {
        oom(l);
        return;
    }
    switch (step) {
    case SL_STEP_END:
        if (!s->config.ui_pass) {
            paths_take(s);
            default_run(l);
        } else if (!*s->menu_left) {
            pxk_sl_menu_background(l);
        } else {
            s->menu_left = pxk_sl_word(s->menu_left, name, sizeof name);
            pxk_str_copy(s->job.file, sizeof s->job.file,
                         strcmp(name, "~") == 0 ? s->config_name : name);
            pxk_sl_ask(l, SL_WAIT_MENU_CONFIG, PXK_ROLE_CONFIG, true, s->job.file);
        }
        break;
    case SL_STEP_INCLUDE:
        pxk_str_copy(s->job.file, sizeof s->job.file, name); /* the name, until it is fed */
        pxk_sl_ask(l, SL_WAIT_INCLUDE, PXK_ROLE_CONFIG, true, name);
        break;
    case SL_STEP_ASSET:
        pxk_sl_ask(l, SL_WAIT_ASSET, PXK_ROLE_ASSET, true, name);
        break;
    case SL_STEP_LOOP:
        pxk_loader_stop(l, PXK_STOP_CONFIG_LOOP,
                        "%s line %u includes %s, which is being read already", file, line, name);
        break;
    }
}

static void include_fed(struct pxk_loader *l, enum pxk_fetched how, const uint8_t *data, size_t len)
{
    struct sl *s = l->state;
    if (how != PXK_FETCHED_OK)
        pxk_sl_config_skip(&s->config);
    else if (!pxk_sl_config_more(l, s->job.file, data, len))
        return;
    pxk_sl_read(l);
}

static void ldlinux_fed(struct pxk_loader *l, enum pxk_fetched how)
{
    struct sl *s = l->state;
    if (how != PXK_FETCHED_OK) {
        s->search_failed |= how == PXK_FETCHED_FAILED;
        s->try++;
        ldlinux_ask(l);
        if (l->want.kind == PXK_WANT_STOP && s->search_failed)
            l->want.stop = PXK_STOP_TRANSFER_FAILED;
        return;
    }
    if (s->try && !(s->path[s->path_n++] = strdup(ldlinux_dirs[s->try]))) {
        oom(l); /* other modules are looked for where ldlinux was */
        return;
    }
    s->try = 0;
    s->search_failed = false;
    search_ask(l);
}

static void config_fed(struct pxk_loader *l, enum pxk_fetched how, const uint8_t *data, size_t len)
{
    struct sl *s = l->state;
    if (how == PXK_FETCHED_OK) {
        if (pxk_sl_visit(l, s->config_name) && pxk_sl_config_open(l, false) &&
            pxk_sl_config_more(l, s->config_name, data, len))
            pxk_sl_read(l);
    } else if (s->wait == SL_WAIT_SEARCH) {
        s->search_failed |= how == PXK_FETCHED_FAILED;
        s->try++;
        search_ask(l);
    } else {
        pxk_loader_stop(l, pxk_loader_stop_of(how, PXK_STOP_CONFIG_MISSING),
                        "%s line %u goes on with the configuration %s, which %s", s->job.file,
                        s->job.line, s->config_name, pxk_loader_fate(how));
    }
}

static void sl_fed(struct pxk_loader *l, enum pxk_fetched how, const uint8_t *data, size_t len)
{
    struct sl *s = l->state;
    if (how == PXK_FETCHED_OK && len == 0)
        how = PXK_FETCHED_MISSING; /* PXELINUX takes "tsize 0" for "not there" */
    switch (s->wait) {
    case SL_WAIT_LDLINUX:
        ldlinux_fed(l, how);
        break;
    case SL_WAIT_SEARCH:
    case SL_WAIT_CONFIG:
        config_fed(l, how, data, len);
        break;
    case SL_WAIT_INCLUDE:
    case SL_WAIT_MENU_CONFIG:
        include_fed(l, how, data, len);
        break;
    case SL_WAIT_ASSET:
        pxk_sl_read(l);
        break;
    case SL_WAIT_BACKGROUND:
        pxk_sl_menu_choose(l);
        break;
    case SL_WAIT_MODULE:
    case SL_WAIT_KERNEL:
    case SL_WAIT_INITRD:
    case SL_WAIT_NBP:
        pxk_sl_run_fed(l, how, data, len);
        break;
    }
}

static enum pxk_err sl_start(struct pxk_loader *l)
{
    struct sl *s = calloc(1, sizeof *s);
    if (!s)
        return PXK_E_NOMEM;
    l->state = s;
    s->menu_left = "";
    prefix_set(s, &l->env);
    ldlinux_ask(l);
    return PXK_OK;
}

static void sl_done(struct pxk_loader *l)
{
    struct sl *s = l->state;
    if (!s)
        return;
    if (s->config_open)
        pxk_sl_config_done(&s->config);
    for (unsigned i = 0; i < s->visited_n; i++)
        free(s->visited[i]);
    for (unsigned i = 0; i < s->path_n; i++)
        free(s->path[i]);
    free(s->menu_args);
    free(s);
}

const struct loader_machine pxk_syslinux_machine = {sl_start, sl_fed, sl_done};
