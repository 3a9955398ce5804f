/* Boot loaders as machines: each says which file it wants next, is fed the answer, and ends by handing
 * over to a kernel, to another loader, to the local disk, or in a dead end with a reason.
 *
 *     pxk_loader_new(); while (pxk_loader_next(l, &want)) { fetch want.path; pxk_loader_feed(...); }
 *
 * Real loaders fetch one file at a time and so does this. Sources: syslinux core/fs/pxe and
 * com32/elflink/ldlinux, GRUB grub-core/net, kern, normal, script, shim netboot.c and shim.c. */
#ifndef PXK_IMAGE_LOADER_H
#define PXK_IMAGE_LOADER_H

#include <stdbool.h>
#include <stddef.h>

#include "pxk/base.h"
#include "pxk/image/inspect.h"

#define PXK_PATH_MAX    512
#define PXK_CMDLINE_MAX 4096
#define PXK_INITRDS_MAX 8

/** What the loader knows of its machine and its lease. */
struct pxk_loader_env {
    struct pxk_mac mac;
    bool has_uuid;
    struct pxk_uuid uuid;      /* wire bytes of DHCP option 97, without its type byte */
    bool acked_uuid;           /* the server echoed option 97 (GRUB's clientuuid depends on it) */
    pxk_ip4 ip, netmask, gateway, server; /* server: next server, whence the loader itself came */
    char boot_file[PXK_PATH_MAX];   /* as DHCP named it; a URL after HTTP boot */
    bool boot_file_in_option;       /* it came in option 67 and the header's `file` field was empty: shim,
                                       which reads only the field, then looks in the server's root */
    char config_file[PXK_PATH_MAX]; /* option 209, "" if none */
    char path_prefix[PXK_PATH_MAX]; /* option 210, "" if none */
    bool efi;
    uint16_t pe_machine;       /* EFI: what the firmware can run, picks grubx64.efi or grubaa64.efi */
    const struct pxk_image *inspected; /* what pxk_image_inspect() said of the loader's bytes, read by
                                          pxk_loader_new() only; NULL: it looks itself, which costs a pass over
                                          them (a storm inspects once) */
};

/* role, key in JSON and events */
#define PXK_ROLES(X)                                                                               \
    X(LOADER, "loader") /* a boot program */                                                       \
    X(MODULE, "module") /* ldlinux.c32, vesamenu.c32, *.mod, command.lst */                        \
    X(CONFIG, "config")                                                                            \
    X(KERNEL, "kernel")                                                                            \
    X(INITRD, "initrd")                                                                            \
    X(ASSET, "asset") /* font, background, help text */                                            \
    X(ANSWERS, "answers") /* preseed, kickstart, user-data */                                      \
    X(OTHER, "other") /* shim's revocation lists and so on */

enum pxk_role {
#define X(name, key) PXK_ROLE_##name,
    PXK_ROLES(X)
#undef X
        PXK_ROLE_N
};
const char *pxk_role_key(enum pxk_role role);

enum pxk_want_kind {
    PXK_WANT_FILE,  /* fetch path; then feed */
    PXK_WANT_BOOT,  /* kernel, initrds and command line are ready (struct pxk_boot); the end */
    PXK_WANT_CHAIN, /* run the file fed last (role LOADER) as the next loader; the end */
    PXK_WANT_LOCAL, /* boot from the local disk; the end */
    PXK_WANT_STOP,  /* dead end, `why` says it; the end */
};

