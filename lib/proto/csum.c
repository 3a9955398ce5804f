/* Checksums: RFC 1071, and UDP's (RFC 768, RFC 8200 8.1). */
#include "frame_int.h"

#include <arpa/inet.h>

/* RFC 1071 2: the sum may be taken in any byte order and over wider words; it is put right at the end. */
uint32_t pxk_csum_add(uint32_t sum, const void *data, size_t len)
{
    const uint8_t *p = data;
    uint64_t s = 0;
    for (; len >= 4; p += 4, len -= 4) {
        uint32_t word;
        memcpy(&word, p, 4);
        s += word;
    }
    uint8_t tail[4] = {0};
    if (len)
        memcpy(tail, p, len);
    uint32_t last;
    memcpy(&last, tail, 4);
    s += last;
    s = (s & 0xffffffff) + (s >> 32);
    s = (s & 0xffff) + (s >> 16 & 0xffff) + (s >> 32);
    s = (s & 0xffff) + (s >> 16);
    s = (s & 0xffff) + (s >> 16);
    uint64_t total = (uint64_t)sum + ntohs((uint16_t)s);
    return (uint32_t)((total & 0xffffffff) + (total >> 32));
}

uint16_t pxk_csum_fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

uint32_t frame_pseudo4(pxk_ip4 src, pxk_ip4 dst, uint8_t proto, size_t len)
{
    uint64_t s = (uint64_t)(src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff) + proto + len;
    return (uint32_t)s;
}

static uint32_t pseudo(const struct pxk_frame *f, size_t len)
{
    if (f->l3 == PXK_L3_IP4)
        return frame_pseudo4(f->ip.src, f->ip.dst, PXK_IP_UDP, len);
    return pxk_csum_add(pxk_csum_add(PXK_IP_UDP + (uint32_t)len, f->from.b, 16), f->to.b, 16);
}

enum pxk_csum pxk_frame_check(const struct pxk_frame *f)
{
    if (f->l4 != PXK_L4_UDP || f->payload_len != f->payload_wire)
        return PXK_CSUM_ABSENT;
    const uint8_t *udp = f->payload - PXK_UDP_HEADER;
    size_t len = f->payload_len + PXK_UDP_HEADER;
    uint16_t field = frame_be16(udp + 6);
    if (field == 0) /* RFC 8200 8.1: "IPv6 receivers must discard UDP packets containing a zero checksum" */
        return f->l3 == PXK_L3_IP6 ? PXK_CSUM_BAD : PXK_CSUM_ABSENT;
    uint32_t sum = pseudo(f, len);
    if (pxk_csum_fold(pxk_csum_add(sum, udp, len)) == 0)
        return PXK_CSUM_OK;
    /* Linux leaves the folded, not inverted, pseudo header sum for the hardware to finish. */
    uint16_t unfinished = (uint16_t)~pxk_csum_fold(sum);
    return field == unfinished ? PXK_CSUM_PARTIAL : PXK_CSUM_BAD;
}
