/* A case in virtual time: the reference server's engines and the clients' machines over cables in memory. No sockets, no
 * waiting, and nothing but the scenario's seed decides what happens. */
#include "virtual_int.h"

#include <stdlib.h>
#include <string.h>

#include "cables.h"
#include "probe.h"

#define LIMIT_TIMES   60                /* virtual time may go on so much longer than the scenario's limit of real time */
#define VIRTUAL_MAX   (7200 * PXK_SEC)
#define FRAMES_MAX    20000000u
#define LOOK_EVERY    4096u             /* steps between looks at the real clock */
#define DRAIN         (10 * PXK_SEC)    /* for what the clients sent at last */

/* ---- what is seen ---- */

static void on_event(void *ctx, const struct pxk_event *e)
{
    struct virtual *v = ctx;
    if (v->over)
        return;
    pxk_seen_event(v->seen, e);
    pxk_timeline_event(v->timeline, e);
}

static void watch(void *ctx, const uint8_t *frame, size_t len, pxk_usec now)
{
    struct virtual *v = ctx;
    if (v->over)
        return;
    pxk_tracker_frame(v->tracker, frame, len, len, now, ++v->frames);
    pxk_dump_frame(v->dump, now, frame, len);
    pxk_timeline_frame(v->timeline, v->tracker, now);
}

static const char *name_of(void *ctx, const struct pxk_session *s)
{
    return pxk_seen_name(((struct virtual *)ctx)->seen, &s->mac);
}

/* ---- ports ---- */

static unsigned segment_number(const struct virtual *v, const char *name)
{
    for (unsigned i = 0; name && i < v->s->network.segments.n; i++)
        if (strcmp(v->s->network.segments.at[i].name, name) == 0)
            return i;
    return 0;
}

bool virtual_port(struct virtual *v, const char *name, const char *segment, size_t *port)
{
    struct pxk_cable_opts cable;
    struct pxk_cable_rule rules[PXK_CABLE_RULES];
    bool taken = false;
    for (size_t i = 0; i < v->ports.n; i++) {
        bool same = strcmp(v->ports.at[i].name, name) == 0;
        taken = taken || same;
        if (same && segment_number(v, v->ports.at[i].segment) == segment_number(v, segment)) {
            *port = v->ports.at[i].port;
            return true;
        }
    }
    struct virtual_port *p = pxk_vec_push(&v->ports);
    if (!p)
        return pxk_fmt(v->why, v->cap, "out of memory"), false;
    p->segment = segment;
    pxk_fmt(p->name, sizeof p->name, taken ? "%s:%s" : "%s", name, segment);
    bool has_cable = play_cable_of(v->s, p->name, &cable, rules);
    enum pxk_err err = pxk_vnet_port_add(v->net, segment_number(v, segment), has_cable ? &cable : NULL, &p->port);
    if (err != PXK_OK)
        pxk_fmt(v->why, v->cap, "the cable of port %s: %s", p->name, pxk_err_text(err));
    *port = p->port;
    return err == PXK_OK;
}

static struct pxk_cable *cable_of(const struct virtual *v, const char *name)
{
    for (size_t i = 0; i < v->ports.n; i++)
        if (strcmp(v->ports.at[i].name, name) == 0)
            return pxk_vnet_cable(v->net, v->ports.at[i].port);
    return NULL;
}

/* ---- the timeline ---- */

/* Whoever tells of this may stand in the midst of a client's frame. */
static void on_due(void *ctx, const struct pxk_scn_event *e)
{
    struct virtual *v = ctx;
    const struct pxk_scn_event **slot = pxk_vec_push(&v->due);
    if (slot)
        *slot = e;
    else
        pxk_fmt(v->why, v->cap, "out of memory");
}

static void cable_change(struct virtual *v, const struct pxk_scn_event *e, struct pxk_cable *cable)
{
    struct pxk_cable_opts opts = {0};
    struct pxk_cable_rule rules[PXK_CABLE_RULES];
    play_cable_add(e->cable, &opts, rules);
    enum pxk_err err = pxk_cable_set_way(cable, PXK_CABLE_A, &opts.way[PXK_CABLE_A]);
    if (err == PXK_OK)
        err = pxk_cable_set_way(cable, PXK_CABLE_B, &opts.way[PXK_CABLE_B]);
    if (err == PXK_OK)
        err = pxk_cable_set_rules(cable, rules, opts.rule_n);
    if (err != PXK_OK)
        pxk_fmt(v->why, v->cap, "the cable of %s could not be changed: %s", e->port, pxk_err_text(err));
}

static void cable_act(struct virtual *v, const struct pxk_scn_event *e)
{
    struct pxk_cable *cable = e->port ? cable_of(v, e->port) : NULL;
    pxk_usec now = pxk_vnet_now(v->net);
    if (!cable)
        pxk_fmt(v->why, v->cap, "the timeline names port %s, which has no cable here", e->port ? e->port : "?");
    else if (e->action == PXK_SCN_DO_CUT)
        pxk_cable_cut(cable, now);
    else if (e->action == PXK_SCN_DO_JOIN)
        pxk_cable_join(cable, now);
    else
        cable_change(v, e, cable);
}

