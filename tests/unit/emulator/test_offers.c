/* Which offer a firmware takes, row by row: iPXE's dhcp_discovery_rx() and EDK2's PxeBcSelectOffer(). */
#include <criterion/criterion.h>

#include "dhcpc.h"

#define A PXK_IP4(10, 77, 0, 1)
#define B PXK_IP4(10, 77, 0, 2)
#define C PXK_IP4(10, 77, 0, 3)
#define IP PXK_IP4(10, 77, 0, 100)

static const uint8_t discovery[] = {6, 1, 8, 255};
static const uint8_t mtftp[] = {1, 4, 239, 255, 1, 1, 2, 2, 1, 2, 3, 2, 1, 2, 4, 1, 2, 5, 1, 2, 255};
static const uint8_t mtftp_part[] = {1, 4, 239, 255, 1, 1, 255};
static const uint8_t menu[] = {6, 1, 3, 9, 6, 0x80, 1, 3, 'l', 'a', 'b', 10, 2, 0, 'x', 255};
static const uint8_t menu_or_file[] = {6, 1, 8, 9, 6, 0x80, 1, 3, 'l', 'a', 'b', 10, 2, 0, 'x', 255};

struct spec {
    pxk_ip4 src, yiaddr, siaddr;
    const char *file, *option67, *vendor;
    const uint8_t *pxe;
    uint8_t pxe_n;
    bool bootp, no_server_id, bad;
    int8_t priority;   /* 175.1 */
    bool no_proxy;     /* 175.176 */
    uint16_t sport;    /* 0: 67 */
};
#define PXE(array) .pxe = (array), .pxe_n = sizeof(array)
#define PLAIN(who)  {.src = (who), .yiaddr = IP, .siaddr = (who)}
#define NAMED(who)  {.src = (who), .yiaddr = IP, .siaddr = (who), .file = "f"}
#define PXE10(who)  {.src = (who), .yiaddr = IP, .siaddr = (who), .file = "f", .vendor = "PXEClient", PXE(discovery)}
#define BINL(who)   {.src = (who), .yiaddr = IP, .siaddr = (who), .file = "f", .vendor = "PXEClient"}
#define WFM(who)    {.src = (who), .yiaddr = IP, .siaddr = (who), .file = "f", .vendor = "PXEClient", PXE(mtftp)}
#define P_PXE10(who) {.src = (who), .siaddr = (who), .file = "f", .vendor = "PXEClient", PXE(discovery)}
#define P_BINL(who)  {.src = (who), .siaddr = (who), .vendor = "PXEClient"}
#define P_FILE(who)  {.src = (who), .siaddr = (who), .file = "f", .vendor = "PXEClient"}
#define P_WFM(who)   {.src = (who), .siaddr = (who), .file = "f", .vendor = "PXEClient", PXE(mtftp)}
#define BOOTP(who)  {.src = (who), .yiaddr = IP, .siaddr = (who), .file = "f", .bootp = true}

static struct pxk_dhcpc c;

static void start(const char *persona)
{
    static const struct pxk_mac mac = {{2, 0, 0, 0, 0, 1}};
    static const struct pxk_uuid uuid;
    struct pxk_dhcpc_io io = {0};
    pxk_dhcpc_init(&c, pxk_persona_by_key(persona), 0, &pxk_pace_firmware, &mac, &uuid, &io, 1);
}

