/* Connections, TLS before it is encrypted, and names, from frames made by hand. */
#include <criterion/criterion.h>

#include "tcp_wire.h"

static const struct pxk_session *s;

static const struct pxk_conn *conn(size_t i)
{
    cr_assert_lt(i, s->conns.n);
    return &s->conns.at[i];
}

Test(tcp, refused_and_unanswered)
{
    struct wire w;
    s = tcp_begin(&w);
    struct peer p = {.w = &w, .port = 5000, .client = 7, .server = 0};
    tcp_put(&p, true, T_SYN, 7, 0, NULL, 0);
    tcp_put(&p, true, T_SYN, 7, 0, NULL, 0);
    cr_expect_eq(conn(0)->syns, 2);
    cr_expect_not(conn(0)->answered);
    tcp_put(&p, false, T_RST | T_ACK, 0, 8, NULL, 0);
    cr_expect(conn(0)->refused && !conn(0)->answered);
    cr_expect_eq(w.events[PXK_EVENT_TCP_REFUSED], 1);
    cr_expect_str_eq(w.text, "connection refused, port 80 from 10.0.0.1");
    tcp_put(&p, true, T_SYN, 900, 0, NULL, 0); /* the port again, another connection */
    cr_expect_eq(s->conns.n, 2);
    p.port = 6000;
    tcp_put(&p, false, T_RST, 1, 1, NULL, 0); /* belongs to nothing */
    cr_expect_eq(s->conns.n, 2);
    wire_done(&w);
}

Test(tcp, ends)
{
    struct wire w;
    s = tcp_begin(&w);
    struct peer p = tcp_connect(&w, 5000);
    tcp_say(&p, false, "SSH-2.0");
    tcp_say(&p, true, "SSH-2.0");
    cr_expect_eq(conn(0)->kind, PXK_CONN_UNKNOWN);
    tcp_lose(&p, false, 10);
    tcp_send(&p, false, T_FIN | T_ACK, NULL, 0);
    cr_expect_not(conn(0)->fin_server); /* ten bytes are missing before it */
    p.shut = true;
    tcp_send(&p, true, T_ACK, NULL, 0);
    cr_expect(conn(0)->fin_server);
    cr_expect_eq(conn(0)->zero_windows, 1);
    cr_expect_eq(conn(0)->bytes, 17);
    cr_expect_eq(conn(0)->sent, 7);
    tcp_send(&p, true, T_FIN | T_ACK, NULL, 0);
    cr_expect(conn(0)->fin_client && !conn(0)->rst_client);
    wire_done(&w);
}

Test(tcp, five_at_once)
{
    struct wire w;
    s = tcp_begin(&w);
    struct peer p[5];
    for (uint16_t i = 0; i < 5; i++)
        p[i] = tcp_connect(&w, (uint16_t)(5000 + i));
    for (unsigned i = 0; i < 5; i++)
        tcp_say(&p[i], true, "GET /a HTTP/1.1\r\n\r\n");
    cr_expect_geq(s->https.n, 4); /* the first was let go; its request opens it again */
    wire_done(&w);
}

/* ---- TLS ---- */

static size_t client_hello(uint8_t *out, size_t cap, size_t padding)
{
    struct pxk_wr w = pxk_wr_init(out, cap);
    pxk_wr_u8(&w, 22);
    pxk_wr_u16(&w, 0x0301);
    size_t record = pxk_wr_len(&w);
    pxk_wr_u16(&w, 0);
    pxk_wr_u32(&w, 1u << 24); /* its length: not looked at */
    pxk_wr_u16(&w, 0x0303);
    pxk_wr_zero(&w, 32);
    pxk_wr_u8(&w, 0);
    pxk_wr_u16(&w, 2);
    pxk_wr_u16(&w, 0x1301);
    pxk_wr_u16(&w, 0x0100);
    pxk_wr_u16(&w, (uint16_t)(4 + padding + 4 + 5 + 8 + 4 + 5));
    pxk_wr_u16(&w, 21);
    pxk_wr_u16(&w, (uint16_t)padding);
    pxk_wr_zero(&w, padding);
    pxk_wr_u16(&w, 0); /* server_name */
    pxk_wr_u16(&w, 13);
    pxk_wr_u16(&w, 11);
    pxk_wr_u8(&w, 0);
    pxk_wr_u16(&w, 8);
    pxk_wr_str(&w, "pxe.test");
    pxk_wr_u16(&w, 43); /* supported_versions */
    pxk_wr_u16(&w, 5);
    pxk_wr_u8(&w, 4);
    pxk_wr_u16(&w, 0x7a7a); /* GREASE */
    pxk_wr_u16(&w, 0x0304);
    pxk_wr_patch16(&w, record, (uint16_t)(pxk_wr_len(&w) - record - 2));
    cr_assert_eq(w.err, PXK_OK);
    return pxk_wr_len(&w);
}

