/* The relay's packets, without a network. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "../../../lab/net/relay.h"
#include "pxk/proto/dhcp4.h"

#define HERE  PXK_IP4(10, 77, 0, 254)
#define THERE PXK_IP4(10, 79, 0, 254)

static const struct relay agent = {.giaddr = {HERE, THERE}, .link_n = 2, .circuit_id = "c7", .remote_id = "remote"};
static const struct pxk_mac mac = {{0x52, 0x54, 0, 1, 2, 3}};
static uint8_t in[600], out[600];
static size_t in_len;
static struct pxk_wr w;
static struct pxk_dhcp4 m;

static void make(const struct pxk_dhcp4_head *head, const struct pxk_dhcp4_out_opt *opt, size_t n)
{
    struct pxk_dhcp4_out o = {.head = *head, .opt = opt, .opt_n = n, .limit = sizeof in, .pad_to = 300};
    struct pxk_wr wr = pxk_wr_init(in, sizeof in);
    o.head.mac = mac;
    cr_assert_eq(pxk_dhcp4_encode(&o, &wr), PXK_OK);
    in_len = pxk_wr_len(&wr);
}

static const uint8_t discover = PXK_DHCP4_DISCOVER, offer = PXK_DHCP4_OFFER;
static const struct pxk_dhcp4_out_opt request_opts[] = {{PXK_OPT_MESSAGE_TYPE, 1, &discover}, {PXK_OPT_VENDOR_CLASS, 9, "PXEClient"}};
static const struct pxk_dhcp4_out_opt reply_opts[] = {
    {PXK_OPT_MESSAGE_TYPE, 1, &offer}, {PXK_OPT_RELAY_AGENT, 4, "\x01\x02zz"}, {PXK_OPT_VENDOR_CLASS, 9, "PXEClient"}};

static enum relay_verdict request(size_t link)
{
    w = pxk_wr_init(out, sizeof out);
    return relay_request(&agent, link, in, in_len, &w);
}

static enum relay_verdict reply(struct relay_target *to)
{
    w = pxk_wr_init(out, sizeof out);
    return relay_reply(&agent, in, in_len, &w, to);
}

static void result_decode(void)
{
    cr_assert_eq(pxk_dhcp4_decode(out, pxk_wr_len(&w), &m), PXK_OK);
    cr_expect_eq(m.note_n, 0);
}

Test(relay_packet, a_request_gets_address_and_information)
{
    size_t len;
    make(&(struct pxk_dhcp4_head){.op = 1}, request_opts, 2);
    cr_assert_eq(request(1), RELAY_PASS);
    result_decode();
    cr_expect_eq(m.giaddr, THERE);
    cr_expect_eq(m.hops, 1);
    cr_expect_eq(m.order[m.order_n - 1], PXK_OPT_RELAY_AGENT, "the last option");
    const uint8_t *id = pxk_dhcp4_relay_sub(&m, 1, &len);
    cr_assert(id && len == 2);
    cr_expect_arr_eq(id, "c7", 2);
    id = pxk_dhcp4_relay_sub(&m, 2, &len);
    cr_assert(id && len == 6);
    cr_expect_arr_eq(id, "remote", 6);
    cr_expect_geq(pxk_wr_len(&w), 300);
    cr_expect(pxk_dhcp4_vendor_is(&m, "PXEClient"));
}

Test(relay_packet, one_that_was_relayed_before_only_counts_up)
{
    make(&(struct pxk_dhcp4_head){.op = 1, .giaddr = PXK_IP4(10, 1, 1, 1), .hops = 3}, request_opts, 2);
    cr_assert_eq(request(0), RELAY_PASS);
    cr_expect_eq(pxk_wr_len(&w), in_len);
    cr_expect_eq(out[3], 4);
    out[3] = in[3];
    cr_expect_arr_eq(out, in, in_len);
}

Test(relay_packet, what_is_not_passed_on)
{
    make(&(struct pxk_dhcp4_head){.op = 1, .hops = 16}, request_opts, 2);
    cr_expect_eq(request(0), RELAY_PASS, "sixteen is not over sixteen");
    make(&(struct pxk_dhcp4_head){.op = 1, .hops = 17}, request_opts, 2);
    cr_expect_eq(request(0), RELAY_HOPS);
    make(&(struct pxk_dhcp4_head){.op = 1, .giaddr = THERE}, request_opts, 2);
    cr_expect_eq(request(0), RELAY_OWN);
    make(&(struct pxk_dhcp4_head){.op = 1}, reply_opts, 3);
    cr_expect_eq(request(0), RELAY_UNTRUSTED);
    make(&(struct pxk_dhcp4_head){.op = 2}, request_opts, 2);
    cr_expect_eq(request(0), RELAY_OTHER);
    in_len = 235;
    cr_expect_eq(request(0), RELAY_SHORT);
}

/* RFC 3046 2.1: what does not fit goes without. */
Test(relay_packet, no_room_no_information)
{
    make(&(struct pxk_dhcp4_head){.op = 1}, request_opts, 2);
    size_t end = 240 + 3 + 11, need = end + 2 + 4 + 8 + 1;
    in_len = end + 1; /* nothing behind the end marker */
    for (size_t cap = end; cap <= need; cap++) {
        w = pxk_wr_init(out, cap);
        cr_assert_eq(relay_request(&agent, 0, in, in_len, &w), cap < in_len ? RELAY_LONG : RELAY_PASS, "%zu", cap);
        if (cap < in_len)
            continue;
        result_decode();
        cr_expect_eq(pxk_dhcp4_has(&m, PXK_OPT_RELAY_AGENT), cap == need, "%zu", cap);
        cr_expect_eq(m.giaddr, HERE);
    }
}

