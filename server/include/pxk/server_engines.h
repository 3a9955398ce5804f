/* What the service puts around its engines, without its sockets: their configuration out of the config file, and
 * their log lines. For those who run the engines elsewhere, as scenarios in virtual time do: faults, options and
 * boot files are then the same as `pxekit serve` has. */
#ifndef PXK_SERVER_ENGINES_H
#define PXK_SERVER_ENGINES_H

#include "pxk/engine/dhcpd.h"
#include "pxk/engine/tftpd.h"
#include "pxk/server.h"

/** The DHCP engine's configuration with the memory behind it. Do not copy it. */
struct pxk_server_dhcpd {
    struct pxk_dhcpd_config config;
    struct pxk_dhcpd_boot *boot;
    struct pxk_dhcpd_reservation *reservation;
    struct pxk_dhcpd_option *option;
    uint8_t *option_bytes;
};

/**
 * @c        has .dhcp; must outlive @out, as must @out the engine
 * @address  the server's own
 * @seed     of the engine's hash tables
 * PXK_OK; PXK_E_NOMEM. pxk_server_dhcpd_done() in either case.
 */
PXK_MUST_USE enum pxk_err pxk_server_dhcpd_make(const struct pxk_server_config *c, pxk_ip4 address, uint64_t seed,
                                                struct pxk_server_dhcpd *out);
/** A zeroed struct is fine. */
void pxk_server_dhcpd_done(struct pxk_server_dhcpd *d);

/** @c has .tftp. */
struct pxk_tftpd_limits pxk_server_tftpd_limits(const struct pxk_server_config *c);

/** What is logged once it serves. @log may be NULL, here and below. */
void pxk_server_log_start(const struct pxk_log *log, const struct pxk_server_config *c, pxk_ip4 address);
/** The log line of a DHCP event, at its level. */
void pxk_server_log_dhcp(const struct pxk_log *log, const struct pxk_dhcpd_event *e);
/** The log line of a transfer that has ended; it took @took. */
void pxk_server_log_transfer(const struct pxk_log *log, pxk_ip4 client, const struct pxk_tftpd *t, pxk_usec took);

#endif
