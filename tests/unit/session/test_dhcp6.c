/* DHCPv6 of machines that boot over IPv6: whose it is, what was asked and answered. */
#include <criterion/criterion.h>
#include <string.h>

#include "wire.h"

static const uint8_t client_ll[16] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0x50, 0x54, 0, 0xff, 0xfe, 0x77, 0, 1};
static const uint8_t relay_ll[16] = {0xfe, 0x80, [15] = 9};
static const uint8_t leased[16] = {0xfd, 0x77, [15] = 180};
static const struct pxk_mac mine = {{0x52, 0x54, 0, 0x77, 0, 1}};

static struct wire w;

static void setup(void)
{
    wire_init(&w, 8);
}

static void teardown(void)
{
    wire_done(&w);
}

TestSuite(dhcp6, .init = setup, .fini = teardown);

/* UDP over IPv6 with a right checksum is not asked for here: its field is left out of what the tracker looks at. */
static void send(const struct pxk_mac *src, const struct pxk_mac *dst, const uint8_t *from, uint16_t dport, const void *data, size_t len)
{
    uint8_t frame[1200];
    struct pxk_wr f = pxk_wr_init(frame, sizeof frame);
    pxk_wr_bytes(&f, dst->b, 6);
    pxk_wr_bytes(&f, src->b, 6);
    pxk_wr_u16(&f, 0x86dd);
    pxk_wr_u32(&f, 0x60000000);
    pxk_wr_u16(&f, (uint16_t)(8 + len));
    pxk_wr_u8(&f, 17);
    pxk_wr_u8(&f, 64);
    pxk_wr_bytes(&f, from, 16);
    pxk_wr_bytes(&f, relay_ll, 16);
    pxk_wr_u16(&f, dport == 547 ? 546 : 547);
    pxk_wr_u16(&f, dport);
    pxk_wr_u16(&f, (uint16_t)(8 + len));
    pxk_wr_u16(&f, 0);
    pxk_wr_bytes(&f, data, len);
    wire_raw(&w, frame, pxk_wr_len(&f));
}

static void vendor(struct pxk_wr *m, const char *text)
{
    size_t mark = pxk_dhcp6_open(m, PXK_OPT6_VENDOR_CLASS);
    pxk_wr_u32(m, PXK_DHCP6_ENTERPRISE);
    pxk_wr_u16(m, (uint16_t)strlen(text));
    pxk_wr_bytes(m, text, strlen(text));
    pxk_dhcp6_close(m, mark);
}

/* A firmware's question; without a class it is a system's. */
static void question(struct pxk_wr *m, enum pxk_dhcp6_type type, uint32_t xid, const char *class)
{
    static const uint8_t x64[2] = {0, 7}, duid[10] = {0, 3, 0, 1, 0x52, 0x54, 0, 0x77, 0, 1};
    pxk_dhcp6_write_head(m, type, xid);
    pxk_dhcp6_write_opt(m, PXK_OPT6_CLIENT_ID, duid, sizeof duid);
    if (!class)
        return;
    pxk_dhcp6_write_opt(m, PXK_OPT6_CLIENT_ARCH, x64, 2);
    vendor(m, class);
}

static void ask(enum pxk_dhcp6_type type, uint32_t xid, const char *class)
{
    uint8_t buf[400];
    struct pxk_wr m = pxk_wr_init(buf, sizeof buf);
    question(&m, type, xid, class);
    send(&mine, &router_mac, client_ll, 547, buf, pxk_wr_len(&m));
}

static void answer(enum pxk_dhcp6_type type, uint32_t xid, const char *url, const char *class)
{
    uint8_t buf[400];
    struct pxk_wr m = pxk_wr_init(buf, sizeof buf);
    pxk_dhcp6_write_head(&m, type, xid);
    size_t ia = pxk_dhcp6_open(&m, PXK_OPT6_IA_NA);
    pxk_wr_u32(&m, 1);
    pxk_wr_u32(&m, 0);
    pxk_wr_u32(&m, 0);
    size_t addr = pxk_dhcp6_open(&m, PXK_OPT6_IAADDR);
    pxk_wr_bytes(&m, leased, 16);
    pxk_wr_u32(&m, 3600);
    pxk_wr_u32(&m, 7200);
    pxk_dhcp6_close(&m, addr);
    pxk_dhcp6_close(&m, ia);
    if (url)
        pxk_dhcp6_write_opt(&m, PXK_OPT6_BOOT_FILE_URL, url, strlen(url));
    if (class)
        vendor(&m, class);
    send(&server_mac, &mine, relay_ll, 546, buf, pxk_wr_len(&m));
}

static struct pxk_session *only(void)
{
    cr_assert_eq(pxk_tracker_count(w.t), 1);
    return pxk_tracker_session(w.t, 0);
}

