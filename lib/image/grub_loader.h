/* GRUB as a machine: its script language (compiled to a few instructions, so that a command can
 * wait for a file in the middle of an `if`), its variables, menus and commands. Shared by grub_*.c.
 */
#ifndef PXK_IMAGE_GRUB_LOADER_H
#define PXK_IMAGE_GRUB_LOADER_H

#include "loader_int.h"

#define GL_ARGS_MAX      256
#define GL_VALUE_MAX     4096 /* bytes */
#define GL_VARS_MAX      512
#define GL_ENTRIES_MAX   1024
#define GL_FRAMES_MAX    48
#define GL_CONTEXTS_MAX  12
#define GL_FUNCTIONS_MAX 256
/* Instructions of one boot; 16 bytes of expanded words count as one. Real menus need a few hundred. */
#define GL_STEPS_MAX 20000u
/* Times that one file may be active inside itself before it is a loop: some guard against it by a variable. */
#define GL_SAME_FILE_MAX 3

enum gl_op {
    GL_CMD,
    GL_JUMP,
    GL_JUMP_FALSE,
    GL_JUMP_TRUE,
    GL_FOR,
    GL_NEXT,
    GL_POP,
    GL_FUNCTION,
    GL_RETURN
};

struct gl_word {
    size_t off, len;
};

struct gl_insn {
    enum gl_op op;
    unsigned line;
    unsigned word, words;
    unsigned a, b; /* jump target in a; GL_CMD with a block, GL_FUNCTION: body [a, b);
                      GL_FOR, GL_NEXT, GL_POP: b counts the `for` loops around them */
};

struct gl_script {
    char *name; /* as a person would look for it: the path asked for */
    char *text;
    size_t len;
    PXK_VEC(struct gl_insn) insn;
    PXK_VEC(struct gl_word) word;
    unsigned bad_line; /* first line with a syntax error, 0 if none */
};

/* Words; GL_ARGS_MAX of them, and 64 KiB, at most. */
struct gl_args {
    char **at;
    size_t n, cap;
    size_t bytes;
};

struct gl_var {
    char *name, *value;
    bool exported;
};

struct gl_entry {
    char *title, *id;
    const struct gl_script *script;
    unsigned from, to, line;
    struct gl_args args;
    bool submenu, unrestricted;
};

/* `configfile` and submenus see exported variables only and have a menu of their own. */
struct gl_context {
    PXK_VEC(struct gl_var) var;
    PXK_VEC(struct gl_entry *) entry;
    char *fallback; /* what is left of $fallback once the default entry has failed */
    bool fallback_taken, theme_seen;
};

enum gl_frame_kind {
    GL_F_EMBEDDED,
    GL_F_NORMAL,
    GL_F_CONFIG,
    GL_F_SOURCE,
    GL_F_FUNCTION,
    GL_F_ENTRY
};

struct gl_for {
    struct gl_args list; /* [0] is the variable */
    unsigned next;
};

struct gl_frame {
    enum gl_frame_kind kind;
    const struct gl_script *script;
    unsigned pc, end;
    const struct gl_args *args; /* $1 ...: the entry's, or `own` */
    struct gl_args *own;        /* a function's, freed with the frame */
    unsigned for_base;
    bool invert;  /* called as `! name` */
    bool in_menu; /* the script has ended, its menu is shown */
    const struct gl_entry *entry;
};

struct gl_function {
    char *name;
    const struct gl_script *script;
    unsigned from, to;
};

enum gl_wait {
    GL_W_NONE,
    GL_W_SEARCH,
    GL_W_LIST,
    GL_W_NORMAL,
    GL_W_SOURCE,
    GL_W_CONFIGFILE,
    GL_W_MODULE,
    GL_W_KERNEL,
    GL_W_INITRD,
    GL_W_MODULE_FILE,
    GL_W_CHAIN,
    GL_W_CHAIN_AGAIN,
    GL_W_ASSET,
    GL_W_ENV,
    GL_W_THEME,
};

enum gl_loaded { GL_L_NOTHING, GL_L_LINUX, GL_L_CHAIN, GL_L_LOCAL };

/* What follows when a module and all it needs is there. */
enum gl_module_then { GL_M_FINISH, GL_M_RETRY, GL_M_NORMAL };

struct gl_command {
    char *name, *module;
};

struct gl {
    enum gl_wait wait;
    const struct pxk_image *image;
    bool modules_known; /* the image's list of linked modules can be read */
    char arch[24];      /* x86_64-efi */
    char prefix[PXK_PATH_MAX], fw_path[PXK_PATH_MAX];
    struct loader_file file; /* the file asked for last */
    char name[PXK_PATH_MAX]; /* and its name as GRUB's commands wrote it */

    /* `normal`: search, lists, configuration */
    char normal_config[PXK_PATH_MAX];
    unsigned search_dir, search_i, list_i;
    bool lists_then_resume, normal_seen;

    /* modules */
    PXK_VEC(char *) loaded_module;
    PXK_VEC(char *) wanted_module; /* a stack: last is next */
    enum gl_module_then module_then;
    PXK_VEC(struct gl_command) command; /* from command.lst */

