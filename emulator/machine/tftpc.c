#include "tftpc.h"

static pxk_usec wait_of(const struct pxk_tftpc *t)
{
    const struct pxk_waits *w = &t->who->waits;
    uint32_t ms = w->ms[t->tries <= w->n ? t->tries - 1 : w->n - 1];
    if (t->cap_ms && ms > t->cap_ms)
        ms = t->cap_ms;
    return ms * PXK_MSEC;
}

static bool tries_over(const struct pxk_tftpc *t, pxk_usec now)
{
    bool patience_over = t->cap_ms && t->max_tries &&
                         pxk_usec_since(t->progress, now) >= (pxk_usec)t->cap_ms * t->max_tries * PXK_MSEC;
    return patience_over || t->tries >= t->who->waits.n;
}

static void end(struct pxk_tftpc *t, enum pxk_tftpc_state state, pxk_usec now)
{
    t->state = state;
    t->deadline = PXK_NEVER;
    t->ended = now;
}

static void fail(struct pxk_tftpc *t, const char *why, pxk_usec now)
{
    (void)pxk_str_copy(t->why, sizeof t->why, why);
    end(t, PXK_TFTPC_FAILED, now);
}

static void error_send(struct pxk_tftpc *t, uint16_t to, uint16_t code, const char *message)
{
    uint8_t buf[160];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_tftp_write_error(&w, code, message);
    if (w.err == PXK_OK)
        t->io.send(t->io.ctx, t->port, to, buf, pxk_wr_len(&w));
}

static void request_send(struct pxk_tftpc *t)
{
    uint8_t buf[PXK_TFTP_REQUEST_MAX + 256];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    const struct pxk_tftp_ask *ask = t->probe ? t->who->probe : t->who->fetch;
    unsigned n = t->probe ? t->who->probe_n : t->who->fetch_n;
    pxk_tftp_write_request(&w, PXK_TFTP_RRQ, t->file, "octet");
    for (unsigned i = 0; i < n; i++)
        pxk_tftp_write_opt(&w, ask[i].id, ask[i].value);
    if (w.err == PXK_OK)
        t->io.send(t->io.ctx, t->port, PXK_TFTP_PORT, buf, pxk_wr_len(&w));
}

static void ack_send(struct pxk_tftpc *t)
{
    uint8_t buf[4];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_tftp_write_ack(&w, (uint16_t)(t->next - 1));
    t->io.send(t->io.ctx, t->port, t->peer, buf, pxk_wr_len(&w));
    t->in_window = 0;
}

static void rearm(struct pxk_tftpc *t, pxk_usec now)
{
    t->tries = 1;
    t->progress = now;
    t->deadline = now + wait_of(t);
}

void pxk_tftpc_start(struct pxk_tftpc *t, const struct pxk_tftp_profile *who, const struct pxk_tftpc_io *io,
                     pxk_ip4 server, uint16_t port, const char *file, bool probe, uint32_t cap_ms,
                     unsigned max_tries, pxk_usec now)
{
    *t = (struct pxk_tftpc){.who = who, .io = *io, .server = server, .port = port, .probe = probe,
                            .blksize = PXK_TFTP_BLKSIZE, .window = 1, .next = 1, .cap_ms = cap_ms,
                            .max_tries = max_tries, .started = now};
    (void)pxk_str_copy(t->file, sizeof t->file, file);
    request_send(t);
    rearm(t, now);
}

static uint32_t asked(const struct pxk_tftpc *t, enum pxk_tftp_opt_id id)
{
    const struct pxk_tftp_ask *ask = t->probe ? t->who->probe : t->who->fetch;
    unsigned n = t->probe ? t->who->probe_n : t->who->fetch_n;
    for (unsigned i = 0; i < n; i++)
        if (ask[i].id == id)
            return ask[i].id == PXK_TFTP_OPT_TSIZE ? 1 : ask[i].value;
    return 0;
}

