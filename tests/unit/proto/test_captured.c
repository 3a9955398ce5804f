/* Frames of real clients and servers (tests/vectors/captured): every layer decodes to what was on the wire. */
#include <criterion/criterion.h>

#include "pxk/proto.h"
#include "vector.h"

static uint8_t buf[2048];
static struct pxk_frame f;
static struct pxk_dhcp4 m;
static struct pxk_tftp t;

static void load(const char *name)
{
    size_t len = pxk_vector_load(name, buf, sizeof buf);
    cr_assert_gt(len, 0, "%s", name);
    cr_assert_eq(pxk_frame_decode(buf, len, len, &f), PXK_OK);
    cr_assert_not(f.cut);
    cr_assert(f.l3 != PXK_L3_IP4 || f.ip.csum_ok, "%s: IP checksum", name);
    cr_assert(f.l4 != PXK_L4_UDP || pxk_frame_check(&f) == PXK_CSUM_OK || pxk_frame_check(&f) == PXK_CSUM_PARTIAL, "%s: checksum %d", name,
              (int)pxk_frame_check(&f));
}

static void load_dhcp(const char *name, unsigned type)
{
    load(name);
    cr_assert_eq(pxk_dhcp4_decode(f.payload, f.payload_len, &m), PXK_OK);
    cr_assert_eq(m.note_n, 0, "%s: %s", name, m.note_n ? pxk_dhcp4_note_words(m.note[0].kind) : "");
    cr_assert_eq(m.type, type, "%s is %s", name, pxk_dhcp4_type_name(m.type));
}

static void load_tftp(const char *name, enum pxk_tftp_op op)
{
    load(name);
    cr_assert_eq(f.l4, PXK_L4_UDP);
    cr_assert_eq(pxk_tftp_decode(f.payload, f.payload_len, &t), PXK_OK);
    cr_assert_eq(t.op, op);
    cr_assert_not(t.opts_cut);
}

static void text_is(uint8_t code, const char *want)
{
    char text[300];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    pxk_dhcp4_value_text(code, m.opt[code].data, m.opt[code].len, &s);
    cr_assert_str_eq(text, want, "option %u: %s", code, text);
}

Test(captured, every_client_speaks_from_68_to_67)
{
    static const struct {
        const char *name;
        uint8_t type;
        bool ipxe;
        uint16_t arch;
    } want[] = {
        {"ipxe-bios-discover", PXK_DHCP4_DISCOVER, true, 0}, {"ipxe-bios-request", PXK_DHCP4_REQUEST, true, 0},
        {"ipxe-efi-discover", PXK_DHCP4_DISCOVER, true, 7},  {"ipxe-efi-request", PXK_DHCP4_REQUEST, true, 7},
        {"edk2-discover", PXK_DHCP4_DISCOVER, false, 7},     {"edk2-request", PXK_DHCP4_REQUEST, false, 7},
        {"edk2-http-discover", PXK_DHCP4_DISCOVER, false, 16},
    };
    for (size_t i = 0; i < PXK_COUNT(want); i++) {
        char mac[PXK_MAC_STRLEN];
        load_dhcp(want[i].name, want[i].type);
        cr_assert(f.sport == 68 && f.dport == 67 && f.ip.src == 0 && f.ip.dst == PXK_IP4_BROADCAST);
        cr_assert(pxk_mac_eq(&f.dst, &pxk_mac_broadcast) && f.ip.ttl == 64 && pxk_frame_check(&f) == PXK_CSUM_OK);
        cr_assert_eq(pxk_dhcp4_is_ipxe(&m), want[i].ipxe, "%s", want[i].name);
        cr_assert_eq(pxk_dhcp4_arch(&m), want[i].arch, "%s", want[i].name);
        cr_assert_str_eq(pxk_mac_text(&m.mac, mac), "52:54:00:77:00:01");
        cr_assert(m.op == 1 && m.htype == 1 && m.hlen == 6 && m.giaddr == 0);
        cr_assert_eq(pxk_dhcp4_vendor_is(&m, "HTTPClient:Arch:00016"), want[i].arch == 16);
    }
}

