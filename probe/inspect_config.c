/* Where a configuration of a capture leads: the loader's machine is played with the files that passed by. What was not asked for
 * yet (kernel, initrd) is taken to be there, so that its name and the command line are known before it is asked for. */
#include "inspect_int.h"

#include <stdlib.h>
#include <string.h>

/* ---- the machine's surroundings ---- */

static enum pxk_loader_id loader_by_asker(const struct pxk_transfer *tr)
{
    const char *asker = tr->profile ? tr->profile->key : "";
    if (strcmp(asker, "pxelinux") == 0 || strstr(tr->file, "pxelinux.cfg/"))
        return PXK_LOADER_PXELINUX;
    return strcmp(asker, "grub") == 0 || strstr(tr->file, "grub.cfg") ? PXK_LOADER_GRUB : PXK_LOADER_NONE;
}

static void env_of(const struct pxk_session *s, const struct pxk_transfer *tr, struct pxk_loader_env *env)
{
    const struct pxk_round *r = pxk_session_firmware_round(s);
    const struct pxk_arch *arch = pxk_arch_by_code(s->arch);
    *env = (struct pxk_loader_env){.mac = s->mac, .ip = s->ip, .server = pxk_ip_to4(tr->server)};
    env->pe_machine = arch ? arch->pe_machine : 0;
    env->efi = env->pe_machine != 0;
    for (unsigned i = 0; r && i < r->answer_n; i++) {
        const struct pxk_answer *a = &r->answer[i];
        char file[256];
        if (a->type == PXK_DHCP4_NAK)
            continue;
        if (*pxk_answer_boot_file(a, r->persona, file, sizeof file))
            (void)pxk_str_copy(env->boot_file, sizeof env->boot_file, file);
        if (*a->pxelinux_config)
            (void)pxk_str_copy(env->config_file, sizeof env->config_file, a->pxelinux_config);
        if (*a->pxelinux_prefix)
            (void)pxk_str_copy(env->path_prefix, sizeof env->path_prefix, a->pxelinux_prefix);
        env->acked_uuid |= a->uuid_echoed;
    }
    if (r) {
        env->has_uuid = r->has_uuid;
        env->uuid = r->uuid;
    }
}

/* GRUB's prefix is in its image, which is not in the capture; the directory of its first grub.cfg is the same. */
static void grub_prefix(const struct pxk_session *s, struct pxk_image *image)
{
    *image = (struct pxk_image){.kind = PXK_IMAGE_PE, .loader = PXK_LOADER_GRUB};
    image->grub.net_search = true;
    for (size_t i = 0; i < s->transfers.n; i++) {
        const struct pxk_transfer *tr = &s->transfers.at[i];
        const char *base = strstr(tr->file, "grub.cfg");
        if (!base || tr->state != PXK_TRANSFER_DONE)
            continue;
        size_t n = (size_t)(base - tr->file);
        const char *path = tr->file + (n && *tr->file == '/');
        n -= n && *tr->file == '/';
        if (n)
            pxk_fmt(image->grub.prefix, sizeof image->grub.prefix, "/%.*s", (int)n - 1, path);
        return;
    }
}

/* ---- its files ---- */

struct reply {
    enum pxk_fetched how;
    const void *data;
    size_t len;
    bool unknown; /* only later packets can tell, or none */
};

/* A name that a loader makes up and tries: what was never asked for was not tried. Others (includes) may come later. */
static bool is_tried_name(const char *path)
{
    const char *made = strstr(path, "pxelinux.cfg/");
    if (made)
        return made[13 + strspn(made + 13, "0123456789abcdefABCDEF-")] == '\0' || strcmp(made + 13, "default") == 0;
    return strstr(path, "grub.cfg-") != NULL;
}

