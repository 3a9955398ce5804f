/* What goes wrong in real networks, and what the client makes of it. */
#include <criterion/criterion.h>

#include "world.h"

static struct world w;

/* 43.6 = 8: boot the named file */
static const uint8_t boot_file_only[] = {6, 1, 8, 255};

static struct pxk_session *play_with(struct pxk_client_opts opts)
{
    struct pxk_session *s = world_client(&w, &opts);
    world_run(&w, 300 * PXK_SEC);
    cr_assert(s->facts.finished);
    (void)world_check_files(&w, s);
    return s;
}

static struct pxk_session *play(uint16_t arch)
{
    return play_with(world_client_opts(arch, &pxk_pace_fast));
}

/* The reference server's place is taken by one that says @d; its files stay. */
static struct world_dhcp *open_with(const struct world_dhcp *d)
{
    world_init(&w, 5);
    w.host[0].engine = false;
    w.host[0].dhcp = *d;
    w.host[0].dhcp.on = true;
    return &w.host[0].dhcp;
}

static const struct world_dhcp plain_bios = {.yiaddr = WORLD_LEASE, .siaddr = WORLD_SERVER, .file = "pxelinux.0"};
static const struct world_dhcp plain_x64 = {.yiaddr = WORLD_LEASE, .siaddr = WORLD_SERVER, .file = "bootx64.efi"};

static unsigned sent(uint16_t dport, uint8_t type)
{
    unsigned n = 0;
    while (world_sent(&w, 0, dport, type, n))
        n++;
    return n;
}

static const struct pxk_file *find(const struct pxk_session *s, const char *path)
{
    for (size_t i = 0; i < s->files.n; i++)
        if (strcmp(s->files.at[i].path + (s->files.at[i].path[0] == '/'), path) == 0)
            return &s->files.at[i];
    return NULL;
}

/* ---- DHCP ---- */

Test(trouble, offers_without_boot_file)
{
    struct world_dhcp *d = open_with(&plain_bios);
    d->file = NULL;
    struct pxk_session *s = play(PXK_ARCH_BIOS);
    cr_assert_not(s->facts.dhcp_gave_up, "iPXE takes the address and then has nothing to boot");
    cr_assert_eq(s->facts.boot_file[0], '\0');
    cr_assert_eq(sent(67, PXK_DHCP4_RELEASE), 1);
    world_done(&w);
    open_with(&plain_bios)->file = NULL;
    s = play(PXK_ARCH_UEFI_X64);
    cr_assert(s->facts.dhcp_gave_up, "EDK2 repeats its DISCOVER: such an offer is not selectable");
    cr_assert_eq(sent(67, PXK_DHCP4_DISCOVER), 4);
    cr_assert_eq(sent(67, PXK_DHCP4_REQUEST), 0);
    world_done(&w);
}

Test(trouble, option_60_alone)
{
    struct world_dhcp *d = open_with(&plain_x64);
    d->vendor = "PXEClient";
    struct pxk_session *s = play(PXK_ARCH_UEFI_X64);
    cr_assert(s->facts.dhcp_gave_up, "EDK2 must ask port 4011");
    cr_assert_geq(sent(4011, PXK_DHCP4_REQUEST), 1);
    cr_assert_str_eq(s->facts.dhcp_why, "nobody answered on port 4011");
    world_done(&w);
    d = open_with(&plain_bios);
    d->vendor = "PXEClient";
    s = play(PXK_ARCH_BIOS);
    cr_assert(s->facts.booted, "iPXE does not care");
    cr_assert_eq(sent(4011, 0), 0);
    world_done(&w);
    d = open_with(&plain_x64);
    d->vendor = "PXEClient";
    d->pxe = boot_file_only;
    d->pxe_n = sizeof boot_file_only;
    s = play(PXK_ARCH_UEFI_X64);
    cr_assert(s->facts.booted, "43.6 = 8 is the cure");
    cr_assert_eq(sent(4011, 0), 0);
    world_done(&w);
}

