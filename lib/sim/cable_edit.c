/* What a cable does to the bytes of a frame: VLAN tags (IEEE 802.1Q), and the ICMP answer about one that is too long
 * (RFC 792, RFC 1191 4). */
#include "cable_int.h"

#define IP6_HEADER 40u

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static bool is_tag(uint16_t type)
{
    return type == PXK_ETH_VLAN || type == PXK_ETH_QINQ;
}

size_t edit_l2_len(const uint8_t *data, size_t len)
{
    size_t at = PXK_ETH_HEADER;
    for (int i = 0; i < 2 && is_tag(be16(data + at - 2)) && at + TAG_BYTES <= len; i++)
        at += TAG_BYTES;
    return at;
}

bool edit_too_long(const struct pxk_frame *f, const uint8_t *data, size_t len, uint16_t mtu)
{
    size_t l2 = edit_l2_len(data, len);
    if (f->l3 == PXK_L3_IP4)
        return f->ip.total > mtu;
    return f->ethertype == PXK_ETH_IP6 && len >= l2 + IP6_HEADER && be16(data + l2 + 4) + IP6_HEADER > mtu;
}

/* RFC 1122 3.2.2: no error about an error, a broadcast, a later fragment, or a sender that is not one host. */
static bool may_answer(const struct pxk_frame *f)
{
    bool icmp_error = f->ip.proto == PXK_IP_ICMP &&
                      !(f->l4 == PXK_L4_ICMP && (f->icmp.type == PXK_ICMP_ECHO || f->icmp.type == PXK_ICMP_ECHO_REPLY));
    return f->l3 == PXK_L3_IP4 && f->ip.df && f->ip.csum_ok && !icmp_error && f->ip.offset == 0 &&
           !pxk_mac_is_multicast(&f->dst) && !pxk_mac_is_multicast(&f->src) && f->ip.src != 0 &&
           f->ip.src < PXK_IP4(224, 0, 0, 0) && f->ip.dst < PXK_IP4(224, 0, 0, 0);
}

size_t edit_mtu_answer(const struct pxk_cable_way *way, const struct pxk_frame *f, const uint8_t *data, size_t len,
                       uint8_t *out, size_t cap)
{
    size_t l2 = edit_l2_len(data, len), tags = l2 - PXK_ETH_HEADER, icmp = PXK_ETH_HEADER + PXK_IP4_HEADER;
    struct pxk_eth_out eth = {.dst = f->src, .src = f->dst};
    pxk_ip4 from = way->mtu_answer_from ? way->mtu_answer_from : f->ip.dst;
    struct pxk_ip4_out ip = {.src = from, .dst = f->ip.src, .ttl = 64};
    struct pxk_wr w = pxk_wr_init(out, cap);
    if (!may_answer(f))
        return 0;
    pxk_frame_write_unreachable(&w, &eth, &ip, PXK_ICMP_FRAGMENTATION_NEEDED, data + l2, len - l2);
    size_t n = pxk_wr_len(&w);
    if (w.err != PXK_OK || n + tags > cap)
        return 0;
    pxk_wr_patch16(&w, icmp + 2, 0);
    pxk_wr_patch16(&w, icmp + 6, way->mtu);
    pxk_wr_patch16(&w, icmp + 2, pxk_csum_fold(pxk_csum_add(0, out + icmp, n - icmp)));
    memmove(out + 12 + tags, out + 12, n - 12); /* it goes back in the VLAN it came from */
    memcpy(out + 12, data + 12, tags);
    return n + tags;
}

/* VLAN of the outermost tag; 0: no tag, or one that says only a priority. */
static uint16_t outer_vlan(const uint8_t *data, size_t len)
{
    return len >= PXK_ETH_HEADER + TAG_BYTES && is_tag(be16(data + 12)) ? be16(data + 14) & 0xfff : 0;
}

struct edit_tags edit_tags_plan(const struct pxk_cable_way *way, const uint8_t *data, size_t len)
{
    uint16_t vlan = outer_vlan(data, len);
    struct edit_tags t = {.tag = way->tag != 0, .untag = way->untag && vlan == way->untag};
    t.drop = way->untag && !t.untag && !(vlan == 0 && way->native);
    return t;
}

size_t edit_copy(const struct pxk_cable_way *way, struct edit_tags tags, const uint8_t *data, size_t len, uint8_t *out)
{
    struct pxk_wr w = pxk_wr_init(out, len + TAG_BYTES);
    size_t rest = tags.untag ? 12 + TAG_BYTES : 12;
    pxk_wr_bytes(&w, data, 12);
    if (tags.tag) {
        pxk_wr_u16(&w, PXK_ETH_VLAN);
        pxk_wr_u16(&w, (uint16_t)(way->tag_priority << 13 | way->tag));
    }
    pxk_wr_bytes(&w, data + rest, len - rest);
    return pxk_wr_len(&w);
}
