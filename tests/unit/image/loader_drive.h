/* Drives a loader machine against a handful of files and writes down what it asked for. */
#ifndef TEST_LOADER_DRIVE_H
#define TEST_LOADER_DRIVE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pxk/image.h"

struct served {
    const char *path; /* or the URL, or "10.0.0.9:path" for another server */
    const char *text; /* NULL: the transfer fails; "!" refused */
    size_t len;       /* 0: strlen(text) */
};

struct run {
    char log[32768]; /* one line per request */
    struct pxk_want end;
    struct pxk_boot boot;
    unsigned asked, optional, config, module, asset;
};

static inline struct pxk_loader_env env_bios(void)
{
    struct pxk_loader_env env = {
        .mac = {{0x52, 0x54, 0x00, 0x77, 0x00, 0x01}},
        .ip = PXK_IP4(10, 77, 0, 180),
        .netmask = PXK_IP4(255, 255, 255, 0),
        .gateway = PXK_IP4(10, 77, 0, 254),
        .server = PXK_IP4(10, 77, 0, 1),
        .boot_file = "pxelinux.0",
    };
    return env;
}

static inline struct pxk_loader_env env_efi(const char *boot_file)
{
    struct pxk_loader_env env = env_bios();
    env.efi = true;
    env.pe_machine = 0x8664;
    pxk_str_copy(env.boot_file, sizeof env.boot_file, boot_file);
    return env;
}

static inline const char *want_name(const struct pxk_want *w, char out[static 1024])
{
    char ip[PXK_IP4_STRLEN];
    if (w->url[0])
        pxk_fmt(out, 1024, "%s", w->url);
    else if (w->server)
        pxk_fmt(out, 1024, "%s:%s", pxk_ip4_text(w->server, ip), w->path);
    else
        pxk_fmt(out, 1024, "%s", w->path);
    return out;
}

static inline void feed_served(struct pxk_loader *l, const struct served *f)
{
    size_t len = f && f->text ? (f->len ? f->len : strlen(f->text)) : 0;
    /* A copy of exact size lets the sanitizer see reads past the end. */
    char *copy = malloc(len ? len : 1);
    if (len)
        memcpy(copy, f->text, len);
    if (!f)
        pxk_loader_feed(l, PXK_FETCHED_MISSING, NULL, 0);
    else if (!f->text)
        pxk_loader_feed(l, PXK_FETCHED_FAILED, NULL, 0);
    else if (strcmp(f->text, "!") == 0)
        pxk_loader_feed(l, PXK_FETCHED_REFUSED, NULL, 0);
    else
        pxk_loader_feed(l, PXK_FETCHED_OK, copy, len);
    free(copy);
}

static inline void drive_image(enum pxk_loader_id id, const struct pxk_loader_env *env,
                               const void *image, size_t image_len, const struct served *files,
                               size_t n, struct run *out)
{
    struct pxk_loader *l = NULL;
    struct pxk_want w;
    char name[1024];
    memset(out, 0, sizeof *out);
    cr_assert_eq(pxk_loader_new(id, env, image, image_len, &l), PXK_OK);
    struct pxk_str log = pxk_str_init(out->log, sizeof out->log);
    for (pxk_loader_next(l, &w); w.kind == PXK_WANT_FILE; pxk_loader_next(l, &w)) {
        const struct served *found = NULL;
        want_name(&w, name);
        pxk_str_addf(&log, "%s\n", name);
        out->optional += w.optional;
        out->config += w.role == PXK_ROLE_CONFIG;
        out->module += w.role == PXK_ROLE_MODULE;
        out->asset += w.role == PXK_ROLE_ASSET;
        for (size_t i = 0; i < n && !found; i++)
            if (strcmp(files[i].path, name) == 0)
                found = &files[i];
        feed_served(l, found);
    }
    out->end = w;
    out->asked = pxk_loader_asked(l);
    if (pxk_loader_boot(l))
        out->boot = *pxk_loader_boot(l);
    pxk_loader_free(l);
}

static inline void drive(enum pxk_loader_id id, const struct pxk_loader_env *env,
                         const struct served *files, size_t n, struct run *out)
{
    drive_image(id, env, NULL, 0, files, n, out);
}

#define expect_stop(run, which)                                                                    \
    cr_expect((run).end.kind == PXK_WANT_STOP && (run).end.stop == (which), "%d/%s: %s",           \
              (int)(run).end.kind, pxk_stop_key((run).end.stop), (run).end.why)
#define expect_kind(run, which)                                                                    \
    cr_expect((run).end.kind == (which), "%d: %s (%s)", (int)(run).end.kind, (run).end.why,        \
              (run).log)

/* A file below tests/unit/image/data, NUL-terminated; freed by the caller. */
static inline char *test_data(const char *path)
{
    char full[1024];
    static const size_t cap = 1 << 20;
    pxk_fmt(full, sizeof full, "%s/%s", TEST_DATA, path);
    FILE *f = fopen(full, "rb");
    if (!f)
        return NULL;
    char *text = calloc(1, cap);
    size_t n = fread(text, 1, cap - 1, f);
    text[n] = '\0';
    fclose(f);
    return text;
}

#endif
