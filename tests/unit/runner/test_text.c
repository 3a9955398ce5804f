#include <criterion/criterion.h>
#include <string.h>

#include "run_int.h"

static void add(void (*f)(struct pxk_text *, const char *), const char *in, const char *out)
{
    struct pxk_text t = {0};
    f(&t, in);
    cr_assert_str_eq(t.s ? t.s : "", out);
    pxk_text_done(&t);
}

static void line(struct pxk_text *t, const char *s)
{
    run_add_line(t, s, strlen(s));
}

Test(runner_text, utf8_is_taken_where_it_is_valid)
{
    static const char *const bad[] = {"\x80", "\xc0\x80", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff"};
    uint32_t cp;
    cr_assert_eq(run_utf8("\xe2\x82\xac", 3, &cp), 3);
    cr_assert_eq(cp, 0x20ac);
    cr_assert_eq(run_utf8("\xf0\x9f\x98\x80", 4, &cp), 4);
    cr_assert_eq(cp, 0x1f600);
    cr_assert_eq(run_utf8("", 0, &cp), 0);
    for (size_t i = 0; i < PXK_COUNT(bad); i++)
        cr_assert_eq(run_utf8(bad[i], strlen(bad[i]), &cp), 0, "%zu", i);
}

Test(runner_text, lines)
{
    add(line, "plain \xc3\xa4", "plain \xc3\xa4");
    add(line, "a\nb\tc\x1b[0m\r", "a\\nb c\\x1b[0m\\x0d");
    add(line, "\xff\xc3", "\\xff\\xc3");
    add(line, "\xc2\x9b", "\\xc2\\x9b"); /* CSI of eight bits */
}

Test(runner_text, xml)
{
    add(run_add_xml, "<a b=\"c\">'&\n", "&lt;a b=&quot;c&quot;&gt;&#39;&amp;&#10;");
    add(run_add_xml, "\x01\xff\xef\xbf\xbe", "\\x01\\xff\\xef\\xbf\\xbe");
}

Test(runner_text, quoted)
{
    add(run_add_quoted, "say \"a\\b\"\n\x02", "\"say \\\"a\\\\b\\\"\\n\\x02\"");
}

Test(runner_text, shell_words)
{
    add(run_add_shell, "scenarios/a-b_c.yaml", "scenarios/a-b_c.yaml");
    add(run_add_shell, "a b", "'a b'");
    add(run_add_shell, "it's $HOME", "'it'\\''s $HOME'");
    add(run_add_shell, "", "''");
}

Test(runner_text, json_takes_any_bytes)
{
    json_t *v = run_json_text("a\xff\x01\xc3\xa4");
    cr_assert_str_eq(json_string_value(v), "a\\xff\x01\xc3\xa4");
    json_decref(v);
}

/* ---- --update ---- */

static void updates(const char *before, const char *after)
{
    struct pxk_text t = {0};
    char why[200];
    cr_assert(run_update_text(before, strlen(before), "expect:\n  dhcp: fail\n", &t, why, sizeof why));
    cr_assert_str_eq(t.s, after);
    pxk_text_done(&t);
}

Test(runner_update, the_block_is_replaced_and_nothing_else)
{
    updates("pxekit: 1\nexpect:\n  dhcp: pass\n  # inner\n\n  boot: pass\n\n# about clients\nclients: [bios]\n",
            "pxekit: 1\nexpect:\n  dhcp: fail\n\n# about clients\nclients: [bios]\n");
    updates("pxekit: 1\nexpect: {dhcp: pass}\n# end\n", "pxekit: 1\nexpect:\n  dhcp: fail\n# end\n");
    updates("expect:\n  dhcp: pass", "expect:\n  dhcp: fail\n");
    updates("a:\n  expect:\n    b\nexpect:\n# margin\n  dhcp: pass\nc: d\n", "a:\n  expect:\n    b\nexpect:\n  dhcp: fail\nc: d\n");
}

Test(runner_update, a_missing_block_is_added)
{
    updates("pxekit: 1\nclients: [bios]", "pxekit: 1\nclients: [bios]\nexpect:\n  dhcp: fail\n");
    updates("", "expect:\n  dhcp: fail\n");
}

Test(runner_update, two_blocks_are_refused)
{
    static const char twice[] = "expect: {}\nexpect: {}\n";
    struct pxk_text t = {0};
    char why[200] = "";
    cr_assert_not(run_update_text(twice, strlen(twice), "expect: {}\n", &t, why, sizeof why));
    cr_assert(*why);
    pxk_text_done(&t);
}
