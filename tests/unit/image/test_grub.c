#include "loader_drive.h"
#include "make_image.h"

static struct run run;

#define LISTS                                                                                      \
    "/grub/x86_64-efi/command.lst\n/grub/x86_64-efi/fs.lst\n/grub/x86_64-efi/crypto.lst\n"         \
    "/grub/x86_64-efi/terminal.lst\n"

/* A GRUB image: the boot set's, with the module block rewritten. Its modules stay, unless @bare. */
struct grub_plan {
    const char *config, *prefix, *memdisk; /* NULL: not in it; memdisk: its grub.cfg */
    bool net_search, fw_path, bare;
};

static void object(struct blob *b, uint32_t type, const void *data, size_t n)
{
    uint8_t head[8];
    size_t room = (n + 1 + 7) & ~(size_t)7;
    put32(head, type);
    put32(head + 4, (uint32_t)room + 8);
    blob_add(b, head, 8);
    blob_add(b, data, n);
    blob_zero(b, room - n);
}

static void object_memdisk(struct blob *b, const char *text)
{
    struct blob tar = {NULL, 0};
    uint8_t head[512] = "grub.cfg";
    snprintf((char *)head + 124, 12, "%011o", (unsigned)strlen(text));
    memcpy(head + 257, "ustar", 5);
    blob_add(&tar, head, sizeof head);
    blob_add(&tar, text, strlen(text));
    blob_zero(&tar, 1024 - strlen(text) % 512);
    object(b, 1, tar.p, tar.n);
    blob_done(&tar);
}

static struct blob grub_image(const struct grub_plan *plan)
{
    struct blob image = set_file("grubx64.efi"), objects = {NULL, 0};
    uint8_t *mods = memmem(image.p, image.n, "mimg", 4);
    cr_assert(mods);
    size_t size = mods[16] | (size_t)mods[17] << 8 | (size_t)mods[18] << 16, at = 24;
    while (!plan->bare && at + 8 < size) { /* keep the ELF objects, type 0 */
        size_t n = mods[at + 4] | (size_t)mods[at + 5] << 8;
        if (mods[at] == 0)
            blob_add(&objects, mods + at, n);
        at += n;
    }
    if (plan->config)
        object(&objects, 2, plan->config, strlen(plan->config));
    if (plan->memdisk)
        object_memdisk(&objects, plan->memdisk);
    if (plan->prefix)
        object(&objects, 3, plan->prefix, strlen(plan->prefix));
    size_t room = image.n - (size_t)(mods - image.p) - 24 - 0x2000; /* .sbat and .reloc behind it */
    cr_assert_leq(objects.n, room, "%zu bytes of objects, room for %zu", objects.n, room);
    memset(mods + 24, 0, room);
    memcpy(mods + 24, objects.p, objects.n);
    put64(mods + 16, objects.n + 24);
    if (plan->net_search)
        memcpy(image.p + 0x1800, "feature_net_search_cfg", 23);
    if (plan->fw_path)
        memcpy(image.p + 0x1900, "fw_path", 8);
    blob_done(&objects);
    return image;
}

static void drive_plan(const struct grub_plan *plan, const struct pxk_loader_env *env,
                       const struct served *files, size_t n)
{
    struct blob image = grub_image(plan);
    struct pxk_image seen = look(image.p, image.n);
    cr_assert_eq(seen.loader, PXK_LOADER_GRUB);
    cr_assert_eq(seen.grub.net_search, plan->net_search);
    cr_assert_eq(seen.grub.fw_path, plan->fw_path);
    cr_assert_str_eq(seen.grub.prefix, plan->prefix ? plan->prefix : "");
    drive_image(PXK_LOADER_GRUB, env, image.p, image.n, files, n, &run);
    blob_done(&image);
}

/* Debian's netboot GRUB: a memdisk whose grub.cfg sources the one below the prefix. */
static const struct grub_plan debian = {
    .config = "normal (memdisk)/grub.cfg\n",
    .prefix = "/grub",
    .memdisk = "if [ -e $prefix/x86_64-efi/grub.cfg ]; then\n\tsource $prefix/x86_64-efi/grub.cfg\n"
               "else\n\tsource $prefix/grub.cfg\nfi\n",
    .net_search = true,
};

static const char lab[] =
    "set timeout=1\nmenuentry 'lab' {\n  linux /lab/linux quiet\n  initrd /lab/initrd.gz\n}\n";

/* @config as grub.cfg of an unknown image in the root directory; names without "missing" are
 * served. */
