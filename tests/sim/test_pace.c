/* When clients send what: the captured schedules at firmware pace, the same order and less time at fast pace. */
#include <criterion/criterion.h>

#include "world.h"

static struct world w;

enum { DISCOVER = PXK_DHCP4_DISCOVER, REQUEST = PXK_DHCP4_REQUEST };

/* The client's packets to @dport of @type, seconds after the first of them. */
static void assert_times(uint16_t dport, uint8_t type, const double *seconds, unsigned n)
{
    const struct world_note *first = world_sent(&w, 0, dport, type, 0);
    cr_assert(first);
    for (unsigned i = 0; i < n; i++) {
        const struct world_note *s = world_sent(&w, 0, dport, type, i);
        cr_assert(s, "only %u of %u were sent", i, n);
        double at = (double)(s->t - first->t) / 1e6;
        cr_assert(at > seconds[i] - 0.01 && at < seconds[i] + 0.01, "number %u after %.3f s, expected %.3f", i, at, seconds[i]);
    }
    cr_assert_not(world_sent(&w, 0, dport, type, n), "there are more than %u", n);
}
#define ASSERT_TIMES(dport, type, ...)                                                                       \
    assert_times(dport, type, (const double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double))

static struct pxk_session *play(uint16_t arch, const struct pxk_pace *pace)
{
    struct pxk_client_opts opts = world_client_opts(arch, pace);
    struct pxk_session *s = world_client(&w, &opts);
    world_run(&w, 300 * PXK_SEC);
    return s;
}

static struct pxk_session *silent(uint16_t arch, const struct pxk_pace *pace)
{
    world_init(&w, 3);
    w.host[0].engine = false;
    struct pxk_session *s = play(arch, pace);
    cr_assert(s->facts.dhcp_gave_up);
    return s;
}

Test(pace, discover_without_a_server)
{
    struct pxk_session *s = silent(PXK_ARCH_BIOS, &pxk_pace_firmware);
    ASSERT_TIMES(67, DISCOVER, 0, 1, 3, 7);
    cr_assert_float_eq(world_seconds(&w), 15, 0.01);
    cr_assert_str_eq(s->facts.stop_screen, "No configuration methods succeeded (http://ipxe.org/040ee119)");
    world_done(&w);
    s = silent(PXK_ARCH_UEFI_X64, &pxk_pace_firmware);
    ASSERT_TIMES(67, DISCOVER, 0, 4, 12, 28);
    cr_assert_eq(world_sent(&w, 0, 67, DISCOVER, 3)->secs, 28);
    cr_assert_float_eq(world_seconds(&w), 60, 0.01);
    cr_assert_str_eq(s->facts.stop_screen, "PXE-E18: Server response timeout.");
    world_done(&w);
}

Test(pace, fast_discovers_as_often_in_less_time)
{
    silent(PXK_ARCH_BIOS, &pxk_pace_fast);
    ASSERT_TIMES(67, DISCOVER, 0, 1, 3, 5.5);
    cr_assert_lt(world_seconds(&w), 10);
    world_done(&w);
    silent(PXK_ARCH_UEFI_X64, &pxk_pace_fast);
    ASSERT_TIMES(67, DISCOVER, 0, 2.5, 5, 7.5);
    cr_assert_lt(world_seconds(&w), 12);
    world_done(&w);
}

/* An offer with a file but without option 60: iPXE waits for a proxy until its three seconds' timer. */
static void plain_server(void)
{
    world_init(&w, 3);
    w.host[0].engine = false;
    w.host[0].dhcp = (struct world_dhcp){.on = true, .yiaddr = WORLD_LEASE, .siaddr = WORLD_SERVER, .file = "pxelinux.0"};
}

static double first_request(void)
{
    const struct world_note *r = world_sent(&w, 0, 67, REQUEST, 0);
    cr_assert(r);
    return (double)(r->t - WORLD_START) / 1e6;
}

Test(pace, wait_for_a_proxy)
{
    plain_server();
    play(PXK_ARCH_BIOS, &pxk_pace_firmware);
    ASSERT_TIMES(67, DISCOVER, 0, 1);
    cr_assert_float_eq(first_request(), 3, 0.01);
    world_done(&w);
    plain_server();
    play(PXK_ARCH_UEFI_X64, &pxk_pace_firmware);
    cr_assert_float_eq(first_request(), 4, 0.01);
    world_done(&w);
    plain_server();
    play(PXK_ARCH_BIOS, &pxk_pace_fast);
    cr_assert_lt(first_request(), 0.3);
    world_done(&w);
    plain_server();
    play(PXK_ARCH_UEFI_X64, &pxk_pace_fast);
    cr_assert_lt(first_request(), 0.3);
    world_done(&w);
}

