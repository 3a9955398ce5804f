/* What is left of sessions that have retired: counts, and for every finding one example. A watcher that runs for weeks
 * holds no more than that. */
#include <stdlib.h>

#include "diag_int.h"

static void fold(struct pxk_past *past, const struct pxk_finding *f, size_t row)
{
    struct pxk_past_finding *p = &past->finding[row];
    if (p->clients++)
        return;
    p->mac = f->session->mac;
    p->frame = f->frame_n ? f->frame[0] : 0;
    (void)pxk_str_copy(p->seen, sizeof p->seen, f->seen); /* a cut sentence still says which */
}

static PXK_MUST_USE enum pxk_err fold_all(struct pxk_past *past, const struct pxk_diagnosis *d)
{
    const struct pxk_finding_row *rows;
    size_t n = pxk_finding_rows(&rows);
    if (!past->finding)
        past->finding = calloc(n, sizeof *past->finding);
    if (!past->finding)
        return PXK_E_NOMEM;
    for (size_t i = 0; i < d->findings.n; i++)
        if (d->findings.at[i].severity > PXK_SEVERITY_NOTE)
            fold(past, &d->findings.at[i], (size_t)(d->findings.at[i].row - rows));
    return PXK_OK;
}

enum pxk_err pxk_past_add(struct pxk_past *past, const struct pxk_tracker *t, const struct pxk_session *s)
{
    struct pxk_diagnosis d;
    if (!pxk_session_boots(s)) {
        past->others++;
        return PXK_OK;
    }
    enum pxk_err err = diagnose_brief(t, s, &d);
    if (err != PXK_OK)
        return err;
    past->clients++;
    past->boots += d.boots;
    past->failed += d.failures != 0;
    if (d.failures || d.warnings)
        err = fold_all(past, &d);
    pxk_diagnosis_done(&d);
    return err;
}

size_t pxk_past_rank(const struct pxk_past *past, size_t *rows, size_t max)
{
    const struct pxk_finding_row *table;
    size_t all = pxk_finding_rows(&table), n = 0;
    for (size_t i = 0; past->finding && i < all; i++) {
        if (!past->finding[i].clients)
            continue;
        size_t at = n < max ? n : max;
        for (; at > 0 && past->finding[rows[at - 1]].clients < past->finding[i].clients; at--)
            if (at < max)
                rows[at] = rows[at - 1];
        if (at < max)
            rows[at] = i;
        n++;
    }
    return n;
}

void pxk_past_done(struct pxk_past *past)
{
    free(past->finding);
    *past = (struct pxk_past){0};
}
