#include "world.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

static const struct pxk_dhcpd_boot boot_files[] = {
    {PXK_ARCH_BIOS, "pxelinux.0"}, {PXK_ARCH_UEFI_X64, "bootx64.efi"}, {PXK_ARCH_UEFI_ARM64, "bootaa64.efi"}};

/* ---- the wire ---- */

static void note_l4(struct world_note *n, const struct pxk_frame *f)
{
    struct pxk_dhcp4 m;
    struct pxk_tftp t;
    n->src = f->ip.src;
    n->dst = f->ip.dst;
    n->sport = f->sport;
    n->dport = f->dport;
    if (f->l4 != PXK_L4_UDP)
        return;
    if (f->dport == 67 || f->dport == 68 || f->dport == 4011) {
        if (pxk_dhcp4_decode(f->payload, f->payload_len, &m) == PXK_OK) {
            n->type = m.type;
            n->secs = m.secs;
        }
    } else if (pxk_tftp_decode(f->payload, f->payload_len, &t) == PXK_OK) {
        n->type = (uint8_t)t.op;
        if (t.op == PXK_TFTP_RRQ)
            (void)pxk_str_copy(n->file, sizeof n->file, t.file);
    }
}

static void note_frame(struct world *w, int from, const struct pxk_frame *f)
{
    struct world_note *n = pxk_vec_push(&w->notes);
    cr_assert(n && w->notes.n < 400000, "the wire is flooded");
    *n = (struct world_note){.t = w->now, .client = from, .l3 = f->l3, .l4 = f->l4};
    if (f->l3 == PXK_L3_ARP) {
        n->type = (uint8_t)f->arp.op;
        n->target = f->arp.target;
    } else if (f->l3 == PXK_L3_IP4) {
        note_l4(n, f);
    }
}

static void hash_add(struct world *w, const void *data, size_t len)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i++)
        w->hash = (w->hash ^ p[i]) * 0x100000001b3u;
}

/* What a capture on the segment would hold. */
static void see(struct world *w, const uint8_t *data, size_t len)
{
    hash_add(w, &w->now, sizeof w->now);
    hash_add(w, data, len);
    pxk_tracker_frame(w->tracker, data, len, len, w->now, ++w->frames);
}

/* Tests change the link whenever they like. */
static void enter(struct world *w, enum pxk_cable_port port, const uint8_t *data, size_t len)
{
    const struct world_link *l = &w->link;
    const struct pxk_cable_way way = {.lose = l->lose * PXK_CABLE_PERCENT, .duplicate = l->repeat * PXK_CABLE_PERCENT,
                                      .reorder = l->reorder * PXK_CABLE_PERCENT, .delay = l->delay,
                                      .mtu = (uint16_t)l->mtu};
    cr_assert_eq(pxk_cable_set_way(w->cable, port, &way), PXK_OK);
    pxk_cable_input(w->cable, port, data, len, w->now);
    cr_assert_eq(pxk_cable_count(w->cable, port)->dropped[PXK_CABLE_DROP_FULL], 0, "the wire is flooded");
}

static void say_later(struct world *w, const uint8_t *data, size_t len, pxk_usec at)
{
    struct world_packet *p = pxk_vec_push(&w->unsaid);
    cr_assert(p && w->unsaid.n < 10000, "the wire is flooded");
    p->at = at;
    p->number = w->packets++;
    p->len = len;
    memcpy(p->data, data, len);
}

static void carry(struct world *w, int from, const uint8_t *data, size_t len, pxk_usec after)
{
    struct pxk_frame f;
    cr_assert_leq(len, PXK_FRAME_MAX);
    cr_assert_eq(pxk_frame_decode(data, len, len, &f), PXK_OK);
    note_frame(w, from, &f);
    if (from >= 0)
        see(w, data, len);
    if (w->link.drop && w->link.drop(w->link.ctx, &f, from < 0))
        return;
    if (after)
        say_later(w, data, len, w->now + after);
    else
        enter(w, from < 0 ? PXK_CABLE_B : PXK_CABLE_A, data, len);
}

