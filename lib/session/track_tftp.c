/* TFTP transfers as they pass by: RFC 1350, 2347, 2348, 2349, 7440. Constant time per packet, no content
 * kept but the first bytes. What the client acknowledges counts, even if its DATA is not in the capture. */
#include "session_int.h"

#include <stdlib.h>

/* A new port within this time after a request for the same file that nothing answered: the client tries
 * again (U-Boot, busybox). Longest first wait of any client: 5 s. */
#define RETRY_GAP (10 * PXK_SEC)

/* Who repeats a packet sooner than this did not wait for an answer. */
#define AT_ONCE (200 * PXK_MSEC)

/* Returns the silence before this packet. */
static pxk_usec note_packet(const struct pxk_tracker *t, struct pxk_transfer *tr)
{
    pxk_usec silence = pxk_usec_since(tr->last, t->now);
    if (silence > tr->longest_silence && tr->state <= PXK_TRANSFER_RUNNING)
        tr->longest_silence = silence;
    if (silence >= AT_ONCE && !tr->doubled && tr->blocks)
        tr->first_wait = silence;
    tr->last = t->now;
    tr->last_frame = t->number;
    return silence;
}

/* ---- requests ---- */

static void read_request(const struct pxk_tftp *m, struct pxk_transfer *tr, struct flow *fl)
{
    const struct pxk_tftp_opt *blksize = pxk_tftp_find(m, PXK_TFTP_OPT_BLKSIZE);
    const struct pxk_tftp_opt *window = pxk_tftp_find(m, PXK_TFTP_OPT_WINDOWSIZE);
    pxk_quote(tr->file, sizeof tr->file, m->file, strlen(m->file));
    tr->profile = pxk_tftp_profile_of(m);
    tr->asked_blksize = blksize && blksize->in_range ? (uint32_t)blksize->number : 0;
    tr->asked_window = window && window->in_range ? (uint32_t)window->number : 0;
    tr->asked_tsize = pxk_tftp_find(m, PXK_TFTP_OPT_TSIZE) != NULL;
    tr->asked_variable = pxk_tftp_find(m, PXK_TFTP_OPT_MSFTWINDOW) != NULL;
    tr->blksize = PXK_TFTP_BLKSIZE;
    tr->window = 1;
    for (unsigned i = 0; i < m->opt_n; i++)
        fl->asked |= 1u << m->opt[i].id;
}

/* The transfer that this request repeats, NULL if it is a new one. */
static struct pxk_transfer *repeated(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f,
                                     const char *file)
{
    const struct flow *fl = pxk_flow_get(t, f->from, f->sport);
    if (fl && fl->box == b) {
        struct pxk_transfer *tr = pxk_flow_transfer(fl);
        if (tr->state <= PXK_TRANSFER_RUNNING && pxk_ip_eq(tr->server, f->to) && strcmp(tr->file, file) == 0)
            return tr;
    }
    size_t n = b->s.transfers.n;
    struct pxk_transfer *last = n ? &b->s.transfers.at[n - 1] : NULL;
    if (last && last->state == PXK_TRANSFER_ASKED && !last->icmp && pxk_ip_eq(last->server, f->to) &&
        strcmp(last->file, file) == 0 && pxk_usec_since(last->last, t->now) < RETRY_GAP)
        return last;
    return NULL;
}

static struct pxk_transfer *transfer_new(struct pxk_tracker *t, struct box *b, const struct pxk_frame *f)
{
    struct pxk_transfer *tr = b->s.transfers.n < PXK_TRANSFERS_MAX ? pxk_vec_push(&b->s.transfers) : NULL;
    if (!tr) {
        b->s.transfers_lost++;
        return NULL;
    }
    tr->started = tr->last = t->now;
    tr->first_frame = t->number;
    tr->server = f->to;
    return tr;
}

static void request_input(struct pxk_tracker *t, const struct pxk_frame *f, const struct pxk_tftp *m)
{
    struct box *b = pxk_box_of_sender(t, f);
    if (!b && (b = pxk_box_for(t, &f->src)) && !b->s.ip)
        pxk_box_address(t, b, f->from);
    if (!b)
        return;
    pxk_box_touch(t, b);
    pxk_box_answered(t, b);
    pxk_box_grew(t, b);
    char file[sizeof((struct pxk_transfer){0}).file];
    pxk_quote(file, sizeof file, m->file, strlen(m->file));
    struct pxk_transfer *tr = repeated(t, b, f, file);
    if (!tr)
        tr = transfer_new(t, b, f);
    if (!tr)
        return;
    (void)note_packet(t, tr); /* how long it waited shows in longest_silence */
    tr->fallen += tr->oack || tr->blocks;
    tr->requests++;
    size_t index = (size_t)(tr - b->s.transfers.at);
    struct flow *fl = pxk_flow_get(t, f->from, f->sport);
    if (!fl || fl->box != b || fl->transfer != index) {
        fl = pxk_flow_open(t, b, f->from, f->sport);
        fl->transfer = index;
        fl->head_open = true;
        tr->client_port = f->sport;
        read_request(m, tr, fl);
    }
    fl->asked_at = t->now;
    pxk_event_transfer(t, PXK_EVENT_TFTP_REQUEST, fl, true);
}

