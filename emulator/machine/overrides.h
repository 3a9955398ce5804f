/* What a scenario changes in what a personality sends: DHCP options replaced, added or left out, and the options
 * that its TFTP requests carry. Plain data; all zero changes nothing. */
#ifndef PXK_MACHINE_OVERRIDES_H
#define PXK_MACHINE_OVERRIDES_H

#include "pxk/base.h"
#include "pxk/proto.h"

#define PXK_OVERRIDES_MAX       16  /* DHCP options */
#define PXK_OVERRIDES_BYTES_MAX 512 /* of all their values */

/** One DHCP option of DISCOVER, REQUEST (to port 4011 and to boot servers too) and INFORM. One that the personality
 * sends keeps its place; another one is added at the end. 50, 53 and 54 keep the conversation together: an override
 * of them counts where the personality sends them, and they are never added. */
struct pxk_override {
    uint8_t code;
    bool omit;
    uint16_t at, len; /* into pxk_overrides.bytes */
};

/** @given: what is asked for is @value, or with 0 nothing; else as the client does. */
struct pxk_override_tftp {
    bool given;
    uint32_t value;
};

/** The firmware's DHCP: an iPXE that it loads speaks for itself. TFTP: all of the client's, loaders' too. */
struct pxk_overrides {
    struct pxk_override option[PXK_OVERRIDES_MAX];
    size_t option_n;
    uint8_t bytes[PXK_OVERRIDES_BYTES_MAX];
    size_t bytes_n;
    struct pxk_override_tftp blksize, windowsize, tsize; /* tsize: any value but 0 asks */
};

/** Set option @code to a value, or with @data NULL leave it out; an earlier word about it is taken back. PXK_E_SPACE:
 * too many, or too many bytes; PXK_E_RANGE: code 0 or 255. */
PXK_MUST_USE enum pxk_err pxk_overrides_set(struct pxk_overrides *o, uint8_t code, const void *data, size_t len);

#endif
