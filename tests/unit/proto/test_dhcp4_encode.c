/* Encoding DHCPv4: golden bytes, splitting at 255, spilling into file and sname, limits. */
#include "packet.h"

static struct pxk_dhcp4 m;
static uint8_t out[4096];

static struct pxk_dhcp4_out message(const struct pxk_dhcp4_out_opt *opt, size_t n)
{
    return (struct pxk_dhcp4_out){
        .head = {.op = 2, .xid = 0x01020304, .flags = PXK_DHCP4_BROADCAST, .yiaddr = PXK_IP4(10, 0, 0, 9),
                 .mac = {{2, 0, 0, 0, 0, 1}}},
        .opt = opt,
        .opt_n = n,
        .limit = 1472,
    };
}

static size_t encode(const struct pxk_dhcp4_out *o)
{
    struct pxk_wr w = pxk_wr_init(out, sizeof out);
    enum pxk_err err = pxk_dhcp4_encode(o, &w);
    cr_assert_eq(err, PXK_OK, "%s", pxk_err_text(err));
    cr_assert_eq(pxk_dhcp4_decode(out, pxk_wr_len(&w), &m), PXK_OK);
    return pxk_wr_len(&w);
}

static enum pxk_err encode_err(const struct pxk_dhcp4_out *o)
{
    struct pxk_wr w = pxk_wr_init(out, sizeof out);
    return pxk_dhcp4_encode(o, &w);
}

/* Fixed encodings seen on the wire, in the order given. */
Test(encode, golden_options)
{
    static const uint8_t want[] = {53, 1, 2, 60, 9, 'P', 'X', 'E', 'C', 'l', 'i', 'e', 'n', 't', 43, 4, 6, 1, 8, 255,
                                   0x5d, 2, 0, 0x10, 0x5e, 3, 1, 3, 0x10, 0x39, 2, 0xff, 0, 255};
    const struct pxk_dhcp4_out_opt opt[] = {{53, 1, "\2"},   {60, 9, "PXEClient"}, {43, 4, "\6\1\10\377"},
                                            {93, 2, "\0\20"}, {94, 3, "\1\3\20"},   {57, 2, "\377"}};
    struct pxk_dhcp4_out o = message(opt, PXK_COUNT(opt));
    size_t len = encode(&o);
    cr_assert_eq(len, 240 + sizeof want);
    cr_assert_arr_eq(out + 240, want, sizeof want);
    static const uint8_t head[] = {2, 1, 6, 0, 1, 2, 3, 4, 0, 0, 0x80, 0, 0, 0, 0, 0, 10, 0, 0, 9};
    cr_assert_arr_eq(out, head, sizeof head);
    cr_assert_arr_eq(out + 28, "\2\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0", 16);
    cr_assert_arr_eq(out + 236, "\x63\x82\x53\x63", 4);
}

Test(encode, header_texts)
{
    char file[130], text[130];
    memset(file, 'f', sizeof file);
    struct pxk_dhcp4_out o = message(NULL, 0);
    o.head.file = file;
    o.head.sname = "server";
    file[128] = '\0';
    encode(&o);
    cr_assert_eq(strlen(pxk_dhcp4_file(&m, text, sizeof text)), 128);
    cr_assert_str_eq(pxk_dhcp4_sname(&m, text, sizeof text), "server");
    file[128] = 'f';
    file[129] = '\0';
    cr_assert_eq(encode_err(&o), PXK_E_RANGE);
}

