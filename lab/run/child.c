/* The processes of one case:
 *
 *   runner -> keeper           new namespaces (user, network, mounts, PIDs); ends what is below it when told to
 *               -> init        PID 1 in there: reaps, knows the time limit, saves the artifacts, writes the result
 *                    -> player plays and judges; may crash, hang, or leave children behind
 *
 * Each is killed by the kernel when the one above it ends, and with init everything in its PID namespace: a runner that is killed
 * leaves nothing. The player is not PID 1, which no signal of its own could end. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pxk/isolate.h"
#include "run_int.h"

#define LOG_NAME  "case.log" /* in the case's base */
#define TREE_NAME RUN_WORK "/tree" /* where a case that did not come to its end has its boot tree */
#define TMP_PATH  "/run/tmp"
#define LOG_TAIL  4000 /* bytes of the log that go into the result */
#define NEST_MAX  9    /* cases in cases in cases */
#define ROOM_MIN  ((size_t)512 << 20)
#define LATE      (5 * PXK_SEC) /* for the player to end and to judge a case that ran into its limit */

struct child {
    const struct run *run;
    const struct run_case *c;
    const sigset_t *mask;
    int out; /* the result's way to the runner */
    char base[40];
};

static const char *in_base(const struct child *ch, char path[80], const char *name)
{
    return pxk_fmt(path, 80, "%s/%s", ch->base, name);
}

static bool all_write(int fd, const char *data, size_t size)
{
    while (size) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno != EINTR)
            return false;
        data += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* ---- player ---- */

