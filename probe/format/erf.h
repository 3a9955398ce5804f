/* The ERF record (Endace extensible record format): alone as a file, and in other files as LINKTYPE_ERF. */
#ifndef PXK_ERF_H
#define PXK_ERF_H

#include "capfile_int.h"

#define ERF_HEADER 16
enum { ERF_ETH = 2, ERF_COLOR_ETH = 11, ERF_DSM_COLOR_ETH = 16, ERF_COLOR_HASH_ETH = 20, ERF_IPV4 = 22, ERF_IPV6 = 23, ERF_PAD = 48 };

struct erf {
    uint64_t stamp;  /* seconds and their 2^-32nd parts */
    uint8_t type;
    bool extended;   /* 8-byte headers follow, each telling whether there is another */
    uint16_t all, lost, wire;
};

/** @p: ERF_HEADER bytes. */
static inline struct erf erf_read(const uint8_t *p)
{
    return (struct erf){get64(p, false), p[8] & 0x7f, p[8] & 0x80, get16(p + 10, true), get16(p + 12, true), get16(p + 14, true)};
}

/** The types that count what was lost in the field which others use for colours. */
static inline bool erf_counts(const struct erf *e)
{
    return e->type == ERF_ETH || e->type == ERF_IPV4 || e->type == ERF_IPV6;
}

#endif
