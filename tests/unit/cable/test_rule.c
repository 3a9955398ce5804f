/* The filter: every field alone, counting, order, and fragments. */
#include "cable.h"

static struct pxk_cable *with_rules(const struct pxk_cable_rule *r, size_t n)
{
    return cable_new(&(struct pxk_cable_opts){.rules = r, .rule_n = n});
}

/* Does this one rule drop the UDP frame? */
static bool drops_from(struct pxk_cable_rule r, enum pxk_cable_port port, struct udp u)
{
    struct pxk_cable *c = with_rules(&r, 1);
    udp_send(c, port, &u, 0);
    size_t out = take(c, 0);
    cr_assert_eq(out + dropped(c, port, PXK_CABLE_DROP_RULE), 1);
    cr_assert_eq(pxk_cable_rule_strikes(c, 0), 1 - out);
    pxk_cable_free(c);
    return out == 0;
}

static bool drops(struct pxk_cable_rule r, struct udp u)
{
    return drops_from(r, PXK_CABLE_A, u);
}

Test(cable_rule, an_empty_rule_matches_everything)
{
    cr_assert(drops((struct pxk_cable_rule){0}, (struct udp){0}));
    struct pxk_cable *c = with_rules(&(struct pxk_cable_rule){0}, 1);
    numbered_len(c, PXK_CABLE_B, 0, 14, 0);
    cr_assert_eq(dropped(c, PXK_CABLE_B, PXK_CABLE_DROP_RULE), 1);
    pxk_cable_free(c);
}

Test(cable_rule, direction)
{
    struct pxk_cable_rule ab = {.dir = PXK_CABLE_A_TO_B}, ba = {.dir = PXK_CABLE_B_TO_A};
    cr_assert(drops_from(ab, PXK_CABLE_A, (struct udp){0}));
    cr_assert_not(drops_from(ab, PXK_CABLE_B, (struct udp){0}));
    cr_assert_not(drops_from(ba, PXK_CABLE_A, (struct udp){0}));
    cr_assert(drops_from(ba, PXK_CABLE_B, (struct udp){0}));
}

Test(cable_rule, udp_from_the_server_above_port_1024)
{
    struct pxk_cable_rule r = {.dir = PXK_CABLE_B_TO_A, .proto = PXK_IP_UDP, .sport = {1025, 65535}};
    cr_assert_not(drops_from(r, PXK_CABLE_B, (struct udp){.sport = 69}));
    cr_assert_not(drops_from(r, PXK_CABLE_B, (struct udp){.sport = 1024}));
    cr_assert(drops_from(r, PXK_CABLE_B, (struct udp){.sport = 1025}));
    cr_assert(drops_from(r, PXK_CABLE_B, (struct udp){.sport = 65535}));
    cr_assert_not(drops_from(r, PXK_CABLE_A, (struct udp){.sport = 65535}));
}

Test(cable_rule, ports)
{
    struct pxk_cable_rule one = {.dport = {69, 0}}, range = {.dport = {67, 69}}, to = {.dport = {0, 10}};
    cr_assert(drops(one, (struct udp){.dport = 69}));
    cr_assert_not(drops(one, (struct udp){.dport = 70}));
    cr_assert_not(drops(one, (struct udp){.sport = 69}));
    cr_assert_not(drops(range, (struct udp){.dport = 66}));
    cr_assert(drops(range, (struct udp){.dport = 67}));
    cr_assert_not(drops(range, (struct udp){.dport = 70}));
    cr_assert(drops(to, (struct udp){.dport = 0}));
    cr_assert_not(drops(to, (struct udp){.dport = 11}));
}

