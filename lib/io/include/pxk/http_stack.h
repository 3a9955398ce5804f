/* HTTP for an emulated client. TCP is not written again: a thread enters a network namespace of its own, in
 * which the kernel has the client's MAC and leased address on one end of a veth pair; frames are carried
 * between the other end and the raw link. libcurl does HTTP and TLS there.
 * Needs the right to make network namespaces (root, or a user namespace). */
#ifndef PXK_HTTP_STACK_H
#define PXK_HTTP_STACK_H

#include <uv.h>

#include "pxk/base.h"

struct pxk_http_stack; /* opaque */

struct pxk_http_answer {
    unsigned status;   /* HTTP status; 0: no answer */
    const void *data;  /* body; until the callback returns */
    size_t len;
    double seconds;
    const char *why;   /* no answer: one phrase */
};

struct pxk_http_stack_opts {
    uv_loop_t *loop;
    struct pxk_mac mac;
    uint16_t vlan;     /* 0: untagged */
    pxk_ip4 ip, netmask, gateway, dns;
    const char *user_agent;
    /** A frame for the raw link. */
    void (*send)(void *ctx, const uint8_t *frame, size_t len);
    void (*done)(void *ctx, const struct pxk_http_answer *answer);
    void *ctx;
};

PXK_MUST_USE enum pxk_err pxk_http_stack_open(const struct pxk_http_stack_opts *opts, struct pxk_http_stack **out,
                                              char *why, size_t cap);
/** One request at a time; @done is called on the loop. */
void pxk_http_stack_get(struct pxk_http_stack *s, const char *url);
/** A frame from the raw link to this client's MAC. True if it was this stack's alone (TCP). */
bool pxk_http_stack_input(struct pxk_http_stack *s, const uint8_t *frame, size_t len);
/** Ends the thread and its namespace; a request under way is given up without a call of @done. NULL is fine. */
void pxk_http_stack_close(struct pxk_http_stack *s);

#endif
