/* MTU with silence and with an answer, VLAN tags there and back. */
#include "cable.h"

#define UDP_ROOM(mtu) ((mtu) - PXK_IP4_HEADER - PXK_UDP_HEADER)

Test(cable_edit, mtu_at_its_bound)
{
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.way[PXK_CABLE_A].mtu = 1400});
    udp_send(c, PXK_CABLE_A, &(struct udp){.payload = UDP_ROOM(1400)}, 0);
    udp_send(c, PXK_CABLE_A, &(struct udp){.payload = UDP_ROOM(1400), .vlan = 5}, 0); /* a tag is no part of it */
    cr_assert_eq(take(c, 0), 2);
    udp_send(c, PXK_CABLE_A, &(struct udp){.payload = UDP_ROOM(1400) + 1}, 0);
    udp_send(c, PXK_CABLE_A, &(struct udp){.payload = UDP_ROOM(1400) + 1, .df = true}, 0);
    cr_assert_eq(take(c, 0), 0);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_MTU), 2);
    udp_send(c, PXK_CABLE_B, &(struct udp){.payload = UDP_ROOM(1500)}, 0); /* the other way is wide */
    numbered_len(c, PXK_CABLE_A, 1, 1514, 0);                              /* not IP */
    cr_assert_eq(take(c, 0), 2);
    pxk_cable_free(c);
}

static void ip6_send(struct pxk_cable *c, uint16_t payload)
{
    uint8_t frame[PXK_FRAME_MAX] = {0};
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    pxk_wr_zero(&w, 12);
    pxk_wr_u16(&w, PXK_ETH_IP6);
    pxk_wr_u32(&w, 0x60000000);
    pxk_wr_u16(&w, payload);
    pxk_cable_input(c, PXK_CABLE_A, frame, PXK_ETH_HEADER + 40u + payload, 0);
}

Test(cable_edit, mtu_of_ip6)
{
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.way[PXK_CABLE_A] = {.mtu = 1280, .mtu_answer = true}});
    ip6_send(c, 1240);
    cr_assert_eq(take(c, 0), 1);
    ip6_send(c, 1241);
    cr_assert_eq(take(c, 0), 0);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_MTU), 1);
    pxk_cable_free(c);
}

/* The answer as the sender sees it, or false if it got none. */
static bool answered(struct pxk_cable_way way, const struct udp *u, struct pxk_frame *f)
{
    static uint8_t copy[PXK_FRAME_MAX];
    struct pxk_cable_opts o = {.way[PXK_CABLE_A] = way, .way[PXK_CABLE_B].lose = PXK_CABLE_ALWAYS};
    struct pxk_cable *c = cable_new(&o);
    udp_send(c, PXK_CABLE_A, u, 5);
    size_t n = take(c, 5);
    cr_assert(n <= 1 && pxk_cable_count(c, PXK_CABLE_B)->answers == n);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_MTU), 1);
    pxk_cable_free(c);
    if (!n)
        return false;
    cr_assert_eq(seen[0].to, PXK_CABLE_A);
    memcpy(copy, last_data, seen[0].len);
    cr_assert_eq(pxk_frame_decode(copy, seen[0].len, seen[0].len, f), PXK_OK);
    size_t icmp = (size_t)(f->payload - copy) - 8;
    cr_assert_eq(pxk_csum_fold(pxk_csum_add(0, copy + icmp, seen[0].len - icmp)), 0);
    return true;
}

