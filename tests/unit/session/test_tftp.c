/* TFTP, ARP, ICMP and fragments, from frames made by hand. */
#include <criterion/criterion.h>

#include "wire.h"

static const struct pxk_transfer *transfer(const struct wire *w, size_t i)
{
    const struct pxk_session *s = pxk_tracker_session(w->t, 0);
    cr_assert_not_null(s);
    cr_assert_lt(i, s->transfers.n);
    return &s->transfers.at[i];
}

static void begin(struct wire *w)
{
    wire_init(w, 0);
    wire_lease(w, &client_mac, CLIENT_IP, 1, true);
}

Test(tftp, without_options)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", false, 0);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_ASKED);
    wire_data(&w, 2000, 1, 512);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_RUNNING);
    wire_ack(&w, 2000, 1);
    wire_data(&w, 2000, 2, 10);
    wire_ack(&w, 2000, 2);
    const struct pxk_transfer *tr = transfer(&w, 0);
    cr_expect_eq(tr->state, PXK_TRANSFER_DONE);
    cr_expect_eq(tr->bytes, 522);
    cr_expect_eq(tr->blksize, 512);
    cr_expect_not(tr->oack);
    cr_expect_eq(tr->server_port, 32000);
    cr_expect(pxk_ip_eq(tr->answered_from, pxk_ip_of4(SERVER_IP)));
    cr_expect_eq(tr->head_len, 522);
    cr_expect_eq(tr->head[511], 'b');
    cr_expect_eq(tr->head[512], 'c');
    cr_expect_eq(tr->acks, 2);
    cr_expect_eq(w.events[PXK_EVENT_TFTP_DATA], 1);
    cr_expect_eq(w.events[PXK_EVENT_TFTP_DONE], 1);
    wire_done(&w);
}

/* wire_data() fills block n with the n-th letter after 'a'. */
Test(tftp, the_last_bytes_are_kept)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", false, 0);
    wire_data(&w, 2000, 1, 512);
    cr_expect_eq(transfer(&w, 0)->tail_len, PXK_TAIL_MAX);
    wire_ack(&w, 2000, 1);
    wire_data(&w, 2000, 2, 10);
    const struct pxk_transfer *tr = transfer(&w, 0);
    cr_expect_eq(tr->tail_len, PXK_TAIL_MAX);
    cr_expect_eq(tr->tail[5], 'b', "six bytes of the block before");
    cr_expect_eq(tr->tail[6], 'c');
    wire_done(&w);
}

/* Block 1 is acknowledged and not in the capture: ten bytes of block 2 are no whole tail. */
Test(tftp, no_tail_over_a_gap)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", false, 0);
    wire_ack(&w, 2000, 1);
    wire_data(&w, 2000, 2, 10);
    const struct pxk_transfer *tr = transfer(&w, 0);
    cr_expect_eq(tr->tail_len, 0);
    wire_done(&w);
}

Test(tftp, calls_for_a_root_file_system)
{
    struct wire w;
    begin(&w);
    const struct pxk_session *s = pxk_tracker_session(w.t, 0);
    cr_expect_eq(s->mount.calls, 0);
    wire_udp(&w, &client_mac, &server_mac, CLIENT_IP, 700, SERVER_IP, 111, "x", 1);
    cr_expect_eq(s->mount.calls, 1);
    cr_expect_eq(s->mount.port, 111);
    cr_expect(pxk_ip_eq(s->mount.server, pxk_ip_of4(SERVER_IP)));
    wire_udp(&w, &server_mac, &client_mac, SERVER_IP, 111, CLIENT_IP, 700, "x", 1);
    cr_expect_eq(s->mount.calls, 1, "the answer is no call");
    wire_done(&w);
}

Test(tftp, multiple_of_the_block_size_ends_with_an_empty_block)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", false, 0);
    wire_data(&w, 2000, 1, 512);
    wire_ack(&w, 2000, 1);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_RUNNING);
    wire_data(&w, 2000, 2, 0);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_DONE);
    cr_expect_eq(transfer(&w, 0)->bytes, 512);
    wire_done(&w);
}

