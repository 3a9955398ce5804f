/* Our packets against captured ones of the real firmware, byte by byte. What must differ is blanked in both:
 * transaction id, IP identification, checksums; where stated also ports. MAC and UUID are set to be the same. */
#include <criterion/criterion.h>

#include "rig.h"
#include "vector.h"

enum { IP_ID = 18, IP_CSUM = 24, UDP_SPORT = 34, UDP_CSUM = 40, DHCP_XID = 46 };

static const uint8_t no_uuid[16];

static void blank(uint8_t *frame, size_t len, size_t at, size_t n)
{
    cr_assert_leq(at + n, len);
    memset(frame + at, 0, n);
}

static void assert_same(const uint8_t *ours, size_t ours_len, const uint8_t *theirs, size_t theirs_len, const char *name)
{
    for (size_t i = 0; i < ours_len && i < theirs_len; i++)
        cr_assert_eq(ours[i], theirs[i], "%s: byte 0x%zx of the frame: ours %02x, captured %02x", name, i, ours[i], theirs[i]);
    cr_assert_eq(ours_len, theirs_len, "%s: %zu bytes, captured %zu", name, ours_len, theirs_len);
}

static void assert_dhcp_frame(struct rig *r, int index, const char *vector)
{
    uint8_t theirs[PXK_FRAME_MAX];
    size_t theirs_len = pxk_vector_load(vector, theirs, sizeof theirs);
    cr_assert_gt(theirs_len, 0);
    cr_assert_geq(index, 0, "%s: no such frame was sent", vector);
    uint8_t *ours = r->sent[index].data;
    size_t ours_len = r->sent[index].len;
    static const size_t at[] = {IP_ID, IP_CSUM, UDP_CSUM}, two = 2;
    for (size_t i = 0; i < PXK_COUNT(at); i++) {
        blank(ours, ours_len, at[i], two);
        blank(theirs, theirs_len, at[i], two);
    }
    blank(ours, ours_len, DHCP_XID, 4);
    blank(theirs, theirs_len, DHCP_XID, 4);
    assert_same(ours, ours_len, theirs, theirs_len, vector);
}

static int last_dhcp(struct rig *r)
{
    struct pxk_frame f;
    return rig_find(r, PXK_DHCP4_SERVER_PORT, &f);
}

Test(captured, ipxe_bios)
{
    struct rig r;
    rig_init(&r, "ipxe-bios", PXK_ARCH_BIOS, &pxk_pace_firmware, no_uuid);
    uint32_t xid = rig_xid(&r);
    assert_dhcp_frame(&r, last_dhcp(&r), "ipxe-bios-discover");
    cr_assert(rig_step(&r), "it repeats its DISCOVER after a second");
    assert_dhcp_frame(&r, last_dhcp(&r), "ipxe-bios-discover-2");
    struct pxk_wr w = pxk_wr_init(r.sent[last_dhcp(&r)].data + DHCP_XID, 4);
    pxk_wr_u32(&w, xid);
    rig_answer(&r, "dnsmasq-offer");
    r.now += PXK_SEC;
    pxk_client_expire(r.client, r.now);
    cr_assert(rig_step(&r), "the offer is taken when the proxy window is over");
    assert_dhcp_frame(&r, last_dhcp(&r), "ipxe-bios-request");
    rig_done(&r);
}

Test(captured, ipxe_efi)
{
    struct rig r;
    uint8_t frame[PXK_FRAME_MAX], uuid[16] = {0};
    struct pxk_dhcp4 m;
    cr_assert_gt(pxk_vector_load_udp("ipxe-efi-discover", frame, sizeof frame), 0);
    cr_assert_eq(pxk_dhcp4_decode(frame, sizeof frame, &m), PXK_OK);
    if (m.opt[PXK_OPT_CLIENT_UUID].len == 17)
        memcpy(uuid, m.opt[PXK_OPT_CLIENT_UUID].data + 1, 16);
    rig_init(&r, "ipxe-efi", PXK_ARCH_UEFI_X64, &pxk_pace_firmware, uuid);
    assert_dhcp_frame(&r, last_dhcp(&r), "ipxe-efi-discover");
    rig_done(&r);
}

Test(captured, edk2)
{
    struct rig r;
    rig_init(&r, "edk2-pxe", PXK_ARCH_UEFI_X64, &pxk_pace_firmware, no_uuid);
    uint32_t xid = rig_xid(&r);
    int discover = last_dhcp(&r);
    assert_dhcp_frame(&r, discover, "edk2-discover");
    struct pxk_wr w = pxk_wr_init(r.sent[discover].data + DHCP_XID, 4);
    pxk_wr_u32(&w, xid);
    rig_answer(&r, "dnsmasq-offer-efi");
    cr_assert_eq(last_dhcp(&r), discover, "EDK2 waits out its window whatever comes");
    cr_assert(rig_step(&r));
    assert_dhcp_frame(&r, last_dhcp(&r), "edk2-request");
    rig_done(&r);
}

