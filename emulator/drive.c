/* The run of one emulator: its link, its timers, its end. */
#include "drive.h"

#include <stdlib.h>
#include <unistd.h>

#include "place.h"

#define LINK_LOOK_MS 250

/* In both directions everything goes to the tracker and into the capture in one order. */
static void tell(struct pxk_emulator *em, const uint8_t *frame, size_t len, pxk_usec now)
{
    struct pxk_emulator_watch *w = em->watch;
    pxk_tracker_frame(w->tracker, frame, len, len, now, ++w->frames);
    if (w->dump)
        pxk_dump_frame(w->dump, now, frame, len);
    if (w->after_frame)
        w->after_frame(w->ctx, now);
}

void drive_send(void *ctx, const uint8_t *frame, size_t len)
{
    struct player *p = ctx;
    tell(p->em, frame, len, pxk_clock_now());
    /* A refused frame is a lost frame: the machine's own timers deal with it. */
    (void)pxk_link_send(p->em->link, frame, len);
}

static void on_frame(void *ctx, const uint8_t *data, size_t len, size_t wire)
{
    struct pxk_emulator *em = ctx;
    if (len < PXK_ETH_HEADER || len < wire || em->ending)
        return;
    pxk_usec now = pxk_clock_now();
    if (pxk_ear_tells(em->watch->ears, &em->ear, data, len))
        tell(em, data, len, now);
    players_hear(em, data, len, now);
    drive_rearm(em);
}

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct pxk_emulator *em = handle->data;
    if (--em->handles == 0)
        em->ended(em->ctx); /* it may be freed in there */
}

static void end_all(struct pxk_emulator *em)
{
    if (em->ending)
        return;
    em->ending = true;
    pxk_ear_remove(&em->watch->ears, &em->ear);
    em->result.seconds = (double)pxk_usec_since(em->started, pxk_clock_now()) / 1e6;
    em->handles = 3;
    uv_close((uv_handle_t *)&em->timer, on_closed);
    uv_close((uv_handle_t *)&em->limit, on_closed);
    uv_close((uv_handle_t *)&em->link_look, on_closed);
    for (size_t i = 0; i < em->players; i++)
        pxk_http_stack_close(em->player[i].http);
    em->result.drops = em->link ? pxk_link_drops(em->link) : 0;
    pxk_link_close(em->link);
    for (struct pxk_ear *e = em->watch->ears; e; e = e->next)
        drive_rearm(e->owner); /* who waited for ours to begin */
}

static void stop_now(struct pxk_emulator *em, const char *why)
{
    players_stop(em, why, pxk_clock_now());
    drive_rearm(em);
}

/* Not at once: whoever asks may stand in the midst of a client's frame. */
void pxk_emulator_stop(struct pxk_emulator *em, const char *why)
{
    if (em->ending)
        return;
    (void)pxk_str_copy(em->stop_why, sizeof em->stop_why, *why ? why : "stopped");
    drive_rearm(em);
}

/* ---- time ---- */

static bool all_done(const struct pxk_emulator *em)
{
    for (size_t i = 0; i < em->players; i++)
        if (!pxk_client_finished(em->player[i].client))
            return false;
    return true;
}

static bool link_is_up(const struct pxk_emulator *em)
{
    int back;
    if (!pxk_place_enter(em->place, &back))
        return true; /* not to be known */
    bool up = pxk_link_is_up(em->link);
    pxk_place_leave(back);
    return up;
}

/* Without a link nothing that is missing is the network's fault: nobody asks a second time, or gives up, over none. */
static void link_look(struct pxk_emulator *em)
{
    if (em->opts.outlast_link || em->unplugged || em->result.link_lost || link_is_up(em))
        return;
    em->result.link_lost = true;
    (void)pxk_str_copy(em->stop_why, sizeof em->stop_why, "the link is lost");
}

static bool one_is_due(const struct pxk_emulator *em, pxk_usec now)
{
    for (size_t i = 0; i < em->players; i++)
        if (pxk_client_deadline(em->player[i].client) <= now)
            return true;
    return false;
}

static void on_timer(uv_timer_t *timer)
{
    struct pxk_emulator *em = timer->data;
    pxk_usec now = pxk_clock_now();
    if (one_is_due(em, now))
        link_look(em);
    if (*em->stop_why) {
        char why[sizeof em->stop_why];
        (void)pxk_str_copy(why, sizeof why, em->stop_why);
        em->stop_why[0] = '\0';
        players_stop(em, why, now);
    }
    players_begin(em, now);
    for (size_t i = 0; i < em->players; i++)
        if (pxk_client_deadline(em->player[i].client) <= now)
            pxk_client_expire(em->player[i].client, now);
    if (all_done(em))
        end_all(em);
    else
        drive_rearm(em);
}

