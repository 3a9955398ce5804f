/* One TFTP transfer as a machine: the request, ACKs and time in, datagrams out. RFC 1350, 2347,
 * 2348, 2349, 7440. No sockets, no clock, no allocation; the file is read through a callback,
 * straight into the datagram. */
#ifndef PXK_ENGINE_TFTPD_H
#define PXK_ENGINE_TFTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pxk/base.h"
#include "pxk/engine/faults.h"
#include "pxk/proto.h"

#define PXK_TFTPD_NAME_MAX   256
#define PXK_TFTPD_PACKET_MAX (4 + 65464)

struct pxk_tftpd_limits {
    uint16_t max_blksize;    /* 8..65464; 1468 fills an Ethernet frame */
    uint16_t max_windowsize; /* 1..65535 */
    uint8_t tries;           /* sendings without progress before giving up; 0: 6 */
    pxk_usec rto, rto_max;   /* first wait and longest; 0: 1 s and 8 s */
    const struct pxk_faults *faults; /* what to do wrong, must outlive the transfer; NULL: nothing */
};

/** Where files come from. The machine calls open once, close once if open succeeded. */
struct pxk_tftpd_files {
    /** @path is clean (pxk_tftpd_name_clean). PXK_E_NOTFOUND, PXK_E_PERM (leads outside,
     * unreadable, not a regular file), PXK_E_IO; on success a handle and its size in bytes. */
    enum pxk_err (*open)(void *ctx, const char *path, void **file, uint64_t *size);
    /** Exactly @n bytes at @offset, or an error. */
    enum pxk_err (*read)(void *ctx, void *file, uint64_t offset, void *buf, size_t n);
    void (*close)(void *ctx, void *file);
    void *ctx;
};

enum pxk_tftpd_end {
    PXK_TFTPD_RUNNING,
    PXK_TFTPD_DONE,    /* the last block was acknowledged */
    PXK_TFTPD_PROBED,  /* the client only wanted the OACK (file size) and ended: normal */
    PXK_TFTPD_ABORTED, /* the client sent an ERROR: .error, .message */
    PXK_TFTPD_TIMEOUT, /* no ACK in all tries */
    PXK_TFTPD_REFUSED, /* we sent an ERROR: .error, .message; nothing at all with the fault tftp.silent */
};

/** A transfer. Callers read what stands above the line; it may be embedded and moved until started.
 */
struct pxk_tftpd {
    char file[PXK_TFTPD_NAME_MAX]; /* clean; as asked where it could not be cleaned */
    uint64_t size;
    uint64_t sent_bytes; /* of file content, repetitions counted */
    uint64_t acked_bytes;
    uint32_t resent;              /* datagrams sent again */
    uint16_t blksize, windowsize; /* as agreed */
    enum pxk_tftpd_end end;
    uint16_t error; /* ABORTED, REFUSED */
    char message[80];
    /* ---- */
    struct pxk_tftpd_limits limits;
    struct pxk_tftpd_files files;
    void *handle;
    bool is_open, wait_oack, rewound, error_due, oack_due;
    bool has_blksize, has_tsize, has_timeout, has_windowsize; /* in the OACK */
    uint8_t tries;
    uint8_t timeout_s;
    uint64_t base; /* first block not yet acknowledged, from 1 */
    uint64_t next; /* next block to send; base <= next <= base + windowsize */
    uint64_t high; /* one past the last block ever sent */
    uint64_t last; /* the short block */
    uint64_t tsize; /* as told: the size, unless a fault says otherwise */
    const struct pxk_faults *faults; /* that strike this file; NULL: none */
    uint64_t doubled;  /* this block is to be sent once more, at once; 0: none */
    bool sent_double;  /* it was the last datagram */
    pxk_usec ready_at; /* the next block waits until then; 0: it does not */
    pxk_usec rto, deadline;
};

/**
 * Make a file name of the network safe: '\' becomes '/', leading and double slashes
 * go, "." components go. PXK_E_PERM with ".." in it, PXK_E_NOTFOUND if nothing is left, PXK_E_SPACE
 * if too long.
 * @out is always a string.
 */
PXK_MUST_USE enum pxk_err pxk_tftpd_name_clean(const char *name, char *out, size_t cap);

/** Begin with a decoded RRQ or WRQ; @t need not be initialised. It may end at once: then an ERROR
 * is waiting in pxk_tftpd_output(). */
void pxk_tftpd_start(struct pxk_tftpd *t, const struct pxk_tftp *rrq,
                     const struct pxk_tftpd_limits *limits, const struct pxk_tftpd_files *files,
                     pxk_usec now);
/** A datagram from the client's port. */
void pxk_tftpd_input(struct pxk_tftpd *t, const void *data, size_t len, pxk_usec now);
/** The same request came again: the first answer was lost. */
void pxk_tftpd_again(struct pxk_tftpd *t, pxk_usec now);
/** True until the client has answered anything: then a repeated request is a new one. */
bool pxk_tftpd_unanswered(const struct pxk_tftpd *t);
/** The deadline has passed. */
void pxk_tftpd_expire(struct pxk_tftpd *t, pxk_usec now);
/** Next datagram to send, into @buf (blksize + 4 bytes, at least 516); its length, 0 if there is
 * none. */
size_t pxk_tftpd_output(struct pxk_tftpd *t, void *buf, size_t cap, pxk_usec now);
/** The datagram could not leave (no room in the socket): it will come from pxk_tftpd_output() once
 * more. */
void pxk_tftpd_unsend(struct pxk_tftpd *t);
/** When to call expire, and output after it; PXK_NEVER once ended. */
pxk_usec pxk_tftpd_deadline(const struct pxk_tftpd *t);
/** Closes the file. A second call does nothing. */
void pxk_tftpd_close(struct pxk_tftpd *t);

/** Answer to a datagram that belongs to no transfer (RFC 1350 4): ERROR 5, or 0 bytes for none. */
size_t pxk_tftpd_stray(const void *data, size_t len, void *buf, size_t cap);

#endif
