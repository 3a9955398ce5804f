#include "rig.h"

#include <criterion/criterion.h>

#include "vector.h"

static void on_send(void *ctx, const uint8_t *frame, size_t len)
{
    struct rig *r = ctx;
    cr_assert_lt(r->sent_n, RIG_FRAMES, "the client floods");
    memcpy(r->sent[r->sent_n].data, frame, len);
    r->sent[r->sent_n++].len = len;
    pxk_tracker_frame(r->tracker, frame, len, len, r->now, r->sent_n);
}

void rig_init(struct rig *r, const char *persona, uint16_t arch, const struct pxk_pace *pace, const uint8_t uuid[16])
{
    struct pxk_client_opts opts = {.persona = pxk_persona_by_key(persona), .arch = arch, .pace = pace, .link_mtu = 1500,
                                   .mac = {{0x52, 0x54, 0, 0x77, 0, 1}}, .seed = 7};
    memcpy(opts.uuid.b, uuid, 16);
    rig_init_with(r, &opts);
}

void rig_init_with(struct rig *r, const struct pxk_client_opts *opts)
{
    memset(r, 0, sizeof *r);
    r->now = 1000 * PXK_SEC;
    r->server = PXK_IP4(10, 77, 0, 1);
    r->server_mac = (struct pxk_mac){{0xbe, 0xdf, 0x0e, 0xa0, 0xd1, 0x61}};
    struct pxk_tracker_opts t = {0};
    cr_assert_eq(pxk_tracker_new(&t, &r->tracker), PXK_OK);
    struct pxk_client_io io = {.wire = {on_send, r}};
    cr_assert_eq(pxk_client_new(opts, &io, r->tracker, r->now, &r->client), PXK_OK);
    pxk_client_start(r->client, r->now);
}

void rig_done(struct rig *r)
{
    pxk_client_free(r->client);
    pxk_tracker_free(r->tracker);
}

bool rig_step(struct rig *r)
{
    pxk_usec at = pxk_client_deadline(r->client);
    if (at == PXK_NEVER)
        return false;
    r->now = at > r->now ? at : r->now;
    pxk_client_expire(r->client, r->now);
    return true;
}

static void deliver(struct rig *r, const struct pxk_wr *w)
{
    cr_assert_eq(w->err, PXK_OK);
    pxk_tracker_frame(r->tracker, w->base, pxk_wr_len(w), pxk_wr_len(w), r->now, r->sent_n);
    pxk_client_input(r->client, w->base, pxk_wr_len(w), r->now);
}

void rig_udp(struct rig *r, pxk_ip4 src, pxk_ip4 dst, uint16_t sport, uint16_t dport, const void *payload, size_t len)
{
    uint8_t frame[PXK_FRAME_MAX];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = {.dst = *pxk_client_mac(r->client), .src = r->server_mac};
    struct pxk_ip4_out ip = {.src = src, .dst = dst, .ttl = 64};
    if (dst == PXK_IP4_BROADCAST)
        eth.dst = pxk_mac_broadcast;
    pxk_frame_write_udp(&w, &eth, &ip, sport, dport, payload, len);
    deliver(r, &w);
}

int rig_find(const struct rig *r, uint16_t dport, struct pxk_frame *f)
{
    for (int i = (int)r->sent_n - 1; i >= 0; i--)
        if (pxk_frame_decode(r->sent[i].data, r->sent[i].len, r->sent[i].len, f) == PXK_OK && f->l4 == PXK_L4_UDP &&
            f->dport == dport)
            return i;
    return -1;
}

void rig_dhcp(struct rig *r, uint16_t dport, struct pxk_dhcp4 *m)
{
    struct pxk_frame f;
    cr_assert_geq(rig_find(r, dport, &f), 0, "nothing was sent to port %u", dport);
    cr_assert_eq(pxk_dhcp4_decode(f.payload, f.payload_len, m), PXK_OK);
}

void rig_last(const struct rig *r, struct pxk_frame *f)
{
    cr_assert_gt(r->sent_n, 0, "the client sent nothing");
    size_t len = r->sent[r->sent_n - 1].len;
    cr_assert_eq(pxk_frame_decode(r->sent[r->sent_n - 1].data, len, len, f), PXK_OK);
}

uint32_t rig_xid(const struct rig *r)
{
    struct pxk_frame f;
    cr_assert_geq(rig_find(r, PXK_DHCP4_SERVER_PORT, &f), 0);
    struct pxk_rd rd = pxk_rd_init(f.payload, f.payload_len);
    (void)pxk_rd_u32(&rd);
    return pxk_rd_u32(&rd);
}

void rig_answer(struct rig *r, const char *vector)
{
    uint8_t payload[1500];
    size_t len = pxk_vector_load_udp(vector, payload, sizeof payload);
    cr_assert_gt(len, 0, "%s", vector);
    uint32_t xid = rig_xid(r);
    struct pxk_wr w = pxk_wr_init(payload + 4, 4);
    pxk_wr_u32(&w, xid);
    rig_udp(r, r->server, PXK_IP4_BROADCAST, PXK_DHCP4_SERVER_PORT, PXK_DHCP4_CLIENT_PORT, payload, len);
}

void rig_arp(struct rig *r)
{
    uint8_t frame[64];
    struct pxk_frame f;
    for (unsigned i = r->sent_n; i-- > 0;) {
        cr_assert_eq(pxk_frame_decode(r->sent[i].data, r->sent[i].len, r->sent[i].len, &f), PXK_OK);
        if (f.l3 != PXK_L3_ARP || f.arp.op != PXK_ARP_REQUEST || f.arp.target != r->server)
            continue;
        struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
        struct pxk_eth_out eth = {.dst = *pxk_client_mac(r->client), .src = r->server_mac};
        struct pxk_arp arp = {.op = PXK_ARP_REPLY, .sender_mac = r->server_mac, .sender = r->server,
                              .target_mac = *pxk_client_mac(r->client), .target = f.arp.sender};
        pxk_frame_write_arp(&w, &eth, &arp);
        deliver(r, &w);
        return;
    }
}
