/* Names that a client asks for (RFC 1035): the last few, whether anybody answered, and what. */
#include "stream.h"

struct message {
    uint16_t id, type, answers;
    bool response;
    uint8_t rcode;
    char name[96]; /* quoted */
};

/* The name of a question: labels, no pointers (RFC 1035 4.1.4: there is nothing yet to point to). */
static bool read_name(struct pxk_rd *r, char *out, size_t cap)
{
    enum { LABEL_MAX = 63, LABELS = 128 };
    struct pxk_str text = pxk_str_init(out, cap);
    for (unsigned i = 0; i < LABELS; i++) {
        uint8_t n = pxk_rd_u8(r);
        if (r->err != PXK_OK || n > LABEL_MAX)
            return false;
        if (!n)
            return true;
        const uint8_t *label = pxk_rd_take(r, n);
        if (!label)
            return false;
        if (text.len)
            pxk_str_addc(&text, '.');
        pxk_str_add_quoted(&text, label, n);
    }
    return false;
}

static bool read_message(const struct pxk_frame *f, struct message *m)
{
    struct pxk_rd r = pxk_rd_init(f->payload, f->payload_len);
    *m = (struct message){.id = pxk_rd_u16(&r)};
    uint16_t flags = pxk_rd_u16(&r);
    uint16_t questions = pxk_rd_u16(&r);
    m->answers = pxk_rd_u16(&r);
    (void)pxk_rd_u32(&r);
    m->response = flags >> 15;
    m->rcode = flags & 15;
    if (r.err != PXK_OK || questions != 1 || (flags >> 11 & 15) != 0 || !read_name(&r, m->name, sizeof m->name))
        return false;
    m->type = pxk_rd_u16(&r);
    return r.err == PXK_OK;
}

static struct pxk_dns *find(struct pxk_session *s, const struct message *m, struct pxk_ip server)
{
    for (size_t i = s->dns.n; i-- > 0;) {
        struct pxk_dns *q = &s->dns.at[i];
        if (q->type == m->type && pxk_ip_eq(q->server, server) && strcmp(q->name, m->name) == 0)
            return q;
    }
    return NULL;
}

static struct pxk_dns *add(struct pxk_session *s)
{
    if (s->dns.n == PXK_DNS_MAX) {
        memmove(s->dns.at, s->dns.at + 1, (PXK_DNS_MAX - 1) * sizeof *s->dns.at);
        s->dns.n--;
    }
    return pxk_vec_push(&s->dns);
}

static void query(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f, const struct message *m)
{
    struct pxk_dns *q = find(&b->s, m, f->to);
    if (!q) {
        q = add(&b->s);
        if (!q)
            return;
        pxk_box_grew(t, b);
        q->at = t->now;
        q->frame = t->number;
        q->server = f->to;
        q->type = m->type;
        (void)pxk_str_copy(q->name, sizeof q->name, m->name);
    }
    q->id = m->id;
    q->client_port = f->sport;
    q->asks++;
    q->last = t->now;
    q->last_frame = t->number;
    pxk_box_touch(t, b);
    pxk_event_dns(t, b, q, false);
}

static void answer(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f, const struct message *m)
{
    struct pxk_dns *q = find(&b->s, m, f->from);
    if (!q || q->answered)
        return;
    q->answered = true;
    q->rcode = m->rcode;
    q->answers = m->answers;
    q->answer_frame = t->number;
    pxk_box_touch(t, b);
    pxk_event_dns(t, b, q, true);
}

void pxk_track_dns(struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct message m;
    if (!read_message(f, &m))
        return;
    struct box *b = m.response ? pxk_box_by_ip(t, f->to) : pxk_box_of_sender(t, f);
    if (b && m.response && f->sport == PXK_DNS_PORT)
        answer(t, b, f, &m);
    else if (b && !m.response && f->dport == PXK_DNS_PORT)
        query(t, b, f, &m);
}

bool pxk_dns_unreachable(struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct box *b = f->icmp.inner_dport == PXK_DNS_PORT ? pxk_box_by_ip(t, f->icmp.inner_from) : NULL;
    struct pxk_dns *q = b && b->s.dns.n ? &b->s.dns.at[b->s.dns.n - 1] : NULL;
    if (!q || q->answered)
        return false;
    q->icmp = true;
    pxk_box_touch(t, b);
    pxk_event_icmp(t, b, f, NULL);
    return true;
}
