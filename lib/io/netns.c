#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/route.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pxk/netns.h"

#include "netns_int.h"

enum pxk_err pxk_netns_new(void)
{
    return unshare(CLONE_NEWNET) == 0 ? PXK_OK : PXK_E_PERM;
}

int pxk_netns_open(void)
{
    return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

enum pxk_err pxk_netns_enter(int netns)
{
    return setns(netns, CLONE_NEWNET) == 0 ? PXK_OK : PXK_E_PERM;
}

enum pxk_err pxk_sysctl_set(const char *key, const char *value)
{
    char path[160];
    size_t n = strlen(value);
    int fd = open(pxk_fmt(path, sizeof path, "/proc/sys/%s", key), O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? PXK_E_NOTFOUND : PXK_E_PERM;
    bool fine = write(fd, value, n) == (ssize_t)n;
    close(fd);
    return fine ? PXK_OK : PXK_E_IO;
}

struct nl_sock *pxk_nl_open(void)
{
    struct nl_sock *sock = nl_socket_alloc();
    if (sock && nl_connect(sock, NETLINK_ROUTE) == 0)
        return sock;
    nl_socket_free(sock);
    return NULL;
}

enum pxk_err pxk_nl_status(int status)
{
    if (status == 0)
        return PXK_OK;
    return status == -NLE_PERM ? PXK_E_PERM : status == -NLE_EXIST ? PXK_E_EXISTS : PXK_E_IO;
}

static enum pxk_err veth_add(const char *name, const char *peer, int peer_pid, int peer_netns)
{
    struct nl_sock *sock = pxk_nl_open();
    struct rtnl_link *link = sock ? rtnl_link_veth_alloc() : NULL;
    enum pxk_err err = PXK_E_NOMEM;
    if (link) {
        struct rtnl_link *other = rtnl_link_veth_get_peer(link);
        rtnl_link_set_name(link, name);
        rtnl_link_set_name(other, peer);
        if (peer_pid)
            rtnl_link_set_ns_pid(other, peer_pid);
        if (peer_netns >= 0)
            rtnl_link_set_ns_fd(other, peer_netns);
        err = pxk_nl_status(rtnl_link_add(sock, link, NLM_F_CREATE | NLM_F_EXCL));
        rtnl_link_put(other);
        rtnl_link_put(link);
    }
    nl_socket_free(sock);
    return err;
}

enum pxk_err pxk_veth_add(const char *name, const char *peer, int peer_pid)
{
    return veth_add(name, peer, peer_pid, -1);
}

enum pxk_err pxk_veth_add_into(const char *name, const char *peer, int netns)
{
    return veth_add(name, peer, 0, netns);
}

static void offload_off(const char *name)
{
    static const uint32_t commands[] = {ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (size_t i = 0; fd >= 0 && i < PXK_COUNT(commands); i++) {
        struct ethtool_value value = {.cmd = commands[i], .data = 0};
        struct ifreq req = {.ifr_data = (char *)&value};
        (void)pxk_str_copy(req.ifr_name, sizeof req.ifr_name, name);
        (void)ioctl(fd, SIOCETHTOOL, &req); /* a link without this offload is as we want it */
    }
    if (fd >= 0)
        close(fd);
}

static struct nl_addr *nl_ip(pxk_ip4 ip, int prefix)
{
    uint8_t bytes[4] = {(uint8_t)(ip >> 24), (uint8_t)(ip >> 16), (uint8_t)(ip >> 8), (uint8_t)ip};
    struct nl_addr *addr = nl_addr_build(AF_INET, bytes, sizeof bytes);
    if (addr)
        nl_addr_set_prefixlen(addr, prefix);
    return addr;
}

static enum pxk_err address_add(struct nl_sock *sock, int index, pxk_ip4 ip, pxk_ip4 netmask)
{
    struct nl_addr *local = nl_ip(ip, __builtin_popcount(netmask));
    struct rtnl_addr *addr = rtnl_addr_alloc();
    enum pxk_err err = PXK_E_NOMEM;
    if (local && addr) {
        rtnl_addr_set_ifindex(addr, index);
        rtnl_addr_set_local(addr, local);
        err = pxk_nl_status(rtnl_addr_add(sock, addr, 0));
    }
    rtnl_addr_put(addr);
    nl_addr_put(local);
    return err;
}

static enum pxk_err link_change(struct nl_sock *sock, int index, const struct pxk_link_setup *setup)
{
    struct rtnl_link *link = rtnl_link_alloc();
    struct nl_addr *mac = setup->mac ? nl_addr_build(AF_LLC, setup->mac->b, 6) : NULL;
    enum pxk_err err = PXK_E_NOMEM;
    if (link) {
        rtnl_link_set_ifindex(link, index);
        if (mac)
            rtnl_link_set_addr(link, mac);
        if (setup->mtu)
            rtnl_link_set_mtu(link, setup->mtu);
        rtnl_link_set_flags(link, IFF_UP);
        err = pxk_nl_status(rtnl_link_change(sock, link, link, 0));
    }
    nl_addr_put(mac);
    rtnl_link_put(link);
    return err;
}

enum pxk_err pxk_link_setup(const char *name, const struct pxk_link_setup *setup)
{
    int index = (int)if_nametoindex(name);
    if (!index)
        return PXK_E_NOTFOUND;
    struct nl_sock *sock = pxk_nl_open();
    if (!sock)
        return PXK_E_NOMEM;
    if (setup->no_offload)
        offload_off(name);
    enum pxk_err err = link_change(sock, index, setup);
    if (err == PXK_OK && setup->ip)
        err = address_add(sock, index, setup->ip, setup->netmask);
    nl_socket_free(sock);
    return err;
}

enum pxk_err pxk_route_add(const char *name, pxk_ip4 network, pxk_ip4 netmask, pxk_ip4 gateway, unsigned mtu)
{
    struct nl_sock *sock = pxk_nl_open();
    struct rtnl_route *route = rtnl_route_alloc();
    struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
    struct nl_addr *dst = nl_ip(network, __builtin_popcount(netmask)), *via = gateway ? nl_ip(gateway, 32) : NULL;
    enum pxk_err err = PXK_E_NOMEM;
    if (sock && route && hop && dst) {
        rtnl_route_set_dst(route, dst);
        rtnl_route_set_scope(route, via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK);
        rtnl_route_nh_set_ifindex(hop, (int)if_nametoindex(name));
        if (via)
            rtnl_route_nh_set_gateway(hop, via);
        rtnl_route_add_nexthop(route, hop); /* the route owns it now */
        hop = NULL;
        if (mtu) {
            (void)rtnl_route_set_metric(route, RTAX_MTU, mtu);
            (void)rtnl_route_set_metric(route, RTAX_ADVMSS, mtu - 40);
        }
        err = pxk_nl_status(rtnl_route_add(sock, route, NLM_F_CREATE));
    }
    if (hop)
        rtnl_route_nh_free(hop);
    rtnl_route_put(route);
    nl_addr_put(via);
    nl_addr_put(dst);
    nl_socket_free(sock);
    return err;
}
