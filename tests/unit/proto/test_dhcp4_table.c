/* The tables of protocol facts: unique, sourced, sane; and what is said from them alone. */
#include <criterion/criterion.h>

#include "packet.h"
#include "pxk/proto/arch.h"
#include "pxk/proto/pxe.h"
#include "pxk/proto/tftp.h"

static bool key_is_fine(const char *key)
{
    return *key && strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(key);
}

struct opt_line {
    unsigned code;
    const char *key;
    unsigned min, max;
    enum pxk_shape shape;
    const char *source;
};
static const struct opt_line opt_lines[] = {
#define OPT(code, name, key, shape, min, max, from, source)                                        \
    {code, key, min, max, PXK_SHAPE_##shape, source},
#include "pxk/proto/tables/dhcp4_options.def"
#undef OPT
};

/* From the lines, not from the array indexed by code, which would hide a code that is there twice. */
Test(table, option_codes_rise_and_keys_are_unique)
{
    for (size_t i = 0; i < PXK_COUNT(opt_lines); i++) {
        cr_assert(opt_lines[i].code > (i ? opt_lines[i - 1].code : 0) && opt_lines[i].code < 255, "code %u",
                  opt_lines[i].code);
        cr_assert(key_is_fine(opt_lines[i].key), "%s", opt_lines[i].key);
        cr_assert_eq(pxk_dhcp4_code(opt_lines[i].key), (int)opt_lines[i].code, "%s is there twice",
                     opt_lines[i].key);
    }
    cr_assert_null(pxk_dhcp4_row(0)->key);
    cr_assert_null(pxk_dhcp4_row(255)->key);
    cr_assert_eq(pxk_dhcp4_code("no-such-option"), -1);
    cr_assert_eq(pxk_dhcp4_code("Boot-File-Name"), 67);
}

Test(table, option_rows_have_a_source_and_bounds_of_their_shape)
{
    static const struct {
        unsigned unit, max;
    } of_shape[] = {
        [PXK_SHAPE_BYTES] = {1, 255},      [PXK_SHAPE_FLAG] = {1, 0},       [PXK_SHAPE_BOOL] = {1, 1},
        [PXK_SHAPE_U8] = {1, 1},           [PXK_SHAPE_U8_LIST] = {1, 255},  [PXK_SHAPE_U16] = {2, 2},
        [PXK_SHAPE_U16_LIST] = {2, 254},   [PXK_SHAPE_U32] = {4, 4},        [PXK_SHAPE_S32] = {4, 4},
        [PXK_SHAPE_IP4] = {4, 4},          [PXK_SHAPE_IP4_LIST] = {4, 252}, [PXK_SHAPE_IP4_PAIRS] = {8, 248},
        [PXK_SHAPE_STRING] = {1, 255},     [PXK_SHAPE_UUID] = {17, 17},     [PXK_SHAPE_ENCAPSULATED] = {1, 255},
    };
    for (size_t i = 0; i < PXK_COUNT(opt_lines); i++) {
        const struct opt_line *o = &opt_lines[i];
        unsigned unit = of_shape[o->shape].unit, max = of_shape[o->shape].max;
        cr_assert(strstr(o->source, "RFC ") || strstr(o->source, "IANA") || strstr(o->source, "private use"),
                  "option %u has no source", o->code);
        cr_assert(o->min <= o->max && o->max <= max && o->min % unit == 0 && o->max % unit == 0, "option %u",
                  o->code);
        if (max == unit)
            cr_assert_eq(o->min, max, "option %u has a fixed size", o->code);
    }
}

/* The registry's assigned codes below 224, written down apart from the table. */
Test(table, codes_are_those_of_the_registry)
{
    static const uint8_t ranges[][2] = {{1, 83},    {85, 95},   {97, 101},  {108, 109}, {112, 114},
                                        {116, 125}, {128, 148}, {150, 159}, {161, 162}, {175, 177},
                                        {208, 213}, {220, 221}};
    for (unsigned code = 0; code < 224; code++) {
        bool assigned = false;
        for (size_t i = 0; i < PXK_COUNT(ranges); i++)
            assigned = assigned || (code >= ranges[i][0] && code <= ranges[i][1]);
        cr_assert_eq(pxk_dhcp4_row((uint8_t)code)->key != NULL, assigned, "option %u", code);
    }
}

Test(table, known_option_rows)
{
    cr_assert_str_eq(pxk_dhcp4_row(54)->key, "server-identifier");
    cr_assert_eq(pxk_dhcp4_row(54)->shape, PXK_SHAPE_IP4);
    cr_assert_eq(pxk_dhcp4_row(93)->shape, PXK_SHAPE_U16_LIST);
    cr_assert_eq(pxk_dhcp4_row(97)->shape, PXK_SHAPE_UUID);
    cr_assert_eq(pxk_dhcp4_row(94)->max, 3);
    cr_assert_eq(PXK_OPT_VENDOR_SPECIFIC, 43);
    cr_assert_eq(PXK_OPT_PXELINUX_CONFIG, 209);
}

/* At, below and above each row's bounds; rows up to 255 bytes may be longer when the value is split. */
Test(table, lengths_are_checked_at_every_bound)
{
    for (size_t i = 0; i < PXK_COUNT(opt_lines); i++) {
        const struct opt_line *o = &opt_lines[i];
        uint8_t code = (uint8_t)o->code;
        cr_assert(pxk_dhcp4_len_ok(code, o->min) && pxk_dhcp4_len_ok(code, o->max), "option %u", code);
        if (o->min)
            cr_assert_not(pxk_dhcp4_len_ok(code, o->min - 1), "option %u", code);
        bool list = o->shape == PXK_SHAPE_IP4_LIST || o->shape == PXK_SHAPE_IP4_PAIRS ||
                    o->shape == PXK_SHAPE_U16_LIST;
        if (list || o->max < 248)
            cr_assert_not(pxk_dhcp4_len_ok(code, o->max + 1), "option %u", code);
        if (!list && o->max == 255)
            cr_assert(pxk_dhcp4_len_ok(code, 256), "option %u may be split", code);
    }
    cr_assert(pxk_dhcp4_len_ok(224, 0) && pxk_dhcp4_len_ok(224, 1000), "unknown options have any length");
}

Test(table, names_of_types_notes_and_relay_sub_options)
{
    cr_assert_str_eq(pxk_dhcp4_type_name(0), "BOOTP");
    cr_assert_str_eq(pxk_dhcp4_type_name(PXK_DHCP4_DISCOVER), "DISCOVER");
    cr_assert_str_eq(pxk_dhcp4_type_name(PXK_DHCP4_FORCERENEW), "FORCERENEW");
    cr_assert_str_eq(pxk_dhcp4_type_name(10), "unknown");
    cr_assert_str_eq(pxk_dhcp4_type_name(~0u), "unknown");
    for (unsigned i = 0; i < PXK_DHCP4_NOTE_N; i++)
        cr_assert(*pxk_dhcp4_note_words((enum pxk_dhcp4_note_kind)i));
    cr_assert_str_eq(pxk_relay_sub_name(1), "circuit-id");
    cr_assert_str_eq(pxk_relay_sub_name(5), "link-selection");
    cr_assert_str_eq(pxk_relay_sub_name(11), "server-id-override");
    cr_assert_str_eq(pxk_relay_sub_name(3), "unknown");
    cr_assert_str_eq(pxk_relay_sub_name(255), "unknown");
}

static void value_is(uint8_t code, const void *data, size_t len, const char *want)
{
    char text[1200];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    uint8_t *copy = exact_copy(data, len);
    pxk_dhcp4_value_text(code, copy, len, &s);
    free(copy);
    cr_assert_str_eq(text, want, "option %u: %s instead of %s", code, text, want);
}
#define VALUE(code, want, ...) value_is(code, (uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}), want)

Test(value_text, one_of_each_shape)
{
    VALUE(1, "255.255.255.0", 255, 255, 255, 0);
    VALUE(3, "10.0.0.1, 10.0.0.2", 10, 0, 0, 1, 10, 0, 0, 2);
    VALUE(33, "10.0.0.1, 10.0.0.2", 10, 0, 0, 1, 10, 0, 0, 2);
    VALUE(2, "-3600", 0xff, 0xff, 0xf1, 0xf0);
    VALUE(51, "4294967295", 0xff, 0xff, 0xff, 0xff);
    VALUE(57, "1472", 0x05, 0xc0);
    VALUE(25, "68, 1500", 0, 68, 5, 220);
    VALUE(23, "64", 64);
    VALUE(55, "1, 3, 255", 1, 3, 255);
    VALUE(19, "yes", 1);
    VALUE(19, "no", 0);
    value_is(80, "", 0, "set");
    value_is(60, "PXEClient", 9, "PXEClient");
    value_is(67, "a\0b\n\0\0", 6, "a\\x00b\\x0a");
    value_is(67, "\0\0", 2, "");
    VALUE(94, "01:03:10", 1, 3, 16);
    VALUE(43, "06:01:08:ff", 6, 1, 8, 255);
    VALUE(97, "33221100-5544-7766-8899-aabbccddeeff", 0, 0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99,
          0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff);
    VALUE(97, "type 9 00000000-0000-0000-0000-000000000000", 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    VALUE(93, "7 (uefi-x64), 9 (ebc), 999 (arch-999)", 0, 7, 0, 9, 3, 0xe7);
    VALUE(53, "OFFER", 2);
    VALUE(53, "unknown", 99);
}

Test(value_text, a_wrong_length_or_an_unknown_code_gives_bytes)
{
    VALUE(1, "ff:ff:ff", 255, 255, 255);
    VALUE(3, "0a:00:00:01:0a", 10, 0, 0, 1, 10);
    VALUE(97, "00:01", 0, 1);
    VALUE(53, "01:02", 1, 2);
    VALUE(224, "de:ad", 0xde, 0xad);
    value_is(1, "", 0, "");
    value_is(224, "", 0, "");
}

Test(value_text, a_small_buffer_cuts)
{
    char text[8];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    pxk_dhcp4_value_text(3, (const uint8_t[]){10, 0, 0, 1, 10, 0, 0, 2}, 8, &s);
    cr_assert_str_eq(text, "10.0.0.");
    cr_assert(s.cut);
}

Test(table, tftp_words)
{
    for (unsigned code = 0; code < 9; code++)
        cr_assert_str_neq(pxk_tftp_error_words(code), "unknown error code");
    cr_assert_str_eq(pxk_tftp_error_words(9), "unknown error code");
    cr_assert_str_eq(pxk_tftp_error_words(1), "file not found");
    for (unsigned i = 0; i < PXK_TFTP_OPT_UNKNOWN; i++) {
        cr_assert(key_is_fine(pxk_tftp_opt_word((enum pxk_tftp_opt_id)i)));
        for (unsigned j = 0; j < i; j++)
            cr_assert_str_neq(pxk_tftp_opt_word((enum pxk_tftp_opt_id)i), pxk_tftp_opt_word((enum pxk_tftp_opt_id)j));
    }
    cr_assert_str_eq(pxk_tftp_opt_word(PXK_TFTP_OPT_UNKNOWN), "unknown");
}

/* PXE 2.1 table 2-1. */
Test(table, pxe_sub_options)
{
    static const struct {
        unsigned code;
        const char *key;
        unsigned min, max;
    } lines[] = {
#define SUB(code, name, key, min, max) {code, key, min, max},
#include "pxk/proto/tables/pxe_subopts.def"
#undef SUB
    };
    cr_assert_eq(PXK_COUNT(lines), 13);
    for (size_t i = 0; i < PXK_COUNT(lines); i++) {
        cr_assert_eq(lines[i].code, i < 12 ? i + 1 : 71);
        cr_assert(lines[i].min <= lines[i].max && lines[i].max <= 255);
        cr_assert_str_eq(pxk_pxe_sub_name((uint8_t)lines[i].code), lines[i].key);
    }
    cr_assert_str_eq(pxk_pxe_sub_name(13), "unknown");
    cr_assert_str_eq(pxk_pxe_sub_name(255), "unknown");
}
