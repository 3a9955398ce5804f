/* A DHCP engine with a pool of three addresses, a pen for requests and a reader for replies. */
#ifndef DHCP_RIG_H
#define DHCP_RIG_H

#include <criterion/criterion.h>

#include "pxk/engine/dhcpd.h"

#define SERVER    PXK_IP4(10, 77, 0, 1)
#define POOL(i)   (PXK_IP4(10, 77, 0, 100) + (pxk_ip4)(i))
#define RESERVED  PXK_IP4(10, 77, 0, 50)
#define RELAY     PXK_IP4(10, 77, 0, 254)
#define MAC(last) ((struct pxk_mac){{0x52, 0x54, 0, 0x77, 0, (last)}})

struct rig {
    struct pxk_dhcpd *d;
    pxk_usec now;
    struct pxk_dhcpd_meta meta;
    /* request */
    struct pxk_dhcp4_head head;
    struct pxk_dhcp4_out_opt opt[40];
    size_t opt_n;
    uint8_t values[2048];
    size_t values_n;
    uint8_t packet[4096];
    size_t packet_len;
    struct pxk_dhcp4 in;
    /* what came of it */
    bool answered;
    struct pxk_dhcpd_reply reply;
    struct pxk_dhcp4 out;
    enum pxk_dhcpd_event_kind last_event;
    char last_reason[100], last_file[300];
    unsigned events;
    struct pxk_dhcpd_lease told[64]; /* lease changes, as they came */
    size_t told_n;
};

/* One rig per test process: it is too large for a stack. */
extern struct rig rig;
extern struct pxk_dhcpd_config rig_config;

void rig_open(void); /* with rig_config, as it stands */
void rig_close(void);
/* Opens again with these faults, "dhcp.nak, dhcp.slow=3s". */
void rig_faults(const char *list);
/* A request of @type from MAC(@mac); options follow by rig_opt*(), then rig_send(). */
void rig_new(enum pxk_dhcp4_type type, uint8_t mac);
void rig_opt(uint8_t code, const void *data, size_t len);
void rig_opt_ip(uint8_t code, pxk_ip4 ip);
void rig_opt_text(uint8_t code, const char *text);
/* Encode, decode, hand in; true if there is a reply, which is then decoded in rig.out. */
bool rig_send(void);
/* DISCOVER, and REQUEST of what is offered; the leased address, 0 if it failed. */
pxk_ip4 rig_lease(uint8_t mac);
/* Text of a string option of the reply. */
const char *rig_text(uint8_t code);
/* Codes of the reply in order, as "53 54 51". */
const char *rig_order(void);

#endif
