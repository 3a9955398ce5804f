/* Any DHCPv6 message: decode, ask everything there is to ask; what is read stays inside the bytes. */
#include <stdlib.h>

#include "pxk/proto/dhcp6.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void option(const struct pxk_dhcp6_opt *o, const uint8_t *data, size_t len)
{
    char text[2000];
    struct pxk_str s = pxk_str_init(text, sizeof text);
    struct pxk_mac mac;
    check(o->data >= data && o->data + o->len <= data + len && o->offset + 4u + o->len <= len);
    pxk_dhcp6_value_text(o->code, o->data, o->len, &s);
    (void)pxk_duid_mac(o->data, o->len, &mac);
    (void)pxk_dhcp6_params_ok(o);
}

static void relay(const struct pxk_dhcp6_relay *r, const uint8_t *data, size_t len)
{
    struct pxk_rd options = r->options;
    struct pxk_dhcp6_opt o;
    while (pxk_dhcp6_next(&options, &o))
        option(&o, data, len);
    check(!r->interface_id.len || (r->interface_id.data >= data && r->interface_id.data < data + len));
}

/* Written again without its relays, it reads the same. */
static void rewrite(const struct pxk_dhcp6 *m)
{
    static uint8_t buf[66000];
    static struct pxk_dhcp6 n;
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    pxk_dhcp6_write_head(&w, m->type, m->xid);
    for (unsigned i = 0; i < m->opt_n; i++)
        pxk_dhcp6_write_opt(&w, m->opt[i].code, m->opt[i].data, m->opt[i].len);
    check(w.err == PXK_OK && pxk_dhcp6_decode(buf, pxk_wr_len(&w), &n) == PXK_OK);
    check(n.opt_n == m->opt_n && n.type == m->type && n.xid == m->xid);
    for (unsigned i = 0; i < m->opt_n; i++)
        check(n.opt[i].code == m->opt[i].code && n.opt[i].len == m->opt[i].len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct pxk_dhcp6 m;
    struct pxk_dhcp6_ia ia;
    char text[100];
    if (len > UINT16_MAX || pxk_dhcp6_decode(data, len, &m) != PXK_OK)
        return 0;
    check(m.opt_n <= PXK_DHCP6_OPTS_MAX && m.note_n <= PXK_DHCP6_NOTES_MAX && m.relay_n <= PXK_DHCP6_RELAYS_MAX);
    for (unsigned i = 0; i < m.opt_n; i++)
        option(&m.opt[i], data, len);
    for (unsigned i = 0; i < m.relay_n; i++)
        relay(&m.relay[i], data, len);
    (void)pxk_dhcp6_ia(&m, &ia);
    check(!ia.status.message_len || (const uint8_t *)ia.status.message + ia.status.message_len <= data + len);
    (void)pxk_dhcp6_status(&m);
    (void)pxk_dhcp6_arch(&m);
    (void)pxk_dhcp6_is_ipxe(&m);
    (void)pxk_dhcp6_asks(&m, PXK_OPT6_BOOT_FILE_URL);
    (void)pxk_dhcp6_vendor_is(&m, "PXEClient");
    (void)pxk_dhcp6_text(&m, PXK_OPT6_BOOT_FILE_URL, text, sizeof text);
    if (m.type != PXK_DHCP6_RELAY_FORW && m.type != PXK_DHCP6_RELAY_REPL)
        rewrite(&m);
    return 0;
}
