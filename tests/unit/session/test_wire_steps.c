/* Steps of clients that are only watched: cases that no capture has, as sessions made by hand. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "pxk/session.h"

static struct pxk_session *made(void)
{
    struct pxk_session *s = calloc(1, sizeof *s);
    cr_assert_not_null(s);
    s->arch = PXK_ARCH_UNSET;
    return s;
}

static void done(struct pxk_session *s)
{
    pxk_session_done(s);
    free(s);
}

static struct pxk_round *add_round(struct pxk_session *s, const char *persona, pxk_usec at)
{
    struct pxk_round *r = pxk_session_round_add(s);
    cr_assert_not_null(r);
    const struct pxk_persona *p = pxk_persona_by_key(persona);
    *r = (struct pxk_round){.vendor = "", .user_class = "", .started = at, .ended = at, .pxe = true, .persona = p, .discovers = 1};
    r->arch = p ? p->arch : PXK_ARCH_BIOS;
    r->ipxe = p && p->ipxe;
    if (s->arch == PXK_ARCH_UNSET)
        s->arch = r->arch;
    s->last = at;
    return r;
}

static struct pxk_answer *add_answer(struct pxk_round *r, uint8_t type, pxk_ip4 yiaddr, const char *file)
{
    struct pxk_answer *a = pxk_round_answer_add(r);
    cr_assert_not_null(a);
    a->type = type;
    a->count = 1;
    a->yiaddr = yiaddr;
    a->src = PXK_IP4(10, 0, 0, 1);
    a->sport = 67;
    a->file = file;
    return a;
}

static void add_lease(struct pxk_session *s, struct pxk_round *r, const char *file)
{
    add_answer(r, PXK_DHCP4_OFFER, PXK_IP4(10, 0, 0, 5), file);
    add_answer(r, PXK_DHCP4_ACK, PXK_IP4(10, 0, 0, 5), file);
    r->requests = 1;
    s->ip = PXK_IP4(10, 0, 0, 5);
}

static struct pxk_transfer *add_transfer(struct pxk_session *s, const char *file, pxk_usec at)
{
    struct pxk_transfer *tr = pxk_vec_push(&s->transfers);
    cr_assert_not_null(tr);
    tr->state = PXK_TRANSFER_DONE;
    tr->started = tr->first_data = at;
    tr->last = s->last = at + PXK_SEC;
    tr->blksize = 512;
    tr->bytes = 1000;
    tr->requests = 1;
    (void)pxk_str_copy(tr->file, sizeof tr->file, file);
    return tr;
}

static void set_head(struct pxk_transfer *tr, const void *bytes, size_t n)
{
    tr->head = calloc(1, PXK_HEAD_MAX);
    tr->head_len = PXK_HEAD_MAX;
    memcpy(tr->head, bytes, n);
}

/* "MZ", the header's place, "PE", the machine. */
static void set_pe(struct pxk_transfer *tr, uint16_t machine)
{
    set_head(tr, "MZ", 2);
    tr->head[0x3c] = 0x80;
    memcpy(tr->head + 0x80, "PE", 2);
    tr->head[0x84] = (uint8_t)machine;
    tr->head[0x85] = (uint8_t)(machine >> 8);
}

static void expect(const struct pxk_session *s, enum pxk_step step, enum pxk_verdict verdict, const char *words)
{
    char why[240];
    enum pxk_verdict seen = pxk_session_step(s, step, why, sizeof why);
    cr_expect_eq(seen, verdict, "%s: %s %s", pxk_step_key(step), pxk_verdict_key(seen), why);
    cr_expect_str_eq(why, words, "%s: %s", pxk_step_key(step), why);
}

Test(wire_steps, nothing_seen)
{
    struct pxk_session *s = made();
    expect(s, PXK_STEP_CONNECTIVITY, PXK_VERDICT_UNKNOWN, "nobody answers");
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_UNKNOWN, "no DHCP packet of it seen");
    expect(s, PXK_STEP_FILES, PXK_VERDICT_UNKNOWN, "no file was asked for");
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_UNKNOWN, "not reached");
    expect(s, PXK_STEP_INSTALL, PXK_VERDICT_UNKNOWN, "not reached");
    cr_expect_eq(pxk_session_milestone(s), PXK_MILESTONE_NONE);
    done(s);
}

