#include "pool_rig.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "results.h"

static void rig_namespaces(struct rig *r)
{
    char why[500] = "";
    if (!run_child_possible(&r->run, why, sizeof why)) {
        if (getenv("CI"))
            cr_assert_fail("%s", why);
        cr_skip_test("no namespaces: %s", why);
    }
}

void rig_init(struct rig *r, const char *const *names, size_t n)
{
    static char text[] = "pxekit: 1\n";
    int mark[2];
    memset(r, 0, sizeof *r);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(shared, MAP_FAILED);
    cr_assert_eq(chdir(temp_folder()), 0);
    cr_assert(getcwd(shared->folder, sizeof shared->folder));
    temp_write("case.yaml", text, strlen(text));
    pxk_fmt(shared->file, sizeof shared->file, "%.280s/case.yaml", shared->folder);
    cr_assert_gt(readlink("/proc/self/ns/net", shared->network, sizeof shared->network - 1), 0);
    cr_assert_eq(pipe(shared->out_a), 0);
    cr_assert_eq(pipe(shared->out_b), 0);
    cr_assert_eq(pipe2(shared->ready, O_CLOEXEC), 0);
    cr_assert_eq(pipe(mark), 0);
    r->mark = mark[0];
    r->mark_held = mark[1];
    r->opts = (struct pxk_run_opts){.jobs = 2, .artifacts = "kept/here", .pxekit = "/bin/pxekit", .version = "1"};
    r->run = (struct run){.opts = &r->opts, .parts = &rig_parts, .out = stdout, .err = stderr};
    r->file = (struct run_file){.path = shared->file, .text = {.s = text, .len = strlen(text)}};
    r->set.files.at = &r->file;
    r->set.files.n = 1;
    r->set.cases.at = r->cases;
    r->set.cases.n = n;
    for (size_t i = 0; i < n; i++) {
        r->scenario[i] = (struct pxk_scenario){.name = (char *)names[i], .row = (char *)"", .id = (char *)names[i], .file = shared->file,
                                               .limit = 20 * PXK_SEC};
        r->cases[i] = (struct run_case){.s = &r->scenario[i], .id = (char *)names[i], .text = text, .text_len = strlen(text)};
        r->order[i] = i;
    }
    rig_namespaces(r);
}

static void ended(void *ctx, const struct run_case *c, json_t *result)
{
    struct rig *r = ctx;
    size_t i = (size_t)(c - r->cases);
    cr_assert_null(r->result[i], "one result per case");
    r->result[i] = result;
    r->ended++;
}

static int tick(void *ctx, const struct run_case *const *running, size_t n)
{
    const struct rig *r = ctx;
    (void)running;
    cr_assert_leq(n, r->opts.jobs);
    return -1;
}

bool rig_run(struct rig *r)
{
    struct run_sink sink = {.ended = ended, .tick = tick, .ctx = r};
    return run_pool(&r->run, &r->set, r->order, r->set.cases.n, &sink);
}

bool rig_play(struct rig *r)
{
    bool whole = rig_run(r);
    rig_gone(r);
    return whole;
}

void rig_gone(struct rig *r)
{
    char c;
    if (r->mark_held >= 0)
        close(r->mark_held);
    r->mark_held = -1;
    cr_assert_eq(read(r->mark, &c, 1), 0);
}

void rig_done(struct rig *r)
{
    for (size_t i = 0; i < RIG_CASES; i++)
        json_decref(r->result[i]);
    cr_assert_eq(chdir("/"), 0);
    temp_done();
}

const char *rig_status(const struct rig *r, size_t i)
{
    return r->result[i] ? run_get(r->result[i], "status") : "no result";
}
