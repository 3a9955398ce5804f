/* A case in real time: build, run, see. */
#include "play_int.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_MS      20  /* how often programs and consoles are looked at */
#define CAPTURE_SNAP  256
#define CAPTURE_WHOLE 65535
#define CAPTURE_LAG   (50 * PXK_MSEC) /* a frame at the switch is in its file by then */

/* ---- can it be played here? ---- */

static bool program_there(const char *name)
{
    static const char *const folders[] = {"/usr/bin", "/usr/local/bin", "/bin"};
    char path[300];
    for (size_t i = 0; i < PXK_COUNT(folders); i++)
        if (access(pxk_fmt(path, sizeof path, "%s/%s", folders[i], name), X_OK) == 0)
            return true;
    return false;
}

bool pxk_play_possible(const struct pxk_scenario *s, char *why, size_t cap)
{
    for (size_t i = 0; i < s->servers.n; i++) {
        const struct pxk_lab_kind *kind[PXK_PLAY_KINDS_MAX];
        char path[1024];
        size_t n = pxk_play_kinds(&s->servers.at[i], kind);
        for (size_t k = 0; k < n; k++)
            if (kind[k]->programs && !s->servers.at[i].program && !pxk_lab_kind_program(kind[k], path, sizeof path, why, cap))
                return false;
    }
    for (size_t i = 0; i < s->clients.n; i++)
        if (s->clients.at[i].firmware && !program_there("qemu-system-x86_64"))
            return pxk_fmt(why, cap, "qemu-system-x86_64 is not installed (package qemu-system-x86)"), false;
    if (s->files.set == PXK_SCN_SET_DEBIAN && !s->files.from && !pxk_tree_debian())
        return pxk_fmt(why, cap, "the Debian netboot tree is not installed (package debian-installer-12-netboot-amd64)"), false;
    return true;
}

/* ---- the clients ---- */

static bool overrides_make(struct play *p, size_t i)
{
    const struct pxk_scn_client *c = &p->s->clients.at[i];
    char why[200];
    for (size_t k = 0; k < c->overrides.n; k++) {
        const struct pxk_conf_pairs *o = &c->overrides.at[k];
        if (pxk_emulator_override(&p->overrides[i], o->key, (const char *const *)o->value.at, o->value.n, why, sizeof why) == PXK_OK)
            continue;
        pxk_fmt(p->why, p->cap, "client %s: override %s: %s", c->name, o->key, why);
        return false;
    }
    return true;
}

static bool client_add(struct play *p, size_t i, struct pxk_emulator_opts *opts)
{
    const struct pxk_scn_client *c = &p->s->clients.at[i];
    struct pxk_emulator_client *e = &opts->client[opts->client_n];
    if (opts->client_n == PXK_EMULATOR_CLIENTS_MAX)
        return pxk_fmt(p->why, p->cap, "more than %d clients on one port", PXK_EMULATOR_CLIENTS_MAX), false;
    opts->client_n++;
    *e = (struct pxk_emulator_client){.arch = c->arch, .persona = c->personality, .mac = pxk_play_mac(p->s, i), .has_uuid = c->has_uuid,
                                      .uuid = c->uuid, .start_given = c->start_given, .start = c->start,
                                      .until = (enum pxk_milestone)c->until, .vlan = c->vlan, .keep_lease = c->keep_lease,
                                      .pace = c->firmware_pace ? PXK_EMULATOR_PACE_FIRMWARE : PXK_EMULATOR_PACE_FAST};
    pxk_seen_client(p->seen, c->name, &e->mac);
    if (c->overrides.n == 0)
        return true;
    e->overrides = &p->overrides[i];
    return overrides_make(p, i);
}

static void end_if_done(struct play *p);

static void on_group_ended(void *ctx)
{
    struct play_group *g = ctx;
    g->running = false;
    end_if_done(g->play);
}

static unsigned segment_number(const struct play *p, const char *name)
{
    for (unsigned i = 0; i < p->s->network.segments.n; i++)
        if (strcmp(p->s->network.segments.at[i].name, name) == 0)
            return i;
    return 0;
}

