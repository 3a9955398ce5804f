/* Client architectures (DHCP option 93), from arch.def. */
#ifndef PXK_PROTO_ARCH_H
#define PXK_PROTO_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pxk_arch {
    uint16_t code;
    const char *key, *words;
    uint16_t pe_machine; /* COFF machine the firmware can run; 0: none */
    bool http;
    const char *default_file;
};

enum {
#define ARCH(code, name, key, words, machine, http, file) PXK_ARCH_##name = code,
#include "pxk/proto/tables/arch.def"
#undef ARCH
    PXK_ARCH_UNSET = 0xffff, /* sent by s390x iPXE and by some U-Boot builds */
};

/** The row of @code, NULL if IANA has none. */
const struct pxk_arch *pxk_arch_by_code(uint16_t code);
const struct pxk_arch *pxk_arch_by_key(const char *key);
/** The row nearest in spelling to @key, for "did you mean"; never NULL. */
const struct pxk_arch *pxk_arch_nearest(const char *key);
/** Row @i in table order, NULL past the end. */
const struct pxk_arch *pxk_arch_row(size_t i);
/** The key, or "arch-N" in @buf for codes without a row. */
const char *pxk_arch_name(uint16_t code, char buf[static 16]);

#endif
