/* TCP segments made by hand: one connection after another between the client and the server of wire.h. */
#ifndef PXK_TEST_SESSION_TCP_WIRE_H
#define PXK_TEST_SESSION_TCP_WIRE_H

#include "wire.h"

enum { T_FIN = 1, T_SYN = 2, T_RST = 4, T_ACK = 16 };

/** Both ends of a connection; sequence numbers go on by themselves. */
struct peer {
    struct wire *w;
    uint16_t port, server_port; /* server_port 0: 80 */
    uint32_t client, server;    /* next sequence numbers */
    uint16_t window;            /* of the segments to come, 0: 0xffff */
    bool shut;                  /* window 0 */
    size_t snap;                /* payload bytes that the capture keeps, 0: all */
};

/** A segment as it stands: sequence and acknowledgement numbers given. */
void tcp_put(struct peer *p, bool from_client, uint8_t flags, uint32_t seq, uint32_t ack, const void *data, size_t len);
/** The next segment of one side; SYN and FIN take a number of their own. */
void tcp_send(struct peer *p, bool from_client, uint8_t flags, const void *data, size_t len);
void tcp_say(struct peer *p, bool from_client, const char *text);
/** @len bytes of a body. */
void tcp_fill(struct peer *p, bool from_client, size_t len);
/** SYN, SYN-ACK, ACK. */
struct peer tcp_connect(struct wire *w, uint16_t port);
/** Numbers go on without a frame: what a capture has lost. */
void tcp_lose(struct peer *p, bool from_client, size_t len);

/** A wire with one client that has a lease. */
const struct pxk_session *tcp_begin(struct wire *w);

#endif
