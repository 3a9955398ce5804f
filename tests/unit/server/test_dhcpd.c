#include "dhcp_rig.h"
#include "fault_rig.h"

#include <stdio.h>

struct rig rig;

static const struct pxk_dhcpd_boot boots[] = {
    {PXK_ARCH_BIOS, "pxelinux.0"},
    {PXK_ARCH_UEFI_X64, "bootnetx64.efi"},
    {PXK_ARCH_UEFI_X64_HTTP, "http://10.77.0.1/bootx64.efi"}};
static const struct pxk_dhcpd_reservation reservations[] = {
    {{{0x52, 0x54, 0, 0x77, 0, 1}}, RESERVED, "node1", "special.efi"}};
static const pxk_ip4 dns[] = {PXK_IP4(10, 77, 0, 1), PXK_IP4(10, 77, 0, 2)};

static const struct pxk_dhcpd_config base_config = {.address = SERVER,
                                                    .net = PXK_IP4(10, 77, 0, 0),
                                                    .mask = 0xffffff00,
                                                    .first = POOL(0),
                                                    .last = POOL(2),
                                                    .router = SERVER,
                                                    .lease_s = 3600,
                                                    .dns = dns,
                                                    .dns_n = 2,
                                                    .domain = "example.net",
                                                    .boot = boots,
                                                    .boot_n = PXK_COUNT(boots),
                                                    .reservation = reservations,
                                                    .reservation_n = 1};
struct pxk_dhcpd_config rig_config;

/* ---- the rig ---- */

static void on_event(void *ctx, const struct pxk_dhcpd_event *e)
{
    struct rig *r = ctx;
    r->last_event = e->kind;
    r->events++;
    pxk_fmt(r->last_reason, sizeof r->last_reason, "%s", e->reason ? e->reason : "");
    pxk_fmt(r->last_file, sizeof r->last_file, "%s", e->file ? e->file : "");
}

static void on_lease(void *ctx, const struct pxk_dhcpd_lease *l)
{
    struct rig *r = ctx;
    cr_assert_lt(r->told_n, PXK_COUNT(r->told));
    r->told[r->told_n++] = *l;
}

void rig_open(void)
{
    if (!rig_config.lease_s)
        rig_config = base_config;
    rig.now = 1000 * PXK_SEC;
    rig.meta = (struct pxk_dhcpd_meta){PXK_IP4_BROADCAST, 67, 0, 68};
    cr_assert_eq(pxk_dhcpd_new(&rig_config, &(struct pxk_dhcpd_sink){on_event, &rig, on_lease}, &rig.d),
                 PXK_OK);
}

void rig_close(void)
{
    rig.d = pxk_dhcpd_free(rig.d);
}

void rig_faults(const char *list)
{
    static struct pxk_faults set;
    faults_of(list, &set);
    rig_close();
    rig_config.faults = &set;
    rig_open();
}

void rig_opt(uint8_t code, const void *data, size_t len)
{
    uint8_t *p = rig.values + rig.values_n;
    memcpy(p, data, len);
    rig.values_n += len;
    rig.opt[rig.opt_n++] = (struct pxk_dhcp4_out_opt){code, (uint16_t)len, p};
}

void rig_opt_ip(uint8_t code, pxk_ip4 ip)
{
    rig_opt(code, (uint8_t[]){ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255}, 4);
}

void rig_opt_text(uint8_t code, const char *text)
{
    rig_opt(code, text, strlen(text));
}

void rig_new(enum pxk_dhcp4_type type, uint8_t mac)
{
    rig.head = (struct pxk_dhcp4_head){.op = 1, .xid = 0x12345678, .mac = MAC(mac)};
    rig.opt_n = rig.values_n = 0;
    if (type != PXK_DHCP4_NONE)
        rig_opt(PXK_OPT_MESSAGE_TYPE, &(uint8_t){(uint8_t)type}, 1);
}

