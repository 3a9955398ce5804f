#include <errno.h>
#include <sys/un.h>
#include <time.h>

#include "lab_help.h"

#define PORT 4000

/* Two hosts, the second behind a cable. */
static struct pxk_lab *pair(const struct pxk_cable_opts *cable)
{
    struct pxk_lab *lab = lab_here();
    port_add(lab, "one", 1, NULL);
    port_add(lab, "two", 2, cable);
    return lab;
}

static struct pxk_lab_cable_count counts(struct pxk_lab *lab)
{
    struct pxk_lab_cable_count c;
    MUST(pxk_lab_cable_count(lab, "two", &c) == PXK_OK);
    return c;
}

/* in + duplicated + answers = out + dropped, with nothing on the way. */
static void books_balance(const struct pxk_lab_cable_count *c)
{
    for (enum pxk_cable_port p = PXK_CABLE_A; p < PXK_CABLE_PORTS; p++) {
        uint64_t gone = c->way[p].out;
        for (size_t i = 0; i < PXK_CABLE_DROP_N; i++)
            gone += c->way[p].dropped[i];
        MUST(c->way[p].in + c->way[p].duplicated + c->way[p].answers == gone);
        MUST(c->overrun[p] == 0);
        MUST(c->oversized[p] == 0);
    }
}

/* Numbered datagrams from one to @to; which of them arrived at two, as a text of 0 and 1. The driver answers an order when
 * all that was sent before has passed, and a veth pair delivers at once. */
static const char *row_to(struct pxk_lab *lab, pxk_ip4 to, int n, char *seen)
{
    int a = udp_in(lab, "one", 3999), b = udp_in(lab, "two", 3999);
    uint8_t got[16];
    memset(seen, '0', (size_t)n);
    seen[n] = '\0';
    for (int i = 0; i < n; i++) {
        uint8_t number = (uint8_t)i;
        MUST(udp_send(a, to, 3999, &number, 1));
    }
    (void)counts(lab);
    while (udp_take(b, 50, got, sizeof got) == 1)
        seen[got[0]] = '1';
    close(a);
    close(b);
    return seen;
}

static const char *row(struct pxk_lab *lab, int n, char *seen)
{
    return row_to(lab, NET + 2, n, seen);
}

/* ARP is answered before a lossy way is set: what is lost is then always one of ours. */
static void know_each_other(struct pxk_lab *lab)
{
    char seen[8];
    MUST(strcmp(row(lab, 1, seen), "1") == 0, "%s", seen);
}

static void lose(struct pxk_lab *lab, uint32_t parts)
{
    struct pxk_cable_way way[PXK_CABLE_PORTS] = {0};
    way[PXK_CABLE_B].lose = parts;
    MUST(pxk_lab_cable_set(lab, "two", way, NULL, 0) == PXK_OK);
}

LAB_TEST(cable, an_idle_one_passes_all_and_counts)
{
    struct pxk_cable_opts cable = {.seed = 1};
    struct pxk_lab *lab = pair(&cable);
    char seen[128];
    know_each_other(lab);
    MUST(strspn(row(lab, 100, seen), "1") == 100, "%s", seen);
    struct pxk_lab_cable_count c = counts(lab);
    books_balance(&c);
    MUST(c.way[PXK_CABLE_B].in >= 101);
    MUST(c.way[PXK_CABLE_A].in >= 1); /* the answer to ARP */
    MUST(c.way[PXK_CABLE_B].out == c.way[PXK_CABLE_B].in);
    MUST(pxk_lab_cable_count(lab, "one", &c) == PXK_E_NOTFOUND);
    MUST(pxk_lab_cut(lab, "nobody") == PXK_E_NOTFOUND);
    pxk_lab_free(lab);
    work_remove();
}

