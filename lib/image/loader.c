/* The frame around the boot loader machines: which machine, the bound on files, and how a step
 * ends. */
#include <stdio.h>
#include <stdlib.h>

#include "loader_int.h"

const char *pxk_role_key(enum pxk_role role)
{
    static const char *const key[] = {
#define X(name, k) [PXK_ROLE_##name] = k,
        PXK_ROLES(X)
#undef X
    };
    return (unsigned)role < PXK_COUNT(key) ? key[role] : "other";
}

const char *pxk_stop_key(enum pxk_stop stop)
{
    static const char *const key[] = {
#define X(name, k, screen) [PXK_STOP_##name] = k,
        PXK_STOPS(X)
#undef X
    };
    return (unsigned)stop < PXK_COUNT(key) ? key[stop] : "unsupported";
}

const char *pxk_stop_screen(enum pxk_stop stop)
{
    static const char *const text[] = {
#define X(name, k, screen) [PXK_STOP_##name] = screen,
        PXK_STOPS(X)
#undef X
    };
    return (unsigned)stop < PXK_COUNT(text) ? text[stop] : "";
}

static const struct loader_machine *machine_of(enum pxk_loader_id id)
{
    switch (id) {
    case PXK_LOADER_PXELINUX:
        return &pxk_syslinux_machine;
    case PXK_LOADER_SHIM:
        return &pxk_shim_machine;
    case PXK_LOADER_GRUB:
        return &pxk_grub_machine;
    case PXK_LOADER_NONE:
    case PXK_LOADER_IPXE:
    case PXK_LOADER_SYSTEMD_BOOT:
    case PXK_LOADER_WINDOWS:
    case PXK_LOADER_N:
        break;
    }
    return NULL;
}

enum pxk_err pxk_loader_new(enum pxk_loader_id id, const struct pxk_loader_env *env,
                            const void *image, size_t len, struct pxk_loader **out)
{
    const struct loader_machine *machine = machine_of(id);
    if (!machine)
        return PXK_E_UNSUPPORTED;
    struct pxk_loader *l = calloc(1, sizeof *l);
    if (!l)
        return PXK_E_NOMEM;
    l->machine = machine;
    l->env = *env;
    l->env.boot_file[PXK_PATH_MAX - 1] = '\0';
    l->env.config_file[PXK_PATH_MAX - 1] = '\0';
    l->env.path_prefix[PXK_PATH_MAX - 1] = '\0';
    l->image = image;
    l->image_len = image ? len : 0;
    l->env.inspected = NULL;
    if (env->inspected)
        l->inspected = *env->inspected;
    else if (l->image_len)
        pxk_image_inspect(l->image, l->image_len, &l->inspected);
    enum pxk_err err = machine->start(l);
    if (err != PXK_OK) {
        pxk_loader_free(l);
        return err;
    }
    *out = l;
    return PXK_OK;
}

struct pxk_loader *pxk_loader_free(struct pxk_loader *l)
{
    if (l) {
        l->machine->done(l);
        free(l);
    }
    return NULL;
}

void pxk_loader_next(struct pxk_loader *l, struct pxk_want *out)
{
    *out = l->want;
}

void pxk_loader_feed(struct pxk_loader *l, enum pxk_fetched how, const void *data, size_t len)
{
    if (l->want.kind != PXK_WANT_FILE)
        return;
    if (how != PXK_FETCHED_OK || !data)
        len = 0;
    l->machine->fed(l, how, data, len);
}

const struct pxk_boot *pxk_loader_boot(const struct pxk_loader *l)
{
    return l->want.kind == PXK_WANT_BOOT ? &l->boot : NULL;
}

unsigned pxk_loader_asked(const struct pxk_loader *l)
{
    return l->asked;
}

void pxk_loader_ask(struct pxk_loader *l, enum pxk_role role, bool optional,
                    const struct loader_file *f)
{
    if (l->asked >= LOADER_ASKS_MAX) {
        pxk_loader_stop(l, PXK_STOP_CONFIG_LOOP,
                        "%u files were asked for and the configuration still wants another: %s",
                        l->asked, f->path);
        return;
    }
    l->asked++;
    l->want = (struct pxk_want){.kind = PXK_WANT_FILE,
                                .role = role,
                                .optional = optional,
                                .server = f->server,
                                .http = f->http};
    pxk_str_copy(l->want.path, sizeof l->want.path, f->path);
    pxk_str_copy(l->want.url, sizeof l->want.url, f->url);
}

void pxk_loader_stop(struct pxk_loader *l, enum pxk_stop stop, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    if (vsnprintf(text, sizeof text, fmt, ap) < 0)
        text[0] = '\0';
    va_end(ap);
    l->want = (struct pxk_want){.kind = PXK_WANT_STOP, .stop = stop};
    /* File names come from the network, and `why` goes to terminals. */
    struct pxk_str why = pxk_str_init(l->want.why, sizeof l->want.why);
    pxk_str_add_quoted(&why, text, strlen(text));
}

void pxk_loader_end(struct pxk_loader *l, enum pxk_want_kind kind)
{
    l->want = (struct pxk_want){.kind = kind};
}

enum pxk_stop pxk_loader_stop_of(enum pxk_fetched how, enum pxk_stop missing)
{
    return how == PXK_FETCHED_FAILED ? PXK_STOP_TRANSFER_FAILED : missing;
}

const char *pxk_loader_fate(enum pxk_fetched how)
{
    switch (how) {
    case PXK_FETCHED_OK:
        return "arrived empty";
    case PXK_FETCHED_MISSING:
        return "is not on the server";
    case PXK_FETCHED_REFUSED:
        return "was refused by the server";
    case PXK_FETCHED_FAILED:
        break;
    }
    return "did not arrive";
}