static bool packet_send(void)
{
    cr_assert_eq(pxk_dhcp4_decode(rig.packet, rig.packet_len, &rig.in), PXK_OK);
    rig.answered = pxk_dhcpd_input(rig.d, &rig.in, &rig.meta, rig.now, &rig.reply);
    if (rig.answered)
        cr_assert_eq(pxk_dhcp4_decode(rig.reply.data, rig.reply.len, &rig.out), PXK_OK);
    return rig.answered;
}

bool rig_send(void)
{
    struct pxk_wr w = pxk_wr_init(rig.packet, sizeof rig.packet);
    struct pxk_dhcp4_out out = {
        .head = rig.head, .opt = rig.opt, .opt_n = rig.opt_n, .limit = 4096};
    cr_assert_eq(pxk_dhcp4_encode(&out, &w), PXK_OK);
    rig.packet_len = pxk_wr_len(&w);
    return packet_send();
}

pxk_ip4 rig_lease(uint8_t mac)
{
    rig_new(PXK_DHCP4_DISCOVER, mac);
    if (!rig_send() || rig.out.type != PXK_DHCP4_OFFER)
        return 0;
    pxk_ip4 ip = rig.out.yiaddr;
    rig_new(PXK_DHCP4_REQUEST, mac);
    rig_opt_ip(PXK_OPT_SERVER_ID, SERVER);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, ip);
    return rig_send() && rig.out.type == PXK_DHCP4_ACK && rig.out.yiaddr == ip ? ip : 0;
}

const char *rig_text(uint8_t code)
{
    static char text[300];
    return pxk_dhcp4_text(&rig.out, code, text, sizeof text);
}

const char *rig_order(void)
{
    static char text[400];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    for (unsigned i = 0; i < rig.out.order_n; i++)
        pxk_str_addf(&s, "%s%u", i ? " " : "", rig.out.order[i]);
    return text;
}

#define assert_silent(reason)                                                                      \
    do {                                                                                           \
        cr_assert_not(rig_send());                                                                 \
        cr_assert_str_eq(rig.last_reason, reason);                                                 \
    } while (0)

TestSuite(dhcpd, .init = rig_open, .fini = rig_close);

/* ---- the four messages ---- */

Test(dhcpd, offer_and_ack)
{
    rig_new(PXK_DHCP4_DISCOVER, 9);
    rig.head.secs = 4;
    cr_assert(rig_send());
    cr_assert_eq(rig.out.op, 2);
    cr_assert_eq(rig.out.type, PXK_DHCP4_OFFER);
    cr_assert_eq(rig.out.xid, 0x12345678);
    cr_assert_eq(rig.out.yiaddr, POOL(0));
    cr_assert_eq(rig.out.secs, 0);
    cr_assert_eq(pxk_dhcp4_ip(&rig.out, PXK_OPT_SERVER_ID, 0), SERVER);
    cr_assert_eq(pxk_dhcp4_ip(&rig.out, PXK_OPT_SUBNET_MASK, 0), 0xffffff00);
    cr_assert_eq(pxk_dhcp4_u32(&rig.out, PXK_OPT_LEASE_TIME, 0), 3600);
    cr_assert_eq(pxk_dhcp4_u32(&rig.out, PXK_OPT_T1, 0), 1800);
    cr_assert_eq(pxk_dhcp4_u32(&rig.out, PXK_OPT_T2, 0), 3150);
    cr_assert_geq(rig.reply.len, 300);
    cr_assert_eq(rig_lease(9), POOL(0));
    cr_assert_eq(rig.last_event, PXK_DHCPD_ACKED);
    struct pxk_dhcpd_counts n = pxk_dhcpd_count(rig.d, rig.now);
    cr_assert(n.free == 2 && n.offered == 0 && n.leased == 1 && n.declined == 0);
}

