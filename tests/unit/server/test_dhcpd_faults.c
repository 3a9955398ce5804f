/* Each DHCP fault does what its row says, and nothing else. */
#include "dhcp_rig.h"

TestSuite(dhcpd_faults, .init = rig_open, .fini = rig_close);

/* As EDK2 asks, as far as it matters here. */
static void pxe_new(enum pxk_dhcp4_type type, uint8_t mac, uint16_t arch, const char *vendor)
{
    rig_new(type, mac);
    rig.head.flags = PXK_DHCP4_BROADCAST;
    rig_opt(PXK_OPT_CLIENT_ARCH, (uint8_t[]){(uint8_t)(arch >> 8), (uint8_t)arch}, 2);
    rig_opt_text(PXK_OPT_VENDOR_CLASS, vendor);
}

static bool pxe_discover(uint16_t arch)
{
    pxe_new(PXK_DHCP4_DISCOVER, 9, arch, "PXEClient:Arch:00007:UNDI:003000");
    return rig_send();
}

static bool pxe_request(uint16_t arch)
{
    pxk_ip4 offered = rig.out.yiaddr;
    pxe_new(PXK_DHCP4_REQUEST, 9, arch, "PXEClient:Arch:00007:UNDI:003000");
    rig_opt_ip(PXK_OPT_SERVER_ID, SERVER);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, offered);
    return rig_send();
}

static bool boot_service_answers(void)
{
    rig.meta = (struct pxk_dhcpd_meta){SERVER, PXK_PXE_PORT, POOL(0), PXK_PXE_PORT};
    bool answers = pxe_request(PXK_ARCH_UEFI_X64);
    rig.meta = (struct pxk_dhcpd_meta){PXK_IP4_BROADCAST, 67, 0, 68};
    return answers;
}

static const char *boot_file(void)
{
    static char text[200];
    return pxk_dhcp4_file(&rig.out, text, sizeof text);
}

static void assert_faulted(const char *name)
{
    cr_assert_not(rig.answered);
    cr_assert_eq(rig.last_event, PXK_DHCPD_FAULTED);
    cr_assert_str_eq(rig.last_reason, name);
}

/* ---- silence ---- */

Test(dhcpd_faults, none_of_them_by_default)
{
    rig_faults("");
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
    cr_assert_eq(rig.reply.delay, 0);
    cr_assert_eq(rig.reply.copies, 1);
    cr_assert_not(rig.reply.bad_checksum);
}

Test(dhcpd_faults, silent)
{
    rig_faults("dhcp.silent");
    pxe_discover(PXK_ARCH_BIOS);
    assert_faulted("dhcp.silent");
    cr_assert_not(boot_service_answers());
}

Test(dhcpd_faults, silent_to_an_architecture)
{
    rig_faults("dhcp.silent-to=uefi-x64, dhcp.silent-to=uefi-arm64");
    pxe_discover(PXK_ARCH_UEFI_X64);
    assert_faulted("dhcp.silent-to");
    cr_assert_not(pxe_discover(PXK_ARCH_UEFI_ARM64));
    cr_assert(pxe_discover(PXK_ARCH_BIOS));
}

Test(dhcpd_faults, silent_to_pxe_or_to_the_others)
{
    rig_faults("dhcp.silent-to-pxe");
    pxe_discover(PXK_ARCH_BIOS);
    assert_faulted("dhcp.silent-to-pxe");
    cr_assert(rig_lease(9));
    rig_faults("dhcp.silent-to-others");
    cr_assert(pxe_discover(PXK_ARCH_BIOS));
    cr_assert_not(rig_lease(9));
    assert_faulted("dhcp.silent-to-others");
}

Test(dhcpd_faults, silent_on_4011)
{
    cr_assert(boot_service_answers());
    rig_faults("dhcp.silent-on-4011");
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
    cr_assert_not(boot_service_answers());
    assert_faulted("dhcp.silent-on-4011");
}

Test(dhcpd_faults, only_to)
{
    rig_faults("dhcp.silent, dhcp.only-to=bios");
    cr_assert_not(pxe_discover(PXK_ARCH_BIOS));
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
}

/* ---- the four messages ---- */

Test(dhcpd_faults, no_lease)
{
    rig_faults("dhcp.no-lease");
    cr_assert_not(pxe_discover(PXK_ARCH_BIOS));
    cr_assert_eq(rig.last_event, PXK_DHCPD_NO_LEASE);
}