static struct reply reply_to(const struct pxk_session *s, const struct pxk_want *want)
{
    const struct pxk_transfer *tr = want->http ? NULL : inspect_find(s, want->path);
    bool text = want->role == PXK_ROLE_CONFIG, module = want->role == PXK_ROLE_MODULE;
    if (tr && tr->state == PXK_TRANSFER_REFUSED && want->role != PXK_ROLE_KERNEL && want->role != PXK_ROLE_INITRD)
        return (struct reply){.how = PXK_FETCHED_MISSING};
    if (text && tr && inspect_is_whole(tr))
        return (struct reply){.how = PXK_FETCHED_OK, .data = tr->head, .len = tr->head_len};
    if (text && !tr && want->optional && is_tried_name(want->path))
        return (struct reply){.how = PXK_FETCHED_MISSING};
    if (text)
        return (struct reply){.unknown = true};
    if ((module || want->role == PXK_ROLE_ASSET) && !tr && want->optional)
        return (struct reply){.how = PXK_FETCHED_MISSING};
    return (struct reply){.how = PXK_FETCHED_OK, .data = "x", .len = 1};
}

/* False: it wants a configuration that the capture does not have. @config gets the last text it was given. */
static bool play(const struct pxk_session *s, struct pxk_loader *l, struct pxk_want *want, char *config, size_t cap)
{
    for (pxk_loader_next(l, want); want->kind == PXK_WANT_FILE; pxk_loader_next(l, want)) {
        struct reply reply = reply_to(s, want);
        if (reply.unknown)
            return false;
        if (want->role == PXK_ROLE_CONFIG && reply.how == PXK_FETCHED_OK)
            inspect_quote(config, cap, want->path);
        pxk_loader_feed(l, reply.how, reply.data, reply.len);
    }
    return true;
}

/* ---- what it comes to ---- */

/* The answer files that the command line names, so that a watcher can say which was never asked for. */
static void note_answers(struct pxk_session *s, const struct pxk_install *install)
{
    for (size_t i = 0; i < install->n && s->files.n < INSPECT_FILES_MAX; i++) {
        char url[sizeof((struct pxk_file){0}).url];
        inspect_quote(url, sizeof url, install->file[i].url);
        struct pxk_file *file = pxk_session_file(s, url, pxk_role_key(PXK_ROLE_ANSWERS));
        if (file)
            file->optional = !install->file[i].required;
    }
}

static void note_cmdline(struct pxk_session *s, const char *cmdline, pxk_ip4 server)
{
    struct pxk_facts *f = &s->facts;
    struct pxk_install *install = malloc(sizeof *install);
    inspect_quote(f->cmdline, sizeof f->cmdline, cmdline);
    f->installer[0] = f->install_problem[0] = '\0';
    f->install_files = 0;
    if (!install)
        return;
    pxk_install_from_cmdline(cmdline, server, install);
    inspect_quote(f->installer, sizeof f->installer, install->installer);
    inspect_quote(f->install_problem, sizeof f->install_problem, install->problem);
    f->install_files = (unsigned)install->n;
    note_answers(s, install);
    free(install);
}

static void note_boot(struct pxk_session *s, const struct pxk_boot *boot, pxk_ip4 server)
{
    struct pxk_facts *f = &s->facts;
    inspect_quote(f->label, sizeof f->label, boot->label);
    inspect_quote(f->kernel, sizeof f->kernel, boot->kernel);
    f->initrds = (unsigned)boot->initrd_n;
    f->waits_for_key = boot->waits_for_key;
    note_cmdline(s, boot->cmdline, server);
}

static void note_end(struct pxk_session *s, const struct pxk_want *want, const struct pxk_boot *boot, pxk_ip4 server)
{
    struct pxk_facts *f = &s->facts;
    f->local_boot = want->kind == PXK_WANT_LOCAL;
    f->stop[0] = f->stop_why[0] = '\0';
    if (want->kind == PXK_WANT_BOOT && boot)
        note_boot(s, boot, server);
    if (want->kind != PXK_WANT_STOP || want->stop == PXK_STOP_UNSUPPORTED)
        return;
    (void)pxk_str_copy(f->stop, sizeof f->stop, pxk_stop_key(want->stop));
    inspect_quote(f->stop_why, sizeof f->stop_why, want->why);
    (void)pxk_str_copy(f->stop_screen, sizeof f->stop_screen, pxk_stop_screen(want->stop));
}