Test(trouble, port_4011_silent_or_closed_at_fast_pace)
{
    open_with(&plain_x64)->vendor = "PXEClient";
    play(PXK_ARCH_UEFI_X64); /* ICMP tells at once that nobody is there */
    cr_assert_lt(world_seconds(&w), 1);
    cr_assert_eq(sent(4011, PXK_DHCP4_REQUEST), 1);
    world_done(&w);
    open_with(&plain_x64)->vendor = "PXEClient";
    w.host[0].no_icmp = true;
    play(PXK_ARCH_UEFI_X64);
    cr_assert_eq(sent(4011, PXK_DHCP4_REQUEST), 4);
    cr_assert_lt(world_seconds(&w), 5);
    world_done(&w);
}

static void proxy_beside(const char *file, const uint8_t *pxe, uint16_t pxe_n)
{
    open_with(&(struct world_dhcp){.yiaddr = WORLD_LEASE});
    struct world_host *h = world_host_add(&w, WORLD_OTHER);
    h->tftp = true;
    h->dhcp = (struct world_dhcp){.on = true, .siaddr = WORLD_OTHER, .file = file, .vendor = "PXEClient", .pxe = pxe,
                                  .pxe_n = pxe_n, .delay = 30 * PXK_MSEC};
}

Test(trouble, proxy_beside_a_plain_server)
{
    static const struct {
        uint16_t arch;
        const char *file;
    } row[] = {{PXK_ARCH_BIOS, "pxelinux.0"}, {PXK_ARCH_UEFI_X64, "bootx64.efi"}};
    for (unsigned i = 0; i < PXK_COUNT(row); i++) {
        proxy_beside(row[i].file, boot_file_only, sizeof boot_file_only);
        struct pxk_session *s = play(row[i].arch);
        cr_assert_str_eq(s->facts.boot_file, row[i].file);
        cr_assert_eq(s->facts.boot_server, WORLD_OTHER);
        cr_assert_eq(s->ip, WORLD_LEASE);
        cr_assert_eq(sent(4011, 0), 0);
        cr_assert(find(s, row[i].file) && find(s, row[i].file)->have);
        world_done(&w);
    }
}

Test(trouble, proxy_that_must_be_asked)
{
    proxy_beside(NULL, NULL, 0);
    w.host[1].dhcp.port_4011 = true;
    w.host[1].dhcp.file_4011 = "bootx64.efi";
    struct pxk_session *s = play(PXK_ARCH_UEFI_X64);
    cr_assert_str_eq(s->facts.boot_file, "bootx64.efi");
    cr_assert_eq(world_sent(&w, 0, 4011, PXK_DHCP4_REQUEST, 0)->sport, 4011);
    world_done(&w);
    proxy_beside(NULL, NULL, 0);
    w.host[1].dhcp.port_4011 = true;
    w.host[1].dhcp.file_4011 = "pxelinux.0";
    s = play(PXK_ARCH_BIOS);
    cr_assert_str_eq(s->facts.boot_file, "pxelinux.0");
    cr_assert_eq(world_sent(&w, 0, 4011, PXK_DHCP4_REQUEST, 0)->sport, 68);
    world_done(&w);
}

Test(trouble, proxy_without_a_dhcp_server)
{
    static const uint16_t arch[] = {PXK_ARCH_BIOS, PXK_ARCH_UEFI_X64};
    for (unsigned i = 0; i < PXK_COUNT(arch); i++) {
        open_with(&(struct world_dhcp){.siaddr = WORLD_SERVER, .file = "x", .vendor = "PXEClient", .pxe = boot_file_only,
                                       .pxe_n = sizeof boot_file_only});
        struct pxk_session *s = play(arch[i]);
        cr_assert(s->facts.dhcp_gave_up);
        cr_assert_eq(sent(67, PXK_DHCP4_REQUEST), 0);
        world_done(&w);
    }
}

/* Captured: rogue-dhcp-bios. The good server sees a REQUEST for the other and says NAK; the client hears the one
 * it asked. */
Test(trouble, rogue_server_without_boot_options)
{
    struct world_dhcp *good = open_with(&plain_bios);
    good->delay = 2500 * PXK_MSEC; /* after the firmware has made up its mind */
    good->naks_others = true;
    struct world_host *rogue = world_host_add(&w, WORLD_OTHER);
    rogue->dhcp = (struct world_dhcp){.on = true, .yiaddr = WORLD_LEASE + 50, .delay = 3000};
    struct pxk_session *s = play(PXK_ARCH_BIOS);
    cr_assert_eq(s->ip, WORLD_LEASE + 50);
    cr_assert_eq(s->facts.boot_file[0], '\0');
    cr_assert_not(s->facts.dhcp_gave_up);
    world_done(&w);
}

