/* Captures of real boots, told by the tracker. What each shows is known: who was the client, which server,
 * what was broken (tests/captures/README.md; the names say it). */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "replay.h"

static struct pxk_tracker *replayed(const char *name)
{
    struct pxk_tracker *t;
    cr_assert_eq(pxk_tracker_new(NULL, &t), PXK_OK);
    cr_assert(pxk_replay_file(name, t), "%s", name);
    return t;
}

static const struct pxk_session *only_session(const struct pxk_tracker *t)
{
    char mac[PXK_MAC_STRLEN];
    cr_assert_eq(pxk_tracker_count(t), 1);
    const struct pxk_session *s = pxk_tracker_session(t, 0);
    cr_assert_str_eq(pxk_mac_text(&s->mac, mac), "52:54:00:77:00:01");
    return s;
}

/* Verdicts of the five steps as letters: p, w, f, u. */
static void verdicts(const struct pxk_session *s, char out[PXK_STEP_N + 1])
{
    char why[200];
    for (unsigned i = 0; i < PXK_STEP_N; i++)
        out[i] = *pxk_verdict_key(pxk_session_step(s, (enum pxk_step)i, why, sizeof why));
    out[PXK_STEP_N] = '\0';
}

static const struct row {
    const char *name;
    unsigned rounds, transfers, https, arps;
    pxk_ip4 ip;
    const char *milestone, *steps;
} rows[] = {
    {"ok-bios-debian-installer", 2, 14, 1, 1, PXK_IP4(10, 77, 0, 180), "install", "ppppp"},
    {"ok-bios-ipxe-script-http", 2, 0, 3, 1, PXK_IP4(10, 77, 0, 180), "install", "ppppp"},
    {"ok-bios-virtio-dnsmasq", 2, 14, 1, 1, PXK_IP4(10, 77, 0, 180), "install", "ppppp"},
    {"ok-bios-virtio-kea-proxy-menu", 2, 14, 1, 2, PXK_IP4(10, 77, 0, 150), "install", "ppppp"},
    {"ok-uefi-edk2-virtio-dnsmasq", 2, 13, 1, 1, PXK_IP4(10, 77, 0, 180), "install", "ppppp"},
    {"ok-uefi-secureboot-dnsmasq", 2, 13, 1, 1, PXK_IP4(10, 77, 0, 180), "install", "ppppp"},
    {"ok-uefi-ipxe-e1000-dnsmasq", 3, 16, 1, 1, PXK_IP4(10, 77, 0, 180), "install", "ppppp"},
    /* shim and GRUB came, no configuration was asked for: GRUB's prompt, which the wire does not show */
    {"ok-uefi-httpboot-v4-dnsmasq", 2, 0, 6, 1, PXK_IP4(10, 77, 0, 180), "loader", "pppuu"},
    /* IPv4 failed and IPv6 booted it; nobody served its preseed */
    {"ok-uefi-pxe-v6-dnsmasq", 2, 13, 0, 1, PXK_IP4(10, 77, 0, 180), "initrd", "ppppw"},
    {"chainload-loop-bios", 4, 3, 0, 1, PXK_IP4(10, 77, 0, 180), "lease", "pppfu"},
    {"dhcp-nak-bios", 1, 0, 0, 0, 0, "offer", "pfuuu"},
    {"dhcp-noack-uefi", 1, 0, 0, 0, 0, "offer", "pfuuu"},
    {"httpboot-404-uefi", 2, 0, 2, 1, PXK_IP4(10, 77, 0, 180), "lease", "ppfuu"},
    {"loss5-bios", 1, 13, 0, 1, PXK_IP4(10, 77, 0, 180), "config", "ppwuu"},
    {"missing-grubcfg-uefi", 1, 11, 0, 1, PXK_IP4(10, 77, 0, 180), "loader", "pppfu"},
    {"missing-kernel-uefi", 1, 12, 0, 1, PXK_IP4(10, 77, 0, 180), "config", "pppfu"},
    {"missing-ldlinux-bios", 1, 7, 0, 1, PXK_IP4(10, 77, 0, 180), "loader", "pppfu"},
    {"mtu1400-blackhole-bios", 1, 1, 0, 1, PXK_IP4(10, 77, 0, 180), "lease", "ppfuu"},
    {"no-bootfile-bios", 1, 0, 0, 0, PXK_IP4(10, 77, 0, 180), "lease", "pfuuu"},
    {"no-bootfile-uefi", 1, 0, 0, 0, 0, "none", "pfuuu"},
    {"no-dhcp-bios", 1, 0, 0, 0, 0, "none", "ufuuu"},
    {"no-dhcp-uefi", 2, 0, 0, 0, 0, "none", "ufuuu"},
    {"pool-exhausted-isc-bios", 1, 0, 0, 0, 0, "none", "ufuuu"},
    {"preseed-404-bios", 2, 14, 1, 1, PXK_IP4(10, 77, 0, 180), "initrd", "ppppf"},
    {"proxy-4011-blocked-bios", 1, 0, 0, 1, PXK_IP4(10, 77, 0, 150), "lease", "pfuuu"},
    {"proxy-only-uefi", 1, 0, 0, 0, 0, "none", "pfuuu"},
    {"rogue-dhcp-bios", 1, 0, 0, 0, PXK_IP4(10, 77, 0, 211), "lease", "pfuuu"},
    {"shim-without-grub-uefi", 1, 7, 0, 1, PXK_IP4(10, 77, 0, 180), "loader", "pppfu"},
    {"tftp-blocked-69-bios", 1, 1, 0, 1, PXK_IP4(10, 77, 0, 180), "lease", "ppfuu"},
    {"tftp-data-firewalled-bios", 1, 1, 0, 1, PXK_IP4(10, 77, 0, 180), "lease", "ppfuu"},
    {"tftp-file-missing-uefi", 1, 1, 0, 1, PXK_IP4(10, 77, 0, 180), "lease", "ppfuu"},
    {"tftp-not-listening-bios", 1, 1, 0, 1, PXK_IP4(10, 77, 0, 180), "lease", "ppfuu"},
    {"tftp-permission-hpa-bios", 1, 1, 0, 1, PXK_IP4(10, 77, 0, 150), "lease", "ppfuu"},
    /* on the wire all is well; the image library sees that the initrd is cut */
    {"truncated-initrd-bios", 1, 14, 0, 1, PXK_IP4(10, 77, 0, 180), "initrd", "ppppu"},
    {"wrong-arch-uefi-gets-bios", 1, 2, 0, 1, PXK_IP4(10, 77, 0, 180), "lease", "pppfu"},
    {"wrong-next-server-bios", 1, 0, 0, 1, PXK_IP4(10, 77, 0, 180), "lease", "ppfuu"},
};

