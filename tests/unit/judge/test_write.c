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

Test(judge_write, words_that_are_no_words)
{
    json_t *seen =
        json_of("{'report': {'findings': [{'name': 'a: [\\n\\u0022', 'severity': 'failure'}]}}");
    cr_assert_str_eq(written(seen), "expect:\n  findings: [\"a: [\\x0a\\x22\"]\n");
}
