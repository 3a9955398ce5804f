#include <string.h>

#include "fixtures_dhcp.h"

#define BIOS PXK_ARCH_BIOS
#define X64  PXK_ARCH_UEFI_X64

#define COPY(to, text) ((void)pxk_str_copy((to), sizeof(to), (text)))

/* What a tracker gathers of all frames: made by frames, since a session cannot hold it. */
static void frame(struct lab *l, const void *data, size_t len)
{
    pxk_tracker_frame(l->t, data, len, len, l->s ? l->s->last : T0, ++l->frame);
}

static void bpdus(struct lab *l)
{
    static const uint8_t config[60] = {0x01, 0x80, 0xc2, 0, 0, 0, 0x02, 0, 0, 0, 0, 0x33, 0, 38, 0x42, 0x42, 3, 0, 0, 0, 0, 0};
    for (unsigned i = 0; i < 3; i++)
        frame(l, config, sizeof config);
}

static void lacp(struct lab *l)
{
    static const uint8_t pdu[60] = {0x01, 0x80, 0xc2, 0, 0, 2, 0x02, 0, 0, 0, 0, 0x33, 0x88, 0x09, 1, 1};
    for (unsigned i = 0; i < 3; i++)
        frame(l, pdu, sizeof pdu);
}

/* An ARP question of somebody who is no client. */
static void passing(struct lab *l)
{
    static const uint8_t arp[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 0x44, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1,
                                    2, 0, 0, 0, 0, 0x44, 10, 77, 0, 9, 0, 0, 0, 0, 0, 0, 10, 77, 0, 8};
    frame(l, arp, sizeof arp);
}

static void uuid(struct pxk_round *r, uint8_t first)
{
    r->has_uuid = true;
    for (uint8_t i = 0; i < 16; i++)
        r->uuid.b[i] = (uint8_t)(first + i);
}

/* ---- the port ---- */

void never_heard(struct lab *l)
{
    struct pxk_mac mac = {{0x52, 0x54, 0, 0x77, 0, 9}};
    passing(l);
    l->s = pxk_tracker_client(l->t, &mac, T0);
    l->s->now = NULL;
    l->s->started = T0;
    l->s->last = T0 + 60 * PXK_SEC;
}

void heard_late(struct lab *l)
{
    never_heard(l);
    l->s->first_frame = 7;
}

void stp_blocks(struct lab *l)
{
    lab_client(l, BIOS);
    bpdus(l);
    lab_discovers(l, 4, 2 * PXK_SEC);
}

void stp_forwards(struct lab *l)
{
    stp_blocks(l);
    passing(l);
}

void server_asks(struct lab *l)
{
    lab_client(l, X64);
    l->r->probes = 3;
    l->r->probed = LEASED;
    l->r->probed_by = SERVER;
    l->r->probe_frame = ++l->frame;
    lab_discovers(l, 4, 8 * PXK_SEC);
}

/* Its check that the address is free. */
void server_asks_then_offers(struct lab *l)
{
    lab_boots(l, X64);
    l->s->round[0].probes = 3;
    l->s->round[0].probed = LEASED;
    l->s->round[0].probed_by = SERVER;
}

static void loader_loaded(struct lab *l)
{
    lab_client(l, X64);
    lab_offer(l, SERVER, "ipxe.efi");
    lab_ack(l, SERVER, "ipxe.efi");
    lab_head_pe(lab_transfer(l, "edk2", "ipxe.efi", 900000), 0x8664);
    lab_round(l, true, l->s->last + 3 * PXK_SEC);
    l->r->ipxe = true;
}

void loader_unanswered(struct lab *l)
{
    loader_loaded(l);
    lab_discovers(l, 4, 2 * PXK_SEC);
}

void loader_answered(struct lab *l)
{
    loader_loaded(l);
    lab_offer(l, SERVER, "boot.ipxe");
    lab_ack(l, SERVER, "boot.ipxe");
    lab_head(lab_transfer(l, "ipxe", "boot.ipxe", 20), "#!ipxe\n", 7);
}

void bonded_silent(struct lab *l)
{
    loader_unanswered(l);
    lacp(l);
}

