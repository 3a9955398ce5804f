#include <errno.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include "lab_help.h"

static void exchange(struct pxk_lab *lab, const char *one, const char *two, pxk_ip4 to)
{
    char got[64];
    int a = udp_in(lab, one, 4000), b = udp_in(lab, two, 4000);
    MUST(udp_send(a, to, 4000, "hello", 5));
    MUST(udp_take(b, 2000, got, sizeof got) == 5);
    MUST(memcmp(got, "hello", 5) == 0);
    close(a);
    close(b);
}

LAB_TEST(net, two_hosts_talk_over_a_segment)
{
    struct pxk_lab *lab = lab_here();
    port_add(lab, "one", 1, NULL);
    port_add(lab, "two", 2, NULL);
    exchange(lab, "one", "two", NET + 2);
    exchange(lab, "two", "one", NET + 1);
    pxk_lab_free(lab);
    work_remove();
}

LAB_TEST(net, segments_are_apart)
{
    struct pxk_lab *lab = lab_here();
    char got[8];
    FINE(pxk_lab_segment_add(lab, "other", 0, why, sizeof why));
    port_add(lab, "one", 1, NULL);
    struct pxk_lab_port_opts o = {.name = "two", .host = "two", .segment = "other", .iface = "eth0", .ip = NET + 2, .netmask = MASK};
    FINE(pxk_lab_port_add(lab, &o, why, sizeof why));
    int a = udp_in(lab, "one", 4000), b = udp_in(lab, "two", 4000);
    (void)udp_send(a, PXK_IP4_BROADCAST, 4000, "x", 1); /* no route to it is as good */
    MUST(udp_send(a, NET + 255, 4000, "x", 1));
    MUST(udp_take(b, 100, got, sizeof got) < 0);
    close(a);
    close(b);
    pxk_lab_free(lab);
    work_remove();
}

static struct pxk_mac mac_in(struct pxk_lab *lab, const char *host)
{
    struct pxk_mac mac;
    struct ifreq req = {.ifr_name = "eth0"};
    MUST(pxk_lab_enter(lab, host) == PXK_OK);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    MUST(ioctl(fd, SIOCGIFHWADDR, &req) == 0);
    close(fd);
    MUST(pxk_lab_enter(lab, NULL) == PXK_OK);
    memcpy(mac.b, req.ifr_hwaddr.sa_data, 6);
    return mac;
}

LAB_TEST(net, addresses_of_cards_are_the_same_in_every_run)
{
    struct pxk_lab *lab = lab_here();
    struct pxk_mac given = {{0x52, 0x54, 0, 1, 2, 3}};
    struct pxk_lab_port_opts o = {.name = "two", .host = "two", .segment = "lan", .iface = "eth0", .mac = given};
    port_add(lab, "one", 1, NULL);
    FINE(pxk_lab_port_add(lab, &o, why, sizeof why));
    struct pxk_mac first = mac_in(lab, "one"), second = mac_in(lab, "two");
    MUST(pxk_mac_eq(&second, &given));
    MUST(first.b[0] == 0x02);
    pxk_lab_free(lab);
    FINE(pxk_lab_new(work, &lab, why, sizeof why)); /* in the same process: nothing of the first is left */
    FINE(pxk_lab_segment_add(lab, "lan", 0, why, sizeof why));
    port_add(lab, "one", 1, NULL);
    struct pxk_mac again = mac_in(lab, "one");
    MUST(pxk_mac_eq(&first, &again));
    pxk_lab_free(lab);
    work_remove();
}

LAB_TEST(net, only_the_loopback_is_left_after_free)
{
    struct pxk_lab *lab = lab_here();
    port_add(lab, "one", 1, NULL);
    pxk_lab_free(lab);
    struct if_nameindex *all = if_nameindex();
    MUST(all != NULL);
    MUST(strcmp(all[0].if_name, "lo") == 0);
    for (size_t i = 1; all[i].if_index; i++) /* some kernels put tunnels into every namespace: none of those is ours */
        MUST(strncmp(all[i].if_name, "px", 2) != 0, "%s is left", all[i].if_name);
    if_freenameindex(all);
    work_remove();
}

LAB_TEST(net, what_is_wrong_is_said)
{
    struct pxk_lab *lab = lab_here();
    port_add(lab, "one", 1, NULL);
    struct pxk_lab_port_opts o = {.name = "one", .host = "x", .segment = "lan", .iface = "eth0"};
    MUST(pxk_lab_port_add(lab, &o, why, sizeof why) == PXK_E_EXISTS);
    o.name = "x", o.segment = "nowhere";
    MUST(pxk_lab_port_add(lab, &o, why, sizeof why) == PXK_E_NOTFOUND);
    MUST(strstr(why, "nowhere") != NULL, "%s", why);
    o.segment = "lan", o.iface = "a-name-of-16-byte";
    MUST(pxk_lab_port_add(lab, &o, why, sizeof why) == PXK_E_RANGE);
    MUST(pxk_lab_segment_add(lab, "lan", 0, why, sizeof why) == PXK_E_EXISTS);
    MUST(pxk_lab_enter(lab, "nobody") == PXK_E_NOTFOUND);
    pxk_lab_free(lab);
    work_remove();
}

/* A process that forgot to isolate itself must not get bridges and settings into the machine's network. */
LAB_TEST(net, a_network_in_use_is_not_touched)
{
    struct pxk_lab *lab = NULL;
    FINE(pxk_netns_isolate(why, sizeof why));
    FINE(pxk_veth_add("lan0", "lan1", 0));
    struct pxk_link_setup up = {0};
    FINE(pxk_link_setup("lan0", &up));
    MUST(pxk_lab_new("/tmp", &lab, why, sizeof why) == PXK_E_USAGE);
    MUST(strstr(why, "lan0") != NULL, "%s", why);
}
