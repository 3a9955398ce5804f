/* From paths and options to output and exit status, with fakes for what plays. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scratch.h"
#include "pool_rig.h"
#include "results.h"

struct call {
    struct pxk_run_opts opts;
    struct run run;
    const char *paths[4], *filters[4];
    char *out, *err;
    size_t out_n, err_n;
};

static void scenario_write(const char *path, const char *name, const char *rest)
{
    char text[600];
    pxk_fmt(text, sizeof text, "# about this one\npxekit: 1\nname: %s\n%s", name, rest);
    temp_write(path, text, strlen(text));
}

#define CLIENT "clients: [{arch: bios}]\n"

/* @path: NULL none. */
static void call_init(struct call *c, const char *path)
{
    memset(c, 0, sizeof *c);
    if (!shared)
        shared = calloc(1, sizeof *shared);
    c->paths[0] = path;
    c->opts = (struct pxk_run_opts){.paths = c->paths, .path_n = path ? 1 : 0, .filters = c->filters, .jobs = 2, .width = 100,
                                    .pxekit = "/bin/pxekit", .version = "1.2"};
    c->run = (struct run){.opts = &c->opts, .parts = &rig_parts};
}

static int call_make(struct call *c)
{
    c->run.out = open_memstream(&c->out, &c->out_n);
    c->run.err = open_memstream(&c->err, &c->err_n);
    int status = pxk_run_with(&c->run);
    fclose(c->run.out);
    fclose(c->run.err);
    return status;
}

static void call_done(struct call *c)
{
    free(c->out);
    free(c->err);
}

static void begin(void)
{
    cr_assert_eq(chdir(temp_folder()), 0);
}

static void end(void)
{
    cr_assert_eq(chdir("/"), 0);
    temp_done();
    free(shared);
}

static void skip(const char *why)
{
    end(); /* .fini is not called then */
    cr_skip_test("%s", why);
}

static void needs_namespaces(void)
{
    struct call c;
    char why[500];
    call_init(&c, NULL);
    if (!run_child_possible(&c.run, why, sizeof why) && !getenv("CI"))
        skip(why);
}

TestSuite(runner_run, .init = begin, .fini = end, .timeout = 60);

#define HAS(text, part) cr_assert(strstr(text, part), "no \"%s\" in:\n%s", part, text)
#define LACKS(text, part) cr_assert_not(strstr(text, part), "\"%s\" in:\n%s", part, text)

Test(runner_run, without_a_path_it_says_what_to_do)
{
    struct call c;
    call_init(&c, NULL);
    cr_assert_eq(call_make(&c), RUN_USAGE);
    HAS(c.err, "pxekit run scenarios/");
    call_done(&c);
}

Test(runner_run, paths_that_lead_nowhere)
{
    struct call c;
    call_init(&c, "nothing/here");
    cr_assert_eq(call_make(&c), RUN_USAGE);
    HAS(c.err, "nothing/here: No such file or directory");
    call_done(&c);
    cr_assert_eq(mkdir("empty", 0755), 0);
    call_init(&c, "empty");
    cr_assert_eq(call_make(&c), RUN_USAGE);
    HAS(c.err, "there is no scenario (*.yaml, *.yml) in empty");
    call_done(&c);
}

static void tree_make(void)
{
    cr_assert_eq(mkdir("s", 0755), 0);
    cr_assert_eq(mkdir("s/dhcp", 0755), 0);
    cr_assert_eq(mkdir("s/tftp", 0755), 0);
    cr_assert_eq(mkdir("s/.hidden", 0755), 0);
    scenario_write("s/dhcp/same.yaml", "pass", "tags: [dhcp, quick]\n" CLIENT);
    scenario_write("s/tftp/same.yml", "fail", "tags: [tftp]\n" CLIENT);
    scenario_write("s/tftp/a b.yaml", "skip", CLIENT);
    scenario_write("s/.hidden/x.yaml", "hidden", CLIENT);
    scenario_write("s/.x.yaml", "hidden", CLIENT);
    temp_write("s/README", "text", 4);
    cr_assert_eq(mkdir("s/pxekit-artifacts", 0755), 0);
    cr_assert_eq(mkdir("s/pxekit-artifacts/same", 0755), 0);
    scenario_write("s/pxekit-artifacts/same/scenario.yaml", "kept", CLIENT);
    temp_write("s/pxekit-artifacts/same/result.json", "{}", 2);
    cr_assert_eq(symlink("..", "s/dhcp/loop"), 0);
    cr_assert_eq(symlink("../tftp", "s/dhcp/tftp-again"), 0);
    cr_assert_eq(symlink("nowhere", "s/dhcp/broken"), 0);
}

