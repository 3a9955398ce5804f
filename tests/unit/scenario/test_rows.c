/* Variables and the matrix. */
#include <stdlib.h>

#include "scn_test.h"

#define HEAD "pxekit: 1\nname: n\nclients: [{arch: bios}]\n"

static void expect_rows(const char *text, const char *want)
{
    struct pxk_scenarios all = scn_good(text);
    char buf[2000];
    struct pxk_str s = pxk_str_init(buf, sizeof buf);
    for (size_t i = 0; i < all.at.n; i++)
        pxk_str_addf(&s, "%s [%s] %s\n", all.at.at[i]->id, all.at.at[i]->row, all.at.at[i]->name);
    cr_expect_str_eq(buf, want, "got:\n%s", buf);
    pxk_scenarios_done(&all);
}

Test(scenario_rows, the_first_key_varies_slowest)
{
    expect_rows("pxekit: 1\nname: '${b} of ${a}'\nclients: [{arch: bios}]\n"
                "matrix: {a: [x, y], b: [1, 2]}\n",
                "f.x.1 [a=x, b=1] 1 of x\n"
                "f.x.2 [a=x, b=2] 2 of x\n"
                "f.y.1 [a=y, b=1] 1 of y\n"
                "f.y.2 [a=y, b=2] 2 of y\n");
}

Test(scenario_rows, all_keys_of_an_exception_must_fit)
{
    expect_rows(HEAD "matrix: {a: [x, y, z], b: [1, 2]}\nexcept: [{a: x, b: 1}, {a: [y, z], b: 2}]\n",
                "f.x.2 [a=x, b=2] n\n"
                "f.y.1 [a=y, b=1] n\n"
                "f.z.1 [a=z, b=1] n\n");
}

Test(scenario_rows, variables_of_some_rows_and_later_ones_win)
{
    expect_rows("pxekit: 1\nname: '${v}'\nclients: [{arch: bios}]\n"
                "vars: {v: plain}\nmatrix: {a: [x, y, z]}\n"
                "with: [{when: {a: [y, z]}, set: {v: 'not ${a}'}}, {when: {a: z}, set: {v: last}}]\n",
                "f.x [a=x] plain\n"
                "f.y [a=y] not y\n"
                "f.z [a=z] last\n");
}

Test(scenario_rows, ids_are_words_for_folders_and_stay_unique)
{
    expect_rows(HEAD "matrix: {a: ['../x y', '.._x_y', 10.77.0.1, kea+atftpd]}\n",
                "f.___x_y [a=../x y] n\n"
                "f.___x_y-2 [a=.._x_y] n\n"
                "f.10_77_0_1 [a=10.77.0.1] n\n"
                "f.kea+atftpd [a=kea+atftpd] n\n");
}

Test(scenario_rows, variables_may_need_each_other_in_any_order)
{
    struct pxk_scenarios all = scn_good(HEAD "vars: {pool: '${net}.5-${net}.6', net: 10.77.0}\n"
                                             "servers: [{dhcp: {pool: '${pool}'}}]\n");
    const struct pxk_scenario *s = all.at.at[0];
    cr_assert_eq(s->servers.at[0].dhcp->pool.last, PXK_IP4(10, 77, 0, 6));
    cr_assert_eq(s->vars.n, 2);
    cr_assert_str_eq(s->vars.at[0].key, "pool");
    cr_assert_str_eq(s->vars.at[0].value, "10.77.0.5-10.77.0.6");
    pxk_scenarios_done(&all);
}

Test(scenario_rows, a_variable_may_be_a_word_in_place_of_a_mapping)
{
    struct pxk_scenarios all = scn_good(HEAD "vars: {d: none}\nservers: [{dhcp: '${d}'}]\n");
    cr_assert(all.at.at[0]->servers.at[0].no_dhcp);
    pxk_scenarios_done(&all);
}

Test(scenario_rows, what_is_known_later_stays)
{
    struct pxk_scenarios all = scn_good(HEAD "vars: {x: '${root}/x'}\n"
                                             "commands: [{run: 'a ${x} ${address} $${HOME} $${root} $$ $'}]\n");
    const char *run = all.at.at[0]->commands.at[0].run;
    cr_assert_str_eq(run, "a ${root}/x ${address} ${HOME} $${root} $$ $");
    struct pxk_text text = {0};
    struct pxk_conf_pair late[] = {{(char *)"root", (char *)"/srv"}, {(char *)"address", (char *)"10.0.0.1"}};
    pxk_scenario_expand(run, late, 2, &text);
    cr_assert_str_eq(text.s, "a /srv/x 10.0.0.1 ${HOME} ${root} $$ $");
    pxk_text_done(&text);
    pxk_scenarios_done(&all);
}

/* ---- wrong ---- */

