/* HTTP as far as first packets show it, from frames made by hand. */
#include <criterion/criterion.h>

#include "wire.h"

enum { SYN = 2, RST = 4, ACK = 16 };

static void put_tcp(struct pxk_wr *out, uint16_t sport, uint16_t dport, uint8_t flags, const char *text)
{
    pxk_wr_u16(out, sport);
    pxk_wr_u16(out, dport);
    pxk_wr_u32(out, 1);
    pxk_wr_u32(out, 1);
    pxk_wr_u8(out, 5 << 4);
    pxk_wr_u8(out, flags);
    pxk_wr_zero(out, 6);
    pxk_wr_str(out, text);
}

/* lib/proto builds no TCP: the headers by hand. */
static void wire_tcp(struct wire *w, bool client, uint16_t port, uint8_t flags, const char *text)
{
    uint8_t buf[2048];
    struct pxk_wr out = pxk_wr_init(buf, sizeof buf);
    pxk_wr_bytes(&out, client ? server_mac.b : client_mac.b, 6);
    pxk_wr_bytes(&out, client ? client_mac.b : server_mac.b, 6);
    pxk_wr_u16(&out, PXK_ETH_IP4);
    pxk_wr_u16(&out, 0x4500);
    pxk_wr_u16(&out, (uint16_t)(40 + strlen(text)));
    pxk_wr_u32(&out, 0);
    pxk_wr_u16(&out, 64 << 8 | PXK_IP_TCP);
    pxk_wr_u16(&out, 0);
    pxk_wr_u32(&out, client ? CLIENT_IP : SERVER_IP);
    pxk_wr_u32(&out, client ? SERVER_IP : CLIENT_IP);
    put_tcp(&out, client ? port : 80, client ? 80 : port, flags, text);
    cr_assert_eq(out.err, PXK_OK);
    wire_raw(w, buf, pxk_wr_len(&out));
}

static const struct pxk_session *begin(struct wire *w)
{
    wire_init(w, 0);
    wire_lease(w, &client_mac, CLIENT_IP, 1, true);
    return pxk_tracker_session(w->t, 0);
}

Test(http, request_and_answer)
{
    struct wire w;
    const struct pxk_session *s = begin(&w);
    wire_tcp(&w, true, 5000, ACK, "GET /a\033b HTTP/1.1\r\nUser-Agent: me/1\r\nhOST:\t10.0.0.1\r\n\r\nHost: body");
    cr_assert_eq(s->https.n, 1);
    const struct pxk_http *h = &s->https.at[0];
    cr_expect_str_eq(h->method, "GET");
    cr_expect_str_eq(h->path, "/a\\x1bb");
    cr_expect_str_eq(h->host, "10.0.0.1");
    cr_expect_str_eq(h->agent, "me/1");
    cr_expect(pxk_ip_eq(h->server, pxk_ip_of4(SERVER_IP)));
    cr_expect_eq(h->status, 0);
    cr_expect_str_eq(w.text, "GET /a\\x1bb to 10.0.0.1 (me/1)");
    wire_tcp(&w, false, 5000, ACK, "HTTP/1.1 100 Continue\r\n\r\n");
    cr_expect_eq(h->status, 0); /* the real one follows */
    wire_tcp(&w, false, 5000, ACK, "HTTP/1.1 200 OK\r\nX: y\r\ncontent-length:  1234\r\n\r\n");
    cr_expect_eq(h->status, 200);
    cr_expect_eq(h->length, 1234);
    cr_expect_eq(h->status_frame, 7);
    cr_expect_str_eq(w.text, "HTTP 200 for /a\\x1bb from 10.0.0.1, 1.2 kB");
    wire_tcp(&w, false, 5000, ACK, "HTTP/1.1 500 is content here");
    cr_expect_eq(h->status, 200);
    wire_done(&w);
}

Test(http, two_requests_on_one_connection)
{
    struct wire w;
    const struct pxk_session *s = begin(&w);
    wire_tcp(&w, true, 5000, ACK, "GET /a HTTP/1.1\r\n\r\n");
    wire_tcp(&w, false, 5000, ACK, "HTTP/1.1 404 Not Found\r\n\r\n");
    wire_tcp(&w, true, 5000, ACK, "GET /b HTTP/1.1\r\n\r\n");
    wire_tcp(&w, false, 5000, ACK, "HTTP/1.1 200 OK\r\n\r\n");
    cr_assert_eq(s->https.n, 2);
    cr_expect_eq(s->https.at[0].status, 404);
    cr_expect_eq(s->https.at[1].status, 200);
    wire_done(&w);
}

Test(http, heads_that_are_cut)
{
    struct wire w;
    const struct pxk_session *s = begin(&w);
    wire_tcp(&w, true, 5000, ACK, "GET /a HTTP/1.1\r\nHost: 10");
    cr_expect_str_eq(s->https.at[0].host, "10");
    wire_tcp(&w, true, 5001, ACK, "GET /very/long");
    cr_expect_str_eq(s->https.at[1].path, "/very/long");
    wire_tcp(&w, true, 5002, ACK, "GET is a word in other protocols too");
    cr_expect_eq(s->https.n, 2);
    wire_tcp(&w, false, 5001, ACK, "HTTP/1.1 ");
    cr_expect_eq(s->https.at[1].status, 0);
    wire_done(&w);
}

Test(http, resets)
{
    struct wire w;
    const struct pxk_session *s = begin(&w);
    wire_tcp(&w, true, 5000, ACK, "GET /a HTTP/1.1\r\n\r\n");
    wire_tcp(&w, false, 5000, ACK, "HTTP/1.1 200 OK\r\n\r\n");
    wire_tcp(&w, true, 5000, RST, ""); /* EDK2's way to close */
    cr_expect_not(s->https.at[0].reset);
    wire_tcp(&w, true, 5001, ACK, "GET /b HTTP/1.1\r\n\r\n");
    wire_tcp(&w, false, 5001, RST, "");
    cr_expect(s->https.at[1].reset);
    wire_tcp(&w, true, 5002, ACK, "GET /c HTTP/1.1\r\n\r\n");
    wire_tcp(&w, true, 5002, RST, ""); /* gives up before an answer */
    cr_expect(s->https.at[2].reset);
    wire_tcp(&w, true, 5003, SYN, "");
    wire_tcp(&w, false, 5003, RST | ACK, "");
    cr_assert_eq(s->https.n, 4);
    cr_expect_str_eq(s->https.at[3].method, "");
    cr_expect(s->https.at[3].reset);
    cr_expect_str_eq(w.text, "connection refused, port 80 from 10.0.0.1");
    wire_tcp(&w, false, 6000, RST, ""); /* belongs to nothing */
    cr_expect_eq(s->https.n, 4);
    wire_done(&w);
}

Test(http, requests_are_bounded_and_strangers_ignored)
{
    struct wire w;
    wire_init(&w, 0);
    wire_tcp(&w, true, 5000, ACK, "GET /a HTTP/1.1\r\n\r\n");
    cr_expect_eq(pxk_tracker_count(w.t), 0);
    wire_lease(&w, &client_mac, CLIENT_IP, 1, true);
    for (uint16_t i = 0; i < 100; i++)
        wire_tcp(&w, true, (uint16_t)(5000 + i), ACK, "GET /a HTTP/1.1\r\n\r\n");
    const struct pxk_session *s = pxk_tracker_session(w.t, 0);
    cr_expect_eq(s->https.n, PXK_HTTPS_MAX);
    cr_expect_eq(s->https_lost, 100 - PXK_HTTPS_MAX);
    wire_done(&w);
}