/* ---- progress ---- */

static void count_bytes(const struct flow *fl, struct pxk_transfer *tr)
{
    if (fl->last_block && tr->blocks >= fl->last_block)
        tr->bytes = (fl->last_block - 1) * tr->blksize + fl->last_len;
    else
        tr->bytes = tr->blocks * tr->blksize;
}

static void progress(struct pxk_tracker *t, struct flow *fl, struct pxk_transfer *tr)
{
    count_bytes(fl, tr);
    tr->stuck = 0;
    tr->progress = t->now;
    if (fl->last_block && tr->blocks >= fl->last_block && tr->state == PXK_TRANSFER_RUNNING) {
        tr->state = PXK_TRANSFER_DONE;
        pxk_event_transfer(t, PXK_EVENT_TFTP_DONE, fl, false);
    }
}

static bool is_text(const uint8_t *data, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool space = data[i] == '\n' || data[i] == '\r' || data[i] == '\t' || data[i] == '\f';
        if (data[i] < 0x20 && !space)
            return false;
    }
    return true;
}

/* As much as there is, no more: most texts fit one block, and thousands of heads are kept. */
static size_t head_room(struct flow *fl, struct pxk_transfer *tr, const uint8_t *data, size_t have)
{
    if (!tr->head_len)
        fl->head_text = is_text(data, have);
    size_t max = fl->head_text ? PXK_HEAD_TEXT_MAX : PXK_HEAD_MAX, want = tr->head_len + have;
    want = want < max ? want : max;
    if (want <= tr->head_cap)
        return want - tr->head_len;
    size_t cap = want < 2 * tr->head_cap ? 2 * tr->head_cap : want;
    uint8_t *head = realloc(tr->head, cap < max ? cap : max);
    if (!head)
        return 0;
    tr->head = head;
    tr->head_cap = cap < max ? cap : max;
    return want - tr->head_len;
}

static void head_add(struct flow *fl, struct pxk_transfer *tr, const uint8_t *data, size_t have, size_t len)
{
    if (!fl->head_open || !have)
        return;
    size_t n = head_room(fl, tr, data, have);
    if (n)
        memcpy(tr->head + tr->head_len, data, n);
    tr->head_len += n;
    fl->head_open = have == len && n == have;
}

/* The last bytes so far: an archive's checksum stands there. */
static void tail_add(struct pxk_transfer *tr, const uint8_t *data, size_t have, size_t len)
{
    bool gap = have != len || (tr->blocks && !tr->tail_len && len < PXK_TAIL_MAX);
    if (gap || !data) {
        tr->tail_len = 0;
        return;
    }
    size_t n = len < PXK_TAIL_MAX ? len : PXK_TAIL_MAX;
    size_t keep = tr->tail_len < PXK_TAIL_MAX - n ? tr->tail_len : PXK_TAIL_MAX - n;
    memmove(tr->tail, tr->tail + tr->tail_len - keep, keep);
    memcpy(tr->tail + keep, data + len - n, n);
    tr->tail_len = (uint8_t)(keep + n);
}

/* The expected block is there, and after it come those that were ahead of it. */
static void block_taken(struct flow *fl, struct pxk_transfer *tr)
{
    bool seen = false;
    do {
        fl->head_open = fl->head_open && !seen; /* those that were ahead left no bytes */
        if (seen)
            tr->tail_len = 0;
        tr->blocks++;
        seen = fl->ahead & 1;
        fl->ahead >>= 1;
    } while (seen);
}

/* A block that was there already. One that follows the first at once was not asked for by anybody's time-out. */
static void data_again(struct flow *fl, struct pxk_transfer *tr)
{
    tr->repeats++;
    if (fl->quiet >= AT_ONCE || tr->window > 1)
        return;
    tr->doubled++;
    tr->echoes += fl->echo;
    fl->echo = false;
    if (!tr->doubled_from)
        tr->doubled_from = tr->blocks;
}