static bool group_start(struct play *p, struct play_group *g, size_t number)
{
    static struct pxk_emulator_opts opts; /* large; copied by the emulator */
    opts = (struct pxk_emulator_opts){.iface = p->lab ? PLAY_IFACE : p->s->servers.at[0].interface, .probe_path = true,
                                      .outlast_link = p->lab != NULL, .seed = p->s->seed * 100 + number + 1,
                                      .segment = segment_number(p, g->segment)};
    for (size_t i = 0; i < p->s->clients.n; i++) {
        const struct pxk_scn_client *c = &p->s->clients.at[i];
        if (!c->firmware && strcmp(c->port, g->word) == 0 && strcmp(c->segment, g->segment) == 0 && !client_add(p, i, &opts))
            return false;
    }
    if (p->lab && pxk_lab_enter(p->lab, g->port) != PXK_OK)
        return pxk_fmt(p->why, p->cap, "no way into the host of port %s", g->port), false;
    enum pxk_err err = pxk_emulator_start(&p->loop, &opts, &p->watch, on_group_ended, g, &g->em, p->why, p->cap);
    if (p->lab && pxk_lab_enter(p->lab, NULL) != PXK_OK)
        return pxk_fmt(p->why, p->cap, "no way back from the host of port %s", g->port), false;
    g->running = err == PXK_OK;
    return g->running;
}

/* ---- the timeline ---- */

static const char *name_of(void *ctx, const struct pxk_session *s)
{
    return pxk_seen_name(((struct play *)ctx)->seen, &s->mac);
}

static void stop_all(struct play *p, const char *why)
{
    for (size_t i = 0; i < p->groups; i++)
        if (p->group[i].running)
            pxk_emulator_stop(p->group[i].em, why);
    for (size_t i = 0; i < p->vms; i++)
        p->vm[i].running = false;
}

static void cable_change(struct play *p, const struct pxk_scn_event *e)
{
    struct pxk_cable_rule rules[PXK_CABLE_RULES];
    struct pxk_cable_opts opts = {0};
    play_cable_add(e->cable, &opts, rules);
    if (pxk_lab_cable_set(p->lab, e->port, opts.way, rules, opts.rule_n) != PXK_OK)
        pxk_fmt(p->work_why, sizeof p->work_why, "the cable of %s could not be changed", e->port);
}

static void act(void *ctx, const struct pxk_scn_event *e)
{
    struct play *p = ctx;
    enum pxk_err err = PXK_OK;
    switch ((enum pxk_scn_do)e->action) {
    case PXK_SCN_DO_STOP:
    case PXK_SCN_DO_KILL:
    case PXK_SCN_DO_START:
    case PXK_SCN_DO_RESTART:
    case PXK_SCN_DO_PAUSE:
    case PXK_SCN_DO_RESUME:
        play_server_act(p, e);
        break;
    case PXK_SCN_DO_CUT:
        err = pxk_lab_cut(p->lab, e->port);
        break;
    case PXK_SCN_DO_JOIN:
        err = pxk_lab_join(p->lab, e->port);
        break;
    case PXK_SCN_DO_CABLE:
        cable_change(p, e);
        break;
    case PXK_SCN_DO_FILES:
        for (size_t i = 0; err == PXK_OK && i < e->files.n; i++)
            err = pxk_tree_change(p->root, &e->files.at[i], p->work_why, sizeof p->work_why);
        break;
    case PXK_SCN_DO_END:
        stop_all(p, "the scenario ends it");
        break;
    }
    if (err != PXK_OK && !*p->work_why)
        pxk_fmt(p->work_why, sizeof p->work_why, "an action of the timeline failed: %s", pxk_err_text(err));
}

static void timeline_arm(struct play *p);

static void on_timeline_timer(uv_timer_t *timer)
{
    struct play *p = timer->data;
    pxk_timeline_expire(p->timeline, pxk_clock_now());
    timeline_arm(p);
}

static void timeline_arm(struct play *p)
{
    pxk_usec at = pxk_timeline_deadline(p->timeline), now = pxk_clock_now();
    if (p->ending || at == PXK_NEVER)
        return;
    uv_update_time(&p->loop);
    uv_timer_start(&p->timeline_timer, on_timeline_timer, (pxk_usec_since(now, at) + 999) / 1000, 0);
}

static void on_event(void *ctx, const struct pxk_event *e)
{
    struct play *p = ctx;
    pxk_seen_event(p->seen, e);
    if (p->ending)
        return;
    pxk_timeline_event(p->timeline, e);
    timeline_arm(p);
}

static void after_frame(void *ctx, pxk_usec now)
{
    struct play *p = ctx;
    if (p->ending)
        return;
    pxk_timeline_frame(p->timeline, p->tracker, now);
    timeline_arm(p);
}

/* ---- the end ---- */

