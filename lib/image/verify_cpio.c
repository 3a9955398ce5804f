/* A newc cpio archive, piece by piece, as the kernel reads it (linux init/initramfs.c; cpio(5)):
 * header of 110 bytes, name padded to 4, data padded to 4, until a member named TRAILER!!!. */
#include "inspect_int.h"

#define NAME_MAX_BYTES 4096 /* Linux PATH_MAX, NUL included: the kernel skips longer ones */

static void broken(struct pxk_cpio_walk *w, const char *what)
{
    w->state = CPIO_BROKEN;
    (void)pxk_fmt(w->why, sizeof w->why, "%s at byte %llu of the cpio archive", what,
                  (unsigned long long)w->at);
}

void pxk_cpio_walk_init(struct pxk_cpio_walk *w)
{
    memset(w, 0, sizeof *w);
    w->state = CPIO_HEADER;
}

static bool hex8(const uint8_t *p, uint32_t *out)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint8_t c = p[i] | 0x20;
        if (!((c >= '0' && c <= '9' && p[i] == c) || (c >= 'a' && c <= 'f')))
            return false;
        v = v << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *out = v;
    return true;
}

static void header_done(struct pxk_cpio_walk *w)
{
    enum { FILE_SIZE = 6, NAME_SIZE = 11, CHECK = 12, FIELDS = 13 };
    uint32_t field[FIELDS];
    if (memcmp(w->head, "070701", 6) != 0 && memcmp(w->head, "070702", 6) != 0) {
        broken(w, "no header");
        return;
    }
    for (unsigned i = 0; i < FIELDS; i++) {
        if (!hex8(w->head + 6 + (size_t)i * 8, &field[i])) {
            broken(w, "a header with something else than hexadecimal digits");
            return;
        }
    }
    w->name_len = field[NAME_SIZE];
    if (w->name_len == 0 || w->name_len > NAME_MAX_BYTES) {
        broken(w, "a name of impossible length");
        return;
    }
    w->name_padded = w->name_len + (4 - (CPIO_HEADER_BYTES + w->name_len) % 4) % 4;
    w->data_len = field[FILE_SIZE];
    w->data_left = ((uint64_t)w->data_len + 3) & ~(uint64_t)3;
    w->data_seen = w->sum = 0;
    w->sums = w->head[5] == '2';
    w->sum_expected = field[CHECK];
    w->have = 0;
    w->state = CPIO_NAME;
}

static void member_done(struct pxk_cpio_walk *w)
{
    w->have = 0;
    w->state = CPIO_HEADER;
    if (w->sums && w->data_len > 0 && w->sum != w->sum_expected)
        broken(w, "a wrong checksum of a file's data");
}

static void name_done(struct pxk_cpio_walk *w)
{
    if (w->name[w->name_len - 1] != '\0') {
        broken(w, "a name without its end");
        return;
    }
    w->ended = strcmp(w->name, CPIO_TRAILER) == 0;
    if (!w->ended) {
        const char *rel = w->name + (pxk_str_starts(w->name, "./") ? 2 : w->name[0] == '/');
        w->has_init |= strcmp(rel, "init") == 0;
        w->members++;
    }
    w->state = CPIO_DATA;
    if (w->data_left == 0)
        member_done(w);
}

static size_t take_header(struct pxk_cpio_walk *w, const uint8_t *p, size_t n)
{
    if (w->have == 0 && w->ended) { /* the kernel's state "Reset": padding, or another archive */
        if (*p == 0)
            return 1;
        if (*p != '0' || w->at % 4 != 0) {
            broken(w, "neither padding nor an archive behind the trailer,");
            return 0;
        }
        w->ended = false;
    }
    size_t part = CPIO_HEADER_BYTES - w->have;
    if (part > n)
        part = n;
    memcpy(w->head + w->have, p, part);
    w->have += (uint32_t)part;
    if (w->have == CPIO_HEADER_BYTES)
        header_done(w);
    return w->state == CPIO_BROKEN ? 0 : part;
}

static size_t take_name(struct pxk_cpio_walk *w, const uint8_t *p, size_t n)
{
    size_t part = w->name_padded - w->have;
    if (part > n)
        part = n;
    if (w->have < w->name_len) {
        size_t keep = w->name_len - w->have;
        memcpy(w->name + w->have, p, keep < part ? keep : part);
    }
    w->have += (uint32_t)part;
    if (w->have == w->name_padded)
        name_done(w);
    return w->state == CPIO_BROKEN ? 0 : part;
}

static size_t take_data(struct pxk_cpio_walk *w, const uint8_t *p, size_t n)
{
    size_t part = w->data_left < n ? (size_t)w->data_left : n;
    if (w->sums) {
        for (size_t i = 0; i < part && w->data_seen < w->data_len; i++, w->data_seen++)
            w->sum += p[i];
    }
    w->data_left -= part;
    if (w->data_left == 0)
        member_done(w);
    return w->state == CPIO_BROKEN ? 0 : part;
}

size_t pxk_cpio_walk_take(struct pxk_cpio_walk *w, const uint8_t *data, size_t n, bool stop_at_end)
{
    size_t done = 0;
    while (done < n && w->state != CPIO_BROKEN) {
        if (stop_at_end && w->ended && w->state == CPIO_HEADER)
            break;
        size_t part = 0;
        switch (w->state) {
        case CPIO_HEADER:
            part = take_header(w, data + done, n - done);
            break;
        case CPIO_NAME:
            part = take_name(w, data + done, n - done);
            break;
        case CPIO_DATA:
            part = take_data(w, data + done, n - done);
            break;
        case CPIO_BROKEN:
            break;
        }
        done += part;
        w->at += part;
    }
    return done;
}
