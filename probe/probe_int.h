/* The parts of the probe among themselves. */
#ifndef PXK_PROBE_INT_H
#define PXK_PROBE_INT_H

#include <pcap/pcap.h>

#include "infile.h"
#include "pxk/dedup.h"
#include "pxk/probe.h"

struct files; /* reads capture files */
struct live;  /* captures on interfaces */
struct stash; /* holds the first frames back until it is clear whether they are copies */

struct pxk_probe {
    struct pxk_probe_opts opts;
    uv_loop_t *loop;
    struct files *files;
    struct live *live;
    struct bpf_program filter; /* of opts.filter, for Ethernet frames; bf_insns NULL: none */
    uint8_t *scratch;          /* PXK_LINK_SCRATCH, made when the first packet needs it */
    uint8_t told_links[8192];  /* a bit for each link type that was told not to be supported */
    struct pxk_probe_stats stats;
    uint64_t number;
    struct pxk_dedup dedup;
    struct stash *stash;       /* NULL: frames are told at once */
    uv_idle_t ending;          /* end() comes from the loop */
    enum pxk_err err;
    char why[300];
    unsigned handles;          /* of libuv's, not closed yet */
    bool closing, ended;
};

/** One packet of @source and its interface: converted, filtered, written, told. */
void probe_record(struct pxk_probe *p, unsigned source, const struct pxk_cap_iface *iface, const struct pxk_cap_record *rec);
/** What was recorded goes out; if it cannot, that is told, or the end where a pipe's reader is gone. */
void probe_flush(struct pxk_probe *p);
/** A frame that is no copy, or whose copies are told too. */
void probe_tell(struct pxk_probe *p, const struct pxk_probe_frame *f);
void probe_notice(struct pxk_probe *p, enum pxk_log_level level, const char *fmt, ...) PXK_PRINTF(3, 4);
/** There will be no more packets: tells it from the loop's next turn. */
void probe_finished(struct pxk_probe *p);
/** A handle whose data is the probe is closed, and the probe's memory goes with the last of them. */
void probe_handle_close(struct pxk_probe *p, uv_handle_t *h);
/** @frame of @len bytes, @wire on the wire, against opts.filter. */
bool probe_matches(const struct pxk_probe *p, const uint8_t *data, uint32_t len, uint32_t wire);

/** Hold the first frames back; only where they come at once. NULL: no memory, then they are told as they come. */
struct stash *stash_new(void);
struct stash *stash_free(struct stash *s);
/** False: it is full, tell what is in it. */
bool stash_keep(struct stash *s, const struct pxk_probe_frame *f, bool copy);
/** Tell everything, without copies if they are many; p->stash is NULL then. */
void stash_tell(struct pxk_probe *p);

PXK_MUST_USE enum pxk_err files_open(struct pxk_probe *p, char *why, size_t cap);
void files_stop(struct files *f);
/** Gives the handles back; files_free() when the loop has closed them. NULL is fine. */
void files_close(struct files *f);
struct files *files_free(struct files *f);
void files_stats(const struct files *f, struct pxk_probe_stats *s);

PXK_MUST_USE enum pxk_err live_open(struct pxk_probe *p, char *why, size_t cap);
void live_stop(struct live *l);
/** As files_close(). */
void live_close(struct live *l);
struct live *live_free(struct live *l);
void live_stats(const struct live *l, struct pxk_probe_stats *s);

#endif
