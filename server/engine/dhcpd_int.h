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
    const struct pxk_faults *faults; /* that strike this client; NULL: none */
    struct pxk_dhcpd_reply *out;
};

void request_event(const struct request *q, enum pxk_dhcpd_event_kind kind, pxk_ip4 ip,
                   const char *file, const char *reason);

/* What this client knows us by: our address, or what its relay puts in its place (RFC 5107). */
pxk_ip4 server_id(const struct request *q);
/* Does it name us, or nobody? */
bool is_for_us(const struct request *q);

/* Fills q's arch, ipxe, pxe, http. */
void boot_classify(struct request *q);
/* The boot file for this client, NULL if there is none for it. @l may be NULL. */
const char *boot_file(const struct request *q, const struct lease *l);

/* ---- faults (dhcpd_faults.c) ---- */

static inline bool fault(const struct request *q, enum pxk_fault_id id)
{
    return pxk_faults_has(q->faults, id);
}
/* Fills q->faults; q is classified. */
void fault_classify(struct request *q);
/* Is the request not to be answered? Then that was told. */
bool fault_silences(const struct request *q);
/* The same for what comes to the boot service. */
bool fault_silences_boot(const struct request *q);
/* Answered in place of the lease table: every address fault. @done says whether it was. */
bool fault_lease(const struct request *q, bool *done);
uint32_t fault_lease_time(const struct request *q);
/* May change what head_boot() and boot_file() found. */
bool fault_hides_file(const struct request *q);
const char *fault_server(const struct request *q, struct pxk_dhcp4_head *head, char server[static PXK_IP4_STRLEN]);
/* Option 43 of a faulty server; 0 bytes: none, -1: nothing is wrong with it. */
enum { FAULT_43_MAX = 64, FAULT_OPTIONS_ROOM = 64 };
int fault_43(const struct request *q, uint8_t out[static FAULT_43_MAX]);
/* The last hand on a reply that is to be sent. */
void fault_finish(const struct request *q);

/* ---- leases as others see them (dhcpd_lease.c) ---- */

void lease_tell(void *dhcpd, const struct lease *l, enum pxk_dhcpd_lease_state how);

/* Replies; each fills q->out and says whether there is something to send. */
bool reply_lease(const struct request *q, const struct lease *l, enum pxk_dhcp4_type type);
bool reply_nak(const struct request *q, const char *reason);
bool reply_inform(const struct request *q);
/* As a proxyDHCP server: a boot file, no address. */
bool reply_proxy(const struct request *q);
bool reply_boot(const struct request *q, const char *file, const uint8_t *item);

#endif
