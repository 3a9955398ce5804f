/* Programs in hosts: started, watched, ended by their ids; a program and what it forked are one process group. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pxk/io.h"
#include "pxk/netns.h"

#include "lab_int.h"
#include "pretend.h"

#define PATIENCE_MS 3000
#define NICE        3
#define NICE_TEXT   "3"
#define SBIN        "/usr/local/sbin:/usr/sbin:/sbin"

extern char **environ;

/* ---- starting ---- */

/* What the child needs, put together before the fork: allocation failures are told there. */
struct start {
    const struct pxk_lab_spawn *opts;
    char *path;
    char **env;
    int netns, log, errors;
    const char *folder;
    pid_t parent;
};

/* What the child could not do, sent to the parent in place of an exec. */
struct failure {
    int err;
    char what[32];
};

static bool runnable(const char *path)
{
    return access(path, X_OK) == 0;
}

/* "" in PATH is the working directory, as for a shell. NULL: not found, or no memory. */
static char *program_find(const char *name)
{
    const char *path = getenv("PATH");
    char *all = NULL, *found = NULL;
    if (strchr(name, '/'))
        return strdup(name);
    if (asprintf(&all, "%s:%s", path ? path : "/usr/bin:/bin", SBIN) < 0)
        return NULL;
    for (char *rest = all, *dir; !found && (dir = strsep(&rest, ":"));) {
        if (asprintf(&found, "%s/%s", *dir ? dir : ".", name) < 0)
            found = NULL;
        if (found && !runnable(found)) {
            free(found);
            found = NULL;
        }
    }
    free(all);
    return found;
}

/* Takes @path. Links stay as they are: a program may look at the name by which it is called. */
static char *absolute(char *path)
{
    char *out = NULL, *here = *path == '/' ? NULL : getcwd(NULL, 0);
    if (!here)
        return path;
    if (asprintf(&out, "%s/%s", here, path) < 0)
        out = NULL;
    free(here);
    free(path);
    return out;
}

static bool same_variable(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");
    return strncmp(a, b, n + 1) == 0;
}

/* Ours and @more; of a variable in both the latter's value. The strings stay where they are. */
static char **environment_make(const char *const *more)
{
    size_t have = 0, add = 0, n = 0;
    while (environ && environ[have])
        have++;
    while (more && more[add])
        add++;
    char **env = calloc(have + add + 1, sizeof *env);
    for (size_t i = 0; env && i < have; i++) {
        bool replaced = false;
        for (size_t k = 0; k < add; k++)
            replaced |= same_variable(more[k], environ[i]);
        if (!replaced)
            env[n++] = environ[i];
    }
    for (size_t k = 0; env && k < add; k++)
        env[n++] = (char *)(uintptr_t)more[k]; /* execve() does not change them */
    return env;
}

static void signals_default(void)
{
    sigset_t none;
    for (int s = 1; s < NSIG; s++)
        (void)signal(s, SIG_DFL); /* refused for two of them */
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool streams_set(int log, int errors)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int out = log >= 0 ? log : null;
    return null >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 && dup2(errors >= 0 ? errors : out, 2) == 2;
}

/* Where the kernel groups processes by session, their nice values count within the session only; the session has one itself. */
static void priority_lower(void)
{
    int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
    (void)setpriority(PRIO_PROCESS, 0, NICE);
    if (fd < 0)
        return;
    (void)!write(fd, NICE_TEXT, strlen(NICE_TEXT)); /* refused: it is a little less nice */
    close(fd);
}

static void child_fail(int report, const char *what, int err)
{
    struct failure f = {.err = err};
    (void)pxk_str_copy(f.what, sizeof f.what, what);
    (void)!write(report, &f, sizeof f); /* a pipe with room for it; the parent sees its end in any case */
    _exit(127);
}

