/* What the rules about HTTP, TLS and names share. */
#include "web.h"

#include <stdlib.h>
#include <string.h>

struct url url_split(const char *text)
{
    struct url u = {.path = ""};
    u.https = pxk_str_starts(text, "https://");
    u.is_url = u.https || pxk_str_starts(text, "http://");
    if (!u.is_url)
        return u;
    const char *host = strstr(text, "://") + 3;
    size_t n = strcspn(host, "/?#"), name = *host == '[' ? strcspn(host, "]") : strcspn(host, ":/?#");
    u.path = host[n] == '/' ? host + n : "";
    bool v6 = *host == '[';
    (void)pxk_str_copy_n(u.host, sizeof u.host, host + v6, name - v6);
    u.port = u.https ? 443 : 80;
    const char *port = host + name + (v6 && host[name] == ']');
    if (*port == ':' && port < host + n)
        u.port = (uint16_t)strtoul(port + 1, NULL, 10);
    pxk_ip4 ip;
    if (!v6 && pxk_ip4_parse(u.host, &ip) == PXK_OK)
        u.ip = pxk_ip_of4(ip);
    else
        u.by_name = !v6;
    return u;
}

bool web_after_boot(const struct dx *d, pxk_usec at)
{
    if (d->s->facts.emulated)
        return d->s->facts.booted;
    for (unsigned i = 1; i < d->s->round_n; i++) {
        const struct pxk_round *r = &d->s->round[i];
        if (!r->pxe && !r->http && !r->ipxe && r->started <= at)
            return true;
    }
    return false;
}

bool web_over(const struct dx *d, pxk_usec at)
{
    return d->s->facts.finished || dx_restarts_after(d, at) || pxk_usec_since(at, d->now) >= PXK_SILENCE;
}

bool web_goes_on(const struct dx *d, pxk_usec at)
{
    for (size_t i = 0; i < d->s->https.n; i++)
        if (d->s->https.at[i].at > at)
            return true;
    for (size_t i = 0; i < d->s->transfers.n; i++)
        if (d->s->transfers.at[i].started > at)
            return true;
    for (size_t i = 0; i < d->s->conns.n; i++)
        if (d->s->conns.at[i].at > at)
            return true;
    for (unsigned i = 0; i < d->s->round_n; i++)
        if (d->s->round[i].started > at && !d->s->round[i].pxe && !d->s->round[i].http)
            return true;
    return false;
}

bool web_recovers(const struct dx *d, pxk_usec at)
{
    for (size_t i = 0; i < d->s->https.n; i++)
        if (d->s->https.at[i].at > at && web_whole(&d->s->https.at[i]))
            return true;
    for (size_t i = 0; i < d->s->transfers.n; i++)
        if (d->s->transfers.at[i].started > at && d->s->transfers.at[i].state == PXK_TRANSFER_DONE)
            return true;
    return false;
}

bool web_whole(const struct pxk_http *h)
{
    return h->status >= 200 && h->status < 300 && (h->done || h->cut_head) && strcmp(h->method, "HEAD") != 0;
}

bool web_got(const struct dx *d, const char *path)
{
    for (size_t i = 0; i < d->s->https.n; i++)
        if (web_whole(&d->s->https.at[i]) && strcmp(d->s->https.at[i].path, path) == 0)
            return true;
    return false;
}

bool web_by_firmware(const struct pxk_http *h)
{
    return pxk_str_starts(h->agent, "UefiHttpBoot");
}

void web_proof(struct dx *d, struct pxk_finding *f, const struct pxk_http *h)
{
    dx_frame(f, h->frame);
    dx_frame(f, h->status_frame);
    dx_frame(f, h->end_frame);
    dx_filter(d, f, "tcp.port == %u", h->client_port);
}

void web_tell(struct pxk_finding *f, const struct pxk_http *h)
{
    char ip[PXK_IP_STRLEN];
    dx_seen(f, "%s http://%s%s", h->method, *h->host ? h->host : pxk_ip_text(h->server, ip), h->path);
}