/* How far the block is from the one that is due. A server that goes on with 1 after 65535 leaves a number out. */
static int data_distance(struct flow *fl, struct pxk_transfer *tr, uint16_t block)
{
    uint16_t due = (uint16_t)(tr->blocks + 1 + fl->skipped);
    if (due == 0 && block < 2 && tr->window == 1 && !fl->ahead) {
        tr->rollover = block ? PXK_ROLLOVER_TO_1 : PXK_ROLLOVER_TO_0;
        fl->skipped = (uint16_t)(fl->skipped + block);
        due = block;
    }
    return (int16_t)(uint16_t)(block - due);
}

/* Agreed are the OACK's blocks, and 512 bytes where nobody spoke of them. */
static void size_check(const struct pxk_tracker *t, struct pxk_transfer *tr, size_t len)
{
    if (!tr->oack && !tr->blocks && len > tr->blksize && tr->asked_blksize >= len) {
        tr->blksize = (uint32_t)len; /* its OACK is not in the capture */
        return;
    }
    if (len <= tr->blksize)
        return;
    if (!tr->oversize)
        tr->oversize_frame = t->number;
    tr->oversize = tr->oversize > len ? tr->oversize : (uint32_t)len;
}

static void data_input(struct pxk_tracker *t, struct flow *fl, uint16_t block, struct pxk_rd *r, size_t len)
{
    struct pxk_transfer *tr = pxk_flow_transfer(fl);
    int distance = data_distance(fl, tr, block);
    tr->data_packets++;
    tr->unheard++;
    tr->wire_bytes += t->frame_wire;
    size_check(t, tr, len);
    if (distance < 0) {
        data_again(fl, tr);
        return;
    }
    if (tr->state == PXK_TRANSFER_DONE && fl->by_tsize && len) {
        tr->state = PXK_TRANSFER_RUNNING; /* the told size was too small */
        fl->by_tsize = false;
    }
    if (len < tr->blksize && !fl->last_block) {
        fl->last_block = tr->blocks + 1 + (uint64_t)distance;
        fl->last_len = (uint32_t)len;
    }
    if (distance > 0) {
        uint64_t bit = distance <= 64 ? (uint64_t)1 << (distance - 1) : 0;
        tr->repeats += (fl->ahead & bit) != 0;
        fl->ahead |= bit;
        if (!bit)
            fl->far = tr->blocks + 1 + (uint64_t)distance;
        tr->gaps++;
        return;
    }
    bool first = tr->blocks == 0;
    size_t have = pxk_rd_left(r);
    const uint8_t *data = pxk_rd_take(r, have);
    head_add(fl, tr, data, have, len);
    tail_add(tr, data, have, len);
    block_taken(fl, tr);
    if (first) {
        tr->first_data = t->now;
        count_bytes(fl, tr);
        pxk_event_transfer(t, PXK_EVENT_TFTP_DATA, fl, false);
    }
    progress(t, fl, tr);
}

/* The capture was cut before the block number (64 bytes of an IPv6 frame end there): the client's ACK will tell it. Of a
 * packet that has not even its opcode, what a server sends in the middle of a transfer is DATA. */
static void unnumbered_input(struct pxk_tracker *t, struct flow *fl, size_t len)
{
    struct pxk_transfer *tr = pxk_flow_transfer(fl);
    tr->data_packets++;
    tr->wire_bytes += t->frame_wire;
    fl->head_open = false;
    if (len >= tr->blksize || fl->last_block)
        return;
    fl->short_unnumbered = true;
    fl->last_len = (uint32_t)len;
}

/* Of the next @n blocks, those that never passed by. */
static uint64_t unseen(const struct flow *fl, const struct pxk_transfer *tr, unsigned n)
{
    uint64_t mask = n > 64 ? UINT64_MAX : ((uint64_t)1 << (n - 1)) - 1; /* the first of them is not in `ahead` */
    uint64_t seen = (uint64_t)__builtin_popcountll(fl->ahead & mask);
    seen += fl->far > tr->blocks + 65 && fl->far <= tr->blocks + n;
    return n - seen;
}

/* Short of a whole window: the block behind this one was lost. */
static void window_note(const struct flow *fl, struct pxk_transfer *tr, uint16_t block)
{
    uint16_t came = (uint16_t)(block - fl->acked);
    bool end = fl->last_block && tr->blocks >= fl->last_block;
    bool echo = !came && fl->quiet < AT_ONCE; /* told twice, lost once */
    if (came >= tr->window || end || echo)
        return;
    if (2u * came >= tr->window)
        tr->lost_late++;
    else
        tr->lost_early++;
}

