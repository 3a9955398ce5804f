/* With one seed a run can be repeated, frame by frame. */
#include <criterion/criterion.h>

#include "rig.h"

/* A whole conversation up to the first read request, then a server that says nothing. */
static void play(struct rig *r, const char *persona, uint16_t arch, uint64_t seed)
{
    struct pxk_client_opts opts = {.persona = pxk_persona_by_key(persona), .arch = arch, .pace = &pxk_pace_fast,
                                   .link_mtu = 1500, .mac = {{0x52, 0x54, 0, 0x77, 0, 1}}, .seed = seed,
                                   .probe_path = true};
    rig_init_with(r, &opts);
    rig_answer(r, "dnsmasq-offer");
    cr_assert(rig_step(r));
    rig_answer(r, "dnsmasq-ack");
    rig_arp(r);
    while (!pxk_client_finished(r->client))
        cr_assert(rig_step(r));
    cr_assert_gt(r->sent_n, 8);
}

static bool same_frames(const struct rig *a, const struct rig *b)
{
    bool same = a->sent_n == b->sent_n;
    for (unsigned i = 0; same && i < a->sent_n; i++)
        same = a->sent[i].len == b->sent[i].len && memcmp(a->sent[i].data, b->sent[i].data, a->sent[i].len) == 0;
    return same;
}

Test(repeat, frames_come_from_the_seed)
{
    static struct rig a, b, other;
    static const struct {
        const char *persona;
        uint16_t arch;
    } row[] = {{"ipxe-bios", PXK_ARCH_BIOS}, {"ipxe-efi", PXK_ARCH_UEFI_X64}, {"edk2-pxe", PXK_ARCH_UEFI_X64}};
    for (size_t i = 0; i < PXK_COUNT(row); i++) {
        play(&a, row[i].persona, row[i].arch, 11);
        play(&b, row[i].persona, row[i].arch, 11);
        play(&other, row[i].persona, row[i].arch, 12);
        cr_assert(same_frames(&a, &b), "%s", row[i].persona);
        cr_assert_not(same_frames(&a, &other), "%s: its transaction id is no secret, but it must differ", row[i].persona);
        rig_done(&a);
        rig_done(&b);
        rig_done(&other);
    }
}
