/* A finished download looked into: what its bytes say, and what a rule makes of it. */
#include <criterion/criterion.h>
#include <string.h>

#include "lab.h"
#include "pxk/probe_inspect.h"

static void done(struct lab *l, const struct pxk_transfer *t)
{
    struct pxk_event e = {.kind = PXK_EVENT_TFTP_DONE, .session = l->s, .transfer = t};
    pxk_probe_inspect(l->t, &e);
}

static struct pxk_transfer *text(struct lab *l, const char *profile, const char *file, const char *content)
{
    struct pxk_transfer *t = lab_transfer(l, profile, file, strlen(content));
    lab_head(t, content, strlen(content));
    done(l, t);
    return t;
}

static const struct pxk_file *last_file(const struct lab *l)
{
    cr_assert_gt(l->s->files.n, 0);
    return &l->s->files.at[l->s->files.n - 1];
}

/* ---- cut initrds ---- */

struct cut {
    const char *why;
    uint8_t head[6];
    size_t head_n;
    uint8_t tail[8]; /* CRC, then unpacked size, little endian */
    uint64_t bytes;
    bool truncated;
};

Test(inspect, an_archive_that_cannot_end_so)
{
    static const struct cut rows[] = {
        {"a real end", {0x1f, 0x8b, 8}, 3, {1, 2, 3, 4, 0x00, 0x02, 0x40, 0x00}, 1576584, false},
        {"no multiple of four", {0x1f, 0x8b, 8}, 3, {1, 2, 3, 4, 0x01, 0x02, 0x40, 0x00}, 1576584, true},
        {"out of proportion", {0x1f, 0x8b, 8}, 3, {1, 2, 3, 4, 0x00, 0x00, 0x00, 0xc0}, 1576584, true},
        {"padded with zeros", {0x1f, 0x8b, 8}, 3, {0}, 1576584, false},
        {"a large one may hold as much", {0x1f, 0x8b, 8}, 3, {1, 2, 3, 4, 0x00, 0x00, 0x00, 0xc0}, 400000004, false},
        {"xz, whole", {0xfd, '7', 'z', 'X', 'Z', 0}, 6, {0, 0, 0, 0, 0, 4, 'Y', 'Z'}, 1576584, false},
        {"xz, cut", {0xfd, '7', 'z', 'X', 'Z', 0}, 6, {1, 2, 3, 4, 5, 6, 7, 8}, 1576584, true},
        {"zstd has no end mark", {0x28, 0xb5, 0x2f, 0xfd}, 4, {1, 2, 3, 4, 5, 6, 7, 8}, 1576584, false},
    };
    for (size_t i = 0; i < PXK_COUNT(rows); i++) {
        struct lab l;
        lab_open(&l);
        lab_leased(&l, PXK_ARCH_BIOS);
        struct pxk_transfer *t = lab_transfer(&l, "pxelinux", "initrd.gz", rows[i].bytes);
        lab_head(t, rows[i].head, rows[i].head_n);
        memcpy(t->tail, rows[i].tail, 8);
        t->tail_len = 8;
        done(&l, t);
        cr_expect_eq(last_file(&l)->truncated, rows[i].truncated, "%s: %s", rows[i].why, last_file(&l)->why);
        cr_expect_str_eq(last_file(&l)->role, "initrd");
        lab_close(&l);
    }
}

/* The end is not in the capture: nothing is said of it. */
Test(inspect, no_tail_no_verdict)
{
    static const uint8_t gzip[3] = {0x1f, 0x8b, 8};
    struct lab l;
    lab_open(&l);
    lab_leased(&l, PXK_ARCH_BIOS);
    struct pxk_transfer *t = lab_transfer(&l, "pxelinux", "initrd.gz", 700000);
    lab_head(t, gzip, sizeof gzip);
    done(&l, t);
    cr_expect_not(last_file(&l)->truncated);
    lab_close(&l);
}

