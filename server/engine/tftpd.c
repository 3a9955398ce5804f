#include "tftpd_int.h"

enum { TRIES = 6 };
#define RTO     (1 * PXK_SEC)
#define RTO_MAX (8 * PXK_SEC)

/* ---- names ---- */

enum pxk_err pxk_tftpd_name_clean(const char *name, char *out, size_t cap)
{
    struct pxk_str s = pxk_str_init(out, cap);
    while (*name) {
        size_t n = strcspn(name, "/\\");
        bool here = n == 0 || (n == 1 && name[0] == '.');
        if (n == 2 && name[0] == '.' && name[1] == '.')
            return PXK_E_PERM;
        if (!here && s.len)
            pxk_str_addc(&s, '/');
        for (size_t i = 0; i < n && !here; i++)
            pxk_str_addc(&s, name[i]);
        name += n + (name[n] ? 1 : 0);
    }
    if (s.cut)
        return PXK_E_SPACE;
    return s.len ? PXK_OK : PXK_E_NOTFOUND;
}

/* ---- ends ---- */

void pxk_tftpd_close(struct pxk_tftpd *t)
{
    if (t->is_open)
        t->files.close(t->files.ctx, t->handle);
    t->is_open = false;
}

void tftpd_finish(struct pxk_tftpd *t, enum pxk_tftpd_end end)
{
    if (t->end != PXK_TFTPD_RUNNING)
        return;
    t->end = end;
    t->deadline = PXK_NEVER;
    pxk_tftpd_close(t);
}

void tftpd_refuse(struct pxk_tftpd *t, uint16_t error, const char *message)
{
    if (t->end != PXK_TFTPD_RUNNING)
        return;
    t->error = error;
    (void)pxk_str_copy(t->message, sizeof t->message, message); /* our own texts fit */
    t->error_due = true;
    tftpd_finish(t, PXK_TFTPD_REFUSED);
}

/* ---- the request ---- */

static bool refuse_open(struct pxk_tftpd *t, enum pxk_err err)
{
    if (err == PXK_E_NOTFOUND)
        tftpd_refuse(t, PXK_TFTP_E_NOT_FOUND, "file not found");
    else if (err == PXK_E_PERM)
        tftpd_refuse(t, PXK_TFTP_E_ACCESS, "access denied");
    else if (err == PXK_E_SPACE)
        tftpd_refuse(t, PXK_TFTP_E_ACCESS, "the file name is too long");
    else if (err != PXK_OK)
        tftpd_refuse(t, PXK_TFTP_E_UNDEFINED, "the file cannot be read");
    return err == PXK_OK;
}

static bool request_ok(struct pxk_tftpd *t, const struct pxk_tftp *rrq)
{
    if (rrq->op == PXK_TFTP_WRQ)
        tftpd_refuse(t, PXK_TFTP_E_ACCESS, "this server is read-only");
    else if (rrq->op != PXK_TFTP_RRQ)
        tftpd_refuse(t, PXK_TFTP_E_ILLEGAL, "expected a read request");
    else if (pxk_str_casecmp(rrq->mode, "octet") != 0)
        tftpd_refuse(t, PXK_TFTP_E_ILLEGAL, "only octet (binary) mode is served");
    return t->end == PXK_TFTPD_RUNNING;
}

/* Options that are out of their range count as unknown, and those are ignored (RFC 2347). */
static uint64_t option_asked(const struct pxk_tftp *rrq, enum pxk_tftp_opt_id id, bool *has)
{
    const struct pxk_tftp_opt *o = pxk_tftp_find(rrq, id);
    *has = o && o->in_range;
    return *has ? o->number : 0;
}

static uint16_t least(uint64_t asked, uint16_t limit)
{
    return asked < limit ? (uint16_t)asked : limit;
}

static bool has_options(const struct pxk_tftpd *t)
{
    return t->has_blksize || t->has_windowsize || t->has_timeout || t->has_tsize;
}

