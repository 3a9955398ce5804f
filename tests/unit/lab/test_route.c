/* Routers, relays, captures: what lies between segments, and who listens there. */
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>

#include "lab_help.h"
#include "pxk/io.h"

#define FAR  PXK_IP4(10, 78, 0, 0)
#define PORT 4000

static void port_in(struct pxk_lab *lab, const char *name, const char *host, const char *segment, const char *iface, pxk_ip4 ip,
                    pxk_ip4 gateway, unsigned mtu)
{
    struct pxk_lab_port_opts o = {.name = name, .host = host, .segment = segment, .iface = iface, .ip = ip, .netmask = ip ? MASK : 0,
                                  .gateway = gateway, .mtu = mtu};
    FINE(pxk_lab_port_add(lab, &o, why, sizeof why));
}

/* near (10.77.0.9) - router - far (10.78.0.1); the link to the far side takes @mtu. */
static struct pxk_lab *routed(unsigned mtu, bool silent)
{
    struct pxk_lab *lab = lab_here();
    FINE(pxk_lab_segment_add(lab, "far", 0, why, sizeof why));
    port_in(lab, "near", "near", "lan", "eth0", NET + 9, NET + 254, 0);
    port_in(lab, "far", "far", "far", "eth0", FAR + 1, FAR + 254, 0);
    port_in(lab, "router-near", "router", "lan", "eth0", NET + 254, 0, 0);
    port_in(lab, "router-far", "router", "far", "eth1", FAR + 254, 0, mtu);
    FINE(pxk_lab_router_start(lab, "router", silent, why, sizeof why));
    return lab;
}

static int near_socket(struct pxk_lab *lab, int discover)
{
    int fd = udp_in(lab, "near", PORT), on = 1;
    MUST(setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof discover) == 0);
    MUST(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on) == 0);
    return fd;
}

static char block[1450], got[2048];

/* A small one behind it has arrived: what the router had to say about the large one has been said. */
static int large_then_small(struct pxk_lab *lab, int a)
{
    int b = udp_in(lab, "far", PORT), err = 0;
    socklen_t size = sizeof err;
    MUST(udp_send(a, FAR + 1, PORT, "x", 1)); /* ARP */
    MUST(udp_take(b, 5000, got, sizeof got) == 1);
    MUST(udp_send(a, FAR + 1, PORT, block, sizeof block));
    while (!udp_send(a, FAR + 1, PORT, "x", 1)) { /* an error that has arrived is told to the next call */
        err = errno;
        MUST(err == EMSGSIZE, "%s", strerror(errno));
    }
    MUST(udp_take(b, 5000, got, sizeof got) == 1);
    if (!err)
        MUST(getsockopt(a, SOL_SOCKET, SO_ERROR, &err, &size) == 0);
    close(b);
    return err;
}

LAB_TEST(router, forwards_and_says_what_is_too_big)
{
    struct pxk_lab *lab = routed(1400, false);
    int a = near_socket(lab, IP_PMTUDISC_DO);
    MUST(large_then_small(lab, a) == EMSGSIZE);
    close(a);
    pxk_lab_free(lab);
    work_remove();
}

LAB_TEST(router, is_silent_about_what_is_too_big_and_only_about_that)
{
    struct pxk_lab *lab = routed(1400, true);
    int a = near_socket(lab, IP_PMTUDISC_DO), err = 0;
    MUST(large_then_small(lab, a) == 0);
    MUST(udp_send(a, NET + 254, 9, "x", 1)); /* nobody is there: the router says so */
    socklen_t size = sizeof err;
    for (int i = 0; i < 5000 && !err; i++) {
        MUST(getsockopt(a, SOL_SOCKET, SO_ERROR, &err, &size) == 0);
        poll(NULL, 0, 1);
    }
    MUST(err == ECONNREFUSED, "%s", strerror(err));
    close(a);
    pxk_lab_free(lab);
    work_remove();
}

LAB_TEST(router, cuts_up_what_may_be_cut)
{
    struct pxk_lab *lab = routed(1400, true);
    int a = near_socket(lab, IP_PMTUDISC_DONT), b = udp_in(lab, "far", PORT);
    MUST(udp_send(a, FAR + 1, PORT, block, sizeof block));
    MUST(udp_take(b, 5000, got, sizeof got) == (ssize_t)sizeof block);
    close(a);
    close(b);
    pxk_lab_free(lab);
    work_remove();
}

