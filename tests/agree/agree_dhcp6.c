/* DHCPv6 with relays, what associations hold, and DUIDs. */
#include "agree.h"

static void duid(const struct pxk_dhcp6_opt *o)
{
    struct pxk_duid d;
    if (!pxk_duid_decode(o->data, o->len, &d))
        return;
    agree_num("dhcp6.duid-type", d.type);
    if (d.type == PXK_DUID_LLT || d.type == PXK_DUID_LL)
        agree_num(d.type == PXK_DUID_LLT ? "dhcp6.duid-llt-hw" : "dhcp6.duid-ll-hw", d.hw);
    if (d.type == PXK_DUID_LLT)
        agree_num("dhcp6.duid-llt-time", d.time);
    if (d.type == PXK_DUID_EN)
        agree_num("dhcp6.duid-enterprise", d.enterprise);
    static const char *const id[] = {"", "dhcp6.duid-llt-address", "dhcp6.duid-en-id", "dhcp6.duid-ll-address", "dhcp6.duid-uuid"};
    if (d.type < PXK_COUNT(id) && d.type)
        agree_hex(id[d.type], d.id, d.id_len);
}

static void status(const char *code, const char *message, struct pxk_dhcp6_status s)
{
    if (!s.there)
        return;
    agree_num(code, s.code);
    if (s.message_len)
        agree_text(message, s.message, s.message_len);
}

static void association(const struct pxk_dhcp6 *m)
{
    struct pxk_dhcp6_ia ia;
    if (!pxk_dhcp6_ia(m, &ia))
        return;
    agree_num("dhcp6.iaid", ia.iaid);
    agree_num("dhcp6.t1", ia.t1);
    agree_num("dhcp6.t2", ia.t2);
    if (ia.has_address) {
        agree_ip("dhcp6.address", ia.address);
        agree_num("dhcp6.preferred", ia.preferred);
        agree_num("dhcp6.valid", ia.valid);
    }
    status("dhcp6.ia-status", "dhcp6.ia-status-message", ia.status);
}

static void vendor_options(const struct pxk_dhcp6_opt *o)
{
    struct pxk_rd r = pxk_rd_init(o->data, o->len);
    struct pxk_dhcp6_opt inner;
    agree_num("dhcp6.vendor-options-enterprise", pxk_rd_u32(&r));
    while (pxk_dhcp6_next(&r, &inner)) {
        agree_num("dhcp6.vendor-options-code", inner.code);
        agree_hex("dhcp6.vendor-options-data", inner.data, inner.len);
    }
}

static void classes(const struct pxk_dhcp6_opt *o)
{
    struct pxk_rd r = pxk_rd_init(o->data, o->len);
    const uint8_t *data;
    size_t len;
    if (o->code == PXK_OPT6_VENDOR_CLASS)
        agree_num("dhcp6.vendor-class-enterprise", pxk_rd_u32(&r));
    while (pxk_dhcp6_data_next(&r, &data, &len)) {
        if (o->code == PXK_OPT6_VENDOR_CLASS)
            agree_text("dhcp6.vendor-class-data", data, len);
        else if (o->code == PXK_OPT6_USER_CLASS)
            agree_hex("dhcp6.user-class-data", data, len);
    }
    /* Of a text that would run past the option we say that (BAD_INSIDE); tshark shows what is left. */
    if (r.err == PXK_E_TRUNCATED && o->code == PXK_OPT6_VENDOR_CLASS && r.at < r.end)
        agree_text("dhcp6.vendor-class-data", r.at, (size_t)(r.end - r.at));
}

static void option(const struct pxk_dhcp6_opt *o)
{
    static char text[20000];
    char name[64];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    pxk_fmt(name, sizeof name, "dhcp6.bytes.%u", o->code);
    agree_hex(name, o->data, o->len);
    if (!pxk_dhcp6_row(o->code)->key || !pxk_dhcp6_len_ok(o->code, o->len))
        return;
    if (pxk_dhcp6_row(o->code)->shape == PXK_SHAPE6_DUID)
        duid(o);
    classes(o);
    if (o->code == PXK_OPT6_VENDOR_OPTS)
        vendor_options(o);
    pxk_fmt(name, sizeof name, "dhcp6.option.%u", o->code);
    pxk_dhcp6_value_text(o->code, o->data, o->len, &s);
    agree_words(name, text);
}

void agree_dhcp6(const uint8_t *data, size_t len)
{
    static struct pxk_dhcp6 m;
    if (pxk_dhcp6_decode(data, len, &m) != PXK_OK)
        return;
    for (unsigned i = 0; i < m.relay_n; i++) {
        agree_num("dhcp6.type", m.relay[i].type);
        agree_num("dhcp6.hops", m.relay[i].hops);
        agree_ip("dhcp6.link", m.relay[i].link);
        agree_ip("dhcp6.peer", m.relay[i].peer);
        if (m.relay[i].interface_id.data)
            agree_hex("dhcp6.interface-id", m.relay[i].interface_id.data, m.relay[i].interface_id.len);
        if (m.relay[i].has_mac)
            agree_hex("dhcp6.client-mac", m.relay[i].mac.b, 6);
    }
    agree_num("dhcp6.type", m.type);
    agree_num("dhcp6.xid", m.xid);
    for (unsigned i = 0; i < m.opt_n; i++)
        option(&m.opt[i]);
    association(&m);
    status("dhcp6.status", "dhcp6.status-message", pxk_dhcp6_status(&m));
}

void agree_dhcp6_names(void)
{
    char name[64];
    for (unsigned code = 1; code < 256; code++) {
        pxk_fmt(name, sizeof name, "dhcp6.option.%u", code);
        if (pxk_dhcp6_row((uint16_t)code)->key)
            agree_words(name, "");
    }
}
