/* Captures of real boots, told by the tracker. */
#include <criterion/criterion.h>

#include "replay.h"

Test(replay, healthy_bios_boot_passes_every_step)
{
    struct pxk_tracker *t;
    char why[200];
    cr_assert_eq(pxk_tracker_new(NULL, &t), PXK_OK);
    cr_assert(pxk_replay_file("ok-bios-virtio-dnsmasq", t));
    const struct pxk_session *s = pxk_tracker_session(t, 0);
    for (unsigned i = 0; i < PXK_STEP_N; i++)
        cr_expect_eq(pxk_session_step(s, (enum pxk_step)i, why, sizeof why), PXK_VERDICT_PASS, "%s", why);
    pxk_tracker_free(t);
}