Test(replay, every_capture_is_judged_as_it_was)
{
    for (size_t i = 0; i < PXK_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct pxk_tracker *t = replayed(row->name);
        const struct pxk_session *s = only_session(t);
        char steps[PXK_STEP_N + 1];
        verdicts(s, steps);
        cr_expect_str_eq(steps, row->steps, "%s: %s", row->name, steps);
        cr_expect_str_eq(pxk_milestone_key(pxk_session_milestone(s)), row->milestone, "%s", row->name);
        cr_expect_eq(s->round_n, row->rounds, "%s: %u rounds", row->name, s->round_n);
        cr_expect_eq(s->transfers.n, row->transfers, "%s: %zu transfers", row->name, s->transfers.n);
        cr_expect_eq(s->https.n, row->https, "%s: %zu requests", row->name, s->https.n);
        cr_expect_eq(s->arp_n, row->arps, "%s: %u asks", row->name, s->arp_n);
        cr_expect_eq(s->ip, row->ip, "%s", row->name);
        cr_expect_eq(pxk_tracker_untracked(t), 0);
        pxk_tracker_free(t);
    }
}

static void expect_why(const char *name, enum pxk_step step, const char *words)
{
    struct pxk_tracker *t = replayed(name);
    char why[200];
    (void)pxk_session_step(only_session(t), step, why, sizeof why); /* the verdict is checked above */
    cr_expect_str_eq(why, words, "%s: %s", name, why);
    pxk_tracker_free(t);
}

