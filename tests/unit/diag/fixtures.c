#include <string.h>

#include "fixtures.h"
#include "fixtures_dhcp.h"
#include "fixtures_http.h"
#include "fixtures_tftp.h"

#define BIOS PXK_ARCH_BIOS
#define X64  PXK_ARCH_UEFI_X64

#define COPY(to, text) ((void)pxk_str_copy((to), sizeof(to), (text)))

static void ok_bios(struct lab *l)
{
    lab_boots(l, BIOS);
}

static void ok_uefi(struct lab *l)
{
    lab_boots(l, X64);
}

static void ok_emulated(struct lab *l)
{
    lab_boots_emulated(l, X64);
}

/* ---- connectivity ---- */

static void link_down(struct lab *l)
{
    lab_emulated(l, BIOS);
    l->s->facts.link_up = false;
}

static void address_in_use(struct lab *l)
{
    lab_boots_emulated(l, BIOS);
    l->s->facts.address_taken = true;
    l->s->facts.taken_by = (struct pxk_mac){{2, 0, 0, 0, 0, 9}};
}

/* An address probe that nobody answers. */
static void address_free(struct lab *l)
{
    lab_boots(l, BIOS);
    l->s->arp[0] = (struct pxk_arp_ask){.ip = LEASED, .asks = 3};
    l->s->arp_n = 1;
}

static void path_mtu_small(struct lab *l)
{
    lab_boots_emulated(l, BIOS);
    l->s->facts.path_mtu_known = true;
    l->s->facts.path_mtu = 1400;
}

static void path_mtu_full(struct lab *l)
{
    path_mtu_small(l);
    l->s->facts.path_mtu = 1500;
}

static void bad_checksum(struct lab *l)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, "pxelinux.0")->csum = PXK_CSUM_BAD;
    lab_discovers(l, 4, 2 * PXK_SEC);
}

/* A local sender leaves the sum to hardware; the client takes it. */
static void offloaded_checksum(struct lab *l)
{
    lab_boots(l, BIOS);
    l->s->round[0].answer[0].csum = PXK_CSUM_PARTIAL;
}

static void port_wakes_late(struct lab *l)
{
    lab_boots(l, X64);
    l->s->round[0].first_secs = 12;
}

/* iPXE's secs is no time. */
static void ipxe_secs(struct lab *l)
{
    lab_boots(l, BIOS);
    l->s->round[0].first_secs = 12;
}

/* ---- DHCP ---- */

static void no_dhcp(struct lab *l)
{
    lab_client(l, BIOS);
    lab_discovers(l, 4, 2 * PXK_SEC);
}

static void two_discovers(struct lab *l)
{
    lab_client(l, BIOS);
    lab_discovers(l, 2, PXK_SEC);
}

static void proxy_alone(struct lab *l)
{
    lab_client(l, X64);
    lab_proxy(l, OTHER, "shimx64.efi");
    lab_discovers(l, 4, 8 * PXK_SEC);
}

static void proxy_and_dhcp(struct lab *l)
{
    lab_boots(l, BIOS);
    struct pxk_round *r = l->r;
    l->r = &l->s->round[0];
    lab_proxy(l, OTHER, "pxelinux.0");
    l->r = r;
}

static void no_boot_file_uefi(struct lab *l)
{
    lab_client(l, X64);
    lab_offer(l, SERVER, "");
    lab_discovers(l, 4, 8 * PXK_SEC);
}

static void no_boot_file_for_arch(struct lab *l)
{
    lab_boots(l, BIOS);
    no_boot_file_uefi(l);
}

static void no_boot_file_for_both(struct lab *l)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, "");
    lab_ack(l, SERVER, "");
    no_boot_file_uefi(l);
}

static void port_4011(struct lab *l)
{
    lab_client(l, X64);
    lab_offer(l, SERVER, "bootnetx64.efi")->pxe = true;
    lab_ack(l, SERVER, "bootnetx64.efi")->pxe = true;
    l->r->proxy_requests = 4;
    l->r->proxy_to = SERVER;
    l->r->proxy_frame = ++l->frame;
}

static void port_4011_answers(struct lab *l)
{
    port_4011(l);
    l->r->proxy_answers = 1;
    lab_answer(l, PXK_DHCP4_ACK, SERVER, "bootnetx64.efi")->sport = PXK_PXE_PORT;
    lab_head_pe(lab_transfer(l, "edk2", "bootnetx64.efi", 1000), 0x8664);
}

static void no_ack(struct lab *l)
{
    lab_client(l, X64);
    lab_offer(l, SERVER, "bootnetx64.efi");
    l->r->requests = 4;
    l->r->requested_from = SERVER;
}

/* The first REQUEST was lost. */
static void ack_to_the_second(struct lab *l)
{
    lab_leased(l, BIOS);
    l->r->requests = 2;
}

static void nak(struct lab *l)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, "pxelinux.0");
    lab_answer(l, PXK_DHCP4_NAK, SERVER, "")->count = 6;
    l->r->requests = 6;
    l->r->requested = LEASED;
    l->r->requested_from = SERVER;
}

/* Refused its old address, then given one. */
static void nak_then_ack(struct lab *l)
{
    lab_client(l, BIOS);
    lab_answer(l, PXK_DHCP4_NAK, SERVER, "");
    lab_offer(l, SERVER, "pxelinux.0");
    lab_ack(l, SERVER, "pxelinux.0");
}

