/* What is only watched: neighbour discovery, and what switches say. */
#include "packet.h"
#include "pxk/proto.h"
#include "vector.h"

static uint8_t buf[2048];
static struct pxk_frame f;

static void load(const char *name)
{
    size_t len = pxk_vector_load(name, buf, sizeof buf);
    cr_assert_gt(len, 0, "%s", name);
    cr_assert_eq(pxk_frame_decode(buf, len, len, &f), PXK_OK);
    cr_assert_eq(f.l4, PXK_L4_ICMP6);
}

/* ---- neighbour discovery ---- */

Test(icmp6, router_advertisement)
{
    struct pxk_ra ra;
    struct pxk_nd nd;
    char ip[PXK_IP_STRLEN];
    load("dnsmasq-router-advertisement");
    cr_assert_eq(pxk_ra_decode(f.payload, f.payload_len, &ra), PXK_OK);
    cr_assert(ra.managed && ra.other && !ra.bad && ra.hop_limit == 64 && ra.lifetime == 1800);
    cr_assert(ra.prefix_n == 1 && ra.prefix[0].len == 64 && ra.prefix[0].on_link && !ra.prefix[0].autonomous);
    cr_assert_str_eq(pxk_ip_text(ra.prefix[0].prefix, ip), "fd77::");
    cr_assert(ra.has_mac && pxk_mac_eq(&ra.mac, &f.src) && ra.mtu == 1500);
    cr_assert_eq(pxk_nd_decode(f.payload, f.payload_len, &nd), PXK_E_FORMAT);
    for (size_t n = 0; n < f.payload_len; n++) {
        uint8_t *copy = exact_copy(f.payload, n);
        enum pxk_err err = pxk_ra_decode(copy, n, &ra);
        cr_assert_eq(err, n < 16 ? PXK_E_TRUNCATED : PXK_OK, "%zu bytes", n);
        free(copy);
    }
}

Test(icmp6, options_of_no_length_end_it)
{
    static const uint8_t p[24] = {PXK_ICMP6_RA, [16] = 3};
    struct pxk_ra ra;
    cr_assert(pxk_ra_decode(p, sizeof p, &ra) == PXK_OK && ra.bad && ra.prefix_n == 0);
}

Test(icmp6, more_than_there_is_room_for)
{
    uint8_t p[16 + 32 * (PXK_RA_PREFIXES + 2) + 8 + 16 * 6] = {PXK_ICMP6_RA};
    for (int i = 0; i < PXK_RA_PREFIXES + 2; i++)
        memcpy(p + 16 + 32 * i, (uint8_t[]){3, 4}, 2);
    memcpy(p + 16 + 32 * (PXK_RA_PREFIXES + 2), (uint8_t[]){25, 13}, 2);
    struct pxk_ra ra;
    cr_assert_eq(pxk_ra_decode(p, sizeof p, &ra), PXK_OK);
    cr_assert(!ra.bad && ra.prefix_n == PXK_RA_PREFIXES && ra.dns_n == PXK_RA_DNS);
}

Test(icmp6, neighbours)
{
    struct pxk_nd nd;
    char ip[PXK_IP_STRLEN];
    load("edk2-neighbor-solicitation");
    cr_assert(pxk_nd_decode(f.payload, f.payload_len, &nd) == PXK_OK && !nd.bad && !nd.solicited);
    cr_assert_str_eq(pxk_ip_text(nd.target, ip), "fd77::1");
    cr_assert(nd.has_mac && pxk_mac_eq(&nd.mac, &f.src));
    load("linux-neighbor-advertisement");
    cr_assert(pxk_nd_decode(f.payload, f.payload_len, &nd) == PXK_OK && nd.solicited && nd.override && !nd.router);
    cr_assert(nd.has_mac && pxk_mac_eq(&nd.mac, &f.src));
    cr_assert_eq(pxk_nd_decode(f.payload, 23, &nd), PXK_E_TRUNCATED);
    load("edk2-router-solicitation");
    cr_assert_eq(f.icmp.type, PXK_ICMP6_RS);
}

/* ---- switches ---- */