Test(replay, reasons_are_short_and_exact)
{
    expect_why("ok-bios-virtio-dnsmasq", PXK_STEP_CONNECTIVITY, "10.77.0.1 answers ARP");
    expect_why("ok-bios-virtio-dnsmasq", PXK_STEP_DHCP,
               "lease 1 h of 10.77.0.180 from 10.77.0.1; boot file pxelinux.0");
    expect_why("ok-bios-virtio-dnsmasq", PXK_STEP_BOOT,
               "linux 8.2 MB, initrd.gz 1.6 MB handed over; its system asks for an address");
    expect_why("ok-bios-virtio-dnsmasq", PXK_STEP_INSTALL, "preseed.cfg found, 227 B");
    expect_why("dhcp-nak-bios", PXK_STEP_DHCP, "10.77.0.1 refuses with NAK, 6 times");
    expect_why("dhcp-noack-uefi", PXK_STEP_DHCP, "no ACK to 4 REQUESTs");
    expect_why("no-dhcp-bios", PXK_STEP_DHCP, "no offer to 4 DISCOVERs");
    expect_why("no-bootfile-uefi", PXK_STEP_DHCP, "the offer names no boot file");
    expect_why("rogue-dhcp-bios", PXK_STEP_DHCP, "lease 1 h of 10.77.0.211 from 10.77.0.2, but no boot file");
    expect_why("proxy-only-uefi", PXK_STEP_DHCP, "only proxy offers, no address, to 4 DISCOVERs");
    expect_why("proxy-4011-blocked-bios", PXK_STEP_DHCP, "port 4011 of 10.77.0.2 does not answer, 2 requests");
    expect_why("tftp-not-listening-bios", PXK_STEP_FILES, "pxelinux.0: port 69 is closed (ICMP)");
    expect_why("tftp-blocked-69-bios", PXK_STEP_FILES, "pxelinux.0: no answer to 6 requests");
    expect_why("tftp-permission-hpa-bios", PXK_STEP_FILES, "pxelinux.0: Permission denied");
    expect_why("mtu1400-blackhole-bios", PXK_STEP_FILES, "pxelinux.0: no data after block 0");
    expect_why("wrong-next-server-bios", PXK_STEP_FILES, "10.77.0.77 does not answer ARP");
    expect_why("httpboot-404-uefi", PXK_STEP_FILES, "/nosuch.efi: HTTP 404");
    expect_why("wrong-arch-uefi-gets-bios", PXK_STEP_BOOT,
               "pxelinux.0 is no EFI program, the firmware is x64 UEFI");
    expect_why("missing-ldlinux-bios", PXK_STEP_BOOT, "pxelinux.0 runs, but /ldlinux.c32: file not found");
    expect_why("chainload-loop-bios", PXK_STEP_BOOT, "undionly.kpxe is loaded again and again, 3 times");
    expect_why("preseed-404-bios", PXK_STEP_INSTALL, "/preseed.cfg: HTTP 404");
}

/* ---- details ---- */

Test(replay, ipxe_round_and_its_answers)
{
    struct pxk_tracker *t = replayed("ok-bios-virtio-dnsmasq");
    const struct pxk_session *s = only_session(t);
    const struct pxk_round *r = pxk_session_firmware_round(s);
    cr_assert_eq(r, &s->round[0]);
    cr_expect_eq(s->arch, PXK_ARCH_BIOS);
    cr_expect_eq(r->xid, 0x32e57d72);
    cr_expect_eq(r->first_frame, 10);
    cr_expect_str_eq(r->vendor, "PXEClient:Arch:00000:UNDI:002001");
    cr_expect_str_eq(r->user_class, "iPXE");
    cr_expect(r->pxe && r->ipxe && !r->http && r->direct);
    cr_expect_str_eq(r->persona->key, "ipxe-bios");
    cr_expect_eq(r->first_secs, 4);
    cr_expect_eq(r->discovers, 2);
    cr_expect_eq(r->requests, 1);
    cr_expect_eq(r->requested, PXK_IP4(10, 77, 0, 180));
    cr_expect_eq(r->requested_from, PXK_IP4(10, 77, 0, 1));
    cr_assert_eq(r->answer_n, 2); /* both OFFERs came at once, after dnsmasq's ping check */
    const struct pxk_answer *offer = pxk_round_answer(r, PXK_DHCP4_OFFER);
    cr_expect_eq(offer->count, 2);
    cr_expect_eq(offer->frame, 19);
    cr_expect_eq(offer->delay / PXK_MSEC, 2155);
    cr_expect_str_eq(offer->option67, "pxelinux.0"); /* dnsmasq: the client asked for the option */
    cr_expect_eq(offer->siaddr, PXK_IP4(10, 77, 0, 1));
    cr_expect_eq(offer->lease_s, 3600);
    cr_expect_eq(offer->csum, PXK_CSUM_OK);
    cr_expect(!offer->proxy && !offer->edk2_drops && !offer->broadcast);
    const struct pxk_round *system = &s->round[1];
    cr_expect_str_eq(system->vendor, "udhcp 1.35.0");
    cr_expect_null(system->persona);
    cr_expect(!system->pxe && !system->ipxe);
    pxk_tracker_free(t);
}

