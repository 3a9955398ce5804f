/* Whole files, read and written at once. */
#ifndef PXK_FILES_H
#define PXK_FILES_H

#include "pxk/base.h"

/**
 * Append a file's bytes to @out, at most @max of them; after them stands a NUL, also of an empty file. PXK_E_NOTFOUND; PXK_E_IO
 * with errno; PXK_E_SPACE: there is more, and @out has the beginning; PXK_E_NOMEM.
 */
PXK_MUST_USE enum pxk_err pxk_file_read(const char *path, size_t max, struct pxk_text *out);
/** Make or replace a file. PXK_E_IO with errno. */
PXK_MUST_USE enum pxk_err pxk_file_write(const char *path, const void *data, size_t len);
/** The same, but a reader sees the old file or the whole new one, also if this program ends in between: through a file beside it
 * and rename(). */
PXK_MUST_USE enum pxk_err pxk_file_replace(const char *path, const void *data, size_t len);

#endif
