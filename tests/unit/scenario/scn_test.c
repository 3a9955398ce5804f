#include "scn_test.h"

static enum pxk_err parse(const char *text, struct pxk_scenarios *out, char *errors, size_t cap)
{
    struct pxk_conf_errors e = {0};
    struct pxk_str s = pxk_str_init(errors, cap);
    *out = (struct pxk_scenarios){0};
    enum pxk_err err = pxk_scenario_parse("folder/f.yaml", text, strlen(text), out, &e);
    for (size_t i = 0; pxk_conf_error_line(&e, "f", i, &s); i++)
        pxk_str_add(&s, "\n");
    pxk_conf_errors_done(&e);
    return err;
}

struct pxk_scenarios scn_good(const char *text)
{
    struct pxk_scenarios all;
    char errors[8192];
    enum pxk_err err = parse(text, &all, errors, sizeof errors);
    cr_assert_eq(err, PXK_OK, "%s", errors);
    return all;
}

void scn_bad(const char *text, const char *want)
{
    struct pxk_scenarios all;
    char errors[8192];
    enum pxk_err err = parse(text, &all, errors, sizeof errors);
    cr_expect_str_eq(errors, want, "got:\n%swanted:\n%s", errors, want);
    cr_expect_eq(err, PXK_E_FORMAT);
    cr_expect_eq(all.at.n, 0);
    pxk_scenarios_done(&all);
}

static const char *with_head(const char *body, char *buf, size_t cap)
{
    return pxk_fmt(buf, cap, "pxekit: 1\nname: n\nclients: [{arch: bios}]\n%s", body);
}

void scn_bad_body(const char *body, const char *want)
{
    char text[8192];
    scn_bad(with_head(body, text, sizeof text), want);
}

struct pxk_scenario *scn_body(struct pxk_scenarios *all, const char *body)
{
    char text[8192];
    *all = scn_good(with_head(body, text, sizeof text));
    cr_assert_eq(all->at.n, 1);
    return all->at.at[0];
}