Test(replay, transfers_of_a_bios_boot)
{
    struct pxk_tracker *t = replayed("ok-bios-virtio-dnsmasq");
    const struct pxk_session *s = only_session(t);
    const struct pxk_transfer *tr = pxk_session_transfer(s, "lab/linux");
    cr_assert_not_null(tr);
    cr_expect_eq(tr, pxk_session_transfer(s, "linux"));
    cr_expect_eq(tr, pxk_session_transfer(s, "/lab/linux"));
    cr_expect_eq(tr->state, PXK_TRANSFER_DONE);
    cr_expect_str_eq(tr->profile->key, "pxelinux");
    cr_expect_eq(tr->blksize, 1408);
    cr_expect_eq(tr->window, 1);
    cr_expect(tr->oack && tr->has_tsize && !tr->oack_unasked);
    cr_expect_eq(tr->tsize, 8222656);
    cr_expect_eq(tr->bytes, 8222656);
    cr_expect_eq(tr->blocks, 5840);
    cr_expect_eq(tr->data_packets, 5840);
    cr_expect_eq(tr->acks, 5841);
    cr_expect_eq(tr->wire_bytes, 8491296);
    cr_expect_eq(tr->repeats + tr->gaps + tr->missed + tr->ack_repeats, 0);
    cr_assert_eq(tr->head_len, PXK_HEAD_MAX);
    cr_expect_arr_eq(tr->head + 0x202, "HdrS", 4); /* a bzImage */
    const struct pxk_transfer *miss = pxk_session_transfer(s, "pxelinux.cfg/0A4D00B4");
    cr_expect_eq(miss->state, PXK_TRANSFER_REFUSED);
    cr_expect_eq(miss->error, PXK_TFTP_E_NOT_FOUND);
    cr_expect_str_eq(miss->message, "file /srv/tftp/pxelinux.cfg/0A4D00B4 not found for 10.77.0.180");
    cr_expect_eq(miss->error_frame, 269);
    cr_expect_null(pxk_session_transfer(s, "nosuch"));
    pxk_tracker_free(t);
}

Test(replay, edk2_asks_for_the_size_first)
{
    struct pxk_tracker *t = replayed("ok-uefi-edk2-virtio-dnsmasq");
    const struct pxk_session *s = only_session(t);
    const struct pxk_transfer *probe = &s->transfers.at[0];
    cr_expect_str_eq(probe->file, "shimx64.efi");
    cr_expect_str_eq(probe->profile->key, "edk2");
    cr_expect(probe->probe);
    cr_expect_eq(probe->state, PXK_TRANSFER_ABORTED);
    cr_expect_eq(probe->error, PXK_TFTP_E_OPTION);
    cr_expect_eq(probe->tsize, 1048504);
    cr_expect_eq(probe->asked_window, 4);
    cr_expect_eq(probe->window, 1); /* dnsmasq does not know the option */
    const struct pxk_transfer *fetch = pxk_session_transfer(s, "shimx64.efi");
    cr_expect_eq(fetch, &s->transfers.at[1]);
    cr_expect(!fetch->probe && fetch->state == PXK_TRANSFER_DONE && !fetch->asked_tsize);
    cr_expect_eq(fetch->bytes, probe->tsize);
    cr_expect_str_eq(pxk_session_transfer(s, "grubx64.efi")->profile->key, "shim");
    cr_expect_str_eq(pxk_session_transfer(s, "/grub/grub.cfg")->profile->key, "grub");
    cr_expect_eq(s->arch, PXK_ARCH_UEFI_X64);
    cr_expect_str_eq(s->round[0].persona->key, "edk2-pxe");
    cr_expect(s->round[0].answer[0].broadcast);
    pxk_tracker_free(t);
}

