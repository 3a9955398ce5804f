/* Sessions that leave: the bounds of number, memory and silence, and who goes first. */
#include <criterion/criterion.h>

#include "wire.h"

struct gone {
    struct pxk_mac last;
    unsigned n, leased, whole;
};

static void note(void *ctx, struct pxk_session *s)
{
    struct gone *g = ctx;
    g->last = s->mac;
    g->n++;
    g->leased += s->ip != 0;
    g->whole += s->round_n > 0 && s->round[0].discovers > 0;
}

static struct gone gone;

static void open_with(struct wire *w, struct pxk_tracker_opts opts)
{
    gone = (struct gone){0};
    opts.on_retire = note;
    opts.ctx = &gone;
    *w = (struct wire){.now = 1000 * PXK_SEC};
    cr_assert_eq(pxk_tracker_new(&opts, &w->t), PXK_OK);
}

static struct pxk_mac mac_of(unsigned i)
{
    return (struct pxk_mac){{0x02, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i, 1}};
}

static void discover(struct wire *w, struct pxk_mac mac)
{
    struct ask a = {.type = PXK_DHCP4_DISCOVER, .xid = 1, .mac = mac, .pxe = true};
    wire_ask(w, &a);
}

Test(retire, the_longest_silent_one_makes_room)
{
    struct wire w;
    open_with(&w, (struct pxk_tracker_opts){.clients_max = 3});
    for (unsigned i = 0; i < 3; i++)
        discover(&w, mac_of(i));
    discover(&w, mac_of(0)); /* not silent any more */
    discover(&w, mac_of(3));
    struct pxk_mac expected = mac_of(1);
    cr_expect_eq(gone.n, 1);
    cr_expect_eq(gone.whole, 1);
    cr_expect(pxk_mac_eq(&gone.last, &expected));
    cr_expect_eq(pxk_tracker_count(w.t), 3);
    cr_expect_eq(pxk_tracker_retired(w.t), 1);
    cr_expect_eq(pxk_tracker_untracked(w.t), 0);
    wire_done(&w);
}

Test(retire, a_flood_of_macs_drives_out_itself)
{
    struct wire w;
    open_with(&w, (struct pxk_tracker_opts){.clients_max = 32});
    wire_lease(&w, &client_mac, CLIENT_IP, 1, true);
    for (unsigned i = 0; i < 5000; i++)
        discover(&w, mac_of(i));
    cr_expect_eq(gone.n, 5001 - 32);
    cr_expect_eq(gone.leased, 0, "the client that boots stays");
    cr_expect_eq(pxk_tracker_count(w.t), 32);
    wire_rrq(&w, 2000, "pxelinux.0", false, 0);
    bool found = false;
    for (size_t i = 0; i < pxk_tracker_count(w.t); i++)
        found |= pxk_tracker_session(w.t, i)->transfers.n == 1;
    cr_expect(found, "and is still found by its address");
    wire_done(&w);
}

Test(retire, silence_ends_a_session_and_it_begins_anew)
{
    struct wire w;
    open_with(&w, (struct pxk_tracker_opts){.idle_max = 60 * PXK_SEC});
    wire_lease(&w, &client_mac, CLIENT_IP, 1, true);
    w.now += 61 * PXK_SEC;
    discover(&w, other_mac);
    cr_expect_eq(gone.n, 1);
    cr_expect_eq(gone.leased, 1);
    cr_expect_eq(pxk_tracker_count(w.t), 1);
    discover(&w, client_mac);
    cr_expect_eq(pxk_tracker_count(w.t), 2);
    cr_expect_eq(pxk_tracker_session(w.t, 1)->ip, 0, "nothing of the old one is left");
    wire_rrq(&w, 2000, "x", false, 0); /* from the old one's address and MAC */
    cr_expect_eq(pxk_tracker_session(w.t, 1)->transfers.n, 1);
    wire_done(&w);
}

Test(retire, memory_is_bounded_whatever_a_client_asks_for)
{
    enum { BOUND = 300 * 1024 };
    struct wire w;
    open_with(&w, (struct pxk_tracker_opts){.memory_max = BOUND});
    for (unsigned i = 0; i < 200; i++) {
        wire_lease(&w, &client_mac, CLIENT_IP, i, true);
        for (uint16_t k = 0; k < 20; k++)
            wire_rrq(&w, (uint16_t)(2000 + k), "a", false, 0);
        struct pxk_mac mac = mac_of(i);
        wire_lease(&w, &mac, CLIENT_IP + 1 + i, i, true);
        cr_assert_leq(pxk_tracker_memory(w.t), BOUND + 200 * 1024, "one client alone may be over it");
    }
    cr_expect_gt(gone.n, 50);
    wire_done(&w);
}

Test(retire, without_a_listener_nobody_leaves)
{
    struct wire w;
    wire_init(&w, 2);
    for (unsigned i = 0; i < 5; i++)
        discover(&w, mac_of(i));
    cr_expect_eq(pxk_tracker_count(w.t), 2);
    cr_expect_eq(pxk_tracker_untracked(w.t), 3);
    wire_done(&w);
}
