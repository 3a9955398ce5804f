/* Any DHCP message: decode, ask everything there is to ask, encode what was read and compare. */
#include <stdlib.h>

#include "pxk/proto/arch.h"
#include "pxk/proto/dhcp4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void ask_everything(const struct pxk_dhcp4 *m)
{
    char text[4000], why[200] = "";
    for (unsigned i = 0; i < m->order_n; i++) {
        uint8_t code = m->order[i];
        const struct pxk_dhcp4_opt *o = &m->opt[code];
        struct pxk_str s = pxk_str_init(text, sizeof text);
        pxk_dhcp4_value_text(code, o->data, o->len, &s);
        pxk_dhcp4_value_text(code, o->first, o->first_len, &s);
        (void)pxk_dhcp4_text(m, code, text, 40);
        (void)pxk_dhcp4_ip(m, code, 0);
        (void)pxk_dhcp4_u32(m, code, 0);
        (void)pxk_dhcp4_u16(m, code, 0);
        check(o->instances && o->data && o->first && o->first_len <= o->len);
        check(memcmp(o->data, o->first, o->first_len) == 0);
    }
    (void)pxk_dhcp4_file(m, text, sizeof text);
    (void)pxk_dhcp4_sname(m, text, sizeof text);
    (void)pxk_dhcp4_vendor_is(m, "PXEClient");
    (void)pxk_dhcp4_is_ipxe(m);
    (void)pxk_dhcp4_arch(m);
    for (unsigned code = 0; code < 256; code++) {
        size_t n;
        const uint8_t *sub = pxk_dhcp4_relay_sub(m, (uint8_t)code, &n);
        check(!sub || (sub >= m->opt[82].data && sub + n <= m->opt[82].data + m->opt[82].len));
    }
    check(pxk_dhcp4_edk2_keeps(m, why, sizeof why) == !*why);
}

static void same(const struct pxk_dhcp4 *a, const struct pxk_dhcp4 *b)
{
    check(b->op == a->op && b->xid == a->xid && b->flags == a->flags && b->yiaddr == a->yiaddr);
    for (unsigned i = 0; i < a->order_n; i++) {
        uint8_t code = a->order[i];
        if (code == PXK_OPT_OVERLOAD || !pxk_dhcp4_len_ok(code, a->opt[code].len))
            continue;
        check(b->opt[code].len == a->opt[code].len);
        check(memcmp(b->opt[code].data, a->opt[code].data, a->opt[code].len) == 0);
    }
}

/* @limit decides whether the second message has to spill. */
static void encode_again(const struct pxk_dhcp4 *m, uint16_t limit)
{
    static struct pxk_dhcp4 n;
    struct pxk_dhcp4_out_opt opt[256];
    uint8_t buf[8192];
    char file[129], sname[65];
    struct pxk_dhcp4_out out = {
        .head = {m->op, m->hops, m->xid, m->secs, m->flags, m->ciaddr, m->yiaddr, m->siaddr, m->giaddr, m->mac,
                 pxk_dhcp4_sname(m, sname, sizeof sname), pxk_dhcp4_file(m, file, sizeof file)},
        .opt = opt,
        .limit = limit,
        .may_overload = true,
    };
    for (unsigned i = 0; i < m->order_n; i++) {
        const struct pxk_dhcp4_opt *o = &m->opt[m->order[i]];
        if (m->order[i] != PXK_OPT_OVERLOAD && pxk_dhcp4_len_ok(m->order[i], o->len))
            opt[out.opt_n++] = (struct pxk_dhcp4_out_opt){m->order[i], o->len, o->data};
    }
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    enum pxk_err err = pxk_dhcp4_encode(&out, &w);
    check(err == PXK_OK || err == PXK_E_SPACE);
    if (err != PXK_OK)
        return;
    check(pxk_wr_len(&w) <= limit && pxk_dhcp4_decode(buf, pxk_wr_len(&w), &n) == PXK_OK);
    if (!pxk_dhcp4_noted(&n, PXK_DHCP4_NOTE_JOIN_FULL) && !pxk_dhcp4_noted(m, PXK_DHCP4_NOTE_JOIN_FULL))
        same(m, &n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct pxk_dhcp4 m;
    enum pxk_err err = pxk_dhcp4_decode(data, len, &m);
    check((err == PXK_OK) == (len >= PXK_DHCP4_HEADER));
    if (err != PXK_OK)
        return 0;
    check(m.note_n <= PXK_DHCP4_NOTES_MAX && m.order_n <= 254 && m.join_used <= PXK_DHCP4_JOIN_MAX);
    ask_everything(&m);
    encode_again(&m, 8192);
    encode_again(&m, (uint16_t)(240 + m.order_n * 4));
    return 0;
}
