/* When what happened to a client: one bar for each DHCP conversation, boot server exchange and download, and for each question that
 * got no good answer (ARP, names, connections), on one axis. Bars are small SVG pictures, so that they print and need no script. */
#include <stdlib.h>
#include <string.h>

#include "html_int.h"

enum { BARS_MAX = 120, SEGMENTS = 2, MARKS = 32, SCALE = 10000 /* units of a picture's width */ };

struct segment {
    pxk_usec from, to;
    const char *class; /* NULL: none */
};

struct mark {
    pxk_usec at;
    bool answer; /* from the server */
};

struct bar {
    pxk_usec from;
    char name[280], note[240];
    struct segment segment[SEGMENTS];
    struct mark mark[MARKS];
    unsigned mark_n;
};

struct chart {
    PXK_VEC(struct bar) bars;
    pxk_usec start, end;
    size_t lost; /* over the bound */
};

static void reach(struct chart *c, pxk_usec t)
{
    c->start = pxk_usec_min(c->start, t);
    c->end = t > c->end ? t : c->end;
}

static struct bar *bar_add(struct chart *c, pxk_usec from, pxk_usec to)
{
    struct bar *b = c->bars.n < BARS_MAX ? pxk_vec_push(&c->bars) : NULL;
    c->lost += !b;
    if (!b)
        return NULL;
    b->from = from;
    reach(c, from);
    reach(c, to);
    return b;
}

static void mark_add(struct chart *c, struct bar *b, pxk_usec at, bool answer)
{
    if (b->mark_n == MARKS || !at)
        return;
    b->mark[b->mark_n++] = (struct mark){at, answer};
    reach(c, at);
}

/* ---- what becomes a bar ---- */

static void count_word(struct pxk_str *s, unsigned n, const char *word)
{
    if (n)
        pxk_str_addf(s, "%s%u %s", s->len ? ", " : "", n, word);
}

static void round_note(const struct pxk_round *r, struct bar *b)
{
    struct pxk_str s = pxk_str_init(b->note, sizeof b->note);
    unsigned offers = 0, acks = 0, naks = 0;
    for (unsigned i = 0; i < r->answer_n; i++) {
        offers += r->answer[i].type == PXK_DHCP4_OFFER && r->answer[i].sport != PXK_PXE_PORT;
        acks += r->answer[i].type == PXK_DHCP4_ACK && r->answer[i].sport != PXK_PXE_PORT;
        naks += r->answer[i].type == PXK_DHCP4_NAK;
    }
    count_word(&s, r->discovers, "DISCOVER");
    count_word(&s, offers, "OFFER");
    count_word(&s, r->requests, "REQUEST");
    count_word(&s, acks, "ACK");
    count_word(&s, naks, "NAK");
    count_word(&s, r->declines, "DECLINE");
    count_word(&s, r->releases, "RELEASE");
    if (!r->answer_n)
        pxk_str_add(&s, ": no answer");
}

static void round_add(struct chart *c, const struct pxk_round *r)
{
    struct bar *b = bar_add(c, r->started, r->ended > r->started ? r->ended : r->started);
    bool good = pxk_round_answer(r, PXK_DHCP4_ACK) || pxk_round_answer(r, PXK_DHCP4_NONE);
    if (!b)
        return;
    pxk_fmt(b->name, sizeof b->name, "DHCP %s", r->persona ? r->persona->name : r->vendor);
    b->segment[0] = (struct segment){r->started, r->ended, r->answer_n ? (good ? "s-dhcp" : "s-warn") : "s-bad"};
    for (unsigned i = 0; i < r->discovers && i < PXK_TIMES_MAX; i++)
        mark_add(c, b, r->discover_at[i], false);
    for (unsigned i = 0; i < r->requests && i < PXK_TIMES_MAX; i++)
        mark_add(c, b, r->request_at[i], false);
    for (unsigned i = 0; i < r->answer_n; i++)
        if (r->answer[i].sport != PXK_PXE_PORT)
            mark_add(c, b, r->answer[i].at, true);
    round_note(r, b);
}