Test(dhcpd, everybody_gets_another_address_until_there_is_none)
{
    cr_assert_eq(rig_lease(11), POOL(0));
    cr_assert_eq(rig_lease(12), POOL(1));
    cr_assert_eq(rig_lease(13), POOL(2));
    rig_new(PXK_DHCP4_DISCOVER, 14);
    assert_silent("no free address in the pool");
    cr_assert_eq(rig.last_event, PXK_DHCPD_NO_LEASE);
    cr_assert_eq(rig_lease(12), POOL(1)); /* who has one keeps it */
}

Test(dhcpd, an_offer_is_kept_for_a_minute)
{
    for (uint8_t i = 0; i < 3; i++) {
        rig_new(PXK_DHCP4_DISCOVER, (uint8_t)(20 + i));
        cr_assert(rig_send());
    }
    rig.now += PXK_DHCPD_OFFER_TIME - 1;
    rig_new(PXK_DHCP4_DISCOVER, 30);
    cr_assert_not(rig_send());
    rig.now += 1;
    rig_new(PXK_DHCP4_DISCOVER, 30);
    cr_assert(rig_send());
    cr_assert_eq(rig.out.yiaddr, POOL(0));
}

Test(dhcpd, a_lease_ends_and_comes_back_to_the_same_client)
{
    cr_assert_eq(rig_lease(11), POOL(0));
    rig.now += 3600 * PXK_SEC;
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).free, 3);
    cr_assert_eq(rig_lease(12), POOL(1)); /* never used before used before */
    cr_assert_eq(rig_lease(11), POOL(0));
}

Test(dhcpd, renewing_extends)
{
    cr_assert_eq(rig_lease(11), POOL(0));
    rig.now += 3000 * PXK_SEC;
    rig_new(PXK_DHCP4_REQUEST, 11);
    rig.head.ciaddr = POOL(0);
    cr_assert(rig_send());
    cr_assert_eq(rig.out.type, PXK_DHCP4_ACK);
    cr_assert_eq(rig.out.ciaddr, POOL(0));
    cr_assert_eq(rig.reply.to, PXK_DHCPD_TO_IP);
    cr_assert_eq(rig.reply.ip, POOL(0));
    rig.now += 3000 * PXK_SEC;
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).leased, 1);
}

Test(dhcpd, the_requested_address_is_given_if_free)
{
    rig_new(PXK_DHCP4_DISCOVER, 11);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, POOL(2));
    cr_assert(rig_send());
    cr_assert_eq(rig.out.yiaddr, POOL(2));
    rig_new(PXK_DHCP4_DISCOVER, 12);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, POOL(2));
    cr_assert(rig_send());
    cr_assert_eq(rig.out.yiaddr, POOL(0));
    rig_new(PXK_DHCP4_DISCOVER, 13);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, RESERVED);
    cr_assert(rig_send());
    cr_assert_eq(rig.out.yiaddr, POOL(1));
}

Test(dhcpd, another_server_was_chosen)
{
    rig_new(PXK_DHCP4_DISCOVER, 11);
    cr_assert(rig_send());
    rig_new(PXK_DHCP4_REQUEST, 11);
    rig_opt_ip(PXK_OPT_SERVER_ID, PXK_IP4(10, 77, 0, 2));
    rig_opt_ip(PXK_OPT_REQUESTED_IP, PXK_IP4(10, 77, 0, 180));
    assert_silent("the client chose another server");
    cr_assert_eq(rig.last_event, PXK_DHCPD_NOT_CHOSEN);
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).offered, 0);
}

/* ---- refusals ---- */

static void assert_nak(const char *reason)
{
    cr_assert(rig_send());
    cr_assert_eq(rig.out.type, PXK_DHCP4_NAK);
    cr_assert_str_eq(rig.last_reason, reason);
    cr_assert_str_eq(rig_text(PXK_OPT_MESSAGE), reason);
    cr_assert_eq(rig.out.yiaddr, 0);
    cr_assert_eq(pxk_dhcp4_ip(&rig.out, PXK_OPT_SERVER_ID, 0), SERVER);
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_LEASE_TIME));
}

