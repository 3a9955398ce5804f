/* The table of faults, its texts, and its page in the manual. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>

#include "../scratch.h"
#include "pxk/engine/faults.h"

static struct pxk_faults set;
static char why[400];

static enum pxk_err add(const char *text)
{
    struct pxk_str w = pxk_str_init(why, sizeof why);
    return pxk_faults_add(&set, text, &w);
}

/* ---- texts ---- */

Test(faults, names_with_and_without_their_part)
{
    cr_assert_eq(add("dhcp.no-ack"), PXK_OK);
    cr_assert_eq(add("stall-at=3"), PXK_OK);
    cr_assert_eq(add("tftp.silent"), PXK_OK);
    cr_assert_eq(set.n, 3);
    cr_assert_eq(set.at[0].id, PXK_FAULT_DHCP_NO_ACK);
    cr_assert_eq(set.at[1].id, PXK_FAULT_TFTP_STALL_AT);
    cr_assert_eq(set.at[1].number, 3);
    cr_assert(pxk_faults_has(&set, PXK_FAULT_TFTP_SILENT));
    cr_assert_not(pxk_faults_has(&set, PXK_FAULT_DHCP_SILENT));
    cr_assert_not(pxk_faults_has(NULL, PXK_FAULT_DHCP_SILENT));
}

Test(faults, values)
{
    cr_assert_eq(add("dhcp.silent-to=uefi-x64"), PXK_OK);
    cr_assert_eq(add("dhcp.slow=1500ms"), PXK_OK);
    cr_assert_eq(add("dhcp.wrong-next-server=10.77.0.9"), PXK_OK);
    cr_assert_eq(add("dhcp.wrong-file=a=b"), PXK_OK);
    cr_assert_eq(add("tftp.wrong-tsize=+100"), PXK_OK);
    cr_assert_eq(add("tftp.truncate=64k"), PXK_OK);
    cr_assert_eq(add("tftp.missing=\\Boot\\\\BCD"), PXK_OK);
    cr_assert_eq(set.at[0].number, 7);
    cr_assert_eq(set.at[1].number, 1500000);
    cr_assert_eq(set.at[2].ip, PXK_IP4(10, 77, 0, 9));
    cr_assert_str_eq(set.at[3].text, "a=b");
    cr_assert_eq(set.at[4].number, 100);
    cr_assert_eq(set.at[5].number, 65536);
    cr_assert_str_eq(set.at[6].text, "Boot/BCD");
    cr_assert(pxk_faults_number(&set, PXK_FAULT_DHCP_SILENT_TO, 7));
    cr_assert_not(pxk_faults_number(&set, PXK_FAULT_DHCP_SILENT_TO, 0));
}

struct wrong {
    char text[80];
    enum pxk_err err;
    char why[200];
};

ParameterizedTestParameters(faults, wrong)
{
    static struct wrong w[] = {
        {"dhcp.no-akc", PXK_E_NOTFOUND, "there is no fault \"dhcp.no-akc\"; did you mean \"dhcp.no-ack\""},
        {"stall-ta=3", PXK_E_NOTFOUND, "there is no fault \"stall-ta\"; did you mean \"tftp.stall-at\""},
        {"burn-down", PXK_E_NOTFOUND, "there is no fault \"burn-down\""},
        {"", PXK_E_NOTFOUND, "there is no fault \"\""},
        {"silent", PXK_E_NOTFOUND, "which fault is meant: \"dhcp.silent\" or \"tftp.silent\""},
        {"dhcp.silent=1", PXK_E_FORMAT, "the fault dhcp.silent has \"1\", expected no value"},
        {"dhcp.slow", PXK_E_FORMAT, "the fault dhcp.slow has no value, expected a time, like =1500ms or =3s"},
        {"dhcp.slow=", PXK_E_FORMAT, "the fault dhcp.slow has \"\", expected a time, like =1500ms or =3s"},
        {"dhcp.slow=2h", PXK_E_FORMAT,
         "the fault dhcp.slow has \"2h\", expected a time, like =1500ms or =3s, from 1ms to 600s"},
        {"tftp.error=9", PXK_E_FORMAT, "the fault tftp.error has \"9\", expected a number, like =3, from 0 to 8"},
        {"tftp.stall-at=0", PXK_E_FORMAT,
         "the fault tftp.stall-at has \"0\", expected a number, like =3, from 1 to 4294967296"},
        {"tftp.wrong-tsize=+-1", PXK_E_FORMAT, "the fault tftp.wrong-tsize has \"+-1\", expected a number, like =3"},
        {"dhcp.silent-to=uefi-x46", PXK_E_FORMAT,
         "the fault dhcp.silent-to has \"uefi-x46\", expected an architecture, like =uefi-x64; did you mean \"uefi-x64\""},
        {"dhcp.address-in-use=10.77.0", PXK_E_FORMAT,
         "the fault dhcp.address-in-use has \"10.77.0\", expected an address, like =10.77.0.9"},
        {"tftp.missing=../x", PXK_E_FORMAT, "the fault tftp.missing has \"../x\", expected a file name, like =pxelinux.0"},
        {"dhcp.wrong-file=", PXK_E_FORMAT, "the fault dhcp.wrong-file has \"\", expected a text, like =pxelinux.0"},
    };
    return cr_make_param_array(struct wrong, w, PXK_COUNT(w));
}

