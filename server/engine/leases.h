/* The lease table: every address that may be given out, found by client and by address in constant
 * time. Addresses in one state wait in the order in which they will leave it, so expiry looks only at
 * the heads; as each state lasts equally long for all, the end is nearly always where one belongs. */
#ifndef PXK_ENGINE_LEASES_H
#define PXK_ENGINE_LEASES_H

#include "pxk/engine/dhcpd.h"

/* Who a client is: its hardware address. Client ids change between the stages of one boot (wire:
 * "two different IPs for one machine"), so they count only where there is no hardware address. */
struct client_key {
    uint8_t type, len;
    uint8_t b[16];
};

enum lease_state { LEASE_FREE, LEASE_OFFERED, LEASE_BOUND, LEASE_DECLINED, LEASE_STATES };
#define LEASE_NONE UINT32_MAX

struct lease {
    pxk_ip4 ip;
    enum lease_state state;
    struct client_key key; /* len 0: nobody's; of a free lease: who had it last */
    bool kept;             /* never given to just anybody: reserved, or the server's own address */
    const struct pxk_dhcpd_reservation *reservation;
    pxk_usec until;
    bool naked; /* this client was refused once on purpose */
    uint8_t client_id_len, client_id[PXK_DHCPD_CLIENT_ID_MAX];
    uint32_t prev, next; /* in the queue of its state */
    uint32_t next_key, next_ip;
};

struct leases {
    struct lease *at;
    uint32_t n;
    uint32_t *by_key, *by_ip, mask;
    struct {
        uint32_t head, tail, n;
    } queue[LEASE_STATES];
    uint64_t seed;
    void (*changed)(void *ctx, const struct lease *l, enum pxk_dhcpd_lease_state how); /* may be NULL */
    void *changed_ctx;
};

PXK_MUST_USE enum pxk_err leases_init(struct leases *ls, const struct pxk_dhcpd_config *config);
void leases_done(struct leases *ls);

struct client_key client_key_of_mac(const struct pxk_mac *mac);
struct lease *leases_by_key(struct leases *ls, const struct client_key *key);
struct lease *leases_by_ip(struct leases *ls, pxk_ip4 ip);
/* Free of anybody, longest unused first; NULL if none. */
struct lease *leases_spare(struct leases *ls);
void leases_expire(struct leases *ls, pxk_usec now);
/* Into its new state's queue. Whoever has .changed is told what is no mere offer. */
void lease_move(struct leases *ls, struct lease *l, enum lease_state state, pxk_usec until);
/* From now on @key's; the client's other address, if it has one, becomes free. */
void lease_take(struct leases *ls, struct lease *l, const struct client_key *key);
bool lease_is_of(const struct lease *l, const struct client_key *key);

#endif