static void with(const char *config)
{
    static const char *const names[] = {
        "/k",
        "/i",
        "/i2",
        "/k2",
        "/x.efi",
        "/font.pf2",
        "/bg.png",
        "10.0.0.9:/k",
        "http://10.0.0.9/k",
        "http://10.0.0.9:8080/d/k",
        "tftp://boot.example/k",
        "k",
    };
    struct served files[24];
    size_t n = 0;
    struct pxk_loader_env env = env_efi("grubx64.efi");
    for (size_t i = 0; i < PXK_COUNT(names); i++)
        files[n++] = (struct served){names[i], "x", 0};
    files[n++] = (struct served){"/grub.cfg", config, 0};
    files[n++] = (struct served){"/sub.cfg",
                                 "set from_sub=1\nset x=sub\nmenuentry s { linux /k sub $y }\n", 0};
    files[n++] = (struct served){"/lib.cfg",
                                 "set lib=1\nfunction f {\n linux /k \"$1\" $# $2\n}\nfalse\n", 0};
    files[n++] =
        (struct served){"/vars", "# GRUB Environment Block\nsaved_entry=b\nz=1 2\n####", 0};
    drive(PXK_LOADER_GRUB, &env, files, n, &run);
}

static const char *after_cfg(void)
{
    const char *at = strstr(run.log, "/grub.cfg\n");
    return at ? at + strlen("/grub.cfg\n") : "";
}

/* What `linux /k ARGS` of a lone entry makes of its arguments, without "BOOT_IMAGE=/k". */
static const char *args(const char *text)
{
    static char config[4096];
    pxk_fmt(config, sizeof config,
            "set timeout=0\nset a='1 2'\nset b=x\nmenuentry m {\n linux /k %s\n}\n", text);
    with(config);
    return pxk_str_starts(run.boot.cmdline, "BOOT_IMAGE=/k ") ? run.boot.cmdline + 14
                                                              : run.boot.cmdline;
}

Test(grub, asks_as_the_captured_debian_one_does)
{
    const struct served files[] = {
        {"/grub/grub.cfg", lab, 0}, {"/lab/linux", "k", 0}, {"/lab/initrd.gz", "i", 0}};
    struct pxk_loader_env env = env_efi("shimx64.efi");
    drive_plan(&debian, &env, files, 3);
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(run.log, LISTS "/grub/grub.cfg\n/lab/linux\n/lab/initrd.gz\n");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=/lab/linux quiet");
    cr_expect_str_eq(run.boot.label, "lab");
    cr_expect_eq(run.boot.timeout_ds, 10u);
    cr_expect_eq(run.boot.entries, 1u);
    cr_expect_not(run.boot.waits_for_key);
}

Test(grub, missing_configuration_as_captured)
{
    struct pxk_loader_env env = env_efi("shimx64.efi");
    drive_plan(&debian, &env, NULL, 0);
    cr_expect_str_eq(run.log, LISTS "/grub/grub.cfg\n");
    expect_stop(run, PXK_STOP_CONFIG_MISSING);
    cr_expect(strstr(run.end.why, "/grub/grub.cfg"), "%s", run.end.why);
    const struct served silent[] = {{"/grub/grub.cfg", NULL, 0}};
    drive_plan(&debian, &env, silent, 1);
    expect_stop(run, PXK_STOP_TRANSFER_FAILED);
}

Test(grub, missing_kernel_as_captured)
{
    const struct served files[] = {{"/grub/grub.cfg", lab, 0}, {"/lab/initrd.gz", "i", 0}};
    struct pxk_loader_env env = env_efi("shimx64.efi");
    drive_plan(&debian, &env, files, 2);
    cr_expect_str_eq(run.log, LISTS "/grub/grub.cfg\n/lab/linux\n", "no initrd without a kernel");
    expect_stop(run, PXK_STOP_KERNEL_MISSING);
    cr_expect_str_eq(
        run.end.why,
        "/grub/grub.cfg line 3 names the kernel /lab/linux, which is not on the server");
}

Test(grub, fedora_looks_beside_itself_and_searches)
{
    static const struct grub_plan fedora = {
        .prefix = "/EFI/fedora", .net_search = true, .fw_path = true};
    const struct served files[] = {
        {"/EFI/fedora/grub.cfg", lab, 0}, {"/lab/linux", "k", 0}, {"/lab/initrd.gz", "i", 0}};
    struct pxk_loader_env env = env_efi("/EFI/fedora/shimx64.efi");
    env.ip = PXK_IP4(192, 168, 2, 91);
    env.has_uuid = env.acked_uuid = true;
    cr_assert_eq(pxk_uuid_parse("b8945908-d6a6-41a9-611d-74a6ab80b83d", &env.uuid), PXK_OK);
    drive_plan(&fedora, &env, files, 3);
    expect_kind(run, PXK_WANT_BOOT);
#define D "/EFI/fedora/"
    cr_expect_str_eq(
        run.log,
        D "grub.cfg-b8945908-d6a6-41a9-611d-74a6ab80b83d\n" D "grub.cfg-01-52-54-00-77-00-01\n" D
          "grub.cfg-C0A8025B\n" D "grub.cfg-C0A8025\n" D "grub.cfg-C0A802\n" D "grub.cfg-C0A80\n" D
          "grub.cfg-C0A8\n" D "grub.cfg-C0A\n" D "grub.cfg-C0\n" D "grub.cfg-C\n" D "grub.cfg\n" D
          "x86_64-efi/command.lst\n" D "x86_64-efi/fs.lst\n" D "x86_64-efi/crypto.lst\n" D
          "x86_64-efi/terminal.lst\n" D "grub.cfg\n/lab/linux\n/lab/initrd.gz\n");
    env.acked_uuid = false;
    drive_plan(&fedora, &env, files, 3);
    cr_expect(pxk_str_starts(run.log, D "grub.cfg-01-"),
              "no UUID name unless the server echoed option 97");
}

