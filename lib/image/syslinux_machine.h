/* The PXELINUX machine's state, shared by bring-up (syslinux.c) and execution (syslinux_run.c). */
#ifndef PXK_IMAGE_SYSLINUX_MACHINE_H
#define PXK_IMAGE_SYSLINUX_MACHINE_H

#include "syslinux_int.h"

#define SL_MODULES_MAX 16
#define SL_HOPS_MAX    16 /* menus and CONFIG one after the other */

enum sl_wait {
    SL_WAIT_LDLINUX,
    SL_WAIT_SEARCH,
    SL_WAIT_CONFIG,
    SL_WAIT_INCLUDE,
    SL_WAIT_ASSET,
    SL_WAIT_MODULE,
    SL_WAIT_MENU_CONFIG,
    SL_WAIT_BACKGROUND,
    SL_WAIT_KERNEL,
    SL_WAIT_INITRD,
    SL_WAIT_NBP,
};

/** A command about to run: a label with what follows it, or a file name typed as one. */
struct sl_job {
    char label[128];
    enum sl_type type;
    char kernel[PXK_PATH_MAX];
    char args[PXK_CMDLINE_MAX];
    bool args_cut;
    unsigned sysappend;
    char file[PXK_PATH_MAX]; /* the configuration that names it */
    unsigned line, initrd_line;
};

struct sl {
    enum sl_wait wait;
    char prefix[PXK_PATH_MAX];
    char config_name[PXK_PATH_MAX]; /* the main configuration, as asked for */
    unsigned try;       /* index of the directory, of the name searched, of the PATH entry */
    bool search_failed; /* a name of the search ended without any answer */
    size_t text;        /* bytes of configuration read so far */
    struct sl_config config;
    bool config_open;
    struct sl_job job;
    bool onerror_run;

    char *visited[SL_HOPS_MAX]; /* configurations and menus already gone through */
    unsigned visited_n;
    char *path[2 * SL_PATHS_MAX]; /* PATH: where modules are looked for */
    unsigned path_n;
    char module[SL_MODULES_MAX][64]; /* libraries loaded, and to load from module_at on */
    unsigned module_n, module_at;
    char module_file[PXK_PATH_MAX]; /* the one asked for, as its name was given */

    char *menu_args;
    const char *menu_left; /* configurations that the menu has still to read */
    bool graphical, menu_seen;
    const char *initrd_left; /* into job.args: the rest of the list after initrd= */
};

/** Sets @f to what @name means: relative to the prefix unless it is absolute, host::path or a URL.
 */
void pxk_sl_resolve(const struct pxk_loader *l, const char *name, struct loader_file *f);
void pxk_sl_ask(struct pxk_loader *l, enum sl_wait wait, enum pxk_role role, bool optional,
                const char *name);

/** Reads the open configuration on; at its end runs the default or the menu's entry. */
void pxk_sl_read(struct pxk_loader *l);
/** Begins a new pass; pxk_sl_config_more() gives it text. Both: false means stopped. */
bool pxk_sl_config_open(struct pxk_loader *l, bool ui_pass);
bool pxk_sl_config_more(struct pxk_loader *l, const char *name, const uint8_t *text, size_t len);
/** Notes that @what is gone through; false (and stopped) if it was before, which means for ever. */
bool pxk_sl_visit(struct pxk_loader *l, const char *what);

void pxk_sl_run(struct pxk_loader *l, const char *cmd);
void pxk_sl_run_label(struct pxk_loader *l, const struct sl_label *label, const char *extra);
/** @how the file of the running job came. */
void pxk_sl_run_fed(struct pxk_loader *l, enum pxk_fetched how, const uint8_t *data, size_t len);
void pxk_sl_menu_background(struct pxk_loader *l);
void pxk_sl_menu_choose(struct pxk_loader *l);

#endif
