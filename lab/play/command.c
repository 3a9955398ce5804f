/* Programs of the scenario's own, each in a host of the network. */
#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "lines.h"
#include "play_int.h"

#define LOOK_NS 5000000

static bool command_start(struct play *p, struct play_command *c)
{
    char work[600], pxekit[600], interface[64], root[4200], scratch[600];
    const char *argv[] = {"/bin/sh", "-c", c->scn->run, NULL};
    const char *env[] = {pxk_fmt(pxekit, sizeof pxekit, "PXEKIT=%s", p->env->pxekit),
                         pxk_fmt(interface, sizeof interface, "INTERFACE=%s", play_host_iface(p, c->scn->on)),
                         pxk_fmt(root, sizeof root, "ROOT=%s", p->root),
                         pxk_fmt(work, sizeof work, "WORK=%s", pxk_fmt(scratch, sizeof scratch, "%s/scratch", p->env->work)), NULL};
    struct pxk_lab_spawn spawn = {.host = c->scn->on, .argv = argv, .env = env, .log = c->log,
                                  .errors = *c->errors ? c->errors : NULL, .folder = p->env->folder};
    if (mkdir(scratch, 0755) != 0 && errno != EEXIST)
        return pxk_fmt(p->why, p->cap, "no folder %s", scratch), false;
    c->began = pxk_clock_now();
    c->started = true;
    return pxk_lab_spawn(p->lab, &spawn, &c->pid, p->why, p->cap) == PXK_OK;
}

static void ended(struct play_command *c, int status)
{
    c->ended = true;
    c->pid = 0;
    c->status = status;
    c->took = pxk_usec_since(c->began, pxk_clock_now());
}

/* True while it goes on. */
static bool command_look(struct play *p, struct play_command *c)
{
    int status;
    if (!c->pid)
        return false;
    if (pxk_lab_ended(p->lab, c->pid, &status)) {
        ended(c, status);
    } else if (!c->scn->background && pxk_usec_since(c->began, pxk_clock_now()) > c->scn->limit) {
        c->stopped = true;
        ended(c, pxk_lab_end(p->lab, c->pid, true));
    }
    return c->pid != 0;
}

static void pause_briefly(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
}

static bool ready_await(struct play *p, struct play_command *c)
{
    while (!lines_in_order(c->log, &c->scn->ready, 1) && !(*c->errors && lines_in_order(c->errors, &c->scn->ready, 1))) {
        if (!command_look(p, c) || pxk_usec_since(c->began, pxk_clock_now()) > c->scn->limit) {
            pxk_fmt(p->why, p->cap, "command %s was not ready in time: nothing in its output matches \"%s\"", c->scn->name, c->scn->ready);
            return false;
        }
        pause_briefly();
    }
    return true;
}

bool play_commands_run(struct play *p, enum pxk_scn_when when)
{
    for (size_t i = 0; i < p->s->commands.n; i++) {
        struct play_command *c = &p->command[i];
        c->scn = &p->s->commands.at[i];
        if (c->scn->when != (int)when)
            continue;
        pxk_fmt(c->log, sizeof c->log, "%s/%s.out", p->env->work, c->scn->name);
        if (c->scn->out || c->scn->err)
            pxk_fmt(c->errors, sizeof c->errors, "%s/%s.err", p->env->work, c->scn->name);
        if (!command_start(p, c))
            return false;
        if (c->scn->background && c->scn->ready && !ready_await(p, c))
            return false;
        while (!c->scn->background && when != PXK_SCN_WHEN_WITH && command_look(p, c))
            pause_briefly();
    }
    return true;
}

bool play_commands_look(struct play *p)
{
    bool any = false;
    for (size_t i = 0; i < p->s->commands.n; i++)
        if (p->command[i].pid && command_look(p, &p->command[i]) && !p->command[i].scn->background)
            any = true;
    return any;
}

static int exit_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void play_commands_put(struct play *p)
{
    json_t *all = json_object();
    for (size_t i = 0; i < p->s->commands.n; i++) {
        struct play_command *c = &p->command[i];
        if (!c->started)
            continue;
        bool lasted = command_look(p, c) && c->scn->background;
        if (c->pid)
            ended(c, pxk_lab_end(p->lab, c->pid, false));
        json_t *o = json_pack("{s:i, s:s, s:f, s:b, s:b}", "exit", exit_of(c->status), "output", c->log, "seconds", (double)c->took / 1e6,
                              "stopped", c->stopped, "lasted", lasted);
        if (*c->errors)
            (void)json_object_set_new(o, "errors", json_string(c->errors));
        (void)json_object_set_new(all, c->scn->name, o);
    }
    pxk_seen_put(p->seen, "commands", all);
}