Test(tftp, or_with_its_size)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", true, 1000);
    wire_oack(&w, 2000, 2000, 1000);
    wire_ack(&w, 2000, 0);
    wire_data(&w, 2000, 1, 1000);
    wire_data(&w, 2000, 2, 1000);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_RUNNING);
    wire_ack(&w, 2000, 2);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_DONE);
    wire_data(&w, 2000, 3, 0); /* a server that sends it all the same */
    cr_expect_eq(transfer(&w, 0)->bytes, 2000);
    cr_expect_eq(w.events[PXK_EVENT_TFTP_DONE], 1);
    wire_done(&w);
}

Test(tftp, a_size_that_was_told_too_small)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", true, 1000);
    wire_oack(&w, 2000, 1000, 1000);
    wire_data(&w, 2000, 1, 1000);
    wire_ack(&w, 2000, 1);
    wire_data(&w, 2000, 2, 1000);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_RUNNING);
    wire_data(&w, 2000, 3, 1);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_DONE);
    cr_expect_eq(transfer(&w, 0)->bytes, 2001);
    wire_done(&w);
}

Test(tftp, block_numbers_wrap)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", false, 8);
    wire_oack(&w, 2000, 0, 8);
    for (uint32_t i = 1; i <= 140000; i++) {
        wire_data(&w, 2000, (uint16_t)i, 8);
        if (i % 4 == 0)
            wire_ack(&w, 2000, (uint16_t)i);
    }
    wire_data(&w, 2000, (uint16_t)140001, 3);
    const struct pxk_transfer *tr = transfer(&w, 0);
    cr_expect_eq(tr->state, PXK_TRANSFER_DONE);
    cr_expect_eq(tr->blocks, 140001);
    cr_expect_eq(tr->bytes, 140000 * 8 + 3);
    cr_expect_eq(tr->repeats + tr->gaps + tr->missed, 0);
    wire_done(&w);
}

Test(tftp, repeats_and_gaps)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", false, 0);
    wire_data(&w, 2000, 1, 512);
    wire_data(&w, 2000, 1, 512); /* repeat */
    wire_data(&w, 2000, 3, 512); /* ahead */
    wire_data(&w, 2000, 4, 512);
    cr_expect_eq(transfer(&w, 0)->blocks, 1);
    wire_ack(&w, 2000, 1);
    wire_ack(&w, 2000, 1);
    cr_expect_eq(transfer(&w, 0)->stuck, 1);
    wire_data(&w, 2000, 2, 512);
    const struct pxk_transfer *tr = transfer(&w, 0);
    cr_expect_eq(tr->blocks, 4);
    cr_expect_eq(tr->stuck, 0);
    wire_data(&w, 2000, 3, 512); /* sent again with its window */
    wire_data(&w, 2000, 5, 0);
    cr_expect_eq(tr->state, PXK_TRANSFER_DONE);
    cr_expect_eq(tr->bytes, 2048);
    cr_expect_eq(tr->repeats, 2);
    cr_expect_eq(tr->gaps, 2);
    cr_expect_eq(tr->missed, 0);
    cr_expect_eq(tr->ack_repeats, 1);
    cr_expect_eq(tr->data_packets, 7);
    cr_expect_eq(tr->head_len, 1024);
    cr_expect_eq(tr->head[1023], 'a' + 2);
    wire_done(&w);
}

