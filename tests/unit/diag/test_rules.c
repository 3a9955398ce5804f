/* Every finding is raised by its fixture, first of its client and with the right severity, and not
 * by the session beside it. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "fixtures.h"
#include "fixtures_http.h"

static const struct pxk_finding *raised(const struct pxk_diagnosis *d, const char *name)
{
    for (size_t i = 0; i < d->findings.n; i++)
        if (strcmp(d->findings.at[i].row->name, name) == 0)
            return &d->findings.at[i];
    return NULL;
}

static void judge(struct lab *l, void (*build)(struct lab *), struct pxk_diagnosis *d)
{
    lab_open(l);
    build(l);
    cr_assert_eq(pxk_diagnose(l->t, d), PXK_OK);
}

Test(rules, every_finding_has_a_fixture)
{
    const struct pxk_finding_row *rows;
    size_t n = pxk_finding_rows(&rows);
    for (size_t i = 0; i < n; i++) {
        bool found = false;
        for (size_t k = 0; k < fixture_n; k++)
            found |= strcmp(fixtures[k].finding, rows[i].name) == 0;
        cr_expect(found, "%s is raised by no test", rows[i].name);
    }
    cr_expect_eq(n, fixture_n);
}

Test(rules, raised_where_they_should_be)
{
    for (size_t i = 0; i < fixture_n; i++) {
        const struct fixture *x = &fixtures[i];
        struct pxk_diagnosis d;
        struct lab l;
        judge(&l, x->build, &d);
        const struct pxk_finding *f = raised(&d, x->finding);
        cr_expect_not_null(f, "%s is not raised by its fixture; first is %s", x->finding,
                           d.findings.n ? d.findings.at[0].row->name : "none");
        if (f) {
            cr_expect_eq(f->severity, x->severity, "%s comes as a %s", x->finding,
                         pxk_severity_key(f->severity));
            /* A note may be about what failed. */
            cr_expect(f == &d.findings.at[0] || (f->severity == PXK_SEVERITY_NOTE && f == &d.findings.at[1]),
                      "%s comes after %s", x->finding, d.findings.at[0].row->name);
            cr_expect(*f->seen, "%s gives no proof", x->finding);
            cr_expect(*f->cause, "%s names no cause", x->finding);
            const struct pxk_client_verdict *v = pxk_diagnosis_client(&d, f->session);
            enum pxk_verdict least = f->severity == PXK_SEVERITY_FAILURE   ? PXK_VERDICT_FAIL
                                     : f->severity == PXK_SEVERITY_WARNING ? PXK_VERDICT_WARN
                                                                           : PXK_VERDICT_UNKNOWN;
            cr_expect_geq(v->step[f->row->step], least, "%s does not show in its step", x->finding);
            cr_expect_geq(d.step[f->row->step], least, "%s does not show in the network's step",
                          x->finding);
            if (f->severity == PXK_SEVERITY_FAILURE)
                cr_expect_not(v->boots, "%s is a failure and the client boots", x->finding);
        }
        pxk_diagnosis_done(&d);
        lab_close(&l);
    }
}

Test(rules, not_raised_beside)
{
    for (size_t i = 0; i < fixture_n; i++) {
        struct pxk_diagnosis d;
        struct lab l;
        judge(&l, fixtures[i].near_miss, &d);
        const struct pxk_finding *f = raised(&d, fixtures[i].finding);
        cr_expect_null(f, "%s is raised beside its fixture: %s", fixtures[i].finding,
                       f ? f->seen : "");
        pxk_diagnosis_done(&d);
        lab_close(&l);
    }
}

/* One cause, one failure: what follows from it is not told again. */
Test(rules, one_failure_a_client)
{
    for (size_t i = 0; i < fixture_n; i++) {
        struct pxk_diagnosis d;
        struct lab l;
        judge(&l, fixtures[i].build, &d);
        for (size_t k = 0; k < d.clients.n; k++)
            cr_expect_leq(d.clients.at[k].failures, 1, "%s comes with another failure",
                          fixtures[i].finding);
        pxk_diagnosis_done(&d);
        lab_close(&l);
    }
}

Test(rules, healthy_sessions_raise_nothing)
{
    static const uint16_t archs[] = {PXK_ARCH_BIOS, PXK_ARCH_UEFI_X64};
    for (size_t i = 0; i < 4; i++) {
        struct pxk_diagnosis d;
        struct lab l;
        lab_open(&l);
        (i < 2 ? lab_boots : lab_boots_emulated)(&l, archs[i % 2]);
        cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
        cr_expect_eq(d.findings.n, 0, "case %zu: %s", i,
                     d.findings.n ? d.findings.at[0].row->name : "");
        cr_expect_eq(d.boots, 1);
        cr_expect_str_eq(d.clients.at[0].outcome, "boots");
        pxk_diagnosis_done(&d);
        lab_close(&l);
    }
}