static void options_agree(struct pxk_tftpd *t, const struct pxk_tftp *rrq)
{
    if (fault(t, PXK_FAULT_TFTP_NO_OACK))
        return;
    uint64_t v = option_asked(rrq, PXK_TFTP_OPT_BLKSIZE, &t->has_blksize);
    if (t->has_blksize)
        t->blksize = least(v, t->limits.max_blksize);
    v = option_asked(rrq, PXK_TFTP_OPT_WINDOWSIZE, &t->has_windowsize);
    if (t->has_windowsize)
        t->windowsize = least(v, t->limits.max_windowsize);
    v = option_asked(rrq, PXK_TFTP_OPT_TIMEOUT, &t->has_timeout);
    if (t->has_timeout) {
        t->timeout_s = (uint8_t)v;
        t->limits.rto = v * PXK_SEC;
        if (t->limits.rto_max < t->limits.rto)
            t->limits.rto_max = t->limits.rto;
    }
    (void)option_asked(rrq, PXK_TFTP_OPT_TSIZE,
                       &t->has_tsize); /* its value says nothing in a RRQ */
    fault_options(t);
    t->wait_oack = has_options(t);
}

static void limits_set(struct pxk_tftpd *t, const struct pxk_tftpd_limits *limits)
{
    t->limits = *limits;
    if (t->limits.max_blksize < 8 || t->limits.max_blksize > 65464)
        t->limits.max_blksize = 1468;
    if (!t->limits.max_windowsize)
        t->limits.max_windowsize = 1;
    if (!t->limits.tries)
        t->limits.tries = TRIES;
    if (!t->limits.rto)
        t->limits.rto = RTO;
    if (t->limits.rto_max < t->limits.rto)
        t->limits.rto_max = t->limits.rto > RTO_MAX ? t->limits.rto : RTO_MAX;
}

static void wait_begin(struct pxk_tftpd *t, pxk_usec now)
{
    t->tries = 1;
    t->rto = t->limits.rto;
    t->deadline = now + t->rto;
}

void pxk_tftpd_start(struct pxk_tftpd *t, const struct pxk_tftp *rrq,
                     const struct pxk_tftpd_limits *limits, const struct pxk_tftpd_files *files,
                     pxk_usec now)
{
    *t = (struct pxk_tftpd){.files = *files,
                            .blksize = PXK_TFTP_BLKSIZE,
                            .windowsize = 1,
                            .base = 1,
                            .next = 1,
                            .high = 1};
    limits_set(t, limits);
    enum pxk_err err = pxk_tftpd_name_clean(rrq->file ? rrq->file : "", t->file, sizeof t->file);
    if (err != PXK_OK) /* for the log; cut if need be */
        (void)pxk_str_copy(t->file, sizeof t->file, rrq->file ? rrq->file : "");
    t->faults = fault_set(limits->faults, t->file);
    if (fault_refuses(t, rrq->file ? rrq->file : "") || !request_ok(t, rrq) || !refuse_open(t, err) ||
        !refuse_open(t, t->files.open(t->files.ctx, t->file, &t->handle, &t->size)))
        return;
    t->is_open = true;
    fault_size(t);
    options_agree(t, rrq);
    t->last = t->size / t->blksize + 1;
    t->oack_due = t->wait_oack;
    wait_begin(t, now);
}

bool pxk_tftpd_unanswered(const struct pxk_tftpd *t)
{
    return t->end == PXK_TFTPD_RUNNING && t->base == 1 && t->wait_oack == has_options(t);
}

/* Sent once more, but the wait goes on as it was: an eager client must not keep us here for ever.
 */
void pxk_tftpd_again(struct pxk_tftpd *t, pxk_usec now)
{
    (void)now; /* part of the machine's shape */
    if (!pxk_tftpd_unanswered(t))
        return;
    if (t->wait_oack)
        t->oack_due = true;
    else
        t->next = t->base;
}

/* ---- answers ---- */

/* ACK of @block, a whole number. Resume behind it; a window counts from there (RFC 7440 4). */
static void ack_forward(struct pxk_tftpd *t, uint64_t block, pxk_usec now)
{
    t->acked_bytes = block >= t->last ? t->size : block * t->blksize;
    t->base = block + 1;
    if (block >= t->last) {
        tftpd_finish(t, PXK_TFTPD_DONE);
        return;
    }
    if (fault_closes(t))
        return;
    /* Short of what was sent: the block behind it was lost. Sent again from there, and further ACKs
     * of the same block, which the rest of the old window provokes, must not do it twice. */
    t->rewound = t->base < t->high;
    t->next = t->base;
    wait_begin(t, now);
}

