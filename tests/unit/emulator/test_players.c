/* The clients of emulators that share a watch: whose frame is whose, who begins when, and what the seed decides.
 * The driver is played here: frames go nowhere, time is an argument. */
#include <criterion/criterion.h>
#include <pcap/pcap.h>
#include <stdlib.h>

#include "drive.h"

static struct pxk_tracker *tracker;
static struct pxk_emulator_watch watch;
static unsigned sent;

void drive_send(void *ctx, const uint8_t *frame, size_t len)
{
    (void)ctx, (void)frame, (void)len;
    sent++;
}

void drive_rearm(struct pxk_emulator *em)
{
    (void)em;
}

static void setup(void)
{
    struct pxk_tracker_opts opts = {0};
    sent = 0;
    cr_assert_eq(pxk_tracker_new(&opts, &tracker), PXK_OK);
    watch = (struct pxk_emulator_watch){.tracker = tracker, .began = 1000 * PXK_SEC};
}

static struct pxk_emulator *emulator(size_t clients, uint64_t seed)
{
    struct pxk_emulator *em = calloc(1, sizeof *em);
    cr_assert(em);
    em->opts = (struct pxk_emulator_opts){.iface = "lo", .client_n = clients, .seed = seed, .until = PXK_MILESTONE_OFFER};
    em->watch = &watch;
    return em;
}

static void added(struct pxk_emulator *em)
{
    char why[100] = "";
    cr_assert_eq(players_add(em, why, sizeof why), PXK_OK, "%s", why);
    pxk_ear_add(&watch.ears, &em->ear);
}

static void done(struct pxk_emulator *em)
{
    pxk_ear_remove(&watch.ears, &em->ear);
    players_free(em);
    free(em);
}

/* ---- made by the seed ---- */

Test(players, the_seed_makes_them, .init = setup)
{
    struct pxk_emulator *em[3] = {emulator(64, 5), emulator(64, 5), emulator(64, 6)};
    for (unsigned i = 0; i < 3; i++)
        added(em[i]);
    cr_assert_arr_eq(em[0]->mac, em[1]->mac, sizeof em[0]->mac);
    cr_assert_neq(memcmp(em[0]->mac, em[2]->mac, sizeof em[0]->mac), 0);
    for (unsigned i = 0; i < 64; i++)
        for (unsigned k = 0; k < i; k++)
            cr_assert_not(pxk_mac_eq(&em[0]->mac[i], &em[0]->mac[k]));
    for (unsigned i = 0; i < 3; i++)
        done(em[i]);
}

Test(players, an_address_that_is_given_is_not_made_up_again, .init = setup)
{
    struct pxk_emulator *first = emulator(2, 5), *second = emulator(2, 5);
    added(first);
    second->opts.client[1].mac = first->mac[0]; /* what the seed would make of the first */
    added(second);
    cr_assert_not(pxk_mac_eq(&second->mac[0], &first->mac[0]));
    cr_assert(pxk_mac_eq(&second->mac[1], &first->mac[0]));
    done(first);
    done(second);
}

Test(players, an_unknown_architecture_is_said, .init = setup)
{
    char why[100] = "";
    struct pxk_emulator *em = emulator(1, 5);
    em->opts.client[0].arch = 0x7777;
    cr_assert_eq(players_add(em, why, sizeof why), PXK_E_UNSUPPORTED);
    cr_assert(strstr(why, "no client is emulated"), "%s", why);
    em->opts.client[0].persona = pxk_persona_by_key("edk2-pxe");
    added(em);
    done(em);
}

/* ---- in turn ---- */

#define AT(ms) (watch.began + (pxk_usec)(ms)*PXK_MSEC)

static unsigned begun(const struct pxk_emulator *em)
{
    unsigned n = 0;
    for (size_t i = 0; i < em->players; i++)
        n += em->player[i].begun;
    return n;
}

Test(players, one_after_the_other, .init = setup)
{
    struct pxk_emulator *em = emulator(3, 5);
    added(em);
    cr_assert_eq(players_turn(em), 0);
    players_begin(em, AT(0));
    cr_assert_eq(begun(em), 1);
    cr_assert_eq(sent, 1, "its DISCOVER");
    cr_assert_eq(players_next(em), AT(600));
    players_begin(em, AT(599));
    cr_assert_eq(begun(em), 1);
    pxk_client_stop(em->player[0].client, "gone", AT(599));
    players_begin(em, AT(599));
    cr_assert_eq(begun(em), 2, "one that has ended is not waited for");
    players_begin(em, AT(1199));
    cr_assert_eq(begun(em), 3);
    cr_assert_eq(players_turn(em), 1);
    cr_assert_eq(players_next(em), PXK_NEVER);
    pxk_client_stop(em->player[2].client, "gone", AT(1200));
    cr_assert_eq(players_turn(em), 2);
    done(em);
}