static void child_run(const struct start *s, int report)
{
    const struct pxk_lab_spawn *o = s->opts;
    signals_default();
    if ((o->yields ? setsid() : setpgid(0, 0)) < 0)
        child_fail(report, "own process group", errno);
    if (o->yields)
        priority_lower();
    if (pxk_netns_enter(s->netns) != PXK_OK)
        child_fail(report, "network", EPERM);
    if (chdir(s->folder) != 0)
        child_fail(report, "working directory", errno);
    if (!streams_set(s->log, s->errors))
        child_fail(report, "output", errno);
    (void)close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC); /* an old kernel: what is open is close-on-exec anyway */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != s->parent)
        child_fail(report, "parent", ESRCH);
    int err = o->as_it_is ? 0 : pxk_pretend_users();
    if (err < 0)
        child_fail(report, "system call filter", -err);
    execve(s->path, (char *const *)(uintptr_t)o->argv, s->env); /* which does not change them */
    child_fail(report, "start", errno);
}

static enum pxk_err fork_and_exec(const struct start *s, struct lab_child *slot, char *why, size_t cap)
{
    int pipes[2];
    struct failure f;
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return lab_fail(PXK_E_IO, why, cap, "%s", s->opts->argv[0]);
    pid_t pid = fork();
    if (pid == 0)
        child_run(s, pipes[1]);
    close(pipes[1]);
    ssize_t got = pid < 0 ? 0 : TEMP_FAILURE_RETRY(read(pipes[0], &f, sizeof f));
    close(pipes[0]);
    if (pid < 0)
        return lab_fail(PXK_E_NOMEM, why, cap, "%s: no further process", s->opts->argv[0]);
    if (got != 0) {
        (void)waitpid(pid, NULL, 0);
        bool whole = got == (ssize_t)sizeof f;
        pxk_fmt(why, cap, "%s cannot be started (%s): %s", s->path, whole ? f.what : "its report",
                strerror(whole ? f.err : EIO));
        return whole && f.err == ENOENT ? PXK_E_NOTFOUND : PXK_E_IO;
    }
    *slot = (struct lab_child){.pid = pid, .kind = LAB_PROGRAM};
    return PXK_OK;
}

/* @path NULL: none. */
static bool file_append(const char *path, int *fd, char *why, size_t cap)
{
    if (!path)
        return true;
    *fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (*fd < 0)
        pxk_fmt(why, cap, "%s cannot be written: %s", path, strerror(errno));
    return *fd >= 0;
}

/* Paths are the caller's, so they are looked up before the child changes its folder. */
static enum pxk_err start_prepare(struct pxk_lab *lab, const struct pxk_lab_spawn *o, struct start *s, char *why, size_t cap)
{
    struct lab_host *h = o->host ? lab_host_find(lab, o->host) : NULL;
    if (o->host && !h)
        return lab_fail(PXK_E_NOTFOUND, why, cap, "host %s", o->host);
    s->netns = h ? h->netns : lab->room;
    char *found = program_find(o->argv[0]);
    if (!found) {
        pxk_fmt(why, cap, "%s is not installed (looked in PATH and " SBIN ")", o->argv[0]);
        return PXK_E_NOTFOUND;
    }
    s->path = absolute(found);
    s->env = environment_make(o->env);
    if (!s->path || !s->env)
        return lab_fail(PXK_E_NOMEM, why, cap, "%s", o->argv[0]);
    if (!file_append(o->log, &s->log, why, cap) || !file_append(o->errors, &s->errors, why, cap))
        return PXK_E_IO;
    return PXK_OK;
}

