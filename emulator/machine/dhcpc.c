#include "dhcpc_int.h"

const struct pxk_pace pxk_pace_firmware = {.fast = false};
const struct pxk_pace pxk_pace_fast = {
    .fast = true,
    .discover_cap_ms = 2500, /* a server that pings first answers after one to three seconds */
    .request_cap_ms = 1000,
    .tftp_cap_ms = 1000,
    .tftp_tries = 6,
    .offer_window_ms = 250,
};

static pxk_usec capped(const struct pxk_dhcpc *c, uint32_t ms, uint32_t cap_ms)
{
    return (c->pace->fast && cap_ms < ms ? cap_ms : ms) * PXK_MSEC;
}

void pxk_dhcpc_init(struct pxk_dhcpc *c, const struct pxk_persona *who, uint16_t arch, const struct pxk_pace *pace,
                    const struct pxk_mac *mac, const struct pxk_uuid *uuid, const struct pxk_dhcpc_io *io,
                    uint64_t seed)
{
    memset(c, 0, sizeof *c);
    c->who = who;
    c->arch = arch;
    c->pace = pace;
    c->mac = *mac;
    c->uuid = *uuid;
    c->io = *io;
    c->rand = pxk_rand_init(seed);
    c->deadline = c->settle = PXK_NEVER;
    c->chosen = c->chosen_proxy = -1;
}

static const struct pxk_waits *waits(const struct pxk_dhcpc *c)
{
    switch (c->state) {
    case PXK_DHCPC_REQUESTING:
        return &c->who->request_waits;
    case PXK_DHCPC_BOOT_SERVER:
    case PXK_DHCPC_PROXY:
        return &c->who->proxy_waits;
    case PXK_DHCPC_SELECTING:
    case PXK_DHCPC_IDLE:
    case PXK_DHCPC_BOUND:
    case PXK_DHCPC_FAILED:
        break;
    }
    return &c->who->discover_waits;
}

static void arm(struct pxk_dhcpc *c, pxk_usec now)
{
    uint32_t cap = c->state == PXK_DHCPC_SELECTING ? c->pace->discover_cap_ms : c->pace->request_cap_ms;
    c->deadline = now + capped(c, waits(c)->ms[c->tries - 1], cap);
}

static void enter(struct pxk_dhcpc *c, enum pxk_dhcpc_state state, pxk_usec now)
{
    c->state = state;
    c->tries = 1;
    c->settle = PXK_NEVER;
    dhcpc_transmit(c, now);
    arm(c, now);
}

static void give_up(struct pxk_dhcpc *c, const char *screen, const char *why)
{
    c->state = PXK_DHCPC_FAILED;
    c->deadline = c->settle = PXK_NEVER;
    (void)pxk_str_copy(c->why, sizeof c->why, why);
    (void)pxk_str_copy(c->screen, sizeof c->screen, screen);
}

void pxk_dhcpc_start(struct pxk_dhcpc *c, pxk_usec now)
{
    c->xid = pxk_rand_u32(&c->rand);
    c->started = now;
    c->offer_n = 0;
    c->chosen = c->chosen_proxy = -1;
    enter(c, PXK_DHCPC_SELECTING, now);
}

/* ---- after the ACK ---- */

static bool decode_offer(const struct pxk_dhcpc *c, int i, struct pxk_dhcp4 *m)
{
    return i >= 0 && pxk_dhcp4_decode(c->offer[i].data, c->offer[i].len, m) == PXK_OK;
}

static void settled(struct pxk_dhcpc *c)
{
    pxk_offers_resolve(c);
    if (c->local_boot)
        c->boot_file[0] = '\0'; /* the menu's answer stands above any file name */
    c->state = PXK_DHCPC_BOUND;
    c->deadline = c->settle = PXK_NEVER;
}

/* The message that holds the menu. */
static bool menu_decode(const struct pxk_dhcpc *c, struct pxk_dhcp4 *m, struct pxk_pxe *pxe)
{
    if (!decode_offer(c, c->chosen_proxy >= 0 ? c->chosen_proxy : c->chosen, m))
        return false;
    const struct pxk_dhcp4_opt *o = &m->opt[PXK_OPT_VENDOR_SPECIFIC];
    pxk_pxe_decode(o->first, o->first_len, pxe);
    return true;
}

