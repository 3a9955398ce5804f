#include "loader_drive.h"
#include "make_image.h"

static struct run run;

#define FIRST "revocations_sku.efi\nrevocations_sbat.efi\nshim_certificate_0.efi\n"

Test(shim, asks_as_the_captured_ones_do)
{
    const struct served files[] = {{"grubx64.efi", "grub", 0}};
    struct pxk_loader_env env = env_efi("shimx64.efi");
    drive(PXK_LOADER_SHIM, &env, files, 1, &run);
    expect_kind(run, PXK_WANT_CHAIN);
    cr_expect_str_eq(run.log, FIRST "grubx64.efi\n");
    cr_expect_eq(run.optional, 3u);
}

Test(shim, stays_in_its_directory)
{
    struct pxk_loader_env env = env_efi("/EFI/fedora/shimx64.efi");
    const struct served files[] = {{"/EFI/fedora/grubx64.efi", "grub", 0}};
    drive(PXK_LOADER_SHIM, &env, files, 1, &run);
    expect_kind(run, PXK_WANT_CHAIN);
    cr_expect_str_eq(run.log, "/EFI/fedora/revocations_sku.efi\n/EFI/fedora/revocations_sbat.efi\n"
                              "/EFI/fedora/shim_certificate_0.efi\n/EFI/fedora/grubx64.efi\n");
    pxk_str_copy(env.boot_file, sizeof env.boot_file, "\\efi\\shim.efi");
    drive(PXK_LOADER_SHIM, &env, NULL, 0, &run);
    cr_expect(strstr(run.log, "\n\\efi\\grubx64.efi\n"));
}

Test(shim, does_not_see_a_name_in_option_67)
{
    struct pxk_loader_env env = env_efi("/EFI/fedora/shimx64.efi");
    env.boot_file_in_option = true;
    drive(PXK_LOADER_SHIM, &env, NULL, 0, &run);
    cr_expect_str_eq(run.log, FIRST "grubx64.efi\ngrubx64.efi\n");
    expect_stop(run, PXK_STOP_NEXT_LOADER_MISSING);
    cr_expect(strstr(run.end.why, "option 67"), "%s", run.end.why);
}

Test(shim, tries_the_default_loader_twice_as_captured)
{
    struct pxk_loader_env env = env_efi("shimx64.efi");
    drive(PXK_LOADER_SHIM, &env, NULL, 0, &run);
    cr_expect_str_eq(run.log, FIRST "grubx64.efi\ngrubx64.efi\n");
    expect_stop(run, PXK_STOP_NEXT_LOADER_MISSING);
    cr_expect(strstr(run.end.why, "grubx64.efi"));
}

Test(shim, a_broken_transfer_is_told_as_one)
{
    struct pxk_loader_env env = env_efi("shimx64.efi");
    const struct served files[] = {{"grubx64.efi", NULL, 0}, {"revocations_sku.efi", NULL, 0}};
    drive(PXK_LOADER_SHIM, &env, files, 2, &run);
    cr_expect_str_eq(run.log, FIRST "grubx64.efi\n");
    expect_stop(run, PXK_STOP_TRANSFER_FAILED);
}

Test(shim, asks_for_certificates_while_there_are_some)
{
    struct pxk_loader_env env = env_efi("shimx64.efi");
    struct served files[16];
    char name[16][40];
    for (unsigned i = 0; i < 16; i++) {
        pxk_fmt(name[i], sizeof name[0], "shim_certificate_%u.efi", i);
        files[i] = (struct served){name[i], "x", 0};
    }
    drive(PXK_LOADER_SHIM, &env, files, 2, &run);
    cr_expect_str_eq(run.log, FIRST
                     "shim_certificate_1.efi\nshim_certificate_2.efi\ngrubx64.efi\ngrubx64.efi\n");
    drive(PXK_LOADER_SHIM, &env, files, 16, &run);
    cr_expect_not(strstr(run.log, "shim_certificate_10.efi"));
}

