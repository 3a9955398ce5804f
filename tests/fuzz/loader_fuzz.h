/* Drives a loader machine with one input as every configuration and every module; what has "no" in
 * its name is missing. The machine must end by itself, whatever it reads. */
#ifndef PXK_LOADER_FUZZ_H
#define PXK_LOADER_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "pxk/image.h"

static inline void loader_fuzz(enum pxk_loader_id id, const struct pxk_loader_env *env,
                               const uint8_t *data, size_t len)
{
    struct pxk_loader *l = NULL;
    struct pxk_want w;
    unsigned asks = 0;
    if (pxk_loader_new(id, env, NULL, 0, &l) != PXK_OK)
        return;
    for (pxk_loader_next(l, &w); w.kind == PXK_WANT_FILE; pxk_loader_next(l, &w)) {
        bool text = w.role == PXK_ROLE_CONFIG || w.role == PXK_ROLE_MODULE;
        if (++asks > 500)
            abort();
        if (strstr(w.path, "no"))
            pxk_loader_feed(l, asks % 7 ? PXK_FETCHED_MISSING : PXK_FETCHED_FAILED, NULL, 0);
        else
            pxk_loader_feed(l, PXK_FETCHED_OK, text ? (const void *)data : "x", text ? len : 1);
    }
    const struct pxk_boot *boot = pxk_loader_boot(l);
    if ((w.kind == PXK_WANT_BOOT) != (boot != NULL) || pxk_loader_asked(l) != asks)
        abort();
    if (boot) {
        struct pxk_install install;
        pxk_install_from_cmdline(boot->cmdline, env->server, &install);
        if (boot->initrd_n > PXK_INITRDS_MAX || install.n > PXK_INSTALL_FILES_MAX)
            abort();
    } else if (w.kind == PXK_WANT_STOP && !w.why[0]) {
        abort(); /* a dead end without a reason helps nobody */
    }
    pxk_loader_free(l);
}

#endif
