/* What sessions add up to. Only what is over is counted, so that a number never becomes smaller. */
#include "metrics_int.h"

const double metrics_offer_bounds[PXK_METRICS_BUCKETS] = OFFER_BOUNDS;
const double metrics_boot_bounds[PXK_METRICS_BUCKETS] = BOOT_BOUNDS;

static void observe(struct pxk_histogram *h, const double *bounds, pxk_usec t)
{
    double v = (double)t / 1e6;
    unsigned i = 0;
    while (i < PXK_METRICS_BUCKETS && v > bounds[i])
        i++;
    if (i < PXK_METRICS_BUCKETS)
        h->bucket[i]++;
    h->count++;
    h->sum += v;
}

static void answer_add(struct pxk_metrics *m, const struct pxk_answer *a)
{
    if (a->sport == PXK_PXE_PORT)
        m->pxe_answers += a->count;
    else if (a->type < PXK_COUNT(m->dhcp))
        m->dhcp[a->type] += a->count;
    if (a->type == PXK_DHCP4_OFFER && a->sport != PXK_PXE_PORT)
        observe(&m->offer, metrics_offer_bounds, a->delay);
}

static void round_add(struct pxk_metrics *m, const struct pxk_round *r)
{
    m->dhcp[PXK_DHCP4_DISCOVER] += r->discovers;
    m->dhcp[PXK_DHCP4_REQUEST] += r->requests;
    m->dhcp[PXK_DHCP4_DECLINE] += r->declines;
    m->dhcp[PXK_DHCP4_RELEASE] += r->releases;
    m->pxe_requests += r->proxy_requests;
    for (unsigned i = 0; i < r->answer_n; i++)
        answer_add(m, &r->answer[i]);
}

static void transfer_add(struct pxk_metrics *m, const struct pxk_transfer *t)
{
    m->tftp_bytes += t->bytes;
    m->tftp_repeats += t->repeats;
    if (t->probe)
        return; /* it wanted the size and has it */
    m->tftp_done += t->state == PXK_TRANSFER_DONE;
    m->tftp_refused += t->state == PXK_TRANSFER_REFUSED;
    m->tftp_aborted += t->state == PXK_TRANSFER_ABORTED;
}

static void http_add(struct pxk_metrics *m, const struct pxk_http *h)
{
    if (!h->status && !h->reset)
        return; /* not over */
    m->http[h->status < PXK_METRICS_STATUS ? h->status : 0]++;
    if (h->status >= 200 && h->status < 300)
        m->http_bytes += h->bytes;
}

/* When the last file came that the kernel is started with. */
static pxk_usec loaded_at(const struct pxk_session *s)
{
    struct pxk_boot_path path;
    pxk_usec at = 0;
    pxk_boot_path_of(s, &path);
    for (unsigned i = PXK_STAGE_LOADER; i <= PXK_STAGE_INITRD; i++) {
        const char *name = path.stage[i].name;
        const struct pxk_transfer *t = *name ? pxk_session_transfer(s, name) : NULL;
        if (t && t->last > at)
            at = t->last;
        for (size_t k = 0; *name && k < s->https.n; k++)
            if (pxk_str_ends(name, s->https.at[k].path) && *s->https.at[k].path && s->https.at[k].at > at)
                at = s->https.at[k].at;
    }
    return at ? at : s->last;
}

void pxk_metrics_add(struct pxk_metrics *m, const struct pxk_session *s)
{
    if (pxk_session_boots(s))
        m->clients++;
    else
        m->others++;
    for (unsigned i = 0; i < s->round_n; i++)
        round_add(m, &s->round[i]);
    for (size_t i = 0; i < s->transfers.n; i++)
        transfer_add(m, &s->transfers.at[i]);
    for (size_t i = 0; i < s->https.n; i++)
        http_add(m, &s->https.at[i]);
    for (size_t i = 0; i < s->conns.n; i++)
        m->http[0] += s->conns.at[i].refused;
    if (!pxk_session_boots(s) || pxk_session_milestone(s) < PXK_MILESTONE_INITRD)
        return;
    m->boots++;
    observe(&m->boot, metrics_boot_bounds, pxk_usec_since(s->started, loaded_at(s)));
}
