/* The DHCP engine under any sequence of packets and times. Input: a byte that says how many faults there are (up to
 * 7), a byte for each: an index into the table below; then records of a control byte (bit 0:
 * port 4011, bit 1: relayed from ours, bits 2 to 7: seconds that pass, times four), a length byte
 * and that many bytes of options behind a made header; or, where the length is 255, all that is
 * left as a whole packet. */
#include <stdint.h>
#include <stdlib.h>

#include "fault_list.h"
#include "pxk/engine/dhcpd.h"

#define SERVER PXK_IP4(10, 77, 0, 1)

static const struct pxk_dhcpd_boot boots[] = {{PXK_ARCH_BIOS, "pxelinux.0"},
                                              {PXK_ARCH_UEFI_X64, "bootx64.efi"},
                                              {PXK_DHCPD_BOOT_IPXE, "http://10.77.0.1/boot.ipxe"},
                                              {PXK_DHCPD_BOOT_DEFAULT, "other"}};
static const struct pxk_dhcpd_reservation reservations[] = {
    {{{0x52, 0x54, 0, 0x77, 0, 1}}, PXK_IP4(10, 77, 0, 50), "node1", NULL}};
static const uint8_t fat[200];
static const struct pxk_dhcpd_option options[] = {
    {17, 4, (const uint8_t *)"/nfs"}, {224, 200, fat}, {225, 200, fat}};

static const char *const fault_texts[] = {
    "only-to=bios",       "dhcp.silent",       "silent-to=uefi-x64", "silent-to-pxe",     "silent-to-others",
    "silent-on-4011",     "no-lease",          "no-address",         "no-ack",            "nak",
    "nak-once",           "dhcp.slow=3s",      "duplicate-offer",    "bad-udp-checksum",  "unicast-only",
    "same-address",       "short-lease=5s",    "no-boot-file",       "no-boot-file-to=bios", "wrong-file=x",
    "file-in-67-only",    "server-name-only",  "next-server-zero",   "http-class-not-echoed", "class-without-43",
    "pxe-43-no-boot-server", "pxe-43-malformed", "no-server-id",     "offer-broken",      "no-end",
    "slow-offer=1ms",     "address-in-use=10.77.0.100", "wrong-next-server=10.77.0.9",
    "silent-to-ipxe", "needs-uuid", "wrong-router=10.78.0.1", "other-66=10.77.0.9", "pxe-43-no-list", "pxe-43-search", "overload"};
static struct pxk_faults faults;

static const struct pxk_dhcpd_config config = {.address = SERVER,
                                               .net = PXK_IP4(10, 77, 0, 0),
                                               .mask = 0xffffff00,
                                               .first = PXK_IP4(10, 77, 0, 100),
                                               .last = PXK_IP4(10, 77, 0, 103),
                                               .router = SERVER,
                                               .lease_s = 120,
                                               .domain = "example.net",
                                               .boot = boots,
                                               .boot_n = PXK_COUNT(boots),
                                               .reservation = reservations,
                                               .reservation_n = 1,
                                               .option = options,
                                               .option_n = PXK_COUNT(options),
                                               .faults = &faults};

/* What must hold of any reply, whatever was asked. */
static void reply_check(const struct pxk_dhcp4 *in, const struct pxk_dhcpd_reply *r)
{
    static struct pxk_dhcp4 out;
    if (r->len > PXK_DHCPD_REPLY_MAX || pxk_dhcp4_decode(r->data, r->len, &out) != PXK_OK)
        abort();
    bool given = out.yiaddr == 0 || out.yiaddr == in->ciaddr ||
                 out.yiaddr == PXK_IP4(10, 77, 0, 50) ||
                 (out.yiaddr >= config.first && out.yiaddr <= config.last);
    bool no_end = pxk_faults_has(&faults, PXK_FAULT_DHCP_NO_END);
    if (out.op != 2 || out.xid != in->xid || !given || !r->copies || r->copies > 2 || r->delay > 3 * PXK_SEC ||
        (pxk_dhcp4_noted(&out, PXK_DHCP4_NOTE_NO_END) && !no_end) || pxk_dhcp4_noted(&out, PXK_DHCP4_NOTE_CUT))
        abort();
    if (out.type != PXK_DHCP4_OFFER && out.type != PXK_DHCP4_ACK && out.type != PXK_DHCP4_NAK)
        abort();
}

