#include "fixtures_tftp.h"

#define BIOS PXK_ARCH_BIOS
#define X64  PXK_ARCH_UEFI_X64

#define COPY(to, text) ((void)pxk_str_copy((to), sizeof(to), (text)))

/* The boot file's transfer, under way; @blksize agreed. */
static struct pxk_transfer *running(struct lab *l, uint16_t arch, uint32_t blksize)
{
    lab_leased(l, arch);
    struct pxk_transfer *t = lab_transfer(l, arch == BIOS ? "ipxe" : "edk2", arch == BIOS ? "pxelinux.0" : "bootnetx64.efi", 0);
    t->state = PXK_TRANSFER_RUNNING;
    t->tsize = 900000;
    t->asked_blksize = t->blksize = blksize;
    t->blocks = t->data_packets = 0;
    t->answered = t->started + PXK_MSEC;
    return t;
}

/* ---- blocks larger than packets ---- */

static struct pxk_transfer *blocks_do_not_come(struct lab *l, uint32_t blksize)
{
    struct pxk_transfer *t = running(l, BIOS, blksize);
    t->acks = 6;
    t->stuck = 5;
    return t;
}

void fragments_lost_lab(struct lab *l)
{
    blocks_do_not_come(l, 8192);
}

void whole_packets_lost(struct lab *l)
{
    blocks_do_not_come(l, 1468);
}

/* ---- windows ---- */

static struct pxk_transfer *windowed(struct lab *l, unsigned early, unsigned late)
{
    lab_boots(l, X64);
    struct pxk_transfer *t = &l->s->transfers.at[0];
    t->window = 4;
    t->lost_early = early;
    t->lost_late = late;
    t->ack_repeats = early + late;
    t->longest_silence = PXK_SEC;
    return t;
}

void window_overflows_lab(struct lab *l)
{
    windowed(l, 1, 6);
}

/* By chance the beginning is lost as often as the end. */
void window_of_one_loss(struct lab *l)
{
    windowed(l, 4, 5);
}

/* ---- who hears whom ---- */

void answer_unheard_lab(struct lab *l)
{
    struct pxk_transfer *t = running(l, BIOS, 1432);
    t->acks = 0;
    t->requests = t->answers = 5;
    t->fallen = 4;
    t->unheard = 5;
    lab_wait(l, 30 * PXK_SEC);
}

void answer_at_last(struct lab *l)
{
    lab_boots(l, BIOS);
    struct pxk_transfer *t = &l->s->transfers.at[0];
    t->requests = t->answers = 3;
    t->fallen = 2;
}

/* The initrd, half of it. */
static struct pxk_transfer *half(struct lab *l)
{
    lab_boots(l, BIOS);
    lab_drop_rounds(l, 1);
    l->s->https.n = 0;
    struct pxk_transfer *t = &l->s->transfers.at[3];
    t->state = PXK_TRANSFER_RUNNING;
    t->bytes = 700000;
    t->blocks = t->taken = t->acks = 488;
    lab_wait(l, 60 * PXK_SEC);
    return t;
}

void client_stops_lab(struct lab *l)
{
    struct pxk_transfer *t = half(l);
    t->unheard = 6;
    t->repeats = 5;
}

void server_stops(struct lab *l)
{
    struct pxk_transfer *t = half(l);
    t->stuck = 5;
    t->ack_repeats = 5;
}

/* ---- numbers ---- */

void block_wrap_lab(struct lab *l)
{
    struct pxk_transfer *t = half(l);
    t->blksize = 512;
    t->blocks = t->taken = 65535;
    t->bytes = 65535 * 512;
    t->tsize = 40000000;
    t->stuck = 5;
}

void stops_before_the_wrap(struct lab *l)
{
    block_wrap_lab(l);
    l->s->transfers.at[3].blocks = 65000;
}

/* ---- names ---- */

void windows_name(struct lab *l)
{
    lab_leased(l, BIOS);
    lab_head_nbp(lab_transfer(l, "ipxe", "pxelinux.0", 42430));
    lab_refused(l, "ipxe", "\\x5cBoot\\x5cFonts\\x5cwgl4_boot.ttf", PXK_TFTP_E_NOT_FOUND, "File not found");
    lab_refused(l, "ipxe", "\\x5cBoot\\x5cBCD", PXK_TFTP_E_NOT_FOUND, "File not found");
}

