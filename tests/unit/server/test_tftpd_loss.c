/* Whole transfers over a cable that loses, doubles and reorders, by seed; time is virtual. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "pxk/engine/tftpd.h"

/* A file without storage: each byte is a function of its place. */
static uint8_t byte_at(uint64_t i)
{
    return (uint8_t)(i * 2654435761u >> 13);
}

static uint64_t size;

static enum pxk_err gen_open(void *ctx, const char *path, void **file, uint64_t *out)
{
    (void)ctx;
    (void)path;
    *file = NULL;
    *out = size;
    return PXK_OK;
}

static enum pxk_err gen_read(void *ctx, void *file, uint64_t offset, void *buf, size_t n)
{
    (void)ctx;
    (void)file;
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)buf)[i] = byte_at(offset + i);
    return PXK_OK;
}

static void gen_close(void *ctx, void *file)
{
    (void)ctx;
    (void)file;
}

/* ---- the cable: datagrams in flight, each with its time ---- */

enum { FLIGHT_MAX = 4096, DATAGRAM_MAX = 1600 };
struct datagram {
    pxk_usec at;
    uint64_t order; /* of sending: the same time must not mean any order */
    bool to_client;
    size_t len;
    uint8_t data[DATAGRAM_MAX];
};
static struct datagram flight[FLIGHT_MAX];
static size_t flight_n;
static uint64_t sent_n;

struct cable {
    unsigned loss, twice, jitter_us; /* per thousand, per thousand, microseconds */
    uint64_t seed;
};
static struct pxk_rand dice;
static pxk_usec now;

static void put(const struct cable *c, bool to_client, const void *data, size_t len)
{
    unsigned copies = pxk_rand_below(&dice, 1000) < c->loss    ? 0
                      : pxk_rand_below(&dice, 1000) < c->twice ? 2
                                                               : 1;
    for (; copies && flight_n < FLIGHT_MAX; copies--) {
        struct datagram *d = &flight[flight_n++];
        d->at = now + 100 + (c->jitter_us ? pxk_rand_below(&dice, c->jitter_us) : 0);
        d->order = sent_n++;
        d->to_client = to_client;
        d->len = len;
        memcpy(d->data, data, len);
    }
}

