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

void probe_record(struct pxk_probe *p, unsigned source, const struct pxk_cap_record *rec)
{
    struct pxk_linkframe f;
    struct pxk_probe_stats *s = &p->stats;
    uint64_t number = ++p->number;
    s->packets++;
    s->bytes += rec->wire;
    s->snapped += rec->len < rec->wire;
    s->last = rec->at;
    if (number == 1)
        s->first = rec->at;
    if (!convert(p, rec, &f))
        return;
    if (!probe_matches(p, f.data, f.len, f.wire)) {
        s->filtered++;
        return;
    }
    s->frames++;
    struct pxk_probe_frame out = {f.data, f.len, f.wire, rec->at, number, source};
    p->opts.frame(p->opts.ctx, &out);
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
    (void)uv_idle_start(&p->ending, on_ending); /* cannot fail with a callback */
}

static void probe_free(struct pxk_probe *p)
{
    p->files = files_free(p->files);
    if (p->filter.bf_insns)
        pcap_freecode(&p->filter);
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
    enum pxk_err err = filter_compile(p, why, cap);
    if (err == PXK_OK && opts->file_n)
        err = files_open(p, why, cap);
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
}

void pxk_probe_close(struct pxk_probe *p)
{
    if (!p)
        return;
    p->closing = true;
    files_close(p->files);
    probe_handle_close(p, (uv_handle_t *)&p->ending);
}

const struct pxk_probe_stats *pxk_probe_stats(struct pxk_probe *p)
{
    if (p->files)
        files_stats(p->files, &p->stats);
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