Test(players, at_the_time_that_is_given, .init = setup)
{
    struct pxk_emulator *em = emulator(3, 5);
    em->opts.client[0].start_given = em->opts.client[1].start_given = true;
    em->opts.client[0].start = 5 * PXK_SEC;
    added(em);
    players_begin(em, AT(0));
    cr_assert(em->player[1].begun && em->player[2].begun, "at 0, and the first in turn");
    cr_assert_not(em->player[0].begun);
    cr_assert_eq(players_next(em), AT(5000));
    players_begin(em, AT(5000));
    cr_assert(em->player[0].begun);
    done(em);
}

Test(players, emulators_take_turns, .init = setup)
{
    struct pxk_emulator *a = emulator(2, 5), *b = emulator(1, 6);
    added(a);
    added(b);
    players_begin(a, AT(0));
    players_begin(b, AT(0));
    cr_assert_eq(begun(b), 0);
    cr_assert_eq(players_next(b), PXK_NEVER, "the first has one waiting");
    players_begin(a, AT(600));
    cr_assert_eq(begun(a), 2);
    cr_assert_eq(players_next(b), AT(1200));
    players_begin(b, AT(1200));
    cr_assert_eq(begun(b), 1);
    done(a);
    done(b);
}

Test(players, who_is_stopped_before_its_turn_does_not_begin, .init = setup)
{
    struct pxk_emulator *em = emulator(2, 5);
    added(em);
    players_stop(em, "stopped", AT(0));
    players_begin(em, AT(1));
    cr_assert_eq(sent, 0);
    cr_assert_eq(players_next(em), PXK_NEVER);
    done(em);
}

Test(players, options_of_one_stand_before_those_of_the_run, .init = setup)
{
    struct pxk_emulator *em = emulator(2, 5);
    em->opts.vlan = 7;
    em->opts.client[1].vlan = 9;
    em->opts.client[1].until = PXK_MILESTONE_KERNEL;
    added(em);
    cr_assert_eq(em->player[0].vlan, 7);
    cr_assert_eq(em->player[1].vlan, 9);
    cr_assert_eq(pxk_tracker_session(tracker, 0)->facts.until, PXK_MILESTONE_OFFER);
    cr_assert_eq(pxk_tracker_session(tracker, 1)->facts.until, PXK_MILESTONE_KERNEL);
    done(em);
}

/* ---- whose frame it is ---- */

static const struct pxk_mac mac_a[] = {{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}}}, mac_b[] = {{{2, 0, 0, 0, 0, 3}}},
                            server = {{2, 9, 9, 9, 9, 9}};
static struct pxk_ear ear_a, ear_b, *ears;

static void ears_setup(void)
{
    ears = NULL;
    ear_a = (struct pxk_ear){.mac = mac_a, .mac_n = 2};
    ear_b = (struct pxk_ear){.mac = mac_b, .mac_n = 1};
    pxk_ear_add(&ears, &ear_a);
    pxk_ear_add(&ears, &ear_b);
}

static uint8_t frame[PXK_FRAME_MAX];

/* A DHCP answer if @chaddr is given, else some UDP. */
static size_t udp(const struct pxk_mac *src, const struct pxk_mac *dst, const struct pxk_mac *chaddr)
{
    uint8_t payload[300] = {2, 1, 6};
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = {.src = *src, .dst = *dst};
    struct pxk_ip4_out ip = {.src = PXK_IP4(10, 77, 0, 1), .dst = PXK_IP4_BROADCAST, .ttl = 64};
    if (chaddr)
        memcpy(payload + 28, chaddr->b, 6);
    pxk_frame_write_udp(&w, &eth, &ip, 67, chaddr ? 68 : 5000, payload, sizeof payload);
    cr_assert_eq(w.err, PXK_OK);
    return pxk_wr_len(&w);
}

static void assert_told(size_t len, bool by_a, bool by_b)
{
    cr_assert_eq(pxk_ear_tells(ears, &ear_a, frame, len), by_a);
    cr_assert_eq(pxk_ear_tells(ears, &ear_b, frame, len), by_b);
}