static void add(const struct spec *s)
{
    static const uint8_t type = PXK_DHCP4_OFFER, bad[] = {1, 2, 3};
    uint8_t id[4] = {(uint8_t)(s->src >> 24), (uint8_t)(s->src >> 16), (uint8_t)(s->src >> 8), (uint8_t)s->src};
    uint8_t ipxe[] = {1, 1, (uint8_t)s->priority, 0xb0, 1, s->no_proxy};
    struct pxk_dhcp4_out_opt opt[8];
    size_t n = 0;
    if (!s->bootp)
        opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_MESSAGE_TYPE, 1, &type};
    if (!s->bootp && !s->no_server_id)
        opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_SERVER_ID, 4, id};
    if (s->vendor)
        opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_VENDOR_CLASS, (uint16_t)strlen(s->vendor), s->vendor};
    if (s->pxe)
        opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_VENDOR_SPECIFIC, s->pxe_n, s->pxe};
    if (s->option67)
        opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_BOOT_FILE, (uint16_t)strlen(s->option67), s->option67};
    if (s->priority || s->no_proxy)
        opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_ETHERBOOT, sizeof ipxe, ipxe};
    if (s->bad)
        opt[n++] = (struct pxk_dhcp4_out_opt){254, 3, bad};
    struct pxk_dhcp4_out m = {.head = {.op = 2, .mac = c.mac, .yiaddr = s->yiaddr, .siaddr = s->siaddr, .file = s->file},
                              .opt = opt, .opt_n = n, .limit = DHCPC_PACKET_MAX};
    struct dhcpc_offer *o = &c.offer[c.offer_n++];
    struct pxk_wr w = pxk_wr_init(o->data, sizeof o->data);
    cr_assert_eq(pxk_dhcp4_encode(&m, &w), PXK_OK);
    o->len = pxk_wr_len(&w);
    if (s->bad)
        o->data[o->len - 6] = PXK_OPT_ROUTERS; /* three bytes: no list of addresses */
    o->src = s->src;
    o->sport = s->sport ? s->sport : 67;
}

struct row {
    const char *what;
    struct spec spec[3];
    int offer, proxy; /* offer -1: none is acceptable */
    bool final, ask_4011, ask_menu;
};

static void assert_row(const char *persona, const struct row *r)
{
    struct pxk_choice choice;
    start(persona);
    for (unsigned i = 0; i < 3 && r->spec[i].src; i++)
        add(&r->spec[i]);
    bool any = pxk_offers_choose(&c, &choice);
    cr_assert_eq(any, r->offer >= 0, "%s", r->what);
    if (!any)
        return;
    cr_assert_eq(choice.offer, r->offer, "%s: offer %d", r->what, choice.offer);
    cr_assert_eq(choice.proxy, r->proxy, "%s: proxy %d", r->what, choice.proxy);
    cr_assert_eq(choice.final, r->final, "%s: final", r->what);
    cr_assert_eq(choice.ask_4011, r->ask_4011, "%s: port 4011", r->what);
    cr_assert_eq(choice.ask_menu, r->ask_menu, "%s: menu", r->what);
}