static const char config[] = "\0\0\0\0\1\x80\0\2\0\0\0\0\1\0\0\0\4\x80\1\2\0\0\0\0\2\x80\3\1\0\x14\0\2\0\x0f\0";

Test(switches, spanning_tree)
{
    struct pxk_stp s;
    cr_assert_eq(pxk_stp_decode(config, sizeof config - 1, &s), PXK_OK);
    cr_assert(s.version == 0 && s.topology_change && s.root_priority == 0x8000 && s.root.b[5] == 1 && s.root_cost == 4);
    cr_assert(s.bridge_priority == 0x8001 && s.bridge.b[5] == 2 && s.port == 0x8003 && s.role == PXK_STP_ROLE_UNKNOWN);
    cr_assert(s.message_age == 256 && s.max_age == 20 * 256 && s.hello == 2 * 256 && s.forward_delay == 15 * 256);
    for (size_t n = 0; n < sizeof config - 1; n++)
        cr_assert_eq(pxk_stp_decode(config, n, &s), PXK_E_TRUNCATED, "%zu bytes", n);
    cr_assert(pxk_stp_decode("\0\0\0\x80", 4, &s) == PXK_OK && s.topology_notice);
    cr_assert_eq(pxk_stp_decode("\0\1\0\0\0", 5, &s), PXK_E_FORMAT);
    uint8_t rapid[36];
    memcpy(rapid, config, 35);
    memcpy(rapid, "\0\0\2\2\x3e", 5);
    rapid[35] = 0;
    cr_assert_eq(pxk_stp_decode(rapid, sizeof rapid, &s), PXK_OK);
    cr_assert(s.version == 2 && s.role == PXK_STP_ROLE_DESIGNATED && s.learning && s.forwarding && s.proposal && !s.agreement);
}

Test(switches, frames_of_bpdus)
{
    struct pxk_frame b = {.l3 = PXK_L3_LLC, .llc = {.dsap = 0x42, .ssap = 0x42}};
    cr_assert(pxk_stp_is(&b));
    b.llc.dsap = b.llc.ssap = 0xaa;
    cr_assert_not(pxk_stp_is(&b));
    b.llc.oui = 0xc;
    b.llc.pid = 0x10b;
    cr_assert(pxk_stp_is(&b));
}

Test(switches, lldp)
{
    static const char p[] = "\2\7\4\2\0\0\0\0\x09" "\4\4\5ge1" "\6\2\0\x78" "\x08\6port\0011" "\x0a\3sw1" "\xfe\6\0\x80\xc2\1\0\x64" "\0\0" "pad";
    struct pxk_lldp l;
    cr_assert_eq(pxk_lldp_decode(p, sizeof p - 1, &l), PXK_OK);
    cr_assert(l.has_chassis && l.chassis.b[5] == 9 && l.ttl == 120 && l.vlan == 100);
    cr_assert_str_eq(l.system, "sw1");
    cr_assert_str_eq(l.port, "ge1");
    cr_assert_str_eq(l.port_words, "port?1");
    cr_assert_eq(pxk_lldp_decode(p, 12, &l), PXK_E_TRUNCATED);
    cr_assert_eq(pxk_lldp_decode(p, 0, &l), PXK_E_TRUNCATED);
}

Test(switches, lacp)
{
    uint8_t p[42] = {1, 1, 1, 20, 0x80, 0, 2, 0, 0, 0, 0, 1, 0, 7, 0x80, 1, 0, 3, 0x3d};
    struct pxk_lacp l;
    p[22] = 2;
    p[23] = 20;
    p[31] = 9;
    p[38] = PXK_LACP_DEFAULTED;
    cr_assert_eq(pxk_lacp_decode(p, sizeof p, &l), PXK_OK);
    cr_assert(l.actor.system.b[5] == 1 && l.actor.key == 7 && l.actor.port == 3 && l.actor.state == 0x3d);
    cr_assert(l.partner.system.b[5] == 9 && l.partner.state == PXK_LACP_DEFAULTED);
    cr_assert_eq(pxk_lacp_decode(p, 41, &l), PXK_E_TRUNCATED);
    p[0] = 2;
    cr_assert_eq(pxk_lacp_decode(p, sizeof p, &l), PXK_E_FORMAT);
}