Test(trouble, fast_pace_tells_of_an_offer_that_the_firmware_would_have_preferred)
{
    open_with(&plain_bios);
    struct world_host *slow = world_host_add(&w, WORLD_OTHER);
    slow->tftp = true;
    slow->dhcp = (struct world_dhcp){.on = true, .siaddr = WORLD_OTHER, .file = "grub.0", .vendor = "PXEClient",
                                     .delay = 270 * PXK_MSEC};
    w.link.delay = 2000; /* so that it still boots when the late offer comes */
    struct pxk_session *s = play(PXK_ARCH_BIOS);
    cr_assert_str_eq(s->facts.boot_file, "pxelinux.0");
    cr_assert(strstr(s->facts.other_choice, "10.77.0.2"), "%s", s->facts.other_choice);
    world_done(&w);
}

Test(trouble, ack_for_another_address)
{
    open_with(&plain_x64)->ack_yiaddr = WORLD_LEASE + 7;
    struct pxk_session *s = play(PXK_ARCH_UEFI_X64);
    cr_assert(s->facts.dhcp_gave_up);
    cr_assert_eq(sent(67, PXK_DHCP4_DECLINE), 1);
    cr_assert_eq(sent(67, PXK_DHCP4_REQUEST), 1);
    world_done(&w);
    open_with(&plain_bios)->ack_yiaddr = WORLD_LEASE + 7;
    s = play(PXK_ARCH_BIOS);
    cr_assert(s->facts.dhcp_gave_up);
    cr_assert_eq(sent(67, PXK_DHCP4_REQUEST), 6, "iPXE does not see it");
    world_done(&w);
}

Test(trouble, malformed_ack)
{
    open_with(&plain_x64)->bad_ack = true;
    struct pxk_session *s = play(PXK_ARCH_UEFI_X64);
    cr_assert(s->facts.dhcp_gave_up, "EDK2 drops it");
    world_done(&w);
    open_with(&plain_bios)->bad_ack = true;
    s = play(PXK_ARCH_BIOS);
    cr_assert(s->facts.booted, "iPXE does not look");
    world_done(&w);
}

/* ---- menus ---- */

Test(trouble, menu_of_the_local_disk)
{
    static const uint8_t menu[] = {6, 1, 3, 9, 8, 0, 0, 5, 'l', 'o', 'c', 'a', 'l', 10, 2, 0, 'x', 255};
    static const uint16_t arch[] = {PXK_ARCH_BIOS, PXK_ARCH_UEFI_X64};
    for (unsigned i = 0; i < PXK_COUNT(arch); i++) {
        struct world_dhcp *d = open_with(&plain_x64);
        d->vendor = "PXEClient";
        d->pxe = menu;
        d->pxe_n = sizeof menu;
        struct pxk_session *s = play(arch[i]);
        cr_assert(s->facts.local_boot);
        cr_assert_eq(s->facts.boot_file[0], '\0', "the menu stands above the file name");
        cr_assert_eq(sent(69, 0), 0);
        world_done(&w);
    }
}

static const uint8_t menu_broadcast[] = {6, 1, 2, 8, 7, 0x80, 1, 1, 10, 77, 0, 1, 9, 6, 0x80, 1, 3, 'l', 'a', 'b',
                                         10, 2, 0, 'x', 255};

static void menu_world(uint8_t control)
{
    static uint8_t pxe[sizeof menu_broadcast];
    memcpy(pxe, menu_broadcast, sizeof pxe);
    pxe[2] = control;
    struct world_dhcp *d = open_with(&plain_x64);
    d->file = NULL;
    d->vendor = "PXEClient";
    d->pxe = pxe;
    d->pxe_n = sizeof pxe;
    d->port_4011 = true;
    d->file_4011 = "pxelinux.0";
}

