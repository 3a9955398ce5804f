/* DHCPv6: captured messages, relays, every shape as text, what is cut or lies about its length, the table. */
#include "packet.h"
#include "pxk/proto.h"
#include "vector.h"

static struct pxk_dhcp6 m;
static uint8_t buf[4096];

static void load(const char *name, uint8_t type)
{
    size_t len = pxk_vector_load_udp(name, buf, sizeof buf);
    cr_assert_gt(len, 0, "%s", name);
    cr_assert_eq(pxk_dhcp6_decode(buf, len, &m), PXK_OK);
    cr_assert(m.type == type && m.note_n == 0 && m.relay_n == 0, "%s: %s", name, pxk_dhcp6_type_name(m.type));
}

static const char *text(uint16_t code)
{
    static char out[600];
    struct pxk_str s = pxk_str_init(out, sizeof out);
    const struct pxk_dhcp6_opt *o = pxk_dhcp6_find(&m, code);
    if (o)
        pxk_dhcp6_value_text(code, o->data, o->len, &s);
    return out;
}

Test(dhcp6, solicit_of_edk2)
{
    load("edk2-solicit", PXK_DHCP6_SOLICIT);
    static const uint16_t order[] = {1, 8, 3, 6, 62, 61, 16};
    cr_assert(m.xid == 0xe8b1e0 && m.opt_n == PXK_COUNT(order));
    for (unsigned i = 0; i < m.opt_n; i++)
        cr_assert_eq(m.opt[i].code, order[i]);
    cr_assert(pxk_dhcp6_vendor_is(&m, "PXEClient:Arch:00007") && !pxk_dhcp6_vendor_is(&m, "HTTPClient"));
    cr_assert(pxk_dhcp6_arch(&m) == 7 && !pxk_dhcp6_is_ipxe(&m));
    cr_assert(pxk_dhcp6_asks(&m, PXK_OPT6_BOOT_FILE_URL) && !pxk_dhcp6_asks(&m, PXK_OPT6_DOMAIN_LIST));
    cr_assert_str_eq(text(1), "LLT 52:54:00:77:00:01 time 836492282");
    cr_assert_str_eq(text(6), "59 (boot-file-url), 60 (boot-file-params), 23 (dns-servers), 16 (vendor-class)");
    cr_assert_str_eq(text(3), "id f7a75557 t1 4294967295 t2 4294967295");
    cr_assert_str_eq(text(16), "enterprise 343: PXEClient:Arch:00007:UNDI:003000");
    cr_assert_str_eq(text(61), "7 (uefi-x64)");
    cr_assert_str_eq(text(62), "type 1 version 3.0");
    struct pxk_mac mac;
    cr_assert(pxk_duid_mac(m.opt[0].data, m.opt[0].len, &mac) && mac.b[5] == 1);
    struct pxk_dhcp6_ia ia;
    cr_assert(pxk_dhcp6_ia(&m, &ia) && ia.iaid == 0xf7a75557 && !ia.has_address && !ia.status.there);
}

Test(dhcp6, answers_of_dnsmasq)
{
    char url[100], ip[PXK_IP_STRLEN];
    struct pxk_dhcp6_ia ia;
    load("dnsmasq-advertise", PXK_DHCP6_ADVERTISE);
    cr_assert_str_eq(text(7), "255");
    load("edk2-request6", PXK_DHCP6_REQUEST);
    load("dnsmasq-reply6", PXK_DHCP6_REPLY);
    cr_assert_str_eq(pxk_dhcp6_text(&m, PXK_OPT6_BOOT_FILE_URL, url, sizeof url), "tftp://[fd77::1]/shimx64.efi");
    cr_assert(pxk_dhcp6_ia(&m, &ia) && ia.t1 == 1800 && ia.t2 == 3150 && ia.preferred == 3600 && ia.valid == 3600);
    cr_assert_str_eq(pxk_ip_text(ia.address, ip), "fd77::101c");
    cr_assert_str_eq(text(3), "id f7a75557 t1 1800 t2 3150; iaaddr fd77::101c preferred 3600 valid 3600");
    struct pxk_dhcp6_status status = pxk_dhcp6_status(&m);
    cr_assert(status.there && status.code == 0 && status.message_len == 7);
    cr_assert_str_eq(text(13), "0 (Success) success");
}

