/* Decoding DHCPv4: the header, RFC 3396 joining, overload, notes, truncation at every byte. */
#include "packet.h"
#include "pxk/proto/arch.h"

static struct pxk_dhcp4 m;

static void decode(const struct packet *p)
{
    cr_assert_eq(pxk_dhcp4_decode(p->b, p->len, &m), PXK_OK);
}

static bool noted(enum pxk_dhcp4_note_kind kind, uint8_t code)
{
    for (unsigned i = 0; i < m.note_n; i++)
        if (m.note[i].kind == kind && m.note[i].code == code)
            return true;
    return false;
}

Test(dhcp4, header)
{
    struct packet p = packet_new();
    for (size_t i = 0; i < 44; i++)
        p.b[i] = (uint8_t)(i + 1);
    memcpy(p.b + 44, "server", 7);
    memcpy(p.b + 108, "file", 5);
    packet_end(&p);
    decode(&p);
    cr_assert(m.op == 1 && m.htype == 2 && m.hlen == 3 && m.hops == 4);
    cr_assert_eq(m.xid, 0x05060708);
    cr_assert(m.secs == 0x090a && m.flags == 0x0b0c);
    cr_assert(m.ciaddr == 0x0d0e0f10 && m.yiaddr == 0x11121314 && m.siaddr == 0x15161718 && m.giaddr == 0x191a1b1c);
    cr_assert(m.mac.b[0] == 29 && m.mac.b[5] == 34 && m.chaddr[15] == 44);
    char text[130];
    cr_assert_str_eq(pxk_dhcp4_sname(&m, text, sizeof text), "server");
    cr_assert_str_eq(pxk_dhcp4_file(&m, text, sizeof text), "file");
    cr_assert(m.type == PXK_DHCP4_NONE && m.note_n == 0 && m.len == 241);
}

Test(dhcp4, header_texts_may_fill_their_fields)
{
    struct packet p = packet_new();
    memset(p.b + 44, 's', 64);
    memset(p.b + 108, 'f', 128);
    packet_end(&p);
    decode(&p);
    char text[130];
    cr_assert_eq(strlen(pxk_dhcp4_sname(&m, text, sizeof text)), 64);
    cr_assert_eq(strlen(pxk_dhcp4_file(&m, text, sizeof text)), 128);
    cr_assert_eq(strlen(pxk_dhcp4_file(&m, text, 10)), 9);
}

Test(dhcp4, values_by_type)
{
    struct packet p = packet_new();
    packet_u8(&p, 53, PXK_DHCP4_OFFER);
    packet_opt(&p, 54, (uint8_t[]){10, 0, 0, 1}, 4);
    packet_opt(&p, 51, (uint8_t[]){0, 0, 14, 16}, 4);
    packet_opt(&p, 57, (uint8_t[]){5, 0xc0}, 2);
    packet_opt(&p, 6, (uint8_t[]){10, 0, 0, 2, 10, 0, 0, 3}, 8);
    packet_opt(&p, 67, "pxelinux.0\0", 11);
    packet_opt(&p, 60, "PXEClient:Arch:00007", 20);
    packet_opt(&p, 93, (uint8_t[]){0, 7, 0, 9}, 4);
    packet_end(&p);
    decode(&p);
    char text[32];
    cr_assert_eq(m.type, PXK_DHCP4_OFFER);
    cr_assert_eq(pxk_dhcp4_ip(&m, 54, 0), PXK_IP4(10, 0, 0, 1));
    cr_assert_eq(pxk_dhcp4_ip(&m, 6, 0), PXK_IP4(10, 0, 0, 2), "the first of a list");
    cr_assert_eq(pxk_dhcp4_u32(&m, 51, 0), 3600);
    cr_assert_eq(pxk_dhcp4_u16(&m, 57, 0), 1472);
    cr_assert_str_eq(pxk_dhcp4_text(&m, 67, text, sizeof text), "pxelinux.0");
    cr_assert(pxk_dhcp4_vendor_is(&m, "PXEClient") && !pxk_dhcp4_vendor_is(&m, "HTTPClient"));
    cr_assert_not(pxk_dhcp4_vendor_is(&m, "PXEClient:Arch:00007:"), "longer than the value");
    cr_assert_eq(pxk_dhcp4_arch(&m), 7);
    cr_assert_eq(m.note_n, 0, "a NUL at the end of a text is fine");
    static const uint8_t order[] = {53, 54, 51, 57, 6, 67, 60, 93};
    cr_assert_eq(m.order_n, sizeof order);
    cr_assert_arr_eq(m.order, order, sizeof order);
    cr_assert_eq(m.opt[54].offset, 243);
}