static size_t server_hello(uint8_t *out, size_t cap, uint16_t version)
{
    struct pxk_wr w = pxk_wr_init(out, cap);
    pxk_wr_u8(&w, 22);
    pxk_wr_u16(&w, 0x0303);
    pxk_wr_u16(&w, 4 + 38 + 2 + 6);
    pxk_wr_u32(&w, 2u << 24);
    pxk_wr_u16(&w, 0x0303);
    pxk_wr_zero(&w, 33);
    pxk_wr_u16(&w, 0x1301);
    pxk_wr_u8(&w, 0);
    pxk_wr_u16(&w, 6);
    pxk_wr_u16(&w, version == 0x0304 ? 43 : 23);
    pxk_wr_u16(&w, 2);
    pxk_wr_u16(&w, version);
    cr_assert_eq(w.err, PXK_OK);
    return pxk_wr_len(&w);
}

static const uint8_t unknown_ca[] = {21, 3, 3, 0, 2, 2, 48}, finished[5 + 53] = {23, 3, 3, 0, 53}, hidden[5 + 19] = {23, 3, 3, 0, 19},
                     ccs[] = {20, 3, 3, 0, 1, 1}, encrypted_alert[5 + 26] = {21, 3, 3, 0, 26};

static struct peer tls_open(struct wire *w, uint16_t port, uint16_t version)
{
    uint8_t buf[1024];
    struct peer p = tcp_connect(w, port);
    tcp_send(&p, true, T_ACK, buf, client_hello(buf, sizeof buf, 0));
    tcp_send(&p, false, T_ACK, buf, server_hello(buf, sizeof buf, version));
    return p;
}

Test(tls, hello_in_pieces)
{
    struct wire w;
    s = tcp_begin(&w);
    uint8_t buf[4000];
    struct peer p = tcp_connect(&w, 5000);
    size_t n = client_hello(buf, sizeof buf, 1800);
    tcp_send(&p, true, T_ACK, buf, 1400);
    cr_expect_str_eq(conn(0)->tls.sni, "");
    tcp_send(&p, true, T_ACK, buf + 1400, n - 1400);
    cr_expect_eq(conn(0)->kind, PXK_CONN_TLS);
    cr_expect_str_eq(conn(0)->tls.sni, "pxe.test");
    cr_expect_eq(conn(0)->tls.offered, 0x0304);
    cr_expect_str_eq(w.text, "TLS to 10.0.0.1 port 80 for pxe.test");
    wire_done(&w);
}

Test(tls, the_client_does_not_trust)
{
    struct wire w;
    s = tcp_begin(&w);
    struct peer p = tls_open(&w, 5000, 0x0303);
    cr_expect(conn(0)->tls.server_hello);
    cr_expect_eq(conn(0)->tls.version, 0x0303);
    tcp_fill(&p, false, 0);
    tcp_send(&p, true, T_ACK, unknown_ca, sizeof unknown_ca);
    cr_expect_eq(conn(0)->tls.alert_by, PXK_TLS_ALERT_CLIENT);
    cr_expect_eq(conn(0)->tls.alert, 48);
    cr_expect_not(conn(0)->tls.established);
    cr_expect_str_eq(w.text, "TLS alert from the client: unknown CA");
    p = tls_open(&w, 5001, 0x0304);
    tcp_send(&p, true, T_ACK, ccs, sizeof ccs);
    tcp_send(&p, true, T_ACK, hidden, sizeof hidden);
    cr_expect(conn(1)->tls.alert_hidden && conn(1)->tls.alert_by == PXK_TLS_ALERT_CLIENT);
    wire_done(&w);
}

