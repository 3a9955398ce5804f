#include "loader_drive.h"

#define SEARCH                                                                                     \
    "ldlinux.c32\n"                                                                                \
    "pxelinux.cfg/01-52-54-00-77-00-01\n"                                                          \
    "pxelinux.cfg/0A4D00B4\npxelinux.cfg/0A4D00B\npxelinux.cfg/0A4D00\npxelinux.cfg/0A4D0\n"       \
    "pxelinux.cfg/0A4D\npxelinux.cfg/0A4\npxelinux.cfg/0A\npxelinux.cfg/0\n"                       \
    "pxelinux.cfg/default\n"
#define CFG "pxelinux.cfg/default"

static struct run run;

/* Runs pxelinux.0 with @config as pxelinux.cfg/default and every other name served but
 * "missing...". */
static void with(const char *config)
{
    static const char *const names[] = {
        "ldlinux.c32",
        "k",
        "i",
        "i1",
        "i2",
        "linux",
        "initrd.gz",
        "/abs/k",
        "menu.c32",
        "vesamenu.c32",
        "libcom32.c32",
        "libutil.c32",
        "bg.png",
        "chain.c32",
        "other.0",
        "pxechn.c32",
        "linux.c32",
        "ifcpu64.c32",
        "odd.c32",
        "10.0.0.9:k",
        "http://10.0.0.9/k",
        "tftp://boot.example/k",
    };
    struct served files[40];
    size_t n = 0;
    struct pxk_loader_env env = env_bios();
    for (size_t i = 0; i < PXK_COUNT(names); i++)
        files[n++] = (struct served){names[i], "x", 0};
    files[n++] = (struct served){CFG, config, 0};
    drive(PXK_LOADER_PXELINUX, &env, files, n, &run);
}

static const char *after_search(void)
{
    const char *at = strstr(run.log, CFG "\n");
    return at ? at + strlen(CFG "\n") : run.log;
}

Test(pxelinux, asks_as_the_captured_ones_do)
{
    const struct served files[] = {
        {"ldlinux.c32", "x", 0},
        {CFG, "DEFAULT lab\nLABEL lab\n KERNEL lab/linux\n APPEND initrd=lab/initrd.gz quiet\n", 0},
        {"lab/linux", "k", 0},
        {"lab/initrd.gz", "i", 0},
    };
    struct pxk_loader_env env = env_bios();
    drive(PXK_LOADER_PXELINUX, &env, files, PXK_COUNT(files), &run);
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(run.log, SEARCH "lab/linux\nlab/initrd.gz\n");
    cr_expect_str_eq(run.boot.label, "lab");
    cr_expect_str_eq(run.boot.kernel, "lab/linux");
    cr_expect_eq(run.boot.initrd_n, 1u);
    cr_expect_str_eq(run.boot.initrd[0], "lab/initrd.gz");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=lab/linux initrd=lab/initrd.gz quiet");
    cr_expect_not(run.boot.waits_for_key);
    cr_expect_eq(run.asked, 13u);
}

Test(pxelinux, without_ldlinux_it_looks_in_the_captured_places)
{
    struct pxk_loader_env env = env_bios();
    drive(PXK_LOADER_PXELINUX, &env, NULL, 0, &run);
    expect_stop(run, PXK_STOP_MODULE_MISSING);
    cr_expect_str_eq(run.log, "ldlinux.c32\n/boot/isolinux/ldlinux.c32\n/isolinux/ldlinux.c32\n"
                              "/boot/syslinux/ldlinux.c32\n/syslinux/ldlinux.c32\n/ldlinux.c32\n");
    cr_expect(strstr(run.end.why, "ldlinux.c32"));
}