Test(wire_steps, first_discover_is_no_failure_yet)
{
    struct pxk_session *s = made();
    pxk_usec now = 10 * PXK_SEC;
    s->now = &now;
    add_round(s, "edk2-pxe", 9 * PXK_SEC);
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_UNKNOWN, "no offer to 1 DISCOVER");
    now = 60 * PXK_SEC;
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_FAIL, "no offer to 1 DISCOVER");
    done(s);
}

Test(wire_steps, offer_that_edk2_discards)
{
    struct pxk_session *s = made();
    struct pxk_round *r = add_round(s, "edk2-pxe", PXK_SEC);
    struct pxk_answer *a = add_answer(r, PXK_DHCP4_OFFER, PXK_IP4(10, 0, 0, 5), "x.efi");
    r->discovers = 4;
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_FAIL, "the offer is not taken up, 4 DISCOVERs");
    a->edk2_drops = true;
    a->edk2_why = "no end marker";
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_FAIL, "the firmware discards the offer: no end marker");
    done(s);
}

Test(wire_steps, offer_with_a_bad_checksum)
{
    struct pxk_session *s = made();
    struct pxk_round *r = add_round(s, "ipxe-bios", PXK_SEC);
    add_answer(r, PXK_DHCP4_OFFER, PXK_IP4(10, 0, 0, 5), "x.0")->csum = PXK_CSUM_BAD;
    r->discovers = 2; /* iPXE's second one is normal */
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_UNKNOWN, "the offer's UDP checksum is wrong");
    r->discovers = 4;
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_FAIL, "the offer's UDP checksum is wrong");
    done(s);
}

Test(wire_steps, proxy_names_the_file)
{
    struct pxk_session *s = made();
    struct pxk_round *r = add_round(s, "ipxe-bios", PXK_SEC);
    add_lease(s, r, "");
    add_answer(r, PXK_DHCP4_OFFER, 0, "proxy.0")->proxy = true;
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_PASS, "lease of 10.0.0.5 from 10.0.0.1; boot file proxy.0");
    done(s);
}

Test(wire_steps, plain_host_needs_no_boot_file)
{
    struct pxk_session *s = made();
    struct pxk_round *r = add_round(s, "none", PXK_SEC);
    r->pxe = false;
    add_lease(s, r, "");
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_PASS, "lease of 10.0.0.5 from 10.0.0.1");
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_UNKNOWN, "not reached");
    done(s);
}

Test(wire_steps, second_stage_that_gets_no_answer)
{
    struct pxk_session *s = made();
    add_lease(s, add_round(s, "edk2-pxe", PXK_SEC), "ipxe.efi");
    add_transfer(s, "ipxe.efi", 5 * PXK_SEC);
    struct pxk_round *r = add_round(s, "ipxe-efi", 10 * PXK_SEC);
    r->discovers = 4;
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_FAIL, "no offer to 4 DISCOVERs");
    cr_expect_eq(pxk_session_milestone(s), PXK_MILESTONE_LOADER); /* iPXE did run */
    add_lease(s, r, "boot.ipxe");
    expect(s, PXK_STEP_DHCP, PXK_VERDICT_PASS, "lease of 10.0.0.5 from 10.0.0.1; boot file boot.ipxe");
    done(s);
}

Test(wire_steps, programs_for_other_machines)
{
    struct pxk_session *s = made();
    struct pxk_round *r = add_round(s, "edk2-pxe", PXK_SEC);
    add_lease(s, r, "x.efi");
    struct pxk_transfer *tr = add_transfer(s, "x.efi", 5 * PXK_SEC);
    set_pe(tr, 0x8664);
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_UNKNOWN, "under way");
    set_pe((free(tr->head), tr), 0xaa64);
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_FAIL, "x.efi is an EFI program for machine 0xaa64, the firmware is x64 UEFI");
    r->persona = NULL; /* a BIOS ROM that nobody knows */
    r->arch = PXK_ARCH_BIOS;
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_FAIL, "x.efi is an EFI program, the firmware is a BIOS");
    memcpy(tr->head + 0x202, "HdrS", 4); /* a kernel with an EFI stub is both */
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_UNKNOWN, "under way");
    done(s);
}