static void boot_server_add(struct chart *c, const struct pxk_round *r)
{
    char ip[PXK_IP4_STRLEN];
    struct bar *b = r->proxy_requests ? bar_add(c, r->proxy_at, r->proxy_last) : NULL;
    pxk_usec to = r->proxy_last;
    if (!b)
        return;
    pxk_fmt(b->name, sizeof b->name, "PXE boot server %s", pxk_ip4_text(r->proxy_to, ip));
    mark_add(c, b, r->proxy_at, false);
    mark_add(c, b, r->proxy_last, false);
    for (unsigned i = 0; i < r->answer_n; i++)
        if (r->answer[i].sport == PXK_PXE_PORT) {
            mark_add(c, b, r->answer[i].at, true);
            to = r->answer[i].at > to ? r->answer[i].at : to;
        }
    b->segment[0] = (struct segment){r->proxy_at, to, r->proxy_answers ? "s-dhcp" : "s-bad"};
    pxk_fmt(b->note, sizeof b->note, "port 4011: %u request%s, %u answer%s", r->proxy_requests, r->proxy_requests == 1 ? "" : "s",
            r->proxy_answers, r->proxy_answers == 1 ? "" : "s");
}

static void rate_add(struct pxk_str *s, uint64_t bytes, pxk_usec took)
{
    pxk_str_add_bytes(s, bytes);
    pxk_str_add(s, " in ");
    pxk_str_add_duration(s, took);
    if (took < PXK_MSEC)
        return; /* too short to say something about speed */
    pxk_str_add(s, ", ");
    pxk_str_add_bytes(s, bytes * PXK_SEC / took);
    pxk_str_add(s, "/s");
}

static void transfer_note(const struct pxk_transfer *t, struct bar *b)
{
    struct pxk_str s = pxk_str_init(b->note, sizeof b->note);
    if (t->state != PXK_TRANSFER_DONE)
        pxk_str_addf(&s, "%s", transfer_state_key(t->state));
    if (t->state == PXK_TRANSFER_REFUSED || t->state == PXK_TRANSFER_ABORTED)
        pxk_str_addf(&s, ": %s", *t->message ? t->message : pxk_tftp_error_words(t->error));
    if (t->requests > 1)
        pxk_str_addf(&s, "%sasked %u times", s.len ? ", " : "", t->requests);
    if (!t->bytes)
        return;
    pxk_str_add(&s, s.len ? ", " : "");
    rate_add(&s, t->bytes, pxk_usec_since(t->started, t->last));
}

static const char *transfer_class(const struct pxk_transfer *t)
{
    return t->state == PXK_TRANSFER_DONE ? "s-ok" : t->state == PXK_TRANSFER_RUNNING ? "s-warn" : "s-bad";
}

/* @first: when its size was asked for in a transfer of its own. */
static void transfer_add(struct chart *c, const struct pxk_transfer *t, pxk_usec first)
{
    struct bar *b = bar_add(c, first, t->last);
    pxk_usec data = t->first_data ? t->first_data : t->last;
    if (!b)
        return;
    pxk_fmt(b->name, sizeof b->name, "TFTP %s", t->file);
    b->segment[0] = (struct segment){first, data, t->first_data ? "s-wait" : transfer_class(t)};
    if (t->first_data)
        b->segment[1] = (struct segment){data, t->last, transfer_class(t)};
    mark_add(c, b, t->started, false);
    transfer_note(t, b);
}