Test(pxelinux, searches_uuid_mac_and_shortening_address)
{
    const struct served files[] = {{"boot/ldlinux.c32", "x", 0}};
    struct pxk_loader_env env = env_bios();
    pxk_str_copy(env.boot_file, sizeof env.boot_file, "boot/pxelinux.0");
    env.has_uuid = true;
    cr_assert_eq(pxk_uuid_parse("b8945908-d6a6-41a9-611d-74a6ab80b83d", &env.uuid), PXK_OK);
    env.ip = PXK_IP4(192, 168, 2, 91);
    drive(PXK_LOADER_PXELINUX, &env, files, 1, &run);
    expect_stop(run, PXK_STOP_CONFIG_MISSING);
    cr_expect_str_eq(run.log,
                     "boot/ldlinux.c32\n"
                     "boot/pxelinux.cfg/b8945908-d6a6-41a9-611d-74a6ab80b83d\n"
                     "boot/pxelinux.cfg/01-52-54-00-77-00-01\n"
                     "boot/pxelinux.cfg/C0A8025B\nboot/pxelinux.cfg/C0A8025\n"
                     "boot/pxelinux.cfg/C0A802\nboot/pxelinux.cfg/C0A80\n"
                     "boot/pxelinux.cfg/C0A8\nboot/pxelinux.cfg/C0A\nboot/pxelinux.cfg/C0\n"
                     "boot/pxelinux.cfg/C\nboot/pxelinux.cfg/default\n");
    cr_expect(strstr(run.end.why, "11 names"), "%s", run.end.why);
    /* byte 6 below 0x10: firmware without a UUID */
    env.uuid.b[6] = 0x0f;
    drive(PXK_LOADER_PXELINUX, &env, files, 1, &run);
    cr_expect_not(strstr(run.log, "b8945908"));
}

Test(pxelinux, prefix_comes_from_option_210_or_the_boot_file)
{
    struct pxk_loader_env env = env_bios();
    pxk_str_copy(env.path_prefix, sizeof env.path_prefix, "pxe/a_");
    drive(PXK_LOADER_PXELINUX, &env, NULL, 0, &run);
    cr_expect(pxk_str_starts(run.log, "pxe/a_ldlinux.c32\n"));
    env.path_prefix[0] = '\0';
    pxk_str_copy(env.boot_file, sizeof env.boot_file, "C:\\dir\\pxelinux.0");
    drive(PXK_LOADER_PXELINUX, &env, NULL, 0, &run);
    cr_expect(pxk_str_starts(run.log, "C:\\dir\\ldlinux.c32\n"));
    pxk_str_copy(env.boot_file, sizeof env.boot_file, "10.0.0.9::dir/pxelinux.0");
    drive(PXK_LOADER_PXELINUX, &env, NULL, 0, &run);
    cr_expect(pxk_str_starts(run.log, "10.0.0.9:dir/ldlinux.c32\n/boot"));
    pxk_str_copy(env.boot_file, sizeof env.boot_file, "http://h/d/lpxelinux.0");
    drive(PXK_LOADER_PXELINUX, &env, NULL, 0, &run);
    cr_expect(pxk_str_starts(run.log, "http://h/d/ldlinux.c32\n"));
}

Test(pxelinux, option_209_is_tried_first)
{
    const struct served files[] = {
        {"ldlinux.c32", "x", 0}, {"my.cfg", "DEFAULT k", 0}, {"k", "k", 0}};
    struct pxk_loader_env env = env_bios();
    pxk_str_copy(env.config_file, sizeof env.config_file, "my.cfg");
    drive(PXK_LOADER_PXELINUX, &env, files, 3, &run);
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(run.log, "ldlinux.c32\nmy.cfg\nk\n");
    drive(PXK_LOADER_PXELINUX, &env, files, 1, &run);
    cr_expect(pxk_str_starts(run.log, "ldlinux.c32\nmy.cfg\npxelinux.cfg/01-"));
}