    /* the script */
    PXK_VEC(struct gl_script *) script;
    PXK_VEC(struct gl_function) function;
    PXK_VEC(struct gl_for) loop;
    struct gl_frame frame[GL_FRAMES_MAX];
    unsigned frames;
    struct gl_context context[GL_CONTEXTS_MAX];
    unsigned contexts;
    struct gl_args args; /* of the command being executed */
    size_t arg_i;        /* of commands that take several files */
    unsigned insn_pc;    /* where that command stands in the topmost frame's script */
    unsigned steps;
    int status;
    bool invert, oom;
    size_t text;

    /* what is loaded */
    enum gl_loaded loaded;
    struct loader_file chain;
    bool chain_fed_last;
    bool initrd_missing;
    enum pxk_stop fail; /* first failure since the entry began */
    char fail_why[256];
    enum pxk_stop config_fail; /* a configuration that another one names is missing */
    char config_why[256];
    bool bls, menu_seen, autoboot;
};

/* grub_script.c: text to instructions */
struct gl_script *pxk_gl_compile(const char *name, const void *text, size_t len);
void pxk_gl_script_free(struct gl_script *s);

/* grub_env.c: variables, words */
const char *pxk_gl_get(const struct gl *g, const char *name); /* NULL if unset */
void pxk_gl_set(struct gl *g, const char *name, const char *value);
void pxk_gl_unset(struct gl *g, const char *name);
void pxk_gl_export(struct gl *g, const char *name);
bool pxk_gl_context_open(struct gl *g);
void pxk_gl_context_close(struct gl *g);
void pxk_gl_expand(struct gl *g, const struct gl_script *s, const struct gl_insn *i,
                   struct gl_args *out);
bool pxk_gl_arg_add(struct gl *g, struct gl_args *args, const char *text, size_t n);
void pxk_gl_args_done(struct gl_args *args);

/* grub_test.c: both give the status, 0 is true */
int pxk_gl_test(const struct gl_args *a, size_t from, size_t to);
int pxk_gl_regexp(struct gl *g, const struct gl_args *a);

/* grub_menu.c */
void pxk_gl_entry_add(struct pxk_loader *l, const struct gl_insn *i, bool submenu);
void pxk_gl_entry_free(struct gl_entry *e);
void pxk_gl_menu(struct pxk_loader *l); /* a configuration has ended: take the default entry */
void pxk_gl_entry_ended(struct pxk_loader *l);
void pxk_gl_boot(struct pxk_loader *l); /* run what is loaded */
void pxk_gl_stop_empty(struct pxk_loader *l);

/* grub_vm.c */
void pxk_gl_run(struct pxk_loader *l);        /* until a file is wanted or the machine has ended */
void pxk_gl_finish(struct gl *g, int status); /* the current command is done */
bool pxk_gl_push(struct pxk_loader *l, enum gl_frame_kind kind, const struct gl_script *s,
                 unsigned from, unsigned to);
/** Compiles @text and runs it as a frame of @kind. */
void pxk_gl_push_text(struct pxk_loader *l, enum gl_frame_kind kind, const char *name,
                      const void *text, size_t len);
const char *pxk_gl_here(const struct gl *g,
                        unsigned *line); /* file and line of the current command */

/* grub_command.c, grub_load.c: commands; false if @args[0] is none */
bool pxk_gl_command(struct pxk_loader *l, const struct gl_insn *i);
/** name=value, with what hangs on some names. */
void pxk_gl_assign(struct pxk_loader *l, const char *text);
bool pxk_gl_load_command(struct pxk_loader *l);
void pxk_gl_load_fed(struct pxk_loader *l, enum gl_wait wait, enum pxk_fetched how);
/** Notes why a file that @what names did not come: the first such failure is told if nothing boots.
 */
void pxk_gl_fail(struct pxk_loader *l, enum pxk_stop stop, const char *what, enum pxk_fetched how);
void pxk_gl_env_block(struct gl *g, const uint8_t *data, size_t len);

/* grub_file.c */
enum gl_where { GL_NET, GL_MEMDISK, GL_LOCAL };
enum gl_where pxk_gl_resolve(const struct pxk_loader *l, const char *name, struct loader_file *f);
/** Asks for @name, or answers at once if it is not on the network; the answer goes to pxk_gl_fed().
 */
void pxk_gl_fetch(struct pxk_loader *l, enum gl_wait wait, enum pxk_role role, bool optional,
                  const char *name);

/* grub.c */
void pxk_gl_fed(struct pxk_loader *l, enum pxk_fetched how, const uint8_t *data, size_t len);
void pxk_gl_normal(struct pxk_loader *l, const char *config); /* "" searches */
void pxk_gl_lists(struct pxk_loader *l, bool then_resume);
void pxk_gl_normal_begin(struct pxk_loader *l); /* `normal` once its module is there */

/* grub_module.c */
bool pxk_gl_module_there(const struct pxk_loader *l, const char *name);
void pxk_gl_module_load(struct pxk_loader *l, const char *name, enum gl_module_then then);
void pxk_gl_module_fed(struct pxk_loader *l, enum pxk_fetched how, const uint8_t *data, size_t len);
/** The module that command.lst names for @command if it is still to be fetched; else NULL. */
const char *pxk_gl_autoload(const struct pxk_loader *l, const char *command);
void pxk_gl_command_list(struct gl *g, const uint8_t *data, size_t len);

#endif