Test(dhcp4, absent_or_odd_values_give_the_default)
{
    struct packet p = packet_new();
    packet_opt(&p, 51, (uint8_t[]){1, 2, 3}, 3);
    packet_opt(&p, 93, (uint8_t[]){7}, 1);
    packet_end(&p);
    decode(&p);
    char text[4];
    cr_assert_eq(pxk_dhcp4_u32(&m, 51, 9), 9);
    cr_assert_eq(pxk_dhcp4_u16(&m, 57, 9), 9);
    cr_assert_eq(pxk_dhcp4_ip(&m, 54, 9), 9);
    cr_assert_eq(pxk_dhcp4_arch(&m), PXK_ARCH_UNSET);
    cr_assert_str_eq(pxk_dhcp4_text(&m, 67, text, sizeof text), "");
    cr_assert_not(pxk_dhcp4_has(&m, 67));
    cr_assert(!pxk_dhcp4_vendor_is(&m, "PXEClient") && !pxk_dhcp4_vendor_is(&m, ""), "no option 60");
    cr_assert(noted(PXK_DHCP4_NOTE_BAD_LENGTH, 51) && noted(PXK_DHCP4_NOTE_BAD_LENGTH, 93));
}

Test(dhcp4, ipxe_has_two_marks)
{
    struct packet p = packet_new(), q = packet_new(), r = packet_new();
    packet_opt(&p, 77, "iPXE", 4);
    packet_opt(&q, 175, (uint8_t[]){0xb0, 1, 1}, 3);
    packet_opt(&r, 77, "iPXE-like", 9);
    decode(&p);
    cr_assert(pxk_dhcp4_is_ipxe(&m));
    decode(&q);
    cr_assert(pxk_dhcp4_is_ipxe(&m));
    decode(&r);
    cr_assert_not(pxk_dhcp4_is_ipxe(&m));
}

/* RFC 3396: the pieces are one value; most clients read the first alone. */
Test(dhcp4, split_values_are_joined)
{
    uint8_t value[511];
    for (size_t i = 0; i < sizeof value; i++)
        value[i] = (uint8_t)(i * 7);
    struct packet p = packet_new();
    packet_u8(&p, 53, 2);
    packet_opt(&p, 224, value, 255);
    packet_opt(&p, 224, value + 255, 255);
    packet_u8(&p, 12, 'h');
    packet_opt(&p, 224, value + 510, 1);
    packet_end(&p);
    decode(&p);
    const struct pxk_dhcp4_opt *o = &m.opt[224];
    cr_assert(o->len == 511 && o->first_len == 255 && o->instances == 3);
    cr_assert_arr_eq(o->data, value, 511);
    cr_assert_arr_eq(o->first, value, 255);
    cr_assert(noted(PXK_DHCP4_NOTE_LONG, 224));
    cr_assert_eq(m.note_n, 1, "told once");
    cr_assert_eq(m.order_n, 3);
}

Test(dhcp4, interleaved_and_empty_pieces_are_joined)
{
    struct packet p = packet_new();
    packet_opt(&p, 224, "", 0);
    packet_opt(&p, 225, "ab", 2);
    packet_opt(&p, 224, "12", 2);
    packet_opt(&p, 225, "", 0);
    packet_opt(&p, 224, "34", 2);
    packet_opt(&p, 225, "cd", 2);
    packet_opt(&p, 224, "5", 1);
    packet_end(&p);
    decode(&p);
    cr_assert_eq(m.opt[224].len, 5);
    cr_assert_arr_eq(m.opt[224].data, "12345", 5);
    cr_assert_eq(m.opt[224].first_len, 0);
    cr_assert_eq(m.opt[225].len, 4);
    cr_assert_arr_eq(m.opt[225].data, "abcd", 4);
}

