#include "samples.h"

static const char *const names[] = {"pcap LE", "pcap BE", "pcap ns LE", "pcap ns BE", "pcap Kuznetzov", "pcapng LE", "pcapng BE", "snoop", "ERF"};

const char *sample_name(enum sample kind)
{
    return names[kind];
}

size_t sample_packet(unsigned i, uint8_t out[static 256])
{
    size_t n = 60 + 13 * i;
    uint32_t x = 12345 + i;
    for (size_t k = 0; k < n; k++) {
        x = x * 1664525u + 1013904223u;
        out[k] = (uint8_t)(x >> 24) | 0x80; /* nothing in it looks like a small number */
    }
    return n;
}

uint64_t sample_ns(unsigned i)
{
    return 1700000000123456789u + i * 250000000u;
}

uint32_t sample_wire(unsigned i)
{
    uint8_t data[256];
    return (uint32_t)sample_packet(i, data) + (i == 3 ? 1000 : 0);
}

void put16(struct pxk_wr *w, bool big, uint16_t v)
{
    if (big)
        pxk_wr_u16(w, v);
    else
        pxk_wr_le16(w, v);
}

void put32(struct pxk_wr *w, bool big, uint32_t v)
{
    if (big)
        pxk_wr_u32(w, v);
    else
        pxk_wr_le32(w, v);
}

void put_block(struct pxk_wr *w, bool big, uint32_t type, const void *body, size_t n)
{
    uint32_t len = (uint32_t)(12 + (n + 3) / 4 * 4);
    put32(w, big, type);
    put32(w, big, len);
    pxk_wr_bytes(w, body, n);
    pxk_wr_zero(w, len - 12 - n);
    put32(w, big, len);
}

void put_section(struct pxk_wr *w, bool big)
{
    uint8_t body[16];
    struct pxk_wr b = pxk_wr_init(body, sizeof body);
    put32(&b, big, 0x1a2b3c4d);
    put16(&b, big, 1);
    put16(&b, big, 0);
    pxk_wr_le64(&b, UINT64_MAX);
    put_block(w, big, 0x0a0d0d0a, body, sizeof body);
}

void put_iface(struct pxk_wr *w, bool big, uint16_t link, uint32_t snaplen, const void *options, size_t n)
{
    uint8_t body[256];
    struct pxk_wr b = pxk_wr_init(body, sizeof body);
    put16(&b, big, link);
    put16(&b, big, 0);
    put32(&b, big, snaplen);
    pxk_wr_bytes(&b, options, n);
    put_block(w, big, 1, body, pxk_wr_len(&b));
}

void put_packet(struct pxk_wr *w, bool big, uint32_t iface, uint64_t ticks, const void *data, uint32_t len, uint32_t wire,
                const void *options, size_t n)
{
    uint8_t body[1024];
    struct pxk_wr b = pxk_wr_init(body, sizeof body);
    put32(&b, big, iface);
    put32(&b, big, (uint32_t)(ticks >> 32));
    put32(&b, big, (uint32_t)ticks);
    put32(&b, big, len);
    put32(&b, big, wire);
    pxk_wr_bytes(&b, data, len);
    pxk_wr_zero(&b, (4 - len % 4) % 4);
    pxk_wr_bytes(&b, options, n);
    put_block(w, big, 6, body, pxk_wr_len(&b));
}

static void pcap_begin(struct pxk_wr *w, bool big, uint32_t magic)
{
    put32(w, big, magic);
    put16(w, big, 2);
    put16(w, big, 4);
    pxk_wr_zero(w, 8);
    put32(w, big, 65535);
    put32(w, big, 1);
}

static void pcap_packet(struct pxk_wr *w, bool big, uint32_t magic, unsigned i)
{
    uint8_t data[256];
    uint32_t n = (uint32_t)sample_packet(i, data), fraction = (uint32_t)(sample_ns(i) % 1000000000u);
    put32(w, big, (uint32_t)(sample_ns(i) / 1000000000u));
    put32(w, big, magic == 0xa1b23c4d ? fraction : fraction / 1000);
    put32(w, big, n);
    put32(w, big, sample_wire(i));
    if (magic == 0xa1b2cd34)
        pxk_wr_zero(w, 8);
    pxk_wr_bytes(w, data, n);
}

