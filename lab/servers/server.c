/* A running server: its config written, its program started and awaited, stopped and started again. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "parse/parse.h"
#include "pxk/files.h"
#include "servers.h"

#define PATIENCE_MS 10000
#define LOOK_MS     10

struct pxk_lab_server {
    struct pxk_lab *lab;
    const struct pxk_lab_kind *kind;
    struct pxk_lab_server_plan plan;
    struct pxk_lab_argv argv; /* of the program, ends with NULL; env too */
    char config[PATH_MAX];    /* "" if it has none */
    char log[PATH_MAX];
    long log_from; /* where this start's part of the log begins */
    pid_t pid;     /* 0: it does not run */
    bool paused;
};

/* ---- before the start ---- */

static enum pxk_err config_make(const struct pxk_lab_kind *kind, const struct pxk_lab_server_plan *plan, struct pxk_text *out,
                                char *why, size_t cap)
{
    enum pxk_err err = PXK_OK;
    if (!plan->config)
        err = kind->config(plan, out, why, cap);
    else if (kind->adapt)
        err = kind->adapt(plan, out);
    else
        pxk_text_add(out, plan->config);
    return err == PXK_OK && out->failed ? PXK_E_NOMEM : err;
}

static enum pxk_err config_write(struct pxk_lab_server *s, char *why, size_t cap)
{
    struct pxk_text text = {0};
    if (!s->kind->config_name)
        return PXK_OK;
    pxk_fmt(s->config, sizeof s->config, "%s/%s", s->plan.work, s->kind->config_name);
    enum pxk_err err = config_make(s->kind, &s->plan, &text, why, cap);
    if (err == PXK_OK) {
        err = pxk_file_write(s->config, text.s, text.len);
        if (err != PXK_OK)
            pxk_fmt(why, cap, "%s cannot be written: %s", s->config, strerror(errno));
    }
    pxk_text_done(&text);
    return err;
}

/* Puts the NULL at the end of a list. False: a lack of memory has left a gap. */
#define LIST_END(v) (list_whole((v)->at, (v)->n) && pxk_vec_push(v))

static bool list_whole(char *const *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!at[i])
            return false;
    return true;
}

static enum pxk_err argv_make(struct pxk_lab_server *s, char *why, size_t cap)
{
    char program[PATH_MAX];
    if (!pxk_srv_program(s->kind, s->plan.program, program, sizeof program, why, cap))
        return PXK_E_NOTFOUND;
    pxk_lab_arg(&s->argv, "%s", program);
    s->kind->command(&s->plan, *s->config ? s->config : NULL, &s->argv);
    for (size_t i = 0; i < s->plan.argument_n; i++)
        pxk_lab_arg(&s->argv, "%s", s->plan.arguments[i]);
    if (LIST_END(&s->argv.arg) && LIST_END(&s->argv.env))
        return PXK_OK;
    pxk_fmt(why, cap, "%s", pxk_err_text(PXK_E_NOMEM));
    return PXK_E_NOMEM;
}

/* ---- start ---- */

static void log_read(const struct pxk_lab_server *s, struct pxk_text *out)
{
    struct pxk_text all = {0};
    enum pxk_err err = pxk_file_read(s->log, PXK_SRV_FILE_MAX, &all);
    /* Not there: it has not said anything yet. */
    if ((err == PXK_OK || err == PXK_E_SPACE) && s->log_from >= 0 && (size_t)s->log_from < all.len)
        pxk_text_add(out, all.s + s->log_from);
    pxk_text_add(out, "");
    pxk_text_done(&all);
}

static long file_size(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (long)st.st_size : 0;
}

static void why_not(const struct pxk_lab_server *s, const char *what, const char *log, char *why, size_t cap)
{
    char cause[400];
    if (pxk_lab_log_cause(log, *s->config ? s->config : NULL, cause, sizeof cause))
        pxk_fmt(why, cap, "%s %s: %s", s->kind->words, what, cause);
    else
        pxk_fmt(why, cap, "%s %s and said nothing", s->kind->words, what);
}

