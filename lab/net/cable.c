/* The lab's end of a cable: its driver is a process in the switch room, told what to do over a socket. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "driver.h"
#include "lab_int.h"

static void losses_say(struct driver *d, const char *name)
{
    struct pxk_lab_cable_count c;
    driver_count(d, &c);
    for (enum pxk_cable_port p = PXK_CABLE_A; p < PXK_CABLE_PORTS; p++)
        if (c.oversized[p] || c.overrun[p] || c.refused[p])
            fprintf(stderr, "%s, %s: dropped %llu frames larger than the MTU (segmentation offload: ethtool -K IFACE tso off gso off "
                            "where they come from), %llu that came too fast, %llu that the far end did not take\n", name,
                    p == PXK_CABLE_A ? "from it" : "to it", (unsigned long long)c.oversized[p],
                    (unsigned long long)c.overrun[p], (unsigned long long)c.refused[p]);
}

static int cable_process(int control, const void *ctx)
{
    const struct driver_opts *opts = ctx;
    char why[LAB_WHY] = "the cable's process";
    struct driver *d = NULL;
    int stop = driver_stop_open(false);
    enum pxk_err err = stop < 0 ? PXK_E_IO : driver_open(opts, &d, why, sizeof why);
    lab_ready(control, err, why);
    if (err != PXK_OK)
        return 1;
    driver_run(d, control, stop);
    losses_say(d, opts->name);
    driver_close(d);
    return 0;
}

enum pxk_err lab_cable_start(struct pxk_lab *lab, struct lab_port *port, const struct pxk_cable_opts *opts, const char *theirs,
                             unsigned mtu, char *why, size_t cap)
{
    struct driver_opts d = {.name = port->name, .ours = port->ours, .theirs = theirs, .mtu = mtu, .cable = opts};
    d.iface[PXK_CABLE_A] = theirs ? NULL : port->link[1];
    d.iface[PXK_CABLE_B] = port->link[0];
    return lab_helper_start(lab, LAB_HELPER, lab->room, cable_process, &d, &port->control, why, cap);
}

/* The answer comes when the order is in force. */
static enum pxk_err order(struct pxk_lab *lab, const char *name, const struct driver_ask *ask, struct pxk_lab_cable_count *count)
{
    struct driver_answer answer;
    struct lab_port *port = lab_port_find(lab, name);
    if (!port || port->control < 0)
        return PXK_E_NOTFOUND;
    if (TEMP_FAILURE_RETRY(send(port->control, ask, sizeof *ask, MSG_NOSIGNAL)) != (ssize_t)sizeof *ask ||
        TEMP_FAILURE_RETRY(recv(port->control, &answer, sizeof answer, 0)) != (ssize_t)sizeof answer)
        return PXK_E_IO;
    if (count)
        *count = answer.count;
    return answer.err;
}

enum pxk_err pxk_lab_cut(struct pxk_lab *lab, const char *port)
{
    return order(lab, port, &(struct driver_ask){.order = DRIVER_CUT}, NULL);
}

enum pxk_err pxk_lab_join(struct pxk_lab *lab, const char *port)
{
    return order(lab, port, &(struct driver_ask){.order = DRIVER_JOIN}, NULL);
}

enum pxk_err pxk_lab_cable_set(struct pxk_lab *lab, const char *port, const struct pxk_cable_way way[PXK_CABLE_PORTS],
                               const struct pxk_cable_rule *rules, size_t rule_n)
{
    struct driver_ask ask = {.order = DRIVER_SET, .rule_n = rule_n};
    if (rule_n > PXK_CABLE_RULES)
        return PXK_E_RANGE;
    memcpy(ask.way, way, sizeof ask.way);
    if (rule_n)
        memcpy(ask.rules, rules, rule_n * sizeof *rules);
    return order(lab, port, &ask, NULL);
}

enum pxk_err pxk_lab_cable_count(struct pxk_lab *lab, const char *port, struct pxk_lab_cable_count *out)
{
    return order(lab, port, &(struct driver_ask){.order = DRIVER_COUNT}, out);
}
