/* A client of the emulator on a table: the frames it sends are kept, what it receives is made here. */
#ifndef PXK_TESTS_EMULATOR_RIG_H
#define PXK_TESTS_EMULATOR_RIG_H

#include "client.h"

#define RIG_FRAMES 64

struct rig {
    struct pxk_tracker *tracker;
    struct pxk_client *client;
    pxk_usec now;
    struct {
        uint8_t data[PXK_FRAME_MAX];
        size_t len;
    } sent[RIG_FRAMES];
    unsigned sent_n;
    struct pxk_mac server_mac;
    pxk_ip4 server;
};

void rig_init(struct rig *r, const char *persona, uint16_t arch, const struct pxk_pace *pace, const uint8_t uuid[16]);
/** The same with all of a client's options. */
void rig_init_with(struct rig *r, const struct pxk_client_opts *opts);
void rig_done(struct rig *r);
/** Advance the clock to the client's next deadline and let it act. False: it has none. */
bool rig_step(struct rig *r);
/** A UDP packet from the rig's server to the client, at the address it would be sent to. */
void rig_udp(struct rig *r, pxk_ip4 src, pxk_ip4 dst, uint16_t sport, uint16_t dport, const void *payload, size_t len);
/** The last message to the DHCP port or to 4011, decoded: valid until the next frame. Fails the test if there is none. */
void rig_dhcp(struct rig *r, uint16_t dport, struct pxk_dhcp4 *m);
/** A captured DHCP answer, with the client's transaction id. */
void rig_answer(struct rig *r, const char *vector);
/** Answer the last ARP request that the client sent, if it asked for the server. */
void rig_arp(struct rig *r);
/** The last frame that was sent, decoded; fails the test if there is none. */
void rig_last(const struct rig *r, struct pxk_frame *f);
/** Index of the last sent UDP frame to @dport, -1 if none. */
int rig_find(const struct rig *r, uint16_t dport, struct pxk_frame *f);
uint32_t rig_xid(const struct rig *r);

#endif
