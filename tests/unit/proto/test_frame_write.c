/* Writing frames: they decode to what was given, checksums included; limits. */
#include "packet.h"
#include "pxk/proto/frame.h"

static const struct pxk_eth_out eth = {.dst = {{2, 0, 0, 0, 0, 2}}, .src = {{2, 0, 0, 0, 0, 1}}};
static const struct pxk_ip4_out ip = {.src = PXK_IP4(10, 0, 0, 1), .dst = PXK_IP4(10, 0, 0, 2), .id = 7, .ttl = 20};
static uint8_t buf[PXK_FRAME_MAX];
static struct pxk_frame f;

static void decode(const struct pxk_wr *w)
{
    cr_assert_eq(w->err, PXK_OK);
    cr_assert_eq(pxk_frame_decode(buf, pxk_wr_len(w), pxk_wr_len(w), &f), PXK_OK);
}

Test(frame_write, udp)
{
    for (size_t len = 0; len < 5; len++) {
        struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
        pxk_frame_write_udp(&w, &eth, &ip, 68, 4011, "data", len);
        decode(&w);
        cr_assert(f.l4 == PXK_L4_UDP && f.ip.csum_ok && pxk_frame_check(&f) == PXK_CSUM_OK && f.vlan[0] == 0);
        cr_assert(f.sport == 68 && f.dport == 4011 && f.ip.ttl == 20 && f.ip.id == 7 && !f.ip.df);
        cr_assert_eq(f.payload_len, len);
        cr_assert_arr_eq(f.payload, "data", len);
        cr_assert(pxk_mac_eq(&f.src, &eth.src) && pxk_mac_eq(&f.dst, &eth.dst));
    }
}

Test(frame_write, tagged_and_unfragmentable)
{
    struct pxk_eth_out tagged = eth;
    struct pxk_ip4_out df = ip;
    tagged.vlan = 4094;
    df.df = true;
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_frame_write_udp(&w, &tagged, &df, 1, 2, NULL, 0);
    decode(&w);
    cr_assert(f.l4 == PXK_L4_UDP && f.vlan[0] == 4094 && f.ip.df);
}

/* RFC 768: a computed checksum of 0 is sent as all ones, because 0 means "none". */
Test(frame_write, a_checksum_of_zero_is_sent_as_ones)
{
    bool seen = false;
    for (unsigned v = 0; v < 0x10000; v++) {
        uint8_t payload[2] = {(uint8_t)(v >> 8), (uint8_t)v};
        struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
        pxk_frame_write_udp(&w, &eth, &ip, 68, 67, payload, 2);
        if (!buf[40] && !buf[41]) /* an assertion each time would take seconds */
            cr_assert_fail("payload %u", v);
        if (buf[40] == 0xff && buf[41] == 0xff) {
            seen = true;
            decode(&w);
            cr_assert_eq(pxk_frame_check(&f), PXK_CSUM_OK);
        }
    }
    cr_assert(seen);
}

Test(frame_write, arp)
{
    const struct pxk_arp arp = {PXK_ARP_REPLY, {{1, 2, 3, 4, 5, 6}}, {{6, 5, 4, 3, 2, 1}}, 0x01020304, 0x05060708};
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_frame_write_arp(&w, &eth, &arp);
    cr_assert_eq(pxk_wr_len(&w), 42);
    decode(&w);
    cr_assert_eq(f.l3, PXK_L3_ARP);
    cr_assert(f.arp.op == arp.op && f.arp.sender == arp.sender && f.arp.target == arp.target);
    cr_assert(pxk_mac_eq(&f.arp.sender_mac, &arp.sender_mac) && pxk_mac_eq(&f.arp.target_mac, &arp.target_mac));
}

Test(frame_write, echo)
{
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_frame_write_echo(&w, &eth, &ip, PXK_ICMP_ECHO, 0x1234, 0x5678, "ping!", 5);
    decode(&w);
    cr_assert(f.l4 == PXK_L4_ICMP && f.icmp.type == PXK_ICMP_ECHO && f.icmp.id == 0x1234 && f.icmp.seq == 0x5678);
    cr_assert_eq(f.payload_len, 5);
    cr_assert_arr_eq(f.payload, "ping!", 5);
    cr_assert_eq(pxk_csum_fold(pxk_csum_add(0, buf + 34, 13)), 0);
}

Test(frame_write, unreachable_quotes_the_header_and_8_bytes)
{
    uint8_t about[64] = {0x45, [9] = PXK_IP_UDP, [12] = 10, [15] = 9, [16] = 10, [19] = 8, [21] = 69, [23] = 70};
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_frame_write_unreachable(&w, &eth, &ip, PXK_ICMP_PORT_UNREACHABLE, about, sizeof about);
    decode(&w);
    cr_assert(f.icmp.type == PXK_ICMP_UNREACHABLE && f.icmp.code == 3 && f.payload_len == 28);
    cr_assert(f.icmp.has_inner && f.icmp.inner_sport == 69 && f.icmp.inner_dport == 70);
    cr_assert_eq(f.icmp.inner_src, PXK_IP4(10, 0, 0, 9));
    cr_assert_eq(pxk_csum_fold(pxk_csum_add(0, buf + 34, 36)), 0);
    about[0] = 0x46;
    w = pxk_wr_init(buf, sizeof buf);
    pxk_frame_write_unreachable(&w, &eth, &ip, PXK_ICMP_PORT_UNREACHABLE, about, sizeof about);
    decode(&w);
    cr_assert_eq(f.payload_len, 32, "a header with options is quoted whole");
    for (size_t len = 0; len < 28; len++) {
        uint8_t *copy = exact_copy(about, len);
        w = pxk_wr_init(buf, sizeof buf);
        pxk_frame_write_unreachable(&w, &eth, &ip, 3, copy, len);
        free(copy);
        decode(&w);
        cr_assert_eq(f.payload_len, len);
    }
}

Test(frame_write, full_buffers_and_too_long_payloads_fail)
{
    for (size_t cap = 0; cap < 46; cap++) {
        struct pxk_wr w = pxk_wr_init(buf, cap);
        pxk_frame_write_udp(&w, &eth, &ip, 1, 2, "data", 4);
        cr_assert_eq(w.err, PXK_E_SPACE, "%zu bytes", cap);
    }
    static uint8_t big[70000], payload[65508];
    struct pxk_wr w = pxk_wr_init(big, sizeof big);
    pxk_frame_write_udp(&w, &eth, &ip, 1, 2, payload, 65507);
    cr_assert_eq(w.err, PXK_OK);
    cr_assert_eq(pxk_frame_decode(big, pxk_wr_len(&w), pxk_wr_len(&w), &f), PXK_OK);
    cr_assert(f.ip.total == 65535 && pxk_frame_check(&f) == PXK_CSUM_OK);
    w = pxk_wr_init(big, sizeof big);
    pxk_frame_write_udp(&w, &eth, &ip, 1, 2, payload, 65508);
    cr_assert_eq(w.err, PXK_E_RANGE);
}