static bool is_before(const struct datagram *a, const struct datagram *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static bool take(struct datagram *out, pxk_usec until)
{
    size_t best = flight_n;
    for (size_t i = 0; i < flight_n; i++)
        if (flight[i].at <= until && (best == flight_n || is_before(&flight[i], &flight[best])))
            best = i;
    if (best == flight_n)
        return false;
    *out = flight[best];
    flight[best] = flight[--flight_n];
    return true;
}

/* ---- a client as RFC 1350 and 7440 have it: ACK at the end of a window, at a gap, at the end ----
 */

struct client {
    uint64_t expected; /* block, from 1 */
    uint64_t bytes;
    unsigned in_window, windowsize;
    size_t blksize;
    bool options, has_oack, done, wrong;
    pxk_usec deadline;
};

static void client_ack(const struct cable *c, struct client *k)
{
    uint64_t block = k->expected - 1;
    uint8_t p[] = {0, 4, (uint8_t)(block >> 8), (uint8_t)block};
    put(c, false, p, 4);
    k->in_window = 0;
    k->deadline = now + 3 * PXK_SEC;
}

static void client_data(const struct cable *c, struct client *k, const struct pxk_tftp *m)
{
    if (k->options && !k->has_oack)
        return;
    if (m->block != (uint16_t)k->expected) {
        if (!k->done && (uint16_t)(m->block - k->expected) < 0x8000)
            client_ack(c, k); /* a gap */
        else if (k->windowsize == 1 || k->done)
            client_ack(c, k); /* the server did not hear our ACK */
        return;
    }
    for (size_t i = 0; i < m->data_len; i++)
        k->wrong = k->wrong || m->data[i] != byte_at(k->bytes + i);
    k->bytes += m->data_len;
    k->expected++;
    k->done = m->data_len < k->blksize;
    if (++k->in_window >= k->windowsize || k->done)
        client_ack(c, k);
}

static void client_input(const struct cable *c, struct client *k, const struct datagram *d)
{
    struct pxk_tftp m;
    cr_assert_eq(pxk_tftp_decode(d->data, d->len, &m), PXK_OK);
    if (m.op == PXK_TFTP_OACK) {
        k->has_oack = true;
        if (k->expected == 1)
            client_ack(c, k);
    } else if (m.op == PXK_TFTP_DATA) {
        client_data(c, k, &m);
    } else {
        k->wrong = true;
    }
}

/* ---- together ---- */

struct run {
    struct cable cable;
    uint64_t size;
    unsigned blksize, windowsize; /* 0: option not sent */
};

static void pump(const struct cable *c, struct pxk_tftpd *t)
{
    static uint8_t buf[PXK_TFTPD_PACKET_MAX];
    for (size_t n; (n = pxk_tftpd_output(t, buf, sizeof buf, now)) > 0;)
        put(c, true, buf, n);
}

static void start(struct pxk_tftpd *t, const struct run *r)
{
    static const struct pxk_tftpd_files files = {gen_open, gen_read, gen_close, NULL};
    static const struct pxk_tftpd_limits limits = {
        .max_blksize = 1468, .max_windowsize = 64, .tries = 30, .rto_max = PXK_SEC};
    uint8_t packet[200];
    struct pxk_tftp m;
    struct pxk_wr w = pxk_wr_init(packet, sizeof packet);
    pxk_tftp_write_request(&w, PXK_TFTP_RRQ, "f", "octet");
    if (r->blksize)
        pxk_tftp_write_opt(&w, PXK_TFTP_OPT_BLKSIZE, r->blksize);
    if (r->windowsize)
        pxk_tftp_write_opt(&w, PXK_TFTP_OPT_WINDOWSIZE, r->windowsize);
    cr_assert_eq(pxk_tftp_decode(packet, pxk_wr_len(&w), &m), PXK_OK);
    pxk_tftpd_start(t, &m, &limits, &files, now);
}

static void run(const struct run *r, struct pxk_tftpd *t, struct client *k)
{
    struct datagram d;
    *k = (struct client){.expected = 1,
                         .windowsize = r->windowsize ? r->windowsize : 1,
                         .blksize = r->blksize ? r->blksize : 512,
                         .options = r->blksize || r->windowsize,
                         .deadline = PXK_NEVER};
    dice = pxk_rand_init(r->cable.seed);
    now = flight_n = 0;
    size = r->size;
    start(t, r);
    pump(&r->cable, t);
    for (unsigned steps = 0; steps < 2000000 && t->end == PXK_TFTPD_RUNNING; steps++) {
        pxk_usec wake = pxk_usec_min(pxk_tftpd_deadline(t), k->deadline);
        if (take(&d, wake)) {
            now = d.at > now ? d.at : now;
            if (d.to_client)
                client_input(&r->cable, k, &d);
            else
                pxk_tftpd_input(t, d.data, d.len, now);
        } else {
            now = wake;
            if (k->deadline <= now && !k->done)
                client_ack(&r->cable, k);
            else if (k->deadline <= now)
                k->deadline = PXK_NEVER;
            pxk_tftpd_expire(t, now);
        }
        pump(&r->cable, t);
    }
}

ParameterizedTestParameters(tftpd_loss, arrives_whole)
{
    static struct run runs[] = {
        {{0, 0, 0, 1}, 100000, 0, 0},           {{0, 0, 0, 1}, 1468 * 40, 1468, 4},
        {{100, 0, 0, 2}, 200000, 0, 0},         {{0, 200, 0, 3}, 200000, 0, 0},
        {{0, 0, 3000, 4}, 200000, 1468, 1},     {{50, 50, 2000, 5}, 300000, 1432, 0},
        {{20, 0, 0, 6}, 1000000, 1468, 4},      {{20, 20, 500, 7}, 1000000, 1468, 16},
        {{50, 50, 2000, 8}, 1000000, 1468, 64}, {{100, 100, 5000, 9}, 500000, 512, 8},
        {{200, 0, 0, 10}, 100000, 1024, 2},     {{0, 0, 20000, 11}, 300000, 1468, 64},
    };
    return cr_make_param_array(struct run, runs, PXK_COUNT(runs));
}
ParameterizedTest(struct run *r, tftpd_loss, arrives_whole)
{
    struct pxk_tftpd t;
    struct client k;
    for (uint64_t i = 0; i < 8; i++) {
        struct run again = *r;
        again.cable.seed = r->cable.seed * 1000 + i;
        run(&again, &t, &k);
        cr_assert_eq(t.end, PXK_TFTPD_DONE, "seed %llu: end %d at block %llu",
                     (unsigned long long)again.cable.seed, t.end, (unsigned long long)t.base);
        cr_assert(k.done && !k.wrong);
        cr_assert_eq(k.bytes, r->size);
    }
}

/* 65535 blocks and more: the number goes on at 0. Twice round. */
Test(tftpd_loss, block_numbers_wrap)
{
    static const struct run runs[] = {{{0, 0, 0, 1}, 8ull * 140000 + 5, 8, 0},
                                      {{0, 0, 0, 2}, 8ull * 140000, 8, 64},
                                      {{5, 5, 50, 3}, 8ull * 70000, 8, 16}};
    struct pxk_tftpd t;
    struct client k;
    for (size_t i = 0; i < PXK_COUNT(runs); i++) {
        run(&runs[i], &t, &k);
        cr_assert_eq(t.end, PXK_TFTPD_DONE, "run %zu: %d at %llu", i, t.end,
                     (unsigned long long)t.base);
        cr_assert(k.done && !k.wrong);
        cr_assert_eq(k.bytes, runs[i].size);
    }
}

Test(tftpd_loss, without_loss_nothing_is_sent_twice)
{
    struct pxk_tftpd t;
    struct client k;
    run(&(struct run){{0, 0, 0, 1}, 1000000, 1468, 16}, &t, &k);
    cr_assert_eq(t.resent, 0);
    cr_assert_eq(t.sent_bytes, 1000000);
    run(&(struct run){{0, 1000, 0, 1}, 100000, 0, 0}, &t, &k); /* everything doubled, window 1 */
    cr_assert_eq(t.resent, 0);
}

/* One loss must cost about one window, not one window per late block. */
Test(tftpd_loss, a_loss_costs_a_window)
{
    struct pxk_tftpd t;
    struct client k;
    run(&(struct run){{10, 0, 0, 5}, 1468 * 6400, 1468, 64}, &t, &k);
    cr_assert_eq(t.end, PXK_TFTPD_DONE);
    cr_assert_lt(t.resent, 6400u * 10 / 1000 * 64 * 2);
}
