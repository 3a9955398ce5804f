/* Silence after link up, cut and join by call and by plan, and time that runs backwards. */
#include "cable.h"

Test(cable_link, silent_after_link_up)
{
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.silent = 30 * PXK_SEC});
    numbered(c, 0, 0);
    numbered(c, 1, 30 * PXK_SEC - 1);
    numbered_len(c, PXK_CABLE_B, 2, 64, 30 * PXK_SEC - 1);
    numbered(c, 3, 30 * PXK_SEC);
    cr_assert_eq(drain(c), 1);
    cr_assert_eq(seen[0].number, 3);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_SILENT), 2);
    cr_assert_eq(dropped(c, PXK_CABLE_B, PXK_CABLE_DROP_SILENT), 1);
    pxk_cable_cut(c, 40 * PXK_SEC); /* L03: the driver drops the link, and the port starts over */
    pxk_cable_join(c, 40 * PXK_SEC);
    numbered(c, 4, 70 * PXK_SEC - 1);
    numbered(c, 5, 70 * PXK_SEC);
    cr_assert_eq(drain(c), 1);
    cr_assert_eq(seen[1].number, 5);
    pxk_cable_free(c);
}

Test(cable_link, joining_what_is_joined_changes_nothing)
{
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.silent = PXK_SEC});
    pxk_cable_join(c, 10 * PXK_SEC);
    numbered(c, 0, 10 * PXK_SEC);
    cr_assert_eq(drain(c), 1);
    pxk_cable_free(c);
}

Test(cable_link, starts_unplugged)
{
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.cut = true, .silent = 5});
    cr_assert_not(pxk_cable_is_up(c));
    numbered(c, 0, 0);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_CUT), 1);
    pxk_cable_join(c, 100);
    cr_assert(pxk_cable_is_up(c));
    numbered(c, 1, 104);
    numbered(c, 2, 105);
    cr_assert_eq(drain(c), 1);
    cr_assert_eq(seen[0].number, 2);
    pxk_cable_free(c);
}

Test(cable_link, a_cut_loses_what_is_on_the_way)
{
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.way = {{.delay = 100}, {.delay = 50}}});
    numbered(c, 0, 0);
    numbered(c, 1, 1);
    numbered_len(c, PXK_CABLE_B, 2, 64, 50);
    pxk_cable_cut(c, 100);
    cr_assert_eq(pxk_cable_queued(c, PXK_CABLE_A), 1); /* due at 100: it arrived */
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_CUT), 1);
    numbered(c, 3, 150);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_CUT), 2);
    cr_assert_eq(take(c, 1000), 2);
    cr_assert(seen[0].number == 0 && seen[1].number == 2);
    pxk_cable_join(c, 1000);
    numbered(c, 4, 1000);
    cr_assert_eq(drain(c), 1);
    cr_assert_eq(seen[2].at, 1100);
    pxk_cable_free(c);
}

Test(cable_link, a_cut_empties_the_rates_queue)
{
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.way[PXK_CABLE_A].rate_bps = 8000});
    for (uint32_t i = 0; i < 10; i++)
        numbered_len(c, PXK_CABLE_A, i, 100, 0); /* 100 ms each */
    pxk_cable_cut(c, 150 * PXK_MSEC);
    pxk_cable_join(c, 150 * PXK_MSEC);
    numbered_len(c, PXK_CABLE_A, 10, 100, 150 * PXK_MSEC);
    cr_assert_eq(drain(c), 2);
    cr_assert(seen[0].number == 0 && seen[1].number == 10 && seen[1].at == 250 * PXK_MSEC);
    pxk_cable_free(c);
}

/* The plan holds whenever the driver comes round to look. */
Test(cable_link, planned_cut_and_join_are_on_time)
{
    for (int late = 0; late < 2; late++) {
        struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){.way[PXK_CABLE_A].delay = 100});
        cr_assert_eq(pxk_cable_plan(c, true, 2000), PXK_OK);
        cr_assert_eq(pxk_cable_plan(c, false, 1000), PXK_OK);
        cr_assert_eq(pxk_cable_deadline(c), 1000);
        numbered(c, 0, 900);
        numbered(c, 1, 901);
        cr_assert_eq(pxk_cable_deadline(c), 1000);
        if (!late) {
            cr_assert_eq(take(c, 1000), 1);
            cr_assert_not(pxk_cable_is_up(c));
            cr_assert_eq(pxk_cable_deadline(c), 2000);
            numbered(c, 2, 1999);
        }
        numbered(c, 3, 2000);
        cr_assert(pxk_cable_is_up(c));
        cr_assert_eq(take(c, 5000), late ? 2u : 1u);
        cr_assert(seen[0].number == 0 && seen[0].at == 1000 && seen[1].number == 3 && seen[1].at == 2100);
        cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_CUT), late ? 1u : 2u);
        pxk_cable_free(c);
    }
}

Test(cable_link, plans_are_bounded_and_sorted)
{
    struct pxk_cable *c = cable_new(&(struct pxk_cable_opts){0});
    for (unsigned i = 0; i < PXK_CABLE_PLANS; i++)
        cr_assert_eq(pxk_cable_plan(c, i % 2 == 0, 1000 - i * 10), PXK_OK);
    cr_assert_eq(pxk_cable_plan(c, true, 5), PXK_E_SPACE);
    cr_assert_eq(pxk_cable_deadline(c), 1000 - (PXK_CABLE_PLANS - 1) * 10);
    (void)drain(c);
    cr_assert(pxk_cable_is_up(c)); /* the last in time was the first in the list */
    cr_assert_eq(pxk_cable_plan(c, false, 2000), PXK_OK);
    cr_assert_eq(pxk_cable_plan(c, true, 2000), PXK_OK);
    (void)drain(c);
    cr_assert(pxk_cable_is_up(c)); /* equal times keep their order */
    cr_assert_eq(pxk_cable_plan(c, false, 10), PXK_OK); /* long past */
    numbered(c, 0, 20);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_CUT), 1);
    pxk_cable_free(c);
}

Test(cable_link, time_running_backwards_stands_still)
{
    struct pxk_cable_opts o = {.silent = 10, .way[PXK_CABLE_A] = {.delay = 5, .rate_bps = 512000000}};
    struct pxk_cable *c = cable_new(&o);
    numbered(c, 0, 1000);
    numbered(c, 1, 3);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_SILENT), 0);
    cr_assert_eq(take(c, 0), 0);
    pxk_cable_cut(c, 0);
    cr_assert_eq(dropped(c, PXK_CABLE_A, PXK_CABLE_DROP_CUT), 2);
    pxk_cable_join(c, 0);
    numbered(c, 2, 1009);
    numbered(c, 3, 1010);
    numbered(c, 4, 0);
    cr_assert_eq(drain(c), 2);
    cr_assert(seen[0].number == 3 && seen[0].at == 1016 && seen[1].number == 4 && seen[1].at == 1017);
    pxk_cable_free(c);
}

Test(cable_link, every_cause_has_a_text)
{
    for (int i = 0; i < PXK_CABLE_DROP_N; i++) {
        cr_assert_gt(strlen(pxk_cable_drop_text((enum pxk_cable_drop)i)), 3);
        for (int k = 0; k < i; k++)
            cr_assert_str_neq(pxk_cable_drop_text((enum pxk_cable_drop)i), pxk_cable_drop_text((enum pxk_cable_drop)k));
    }
}
