/* Any sequence of fragments. The input is a list of records of 6 bytes: id, flags, offset in units of 8,
 * length. Flags: 1 more, 2 a second sender, 4 other bytes than that place should have, the rest seconds that
 * pass. All other bytes are told by sender, id and place, so that a packet that comes out can be checked. */
#include <stdlib.h>

#include "pxk/proto/reasm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { IDS = 8, SENDERS = 2, LONGEST = 0x2000 };

static void check(bool ok)
{
    if (!ok)
        abort();
}

/* Byte @at of a packet: a UDP header with a length of 16 bytes per id (id 7: 4096), then a pattern. */
static uint8_t byte_at(unsigned sender, unsigned id, uint32_t at)
{
    unsigned udp_len = id == 7 ? 4096 : 16 * (id + 1);
    const uint8_t header[PXK_UDP_HEADER] = {0, (uint8_t)id, 0, (uint8_t)sender, (uint8_t)(udp_len >> 8),
                                            (uint8_t)udp_len, 0, 0};
    return at < PXK_UDP_HEADER ? header[at] : (uint8_t)(at * 7 + at / 256 + id * 16 + sender);
}

static void slots_check(const struct pxk_reasm *r)
{
    for (size_t i = 0; i < PXK_REASM_SLOTS; i++) {
        const struct pxk_reasm_slot *s = &r->slot[i];
        check(s->have_n <= PXK_REASM_HOLES);
        for (unsigned k = 0; k < s->have_n; k++) {
            check(s->have[k].from < s->have[k].to && s->have[k].to <= 65535);
            check(k == 0 || s->have[k - 1].to < s->have[k].from);
        }
    }
}

static bool record_next(struct pxk_rd *in, struct pxk_frame *f, pxk_usec *now, bool *other)
{
    static uint8_t bytes[LONGEST];
    uint8_t id = pxk_rd_u8(in) % IDS, flags = pxk_rd_u8(in);
    uint16_t offset = (uint16_t)((pxk_rd_u16(in) & 0x1fff) * 8), len = pxk_rd_u16(in) % LONGEST;
    *f = (struct pxk_frame){.l3 = PXK_L3_IP4, .l4 = PXK_L4_FRAGMENT, .payload = bytes, .payload_len = len,
                            .payload_wire = len};
    f->ip.frag_id = id;
    f->ip.src = flags >> 1 & 1;
    f->from.b[15] = (uint8_t)f->ip.src;
    f->ip.more = flags & 1;
    f->ip.offset = offset;
    f->ip.proto = PXK_IP_UDP;
    *now += (flags >> 3) * PXK_SEC;
    *other = flags >> 2 & 1;
    for (uint32_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(byte_at(f->ip.src, id, offset + i) ^ *other);
    return in->err == PXK_OK;
}

static void content_check(const struct pxk_frame *f)
{
    check(f->l4 == PXK_L4_UDP && f->sport == f->ip.frag_id && f->dport == f->ip.src);
    check(f->payload_len == (f->ip.frag_id == 7 ? 4096u : 16u * (f->ip.frag_id + 1u)) - PXK_UDP_HEADER);
    for (size_t i = 0; i < f->payload_len; i++)
        check(f->payload[i] == byte_at(f->ip.src, f->ip.frag_id, (uint32_t)i + PXK_UDP_HEADER));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t memory[PXK_REASM_SLOTS * 65535];
    static struct pxk_reasm r;
    struct pxk_rd in = pxk_rd_init(data, len);
    struct pxk_frame f;
    pxk_usec now = 0;
    unsigned fed = 0;
    bool other, tampered[SENDERS][IDS] = {{false}};
    pxk_reasm_init(&r, memory);
    for (; fed < 500 && record_next(&in, &f, &now, &other); fed++) {
        uint16_t id = (uint16_t)f.ip.frag_id;
        pxk_ip4 src = f.ip.src;
        tampered[src][id] |= other;
        bool done = pxk_reasm_input(&r, &f, now);
        slots_check(&r);
        if (!done)
            continue;
        check(!f.ip.more && f.ip.offset == 0 && f.l4 != PXK_L4_NONE);
        check(!f.payload_len || (f.payload >= memory && f.payload + f.payload_len <= memory + sizeof memory));
        if (!tampered[src][id])
            content_check(&f);
    }
    check(r.completed + r.dropped + r.expired <= fed);
    return 0;
}