Test(pace, an_offer_that_names_nothing_waits_longer_at_fast_pace)
{
    plain_server();
    w.host[0].dhcp.file = NULL;
    struct pxk_session *s = play(PXK_ARCH_BIOS, &pxk_pace_fast);
    cr_assert_gt(first_request(), 2.0);
    cr_assert_lt(first_request(), 2.2);
    cr_assert_eq(s->facts.boot_file[0], '\0');
    world_done(&w);
}

/* Offers that name nothing and then one that does: the second ends the wait. */
Test(pace, a_better_offer_shortens_the_wait)
{
    plain_server();
    w.host[0].dhcp.delay = 400 * PXK_MSEC;
    struct world_host *rogue = world_host_add(&w, WORLD_OTHER);
    rogue->dhcp = (struct world_dhcp){.on = true, .yiaddr = WORLD_LEASE + 50};
    struct pxk_session *s = play(PXK_ARCH_BIOS, &pxk_pace_fast);
    cr_assert_lt(first_request(), 0.8);
    cr_assert(s->facts.booted, "%s", s->facts.stop_why);
    world_done(&w);
}

Test(pace, request_without_ack)
{
    plain_server();
    w.host[0].dhcp.request = WORLD_SILENT;
    struct pxk_session *s = play(PXK_ARCH_BIOS, &pxk_pace_firmware);
    ASSERT_TIMES(67, REQUEST, 0, 0.25, 0.75, 1.75, 3.75, 7.75);
    cr_assert(s->facts.dhcp_gave_up);
    world_done(&w);
    plain_server();
    w.host[0].dhcp.request = WORLD_SILENT;
    s = play(PXK_ARCH_UEFI_X64, &pxk_pace_firmware);
    ASSERT_TIMES(67, REQUEST, 0, 4, 12, 28);
    cr_assert_str_eq(s->facts.stop_screen, "PXE-E16: No valid offer received.");
    cr_assert_not(world_sent(&w, 0, 67, PXK_DHCP4_RELEASE, 0), "no address, nothing to release");
    world_done(&w);
}

Test(pace, nak)
{
    plain_server();
    w.host[0].dhcp.request = WORLD_NAKS;
    struct pxk_session *s = play(PXK_ARCH_BIOS, &pxk_pace_firmware);
    ASSERT_TIMES(67, REQUEST, 0, 0.25, 0.75, 1.75, 3.75, 7.75); /* captured: as if nothing had come */
    cr_assert(s->facts.dhcp_gave_up);
    world_done(&w);
    plain_server();
    w.host[0].dhcp.request = WORLD_NAKS;
    s = play(PXK_ARCH_UEFI_X64, &pxk_pace_firmware);
    ASSERT_TIMES(67, REQUEST, 0);
    cr_assert(s->facts.dhcp_gave_up);
    world_done(&w);
}

static bool tftp_dropped(void *ctx, const struct pxk_frame *f, bool to_client)
{
    (void)ctx;
    return f->l4 == PXK_L4_UDP && (to_client ? f->sport >= 40000 : f->dport == PXK_TFTP_PORT);
}

static struct pxk_session *no_tftp(uint16_t arch, const struct pxk_pace *pace, bool closed)
{
    world_init(&w, 3);
    w.host[0].tftp = false;
    w.link.drop = closed ? NULL : tftp_dropped;
    struct pxk_session *s = play(arch, pace);
    cr_assert(s->facts.finished && !s->facts.booted);
    cr_assert_eq(s->files.n, 1);
    cr_assert(s->files.at[0].failed);
    return s;
}