/* @out: where the result goes, which is no file of the case's own: that it has filled its room must be told too. */
static _Noreturn void player_main(const struct child *ch, int out)
{
    char log_path[80];
    int log = open(in_base(ch, log_path, LOG_NAME), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct run mine = *ch->run;
    mine.base = ch->base;
    close(ch->out);
    if (log < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
        _exit(RUN_NO_TEST);
    (void)setenv("TMPDIR", TMP_PATH, 1);
    (void)sigprocmask(SIG_SETMASK, ch->mask, NULL);
    json_t *part = run_case_play(&mine, ch->c);
    char *text = part ? json_dumps(part, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    bool fine = text && all_write(out, text, strlen(text));
    fflush(NULL);
    _exit(fine ? RUN_PASS : RUN_NO_TEST);
}

/* ---- init ---- */

static struct timespec time_left(const struct timespec *until)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long ns = (until->tv_sec - now.tv_sec) * 1000000000ll + (until->tv_nsec - now.tv_nsec);
    return ns > 0 ? (struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000} : (struct timespec){0};
}

/* Reaps whoever ends. True once @player has ended, false when its time is over. */
static bool player_wait(pid_t player, pxk_usec limit, int *status)
{
    sigset_t set;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(limit / PXK_SEC);
    until.tv_nsec += (long)(limit % PXK_SEC) * 1000;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    for (;;) {
        int one;
        pid_t pid;
        while ((pid = waitpid(-1, &one, WNOHANG)) > 0) {
            if (pid == player) {
                *status = one;
                return true;
            }
        }
        struct timespec left = time_left(&until);
        if (sigtimedwait(&set, NULL, &left) < 0 && errno == EAGAIN)
            return false;
    }
}

/* Whatever still runs in this PID namespace ends now: logs and captures do not change any more. */
static void rest_end(void)
{
    (void)kill(-1, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        ;
}

static void log_tail(const struct child *ch, struct pxk_text *out)
{
    char tail[LOG_TAIL + 1], path[80];
    int fd = open(in_base(ch, path, LOG_NAME), O_RDONLY | O_CLOEXEC);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    ssize_t n = fd >= 0 ? pread(fd, tail, LOG_TAIL, size > LOG_TAIL ? size - LOG_TAIL : 0) : 0;
    if (fd >= 0)
        close(fd);
    if (n > 0)
        run_add_lines(out, tail, (size_t)n);
}

static json_t *part_late(const struct run_case *c)
{
    char expected[60], seen[60];
    double s = (double)c->s->limit / (double)PXK_SEC;
    json_t *part = run_part("failed", "");
    json_t *check = json_pack("{s:s, s:s, s:s, s:b, s:i}", "what", "end", "expected",
                              pxk_fmt(expected, sizeof expected, "an end within %g s", s), "seen",
                              pxk_fmt(seen, sizeof seen, "still running after %g s", s), "ok", 0, "line", 0);
    (void)json_array_append_new(json_object_get(part, "checks"), check);
    return part;
}

static json_t *part_crashed(int status)
{
    char why[200];
    if (WIFSIGNALED(status))
        pxk_fmt(why, sizeof why, "the case's process crashed: SIG%s (%s)", sigabbrev_np(WTERMSIG(status)),
                strsignal(WTERMSIG(status)));
    else
        pxk_fmt(why, sizeof why, "the case's process ended with status %d before it had a result", WEXITSTATUS(status));
    return run_part("error", why);
}

static void artifacts_take(const struct child *ch, json_t *part)
{
    struct pxk_text path = {0};
    char why[300] = "", tree[300];
    bool bad = run_is_bad(part);
    (void)pxk_str_copy(tree, sizeof tree, run_get(part, "tree"));
    (void)json_object_del(part, "tree");
    if (!bad && !ch->run->opts->keep)
        return;
    if (!*tree)
        pxk_fmt(tree, sizeof tree, "%s/" TREE_NAME, ch->base);
    struct run mine = *ch->run;
    mine.base = ch->base;
    run_artifacts_path(&mine, ch->c, &path);
    if (run_artifacts(&mine, ch->c, part, tree, why, sizeof why))
        (void)json_object_set_new(part, "artifacts", run_json_text(path.s));
    if (*why)
        (void)json_object_set_new(part, "not_kept", run_json_text(why));
    pxk_text_done(&path);
}

static _Noreturn void part_send(const struct child *ch, json_t *part)
{
    char *text = part ? json_dumps(part, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    _exit(text && all_write(ch->out, text, strlen(text)) ? RUN_PASS : RUN_NO_TEST);
}

/* A name that no folder has which the case must see: in a case of a case the outer one's is there. */
static bool folders_make(struct child *ch)
{
    char work[80];
    for (unsigned i = 1; i <= NEST_MAX; i++) {
        pxk_fmt(ch->base, sizeof ch->base, i > 1 ? RUN_BASE "-%u" : RUN_BASE, i);
        if (mkdir(ch->base, 0755) == 0)
            return mkdir(in_base(ch, work, RUN_WORK), 0755) == 0 && (mkdir(TMP_PATH, 01777) == 0 || errno == EEXIST);
        if (errno != EEXIST)
            return false;
    }
    return false;
}

static _Noreturn void init_main(struct child *ch)
{
    struct pxk_text log = {0};
    char why[400];
    int status = 0, result = memfd_create("result", MFD_CLOEXEC);
    json_t *part = NULL;
    if (pxk_isolate_init(why, sizeof why) != PXK_OK)
        part_send(ch, run_part("error", why));
    if (!folders_make(ch))
        part_send(ch, run_part("error", "no folder can be made on the case's own /run"));
    pid_t player = result >= 0 ? fork() : -1;
    if (player == 0)
        player_main(ch, result);
    if (player < 0)
        part_send(ch, run_part("error", "no process can be started"));
    bool ended = player_wait(player, ch->c->s->limit + LATE, &status);
    rest_end();
    if (!ended)
        part = part_late(ch->c);
    else if (WIFEXITED(status) && WEXITSTATUS(status) == RUN_PASS && lseek(result, 0, SEEK_SET) == 0)
        part = json_loadfd(result, 0, NULL);
    if (!part)
        part = part_crashed(status);
    if (!run_is(part, "passed") && !run_is(part, "skipped"))
        log_tail(ch, &log);
    (void)json_object_set_new(part, "log", run_json_text(log.s ? log.s : ""));
    artifacts_take(ch, part);
    part_send(ch, part);
}

/* ---- keeper ---- */

/* What one case may write: all that run beside each other share half of the memory, as a case that runs wild (a log, a command)
 * must not take the machine's. */
static size_t room_of(const struct run *run)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    size_t all = pages > 0 && size > 0 ? (size_t)pages * (size_t)size : 0, one = all / 2 / (run->opts->jobs ? run->opts->jobs : 1);
    return one > ROOM_MIN ? one : ROOM_MIN;
}

/* Paths of the outside that must be seen from inside, should they lie below /run. */
static enum pxk_err keeper_isolate(const struct run *run, const struct run_case *c, char *why, size_t cap)
{
    char here[4096], file[4096] = "";
    if (c && !realpath(c->s->file ? c->s->file : ".", file))
        file[0] = '\0';
    const char *visible[] = {getcwd(here, sizeof here) ? here : "", file, run->opts->artifacts ? run->opts->artifacts : "",
                             run->opts->pxekit ? run->opts->pxekit : ""};
    struct pxk_isolate_opts opts = {.keep_network = c && run_is_external(c->s), .visible = visible, .visible_n = PXK_COUNT(visible),
                                    .room = room_of(run)};
    enum pxk_err err = pxk_isolate(&opts, why, cap);
    if (err == PXK_OK && *here && chdir(here) != 0) { /* below /run: into the folder as it is mounted now */
        pxk_fmt(why, cap, "%s: %s", here, strerror(errno));
        err = PXK_E_IO;
    }
    return err;
}

/* Waits for init, kills it when told to. What it returns is init's status as a shell would tell it. */
static int keeper_wait(pid_t init)
{
    sigset_t set;
    int status, sig;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGCHLD);
    for (;;) {
        pid_t pid = waitpid(init, &status, WNOHANG);
        if (pid == init)
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        if (pid < 0)
            return RUN_NO_TEST;
        if (sigwait(&set, &sig) == 0 && sig == SIGTERM)
            (void)kill(init, SIGKILL);
    }
}

static _Noreturn void keeper_main(struct child *ch, pid_t runner)
{
    char why[500] = "";
    int life[2];
    (void)setsid(); /* Ctrl-C is for the runner alone */
    if (keeper_isolate(ch->run, ch->c, why, sizeof why) != PXK_OK)
        part_send(ch, run_part("error", why));
    if (!pxk_end_with_parent(runner, -1))
        _exit(RUN_NO_TEST);
    pid_t init = pipe2(life, O_CLOEXEC) == 0 ? fork() : -1;
    if (init == 0) {
        close(life[1]);
        if (!pxk_end_with_parent(0, life[0]))
            _exit(RUN_NO_TEST);
        close(life[0]);
        init_main(ch);
    }
    if (init < 0)
        part_send(ch, run_part("error", "no process can be started"));
    close(life[0]);
    close(ch->out);
    _exit(keeper_wait(init));
}

pid_t run_child_start(const struct run *run, const struct run_case *c, const sigset_t *mask, int *result)
{
    int way[2];
    pid_t runner = getpid();
    if (pipe2(way, O_CLOEXEC) != 0)
        return -1;
    fflush(NULL); /* what is still in buffers must not be written twice */
    pid_t pid = fork();
    if (pid == 0) {
        struct child ch = {.run = run, .c = c, .mask = mask, .out = way[1]};
        close(way[0]);
        keeper_main(&ch, runner);
    }
    close(way[1]);
    if (pid < 0 || fcntl(way[0], F_SETFL, O_NONBLOCK) != 0) {
        close(way[0]);
        return -1;
    }
    *result = way[0];
    return pid;
}

/* ---- beforehand ---- */

static _Noreturn void try_main(const struct run *run, int out)
{
    char why[500] = "";
    int status;
    if (keeper_isolate(run, NULL, why, sizeof why) == PXK_OK) {
        pid_t init = fork();
        if (init == 0) {
            bool fine = pxk_isolate_init(why, sizeof why) == PXK_OK;
            (void)!write(out, why, strlen(why));
            _exit(fine ? RUN_PASS : RUN_NO_TEST);
        }
        if (init > 0 && waitpid(init, &status, 0) == init)
            _exit(WIFEXITED(status) ? WEXITSTATUS(status) : RUN_NO_TEST);
        pxk_fmt(why, sizeof why, "no process can be started: %s", strerror(errno));
    }
    (void)!write(out, why, strlen(why));
    _exit(RUN_NO_TEST);
}

bool run_child_possible(const struct run *run, char *why, size_t cap)
{
    int way[2], status = -1;
    size_t len = 0;
    ssize_t n = 1;
    fflush(NULL);
    pid_t pid = pipe2(way, O_CLOEXEC) == 0 ? fork() : -1;
    if (pid < 0) {
        pxk_fmt(why, cap, "no process can be started: %s", strerror(errno));
        return false;
    }
    if (pid == 0) {
        close(way[0]);
        try_main(run, way[1]);
    }
    close(way[1]);
    while (len + 1 < cap && ((n = read(way[0], why + len, cap - 1 - len)) > 0 || (n < 0 && errno == EINTR)))
        len += n > 0 ? (size_t)n : 0;
    why[len] = '\0';
    close(way[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == RUN_PASS;
}