/* boot.rst: (setup_sects + 1) * 512 + syssize * 16 */
Test(inspect, a_kernel_says_how_long_it_is)
{
    static const struct {
        uint64_t bytes;
        bool truncated;
    } rows[] = {{8000000, false}, {2512 + 160000, false}, {160000, true}};
    for (size_t i = 0; i < PXK_COUNT(rows); i++) {
        uint8_t head[PXK_HEAD_MAX] = {0};
        struct lab l;
        lab_open(&l);
        lab_leased(&l, PXK_ARCH_BIOS);
        head[0x1f1] = 3;
        head[0x1f4] = 0x10; /* 10000 paragraphs */
        head[0x1f5] = 0x27;
        head[0x1fe] = 0x55;
        head[0x1ff] = 0xaa;
        memcpy(head + 0x202, "HdrS\x0d\x02", 6);
        struct pxk_transfer *t = lab_transfer(&l, "pxelinux", "linux", rows[i].bytes);
        lab_head(t, head, sizeof head);
        done(&l, t);
        cr_expect_eq(last_file(&l)->truncated, rows[i].truncated, "%llu bytes: %s", (unsigned long long)rows[i].bytes,
                     last_file(&l)->why);
        lab_close(&l);
    }
}

/* ---- configurations ---- */

static void loader(struct lab *l, uint16_t arch)
{
    lab_leased(l, arch);
    struct pxk_transfer *t = lab_transfer(l, arch == PXK_ARCH_BIOS ? "ipxe" : "edk2",
                                          arch == PXK_ARCH_BIOS ? "pxelinux.0" : "bootnetx64.efi", 42430);
    done(l, t);
}

Test(inspect, pxelinux_with_an_include_that_comes_later)
{
    struct lab l;
    lab_open(&l);
    loader(&l, PXK_ARCH_BIOS);
    text(&l, "pxelinux", "pxelinux.cfg/default", "include menu.cfg\ndefault a\ntimeout 10\n");
    cr_expect_str_eq(l.s->facts.kernel, "", "half a configuration says nothing");
    text(&l, "pxelinux", "menu.cfg", "label a\n kernel k/vmlinuz\n append initrd=k/i.gz inst.ks=http://10.77.0.1/ks.cfg\n");
    cr_expect_str_eq(l.s->facts.kernel, "k/vmlinuz");
    cr_expect_str_eq(l.s->facts.installer, "anaconda");
    cr_expect_str_eq(l.s->facts.label, "a");
    lab_close(&l);
}

Test(inspect, grub_cuts_the_seed_at_the_semicolon)
{
    struct lab l;
    struct pxk_diagnosis d;
    lab_open(&l);
    loader(&l, PXK_ARCH_UEFI_X64);
    text(&l, "grub", "/grub/grub.cfg",
         "set timeout=1\nmenuentry U {\n linux /vmlinuz autoinstall ds=nocloud-net;s=http://10.77.0.1/seed/\n initrd /initrd\n}\n");
    cr_expect_str_eq(l.s->facts.kernel, "/vmlinuz");
    cr_expect(strstr(l.s->facts.install_problem, "';'"), "%s", l.s->facts.install_problem);
    cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
    cr_assert_gt(d.findings.n, 0);
    cr_expect_str_eq(d.findings.at[0].row->name, "answer-url-broken");
    cr_expect_gt(d.findings.at[0].frame_n, 0);
    pxk_diagnosis_done(&d);
    lab_close(&l);
}

Test(inspect, an_empty_configuration_is_told_when_nothing_follows)
{
    struct lab l;
    struct pxk_diagnosis d;
    lab_open(&l);
    loader(&l, PXK_ARCH_BIOS);
    text(&l, "pxelinux", "pxelinux.cfg/default", "# nothing yet\n");
    cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
    cr_expect_eq(d.failures, 0, "it has just come");
    pxk_diagnosis_done(&d);
    lab_wait(&l, 60 * PXK_SEC);
    cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
    cr_assert_gt(d.findings.n, 0);
    cr_expect_str_eq(d.findings.at[0].row->name, "config-empty");
    pxk_diagnosis_done(&d);
    lab_close(&l);
}

Test(inspect, a_menu_without_a_countdown_is_a_warning_only_while_it_stands)
{
    static const char menu[] = "ui menu.c32\nlabel a\n kernel linux\n append initrd=i.gz url=http://10.77.0.1/p.cfg\n";
    for (int pressed = 0; pressed < 2; pressed++) {
        struct lab l;
        struct pxk_diagnosis d;
        lab_open(&l);
        loader(&l, PXK_ARCH_BIOS);
        text(&l, "pxelinux", "pxelinux.cfg/default", menu);
        cr_expect(l.s->facts.waits_for_key);
        if (pressed)
            lab_transfer(&l, "pxelinux", "linux", 8000000);
        lab_wait(&l, 60 * PXK_SEC);
        cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
        bool told = false;
        for (size_t i = 0; i < d.findings.n; i++)
            told |= strcmp(d.findings.at[i].row->name, "config-waits-for-key") == 0;
        cr_expect_eq(told, !pressed);
        pxk_diagnosis_done(&d);
        lab_close(&l);
    }
}

