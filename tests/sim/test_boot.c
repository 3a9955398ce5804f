/* Whole boots in virtual time, on good links and bad ones. */
#include <criterion/criterion.h>

#include "world.h"

static struct world w;

static const struct {
    const char *name;
    uint16_t arch;
    const char *loader, *config, *kernel;
} machines[] = {
    {"bios", PXK_ARCH_BIOS, "pxelinux.0", "pxelinux.cfg/default", "linux"},
    {"uefi-x64", PXK_ARCH_UEFI_X64, "bootx64.efi", "grub/grub.cfg", "linux"},
    {"uefi-arm64", PXK_ARCH_UEFI_ARM64, "bootaa64.efi", "grub/grub.cfg", "linux-arm64"},
};
enum { BIOS, X64, ARM64 };

static bool has_file(const struct pxk_session *s, const char *path)
{
    for (size_t i = 0; i < s->files.n; i++)
        if (s->files.at[i].have && strcmp(s->files.at[i].path + (s->files.at[i].path[0] == '/'), path) == 0)
            return true;
    return false;
}

static void assert_booted(const struct pxk_session *s, unsigned m)
{
    cr_assert(s->facts.finished);
    cr_assert(s->facts.booted, "%s: stopped: %s %s", machines[m].name, s->facts.stop_why, s->facts.dhcp_why);
    cr_assert_geq(world_check_files(&w, s), 6, "%s", machines[m].name);
    cr_assert(has_file(s, machines[m].loader));
    cr_assert(has_file(s, machines[m].config), "%s", machines[m].name);
    cr_assert(has_file(s, machines[m].kernel));
    cr_assert(has_file(s, "initrd.gz") && has_file(s, "preseed.cfg"));
    cr_assert_eq(s->facts.install_found, 1);
    cr_assert_eq(pxk_session_milestone(s), PXK_MILESTONE_INSTALL);
}

static struct pxk_session *boot(unsigned m, const struct pxk_pace *pace, pxk_usec limit)
{
    struct pxk_client_opts opts = world_client_opts(machines[m].arch, pace);
    opts.probe_path = true;
    struct pxk_session *s = world_client(&w, &opts);
    world_run(&w, limit);
    return s;
}

Test(boot, to_the_end)
{
    for (unsigned m = 0; m < PXK_COUNT(machines); m++) {
        world_init(&w, 1);
        struct pxk_session *s = boot(m, &pxk_pace_fast, 3 * PXK_SEC);
        assert_booted(s, m);
        cr_assert(s->facts.ping_ok);
        cr_assert_eq(s->facts.path_mtu, 1500);
        cr_assert_eq(s->facts.other_choice[0], '\0');
        world_done(&w);
    }
}

Test(boot, at_the_firmwares_own_pace)
{
    for (unsigned m = 0; m < PXK_COUNT(machines); m++) {
        world_init(&w, 1);
        struct pxk_session *s = boot(m, &pxk_pace_firmware, 60 * PXK_SEC);
        assert_booted(s, m);
        world_done(&w);
    }
}