static void request_new(uint8_t mac, pxk_ip4 asked, bool selecting)
{
    rig_new(PXK_DHCP4_REQUEST, mac);
    if (selecting)
        rig_opt_ip(PXK_OPT_SERVER_ID, SERVER);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, asked);
}

Test(dhcpd, naks)
{
    cr_assert_eq(rig_lease(11), POOL(0));
    request_new(12, PXK_IP4(192, 168, 1, 5), false);
    assert_nak("the address is not of this network");
    cr_assert_eq(rig.reply.to, PXK_DHCPD_TO_BROADCAST);
    request_new(12, PXK_IP4(192, 168, 1, 5), true);
    assert_nak("the address is not of this network");
    request_new(12, POOL(0), false);
    assert_nak("the address belongs to another client");
    request_new(12, POOL(0), true);
    assert_nak("the address belongs to another client");
    request_new(12, RESERVED, true);
    assert_nak("the address is reserved for another client");
    request_new(1, POOL(1), true);
    assert_nak("the client has another, reserved address");
    request_new(12, PXK_IP4(10, 77, 0, 20), true);
    assert_nak("the address is not in the pool");
    rig_new(PXK_DHCP4_REQUEST, 12); /* rebinding from elsewhere */
    rig.head.ciaddr = PXK_IP4(10, 9, 9, 9);
    assert_nak("the address is not of this network");
    cr_assert_eq(rig.reply.to, PXK_DHCPD_TO_BROADCAST);
}

Test(dhcpd, init_reboot_is_believed_if_the_address_is_free)
{
    request_new(12, POOL(1), false);
    cr_assert(rig_send());
    cr_assert_eq(rig.out.type, PXK_DHCP4_ACK);
    cr_assert_eq(rig.out.yiaddr, POOL(1));
    request_new(13, PXK_IP4(10, 77, 0, 20), false);
    assert_silent("asks for an address that is not ours to give");
    rig_new(PXK_DHCP4_REQUEST, 13);
    assert_silent("REQUEST without any address");
}

Test(dhcpd, a_client_has_one_address_at_a_time)
{
    cr_assert_eq(rig_lease(11), POOL(0));
    request_new(11, POOL(2), false);
    cr_assert(rig_send());
    cr_assert_eq(rig.out.yiaddr, POOL(2));
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).leased, 1);
}

Test(dhcpd, request_without_address_gets_what_was_offered)
{
    rig_new(PXK_DHCP4_DISCOVER, 11);
    cr_assert(rig_send());
    rig_new(PXK_DHCP4_REQUEST, 11);
    rig_opt_ip(PXK_OPT_SERVER_ID, SERVER);
    cr_assert(rig_send());
    cr_assert_eq(rig.out.yiaddr, POOL(0));
}

/* ---- decline, release, inform ---- */

Test(dhcpd, a_declined_address_is_out_for_ten_minutes)
{
    cr_assert_eq(rig_lease(11), POOL(0));
    rig_new(PXK_DHCP4_DECLINE, 11);
    rig_opt_ip(PXK_OPT_SERVER_ID, SERVER);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, POOL(0));
    cr_assert_not(rig_send());
    cr_assert_eq(rig.last_event, PXK_DHCPD_DECLINED);
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).declined, 1);
    cr_assert_eq(rig_lease(11), POOL(1));
    request_new(12, POOL(0), true);
    assert_nak("the address is in use by somebody else");
    rig.now += PXK_DHCPD_DECLINE_TIME;
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).declined, 0);
}

Test(dhcpd, a_declined_reservation_is_not_replaced)
{
    cr_assert_eq(rig_lease(1), RESERVED);
    rig_new(PXK_DHCP4_DECLINE, 1);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, RESERVED);
    cr_assert_not(rig_send());
    rig_new(PXK_DHCP4_DISCOVER, 1);
    assert_silent("the reserved address was declined: somebody else uses it");
    rig.now += PXK_DHCPD_DECLINE_TIME;
    cr_assert_eq(rig_lease(1), RESERVED);
}

