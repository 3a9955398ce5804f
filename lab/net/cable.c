#include "lab_int.h"

enum pxk_err lab_cable_start(struct pxk_lab *lab, struct lab_port *port, const struct pxk_cable_opts *opts, const char *theirs,
                             unsigned mtu, char *why, size_t cap)
{
    (void)lab, (void)opts, (void)theirs, (void)mtu;
    return lab_fail(PXK_E_UNSUPPORTED, why, cap, "port %s: a cable", port->name);
}