void bonded_answered(struct lab *l)
{
    lab_boots(l, X64);
    lacp(l);
}

void vlan_lost(struct lab *l)
{
    loader_unanswered(l);
    l->s->round[0].vlan = 77;
}

void vlan_kept(struct lab *l)
{
    vlan_lost(l);
    l->r->vlan = 77;
}

void other_vlan(struct lab *l)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, "pxelinux.0")->vlan = 20;
    lab_discovers(l, 4, 2 * PXK_SEC);
}

void same_vlan(struct lab *l)
{
    other_vlan(l);
    l->r->vlan = 20;
}

/* ---- relays and proxies ---- */

static void two_names(struct lab *l, const char *proxys)
{
    lab_client(l, X64);
    lab_offer(l, SERVER, "bootnetx64.efi");
    lab_proxy(l, OTHER, proxys);
    lab_ack(l, SERVER, "bootnetx64.efi");
    lab_refused(l, "edk2", proxys, 1, "File not found");
}

void proxy_overrides(struct lab *l)
{
    two_names(l, "nosuch.efi");
}

void proxy_agrees(struct lab *l)
{
    two_names(l, "bootnetx64.efi");
}


static void proxy_elsewhere(struct lab *l)
{
    /* A proxy's offer to a client that nobody knows counts for the network: made of a packet. */
    static const uint8_t mac[6] = {0x52, 0x54, 0, 0x77, 0, 0x70};
    uint8_t dhcp[300] = {2, 1, 6}, out[400];
    memcpy(dhcp + 28, mac, 6);
    static const uint8_t options[] = {99, 130, 83, 99, 53, 1, 2, 54, 4, 10, 77, 0, 2, 60, 9, 'P', 'X', 'E', 'C', 'l', 'i', 'e', 'n', 't', 255};
    memcpy(dhcp + 236, options, sizeof options);
    struct pxk_wr w = pxk_wr_init(out, sizeof out);
    struct pxk_eth_out eth = {.dst = pxk_mac_broadcast, .src = {{2, 0, 0, 0, 0, 2}}};
    struct pxk_ip4_out ip = {.src = PXK_IP4(10, 77, 0, 2), .dst = PXK_IP4_BROADCAST, .ttl = 64};
    struct pxk_mac client = {{0x52, 0x54, 0, 0x77, 0, 0x70}};
    struct pxk_session *s = pxk_tracker_client(l->t, &client, T0);
    pxk_session_round_add(s);
    pxk_frame_write_udp(&w, &eth, &ip, 67, 68, dhcp, sizeof dhcp);
    frame(l, out, pxk_wr_len(&w));
}

void proxy_not_relayed(struct lab *l)
{
    lab_client(l, X64);
    l->r->giaddr = PXK_IP4(10, 78, 0, 254);
    lab_offer(l, SERVER, "");
    lab_discovers(l, 4, 8 * PXK_SEC);
    proxy_elsewhere(l);
}

void proxy_relayed(struct lab *l)
{
    proxy_not_relayed(l);
    lab_proxy(l, OTHER, "bootnetx64.efi");
}

void proxy_late(struct lab *l)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, "");
    lab_ack(l, SERVER, "");
    lab_wait(l, 2 * PXK_SEC);
    lab_proxy(l, OTHER, "pxelinux.0");
    lab_wait(l, 60 * PXK_SEC);
}

void proxy_in_time(struct lab *l)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, "");
    lab_proxy(l, OTHER, "pxelinux.0");
    lab_wait(l, PXK_SEC);
    lab_ack(l, SERVER, "");
    lab_head_nbp(lab_transfer(l, "ipxe", "pxelinux.0", 42430));
}

/* ---- servers and names ---- */

void servers_differ(struct lab *l)
{
    lab_client(l, X64);
    lab_offer(l, SERVER, "bootnetx64.efi");
    lab_ack(l, SERVER, "bootnetx64.efi")->option66 = "10.77.0.9";
    lab_refused(l, "edk2", "bootnetx64.efi", 1, "File not found");
}

