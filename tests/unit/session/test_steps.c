/* The five steps of a client that we play, from its facts; and names. */
#include <criterion/criterion.h>

#include "wire.h"

/* A session as the emulator fills it; freed with its tracker. */
static struct pxk_session *played(struct wire *w)
{
    wire_init(w, 0);
    struct pxk_session *s = pxk_tracker_client(w->t, &client_mac, 1);
    s->facts.emulated = true;
    s->facts.link_known = s->facts.link_up = true;
    s->facts.link_mtu = 1500;
    return s;
}

static struct pxk_file *add_file(struct pxk_session *s, const char *name, const char *role, bool have)
{
    char url[64];
    struct pxk_file *f = pxk_session_file(s, pxk_fmt(url, sizeof url, "tftp://10.0.0.1/%s", name), role);
    (void)pxk_str_copy(f->path, sizeof f->path, name);
    f->have = have;
    f->failed = !have;
    f->bytes = have ? 2500000 : 0;
    return f;
}

static void fetch(struct wire *w, uint16_t port, const char *name)
{
    wire_rrq(w, port, name, true, 1000);
    wire_oack(w, port, 4500, 1000);
    wire_ack(w, port, 0);
    for (uint16_t i = 1; i <= 4; i++) {
        wire_data(w, port, i, 1000);
        wire_ack(w, port, i);
    }
    wire_data(w, port, 5, 500);
    wire_ack(w, port, 5);
}

/* As far as a running loader. */
static struct pxk_session *with_loader(struct wire *w)
{
    struct pxk_session *s = played(w);
    wire_lease(w, &client_mac, CLIENT_IP, 1, true);
    fetch(w, 2000, "pxelinux.0");
    (void)pxk_str_copy(s->facts.boot_file, sizeof s->facts.boot_file, "pxelinux.0");
    (void)pxk_str_copy(s->facts.loader_chain, sizeof s->facts.loader_chain, "PXELINUX");
    add_file(s, "pxelinux.0", "loader", true);
    return s;
}

static struct pxk_session *booted(struct wire *w)
{
    struct pxk_session *s = with_loader(w);
    (void)pxk_str_copy(s->facts.config, sizeof s->facts.config, "pxelinux.cfg/default");
    add_file(s, "lab/linux", "kernel", true);
    add_file(s, "lab/initrd.gz", "initrd", true);
    s->facts.booted = s->facts.finished = true;
    return s;
}

static void expect(const struct pxk_session *s, enum pxk_step step, enum pxk_verdict verdict, const char *words)
{
    char why[240];
    enum pxk_verdict seen = pxk_session_step(s, step, why, sizeof why);
    cr_expect_eq(seen, verdict, "%s: %s %s", pxk_step_key(step), pxk_verdict_key(seen), why);
    cr_expect_str_eq(why, words, "%s: %s", pxk_step_key(step), why);
}

Test(steps, a_whole_boot)
{
    struct wire w;
    struct pxk_session *s = booted(&w);
    s->facts.pinged = s->facts.ping_ok = true;
    s->facts.ping_ip = SERVER_IP;
    s->facts.ping_rtt = 200;
    s->facts.path_mtu_known = true;
    s->facts.path_mtu = 1500;
    expect(s, PXK_STEP_CONNECTIVITY, PXK_VERDICT_PASS, "10.0.0.1 answers DHCP and ping in 200 us; path MTU 1500");
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_PASS, "lease of 10.0.0.50 from 10.0.0.1; boot file pxelinux.0");
    expect(s, PXK_STEP_FILES, PXK_VERDICT_PASS, "TFTP with tsize, blksize 1000; 375 kB/s");
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_PASS, "linux 2.5 MB, initrd.gz 2.5 MB handed over");
    expect(s, PXK_STEP_INSTALL, PXK_VERDICT_PASS, "no answer file named");
    cr_expect_eq(pxk_session_milestone(s), PXK_MILESTONE_INITRD);
    wire_done(&w);
}