Test(cable_rule, protocol_and_type)
{
    cr_assert(drops((struct pxk_cable_rule){.proto = PXK_IP_UDP}, (struct udp){0}));
    cr_assert_not(drops((struct pxk_cable_rule){.proto = PXK_IP_TCP}, (struct udp){0}));
    cr_assert(drops((struct pxk_cable_rule){.ethertype = PXK_ETH_IP4}, (struct udp){0}));
    cr_assert(drops((struct pxk_cable_rule){.ethertype = PXK_ETH_IP4}, (struct udp){.vlan = 5}));
    cr_assert_not(drops((struct pxk_cable_rule){.ethertype = PXK_ETH_ARP}, (struct udp){0}));
    cr_assert(drops((struct pxk_cable_rule){.vlan = 5}, (struct udp){.vlan = 5}));
    cr_assert_not(drops((struct pxk_cable_rule){.vlan = 5}, (struct udp){.vlan = 6}));
    cr_assert_not(drops((struct pxk_cable_rule){.vlan = 5}, (struct udp){0}));
}

Test(cable_rule, mac_addresses)
{
    cr_assert(drops((struct pxk_cable_rule){.src_mac = client_mac}, (struct udp){0}));
    cr_assert_not(drops((struct pxk_cable_rule){.src_mac = server_mac}, (struct udp){0}));
    cr_assert(drops((struct pxk_cable_rule){.dst_mac = server_mac}, (struct udp){0}));
    cr_assert_not(drops((struct pxk_cable_rule){.dst_mac = pxk_mac_broadcast}, (struct udp){0}));
}

Test(cable_rule, ip_addresses)
{
    struct pxk_cable_rule net = {.src = PXK_IP4(10, 0, 0, 99), .src_mask = PXK_IP4(255, 255, 255, 0)};
    struct pxk_cable_rule host = {.dst = SERVER_IP, .dst_mask = UINT32_MAX}, unset = {.src_mask = UINT32_MAX};
    cr_assert(drops(net, (struct udp){0}));
    cr_assert_not(drops(net, (struct udp){.src = PXK_IP4(10, 0, 1, 7)}));
    cr_assert(drops(host, (struct udp){0}));
    cr_assert_not(drops(host, (struct udp){.dst = PXK_IP4_BROADCAST}));
    cr_assert_not(drops(unset, (struct udp){0})); /* exactly 0.0.0.0: a client without an address */
    struct pxk_cable *c = with_rules(&net, 1);
    uint8_t frame[64];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = {.dst = pxk_mac_broadcast, .src = client_mac};
    pxk_frame_write_arp(&w, &eth, &(struct pxk_arp){.op = PXK_ARP_REQUEST, .sender = CLIENT_IP, .target = SERVER_IP});
    pxk_cable_input(c, PXK_CABLE_A, frame, pxk_wr_len(&w), 0);
    numbered(c, 0, 0);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_RULE), 1, "the ARP sender, not the frame without address");
    pxk_cable_free(c);
}

/* Which of 20 frames does the rule drop, as a string. */
static const char *pattern(struct pxk_cable_rule r)
{
    static char text[21];
    struct pxk_cable *c = with_rules(&r, 1);
    memset(text, 'x', 20);
    for (uint32_t i = 0; i < 20; i++) {
        numbered(c, i, i);
        (void)take(c, i);
    }
    for (size_t i = 0; i < seen_n; i++)
        text[seen[i].number] = '.';
    pxk_cable_free(c);
    return text;
}

Test(cable_rule, counting)
{
    cr_assert_str_eq(pattern((struct pxk_cable_rule){.limit = 3}), "xxx.................");
    cr_assert_str_eq(pattern((struct pxk_cable_rule){.skip = 3}), "...xxxxxxxxxxxxxxxxx");
    cr_assert_str_eq(pattern((struct pxk_cable_rule){.every = 5}), "....x....x....x....x");
    cr_assert_str_eq(pattern((struct pxk_cable_rule){.every = 1}), "xxxxxxxxxxxxxxxxxxxx");
    cr_assert_str_eq(pattern((struct pxk_cable_rule){.skip = 2, .every = 4, .limit = 2}), ".....x...x..........");
}