/* ---- by hand ---- */

static struct pxk_wr w;

static void start(void)
{
    w = pxk_wr_init(buf, sizeof buf);
}

static void decode(void)
{
    cr_assert_eq(w.err, PXK_OK);
    uint8_t *copy = exact_copy(buf, pxk_wr_len(&w));
    cr_assert_eq(pxk_dhcp6_decode(copy, pxk_wr_len(&w), &m), PXK_OK);
    free(copy);
    cr_assert_eq(pxk_dhcp6_decode(buf, pxk_wr_len(&w), &m), PXK_OK);
}

static void one(uint16_t code, const void *data, size_t len)
{
    start();
    pxk_dhcp6_write_head(&w, PXK_DHCP6_REPLY, 1);
    pxk_dhcp6_write_opt(&w, code, data, len);
    decode();
}

Test(dhcp6, values_as_text)
{
    static const struct {
        uint16_t code;
        const char *bytes;
        size_t len;
        const char *want;
    } row[] = {
        {14, "", 0, "set"},
        {8, "\1\2", 2, "258"},
        {32, "\0\0\1\0", 4, "256"},
        {23, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\2", 32, "fd00::1, fe80::2"},
        {24, "\3lab\4test\0\1x\0", 13, "lab.test, x"},
        {24, "\0", 1, "."},
        {24, "\5lab", 4, " (cut)"},
        {15, "\0\4iPXE\0\1a", 9, "iPXE, a"},
        {60, "bcd", 3, " (not a list of texts with their lengths)"},
        {60, "\0\1a\0\0", 5, "a, "},
        {17, "\0\0\1\x57\0\1\0\2\xab\xcd", 10, "enterprise 343; option 1 ab:cd"},
        {79, "\0\1\x52\x54\0\x77\0\1", 8, "type 1 52:54:00:77:00:01"},
        {1, "\0\3\0\1\x52\x54\0\x77\0\1", 10, "LL 52:54:00:77:00:01"},
        {1, "\0\2\0\0\1\x57\xaa", 7, "EN 343 aa"},
        {1, "\0\4\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf\x10", 18, "UUID 01020304-0506-0708-090a-0b0c0d0e0f10"},
        {1, "\0\4\1\2", 4, "00:04:01:02"},
        {1, "\0\x9\1", 3, "00:09:01"},
        {3, "\0\0\0\1\0\0\0\2\0\0\0\3\0\x0d\0\4\0\2no", 20, "id 00000001 t1 2 t2 3; status-code 2 (NoAddrsAvail) no"},
        {13, "\0\x63", 2, "99 (unknown)"},
        {59, "tftp://[::1]/a\0", 15, "tftp://[::1]/a"},
        {18, "\1\2", 2, "01:02"},
        {7, "\1\2", 2, "01:02"},
        {999, "\1\2", 2, "01:02"},
    };
    for (size_t i = 0; i < PXK_COUNT(row); i++) {
        one(row[i].code, row[i].bytes, row[i].len);
        cr_assert_str_eq(text(row[i].code), row[i].want, "option %u: %s", row[i].code, text(row[i].code));
    }
}

Test(dhcp6, notes)
{
    one(PXK_OPT6_PREFERENCE, "\1\2", 2);
    cr_assert(m.note_n == 1 && pxk_dhcp6_noted(&m, PXK_DHCP6_NOTE_BAD_LENGTH) && m.note[0].offset == 4);
    one(PXK_OPT6_BOOT_FILE_PARAM, "text", 4);
    cr_assert(pxk_dhcp6_noted(&m, PXK_DHCP6_NOTE_BAD_INSIDE) && !pxk_dhcp6_params_ok(&m.opt[0]));
    one(PXK_OPT6_BOOT_FILE_PARAM, "\0\2ab", 4);
    cr_assert(m.note_n == 0 && pxk_dhcp6_params_ok(&m.opt[0]));
    one(PXK_OPT6_IA_NA, "\0\0\0\1\0\0\0\0\0\0\0\0\0\5\0\1a", 17);
    cr_assert(pxk_dhcp6_noted(&m, PXK_DHCP6_NOTE_BAD_INSIDE));
    start();
    pxk_dhcp6_write_head(&w, PXK_DHCP6_REPLY, 1);
    pxk_wr_bytes(&w, "\0\7\0\2\1", 5);
    decode();
    cr_assert(m.note_n == 1 && m.note[0].kind == PXK_DHCP6_NOTE_CUT && m.note[0].code == 7 && m.opt_n == 0);
    for (size_t kind = 0; kind < PXK_DHCP6_NOTE_N; kind++)
        cr_assert_neq(*pxk_dhcp6_note_words(kind), 0);
}

Test(dhcp6, as_many_options_as_are_looked_at)
{
    for (unsigned n = PXK_DHCP6_OPTS_MAX; n <= PXK_DHCP6_OPTS_MAX + 1; n++) {
        start();
        pxk_dhcp6_write_head(&w, PXK_DHCP6_REPLY, 1);
        for (unsigned i = 0; i < n; i++)
            pxk_dhcp6_write_opt(&w, 14, "", 0);
        decode();
        cr_assert(m.opt_n == PXK_DHCP6_OPTS_MAX);
        cr_assert_eq(pxk_dhcp6_noted(&m, PXK_DHCP6_NOTE_MANY), n > PXK_DHCP6_OPTS_MAX);
    }
}

Test(dhcp6, status_of_association_and_address)
{
    struct pxk_dhcp6_ia ia;
    start();
    pxk_dhcp6_write_head(&w, PXK_DHCP6_REPLY, 1);
    size_t na = pxk_dhcp6_open(&w, PXK_OPT6_IA_NA);
    pxk_wr_zero(&w, 12);
    pxk_dhcp6_write_opt(&w, PXK_OPT6_STATUS, "\0\2", 2);
    pxk_dhcp6_close(&w, na);
    decode();
    cr_assert(pxk_dhcp6_ia(&m, &ia) && ia.status.there && ia.status.code == PXK_DHCP6_STATUS_NO_ADDRS_AVAIL);
    w.at -= 6;
    size_t address = pxk_dhcp6_open(&w, PXK_OPT6_IAADDR);
    pxk_wr_zero(&w, 24);
    pxk_dhcp6_write_opt(&w, PXK_OPT6_STATUS, "\0\4", 2);
    pxk_dhcp6_close(&w, address);
    pxk_dhcp6_close(&w, na);
    decode();
    cr_assert(pxk_dhcp6_ia(&m, &ia) && ia.has_address && ia.status.code == PXK_DHCP6_STATUS_NOT_ON_LINK);
    one(PXK_OPT6_IA_NA, "\0\0\0\1", 4);
    cr_assert_not(pxk_dhcp6_ia(&m, &ia));
}

static const struct pxk_ip link_local = {{0xfe, 0x80, [15] = 1}};

/* @depth relays around a SOLICIT; the outermost is the last that it went through. */
static void relayed(unsigned depth)
{
    size_t mark[16];
    start();
    for (unsigned i = 0; i < depth; i++) {
        pxk_dhcp6_write_relay(&w, PXK_DHCP6_RELAY_FORW, (uint8_t)(depth - 1 - i), (struct pxk_ip){{0}}, link_local);
        pxk_dhcp6_write_opt(&w, PXK_OPT6_INTERFACE_ID, "ge0", 3);
        pxk_dhcp6_write_opt(&w, PXK_OPT6_CLIENT_LLADDR, "\0\1\x52\x54\0\x77\0\1", 8);
        mark[i] = pxk_dhcp6_open(&w, PXK_OPT6_RELAY_MSG);
    }
    pxk_dhcp6_write_head(&w, PXK_DHCP6_SOLICIT, 0x123456);
    pxk_dhcp6_write_opt(&w, PXK_OPT6_RAPID_COMMIT, "", 0);
    for (unsigned i = depth; i-- > 0;)
        pxk_dhcp6_close(&w, mark[i]);
}

Test(dhcp6, relays)
{
    for (unsigned depth = 0; depth <= PXK_DHCP6_RELAYS_MAX; depth++) {
        relayed(depth);
        decode();
        cr_assert(m.relay_n == depth && m.type == PXK_DHCP6_SOLICIT && m.xid == 0x123456 && m.note_n == 0);
        cr_assert(pxk_dhcp6_has(&m, PXK_OPT6_RAPID_COMMIT) && m.opt[0].offset == pxk_wr_len(&w) - 4);
        for (unsigned i = 0; i < depth; i++) {
            const struct pxk_dhcp6_relay *r = &m.relay[i];
            cr_assert(r->hops == depth - 1 - i && r->has_mac && r->mac.b[5] == 1 && pxk_ip_eq(r->peer, link_local));
            cr_assert(r->interface_id.len == 3 && memcmp(r->interface_id.data, "ge0", 3) == 0);
        }
    }
    relayed(PXK_DHCP6_RELAYS_MAX + 1);
    decode();
    cr_assert(pxk_dhcp6_noted(&m, PXK_DHCP6_NOTE_DEEP) && m.type == PXK_DHCP6_RELAY_FORW && m.opt_n == 0);
}

Test(dhcp6, a_relay_without_a_message)
{
    start();
    pxk_dhcp6_write_relay(&w, PXK_DHCP6_RELAY_REPL, 0, link_local, link_local);
    decode();
    cr_assert(m.type == PXK_DHCP6_RELAY_REPL && pxk_dhcp6_noted(&m, PXK_DHCP6_NOTE_NO_MESSAGE));
    pxk_dhcp6_write_opt(&w, PXK_OPT6_RELAY_MSG, "\1\2", 2);
    decode();
    cr_assert(m.relay_n == 1 && m.xid == 0 && pxk_dhcp6_noted(&m, PXK_DHCP6_NOTE_NO_MESSAGE));
}

Test(dhcp6, cut_at_every_byte)
{
    relayed(2);
    for (size_t len = 0; len < pxk_wr_len(&w); len++) {
        uint8_t *copy = exact_copy(buf, len);
        enum pxk_err err = pxk_dhcp6_decode(copy, len, &m);
        cr_assert_eq(err, len < 34 ? PXK_E_TRUNCATED : PXK_OK, "%zu bytes", len);
        cr_assert(err != PXK_OK || m.note_n, "%zu bytes", len);
        free(copy);
    }
}

Test(dhcp6, table)
{
    int last = 0, seen = 0;
    for (int code = 0; code < 65536; code++) {
        const struct pxk_opt6_row *row = pxk_dhcp6_row((uint16_t)code);
        if (!row->key)
            continue;
        cr_assert(code > last && row->min <= row->max && strncmp(row->source, "RFC ", 4) == 0, "%d", code);
        cr_assert_eq(pxk_dhcp6_code(row->key), code, "%s is there twice", row->key);
        last = code;
        seen++;
    }
    int rows = 0;
#define OPT(code, name, key, shape, min, max, source) rows++;
#include "pxk/proto/tables/dhcp6_options.def"
#undef OPT
    cr_assert_eq(seen, rows, "not sorted: rows are not found");
    cr_assert_eq(pxk_dhcp6_code("no-such"), -1);
    cr_assert_str_eq(pxk_dhcp6_type_name(11), "INFORMATION-REQUEST");
    cr_assert_str_eq(pxk_dhcp6_type_name(0), "unknown");
    cr_assert_str_eq(pxk_dhcp6_status_name(6), "NoPrefixAvail");
}
