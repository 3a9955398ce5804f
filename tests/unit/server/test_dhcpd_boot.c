/* What each kind of firmware gets to boot: rules S1 to S10 of the wire reference. */
#include "dhcp_rig.h"

static void suite_init(void)
{
    rig_open();
}

TestSuite(dhcpd_boot, .init = suite_init, .fini = rig_close);

static const uint8_t ipxe_prl[] = {1,   3,   6,   7,   12,  15,  17,  26,  42,  43,  60,  66, 67,
                                   119, 121, 128, 129, 130, 131, 132, 133, 134, 135, 175, 203};
static const uint8_t edk2_prl[] = {1,  2,  3,  4,   5,   6,   12,  13,  15,  17,  18, 22,
                                   23, 28, 40, 41,  42,  43,  50,  51,  54,  58,  59, 60,
                                   66, 67, 97, 128, 129, 130, 131, 132, 133, 134, 135};
static const uint8_t uuid[17] = {0, 0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66};

static void arch_opt(uint16_t arch)
{
    rig_opt(PXK_OPT_CLIENT_ARCH, (uint8_t[]){(uint8_t)(arch >> 8), (uint8_t)arch}, 2);
}

/* As the ROM in QEMU does it. */
static void ipxe_new(enum pxk_dhcp4_type type, uint16_t arch)
{
    rig_new(type, 9);
    rig_opt(PXK_OPT_MAX_SIZE, "\5\300", 2);
    arch_opt(arch);
    rig_opt_text(PXK_OPT_VENDOR_CLASS, "PXEClient:Arch:00000:UNDI:002001");
    rig_opt_text(PXK_OPT_USER_CLASS, "iPXE");
    rig_opt(PXK_OPT_PARAMETER_LIST, ipxe_prl, sizeof ipxe_prl);
    rig_opt(PXK_OPT_ETHERBOOT, "\261\5\1\32\364\0\1", 7);
    rig_opt(PXK_OPT_CLIENT_ID, "\1\122\124\0\167\0\11", 7);
    rig_opt(PXK_OPT_CLIENT_UUID, uuid, 17);
}

static void edk2_new(enum pxk_dhcp4_type type, uint16_t arch)
{
    rig_new(type, 9);
    rig.head.flags = PXK_DHCP4_BROADCAST;
    rig_opt(PXK_OPT_MAX_SIZE, type == PXK_DHCP4_DISCOVER ? "\5\300" : "\377\0", 2);
    rig_opt(PXK_OPT_PARAMETER_LIST, edk2_prl, sizeof edk2_prl);
    rig_opt(PXK_OPT_CLIENT_UUID, uuid, 17);
    rig_opt(PXK_OPT_CLIENT_NDI, "\1\3\0", 3);
    arch_opt(arch);
    rig_opt_text(PXK_OPT_VENDOR_CLASS, "PXEClient:Arch:00007:UNDI:003000");
}

static void assert_boots(const char *file)
{
    char text[200];
    const struct pxk_dhcp4_opt *o = &rig.out.opt[PXK_OPT_BOOT_FILE];
    cr_assert_str_eq(pxk_dhcp4_file(&rig.out, text, sizeof text), file);
    cr_assert_eq(o->len, strlen(file) + 1); /* with its NUL */
    cr_assert_eq(memcmp(o->data, file, o->len), 0);
    cr_assert_eq(rig.out.siaddr, SERVER);
    cr_assert_str_eq(pxk_dhcp4_sname(&rig.out, text, sizeof text), "10.77.0.1");
    cr_assert_str_eq(rig_text(PXK_OPT_TFTP_SERVER_NAME), "10.77.0.1");
}

static void assert_no_boot(void)
{
    char text[200];
    cr_assert_str_eq(pxk_dhcp4_file(&rig.out, text, sizeof text), "");
    cr_assert_eq(rig.out.siaddr, 0);
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_BOOT_FILE));
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_VENDOR_CLASS)); /* S1: alone it is a trap */
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_VENDOR_SPECIFIC));
}

Test(dhcpd_boot, ipxe_rom)
{
    ipxe_new(PXK_DHCP4_DISCOVER, PXK_ARCH_BIOS);
    cr_assert(rig_send());
    assert_boots("pxelinux.0");
    cr_assert_str_eq(rig_text(PXK_OPT_VENDOR_CLASS), "PXEClient");
    cr_assert_eq(rig.out.opt[PXK_OPT_VENDOR_SPECIFIC].len, 4);
    cr_assert_eq(memcmp(rig.out.opt[PXK_OPT_VENDOR_SPECIFIC].data, "\6\1\10\377", 4), 0);
    cr_assert_eq(rig.out.opt[PXK_OPT_CLIENT_UUID].len, 17);
    cr_assert_eq(memcmp(rig.out.opt[PXK_OPT_CLIENT_UUID].data, uuid, 17), 0);
    cr_assert_eq(memcmp(rig.out.opt[PXK_OPT_ETHERBOOT].data, "\260\1\1", 3), 0);
    cr_assert_eq(rig.out.opt[PXK_OPT_CLIENT_ID].len, 7);
    cr_assert_eq(rig.reply.to, PXK_DHCPD_TO_MAC);
    cr_assert_str_eq(rig_order(), "53 54 51 58 59 1 3 6 15 60 43 97 66 67 175 61");
    cr_assert_eq(rig.out.note_n, 0);
}

