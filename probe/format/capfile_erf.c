/* ERF files: records without a file header and without a magic number. A record is handed on whole, as LINKTYPE_ERF. */
#include "erf.h"

static bool erf_sane(const struct erf *e)
{
    return e->type >= 1 && e->type <= ERF_PAD && e->all >= ERF_HEADER && e->stamp >> 32 >= 100000000; /* after 1973 */
}

/* Exact in 64 bits: 2^32 million is below 2^52. */
static pxk_usec erf_time(const struct erf *e)
{
    return (e->stamp >> 32) * PXK_SEC + ((e->stamp & UINT32_MAX) * PXK_SEC >> 32);
}

static bool follows(const struct erf *a, const struct erf *b)
{
    uint64_t x = a->stamp >> 32, y = b->stamp >> 32;
    return erf_sane(b) && (x > y ? x - y : y - x) < 86400;
}

/* Two records that fit together, or a single one that is the whole file. */
static enum look erf_look(struct pxk_capfile *c)
{
    struct erf e = erf_read(c->at);
    if (!erf_sane(&e) || !capfile_time_near(c, erf_time(&e)))
        return LOOK_NO;
    if (!capfile_have(c, (size_t)e.all + ERF_HEADER))
        return !c->final ? LOOK_MORE : capfile_held(c) >= e.all ? LOOK_YES : LOOK_NO;
    struct erf next = erf_read(c->at + e.all);
    return follows(&e, &next) ? LOOK_YES : LOOK_NO;
}

enum look pxk_erf_begins(struct pxk_capfile *c)
{
    if (!capfile_have(c, ERF_HEADER))
        return LOOK_MORE;
    enum look look = erf_look(c);
    if (look != LOOK_YES)
        return look;
    struct pxk_cap_iface *iface = pxk_capfile_iface_add(c);
    if (!iface)
        return LOOK_NO;
    iface->link = LINK_ERF;
    c->format = &pxk_format_erf;
    return LOOK_YES;
}

static enum step erf_step(struct pxk_capfile *c, struct pxk_cap_record *out)
{
    if (!capfile_have(c, ERF_HEADER))
        return STEP_MORE;
    struct erf e = erf_read(c->at);
    if (!erf_sane(&e))
        return STEP_LOST;
    if (!capfile_have(c, e.all))
        return STEP_MORE;
    const uint8_t *data = c->at;
    c->at += e.all;
    if (erf_counts(&e))
        c->dropped_before += e.lost;
    if (e.type == ERF_PAD)
        return STEP_AGAIN;
    *out = (struct pxk_cap_record){
        .at = erf_time(&e),
        .nano = (uint16_t)(((e.stamp & UINT32_MAX) * 1000000000u >> 32) % 1000),
        .link = LINK_ERF,
        .len = e.all,
        .wire = e.all, /* what was on the wire is told inside */
        .data = data,
    };
    return STEP_RECORD;
}

const struct format pxk_format_erf = {PXK_CAPFORMAT_ERF, erf_step, erf_look, ERF_HEADER};