static void ended_words(int status, char *out, size_t cap)
{
    if (WIFSIGNALED(status))
        pxk_fmt(out, cap, "was ended by signal %d", WTERMSIG(status));
    else
        pxk_fmt(out, cap, "ended at once (exit status %d)", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One look: PXK_E_TIMEOUT while there is nothing to tell yet. */
static enum pxk_err look(struct pxk_lab_server *s, bool last, char *why, size_t cap)
{
    struct pxk_text log = {0};
    char what[80];
    int status;
    bool ended = pxk_lab_ended(s->lab, s->pid, &status);
    log_read(s, &log);
    const char *text = log.s ? log.s : "";
    enum pxk_err err = PXK_E_TIMEOUT;
    if (ended) {
        s->pid = 0;
        ended_words(status, what, sizeof what);
        why_not(s, what, text, why, cap);
        err = PXK_E_IO;
    } else if (s->kind->ready(&s->plan, s->pid, text)) {
        err = PXK_OK;
    } else if (last) {
        pxk_fmt(what, sizeof what, "did not answer within %d s", PATIENCE_MS / 1000);
        why_not(s, what, text, why, cap);
    }
    pxk_text_done(&log);
    return err;
}

static enum pxk_err await(struct pxk_lab_server *s, char *why, size_t cap)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    int64_t until = now_ms() + PATIENCE_MS;
    for (;;) {
        bool last = now_ms() >= until;
        enum pxk_err err = look(s, last, why, cap);
        if (err != PXK_E_TIMEOUT || last)
            return err;
        (void)nanosleep(&pause, NULL);
    }
}

static enum pxk_err start(struct pxk_lab_server *s, char *why, size_t cap)
{
    if (!s->kind->programs)
        return PXK_OK;
    const struct pxk_lab_spawn opts = {.host = s->plan.name,
                                       .argv = (const char *const *)s->argv.arg.at,
                                       .env = (const char *const *)s->argv.env.at,
                                       .log = s->log,
                                       .folder = s->plan.work};
    s->log_from = file_size(s->log);
    s->paused = false;
    enum pxk_err err = pxk_lab_spawn(s->lab, &opts, &s->pid, why, cap);
    if (err != PXK_OK) {
        s->pid = 0;
        return err;
    }
    err = await(s, why, cap);
    if (err != PXK_OK)
        pxk_lab_server_stop(s, true);
    else if (s->kind->warm_up)
        s->kind->warm_up(s->lab, &s->plan);
    return err;
}

static enum pxk_err prepare(struct pxk_lab_server *s, char *why, size_t cap)
{
    if (s->plan.dhcp && s->plan.dhcp->proxy && !s->plan.config && !s->kind->proxy) {
        pxk_fmt(why, cap, "%s cannot be a proxyDHCP server", s->kind->words);
        return PXK_E_UNSUPPORTED;
    }
    if (!s->kind->programs)
        return PXK_OK;
    pxk_fmt(s->log, sizeof s->log, "%s/%s.log", s->plan.work, s->kind->name);
    enum pxk_err err = config_write(s, why, cap);
    return err == PXK_OK ? argv_make(s, why, cap) : err;
}

enum pxk_err pxk_lab_server_start(struct pxk_lab *lab, const struct pxk_lab_kind *kind, const struct pxk_lab_server_plan *plan,
                                  struct pxk_lab_server **out, char *why, size_t cap)
{
    struct pxk_lab_server *s = calloc(1, sizeof *s);
    if (!s)
        return PXK_E_NOMEM;
    *s = (struct pxk_lab_server){.lab = lab, .kind = kind, .plan = *plan};
    enum pxk_err err = prepare(s, why, cap);
    if (err == PXK_OK)
        err = start(s, why, cap);
    if (err == PXK_OK)
        *out = s;
    else
        pxk_lab_server_free(s);
    return err;
}

/* ---- while it runs ---- */

void pxk_lab_server_pause(struct pxk_lab_server *s, bool pause)
{
    if (!s->pid || s->paused == pause)
        return;
    (void)kill(-s->pid, pause ? SIGSTOP : SIGCONT); /* with what it forked; it may have ended by itself */
    s->paused = pause;
}

void pxk_lab_server_stop(struct pxk_lab_server *s, bool kill)
{
    if (!s->pid)
        return;
    pxk_lab_server_pause(s, false); /* a stopped process hears no request to end */
    (void)pxk_lab_end(s->lab, s->pid, kill);
    s->pid = 0;
}

enum pxk_err pxk_lab_server_restart(struct pxk_lab_server *s, char *why, size_t cap)
{
    pxk_lab_server_stop(s, false);
    return start(s, why, cap);
}

bool pxk_lab_server_runs(const struct pxk_lab_server *s, int *wait_status)
{
    int status;
    if (!s->kind->programs)
        return true;
    return s->pid && !pxk_lab_ended(s->lab, s->pid, wait_status ? wait_status : &status);
}

enum pxk_err pxk_lab_server_leases(const struct pxk_lab_server *s, struct pxk_lab_leases *out)
{
    return s->kind->leases ? s->kind->leases(&s->plan, out) : PXK_E_UNSUPPORTED;
}

const char *pxk_lab_server_log(const struct pxk_lab_server *s)
{
    return s->log;
}

struct pxk_lab_server *pxk_lab_server_free(struct pxk_lab_server *s)
{
    if (s) {
        pxk_lab_server_stop(s, false);
        pxk_lab_argv_done(&s->argv);
        free(s);
    }
    return NULL;
}
