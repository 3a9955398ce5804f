/* One file at a time: a TFTP transfer with the habits of whoever asks, or a request to the driver for HTTP;
 * then what the file is, written into the session. */
#include <openssl/evp.h>
#include <stdlib.h>

#include "client_int.h"
#include "overrides_int.h"

void content_done(struct pxk_content *content)
{
    free(content->data);
    *content = (struct pxk_content){0};
}

static bool content_write(void *ctx, const void *data, size_t len)
{
    struct pxk_content *content = &((struct pxk_client *)ctx)->content;
    if (len > PXK_FILE_BYTES_MAX - content->len)
        return false;
    if (content->len + len > content->cap) {
        size_t cap = content->cap ? content->cap * 2 : 64 * 1024;
        while (cap < content->len + len) /* HTTP brings a whole file at once */
            cap *= 2;
        uint8_t *p = realloc(content->data, cap);
        if (!p)
            return false;
        content->data = p;
        content->cap = cap;
    }
    memcpy(content->data + content->len, data, len);
    content->len += len;
    return true;
}

static void udp_send(void *ctx, uint16_t sport, uint16_t dport, const void *payload, size_t len)
{
    struct pxk_client *c = ctx;
    pxk_host_send_udp(&c->host, c->tftpc.server, sport, dport, c->tftpc.who->ttl, payload, len,
                      c->now);
}

static uint16_t port_take(struct pxk_client *c, const struct pxk_tftp_profile *who)
{
    if (!who->first_port)
        return c->next_port++;
    if (!c->loader_port)
        c->loader_port = who->first_port;
    return c->loader_port++;
}

static void transfer_start(struct pxk_client *c, const struct pxk_tftp_profile *who, bool probe, pxk_usec now)
{
    const struct pxk_pace *pace = c->opts.pace;
    struct pxk_tftpc_io io = {.send = udp_send, .write = content_write, .ctx = c};
    /* The machine sends its first request from inside _start, and udp_send() reads these two. */
    c->tftpc.server = c->fetch.server;
    c->tftpc.who = who;
    pxk_tftpc_start(&c->tftpc, who, &io, c->fetch.server, port_take(c, who), c->fetch.path, probe, pace->tftp_cap_ms,
                    pace->tftp_tries, now);
}

/* After the size is known the firmware allocates so much (PxeBcBoot.c, PxeBcReadBootFile) and reads the file itself, from its
 * next port. */
static void transfer_sized(struct pxk_client *c, const struct pxk_tftp_profile *who, uint64_t size, pxk_usec now)
{
    transfer_start(c, who, false, now);
    c->tftpc.has_room = true;
    c->tftpc.room = size;
}

void client_fetch(struct pxk_client *c, pxk_ip4 server, const char *path, const char *profile, enum pxk_role role,
                  bool optional, pxk_usec now)
{
    char ip[PXK_IP4_STRLEN];
    const struct pxk_tftp_profile *who = &c->habits;
    overrides_tftp(c->opts.overrides, pxk_tftp_profile_by_key(profile), &c->habits);
    c->fetch = (struct fetch){.busy = true, .role = role, .optional = optional, .server = server, .started = now};
    (void)pxk_str_copy(c->fetch.path, sizeof c->fetch.path, path);
    pxk_fmt(c->fetch.url, sizeof c->fetch.url, "tftp://%s/%s", pxk_ip4_text(server, ip), path + (*path == '/'));
    c->content.len = 0;
    if (!server) { /* nothing to send to: no packet leaves a real client either */
        c->tftpc = (struct pxk_tftpc){.who = who, .state = PXK_TFTPC_FAILED, .deadline = PXK_NEVER};
        pxk_fmt(c->tftpc.why, sizeof c->tftpc.why, "no server address is known (next-server is 0.0.0.0)");
        return;
    }
    /* EDK2 asks for the size first, unless option 13 told it (PxeBcMtftp.c). */
    if (who->probe_n > 0 && c->dhcpc.lease.boot_blocks)
        transfer_sized(c, who, (uint64_t)c->dhcpc.lease.boot_blocks * 512, now);
    else
        transfer_start(c, who, who->probe_n > 0, now);
}

void client_fetch_http(struct pxk_client *c, const char *url, enum pxk_role role, bool optional, pxk_usec now)
{
    c->fetch = (struct fetch){.busy = true, .http = true, .role = role, .optional = optional, .started = now};
    (void)pxk_str_copy(c->fetch.url, sizeof c->fetch.url, url);
    (void)pxk_str_copy(c->fetch.path, sizeof c->fetch.path, url);
    c->content.len = 0;
    c->io.want_http(c->io.ctx, url);
}

static void sha256_text(const void *data, size_t len, char out[static 65])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    out[0] = '\0';
    if (!EVP_Digest(data ? data : "", len, digest, &n, EVP_sha256(), NULL))
        return;
    for (unsigned i = 0; i < n && i < 32; i++)
        pxk_fmt(out + (size_t)i * 2, 3, "%02x", digest[i]);
}

static bool verify_wanted(enum pxk_role role)
{
    return role == PXK_ROLE_KERNEL || role == PXK_ROLE_INITRD || role == PXK_ROLE_LOADER;
}

/* Unpacking an initrd costs half a second: once for each content is enough. */
static void verify_once(struct pxk_client *c, const char *sha256, struct pxk_image *image)
{
    struct pxk_known_files *known = c->opts.known;
    for (size_t i = 0; known && i < PXK_COUNT(known->file); i++) {
        if (*sha256 && strcmp(known->file[i].sha256, sha256) == 0) {
            *image = known->file[i].image;
            return;
        }
    }
    pxk_image_verify(c->content.data, c->content.len, 0, image);
    if (!known)
        return;
    struct pxk_known_file *slot = &known->file[known->next++ % PXK_COUNT(known->file)];
    (void)pxk_str_copy(slot->sha256, sizeof slot->sha256, sha256);
    slot->image = *image;
}