Test(pace, read_request_without_answer)
{
    no_tftp(PXK_ARCH_BIOS, &pxk_pace_firmware, false);
    ASSERT_TIMES(69, PXK_TFTP_RRQ, 0, 0.25, 0.75, 1.75, 3.75, 7.75);
    world_done(&w);
    no_tftp(PXK_ARCH_BIOS, &pxk_pace_firmware, true); /* iPXE does not look at ICMP */
    ASSERT_TIMES(69, PXK_TFTP_RRQ, 0, 0.25, 0.75, 1.75, 3.75, 7.75);
    world_done(&w);
    no_tftp(PXK_ARCH_UEFI_X64, &pxk_pace_firmware, false);
    ASSERT_TIMES(69, PXK_TFTP_RRQ, 0, 4, 8, 12, 16, 20);
    world_done(&w);
    no_tftp(PXK_ARCH_UEFI_X64, &pxk_pace_firmware, true); /* EDK2 does */
    ASSERT_TIMES(69, PXK_TFTP_RRQ, 0);
    world_done(&w);
}

Test(pace, fast_gives_tftp_six_seconds)
{
    no_tftp(PXK_ARCH_BIOS, &pxk_pace_fast, false);
    cr_assert_lt(world_seconds(&w), 7);
    world_done(&w);
    no_tftp(PXK_ARCH_UEFI_X64, &pxk_pace_fast, false);
    cr_assert_lt(world_seconds(&w), 7);
    world_done(&w);
}

/* ARP for a next server that nobody is: captured, wrong-next-server-bios. */
Test(pace, arp_without_answer)
{
    static const double at[] = {0, 0.125, 0.375, 0.875, 1.875};
    unsigned n = 0;
    plain_server();
    w.host[0].dhcp.siaddr = PXK_IP4(10, 77, 0, 77);
    struct pxk_session *s = play(PXK_ARCH_BIOS, &pxk_pace_firmware);
    pxk_usec first = 0;
    for (size_t i = 0; i < w.notes.n; i++) {
        const struct world_note *a = &w.notes.at[i];
        if (a->client != 0 || a->l3 != PXK_L3_ARP || a->target != PXK_IP4(10, 77, 0, 77))
            continue;
        first = n ? first : a->t;
        if (n < PXK_COUNT(at))
            cr_assert_float_eq((double)(a->t - first) / 1e6, at[n], 0.001);
        n++;
    }
    cr_assert_eq(n, 10, "%u", n); /* five for the first requests, five for the last */
    cr_assert_not(world_sent(&w, 0, 69, 0, 0), "no RRQ leaves without a MAC to send it to");
    cr_assert(s->files.n == 1 && s->files.at[0].failed);
    cr_assert(world_sent(&w, 0, 67, PXK_DHCP4_RELEASE, 0));
    world_done(&w);
}

Test(pace, port_4011_without_answer)
{
    plain_server();
    w.host[0].dhcp.vendor = "PXEClient"; /* option 60 and nothing else: EDK2's trap */
    w.host[0].dhcp.file = "bootx64.efi";
    struct pxk_session *s = play(PXK_ARCH_UEFI_X64, &pxk_pace_firmware);
    ASSERT_TIMES(4011, REQUEST, 0, 1, 3, 6);
    cr_assert_eq(world_sent(&w, 0, 4011, REQUEST, 0)->sport, 4011);
    cr_assert(s->facts.dhcp_gave_up && s->facts.proxy_gave_up);
    cr_assert_str_eq(s->facts.stop_screen, "PXE-E16: No valid offer received.");
    cr_assert(world_sent(&w, 0, 67, PXK_DHCP4_RELEASE, 0), "it had an address");
    world_done(&w);
}

Test(pace, edk2_waits_out_a_port_4011_that_answers)
{
    static const struct pxk_pace *const pace[] = {&pxk_pace_firmware, &pxk_pace_fast};
    for (unsigned i = 0; i < 2; i++) {
        plain_server();
        w.host[0].dhcp.vendor = "PXEClient";
        w.host[0].dhcp.port_4011 = true;
        w.host[0].dhcp.file_4011 = "bootx64.efi";
        struct pxk_session *s = play(PXK_ARCH_UEFI_X64, pace[i]);
        cr_assert(s->facts.booted, "%s %s", s->facts.dhcp_why, s->facts.stop_why);
        ASSERT_TIMES(4011, REQUEST, 0);
        double took = (double)(world_sent(&w, 0, 69, PXK_TFTP_RRQ, 0)->t - world_sent(&w, 0, 4011, REQUEST, 0)->t) / 1e6;
        cr_assert(i ? took < 0.1 : took > 0.9 && took < 1.1, "%.3f s", took);
        world_done(&w);
    }
}
