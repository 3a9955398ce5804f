/* IPv6: header, extension headers, fragments, checksums, ICMPv6 with quoted packets; cut at every byte. */
#include "packet.h"
#include "pxk/proto/frame.h"

static struct pxk_frame f;
static uint8_t buf[2048];
static size_t n;

static void add(const void *data, size_t len)
{
    cr_assert_leq(n + len, sizeof buf);
    memcpy(buf + n, data, len);
    n += len;
}

enum { IP = 14, BODY = 54 };

/* fe80::1 -> ff02::1:2 with @next; the length is put right by decode() */
static void start(uint8_t next)
{
    static const uint8_t eth[] = {0x33, 0x33, 0, 1, 0, 2, 0x52, 0x54, 0, 0, 0, 1, 0x86, 0xdd};
    static const uint8_t to[16] = {0xff, 2, [13] = 1, [15] = 2};
    uint8_t ip[40] = {0x6b, 0x80, 0, 0, 0, 0, next, 7, 0xfe, 0x80, [23] = 1};
    memcpy(ip + 24, to, 16);
    n = 0;
    add(eth, sizeof eth);
    add(ip, sizeof ip);
}

/* 546 -> 547 "hello"; the checksum was computed by other code than ours. */
static const uint8_t udp[] = {0x02, 0x22, 0x02, 0x23, 0, 13, 0xba, 0x35, 'h', 'e', 'l', 'l', 'o'};

static void decode(void)
{
    buf[IP + 4] = (uint8_t)((n - BODY) >> 8);
    buf[IP + 5] = (uint8_t)(n - BODY);
    uint8_t *copy = exact_copy(buf, n);
    cr_assert_eq(pxk_frame_decode(copy, n, n, &f), PXK_OK);
    free(copy);
}

static void decode_in_place(void)
{
    decode();
    cr_assert_eq(pxk_frame_decode(buf, n, n, &f), PXK_OK);
}

Test(frame_ip6, udp)
{
    start(PXK_IP_UDP);
    add(udp, sizeof udp);
    decode_in_place();
    cr_assert(f.l3 == PXK_L3_IP6 && f.l4 == PXK_L4_UDP && f.sport == 546 && f.dport == 547 && !f.cut);
    char from[PXK_IP_STRLEN], to[PXK_IP_STRLEN];
    cr_assert_str_eq(pxk_ip_text(f.from, from), "fe80::1");
    cr_assert_str_eq(pxk_ip_text(f.to, to), "ff02::1:2");
    cr_assert(f.ip.ttl == 7 && f.ip.tos == 0xb8 && f.ip.csum_ok && f.ip.src == 0 && f.ip.proto == PXK_IP_UDP);
    cr_assert_arr_eq(f.payload, "hello", 5);
    cr_assert(f.payload_len == 5 && pxk_frame_check(&f) == PXK_CSUM_OK);
    buf[n - 1] ^= 1;
    cr_assert_eq(pxk_frame_check(&f), PXK_CSUM_BAD);
    buf[BODY + 6] = buf[BODY + 7] = 0;
    cr_assert_eq(pxk_frame_check(&f), PXK_CSUM_BAD, "IPv6 has no UDP without checksum");
}

