/* What faults.def says of TFTP, done. */
#include "tftpd_int.h"

/* Its value; @or_else if the fault is not there. */
static uint64_t value(const struct pxk_tftpd *t, enum pxk_fault_id id, uint64_t or_else)
{
    const struct pxk_fault *f = pxk_faults_find(t->faults, id);
    return f ? (uint64_t)f->number : or_else;
}

const struct pxk_faults *fault_set(const struct pxk_faults *all, const char *file)
{
    bool any = !pxk_faults_has(all, PXK_FAULT_TFTP_ONLY);
    return any || pxk_faults_match(all, PXK_FAULT_TFTP_ONLY, file) ? all : NULL;
}

/* How the name was written, before it was cleaned. */
static void form_refuse(struct pxk_tftpd *t, const char *name)
{
    if (fault(t, PXK_FAULT_TFTP_REFUSE_SLASH) && *name == '/')
        tftpd_refuse(t, PXK_TFTP_E_ILLEGAL, pxk_tftp_error_words(PXK_TFTP_E_ILLEGAL));
    else if (fault(t, PXK_FAULT_TFTP_REFUSE_BACKSLASH) && strchr(name, '\\'))
        tftpd_refuse(t, PXK_TFTP_E_NOT_FOUND, "file not found");
}

bool fault_refuses(struct pxk_tftpd *t, const char *name)
{
    form_refuse(t, name);
    const struct pxk_fault *error = pxk_faults_find(t->faults, PXK_FAULT_TFTP_ERROR);
    if (fault(t, PXK_FAULT_TFTP_SILENT)) {
        tftpd_refuse(t, 0, "not answered, on purpose: tftp.silent");
        t->error_due = false;
    } else if (pxk_faults_match(t->faults, PXK_FAULT_TFTP_MISSING, t->file)) {
        tftpd_refuse(t, PXK_TFTP_E_NOT_FOUND, "file not found");
    } else if (pxk_faults_match(t->faults, PXK_FAULT_TFTP_REFUSE, t->file)) {
        tftpd_refuse(t, PXK_TFTP_E_ACCESS, "access denied");
    } else if (error) {
        tftpd_refuse(t, (uint16_t)error->number, pxk_tftp_error_words((unsigned)error->number));
    }
    return t->end != PXK_TFTPD_RUNNING;
}

void fault_size(struct pxk_tftpd *t)
{
    uint64_t told = value(t, PXK_FAULT_TFTP_TRUNCATE_SHORT, t->size);
    const struct pxk_fault *off = pxk_faults_find(t->faults, PXK_FAULT_TFTP_WRONG_TSIZE);
    if (told > t->size)
        told = t->size;
    t->size = told;
    uint64_t cut = value(t, PXK_FAULT_TFTP_TRUNCATE, t->size);
    if (cut < t->size)
        t->size = cut;
    t->tsize = told;
    if (!off)
        return;
    bool less = off->number < 0;
    uint64_t by = (uint64_t)(less ? -off->number : off->number);
    t->tsize = less ? told - (by < told ? by : told) : told + by;
}

/* An option of this request that was not asked for. */
static void option_add(struct pxk_tftpd *t)
{
    if (!t->has_windowsize) {
        t->has_windowsize = true;
    } else if (!t->has_timeout) {
        t->has_timeout = true;
        t->timeout_s = 1;
    } else {
        t->has_tsize = true;
    }
}

void fault_options(struct pxk_tftpd *t)
{
    if (fault(t, PXK_FAULT_TFTP_IGNORE_BLKSIZE)) {
        t->has_blksize = false;
        t->blksize = PXK_TFTP_BLKSIZE;
    }
    if (fault(t, PXK_FAULT_TFTP_OACK_BLKSIZE)) {
        t->has_blksize = true;
        t->blksize = (uint16_t)value(t, PXK_FAULT_TFTP_OACK_BLKSIZE, t->blksize);
    }
    if (fault(t, PXK_FAULT_TFTP_NO_TSIZE))
        t->has_tsize = false;
    if (fault(t, PXK_FAULT_TFTP_ILLEGAL_OACK))
        option_add(t);
}

bool fault_closes(struct pxk_tftpd *t)
{
    if (t->base <= value(t, PXK_FAULT_TFTP_CLOSE_AFTER, UINT64_MAX))
        return false;
    tftpd_refuse(t, PXK_TFTP_E_UNDEFINED, "transfer closed");
    return true;
}

bool fault_stalls(const struct pxk_tftpd *t)
{
    bool no_number = fault(t, PXK_FAULT_TFTP_NO_ROLLOVER) && t->next > UINT16_MAX;
    return no_number || t->next >= value(t, PXK_FAULT_TFTP_STALL_AT, UINT64_MAX);
}

bool fault_drops(const struct pxk_tftpd *t)
{
    uint64_t every = value(t, PXK_FAULT_TFTP_DROP_EVERY, 0);
    if (t->next != t->high)
        return false;
    return t->next == value(t, PXK_FAULT_TFTP_DROP_BLOCK, 0) || (every && t->next % every == 0);
}

/* The wait for its ACK begins when the block leaves. */
bool fault_waits(struct pxk_tftpd *t, pxk_usec now)
{
    uint64_t wait = value(t, PXK_FAULT_TFTP_SLOW, 0);
    if (!wait)
        return false;
    if (!t->ready_at) {
        t->ready_at = now + wait;
        t->deadline = t->ready_at + t->rto;
    }
    if (now < t->ready_at)
        return true;
    t->ready_at = 0;
    return false;
}

void fault_data(const struct pxk_tftpd *t, uint64_t block, uint8_t *data, size_t n)
{
    if (n && block == value(t, PXK_FAULT_TFTP_CORRUPT_BLOCK, 0))
        data[0] ^= 0xff;
}

uint16_t fault_number(const struct pxk_tftpd *t, uint64_t block)
{
    if (block && fault(t, PXK_FAULT_TFTP_ROLLOVER_TO_1))
        return (uint16_t)((block - 1) % UINT16_MAX + 1);
    return (uint16_t)block;
}

uint16_t fault_ahead(const struct pxk_tftpd *t, uint64_t before, uint16_t number)
{
    uint16_t ahead = (uint16_t)(number - fault_number(t, before));
    bool left_out = fault_number(t, before) > number; /* the 0 between them */
    return fault(t, PXK_FAULT_TFTP_ROLLOVER_TO_1) && left_out ? (uint16_t)(ahead - 1) : ahead;
}

size_t fault_surplus(const struct pxk_tftpd *t, uint64_t block)
{
    return block < t->last ? (size_t)value(t, PXK_FAULT_TFTP_OVERSIZE_DATA, 0) : 0;
}