/* The @nth boot server of the item that 43.8 lists, 0 if there are not so many. */
static pxk_ip4 listed_server(const struct pxk_dhcpc *c, const struct pxk_pxe *pxe, unsigned nth)
{
    struct pxk_rd list = pxe->servers;
    struct pxk_pxe_server server;
    while (pxk_pxe_server_next(&list, &server)) {
        for (; server.type == c->item_type && pxk_rd_left(&server.address) >= 4; nth--) {
            pxk_ip4 ip = pxk_rd_u32(&server.address);
            if (nth == 0)
                return ip;
        }
    }
    return 0;
}

/* Broadcast, unless 43.6 forbids it; then, and EDK2 only instead, each listed address. */
static bool boot_server_next(struct pxk_dhcpc *c)
{
    struct pxk_dhcp4 m;
    struct pxk_pxe pxe;
    if (!menu_decode(c, &m, &pxe))
        return false;
    bool broadcast = !(pxe.control & PXK_PXE_NO_BROADCAST);
    unsigned nth = c->item_server++;
    if (broadcast && nth == 0) {
        c->proxy_to = PXK_IP4_BROADCAST;
        return true;
    }
    c->proxy_to = listed_server(c, &pxe, broadcast ? nth - 1 : nth);
    return c->proxy_to && (nth == 0 || !dhcpc_is_edk2(c));
}

/* The first item of the menu, which a prompt without a key press takes. False: there is none to ask for. */
static bool menu_pick(struct pxk_dhcpc *c)
{
    struct pxk_dhcp4 m;
    struct pxk_pxe pxe;
    struct pxk_pxe_menu_item item;
    if (!menu_decode(c, &m, &pxe) || !pxk_pxe_menu_next(&pxe.menu, &item))
        return false;
    c->item_type = item.type;
    c->item_server = 0;
    c->local_boot = item.type == 0;
    return !c->local_boot;
}

static void give_up_boot_server(struct pxk_dhcpc *c)
{
    char screen[sizeof c->screen];
    c->proxy_silent = true;
    if (dhcpc_is_edk2(c))
        give_up(c, "PXE-E16: No valid offer received.", "no boot server answered");
    else
        give_up(c, pxk_fmt(screen, sizeof screen, "PXEBS (net0 type %u)... Connection timed out (http://ipxe.org/4c106035)",
                           c->item_type), "no boot server answered");
}

static void boot_server_ask(struct pxk_dhcpc *c, pxk_usec now)
{
    if (!boot_server_next(c)) {
        give_up_boot_server(c);
        return;
    }
    c->xid = dhcpc_is_edk2(c) ? pxk_rand_u32(&c->rand) : 0;
    c->transmissions = 0;
    enter(c, PXK_DHCPC_BOOT_SERVER, now);
}

static void after_ack(struct pxk_dhcpc *c, pxk_usec now)
{
    struct pxk_dhcp4 m;
    c->io.bound(c->io.ctx, &c->lease);
    if (decode_offer(c, c->chosen_proxy, &m) && c->chosen_proxy != c->chosen)
        pxk_boot_info_read(&m, c->offer[c->chosen_proxy].src, &c->lease.proxy);
    if (c->ask_4011) {
        const struct pxk_boot_info *info = c->lease.proxy.there ? &c->lease.proxy : &c->lease.ack;
        c->proxy_to = dhcpc_is_edk2(c) && info->siaddr ? info->siaddr : info->server_id;
        if (dhcpc_is_edk2(c))
            c->xid = pxk_rand_u32(&c->rand);
        enter(c, PXK_DHCPC_PROXY, now);
    } else if (c->ask_menu && menu_pick(c)) {
        boot_server_ask(c, now);
    } else {
        settled(c);
    }
}

