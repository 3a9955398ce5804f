/* HTTP heads and bodies over connections made by hand. */
#include <criterion/criterion.h>

#include "tcp_wire.h"

static const struct pxk_session *s;

static const struct pxk_http *http(size_t i)
{
    cr_assert_lt(i, s->https.n);
    return &s->https.at[i];
}

/* A connection that was there before the capture. */
static struct peer under_way(struct wire *w, uint16_t port)
{
    return (struct peer){.w = w, .port = port, .client = 1, .server = 1};
}

Test(http, request_and_answer)
{
    struct wire w;
    s = tcp_begin(&w);
    struct peer p = under_way(&w, 5000);
    tcp_say(&p, true, "GET /a\033b HTTP/1.1\r\nUser-Agent: me/1\r\nhOST:\t10.0.0.1\r\nRange: bytes=100-\r\n\r\nHost: body");
    cr_assert_eq(s->https.n, 1);
    const struct pxk_http *h = http(0);
    cr_expect_str_eq(h->method, "GET");
    cr_expect_str_eq(h->path, "/a\\x1bb");
    cr_expect_str_eq(h->host, "10.0.0.1");
    cr_expect_str_eq(h->agent, "me/1");
    cr_expect(h->range && h->range_from == 100);
    cr_expect(pxk_ip_eq(h->server, pxk_ip_of4(SERVER_IP)));
    cr_expect_eq(h->status, 0);
    cr_expect_str_eq(w.text, "GET /a\\x1bb to 10.0.0.1 (me/1)");
    tcp_say(&p, false, "HTTP/1.1 100 Continue\r\n\r\n");
    cr_expect_eq(h->status, 0); /* the real one follows */
    tcp_say(&p, false, "HTTP/1.1 200 OK\r\nX: y\r\nEmpty:\r\ncontent-length:  1234\r\nContent-Type: text/html; charset=x\r\n"
                       "Server: nginx/1.22.1\r\n\r\n");
    cr_expect_eq(h->status, 200);
    cr_expect(h->has_length && h->length == 1234);
    cr_expect_eq(h->minor, 1);
    cr_expect_str_eq(h->type, "text/html; charset=x");
    cr_expect_str_eq(h->by, "nginx/1.22.1");
    cr_expect_str_eq(h->empty_header, "Empty");
    cr_expect_eq(h->status_frame, 7);
    cr_expect_str_eq(w.text, "HTTP 200 for /a\\x1bb from 10.0.0.1, 1.2 kB");
    tcp_say(&p, false, "HTTP/1.1 500 is content here\r\n\r\n");
    cr_expect_eq(h->status, 200);
    cr_expect_eq(h->bytes, 32);
    cr_expect_not(h->done);
    tcp_fill(&p, false, 1234 - 32);
    cr_expect(h->done && h->bytes == 1234);
    cr_expect_eq(w.events[PXK_EVENT_HTTP_DONE], 1);
    wire_done(&w);
}

