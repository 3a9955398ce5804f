/* GRUB comes up: where it thinks it is, its built-in configuration, the search for grub.cfg, the
 * lists. Sources: GRUB grub-core/kern/main.c, net/bootp.c, net/net.c (grub_net_search_config_file),
 * normal/main.c, [RH] the rhboot patches; captures ok-uefi-*, missing-grubcfg-uefi,
 * ok-uefi-httpboot-v4. */
#include <stdlib.h>

#include "grub_loader.h"

static const char *const lists[] = {"command", "fs", "crypto", "terminal"};

struct target {
    uint16_t machine;
    const char *cpu;
};

static const char *cpu_of(const struct pxk_loader_env *env)
{
    static const struct target row[] = {
        {0x8664, "x86_64"}, {0x014c, "i386"}, {0xaa64, "arm64"},   {0x01c0, "arm"},
        {0x01c2, "arm"},    {0x01c4, "arm"},  {0x5064, "riscv64"}, {0x6264, "loongarch64"},
    };
    if (!env->efi)
        return "i386";
    for (size_t i = 0; i < PXK_COUNT(row); i++)
        if (row[i].machine == env->pe_machine)
            return row[i].cpu;
    return "x86_64";
}

static void set_exported(struct gl *g, const char *name, const char *value)
{
    pxk_gl_set(g, name, value);
    pxk_gl_export(g, name);
}

static void set_net(struct gl *g, const char *card, const char *what, const char *value)
{
    char name[64];
    pxk_fmt(name, sizeof name, "net_%s_%s", card, what);
    set_exported(g, name, value);
}

static void variables(struct pxk_loader *l, const char *device, const char *dir)
{
    static const char *const feature[] = {
        "feature_chainloader_bpb",   "feature_ntldr",        "feature_platform_search_hint",
        "feature_all_video_module",  "feature_menuentry_id", "feature_default_font_path",
        "feature_menuentry_options", "feature_200_final",    "feature_nativedisk_cmd",
        "feature_timeout_style",
    };
    struct gl *g = l->state;
    const struct pxk_loader_env *env = &l->env;
    const char *card = env->efi ? "efinet0" : "pxe";
    char ip[PXK_IP4_STRLEN], text[PXK_PATH_MAX * 2];
    for (size_t i = 0; i < PXK_COUNT(feature); i++)
        set_exported(g, feature[i], "y");
    set_exported(g, "grub_cpu", cpu_of(env));
    set_exported(g, "grub_platform", env->efi ? "efi" : "pc");
    set_exported(g, "root", device);
    set_exported(g, "cmdpath", pxk_fmt(text, sizeof text, "(%s)%s", device, dir));
    set_exported(g, "prefix", g->prefix);
    if (g->fw_path[0])
        set_exported(g, "fw_path", g->fw_path);
    set_exported(g, "net_default_interface", card);
    pxk_ip4_text(env->server, ip);
    set_exported(g, "net_default_server", ip);
    set_exported(g, "pxe_default_server", ip);
    set_net(g, card, "next_server", ip);
    pxk_ip4_text(env->ip, ip);
    set_exported(g, "net_default_ip", ip);
    set_net(g, card, "ip", ip);
    pxk_mac_text(&env->mac, text);
    set_exported(g, "net_default_mac", text);
    set_net(g, card, "mac", text);
    set_net(g, card, "boot_file", env->boot_file);
    if (env->acked_uuid && env->has_uuid)
        set_net(g, card, "clientuuid", pxk_uuid_text(&env->uuid, text));
}

/* The device that the firmware booted from and the directory of the boot file in it, without the
 * last '/'. */
static void boot_place(const struct pxk_loader *l, char device[static 300],
                       char dir[static PXK_PATH_MAX])
{
    const char *file = l->env.boot_file, *host;
    char ip[PXK_IP4_STRLEN];
    pxk_fmt(device, 300, "tftp,%s", pxk_ip4_text(l->env.server, ip));
    if (pxk_str_starts(file, "http://")) {
        host = file + 7;
        size_t n = strcspn(host, "/");
        pxk_fmt(device, 300, "http,%.*s", n < 256 ? (int)n : 256, host);
        file = host + n;
    }
    pxk_loader_dir(dir, PXK_PATH_MAX, file);
    size_t n = strlen(dir);
    if (n)
        dir[n - 1] = '\0';
}

