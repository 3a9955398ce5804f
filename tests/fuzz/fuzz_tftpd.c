/* One TFTP transfer under any request, any answers and any time. Input: a byte that says how many
 * faults there are (up to 7), a byte for each: an index into the table below; a length byte and the request; then records: 0 time passes until the deadline, 1 the request again, 2 the last datagram
 * could not leave, 3 an ACK of the last block sent, 4 an ACK with a difference to it (a byte),
 * others: that many bytes less 4 as a datagram. */
#include <stdint.h>
#include <stdlib.h>

#include "fault_list.h"
#include "pxk/engine/tftpd.h"

static const char *const fault_texts[] = {
    "only=e",           "tftp.silent",       "error=0",            "missing=m",           "refuse=r",
    "no-oack",          "ignore-blksize",    "illegal-oack",       "oack-blksize=65464",  "oack-blksize=8",
    "no-tsize",         "wrong-tsize=-9999", "wrong-tsize=+9",     "stall-at=2",          "close-after=2",
    "truncate=100",     "truncate-short=1k", "corrupt-block=1",    "drop-block=1",        "drop-every=3",
    "duplicate-blocks", "tftp.slow=1s",      "tftp.slow=5s"};
static struct pxk_faults faults;

enum { SIZE = 3000 };
static unsigned is_open;

static enum pxk_err mem_open(void *ctx, const char *path, void **file, uint64_t *size)
{
    (void)ctx;
    size_t n = strlen(path);
    bool leaves = strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0 || strstr(path, "/../") ||
                  (n > 2 && strcmp(path + n - 3, "/..") == 0);
    if (leaves || path[0] == '/' || !path[0])
        abort(); /* not a name below the root */
    is_open++;
    *file = NULL;
    *size = path[0] == 'e' ? 0 : SIZE;
    return path[0] == 'm' ? (is_open--, PXK_E_NOTFOUND) : PXK_OK;
}

static enum pxk_err mem_read(void *ctx, void *file, uint64_t offset, void *buf, size_t n)
{
    (void)ctx;
    (void)file;
    if (offset > SIZE || n > SIZE - offset)
        abort(); /* past the end of the file */
    memset(buf, 'x', n);
    return PXK_OK;
}

static void mem_close(void *ctx, void *file)
{
    (void)ctx;
    (void)file;
    is_open--;
}

static uint16_t last_block;

static void pump(struct pxk_tftpd *t, pxk_usec now)
{
    static uint8_t out[PXK_TFTPD_PACKET_MAX];
    struct pxk_tftp m;
    unsigned burst = 0;
    for (size_t n; (n = pxk_tftpd_output(t, out, sizeof out, now)) > 0;) {
        if (++burst > 2 * 66 || pxk_tftp_decode(out, n, &m) != PXK_OK)
            abort(); /* more than a window, each block twice, an OACK and an ERROR; or nonsense */
        if (m.op == PXK_TFTP_DATA)
            last_block = m.block;
    }
}

static void ack(struct pxk_tftpd *t, uint16_t block, pxk_usec now)
{
    pxk_tftpd_input(t, (uint8_t[]){0, 4, (uint8_t)(block >> 8), (uint8_t)block}, 4, now);
}

static void step(struct pxk_tftpd *t, struct pxk_rd *r, pxk_usec *now)
{
    uint8_t what = pxk_rd_u8(r);
    if (what == 0 && pxk_tftpd_deadline(t) != PXK_NEVER) {
        *now = pxk_tftpd_deadline(t);
        pxk_tftpd_expire(t, *now);
    } else if (what == 1) {
        pxk_tftpd_again(t, *now);
    } else if (what == 2) {
        pxk_tftpd_unsend(t);
    } else if (what == 3) {
        ack(t, last_block, *now);
    } else if (what == 4) {
        ack(t, (uint16_t)(last_block + (int8_t)pxk_rd_u8(r)), *now);
    } else if (what > 4) {
        size_t left = pxk_rd_left(r), n = what - 4u < left ? what - 4u : left;
        const uint8_t *p = pxk_rd_take(r, n);
        if (p)
            pxk_tftpd_input(t, p, n, *now);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct pxk_tftpd_files files = {mem_open, mem_read, mem_close, NULL};
    static const struct pxk_tftpd_limits limits = {.max_blksize = 1468, .max_windowsize = 64, .faults = &faults};
    struct pxk_tftpd t;
    struct pxk_tftp m;
    pxk_usec now = 0;
    struct pxk_rd r = pxk_rd_init(data, len);
    fault_list_read(&r, fault_texts, PXK_COUNT(fault_texts), &faults);
    size_t n = pxk_rd_u8(&r);
    n = n < pxk_rd_left(&r) ? n : pxk_rd_left(&r);
    const uint8_t *request = pxk_rd_take(&r, n);
    if (!request || pxk_tftp_decode(request, n, &m) != PXK_OK)
        return 0;
    is_open = last_block = 0;
    pxk_tftpd_start(&t, &m, &limits, &files, now);
    pump(&t, now);
    while (pxk_rd_left(&r) > 0) {
        step(&t, &r, &now);
        pump(&t, now);
        if (t.end != PXK_TFTPD_RUNNING && is_open)
            abort(); /* ended with its file open */
    }
    pxk_tftpd_close(&t);
    return is_open ? (abort(), 0) : 0;
}
