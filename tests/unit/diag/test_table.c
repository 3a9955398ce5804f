/* The tables are complete, and what looks them up finds them. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

#include "pxk/diag.h"

static const struct pxk_finding_row *rows;
static size_t row_n;

static void load(void)
{
    row_n = pxk_finding_rows(&rows);
}

static bool printable(const char *s)
{
    for (; s && *s; s++)
        if ((*s < 0x20 || *s > 0x7e) && *s != '\n')
            return false;
    return true;
}

TestSuite(table, .init = load);

Test(table, codes_and_names_are_unique_and_well_formed)
{
    static const char letter[PXK_STEP_N] = {'C', 'D', 'F', 'B', 'I'};
    for (size_t i = 0; i < row_n; i++) {
        const char *code = rows[i].code, *name = rows[i].name;
        cr_expect_eq(strlen(code), 4, "%s", code);
        cr_expect_eq(code[0], letter[rows[i].step], "%s is not of its step", code);
        for (size_t c = 1; c < 4; c++)
            cr_expect(isdigit((unsigned char)code[c]), "%s", code);
        for (const char *p = name; *p; p++)
            cr_expect(islower((unsigned char)*p) || isdigit((unsigned char)*p) || *p == '-', "%s",
                      name);
        for (size_t k = 0; k < i; k++) {
            cr_expect_str_neq(rows[k].code, code);
            cr_expect_str_neq(rows[k].name, name);
        }
    }
}

Test(table, every_row_says_all)
{
    for (size_t i = 0; i < row_n; i++) {
        const struct pxk_finding_row *r = &rows[i];
        unsigned fixes = 0;
        cr_expect(r->title && *r->title && strlen(r->title) < 100, "%s: title", r->name);
        cr_expect(r->screen_bios || r->screen_uefi, "%s: what does the machine show?", r->name);
        cr_expect(r->causes && *r->causes, "%s: causes", r->name);
        cr_expect(r->confirm && *r->confirm, "%s: confirm", r->name);
        cr_expect(r->source && *r->source, "%s: source", r->name);
        for (unsigned f = 0; f < PXK_FIX_N; f++) {
            struct pxk_fix fix = pxk_finding_fix(r, f);
            fixes += fix.text != NULL;
            cr_expect(!fix.text || *fix.text, "%s: empty fix %s", r->name, fix.key);
            cr_expect(printable(fix.text), "%s: fix %s", r->name, fix.key);
        }
        cr_expect_gt(fixes, 0, "%s: no fix", r->name);
        cr_expect(printable(r->title) && printable(r->screen_bios) && printable(r->screen_uefi) &&
                      printable(r->causes) && printable(r->confirm) && printable(r->source),
                  "%s: ASCII only", r->name);
        cr_expect_lt(strcspn(r->causes, "\n"), 200, "%s: its first cause is too long for a finding",
                     r->name);
        cr_expect(!r->screen_bios || strlen(r->screen_bios) < 256, "%s", r->name);
        cr_expect(!r->screen_uefi || strlen(r->screen_uefi) < 256, "%s", r->name);
    }
}

Test(table, found_by_code_and_name)
{
    for (size_t i = 0; i < row_n; i++) {
        cr_expect_eq(pxk_finding_find(rows[i].code), &rows[i]);
        cr_expect_eq(pxk_finding_find(rows[i].name), &rows[i]);
        cr_expect_eq(pxk_finding_nearest(rows[i].name), &rows[i]);
    }
    cr_expect_eq(pxk_finding_find("d001"), pxk_finding_find("NO-DHCP-SERVER"));
    cr_expect_null(pxk_finding_find("D999"));
    cr_expect_null(pxk_finding_find(""));
    cr_expect_str_eq(pxk_finding_nearest("no-bootfile")->name, "no-boot-file");
    cr_expect_str_eq(pxk_finding_find("D014")->name, "no-boot-file-for-arch");
    cr_expect_str_eq(pxk_finding_find("B002")->name, "loader-for-another-architecture");
}

Test(table, firmware_codes_lead_to_findings)
{
    const struct pxk_firmware_code *codes;
    size_t n = pxk_firmware_codes(&codes);
    for (size_t i = 0; i < n; i++) {
        char names[512], *save = NULL;
        cr_expect(codes[i].bios || codes[i].uefi, "%s means nothing", codes[i].code);
        (void)pxk_str_copy(names, sizeof names, codes[i].findings);
        for (char *name = strtok_r(names, " ", &save); name; name = strtok_r(NULL, " ", &save))
            cr_expect_not_null(pxk_finding_find(name), "%s names %s", codes[i].code, name);
        for (size_t k = 0; k < i; k++)
            cr_expect_str_neq(codes[k].code, codes[i].code);
        cr_expect_eq(pxk_firmware_code_find(codes[i].code), &codes[i]);
    }
}

Test(table, what_is_not_seen_says_all)
{
    const struct pxk_unseen_row *unseen;
    size_t n = pxk_unseen_rows(&unseen);
    cr_expect_gt(n, 0);
    for (size_t i = 0; i < n; i++) {
        cr_expect(unseen[i].row && strlen(unseen[i].row) == 3, "%s", unseen[i].row);
        cr_expect(unseen[i].what && *unseen[i].what && unseen[i].why && *unseen[i].why && unseen[i].mend && *unseen[i].mend,
                  "%s", unseen[i].row);
        cr_expect(printable(unseen[i].what) && printable(unseen[i].why) && printable(unseen[i].mend), "%s: ASCII only",
                  unseen[i].row);
        for (size_t k = 0; k < i; k++)
            cr_expect_str_neq(unseen[k].row, unseen[i].row);
    }
}

Test(table, firmware_codes_as_people_write_them)
{
    const struct pxk_firmware_code *e53 = pxk_firmware_code_find("PXE-E53");
    cr_assert_not_null(e53);
    cr_expect_eq(pxk_firmware_code_find("pxe-e53"), e53);
    cr_expect_eq(pxk_firmware_code_find("E53"), e53);
    const struct pxk_firmware_code *none = pxk_firmware_code_find("https://ipxe.org/040ee119");
    cr_assert_not_null(none);
    cr_expect_eq(pxk_firmware_code_find("040EE119"), none);
    cr_expect_str_eq(pxk_firmware_code_find("4c3760a1")->code, "4c3760xx");
    cr_expect_null(pxk_firmware_code_find("4c3760zz"));
    cr_expect_null(pxk_firmware_code_find("E5"));
    cr_expect_null(pxk_firmware_code_find("https://ipxe.org/"));
    cr_expect_null(pxk_firmware_code_find(""));
}
