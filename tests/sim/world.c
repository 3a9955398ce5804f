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

/* What a capture on the clients' segment would hold. */
static void see(void *ctx, const uint8_t *data, size_t len, pxk_usec now)
{
    struct world *w = ctx;
    hash_add(w, &now, sizeof now);
    hash_add(w, data, len);
    pxk_tracker_frame(w->tracker, data, len, len, now, ++w->frames);
}

static int client_of(const struct world *w, size_t station)
{
    for (size_t i = 0; i < w->client_n; i++)
        if (w->station[i] == station)
            return (int)i;
    return -1;
}

static bool leaves(void *ctx, size_t station, const uint8_t *data, size_t len)
{
    struct world *w = ctx;
    struct pxk_frame f;
    int from = client_of(w, station);
    w->now = pxk_vnet_now(w->net);
    cr_assert_eq(pxk_frame_decode(data, len, len, &f), PXK_OK);
    note_frame(w, from, &f);
    return !w->link.drop || !w->link.drop(w->link.ctx, &f, from < 0);
}

/* ---- servers ---- */

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
    pxk_vhost_udp(h->host, &(struct pxk_vhost_datagram){.mac = f->src, .to = dst, .sport = from, .dport = to, .data = payload,
                                                        .len = pxk_wr_len(&w), .after = s->d->delay});
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