/* ---- servers ---- */

static void host_udp(struct world_host *h, const struct pxk_mac *mac, pxk_ip4 dst, uint16_t sport, uint16_t dport,
                     const void *payload, size_t len, pxk_usec after)
{
    uint8_t frame[PXK_FRAME_MAX];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = {.dst = *mac, .src = h->mac};
    struct pxk_ip4_out ip = {.src = h->ip, .dst = dst, .ttl = 64};
    if (dst == PXK_IP4_BROADCAST)
        eth.dst = pxk_mac_broadcast;
    pxk_frame_write_udp(&w, &eth, &ip, sport, dport, payload, len);
    cr_assert_eq(w.err, PXK_OK);
    carry(h->world, -1, frame, pxk_wr_len(&w), after);
}

static void host_unreachable(struct world_host *h, const struct pxk_frame *f, const uint8_t *data, size_t len)
{
    uint8_t frame[PXK_FRAME_MAX];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = {.dst = f->src, .src = h->mac};
    struct pxk_ip4_out ip = {.src = h->ip, .dst = f->ip.src, .ttl = 64};
    if (h->no_icmp || f->ip.dst != h->ip)
        return;
    pxk_frame_write_unreachable(&w, &eth, &ip, PXK_ICMP_PORT_UNREACHABLE, data + PXK_ETH_HEADER, len - PXK_ETH_HEADER);
    cr_assert_eq(w.err, PXK_OK);
    carry(h->world, -1, frame, pxk_wr_len(&w), 0);
}

struct saying {
    const struct world_dhcp *d;
    const struct pxk_dhcp4 *m;
    uint8_t type;
    pxk_ip4 yiaddr;
    const char *file;
    bool item; /* answer to a boot item: names it again */
};

static void say(struct world_host *h, const struct saying *s, uint16_t from, uint16_t to, const struct pxk_frame *f)
{
    static const uint8_t mask[] = {255, 255, 255, 0}, lease[] = {0, 0, 14, 16}, bad[] = {1, 2, 3};
    uint8_t id[4], payload[1400];
    struct pxk_wr idw = pxk_wr_init(id, 4), w = pxk_wr_init(payload, sizeof payload);
    struct pxk_dhcp4_out_opt opt[12];
    const struct pxk_dhcp4_opt *asked = &s->m->opt[PXK_OPT_VENDOR_SPECIFIC];
    size_t n = 0;
    pxk_wr_u32(&idw, h->ip);
    opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_MESSAGE_TYPE, 1, &s->type};
    opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_SERVER_ID, 4, id};
    if (s->yiaddr) {
        opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_SUBNET_MASK, 4, mask};
        opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_LEASE_TIME, 4, lease};
    }
    if (s->d->vendor && s->type != PXK_DHCP4_NAK)
        opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_VENDOR_CLASS, (uint16_t)strlen(s->d->vendor), s->d->vendor};
    if (s->item && asked->first_len)
        opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_VENDOR_SPECIFIC, asked->first_len, asked->first};
    else if (s->d->pxe_n && s->type != PXK_DHCP4_NAK)
        opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_VENDOR_SPECIFIC, s->d->pxe_n, s->d->pxe};
    if (s->d->option67)
        opt[n++] = (struct pxk_dhcp4_out_opt){PXK_OPT_BOOT_FILE, (uint16_t)strlen(s->d->option67), s->d->option67};
    if (s->d->bad_ack && s->type == PXK_DHCP4_ACK)
        opt[n++] = (struct pxk_dhcp4_out_opt){254, 3, bad}; /* becomes the router option with three bytes */
    struct pxk_dhcp4_out out = {.head = {.op = 2, .xid = s->m->xid, .mac = s->m->mac, .yiaddr = s->yiaddr,
                                         .siaddr = s->type == PXK_DHCP4_NAK ? 0 : s->d->siaddr,
                                         .file = s->type == PXK_DHCP4_NAK ? NULL : s->file},
                                .opt = opt, .opt_n = n, .limit = sizeof payload, .pad_to = 300};
    cr_assert_eq(pxk_dhcp4_encode(&out, &w), PXK_OK);
    for (size_t i = PXK_DHCP4_FIXED; s->d->bad_ack && i + 4 < pxk_wr_len(&w); i++)
        if (memcmp(payload + i, "\xfe\x03\x01\x02\x03", 5) == 0)
            payload[i] = PXK_OPT_ROUTERS;
    pxk_ip4 dst = from == PXK_PXE_PORT ? f->ip.src : PXK_IP4_BROADCAST;
    host_udp(h, &f->src, dst, from, to, payload, pxk_wr_len(&w), s->d->delay);
}

