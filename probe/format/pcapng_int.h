/* pcapng's numbers (draft-ietf-opsawg-pcapng, sections 3.5 and 4) and its options, for reader and writer. */
#ifndef PXK_PCAPNG_INT_H
#define PXK_PCAPNG_INT_H

#include "capfile_int.h"

#define NG_SECTION_MAGIC 0x1a2b3c4du

enum ng_block { NG_IDB = 1, NG_PB = 2, NG_SPB = 3, NG_NRB = 4, NG_ISB = 5, NG_EPB = 6, NG_SHB = 0x0a0d0d0a };
enum {
    NG_OPT_END = 0,
    NG_OPT_COMMENT = 1,
    NG_SHB_HARDWARE = 2,
    NG_SHB_OS = 3,
    NG_SHB_USERAPPL = 4,
    NG_IF_NAME = 2,
    NG_IF_TSRESOL = 9,
    NG_IF_FILTER = 11,
    NG_IF_TSOFFSET = 14,
    NG_ISB_IFDROP = 5,
    NG_ISB_OSDROP = 7,
};

/* Options: code, length, value padded to four. */
struct ng_options {
    const uint8_t *at, *end;
    bool big;
};

struct ng_option {
    uint16_t code, len;
    const uint8_t *value;
};

static inline bool ng_option_next(struct ng_options *o, struct ng_option *out)
{
    if (o->end - o->at < 4)
        return false;
    out->code = get16(o->at, o->big);
    out->len = get16(o->at + 2, o->big);
    out->value = o->at + 4;
    if (out->code == NG_OPT_END || o->end - out->value < out->len)
        return false;
    size_t padded = (out->len + 3u) & ~3u;
    o->at = (size_t)(o->end - out->value) < padded ? o->end : out->value + padded;
    return true;
}

#endif