Test(replay, proxy_and_boot_server_on_4011)
{
    struct pxk_tracker *t = replayed("ok-bios-virtio-kea-proxy-menu");
    const struct pxk_session *s = only_session(t);
    const struct pxk_round *r = &s->round[0];
    cr_assert_eq(r->answer_n, 4);
    cr_expect(!r->answer[0].proxy && r->answer[0].src == PXK_IP4(10, 77, 0, 1));
    cr_expect(r->answer[1].proxy && r->answer[1].has_menu && r->answer[1].discovery);
    cr_expect_eq(r->answer[1].src, PXK_IP4(10, 77, 0, 2));
    cr_expect_eq(r->proxy_requests, 1);
    cr_expect_eq(r->proxy_answers, 1);
    cr_expect_eq(r->proxy_to, PXK_IP4(10, 77, 0, 2));
    cr_expect_eq(r->proxy_xid, 0);
    cr_expect(r->boot_server_request && !r->proxy_icmp);
    cr_expect_eq(r->answer[3].sport, PXK_PXE_PORT);
    cr_expect_str_eq(r->answer[3].file, "pxelinux.0");
    cr_expect_eq(pxk_round_answer(r, PXK_DHCP4_ACK), &r->answer[2]);
    const struct pxk_seen_server *server;
    cr_assert_eq(pxk_tracker_servers(t, &server), 2);
    cr_expect_eq(server[0].offers, 2);
    cr_expect_eq(server[1].proxy_offers, 1);
    cr_expect(server[1].gives_boot_file && !server[0].gives_boot_file);
    pxk_tracker_free(t);
}

Test(replay, three_stages_are_three_rounds)
{
    struct pxk_tracker *t = replayed("ok-uefi-ipxe-e1000-dnsmasq");
    const struct pxk_session *s = only_session(t);
    cr_assert_eq(s->round_n, 3);
    cr_expect_str_eq(s->round[0].persona->key, "ipxe-efi");
    cr_expect_str_eq(s->round[1].persona->key, "edk2-pxe");
    cr_expect_str_eq(s->round[2].vendor, "udhcp 1.35.0");
    pxk_tracker_free(t);
}

Test(replay, http_requests_and_answers)
{
    struct pxk_tracker *t = replayed("ok-uefi-httpboot-v4-dnsmasq");
    const struct pxk_session *s = only_session(t);
    const struct pxk_http *h = &s->https.at[1];
    cr_expect_str_eq(s->https.at[0].method, "HEAD");
    cr_expect_str_eq(h->method, "GET");
    cr_expect_str_eq(h->path, "/shimx64.efi");
    cr_expect_str_eq(h->host, "10.77.0.1");
    cr_expect_str_eq(h->agent, "UefiHttpBoot/1.0");
    cr_expect_eq(h->status, 200);
    cr_expect_eq(h->length, 1048504);
    cr_expect_not(h->reset); /* EDK2's RST after the answer is its way of closing */
    cr_expect_eq(s->https.at[2].status, 404);
    cr_expect(s->round[1].http);
    cr_expect_null(s->round[1].persona);
    char file[64];
    const struct pxk_answer *ack = pxk_round_answer(&s->round[1], PXK_DHCP4_ACK);
    cr_expect_str_eq(pxk_answer_boot_file(ack, NULL, file, sizeof file), "http://10.77.0.1/shimx64.efi");
    pxk_tracker_free(t);
}

Test(replay, refused_connection)
{
    struct pxk_tracker *t = replayed("ok-uefi-pxe-v6-dnsmasq");
    const struct pxk_session *s = only_session(t);
    cr_expect_eq(s->https.n, 0);
    cr_assert_eq(s->conns.n, 1);
    cr_expect(s->conns.at[0].refused);
    cr_expect_eq(s->conns.at[0].server_port, 80);
    cr_expect(s->solicits6);
    pxk_tracker_free(t);
}

