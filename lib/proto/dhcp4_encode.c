#include "pxk/proto/dhcp4.h"

static void head_write(struct pxk_wr *w, const struct pxk_dhcp4_head *h)
{
    pxk_wr_u8(w, h->op);
    pxk_wr_u8(w, 1);
    pxk_wr_u8(w, 6);
    pxk_wr_u8(w, h->hops);
    pxk_wr_u32(w, h->xid);
    pxk_wr_u16(w, h->secs);
    pxk_wr_u16(w, h->flags);
    pxk_wr_u32(w, h->ciaddr);
    pxk_wr_u32(w, h->yiaddr);
    pxk_wr_u32(w, h->siaddr);
    pxk_wr_u32(w, h->giaddr);
    pxk_wr_bytes(w, h->mac.b, 6);
    pxk_wr_zero(w, 10);
}

/* A text field of the header: all its bytes may be used, so the NUL is there only if it fits. */
static void field_write(struct pxk_wr *w, const char *text, size_t size)
{
    size_t n = text ? strlen(text) : 0;
    if (n > size) {
        if (w->err == PXK_OK)
            w->err = PXK_E_RANGE;
        return;
    }
    pxk_wr_bytes(w, text, n);
    pxk_wr_zero(w, size - n);
}

static size_t opt_size(const struct pxk_dhcp4_out_opt *o)
{
    size_t pieces = o->len ? ((size_t)o->len + 254) / 255 : 1;
    return o->len + 2 * pieces;
}

static void opt_write(struct pxk_wr *w, const struct pxk_dhcp4_out_opt *o)
{
    const uint8_t *p = o->data;
    size_t left = o->len;
    do {
        size_t n = left < 255 ? left : 255;
        pxk_wr_u8(w, o->code);
        pxk_wr_u8(w, (uint8_t)n);
        pxk_wr_bytes(w, p, n);
        left -= n;
        if (left)
            p += n;
    } while (left);
}

struct plan {
    uint8_t where[256]; /* per option: 0 options, 1 file, 2 sname */
    bool spilled[3];
};

/* These stay in the options field: type and overload by RFC 2131 4.1's reading order, option 82 because
 * relays look for it there and RFC 3046 2.2 forbids the other fields. */
static bool pinned(uint8_t code)
{
    return code == PXK_OPT_MESSAGE_TYPE || code == PXK_OPT_OVERLOAD || code == PXK_OPT_RELAY_AGENT;
}

/* First fit, never dividing a value between fields, since most clients read the first piece alone. A
 * repeated option must not land before its earlier pieces: readers join in field order (RFC 3396 5). */
static enum pxk_err plan_spill(const struct pxk_dhcp4_out *m, size_t left[3], struct plan *plan)
{
    uint8_t from[256] = {0};
    for (size_t i = 0; i < m->opt_n; i++) {
        size_t n = pinned(m->opt[i].code) ? opt_size(&m->opt[i]) : 0;
        if (n > left[0] || m->opt[i].code == PXK_OPT_OVERLOAD)
            return PXK_E_SPACE;
        left[0] -= n;
    }
    for (size_t i = 0; i < m->opt_n; i++) {
        uint8_t code = m->opt[i].code, at = from[code];
        if (pinned(code))
            continue;
        size_t n = opt_size(&m->opt[i]);
        while (at < 3 && left[at] < n)
            at++;
        if (at == 3)
            return PXK_E_SPACE;
        left[at] -= n;
        from[code] = at;
        plan->where[i] = at;
        plan->spilled[at] = true;
    }
    return PXK_OK;
}

static enum pxk_err plan_make(const struct pxk_dhcp4_out *m, size_t room, struct plan *plan)
{
    *plan = (struct plan){0};
    size_t need = 1;
    for (size_t i = 0; i < m->opt_n; i++)
        need += opt_size(&m->opt[i]);
    if (need <= room)
        return PXK_OK;
    bool file_free = !m->head.file || !*m->head.file, sname_free = !m->head.sname || !*m->head.sname;
    if (!m->may_overload || room < 4)
        return PXK_E_SPACE;
    size_t left[3] = {room - 1 - 3, file_free ? 127 : 0, sname_free ? 63 : 0}; /* end markers, option 52 */
    return plan_spill(m, left, plan);
}

static void part_write(struct pxk_wr *w, const struct pxk_dhcp4_out *m, const struct plan *plan,
                       uint8_t where, size_t size)
{
    size_t start = pxk_wr_len(w);
    for (size_t i = 0; i < m->opt_n; i++)
        if (plan->where[i] == where)
            opt_write(w, &m->opt[i]);
    pxk_wr_u8(w, PXK_DHCP4_END);
    if (size)
        pxk_wr_zero(w, size - (pxk_wr_len(w) - start));
}

enum pxk_err pxk_dhcp4_encode(const struct pxk_dhcp4_out *m, struct pxk_wr *w)
{
    if (m->opt_n > 256)
        return PXK_E_RANGE;
    for (size_t i = 0; i < m->opt_n; i++)
        if (m->opt[i].code == PXK_DHCP4_PAD || m->opt[i].code == PXK_DHCP4_END ||
            !pxk_dhcp4_len_ok(m->opt[i].code, m->opt[i].len))
            return PXK_E_RANGE;
    struct plan plan;
    size_t limit = m->limit < pxk_wr_left(w) ? m->limit : pxk_wr_left(w);
    if (limit < PXK_DHCP4_FIXED + 1)
        return PXK_E_SPACE;
    enum pxk_err err = plan_make(m, limit - PXK_DHCP4_FIXED, &plan);
    if (err != PXK_OK)
        return err;
    uint8_t overload = (uint8_t)((plan.spilled[1] ? 1 : 0) | (plan.spilled[2] ? 2 : 0));
    size_t start = pxk_wr_len(w);
    head_write(w, &m->head);
    if (plan.spilled[2])
        part_write(w, m, &plan, 2, 64);
    else
        field_write(w, m->head.sname, 64);
    if (plan.spilled[1])
        part_write(w, m, &plan, 1, 128);
    else
        field_write(w, m->head.file, 128);
    pxk_wr_u32(w, 0x63825363u);
    if (overload)
        opt_write(w, &(struct pxk_dhcp4_out_opt){PXK_OPT_OVERLOAD, 1, &overload});
    part_write(w, m, &plan, 0, 0);
    size_t len = pxk_wr_len(w) - start;
    if (len < m->pad_to && m->pad_to <= limit)
        pxk_wr_zero(w, m->pad_to - len);
    return w->err;
}