Test(dhcp4, joining_ends_at_its_limit)
{
    uint8_t value[256];
    memset(value, 'x', sizeof value);
    struct packet p = packet_new();
    for (size_t i = 0; i < 12; i++)
        packet_opt(&p, 224, value, 255);
    packet_opt(&p, 54, (uint8_t[]){10, 0, 0, 1}, 4);
    packet_end(&p);
    decode(&p);
    cr_assert(noted(PXK_DHCP4_NOTE_JOIN_FULL, 224));
    cr_assert_eq(m.opt[224].len, 8 * 255, "what fits 2048 bytes in whole pieces");
    cr_assert_eq(m.opt[224].instances, 12);
    cr_assert_eq(pxk_dhcp4_ip(&m, 54, 0), PXK_IP4(10, 0, 0, 1), "the walk goes on");
}

Test(dhcp4, instances_do_not_wrap)
{
    struct packet p = packet_new();
    for (size_t i = 0; i < 300; i++)
        packet_u8(&p, 224, (uint8_t)i);
    decode(&p);
    cr_assert_eq(m.opt[224].instances, 255);
    cr_assert_eq(m.opt[224].len, 300);
    cr_assert_eq(m.opt[224].data[299], (uint8_t)299);
}

/* RFC 2132 9.3 and RFC 3396 5: options, then file, then sname. */
Test(dhcp4, overload_reads_file_then_sname)
{
    struct packet p = packet_new();
    packet_opt(&p, 67, "one-", 4);
    packet_u8(&p, 52, 3);
    packet_end(&p);
    memcpy(p.b + 108, "\x43\x04two-\x0c\x01h\xff", 10);
    memcpy(p.b + 44, "\x43\x05three\x0f\x01" "d\xff", 11);
    decode(&p);
    char text[32];
    cr_assert_eq(m.overload, 3);
    cr_assert_str_eq(pxk_dhcp4_text(&m, 67, text, sizeof text), "one-two-three");
    cr_assert(m.opt[67].field == 0 && m.opt[12].field == 1 && m.opt[15].field == 2);
    cr_assert(m.opt[12].offset == 114 && m.opt[15].offset == 51);
    cr_assert_str_eq(pxk_dhcp4_file(&m, text, sizeof text), "");
    cr_assert_str_eq(pxk_dhcp4_sname(&m, text, sizeof text), "");
    cr_assert(m.note_n == 1 && noted(PXK_DHCP4_NOTE_LONG, 67));
}

Test(dhcp4, overload_of_one_field_leaves_the_other)
{
    for (uint8_t overload = 1; overload <= 2; overload++) {
        struct packet p = packet_new();
        packet_u8(&p, 52, overload);
        packet_end(&p);
        memcpy(p.b + 108, "\x0c\x01" "f\xff", 4);
        memcpy(p.b + 44, "\x0c\x01s\xff", 4);
        decode(&p);
        char text[32];
        cr_assert_eq(m.opt[12].data[0], overload == 1 ? 'f' : 's');
        cr_assert_eq(m.opt[12].len, 1);
        cr_assert_eq(strlen(pxk_dhcp4_file(&m, text, sizeof text)), overload == 1 ? 0 : 4);
        cr_assert_eq(strlen(pxk_dhcp4_sname(&m, text, sizeof text)), overload == 1 ? 4 : 0);
    }
}

Test(dhcp4, overload_inside_an_overloaded_field_means_nothing)
{
    struct packet p = packet_new();
    packet_u8(&p, 52, 1);
    packet_end(&p);
    memcpy(p.b + 108, "\x34\x01\x03\xff", 4);
    memcpy(p.b + 44, "\x0c\x01s\xff", 4);
    decode(&p);
    cr_assert_not(pxk_dhcp4_has(&m, 12));
    cr_assert_not(m.overload & 2);
}

