#include "vector.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pxk/proto/frame.h"

static int nibble(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = tolower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next hex digit's value; EOF at the end, -2 for anything that does not belong there. */
static int digit(FILE *f)
{
    for (int c; (c = getc(f)) != EOF;) {
        if (c == '#')
            while (c != '\n' && c != EOF)
                c = getc(f);
        else if (!isspace(c))
            return nibble(c) < 0 ? -2 : nibble(c);
    }
    return EOF;
}

static size_t complain(const char *path, const char *what)
{
    fprintf(stderr, "%s: %s\n", path, what);
    return 0;
}

size_t pxk_vector_load(const char *name, uint8_t *buf, size_t cap)
{
    const char *folder = getenv("PXK_VECTORS");
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/captured/%s.hex", folder ? folder : PXK_VECTORS_DIR, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return complain(name, "the path is too long");
    FILE *f = fopen(path, "r");
    if (!f)
        return complain(path, "cannot open");
    size_t len = 0;
    int hi, lo = 0;
    while ((hi = digit(f)) >= 0 && (lo = digit(f)) >= 0) {
        if (len == cap) {
            fclose(f);
            return complain(path, "longer than the caller's buffer");
        }
        buf[len++] = (uint8_t)(hi << 4 | lo);
    }
    fclose(f);
    return hi == EOF && len ? len : complain(path, "not a hex dump");
}

size_t pxk_vector_load_udp(const char *name, uint8_t *buf, size_t cap)
{
    struct pxk_frame f;
    size_t len = pxk_vector_load(name, buf, cap);
    if (!len)
        return 0;
    if (pxk_frame_decode(buf, len, len, &f) != PXK_OK || f.l4 != PXK_L4_UDP || f.cut)
        return complain(name, "no whole UDP packet");
    memmove(buf, f.payload, f.payload_len);
    return f.payload_len;
}
