/* Cases beside each other: one loop over signals, pipes and ends of processes. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run_int.h"

#define GRACE      (15 * PXK_SEC) /* for saving artifacts, after the case's own limit */
#define KILL_GRACE (5 * PXK_SEC)  /* from SIGTERM to SIGKILL of the keeper */
#define RESULT_MAX ((size_t)256 << 20)

struct job {
    const struct run_case *c; /* NULL: free */
    pid_t pid;
    int pidfd, pipe;
    struct pxk_text text;
    pxk_usec started, deadline;
    bool told, killed; /* to end; by SIGKILL */
    bool late;
};

struct pool {
    const struct run *run;
    const struct run_set *set;
    const struct run_sink *sink;
    const size_t *order;
    bool *done; /* started, of order[] */
    size_t n;
    struct job *job;
    struct pollfd *poll; /* [0] signals, then two per job */
    const struct run_case **names;
    size_t job_n, running;
    int signals;
    sigset_t before;
    unsigned interrupts;
};

static pxk_usec now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (pxk_usec)t.tv_sec * PXK_SEC + (pxk_usec)t.tv_nsec / 1000;
}

static bool is_alone(const struct run_case *c)
{
    return c->s->alone || run_is_external(c->s);
}

/* The next case in order: first those that bear company. n: none may start now. */
static size_t next_case(const struct pool *p)
{
    size_t alone = p->n;
    for (size_t i = 0; i < p->n; i++) {
        if (p->done[i])
            continue;
        if (!is_alone(&p->set->cases.at[p->order[i]]))
            return i;
        if (alone == p->n)
            alone = i;
    }
    return p->running ? p->n : alone;
}

static void finish(struct pool *p, const struct run_case *c, json_t *part, pxk_usec started)
{
    double seconds = (double)(now() - started) / (double)PXK_SEC;
    p->sink->ended(p->sink->ctx, c, run_result(p->run, p->set, c, part, seconds));
}

static void job_start(struct pool *p, struct job *j, const struct run_case *c)
{
    *j = (struct job){.c = c, .started = now(), .pidfd = -1, .pipe = -1};
    j->deadline = j->started + c->s->limit + GRACE;
    j->pid = run_child_start(p->run, c, &p->before, &j->pipe);
    if (j->pid > 0)
        j->pidfd = pidfd_open(j->pid, 0);
    if (j->pidfd >= 0) {
        p->running++;
        return;
    }
    if (j->pid > 0) { /* out of descriptors */
        (void)kill(j->pid, SIGTERM);
        (void)waitpid(j->pid, NULL, 0);
        close(j->pipe);
    }
    finish(p, c, run_part("error", "no process can be started: the system's limits are reached"), j->started);
    j->c = NULL;
}

static void start_some(struct pool *p)
{
    for (size_t i = 0; i < p->job_n; i++) {
        size_t at = p->interrupts ? p->n : next_case(p);
        if (at == p->n)
            return;
        bool alone = is_alone(&p->set->cases.at[p->order[at]]);
        if (p->job[i].c || (alone && p->running))
            continue;
        p->done[at] = true;
        job_start(p, &p->job[i], &p->set->cases.at[p->order[at]]);
        if (alone)
            return;
    }
}

static void job_read(struct job *j)
{
    static char buffer[65536];
    ssize_t n;
    while ((n = read(j->pipe, buffer, sizeof buffer)) > 0)
        if (j->text.len < RESULT_MAX)
            pxk_text_add_n(&j->text, buffer, (size_t)n);
    if (n == 0) { /* nobody writes any more; the end of the process follows */
        close(j->pipe);
        j->pipe = -1;
    }
}

static json_t *part_lost(const struct job *j, int status)
{
    char why[200];
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (j->late)
        pxk_fmt(why, sizeof why, "the case did not end within %.0f s, nor could it be stopped from within",
                (double)j->c->s->limit / (double)PXK_SEC);
    else if (code > 128)
        pxk_fmt(why, sizeof why, "the case's processes were ended from outside: %s", strsignal(code - 128));
    else
        pxk_fmt(why, sizeof why, "the case's processes ended with status %d and no result", code);
    return run_part(j->late ? "failed" : "error", why);
}