Test(dhcpd_faults, no_address_is_a_proxy)
{
    rig_faults("dhcp.no-address");
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
    cr_assert_eq(rig.out.type, PXK_DHCP4_OFFER);
    cr_assert_eq(rig.out.yiaddr, 0);
    cr_assert(pxk_dhcp4_vendor_is(&rig.out, "PXEClient"));
    cr_assert_str_eq(boot_file(), "bootnetx64.efi");
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_LEASE_TIME));
    cr_assert_not(rig_lease(7)); /* who is no PXE client gets nothing */
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).free, 3);
    cr_assert(boot_service_answers());
}

Test(dhcpd_faults, no_ack)
{
    rig_faults("dhcp.no-ack");
    cr_assert(pxe_discover(PXK_ARCH_BIOS));
    pxe_request(PXK_ARCH_BIOS);
    assert_faulted("dhcp.no-ack");
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).leased, 0);
}

Test(dhcpd_faults, nak)
{
    rig_faults("dhcp.nak");
    for (int i = 0; i < 2; i++) {
        cr_assert(pxe_discover(PXK_ARCH_BIOS));
        cr_assert(pxe_request(PXK_ARCH_BIOS));
        cr_assert_eq(rig.out.type, PXK_DHCP4_NAK);
    }
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).leased, 0);
}

Test(dhcpd_faults, nak_once_for_each_client)
{
    rig_faults("dhcp.nak-once");
    for (uint8_t mac = 20; mac < 22; mac++) {
        cr_assert_not(rig_lease(mac));
        cr_assert_eq(rig.out.type, PXK_DHCP4_NAK);
        cr_assert(rig_lease(mac));
    }
}

Test(dhcpd_faults, requests_to_another_server_are_not_refused)
{
    rig_faults("dhcp.nak");
    cr_assert(pxe_discover(PXK_ARCH_BIOS));
    rig_new(PXK_DHCP4_REQUEST, 9);
    rig_opt_ip(PXK_OPT_SERVER_ID, PXK_IP4(10, 77, 0, 2));
    rig_opt_ip(PXK_OPT_REQUESTED_IP, POOL(0));
    cr_assert_not(rig_send());
    cr_assert_eq(rig.last_event, PXK_DHCPD_NOT_CHOSEN);
}

Test(dhcpd_faults, how_it_is_sent)
{
    rig_faults("dhcp.slow=1500ms, dhcp.duplicate-offer, dhcp.bad-udp-checksum, dhcp.unicast-only");
    cr_assert(pxe_discover(PXK_ARCH_BIOS));
    cr_assert_eq(rig.reply.delay, 1500 * PXK_MSEC);
    cr_assert_eq(rig.reply.copies, 2);
    cr_assert(rig.reply.bad_checksum);
    cr_assert_eq(rig.reply.to, PXK_DHCPD_TO_MAC);
    cr_assert(pxe_request(PXK_ARCH_BIOS));
    cr_assert_eq(rig.reply.delay, 1500 * PXK_MSEC);
    cr_assert_eq(rig.reply.copies, 1);
}

Test(dhcpd_faults, slow_offers_only)
{
    rig_faults("dhcp.slow-offer=2s");
    cr_assert(pxe_discover(PXK_ARCH_BIOS));
    cr_assert_eq(rig.reply.delay, 2 * PXK_SEC);
    cr_assert(pxe_request(PXK_ARCH_BIOS));
    cr_assert_eq(rig.reply.delay, 0);
    rig_faults("dhcp.slow-offer=2s, dhcp.slow=5s");
    cr_assert(pxe_discover(PXK_ARCH_BIOS));
    cr_assert_eq(rig.reply.delay, 2 * PXK_SEC);
    cr_assert(pxe_request(PXK_ARCH_BIOS));
    cr_assert_eq(rig.reply.delay, 5 * PXK_SEC);
}

/* ---- addresses ---- */

Test(dhcpd_faults, the_same_address_for_everybody)
{
    rig_faults("dhcp.same-address");
    cr_assert_eq(rig_lease(7), POOL(0));
    cr_assert_eq(rig_lease(8), POOL(0));
    rig_new(PXK_DHCP4_REQUEST, 8);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, POOL(1));
    cr_assert(rig_send());
    cr_assert_eq(rig.out.type, PXK_DHCP4_NAK);
}

Test(dhcpd_faults, an_address_that_is_in_use)
{
    rig_faults("dhcp.address-in-use=10.77.0.9");
    cr_assert_eq(rig_lease(7), PXK_IP4(10, 77, 0, 9));
    rig_new(PXK_DHCP4_DECLINE, 7);
    rig_opt_ip(PXK_OPT_SERVER_ID, SERVER);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, PXK_IP4(10, 77, 0, 9));
    cr_assert_not(rig_send());
    cr_assert_eq(rig_lease(7), PXK_IP4(10, 77, 0, 9));
}

