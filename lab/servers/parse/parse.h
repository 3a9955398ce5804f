/* What other projects' servers write: lease files and the line of a log that says why. Pure: text in. Any bytes whatever may be
 * in there, a file may end anywhere (its writer was killed), and work and memory grow with the text's length only. */
#ifndef PXK_LAB_PARSE_H
#define PXK_LAB_PARSE_H

#include <stdint.h>

#include "pxk/lab.h"

#define PXK_LAB_LEASES_MAX 65536 /* lease records of one file that are read */

/**
 * Leases in force at @now (seconds since 1970), by address, each address once: a file's last word on it holds. Appended to @out.
 * What cannot be read is passed over. PXK_OK, PXK_E_NOMEM.
 */
PXK_MUST_USE enum pxk_err pxk_lab_leases_dnsmasq(const char *text, size_t len, int64_t now, struct pxk_lab_leases *out);
/** dhcpd.leases(5). */
PXK_MUST_USE enum pxk_err pxk_lab_leases_isc(const char *text, size_t len, int64_t now, struct pxk_lab_leases *out);
/** Kea's memfile, CSV with a header line that names the columns. */
PXK_MUST_USE enum pxk_err pxk_lab_leases_kea(const char *text, size_t len, int64_t now, struct pxk_lab_leases *out);
/** The reference server's lease file. */
PXK_MUST_USE enum pxk_err pxk_lab_leases_reference(const char *text, size_t len, int64_t now, struct pxk_lab_leases *out);

/**
 * The line of a failed program's @log that says most: one that names a place in its config (@config: that file's path or NULL),
 * else the last that speaks of a failure, else the last that says anything. Without time and process in front, printable.
 * False: the log says nothing.
 */
bool pxk_lab_log_cause(const char *log, const char *config, char *out, size_t cap);

#endif