static void rogue(struct lab *l)
{
    lab_client(l, BIOS);
    lab_offer(l, OTHER, "");
    lab_offer(l, SERVER, "pxelinux.0");
    lab_ack(l, OTHER, "");
}

/* Two servers that know the same. */
static void failover(struct lab *l)
{
    lab_client(l, BIOS);
    lab_offer(l, OTHER, "pxelinux.0");
    lab_offer(l, SERVER, "pxelinux.0");
    lab_ack(l, OTHER, "pxelinux.0");
}

static void two_proxies(struct lab *l)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, "");
    lab_proxy(l, OTHER, "pxelinux.0");
    lab_proxy(l, PXK_IP4(10, 77, 0, 3), "ipxe.pxe");
}

static void one_proxy(struct lab *l)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, "");
    lab_proxy(l, OTHER, "pxelinux.0");
}

static void dropped(struct lab *l)
{
    lab_client(l, X64);
    struct pxk_answer *a = lab_offer(l, SERVER, "bootnetx64.efi");
    a->edk2_drops = true;
    a->edk2_why = "option 3 has 3 bytes, not a multiple of 4";
    lab_discovers(l, 4, 8 * PXK_SEC);
}

static void late_offer(struct lab *l)
{
    lab_client(l, X64);
    lab_discovers(l, 4, 4 * PXK_SEC);
    lab_wait(l, 60 * PXK_SEC);
    lab_offer(l, SERVER, "bootnetx64.efi");
}

static void slow_offer(struct lab *l)
{
    lab_boots(l, BIOS);
    l->s->round[0].answer[0].delay = 3 * PXK_SEC;
}

static void better_offer(struct lab *l)
{
    lab_boots_emulated(l, BIOS);
    COPY(l->s->facts.other_choice, "an offer from 10.77.0.2 came 700 ms after the DISCOVER and would have been chosen");
}

static void name_in_66(struct lab *l)
{
    lab_client(l, X64);
    lab_offer(l, SERVER, "bootnetx64.efi")->siaddr = 0;
    struct pxk_answer *a = lab_ack(l, SERVER, "bootnetx64.efi");
    a->siaddr = 0;
    a->option66 = "pxe.example.net";
    lab_refused(l, "edk2", "bootnetx64.efi", 1, "File not found");
}

static void no_next_server(struct lab *l)
{
    name_in_66(l);
    l->r->answer[1].option66 = "";
}

static void bios_name(struct lab *l)
{
    lab_emulated(l, X64);
    l->s->facts.until = PXK_MILESTONE_OFFER;
    lab_offer(l, SERVER, "pxelinux.0");
}

static void efi_name(struct lab *l)
{
    lab_emulated(l, X64);
    l->s->facts.until = PXK_MILESTONE_OFFER;
    lab_offer(l, SERVER, "bootnetx64.efi");
}

static void http_class(struct lab *l)
{
    lab_client(l, PXK_ARCH_UEFI_X64_HTTP);
    l->r->http = true;
    l->r->pxe = false;
    lab_offer(l, SERVER, "http://10.77.0.1/bootnetx64.efi");
    lab_discovers(l, 4, 8 * PXK_SEC);
}

static void http_class_echoed(struct lab *l)
{
    http_class(l);
    l->r->answer[0].http = true;
}

static void pxe_ignored(struct lab *l)
{
    lab_client(l, X64);
    lab_discovers(l, 4, 8 * PXK_SEC);
    lab_round(l, false, l->s->last + 60 * PXK_SEC);
    lab_offer(l, SERVER, "");
    lab_ack(l, SERVER, "");
}

/* ---- files ---- */

static void unreachable(struct lab *l)
{
    lab_leased(l, BIOS);
    l->s->arp[0] = (struct pxk_arp_ask){.ip = SERVER,
                                        .asks = 10,
                                        .first_frame = 30,
                                        .last_frame = 40,
                                        .first = T0,
                                        .last = T0 + 9 * PXK_SEC};
    l->s->arp_n = 1;
}

static void reachable(struct lab *l)
{
    unreachable(l);
    l->s->arp[0].answered = true;
}

static struct pxk_transfer *boot_file_asked(struct lab *l, unsigned requests)
{
    lab_leased(l, BIOS);
    struct pxk_transfer *t = lab_transfer(l, "ipxe", "pxelinux.0", 0);
    t->state = PXK_TRANSFER_ASKED;
    t->oack = t->has_tsize = false;
    t->blocks = t->data_packets = t->acks = 0;
    t->answered_from = (struct pxk_ip){{0}};
    t->requests = requests;
    return t;
}

static void not_listening(struct lab *l)
{
    struct pxk_transfer *t = boot_file_asked(l, 6);
    t->icmp = true;
    t->icmp_code = PXK_ICMP_PORT_UNREACHABLE;
    t->icmp_from = pxk_ip_of4(SERVER);
}

/* A port unreachable after the end of a transfer is no news. */
static void icmp_after_the_end(struct lab *l)
{
    lab_boots(l, BIOS);
    l->s->transfers.at[0].icmp = true;
    l->s->transfers.at[0].icmp_code = PXK_ICMP_PORT_UNREACHABLE;
}

static void no_answer(struct lab *l)
{
    (void)boot_file_asked(l, 6);
}

static void asked_once(struct lab *l)
{
    (void)boot_file_asked(l, 1);
}

