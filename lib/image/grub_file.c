/* "(device)/path" to a request. Sources: GRUB grub-core/kern/file.c, net/net.c
 * (grub_net_open_real), net/tftp.c. */
#include <stdlib.h>

#include "grub_loader.h"

/* "tftp", "tftp,host", "tftp:host": the part behind the name, or NULL for another device. */
static const char *network(const char *device, const char *name)
{
    size_t n = strlen(name);
    if (strncmp(device, name, n) != 0)
        return NULL;
    if (device[n] == '\0')
        return device + n;
    return device[n] == ',' || device[n] == ':' ? device + n + 1 : NULL;
}

static void collapse(char *path)
{
    char *to = path;
    for (const char *from = path; *from; from++)
        if (*from != '/' || to == path || to[-1] != '/')
            *to++ = *from;
    *to = '\0';
}

static const char *host_or_default(const struct gl *g, const char *host)
{
    const char *fallback = pxk_gl_get(g, "net_default_server");
    return *host || !fallback ? host : fallback;
}

static void http_file(struct loader_file *f, const char *host, const char *path, pxk_ip4 own)
{
    char url[2 * PXK_PATH_MAX];
    pxk_fmt(url, sizeof url, "http://%s%s%s", host, path[0] == '/' ? "" : "/", path);
    if (!pxk_loader_file_url(f, url, own))
        pxk_loader_file_plain(f, path);
}

enum gl_where pxk_gl_resolve(const struct pxk_loader *l, const char *name, struct loader_file *f)
{
    const struct gl *g = l->state;
    char device[PXK_PATH_MAX];
    const char *path = name, *host;
    const char *close = name[0] == '(' ? strchr(name, ')') : NULL;
    if (close) {
        pxk_str_copy_n(device, sizeof device, name + 1, (size_t)(close - name) - 1);
        path = close + 1;
    } else {
        const char *root = pxk_gl_get(g, "root");
        pxk_str_copy(device, sizeof device, root ? root : "");
    }
    pxk_loader_file_plain(f, path);
    if ((host = network(device, "http"))) {
        http_file(f, host_or_default(g, host), path, l->env.server);
        return GL_NET;
    }
    if (!(host = network(device, "tftp")) && !(host = network(device, "pxe")))
        return strcmp(device, "memdisk") == 0 ? GL_MEMDISK : GL_LOCAL;
    collapse(f->path);
    pxk_loader_file_host(f, host_or_default(g, host), l->env.server);
    return GL_NET;
}

static void memdisk(struct pxk_loader *l, const char *path)
{
    size_t n = pxk_image_grub_memdisk(l->image, l->image_len, path, NULL, 0);
    char *text = n && n <= LOADER_TEXT_MAX ? malloc(n + 1) : NULL;
    if (text && pxk_image_grub_memdisk(l->image, l->image_len, path, text, n + 1) == n)
        pxk_gl_fed(l, PXK_FETCHED_OK, (const uint8_t *)text, n);
    else
        pxk_gl_fed(l, PXK_FETCHED_MISSING, NULL, 0);
    free(text);
}

void pxk_gl_fetch(struct pxk_loader *l, enum gl_wait wait, enum pxk_role role, bool optional,
                  const char *name)
{
    struct gl *g = l->state;
    enum gl_where where = pxk_gl_resolve(l, name, &g->file);
    pxk_str_copy(g->name, sizeof g->name, name);
    g->wait = wait;
    g->steps += 10;
    switch (where) {
    case GL_NET:
        g->chain_fed_last = false;
        pxk_loader_ask(l, role, optional, &g->file);
        break;
    case GL_MEMDISK:
        memdisk(l, g->file.path);
        break;
    case GL_LOCAL:
        pxk_gl_fed(l, PXK_FETCHED_MISSING, NULL, 0);
        break;
    }
}