static void end_if_done(struct play *p)
{
    if (p->ending)
        return;
    for (size_t i = 0; i < p->groups; i++)
        if (p->group[i].running)
            return;
    bool busy = false;
    if (!p->working && p->lab) { /* each look has its own work to do */
        busy = play_commands_look(p);
        busy = play_vms_look(p) || busy;
    }
    if ((busy && !*p->stopped) || p->working || p->waiting.n > 0)
        return;
    p->ending = true;
    uv_close((uv_handle_t *)&p->timeline_timer, NULL);
    uv_close((uv_handle_t *)&p->look, NULL);
    uv_close((uv_handle_t *)&p->limit, NULL);
    play_vms_close(p);
}

static void on_look(uv_timer_t *timer)
{
    end_if_done(timer->data);
}

static void on_limit(uv_timer_t *timer)
{
    struct play *p = timer->data;
    char why[60];
    struct pxk_str s = pxk_str_init(why, sizeof why);
    pxk_str_add_duration(&s, p->s->limit);
    pxk_fmt(p->stopped, sizeof p->stopped, "it had not ended after %s, the scenario's limit", why);
    stop_all(p, p->stopped);
}

/* ---- all of it ---- */

static bool room_make(struct play *p)
{
    size_t clients = p->s->clients.n + 1;
    p->group = calloc(clients, sizeof *p->group);
    p->vm = calloc(clients, sizeof *p->vm);
    p->overrides = calloc(clients, sizeof *p->overrides);
    p->server = calloc(p->s->servers.n + 1, sizeof *p->server);
    p->command = calloc(p->s->commands.n + 1, sizeof *p->command);
    struct pxk_tracker_opts tracker = {.on_event = on_event, .ctx = p};
    struct pxk_timeline_opts timeline = {.scenario = p->s, .act = act, .client_name = name_of, .ctx = p};
    if (p->group && p->vm && p->overrides && p->server && p->command && pxk_tracker_new(&tracker, &p->tracker) == PXK_OK &&
        pxk_timeline_new(&timeline, &p->timeline) == PXK_OK && pxk_seen_new(p->s, p->env->version, &p->seen) == PXK_OK)
        return true;
    return pxk_fmt(p->why, p->cap, "out of memory"), false;
}

static void handles_open(struct play *p)
{
    uv_timer_init(&p->loop, &p->timeline_timer);
    uv_timer_init(&p->loop, &p->look);
    uv_timer_init(&p->loop, &p->limit);
    p->timeline_timer.data = p->look.data = p->limit.data = p;
    uv_timer_start(&p->look, on_look, LOOK_MS, LOOK_MS);
    uv_timer_start(&p->limit, on_limit, pxk_usec_since(pxk_clock_now(), p->born + p->s->limit) / 1000, 0);
    p->handles_open = true;
}

/* With more than one segment the clients' own capture is not the whole story; a watcher at a switch wants whole frames. */
static bool captures_start(struct play *p)
{
    const char *watched = p->s->expect.probe.at;
    for (size_t i = 0; i < p->s->network.segments.n; i++) {
        char path[600];
        const char *name = p->s->network.segments.at[i].name;
        bool probed = watched && strcmp(watched, name) == 0;
        if (p->s->network.segments.n < 2 && !probed)
            continue;
        pxk_fmt(path, sizeof path, "%s/%s.pcap", p->env->work, name);
        if (pxk_lab_capture(p->lab, name, path, probed ? CAPTURE_WHOLE : CAPTURE_SNAP, p->why, p->cap) != PXK_OK)
            return false;
    }
    return true;
}

static bool external_prepare(struct play *p)
{
    static char word[] = "clients";
    if (p->s->clients.n > 0)
        p->group[p->groups++] = (struct play_group){.play = p, .segment = p->s->clients.at[0].segment, .word = word, .port = "clients"};
    return true;
}

static bool stage_set(struct play *p)
{
    if (!p->lab)
        return external_prepare(p);
    return play_network_build(p) && captures_start(p) && play_servers_start(p) && play_commands_run(p, PXK_SCN_WHEN_BEFORE);
}

static bool clients_play(struct play *p)
{
    bool ok = true;
    handles_open(p);
    p->began = pxk_clock_now();
    pxk_timeline_begin(p->timeline, p->began);
    timeline_arm(p);
    for (size_t i = 0; ok && i < p->groups; i++)
        ok = group_start(p, &p->group[i], i);
    ok = ok && (!p->lab || (play_vms_start(p) && play_commands_run(p, PXK_SCN_WHEN_WITH)));
    if (!ok)
        stop_all(p, "the case could not be begun");
    (void)uv_run(&p->loop, UV_RUN_DEFAULT);
    return ok && (!p->lab || *p->stopped || play_commands_run(p, PXK_SCN_WHEN_AFTER));
}

