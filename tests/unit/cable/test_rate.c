/* The rate and its queue, the bound on frames, and sizes. */
#include "cable.h"

Test(cable_rate, a_frame_takes_its_time)
{
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.way[PXK_CABLE_A].rate_bps = 1000000});
    numbered_len(c, PXK_CABLE_A, 0, 125, 0); /* 1000 bits: 1 ms */
    numbered_len(c, PXK_CABLE_A, 1, 250, 0);
    cr_assert_eq(take(c, 999), 0);
    cr_assert_eq(take(c, 1000), 1);
    cr_assert_eq(take(c, 2999), 0);
    cr_assert_eq(take(c, 3000), 1);
    numbered_len(c, PXK_CABLE_A, 2, 125, 10000); /* idle time is not saved up */
    cr_assert_eq(take(c, 10999), 0);
    cr_assert_eq(take(c, 11000), 1);
    pxk_cable_free(c);
}

/* 64 bytes at 3 Mbit/s take 170 2/3 us, at 999999937 bit/s (a prime) half a microsecond and a bit: whatever is rounded
 * is not rounded twice. At 7 bit/s this takes 169 days. Frame k is due at ceil((k + 1) * 512e6 / rate). */
Test(cable_rate, no_drift_over_a_long_time)
{
    static const uint64_t rates[] = {3000000, 999999937, 7, 9600, 2000000011};
    for (size_t i = 0; i < PXK_COUNT(rates); i++) {
        struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.frames = 16, .way[PXK_CABLE_A].rate_bps = rates[i]});
        struct pxk_cable_frame f;
        uint32_t n = 0;
        for (uint32_t k = 0; k < 8; k++)
            numbered(c, k, 0);
        for (pxk_usec now; n < 200000 && (now = pxk_cable_deadline(c)) != PXK_NEVER; n++) {
            cr_assert(pxk_cable_next(c, now, &f));
            uint64_t work = (uint64_t)(n + 1) * 512 * PXK_SEC;
            if (f.at != work / rates[i] + (work % rates[i] != 0))
                cr_assert_fail("frame %u at %llu bit/s: %llu us", n, (unsigned long long)rates[i],
                               (unsigned long long)f.at);
            numbered(c, n + 8, now);
        }
        cr_assert_eq(n, 200000);
        balanced(c);
        pxk_cable_free(c);
    }
}

Test(cable_rate, queue_bound_in_bytes)
{
    struct pxk_cable_opts o = {.way[PXK_CABLE_A] = {.rate_bps = 8000000, .queue_bytes = 1000}}; /* a byte per us */
    struct pxk_cable *c = cable_new(&o);
    numbered_len(c, PXK_CABLE_A, 0, 400, 0);
    numbered_len(c, PXK_CABLE_A, 1, 600, 0);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_QUEUE), 0);
    numbered_len(c, PXK_CABLE_A, 2, 14, 0);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_QUEUE), 1);
    numbered_len(c, PXK_CABLE_A, 3, 100, 99); /* 99 bytes have left */
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_QUEUE), 2);
    numbered_len(c, PXK_CABLE_A, 4, 100, 100);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_QUEUE), 2);
    cr_assert_eq(drain(c), 3);
    cr_assert(seen[0].at == 400 && seen[1].at == 1000 && seen[2].at == 1100 && seen[2].number == 4);
    pxk_cable_free(c);
}

Test(cable_rate, a_frame_over_the_queue_bound_never_passes)
{
    struct pxk_cable_opts o = {.way[PXK_CABLE_A] = {.rate_bps = 8000000, .queue_bytes = 100}};
    struct pxk_cable *c = cable_new(&o);
    numbered_len(c, PXK_CABLE_A, 0, 101, 0);
    numbered_len(c, PXK_CABLE_A, 1, 100, 0);
    cr_assert_eq(drain(c), 1);
    cr_assert_eq(seen[0].number, 1);
    pxk_cable_free(c);
}

