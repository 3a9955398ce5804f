/* Which answers the DHCP client believes: ports, servers, items; and what repeated or hostile ones do to it. */
#include <criterion/criterion.h>

#include "dhcpc.h"

#define A  PXK_IP4(10, 77, 0, 1)
#define B  PXK_IP4(10, 77, 0, 2)
#define IP PXK_IP4(10, 77, 0, 100)

static struct pxk_dhcpc c;
static unsigned sent;
static pxk_usec now;

static void on_send(void *ctx, pxk_ip4 dst, uint16_t sport, uint16_t dport, const void *payload, size_t len)
{
    (void)ctx, (void)dst, (void)sport, (void)dport, (void)payload, (void)len;
    sent++;
}

static void on_bound(void *ctx, const struct pxk_lease *lease)
{
    (void)ctx, (void)lease;
}

static void start(const char *persona, const struct pxk_pace *pace)
{
    static const struct pxk_mac mac = {{2, 0, 0, 0, 0, 1}};
    static const struct pxk_uuid uuid;
    struct pxk_dhcpc_io io = {on_send, on_bound, NULL};
    sent = 0;
    now = PXK_SEC;
    pxk_dhcpc_init(&c, pxk_persona_by_key(persona), 0, pace, &mac, &uuid, &io, 1);
    pxk_dhcpc_start(&c, now);
}

struct answer {
    uint8_t type;
    pxk_ip4 src, id; /* id 0: src */
    pxk_ip4 yiaddr;
    const char *file;
    const void *pxe; /* with option 60 */
    uint8_t pxe_n;
    bool vendor;
    uint16_t sport, dport; /* 0: 67, 68 */
    uint8_t hops;
};

static void hear(const struct answer *a)
{
    uint8_t buf[700], id[4];
    pxk_ip4 who = a->id ? a->id : a->src;
    struct pxk_wr w = pxk_wr_init(id, 4);
    pxk_wr_u32(&w, who);
    struct pxk_dhcp4_out_opt opt[4] = {{PXK_OPT_MESSAGE_TYPE, 1, &a->type}, {PXK_OPT_SERVER_ID, 4, id}};
    size_t n = 2;
    if (a->vendor || a->pxe)
        opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_VENDOR_CLASS, 9, "PXEClient"};
    if (a->pxe)
        opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_VENDOR_SPECIFIC, a->pxe_n, a->pxe};
    struct pxk_dhcp4_out m = {.head = {.op = 2, .xid = c.xid, .mac = c.mac, .yiaddr = a->yiaddr, .siaddr = a->src,
                                       .file = a->file, .hops = a->hops},
                              .opt = opt, .opt_n = n, .limit = sizeof buf};
    w = pxk_wr_init(buf, sizeof buf);
    cr_assert_eq(pxk_dhcp4_encode(&m, &w), PXK_OK);
    pxk_dhcpc_input(&c, a->src, a->sport ? a->sport : 67, a->dport ? a->dport : 68, buf, pxk_wr_len(&w), now);
}
#define HEAR(what, who, ...) hear(&(struct answer){.type = (what), .src = (who), __VA_ARGS__})
enum { OFFER = PXK_DHCP4_OFFER, ACK = PXK_DHCP4_ACK, NAK = PXK_DHCP4_NAK };

static void expire(void)
{
    now = pxk_dhcpc_deadline(&c);
    pxk_dhcpc_expire(&c, now);
}

Test(believes, the_port_that_listens)
{
    start("ipxe-bios", &pxk_pace_firmware);
    HEAR(OFFER, A, .yiaddr = IP, .file = "f", .vendor = true, .dport = 4011);
    cr_assert_eq(c.state, PXK_DHCPC_SELECTING);
    HEAR(OFFER, A, .yiaddr = IP, .file = "f", .vendor = true);
    cr_assert_eq(c.state, PXK_DHCPC_REQUESTING);
}