/* Takes one option of an OACK, or says what is wrong with it (RFC 2347: only what was asked for, not more). */
static const char *oack_option(struct pxk_tftpc *t, const struct pxk_tftp_opt *o)
{
    uint32_t wanted = o->id == PXK_TFTP_OPT_UNKNOWN ? 0 : asked(t, o->id);
    const char *wrong = NULL;
    if (!wanted)
        return "the OACK names an option that was not asked for";
    if (!o->in_range)
        return "the OACK has a value that is no number or out of range";
    if (o->id == PXK_TFTP_OPT_BLKSIZE) {
        t->blksize = (uint32_t)o->number;
        wrong = o->number > wanted ? "the OACK grants a larger blksize than was asked for" : NULL;
    } else if (o->id == PXK_TFTP_OPT_WINDOWSIZE) {
        t->window = (uint32_t)o->number;
        wrong = o->number > wanted ? "the OACK grants a larger windowsize than was asked for" : NULL;
    } else if (o->id == PXK_TFTP_OPT_TSIZE) {
        t->has_tsize = true;
        t->tsize = o->number;
    }
    return wrong;
}

/* The first thing wrong with an OACK. The rest is taken all the same: tolerant clients look over what they do
 * not know. */
static const char *oack_take(struct pxk_tftpc *t, const struct pxk_tftp *p)
{
    const char *first = p->opts_cut ? "the OACK does not end with a NUL" : NULL;
    for (unsigned i = 0; i < p->opt_n; i++) {
        const char *wrong = oack_option(t, &p->opt[i]);
        first = first ? first : wrong;
    }
    return first;
}

/* Who refuses such an OACK, and how: Mtftp4Option.c, which shim uses too; core/fs/pxe/tftp.c. */
static bool oack_refused(struct pxk_tftpc *t, const char *wrong, pxk_usec now)
{
    bool pxelinux = strcmp(t->who->key, "pxelinux") == 0;
    if (!wrong || (!pxelinux && !t->who->icmp_ends))
        return false;
    if (pxelinux)
        error_send(t, t->peer, PXK_TFTP_E_OPTION, "TFTP protocol error");
    else
        error_send(t, t->peer, PXK_TFTP_E_ILLEGAL, "Malformatted OACK packet");
    fail(t, wrong, now);
    return true;
}

static void oack_input(struct pxk_tftpc *t, const struct pxk_tftp *p, pxk_usec now)
{
    if (t->state == PXK_TFTPC_READING) {
        if (t->next == 1)
            ack_send(t); /* our ACK 0 was lost */
        return;
    }
    if (oack_refused(t, oack_take(t, p), now))
        return;
    t->oack = true;
    if (t->probe) {
        error_send(t, t->peer, t->who->probe_error, t->who->probe_message);
        if (t->has_tsize)
            end(t, PXK_TFTPC_DONE, now);
        else
            fail(t, "the server does not tell the file's size (no tsize in the OACK)", now);
        return;
    }
    t->state = PXK_TFTPC_READING;
    ack_send(t);
    rearm(t, now);
}

/* Mtftp4Rrq.c, Mtftp4RrqSaveBlock: it reads on to the last block, and so learns how long the file is. */
static void buffer_too_small(struct pxk_tftpc *t, pxk_usec now)
{
    char why[sizeof t->why];
    error_send(t, t->peer, PXK_TFTP_E_DISK_FULL, "User provided memory block is too small");
    fail(t, pxk_fmt(why, sizeof why, "the file has %llu bytes, the server had told %llu", (unsigned long long)t->bytes,
                    (unsigned long long)t->room), now);
}

static void in_order(struct pxk_tftpc *t, const struct pxk_tftp *p, pxk_usec now)
{
    bool fits = !t->has_room || t->bytes + p->data_len <= t->room;
    if (fits && t->io.write && p->data_len && !t->io.write(t->io.ctx, p->data, p->data_len)) {
        error_send(t, t->peer, PXK_TFTP_E_DISK_FULL, "file too large");
        fail(t, "the file is larger than this client takes", now);
        return;
    }
    t->bytes += p->data_len;
    t->next++;
    t->in_window++;
    t->gap_seen = 0;
    bool last = p->data_len < t->blksize;
    if (last && !fits) {
        buffer_too_small(t, now);
        return;
    }
    if (last || t->in_window >= t->window)
        ack_send(t);
    if (last)
        end(t, PXK_TFTPC_DONE, now);
    else
        rearm(t, now);
}

