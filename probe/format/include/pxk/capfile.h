/* Capture files as a stream of bytes: pcap (microseconds, nanoseconds, Kuznetzov's, either byte order), pcapng
 * (draft-ietf-opsawg-pcapng), snoop (RFC 1761) and ERF become records. Pure: whoever has the bytes feeds them, in pieces of any
 * size. Nothing in a file is believed before it is checked; what cannot be read is skipped to the next thing that can, and
 * counted. Memory stays under PXK_CAPFILE_MEMORY whatever the file says. */
#ifndef PXK_CAPFILE_H
#define PXK_CAPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"

/** Largest captured length that is believed (libpcap's own limit), in bytes. */
#define PXK_CAP_MAX         262144u
/** Largest pcapng block with a packet or an interface in it, in bytes. Others may be longer: they are not looked at. */
#define PXK_CAP_BLOCK_MAX   (2 * PXK_CAP_MAX)
/** Interfaces of all sections together; packets of further ones count as damaged. */
#define PXK_CAP_IFACES_MAX  4096u
#define PXK_CAPFILE_MEMORY  ((size_t)2 << 20)

enum pxk_capformat { PXK_CAPFORMAT_UNKNOWN, PXK_CAPFORMAT_PCAP, PXK_CAPFORMAT_PCAPNG, PXK_CAPFORMAT_SNOOP, PXK_CAPFORMAT_ERF };
/** "pcapng"; static storage. */
const char *pxk_capformat_text(enum pxk_capformat f);

/** One packet of a capture. Pointers live until the next call for the same reader. */
struct pxk_cap_record {
    pxk_usec at;        /* since 1970; where the file has no time (simple packet blocks): the time of the one before */
    uint16_t nano;      /* and so many nanoseconds, 0 to 999 */
    uint16_t link;      /* LINKTYPE_ number (tcpdump.org/linktypes.html) */
    uint32_t iface;     /* index of the interface, counted over all sections of the file; see pxk_capfile_iface() */
    uint32_t len, wire; /* bytes in @data; bytes that were on the wire, never less */
    const uint8_t *data;
    uint64_t number;    /* from 1, as Wireshark counts */
    const uint8_t *options; /* pcapng options of this packet, as they are in the file; read with pxk_cap_comment() */
    uint32_t options_len;
    bool options_be;
};

struct pxk_cap_iface {
    uint16_t link;      /* LINKTYPE_ */
    uint32_t snaplen;   /* 0: not limited */
    char name[32];      /* "" if the file does not say */
    uint64_t dropped;   /* by the interface and by the capturing system, as the file's statistics tell */
    /* internal: how times of this interface become microseconds */
    uint8_t resolution; /* if_tsresol */
    int64_t offset;     /* seconds */
};

struct pxk_cap_counts {
    uint64_t records;
    uint64_t bytes;     /* fed */
    uint64_t damaged;   /* places where something was wrong and had to be skipped */
    uint64_t skipped;   /* bytes skipped there */
    bool cut;           /* the file ends inside a record */
    uint64_t dropped;   /* packets lost while it was captured, as the file tells */
};

struct pxk_capfile; /* opaque */

PXK_MUST_USE enum pxk_err pxk_capfile_new(struct pxk_capfile **out);
/** NULL is fine; returns NULL. */
struct pxk_capfile *pxk_capfile_free(struct pxk_capfile *c);

/**
 * The next @len bytes of the file. They must stay where they are until pxk_capfile_next() has returned false; at most
 * one record that ends in a later piece is copied. Only call it when pxk_capfile_next() has returned false.
 */
void pxk_capfile_feed(struct pxk_capfile *c, const void *data, size_t len);
/** There are no more bytes. What is left is looked through: call pxk_capfile_next() until false again. */
void pxk_capfile_finish(struct pxk_capfile *c);
/** The next record, or false: more bytes are needed, the file is finished, or pxk_capfile_error() tells why not. */
bool pxk_capfile_next(struct pxk_capfile *c, struct pxk_cap_record *out);

/** Recognise the format from what was fed, without taking a record; pxk_capfile_next() does it by itself. */
void pxk_capfile_detect(struct pxk_capfile *c);

/** PXK_OK; PXK_E_FORMAT: no capture file; PXK_E_TRUNCATED: it ends inside its header, or is empty; PXK_E_NOMEM. */
enum pxk_err pxk_capfile_error(const struct pxk_capfile *c);
enum pxk_capformat pxk_capfile_format(const struct pxk_capfile *c);
const struct pxk_cap_counts *pxk_capfile_counts(struct pxk_capfile *c);
/** How many interfaces are known so far; those of @i below it. */
uint32_t pxk_capfile_ifaces(const struct pxk_capfile *c);
const struct pxk_cap_iface *pxk_capfile_iface(const struct pxk_capfile *c, uint32_t i);

/** The record's comments (opt_comment), one per call: start with *@pos 0. NULL: no more. Not NUL-terminated, any bytes. */
const char *pxk_cap_comment(const struct pxk_cap_record *rec, size_t *pos, size_t *len);

#endif