Test(steps, answer_files)
{
    struct wire w;
    struct pxk_session *s = booted(&w);
    s->facts.install_files = s->facts.install_found = 1;
    add_file(s, "preseed.cfg", "answers", true);
    expect(s, PXK_STEP_INSTALL, PXK_VERDICT_PASS, "preseed.cfg found");
    cr_expect_eq(pxk_session_milestone(s), PXK_MILESTONE_INSTALL);
    s->facts.install_found = 0;
    expect(s, PXK_STEP_INSTALL, PXK_VERDICT_UNKNOWN, "0 of 1 answer files found so far");
    s->facts.install_unchecked = 1;
    expect(s, PXK_STEP_INSTALL, PXK_VERDICT_UNKNOWN, "0 of 1 answer files found; the rest cannot be checked here");
    s->facts.install_missing = 1;
    expect(s, PXK_STEP_INSTALL, PXK_VERDICT_FAIL, "an answer file is missing");
    s->facts.booted = false;
    expect(s, PXK_STEP_INSTALL, PXK_VERDICT_UNKNOWN, "not reached");
    wire_done(&w);
}

Test(steps, no_link)
{
    struct wire w;
    struct pxk_session *s = played(&w);
    s->facts.link_up = false;
    expect(s, PXK_STEP_CONNECTIVITY, PXK_VERDICT_FAIL, "no link");
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_UNKNOWN, "not reached");
    wire_done(&w);
}

Test(steps, nobody_answers)
{
    struct wire w;
    struct pxk_session *s = played(&w);
    struct ask a = {.type = PXK_DHCP4_DISCOVER, .xid = 1, .mac = client_mac, .pxe = true};
    wire_ask(&w, &a);
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_UNKNOWN, "under way");
    s->facts.dhcp_gave_up = s->facts.finished = true;
    expect(s, PXK_STEP_CONNECTIVITY, PXK_VERDICT_UNKNOWN, "link is up; nobody answers");
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_FAIL, "no usable answer");
    expect(s, PXK_STEP_FILES, PXK_VERDICT_UNKNOWN, "not reached");
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_UNKNOWN, "not reached");
    cr_expect_eq(pxk_session_milestone(s), PXK_MILESTONE_NONE);
    wire_done(&w);
}

Test(steps, lease_without_boot_file_and_late_offer)
{
    struct wire w;
    struct pxk_session *s = played(&w);
    wire_lease(&w, &client_mac, CLIENT_IP, 1, false);
    s->facts.finished = true;
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_FAIL, "lease of 10.0.0.50 from 10.0.0.1, but no boot file");
    cr_expect_eq(pxk_session_milestone(s), PXK_MILESTONE_LEASE);
    s->facts.late_answer = 20 * PXK_SEC;
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_FAIL, "an offer came after 20.0 s, too late for its firmware");
    wire_done(&w);
}

Test(steps, small_path_mtu_warns)
{
    struct wire w;
    struct pxk_session *s = with_loader(&w);
    s->facts.path_mtu_known = true;
    s->facts.path_mtu = 1400;
    expect(s, PXK_STEP_CONNECTIVITY, PXK_VERDICT_WARN, "10.0.0.1 answers DHCP; path MTU 1400, less than the link's 1500");
    wire_done(&w);
}

Test(steps, boot_file_refused_fails_files)
{
    struct wire w;
    struct pxk_session *s = played(&w);
    wire_lease(&w, &client_mac, CLIENT_IP, 1, true);
    wire_rrq(&w, 2000, "pxelinux.0", true, 1000);
    wire_tftp_error(&w, 2000, false, 1, "no");
    (void)pxk_str_copy(s->facts.boot_file, sizeof s->facts.boot_file, "pxelinux.0");
    add_file(s, "pxelinux.0", "loader", false)->transfer = 0;
    s->facts.finished = true;
    expect(s, PXK_STEP_FILES, PXK_VERDICT_FAIL, "pxelinux.0: file not found");
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_UNKNOWN, "not reached");
    wire_done(&w);
}

