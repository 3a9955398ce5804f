/* Replies: option order and content as every known client wants them. */
#include "dhcpd_int.h"

#define OPTS_MAX (PXK_DHCPD_OPTIONS_MAX + 32)

struct opts {
    struct pxk_dhcp4_out_opt opt[OPTS_MAX];
    bool may_drop[OPTS_MAX]; /* given up, last first, when the reply has no room */
    size_t n;
    struct pxk_wr scratch; /* values that are made here */
    uint8_t room[1024];
};

static void opt_add(struct opts *o, uint8_t code, const void *data, size_t len, bool may_drop)
{
    if (o->n == OPTS_MAX || !len || len > 255)
        return;
    o->opt[o->n] = (struct pxk_dhcp4_out_opt){code, (uint16_t)len, data};
    o->may_drop[o->n++] = may_drop;
}

static void opt_u8(struct opts *o, uint8_t code, uint8_t v)
{
    uint8_t *p = pxk_wr_reserve(&o->scratch, 1);
    if (!p)
        return;
    *p = v;
    opt_add(o, code, p, 1, false);
}

static void opt_u32(struct opts *o, uint8_t code, uint32_t v)
{
    const uint8_t *p = o->scratch.at;
    pxk_wr_u32(&o->scratch, v);
    if (o->scratch.err == PXK_OK)
        opt_add(o, code, p, 4, false);
}

static void opt_text(struct opts *o, uint8_t code, const char *text, bool may_drop)
{
    if (text)
        opt_add(o, code, text, strlen(text), may_drop);
}

/* Did the client ask for it? Without a list it takes whatever comes. */
static bool is_wanted(const struct request *q, uint8_t code)
{
    const struct pxk_dhcp4_opt *prl = &q->m->opt[PXK_OPT_PARAMETER_LIST];
    return !prl->len || memchr(prl->data, code, prl->len) != NULL;
}

static void echo(struct opts *o, const struct request *q, uint8_t code)
{
    const struct pxk_dhcp4_opt *in = &q->m->opt[code];
    if (in->data && pxk_dhcp4_len_ok(code, in->len))
        opt_add(o, code, in->data, in->len, false);
}

/* ---- parts, in the order in which they are sent ---- */

static void add_head(struct opts *o, const struct request *q, enum pxk_dhcp4_type type)
{
    o->scratch = pxk_wr_init(o->room, sizeof o->room);
    opt_u8(o, PXK_OPT_MESSAGE_TYPE, (uint8_t)type);
    if (!fault(q, PXK_FAULT_DHCP_NO_SERVER_ID))
        opt_u32(o, PXK_OPT_SERVER_ID, server_id(q));
}

static void add_times(struct opts *o, uint32_t lease_s)
{
    opt_u32(o, PXK_OPT_LEASE_TIME, lease_s);
    opt_u32(o, PXK_OPT_T1, lease_s / 2);
    opt_u32(o, PXK_OPT_T2, (uint32_t)((uint64_t)lease_s * 7 / 8));
}

static void add_dns(struct opts *o, const struct pxk_dhcpd_config *c)
{
    const uint8_t *p = o->scratch.at;
    for (size_t i = 0; i < c->dns_n && i < 63; i++)
        pxk_wr_u32(&o->scratch, c->dns[i]);
    if (o->scratch.err == PXK_OK)
        opt_add(o, PXK_OPT_DNS_SERVERS, p, (size_t)(o->scratch.at - p), true);
}