LAB_TEST(router, who_is_not_there_is_said)
{
    struct pxk_lab *lab = lab_here();
    const char *from[] = {"eth0"};
    pxk_ip4 to[] = {FAR + 1};
    struct pxk_lab_relay_opts o = {.host = "nobody", .from = from, .from_n = 1, .to = to, .to_n = 1};
    MUST(pxk_lab_router_start(lab, "nobody", false, why, sizeof why) == PXK_E_NOTFOUND);
    MUST(pxk_lab_relay_start(lab, &o, why, sizeof why) == PXK_E_NOTFOUND);
    MUST(pxk_lab_capture(lab, "nowhere", "/dev/null", 100, why, sizeof why) == PXK_E_NOTFOUND);
    MUST(pxk_lab_capture(lab, "lan", "/nowhere/file", 100, why, sizeof why) == PXK_E_IO);
    MUST(strstr(why, "/nowhere/file") != NULL, "%s", why);
    port_add(lab, "one", 1, NULL);
    o.host = "one";
    from[0] = "eth7";
    MUST(pxk_lab_relay_start(lab, &o, why, sizeof why) == PXK_E_IO);
    MUST(strstr(why, "eth7") != NULL, "%s", why);
    pxk_lab_free(lab);
    work_remove();
}

/* ---- capture ---- */

struct seen {
    int ours, arp, others;
    size_t longest;
};

static void frame_count(void *ctx, const uint8_t *data, size_t len, size_t wire, pxk_usec when)
{
    struct seen *s = ctx;
    struct pxk_frame f;
    (void)when;
    MUST(pxk_frame_decode(data, len, wire, &f) == PXK_OK);
    s->longest = len > s->longest ? len : s->longest;
    if (f.l3 == PXK_L3_ARP)
        s->arp++;
    else if (f.l4 == PXK_L4_UDP && f.dport == PORT && wire == 42 + sizeof block)
        s->ours++;
    else
        s->others++;
}

/* Frames between two others are heard too, and there is nothing on the wire but what the hosts sent. */
LAB_TEST(capture, hears_all_and_nothing_else)
{
    enum { N = 300 };
    struct pxk_lab *lab = lab_here();
    char path[128];
    struct seen seen = {0};
    pxk_fmt(path, sizeof path, "%s/lan.pcap", work);
    FINE(pxk_lab_capture(lab, "lan", path, 192, why, sizeof why));
    port_add(lab, "one", 1, NULL);
    port_add(lab, "two", 2, NULL);
    port_add(lab, "three", 3, NULL);
    int a = udp_in(lab, "one", PORT), b = udp_in(lab, "two", PORT);
    for (int i = 0; i < N; i++) {
        MUST(udp_send(a, NET + 2, PORT, block, sizeof block));
        MUST(udp_take(b, 5000, got, sizeof got) == (ssize_t)sizeof block);
    }
    close(a);
    close(b);
    pxk_lab_free(lab);
    FINE(pxk_capture_read(path, frame_count, &seen, why, sizeof why));
    MUST(seen.ours == N, "%d", seen.ours);
    MUST(seen.arp == 2, "%d", seen.arp);
    MUST(seen.others == 0, "%d", seen.others);
    MUST(seen.longest == 192);
    work_remove();
}

/* ---- relay, from end to end ---- */

static const struct pxk_mac client_mac = {{0x52, 0x54, 0, 0x77, 0, 1}};

static int packet_in(struct pxk_lab *lab, const char *host, const char *iface)
{
    MUST(pxk_lab_enter(lab, host) == PXK_OK);
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    struct pxk_iface i;
    MUST(pxk_iface_find(iface, &i));
    struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = (int)i.index};
    struct packet_mreq all = {.mr_ifindex = (int)i.index, .mr_type = PACKET_MR_PROMISC};
    MUST(setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) == 0);
    MUST(bind(fd, (struct sockaddr *)&ll, sizeof ll) == 0);
    MUST(pxk_lab_enter(lab, NULL) == PXK_OK);
    return fd;
}

static size_t message(uint8_t *buf, size_t cap, uint8_t op, uint8_t type, pxk_ip4 giaddr, pxk_ip4 yiaddr, uint16_t flags,
                      const uint8_t *info, size_t info_len)
{
    struct pxk_dhcp4_out_opt opts[] = {{PXK_OPT_MESSAGE_TYPE, 1, &type}, {PXK_OPT_RELAY_AGENT, (uint16_t)info_len, info}};
    struct pxk_dhcp4_out m = {.head = {.op = op, .xid = 0x1234, .giaddr = giaddr, .yiaddr = yiaddr, .mac = client_mac, .flags = flags},
                              .opt = opts, .opt_n = info ? 2 : 1, .limit = 1472, .pad_to = 300};
    struct pxk_wr w = pxk_wr_init(buf, cap);
    MUST(pxk_dhcp4_encode(&m, &w) == PXK_OK);
    return pxk_wr_len(&w);
}