Test(dhcpd_faults, short_lease)
{
    rig_faults("dhcp.short-lease=5s");
    cr_assert(rig_lease(7));
    cr_assert_eq(pxk_dhcp4_u32(&rig.out, PXK_OPT_LEASE_TIME, 0), 5);
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now + 5 * PXK_SEC - 1).leased, 1);
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now + 5 * PXK_SEC).leased, 0);
}

/* ---- boot information ---- */

static void assert_no_file(uint16_t arch)
{
    cr_assert(pxe_discover(arch));
    cr_assert_str_eq(boot_file(), "");
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_BOOT_FILE));
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_VENDOR_CLASS));
    cr_assert_eq(rig.out.yiaddr, POOL(0));
}

Test(dhcpd_faults, no_boot_file)
{
    rig_faults("dhcp.no-boot-file");
    assert_no_file(PXK_ARCH_BIOS);
    rig_faults("dhcp.no-boot-file-to=uefi-x64");
    assert_no_file(PXK_ARCH_UEFI_X64);
    cr_assert(pxe_discover(PXK_ARCH_BIOS));
    cr_assert_str_eq(boot_file(), "pxelinux.0");
}

Test(dhcpd_faults, wrong_file)
{
    rig_faults("dhcp.wrong-file=undionly.kpxe");
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
    cr_assert_str_eq(boot_file(), "undionly.kpxe");
    cr_assert_str_eq(rig_text(PXK_OPT_BOOT_FILE), "undionly.kpxe");
}

Test(dhcpd_faults, file_in_67_only)
{
    rig_faults("dhcp.file-in-67-only");
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
    cr_assert_str_eq(boot_file(), "");
    cr_assert_str_eq(rig_text(PXK_OPT_BOOT_FILE), "bootnetx64.efi");
    cr_assert_eq(rig.out.siaddr, SERVER);
}

static void assert_server(pxk_ip4 siaddr, const char *sname, const char *option66)
{
    char text[100];
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
    cr_assert_eq(rig.out.siaddr, siaddr);
    cr_assert_str_eq(pxk_dhcp4_sname(&rig.out, text, sizeof text), sname);
    cr_assert_str_eq(rig_text(PXK_OPT_TFTP_SERVER_NAME), option66);
    cr_assert_str_eq(boot_file(), "bootnetx64.efi");
}

Test(dhcpd_faults, the_next_server)
{
    assert_server(SERVER, "10.77.0.1", "10.77.0.1");
    rig_faults("dhcp.wrong-next-server=10.77.0.66");
    assert_server(PXK_IP4(10, 77, 0, 66), "10.77.0.66", "10.77.0.66");
    rig_faults("dhcp.next-server-zero");
    assert_server(0, "", "");
    rig_faults("dhcp.server-name-only");
    assert_server(0, "", "bootserver");
}

Test(dhcpd_faults, http_class_not_echoed)
{
    rig_faults("dhcp.http-class-not-echoed");
    pxe_new(PXK_DHCP4_DISCOVER, 9, PXK_ARCH_UEFI_X64_HTTP, "HTTPClient:Arch:00016:UNDI:003000");
    cr_assert(rig_send());
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_VENDOR_CLASS));
    cr_assert_str_eq(rig_text(PXK_OPT_BOOT_FILE), "http://10.77.0.1/bootx64.efi");
    cr_assert(pxe_discover(PXK_ARCH_BIOS));
    cr_assert(pxk_dhcp4_vendor_is(&rig.out, "PXEClient"));
}

/* ---- option 43 ---- */

static struct pxk_pxe option_43(void)
{
    struct pxk_pxe pxe;
    const struct pxk_dhcp4_opt *o = &rig.out.opt[PXK_OPT_VENDOR_SPECIFIC];
    pxk_pxe_decode(o->data, o->len, &pxe);
    return pxe;
}

Test(dhcpd_faults, class_without_43)
{
    rig_faults("dhcp.class-without-43");
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
    cr_assert(pxk_dhcp4_vendor_is(&rig.out, "PXEClient"));
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_VENDOR_SPECIFIC));
    cr_assert_not(boot_service_answers());
}

