/* Shared by dhcpc.c (states and answers) and dhcpc_send.c (messages). */
#ifndef PXK_MACHINE_DHCPC_INT_H
#define PXK_MACHINE_DHCPC_INT_H

#include "dhcpc.h"

static inline bool dhcpc_is_edk2(const struct pxk_dhcpc *c)
{
    return c->who->rules == PXK_RULES_EDK2;
}

/** One message; @codes are option codes in order, 0 ends them. */
void dhcpc_send(struct pxk_dhcpc *c, uint8_t type, const uint8_t *codes, pxk_ip4 dst, uint16_t sport, uint16_t dport);
/** What the present state sends, once more. */
void dhcpc_transmit(struct pxk_dhcpc *c, pxk_usec now);

#endif