static void said_request(struct world_host *h, struct saying *s, const struct pxk_frame *f)
{
    const struct world_dhcp *d = s->d;
    bool ours = pxk_dhcp4_ip(s->m, PXK_OPT_SERVER_ID, 0) == h->ip;
    s->yiaddr = d->ack_yiaddr ? d->ack_yiaddr : d->yiaddr;
    s->type = PXK_DHCP4_ACK;
    if ((ours && d->request == WORLD_NAKS) || (!ours && d->naks_others)) {
        s->type = PXK_DHCP4_NAK;
        s->yiaddr = 0;
    }
    if (ours ? d->request != WORLD_SILENT : d->naks_others)
        say(h, s, PXK_DHCP4_SERVER_PORT, PXK_DHCP4_CLIENT_PORT, f);
}

static void said_input(struct world_host *h, const struct pxk_dhcp4 *m, const struct pxk_frame *f)
{
    const struct world_dhcp *d = &h->dhcp;
    struct saying s = {.d = d, .m = m, .type = PXK_DHCP4_OFFER, .yiaddr = d->yiaddr, .file = d->file};
    if (f->dport == PXK_PXE_PORT) {
        s.type = PXK_DHCP4_ACK;
        s.yiaddr = 0;
        s.file = d->file_4011;
        s.item = true;
        if (d->port_4011)
            say(h, &s, PXK_PXE_PORT, f->sport, f);
    } else if (m->type == PXK_DHCP4_DISCOVER) {
        say(h, &s, PXK_DHCP4_SERVER_PORT, PXK_DHCP4_CLIENT_PORT, f);
    } else if (m->type == PXK_DHCP4_REQUEST && d->yiaddr) {
        said_request(h, &s, f);
    }
}

static void dhcp_input(struct world_host *h, const struct pxk_frame *f)
{
    static struct pxk_dhcp4 m;
    static struct pxk_dhcpd_reply r;
    if (pxk_dhcp4_decode(f->payload, f->payload_len, &m) != PXK_OK)
        return;
    if (h->dhcp.on)
        said_input(h, &m, f);
    struct pxk_dhcpd_meta meta = {.local = f->ip.dst, .local_port = f->dport, .source = f->ip.src, .source_port = f->sport};
    if (h->engine && pxk_dhcpd_input(h->dhcpd, &m, &meta, h->world->now, &r))
        host_udp(h, r.to == PXK_DHCPD_TO_MAC ? &r.mac : &f->src, r.to == PXK_DHCPD_TO_BROADCAST ? PXK_IP4_BROADCAST : r.ip,
                 r.from_port, r.port, r.data, r.len, 0);
}

/* ---- TFTP ---- */

static enum pxk_err file_open(void *ctx, const char *path, void **file, uint64_t *size)
{
    struct world *w = ctx;
    const struct pxk_bootset_file *f = pxk_bootset_find(&w->set, path);
    for (size_t i = 0; i < PXK_COUNT(w->hidden); i++)
        if (w->hidden[i] && strcmp(w->hidden[i], path) == 0)
            f = NULL;
    if (!f)
        return PXK_E_NOTFOUND;
    *file = (void *)(uintptr_t)f;
    *size = f->len;
    return PXK_OK;
}

