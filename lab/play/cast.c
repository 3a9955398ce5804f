/* The servers of a case. What takes a while (stop, start) is done beside the loop, so that clients keep their time. */
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "play_int.h"
#include "pxk/files.h"

#define LOG_MAX ((size_t)64 << 20)

static bool part_start(struct play_server *server, size_t k, char *why, size_t cap)
{
    struct play *p = server->play;
    struct play_part *part = &server->part[k];
    if (!part->planned) {
        if (pxk_play_plan_make(p->s, server->scn, k, p->env, p->root, &part->plan, why, cap) != PXK_OK)
            return false;
        part->planned = true;
    }
    if (part->server)
        return pxk_lab_server_restart(part->server, why, cap) == PXK_OK;
    return pxk_lab_server_start(p->lab, part->kind, &part->plan.plan, &part->server, why, cap) == PXK_OK;
}

static bool server_start(struct play_server *server, char *why, size_t cap)
{
    char sentence[400] = "";
    for (size_t k = 0; k < server->kinds; k++) {
        if (part_start(server, k, sentence, sizeof sentence))
            continue;
        pxk_fmt(why, cap, "server %s (%s): %s", server->scn->name, server->part[k].kind->name, sentence);
        return false;
    }
    return true;
}

bool play_servers_start(struct play *p)
{
    for (size_t i = 0; i < p->s->servers.n; i++) {
        struct play_server *server = &p->server[p->servers++];
        const struct pxk_lab_kind *kind[PXK_PLAY_KINDS_MAX];
        *server = (struct play_server){.play = p, .scn = &p->s->servers.at[i]};
        server->kinds = pxk_play_kinds(server->scn, kind);
        for (size_t k = 0; k < server->kinds; k++)
            server->part[k].kind = kind[k];
        if (!server->scn->waits && !server_start(server, p->why, p->cap))
            return false;
    }
    return true;
}

static struct play_server *server_of(struct play *p, const char *name)
{
    for (size_t i = 0; i < p->servers; i++)
        if (!name || strcmp(p->server[i].scn->name, name) == 0)
            return &p->server[i];
    return NULL;
}

static void server_each(struct play_server *server, void (*fn)(struct pxk_lab_server *, bool), bool arg)
{
    for (size_t k = 0; k < server->kinds; k++)
        if (server->part[k].server)
            fn(server->part[k].server, arg);
}

/* ---- the timeline's actions ---- */

/* All that can be done without waiting. False: it is another action. */
static bool act_at_once(struct play_server *server, int action)
{
    if (action == PXK_SCN_DO_KILL)
        server_each(server, pxk_lab_server_stop, true);
    else if (action == PXK_SCN_DO_PAUSE || action == PXK_SCN_DO_RESUME)
        server_each(server, pxk_lab_server_pause, action == PXK_SCN_DO_PAUSE);
    else
        return false;
    return true;
}

static void work_do(uv_work_t *work)
{
    struct play *p = work->data;
    const struct pxk_scn_event *e = p->doing;
    struct play_server *server = server_of(p, e->server);
    if (act_at_once(server, e->action))
        return;
    if (e->action != PXK_SCN_DO_START)
        server_each(server, pxk_lab_server_stop, false);
    if (e->action != PXK_SCN_DO_STOP)
        (void)server_start(server, p->work_why, sizeof p->work_why);
}

static void work_next(struct play *p);

static void work_done(uv_work_t *work, int status)
{
    struct play *p = work->data;
    (void)status;
    p->working = false;
    p->waiting.n--;
    memmove(p->waiting.at, p->waiting.at + 1, p->waiting.n * sizeof *p->waiting.at);
    work_next(p);
}

static void work_next(struct play *p)
{
    if (p->working || p->waiting.n == 0)
        return;
    p->work.data = p;
    p->doing = p->waiting.at[0]; /* the list may move while it is done */
    p->working = uv_queue_work(&p->loop, &p->work, work_do, work_done) == 0;
}

void play_server_act(struct play *p, const struct pxk_scn_event *e)
{
    struct play_server *server = server_of(p, e->server);
    if (!server)
        return;
    /* What is at work on a server has the lab's processes to itself: the next action comes after it. */
    if (p->waiting.n == 0 && act_at_once(server, e->action))
        return;
    const struct pxk_scn_event **slot = pxk_vec_push(&p->waiting);
    if (slot)
        *slot = e;
    else
        pxk_fmt(p->work_why, sizeof p->work_why, "%s", pxk_err_text(PXK_E_NOMEM));
    work_next(p);
}

/* ---- what they leave ---- */

static json_t *leases_json(const struct pxk_lab_leases *leases)
{
    json_t *a = json_array();
    for (size_t i = 0; i < leases->at.n; i++) {
        char ip[PXK_IP4_STRLEN], mac[PXK_MAC_STRLEN];
        (void)json_array_append_new(a, json_pack("{s:s, s:s}", "ip", pxk_ip4_text(leases->at.at[i].ip, ip), "mac",
                                                 pxk_mac_text(&leases->at.at[i].mac, mac)));
    }
    return a;
}