static void files_act(struct virtual *v, const struct pxk_scn_event *e)
{
    for (size_t i = 0; i < e->files.n; i++)
        if (pxk_tree_change(v->root, &e->files.at[i], v->why, v->cap) != PXK_OK)
            return;
    virtual_servers_changed(v);
}

static void act(struct virtual *v, const struct pxk_scn_event *e)
{
    switch ((enum pxk_scn_do)e->action) {
    case PXK_SCN_DO_STOP:
    case PXK_SCN_DO_KILL:
    case PXK_SCN_DO_START:
    case PXK_SCN_DO_RESTART:
    case PXK_SCN_DO_PAUSE:
    case PXK_SCN_DO_RESUME:
        virtual_server_act(v, e);
        break;
    case PXK_SCN_DO_CUT:
    case PXK_SCN_DO_JOIN:
    case PXK_SCN_DO_CABLE:
        cable_act(v, e);
        break;
    case PXK_SCN_DO_FILES:
        files_act(v, e);
        break;
    case PXK_SCN_DO_END:
        virtual_clients_stop(v, "the scenario ends it");
        break;
    }
}

static void act_all(struct virtual *v)
{
    for (size_t i = 0; i < v->due.n && !*v->why; i++) /* one may cause another */
        act(v, v->due.at[i]);
    v->due.n = 0;
}

/* ---- time goes on ---- */

static bool within_limits(struct virtual *v, uint64_t steps)
{
    pxk_usec played = pxk_usec_since(v->began, pxk_vnet_now(v->net));
    pxk_usec most = pxk_usec_min(v->s->limit * LIMIT_TIMES, VIRTUAL_MAX);
    char text[60];
    struct pxk_str limit = pxk_str_init(text, sizeof text);
    if (played > most) {
        pxk_str_add_duration(&limit, most);
        pxk_fmt(v->why, v->cap, "it had not ended after %s of virtual time", text);
    } else if (pxk_vnet_frames(v->net) > FRAMES_MAX) {
        pxk_fmt(v->why, v->cap, "it had not ended after %u million frames", FRAMES_MAX / 1000000);
    } else if (steps % LOOK_EVERY == 0 && pxk_usec_since(v->wall_began, pxk_clock_now()) > v->s->limit) {
        pxk_str_add_duration(&limit, v->s->limit);
        pxk_fmt(v->why, v->cap, "it had not ended after %s, the scenario's limit", text);
    }
    return !*v->why;
}

/* What comes next: a frame, a machine, the timeline, a client's beginning. False: nothing ever will. */
static bool step(struct virtual *v)
{
    pxk_usec net = pxk_usec_min(pxk_vnet_frames_due(v->net), pxk_vnet_machines_due(v->net));
    pxk_usec own = pxk_usec_min(pxk_timeline_deadline(v->timeline), virtual_clients_next(v));
    if (net == PXK_NEVER && own == PXK_NEVER)
        return false;
    if (net < own)
        return pxk_vnet_step(v->net);
    pxk_vnet_advance(v->net, own);
    pxk_timeline_expire(v->timeline, pxk_vnet_now(v->net));
    act_all(v);
    virtual_clients_begin(v);
    return true;
}

/* What was sent at last (a RELEASE) still reaches the servers; nobody looks any more. */
static void drain(struct virtual *v)
{
    pxk_usec end = pxk_vnet_now(v->net) + DRAIN;
    v->over = true;
    while (pxk_vnet_frames_due(v->net) <= end && pxk_vnet_step_frame(v->net))
        ;
}

static bool run(struct virtual *v)
{
    uint64_t steps = 0;
    bool moved = true;
    v->began = pxk_vnet_now(v->net);
    pxk_timeline_begin(v->timeline, v->began);
    act_all(v);
    while (moved && !virtual_clients_finished(v) && within_limits(v, ++steps)) {
        moved = step(v);
        act_all(v);
    }
    if (*v->why || !virtual_servers_sound(v))
        return false;
    if (pxk_vnet_failed(v->net))
        return pxk_fmt(v->why, v->cap, "%s", pxk_vnet_failed(v->net)), false;
    if (!moved)
        return pxk_fmt(v->why, v->cap, "a client waits for what will never happen"), false;
    return true;
}

/* ---- all of it ---- */

static bool is_possible(struct virtual *v)
{
    const char *what = v->s->network.routers.n ? "routers" : v->s->commands.n ? "commands" : NULL;
    for (size_t i = 0; i < v->s->clients.n; i++)
        if (v->s->clients.at[i].firmware)
            what = "clients with real firmware";
    if (what)
        pxk_fmt(v->why, v->cap, "there are no %s in virtual time", what);
    return !what;
}