/* The client has everything up to this block. */
static void ack_input(struct pxk_tracker *t, struct flow *fl, uint16_t block)
{
    struct pxk_transfer *tr = pxk_flow_transfer(fl);
    int distance = (int16_t)(uint16_t)(block - (uint16_t)(tr->blocks + fl->skipped));
    bool again = tr->acks++ && fl->acked == block;
    if (again) {
        tr->stuck++;
        tr->ack_repeats++;
    }
    fl->echo = again && fl->quiet < AT_ONCE;
    if (tr->window > 1 && tr->acks > 1 && tr->state == PXK_TRANSFER_RUNNING)
        window_note(fl, tr, block);
    fl->acked = block;
    if (distance <= 0 && (uint64_t)-distance <= tr->blocks && tr->blocks - (uint64_t)-distance > tr->taken)
        tr->taken = tr->blocks - (uint64_t)-distance;
    if (tr->state != PXK_TRANSFER_RUNNING)
        return;
    if (distance > 0) {
        tr->missed += unseen(fl, tr, (unsigned)distance);
        tr->blocks += (uint64_t)distance;
        tr->taken = tr->blocks;
        fl->ahead = distance < 64 ? fl->ahead >> distance : 0;
        fl->head_open = false;
        if (fl->short_unnumbered)
            fl->last_block = tr->blocks;
        tr->tail_len = 0;
        progress(t, fl, tr);
    }
    if (tr->state == PXK_TRANSFER_RUNNING && tr->has_tsize && tr->blocks && distance >= 0 &&
        tr->bytes == tr->tsize) {
        tr->state = PXK_TRANSFER_DONE; /* a multiple of blksize; some servers send no empty last block */
        fl->by_tsize = true;
        pxk_event_transfer(t, PXK_EVENT_TFTP_DONE, fl, false);
    }
}

static void oack_input(struct pxk_tracker *t, struct flow *fl, const struct pxk_tftp *m)
{
    struct pxk_transfer *tr = pxk_flow_transfer(fl);
    tr->unheard++;
    if (tr->oack || tr->blocks)
        return;
    const struct pxk_tftp_opt *blksize = pxk_tftp_find(m, PXK_TFTP_OPT_BLKSIZE);
    const struct pxk_tftp_opt *window = pxk_tftp_find(m, PXK_TFTP_OPT_WINDOWSIZE);
    const struct pxk_tftp_opt *tsize = pxk_tftp_find(m, PXK_TFTP_OPT_TSIZE);
    tr->oack = true;
    if (blksize && blksize->in_range)
        tr->blksize = (uint32_t)blksize->number;
    if (window && window->in_range)
        tr->window = (uint32_t)window->number;
    tr->has_tsize = tsize && tsize->is_number;
    if (tr->has_tsize)
        tr->tsize = tsize->number;
    for (unsigned i = 0; i < m->opt_n; i++)
        tr->oack_unasked |= !(fl->asked >> m->opt[i].id & 1) || !m->opt[i].in_range;
    tr->oack_unasked |= m->opts_cut || (blksize && blksize->number > tr->asked_blksize) ||
                        (window && window->number > tr->asked_window);
    pxk_event_transfer(t, PXK_EVENT_TFTP_OACK, fl, false);
}

/* ---- errors ---- */

static void error_input(struct pxk_tracker *t, struct flow *fl, const struct pxk_tftp *m, bool from_client)
{
    struct pxk_transfer *tr = pxk_flow_transfer(fl);
    /* All has passed by, but the client has no room for it, and says so in place of its last ACK. */
    bool no_room = from_client && m->error == PXK_TFTP_E_DISK_FULL && tr->state == PXK_TRANSFER_DONE &&
                   !(tr->acks && fl->acked == (uint16_t)tr->blocks);
    if (tr->state > PXK_TRANSFER_RUNNING && !no_room)
        return;
    tr->state = from_client ? PXK_TRANSFER_ABORTED : PXK_TRANSFER_REFUSED;
    tr->error = m->error;
    tr->error_frame = t->number;
    pxk_quote(tr->message, sizeof tr->message, m->message, m->message_len);
    tr->probe = from_client && tr->oack && tr->asked_tsize && tr->blocks == 0 &&
                (m->error == PXK_TFTP_E_UNDEFINED || m->error == PXK_TFTP_E_OPTION);
    pxk_event_transfer(t, PXK_EVENT_TFTP_ERROR, fl, from_client);
}