void servers_agree(struct lab *l)
{
    servers_differ(l);
    l->r->answer[1].option66 = "10.77.0.1";
}

static void asks_for(struct lab *l, const char *named, const char *asked)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, named);
    lab_ack(l, SERVER, named);
    lab_refused(l, "ipxe", asked, 1, "File not found");
}

void name_with_ff(struct lab *l)
{
    asks_for(l, "pxelinux.0", "pxelinux.0\\xff");
}

void name_of_other_file(struct lab *l)
{
    asks_for(l, "pxelinux.0", "pxelinux.0.bak");
}

void layer_appended(struct lab *l)
{
    asks_for(l, "undionly.kpxe.0", "undionly.kpxe.0");
}

void layer_due(struct lab *l)
{
    asks_for(l, "pxelinux.0", "pxelinux.0");
}

void netboot_disabled(struct lab *l)
{
    asks_for(l, "/netboot-not-allowed", "/netboot-not-allowed");
}

void netboot_allowed(struct lab *l)
{
    asks_for(l, "/netboot/allowed.efi", "/netboot/allowed.efi");
}

void no_job(struct lab *l)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, "");
    lab_ack(l, SERVER, "");
    l->r->proxy_requests = l->r->proxy_answers = 1;
    uuid(l->r, 1);
    lab_answer(l, PXK_DHCP4_ACK, OTHER, "boot\\x64\\abortpxe.com")->sport = PXK_PXE_PORT;
}

void a_job(struct lab *l)
{
    no_job(l);
    l->r->answer[2].file = "boot\\x64\\pxeboot.com";
}

void http_name(struct lab *l)
{
    lab_client(l, PXK_ARCH_UEFI_X64_HTTP);
    l->r->http = true;
    l->r->pxe = false;
    lab_offer(l, SERVER, "snp.efi")->http = true;
    lab_discovers(l, 4, 8 * PXK_SEC);
}

void http_url(struct lab *l)
{
    http_name(l);
    l->r->answer[0].file = "http://10.77.0.1/snp.efi";
}

/* ---- what is PXE's own ---- */

void overload_bios(struct lab *l)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, "")->overload = 1;
    l->r->answer[0].option67 = "pxelinux.0";
    lab_discovers(l, 4, 2 * PXK_SEC);
}

void overload_uefi(struct lab *l)
{
    lab_boots(l, X64);
    l->s->round[0].answer[0].overload = 1;
}

void odd_43(struct lab *l)
{
    lab_client(l, X64);
    lab_offer(l, SERVER, "bootnetx64.efi")->pxe_odd = PXK_PXE_ODD_CUT;
    lab_discovers(l, 4, 8 * PXK_SEC);
}

void odd_43_absent(struct lab *l)
{
    odd_43(l);
    l->r->answer[0].pxe_odd = 0;
}

void no_boot_server(struct lab *l)
{
    lab_client(l, X64);
    struct pxk_answer *a = lab_offer(l, SERVER, "");
    a->pxe = a->discovery = a->has_menu = true;
    a = lab_ack(l, SERVER, "");
    a->pxe = a->discovery = a->has_menu = true;
    l->r->boot_server_request = true;
    l->r->boot_item = 15;
    l->r->boot_ways = PXK_BOOT_BROADCAST;
    l->r->proxy_requests = 4;
    l->r->proxy_frame = ++l->frame;
    l->r->proxy_at = l->r->proxy_last = l->s->last;
}

void boot_server_found(struct lab *l)
{
    no_boot_server(l);
    l->r->proxy_answers = 1;
    struct pxk_answer *a = lab_answer(l, PXK_DHCP4_ACK, OTHER, "bootnetx64.efi");
    a->sport = PXK_PXE_PORT;
    a->has_item = true;
    a->item = 15;
    lab_head_pe(lab_transfer(l, "edk2", "bootnetx64.efi", 1000), 0x8664);
}

static void pi(struct lab *l, bool invited)
{
    lab_client(l, BIOS);
    l->r->ipxe = false;
    l->r->persona = NULL;
    l->r->pi = PXK_PI_ROM;
    struct pxk_answer *a = lab_offer(l, SERVER, "bootcode.bin");
    a->pi_boot = a->pxe = a->discovery = a->has_menu = invited;
    lab_discovers(l, 5, 5 * PXK_SEC);
}