Test(dhcpd_boot, edk2)
{
    char why[100];
    edk2_new(PXK_DHCP4_DISCOVER, PXK_ARCH_UEFI_X64);
    cr_assert(rig_send());
    assert_boots("bootnetx64.efi");
    cr_assert(pxk_dhcp4_edk2_keeps(&rig.out, why, sizeof why), "%s", why);
    cr_assert_str_eq(rig_order(), "53 54 51 58 59 1 3 6 15 28 60 43 97 66 67");
    cr_assert_eq(rig.reply.to, PXK_DHCPD_TO_BROADCAST);
    pxk_ip4 ip = rig.out.yiaddr;
    edk2_new(PXK_DHCP4_REQUEST, PXK_ARCH_UEFI_X64);
    rig_opt_ip(PXK_OPT_SERVER_ID, SERVER);
    rig_opt_ip(PXK_OPT_REQUESTED_IP, ip);
    cr_assert(rig_send());
    cr_assert_eq(rig.out.type, PXK_DHCP4_ACK);
    assert_boots("bootnetx64.efi");
    cr_assert_leq(rig.reply.len, PXK_DHCPD_REPLY_MAX); /* though it says 65280 */
}

Test(dhcpd_boot, seven_and_nine_are_both_x64)
{
    edk2_new(PXK_DHCP4_DISCOVER, PXK_ARCH_EBC);
    cr_assert(rig_send());
    assert_boots("bootnetx64.efi");
}

Test(dhcpd_boot, no_file_for_this_architecture)
{
    edk2_new(PXK_DHCP4_DISCOVER, PXK_ARCH_UEFI_ARM64);
    cr_assert(rig_send());
    cr_assert_eq(rig.out.type, PXK_DHCP4_OFFER); /* an address all the same */
    assert_no_boot();
}

Test(dhcpd_boot, the_first_architecture_with_a_file_counts)
{
    rig_new(PXK_DHCP4_DISCOVER, 9);
    rig_opt_text(PXK_OPT_VENDOR_CLASS, "PXEClient");
    rig_opt(PXK_OPT_CLIENT_ARCH, "\0\13\0\7\0\0", 6);
    cr_assert(rig_send());
    assert_boots("bootnetx64.efi");
}

Test(dhcpd_boot, without_option_93_the_class_is_read_else_bios)
{
    rig_new(PXK_DHCP4_DISCOVER, 9);
    rig_opt_text(PXK_OPT_VENDOR_CLASS, "PXEClient:Arch:00007:UNDI:003010");
    cr_assert(rig_send());
    assert_boots("bootnetx64.efi");
    rig_new(PXK_DHCP4_DISCOVER, 9);
    rig_opt_text(PXK_OPT_VENDOR_CLASS, "PXEClient");
    cr_assert(rig_send());
    assert_boots("pxelinux.0");
    rig_new(PXK_DHCP4_DISCOVER, 9);
    rig_opt_text(PXK_OPT_VENDOR_CLASS, "PXEClient:Arch:0000x:");
    cr_assert(rig_send());
    assert_boots("pxelinux.0");
}

Test(dhcpd_boot, a_plain_dhcp_client_gets_no_boot_options)
{
    rig_new(PXK_DHCP4_DISCOVER, 9);
    rig_opt_text(PXK_OPT_VENDOR_CLASS, "udhcp 1.35");
    cr_assert(rig_send());
    assert_no_boot();
}

static const struct pxk_dhcpd_boot with_more[] = {
    {PXK_ARCH_BIOS, "undionly.kpxe"},
    {PXK_DHCPD_BOOT_IPXE, "http://10.77.0.1/boot.ipxe"},
    {PXK_DHCPD_BOOT_DEFAULT, "any.efi"}};

static void reopen(const struct pxk_dhcpd_boot *boot, size_t n)
{
    rig_close();
    rig_config.boot = boot;
    rig_config.boot_n = n;
    rig_open();
}

