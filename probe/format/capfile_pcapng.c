/* pcapng: draft-ietf-opsawg-pcapng. Blocks: type, length, body, length again. Sections have a byte order and interfaces of their
 * own. Blocks with packets and interfaces are read, statistics for what was dropped, all others are skipped. */
#include "pcapng_int.h"

#define SHORTEST       12u
#define SECTION_LEAST  28u
#define UNREAD_MAX     (64u << 20) /* a longer block (secrets, names, journals) is taken for damage */
#define WHOLE_MAX      (64u << 10) /* up to here blocks that are not read are still checked at both ends */

static bool section_order(const uint8_t *p, bool *big)
{
    *big = get32(p + 8, true) == NG_SECTION_MAGIC;
    return *big || get32(p + 8, false) == NG_SECTION_MAGIC;
}

enum look pxk_pcapng_begins(struct pxk_capfile *c)
{
    bool big;
    if (!capfile_have(c, SHORTEST))
        return LOOK_MORE;
    if (get32(c->at, true) != NG_SHB || !section_order(c->at, &big))
        return LOOK_NO;
    c->format = &pxk_format_pcapng; /* the block itself is read as every other */
    return LOOK_YES;
}

const char *pxk_cap_comment(const struct pxk_cap_record *rec, size_t *pos, size_t *len)
{
    if (!rec->options || *pos > rec->options_len)
        return NULL;
    struct ng_options o = {rec->options + *pos, rec->options + rec->options_len, rec->options_be};
    struct ng_option opt;
    while (ng_option_next(&o, &opt)) {
        *pos = (size_t)(o.at - rec->options);
        if (opt.code != NG_OPT_COMMENT)
            continue;
        *len = opt.len;
        return (const char *)opt.value;
    }
    return NULL;
}

/* ---- blocks; each gets the block @p of @len bytes, whole and checked at both ends ---- */

static enum step section_read(struct pxk_capfile *c, bool big)
{
    c->big = big;
    c->section = c->iface_n;
    return STEP_AGAIN;
}

static void iface_read(struct pxk_capfile *c, const uint8_t *p, uint32_t len)
{
    struct pxk_cap_iface *f = len >= 20 ? pxk_capfile_iface_add(c) : NULL;
    if (!f) {
        c->counts.damaged++;
        return;
    }
    f->link = get16(p + 8, c->big);
    f->snaplen = get32(p + 12, c->big);
    f->resolution = 6;
    struct ng_options o = {p + 16, p + len - 4, c->big};
    struct ng_option opt;
    while (ng_option_next(&o, &opt)) {
        if (opt.code == NG_IF_NAME)
            (void)pxk_str_copy_n(f->name, sizeof f->name, opt.value, opt.len); /* cut is fine: names are short */
        else if (opt.code == NG_IF_TSRESOL && opt.len == 1)
            f->resolution = opt.value[0];
        else if (opt.code == NG_IF_TSOFFSET && opt.len == 8)
            f->offset = (int64_t)get64(opt.value, c->big);
    }
}

static void stats_read(struct pxk_capfile *c, const uint8_t *p, uint32_t len)
{
    uint32_t i = len >= 24 ? get32(p + 8, c->big) : UINT32_MAX;
    if (i >= c->iface_n - c->section)
        return;
    struct ng_options o = {p + 20, p + len - 4, c->big};
    struct ng_option opt;
    uint64_t dropped = 0;
    while (ng_option_next(&o, &opt))
        if ((opt.code == NG_ISB_IFDROP || opt.code == NG_ISB_OSDROP) && opt.len == 8)
            dropped += get64(opt.value, c->big);
    c->ifaces[c->section + i].dropped = dropped; /* a later block tells the sum so far */
}

__extension__ typedef unsigned __int128 wide;

/* Times of other units than the two usual ones. */
static void odd_time(uint8_t resolution, uint64_t ticks, uint64_t *sec, uint64_t *nsec)
{
    uint8_t n = resolution & 0x7f;
    if (resolution & 0x80) {
        *sec = n < 64 ? ticks >> n : 0;
        wide rest = n < 64 ? ticks & (((uint64_t)1 << n) - 1) : ticks;
        *nsec = n < 96 ? (uint64_t)(rest * 1000000000u >> n) : 0;
        return;
    }
    uint64_t second = 1;
    for (uint8_t i = 0; i < n && i < 19; i++)
        second *= 10;
    *sec = n < 20 ? ticks / second : 0;
    *nsec = n < 20 ? (uint64_t)((wide)(ticks % second) * 1000000000u / second) : 0;
}

static void stamp(const struct pxk_cap_iface *f, uint64_t ticks, struct pxk_cap_record *out)
{
    if (f->resolution == 6) {
        out->at = ticks;
    } else if (f->resolution == 9) {
        out->at = ticks / 1000;
        out->nano = (uint16_t)(ticks % 1000);
    } else {
        uint64_t sec, nsec;
        odd_time(f->resolution, ticks, &sec, &nsec);
        out->at = sec < UINT64_MAX / PXK_SEC - 1 ? sec * PXK_SEC + nsec / 1000 : 0;
        out->nano = (uint16_t)(nsec % 1000);
    }
    if (!f->offset)
        return;
    /* Nonsense stays below zero or above all years: then the offset is not believed. */
    const int64_t most = INT64_MAX / (int64_t)PXK_SEC / 4;
    if (f->offset > -most && f->offset < most && out->at < INT64_MAX / 2 &&
        (int64_t)out->at + f->offset * (int64_t)PXK_SEC >= 0)
        out->at = (pxk_usec)((int64_t)out->at + f->offset * (int64_t)PXK_SEC);
}

