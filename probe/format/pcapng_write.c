#include "pxk/pcapng.h"

#include <string.h>

#include "pcapng_int.h"

#define TEXT_MAX   255u
#define NANOSECOND 9

/* Length now, its copy behind the block when that is known. */
static size_t block_open(struct pxk_wr *w, uint32_t type)
{
    size_t mark = pxk_wr_len(w);
    pxk_wr_le32(w, type);
    pxk_wr_le32(w, 0);
    return mark;
}

static void block_close(struct pxk_wr *w, size_t mark)
{
    uint32_t len = (uint32_t)(pxk_wr_len(w) - mark + 4);
    pxk_wr_le32(w, len);
    pxk_wr_patch_le32(w, mark + 4, len);
}

static void padded(struct pxk_wr *w, const void *data, size_t n)
{
    pxk_wr_bytes(w, data, n);
    pxk_wr_zero(w, (4 - n % 4) % 4);
}

static void option(struct pxk_wr *w, uint16_t code, const void *value, size_t n)
{
    pxk_wr_le16(w, code);
    pxk_wr_le16(w, (uint16_t)n);
    padded(w, value, n);
}

/* As much of @s as @max allows, no character cut in two. */
static size_t text_len(const char *s, size_t max)
{
    size_t n = strlen(s);
    if (n <= max)
        return n;
    n = max;
    while (n && ((uint8_t)s[n] & 0xc0) == 0x80)
        n--;
    return n;
}

static void text_option(struct pxk_wr *w, uint16_t code, const char *s, size_t max)
{
    if (s && *s)
        option(w, code, s, text_len(s, max));
}

static void options_end(struct pxk_wr *w)
{
    option(w, NG_OPT_END, NULL, 0);
}

void pxk_ng_section(struct pxk_wr *w, const char *application, const char *os, const char *hardware)
{
    size_t mark = block_open(w, NG_SHB);
    pxk_wr_le32(w, NG_SECTION_MAGIC);
    pxk_wr_le16(w, 1);
    pxk_wr_le16(w, 0);
    pxk_wr_le64(w, UINT64_MAX); /* the section's length is not told */
    text_option(w, NG_SHB_HARDWARE, hardware, TEXT_MAX);
    text_option(w, NG_SHB_OS, os, TEXT_MAX);
    text_option(w, NG_SHB_USERAPPL, application, TEXT_MAX);
    options_end(w);
    block_close(w, mark);
}

void pxk_ng_iface(struct pxk_wr *w, const struct pxk_cap_iface *f, const char *filter)
{
    static const uint8_t resolution = NANOSECOND;
    size_t mark = block_open(w, NG_IDB);
    pxk_wr_le16(w, f->link);
    pxk_wr_le16(w, 0);
    pxk_wr_le32(w, f->snaplen);
    text_option(w, NG_IF_NAME, f->name, TEXT_MAX);
    option(w, NG_IF_TSRESOL, &resolution, 1);
    if (filter && *filter) {
        size_t n = text_len(filter, TEXT_MAX);
        pxk_wr_le16(w, NG_IF_FILTER);
        pxk_wr_le16(w, (uint16_t)(n + 1));
        pxk_wr_u8(w, 0); /* what follows is text */
        pxk_wr_bytes(w, filter, n);
        pxk_wr_zero(w, (4 - (n + 1) % 4) % 4);
    }
    options_end(w);
    block_close(w, mark);
}

/* Numbers in options of the other byte order would be wrong here: of those only comments stay. */
static void own_options(struct pxk_wr *w, const struct pxk_cap_record *rec)
{
    if (!rec->options)
        return;
    struct ng_options o = {rec->options, rec->options + rec->options_len, rec->options_be};
    struct ng_option opt;
    while (ng_option_next(&o, &opt))
        if (opt.code == NG_OPT_COMMENT || !rec->options_be)
            option(w, opt.code, opt.value, opt.len);
}

static void stamp(struct pxk_wr *w, uint64_t ticks)
{
    pxk_wr_le32(w, (uint32_t)(ticks >> 32));
    pxk_wr_le32(w, (uint32_t)ticks);
}

void pxk_ng_packet(struct pxk_wr *w, uint32_t iface, const struct pxk_cap_record *rec, const char *const *comments, size_t n)
{
    size_t mark = block_open(w, NG_EPB);
    pxk_wr_le32(w, iface);
    stamp(w, rec->at * 1000 + rec->nano);
    pxk_wr_le32(w, rec->len);
    pxk_wr_le32(w, rec->wire);
    padded(w, rec->data, rec->len);
    size_t before = pxk_wr_len(w);
    own_options(w, rec);
    for (size_t i = 0; i < n && i < PXK_NG_COMMENTS_MAX; i++)
        text_option(w, NG_OPT_COMMENT, comments[i], PXK_NG_COMMENT_MAX);
    if (pxk_wr_len(w) != before)
        options_end(w);
    block_close(w, mark);
}

void pxk_ng_stats(struct pxk_wr *w, uint32_t iface, pxk_usec at, uint64_t dropped)
{
    size_t mark = block_open(w, NG_ISB);
    pxk_wr_le32(w, iface);
    stamp(w, at * 1000);
    pxk_wr_le16(w, NG_ISB_OSDROP);
    pxk_wr_le16(w, 8);
    pxk_wr_le64(w, dropped);
    options_end(w);
    block_close(w, mark);
}