Test(cable_edit, fragmentation_needed_tells_the_mtu)
{
    static const struct pxk_cable_way way = {.mtu = 576, .mtu_answer = true};
    struct pxk_frame f;
    cr_assert(answered(way, &(struct udp){.sport = 2000, .dport = 69, .payload = 1000, .df = true}, &f));
    cr_assert(pxk_mac_eq(&f.dst, &client_mac) && pxk_mac_eq(&f.src, &server_mac));
    cr_assert(f.ip.src == SERVER_IP && f.ip.dst == CLIENT_IP && f.ip.csum_ok && f.vlan[0] == 0);
    cr_assert(f.l4 == PXK_L4_ICMP && f.icmp.type == PXK_ICMP_UNREACHABLE);
    cr_assert(f.icmp.code == PXK_ICMP_FRAGMENTATION_NEEDED && f.icmp.mtu == 576);
    cr_assert(f.icmp.has_inner && f.icmp.inner_dst == SERVER_IP);
    cr_assert(f.icmp.inner_sport == 2000 && f.icmp.inner_dport == 69);
}

Test(cable_edit, the_answer_keeps_to_its_vlan_and_source)
{
    static const struct pxk_cable_way way = {.mtu = 576, .mtu_answer = true, .mtu_answer_from = PXK_IP4(192, 0, 2, 9)};
    struct pxk_frame f;
    cr_assert(answered(way, &(struct udp){.payload = 1000, .df = true, .vlan = 77}, &f));
    cr_assert(f.vlan[0] == 77 && f.ip.src == PXK_IP4(192, 0, 2, 9) && f.icmp.mtu == 576);
}

Test(cable_edit, no_answer_where_none_is_due)
{
    static const struct pxk_cable_way way = {.mtu = 576, .mtu_answer = true}, mute = {.mtu = 576};
    struct pxk_frame f;
    const struct udp to_all = {.payload = 1000, .df = true, .dst = PXK_IP4_BROADCAST};
    const struct udp from_group = {.payload = 1000, .df = true, .src = PXK_IP4(224, 0, 0, 1)};
    cr_assert_not(answered(way, &(struct udp){.payload = 1000}, &f), "no DF");
    cr_assert_not(answered(mute, &(struct udp){.payload = 1000, .df = true}, &f), "not asked for");
    cr_assert_not(answered(way, &to_all, &f), "broadcast");
    cr_assert_not(answered(way, &from_group, &f), "from a group");
}

/* All that a truncated packet with DF can do: nothing is read past its end (the sanitizer looks). */
Test(cable_edit, mtu_answer_to_a_cut_packet)
{
    uint8_t frame[PXK_FRAME_MAX];
    size_t n = udp_make(frame, sizeof frame, &(struct udp){.payload = 1000, .df = true, .vlan = 3});
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.way[PXK_CABLE_A] = {.mtu = 576, .mtu_answer = true}});
    for (size_t len = 0; len <= n; len++) {
        uint8_t *exact = malloc(len ? len : 1);
        memcpy(exact, frame, len);
        pxk_cable_input(c, PXK_CABLE_A, exact, len, len);
        free(exact);
        (void)take(c, len);
    }
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_MTU), n - 37);
    cr_assert_eq(pxk_cable_count(c, PXK_CABLE_B)->answers, n - 37);
    pxk_cable_free(c);
}

Test(cable_edit, an_answer_needs_room_too)
{
    struct pxk_cable_opts o = {.frames = 1, .way = {{.mtu = 576, .mtu_answer = true}, {.delay = 10}}};
    struct pxk_cable *c = cable_new(&o);
    numbered_len(c, PXK_CABLE_B, 1, 64, 0);
    udp_send(c, PXK_CABLE_A, &(struct udp){.payload = 1000, .df = true}, 0);
    cr_assert_eq(dropped(c, PXK_CABLE_B, PXK_CABLE_DROP_FULL), 1);
    cr_assert_eq(drain(c), 1);
    pxk_cable_free(c);
}