/* It goes on without. */
void windows_font(struct lab *l)
{
    lab_leased(l, BIOS);
    lab_head_nbp(lab_transfer(l, "ipxe", "pxelinux.0", 42430));
    lab_refused(l, "ipxe", "\\x5cBoot\\x5cFonts\\x5cwgl4_boot.ttf", PXK_TFTP_E_NOT_FOUND, "File not found");
}

void name_form(struct lab *l)
{
    lab_leased(l, BIOS);
    l->r->answer[0].file = "/boot/loader.kpxe";
    l->r->answer[1].file = "/boot/loader.kpxe";
    lab_refused(l, "ipxe", "/boot/loader.kpxe", PXK_TFTP_E_ILLEGAL, "Illegal TFTP operation");
}

void access_denied(struct lab *l)
{
    lab_leased(l, BIOS);
    lab_refused(l, "ipxe", "pxelinux.0", PXK_TFTP_E_ACCESS, "Access violation");
}

/* ---- what the server does wrong ---- */

void oversize(struct lab *l)
{
    struct pxk_transfer *t = running(l, BIOS, 1432);
    t->state = PXK_TRANSFER_ABORTED;
    t->error = PXK_TFTP_E_ILLEGAL;
    COPY(t->message, "block larger than agreed");
    t->oversize = 1532;
    t->oversize_frame = t->last_frame;
}

/* A client that takes what comes. */
void oversize_taken(struct lab *l)
{
    lab_boots(l, BIOS);
    l->s->transfers.at[0].oversize = 1532;
}

void sends_twice_lab(struct lab *l)
{
    lab_boots(l, BIOS);
    struct pxk_transfer *t = &l->s->transfers.at[2];
    t->doubled_from = 100;
    t->doubled = t->echoes = 5000;
    t->repeats = t->ack_repeats = 5000;
}

/* A network that doubles one packet in fifty; nobody answers it. */
void twice_at_times(struct lab *l)
{
    sends_twice_lab(l);
    l->s->transfers.at[2].doubled = 100;
    l->s->transfers.at[2].repeats = l->s->transfers.at[2].ack_repeats = 100;
}

/* ---- many at once ---- */

static void others_boot(struct lab *l, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        lab_boots(l, BIOS);
        struct pxk_transfer *t = &l->s->transfers.at[0];
        t->answered = t->started + 5 * PXK_MSEC;
        t->answer_delay = 5 * PXK_MSEC;
        t->last += 10 * PXK_SEC;
    }
}

static void answered_late(struct lab *l)
{
    lab_boots(l, BIOS);
    struct pxk_transfer *t = &l->s->transfers.at[0];
    t->answered = t->started + 3 * PXK_SEC;
    t->answer_delay = 1500 * PXK_MSEC;
    t->requests = t->answers = 2;
    t->last = t->answered + PXK_SEC;
}

void overloaded(struct lab *l)
{
    others_boot(l, 6);
    answered_late(l);
}

void late_alone(struct lab *l)
{
    others_boot(l, 1);
    answered_late(l);
}

/* ---- size ---- */

static struct pxk_transfer *kernel_in_small_blocks(struct lab *l, pxk_usec took)
{
    lab_boots(l, X64);
    struct pxk_transfer *t = &l->s->transfers.at[2];
    t->asked_blksize = t->blksize = 1024;
    t->blocks = t->data_packets = t->bytes / 1024 + 1;
    t->last = t->started + took;
    return t;
}

void small_blocks(struct lab *l)
{
    kernel_in_small_blocks(l, 40 * PXK_SEC);
}

void small_blocks_fast(struct lab *l)
{
    kernel_in_small_blocks(l, 2 * PXK_SEC);
}

void loader_too_large(struct lab *l)
{
    lab_leased(l, BIOS);
    lab_head_nbp(lab_transfer(l, "ipxe", "pxelinux.0", 700000));
    lab_wait(l, 60 * PXK_SEC);
}

void large_loader_runs(struct lab *l)
{
    lab_boots(l, BIOS);
    l->s->transfers.at[0].bytes = l->s->transfers.at[0].tsize = 700000;
}