static enum pxk_err file_read(void *ctx, void *file, uint64_t offset, void *buf, size_t n)
{
    const struct pxk_bootset_file *f = file;
    (void)ctx;
    if (offset > f->len || n > f->len - offset)
        return PXK_E_IO;
    memcpy(buf, f->data + offset, n);
    return PXK_OK;
}

static void file_close(void *ctx, void *file)
{
    (void)ctx, (void)file;
}

static void transfer_flush(struct world_host *h, struct world_transfer *x)
{
    static uint8_t buf[PXK_TFTPD_PACKET_MAX];
    size_t n;
    while ((n = pxk_tftpd_output(&x->t, buf, sizeof buf, h->world->now)) != 0)
        host_udp(h, &x->mac, x->ip, x->port, x->client_port, buf, n, 0);
    if (x->t.end != PXK_TFTPD_RUNNING) {
        pxk_tftpd_close(&x->t);
        x->used = false;
    }
}

static struct world_transfer *transfer_of(struct world_host *h, const struct pxk_frame *f, uint16_t port)
{
    for (size_t i = 0; i < WORLD_TRANSFERS; i++) {
        struct world_transfer *x = &h->transfer[i];
        if (x->used && x->ip == f->ip.src && x->client_port == f->sport && (!port || x->port == port))
            return x;
    }
    return NULL;
}

static void transfer_begin(struct world_host *h, const struct pxk_frame *f)
{
    static const struct pxk_tftpd_limits limits = {.max_blksize = 1468, .max_windowsize = 16};
    struct pxk_tftpd_files files = {file_open, file_read, file_close, h->world};
    struct pxk_tftp rrq;
    struct world_transfer *x = transfer_of(h, f, 0);
    if (pxk_tftp_decode(f->payload, f->payload_len, &rrq) != PXK_OK)
        return;
    if (x && pxk_tftpd_unanswered(&x->t)) {
        pxk_tftpd_again(&x->t, h->world->now);
        transfer_flush(h, x);
        return;
    }
    for (size_t i = 0; !x && i < WORLD_TRANSFERS; i++)
        x = h->transfer[i].used ? NULL : &h->transfer[i];
    cr_assert(x, "too many transfers at once");
    if (x->used)
        pxk_tftpd_close(&x->t);
    *x = (struct world_transfer){.used = true, .mac = f->src, .ip = f->ip.src, .client_port = f->sport, .port = h->next_port++};
    pxk_tftpd_start(&x->t, &rrq, &limits, &files, h->world->now);
    transfer_flush(h, x);
}

/* ---- a frame reaches a host ---- */

static void host_arp(struct world_host *h, const struct pxk_arp *a)
{
    uint8_t frame[64];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = {.dst = a->sender_mac, .src = h->mac};
    struct pxk_arp reply = {.op = PXK_ARP_REPLY, .sender_mac = h->mac, .sender = h->ip, .target_mac = a->sender_mac,
                            .target = a->sender};
    if (h->no_arp || a->op != PXK_ARP_REQUEST || a->target != h->ip)
        return;
    pxk_frame_write_arp(&w, &eth, &reply);
    carry(h->world, -1, frame, pxk_wr_len(&w), 0);
}

static void host_ping(struct world_host *h, const struct pxk_frame *f)
{
    uint8_t frame[PXK_FRAME_MAX];
    struct pxk_wr w = pxk_wr_init(frame, sizeof frame);
    struct pxk_eth_out eth = {.dst = f->src, .src = h->mac};
    struct pxk_ip4_out ip = {.src = h->ip, .dst = f->ip.src, .ttl = 64};
    pxk_frame_write_echo(&w, &eth, &ip, PXK_ICMP_ECHO_REPLY, f->icmp.id, f->icmp.seq, f->payload, f->payload_len);
    carry(h->world, -1, frame, pxk_wr_len(&w), 0);
}