/* kern/main.c: grub_set_prefix_and_root() */
static void prefix_set(struct gl *g, const char *device, const char *dir)
{
    const char *built_in = g->image->grub.prefix;
    char path[PXK_PATH_MAX];
    if (built_in[0] == '(') {
        pxk_str_copy(g->prefix, sizeof g->prefix, built_in);
    } else {
        pxk_str_copy(path, sizeof path, built_in[0] ? built_in : dir);
        size_t n = strlen(path), m = strlen(g->arch);
        /* "boot/grub/i386-pc/core.0" lies one level below its prefix */
        if (!built_in[0] && n >= m && strcmp(path + n - m, g->arch) == 0)
            path[n > m ? n - m - 1 : 0] = '\0';
        pxk_fmt(g->prefix, sizeof g->prefix, "(%s)%s", device, path);
    }
    if (g->image->grub.fw_path)
        pxk_fmt(g->fw_path, sizeof g->fw_path, "(%s)%s", device, dir);
}

/* Directory number @i of the search: beside itself first ([RH]), then the prefix. */
static const char *search_dir(const struct pxk_loader *l, unsigned i)
{
    const struct gl *g = l->state;
    const char *prefix = pxk_gl_get(g, "prefix");
    if (!prefix)
        prefix = "";
    if (g->fw_path[0] && i-- == 0)
        return g->fw_path;
    return i == 0 && strcmp(prefix, g->fw_path) != 0 ? prefix : NULL;
}

/* Name number @i tried in @dir; NULL after the last. Only TFTP has the long search. */
static const char *search_name(const struct pxk_loader *l, const char *dir, unsigned i,
                               char out[static PXK_PATH_MAX])
{
    const struct gl *g = l->state;
    const struct pxk_loader_env *env = &l->env;
    const char *off = pxk_gl_get(g, "feature_net_search_cfg");
    char text[PXK_UUID_STRLEN];
    if (!g->image->grub.net_search || !pxk_str_starts(dir, "(tftp") || (off && *off == 'n'))
        return i == 0 ? pxk_fmt(out, PXK_PATH_MAX, "%s/grub.cfg", dir) : NULL;
    if (env->acked_uuid && env->has_uuid && i-- == 0)
        return pxk_fmt(out, PXK_PATH_MAX, "%s/grub.cfg-%s", dir, pxk_uuid_text(&env->uuid, text));
    if (i-- == 0) {
        const uint8_t *m = env->mac.b;
        return pxk_fmt(out, PXK_PATH_MAX, "%s/grub.cfg-01-%02x-%02x-%02x-%02x-%02x-%02x", dir, m[0],
                       m[1], m[2], m[3], m[4], m[5]);
    }
    if (i < 8) {
        pxk_fmt(text, sizeof text, "%08X", env->ip);
        return pxk_fmt(out, PXK_PATH_MAX, "%s/grub.cfg-%.*s", dir, (int)(8 - i), text);
    }
    return i == 8 ? pxk_fmt(out, PXK_PATH_MAX, "%s/grub.cfg", dir) : NULL;
}

static void search(struct pxk_loader *l)
{
    struct gl *g = l->state;
    char buf[PXK_PATH_MAX];
    for (const char *dir; (dir = search_dir(l, g->search_dir)); g->search_dir++, g->search_i = 0) {
        const char *name = search_name(l, dir, g->search_i, buf);
        if (!name)
            continue;
        pxk_str_copy(g->normal_config, sizeof g->normal_config, name);
        /* Without a search and with one place to look GRUB opens grub.cfg only once, after the
         * lists. */
        bool long_search = search_name(l, dir, 1, (char[PXK_PATH_MAX]){0}) != NULL;
        if (!long_search && !g->fw_path[0])
            break;
        pxk_gl_fetch(l, GL_W_SEARCH, PXK_ROLE_CONFIG, true, name);
        return;
    }
    pxk_gl_lists(l, false);
}

void pxk_gl_normal_begin(struct pxk_loader *l)
{
    struct gl *g = l->state;
    g->normal_seen = true;
    if (g->normal_config[0]) {
        pxk_gl_lists(l, false);
    } else {
        g->search_dir = g->search_i = 0;
        search(l);
    }
}

