/* The lease file: one line for each change of a lease, so that leases outlive a restart. docs/serve.md has the format. */
#ifndef PXK_SERVER_LEASE_FILE_H
#define PXK_SERVER_LEASE_FILE_H

#include "pxk/engine/dhcpd.h"

/* The same moment on the engine's clock and on everybody's. */
struct lease_clock {
    pxk_usec now;
    int64_t wall; /* seconds since 1970 */
};

struct lease_file {
    const char *path; /* the caller's */
    const struct pxk_log *log;
    int fd;            /* -1: not open */
    uint64_t size;     /* bytes */
    uint64_t tidy_at;  /* size at which it is written anew */
    bool torn;         /* its last line is not complete */
    bool failed;       /* said once each time that writing begins to fail */
};

enum { LEASE_LINE_MAX = 320 }; /* with its newline and NUL */

/* One line, with its newline. */
void lease_line_write(const struct pxk_dhcpd_lease *l, struct lease_clock c, struct pxk_str *out);
/* False if it is none. @line has no newline. Ends in the past become c.now. */
bool lease_line_read(const char *line, struct lease_clock c, struct pxk_dhcpd_lease *out);

/* Read @path into the engine if it is there, and write it anew. After saying what is wrong: PXK_E_PERM, PXK_E_IO,
 * PXK_E_FORMAT (a file of another kind: it is left alone). */
PXK_MUST_USE enum pxk_err lease_file_open(struct lease_file *f, const char *path, struct pxk_dhcpd *engine,
                                          struct lease_clock c, const struct pxk_log *log);
/* A change; it is in the file when this returns, or a warning was logged. */
void lease_file_add(struct lease_file *f, const struct pxk_dhcpd_lease *l, struct lease_clock c);
/* Write it anew if it has grown much. Not from inside the engine. */
void lease_file_tidy(struct lease_file *f, const struct pxk_dhcpd *engine, struct lease_clock c);
void lease_file_close(struct lease_file *f);

#endif
