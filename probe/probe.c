/* What all sources share: a packet's way from a record to the caller, the counts, opening and closing. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe_int.h"

void probe_notice(struct pxk_probe *p, enum pxk_log_level level, const char *fmt, ...)
{
    char text[400];
    va_list args;
    if (!p->opts.notice)
        return;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args); /* cut is fine */
    va_end(args);
    p->opts.notice(p->opts.ctx, level, text);
}

/* ---- a packet's way ---- */

static void unsupported(struct pxk_probe *p, uint16_t link)
{
    char name[32];
    p->stats.unsupported++;
    if (p->told_links[link / 8] >> link % 8 & 1)
        return;
    p->told_links[link / 8] |= (uint8_t)(1 << link % 8);
    probe_notice(p, PXK_LOG_WARN, "packets of %s cannot be read: %s", pxk_linklayer_name(link, name, sizeof name),
                 pxk_linklayer_why(link));
}

/* False: there is no frame in it. */
static bool convert(struct pxk_probe *p, const struct pxk_cap_record *rec, struct pxk_linkframe *out)
{
    if (rec->link == PXK_LINK_ETHERNET) {
        *out = (struct pxk_linkframe){rec->data, rec->len, rec->wire};
        return true;
    }
    if (!p->scratch && !(p->scratch = malloc(PXK_LINK_SCRATCH)))
        return false;
    enum pxk_err err = pxk_linklayer(rec->link, rec->data, rec->len, rec->wire, p->scratch, out);
    if (err == PXK_E_UNSUPPORTED)
        unsupported(p, rec->link);
    else if (err != PXK_OK)
        p->stats.other++;
    return err == PXK_OK;
}

bool probe_matches(const struct pxk_probe *p, const uint8_t *data, uint32_t len, uint32_t wire)
{
    const struct pcap_pkthdr h = {.caplen = len, .len = wire};
    return !p->filter.bf_insns || pcap_offline_filter(&p->filter, &h, data) != 0;
}

static void record_result(struct pxk_probe *p, enum pxk_err err)
{
    if (err == PXK_OK)
        return;
    if (pxk_rec_streams(p->opts.rec))
        pxk_probe_stop(p); /* nobody reads any more */
    else
        probe_notice(p, PXK_LOG_ERROR, "%s; the rest is not written", pxk_rec_why(p->opts.rec));
}

void probe_flush(struct pxk_probe *p)
{
    if (p->opts.rec)
        record_result(p, pxk_rec_flush(p->opts.rec));
}

void probe_tell(struct pxk_probe *p, const struct pxk_probe_frame *f)
{
    p->stats.frames++;
    p->opts.frame(p->opts.ctx, f);
}

/* Is it a copy that is folded? Or is it held back? */
static bool folded(struct pxk_probe *p, const struct pxk_probe_frame *f)
{
    bool on = p->dedup.on, copy = pxk_dedup_look(&p->dedup, f->data, f->len, f->wire, f->at);
    if (p->stash) {
        if (stash_keep(p->stash, f, copy))
            return true;
        stash_tell(p);
        on = p->dedup.on;
    }
    if (on && copy)
        p->stats.duplicates++;
    else if (p->dedup.on && !on)
        probe_notice(p, PXK_LOG_INFO, "most frames are there twice, as a mirror port copies them: the copies are left out");
    return on && copy;
}

void probe_record(struct pxk_probe *p, unsigned source, const struct pxk_cap_iface *iface, const struct pxk_cap_record *rec)
{
    struct pxk_linkframe l;
    struct pxk_probe_stats *s = &p->stats;
    uint64_t number = ++p->number;
    s->packets++;
    s->bytes += rec->wire;
    s->snapped += rec->len < rec->wire;
    s->last = rec->at;
    if (number == 1)
        s->first = rec->at;
    bool readable = convert(p, rec, &l);
    if (p->filter.bf_insns && !(readable && probe_matches(p, l.data, l.len, l.wire))) {
        s->filtered++;
        return;
    }
    if (readable) {
        struct pxk_probe_frame f = {l.data, l.len, l.wire, rec->at, number, source};
        if (p->opts.keep_duplicates || !folded(p, &f))
            probe_tell(p, &f);
    }
    if (p->opts.rec) /* with the comments that it just got */
        record_result(p, pxk_rec_packet(p->opts.rec, source, iface, rec, number));
}

/* ---- life ---- */

static void on_ending(uv_idle_t *h)
{
    struct pxk_probe *p = h->data;
    (void)uv_idle_stop(h);
    if (p->opts.end && !p->closing)
        p->opts.end(p->opts.ctx, p->err, p->why);
}

void probe_finished(struct pxk_probe *p)
{
    if (p->ended || p->closing)
        return;
    p->ended = true;
    stash_tell(p);
    (void)uv_idle_start(&p->ending, on_ending); /* cannot fail with a callback */
}

static void probe_free(struct pxk_probe *p)
{
    p->files = files_free(p->files);
    p->live = live_free(p->live);
    if (p->filter.bf_insns)
        pcap_freecode(&p->filter);
    stash_free(p->stash);
    free(p->scratch);
    free(p);
}

