/* The parts of the capture file reader among themselves. */
#ifndef PXK_CAPFILE_INT_H
#define PXK_CAPFILE_INT_H

#include "pxk/capfile.h"

#define LINK_ETHERNET 1
#define LINK_ERF      197

enum step {
    STEP_RECORD, /* there is one */
    STEP_AGAIN,  /* something was read that is no record */
    STEP_MORE,   /* not all of it is there yet */
    STEP_LOST,   /* this cannot be what the format says */
};

/** Is there something whole and believable at @at? */
enum look { LOOK_YES, LOOK_NO, LOOK_MORE };

struct format {
    enum pxk_capformat name;
    enum step (*step)(struct pxk_capfile *c, struct pxk_cap_record *out);
    enum look (*look)(struct pxk_capfile *c);
    size_t least; /* bytes that look() may read without asking */
};
extern const struct format pxk_format_pcap, pxk_format_pcapng, pxk_format_snoop, pxk_format_erf;

struct pxk_capfile {
    const uint8_t *at, *end;       /* being read: the caller's bytes, or the carry */
    const uint8_t *in, *in_end;    /* while the carry is read: the caller's bytes that come after it */
    uint8_t *carry;                /* what began in one piece and ends in another */
    size_t carry_cap;
    bool carrying, final;
    bool searching;                /* after damage, for the next thing that can be read */
    bool cut;                      /* ... because the file ended inside a record */
    uint64_t skip;                 /* bytes of a block nobody looks at */
    size_t looked;                 /* bytes before the file's header, if it does not begin with one */
    const struct format *format;
    enum pxk_err err;
    bool big;                      /* the file's (section's) numbers are big-endian */
    bool lax;                      /* pcap: its writer gets lengths on the wire wrong */
    bool nano;                     /* pcap: nanoseconds */
    uint8_t header;                /* pcap: bytes before a packet */
    uint8_t minor;                 /* pcap: version 2.minor */
    uint32_t section;              /* pcapng: index of the section's first interface */
    pxk_usec last;                 /* time of the last record */
    uint64_t dropped_before;       /* snoop, erf */
    struct pxk_cap_iface *ifaces;
    uint32_t iface_n, iface_cap;
    struct pxk_cap_counts counts;
};

/** Fetch into the carry until @n bytes (at most 2 * PXK_CAP_BLOCK_MAX) lie in one piece at c->at. */
bool pxk_capfile_gather(struct pxk_capfile *c, size_t n);

/** Are @n bytes in one piece at c->at? It may move there what was at another place. */
static inline bool capfile_have(struct pxk_capfile *c, size_t n)
{
    return (size_t)(c->end - c->at) >= n || pxk_capfile_gather(c, n);
}

static inline size_t capfile_held(const struct pxk_capfile *c)
{
    return (size_t)(c->end - c->at);
}

/** A new interface, zeroed, or NULL: too many, or no memory. */
struct pxk_cap_iface *pxk_capfile_iface_add(struct pxk_capfile *c);

static inline uint16_t get16(const uint8_t *p, bool big)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return big == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) ? v : __builtin_bswap16(v);
}

static inline uint32_t get32(const uint8_t *p, bool big)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return big == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) ? v : __builtin_bswap32(v);
}

static inline uint64_t get64(const uint8_t *p, bool big)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return big == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) ? v : __builtin_bswap64(v);
}

/** Could a packet found after damage have this time? Within 30 days of the last one. */
static inline bool capfile_time_near(const struct pxk_capfile *c, pxk_usec at)
{
    const pxk_usec days30 = 30 * 86400 * PXK_SEC;
    return !c->last || (at > c->last ? at - c->last : c->last - at) < days30;
}

/** Do the bytes at @p (@n of them) begin a file that @c knows? Sets what its header tells and the format. */
enum look pxk_pcap_begins(struct pxk_capfile *c);
enum look pxk_pcapng_begins(struct pxk_capfile *c);
enum look pxk_snoop_begins(struct pxk_capfile *c);
enum look pxk_erf_begins(struct pxk_capfile *c);

#endif
