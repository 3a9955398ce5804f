#include "cables.h"

#include <string.h>

void play_cable_add(const struct pxk_scn_cable *c, struct pxk_cable_opts *opts, struct pxk_cable_rule *rules)
{
    if (c->way != PXK_SCN_WAY_TO)
        opts->way[PXK_CABLE_A] = c->effect;
    if (c->way != PXK_SCN_WAY_FROM)
        opts->way[PXK_CABLE_B] = c->effect;
    for (size_t i = 0; i < c->rules.n && opts->rule_n < PXK_CABLE_RULES; i++)
        rules[opts->rule_n++] = pxk_scn_rule_of(&c->rules.at[i]);
    opts->rules = rules;
    if (c->silent)
        opts->silent = c->silent;
    if (c->cut)
        opts->cut = true;
}

/* The timeline may want to cut a cable that is sound so far. */
static bool is_in_timeline(const struct pxk_scenario *s, const char *port)
{
    for (size_t i = 0; i < s->timeline.n; i++)
        if (s->timeline.at[i].port && strcmp(s->timeline.at[i].port, port) == 0)
            return true;
    return false;
}

bool play_cable_of(const struct pxk_scenario *s, const char *port, struct pxk_cable_opts *out, struct pxk_cable_rule *rules)
{
    bool any = is_in_timeline(s, port);
    *out = (struct pxk_cable_opts){.seed = pxk_hash(s->seed * 0x9e3779b97f4a7c15u, port, strlen(port))};
    for (size_t i = 0; i < s->network.cables.n; i++) {
        const struct pxk_scn_cable *c = &s->network.cables.at[i];
        if (strcmp(c->port, port) != 0)
            continue;
        any = true;
        play_cable_add(c, out, rules);
    }
    return any;
}