static bool room_make(struct virtual *v)
{
    const struct pxk_tracker_opts tracker = {.on_event = on_event, .ctx = v};
    const struct pxk_timeline_opts timeline = {.scenario = v->s, .act = on_due, .client_name = name_of, .ctx = v};
    const struct pxk_vnet_opts net = {.start = VIRTUAL_START, .forward = VIRTUAL_FORWARD, .watch = watch, .ctx = v};
    v->server = calloc(v->s->servers.n + 1, sizeof *v->server);
    v->client = calloc(v->s->clients.n + 1, sizeof *v->client);
    if (v->server && v->client && pxk_seen_new(v->s, v->env->version, &v->seen) == PXK_OK &&
        pxk_timeline_new(&timeline, &v->timeline) == PXK_OK && pxk_tracker_new(&tracker, &v->tracker) == PXK_OK &&
        pxk_vnet_new(&net, &v->net) == PXK_OK)
        return true;
    return pxk_fmt(v->why, v->cap, "out of memory"), false;
}

static void cables_put(struct virtual *v)
{
    for (size_t i = 0; i < v->ports.n; i++) {
        const struct pxk_cable *cable = pxk_vnet_cable(v->net, v->ports.at[i].port);
        struct pxk_cable_count way[PXK_CABLE_PORTS];
        struct pxk_cable_rule rules[PXK_CABLE_RULES];
        struct pxk_cable_opts opts;
        uint64_t strikes[PXK_CABLE_RULES];
        if (!cable)
            continue;
        way[PXK_CABLE_A] = *pxk_cable_count(cable, PXK_CABLE_A);
        way[PXK_CABLE_B] = *pxk_cable_count(cable, PXK_CABLE_B);
        (void)play_cable_of(v->s, v->ports.at[i].name, &opts, rules); /* for the number of rules */
        for (size_t k = 0; k < opts.rule_n; k++)
            strikes[k] = pxk_cable_rule_strikes(cable, k);
        pxk_seen_cable(v->seen, v->ports.at[i].name, way, strikes, opts.rule_n);
    }
}

static json_t *all_seen(struct virtual *v)
{
    double seconds = (double)pxk_usec_since(v->began, pxk_vnet_now(v->net)) / 1e6;
    drain(v);
    cables_put(v);
    virtual_servers_put(v);
    pxk_seen_put(v->seen, "tree", json_string(v->root));
    pxk_seen_open(v->seen, pxk_timeline_open(v->timeline));
    return *v->why ? NULL : pxk_seen_finish(v->seen, v->tracker, seconds);
}

static enum pxk_play_end play(struct virtual *v, json_t **out)
{
    char path[600];
    enum pxk_err err = pxk_tree_make(v->s, v->env->folder, v->env->work, v->root, sizeof v->root, v->why, v->cap);
    if (err != PXK_OK)
        return err == PXK_E_NOTFOUND ? PXK_PLAY_SKIP : PXK_PLAY_ERROR;
    pxk_fmt(path, sizeof path, "%s/clients.pcap", v->env->work);
    if (!virtual_servers_make(v) || !virtual_clients_make(v) || pxk_dump_open(path, &v->dump, v->why, v->cap) != PXK_OK)
        return PXK_PLAY_ERROR;
    bool ok = run(v);
    v->over = true; /* what is still under way is nobody's */
    if (pxk_dump_close(v->dump) != PXK_OK && !*v->why)
        pxk_fmt(v->why, v->cap, "the capture could not be written");
    ok = ok && !*v->why && (!v->s->expect.probe.given || pxk_probe_put(v->seen, v->s, path, v->why, v->cap));
    if (ok) {
        *out = all_seen(v);
        if (!*out && !*v->why)
            pxk_fmt(v->why, v->cap, "out of memory");
    }
    if (!*v->why)
        return PXK_PLAY_SEEN;
    json_decref(*out);
    *out = NULL;
    return PXK_PLAY_ERROR;
}

enum pxk_play_end pxk_play_virtual(const struct pxk_scenario *s, const struct pxk_play_env *env, json_t **out, char *why,
                                   size_t cap)
{
    struct virtual *v = calloc(1, sizeof *v);
    *why = 0;
    *out = NULL;
    if (!v)
        return pxk_fmt(why, cap, "out of memory"), PXK_PLAY_ERROR;
    *v = (struct virtual){.s = s, .env = env, .why = why, .cap = cap, .wall_began = pxk_clock_now()};
    enum pxk_play_end end = is_possible(v) && room_make(v) ? play(v, out) : PXK_PLAY_ERROR;
    pxk_vnet_free(v->net);
    virtual_servers_free(v);
    pxk_timeline_free(v->timeline);
    pxk_tracker_free(v->tracker);
    pxk_seen_free(v->seen);
    pxk_vec_done(&v->ports);
    pxk_vec_done(&v->due);
    free(v->server);
    free(v->client);
    free(v);
    return end;
}