Test(captured, dnsmasq_offers)
{
    char text[130];
    load_dhcp("dnsmasq-offer", PXK_DHCP4_OFFER);
    cr_assert(f.sport == 67 && f.dport == 68 && f.ip.dst == m.yiaddr && m.flags == 0, "unicast, as asked for");
    cr_assert_eq(m.yiaddr, PXK_IP4(10, 77, 0, 180));
    cr_assert_eq(m.siaddr, PXK_IP4(10, 77, 0, 1));
    cr_assert_str_eq(pxk_dhcp4_text(&m, 67, text, sizeof text), "pxelinux.0", "dnsmasq uses option 67 if it is asked for");
    cr_assert_eq(pxk_dhcp4_ip(&m, 54, 0), PXK_IP4(10, 77, 0, 1));
    cr_assert_eq(pxk_dhcp4_u32(&m, 51, 0), 3600);
    load_dhcp("dnsmasq-ack", PXK_DHCP4_ACK);
    load_dhcp("dnsmasq-offer-efi", PXK_DHCP4_OFFER);
    cr_assert(f.ip.dst == PXK_IP4_BROADCAST && m.flags == PXK_DHCP4_BROADCAST);
    cr_assert(pxk_dhcp4_edk2_keeps(&m, text, sizeof text), "%s", text);
    load_dhcp("dnsmasq-offer-http", PXK_DHCP4_OFFER);
    cr_assert(pxk_dhcp4_vendor_is(&m, "HTTPClient"));
    cr_assert(pxk_str_starts(pxk_dhcp4_text(&m, 67, text, sizeof text), "http://10.77.0.1/"), "%s", text);
}

Test(captured, kea_offer)
{
    load_dhcp("kea-offer", PXK_DHCP4_OFFER);
    cr_assert(f.ip.ttl == 128 && f.ip.df && m.yiaddr == PXK_IP4(10, 77, 0, 150));
    cr_assert(!pxk_dhcp4_has(&m, 60) && !pxk_dhcp4_has(&m, 67) && !pxk_dhcp4_has(&m, 43));
    text_is(1, "255.255.255.0");
    text_is(51, "3600");
    text_is(61, "01:52:54:00:77:00:01");
    cr_assert_eq(m.len, 277, "Kea does not pad to 300");
}

Test(captured, nak)
{
    load_dhcp("dnsmasq-nak", PXK_DHCP4_NAK);
    cr_assert(f.ip.dst == PXK_IP4_BROADCAST && m.yiaddr == 0 && pxk_dhcp4_has(&m, PXK_OPT_MESSAGE));
}

static void item_is(struct pxk_rd *menu, uint16_t type, const char *text)
{
    struct pxk_pxe_menu_item item;
    cr_assert(pxk_pxe_menu_next(menu, &item));
    cr_assert_eq(item.type, type);
    cr_assert(item.len == strlen(text) && !memcmp(item.text, text, item.len), "%.*s", item.len, item.text);
}

