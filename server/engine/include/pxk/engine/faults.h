/* Faults: the reference server being wrong on purpose, so that what names a fault can be shown one. A fault is a text of
 * the config, "dhcp.no-ack" or "tftp.stall-at=3", and one row of faults.def. The engines get a set of them and act on it;
 * the same set works on sockets and in virtual time. Pure. */
#ifndef PXK_ENGINE_FAULTS_H
#define PXK_ENGINE_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"

#define PXK_FAULTS_MAX      32  /* in one set */
#define PXK_FAULT_TEXT_SIZE 208 /* of a path or text, with its NUL */

enum pxk_fault_id {
#define FAULT(id, part, name, arg, min, max, does, finding, source) PXK_FAULT_##id,
#include "pxk/engine/faults.def"
#undef FAULT
    PXK_FAULT_N
};

enum pxk_fault_part { PXK_FAULT_PART_DHCP, PXK_FAULT_PART_TFTP };

enum pxk_fault_arg {
    PXK_FAULT_ARG_NONE,
    PXK_FAULT_ARG_ARCH,     /* .number: the code; "uefi-x64" */
    PXK_FAULT_ARG_NUMBER,   /* .number; "3", "-100" */
    PXK_FAULT_ARG_BYTES,    /* .number; "512", "64k" */
    PXK_FAULT_ARG_DURATION, /* .number: us; "1500ms", "3s" */
    PXK_FAULT_ARG_IP,       /* .ip */
    PXK_FAULT_ARG_PATH,     /* .text: as pxk_tftpd_name_clean() leaves it; fits a file whose path is it or ends with "/" and it */
    PXK_FAULT_ARG_TEXT,     /* .text */
};

struct pxk_fault_row {
    const char *name; /* "dhcp.silent" */
    enum pxk_fault_part part;
    enum pxk_fault_arg arg;
    int64_t min, max;
    const char *does, *finding, *source;
};

struct pxk_fault {
    enum pxk_fault_id id;
    int64_t number;
    pxk_ip4 ip;
    char text[PXK_FAULT_TEXT_SIZE];
};

/** Zero is empty. */
struct pxk_faults {
    struct pxk_fault at[PXK_FAULTS_MAX];
    size_t n;
};

const struct pxk_fault_row *pxk_fault_row(enum pxk_fault_id id);
/** How a value is called in lists: "=TIME"; "" where there is none. */
const char *pxk_fault_arg_word(enum pxk_fault_arg arg);
/** "dhcp.silent", NULL past the end: for pxk_nearest() and lists. */
const char *pxk_fault_name(size_t i);

/**
 * Read one fault and add it. The part's name may be left out where one part only has that fault.
 * PXK_OK; PXK_E_NOTFOUND (no such fault), PXK_E_FORMAT (value missing, not wanted or wrong), PXK_E_EXISTS (there already;
 * those with a path or an architecture may be there several times), PXK_E_SPACE (too many). On failure @set is as it was and one sentence,
 * without a final full stop, is in @why: it names the fault, and the nearest spelling.
 */
PXK_MUST_USE enum pxk_err pxk_faults_add(struct pxk_faults *set, const char *text, struct pxk_str *why);

/** The first of this kind, NULL if it is not in the set. @set may be NULL: none at all. */
const struct pxk_fault *pxk_faults_find(const struct pxk_faults *set, enum pxk_fault_id id);
static inline bool pxk_faults_has(const struct pxk_faults *set, enum pxk_fault_id id)
{
    return pxk_faults_find(set, id) != NULL;
}
/** Is there one of this kind with this number (ARG_ARCH: the code)? */
bool pxk_faults_number(const struct pxk_faults *set, enum pxk_fault_id id, int64_t number);
/** Is there one of this kind (ARG_PATH) whose path fits @file, a clean name? */
bool pxk_faults_match(const struct pxk_faults *set, enum pxk_fault_id id, const char *file);
/** "dhcp.slow=3s": as it would be written. */
void pxk_fault_add_text(const struct pxk_fault *f, struct pxk_str *out);

#endif
