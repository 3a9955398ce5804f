/* Captured frames for tests: tests/vectors/captured/NAME.hex, one Ethernet frame each, as pairs of hex digits;
 * a '#' begins a comment, and the first comment tells who sent the frame and where it was captured. */
#ifndef PXK_TESTS_VECTOR_H
#define PXK_TESTS_VECTOR_H

#include <stddef.h>
#include <stdint.h>

/**
 * The frame of @name (no folder, no ".hex") into @buf. Returns its length in bytes; 0, with the reason on
 * stderr, if it cannot be read, is no hex dump, or has more than @cap bytes. The folder is that of the
 * environment variable PXK_VECTORS, else the one the tests were built from.
 */
size_t pxk_vector_load(const char *name, uint8_t *buf, size_t cap);

/**
 * The same without what stands around a UDP payload: checked as IPv4 and UDP, moved to the start of @buf.
 * 0 if the frame is anything else.
 */
size_t pxk_vector_load_udp(const char *name, uint8_t *buf, size_t cap);

#endif
