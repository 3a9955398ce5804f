/* What a scenario changes in what a personality sends, and the words it says that with. */
#include <criterion/criterion.h>

#include "pxk/emulator.h"
#include "rig.h"

static struct pxk_overrides o;
static char why[200];

static enum pxk_err set(const char *key, const char *a, const char *b)
{
    const char *values[] = {a, b};
    return pxk_emulator_override(&o, key, values, b ? 2 : 1, why, sizeof why);
}
#define SET(key, value) cr_assert_eq(set((key), (value), NULL), PXK_OK, "%s", why)

static const struct pxk_override *last(void)
{
    cr_assert_gt(o.option_n, 0);
    return &o.option[o.option_n - 1];
}

static void assert_value(const char *key, const char *value, uint8_t code, const void *bytes, size_t len)
{
    o = (struct pxk_overrides){0};
    SET(key, value);
    cr_assert_eq(last()->code, code);
    cr_assert_not(last()->omit);
    cr_assert_eq(last()->len, len, "%s: %u bytes", key, last()->len);
    cr_assert_arr_eq(o.bytes + last()->at, bytes, len, "%s", key);
}

Test(override_words, by_the_type_of_the_option)
{
    assert_value("vendor-class-identifier", "PXEClient", 60, "PXEClient", 9);
    assert_value("60", "PXEClient", 60, "PXEClient", 9);
    assert_value("0x3c", "hex:50 58:45", 60, "PXE", 3);
    assert_value("max-message-size", "1024", 57, "\x04\x00", 2);
    assert_value("client-arch", "7", 93, "\x00\x07", 2);
    assert_value("client-arch", "uefi-x64", 93, "\x00\x07", 2);
    assert_value("client-uuid", "00112233-4455-6677-8899-aabbccddeeff", 97,
                 "\0\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 17);
    assert_value("host-name", "lab-7", 12, "lab-7", 5);
    assert_value("requested-address", "10.77.0.9", 50, "\x0a\x4d\x00\x09", 4);
    assert_value("lease-time", "4294967295", 51, "\xff\xff\xff\xff", 4);
    assert_value("240", "any text", 240, "any text", 8);
    o = (struct pxk_overrides){0};
    cr_assert_eq(set("parameter-request-list", "1", "67"), PXK_OK, "%s", why);
    cr_assert_arr_eq(o.bytes, ((uint8_t[]){1, 67}), 2);
}

Test(override_words, none_leaves_it_out)
{
    o = (struct pxk_overrides){0};
    SET("client-uuid", "none");
    cr_assert(last()->omit);
    SET("client-uuid", "hex:00112233445566778899aabbccddeeff00");
    cr_assert_eq(o.option_n, 1, "the later word counts");
    cr_assert_not(last()->omit);
}

Test(override_words, tftp)
{
    o = (struct pxk_overrides){0};
    SET("blksize", "1024");
    SET("windowsize", "none");
    SET("tsize", "0");
    cr_assert(o.blksize.given && o.blksize.value == 1024);
    cr_assert(o.windowsize.given && o.windowsize.value == 0);
    cr_assert(o.tsize.given && o.tsize.value == 0);
    cr_assert_eq(o.option_n, 0);
}

Test(override_words, what_is_wrong_is_said)
{
    static const struct {
        const char *key, *value;
        enum pxk_err err;
        const char *part;
    } row[] = {
        {"vendor-class-identifer", "x", PXK_E_NOTFOUND, "did you mean \"vendor-class-identifier\""},
        {"0", "x", PXK_E_NOTFOUND, "no DHCP option"},
        {"255", "x", PXK_E_NOTFOUND, "no DHCP option"},
        {"max-message-size", "65536", PXK_E_FORMAT, "from 0 to 65535"},
        {"requested-address", "10.77.0", PXK_E_FORMAT, "IPv4 address"},
        {"client-uuid", "hex:001", PXK_E_FORMAT, "pairs of hex digits"},
        {"client-uuid", "hex:0011", PXK_E_RANGE, "2 bytes"},
        {"vendor-class-identifier", "", PXK_E_RANGE, "0 bytes"},
        {"blksize", "7", PXK_E_RANGE, "from 8 to 65464"},
        {"blksize", "65465", PXK_E_RANGE, "from 8 to 65464"},
        {"windowsize", "65536", PXK_E_RANGE, "from 1 to 65535"},
        {"tsize", "12", PXK_E_RANGE, "expected 1 or none"},
    };
    struct pxk_overrides before;
    o = (struct pxk_overrides){0};
    SET("host-name", "lab");
    before = o;
    for (size_t i = 0; i < PXK_COUNT(row); i++) {
        cr_assert_eq(set(row[i].key, row[i].value, NULL), row[i].err, "%s: %s", row[i].key, row[i].value);
        cr_assert(strstr(why, row[i].part), "%s: %s: %s", row[i].key, row[i].value, why);
        cr_assert_arr_eq(&o, &before, sizeof o);
    }
    cr_assert_eq(set("vendor-class-identifier", "a", "b"), PXK_E_FORMAT);
    cr_assert(strstr(why, "one value"), "%s", why);
}

Test(override_words, bounds)
{
    char code[8], text[256];
    o = (struct pxk_overrides){0};
    for (unsigned i = 0; i < PXK_OVERRIDES_MAX; i++)
        SET(pxk_fmt(code, sizeof code, "%u", 224 + i), "x");
    cr_assert_eq(set("240", "x", NULL), PXK_E_SPACE);
    o = (struct pxk_overrides){0};
    memset(text, 'x', 255);
    text[255] = '\0';
    SET("224", text);
    SET("225", text);
    cr_assert_eq(set("226", text, NULL), PXK_E_SPACE);
    SET("226", "xx");
    cr_assert_eq(o.bytes_n, PXK_OVERRIDES_BYTES_MAX);
}

/* ---- on the wire ---- */

static struct rig r;
static struct pxk_dhcp4 m;

static void play(const char *persona, uint16_t arch)
{
    struct pxk_client_opts opts = {.persona = pxk_persona_by_key(persona), .arch = arch, .pace = &pxk_pace_fast,
                                   .link_mtu = 1500, .mac = {{0x52, 0x54, 0, 0x77, 0, 1}}, .seed = 7, .overrides = &o};
    rig_init_with(&r, &opts);
    rig_dhcp(&r, PXK_DHCP4_SERVER_PORT, &m);
}

static void get_lease(void)
{
    rig_answer(&r, "dnsmasq-offer");
    cr_assert(rig_step(&r));
    rig_dhcp(&r, PXK_DHCP4_SERVER_PORT, &m);
    cr_assert_eq(m.type, PXK_DHCP4_REQUEST);
}

static void assert_option(uint8_t code, const void *bytes, size_t len)
{
    cr_assert_eq(m.opt[code].len, len, "option %u: %u bytes", code, m.opt[code].len);
    cr_assert_arr_eq(m.opt[code].data, bytes, len, "option %u", code);
    cr_assert_eq(m.opt[code].instances, 1);
}

Test(overrides, replace_add_and_leave_out)
{
    struct pxk_dhcp4 plain;
    uint8_t order[256];
    o = (struct pxk_overrides){0};
    play("ipxe-bios", PXK_ARCH_BIOS);
    plain = m;
    memcpy(order, m.order, m.order_n);
    rig_done(&r);
    SET("vendor-class-identifier", "PXEClient:Arch:00009");
    SET("client-uuid", "none");
    SET("host-name", "lab");
    play("ipxe-bios", PXK_ARCH_BIOS);
    for (unsigned i = 0; i < 2; i++) { /* DISCOVER and REQUEST */
        assert_option(60, "PXEClient:Arch:00009", 20);
        assert_option(12, "lab", 3);
        cr_assert_not(pxk_dhcp4_has(&m, PXK_OPT_CLIENT_UUID));
        if (i == 0) {
            cr_assert_eq(m.order_n, plain.order_n, "one less, one more");
            cr_assert_arr_eq(m.order, order, 5, "what is replaced keeps its place");
            cr_assert_eq(m.order[m.order_n - 1], 12, "what is added comes last");
            get_lease();
        }
    }
    rig_done(&r);
}

/* The conversation's own options: replaced where they are sent, never put where they are not. */
Test(overrides, options_of_the_conversation)
{
    o = (struct pxk_overrides){0};
    SET("requested-address", "10.77.0.250");
    SET("server-identifier", "10.77.0.9");
    play("edk2-pxe", PXK_ARCH_UEFI_X64);
    cr_assert_not(pxk_dhcp4_has(&m, PXK_OPT_REQUESTED_IP), "a DISCOVER asks for no address");
    cr_assert_not(pxk_dhcp4_has(&m, PXK_OPT_SERVER_ID));
    get_lease();
    assert_option(50, "\x0a\x4d\x00\xfa", 4);
    assert_option(54, "\x0a\x4d\x00\x09", 4);
    rig_done(&r);
}

/* A lease is known by its client identifier: what releases it says the same. */
Test(overrides, release)
{
    o = (struct pxk_overrides){0};
    SET("client-identifier", "hex:ff01");
    SET("vendor-class-identifier", "x");
    play("edk2-pxe", PXK_ARCH_UEFI_X64);
    assert_option(61, "\xff\x01", 2);
    get_lease();
    rig_answer(&r, "dnsmasq-ack");
    rig_arp(&r);
    pxk_client_stop(r.client, "enough", r.now);
    rig_arp(&r);
    rig_dhcp(&r, PXK_DHCP4_SERVER_PORT, &m);
    cr_assert_eq(m.type, PXK_DHCP4_RELEASE);
    assert_option(61, "\xff\x01", 2);
    cr_assert_not(pxk_dhcp4_has(&m, PXK_OPT_VENDOR_CLASS), "a RELEASE has none to replace");
    rig_done(&r);
}

static void request(const char *persona, uint16_t arch, struct pxk_tftp *out)
{
    struct pxk_frame f;
    play(persona, arch);
    get_lease();
    rig_answer(&r, "dnsmasq-ack");
    rig_arp(&r);
    cr_assert_geq(rig_find(&r, PXK_TFTP_PORT, &f), 0, "no RRQ was sent");
    cr_assert_eq(pxk_tftp_decode(f.payload, f.payload_len, out), PXK_OK);
}

Test(overrides, tftp)
{
    struct pxk_tftp t;
    o = (struct pxk_overrides){0};
    SET("blksize", "4096");
    SET("tsize", "none");
    SET("windowsize", "8");
    request("ipxe-bios", PXK_ARCH_BIOS, &t);
    cr_assert_eq(t.opt_n, 2);
    cr_assert_eq(pxk_tftp_find(&t, PXK_TFTP_OPT_BLKSIZE)->number, 4096);
    cr_assert_eq(pxk_tftp_find(&t, PXK_TFTP_OPT_WINDOWSIZE)->number, 8);
    rig_done(&r);
    o.tsize = (struct pxk_override_tftp){0};
    request("edk2-pxe", PXK_ARCH_UEFI_X64, &t);
    cr_assert_eq(t.opt_n, 3, "the transfer for the size");
    cr_assert_eq(t.opt[0].id, PXK_TFTP_OPT_TSIZE);
    cr_assert_eq(t.opt[1].number, 4096);
    cr_assert_eq(t.opt[2].number, 8);
    rig_done(&r);
    o.tsize = (struct pxk_override_tftp){.given = true};
    request("edk2-pxe", PXK_ARCH_UEFI_X64, &t);
    cr_assert_eq(t.opt_n, 2, "without tsize there is no such transfer");
    rig_done(&r);
}

/* RFC 2347: who asks for nothing gets no OACK, and takes the data. */
Test(overrides, tftp_without_options)
{
    static const uint8_t data[] = {0, PXK_TFTP_DATA, 0, 1, 'x'};
    struct pxk_tftp t;
    struct pxk_frame f;
    o = (struct pxk_overrides){0};
    SET("blksize", "none");
    SET("windowsize", "none");
    SET("tsize", "none");
    request("edk2-pxe", PXK_ARCH_UEFI_X64, &t);
    cr_assert_eq(t.opt_n, 0);
    cr_assert_geq(rig_find(&r, PXK_TFTP_PORT, &f), 0);
    rig_udp(&r, r.server, f.ip.src, 3000, f.sport, data, sizeof data);
    cr_assert_geq(rig_find(&r, 3000, &f), 0);
    cr_assert_eq(f.payload[1], PXK_TFTP_ACK);
    rig_done(&r);
}
