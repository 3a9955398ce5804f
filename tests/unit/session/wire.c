#include "wire.h"

#include <criterion/criterion.h>

enum { SERVER_PORT = 32000 };

const struct pxk_mac client_mac = {{0x52, 0x54, 0, 0, 0, 1}};
const struct pxk_mac other_mac = {{0x52, 0x54, 0, 0, 0, 2}};
const struct pxk_mac server_mac = {{2, 0, 0, 0, 0, 1}};
const struct pxk_mac router_mac = {{2, 0, 0, 0, 0, 0xfe}};

static void count(void *ctx, const struct pxk_event *e)
{
    struct wire *w = ctx;
    w->events[e->kind]++;
    w->kind = e->kind;
    (void)pxk_str_copy(w->text, sizeof w->text, e->text);
}

void wire_init(struct wire *w, unsigned clients_max)
{
    struct pxk_tracker_opts opts = {.clients_max = clients_max, .on_event = count, .ctx = w};
    *w = (struct wire){.now = 1000 * PXK_SEC};
    cr_assert_eq(pxk_tracker_new(&opts, &w->t), PXK_OK);
}

void wire_done(struct wire *w)
{
    w->t = pxk_tracker_free(w->t);
}

void wire_raw(struct wire *w, const void *frame, size_t len)
{
    w->now += PXK_MSEC;
    pxk_tracker_frame(w->t, frame, len, len, w->now, ++w->number);
}

void wire_udp(struct wire *w, const struct pxk_mac *src, const struct pxk_mac *dst, pxk_ip4 from,
              uint16_t sport, pxk_ip4 to, uint16_t dport, const void *data, size_t len)
{
    uint8_t buf[4096];
    struct pxk_wr out = pxk_wr_init(buf, sizeof buf);
    struct pxk_eth_out eth = {*dst, *src, w->vlan};
    struct pxk_ip4_out ip = {from, to, 1, 64, false};
    pxk_frame_write_udp(&out, &eth, &ip, sport, dport, data, len);
    cr_assert_eq(out.err, PXK_OK);
    wire_raw(w, buf, pxk_wr_len(&out));
}

static size_t encode(const struct pxk_dhcp4_head *head, const struct pxk_dhcp4_out_opt *opt, size_t n,
                     uint8_t *buf, size_t cap)
{
    struct pxk_dhcp4_out m = {.head = *head, .opt = opt, .opt_n = n, .limit = 1472};
    struct pxk_wr out = pxk_wr_init(buf, cap);
    cr_assert_eq(pxk_dhcp4_encode(&m, &out), PXK_OK);
    return pxk_wr_len(&out);
}

void wire_ask(struct wire *w, const struct ask *a)
{
    static const uint8_t arch[] = {0, 0}, server[] = {10, 0, 0, 1};
    const char *vendor = a->pxe ? "PXEClient:Arch:00000:UNDI:002001" : "udhcp 1.35";
    uint8_t buf[600];
    struct pxk_dhcp4_head head = {.op = 1, .xid = a->xid, .mac = a->mac, .ciaddr = a->ciaddr};
    struct pxk_dhcp4_out_opt opt[4] = {{53, 1, &a->type}, {60, (uint16_t)strlen(vendor), vendor}};
    size_t n = 2;
    if (a->pxe)
        opt[n++] = (struct pxk_dhcp4_out_opt){93, 2, arch};
    if (a->type == PXK_DHCP4_REQUEST)
        opt[n++] = (struct pxk_dhcp4_out_opt){54, 4, server};
    if (a->relayed) {
        head.giaddr = PXK_IP4(10, 9, 0, 254);
        head.hops = 1;
    }
    size_t len = encode(&head, opt, n, buf, sizeof buf);
    if (a->relayed)
        wire_udp(w, &router_mac, &server_mac, head.giaddr, 67, SERVER_IP, 67, buf, len);
    else if (a->to_4011)
        wire_udp(w, &a->mac, &server_mac, a->ciaddr, 68, SERVER_IP, 4011, buf, len);
    else
        wire_udp(w, &a->mac, &pxk_mac_broadcast, 0, 68, PXK_IP4_BROADCAST, 67, buf, len);
}