static void ng_begin(struct pxk_wr *w, bool big)
{
    uint8_t options[8];
    struct pxk_wr o = pxk_wr_init(options, sizeof options);
    put16(&o, big, 9);
    put16(&o, big, 1);
    pxk_wr_le32(&o, 9); /* nanoseconds */
    put_section(w, big);
    put_iface(w, big, 1, 65535, options, sizeof options);
}

static void ng_packet(struct pxk_wr *w, bool big, unsigned i)
{
    uint8_t data[256];
    uint32_t n = (uint32_t)sample_packet(i, data);
    put_packet(w, big, 0, sample_ns(i), data, n, sample_wire(i), NULL, 0);
}

static void snoop_packet(struct pxk_wr *w, unsigned i)
{
    uint8_t data[256];
    uint32_t n = (uint32_t)sample_packet(i, data), pad = (4 - n % 4) % 4;
    pxk_wr_u32(w, sample_wire(i));
    pxk_wr_u32(w, n);
    pxk_wr_u32(w, 24 + n + pad);
    pxk_wr_u32(w, i); /* dropped so far */
    pxk_wr_u32(w, (uint32_t)(sample_ns(i) / 1000000000u));
    pxk_wr_u32(w, (uint32_t)(sample_ns(i) % 1000000000u / 1000));
    pxk_wr_bytes(w, data, n);
    pxk_wr_zero(w, pad);
}

static void erf_packet(struct pxk_wr *w, unsigned i)
{
    uint8_t data[256];
    uint32_t n = (uint32_t)sample_packet(i, data);
    /* rounded up, so that reading gives the nanosecond again */
    pxk_wr_le64(w, (sample_ns(i) / 1000000000u << 32) + ((sample_ns(i) % 1000000000u << 32) + 999999999u) / 1000000000u);
    pxk_wr_u8(w, 2);
    pxk_wr_u8(w, 4);
    pxk_wr_u16(w, (uint16_t)(18 + n));
    pxk_wr_u16(w, 1); /* lost before it */
    pxk_wr_u16(w, (uint16_t)sample_wire(i));
    pxk_wr_zero(w, 2);
    pxk_wr_bytes(w, data, n);
}

static const uint32_t magics[] = {0xa1b2c3d4, 0xa1b2c3d4, 0xa1b23c4d, 0xa1b23c4d, 0xa1b2cd34};

static void packet_put(struct pxk_wr *w, enum sample kind, unsigned i)
{
    switch (kind) {
    case SAMPLE_NG_LE:
    case SAMPLE_NG_BE:
        ng_packet(w, kind == SAMPLE_NG_BE, i);
        break;
    case SAMPLE_SNOOP:
        snoop_packet(w, i);
        break;
    case SAMPLE_ERF:
        erf_packet(w, i);
        break;
    default:
        pcap_packet(w, kind == SAMPLE_PCAP_BE || kind == SAMPLE_PCAP_NS_BE, magics[kind], i);
    }
}

void sample_make(enum sample kind, struct sample_file *f)
{
    struct pxk_wr w = pxk_wr_init(f->data, sizeof f->data);
    if (kind == SAMPLE_NG_LE || kind == SAMPLE_NG_BE) {
        ng_begin(&w, kind == SAMPLE_NG_BE);
    } else if (kind == SAMPLE_SNOOP) {
        pxk_wr_bytes(&w, "snoop\0\0\0", 8);
        pxk_wr_u32(&w, 2);
        pxk_wr_u32(&w, 4);
    } else if (kind != SAMPLE_ERF) {
        pcap_begin(&w, kind == SAMPLE_PCAP_BE || kind == SAMPLE_PCAP_NS_BE, magics[kind]);
    }
    for (unsigned i = 0; i < SAMPLE_PACKETS; i++) {
        f->record[i] = pxk_wr_len(&w);
        packet_put(&w, kind, i);
    }
    f->len = f->record[SAMPLE_PACKETS] = pxk_wr_len(&w);
}