static void file_describe(struct pxk_client *c, struct pxk_file *file)
{
    struct pxk_image image;
    file->bytes = c->content.len;
    sha256_text(c->content.data, c->content.len, file->sha256);
    if (verify_wanted(c->fetch.role))
        verify_once(c, file->sha256, &image);
    else
        pxk_image_inspect(c->content.data, c->content.len, &image);
    (void)pxk_str_copy(file->kind, sizeof file->kind, pxk_image_kind_key(image.kind));
    (void)pxk_str_copy(file->kind_words, sizeof file->kind_words, pxk_image_kind_words(image.kind));
    if (image.loader != PXK_LOADER_NONE) {
        (void)pxk_str_copy(file->loader, sizeof file->loader, pxk_loader_key(image.loader));
        (void)pxk_str_copy(file->loader_words, sizeof file->loader_words, pxk_loader_words(image.loader));
    }
    file->pe_machine = image.pe_machine;
    file->truncated = image.truncated;
    file->corrupt = image.corrupt;
    struct pxk_str version = pxk_str_init(file->version, sizeof file->version);
    pxk_str_add_quoted(&version, image.version, strlen(image.version));
    (void)pxk_str_copy(file->why, sizeof file->why, image.why);
}

static struct pxk_file *file_record(struct pxk_client *c, enum pxk_fetched how, pxk_usec now)
{
    char url[sizeof((struct pxk_file *)0)->url];
    client_quote(url, sizeof url, c->fetch.url);
    struct pxk_file *file = pxk_session_file(c->session, url, pxk_role_key(c->fetch.role));
    if (!file) {
        c->spill = (struct pxk_file){0};
        file = &c->spill;
    }
    client_quote(file->path, sizeof file->path, c->fetch.path);
    file->optional = c->fetch.optional;
    file->have = how == PXK_FETCHED_OK;
    file->failed = how != PXK_FETCHED_OK;
    file->seconds = (double)pxk_usec_since(c->fetch.started, now) / 1e6;
    file->transfer = -1;
    if (!c->fetch.http && c->session->transfers.n)
        file->transfer = (int)c->session->transfers.n - 1;
    if (how == PXK_FETCHED_OK)
        file_describe(c, file);
    else if (c->fetch.http)
        (void)pxk_str_copy(file->why, sizeof file->why, c->fetch.why);
    else
        (void)pxk_str_copy(file->why, sizeof file->why,
                           c->tftpc.state == PXK_TFTPC_REFUSED ? c->tftpc.message : c->tftpc.why);
    return file;
}

static void fetch_end(struct pxk_client *c, enum pxk_fetched how, pxk_usec now)
{
    c->fetch.busy = false;
    struct pxk_file *file = file_record(c, how, now);
    char size[32] = "";
    struct pxk_str text = pxk_str_init(size, sizeof size);
    pxk_str_add_bytes(&text, file->bytes);
    if (how == PXK_FETCHED_OK)
        client_fact(c, now, "%s: %s, %s%s%s", file->path, size, file->kind_words, *file->version ? ", " : "",
                    file->version);
    else
        client_fact(c, now, "%s: not fetched (%s)%s", file->path,
                    how == PXK_FETCHED_MISSING ? "not found" : *file->why ? file->why : "failed",
                    file->optional ? "; it is optional" : "");
    client_fetched(c, how, file, now);
}

void client_fetch_poll(struct pxk_client *c, pxk_usec now)
{
    if (!c->fetch.busy || c->fetch.http || !pxk_tftpc_over(&c->tftpc))
        return;
    const struct pxk_tftpc *t = &c->tftpc;
    enum pxk_fetched how = PXK_FETCHED_FAILED;
    if (t->state == PXK_TFTPC_DONE && t->probe) {
        transfer_sized(c, t->who, t->tsize, now);
        return;
    }
    if (t->state == PXK_TFTPC_DONE)
        how = PXK_FETCHED_OK;
    else if (t->state == PXK_TFTPC_REFUSED)
        how = t->error == PXK_TFTP_E_NOT_FOUND ? PXK_FETCHED_MISSING : PXK_FETCHED_REFUSED;
    fetch_end(c, how, now);
}

void pxk_client_http_done(struct pxk_client *c, unsigned status, const void *data, size_t len, const char *why,
                          pxk_usec now)
{
    enum pxk_fetched how = PXK_FETCHED_OK;
    c->now = now;
    if (!c->fetch.busy || !c->fetch.http)
        return;
    if (status == 0)
        how = PXK_FETCHED_FAILED;
    else if (status == 404 || status == 410)
        how = PXK_FETCHED_MISSING;
    else if (status < 200 || status > 299)
        how = PXK_FETCHED_REFUSED;
    else if (len && !content_write(c, data, len))
        how = PXK_FETCHED_FAILED;
    if (status)
        pxk_fmt(c->fetch.why, sizeof c->fetch.why, "HTTP status %u", status);
    else
        (void)pxk_str_copy(c->fetch.why, sizeof c->fetch.why, why && *why ? why : "no answer");
    fetch_end(c, how, now);
}

void pxk_client_http_unavailable(struct pxk_client *c, const char *why, pxk_usec now)
{
    if (!c->fetch.busy || !c->fetch.http)
        return;
    c->now = now;
    c->fetch.busy = false;
    client_http_unavailable(c, why, now);
}