/* Scripted servers hear first; what they leave is for the engines. */
static bool host_udp(void *ctx, const struct pxk_frame *f, pxk_usec now)
{
    static struct pxk_dhcp4 m;
    struct world_host *h = ctx;
    bool dhcp = f->dport == PXK_DHCP4_SERVER_PORT || (f->dport == PXK_PXE_PORT && (h->engine || h->dhcp.port_4011));
    (void)now;
    if (!h->dhcp.on || !dhcp)
        return false;
    if (pxk_dhcp4_decode(f->payload, f->payload_len, &m) == PXK_OK)
        said_input(h, &m, f);
    return !h->engine;
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

/* ---- settings ---- */

/* Tests change the link and the hosts whenever they like. */
static void apply(struct world *w)
{
    const struct world_link *l = &w->link;
    const struct pxk_cable_way way = {.lose = l->lose * PXK_CABLE_PERCENT, .duplicate = l->repeat * PXK_CABLE_PERCENT,
                                      .reorder = l->reorder * PXK_CABLE_PERCENT, .delay = l->delay,
                                      .mtu = (uint16_t)l->mtu};
    for (int port = 0; port < PXK_CABLE_PORTS; port++)
        cr_assert_eq(pxk_cable_set_way(pxk_vnet_cable(w->net, w->clients_port), port, &way), PXK_OK);
    for (size_t i = 0; i < w->host_n; i++) {
        struct world_host *h = &w->host[i];
        h->host->no_arp = h->no_arp;
        h->host->no_icmp = h->no_icmp;
        h->host->tftp = h->tftp;
        h->host->dhcpd = h->engine ? h->dhcpd : NULL;
    }
}

/* ---- building ---- */

struct world_host *world_host_add(struct world *w, pxk_ip4 ip)
{
    cr_assert_lt(w->host_n, WORLD_HOSTS);
    struct world_host *h = &w->host[w->host_n++];
    const struct pxk_mac mac = {{0x52, 0x54, 0, 0x99, 0, (uint8_t)ip}};
    const struct pxk_vhost_io io = {.udp = host_udp, .ctx = h};
    size_t port;
    *h = (struct world_host){.world = w, .ip = ip};
    h->config = (struct pxk_dhcpd_config){.address = ip, .net = PXK_IP4(10, 77, 0, 0), .mask = PXK_IP4(255, 255, 255, 0),
                                          .first = WORLD_LEASE, .last = WORLD_LEASE + 20, .router = ip, .lease_s = 3600,
                                          .boot = boot_files, .boot_n = PXK_COUNT(boot_files), .seed = w->seed};
    cr_assert_eq(pxk_dhcpd_new(&h->config, &(struct pxk_dhcpd_sink){0}, &h->dhcpd), PXK_OK);
    cr_assert_eq(pxk_vnet_port_add(w->net, 0, NULL, &port), PXK_OK);
    cr_assert_eq(pxk_vnet_host_add(w->net, port, ip, &mac, &io, &h->host, &h->station), PXK_OK);
    h->host->limits = (struct pxk_tftpd_limits){.max_blksize = 1468, .max_windowsize = 16};
    h->host->files = (struct pxk_tftpd_files){file_open, file_read, file_close, w};
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
    const struct pxk_vnet_opts net = {.start = WORLD_START, .watch = see, .leaves = leaves, .ctx = w};
    const struct pxk_cable_opts cable = {.seed = seed, .frames = 4096};
    cr_assert_eq(pxk_bootset_generate(&set, &w->set), PXK_OK);
    cr_assert_eq(pxk_tracker_new(&tracker, &w->tracker), PXK_OK);
    cr_assert_eq(pxk_vnet_new(&net, &w->net), PXK_OK);
    cr_assert_eq(pxk_vnet_port_add(w->net, 0, &cable, &w->clients_port), PXK_OK);
    struct world_host *h = world_host_add(w, WORLD_SERVER);
    h->engine = h->tftp = true;
}

void world_done(struct world *w)
{
    pxk_vnet_free(w->net);
    for (size_t i = 0; i < w->host_n; i++)
        pxk_dhcpd_free(w->host[i].dhcpd);
    pxk_tracker_free(w->tracker);
    pxk_bootset_done(&w->set);
    pxk_vec_done(&w->notes);
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
    size_t i = w->client_n;
    cr_assert_lt(i, WORLD_CLIENTS);
    o.mac.b[5] = (uint8_t)(i + 1);
    o.uuid.b[10] = o.mac.b[5];
    o.seed = w->seed + i;
    cr_assert_eq(pxk_vnet_client_add(w->net, w->clients_port, &o, &(struct pxk_client_io){0}, w->tracker, &w->client[i],
                                     &w->station[i]),
                 PXK_OK);
    w->client_n++;
    apply(w);
    pxk_client_start(w->client[i], w->now);
    return pxk_tracker_session(w->tracker, i);
}

void world_inject(struct world *w, const void *frame, size_t len)
{
    see(w, frame, len, w->now);
    for (size_t k = 0; k < w->client_n; k++)
        pxk_client_input(w->client[k], frame, len, w->now);
}

/* ---- running ---- */

static bool all_finished(const struct world *w)
{
    for (size_t i = 0; i < w->client_n; i++)
        if (!pxk_client_finished(w->client[i]))
            return false;
    return true;
}

static void check(struct world *w, bool moved)
{
    const struct pxk_cable *cable = pxk_vnet_cable(w->net, w->clients_port);
    w->now = pxk_vnet_now(w->net);
    cr_assert_null(pxk_vnet_failed(w->net), "seed %llu: %s", (unsigned long long)w->seed, pxk_vnet_failed(w->net));
    cr_assert(moved, "seed %llu: a client waits for nothing", (unsigned long long)w->seed);
    for (int way = 0; way < PXK_CABLE_PORTS; way++)
        cr_assert_eq(pxk_cable_count(cable, way)->dropped[PXK_CABLE_DROP_FULL], 0, "the wire is flooded");
    for (size_t i = 0; i < w->host_n; i++)
        cr_assert_null(w->host[i].host->failed, "%s", w->host[i].host->failed);
}

void world_step(struct world *w)
{
    apply(w);
    check(w, pxk_vnet_step(w->net));
}

void world_run(struct world *w, pxk_usec limit)
{
    pxk_usec end = w->now + limit;
    while (!all_finished(w)) {
        world_step(w);
        cr_assert_leq(w->now, end, "seed %llu: not over after %llu s", (unsigned long long)w->seed,
                      (unsigned long long)(limit / PXK_SEC));
    }
    while (pxk_vnet_step_frame(w->net)) /* the RELEASE is still on its way to the servers */
        ;
    check(w, true);
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