Test(wire_steps, head_that_lies_about_its_header)
{
    struct pxk_session *s = made();
    add_lease(s, add_round(s, "edk2-pxe", PXK_SEC), "x.efi");
    struct pxk_transfer *tr = add_transfer(s, "x.efi", 5 * PXK_SEC);
    set_head(tr, "MZ", 2);
    memset(tr->head + 0x3c, 0xff, 4);
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_UNKNOWN, "under way");
    tr->head_len = 2;
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_UNKNOWN, "under way");
    done(s);
}

Test(wire_steps, silence_after_the_loader)
{
    struct pxk_session *s = made();
    pxk_usec now = 8 * PXK_SEC;
    s->now = &now;
    add_lease(s, add_round(s, "edk2-pxe", PXK_SEC), "shimx64.efi");
    add_transfer(s, "shimx64.efi", 5 * PXK_SEC);
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_UNKNOWN, "under way");
    now = 90 * PXK_SEC;
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_FAIL, "nothing follows after shimx64.efi");
    now = 8 * PXK_SEC;
    s->solicits6 = true; /* the firmware went on to its next entry */
    s->solicit6_at = 7 * PXK_SEC;
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_FAIL, "nothing follows after shimx64.efi");
    done(s);
}

Test(wire_steps, kernel_without_initrd)
{
    struct pxk_session *s = made();
    add_lease(s, add_round(s, "ipxe-bios", PXK_SEC), "pxelinux.0");
    add_transfer(s, "pxelinux.0", 5 * PXK_SEC);
    add_transfer(s, "vmlinuz", 10 * PXK_SEC);
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_UNKNOWN, "vmlinuz is there; no initrd was asked for");
    cr_expect_eq(pxk_session_milestone(s), PXK_MILESTONE_KERNEL);
    struct pxk_transfer *tr = add_transfer(s, "initrd.img", 12 * PXK_SEC);
    tr->state = PXK_TRANSFER_REFUSED;
    tr->error = PXK_TFTP_E_NOT_FOUND;
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_FAIL, "pxelinux.0 runs, but initrd.img: file not found");
    done(s);
}

Test(wire_steps, a_miss_that_was_found_elsewhere_is_none)
{
    struct pxk_session *s = made();
    add_lease(s, add_round(s, "ipxe-bios", PXK_SEC), "pxelinux.0");
    add_transfer(s, "pxelinux.0", 5 * PXK_SEC);
    add_transfer(s, "/isolinux/ldlinux.c32", 7 * PXK_SEC)->state = PXK_TRANSFER_REFUSED;
    add_transfer(s, "/boot/ldlinux.c32", 8 * PXK_SEC);
    add_transfer(s, "pxelinux.cfg/0A000005", 9 * PXK_SEC)->state = PXK_TRANSFER_REFUSED;
    expect(s, PXK_STEP_BOOT, PXK_VERDICT_UNKNOWN, "under way");
    expect(s, PXK_STEP_FILES, PXK_VERDICT_PASS, "TFTP without options, blksize 512; 1.0 kB/s");
    done(s);
}

Test(wire_steps, answers_by_tftp)
{
    struct pxk_session *s = made();
    add_lease(s, add_round(s, "ipxe-bios", PXK_SEC), "pxelinux.0");
    add_transfer(s, "pxelinux.0", 5 * PXK_SEC);
    struct pxk_transfer *tr = add_transfer(s, "conf/ks.cfg", 30 * PXK_SEC);
    expect(s, PXK_STEP_INSTALL, PXK_VERDICT_PASS, "ks.cfg found, 1.0 kB");
    cr_expect_eq(pxk_session_milestone(s), PXK_MILESTONE_INSTALL);
    tr->state = PXK_TRANSFER_REFUSED;
    tr->error = PXK_TFTP_E_ACCESS;
    expect(s, PXK_STEP_INSTALL, PXK_VERDICT_FAIL, "conf/ks.cfg: access violation");
    done(s);
}
