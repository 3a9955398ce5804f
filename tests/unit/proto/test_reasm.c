/* Reassembly: any order, repeats, overlaps, holes, time, slots, sizes. */
#include "packet.h"
#include "pxk/proto/reasm.h"

static struct pxk_reasm r;
static uint8_t *memory;
static struct pxk_frame f;

static void setup(void)
{
    memory = malloc(PXK_REASM_SLOTS * 65535u);
    pxk_reasm_init(&r, memory);
}

static void teardown(void)
{
    free(memory);
}
TestSuite(reasm, .init = setup, .fini = teardown);

/* A whole IPv4 payload: UDP 1 -> 2 without checksum, bytes that tell their place. */
static uint8_t whole[65536];

static size_t payload_make(size_t len)
{
    memcpy(whole, (uint8_t[]){0, 1, 0, 2, (uint8_t)(len >> 8), (uint8_t)len, 0, 0}, 8);
    for (size_t i = 8; i < len; i++)
        whole[i] = (uint8_t)(i * 31 + i / 256);
    return len;
}

static bool feed_id(uint16_t id, const void *data, size_t from, size_t to, bool more, pxk_usec now)
{
    uint8_t *copy = exact_copy(data, to - from);
    f = (struct pxk_frame){.l3 = PXK_L3_IP4, .l4 = PXK_L4_FRAGMENT, .payload = copy, .payload_len = to - from,
                           .payload_wire = to - from};
    f.from = pxk_ip_of4(PXK_IP4(10, 0, 0, 1));
    f.to = pxk_ip_of4(PXK_IP4(10, 0, 0, 2));
    f.ip.proto = PXK_IP_UDP;
    f.ip.frag_id = id;
    f.ip.offset = (uint16_t)from;
    f.ip.more = more;
    bool done = pxk_reasm_input(&r, &f, now);
    free(copy); /* nothing may point into it */
    return done;
}

static bool feed(size_t from, size_t to, bool more)
{
    return feed_id(1, whole + from, from, to, more, 0);
}

static void is_whole(size_t len)
{
    cr_assert_eq(f.l4, PXK_L4_UDP);
    cr_assert(f.sport == 1 && f.dport == 2 && !f.ip.more && f.ip.offset == 0);
    cr_assert_eq(f.payload_len, len - 8);
    cr_assert_arr_eq(f.payload, whole + 8, len - 8);
}

Test(reasm, every_order_of_four)
{
    size_t len = payload_make(30);
    for (unsigned code = 0; code < 256; code++) {
        unsigned part[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3};
        if ((1u << part[0] | 1u << part[1] | 1u << part[2] | 1u << part[3]) != 15)
            continue;
        for (unsigned i = 0; i < 4; i++) {
            size_t from = part[i] * 8, to = part[i] == 3 ? len : from + 8;
            cr_assert_eq(feed(from, to, part[i] != 3), i == 3, "order %02x, piece %u", code, i);
        }
        is_whole(len);
    }
    cr_assert(r.completed == 24 && r.dropped == 0 && r.expired == 0);
}

Test(reasm, repeats_are_fine)
{
    size_t len = payload_make(40);
    cr_assert_not(feed(0, 16, true));
    cr_assert_not(feed(0, 16, true));
    cr_assert_not(feed(8, 16, true), "a part of what is there");
    cr_assert_not(feed(32, len, false));
    cr_assert_not(feed(32, len, false));
    cr_assert(feed(16, 32, true));
    is_whole(len);
    cr_assert_eq(r.dropped, 0);
}

Test(reasm, a_repeat_with_other_bytes_spoils_the_packet)
{
    payload_make(40);
    uint8_t other[16] = "something else!";
    cr_assert_not(feed(0, 16, true));
    cr_assert_not(feed_id(1, other, 0, 16, true, 0));
    cr_assert_eq(r.dropped, 1);
    cr_assert_not(feed(0, 16, true));
    cr_assert_not(feed(16, 40, false), "and what still comes of it is ignored");
    cr_assert(r.completed == 0 && r.dropped == 1);
}