static void host_input_udp(struct world_host *h, const struct pxk_frame *f, const uint8_t *data, size_t len)
{
    struct world_transfer *x;
    bool dhcp = h->engine || h->dhcp.on;
    if (f->csum == PXK_CSUM_BAD)
        return;
    if ((f->dport == PXK_DHCP4_SERVER_PORT && dhcp) ||
        (f->dport == PXK_PXE_PORT && dhcp && !h->closed_4011 && (h->engine || h->dhcp.port_4011))) {
        dhcp_input(h, f);
    } else if (f->dport == PXK_TFTP_PORT && h->tftp) {
        transfer_begin(h, f);
    } else if ((x = transfer_of(h, f, f->dport)) != NULL) {
        pxk_tftpd_input(&x->t, f->payload, f->payload_len, h->world->now);
        transfer_flush(h, x);
    } else if (f->dport < 30000) {
        host_unreachable(h, f, data, len);
    }
}

static void host_input(struct world_host *h, const uint8_t *data, size_t len)
{
    struct pxk_frame f;
    if (pxk_frame_decode(data, len, len, &f) != PXK_OK || (!pxk_mac_eq(&f.dst, &h->mac) && !pxk_mac_is_multicast(&f.dst)))
        return;
    if (f.l3 == PXK_L3_ARP)
        host_arp(h, &f.arp);
    else if (f.l3 == PXK_L3_IP4 && f.l4 == PXK_L4_UDP)
        host_input_udp(h, &f, data, len);
    else if (f.l3 == PXK_L3_IP4 && f.l4 == PXK_L4_ICMP && f.icmp.type == PXK_ICMP_ECHO && f.ip.dst == h->ip)
        host_ping(h, &f);
}

/* ---- building ---- */

struct world_host *world_host_add(struct world *w, pxk_ip4 ip)
{
    cr_assert_lt(w->host_n, WORLD_HOSTS);
    struct world_host *h = &w->host[w->host_n++];
    *h = (struct world_host){.world = w, .ip = ip, .next_port = 40000, .mac = {{0x52, 0x54, 0, 0x99, 0, (uint8_t)ip}}};
    h->config = (struct pxk_dhcpd_config){.address = ip, .net = PXK_IP4(10, 77, 0, 0), .mask = PXK_IP4(255, 255, 255, 0),
                                          .first = WORLD_LEASE, .last = WORLD_LEASE + 20, .router = ip, .lease_s = 3600,
                                          .boot = boot_files, .boot_n = PXK_COUNT(boot_files), .seed = w->seed};
    cr_assert_eq(pxk_dhcpd_new(&h->config, &(struct pxk_dhcpd_sink){0}, &h->dhcpd), PXK_OK);
    return h;
}

void world_init(struct world *w, uint64_t seed)
{
    struct pxk_bootset_opts set = {.server = WORLD_SERVER, .kernel_bytes = 60000, .initrd_bytes = 50000};
    struct pxk_tracker_opts tracker = {0};
    memset(w, 0, sizeof *w);
    w->seed = seed;
    w->now = WORLD_START;
    w->hash = 0xcbf29ce484222325u;
    w->link.delay = 100;
    cr_assert_eq(pxk_bootset_generate(&set, &w->set), PXK_OK);
    cr_assert_eq(pxk_tracker_new(&tracker, &w->tracker), PXK_OK);
    cr_assert_eq(pxk_cable_new(&(struct pxk_cable_opts){.seed = seed, .frames = 4096}, w->now, &w->cable), PXK_OK);
    struct world_host *h = world_host_add(w, WORLD_SERVER);
    h->engine = h->tftp = true;
}

void world_done(struct world *w)
{
    for (size_t i = 0; i < w->client_n; i++)
        pxk_client_free(w->client[i]);
    for (size_t i = 0; i < w->host_n; i++) {
        for (size_t k = 0; k < WORLD_TRANSFERS; k++)
            pxk_tftpd_close(&w->host[i].transfer[k].t);
        pxk_dhcpd_free(w->host[i].dhcpd);
    }
    pxk_tracker_free(w->tracker);
    pxk_bootset_done(&w->set);
    pxk_cable_free(w->cable);
    pxk_vec_done(&w->unsaid);
    pxk_vec_done(&w->notes);
}