Test(steps, next_server_that_is_not_there)
{
    struct wire w;
    struct pxk_session *s = played(&w);
    wire_lease(&w, &client_mac, CLIENT_IP, 1, true);
    (void)pxk_str_copy(s->facts.boot_file, sizeof s->facts.boot_file, "pxelinux.0");
    s->arp[0] = (struct pxk_arp_ask){.ip = PXK_IP4(10, 0, 0, 99), .asks = 3};
    s->arp_n = 1;
    add_file(s, "pxelinux.0", "loader", false);
    s->facts.finished = true;
    expect(s, PXK_STEP_CONNECTIVITY, PXK_VERDICT_PASS, "10.0.0.1 answers DHCP");
    expect(s, PXK_STEP_FILES, PXK_VERDICT_FAIL, "pxelinux.0: 10.0.0.99 does not answer ARP");
    wire_done(&w);
}

/* A file service that says "no such file" works; who needs the file stops. */
Test(steps, missing_kernel_fails_boot_and_not_files)
{
    struct wire w;
    struct pxk_session *s = with_loader(&w);
    wire_rrq(&w, 2001, "lab/linux", true, 1000);
    wire_tftp_error(&w, 2001, false, 1, "no");
    add_file(s, "lab/linux", "kernel", false)->transfer = 1;
    (void)pxk_str_copy(s->facts.stop, sizeof s->facts.stop, "kernel-missing");
    (void)pxk_str_copy(s->facts.stop_why, sizeof s->facts.stop_why, "lab/linux is not there");
    s->facts.finished = true;
    expect(s, PXK_STEP_FILES, PXK_VERDICT_PASS, "TFTP with tsize, blksize 1000; 375 kB/s");
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_FAIL, "PXELINUX stops: lab/linux is not there");
    cr_expect_eq(pxk_session_milestone(s), PXK_MILESTONE_LOADER);
    wire_done(&w);
}

Test(steps, broken_transfer_of_any_file_fails_files)
{
    struct wire w;
    struct pxk_session *s = with_loader(&w);
    wire_rrq(&w, 2001, "lab/linux", true, 1000);
    wire_oack(&w, 2001, 9000, 1000);
    wire_data(&w, 2001, 1, 1000);
    add_file(s, "lab/linux", "kernel", false)->transfer = 1;
    s->facts.finished = true;
    expect(s, PXK_STEP_FILES, PXK_VERDICT_FAIL, "lab/linux: no data after block 1");
    wire_done(&w);
}

Test(steps, spoiled_files_fail_boot)
{
    struct wire w;
    struct pxk_session *s = booted(&w);
    pxk_session_file(s, "tftp://10.0.0.1/lab/initrd.gz", "initrd")->truncated = true;
    expect(s, PXK_STEP_FILES, PXK_VERDICT_PASS, "TFTP with tsize, blksize 1000; 375 kB/s");
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_FAIL, "initrd.gz: truncated");
    struct pxk_file *loader = pxk_session_file(s, "tftp://10.0.0.1/pxelinux.0", "loader");
    loader->wrong_arch = true;
    (void)pxk_str_copy(loader->why, sizeof loader->why, "no PE image");
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_FAIL, "pxelinux.0: no PE image");
    wire_done(&w);
    s = booted(&w);
    s->facts.initrd_broken = true;
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_FAIL, "the kernel cannot unpack its initrd");
    wire_done(&w);
}

Test(steps, loops_menus_and_disks)
{
    struct wire w;
    struct pxk_session *s = with_loader(&w);
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_UNKNOWN, "under way");
    s->facts.finished = true;
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_FAIL, "no kernel was handed over");
    s->facts.local_boot = true;
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_PASS, "goes on to boot from its disk");
    s->facts.chain_loop = true;
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_FAIL, "pxelinux.0 loads itself again");
    wire_done(&w);
    s = booted(&w);
    s->facts.waits_for_key = true;
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_PASS,
           "linux 2.5 MB, initrd.gz 2.5 MB handed over; its menu waits for a key");
    s->facts.unjudged = true;
    pxk_fmt(s->facts.stop, sizeof s->facts.stop, "unsupported");
    pxk_fmt(s->facts.stop_why, sizeof s->facts.stop_why, "the boot file is an iPXE script");
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_UNKNOWN, "not judged: the boot file is an iPXE script");
    s->facts.unjudged = false;
    s->facts.stop[0] = '\0';
    s->facts.install_files = 1;
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_WARN,
           "linux 2.5 MB, initrd.gz 2.5 MB handed over; its menu waits for a key");
    wire_done(&w);
}