Test(cable_rate, the_rate_may_change_on_the_way)
{
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.way[PXK_CABLE_A].rate_bps = 3000000});
    numbered(c, 0, 0); /* 170 2/3 us */
    cr_assert_eq(pxk_cable_set_way(c, PXK_CABLE_A, &(struct pxk_cable_way){.rate_bps = 512000000}), PXK_OK);
    numbered(c, 1, 0);
    cr_assert_eq(pxk_cable_set_way(c, PXK_CABLE_A, &(struct pxk_cable_way){0}), PXK_OK);
    numbered(c, 2, 0); /* does not overtake */
    cr_assert_eq(drain(c), 3);
    cr_assert(seen[0].at == 171 && seen[1].at == 172 && seen[2].at == 172);
    cr_assert(seen[0].number == 0 && seen[1].number == 1 && seen[2].number == 2);
    pxk_cable_free(c);
}

/* The slowest rate, the fullest queue, then the fastest: nothing overflows. */
Test(cable_rate, extremes_do_not_overflow)
{
    struct pxk_cable_opts o = {.frame_max = PXK_CABLE_FRAME_LONGEST,
                               .way[PXK_CABLE_A] = {.rate_bps = 1, .queue_bytes = UINT32_MAX}};
    struct pxk_cable *c = cable_new(&o);
    for (uint32_t i = 0; i < 100; i++)
        numbered_len(c, PXK_CABLE_A, i, 65000, 5);
    o.way[PXK_CABLE_A].rate_bps = PXK_CABLE_RATE_MAX;
    cr_assert_eq(pxk_cable_set_way(c, PXK_CABLE_A, &o.way[PXK_CABLE_A]), PXK_OK);
    numbered(c, 100, 5); /* at this rate the wait is worth more bytes than any queue has */
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_QUEUE), 1);
    cr_assert_eq(drain(c), 100);
    cr_assert_eq(seen[99].at, 100 * 65000ull * 8 * PXK_SEC + 5);
    numbered(c, 101, PXK_NEVER);
    cr_assert_eq(drain(c), 1);
    pxk_cable_free(c);
}

Test(cable_rate, frames_on_the_way_are_bounded)
{
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.frames = 3, .way[PXK_CABLE_A].delay = 10});
    for (uint32_t i = 0; i < 5; i++)
        numbered(c, i, 0);
    cr_assert_eq(pxk_cable_queued(c, PXK_CABLE_A), 3);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_FULL), 2);
    numbered_len(c, PXK_CABLE_B, 9, 64, 0); /* each direction has its own room */
    cr_assert_eq(take(c, 0), 1);
    cr_assert_eq(take(c, 10), 3);
    for (uint32_t i = 5; i < 8; i++)
        numbered(c, i, 10);
    cr_assert_eq(take(c, 20), 3);
    pxk_cable_free(c);
}

Test(cable_rate, a_frame_handed_out_stays_until_the_next)
{
    struct pxk_cable_frame f;
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.frames = 2});
    numbered(c, 0x01020304, 0);
    cr_assert(pxk_cable_next(c, 0, &f));
    for (uint32_t i = 0; i < 3; i++) /* an answer sent while it is read */
        numbered(c, 0xffffffff, 0);
    cr_assert_eq(memcmp(f.data + PXK_ETH_HEADER, "\1\2\3\4", 4), 0);
    cr_assert_eq(take(c, 0), 2);
    pxk_cable_free(c);
}

Test(cable_rate, sizes_at_their_bounds)
{
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.frame_max = 100});
    pxk_cable_input(c, PXK_CABLE_A, NULL, 0, 0);
    numbered_len(c, PXK_CABLE_A, 0, 13, 0);
    numbered_len(c, PXK_CABLE_A, 0, 101, 0);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_SIZE), 3);
    numbered_len(c, PXK_CABLE_A, 0, 14, 0);
    numbered_len(c, PXK_CABLE_A, 0, 100, 0);
    cr_assert_eq(take(c, 0), 2);
    cr_assert(seen[0].len == 14 && seen[1].len == 100);
    cr_assert_eq(pxk_cable_count(c, PXK_CABLE_A)->in_bytes, 13 + 101 + 14 + 100);
    pxk_cable_free(c);
    c = cable_new(&(struct pxk_cable_opts){0});
    numbered_len(c, PXK_CABLE_A, 0, PXK_FRAME_MAX, 0);
    numbered_len(c, PXK_CABLE_A, 0, PXK_FRAME_MAX + 1, 0);
    cr_assert_eq(take(c, 0), 1);
    pxk_cable_free(c);
}