/* The search of a loader for its configuration: one bar for all the names before the right one. Returns how many they are. */
static size_t search_add(struct chart *c, const struct pxk_session *s, size_t i)
{
    const struct pxk_transfer *first = &s->transfers.at[i], *last = first;
    size_t n = 0;
    while (i + n < s->transfers.n && transfer_is_search(s, i + n))
        last = &s->transfers.at[i + n++];
    struct bar *b = n ? bar_add(c, first->started, last->last) : NULL;
    if (!b)
        return n;
    pxk_fmt(b->name, sizeof b->name, "TFTP %s", first->file);
    pxk_fmt(b->note, sizeof b->note, n > 1 ? "not there, nor %zu more names after it" : "not there", n - 1);
    b->segment[0] = (struct segment){first->started, last->last, "s-wait"};
    return n;
}

static void transfers_add(struct chart *c, const struct pxk_session *s)
{
    for (size_t i = 0; i < s->transfers.n; i++) {
        i += search_add(c, s, i);
        const struct pxk_transfer *t = &s->transfers.at[i], *before = i ? t - 1 : NULL;
        bool sized = before && before->probe && strcmp(before->file, t->file) == 0;
        if (!t->probe)
            transfer_add(c, t, sized ? before->started : t->started);
    }
}

static void http_note(const struct pxk_http *h, struct bar *b)
{
    struct pxk_str s = pxk_str_init(b->note, sizeof b->note);
    pxk_str_addf(&s, "%s", h->method);
    if (h->status)
        pxk_str_addf(&s, " %u", h->status);
    else
        pxk_str_add(&s, h->reset ? ": the connection is reset" : ": no answer");
    if (h->bytes) {
        pxk_str_add(&s, ", ");
        rate_add(&s, h->bytes, pxk_usec_since(h->at, h->last));
    }
    if (h->status && !h->done && h->has_length) {
        pxk_str_add(&s, ", of ");
        pxk_str_add_bytes(&s, h->length);
    }
    if (h->status && !h->done)
        pxk_str_add(&s, h->cut_short ? ": cut short by the server" : h->left ? ": left by the client" : ": unfinished");
    if (h->location)
        pxk_str_addf(&s, ", see %s", h->location);
}

static const char *http_class(const struct pxk_http *h)
{
    return !h->status || h->status >= 400 || h->cut_short ? "s-bad" : h->done ? "s-ok" : "s-warn";
}

static void http_add(struct chart *c, const struct pxk_http *h)
{
    pxk_usec last = h->last > h->at ? h->last : h->at;
    struct bar *b = bar_add(c, h->at, last);
    if (!b)
        return;
    pxk_fmt(b->name, sizeof b->name, "HTTP %s", h->path);
    b->segment[0] = (struct segment){h->at, h->status ? h->answered : last, h->status ? "s-wait" : http_class(h)};
    if (h->status)
        b->segment[1] = (struct segment){h->answered, last, http_class(h)};
    mark_add(c, b, h->at, false);
    mark_add(c, b, h->answered, true);
    http_note(h, b);
}

/* A connection that came to nothing; what came of the others stands in bars of its own. */
static void conn_add(struct chart *c, const struct pxk_conn *conn)
{
    bool alert = conn->tls.alert_by != PXK_TLS_ALERT_NONE;
    struct bar *b = alert || conn->refused || conn->icmp || (conn->syns && !conn->answered) ? bar_add(c, conn->at, conn->last) : NULL;
    char ip[PXK_IP_STRLEN];
    if (!b)
        return;
    pxk_fmt(b->name, sizeof b->name, "%s %s port %u", conn->kind == PXK_CONN_TLS ? "TLS" : "TCP", pxk_ip_text(conn->server, ip),
            conn->server_port);
    b->segment[0] = (struct segment){conn->at, conn->last, "s-bad"};
    mark_add(c, b, conn->at, false);
    struct pxk_str s = pxk_str_init(b->note, sizeof b->note);
    if (alert)
        pxk_str_addf(&s, "alert from the %s: %s", conn->tls.alert_by == PXK_TLS_ALERT_CLIENT ? "client" : "server",
                     pxk_tls_alert_words(&conn->tls));
    else
        pxk_str_addf(&s, "asked %u time%s: %s", conn->syns, conn->syns == 1 ? "" : "s",
                     conn->refused ? "refused" : conn->icmp ? "unreachable (ICMP)" : "no answer");
}