Test(pxelinux, on_efi_the_core_is_ldlinux_e64)
{
    const struct served files[] = {{"ldlinux.e64", "x", 0}, {CFG, "DEFAULT k", 0}, {"k", "k", 0}};
    struct pxk_loader_env env = env_efi("syslinux.efi");
    drive(PXK_LOADER_PXELINUX, &env, files, 3, &run);
    expect_kind(run, PXK_WANT_BOOT);
    env.pe_machine = 0x014c;
    drive(PXK_LOADER_PXELINUX, &env, files, 3, &run);
    cr_expect(pxk_str_starts(run.log, "ldlinux.e32\n/boot/isolinux/ldlinux.e32\n"));
}

Test(pxelinux, a_module_found_elsewhere_brings_its_path)
{
    const struct served files[] = {
        {"/syslinux/ldlinux.c32", "x", 0}, {CFG, "UI menu.c32\nLABEL a\nKERNEL k", 0},
        {"/syslinux/menu.c32", "x", 0},    {"/syslinux/libcom32.c32", "x", 0},
        {"/syslinux/libutil.c32", "x", 0}, {"k", "k", 0}};
    struct pxk_loader_env env = env_bios();
    drive(PXK_LOADER_PXELINUX, &env, files, PXK_COUNT(files), &run);
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(after_search(),
                     "menu.c32\n/syslinux/menu.c32\nlibcom32.c32\n/syslinux/libcom32.c32\n"
                     "libutil.c32\n/syslinux/libutil.c32\n" CFG "\nk\n");
}

Test(pxelinux, a_search_without_answers_is_a_transfer_that_failed)
{
    const struct served files[] = {{"ldlinux.c32", "x", 0},
                                   {"pxelinux.cfg/01-52-54-00-77-00-01", NULL, 0}};
    struct pxk_loader_env env = env_bios();
    drive(PXK_LOADER_PXELINUX, &env, files, 2, &run);
    expect_stop(run, PXK_STOP_TRANSFER_FAILED);
    const struct served none[] = {{"ldlinux.c32", NULL, 0}};
    drive(PXK_LOADER_PXELINUX, &env, none, 1, &run);
    expect_stop(run, PXK_STOP_TRANSFER_FAILED);
}

Test(pxelinux, an_empty_file_is_no_file)
{
    const struct served files[] = {{"ldlinux.c32", "x", 0},
                                   {"pxelinux.cfg/0A4D00B4", "", 0},
                                   {CFG, "DEFAULT k", 0},
                                   {"k", "k", 0}};
    struct pxk_loader_env env = env_bios();
    drive(PXK_LOADER_PXELINUX, &env, files, 4, &run);
    expect_kind(run, PXK_WANT_BOOT);
}

Test(pxelinux, appends_by_the_rules)
{
    with("APPEND global=1\nIPAPPEND 2\nDEFAULT a extra\nLABEL a\nKERNEL k\n");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=k global=1 extra BOOTIF=01-52-54-00-77-00-01");
    with("APPEND global=1\nDEFAULT a\nLABEL a\nKERNEL k\nAPPEND own\n");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=k own");
    with("APPEND global=1\nDEFAULT a\nLABEL a\nKERNEL k\nAPPEND -\n");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=k");
    with("DEFAULT a\nLABEL a\nLINUX k\nINITRD i1,i2\nAPPEND own\nSYSAPPEND 0x1\n");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=k initrd=i1,i2 own "
                                       "ip=10.77.0.180:10.77.0.1:10.77.0.254:255.255.255.0");
    cr_expect_str_eq(after_search(), "k\ni1\ni2\n");
    with("DEFAULT a\r\n  label a  \r\n\tKernel k\t\r\n# x\n  # initrd i\n");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=k");
    with("DEFAULT linux\nLABEL other\nKERNEL k\n");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=linux");
    with("DEFAULT a\nLABEL a\nKERNEL k q initrd=i1\nAPPEND b initrd=i2 c\n");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=k q initrd=i1 b initrd=i2 c");
    cr_expect_str_eq(after_search(), "k\ni2\n");
}

