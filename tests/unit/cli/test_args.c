#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

/* common.c is tested alone: the commands stand on everything else. */

static struct cli_run fresh(void)
{
    return (struct cli_run){.command = "check"};
}

Test(args, architectures_become_clients_in_order)
{
    struct cli_run run = fresh();
    cr_assert(cli_parse_archs(&run, "bios,uefi-x64,uefi-arm64,BIOS"));
    cr_assert_eq(run.emulator.client_n, 4);
    cr_assert_eq(run.emulator.client[0].arch, PXK_ARCH_BIOS);
    cr_assert_eq(run.emulator.client[1].arch, PXK_ARCH_UEFI_X64);
    cr_assert_eq(run.emulator.client[2].arch, PXK_ARCH_UEFI_ARM64);
    cr_assert_eq(run.emulator.client[3].arch, PXK_ARCH_BIOS);
}

Test(args, bad_architecture_lists_are_refused)
{
    static const char *const bad[] = {"", ",", "bios,,uefi-x64", "bios,", "uefi-x46", "uefi-x64-http", "dec-alpha", "bios uefi-x64"};
    freopen("/dev/null", "w", stderr);
    for (size_t i = 0; i < PXK_COUNT(bad); i++) {
        struct cli_run run = fresh();
        cr_assert_not(cli_parse_archs(&run, bad[i]), "\"%s\"", bad[i]);
    }
}

Test(args, more_clients_than_there_is_room_for_are_refused)
{
    char many[5 * (PXK_EMULATOR_CLIENTS_MAX + 1) + 1] = "bios";
    freopen("/dev/null", "w", stderr);
    for (size_t i = 1; i < PXK_EMULATOR_CLIENTS_MAX; i++)
        memcpy(many + 5 * i - 1, ",bios", 6);
    struct cli_run run = fresh();
    cr_assert(cli_parse_archs(&run, many));
    cr_assert_eq(run.emulator.client_n, PXK_EMULATOR_CLIENTS_MAX);
    memcpy(many + 5 * PXK_EMULATOR_CLIENTS_MAX - 1, ",bios", 6);
    run = fresh();
    cr_assert_not(cli_parse_archs(&run, many));
}

Test(args, goals)
{
    struct cli_run run = fresh();
    freopen("/dev/null", "w", stderr);
    cr_assert(cli_parse_until(&run, "offer"));
    cr_assert_eq(run.emulator.until, PXK_MILESTONE_OFFER);
    cr_assert(cli_parse_until(&run, "kernel"));
    cr_assert_eq(run.emulator.until, PXK_MILESTONE_KERNEL);
    cr_assert(cli_parse_until(&run, "install"));
    cr_assert_eq(run.emulator.until, PXK_MILESTONE_NONE, "the whole way");
    cr_assert_not(cli_parse_until(&run, "lunch"));
    cr_assert_not(cli_parse_until(&run, ""));
}

Test(args, macs_count_up)
{
    struct cli_run run = fresh();
    char mac[PXK_MAC_STRLEN];
    cr_assert(cli_parse_archs(&run, "bios,uefi-x64"));
    cr_assert(cli_parse_mac(&run, "52:54:00:aa:bb:cc"));
    cr_assert_str_eq(pxk_mac_text(&run.emulator.client[0].mac, mac), "52:54:00:aa:bb:cc");
    cr_assert_str_eq(pxk_mac_text(&run.emulator.client[1].mac, mac), "52:54:00:aa:bb:cd");
}

Test(args, macs_that_no_machine_has_are_refused)
{
    static const char *const bad[] = {"", "52:54", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "52:54:00:aa:bb:zz"};
    struct cli_run run = fresh();
    cr_assert(cli_parse_archs(&run, "bios"));
    freopen("/dev/null", "w", stderr);
    for (size_t i = 0; i < PXK_COUNT(bad); i++)
        cr_assert_not(cli_parse_mac(&run, bad[i]), "\"%s\"", bad[i]);
}

Test(args, numbers_have_bounds)
{
    static const char *const bad[] = {"", "0", "4095", "-1", "1x", "x", "0x10", "99999999999999999999", " 7 "};
    unsigned long n = 0;
    freopen("/dev/null", "w", stderr);
    cr_assert(cli_parse_number("check", "--vlan", "1", 1, 4094, &n));
    cr_assert_eq(n, 1);
    cr_assert(cli_parse_number("check", "--vlan", "4094", 1, 4094, &n));
    cr_assert_eq(n, 4094);
    for (size_t i = 0; i < PXK_COUNT(bad); i++)
        cr_assert_not(cli_parse_number("check", "--vlan", bad[i], 1, 4094, &n), "\"%s\"", bad[i]);
    cr_assert_eq(n, 4094, "written on success only");
}