Test(captured, proxy_offer_with_a_menu)
{
    load_dhcp("dnsmasq-proxy-offer-menu", PXK_DHCP4_OFFER);
    cr_assert(m.yiaddr == 0 && pxk_dhcp4_vendor_is(&m, "PXEClient") && f.ip.dst == PXK_IP4_BROADCAST);
    cr_assert_eq(m.flags, PXK_DHCP4_BROADCAST, "dnsmasq sets it in proxy offers");
    struct pxk_pxe p;
    pxk_pxe_decode(m.opt[43].data, m.opt[43].len, &p);
    cr_assert(!p.cut && !p.no_end && !p.bad_length);
    cr_assert_eq(p.control, PXK_PXE_NO_BROADCAST | PXK_PXE_NO_MULTICAST);
    struct pxk_pxe_server s;
    cr_assert(pxk_pxe_server_next(&p.servers, &s));
    cr_assert(s.type == 0x8000 && s.count == 1 && pxk_rd_u32(&s.address) == PXK_IP4(10, 77, 0, 2));
    cr_assert_not(pxk_pxe_server_next(&p.servers, &s));
    item_is(&p.menu, 0x8000, "Lab pxelinux");
    item_is(&p.menu, 0, "Boot from local disk");
    cr_assert_eq(pxk_rd_left(&p.menu), 0);
    cr_assert(p.prompt_timeout == 3 && p.prompt_len == 13 && !memcmp(p.prompt, "Lab boot menu", 13));
}

Test(captured, proxy_offer_to_efi)
{
    char why[160];
    load_dhcp("dnsmasq-proxy-offer-efi", PXK_DHCP4_OFFER);
    cr_assert(m.yiaddr == 0 && pxk_dhcp4_vendor_is(&m, "PXEClient"));
    cr_assert(pxk_dhcp4_edk2_keeps(&m, why, sizeof why), "%s", why);
}

/* After the menu: xid 0, ciaddr set, the broadcast flag, and option 60 as the proxy gave it. */
Test(captured, boot_server_request_and_ack)
{
    struct pxk_pxe p;
    char text[130];
    load_dhcp("ipxe-pxebs-request", PXK_DHCP4_REQUEST);
    cr_assert(f.sport == 68 && f.dport == PXK_PXE_PORT && f.ip.dst == PXK_IP4(10, 77, 0, 2));
    cr_assert(m.xid == 0 && m.ciaddr == PXK_IP4(10, 77, 0, 150) && m.flags == PXK_DHCP4_BROADCAST);
    text_is(60, "PXEClient");
    pxk_pxe_decode(m.opt[43].data, m.opt[43].len, &p);
    cr_assert(p.has_item && p.item_type == 0x8000 && p.item_layer == 0);
    load_dhcp("dnsmasq-pxebs-ack", PXK_DHCP4_ACK);
    cr_assert(f.sport == PXK_PXE_PORT && f.dport == 68 && m.siaddr == PXK_IP4(10, 77, 0, 2));
    cr_assert_str_eq(pxk_dhcp4_file(&m, text, sizeof text), "pxelinux.0");
    pxk_pxe_decode(m.opt[43].data, m.opt[43].len, &p);
    cr_assert(p.has_item && p.item_type == 0x8000 && p.prompt_timeout == 3);
}

Test(captured, read_requests)
{
    static const struct {
        const char *name, *file, *profile;
        uint16_t sport;
    } want[] = {
        {"tftp-rrq-ipxe", "pxelinux.0", "ipxe", 0},
        {"tftp-rrq-pxelinux", "ldlinux.c32", "pxelinux", 49152},
        {"tftp-rrq-edk2-probe", "shimx64.efi", "edk2", 0},
        {"tftp-rrq-edk2-fetch", "shimx64.efi", "edk2", 0},
        {"tftp-rrq-shim", "revocations_sku.efi", "shim", 0},
        {"tftp-rrq-grub", "/grub/x86_64-efi/command.lst", "grub", 25300},
    };
    for (size_t i = 0; i < PXK_COUNT(want); i++) {
        load_tftp(want[i].name, PXK_TFTP_RRQ);
        cr_assert_str_eq(t.file, want[i].file);
        cr_assert_str_eq(t.mode, "octet");
        cr_assert_eq(f.dport, PXK_TFTP_PORT);
        const struct pxk_tftp_profile *p = pxk_tftp_profile_of(&t);
        cr_assert_not_null(p, "%s is not recognised", want[i].name);
        cr_assert_str_eq(p->key, want[i].profile);
        cr_assert_eq(f.ip.ttl, p->ttl, "%s", want[i].name);
        cr_assert_eq(p->first_port, want[i].sport);
        cr_assert(!p->first_port || f.sport == p->first_port, "%s from port %u", want[i].name, f.sport);
    }
}