static void add_net(struct opts *o, const struct request *q, const struct lease *l)
{
    const struct pxk_dhcpd_config *c = &q->d->config;
    opt_u32(o, PXK_OPT_SUBNET_MASK, c->mask);
    const struct pxk_fault *far = pxk_faults_find(q->faults, PXK_FAULT_DHCP_WRONG_ROUTER);
    if (far || c->router)
        opt_u32(o, PXK_OPT_ROUTERS, far ? far->ip : c->router);
    if (c->dns_n && is_wanted(q, PXK_OPT_DNS_SERVERS))
        add_dns(o, c);
    if (is_wanted(q, PXK_OPT_DOMAIN_NAME))
        opt_text(o, PXK_OPT_DOMAIN_NAME, c->domain, true);
    if (l && l->reservation && is_wanted(q, PXK_OPT_HOST_NAME))
        opt_text(o, PXK_OPT_HOST_NAME, l->reservation->hostname, true);
    if (is_wanted(q, PXK_OPT_BROADCAST) && ~c->mask > 1)
        opt_u32(o, PXK_OPT_BROADCAST, c->net | ~c->mask);
    if (fault(q, PXK_FAULT_DHCP_OFFER_BROKEN))
        opt_u8(o, PXK_OPT_IP_FORWARDING, 2);
}

/* Options from the config. Those from 128 on are site- or PXE-specific and rarely in a ROM's list,
 * though a later stage reads them from the ROM's cached ACK (PXELINUX: 209, 210): they are sent
 * unasked. */
static void add_configured(struct opts *o, const struct request *q)
{
    const struct pxk_dhcpd_config *c = &q->d->config;
    for (size_t i = 0; i < c->option_n; i++)
        if (c->option[i].code >= 128 || is_wanted(q, c->option[i].code))
            opt_add(o, c->option[i].code, c->option[i].data, c->option[i].len, true);
}

/* Option 60 only together with 43.6, or EDK2 takes the offer for one that needs port 4011, and with
 * it iPXE waits for no proxy (S1). @item: the boot item of the request, echoed. */
static void add_vendor(struct opts *o, const struct request *q, const uint8_t *item)
{
    static const uint8_t load_the_file[] = {PXK_PXE_DISCOVERY_CONTROL, 1, PXK_PXE_BOOT_FILE_ONLY,
                                            255};
    if (q->http) {
        if (!fault(q, PXK_FAULT_DHCP_HTTP_CLASS_NOT_ECHOED))
            opt_text(o, PXK_OPT_VENDOR_CLASS, "HTTPClient", false);
        return;
    }
    if (!q->pxe)
        return;
    opt_text(o, PXK_OPT_VENDOR_CLASS, "PXEClient", false);
    uint8_t faulty[FAULT_43_MAX];
    int n = fault_43(q, faulty);
    if (n >= 0) {
        const uint8_t *made = o->scratch.at;
        pxk_wr_bytes(&o->scratch, faulty, (size_t)n);
        if (o->scratch.err == PXK_OK)
            opt_add(o, PXK_OPT_VENDOR_SPECIFIC, made, (size_t)n, false);
        return;
    }
    if (!item) {
        opt_add(o, PXK_OPT_VENDOR_SPECIFIC, load_the_file, sizeof load_the_file, false);
        return;
    }
    const uint8_t *p = o->scratch.at;
    pxk_wr_u8(&o->scratch, PXK_PXE_BOOT_ITEM);
    pxk_wr_u8(&o->scratch, 4);
    pxk_wr_bytes(&o->scratch, item, 4);
    pxk_wr_u8(&o->scratch, 255);
    if (o->scratch.err == PXK_OK)
        opt_add(o, PXK_OPT_VENDOR_SPECIFIC, p, 7, false);
}

/* 67 comes after 43 and ends with a NUL (S6: EDK2 writes one behind it, over the next option's
 * code). */
