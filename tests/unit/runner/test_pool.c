#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool_rig.h"
#include "results.h"

#define INIT(r, ...) \
    static const char *const names[] = {__VA_ARGS__}; \
    struct rig r; \
    rig_init(&r, names, PXK_COUNT(names))

static bool is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

Test(runner_pool, every_end_is_told, .timeout = 60)
{
    INIT(r, "pass", "fail", "skip", "broken", "crash", "exits", "look");
    cr_assert(rig_play(&r));
    cr_assert_str_eq(rig_status(&r, 0), "passed");
    cr_assert_str_eq(rig_status(&r, 1), "failed");
    cr_assert_str_eq(rig_status(&r, 2), "skipped");
    cr_assert_str_eq(run_get(r.result[2], "why"), "Kea is not installed");
    cr_assert_str_eq(rig_status(&r, 3), "error");
    cr_assert_str_eq(run_get(r.result[3], "why"), "dnsmasq did not start: \\xff bad");
    cr_assert_str_eq(rig_status(&r, 4), "error");
    cr_assert(strstr(run_get(r.result[4], "why"), "SIGSEGV"));
    cr_assert_str_eq(run_get(r.result[4], "log"), "on the way\nto the end\n");
    cr_assert_str_eq(rig_status(&r, 5), "error");
    cr_assert(strstr(run_get(r.result[5], "why"), "status 7"));
    cr_assert_str_eq(rig_status(&r, 6), "passed", "%s", run_get(r.result[6], "why"));
    rig_done(&r);
}

Test(runner_pool, a_failure_brings_its_packets, .timeout = 60)
{
    INIT(r, "fail", "pass");
    cr_assert(rig_play(&r));
    cr_assert_eq(json_array_size(json_object_get(r.result[0], "packets")), 3);
    cr_assert_eq(json_array_size(json_object_get(r.result[1], "packets")), 0);
    cr_assert_eq(json_array_size(json_object_get(r.result[1], "checks")), 1);
    cr_assert(json_object_get(json_object_get(r.result[1], "report"), "steps"));
    cr_assert(strstr(run_get(r.result[0], "repeat"), "case.yaml --filter id:fail --keep"));
    rig_done(&r);
}

Test(runner_pool, a_case_that_hangs_is_ended_and_keeps_what_it_had, .timeout = 60)
{
    INIT(r, "hang");
    r.scenario[0].limit = 300 * PXK_MSEC;
    cr_assert(rig_play(&r));
    cr_assert_str_eq(rig_status(&r, 0), "failed");
    const json_t *check = json_array_get(json_object_get(r.result[0], "checks"), 0);
    cr_assert_str_eq(run_get(check, "expected"), "an end within 0.3 s");
    cr_assert(is_there("kept/here/hang/scenario.yaml"));
    rig_done(&r);
}

Test(runner_pool, children_of_all_kinds_end_with_their_case, .timeout = 60)
{
    INIT(r, "leaves", "hang with children", "orphan");
    r.scenario[1].limit = 300 * PXK_MSEC;
    cr_assert(rig_play(&r)); /* and nobody holds the mark */
    cr_assert_str_eq(rig_status(&r, 0), "passed");
    cr_assert_str_eq(rig_status(&r, 1), "failed");
    cr_assert_str_eq(rig_status(&r, 2), "passed");
    rig_done(&r);
}

Test(runner_pool, artifacts_are_what_matters, .timeout = 60)
{
    INIT(r, "files", "pass");
    cr_assert(rig_play(&r));
    cr_assert_str_eq(run_get(r.result[0], "artifacts"), "kept/here/files");
    cr_assert(is_there("kept/here/files/lan.pcap"));
    cr_assert(is_there("kept/here/files/boot.dnsmasq/dnsmasq.conf"));
    cr_assert(is_there("kept/here/files/seen.json"));
    cr_assert(is_there("kept/here/files/report.json"));
    cr_assert(is_there("kept/here/files/result.json"));
    cr_assert(is_there("kept/here/files/case.log"));
    cr_assert(is_there("kept/here/files/scenario.yaml"));
    cr_assert_not(is_there("kept/here/files/boot"), "the boot tree");
    cr_assert_not(is_there("kept/here/files/work"));
    cr_assert_not(is_there("kept/here/files/link"));
    cr_assert_not(is_there("kept/here/files/pipe"));
    cr_assert_not(is_there("kept/here/pass"), "passed");
    cr_assert(json_is_null(json_object_get(r.result[1], "artifacts")));
    rig_done(&r);
}