static void discover_send(int fd)
{
    uint8_t dhcp[600], frame[700];
    size_t len = message(dhcp, sizeof dhcp, 1, PXK_DHCP4_DISCOVER, 0, 0, 0, NULL, 0);
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = {.dst = pxk_mac_broadcast, .src = client_mac};
    struct pxk_ip4_out ip = {.dst = PXK_IP4_BROADCAST, .ttl = 64};
    pxk_frame_write_udp(&w, &eth, &ip, 68, 67, dhcp, len);
    MUST(send(fd, frame, pxk_wr_len(&w), 0) == (ssize_t)pxk_wr_len(&w));
}

/* The next DHCP message to a client that comes by. */
static void reply_take(int fd, struct pxk_frame *f, struct pxk_dhcp4 *m)
{
    static uint8_t frame[2048];
    for (;;) {
        ssize_t n = udp_take(fd, 5000, frame, sizeof frame);
        MUST(n > 0, "no reply");
        if (pxk_frame_decode(frame, (size_t)n, (size_t)n, f) == PXK_OK && f->l4 == PXK_L4_UDP && f->dport == 68)
            break;
    }
    MUST(pxk_frame_check(f) == PXK_CSUM_OK && f->ip.csum_ok);
    MUST(pxk_dhcp4_decode(f->payload, f->payload_len, m) == PXK_OK);
}

LAB_TEST(relay, a_client_and_a_server_on_other_segments)
{
    static struct pxk_dhcp4 m;
    struct pxk_lab *lab = routed(0, false);
    const char *from[] = {"eth0"};
    pxk_ip4 to[] = {FAR + 1};
    struct pxk_lab_relay_opts o = {.host = "router", .from = from, .from_n = 1, .to = to, .to_n = 1, .circuit_id = "port7"};
    uint8_t buf[2048], reply[2048];
    struct sockaddr_in back;
    socklen_t size = sizeof back;
    struct pxk_frame f;
    port_in(lab, "client", "client", "lan", "eth0", 0, 0, 0);
    FINE(pxk_lab_relay_start(lab, &o, why, sizeof why));
    int server = udp_in(lab, "far", 67), client = packet_in(lab, "client", "eth0");

    discover_send(client);
    struct pollfd p = {.fd = server, .events = POLLIN};
    MUST(poll(&p, 1, 5000) == 1, "the server got no request");
    ssize_t n = recvfrom(server, buf, sizeof buf, 0, (struct sockaddr *)&back, &size);
    MUST(n > 0 && pxk_dhcp4_decode(buf, (size_t)n, &m) == PXK_OK);
    MUST(m.giaddr == NET + 254 && m.hops == 1 && m.type == PXK_DHCP4_DISCOVER && ntohs(back.sin_port) == 67);
    size_t info_len = m.opt[PXK_OPT_RELAY_AGENT].len, id_len;
    const uint8_t *id = pxk_dhcp4_relay_sub(&m, 1, &id_len);
    MUST(id && id_len == 5 && memcmp(id, "port7", 5) == 0);
    uint8_t info[64];
    memcpy(info, m.opt[PXK_OPT_RELAY_AGENT].data, info_len);

    for (int broadcast = 0; broadcast < 2; broadcast++) {
        size_t len = message(reply, sizeof reply, 2, PXK_DHCP4_OFFER, NET + 254, NET + 150, broadcast ? PXK_DHCP4_BROADCAST : 0, info,
                             info_len);
        MUST(udp_send(server, NET + 254, 67, reply, len));
        reply_take(client, &f, &m);
        MUST(m.type == PXK_DHCP4_OFFER && m.yiaddr == NET + 150 && m.giaddr == NET + 254 && !pxk_dhcp4_has(&m, PXK_OPT_RELAY_AGENT));
        MUST(f.sport == 67 && f.ip.src == NET + 254 && f.ip.dst == (broadcast ? PXK_IP4_BROADCAST : NET + 150));
        MUST(pxk_mac_eq(&f.dst, broadcast ? &pxk_mac_broadcast : &client_mac));
    }
    close(server);
    close(client);
    pxk_lab_free(lab);
    work_remove();
}