static void data_stalls(struct lab *l)
{
    lab_leased(l, BIOS);
    struct pxk_transfer *t = lab_transfer(l, "ipxe", "pxelinux.0", 0);
    t->state = PXK_TRANSFER_RUNNING;
    t->tsize = 42430;
    t->blocks = t->data_packets = 0;
    t->acks = 6;
    t->stuck = 5;
}

static void data_just_asked(struct lab *l)
{
    data_stalls(l);
    l->s->transfers.at[0].acks = 1;
    l->s->transfers.at[0].stuck = 0;
}

static void loss(struct lab *l)
{
    lab_boots(l, BIOS);
    l->s->transfers.at[2].repeats = 300;
}

static void little_loss(struct lab *l)
{
    lab_boots(l, BIOS);
    l->s->transfers.at[2].repeats = 4;
}

static void file_missing(struct lab *l)
{
    lab_leased(l, X64);
    lab_refused(l, "edk2", "bootnetx64.efi", PXK_TFTP_E_NOT_FOUND, "File not found");
}

static void file_refused(struct lab *l)
{
    lab_leased(l, BIOS);
    lab_refused(l, "ipxe", "pxelinux.0", 0, "Permission denied");
}

/* iPXE takes what comes. */
static void oack_missing_bios(struct lab *l)
{
    lab_boots(l, BIOS);
}

static void oack_missing(struct lab *l)
{
    lab_leased(l, X64);
    struct pxk_transfer *t = lab_transfer(l, "edk2", "bootnetx64.efi", 512);
    t->state = PXK_TRANSFER_ABORTED;
    t->oack = t->has_tsize = false;
    t->blksize = 512;
    t->blocks = t->data_packets = 1;
}

static void oack_illegal(struct lab *l)
{
    lab_leased(l, X64);
    struct pxk_transfer *t = lab_transfer(l, "edk2", "bootnetx64.efi", 0);
    t->state = PXK_TRANSFER_ABORTED;
    t->oack_unasked = true;
    t->error = 4;
}

/* The size query of every EDK2 boot ends so. */
static void size_query(struct lab *l)
{
    lab_boots(l, X64);
    struct pxk_transfer *t = lab_transfer(l, "edk2", "bootnetx64.efi", 0);
    t->probe = true;
    t->state = PXK_TRANSFER_ABORTED;
    t->error = 8;
}

static void size_mismatch(struct lab *l)
{
    lab_leased(l, X64);
    struct pxk_transfer *t = lab_transfer(l, "edk2", "bootnetx64.efi", 900);
    lab_head_pe(t, 0x8664);
    t->tsize = 1000;
}

/* The capture lost what the client acknowledged. */
static void size_not_captured(struct lab *l)
{
    size_mismatch(l);
    l->s->transfers.at[0].missed = 1;
}

static void incomplete(struct lab *l)
{
    lab_boots(l, BIOS);
    lab_drop_rounds(l, 1);
    l->s->https.n = 0;
    l->s->transfers.at[3].state = PXK_TRANSFER_RUNNING;
    l->s->transfers.at[3].bytes = 700000;
    lab_wait(l, 60 * PXK_SEC);
}

static void still_running(struct lab *l)
{
    lab_boots(l, BIOS);
    lab_drop_rounds(l, 1);
    l->s->https.n = 0;
    l->s->transfers.at[3].state = PXK_TRANSFER_RUNNING;
    l->s->transfers.at[3].last = l->s->last;
}

static void http_missing(struct lab *l)
{
    lab_client(l, PXK_ARCH_UEFI_X64_HTTP);
    l->r->http = true;
    lab_offer(l, SERVER, "http://10.77.0.1/nosuch.efi")->http = true;
    lab_ack(l, SERVER, "http://10.77.0.1/nosuch.efi")->http = true;
    lab_http(l, "/nosuch.efi", 404);
}

/* shim's lists are optional. */
static void http_optional(struct lab *l)
{
    lab_client(l, PXK_ARCH_UEFI_X64_HTTP);
    l->r->http = true;
    lab_offer(l, SERVER, "http://10.77.0.1/shimx64.efi")->http = true;
    lab_ack(l, SERVER, "http://10.77.0.1/shimx64.efi")->http = true;
    lab_http(l, "/shimx64.efi", 200);
    lab_http(l, "/revocations_sku.efi", 404);
}

static void from_elsewhere(struct lab *l)
{
    lab_leased(l, BIOS);
    struct pxk_transfer *t = lab_transfer(l, "ipxe", "pxelinux.0", 0);
    t->state = PXK_TRANSFER_ASKED;
    t->answered_from = pxk_ip_of4(OTHER);
    t->oack = true;
}

static void tsize_missing(struct lab *l)
{
    lab_leased(l, X64);
    struct pxk_transfer *t = lab_transfer(l, "edk2", "bootnetx64.efi", 0);
    t->probe = true;
    t->has_tsize = false;
    t->state = PXK_TRANSFER_ABORTED;
}

/* ---- boot ---- */

static void not_a_program(struct lab *l)
{
    lab_leased(l, X64);
    static const char page[] = "<html><head><title>404</title>";
    lab_head(lab_transfer(l, "edk2", "bootnetx64.efi", 300), page, sizeof page - 1);
}

/* iPXE takes scripts. */
static void script_for_ipxe(struct lab *l)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, "boot.ipxe");
    lab_ack(l, SERVER, "boot.ipxe");
    static const char script[] = "#!ipxe\nkernel linux\n";
    lab_head(lab_transfer(l, "ipxe", "boot.ipxe", sizeof script - 1), script, sizeof script - 1);
    lab_head_kernel(lab_transfer(l, "ipxe", "linux", 8000000));
}

