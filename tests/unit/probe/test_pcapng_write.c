#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "pxk/pcapng.h"
#include "samples.h"

static uint8_t room[PXK_NG_PACKET_ROOM];

static struct pxk_cap_record packet(const uint8_t *data, uint32_t len)
{
    return (struct pxk_cap_record){.at = 1700000000123456, .nano = 789, .link = 1, .len = len, .wire = len + 5, .data = data};
}

/* All of it read again; the last record's comments, each with ';' behind it. */
static unsigned read_back(const struct pxk_wr *w, struct pxk_cap_record *last, char *comments, size_t cap)
{
    struct pxk_capfile *c;
    struct pxk_cap_record r;
    unsigned n = 0;
    cr_assert_eq(w->err, PXK_OK);
    cr_assert_eq(pxk_capfile_new(&c), PXK_OK);
    pxk_capfile_feed(c, w->base, pxk_wr_len(w));
    while (pxk_capfile_next(c, &r)) {
        size_t pos = 0, len;
        struct pxk_str s = pxk_str_init(comments, cap);
        for (const char *t; (t = pxk_cap_comment(&r, &pos, &len));) {
            for (size_t i = 0; i < len; i++)
                pxk_str_addc(&s, t[i]);
            pxk_str_addc(&s, ';');
        }
        *last = r;
        n++;
    }
    pxk_capfile_finish(c);
    cr_assert(!pxk_capfile_next(c, &r));
    cr_assert_eq(pxk_capfile_error(c), PXK_OK);
    cr_assert_eq(pxk_capfile_counts(c)->damaged, 0);
    cr_assert(!pxk_capfile_counts(c)->cut);
    cr_assert_eq(pxk_capfile_counts(c)->dropped, 12);
    pxk_capfile_free(c);
    return n;
}

Test(pcapng_write, what_is_written_is_read_again)
{
    static const char *const comments[] = {"pxekit F003 tftp-no-answer", "and a \xc3\xa4 second one"};
    struct pxk_cap_iface iface = {.link = 1, .snaplen = 100, .name = "eth0"};
    uint8_t data[256];
    char found[200];
    for (uint32_t len = 0; len < 10; len++) {
        struct pxk_wr w = pxk_wr_init(room, sizeof room);
        struct pxk_cap_record rec = packet(data, len), back;
        (void)sample_packet(1, data);
        pxk_ng_section(&w, "pxekit 0.1.0", "Linux", "x86_64");
        pxk_ng_iface(&w, &iface, "udp port 69");
        pxk_ng_packet(&w, 0, &rec, NULL, 0);
        pxk_ng_packet(&w, 0, &rec, comments, 2);
        pxk_ng_stats(&w, 0, rec.at, 12);
        cr_assert_eq(read_back(&w, &back, found, sizeof found), 2);
        cr_assert_eq(back.len, len);
        cr_assert_eq(back.wire, len + 5);
        cr_assert_eq(back.at, rec.at);
        cr_assert_eq(back.nano, 789);
        cr_assert_eq(memcmp(back.data, data, len), 0);
        cr_assert_str_eq(found, "pxekit F003 tftp-no-answer;and a \xc3\xa4 second one;");
    }
}

Test(pcapng_write, a_packets_own_options_stay)
{
    static const char *const mine[] = {"mine"};
    for (int big = 0; big < 2; big++) {
        uint8_t options[32], data[256];
        char found[100];
        struct pxk_wr o = pxk_wr_init(options, sizeof options), w = pxk_wr_init(room, sizeof room);
        struct pxk_cap_iface iface = {.link = 1};
        put16(&o, big, 2); /* flags */
        put16(&o, big, 4);
        put32(&o, big, 1);
        put16(&o, big, 1);
        put16(&o, big, 4);
        pxk_wr_str(&o, "hers");
        struct pxk_cap_record rec = packet(data, (uint32_t)sample_packet(0, data)), back;
        rec.options = options;
        rec.options_len = (uint32_t)pxk_wr_len(&o);
        rec.options_be = big;
        pxk_ng_section(&w, NULL, NULL, NULL);
        pxk_ng_iface(&w, &iface, NULL);
        pxk_ng_packet(&w, 0, &rec, mine, 1);
        pxk_ng_stats(&w, 0, rec.at, 12);
        cr_assert_eq(read_back(&w, &back, found, sizeof found), 1);
        cr_assert_str_eq(found, "hers;mine;");
        cr_assert_eq(back.options_len, (big ? 0 : 8) + 8 + 8 + 4, "flags of the other byte order would be wrong: %u", back.options_len);
    }
}

Test(pcapng_write, the_largest_packet_with_the_longest_comments_fits)
{
    static uint8_t data[PXK_CAP_MAX], options[PXK_CAP_BLOCK_MAX - PXK_CAP_MAX];
    static char text[PXK_NG_COMMENT_MAX * 2], found[PXK_NG_COMMENTS_MAX * (PXK_NG_COMMENT_MAX + 1) + 1];
    const char *comments[PXK_NG_COMMENTS_MAX + 5];
    struct pxk_wr w = pxk_wr_init(room, sizeof room);
    struct pxk_cap_record rec = packet(data, sizeof data);
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa4", 2);
    for (size_t i = 0; i < sizeof comments / sizeof *comments; i++)
        comments[i] = text;
    for (size_t i = 0; i + 4 <= sizeof options; i += 4)
        options[i] = 9; /* the most that one block brings: empty options */
    rec.options = options;
    rec.options_len = sizeof options;
    pxk_ng_packet(&w, 0, &rec, comments, sizeof comments / sizeof *comments);
    cr_assert_eq(w.err, PXK_OK);
    w = pxk_wr_init(room, sizeof room);
    struct pxk_cap_iface iface = {.link = 1};
    rec = packet(data, 10);
    struct pxk_cap_record back;
    pxk_ng_section(&w, NULL, NULL, NULL);
    pxk_ng_iface(&w, &iface, NULL);
    pxk_ng_packet(&w, 0, &rec, comments, sizeof comments / sizeof *comments);
    pxk_ng_stats(&w, 0, rec.at, 12);
    cr_assert_eq(read_back(&w, &back, found, sizeof found), 1);
    cr_assert_eq(strlen(found), PXK_NG_COMMENTS_MAX * (PXK_NG_COMMENT_MAX + 1), "no character is cut in two");
}
