/* What the files mean: does the firmware start its boot file, which loader is it, what does that want next,
 * does the kernel fit, which answer files does its command line name. */
#include "client_int.h"

#define LOADERS_MAX 8 /* shim, GRUB, iPXE and back: more load each other for ever */

static void stop(struct pxk_client *c, enum pxk_stop why, const char *sentence, pxk_usec now)
{
    struct pxk_facts *f = &c->session->facts;
    (void)pxk_str_copy(f->stop, sizeof f->stop, pxk_stop_key(why));
    client_quote(f->stop_why, sizeof f->stop_why, sentence);
    (void)pxk_str_copy(f->stop_screen, sizeof f->stop_screen, pxk_stop_screen(why));
    client_fact(c, now, "stops: %s", sentence);
    client_close(c, now);
}

/* tftp://10.0.0.1/a/b asks 10.0.0.1 for a/b, tftp://10.0.0.1//a for /a. False: it is none, or names its host. */
/* Here ends what this version knows of loaders: no fault of the network. */
static void stop_unjudged(struct pxk_client *c, const char *sentence, pxk_usec now)
{
    c->session->facts.unjudged = true;
    stop(c, PXK_STOP_UNSUPPORTED, sentence, now);
}

static bool tftp_url_split(const char *url, pxk_ip4 *server, char *path, size_t cap)
{
    char host[PXK_IP4_STRLEN];
    const char *rest = pxk_str_starts(url, "tftp://") ? url + 7 : "";
    size_t n = strcspn(rest, "/");
    if (!rest[n] || !pxk_str_copy_n(host, sizeof host, rest, n) || pxk_ip4_parse(host, server) != PXK_OK)
        return false;
    return pxk_str_copy(path, cap, rest + n + 1);
}

void client_loading_start(struct pxk_client *c, pxk_usec now)
{
    const char *file = c->dhcpc.boot_file;
    char path[PXK_PATH_MAX];
    pxk_ip4 server;
    c->phase = PHASE_FIRMWARE;
    /* iPXE takes a URL as it is; a PXE (not HTTP boot) UEFI firmware asks TFTP for a file of that name. */
    bool ipxe = c->dhcpc.who->rules == PXK_RULES_IPXE;
    if (ipxe && c->io.want_http && (pxk_str_starts(file, "http://") || pxk_str_starts(file, "https://")))
        client_fetch_http(c, file, PXK_ROLE_LOADER, false, now);
    else if (ipxe && tftp_url_split(file, &server, path, sizeof path))
        client_fetch(c, server, path, c->dhcpc.who->tftp, PXK_ROLE_LOADER, false, now);
    else
        client_fetch(c, c->dhcpc.boot_server, file, c->dhcpc.who->tftp, PXK_ROLE_LOADER, false, now);
}

/* ---- is it a program for this machine? ---- */

static bool is_x86(uint16_t machine)
{
    return machine == 0x8664 || machine == 0x014c;
}

static bool is_text(enum pxk_image_kind kind)
{
    return kind == PXK_IMAGE_HTML || kind == PXK_IMAGE_TEXT || kind == PXK_IMAGE_EMPTY;
}

static uint16_t firmware_machine(const struct pxk_client *c)
{
    const struct pxk_arch *row = pxk_arch_by_code(c->opts.arch);
    return row ? row->pe_machine : 0;
}

static bool firmware_starts(const struct pxk_client *c, const struct pxk_image *image, struct pxk_file *file)
{
    if (c->opts.persona->efi) {
        uint16_t machine = firmware_machine(c);
        file->wrong_arch = image->pe_machine != machine && !is_text(image->kind);
        bool is_pe = image->kind == PXK_IMAGE_PE || image->pe_machine;
        return is_pe && image->pe_machine == machine && !image->truncated && !image->corrupt;
    }
    file->wrong_arch = image->kind == PXK_IMAGE_PE || image->kind == PXK_IMAGE_ARM64_IMAGE;
    return !file->wrong_arch && !is_text(image->kind);
}