Test(relay_packet, bootp_and_broken_options_pass_as_they_are)
{
    make(&(struct pxk_dhcp4_head){.op = 1}, request_opts, 2);
    in[236] = 0; /* no magic cookie */
    cr_assert_eq(request(0), RELAY_PASS);
    cr_expect_arr_eq(out + 28, in + 28, in_len - 28);
    make(&(struct pxk_dhcp4_head){.op = 1}, request_opts, 2);
    in_len = 240 + 3 + 5; /* within option 60 */
    cr_assert_eq(request(0), RELAY_PASS);
    cr_expect_eq(pxk_wr_len(&w), in_len);
    cr_expect_arr_eq(out + 28, in + 28, in_len - 28);
}

Test(relay_packet, a_request_without_end_marker_gets_one)
{
    make(&(struct pxk_dhcp4_head){.op = 1}, request_opts, 2);
    in_len = 240 + 3 + 11;
    cr_assert_eq(request(0), RELAY_PASS);
    result_decode();
    cr_expect(pxk_dhcp4_has(&m, PXK_OPT_RELAY_AGENT));
}

Test(relay_packet, a_reply_loses_the_information)
{
    struct relay_target to;
    make(&(struct pxk_dhcp4_head){.op = 2, .giaddr = THERE, .yiaddr = PXK_IP4(10, 79, 0, 9)}, reply_opts, 3);
    cr_assert_eq(reply(&to), RELAY_PASS);
    result_decode();
    cr_expect_not(pxk_dhcp4_has(&m, PXK_OPT_RELAY_AGENT));
    cr_expect(pxk_dhcp4_vendor_is(&m, "PXEClient"), "what stood behind it is kept");
    cr_expect_eq(pxk_wr_len(&w), 300);
    cr_expect_eq(to.link, 1);
    cr_expect_not(to.broadcast);
    cr_expect_eq(to.ip, PXK_IP4(10, 79, 0, 9));
    cr_expect(pxk_mac_eq(&to.mac, &mac));
}

Test(relay_packet, where_a_reply_goes)
{
    struct relay_target to;
    make(&(struct pxk_dhcp4_head){.op = 2, .giaddr = HERE, .yiaddr = 9, .flags = PXK_DHCP4_BROADCAST}, reply_opts, 3);
    cr_assert_eq(reply(&to), RELAY_PASS);
    cr_expect(to.broadcast && to.ip == PXK_IP4_BROADCAST && pxk_mac_eq(&to.mac, &pxk_mac_broadcast) && to.link == 0);
    make(&(struct pxk_dhcp4_head){.op = 2, .giaddr = HERE, .ciaddr = 7}, reply_opts, 3); /* to an INFORM */
    cr_assert_eq(reply(&to), RELAY_PASS);
    cr_expect(!to.broadcast && to.ip == 7 && pxk_mac_eq(&to.mac, &mac));
    make(&(struct pxk_dhcp4_head){.op = 2, .giaddr = HERE}, reply_opts, 3);
    cr_assert_eq(reply(&to), RELAY_PASS);
    cr_expect(to.broadcast);
    make(&(struct pxk_dhcp4_head){.op = 2, .giaddr = HERE, .yiaddr = 9}, reply_opts, 3);
    in[1] = 6; /* no Ethernet: chaddr is no address that we could use */
    cr_assert_eq(reply(&to), RELAY_PASS);
    cr_expect(to.broadcast);
}

Test(relay_packet, a_reply_for_another_relay_is_dropped)
{
    struct relay_target to;
    make(&(struct pxk_dhcp4_head){.op = 2, .giaddr = PXK_IP4(10, 1, 1, 1)}, reply_opts, 3);
    cr_expect_eq(reply(&to), RELAY_STRANGER);
    make(&(struct pxk_dhcp4_head){.op = 2}, reply_opts, 3);
    cr_expect_eq(reply(&to), RELAY_STRANGER);
    make(&(struct pxk_dhcp4_head){.op = 1, .giaddr = HERE}, request_opts, 2);
    cr_expect_eq(reply(&to), RELAY_OTHER);
}

/* Cut at every byte, both ways: an answer or a verdict, and nothing read behind the end (the copy has none). */
Test(relay_packet, cut_anywhere)
{
    struct relay_target to;
    for (int op = 1; op <= 2; op++) {
        make(&(struct pxk_dhcp4_head){.op = (uint8_t)op, .giaddr = op == 2 ? HERE : 0}, op == 1 ? request_opts : reply_opts,
             op == 1 ? 2 : 3);
        for (size_t len = 0; len <= in_len; len++) {
            uint8_t *copy = malloc(len ? len : 1);
            memcpy(copy, in, len);
            w = pxk_wr_init(out, sizeof out);
            enum relay_verdict v = op == 1 ? relay_request(&agent, 0, copy, len, &w) : relay_reply(&agent, copy, len, &w, &to);
            cr_expect_eq(v, len < 236 ? RELAY_SHORT : RELAY_PASS, "%d, %zu: %s", op, len, relay_verdict_text(v));
            free(copy);
        }
    }
}
