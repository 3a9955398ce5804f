/* Inside the DHCP engine. */
#ifndef PXK_ENGINE_DHCPD_INT_H
#define PXK_ENGINE_DHCPD_INT_H

#include "leases.h"

struct pxk_dhcpd {
    struct pxk_dhcpd_config config;
    struct pxk_dhcpd_sink sink;
    struct leases leases;
};

/* One request on its way through. */
struct request {
    struct pxk_dhcpd *d;
    const struct pxk_dhcp4 *m;
    const struct pxk_dhcpd_meta *meta;
    struct client_key key;
    pxk_usec now;
    uint16_t arch;
    bool ipxe, pxe, http;
    struct pxk_dhcpd_reply *out;
};

void request_event(const struct request *q, enum pxk_dhcpd_event_kind kind, pxk_ip4 ip,
                   const char *file, const char *reason);

/* What this client knows us by: our address, or what its relay puts in its place (RFC 5107). */
pxk_ip4 server_id(const struct request *q);

/* Fills q's arch, ipxe, pxe, http. */
void boot_classify(struct request *q);
/* The boot file for this client, NULL if there is none for it. @l may be NULL. */
const char *boot_file(const struct request *q, const struct lease *l);

/* Replies; each fills q->out and says whether there is something to send. */
bool reply_lease(const struct request *q, const struct lease *l, enum pxk_dhcp4_type type);
bool reply_nak(const struct request *q, const char *reason);
bool reply_inform(const struct request *q);
bool reply_boot(const struct request *q, const char *file, const uint8_t *item);

#endif
