/* The emulator: machines on a real link. It runs them on a loop, watches its own link with the session tracker,
 * and can keep a capture of all that it sent and received. Several of them can share a process, a loop and a
 * tracker: one per link. */
#ifndef PXK_EMULATOR_H
#define PXK_EMULATOR_H

#include <uv.h>

#include "overrides.h"
#include "pxk/base.h"
#include "pxk/io.h"
#include "pxk/proto.h"
#include "pxk/session.h"

#define PXK_EMULATOR_CLIENTS_MAX 64

enum pxk_emulator_pace {
    PXK_EMULATOR_PACE_RUN, /* the run's */
    PXK_EMULATOR_PACE_FAST,
    PXK_EMULATOR_PACE_FIRMWARE,
};

struct pxk_emulator_client {
    uint16_t arch;
    const struct pxk_persona *persona; /* NULL: the architecture's */
    struct pxk_mac mac; /* zero: a locally administered one is made up */
    bool has_uuid;
    struct pxk_uuid uuid; /* wire order; else one is made from the MAC */
    bool start_given;
    pxk_usec start;     /* after the watch began; not given: in turn, when the client before it (of all emulators of a
                           watch) has an address, or a while later */
    enum pxk_milestone until;       /* NONE: the run's */
    uint16_t vlan;                  /* 0: the run's */
    enum pxk_emulator_pace pace;
    bool keep_lease;                /* besides, all do if the run says so */
    const struct pxk_overrides *overrides; /* until the emulator is freed; NULL: none */
};

struct pxk_emulator_opts {
    const char *iface;
    struct pxk_emulator_client client[PXK_EMULATOR_CLIENTS_MAX];
    size_t client_n;
    enum pxk_milestone until;
    uint16_t vlan;
    bool firmware_pace;
    bool probe_path;
    bool keep_lease;
    bool outlast_link;     /* a link that is lost does not end the run: losing it is part of the test. What comes after the
                              interface itself was down (not a cable farther on) is not heard */
    const char *dump;      /* pcap file to write, NULL: none. pxk_emulator_run() only: others have the watch's */
    unsigned limit_s;      /* whole run; 0: none */
    uint64_t seed;         /* 0: from the kernel. Emulators of one watch need different ones: MACs are made from it */
    unsigned segment;      /* emulators of one watch with the same number hear each other's broadcasts */
};

struct pxk_emulator_result {
    struct pxk_iface iface;
    double seconds;
    bool interrupted;      /* by SIGINT or SIGTERM: leases were released all the same */
    bool limit_reached;
    bool link_lost;        /* interface down, gone, or without a link before the clients had ended */
    uint64_t drops;        /* frames that the kernel dropped */
    bool dump_failed;
};

struct pxk_emulator; /* opaque */

/**
 * Shared by several emulators of one process: one tracker, one capture, frames numbered in one sequence. The caller's,
 * until the last of them is freed; zero but for what it wants. Each frame reaches the tracker once, though all who
 * hang on one switch hear it.
 */
struct pxk_emulator_watch {
    struct pxk_tracker *tracker;
    struct pxk_dump *dump;  /* NULL: none */
    uint32_t frames;        /* given to the tracker so far */
    void (*after_frame)(void *ctx, pxk_usec now); /* one was given to it; NULL. May stop emulators, not free them */
    void *ctx;
    pxk_usec began;         /* when the first emulator started; 0: none has */
    struct pxk_ear *ears;   /* of those that run, in order of their start; not the caller's to touch */
};

/**
 * Play all clients of @opts to their ends and judge nothing. The link is opened in the network namespace that the
 * calling thread is in now; afterwards that thread may go elsewhere. @opts is copied; what it points to (names,
 * overrides) stays the caller's, until the emulator is freed.
 * Clients begin from the loop, not within this call. @ended is called once, from the loop, when every client has ended
 * and nothing refers to the emulator any more: then pxk_emulator_free() is allowed, inside it too.
 * Of an interface that is up and has no carrier the clients say so and end: that is a finding (link-down).
 * Errors: PXK_E_UNSUPPORTED: no personality for an architecture; PXK_E_NOMEM; those of pxk_link_open(). @why gets one
 * sentence; nothing is left then, and @ended is not called.
 */
PXK_MUST_USE enum pxk_err pxk_emulator_start(uv_loop_t *loop, const struct pxk_emulator_opts *opts,
                                             struct pxk_emulator_watch *watch, void (*ended)(void *ctx), void *ctx,
                                             struct pxk_emulator **out, char *why, size_t cap);
/** Clients give back their leases and end; @why goes into their sessions. Told twice they do not wait for answers to
 * ARP. It is done from the loop, soon: call it in the midst of anything. Nothing happens to one that has ended. */
void pxk_emulator_stop(struct pxk_emulator *em, const char *why);
/** Complete once @ended was called; `interrupted` and `dump_failed` are pxk_emulator_run()'s. */
const struct pxk_emulator_result *pxk_emulator_result(const struct pxk_emulator *em);
/** MAC of client @i of the options: its own or the one that was made up. */
const struct pxk_mac *pxk_emulator_mac(const struct pxk_emulator *em, size_t i);
/** After @ended. NULL is fine. */
struct pxk_emulator *pxk_emulator_free(struct pxk_emulator *em);

/**
 * One emulator on a loop of its own, until its clients have ended, SIGINT or SIGTERM. Errors as of
 * pxk_emulator_start(), and of pxk_dump_open().
 */
PXK_MUST_USE enum pxk_err pxk_emulator_run(const struct pxk_emulator_opts *opts, struct pxk_tracker *tracker,
                                           struct pxk_emulator_result *result, char *why, size_t cap);

/**
 * Put one entry of a scenario's `overrides` into @o: @key is a DHCP option's key ("vendor-class-identifier") or number
 * ("60"), or "blksize", "windowsize", "tsize". Values are texts as the option's type wants them; a list option takes
 * several, "none" alone leaves the option out, "hex:0102" are bytes whatever the type (option 97 with its type byte).
 * PXK_E_NOTFOUND, PXK_E_FORMAT, PXK_E_RANGE or PXK_E_SPACE with a sentence in @why; @o is as before then.
 */
PXK_MUST_USE enum pxk_err pxk_emulator_override(struct pxk_overrides *o, const char *key, const char *const *values,
                                                size_t n, char *why, size_t cap);

#endif
