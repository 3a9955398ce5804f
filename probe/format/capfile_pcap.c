/* pcap: draft-ietf-opsawg-pcap, pcap-savefile(5). A header of 24 bytes, then records: seconds, fraction, captured length, length on
 * the wire, packet. Alexey Kuznetzov's variant has 8 bytes more per record (interface, protocol, direction). */
#include "capfile_int.h"

#define MAGIC_USEC  0xa1b2c3d4u
#define MAGIC_NSEC  0xa1b23c4du
#define MAGIC_KUZ   0xa1b2cd34u
#define FILE_HEADER 24
#define WIRE_MAX    (1u << 24) /* bytes; a larger packet was on no wire */

static bool magic_known(uint32_t m)
{
    return m == MAGIC_USEC || m == MAGIC_NSEC || m == MAGIC_KUZ;
}

enum look pxk_pcap_begins(struct pxk_capfile *c)
{
    if (!capfile_have(c, FILE_HEADER))
        return LOOK_MORE;
    const uint8_t *p = c->at;
    uint32_t magic = get32(p, true);
    bool big = magic_known(magic);
    if (!big)
        magic = get32(p, false);
    if (!magic_known(magic) || get16(p + 4, big) != 2)
        return LOOK_NO;
    struct pxk_cap_iface *iface = pxk_capfile_iface_add(c);
    if (!iface)
        return LOOK_NO;
    c->big = big;
    c->nano = magic == MAGIC_NSEC;
    c->header = magic == MAGIC_KUZ ? 24 : 16;
    c->minor = (uint8_t)get16(p + 6, big);
    iface->snaplen = get32(p + 16, big);
    iface->link = (uint16_t)get32(p + 20, big); /* above it: length of a frame check sequence, reserved bits */
    c->format = &pxk_format_pcap;
    c->at += FILE_HEADER;
    return LOOK_YES;
}

struct head {
    uint32_t sec, frac, len, wire;
};

static struct head head_read(const struct pxk_capfile *c, const uint8_t *p)
{
    struct head h = {get32(p, c->big), get32(p + 4, c->big), get32(p + 8, c->big), get32(p + 12, c->big)};
    /* Before version 2.3 the lengths stood the other way round; some writers of 2.3 had not noticed. */
    if (c->minor < 3 || (c->minor == 3 && h.len > h.wire)) {
        uint32_t len = h.wire;
        h.wire = h.len;
        h.len = len;
    }
    return h;
}

static bool head_sane(const struct pxk_capfile *c, const struct head *h)
{
    if (h->len > PXK_CAP_MAX || h->wire > WIRE_MAX || h->frac >= (c->nano ? 1000000000u : 1000000u))
        return false;
    if (h->len > h->wire && !c->lax)
        return false;
    return h->sec || h->frac || h->len || h->wire; /* a file system's zeros after a crash */
}

static pxk_usec head_time(const struct pxk_capfile *c, const struct head *h)
{
    return h->sec * PXK_SEC + (c->nano ? h->frac / 1000 : h->frac);
}

/* Two files behind one another (cat a b): the second's header looks like an empty packet. */
static enum look another_file(struct pxk_capfile *c)
{
    uint32_t magic = get32(c->at, true);
    return magic_known(magic) || magic_known(__builtin_bswap32(magic)) ? pxk_pcap_begins(c) : LOOK_NO;
}

/* A writer that knows no length on the wire (0, say) is recognised by its first packet, if a second one follows it. */
static enum look lax_writer(struct pxk_capfile *c, const struct head *h)
{
    if (c->counts.records || c->lax || h->len <= h->wire || h->len > PXK_CAP_MAX)
        return LOOK_NO;
    size_t next = c->header + h->len;
    bool there = capfile_have(c, next + c->header);
    if (!there && !c->final)
        return LOOK_MORE;
    c->lax = true;
    if (there) {
        struct head second = head_read(c, c->at + next);
        c->lax = head_sane(c, &second);
    }
    return c->lax ? LOOK_YES : LOOK_NO;
}

static enum step pcap_step(struct pxk_capfile *c, struct pxk_cap_record *out)
{
    if (!capfile_have(c, c->header))
        return STEP_MORE;
    struct head h = head_read(c, c->at);
    enum look another = h.len ? LOOK_NO : another_file(c);
    if (another != LOOK_NO)
        return another == LOOK_YES ? STEP_AGAIN : STEP_MORE;
    if (!head_sane(c, &h)) {
        enum look lax = lax_writer(c, &h);
        if (lax == LOOK_MORE)
            return STEP_MORE;
        if (lax == LOOK_NO || !head_sane(c, &h))
            return STEP_LOST;
    }
    size_t all = c->header + h.len;
    if (!capfile_have(c, all))
        return STEP_MORE;
    *out = (struct pxk_cap_record){
        .at = head_time(c, &h),
        .nano = (uint16_t)(c->nano ? h.frac % 1000 : 0),
        .link = c->ifaces[c->iface_n - 1].link,
        .iface = c->iface_n - 1,
        .len = h.len,
        .wire = h.wire > h.len ? h.wire : h.len,
        .data = c->at + c->header,
    };
    c->at += all;
    return STEP_RECORD;
}

/* A header that could be one, in time with the others, and behind its packet the next one or the end. */
static enum look pcap_look(struct pxk_capfile *c)
{
    struct head h = head_read(c, c->at);
    if (!head_sane(c, &h) || !h.len || (h.len > h.wire && !c->lax) || !capfile_time_near(c, head_time(c, &h)))
        return LOOK_NO;
    size_t next = c->header + h.len;
    if (!capfile_have(c, next + c->header))
        return !c->final ? LOOK_MORE : capfile_held(c) >= next ? LOOK_YES : LOOK_NO;
    struct head second = head_read(c, c->at + next);
    return head_sane(c, &second) ? LOOK_YES : LOOK_NO;
}

const struct format pxk_format_pcap = {PXK_CAPFORMAT_PCAP, pcap_step, pcap_look, 24};