static void cables_put(struct play *p)
{
    for (size_t i = 0; p->lab && i < p->s->network.cables.n; i++) {
        const struct pxk_scn_cable *c = &p->s->network.cables.at[i];
        struct pxk_cable_opts opts;
        struct pxk_cable_rule rules[PXK_CABLE_RULES];
        struct pxk_lab_cable_count count;
        if (play_cable_of(p->s, c->port, &opts, rules) && pxk_lab_cable_count(p->lab, c->port, &count) == PXK_OK)
            pxk_seen_cable(p->seen, c->port, count.way, count.strikes, opts.rule_n);
    }
}

static bool probe_put(struct play *p)
{
    const char *at = p->s->expect.probe.at;
    char path[600];
    if (!p->s->expect.probe.given)
        return true;
    if (at && p->lab)
        uv_sleep(CAPTURE_LAG / PXK_MSEC);
    pxk_fmt(path, sizeof path, "%s/%s.pcap", p->env->work, at && p->lab ? at : "clients");
    return pxk_probe_put(p->seen, p->s, path, p->why, p->cap);
}

static json_t *all_seen(struct play *p)
{
    double seconds = (double)pxk_usec_since(p->began, pxk_clock_now()) / 1e6;
    cables_put(p);
    if (p->lab) {
        play_servers_put(p);
        play_commands_put(p);
        play_vms_put(p);
    }
    pxk_seen_put(p->seen, "tree", json_string(p->root));
    pxk_seen_open(p->seen, pxk_timeline_open(p->timeline));
    if (*p->stopped)
        pxk_seen_put(p->seen, "stopped", json_string(p->stopped));
    return pxk_seen_finish(p->seen, p->tracker, seconds);
}

static enum pxk_play_end play_all(struct play *p, json_t **out)
{
    char dump[600];
    bool external = p->s->servers.n > 0 && strcmp(p->s->servers.at[0].run, "external") == 0;
    enum pxk_err err = pxk_tree_make(p->s, p->env->folder, p->env->work, p->root, sizeof p->root, p->why, p->cap);
    if (err != PXK_OK)
        return err == PXK_E_NOTFOUND ? PXK_PLAY_SKIP : PXK_PLAY_ERROR;
    if (!external && pxk_lab_new(p->env->work, &p->lab, p->why, p->cap) != PXK_OK)
        return PXK_PLAY_ERROR;
    if (!stage_set(p))
        return PXK_PLAY_ERROR;
    p->watch = (struct pxk_emulator_watch){.tracker = p->tracker, .after_frame = after_frame, .ctx = p};
    if (pxk_dump_open(pxk_fmt(dump, sizeof dump, "%s/clients.pcap", p->env->work), &p->watch.dump, p->why, p->cap) != PXK_OK)
        return PXK_PLAY_ERROR;
    bool ok = clients_play(p);
    if (pxk_dump_close(p->watch.dump) != PXK_OK && ok)
        return pxk_fmt(p->why, p->cap, "the capture could not be written"), PXK_PLAY_ERROR;
    if (ok && *p->work_why)
        return (void)pxk_str_copy(p->why, p->cap, p->work_why), PXK_PLAY_ERROR;
    if (!ok)
        return PXK_PLAY_ERROR;
    if (!probe_put(p))
        return PXK_PLAY_ERROR;
    *out = all_seen(p);
    if (!*out)
        return pxk_fmt(p->why, p->cap, "out of memory"), PXK_PLAY_ERROR;
    return PXK_PLAY_SEEN;
}

static void play_free(struct play *p)
{
    for (size_t i = 0; p->group && i < p->groups; i++)
        pxk_emulator_free(p->group[i].em);
    if (p->server)
        play_servers_free(p);
    pxk_lab_free(p->lab);
    pxk_timeline_free(p->timeline);
    pxk_tracker_free(p->tracker);
    pxk_seen_free(p->seen);
    free(p->group);
    free(p->vm);
    free(p->overrides);
    free(p->server);
    free(p->command);
    (void)uv_loop_close(&p->loop);
    free(p);
}

enum pxk_play_end pxk_play(const struct pxk_scenario *s, const struct pxk_play_env *env, json_t **out, char *why, size_t cap)
{
    struct play *p = calloc(1, sizeof *p);
    *why = 0;
    if (p)
        *p = (struct play){.s = s, .env = env, .why = why, .cap = cap, .born = pxk_clock_now()};
    if (!p || uv_loop_init(&p->loop) != 0) {
        free(p);
        return pxk_fmt(why, cap, "out of memory"), PXK_PLAY_ERROR;
    }
    enum pxk_play_end end = room_make(p) ? play_all(p, out) : PXK_PLAY_ERROR;
    play_free(p);
    return end;
}