enum pxk_err pxk_lab_spawn(struct pxk_lab *lab, const struct pxk_lab_spawn *opts, pid_t *pid, char *why, size_t cap)
{
    struct start s = {.opts = opts, .log = -1, .errors = -1, .folder = opts->folder ? opts->folder : lab->work, .parent = getpid()};
    struct lab_child child;
    enum pxk_err err = start_prepare(lab, opts, &s, why, cap);
    struct lab_child *slot = err == PXK_OK ? pxk_vec_push(&lab->children) : NULL;
    if (err == PXK_OK && !slot)
        err = lab_fail(PXK_E_NOMEM, why, cap, "%s", opts->argv[0]);
    if (err == PXK_OK) {
        err = fork_and_exec(&s, &child, why, cap);
        if (err == PXK_OK)
            *slot = child;
        else
            lab->children.n--;
    }
    if (s.log >= 0)
        close(s.log);
    if (s.errors >= 0)
        close(s.errors);
    free(s.path);
    free(s.env);
    if (err == PXK_OK)
        *pid = child.pid;
    return err;
}

/* ---- ending ---- */

/* An ended process is left unreaped until all of its group have got their signal: as long as it is there, its number means
 * no other. */
static bool has_ended(pid_t pid, int *status)
{
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
        *status = 0; /* somebody else has reaped it */
        return true;
    }
    if (info.si_pid != pid)
        return false;
    *status = info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : W_EXITCODE(0, info.si_status);
    return true;
}

/* Waits until @deadline at most. */
static void end_await(pid_t pid, pxk_usec deadline)
{
    int fd = pidfd_open(pid, 0), status;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (!has_ended(pid, &status)) {
        pxk_usec left = pxk_usec_since(pxk_clock_now(), deadline);
        if (!left)
            break;
        (void)poll(&p, 1, fd < 0 ? 1 : (int)(left / PXK_MSEC) + 1); /* a negative descriptor: waits a moment */
    }
    if (fd >= 0)
        close(fd);
}

static void signal_send(const struct lab_child *c, int sig)
{
    (void)kill(c->kind == LAB_PROGRAM ? -c->pid : c->pid, sig); /* gone already is fine */
}

static void end_begin(const struct lab_child *c, bool at_once)
{
    if (c->ended)
        return;
    signal_send(c, at_once ? SIGKILL : SIGTERM);
    signal_send(c, SIGCONT); /* a stopped process does not get to its end */
}

static void end_finish(struct lab_child *c, pxk_usec deadline)
{
    if (c->ended)
        return;
    end_await(c->pid, deadline);
    signal_send(c, SIGKILL); /* what is left, of the group too */
    while (waitpid(c->pid, &c->status, 0) < 0)
        if (errno != EINTR) {
            c->status = 0; /* reaped by somebody else */
            break;
        }
    c->ended = true;
}

static struct lab_child *child_find(struct pxk_lab *lab, pid_t pid)
{
    for (size_t i = lab->children.n; i-- > 0;) /* the last of this number is the one that can be meant */
        if (lab->children.at[i].pid == pid)
            return &lab->children.at[i];
    return NULL;
}

int pxk_lab_end(struct pxk_lab *lab, pid_t pid, bool at_once)
{
    struct lab_child *c = child_find(lab, pid);
    if (!c)
        return 0;
    end_begin(c, at_once);
    end_finish(c, pxk_clock_now() + PATIENCE_MS * PXK_MSEC);
    return c->status;
}

bool pxk_lab_ended(struct pxk_lab *lab, pid_t pid, int *status)
{
    struct lab_child *c = child_find(lab, pid);
    *status = c ? c->status : 0;
    return !c || c->ended || has_ended(pid, status);
}

void lab_children_end(struct pxk_lab *lab)
{
    for (int kind = LAB_PROGRAM; kind <= LAB_HELPER; kind++) {
        pxk_usec deadline = pxk_clock_now() + PATIENCE_MS * PXK_MSEC;
        for (size_t i = 0; i < lab->children.n; i++)
            if ((int)lab->children.at[i].kind == kind)
                end_begin(&lab->children.at[i], false);
        for (size_t i = 0; i < lab->children.n; i++)
            if ((int)lab->children.at[i].kind == kind)
                end_finish(&lab->children.at[i], deadline);
    }
}