/* The block before the window once more. With windowsize 1 never answered (RFC 1123 4.2.3.1: the
 * sorcerer's apprentice would double everything); else it means that the window's first block was
 * lost. */
static void ack_repeated(struct pxk_tftpd *t)
{
    bool never = t->windowsize == 1 && !fault(t, PXK_FAULT_TFTP_ANSWER_EVERY_ACK);
    if (never || (t->windowsize > 1 && t->rewound) || t->next == t->base)
        return;
    t->rewound = true;
    t->next = t->base;
}

static void ack_input(struct pxk_tftpd *t, uint16_t block, pxk_usec now)
{
    if (t->wait_oack) {
        if (block != 0)
            return;
        t->wait_oack = t->oack_due = false;
        wait_begin(t, now);
        return;
    }
    uint64_t before = t->base - 1; /* the last acknowledged; numbers wrap to 0 after 65535 */
    uint16_t ahead = fault_ahead(t, before, block);
    if (ahead == 0)
        ack_repeated(t);
    else if (before + ahead < t->high)
        ack_forward(t, before + ahead, now);
}

/* EDK2, Intel's ROM, GRUB and others ask for the size only, and end right after the OACK
 *. */
static bool is_probe_end(const struct pxk_tftpd *t, uint16_t code)
{
    static const uint16_t codes[] = {PXK_TFTP_E_UNDEFINED, PXK_TFTP_E_DISK_FULL, PXK_TFTP_E_ILLEGAL,
                                     PXK_TFTP_E_UNKNOWN_TID, PXK_TFTP_E_OPTION};
    for (size_t i = 0; i < PXK_COUNT(codes); i++)
        if (t->wait_oack && codes[i] == code)
            return true;
    return false;
}

void pxk_tftpd_input(struct pxk_tftpd *t, const void *data, size_t len, pxk_usec now)
{
    struct pxk_tftp m;
    if (t->end != PXK_TFTPD_RUNNING)
        return;
    if (pxk_tftp_decode(data, len, &m) != PXK_OK) {
        tftpd_refuse(t, PXK_TFTP_E_ILLEGAL, "not a TFTP packet");
        return;
    }
    if (m.op == PXK_TFTP_ACK) {
        ack_input(t, m.block, now);
    } else if (m.op == PXK_TFTP_ERROR) {
        struct pxk_str s = pxk_str_init(t->message, sizeof t->message);
        pxk_str_add_quoted(&s, m.message, m.message_len);
        t->error = m.error;
        tftpd_finish(t, is_probe_end(t, m.error) ? PXK_TFTPD_PROBED : PXK_TFTPD_ABORTED);
    } else {
        tftpd_refuse(t, PXK_TFTP_E_ILLEGAL, "expected an ACK");
    }
}

void pxk_tftpd_expire(struct pxk_tftpd *t, pxk_usec now)
{
    if (t->end != PXK_TFTPD_RUNNING || now < t->deadline)
        return;
    if (t->tries >= t->limits.tries) {
        tftpd_finish(t, PXK_TFTPD_TIMEOUT);
        return;
    }
    t->tries++;
    t->rto = pxk_usec_min(t->rto * 2, t->limits.rto_max);
    t->deadline = now + t->rto;
    if (t->wait_oack)
        t->oack_due = true;
    else
        t->next = t->base;
}

/* ---- output ---- */

static void write_oack(const struct pxk_tftpd *t, struct pxk_wr *w)
{
    pxk_tftp_write_oack(w);
    if (t->has_tsize)
        pxk_tftp_write_opt(w, PXK_TFTP_OPT_TSIZE, t->tsize);
    if (t->has_blksize)
        pxk_tftp_write_opt(w, PXK_TFTP_OPT_BLKSIZE, t->blksize);
    if (t->has_timeout)
        pxk_tftp_write_opt(w, PXK_TFTP_OPT_TIMEOUT, t->timeout_s);
    if (t->has_windowsize)
        pxk_tftp_write_opt(w, PXK_TFTP_OPT_WINDOWSIZE, t->windowsize);
}

