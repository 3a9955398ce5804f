/* A TFTP read (RFC 1350, 2347-2349, 7440) with one client's habits: its options, timers, ports and checks. */
#ifndef PXK_MACHINE_TFTPC_H
#define PXK_MACHINE_TFTPC_H

#include "pxk/base.h"
#include "pxk/proto.h"

enum pxk_tftpc_state {
    PXK_TFTPC_ASKING,  /* RRQ sent */
    PXK_TFTPC_READING,
    PXK_TFTPC_DONE,
    PXK_TFTPC_REFUSED, /* ERROR from the server: error, message */
    PXK_TFTPC_FAILED,  /* time-out, ICMP, or an answer that this client cannot take: why */
};

struct pxk_tftpc_io {
    /** UDP payload from @sport to @server:@dport. */
    void (*send)(void *ctx, uint16_t sport, uint16_t dport, const void *payload, size_t len);
    /** Content at the end of what came before; false ends the transfer (no room). NULL: thrown away. */
    bool (*write)(void *ctx, const void *data, size_t len);
    void *ctx;
};

struct pxk_tftpc {
    const struct pxk_tftp_profile *who;
    struct pxk_tftpc_io io;
    char file[512];
    pxk_ip4 server;
    uint16_t port, peer;        /* ours; the server's transfer port, 0 before its first answer */
    enum pxk_tftpc_state state;
    bool probe;                 /* only the size is wanted */
    bool oack;
    uint32_t blksize, window;
    bool has_tsize;
    uint64_t tsize, bytes;
    bool has_room;              /* the caller may set these after the start: */
    uint64_t room;              /* the client's buffer; what does not fit is thrown away and ends the transfer with its last block */
    uint64_t next;              /* block wanted, from 1, not wrapped */
    uint32_t in_window;         /* blocks since our last ACK */
    uint16_t gap_seen;          /* the block behind the present gap that came last; 0: no gap */
    unsigned tries;             /* transmissions of the packet that waits for an answer */
    uint32_t cap_ms;            /* longest wait; 0: as the client does */
    unsigned max_tries;         /* 0: as the client does */
    pxk_usec deadline, started, ended;
    pxk_usec progress;          /* start, or the last block in order */
    uint16_t error;
    char message[128];          /* server's text, quoted */
    char why[160];
    bool timed_out, icmp;
};

/** Start reading @file. @cap_ms and @max_tries shorten the client's own waits (0: leave them): none is longer
 * than @cap_ms, and it gives up after @max_tries of those without progress. A client that starts with shorter
 * waits sends more often in that time, never less long: a server that answers in time for it is not missed. */
void pxk_tftpc_start(struct pxk_tftpc *t, const struct pxk_tftp_profile *who, const struct pxk_tftpc_io *io,
                     pxk_ip4 server, uint16_t port, const char *file, bool probe, uint32_t cap_ms,
                     unsigned max_tries, pxk_usec now);
/** A UDP payload that came to our port. */
void pxk_tftpc_input(struct pxk_tftpc *t, pxk_ip4 from, uint16_t sport, const void *data, size_t len,
                     pxk_usec now);
/** ICMP unreachable for our flow. */
void pxk_tftpc_unreachable(struct pxk_tftpc *t, pxk_usec now);
void pxk_tftpc_expire(struct pxk_tftpc *t, pxk_usec now);
pxk_usec pxk_tftpc_deadline(const struct pxk_tftpc *t);
static inline bool pxk_tftpc_over(const struct pxk_tftpc *t)
{
    return t->state >= PXK_TFTPC_DONE;
}

#endif
