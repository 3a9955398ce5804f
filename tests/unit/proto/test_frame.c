/* Decoding frames: tags, bad headers, cut captures, checksums, ICMP quotes, truncation at every byte. */
#include "packet.h"
#include "pxk/proto/frame.h"

static struct pxk_frame f;

static void decode(const void *data, size_t len)
{
    cr_assert_eq(pxk_frame_decode(data, len, len, &f), PXK_OK);
}

/* UDP 10.0.0.1:68 -> 10.0.0.2:67 "hello", both checksums computed by other code than ours. */
static const uint8_t udp[] = {
    0x52, 0x54, 0, 0,    0,  2, 0x52, 0x54, 0, 0, 0, 1, 0x08, 0x00,          /* Ethernet */
    0x45, 0,    0, 33,   18, 52, 0,   0,    64, 17, 0x54, 0x96, 10, 0, 0, 1, 10, 0, 0, 2, /* IPv4 */
    0,    68,   0, 67,   0,  13, 0xa7, 0x78, 'h', 'e', 'l', 'l', 'o',        /* UDP */
};
enum { IP = 14, UDP = 34 };

static uint8_t work[sizeof udp + 64];

static uint8_t *copy_udp(void)
{
    memcpy(work, udp, sizeof udp);
    return work;
}

