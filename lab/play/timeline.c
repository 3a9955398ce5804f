#include "timeline.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    unsigned seen;     /* times that its event has happened */
    pxk_usec due;      /* PXK_NEVER: not yet */
    bool done;
    /* of entries with `blocks`: the transfer of each client that was counted last, so that one counts once */
    const struct pxk_session *counted_session;
    size_t counted_transfer;
};

struct pxk_timeline {
    struct pxk_timeline_opts opts;
    size_t n, open, waits_for_blocks;
    struct entry *entry;
};

static const struct pxk_scn_event *event_at(const struct pxk_timeline *t, size_t i)
{
    return &t->opts.scenario->timeline.at[i];
}

static bool counts_blocks(const struct pxk_scn_event *e)
{
    return e->on == PXK_EVENT_TFTP_DATA && e->blocks > 1;
}

enum pxk_err pxk_timeline_new(const struct pxk_timeline_opts *opts, struct pxk_timeline **out)
{
    struct pxk_timeline *t = calloc(1, sizeof *t);
    if (!t)
        return PXK_E_NOMEM;
    t->opts = *opts;
    t->n = t->open = opts->scenario->timeline.n;
    t->entry = calloc(t->n ? t->n : 1, sizeof *t->entry);
    if (!t->entry)
        return pxk_timeline_free(t), PXK_E_NOMEM;
    for (size_t i = 0; i < t->n; i++) {
        t->entry[i].due = PXK_NEVER;
        t->waits_for_blocks += counts_blocks(event_at(t, i));
    }
    *out = t;
    return PXK_OK;
}

struct pxk_timeline *pxk_timeline_free(struct pxk_timeline *t)
{
    if (t)
        free(t->entry);
    free(t);
    return NULL;
}

static void act(struct pxk_timeline *t, size_t i)
{
    struct entry *e = &t->entry[i];
    if (e->done)
        return;
    e->done = true;
    e->due = PXK_NEVER;
    t->open--;
    t->waits_for_blocks -= counts_blocks(event_at(t, i));
    t->opts.act(t->opts.ctx, event_at(t, i));
}

void pxk_timeline_begin(struct pxk_timeline *t, pxk_usec now)
{
    for (size_t i = 0; i < t->n; i++)
        if (event_at(t, i)->at_given)
            t->entry[i].due = now + event_at(t, i)->at;
    pxk_timeline_expire(t, now);
}

static bool is_client(const struct pxk_timeline *t, const struct pxk_scn_event *e, const struct pxk_session *s)
{
    const char *name = e->client ? t->opts.client_name(t->opts.ctx, s) : NULL;
    return !e->client || (name && strcmp(name, e->client) == 0);
}

/* The whole name, or its last parts. */
static bool is_file(const char *file, const char *wanted)
{
    if (!wanted)
        return true;
    wanted += strspn(wanted, "/");
    if (!pxk_str_ends(file, wanted))
        return false;
    size_t before = strlen(file) - strlen(wanted);
    return before == 0 || file[before - 1] == '/';
}

static void happened(struct pxk_timeline *t, size_t i, pxk_usec now)
{
    const struct pxk_scn_event *e = event_at(t, i);
    struct entry *x = &t->entry[i];
    if (++x->seen != e->count)
        return;
    if (e->after)
        x->due = now + e->after;
    else
        act(t, i);
}

void pxk_timeline_event(struct pxk_timeline *t, const struct pxk_event *event)
{
    for (size_t i = 0; t->open > 0 && i < t->n; i++) {
        const struct pxk_scn_event *e = event_at(t, i);
        if (t->entry[i].done || e->at_given || e->on != (int)event->kind || counts_blocks(e))
            continue;
        const char *file = event->transfer ? event->transfer->file : event->http ? event->http->path : "";
        if (is_client(t, e, event->session) && is_file(file, e->file))
            happened(t, i, event->t);
    }
}

/* The last transfers are the running ones; a client runs no more than a few at once. */
static void look_for_blocks(struct pxk_timeline *t, size_t i, const struct pxk_session *s, pxk_usec now)
{
    const struct pxk_scn_event *e = event_at(t, i);
    struct entry *x = &t->entry[i];
    size_t n = s->transfers.n;
    for (size_t k = n > 4 ? n - 4 : 0; !x->done && k < n; k++) {
        const struct pxk_transfer *tr = &s->transfers.at[k];
        if (tr->blocks < e->blocks || !is_file(tr->file, e->file) ||
            (x->counted_session == s && x->counted_transfer >= k + 1))
            continue;
        x->counted_session = s;
        x->counted_transfer = k + 1;
        happened(t, i, now);
    }
}

void pxk_timeline_frame(struct pxk_timeline *t, const struct pxk_tracker *tracker, pxk_usec now)
{
    if (t->waits_for_blocks == 0)
        return;
    for (size_t i = 0; i < t->n; i++) {
        const struct pxk_scn_event *e = event_at(t, i);
        if (t->entry[i].done || e->at_given || !counts_blocks(e))
            continue;
        for (size_t c = 0; c < pxk_tracker_count(tracker); c++) {
            const struct pxk_session *s = pxk_tracker_session(tracker, c);
            if (is_client(t, e, s))
                look_for_blocks(t, i, s, now);
        }
    }
}

pxk_usec pxk_timeline_deadline(const struct pxk_timeline *t)
{
    pxk_usec at = PXK_NEVER;
    for (size_t i = 0; i < t->n; i++)
        at = pxk_usec_min(at, t->entry[i].due);
    return at;
}

void pxk_timeline_expire(struct pxk_timeline *t, pxk_usec now)
{
    for (size_t i = 0; i < t->n; i++)
        if (!t->entry[i].done && t->entry[i].due <= now)
            act(t, i);
}

const struct pxk_scn_event *pxk_timeline_open(const struct pxk_timeline *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (!t->entry[i].done)
            return event_at(t, i);
    return NULL;
}
