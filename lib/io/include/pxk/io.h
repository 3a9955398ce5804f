/* lib/io: all contact with the world: clock, chance, interfaces, the raw link, capture files. */
#ifndef PXK_IO_H
#define PXK_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "pxk/base.h"

/** Microseconds since 1970 that never go back: the monotonic clock, set to the wall clock once at the start. */
pxk_usec pxk_clock_now(void);
/** From the kernel's generator; for seeds. */
uint64_t pxk_entropy(void);

/* ---- interfaces ---- */

struct pxk_iface {
    char name[64];
    unsigned index;
    bool up;        /* administratively, and with a carrier */
    bool admin_up;
    bool loopback;
    bool ethernet;
    unsigned mtu;
    struct pxk_mac mac;
    pxk_ip4 ip, netmask; /* first IPv4 address, 0 if none */
};

#define PXK_IFACES_MAX 64
/** Fills @out with at most @max interfaces; returns how many there are. */
size_t pxk_ifaces(struct pxk_iface *out, size_t max);
/** False if there is no such interface. */
bool pxk_iface_find(const char *name, struct pxk_iface *out);

/* ---- raw link ---- */

struct pxk_link; /* opaque */

struct pxk_link_opts {
    const char *iface;
    const char *filter;       /* BPF expression; NULL: everything that comes in */
    size_t buffer;            /* bytes of the kernel's capture buffer; 0: 16 MiB */
    void (*frame)(void *ctx, const uint8_t *data, size_t len, size_t wire);
    void *ctx;
};

/**
 * Open @opts->iface for sending and receiving Ethernet frames and watch it on @loop. Frames that this host
 * sends itself are not delivered. @why gets one sentence on failure: PXK_E_NOTFOUND, PXK_E_LINK (it is
 * down), PXK_E_PERM, PXK_E_UNSUPPORTED (no Ethernet), PXK_E_IO.
 */
PXK_MUST_USE enum pxk_err pxk_link_open(uv_loop_t *loop, const struct pxk_link_opts *opts, struct pxk_link **out,
                                        char *why, size_t cap);
/** Stops at once; the memory goes when the loop has closed its handle. */
void pxk_link_close(struct pxk_link *l);
/** PXK_E_IO if the kernel refused the frame (link gone, frame larger than the MTU). */
enum pxk_err pxk_link_send(struct pxk_link *l, const void *frame, size_t len);
const struct pxk_iface *pxk_link_iface(const struct pxk_link *l);
/** Is the interface still there, up and with a link? */
bool pxk_link_is_up(const struct pxk_link *l);
/** Frames that the kernel dropped for want of buffer. */
uint64_t pxk_link_drops(struct pxk_link *l);

/* ---- capture files ---- */

struct pxk_dump; /* writes pcap */
PXK_MUST_USE enum pxk_err pxk_dump_open(const char *path, struct pxk_dump **out, char *why, size_t cap);
void pxk_dump_frame(struct pxk_dump *d, pxk_usec at, const void *frame, size_t len);
/** PXK_E_IO if anything could not be written. */
enum pxk_err pxk_dump_close(struct pxk_dump *d);

/** Every frame of a pcap or pcapng file, in order. Returns PXK_E_IO or PXK_E_FORMAT with @why. */
PXK_MUST_USE enum pxk_err pxk_capture_read(const char *path,
                                           void (*frame)(void *ctx, const uint8_t *data, size_t len, size_t wire,
                                                         pxk_usec at),
                                           void *ctx, char *why, size_t cap);

#endif
