#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "made_up.h"
#include "pxk/files.h"
#include "tree.h"

struct pxk_mac pxk_play_mac(const struct pxk_scenario *s, size_t i)
{
    if (!pxk_mac_is_zero(&s->clients.at[i].mac))
        return s->clients.at[i].mac;
    struct pxk_rand rand = pxk_rand_init(s->seed * 1000 + i);
    struct pxk_mac mac = pxk_mac_make_up(&rand);
    mac.b[5] = (uint8_t)i; /* no two are the same */
    return mac;
}

const struct pxk_scn_segment *pxk_play_segment(const struct pxk_scenario *s, const char *name)
{
    for (size_t i = 0; name && i < s->network.segments.n; i++)
        if (strcmp(s->network.segments.at[i].name, name) == 0)
            return &s->network.segments.at[i];
    return NULL;
}

size_t pxk_play_kinds(const struct pxk_scn_server *server, const struct pxk_lab_kind *kind[PXK_PLAY_KINDS_MAX])
{
    size_t n = 0;
    char name[PXK_SCN_NAME_MAX];
    for (const char *at = server->run; at; n++) {
        const char *plus = strchr(at, '+');
        size_t len = plus ? (size_t)(plus - at) : strlen(at);
        if (n == PXK_PLAY_KINDS_MAX || len >= sizeof name)
            return 0;
        (void)pxk_str_copy_n(name, sizeof name, at, len);
        kind[n] = pxk_lab_kind_find(name);
        if (!kind[n])
            return 0;
        at = plus ? plus + 1 : NULL;
    }
    return n;
}

/* Boot files of the tree by architecture, where the scenario names none. */
static void boot_files_default(const struct pxk_scenario *s, struct pxk_play_plan *p)
{
    static const struct {
        uint16_t arch;
        char *key;
    } arch[] = {{PXK_ARCH_BIOS, "bios"}, {PXK_ARCH_UEFI_X64, "uefi-x64"}, {PXK_ARCH_UEFI_IA32, "uefi-ia32"}, {PXK_ARCH_UEFI_ARM64, "uefi-arm64"}};
    size_t n = 0;
    for (size_t i = 0; i < PXK_COUNT(arch); i++) {
        const char *file = pxk_tree_boot_file(&s->files, arch[i].arch);
        if (*file)
            p->boot[n++] = (struct pxk_conf_pair){arch[i].key, (char *)(uintptr_t)file};
    }
    p->dhcp.boot_files.at = p->boot;
    p->dhcp.boot_files.n = n;
}

static enum pxk_err config_read(const char *path, struct pxk_text *out, char *why, size_t cap)
{
    enum pxk_err err = pxk_file_read(path, PXK_CONF_TEXT_MAX, out);
    if (err == PXK_E_IO || err == PXK_E_NOTFOUND)
        pxk_fmt(why, cap, "%s: %s", path, strerror(errno));
    else if (err != PXK_OK)
        pxk_fmt(why, cap, "%s cannot be read as a config file", path);
    return err == PXK_OK ? PXK_OK : PXK_E_IO;
}

static void expand(const struct pxk_play_plan *p, const char *text, struct pxk_text *out)
{
    char ip[PXK_IP4_STRLEN], mask[PXK_IP4_STRLEN];
    const struct pxk_conf_pair vars[] = {{"address", (char *)(uintptr_t)pxk_ip4_text(p->plan.ip, ip)},
                                         {"netmask", (char *)(uintptr_t)pxk_ip4_text(p->plan.netmask, mask)},
                                         {"interface", (char *)(uintptr_t)p->plan.iface},
                                         {"root", (char *)(uintptr_t)p->plan.root},
                                         {"work", (char *)(uintptr_t)p->plan.work},
                                         {"name", (char *)(uintptr_t)p->plan.name}};
    pxk_scenario_expand(text, vars, PXK_COUNT(vars), out);
}

/* Paths in a scenario begin at its file. */
static void path_make(const char *folder, const char *path, char *out, size_t cap)
{
    bool whole = *path == '/';
    pxk_fmt(out, cap, "%s%s%s", whole ? "" : folder, whole ? "" : "/", path);
}