Test(reasm, overlaps_spoil_the_packet)
{
    static const size_t overlap[][2] = {{0, 24}, {8, 24}, {16, 40}, {8, 40}, {24, 40}};
    for (uint16_t i = 0; i < 5; i++) {
        pxk_reasm_init(&r, memory);
        payload_make(64);
        cr_assert_not(feed(16, 32, true));
        cr_assert_not(feed(overlap[i][0], overlap[i][1], true));
        cr_assert_eq(r.dropped, 1, "case %u", i);
        cr_assert_not(feed(0, 16, true));
        cr_assert_not(feed(32, 64, false));
        cr_assert_eq(r.completed, 0);
    }
}

Test(reasm, ends_must_agree)
{
    payload_make(64);
    cr_assert_not(feed(16, 32, false));
    cr_assert_not(feed(32, 40, true), "beyond the end");
    cr_assert_eq(r.dropped, 1);
    pxk_reasm_init(&r, memory);
    cr_assert_not(feed(16, 32, false));
    cr_assert_not(feed(16, 24, false), "another end");
    cr_assert_eq(r.dropped, 1);
    pxk_reasm_init(&r, memory);
    cr_assert_not(feed(16, 32, true));
    cr_assert_not(feed(8, 16, false), "an end before what came");
    cr_assert_eq(r.dropped, 1);
}

Test(reasm, holes_wait)
{
    payload_make(64);
    cr_assert_not(feed(0, 16, true));
    cr_assert_not(feed(24, 64, false));
    cr_assert_eq(r.completed, 0);
    cr_assert(feed(16, 24, true));
    is_whole(64);
}

Test(reasm, too_many_holes)
{
    payload_make(4096);
    for (size_t i = 0; i < PXK_REASM_HOLES; i++)
        cr_assert_not(feed(i * 16, i * 16 + 8, true));
    cr_assert_eq(r.dropped, 0);
    cr_assert_not(feed(PXK_REASM_HOLES * 16, PXK_REASM_HOLES * 16 + 8, true));
    cr_assert_eq(r.dropped, 1);
}

Test(reasm, fragments_that_cannot_be)
{
    payload_make(64);
    cr_assert_not(feed(0, 12, true), "only the last may have an odd length");
    cr_assert_not(feed(0, 0, true), "empty");
    cr_assert_not(feed(65528, 65536, false), "beyond 65535");
    struct pxk_frame cut = {.l4 = PXK_L4_FRAGMENT, .payload = whole, .payload_len = 8, .payload_wire = 16};
    cr_assert_not(pxk_reasm_input(&r, &cut, 0), "cut by the capture");
    struct pxk_frame udp = {.l4 = PXK_L4_UDP, .payload = whole, .payload_len = 8, .payload_wire = 8};
    cr_assert_not(pxk_reasm_input(&r, &udp, 0), "no fragment");
    for (size_t i = 0; i < PXK_REASM_SLOTS; i++)
        cr_assert_not(r.slot[i].used, "none of them takes a slot");
}

Test(reasm, the_largest_packet)
{
    for (size_t len = 65534; len <= 65535; len++) {
        payload_make(len);
        for (size_t from = 0; from < len; from += 1480)
            cr_assert_eq(feed(from, from + 1480 < len ? from + 1480 : len, from + 1480 < len), from + 1480 >= len);
        is_whole(len);
    }
}

Test(reasm, time_runs_out)
{
    payload_make(32);
    cr_assert_not(feed_id(1, whole, 0, 16, true, 100));
    cr_assert(feed_id(1, whole + 16, 16, 32, false, 100 + PXK_REASM_TIMEOUT), "just in time");
    cr_assert_not(feed_id(1, whole, 0, 16, true, 100));
    cr_assert_not(feed_id(1, whole + 16, 16, 32, false, 101 + PXK_REASM_TIMEOUT));
    cr_assert(r.expired == 1 && r.completed == 1);
}

Test(reasm, time_that_goes_back_does_not_expire)
{
    payload_make(32);
    cr_assert_not(feed_id(1, whole, 0, 16, true, PXK_REASM_TIMEOUT * 3));
    cr_assert(feed_id(1, whole + 16, 16, 32, false, 0));
}