/* ---- packets of a flow ---- */

/* The client chooses: the port that it acknowledges to is the transfer's. */
static void client_input(struct pxk_tracker *t, struct flow *fl, const struct pxk_frame *f,
                         const struct pxk_tftp *m, bool is_ack)
{
    struct pxk_transfer *tr = pxk_flow_transfer(fl);
    if (is_ack && tr->state <= PXK_TRANSFER_RUNNING)
        tr->server_port = f->dport;
    else if (tr->server_port && tr->server_port != f->dport)
        return;
    fl->quiet = note_packet(t, tr);
    tr->unheard = 0;
    if (tr->state == PXK_TRANSFER_ASKED)
        tr->state = PXK_TRANSFER_RUNNING; /* it answers something that the capture does not have */
    if (is_ack)
        ack_input(t, fl, m->block);
    else
        error_input(t, fl, m, true);
}

static bool server_input(struct pxk_tracker *t, struct flow *fl, const struct pxk_frame *f)
{
    struct pxk_transfer *tr = pxk_flow_transfer(fl);
    if (!tr->server_port) {
        tr->server_port = f->sport;
        tr->answered_from = f->from;
        tr->progress = t->now;
        tr->answered = t->now;
        tr->answer_delay = pxk_usec_since(fl->asked_at, t->now);
    }
    if (tr->server_port != f->sport)
        return false;
    fl->quiet = note_packet(t, tr);
    return true;
}

static void flow_input(struct pxk_tracker *t, struct flow *fl, const struct pxk_frame *f, bool from_client)
{
    struct pxk_tftp *m = &t->tftp;
    struct pxk_rd r = pxk_rd_init(f->payload, f->payload_len);
    enum { DATA_HEADER = 4 };
    uint16_t op = pxk_rd_u16(&r);
    bool cut = pxk_rd_left(&r) < 2;
    m->block = pxk_rd_u16(&r);
    if (cut && (f->payload_wire < DATA_HEADER || from_client || (f->payload_len >= 2 && op != PXK_TFTP_DATA)))
        return;
    pxk_box_touch(t, fl->box);
    if (cut) {
        if (pxk_flow_transfer(fl)->state == PXK_TRANSFER_RUNNING && server_input(t, fl, f))
            unnumbered_input(t, fl, f->payload_wire - DATA_HEADER);
        return;
    }
    if (op == PXK_TFTP_DATA || op == PXK_TFTP_ACK) { /* the bulk: not decoded further */
        if (from_client && op == PXK_TFTP_ACK) {
            client_input(t, fl, f, m, true);
        } else if (!from_client && op == PXK_TFTP_DATA && server_input(t, fl, f)) {
            if (pxk_flow_transfer(fl)->state == PXK_TRANSFER_ASKED)
                pxk_flow_transfer(fl)->state = PXK_TRANSFER_RUNNING;
            data_input(t, fl, m->block, &r, f->payload_wire - DATA_HEADER);
        }
        return;
    }
    if (pxk_tftp_decode(f->payload, f->payload_len, m) != PXK_OK)
        return;
    pxk_flow_transfer(fl)->answers += !from_client && op == PXK_TFTP_OACK;
    if (from_client && op == PXK_TFTP_ERROR) {
        client_input(t, fl, f, m, false);
    } else if (!from_client && op == PXK_TFTP_ERROR && server_input(t, fl, f)) {
        error_input(t, fl, m, false);
    } else if (!from_client && op == PXK_TFTP_OACK && server_input(t, fl, f)) {
        if (pxk_flow_transfer(fl)->state == PXK_TRANSFER_ASKED)
            pxk_flow_transfer(fl)->state = PXK_TRANSFER_RUNNING;
        oack_input(t, fl, m);
    }
}

void pxk_track_tftp(struct pxk_tracker *t, const struct pxk_frame *f)
{
    struct pxk_rd r = pxk_rd_init(f->payload, f->payload_len);
    if (f->dport == PXK_TFTP_PORT && pxk_rd_u16(&r) == PXK_TFTP_RRQ) {
        if (pxk_tftp_decode(f->payload, f->payload_len, &t->tftp) == PXK_OK)
            request_input(t, f, &t->tftp);
        return;
    }
    struct flow *fl = pxk_flow_get(t, f->to, f->dport);
    bool from_client = !fl;
    if (from_client)
        fl = pxk_flow_get(t, f->from, f->sport);
    if (fl)
        flow_input(t, fl, f, from_client);
}