Test(dhcpd, decline_and_release_only_of_ones_own)
{
    cr_assert_eq(rig_lease(11), POOL(0));
    rig_new(PXK_DHCP4_DECLINE, 12);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, POOL(0));
    assert_silent("DECLINE of an address that is not this client's");
    rig_new(PXK_DHCP4_RELEASE, 12);
    rig.head.ciaddr = POOL(0);
    assert_silent("RELEASE of an address that is not this client's");
    rig_new(PXK_DHCP4_RELEASE, 11);
    rig.head.ciaddr = POOL(0);
    rig_opt_ip(PXK_OPT_SERVER_ID, PXK_IP4(10, 77, 0, 2));
    assert_silent("RELEASE of an address that is not this client's");
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).leased, 1);
    rig_new(PXK_DHCP4_RELEASE, 11);
    rig.head.ciaddr = POOL(0);
    cr_assert_not(rig_send());
    cr_assert_eq(rig.last_event, PXK_DHCPD_RELEASED);
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).leased, 0);
}

Test(dhcpd, inform)
{
    rig_new(PXK_DHCP4_INFORM, 11);
    rig.head.ciaddr = PXK_IP4(10, 77, 0, 20);
    cr_assert(rig_send());
    cr_assert_eq(rig.out.type, PXK_DHCP4_ACK);
    cr_assert_eq(rig.out.yiaddr, 0);
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_LEASE_TIME));
    cr_assert_eq(rig.reply.to, PXK_DHCPD_TO_IP);
    cr_assert_eq(rig.reply.ip, PXK_IP4(10, 77, 0, 20));
    rig_new(PXK_DHCP4_INFORM, 11); /* without ciaddr: to where it came from */
    rig.meta.source = PXK_IP4(10, 77, 0, 21);
    cr_assert(rig_send());
    cr_assert_eq(rig.reply.ip, PXK_IP4(10, 77, 0, 21));
    rig.meta.source = 0;
    cr_assert_not(rig_send());
}

/* ---- where replies go ---- */

Test(dhcpd, delivery)
{
    rig_new(PXK_DHCP4_DISCOVER, 11);
    cr_assert(rig_send());
    cr_assert_eq(rig.reply.to, PXK_DHCPD_TO_MAC);
    cr_assert_eq(rig.reply.ip, POOL(0));
    cr_assert(pxk_mac_eq(&rig.reply.mac, &MAC(11)));
    cr_assert(rig.reply.port == 68 && rig.reply.from_port == 67);
    rig.head.flags = PXK_DHCP4_BROADCAST;
    cr_assert(rig_send());
    cr_assert_eq(rig.reply.to, PXK_DHCPD_TO_BROADCAST);
    cr_assert_eq(rig.out.flags, PXK_DHCP4_BROADCAST);
    rig.head.giaddr = RELAY;
    cr_assert(rig_send());
    cr_assert_eq(rig.reply.to, PXK_DHCPD_TO_IP);
    cr_assert_eq(rig.reply.ip, RELAY);
    cr_assert_eq(rig.reply.port, 67);
    cr_assert_eq(rig.out.giaddr, RELAY);
}

