#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

void lab_open(struct lab *l)
{
    struct pxk_tracker_opts opts = {0};
    *l = (struct lab){0};
    cr_assert_eq(pxk_tracker_new(&opts, &l->t), PXK_OK);
}

void lab_close(struct lab *l)
{
    l->t = pxk_tracker_free(l->t);
}

static const char *firmware(uint16_t arch)
{
    return arch == PXK_ARCH_BIOS ? "ipxe-bios" : "edk2-pxe";
}

static const char *lab_loader(uint16_t arch)
{
    return arch == PXK_ARCH_BIOS ? "pxelinux.0" : "bootnetx64.efi";
}

void lab_client(struct lab *l, uint16_t arch)
{
    struct pxk_mac mac = {{0x52, 0x54, 0, 0x77, 0, (uint8_t)(pxk_tracker_count(l->t) + 1)}};
    l->s = pxk_tracker_client(l->t, &mac, T0);
    cr_assert_not_null(l->s);
    l->s->now = NULL;
    l->s->started = l->s->last = T0;
    l->s->arch = arch;
    lab_round(l, true, T0);
}

void lab_emulated(struct lab *l, uint16_t arch)
{
    lab_client(l, arch);
    l->s->facts.emulated = l->s->facts.finished = true;
    l->s->facts.link_known = l->s->facts.link_up = true;
    l->s->facts.link_mtu = 1500;
    (void)pxk_str_copy(l->s->facts.persona, sizeof l->s->facts.persona, firmware(arch));
}

void lab_round(struct lab *l, bool pxe, pxk_usec at)
{
    struct pxk_session *s = l->s;
    l->r = pxk_session_round_add(s);
    cr_assert_not_null(l->r);
    *l->r = (struct pxk_round){.vendor = "",
                               .user_class = "",
                               .xid = s->round_n,
                               .started = at,
                               .ended = at,
                               .first_frame = ++l->frame,
                               .arch = pxe ? s->arch : PXK_ARCH_UNSET,
                               .pxe = pxe,
                               .direct = true,
                               .discovers = 1};
    l->r->discover_at[0] = at;
    if (pxe) {
        l->r->persona = pxk_persona_by_key(firmware(s->arch));
        l->r->ipxe = s->arch == PXK_ARCH_BIOS;
        l->r->has_uuid = true; /* of its own */
        memcpy(l->r->uuid.b + 10, s->mac.b, 6);
        l->r->vendor = "PXEClient:Arch:00007:UNDI:003000";
    }
    s->last = at > s->last ? at : s->last;
}

void lab_drop_rounds(struct lab *l, unsigned n)
{
    while (l->s->round_n > n)
        free(l->s->round[--l->s->round_n].answer);
    l->r = &l->s->round[n - 1];
}

void lab_discovers(struct lab *l, unsigned n, pxk_usec gap)
{
    l->r->discovers = n;
    for (unsigned i = 0; i < n && i < PXK_TIMES_MAX; i++)
        l->r->discover_at[i] = l->r->started + i * gap;
    lab_wait(l, n * gap);
}

void lab_wait(struct lab *l, pxk_usec t)
{
    l->s->last += t;
}

struct pxk_answer *lab_answer(struct lab *l, uint8_t type, pxk_ip4 server, const char *file)
{
    struct pxk_answer *a = pxk_round_answer_add(l->r);
    cr_assert_not_null(a);
    cr_assert_leq(l->r->answer_n, PXK_ANSWERS_MAX);
    l->s->last += PXK_MSEC;
    *a = (struct pxk_answer){.type = type,
                             .count = 1,
                             .at = l->s->last,
                             .last = l->s->last,
                             .delay = PXK_MSEC,
                             .frame = ++l->frame,
                             .src_mac = {{0x52, 0x54, 0, 0x77, 1, (uint8_t)server}},
                             .src = server,
                             .server_id = server,
                             .yiaddr = LEASED,
                             .siaddr = server,
                             .netmask = 0xffffff00,
                             .router = server,
                             .sport = 67,
                             .lease_s = 3600,
                             .csum = PXK_CSUM_OK,
                             .file = file,
                             .option67 = "",
                             .option66 = "",
                             .vendor = "",
                             .message = "",
                             .pxelinux_config = "",
                             .pxelinux_prefix = "",
                             .edk2_why = ""};
    return a;
}

