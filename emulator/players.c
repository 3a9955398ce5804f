/* The clients of an emulator: made from its options, begun one after the other, and their HTTP. */
#include "drive.h"

#include "made_up.h"

#define BEGIN_GAP (600 * PXK_MSEC)

/* ---- HTTP: the kernel's TCP in a namespace of our own ---- */

static void http_done(void *ctx, const struct pxk_http_answer *answer)
{
    struct player *p = ctx;
    pxk_client_http_done(p->client, answer->status, answer->data, answer->len, answer->why, pxk_clock_now());
    drive_rearm(p->em);
}

/* The stack makes its own namespace in a thread of its own: it does not matter in which one this thread is. */
static void on_want_http(void *ctx, const char *url)
{
    struct player *p = ctx;
    struct pxk_http_stack_opts opts = {
        .loop = p->em->loop, .mac = *pxk_client_mac(p->client), .vlan = p->vlan,
        .ip = pxk_client_ip(p->client), .netmask = pxk_client_netmask(p->client),
        .gateway = pxk_client_gateway(p->client), .dns = pxk_client_dns(p->client),
        .user_agent = "debian-installer", .send = drive_send, .done = http_done, .ctx = p};
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

/* ---- making them ---- */

static bool mac_taken(const struct pxk_emulator *em, const struct pxk_mac *mac)
{
    for (size_t i = 0; i < em->opts.client_n; i++)
        if (pxk_mac_eq(&em->opts.client[i].mac, mac) || (i < em->players && pxk_mac_eq(&em->mac[i], mac)))
            return true;
    return false;
}

static struct pxk_mac mac_of(const struct pxk_emulator *em, const struct pxk_emulator_client *want, struct pxk_rand *rand)
{
    struct pxk_mac mac = want->mac;
    if (pxk_mac_is_zero(&want->mac))
        do
            mac = pxk_mac_make_up(rand);
        while (mac_taken(em, &mac));
    return mac;
}

static const struct pxk_pace *pace_of(const struct pxk_emulator *em, const struct pxk_emulator_client *want)
{
    bool firmware = want->pace == PXK_EMULATOR_PACE_RUN ? em->opts.firmware_pace
                                                        : want->pace == PXK_EMULATOR_PACE_FIRMWARE;
    return firmware ? &pxk_pace_firmware : &pxk_pace_fast;
}

static enum pxk_err player_add(struct pxk_emulator *em, const struct pxk_emulator_client *want, const struct pxk_iface *iface,
                               struct pxk_rand *rand, char *why, size_t cap)
{
    const struct pxk_emulator_opts *run = &em->opts;
    struct player *p = &em->player[em->players];
    char name[16];
    *p = (struct player){.em = em, .vlan = want->vlan ? want->vlan : run->vlan, .in_turn = !want->start_given,
                         .start = want->start};
    struct pxk_client_opts opts = {.persona = want->persona ? want->persona : pxk_persona_for_arch(want->arch),
                                   .arch = want->arch, .mac = mac_of(em, want, rand), .vlan = p->vlan,
                                   .link_mtu = iface->mtu, .unplugged = em->unplugged, .pace = pace_of(em, want),
                                   .until = want->until ? want->until : run->until, .probe_path = run->probe_path,
                                   .keep_lease = run->keep_lease || want->keep_lease, .known = &em->known,
                                   .seed = pxk_rand_u64(rand), .overrides = want->overrides};
    if (!opts.persona) {
        pxk_fmt(why, cap, "no client is emulated for %s yet: bios and the UEFI architectures are",
                pxk_arch_name(want->arch, name));
        return PXK_E_UNSUPPORTED;
    }
    opts.uuid = want->has_uuid ? want->uuid : pxk_uuid_make_up(&opts.mac);
    struct pxk_client_io io = {.wire = {drive_send, p}, .want_http = on_want_http, .ctx = p};
    enum pxk_err err = pxk_client_new(&opts, &io, em->watch->tracker, pxk_clock_now(), &p->client);
    if (err == PXK_OK)
        em->mac[em->players++] = opts.mac;
    else
        pxk_fmt(why, cap, "a client could not be made: %s", pxk_err_text(err));
    return err;
}

enum pxk_err players_add(struct pxk_emulator *em, char *why, size_t cap)
{
    struct pxk_rand rand = pxk_rand_init(em->opts.seed ? em->opts.seed : pxk_entropy());
    struct pxk_iface iface = {.mtu = 1500};
    /* If it is gone or switched off, opening the link says so. */
    em->unplugged = pxk_iface_find(em->opts.iface, &iface) && iface.admin_up && !iface.up && iface.ethernet;
    enum pxk_err err = PXK_OK;
    for (size_t i = 0; err == PXK_OK && i < em->opts.client_n; i++)
        err = player_add(em, &em->opts.client[i], &iface, &rand, why, cap);
    em->ear = (struct pxk_ear){.segment = em->opts.segment, .mac = em->mac, .mac_n = em->players, .owner = em};
    return err;
}

void players_free(struct pxk_emulator *em)
{
    for (size_t i = 0; i < em->players; i++)
        pxk_client_free(em->player[i].client);
}

/* ---- their beginnings ---- */

static bool settled(const struct player *p)
{
    return pxk_client_ip(p->client) || pxk_client_finished(p->client);
}

static bool waits_for_turn(const struct player *p)
{
    return p->in_turn && !p->begun && !pxk_client_finished(p->client);
}

static bool waits_for_time(const struct player *p)
{
    return !p->in_turn && !p->begun && !pxk_client_finished(p->client);
}

/* Index of the next in turn; em->players: nobody waits. */
static size_t first_waiting(const struct pxk_emulator *em)
{
    size_t i = 0;
    while (i < em->players && !waits_for_turn(&em->player[i]))
        i++;
    return i;
}

static bool any_waits(const struct pxk_emulator *em)
{
    return first_waiting(em) < em->players;
}

/* The one in turn that began last, NULL: none has. */
static const struct player *last_begun(const struct pxk_emulator *em)
{
    const struct player *last = NULL;
    for (size_t i = 0; i < em->players; i++)
        if (em->player[i].in_turn && em->player[i].begun)
            last = &em->player[i];
    return last;
}

unsigned players_turn(const struct pxk_emulator *em)
{
    const struct player *last = last_begun(em);
    return any_waits(em) ? 0 : last && !settled(last) ? 1 : 2;
}

/* Clients begin one after the other: two that ask in the same millisecond may be offered the same address by a
 * server that does not ping first (dnsmasq with no-ping), and the second is refused. One that is slow to get its
 * address is not waited for. Emulators that watch together take turns as if their clients were one's. */
static pxk_usec next_turn(const struct pxk_emulator *em)
{
    pxk_usec at = 0;
    for (const struct pxk_ear *e = em->watch->ears; e; e = e->next) {
        const struct player *last = last_begun(e->owner);
        if (e->owner != em && any_waits(e->owner))
            return PXK_NEVER; /* it says when its last has begun */
        if (last && !settled(last) && last->began + BEGIN_GAP > at)
            at = last->began + BEGIN_GAP;
        if (e->owner == em)
            break;
    }
    return at;
}

pxk_usec players_next(const struct pxk_emulator *em)
{
    pxk_usec at = any_waits(em) ? next_turn(em) : PXK_NEVER;
    for (size_t i = 0; i < em->players; i++)
        if (waits_for_time(&em->player[i]))
            at = pxk_usec_min(at, em->watch->began + em->player[i].start);
    return at;
}

static void begin(struct player *p, pxk_usec now)
{
    p->begun = true;
    p->began = now;
    pxk_client_start(p->client, now);
}

void players_begin(struct pxk_emulator *em, pxk_usec now)
{
    for (size_t i = 0; i < em->players; i++)
        if (waits_for_time(&em->player[i]) && em->watch->began + em->player[i].start <= now)
            begin(&em->player[i], now);
    while (any_waits(em) && next_turn(em) <= now)
        begin(&em->player[first_waiting(em)], now);
}

void players_stop(struct pxk_emulator *em, const char *why, pxk_usec now)
{
    for (size_t i = 0; i < em->players; i++)
        pxk_client_stop(em->player[i].client, why, now); /* who has not begun will not */
}

void players_hear(struct pxk_emulator *em, const uint8_t *frame, size_t len, pxk_usec now)
{
    struct pxk_mac dst;
    memcpy(dst.b, frame, 6);
    for (size_t i = 0; i < em->players; i++) {
        struct player *p = &em->player[i];
        if (!pxk_mac_is_multicast(&dst) && !pxk_mac_eq(&dst, &em->mac[i]))
            continue;
        if (!p->http || !pxk_http_stack_input(p->http, frame, len))
            pxk_client_input(p->client, frame, len, now);
    }
}