static void on_closed(uv_handle_t *h)
{
    struct pxk_probe *p = h->data;
    if (--p->handles == 0)
        probe_free(p);
}

void probe_handle_close(struct pxk_probe *p, uv_handle_t *h)
{
    (void)p; /* counted when it was made */
    if (!uv_is_closing(h))
        uv_close(h, on_closed);
}

static enum pxk_err filter_compile(struct pxk_probe *p, char *why, size_t cap)
{
    if (!p->opts.filter || !*p->opts.filter)
        return PXK_OK;
    pcap_t *dead = pcap_open_dead(DLT_EN10MB, PXK_CAP_MAX);
    if (!dead)
        return PXK_E_NOMEM;
    int status = pcap_compile(dead, &p->filter, p->opts.filter, 1, PCAP_NETMASK_UNKNOWN);
    if (status != 0) {
        p->filter.bf_insns = NULL;
        pxk_fmt(why, cap, "the filter \"%s\" cannot be used: %s (man pcap-filter tells how they are written)", p->opts.filter,
                pcap_geterr(dead));
    }
    pcap_close(dead);
    return status == 0 ? PXK_OK : PXK_E_USAGE;
}

static enum pxk_err opts_check(const struct pxk_probe_opts *o, char *why, size_t cap)
{
    const char *wrong = NULL;
    if (o->file_n && o->iface_n)
        wrong = "files and interfaces cannot be watched at once";
    else if (!o->file_n && !o->iface_n)
        wrong = "neither a file nor an interface to watch";
    else if (o->follow && o->file_n != 1)
        wrong = "only one file can be followed while it grows";
    pxk_fmt(why, cap, "%s", wrong ? wrong : "");
    return wrong ? PXK_E_USAGE : PXK_OK;
}

enum pxk_err pxk_probe_open(uv_loop_t *loop, const struct pxk_probe_opts *opts, struct pxk_probe **out, char *why, size_t cap)
{
    struct pxk_probe *p = calloc(1, sizeof *p);
    if (!p)
        return PXK_E_NOMEM;
    p->opts = *opts;
    p->loop = loop;
    (void)uv_idle_init(loop, &p->ending); /* cannot fail */
    p->ending.data = p;
    p->handles = 1;
    enum pxk_err err = opts_check(opts, why, cap);
    if (err == PXK_OK && opts->file_n)
        err = filter_compile(p, why, cap);
    if (err == PXK_OK)
        err = opts->file_n ? files_open(p, why, cap) : live_open(p, why, cap);
    if (err != PXK_OK) {
        pxk_probe_close(p);
        return err;
    }
    *out = p;
    return PXK_OK;
}

void pxk_probe_stop(struct pxk_probe *p)
{
    if (p->files && !p->ended)
        files_stop(p->files);
    if (p->live && !p->ended)
        live_stop(p->live);
}

void pxk_probe_close(struct pxk_probe *p)
{
    if (!p)
        return;
    p->closing = true;
    files_close(p->files);
    live_close(p->live);
    probe_handle_close(p, (uv_handle_t *)&p->ending);
}

const struct pxk_probe_stats *pxk_probe_stats(struct pxk_probe *p)
{
    if (p->files)
        files_stats(p->files, &p->stats);
    if (p->live)
        live_stats(p->live, &p->stats);
    return &p->stats;
}

/* ---- without a loop ---- */

struct reading {
    const struct pxk_probe_opts *opts;
    struct pxk_probe *p;
    struct pxk_probe_stats *stats;
    enum pxk_err err;
    char *why;
    size_t cap;
};

static void reading_frame(void *ctx, const struct pxk_probe_frame *f)
{
    struct reading *r = ctx;
    r->opts->frame(r->opts->ctx, f);
}

static void reading_notice(void *ctx, enum pxk_log_level level, const char *text)
{
    struct reading *r = ctx;
    if (r->opts->notice)
        r->opts->notice(r->opts->ctx, level, text);
}

static void reading_end(void *ctx, enum pxk_err err, const char *why)
{
    struct reading *r = ctx;
    r->err = err;
    if (err != PXK_OK)
        (void)pxk_str_copy(r->why, r->cap, why);
    if (r->stats)
        *r->stats = *pxk_probe_stats(r->p);
    pxk_probe_close(r->p);
}

enum pxk_err pxk_probe_read(const struct pxk_probe_opts *opts, struct pxk_probe_stats *stats, char *why, size_t cap)
{
    uv_loop_t loop;
    struct reading r = {.opts = opts, .stats = stats, .why = why, .cap = cap};
    struct pxk_probe_opts mine = *opts;
    mine.ctx = &r;
    mine.frame = reading_frame;
    mine.notice = reading_notice;
    mine.end = reading_end;
    if (uv_loop_init(&loop) != 0)
        return PXK_E_NOMEM;
    enum pxk_err err = pxk_probe_open(&loop, &mine, &r.p, why, cap);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop); /* all handles are closed by now */
    return err == PXK_OK ? r.err : err;
}
