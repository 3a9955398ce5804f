/* Capture files on the loop: one of them a piece per turn, or as its pipe brings it; several merged by time, of which only those are
 * open that overlap (a night's rotated files are a thousand). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "follow.h"
#include "probe_int.h"

#define BUFFER_ONE    ((size_t)256 << 10) /* what one read() brings stays in the processor's cache */
#define BUFFER_MERGED ((size_t)128 << 10)
#define BATCH         4096 /* packets of a merge per turn */

struct source {
    struct infile in;
    struct pxk_cap_record head; /* the next packet; while closed only its time is known */
    bool open;
    unsigned index;
};

struct files {
    struct pxk_probe *p;
    struct source *at;
    struct source **heap; /* the earliest head first */
    size_t n, heap_n;
    uv_idle_t idle;       /* for files on disk, and to stop */
    uv_poll_t poll;       /* for all else */
    bool polling, stopped;
    struct follow *follow; /* the file grows; NULL: it does not */
    struct pxk_probe_stats done; /* of closed files */
};

/* ---- counts ---- */

static void counts_add(const struct source *s, struct pxk_probe_stats *out)
{
    if (!s->in.cap)
        return;
    const struct pxk_cap_counts *c = pxk_capfile_counts(s->in.cap);
    out->damaged += c->damaged;
    out->skipped += c->skipped;
    out->cut += c->cut;
    out->dropped_kernel += c->dropped;
    out->file_bytes += s->in.bytes;
    out->read_errors += s->in.err != PXK_OK;
}

void files_stats(const struct files *f, struct pxk_probe_stats *s)
{
    const struct pxk_probe_stats *d = &f->done;
    s->damaged = d->damaged;
    s->skipped = d->skipped;
    s->cut = d->cut;
    s->dropped_kernel = d->dropped_kernel;
    s->file_bytes = d->file_bytes;
    s->read_errors = d->read_errors;
    s->files = d->files;
    s->file_total = 0;
    for (size_t i = 0; i < f->n; i++) {
        s->file_total += f->at[i].in.size;
        if (f->at[i].open)
            counts_add(&f->at[i], s);
    }
}

static void damage_tell(struct files *f, const struct source *s)
{
    const struct pxk_cap_counts *c = pxk_capfile_counts(s->in.cap);
    if (s->in.err != PXK_OK)
        probe_notice(f->p, PXK_LOG_WARN, "%s; what came before is used", s->in.why);
    if (c->damaged)
        probe_notice(f->p, PXK_LOG_WARN, "%s is damaged in %llu place%s: %llu bytes were skipped", s->in.path,
                     (unsigned long long)c->damaged, c->damaged > 1 ? "s" : "", (unsigned long long)c->skipped);
    if (c->cut)
        probe_notice(f->p, PXK_LOG_WARN, "%s ends inside a packet: it was cut, or is still being written", s->in.path);
    if (c->dropped)
        probe_notice(f->p, PXK_LOG_WARN, "%s tells that %llu packets were lost while it was captured", s->in.path,
                     (unsigned long long)c->dropped);
}

static void source_count(struct files *f, const struct source *s)
{
    if (!s->in.cap)
        return;
    if (pxk_capfile_error(s->in.cap) == PXK_OK)
        damage_tell(f, s); /* else end() tells */
    counts_add(s, &f->done);
    f->done.files++;
}

/* A file is read. */
static void source_done(struct files *f, struct source *s)
{
    source_count(f, s);
    infile_close(&s->in);
    s->open = false;
}

/* ---- one file ---- */

static void finished(struct files *f)
{
    (void)uv_idle_stop(&f->idle);
    follow_stop(f->follow);
    if (f->polling)
        (void)uv_poll_stop(&f->poll);
    probe_finished(f->p);
}

static void drain(struct files *f, struct source *s)
{
    struct pxk_cap_record rec;
    while (!f->stopped && infile_next(&s->in, &rec))
        probe_record(f->p, s->index, pxk_capfile_iface(s->in.cap, rec.iface), &rec);
}