static void lease_take(struct pxk_dhcpc *c, const struct pxk_dhcp4 *m, pxk_ip4 src)
{
    struct pxk_lease *l = &c->lease;
    l->ip = m->yiaddr;
    l->netmask = pxk_dhcp4_ip(m, PXK_OPT_SUBNET_MASK, 0);
    l->gateway = pxk_dhcp4_ip(m, PXK_OPT_ROUTERS, 0);
    l->dns = pxk_dhcp4_ip(m, PXK_OPT_DNS_SERVERS, 0);
    l->seconds = pxk_dhcp4_u32(m, PXK_OPT_LEASE_TIME, 0);
    l->boot_blocks = pxk_dhcp4_u16(m, PXK_OPT_BOOT_SIZE, 0);
    l->uuid_echoed = pxk_dhcp4_has(m, PXK_OPT_CLIENT_UUID);
    pxk_dhcp4_text(m, PXK_OPT_PXELINUX_CONFIG, l->config_file, sizeof l->config_file);
    pxk_dhcp4_text(m, PXK_OPT_PXELINUX_PREFIX, l->path_prefix, sizeof l->path_prefix);
    pxk_boot_info_read(m, src, &l->ack);
}

/* ---- choosing ---- */

static void request_chosen(struct pxk_dhcpc *c, const struct pxk_choice *choice, pxk_usec now)
{
    struct pxk_dhcp4 m;
    if (!decode_offer(c, choice->offer, &m))
        return;
    c->chosen = choice->offer;
    c->chosen_proxy = choice->proxy;
    c->ask_4011 = choice->ask_4011;
    c->ask_menu = choice->ask_menu;
    c->lease = (struct pxk_lease){.ip = m.yiaddr};
    pxk_ip4 pseudo = m.siaddr ? m.siaddr : c->offer[choice->offer].src;
    c->lease.server_id = pxk_dhcp4_ip(&m, PXK_OPT_SERVER_ID, pseudo);
    if (c->offer_only) { /* a REQUEST would take the address */
        c->lease = (struct pxk_lease){0};
        c->state = PXK_DHCPC_BOUND;
        c->deadline = c->settle = PXK_NEVER;
        return;
    }
    enter(c, PXK_DHCPC_REQUESTING, now);
}

/* Is the choice made now? @window_over: one of the firmware's own waits has just ended. */
static void consider(struct pxk_dhcpc *c, bool window_over, pxk_usec now)
{
    struct pxk_choice choice;
    if (!pxk_offers_choose(c, &choice))
        return;
    bool ipxe = c->who->rules == PXK_RULES_IPXE;
    /* iPXE keeps state bits of what it has while still discovering (secs). */
    if (ipxe) {
        c->chosen = choice.offer;
        c->chosen_proxy = choice.proxy;
    }
    pxk_usec elapsed = pxk_usec_since(c->started, now);
    bool leaves = ipxe ? choice.final || elapsed > c->who->proxy_window_ms * PXK_MSEC : window_over;
    if (c->pace->fast && !leaves) {
        c->left_early = choice.final || (choice.bootable && c->settle <= now);
        /* An offer that names nothing to boot waits as long as the firmware does; a better one ends that. */
        pxk_usec window = choice.bootable ? now + c->pace->offer_window_ms * PXK_MSEC
                                          : c->started + (c->who->proxy_window_ms + 1) * PXK_MSEC;
        c->settle = pxk_usec_min(c->settle, window);
    }
    if (leaves || c->left_early)
        request_chosen(c, &choice, now);
}

/* The same words from the same server: repeated, or carried by two relays. */
static bool same_offer(const struct pxk_dhcpc *c, int i, int k)
{
    struct pxk_dhcp4 a, b;
    struct pxk_boot_info x, y;
    if (i == k)
        return true;
    if (!decode_offer(c, i, &a) || !decode_offer(c, k, &b) || a.yiaddr != b.yiaddr || a.type != b.type)
        return false;
    pxk_boot_info_read(&a, c->offer[i].src, &x);
    pxk_boot_info_read(&b, c->offer[k].src, &y);
    return x.server_id == y.server_id && x.siaddr == y.siaddr && strcmp(x.file, y.file) == 0 &&
           strcmp(x.option67, y.option67) == 0;
}

