/* What loader.c and the machines behind it (shim.c, syslinux*.c, grub*.c) share. Not for users. */
#ifndef PXK_IMAGE_LOADER_INT_H
#define PXK_IMAGE_LOADER_INT_H

#include "pxk/image/loader.h"

#define LOADER_ASKS_MAX 500
/* Configuration text kept in memory, over all files of one boot. */
#define LOADER_TEXT_MAX ((size_t)4 << 20)

struct loader_machine {
    enum pxk_err (*start)(struct pxk_loader *l); /* sets the first want */
    void (*fed)(struct pxk_loader *l, enum pxk_fetched how, const uint8_t *data, size_t len);
    void (*done)(struct pxk_loader *l);
};

extern const struct loader_machine pxk_shim_machine;
extern const struct loader_machine pxk_syslinux_machine;
extern const struct loader_machine pxk_grub_machine;

struct pxk_loader {
    const struct loader_machine *machine;
    void *state; /* the machine's own */
    struct pxk_loader_env env;
    const uint8_t *image;
    size_t image_len;
    struct pxk_image inspected; /* all zero if nothing is known of the bytes */
    struct pxk_want want;
    unsigned asked;
    struct pxk_boot boot;
};

/** A file as a request needs it: who is asked, and for what. */
struct loader_file {
    pxk_ip4 server; /* 0: the loader's own */
    bool http;
    char path[PXK_PATH_MAX];
    char url[PXK_PATH_MAX];
};

/** Each ends the current step of a machine by setting the next want. */
void pxk_loader_ask(struct pxk_loader *l, enum pxk_role role, bool optional,
                    const struct loader_file *f);
void pxk_loader_stop(struct pxk_loader *l, enum pxk_stop stop, const char *fmt, ...)
    PXK_PRINTF(3, 4);
void pxk_loader_end(struct pxk_loader *l, enum pxk_want_kind kind);

/** What a stop for a file that did not come is called: @missing unless the transfer itself broke.
 */
enum pxk_stop pxk_loader_stop_of(enum pxk_fetched how, enum pxk_stop missing);
/** "is not on the server", "was refused by the server", "did not arrive". */
const char *pxk_loader_fate(enum pxk_fetched how);

/** A plain TFTP file on the loader's own server. */
void pxk_loader_file_plain(struct loader_file *f, const char *path);
/** Splits scheme://host/path; false if @url is no URL with a host. tftp:// to an address becomes
 * plain TFTP. */
bool pxk_loader_file_url(struct loader_file *f, const char *url, pxk_ip4 own);
bool pxk_loader_is_url(const char *s);
/** Puts @host (an address or a name) into @f for TFTP; an empty host is the loader's own server. */
void pxk_loader_file_host(struct loader_file *f, const char *host, pxk_ip4 own);

/** Up to and including the last '/' or '\\' of @path; "" if there is none. */
void pxk_loader_dir(char *out, size_t cap, const char *path);

/** The name that @loader says about the machine: COFF number to "x64", "ia32", "aa64", ... */
const char *pxk_loader_efi_suffix(uint16_t pe_machine);

/* What an ELF file needs, by name: DT_NEEDED of 32-bit shared objects (Syslinux modules) and the
 * .moddeps section (GRUB modules). Names that do not fit or are no file names are left out. */
#define LOADER_NEEDS_MAX 24
struct loader_needs {
    char name[LOADER_NEEDS_MAX][40];
    size_t n;
};
void pxk_loader_elf_needed(const uint8_t *data, size_t len, struct loader_needs *out);
void pxk_loader_elf_moddeps(const uint8_t *data, size_t len, struct loader_needs *out);
bool pxk_loader_is_elf(const uint8_t *data, size_t len);

#endif