Test(ears, each_frame_once, .init = ears_setup)
{
    static const struct pxk_mac stranger = {{2, 7, 7, 7, 7, 7}};
    assert_told(udp(&server, &mac_a[1], NULL), true, false);
    assert_told(udp(&server, &mac_b[0], NULL), false, true);
    assert_told(udp(&server, &stranger, NULL), false, false);
    assert_told(udp(&server, &pxk_mac_broadcast, &mac_a[0]), true, false);
    assert_told(udp(&server, &pxk_mac_broadcast, &mac_b[0]), false, true);
    assert_told(udp(&server, &pxk_mac_broadcast, &stranger), true, false);
    assert_told(udp(&server, &pxk_mac_broadcast, NULL), true, false);
    assert_told(udp(&mac_a[0], &pxk_mac_broadcast, NULL), true, false); /* it came back: a loop */
    assert_told(udp(&mac_b[0], &pxk_mac_broadcast, NULL), false, true);
}

Test(ears, on_links_of_their_own, .init = ears_setup)
{
    ear_b.segment = 1;
    assert_told(udp(&server, &pxk_mac_broadcast, NULL), true, true);
    assert_told(udp(&server, &pxk_mac_broadcast, &mac_a[0]), true, true);
    assert_told(udp(&server, &mac_b[0], NULL), false, true);
}

Test(ears, the_first_that_is_left, .init = ears_setup)
{
    pxk_ear_remove(&ears, &ear_a);
    cr_assert(pxk_ear_tells(ears, &ear_b, frame, udp(&server, &pxk_mac_broadcast, NULL)));
    pxk_ear_add(&ears, &ear_a);
    assert_told(udp(&server, &pxk_mac_broadcast, NULL), false, true);
}

Test(ears, short_frames, .init = ears_setup)
{
    size_t len = udp(&server, &pxk_mac_broadcast, &mac_b[0]);
    for (size_t n = 0; n <= len; n++) {
        uint8_t *part = malloc(n ? n : 1);
        cr_assert(part);
        memcpy(part, frame, n);
        bool a = pxk_ear_tells(ears, &ear_a, part, n), b = pxk_ear_tells(ears, &ear_b, part, n);
        cr_assert(n < PXK_ETH_HEADER ? !a && !b : a != b, "%zu bytes", n);
        free(part);
    }
}

/* ---- the kernel's part ---- */

static unsigned passed(pcap_t *pcap, const struct pxk_mac *clients, size_t n, const struct pxk_mac *dst)
{
    char text[PXK_EAR_FILTER_MAX];
    struct pxk_str filter = pxk_str_init(text, sizeof text);
    struct bpf_program program;
    pxk_ear_filter(clients, n, &filter);
    cr_assert_not(filter.cut);
    cr_assert_eq(pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN), 0, "%s: %s", text, pcap_geterr(pcap));
    struct pcap_pkthdr head = {.caplen = (bpf_u_int32)udp(&server, dst, NULL)};
    head.len = head.caplen;
    unsigned pass = (unsigned)pcap_offline_filter(&program, &head, frame);
    pcap_freecode(&program);
    return pass;
}

Test(ears, filter)
{
    static const struct pxk_mac other = {{0x52, 0x54, 0, 1, 2, 3}};
    struct pxk_mac mac[PXK_EMULATOR_CLIENTS_MAX];
    pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
    cr_assert(pcap);
    for (unsigned i = 0; i < PXK_COUNT(mac); i++)
        mac[i] = (struct pxk_mac){{2, 0x70, 0x78, (uint8_t)(i * 37), (uint8_t)(i * 91), (uint8_t)i}};
    static const size_t count[] = {1, 16, 17, PXK_EMULATOR_CLIENTS_MAX};
    for (size_t c = 0; c < PXK_COUNT(count); c++) {
        for (size_t i = 0; i < count[c]; i++)
            cr_assert(passed(pcap, mac, count[c], &mac[i]), "client %zu of %zu", i, count[c]);
        cr_assert(passed(pcap, mac, count[c], &pxk_mac_broadcast));
        cr_assert_not(passed(pcap, mac, count[c], &other));
    }
    mac[20] = other; /* little in common: more pass, and code sorts them */
    cr_assert(passed(pcap, mac, 21, &other) && passed(pcap, mac, 21, &mac[0]));
    pcap_close(pcap);
}
