/* Captures of real boots: the true cause of every broken one comes first; a healthy one has neither
 * failure nor warning. What the wire cannot show is told as what it can: a kernel that finds no
 * init is silence after its initrd. */
#include <criterion/criterion.h>
#include <string.h>

#include "pxk/diag.h"
#include "pxk/probe_inspect.h"
#include "replay.h"

/* A watcher looks into what passes by. */
static void inspect(void *ctx, const struct pxk_event *event)
{
    struct pxk_tracker **t = ctx;
    pxk_probe_inspect(*t, event);
}

static struct pxk_tracker *tracker_open(struct pxk_tracker **t)
{
    struct pxk_tracker_opts opts = {.on_event = inspect, .ctx = t};
    cr_assert_eq(pxk_tracker_new(&opts, t), PXK_OK);
    return *t;
}

struct truth {
    const char *capture, *finding; /* NULL: healthy */
    enum pxk_severity severity;
};

#define F PXK_SEVERITY_FAILURE
#define W PXK_SEVERITY_WARNING
#define N PXK_SEVERITY_NOTE

static const struct truth truths[] = {
    {"chainload-loop-bios", "chainload-loop", F},
    {"dhcp-nak-bios", "dhcp-nak", F},
    {"dhcp-noack-uefi", "dhcp-no-ack", F},
    {"httpboot-404-uefi", "http-boot-file-missing", F},
    {"loss5-bios", "tftp-slow-loss", W},
    {"missing-grubcfg-uefi", "config-missing", F},
    {"missing-kernel-uefi", "kernel-missing", F},
    {"missing-ldlinux-bios", "loader-module-missing", F},
    {"mtu1400-blackhole-bios", "tftp-data-stalls", F},
    {"mtu1400-blackhole-srvside-bios", "tftp-data-stalls", F},
    {"no-bootfile-bios", "no-boot-file", F},
    {"no-bootfile-uefi", "no-boot-file", F},
    {"no-dhcp-bios", "no-dhcp-server", F},
    {"no-dhcp-uefi", "no-dhcp-server", F},
    {"pool-exhausted-isc-bios", "no-dhcp-server", F},
    {"preseed-404-bios", "answer-file-missing", F},
    {"proxy-4011-blocked-bios", "pxe-port-4011-silent", F},
    {"proxy-only-uefi", "proxy-without-dhcp", F},
    {"httpboot-v6-bad-vendor-class-uefi", "http-class-not-echoed-v6", F},
    {"pxe-v6-file-missing-uefi", "file-missing", F},
    {"pxe-v6-no-bootfile-uefi", "no-boot-file-url", F},
    {"pxe-v6-no-dhcpv6-uefi", "no-dhcpv6-server", F},
    {"rogue-dhcp-bios", "rogue-dhcp-server", F},
    {"shim-without-grub-uefi", "second-loader-missing", F},
    {"tftp-blocked-69-bios", "tftp-no-answer", F},
    {"tftp-data-firewalled-bios", "tftp-no-answer", F},
    {"tftp-file-missing-uefi", "file-missing", F},
    {"tftp-not-listening-bios", "tftp-not-listening", F},
    {"tftp-permission-hpa-bios", "file-refused", F},
    /* The capture ends with the last block, whose end is not in it. The length of 700000 bytes is what
       tells: a warning, since no more than likely. */
    {"truncated-initrd-bios", "initrd-truncated", W},
    {"wrong-arch-uefi-gets-bios", "loader-for-another-architecture", F},
    {"wrong-next-server-bios", "next-server-unreachable", F},
    {"ok-bios-debian-installer", NULL, N},
    {"ok-bios-ipxe-script-http", NULL, N},
    {"ok-bios-virtio-dnsmasq", NULL, N},
    {"ok-bios-virtio-kea-proxy-menu", NULL, N},
    {"ok-uefi-edk2-virtio-dnsmasq", NULL, N},
    {"ok-uefi-httpboot-v4-dnsmasq", NULL, N},
    {"ok-uefi-ipxe-e1000-dnsmasq", NULL, N},
    {"ok-uefi-pxe-v6-dnsmasq", NULL, N},
    {"ok-uefi-secureboot-dnsmasq", NULL, N},
};

static void check(const struct truth *x, const struct pxk_diagnosis *d)
{
    const struct pxk_finding *f = d->findings.n ? &d->findings.at[0] : NULL;
    if (!x->finding) {
        cr_expect_eq(d->failures + d->warnings, 0, "%s is healthy, and is said to have %s: %s",
                     x->capture, f ? f->row->name : "", f ? f->seen : "");
        return;
    }
    cr_expect(f && strcmp(f->row->name, x->finding) == 0, "%s is %s, and is said to be %s",
              x->capture, x->finding, f ? f->row->name : "healthy");
    if (!f)
        return;
    cr_expect_eq(f->severity, x->severity, "%s: a %s", x->capture, pxk_severity_key(f->severity));
    cr_expect(f->frame_n > 0, "%s: no frame proves it", x->capture);
    for (unsigned i = 1; i < f->frame_n; i++)
        cr_expect_lt(f->frame[i - 1], f->frame[i], "%s: frames in order", x->capture);
    cr_expect(*f->filter, "%s: no filter", x->capture);
    if (x->severity == PXK_SEVERITY_FAILURE)
        cr_expect_eq(d->step[f->row->step], PXK_VERDICT_FAIL, "%s", x->capture);
}