Test(pxelinux, sysuuid_is_in_wire_order)
{
    const struct served files[] = {
        {"ldlinux.c32", "x", 0}, {CFG, "DEFAULT k\nSYSAPPEND 6", 0}, {"k", "k", 0}};
    struct pxk_loader_env env = env_bios();
    env.has_uuid = true;
    cr_assert_eq(pxk_uuid_parse("b8945908-d6a6-41a9-611d-74a6ab80b83d", &env.uuid), PXK_OK);
    drive(PXK_LOADER_PXELINUX, &env, files, 3, &run);
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=k BOOTIF=01-52-54-00-77-00-01 "
                                       "SYSUUID=b8945908-d6a6-41a9-611d-74a6ab80b83d");
}

Test(pxelinux, names_may_leave_the_directory_and_the_server)
{
    const struct served files[] = {
        {"d/ldlinux.c32", "x", 0},
        {"d/" CFG,
         "DEFAULT /abs/k initrd=i,10.0.0.9::i2,http://10.0.0.9/i3,::i4,tftp://n.example/i5", 0},
        {"/abs/k", "k", 0},
        {"d/i", "i", 0},
        {"10.0.0.9:i2", "i", 0},
        {"http://10.0.0.9/i3", "i", 0},
        {"i4", "i", 0},
        {"tftp://n.example/i5", "i", 0},
    };
    struct pxk_loader_env env = env_bios();
    pxk_str_copy(env.boot_file, sizeof env.boot_file, "d/pxelinux.0");
    drive(PXK_LOADER_PXELINUX, &env, files, PXK_COUNT(files), &run);
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_eq(run.boot.initrd_n, 5u);
    cr_expect_str_eq(run.boot.initrd[0], "d/i");
}

Test(pxelinux, missing_kernel_and_initrd_are_told_with_file_and_line)
{
    with("DEFAULT a\nLABEL a\n  KERNEL missing/k\n");
    expect_stop(run, PXK_STOP_KERNEL_MISSING);
    cr_expect_str_eq(
        run.end.why,
        "pxelinux.cfg/default line 3 names the kernel missing/k, which is not on the server");
    with("DEFAULT a\nLABEL a\n  KERNEL k\n\n  APPEND initrd=missing\n");
    expect_stop(run, PXK_STOP_INITRD_MISSING);
    cr_expect(strstr(run.end.why, "line 5 names the initrd missing"), "%s", run.end.why);
    const struct served files[] = {{"ldlinux.c32", "x", 0}, {CFG, "DEFAULT k", 0}, {"k", NULL, 0}};
    struct pxk_loader_env env = env_bios();
    drive(PXK_LOADER_PXELINUX, &env, files, 3, &run);
    expect_stop(run, PXK_STOP_TRANSFER_FAILED);
    cr_expect(strstr(run.end.why, "k, which did not arrive"));
}

Test(pxelinux, onerror_is_tried_once)
{
    with("ONERROR k from\nDEFAULT missing\n");
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=k from missing");
    with("ONERROR missing2\nDEFAULT missing\n");
    expect_stop(run, PXK_STOP_KERNEL_MISSING);
}

Test(pxelinux, waits_where_nobody_presses_a_key)
{
    with("DEFAULT k\nPROMPT 1\n");
    cr_expect(run.boot.waits_for_key);
    with("DEFAULT k\nPROMPT 1\nTIMEOUT 50\n");
    cr_expect_not(run.boot.waits_for_key);
    cr_expect_eq(run.boot.timeout_ds, 50u);
    with("DEFAULT k\nPROMPT 1\nTIMEOUT 50\nONTIMEOUT linux\n");
    cr_expect_str_eq(run.boot.kernel, "linux");
    with("DEFAULT k\nTIMEOUT 50\n");
    cr_expect_eq(run.boot.timeout_ds, 0u, "no prompt, no waiting");
    with("UI menu.c32\nLABEL a\nKERNEL k\nTIMEOUT 0\n");
    cr_expect(run.boot.waits_for_key);
    with("UI menu.c32\nTOTALTIMEOUT 70\nLABEL a\nKERNEL k\n");
    cr_expect_not(run.boot.waits_for_key);
    cr_expect_eq(run.boot.timeout_ds, 70u);
    with("UI menu.c32\nTIMEOUT 10\nLABEL a\nKERNEL k\nMENU PASSWD x\n");
    cr_expect(run.boot.waits_for_key);
}