Test(reasm, packets_are_told_apart)
{
    payload_make(32);
    for (uint16_t id = 1; id <= PXK_REASM_SLOTS; id++)
        cr_assert_not(feed_id(id, whole, 0, 16, true, id));
    for (uint16_t id = 1; id <= PXK_REASM_SLOTS; id++)
        cr_assert(feed_id(id, whole + 16, 16, 32, false, 10));
    cr_assert_not(feed_id(9, whole, 0, 16, true, 0));
    struct pxk_frame other = f;
    uint8_t rest[16] = {0};
    other.l4 = PXK_L4_FRAGMENT;
    other.ip.offset = 16;
    other.ip.more = false;
    other.payload = rest;
    other.from.b[15]++;
    cr_assert_not(pxk_reasm_input(&r, &other, 0), "another sender");
}

Test(reasm, the_oldest_makes_room)
{
    payload_make(32);
    for (uint16_t id = 1; id <= PXK_REASM_SLOTS + 1; id++)
        cr_assert_not(feed_id(id, whole, 0, 16, true, id));
    cr_assert_eq(r.dropped, 1);
    for (uint16_t id = 2; id <= PXK_REASM_SLOTS + 1; id++)
        cr_assert(feed_id(id, whole + 16, 16, 32, false, 10), "id %u", id);
    cr_assert_not(feed_id(1, whole + 16, 16, 32, false, 10), "1 was given up");
}

Test(reasm, what_cannot_be_decoded_is_not_delivered)
{
    memset(whole, 0, 32);
    cr_assert_not(feed(0, 16, true));
    cr_assert_not(feed(16, 32, false), "UDP length 0");
    cr_assert_eq(r.completed, 1);
    cr_assert_eq(f.l4, PXK_L4_NONE);
}

/* As for a packet that came whole: what nobody decodes is all payload. */
Test(reasm, other_protocols_leave_no_stale_payload)
{
    for (uint16_t from = 0; from < 32; from += 16) {
        f = (struct pxk_frame){.l4 = PXK_L4_FRAGMENT, .payload = whole, .payload_len = 16, .payload_wire = 16};
        f.ip.proto = 253;
        f.ip.offset = from;
        f.ip.more = from == 0;
        cr_assert_eq(pxk_reasm_input(&r, &f, 0), from != 0);
    }
    cr_assert(f.l4 == PXK_L4_OTHER && f.payload != whole && f.payload_len == 32 && f.payload_wire == 32);
}

/* ---- IPv6 ---- */

static bool feed6(size_t from, size_t to, uint8_t proto, uint32_t id)
{
    f = (struct pxk_frame){.l3 = PXK_L3_IP6, .l4 = PXK_L4_FRAGMENT, .payload = whole + from, .payload_len = to - from,
                           .payload_wire = to - from, .from = {{0xfe, 0x80, [15] = 1}}, .to = {{0xfe, 0x80, [15] = 2}}};
    f.ip.frag_id = id;
    f.ip.proto = proto;
    f.ip.offset = (uint16_t)from;
    f.ip.more = to < 40;
    return pxk_reasm_input(&r, &f, 0);
}

Test(reasm, ip6_takes_the_protocol_of_the_first_fragment)
{
    memcpy(whole, (uint8_t[]){0, 53, 0, 54, 0, 40, 0, 0}, 8);
    cr_assert_not(feed6(16, 40, PXK_IP_TCP, 0x10001));
    cr_assert_not(feed6(0, 16, PXK_IP_UDP, 1), "another packet: identifications have 32 bits");
    cr_assert(feed6(0, 16, PXK_IP_UDP, 0x10001));
    cr_assert(f.l4 == PXK_L4_UDP && f.ip.proto == PXK_IP_UDP && f.payload_len == 32 && f.dport == 54);
}

Test(reasm, ip6_headers_behind_the_fragment_header)
{
    memset(whole, 0, 40);
    memcpy(whole, (uint8_t[]){PXK_IP_UDP, 0, 1, 4, 0, 0, 0, 0, 0, 53, 0, 54, 0, 32, 0, 0}, 16);
    cr_assert_not(feed6(0, 16, 60, 7));
    cr_assert(feed6(16, 40, 60, 7));
    cr_assert(f.l4 == PXK_L4_UDP && f.payload_len == 24 && f.sport == 53);
}
