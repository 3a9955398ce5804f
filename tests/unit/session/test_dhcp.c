/* Sessions, rounds and answers, from frames made by hand. */
#include <criterion/criterion.h>

#include "wire.h"

static struct pxk_session *first(const struct wire *w)
{
    cr_assert_geq(pxk_tracker_count(w->t), 1);
    return pxk_tracker_session(w->t, 0);
}

Test(dhcp, one_lease_is_one_round)
{
    struct wire w;
    wire_init(&w, 0);
    wire_lease(&w, &client_mac, CLIENT_IP, 7, true);
    const struct pxk_session *s = first(&w);
    cr_assert_eq(s->round_n, 1);
    cr_expect_eq(s->ip, CLIENT_IP);
    cr_expect_eq(s->first_frame, 1);
    cr_expect_eq(s->last_frame, 4);
    cr_expect_eq(s->round[0].answer[0].delay, PXK_MSEC);
    cr_expect_eq(s->round[0].requested_from, SERVER_IP);
    cr_expect_eq(w.events[PXK_EVENT_CLIENT_NEW], 1);
    cr_expect_eq(w.events[PXK_EVENT_DHCP_DISCOVER], 1);
    cr_expect_eq(w.events[PXK_EVENT_DHCP_OFFER], 1);
    cr_expect_eq(w.events[PXK_EVENT_DHCP_REQUEST], 1);
    cr_expect_str_eq(w.text, "ACK 10.0.0.50 from 10.0.0.1, boot file pxelinux.0, next server 10.0.0.1, after 1.0 ms");
    wire_done(&w);
}

Test(dhcp, repeats_stay_in_the_round_whatever_their_xid)
{
    struct wire w;
    wire_init(&w, 0);
    struct ask a = {.type = PXK_DHCP4_DISCOVER, .xid = 1, .mac = client_mac, .pxe = true};
    for (unsigned i = 0; i < 12; i++) {
        wire_ask(&w, &a);
        a.xid += i & 1;
        w.now += 4 * PXK_SEC;
    }
    const struct pxk_session *s = first(&w);
    cr_assert_eq(s->round_n, 1);
    cr_expect_eq(s->round[0].discovers, 12); /* more than are kept */
    cr_expect_eq(s->round[0].discover_at[PXK_TIMES_MAX - 1], s->round[0].started + 7 * (4 * PXK_SEC + PXK_MSEC));
    wire_done(&w);
}

Test(dhcp, a_new_attempt_after_a_long_pause_is_a_round)
{
    struct wire w;
    wire_init(&w, 0);
    struct ask a = {.type = PXK_DHCP4_DISCOVER, .xid = 1, .mac = client_mac, .pxe = true};
    wire_ask(&w, &a);
    w.now += 120 * PXK_SEC;
    a.xid = 2;
    wire_ask(&w, &a);
    cr_expect_eq(first(&w)->round_n, 2);
    wire_done(&w);
}

Test(dhcp, other_marks_or_an_ack_start_a_round)
{
    struct wire w;
    wire_init(&w, 0);
    wire_lease(&w, &client_mac, CLIENT_IP, 1, true);
    wire_lease(&w, &client_mac, CLIENT_IP, 1, true); /* the same xid again: a reboot of a simple ROM */
    wire_lease(&w, &client_mac, CLIENT_IP, 3, false);
    const struct pxk_session *s = first(&w);
    cr_assert_eq(s->round_n, 3);
    cr_expect(s->round[1].pxe && !s->round[2].pxe);
    cr_expect_eq(pxk_session_firmware_round(s), &s->round[0]);
    wire_done(&w);
}

Test(dhcp, rounds_are_bounded)
{
    struct wire w;
    wire_init(&w, 0);
    for (uint32_t i = 1; i <= 20; i++)
        wire_lease(&w, &client_mac, CLIENT_IP, i, true);
    const struct pxk_session *s = first(&w);
    cr_expect_eq(s->round_n, PXK_ROUNDS_MAX);
    cr_expect_eq(s->round[PXK_ROUNDS_MAX - 1].xid, 20);
    wire_done(&w);
}