Test(encode, values_are_split_at_255)
{
    static const size_t lens[] = {0, 1, 254, 255, 256, 509, 510, 511, 765, 1000};
    uint8_t value[1000];
    for (size_t i = 0; i < sizeof value; i++)
        value[i] = (uint8_t)(i ^ i >> 8);
    for (size_t i = 0; i < PXK_COUNT(lens); i++) {
        const struct pxk_dhcp4_out_opt opt[] = {{224, (uint16_t)lens[i], value}, {53, 1, "\2"}};
        struct pxk_dhcp4_out o = message(opt, 2);
        size_t pieces = lens[i] ? (lens[i] + 254) / 255 : 1;
        o.limit = (uint16_t)(240 + lens[i] + 2 * pieces + 3 + 1);
        cr_assert_eq(encode(&o), o.limit, "%zu bytes fit exactly", lens[i]);
        cr_assert_eq(m.opt[224].len, lens[i]);
        cr_assert_eq(m.opt[224].instances, pieces);
        cr_assert_arr_eq(m.opt[224].data, value, lens[i]);
        cr_assert_eq(m.type, 2);
    }
}

Test(encode, limit_and_padding)
{
    const struct pxk_dhcp4_out_opt opt[] = {{53, 1, "\2"}};
    struct pxk_dhcp4_out o = message(opt, 1);
    o.limit = 244;
    cr_assert_eq(encode(&o), 244);
    o.limit = 243;
    cr_assert_eq(encode_err(&o), PXK_E_SPACE);
    o.limit = 0;
    cr_assert_eq(encode_err(&o), PXK_E_SPACE);
    o.limit = 1472;
    o.pad_to = 300;
    cr_assert_eq(encode(&o), 300);
    cr_assert_eq(out[299], 0);
    o.pad_to = 244;
    cr_assert_eq(encode(&o), 244);
}

Test(encode, the_writers_room_is_a_limit_too)
{
    const struct pxk_dhcp4_out_opt opt[] = {{53, 1, "\2"}};
    struct pxk_dhcp4_out o = message(opt, 1);
    struct pxk_wr w = pxk_wr_init(out, 243);
    cr_assert_eq(pxk_dhcp4_encode(&o, &w), PXK_E_SPACE);
    w = pxk_wr_init(out, 244);
    cr_assert_eq(pxk_dhcp4_encode(&o, &w), PXK_OK);
    w = pxk_wr_init(out, 300);
    pxk_wr_zero(&w, 10);
    cr_assert_eq(pxk_dhcp4_encode(&o, &w), PXK_OK, "behind something else");
    cr_assert_eq(pxk_dhcp4_decode(out + 10, 244, &m), PXK_OK);
    cr_assert_eq(m.type, 2);
}

Test(encode, refuses_what_is_no_option)
{
    const struct pxk_dhcp4_out_opt pad[] = {{0, 1, "x"}}, end[] = {{255, 1, "x"}}, bad[] = {{1, 3, "abc"}};
    struct pxk_dhcp4_out o = message(pad, 1);
    cr_assert_eq(encode_err(&o), PXK_E_RANGE);
    o = message(end, 1);
    cr_assert_eq(encode_err(&o), PXK_E_RANGE);
    o = message(bad, 1);
    cr_assert_eq(encode_err(&o), PXK_E_RANGE);
    struct pxk_dhcp4_out_opt many[257];
    for (size_t i = 0; i < PXK_COUNT(many); i++)
        many[i] = (struct pxk_dhcp4_out_opt){224, 0, NULL};
    o = message(many, 256);
    cr_assert_eq(encode(&o), 240 + 512 + 1);
    o = message(many, 257);
    cr_assert_eq(encode_err(&o), PXK_E_RANGE);
}

static uint8_t value[512];

static struct pxk_dhcp4_out spilling(const struct pxk_dhcp4_out_opt *opt, size_t n, uint16_t limit)
{
    struct pxk_dhcp4_out o = message(opt, n);
    o.limit = limit;
    o.may_overload = true;
    return o;
}

