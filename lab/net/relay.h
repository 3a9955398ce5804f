/* A DHCP relay agent as a function of packets: RFC 1542 4.1, RFC 3046 2.1. No I/O. */
#ifndef PXK_LAB_RELAY_H
#define PXK_LAB_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"

#define RELAY_LINKS    16
#define RELAY_HOPS_MAX 16  /* RFC 1542 4.1.1: more must be dropped */
#define RELAY_INFO_MAX 255 /* of both identifiers and their headers: one option */

struct relay {
    pxk_ip4 giaddr[RELAY_LINKS]; /* its address on each link with clients */
    size_t link_n;
    const char *circuit_id, *remote_id; /* NULL or "": without */
};

/** Why a packet went no further; the text says it to a person. */
#define RELAY_VERDICTS(X)                                                                                              \
    X(PASS, "relayed")                                                                                                 \
    X(SHORT, "shorter than a BOOTP header")                                                                            \
    X(OTHER, "neither a request nor a reply")                                                                          \
    X(HOPS, "it has passed too many relays")                                                                           \
    X(OWN, "a request that claims to come from this relay")                                                            \
    X(UNTRUSTED, "a client's request with relay information")                                                          \
    X(STRANGER, "a reply that is not for this relay")                                                                  \
    X(LONG, "too long")
enum relay_verdict {
#define X(name, text) RELAY_##name,
    RELAY_VERDICTS(X)
#undef X
};
const char *relay_verdict_text(enum relay_verdict v);

/** Where a reply goes. */
struct relay_target {
    size_t link;
    bool broadcast; /* ip and mac are the broadcast's too */
    pxk_ip4 ip;
    struct pxk_mac mac;
};

/**
 * A request that came in by link @link; UDP payloads. One without giaddr gets it, and option 82 behind its other options
 * if the relay has identifiers and there is room in @out; one that has it was relayed before: only its hops count up.
 */
enum relay_verdict relay_request(const struct relay *r, size_t link, const void *data, size_t len, struct pxk_wr *out);
/** A server's reply: option 82 is taken out of it, and @to says for whom it is. */
enum relay_verdict relay_reply(const struct relay *r, const void *data, size_t len, struct pxk_wr *out, struct relay_target *to);

#endif
