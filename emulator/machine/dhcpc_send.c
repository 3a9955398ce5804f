/* The messages of a PXE firmware's DHCP client: options by the persona's row, in its order. */
#include "dhcpc_int.h"
#include "overrides_int.h"

struct values { /* storage for the values of one message */
    uint8_t type, ndi[3], arch[2], max_size[2], server_id[4], requested[4], client_id[7], uuid[17], item[7];
    char vendor[48];
};

static void put16(uint8_t out[2], unsigned v)
{
    out[0] = (uint8_t)(v >> 8);
    out[1] = (uint8_t)v;
}

static void put32(uint8_t out[4], uint32_t v)
{
    put16(out, v >> 16);
    put16(out + 2, v & 0xffff);
}

static struct pxk_dhcp4_out_opt option(const struct pxk_dhcpc *c, uint8_t code, struct values *v)
{
    const struct pxk_persona *who = c->who;
    switch (code) {
    case PXK_OPT_MESSAGE_TYPE:
        return (struct pxk_dhcp4_out_opt){code, 1, &v->type};
    case PXK_OPT_MAX_SIZE:
        put16(v->max_size, v->type == PXK_DHCP4_REQUEST && c->state == PXK_DHCPC_REQUESTING ? who->max_size_request
                                                                                            : who->max_size);
        return (struct pxk_dhcp4_out_opt){code, 2, v->max_size};
    case PXK_OPT_CLIENT_ARCH:
        put16(v->arch, c->arch);
        return (struct pxk_dhcp4_out_opt){code, 2, v->arch};
    case PXK_OPT_CLIENT_NDI:
        return (struct pxk_dhcp4_out_opt){code, 3, who->ndi};
    case PXK_OPT_VENDOR_CLASS:
        if (c->state == PXK_DHCPC_BOOT_SERVER && who->boot_server_plain)
            return (struct pxk_dhcp4_out_opt){code, 9, "PXEClient"};
        pxk_fmt(v->vendor, sizeof v->vendor, "PXEClient:Arch:%05u:UNDI:%03u%03u", c->arch, who->ndi[1], who->ndi[2]);
        return (struct pxk_dhcp4_out_opt){code, (uint16_t)strlen(v->vendor), v->vendor};
    case PXK_OPT_USER_CLASS:
        return (struct pxk_dhcp4_out_opt){code, 4, "iPXE"};
    case PXK_OPT_PARAMETER_LIST:
        return (struct pxk_dhcp4_out_opt){code, who->prl_n, who->prl};
    case PXK_OPT_ETHERBOOT:
        return (struct pxk_dhcp4_out_opt){code, who->ipxe_n, who->ipxe};
    case PXK_OPT_CLIENT_ID:
        v->client_id[0] = 1;
        memcpy(v->client_id + 1, c->mac.b, 6);
        return (struct pxk_dhcp4_out_opt){code, 7, v->client_id};
    case PXK_OPT_CLIENT_UUID:
        v->uuid[0] = 0;
        memcpy(v->uuid + 1, c->uuid.b, 16);
        return (struct pxk_dhcp4_out_opt){code, 17, v->uuid};
    case PXK_OPT_SERVER_ID:
        put32(v->server_id, c->state == PXK_DHCPC_PROXY ? c->proxy_to : c->lease.server_id);
        return (struct pxk_dhcp4_out_opt){code, 4, v->server_id};
    case PXK_OPT_REQUESTED_IP:
        put32(v->requested, c->lease.ip);
        return (struct pxk_dhcp4_out_opt){code, 4, v->requested};
    case PXK_OPT_VENDOR_SPECIFIC: /* the boot item that a boot server is asked for, layer 0 */
        v->item[0] = PXK_PXE_BOOT_ITEM;
        v->item[1] = 4;
        put16(v->item + 2, c->item_type);
        put16(v->item + 4, 0);
        v->item[6] = PXK_DHCP4_END;
        return (struct pxk_dhcp4_out_opt){code, 7, v->item};
    default:
        return (struct pxk_dhcp4_out_opt){0, 0, NULL};
    }
}