static void job_end(struct pool *p, struct job *j)
{
    int status = 0;
    const struct run_case *c = j->c;
    while (waitpid(j->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (j->pipe >= 0)
        job_read(j);
    json_t *part = j->text.len && !j->text.failed ? json_loadb(j->text.s, j->text.len, 0, NULL) : NULL;
    if (!json_is_object(part)) {
        json_decref(part);
        part = part_lost(j, status);
    }
    close(j->pidfd);
    if (j->pipe >= 0)
        close(j->pipe);
    pxk_text_done(&j->text);
    p->running--;
    if (p->interrupts && j->told && !j->late)
        json_decref(part); /* what we ended ourselves tells nothing */
    else
        finish(p, c, part, j->started);
    *j = (struct job){.pidfd = -1, .pipe = -1};
}

static void job_stop(struct job *j, bool hard)
{
    if (!j->c || (hard ? j->killed : j->told))
        return;
    (void)kill(j->pid, hard ? SIGKILL : SIGTERM); /* not waited for yet: the id is still its own */
    j->told = true;
    j->killed = hard;
    j->deadline = now() + KILL_GRACE;
}

static void deadlines_check(struct pool *p)
{
    pxk_usec t = now();
    for (size_t i = 0; i < p->job_n; i++) {
        struct job *j = &p->job[i];
        if (!j->c || t < j->deadline || j->killed)
            continue;
        j->late = j->late || !p->interrupts;
        job_stop(j, j->told);
    }
}

static void signals_read(struct pool *p)
{
    struct signalfd_siginfo info;
    while (read(p->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            continue;
        p->interrupts++;
        for (size_t i = 0; i < p->job_n; i++)
            job_stop(&p->job[i], p->interrupts > 1);
    }
}

static int timeout_of(const struct pool *p, int tick)
{
    pxk_usec t = now(), first = PXK_NEVER;
    for (size_t i = 0; i < p->job_n; i++)
        if (p->job[i].c && !p->job[i].killed)
            first = pxk_usec_min(first, p->job[i].deadline);
    if (first == PXK_NEVER)
        return tick;
    pxk_usec ms = pxk_usec_since(t, first) / 1000 + 1;
    return tick >= 0 && (pxk_usec)tick < ms ? tick : ms < 1000000 ? (int)ms : 1000000;
}

static int tell(struct pool *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->job_n; i++)
        if (p->job[i].c)
            p->names[n++] = p->job[i].c;
    return p->sink->tick(p->sink->ctx, p->names, n);
}

static void wait_some(struct pool *p)
{
    p->poll[0] = (struct pollfd){.fd = p->signals, .events = POLLIN};
    for (size_t i = 0; i < p->job_n; i++) {
        const struct job *j = &p->job[i];
        p->poll[1 + 2 * i] = (struct pollfd){.fd = j->c ? j->pipe : -1, .events = POLLIN};
        p->poll[2 + 2 * i] = (struct pollfd){.fd = j->c ? j->pidfd : -1, .events = POLLIN};
    }
    if (poll(p->poll, (nfds_t)(1 + 2 * p->job_n), timeout_of(p, tell(p))) < 0)
        return;
    if (p->poll[0].revents)
        signals_read(p);
    for (size_t i = 0; i < p->job_n; i++) {
        if (p->poll[1 + 2 * i].revents)
            job_read(&p->job[i]);
        if (p->poll[2 + 2 * i].revents)
            job_end(p, &p->job[i]);
    }
    deadlines_check(p);
}

static bool work_left(const struct pool *p)
{
    /* After a second Ctrl-C nothing is waited for: what was killed ends by itself, and all below it. */
    return p->interrupts > 1 ? false : p->running || (!p->interrupts && next_case(p) != p->n);
}

static bool pool_open(struct pool *p, sigset_t *mine)
{
    sigemptyset(mine);
    sigaddset(mine, SIGINT);
    sigaddset(mine, SIGTERM);
    sigaddset(mine, SIGHUP);
    sigaddset(mine, SIGCHLD); /* for the keepers, who inherit that it is blocked */
    p->job = calloc(p->job_n, sizeof *p->job);
    p->poll = calloc(1 + 2 * p->job_n, sizeof *p->poll);
    p->names = calloc(p->job_n, sizeof *p->names);
    p->done = calloc(p->n + 1, sizeof *p->done);
    if (!p->job || !p->poll || !p->names || !p->done || sigprocmask(SIG_BLOCK, mine, &p->before) != 0)
        return false;
    p->signals = signalfd(-1, mine, SFD_CLOEXEC | SFD_NONBLOCK);
    return p->signals >= 0;
}

static void pool_close(struct pool *p)
{
    for (size_t i = 0; p->job && i < p->job_n; i++) { /* not waited for: see work_left() */
        struct job *j = &p->job[i];
        pxk_text_done(&j->text);
        if (j->c && j->pipe >= 0)
            close(j->pipe);
        if (j->c && j->pidfd >= 0)
            close(j->pidfd);
    }
    if (p->signals >= 0)
        close(p->signals);
    free(p->job);
    free(p->poll);
    free(p->names);
    free(p->done);
}

bool run_pool(const struct run *run, const struct run_set *set, const size_t *order, size_t n, const struct run_sink *sink)
{
    struct pool p = {.run = run, .set = set, .sink = sink, .order = order, .n = n, .job_n = run->opts->jobs, .signals = -1};
    struct sigaction old, standard = {.sa_handler = SIG_DFL};
    sigset_t mine;
    if (p.job_n > n)
        p.job_n = n;
    (void)sigaction(SIGCHLD, &standard, &old); /* ignored, ends could not be waited for */
    bool fine = pool_open(&p, &mine);
    while (fine && work_left(&p)) {
        start_some(&p);
        if (p.running)
            wait_some(&p);
    }
    (void)sigaction(SIGCHLD, &old, NULL);
    if (fine)
        (void)sigprocmask(SIG_SETMASK, &p.before, NULL);
    fine = fine && !p.interrupts;
    pool_close(&p);
    return fine;
}
