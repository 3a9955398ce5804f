/* lib/conf: YAML text -> checked structs, by tables. A table says which keys a mapping may have, of
 * what type, where the value goes and what it means; the binder reports every error of a file at
 * once, each with line and column, and the same tables give the JSON Schema. Pure: text in, struct
 * out, no file access.
 *
 *     static const struct pxk_conf_key keys[] = {
 *         {.key = "lease", .type = PXK_CONF_DURATION, PXK_CONF_AT(struct dhcp, lease), .def = "1h",
 *          .doc = "how long an address stays with a client"},
 *         {.key = "dns", .type = PXK_CONF_IP4, PXK_CONF_LIST_AT(struct dhcp, dns)},
 *         {0}};
 *     static const struct pxk_conf_table table = {"dhcp", "the DHCP service", sizeof(struct dhcp),
 * keys, check};
 */
#ifndef PXK_CONF_H
#define PXK_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"

#define PXK_CONF_TEXT_MAX   ((size_t)1 << 20) /* bytes of one file */
#define PXK_CONF_DEPTH_MAX  24                /* structs in structs */
#define PXK_CONF_KEYS_MAX   1024              /* keys of one mapping */
#define PXK_CONF_LIST_MAX   16384             /* items of one list */
#define PXK_CONF_ERRORS_MAX 100               /* errors kept; the rest is counted */

/* What a value is, and the C type of the member it goes to. */
enum pxk_conf_type {
    PXK_CONF_STRING, /* char *, owned; min and max are bytes (min 0: at least 1, -1: may be empty)
                      */
    PXK_CONF_PATH,   /* char *, owned; not empty */
    PXK_CONF_BOOL,   /* bool; true, false, yes, no, on, off */
    PXK_CONF_INT,    /* any integer member; min <= value <= max (0, 0: from 0 to what fits) */
    PXK_CONF_SIZE, /* uint64_t or uint32_t, bytes; "512", "64k", "10M", "1G" (powers of 1024); min,
                      max in bytes */
    PXK_CONF_DURATION, /* pxk_usec; "90s", "1h30m", "250ms", "2d"; a bare number is seconds; min,
                          max in us */
    PXK_CONF_IP4,      /* pxk_ip4 */
    PXK_CONF_SUBNET,   /* struct pxk_conf_subnet; "10.77.0.0/24" without host bits */
    PXK_CONF_RANGE,    /* struct pxk_conf_range; "10.77.0.100-10.77.0.199", or one address */
    PXK_CONF_MAC,      /* struct pxk_mac */
    PXK_CONF_UUID,     /* struct pxk_uuid, bytes in the order written */
    PXK_CONF_ENUM,     /* int: index of the word */
    PXK_CONF_PERCENT,  /* uint32_t, parts per million; "5%", "0.25%" */
    PXK_CONF_WORD,     /* char *, owned: one of the words; with .join several, joined by it: "pass|warn" */
    PXK_CONF_READ,     /* any member that owns nothing: .read makes it of the text */
    PXK_CONF_STRUCT,   /* the struct of .sub, or with .pointer a pointer to one: NULL if the key is
                          absent. With .def = "{}" an absent key counts as an empty mapping */
    PXK_CONF_MAP, /* PXK_VEC(struct pxk_conf_pair): any keys (or only the words), each with one text
                   */
    PXK_CONF_MAP_LIST, /* PXK_VEC(struct pxk_conf_pairs): any keys, each with one text or a list of
                          texts */
};

struct pxk_conf_subnet {
    pxk_ip4 net;
    uint8_t prefix; /* 0..32 */
};
static inline pxk_ip4 pxk_conf_mask(struct pxk_conf_subnet s)
{
    return s.prefix ? ~(pxk_ip4)0 << (32 - s.prefix) : 0;
}
static inline bool pxk_conf_in_subnet(struct pxk_conf_subnet s, pxk_ip4 ip)
{
    return (ip & pxk_conf_mask(s)) == s.net;
}

struct pxk_conf_range {
    pxk_ip4 first, last; /* first <= last */
};

struct pxk_conf_pair {
    char *key, *value;
};

struct pxk_conf_pairs {
    char *key;
    PXK_VEC(char *) value;
    bool is_list; /* written as [a, b] rather than as one scalar */
};

struct pxk_conf; /* the binding under way: what hooks report to */