Test(runner_run, folders_are_searched_each_file_once)
{
    struct call c;
    tree_make();
    call_init(&c, "s");
    c.paths[1] = "s/dhcp/same.yaml";
    c.opts.path_n = 2;
    c.opts.list = true;
    cr_assert_eq(call_make(&c), RUN_PASS, "%s", c.err);
    cr_assert_str_eq(c.out, "dhcp.same        dhcp,quick  pass\n"
                            "a_b              -           skip\n"
                            "tftp-again.same  tftp        fail\n", "%s", c.out);
    call_done(&c);
}

static void lists(const char *f0, const char *f1, const char *id)
{
    struct call c;
    call_init(&c, "s");
    c.filters[0] = f0;
    c.filters[1] = f1;
    c.opts.filter_n = f1 ? 2 : 1;
    c.opts.list = true;
    cr_assert_eq(call_make(&c), RUN_PASS, "%s", c.err);
    size_t lines = 0;
    for (const char *s = c.out; (s = strchr(s, '\n')) != NULL; s++)
        lines++;
    cr_assert_eq(lines, 1, "%s", c.out);
    HAS(c.out, id);
    call_done(&c);
}

Test(runner_run, filters)
{
    tree_make();
    lists("quick", NULL, "dhcp.same");
    lists("!dhcp", "!tftp", "a_b");
    lists("tftp", "!quick", "tftp-again.same");
    lists("name:ski", NULL, "a_b");
    lists("name:pass", NULL, "dhcp.same");
    lists("id:again", NULL, "tftp-again.same");
    lists("id:dhcp.same", NULL, "dhcp.same");
}

Test(runner_run, a_filter_that_fits_nothing_names_what_is_near)
{
    struct call c;
    tree_make();
    call_init(&c, "s");
    c.filters[0] = "dhpc";
    c.opts.filter_n = 1;
    cr_assert_eq(call_make(&c), RUN_USAGE);
    cr_assert_str_eq(c.err, "pxekit run: no case has the tag \"dhpc\"; these are there: dhcp, quick, tftp\n");
    call_done(&c);
    call_init(&c, "s");
    c.filters[0] = "dhcp";
    c.filters[1] = "!quick";
    c.opts.filter_n = 2;
    cr_assert_eq(call_make(&c), RUN_USAGE);
    HAS(c.err, "no case fits these filters");
    call_done(&c);
}

Test(runner_run, an_error_in_one_file_starts_nothing)
{
    struct call c;
    tree_make();
    scenario_write("s/dhcp/wrong.yaml", "wrong", "clinets: [x]\n");
    scenario_write("s/dhcp/worse.yaml", "worse", "tags: [\n");
    call_init(&c, "s");
    cr_assert_eq(call_make(&c), RUN_USAGE);
    cr_assert_eq(c.out_n, 0);
    HAS(c.err, "s/dhcp/wrong.yaml:4:1: ");
    HAS(c.err, "s/dhcp/worse.yaml:");
    call_done(&c);
}