Test(trouble, menu_with_a_listed_boot_server)
{
    menu_world(7); /* no broadcast, no multicast, listed only */
    struct pxk_session *s = play(PXK_ARCH_BIOS);
    cr_assert_str_eq(s->facts.boot_file, "pxelinux.0", "%s", s->facts.dhcp_why);
    cr_assert(s->facts.booted);
    cr_assert_eq(world_sent(&w, 0, 4011, PXK_DHCP4_REQUEST, 0)->secs, 4, "captured: a count of its own");
    world_done(&w);
    menu_world(7);
    w.host[0].dhcp.file_4011 = "bootx64.efi";
    s = play(PXK_ARCH_UEFI_X64);
    cr_assert_str_eq(s->facts.boot_file, "bootx64.efi", "%s", s->facts.dhcp_why);
    world_done(&w);
}

Test(trouble, boot_server_broadcast_then_listed)
{
    menu_world(2);
    struct pxk_client_opts opts = world_client_opts(PXK_ARCH_BIOS, &pxk_pace_firmware);
    struct pxk_session *s = play_with(opts);
    /* the broadcasts on port 67 are REQUESTs for no server: 0, 1 s; after three seconds the listed one */
    cr_assert_eq(sent(67, PXK_DHCP4_REQUEST), 3, "%u", sent(67, PXK_DHCP4_REQUEST));
    cr_assert_eq(sent(4011, PXK_DHCP4_REQUEST), 1);
    cr_assert(s->facts.booted);
    cr_assert_not(s->facts.proxy_gave_up);
    world_done(&w);
}

Test(trouble, no_boot_server)
{
    menu_world(7);
    w.host[0].dhcp.port_4011 = false;
    w.host[0].no_icmp = true;
    struct pxk_session *s = play_with(world_client_opts(PXK_ARCH_BIOS, &pxk_pace_firmware));
    cr_assert(s->facts.dhcp_gave_up && s->facts.proxy_gave_up);
    cr_assert_eq(sent(4011, PXK_DHCP4_REQUEST), 2, "captured: two");
    cr_assert_eq(sent(67, PXK_DHCP4_RELEASE), 1);
    world_done(&w);
}

/* ---- files ---- */

static struct pxk_session *without(uint16_t arch, const char *file)
{
    world_init(&w, 5);
    w.hidden[0] = file;
    return play(arch);
}

Test(trouble, missing_files)
{
    struct pxk_session *s = without(PXK_ARCH_BIOS, "pxelinux.0");
    cr_assert(s->files.n == 1 && s->files.at[0].failed && !s->facts.booted);
    world_done(&w);
    s = without(PXK_ARCH_BIOS, "ldlinux.c32");
    cr_assert_str_eq(s->facts.stop, "module-missing");
    cr_assert_eq(sent(69, PXK_TFTP_RRQ), 7, "pxelinux.0 and six places: %u", sent(69, PXK_TFTP_RRQ));
    cr_assert_eq(world_sent(&w, 0, 69, PXK_TFTP_RRQ, 1)->sport, 49152);
    cr_assert_eq(world_sent(&w, 0, 69, PXK_TFTP_RRQ, 2)->sport, 49153);
    world_done(&w);
    s = without(PXK_ARCH_BIOS, "linux");
    cr_assert_str_eq(s->facts.stop, "kernel-missing");
    world_done(&w);
    s = without(PXK_ARCH_UEFI_X64, "grubx64.efi");
    cr_assert_str_eq(s->facts.stop, "next-loader-missing");
    world_done(&w);
    s = without(PXK_ARCH_UEFI_X64, "grub/grub.cfg");
    cr_assert_str_eq(s->facts.stop, "config-missing");
    world_done(&w);
    s = without(PXK_ARCH_UEFI_X64, "preseed.cfg");
    cr_assert(s->facts.booted);
    cr_assert_eq(s->facts.install_missing, 1);
    world_done(&w);
}

Test(trouble, truncated_initrd)
{
    world_init(&w, 5);
    struct pxk_bootset_file *f = (struct pxk_bootset_file *)(uintptr_t)world_file(&w, "initrd.gz");
    f->len -= 1000;
    struct pxk_session *s = play(PXK_ARCH_BIOS);
    cr_assert(s->facts.booted && s->facts.initrd_broken);
    cr_assert(find(s, "initrd.gz")->truncated);
    world_done(&w);
}