/* A rogue that a UEFI client passes over is a warning: it boots. */
Test(rules, a_survived_rogue_is_a_warning)
{
    struct pxk_diagnosis d;
    struct lab l;
    lab_open(&l);
    lab_boots(&l, PXK_ARCH_UEFI_X64);
    l.r = &l.s->round[0];
    lab_offer(&l, OTHER, "");
    cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
    const struct pxk_finding *f = raised(&d, "rogue-dhcp-server");
    cr_assert_not_null(f);
    cr_expect_eq(f->severity, PXK_SEVERITY_WARNING);
    cr_expect_eq(d.failures, 0);
    cr_expect_eq(d.boots, 1);
    pxk_diagnosis_done(&d);
    lab_close(&l);
}

/* iPXE holds whatever offer is there when its wait ends: that it booted is chance, and no pass. */
Test(rules, a_rogue_that_lost_the_race_is_a_failure_for_ipxe)
{
    struct pxk_diagnosis d;
    struct lab l;
    lab_open(&l);
    lab_boots(&l, PXK_ARCH_BIOS);
    l.r = &l.s->round[0];
    lab_offer(&l, OTHER, "");
    cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
    const struct pxk_finding *f = raised(&d, "rogue-dhcp-server");
    cr_assert_not_null(f);
    cr_expect_eq(f->severity, PXK_SEVERITY_FAILURE);
    cr_expect_eq(d.boots, 0);
    cr_expect_str_eq(d.clients.at[0].outcome, "boots, by chance");
    pxk_diagnosis_done(&d);
    lab_close(&l);
}

Test(rules, a_client_told_to_stop_early_boots_as_asked)
{
    struct pxk_diagnosis d;
    struct lab l;
    lab_open(&l);
    lab_emulated(&l, PXK_ARCH_UEFI_X64);
    l.s->facts.until = PXK_MILESTONE_OFFER;
    lab_offer(&l, SERVER, "bootnetx64.efi");
    cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
    cr_expect_eq(d.failures + d.warnings, 0, "%s", d.findings.n ? d.findings.at[0].row->name : "");
    cr_expect_str_eq(d.clients.at[0].outcome, "reached offer, as asked");
    cr_expect_eq(d.boots, 1);
    pxk_diagnosis_done(&d);
    lab_close(&l);
}

Test(rules, clients_are_named_by_what_tells_them_apart)
{
    struct pxk_diagnosis d;
    struct lab l;
    lab_open(&l);
    lab_boots(&l, PXK_ARCH_BIOS);
    lab_boots(&l, PXK_ARCH_UEFI_X64);
    lab_boots(&l, PXK_ARCH_UEFI_X64);
    cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
    cr_expect_str_eq(d.clients.at[0].name, "bios");
    cr_expect_str_eq(d.clients.at[1].name, "52:54:00:77:00:02");
    cr_expect_str_eq(d.clients.at[2].name, "52:54:00:77:00:03");
    pxk_diagnosis_done(&d);
    lab_close(&l);
}

Test(rules, failures_come_first_then_by_step)
{
    struct pxk_diagnosis d;
    struct lab l;
    lab_open(&l);
    lab_boots(&l, PXK_ARCH_BIOS);
    l.s->round[0].answer[0].delay = 3 * PXK_SEC; /* note, DHCP */
    l.s->transfers.at[2].repeats = 300;          /* warning, files */
    lab_client(&l, PXK_ARCH_UEFI_X64);           /* failure, DHCP */
    lab_discovers(&l, 4, 8 * PXK_SEC);
    lab_boots(&l, PXK_ARCH_UEFI_IA32); /* failure, installation */
    l.s->https.at[0].status = 404;
    lab_head_pe(&l.s->transfers.at[0], 0x014c);
    cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
    cr_assert_eq(d.findings.n, 4);
    cr_expect_str_eq(d.findings.at[0].row->name, "no-dhcp-server");
    cr_expect_str_eq(d.findings.at[1].row->name, "answer-file-missing");
    cr_expect_str_eq(d.findings.at[2].row->name, "tftp-slow-loss");
    cr_expect_str_eq(d.findings.at[3].row->name, "slow-offer");
    pxk_diagnosis_done(&d);
    lab_close(&l);
}

/* EDK2 allocates what it is told. */
static void told_too_little(struct lab *l, bool probe)
{
    lab_leased(l, PXK_ARCH_UEFI_X64);
    if (probe) {
        struct pxk_transfer *p = lab_transfer(l, "edk2", "bootnetx64.efi", 0);
        p->probe = true;
        p->tsize = 900;
        p->state = PXK_TRANSFER_ABORTED;
    }
    struct pxk_transfer *t = lab_transfer(l, "edk2", "bootnetx64.efi", 1000);
    t->has_tsize = false;
    t->state = PXK_TRANSFER_ABORTED;
    t->error = PXK_TFTP_E_DISK_FULL;
    pxk_fmt(t->message, sizeof t->message, "too small");
}