Test(shim, picks_the_second_stage_by_machine)
{
    static const struct {
        uint16_t machine;
        const char *name;
    } row[] = {{0x014c, "grubia32.efi"},    {0x8664, "grubx64.efi"},
               {0xaa64, "grubaa64.efi"},    {0x01c2, "grubarm.efi"},
               {0x5064, "grubriscv64.efi"}, {0x6264, "grubloongarch64.efi"}};
    struct pxk_loader_env env = env_efi("shim.efi");
    for (size_t i = 0; i < PXK_COUNT(row); i++) {
        env.pe_machine = row[i].machine;
        drive(PXK_LOADER_SHIM, &env, NULL, 0, &run);
        cr_expect(strstr(run.log, row[i].name), "%s", row[i].name);
    }
}

Test(shim, version_15_8_has_one_revocation_file)
{
    struct blob image = set_file("bootx64.efi");
    struct pxk_loader_env env = env_efi("bootx64.efi");
    const struct served files[] = {{"grubx64.efi", "grub", 0}};
    cr_assert(image.n);
    drive_image(PXK_LOADER_SHIM, &env, image.p, image.n, files, 1, &run);
    cr_expect_str_eq(run.log, "revocations.efi\ngrubx64.efi\n");
    expect_kind(run, PXK_WANT_CHAIN);
    blob_done(&image);
}

Test(shim, over_http_the_second_slash_is_real)
{
    struct pxk_loader_env env = env_efi("http://10.77.0.1/shimx64.efi");
    const struct served files[] = {{"http://10.77.0.1//grubx64.efi", "grub", 0}};
    drive(PXK_LOADER_SHIM, &env, files, 1, &run);
    expect_kind(run, PXK_WANT_CHAIN);
    cr_expect_str_eq(run.log,
                     "http://10.77.0.1/revocations_sku.efi\nhttp://10.77.0.1/revocations_sbat.efi\n"
                     "http://10.77.0.1/shim_certificate_0.efi\nhttp://10.77.0.1//grubx64.efi\n");
}

Test(shim, http_wants_carry_path_and_url)
{
    struct pxk_loader_env env = env_efi("http://10.77.0.1/a/shimx64.efi");
    struct pxk_loader *l = NULL;
    struct pxk_want w;
    cr_assert_eq(pxk_loader_new(PXK_LOADER_SHIM, &env, NULL, 0, &l), PXK_OK);
    pxk_loader_next(l, &w);
    cr_expect(w.http);
    cr_expect_str_eq(w.path, "/a/revocations_sku.efi");
    cr_expect_null(pxk_loader_boot(l));
    cr_expect_null(pxk_loader_free(l));
}

Test(loader, has_no_machine_for_others)
{
    struct pxk_loader_env env = env_bios();
    struct pxk_loader *l = NULL;
    cr_expect_eq(pxk_loader_new(PXK_LOADER_IPXE, &env, NULL, 0, &l), PXK_E_UNSUPPORTED);
    cr_expect_eq(pxk_loader_new(PXK_LOADER_NONE, &env, NULL, 0, &l), PXK_E_UNSUPPORTED);
    cr_expect_eq(pxk_loader_new((enum pxk_loader_id)99, &env, NULL, 0, &l), PXK_E_UNSUPPORTED);
    cr_expect_null(l);
}

Test(loader, names_its_enums)
{
    cr_expect_str_eq(pxk_role_key(PXK_ROLE_KERNEL), "kernel");
    cr_expect_str_eq(pxk_stop_key(PXK_STOP_CONFIG_LOOP), "config-loop");
    cr_expect_str_eq(pxk_stop_screen(PXK_STOP_MODULE_MISSING), "Failed to load ldlinux.c32");
    for (unsigned i = 0; i < PXK_STOP_N; i++)
        cr_expect(pxk_stop_key((enum pxk_stop)i)[0]);
    cr_expect_str_eq(pxk_stop_key((enum pxk_stop)99), "unsupported");
}

Test(loader, feeding_after_the_end_changes_nothing)
{
    struct pxk_loader_env env = env_efi("shimx64.efi");
    struct pxk_loader *l = NULL;
    struct pxk_want w;
    cr_assert_eq(pxk_loader_new(PXK_LOADER_SHIM, &env, NULL, 0, &l), PXK_OK);
    for (unsigned i = 0; i < 20; i++)
        pxk_loader_feed(l, PXK_FETCHED_MISSING, NULL, 0);
    pxk_loader_next(l, &w);
    cr_expect_eq(w.kind, PXK_WANT_STOP);
    cr_expect_eq(pxk_loader_asked(l), 5u);
    pxk_loader_free(l);
}
