/* Inside lab/scenario. A table and its checks per part of the file; the root's check puts them together. */
#ifndef PXK_SCN_INT_H
#define PXK_SCN_INT_H

#include "pxk/scenario.h"

/* What the variables of a row may add up to, in bytes: a small file must not become a large one. */
#define SCN_VALUE_MAX  ((size_t)16 << 10) /* one variable */
#define SCN_SCALAR_MAX ((size_t)256 << 10) /* one value with its variables put in */
#define SCN_TOTAL_MAX  ((size_t)32 << 20) /* all of one file's rows */

enum {
    SCN_SEGMENTS_MAX = 16,
    SCN_ROUTERS_MAX = 16,
    SCN_SERVERS_MAX = 16,
    SCN_CABLES_MAX = 64,
    SCN_COMMANDS_MAX = 64,
    SCN_EVENTS_MAX = 64,
    SCN_EXPECTS_MAX = 256, /* of one kind */
    SCN_KEYS_MAX = 8,      /* of a matrix */
    SCN_VARS_MAX = 128,
    SCN_PRODUCT_MAX = 4096, /* rows before those of `except` are left out */
    SCN_ID_MAX = 120,
    SCN_REGEX_MAX = 500,
    SCN_REGEXES_MAX = 64, /* of one list */
    SCN_COMPILED_MAX = 10000, /* in all rows of a file */
};

/* ---- rows (rows.c): the first pass over a file ---- */

struct scn_where {
    PXK_VEC(struct pxk_conf_pairs) is;
};
struct scn_with {
    PXK_VEC(struct pxk_conf_pairs) when;
    PXK_VEC(struct pxk_conf_pair) set;
};
struct scn_head {
    PXK_VEC(struct pxk_conf_pair) vars;
    PXK_VEC(struct pxk_conf_pairs) matrix;
    PXK_VEC(struct scn_where) except;
    PXK_VEC(struct scn_with) with;
};
/* One row of the matrix. */
struct scn_row {
    char *label, *id;
    PXK_VEC(struct pxk_conf_pair) vars;
};
struct scn_rows {
    PXK_VEC(struct scn_row) at;
    const char *stem; /* of the file's name; not owned */
};
/* Its check makes the rows: pxk_conf_user() is a struct scn_rows. */
extern const struct pxk_conf_table scn_head_table;
extern const struct pxk_conf_table scn_with_table;
void scn_rows_done(struct scn_rows *rows);
/* "no-boot-file" of "dhcp/no-boot-file.yaml", without anything that a folder's name should not have. */
void scn_stem(const char *path, char *out, size_t cap);

/* ---- variables (expand.c) ---- */

/* The value of a name: NULL with a sentence's rest in @why; scn_keep: it stays as it is written. */
extern const char scn_keep[];
typedef const char *scn_lookup(void *ctx, const char *name, struct pxk_str *why);
/* @text itself if there is nothing to replace, else what @out has; NULL: wrong, @why says so. */
const char *scn_expand(const char *text, scn_lookup *lookup, void *ctx, size_t max, struct pxk_text *out,
                       struct pxk_str *why);
bool scn_is_late(const char *name);
bool scn_is_variable(const char *name); /* could be one: a letter, then letters, digits, - and _ */

/* ---- the file as a whole (scenario.c) ---- */

/* pxk_conf_user() while a row is bound; lasts for all rows of a file. */
struct scn_use {
    const struct scn_row *row;
    size_t total;           /* bytes that variables were put into */
    uint64_t compiled[256]; /* hashes of regular expressions that are right: most rows have the same ones */
    unsigned regexes;       /* that were compiled */
};

struct scn_file {
    struct pxk_scenario scenario; /* first: a pointer to it is one to the file */
    struct scn_head head;
};
extern const struct pxk_conf_table scn_file_table;

/* ---- tables ---- */

extern const struct pxk_conf_table scn_network_table, scn_cable_change_table;
extern const struct pxk_conf_table scn_server_table;
extern const struct pxk_conf_table scn_files_table, scn_change_table;
extern const struct pxk_conf_table scn_client_table, scn_command_table;
extern const struct pxk_conf_table scn_event_table;
extern const struct pxk_conf_table scn_expect_table;
/* Struct pxk_scn_alternatives[PXK_STEP_N]; pxk_scn_value, for two lists each. */
extern const struct pxk_conf_table scn_steps_table, scn_value_table;

/* ---- between parts: defaults and what must hold, in this order ---- */

void scn_network_fill(struct pxk_conf *c, struct pxk_scenario *s);
void scn_servers_fill(struct pxk_conf *c, struct pxk_scenario *s);
void scn_clients_fill(struct pxk_conf *c, struct pxk_scenario *s); /* counts multiplied out: clients have moved */
void scn_names_check(struct pxk_conf *c, const struct pxk_scenario *s); /* before they have */
void scn_cables_check(struct pxk_conf *c, const struct pxk_scenario *s);
void scn_commands_fill(struct pxk_conf *c, struct pxk_scenario *s);
void scn_timeline_fill(struct pxk_conf *c, struct pxk_scenario *s);
void scn_virtual_check(struct pxk_conf *c, const struct pxk_scenario *s);
void scn_expect_fill(struct pxk_conf *c, struct pxk_scenario *s);
void scn_expect_meet(struct pxk_conf *c, const struct pxk_scenario *s);

/* ---- finding things ---- */