static void put16(uint8_t *at, unsigned v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

/* Makes the IPv4 checksum right again after a change. */
static void fix_ip(uint8_t *frame, size_t header)
{
    put16(frame + IP + 10, 0);
    put16(frame + IP + 10, pxk_csum_fold(pxk_csum_add(0, frame + IP, header)));
}

Test(frame, udp_in_ipv4)
{
    decode(udp, sizeof udp);
    cr_assert_eq(f.l3, PXK_L3_IP4);
    cr_assert_eq(f.l4, PXK_L4_UDP);
    cr_assert(f.ip.csum_ok && pxk_frame_check(&f) == PXK_CSUM_OK);
    cr_assert(f.ip.src == PXK_IP4(10, 0, 0, 1) && f.ip.dst == PXK_IP4(10, 0, 0, 2));
    cr_assert(f.ip.ttl == 64 && f.ip.id == 0x1234 && f.ip.total == 33 && !f.ip.df && !f.ip.more);
    cr_assert(f.sport == 68 && f.dport == 67 && f.payload_len == 5 && f.payload_wire == 5 && !f.cut);
    cr_assert_arr_eq(f.payload, "hello", 5);
    cr_assert(f.dst.b[5] == 2 && f.src.b[5] == 1 && f.vlan[0] == 0);
}

Test(frame, padding_behind_the_packet_is_no_payload)
{
    uint8_t *p = copy_udp();
    memset(p + sizeof udp, 0xee, 13);
    decode(p, sizeof udp + 13);
    cr_assert(f.payload_len == 5 && pxk_frame_check(&f) == PXK_CSUM_OK && !f.cut);
}

Test(frame, one_and_two_tags)
{
    static const uint8_t tags[] = {0x88, 0xa8, 0x20, 100, 0x81, 0x00, 0xf1, 0x23};
    for (size_t n = 0; n <= 2; n++) {
        uint8_t p[sizeof udp + 8];
        memcpy(p, udp, 12);
        memcpy(p + 12, tags + 8 - 4 * n, 4 * n);
        memcpy(p + 12 + 4 * n, udp + 12, sizeof udp - 12);
        decode(p, sizeof udp + 4 * n);
        cr_assert(f.l4 == PXK_L4_UDP && f.ethertype == PXK_ETH_IP4 && pxk_frame_check(&f) == PXK_CSUM_OK);
        cr_assert_eq(f.vlan[0], n == 2 ? 100 : n == 1 ? 0x123 : 0, "the priority bits are not the VLAN");
        cr_assert_eq(f.vlan[1], n == 2 ? 0x123 : 0);
    }
}

Test(frame, a_fourth_tag_is_left_alone)
{
    static const uint8_t p[] = {1, 2, 3, 4, 5, 6, 1,    2, 3, 4, 5,    6, 0x81, 0, 0,    1, 0x91,
                                0, 0, 2, 0x88, 0xa8, 0, 3, 0x81, 0, 0, 4, 8,    0};
    decode(p, sizeof p);
    cr_assert(f.vlan[0] == 1 && f.vlan[1] == 2 && f.vlan[2] == 3);
    cr_assert(f.ethertype == PXK_ETH_VLAN && f.l3 == PXK_L3_OTHER && f.payload_len == 4);
}

Test(frame, other_ethertypes)
{
    uint8_t *p = copy_udp();
    put16(p + 12, PXK_ETH_LLDP);
    decode(p, sizeof udp);
    cr_assert(f.l3 == PXK_L3_OTHER && f.l4 == PXK_L4_NONE && f.ethertype == PXK_ETH_LLDP);
    cr_assert(f.payload == p + 14 && f.payload_len == sizeof udp - 14 && f.payload_wire == f.payload_len);
    put16(p + 12, PXK_ETH_IP6);
    decode(p, sizeof udp);
    cr_assert(f.l3 == PXK_L3_NONE && f.l4 == PXK_L4_NONE, "not version 6");
}

Test(frame, a_wire_length_below_the_captured_one)
{
    cr_assert_eq(pxk_frame_decode(udp, sizeof udp, 3, &f), PXK_OK);
    cr_assert(f.l4 == PXK_L4_UDP && f.payload_wire == 5 && !f.cut);
}

Test(frame, bad_ip_headers_have_no_layer_3)
{
    static const struct {
        size_t at;
        uint8_t value;
        const char *what;
    } bad[] = {{IP, 0x44, "header of 16 bytes"}, {IP, 0x40, "no header"}, {IP, 0x65, "version 6"},
               {IP, 0x4f, "header of 60 bytes, longer than the packet"}, {IP + 3, 19, "total below the header"}};
    for (size_t i = 0; i < PXK_COUNT(bad); i++) {
        uint8_t *p = copy_udp();
        p[bad[i].at] = bad[i].value;
        decode(p, sizeof udp);
        cr_assert(f.l3 == PXK_L3_NONE && f.l4 == PXK_L4_NONE, "%s", bad[i].what);
    }
}

Test(frame, ip_options_are_skipped)
{
    uint8_t p[sizeof udp + 4];
    memcpy(p, udp, UDP);
    memset(p + UDP, 1, 4);
    memcpy(p + UDP + 4, udp + UDP, sizeof udp - UDP);
    p[IP] = 0x46;
    p[IP + 3] = 37;
    fix_ip(p, 24);
    decode(p, sizeof p);
    cr_assert(f.l4 == PXK_L4_UDP && f.ip.csum_ok && pxk_frame_check(&f) == PXK_CSUM_OK && f.payload_len == 5);
}

Test(frame, a_wrong_ip_checksum_is_told)
{
    uint8_t *p = copy_udp();
    p[IP + 10] ^= 1;
    decode(p, sizeof udp);
    cr_assert(f.l4 == PXK_L4_UDP && !f.ip.csum_ok);
}

Test(frame, udp_lengths)
{
    static const struct {
        unsigned len;
        bool ok;
        size_t payload;
    } want[] = {{7, false, 0}, {0, false, 0}, {8, true, 0}, {12, true, 4}, {13, true, 5}, {14, false, 0}};
    for (size_t i = 0; i < PXK_COUNT(want); i++) {
        uint8_t *p = copy_udp();
        put16(p + UDP + 4, want[i].len);
        decode(p, sizeof udp);
        cr_assert_eq(f.l4, want[i].ok ? PXK_L4_UDP : PXK_L4_NONE, "%u", want[i].len);
        if (want[i].ok)
            cr_assert_eq(f.payload_len, want[i].payload);
    }
}

Test(frame, udp_checksums)
{
    uint8_t *p = copy_udp();
    p[UDP + 8] ^= 1;
    decode(p, sizeof udp);
    cr_assert_eq(pxk_frame_check(&f), PXK_CSUM_BAD);
    put16(p + UDP + 6, 0);
    decode(p, sizeof udp);
    cr_assert_eq(pxk_frame_check(&f), PXK_CSUM_ABSENT);
    /* 10.0.0.1 + 10.0.0.2 + protocol 17 + length 13, as Linux leaves it for the hardware */
    put16(p + UDP + 6, 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 17 + 13);
    decode(p, sizeof udp);
    cr_assert_eq(pxk_frame_check(&f), PXK_CSUM_PARTIAL);
}

Test(frame, a_capture_that_was_cut)
{
    cr_assert_eq(pxk_frame_decode(udp, sizeof udp - 2, sizeof udp, &f), PXK_OK);
    cr_assert(f.l4 == PXK_L4_UDP && f.cut && f.payload_len == 3 && f.payload_wire == 5);
    cr_assert_eq(pxk_frame_check(&f), PXK_CSUM_ABSENT, "cannot be known");
    cr_assert_eq(pxk_frame_decode(udp, sizeof udp - 2, sizeof udp - 2, &f), PXK_OK);
    cr_assert(f.cut, "shorter than its IP header says");
}

Test(frame, fragments)
{
    uint8_t *p = copy_udp();
    put16(p + IP + 6, 0x2000);
    decode(p, sizeof udp);
    cr_assert(f.l4 == PXK_L4_FRAGMENT && f.ip.more && f.ip.offset == 0 && f.payload_len == 13);
    put16(p + IP + 6, 185);
    decode(p, sizeof udp);
    cr_assert(f.l4 == PXK_L4_FRAGMENT && !f.ip.more && f.ip.offset == 1480);
    put16(p + IP + 6, 0x5fff);
    decode(p, sizeof udp);
    cr_assert(f.ip.df && f.ip.offset == 65528);
}

Test(frame, arp)
{
    static const uint8_t p[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1,
                                2,    0,    0,    0,    0,    1,    10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2};
    decode(p, sizeof p);
    cr_assert_eq(f.l3, PXK_L3_ARP);
    cr_assert(f.arp.op == PXK_ARP_REQUEST && f.arp.sender == PXK_IP4(10, 0, 0, 1) && f.arp.sender_mac.b[5] == 1);
    cr_assert(f.arp.target == PXK_IP4(10, 0, 0, 2) && pxk_mac_is_zero(&f.arp.target_mac));
    for (size_t len = PXK_ETH_HEADER; len < sizeof p; len++) {
        decode(p, len);
        cr_assert_eq(f.l3, PXK_L3_NONE, "%zu bytes", len);
    }
    for (size_t i = 14; i < 20; i++) {
        uint8_t q[sizeof p];
        memcpy(q, p, sizeof p);
        q[i] ^= 0x40;
        decode(q, sizeof q);
        cr_assert_eq(f.l3, PXK_L3_NONE, "other hardware, protocol or lengths");
    }
}

Test(frame, cut_at_every_byte)
{
    for (size_t len = 0; len < sizeof udp; len++) {
        uint8_t *copy = exact_copy(udp, len);
        enum pxk_err err = pxk_frame_decode(copy, len, sizeof udp, &f);
        cr_assert_eq(err, len < PXK_ETH_HEADER ? PXK_E_TRUNCATED : PXK_OK, "%zu bytes", len);
        if (err == PXK_OK) {
            cr_assert_eq(f.l3, len < UDP ? PXK_L3_NONE : PXK_L3_IP4, "%zu bytes", len);
            cr_assert_eq(f.l4, len < UDP + 8 ? PXK_L4_NONE : PXK_L4_UDP, "%zu bytes", len);
            cr_assert(f.cut);
        }
        free(copy);
    }
}

/* ICMP unreachable with a quoted packet of @n bytes behind the 8 of its own header. */
static void icmp(uint8_t code, const uint8_t *quote, size_t n)
{
    static uint8_t p[PXK_FRAME_MAX];
    memcpy(p, udp, UDP);
    p[IP + 9] = PXK_IP_ICMP;
    put16(p + IP + 2, (unsigned)(20 + 8 + n));
    fix_ip(p, 20);
    memcpy(p + UDP, (uint8_t[]){3, code, 0, 0, 0, 0, 5, 0x78}, 8);
    memcpy(p + UDP + 8, quote, n);
    uint8_t *copy = exact_copy(p, UDP + 8 + n);
    decode(copy, UDP + 8 + n);
    free(copy);
}

Test(frame, icmp_quotes)
{
    icmp(PXK_ICMP_PORT_UNREACHABLE, udp + IP, 28);
    cr_assert_eq(f.l4, PXK_L4_ICMP);
    cr_assert(f.icmp.type == PXK_ICMP_UNREACHABLE && f.icmp.code == PXK_ICMP_PORT_UNREACHABLE && f.icmp.mtu == 0);
    cr_assert(f.icmp.has_inner && f.icmp.inner_proto == PXK_IP_UDP);
    cr_assert(f.icmp.inner_src == PXK_IP4(10, 0, 0, 1) && f.icmp.inner_dst == PXK_IP4(10, 0, 0, 2));
    cr_assert(f.icmp.inner_sport == 68 && f.icmp.inner_dport == 67);
    icmp(PXK_ICMP_FRAGMENTATION_NEEDED, udp + IP, 28);
    cr_assert_eq(f.icmp.mtu, 0x578);
}

Test(frame, icmp_quotes_of_odd_packets)
{
    uint8_t *p = copy_udp();
    put16(p + IP + 6, 185);
    icmp(PXK_ICMP_PORT_UNREACHABLE, p + IP, 28);
    cr_assert(f.icmp.has_inner && f.icmp.inner_sport == 0, "a later fragment has no ports");
    p = copy_udp();
    p[IP + 9] = PXK_IP_ICMP;
    icmp(PXK_ICMP_PORT_UNREACHABLE, p + IP, 28);
    cr_assert(f.icmp.has_inner && f.icmp.inner_dport == 0 && f.icmp.inner_proto == PXK_IP_ICMP);
    p[IP] = 0x41;
    icmp(PXK_ICMP_PORT_UNREACHABLE, p + IP, 28);
    cr_assert_not(f.icmp.has_inner);
    p[IP] = 0x4f;
    icmp(PXK_ICMP_PORT_UNREACHABLE, p + IP, 28);
    cr_assert_not(f.icmp.has_inner);
    for (size_t n = 0; n < 24; n++) {
        icmp(PXK_ICMP_PORT_UNREACHABLE, udp + IP, n);
        cr_assert(f.l4 == PXK_L4_ICMP && !f.icmp.has_inner, "%zu bytes quoted", n);
    }
}

Test(frame, tcp)
{
    uint8_t p[UDP + 28];
    memcpy(p, udp, UDP);
    p[IP + 9] = PXK_IP_TCP;
    put16(p + IP + 2, 48);
    static const uint8_t tcp[] = {0, 80, 0x1f, 0x90, 1, 2, 3, 4, 5, 6, 7, 8, 0x60, 0x12, 1, 1, 0, 0, 0, 0, 2, 4, 5, 180,
                                  'd', 'a', 't', 'a'};
    memcpy(p + UDP, tcp, sizeof tcp);
    decode(p, sizeof p);
    cr_assert_eq(f.l4, PXK_L4_TCP);
    cr_assert(f.sport == 80 && f.dport == 8080 && f.tcp.seq == 0x01020304 && f.tcp.ack == 0x05060708);
    cr_assert_eq(f.tcp.flags, 0x12);
    cr_assert(f.payload_len == 4 && f.payload_wire == 4);
    cr_assert_arr_eq(f.payload, "data", 4);
    p[UDP + 12] = 0x40;
    decode(p, sizeof p);
    cr_assert_eq(f.l4, PXK_L4_NONE, "header of 16 bytes");
    p[UDP + 12] = 0x80;
    decode(p, sizeof p);
    cr_assert_eq(f.l4, PXK_L4_NONE, "header of 32 bytes in 28");
    p[UDP + 12] = 0x60;
    for (size_t len = UDP; len < sizeof p; len++) {
        uint8_t *copy = exact_copy(p, len);
        cr_assert_eq(pxk_frame_decode(copy, len, sizeof p, &f), PXK_OK);
        cr_assert_eq(f.l4, len < UDP + 14 ? PXK_L4_NONE : PXK_L4_TCP, "%zu bytes", len);
        if (f.l4 == PXK_L4_TCP)
            cr_assert(f.payload_wire == 4 && f.payload_len == (len > UDP + 24 ? len - UDP - 24 : 0));
        free(copy);
    }
}

Test(frame, checksums_of_rfc_1071)
{
    static const uint8_t data[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    cr_assert_eq(pxk_csum_fold(pxk_csum_add(0, data, 8)), (uint16_t)~0xddf2, "RFC 1071 section 3");
    cr_assert_eq(pxk_csum_fold(pxk_csum_add(0, data, 7)), (uint16_t)~0xdcfb, "an odd byte is the high one");
    cr_assert_eq(pxk_csum_fold(pxk_csum_add(0, NULL, 0)), 0xffff);
    static const uint8_t ones[70000];
    uint8_t *many = malloc(sizeof ones);
    memset(many, 0xff, sizeof ones);
    cr_assert_eq(pxk_csum_fold(pxk_csum_add(0xffffffff, many, sizeof ones)), 0);
    free(many);
}