void pi_not_invited(struct lab *l)
{
    pi(l, false);
}

void pi_hangs(struct lab *l)
{
    pi(l, true);
}

void pi_boots(struct lab *l)
{
    pi(l, true);
    lab_transfer(l, "ipxe", "bootcode.bin", 50000);
}

static void menu(struct lab *l, unsigned rounds)
{
    lab_client(l, BIOS);
    for (unsigned i = 0; i < rounds; i++) {
        if (i)
            lab_round(l, true, l->s->last + 10 * PXK_SEC);
        lab_offer(l, SERVER, "");
        struct pxk_answer *a = lab_proxy(l, OTHER, "undionly.kpxe");
        a->has_menu = a->discovery = true;
        a->menu_n = 2;
        lab_ack(l, SERVER, "");
        lab_head_nbp(lab_transfer(l, "ipxe", "undionly.kpxe", 70000));
    }
}

void menu_to_ipxe(struct lab *l)
{
    menu(l, 3);
}

void menu_once(struct lab *l)
{
    menu(l, 1);
}

/* ---- who it is ---- */

void without_uuid(struct lab *l)
{
    lab_boots(l, X64);
    lab_client(l, BIOS);
    l->r->has_uuid = false;
    lab_discovers(l, 4, 2 * PXK_SEC);
}

void with_uuid(struct lab *l)
{
    without_uuid(l);
    uuid(l->r, 1);
}

/* An address for the firmware, one for iPXE; then the next machine. */
static void neighbour(struct lab *l, pxk_ip4 second)
{
    lab_boots(l, X64);
    l->s->round[1].answer[1].yiaddr = second;
    lab_client(l, BIOS);
    lab_discovers(l, 4, 2 * PXK_SEC);
}

void used_up(struct lab *l)
{
    neighbour(l, LEASED + 1);
}

void one_each(struct lab *l)
{
    neighbour(l, LEASED);
}

void two_ids_boots(struct lab *l)
{
    lab_boots(l, X64);
    l->s->round[1].client_id = 5;
    l->s->round[1].answer[1].yiaddr = LEASED + 1;
}

/* Told beside what failed. */
void two_ids(struct lab *l)
{
    two_ids_boots(l);
    l->s->https.at[0].status = 404;
}

void two_uuids(struct lab *l)
{
    lab_boots(l, BIOS);
    uuid(&l->s->round[0], 1);
    lab_round(l, true, l->s->last + 600 * PXK_SEC);
    uuid(l->r, 50);
}

/* U-Boot's way to write the first three fields. */
void uuid_swapped(struct lab *l)
{
    static const uint8_t as[16] = {4, 3, 2, 1, 6, 5, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16};
    two_uuids(l);
    memcpy(l->r->uuid.b, as, 16);
}

void shared_uuid(struct lab *l)
{
    for (unsigned i = 0; i < 2; i++) {
        lab_boots(l, X64);
        uuid(&l->s->round[0], 1);
    }
}

void own_uuids(struct lab *l)
{
    shared_uuid(l);
    uuid(&l->s->round[0], 9);
}

void host_without_file(struct lab *l)
{
    lab_boots(l, X64);
    lab_client(l, X64);
    lab_offer(l, SERVER, "");
    lab_discovers(l, 4, 8 * PXK_SEC);
}

void host_of_other_arch(struct lab *l)
{
    lab_boots(l, BIOS);
    lab_client(l, X64);
    lab_offer(l, SERVER, "");
    lab_discovers(l, 4, 8 * PXK_SEC);
}

/* ---- addresses ---- */

void given_up(struct lab *l)
{
    lab_leased(l, X64);
    lab_round(l, true, l->s->last + 2 * PXK_SEC);
}

void given_up_not_yet(struct lab *l)
{
    lab_leased(l, X64);
    lab_wait(l, 10 * PXK_SEC);
}