struct pxk_answer *lab_offer(struct lab *l, pxk_ip4 server, const char *file)
{
    return lab_answer(l, PXK_DHCP4_OFFER, server, file);
}

struct pxk_answer *lab_proxy(struct lab *l, pxk_ip4 server, const char *file)
{
    struct pxk_answer *a = lab_answer(l, PXK_DHCP4_OFFER, server, file);
    a->yiaddr = 0;
    a->proxy = a->pxe = true;
    a->vendor = "PXEClient";
    return a;
}

struct pxk_answer *lab_ack(struct lab *l, pxk_ip4 server, const char *file)
{
    l->r->requests = 1;
    l->r->request_at[0] = l->s->last;
    l->r->requested = LEASED;
    l->r->requested_from = server;
    l->s->ip = LEASED;
    return lab_answer(l, PXK_DHCP4_ACK, server, file);
}

struct pxk_transfer *lab_transfer(struct lab *l, const char *profile, const char *file,
                                  uint64_t bytes)
{
    struct pxk_transfer *t = pxk_vec_push(&l->s->transfers);
    cr_assert_not_null(t);
    t->state = PXK_TRANSFER_DONE;
    t->started = l->s->last + PXK_MSEC;
    t->last = t->first_data = l->s->last += 100 * PXK_MSEC;
    t->first_frame = ++l->frame;
    t->last_frame = l->frame += 10;
    t->server = t->answered_from = pxk_ip_of4(SERVER);
    t->client_port = (uint16_t)(40000 + l->s->transfers.n);
    t->server_port = 50000;
    (void)pxk_str_copy(t->file, sizeof t->file, file);
    t->profile = pxk_tftp_profile_by_key(profile);
    cr_assert_not_null(t->profile);
    t->asked_blksize = t->blksize = 1432;
    t->asked_tsize = t->oack = t->has_tsize = true;
    t->window = t->requests = 1;
    t->tsize = t->bytes = bytes;
    t->blocks = t->data_packets = t->acks = bytes / 1432 + 1;
    return t;
}

struct pxk_transfer *lab_refused(struct lab *l, const char *profile, const char *file,
                                 uint16_t error, const char *message)
{
    struct pxk_transfer *t = lab_transfer(l, profile, file, 0);
    t->state = PXK_TRANSFER_REFUSED;
    t->oack = t->has_tsize = false;
    t->blocks = t->data_packets = t->acks = t->tsize = 0;
    t->error = error;
    t->error_frame = t->last_frame;
    (void)pxk_str_copy(t->message, sizeof t->message, message);
    return t;
}

void lab_head(struct pxk_transfer *t, const void *head, size_t len)
{
    free(t->head); /* the tracker frees it with the session */
    t->head = calloc(1, PXK_HEAD_MAX);
    cr_assert_not_null(t->head);
    memcpy(t->head, head, len);
    t->head_len = len;
}

void lab_head_pe(struct pxk_transfer *t, uint16_t machine)
{
    uint8_t pe[256] = "MZ";
    pe[0x3c] = 0x80;
    memcpy(pe + 0x80, "PE\0\0", 4);
    pe[0x84] = (uint8_t)machine;
    pe[0x85] = (uint8_t)(machine >> 8);
    lab_head(t, pe, sizeof pe);
}

void lab_head_nbp(struct pxk_transfer *t)
{
    static const uint8_t nbp[64] = {0xfa, 0xfc, 0x31, 0xc9, 0xea, 0x24, 0x7c};
    lab_head(t, nbp, sizeof nbp);
}

void lab_head_kernel(struct pxk_transfer *t)
{
    uint8_t kernel[PXK_HEAD_MAX] = "MZ";
    memcpy(kernel + 0x202, "HdrS", 4);
    lab_head(t, kernel, sizeof kernel);
}

struct pxk_conn *lab_conn(struct lab *l, uint16_t port)
{
    struct pxk_conn *c = pxk_vec_push(&l->s->conns);
    cr_assert_not_null(c);
    c->at = c->last = l->s->last += 10 * PXK_MSEC;
    c->frame = ++l->frame;
    c->last_frame = ++l->frame;
    c->server = pxk_ip_of4(SERVER);
    c->client_port = (uint16_t)(1600 + l->s->conns.n);
    c->server_port = port;
    c->syns = 1;
    c->answered = true;
    return c;
}