/* A captured OFFER, turned into the ACK that its server would send. */
static void ack_from_offer(struct rig *r, const char *vector)
{
    uint8_t payload[1500];
    static const uint8_t offer[] = {PXK_OPT_MESSAGE_TYPE, 1, PXK_DHCP4_OFFER};
    size_t len = pxk_vector_load_udp(vector, payload, sizeof payload);
    uint8_t *type = memmem(payload + PXK_DHCP4_FIXED, len - PXK_DHCP4_FIXED, offer, sizeof offer);
    cr_assert_not_null(type);
    type[2] = PXK_DHCP4_ACK;
    struct pxk_wr w = pxk_wr_init(payload + 4, 4);
    pxk_wr_u32(&w, rig_xid(r));
    rig_udp(r, PXK_IP4(10, 77, 0, 1), PXK_IP4_BROADCAST, PXK_DHCP4_SERVER_PORT, PXK_DHCP4_CLIENT_PORT, payload, len);
}

Test(captured, ipxe_asks_the_boot_server_of_a_menu)
{
    struct rig r;
    struct pxk_frame f;
    rig_init(&r, "ipxe-bios", PXK_ARCH_BIOS, &pxk_pace_firmware, no_uuid);
    rig_answer(&r, "kea-offer");
    r.server = PXK_IP4(10, 77, 0, 2);
    r.server_mac = (struct pxk_mac){{0xfe, 0x5b, 0x93, 0xc0, 0x9c, 0xa5}};
    rig_answer(&r, "dnsmasq-proxy-offer-menu");
    ack_from_offer(&r, "kea-offer");
    rig_arp(&r);
    assert_dhcp_frame(&r, rig_find(&r, PXK_PXE_PORT, &f), "ipxe-pxebs-request");
    rig_done(&r);
}

/* One RRQ of each TFTP habit: the UDP payload, the TTL and the don't-fragment bit; ports and addresses differ. */
struct collected {
    uint8_t data[600];
    size_t len;
};

static void on_payload(void *ctx, uint16_t sport, uint16_t dport, const void *payload, size_t len)
{
    struct collected *c = ctx;
    (void)sport, (void)dport;
    memcpy(c->data, payload, len);
    c->len = len;
}

static void assert_rrq(const char *vector, const char *profile, bool probe)
{
    uint8_t frame[PXK_FRAME_MAX], theirs[600];
    struct pxk_frame f;
    struct pxk_tftp rrq;
    struct collected ours = {.len = 0};
    struct pxk_tftpc t;
    const struct pxk_tftp_profile *who = pxk_tftp_profile_by_key(profile);
    struct pxk_tftpc_io io = {.send = on_payload, .ctx = &ours};
    size_t len = pxk_vector_load(vector, frame, sizeof frame);
    cr_assert_eq(pxk_frame_decode(frame, len, len, &f), PXK_OK);
    size_t theirs_len = pxk_vector_load_udp(vector, theirs, sizeof theirs);
    cr_assert_eq(pxk_tftp_decode(theirs, theirs_len, &rrq), PXK_OK);
    pxk_tftpc_start(&t, who, &io, PXK_IP4(10, 77, 0, 1), 2000, rrq.file, probe, 0, 0, 0);
    assert_same(ours.data, ours.len, theirs, theirs_len, vector);
    cr_assert_eq(who->ttl, f.ip.ttl, "%s: TTL", vector);
    cr_assert_eq(f.dport, PXK_TFTP_PORT);
    if (who->first_port == 49152)
        cr_assert_geq(f.sport, who->first_port);
}

Test(captured, read_requests)
{
    assert_rrq("tftp-rrq-ipxe", "ipxe", false);
    assert_rrq("tftp-rrq-pxelinux", "pxelinux", false);
    assert_rrq("tftp-rrq-edk2-probe", "edk2", true);
    assert_rrq("tftp-rrq-edk2-fetch", "edk2", false);
    assert_rrq("tftp-rrq-shim", "shim", false);
    assert_rrq("tftp-rrq-grub", "grub", false);
}

Test(captured, edk2_ends_its_size_probe_with_the_same_error)
{
    uint8_t theirs[600];
    struct collected ours = {.len = 0};
    struct pxk_tftpc t;
    struct pxk_tftpc_io io = {.send = on_payload, .ctx = &ours};
    uint8_t oack[100];
    size_t theirs_len = pxk_vector_load_udp("tftp-error-edk2-abort", theirs, sizeof theirs);
    size_t oack_len = pxk_vector_load_udp("tftp-oack-edk2-probe", oack, sizeof oack);
    pxk_tftpc_start(&t, pxk_tftp_profile_by_key("edk2"), &io, PXK_IP4(10, 77, 0, 1), 2000, "shimx64.efi", true, 0, 0, 0);
    pxk_tftpc_input(&t, PXK_IP4(10, 77, 0, 1), 36663, oack, oack_len, 10);
    cr_assert_eq(t.state, PXK_TFTPC_DONE);
    cr_assert_eq(t.tsize, 1048504);
    assert_same(ours.data, ours.len, theirs, theirs_len, "tftp-error-edk2-abort");
}
