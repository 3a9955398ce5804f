/* DHCP options of the config file: key or number, and values as text -> bytes on the wire. */
#ifndef PXK_SERVER_OPTIONS_H
#define PXK_SERVER_OPTIONS_H

#include "pxk/conf.h"
#include "pxk/proto.h"

/* Code of a key ("root-path", "224"); 0 if there is none, or if the server fills this option
 * itself: then one sentence is in @why. */
uint8_t option_code(const char *key, struct pxk_str *why);
/* As pxk_dhcp4_value_parse(), at most 255 bytes. */
bool option_encode(uint8_t code, const struct pxk_conf_pairs *p, struct pxk_wr *w, size_t *bad,
                   struct pxk_str *why);

#endif