Test(dhcp4, bad_overload)
{
    static const uint8_t bad[] = {0, 4, 255};
    for (size_t i = 0; i < sizeof bad; i++) {
        struct packet p = packet_new();
        packet_u8(&p, 52, bad[i]);
        packet_end(&p);
        memcpy(p.b + 108, "name", 5);
        decode(&p);
        char text[32];
        cr_assert(noted(PXK_DHCP4_NOTE_BAD_OVERLOAD, 52));
        cr_assert_eq(m.overload, 0);
        cr_assert_str_eq(pxk_dhcp4_file(&m, text, sizeof text), "name");
    }
    struct packet p = packet_new();
    packet_opt(&p, 52, "\1\1", 2);
    decode(&p);
    cr_assert(noted(PXK_DHCP4_NOTE_BAD_OVERLOAD, 52));
}

Test(dhcp4, missing_end_markers)
{
    struct packet p = packet_new();
    packet_u8(&p, 53, 2);
    decode(&p);
    cr_assert(m.note_n == 1 && noted(PXK_DHCP4_NOTE_NO_END, 0));
    cr_assert_eq(m.note[0].offset, 243);
    packet_u8(&p, 52, 3);
    packet_end(&p);
    memset(p.b + 108, 0, 128);
    memset(p.b + 44, 0, 64);
    decode(&p);
    cr_assert_eq(m.note_n, 2, "file and sname");
    cr_assert(m.note[0].offset == 236 && m.note[1].offset == 108);
}

Test(dhcp4, options_that_run_past_the_end)
{
    struct packet p = packet_new();
    packet_u8(&p, 53, 2);
    packet_add(&p, (uint8_t[]){54, 4, 10, 0, 0}, 5);
    decode(&p);
    cr_assert(m.note_n == 1 && noted(PXK_DHCP4_NOTE_CUT, 54));
    cr_assert_eq(m.note[0].offset, 243);
    cr_assert_not(pxk_dhcp4_has(&m, 54));
    struct packet q = packet_new();
    packet_add(&q, (uint8_t[]){54}, 1);
    decode(&q);
    cr_assert(noted(PXK_DHCP4_NOTE_CUT, 54), "a code without a length");
    struct packet s = packet_new();
    packet_u8(&s, 52, 2);
    packet_end(&s);
    memset(s.b + 44, 0, 64);
    s.b[44 + 62] = 12;
    s.b[44 + 63] = 1;
    decode(&s);
    cr_assert(noted(PXK_DHCP4_NOTE_CUT, 12), "an option does not reach from sname into file");
}

Test(dhcp4, pads_and_what_stands_behind_the_end)
{
    struct packet p = packet_new();
    packet_add(&p, (uint8_t[]){0, 0, 53, 1, 2, 0, 12, 1, 'h', 255, 54, 4}, 12);
    decode(&p);
    cr_assert(m.note_n == 0 && m.order_n == 2 && m.type == 2);
}

Test(dhcp4, texts_with_a_nul_inside)
{
    struct packet p = packet_new();
    packet_opt(&p, 67, "a\0b", 3);
    packet_opt(&p, 66, "abc\0\0\0", 6);
    packet_opt(&p, 12, "\0", 1);
    packet_opt(&p, 43, "\0\1", 2);
    packet_end(&p);
    decode(&p);
    cr_assert(m.note_n == 1 && noted(PXK_DHCP4_NOTE_NUL_IN_STRING, 67), "padding at the end is no oddity");
}

Test(dhcp4, plain_bootp)
{
    struct packet p = packet_new();
    p.b[239] = 0;
    packet_u8(&p, 53, 2);
    decode(&p);
    cr_assert(m.note_n == 1 && noted(PXK_DHCP4_NOTE_NO_MAGIC, 0));
    cr_assert(m.order_n == 0 && m.type == PXK_DHCP4_NONE);
    p.len = 239;
    decode(&p);
    cr_assert(noted(PXK_DHCP4_NOTE_NO_MAGIC, 0));
    p.len = 236;
    decode(&p);
    cr_assert(noted(PXK_DHCP4_NOTE_NO_MAGIC, 0));
    p.len = 235;
    cr_assert_eq(pxk_dhcp4_decode(p.b, p.len, &m), PXK_E_TRUNCATED);
    cr_assert_eq(pxk_dhcp4_decode(NULL, 0, &m), PXK_E_TRUNCATED);
}