struct pxk_http *lab_http(struct lab *l, const char *path, unsigned status)
{
    struct pxk_http *h = pxk_vec_push(&l->s->https);
    cr_assert_not_null(h);
    h->at = l->s->last += 10 * PXK_MSEC;
    h->frame = ++l->frame;
    h->status_frame = ++l->frame;
    h->server = pxk_ip_of4(SERVER);
    h->client_port = 1600;
    h->server_port = 80;
    (void)pxk_str_copy(h->method, sizeof h->method, "GET");
    (void)pxk_str_copy(h->path, sizeof h->path, path);
    (void)pxk_str_copy(h->host, sizeof h->host, "10.77.0.1");
    h->length = h->bytes = status == 200 ? 1000 : 0;
    h->has_length = h->done = true;
    h->minor = 1;
    h->status = (uint16_t)status;
    h->last = h->answered = h->at;
    return h;
}

struct pxk_file *lab_file(struct lab *l, const char *role, const char *path, const char *kind)
{
    char url[320];
    struct pxk_file *f =
        pxk_session_file(l->s, pxk_fmt(url, sizeof url, "tftp://10.77.0.1/%s", path), role);
    cr_assert_not_null(f);
    (void)pxk_str_copy(f->path, sizeof f->path, path);
    f->have = true;
    f->bytes = 1000;
    (void)pxk_str_copy(f->kind, sizeof f->kind, kind);
    (void)pxk_str_copy(f->kind_words, sizeof f->kind_words, kind);
    return f;
}

void lab_leased(struct lab *l, uint16_t arch)
{
    lab_client(l, arch);
    lab_offer(l, SERVER, lab_loader(arch));
    lab_ack(l, SERVER, lab_loader(arch));
}

void lab_boots(struct lab *l, uint16_t arch)
{
    bool bios = arch == PXK_ARCH_BIOS;
    const char *loader = bios ? "pxelinux" : "grub";
    static const uint8_t gzip[16] = {0x1f, 0x8b, 8};
    lab_leased(l, arch);
    struct pxk_transfer *t = lab_transfer(l, bios ? "ipxe" : "edk2", lab_loader(arch), 42430);
    if (bios)
        lab_head_nbp(t);
    else
        lab_head_pe(t, 0x8664);
    lab_transfer(l, loader, bios ? "pxelinux.cfg/default" : "/grub/grub.cfg", 300);
    lab_head_kernel(lab_transfer(l, loader, "linux", 8000000));
    lab_head(lab_transfer(l, loader, "initrd.gz", 1576584), gzip, sizeof gzip);
    lab_round(l, false, l->s->last + 5 * PXK_SEC);
    lab_offer(l, SERVER, "");
    lab_ack(l, SERVER, "");
    lab_http(l, "/preseed.cfg", 200);
}

void lab_boots_emulated(struct lab *l, uint16_t arch)
{
    bool bios = arch == PXK_ARCH_BIOS;
    lab_emulated(l, arch);
    lab_offer(l, SERVER, lab_loader(arch));
    lab_ack(l, SERVER, lab_loader(arch));
    struct pxk_facts *f = &l->s->facts;
    (void)pxk_str_copy(f->boot_file, sizeof f->boot_file, lab_loader(arch));
    f->boot_server = SERVER;
    lab_transfer(l, bios ? "ipxe" : "edk2", lab_loader(arch), 42430);
    lab_file(l, "loader", lab_loader(arch), bios ? "nbp" : "pe")->pe_machine = bios ? 0 : 0x8664;
    lab_file(l, "config", bios ? "pxelinux.cfg/default" : "grub/grub.cfg", "text");
    lab_file(l, "kernel", "linux", "bzimage");
    lab_file(l, "initrd", "initrd.gz", "gzip");
    lab_file(l, "answers", "preseed.cfg", "text");
    (void)pxk_str_copy(f->loader_chain, sizeof f->loader_chain, bios ? "PXELINUX" : "shim > GRUB");
    (void)pxk_str_copy(f->label, sizeof f->label, "install");
    (void)pxk_str_copy(f->kernel, sizeof f->kernel, "linux");
    (void)pxk_str_copy(f->cmdline, sizeof f->cmdline,
                       "vga=788 url=tftp://10.77.0.1/preseed.cfg --- quiet");
    (void)pxk_str_copy(f->config, sizeof f->config,
                       bios ? "pxelinux.cfg/default" : "grub/grub.cfg");
    f->booted = true;
    f->initrds = f->install_files = f->install_found = 1;
}
