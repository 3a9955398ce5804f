/* The reference server's engines on their ports. What the service does with sockets (server/dhcp_service.c,
 * server/tftp_service.c) is done here with frames. */
#include <stdlib.h>

#include "vhost.h"

struct pxk_vhost_transfer {
    struct pxk_vhost_transfer *next;
    struct pxk_tftpd t;
    struct pxk_mac mac;
    pxk_ip4 ip;
    uint16_t client_port, port;
    uint64_t request_hash; /* a repeated request is the same, byte by byte */
    pxk_usec started;
};

/* ---- DHCP ---- */

static void dhcp_input(struct pxk_vhost *h, const struct pxk_frame *f, pxk_usec now)
{
    const struct pxk_dhcpd_reply *r = &h->reply;
    struct pxk_dhcpd_meta meta = {.local = f->ip.dst, .local_port = f->dport, .source = f->ip.src, .source_port = f->sport};
    if (pxk_dhcp4_decode(f->payload, f->payload_len, &h->message) != PXK_OK ||
        !pxk_dhcpd_input(h->dhcpd, &h->message, &meta, now, &h->reply))
        return;
    struct pxk_vhost_datagram d = {.mac = r->to == PXK_DHCPD_TO_MAC ? r->mac : f->src,
                                   .to = r->to == PXK_DHCPD_TO_BROADCAST ? PXK_IP4_BROADCAST : r->ip, .sport = r->from_port,
                                   .dport = r->port, .data = r->data, .len = r->len, .after = r->delay,
                                   .bad_checksum = r->bad_checksum};
    for (unsigned i = 0; i == 0 || i < r->copies; i++)
        pxk_vhost_udp(h, &d);
}

/* ---- TFTP ---- */

static void transfer_end(struct pxk_vhost *h, struct pxk_vhost_transfer *x, pxk_usec now)
{
    struct pxk_vhost_transfer **at = &h->first;
    while (*at != x)
        at = &(*at)->next;
    *at = x->next;
    h->running--;
    if (h->io.ended)
        h->io.ended(h->io.ctx, x->ip, &x->t, pxk_usec_since(x->started, now));
    pxk_tftpd_close(&x->t);
    free(x);
}

static void transfer_flush(struct pxk_vhost *h, struct pxk_vhost_transfer *x, pxk_usec now)
{
    for (size_t n; (n = pxk_tftpd_output(&x->t, h->datagram, sizeof h->datagram, now)) != 0;)
        pxk_vhost_udp(h, &(struct pxk_vhost_datagram){.mac = x->mac, .to = x->ip, .sport = x->port, .dport = x->client_port,
                                                      .data = h->datagram, .len = n});
    if (x->t.end != PXK_TFTPD_RUNNING)
        transfer_end(h, x, now);
}

/* @port 0: any of ours. */
static struct pxk_vhost_transfer *transfer_of(const struct pxk_vhost *h, const struct pxk_frame *f, uint16_t port)
{
    for (struct pxk_vhost_transfer *x = h->first; x; x = x->next)
        if (x->ip == f->ip.src && x->client_port == f->sport && (!port || x->port == port))
            return x;
    return NULL;
}

static uint16_t port_free(struct pxk_vhost *h)
{
    uint16_t port = h->next_port;
    h->next_port = port == 60999 ? 32768 : (uint16_t)(port + 1);
    return port;
}

static struct pxk_vhost_transfer *transfer_add(struct pxk_vhost *h, const struct pxk_frame *f, pxk_usec now)
{
    struct pxk_vhost_transfer **at = &h->first, *x = calloc(1, sizeof *x);
    if (!x) {
        h->failed = pxk_err_text(PXK_E_NOMEM);
        return NULL;
    }
    while (*at)
        at = &(*at)->next;
    *at = x;
    h->running++;
    x->mac = f->src;
    x->ip = f->ip.src;
    x->client_port = f->sport;
    x->port = port_free(h);
    x->request_hash = pxk_hash(PXK_HASH_BEGIN, f->payload, f->payload_len);
    x->started = now;
    return x;
}