Test(dhcp, answers_are_bounded)
{
    struct wire w;
    wire_init(&w, 0);
    struct ask a = {.type = PXK_DHCP4_DISCOVER, .xid = 1, .mac = client_mac, .pxe = true};
    wire_ask(&w, &a);
    for (uint32_t i = 0; i < 20; i++) {
        struct reply r = {PXK_DHCP4_OFFER, 1, client_mac, CLIENT_IP, NULL, false, false, false, SERVER_IP + i};
        wire_reply(&w, &r);
    }
    const struct pxk_round *r = &first(&w)->round[0];
    const struct pxk_seen_server *server;
    cr_expect_eq(r->answer_n, PXK_ANSWERS_MAX);
    cr_expect_eq(r->answers_lost, 20 - PXK_ANSWERS_MAX);
    cr_expect_eq(pxk_tracker_servers(w.t, &server), PXK_SERVERS_MAX);
    wire_done(&w);
}

Test(dhcp, proxy_and_server_at_one_address_are_two_answers)
{
    struct wire w;
    wire_init(&w, 0);
    struct ask a = {.type = PXK_DHCP4_DISCOVER, .xid = 1, .mac = client_mac, .pxe = true};
    struct reply offer = {.type = PXK_DHCP4_OFFER, .xid = 1, .mac = client_mac, .yiaddr = CLIENT_IP};
    struct reply proxy = {.type = PXK_DHCP4_OFFER, .xid = 1, .mac = client_mac, .file = "x.0", .proxy = true};
    wire_ask(&w, &a);
    wire_reply(&w, &offer);
    wire_reply(&w, &proxy);
    wire_reply(&w, &offer);
    const struct pxk_round *r = &first(&w)->round[0];
    cr_assert_eq(r->answer_n, 2);
    cr_expect_eq(r->answer[0].count, 2);
    cr_expect_eq(r->answer[0].last - r->answer[0].at, 2 * PXK_MSEC);
    cr_expect(r->answer[1].proxy);
    wire_done(&w);
}

Test(dhcp, boot_server_request_and_answer_on_4011)
{
    struct wire w;
    wire_init(&w, 0);
    wire_lease(&w, &client_mac, CLIENT_IP, 1, true);
    struct ask a = {PXK_DHCP4_REQUEST, 99, client_mac, true, true, false, CLIENT_IP};
    wire_ask(&w, &a);
    cr_expect_eq(w.kind, PXK_EVENT_PXE_REQUEST);
    wire_ask(&w, &a);
    struct reply r = {.type = PXK_DHCP4_ACK, .xid = 99, .mac = client_mac, .file = "x.0", .from_4011 = true};
    wire_reply(&w, &r);
    cr_expect_eq(w.kind, PXK_EVENT_PXE_ACK);
    const struct pxk_session *s = first(&w);
    cr_assert_eq(s->round_n, 1);
    const struct pxk_round *round = &s->round[0];
    cr_expect_eq(round->requests, 1);
    cr_expect_eq(round->proxy_requests, 2);
    cr_expect_eq(round->proxy_answers, 1);
    cr_expect_eq(round->proxy_last - round->proxy_at, PXK_MSEC);
    cr_expect_eq(round->answer[2].delay, PXK_MSEC);
    cr_expect_eq(s->ip, CLIENT_IP);
    wire_done(&w);
}