static void wrong_arch(struct lab *l)
{
    lab_leased(l, X64);
    lab_head_nbp(lab_transfer(l, "edk2", "bootnetx64.efi", 42430));
}

static void module_missing(struct lab *l)
{
    lab_leased(l, BIOS);
    lab_head_nbp(lab_transfer(l, "ipxe", "pxelinux.0", 42430));
    lab_refused(l, "pxelinux", "ldlinux.c32", 1, "File not found");
    lab_refused(l, "pxelinux", "/ldlinux.c32", 1, "File not found");
}

static void module_found_elsewhere(struct lab *l)
{
    module_missing(l);
    lab_transfer(l, "pxelinux", "/syslinux/ldlinux.c32", 100000);
}

static void second_loader_missing(struct lab *l)
{
    lab_leased(l, X64);
    lab_head_pe(lab_transfer(l, "edk2", "bootnetx64.efi", 900000), 0x8664);
    lab_refused(l, "shim", "revocations_sku.efi", 1, "File not found");
    lab_refused(l, "shim", "grubx64.efi", 1, "File not found");
}

static void shim_lists_missing(struct lab *l)
{
    lab_leased(l, X64);
    lab_head_pe(lab_transfer(l, "edk2", "bootnetx64.efi", 900000), 0x8664);
    lab_refused(l, "shim", "revocations_sku.efi", 1, "File not found");
}

static void path_lost(struct lab *l)
{
    lab_client(l, X64);
    lab_offer(l, SERVER, "")->option67 = "debian/bootnetx64.efi";
    lab_ack(l, SERVER, "")->option67 = "debian/bootnetx64.efi";
    lab_head_pe(lab_transfer(l, "edk2", "debian/bootnetx64.efi", 900000), 0x8664);
    lab_refused(l, "shim", "grubx64.efi", 1, "File not found");
}

static void config_missing(struct lab *l)
{
    lab_leased(l, BIOS);
    lab_head_nbp(lab_transfer(l, "ipxe", "pxelinux.0", 42430));
    lab_transfer(l, "pxelinux", "ldlinux.c32", 100000);
    lab_refused(l, "pxelinux", "pxelinux.cfg/01-52-54-00-77-00-01", 1, "File not found");
    lab_refused(l, "pxelinux", "pxelinux.cfg/default", 1, "File not found");
}

static void config_search(struct lab *l)
{
    lab_boots(l, BIOS);
    lab_refused(l, "pxelinux", "pxelinux.cfg/01-52-54-00-77-00-01", 1, "File not found");
}

static void stop_at(struct lab *l, const char *stop, const char *why)
{
    lab_boots_emulated(l, BIOS);
    l->s->files.n = 2;
    l->s->facts.booted = false;
    l->s->facts.install_found = 0;
    COPY(l->s->facts.stop, stop);
    COPY(l->s->facts.stop_why, why);
}

static void config_loop(struct lab *l)
{
    stop_at(l, "config-loop", "pxelinux.cfg/default line 3 includes pxelinux.cfg/default");
}

static void config_empty(struct lab *l)
{
    stop_at(l, "config-empty", "pxelinux.cfg/default has no entry");
}

static void no_default(struct lab *l)
{
    stop_at(l, "no-default", "pxelinux.cfg/default: DEFAULT names \"nosuch\"");
}

static void waits(struct lab *l)
{
    lab_boots_emulated(l, BIOS);
    l->s->facts.waits_for_key = true;
}

static void does_not_wait(struct lab *l)
{
    waits(l);
    l->s->facts.waits_for_key = false;
}

static void kernel_missing(struct lab *l)
{
    lab_leased(l, X64);
    lab_head_pe(lab_transfer(l, "edk2", "bootnetx64.efi", 900000), 0x8664);
    lab_transfer(l, "grub", "/grub/grub.cfg", 300);
    lab_refused(l, "grub", "/linux", 1, "File not found");
}

static struct pxk_file *bad(struct lab *l, size_t keep, bool booted)
{
    lab_boots_emulated(l, X64);
    l->s->files.n = keep;
    l->s->facts.booted = booted;
    l->s->facts.install_found = l->s->facts.install_files = 0;
    struct pxk_file *f = &l->s->files.at[keep - 1];
    COPY(f->why, "the headers promise more");
    return f;
}

static void kernel_damaged(struct lab *l)
{
    bad(l, 3, false)->truncated = true;
}

static void kernel_arch(struct lab *l)
{
    bad(l, 3, false)->wrong_arch = true;
}

static void initrd_missing(struct lab *l)
{
    kernel_missing(l);
    l->s->transfers.n--;
    lab_head_kernel(lab_transfer(l, "grub", "/linux", 8000000));
    lab_refused(l, "grub", "/initrd.gz", 1, "File not found");
}

static void initrd_truncated(struct lab *l)
{
    bad(l, 4, true)->truncated = true;
    l->s->facts.initrd_broken = true;
}

static void initrd_corrupt(struct lab *l)
{
    bad(l, 4, true)->corrupt = true;
    l->s->facts.initrd_broken = true;
}

static void chain_loop(struct lab *l)
{
    lab_client(l, BIOS);
    for (unsigned i = 0; i < 3; i++) {
        if (i)
            lab_round(l, true, l->s->last + 10 * PXK_SEC);
        lab_offer(l, SERVER, "undionly.kpxe");
        lab_ack(l, SERVER, "undionly.kpxe");
        lab_head_nbp(lab_transfer(l, "ipxe", "undionly.kpxe", 70000));
    }
}