Test(rules, a_size_told_too_small_is_a_mismatch_at_uefi)
{
    for (int probe = 0; probe < 2; probe++) {
        struct pxk_diagnosis d;
        struct lab l;
        lab_open(&l);
        told_too_little(&l, probe);
        cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
        const struct pxk_finding *f = raised(&d, "size-mismatch");
        cr_assert_not_null(f);
        cr_expect(strstr(f->seen, "1000 ") && !strstr(f->seen, "900") == !probe, "%s", f->seen);
        cr_expect(strstr(f->cause, probe ? "smaller size" : "option 13"), "%s", f->cause);
        cr_expect(pxk_str_starts(f->screen, "PXE-E05"), "%s", f->screen);
        pxk_diagnosis_done(&d);
        lab_close(&l);
    }
}

/* A menu for people may wait for one; who names an answer file wants no people. */
Test(rules, a_menu_for_people_may_wait)
{
    struct pxk_diagnosis d;
    struct lab l;
    lab_open(&l);
    lab_boots_emulated(&l, PXK_ARCH_BIOS);
    l.s->facts.waits_for_key = true;
    l.s->facts.install_files = l.s->facts.install_found = 0;
    cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
    const struct pxk_finding *f = raised(&d, "config-waits-for-key");
    cr_assert_not_null(f);
    cr_expect_eq(f->severity, PXK_SEVERITY_NOTE);
    pxk_diagnosis_done(&d);
    lab_close(&l);
}

static int status_of(const struct lab *l)
{
    struct pxk_diagnosis d;
    cr_assert_eq(pxk_diagnose(l->t, &d), PXK_OK);
    int status = pxk_diagnosis_status(&d);
    pxk_diagnosis_done(&d);
    return status;
}

Test(rules, the_exit_status_of_commands)
{
    struct lab l;
    lab_open(&l);
    lab_boots_emulated(&l, PXK_ARCH_BIOS);
    cr_expect_eq(status_of(&l), 0);
    l.s->facts.unjudged = true;
    cr_expect_eq(status_of(&l), 3, "a client that could not be judged to its end");
    lab_client(&l, PXK_ARCH_UEFI_X64);
    lab_discovers(&l, 4, 8 * PXK_SEC);
    cr_expect_eq(status_of(&l), 1, "what failed says more than what is not known");
    lab_close(&l);
}

/* A later file that a web server does not give has the finding of its stage, with the server's status as proof. */
Test(rules, a_kernel_refused_over_http)
{
    static const struct {
        unsigned status;
        const char *finding, *cause;
    } cases[] = {
        {404, "kernel-missing", NULL},
        {403, "kernel-missing", "forbids"},
        {401, "kernel-missing", "password"},
        {502, "kernel-missing", "broken"},
        {200, NULL, NULL},
    };
    for (size_t i = 0; i < PXK_COUNT(cases); i++) {
        struct pxk_diagnosis d;
        struct lab l;
        lab_open(&l);
        web_kernel_refused(&l, cases[i].status);
        cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
        const struct pxk_finding *f = cases[i].finding ? raised(&d, cases[i].finding) : NULL;
        cr_expect_eq(f != NULL, cases[i].finding != NULL, "%u", cases[i].status);
        cr_expect(!f || strstr(f->seen, "status"), "%s", f ? f->seen : "");
        cr_expect(!f || !cases[i].cause || strstr(f->cause, cases[i].cause), "%s", f ? f->cause : "");
        pxk_diagnosis_done(&d);
        lab_close(&l);
    }
}

/* Kernel and initrd, a reset, and again: the second attempt is under way, and the first one says why. */
Test(rules, a_machine_that_resets_after_its_kernel)
{
    for (int answers = 0; answers < 2; answers++) {
        struct pxk_diagnosis d;
        struct lab l;
        lab_open(&l);
        lab_boots(&l, PXK_ARCH_BIOS);
        if (!answers) {
            lab_drop_rounds(&l, 1);
            l.s->https.n = 0;
        }
        lab_round(&l, true, l.s->last + 10 * PXK_SEC);
        lab_offer(&l, SERVER, "pxelinux.0");
        lab_ack(&l, SERVER, "pxelinux.0");
        lab_head_nbp(lab_transfer(&l, "ipxe", "pxelinux.0", 42430));
        cr_assert_eq(pxk_diagnose(l.t, &d), PXK_OK);
        const struct pxk_finding *f = raised(&d, "silent-after-kernel");
        cr_expect_eq(f != NULL, !answers);
        if (f) {
            cr_expect_eq(f->severity, PXK_SEVERITY_FAILURE);
            cr_expect(strstr(f->seen, "initrd.gz"), "%s", f->seen);
        }
        pxk_diagnosis_done(&d);
        lab_close(&l);
    }
}
