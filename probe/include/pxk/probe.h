/* The probe's eyes: packets from interfaces and from capture files, as Ethernet frames with their time and number, for
 * pxk_tracker_frame(). Everything happens on the caller's loop: files are read in large pieces, one piece per turn of the loop. */
#ifndef PXK_PROBE_H
#define PXK_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "pxk/base.h"
#include "pxk/capfile.h"
#include "pxk/linklayer.h"

struct pxk_probe; /* opaque */
struct pxk_rec;   /* writes what is captured, below */

struct pxk_probe_frame {
    const uint8_t *data; /* an Ethernet frame; lives until the callback returns */
    size_t len, wire;    /* bytes that are there; bytes that were on the wire */
    pxk_usec at;         /* since 1970 */
    uint64_t number;     /* from 1, over all sources in the order in which they are told. For one file: Wireshark's frame number.
                            Packets that are not told (duplicates, link types that cannot be read) are counted too. */
    unsigned source;     /* index of the file or interface in the options */
};

/** All zero but one of files and ifaces (not both) is fine. Strings must live as long as the probe. */
struct pxk_probe_opts {
    const char *const *files;  /* several are merged in the order of time; "-" is standard input. Plain or packed by gzip, zstd, xz,
                                  bzip2 or lz4, recognised by content; regular files, pipes, sockets */
    size_t file_n;
    bool follow;               /* one file that is still written to: goes on at its end, until pxk_probe_stop() */

    const char *const *ifaces; /* "any" is all of them */
    size_t iface_n;
    bool quiet_iface;          /* not promiscuous */
    unsigned buffer_mib;       /* the kernel's capture buffer of each interface; 0: 16 */
    unsigned snaplen;          /* bytes kept of each packet; 0: all */
    bool unfiltered;           /* live: everything, not only what a boot may consist of */

    const char *filter;        /* pcap-filter(7) expression; what does not match is neither told nor written */
    bool keep_duplicates;      /* do not fold the copies that a mirror port makes */
    struct pxk_rec *rec;       /* gets all packets that match, in their own link type; not owned */

    void *ctx;
    void (*frame)(void *ctx, const struct pxk_probe_frame *f);
    /** A sentence for people: drops, damage, an interface that is gone. May be NULL. */
    void (*notice)(void *ctx, enum pxk_log_level level, const char *text);
    /** After the last frame: all files were read, or pxk_probe_stop(). An interface that is gone is waited for. @err and @why: a source
     * could not be read at all. Never called from within pxk_probe_open(). May be NULL. */
    void (*end)(void *ctx, enum pxk_err err, const char *why);
};

struct pxk_probe_stats {
    uint64_t packets;        /* read or captured */
    uint64_t bytes;          /* of them, as they were on the wire */
    uint64_t frames;         /* told */
    uint64_t filtered;       /* did not match opts.filter (files; live the kernel drops them uncounted) */
    uint64_t duplicates;     /* copies made by a mirror port, folded */
    uint64_t snapped;        /* captured shorter than they were on the wire */
    uint64_t unsupported;    /* of a link type that cannot be read */
    uint64_t other;          /* whose link header says that no boot is in it, or is nonsense */
    uint64_t dropped_kernel; /* live: no room in the buffer. Files: as they tell it themselves */
    uint64_t dropped_iface;  /* live: by the network card or its driver */
    uint64_t damaged;        /* places in files that could not be read */
    uint64_t skipped;        /* bytes there */
    unsigned cut;            /* files that end inside a packet */
    unsigned files;          /* read to their end */
    unsigned read_errors;    /* files that ended with an error of the system or of their compression */
    uint64_t file_bytes;     /* read so far, as they are on disk */
    uint64_t file_total;     /* of regular files; for a progress bar */
    pxk_usec first, last;    /* times of the first and the latest packet, 0 if there is none */
};

/**
 * Open all sources and begin on @loop. PXK_OK, or the first source's failure with a sentence in @why: PXK_E_NOTFOUND, PXK_E_PERM,
 * PXK_E_LINK, PXK_E_IO, PXK_E_FORMAT (no capture file), PXK_E_TRUNCATED (an empty one), PXK_E_USAGE (the filter, or the options).
 * Of a pipe the format is known only later: see end().
 */