/* The next DHCP brings a script. */
static void chain_ends(struct lab *l)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, "undionly.kpxe");
    lab_ack(l, SERVER, "undionly.kpxe");
    lab_head_nbp(lab_transfer(l, "ipxe", "undionly.kpxe", 70000));
    lab_round(l, true, l->s->last + 10 * PXK_SEC);
    lab_offer(l, SERVER, "boot.ipxe");
    lab_ack(l, SERVER, "boot.ipxe");
    lab_head(lab_transfer(l, "ipxe", "boot.ipxe", 20), "#!ipxe\n", 7);
}

static void silent_loader(struct lab *l)
{
    lab_leased(l, X64);
    lab_head_pe(lab_transfer(l, "edk2", "bootnetx64.efi", 900000), 0x8664);
    lab_wait(l, 60 * PXK_SEC);
}

/* The capture ends with the download. */
static void cut_after_loader(struct lab *l)
{
    lab_leased(l, X64);
    lab_head_pe(lab_transfer(l, "edk2", "bootnetx64.efi", 900000), 0x8664);
}

static void silent_kernel(struct lab *l)
{
    lab_boots(l, BIOS);
    lab_drop_rounds(l, 1);
    l->s->https.n = 0;
    lab_wait(l, 60 * PXK_SEC);
}

static void loader_damaged(struct lab *l)
{
    struct pxk_file *f = bad(l, 1, false);
    f->truncated = true;
    l->s->facts.firmware_rejects = true;
}

static void local_boot(struct lab *l)
{
    lab_boots_emulated(l, BIOS);
    l->s->facts.local_boot = true;
    l->s->facts.booted = false;
}

/* ---- installation ---- */

static void answers_missing(struct lab *l)
{
    lab_boots(l, BIOS);
    l->s->https.at[0].status = 404;
}

/* Not every 404 is an answer file. */
static void other_file_missing(struct lab *l)
{
    lab_boots(l, BIOS);
    lab_http(l, "/debian/dists/bookworm/InRelease", 404);
}

static void url_broken(struct lab *l)
{
    lab_boots_emulated(l, X64);
    COPY(l->s->facts.install_problem, "the seed URL http://10.77.0.1/seed does not end in a slash");
}

static void installer_no_address(struct lab *l)
{
    lab_boots(l, BIOS);
    l->s->https.n = 0;
    l->s->round[1].answer_n = 0;
    l->s->round[1].discovers = 5;
}

/* ---- what a capture shows of loaders, and what the bytes said ---- */

static struct pxk_transfer *inspected(struct lab *l, const char *role, const char *profile, const char *file, uint64_t bytes)
{
    struct pxk_transfer *t = lab_transfer(l, profile, file, bytes);
    struct pxk_file *f = lab_file(l, role, file, "pe");
    f->bytes = bytes;
    f->transfer = (int)(t - l->s->transfers.at);
    return t;
}

static void signature(struct lab *l, bool is_signed)
{
    struct pxk_file *f = &l->s->files.at[l->s->files.n - 1];
    f->signature_known = true;
    f->is_signed = is_signed;
}

/* The next boot entry, at once. */
static void next_entry(struct lab *l)
{
    l->s->solicits6 = true;
    l->s->solicit6_at = l->s->last += 200 * PXK_MSEC;
}

static void loader_refused(struct lab *l, bool is_signed)
{
    lab_leased(l, X64);
    lab_head_pe(inspected(l, "loader", "edk2", "bootnetx64.efi", 900000), 0x8664);
    signature(l, is_signed);
    next_entry(l);
}

static void unsigned_loader(struct lab *l)
{
    loader_refused(l, false);
}

static void signed_loader(struct lab *l)
{
    loader_refused(l, true);
}

static void shim_and_grub(struct lab *l, bool is_signed)
{
    lab_leased(l, X64);
    lab_head_pe(inspected(l, "loader", "edk2", "bootnetx64.efi", 900000), 0x8664);
    signature(l, true);
    lab_refused(l, "shim", "revocations_sku.efi", 1, "File not found");
    lab_head_pe(inspected(l, "loader", "shim", "grubx64.efi", 2000000), 0x8664);
    signature(l, is_signed);
}

static void shim_refuses(struct lab *l)
{
    shim_and_grub(l, false);
    lab_wait(l, 30 * PXK_SEC);
}

static void shim_accepts(struct lab *l)
{
    shim_and_grub(l, true);
    lab_transfer(l, "grub", "/grub/grub.cfg", 300);
}

/* The proxy's loader asks the DHCP server. */
static void asks_dhcp_server(struct lab *l)
{
    lab_client(l, X64);
    lab_offer(l, SERVER, "");
    lab_proxy(l, OTHER, "shimx64.efi");
    lab_ack(l, SERVER, "");
    struct pxk_transfer *t = lab_transfer(l, "edk2", "shimx64.efi", 900000);
    t->server = t->answered_from = pxk_ip_of4(OTHER);
    lab_head_pe(t, 0x8664);
    lab_refused(l, "shim", "grubx64.efi", 1, "File not found");
}

static void asks_its_server(struct lab *l)
{
    asks_dhcp_server(l);
    lab_transfer(l, "shim", "grubx64.efi", 2000000)->server = pxk_ip_of4(OTHER);
}