static enum pxk_err texts_make(const struct pxk_scn_server *server, const char *folder, struct pxk_play_plan *p, char *why, size_t cap)
{
    if (server->config)
        expand(p, server->config, &p->config);
    if (server->config_file) {
        char path[1024];
        path_make(folder, server->config_file, path, sizeof path);
        enum pxk_err err = config_read(path, &p->config, why, cap);
        if (err != PXK_OK)
            return err;
    }
    if (server->lines)
        expand(p, server->lines, &p->lines);
    if (p->config.failed || p->lines.failed)
        return PXK_E_NOMEM;
    p->plan.config = p->config.s;
    p->plan.lines = p->lines.s;
    return PXK_OK;
}

/* Is kind @k the first of them that can do it? */
static bool is_first(const struct pxk_lab_kind *const *kind, size_t k, bool (*can)(const struct pxk_lab_kind *))
{
    if (!can(kind[k]))
        return false;
    for (size_t i = 0; i < k; i++)
        if (can(kind[i]))
            return false;
    return true;
}

static bool can_dhcp(const struct pxk_lab_kind *k)
{
    return k->dhcp;
}
static bool can_tftp(const struct pxk_lab_kind *k)
{
    return k->tftp;
}
static bool can_http(const struct pxk_lab_kind *k)
{
    return k->http;
}
static bool has_config(const struct pxk_lab_kind *k)
{
    return k->config_name != NULL;
}

enum pxk_err pxk_play_plan_make(const struct pxk_scenario *s, const struct pxk_scn_server *server, size_t k,
                                const struct pxk_play_env *env, const char *root, struct pxk_play_plan *out, char *why, size_t cap)
{
    const struct pxk_lab_kind *kind[PXK_PLAY_KINDS_MAX];
    const struct pxk_scn_segment *segment = pxk_play_segment(s, server->segment);
    size_t kinds = pxk_play_kinds(server, kind);
    if (k >= kinds)
        return pxk_fmt(why, cap, "server %s: %s is nothing that can be run", server->name, server->run), PXK_E_NOTFOUND;
    *out = (struct pxk_play_plan){.plan = {.name = server->name, .iface = server->interface, .ip = server->address,
                                           .netmask = segment ? pxk_conf_mask(segment->subnet) : 0xffffff00u,
                                           .root = root, .program = server->program,
                                           .own_root = server->config_file && (server->root || s->files.given)}};
    struct pxk_lab_server_plan *p = &out->plan;
    if (server->root) {
        char path[1024];
        path_make(env->folder, server->root, path, sizeof path);
        if (!realpath(path, out->root)) /* programs have a working directory of their own */
            return pxk_fmt(why, cap, "root: %s: %s", path, strerror(errno)), PXK_E_IO;
        p->root = out->root;
    }
    pxk_fmt(out->work, sizeof out->work, "%s/%s.%s", env->work, server->name, kind[k]->name);
    if (mkdir(out->work, 0755) != 0 && errno != EEXIST)
        return pxk_fmt(why, cap, "no folder %s: %s", out->work, strerror(errno)), PXK_E_IO;
    p->work = out->work;
    p->tftp = !server->no_tftp && is_first(kind, k, can_tftp);
    p->http = is_first(kind, k, can_http);
    if (server->dhcp && !server->no_dhcp && is_first(kind, k, can_dhcp)) {
        out->dhcp = *server->dhcp;
        if (out->dhcp.boot && out->dhcp.boot_files.n == 0)
            boot_files_default(s, out);
        p->dhcp = &out->dhcp;
    }
    p->faults = (const char *const *)server->faults.at;
    p->fault_n = server->faults.n;
    if (!is_first(kind, k, has_config) && !(k == 0 && !has_config(kind[k])))
        return PXK_OK;
    p->arguments = (const char *const *)server->arguments.at;
    p->argument_n = server->arguments.n;
    return texts_make(server, env->folder, out, why, cap);
}

void pxk_play_plan_done(struct pxk_play_plan *p)
{
    pxk_text_done(&p->config);
    pxk_text_done(&p->lines);
}
