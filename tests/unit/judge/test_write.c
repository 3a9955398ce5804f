/* What was seen, written as expectations. */
#include "judged.h"

static char *written(json_t *seen)
{
    static struct pxk_text out;
    struct pxk_scenario s = scenario_of((struct pxk_scn_expect){.given = true});
    pxk_text_done(&out);
    pxk_judge_write(&s, seen, &out);
    json_decref(seen);
    return out.s;
}

Test(judge_write, what_does_not_boot)
{
    cr_assert_str_eq(written(json_of(seen_text)), "expect:\n"
                                                  "  steps:\n"
                                                  "    connectivity: pass\n"
                                                  "    dhcp: fail\n"
                                                  "    files: unknown\n"
                                                  "    boot: unknown\n"
                                                  "    install: unknown\n"
                                                  "  findings: [no-boot-file, two-proxies]\n"
                                                  "  clients:\n"
                                                  "    - client: bios\n"
                                                  "      boots: true\n"
                                                  "      reached: install\n"
                                                  "    - client: uefi\n"
                                                  "      boots: false\n"
                                                  "      reached: lease\n");
}

Test(judge_write, what_boots)
{
    cr_assert_str_eq(written(healthy_seen()), "expect:\n  healthy: true\n");
}

Test(judge_write, nobody)
{
    cr_assert_str_eq(written(json_of("{}")), "expect: {}\n");
}

Test(judge_write, what_a_watcher_said)
{
    static const char missed[] = "{'report': {'findings': [{'name': 'file-missing', 'severity': 'failure'}]}}";
    static char lan[] = "lan";
    struct pxk_scenario s = scenario_of((struct pxk_scn_expect){.probe = {.given = true, .stays = 60 * PXK_SEC}});
    struct pxk_text out = {0};
    json_t *seen = healthy_seen();
    json_object_set_new(seen, "probe", json_of("{'report': {'findings': []}}"));
    pxk_judge_write(&s, seen, &out);
    cr_assert_str_eq(out.s, "expect:\n  healthy: true\n  probe:\n    first: same\n    findings: []\n");
    pxk_text_done(&out);
    json_object_set_new(seen, "probe", json_of(missed));
    s.expect.probe.at = lan;
    s.expect.probe.stays = 0;
    pxk_judge_write(&s, seen, &out);
    cr_assert_str_eq(out.s, "expect:\n  healthy: true\n  probe:\n    first: file-missing\n    findings: [file-missing]\n"
                            "    at: lan\n    stays: 0ms\n");
    pxk_text_done(&out);
    json_object_del(seen, "report");
    pxk_judge_write(&s, seen, &out);
    cr_assert(pxk_str_starts(out.s, "expect:\n  probe:\n    first: file-missing\n"), "%s", out.s);
    pxk_text_done(&out);
    json_decref(seen);
}

/* ---- what is written is read again, and fits ---- */

static void fits_again(json_t *seen)
{
    static const char head[] =
        "pxekit: 1\nname: x\n"
        "clients:\n  - {name: bios, arch: bios}\n  - {name: uefi, arch: uefi-x64}\n";
    struct pxk_scenarios cases = {0};
    struct pxk_conf_errors errors = {0};
    struct pxk_text file = {0};
    json_t *checks = json_array();
    pxk_text_add(&file, head);
    pxk_text_add(&file, written(json_incref(seen)));
    enum pxk_err err = pxk_scenario_parse("x.yaml", file.s, file.len, &cases, &errors);
    cr_assert(err == PXK_OK, "%s\n%s", errors.list.n ? errors.list.at[0].text : "", file.s);
    cr_assert_eq(cases.at.n, 1);
    cr_assert_eq(pxk_judge(cases.at.at[0], seen, checks), 0, "%s", file.s);
    cr_assert_gt(json_array_size(checks), 0);
    json_decref(checks);
    json_decref(seen);
    pxk_text_done(&file);
    pxk_conf_errors_done(&errors);
    pxk_scenarios_done(&cases);
}

Test(judge_write, is_read_again_and_fits)
{
    fits_again(json_of(seen_text));
    fits_again(healthy_seen());
}

Test(judge_write, does_not_fit_what_was_not_seen)
{
    struct pxk_scenarios cases = {0};
    struct pxk_conf_errors errors = {0};
    struct pxk_text file = {0};
    json_t *seen = json_of(seen_text), *checks = json_array();
    pxk_text_add(&file, "pxekit: 1\nname: x\nclients:\n  - {name: bios, arch: bios}\n"
                        "  - {name: uefi, arch: uefi-x64}\n");
    pxk_text_add(&file, written(healthy_seen()));
    cr_assert_eq(pxk_scenario_parse("x.yaml", file.s, file.len, &cases, &errors), PXK_OK);
    cr_assert_gt(pxk_judge(cases.at.at[0], seen, checks), 0);
    cr_assert_eq(json_integer_value(json_object_get(json_array_get(checks, 0), "line")), 7);
    json_decref(checks);
    json_decref(seen);
    pxk_text_done(&file);
    pxk_conf_errors_done(&errors);
    pxk_scenarios_done(&cases);
}

Test(judge_write, words_that_are_no_words)
{
    json_t *seen =
        json_of("{'report': {'findings': [{'name': 'a: [\\n\\u0022', 'severity': 'failure'}]}}");
    cr_assert_str_eq(written(seen), "expect:\n  findings: [\"a: [\\x0a\\x22\"]\n");
}
