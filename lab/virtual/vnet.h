/* A switch, what is plugged into it, and the time, all in memory: a port has a cable of lib/sim or none, and stations:
 * machines with a MAC, which hear frames and have deadlines. Nothing here waits: time jumps to the next thing that
 * happens. All chance is the cables': the same calls give the same frames at the same times. */
#ifndef PXK_VIRTUAL_VNET_H
#define PXK_VIRTUAL_VNET_H

#include "client.h"
#include "pxk/base.h"
#include "pxk/sim.h"
#include "vhost.h"

#define PXK_VNET_WAITING_MAX 65536u /* frames inside the switch, or not yet sent */
#define PXK_VNET_STILL_MAX   200000u /* steps without time going on: a machine does not come to rest */

struct pxk_vnet; /* opaque */

struct pxk_vnet_opts {
    pxk_usec start;   /* what the time is at first */
    pxk_usec forward; /* how long the switch takes for a frame */
    /** What captures at the clients' ports hold: each frame that a client sends, as it is sent, and each that arrives for
     * one, once though it may reach several ports (pxk_ear_tells()). NULL: nobody looks. */
    void (*watch)(void *ctx, const uint8_t *frame, size_t len, pxk_usec now);
    /** @station sends. False: the frame is lost at once. NULL: none is. */
    bool (*leaves)(void *ctx, size_t station, const uint8_t *frame, size_t len);
    void *ctx;
};

PXK_MUST_USE enum pxk_err pxk_vnet_new(const struct pxk_vnet_opts *opts, struct pxk_vnet **out);
/** Stations are the caller's; those of pxk_vnet_client_add() and pxk_vnet_host_add() end with it. NULL is fine. */
struct pxk_vnet *pxk_vnet_free(struct pxk_vnet *net);

/** Ports and stations are numbered from 0. Ports of one @segment are on one switch, others are not reached from there.
 * @cable NULL: straight into the switch; port A of the cable is the stations'. */
PXK_MUST_USE enum pxk_err pxk_vnet_port_add(struct pxk_vnet *net, unsigned segment, const struct pxk_cable_opts *cable,
                                            size_t *port);
struct pxk_cable *pxk_vnet_cable(const struct pxk_vnet *net, size_t port); /* NULL: it has none */

struct pxk_vnet_station {
    struct pxk_mac mac;
    bool client;      /* one of those whose frames are watched */
    /** Frames to its MAC, and broadcasts and multicasts of others. */
    void (*hear)(void *ctx, const uint8_t *frame, size_t len, pxk_usec now);
    pxk_usec (*deadline)(const void *ctx);
    void (*expire)(void *ctx, pxk_usec now);
    void (*free)(void *ctx); /* NULL: the caller's */
    void *ctx;
};
PXK_MUST_USE enum pxk_err pxk_vnet_station_add(struct pxk_vnet *net, size_t port, const struct pxk_vnet_station *s,
                                               size_t *station);
/** @station sends, @after from now on. Any time, also from inside a station's callbacks. */
void pxk_vnet_send(struct pxk_vnet *net, size_t station, const uint8_t *frame, size_t len, pxk_usec after);
/** What @station was to send later is not sent. */
void pxk_vnet_recall(struct pxk_vnet *net, size_t station);
/** Its deadlines count for nothing until it is woken: its processes stand still. It hears as before. */
void pxk_vnet_sleep(struct pxk_vnet *net, size_t station, bool asleep);

/** An emulated client; its frames leave by themselves. @io: without `wire`. */
PXK_MUST_USE enum pxk_err pxk_vnet_client_add(struct pxk_vnet *net, size_t port, const struct pxk_client_opts *opts,
                                              const struct pxk_client_io *io, struct pxk_tracker *tracker,
                                              struct pxk_client **out, size_t *station);
/** A server host; @io: without `send` and `send_ctx`. */
PXK_MUST_USE enum pxk_err pxk_vnet_host_add(struct pxk_vnet *net, size_t port, pxk_ip4 ip, const struct pxk_mac *mac,
                                            const struct pxk_vhost_io *io, struct pxk_vhost **out, size_t *station);

pxk_usec pxk_vnet_now(const struct pxk_vnet *net);
/** When the next frame moves; when the next machine wants to be woken; PXK_NEVER. */
pxk_usec pxk_vnet_frames_due(const struct pxk_vnet *net);
pxk_usec pxk_vnet_machines_due(const struct pxk_vnet *net);
/** Time goes on to @at; not back. */
void pxk_vnet_advance(struct pxk_vnet *net, pxk_usec at);
/** The next thing that happens; frames before machines. False: nothing will, or it has failed. */
bool pxk_vnet_step(struct pxk_vnet *net);
/** The next frame only. False: none is on its way. */
bool pxk_vnet_step_frame(struct pxk_vnet *net);
/** Frames sent and heard so far. */
uint64_t pxk_vnet_frames(const struct pxk_vnet *net);
/** Why it cannot go on, one sentence; NULL: it can. */
const char *pxk_vnet_failed(const struct pxk_vnet *net);

#endif
