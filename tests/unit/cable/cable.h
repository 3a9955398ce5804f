/* A cable under test: numbered frames in, a log of what came out, and the balance of each direction. */
#ifndef PXK_TESTS_CABLE_H
#define PXK_TESTS_CABLE_H

#include <criterion/criterion.h>
#include <stdlib.h>

#include "pxk/sim.h"

#define LOG_MAX   20000u
#define CLIENT_IP PXK_IP4(10, 0, 0, 7)
#define SERVER_IP PXK_IP4(10, 0, 0, 1)

static const struct pxk_mac client_mac = {{2, 0, 0, 0, 0, 7}}, server_mac = {{2, 0, 0, 0, 0, 1}};

struct seen {
    enum pxk_cable_port to;
    pxk_usec at;
    uint32_t number; /* of a frame made by numbered() */
    size_t len;
};

static struct seen seen[LOG_MAX];
static size_t seen_n;
static uint8_t last_data[70000];

static inline struct pxk_cable *cable_new(const struct pxk_cable_opts *o)
{
    struct pxk_cable *c = NULL;
    seen_n = 0;
    cr_assert_eq(pxk_cable_new(o, 0, &c), PXK_OK);
    return c;
}

static inline uint64_t dropped_all(const struct pxk_cable_count *n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < PXK_CABLE_DROP_N; i++)
        sum += n->dropped[i];
    return sum;
}

/** Nothing is lost without a cause, and nothing comes from nowhere. */
static inline void balanced(const struct pxk_cable *c)
{
    for (int p = PXK_CABLE_A; p <= PXK_CABLE_B; p++) {
        const struct pxk_cable_count *n = pxk_cable_count(c, (enum pxk_cable_port)p);
        cr_assert_eq(n->in + n->duplicated + n->answers,
                     n->out + dropped_all(n) + pxk_cable_queued(c, (enum pxk_cable_port)p));
    }
}

static inline uint64_t dropped(const struct pxk_cable *c, enum pxk_cable_port from, enum pxk_cable_drop why)
{
    return pxk_cable_count(c, from)->dropped[why];
}

/** Take what is due at @now into the log; how many frames. */
static inline size_t take(struct pxk_cable *c, pxk_usec now)
{
    struct pxk_cable_frame f;
    size_t before = seen_n;
    while (pxk_cable_next(c, now, &f)) {
        struct pxk_rd r = pxk_rd_init(f.data, f.len);
        (void)pxk_rd_take(&r, PXK_ETH_HEADER);
        cr_assert_lt(seen_n, LOG_MAX);
        seen[seen_n++] = (struct seen){f.to, f.at, pxk_rd_u32(&r), f.len};
        memcpy(last_data, f.data, f.len);
    }
    balanced(c);
    return seen_n - before;
}

/** Take everything, each at its deadline. */
static inline size_t drain(struct pxk_cable *c)
{
    size_t before = seen_n;
    for (pxk_usec at; (at = pxk_cable_deadline(c)) != PXK_NEVER;)
        (void)take(c, at);
    return seen_n - before;
}

/** A frame of @len bytes of an unknown type; its number follows the header if there is room. */
static inline void numbered_len(struct pxk_cable *c, enum pxk_cable_port port, uint32_t number, size_t len,
                                pxk_usec now)
{
    uint8_t *frame = calloc(1, len ? len : 1); /* exact, so that a read past its end is seen */
    cr_assert_not_null(frame);
    struct pxk_wr w = pxk_wr_init(frame, len);
    pxk_wr_bytes(&w, server_mac.b, 6);
    pxk_wr_bytes(&w, client_mac.b, 6);
    pxk_wr_u16(&w, 0x88b5);
    pxk_wr_u32(&w, number);
    pxk_cable_input(c, port, frame, len, now);
    free(frame);
}

static inline void numbered(struct pxk_cable *c, uint32_t number, pxk_usec now)
{
    numbered_len(c, PXK_CABLE_A, number, 64, now);
}

/** What a UDP frame is made of; zero fields get values of a client at port A. */
struct udp {
    uint16_t sport, dport, vlan;
    size_t payload;
    bool df;
    pxk_ip4 src, dst;
};

static inline size_t udp_make(uint8_t *out, size_t cap, const struct udp *u)
{
    static const uint8_t payload[65536];
    struct pxk_wr w = pxk_wr_init(out, cap);
    struct pxk_eth_out eth = {.dst = server_mac, .src = client_mac, .vlan = u->vlan};
    pxk_ip4 src = u->src ? u->src : CLIENT_IP, dst = u->dst ? u->dst : SERVER_IP;
    struct pxk_ip4_out ip = {.src = src, .dst = dst, .ttl = 64, .df = u->df};
    pxk_frame_write_udp(&w, &eth, &ip, u->sport, u->dport, payload, u->payload);
    cr_assert_eq(w.err, PXK_OK);
    return pxk_wr_len(&w);
}

static inline void udp_send(struct pxk_cable *c, enum pxk_cable_port port, const struct udp *u, pxk_usec now)
{
    static uint8_t frame[66000];
    pxk_cable_input(c, port, frame, udp_make(frame, sizeof frame, u), now);
}

#endif