Test(tftp, blocks_that_the_capture_missed)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", false, 0);
    wire_data(&w, 2000, 1, 512);
    wire_data(&w, 2000, 3, 512);
    wire_ack(&w, 2000, 4); /* it has 2 and 4 as well */
    cr_expect_eq(transfer(&w, 0)->blocks, 4);
    cr_expect_eq(transfer(&w, 0)->missed, 2);
    cr_expect_eq(transfer(&w, 0)->head_len, 512); /* no hole in the head */
    wire_data(&w, 2000, 1000, 512);               /* far ahead */
    wire_ack(&w, 2000, 1000);
    cr_expect_eq(transfer(&w, 0)->missed, 2 + 995);
    wire_data(&w, 2000, 1001, 1);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_DONE);
    cr_expect_eq(transfer(&w, 0)->bytes, 512 * 1000 + 1);
    wire_done(&w);
}

Test(tftp, the_last_block_may_come_early)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", false, 0);
    wire_data(&w, 2000, 2, 5);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_RUNNING);
    wire_data(&w, 2000, 1, 512);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_DONE);
    cr_expect_eq(transfer(&w, 0)->bytes, 517);
    wire_done(&w);
}

Test(tftp, size_probe_is_no_failure)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", true, 1468);
    wire_oack(&w, 2000, 100, 1468);
    wire_tftp_error(&w, 2000, true, 8, "User aborted the transfer");
    cr_expect(transfer(&w, 0)->probe);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_ABORTED);
    wire_rrq(&w, 2001, "a", false, 1468);
    cr_expect_eq(pxk_tracker_session(w.t, 0)->transfers.n, 2);
    wire_oack(&w, 2001, 0, 1468);
    wire_data(&w, 2001, 1, 1468);
    wire_tftp_error(&w, 2001, true, 0, "TFTP Aborted"); /* with data: not a probe */
    cr_expect_not(transfer(&w, 1)->probe);
    cr_expect_eq(transfer(&w, 1)->state, PXK_TRANSFER_ABORTED);
    cr_expect_str_eq(transfer(&w, 1)->message, "TFTP Aborted");
    wire_done(&w);
}

/* All of it has passed by, and the client refuses it in place of its last ACK: EDK2, whose buffer is too small. */
Test(tftp, no_room_is_said_in_place_of_the_last_ack)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2001, "a", false, 1000);
    wire_oack(&w, 2001, 0, 1000);
    wire_data(&w, 2001, 1, 1000);
    wire_ack(&w, 2001, 1);
    wire_data(&w, 2001, 2, 10);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_DONE);
    wire_tftp_error(&w, 2001, true, 3, "User provided memory block is too small");
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_ABORTED);
    cr_expect_eq(transfer(&w, 0)->bytes, 1010);
    wire_rrq(&w, 2002, "a", false, 1000);
    wire_oack(&w, 2002, 0, 1000);
    wire_data(&w, 2002, 1, 10);
    wire_ack(&w, 2002, 1);
    wire_tftp_error(&w, 2002, true, 3, "late");
    cr_expect_eq(transfer(&w, 1)->state, PXK_TRANSFER_DONE, "what was acknowledged was taken");
    wire_done(&w);
}

Test(tftp, refusal_and_what_comes_after_the_end)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", false, 0);
    wire_tftp_error(&w, 2000, false, 1, "no\nsuch");
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_REFUSED);
    cr_expect_str_eq(transfer(&w, 0)->message, "no\\x0asuch");
    cr_expect_str_eq(w.text, "ERROR 1 for a: no\\x0asuch");
    wire_rrq(&w, 2000, "a", false, 0); /* the same port again, after an end: another transfer */
    wire_data(&w, 2000, 1, 3);
    wire_tftp_error(&w, 2000, false, 5, "late");
    cr_expect_eq(transfer(&w, 1)->state, PXK_TRANSFER_DONE);
    wire_done(&w);
}