Test(offers, edk2)
{
    static const struct row rows[] = {
        {"nothing", {{0}}, -1, -1, false, false, false},
        {"1: PXE 1.0", {PXE10(A)}, 0, -1, true, false, false},
        {"1 before 3", {PLAIN(A), P_PXE10(B), PXE10(C)}, 2, -1, true, false, false},
        {"1: the first of two", {PXE10(A), PXE10(B)}, 0, -1, true, false, false},
        {"2: WfM 1.1a is not booted from", {WFM(A)}, -1, -1, false, false, false},
        {"some of 43.1-5 are not WfM 1.1a", {{.src = A, .yiaddr = IP, .vendor = "PXEClient", PXE(mtftp_part)}}, 0, -1, false, true, false},
        {"3: plain and proxy PXE 1.0", {PLAIN(A), P_PXE10(B)}, 0, 1, false, false, false},
        {"3: in any order", {P_PXE10(B), PLAIN(A)}, 1, 0, false, false, false},
        {"3 before 5", {BINL(A), PLAIN(B), P_PXE10(C)}, 1, 2, false, false, false},
        {"3 before 7", {NAMED(A), P_PXE10(B)}, 0, 1, false, false, false},
        {"4: proxy WfM 1.1a helps nobody", {PLAIN(A), P_WFM(B)}, -1, -1, false, false, false},
        {"5: BINL, though it names a file", {BINL(A)}, 0, -1, false, true, false},
        {"5 before 6", {PLAIN(A), P_BINL(B), BINL(C)}, 2, -1, false, true, false},
        {"5 before 7", {NAMED(A), BINL(B)}, 1, -1, false, true, false},
        {"6: plain and proxy BINL", {PLAIN(A), P_BINL(B)}, 0, 1, false, true, false},
        {"6 before 7", {NAMED(A), P_FILE(B)}, 0, 1, false, true, false},
        {"7: plain with a file", {NAMED(A)}, 0, -1, false, false, false},
        {"7: the first with a file", {PLAIN(A), NAMED(B), NAMED(C)}, 1, -1, false, false, false},
        {"7: by option 67", {{.src = A, .yiaddr = IP, .option67 = "f"}}, 0, -1, false, false, false},
        {"7 before 8", {BOOTP(A), NAMED(B)}, 1, -1, false, false, false},
        {"8: BOOTP with a file", {BOOTP(A)}, 0, -1, false, false, false},
        {"BOOTP without a file", {{.src = A, .yiaddr = IP, .bootp = true}}, -1, -1, false, false, false},
        {"plain without a file", {PLAIN(A)}, -1, -1, false, false, false},
        {"proxies alone", {P_PXE10(A), P_BINL(B)}, -1, -1, false, false, false},
        {"a proxy beside BINL is not used", {BINL(A), P_PXE10(B)}, 0, -1, false, true, false},
        {"proxy: the first octet of yiaddr is 0", {PLAIN(A), {.src = B, .yiaddr = 5, .siaddr = B, .vendor = "PXEClient", PXE(discovery)}}, 0, 1, false, false, false},
        {"no option 54", {{.src = A, .yiaddr = IP, .file = "f", .no_server_id = true}}, -1, -1, false, false, false},
        {"a malformed option kills the offer", {{.src = A, .yiaddr = IP, .file = "f", .bad = true}, NAMED(B)}, 1, -1, false, false, false},
        {"option 60 must begin PXEClient", {{.src = A, .yiaddr = IP, .file = "f", .vendor = "PXEClien"}}, 0, -1, false, false, false},
        {"a menu", {{.src = A, .yiaddr = IP, .vendor = "PXEClient", PXE(menu)}}, 0, -1, true, false, true},
        {"a menu, but the file is to be loaded", {{.src = A, .yiaddr = IP, .file = "f", .vendor = "PXEClient", PXE(menu_or_file)}}, 0, -1, true, false, false},
        {"a menu, the file is to be loaded but has no name", {{.src = A, .yiaddr = IP, .vendor = "PXEClient", PXE(menu_or_file)}}, 0, -1, true, false, true},
    };
    for (unsigned i = 0; i < PXK_COUNT(rows); i++)
        assert_row("edk2-pxe", &rows[i]);
}

Test(offers, ipxe)
{
    static const struct row rows[] = {
        {"nothing", {{0}}, -1, -1, false, false, false},
        {"an offer with a file is not enough to leave", {NAMED(A)}, 0, -1, false, false, false},
        {"an offer without", {PLAIN(A)}, 0, -1, false, false, false},
        {"the later of equals", {NAMED(A), PLAIN(B)}, 1, -1, false, false, false},
        {"the higher priority", {{.src = A, .yiaddr = IP, .priority = 1}, NAMED(B)}, 0, -1, false, false, false},
        {"priorities are signed", {{.src = A, .yiaddr = IP, .priority = -1}, NAMED(B), {.src = C, .yiaddr = IP, .priority = -2}}, 1, -1, false, false, false},
        {"a proxy ends the wait", {PLAIN(A), P_FILE(B)}, 0, 1, true, false, false},
        {"in any order", {P_FILE(B), PLAIN(A)}, 1, 0, true, false, false},
        {"an ordinary offer with option 60 is its own proxy", {BINL(A)}, 0, 0, true, false, false},
        {"175.176 ends the wait, and proxies are left alone", {{.src = A, .yiaddr = IP, .no_proxy = true}, P_FILE(B)}, 0, -1, true, false, false},
        {"a proxy without file: port 4011", {PLAIN(A), P_BINL(B)}, 0, 1, true, true, false},
        {"a proxy with a file but no siaddr: port 4011", {PLAIN(A), {.src = B, .file = "f", .vendor = "PXEClient"}}, 0, 1, true, true, false},
        {"a proxy with a menu", {PLAIN(A), {.src = B, .vendor = "PXEClient", PXE(menu)}}, 0, 1, true, false, true},
        {"a menu, but the file is to be loaded", {PLAIN(A), {.src = B, .siaddr = B, .file = "f", .vendor = "PXEClient", PXE(menu_or_file)}}, 0, 1, true, false, false},
        {"the later of two proxies", {PLAIN(A), P_BINL(B), P_FILE(C)}, 0, 2, true, false, false},
        {"the proxy of higher priority", {PLAIN(A), {.src = B, .siaddr = B, .file = "f", .vendor = "PXEClient", .priority = 3}, P_BINL(C)}, 0, 1, true, false, false},
        {"an offer must come from port 67", {{.src = A, .yiaddr = IP, .sport = 1067}}, -1, -1, false, false, false},
        {"a proxy need not", {PLAIN(A), {.src = B, .siaddr = B, .file = "f", .vendor = "PXEClient", .sport = 4011}}, 0, 1, true, false, false},
        {"proxies alone", {P_FILE(A)}, -1, -1, false, false, false},
        {"BOOTP", {BOOTP(A)}, 0, -1, false, false, false},
        {"no option 54: siaddr stands for it", {{.src = A, .yiaddr = IP, .siaddr = A, .no_server_id = true}}, 0, -1, false, false, false},
        {"malformed options do not matter", {{.src = A, .yiaddr = IP, .file = "f", .bad = true}}, 0, -1, false, false, false},
    };
    for (unsigned i = 0; i < PXK_COUNT(rows); i++)
        assert_row("ipxe-bios", &rows[i]);
}