static enum step packet_bad(struct pxk_capfile *c, uint32_t len)
{
    c->counts.damaged++;
    c->counts.skipped += len;
    return STEP_AGAIN;
}

/* Enhanced packet block (4.3), and the obsolete packet block, which differs in its first eight bytes. */
static enum step packet_read(struct pxk_capfile *c, const uint8_t *p, uint32_t len, bool old, struct pxk_cap_record *out)
{
    const uint32_t fixed = 28, tail = 4;
    if (len < fixed + tail)
        return packet_bad(c, len);
    uint32_t i = old ? get16(p + 8, c->big) : get32(p + 8, c->big), caught = get32(p + 20, c->big);
    if (i >= c->iface_n - c->section || caught > len - fixed - tail || caught > PXK_CAP_MAX)
        return packet_bad(c, len);
    const struct pxk_cap_iface *f = &c->ifaces[c->section + i];
    uint32_t wire = get32(p + 24, c->big), padded = (caught + 3) & ~3u, body = len - fixed - tail;
    out->nano = 0;
    out->link = f->link;
    out->iface = c->section + i;
    out->len = caught;
    out->wire = wire > caught ? wire : caught;
    out->data = p + fixed;
    out->options = padded < body ? p + fixed + padded : NULL;
    out->options_len = padded < body ? body - padded : 0;
    out->options_be = c->big;
    stamp(f, (uint64_t)get32(p + 12, c->big) << 32 | get32(p + 16, c->big), out);
    return STEP_RECORD;
}

/* Simple packet block (4.4): of the first interface, without a time; its captured length follows from the snap length. */
static enum step simple_read(struct pxk_capfile *c, const uint8_t *p, uint32_t len, struct pxk_cap_record *out)
{
    if (len < 16 || c->iface_n == c->section)
        return packet_bad(c, len);
    const struct pxk_cap_iface *f = &c->ifaces[c->section];
    uint32_t wire = get32(p + 8, c->big), caught = wire < len - 16 ? wire : len - 16;
    caught = f->snaplen && caught > f->snaplen ? f->snaplen : caught;
    if (caught > PXK_CAP_MAX)
        return packet_bad(c, len);
    *out = (struct pxk_cap_record){
        .at = c->last, .link = f->link, .iface = c->section, .len = caught, .wire = wire, .data = p + 12};
    return STEP_RECORD;
}

static bool block_is_read(uint32_t type)
{
    return type == NG_EPB || type == NG_IDB || type == NG_ISB || type == NG_SPB || type == NG_PB || type == NG_SHB;
}

static enum step block_read(struct pxk_capfile *c, uint32_t type, uint32_t len, bool big, struct pxk_cap_record *out)
{
    const uint8_t *p = c->at;
    if (get32(p + len - 4, big) != len)
        return STEP_LOST;
    c->at += len;
    switch (type) {
    case NG_EPB:
    case NG_PB:
        return packet_read(c, p, len, type == NG_PB, out);
    case NG_SPB:
        return simple_read(c, p, len, out);
    case NG_SHB:
        return len >= SECTION_LEAST ? section_read(c, big) : packet_bad(c, len);
    case NG_IDB:
        iface_read(c, p, len);
        break;
    case NG_ISB:
        stats_read(c, p, len);
    }
    return STEP_AGAIN;
}

static enum step pcapng_step(struct pxk_capfile *c, struct pxk_cap_record *out)
{
    if (!capfile_have(c, SHORTEST))
        return STEP_MORE;
    bool big = c->big;
    uint32_t type = get32(c->at, big);
    if (type == NG_SHB && !section_order(c->at, &big))
        return STEP_LOST;
    uint32_t len = get32(c->at + 4, big);
    if (len < SHORTEST || len % 4 || len > (block_is_read(type) ? PXK_CAP_BLOCK_MAX : UNREAD_MAX))
        return STEP_LOST;
    if (len > WHOLE_MAX && !block_is_read(type)) {
        c->skip = len;
        return STEP_AGAIN;
    }
    return capfile_have(c, len) ? block_read(c, type, len, big, out) : STEP_MORE;
}

/* A block of a known type that says the same length at both ends. */
static enum look pcapng_look(struct pxk_capfile *c)
{
    bool big = c->big;
    uint32_t type = get32(c->at, big);
    if (type == NG_SHB ? !section_order(c->at, &big) : !block_is_read(type) && type != NG_NRB)
        return LOOK_NO;
    uint32_t len = get32(c->at + 4, big);
    if (len < 16 || len % 4 || len > PXK_CAP_BLOCK_MAX)
        return LOOK_NO;
    if (!capfile_have(c, len))
        return LOOK_MORE;
    return get32(c->at + len - 4, big) == len ? LOOK_YES : LOOK_NO;
}

const struct format pxk_format_pcapng = {PXK_CAPFORMAT_PCAPNG, pcapng_step, pcapng_look, SHORTEST};
