/* Private to lab/servers: the rows of the kinds, and what their templates share. */
#ifndef PXK_LAB_SERVERS_INT_H
#define PXK_LAB_SERVERS_INT_H

#include "pxk/lab.h"

extern const struct pxk_lab_kind pxk_srv_dnsmasq, pxk_srv_isc_dhcpd, pxk_srv_kea, pxk_srv_tftpd_hpa, pxk_srv_atftpd,
    pxk_srv_nginx, pxk_srv_reference, pxk_srv_external;

/* ---- templates ---- */

/* "text" in double quotes; JSON and YAML read it back, and dhcpd.conf if it has no control characters. */
void pxk_srv_quoted(struct pxk_text *out, const char *text);
/* "10.77.0.1, 10.77.0.2" */
void pxk_srv_ips(struct pxk_text *out, const pxk_ip4 *ip, size_t n, const char *between);
/* Bytes as hex digits with @between (may be ""). */
void pxk_srv_hex(struct pxk_text *out, const uint8_t *data, size_t len, const char *between);
/* @lines with one "\n" at its end; nothing if it is NULL. */
void pxk_srv_lines(struct pxk_text *out, const char *lines);

/* The network of the server's own port. */
pxk_ip4 pxk_srv_own_net(const struct pxk_lab_server_plan *plan);
/* Does it serve another network, behind a relay? */
bool pxk_srv_relayed(const struct pxk_lab_server_plan *plan);
uint64_t pxk_srv_lease_seconds(const struct pxk_scn_dhcp *d);
/* Where its clients fetch: next-server, or the server itself. */
pxk_ip4 pxk_srv_next_server(const struct pxk_lab_server_plan *plan);

/* Boot files by architecture. */
struct pxk_srv_boot {
    const struct pxk_arch *arch;
    const char *file;
    uint16_t code[2]; /* of option 93 */
    size_t code_n;
};
#define PXK_SRV_BOOTS_MAX 64
/* The rows of @d that name an architecture; none if it gives no boot information. Codes 7 and 9 are both in use for x64 UEFI. */
size_t pxk_srv_boots(const struct pxk_scn_dhcp *d, struct pxk_srv_boot out[PXK_SRV_BOOTS_MAX]);
/* The file of @key ("ipxe", "default"); NULL. */
const char *pxk_srv_boot_file(const struct pxk_scn_dhcp *d, const char *key);

/* Further DHCP options as bytes. */
struct pxk_srv_option {
    uint8_t code, len;
    uint8_t data[255];
    bool unasked; /* sent to clients that do not ask for it too: site options, since PXELINUX takes 209 and 210 from the ROM's
                     packet */
};
PXK_MUST_USE enum pxk_err pxk_srv_option(const struct pxk_conf_pairs *p, struct pxk_srv_option *out, char *why, size_t cap);

/* ---- a user's own config ---- */

/* @text with lines whose first word is one of @keys (ends with NULL) made comments; line numbers stay. */
void pxk_srv_without(struct pxk_text *out, const char *text, const char *const *keys);
struct pxk_srv_move {
    const char *from, *to; /* prefixes of paths; to NULL: left as it is */
};
/* @text with folders replaced where one of them begins a path. */
void pxk_srv_moved(struct pxk_text *out, const char *text, const struct pxk_srv_move *move, size_t n);

/* ---- files, programs ---- */

#define PXK_SRV_FILE_MAX ((size_t)16 << 20) /* of what servers write, so much is read */
/* Read work/@name and parse it; a file that is not there has no leases. */
typedef enum pxk_err pxk_srv_leases_parse(const char *text, size_t len, int64_t now, struct pxk_lab_leases *out);
PXK_MUST_USE enum pxk_err pxk_srv_leases_read(const struct pxk_lab_server_plan *plan, const char *name,
                                              pxk_srv_leases_parse *parse, struct pxk_lab_leases *out);
/* As pxk_lab_kind_program, for a program that the scenario names (NULL: the kind's). */
bool pxk_srv_program(const struct pxk_lab_kind *kind, const char *named, char *path, size_t path_cap, char *why, size_t cap);
/* The folder that this kind's package was unpacked into, false if it is not in use. */
bool pxk_srv_unpacked(const struct pxk_lab_kind *kind, char *path, size_t cap);

#endif
