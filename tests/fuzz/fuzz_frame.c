/* Any frame: decoding stays inside the bytes that are there, and what it reports fits them. The first two
 * bytes of the input are how many bytes more were on the wire than captured. */
#include <stdlib.h>

#include "pxk/proto/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void checks(const struct pxk_frame *f, const uint8_t *data, size_t len)
{
    if (f->payload_len) {
        check(f->payload >= data && f->payload + f->payload_len <= data + len);
        (void)pxk_csum_add(0, f->payload, f->payload_len); /* reads every byte */
    }
    check(f->payload_len <= f->payload_wire);
    check(f->l4 == PXK_L4_NONE || f->l3 == PXK_L3_IP4 || f->l3 == PXK_L3_IP6);
    check(f->l4 == PXK_L4_FRAGMENT || f->l4 == PXK_L4_NONE || (!f->ip.more && !f->ip.offset));
    check(pxk_frame_check(f) != PXK_CSUM_OK || f->l4 == PXK_L4_UDP);
    check(f->l3 != PXK_L3_IP4 || (pxk_ip_to4(f->from) == f->ip.src && pxk_ip_to4(f->to) == f->ip.dst));
}

/* A packet that was read whole can be written again and reads the same. */
static void rewrite(const struct pxk_frame *f)
{
    uint8_t buf[66000];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    struct pxk_eth_out eth = {f->dst, f->src, f->vlan[0]};
    struct pxk_ip4_out ip = {f->ip.src, f->ip.dst, f->ip.id, f->ip.ttl, f->ip.df};
    if (f->l3 != PXK_L3_IP4 || f->l4 != PXK_L4_UDP || f->payload_len != f->payload_wire)
        return;
    pxk_frame_write_udp(&w, &eth, &ip, f->sport, f->dport, f->payload, f->payload_len);
    struct pxk_frame g;
    check(w.err == PXK_OK && pxk_frame_decode(buf, pxk_wr_len(&w), pxk_wr_len(&w), &g) == PXK_OK);
    check(g.l4 == PXK_L4_UDP && pxk_frame_check(&g) == PXK_CSUM_OK && g.ip.csum_ok && g.payload_len == f->payload_len);
    check(g.ip.src == f->ip.src && g.sport == f->sport && g.dport == f->dport && g.ip.df == f->ip.df);
    check(!g.payload_len || memcmp(g.payload, f->payload, g.payload_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 2)
        return 0;
    size_t missing = (size_t)data[0] << 8 | data[1];
    data += 2;
    len -= 2;
    struct pxk_frame f;
    if (pxk_frame_decode(data, len, len + missing, &f) != PXK_OK)
        return 0;
    checks(&f, data, len);
    rewrite(&f);
    check(pxk_frame_decode_deep(data, len, len + missing, &f) == PXK_OK && f.tunnels <= PXK_TUNNELS_MAX);
    checks(&f, data, len);
    return 0;
}