Test(steps, no_further_than_asked)
{
    struct wire w;
    struct pxk_session *s = with_loader(&w);
    s->facts.finished = true;
    s->facts.until = PXK_MILESTONE_LOADER;
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_PASS, "came to its boot file, running");
    expect(s, PXK_STEP_INSTALL, PXK_VERDICT_UNKNOWN, "not asked for");
    s->facts.until = PXK_MILESTONE_CONFIG;
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_FAIL, "no kernel was handed over");
    s->facts.until = PXK_MILESTONE_LEASE;
    expect(s, PXK_STEP_FILES, PXK_VERDICT_UNKNOWN, "not asked for");
    wire_done(&w);
}

Test(steps, loss_warns)
{
    struct wire w;
    struct pxk_session *s = with_loader(&w);
    for (unsigned i = 0; i < 6; i++) {
        wire_rrq(&w, (uint16_t)(3000 + i), "x", false, 0);
        wire_data(&w, (uint16_t)(3000 + i), 1, 512);
    }
    for (unsigned i = 0; i < 6; i++)
        wire_data(&w, 3005, 1, 512);
    char why[200];
    cr_expect_eq(pxk_session_step(s, PXK_STEP_FILES, why, sizeof why), PXK_VERDICT_WARN, "%s", why);
    cr_expect_not_null(strstr(why, "x needed 6 repeats for 1 blocks"), "%s", why);
    wire_done(&w);
}

/* ---- names and files ---- */

Test(names, every_enum_has_its_names)
{
    for (unsigned i = 0; i < PXK_STEP_N; i++)
        cr_expect(*pxk_step_key((enum pxk_step)i) && *pxk_step_words((enum pxk_step)i));
    for (unsigned i = 0; i < PXK_MILESTONE_N; i++)
        cr_expect(*pxk_milestone_key((enum pxk_milestone)i) && *pxk_milestone_words((enum pxk_milestone)i));
    for (unsigned i = 0; i < PXK_EVENT_N; i++)
        cr_expect(*pxk_event_key((enum pxk_event_kind)i));
    cr_expect_str_eq(pxk_verdict_key(PXK_VERDICT_WARN), "warn");
    cr_expect_str_eq(pxk_step_key(PXK_STEP_N), "");
    cr_expect_str_eq(pxk_event_key(PXK_EVENT_N), "");
}

Test(files, one_entry_for_url_and_role_and_bounded)
{
    struct wire w;
    struct pxk_session *s = played(&w);
    struct pxk_file *f = pxk_session_file(s, "tftp://h/a", "loader");
    cr_expect_eq(f->transfer, -1);
    cr_expect_eq(pxk_session_file(s, "tftp://h/a", "loader"), f);
    cr_expect_neq(pxk_session_file(s, "tftp://h/a", "kernel"), &s->files.at[0]);
    cr_expect_eq(s->files.n, 2);
    char url[400];
    memset(url, 'u', sizeof url);
    url[sizeof url - 1] = '\0'; /* longer than is kept */
    (void)pxk_session_file(s, url, "config");
    (void)pxk_session_file(s, url, "config");
    cr_expect_eq(s->files.n, 3);
    for (unsigned i = 0; i < 200; i++)
        (void)pxk_session_file(s, pxk_fmt(url, sizeof url, "%u", i), "config");
    cr_expect_eq(s->files.n, PXK_FILES_MAX);
    cr_expect_null(pxk_session_file(s, "one more", "config"));
    wire_done(&w);
}
