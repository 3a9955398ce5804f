/* PXE's use of DHCP option 43 (PXE 2.1 table 2-1). */
#ifndef PXK_PROTO_PXE_H
#define PXK_PROTO_PXE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"

enum {
#define SUB(code, name, key, min, max) PXK_PXE_##name = code,
#include "pxk/proto/tables/pxe_subopts.def"
#undef SUB
};

#define PXK_PXE_NO_BROADCAST   0x01 /* discovery control bits */
#define PXK_PXE_NO_MULTICAST   0x02
#define PXK_PXE_LISTED_ONLY    0x04
#define PXK_PXE_BOOT_FILE_ONLY 0x08

struct pxk_pxe {
    uint16_t seen;           /* bit N: sub-option N (0..12) is there and of a right length */
    bool has_item;           /* 71 */
    uint8_t control;         /* 6 */
    pxk_ip4 multicast;       /* 7 */
    struct pxk_rd servers;   /* 8: pxk_pxe_server_next() */
    struct pxk_rd menu;      /* 9: pxk_pxe_menu_next() */
    uint8_t prompt_timeout;  /* 10: seconds; 0 first item at once, 255 menu at once */
    const char *prompt;      /* not NUL-terminated */
    uint8_t prompt_len;
    uint16_t item_type, item_layer;
    pxk_ip4 mtftp_ip;
    bool no_end, cut, bad_length;
};

/** Decode the value of option 43. Never fails: what is odd is in the last three members. */
void pxk_pxe_decode(const void *data, size_t len, struct pxk_pxe *out);
static inline bool pxk_pxe_has(const struct pxk_pxe *p, unsigned code)
{
    return code < 16 && (p->seen >> code & 1);
}
/** Any of 6 to 10: EDK2's "PXE 1.0" offer (PxeBcDhcp4.c). */
bool pxk_pxe_has_discovery(const struct pxk_pxe *p);

struct pxk_pxe_server {
    uint16_t type;
    uint8_t count;          /* 0: any server of that type */
    struct pxk_rd address;  /* count IPv4 addresses */
};
struct pxk_pxe_menu_item {
    uint16_t type;          /* 0: local boot */
    const char *text;       /* not NUL-terminated */
    uint8_t len;
};
/** Next entry, false at the end or where the list is broken. */
bool pxk_pxe_server_next(struct pxk_rd *servers, struct pxk_pxe_server *out);
bool pxk_pxe_menu_next(struct pxk_rd *menu, struct pxk_pxe_menu_item *out);

const char *pxk_pxe_sub_name(uint8_t code);

#endif
