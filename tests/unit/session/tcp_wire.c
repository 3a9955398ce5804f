#include "tcp_wire.h"

#include <criterion/criterion.h>

static void put_header(struct pxk_wr *out, const struct peer *p, bool from_client, uint8_t flags, uint32_t seq, uint32_t ack)
{
    uint16_t server_port = p->server_port ? p->server_port : 80;
    pxk_wr_u16(out, from_client ? p->port : server_port);
    pxk_wr_u16(out, from_client ? server_port : p->port);
    pxk_wr_u32(out, seq);
    pxk_wr_u32(out, ack);
    pxk_wr_u8(out, 5 << 4);
    pxk_wr_u8(out, flags);
    pxk_wr_u16(out, p->shut ? 0 : p->window ? p->window : 0xffff);
    pxk_wr_zero(out, 4);
}

/* lib/proto builds no TCP: the headers by hand. */
void tcp_put(struct peer *p, bool from_client, uint8_t flags, uint32_t seq, uint32_t ack, const void *data, size_t len)
{
    static uint8_t buf[65536 + 64];
    struct pxk_wr out = pxk_wr_init(buf, sizeof buf);
    pxk_wr_bytes(&out, from_client ? server_mac.b : client_mac.b, 6);
    pxk_wr_bytes(&out, from_client ? client_mac.b : server_mac.b, 6);
    pxk_wr_u16(&out, PXK_ETH_IP4);
    pxk_wr_u16(&out, 0x4500);
    pxk_wr_u16(&out, (uint16_t)(40 + len));
    pxk_wr_u32(&out, 0);
    pxk_wr_u16(&out, 64 << 8 | PXK_IP_TCP);
    pxk_wr_u16(&out, 0);
    pxk_wr_u32(&out, from_client ? CLIENT_IP : SERVER_IP);
    pxk_wr_u32(&out, from_client ? SERVER_IP : CLIENT_IP);
    put_header(&out, p, from_client, flags, seq, ack);
    pxk_wr_bytes(&out, data, len);
    cr_assert_eq(out.err, PXK_OK);
    size_t wire = pxk_wr_len(&out), there = p->snap && p->snap < len ? wire - len + p->snap : wire;
    p->w->now += PXK_MSEC;
    pxk_tracker_frame(p->w->t, buf, there, wire, p->w->now, ++p->w->number);
}

void tcp_send(struct peer *p, bool from_client, uint8_t flags, const void *data, size_t len)
{
    uint32_t *seq = from_client ? &p->client : &p->server, ack = from_client ? p->server : p->client;
    tcp_put(p, from_client, flags, *seq, ack, data, len);
    *seq += (uint32_t)len + (flags & T_SYN ? 1 : 0) + (flags & T_FIN ? 1 : 0);
}

void tcp_say(struct peer *p, bool from_client, const char *text)
{
    tcp_send(p, from_client, T_ACK, text, strlen(text));
}

void tcp_fill(struct peer *p, bool from_client, size_t len)
{
    static const uint8_t body[65000];
    tcp_send(p, from_client, T_ACK, body, len);
}

void tcp_lose(struct peer *p, bool from_client, size_t len)
{
    *(from_client ? &p->client : &p->server) += (uint32_t)len;
}

struct peer tcp_connect(struct wire *w, uint16_t port)
{
    struct peer p = {.w = w, .port = port, .client = 0xfffffff0u, .server = 1000}; /* the client's numbers wrap early */
    tcp_send(&p, true, T_SYN, NULL, 0);
    tcp_send(&p, false, T_SYN | T_ACK, NULL, 0);
    tcp_send(&p, true, T_ACK, NULL, 0);
    return p;
}

const struct pxk_session *tcp_begin(struct wire *w)
{
    wire_init(w, 0);
    wire_lease(w, &client_mac, CLIENT_IP, 1, true);
    return pxk_tracker_session(w->t, 0);
}