static void data_input(struct pxk_tftpc *t, const struct pxk_tftp *p, pxk_usec now)
{
    if (t->state == PXK_TFTPC_ASKING) {
        if (t->who->needs_oack) {
            error_send(t, t->peer, PXK_TFTP_E_ILLEGAL, "no option acknowledgement");
            fail(t, "the server sends data without an OACK: it does not know TFTP options", now);
            return;
        }
        t->state = PXK_TFTPC_READING;
    }
    if (p->data_len > t->blksize) {
        error_send(t, t->peer, PXK_TFTP_E_ILLEGAL, "block larger than agreed");
        fail(t, "a data packet is larger than the agreed blksize", now);
        return;
    }
    int16_t ahead = (int16_t)(p->block - (uint16_t)t->next);
    if (ahead == 0) {
        in_order(t, p, now);
    } else if (ahead < 0) {
        /* Seen before: our ACK was lost. Within a window it would come again many times: once is enough. */
        if (t->window == 1 || p->block == (uint16_t)(t->next - 1))
            ack_send(t);
    } else {
        /* RFC 7440 4: tell the last block in order, once a gap; and anew when numbers start over, for then the
         * server has sent the window again and the same block was lost again. */
        bool told = t->gap_seen && ahead > t->gap_seen;
        t->gap_seen = (uint16_t)ahead;
        if (!told)
            ack_send(t);
    }
}

void pxk_tftpc_input(struct pxk_tftpc *t, pxk_ip4 from, uint16_t sport, const void *data, size_t len,
                     pxk_usec now)
{
    struct pxk_tftp p;
    if (pxk_tftpc_over(t) || from != t->server || !sport || pxk_tftp_decode(data, len, &p) != PXK_OK)
        return;
    if (t->peer && sport != t->peer)
        return; /* another transfer's port: these clients say nothing (iPXE tftp.c, Mtftp4Rrq.c) */
    if (p.op == PXK_TFTP_ERROR) {
        struct pxk_str text = pxk_str_init(t->message, sizeof t->message);
        pxk_str_add_quoted(&text, p.message, p.message_len);
        t->error = p.error;
        end(t, PXK_TFTPC_REFUSED, now);
        return;
    }
    if (p.op != PXK_TFTP_OACK && p.op != PXK_TFTP_DATA)
        return;
    t->peer = sport;
    if (p.op == PXK_TFTP_OACK)
        oack_input(t, &p, now);
    else
        data_input(t, &p, now);
}

void pxk_tftpc_unreachable(struct pxk_tftpc *t, pxk_usec now)
{
    t->icmp = true;
    if (!pxk_tftpc_over(t) && t->who->icmp_ends)
        fail(t, "ICMP unreachable: nobody listens on the server's port", now);
}

void pxk_tftpc_expire(struct pxk_tftpc *t, pxk_usec now)
{
    if (pxk_tftpc_over(t) || t->deadline > now)
        return;
    if (tries_over(t, now)) {
        t->timed_out = true;
        pxk_fmt(t->why, sizeof t->why,
                t->state == PXK_TFTPC_ASKING ? "no answer to %u requests"
                                             : "no data: the last acknowledgement was sent %u times",
                t->tries);
        end(t, PXK_TFTPC_FAILED, now);
        return;
    }
    t->tries++;
    if (t->state == PXK_TFTPC_ASKING)
        request_send(t);
    else
        ack_send(t);
    t->gap_seen = 0;
    t->deadline = now + wait_of(t);
}

pxk_usec pxk_tftpc_deadline(const struct pxk_tftpc *t)
{
    return pxk_tftpc_over(t) ? PXK_NEVER : t->deadline;
}
