/* Bad links: what arrives is right or the client gives up; it never hangs; and the seed decides everything. */
#include <criterion/criterion.h>

#include "world.h"

static struct world w;

#define HOUR (3600 * PXK_SEC)

struct outcome {
    uint64_t hash;
    bool booted;
    double seconds;
};

static struct outcome play(uint16_t arch, const struct pxk_pace *pace, uint64_t seed, unsigned lose, unsigned repeat,
                           unsigned reorder)
{
    world_init(&w, seed);
    w.link.lose = lose;
    w.link.repeat = repeat;
    w.link.reorder = reorder;
    struct pxk_client_opts opts = world_client_opts(arch, pace);
    opts.probe_path = true;
    struct pxk_session *s = world_client(&w, &opts);
    world_run(&w, HOUR);
    (void)world_check_files(&w, s);
    cr_assert_eq(s->facts.other_choice[0], '\0', "seed %llu: %s", (unsigned long long)seed, s->facts.other_choice);
    if (s->facts.booted)
        cr_assert_geq(world_check_files(&w, s), 6);
    else
        cr_assert(s->facts.dhcp_gave_up || s->facts.stop[0] || s->facts.firmware_rejects || s->files.n,
                  "seed %llu: it stopped without a word", (unsigned long long)seed);
    struct outcome o = {w.hash, s->facts.booted, world_seconds(&w)};
    world_done(&w);
    return o;
}

static unsigned played(uint16_t arch, const struct pxk_pace *pace, unsigned lose, unsigned repeat, unsigned reorder)
{
    unsigned booted = 0;
    for (uint64_t seed = 1; seed <= 8; seed++)
        booted += play(arch, pace, seed, lose, repeat, reorder).booted;
    return booted;
}

Test(link, loses_one_in_a_hundred)
{
    cr_assert_eq(played(PXK_ARCH_BIOS, &pxk_pace_fast, 1, 0, 0), 8);
    cr_assert_eq(played(PXK_ARCH_UEFI_X64, &pxk_pace_fast, 1, 0, 0), 8);
}

Test(link, loses_five_in_a_hundred)
{
    cr_assert_eq(played(PXK_ARCH_BIOS, &pxk_pace_firmware, 5, 0, 0), 8);
    cr_assert_geq(played(PXK_ARCH_UEFI_X64, &pxk_pace_firmware, 5, 0, 0), 6);
    cr_assert_geq(played(PXK_ARCH_UEFI_X64, &pxk_pace_fast, 5, 0, 0), 6);
}

Test(link, loses_twenty_in_a_hundred)
{
    (void)played(PXK_ARCH_BIOS, &pxk_pace_fast, 20, 0, 0);
    (void)played(PXK_ARCH_BIOS, &pxk_pace_firmware, 20, 0, 0);
    (void)played(PXK_ARCH_UEFI_X64, &pxk_pace_fast, 20, 0, 0);
    (void)played(PXK_ARCH_UEFI_ARM64, &pxk_pace_firmware, 20, 0, 0);
}

Test(link, repeats)
{
    cr_assert_eq(played(PXK_ARCH_BIOS, &pxk_pace_fast, 0, 20, 0), 8);
    cr_assert_eq(played(PXK_ARCH_UEFI_X64, &pxk_pace_fast, 0, 20, 0), 8);
    cr_assert_eq(played(PXK_ARCH_UEFI_X64, &pxk_pace_fast, 0, 100, 0), 8);
}

Test(link, reorders)
{
    cr_assert_eq(played(PXK_ARCH_BIOS, &pxk_pace_fast, 0, 0, 20), 8);
    cr_assert_eq(played(PXK_ARCH_UEFI_X64, &pxk_pace_fast, 0, 0, 20), 8);
}

Test(link, all_at_once)
{
    (void)played(PXK_ARCH_BIOS, &pxk_pace_fast, 10, 30, 30);
    (void)played(PXK_ARCH_UEFI_X64, &pxk_pace_firmware, 10, 30, 30);
}

Test(link, the_seed_decides)
{
    struct outcome a = play(PXK_ARCH_UEFI_X64, &pxk_pace_fast, 42, 5, 10, 10);
    struct outcome b = play(PXK_ARCH_UEFI_X64, &pxk_pace_fast, 42, 5, 10, 10);
    struct outcome c = play(PXK_ARCH_UEFI_X64, &pxk_pace_fast, 43, 5, 10, 10);
    cr_assert_eq(a.hash, b.hash, "the same seed gives the same frames at the same times");
    cr_assert_eq(a.seconds, b.seconds);
    cr_assert_neq(a.hash, c.hash);
}

/* Every frame of the client, cut short at the server's side or spoilt, hurts nobody. */
static bool drop_all(void *ctx, const struct pxk_frame *f, bool to_client)
{
    (void)ctx, (void)f, (void)to_client;
    return true;
}

Test(link, cut)
{
    static const uint16_t arch[] = {PXK_ARCH_BIOS, PXK_ARCH_UEFI_X64};
    for (unsigned i = 0; i < PXK_COUNT(arch); i++) {
        world_init(&w, 1);
        w.link.drop = drop_all;
        struct pxk_client_opts opts = world_client_opts(arch[i], &pxk_pace_fast);
        struct pxk_session *s = world_client(&w, &opts);
        world_run(&w, 20 * PXK_SEC);
        cr_assert(s->facts.dhcp_gave_up);
        world_done(&w);
    }
}

Test(link, two_clients_at_once)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        world_init(&w, seed);
        w.link.reorder = 10;
        struct pxk_client_opts bios = world_client_opts(PXK_ARCH_BIOS, &pxk_pace_fast);
        struct pxk_client_opts x64 = world_client_opts(PXK_ARCH_UEFI_X64, &pxk_pace_fast);
        struct pxk_session *a = world_client(&w, &bios), *b = world_client(&w, &x64);
        world_run(&w, HOUR);
        cr_assert(a->facts.booted && b->facts.booted);
        cr_assert_neq(a->ip, b->ip);
        cr_assert(a->ip && b->ip);
        cr_assert_geq(world_check_files(&w, a), 6);
        cr_assert_geq(world_check_files(&w, b), 6);
        world_done(&w);
    }
}
