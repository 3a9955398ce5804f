/* shim: what it asks the network for before it hands over to the second stage.
 * Sources: shim netboot.c (parseDhcp4), httpboot.c, shim.c (load_unbundled_trust, init_grub), and
 * the captures ok-uefi-*, shim-without-grub-uefi: the default loader is tried twice, as "the name
 * given" and as "the default", because they are the same name. */
#include <stdio.h>
#include <stdlib.h>

#include "loader_int.h"

#define SHIM_CERTIFICATES_MAX 10

enum shim_step {
    SHIM_SKU,
    SHIM_SBAT,
    SHIM_REVOCATIONS,
    SHIM_CERTIFICATE,
    SHIM_LOADER,
    SHIM_LOADER_AGAIN
};

struct shim {
    enum shim_step step;
    unsigned certificate;
    bool http;
    char dir[PXK_PATH_MAX]; /* or the URL's directory */
    char second[32];        /* grubx64.efi */
};

static void ask(struct pxk_loader *l, enum pxk_role role, bool optional, const char *name)
{
    struct shim *s = l->state;
    struct loader_file f;
    char full[PXK_PATH_MAX];
    /* Over HTTP the second stage is appended with its own slash: "GET //grubx64.efi" is what real
     * shims send (capture ok-uefi-httpboot-v4); the TFTP code avoids the double slash. */
    bool doubled = s->http && role == PXK_ROLE_LOADER && pxk_str_ends(s->dir, "/");
    pxk_fmt(full, sizeof full, "%s%s%s", s->dir, doubled ? "/" : "", name);
    if (!s->http || !pxk_loader_file_url(&f, full, l->env.server))
        pxk_loader_file_plain(&f, full);
    pxk_loader_ask(l, role, optional, &f);
}

static void shim_ask(struct pxk_loader *l)
{
    struct shim *s = l->state;
    char name[40];
    switch (s->step) {
    case SHIM_SKU:
        ask(l, PXK_ROLE_OTHER, true, "revocations_sku.efi");
        break;
    case SHIM_SBAT:
        ask(l, PXK_ROLE_OTHER, true, "revocations_sbat.efi");
        break;
    case SHIM_REVOCATIONS:
        ask(l, PXK_ROLE_OTHER, true, "revocations.efi");
        break;
    case SHIM_CERTIFICATE:
        pxk_fmt(name, sizeof name, "shim_certificate_%u.efi", s->certificate);
        ask(l, PXK_ROLE_OTHER, true, name);
        break;
    case SHIM_LOADER:
    case SHIM_LOADER_AGAIN:
        ask(l, PXK_ROLE_LOADER, false, s->second);
        break;
    }
}

/* 16 and later ask for three files, 15.8 for one, older ones for none. */
static void by_version(struct shim *s, const char *version)
{
    unsigned major = 0, minor = 0;
    const char *digits = version + strcspn(version, "0123456789");
    s->step = SHIM_SKU;
    if (!strstr(version, "shim") || sscanf(digits, "%2u.%3u", &major, &minor) < 1 || major >= 16)
        return;
    s->step = major == 15 && minor >= 8 ? SHIM_REVOCATIONS : SHIM_LOADER;
}

static enum pxk_err shim_start(struct pxk_loader *l)
{
    struct shim *s = calloc(1, sizeof *s);
    if (!s)
        return PXK_E_NOMEM;
    l->state = s;
    s->http = pxk_loader_is_url(l->env.boot_file) && !pxk_str_starts(l->env.boot_file, "tftp:");
    if (!l->env.boot_file_in_option)
        pxk_loader_dir(s->dir, sizeof s->dir, l->env.boot_file);
    uint16_t machine = l->env.pe_machine ? l->env.pe_machine : l->inspected.pe_machine;
    pxk_fmt(s->second, sizeof s->second, "grub%s.efi", pxk_loader_efi_suffix(machine));
    by_version(s, l->inspected.version);
    shim_ask(l);
    return PXK_OK;
}

static void loader_fed(struct pxk_loader *l, enum pxk_fetched how)
{
    struct shim *s = l->state;
    if (how == PXK_FETCHED_OK) {
        pxk_loader_end(l, PXK_WANT_CHAIN);
        return;
    }
    if (s->step == SHIM_LOADER && how != PXK_FETCHED_FAILED) {
        s->step = SHIM_LOADER_AGAIN;
        shim_ask(l);
        return;
    }
    char name[PXK_PATH_MAX];
    pxk_str_copy(name, sizeof name, l->want.path);
    pxk_loader_stop(l, pxk_loader_stop_of(how, PXK_STOP_NEXT_LOADER_MISSING),
                    "shim wants its second stage %s beside itself, and that %s%s", name,
                    pxk_loader_fate(how),
                    l->env.boot_file_in_option
                        ? "; the boot file was named in option 67 only, which shim does not read, "
                          "so it looks in the root"
                        : "");
}

static void shim_fed(struct pxk_loader *l, enum pxk_fetched how, const uint8_t *data, size_t len)
{
    struct shim *s = l->state;
    (void)data; /* signatures and contents are other code's business */
    (void)len;
    switch (s->step) {
    case SHIM_SKU:
        s->step = SHIM_SBAT;
        break;
    case SHIM_SBAT:
        s->step = SHIM_CERTIFICATE;
        break;
    case SHIM_REVOCATIONS:
        s->step = SHIM_LOADER;
        break;
    case SHIM_CERTIFICATE:
        if (how != PXK_FETCHED_OK || ++s->certificate >= SHIM_CERTIFICATES_MAX)
            s->step = SHIM_LOADER;
        break;
    case SHIM_LOADER:
    case SHIM_LOADER_AGAIN:
        loader_fed(l, how);
        return;
    }
    shim_ask(l);
}

static void shim_done(struct pxk_loader *l)
{
    free(l->state);
}

const struct loader_machine pxk_shim_machine = {shim_start, shim_fed, shim_done};
