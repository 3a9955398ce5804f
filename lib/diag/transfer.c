/* What rules ask about one transfer, and how they name and prove it. */
#include <string.h>

#include "diag_int.h"

bool transfer_done_later(const struct pxk_session *s, size_t i)
{
    const struct pxk_transfer *t = &s->transfers.at[i];
    for (size_t k = 0; k < s->transfers.n; k++)
        if (k != i && s->transfers.at[k].state == PXK_TRANSFER_DONE &&
            strcmp(s->transfers.at[k].file, t->file) == 0)
            return true;
    return false;
}

/* Does a capture show that the client is past this transfer, or gave it up? */
bool transfer_over(const struct dx *d, const struct pxk_transfer *t)
{
    return d->s->facts.finished || dx_restarts_after(d, t->last) ||
           pxk_usec_since(t->last, d->now) >= PXK_SILENCE;
}

/* Whatever came after shows that the file was there: the capture is what is incomplete. */
bool transfer_went_on(const struct dx *d, const struct pxk_transfer *t)
{
    for (unsigned i = 0; i < d->s->round_n; i++)
        if (d->s->round[i].started > t->last && !d->s->round[i].pxe && !d->s->round[i].http)
            return true;
    return false;
}

const char *transfer_intro(const struct pxk_transfer *t, char *out, size_t cap)
{
    char server[PXK_IP_STRLEN];
    return pxk_fmt(out, cap, "%s from %s", t->file, pxk_ip_text(t->server, server));
}

void transfer_frames(struct dx *d, struct pxk_finding *f, const struct pxk_transfer *t)
{
    dx_span(f, t->first_frame, t->icmp_frame > t->last_frame ? t->icmp_frame : t->last_frame);
    dx_filter(d, f, "udp.port == %u || icmp", t->client_port);
}

unsigned transfer_packet(const struct pxk_transfer *t)
{
    enum { IP_UDP_TFTP = 20 + 8 + 4 };
    return t->blksize + IP_UDP_TFTP;
}

unsigned link_mtu(const struct dx *d)
{
    return d->s->facts.link_mtu ? d->s->facts.link_mtu : 1500;
}