/* A growing file is read to its present end: wait for more, begin the file that took its place, or give up. */
static void followed(struct files *f, struct source *s)
{
    if (infile_pending(&s->in))
        return;
    switch (follow_look(f->follow, &s->in)) {
    case FOLLOW_MORE:
        break;
    case FOLLOW_WAIT:
        (void)uv_idle_stop(&f->idle);
        follow_wait(f->follow, s->in.path);
        break;
    case FOLLOW_NEW:
        infile_finish(&s->in);
        drain(f, s);
        source_count(f, s);
        probe_notice(f->p, PXK_LOG_INFO, "%s begins anew: it was cut, or another file took its place", s->in.path);
        if (infile_reopen(&s->in) != PXK_OK) {
            probe_notice(f->p, PXK_LOG_ERROR, "%s", s->in.why);
            f->stopped = true;
        }
    }
}

/* Something can be read. */
static void one_turn(struct files *f)
{
    int got = 0;
    struct source *s = &f->at[0];
    drain(f, s); /* what came when its format was looked at */
    do {
        got = f->stopped ? 0 : infile_fill(&s->in); /* its end, and what failed, show in s->in */
        drain(f, s);
    } while (infile_pending(&s->in) && !f->stopped && !s->in.ended && !s->in.regular);
    if (f->polling)
        probe_flush(f->p); /* the next packet may be long in coming */
    enum pxk_err err = f->stopped ? PXK_OK : infile_verdict(&s->in);
    if (err != PXK_OK) {
        f->p->err = err;
        (void)pxk_str_copy(f->p->why, sizeof f->p->why, s->in.why);
    }
    if (f->follow && got < 0 && !f->stopped && err == PXK_OK)
        followed(f, s);
    if (s->in.ended || f->stopped || err != PXK_OK) {
        source_done(f, s);
        finished(f);
    }
}

/* ---- several files ---- */

static bool earlier(const struct source *a, const struct source *b)
{
    return a->head.at != b->head.at ? a->head.at < b->head.at : a->index < b->index;
}

static void heap_down(struct files *f, size_t i)
{
    for (;;) {
        size_t least = i, left = 2 * i + 1, right = left + 1;
        if (left < f->heap_n && earlier(f->heap[left], f->heap[least]))
            least = left;
        if (right < f->heap_n && earlier(f->heap[right], f->heap[least]))
            least = right;
        if (least == i)
            return;
        struct source *t = f->heap[i];
        f->heap[i] = f->heap[least];
        f->heap[least] = t;
        i = least;
    }
}

/* The first file has its head at hand: open it if it was only looked at. False: it cannot be read any more. */
static bool source_ready(struct files *f, struct source *s)
{
    if (s->open)
        return true;
    const char *path = f->p->opts.files[s->index];
    s->open = true;
    if (infile_open(&s->in, path, BUFFER_MERGED) == PXK_OK && infile_pull(&s->in, &s->head))
        return true;
    probe_notice(f->p, PXK_LOG_WARN, "%s: it could be read a moment ago, and cannot now", path);
    return false;
}

static void heap_pop(struct files *f)
{
    struct source *s = f->heap[0];
    if (s->in.cap)
        source_done(f, s);
    else
        infile_close(&s->in);
    f->heap[0] = f->heap[--f->heap_n];
    heap_down(f, 0);
}

static void merge_turn(struct files *f)
{
    for (unsigned i = 0; i < BATCH && f->heap_n && !f->stopped; i++) {
        struct source *s = f->heap[0];
        if (!source_ready(f, s)) {
            heap_pop(f);
            continue;
        }
        probe_record(f->p, s->index, pxk_capfile_iface(s->in.cap, s->head.iface), &s->head);
        if (infile_pull(&s->in, &s->head))
            heap_down(f, 0);
        else
            heap_pop(f);
    }
    if (!f->heap_n || f->stopped)
        finished(f);
}

/* ---- opening ---- */

static void on_idle(uv_idle_t *h)
{
    struct files *f = ((struct pxk_probe *)h->data)->files;
    if (f->n == 1)
        one_turn(f);
    else
        merge_turn(f);
}

static void on_readable(uv_poll_t *h, int status, int events)
{
    (void)status, (void)events; /* what is wrong, read() tells */
    one_turn(((struct pxk_probe *)h->data)->files);
}

static enum pxk_err idle_start(struct files *f)
{
    (void)uv_idle_start(&f->idle, on_idle); /* cannot fail with a callback */
    return PXK_OK;
}

