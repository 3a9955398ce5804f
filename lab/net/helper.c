/* Processes of the lab itself, forked without exec: they say that they work before their start returns, and hold nothing
 * of what the lab's process has open. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pxk/netns.h"

#include "lab_int.h"

#define CONTROL 3 /* the helper's descriptor */

struct word {
    enum pxk_err err;
    char why[LAB_WHY];
};

void lab_ready(int control, enum pxk_err err, const char *why)
{
    struct word w = {.err = err};
    (void)pxk_str_copy(w.why, sizeof w.why, why);
    (void)send(control, &w, sizeof w, MSG_NOSIGNAL); /* without a parent nobody minds */
}

static bool streams_set(const char *log)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return null >= 0 && out >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2;
}

/* Ctrl-C goes to everybody at the terminal; the lab ends its helpers when it is done with them. */
static void signals_set(void)
{
    sigset_t none;
    for (int s = 1; s < NSIG; s++)
        (void)signal(s, s == SIGINT || s == SIGPIPE || s == SIGHUP ? SIG_IGN : SIG_DFL);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Descriptors that stay: 0 to 2 and the control socket, which becomes number 3. */
static bool rest_close(int control)
{
    return (control == CONTROL || dup2(control, CONTROL) == CONTROL) && close_range(CONTROL + 1, ~0u, 0) == 0;
}

static void helper_run(pid_t parent, const char *log, int netns, int control, lab_helper_fn *run, const void *ctx)
{
    signals_set();
    if (pxk_netns_enter(netns) != PXK_OK || !streams_set(log) || !rest_close(control)) {
        lab_ready(control, PXK_E_IO, strerror(errno));
        _exit(1);
    }
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
        _exit(1);
    _exit(run(CONTROL, ctx));
}

static enum pxk_err word_await(int control, char *why, size_t cap)
{
    struct word w;
    ssize_t got = TEMP_FAILURE_RETRY(recv(control, &w, sizeof w, 0));
    if (got != (ssize_t)sizeof w) {
        pxk_fmt(why, cap, "a process of the lab ended before it was ready");
        return PXK_E_IO;
    }
    if (w.err != PXK_OK)
        (void)pxk_str_copy(why, cap, w.why);
    return w.err;
}

enum pxk_err lab_helper_start(struct pxk_lab *lab, enum lab_child_kind kind, int netns, lab_helper_fn *run, const void *ctx,
                              int *control, char *why, size_t cap)
{
    int pair[2];
    char *log = NULL;
    struct lab_child *slot = pxk_vec_push(&lab->children);
    if (!slot || asprintf(&log, "%s/lab.log", lab->work) < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        lab->children.n -= slot != NULL;
        free(log);
        return lab_fail(PXK_E_NOMEM, why, cap, "a process of the lab");
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        helper_run(parent, log, netns, pair[1], run, ctx);
    free(log);
    close(pair[1]);
    enum pxk_err err = pid > 0 ? word_await(pair[0], why, cap) : lab_fail(PXK_E_NOMEM, why, cap, "a process of the lab");
    *slot = (struct lab_child){.pid = pid, .kind = kind};
    if (pid < 0)
        lab->children.n--;
    if (err != PXK_OK || !control)
        close(pair[0]);
    else
        *control = pair[0];
    return err;
}
