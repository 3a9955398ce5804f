#include "dhcpc.h"

#define BOOTPS 67

enum edk2_class { EDK2_DHCP_ONLY, EDK2_PXE10, EDK2_BINL, EDK2_PROXY_PXE10, EDK2_PROXY_BINL, EDK2_BOOTP, EDK2_NOTHING };

void pxk_boot_info_read(const struct pxk_dhcp4 *m, pxk_ip4 src, struct pxk_boot_info *out)
{
    struct pxk_pxe pxe;
    *out = (struct pxk_boot_info){.there = true, .siaddr = m->siaddr};
    out->server_id = pxk_dhcp4_ip(m, PXK_OPT_SERVER_ID, m->siaddr ? m->siaddr : src);
    pxk_dhcp4_file(m, out->file, sizeof out->file);
    pxk_dhcp4_text(m, PXK_OPT_BOOT_FILE, out->option67, sizeof out->option67);
    pxk_dhcp4_text(m, PXK_OPT_TFTP_SERVER_NAME, out->option66, sizeof out->option66);
    out->http = pxk_dhcp4_vendor_is(m, "HTTPClient");
    if (pxk_dhcp4_vendor_is(m, "PXEClient")) {
        const struct pxk_dhcp4_opt *o = &m->opt[PXK_OPT_VENDOR_SPECIFIC];
        pxk_pxe_decode(o->first, o->first_len, &pxe);
        out->control = pxe.control;
        out->discovery = pxk_pxe_has_discovery(&pxe);
        out->menu = pxk_pxe_has(&pxe, PXK_PXE_BOOT_MENU);
        struct pxk_pxe_server server;
        if (pxk_pxe_server_next(&pxe.servers, &server))
            out->listed = pxk_rd_u32(&server.address);
    }
}

/* A menu that the firmware would show: 43.9, and not "boot the file" (43.6 bit 3 with a file name). */
static bool menu_asked(const struct pxk_dhcp4 *m)
{
    struct pxk_boot_info info;
    pxk_boot_info_read(m, 0, &info);
    bool named = *info.file || *info.option67;
    return info.menu && !(info.control & PXK_PXE_BOOT_FILE_ONLY && named);
}

/* ---- iPXE: dhcp_discovery_rx() ---- */

/* Option 175.1: a signed byte; the higher offer wins. */
static int ipxe_sub(const struct pxk_dhcp4 *m, uint8_t code, int or_else)
{
    const struct pxk_dhcp4_opt *o = &m->opt[PXK_OPT_ETHERBOOT];
    struct pxk_rd r = pxk_rd_init(o->first, o->first_len);
    while (pxk_rd_left(&r) >= 2) {
        uint8_t sub = pxk_rd_u8(&r);
        if (sub == PXK_DHCP4_END)
            break;
        struct pxk_rd value = pxk_rd_sub(&r, pxk_rd_u8(&r));
        if (sub == code && pxk_rd_left(&value) >= 1)
            return (int8_t)pxk_rd_u8(&value);
    }
    return or_else;
}

static bool ipxe_has_pxe_options(const struct pxk_dhcp4 *m)
{
    struct pxk_boot_info info;
    pxk_boot_info_read(m, 0, &info);
    return info.menu || (m->siaddr && (*info.file || *info.option67));
}