Test(pxelinux, nothing_to_boot)
{
    with("# empty\n");
    expect_stop(run, PXK_STOP_CONFIG_EMPTY);
    with("LABEL a\nKERNEL k\n");
    expect_stop(run, PXK_STOP_NO_DEFAULT);
    with("DEFAULT nolabel\nIMPLICIT 0\nLABEL a\nKERNEL k\n");
    expect_stop(run, PXK_STOP_NO_DEFAULT);
    with("UI menu.c32\n");
    expect_stop(run, PXK_STOP_CONFIG_EMPTY);
    with("UI menu.c32\nLABEL a\nMENU HIDE\nKERNEL k\n");
    expect_stop(run, PXK_STOP_NO_DEFAULT);
}

Test(pxelinux, menus_load_their_libraries_and_read_again)
{
    with("UI vesamenu.c32\nMENU BACKGROUND bg.png\nTIMEOUT 30\nLABEL a\nKERNEL k\nLABEL b\nMENU "
         "DEFAULT\nKERNEL linux\n");
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(after_search(),
                     "vesamenu.c32\nlibcom32.c32\nlibutil.c32\n" CFG "\nbg.png\nlinux\n");
    cr_expect_eq(run.boot.entries, 2u);
    cr_expect_eq(run.boot.timeout_ds, 30u);
    with("DEFAULT menu.c32 ~ more.cfg\nMENU BACKGROUND bg.png\nLABEL a\nKERNEL k\n");
    cr_expect_str_eq(after_search(), "menu.c32\nlibcom32.c32\nlibutil.c32\n" CFG "\nmore.cfg\nk\n");
    with("UI missing/menu.c32\nLABEL a\nKERNEL k\n");
    expect_stop(run, PXK_STOP_MODULE_MISSING);
    with("PATH p:q/\nUI missing.c32\nLABEL a\nKERNEL k\n");
    cr_expect_str_eq(after_search(), "missing.c32\np/missing.c32\nq/missing.c32\n");
}

Test(pxelinux, submenus_lead_to_an_entry)
{
    with("UI menu.c32\nMENU BEGIN x\nLABEL a\nKERNEL k\nMENU END\nLABEL b\nKERNEL linux\n");
    cr_expect_str_eq(run.boot.kernel, "k", "the submenu is the first entry");
    with("UI menu.c32\nMENU SEPARATOR\nMENU BEGIN x\nLABEL a\nKERNEL k\nMENU END\nLABEL b\nMENU "
         "DEFAULT\nKERNEL linux\n");
    cr_expect_str_eq(run.boot.kernel, "linux");
    with("UI menu.c32\nDEFAULT a\nMENU BEGIN x\nLABEL c\nKERNEL i\nLABEL a\nKERNEL k\nMENU "
         "END\nLABEL b\nKERNEL linux\n");
    cr_expect_str_eq(run.boot.kernel, "k", "DEFAULT names a label of a submenu");
    with("UI menu.c32\nLABEL b\nKERNEL linux\nMENU BEGIN x\nMENU DEFAULT\nLABEL a\nKERNEL k\nMENU "
         "END\n");
    cr_expect_str_eq(run.boot.kernel, "k");
    with("UI menu.c32\nLABEL q\nMENU GOTO x\nLABEL b\nKERNEL linux\nMENU BEGIN x\nLABEL e\nMENU "
         "DEFAULT\nMENU EXIT\nMENU END\n");
    expect_stop(run, PXK_STOP_NO_DEFAULT);
    with("UI menu.c32\nLABEL a\nMENU DISABLE\nKERNEL k\nLABEL b\nTEXT HELP\nKERNEL "
         "i\nENDTEXT\nKERNEL linux\n");
    cr_expect_str_eq(run.boot.kernel, "linux");
}