Test(replay, icmp_belongs_to_its_transfer)
{
    struct pxk_tracker *t = replayed("tftp-not-listening-bios");
    const struct pxk_transfer *tr = &only_session(t)->transfers.at[0];
    cr_expect_eq(tr->state, PXK_TRANSFER_ASKED);
    cr_expect_eq(tr->requests, 6);
    cr_expect(tr->icmp);
    cr_expect_eq(tr->icmp_code, PXK_ICMP_PORT_UNREACHABLE);
    cr_expect(pxk_ip_eq(tr->icmp_from, pxk_ip_of4(PXK_IP4(10, 77, 0, 1))));
    cr_expect_eq(tr->icmp_frame, 29);
    cr_expect_eq(tr->server_port, 0);
    pxk_tracker_free(t);
}

Test(replay, arp_that_nobody_answers)
{
    struct pxk_tracker *t = replayed("wrong-next-server-bios");
    const struct pxk_session *s = only_session(t);
    cr_expect_eq(s->arp[0].ip, PXK_IP4(10, 77, 0, 77));
    cr_expect_eq(s->arp[0].asks, 10);
    cr_expect_eq(s->arp[0].first_frame, 27);
    cr_expect_eq(s->arp[0].last_frame, 36);
    cr_expect(!s->arp[0].answered && !s->arp[0].two_answers);
    pxk_tracker_free(t);
}

Test(replay, what_the_client_acknowledges_counts)
{
    struct pxk_tracker *t = replayed("ok-bios-debian-installer"); /* the middle of two transfers is missing */
    const struct pxk_transfer *tr = pxk_session_transfer(only_session(t), "initrd.gz");
    cr_expect_eq(tr->state, PXK_TRANSFER_DONE);
    cr_expect_eq(tr->bytes, 40810276);
    cr_expect_eq(tr->bytes, tr->tsize);
    cr_expect_eq(tr->data_packets, 4000);
    cr_expect_eq(tr->missed + tr->data_packets, tr->blocks);
    cr_expect_eq(tr->gaps, 1);
    pxk_tracker_free(t);
}

Test(replay, loss_shows_in_repeated_acks)
{
    struct pxk_tracker *t = replayed("loss5-bios");
    const struct pxk_transfer *tr = pxk_session_transfer(only_session(t), "lab/linux");
    cr_expect_eq(tr->state, PXK_TRANSFER_RUNNING);
    cr_expect_eq(tr->blocks, 1049);
    cr_expect_eq(tr->acks, 1442);
    cr_expect_eq(tr->ack_repeats, 392);
    cr_expect_eq(tr->repeats, 0);
    pxk_tracker_free(t);
}

Test(replay, nak_and_ack_of_two_servers)
{
    struct pxk_tracker *t = replayed("rogue-dhcp-bios");
    const struct pxk_round *r = &only_session(t)->round[0];
    cr_assert_eq(r->answer_n, 4);
    cr_expect_eq(r->answer[0].server_id, PXK_IP4(10, 77, 0, 2));
    cr_expect_str_eq(r->answer[0].option67, "");
    cr_expect_str_eq(r->answer[1].option67, "pxelinux.0");
    const struct pxk_answer *nak = pxk_round_answer(r, PXK_DHCP4_NAK);
    cr_expect_eq(nak->src, PXK_IP4(10, 77, 0, 1));
    cr_expect(nak->message[0] != '\0');
    cr_expect_eq(pxk_round_answer(r, PXK_DHCP4_ACK)->src, PXK_IP4(10, 77, 0, 2));
    pxk_tracker_free(t);
}

Test(replay, the_same_capture_twice_gives_the_same)
{
    struct pxk_tracker *a = replayed("ok-uefi-edk2-virtio-dnsmasq");
    struct pxk_tracker *b = replayed("ok-uefi-edk2-virtio-dnsmasq");
    const struct pxk_session *s = only_session(a), *r = only_session(b);
    cr_expect_eq(pxk_tracker_frames(a), 35659);
    cr_expect_eq(s->last_frame, r->last_frame);
    cr_expect_eq(s->transfers.n, r->transfers.n);
    cr_expect_arr_eq(s->round, r->round, sizeof s->round);
    pxk_tracker_free(a);
    pxk_tracker_free(b);
}
