/* snoop (RFC 1761): all big-endian; a header of 16 bytes, then records of 24 bytes and the packet, padded. */
#include "capfile_int.h"

#define FILE_HEADER 16
#define HEADER      24
#define PAD_MAX     64 /* bytes; the RFC pads to four, some writers to more */

enum look pxk_snoop_begins(struct pxk_capfile *c)
{
    static const struct {
        uint32_t snoop;
        uint16_t link;
    } links[] = {{0, LINK_ETHERNET}, {4, LINK_ETHERNET}, {8, 10 /* FDDI */}, {9, LINK_ETHERNET}};
    if (!capfile_have(c, FILE_HEADER))
        return LOOK_MORE;
    if (memcmp(c->at, "snoop\0\0\0", 8) != 0 || get32(c->at + 8, true) - 1 > 3)
        return LOOK_NO;
    struct pxk_cap_iface *iface = pxk_capfile_iface_add(c);
    if (!iface)
        return LOOK_NO;
    iface->link = UINT16_MAX; /* no LINKTYPE: told as not supported */
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (links[i].snoop == get32(c->at + 12, true))
            iface->link = links[i].link;
    c->big = true;
    c->format = &pxk_format_snoop;
    c->at += FILE_HEADER;
    return LOOK_YES;
}

struct head {
    uint32_t wire, len, all, drops, sec, usec;
};

static struct head head_read(const uint8_t *p)
{
    return (struct head){get32(p, true),      get32(p + 4, true),  get32(p + 8, true),
                         get32(p + 12, true), get32(p + 16, true), get32(p + 20, true)};
}

static bool head_sane(const struct head *h)
{
    return h->len <= PXK_CAP_MAX && h->wire >= h->len && h->all >= HEADER + h->len && h->all <= HEADER + h->len + PAD_MAX &&
           h->usec < PXK_SEC;
}

static enum step snoop_step(struct pxk_capfile *c, struct pxk_cap_record *out)
{
    if (!capfile_have(c, HEADER))
        return STEP_MORE;
    struct head h = head_read(c->at);
    if (!head_sane(&h))
        return STEP_LOST;
    if (!capfile_have(c, h.all))
        return STEP_MORE;
    *out = (struct pxk_cap_record){
        .at = h.sec * PXK_SEC + h.usec,
        .link = c->ifaces[0].link,
        .len = h.len,
        .wire = h.wire,
        .data = c->at + HEADER,
    };
    c->dropped_before = h.drops; /* since the capture began */
    c->at += h.all;
    return STEP_RECORD;
}

static enum look snoop_look(struct pxk_capfile *c)
{
    struct head h = head_read(c->at);
    if (!head_sane(&h) || !h.len || !capfile_time_near(c, h.sec * PXK_SEC))
        return LOOK_NO;
    if (!capfile_have(c, h.all + HEADER))
        return !c->final ? LOOK_MORE : capfile_held(c) >= h.all ? LOOK_YES : LOOK_NO;
    h = head_read(c->at + h.all);
    return head_sane(&h) ? LOOK_YES : LOOK_NO;
}

const struct format pxk_format_snoop = {PXK_CAPFORMAT_SNOOP, snoop_step, snoop_look, HEADER};