Test(pxelinux, hands_over_to_others)
{
    with("DEFAULT a\nLABEL a\nLOCALBOOT 0\n");
    expect_kind(run, PXK_WANT_LOCAL);
    with("DEFAULT a\nLABEL a\nKERNEL chain.c32\nAPPEND hd0 0\n");
    expect_kind(run, PXK_WANT_LOCAL);
    with("DEFAULT a\nLABEL a\nKERNEL other.0\n");
    expect_kind(run, PXK_WANT_CHAIN);
    with("DEFAULT a\nLABEL a\nKERNEL pxechn.c32\nAPPEND 10.0.0.9::k\n");
    expect_kind(run, PXK_WANT_CHAIN);
    with("DEFAULT a\nLABEL a\nPXE missing.0\n");
    expect_stop(run, PXK_STOP_NEXT_LOADER_MISSING);
    with("DEFAULT a\nLABEL a\nKERNEL linux.c32 k initrd=i q\n");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=k initrd=i q");
    with("DEFAULT a\nLABEL a\nKERNEL ifcpu64.c32\nAPPEND b -- c\nLABEL b\nKERNEL k\nLABEL "
         "c\nKERNEL linux\n");
    cr_expect_str_eq(run.boot.kernel, "k");
    with("DEFAULT a\nLABEL a\nKERNEL floppy.img\n");
    expect_stop(run, PXK_STOP_UNSUPPORTED);
    with("DEFAULT a\nLABEL a\nCOM32 odd.c32\n");
    expect_stop(run, PXK_STOP_UNSUPPORTED);
}

Test(pxelinux, includes_nest_and_loops_are_found)
{
    struct pxk_loader_env env = env_bios();
    const struct served nest[] = {{"ldlinux.c32", "x", 0},
                                  {CFG, "INCLUDE a.cfg\nMENU INCLUDE b.cfg tag\nDEFAULT x\n", 0},
                                  {"a.cfg", "INCLUDE none.cfg\nLABEL x\nKERNEL k\nAPPEND y\n", 0},
                                  {"b.cfg", "LABEL z\nKERNEL z\n", 0},
                                  {"k", "k", 0}};
    drive(PXK_LOADER_PXELINUX, &env, nest, PXK_COUNT(nest), &run);
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(after_search(), "a.cfg\nnone.cfg\nb.cfg\nk\n");
    const struct served loop[] = {{"ldlinux.c32", "x", 0},
                                  {CFG, "\nINCLUDE a.cfg\n", 0},
                                  {"a.cfg", "#\n\nINCLUDE " CFG "\n", 0}};
    drive(PXK_LOADER_PXELINUX, &env, loop, PXK_COUNT(loop), &run);
    expect_stop(run, PXK_STOP_CONFIG_LOOP);
    cr_expect(strstr(run.end.why, "a.cfg line 3 includes " CFG), "%s", run.end.why);
}