/* What cannot be polled (/dev/null, say) never waits either. */
static enum pxk_err poll_start(struct files *f, int fd)
{
    if (uv_poll_init(f->p->loop, &f->poll, fd) != 0)
        return idle_start(f);
    f->poll.data = f->p;
    f->polling = true;
    f->p->handles++;
    (void)uv_poll_start(&f->poll, UV_READABLE, on_readable); /* it could be polled a line above */
    return PXK_OK;
}

static void on_change(struct pxk_probe *p)
{
    (void)idle_start(p->files);
}

static enum pxk_err one_open(struct files *f)
{
    struct source *s = &f->at[0];
    s->open = true;
    enum pxk_err err = infile_open(&s->in, f->p->opts.files[0], BUFFER_ONE);
    if (err == PXK_OK && !s->in.regular) {
        f->p->stash = stash_free(f->p->stash);
        return poll_start(f, s->in.fd);
    }
    if (err == PXK_OK && f->p->opts.follow) {
        s->in.grows = true; /* its format is known when there is something in it */
        f->follow = follow_new(f->p, on_change);
        if (!f->follow)
            return PXK_E_NOMEM;
    } else if (err == PXK_OK) {
        err = infile_begin(&s->in);
    }
    return err == PXK_OK ? idle_start(f) : err;
}

/* Look at the first packet; files on disk wait closed for their time. */
static enum pxk_err merged_look(struct files *f, struct source *s)
{
    enum pxk_err err = infile_open(&s->in, f->p->opts.files[s->index], BUFFER_MERGED);
    s->open = true;
    if (err == PXK_OK)
        err = infile_begin(&s->in);
    if (err != PXK_OK)
        return err;
    if (!infile_pull(&s->in, &s->head)) {
        source_done(f, s); /* a capture of nothing */
        return PXK_OK;
    }
    f->heap[f->heap_n++] = s;
    if (s->in.regular && strcmp(f->p->opts.files[s->index], "-") != 0) {
        infile_close(&s->in);
        s->open = false;
    }
    return PXK_OK;
}

static enum pxk_err merged_open(struct files *f, struct source **bad)
{
    for (size_t i = 0; i < f->n; i++) {
        *bad = &f->at[i];
        enum pxk_err err = merged_look(f, &f->at[i]);
        if (err != PXK_OK)
            return err;
    }
    for (size_t i = f->heap_n / 2; i-- > 0;)
        heap_down(f, i);
    return idle_start(f);
}

enum pxk_err files_open(struct pxk_probe *p, char *why, size_t cap)
{
    struct files *f = calloc(1, sizeof *f);
    if (!f)
        return PXK_E_NOMEM;
    p->files = f;
    f->p = p;
    f->n = p->opts.file_n;
    f->at = calloc(f->n, sizeof *f->at);
    f->heap = calloc(f->n, sizeof(struct source *));
    (void)uv_idle_init(p->loop, &f->idle); /* cannot fail */
    f->idle.data = p;
    p->handles++;
    if (!f->at || !f->heap)
        return PXK_E_NOMEM;
    for (size_t i = 0; i < f->n; i++) {
        f->at[i].index = (unsigned)i;
        f->at[i].in.fd = -1;
    }
    struct source *bad = &f->at[0];
    if (!p->opts.keep_duplicates && !p->opts.follow)
        p->stash = stash_new(); /* files on disk make nobody wait */
    enum pxk_err err = f->n == 1 ? one_open(f) : merged_open(f, &bad);
    if (err != PXK_OK)
        (void)pxk_str_copy(why, cap, bad->in.why);
    return err;
}

void files_stop(struct files *f)
{
    f->stopped = true;
    (void)idle_start(f); /* a pipe may bring nothing any more */
}

void files_close(struct files *f)
{
    if (!f)
        return;
    f->stopped = true; /* this may be the frame's callback */
    probe_handle_close(f->p, (uv_handle_t *)&f->idle);
    follow_close(f->follow);
    if (f->polling)
        probe_handle_close(f->p, (uv_handle_t *)&f->poll);
}

struct files *files_free(struct files *f)
{
    if (!f)
        return NULL;
    for (size_t i = 0; f->at && i < f->n; i++)
        infile_close(&f->at[i].in);
    free(f->at);
    free(f->heap);
    free(f->follow);
    free(f);
    return NULL;
}