static void add_boot(struct opts *o, const struct request *q, const char *file, const char *server,
                     const uint8_t *item)
{
    static const uint8_t no_proxy_wait[] = {0xb0, 1, 1}; /* 175.176 */
    add_vendor(o, q, item);
    if (q->pxe || q->http)
        echo(o, q, PXK_OPT_CLIENT_UUID);
    if (is_wanted(q, PXK_OPT_TFTP_SERVER_NAME))
        opt_text(o, PXK_OPT_TFTP_SERVER_NAME, server, true);
    bool only_here = strlen(file) > 127 || fault(q, PXK_FAULT_DHCP_FILE_IN_67_ONLY);
    if (is_wanted(q, PXK_OPT_BOOT_FILE) || only_here)
        opt_add(o, PXK_OPT_BOOT_FILE, file, strlen(file) + 1, !only_here);
    if (q->ipxe)
        opt_add(o, PXK_OPT_ETHERBOOT, no_proxy_wait, sizeof no_proxy_wait, false);
}

/* The client id (RFC 6842), and the relay's information as the last of all (RFC 3046 2.2). */
static void add_tail(struct opts *o, const struct request *q)
{
    echo(o, q, PXK_OPT_CLIENT_ID);
    const struct pxk_dhcp4_opt *relay = &q->m->opt[PXK_OPT_RELAY_AGENT];
    if (relay->data && relay->len <= 255)
        opt_add(o, PXK_OPT_RELAY_AGENT, relay->data, relay->len, false);
}

/* ---- sending ---- */

/* Largest UDP payload this client takes: option 57 counts the IP datagram. Without it 576; EDK2
 * says 65280 and drops all over 1472 (S2). */
static uint16_t payload_limit(const struct request *q)
{
    unsigned v = pxk_dhcp4_u16(q->m, PXK_OPT_MAX_SIZE, 576);
    v = v < 576 ? 576 : v > 1472 ? 1472 : v;
    return (uint16_t)(v - 28);
}

static bool drop_one(struct opts *o)
{
    for (size_t i = o->n; i-- > 0;) {
        if (!o->may_drop[i])
            continue;
        memmove(&o->opt[i], &o->opt[i + 1], (o->n - i - 1) * sizeof o->opt[0]);
        memmove(&o->may_drop[i], &o->may_drop[i + 1], (o->n - i - 1) * sizeof o->may_drop[0]);
        o->n--;
        return true;
    }
    return false;
}

/* Hardware addresses that are no six bytes: the encoder writes Ethernet, so they are put in behind
 * it. */
static void patch_hardware(const struct request *q)
{
    struct pxk_wr w = pxk_wr_init(q->out->data, sizeof q->out->data);
    (void)pxk_wr_reserve(&w, 1); /* op */
    pxk_wr_u8(&w, q->m->htype);
    pxk_wr_u8(&w, q->m->hlen);
    (void)pxk_wr_reserve(&w, 25); /* hops to giaddr */
    pxk_wr_bytes(&w, q->m->chaddr, sizeof q->m->chaddr);
}

static bool encode(const struct request *q, const struct pxk_dhcp4_head *head, struct opts *o)
{
    struct pxk_dhcp4_out out = {.head = *head,
                                .opt = o->opt,
                                .limit = payload_limit(q),
                                .pad_to = 300,
                                .may_overload = true};
    bool cut = false;
    /* Header and a few options, and the rest has to go elsewhere. */
    if (fault(q, PXK_FAULT_DHCP_OVERLOAD)) {
        out.head.file = out.head.sname = NULL;
        out.limit = PXK_DHCP4_FIXED + FAULT_OPTIONS_ROOM;
        out.pad_to = 0;
    }
    for (;;) {
        struct pxk_wr w = pxk_wr_init(q->out->data, sizeof q->out->data);
        out.opt_n = o->n;
        enum pxk_err err = pxk_dhcp4_encode(&out, &w);
        q->out->len = pxk_wr_len(&w);
        if (err == PXK_OK)
            break;
        if (err != PXK_E_SPACE || !drop_one(o)) {
            request_event(q, PXK_DHCPD_IGNORED, head->yiaddr, NULL,
                          "the reply does not fit what the client takes");
            return false;
        }
        cut = true;
    }
    if (q->m->htype != 1 || q->m->hlen != 6)
        patch_hardware(q);
    if (cut)
        request_event(q, PXK_DHCPD_CUT, head->yiaddr, NULL,
                      "some options had no room in the reply");
    return true;
}