void pxk_gl_normal(struct pxk_loader *l, const char *config)
{
    struct gl *g = l->state;
    pxk_str_copy(g->normal_config, sizeof g->normal_config, config);
    if (pxk_gl_module_there(l, "normal"))
        pxk_gl_normal_begin(l);
    else
        pxk_gl_module_load(l, "normal", GL_M_NORMAL);
}

static void list_next(struct pxk_loader *l)
{
    struct gl *g = l->state;
    char path[PXK_PATH_MAX];
    const char *prefix = pxk_gl_get(g, "prefix");
    if (prefix && g->list_i < PXK_COUNT(lists)) {
        pxk_fmt(path, sizeof path, "%s/%s/%s.lst", prefix, g->arch, lists[g->list_i]);
        pxk_gl_fetch(l, GL_W_LIST, PXK_ROLE_MODULE, true, path);
    } else if (!g->lists_then_resume) {
        pxk_gl_fetch(l, GL_W_NORMAL, PXK_ROLE_CONFIG, false, g->normal_config);
    }
}

void pxk_gl_lists(struct pxk_loader *l, bool then_resume)
{
    struct gl *g = l->state;
    g->list_i = 0;
    g->lists_then_resume = then_resume;
    list_next(l);
}

static void normal_fed(struct pxk_loader *l, enum pxk_fetched how, const uint8_t *data, size_t len)
{
    struct gl *g = l->state;
    struct loader_file f;
    if (how == PXK_FETCHED_OK) {
        bool nested = g->frames && g->frame[0].kind != GL_F_EMBEDDED;
        if (nested && !pxk_gl_context_open(g))
            pxk_loader_stop(l, PXK_STOP_CONFIG_LOOP, "%s: menus in menus without end", g->name);
        else
            pxk_gl_push_text(l, GL_F_NORMAL, g->file.path, data, len);
        return;
    }
    if (pxk_gl_resolve(l, g->normal_config, &f) != GL_NET)
        pxk_loader_stop(l, PXK_STOP_CONFIG_MISSING,
                        "this GRUB looks for %s, which is not on the "
                        "network: it was built to boot from a disk or CD",
                        g->normal_config);
    else
        pxk_loader_stop(l, pxk_loader_stop_of(how, PXK_STOP_CONFIG_MISSING),
                        "GRUB's configuration %s %s: it stays at the \"grub>\" prompt",
                        f.url[0] ? f.url : f.path, pxk_loader_fate(how));
}

static void script_fed(struct pxk_loader *l, enum gl_wait wait, enum pxk_fetched how,
                       const uint8_t *data, size_t len)
{
    struct gl *g = l->state;
    if (how != PXK_FETCHED_OK) {
        pxk_gl_fail(l, PXK_STOP_CONFIG_MISSING, "configuration", how);
        pxk_gl_finish(g, 1);
    } else if (wait == GL_W_SOURCE) {
        pxk_gl_push_text(l, GL_F_SOURCE, g->file.path, data, len);
    } else if (pxk_gl_context_open(g)) {
        pxk_gl_push_text(l, GL_F_CONFIG, g->file.path, data, len);
    } else {
        pxk_loader_stop(l, PXK_STOP_CONFIG_LOOP, "%s: menus in menus without end", g->name);
    }
}

void pxk_gl_fed(struct pxk_loader *l, enum pxk_fetched how, const uint8_t *data, size_t len)
{
    struct gl *g = l->state;
    enum gl_wait wait = g->wait;
    bool ok = how == PXK_FETCHED_OK;
    g->wait = GL_W_NONE;
    switch (wait) {
    case GL_W_SEARCH:
        if (ok) {
            pxk_gl_lists(l, false);
        } else {
            g->search_i++;
            search(l);
        }
        break;
    case GL_W_LIST:
        if (ok && g->list_i == 0)
            pxk_gl_command_list(g, data, len);
        g->list_i++;
        list_next(l);
        break;
    case GL_W_NORMAL:
        normal_fed(l, how, data, len);
        break;
    case GL_W_SOURCE:
    case GL_W_CONFIGFILE:
        script_fed(l, wait, how, data, len);
        break;
    case GL_W_MODULE:
        pxk_gl_module_fed(l, how, data, len);
        break;
    case GL_W_ENV:
        if (ok)
            pxk_gl_env_block(g, data, len);
        pxk_gl_finish(g, !ok);
        break;
    case GL_W_ASSET:
        pxk_gl_finish(g, !ok);
        break;
    case GL_W_KERNEL:
    case GL_W_INITRD:
    case GL_W_MODULE_FILE:
    case GL_W_CHAIN:
    case GL_W_CHAIN_AGAIN:
        pxk_gl_load_fed(l, wait, how);
        break;
    case GL_W_THEME:
    case GL_W_NONE:
        break;
    }
}