static const struct play_part *lease_keeper(const struct play_server *server)
{
    for (size_t k = 0; k < server->kinds; k++)
        if (server->part[k].server && server->part[k].kind->leases && server->part[k].plan.plan.dhcp)
            return &server->part[k];
    return NULL;
}

static bool leases_wanted(const struct pxk_scenario *s, const char *server, unsigned *left)
{
    for (size_t i = 0; i < s->expect.leases.n; i++) {
        const struct pxk_scn_lease_expect *e = &s->expect.leases.at[i];
        if (e->server && strcmp(e->server, server) != 0)
            continue;
        *left = e->left;
        return true;
    }
    return false;
}

/* A RELEASE has no answer, so a server is given a moment to have read the last one. */
static json_t *leases_of(const struct play *p, const struct play_server *server, const struct play_part *part)
{
    unsigned left = 0;
    bool wanted = leases_wanted(p->s, server->scn->name, &left);
    struct pxk_lab_leases leases = {0};
    enum pxk_err err = PXK_OK;
    for (int patience = wanted ? 200 : 1; patience > 0; patience--) {
        pxk_vec_done(&leases.at);
        err = pxk_lab_server_leases(part->server, &leases);
        if (err != PXK_OK || leases.at.n == left)
            break;
        (void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    json_t *json = err == PXK_OK ? leases_json(&leases) : json_null(); /* what cannot be read is not none */
    pxk_vec_done(&leases.at);
    return json;
}

/* One log per host, whichever programs ran there. */
static json_t *log_of(const struct play *p, const struct play_server *server)
{
    char path[600];
    struct pxk_text all = {0};
    enum pxk_err err = PXK_OK;
    for (size_t k = 0; k < server->kinds && err == PXK_OK; k++) {
        if (server->part[k].server)
            err = pxk_file_read(pxk_lab_server_log(server->part[k].server), LOG_MAX, &all);
        if (err == PXK_E_NOTFOUND)
            err = PXK_OK; /* it has said nothing */
    }
    pxk_fmt(path, sizeof path, "%s/%s.log", p->env->work, server->scn->name);
    if (err == PXK_OK || err == PXK_E_SPACE)
        err = pxk_file_write(path, all.s, all.len);
    pxk_text_done(&all);
    return err == PXK_OK ? json_string(path) : json_null();
}

static bool has_run(const struct play_server *server)
{
    bool any = false;
    for (size_t k = 0; k < server->kinds; k++)
        any = any || server->part[k].server;
    return any;
}

/* A server that nobody told to end may have crashed, or have put itself into the background, where no action reaches it. */
static void ended_put(struct play *p)
{
    json_t *all = json_object();
    for (size_t i = 0; i < p->servers; i++)
        for (size_t k = 0; k < p->server[i].kinds; k++) {
            const struct play_part *part = &p->server[i].part[k];
            int status = -1;
            if (!part->server || pxk_lab_server_runs(part->server, &status) || status == -1)
                continue;
            (void)json_object_set_new(all, p->server[i].scn->name,
                                      WIFSIGNALED(status) ? json_sprintf("%s was ended by signal %d (%s)", part->kind->words,
                                                                         WTERMSIG(status), strsignal(WTERMSIG(status)))
                                                          : json_sprintf("%s ended by itself with status %d", part->kind->words,
                                                                         WEXITSTATUS(status)));
        }
    if (json_object_size(all))
        pxk_seen_put(p->seen, "servers_ended", all);
    else
        json_decref(all);
}

void play_servers_put(struct play *p)
{
    json_t *leases = json_object(), *logs = json_object();
    ended_put(p);
    for (size_t i = 0; i < p->servers; i++) {
        const struct play_part *part = lease_keeper(&p->server[i]);
        if (part) /* who keeps none tells nothing, not even that there are none */
            (void)json_object_set_new(leases, p->server[i].scn->name, leases_of(p, &p->server[i], part));
    }
    for (size_t i = 0; i < p->servers; i++) {
        server_each(&p->server[i], pxk_lab_server_pause, false);
        server_each(&p->server[i], pxk_lab_server_stop, false);
        if (has_run(&p->server[i])) /* else there is no log, not an empty one */
            (void)json_object_set_new(logs, p->server[i].scn->name, log_of(p, &p->server[i]));
    }
    pxk_seen_put(p->seen, "leases", leases);
    pxk_seen_put(p->seen, "logs", logs);
}

void play_servers_free(struct play *p)
{
    for (size_t i = 0; i < p->servers; i++)
        for (size_t k = 0; k < p->server[i].kinds; k++) {
            pxk_lab_server_free(p->server[i].part[k].server);
            if (p->server[i].part[k].planned)
                pxk_play_plan_done(&p->server[i].part[k].plan);
        }
    pxk_vec_done(&p->waiting);
}