Test(tls, established)
{
    struct wire w;
    s = tcp_begin(&w);
    struct peer p = tls_open(&w, 5000, 0x0304);
    tcp_send(&p, true, T_ACK, ccs, sizeof ccs);
    cr_expect_not(conn(0)->tls.established);
    tcp_send(&p, true, T_ACK, finished, sizeof finished);
    cr_expect(conn(0)->tls.established);
    tcp_send(&p, true, T_ACK, hidden, sizeof hidden); /* close_notify */
    p = tls_open(&w, 5001, 0x0303);
    tcp_send(&p, true, T_ACK, ccs, sizeof ccs);
    tcp_send(&p, false, T_ACK, ccs, sizeof ccs);
    tcp_send(&p, true, T_ACK, encrypted_alert, sizeof encrypted_alert);
    cr_expect(conn(1)->tls.established);
    for (size_t i = 0; i < 2; i++)
        cr_expect_eq(conn(i)->tls.alert_by, PXK_TLS_ALERT_NONE);
    wire_done(&w);
}

/* ---- names ---- */

static void dns(struct wire *w, bool query, uint16_t id, const char *label, uint8_t rcode)
{
    uint8_t buf[128];
    struct pxk_wr out = pxk_wr_init(buf, sizeof buf);
    pxk_wr_u16(&out, id);
    pxk_wr_u16(&out, (uint16_t)(query ? 0x0100 : 0x8180 | rcode));
    pxk_wr_u16(&out, 1);
    pxk_wr_u16(&out, query || rcode ? 0 : 1);
    pxk_wr_u32(&out, 0);
    pxk_wr_u8(&out, (uint8_t)strlen(label));
    pxk_wr_str(&out, label);
    pxk_wr_u8(&out, 4);
    pxk_wr_str(&out, "test");
    pxk_wr_u8(&out, 0);
    pxk_wr_u16(&out, 1);
    pxk_wr_u16(&out, 1);
    if (query)
        wire_udp(w, &client_mac, &server_mac, CLIENT_IP, 3000, SERVER_IP, 53, buf, pxk_wr_len(&out));
    else
        wire_udp(w, &server_mac, &client_mac, SERVER_IP, 53, CLIENT_IP, 3000, buf, pxk_wr_len(&out));
}

Test(dns, asked_and_answered)
{
    struct wire w;
    s = tcp_begin(&w);
    dns(&w, true, 1, "pxe", 0);
    dns(&w, true, 2, "pxe", 0);
    cr_assert_eq(s->dns.n, 1);
    cr_expect_str_eq(s->dns.at[0].name, "pxe.test");
    cr_expect_eq(s->dns.at[0].asks, 2);
    cr_expect_not(s->dns.at[0].answered);
    dns(&w, false, 2, "pxe", 0);
    cr_expect(s->dns.at[0].answered && s->dns.at[0].answers == 1);
    dns(&w, true, 3, "x\n", 0);
    dns(&w, false, 3, "x\n", 3);
    cr_expect_eq(s->dns.at[1].rcode, 3);
    cr_expect_str_eq(w.text, "name x\\x0a.test: no such name from 10.0.0.1");
    wire_done(&w);
}

Test(dns, the_last_few)
{
    struct wire w;
    s = tcp_begin(&w);
    for (char c = 'a'; c <= 'z'; c++)
        dns(&w, true, 1, (char[]){c, 0}, 0);
    cr_expect_eq(s->dns.n, PXK_DNS_MAX);
    cr_expect_str_eq(s->dns.at[PXK_DNS_MAX - 1].name, "z.test");
    cr_expect_str_eq(s->dns.at[0].name, "s.test");
    wire_done(&w);
}