static bool kernel_fits(const struct pxk_client *c, const struct pxk_image *image, struct pxk_file *file)
{
    uint16_t machine = firmware_machine(c);
    bool kernel = image->kind == PXK_IMAGE_BZIMAGE || image->kind == PXK_IMAGE_ARM64_IMAGE ||
                  image->kind == PXK_IMAGE_RISCV_IMAGE || image->kind == PXK_IMAGE_EFI_ZBOOT ||
                  image->kind == PXK_IMAGE_PE || image->kind == PXK_IMAGE_ELF;
    if (!kernel)
        return false;
    if (!c->opts.persona->efi)
        file->wrong_arch = image->kind != PXK_IMAGE_BZIMAGE && image->kind != PXK_IMAGE_ELF;
    else if (image->kind == PXK_IMAGE_BZIMAGE)
        file->wrong_arch = !is_x86(machine);
    else if (image->pe_machine)
        file->wrong_arch = image->pe_machine != machine;
    return !file->wrong_arch && !image->truncated && !image->corrupt;
}

/* ---- loaders ---- */

static void chain_note(struct pxk_client *c, const char *name)
{
    struct pxk_facts *f = &c->session->facts;
    char quoted[sizeof f->loader_chain];
    size_t n = strlen(f->loader_chain);
    client_quote(quoted, sizeof quoted, name);
    pxk_fmt(f->loader_chain + n, sizeof f->loader_chain - n, "%s%s", n ? " > " : "", quoted);
}

static const char *dir_file(const struct pxk_boot_info *info)
{
    return *info->file ? info->file : info->option67;
}

/* shim reads the header's file and siaddr alone, from the ACK or, if that names no file, from the proxy's
 * answers (netboot.c: parseDhcp4()); GRUB wants siaddr from the ACK, else option 66. */
static void env_of(const struct pxk_client *c, enum pxk_loader_id id, struct pxk_loader_env *env)
{
    const struct pxk_lease *l = &c->dhcpc.lease;
    const struct pxk_arch *arch = pxk_arch_by_code(c->opts.arch);
    *env = (struct pxk_loader_env){.mac = c->opts.mac, .has_uuid = true, .uuid = c->opts.uuid,
                                   .acked_uuid = l->uuid_echoed, .ip = l->ip, .netmask = l->netmask,
                                   .gateway = l->gateway, .server = c->dhcpc.boot_server,
                                   .efi = c->opts.persona->efi, .pe_machine = arch ? arch->pe_machine : 0};
    (void)pxk_str_copy(env->boot_file, sizeof env->boot_file, c->dhcpc.boot_file);
    (void)pxk_str_copy(env->config_file, sizeof env->config_file, l->config_file);
    (void)pxk_str_copy(env->path_prefix, sizeof env->path_prefix, l->path_prefix);
    if (id == PXK_LOADER_SHIM) {
        const struct pxk_boot_info *from = &l->ack;
        if (!*from->file && l->proxy.there)
            from = &l->proxy;
        if (!*from->file && l->reply.there && *l->reply.file)
            from = &l->reply;
        (void)pxk_str_copy(env->boot_file, sizeof env->boot_file, from->file);
        env->boot_file_in_option = !*from->file && *from->option67;
        env->server = from->siaddr;
    } else if (id == PXK_LOADER_GRUB) {
        env->server = l->ack.siaddr;
        if (!env->server && pxk_ip4_parse(l->ack.option66, &env->server) != PXK_OK)
            env->server = 0;
        (void)pxk_str_copy(env->boot_file, sizeof env->boot_file, dir_file(&l->ack));
    }
}

