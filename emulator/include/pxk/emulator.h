/* The emulator: machines on a real link. It runs them on a loop, watches its own link with the session tracker,
 * and can keep a capture of all that it sent and received. */
#ifndef PXK_EMULATOR_H
#define PXK_EMULATOR_H

#include <uv.h>

#include "pxk/base.h"
#include "pxk/io.h"
#include "pxk/proto.h"
#include "pxk/session.h"

#define PXK_EMULATOR_CLIENTS_MAX 16

struct pxk_emulator_client {
    uint16_t arch;
    struct pxk_mac mac; /* zero: a locally administered one is made up */
    bool has_uuid;
    struct pxk_uuid uuid; /* wire order; else one is made from the MAC */
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
    const char *dump;      /* pcap file to write, NULL: none */
    unsigned limit_s;      /* whole run; 0: none */
    uint64_t seed;         /* 0: from the kernel */
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

/**
 * Play all clients to their ends, at once, and judge nothing. PXK_E_UNSUPPORTED: no personality for an
 * architecture; else the errors of pxk_link_open(). @why gets one sentence.
 */
PXK_MUST_USE enum pxk_err pxk_emulator_run(const struct pxk_emulator_opts *opts, struct pxk_tracker *tracker,
                                           struct pxk_emulator_result *result, char *why, size_t cap);

#endif