Test(believes, the_server_that_was_chosen)
{
    static const char *const persona[] = {"ipxe-bios", "edk2-pxe"};
    for (unsigned i = 0; i < 2; i++) {
        start(persona[i], &pxk_pace_fast);
        HEAR(OFFER, A, .yiaddr = IP, .file = "f");
        expire();
        cr_assert_eq(c.state, PXK_DHCPC_REQUESTING);
        HEAR(NAK, B, .yiaddr = 0);
        HEAR(ACK, B, .yiaddr = IP, .file = "g");
        HEAR(ACK, A, .yiaddr = IP, .sport = 1067);
        HEAR(ACK, A, .yiaddr = IP, .dport = 4011);
        cr_assert_eq(c.state, PXK_DHCPC_REQUESTING);
        cr_assert_eq(c.naks, 0);
        HEAR(ACK, A, .yiaddr = IP, .file = "f");
        cr_assert_eq(c.state, PXK_DHCPC_BOUND);
        cr_assert_str_eq(c.boot_file, "f");
        HEAR(NAK, A, .yiaddr = 0);
        HEAR(ACK, A, .yiaddr = IP, .file = "other");
        cr_assert_eq(c.state, PXK_DHCPC_BOUND, "what comes late changes nothing");
        cr_assert_str_eq(c.boot_file, "f");
    }
}

Test(believes, ipxe_port_4011)
{
    start("ipxe-bios", &pxk_pace_firmware);
    HEAR(OFFER, A, .yiaddr = IP);
    HEAR(OFFER, B, .vendor = true);
    HEAR(ACK, A, .yiaddr = IP);
    cr_assert_eq(c.state, PXK_DHCPC_PROXY);
    HEAR(ACK, B, .file = "f", .vendor = true);                                 /* from port 67 */
    HEAR(ACK, B, .file = "f", .vendor = true, .sport = 4011, .dport = 4011);   /* to another port */
    HEAR(ACK, A, .file = "f", .vendor = true, .sport = 4011);                  /* another server */
    HEAR(NAK, B, .file = "f", .vendor = true, .sport = 4011);
    HEAR(ACK, B, .vendor = true, .sport = 4011);                               /* names nothing */
    cr_assert_eq(c.state, PXK_DHCPC_PROXY);
    HEAR(ACK, B, .file = "f", .vendor = true, .sport = 4011);
    cr_assert_eq(c.state, PXK_DHCPC_BOUND);
    cr_assert_str_eq(c.boot_file, "f");
}

Test(believes, edk2_port_4011)
{
    start("edk2-pxe", &pxk_pace_firmware);
    HEAR(OFFER, A, .yiaddr = IP, .file = "trap", .vendor = true);
    expire();
    HEAR(ACK, A, .yiaddr = IP, .file = "trap", .vendor = true);
    cr_assert_eq(c.state, PXK_DHCPC_PROXY);
    HEAR(ACK, A, .file = "f", .vendor = true, .sport = 4011);
    cr_assert_not(c.lease.reply.there, "it listens on 4011 only");
    HEAR(ACK, A, .file = "f", .vendor = true, .sport = 4011, .dport = 4011);
    HEAR(ACK, A, .file = "second", .vendor = true, .sport = 4011, .dport = 4011);
    cr_assert_eq(c.state, PXK_DHCPC_PROXY, "the time-out is waited out");
    expire();
    cr_assert_eq(c.state, PXK_DHCPC_BOUND);
    cr_assert_str_eq(c.boot_file, "f");
    start("edk2-pxe", &pxk_pace_fast);
    HEAR(OFFER, A, .yiaddr = IP, .vendor = true);
    expire();
    HEAR(ACK, A, .yiaddr = IP, .vendor = true);
    HEAR(ACK, A, .vendor = true, .sport = 4011, .dport = 4011);
    cr_assert_eq(c.state, PXK_DHCPC_FAILED, "an answer that names nothing ends it");
}