static bool ipxe_choose(const struct pxk_dhcpc *c, struct pxk_choice *out)
{
    int best = -128, best_proxy = -128;
    bool no_proxy_wait = false;
    *out = (struct pxk_choice){.offer = -1, .proxy = -1};
    for (unsigned i = 0; i < c->offer_n; i++) {
        struct pxk_dhcp4 m;
        if (pxk_dhcp4_decode(c->offer[i].data, c->offer[i].len, &m) != PXK_OK)
            continue;
        int priority = ipxe_sub(&m, 1, 0);
        bool is_offer = m.type == PXK_DHCP4_OFFER || m.type == PXK_DHCP4_NONE;
        if (m.yiaddr && c->offer[i].sport == BOOTPS && is_offer && priority >= best) {
            best = priority;
            out->offer = (int)i;
            no_proxy_wait = ipxe_sub(&m, 0xb0, 0) != 0;
            char file[129];
            out->bootable = *pxk_dhcp4_file(&m, file, sizeof file) || pxk_dhcp4_has(&m, PXK_OPT_BOOT_FILE) ||
                            pxk_dhcp4_has(&m, PXK_OPT_ROOT_PATH);
        }
        if (pxk_dhcp4_vendor_is(&m, "PXEClient") && priority >= best_proxy) {
            best_proxy = priority;
            out->proxy = (int)i;
        }
    }
    if (out->offer < 0)
        return false;
    out->final = no_proxy_wait || out->proxy >= 0;
    out->bootable = out->bootable || out->proxy >= 0;
    if (no_proxy_wait)
        out->proxy = -1;
    if (out->proxy >= 0) {
        struct pxk_dhcp4 m;
        if (pxk_dhcp4_decode(c->offer[out->proxy].data, c->offer[out->proxy].len, &m) == PXK_OK) {
            out->ask_4011 = !ipxe_has_pxe_options(&m);
            out->ask_menu = menu_asked(&m);
        }
    }
    out->rank = out->proxy >= 0 ? 1 : out->bootable ? 2 : 3;
    return true;
}

/* ---- EDK2: PxeBcParseDhcp4Packet() and PxeBcSelectOffer() ---- */

/* Only sub-options 1 to 5: "WfM 1.1a", which this firmware knows and does not boot from. */
static bool edk2_wfm11a(const struct pxk_dhcp4 *m)
{
    struct pxk_pxe pxe;
    const struct pxk_dhcp4_opt *o = &m->opt[PXK_OPT_VENDOR_SPECIFIC];
    pxk_pxe_decode(o->first, o->first_len, &pxe);
    return (pxe.seen >> PXK_PXE_MTFTP_IP & 0x1f) == 0x1f;
}

static enum edk2_class edk2_classify(const struct pxk_dhcp4 *m, bool *has_file)
{
    struct pxk_boot_info info;
    char why[8];
    pxk_boot_info_read(m, 0, &info);
    *has_file = *info.file || *info.option67;
    if (!pxk_dhcp4_edk2_keeps(m, why, sizeof why))
        return EDK2_NOTHING;
    bool proxy = m->yiaddr >> 24 == 0;
    if (pxk_dhcp4_vendor_is(m, "PXEClient")) {
        if (info.discovery)
            return proxy ? EDK2_PROXY_PXE10 : EDK2_PXE10;
        if (edk2_wfm11a(m))
            return EDK2_NOTHING;
        return proxy ? EDK2_PROXY_BINL : EDK2_BINL;
    }
    if (proxy)
        return EDK2_NOTHING;
    if (m->type == PXK_DHCP4_NONE)
        return *has_file ? EDK2_BOOTP : EDK2_NOTHING;
    return EDK2_DHCP_ONLY;
}

struct edk2_found {
    int first[EDK2_NOTHING];
    int only_with_file;
};

static void edk2_find(const struct pxk_dhcpc *c, struct edk2_found *found)
{
    for (unsigned k = 0; k < EDK2_NOTHING; k++)
        found->first[k] = -1;
    found->only_with_file = -1;
    for (unsigned i = 0; i < c->offer_n; i++) {
        struct pxk_dhcp4 m;
        bool has_file = false;
        if (pxk_dhcp4_decode(c->offer[i].data, c->offer[i].len, &m) != PXK_OK)
            continue;
        enum edk2_class k = edk2_classify(&m, &has_file);
        if (k == EDK2_NOTHING)
            continue;
        if (found->first[k] < 0)
            found->first[k] = (int)i;
        if (k == EDK2_DHCP_ONLY && has_file && found->only_with_file < 0)
            found->only_with_file = (int)i;
    }
}

