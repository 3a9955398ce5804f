/* Rules of step 3 about how a transfer goes on the wire: who hears whom, blocks that are too large, numbers that end. RFC 1350,
 * 2347, 2348, 7440. */
#include <string.h>

#include "diag_int.h"

/* The server answers, and the client asks on as if it did not: seen near the server, or on a mirror port. */
bool answer_unheard(struct dx *d, const struct pxk_transfer *t)
{
    char intro[300];
    bool heard = t->acks || t->state != PXK_TRANSFER_RUNNING;
    if (heard || !t->answered || !t->fallen || (t->fallen < 2 && !transfer_over(d, t)))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_TFTP_ANSWER_UNHEARD);
    dx_seen(f, "%s: answered from port %u after %.0f ms, and the client asks on, %u times in %.0f s, and acknowledges nothing",
            transfer_intro(t, intro, sizeof intro), t->server_port, (double)t->answer_delay / 1e3, t->requests,
            (double)pxk_usec_since(t->started, t->last) / 1e6);
    if (!t->oack && transfer_packet(t) > link_mtu(d))
        dx_cause(f, "the answer is an IP packet of %u bytes, which the path to the client does not carry", transfer_packet(t));
    transfer_frames(d, f, t);
    return true;
}

bool oversize_data(struct dx *d, const struct pxk_transfer *t)
{
    char intro[300];
    if (!t->oversize || t->state == PXK_TRANSFER_DONE || t->state == PXK_TRANSFER_REFUSED)
        return false;
    if (t->state == PXK_TRANSFER_RUNNING && !transfer_over(d, t))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_OVERSIZE_DATA);
    dx_seen(f, "%s: DATA with %u bytes, agreed are blocks of %u%s", transfer_intro(t, intro, sizeof intro), t->oversize,
            t->blksize, t->oack ? "" : " (there was no OACK)");
    if (t->state == PXK_TRANSFER_ABORTED)
        dx_seen(f, "; the client answers ERROR %u \"%s\"", t->error, t->message);
    transfer_frames(d, f, t);
    dx_frame(f, t->oversize_frame);
    return true;
}

/* Blocks that need more than one packet: their first fragment has the port numbers, the others have none, and many a filter
 * lets only packets with ports through. */
bool fragments_lost(struct dx *d, const struct pxk_transfer *t)
{
    enum { IP_HEADER = 20 };
    char intro[300];
    unsigned mtu = link_mtu(d), packet = transfer_packet(t);
    bool waits = t->stuck >= 2 || t->acks >= 3 || transfer_over(d, t);
    bool stands = t->state == PXK_TRANSFER_RUNNING && t->oack && !t->probe && !t->taken && t->acks && waits;
    if (!stands || packet <= mtu || transfer_went_on(d, t))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_TFTP_FRAGMENTS_LOST);
    unsigned pieces = (packet - IP_HEADER + mtu - IP_HEADER - 1) / (mtu - IP_HEADER);
    dx_seen(f, "%s: blocks of %u bytes travel as %u IP fragments each; the OACK was taken, and ", transfer_intro(t, intro, sizeof intro),
            t->blksize, pieces);
    if (t->data_packets)
        dx_seen(f, "of %llu blocks that pass here the client takes none in %.0f s", (unsigned long long)t->data_packets,
                (double)pxk_usec_since(t->started, t->last) / 1e6);
    else
        dx_seen(f, "no whole block has come in %.0f s", (double)pxk_usec_since(t->started, t->last) / 1e6);
    transfer_frames(d, f, t);
    dx_filter(d, f, "udp.port == %u || ip.flags.mf == 1 || ip.frag_offset > 0", t->client_port);
    return true;
}

/* The server repeats itself and nobody answers: it is not the server that has stopped. */
bool client_stops(struct dx *d, const struct pxk_transfer *t)
{
    char intro[300], rest[24];
    unsigned told = t->window > 1 ? t->window : 1;
    bool silent = t->state == PXK_TRANSFER_RUNNING && t->taken && t->unheard > told + 1 && t->repeats && transfer_over(d, t);
    if (!silent || transfer_went_on(d, t))
        return false;
    struct pxk_finding *f = dx_fail(d, FINDING_CLIENT_STOPS_READING);
    struct pxk_str b = pxk_str_init(rest, sizeof rest);
    pxk_str_add_bytes(&b, t->taken * t->blksize);
    dx_seen(f, "%s: the client acknowledges block %llu (%s", transfer_intro(t, intro, sizeof intro), (unsigned long long)t->taken, rest);
    if (t->has_tsize && t->tsize)
        dx_seen(f, " of %llu bytes", (unsigned long long)t->tsize);
    dx_seen(f, ") and then nothing; the server sends %u more packets, repeats among them", t->unheard);
    if (dx_restarts_after(d, t->last))
        dx_cause(f, "the machine was reset in the middle of the transfer: it begins anew after it");
    transfer_frames(d, f, t);
    return true;
}

