/* One emulated machine: link, firmware, loaders, answer files, and the address given back. It plays a
 * personality on the wire and writes what no wire shows into its session.
 *
 * No I/O: frames leave through the callback, time is an argument, files arrive by its own TFTP. HTTP files are
 * fetched by the driver on request (want_http), since TCP belongs to the kernel. */
#ifndef PXK_MACHINE_CLIENT_H
#define PXK_MACHINE_CLIENT_H

#include "dhcpc.h"
#include "host.h"
#include "prober.h"
#include "pxk/image.h"
#include "pxk/session.h"
#include "tftpc.h"

#define PXK_FILE_BYTES_MAX ((size_t)2 << 30)

struct pxk_content {
    uint8_t *data;
    size_t len, cap;
};

/** What was found in files before, by content: clients on one network mostly fetch the same ones. */
struct pxk_known_files {
    struct pxk_known_file {
        char sha256[65];
        struct pxk_image image;
    } file[8];
    size_t next;
};

struct pxk_client_opts {
    const struct pxk_persona *persona;
    uint16_t arch;
    struct pxk_mac mac;
    struct pxk_uuid uuid;
    uint16_t vlan;
    unsigned link_mtu;
    const struct pxk_pace *pace;
    enum pxk_milestone until;  /* NONE: all the way */
    bool unplugged;            /* no carrier: it sends nothing, and says so */
    bool probe_path;           /* ping the boot server and measure the path MTU */
    bool keep_lease;           /* no DHCPRELEASE at the end */
    struct pxk_known_files *known; /* shared by the clients of a run; NULL: none */
    uint64_t seed;
    const struct pxk_overrides *overrides; /* the caller's, as long as the client; NULL: none */
};

struct pxk_client_io {
    struct pxk_wire_out wire;
    /** Fetch @url over HTTP for this client; the answer comes by pxk_client_http_done(). NULL: no HTTP. */
    void (*want_http)(void *ctx, const char *url);
    void *ctx;
};

struct pxk_client; /* opaque: several hundred kB with its reassembly memory */

PXK_MUST_USE enum pxk_err pxk_client_new(const struct pxk_client_opts *opts, const struct pxk_client_io *io,
                                         struct pxk_tracker *tracker, pxk_usec now, struct pxk_client **out);
struct pxk_client *pxk_client_free(struct pxk_client *c);

void pxk_client_start(struct pxk_client *c, pxk_usec now);
void pxk_client_input(struct pxk_client *c, const uint8_t *frame, size_t len, pxk_usec now);
void pxk_client_expire(struct pxk_client *c, pxk_usec now);
pxk_usec pxk_client_deadline(const struct pxk_client *c);
bool pxk_client_finished(const struct pxk_client *c);
/** End now: releases the lease. For Ctrl-C and an overall time limit; @why goes into the session. */
void pxk_client_stop(struct pxk_client *c, const char *why, pxk_usec now);
/** The answer to want_http(): an HTTP @status, or 0 and @why there was none. */
void pxk_client_http_done(struct pxk_client *c, unsigned status, const void *data, size_t len, const char *why,
                          pxk_usec now);
/** The driver has no HTTP here. */
void pxk_client_http_unavailable(struct pxk_client *c, const char *why, pxk_usec now);

const struct pxk_mac *pxk_client_mac(const struct pxk_client *c);
pxk_ip4 pxk_client_ip(const struct pxk_client *c);
pxk_ip4 pxk_client_gateway(const struct pxk_client *c);
pxk_ip4 pxk_client_netmask(const struct pxk_client *c);
pxk_ip4 pxk_client_dns(const struct pxk_client *c);

#endif