static void on_send(void *ctx, const uint8_t *frame, size_t len)
{
    struct player *p = ctx;
    carry(p->world, p->index, frame, len, 0);
}

struct pxk_client_opts world_client_opts(uint16_t arch, const struct pxk_pace *pace)
{
    return (struct pxk_client_opts){.persona = pxk_persona_for_arch(arch), .arch = arch, .pace = pace, .link_mtu = 1500,
                                    .mac = {{0x02, 0x70, 0x78, 0, 0, 1}},
                                    .uuid = {{0x70, 0x78, 0x65, 0x6b, 0x69, 0x74, 0x40, 0, 0x80, 0, 1}}};
}

struct pxk_session *world_client(struct world *w, const struct pxk_client_opts *opts)
{
    struct pxk_client_opts o = *opts;
    cr_assert_lt(w->client_n, WORLD_CLIENTS);
    struct player *p = &w->player[w->client_n];
    o.mac.b[5] = (uint8_t)(w->client_n + 1);
    *p = (struct player){w, (int)w->client_n, o.mac};
    o.uuid.b[10] = o.mac.b[5];
    o.seed = w->seed + w->client_n;
    struct pxk_client_io io = {.wire = {on_send, p}};
    cr_assert_eq(pxk_client_new(&o, &io, w->tracker, w->now, &w->client[w->client_n]), PXK_OK);
    pxk_client_start(w->client[w->client_n++], w->now);
    return pxk_tracker_session(w->tracker, w->client_n - 1);
}

/* ---- running ---- */

/* The clients share a segment: they hear each other too. */
static void deliver(struct world *w)
{
    struct pxk_cable_frame f;
    if (!pxk_cable_next(w->cable, w->now, &f))
        return;
    if (f.to == PXK_CABLE_A)
        see(w, f.data, f.len);
    for (size_t k = 0; k < w->host_n && f.to == PXK_CABLE_B; k++)
        host_input(&w->host[k], f.data, f.len);
    for (size_t k = 0; k < w->client_n; k++)
        if (memcmp(f.data + 6, w->player[k].mac.b, 6) != 0)
            pxk_client_input(w->client[k], f.data, f.len, w->now);
}

void world_inject(struct world *w, const void *frame, size_t len)
{
    see(w, frame, len);
    for (size_t k = 0; k < w->client_n; k++)
        pxk_client_input(w->client[k], frame, len, w->now);
}

/* The next that a server says; NULL: nothing. */
static struct world_packet *unsaid_first(struct world *w)
{
    struct world_packet *first = NULL;
    for (size_t i = 0; i < w->unsaid.n; i++) {
        struct world_packet *p = &w->unsaid.at[i];
        if (!first || p->at < first->at || (p->at == first->at && p->number < first->number))
            first = p;
    }
    return first;
}

static pxk_usec wire_deadline(struct world *w)
{
    const struct world_packet *p = unsaid_first(w);
    return pxk_usec_min(p ? p->at : PXK_NEVER, pxk_cable_deadline(w->cable));
}

static void wire_step(struct world *w)
{
    struct world_packet *p = unsaid_first(w);
    if (!p || p->at > w->now) {
        deliver(w);
        return;
    }
    enter(w, PXK_CABLE_B, p->data, p->len);
    *p = w->unsaid.at[--w->unsaid.n];
}

static pxk_usec machines_deadline(const struct world *w)
{
    pxk_usec at = PXK_NEVER;
    for (size_t i = 0; i < w->client_n; i++)
        at = pxk_usec_min(at, pxk_client_deadline(w->client[i]));
    for (size_t i = 0; i < w->host_n; i++)
        for (size_t k = 0; k < WORLD_TRANSFERS; k++)
            if (w->host[i].transfer[k].used)
                at = pxk_usec_min(at, pxk_tftpd_deadline(&w->host[i].transfer[k].t));
    return at;
}