LAB_TEST(cable, loses_all_and_then_none)
{
    struct pxk_cable_opts cable = {.seed = 1};
    struct pxk_lab *lab = pair(&cable);
    char seen[32];
    know_each_other(lab);
    lose(lab, PXK_CABLE_ALWAYS);
    MUST(strspn(row(lab, 20, seen), "0") == 20, "%s", seen);
    MUST(counts(lab).way[PXK_CABLE_B].dropped[PXK_CABLE_DROP_LOST] == 20);
    lose(lab, 0);
    MUST(strspn(row(lab, 20, seen), "1") == 20, "%s", seen);
    struct pxk_lab_cable_count c = counts(lab);
    books_balance(&c);
    pxk_lab_free(lab);
    work_remove();
}

LAB_TEST(cable, the_same_seed_loses_the_same_frames)
{
    char seen[3][128];
    uint64_t seeds[] = {7, 7, 8};
    struct pxk_lab *lab = NULL;
    for (int i = 0; i < 3; i++) {
        struct pxk_cable_opts cable = {.seed = seeds[i]};
        if (i == 0)
            lab = pair(&cable);
        else {
            FINE(pxk_lab_new(work, &lab, why, sizeof why));
            FINE(pxk_lab_segment_add(lab, "lan", 0, why, sizeof why));
            port_add(lab, "one", 1, NULL);
            port_add(lab, "two", 2, &cable);
        }
        know_each_other(lab);
        lose(lab, 30 * PXK_CABLE_PERCENT);
        row(lab, 100, seen[i]);
        pxk_lab_free(lab);
    }
    MUST(strchr(seen[0], '0') && strchr(seen[0], '1'), "%s", seen[0]);
    MUST(strcmp(seen[0], seen[1]) == 0, "%s\n%s", seen[0], seen[1]);
    MUST(strcmp(seen[0], seen[2]) != 0);
    work_remove();
}

LAB_TEST(cable, a_rule_strikes_what_it_names)
{
    struct pxk_cable_opts cable = {.seed = 1};
    struct pxk_lab *lab = pair(&cable);
    struct pxk_cable_way way[PXK_CABLE_PORTS] = {0};
    struct pxk_cable_rule rules[] = {
        {.action = PXK_CABLE_DROP, .dir = PXK_CABLE_B_TO_A, .proto = PXK_IP_UDP, .dport = {3999, 0}, .skip = 2, .limit = 3}};
    char seen[16];
    know_each_other(lab);
    MUST(pxk_lab_cable_set(lab, "two", way, rules, 1) == PXK_OK);
    MUST(strcmp(row(lab, 10, seen), "1100011111") == 0, "%s", seen);
    struct pxk_lab_cable_count c = counts(lab);
    MUST(c.strikes[0] == 3);
    MUST(c.way[PXK_CABLE_B].dropped[PXK_CABLE_DROP_RULE] == 3);
    books_balance(&c);
    pxk_lab_free(lab);
    work_remove();
}

LAB_TEST(cable, what_cannot_be_set_changes_nothing)
{
    struct pxk_cable_opts cable = {.seed = 1};
    struct pxk_lab *lab = pair(&cable);
    struct pxk_cable_way way[PXK_CABLE_PORTS] = {0};
    char seen[16];
    know_each_other(lab);
    way[PXK_CABLE_A].lose = PXK_CABLE_ALWAYS;
    way[PXK_CABLE_B].lose = PXK_CABLE_ALWAYS + 1;
    MUST(pxk_lab_cable_set(lab, "two", way, NULL, 0) == PXK_E_RANGE);
    MUST(strspn(row(lab, 5, seen), "1") == 5, "%s", seen);
    way[PXK_CABLE_B].lose = 0;
    MUST(pxk_lab_cable_set(lab, "two", way, NULL, PXK_CABLE_RULES + 1) == PXK_E_RANGE);
    struct pxk_lab_port_opts o = {.name = "three", .host = "three", .segment = "lan", .iface = "eth0", .cable = &cable};
    cable.way[0].lose = PXK_CABLE_ALWAYS + 1;
    MUST(pxk_lab_port_add(lab, &o, why, sizeof why) == PXK_E_RANGE);
    MUST(strstr(why, "three") != NULL, "%s", why);
    pxk_lab_free(lab);
    work_remove();
}