struct pxk_conf_table {
    const char *name; /* of the schema's definition; unique among the tables of a file */
    const char *doc;
    size_t size;                     /* of the struct */
    const struct pxk_conf_key *keys; /* ends with a row whose key is NULL */
    /** Called after the mapping is bound, even if some of its values were wrong: those are zero,
     * and pxk_conf_given() is false for them. May be NULL. */
    void (*check)(struct pxk_conf *c, void *self);
};

struct pxk_conf_key {
    const char *key;
    enum pxk_conf_type type;
    bool required;
    bool list;           /* a vec of the type; a lone scalar counts as a list of one. Of maps: a vec
                            of structs whose only member is the map */
    bool pointer;        /* PXK_CONF_STRUCT only */
    size_t offset, size; /* of the member; with .list the size of one item */
    int64_t min, max;
    const char *def;                  /* value when the key is absent, as it would be written */
    const struct pxk_conf_table *sub; /* PXK_CONF_STRUCT */
    /** i-th word, NULL past the end. PXK_CONF_ENUM, PXK_CONF_WORD: the words; maps: allowed keys;
     * PXK_CONF_READ: what is suggested for a misspelt one. */
    const char *(*word)(size_t i);
    char join;        /* PXK_CONF_WORD */
    const char *noun; /* "a port such as 69": what is expected; READ: required; others: in place of
                         the usual words */
    const char *pattern; /* PXK_CONF_READ, PXK_CONF_STRING: regular expression of the schema */
    /** PXK_CONF_READ: the member from @text (with NUL). False: not of this form. */
    bool (*read)(const struct pxk_conf_key *key, const char *text, void *out);
    /** A word that may stand in place of the value, e.g. "none": then the member stays zero and
     * pxk_conf_instead() is true. Also in place of a whole list, map or struct. */
    const char *instead;
    /** PXK_CONF_STRUCT: a single value in place of the mapping counts as a mapping of this key
     * alone; with .list also in place of the list. */
    const char *lone;
    bool raw; /* values in here are taken as they are written: the expand hook is not asked */
    const char *doc;
};

#define PXK_CONF_AT(T, m) .offset = offsetof(T, m), .size = sizeof(((T *)0)->m)
#define PXK_CONF_LIST_AT(T, m)                                                                     \
    .list = true, .offset = offsetof(T, m), .size = sizeof(*((T *)0)->m.at)
#define PXK_CONF_PTR_AT(T, m) .pointer = true, .offset = offsetof(T, m), .size = sizeof(((T *)0)->m)

struct pxk_conf_error {
    unsigned line, column; /* from 1; 0: the file as a whole */
    char text[300];        /* one sentence, printable */
};

/** Zero is empty. In the order of the file once pxk_conf_parse() has returned. */
struct pxk_conf_errors {
    PXK_VEC(struct pxk_conf_error) list;
    size_t dropped; /* over PXK_CONF_ERRORS_MAX */
};
void pxk_conf_errors_done(struct pxk_conf_errors *e);
/** An error found by other means than a binding. PXK_E_NOMEM: it is not there. */
PXK_MUST_USE enum pxk_err pxk_conf_errors_add(struct pxk_conf_errors *e, unsigned line, unsigned column,
                                              const char *text);
void pxk_conf_errors_sort(struct pxk_conf_errors *e);
/** "file:line:column: sentence" of error @i; true while there is one. */
bool pxk_conf_error_line(const struct pxk_conf_errors *e, const char *file, size_t i,
                         struct pxk_str *out);

/**
 * Bind one YAML document to a struct.
 * @user    for hooks: pxk_conf_user()
 * @out     of table->size bytes, need not be initialised; on success its strings and lists are the
 * caller's, to be released by pxk_conf_free(); on failure it is all zero
 * @errors  appended to; may not be NULL
 * PXK_OK; PXK_E_FORMAT with at least one error in @errors; PXK_E_NOMEM.
 */
PXK_MUST_USE enum pxk_err pxk_conf_parse(const struct pxk_conf_table *table, void *user,
                                         const char *text, size_t len, void *out,
                                         struct pxk_conf_errors *errors);
/** Release what @out owns and zero it. A zeroed struct is fine. */
void pxk_conf_free(const struct pxk_conf_table *table, void *out);

/* ---- one document, bound several times: by several tables, or with other variables each time ---- */

struct pxk_conf_doc; /* opaque: a parsed file */

/** PXK_OK: @out has something to bind, even if an error was found behind it (then it is in @errors).
 * PXK_E_FORMAT: nothing to bind, at least one error in @errors. PXK_E_NOMEM. */