static void asks_for(struct lab *l, const char *name)
{
    lab_leased(l, X64);
    lab_head_pe(lab_transfer(l, "edk2", "bootnetx64.efi", 900000), 0x8664);
    lab_refused(l, "shim", name, 1, "File not found");
}

static void asks_garbage(struct lab *l)
{
    asks_for(l, "grub/\\x01\\xf8Onboard");
}

/* Windows' backslash is none. */
static void asks_backslash(struct lab *l)
{
    asks_for(l, "efi\\x5cgrubx64.efi");
}

static void script_given(struct lab *l, bool right)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, "boot.ipxe");
    lab_ack(l, SERVER, "boot.ipxe");
    struct pxk_transfer *t = inspected(l, "config", "ipxe", "boot.ipxe", 200);
    lab_head(t, right ? "#!ipxe\n" : "#\\!ipxe\n", 8);
    struct pxk_file *f = &l->s->files.at[l->s->files.n - 1];
    COPY(f->kind, right ? "ipxe-script" : "text");
    f->corrupt = !right;
    COPY(f->why, right ? "" : "its first line is \"#\\x5c!ipxe\", not \"#!ipxe\"");
}

static void script_wrong(struct lab *l)
{
    script_given(l, false);
}

static void script_right(struct lab *l)
{
    script_given(l, true);
}

static void grub_silent(struct lab *l)
{
    lab_client(l, X64);
    lab_offer(l, SERVER, "grubx64.efi");
    lab_ack(l, SERVER, "grubx64.efi");
    lab_head_pe(lab_transfer(l, "edk2", "grubx64.efi", 2000000), 0x8664);
    lab_wait(l, 60 * PXK_SEC);
}

static void grub_goes_on(struct lab *l)
{
    grub_silent(l);
    lab_transfer(l, "grub", "/grub/grub.cfg", 300);
}

static void module_is_last(struct lab *l)
{
    grub_silent(l);
    lab_transfer(l, "grub", "/grub/x86_64-efi/normal.mod", 130000);
    lab_wait(l, 60 * PXK_SEC);
}

static void module_then_config(struct lab *l)
{
    module_is_last(l);
    lab_transfer(l, "grub", "/grub/grub.cfg", 300);
}

static void bios_silent(struct lab *l, const char *file)
{
    lab_client(l, BIOS);
    lab_offer(l, SERVER, file);
    lab_ack(l, SERVER, file);
    lab_head_nbp(lab_transfer(l, "ipxe", file, 60000));
    lab_wait(l, 60 * PXK_SEC);
}

static void lpxelinux_silent(struct lab *l)
{
    bios_silent(l, "lpxelinux.0");
}

static void ipxe_silent(struct lab *l)
{
    bios_silent(l, "undionly.kpxe");
}

static void ipxe_script_boots(struct lab *l, const char *cmdline)
{
    lab_leased(l, X64);
    lab_head_pe(lab_transfer(l, "edk2", "bootnetx64.efi", 900000), 0x8664);
    lab_head(lab_transfer(l, "ipxe", "boot.ipxe", 90), "#!ipxe\n", 7);
    lab_head_kernel(lab_transfer(l, "ipxe", "linux", 8000001));
    lab_transfer(l, "ipxe", "initrd.gz", 1600001);
    COPY(l->s->facts.kernel, "linux");
    COPY(l->s->facts.config, "boot.ipxe");
    COPY(l->s->facts.cmdline, cmdline);
    l->s->facts.initrds = 1;
    lab_wait(l, 60 * PXK_SEC);
}

static void initrd_unnamed(struct lab *l)
{
    ipxe_script_boots(l, "quiet");
}

static void initrd_named(struct lab *l)
{
    ipxe_script_boots(l, "quiet initrd=initrd.gz");
}

static void config_silent(struct lab *l)
{
    lab_leased(l, BIOS);
    lab_head_nbp(lab_transfer(l, "ipxe", "pxelinux.0", 42430));
    lab_transfer(l, "pxelinux", "pxelinux.cfg/default", 300);
    COPY(l->s->facts.kernel, "linux");
    lab_wait(l, 60 * PXK_SEC);
}

static void config_is_a_menu(struct lab *l)
{
    config_silent(l);
    l->s->facts.waits_for_key = true;
}

static void kernel_alone(struct lab *l, bool is_signed)
{
    shim_accepts(l);
    lab_head_kernel(inspected(l, "kernel", "grub", "linux", 8000001));
    COPY(l->s->files.at[l->s->files.n - 1].kind, "bzimage");
    signature(l, is_signed);
    l->s->facts.initrds = 1;
    lab_wait(l, 60 * PXK_SEC);
}

static void kernel_unsigned(struct lab *l)
{
    kernel_alone(l, false);
}

static void kernel_signed(struct lab *l)
{
    kernel_alone(l, true);
}

/* ---- what a capture shows of installers ---- */

static void named_answers(struct lab *l, const char *url)
{
    struct pxk_file *f = pxk_session_file(l->s, url, "answers");
    COPY(l->s->facts.cmdline, url);
    (void)f;
}

static void answers_unasked(struct lab *l)
{
    lab_boots(l, BIOS);
    l->s->https.n = 0;
    named_answers(l, "http://10.77.0.1/ks.cfg");
    lab_wait(l, 90 * PXK_SEC);
}

static void answers_asked(struct lab *l)
{
    lab_boots(l, BIOS);
    named_answers(l, "http://10.77.0.1/preseed.cfg");
    lab_wait(l, 90 * PXK_SEC);
}