void wire_reply(struct wire *w, const struct reply *r)
{
    pxk_ip4 from = r->from ? r->from : SERVER_IP;
    uint8_t id[4] = {(uint8_t)(from >> 24), (uint8_t)(from >> 16), (uint8_t)(from >> 8), (uint8_t)from};
    uint8_t buf[600];
    struct pxk_dhcp4_head head = {
        .op = 2, .xid = r->xid, .mac = r->mac, .yiaddr = r->yiaddr, .siaddr = from, .file = r->file};
    struct pxk_dhcp4_out_opt opt[3] = {{53, 1, &r->type}, {54, 4, id}, {60, 9, "PXEClient"}};
    if (r->relayed)
        head.giaddr = PXK_IP4(10, 9, 0, 254);
    size_t len = encode(&head, opt, r->proxy || r->from_4011 ? 3 : 2, buf, sizeof buf);
    wire_udp(w, &server_mac, &r->mac, from, r->from_4011 ? 4011 : 67, r->yiaddr ? r->yiaddr : PXK_IP4_BROADCAST,
             r->relayed ? 67 : 68, buf, len);
}

void wire_lease(struct wire *w, const struct pxk_mac *mac, pxk_ip4 ip, uint32_t xid, bool pxe)
{
    struct ask a = {.type = PXK_DHCP4_DISCOVER, .xid = xid, .mac = *mac, .pxe = pxe};
    struct reply r = {.type = PXK_DHCP4_OFFER, .xid = xid, .mac = *mac, .yiaddr = ip};
    if (pxe)
        r.file = "pxelinux.0";
    wire_ask(w, &a);
    wire_reply(w, &r);
    a.type = PXK_DHCP4_REQUEST;
    r.type = PXK_DHCP4_ACK;
    wire_ask(w, &a);
    wire_reply(w, &r);
}

/* ---- TFTP ---- */

static void from_client(struct wire *w, uint16_t port, uint16_t to, const struct pxk_wr *p)
{
    wire_udp(w, &client_mac, &server_mac, CLIENT_IP, port, SERVER_IP, to, p->base, pxk_wr_len(p));
}

static void from_server(struct wire *w, uint16_t port, const struct pxk_wr *p)
{
    wire_udp(w, &server_mac, &client_mac, SERVER_IP, SERVER_PORT, CLIENT_IP, port, p->base, pxk_wr_len(p));
}

void wire_rrq(struct wire *w, uint16_t port, const char *file, bool tsize, unsigned blksize)
{
    uint8_t buf[600];
    struct pxk_wr p = pxk_wr_init(buf, sizeof buf);
    pxk_tftp_write_request(&p, PXK_TFTP_RRQ, file, "octet");
    if (tsize)
        pxk_tftp_write_opt(&p, PXK_TFTP_OPT_TSIZE, 0);
    if (blksize)
        pxk_tftp_write_opt(&p, PXK_TFTP_OPT_BLKSIZE, blksize);
    from_client(w, port, 69, &p);
}

void wire_oack(struct wire *w, uint16_t port, uint64_t tsize, unsigned blksize)
{
    uint8_t buf[600];
    struct pxk_wr p = pxk_wr_init(buf, sizeof buf);
    pxk_tftp_write_oack(&p);
    if (tsize)
        pxk_tftp_write_opt(&p, PXK_TFTP_OPT_TSIZE, tsize);
    if (blksize)
        pxk_tftp_write_opt(&p, PXK_TFTP_OPT_BLKSIZE, blksize);
    from_server(w, port, &p);
}

void wire_data(struct wire *w, uint16_t port, uint16_t block, size_t len)
{
    uint8_t buf[3000], content[2048];
    struct pxk_wr p = pxk_wr_init(buf, sizeof buf);
    memset(content, 'a' + block % 26, sizeof content);
    pxk_tftp_write_data(&p, block, content, len);
    from_server(w, port, &p);
}

void wire_ack(struct wire *w, uint16_t port, uint16_t block)
{
    uint8_t buf[8];
    struct pxk_wr p = pxk_wr_init(buf, sizeof buf);
    pxk_tftp_write_ack(&p, block);
    from_client(w, port, SERVER_PORT, &p);
}

void wire_tftp_error(struct wire *w, uint16_t port, bool client, uint16_t code, const char *message)
{
    uint8_t buf[300];
    struct pxk_wr p = pxk_wr_init(buf, sizeof buf);
    pxk_tftp_write_error(&p, code, message);
    if (client)
        from_client(w, port, SERVER_PORT, &p);
    else
        from_server(w, port, &p);
}