Test(pxelinux, config_replaces_and_must_not_come_back)
{
    struct pxk_loader_env env = env_bios();
    const struct served good[] = {{"ldlinux.c32", "x", 0},
                                  {CFG, "DEFAULT a\nLABEL a\nCONFIG d/b.cfg d\n", 0},
                                  {"d/b.cfg", "DEFAULT k\n", 0},
                                  {"d/k", "k", 0}};
    drive(PXK_LOADER_PXELINUX, &env, good, PXK_COUNT(good), &run);
    expect_kind(run, PXK_WANT_BOOT);
    const struct served loop[] = {{"ldlinux.c32", "x", 0},
                                  {CFG, "DEFAULT a\nLABEL a\nCONFIG b.cfg\n", 0},
                                  {"b.cfg", "DEFAULT a\nLABEL a\nCONFIG " CFG "\n", 0}};
    drive(PXK_LOADER_PXELINUX, &env, loop, PXK_COUNT(loop), &run);
    expect_stop(run, PXK_STOP_CONFIG_LOOP);
    with("DEFAULT a\nLABEL a\nCONFIG missing.cfg\n");
    expect_stop(run, PXK_STOP_CONFIG_MISSING);
    with("DEFAULT a\nLABEL a\nKERNEL menu.c32\n");
    expect_stop(run, PXK_STOP_CONFIG_LOOP);
}

static struct served served_data(const char *path)
{
    static char names[32][256];
    static unsigned n;
    char full[300];
    pxk_fmt(full, sizeof full, "debian12/%s", path);
    char *text = test_data(full);
    cr_assert(text, "%s", full);
    pxk_str_copy(names[n], sizeof names[0], path);
    return (struct served){names[n++], text, 0};
}

#define SCREENS "debian-installer/amd64/boot-screens/"

Test(pxelinux, debian_12_installer_tree)
{
    static const char *const text[] = {
        SCREENS "addrk.cfg",    SCREENS "adtxt.cfg",   SCREENS "drk.cfg",    SCREENS "drkmenu.cfg",
        SCREENS "exithelp.cfg", SCREENS "menu.cfg",    SCREENS "prompt.cfg", SCREENS "rqdrk.cfg",
        SCREENS "rqtxt.cfg",    SCREENS "stdmenu.cfg", SCREENS "txt.cfg",    CFG,
    };
    static const char *const other[] = {
        "ldlinux.c32",
        SCREENS "vesamenu.c32",
        SCREENS "libcom32.c32",
        SCREENS "libutil.c32",
        SCREENS "splash.png",
        "debian-installer/amd64/linux",
        "debian-installer/amd64/initrd.gz",
    };
    struct served files[32];
    size_t n = 0;
    for (size_t i = 0; i < PXK_COUNT(text); i++)
        files[n++] = served_data(text[i]);
    for (size_t i = 0; i < PXK_COUNT(other); i++)
        files[n++] = (struct served){other[i], "x", 0};
    struct pxk_loader_env env = env_bios();
    drive(PXK_LOADER_PXELINUX, &env, files, n, &run);
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(run.boot.label, "install");
    cr_expect_str_eq(run.boot.kernel, "debian-installer/amd64/linux");
    cr_expect_str_eq(run.boot.initrd[0], "debian-installer/amd64/initrd.gz");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=debian-installer/amd64/linux vga=788 "
                                       "initrd=debian-installer/amd64/initrd.gz --- quiet");
    cr_expect(run.boot.waits_for_key, "timeout 0");
    /* modules are not beside the loader but on PATH */
    cr_expect(strstr(run.log, SCREENS "vesamenu.c32\nlibcom32.c32\n" SCREENS
                                      "libcom32.c32\nlibutil.c32\n" SCREENS "libutil.c32\n" CFG
                                      "\n" SCREENS "menu.cfg\n"),
              "%s", run.log);
    cr_expect(strstr(run.log, SCREENS "splash.png\ndebian-installer/amd64/linux\n"));
    for (size_t i = 0; i < PXK_COUNT(text); i++)
        free((char *)(uintptr_t)files[i].text);
}

