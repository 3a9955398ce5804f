#include <signal.h>

#include "client.h"
#include "made_up.h"
#include "pxk/emulator.h"
#include "pxk/http_stack.h"

#define LINK_LOOK_MS 250

#define BEGIN_GAP (600 * PXK_MSEC)

struct emulator {
    const struct pxk_emulator_opts *opts;
    struct pxk_emulator_result *result;
    struct pxk_tracker *tracker;
    struct pxk_link *link;
    struct pxk_dump *dump;
    uv_loop_t loop;
    uv_timer_t timer, limit, link_look;
    uv_signal_t interrupt[2];
    struct player {
        struct emulator *em;
        struct pxk_client *client;
        struct pxk_http_stack *http;
        pxk_ip4 http_ip;
        pxk_usec began;
    } player[PXK_EMULATOR_CLIENTS_MAX];
    size_t players, begun;
    struct pxk_known_files known;
    uint32_t frames;
    pxk_usec started;
    bool ending;
};

/* Everything on our link, in both directions, goes to the tracker and into the capture in one order. */
static void watch(struct emulator *em, const uint8_t *frame, size_t len, pxk_usec now)
{
    pxk_tracker_frame(em->tracker, frame, len, len, now, ++em->frames);
    if (em->dump)
        pxk_dump_frame(em->dump, now, frame, len);
}

static void on_send(void *ctx, const uint8_t *frame, size_t len)
{
    struct player *p = ctx;
    watch(p->em, frame, len, pxk_clock_now());
    /* A refused frame is a lost frame: the machine's own timers deal with it. */
    (void)pxk_link_send(p->em->link, frame, len);
}

static void rearm(struct emulator *em);

static void on_frame(void *ctx, const uint8_t *data, size_t len, size_t wire)
{
    struct emulator *em = ctx;
    struct pxk_mac dst;
    if (len < PXK_ETH_HEADER || len < wire || em->ending)
        return;
    memcpy(dst.b, data, 6);
    pxk_usec now = pxk_clock_now();
    watch(em, data, len, now);
    for (size_t i = 0; i < em->players; i++) {
        struct player *p = &em->player[i];
        if (!pxk_mac_is_multicast(&dst) && !pxk_mac_eq(&dst, pxk_client_mac(p->client)))
            continue;
        if (!p->http || !pxk_http_stack_input(p->http, data, len))
            pxk_client_input(p->client, data, len, now);
    }
    rearm(em);
}

static void end_all(struct emulator *em)
{
    if (em->ending)
        return;
    em->ending = true;
    uv_close((uv_handle_t *)&em->timer, NULL);
    uv_close((uv_handle_t *)&em->limit, NULL);
    uv_close((uv_handle_t *)&em->link_look, NULL);
    for (size_t i = 0; i < PXK_COUNT(em->interrupt); i++)
        uv_close((uv_handle_t *)&em->interrupt[i], NULL);
    for (size_t i = 0; i < em->players; i++)
        pxk_http_stack_close(em->player[i].http);
    em->result->drops = pxk_link_drops(em->link);
    pxk_link_close(em->link);
}

/* Clients begin one after the other: two that ask in the same millisecond may be offered the same address by a
 * server that does not ping first (dnsmasq with no-ping), and the second is refused. One that is slow to get its
 * address is not waited for. */
static pxk_usec next_begins(const struct emulator *em)
{
    if (em->begun == em->players)
        return PXK_NEVER;
    if (em->begun == 0)
        return 0;
    const struct player *last = &em->player[em->begun - 1];
    bool settled = pxk_client_ip(last->client) || pxk_client_finished(last->client);
    return settled ? 0 : last->began + BEGIN_GAP;
}