Test(dhcpd_boot, ipxe_that_is_already_there_gets_its_script)
{
    reopen(with_more, 3);
    ipxe_new(PXK_DHCP4_DISCOVER, PXK_ARCH_BIOS);
    cr_assert(rig_send());
    assert_boots("http://10.77.0.1/boot.ipxe");
    rig_new(PXK_DHCP4_DISCOVER,
            1); /* even where a file is reserved: that file may be iPXE itself */
    rig_opt_text(PXK_OPT_VENDOR_CLASS, "PXEClient");
    rig_opt_text(PXK_OPT_USER_CLASS, "iPXE");
    cr_assert(rig_send());
    assert_boots("http://10.77.0.1/boot.ipxe");
    rig_new(PXK_DHCP4_DISCOVER, 9);
    rig_opt_text(PXK_OPT_VENDOR_CLASS, "PXEClient");
    arch_opt(PXK_ARCH_BIOS);
    cr_assert(rig_send());
    assert_boots("undionly.kpxe");
    edk2_new(PXK_DHCP4_DISCOVER, PXK_ARCH_UEFI_ARM64);
    cr_assert(rig_send());
    assert_boots("any.efi");
}

Test(dhcpd_boot, reservation)
{
    rig_new(PXK_DHCP4_DISCOVER, 1);
    rig_opt_text(PXK_OPT_VENDOR_CLASS, "PXEClient");
    arch_opt(PXK_ARCH_BIOS);
    cr_assert(rig_send());
    cr_assert_eq(rig.out.yiaddr, RESERVED);
    cr_assert_str_eq(rig_text(PXK_OPT_HOST_NAME), "node1");
    assert_boots("special.efi");
}

Test(dhcpd_boot, http_clients_get_urls_only)
{
    reopen(rig_config.boot, rig_config.boot_n);
    rig_new(PXK_DHCP4_DISCOVER, 9);
    rig_opt_text(PXK_OPT_VENDOR_CLASS, "HTTPClient:Arch:00016:UNDI:003000");
    arch_opt(PXK_ARCH_UEFI_X64_HTTP);
    cr_assert(rig_send());
    cr_assert_str_eq(rig_text(PXK_OPT_VENDOR_CLASS), "HTTPClient");
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_VENDOR_SPECIFIC));
    cr_assert_str_eq(rig_text(PXK_OPT_BOOT_FILE), "http://10.77.0.1/bootx64.efi");
    reopen(with_more, 3);
    rig_new(PXK_DHCP4_DISCOVER, 9);
    rig_opt_text(PXK_OPT_VENDOR_CLASS, "HTTPClient:Arch:00016:UNDI:003000");
    arch_opt(PXK_ARCH_UEFI_X64_HTTP);
    cr_assert(rig_send());
    assert_no_boot(); /* "default" is a TFTP file */
}

Test(dhcpd_boot, a_name_too_long_for_the_header_goes_into_67_alone)
{
    static char name[201];
    char text[200];
    memset(name, 'a', 200);
    struct pxk_dhcpd_boot boot = {PXK_ARCH_BIOS, name};
    reopen(&boot, 1);
    ipxe_new(PXK_DHCP4_DISCOVER, PXK_ARCH_BIOS);
    cr_assert(rig_send());
    cr_assert_str_eq(pxk_dhcp4_file(&rig.out, text, sizeof text), "");
    cr_assert_str_eq(rig_text(PXK_OPT_BOOT_FILE), name);
}

/* ---- room ---- */

static uint8_t much[250];
static const struct pxk_dhcpd_option fat[] = {
    {224, 250, much}, {225, 250, much}, {17, 4, (const uint8_t *)"/nfs"}};

Test(dhcpd_boot, options_that_do_not_fit_are_left_out_and_told)
{
    rig_close();
    rig_config.option = fat;
    rig_config.option_n = 3;
    rig_open();
    rig_new(PXK_DHCP4_DISCOVER, 9); /* no option 57: 576 bytes of IP, 548 of ours */
    rig_opt_text(PXK_OPT_VENDOR_CLASS, "PXEClient");
    cr_assert(rig_send());
    cr_assert_leq(rig.reply.len, 548);
    cr_assert_str_eq(rig_text(PXK_OPT_VENDOR_CLASS), "PXEClient");
    cr_assert(pxk_dhcp4_has(&rig.out, PXK_OPT_SERVER_ID));
    cr_assert_not(pxk_dhcp4_has(&rig.out, 225));
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_OVERLOAD)); /* the header is in use */
    ipxe_new(PXK_DHCP4_DISCOVER, PXK_ARCH_BIOS);              /* 1472: all of it */
    cr_assert(rig_send());
    cr_assert_eq(rig.out.opt[225].len, 250);
    cr_assert_str_eq(rig_text(PXK_OPT_ROOT_PATH), "/nfs");
    assert_boots("pxelinux.0");
}