Test(cable_rule, the_first_that_strikes_decides)
{
    static const struct pxk_cable_rule list[] = {
        {.action = PXK_CABLE_PASS, .dport = {67, 68}},
        {.action = PXK_CABLE_PASS, .dport = {69, 0}, .limit = 1},
        {.proto = PXK_IP_UDP},
    };
    struct pxk_cable *c = with_rules(list, 3);
    udp_send(c, PXK_CABLE_A, &(struct udp){.dport = 67}, 0);
    udp_send(c, PXK_CABLE_A, &(struct udp){.dport = 69}, 0);
    udp_send(c, PXK_CABLE_A, &(struct udp){.dport = 69}, 0);
    udp_send(c, PXK_CABLE_A, &(struct udp){.dport = 80}, 0);
    numbered(c, 0, 0);
    cr_assert_eq(take(c, 0), 3);
    cr_assert_eq(pxk_cable_rule_strikes(c, 0), 1);
    cr_assert_eq(pxk_cable_rule_strikes(c, 1), 1);
    cr_assert_eq(pxk_cable_rule_strikes(c, 2), 2);
    cr_assert_eq(pxk_cable_rule_strikes(c, 3), 0);
    pxk_cable_free(c);
}

/* Turn a UDP frame into a fragment at @offset of it. */
static void fragment_send(struct pxk_cable *c, uint16_t offset)
{
    uint8_t frame[200];
    size_t n = udp_make(frame, sizeof frame, &(struct udp){.dport = 69, .payload = 100});
    struct pxk_wr w = pxk_wr_init(frame + PXK_ETH_HEADER + 6, 2);
    pxk_wr_u16(&w, (uint16_t)(0x2000 | offset / 8));
    pxk_cable_input(c, PXK_CABLE_A, frame, n, 0);
}

Test(cable_rule, fragments)
{
    struct pxk_cable_rule port = {.dport = {69, 0}}, frag = {.fragments = true}, udp = {.proto = PXK_IP_UDP};
    struct pxk_cable *c = with_rules(&port, 1);
    fragment_send(c, 0);
    cr_assert_eq(take(c, 0), 0);
    fragment_send(c, 8);
    cr_assert_eq(take(c, 0), 1);
    pxk_cable_free(c);
    c = with_rules(&frag, 1);
    fragment_send(c, 0);
    fragment_send(c, 8);
    cr_assert_eq(take(c, 0), 0);
    udp_send(c, PXK_CABLE_A, &(struct udp){0}, 0);
    cr_assert_eq(take(c, 0), 1);
    pxk_cable_free(c);
    c = with_rules(&udp, 1);
    fragment_send(c, 8);
    cr_assert_eq(take(c, 0), 0);
    pxk_cable_free(c);
}

Test(cable_rule, lists_are_checked_and_replaced)
{
    static const struct pxk_cable_rule many[PXK_CABLE_RULES + 1];
    struct pxk_cable *c = with_rules(many, PXK_CABLE_RULES), *none = NULL;
    numbered(c, 0, 0);
    cr_assert_eq(pxk_cable_rule_strikes(c, 0), 1);
    cr_assert_eq(pxk_cable_set_rules(c, many, PXK_CABLE_RULES + 1), PXK_E_RANGE);
    cr_assert_eq(pxk_cable_set_rules(c, &(struct pxk_cable_rule){.sport = {10, 9}}, 1), PXK_E_RANGE);
    cr_assert_eq(pxk_cable_set_rules(c, &(struct pxk_cable_rule){.vlan = 4095}, 1), PXK_E_RANGE);
    struct pxk_cable_opts o = {.rules = many, .rule_n = PXK_CABLE_RULES + 1};
    cr_assert_eq(pxk_cable_new(&o, 0, &none), PXK_E_RANGE);
    cr_assert_eq(pxk_cable_rule_strikes(c, 0), 1); /* still the old list */
    cr_assert_eq(pxk_cable_set_rules(c, NULL, 0), PXK_OK);
    numbered(c, 0, 0);
    cr_assert_eq(take(c, 0), 1);
    cr_assert_eq(pxk_cable_set_rules(c, many, 1), PXK_OK);
    cr_assert_eq(pxk_cable_rule_strikes(c, 0), 0);
    pxk_cable_free(c);
}
