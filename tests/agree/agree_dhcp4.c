/* DHCPv4, PXE's option 43, and relays' option 82. */
#include "agree.h"

static void name_of(char out[64], const char *prefix, unsigned code)
{
    pxk_fmt(out, 64, "%s.%u", prefix, code);
}

static void text_tell(const char *field, const char *text)
{
    agree_text(field, text, strlen(text));
}

static void header(const struct pxk_dhcp4 *m)
{
    char text[256];
    agree_num("dhcp4.op", m->op);
    agree_num("dhcp4.htype", m->htype);
    agree_num("dhcp4.hlen", m->hlen);
    agree_num("dhcp4.hops", m->hops);
    agree_num("dhcp4.xid", m->xid);
    agree_num("dhcp4.secs", m->secs);
    agree_num("dhcp4.flags", m->flags);
    agree_ip4("dhcp4.ciaddr", m->ciaddr);
    agree_ip4("dhcp4.yiaddr", m->yiaddr);
    agree_ip4("dhcp4.siaddr", m->siaddr);
    agree_ip4("dhcp4.giaddr", m->giaddr);
    agree_hex("dhcp4.mac", m->mac.b, 6);
    if (!(m->overload & 2))
        text_tell("dhcp4.sname", pxk_dhcp4_sname(m, text, sizeof text));
    if (!(m->overload & 1))
        text_tell("dhcp4.file", pxk_dhcp4_file(m, text, sizeof text));
}

static void pxe_lists(const struct pxk_pxe *p)
{
    struct pxk_rd servers = p->servers, menu = p->menu;
    struct pxk_pxe_server s;
    struct pxk_pxe_menu_item item;
    while (pxk_pxe_has(p, PXK_PXE_BOOT_SERVERS) && pxk_pxe_server_next(&servers, &s)) {
        agree_num("pxe.server-type", s.type);
        agree_num("pxe.server-count", s.count);
        while (pxk_rd_left(&s.address) >= 4)
            agree_ip4("pxe.server-ip", pxk_rd_u32(&s.address));
    }
    while (pxk_pxe_has(p, PXK_PXE_BOOT_MENU) && pxk_pxe_menu_next(&menu, &item)) {
        agree_num("pxe.menu-type", item.type);
        agree_num("pxe.menu-length", item.len);
        agree_text("pxe.menu-text", item.text, item.len);
    }
}

static void pxe(const struct pxk_dhcp4 *m)
{
    struct pxk_pxe p;
    pxk_pxe_decode(m->opt[PXK_OPT_VENDOR_SPECIFIC].data, m->opt[PXK_OPT_VENDOR_SPECIFIC].len, &p);
    if (pxk_pxe_has(&p, PXK_PXE_MTFTP_IP))
        agree_ip4("pxe.mtftp-ip", p.mtftp_ip);
    if (pxk_pxe_has(&p, PXK_PXE_DISCOVERY_CONTROL))
        agree_num("pxe.discovery-control", p.control);
    if (pxk_pxe_has(&p, PXK_PXE_DISCOVERY_MULTICAST))
        agree_ip4("pxe.discovery-multicast", p.multicast);
    pxe_lists(&p);
    if (pxk_pxe_has(&p, PXK_PXE_MENU_PROMPT)) {
        agree_num("pxe.prompt-timeout", p.prompt_timeout);
        if (p.prompt_len)
            agree_text("pxe.prompt", p.prompt, p.prompt_len);
    }
    if (p.has_item) {
        agree_num("pxe.item-type", p.item_type);
        agree_num("pxe.item-layer", p.item_layer);
    }
}

static void option(const struct pxk_dhcp4 *m, uint8_t code)
{
    static char text[20000];
    char name[64];
    const struct pxk_dhcp4_opt *o = &m->opt[code];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    name_of(name, "dhcp4.bytes", code);
    agree_hex(name, o->data, o->len);
    if (!pxk_dhcp4_row(code)->key || !pxk_dhcp4_len_ok(code, o->len))
        return;
    name_of(name, "dhcp4.option", code);
    pxk_dhcp4_value_text(code, o->data, o->len, &s);
    agree_words(name, text);
}

void agree_dhcp4(const uint8_t *data, size_t len)
{
    static struct pxk_dhcp4 m;
    char name[64];
    if (pxk_dhcp4_decode(data, len, &m) != PXK_OK)
        return;
    header(&m);
    if (m.type)
        agree_num("dhcp4.type", m.type);
    for (unsigned i = 0; i < m.order_n; i++)
        agree_num("dhcp4.order", m.order[i]);
    for (unsigned i = 0; i < m.order_n; i++)
        option(&m, m.order[i]);
    if (pxk_dhcp4_vendor_is(&m, "PXEClient") && pxk_dhcp4_has(&m, PXK_OPT_VENDOR_SPECIFIC))
        pxe(&m);
    for (unsigned code = 1; code < 256; code++) {
        size_t n;
        const uint8_t *sub = pxk_dhcp4_relay_sub(&m, (uint8_t)code, &n);
        name_of(name, "dhcp4.relay", code);
        if (sub)
            agree_hex(name, sub, n);
    }
}

void agree_dhcp4_names(void)
{
    char name[64];
    for (unsigned code = 1; code < 255; code++) {
        name_of(name, "dhcp4.option", code);
        if (pxk_dhcp4_row((uint8_t)code)->key)
            agree_words(name, "");
        name_of(name, "dhcp4.relay", code);
        if (strcmp(pxk_relay_sub_name((uint8_t)code), "unknown") != 0)
            agree_words(name, "");
    }
}
