/* Captures for measurements, of as many packets as are asked for, always the same ones.
 *
 *   make-capture boots PACKETS > FILE   BIOS and UEFI machines, eight at a time: DHCP, then their files by TFTP, whole
 *   make-capture storm PACKETS > FILE   DISCOVER, OFFER, REQUEST, ACK, every four packets another machine */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pxk/proto.h"

enum { AT_ONCE = 8, SNAP = 262144 };

static const struct pxk_mac server_mac = {{2, 0, 0, 0, 0, 1}}, broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
static const pxk_ip4 server_ip = PXK_IP4(10, 0, 0, 1);

struct file {
    const char *name;
    uint32_t blksize, bytes;
};

static const struct file bios_files[] = {
    {"pxelinux.0", 1432, 42430},  {"ldlinux.c32", 1408, 119156},         {"pxelinux.cfg/default", 1408, 211},
    {"linux", 1408, 8200000}, {"initrd.gz", 1408, 9000000},
};
static const struct file uefi_files[] = {
    {"shimx64.efi", 1468, 950000}, {"grubx64.efi", 512, 1200000},        {"grub/grub.cfg", 1024, 340},
    {"linux", 1024, 8200000}, {"initrd.gz", 1024, 9000000},
};

struct machine {
    struct pxk_mac mac;
    pxk_ip4 ip;
    bool uefi;
    unsigned step;        /* of DHCP, then 4 */
    unsigned file;
    uint32_t block;       /* next to be sent; 0: the request */
    bool to_acknowledge, oack;
    uint16_t port;
};

static struct {
    uint64_t packets, wanted, now;
    uint16_t id;
    uint8_t frame[2048], payload[1600], data[1500];
} out;

static void put(const void *p, size_t n)
{
    if (fwrite(p, 1, n, stdout) != n)
        exit(1);
}

static void put32(uint32_t v)
{
    put(&v, sizeof v);
}

static void capture_begin(void)
{
    put32(0xa1b2c3d4);
    put32(2 | 4u << 16);
    put32(0);
    put32(0);
    put32(SNAP);
    put32(1);
}

static void send_udp(const struct pxk_mac *from, const struct pxk_mac *to, pxk_ip4 src, uint16_t sport, pxk_ip4 dst,
                     uint16_t dport, size_t len)
{
    struct pxk_wr w = pxk_wr_init(out.frame, sizeof out.frame);
    struct pxk_eth_out eth = {*to, *from, 0};
    struct pxk_ip4_out ip = {src, dst, ++out.id, 64, false};
    pxk_frame_write_udp(&w, &eth, &ip, sport, dport, out.payload, len);
    size_t n = pxk_wr_len(&w);
    if (w.err != PXK_OK)
        abort();
    while (n < 60)
        out.frame[n++] = 0;
    out.now += 7;
    put32((uint32_t)(1764000000 + out.now / PXK_SEC));
    put32((uint32_t)(out.now % PXK_SEC));
    put32((uint32_t)n);
    put32((uint32_t)n);
    put(out.frame, n);
    out.packets++;
}

/* ---- DHCP ---- */

#define TEXT(code, text) {code, sizeof text - 1, text}