Test(grub, upstream_searches_below_its_prefix)
{
    static const struct grub_plan upstream = {.prefix = "/grub", .net_search = true};
    const struct served files[] = {{"/grub/grub.cfg-01-52-54-00-77-00-01", lab, 0},
                                   {"/lab/linux", "k", 0},
                                   {"/lab/initrd.gz", "i", 0}};
    struct pxk_loader_env env = env_efi("grubnetx64.efi.signed");
    drive_plan(&upstream, &env, files, 3);
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(run.log, "/grub/grub.cfg-01-52-54-00-77-00-01\n" LISTS
                              "/grub/grub.cfg-01-52-54-00-77-00-01\n/lab/linux\n/lab/initrd.gz\n");
    drive_plan(&upstream, &env, NULL, 0);
    expect_stop(run, PXK_STOP_CONFIG_MISSING);
    cr_expect(pxk_str_ends(run.log, "/grub/grub.cfg-0\n/grub/grub.cfg\n" LISTS "/grub/grub.cfg\n"),
              "%s", run.log);
}

Test(grub, falls_back_from_its_directory_to_its_prefix)
{
    static const struct grub_plan rh = {
        .prefix = "/EFI/redhat", .net_search = true, .fw_path = true};
    const struct served files[] = {
        {"/EFI/redhat/grub.cfg", lab, 0}, {"/lab/linux", "k", 0}, {"/lab/initrd.gz", "i", 0}};
    struct pxk_loader_env env = env_efi("boot//shimx64.efi");
    drive_plan(&rh, &env, files, 3);
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect(strstr(run.log, "boot/grub.cfg\n/EFI/redhat/grub.cfg-01-"), "%s", run.log);
}

Test(grub, takes_what_is_known_of_its_image)
{
    struct pxk_image known = {.grub = {.prefix = "/known"}};
    struct pxk_loader_env env = env_efi("grubx64.efi");
    env.inspected = &known;
    drive(PXK_LOADER_GRUB, &env, NULL, 0, &run);
    cr_expect(pxk_str_ends(run.log, "/known/x86_64-efi/terminal.lst\n/known/grub.cfg\n"));
}

Test(grub, prefix_is_the_directory_if_the_image_has_none)
{
    struct pxk_loader_env env = env_bios();
    pxk_str_copy(env.boot_file, sizeof env.boot_file, "boot/grub/i386-pc/core.0");
    drive(PXK_LOADER_GRUB, &env, NULL, 0, &run);
    cr_expect_str_eq(
        run.log,
        "boot/grub/i386-pc/command.lst\nboot/grub/i386-pc/fs.lst\nboot/grub/i386-pc/crypto.lst\n"
        "boot/grub/i386-pc/terminal.lst\nboot/grub/grub.cfg\n");
}

Test(grub, http_boot)
{
    static const struct grub_plan rh = {
        .prefix = "/EFI/fedora", .net_search = true, .fw_path = true};
    const struct served files[] = {
        {"http://10.77.0.1:81/d/grub.cfg", "menuentry m {\n linux /k\n initrd ($root)/i\n}", 0},
        {"http://10.77.0.1:81/k", "k", 0},
        {"http://10.77.0.1:81/i", "k", 0}};
    struct pxk_loader_env env = env_efi("http://10.77.0.1:81/d/shimx64.efi");
    drive_plan(&rh, &env, files, 3);
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect(pxk_str_starts(run.log, "http://10.77.0.1:81/d/grub.cfg\nhttp://10.77.0.1:81/EFI/"
                                      "fedora/x86_64-efi/command.lst\n"),
              "%s", run.log);
    cr_expect(pxk_str_ends(run.log, "/d/grub.cfg\nhttp://10.77.0.1:81/k\nhttp://10.77.0.1:81/i\n"));
    drive_plan(&debian, &env, files, 3); /* as captured: not one request */
    cr_expect_str_empty(run.log);
    expect_stop(run, PXK_STOP_CONFIG_MISSING);
}