/* False if the file could not be read: the transfer is then over. */
static bool write_data(struct pxk_tftpd *t, uint64_t block, struct pxk_wr *w)
{
    uint64_t offset = (block - 1) * t->blksize;
    size_t n = block < t->last ? t->blksize : (size_t)(t->size - offset);
    pxk_wr_u16(w, PXK_TFTP_DATA);
    pxk_wr_u16(w, fault_number(t, block));
    uint8_t *room = pxk_wr_reserve(w, n);
    if (!room || (n && t->files.read(t->files.ctx, t->handle, offset, room, n) != PXK_OK)) {
        tftpd_refuse(t, PXK_TFTP_E_UNDEFINED, "the file cannot be read");
        return false;
    }
    fault_data(t, block, room, n);
    for (size_t surplus = fault_surplus(t, block); surplus > 0; surplus--)
        pxk_wr_u8(w, 0);
    t->sent_bytes += n;
    return true;
}

static void sent(struct pxk_tftpd *t)
{
    t->resent += t->next < t->high;
    t->next++;
    if (t->high < t->next)
        t->high = t->next;
}

static bool data_due(const struct pxk_tftpd *t)
{
    return t->end == PXK_TFTPD_RUNNING && !t->wait_oack && t->next <= t->last &&
           t->next < t->base + t->windowsize && !fault_stalls(t);
}

/* The block that is to leave now, 0 if there is none. */
static uint64_t block_due(struct pxk_tftpd *t, pxk_usec now)
{
    if (t->end == PXK_TFTPD_RUNNING && t->doubled)
        return t->doubled;
    while (data_due(t) && fault_drops(t)) {
        t->next++;
        t->high = t->next;
    }
    return data_due(t) && !fault_waits(t, now) ? t->next : 0;
}

size_t pxk_tftpd_output(struct pxk_tftpd *t, void *buf, size_t cap, pxk_usec now)
{
    struct pxk_wr w = pxk_wr_init(buf, cap);
    if (t->end == PXK_TFTPD_RUNNING && t->oack_due) {
        t->oack_due = false;
        write_oack(t, &w);
        return w.err == PXK_OK ? pxk_wr_len(&w) : 0;
    }
    uint64_t block = block_due(t, now);
    if (block && write_data(t, block, &w)) {
        t->sent_double = t->doubled != 0;
        if (!t->sent_double)
            sent(t);
        t->doubled = !t->sent_double && fault(t, PXK_FAULT_TFTP_DUPLICATE_BLOCKS) ? block : 0;
        return pxk_wr_len(&w);
    }
    if (!t->error_due)
        return 0;
    w = pxk_wr_init(buf, cap);
    t->error_due = false;
    pxk_tftp_write_error(&w, t->error, t->message);
    return w.err == PXK_OK ? pxk_wr_len(&w) : 0;
}

void pxk_tftpd_unsend(struct pxk_tftpd *t)
{
    if (t->end == PXK_TFTPD_REFUSED)
        t->error_due = true;
    else if (t->wait_oack)
        t->oack_due = true;
    else if (t->sent_double)
        t->doubled = t->next - 1;
    else if (t->next > t->base) {
        t->doubled = 0;
        if (t->next == t->high)
            t->high--; /* else it was sent before */
        t->next--;
    }
}

pxk_usec pxk_tftpd_deadline(const struct pxk_tftpd *t)
{
    if (t->end != PXK_TFTPD_RUNNING)
        return PXK_NEVER;
    return t->ready_at ? pxk_usec_min(t->deadline, t->ready_at) : t->deadline;
}

size_t pxk_tftpd_stray(const void *data, size_t len, void *buf, size_t cap)
{
    struct pxk_tftp m;
    struct pxk_wr w = pxk_wr_init(buf, cap);
    if (pxk_tftp_decode(data, len, &m) != PXK_OK || (m.op != PXK_TFTP_ACK && m.op != PXK_TFTP_DATA))
        return 0; /* an ERROR is never answered, lest two servers talk for ever */
    pxk_tftp_write_error(&w, PXK_TFTP_E_UNKNOWN_TID, "unknown transfer ID");
    return w.err == PXK_OK ? pxk_wr_len(&w) : 0;
}
