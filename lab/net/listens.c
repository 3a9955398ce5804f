/* Who listens, by /proc/net (proc(5)). The process is found by its number in our own PID namespace and its network entered
 * for a moment: /proc/PID needs a /proc of the right PID namespace, which not every caller has. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "pxk/netns.h"

#include "lab_int.h"

#define TCP_LISTENING 0x0a

/* Lines after the heading: "  0: 00000000:0045 00000000:0000 07 ..."; IPv6 addresses are longer. */
static bool table_has(const char *name, bool tcp, uint16_t port)
{
    char path[64], line[512];
    bool found = false;
    FILE *f = fopen(pxk_fmt(path, sizeof path, "/proc/thread-self/net/%s", name), "re");
    while (f && !found && fgets(line, sizeof line, f)) {
        unsigned local, remote, state;
        if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%4x %*[0-9A-Fa-f]:%4x %2x", &local, &remote, &state) == 3)
            found = local == port && (tcp ? state == TCP_LISTENING : remote == 0);
    }
    if (f)
        (void)fclose(f); /* only read */
    return found;
}

bool pxk_lab_listens(pid_t pid, bool tcp, uint16_t port)
{
    int fd = pidfd_open(pid, 0), here = pxk_netns_open();
    bool found = false;
    if (fd >= 0 && here >= 0 && pxk_netns_enter(fd) == PXK_OK) {
        found = table_has(tcp ? "tcp" : "udp", tcp, port) || table_has(tcp ? "tcp6" : "udp6", tcp, port);
        if (pxk_netns_enter(here) != PXK_OK)
            abort(); /* we came from there */
    }
    if (fd >= 0)
        close(fd);
    if (here >= 0)
        close(here);
    return found;
}