/* ---- what is loaded, and whence ---- */

static struct pxk_boot_info info(const struct spec *s)
{
    struct pxk_dhcp4 m;
    struct pxk_boot_info out;
    c.offer_n = 0;
    add(s);
    cr_assert_eq(pxk_dhcp4_decode(c.offer[0].data, c.offer[0].len, &m), PXK_OK);
    pxk_boot_info_read(&m, s->src, &out);
    return out;
}

Test(resolve, edk2)
{
    static const uint8_t listed[] = {6, 1, 8, 8, 7, 0x80, 1, 1, 10, 77, 0, 9, 255};
    start("edk2-pxe");
    c.lease.ack = info(&(struct spec){.src = A, .yiaddr = IP, .siaddr = B, .file = "header", .option67 = "option"});
    pxk_offers_resolve(&c);
    cr_assert_str_eq(c.boot_file, "option", "67 before the header");
    cr_assert_eq(c.boot_server, B);
    c.lease.ack = info(&(struct spec){.src = A, .yiaddr = IP, .file = "header"});
    pxk_offers_resolve(&c);
    cr_assert_str_eq(c.boot_file, "header");
    cr_assert_eq(c.boot_server, A, "siaddr 0: option 54");
    c.lease.proxy = info(&(struct spec){.src = B, .siaddr = B, .file = "proxy", .vendor = "PXEClient", PXE(listed)});
    pxk_offers_resolve(&c);
    cr_assert_str_eq(c.boot_file, "proxy", "one packet gives all");
    cr_assert_eq(c.boot_server, PXK_IP4(10, 77, 0, 9), "43.6 bit 3: the first of 43.8");
    c.lease.reply = info(&(struct spec){.src = C, .siaddr = C, .vendor = "PXEClient"});
    pxk_offers_resolve(&c);
    cr_assert_str_eq(c.boot_file, "", "and if that names no file, there is none");
    cr_assert_eq(c.boot_server, C);
}

Test(resolve, ipxe)
{
    start("ipxe-bios");
    c.lease.ack = info(&(struct spec){.src = A, .yiaddr = IP, .siaddr = B, .file = "header", .option67 = "option"});
    pxk_offers_resolve(&c);
    cr_assert_str_eq(c.boot_file, "header", "the header before 67");
    cr_assert_eq(c.boot_server, B);
    c.lease.ack = info(&(struct spec){.src = A, .yiaddr = IP, .option67 = "option"});
    pxk_offers_resolve(&c);
    cr_assert_str_eq(c.boot_file, "option");
    cr_assert_eq(c.boot_server, 0, "siaddr alone is the next server");
    c.lease.ack = info(&(struct spec)PLAIN(A));
    c.lease.proxy = info(&(struct spec)P_FILE(B));
    pxk_offers_resolve(&c);
    cr_assert_str_eq(c.boot_file, "f");
    cr_assert_eq(c.boot_server, B);
    c.local_boot = true;
    cr_assert_eq(pxk_dhcpc_deadline(&c), PXK_NEVER);
}