Test(runner_pool, artifacts_of_an_earlier_run_go_and_other_folders_stay, .timeout = 60)
{
    INIT(r, "files", "fail");
    cr_assert_eq(mkdir("kept", 0755), 0);
    cr_assert_eq(mkdir("kept/here", 0755), 0);
    cr_assert_eq(mkdir("kept/here/files", 0755), 0);
    cr_assert_eq(mkdir("kept/here/files/old", 0755), 0);
    temp_write("kept/here/files/old/x.log", "x", 1);
    temp_write("kept/here/files/result.json", "{}", 2);
    cr_assert_eq(mkdir("kept/here/fail", 0755), 0);
    temp_write("kept/here/fail/mine.txt", "x", 1);
    cr_assert(rig_play(&r));
    cr_assert_not(is_there("kept/here/files/old"));
    cr_assert(is_there("kept/here/files/lan.pcap"));
    cr_assert(is_there("kept/here/fail/mine.txt"), "no run made that");
    rig_done(&r);
}

Test(runner_pool, keep_keeps_the_passed_too, .timeout = 60)
{
    INIT(r, "pass", "skip");
    r.opts.keep = true;
    cr_assert(rig_play(&r));
    cr_assert(is_there("kept/here/pass/seen.json"));
    cr_assert_str_eq(run_get(r.result[0], "artifacts"), "kept/here/pass");
    rig_done(&r);
}

Test(runner_pool, artifacts_that_cannot_be_kept_are_told, .timeout = 60)
{
    INIT(r, "fail");
    temp_write("kept", "a file", 6);
    cr_assert(rig_play(&r));
    cr_assert_str_eq(rig_status(&r, 0), "failed");
    cr_assert(json_is_null(json_object_get(r.result[0], "artifacts")));
    cr_assert(strstr(run_get(r.result[0], "not_kept"), "kept/here/fail"));
    rig_done(&r);
}

Test(runner_pool, two_at_a_time_can_meet, .timeout = 60)
{
    INIT(r, "meet a", "pass", "meet b");
    r.opts.jobs = 3;
    cr_assert(rig_play(&r));
    cr_assert_str_eq(rig_status(&r, 0), "passed");
    cr_assert_str_eq(rig_status(&r, 2), "passed");
    rig_done(&r);
}

Test(runner_pool, one_at_a_time_is_one, .timeout = 60)
{
    INIT(r, "pass", "pass 2", "pass 3");
    r.opts.jobs = 1;
    cr_assert(rig_play(&r));
    cr_assert_eq(shared->most, 1);
    cr_assert_eq(r.ended, 3);
    rig_done(&r);
}

Test(runner_pool, who_wants_to_be_alone_is, .timeout = 60)
{
    INIT(r, "alone", "pass", "much", "alone 2", "files", "pass 2");
    r.scenario[0].alone = r.scenario[3].alone = true;
    r.opts.jobs = 4;
    cr_assert(rig_play(&r));
    cr_assert_str_eq(rig_status(&r, 0), "passed", "%s", run_get(r.result[0], "why"));
    cr_assert_str_eq(rig_status(&r, 3), "passed", "%s", run_get(r.result[3], "why"));
    cr_assert_eq(r.ended, 6);
    rig_done(&r);
}

Test(runner_pool, a_large_result_arrives_whole, .timeout = 60)
{
    INIT(r, "much");
    cr_assert(rig_play(&r));
    cr_assert_str_eq(rig_status(&r, 0), "passed");
    cr_assert_eq(json_array_size(json_object_get(r.result[0], "events")), 3000);
    rig_done(&r);
}

Test(runner_pool, virtual_cases_go_the_other_way, .timeout = 60)
{
    INIT(r, "pass");
    r.scenario[0].virtual = true;
    cr_assert(rig_play(&r));
    cr_assert_str_eq(run_get(r.result[0], "why"), "in virtual time");
    rig_done(&r);
}

Test(runner_pool, no_skip_makes_failures, .timeout = 60)
{
    INIT(r, "skip");
    r.opts.no_skip = true;
    cr_assert(rig_play(&r));
    cr_assert_str_eq(rig_status(&r, 0), "failed");
    cr_assert(strstr(run_get(r.result[0], "why"), "Kea is not installed"));
    rig_done(&r);
}

/* ---- signals ---- */

/* A runner in a process of its own; returns once its case hangs. */
static pid_t runner_start(struct rig *r)
{
    char c;
    pid_t pid = fork();
    if (pid == 0) {
        bool whole = rig_run(r);
        _exit(whole ? 41 : 42);
    }
    cr_assert_gt(pid, 0);
    cr_assert_eq(read(shared->ready[0], &c, 1), 1);
    return pid;
}

Test(runner_signals, interrupted_it_ends_its_cases_and_starts_none, .timeout = 60)
{
    INIT(r, "hang with children", "pass");
    r.opts.jobs = 1;
    int status;
    pid_t pid = runner_start(&r);
    cr_assert_eq(kill(pid, SIGINT), 0);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 42);
    rig_gone(&r);
    cr_assert_eq(shared->most, 1);
    cr_assert_not(is_there("kept"), "what was ended by us has not failed");
    rig_done(&r);
}

Test(runner_signals, killed_it_leaves_nothing, .timeout = 60)
{
    INIT(r, "hang with children");
    int status;
    pid_t pid = runner_start(&r);
    cr_assert_eq(kill(pid, SIGKILL), 0);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    rig_gone(&r);
    rig_done(&r);
}