Test(encode, spills_into_file_then_sname)
{
    const struct pxk_dhcp4_out_opt opt[] = {{53, 1, "\2"}, {224, 120, value}, {225, 60, value}, {226, 10, value}};
    struct pxk_dhcp4_out o = spilling(opt, 4, 240 + 3 + 3 + 12 + 1);
    cr_assert_eq(encode(&o), o.limit);
    cr_assert_eq(m.overload, 3);
    cr_assert(m.opt[53].field == 0 && m.opt[224].field == 1 && m.opt[225].field == 2 && m.opt[226].field == 0);
    cr_assert_eq(m.note_n, 0, "an end marker in each field");
    cr_assert_eq(m.type, 2);
    o.limit--;
    cr_assert_eq(encode_err(&o), PXK_E_SPACE);
    o.limit++;
    o.may_overload = false;
    cr_assert_eq(encode_err(&o), PXK_E_SPACE);
}

Test(encode, a_field_holds_127_or_63_bytes_of_options)
{
    const struct pxk_dhcp4_out_opt file[] = {{224, 125, value}}, sname[] = {{224, 61, value}};
    struct pxk_dhcp4_out o = spilling(file, 1, 244);
    encode(&o);
    cr_assert(m.overload == 1 && m.opt[224].len == 125 && m.note_n == 0);
    const struct pxk_dhcp4_out_opt more[] = {{224, 126, value}};
    o = spilling(more, 1, 244);
    cr_assert_eq(encode_err(&o), PXK_E_SPACE, "a value is not divided");
    o = spilling(sname, 1, 244);
    o.head.file = "used";
    encode(&o);
    char text[8];
    cr_assert(m.overload == 2 && m.opt[224].len == 61 && m.note_n == 0);
    cr_assert_str_eq(pxk_dhcp4_file(&m, text, sizeof text), "used");
    const struct pxk_dhcp4_out_opt more2[] = {{224, 62, value}};
    o = spilling(more2, 1, 244);
    o.head.file = "used";
    cr_assert_eq(encode_err(&o), PXK_E_SPACE);
    o = spilling(sname, 1, 244);
    o.head.file = "used";
    o.head.sname = "used";
    cr_assert_eq(encode_err(&o), PXK_E_SPACE);
}

/* RFC 3046 2.2: "SHALL NOT place the echoed Relay Agent Information option in the overloaded" fields. */
Test(encode, type_and_relay_information_stay_in_the_options_field)
{
    const struct pxk_dhcp4_out_opt opt[] = {{224, 20, value}, {225, 20, value}, {53, 1, "\2"}, {82, 4, "\1\2ab"}};
    struct pxk_dhcp4_out o = spilling(opt, 4, 240 + 3 + 22 + 3 + 6 + 1);
    encode(&o);
    cr_assert_eq(m.overload, 1);
    cr_assert(m.opt[53].field == 0 && m.opt[82].field == 0 && m.opt[224].field == 0 && m.opt[225].field == 1);
    o.limit = 240 + 3 + 3 + 6 + 1 - 1;
    cr_assert_eq(encode_err(&o), PXK_E_SPACE);
}

/* Pieces that the caller made: their order is the value's order, whatever fits where. */
Test(encode, repeated_options_keep_their_order_when_spilled)
{
    const struct pxk_dhcp4_out_opt opt[] = {{224, 10, "0123456789"}, {224, 120, value}, {224, 3, "abc"}};
    struct pxk_dhcp4_out o = spilling(opt, 3, 240 + 3 + 12 + 5 + 1);
    encode(&o);
    cr_assert_eq(m.opt[224].len, 133);
    cr_assert_arr_eq(m.opt[224].data, "0123456789", 10);
    cr_assert_arr_eq(m.opt[224].data + 130, "abc", 3);
}

Test(encode, an_own_option_52_never_spills)
{
    const struct pxk_dhcp4_out_opt opt[] = {{52, 1, "\1"}, {224, 20, value}};
    struct pxk_dhcp4_out o = spilling(opt, 2, 250);
    cr_assert_eq(encode_err(&o), PXK_E_SPACE);
    o.limit = 1472;
    encode(&o);
    cr_assert_eq(m.overload, 1, "but may be sent, to test others");
}