void router_outside(struct lab *l)
{
    lab_boots(l, X64);
    l->s->round[0].answer[1].router = PXK_IP4(10, 78, 0, 1);
}

/* A relay's client: the server is far, the router near. */
void router_inside(struct lab *l)
{
    lab_boots(l, X64);
    l->s->round[0].giaddr = l->s->round[0].answer[1].giaddr = PXK_IP4(10, 77, 0, 254);
    l->s->round[0].answer[1].src = PXK_IP4(192, 168, 1, 1);
}

static void lease(struct lab *l, uint32_t seconds)
{
    lab_boots(l, X64);
    l->s->round[0].answer[1].lease_s = seconds;
    l->s->transfers.at[3].last += 40 * PXK_SEC;
    l->s->round[1].started += 40 * PXK_SEC;
}

void lease_short(struct lab *l)
{
    lease(l, 30);
}

void lease_long(struct lab *l)
{
    lease(l, 3600);
}

void flag_ignored(struct lab *l)
{
    lab_client(l, X64);
    l->r->flags = PXK_DHCP4_BROADCAST;
    lab_offer(l, SERVER, "bootnetx64.efi");
    lab_discovers(l, 4, 8 * PXK_SEC);
}

void flag_honoured(struct lab *l)
{
    flag_ignored(l);
    l->r->answer[0].broadcast = true;
}

static void far_server(struct lab *l, pxk_ip4 router)
{
    lab_client(l, BIOS);
    for (unsigned i = 0; i < 2; i++) {
        struct pxk_answer *a = i ? lab_ack(l, SERVER, "pxelinux.0") : lab_offer(l, SERVER, "pxelinux.0");
        a->siaddr = PXK_IP4(192, 168, 5, 5);
        a->router = router;
    }
    lab_wait(l, 40 * PXK_SEC);
}

void no_route(struct lab *l)
{
    far_server(l, 0);
}

void a_route(struct lab *l)
{
    far_server(l, SERVER);
}

/* ---- IPv6 ---- */

static struct pxk_ip ip6(uint8_t last)
{
    return (struct pxk_ip){{0xfd, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}};
}

/* PXE over IPv6 alone: @solicits, and silence behind them. */
static struct pxk_boot6 *six(struct lab *l, uint16_t arch, unsigned solicits)
{
    lab_client(l, arch);
    lab_drop_rounds(l, 0);
    struct pxk_boot6 *x = pxk_session_boot6_add(l->s);
    x->started = T0;
    x->last = T0 + 30 * PXK_SEC;
    x->first_frame = l->s->first_frame = ++l->frame;
    x->arch = arch;
    x->pxe = true;
    x->solicits = solicits;
    lab_wait(l, 60 * PXK_SEC);
    return x;
}

static struct pxk_boot6 *six_answered(struct lab *l, const char *url)
{
    struct pxk_boot6 *x = six(l, X64, 2);
    x->advertises = 2;
    x->answer_frame = ++l->frame;
    x->server = ip6(1);
    x->address = ip6(180);
    x->url = url;
    return x;
}

void six_silent(struct lab *l)
{
    six(l, X64, 4);
}

void six_silent_yet(struct lab *l)
{
    six(l, X64, 2);
}

void six_no_url(struct lab *l)
{
    six_answered(l, "");
}

void six_boots(struct lab *l)
{
    six_answered(l, "tftp://[fd77::1]/bootx64.efi")->replies = 1;
}

void six_params(struct lab *l)
{
    struct pxk_boot6 *x = six_answered(l, "tftp://[fd77::1]/bootx64.efi");
    x->has_params = x->params_bad = true;
}

void six_full(struct lab *l)
{
    struct pxk_boot6 *x = six_answered(l, "");
    x->address = (struct pxk_ip){0};
    x->status = PXK_DHCP6_STATUS_NO_ADDRS_AVAIL;
}

void six_no_class(struct lab *l)
{
    struct pxk_boot6 *x = six_answered(l, "http://[fd77::1]/bootx64.efi");
    x->pxe = false;
    x->http = true;
}

void six_class(struct lab *l)
{
    six_no_class(l);
    l->s->boot6[0].class_back = true;
}
