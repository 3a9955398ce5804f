/* Private to the rules about HTTP, TLS and names: the boot file's URL, and what a session shows of a request. */
#ifndef PXK_DIAG_WEB_H
#define PXK_DIAG_WEB_H

#include "diag_int.h"

struct url {
    bool is_url, https;    /* is_url: http or https */
    bool by_name;          /* the host is a name */
    char host[128];        /* without brackets */
    struct pxk_ip ip;      /* of an IPv4 host; none */
    uint16_t port;
    const char *path;      /* in the text that was split; "" if there is none */
};
struct url url_split(const char *text);
/** What happened at @at is a kernel's or an installer's doing, not the boot's. */
bool web_after_boot(const struct dx *d, pxk_usec at);
/** The client is done with what it last did at @at: it began again, is silent, or has ended. */
bool web_over(const struct dx *d, pxk_usec at);
/** A request, a transfer or a connection after @at. */
bool web_goes_on(const struct dx *d, pxk_usec at);
/** A file that was fetched whole after @at. */
bool web_recovers(const struct dx *d, pxk_usec at);
/** An answer with all of its body. */
bool web_whole(const struct pxk_http *h);
/** Was this path (of any server) fetched whole by another request? */
bool web_got(const struct dx *d, const char *path);
/** Made by the firmware's HTTP: EDK2, and shim and Red Hat's GRUB, which use it. */
bool web_by_firmware(const struct pxk_http *h);
/** Frames and filter of a request. */
void web_proof(struct dx *d, struct pxk_finding *f, const struct pxk_http *h);
/** "GET http://10.77.0.1/linux" */
void web_tell(struct pxk_finding *f, const struct pxk_http *h);

#endif