PXK_MUST_USE enum pxk_err pxk_conf_load(const char *text, size_t len, struct pxk_conf_doc **out,
                                        struct pxk_conf_errors *errors);
/** NULL is fine; returns NULL. */
struct pxk_conf_doc *pxk_conf_doc_free(struct pxk_conf_doc *doc);

struct pxk_conf_opts {
    void *user;      /* for hooks */
    bool others;     /* keys of the outermost mapping without a row are somebody else's */
    unsigned visits; /* how many values may be looked at, aliases followed; 0: a default for one file */
    /**
     * The text to read in place of a scalar value @text (which ends with NUL): @text itself if
     * nothing is to be replaced, or that of @out, which is empty before. NULL: wrong, @why gets the
     * rest of a sentence that begins with the key's name. Keys are not expanded.
     */
    const char *(*expand)(void *user, const char *text, struct pxk_text *out, struct pxk_str *why);
};

/** As pxk_conf_parse() of a document's text. @opts may be NULL. */
PXK_MUST_USE enum pxk_err pxk_conf_bind(struct pxk_conf_doc *doc,
                                        const struct pxk_conf_table *table,
                                        const struct pxk_conf_opts *opts, void *out,
                                        struct pxk_conf_errors *errors);

/* ---- for check hooks ---- */

void *pxk_conf_user(const struct pxk_conf *c);
/** Was the member at @field written in the file, and right? Not for members that took their
 * default. */
bool pxk_conf_given(const struct pxk_conf *c, const void *field);
/** Was it written at all, right or wrong? */
bool pxk_conf_written(const struct pxk_conf *c, const void *field);
/** Was the word of .instead written? Then pxk_conf_given() is false. */
bool pxk_conf_instead(const struct pxk_conf *c, const void *field);
/** The line where it was written, from 1; of a struct the line where it begins; 0: not written. */
unsigned pxk_conf_line(const struct pxk_conf *c, const void *field);
/** An error at the place of @field: a member, a list's item, a pair, a pair's value[i]. If it was
 * not written, at the mapping around it. */
void pxk_conf_error(struct pxk_conf *c, const void *field, const char *fmt, ...) PXK_PRINTF(3, 4);
/** As pxk_conf_error, at the key of a pair rather than at its value. */
void pxk_conf_error_key(struct pxk_conf *c, const void *pair, const char *fmt, ...)
    PXK_PRINTF(3, 4);
/** The hook ran out of memory: the binding fails with PXK_E_NOMEM. */
void pxk_conf_no_memory(struct pxk_conf *c);

/* ---- single values, as the binder reads them; whole numbers and yes or no: pxk/base/words.h ---- */

PXK_MUST_USE enum pxk_err pxk_conf_size_parse(const char *s, uint64_t *out);
PXK_MUST_USE enum pxk_err pxk_conf_duration_parse(const char *s, pxk_usec *out);
/** "5%", "0.25%" to parts per million; at most four decimals and 100%. */
PXK_MUST_USE enum pxk_err pxk_conf_percent_parse(const char *s, uint32_t *out);
/** PXK_E_RANGE: host bits are set; @out then has them cleared. */
PXK_MUST_USE enum pxk_err pxk_conf_subnet_parse(const char *s, struct pxk_conf_subnet *out);
/** PXK_E_RANGE: the last address lies before the first. */
PXK_MUST_USE enum pxk_err pxk_conf_range_parse(const char *s, struct pxk_conf_range *out);

/* ---- schema ---- */

/** JSON Schema (draft 2020-12) of files that @table describes. PXK_OK, PXK_E_NOMEM. */
PXK_MUST_USE enum pxk_err pxk_conf_schema(const struct pxk_conf_table *table, const char *title,
                                          struct pxk_text *out);
/** The same for files whose values may be variables: "${name}" is allowed wherever a single value is. */
PXK_MUST_USE enum pxk_err pxk_conf_schema_variables(const struct pxk_conf_table *table,
                                                    const char *title, struct pxk_text *out);

/* ---- reference ---- */

/** The same for people: Markdown, a section (##) per table with a row per key, then long lists of words. Appended to @out.
 * PXK_OK, PXK_E_NOMEM. */
PXK_MUST_USE enum pxk_err pxk_conf_reference(const struct pxk_conf_table *table,
                                             struct pxk_text *out);

#endif