static void ubuntu(struct lab *l, const char *cmdline)
{
    lab_boots(l, X64);
    lab_http(l, "/seed/user-data", 200);
    COPY(l->s->facts.cmdline, cmdline);
}

static void no_autoinstall(struct lab *l)
{
    ubuntu(l, "ip=dhcp url=http://10.77.0.1/u.iso ds=nocloud-net;s=http://10.77.0.1/seed/");
}

static void autoinstall(struct lab *l)
{
    ubuntu(l, "ip=dhcp url=http://10.77.0.1/u.iso autoinstall ds=nocloud-net;s=http://10.77.0.1/seed/");
}

static void answers_crlf(struct lab *l)
{
    lab_boots(l, BIOS);
    struct pxk_file *f = lab_file(l, "answers", "ks.cfg", "text");
    f->corrupt = true;
    COPY(f->why, "lines end in CR LF, as Windows writes them");
}

static void answers_fine(struct lab *l)
{
    lab_boots(l, BIOS);
    lab_file(l, "answers", "ks.cfg", "text");
}

/* A second boot of the same machine: from the answers to the same kernel. */
static void boots_twice(struct lab *l, const char *kernel)
{
    lab_boots(l, BIOS);
    lab_round(l, true, l->s->last + 300 * PXK_SEC);
    lab_offer(l, SERVER, "pxelinux.0");
    lab_ack(l, SERVER, "pxelinux.0");
    lab_head_nbp(lab_transfer(l, "ipxe", "pxelinux.0", 42430));
    lab_transfer(l, "pxelinux", "pxelinux.cfg/default", 300);
    if (kernel)
        lab_head_kernel(lab_transfer(l, "pxelinux", kernel, 8000000));
}

static void installs_again(struct lab *l)
{
    boots_twice(l, "linux");
}

static void boots_from_disk_then(struct lab *l)
{
    boots_twice(l, NULL);
}

static void calls_home(struct lab *l, unsigned status)
{
    lab_boots(l, BIOS);
    COPY(lab_http(l, "/provision/callback?token=1", status)->method, "POST");
}

static void callback_refused(struct lab *l)
{
    calls_home(l, 403);
}

static void callback_accepted(struct lab *l)
{
    calls_home(l, 204);
}

static void windows(struct lab *l)
{
    lab_client(l, X64);
    lab_offer(l, SERVER, "bootmgfw.efi");
    lab_ack(l, SERVER, "bootmgfw.efi");
    lab_head_pe(lab_transfer(l, "edk2", "bootmgfw.efi", 1500000), 0x8664);
}

static void bcd_missing(struct lab *l)
{
    windows(l);
    lab_refused(l, "edk2", "/Boot/BCD", 1, "File not found");
}

static void bcd_in_another_case(struct lab *l)
{
    bcd_missing(l);
    lab_transfer(l, "edk2", "/boot/bcd", 30000);
}

static void winpe(struct lab *l)
{
    windows(l);
    lab_transfer(l, "edk2", "/Boot/BCD", 30000);
    lab_transfer(l, "edk2", "/sources/boot.wim", 300000001);
    lab_wait(l, 180 * PXK_SEC);
}

static void winpe_talks(struct lab *l)
{
    winpe(l);
    lab_round(l, false, l->s->last);
}

static void nfs_root(struct lab *l)
{
    lab_boots(l, BIOS);
    l->s->https.n = 0;
    COPY(l->s->facts.cmdline, "root=/dev/nfs nfsroot=10.77.0.1:/srv/root ip=dhcp");
    lab_wait(l, 60 * PXK_SEC);
}

static void nfs_root_mounted(struct lab *l)
{
    nfs_root(l);
    l->s->mount = (struct pxk_mount){.at = l->s->last - 50 * PXK_SEC, .frame = 1, .port = 2049, .calls = 1};
}

#define F PXK_SEVERITY_FAILURE
#define W PXK_SEVERITY_WARNING
#define N PXK_SEVERITY_NOTE