/* Why a loader stopped. name, key, what the machine's screen shows */
#define PXK_STOPS(X)                                                                               \
    X(NONE, "none", "")                                                                            \
    X(MODULE_MISSING, "module-missing", "Failed to load ldlinux.c32")                              \
    X(CONFIG_MISSING, "config-missing", "Unable to locate configuration file")                     \
    X(CONFIG_LOOP, "config-loop", "the menu never ends")                                           \
    X(CONFIG_EMPTY, "config-empty", "boot: prompt, or grub> prompt")                               \
    X(NO_DEFAULT, "no-default", "a menu or prompt that waits for ever")                            \
    X(KERNEL_MISSING, "kernel-missing", "error: file not found")                                   \
    X(INITRD_MISSING, "initrd-missing", "error: file not found")                                   \
    X(NEXT_LOADER_MISSING, "next-loader-missing", "Unable to fetch TFTP image: Not Found")         \
    X(UNSUPPORTED, "unsupported", "")                                                              \
    X(TRANSFER_FAILED, "transfer-failed", "time-out")

enum pxk_stop {
#define X(name, key, screen) PXK_STOP_##name,
    PXK_STOPS(X)
#undef X
        PXK_STOP_N
};
const char *pxk_stop_key(enum pxk_stop stop);
const char *pxk_stop_screen(enum pxk_stop stop);

struct pxk_boot {
    char label[128];           /* menu entry or label taken; "" if the config has none */
    char kernel[PXK_PATH_MAX];
    char initrd[PXK_INITRDS_MAX][PXK_PATH_MAX];
    size_t initrd_n;
    char cmdline[PXK_CMDLINE_MAX]; /* as the kernel gets it, BOOT_IMAGE= and SYSAPPEND parts included */
    bool cmdline_cut;
    bool waits_for_key;        /* no time-out: an unattended machine stays in the menu */
    unsigned timeout_ds;       /* menu time-out, tenths of a second */
    unsigned entries;          /* menu entries seen */
};

struct pxk_want {
    enum pxk_want_kind kind;
    enum pxk_role role;
    bool optional;             /* the loader goes on without it: a "not found" is normal */
    char path[PXK_PATH_MAX];   /* as the loader puts it into the request */
    pxk_ip4 server;            /* 0: the loader's own server; else another one that the config names */
    bool http;                 /* path is on an HTTP server: `url` has the whole of it */
    char url[PXK_PATH_MAX];    /* "" for plain TFTP; tftp://name/path if the config names its host by name */
    enum pxk_stop stop;        /* STOP only */
    char why[256];             /* STOP: one sentence that names file and line where there is one */
};

enum pxk_fetched {
    PXK_FETCHED_OK,
    PXK_FETCHED_MISSING, /* TFTP ERROR 1, HTTP 404 */
    PXK_FETCHED_REFUSED, /* another TFTP ERROR, HTTP 403 */
    PXK_FETCHED_FAILED,  /* no answer, or the transfer broke */
};

struct pxk_loader; /* opaque: holds configuration texts; sizes are bounded */

/**
 * A machine for the loader @id, which was itself loaded from the bytes @image (kept by the caller until
 * pxk_loader_free(); GRUB looks up its prefix and modules in it; may be NULL with @len 0).
 * PXK_E_UNSUPPORTED for loaders without a machine (iPXE, Windows, systemd-boot, none).
 */
PXK_MUST_USE enum pxk_err pxk_loader_new(enum pxk_loader_id id, const struct pxk_loader_env *env,
                                         const void *image, size_t len, struct pxk_loader **out);
struct pxk_loader *pxk_loader_free(struct pxk_loader *l);

/** What it wants next; the same answer until it is fed. After a terminal want (all but FILE) it stays so. */
void pxk_loader_next(struct pxk_loader *l, struct pxk_want *out);

/** The answer to a PXK_WANT_FILE. @data only with PXK_FETCHED_OK; it is copied where the loader keeps it. */
void pxk_loader_feed(struct pxk_loader *l, enum pxk_fetched how, const void *data, size_t len);

/** After PXK_WANT_BOOT; owned by the loader. NULL before. */
const struct pxk_boot *pxk_loader_boot(const struct pxk_loader *l);

/** Files asked for so far; a bound of 500 ends a configuration that never ends (CONFIG_LOOP). */
unsigned pxk_loader_asked(const struct pxk_loader *l);

#endif
