/* What all formats share: pieces of input become contiguous records, the format is recognised, damage is searched through. */
#include "capfile_int.h"

#include <stdlib.h>

#define CARRY_MAX   (2 * (size_t)PXK_CAP_BLOCK_MAX)
#define CARRY_FIRST ((size_t)16 << 10)
#define SEARCH_MAX  ((size_t)64 << 10) /* so many bytes may stand before a capture: a login message, lost bytes */

const char *pxk_capformat_text(enum pxk_capformat f)
{
    static const char *const text[] = {"unknown", "pcap", "pcapng", "snoop", "ERF"};
    return text[f];
}

enum pxk_err pxk_capfile_new(struct pxk_capfile **out)
{
    struct pxk_capfile *c = calloc(1, sizeof *c);
    if (!c)
        return PXK_E_NOMEM;
    *out = c;
    return PXK_OK;
}

struct pxk_capfile *pxk_capfile_free(struct pxk_capfile *c)
{
    if (!c)
        return NULL;
    free(c->carry);
    free(c->ifaces);
    free(c);
    return NULL;
}

void pxk_capfile_feed(struct pxk_capfile *c, const void *data, size_t len)
{
    const uint8_t *p = data;
    c->counts.bytes += len;
    if (!len)
        return;
    if (c->carrying && c->at != c->end) {
        c->in = p;
        c->in_end = p + len;
        return;
    }
    c->carrying = false;
    c->at = p;
    c->end = p + len;
    c->in = c->in_end = NULL;
}

void pxk_capfile_finish(struct pxk_capfile *c)
{
    c->final = true;
}

/* Room for @n bytes in one piece. The bytes that are held move to the front only when the end is reached, so a search that
 * advances byte by byte moves each of them a few times at most. */
static bool carry_room(struct pxk_capfile *c, size_t n)
{
    size_t held = capfile_held(c), front = c->carrying ? (size_t)(c->at - c->carry) : 0;
    if (c->carrying && front + n <= c->carry_cap)
        return true;
    size_t want = n > CARRY_FIRST ? 2 * n : CARRY_FIRST;
    want = want > CARRY_MAX ? CARRY_MAX : want;
    if (want > c->carry_cap) {
        uint8_t *bigger = malloc(want);
        if (!bigger) {
            c->err = PXK_E_NOMEM;
            return false;
        }
        if (held)
            memcpy(bigger, c->at, held);
        free(c->carry);
        c->carry = bigger;
        c->carry_cap = want;
    } else if (held) {
        memmove(c->carry, c->at, held);
    }
    c->at = c->carry;
    c->end = c->carry + held;
    c->carrying = true;
    return true;
}

bool pxk_capfile_gather(struct pxk_capfile *c, size_t n)
{
    size_t held = capfile_held(c);
    if (!held && !c->carrying)
        return false; /* the next piece is read where it is */
    if (!carry_room(c, n))
        return false;
    size_t there = (size_t)(c->in_end - c->in), take = n - held < there ? n - held : there;
    if (take) {
        memcpy(c->carry + (c->end - c->carry), c->in, take);
        c->end += take;
        c->in += take;
    }
    return capfile_held(c) >= n;
}

struct pxk_cap_iface *pxk_capfile_iface_add(struct pxk_capfile *c)
{
    if (c->iface_n == PXK_CAP_IFACES_MAX)
        return NULL;
    if (c->iface_n == c->iface_cap) {
        uint32_t cap = c->iface_cap ? 2 * c->iface_cap : 4;
        struct pxk_cap_iface *more = realloc(c->ifaces, cap * sizeof *more);
        if (!more) {
            c->err = PXK_E_NOMEM;
            return NULL;
        }
        c->ifaces = more;
        c->iface_cap = cap;
    }
    memset(&c->ifaces[c->iface_n], 0, sizeof *c->ifaces);
    return &c->ifaces[c->iface_n++];
}