Test(frame_ip6, extension_headers)
{
    start(0);
    add((uint8_t[]){43, 1, 5, 2, 0, 0, 1, 10, 0, 0, 0, 0, 0, 0, 0, 0}, 16); /* hop by hop, 16 bytes */
    add((uint8_t[]){60, 0, 0, 0, 0, 0, 0, 0}, 8);                           /* routing */
    add((uint8_t[]){51, 0, 1, 4, 0, 0, 0, 0}, 8);                           /* destination options */
    add((uint8_t[]){17, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 16);  /* authentication */
    add(udp, sizeof udp);
    decode_in_place();
    cr_assert(f.l4 == PXK_L4_UDP && f.payload_len == 5 && f.ip.proto == PXK_IP_UDP);
    cr_assert_eq(pxk_frame_check(&f), PXK_CSUM_OK);
}

Test(frame_ip6, too_many_extension_headers)
{
    start(60);
    for (int i = 0; i < 7; i++)
        add((uint8_t[]){60, 0, 0, 0, 0, 0, 0, 0}, 8);
    add((uint8_t[]){17, 0, 0, 0, 0, 0, 0, 0}, 8);
    add(udp, sizeof udp);
    decode();
    cr_assert(f.l3 == PXK_L3_IP6 && f.l4 == PXK_L4_NONE);
}

Test(frame_ip6, fragments)
{
    start(44);
    add((uint8_t[]){17, 0, 0, 1, 1, 2, 3, 4}, 8);
    add(udp, 8);
    decode();
    cr_assert(f.l4 == PXK_L4_FRAGMENT && f.ip.more && f.ip.offset == 0 && f.ip.frag_id == 0x01020304);
    cr_assert(f.ip.proto == PXK_IP_UDP && f.payload_len == 8 && f.payload_wire == 8);
    buf[BODY + 2] = 0x05;
    buf[BODY + 3] = 0xa8;
    decode();
    cr_assert(f.l4 == PXK_L4_FRAGMENT && !f.ip.more && f.ip.offset == 1448);
}

Test(frame_ip6, an_atomic_fragment_is_a_whole_packet)
{
    start(44);
    add((uint8_t[]){17, 0, 0, 0, 1, 2, 3, 4}, 8);
    add(udp, sizeof udp);
    decode_in_place();
    cr_assert(f.l4 == PXK_L4_UDP && f.payload_len == 5 && pxk_frame_check(&f) == PXK_CSUM_OK);
}

Test(frame_ip6, put_together_with_headers_inside)
{
    uint8_t whole[8 + sizeof udp] = {17};
    memcpy(whole + 8, udp, sizeof udp);
    f = (struct pxk_frame){.l3 = PXK_L3_IP6, .ip.proto = 60};
    pxk_frame_decode_l4(&f, whole, sizeof whole);
    cr_assert(f.l4 == PXK_L4_UDP && f.payload_len == 5 && f.ip.proto == 17);
    whole[0] = 44;
    f = (struct pxk_frame){.l3 = PXK_L3_IP6, .ip.proto = 60};
    pxk_frame_decode_l4(&f, whole, sizeof whole);
    cr_assert(f.l4 == PXK_L4_OTHER, "no fragment in a fragment");
}

static void quote(uint8_t type, const uint8_t *inner, size_t len)
{
    start(PXK_IP_ICMP6);
    add((uint8_t[]){type, 4, 0, 0, 0, 0, 5, 0x14}, 8);
    add(inner, len);
    decode();
}

Test(frame_ip6, icmp6_quotes)
{
    static uint8_t inner[80];
    size_t len;
    start(PXK_IP_UDP);
    add(udp, sizeof udp);
    len = n - IP;
    memcpy(inner, buf + IP, len);
    quote(PXK_ICMP6_TOO_BIG, inner, len);
    cr_assert(f.l4 == PXK_L4_ICMP6 && f.icmp.type == PXK_ICMP6_TOO_BIG && f.icmp.mtu == 1300);
    cr_assert(f.icmp.has_inner && f.icmp.inner_proto == PXK_IP_UDP && f.icmp.inner_dport == 547);
    cr_assert(f.icmp.inner_from.b[0] == 0xfe && f.icmp.inner_to.b[0] == 0xff && f.icmp.inner_dst == 0);
    cr_assert_eq(f.payload_len, 8 + len, "the whole message");
    quote(PXK_ICMP6_UNREACHABLE, inner, len);
    cr_assert(f.icmp.code == 4 && f.icmp.mtu == 0 && f.icmp.inner_sport == 546);
    quote(PXK_ICMP6_RA, inner, len);
    cr_assert_not(f.icmp.has_inner);
    for (size_t cut = 0; cut < 44; cut++) {
        quote(PXK_ICMP6_UNREACHABLE, inner, cut);
        cr_assert(f.l4 == PXK_L4_ICMP6 && !f.icmp.has_inner, "%zu bytes quoted", cut);
    }
}

Test(frame_ip6, icmp_of_the_other_family_is_nothing)
{
    start(PXK_IP_ICMP);
    add((uint8_t[8]){8}, 8);
    decode();
    cr_assert_eq(f.l4, PXK_L4_OTHER);
}

Test(frame_ip6, cut_at_every_byte)
{
    start(0);
    add((uint8_t[]){17, 0, 0, 0, 0, 0, 0, 0}, 8);
    add(udp, sizeof udp);
    decode();
    for (size_t len = 14; len < n; len++) {
        uint8_t *copy = exact_copy(buf, len);
        cr_assert_eq(pxk_frame_decode(copy, len, n, &f), PXK_OK);
        cr_assert_eq(f.l3, len < BODY ? PXK_L3_NONE : PXK_L3_IP6, "%zu bytes", len);
        cr_assert_eq(f.l4, len < BODY + 16 ? PXK_L4_NONE : PXK_L4_UDP, "%zu bytes", len);
        cr_assert(f.cut && (f.l4 != PXK_L4_UDP || f.payload_wire == 5));
        free(copy);
    }
}