Test(http, requests_on_one_connection_and_their_answers_in_order)
{
    struct wire w;
    s = tcp_begin(&w);
    struct peer p = tcp_connect(&w, 5000);
    tcp_say(&p, true, "HEAD /a HTTP/1.1\r\n\r\n");
    tcp_say(&p, false, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"); /* no body follows a HEAD */
    tcp_say(&p, true, "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\n");
    tcp_say(&p, false, "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nnoHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    cr_assert_eq(s->https.n, 4);
    cr_expect_eq(http(0)->status, 200);
    cr_expect(http(0)->done && http(0)->bytes == 0 && http(0)->length == 5000);
    cr_expect_eq(http(1)->status, 404);
    cr_expect_eq(http(2)->status, 0); /* "H" is the third byte of the body before it */
    tcp_say(&p, false, "HTTP/1.1 301 Moved\r\nLocation: http://elsewhere/b\033\r\nContent-Length: 0\r\n\r\n");
    tcp_say(&p, false, "HTTP/1.1 206 Partial\r\nContent-Length: 2\r\n\r\nok");
    cr_expect_eq(http(2)->status, 301);
    cr_assert_not_null(http(2)->location);
    cr_expect_str_eq(http(2)->location, "http://elsewhere/b\\x1b");
    cr_expect(http(3)->ranged && http(3)->done);
    wire_done(&w);
}

Test(http, heads_in_pieces)
{
    struct wire w;
    s = tcp_begin(&w);
    struct peer p = tcp_connect(&w, 5000);
    static const char request[] = "GET /file HTTP/1.1\r\nHost: name\r\n\r\n", answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
    tcp_send(&p, true, T_ACK, request, 7);
    for (size_t i = 7; i < sizeof request - 1; i++)
        tcp_send(&p, true, T_ACK, request + i, 1);
    for (size_t i = 0; i < sizeof answer - 1; i++)
        tcp_send(&p, false, T_ACK, answer + i, 1);
    cr_expect_str_eq(http(0)->path, "/file");
    cr_expect_str_eq(http(0)->host, "name");
    cr_expect_eq(http(0)->status, 200);
    cr_expect(http(0)->done && http(0)->bytes == 4 && !http(0)->cut_head);
    wire_done(&w);
}

Test(http, heads_that_are_cut)
{
    struct wire w;
    s = tcp_begin(&w);
    struct peer p = under_way(&w, 5000);
    p.snap = 25;
    tcp_say(&p, true, "GET /a HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n");
    cr_expect_str_eq(http(0)->host, "10");
    cr_expect(http(0)->cut_head);
    tcp_say(&p, false, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    cr_expect_eq(http(0)->status, 200);
    struct peer q = under_way(&w, 5001);
    tcp_say(&q, true, "GET /very/long");
    tcp_send(&q, true, T_FIN | T_ACK, NULL, 0);
    cr_expect_str_eq(http(1)->path, "/very/long");
    struct peer r = under_way(&w, 5002);
    tcp_say(&r, true, "GET is a word in other protocols too");
    cr_expect_eq(s->https.n, 2);
    wire_done(&w);
}

/* A head of more than 4 KiB: what was kept of it is used. */
Test(http, endless_head)
{
    struct wire w;
    s = tcp_begin(&w);
    struct peer p = tcp_connect(&w, 5000);
    tcp_say(&p, true, "GET /a HTTP/1.1\r\nHost: h\r\n");
    for (unsigned i = 0; i < 100; i++)
        tcp_say(&p, true, "X-Filler: 0123456789012345678901234567890123456789012345678901234567890123456789\r\n");
    cr_assert_eq(s->https.n, 1);
    cr_expect_str_eq(http(0)->host, "h");
    cr_expect(http(0)->cut_head);
    wire_done(&w);
}

/* More heads under way than there are buffers: the oldest lose theirs, nothing else is hurt. */
Test(http, many_heads_at_once)
{
    enum { CLIENTS = 40, EACH = 4 };
    struct wire w;
    static struct peer p[CLIENTS * EACH];
    wire_init(&w, 0);
    for (unsigned i = 0; i < CLIENTS * EACH; i++) {
        p[i] = (struct peer){.w = &w, .port = (uint16_t)(5000 + i), .client = 1, .server = 1};
        struct pxk_mac mac = {{2, 0, 0, 0, 0, (uint8_t)(i / EACH)}};
        wire_lease(&w, &mac, CLIENT_IP, i, true); /* the address moves on to the next client */
        tcp_say(&p[i], true, "GET /a HTTP/1.1\r\nHost: h\r\n");
    }
    for (unsigned i = 0; i < CLIENTS * EACH; i++)
        tcp_say(&p[i], true, "User-Agent: me\r\n\r\n");
    wire_done(&w);
}

Test(http, bodies)
{
    struct wire w;
    s = tcp_begin(&w);
    struct peer p = tcp_connect(&w, 5000);
    tcp_say(&p, true, "GET /to-the-end HTTP/1.0\r\n\r\n");
    tcp_say(&p, false, "HTTP/1.0 200 OK\r\n\r\n123");
    tcp_fill(&p, false, 100);
    cr_expect(http(0)->close && http(0)->minor == 0 && !http(0)->has_length);
    tcp_send(&p, false, T_FIN | T_ACK, NULL, 0);
    cr_expect(http(0)->done && http(0)->bytes == 103);
    p = tcp_connect(&w, 5001);
    tcp_say(&p, true, "GET /chunks HTTP/1.1\r\n\r\n");
    tcp_say(&p, false, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    cr_expect(http(1)->chunked && !http(1)->done);
    tcp_say(&p, false, "0\r\n\r\n");
    cr_expect(http(1)->done);
    tcp_say(&p, true, "GET /short HTTP/1.1\r\n\r\n");
    tcp_say(&p, false, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n123");
    tcp_send(&p, false, T_FIN | T_ACK, NULL, 0);
    cr_expect(http(2)->cut_short && !http(2)->done && http(2)->bytes == 3);
    tcp_say(&p, true, "GET /late HTTP/1.1\r\n\r\n");
    cr_expect(http(3)->late);
    tcp_send(&p, false, T_RST, NULL, 0);
    cr_expect(http(3)->reset);
    p = tcp_connect(&w, 5002);
    tcp_say(&p, true, "GET /left HTTP/1.1\r\n\r\n");
    tcp_say(&p, false, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n123");
    tcp_send(&p, true, T_RST, NULL, 0);
    cr_expect(http(4)->left && !http(4)->cut_short && !http(4)->reset);
    wire_done(&w);
}

/* Bytes are counted by their numbers: repeats, disorder and packets that the capture lost change nothing. */
Test(http, disorder)
{
    struct wire w;
    s = tcp_begin(&w);
    struct peer p = tcp_connect(&w, 5000);
    static const uint8_t body[1000];
    tcp_say(&p, true, "GET /a HTTP/1.1\r\n\r\n");
    tcp_say(&p, false, "HTTP/1.1 200 OK\r\nContent-Length: 6000\r\n\r\n");
    uint32_t at = p.server, ack = p.client;
    tcp_put(&p, false, T_ACK, at + 2000, ack, body, 1000); /* ahead */
    tcp_put(&p, false, T_ACK, at + 4000, ack, body, 1000);
    cr_expect_eq(http(0)->bytes, 0);
    tcp_put(&p, false, T_ACK, at, ack, body, 1000);
    tcp_put(&p, false, T_ACK, at + 500, ack, body, 1000); /* half of it is new */
    cr_expect_eq(http(0)->bytes, 1500);
    tcp_put(&p, false, T_ACK, at + 1000, ack, body, 1000);
    cr_expect_eq(http(0)->bytes, 3000);
    tcp_put(&p, false, T_ACK, at + 1000, ack, body, 1000); /* again */
    tcp_put(&p, true, T_ACK, p.client, at + 5000, NULL, 0); /* the client has what we missed */
    cr_expect_eq(http(0)->bytes, 5000);
    tcp_put(&p, false, T_ACK, at + 5000, ack, body, 1000);
    cr_expect(http(0)->done && http(0)->bytes == 6000);
    cr_expect_eq(s->conns.at[0].gaps, 2);
    cr_expect_eq(s->conns.at[0].repeats, 1);
    wire_done(&w);
}

Test(http, resets)
{
    struct wire w;
    s = tcp_begin(&w);
    struct peer p = tcp_connect(&w, 5000);
    tcp_say(&p, true, "GET /a HTTP/1.1\r\n\r\n");
    tcp_say(&p, false, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    tcp_send(&p, true, T_RST, NULL, 0); /* EDK2's way to close */
    cr_expect_not(http(0)->reset);
    p = tcp_connect(&w, 5001);
    tcp_say(&p, true, "GET /b HTTP/1.1\r\n\r\n");
    tcp_send(&p, false, T_RST, NULL, 0);
    cr_expect(http(1)->reset);
    p = tcp_connect(&w, 5002);
    tcp_say(&p, true, "GET /c HTTP/1.1\r\n\r\n");
    tcp_send(&p, true, T_RST, NULL, 0); /* gives up before an answer */
    cr_expect(http(2)->reset);
    wire_done(&w);
}

Test(http, requests_are_bounded_and_strangers_ignored)
{
    struct wire w;
    wire_init(&w, 0);
    struct peer p = under_way(&w, 4999);
    tcp_say(&p, true, "GET /a HTTP/1.1\r\n\r\n");
    cr_expect_eq(pxk_tracker_count(w.t), 0);
    wire_lease(&w, &client_mac, CLIENT_IP, 1, true);
    s = pxk_tracker_session(w.t, 0);
    for (uint16_t i = 0; i < 100; i++) {
        p = under_way(&w, (uint16_t)(5000 + i));
        tcp_say(&p, true, "GET /a HTTP/1.1\r\n\r\n");
        tcp_say(&p, false, "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n");
    }
    p = under_way(&w, 6000);
    tcp_say(&p, true, "GET /last HTTP/1.1\r\n\r\n");
    cr_expect_eq(s->https.n, PXK_HTTPS_MAX);
    cr_expect_eq(s->https_lost, 101 - PXK_HTTPS_MAX);
    cr_expect_str_eq(http(PXK_HTTPS_MAX - 1)->path, "/last");
    tcp_say(&p, false, "HTTP/1.1 404 no\r\nContent-Length: 0\r\n\r\n");
    p = under_way(&w, 6001);
    tcp_say(&p, true, "GET /more HTTP/1.1\r\n\r\n");
    cr_expect_str_eq(http(PXK_HTTPS_MAX - 1)->path, "/last"); /* what failed is kept */
    cr_expect_eq(s->conns.n, PXK_CONNS_MAX);
    wire_done(&w);
}