/* Files written without marks are taken for what their name says. */
static enum pxk_loader_id loader_guess(enum pxk_loader_id id, const char *path)
{
    static const struct {
        const char *part;
        enum pxk_loader_id id;
    } hint[] = {{"pxelinux", PXK_LOADER_PXELINUX}, {"syslinux", PXK_LOADER_PXELINUX}, {"shim", PXK_LOADER_SHIM},
                {"grub", PXK_LOADER_GRUB}, {"ipxe", PXK_LOADER_IPXE}, {"undionly", PXK_LOADER_IPXE}};
    for (size_t i = 0; id == PXK_LOADER_NONE && i < PXK_COUNT(hint); i++)
        if (strstr(path, hint[i].part))
            id = hint[i].id;
    return id;
}

/* iPXE, loaded, runs its own DHCP with its own marks; a server that gives it itself again never gets on. */
static void ipxe_starts(struct pxk_client *c, pxk_usec now)
{
    if (++c->ipxe_rounds > 1 || (!c->opts.persona->efi && c->ipxe_rounds > 0 && c->opts.persona->ipxe)) {
        c->session->facts.chain_loop = true;
        client_fact(c, now, "iPXE is given iPXE again: it would load itself for ever");
        client_close(c, now);
        return;
    }
    client_fact(c, now, "iPXE runs its own DHCP");
    c->first_dhcpc = c->dhcpc;
    if (pxk_prober_deadline(&c->prober) != PXK_NEVER)
        c->prober.state = PROBER_IDLE; /* the address goes; it starts over with the new one */
    pxk_host_set_address(&c->host, 0, 0, 0);
    client_dhcp_start(c, pxk_persona_by_key(c->opts.persona->efi ? "ipxe-efi" : "ipxe-bios"), now);
}

static void loader_start(struct pxk_client *c, enum pxk_loader_id id, const char *path, pxk_usec now)
{
    struct pxk_loader_env env;
    char sentence[256];
    id = loader_guess(id, path);
    chain_note(c, id == PXK_LOADER_NONE ? path : pxk_loader_words(id));
    if (++c->loaders > LOADERS_MAX) {
        stop(c, PXK_STOP_CONFIG_LOOP, "the boot loaders load each other for ever", now);
        return;
    }
    if (id == PXK_LOADER_IPXE) {
        ipxe_starts(c, now);
        return;
    }
    env_of(c, id, &env);
    /* The loader looks into its own image, so the bytes are kept while the next files arrive. */
    content_done(&c->image);
    c->image = c->content;
    c->content = (struct pxk_content){0};
    c->loader = pxk_loader_free(c->loader);
    c->loader_id = id;
    c->loader_port = 0;
    c->phase = PHASE_LOADER;
    if (pxk_loader_new(id, &env, c->image.data, c->image.len, &c->loader) != PXK_OK) {
        pxk_fmt(sentence, sizeof sentence, "%s runs; what %s would do next is not known to this version", path,
                pxk_loader_words(id));
        stop_unjudged(c, sentence, now);
        return;
    }
    client_fact(c, now, "%s starts: %s", path, pxk_loader_words(id));
    client_loader_next(c, now);
}

static void boot_file_fetched(struct pxk_client *c, enum pxk_fetched how, struct pxk_file *file, pxk_usec now)
{
    struct pxk_image image;
    client_probe_path(c, now);
    if (how != PXK_FETCHED_OK) {
        client_close(c, now);
        return;
    }
    pxk_image_inspect(c->content.data, c->content.len, &image);
    if (!firmware_starts(c, &image, file)) {
        c->session->facts.firmware_rejects = true;
        client_fact(c, now, "the firmware does not start %s: %s", file->path, file->kind_words);
        client_close(c, now);
        return;
    }
    if (image.kind == PXK_IMAGE_IPXE_SCRIPT) {
        chain_note(c, "iPXE script");
        stop_unjudged(c, "the boot file is an iPXE script; this version does not follow scripts", now);
        return;
    }
    if (!client_wants_more(c, PXK_MILESTONE_LOADER)) {
        chain_note(c, pxk_loader_words(image.loader));
        client_close(c, now);
        return;
    }
    loader_start(c, image.loader, file->path, now);
}

static const char *loader_profile(enum pxk_loader_id id)
{
    return id == PXK_LOADER_PXELINUX ? "pxelinux" : id == PXK_LOADER_SHIM ? "shim" : "grub";
}