const struct pxk_scn_segment *scn_segment(const struct pxk_scenario *s, const char *name);
/* Last address but @back of the broadcast address: 1 is .254 of a /24. */
pxk_ip4 scn_from_end(struct pxk_conf_subnet n, unsigned back);
bool scn_is_host(struct pxk_conf_subnet n, pxk_ip4 ip);
/* A router's address in a segment, 0 if it does not join it. */
pxk_ip4 scn_router_address(const struct pxk_scn_router *r, const char *segment);
/* The address of the only router in this segment, 0. */
pxk_ip4 scn_only_router(const struct pxk_scenario *s, const char *segment);
const struct pxk_scn_client *scn_client(const struct pxk_scenario *s, const char *name);
bool scn_runs(const struct pxk_scn_server *v, const char *kind); /* is @kind one of its programs? */

/* Errors at @field if there is no such thing; the nearest name is told. NULL names are fine. */
bool scn_need_segment(struct pxk_conf *c, const struct pxk_scenario *s, char *const *field);
bool scn_need_server(struct pxk_conf *c, const struct pxk_scenario *s, char *const *field);
bool scn_need_client(struct pxk_conf *c, const struct pxk_scenario *s, char *const *field);
bool scn_need_port(struct pxk_conf *c, const struct pxk_scenario *s, char *const *field);
bool scn_need_host(struct pxk_conf *c, const struct pxk_scenario *s, char *const *field);

/* ---- single values ---- */

bool scn_read_flag(const struct pxk_conf_key *key, const char *text, void *out); /* bool: the second of two words */
bool scn_read_arch(const struct pxk_conf_key *key, const char *text, void *out);
bool scn_read_persona(const struct pxk_conf_key *key, const char *text, void *out);
bool scn_read_event(const struct pxk_conf_key *key, const char *text, void *out);
bool scn_read_ports(const struct pxk_conf_key *key, const char *text, void *out);
bool scn_read_rate(const struct pxk_conf_key *key, const char *text, void *out);
bool scn_read_number(const struct pxk_conf_key *key, const char *text, void *out); /* double */

const char *scn_arch_word(size_t i);
const char *scn_persona_word(size_t i);
const char *scn_event_word(size_t i);
const char *scn_milestone_word(size_t i);
const char *scn_verdict_word(size_t i);
const char *scn_role_word(size_t i);
const char *scn_finding_word(size_t i); /* names, then codes */
const char *scn_probe_word(size_t i);   /* same, none, then those */
const char *scn_boot_word(size_t i);    /* keys of boot-files */

/* ---- small checks ---- */

/* Room for so many? An error at @vec if there are more. */
bool scn_at_most(struct pxk_conf *c, const void *vec, size_t n, size_t max, const char *what);
/* Letters, digits, - and _; begins with a letter or digit. */
void scn_name_check(struct pxk_conf *c, char *const *name);
/* A relative path that stays below its folder. */
void scn_path_check(struct pxk_conf *c, char *const *path);
void scn_regex_check(struct pxk_conf *c, char *const *text);
/* "dhcp.ack text" begins with an event's key? */
void scn_event_check(struct pxk_conf *c, const void *field, const char *text);
/* Every regular expression of a list. */
void scn_regexes_check(struct pxk_conf *c, const void *vec, char *const *at, size_t n);
/* An error at the key of a pair, which is none of these words: @fmt takes the key and a hint. */
void scn_no_word(struct pxk_conf *c, const struct pxk_conf_pairs *pair, const char *fmt, const char *(*word)(size_t i))
    __attribute__((format(printf, 3, 0)));
/* A DHCP option's key or number. */
/* The end of a sentence: '; did you mean "x"', or nothing. */
const char *scn_hint(const struct pxk_near *near, char *buf, size_t cap);

/* Texts of our own, as defaults. No memory: the binding fails. */
void scn_set(struct pxk_conf *c, char **out, const char *fmt, ...) PXK_PRINTF(3, 4);
char *scn_copy(struct pxk_conf *c, const char *text); /* NULL stays NULL */
/* calloc that fails the binding. */
void *scn_alloc(struct pxk_conf *c, size_t n, size_t size);

/* "a" or "b" of "a|b": moves *at; false at the end. */
bool scn_part(const char **at, char join, char *out, size_t cap);
bool scn_has_part(const char *joined, char join, const char *word);

/* ---- compact rows of tables ---- */

#define SCN_KEY(name, kind) .key = name, .type = PXK_CONF_##kind
#define SCN_REGEXES         .max = SCN_REGEX_MAX

/* The keys of a head that begins at @base of the table's struct. Their values are raw: which of them a row uses is
 * decided when rows are made. */
#define SCN_HEAD_KEYS(T, base)                                                                                                  \
    {SCN_KEY("vars", MAP), .raw = true, .max = SCN_VALUE_MAX, .offset = (base) + offsetof(T, vars),                    \
     .size = sizeof(((T *)0)->vars), .doc = "name: value, put in where ${name} is written"},                           \
    {SCN_KEY("matrix", MAP_LIST), .raw = true, .max = 1000, .offset = (base) + offsetof(T, matrix),                    \
     .size = sizeof(((T *)0)->matrix), .doc = "name: list of values; one case for each combination"},                  \
    {SCN_KEY("except", MAP_LIST), .raw = true, .list = true, .max = 1000, .offset = (base) + offsetof(T, except),      \
     .size = sizeof(*((T *)0)->except.at), .doc = "combinations that are left out: all of these keys have these values"}, \
    {SCN_KEY("with", STRUCT), .sub = &scn_with_table, .list = true, .offset = (base) + offsetof(T, with),              \
     .size = sizeof(*((T *)0)->with.at), .doc = "variables of some rows; later ones win"},


#endif