/* Fast pace left early. Had the firmware, still waiting, taken another offer? */
static void consider_late(struct pxk_dhcpc *c, pxk_usec now)
{
    struct pxk_choice choice;
    uint32_t window_ms = c->who->rules == PXK_RULES_IPXE ? c->who->proxy_window_ms : c->who->discover_waits.ms[0];
    if (!c->left_early || c->better_came || pxk_usec_since(c->started, now) > window_ms * PXK_MSEC)
        return;
    if (!pxk_offers_choose(c, &choice))
        return;
    char server[PXK_IP4_STRLEN];
    int which = !same_offer(c, choice.offer, c->chosen) ? choice.offer : choice.proxy;
    if (which < 0 || (which == choice.proxy && same_offer(c, which, c->chosen_proxy)))
        return;
    c->better_came = true;
    pxk_fmt(c->better, sizeof c->better, "an offer from %s came %llu ms after the DISCOVER and would have been chosen",
            pxk_ip4_text(c->offer[which].src, server),
            (unsigned long long)(pxk_usec_since(c->started, now) / PXK_MSEC));
}

static void offer_input(struct pxk_dhcpc *c, const struct pxk_dhcp4 *m, pxk_ip4 src, uint16_t sport,
                        const void *data, size_t len, pxk_usec now)
{
    if (m->xid != c->xid || memcmp(m->chaddr, c->mac.b, 6) != 0 ||
        (m->type != PXK_DHCP4_OFFER && m->type != PXK_DHCP4_NONE))
        return;
    if (c->offer_n == DHCPC_OFFERS_MAX || len > DHCPC_PACKET_MAX) {
        c->offers_dropped++;
        return;
    }
    struct dhcpc_offer *o = &c->offer[c->offer_n++];
    o->at = now;
    o->src = src;
    o->sport = sport;
    o->len = len;
    memcpy(o->data, data, len);
    if (c->state == PXK_DHCPC_SELECTING)
        consider(c, false, now);
    else
        consider_late(c, now);
}

/* Dhcp4Impl.c: DhcpHandleRequest(): an ACK for another address than the offered one is declined. */
static void decline(struct pxk_dhcpc *c)
{
    static const uint8_t codes[] = {PXK_OPT_MESSAGE_TYPE, PXK_OPT_SERVER_ID, PXK_OPT_REQUESTED_IP, 0};
    dhcpc_send(c, PXK_DHCP4_DECLINE, codes, PXK_IP4_BROADCAST, PXK_DHCP4_CLIENT_PORT, PXK_DHCP4_SERVER_PORT);
    give_up(c, "PXE-E16: No valid offer received.", "the ACK gives another address than the OFFER did");
}

static void request_input(struct pxk_dhcpc *c, const struct pxk_dhcp4 *m, pxk_ip4 src, uint16_t sport, pxk_usec now)
{
    char why[8];
    bool bootp = m->type == PXK_DHCP4_NONE;
    pxk_ip4 pseudo = dhcpc_is_edk2(c) && !bootp ? 0 : m->siaddr ? m->siaddr : src;
    if (m->xid != c->xid || sport != PXK_DHCP4_SERVER_PORT || memcmp(m->chaddr, c->mac.b, 6) != 0 ||
        (dhcpc_is_edk2(c) && !pxk_dhcp4_edk2_keeps(m, why, sizeof why)))
        return;
    if (pxk_dhcp4_ip(m, PXK_OPT_SERVER_ID, pseudo) != c->lease.server_id)
        return;
    if (m->type == PXK_DHCP4_NAK) {
        c->naks++;
        /* The captured iPXE repeats its REQUEST as if nothing had come; EDK2 ends the attempt. */
        if (dhcpc_is_edk2(c))
            give_up(c, "PXE-E16: No valid offer received.", "the server answered the REQUEST with a NAK");
        return;
    }
    if (m->type != PXK_DHCP4_ACK && !bootp)
        return;
    if (m->yiaddr != c->lease.ip) {
        if (dhcpc_is_edk2(c) && !bootp)
            decline(c);
        return;
    }
    lease_take(c, m, src);
    after_ack(c, now);
}

/* With 43.6 bit 2 only listed servers may answer. */
static bool server_allowed(const struct pxk_dhcpc *c, pxk_ip4 server)
{
    struct pxk_dhcp4 m;
    struct pxk_pxe pxe;
    pxk_ip4 ip;
    if (!menu_decode(c, &m, &pxe))
        return false;
    if (!(pxe.control & PXK_PXE_LISTED_ONLY))
        return true;
    for (unsigned i = 0; (ip = listed_server(c, &pxe, i)) != 0; i++)
        if (ip == server)
            return true;
    return false;
}

