/* Any answers at any time to the DHCP client: it keeps within its memory, its texts end, and left alone it comes
 * to an end. */
#include "dhcpc.h"
#include "script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static unsigned sends;

static void on_send(void *ctx, pxk_ip4 dst, uint16_t sport, uint16_t dport, const void *payload, size_t len)
{
    struct pxk_dhcp4 m;
    (void)ctx, (void)dst;
    fuzz_check(pxk_dhcp4_decode(payload, len, &m) == PXK_OK && m.op == 1 && !m.note_n);
    fuzz_check((sport == 68 || sport == 4011) && (dport == 67 || dport == 4011));
    sends++;
}

static void on_bound(void *ctx, const struct pxk_lease *lease)
{
    unsigned *bound = ctx;
    (void)lease;
    ++*bound;
}

/* Most answers should get past the first checks. */
static void make_fit(const struct pxk_dhcpc *c, struct step *s)
{
    struct pxk_wr w = pxk_wr_init(s->data + 4, 4);
    if (s->arg & 1 || s->len < PXK_DHCP4_HEADER)
        return;
    s->data[0] = 2;
    pxk_wr_u32(&w, c->xid);
    memcpy(s->data + 28, c->mac.b, 6);
}

static void check(const struct pxk_dhcpc *c)
{
    fuzz_check(c->offer_n <= DHCPC_OFFERS_MAX && c->chosen < (int)c->offer_n && c->chosen_proxy < (int)c->offer_n);
    fuzz_check(memchr(c->boot_file, 0, sizeof c->boot_file) && memchr(c->why, 0, sizeof c->why));
    fuzz_check(memchr(c->better, 0, sizeof c->better) && memchr(c->screen, 0, sizeof c->screen));
    fuzz_check(!pxk_dhcpc_over(c) || pxk_dhcpc_deadline(c) == PXK_NEVER);
    fuzz_check(c->state != PXK_DHCPC_FAILED || *c->why);
}

static void play(struct pxk_dhcpc *c, struct pxk_rd *r)
{
    static const uint16_t sport[] = {67, 4011, 68, 1067};
    pxk_usec now = 1;
    struct step s;
    pxk_dhcpc_start(c, now);
    while (step_next(r, &s)) {
        unsigned before = sends;
        if (s.kind % 4 == 3) {
            now = pxk_usec_min(pxk_dhcpc_deadline(c), now + s.arg * 50 * PXK_MSEC);
            pxk_dhcpc_expire(c, now);
        } else if (s.kind % 16 == 2) {
            pxk_dhcpc_unreachable(c, s.arg & 1 ? 67 : PXK_PXE_PORT, now);
        } else {
            make_fit(c, &s);
            pxk_dhcpc_input(c, PXK_IP4(10, 77, 0, 1) + (s.kind >> 6), sport[s.arg >> 1 & 3], s.arg & 8 ? 4011 : 68, s.data, s.len, now);
        }
        free(s.data);
        check(c);
        fuzz_check(sends <= before + 2);
    }
    for (unsigned i = 0; !pxk_dhcpc_over(c); i++) {
        fuzz_check(i < 400);
        pxk_dhcpc_expire(c, pxk_dhcpc_deadline(c));
        check(c);
    }
    pxk_dhcpc_release(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char *const persona[] = {"ipxe-bios", "edk2-pxe", "ipxe-efi"};
    static struct pxk_dhcpc c;
    struct pxk_rd r = pxk_rd_init(data, len);
    unsigned bound = 0;
    uint8_t who = pxk_rd_u8(&r), flags = pxk_rd_u8(&r);
    struct pxk_dhcpc_io io = {on_send, on_bound, &bound};
    pxk_dhcpc_init(&c, pxk_persona_by_key(persona[who % 3]), 7, flags & 1 ? &pxk_pace_fast : &pxk_pace_firmware,
                   &(struct pxk_mac){{2, 0, 0, 0, 0, 1}}, &(struct pxk_uuid){{0}}, &io, 1);
    c.offer_only = flags & 2;
    sends = 0;
    play(&c, &r);
    fuzz_check(bound <= 1);
    return 0;
}