LAB_TEST(cable, cut_and_joined)
{
    struct pxk_cable_opts cable = {.seed = 1, .cut = true};
    struct pxk_lab *lab = pair(&cable);
    const pxk_ip4 all = NET + 255; /* a host that found nobody asks by ARP once a second only */
    char seen[16];
    MUST(strcmp(row_to(lab, all, 3, seen), "000") == 0, "%s", seen);
    MUST(pxk_lab_join(lab, "two") == PXK_OK);
    MUST(strcmp(row_to(lab, all, 3, seen), "111") == 0, "%s", seen);
    MUST(pxk_lab_cut(lab, "two") == PXK_OK);
    MUST(strcmp(row_to(lab, all, 3, seen), "000") == 0, "%s", seen);
    MUST(counts(lab).way[PXK_CABLE_B].dropped[PXK_CABLE_DROP_CUT] == 6);
    MUST(pxk_lab_join(lab, "two") == PXK_OK);
    MUST(strcmp(row_to(lab, all, 3, seen), "111") == 0, "%s", seen);
    struct pxk_lab_cable_count c = counts(lab);
    books_balance(&c);
    pxk_lab_free(lab);
    work_remove();
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The one thing that can be said of a delay without a race: a frame never comes early. */
LAB_TEST(cable, a_delayed_frame_is_not_early)
{
    struct pxk_cable_opts cable = {.seed = 1};
    struct pxk_lab *lab = pair(&cable);
    struct pxk_cable_way way[PXK_CABLE_PORTS] = {0};
    char got[8];
    know_each_other(lab);
    way[PXK_CABLE_B].delay = 80 * PXK_MSEC;
    MUST(pxk_lab_cable_set(lab, "two", way, NULL, 0) == PXK_OK);
    int a = udp_in(lab, "one", PORT), b = udp_in(lab, "two", PORT);
    uint64_t start = now_ms();
    MUST(udp_send(a, NET + 2, PORT, "x", 1));
    MUST(udp_take(b, 5000, got, sizeof got) == 1);
    MUST(now_ms() - start >= 79);
    pxk_lab_free(lab);
    work_remove();
}

/* More than net.core.rmem_max would hold, in one go and with the driver given no time: none may be missing. */
LAB_TEST(cable, a_burst_passes_whole)
{
    enum { N = 1500 };
    struct pxk_cable_opts cable = {.seed = 1};
    struct pxk_lab *lab = pair(&cable);
    static char block[1400];
    know_each_other(lab);
    int a = udp_in(lab, "one", PORT), b = udp_in(lab, "two", PORT);
    uint64_t before = counts(lab).way[PXK_CABLE_B].in;
    for (int i = 0; i < N; i++)
        MUST(udp_send(a, NET + 2, PORT, block, sizeof block));
    struct pxk_lab_cable_count c = counts(lab);
    MUST(c.way[PXK_CABLE_B].in == before + N, "%d", (int)(c.way[PXK_CABLE_B].in - before));
    MUST(c.way[PXK_CABLE_B].out == c.way[PXK_CABLE_B].in);
    books_balance(&c);
    close(a);
    close(b);
    pxk_lab_free(lab);
    work_remove();
}

/* Whole frames of a segment that takes long ones; a host with a smaller card loses what is too long for it. */
LAB_TEST(cable, long_frames_of_a_segment_that_takes_them)
{
    static char block[8000], got[9000];
    struct pxk_cable_opts cable = {.seed = 1};
    struct pxk_lab *lab = lab_here();
    const char *const hosts[] = {"big", "two", "small"};
    int fd[3];
    FINE(pxk_lab_segment_add(lab, "jumbo", 9000, why, sizeof why));
    for (unsigned i = 0; i < 3; i++) {
        struct pxk_lab_port_opts o = {.name = hosts[i], .host = hosts[i], .segment = "jumbo", .iface = "eth0", .ip = NET + 1 + i,
                                      .netmask = MASK, .mtu = i < 2 ? 9000 : 0, .cable = i == 1 ? &cable : NULL};
        FINE(pxk_lab_port_add(lab, &o, why, sizeof why));
        fd[i] = udp_in(lab, hosts[i], PORT);
    }
    MUST(udp_send(fd[0], NET + 2, PORT, block, sizeof block));
    MUST(udp_take(fd[1], 5000, got, sizeof got) == (ssize_t)sizeof block);
    MUST(udp_send(fd[0], NET + 3, PORT, block, sizeof block));
    MUST(udp_send(fd[0], NET + 3, PORT, "x", 1));
    MUST(udp_take(fd[2], 5000, got, sizeof got) == 1);
    struct pxk_lab_cable_count c = counts(lab);
    MUST(c.way[PXK_CABLE_B].out_bytes > sizeof block);
    books_balance(&c);
    pxk_lab_free(lab);
    work_remove();
}

/* A sender that leaves checksums to its card: behind a cable they are whole. */
LAB_TEST(cable, unfinished_checksums_are_finished)
{
    struct pxk_cable_opts cable = {.seed = 1};
    struct pxk_lab *lab = lab_here();
    struct pxk_lab_port_opts o = {.name = "one", .host = "one", .segment = "lan", .iface = "eth0", .ip = NET + 1, .netmask = MASK,
                                  .offload = true};
    FINE(pxk_lab_port_add(lab, &o, why, sizeof why));
    port_add(lab, "two", 2, &cable);
    char seen[8];
    MUST(strcmp(row(lab, 5, seen), "11111") == 0, "%s", seen);
    pxk_lab_free(lab);
    work_remove();
}

/* QEMU's side is played by a socket: one frame per datagram. */
LAB_TEST(cable, qemu_talks_to_a_host)
{
    static const uint8_t mac[] = {0x52, 0x54, 0, 0, 0, 1};
    struct pxk_lab *lab = lab_here();
    struct sockaddr_un theirs = {.sun_family = AF_UNIX}, ours = {.sun_family = AF_UNIX};
    struct pxk_lab_port_opts o = {.name = "vm", .segment = "lan", .qemu = "vm"};
    uint8_t frame[2048];
    port_add(lab, "one", 1, NULL);
    FINE(pxk_lab_port_add(lab, &o, why, sizeof why));
    pxk_fmt(theirs.sun_path, sizeof theirs.sun_path, "%s/vm.qemu", work);
    pxk_fmt(ours.sun_path, sizeof ours.sun_path, "%s/vm.ours", work);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    MUST(bind(fd, (struct sockaddr *)&theirs, sizeof theirs) == 0);

    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = {.dst = pxk_mac_broadcast};
    memcpy(eth.src.b, mac, 6);
    struct pxk_arp ask = {.op = PXK_ARP_REQUEST, .sender_mac = eth.src, .sender = NET + 9, .target = NET + 1};
    pxk_frame_write_arp(&w, &eth, &ask);
    MUST(w.err == PXK_OK);
    MUST(sendto(fd, frame, pxk_wr_len(&w), 0, (struct sockaddr *)&ours, sizeof ours) > 0, "%s", strerror(errno));

    struct pxk_frame f;
    ssize_t got = udp_take(fd, 5000, frame, sizeof frame);
    MUST(got > 0 && pxk_frame_decode(frame, (size_t)got, (size_t)got, &f) == PXK_OK);
    MUST(f.l3 == PXK_L3_ARP && f.arp.op == PXK_ARP_REPLY && f.arp.sender == NET + 1);
    MUST(pxk_lab_cut(lab, "vm") == PXK_OK);
    MUST(sendto(fd, frame, pxk_wr_len(&w), 0, (struct sockaddr *)&ours, sizeof ours) > 0);
    struct pxk_lab_cable_count c;
    MUST(pxk_lab_cable_count(lab, "vm", &c) == PXK_OK);
    MUST(c.way[PXK_CABLE_A].dropped[PXK_CABLE_DROP_CUT] == 1);
    close(fd);
    pxk_lab_free(lab);
    MUST(access(ours.sun_path, F_OK) != 0, "the socket is left");
    work_remove();
}