static void grub_fed(struct pxk_loader *l, enum pxk_fetched how, const uint8_t *data, size_t len)
{
    pxk_gl_fed(l, how, data, len);
    pxk_gl_run(l);
}

static void embedded(struct pxk_loader *l)
{
    struct gl *g = l->state;
    size_t n = pxk_image_grub_config(l->image, l->image_len, NULL, 0);
    char *text = n <= LOADER_TEXT_MAX ? malloc(n + 1) : NULL;
    if (text && pxk_image_grub_config(l->image, l->image_len, text, n + 1) == n)
        pxk_gl_push_text(l, GL_F_EMBEDDED, "the built-in configuration", text, n);
    else
        g->oom = true;
    free(text);
}

/* Debian 12's 2.06 stayed at its prompt without one request (capture ok-uefi-httpboot-v4); the
 * builds that carry the [RH] network patches go on. */
static bool deaf_to_http(const struct pxk_loader *l)
{
    const struct gl *g = l->state;
    return pxk_loader_is_url(l->env.boot_file) && pxk_str_starts(g->image->version, "GRUB 2.0") &&
           !g->image->grub.fw_path;
}

static enum pxk_err grub_start(struct pxk_loader *l)
{
    static const char *const core[] = {"normal", "net", "tftp", "boot", "linux"};
    char device[300], dir[PXK_PATH_MAX];
    struct gl *g = calloc(1, sizeof *g);
    if (!g)
        return PXK_E_NOMEM;
    l->state = g;
    g->image = &l->inspected;
    for (size_t i = 0; i < PXK_COUNT(core); i++)
        g->modules_known |=
            l->image_len && pxk_image_grub_has_module(l->image, l->image_len, core[i]);
    pxk_fmt(g->arch, sizeof g->arch, "%s-%s", cpu_of(&l->env), l->env.efi ? "efi" : "pc");
    boot_place(l, device, dir);
    prefix_set(g, device, dir);
    pxk_gl_context_open(g);
    variables(l, device, dir);
    if (g->oom)
        return PXK_E_NOMEM;
    if (deaf_to_http(l))
        pxk_loader_stop(l, PXK_STOP_CONFIG_MISSING,
                        "%s does not know HTTP boot: without network "
                        "settings it asks for nothing and stays at the \"grub>\" prompt",
                        g->image->version);
    else if (g->image->grub.has_config)
        embedded(l);
    pxk_gl_run(l);
    return PXK_OK;
}

static void grub_done(struct pxk_loader *l)
{
    struct gl *g = l->state;
    if (!g)
        return;
    for (unsigned i = 0; i < g->frames; i++) {
        if (g->frame[i].own)
            pxk_gl_args_done(g->frame[i].own);
        free(g->frame[i].own);
    }
    while (g->contexts)
        pxk_gl_context_close(g);
    for (size_t i = 0; i < g->loop.n; i++)
        pxk_gl_args_done(&g->loop.at[i].list);
    for (size_t i = 0; i < g->function.n; i++)
        free(g->function.at[i].name);
    for (size_t i = 0; i < g->command.n; i++) {
        free(g->command.at[i].name);
        free(g->command.at[i].module);
    }
    for (size_t i = 0; i < g->loaded_module.n; i++)
        free(g->loaded_module.at[i]);
    for (size_t i = 0; i < g->wanted_module.n; i++)
        free(g->wanted_module.at[i]);
    for (size_t i = 0; i < g->script.n; i++)
        pxk_gl_script_free(g->script.at[i]);
    pxk_gl_args_done(&g->args);
    pxk_vec_done(&g->loop);
    pxk_vec_done(&g->function);
    pxk_vec_done(&g->command);
    pxk_vec_done(&g->loaded_module);
    pxk_vec_done(&g->wanted_module);
    pxk_vec_done(&g->script);
    free(g);
}

const struct loader_machine pxk_grub_machine = {grub_start, grub_fed, grub_done};