static void boot6_add(struct chart *c, const struct pxk_boot6 *x)
{
    bool answered = x->advertises || x->replies;
    struct bar *b = bar_add(c, x->started, x->last);
    char ip[PXK_IP_STRLEN];
    if (!b)
        return;
    pxk_fmt(b->name, sizeof b->name, "DHCPv6 %s", x->ipxe ? "iPXE" : x->http ? "HTTP boot" : "PXE");
    b->segment[0] = (struct segment){x->started, x->last, answered ? "s-dhcp" : "s-bad"};
    mark_add(c, b, x->started, false);
    if (answered)
        pxk_fmt(b->note, sizeof b->note, "from %s%s%s", pxk_ip_text(x->server, ip), *x->url ? ": " : ": no boot file", x->url);
    else
        pxk_fmt(b->note, sizeof b->note, "%u SOLICITs, no answer", x->solicits);
}

static void dns_add(struct chart *c, const struct pxk_dns *q)
{
    struct bar *b = !q->answered || q->rcode ? bar_add(c, q->at, q->last) : NULL;
    if (!b)
        return;
    pxk_fmt(b->name, sizeof b->name, "DNS %s", q->name);
    b->segment[0] = (struct segment){q->at, q->last, "s-bad"};
    mark_add(c, b, q->at, false);
    pxk_fmt(b->note, sizeof b->note, "asked %u time%s: %s", q->asks, q->asks == 1 ? "" : "s",
            q->answered ? pxk_dns_rcode_words(q->rcode) : q->icmp ? "unreachable (ICMP)" : "no answer");
}

static void arp_add(struct chart *c, const struct pxk_arp_ask *a)
{
    char ip[PXK_IP4_STRLEN];
    struct bar *b = !a->answered && a->asks > 1 ? bar_add(c, a->first, a->last) : NULL;
    if (!b)
        return;
    pxk_fmt(b->name, sizeof b->name, "ARP who has %s", pxk_ip4_text(a->ip, ip));
    pxk_fmt(b->note, sizeof b->note, "asked %u times: no answer", a->asks);
    b->segment[0] = (struct segment){a->first, a->last, "s-bad"};
}

