/* What people write: numbers, yes and no, bytes as hex digits, and words that are nearly right. */
#ifndef PXK_BASE_WORDS_H
#define PXK_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base/err.h"

/** Value of a hex digit of either case, -1 if it is none. */
int pxk_hex_digit(char c);
/** Two hex digits at *@s, moved past. False: they are not there, *@s stays. */
bool pxk_hex_byte(const char **s, uint8_t *out);
/** Digits of @base (10 or 16) at *@s, moved past. PXK_E_FORMAT without any, PXK_E_RANGE if it does not fit. */
PXK_MUST_USE enum pxk_err pxk_digits_parse(const char **s, unsigned base, uint64_t *out);
/** A whole text: decimal, or hex after 0x, with or without a minus. PXK_E_FORMAT, PXK_E_RANGE. */
PXK_MUST_USE enum pxk_err pxk_int_parse(const char *s, int64_t *out);
/** true, yes, on; false, no, off; in either case. PXK_E_FORMAT. */
PXK_MUST_USE enum pxk_err pxk_bool_parse(const char *s, bool *out);

/** The word nearest in spelling to @s, NULL if none is near enough to be meant. @word: the i-th one, NULL past the end. */
const char *pxk_nearest(const char *s, const char *(*word)(size_t i));
/** The same for words that are no table: begin with {.word = s}, offer each, look at `best`. The words must live until then. */
struct pxk_near {
    const char *word, *best; /* best: NULL, none is near enough */
    unsigned least;
};
void pxk_near_offer(struct pxk_near *n, const char *candidate);

#endif