Test(tftp, repeated_requests_are_one_transfer)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", false, 0);
    wire_rrq(&w, 2000, "a", false, 0);
    wire_rrq(&w, 2001, "a", false, 0); /* tries a new port, as U-Boot does */
    cr_expect_eq(pxk_tracker_session(w.t, 0)->transfers.n, 1);
    cr_expect_eq(transfer(&w, 0)->requests, 3);
    cr_expect_eq(transfer(&w, 0)->client_port, 2001);
    wire_data(&w, 2001, 1, 0);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_DONE);
    w.now += 60 * PXK_SEC;
    wire_rrq(&w, 2002, "b", false, 0);
    w.now += 60 * PXK_SEC;
    wire_rrq(&w, 2003, "b", false, 0); /* much later: another attempt */
    cr_expect_eq(pxk_tracker_session(w.t, 0)->transfers.n, 3);
    wire_done(&w);
}

Test(tftp, answers_from_another_address)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", false, 0);
    uint8_t buf[16];
    struct pxk_wr p = pxk_wr_init(buf, sizeof buf);
    pxk_tftp_write_data(&p, 1, "xyz", 3);
    wire_udp(&w, &server_mac, &client_mac, PXK_IP4(10, 0, 0, 9), 40000, CLIENT_IP, 2000, buf, pxk_wr_len(&p));
    cr_expect(pxk_ip_eq(transfer(&w, 0)->server, pxk_ip_of4(SERVER_IP)));
    cr_expect(pxk_ip_eq(transfer(&w, 0)->answered_from, pxk_ip_of4(PXK_IP4(10, 0, 0, 9))));
    cr_expect_eq(transfer(&w, 0)->server_port, 40000);
    wire_done(&w);
}

Test(tftp, options_nobody_asked_for)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", false, 1024);
    wire_oack(&w, 2000, 77, 1024);
    cr_expect(transfer(&w, 0)->oack_unasked);
    wire_rrq(&w, 2001, "b", true, 1024);
    wire_oack(&w, 2001, 77, 1024);
    cr_expect_not(transfer(&w, 1)->oack_unasked);
    wire_done(&w);
}

Test(tftp, two_clients_at_once)
{
    struct wire w;
    const pxk_ip4 other_ip = PXK_IP4(10, 0, 0, 51);
    begin(&w);
    wire_lease(&w, &other_mac, other_ip, 2, true);
    uint8_t rrq[64], data[600] = {0, 3, 0, 1};
    struct pxk_wr p = pxk_wr_init(rrq, sizeof rrq);
    pxk_tftp_write_request(&p, PXK_TFTP_RRQ, "other", "octet");
    wire_rrq(&w, 2000, "a", false, 0);
    wire_udp(&w, &other_mac, &server_mac, other_ip, 2000, SERVER_IP, 69, rrq, pxk_wr_len(&p));
    for (uint16_t block = 1; block <= 50; block++) {
        wire_data(&w, 2000, block, 512);
        data[3] = (uint8_t)block;
        wire_udp(&w, &server_mac, &other_mac, SERVER_IP, 32000, other_ip, 2000, data, 4 + 512);
    }
    wire_data(&w, 2000, 51, 1);
    const struct pxk_session *other = pxk_tracker_session(w.t, 1);
    cr_expect(pxk_mac_eq(&other->mac, &other_mac));
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_DONE);
    cr_expect_eq(transfer(&w, 0)->bytes, 50 * 512 + 1);
    cr_expect_eq(other->transfers.at[0].state, PXK_TRANSFER_RUNNING);
    cr_expect_eq(other->transfers.at[0].blocks, 50);
    cr_expect_eq(other->transfers.at[0].gaps, 0);
    wire_done(&w);
}

Test(tftp, routed_client_is_found_by_its_lease)
{
    struct wire w;
    begin(&w);
    uint8_t rrq[64];
    struct pxk_wr p = pxk_wr_init(rrq, sizeof rrq);
    pxk_tftp_write_request(&p, PXK_TFTP_RRQ, "a", "octet");
    wire_udp(&w, &router_mac, &server_mac, CLIENT_IP, 2000, SERVER_IP, 69, rrq, pxk_wr_len(&p));
    cr_expect_eq(pxk_tracker_count(w.t), 1);
    cr_expect_str_eq(transfer(&w, 0)->file, "a");
    wire_done(&w);
}