static int by_time(const void *a, const void *b)
{
    const struct bar *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

/* ---- drawing ---- */

static unsigned place(const struct chart *c, pxk_usec t)
{
    pxk_usec all = pxk_usec_since(c->start, c->end);
    return all ? (unsigned)((double)pxk_usec_since(c->start, t) / (double)all * SCALE) : 0;
}

static void rect(struct pxk_text *out, unsigned from, unsigned to, unsigned least, bool tall, const char *class)
{
    unsigned width = to > from + least ? to - from : least;
    if (from + width > SCALE)
        from = SCALE - width;
    pxk_text_addf(out, "<rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\"/>", class, from, tall ? 1u : 4u, width,
                  tall ? 18u : 12u);
}

static void draw(const struct chart *c, const struct bar *b, struct pxk_text *out)
{
    char words[24];
    html_put(out, "<tr><td class=\"name\" title=\"", b->name, "\">");
    html_put(out, "", b->name, "</td><td class=\"bar\">");
    pxk_text_addf(out, "<svg viewBox=\"0 0 %d 20\" preserveAspectRatio=\"none\" role=\"img\">", SCALE);
    html_put(out, "<title>", b->note, "</title>");
    for (unsigned i = 0; i < SEGMENTS; i++) {
        const struct segment *g = &b->segment[i];
        if (g->class)
            rect(out, place(c, g->from), place(c, g->to), 40, false, g->class);
    }
    for (unsigned i = 0; i < b->mark_n; i++)
        rect(out, place(c, b->mark[i].at), 0, 20, true, b->mark[i].answer ? "s-ans" : "s-ask");
    html_put(out, "</svg></td><td class=\"n dim\">", time_words(pxk_usec_since(c->start, b->from), words, sizeof words), "</td>");
    html_put(out, "<td class=\"note\" title=\"", b->note, "\">");
    html_put(out, "", b->note, "</td></tr>\n");
}

/* The background has five lines, one every fifth. */
static void axis(const struct chart *c, struct pxk_text *out)
{
    pxk_usec all = pxk_usec_since(c->start, c->end);
    char words[24];
    pxk_text_add(out, "<tr class=\"axis\"><td></td><td class=\"bar\">");
    for (unsigned i = 0; i < 5 && all; i++)
        pxk_text_addf(out, "<span style=\"left:%u%%\">%s</span>", i * 20, i ? time_words(all * i / 5, words, sizeof words) : "0");
    pxk_text_add(out, "</td><td class=\"n\">begins</td><td></td></tr>\n");
}

static const char key[] =
    "<p class=\"key\"><span><svg viewBox=\"0 0 9 7\"><rect class=\"s-dhcp\" width=\"9\" height=\"7\"/></svg>DHCP</span>"
    "<span><svg viewBox=\"0 0 9 7\"><rect class=\"s-wait\" width=\"9\" height=\"7\"/></svg>asked, no data yet</span>"
    "<span><svg viewBox=\"0 0 9 7\"><rect class=\"s-ok\" width=\"9\" height=\"7\"/></svg>complete</span>"
    "<span><svg viewBox=\"0 0 9 7\"><rect class=\"s-warn\" width=\"9\" height=\"7\"/></svg>unfinished</span>"
    "<span><svg viewBox=\"0 0 9 7\"><rect class=\"s-bad\" width=\"9\" height=\"7\"/></svg>failed or unanswered</span>"
    "<span><svg viewBox=\"0 0 9 7\"><rect class=\"s-ask\" x=\"3\" width=\"2\" height=\"7\"/></svg>the client asks</span>"
    "<span><svg viewBox=\"0 0 9 7\"><rect class=\"s-ans\" x=\"3\" width=\"2\" height=\"7\"/></svg>a server answers</span></p>\n";

void html_timeline(const struct pxk_session *s, struct pxk_text *out)
{
    struct chart c = {.start = PXK_NEVER};
    for (unsigned i = 0; i < s->round_n; i++) {
        round_add(&c, &s->round[i]);
        boot_server_add(&c, &s->round[i]);
    }
    for (unsigned i = 0; i < s->boot6_n; i++)
        boot6_add(&c, &s->boot6[i]);
    transfers_add(&c, s);
    for (size_t i = 0; i < s->https.n; i++)
        http_add(&c, &s->https.at[i]);
    for (size_t i = 0; i < s->conns.n; i++)
        conn_add(&c, &s->conns.at[i]);
    for (size_t i = 0; i < s->dns.n; i++)
        dns_add(&c, &s->dns.at[i]);
    for (unsigned i = 0; i < s->arp_n; i++)
        arp_add(&c, &s->arp[i]);
    if (c.bars.n) {
        qsort(c.bars.at, c.bars.n, sizeof *c.bars.at, by_time);
        pxk_text_add(out, "<h3>Timeline</h3>\n<div class=\"wide\"><table class=\"tl\">\n");
        axis(&c, out);
        for (size_t i = 0; i < c.bars.n; i++)
            draw(&c, &c.bars.at[i], out);
        pxk_text_add(out, "</table></div>\n");
        pxk_text_add(out, key);
    }
    if (c.lost)
        pxk_text_addf(out, "<p class=\"dim\">and %zu more</p>\n", c.lost);
    pxk_vec_done(&c.bars);
}
