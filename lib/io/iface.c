#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pxk/io.h"

static struct pxk_iface *entry(struct pxk_iface *list, size_t *n, size_t max, const char *name)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    if (*n == max)
        return NULL;
    struct pxk_iface *e = &list[(*n)++];
    *e = (struct pxk_iface){.mtu = 1500, .index = if_nametoindex(name)};
    (void)pxk_str_copy(e->name, sizeof e->name, name);
    return e;
}

static void address_note(struct pxk_iface *e, const struct ifaddrs *a)
{
    e->admin_up = a->ifa_flags & IFF_UP;
    e->up = e->admin_up && a->ifa_flags & IFF_RUNNING;
    e->loopback = a->ifa_flags & IFF_LOOPBACK;
    if (!a->ifa_addr)
        return;
    if (a->ifa_addr->sa_family == AF_PACKET) {
        const struct sockaddr_ll *ll = (const void *)a->ifa_addr;
        e->ethernet = ll->sll_hatype == ARPHRD_ETHER && ll->sll_halen == 6;
        if (ll->sll_halen == 6)
            memcpy(e->mac.b, ll->sll_addr, 6);
    } else if (a->ifa_addr->sa_family == AF_INET && !e->ip) {
        e->ip = ntohl(((const struct sockaddr_in *)(const void *)a->ifa_addr)->sin_addr.s_addr);
        if (a->ifa_netmask)
            e->netmask = ntohl(((const struct sockaddr_in *)(const void *)a->ifa_netmask)->sin_addr.s_addr);
    }
}

static void mtu_read(int fd, struct pxk_iface *e)
{
    struct ifreq req = {0};
    (void)pxk_str_copy(req.ifr_name, sizeof req.ifr_name, e->name);
    if (fd >= 0 && ioctl(fd, SIOCGIFMTU, &req) == 0)
        e->mtu = (unsigned)req.ifr_mtu;
}

size_t pxk_ifaces(struct pxk_iface *out, size_t max)
{
    struct ifaddrs *all = NULL;
    size_t n = 0;
    if (getifaddrs(&all) != 0)
        return 0;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (struct ifaddrs *a = all; a; a = a->ifa_next) {
        struct pxk_iface *e = entry(out, &n, max, a->ifa_name);
        if (e)
            address_note(e, a);
    }
    for (size_t i = 0; i < n; i++)
        mtu_read(fd, &out[i]);
    if (fd >= 0)
        close(fd);
    freeifaddrs(all);
    return n;
}

bool pxk_iface_find(const char *name, struct pxk_iface *out)
{
    struct ifaddrs *all = NULL;
    size_t n = 0;
    if (getifaddrs(&all) != 0)
        return false;
    for (struct ifaddrs *a = all; a; a = a->ifa_next)
        if (strcmp(a->ifa_name, name) == 0 && entry(out, &n, 1, name))
            address_note(out, a);
    freeifaddrs(all);
    int fd = n ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    if (fd >= 0) {
        mtu_read(fd, out);
        close(fd);
    }
    return n != 0;
}