ParameterizedTest(struct wrong *w, faults, wrong)
{
    cr_expect_eq(add(w->text), w->err);
    cr_expect_str_eq(why, w->why, "got: %s", why);
    cr_expect_eq(set.n, 0);
}

Test(faults, a_set_has_bounds)
{
    char text[40];
    cr_assert_eq(add("dhcp.nak"), PXK_OK);
    cr_assert_eq(add("dhcp.nak"), PXK_E_EXISTS);
    cr_assert_str_eq(why, "the fault dhcp.nak is there twice");
    for (size_t i = 1; i < PXK_FAULTS_MAX; i++)
        cr_assert_eq(add(pxk_fmt(text, sizeof text, "tftp.missing=%zu", i)), PXK_OK);
    cr_assert_eq(add("tftp.missing=x"), PXK_E_SPACE);
    cr_assert_eq(set.n, PXK_FAULTS_MAX);
}

/* What is written is read again as the same. */
Test(faults, round_trip)
{
    static const char *const texts[] = {"dhcp.nak",         "dhcp.silent-to=uefi-arm64", "dhcp.slow=1500ms",
                                        "dhcp.short-lease=5s", "dhcp.address-in-use=10.0.0.1", "tftp.error=0",
                                        "tftp.wrong-tsize=-5", "tftp.only=a/b", "dhcp.wrong-file=x y"};
    char text[300];
    for (size_t i = 0; i < PXK_COUNT(texts); i++) {
        struct pxk_str s = pxk_str_init(text, sizeof text);
        cr_assert_eq(add(texts[i]), PXK_OK);
        pxk_fault_add_text(&set.at[i], &s);
        cr_assert_str_eq(text, texts[i]);
    }
}

/* ---- the table ---- */

Test(faults, the_table_is_complete)
{
    for (size_t i = 0; i < PXK_FAULT_N; i++) {
        const struct pxk_fault_row *row = pxk_fault_row((enum pxk_fault_id)i);
        cr_assert(row->name && *row->does && *row->source, "row %zu", i);
        cr_assert(pxk_str_starts(row->name, row->part == PXK_FAULT_PART_DHCP ? "dhcp." : "tftp."));
        cr_assert(row->min <= row->max);
        cr_assert(row->max == 0 || row->arg != PXK_FAULT_ARG_NONE);
        for (size_t k = 0; k < i; k++)
            cr_assert_str_neq(row->name, pxk_fault_name(k));
    }
    cr_assert_null(pxk_fault_name(PXK_FAULT_N));
}

Test(faults, docs_have_the_table)
{
    char *docs = scratch_text(PXK_DOCS "/serve.md"), *findings = scratch_text(PXK_DOCS "/findings.md"), line[400];
    cr_assert(docs && findings);
    for (size_t i = 0; i < PXK_FAULT_N; i++) {
        const struct pxk_fault_row *row = pxk_fault_row((enum pxk_fault_id)i);
        pxk_fmt(line, sizeof line, "| `%s%s` | %s | %s |\n", row->name, pxk_fault_arg_word(row->arg), row->does, row->finding);
        cr_expect(strstr(docs, line), "docs/serve.md lacks: %s", line);
        cr_expect(!*row->finding || strstr(findings, row->finding), "%s names no finding: %s", row->name, row->finding);
    }
    free(docs);
    free(findings);
}
