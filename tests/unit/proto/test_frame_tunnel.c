/* Packets in packets: every kind of tunnel, nesting, what only looks like one; and LLC with SNAP. */
#include "packet.h"
#include "pxk/proto/frame.h"

static struct pxk_frame f;
static uint8_t buf[2048];
static size_t n;

static void put(const void *data, size_t len)
{
    cr_assert_leq(n + len, sizeof buf);
    memcpy(buf + n, data, len);
    n += len;
}

/* Puts @len bytes in front of what is there. */
static void front(const void *data, size_t len)
{
    memmove(buf + len, buf, n);
    memcpy(buf, data, len);
    n += len;
}

static void front16(unsigned v)
{
    front((uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

/* The innermost: 10.0.0.1:68 -> 10.0.0.2:67 "hello" in IPv4 */
static void inner_ip(void)
{
    static const uint8_t p[] = {0x45, 0, 0, 33, 18, 52, 0, 0, 64, 17, 0x54, 0x96, 10, 0, 0, 1, 10, 0, 0, 2,
                                0, 68, 0, 67, 0, 13, 0xa7, 0x78, 'h', 'e', 'l', 'l', 'o'};
    n = 0;
    put(p, sizeof p);
}

static void eth(unsigned type, uint8_t last)
{
    front16(type);
    front((uint8_t[]){2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, last}, 12);
}

static void ip(uint8_t proto)
{
    uint8_t h[20] = {0x45, 0, (uint8_t)((n + 20) >> 8), (uint8_t)(n + 20), 0, 1, 0, 0, 64, proto, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2};
    front(h, sizeof h);
}

static void udp(uint16_t dport)
{
    front((uint8_t[]){0x80, 0, (uint8_t)(dport >> 8), (uint8_t)dport, (uint8_t)((n + 8) >> 8), (uint8_t)(n + 8), 0, 0}, 8);
}

static void vxlan(void)
{
    front((uint8_t[]){8, 0, 0, 0, 0, 0x12, 0x34, 0}, 8);
    udp(4789);
    ip(17);
    eth(0x0800, 1);
}

static void decode(void)
{
    cr_assert_eq(pxk_frame_decode_deep(buf, n, n, &f), PXK_OK);
}

static void expect(enum pxk_tunnel tunnel, uint32_t vni, uint8_t mac)
{
    decode();
    cr_assert_eq(f.tunnel, tunnel, "%d", (int)f.tunnel);
    cr_assert(f.vni == vni && f.tunnels == 1, "vni %u", f.vni);
    cr_assert(f.l4 == PXK_L4_UDP && f.dport == 67 && f.ip.src == PXK_IP4(10, 0, 0, 1) && f.payload_len == 5);
    cr_assert(pxk_frame_check(&f) == PXK_CSUM_OK && f.src.b[5] == mac && f.ethertype == PXK_ETH_IP4);
    cr_assert_eq(pxk_frame_decode(buf, n, n, &f), PXK_OK);
    cr_assert(f.tunnel == PXK_TUNNEL_NONE && f.dport != 67, "only who asks looks inside");
}

Test(frame_tunnel, vxlan_with_a_tag_inside)
{
    inner_ip();
    front16(0x0800);
    front16(77);
    eth(0x8100, 2);
    vxlan();
    expect(PXK_TUNNEL_VXLAN, 0x1234, 2);
    decode();
    cr_assert_eq(f.vlan[0], 77);
}

Test(frame_tunnel, tftp_on_the_port_of_vxlan_is_tftp)
{
    n = 0;
    put((uint8_t[40]){0, 3, 0, 1}, 40);
    udp(4789);
    ip(17);
    eth(0x0800, 1);
    decode();
    cr_assert(f.tunnel == PXK_TUNNEL_NONE && f.dport == 4789 && f.payload_len == 40);
}

Test(frame_tunnel, gre_with_ip_and_key)
{
    inner_ip();
    front((uint8_t[]){0x20, 0, 0x08, 0, 0, 0, 1, 0}, 8);
    ip(47);
    eth(0x0800, 1);
    expect(PXK_TUNNEL_GRE, 256, 1);
}

Test(frame_tunnel, gre_with_ethernet_and_all_fields)
{
    inner_ip();
    eth(0x0800, 2);
    front((uint8_t[]){0xb0, 0, 0x65, 0x58, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1}, 16);
    ip(47);
    eth(0x0800, 1);
    expect(PXK_TUNNEL_GRE, 7, 2);
}

Test(frame_tunnel, erspan)
{
    static const struct {
        uint8_t head[32];
        size_t len;
        uint32_t session;
    } kind[] = {
        {{0, 0, 0x88, 0xbe}, 4, 0},
        {{0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 5, 0, 42, 0, 0, 0, 0}, 16, 42},
        {{0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 5, 0, 42, 0, 0, 0, 0, 0, 0, 0, 0}, 20, 42},
        {{0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 5, 0, 42, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8}, 28, 42},
    };
    for (size_t i = 0; i < PXK_COUNT(kind); i++) {
        inner_ip();
        eth(0x0800, 2);
        front(kind[i].head, kind[i].len);
        ip(47);
        eth(0x0800, 1);
        expect(PXK_TUNNEL_ERSPAN, kind[i].session, 2);
    }
}

Test(frame_tunnel, pppoe)
{
    inner_ip();
    front((uint8_t[]){0x11, 0, 0, 5, 0, 35, 0, 0x21}, 8);
    eth(0x8864, 3);
    expect(PXK_TUNNEL_PPPOE, 5, 3);
}

Test(frame_tunnel, ip_in_ip)
{
    inner_ip();
    ip(4);
    eth(0x0800, 1);
    expect(PXK_TUNNEL_IP, 0, 1);
}

Test(frame_tunnel, nesting_is_bounded)
{
    for (int depth = 1; depth <= 6; depth++) {
        inner_ip();
        eth(0x0800, 2);
        for (int i = 0; i < depth; i++)
            vxlan();
        decode();
        cr_assert_eq(f.tunnels, depth < PXK_TUNNELS_MAX ? depth : PXK_TUNNELS_MAX);
        cr_assert_eq(f.dport, depth <= PXK_TUNNELS_MAX ? 67 : 4789);
    }
}

Test(frame_tunnel, a_broken_inside_leaves_the_outside)
{
    inner_ip();
    buf[0] = 0x15;
    eth(0x0800, 2);
    vxlan();
    decode();
    cr_assert(f.tunnel == PXK_TUNNEL_NONE && f.dport == 4789 && f.ip.src == PXK_IP4(192, 0, 2, 1));
    static const uint8_t bad[][4] = {{0x40, 0, 8, 0}, {0, 1, 8, 0}, {0, 0, 0x80, 0x0b}, {0x30, 0, 8, 0}};
    for (size_t i = 0; i < PXK_COUNT(bad); i++) {
        n = 0;
        put(bad[i], 4);
        ip(47);
        eth(0x0800, 1);
        decode();
        cr_assert(f.tunnel == PXK_TUNNEL_NONE && f.ip.proto == PXK_IP_GRE && f.l4 == PXK_L4_OTHER);
    }
}

Test(frame_tunnel, cut_at_every_byte)
{
    inner_ip();
    eth(0x0800, 2);
    front((uint8_t[]){0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 5, 0, 42, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8}, 28);
    ip(47);
    eth(0x0800, 1);
    vxlan();
    for (size_t len = 14; len < n; len++) {
        uint8_t *copy = exact_copy(buf, len);
        cr_assert_eq(pxk_frame_decode_deep(copy, len, n, &f), PXK_OK);
        cr_assert(f.cut && f.payload_len <= f.payload_wire);
        cr_assert(f.dport != 67 || f.tunnels == 2);
        free(copy);
    }
}

/* 802.3: a spanning tree BPDU, padded */
Test(frame_llc, a_bpdu_and_its_padding)
{
    n = 0;
    put((uint8_t[60]){1, 0x80, 0xc2, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 7, 0x42, 0x42, 3, 0, 0, 0, 0x80}, 60);
    decode();
    cr_assert(f.l3 == PXK_L3_LLC && f.llc.dsap == 0x42 && f.llc.ssap == 0x42 && f.llc.control == 3);
    cr_assert(f.payload == buf + 17 && f.payload_len == 4 && f.payload_wire == 4 && f.ethertype == 7);
}

Test(frame_llc, snap)
{
    inner_ip();
    front((uint8_t[]){0, (uint8_t)(n + 8), 0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, 10);
    front((uint8_t[]){2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1}, 12);
    decode();
    cr_assert(f.l3 == PXK_L3_IP4 && f.l4 == PXK_L4_UDP && f.ethertype == PXK_ETH_IP4, "RFC 1042");
    buf[19] = 0x0c;
    decode();
    cr_assert(f.l3 == PXK_L3_LLC && f.llc.oui == 0x0c && f.llc.pid == 0x0800 && f.payload_len == 33);
}

Test(frame_llc, too_short)
{
    for (unsigned length = 0; length < 9; length++) {
        n = 0;
        put((uint8_t[]){1, 0x80, 0xc2, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, (uint8_t)length, 0xaa, 0xaa, 3, 0, 0, 0x0c, 1, 0x0b}, 14 + length);
        decode();
        cr_assert_eq(f.l3, length < 8 ? PXK_L3_NONE : PXK_L3_LLC, "%u", length);
    }
}
