/* Syslinux' configuration language, shared by its parser (syslinux_config.c) and the machine
 * (syslinux.c). */
#ifndef PXK_IMAGE_SYSLINUX_INT_H
#define PXK_IMAGE_SYSLINUX_INT_H

#include "loader_int.h"

#define SL_NEST_MAX   16 /* INCLUDE in INCLUDE */
#define SL_LABELS_MAX 2048
#define SL_MENUS_MAX  128
#define SL_LINE_MAX   4096 /* MAX_LINE of readconfig.c */
#define SL_PATHS_MAX  8

/* How KERNEL and its relatives force the type; KERNEL itself lets the file name decide. */
enum sl_type {
    SL_KERNEL,
    SL_LINUX,
    SL_BOOT,
    SL_PXE,
    SL_FDIMAGE,
    SL_COM32,
    SL_COMBOOT,
    SL_CONFIG,
    SL_LOCALBOOT,
};

enum sl_action { SL_RUN, SL_SUBMENU, SL_EXIT, SL_QUIT, SL_GOTO, SL_SEPARATOR };

struct sl_label {
    char *name, *kernel, *append, *initrd;
    char *target; /* MENU GOTO: tag */
    enum sl_type type;
    enum sl_action action;
    bool no_append; /* APPEND - */
    bool hidden, disabled, locked, is_default;
    bool own_sysappend;
    unsigned sysappend;
    unsigned menu;       /* the menu that shows it */
    unsigned submenu;    /* SL_SUBMENU: its index */
    unsigned file, line; /* where it names its kernel; file indexes sl_config.file */
    unsigned initrd_line;
};

struct sl_menu {
    char *tag, *background;
    unsigned parent;
    unsigned timeout_ds;
    bool start; /* MENU START */
};

struct sl_source {
    char *text;
    size_t len, pos;
    unsigned file, line;
    bool bracketed; /* MENU INCLUDE file tag: the file is a menu of its own */
};

struct sl_config {
    PXK_VEC(struct sl_label) label;
    PXK_VEC(struct sl_menu) menu;
    PXK_VEC(char *) file; /* names, as the configuration wrote them */
    struct sl_source source[SL_NEST_MAX];
    unsigned depth;
    unsigned menu_now;
    bool in_label, in_help, ui_pass;
    bool bracket;        /* the file now asked for is to be a menu of its own */
    struct sl_label now; /* the label being read */
    char *default_cmd, *ui, *ontimeout, *onerror, *append;
    unsigned default_line, default_file;
    char *path[SL_PATHS_MAX];
    unsigned path_n;
    unsigned sysappend, timeout_ds, totaltimeout_ds;
    bool prompt, no_implicit;
    bool oom;
};

enum sl_step {
    SL_STEP_END,     /* everything is read */
    SL_STEP_INCLUDE, /* @name: feed it with pxk_sl_config_push() or go on without */
    SL_STEP_ASSET,   /* @name: DISPLAY, FONT, KBDMAP; go on whatever comes */
    SL_STEP_LOOP,    /* @name includes itself, or the nesting is too deep */
};

void pxk_sl_config_init(struct sl_config *c, bool ui_pass);
void pxk_sl_config_done(struct sl_config *c);
/** Starts reading @text (copied), named @name. False if there is no memory. */
bool pxk_sl_config_push(struct sl_config *c, const char *name, const void *text, size_t len);
/** The file that SL_STEP_INCLUDE asked for does not exist: real ones go on as if it were empty. */
void pxk_sl_config_skip(struct sl_config *c);
/** Reads on until something is wanted; @name and @line say what and where. */
enum sl_step pxk_sl_config_read(struct sl_config *c, char name[static PXK_PATH_MAX], unsigned *line,
                                const char **file);
const struct sl_label *pxk_sl_label_find(const struct sl_config *c, const char *cmd);
/** The entry that a menu takes when its time is up; NULL if it has none that can be chosen. */
const struct sl_label *pxk_sl_menu_default(const struct sl_config *c, unsigned *menu_out);
unsigned pxk_sl_menu_entries(const struct sl_config *c);

/** The part of @s behind its first word and the blanks after it. */
const char *pxk_sl_rest(const char *s);
/** First word of @s into @out; returns pxk_sl_rest(). */
const char *pxk_sl_word(const char *s, char *out, size_t cap);

#endif