/* ---- after the kernel ---- */

static void install_next(struct pxk_client *c, pxk_usec now)
{
    struct pxk_facts *f = &c->session->facts;
    while (c->install_at < c->install.n) {
        const struct pxk_install_file *file = &c->install.file[c->install_at];
        char path[PXK_PATH_MAX];
        pxk_ip4 server;
        if (pxk_str_starts(file->url, "http") && c->io.want_http) {
            client_fetch_http(c, file->url, PXK_ROLE_ANSWERS, !file->required, now);
            return;
        }
        if (tftp_url_split(file->url, &server, path, sizeof path)) {
            client_fetch(c, server, path, "installer", PXK_ROLE_ANSWERS, !file->required, now);
            return;
        }
        client_fact(c, now, "%s: not fetched by this version (%s)", file->url, file->parameter);
        f->install_unchecked++;
        c->install_at++;
    }
    client_close(c, now);
}

static void install_fetched(struct pxk_client *c, enum pxk_fetched how, pxk_usec now)
{
    struct pxk_facts *f = &c->session->facts;
    if (how == PXK_FETCHED_OK)
        f->install_found++;
    else if (c->install.file[c->install_at].required)
        f->install_missing++;
    c->install_at++;
    install_next(c, now);
}

static void booted(struct pxk_client *c, pxk_usec now)
{
    const struct pxk_boot *boot = pxk_loader_boot(c->loader);
    struct pxk_facts *f = &c->session->facts;
    f->booted = true;
    f->waits_for_key = boot->waits_for_key;
    f->initrds = (unsigned)boot->initrd_n;
    struct pxk_str label = pxk_str_init(f->label, sizeof f->label);
    pxk_str_add_quoted(&label, boot->label, strlen(boot->label));
    client_quote(f->kernel, sizeof f->kernel, boot->kernel);
    struct pxk_str cmdline = pxk_str_init(f->cmdline, sizeof f->cmdline);
    pxk_str_add_quoted(&cmdline, boot->cmdline, strlen(boot->cmdline));
    client_fact(c, now, "boots \"%s\": %s", f->label, f->cmdline);
    if (f->initrd_broken)
        client_fact(c, now, "the kernel cannot unpack its initrd and panics");
    if (f->initrd_broken || !client_wants_more(c, PXK_MILESTONE_INITRD)) {
        client_close(c, now);
        return;
    }
    pxk_install_from_cmdline(boot->cmdline, c->dhcpc.boot_server, &c->install);
    (void)pxk_str_copy(f->installer, sizeof f->installer, c->install.installer);
    (void)pxk_str_copy(f->install_problem, sizeof f->install_problem, c->install.problem);
    f->install_files = (unsigned)c->install.n;
    c->phase = PHASE_INSTALL;
    c->loader_port = 0;
    install_next(c, now);
}

/* False: there is no way to it, and the loader was told so. */
static bool want_fetch(struct pxk_client *c, const struct pxk_want *want, pxk_usec now)
{
    if (want->http) {
        if (c->io.want_http) {
            client_fetch_http(c, want->url, want->role, want->optional, now);
            return true;
        }
        client_fact(c, now, "%s: HTTP is not available here", want->url);
        pxk_loader_feed(c->loader, PXK_FETCHED_FAILED, NULL, 0);
        return false;
    }
    struct pxk_loader_env env;
    env_of(c, c->loader_id, &env);
    client_fetch(c, want->server ? want->server : env.server, want->path, loader_profile(c->loader_id), want->role,
                 want->optional, now);
    return true;
}

/* The next loader is the file that was fed last. */
static void chain(struct pxk_client *c, pxk_usec now)
{
    struct pxk_image image;
    pxk_image_inspect(c->content.data, c->content.len, &image);
    loader_start(c, image.loader, c->fetch.path, now);
}