/* ---- block numbers ---- */

static bool at_the_wrap(const struct pxk_transfer *t)
{
    uint64_t last = t->blocks & 0xffff; /* of a server that stops there: 65535, or 65536 with its number 0 */
    return t->blocks >= 65535 && (last == 0xffff || last == 0);
}

static bool ended_badly(const struct dx *d, const struct pxk_transfer *t)
{
    bool stopped = t->state == PXK_TRANSFER_RUNNING && transfer_over(d, t) && !transfer_went_on(d, t);
    bool short_of = t->state == PXK_TRANSFER_DONE && t->has_tsize && t->bytes < t->tsize && !t->missed;
    return stopped || short_of || t->state == PXK_TRANSFER_REFUSED || t->state == PXK_TRANSFER_ABORTED;
}

static void block_wrap(struct dx *d, const struct pxk_transfer *t)
{
    char intro[300], got[24];
    struct pxk_str b = pxk_str_init(got, sizeof got);
    struct pxk_finding *f = dx_fail(d, FINDING_BLOCK_NUMBERS_WRAP);
    pxk_str_add_bytes(&b, (uint64_t)65535 * t->blksize);
    dx_seen(f, "%s: ends behind block number 65535, which is %s in blocks of %u bytes", transfer_intro(t, intro, sizeof intro), got,
            t->blksize);
    if (t->rollover == PXK_ROLLOVER_TO_1) {
        dx_seen(f, "; the server goes on with 1, the client waits for 0");
        dx_cause(f, "the server goes on with block number 1 after 65535, this client expects 0");
    } else if (t->state == PXK_TRANSFER_REFUSED || t->state == PXK_TRANSFER_ABORTED) {
        dx_seen(f, "; the %s says ERROR %u \"%s\"", t->state == PXK_TRANSFER_REFUSED ? "server" : "client", t->error, t->message);
    } else if (t->rollover == PXK_ROLLOVER_TO_0) {
        dx_seen(f, "; the server goes on with 0");
        dx_cause(f, "the client does not expect number 0 after 65535, or keeps no more than 65535 blocks");
    }
    if (t->has_tsize && t->tsize)
        dx_seen(f, "; the file has %llu bytes", (unsigned long long)t->tsize);
    if (t->has_tsize && t->tsize > (uint64_t)65535 * t->blksize)
        dx_fix(f, "blocks of %llu bytes or more need no wrap for this file", (unsigned long long)(t->tsize / 65535 + 1));
    transfer_frames(d, f, t);
}

void rule_block_wrap(struct dx *d)
{
    for (size_t i = 0; i < d->s->transfers.n; i++) {
        const struct pxk_transfer *t = &d->s->transfers.at[i];
        bool wrong_turn = t->rollover == PXK_ROLLOVER_TO_1 && t->blocks - 65536 < 8; /* some clients expect 1 and go on */
        if (!(at_the_wrap(t) || wrong_turn) || !ended_badly(d, t))
            continue;
        if (t->state == PXK_TRANSFER_DONE || !transfer_done_later(d->s, i)) {
            block_wrap(d, t);
            return;
        }
    }
}

/* ---- too large for a BIOS ---- */

/* A BIOS ROM loads its boot program at 0x7c00 below the end of conventional memory, of which ROMs and the EBDA take their part
 * (PXE 2.1 3.1): 480 KiB always fit, more than 560 never do. */
#define ROOM_SURE (480u * 1024)

void rule_loader_too_large(struct dx *d)
{
    const struct pxk_stage_file *loader = &d->path.stage[PXK_STAGE_LOADER];
    const struct pxk_transfer *t = loader->have ? pxk_session_transfer(d->s, loader->name) : NULL;
    bool emulated_on = d->s->facts.emulated && !d->s->facts.firmware_rejects;
    if (!t || d->efi || emulated_on || t->state != PXK_TRANSFER_DONE || t->bytes <= ROOM_SURE ||
        d->s->arch != PXK_ARCH_BIOS || *d->path.stage[PXK_STAGE_CONFIG].name || *d->path.stage[PXK_STAGE_KERNEL].name)
        return;
    bool last = t == &d->s->transfers.at[d->s->transfers.n - 1];
    bool stopped = dx_restarts_after(d, t->last) || pxk_usec_since(t->last, d->now) >= PXK_SILENCE;
    if (!last || !stopped)
        return;
    struct pxk_finding *f = dx_fail(d, FINDING_LOADER_TOO_LARGE);
    dx_seen(f, "%s arrived complete (%llu bytes), and nothing that it would do follows; a BIOS ROM has room for about %u",
            t->file, (unsigned long long)t->bytes, ROOM_SURE);
    dx_proof(d, f, t);
}