Test(scenario_rows, unknown_variables)
{
    scn_bad("pxekit: 1\nname: '${servr}'\nclients: [{arch: bios}]\nvars: {server: x, y: '${z}'}\n",
            "f:4:22: y has an unknown variable \"z\"; did you mean \"y\"\n");
    scn_bad("pxekit: 1\nname: '${servr}'\nclients: [{arch: bios}]\nvars: {server: x}\n",
            "f:2:7: name has an unknown variable \"servr\"; did you mean \"server\"\n");
    scn_bad("pxekit: 1\nname: 'a ${b'\nabout: 'echo ${HOME:-x}'\nclients: [{arch: bios}]\n",
            "f:2:7: name has \"${\" without \"}\"; write \"$${\" for the two characters themselves\n"
            "f:3:8: about has \"${HOME:-x}\", which is no variable; write \"$${\" for the two characters themselves\n");
}

Test(scenario_rows, a_circle)
{
    scn_bad(HEAD "vars: {a: '${b}', b: '${a}'}\n", "f:4:22: b needs itself: ${a}\n");
}

Test(scenario_rows, names)
{
    scn_bad(HEAD "vars: {1x: a, root: b, s: c}\nmatrix: {s: [1]}\n",
            "f:4:8: \"1x\" is no name for a variable, expected a letter, then letters, digits, - and _\n"
            "f:4:15: \"root\" cannot be set: it is known only when a case is played\n"
            "f:4:24: s is a key of the matrix already\n");
}

Test(scenario_rows, the_matrix)
{
    scn_bad(HEAD "matrix: {a: [], b: [x, x]}\n",
            "f:4:13: a has no values, so there is no row\n");
    scn_bad(HEAD "matrix: {b: [x, x]}\n", "f:4:17: this value is there twice in b\n");
    scn_bad(HEAD "matrix: {b: [[x]]}\n", "f:4:14: b is a list, expected a text\n");
    scn_bad(HEAD "matrix: {b: [x]}\nexcept: {b: x}\n", "f:5:9: except is a mapping, expected a list\n");
    scn_bad(HEAD "matrix: {b: [x]}\nexcept: [{b: x}]\n", "f:5:9: every row is left out\n");
}

Test(scenario_rows, conditions_name_keys_and_values_of_the_matrix)
{
    scn_bad(HEAD "matrix: {server: [dnsmasq, kea]}\n"
                 "except: [{servr: kea}]\n"
                 "with: [{when: {server: dnsmask}, set: {v: x}}]\n",
            "f:5:11: the matrix has no \"servr\"; did you mean \"server\"\n"
            "f:6:24: server has no value \"dnsmask\" in the matrix; did you mean \"dnsmasq\"\n");
}

Test(scenario_rows, too_many)
{
    char text[4096];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    pxk_str_add(&s, HEAD "matrix:\n");
    for (char key = 'a'; key <= 'b'; key++) {
        pxk_str_addf(&s, "  %c: [", key);
        for (int i = 0; i < 17; i++)
            pxk_str_addf(&s, "%s%d", i ? ", " : "", i);
        pxk_str_add(&s, "]\n");
    }
    scn_bad(text, "f:5:3: the matrix has more than 256 rows\n");
    pxk_str_add(&s, "  c: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]\n");
    scn_bad(text, "f:5:3: the matrix has more than 4096 combinations\n");
}

Test(scenario_rows, a_variable_cannot_grow_without_end)
{
    char text[4096], value[1001] = "";
    memset(value, 'x', 1000);
    pxk_fmt(text, sizeof text, HEAD "vars:\n  a: %s\n  b: '${a}${a}${a}${a}${a}'\n  c: '${b}${b}${b}${b}'\n", value);
    scn_bad(text, "f:7:6: c has more than 16384 characters once its variables are put in\n");
}

Test(scenario_rows, an_error_of_all_rows_is_told_once)
{
    scn_bad(HEAD "matrix: {a: [x, y, z]}\nlimit: soon\n",
            "f:5:8: limit is \"soon\", expected a duration such as 90s or 1h30m from 1.0 s to 1 h\n");
}

Test(scenario_rows, an_error_of_some_rows_tells_which)
{
    scn_bad(HEAD "matrix: {limit: [5s, soon, 7s], b: [1, 2]}\nlimit: ${limit}\n",
            "f:5:8: limit is \"soon\", expected a duration such as 90s or 1h30m from 1.0 s to 1 h "
            "(in row limit=soon, b=1 and 1 more)\n");
    scn_bad(HEAD "matrix: {a: [x, y]}\nwith: [{when: {a: x}, set: {v: t}}]\nabout: ${v}\n",
            "f:6:8: about has an unknown variable \"v\"; did you mean \"a\" (in row a=y)\n");
}