static size_t dhcp(const struct machine *m, unsigned step)
{
    static const uint8_t prl[] = {1, 3, 6, 7, 12, 15, 17, 26, 43, 60, 66, 67, 119, 128, 129, 130, 131, 132, 133, 134, 135, 175, 203};
    static const uint8_t types[] = {PXK_DHCP4_DISCOVER, PXK_DHCP4_OFFER, PXK_DHCP4_REQUEST, PXK_DHCP4_ACK};
    static const uint8_t mask[] = {255, 0, 0, 0}, id[] = {10, 0, 0, 1}, lease[] = {0, 0, 14, 16}, ndi[] = {1, 2, 1}, size[] = {5, 192};
    uint8_t ip[4] = {(uint8_t)(m->ip >> 24), (uint8_t)(m->ip >> 16), (uint8_t)(m->ip >> 8), (uint8_t)m->ip};
    uint8_t arch[2] = {0, m->uefi ? 7 : 0}, uuid[17] = {0};
    bool answer = step & 1;
    memcpy(uuid + 1, m->mac.b, 6);
    struct pxk_dhcp4_out_opt asks[] = {
        {PXK_OPT_MESSAGE_TYPE, 1, &types[step]}, {PXK_OPT_MAX_SIZE, 2, size},   {PXK_OPT_CLIENT_ARCH, 2, arch},
        {PXK_OPT_CLIENT_NDI, 3, ndi},            {PXK_OPT_CLIENT_UUID, 17, uuid}, {PXK_OPT_PARAMETER_LIST, sizeof prl, prl},
        {PXK_OPT_VENDOR_CLASS, 32, m->uefi ? "PXEClient:Arch:00007:UNDI:003000" : "PXEClient:Arch:00000:UNDI:002001"},
        TEXT(PXK_OPT_USER_CLASS, "iPXE"),        {PXK_OPT_SERVER_ID, 4, id},    {PXK_OPT_REQUESTED_IP, 4, ip},
    };
    struct pxk_dhcp4_out_opt says[] = {
        {PXK_OPT_MESSAGE_TYPE, 1, &types[step]}, {PXK_OPT_SERVER_ID, 4, id}, {PXK_OPT_LEASE_TIME, 4, lease},
        {PXK_OPT_SUBNET_MASK, 4, mask},          {PXK_OPT_ROUTERS, 4, id},   TEXT(PXK_OPT_DOMAIN_NAME, "example.net"),
    };
    struct pxk_dhcp4_out d = {
        .head = {.op = answer ? 2 : 1, .xid = m->ip, .yiaddr = answer ? m->ip : 0, .siaddr = answer ? server_ip : 0, .mac = m->mac,
                 .flags = m->uefi ? PXK_DHCP4_BROADCAST : 0, .file = answer ? (m->uefi ? uefi_files : bios_files)[0].name : NULL},
        .opt = answer ? says : asks,
        .opt_n = answer ? PXK_COUNT(says) : PXK_COUNT(asks) - (step == 0 ? 2 : 0),
        .limit = 1472,
        .pad_to = answer ? 300 : 0,
    };
    struct pxk_wr w = pxk_wr_init(out.payload, sizeof out.payload);
    if (m->uefi && !answer)
        asks[7] = asks[0]; /* EDK2 has no user class */
    if (pxk_dhcp4_encode(&d, &w) != PXK_OK)
        abort();
    return pxk_wr_len(&w);
}

static void dhcp_step(struct machine *m)
{
    size_t len = dhcp(m, m->step);
    if (m->step & 1)
        send_udp(&server_mac, m->uefi ? &broadcast : &m->mac, server_ip, 67, m->uefi ? PXK_IP4_BROADCAST : m->ip, 68, len);
    else
        send_udp(&m->mac, &broadcast, 0, 68, PXK_IP4_BROADCAST, 67, len);
    m->step++;
}

/* ---- TFTP ---- */

static const struct file *file_of(const struct machine *m)
{
    return &(m->uefi ? uefi_files : bios_files)[m->file];
}

static void from_client(struct machine *m, uint16_t dport, const struct pxk_wr *w)
{
    send_udp(&m->mac, &server_mac, m->ip, m->port, server_ip, dport, pxk_wr_len(w));
}

