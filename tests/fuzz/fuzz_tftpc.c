/* Any packets at any time to the TFTP client: it never answers more than it was told, its deadline lies ahead,
 * and left alone it gives up. */
#include "script.h"
#include "tftpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define SERVER PXK_IP4(10, 77, 0, 1)

struct seen {
    unsigned sent;
    uint64_t bytes;
};

static void on_send(void *ctx, uint16_t sport, uint16_t dport, const void *payload, size_t len)
{
    struct seen *s = ctx;
    volatile uint8_t last = ((const uint8_t *)payload)[len - 1];
    (void)last;
    fuzz_check(sport == 2000 && dport && len <= 1000);
    s->sent++;
}

static bool on_write(void *ctx, const void *data, size_t len)
{
    struct seen *s = ctx;
    (void)data;
    s->bytes += len;
    return s->bytes < 1 << 20;
}

static void play(struct pxk_tftpc *t, struct pxk_rd *r, struct seen *seen)
{
    pxk_usec now = 0;
    struct step s;
    while (step_next(r, &s)) {
        unsigned before = seen->sent;
        if (s.kind % 4 == 3) {
            now = pxk_usec_min(pxk_tftpc_deadline(t), now + s.arg * 100 * PXK_MSEC);
            pxk_tftpc_expire(t, now);
        } else if (s.kind % 16 == 2) {
            pxk_tftpc_unreachable(t, now);
        } else {
            pxk_tftpc_input(t, s.kind % 16 == 1 ? SERVER + 1 : SERVER, s.arg ? (uint16_t)(40000 + s.arg) : 0, s.data, s.len, now);
        }
        free(s.data);
        fuzz_check(seen->sent <= before + 1);
        fuzz_check(pxk_tftpc_over(t) || pxk_tftpc_deadline(t) > now || pxk_tftpc_deadline(t) == now);
    }
    for (unsigned i = 0; !pxk_tftpc_over(t); i++) {
        fuzz_check(i < 50 && pxk_tftpc_deadline(t) != PXK_NEVER);
        pxk_tftpc_expire(t, pxk_tftpc_deadline(t));
    }
    fuzz_check(t->bytes <= seen->bytes && strlen(t->message) < sizeof t->message && strlen(t->why) < sizeof t->why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct pxk_rd r = pxk_rd_init(data, len);
    struct pxk_tftpc t;
    struct seen seen = {0};
    struct pxk_tftpc_io io = {on_send, on_write, &seen};
    uint8_t which = pxk_rd_u8(&r), flags = pxk_rd_u8(&r);
    const struct pxk_tftp_profile *who = pxk_tftp_profile_row(which % 6);
    if (!who)
        return 0;
    pxk_tftpc_start(&t, who, &io, SERVER, 2000, "file", flags & 1 && who->probe_n, flags & 2 ? 1000 : 0, flags & 2 ? 6 : 0, 0);
    play(&t, &r, &seen);
    return 0;
}