/* 43.71 names the item that was asked for. */
static bool item_fits(const struct pxk_dhcpc *c, const struct pxk_dhcp4 *m)
{
    struct pxk_pxe pxe;
    const struct pxk_dhcp4_opt *o = &m->opt[PXK_OPT_VENDOR_SPECIFIC];
    pxk_pxe_decode(o->first, o->first_len, &pxe);
    return pxe.has_item && pxe.item_type == c->item_type;
}

/* dhcp_proxy_rx(), dhcp_pxebs_rx() */
static bool ipxe_reply_fits(const struct pxk_dhcpc *c, const struct pxk_dhcp4 *m, const struct pxk_boot_info *info,
                            pxk_ip4 src, uint16_t sport)
{
    if (c->state == PXK_DHCPC_PROXY)
        return sport == PXK_PXE_PORT && (m->type == PXK_DHCP4_OFFER || m->type == PXK_DHCP4_ACK) &&
               info->server_id == c->proxy_to &&
               (info->menu || (info->siaddr && (*info->file || *info->option67)));
    return (sport == PXK_PXE_PORT || sport == PXK_DHCP4_SERVER_PORT) && m->type == PXK_DHCP4_ACK &&
           item_fits(c, m) && server_allowed(c, src);
}

/* PxeBcDhcp4Discover() keeps what comes, waits each time-out to its end, then takes the first. */
static void edk2_reply(struct pxk_dhcpc *c, const struct pxk_dhcp4 *m, const struct pxk_boot_info *info)
{
    if (c->lease.reply.there || m->len > 1472 ||
        (c->state == PXK_DHCPC_BOOT_SERVER && !server_allowed(c, info->siaddr)))
        return;
    if (!*info->file && !*info->option67 && !info->discovery) {
        give_up(c, "PXE-E16: No valid offer received.", "the answer from port 4011 names no boot file");
        return;
    }
    c->lease.reply = *info;
    if (c->pace->fast)
        settled(c);
}

static void proxy_input(struct pxk_dhcpc *c, const struct pxk_dhcp4 *m, pxk_ip4 src, uint16_t sport)
{
    struct pxk_boot_info info;
    if (m->xid != c->xid || memcmp(m->chaddr, c->mac.b, 6) != 0)
        return;
    pxk_boot_info_read(m, src, &info);
    if (dhcpc_is_edk2(c)) {
        edk2_reply(c, m, &info);
    } else if (ipxe_reply_fits(c, m, &info, src, sport)) {
        c->lease.reply = info;
        settled(c);
    }
}

/* Where answers to what it sent last arrive. */
static uint16_t port_listened(const struct pxk_dhcpc *c)
{
    bool asks = c->state == PXK_DHCPC_PROXY ||
                (c->state == PXK_DHCPC_BOOT_SERVER && c->proxy_to != PXK_IP4_BROADCAST);
    return asks ? c->who->proxy_source_port : PXK_DHCP4_CLIENT_PORT;
}

void pxk_dhcpc_input(struct pxk_dhcpc *c, pxk_ip4 src, uint16_t sport, uint16_t dport, const void *data,
                     size_t len, pxk_usec now)
{
    struct pxk_dhcp4 m;
    if (c->state == PXK_DHCPC_IDLE || c->state == PXK_DHCPC_FAILED || dport != port_listened(c) ||
        pxk_dhcp4_decode(data, len, &m) != PXK_OK || m.op != 2)
        return;
    if (c->state == PXK_DHCPC_SELECTING)
        offer_input(c, &m, src, sport, data, len, now);
    else if (c->state == PXK_DHCPC_REQUESTING && m.type != PXK_DHCP4_OFFER)
        request_input(c, &m, src, sport, now);
    else if (c->state == PXK_DHCPC_PROXY || c->state == PXK_DHCPC_BOOT_SERVER)
        proxy_input(c, &m, src, sport);
    else if (m.type == PXK_DHCP4_OFFER)
        offer_input(c, &m, src, sport, data, len, now);
}

