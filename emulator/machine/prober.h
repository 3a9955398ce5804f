/* What a person would try first: does the boot server answer ping, and how large a packet gets through
 * unfragmented? Sizes are tried at once, so that the answer costs one round trip. */
#ifndef PXK_MACHINE_PROBER_H
#define PXK_MACHINE_PROBER_H

#include "host.h"

enum pxk_prober_state { PROBER_IDLE, PROBER_PINGING, PROBER_SIZING, PROBER_OVER };

struct pxk_prober {
    enum pxk_prober_state state;
    pxk_ip4 target;
    uint16_t id;
    unsigned link_mtu, tries;
    pxk_usec sent, deadline;
    bool answered;
    pxk_usec rtt;
    unsigned path_mtu;   /* largest IP packet that came back; 0: not known */
    bool sizes_answered; /* at least one of the sizes came back */
};

void pxk_prober_start(struct pxk_prober *p, struct pxk_host *h, pxk_ip4 target, unsigned link_mtu, pxk_usec now);
void pxk_prober_input(struct pxk_prober *p, struct pxk_host *h, const struct pxk_frame *f, pxk_usec now);
void pxk_prober_expire(struct pxk_prober *p, struct pxk_host *h, pxk_usec now);
pxk_usec pxk_prober_deadline(const struct pxk_prober *p);

#endif