Test(dhcpd_boot, options_below_128_only_if_asked)
{
    rig_close();
    rig_config.option = fat + 2;
    rig_config.option_n = 1;
    rig_open();
    rig_new(PXK_DHCP4_DISCOVER, 9);
    rig_opt(PXK_OPT_PARAMETER_LIST, "\1\3", 2);
    cr_assert(rig_send());
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_ROOT_PATH));
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_DNS_SERVERS));
    rig_new(PXK_DHCP4_DISCOVER, 9);
    rig_opt(PXK_OPT_PARAMETER_LIST, "\1\3\21", 3);
    cr_assert(rig_send());
    cr_assert_str_eq(rig_text(PXK_OPT_ROOT_PATH), "/nfs");
}

/* ---- port 4011 ---- */

static void on_4011(pxk_ip4 source, uint16_t port)
{
    rig.meta = (struct pxk_dhcpd_meta){SERVER, PXK_PXE_PORT, source, port};
}

Test(dhcpd_boot, edk2_asks_port_4011_and_is_answered_there)
{
    on_4011(POOL(0), 4011);
    edk2_new(PXK_DHCP4_REQUEST, PXK_ARCH_UEFI_X64);
    rig.head.ciaddr = POOL(0);
    cr_assert(rig_send());
    cr_assert_eq(rig.out.type, PXK_DHCP4_ACK);
    assert_boots("bootnetx64.efi");
    cr_assert_eq(rig.out.yiaddr, 0);
    cr_assert_eq(rig.reply.to, PXK_DHCPD_TO_IP);
    cr_assert_eq(rig.reply.ip, POOL(0));
    cr_assert(rig.reply.port == 4011 && rig.reply.from_port == 4011);
    cr_assert_not(pxk_dhcp4_has(&rig.out, PXK_OPT_LEASE_TIME));
    cr_assert_eq(pxk_dhcpd_count(rig.d, rig.now).leased, 0);
}

Test(dhcpd_boot, ipxe_asks_port_4011_from_68)
{
    on_4011(POOL(0), 68);
    ipxe_new(PXK_DHCP4_REQUEST, PXK_ARCH_BIOS);
    rig.head.ciaddr = POOL(0);
    rig_opt_ip(PXK_OPT_SERVER_ID, SERVER);
    cr_assert(rig_send());
    cr_assert(rig.reply.port == 68 && rig.reply.from_port == 4011);
    assert_boots("pxelinux.0");
}

Test(dhcpd_boot, a_boot_item_is_echoed)
{
    on_4011(POOL(0), 68);
    ipxe_new(PXK_DHCP4_REQUEST, PXK_ARCH_BIOS);
    rig.head.xid = 0; /* iPXE's boot server requests */
    rig.head.ciaddr = POOL(0);
    rig_opt(PXK_OPT_VENDOR_SPECIFIC, "\107\4\200\1\0\0\377", 7);
    cr_assert(rig_send());
    cr_assert_eq(rig.out.xid, 0);
    cr_assert_eq(rig.out.yiaddr, POOL(0));
    cr_assert_eq(rig.out.ciaddr, 0);
    cr_assert_eq(memcmp(rig.out.opt[PXK_OPT_VENDOR_SPECIFIC].data, "\107\4\200\1\0\0\377", 7), 0);
    rig.meta.local_port = 67; /* broadcast discovery */
    cr_assert(rig_send());
    cr_assert_eq(rig.out.type, PXK_DHCP4_ACK);
    cr_assert_eq(rig.last_event, PXK_DHCPD_BOOT_ANSWERED);
}

#define assert_ignored(why)                                                                        \
    do {                                                                                           \
        cr_assert_not(rig_send());                                                                 \
        cr_assert_str_eq(rig.last_reason, why);                                                    \
    } while (0)

Test(dhcpd_boot, what_port_4011_does_not_answer)
{
    on_4011(POOL(0), 4011);
    edk2_new(PXK_DHCP4_DISCOVER, PXK_ARCH_UEFI_X64);
    assert_ignored("neither REQUEST nor INFORM on the boot service's port");
    edk2_new(PXK_DHCP4_REQUEST, PXK_ARCH_UEFI_ARM64);
    assert_ignored("no boot file for this architecture");
    edk2_new(PXK_DHCP4_REQUEST, PXK_ARCH_UEFI_X64);
    rig_opt_ip(PXK_OPT_SERVER_ID, PXK_IP4(10, 77, 0, 2));
    assert_ignored("a boot service request for another server");
    rig_new(PXK_DHCP4_REQUEST, 9);
    assert_ignored("a boot service request without option 60 PXEClient");
    edk2_new(PXK_DHCP4_REQUEST, PXK_ARCH_UEFI_X64);
    rig_opt(PXK_OPT_VENDOR_SPECIFIC, "\107\4\200\1\200\0\377", 7);
    assert_ignored("asks for boot credentials (BIS), which are not supported");
}