/* What makes EDK2 drop a packet must be seen even if twenty harmless oddities come before it. */
Test(dhcp4, grave_notes_are_not_crowded_out)
{
    struct packet p = packet_new();
    for (uint8_t code = 225; code < 245; code++) {
        packet_u8(&p, code, 1);
        packet_u8(&p, code, 2);
    }
    packet_add(&p, (uint8_t[]){54, 4, 10}, 3);
    decode(&p);
    cr_assert_eq(m.note_n, PXK_DHCP4_NOTES_MAX);
    cr_assert(noted(PXK_DHCP4_NOTE_CUT, 54));
}

Test(dhcp4, every_code_at_once)
{
    struct packet p = packet_new();
    for (unsigned code = 1; code < 255; code++)
        packet_u8(&p, (uint8_t)code, (uint8_t)code);
    packet_end(&p);
    decode(&p);
    cr_assert_eq(m.order_n, 254);
    for (unsigned code = 1; code < 255; code++)
        cr_assert(m.opt[code].len == 1 && m.opt[code].data[0] == code);
}

Test(dhcp4, cut_at_every_byte)
{
    struct packet p = packet_new();
    packet_u8(&p, 53, PXK_DHCP4_ACK);
    packet_opt(&p, 67, "some-file", 9);
    packet_u8(&p, 52, 3);
    packet_opt(&p, 67, "-more", 5);
    packet_end(&p);
    memcpy(p.b + 108, "\x43\2" "ab\xff", 5);
    memcpy(p.b + 44, "\x43\x02yz\xff", 5);
    for (size_t len = 0; len <= p.len; len++) {
        uint8_t *copy = exact_copy(p.b, len);
        enum pxk_err err = pxk_dhcp4_decode(copy, len, &m);
        cr_assert_eq(err, len < 236 ? PXK_E_TRUNCATED : PXK_OK, "%zu bytes", len);
        if (err == PXK_OK)
            cr_assert_eq(m.note_n == 1 && noted(PXK_DHCP4_NOTE_LONG, 67), len == p.len, "%zu bytes", len);
        free(copy);
    }
}

Test(dhcp4, relay_sub_options)
{
    struct packet p = packet_new();
    packet_opt(&p, 82, "\1\3eth\2\0\5\4\12\0\0\1\1\1x", 16);
    packet_end(&p);
    decode(&p);
    size_t len = 99;
    const uint8_t *v = pxk_dhcp4_relay_sub(&m, 1, &len);
    cr_assert_eq(len, 3, "the first of two");
    cr_assert_arr_eq(v, "eth", 3);
    cr_assert_not_null(pxk_dhcp4_relay_sub(&m, 2, &len), "empty, but there");
    cr_assert_eq(len, 0);
    v = pxk_dhcp4_relay_sub(&m, 5, &len);
    cr_assert(len == 4 && v[0] == 10 && v[3] == 1);
    cr_assert_null(pxk_dhcp4_relay_sub(&m, 6, &len));
}

Test(dhcp4, relay_sub_options_that_lie)
{
    struct packet p = packet_new(), q = packet_new();
    packet_opt(&p, 82, "\1\2ab\2\7cd", 8);
    packet_opt(&q, 82, "\1\1a\2", 4);
    size_t len;
    decode(&p);
    cr_assert_not_null(pxk_dhcp4_relay_sub(&m, 1, &len));
    cr_assert_null(pxk_dhcp4_relay_sub(&m, 2, &len));
    decode(&q);
    cr_assert_null(pxk_dhcp4_relay_sub(&m, 2, &len), "a code without a length");
    struct packet none = packet_new();
    decode(&none);
    cr_assert_null(pxk_dhcp4_relay_sub(&m, 1, &len));
}