void client_loader_next(struct pxk_client *c, pxk_usec now)
{
    struct pxk_want want;
    pxk_loader_next(c->loader, &want);
    while (want.kind == PXK_WANT_FILE) {
        if (want.role == PXK_ROLE_INITRD && !client_wants_more(c, PXK_MILESTONE_KERNEL)) {
            client_close(c, now);
            return;
        }
        if (want_fetch(c, &want, now))
            return;
        pxk_loader_next(c->loader, &want);
    }
    switch (want.kind) {
    case PXK_WANT_FILE:
        break;
    case PXK_WANT_BOOT:
        booted(c, now);
        break;
    case PXK_WANT_CHAIN:
        chain(c, now);
        break;
    case PXK_WANT_LOCAL:
        c->session->facts.local_boot = true;
        client_fact(c, now, "the configuration says: boot the local disk");
        client_close(c, now);
        break;
    case PXK_WANT_STOP:
        stop(c, want.stop, want.why, now);
        break;
    }
}

/* TCP could not be had: what needs it stays unchecked, and no verdict is made of that. */
void client_http_unavailable(struct pxk_client *c, const char *why, pxk_usec now)
{
    client_fact(c, now, "%s is not fetched: %s", c->fetch.url, why);
    if (c->phase == PHASE_INSTALL) {
        c->session->facts.install_unchecked++;
        c->install_at++;
        install_next(c, now);
    } else {
        stop_unjudged(c, why, now);
    }
}

/* A kernel or second loader that cannot run here ends the boot, whatever the loader thinks of it. */
static bool file_refused(struct pxk_client *c, struct pxk_file *file, pxk_usec now)
{
    struct pxk_image image;
    if (c->fetch.role != PXK_ROLE_KERNEL && c->fetch.role != PXK_ROLE_LOADER)
        return false;
    pxk_image_inspect(c->content.data, c->content.len, &image);
    bool fine = c->fetch.role == PXK_ROLE_KERNEL ? kernel_fits(c, &image, file) : firmware_starts(c, &image, file);
    if (!fine) {
        client_fact(c, now, "%s cannot be started: %s%s%s", file->path, file->kind_words, *file->why ? ", " : "", file->why);
        if (c->fetch.role == PXK_ROLE_LOADER)
            c->session->facts.firmware_rejects = true;
    }
    return !fine;
}

static void loader_fetched(struct pxk_client *c, enum pxk_fetched how, struct pxk_file *file, pxk_usec now)
{
    bool have = how == PXK_FETCHED_OK;
    if (have && file_refused(c, file, now)) {
        client_close(c, now);
        return;
    }
    if (have && c->fetch.role == PXK_ROLE_CONFIG) {
        (void)pxk_str_copy(c->session->facts.config, sizeof c->session->facts.config, file->path);
        if (!client_wants_more(c, PXK_MILESTONE_CONFIG)) {
            client_close(c, now);
            return;
        }
    }
    if (have && c->fetch.role == PXK_ROLE_INITRD && c->content.len == 0) {
        file->truncated = true;
        (void)pxk_str_copy(file->why, sizeof file->why, "the file is empty");
    }
    if (have && c->fetch.role == PXK_ROLE_INITRD && (file->truncated || file->corrupt)) {
        /* The loader hands it over; the kernel then finds no init and panics. */
        c->session->facts.initrd_broken = true;
    }
    pxk_loader_feed(c->loader, how, have ? c->content.data : NULL, have ? c->content.len : 0);
    client_loader_next(c, now);
}

void client_fetched(struct pxk_client *c, enum pxk_fetched how, struct pxk_file *file, pxk_usec now)
{
    switch (c->phase) {
    case PHASE_FIRMWARE:
        boot_file_fetched(c, how, file, now);
        break;
    case PHASE_LOADER:
        loader_fetched(c, how, file, now);
        break;
    case PHASE_INSTALL:
        install_fetched(c, how, now);
        break;
    case PHASE_IDLE:
    case PHASE_DHCP:
    case PHASE_CLOSING:
    case PHASE_LEAVING:
    case PHASE_DONE:
        break;
    }
}