/* At the very beginning of the input. What is no capture may still have one behind it. */
static enum step detect(struct pxk_capfile *c)
{
    static enum look (*const begins[])(struct pxk_capfile *) = {pxk_pcap_begins, pxk_pcapng_begins, pxk_snoop_begins,
                                                                pxk_erf_begins};
    while (c->looked < SEARCH_MAX && c->err == PXK_OK) {
        bool more = false;
        /* ERF has no magic number: only at the start is it likely enough. */
        for (size_t i = 0; i < (c->looked ? 3 : 4); i++) {
            enum look look = begins[i](c);
            if (look == LOOK_YES) {
                c->counts.damaged += c->looked > 0;
                return STEP_AGAIN;
            }
            more |= look == LOOK_MORE;
        }
        if (more && !c->final)
            return STEP_MORE;
        if (!capfile_held(c)) {
            c->err = c->looked > 24 ? PXK_E_FORMAT : PXK_E_TRUNCATED;
            break;
        }
        c->at++;
        c->looked++;
        c->counts.skipped++;
    }
    if (c->err == PXK_OK)
        c->err = PXK_E_FORMAT;
    return STEP_MORE;
}

void pxk_capfile_detect(struct pxk_capfile *c)
{
    if (!c->format && c->err == PXK_OK)
        (void)detect(c);
}

/* From one byte after what could not be read to the next thing that can. */
static enum step search(struct pxk_capfile *c)
{
    const struct format *f = c->format;
    while (capfile_have(c, f->least)) {
        enum look look = f->look(c);
        if (look == LOOK_MORE && !c->final)
            return STEP_MORE;
        if (look == LOOK_YES) {
            c->searching = false;
            c->counts.damaged++;
            return STEP_AGAIN;
        }
        c->at++;
        c->counts.skipped++;
    }
    if (!c->final || c->err != PXK_OK)
        return STEP_MORE;
    c->counts.skipped += capfile_held(c);
    c->at = c->end;
    c->searching = false;
    if (c->cut)
        c->counts.cut = true;
    else
        c->counts.damaged++;
    return STEP_MORE;
}

static void search_begin(struct pxk_capfile *c, bool cut)
{
    c->searching = true;
    c->cut = cut;
    c->at++;
    c->counts.skipped++;
}

/* Over a block that nobody looks at. */
static bool skip_on(struct pxk_capfile *c)
{
    size_t held = capfile_held(c), n = c->skip < held ? (size_t)c->skip : held;
    c->at += n;
    c->skip -= n;
    if (c->carrying && c->skip) {
        size_t there = (size_t)(c->in_end - c->in), m = c->skip < there ? (size_t)c->skip : there;
        if (m)
            c->in += m;
        c->skip -= m;
    }
    if (c->skip && c->final) {
        c->skip = 0;
        c->counts.cut = true;
    }
    return !c->skip;
}

/* The carry is used up: on with the caller's bytes. */
static void carry_leave(struct pxk_capfile *c)
{
    c->at = c->in;
    c->end = c->in_end;
    c->in = c->in_end = NULL;
    c->carrying = false;
}

bool pxk_capfile_next(struct pxk_capfile *c, struct pxk_cap_record *out)
{
    while (c->err == PXK_OK) {
        if (c->carrying && c->at == c->end)
            carry_leave(c);
        if (c->skip && !skip_on(c))
            return false;
        enum step step = !c->format ? detect(c) : c->searching ? search(c) : c->format->step(c, out);
        switch (step) {
        case STEP_RECORD:
            out->number = ++c->counts.records;
            c->last = out->at;
            return true;
        case STEP_AGAIN:
            break;
        case STEP_LOST:
            search_begin(c, false);
            break;
        case STEP_MORE:
            if (!c->final || !capfile_held(c) || c->err != PXK_OK)
                return false;
            search_begin(c, true);
        }
    }
    return false;
}

enum pxk_err pxk_capfile_error(const struct pxk_capfile *c)
{
    return c->err;
}

enum pxk_capformat pxk_capfile_format(const struct pxk_capfile *c)
{
    return c->format ? c->format->name : PXK_CAPFORMAT_UNKNOWN;
}

const struct pxk_cap_counts *pxk_capfile_counts(struct pxk_capfile *c)
{
    c->counts.dropped = c->dropped_before;
    for (uint32_t i = 0; i < c->iface_n; i++)
        c->counts.dropped += c->ifaces[i].dropped;
    return &c->counts;
}

uint32_t pxk_capfile_ifaces(const struct pxk_capfile *c)
{
    return c->iface_n;
}

const struct pxk_cap_iface *pxk_capfile_iface(const struct pxk_capfile *c, uint32_t i)
{
    return &c->ifaces[i];
}