Test(trouble, loader_for_another_machine)
{
    open_with(&plain_bios);
    struct pxk_session *s = play(PXK_ARCH_UEFI_X64);
    cr_assert(s->facts.firmware_rejects);
    cr_assert(find(s, "pxelinux.0")->have && find(s, "pxelinux.0")->wrong_arch);
    world_done(&w);
    open_with(&plain_x64);
    s = play(PXK_ARCH_BIOS);
    cr_assert(s->facts.firmware_rejects);
    world_done(&w);
    open_with(&plain_x64);
    s = play(PXK_ARCH_UEFI_ARM64);
    cr_assert(s->facts.firmware_rejects);
    world_done(&w);
}

/* shim under GRUB's name: it would load itself for ever. */
Test(trouble, loaders_that_load_each_other)
{
    world_init(&w, 5);
    struct pxk_bootset_file *grub = (struct pxk_bootset_file *)(uintptr_t)world_file(&w, "grubx64.efi");
    const struct pxk_bootset_file *shim = world_file(&w, "bootx64.efi");
    uint8_t *own = grub->data;
    size_t own_len = grub->len;
    grub->data = shim->data;
    grub->len = shim->len;
    struct pxk_session *s = play(PXK_ARCH_UEFI_X64);
    cr_assert_str_eq(s->facts.stop, "config-loop");
    cr_assert_lt(world_seconds(&w), 5);
    grub->data = own;
    grub->len = own_len;
    world_done(&w);
}

Test(trouble, url_as_a_file_name)
{
    struct world_dhcp *d = open_with(&plain_bios);
    d->siaddr = PXK_IP4(10, 77, 0, 99); /* nobody: the URL's host counts */
    d->file = "tftp://10.77.0.1/pxelinux.0";
    struct pxk_session *s = play(PXK_ARCH_BIOS);
    cr_assert(find(s, "pxelinux.0") && find(s, "pxelinux.0")->have);
    world_done(&w);
}

/* Names from the network are kept printable. */
Test(trouble, escape_sequences_in_names)
{
    open_with(&plain_bios)->file = "px\x1b[31m\x9b.0\n";
    struct pxk_session *s = play(PXK_ARCH_BIOS);
    cr_assert_str_eq(s->facts.boot_file, "px\\x1b[31m\\x9b.0\\x0a");
    cr_assert_eq(s->files.n, 1);
    for (const char *p = s->files.at[0].path; *p; p++)
        cr_assert(*p >= 0x20 && *p < 0x7f);
    for (const char *p = s->files.at[0].url; *p; p++)
        cr_assert(*p >= 0x20 && *p < 0x7f);
    world_done(&w);
}

/* ---- how far, and how it leaves ---- */

Test(until, goals)
{
    static const struct {
        enum pxk_milestone until;
        uint16_t arch;
        unsigned rrq, release;
        const char *last;
    } row[] = {
        {PXK_MILESTONE_OFFER, PXK_ARCH_BIOS, 0, 0, NULL},       {PXK_MILESTONE_OFFER, PXK_ARCH_UEFI_X64, 0, 0, NULL},
        {PXK_MILESTONE_LEASE, PXK_ARCH_BIOS, 0, 1, NULL},       {PXK_MILESTONE_LEASE, PXK_ARCH_UEFI_X64, 0, 1, NULL},
        {PXK_MILESTONE_LOADER, PXK_ARCH_BIOS, 1, 1, "pxelinux.0"}, {PXK_MILESTONE_CONFIG, PXK_ARCH_BIOS, 0, 1, "pxelinux.cfg/default"},
        {PXK_MILESTONE_CONFIG, PXK_ARCH_UEFI_X64, 0, 1, "/grub/grub.cfg"}, {PXK_MILESTONE_KERNEL, PXK_ARCH_BIOS, 0, 1, "linux"},
        {PXK_MILESTONE_INITRD, PXK_ARCH_UEFI_X64, 0, 1, "/initrd.gz"},
    };
    for (unsigned i = 0; i < PXK_COUNT(row); i++) {
        world_init(&w, 5);
        struct pxk_client_opts opts = world_client_opts(row[i].arch, &pxk_pace_fast);
        opts.until = row[i].until;
        struct pxk_session *s = play_with(opts);
        cr_assert_eq(pxk_session_milestone(s), row[i].until, "row %u: %s", i, pxk_milestone_key(pxk_session_milestone(s)));
        cr_assert_eq(sent(67, PXK_DHCP4_RELEASE), row[i].release, "row %u", i);
        unsigned n = sent(69, PXK_TFTP_RRQ);
        if (!row[i].last)
            cr_assert_eq(n, 0, "row %u", i);
        else
            cr_assert_str_eq(world_sent(&w, 0, 69, PXK_TFTP_RRQ, n - 1)->file, row[i].last, "row %u", i);
        cr_assert_eq(pxk_dhcpd_count(w.host[0].dhcpd, w.now).leased, 0, "row %u: a lease stays behind", i);
        world_done(&w);
    }
}

