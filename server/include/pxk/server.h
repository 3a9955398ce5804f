/* server/: the reference PXE server: DHCP with boot information (ports 67, 4011) and TFTP (port 69)
 * on one interface, on the caller's loop. docs/serve.md has the config file.
 *
 *     struct pxk_server_config config;
 *     struct pxk_conf_errors errors = {0};
 *     if (pxk_server_config_parse(text, len, false, &config, &errors) != PXK_OK)
 *         for (size_t i = 0; pxk_conf_error_line(&errors, path, i, &line); i++) ...
 *     pxk_server_start(loop, &config, &log, &server);
 *     uv_run(loop, UV_RUN_DEFAULT);     // some callback calls pxk_server_stop(server, NULL, NULL)
 *     pxk_server_config_done(&config);  // after the loop has ended
 */
#ifndef PXK_SERVER_H
#define PXK_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "pxk/base.h"
#include "pxk/conf.h"
#include "pxk/engine/faults.h"

struct pxk_server_reservation {
    struct pxk_mac mac;
    pxk_ip4 address;
    char *hostname, *boot_file; /* NULL: none */
};

struct pxk_server_dhcp {
    struct pxk_conf_subnet subnet;
    struct pxk_conf_range pool;
    pxk_usec lease;
    pxk_ip4 router; /* 0: none */
    PXK_VEC(pxk_ip4) dns;
    char *domain;        /* NULL: none */
    pxk_ip4 next_server; /* 0: our own address */
    PXK_VEC(struct pxk_conf_pair)
    boot_files; /* architecture key, "ipxe" or "default" -> file or URL */
    PXK_VEC(struct pxk_server_reservation) reservations;
    PXK_VEC(struct pxk_conf_pairs) options; /* DHCP option, key or number -> value or values */
    char *lease_file; /* NULL: leases are forgotten at the end */
};

struct pxk_server_tftp {
    char *root; /* NULL only with pxk_server_config.files */
    uint16_t max_blksize, max_windowsize, max_clients;
};

/** A file that is served from memory; @data must stay until the server has stopped. */
struct pxk_server_file {
    const char *path; /* as a client asks for it: no leading slash */
    const void *data;
    size_t len;
};

struct pxk_server_config {
    char *interface;
    pxk_ip4 address;              /* 0: the interface's first */
    struct pxk_server_dhcp *dhcp; /* NULL: no DHCP service */
    struct pxk_server_tftp *tftp; /* NULL: no TFTP service */
    PXK_VEC(char *) faults;       /* texts of the table pxk/engine/faults.def */
    /* not in the file; set by the program: */
    struct pxk_faults fault_set;  /* of the texts, made when the file is read */
    const struct pxk_server_file *files; /* served in place of the root, if there are any */
    size_t file_n;
};

/**
 * Read a config file's text. Every error at once goes to @errors, with line and column.
 * @own_files  the caller will set .files: then `tftp:` needs no root (`tftp: {}`)
 * PXK_OK; PXK_E_FORMAT; PXK_E_NOMEM. On failure @out is all zero.
 */
PXK_MUST_USE enum pxk_err pxk_server_config_parse(const char *text, size_t len, bool own_files,
                                                  struct pxk_server_config *out,
                                                  struct pxk_conf_errors *errors);
void pxk_server_config_done(struct pxk_server_config *config);
/** The JSON Schema of the config file. */
PXK_MUST_USE enum pxk_err pxk_server_config_schema(struct pxk_text *out);

struct pxk_server;

/**
 * Open all sockets and begin to serve. @config and @log must outlive the server; it makes TFTP
 * sockets later too, so the calling thread must stay in its network namespace. On failure one
 * sentence goes to @log at PXK_LOG_ERROR and nothing is left open: PXK_E_NOTFOUND (interface, its
 * address, the root), PXK_E_EXISTS (a port is taken), PXK_E_PERM, PXK_E_LINK (the interface is
 * down), PXK_E_NOMEM, PXK_E_IO. Log lines: a lease, a transfer, a refusal at INFO; what needs
 * attention at WARN; packets that are none of ours at DEBUG.
 */
PXK_MUST_USE enum pxk_err pxk_server_start(uv_loop_t *loop, const struct pxk_server_config *config,
                                           const struct pxk_log *log, struct pxk_server **out);
/** Ends transfers, closes everything; the server is freed in the loop, then @done is called (may be
 * NULL). */
void pxk_server_stop(struct pxk_server *server, void (*done)(void *ctx), void *ctx);

pxk_ip4 pxk_server_address(const struct pxk_server *server);

struct pxk_server_counts {
    uint64_t offers, acks, naks, no_lease; /* DHCP replies, and DISCOVERs without a free address */
    uint64_t transfers, probes, failed, refused,
        bytes;        /* TFTP: ended well, only asked the size, broken off */
    unsigned running; /* transfers now */
};
struct pxk_server_counts pxk_server_count(const struct pxk_server *server);

#endif
