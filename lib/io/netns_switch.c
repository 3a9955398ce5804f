/* Bridges, and what keeps a made network quiet and alike from run to run. Messages are put together by hand where libnl
 * has no words for an attribute: rtnetlink(7), linux/if_link.h, linux/neighbour.h, linux/fib_rules.h. */
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/msg.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pxk/netns.h"

#include "netns_int.h"

#define AGEING_CS   (24 * 3600 * 100) /* a bridge that forgets a port floods: centiseconds, longer than any case */
#define CARRIER_MS  2000
#define ARP_TABLE   "arp_cache"

/* Sends @msg, which is gone afterwards, and waits for the kernel's answer. @fine: it was put together in full. */
static enum pxk_err ask(struct nl_msg *msg, bool fine)
{
    struct nl_sock *sock = fine ? pxk_nl_open() : NULL;
    if (!sock) {
        nlmsg_free(msg);
        return PXK_E_NOMEM;
    }
    enum pxk_err err = pxk_nl_status(nl_send_sync(sock, msg));
    nl_socket_free(sock);
    return err;
}

static struct nl_msg *message(int type, int flags, const void *head, size_t len)
{
    struct nl_msg *msg = nlmsg_alloc_simple(type, flags);
    if (msg && nlmsg_append(msg, (void *)(uintptr_t)head, len, NLMSG_ALIGNTO) == 0) /* libnl only reads it */
        return msg;
    nlmsg_free(msg);
    return NULL;
}

static bool bridge_kind_put(struct nl_msg *msg)
{
    struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO);
    bool fine = info && nla_put_string(msg, IFLA_INFO_KIND, "bridge") == 0;
    struct nlattr *data = fine ? nla_nest_start(msg, IFLA_INFO_DATA) : NULL;
    fine = data && nla_put_u32(msg, IFLA_BR_STP_STATE, 0) == 0 && nla_put_u32(msg, IFLA_BR_FORWARD_DELAY, 0) == 0 &&
           nla_put_u32(msg, IFLA_BR_AGEING_TIME, AGEING_CS) == 0 && nla_put_u8(msg, IFLA_BR_MCAST_SNOOPING, 0) == 0;
    if (!fine)
        return false;
    nla_nest_end(msg, data);
    nla_nest_end(msg, info);
    return true;
}

enum pxk_err pxk_bridge_add(const char *name, unsigned mtu)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct nl_msg *msg = message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof head);
    bool fine = msg && nla_put_string(msg, IFLA_IFNAME, name) == 0 && nla_put_u32(msg, IFLA_MTU, mtu ? mtu : 1500) == 0 &&
                bridge_kind_put(msg);
    return ask(msg, fine);
}

/* A change of one link, without attributes so far; NULL: there is none of this name, or no memory. */
static struct nl_msg *link_message(int type, const char *name)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC, .ifi_index = (int)if_nametoindex(name)};
    return head.ifi_index ? message(type, 0, &head, sizeof head) : NULL;
}

enum pxk_err pxk_bridge_join(const char *bridge, const char *name)
{
    unsigned index = if_nametoindex(bridge);
    struct nl_msg *msg = index ? link_message(RTM_NEWLINK, name) : NULL;
    if (!msg)
        return PXK_E_NOTFOUND;
    return ask(msg, nla_put_u32(msg, IFLA_MASTER, index) == 0);
}

enum pxk_err pxk_link_delete(const char *name)
{
    struct nl_msg *msg = link_message(RTM_DELLINK, name);
    return msg ? ask(msg, true) : PXK_E_NOTFOUND;
}

enum pxk_err pxk_link_await(const char *name)
{
    struct ifreq req = {0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    enum pxk_err err = fd < 0 ? PXK_E_IO : PXK_E_TIMEOUT;
    (void)pxk_str_copy(req.ifr_name, sizeof req.ifr_name, name);
    for (int ms = 0; ms < CARRIER_MS && err == PXK_E_TIMEOUT; ms++) {
        if (ioctl(fd, SIOCGIFFLAGS, &req) != 0)
            err = PXK_E_NOTFOUND;
        else if (req.ifr_flags & IFF_RUNNING)
            err = PXK_OK;
        else
            (void)poll(NULL, 0, 1);
    }
    if (fd >= 0)
        close(fd);
    return err;
}

/* By rtnetlink: the same settings below /proc/sys are hidden from network namespaces of ordinary users. */
enum pxk_err pxk_arp_believe(const char *name, unsigned ms)
{
    struct ndtmsg head = {.ndtm_family = AF_INET};
    unsigned index = if_nametoindex(name);
    if (!index)
        return PXK_E_NOTFOUND;
    struct nl_msg *msg = message(RTM_SETNEIGHTBL, 0, &head, sizeof head);
    bool fine = msg && nla_put_string(msg, NDTA_NAME, ARP_TABLE) == 0;
    struct nlattr *nest = fine ? nla_nest_start(msg, NDTA_PARMS) : NULL;
    /* An entry made by a foreign request is "stale" from the start: the probe that follows its first use is put off too. */
    fine = nest && nla_put_u32(msg, NDTPA_IFINDEX, index) == 0 && nla_put_u64(msg, NDTPA_BASE_REACHABLE_TIME, ms) == 0 &&
           nla_put_u64(msg, NDTPA_DELAY_PROBE_TIME, ms) == 0 && nla_put_u64(msg, NDTPA_LOCKTIME, 0) == 0;
    if (fine)
        nla_nest_end(msg, nest);
    return ask(msg, fine);
}

/* The route lookup for an ICMP message of the kernel's own has its type and code where UDP has the destination port
 * (struct flowi4: one union), so a rule for that "port" and ICMP finds them; without a route nothing is sent. The
 * kernel's rate limit is no way to do it: it lets "fragmentation needed" pass (RFC 1812 4.3.2.8). */
enum pxk_err pxk_icmp_mute(uint8_t type, uint8_t code)
{
    struct fib_rule_hdr head = {.family = AF_INET, .action = FR_ACT_BLACKHOLE};
    struct fib_rule_port_range what = {.start = (uint16_t)(type << 8 | code), .end = (uint16_t)(type << 8 | code)};
    struct nl_msg *msg = message(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof head);
    bool fine = msg && nla_put_string(msg, FRA_IIFNAME, "lo") == 0 && nla_put_u8(msg, FRA_IP_PROTO, IPPROTO_ICMP) == 0 &&
                nla_put(msg, FRA_DPORT_RANGE, sizeof what, &what) == 0 && nla_put_u32(msg, FRA_PRIORITY, 1) == 0;
    return ask(msg, fine);
}