Test(grub, modules_that_are_not_linked_are_fetched)
{
    static const struct grub_plan part = {.prefix = "/grub"};
    const struct served files[] = {
        {"/grub/x86_64-efi/command.lst", "*linux: linux\n*play: play\nbad\ncpuid: cpuid\n", 0},
        {"/grub/x86_64-efi/play.mod", "x", 0},
        {"/grub/grub.cfg",
         "insmod linux\ninsmod png\nplay 1 2 3\nplay 1 2 3\nif cpuid -l; then set a=yes; fi\n"
         "menuentry m { linux /k $a }\n",
         0},
        {"/k", "k", 0},
    };
    struct pxk_loader_env env = env_efi("grubx64.efi");
    drive_plan(&part, &env, files, PXK_COUNT(files));
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(run.log,
                     LISTS "/grub/grub.cfg\n/grub/x86_64-efi/png.mod\n/grub/x86_64-efi/play.mod\n"
                           "/grub/x86_64-efi/cpuid.mod\n/k\n");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=/k", "a command whose module is missing fails");
}

Test(grub, without_normal_it_stays_in_rescue)
{
    /* one module that is there, so that the list is known to be readable */
    struct blob image = grub_image(&(struct grub_plan){.prefix = "/grub"});
    uint8_t *name;
    while ((name = memmem(image.p, image.n, "\0normal\0", 8)))
        memcpy(name, "\0nurmal\0", 8);
    /* the name stands at the start of .modname, which follows the header */
    for (size_t i = 0; i + 7 < image.n; i++)
        if (memcmp(image.p + i, "normal\0", 7) == 0)
            image.p[i + 1] = 'u';
    struct pxk_loader_env env = env_efi("grubx64.efi");
    drive_image(PXK_LOADER_GRUB, &env, image.p, image.n, NULL, 0, &run);
    cr_expect_str_eq(run.log, "/grub/x86_64-efi/normal.mod\n");
    expect_stop(run, PXK_STOP_MODULE_MISSING);
    const struct served files[] = {{"/grub/x86_64-efi/normal.mod", "x", 0}};
    drive_image(PXK_LOADER_GRUB, &env, image.p, image.n, files, 1, &run);
    cr_expect_str_eq(run.log, "/grub/x86_64-efi/normal.mod\n" LISTS "/grub/grub.cfg\n");
    blob_done(&image);
}

Test(grub, an_image_for_disks_is_told)
{
    static const struct grub_plan cd = {.prefix = "(memdisk)/boot/grub"};
    struct pxk_loader_env env = env_efi("grubx64.efi");
    drive_plan(&cd, &env, NULL, 0);
    cr_expect_str_empty(run.log);
    expect_stop(run, PXK_STOP_CONFIG_MISSING);
    cr_expect(strstr(run.end.why, "disk or CD"), "%s", run.end.why);
}

Test(grub, built_in_configuration_runs_first)
{
    static const struct grub_plan own = {
        .prefix = "/grub", .config = "set prefix=(tftp,10.0.0.9)/own\nset root=(tftp,10.0.0.9)\n"};
    const struct served files[] = {{"10.0.0.9:/own/grub.cfg", lab, 0},
                                   {"10.0.0.9:/lab/linux", "k", 0},
                                   {"10.0.0.9:/lab/initrd.gz", "i", 0}};
    struct pxk_loader_env env = env_efi("grubx64.efi");
    drive_plan(&own, &env, files, 3);
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect(pxk_str_starts(run.log, "10.0.0.9:/own/x86_64-efi/command.lst\n"));
}

Test(grub, quotes_and_splits)
{
    cr_expect_str_eq(args("'a b' \"c d\" e\\ f"), "\"a b\" \"c d\" \"e f\"");
    cr_expect_str_eq(args("$a"), "1 2");
    cr_expect_str_eq(args("\"$a\" '$a' \\$a \"\\$a\""), "\"1 2\" $a $a $a");
    cr_expect_str_eq(args("${b}y $b.y x$b $nothing \"$nothing\" end"), "xy x.y xx  end");
    cr_expect_str_eq(args("p=$a-$a"), "p=1 2-1 2");
    cr_expect_str_eq(args("\"ds=nocloud;s=http://s/\" 'x;y' z\\;w"),
                     "ds=nocloud;s=http://s/ x;y z;w");
    cr_expect_str_eq(args("ds=nocloud;s=http://s/"), "ds=nocloud",
                     "the command ends at the semicolon");
    cr_expect_str_eq(args("a#b c # d"), "a#b c");
    cr_expect_str_eq(args("a \\\n b"), "a b");
    cr_expect_str_eq(args("\"a\\\nb\" \"q\\x\" '\\x20'"), "ab q\\\\x \\x20");
    cr_expect_str_eq(args("it\\'s"), "it\\'s");
    cr_expect_str_eq(args("$\"text\" $? $x$"), "text 0 $");
    cr_expect_str_eq(args("\r"), "BOOT_IMAGE=/k");
}

