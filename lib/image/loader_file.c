/* Names of files as loaders' configurations write them, and what a request makes of them. */
#include "loader_int.h"

void pxk_loader_file_plain(struct loader_file *f, const char *path)
{
    *f = (struct loader_file){0};
    pxk_str_copy(f->path, sizeof f->path, path);
}

static size_t scheme_len(const char *s)
{
    size_t n = 0;
    while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z'))
        n++;
    return n && strncmp(s + n, "://", 3) == 0 ? n : 0;
}

bool pxk_loader_is_url(const char *s)
{
    return scheme_len(s) > 0;
}

static bool scheme_is(const char *url, size_t n, const char *name)
{
    char scheme[8];
    if (n >= sizeof scheme)
        return false;
    pxk_str_copy_n(scheme, sizeof scheme, url, n);
    return pxk_str_casecmp(scheme, name) == 0;
}

void pxk_loader_file_host(struct loader_file *f, const char *host, pxk_ip4 own)
{
    pxk_ip4 ip;
    if (!host[0])
        return;
    if (pxk_ip4_parse(host, &ip) == PXK_OK) {
        f->server = ip == own ? 0 : ip;
        return;
    }
    struct pxk_str url = pxk_str_init(f->url, sizeof f->url);
    pxk_str_addf(&url, "tftp://%s%s%s", host, f->path[0] == '/' ? "" : "/", f->path);
}

bool pxk_loader_file_url(struct loader_file *f, const char *url, pxk_ip4 own)
{
    size_t n = scheme_len(url);
    if (!n)
        return false;
    const char *host = url + n + 3;
    size_t host_n = strcspn(host, "/");
    const char *path = host[host_n] ? host + host_n : "/";
    char name[256];
    if (!host_n || !pxk_str_copy_n(name, sizeof name, host, host_n))
        return false;
    *f = (struct loader_file){0};
    if (scheme_is(url, n, "tftp")) {
        /* The slash behind the host only ends it: RFC 3617 3. */
        pxk_str_copy(f->path, sizeof f->path, path + 1);
        pxk_loader_file_host(f, name, own);
        return true;
    }
    f->http = scheme_is(url, n, "http") || scheme_is(url, n, "https");
    pxk_str_copy(f->path, sizeof f->path, path);
    pxk_str_copy(f->url, sizeof f->url, url);
    name[strcspn(name, ":")] = '\0';
    pxk_ip4 ip;
    if (pxk_ip4_parse(name, &ip) == PXK_OK && ip != own)
        f->server = ip;
    return true;
}

void pxk_loader_dir(char *out, size_t cap, const char *path)
{
    size_t n = strlen(path);
    while (n && path[n - 1] != '/' && path[n - 1] != '\\')
        n--;
    pxk_str_copy_n(out, cap, path, n);
}

const char *pxk_loader_efi_suffix(uint16_t pe_machine)
{
    switch (pe_machine) {
    case 0x014c:
        return "ia32";
    case 0x01c0:
    case 0x01c2:
    case 0x01c4:
        return "arm";
    case 0xaa64:
        return "aa64";
    case 0x5064:
        return "riscv64";
    case 0x6264:
        return "loongarch64";
    default:
        return "x64";
    }
}