/* ---- scripts and answers ---- */

struct bytes {
    const char *file, *content;
    bool corrupt;
};

Test(inspect, what_their_readers_do_not_take)
{
    static const struct bytes rows[] = {
        {"boot.ipxe", "#!ipxe\nboot\n", false},
        {"boot.ipxe", "#\\!ipxe\nboot\n", true},
        {"boot.ipxe", "# ipxe script\nboot\n", true},
        {"seed/user-data", "#cloud-config\nautoinstall: {version: 1}\n", false},
        {"seed/user-data", "autoinstall:\n  version: 1\n", true},
        {"seed/user-data", "#!/bin/sh\n", false},
        {"ks.cfg", "text\nreboot\n", false},
        {"ks.cfg", "text\r\nreboot\r\n", true},
        {"preseed.cfg", "<html><body>login</body></html>\n", true},
    };
    for (size_t i = 0; i < PXK_COUNT(rows); i++) {
        struct lab l;
        lab_open(&l);
        lab_leased(&l, PXK_ARCH_BIOS);
        text(&l, "ipxe", rows[i].file, rows[i].content);
        cr_expect_eq(last_file(&l)->corrupt, rows[i].corrupt, "%s: %s", rows[i].content, last_file(&l)->why);
        cr_expect_eq(*last_file(&l)->why != '\0', rows[i].corrupt, "%s", rows[i].content);
        lab_close(&l);
    }
}

Test(inspect, an_ipxe_script_without_branches_is_followed)
{
    struct lab l;
    lab_open(&l);
    lab_leased(&l, PXK_ARCH_UEFI_X64);
    text(&l, "ipxe", "boot.ipxe", "#!ipxe\nkernel linux quiet\ninitrd i.gz\nboot\n");
    cr_expect_str_eq(l.s->facts.kernel, "linux");
    cr_expect_str_eq(l.s->facts.cmdline, "quiet");
    cr_expect_eq(l.s->facts.initrds, 1);
    lab_close(&l);
}

Test(inspect, a_small_file_over_http)
{
    static const char script[] = "# ipxe script\nboot\n";
    struct lab l;
    lab_open(&l);
    lab_leased(&l, PXK_ARCH_BIOS);
    struct pxk_http *h = lab_http(&l, "/boot.ipxe", 200);
    (void)pxk_str_copy(h->agent, sizeof h->agent, "iPXE/1.0.0");
    h->head = malloc(sizeof script);
    cr_assert_not_null(h->head);
    memcpy(h->head, script, sizeof script - 1);
    h->head_len = h->length = sizeof script - 1;
    struct pxk_event e = {.kind = PXK_EVENT_HTTP_DONE, .session = l.s, .http = h};
    pxk_probe_inspect(l.t, &e);
    cr_expect_str_eq(last_file(&l)->url, "http://10.77.0.1/boot.ipxe");
    cr_expect(last_file(&l)->corrupt);
    struct pxk_diagnosis d;
    cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
    cr_assert_gt(d.findings.n, 0);
    cr_expect_str_eq(d.findings.at[0].row->name, "script-not-recognised");
    pxk_diagnosis_done(&d);
    lab_close(&l);
}

/* ---- bounds ---- */

Test(inspect, what_it_keeps_is_bounded)
{
    struct lab l;
    char name[32];
    lab_open(&l);
    loader(&l, PXK_ARCH_BIOS);
    for (unsigned i = 0; i < 200; i++)
        text(&l, "pxelinux", pxk_fmt(name, sizeof name, "pxelinux.cfg/%u", i), "default a\nlabel a\n kernel k\n");
    cr_expect_leq(l.s->files.n, 24);
    lab_close(&l);
}

/* The emulator knows better. */
Test(inspect, an_emulated_client_is_left_alone)
{
    struct lab l;
    lab_open(&l);
    lab_emulated(&l, PXK_ARCH_BIOS);
    size_t n = l.s->files.n;
    text(&l, "pxelinux", "pxelinux.cfg/default", "default a\nlabel a\n kernel k\n");
    cr_expect_eq(l.s->files.n, n);
    cr_expect_str_eq(l.s->facts.kernel, "");
    lab_close(&l);
}
