/* arch.def against IANA's "Processor Architecture Types" and the PE format's machine types. */
#include <criterion/criterion.h>

#include "pxk/base.h"
#include "pxk/proto/arch.h"

Test(arch, the_table_has_the_42_codes_of_the_registry_in_order)
{
    size_t n = 0;
    for (const struct pxk_arch *row; (row = pxk_arch_row(n)); n++) {
        cr_assert_eq(row->code, n, "row %zu has code %u", n, row->code);
        cr_assert(row->key && *row->key && row->words && *row->words && row->default_file);
        cr_assert_eq(pxk_arch_by_code(row->code), row);
        cr_assert_eq(pxk_arch_by_key(row->key), row, "%s is there twice", row->key);
        cr_assert(!*row->default_file || row->pe_machine, "%s names a file but no machine", row->key);
        cr_assert_eq(pxk_str_ends(row->key, "-http"), row->http, "%s", row->key);
    }
    cr_assert_eq(n, 42);
    cr_assert_null(pxk_arch_by_code(42));
    cr_assert_null(pxk_arch_by_code(PXK_ARCH_UNSET));
}

Test(arch, known_rows)
{
    static const struct {
        uint16_t code, machine;
        const char *file;
    } want[] = {
        {0, 0, ""},
        {2, 0x0200, "BOOTIA64.EFI"},
        {6, 0x014c, "BOOTIA32.EFI"},
        {7, 0x8664, "BOOTX64.EFI"},
        {9, 0x0ebc, ""},
        {10, 0x01c2, "BOOTARM.EFI"},
        {11, 0xaa64, "BOOTAA64.EFI"},
        {16, 0x8664, "BOOTX64.EFI"},
        {19, 0xaa64, "BOOTAA64.EFI"},
        {25, 0x5032, "BOOTRISCV32.EFI"},
        {27, 0x5064, "BOOTRISCV64.EFI"},
        {29, 0x5128, "BOOTRISCV128.EFI"},
        {37, 0x6232, "BOOTLOONGARCH32.EFI"},
        {39, 0x6264, "BOOTLOONGARCH64.EFI"},
    };
    for (size_t i = 0; i < PXK_COUNT(want); i++) {
        const struct pxk_arch *row = pxk_arch_by_code(want[i].code);
        cr_assert_eq(row->pe_machine, want[i].machine, "%u", want[i].code);
        cr_assert_str_eq(row->default_file, want[i].file);
    }
}

/* Each "from HTTP" code runs the same binaries as its local counterpart. */
Test(arch, http_rows_agree_with_the_others)
{
    static const uint16_t pair[][2] = {{6, 15},  {7, 16},  {9, 17},  {10, 18}, {11, 19}, {0, 20},  {21, 23},
                                       {22, 24}, {25, 26}, {27, 28}, {29, 30}, {37, 38}, {39, 40}};
    for (size_t i = 0; i < PXK_COUNT(pair); i++) {
        const struct pxk_arch *a = pxk_arch_by_code(pair[i][0]), *b = pxk_arch_by_code(pair[i][1]);
        cr_assert(!a->http && b->http);
        cr_assert_eq(a->pe_machine, b->pe_machine);
        cr_assert_str_eq(a->default_file, b->default_file);
    }
}

Test(arch, names)
{
    char buf[16];
    cr_assert_str_eq(pxk_arch_name(7, buf), "uefi-x64");
    cr_assert_str_eq(pxk_arch_name(42, buf), "arch-42");
    cr_assert_str_eq(pxk_arch_name(65535, buf), "arch-65535");
    cr_assert_eq(pxk_arch_by_key("UEFI-X64"), pxk_arch_by_code(7), "keys are case-insensitive");
    cr_assert_null(pxk_arch_by_key("uefi"));
    cr_assert_str_eq(pxk_arch_nearest("uefi-x46")->key, "uefi-x64");
    cr_assert_not_null(pxk_arch_nearest(""));
}