static uint16_t secs_now(const struct pxk_dhcpc *c)
{
    if (c->who->secs_elapsed)
        return c->secs;
    /* src/net/udp/dhcp.c: dhcp_tx(): not a time at all */
    unsigned state = (c->chosen >= 0 ? 2u : 0) | (c->chosen_proxy >= 0 ? 1u : 0);
    if (c->state == PXK_DHCPC_BOOT_SERVER)
        state = 0; /* a session of its own */
    return (uint16_t)(c->transmissions << 2 | state);
}

static bool flags_broadcast(const struct pxk_dhcpc *c, bool bound, pxk_ip4 dst)
{
    return bound ? c->who->broadcast_bound || (c->who->broadcast && dst == PXK_IP4_BROADCAST) : c->who->broadcast;
}

void dhcpc_send(struct pxk_dhcpc *c, uint8_t type, const uint8_t *codes, pxk_ip4 dst, uint16_t sport,
                         uint16_t dport)
{
    struct values v = {.type = type};
    struct pxk_dhcp4_out_opt opt[PXK_PERSONA_OPTS_MAX + PXK_OVERRIDES_MAX];
    size_t n = 0;
    for (; n < PXK_PERSONA_OPTS_MAX && codes[n]; n++)
        opt[n] = option(c, codes[n], &v);
    n = overrides_apply(c->overrides, type, opt, n, PXK_COUNT(opt));
    bool bound = c->state >= PXK_DHCPC_PROXY;
    struct pxk_dhcp4_out m = {
        .head = {.op = 1, .xid = c->xid, .secs = secs_now(c), .mac = c->mac,
                 .flags = flags_broadcast(c, bound && type != PXK_DHCP4_RELEASE, dst) ? PXK_DHCP4_BROADCAST : 0,
                 .ciaddr = bound ? c->lease.ip : 0},
        .opt = opt, .opt_n = n, .limit = 1472};
    uint8_t buf[1472];
    struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
    if (pxk_dhcp4_encode(&m, &w) == PXK_OK)
        c->io.send(c->io.ctx, dst, sport, dport, buf, pxk_wr_len(&w));
}

void dhcpc_transmit(struct pxk_dhcpc *c, pxk_usec now)
{
    const struct pxk_persona *who = c->who;
    c->transmissions++;
    if (c->state == PXK_DHCPC_SELECTING)
        c->secs = (uint16_t)(pxk_usec_since(c->started, now) / PXK_SEC);
    switch (c->state) {
    case PXK_DHCPC_SELECTING:
        dhcpc_send(c, PXK_DHCP4_DISCOVER, who->discover, PXK_IP4_BROADCAST, PXK_DHCP4_CLIENT_PORT,
                     PXK_DHCP4_SERVER_PORT);
        break;
    case PXK_DHCPC_REQUESTING:
        dhcpc_send(c, PXK_DHCP4_REQUEST, who->request, PXK_IP4_BROADCAST, PXK_DHCP4_CLIENT_PORT,
                     PXK_DHCP4_SERVER_PORT);
        break;
    case PXK_DHCPC_PROXY:
        dhcpc_send(c, PXK_DHCP4_REQUEST, who->proxy, c->proxy_to, who->proxy_source_port, PXK_PXE_PORT);
        break;
    case PXK_DHCPC_BOOT_SERVER:
        /* broadcast discovery goes to the DHCP port (PXE 2.1 ch. 2) */
        dhcpc_send(c, PXK_DHCP4_REQUEST, who->boot_server, c->proxy_to,
                     c->proxy_to == PXK_IP4_BROADCAST ? PXK_DHCP4_CLIENT_PORT : who->proxy_source_port,
                     c->proxy_to == PXK_IP4_BROADCAST ? PXK_DHCP4_SERVER_PORT : PXK_PXE_PORT);
        break;
    case PXK_DHCPC_IDLE:
    case PXK_DHCPC_BOUND:
    case PXK_DHCPC_FAILED:
        break;
    }
}
