/* How overrides act, for the machines beside it. */
#ifndef PXK_MACHINE_OVERRIDES_INT_H
#define PXK_MACHINE_OVERRIDES_INT_H

#include "overrides.h"

/** The options of one message of @type as the personality would send them, changed in place: @n of them, room for
 * @cap. Returns how many there are now. @o NULL: nothing changes. */
size_t overrides_apply(const struct pxk_overrides *o, uint8_t type, struct pxk_dhcp4_out_opt *opt, size_t n, size_t cap);

/** @who's habits with other options asked for. @o NULL: as they are. */
void overrides_tftp(const struct pxk_overrides *o, const struct pxk_tftp_profile *who, struct pxk_tftp_profile *out);

#endif
