/* The parts of the probe among themselves. */
#ifndef PXK_PROBE_INT_H
#define PXK_PROBE_INT_H

#include <pcap/pcap.h>

#include "infile.h"
#include "pxk/probe.h"

struct files; /* reads capture files */

struct pxk_probe {
    struct pxk_probe_opts opts;
    uv_loop_t *loop;
    struct files *files;
    struct bpf_program filter; /* of opts.filter, for Ethernet frames; bf_insns NULL: none */
    uint8_t *scratch;          /* PXK_LINK_SCRATCH, made when the first packet needs it */
    uint8_t told_links[8192];  /* a bit for each link type that was told not to be supported */
    struct pxk_probe_stats stats;
    uint64_t number;
    uv_idle_t ending;          /* end() comes from the loop */
    enum pxk_err err;
    char why[300];
    unsigned handles;          /* of libuv's, not closed yet */
    bool closing, ended;
};

/** One packet of @source: converted, filtered, written, told. */
void probe_record(struct pxk_probe *p, unsigned source, const struct pxk_cap_record *rec);
void probe_notice(struct pxk_probe *p, enum pxk_log_level level, const char *fmt, ...) PXK_PRINTF(3, 4);
/** There will be no more packets: tells it from the loop's next turn. */
void probe_finished(struct pxk_probe *p);
/** A handle whose data is the probe is closed, and the probe's memory goes with the last of them. */
void probe_handle_close(struct pxk_probe *p, uv_handle_t *h);
/** @frame of @len bytes, @wire on the wire, against opts.filter. */
bool probe_matches(const struct pxk_probe *p, const uint8_t *data, uint32_t len, uint32_t wire);

PXK_MUST_USE enum pxk_err files_open(struct pxk_probe *p, char *why, size_t cap);
void files_stop(struct files *f);
/** Gives the handles back; files_free() when the loop has closed them. NULL is fine. */
void files_close(struct files *f);
struct files *files_free(struct files *f);
void files_stats(const struct files *f, struct pxk_probe_stats *s);

#endif
