#include "pxk/netns.h"

#include "lab_int.h"

#define ICMP_UNREACHABLE 3
#define ICMP_FRAG_NEEDED 4

/* rp_filter would drop what comes back another way than it went; a redirect is chatter that changes routes. */
static enum pxk_err forward(void)
{
    static const char *const quiet[][2] = {
        {"net/ipv4/conf/all/rp_filter", "0"},
        {"net/ipv4/conf/all/send_redirects", "0"},
        {"net/ipv4/conf/default/send_redirects", "0"},
        {"net/ipv4/icmp_ratelimit", "0"}, /* answers that come or not by what was asked just before */
    };
    for (size_t i = 0; i < PXK_COUNT(quiet); i++)
        pxk_sysctl_set(quiet[i][0], quiet[i][1]);
    return pxk_sysctl_set("net/ipv4/ip_forward", "1");
}

/* "all" and a link's own setting of send_redirects are or-ed. */
static void redirects_off(const struct pxk_lab *lab, const char *host)
{
    char key[64 + IFNAMSIZ];
    for (size_t i = 0; i < lab->ports.n; i++)
        if (strcmp(lab->ports.at[i].host, host) == 0)
            pxk_sysctl_set(pxk_fmt(key, sizeof key, "net/ipv4/conf/%s/send_redirects", lab->ports.at[i].iface), "0");
}

enum pxk_err pxk_lab_router_start(struct pxk_lab *lab, const char *host, bool silent_about_mtu, char *why, size_t cap)
{
    struct lab_host *h = lab_host_find(lab, host);
    if (!h)
        return lab_fail(PXK_E_NOTFOUND, why, cap, "host %s", host);
    int here = lab_go(h->netns);
    if (here < 0)
        return lab_fail(PXK_E_PERM, why, cap, "host %s", host);
    redirects_off(lab, host);
    enum pxk_err err = forward();
    if (err == PXK_OK && silent_about_mtu)
        err = pxk_icmp_mute(ICMP_UNREACHABLE, ICMP_FRAG_NEEDED);
    lab_back(here);
    return err == PXK_OK ? PXK_OK : lab_fail(err, why, cap, "%s cannot be made a router", host);
}