Test(leaving, the_lease_is_given_back_unless_it_is_to_be_kept)
{
    world_init(&w, 5);
    play(PXK_ARCH_BIOS);
    cr_assert_eq(pxk_dhcpd_count(w.host[0].dhcpd, w.now).leased, 0);
    const struct world_note *r = world_sent(&w, 0, 67, PXK_DHCP4_RELEASE, 0);
    cr_assert(r && r->dst == WORLD_SERVER && r->src == WORLD_LEASE);
    world_done(&w);
    world_init(&w, 5);
    struct pxk_client_opts opts = world_client_opts(PXK_ARCH_BIOS, &pxk_pace_fast);
    opts.keep_lease = true;
    play_with(opts);
    cr_assert_eq(pxk_dhcpd_count(w.host[0].dhcpd, w.now).leased, 1);
    world_done(&w);
}

Test(leaving, stopped_from_outside)
{
    struct pxk_client_opts opts = world_client_opts(PXK_ARCH_BIOS, &pxk_pace_fast);
    world_init(&w, 5);
    struct pxk_session *s = world_client(&w, &opts);
    pxk_client_stop(w.client[0], "enough", w.now);
    cr_assert(pxk_client_finished(w.client[0]), "no address yet: it ends at once");
    cr_assert_not(s->facts.finished, "stopped is not come to an end: no verdict may be made of it");
    cr_assert_eq(pxk_client_deadline(w.client[0]), PXK_NEVER);
    world_done(&w);

    world_init(&w, 5);
    s = world_client(&w, &opts);
    while (!world_sent(&w, 0, 67, PXK_DHCP4_REQUEST, 0))
        world_step(&w);
    while (!pxk_client_ip(w.client[0]))
        world_step(&w);
    pxk_client_stop(w.client[0], "enough", w.now); /* the server's MAC is not known yet */
    world_run(&w, PXK_SEC);
    cr_assert_eq(pxk_dhcpd_count(w.host[0].dhcpd, w.now).leased, 0);
    world_done(&w);

    world_init(&w, 5);
    w.host[0].no_arp = true;
    s = world_client(&w, &opts);
    while (!pxk_client_ip(w.client[0]))
        world_step(&w);
    pxk_client_stop(w.client[0], "enough", w.now);
    cr_assert_not(pxk_client_finished(w.client[0]));
    pxk_client_stop(w.client[0], "now", w.now);
    cr_assert(pxk_client_finished(w.client[0]), "told twice, it does not wait for ARP");
    world_done(&w);
}

/* A UEFI client loads iPXE, which takes an address of its own: both are given back. */
static void ipxe_world(struct pxk_dhcpd_boot boot[static 2])
{
    world_init(&w, 5);
    struct pxk_bootset_file *linux_file = (struct pxk_bootset_file *)(uintptr_t)world_file(&w, "linux");
    (void)pxk_str_copy(linux_file->path, sizeof linux_file->path, "ipxe.efi"); /* a program without marks */
    boot[0] = (struct pxk_dhcpd_boot){PXK_DHCPD_BOOT_DEFAULT, "ipxe.efi"};
    struct world_host *h = &w.host[0];
    pxk_dhcpd_free(h->dhcpd);
    h->config.boot = boot;
    h->config.boot_n = boot[1].file ? 2 : 1;
    cr_assert_eq(pxk_dhcpd_new(&h->config, &(struct pxk_dhcpd_sink){0}, &h->dhcpd), PXK_OK);
}