Test(grub, knows_its_variables)
{
    cr_expect_str_eq(
        args("$net_default_server $net_default_ip $net_default_mac $net_default_interface $root "
             "$prefix"),
        "10.77.0.1 10.77.0.180 52:54:00:77:00:01 efinet0 tftp,10.77.0.1 (tftp,10.77.0.1)");
    cr_expect_str_eq(args("$grub_cpu $grub_platform $feature_menuentry_id $net_efinet0_boot_file"),
                     "x86_64 efi y grubx64.efi");
}

Test(grub, tests_conditions)
{
    static const struct {
        const char *condition;
        bool holds;
    } row[] = {
        {"true", 1},
        {"false", 0},
        {"! false", 1},
        {"[ a = a ]", 1},
        {"[ a == b ]", 0},
        {"[ a != b ]", 1},
        {"[ x$feature_menuentry_id = xy ]", 1},
        {"[ x$nothing = xy ]", 0},
        {"[ -n \"$b\" ]", 1},
        {"[ -z \"$b\" ]", 0},
        {"[ ! -z \"$b\" ]", 1},
        {"test 2 -lt 10", 1},
        {"[ 2 -gt 10 ]", 0},
        {"[ 0x10 -eq 16 ]", 1},
        {"[ a '<' b ]", 1},
        {"[ -e /k ]", 0},
        {"[ -f /k -o a = a ]", 1},
        {"[ a = a -a b = c ]", 0},
        {"[ ( a = a ) ]", 1},
        {"[ ]", 0},
        {"[ a ]", 1},
        {"[ -n ]", 1},
        {"nosuchcommand", 0},
        {"search --file /k", 0},
        {"regexp --set 1:m '^([a-z]+)[0-9]$' abc5", 1},
        {"regexp x y", 0},
        {"regexp 'a{9}' aaaaaaaaa", 0},
        {"loadfont /font.pf2", 1},
        {"loadfont unicode", 0},
        {"background_image /missing", 0},
        {"source /missing", 0},
        {"! source /missing", 1},
        {"source /lib.cfg", 0},
        {"true; false", 0},
    };
    char config[512];
    for (size_t i = 0; i < PXK_COUNT(row); i++) {
        pxk_fmt(config, sizeof config,
                "b=1\nif %s; then\n r=yes\nelse r=no; fi\nmenuentry m { linux /k $r $m; }",
                row[i].condition);
        with(config);
        const char *want = row[i].holds ? "BOOT_IMAGE=/k yes" : "BOOT_IMAGE=/k no";
        cr_expect(pxk_str_starts(run.boot.cmdline, want), "%s: %s %s", row[i].condition,
                  run.boot.cmdline, run.end.why);
    }
    with("regexp --set 1:m --set 2:n '^([a-z]+)([0-9])$' abc5\nmenuentry m { linux /k $m $n; }");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=/k abc 5");
}

Test(grub, runs_loops_and_functions)
{
    with("for i in a 'b c' d; do s=\"$s[$i]\"; done\nmenuentry m { linux /k \"$s\"; }");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=/k \"[a][b c][d]\"");
    with("for i in 1 2; do for j in a b; do if [ $j = b ]; then continue 2; fi; s=$s$i$j; done; "
         "done\n"
         "for i in 1 2 3; do if [ $i = 2 ]; then break; fi; s=$s-$i; done\nmenuentry m { linux /k "
         "$s; }");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=/k 1a2a-1");
    with("s=\nwhile [ \"$s\" != xxx ]; do s=x$s; done\nuntil [ \"$s\" = xxxx ]; do s=x$s; "
         "done\nmenuentry m { linux /k $s; }");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=/k xxxx");
    with("function f {\n s=$s:$1$2\n if [ $# -gt 1 ]; then return 3; fi\n s=$s.\n}\nf a; f b "
         "c\nmenuentry m { linux /k $s $?; }");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=/k :a.:bc 0");
    with("source /lib.cfg\nmenuentry \"m n\" q { f \"$2\" $1; }");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=/k q 3 m");
    with("eval 'menuentry m {' linux /k 'e; }'\n");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=/k e");
    with("load_env -f /vars\nmenuentry m { linux /k $saved_entry \"$z\"; }");
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=/k b \"1 2\"");
}