Test(dhcpd_faults, a_boot_server_that_is_not_there)
{
    struct pxk_pxe_menu_item item;
    struct pxk_pxe_server server;
    rig_faults("dhcp.pxe-43-no-boot-server");
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
    struct pxk_pxe pxe = option_43();
    cr_assert_not(pxe.cut || pxe.bad_length || pxe.no_end);
    cr_assert_not(pxe.control & PXK_PXE_BOOT_FILE_ONLY);
    cr_assert(pxk_pxe_menu_next(&pxe.menu, &item) && item.type);
    cr_assert(pxk_pxe_server_next(&pxe.servers, &server));
    cr_assert_eq(server.type, item.type);
    cr_assert_eq(pxk_rd_u32(&server.address), SERVER);
    cr_assert(pxk_pxe_has(&pxe, PXK_PXE_MENU_PROMPT));
    cr_assert_eq(pxe.prompt_timeout, 0);
    cr_assert_not(boot_service_answers());
}

Test(dhcpd_faults, malformed_43)
{
    rig_faults("dhcp.pxe-43-malformed");
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
    cr_assert(option_43().cut);
}

/* ---- what firmware drops ---- */

static void assert_edk2_drops(const char *why_part)
{
    char why[200] = "";
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
    cr_assert_not(pxk_dhcp4_edk2_keeps(&rig.out, why, sizeof why));
    cr_assert(strstr(why, why_part), "%s", why);
}

Test(dhcpd_faults, offers_that_edk2_drops)
{
    char why[200] = "";
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
    cr_assert(pxk_dhcp4_edk2_keeps(&rig.out, why, sizeof why), "%s", why);
    rig_faults("dhcp.no-server-id");
    assert_edk2_drops("no option 54");
    rig_faults("dhcp.offer-broken");
    assert_edk2_drops("option 19");
    rig_faults("dhcp.no-end");
    assert_edk2_drops("end");
    cr_assert(pxk_dhcp4_noted(&rig.out, PXK_DHCP4_NOTE_NO_END));
    cr_assert_str_eq(boot_file(), "bootnetx64.efi");
}

/* ---- by what the client says of itself ---- */

Test(dhcpd_faults, silent_to_ipxe)
{
    rig_faults("dhcp.silent-to-ipxe");
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
    pxe_new(PXK_DHCP4_DISCOVER, 9, PXK_ARCH_UEFI_X64, "PXEClient:Arch:00007:UNDI:003010");
    rig_opt_text(PXK_OPT_USER_CLASS, "iPXE");
    cr_assert_not(rig_send());
    assert_faulted("dhcp.silent-to-ipxe");
}

Test(dhcpd_faults, needs_uuid)
{
    uint8_t uuid[17] = {0, 1, 2};
    rig_faults("dhcp.needs-uuid");
    cr_assert_not(pxe_discover(PXK_ARCH_BIOS));
    assert_faulted("dhcp.needs-uuid");
    pxe_new(PXK_DHCP4_DISCOVER, 9, PXK_ARCH_BIOS, "PXEClient:Arch:00000:UNDI:002001");
    rig_opt(PXK_OPT_CLIENT_UUID, uuid, sizeof uuid);
    cr_assert(rig_send());
}

Test(dhcpd_faults, other_66_and_router)
{
    rig_faults("dhcp.other-66=10.77.0.9, dhcp.wrong-router=10.78.0.1");
    assert_server(SERVER, "", "10.77.0.9");
    cr_assert_eq(pxk_dhcp4_ip(&rig.out, PXK_OPT_ROUTERS, 0), PXK_IP4(10, 78, 0, 1));
}

Test(dhcpd_faults, lists_that_lead_nowhere)
{
    struct pxk_pxe_server server;
    rig_faults("dhcp.pxe-43-no-list");
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
    struct pxk_pxe pxe = option_43();
    cr_assert(pxe.control & PXK_PXE_LISTED_ONLY);
    cr_assert_not(pxk_pxe_server_next(&pxe.servers, &server));
    cr_assert_not(boot_service_answers());
    rig_faults("dhcp.pxe-43-search");
    cr_assert(pxe_discover(PXK_ARCH_UEFI_X64));
    cr_assert_not(option_43().control & PXK_PXE_NO_BROADCAST);
    cr_assert_not(boot_service_answers());
}

Test(dhcpd_faults, overload)
{
    rig_faults("dhcp.overload");
    cr_assert(pxe_discover(PXK_ARCH_BIOS));
    cr_assert_neq(rig.out.overload, 0);
    cr_assert_str_eq(boot_file(), "");
    cr_assert_str_eq(rig_text(PXK_OPT_BOOT_FILE), "pxelinux.0");
}