void inspect_config(struct pxk_session *s, const struct pxk_transfer *tr)
{
    enum pxk_loader_id id = loader_by_asker(tr);
    struct pxk_loader_env *env = id == PXK_LOADER_NONE ? NULL : malloc(sizeof *env);
    struct pxk_loader *l = NULL;
    struct pxk_image image = {0};
    struct pxk_want want;
    char config[256] = "";
    if (!env)
        return;
    env_of(s, tr, env);
    if (id == PXK_LOADER_GRUB) {
        grub_prefix(s, &image);
        env->inspected = &image;
    }
    if (pxk_loader_new(id, env, NULL, 0, &l) == PXK_OK && play(s, l, &want, config, sizeof config) && *config) {
        (void)pxk_str_copy(s->facts.config, sizeof s->facts.config, config);
        note_end(s, &want, pxk_loader_boot(l), env->server);
    }
    pxk_loader_free(l);
    free(env);
}

/* ---- iPXE scripts ---- */

void inspect_script(struct pxk_session *s, const struct pxk_transfer *tr, struct pxk_file *file)
{
    struct pxk_ipxe_scan *scan = malloc(sizeof *scan);
    if (!scan)
        return;
    pxk_ipxe_scan(tr->head, tr->head_len, scan);
    bool named = pxk_str_ends(tr->file, ".ipxe") && strcmp(file->kind, "text") == 0 && !scan->is_script;
    if (scan->nearly || named) {
        char line[128];
        inspect_quote(line, sizeof line, scan->first_line);
        file->corrupt = true;
        pxk_fmt(file->why, sizeof file->why, "its first line is \"%s\", not \"#!ipxe\"", line);
    }
    bool plain = scan->is_script && inspect_is_whole(tr) && scan->kernels == 1 && !scan->branches && !scan->variables;
    if (plain) {
        struct pxk_facts *f = &s->facts;
        (void)pxk_str_copy(f->config, sizeof f->config, tr->file);
        inspect_quote(f->kernel, sizeof f->kernel, scan->kernel);
        f->initrds = scan->initrds;
        note_cmdline(s, scan->cmdline, pxk_ip_to4(tr->server));
    }
    free(scan);
}

/* ---- answer files ---- */

static bool begins(const struct pxk_transfer *tr, const char *text)
{
    size_t n = strlen(text);
    return tr->head_len >= n && memcmp(tr->head, text, n) == 0;
}

void inspect_answers(const struct pxk_transfer *tr, struct pxk_file *file)
{
    static const char crlf[] = "lines end in CR LF, as Windows writes them";
    const char *base = strrchr(tr->file, '/');
    bool user_data = strcmp(base ? base + 1 : tr->file, "user-data") == 0;
    const uint8_t *cr = memchr(tr->head, '\r', tr->head_len);
    bool is_html = strcmp(file->kind, "html") == 0;
    if (is_html)
        (void)pxk_str_copy(file->why, sizeof file->why, "an HTML page came in its place");
    else if (user_data && !begins(tr, "#cloud-config") && !begins(tr, "#!") && !begins(tr, "Content-Type:") &&
             !begins(tr, "MIME-Version:"))
        (void)pxk_str_copy(file->why, sizeof file->why, "its first line is not #cloud-config");
    else if (cr && cr + 1 < tr->head + tr->head_len && cr[1] == '\n')
        (void)pxk_str_copy(file->why, sizeof file->why, crlf);
    else
        return;
    file->corrupt = true;
}