Test(captures, the_true_cause_comes_first, .timeout = 120)
{
    for (size_t i = 0; i < PXK_COUNT(truths); i++) {
        struct pxk_tracker *t;
        struct pxk_diagnosis d;
        tracker_open(&t);
        cr_assert(pxk_replay_file(truths[i].capture, t));
        cr_assert_eq(pxk_diagnose(t, &d), PXK_OK);
        check(&truths[i], &d);
        pxk_diagnosis_done(&d);
        pxk_tracker_free(t);
    }
}

/* A capture that stops anywhere in a healthy boot shows no failure: it is under way. */
static void judge_so_far(void *ctx, struct pxk_tracker *t)
{
    unsigned *n = ctx;
    struct pxk_diagnosis d;
    if (++*n % 37 && *n > 200)
        return;
    if (*n > 4000 && *n % 1009)
        return;
    cr_assert_eq(pxk_diagnose(t, &d), PXK_OK);
    cr_expect_eq(d.failures, 0, "after %u frames: %s: %s", *n, d.findings.at[0].row->name,
                 d.findings.at[0].seen);
    pxk_diagnosis_done(&d);
}

Test(captures, a_boot_under_way_is_no_failure, .timeout = 120)
{
    static const char *const names[] = {"ok-bios-virtio-dnsmasq", "ok-uefi-edk2-virtio-dnsmasq",
                                        "ok-bios-virtio-kea-proxy-menu", "ok-bios-ipxe-script-http",
                                        "ok-uefi-ipxe-e1000-dnsmasq"};
    for (size_t i = 0; i < PXK_COUNT(names); i++) {
        struct pxk_tracker *t;
        unsigned n = 0;
        tracker_open(&t);
        cr_assert(pxk_replay_each(names[i], t, judge_so_far, &n));
        pxk_tracker_free(t);
    }
}

/* ---- what was looked into ---- */

static const struct pxk_file *file_of(const struct pxk_session *s, const char *role)
{
    for (size_t i = 0; i < s->files.n; i++)
        if (strcmp(s->files.at[i].role, role) == 0)
            return &s->files.at[i];
    return NULL;
}

Test(captures, a_configuration_says_what_comes_next, .timeout = 60)
{
    static const struct {
        const char *capture, *config, *kernel, *cmdline;
    } rows[] = {
        {"missing-kernel-uefi", "/grub/grub.cfg", "/lab/linux", "console=ttyS0,115200 quiet url=http://10.77.0.1/preseed.cfg"},
        {"loss5-bios", "pxelinux.cfg/default", "lab/linux", "initrd=lab/initrd.gz console=ttyS0,115200 quiet"},
    };
    for (size_t i = 0; i < PXK_COUNT(rows); i++) {
        struct pxk_tracker *t;
        tracker_open(&t);
        cr_assert(pxk_replay_file(rows[i].capture, t));
        const struct pxk_session *s = pxk_tracker_session(t, 0);
        cr_expect_str_eq(s->facts.config, rows[i].config);
        cr_expect_str_eq(s->facts.kernel, rows[i].kernel);
        cr_expect(strstr(s->facts.cmdline, rows[i].cmdline), "%s", s->facts.cmdline);
        cr_expect_str_eq(s->facts.installer, "debian-installer");
        cr_expect_eq(s->facts.initrds, 1);
        cr_expect_not(s->facts.emulated);
        const struct pxk_file *answers = file_of(s, "answers");
        cr_assert_not_null(answers);
        cr_expect_str_eq(answers->url, "http://10.77.0.1/preseed.cfg");
        cr_expect_not(answers->have);
        pxk_tracker_free(t);
    }
}

Test(captures, signatures_are_seen_in_the_first_bytes, .timeout = 60)
{
    struct pxk_tracker *t;
    tracker_open(&t);
    cr_assert(pxk_replay_file("shim-without-grub-uefi", t));
    const struct pxk_file *shim = file_of(pxk_tracker_session(t, 0), "loader");
    cr_assert_not_null(shim);
    cr_expect_str_eq(shim->kind, "pe");
    cr_expect_str_eq(shim->loader, "shim");
    cr_expect_eq(shim->pe_machine, 0x8664);
    cr_expect(shim->signature_known && shim->is_signed);
    cr_expect_not(shim->truncated, "a head is no cut file");
    pxk_tracker_free(t);
}