Test(dhcpd, relays)
{
    static const uint8_t circuit[] = {1, 3, 'e', 't', '1'};
    static const uint8_t link[] = {5, 4, 10, 77, 0, 0};
    static const uint8_t override[] = {11, 4, 10, 77, 0, 254};
    rig_new(PXK_DHCP4_DISCOVER, 11);
    rig.head.giaddr = RELAY;
    rig_opt(PXK_OPT_RELAY_AGENT, circuit, sizeof circuit);
    rig_opt(PXK_OPT_CLIENT_ID, "\1abcdef", 7);
    cr_assert(rig_send());
    cr_assert_eq(rig.out.opt[PXK_OPT_RELAY_AGENT].len, sizeof circuit);
    cr_assert_eq(rig.out.order[rig.out.order_n - 1], PXK_OPT_RELAY_AGENT);
    cr_assert_eq(rig.out.order[rig.out.order_n - 2], PXK_OPT_CLIENT_ID);

    rig_new(PXK_DHCP4_DISCOVER, 11);
    rig.head.giaddr = PXK_IP4(10, 80, 0, 1);
    assert_silent("relayed from a network that is not served here");
    rig_opt(PXK_OPT_RELAY_AGENT, link, sizeof link);
    cr_assert(rig_send());

    request_new(12, PXK_IP4(10, 9, 9, 9), false); /* a NAK is broadcast by the relay */
    rig.head.giaddr = RELAY;
    assert_nak("the address is not of this network");
    cr_assert_eq(rig.out.flags, PXK_DHCP4_BROADCAST);
    cr_assert_eq(rig.reply.ip, RELAY);

    rig_new(PXK_DHCP4_DISCOVER, 13); /* RFC 5107: the client is to send all through the relay */
    rig.head.giaddr = RELAY;
    rig_opt(PXK_OPT_RELAY_AGENT, override, sizeof override);
    cr_assert(rig_send());
    cr_assert_eq(pxk_dhcp4_ip(&rig.out, PXK_OPT_SERVER_ID, 0), RELAY);
}

/* ---- who a client is ---- */

Test(dhcpd, the_mac_counts_and_not_the_client_id)
{
    rig_new(PXK_DHCP4_DISCOVER, 11);
    rig_opt(PXK_OPT_CLIENT_ID, "\1abcdef", 7);
    cr_assert(rig_send());
    pxk_ip4 ip = rig.out.yiaddr;
    rig_new(PXK_DHCP4_DISCOVER, 11);
    rig_opt(PXK_OPT_CLIENT_ID, "\377something else", 15);
    cr_assert(rig_send());
    cr_assert_eq(rig.out.yiaddr, ip);
}

/* Encoded as Ethernet, then made into something else. */
static bool send_as(uint8_t htype, uint8_t hlen, const void *chaddr)
{
    rig_send();
    rig.packet[1] = htype;
    rig.packet[2] = hlen;
    memcpy(rig.packet + 28, chaddr, 16);
    return packet_send();
}

Test(dhcpd, hardware_addresses_of_other_lengths)
{
    rig_new(PXK_DHCP4_DISCOVER, 99);
    cr_assert(send_as(1, 16, "GUIDguidGUIDguid"));
    cr_assert_eq(rig.out.hlen, 16);
    cr_assert_eq(memcmp(rig.out.chaddr, "GUIDguidGUIDguid", 16), 0);
    cr_assert_eq(rig.reply.to, PXK_DHCPD_TO_BROADCAST); /* no hardware address to send to */
    pxk_ip4 first = rig.out.yiaddr;
    rig_new(PXK_DHCP4_DISCOVER, 99);
    cr_assert(send_as(1, 16, "GUIDguidGUIDguiX"));
    cr_assert_neq(rig.out.yiaddr, first);
}

Test(dhcpd, infiniband_has_only_a_client_id)
{
    uint8_t zero[16] = {0};
    rig_new(PXK_DHCP4_NONE, 0);
    rig_opt(PXK_OPT_MESSAGE_TYPE, "\1", 1);
    rig_opt(PXK_OPT_CLIENT_ID, "\377iaid-and-a-long-duid-1", 23);
    cr_assert(send_as(32, 0, zero));
    pxk_ip4 first = rig.out.yiaddr;
    cr_assert_eq(rig.reply.to, PXK_DHCPD_TO_BROADCAST);
    rig.opt_n--;
    rig_opt(PXK_OPT_CLIENT_ID, "\377iaid-and-a-long-duid-2", 23);
    cr_assert(send_as(32, 0, zero));
    cr_assert_neq(rig.out.yiaddr, first);
    rig.opt_n--;
    cr_assert_not(send_as(32, 0, zero));
    cr_assert_str_eq(rig.last_reason, "neither a hardware address nor a client id");
}

