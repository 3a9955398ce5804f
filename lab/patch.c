/* pxk-patch IFACE OURS THEIRS: a patch cable between a network interface and a QEMU with `-netdev dgram`.
 *
 * QEMU's side is a pair of unix datagram sockets, one Ethernet frame per datagram: we receive on OURS (QEMU's remote.path)
 * and send to THEIRS (its local.path). The interface, one end of a veth pair as a rule, is opened as a packet socket
 * (net/wire.h). No TAP, no rights beyond CAP_NET_RAW in the namespace of the interface. It is the lab's cable with nothing
 * done to the frames. Ends on SIGTERM, SIGINT, and when its parent ends. */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "net/driver.h"
#include "pxk/io.h"

static void result_say(struct driver *d, const char *iface)
{
    struct pxk_lab_cable_count c;
    driver_count(d, &c);
    const struct pxk_cable_count *from = &c.way[PXK_CABLE_A], *to = &c.way[PXK_CABLE_B];
    fprintf(stderr, "pxk-patch: %llu frames to QEMU, %llu to %s, %llu and %llu refused, %llu oversized\n",
            (unsigned long long)to->out, (unsigned long long)from->out, iface, (unsigned long long)c.refused[PXK_CABLE_B],
            (unsigned long long)c.refused[PXK_CABLE_A], (unsigned long long)c.oversized[PXK_CABLE_B]);
    if (c.oversized[PXK_CABLE_B])
        fputs("pxk-patch: dropped frames larger than the MTU; turn segmentation offload off at the other end of the pair "
              "(ethtool -K IFACE tso off gso off)\n", stderr);
}

int main(int argc, char **argv)
{
    static const struct pxk_cable_opts plain;
    char why[256] = "signals cannot be waited for";
    struct driver *d = NULL;
    struct pxk_iface iface = {.mtu = 1500};
    if (argc != 4) {
        fputs("usage: pxk-patch IFACE OURS THEIRS   (OURS: QEMU's remote.path; THEIRS: its local.path)\n", stderr);
        return 2;
    }
    pid_t parent = getppid();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int stop = driver_stop_open(true);
    (void)pxk_iface_find(argv[1], &iface); /* driver_open() says if there is none */
    struct driver_opts opts = {.name = "pxk-patch", .iface = {NULL, argv[1]}, .ours = argv[2], .theirs = argv[3],
                               .mtu = iface.mtu, .cable = &plain};
    if (stop < 0 || driver_open(&opts, &d, why, sizeof why) != PXK_OK) {
        fprintf(stderr, "pxk-patch: %s\n", why);
        return 3;
    }
    if (getppid() == parent) /* else it ended before prctl */
        driver_run(d, -1, stop);
    result_say(d, argv[1]);
    driver_close(d);
    return 0;
}
