/* Private to lib/session: TCP connections of boot clients while they last (RFC 9293), and who reads what they
 * carry. A connection is followed by sequence numbers, in constant time for each packet; no payload is kept
 * but the head that is being read, and of those few at a time. */
#ifndef PXK_SESSION_STREAM_H
#define PXK_SESSION_STREAM_H

#include "session_int.h"

enum { PXK_TCP_FIN = 1, PXK_TCP_SYN = 2, PXK_TCP_RST = 4, PXK_TCP_ACK = 16 };

enum { STREAMS_PER_CLIENT = 4, AHEAD_MAX = 3, HEAD_CAP = 4096, HEADS_MAX = 64 };

/** What the reader of one direction waits for. */
enum reading {
    READ_START,   /* a message may begin here */
    READ_HEAD,    /* in a head, the first part of which is kept */
    READ_BODY,    /* up to `until` */
    READ_CHUNKS,  /* a body whose end is seen in its last chunk */
    READ_TO_END,  /* up to the end of the connection */
    READ_NOTHING, /* nothing that we know */
};

struct side {
    bool known;            /* `next` is known */
    bool fin;
    uint32_t next;         /* sequence number expected */
    uint32_t fin_at;       /* sequence number of the FIN */
    uint32_t acked;        /* the furthest that the other side acknowledges */
    uint64_t pos;          /* bytes in order so far */
    struct { uint32_t from, to; } ahead[AHEAD_MAX]; /* came before their turn, ascending */
    unsigned ahead_n;
    enum reading reading;
    uint64_t until;        /* READ_BODY: position of its end */
    uint32_t head_lease;   /* of the buffer, 0 if none is held */
    uint16_t head, head_len;
    bool encrypted;        /* TLS: what follows in this direction cannot be read */
};

/** A connection under way. Its entry in the session is found by `conn`. */
struct stream {
    bool used;
    struct pxk_ip server;
    uint16_t client_port, server_port;
    pxk_usec at, last;
    size_t conn;           /* index in the session's conns, SIZE_MAX if there was no room */
    uint32_t serial;       /* of the entry, so that one which was used again is not taken for ours */
    enum pxk_conn_kind kind;
    struct side client, from_server;
    size_t body;           /* index of the request whose body arrives, SIZE_MAX */
    bool body_is_sent;     /* the response's head has ended */
};

/** Buffers for heads that are split over packets, lent in turn: the oldest loan ends when all are out. */
struct heads {
    char *buf[HEADS_MAX];
    uint32_t lease[HEADS_MAX];
    uint32_t leases;
};

/** Bytes of one direction, in order. Of the @wire bytes @there are in the capture, from the first on. */
struct bytes {
    const uint8_t *data;
    size_t there, wire;
};

static inline struct side *stream_side(struct stream *st, bool from_client)
{
    return from_client ? &st->client : &st->from_server;
}

/* ---- track_tcp.c ---- */

/** The connection's entry; NULL if it has none any more. */
struct pxk_conn *pxk_stream_conn(struct box *b, const struct stream *st);
/** Adds to the head of this direction, up to HEAD_CAP; false: no buffer. */
bool pxk_head_add(struct pxk_tracker *t, struct side *side, const uint8_t *data, size_t n);
/** What was kept of it; NULL if the buffer was lent to another. */
const char *pxk_head_get(const struct pxk_tracker *t, const struct side *side);
void pxk_head_drop(struct side *side);

/* ---- track_http.c ---- */
bool pxk_http_begins(const uint8_t *data, size_t n);
void pxk_http_data(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, struct bytes in);
/** A FIN or RST of one side. */
void pxk_http_end(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, bool reset);

/* ---- track_tls.c ---- */
bool pxk_tls_begins(const uint8_t *data, size_t n);
void pxk_tls_data(struct pxk_tracker *t, struct box *b, struct stream *st, bool from_client, struct bytes in);

#endif
