#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "lab_help.h"

static enum pxk_err start(struct pxk_lab *lab, const char *host, const char *script, const char *log, pid_t *pid)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    const char *env[] = {"PXK_TEST=value", NULL};
    struct pxk_lab_spawn o = {.host = host, .argv = argv, .env = env, .log = log};
    return pxk_lab_spawn(lab, &o, pid, why, sizeof why);
}

static void log_path(char *out, size_t cap)
{
    pxk_fmt(out, cap, "%s/log", work);
}

static const char *text_of(const char *path)
{
    static char text[4096];
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    text[n] = '\0';
    if (f)
        fclose(f);
    return text;
}

/* Until @word stands in the file: the program says when it is ready. */
static void await_text(const char *path, const char *word)
{
    for (int i = 0; i < 5000 && !strstr(text_of(path), word); i++)
        poll(NULL, 0, 1);
    MUST(strstr(text_of(path), word) != NULL, "%s not in: %s", word, text_of(path));
}

static bool no_child_left(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0;
}

LAB_TEST(process, runs_in_its_host_with_its_folder_and_log)
{
    struct pxk_lab *lab = lab_here();
    char log[128];
    pid_t pid;
    int status = -1;
    port_add(lab, "one", 7, NULL);
    log_path(log, sizeof log);
    FINE(start(lab, "one", "pwd; echo $PXK_TEST; tail -n +1 /proc/net/fib_trie >&2; exit 3", log, &pid));
    while (!pxk_lab_ended(lab, pid, &status))
        poll(NULL, 0, 1);
    MUST(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    MUST(pxk_lab_end(lab, pid, false) == status);
    MUST(pxk_str_starts(text_of(log), work), "%s", text_of(log));
    MUST(strstr(text_of(log), "\nvalue\n") != NULL);
    MUST(strstr(text_of(log), "10.77.0.7") != NULL);
    FINE(start(lab, NULL, "echo again", log, &pid));
    while (!pxk_lab_ended(lab, pid, &status))
        poll(NULL, 0, 1);
    MUST(strstr(text_of(log), "10.77.0.7") != NULL, "appended");
    MUST(strstr(text_of(log), "again") != NULL);
    pxk_lab_free(lab);
    MUST(no_child_left());
    work_remove();
}

LAB_TEST(process, one_that_does_not_want_to_end_is_killed_with_all_it_forked)
{
    struct pxk_lab *lab = lab_here();
    char log[128];
    pid_t pid, grandchild;
    log_path(log, sizeof log);
    FINE(start(lab, NULL, "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ is in; while :; do sleep 1; done' & while :; do sleep 1; done",
               log, &pid));
    await_text(log, "is in");
    grandchild = atoi(text_of(log));
    int status = pxk_lab_end(lab, pid, false);
    MUST(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    MUST(grandchild > 1);
    for (int i = 0; i < 2000 && kill(grandchild, 0) == 0 && strstr(text_of(log), "is in"); i++) {
        char path[64], *state;
        (void)pxk_fmt(path, sizeof path, "/proc/%d/stat", (int)grandchild);
        state = strrchr((char *)(uintptr_t)text_of(path), ')');
        if (!state || state[2] == 'Z') /* ended; to be reaped by init */
            break;
        poll(NULL, 0, 1);
        MUST(i < 1999, "the grandchild runs on");
    }
    pxk_lab_free(lab);
    MUST(no_child_left());
    work_remove();
}

LAB_TEST(process, a_stopped_one_ends_by_request)
{
    struct pxk_lab *lab = lab_here();
    char log[128];
    pid_t pid;
    log_path(log, sizeof log);
    FINE(start(lab, NULL, "trap 'exit 5' TERM; echo in; while :; do sleep 0.01; done", log, &pid));
    await_text(log, "in");
    kill(pid, SIGSTOP);
    int status = pxk_lab_end(lab, pid, false);
    MUST(WIFEXITED(status) && WEXITSTATUS(status) == 5, "status %x", status);
    pxk_lab_free(lab);
    work_remove();
}

LAB_TEST(process, free_ends_all)
{
    struct pxk_lab *lab = lab_here();
    pid_t a, b;
    port_add(lab, "one", 1, NULL);
    FINE(start(lab, "one", "exec sleep 1000", NULL, &a));
    FINE(start(lab, NULL, "exec sleep 1000", NULL, &b));
    pxk_lab_free(lab);
    MUST(no_child_left());
    MUST(kill(a, 0) != 0);
    MUST(kill(b, 0) != 0);
    work_remove();
}

/* The lab's process is killed in the middle: what it started becomes ours, and ends. */
LAB_TEST(process, nothing_outlives_the_labs_process)
{
    int ready[2], status, ended = 0;
    MUST(pipe(ready) == 0);
    MUST(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    pid_t owner = fork();
    if (owner == 0) {
        static const struct pxk_cable_opts plain;
        struct pxk_lab *lab = lab_here();
        pid_t pid;
        char path[128];
        port_add(lab, "one", 1, &plain);
        FINE(pxk_lab_capture(lab, "lan", pxk_fmt(path, sizeof path, "%s/lan.pcap", work), 100, why, sizeof why));
        FINE(start(lab, "one", "exec sleep 1000", NULL, &pid));
        MUST(write(ready[1], work, sizeof work) == (ssize_t)sizeof work);
        for (;;)
            pause();
    }
    close(ready[1]);
    MUST(read(ready[0], work, sizeof work) == (ssize_t)sizeof work);
    kill(owner, SIGKILL);
    alarm(20); /* one that stays makes this a failure, not a hang */
    while (waitpid(-1, &status, 0) > 0)
        ended++;
    MUST(ended == 4, "the lab's process, a cable, a capture and a program, not %d", ended);
    work_remove();
}

LAB_TEST(process, what_cannot_be_started_is_said)
{
    struct pxk_lab *lab = lab_here();
    pid_t pid;
    const char *missing[] = {"pxk-there-is-no-such-program", NULL}, *folder[] = {"/tmp", NULL}, *path[] = {"/nowhere/at-all", NULL};
    struct pxk_lab_spawn o = {.argv = missing};
    MUST(pxk_lab_spawn(lab, &o, &pid, why, sizeof why) == PXK_E_NOTFOUND);
    MUST(strstr(why, "not installed") != NULL, "%s", why);
    o.argv = folder;
    MUST(pxk_lab_spawn(lab, &o, &pid, why, sizeof why) == PXK_E_IO);
    MUST(strstr(why, "/tmp") != NULL, "%s", why);
    o.argv = path;
    MUST(pxk_lab_spawn(lab, &o, &pid, why, sizeof why) == PXK_E_NOTFOUND);
    MUST(strstr(why, "/nowhere/at-all") != NULL, "%s", why);
    o.host = "nobody";
    MUST(pxk_lab_spawn(lab, &o, &pid, why, sizeof why) == PXK_E_NOTFOUND);
    MUST(no_child_left());
    pxk_lab_free(lab);
    work_remove();
}

LAB_TEST(process, standard_error_can_be_apart)
{
    struct pxk_lab *lab = lab_here();
    const char *argv[] = {"sh", "-c", "echo out; echo err >&2", NULL};
    char log[128], errors[128];
    pid_t pid;
    int status = -1;
    log_path(log, sizeof log);
    pxk_fmt(errors, sizeof errors, "%s/errors", work);
    struct pxk_lab_spawn o = {.argv = argv, .log = log, .errors = errors};
    FINE(pxk_lab_spawn(lab, &o, &pid, why, sizeof why));
    while (!pxk_lab_ended(lab, pid, &status))
        poll(NULL, 0, 1);
    MUST(strcmp(text_of(log), "out\n") == 0);
    MUST(strcmp(text_of(errors), "err\n") == 0);
    pxk_lab_free(lab);
    work_remove();
}

LAB_TEST(process, who_yields_is_nice)
{
    struct pxk_lab *lab = lab_here();
    const char *argv[] = {"sh", "-c", "cut -d' ' -f6,19 /proc/self/stat; echo $$; exec sleep 1000", NULL};
    char log[128], wanted[60];
    pid_t pid;
    log_path(log, sizeof log);
    struct pxk_lab_spawn o = {.argv = argv, .log = log, .yields = true};
    FINE(pxk_lab_spawn(lab, &o, &pid, why, sizeof why));
    pxk_fmt(wanted, sizeof wanted, "%d 3\n%d\n", pid, pid);
    await_text(log, wanted); /* a session of its own, nice 3 */
    pxk_lab_end(lab, pid, false);
    MUST(no_child_left());
    pxk_lab_free(lab);
    work_remove();
}

/* Where one user id exists, a change of user fails; with the filter a server believes that it has made it. */
LAB_TEST(process, a_change_of_user_is_pretended)
{
    struct pxk_lab *lab = lab_here();
    const char *argv[] = {"setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", "id", "-u", NULL};
    char log[128];
    pid_t pid;
    int status = -1;
    log_path(log, sizeof log);
    struct pxk_lab_spawn o = {.argv = argv, .log = log};
    FINE(pxk_lab_spawn(lab, &o, &pid, why, sizeof why));
    while (!pxk_lab_ended(lab, pid, &status))
        poll(NULL, 0, 1);
    MUST(status == 0, "%s", text_of(log));
    MUST(strcmp(text_of(log), "0\n") == 0);
    pxk_lab_free(lab);
    work_remove();
}

LAB_TEST(process, who_listens_is_seen)
{
    struct pxk_lab *lab = lab_here();
    port_add(lab, "one", 1, NULL);
    int udp = udp_in(lab, "one", 69);
    MUST(pxk_lab_enter(lab, "one") == PXK_OK);
    int tcp = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = at(0, 8080);
    MUST(bind(tcp, (struct sockaddr *)&a, sizeof a) == 0);
    MUST(pxk_lab_enter(lab, NULL) == PXK_OK);
    pid_t inside, outside;
    FINE(start(lab, "one", "exec sleep 1000", NULL, &inside));
    FINE(start(lab, NULL, "exec sleep 1000", NULL, &outside));
    MUST(pxk_lab_listens(inside, false, 69));
    MUST(!pxk_lab_listens(outside, false, 69));
    MUST(!pxk_lab_listens(inside, true, 69));
    MUST(!pxk_lab_listens(inside, true, 8080), "bound, but it does not listen");
    MUST(listen(tcp, 1) == 0);
    MUST(pxk_lab_listens(inside, true, 8080));
    close(udp);
    MUST(!pxk_lab_listens(inside, false, 69));
    close(tcp);
    pxk_lab_free(lab);
    work_remove();
}
