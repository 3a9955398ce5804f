/* Any TFTP packet: decoding stays inside it, texts end, and known requests are recognised again when written. */
#include <stdlib.h>

#include "pxk/proto/persona.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void text_inside(const char *s, const uint8_t *data, size_t len)
{
    const uint8_t *p = (const uint8_t *)s;
    check(p >= data && p < data + len && memchr(p, 0, (size_t)(data + len - p)));
}

static void options_check(const struct pxk_tftp *t, const uint8_t *data, size_t len)
{
    check(t->opt_n <= PXK_TFTP_OPTS_MAX);
    for (unsigned i = 0; i < t->opt_n; i++) {
        const struct pxk_tftp_opt *o = &t->opt[i];
        text_inside(o->name, data, len);
        text_inside(o->value, data, len);
        check(!o->in_range || (o->is_number && o->id != PXK_TFTP_OPT_UNKNOWN));
        const struct pxk_tftp_opt *found = pxk_tftp_find(t, o->id);
        check(found && found <= o && found->id == o->id);
    }
}

static void write_again(const struct pxk_tftp *t)
{
    static uint8_t buf[1 << 17];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_tftp_write_request(&w, t->op, t->file, t->mode);
    for (unsigned i = 0; i < t->opt_n; i++) {
        if (!t->opt[i].is_number || t->opt[i].id == PXK_TFTP_OPT_UNKNOWN)
            return;
        pxk_tftp_write_opt(&w, t->opt[i].id, t->opt[i].number);
    }
    struct pxk_tftp u;
    if (w.err != PXK_OK)
        return;
    check(pxk_tftp_decode(buf, pxk_wr_len(&w), &u) == PXK_OK && u.opt_n == t->opt_n && !u.opts_cut);
    check(strcmp(u.file, t->file) == 0 && strcmp(u.mode, t->mode) == 0);
    for (unsigned i = 0; i < t->opt_n; i++)
        check(u.opt[i].id == t->opt[i].id && u.opt[i].number == t->opt[i].number);
    check(pxk_tftp_profile_of(&u) == pxk_tftp_profile_of(t));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pxk_tftp t;
    if (pxk_tftp_decode(data, len, &t) != PXK_OK)
        return 0;
    options_check(&t, data, len);
    switch (t.op) {
    case PXK_TFTP_RRQ:
    case PXK_TFTP_WRQ:
        text_inside(t.file, data, len);
        text_inside(t.mode, data, len);
        write_again(&t);
        break;
    case PXK_TFTP_DATA:
        check(t.data == data + 4 && t.data_len == len - 4);
        break;
    case PXK_TFTP_ERROR:
        check(t.message_len <= len - 4 && !memchr(t.message, 0, t.message_len));
        break;
    case PXK_TFTP_ACK:
    case PXK_TFTP_OACK:
        break;
    }
    return 0;
}
