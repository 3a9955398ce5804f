/* A text builder over a caller's buffer: never overflows, remembers that it was cut. */
#ifndef PXK_BASE_STR_H
#define PXK_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base/err.h"
#include "pxk/base/time.h"

struct pxk_str {
    char *s;
    size_t len, cap; /* cap counts the NUL */
    bool cut;
};

struct pxk_str pxk_str_init(char *buf, size_t cap);
void pxk_str_add(struct pxk_str *b, const char *text);
void pxk_str_addf(struct pxk_str *b, const char *fmt, ...) PXK_PRINTF(2, 3);
void pxk_str_addc(struct pxk_str *b, char c);
/** Bytes as text: printable ASCII as it is, all else as \xNN, so that nothing from the network reaches a
 * terminal raw. */
void pxk_str_add_quoted(struct pxk_str *b, const void *data, size_t n);
/** "42 kB", "8.2 MB" (powers of 1000). */
void pxk_str_add_bytes(struct pxk_str *b, uint64_t n);
/** "0.3 s", "240 us", "1 h 5 min". */
void pxk_str_add_duration(struct pxk_str *b, pxk_usec t);

/** strlcpy: copies what fits, always ends with NUL. Returns false if it was cut. */
bool pxk_str_copy(char *dst, size_t cap, const char *src);
/** As pxk_str_copy for @n bytes that may hold anything; stops at a NUL. */
bool pxk_str_copy_n(char *dst, size_t cap, const void *src, size_t n);
/** snprintf that cannot fail; returns @dst. */
const char *pxk_fmt(char *dst, size_t cap, const char *fmt, ...) PXK_PRINTF(3, 4);

bool pxk_str_starts(const char *s, const char *prefix);
bool pxk_str_ends(const char *s, const char *suffix);
/** ASCII only, no locale. */
int pxk_str_casecmp(const char *a, const char *b);

/** Edits (insert, delete, replace, swap neighbours) between two short words, for "did you mean". */
unsigned pxk_str_distance(const char *a, const char *b);

#endif