static void transfer_request(struct pxk_vhost *h, const struct pxk_frame *f, const struct pxk_tftp *rrq, pxk_usec now)
{
    struct pxk_vhost_transfer *x = transfer_of(h, f, 0);
    if (x && x->request_hash == pxk_hash(PXK_HASH_BEGIN, f->payload, f->payload_len) && pxk_tftpd_unanswered(&x->t)) {
        pxk_tftpd_again(&x->t, now);
        transfer_flush(h, x, now);
        return;
    }
    if (x)
        transfer_end(h, x, now); /* ROMs use the same port for one file after the other */
    x = h->running < h->max_clients ? transfer_add(h, f, now) : NULL;
    if (!x)
        return;
    pxk_tftpd_start(&x->t, rrq, &h->limits, &h->files, now);
    transfer_flush(h, x, now);
}

static void tftp_input(struct pxk_vhost *h, const struct pxk_frame *f, pxk_usec now)
{
    uint8_t out[64];
    struct pxk_tftp m;
    if (f->ip.dst != h->ip || !f->sport)
        return;
    if (pxk_tftp_decode(f->payload, f->payload_len, &m) == PXK_OK && (m.op == PXK_TFTP_RRQ || m.op == PXK_TFTP_WRQ)) {
        transfer_request(h, f, &m, now);
        return;
    }
    size_t n = pxk_tftpd_stray(f->payload, f->payload_len, out, sizeof out);
    if (n)
        pxk_vhost_udp(h, &(struct pxk_vhost_datagram){.mac = f->src, .to = f->ip.src, .sport = PXK_TFTP_PORT,
                                                      .dport = f->sport, .data = out, .len = n});
}

/* ---- the ports ---- */

static bool is_dhcp(const struct pxk_vhost *h, uint16_t port)
{
    return h->dhcpd && (port == PXK_DHCP4_SERVER_PORT || (port == PXK_PXE_PORT && !h->no_4011));
}

bool pxk_vhost_listens(const struct pxk_vhost *h, const struct pxk_frame *f)
{
    return is_dhcp(h, f->dport) || (f->dport == PXK_TFTP_PORT && h->tftp) || transfer_of(h, f, f->dport);
}

bool pxk_vhost_serve(struct pxk_vhost *h, const struct pxk_frame *f, pxk_usec now)
{
    struct pxk_vhost_transfer *x;
    if (is_dhcp(h, f->dport)) {
        dhcp_input(h, f, now);
    } else if (f->dport == PXK_TFTP_PORT && h->tftp) {
        tftp_input(h, f, now);
    } else if ((x = transfer_of(h, f, f->dport)) != NULL) {
        pxk_tftpd_input(&x->t, f->payload, f->payload_len, now);
        transfer_flush(h, x, now);
    } else {
        return false;
    }
    return true;
}

pxk_usec pxk_vhost_deadline(const struct pxk_vhost *h)
{
    pxk_usec at = PXK_NEVER;
    for (const struct pxk_vhost_transfer *x = h->first; x; x = x->next)
        at = pxk_usec_min(at, pxk_tftpd_deadline(&x->t));
    return at;
}

void pxk_vhost_expire(struct pxk_vhost *h, pxk_usec now)
{
    for (struct pxk_vhost_transfer *x = h->first, *next; x; x = next) {
        next = x->next;
        if (pxk_tftpd_deadline(&x->t) > now)
            continue;
        pxk_tftpd_expire(&x->t, now);
        transfer_flush(h, x, now);
    }
}

void pxk_vhost_break_off(struct pxk_vhost *h, pxk_usec now)
{
    while (h->first)
        transfer_end(h, h->first, now);
}

struct pxk_vhost *pxk_vhost_free(struct pxk_vhost *h)
{
    if (!h)
        return NULL;
    h->io.ended = NULL;
    pxk_vhost_break_off(h, 0);
    free(h);
    return NULL;
}