Test(captured, option_acknowledgements)
{
    load_tftp("tftp-oack-ipxe", PXK_TFTP_OACK);
    cr_assert_eq(t.opt_n, 2);
    cr_assert_eq(pxk_tftp_find(&t, PXK_TFTP_OPT_BLKSIZE)->number, 1432);
    cr_assert_eq(pxk_tftp_find(&t, PXK_TFTP_OPT_TSIZE)->number, 42430);
    load_tftp("tftp-oack-edk2-probe", PXK_TFTP_OACK);
    cr_assert_null(pxk_tftp_find(&t, PXK_TFTP_OPT_WINDOWSIZE));
    cr_assert_eq(pxk_tftp_find(&t, PXK_TFTP_OPT_TSIZE)->number, 1048504);
    load_tftp("tftp-ack", PXK_TFTP_ACK);
    cr_assert_eq(t.block, 0);
}

static void error_is(const char *name, uint16_t code, const char *message)
{
    load_tftp(name, PXK_TFTP_ERROR);
    cr_assert_eq(t.error, code);
    cr_assert(t.message_len >= strlen(message) && !memcmp(t.message, message, strlen(message)), "%.*s",
              (int)t.message_len, t.message);
}

Test(captured, errors)
{
    const struct pxk_tftp_profile *edk2 = pxk_tftp_profile_by_key("edk2");
    error_is("tftp-error-not-found", PXK_TFTP_E_NOT_FOUND, "file /srv/tftp/pxelinux.cfg/01-52-54-00-77-00-01 not found");
    error_is("tftp-error-permission", PXK_TFTP_E_UNDEFINED, "Permission denied");
    error_is("tftp-error-edk2-abort", edk2->probe_error, edk2->probe_message);
    cr_assert_eq(t.message_len, strlen(edk2->probe_message));
}

Test(captured, icmp)
{
    load("icmp-port-unreachable");
    cr_assert_eq(f.l4, PXK_L4_ICMP);
    cr_assert(f.icmp.type == PXK_ICMP_UNREACHABLE && f.icmp.code == PXK_ICMP_PORT_UNREACHABLE && f.icmp.has_inner);
    cr_assert(f.icmp.inner_proto == PXK_IP_UDP && f.icmp.inner_dport == PXK_TFTP_PORT && f.icmp.inner_sport == 0x1884);
    cr_assert(f.icmp.inner_src == f.ip.dst && f.icmp.inner_dst == f.ip.src);
    load("icmp-echo-request");
    cr_assert(f.icmp.type == PXK_ICMP_ECHO && f.icmp.id == 0x959f && f.icmp.seq == 0);
}

Test(captured, arp)
{
    load("arp-request");
    cr_assert(f.l3 == PXK_L3_ARP && f.arp.op == PXK_ARP_REQUEST && f.arp.target == PXK_IP4(10, 77, 0, 1));
    load("arp-reply");
    cr_assert(f.arp.op == PXK_ARP_REPLY && f.arp.sender == PXK_IP4(10, 77, 0, 1));
    cr_assert(pxk_mac_eq(&f.arp.sender_mac, &f.src));
}

Test(captured, the_loader_tells_what_is_wrong)
{
    uint8_t small[10];
    cr_assert_eq(pxk_vector_load("no-such-frame", buf, sizeof buf), 0);
    cr_assert_eq(pxk_vector_load("arp-reply", small, sizeof small), 0);
    cr_assert_eq(pxk_vector_load_udp("arp-reply", buf, sizeof buf), 0);
    cr_assert_eq(pxk_vector_load("arp-reply", buf, 42), 42);
    cr_assert_eq(pxk_vector_load_udp("tftp-ack", buf, sizeof buf), 4);
}