Test(believes, ipxe_boot_server)
{
    static const uint8_t menu[] = {6, 1, 7, 8, 7, 0x80, 1, 1, 10, 77, 0, 2, 9, 4, 0x80, 1, 1, 'l', 10, 2, 0, 'x', 255};
    static const uint8_t item[] = {71, 4, 0x80, 1, 0, 0, 255}, other[] = {71, 4, 0x80, 2, 0, 0, 255};
    start("ipxe-bios", &pxk_pace_firmware);
    HEAR(OFFER, A, .yiaddr = IP, .pxe = menu, .pxe_n = sizeof menu);
    HEAR(ACK, A, .yiaddr = IP, .pxe = menu, .pxe_n = sizeof menu);
    cr_assert_eq(c.state, PXK_DHCPC_BOOT_SERVER);
    cr_assert_eq(c.proxy_to, B);
    cr_assert_eq(c.xid, 0);
    HEAR(ACK, B, .file = "f", .pxe = other, .pxe_n = sizeof other, .sport = 4011);
    HEAR(ACK, B, .file = "f", .vendor = true, .sport = 4011);
    HEAR(ACK, A, .file = "f", .pxe = item, .pxe_n = sizeof item, .sport = 4011); /* not listed */
    HEAR(OFFER, B, .file = "f", .pxe = item, .pxe_n = sizeof item, .sport = 4011);
    HEAR(ACK, B, .file = "f", .pxe = item, .pxe_n = sizeof item, .sport = 1067);
    cr_assert_eq(c.state, PXK_DHCPC_BOOT_SERVER);
    HEAR(ACK, B, .file = "f", .pxe = item, .pxe_n = sizeof item, .sport = 4011);
    cr_assert_eq(c.state, PXK_DHCPC_BOUND);
    cr_assert_str_eq(c.boot_file, "f");
}

/* Two relays, a repeated frame: no second server. */
Test(late, the_same_offer_again_is_no_better_one)
{
    static const char *const persona[] = {"ipxe-bios", "edk2-pxe"};
    for (unsigned i = 0; i < 2; i++) {
        start(persona[i], &pxk_pace_fast);
        HEAR(OFFER, A, .yiaddr = IP, .file = "f");
        expire();
        HEAR(OFFER, A, .yiaddr = IP, .file = "f", .hops = 1);
        cr_assert_not(c.better_came, "%s", c.better);
        HEAR(OFFER, B, .file = "g", .pxe = (const uint8_t[]){6, 1, 8, 255}, .pxe_n = 4);
        cr_assert(c.better_came, "a proxy would have been taken");
    }
}

/* iPXE itself leaves as soon as it has a proxy offer: nothing that comes later would have mattered. */
Test(late, after_leaving_as_the_firmware_does)
{
    start("ipxe-bios", &pxk_pace_fast);
    HEAR(OFFER, A, .yiaddr = IP, .file = "f", .vendor = true);
    cr_assert_eq(c.state, PXK_DHCPC_REQUESTING);
    HEAR(OFFER, B, .yiaddr = IP + 1, .file = "g", .vendor = true);
    cr_assert_not(c.better_came);
}

Test(flood, offers)
{
    start("edk2-pxe", &pxk_pace_firmware);
    for (unsigned i = 0; i < 100; i++)
        HEAR(OFFER, A + i, .yiaddr = IP, .file = i == 3 ? "f" : NULL);
    cr_assert_eq(c.offer_n, DHCPC_OFFERS_MAX);
    cr_assert_eq(c.offers_dropped, 100 - DHCPC_OFFERS_MAX);
    cr_assert_eq(sent, 1, "no offer makes EDK2 send");
    expire();
    cr_assert_eq(c.lease.server_id, A + 3);
}

Test(goal, an_offer_is_enough)
{
    start("ipxe-bios", &pxk_pace_fast);
    c.offer_only = true;
    HEAR(OFFER, A, .yiaddr = IP, .file = "f", .vendor = true);
    cr_assert_eq(c.state, PXK_DHCPC_BOUND);
    cr_assert_eq(sent, 1, "no REQUEST");
    pxk_dhcpc_release(&c);
    cr_assert_eq(sent, 1, "and nothing to release");
}