static struct pxk_dhcp4_head head_make(const struct request *q)
{
    return (struct pxk_dhcp4_head){
        .op = 2, .xid = q->m->xid, .flags = q->m->flags, .giaddr = q->m->giaddr, .mac = q->m->mac};
}

static void send_to(const struct request *q, enum pxk_dhcpd_to to, pxk_ip4 ip, uint16_t port)
{
    q->out->to = to;
    q->out->ip = to == PXK_DHCPD_TO_BROADCAST ? PXK_IP4_BROADCAST : ip;
    q->out->mac = q->m->mac;
    q->out->port = port;
    q->out->from_port = q->meta->local_port;
}

/* RFC 2131 4.1: relay; else the address the client has; else broadcast if it asks; else its new
 * address at its hardware address. */
static void address_reply(const struct request *q, pxk_ip4 yiaddr)
{
    const struct pxk_dhcp4 *m = q->m;
    bool ethernet = m->htype == 1 && m->hlen == 6 && !pxk_mac_is_multicast(&m->mac) &&
                    !pxk_mac_is_zero(&m->mac);
    if (m->giaddr)
        send_to(q, PXK_DHCPD_TO_IP, m->giaddr, PXK_DHCP4_SERVER_PORT);
    else if (m->ciaddr)
        send_to(q, PXK_DHCPD_TO_IP, m->ciaddr, PXK_DHCP4_CLIENT_PORT);
    else if (((m->flags & PXK_DHCP4_BROADCAST) && !fault(q, PXK_FAULT_DHCP_UNICAST_ONLY)) || !ethernet || !yiaddr)
        send_to(q, PXK_DHCPD_TO_BROADCAST, 0, PXK_DHCP4_CLIENT_PORT);
    else
        send_to(q, PXK_DHCPD_TO_MAC, yiaddr, PXK_DHCP4_CLIENT_PORT);
}

/* The boot part of the header. Both files and next server stand in header and options (S3). */
static const char *head_boot(const struct request *q, struct pxk_dhcp4_head *head, const char *file,
                             char server[static PXK_IP4_STRLEN])
{
    const struct pxk_dhcpd_config *c = &q->d->config;
    head->siaddr = c->next_server ? c->next_server : c->address;
    (void)pxk_ip4_text(head->siaddr, server); /* returns its argument */
    head->sname = server;
    head->file = strlen(file) <= 127 && !fault(q, PXK_FAULT_DHCP_FILE_IN_67_ONLY) ? file : NULL;
    return fault_server(q, head, server);
}

bool reply_lease(const struct request *q, const struct lease *l, enum pxk_dhcp4_type type)
{
    struct opts o = {.n = 0};
    char server[PXK_IP4_STRLEN];
    struct pxk_dhcp4_head head = head_make(q);
    const char *file = boot_file(q, l);
    head.yiaddr = l->ip;
    head.ciaddr = type == PXK_DHCP4_ACK ? q->m->ciaddr : 0;
    add_head(&o, q, type);
    add_times(&o, fault_lease_time(q));
    add_net(&o, q, l);
    add_configured(&o, q);
    if (file)
        add_boot(&o, q, file, head_boot(q, &head, file, server), NULL);
    add_tail(&o, q);
    if (!encode(q, &head, &o))
        return false;
    address_reply(q, l->ip);
    request_event(q, type == PXK_DHCP4_ACK ? PXK_DHCPD_ACKED : PXK_DHCPD_OFFERED, l->ip, file,
                  NULL);
    return true;
}

/* RFC 2131 4.3.2: with a relay the broadcast flag is set, so that the relay broadcasts; without one
 * we do. */
