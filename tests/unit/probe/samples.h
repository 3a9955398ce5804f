/* Capture files built byte by byte, five packets each. */
#ifndef TEST_PROBE_SAMPLES_H
#define TEST_PROBE_SAMPLES_H

#include "pxk/base.h"

#define SAMPLE_PACKETS 5u
#define SAMPLE_CAP     8192

enum sample {
    SAMPLE_PCAP_LE,
    SAMPLE_PCAP_BE,
    SAMPLE_PCAP_NS_LE,
    SAMPLE_PCAP_NS_BE,
    SAMPLE_PCAP_KUZ,
    SAMPLE_NG_LE,
    SAMPLE_NG_BE,
    SAMPLE_SNOOP,
    SAMPLE_ERF,
    SAMPLE_N
};

struct sample_file {
    uint8_t data[SAMPLE_CAP];
    size_t len;
    size_t record[SAMPLE_PACKETS + 1]; /* where each packet's record begins; the last: where they end */
};

/** Packet @i: its bytes (all different, so that a shifted read shows), at least 60 of them. Returns how many. */
size_t sample_packet(unsigned i, uint8_t out[static 256]);
/** Its time in nanoseconds since 1970. */
uint64_t sample_ns(unsigned i);
/** Its length on the wire: of packet 3 more than was captured. */
uint32_t sample_wire(unsigned i);
void sample_make(enum sample kind, struct sample_file *f);
const char *sample_name(enum sample kind);

/* Writers of numbers in the byte order asked for. */
void put16(struct pxk_wr *w, bool big, uint16_t v);
void put32(struct pxk_wr *w, bool big, uint32_t v);
/** A pcapng block around @n bytes of body. */
void put_block(struct pxk_wr *w, bool big, uint32_t type, const void *body, size_t n);
void put_section(struct pxk_wr *w, bool big);
/** Interface of @link; options as bytes, may be NULL. */
void put_iface(struct pxk_wr *w, bool big, uint16_t link, uint32_t snaplen, const void *options, size_t n);
/** Enhanced packet block; options as bytes, may be NULL. */
void put_packet(struct pxk_wr *w, bool big, uint32_t iface, uint64_t ticks, const void *data, uint32_t len, uint32_t wire,
                const void *options, size_t n);

#endif