Test(grub, chooses_the_default_entry)
{
#define ENTRIES                                                                                    \
    "menuentry A --id ia { linux /k A; }\nmenuentry 'B > C' --id=ib { linux /k B; }\n"             \
    "submenu S --id is {\n menuentry T { linux /k T; }\n menuentry U --id iu { linux /k U; }\n}\n"
    static const struct {
        const char *value, *boots;
    } row[] = {
        {"0", "A"},        {"1", "B"},       {"9", "A"},     {"", "A"},      {"ib", "B"},
        {"'B >> C'", "B"}, {"'B > C'", "A"}, {"none", "A"},  {"'2>1'", "U"}, {"'S>U'", "U"},
        {"'is>iu'", "U"},  {"2", "T"},       {"'S>9'", "T"}, {"'1x'", "A"},
    };
    char config[1024];
    for (size_t i = 0; i < PXK_COUNT(row); i++) {
        pxk_fmt(config, sizeof config, "set timeout=5\nset default=%s\n" ENTRIES, row[i].value);
        with(config);
        cr_expect_str_eq(run.boot.label, row[i].boots[0] == 'B' ? "B > C" : row[i].boots, "%s: %s",
                         row[i].value, run.boot.label);
        cr_expect_not(run.boot.waits_for_key, "%s", row[i].value);
        cr_expect_eq(run.boot.timeout_ds, 50u);
    }
    with("set default=saved_is_unset\n" ENTRIES);
    cr_expect(run.boot.waits_for_key, "no time-out");
    with("set timeout=-1\n" ENTRIES);
    cr_expect(run.boot.waits_for_key);
    with("set timeout=0\n" ENTRIES);
    cr_expect_not(run.boot.waits_for_key);
    with("set timeout=3\nset superusers=root\n" ENTRIES);
    cr_expect(run.boot.waits_for_key, "a password is asked for");
    with("set timeout=3\nset superusers=root\nmenuentry A --unrestricted { linux /k; }");
    cr_expect_not(run.boot.waits_for_key);
}

Test(grub, falls_back_when_an_entry_fails)
{
    with("set timeout=1\nset fallback='1 2'\nmenuentry A { linux /missing; }\nmenuentry B { linux "
         "/missing2; }\nmenuentry C { linux /k c; }\n");
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(run.boot.label, "C");
    with("set timeout=1\nset fallback=B\nmenuentry A { linux /missing; }\nmenuentry B { linux "
         "/missing2; }\n");
    expect_stop(run, PXK_STOP_KERNEL_MISSING);
    cr_expect(strstr(run.end.why, "/missing,"), "the first failure is told: %s", run.end.why);
    with("set fallback=0\nmenuentry A { linux /missing; }\n");
    expect_stop(run, PXK_STOP_KERNEL_MISSING);
}

Test(grub, names_files_by_device)
{
    with("menuentry m { linux (tftp,10.0.0.9)//k; }");
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(after_cfg(), "10.0.0.9:/k\n");
    with("menuentry m { linux (http,10.0.0.9:8080)/d/k; }");
    cr_expect_str_eq(after_cfg(), "http://10.0.0.9:8080/d/k\n");
    with("set root=(http,10.0.0.9)\nmenuentry m { linux /k; }");
    cr_expect_str_eq(after_cfg(), "http://10.0.0.9/k\n");
    with("menuentry m { linux (tftp,boot.example)/k; }");
    cr_expect_str_eq(after_cfg(), "tftp://boot.example/k\n");
    with("menuentry m { linux (tftp)/k; initrd (pxe)//i; }");
    cr_expect_str_eq(after_cfg(), "/k\n/i\n");
    with("net_default_server=10.0.0.9\nmenuentry m { linux (tftp)/k; }");
    cr_expect_str_eq(after_cfg(), "10.0.0.9:/k\n");
    with("menuentry m { linux $prefix/k; initrd ${root}; }");
    expect_stop(run, PXK_STOP_INITRD_MISSING);
    with("menuentry m { linux k; }");
    cr_expect_str_eq(after_cfg(), "k\n", "no slash is added");
    with("menuentry m { linux (hd0,gpt2)/vmlinuz; initrd (hd0,gpt2)/i; }");
    expect_kind(run, PXK_WANT_LOCAL);
    with("unset root\nmenuentry m { linux /k; }");
    expect_kind(run, PXK_WANT_LOCAL);
}

Test(grub, loads_initrds)
{
    with("menuentry m {\n linuxefi /k\n initrdefi /i /i2\n}\n");
    cr_expect_eq(run.boot.initrd_n, 2u);
    cr_expect_str_eq(run.boot.initrd[1], "/i2");
    with("menuentry m {\n linux /k\n initrd newc:name:/i\n}\n");
    cr_expect_str_eq(after_cfg(), "/k\n/i\n");
    with("menuentry m {\n linux /k\n initrd /i /missing /i2\n}\n");
    expect_stop(run, PXK_STOP_INITRD_MISSING);
    cr_expect_str_eq(after_cfg(), "/k\n/i\n/missing\n");
    cr_expect(strstr(run.end.why, "grub.cfg line 3 names the initrd /missing"), "%s", run.end.why);
    with("menuentry m {\n linux /k\n if initrd /missing; then true; else initrd /i; fi\n}\n");
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(run.boot.initrd[0], "/i");
    with("menuentry m {\n multiboot2 /k a\n module2 /k2 b\n module2 --nounzip /i c\n}\n");
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_eq(run.boot.initrd_n, 2u);
    cr_expect_str_eq(run.boot.cmdline, "a");
    with("linux /k\ninitrd /i\nboot\n");
    expect_kind(run, PXK_WANT_BOOT);
    with("linux /k\ninitrd /i\n");
    expect_stop(run, PXK_STOP_CONFIG_EMPTY);
}