bool reply_nak(const struct request *q, const char *reason)
{
    struct opts o = {.n = 0};
    struct pxk_dhcp4_head head = head_make(q);
    add_head(&o, q, PXK_DHCP4_NAK);
    opt_text(&o, PXK_OPT_MESSAGE, reason, true);
    add_tail(&o, q);
    if (q->m->giaddr)
        head.flags |= PXK_DHCP4_BROADCAST;
    if (!encode(q, &head, &o))
        return false;
    if (q->m->giaddr)
        send_to(q, PXK_DHCPD_TO_IP, q->m->giaddr, PXK_DHCP4_SERVER_PORT);
    else
        send_to(q, PXK_DHCPD_TO_BROADCAST, 0, PXK_DHCP4_CLIENT_PORT);
    pxk_ip4 asked = q->m->ciaddr ? q->m->ciaddr : pxk_dhcp4_ip(q->m, PXK_OPT_REQUESTED_IP, 0);
    request_event(q, PXK_DHCPD_NAKED, asked, NULL, reason);
    return true;
}

/* RFC 2131 4.3.5: unicast to ciaddr, neither yiaddr nor a lease time. */
bool reply_inform(const struct request *q)
{
    struct opts o = {.n = 0};
    char server[PXK_IP4_STRLEN];
    struct pxk_dhcp4_head head = head_make(q);
    pxk_ip4 client = q->m->ciaddr ? q->m->ciaddr : q->meta->source;
    const char *file = boot_file(q, NULL);
    if (!client)
        return false;
    head.ciaddr = q->m->ciaddr;
    add_head(&o, q, PXK_DHCP4_ACK);
    add_net(&o, q, NULL);
    add_configured(&o, q);
    if (file)
        add_boot(&o, q, file, head_boot(q, &head, file, server), NULL);
    add_tail(&o, q);
    if (!encode(q, &head, &o))
        return false;
    send_to(q, PXK_DHCPD_TO_IP, client, PXK_DHCP4_CLIENT_PORT);
    request_event(q, PXK_DHCPD_INFORMED, client, file, NULL);
    return true;
}

/* PXE 2.1 2.2.3: yiaddr 0, no lease. It may go out by unicast to nobody: the client has no address. */
bool reply_proxy(const struct request *q)
{
    struct opts o = {.n = 0};
    char server[PXK_IP4_STRLEN];
    struct pxk_dhcp4_head head = head_make(q);
    const char *file = boot_file(q, NULL);
    if (!file)
        return false;
    add_head(&o, q, PXK_DHCP4_OFFER);
    add_boot(&o, q, file, head_boot(q, &head, file, server), NULL);
    add_tail(&o, q);
    if (!encode(q, &head, &o))
        return false;
    address_reply(q, 0);
    request_event(q, PXK_DHCPD_OFFERED, 0, file, NULL);
    return true;
}

/* Boot service (S9): an ACK to the port that asked; EDK2 asks from 4011 and listens only there. */
bool reply_boot(const struct request *q, const char *file, const uint8_t *item)
{
    struct opts o = {.n = 0};
    char server[PXK_IP4_STRLEN];
    struct pxk_dhcp4_head head = head_make(q);
    head.yiaddr = item ? q->m->ciaddr : 0;
    head.ciaddr = item ? 0 : q->m->ciaddr;
    add_head(&o, q, PXK_DHCP4_ACK);
    add_configured(&o, q);
    add_boot(&o, q, file, head_boot(q, &head, file, server), item);
    add_tail(&o, q);
    if (!encode(q, &head, &o))
        return false;
    pxk_ip4 client = q->m->ciaddr ? q->m->ciaddr : q->meta->source;
    if (q->m->giaddr)
        send_to(q, PXK_DHCPD_TO_IP, q->m->giaddr, PXK_DHCP4_SERVER_PORT);
    else
        send_to(q, client ? PXK_DHCPD_TO_IP : PXK_DHCPD_TO_BROADCAST, client, q->meta->source_port);
    request_event(q, PXK_DHCPD_BOOT_ANSWERED, client, file, NULL);
    return true;
}