Test(dhcp6, a_whole_exchange)
{
    ask(PXK_DHCP6_SOLICIT, 1, "PXEClient:Arch:00007");
    answer(PXK_DHCP6_ADVERTISE, 1, "tftp://[fd77::1]/efi/boot.efi", "PXEClient");
    ask(PXK_DHCP6_REQUEST, 2, "PXEClient:Arch:00007");
    answer(PXK_DHCP6_REPLY, 2, "tftp://[fd77::1]/efi/boot.efi", "PXEClient");
    const struct pxk_session *s = only();
    cr_assert(pxk_mac_eq(&s->mac, &mine));
    cr_assert(pxk_session_boots(s));
    cr_assert_eq(s->arch, PXK_ARCH_UEFI_X64);
    cr_assert_eq(s->boot6_n, 1);
    const struct pxk_boot6 *x = pxk_session_boot6(s);
    cr_assert_not_null(x);
    cr_assert(x->pxe && !x->http && x->class_back && !x->params_bad);
    cr_assert_eq(x->solicits, 1);
    cr_assert_eq(x->requests, 1);
    cr_assert_eq(x->advertises, 1);
    cr_assert_eq(x->replies, 1);
    cr_assert_str_eq(x->url, "tftp://[fd77::1]/efi/boot.efi");
    cr_assert_str_eq(pxk_boot6_file(x), "efi/boot.efi");
    cr_assert_eq(memcmp(x->address.b, leased, 16), 0);
    cr_assert_eq(pxk_session_milestone(s), PXK_MILESTONE_LEASE);
    cr_assert_eq(w.events[PXK_EVENT_DHCP6_SOLICIT], 1);
    cr_assert_eq(w.events[PXK_EVENT_DHCP6_ADVERTISE], 1);
    cr_assert_eq(w.events[PXK_EVENT_DHCP6_REQUEST], 1);
    cr_assert_eq(w.events[PXK_EVENT_DHCP6_REPLY], 1);
    char why[200];
    cr_assert_eq(pxk_session_step(s, PXK_STEP_DHCP, why, sizeof why), PXK_VERDICT_PASS, "%s", why);
    cr_assert_eq(pxk_session_step(s, PXK_STEP_CONNECTIVITY, why, sizeof why), PXK_VERDICT_PASS, "%s", why);
    cr_assert_str_eq(why, "fe80::9 answers DHCPv6");
}

Test(dhcp6, a_system_is_none_of_our_business)
{
    ask(PXK_DHCP6_SOLICIT, 1, NULL);
    cr_assert_eq(pxk_tracker_count(w.t), 0);
}

/* EDK2's IPv6 stack asks for itself, with an xid of its own, beside the program that boots. */
Test(dhcp6, the_stacks_own_exchange_is_not_the_programs)
{
    ask(PXK_DHCP6_SOLICIT, 1, "PXEClient:Arch:00007");
    ask(PXK_DHCP6_SOLICIT, 2, NULL);
    answer(PXK_DHCP6_ADVERTISE, 2, "tftp://[fd77::1]/other.efi", NULL);
    const struct pxk_boot6 *x = only()->boot6;
    cr_assert_eq(x->solicits, 1);
    cr_assert_eq(x->advertises, 0);
    cr_assert_null(pxk_session_boot6(only()));
}

Test(dhcp6, another_program_is_another_conversation)
{
    ask(PXK_DHCP6_SOLICIT, 1, "PXEClient:Arch:00007");
    ask(PXK_DHCP6_SOLICIT, 2, "HTTPClient:Arch:00016");
    cr_assert_eq(only()->boot6_n, 2);
    cr_assert(only()->boot6[1].http);
    for (uint32_t i = 0; i < 20; i++)
        ask(PXK_DHCP6_SOLICIT, i, i % 2 ? "PXEClient:Arch:00007" : "HTTPClient:Arch:00016");
    cr_assert_eq(only()->boot6_n, PXK_BOOT6_MAX);
}

/* Seen behind a relay only: the client's MAC is in its own address, the frame's is the relay's. */
Test(dhcp6, through_a_relay)
{
    uint8_t buf[400], out[500];
    struct pxk_wr m = pxk_wr_init(buf, sizeof buf), r = pxk_wr_init(out, sizeof out);
    struct pxk_ip link = {{0xfd, 0x77}}, peer;
    memcpy(peer.b, client_ll, 16);
    question(&m, PXK_DHCP6_SOLICIT, 1, "PXEClient:Arch:00007");
    pxk_dhcp6_write_relay(&r, PXK_DHCP6_RELAY_FORW, 0, link, peer);
    pxk_dhcp6_write_opt(&r, PXK_OPT6_RELAY_MSG, buf, pxk_wr_len(&m));
    send(&router_mac, &server_mac, relay_ll, 547, out, pxk_wr_len(&r));
    cr_assert(pxk_mac_eq(&only()->mac, &mine));
    cr_assert_eq(only()->boot6[0].solicits, 1);
    cr_assert_not(only()->boot6[0].direct);
}

Test(dhcp6, a_router_advertises)
{
    static const uint8_t ra[16] = {134, 0, 0, 0, 64, 0x80, 7, 8};
    uint8_t frame[200];
    struct pxk_wr f = pxk_wr_init(frame, sizeof frame);
    pxk_wr_bytes(&f, mine.b, 6);
    pxk_wr_bytes(&f, router_mac.b, 6);
    pxk_wr_u16(&f, 0x86dd);
    pxk_wr_u32(&f, 0x60000000);
    pxk_wr_u16(&f, sizeof ra);
    pxk_wr_u8(&f, 58);
    pxk_wr_u8(&f, 255);
    pxk_wr_bytes(&f, relay_ll, 16);
    pxk_wr_bytes(&f, client_ll, 16);
    pxk_wr_bytes(&f, ra, sizeof ra);
    wire_raw(&w, frame, pxk_wr_len(&f));
    cr_assert_eq(pxk_tracker_ra(w.t)->n, 1);
    cr_assert(pxk_tracker_ra(w.t)->managed);
    cr_assert_not(pxk_tracker_ra(w.t)->other);
}