static void begin_due(struct emulator *em, pxk_usec now)
{
    while (next_begins(em) <= now) {
        struct player *p = &em->player[em->begun++];
        p->began = now;
        pxk_client_start(p->client, now);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct emulator *em = timer->data;
    pxk_usec now = pxk_clock_now();
    for (size_t i = 0; i < em->players; i++)
        if (pxk_client_deadline(em->player[i].client) <= now)
            pxk_client_expire(em->player[i].client, now);
    rearm(em);
}

static void rearm(struct emulator *em)
{
    pxk_usec at = PXK_NEVER, now = pxk_clock_now();
    bool all_done = true;
    if (em->ending)
        return;
    begin_due(em, now);
    at = next_begins(em);
    for (size_t i = 0; i < em->players; i++) {
        at = pxk_usec_min(at, pxk_client_deadline(em->player[i].client));
        all_done = all_done && pxk_client_finished(em->player[i].client);
    }
    if (all_done) {
        end_all(em);
        return;
    }
    if (at == PXK_NEVER) {
        uv_timer_stop(&em->timer);
        return;
    }
    uint64_t ms = (pxk_usec_since(now, at) + 999) / 1000;
    uv_update_time(&em->loop);
    uv_timer_start(&em->timer, on_timer, ms, 0);
}

static void stop_all(struct emulator *em, const char *why)
{
    pxk_usec now = pxk_clock_now();
    em->begun = em->players; /* who has not begun will not */
    for (size_t i = 0; i < em->players; i++)
        pxk_client_stop(em->player[i].client, why, now);
    rearm(em);
}

static void on_interrupt(uv_signal_t *handle, int number)
{
    struct emulator *em = handle->data;
    (void)number;
    em->result->interrupted = true;
    stop_all(em, "interrupted");
}

static void on_limit(uv_timer_t *timer)
{
    struct emulator *em = timer->data;
    em->result->limit_reached = true;
    stop_all(em, "the time limit is reached");
}

/* Without a link nothing that is missing is the network's fault. Looked at before any client gives up. */
static void on_link_look(uv_timer_t *timer)
{
    struct emulator *em = timer->data;
    if (em->result->link_lost || pxk_link_is_up(em->link))
        return;
    em->result->link_lost = true;
    stop_all(em, "the link is lost");
}

/* ---- HTTP: the kernel's TCP in a namespace of our own ---- */

static void http_done(void *ctx, const struct pxk_http_answer *answer)
{
    struct player *p = ctx;
    pxk_client_http_done(p->client, answer->status, answer->data, answer->len, answer->why, pxk_clock_now());
    rearm(p->em);
}

static void on_want_http(void *ctx, const char *url)
{
    struct player *p = ctx;
    struct pxk_http_stack_opts opts = {
        .loop = &p->em->loop, .mac = *pxk_client_mac(p->client), .vlan = p->em->opts->vlan,
        .ip = pxk_client_ip(p->client), .netmask = pxk_client_netmask(p->client),
        .gateway = pxk_client_gateway(p->client), .dns = pxk_client_dns(p->client),
        .user_agent = "debian-installer", .send = on_send, .done = http_done, .ctx = p};
    char why[160] = "";
    if (p->http && p->http_ip != opts.ip) { /* a loaded iPXE may have got another address */
        pxk_http_stack_close(p->http);
        p->http = NULL;
    }
    p->http_ip = opts.ip;
    if (!p->http && pxk_http_stack_open(&opts, &p->http, why, sizeof why) != PXK_OK) {
        pxk_client_http_unavailable(p->client, why, pxk_clock_now());
        return;
    }
    pxk_http_stack_get(p->http, url);
}

/* ---- setting up ---- */

static enum pxk_err player_add(struct emulator *em, const struct pxk_emulator_client *want, unsigned link_mtu,
                               struct pxk_rand *rand, char *why, size_t cap)
{
    struct player *p = &em->player[em->players];
    char name[16];
    struct pxk_client_opts opts = {.persona = pxk_persona_for_arch(want->arch), .arch = want->arch, .mac = want->mac,
                                   .vlan = em->opts->vlan, .link_mtu = link_mtu,
                                   .pace = em->opts->firmware_pace ? &pxk_pace_firmware : &pxk_pace_fast,
                                   .until = em->opts->until, .probe_path = em->opts->probe_path,
                                   .keep_lease = em->opts->keep_lease, .known = &em->known, .seed = pxk_rand_u64(rand)};
    if (!opts.persona) {
        pxk_fmt(why, cap, "no client is emulated for %s yet: bios and the UEFI architectures are",
                pxk_arch_name(want->arch, name));
        return PXK_E_UNSUPPORTED;
    }
    if (pxk_mac_is_zero(&opts.mac))
        opts.mac = pxk_mac_make_up(rand);
    opts.uuid = want->has_uuid ? want->uuid : pxk_uuid_make_up(&opts.mac);
    p->em = em;
    struct pxk_client_io io = {.wire = {on_send, p}, .want_http = on_want_http, .ctx = p};
    enum pxk_err err = pxk_client_new(&opts, &io, em->tracker, pxk_clock_now(), &p->client);
    if (err == PXK_OK)
        em->players++;
    else
        pxk_fmt(why, cap, "a client could not be made: %s", pxk_err_text(err));
    return err;
}

static enum pxk_err players_add(struct emulator *em, char *why, size_t cap)
{
    struct pxk_rand rand = pxk_rand_init(em->opts->seed ? em->opts->seed : pxk_entropy());
    struct pxk_iface iface = {.mtu = 1500};
    (void)pxk_iface_find(em->opts->iface, &iface); /* if it is gone, opening the link says so */
    enum pxk_err err = PXK_OK;
    for (size_t i = 0; err == PXK_OK && i < em->opts->client_n; i++)
        err = player_add(em, &em->opts->client[i], iface.mtu, &rand, why, cap);
    return err;
}

static enum pxk_err link_open(struct emulator *em, char *why, size_t cap)
{
    char filter[PXK_EMULATOR_CLIENTS_MAX * 48 + 32];
    char mac[PXK_MAC_STRLEN];
    struct pxk_str f = pxk_str_init(filter, sizeof filter);
    pxk_str_add(&f, "ether broadcast or ether multicast");
    for (size_t i = 0; i < em->players; i++)
        pxk_str_addf(&f, " or ether dst %s", pxk_mac_text(pxk_client_mac(em->player[i].client), mac));
    struct pxk_link_opts opts = {.iface = em->opts->iface, .filter = filter, .frame = on_frame, .ctx = em};
    return pxk_link_open(&em->loop, &opts, &em->link, why, cap);
}

static void handles_start(struct emulator *em)
{
    static const int signals[] = {SIGINT, SIGTERM};
    uv_timer_init(&em->loop, &em->timer);
    uv_timer_init(&em->loop, &em->limit);
    uv_timer_init(&em->loop, &em->link_look);
    em->timer.data = em->limit.data = em->link_look.data = em;
    uv_timer_start(&em->link_look, on_link_look, LINK_LOOK_MS, LINK_LOOK_MS);
    for (size_t i = 0; i < PXK_COUNT(signals); i++) {
        uv_signal_init(&em->loop, &em->interrupt[i]);
        em->interrupt[i].data = em;
        uv_signal_start(&em->interrupt[i], on_interrupt, signals[i]);
    }
    if (em->opts->limit_s)
        uv_timer_start(&em->limit, on_limit, (uint64_t)em->opts->limit_s * 1000, 0);
}

static enum pxk_err play(struct emulator *em, char *why, size_t cap)
{
    enum pxk_err err = players_add(em, why, cap);
    if (err == PXK_OK)
        err = link_open(em, why, cap);
    if (err != PXK_OK)
        return err;
    em->result->iface = *pxk_link_iface(em->link);
    em->started = pxk_clock_now();
    handles_start(em);
    rearm(em);
    return PXK_OK;
}

enum pxk_err pxk_emulator_run(const struct pxk_emulator_opts *opts, struct pxk_tracker *tracker,
                              struct pxk_emulator_result *result, char *why, size_t cap)
{
    static struct emulator em; /* too large for a stack; one run at a time in a process */
    em = (struct emulator){.opts = opts, .result = result, .tracker = tracker};
    *result = (struct pxk_emulator_result){0};
    enum pxk_err err = PXK_OK;
    if (uv_loop_init(&em.loop) != 0)
        return PXK_E_NOMEM;
    if (opts->dump)
        err = pxk_dump_open(opts->dump, &em.dump, why, cap);
    if (err == PXK_OK)
        err = play(&em, why, cap);
    (void)uv_run(&em.loop, UV_RUN_DEFAULT); /* also closes what a failed start has opened */
    (void)uv_loop_close(&em.loop);
    for (size_t i = 0; i < em.players; i++)
        pxk_client_free(em.player[i].client);
    result->seconds = em.started ? (double)pxk_usec_since(em.started, pxk_clock_now()) / 1e6 : 0;
    result->dump_failed = pxk_dump_close(em.dump) != PXK_OK;
    return err;
}