PXK_MUST_USE enum pxk_err pxk_probe_open(uv_loop_t *loop, const struct pxk_probe_opts *opts, struct pxk_probe **out, char *why,
                                         size_t cap);
/** What the kernel has already is still told; then end(), from the loop. */
void pxk_probe_stop(struct pxk_probe *p);
/** No more callbacks; the memory goes when the loop has closed its handles. NULL is fine. */
void pxk_probe_close(struct pxk_probe *p);
const struct pxk_probe_stats *pxk_probe_stats(struct pxk_probe *p);

/** Files only, on a loop of its own, until all is read. @stats may be NULL. Errors as pxk_probe_open() and end(). */
PXK_MUST_USE enum pxk_err pxk_probe_read(const struct pxk_probe_opts *opts, struct pxk_probe_stats *stats, char *why, size_t cap);

/* ---- writing what is captured ---- */

/** Files are pcapng; names and rotation as tcpdump's -w, -C, -G and -W have it, times being those of the packets. */
struct pxk_rec_opts {
    const char *path;        /* with @every_s: a strftime(3) pattern of local time. "-": standard output */
    uint64_t max_bytes;      /* a new file after so many; 0: never. The second file gets a number behind its name */
    uint32_t every_s;        /* a new file after so many seconds; 0: never */
    uint32_t count;          /* keep the last @count files; 0: all. With max_bytes every name has a number, from 0, and they repeat */
    const char *application; /* "pxekit 0.1.0"; told in the files */
    const char *filter;      /* told in the files, may be NULL */
    const char *const *inputs; /* files that are read: none of them is written over */
    size_t input_n;
};

/** Makes the first file, so that a wrong path shows at once. PXK_E_IO, PXK_E_NOMEM, PXK_E_USAGE (an input) with @why. */
PXK_MUST_USE enum pxk_err pxk_rec_open(const struct pxk_rec_opts *opts, struct pxk_rec **out, char *why, size_t cap);
/**
 * One packet; pxk_probe_opts.rec calls it. @number: as told by pxk_probe_frame. @source and @iface say where it was captured.
 * After the first PXK_E_IO (with pxk_rec_why()) nothing is written any more, and PXK_OK is returned.
 */
PXK_MUST_USE enum pxk_err pxk_rec_packet(struct pxk_rec *r, unsigned source, const struct pxk_cap_iface *iface,
                                         const struct pxk_cap_record *rec, uint64_t number);
/** What a frame proves, in a line of UTF-8. From the frame's own callback it is written with it; later it comes into its file when
 * that is closed, or at pxk_rec_close(). Frames that are in no file (any more) are ignored. At most PXK_REC_COMMENTS_MAX are kept. */
void pxk_rec_comment(struct pxk_rec *r, uint64_t number, const char *text);
/** Does it write to a pipe or a device, where a comment must come with its frame, or not at all? */
bool pxk_rec_streams(const struct pxk_rec *r);
/** Everything that was given goes into the file. PXK_E_IO as pxk_rec_packet(), also if nobody reads the pipe any more. */
PXK_MUST_USE enum pxk_err pxk_rec_flush(struct pxk_rec *r);
const char *pxk_rec_why(const struct pxk_rec *r);
/** Closes, adds the comments (a new file takes the old one's name), frees. NULL is fine. PXK_E_IO with @why. */
PXK_MUST_USE enum pxk_err pxk_rec_close(struct pxk_rec *r, char *why, size_t cap);

#define PXK_REC_COMMENTS_MAX 100000u

struct pxk_rec_comment {
    uint64_t number;         /* frame in the file, from 1 */
    const char *text;
};

/**
 * Copy the capture file @from (any format, packed or not) to @to as pcapng, with comments. They are sorted by number. @to may be
 * @from: it is replaced when all is written. PXK_E_USAGE: @to is no regular file; PXK_E_IO and what pxk_probe_open() has, with @why.
 */
PXK_MUST_USE enum pxk_err pxk_rec_annotate(const char *from, const char *to, const char *application,
                                           const struct pxk_rec_comment *comments, size_t n, char *why, size_t cap);

#endif