Test(dhcp, unreachable_4011)
{
    struct wire w;
    wire_init(&w, 0);
    wire_lease(&w, &client_mac, CLIENT_IP, 1, true);
    struct ask a = {PXK_DHCP4_REQUEST, 99, client_mac, true, true, false, CLIENT_IP};
    wire_ask(&w, &a);
    uint8_t about[64], buf[128];
    struct pxk_wr inner = pxk_wr_init(about, sizeof about), out = pxk_wr_init(buf, sizeof buf);
    struct pxk_eth_out eth = {client_mac, server_mac, 0};
    struct pxk_ip4_out to_server = {CLIENT_IP, SERVER_IP, 1, 64, false}, back = {SERVER_IP, CLIENT_IP, 1, 64, false};
    pxk_frame_write_udp(&inner, &eth, &to_server, 68, 4011, "x", 1);
    pxk_frame_write_unreachable(&out, &eth, &back, PXK_ICMP_PORT_UNREACHABLE, about + PXK_ETH_HEADER,
                                pxk_wr_len(&inner) - PXK_ETH_HEADER);
    wire_raw(&w, buf, pxk_wr_len(&out));
    cr_expect(first(&w)->round[0].proxy_icmp);
    cr_expect_str_eq(w.text, "10.0.0.1 says: port unreachable, about 10.0.0.1 port 4011");
    wire_done(&w);
}

Test(dhcp, a_relays_copy_counts_once)
{
    struct wire w;
    wire_init(&w, 0);
    struct ask a = {.type = PXK_DHCP4_DISCOVER, .xid = 1, .mac = client_mac, .pxe = true};
    struct ask copy = a;
    copy.relayed = true;
    struct reply r = {.type = PXK_DHCP4_OFFER, .xid = 1, .mac = client_mac, .yiaddr = CLIENT_IP, .relayed = true};
    for (unsigned i = 0; i < 2; i++) {
        wire_ask(&w, &a);
        wire_ask(&w, &copy);
    }
    wire_reply(&w, &r);
    const struct pxk_round *round = &first(&w)->round[0];
    cr_expect_eq(round->discovers, 2);
    cr_expect_eq(round->hops, 1);
    cr_expect_eq(round->giaddr, PXK_IP4(10, 9, 0, 254));
    cr_expect(round->direct);
    cr_expect(round->answer[0].to_relay);
    wire_done(&w);
}

Test(dhcp, behind_a_relay_only_copies_are_seen)
{
    struct wire w;
    wire_init(&w, 0);
    struct ask a = {.type = PXK_DHCP4_DISCOVER, .xid = 1, .mac = client_mac, .pxe = true, .relayed = true};
    wire_ask(&w, &a);
    wire_ask(&w, &a);
    const struct pxk_session *s = first(&w);
    cr_expect(pxk_mac_eq(&s->mac, &client_mac)); /* not the router's */
    cr_expect_eq(s->round[0].discovers, 2);
    cr_expect_not(s->round[0].direct);
    wire_done(&w);
}

Test(dhcp, answers_to_strangers_and_other_xids)
{
    struct wire w;
    wire_init(&w, 0);
    struct reply r = {.type = PXK_DHCP4_ACK, .xid = 5, .mac = client_mac, .yiaddr = CLIENT_IP};
    wire_reply(&w, &r);
    cr_expect_eq(pxk_tracker_count(w.t), 0);
    wire_lease(&w, &client_mac, CLIENT_IP, 1, true);
    wire_reply(&w, &r); /* the round is over: this belongs to nothing */
    cr_expect_eq(first(&w)->round[0].answer[1].count, 1);
    wire_done(&w);
}

Test(dhcp, tagged_frames_tell_the_vlan)
{
    struct wire w;
    wire_init(&w, 0);
    w.vlan = 42;
    wire_lease(&w, &client_mac, CLIENT_IP, 1, true);
    cr_expect_eq(first(&w)->vlan, 42);
    cr_expect_eq(first(&w)->ip, CLIENT_IP);
    wire_done(&w);
}

Test(dhcp, too_many_clients_are_counted)
{
    struct wire w;
    wire_init(&w, 3);
    struct ask a = {.type = PXK_DHCP4_DISCOVER, .xid = 1, .mac = client_mac, .pxe = true};
    for (unsigned i = 0; i < 200; i++) {
        a.mac.b[4] = (uint8_t)i;
        wire_ask(&w, &a);
        wire_ask(&w, &a);
    }
    cr_expect_eq(pxk_tracker_count(w.t), 3);
    cr_expect_eq(pxk_tracker_untracked(w.t), 197);
    cr_expect_eq(pxk_tracker_frames(w.t), 400);
    cr_expect_null(pxk_tracker_session(w.t, 3));
    wire_done(&w);
}

