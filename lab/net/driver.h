/* What drives a cable (pxk/sim.h): two links of the world, the clock, and orders from the lab. A process's main loop. */
#ifndef PXK_LAB_DRIVER_H
#define PXK_LAB_DRIVER_H

#include "pxk/lab.h"

struct driver_opts {
    const char *name;          /* for what is said if it cannot be opened */
    const char *iface[PXK_CABLE_PORTS]; /* iface[PXK_CABLE_A] NULL: QEMU is plugged in there */
    const char *ours, *theirs; /* unix datagram sockets, one frame per datagram: ours, made here; QEMU's */
    unsigned mtu;
    const struct pxk_cable_opts *cable; /* frame_max 0: made for @mtu */
};

struct driver; /* opaque */

PXK_MUST_USE enum pxk_err driver_open(const struct driver_opts *opts, struct driver **out, char *why, size_t cap);
/** Until @stop is readable, or @control (-1: none) has ended. */
void driver_run(struct driver *d, int control, int stop);
void driver_count(struct driver *d, struct pxk_lab_cable_count *out);
void driver_close(struct driver *d);

/** A descriptor that becomes readable on SIGTERM, and on SIGINT if @ctrl_c; -1: errno. */
int driver_stop_open(bool ctrl_c);

/* Orders over the control socket, one packet each way. */
enum driver_order { DRIVER_CUT, DRIVER_JOIN, DRIVER_SET, DRIVER_COUNT };
struct driver_ask {
    enum driver_order order;
    struct pxk_cable_way way[PXK_CABLE_PORTS];
    size_t rule_n;
    struct pxk_cable_rule rules[PXK_CABLE_RULES];
};
struct driver_answer {
    enum pxk_err err;
    struct pxk_lab_cable_count count;
};

#endif