Test(tftp, a_request_alone_makes_a_session)
{
    struct wire w; /* the capture began after DHCP */
    wire_init(&w, 0);
    wire_rrq(&w, 2000, "a", false, 0);
    wire_data(&w, 2000, 1, 0);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_DONE);
    cr_expect_eq(pxk_tracker_session(w.t, 0)->ip, CLIENT_IP);
    wire_done(&w);
}

Test(tftp, transfers_are_bounded)
{
    struct wire w;
    begin(&w);
    for (uint16_t i = 0; i < 400; i++) {
        char name[16];
        wire_rrq(&w, (uint16_t)(2000 + i), pxk_fmt(name, sizeof name, "f%u", i), false, 0);
        wire_data(&w, (uint16_t)(2000 + i), 1, 0);
    }
    const struct pxk_session *s = pxk_tracker_session(w.t, 0);
    cr_expect_eq(s->transfers.n, PXK_TRANSFERS_MAX);
    cr_expect_eq(s->transfers_lost, 400 - PXK_TRANSFERS_MAX);
    cr_expect_eq(s->transfers.at[PXK_TRANSFERS_MAX - 1].state, PXK_TRANSFER_DONE);
    wire_done(&w);
}

Test(tftp, a_running_transfer_outlives_many_others)
{
    struct wire w;
    wire_init(&w, 128); /* 1024 flows */
    wire_lease(&w, &client_mac, CLIENT_IP, 1, true);
    wire_rrq(&w, 2000, "slow", false, 0);
    wire_data(&w, 2000, 1, 512);
    uint8_t rrq[64], refusal[] = {0, 5, 0, 1, 'n', 'o', 0};
    struct pxk_wr p = pxk_wr_init(rrq, sizeof rrq);
    pxk_tftp_write_request(&p, PXK_TFTP_RRQ, "other", "octet");
    for (unsigned i = 0; i < 3000; i++) { /* of a dozen other clients */
        struct pxk_mac mac = other_mac;
        mac.b[4] = (uint8_t)(i % 12);
        pxk_ip4 ip = PXK_IP4(10, 0, 1, 1) + i % 12;
        wire_udp(&w, &mac, &server_mac, ip, (uint16_t)(3000 + i), SERVER_IP, 69, rrq, pxk_wr_len(&p));
        wire_udp(&w, &server_mac, &mac, SERVER_IP, 32000, ip, (uint16_t)(3000 + i), refusal, sizeof refusal);
    }
    wire_data(&w, 2000, 2, 1);
    cr_expect_eq(transfer(&w, 0)->state, PXK_TRANSFER_DONE);
    wire_done(&w);
}

/* The frame in two: the first IP fragment with 1480 bytes of its payload, the rest in the second. */
static void wire_fragments(struct wire *w, const uint8_t *frame, size_t len)
{
    enum { HEADERS = PXK_ETH_HEADER + PXK_IP4_HEADER, CUT = 1480 };
    uint8_t one[HEADERS + CUT], two[2048];
    memcpy(one, frame, sizeof one);
    memcpy(two, frame, HEADERS);
    size_t rest = len - HEADERS - CUT;
    memcpy(two + HEADERS, frame + HEADERS + CUT, rest);
    const size_t total[] = {PXK_IP4_HEADER + CUT, PXK_IP4_HEADER + rest};
    uint8_t *part[] = {one, two};
    for (size_t i = 0; i < 2; i++) {
        part[i][16] = (uint8_t)(total[i] >> 8);
        part[i][17] = (uint8_t)total[i];
        part[i][20] = i ? CUT / 8 >> 8 : 0x20; /* more fragments; then the offset */
        part[i][21] = i ? (uint8_t)(CUT / 8) : 0;
    }
    wire_raw(w, two, HEADERS + rest); /* in the wrong order, why not */
    wire_raw(w, one, sizeof one);
}

