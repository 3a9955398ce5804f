/* A finished download of a capture: what its first and last bytes say of it. Sources: see pxk/image/inspect.h; RFC 1952 2.3.1
 * (gzip's trailer), the xz format description 2.1.2 (its magic footer), linux early-userspace/buffer-format.rst. */
#include "inspect_int.h"

#include <stdlib.h>
#include <string.h>

enum { CONFIGS_MAX = 32 }; /* of one client that are played: its work is bounded */

bool inspect_is_whole(const struct pxk_transfer *tr)
{
    return tr->state == PXK_TRANSFER_DONE && tr->head && tr->bytes > 0 && tr->head_len == tr->bytes;
}

static const char *no_slash(const char *path)
{
    return path + strspn(path, "/");
}

const struct pxk_transfer *inspect_find(const struct pxk_session *s, const char *path)
{
    for (size_t i = s->transfers.n; i-- > 0;) {
        const struct pxk_transfer *tr = &s->transfers.at[i];
        if (!tr->probe && strcmp(no_slash(tr->file), no_slash(path)) == 0)
            return tr;
    }
    return NULL;
}

void inspect_quote(char *dst, size_t cap, const char *text)
{
    struct pxk_str b = pxk_str_init(dst, cap);
    pxk_str_add_quoted(&b, text, strlen(text));
}

/* ---- is it cut short? ---- */

/* gzip ends with CRC and unpacked size, xz with "YZ". A newc archive is a multiple of four bytes; deflate cannot shrink data
 * by more than 1032 to 1, and no initrd comes near it. Zeros at the end are padding and say nothing. */
static const char *tail_wrong(const struct pxk_transfer *tr, const struct pxk_image *image)
{
    enum { MOST = 200 };
    const uint8_t *end = tr->tail + tr->tail_len;
    if (tr->tail_len < 8)
        return NULL;
    if (image->kind == PXK_IMAGE_XZ && (end[-1] || end[-2]))
        return end[-2] == 'Y' && end[-1] == 'Z' ? NULL : "its last two bytes are not xz's end mark";
    if (image->kind != PXK_IMAGE_GZIP)
        return NULL;
    uint32_t size = (uint32_t)end[-4] | (uint32_t)end[-3] << 8 | (uint32_t)end[-2] << 16 | (uint32_t)end[-1] << 24;
    uint32_t crc = (uint32_t)end[-8] | (uint32_t)end[-7] << 8 | (uint32_t)end[-6] << 16 | (uint32_t)end[-5] << 24;
    if (!size && !crc)
        return NULL;
    if (size % 4)
        return "its last four bytes, gzip's unpacked size, are no multiple of four as an initrd's must be";
    return size / MOST > tr->bytes ? "its last four bytes, gzip's unpacked size, are out of all proportion" : NULL;
}

/* Paragraphs in a kernel's header are rounded up. */
static bool promises_more(const struct pxk_transfer *tr, const struct pxk_image *image)
{
    enum { SLACK = 15 };
    return image->expected > tr->bytes + SLACK;
}

static void note_whole(struct pxk_file *file, const struct pxk_transfer *tr, const struct pxk_image *image)
{
    const char *wrong = strcmp(file->role, "initrd") == 0 ? tail_wrong(tr, image) : NULL;
    file->truncated = file->corrupt = false;
    file->why[0] = '\0';
    if (tr->has_tsize && tr->tsize && tr->tsize != tr->bytes)
        return; /* that is another finding */
    if (promises_more(tr, image)) {
        file->truncated = true;
        pxk_fmt(file->why, sizeof file->why, "%llu bytes came, its own headers promise %llu", (unsigned long long)tr->bytes,
                (unsigned long long)image->expected);
    } else if (wrong) {
        file->truncated = true;
        (void)pxk_str_copy(file->why, sizeof file->why, wrong);
    }
}

/* ---- the entry ---- */

/* The bytes of a BIOS program, and the beginning of any other, have no name in them. */
static enum pxk_loader_id loader_of(const struct pxk_image *image, const char *path)
{
    static const struct {
        const char *part;
        enum pxk_loader_id id;
    } hint[] = {{"pxelinux", PXK_LOADER_PXELINUX}, {"syslinux", PXK_LOADER_PXELINUX}, {"shim", PXK_LOADER_SHIM},
                {"grub", PXK_LOADER_GRUB},         {"ipxe", PXK_LOADER_IPXE},         {"undionly", PXK_LOADER_IPXE},
                {"snponly", PXK_LOADER_IPXE},      {"bootmgfw", PXK_LOADER_WINDOWS},  {"wdsmgfw", PXK_LOADER_WINDOWS},
                {"wdsnbp", PXK_LOADER_WINDOWS}};
    if (image->loader != PXK_LOADER_NONE)
        return image->loader;
    for (size_t i = 0; i < PXK_COUNT(hint); i++)
        if (strstr(path, hint[i].part))
            return hint[i].id;
    return PXK_LOADER_NONE;
}

/* Up to its security directory, the PE header of a 64-bit image (PE/COFF 2.4). */
static bool header_is_there(const struct pxk_transfer *tr)
{
    enum { LFANEW = 0x3c, UP_TO_SECURITY = 24 + 112 + 5 * 8 };
    struct pxk_rd head = pxk_rd_init(tr->head, tr->head_len);
    struct pxk_rd at = pxk_rd_at(&head, LFANEW, 4);
    uint32_t pe = pxk_rd_le32(&at);
    return at.err == PXK_OK && pe <= tr->head_len && tr->head_len - pe >= UP_TO_SECURITY;
}

