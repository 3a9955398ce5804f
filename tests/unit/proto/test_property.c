/* Random messages and fragmentations. A failing case prints its seed: put it in place of SEED to repeat it. */
#include "packet.h"
#include "pxk/proto/reasm.h"

#define SEED 0x70786b6974ull

static struct pxk_dhcp4 m;

static void fill(struct pxk_rand *rand, uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)pxk_rand_u32(rand);
}

/* A length that the option's row allows: mostly short, now and then one that has to be split. */
static uint16_t length_for(struct pxk_rand *rand, uint8_t code)
{
    uint16_t len;
    do
        len = (uint16_t)pxk_rand_below(rand, pxk_rand_below(rand, 16) ? 32 : 600);
    while (!pxk_dhcp4_len_ok(code, len));
    return len;
}

enum { OPTS = 24 };
struct random_message {
    struct pxk_dhcp4_out out;
    struct pxk_dhcp4_out_opt opt[OPTS];
    uint8_t data[OPTS][600];
    char sname[65], file[129];
};

static void header_random(struct pxk_rand *rand, struct random_message *r)
{
    struct pxk_dhcp4_head *h = &r->out.head;
    h->op = (uint8_t)pxk_rand_u32(rand);
    h->hops = (uint8_t)pxk_rand_u32(rand);
    h->xid = pxk_rand_u32(rand);
    h->secs = (uint16_t)pxk_rand_u32(rand);
    h->flags = (uint16_t)pxk_rand_u32(rand);
    h->ciaddr = pxk_rand_u32(rand);
    h->yiaddr = pxk_rand_u32(rand);
    h->siaddr = pxk_rand_u32(rand);
    h->giaddr = pxk_rand_u32(rand);
    fill(rand, h->mac.b, 6);
    memset(r->sname, 's', pxk_rand_below(rand, 2) * pxk_rand_below(rand, 65));
    memset(r->file, 'f', pxk_rand_below(rand, 2) * pxk_rand_below(rand, 129));
    h->sname = r->sname;
    h->file = r->file;
}

static void message_random(struct pxk_rand *rand, struct random_message *r)
{
    memset(r, 0, sizeof *r);
    header_random(rand, r);
    bool used[256] = {[0] = true, [PXK_OPT_OVERLOAD] = true, [255] = true};
    size_t n = pxk_rand_below(rand, OPTS + 1);
    for (size_t i = 0; i < n; i++) {
        uint8_t code;
        do
            code = (uint8_t)pxk_rand_u32(rand);
        while (used[code]);
        used[code] = true;
        uint16_t len = length_for(rand, code);
        fill(rand, r->data[i], len);
        r->opt[i] = (struct pxk_dhcp4_out_opt){code, len, r->data[i]};
    }
    r->out.opt = r->opt;
    r->out.opt_n = n;
    r->out.limit = (uint16_t)(241 + pxk_rand_below(rand, pxk_rand_below(rand, 2) ? 400 : 3000));
    r->out.pad_to = (uint16_t)pxk_rand_below(rand, 400);
    r->out.may_overload = pxk_rand_below(rand, 2);
}

static void same_header(const struct pxk_dhcp4_head *h, uint64_t seed)
{
    cr_assert(m.op == h->op && m.hops == h->hops && m.xid == h->xid && m.secs == h->secs && m.flags == h->flags,
              "seed %#llx", (unsigned long long)seed);
    cr_assert(m.ciaddr == h->ciaddr && m.yiaddr == h->yiaddr && m.siaddr == h->siaddr && m.giaddr == h->giaddr,
              "seed %#llx", (unsigned long long)seed);
    char text[130];
    cr_assert(pxk_mac_eq(&m.mac, &h->mac) && m.hlen == 6 && m.htype == 1);
    cr_assert_str_eq(pxk_dhcp4_sname(&m, text, sizeof text), h->sname, "seed %#llx", (unsigned long long)seed);
    cr_assert_str_eq(pxk_dhcp4_file(&m, text, sizeof text), h->file, "seed %#llx", (unsigned long long)seed);
}

static void same_options(const struct random_message *r, uint64_t seed)
{
    cr_assert_eq(m.order_n, r->out.opt_n + (m.overload != 0), "seed %#llx", (unsigned long long)seed);
    for (size_t i = 0; i < r->out.opt_n; i++) {
        const struct pxk_dhcp4_opt *o = &m.opt[r->opt[i].code];
        cr_assert(o->instances && o->len == r->opt[i].len, "seed %#llx, option %u", (unsigned long long)seed,
                  r->opt[i].code);
        cr_assert_arr_eq(o->data, r->data[i], o->len, "seed %#llx, option %u", (unsigned long long)seed,
                         r->opt[i].code);
        if (!m.overload)
            cr_assert_eq(m.order[i], r->opt[i].code, "seed %#llx: order", (unsigned long long)seed);
    }
}