static void machines_expire(struct world *w)
{
    for (size_t i = 0; i < w->client_n; i++)
        if (pxk_client_deadline(w->client[i]) <= w->now)
            pxk_client_expire(w->client[i], w->now);
    for (size_t i = 0; i < w->host_n; i++)
        for (size_t k = 0; k < WORLD_TRANSFERS; k++) {
            struct world_transfer *x = &w->host[i].transfer[k];
            if (!x->used || pxk_tftpd_deadline(&x->t) > w->now)
                continue;
            pxk_tftpd_expire(&x->t, w->now);
            transfer_flush(&w->host[i], x);
        }
}

static bool all_finished(const struct world *w)
{
    for (size_t i = 0; i < w->client_n; i++)
        if (!pxk_client_finished(w->client[i]))
            return false;
    return true;
}

void world_step(struct world *w)
{
    pxk_usec packet = wire_deadline(w), timer = machines_deadline(w);
    pxk_usec at = pxk_usec_min(packet, timer);
    cr_assert_neq(at, PXK_NEVER, "seed %llu: a client waits for nothing", (unsigned long long)w->seed);
    w->still = at > w->now ? 0 : w->still + 1;
    cr_assert_lt(w->still, 3000, "seed %llu: time stands still", (unsigned long long)w->seed);
    w->now = at > w->now ? at : w->now;
    if (packet <= timer)
        wire_step(w);
    else
        machines_expire(w);
}

void world_run(struct world *w, pxk_usec limit)
{
    pxk_usec end = w->now + limit;
    while (!all_finished(w)) {
        world_step(w);
        cr_assert_leq(w->now, end, "seed %llu: not over after %llu s", (unsigned long long)w->seed,
                      (unsigned long long)(limit / PXK_SEC));
    }
    for (pxk_usec at; (at = wire_deadline(w)) != PXK_NEVER;) { /* the RELEASE is still on its way to the servers */
        w->now = at > w->now ? at : w->now;
        wire_step(w);
    }
}

double world_seconds(const struct world *w)
{
    return (double)(w->now - WORLD_START) / 1e6;
}

/* ---- looking ---- */

const struct world_note *world_sent(const struct world *w, int client, uint16_t dport, uint8_t type, unsigned nth)
{
    for (size_t i = 0; i < w->notes.n; i++) {
        const struct world_note *n = &w->notes.at[i];
        if (n->client == client && n->l4 == PXK_L4_UDP && n->dport == dport && (!type || n->type == type) && nth-- == 0)
            return n;
    }
    return NULL;
}

const struct pxk_bootset_file *world_file(const struct world *w, const char *path)
{
    return pxk_bootset_find(&w->set, path + (*path == '/'));
}

unsigned world_check_files(const struct world *w, const struct pxk_session *s)
{
    unsigned n = 0;
    for (size_t i = 0; i < s->files.n; i++) {
        const struct pxk_file *f = &s->files.at[i];
        const struct pxk_bootset_file *on_disk = world_file(w, f->path);
        uint8_t digest[EVP_MAX_MD_SIZE];
        char hex[65];
        if (!f->have)
            continue;
        cr_assert(on_disk, "%s came from nowhere", f->path);
        cr_assert_eq(f->bytes, on_disk->len, "%s: %zu bytes on the server, %llu here", f->path, on_disk->len,
                     (unsigned long long)f->bytes);
        cr_assert_eq(EVP_Digest(on_disk->data, on_disk->len, digest, NULL, EVP_sha256(), NULL), 1);
        for (unsigned k = 0; k < 32; k++)
            snprintf(hex + (size_t)k * 2, 3, "%02x", digest[k]);
        cr_assert_str_eq(f->sha256, hex, "%s differs", f->path);
        n++;
    }
    return n;
}