void pxk_dhcpc_unreachable(struct pxk_dhcpc *c, uint16_t dport, pxk_usec now)
{
    /* Neither firmware listens to ICMP here, but at fast pace there is nothing left to wait for. */
    if (c->pace->fast && dport == PXK_PXE_PORT && (c->state == PXK_DHCPC_PROXY || c->state == PXK_DHCPC_BOOT_SERVER)) {
        c->tries = waits(c)->n;
        c->deadline = now;
    }
}

/* ---- time ---- */

static void proxy_over(struct pxk_dhcpc *c, pxk_usec now)
{
    if (c->state == PXK_DHCPC_BOOT_SERVER) {
        boot_server_ask(c, now); /* the next candidate, if there is one */
        return;
    }
    c->proxy_silent = true;
    if (dhcpc_is_edk2(c))
        give_up(c, "PXE-E16: No valid offer received.", "nobody answered on port 4011");
    else
        settled(c); /* it goes on without */
}

static void round_over(struct pxk_dhcpc *c, pxk_usec now)
{
    bool edk2 = dhcpc_is_edk2(c);
    switch (c->state) {
    case PXK_DHCPC_SELECTING:
        if (!edk2)
            give_up(c, "No configuration methods succeeded (http://ipxe.org/040ee119)",
                    c->offer_n ? "no offer gives an address" : "no offer came");
        else if (c->offer_n)
            give_up(c, "PXE-E16: No valid offer received.", "offers came, but none that this firmware can take");
        else
            give_up(c, "PXE-E18: Server response timeout.", "no offer came");
        break;
    case PXK_DHCPC_REQUESTING:
        give_up(c, edk2 ? "PXE-E16: No valid offer received." : "No configuration methods succeeded (http://ipxe.org/040ee119)",
                c->naks ? "the server answers every REQUEST with a NAK" : "the REQUEST was not answered");
        break;
    case PXK_DHCPC_PROXY:
    case PXK_DHCPC_BOOT_SERVER:
        proxy_over(c, now);
        break;
    case PXK_DHCPC_IDLE:
    case PXK_DHCPC_BOUND:
    case PXK_DHCPC_FAILED:
        break;
    }
}

void pxk_dhcpc_expire(struct pxk_dhcpc *c, pxk_usec now)
{
    if (c->state == PXK_DHCPC_SELECTING && c->settle <= now && c->deadline > now) {
        consider(c, false, now);
        if (c->state == PXK_DHCPC_SELECTING)
            c->settle = PXK_NEVER;
        return;
    }
    if (pxk_dhcpc_over(c) || c->state == PXK_DHCPC_IDLE || c->deadline > now)
        return;
    if (c->state == PXK_DHCPC_SELECTING) {
        consider(c, true, now);
        if (c->state != PXK_DHCPC_SELECTING)
            return;
    }
    if (c->lease.reply.there && (c->state == PXK_DHCPC_PROXY || c->state == PXK_DHCPC_BOOT_SERVER)) {
        settled(c);
        return;
    }
    if (c->tries >= waits(c)->n) {
        round_over(c, now);
        return;
    }
    c->tries++;
    dhcpc_transmit(c, now);
    arm(c, now);
}

pxk_usec pxk_dhcpc_deadline(const struct pxk_dhcpc *c)
{
    if (pxk_dhcpc_over(c) || c->state == PXK_DHCPC_IDLE)
        return PXK_NEVER;
    return c->state == PXK_DHCPC_SELECTING ? pxk_usec_min(c->deadline, c->settle) : c->deadline;
}

void pxk_dhcpc_release(struct pxk_dhcpc *c)
{
    static const uint8_t with_id[] = {PXK_OPT_MESSAGE_TYPE, PXK_OPT_SERVER_ID, PXK_OPT_CLIENT_ID, 0};
    static const uint8_t without_id[] = {PXK_OPT_MESSAGE_TYPE, PXK_OPT_SERVER_ID, 0};
    if (!c->lease.ip || !c->lease.server_id)
        return;
    bool sends_id = memchr(c->who->discover, PXK_OPT_CLIENT_ID, sizeof c->who->discover);
    c->state = PXK_DHCPC_BOUND;
    c->xid = pxk_rand_u32(&c->rand);
    dhcpc_send(c, PXK_DHCP4_RELEASE, sends_id ? with_id : without_id, c->lease.server_id,
                 PXK_DHCP4_CLIENT_PORT, PXK_DHCP4_SERVER_PORT);
}
