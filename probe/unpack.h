/* Compressed captures: recognised by their first bytes, unpacked as the bytes come. gzip, zstd and xz give out all that can be had
 * of a file that was cut and wait for nothing on a pipe; bzip2 and lz4 come through libarchive, which gives whole blocks only. */
#ifndef PXK_UNPACK_H
#define PXK_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct unpack; /* opaque */

enum { UNPACK_END = 0, UNPACK_AGAIN = -1, UNPACK_FAILED = -2 };

/** More packed bytes: how many, with *@out at them until the next call; UNPACK_END, _FAILED with errno, and if it is not to @wait
 * _AGAIN (none there now). */
typedef ssize_t unpack_more(void *ctx, bool wait, const uint8_t **out);

/** Can a file that begins with these @n bytes be unpacked? */
bool unpack_knows(const uint8_t *p, size_t n);
/** For a file that begins with these bytes; @more gives them, too. NULL: no memory, or not known. */
struct unpack *unpack_new(const uint8_t *p, size_t n, unpack_more *more, void *ctx);
struct unpack *unpack_free(struct unpack *u);

/** At most @cap unpacked bytes; UNPACK_END, _AGAIN, or _FAILED with unpack_why(). At most one call of more() gives it its bytes. */
ssize_t unpack_read(struct unpack *u, uint8_t *out, size_t cap);
/** May there be unpacked bytes without more packed ones? */
bool unpack_pending(const struct unpack *u);
const char *unpack_why(const struct unpack *u);

#endif