/* Others wait for ours to have begun, or to have their addresses. */
static void turn_tell(struct pxk_emulator *em)
{
    unsigned turn = players_turn(em);
    if (turn == em->turn)
        return;
    em->turn = turn;
    for (struct pxk_ear *e = em->ear.next; e; e = e->next)
        drive_rearm(e->owner);
}

/* Everything is done from the timer: whoever calls this may stand in the midst of something else. */
void drive_rearm(struct pxk_emulator *em)
{
    pxk_usec at, now = pxk_clock_now();
    if (em->ending)
        return;
    at = players_next(em);
    for (size_t i = 0; i < em->players; i++)
        at = pxk_usec_min(at, pxk_client_deadline(em->player[i].client));
    if (*em->stop_why || all_done(em))
        at = now;
    turn_tell(em);
    if (at == PXK_NEVER) {
        uv_timer_stop(&em->timer);
        return;
    }
    uint64_t ms = (pxk_usec_since(now, at) + 999) / 1000;
    uv_update_time(em->loop);
    uv_timer_start(&em->timer, on_timer, ms, 0);
}

static void on_limit(uv_timer_t *timer)
{
    struct pxk_emulator *em = timer->data;
    em->result.limit_reached = true;
    stop_now(em, "the time limit is reached");
}

static void on_link_look(uv_timer_t *timer)
{
    struct pxk_emulator *em = timer->data;
    link_look(em);
    drive_rearm(em);
}

/* ---- setting up ---- */

static enum pxk_err link_open(struct pxk_emulator *em, char *why, size_t cap)
{
    char filter[PXK_EAR_FILTER_MAX];
    struct pxk_str f = pxk_str_init(filter, sizeof filter);
    pxk_ear_filter(em->mac, em->players, &f);
    struct pxk_link_opts opts = {.iface = em->opts.iface, .filter = filter, .frame = on_frame, .ctx = em};
    if (em->unplugged) /* that is a finding, and nothing more can be done */
        return pxk_iface_find(em->opts.iface, &em->result.iface) ? PXK_OK : PXK_E_NOTFOUND;
    enum pxk_err err = pxk_link_open(em->loop, &opts, &em->link, why, cap);
    if (err == PXK_OK)
        em->result.iface = *pxk_link_iface(em->link);
    return err;
}

static void handles_start(struct pxk_emulator *em)
{
    uv_timer_init(em->loop, &em->timer);
    uv_timer_init(em->loop, &em->limit);
    uv_timer_init(em->loop, &em->link_look);
    em->timer.data = em->limit.data = em->link_look.data = em;
    uv_update_time(em->loop);
    uv_timer_start(&em->timer, on_timer, 0, 0);
    if (!em->opts.outlast_link)
        uv_timer_start(&em->link_look, on_link_look, LINK_LOOK_MS, LINK_LOOK_MS);
    if (em->opts.limit_s)
        uv_timer_start(&em->limit, on_limit, (uint64_t)em->opts.limit_s * 1000, 0);
}

enum pxk_err pxk_emulator_start(uv_loop_t *loop, const struct pxk_emulator_opts *opts, struct pxk_emulator_watch *watch,
                                void (*ended)(void *ctx), void *ctx, struct pxk_emulator **out, char *why, size_t cap)
{
    if (opts->client_n > PXK_EMULATOR_CLIENTS_MAX)
        return PXK_E_RANGE;
    struct pxk_emulator *em = calloc(1, sizeof *em);
    if (!em)
        return PXK_E_NOMEM;
    em->opts = *opts;
    em->loop = loop;
    em->watch = watch;
    em->ended = ended;
    em->ctx = ctx;
    em->place = pxk_place_here();
    enum pxk_err err = players_add(em, why, cap);
    if (err == PXK_OK)
        err = link_open(em, why, cap);
    if (err != PXK_OK) {
        pxk_emulator_free(em);
        return err;
    }
    em->started = pxk_clock_now();
    if (!em->watch->began)
        em->watch->began = em->started;
    pxk_ear_add(&em->watch->ears, &em->ear);
    handles_start(em);
    *out = em;
    return PXK_OK;
}

struct pxk_emulator *pxk_emulator_free(struct pxk_emulator *em)
{
    if (!em)
        return NULL;
    players_free(em);
    if (em->place >= 0)
        close(em->place);
    free(em);
    return NULL;
}

const struct pxk_emulator_result *pxk_emulator_result(const struct pxk_emulator *em)
{
    return &em->result;
}

const struct pxk_mac *pxk_emulator_mac(const struct pxk_emulator *em, size_t i)
{
    return &em->mac[i];
}
