/* One capture file that is read: bytes from a descriptor, unpacked if need be, become records. */
#ifndef PXK_INFILE_H
#define PXK_INFILE_H

#include <sys/types.h>

#include "pxk/capfile.h"

struct unpack;

struct infile {
    const char *path;       /* as the user named it */
    int fd;                 /* -1: closed */
    bool regular;           /* a file on disk; all else may keep its reader waiting */
    bool grows;             /* its end is only where the writer is now */
    bool ended;             /* all bytes were read, pxk_capfile_finish() was called */
    struct unpack *unpack;  /* NULL: as it is */
    struct pxk_capfile *cap;
    uint8_t *buf;
    size_t buf_cap;
    size_t first;           /* bytes in the second half of buf that unpacking begins with */
    uint64_t bytes, size;   /* read so far; st_size of a regular file */
    enum pxk_err err;       /* reading ended with an error: it is in why */
    char why[200];
};

/** Open @path ("-": standard input). Nothing is read yet. PXK_E_NOTFOUND, PXK_E_PERM, PXK_E_IO, PXK_E_NOMEM with f->why. */
PXK_MUST_USE enum pxk_err infile_open(struct infile *f, const char *path, size_t buffer);
void infile_close(struct infile *f);

/**
 * At most one read(): only call it when infile_next() has returned false. More than 0: there may be records now; 0: the end (or an
 * error, then f->err), and the last records may come; -1: nothing there yet, come again.
 */
int infile_fill(struct infile *f);
/** Has infile_fill() something to do without reading? */
bool infile_pending(const struct infile *f);
/** Begin again at the beginning of what has its name now: a growing file was cut to nothing, or changed for another. */
PXK_MUST_USE enum pxk_err infile_reopen(struct infile *f);
/** The end is reached: infile_next() gives what is left. */
void infile_finish(struct infile *f);

static inline bool infile_next(struct infile *f, struct pxk_cap_record *out)
{
    return pxk_capfile_next(f->cap, out);
}

/** The next record, waiting for it if need be; false at the end. */
bool infile_pull(struct infile *f, struct pxk_cap_record *out);
/** Read until the format is known. PXK_OK, or why this is no capture, with f->why. */
PXK_MUST_USE enum pxk_err infile_begin(struct infile *f);
/** PXK_OK, or what is wrong with the file as a whole, with f->why. */
enum pxk_err infile_verdict(struct infile *f);

#endif
