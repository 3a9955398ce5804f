/* Identities of machines that do not exist. */
#ifndef PXK_MACHINE_MADE_UP_H
#define PXK_MACHINE_MADE_UP_H

#include "pxk/base.h"

/** Locally administered: 02:70:78 ("px"), then three bytes by chance. */
struct pxk_mac pxk_mac_make_up(struct pxk_rand *rand);
/** In wire order. Version 4 in the byte where PXELINUX looks for it; the MAC makes it one of a kind and repeatable. */
struct pxk_uuid pxk_uuid_make_up(const struct pxk_mac *mac);

#endif