Test(runner_run, a_dry_run_tells_what_would_be)
{
    struct call c;
    tree_make();
    call_init(&c, "s");
    c.opts.dry_run = true;
    cr_assert_eq(call_make(&c), RUN_PASS);
    HAS(c.out, "dhcp.same  pass\n");
    HAS(c.out, "    clients: bios\n");
    HAS(c.out, "    skipped: Kea is not installed\n");
    HAS(c.out, "2 would run, 1 would be skipped\n");
    call_done(&c);
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

Test(runner_run, plays_and_sums_up)
{
    struct call c;
    needs_namespaces();
    tree_make();
    call_init(&c, "s");
    cr_assert_eq(call_make(&c), RUN_FAILED);
    HAS(c.out, "ok   dhcp/same  ");
    HAS(c.out, "FAIL tftp-again/same  ");
    HAS(c.out, "skip tftp-again/a b: Kea is not installed\n");
    HAS(c.out, "     step dhcp  pass");
    HAS(c.out, "again: pxekit run s/dhcp/tftp-again/same.yml --keep\n");
    HAS(c.out, "kept:  pxekit-artifacts/tftp-again.same\n");
    cr_assert(ends_with(c.out, "\n1 passed, 1 failed, 1 skipped\n"), "%s", c.out);
    LACKS(c.out, "\033");
    call_done(&c);
}

Test(runner_run, a_terminal_shows_what_is_under_way)
{
    struct call c;
    needs_namespaces();
    tree_make();
    call_init(&c, "s/dhcp/same.yaml");
    c.opts.live = c.opts.colour = true;
    cr_assert_eq(call_make(&c), RUN_PASS);
    HAS(c.err, "\r\033[K[0/1] ");
    HAS(c.err, "  same");
    cr_assert(ends_with(c.err, "\r\033[K"), "the line is taken away in the end");
    HAS(c.out, "\033[32mok   \033[0m");
    call_done(&c);
}

Test(runner_run, quiet_tells_failures_only)
{
    struct call c;
    needs_namespaces();
    tree_make();
    call_init(&c, "s");
    c.opts.quiet = true;
    c.filters[0] = "!tftp";
    c.opts.filter_n = 1;
    cr_assert_eq(call_make(&c), RUN_PASS);
    cr_assert_str_eq(c.out, "1 passed, 0 failed, 1 skipped\n");
    call_done(&c);
}

Test(runner_run, verbose_tells_what_was_met)
{
    struct call c;
    needs_namespaces();
    tree_make();
    call_init(&c, "s/dhcp/same.yaml");
    c.opts.verbose = true;
    cr_assert_eq(call_make(&c), RUN_PASS);
    HAS(c.out, "     ok  step dhcp: pass\n");
    call_done(&c);
}

Test(runner_run, no_skip_fails_what_is_skipped)
{
    struct call c;
    needs_namespaces();
    tree_make();
    call_init(&c, "s/tftp/a b.yaml");
    c.opts.no_skip = true;
    cr_assert_eq(call_make(&c), RUN_FAILED);
    HAS(c.out, "Kea is not installed");
    HAS(c.out, "again: pxekit run 's/tftp/a b.yaml' --keep\n");
    HAS(c.out, "\n0 passed, 1 failed, 0 skipped\n");
    call_done(&c);
}

static json_t *json_of(const char *text)
{
    json_t *doc = json_loads(text, 0, NULL);
    cr_assert(doc, "%s", text);
    return doc;
}

Test(runner_run, documents)
{
    struct call c;
    struct stat st;
    needs_namespaces();
    tree_make();
    call_init(&c, "s");
    c.opts.json = c.opts.github = true;
    c.opts.junit = "j.xml";
    c.opts.html = "h.html";
    c.opts.json_file = "r.json";
    setenv("GITHUB_STEP_SUMMARY", "summary.md", 1);
    cr_assert_eq(call_make(&c), RUN_FAILED);
    unsetenv("GITHUB_STEP_SUMMARY");
    json_t *doc = json_of(c.out), *file = json_load_file("r.json", 0, NULL);
    cr_assert(json_equal(doc, file));
    cr_assert_eq(json_array_size(json_object_get(doc, "results")), 3);
    HAS(c.err, "::error file=s/dhcp/tftp-again/same.yml,line=3,");
    cr_assert(stat("j.xml", &st) == 0 && st.st_size > 0);
    cr_assert(stat("h.html", &st) == 0 && st.st_size > 0);
    cr_assert(stat("summary.md", &st) == 0 && st.st_size > 0);
    json_decref(doc);
    json_decref(file);
    call_done(&c);
}

Test(runner_run, a_document_that_cannot_be_written_is_told_before)
{
    struct call c;
    needs_namespaces();
    tree_make();
    call_init(&c, "s");
    c.opts.junit = "no/such/folder/j.xml";
    cr_assert_eq(call_make(&c), RUN_USAGE);
    cr_assert_eq(c.out_n, 0);
    HAS(c.err, "no/such/folder/j.xml cannot be written");
    call_done(&c);
}

Test(runner_run, tap_and_nothing_else)
{
    struct call c;
    needs_namespaces();
    tree_make();
    call_init(&c, "s");
    c.opts.tap = true;
    cr_assert_eq(call_make(&c), RUN_FAILED);
    cr_assert(pxk_str_starts(c.out, "TAP version 13\n1..3\n"), "%s", c.out);
    HAS(c.out, "\nnot ok ");
    cr_assert(ends_with(c.out, "\n# 1 passed, 1 failed, 1 skipped\n"));
    call_done(&c);
}

/* The same seed gives the same order, another one another. */
static char *order_of(unsigned long seed, bool shuffle)
{
    struct call c;
    call_init(&c, "many");
    c.opts.jobs = 1;
    c.opts.shuffle = shuffle;
    c.opts.shuffle_seed = seed;
    cr_assert_eq(call_make(&c), RUN_PASS, "%s", c.out);
    char *order = calloc(1, 200);
    for (const char *s = c.out; (s = strstr(s, "many/")) != NULL; s++)
        strncat(order, s + 5, 1);
    call_done(&c);
    return order;
}

Test(runner_run, shuffled_by_seed)
{
    char path[40];
    needs_namespaces();
    cr_assert_eq(mkdir("many", 0755), 0);
    for (char c = 'a'; c <= 'j'; c++)
        scenario_write(pxk_fmt(path, sizeof path, "many/%c.yaml", c), "pass", CLIENT);
    char *plain = order_of(7, false), *one = order_of(7, true), *again = order_of(7, true), *other = order_of(8, true);
    cr_assert_str_eq(plain, "abcdefghij");
    cr_assert_str_eq(one, again);
    cr_assert_str_neq(one, other);
    cr_assert_str_neq(one, plain);
    free(plain);
    free(one);
    free(again);
    free(other);
}

Test(runner_run, those_that_may_take_longest_come_first)
{
    needs_namespaces();
    cr_assert_eq(mkdir("many", 0755), 0);
    scenario_write("many/a.yaml", "pass", CLIENT);
    scenario_write("many/b.yaml", "pass", "limit: 59s\n" CLIENT);
    scenario_write("many/c.yaml", "pass", "limit: 3m\n" CLIENT);
    scenario_write("many/d.yaml", "pass", CLIENT);
    scenario_write("many/e.yaml", "pass", "limit: 181s\n" CLIENT);
    char *order = order_of(7, false), *shuffled = order_of(7, true);
    cr_assert_str_eq(order, "ecadb");
    cr_assert_str_neq(shuffled, order);
    free(order);
    free(shuffled);
}

Test(runner_run, update_rewrites_what_failed)
{
    struct call c;
    struct stat st;
    needs_namespaces();
    cr_assert_eq(mkdir("u", 0755), 0);
    scenario_write("u/fail.yaml", "fail", "expect:\n  exit: 0\n# after\n" CLIENT);
    scenario_write("u/pass.yaml", "pass", "expect: {exit: 0}\n" CLIENT);
    cr_assert_eq(chmod("u/fail.yaml", 0640), 0);
    char *before = scratch_text("u/pass.yaml");
    call_init(&c, "u");
    c.opts.update = true;
    cr_assert_eq(call_make(&c), RUN_FAILED, "it did fail");
    HAS(c.err, "u/fail.yaml: `expect:` is now what was seen");
    char *fail = scratch_text("u/fail.yaml"), *pass = scratch_text("u/pass.yaml");
    cr_assert_str_eq(fail, "# about this one\npxekit: 1\nname: fail\nexpect:\n  exit: 1\n# after\n" CLIENT);
    cr_assert_str_eq(pass, before, "what passed stays as it is");
    cr_assert_eq(stat("u/fail.yaml", &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0640);
    free(before);
    free(fail);
    free(pass);
    call_done(&c);
}

Test(runner_run, update_leaves_files_whose_rows_differ)
{
    struct call c;
    needs_namespaces();
    temp_write("rows.yaml", "", 0);
    scenario_write("rows.yaml", "${end}", "matrix: {end: [pass, fail]}\nexpect: {exit: 0}\n" CLIENT);
    char *before = scratch_text("rows.yaml");
    call_init(&c, "rows.yaml");
    c.opts.update = true;
    cr_assert_eq(call_make(&c), RUN_FAILED, "%s", c.err);
    HAS(c.err, "rows.yaml is left as it was: its rows do not end alike");
    call_done(&c);
    call_init(&c, "rows.yaml");
    c.opts.update = true;
    c.filters[0] = "name:fail";
    c.opts.filter_n = 1;
    cr_assert_eq(call_make(&c), RUN_FAILED);
    HAS(c.err, "not all of its rows were run");
    HAS(c.out, " --filter id:rows.fail --keep\n");
    char *after = scratch_text("rows.yaml");
    cr_assert_str_eq(after, before);
    free(before);
    free(after);
    call_done(&c);
}

Test(runner_run, a_folder_below_run_can_be_worked_in)
{
    struct call c;
    char folder[] = "/run/pxekit-test-XXXXXX";
    needs_namespaces();
    if (!mkdtemp(folder))
        skip("/run cannot be written by this user");
    cr_assert_eq(chdir(folder), 0);
    FILE *f = fopen("fail.yaml", "w");
    fputs("pxekit: 1\nname: fail\n" CLIENT, f);
    fclose(f);
    call_init(&c, "fail.yaml");
    cr_assert_eq(call_make(&c), RUN_FAILED);
    HAS(c.out, "kept:  pxekit-artifacts/fail\n");
    struct stat st;
    cr_assert_eq(stat("pxekit-artifacts/fail/scenario.yaml", &st), 0);
    cr_assert(scratch_remove(folder));
    call_done(&c);
}