Test(grub, chains)
{
    with("menuentry m { chainloader /x.efi; }");
    expect_kind(run, PXK_WANT_CHAIN);
    with("menuentry m { chainloader /x.efi; loadfont /font.pf2; boot; }");
    expect_kind(run, PXK_WANT_CHAIN);
    cr_expect_str_eq(after_cfg(), "/x.efi\n/font.pf2\n/x.efi\n",
                     "the file fed last is the one to run");
    with("menuentry m { chainloader /missing.efi; }");
    expect_stop(run, PXK_STOP_NEXT_LOADER_MISSING);
    with("menuentry m { chainloader (hd0)+1; }");
    expect_kind(run, PXK_WANT_LOCAL);
    with("menuentry m { search --no-floppy --set=root --file /x; chainloader +1; }");
    expect_kind(run, PXK_WANT_LOCAL);
    with("menuentry m { exit; }");
    expect_kind(run, PXK_WANT_LOCAL);
    with("menuentry m { reboot; }");
    expect_stop(run, PXK_STOP_UNSUPPORTED);
}

Test(grub, configfile_has_its_own_variables_and_menu)
{
    with("set y=1\nexport y\nset timeout=3\nset default=1\nmenuentry never { true; }\nmenuentry a "
         "{ configfile /sub.cfg; }\n");
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(run.boot.cmdline, "BOOT_IMAGE=/k sub 1");
    cr_expect(run.boot.waits_for_key, "timeout is not exported");
    with("set x=own\nsource /sub.cfg\nmenuentry a { linux /k2; }\n");
    cr_expect_eq(run.boot.entries, 2u, "source adds to the menu");
    with("configfile /missing.cfg\n");
    expect_stop(run, PXK_STOP_CONFIG_MISSING);
    cr_expect(strstr(run.end.why, "grub.cfg line 1 names the configuration /missing.cfg"), "%s",
              run.end.why);
}

Test(grub, finds_loops)
{
    with("configfile /grub.cfg\n");
    expect_stop(run, PXK_STOP_CONFIG_LOOP);
    cr_expect(strstr(run.end.why, "/grub.cfg line 1 runs /grub.cfg"), "%s", run.end.why);
    with("true\nsource /grub.cfg\n");
    expect_stop(run, PXK_STOP_CONFIG_LOOP);
    with("set timeout=0\nmenuentry a { configfile $prefix/grub.cfg; }\n");
    expect_stop(run, PXK_STOP_CONFIG_LOOP);
    with("while true; do true; done\n");
    expect_stop(run, PXK_STOP_CONFIG_LOOP);
    with("function f { f; }\nf\n");
    expect_stop(run, PXK_STOP_CONFIG_LOOP);
    with("a=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nwhile true; do a=$a$a; done\n");
    expect_stop(run, PXK_STOP_CONFIG_LOOP);
    with("while true; do loadfont /missing; done\n");
    expect_stop(run, PXK_STOP_CONFIG_LOOP);
    cr_expect_eq(run.asked, 500u);
    with("set timeout=0\nsubmenu a { submenu b { submenu c { menuentry d { linux /k; } } } }\n");
    expect_kind(run, PXK_WANT_BOOT);
}

Test(grub, dead_ends)
{
    with("# nothing\n");
    expect_stop(run, PXK_STOP_CONFIG_EMPTY);
    with("insmod blscfg\nblscfg\n");
    expect_stop(run, PXK_STOP_UNSUPPORTED);
    cr_expect(strstr(run.end.why, "blscfg"));
    with("blscfg\nmenuentry a { linux /k; }\n");
    expect_kind(run, PXK_WANT_BOOT);
    with("menuentry a { set x=1; }\n");
    expect_stop(run, PXK_STOP_NO_DEFAULT);
    with("submenu a { true; }\n");
    expect_stop(run, PXK_STOP_NO_DEFAULT);
    with("menuentry a { linux; }\n");
    expect_stop(run, PXK_STOP_NO_DEFAULT);
}

Test(grub, leaves_out_what_it_cannot_read)
{
    with("if true then; fi\nfoo && bar\nmenuentry a { linux /k; }\n");
    expect_kind(run, PXK_WANT_BOOT);
    with("\n\nmenuentry 'a { linux /k; }\n");
    expect_stop(run, PXK_STOP_CONFIG_EMPTY);
    cr_expect(strstr(run.end.why, "line 3 has a syntax error"), "%s", run.end.why);
    with("menuentry a {\n linux /k\n");
    expect_stop(run, PXK_STOP_CONFIG_EMPTY);
}