static void note_kind(struct pxk_file *file, const struct pxk_transfer *tr, const struct pxk_image *image)
{
    enum pxk_loader_id loader = strcmp(file->role, "loader") == 0 ? loader_of(image, tr->file) : PXK_LOADER_NONE;
    (void)pxk_str_copy(file->kind, sizeof file->kind, pxk_image_kind_key(image->kind));
    (void)pxk_str_copy(file->kind_words, sizeof file->kind_words, pxk_image_kind_words(image->kind));
    file->loader[0] = file->loader_words[0] = '\0';
    if (loader != PXK_LOADER_NONE) {
        (void)pxk_str_copy(file->loader, sizeof file->loader, pxk_loader_key(loader));
        (void)pxk_str_copy(file->loader_words, sizeof file->loader_words, pxk_loader_words(loader));
    }
    file->pe_machine = image->pe_machine;
    file->signature_known = image->pe_machine && header_is_there(tr);
    file->is_signed = image->is_signed;
    inspect_quote(file->version, sizeof file->version, image->version);
}

static struct pxk_file *entry(struct pxk_session *s, const char *url, const char *role)
{
    for (size_t i = 0; i < s->files.n; i++)
        if (strcmp(s->files.at[i].role, role) == 0 && strcmp(s->files.at[i].url, url) == 0)
            return &s->files.at[i];
    return s->files.n < INSPECT_FILES_MAX ? pxk_session_file(s, url, role) : NULL;
}

/* What the name says, and where it says nothing, the bytes. */
static const char *role_of(const struct pxk_transfer *tr, const struct pxk_image *image)
{
    const char *role = pxk_file_role(tr->file, NULL);
    bool kernel = image->kind == PXK_IMAGE_BZIMAGE || image->kind == PXK_IMAGE_ARM64_IMAGE || image->kind == PXK_IMAGE_RISCV_IMAGE ||
                  image->kind == PXK_IMAGE_EFI_ZBOOT;
    if (strcmp(role, "other") != 0)
        return kernel && strcmp(role, "initrd") == 0 ? "kernel" : role;
    if (image->kind == PXK_IMAGE_IPXE_SCRIPT)
        return "config";
    return kernel ? "kernel" : image->kind == PXK_IMAGE_PE ? "loader" : role;
}

/* @index: of the transfer in the session, -1 if it was no TFTP */
static void look(struct pxk_session *s, const struct pxk_transfer *tr, const char *url, int index)
{
    struct pxk_image image;
    pxk_image_inspect(tr->head, tr->head_len, &image);
    const char *role = role_of(tr, &image);
    bool text = image.kind == PXK_IMAGE_TEXT || image.kind == PXK_IMAGE_IPXE_SCRIPT;
    bool counts = strcmp(role, "module") != 0 && strcmp(role, "other") != 0;
    struct pxk_file *file = counts ? entry(s, url, role) : NULL;
    if (file) {
        (void)pxk_str_copy(file->path, sizeof file->path, tr->file);
        file->have = true;
        file->bytes = tr->bytes;
        file->seconds = (double)pxk_usec_since(tr->started, tr->last) / PXK_SEC;
        file->transfer = index;
        note_kind(file, tr, &image);
        note_whole(file, tr, &image);
        if (strcmp(role, "config") == 0 || image.kind == PXK_IMAGE_IPXE_SCRIPT)
            inspect_script(s, tr, file);
        if (strcmp(role, "answers") == 0)
            inspect_answers(tr, file);
    }
    if (text && image.kind != PXK_IMAGE_IPXE_SCRIPT && inspect_is_whole(tr) && s->looked++ < CONFIGS_MAX)
        inspect_config(s, tr);
}

static void look_tftp(struct pxk_session *s, const struct pxk_transfer *tr)
{
    char url[sizeof((struct pxk_file){0}).url], server[PXK_IP_STRLEN];
    pxk_fmt(url, sizeof url, "tftp://%s/%s", pxk_ip_text(tr->server, server), no_slash(tr->file));
    if (!tr->probe && tr->head_len)
        look(s, tr, url, (int)(tr - s->transfers.at));
}

/* A response as if it had been a transfer: the questions are the same. */
static void look_http(struct pxk_session *s, const struct pxk_http *h)
{
    struct pxk_transfer *tr = calloc(1, sizeof *tr);
    char url[sizeof((struct pxk_file){0}).url];
    if (!tr)
        return;
    tr->state = PXK_TRANSFER_DONE;
    tr->started = tr->last = h->at;
    tr->server = h->server;
    (void)pxk_str_copy_n(tr->file, sizeof tr->file, h->path, strcspn(h->path, "?"));
    tr->profile = strstr(h->agent, "iPXE") ? pxk_tftp_profile_by_key("ipxe") : NULL;
    tr->bytes = h->length ? h->length : h->head_len;
    tr->head = h->head;
    tr->head_len = h->head_len;
    pxk_fmt(url, sizeof url, "http://%s%s", h->host, h->path);
    look(s, tr, url, -1);
    free(tr);
}

void pxk_probe_inspect(struct pxk_tracker *t, const struct pxk_event *event)
{
    struct pxk_session *s = event->session;
    const struct pxk_http *h = event->http;
    (void)t;
    if (!s || s->facts.emulated)
        return;
    if (event->kind == PXK_EVENT_TFTP_DONE && event->transfer)
        look_tftp(s, event->transfer);
    else if (event->kind == PXK_EVENT_HTTP_DONE && h && h->status == 200 && h->head_len && strcmp(h->method, "GET") == 0)
        look_http(s, h);
}
