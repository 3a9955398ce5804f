/* Scenario files: any text gives cases or errors with sentences, never both, in bounded time. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pxk/scenario.h"

/* What play and judge rely on without looking. */
static void case_check(const struct pxk_scenario *s)
{
    if (!s->name || !s->file || !s->row || !s->id || !*s->id || strchr(s->id, '/') || !s->network.segments.n)
        abort();
    for (size_t i = 0; i < s->servers.n; i++)
        if (!s->servers.at[i].name || !s->servers.at[i].run || !s->servers.at[i].segment ||
            !s->servers.at[i].interface || s->servers.at[i].no_dhcp != !s->servers.at[i].dhcp)
            abort();
    for (size_t i = 0; i < s->clients.n; i++)
        if (!s->clients.at[i].name || !s->clients.at[i].port || !s->clients.at[i].segment ||
            s->clients.at[i].count != 1 || (!s->clients.at[i].personality && !s->clients.at[i].firmware))
            abort();
    for (size_t i = 0; i < s->timeline.n; i++)
        if (s->timeline.at[i].at_given == (s->timeline.at[i].on >= 0))
            abort();
    for (size_t i = 0; i < s->network.cables.n; i++)
        for (size_t j = 0; j < s->network.cables.at[i].rules.n; j++)
            (void)pxk_scn_rule_of(&s->network.cables.at[i].rules.at[j]); /* must not fall */
    if (s->clients.n > PXK_SCN_CLIENTS_MAX)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pxk_scenarios cases = {0};
    struct pxk_conf_errors errors = {0};
    enum pxk_err err = pxk_scenario_parse("folder/fuzzed.yaml", (const char *)data, len, &cases, &errors);
    if ((err == PXK_E_FORMAT) != (errors.list.n > 0) || (err == PXK_OK) != (cases.at.n > 0))
        abort();
    if (cases.at.n > PXK_SCN_CASES_MAX)
        abort();
    for (size_t i = 0; i < cases.at.n; i++) {
        struct pxk_text text = {0};
        case_check(cases.at.at[i]);
        pxk_scenario_expand(cases.at.at[i]->name, cases.at.at[i]->vars.at, cases.at.at[i]->vars.n, &text);
        pxk_text_done(&text);
    }
    pxk_conf_errors_done(&errors);
    pxk_scenarios_done(&cases);
    return 0;
}