/* A request whose header is right, so that the fuzzer's bytes reach the options. */
static size_t made_packet(uint8_t control, struct pxk_rd *r, size_t n, uint8_t *out, size_t cap)
{
    struct pxk_wr w = pxk_wr_init(out, cap);
    uint8_t who = pxk_rd_u8(r);
    pxk_wr_bytes(&w, (uint8_t[]){1, 1, 6, 0}, 4);
    pxk_wr_u32(&w, 7);
    pxk_wr_u32(&w, (uint32_t)(who & 0x10 ? 0x8000 : 0));
    pxk_wr_u32(&w, who & 0x20 ? config.first + (who & 3) : 0);
    pxk_wr_zero(&w, 8);
    pxk_wr_u32(&w, control & 2 ? PXK_IP4(10, 77, 0, 254) : 0);
    pxk_wr_bytes(&w, (uint8_t[]){0x52, 0x54, 0, 0x77, 0, who & 15}, 6);
    pxk_wr_zero(&w, 10 + 64 + 128);
    pxk_wr_u32(&w, 0x63825363u);
    size_t left = pxk_rd_left(r);
    n = n < left ? n : left;
    const uint8_t *p = pxk_rd_take(r, n);
    if (p)
        pxk_wr_bytes(&w, p, n);
    return pxk_wr_len(&w);
}

static void lease_told(void *ctx, const struct pxk_dhcpd_lease *l)
{
    (void)ctx;
    if (!l->ip || l->client_id_len > PXK_DHCPD_CLIENT_ID_MAX || (l->state == PXK_DHCPD_LEASE_LEASED && !l->until))
        abort();
}

/* What one engine tells of its leases, another one holds. */
static void restart_check(struct pxk_dhcpd *d, pxk_usec now)
{
    struct pxk_dhcpd_lease l;
    struct pxk_dhcpd *other;
    if (pxk_dhcpd_new(&config, NULL, &other) != PXK_OK)
        return;
    for (size_t at = 0; pxk_dhcpd_export(d, &at, &l);)
        if (pxk_dhcpd_import(other, &l, now) != PXK_OK)
            abort();
    struct pxk_dhcpd_counts a = pxk_dhcpd_count(d, now), b = pxk_dhcpd_count(other, now);
    if (a.leased != b.leased || a.declined != b.declined)
        abort();
    pxk_dhcpd_free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct pxk_dhcp4 in;
    static struct pxk_dhcpd_reply reply;
    static uint8_t packet[4096];
    struct pxk_dhcpd *d;
    pxk_usec now = 0;
    struct pxk_rd r = pxk_rd_init(data, len);
    fault_list_read(&r, fault_texts, PXK_COUNT(fault_texts), &faults);
    if (pxk_dhcpd_new(&config, &(struct pxk_dhcpd_sink){.lease = lease_told}, &d) != PXK_OK)
        return 0;
    while (pxk_rd_left(&r) > 2) {
        uint8_t control = pxk_rd_u8(&r), n = pxk_rd_u8(&r);
        size_t size = pxk_rd_left(&r);
        struct pxk_dhcpd_meta meta = {SERVER, control & 1 ? PXK_PXE_PORT : 67,
                                      control & 2 ? 0 : config.first, 68};
        now += (pxk_usec)(control >> 2) * 4 * PXK_SEC;
        if (n == 255)
            pxk_rd_bytes(&r, packet, size = size < sizeof packet ? size : sizeof packet);
        else
            size = made_packet(control, &r, n, packet, sizeof packet);
        if (pxk_dhcp4_decode(packet, size, &in) == PXK_OK &&
            pxk_dhcpd_input(d, &in, &meta, now, &reply))
            reply_check(&in, &reply);
        struct pxk_dhcpd_counts c = pxk_dhcpd_count(d, now);
        if (c.free > 4 || c.offered + c.leased + c.declined > 5)
            abort(); /* an address was lost or doubled */
    }
    restart_check(d, now);
    pxk_dhcpd_free(d);
    return 0;
}