/* ---- what is not answered ---- */

Test(dhcpd, silence)
{
    rig_new(PXK_DHCP4_DISCOVER, 11);
    rig.head.op = 2;
    assert_silent("not a request (op is not 1)");
    rig_new(PXK_DHCP4_NONE, 11);
    assert_silent("BOOTP without DHCP: not served");
    rig_new(PXK_DHCP4_OFFER, 11);
    assert_silent("a message that is not for servers");
    rig_new((enum pxk_dhcp4_type)77, 11);
    assert_silent("a message that is not for servers");
}

Test(dhcpd, every_cut_of_a_request_is_survived)
{
    rig_new(PXK_DHCP4_DISCOVER, 11);
    rig_opt_text(PXK_OPT_VENDOR_CLASS, "PXEClient:Arch:00007:UNDI:003010");
    rig_opt(PXK_OPT_CLIENT_ARCH, "\0\7", 2);
    rig_opt(PXK_OPT_VENDOR_SPECIFIC, "\107\4\0\0\0\0\377", 7);
    cr_assert(rig_send());
    for (size_t n = rig.packet_len; n >= PXK_DHCP4_HEADER; n--) {
        uint8_t *copy = malloc(n);
        memcpy(copy, rig.packet, n);
        cr_assert_eq(pxk_dhcp4_decode(copy, n, &rig.in), PXK_OK);
        (void)pxk_dhcpd_input(rig.d, &rig.in, &rig.meta, rig.now, &rig.reply);
        free(copy);
    }
}

Test(dhcpd, configs_that_cannot_be)
{
    struct pxk_dhcpd *d;
    struct pxk_dhcpd_config c = base_config;
    c.last = c.first - 1;
    cr_assert_eq(pxk_dhcpd_new(&c, NULL, &d), PXK_E_RANGE);
    c = base_config;
    c.lease_s = 0;
    cr_assert_eq(pxk_dhcpd_new(&c, NULL, &d), PXK_E_RANGE);
    c = base_config;
    c.last = PXK_IP4(10, 77, 1, 1);
    cr_assert_eq(pxk_dhcpd_new(&c, NULL, &d), PXK_E_RANGE);
}

Test(dhcpd, network_broadcast_and_own_address_are_never_given)
{
    struct pxk_dhcpd *d;
    struct pxk_dhcpd_config c = base_config;
    c.first = PXK_IP4(10, 77, 0, 0);
    c.last = PXK_IP4(10, 77, 0, 255);
    cr_assert_eq(pxk_dhcpd_new(&c, NULL, &d), PXK_OK);
    cr_assert_eq(pxk_dhcpd_count(d, 0).free, 256 - 2 - 1 - 1); /* and not the reserved one */
    pxk_dhcpd_free(d);
}

/* Ten thousand clients and a pool for all of them: every address once. */
Test(dhcpd, a_large_pool)
{
    rig_close();
    rig_config.net = PXK_IP4(10, 0, 0, 0);
    rig_config.mask = 0xff000000;
    rig_config.first = PXK_IP4(10, 1, 0, 0);
    rig_config.last = rig_config.first + 9999;
    rig_config.reservation_n = 0;
    rig_open();
    static bool seen[10000];
    for (unsigned i = 0; i < 10000; i++) {
        rig_new(PXK_DHCP4_DISCOVER, 0);
        rig.head.mac = (struct pxk_mac){{2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}};
        cr_assert(rig_send());
        unsigned at = rig.out.yiaddr - rig_config.first;
        cr_assert(at < 10000 && !seen[at]);
        seen[at] = true;
    }
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).free, 0);
}