Test(grub, a_new_prefix_brings_new_lists)
{
    with("set prefix=(tftp)/new\nmenuentry a { linux /k; }\n");
    cr_expect_str_eq(
        after_cfg(),
        "/new/x86_64-efi/command.lst\n/new/x86_64-efi/fs.lst\n/new/x86_64-efi/crypto.lst\n"
        "/new/x86_64-efi/terminal.lst\n/k\n");
}

Test(grub, theme_is_nice_to_have)
{
    with("set theme=/bg.png\nmenuentry a { linux /k; }\n");
    cr_expect_str_eq(after_cfg(), "/bg.png\n/k\n");
    with("set theme=/missing\nmenuentry a { linux /k; }\n");
    expect_kind(run, PXK_WANT_BOOT);
}

Test(grub, debian_12_installer_tree)
{
    static const struct grub_plan installer = {.config = "normal (memdisk)/grub.cfg\n",
                                               .net_search = true,
                                               .prefix = "/debian-installer/amd64/grub",
                                               .memdisk = "source $prefix/grub.cfg\n"};
#define G "/debian-installer/amd64/"
    char *text = test_data("debian12/debian-installer/amd64/grub/grub.cfg");
    cr_assert(text);
    const struct served files[] = {
        {G "grub/grub.cfg", text, 0}, {G "grub/font.pf2", "x", 0},
        {"/splash.png", "x", 0},      {G "linux", "k", 0},
        {G "initrd.gz", "i", 0},      {G "grub/x86_64-efi/play.mod", "x", 0}};
    struct pxk_loader_env env = env_efi("bootnetx64.efi");
    drive_plan(&installer, &env, files, PXK_COUNT(files));
    expect_kind(run, PXK_WANT_BOOT);
    cr_expect_str_eq(run.boot.label, "Install");
    cr_expect_str_eq(run.boot.cmdline,
                     "BOOT_IMAGE=/debian-installer/amd64/linux vga=788 --- quiet");
    cr_expect_str_eq(run.boot.initrd[0], G "initrd.gz");
    cr_expect(run.boot.waits_for_key, "this menu has no time-out");
    cr_expect(strstr(run.log, G "grub/fonts/unicode.pf2\n/isolinux/splash.png\n/splash.png\n" G
                                "grub/x86_64-efi/play.mod\n" G "linux\n" G "initrd.gz\n"),
              "%s", run.log);
    free(text);
}

Test(grub, ends_whatever_the_text)
{
    static const char *const piece[] = {
        "if ",
        "then ",
        "else ",
        "fi\n",
        "while ",
        "do ",
        "done\n",
        "for i in a b c; ",
        "; ",
        "\n",
        "{ ",
        "}\n",
        "menuentry ",
        "submenu ",
        "function f ",
        "f ",
        "source /a\n",
        "configfile /b\n",
        "normal /c\n",
        "linux /k ",
        "initrd /i\n",
        "$a",
        "${b}",
        "'",
        "\"",
        "\\",
        "a=$a$a\n",
        "set default=1\n",
        "break\n",
        "continue 2\n",
        "return\n",
        "true\n",
        "false\n",
        "[ ",
        "] ",
        "! ",
        "eval ",
        "set prefix=/x\n",
        "insmod x\n",
        "boot\n",
        "chainloader /c\n",
        "set fallback=1\n",
        "#",
        "regexp --set a (b*)* ",
        "export a\n",
        "load_env\n",
    };
    struct pxk_rand r = pxk_rand_init(11);
    struct pxk_loader_env env = env_efi("grubx64.efi");
    for (unsigned round = 0; round < 300; round++) {
        struct pxk_loader *l = NULL;
        struct pxk_want w;
        unsigned asks = 0;
        cr_assert_eq(pxk_loader_new(PXK_LOADER_GRUB, &env, NULL, 0, &l), PXK_OK);
        for (pxk_loader_next(l, &w); w.kind == PXK_WANT_FILE; pxk_loader_next(l, &w)) {
            char text[2048];
            struct pxk_str b = pxk_str_init(text, sizeof text);
            for (unsigned i = pxk_rand_below(&r, 60) + 1; i; i--)
                pxk_str_add(&b, piece[pxk_rand_below(&r, PXK_COUNT(piece))]);
            cr_assert_leq(++asks, 500u);
            bool ok = pxk_rand_below(&r, 10) > 1;
            pxk_loader_feed(l, ok ? PXK_FETCHED_OK : PXK_FETCHED_MISSING, text, b.len);
        }
        pxk_loader_free(l);
    }
}