const struct fixture fixtures[] = {
    {"link-down", link_down, ok_emulated, F},
    {"address-in-use", address_in_use, address_free, F},
    {"path-mtu-small", path_mtu_small, path_mtu_full, W},
    {"bad-udp-checksum", bad_checksum, offloaded_checksum, F},
    {"port-wakes-late", port_wakes_late, ipxe_secs, N},
    {"no-dhcp-server", no_dhcp, two_discovers, F},
    {"proxy-without-dhcp", proxy_alone, proxy_and_dhcp, F},
    {"no-boot-file", no_boot_file_uefi, one_proxy, F},
    {"no-boot-file-for-arch", no_boot_file_for_arch, no_boot_file_for_both, F},
    {"pxe-port-4011-silent", port_4011, port_4011_answers, F},
    {"dhcp-no-ack", no_ack, ack_to_the_second, F},
    {"dhcp-nak", nak, nak_then_ack, F},
    {"rogue-dhcp-server", rogue, failover, F},
    {"two-proxies", two_proxies, one_proxy, W},
    {"offer-dropped-by-firmware", dropped, ok_uefi, F},
    {"late-offer", late_offer, ok_uefi, F},
    {"slow-offer", slow_offer, ok_bios, N},
    {"better-offer-later", better_offer, ok_emulated, W},
    {"server-name-in-66-only", name_in_66, no_next_server, F},
    {"next-server-missing", no_next_server, ok_uefi, F},
    {"server-unaware-of-uefi", bios_name, efi_name, W},
    {"http-class-not-echoed", http_class, http_class_echoed, F},
    {"pxe-requests-ignored", pxe_ignored, no_dhcp, F},
    {"next-server-unreachable", unreachable, reachable, F},
    {"tftp-not-listening", not_listening, icmp_after_the_end, F},
    {"tftp-no-answer", no_answer, asked_once, F},
    {"tftp-data-stalls", data_stalls, data_just_asked, F},
    {"tftp-slow-loss", loss, little_loss, W},
    {"file-missing", file_missing, file_refused, F},
    {"file-refused", file_refused, file_missing, F},
    {"oack-missing", oack_missing, oack_missing_bios, F},
    {"oack-illegal", oack_illegal, size_query, F},
    {"size-mismatch", size_mismatch, size_not_captured, F},
    {"transfer-incomplete", incomplete, still_running, F},
    {"http-boot-file-missing", http_missing, http_optional, F},
    {"tftp-answer-from-elsewhere", from_elsewhere, ok_bios, F},
    {"tsize-missing", tsize_missing, size_query, F},
    {"tftp-fragments-lost", fragments_lost_lab, whole_packets_lost, F},
    {"tftp-window-too-large", window_overflows_lab, window_of_one_loss, W},
    {"tftp-answer-unheard", answer_unheard_lab, answer_at_last, F},
    {"client-stops-reading", client_stops_lab, server_stops, F},
    {"block-numbers-wrap", block_wrap_lab, stops_before_the_wrap, F},
    {"windows-file-name", windows_name, windows_font, F},
    {"name-form-refused", name_form, access_denied, F},
    {"oversize-data", oversize, oversize_taken, F},
    {"sends-every-block-twice", sends_twice_lab, twice_at_times, W},
    {"tftp-server-overloaded", overloaded, late_alone, W},
    {"small-blocks", small_blocks, small_blocks_fast, N},
    {"loader-too-large", loader_too_large, large_loader_runs, F},
    {"loader-not-a-program", not_a_program, script_for_ipxe, F},
    {"loader-for-another-architecture", wrong_arch, ok_uefi, F},
    {"loader-module-missing", module_missing, module_found_elsewhere, F},
    {"second-loader-missing", second_loader_missing, shim_lists_missing, F},
    {"loader-path-lost", path_lost, second_loader_missing, F},
    {"config-missing", config_missing, config_search, F},
    {"config-loop", config_loop, ok_emulated, F},
    {"config-empty", config_empty, ok_emulated, F},
    {"no-default-entry", no_default, ok_emulated, F},
    {"config-waits-for-key", waits, does_not_wait, W},
    {"kernel-missing", kernel_missing, ok_uefi, F},
    {"kernel-damaged", kernel_damaged, kernel_arch, F},
    {"kernel-for-another-architecture", kernel_arch, kernel_damaged, F},
    {"initrd-missing", initrd_missing, ok_uefi, F},
    {"initrd-truncated", initrd_truncated, initrd_corrupt, F},
    {"initrd-corrupt", initrd_corrupt, initrd_truncated, F},
    {"chainload-loop", chain_loop, chain_ends, F},
    {"silent-after-loader", silent_loader, cut_after_loader, F},
    {"silent-after-kernel", silent_kernel, ok_bios, F},
    {"loader-damaged", loader_damaged, ok_emulated, F},
    {"boots-from-disk", local_boot, ok_emulated, N},
    {"answer-file-missing", answers_missing, other_file_missing, F},
    {"answer-url-broken", url_broken, ok_emulated, F},
    {"installer-gets-no-address", installer_no_address, ok_bios, F},
#define X(name, build, near_miss, severity) {name, build, near_miss, severity},
    DHCP_FIXTURES(X)
#undef X
    {"secure-boot-refuses-loader", unsigned_loader, signed_loader, F},
    {"shim-refuses-next-loader", shim_refuses, shim_accepts, F},
    {"loader-asks-wrong-server", asks_dhcp_server, asks_its_server, F},
    {"loader-asks-garbage", asks_garbage, asks_backslash, F},
    {"script-not-recognised", script_wrong, script_right, F},
    {"grub-asks-nothing", grub_silent, grub_goes_on, F},
    {"modules-do-not-fit", module_is_last, module_then_config, F},
    {"pxelinux-asks-nothing", lpxelinux_silent, ipxe_silent, F},
    {"ipxe-finds-no-network", ipxe_silent, lpxelinux_silent, F},
    {"initrd-not-named", initrd_unnamed, initrd_named, F},
    {"silent-after-config", config_silent, config_is_a_menu, F},
    {"kernel-not-signed", kernel_unsigned, kernel_signed, F},
    {"answers-never-asked", answers_unasked, answers_asked, F},
    {"autoinstall-missing", no_autoinstall, autoinstall, W},
    {"answer-file-malformed", answers_crlf, answers_fine, W},
    {"installs-again", installs_again, boots_from_disk_then, W},
    {"callback-refused", callback_refused, callback_accepted, W},
    {"windows-file-missing", bcd_missing, bcd_in_another_case, F},
    {"winpe-silent", winpe, winpe_talks, F},
    {"root-never-asked", nfs_root, nfs_root_mounted, F},
#define X(name, build, near_miss, severity) {name, build, near_miss, PXK_SEVERITY_##severity},
    HTTP_FIXTURES(X)
#undef X
};
const size_t fixture_n = PXK_COUNT(fixtures);