Test(dhcp, thousands_of_clients_are_told_apart)
{
    struct wire w;
    wire_init(&w, 3000);
    struct ask a = {.type = PXK_DHCP4_DISCOVER, .xid = 1, .mac = client_mac, .pxe = true};
    for (unsigned i = 0; i < 3000; i++) {
        a.mac.b[3] = (uint8_t)(i >> 8);
        a.mac.b[4] = (uint8_t)i;
        wire_ask(&w, &a);
    }
    cr_expect_eq(pxk_tracker_count(w.t), 3000);
    cr_expect_eq(pxk_tracker_untracked(w.t), 0);
    wire_done(&w);
}

Test(dhcp, nonsense_addresses_make_no_session)
{
    struct wire w;
    wire_init(&w, 0);
    struct ask a = {.type = PXK_DHCP4_DISCOVER, .xid = 1, .mac = pxk_mac_broadcast};
    wire_ask(&w, &a);
    cr_expect_eq(pxk_tracker_count(w.t), 0);
    wire_done(&w);
}

Test(dhcp, texts_from_the_network_are_quoted)
{
    struct wire w;
    wire_init(&w, 0);
    struct ask a = {.type = PXK_DHCP4_DISCOVER, .xid = 1, .mac = client_mac, .pxe = true};
    struct reply r = {
        .type = PXK_DHCP4_OFFER, .xid = 1, .mac = client_mac, .yiaddr = CLIENT_IP, .file = "a\033[31m\n"};
    wire_ask(&w, &a);
    wire_reply(&w, &r);
    cr_expect_str_eq(first(&w)->round[0].answer[0].file, "a\\x1b[31m\\x0a");
    cr_expect_not_null(strstr(w.text, "boot file a\\x1b[31m\\x0a,"));
    wire_done(&w);
}

Test(dhcp, a_client_made_beforehand_is_the_same)
{
    struct wire w;
    wire_init(&w, 0);
    struct pxk_session *s = pxk_tracker_client(w.t, &client_mac, 5);
    cr_assert_not_null(s);
    cr_expect_eq(s->first_frame, 0);
    wire_lease(&w, &client_mac, CLIENT_IP, 1, true);
    cr_expect_eq(pxk_tracker_count(w.t), 1);
    cr_expect_eq(s->first_frame, 1);
    pxk_tracker_fact(w.t, s, w.now + 5, "link is %s", "up");
    cr_expect_eq(w.kind, PXK_EVENT_FACT);
    cr_expect_str_eq(w.text, "link is up");
    cr_expect_eq(pxk_tracker_now(w.t), w.now + 5);
    wire_done(&w);
}

Test(dhcp, boot_file_by_personality)
{
    struct pxk_answer a = PXK_ANSWER_EMPTY;
    a.file = "header";
    a.option67 = "option";
    char file[256];
    cr_expect_str_eq(pxk_answer_boot_file(&a, pxk_persona_by_key("ipxe-bios"), file, sizeof file), "header");
    cr_expect_str_eq(pxk_answer_boot_file(&a, pxk_persona_by_key("edk2-pxe"), file, sizeof file), "option");
    cr_expect_str_eq(pxk_answer_boot_file(&a, NULL, file, sizeof file), "header");
    a.http = true;
    cr_expect_str_eq(pxk_answer_boot_file(&a, NULL, file, sizeof file), "option");
    a = PXK_ANSWER_EMPTY;
    a.option67 = "option";
    cr_expect_str_eq(pxk_answer_boot_file(&a, NULL, file, sizeof file), "option");
    a = PXK_ANSWER_EMPTY;
    cr_expect_str_eq(pxk_answer_boot_file(&a, NULL, file, sizeof file), "");
}