Test(leaving, loaded_ipxe)
{
    struct pxk_dhcpd_boot boot[2] = {{0, NULL}, {PXK_DHCPD_BOOT_IPXE, "bootx64.efi"}};
    ipxe_world(boot);
    struct pxk_client_opts opts = world_client_opts(PXK_ARCH_UEFI_X64, &pxk_pace_fast);
    opts.probe_path = true;
    struct pxk_session *s = play_with(opts);
    cr_assert_str_eq(s->facts.boot_file, "bootx64.efi", "%s", s->facts.dhcp_why);
    cr_assert(strstr(s->facts.loader_chain, "iPXE > "), "%s", s->facts.loader_chain);
    cr_assert(s->facts.ping_ok);
    cr_assert_eq(pxk_dhcpd_count(w.host[0].dhcpd, w.now).leased, 0);
    world_done(&w);
}

static bool second_round(void *ctx, const struct pxk_frame *f, bool to_client)
{
    (void)ctx;
    return to_client && f->l4 == PXK_L4_UDP && f->dport == 68 && world_sent(&w, 0, 69, 0, 0);
}

Test(leaving, loaded_ipxe_gets_no_address)
{
    struct pxk_dhcpd_boot boot[2] = {{0, NULL}, {0, NULL}};
    ipxe_world(boot);
    w.link.drop = second_round;
    struct pxk_session *s = play(PXK_ARCH_UEFI_X64);
    cr_assert(s->facts.dhcp_gave_up);
    cr_assert_eq(sent(67, PXK_DHCP4_RELEASE), 1, "the firmware's address");
    cr_assert_eq(pxk_dhcpd_count(w.host[0].dhcpd, w.now).leased, 0);
    world_done(&w);
}

Test(trouble, ipxe_is_given_ipxe)
{
    struct pxk_dhcpd_boot boot[2] = {{0, NULL}, {0, NULL}};
    ipxe_world(boot);
    struct pxk_session *s = play(PXK_ARCH_UEFI_X64);
    cr_assert(s->facts.chain_loop);
    cr_assert_eq(pxk_dhcpd_count(w.host[0].dhcpd, w.now).leased, 0);
    world_done(&w);
}

/* The DHCP server never answers ARP: the RELEASE cannot leave, and that ends too. */
static bool arp_answers(void *ctx, const struct pxk_frame *f, bool to_client)
{
    (void)ctx;
    return to_client && f->l3 == PXK_L3_ARP;
}

Test(leaving, a_server_that_does_not_answer_arp)
{
    world_init(&w, 5);
    w.link.drop = arp_answers;
    struct pxk_session *s = play(PXK_ARCH_BIOS);
    cr_assert(!s->facts.booted && s->facts.finished);
    cr_assert_eq(sent(67, PXK_DHCP4_RELEASE), 0);
    cr_assert_lt(world_seconds(&w), 15);
    world_done(&w);
}

/* ---- the path ---- */

static struct pxk_session *path(unsigned mtu, unsigned link_mtu)
{
    world_init(&w, 5);
    w.link.mtu = mtu;
    struct pxk_client_opts opts = world_client_opts(PXK_ARCH_BIOS, &pxk_pace_fast);
    opts.probe_path = true;
    opts.link_mtu = link_mtu;
    return play_with(opts);
}

Test(path, mtu)
{
    struct pxk_session *s = path(1400, 1500);
    cr_assert(s->facts.path_mtu_known);
    cr_assert_eq(s->facts.path_mtu, 1400);
    cr_assert_not(s->facts.booted, "blocks of 1432 bytes do not get through");
    cr_assert(s->files.n == 1 && s->files.at[0].failed);
    world_done(&w);
    s = path(0, 1460); /* a link's own MTU is tried, whatever it is */
    cr_assert_eq(s->facts.path_mtu, 1460);
    world_done(&w);
    s = path(0, 9000);
    cr_assert_eq(s->facts.path_mtu, 1500);
    world_done(&w);
}

Test(path, no_link_at_all)
{
    world_init(&w, 5);
    struct pxk_client_opts opts = world_client_opts(PXK_ARCH_BIOS, &pxk_pace_firmware);
    opts.unplugged = true;
    struct pxk_session *s = play_with(opts);
    cr_assert(s->facts.link_known && !s->facts.link_up && s->facts.finished);
    cr_assert_eq(s->round_n, 0, "nothing is sent into a cable that is not there");
    cr_assert_lt(world_seconds(&w), 1);
    world_done(&w);
}

