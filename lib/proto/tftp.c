#include "pxk/proto/tftp.h"

#include <stdio.h>

struct opt_row {
    const char *word;
    uint64_t min, max;
};

static const struct opt_row opt_rows[] = {
#define TFTP_OPT(name, word, min, max, source) {word, min, max},
#include "pxk/proto/tables/tftp.def"
#undef TFTP_OPT
};

const char *pxk_tftp_opt_word(enum pxk_tftp_opt_id id)
{
    return (unsigned)id < PXK_COUNT(opt_rows) ? opt_rows[id].word : "unknown";
}

const char *pxk_tftp_error_words(unsigned code)
{
    static const char *const words[] = {
#define TFTP_ERR(code, name, text, source) [code] = text,
#include "pxk/proto/tables/tftp.def"
#undef TFTP_ERR
    };
    return code < PXK_COUNT(words) ? words[code] : "unknown error code";
}

/* A NUL-terminated string, or NULL with the reader failed. */
static const char *take_string(struct pxk_rd *r)
{
    size_t left = pxk_rd_left(r);
    const uint8_t *nul = left ? memchr(r->at, 0, left) : NULL;
    if (!nul) {
        pxk_rd_fail(r, PXK_E_FORMAT);
        return NULL;
    }
    return (const char *)pxk_rd_take(r, (size_t)(nul - r->at) + 1);
}

static bool parse_number(const char *s, uint64_t *out)
{
    uint64_t v = 0;
    if (!*s)
        return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return false;
        uint64_t digit = (uint64_t)(*s - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

static void opt_decode(struct pxk_tftp_opt *o, const char *name, const char *value)
{
    *o = (struct pxk_tftp_opt){.id = PXK_TFTP_OPT_UNKNOWN, .name = name, .value = value};
    for (size_t i = 0; i < PXK_COUNT(opt_rows); i++)
        if (pxk_str_casecmp(name, opt_rows[i].word) == 0)
            o->id = (enum pxk_tftp_opt_id)i;
    o->is_number = parse_number(value, &o->number);
    o->in_range = o->is_number && o->id != PXK_TFTP_OPT_UNKNOWN &&
                  o->number >= opt_rows[o->id].min && o->number <= opt_rows[o->id].max;
}

static void opts_decode(struct pxk_tftp *t, struct pxk_rd *r)
{
    while (pxk_rd_left(r) > 0) {
        const char *name = take_string(r);
        const char *value = name ? take_string(r) : NULL;
        if (!value || t->opt_n == PXK_TFTP_OPTS_MAX) {
            t->opts_cut = true;
            return;
        }
        opt_decode(&t->opt[t->opt_n++], name, value);
    }
}

enum pxk_err pxk_tftp_decode(const void *data, size_t len, struct pxk_tftp *out)
{
    struct pxk_rd r = pxk_rd_init(data, len);
    *out = (struct pxk_tftp){.op = (enum pxk_tftp_op)pxk_rd_u16(&r)};
    if (r.err != PXK_OK)
        return r.err;
    switch (out->op) {
    case PXK_TFTP_RRQ:
    case PXK_TFTP_WRQ:
        out->file = take_string(&r);
        out->mode = take_string(&r);
        if (r.err == PXK_OK)
            opts_decode(out, &r);
        return out->mode ? PXK_OK : PXK_E_FORMAT;
    case PXK_TFTP_DATA:
        out->block = pxk_rd_u16(&r);
        out->data_len = pxk_rd_left(&r);
        out->data = pxk_rd_take(&r, out->data_len);
        return r.err;
    case PXK_TFTP_ACK:
        out->block = pxk_rd_u16(&r);
        return r.err;
    case PXK_TFTP_ERROR:
        out->error = pxk_rd_u16(&r);
        out->message_len = pxk_rd_left(&r);
        out->message = (const char *)pxk_rd_take(&r, out->message_len);
        if (out->message_len)
            out->message_len = strnlen(out->message, out->message_len);
        return r.err;
    case PXK_TFTP_OACK:
        opts_decode(out, &r);
        return PXK_OK;
    }
    return PXK_E_FORMAT;
}

const struct pxk_tftp_opt *pxk_tftp_find(const struct pxk_tftp *t, enum pxk_tftp_opt_id id)
{
    for (unsigned i = 0; i < t->opt_n; i++)
        if (t->opt[i].id == id)
            return &t->opt[i];
    return NULL;
}

void pxk_tftp_write_request(struct pxk_wr *w, enum pxk_tftp_op op, const char *file, const char *mode)
{
    pxk_wr_u16(w, (uint16_t)op);
    pxk_wr_strz(w, file);
    pxk_wr_strz(w, mode);
}

void pxk_tftp_write_opt(struct pxk_wr *w, enum pxk_tftp_opt_id id, uint64_t value)
{
    char number[24];
    pxk_wr_strz(w, pxk_tftp_opt_word(id));
    pxk_wr_strz(w, pxk_fmt(number, sizeof number, "%llu", (unsigned long long)value));
}

void pxk_tftp_write_oack(struct pxk_wr *w)
{
    pxk_wr_u16(w, PXK_TFTP_OACK);
}

void pxk_tftp_write_data(struct pxk_wr *w, uint16_t block, const void *data, size_t len)
{
    pxk_wr_u16(w, PXK_TFTP_DATA);
    pxk_wr_u16(w, block);
    pxk_wr_bytes(w, data, len);
}

void pxk_tftp_write_ack(struct pxk_wr *w, uint16_t block)
{
    pxk_wr_u16(w, PXK_TFTP_ACK);
    pxk_wr_u16(w, block);
}

void pxk_tftp_write_error(struct pxk_wr *w, uint16_t code, const char *message)
{
    pxk_wr_u16(w, PXK_TFTP_ERROR);
    pxk_wr_u16(w, code);
    pxk_wr_strz(w, message);
}