Test(cable_edit, a_tag_there_and_back)
{
    struct pxk_cable_opts o = {.way = {{.tag = 10, .tag_priority = 5}, {.untag = 10}}};
    struct pxk_cable *c = cable_new(&o);
    uint8_t frame[200], tagged[204];
    size_t n = udp_make(frame, sizeof frame, &(struct udp){.sport = 1, .dport = 2, .payload = 100});
    pxk_cable_input(c, PXK_CABLE_A, frame, n, 0);
    cr_assert_eq(take(c, 0), 1);
    cr_assert_eq(seen[0].len, n + 4);
    cr_assert_arr_eq(last_data, frame, 12);
    cr_assert_arr_eq(last_data + 12, ((uint8_t[]){0x81, 0x00, 0xa0, 0x0a}), 4);
    cr_assert_arr_eq(last_data + 16, frame + 12, n - 12);
    memcpy(tagged, last_data, n + 4);
    pxk_cable_input(c, PXK_CABLE_B, tagged, n + 4, 0);
    cr_assert_eq(take(c, 0), 1);
    cr_assert_eq(seen[1].len, n);
    cr_assert_arr_eq(last_data, frame, n);
    cr_assert_eq(pxk_cable_count(c, PXK_CABLE_A)->tagged, 1);
    cr_assert_eq(pxk_cable_count(c, PXK_CABLE_B)->untagged, 1);
    pxk_cable_free(c);
}

/* VLANs after the cable, or "-" if the frame did not pass. */
static const char *through(struct pxk_cable_way way, uint16_t vlan)
{
    static char text[32];
    struct pxk_frame f;
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.way[PXK_CABLE_A] = way});
    udp_send(c, PXK_CABLE_A, &(struct udp){.vlan = vlan}, 0);
    size_t n = take(c, 0);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_VLAN), 1 - n);
    pxk_cable_free(c);
    if (!n)
        return "-";
    cr_assert_eq(pxk_frame_decode(last_data, seen[0].len, seen[0].len, &f), PXK_OK);
    cr_assert(f.l4 == PXK_L4_UDP && pxk_frame_check(&f) == PXK_CSUM_OK);
    return pxk_fmt(text, sizeof text, "%u %u", f.vlan[0], f.vlan[1]);
}

Test(cable_edit, ports_of_a_switch)
{
    static const struct pxk_cable_way access = {.untag = 10}, native = {.untag = 10, .native = true};
    static const struct pxk_cable_way tag = {.tag = 20}, translate = {.untag = 10, .tag = 20}, last = {.tag = 4094};
    cr_assert_str_eq(through(access, 10), "0 0");
    cr_assert_str_eq(through(access, 11), "-");
    cr_assert_str_eq(through(access, 0), "-");
    cr_assert_str_eq(through(native, 10), "0 0");
    cr_assert_str_eq(through(native, 11), "-");
    cr_assert_str_eq(through(native, 0), "0 0");
    cr_assert_str_eq(through(tag, 0), "20 0");
    cr_assert_str_eq(through(tag, 10), "20 10");
    cr_assert_str_eq(through(translate, 10), "20 0");
    cr_assert_str_eq(through(translate, 0), "-");
    cr_assert_str_eq(through(last, 0), "4094 0");
}

Test(cable_edit, a_tag_that_is_cut_off_is_none)
{
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.way[PXK_CABLE_A] = {.untag = 10}});
    uint8_t frame[18] = {[12] = 0x81, [15] = 10};
    for (size_t len = PXK_ETH_HEADER; len < sizeof frame; len++)
        pxk_cable_input(c, PXK_CABLE_A, frame, len, 0);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_VLAN), 4);
    pxk_cable_input(c, PXK_CABLE_A, frame, sizeof frame, 0);
    cr_assert_eq(take(c, 0), 1);
    cr_assert_eq(seen[0].len, PXK_ETH_HEADER);
    pxk_cable_free(c);
}

Test(cable_edit, the_longest_frame_has_room_for_a_tag)
{
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.frames = 1, .frame_max = 14, .way[PXK_CABLE_A].tag = 1});
    for (uint32_t i = 0; i < 3; i++) {
        numbered_len(c, PXK_CABLE_A, i, 14, i);
        cr_assert_eq(take(c, i), 1);
        cr_assert_eq(seen[i].len, 18);
    }
    pxk_cable_free(c);
}
