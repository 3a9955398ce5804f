/* Test material: bytes of an exact size (so that the sanitizer sees every read past the end), and
 * small images made by hand where the boot set has none. */
#ifndef TEST_MAKE_IMAGE_H
#define TEST_MAKE_IMAGE_H

#include <stdlib.h>
#include <string.h>

#include "pxk/image.h"

struct blob {
    uint8_t *p;
    size_t n;
};

static inline struct blob blob_copy(const void *data, size_t n)
{
    struct blob b = {calloc(1, n ? n : 1), n};
    if (n)
        memcpy(b.p, data, n);
    return b;
}

static inline void blob_add(struct blob *b, const void *data, size_t n)
{
    b->p = realloc(b->p, b->n + n + 1);
    if (n)
        memcpy(b->p + b->n, data, n);
    b->n += n;
}

static inline void blob_zero(struct blob *b, size_t n)
{
    b->p = realloc(b->p, b->n + n + 1);
    memset(b->p + b->n, 0, n);
    b->n += n;
}

static inline void blob_done(struct blob *b)
{
    free(b->p);
    *b = (struct blob){NULL, 0};
}

static inline void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void put32(uint8_t *p, uint32_t v)
{
    put16(p, v);
    put16(p + 2, v >> 16);
}

static inline void put64(uint8_t *p, uint64_t v)
{
    put32(p, (uint32_t)v);
    put32(p + 4, (uint32_t)(v >> 32));
}

static inline void put32be(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

static inline struct pxk_image look(const void *data, size_t n)
{
    struct pxk_image out;
    struct blob b = blob_copy(data, n);
    pxk_image_inspect(b.p, n, &out);
    blob_done(&b);
    return out;
}

static inline struct pxk_image verify(const void *data, size_t n)
{
    struct pxk_image out;
    struct blob b = blob_copy(data, n);
    pxk_image_verify(b.p, n, 0, &out);
    blob_done(&b);
    return out;
}

/* One file of a small boot set. */
static inline struct blob set_file(const char *path)
{
    const struct pxk_bootset_opts opts = {PXK_IP4(10, 0, 0, 1), 20000, 20000};
    struct pxk_bootset set;
    struct blob b = {NULL, 0};
    if (pxk_bootset_generate(&opts, &set) != PXK_OK)
        abort();
    const struct pxk_bootset_file *f = pxk_bootset_find(&set, path);
    if (f)
        b = blob_copy(f->data, f->len);
    pxk_bootset_done(&set);
    return b;
}

/* Where the PE header of a boot set file is, and its parts. */
#define PE_AT       0x40u
#define PE_OPT      (PE_AT + 24)
#define PE_DIRS     (PE_OPT + 112)
#define PE_SECTIONS (PE_OPT + 160)

#endif