/* The first bytes of each file are what a watcher looks at: a PE image for x64, a kernel, gzip, and for the rest nothing. */
static void content(const struct machine *m, const struct file *f)
{
    static const uint8_t pe[] = {'P', 'E', 0, 0, 0x64, 0x86};
    size_t n = strlen(f->name);
    memset(out.data, 0, 1024);
    if (m->block != 1)
        return;
    if (n > 4 && strcmp(f->name + n - 4, ".efi") == 0) {
        memcpy(out.data, "MZ", 2);
        out.data[0x3c] = 0x80;
        memcpy(out.data + 0x80, pe, sizeof pe);
    } else if (strcmp(f->name, "linux") == 0) {
        memcpy(out.data + 0x202, "HdrS", 4);
    } else if (strcmp(f->name, "initrd.gz") == 0) {
        memcpy(out.data, "\x1f\x8b\x08", 3);
    } else if (m->file == 2) {
        memset(out.data, '\n', f->bytes);
    } else {
        memcpy(out.data, "\xea\x05\x00\xc0", 4);
    }
}

static void tftp_step(struct machine *m)
{
    const struct file *f = file_of(m);
    struct pxk_wr w = pxk_wr_init(out.payload, sizeof out.payload);
    uint16_t server_port = (uint16_t)(m->port ^ 0x4000);
    if (m->to_acknowledge) {
        m->to_acknowledge = false;
        pxk_tftp_write_ack(&w, (uint16_t)(m->block - 1));
        from_client(m, server_port, &w);
        if (m->block > 1 && (m->block - 1) * f->blksize > f->bytes) {
            m->file++;
            m->block = 0;
            m->oack = false;
            m->port++;
        }
    } else if (!m->block) {
        m->block = 1;
        pxk_tftp_write_request(&w, PXK_TFTP_RRQ, f->name, "octet");
        pxk_tftp_write_opt(&w, PXK_TFTP_OPT_BLKSIZE, f->blksize);
        pxk_tftp_write_opt(&w, PXK_TFTP_OPT_TSIZE, 0);
        from_client(m, PXK_TFTP_PORT, &w);
    } else if (!m->oack) {
        m->oack = m->to_acknowledge = true;
        pxk_tftp_write_oack(&w);
        pxk_tftp_write_opt(&w, PXK_TFTP_OPT_BLKSIZE, f->blksize);
        pxk_tftp_write_opt(&w, PXK_TFTP_OPT_TSIZE, f->bytes);
        send_udp(&server_mac, &m->mac, server_ip, server_port, m->ip, m->port, pxk_wr_len(&w));
    } else {
        uint32_t left = f->bytes - (m->block - 1) * f->blksize;
        content(m, f);
        pxk_tftp_write_data(&w, (uint16_t)m->block, out.data, left < f->blksize ? left : f->blksize);
        send_udp(&server_mac, &m->mac, server_ip, server_port, m->ip, m->port, pxk_wr_len(&w));
        m->block++;
        m->to_acknowledge = true;
    }
}

static struct machine machine(uint32_t n)
{
    return (struct machine){.mac = {{2, 1, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}},
                            .ip = PXK_IP4(10, 1, 0, 0) + n,
                            .uefi = n % 2,
                            .port = (uint16_t)(2000 + n % 30000)};
}

int main(int argc, char **argv)
{
    static char buffer[1 << 20];
    struct machine now[AT_ONCE];
    uint32_t machines = 0;
    bool storm = argc == 3 && strcmp(argv[1], "storm") == 0;
    if (argc != 3 || (!storm && strcmp(argv[1], "boots") != 0) || !(out.wanted = strtoull(argv[2], NULL, 10))) {
        fputs("usage: make-capture boots|storm PACKETS > FILE\n", stderr);
        return 2;
    }
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    capture_begin();
    for (unsigned i = 0; i < AT_ONCE; i++)
        now[i] = machine(++machines);
    for (uint32_t turn = 0; out.packets < out.wanted; turn++) {
        struct machine *m = &now[turn % AT_ONCE];
        if (m->step < 4)
            dhcp_step(m);
        else
            tftp_step(m);
        if (m->step == 4 && (storm || m->file == PXK_COUNT(bios_files)))
            *m = machine(++machines);
    }
    return fflush(stdout) ? 1 : 0;
}
