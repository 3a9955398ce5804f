/* A whole client machine fed with frames and time as a script says: it never crashes, floods or hangs, and left
 * alone it finishes. */
#include "client.h"
#include "script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define SERVER PXK_IP4(10, 77, 0, 1)

struct net {
    struct pxk_client *client;
    struct pxk_tracker *tracker;
    pxk_usec now;
    uint32_t frames;
    unsigned sent;
    uint32_t xid;        /* of its last DHCP packet */
    uint16_t tftp_port;  /* of its last RRQ */
    pxk_ip4 arp_target;  /* it last asked for */
    bool http;
};

static const struct pxk_mac server_mac = {{0x52, 0x54, 0, 0x99, 0, 1}};

static void on_send(void *ctx, const uint8_t *frame, size_t len)
{
    struct net *n = ctx;
    struct pxk_frame f;
    fuzz_check(len <= PXK_FRAME_MAX && pxk_frame_decode(frame, len, len, &f) == PXK_OK);
    fuzz_check(pxk_mac_eq(&f.src, pxk_client_mac(n->client)));
    fuzz_check(++n->sent < 20000);
    pxk_tracker_frame(n->tracker, frame, len, len, n->now, ++n->frames);
    if (f.l3 == PXK_L3_ARP && f.arp.op == PXK_ARP_REQUEST)
        n->arp_target = f.arp.target;
    if (f.l4 != PXK_L4_UDP)
        return;
    struct pxk_rd r = pxk_rd_init(f.payload, f.payload_len);
    if (f.dport == PXK_TFTP_PORT) {
        n->tftp_port = f.sport;
    } else if (f.dport == 67 || f.dport == 4011) {
        (void)pxk_rd_u32(&r);
        n->xid = pxk_rd_u32(&r);
    }
}

static void on_want_http(void *ctx, const char *url)
{
    struct net *n = ctx;
    fuzz_check(strlen(url) < 600);
    n->http = true;
}

static void deliver(struct net *n, const uint8_t *frame, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    fuzz_check(copy != NULL);
    if (len)
        memcpy(copy, frame, len);
    pxk_tracker_frame(n->tracker, copy, len, len, n->now, ++n->frames);
    pxk_client_input(n->client, copy, len, n->now);
    free(copy);
}

static void udp(struct net *n, const struct step *s, uint16_t sport, uint16_t dport)
{
    uint8_t frame[PXK_FRAME_MAX];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = {.dst = *pxk_client_mac(n->client), .src = server_mac};
    struct pxk_ip4_out ip = {.src = SERVER, .dst = pxk_client_ip(n->client), .ttl = 64};
    pxk_frame_write_udp(&w, &eth, &ip, sport, dport, s->data, s->len);
    if (w.err == PXK_OK)
        deliver(n, frame, pxk_wr_len(&w));
}

static void arp_answer(struct net *n)
{
    uint8_t frame[64];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = {.dst = *pxk_client_mac(n->client), .src = server_mac};
    struct pxk_arp a = {.op = PXK_ARP_REPLY, .sender_mac = server_mac, .sender = n->arp_target,
                        .target_mac = eth.dst, .target = pxk_client_ip(n->client)};
    pxk_frame_write_arp(&w, &eth, &a);
    deliver(n, frame, pxk_wr_len(&w));
}

static void dhcp(struct net *n, struct step *s)
{
    struct pxk_wr w = pxk_wr_init(s->data + 4, 4);
    if (s->len >= PXK_DHCP4_HEADER) {
        s->data[0] = 2;
        pxk_wr_u32(&w, n->xid);
        memcpy(s->data + 28, pxk_client_mac(n->client)->b, 6);
    }
    udp(n, s, s->arg & 1 ? PXK_PXE_PORT : 67, s->arg & 2 ? PXK_PXE_PORT : 68);
}

static void raw(struct net *n, struct step *s)
{
    if (s->len >= PXK_ETH_HEADER && s->arg & 1)
        memcpy(s->data, pxk_client_mac(n->client)->b, 6);
    deliver(n, s->data, s->len);
}

static void http(struct net *n, const struct step *s)
{
    static const unsigned status[] = {200, 404, 500, 0};
    if (!n->http)
        return;
    n->http = false;
    if (s->arg & 4)
        pxk_client_http_unavailable(n->client, "no TCP", n->now);
    else
        pxk_client_http_done(n->client, status[s->arg & 3], s->data, s->len, NULL, n->now);
}

static void wait(struct net *n, pxk_usec at_most)
{
    pxk_usec at = pxk_usec_min(pxk_client_deadline(n->client), n->now + at_most);
    n->now = at > n->now ? at : n->now;
    if (pxk_client_deadline(n->client) <= n->now)
        pxk_client_expire(n->client, n->now);
}

static void act(struct net *n, struct step *s)
{
    switch (s->kind % 8) {
    case 0:
        raw(n, s);
        break;
    case 1:
    case 2:
        dhcp(n, s);
        break;
    case 3:
    case 4:
        udp(n, s, (uint16_t)(40000 + s->arg), n->tftp_port);
        break;
    case 5:
        arp_answer(n);
        break;
    case 6:
        http(n, s);
        break;
    case 7:
        wait(n, s->arg * 50 * PXK_MSEC);
        break;
    }
}

static void leave(struct net *n, bool told)
{
    if (told)
        pxk_client_stop(n->client, "told", n->now);
    for (unsigned i = 0; !pxk_client_finished(n->client); i++) {
        fuzz_check(i < 40000);
        if (n->http)
            http(n, &(struct step){.arg = 4});
        else
            wait(n, PXK_NEVER / 4);
    }
    fuzz_check(pxk_client_deadline(n->client) == PXK_NEVER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct net n = {.now = PXK_SEC, .tftp_port = 68};
    struct pxk_rd r = pxk_rd_init(data, len);
    struct step s;
    uint8_t who = pxk_rd_u8(&r), flags = pxk_rd_u8(&r);
    static const uint16_t arch[] = {PXK_ARCH_BIOS, PXK_ARCH_UEFI_X64, PXK_ARCH_UEFI_ARM64};
    struct pxk_client_opts opts = {.persona = pxk_persona_for_arch(arch[who % 3]), .arch = arch[who % 3], .link_mtu = 1500,
                                   .mac = {{2, 0, 0, 0, 0, 1}}, .pace = flags & 1 ? &pxk_pace_firmware : &pxk_pace_fast,
                                   .probe_path = flags & 2, .keep_lease = flags & 4, .seed = 1,
                                   .until = (enum pxk_milestone)((flags >> 4) % PXK_MILESTONE_N)};
    struct pxk_client_io io = {.wire = {on_send, &n}, .want_http = flags & 8 ? on_want_http : NULL, .ctx = &n};
    fuzz_check(pxk_tracker_new(&(struct pxk_tracker_opts){0}, &n.tracker) == PXK_OK);
    fuzz_check(pxk_client_new(&opts, &io, n.tracker, n.now, &n.client) == PXK_OK);
    pxk_client_start(n.client, n.now);
    while (step_next(&r, &s)) {
        act(&n, &s);
        free(s.data);
    }
    leave(&n, who & 0x80);
    pxk_client_free(n.client);
    pxk_tracker_free(n.tracker);
    return 0;
}