Test(property, a_decoded_message_is_the_encoded_one)
{
    static struct random_message r;
    unsigned encoded = 0, spilled = 0, refused = 0;
    for (uint64_t seed = SEED; seed < SEED + 6000; seed++) {
        struct pxk_rand rand = pxk_rand_init(seed);
        uint8_t buf[3500];
        message_random(&rand, &r);
        struct pxk_wr w = pxk_wr_init(buf, sizeof buf);
        enum pxk_err err = pxk_dhcp4_encode(&r.out, &w);
        if (err == PXK_E_SPACE) {
            refused++;
            continue;
        }
        cr_assert_eq(err, PXK_OK, "seed %#llx: %s", (unsigned long long)seed, pxk_err_text(err));
        cr_assert_leq(pxk_wr_len(&w), r.out.limit, "seed %#llx", (unsigned long long)seed);
        uint8_t *copy = exact_copy(buf, pxk_wr_len(&w));
        cr_assert_eq(pxk_dhcp4_decode(copy, pxk_wr_len(&w), &m), PXK_OK);
        if (!pxk_dhcp4_noted(&m, PXK_DHCP4_NOTE_JOIN_FULL)) {
            same_header(&r.out.head, seed);
            same_options(&r, seed);
            cr_assert(!pxk_dhcp4_noted(&m, PXK_DHCP4_NOTE_NO_END) && !pxk_dhcp4_noted(&m, PXK_DHCP4_NOTE_CUT));
            encoded++;
            spilled += m.overload != 0;
        }
        free(copy);
    }
    cr_assert(encoded > 1000 && spilled > 50 && refused > 50, "%u encoded, %u spilled, %u refused: a poor mix",
              encoded, spilled, refused);
}

enum { PIECES = 40 };

/* Cuts [0, @len) at random multiples of 8 and shuffles the pieces. */
static size_t pieces_random(struct pxk_rand *rand, size_t len, size_t cut[PIECES][2])
{
    size_t n = 0;
    for (size_t from = 0; from < len;) {
        size_t to = n == PIECES - 1 ? len : from + 8 * (1 + pxk_rand_below(rand, (uint32_t)(len / 64 + 1)));
        cut[n][0] = from;
        cut[n][1] = to < len ? to : len;
        from = cut[n++][1];
    }
    for (size_t i = n; i > 1; i--) {
        size_t j = pxk_rand_below(rand, (uint32_t)i), swap[2] = {cut[i - 1][0], cut[i - 1][1]};
        memcpy(cut[i - 1], cut[j], sizeof swap);
        memcpy(cut[j], swap, sizeof swap);
    }
    return n;
}

static bool piece_feed(struct pxk_reasm *r, struct pxk_frame *f, const uint8_t *whole, const size_t cut[2], size_t len)
{
    *f = (struct pxk_frame){.l4 = PXK_L4_FRAGMENT, .payload = whole + cut[0], .payload_len = cut[1] - cut[0],
                            .payload_wire = cut[1] - cut[0]};
    f->ip.proto = PXK_IP_UDP;
    f->ip.offset = (uint16_t)cut[0];
    f->ip.more = cut[1] < len;
    return pxk_reasm_input(r, f, 0);
}

Test(property, any_fragmentation_reassembles)
{
    static uint8_t whole[65535], memory[PXK_REASM_SLOTS * 65535];
    static struct pxk_reasm r;
    pxk_reasm_init(&r, memory);
    for (uint64_t seed = SEED; seed < SEED + 1500; seed++) {
        struct pxk_rand rand = pxk_rand_init(seed);
        size_t cut[PIECES][2], len = 9 + pxk_rand_below(&rand, seed % 10 ? 3000 : 65527);
        fill(&rand, whole, len);
        memcpy(whole + 4, (uint8_t[]){(uint8_t)(len >> 8), (uint8_t)len, 0, 0}, 4);
        struct pxk_frame f;
        size_t n = pieces_random(&rand, len, cut);
        for (size_t i = 0; i < n; i++) {
            if (n == 1)
                break; /* not a fragment */
            cr_assert_eq(piece_feed(&r, &f, whole, cut[i], len), i == n - 1, "seed %#llx, piece %zu of %zu",
                         (unsigned long long)seed, i, n);
            if (i < n - 1 && pxk_rand_below(&rand, 4) == 0)
                cr_assert_not(piece_feed(&r, &f, whole, cut[pxk_rand_below(&rand, (uint32_t)i + 1)], len));
        }
        if (n > 1) {
            cr_assert_eq(f.payload_len, len - 8);
            cr_assert_arr_eq(f.payload, whole + 8, len - 8, "seed %#llx", (unsigned long long)seed);
        }
    }
    cr_assert(r.dropped == 0 && r.completed > 1000);
}