static bool edk2_choose(const struct pxk_dhcpc *c, struct pxk_choice *out)
{
    struct edk2_found f;
    edk2_find(c, &f);
    *out = (struct pxk_choice){.offer = -1, .proxy = -1, .bootable = true};
    int only = f.first[EDK2_DHCP_ONLY];
    if (f.first[EDK2_PXE10] >= 0) {
        *out = (struct pxk_choice){.offer = f.first[EDK2_PXE10], .proxy = -1, .final = true, .bootable = true,
                                   .rank = 1};
    } else if (only >= 0 && f.first[EDK2_PROXY_PXE10] >= 0) {
        out->offer = only;
        out->proxy = f.first[EDK2_PROXY_PXE10];
        out->rank = 3;
    } else if (f.first[EDK2_BINL] >= 0) {
        out->offer = f.first[EDK2_BINL];
        out->ask_4011 = true;
        out->rank = 5;
    } else if (only >= 0 && f.first[EDK2_PROXY_BINL] >= 0) {
        out->offer = only;
        out->proxy = f.first[EDK2_PROXY_BINL];
        out->ask_4011 = true;
        out->rank = 6;
    } else if (f.only_with_file >= 0) {
        out->offer = f.only_with_file;
        out->rank = 7;
    } else if (f.first[EDK2_BOOTP] >= 0) {
        out->offer = f.first[EDK2_BOOTP];
        out->rank = 8;
    } else {
        return false;
    }
    int from = out->proxy >= 0 ? out->proxy : out->offer;
    struct pxk_dhcp4 m;
    if (!out->ask_4011 && pxk_dhcp4_decode(c->offer[from].data, c->offer[from].len, &m) == PXK_OK)
        out->ask_menu = menu_asked(&m);
    return true;
}

bool pxk_offers_choose(const struct pxk_dhcpc *c, struct pxk_choice *out)
{
    switch (c->who->rules) {
    case PXK_RULES_IPXE:
        return ipxe_choose(c, out);
    case PXK_RULES_EDK2:
        return edk2_choose(c, out);
    }
    return false;
}

/* ---- what to load ---- */

static const char *first_of(const char *a, const char *b)
{
    return *a ? a : b;
}

/* iPXE: a non-empty header field wins over option 67; the file and its server come from one settings block,
 * the boot server's answer first, then the lease, then the proxy's (src/usr/autoboot.c). */
static void ipxe_resolve(struct pxk_dhcpc *c)
{
    const struct pxk_boot_info *from[] = {&c->lease.reply, &c->lease.ack, &c->lease.proxy};
    for (size_t i = 0; i < PXK_COUNT(from); i++) {
        const char *file = from[i]->there ? first_of(from[i]->file, from[i]->option67) : "";
        if (!*file)
            continue;
        (void)pxk_str_copy(c->boot_file, sizeof c->boot_file, file);
        c->boot_server = from[i]->siaddr;
        return;
    }
}

/* EDK2: PxeBcDhcp4BootInfo(): one packet gives all; option 67 before the header; server: the first of 43.8 if
 * 43.6 says to boot the named file, siaddr, else option 54. */
static void edk2_resolve(struct pxk_dhcpc *c)
{
    const struct pxk_lease *l = &c->lease;
    const struct pxk_boot_info *from = l->reply.there ? &l->reply : l->proxy.there ? &l->proxy : &l->ack;
    (void)pxk_str_copy(c->boot_file, sizeof c->boot_file, first_of(from->option67, from->file));
    c->boot_server = from->siaddr ? from->siaddr : from->server_id;
    if (from->control & PXK_PXE_BOOT_FILE_ONLY && from->listed)
        c->boot_server = from->listed;
}

void pxk_offers_resolve(struct pxk_dhcpc *c)
{
    c->boot_file[0] = '\0';
    c->boot_server = 0;
    if (c->who->rules == PXK_RULES_IPXE)
        ipxe_resolve(c);
    else
        edk2_resolve(c);
}