static bool pings(void *ctx, const struct pxk_frame *f, bool to_client)
{
    (void)ctx, (void)to_client;
    return f->l4 == PXK_L4_ICMP;
}

Test(path, pings_filtered)
{
    world_init(&w, 5);
    w.link.drop = pings;
    struct pxk_client_opts opts = world_client_opts(PXK_ARCH_UEFI_X64, &pxk_pace_fast);
    opts.probe_path = true;
    struct pxk_session *s = play_with(opts);
    cr_assert(s->facts.booted && s->facts.pinged && !s->facts.ping_ok && !s->facts.path_mtu_known);
    world_done(&w);
}

/* ---- as a host ---- */

static struct pxk_mac stranger = {{0x52, 0x54, 0, 0xaa, 0, 9}};

static void inject_arp(uint16_t op, pxk_ip4 sender, pxk_ip4 target, const struct pxk_mac *to)
{
    uint8_t frame[64];
    struct pxk_wr wr = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = {.dst = *to, .src = stranger};
    struct pxk_arp a = {.op = op, .sender_mac = stranger, .sender = sender, .target = target};
    pxk_frame_write_arp(&wr, &eth, &a);
    world_inject(&w, frame, pxk_wr_len(&wr));
}

/* Somebody answers the ARP probe for the client's new address. */
static bool answer_probe(void *ctx, const struct pxk_frame *f, bool to_client)
{
    (void)ctx, (void)to_client;
    if (f->l3 == PXK_L3_ARP && f->arp.op == PXK_ARP_REQUEST && f->arp.target == WORLD_LEASE && f->arp.sender == 0)
        inject_arp(PXK_ARP_REPLY, WORLD_LEASE, 0, pxk_client_mac(w.client[0]));
    return false;
}

Test(host, its_address_is_taken)
{
    world_init(&w, 5);
    w.link.drop = answer_probe;
    struct pxk_session *s = play(PXK_ARCH_UEFI_X64);
    cr_assert(s->facts.address_taken);
    cr_assert(pxk_mac_eq(&s->facts.taken_by, &stranger));
    world_done(&w);
    world_init(&w, 5);
    s = play(PXK_ARCH_UEFI_X64);
    cr_assert_not(s->facts.address_taken);
    world_done(&w);
}

/* While it boots, others ask for it. */
static bool ask_for_client(void *ctx, const struct pxk_frame *f, bool to_client)
{
    bool *asked = ctx;
    if (!to_client && f->l4 == PXK_L4_UDP && f->dport == PXK_TFTP_PORT && !*asked) {
        *asked = true;
        inject_arp(PXK_ARP_REQUEST, PXK_IP4(10, 77, 0, 9), WORLD_LEASE, &pxk_mac_broadcast);
        uint8_t frame[200];
        struct pxk_wr wr = pxk_wr_init(frame, sizeof frame);
        struct pxk_eth_out eth = {.dst = *pxk_client_mac(w.client[0]), .src = stranger};
        struct pxk_ip4_out ip = {.src = PXK_IP4(10, 77, 0, 9), .dst = WORLD_LEASE, .ttl = 64};
        pxk_frame_write_echo(&wr, &eth, &ip, PXK_ICMP_ECHO, 7, 9, "hello", 5);
        world_inject(&w, frame, pxk_wr_len(&wr));
    }
    return false;
}

Test(host, answers_arp_and_ping)
{
    bool asked = false;
    unsigned arp = 0, ping = 0;
    world_init(&w, 5);
    w.link.drop = ask_for_client;
    w.link.ctx = &asked;
    struct pxk_session *s = play(PXK_ARCH_BIOS);
    for (size_t i = 0; i < w.notes.n; i++) {
        const struct world_note *n = &w.notes.at[i];
        arp += n->client == 0 && n->l3 == PXK_L3_ARP && n->type == PXK_ARP_REPLY;
        ping += n->client == 0 && n->l4 == PXK_L4_ICMP && n->dst == PXK_IP4(10, 77, 0, 9);
    }
    cr_assert(asked && s->facts.booted);
    cr_assert_eq(arp, 1);
    cr_assert_eq(ping, 1);
    world_done(&w);
}