Test(pxelinux, reads_what_a_module_needs_from_its_bytes)
{
    /* ELF32: header, PT_LOAD and PT_DYNAMIC, dynamic section, strings */
    static unsigned char elf[256];
    memcpy(elf, "\177ELF\1\1\1", 7);
    elf[28] = 52; /* program headers */
    elf[44] = 2;
    unsigned char *load = elf + 52, *dyn = elf + 84;
    load[0] = 1;
    load[8] = 0x10; /* mapped 16 bytes up */
    load[16] = 255;
    dyn[0] = 2;
    dyn[4] = 128;
    dyn[16] = 32;
    memcpy(elf + 128, "\1\0\0\0\1\0\0\0\1\0\0\0\7\0\0\0\5\0\0\0\xd0\0\0\0", 24);
    memcpy(elf + 192, "\0a.c32\0b.c32", 13);
    const struct served files[] = {{"ldlinux.c32", "x", 0},
                                   {CFG, "UI menu.c32\nLABEL a\nKERNEL k\n", 0},
                                   {"menu.c32", (const char *)elf, sizeof elf},
                                   {"b.c32", "x", 0},
                                   {"a.c32", "x", 0},
                                   {"k", "k", 0},
                                   {"libcom32.c32", "x", 0},
                                   {"libutil.c32", "x", 0}};
    struct pxk_loader_env env = env_bios();
    drive(PXK_LOADER_PXELINUX, &env, files, PXK_COUNT(files), &run);
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect(strstr(run.log, "menu.c32\na.c32\n"), "%s", run.log);
    cr_expect(strstr(run.log, "b.c32\n"));
    for (size_t cut = 1; cut < sizeof elf; cut++) {
        struct served part[PXK_COUNT(files)];
        memcpy(part, files, sizeof files);
        part[2].len = cut;
        drive(PXK_LOADER_PXELINUX, &env, part, PXK_COUNT(part), &run);
        cr_expect_neq(run.end.kind, PXK_WANT_FILE);
    }
}

Test(pxelinux, ends_whatever_the_text)
{
    static const char *const line[] = {
        "DEFAULT a",
        "LABEL a",
        "LABEL b",
        "KERNEL menu.c32",
        "KERNEL vesamenu.c32",
        "KERNEL k",
        "CONFIG c.cfg",
        "INCLUDE d.cfg",
        "MENU INCLUDE e.cfg t",
        "MENU BEGIN t",
        "MENU END",
        "MENU GOTO t",
        "MENU EXIT",
        "MENU DEFAULT",
        "APPEND a",
        "UI menu.c32 x.cfg",
        "ONERROR a",
        "ONTIMEOUT b",
        "TIMEOUT 5",
        "PROMPT 1",
        "INITRD i,i,i",
        "DISPLAY x",
        "KERNEL ifcpu64.c32",
        "APPEND a -- b",
        "MENU BACKGROUND y",
        "PATH p:q",
        "CONFIG k d",
        "MENU START",
        "MENU QUIT",
        "TEXT HELP",
        "ENDTEXT",
        "KERNEL whichsys.c32",
        "APPEND -pxe- a -iso- b",
    };
    struct pxk_rand r = pxk_rand_init(7);
    struct pxk_loader_env env = env_bios();
    for (unsigned round = 0; round < 400; round++) {
        struct pxk_loader *l = NULL;
        struct pxk_want w;
        unsigned asks = 0;
        cr_assert_eq(pxk_loader_new(PXK_LOADER_PXELINUX, &env, NULL, 0, &l), PXK_OK);
        for (pxk_loader_next(l, &w); w.kind == PXK_WANT_FILE; pxk_loader_next(l, &w)) {
            char text[2048];
            struct pxk_str b = pxk_str_init(text, sizeof text);
            for (unsigned i = pxk_rand_below(&r, 20) + 1; i; i--)
                pxk_str_addf(&b, "%s\n", line[pxk_rand_below(&r, PXK_COUNT(line))]);
            cr_assert_leq(++asks, 500u);
            bool ok = pxk_rand_below(&r, 10) > 0;
            pxk_loader_feed(l, ok ? PXK_FETCHED_OK : PXK_FETCHED_MISSING, text, b.len);
        }
        pxk_loader_free(l);
    }
}