Test(tftp, fragments_are_put_together)
{
    struct wire w;
    begin(&w);
    wire_rrq(&w, 2000, "a", false, 2048);
    wire_oack(&w, 2000, 0, 2048);
    uint8_t payload[4 + 2048] = {0, 3, 0, 1}, buf[3000];
    struct pxk_wr out = pxk_wr_init(buf, sizeof buf);
    struct pxk_eth_out eth = {client_mac, server_mac, 0};
    struct pxk_ip4_out ip = {SERVER_IP, CLIENT_IP, 9, 64, false};
    pxk_frame_write_udp(&out, &eth, &ip, 32000, 2000, payload, sizeof payload);
    wire_fragments(&w, buf, pxk_wr_len(&out));
    cr_expect_eq(transfer(&w, 0)->blocks, 1);
    cr_expect_eq(transfer(&w, 0)->bytes, 2048);
    cr_expect_eq(transfer(&w, 0)->head_len, PXK_HEAD_MAX);
    wire_done(&w);
}

/* ---- ARP ---- */

static void wire_arp(struct wire *w, uint16_t op, const struct pxk_mac *sender_mac, pxk_ip4 sender,
                     const struct pxk_mac *target_mac, pxk_ip4 target)
{
    uint8_t buf[64];
    struct pxk_wr out = pxk_wr_init(buf, sizeof buf);
    struct pxk_eth_out eth = {pxk_mac_broadcast, *sender_mac, 0};
    struct pxk_arp arp = {op, *sender_mac, *target_mac, sender, target};
    pxk_frame_write_arp(&out, &eth, &arp);
    wire_raw(w, buf, pxk_wr_len(&out));
}

Test(arp, questions_and_answers)
{
    struct wire w;
    const struct pxk_mac none = {{0}};
    begin(&w);
    const struct pxk_session *s = pxk_tracker_session(w.t, 0);
    wire_arp(&w, PXK_ARP_REQUEST, &client_mac, 0, &none, CLIENT_IP);         /* a probe */
    wire_arp(&w, PXK_ARP_REQUEST, &client_mac, CLIENT_IP, &none, CLIENT_IP); /* an announcement */
    wire_arp(&w, PXK_ARP_REQUEST, &server_mac, SERVER_IP, &none, CLIENT_IP); /* a server's */
    cr_expect_eq(s->arp_n, 0);
    wire_arp(&w, PXK_ARP_REQUEST, &client_mac, CLIENT_IP, &none, SERVER_IP);
    wire_arp(&w, PXK_ARP_REQUEST, &client_mac, CLIENT_IP, &none, SERVER_IP);
    cr_assert_eq(s->arp_n, 1);
    cr_expect_eq(s->arp[0].asks, 2);
    cr_expect_not(s->arp[0].answered);
    wire_arp(&w, PXK_ARP_REPLY, &server_mac, SERVER_IP, &client_mac, CLIENT_IP);
    wire_arp(&w, PXK_ARP_REPLY, &server_mac, SERVER_IP, &client_mac, CLIENT_IP);
    cr_expect(s->arp[0].answered && !s->arp[0].two_answers);
    wire_arp(&w, PXK_ARP_REPLY, &other_mac, SERVER_IP, &client_mac, CLIENT_IP);
    cr_expect(s->arp[0].two_answers);
    cr_expect(pxk_mac_eq(&s->arp[0].by, &server_mac) && pxk_mac_eq(&s->arp[0].by_other, &other_mac));
    for (unsigned i = 0; i < 20; i++)
        wire_arp(&w, PXK_ARP_REQUEST, &client_mac, CLIENT_IP, &none, SERVER_IP + 1 + i);
    cr_expect_eq(s->arp_n, PXK_ARPS_MAX);
    cr_expect_eq(pxk_tracker_count(w.t), 1);
    wire_done(&w);
}
