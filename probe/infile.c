#include "infile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unpack.h"

static enum pxk_err failed(struct infile *f, enum pxk_err err, const char *reason)
{
    f->err = err;
    pxk_fmt(f->why, sizeof f->why, "%s: %s", f->path, reason);
    return err;
}

static enum pxk_err open_failed(struct infile *f, int error)
{
    if (error == ENOENT)
        return failed(f, PXK_E_NOTFOUND, "there is no such file");
    if (error == EACCES || error == EPERM)
        return failed(f, PXK_E_PERM, "no permission to read it");
    return failed(f, PXK_E_IO, strerror(error));
}

/* Who reads there waits for itself: /dev/stdout before a pipe. */
static bool is_own_output(const struct stat *in)
{
    struct stat out;
    bool keeps = S_ISFIFO(in->st_mode) || S_ISREG(in->st_mode);
    return keeps && fstat(STDOUT_FILENO, &out) == 0 && in->st_dev == out.st_dev && in->st_ino == out.st_ino;
}

enum pxk_err infile_open(struct infile *f, const char *path, size_t buffer)
{
    struct stat st;
    bool std = strcmp(path, "-") == 0;
    *f = (struct infile){.path = std ? "standard input" : path, .fd = -1, .buf_cap = buffer};
    /* A named pipe would make open() wait for its writer: poll() does that, and lets the user change his mind. */
    f->fd = std ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (f->fd < 0 || fstat(f->fd, &st) != 0)
        return open_failed(f, errno);
    if (S_ISDIR(st.st_mode))
        return failed(f, PXK_E_IO, "this is a folder");
    if (is_own_output(&st))
        return failed(f, PXK_E_IO, "this is where the output goes: name a capture to read");
    f->regular = S_ISREG(st.st_mode);
    f->size = f->regular ? (uint64_t)st.st_size : 0;
    f->buf = malloc(buffer);
    if (!f->buf || pxk_capfile_new(&f->cap) != PXK_OK)
        return failed(f, PXK_E_NOMEM, "out of memory");
    return PXK_OK;
}

void infile_close(struct infile *f)
{
    f->unpack = unpack_free(f->unpack);
    if (f->fd >= 0)
        (void)close(f->fd);
    f->fd = -1;
    f->cap = pxk_capfile_free(f->cap);
    free(f->buf);
    f->buf = NULL;
}

enum pxk_err infile_reopen(struct infile *f)
{
    const char *path = f->path;
    size_t buffer = f->buf_cap;
    infile_close(f);
    enum pxk_err err = infile_open(f, path, buffer);
    f->grows = true;
    return err;
}

/* ---- reading ---- */

static ssize_t read_some(struct infile *f, void *buf, size_t cap)
{
    ssize_t n;
    do
        n = read(f->fd, buf, cap);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        f->bytes += (uint64_t)n;
    return n;
}

/* A named pipe that nobody has opened for writing yet looks like one at its end, except to poll(). */
static void wait_for_bytes(struct infile *f)
{
    struct pollfd p = {.fd = f->fd, .events = POLLIN};
    while (!f->regular && poll(&p, 1, -1) < 0 && errno == EINTR)
        ;
}

/* Packed bytes lie in the second half of the buffer, the first gets what they become. */
static ssize_t packed_more(void *ctx, bool wait, const uint8_t **out)
{
    struct infile *f = ctx;
    size_t half = f->buf_cap / 2, first = f->first;
    *out = f->buf + half;
    f->first = 0;
    if (first)
        return (ssize_t)first;
    if (wait)
        wait_for_bytes(f);
    ssize_t n = read_some(f, f->buf + half, half);
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? UNPACK_AGAIN : UNPACK_FAILED;
    return n == 0 && f->grows && !wait ? UNPACK_AGAIN : n;
}

/* The first @n bytes are in f->buf. */
static bool unpack_begin(struct infile *f, size_t n)
{
    f->unpack = unpack_new(f->buf, n, packed_more, f);
    if (!f->unpack) {
        (void)failed(f, PXK_E_NOMEM, "out of memory");
        return false;
    }
    memmove(f->buf + f->buf_cap / 2, f->buf, n);
    f->first = n;
    return true;
}

static ssize_t unpack_some(struct infile *f)
{
    ssize_t n = unpack_read(f->unpack, f->buf, f->buf_cap / 2);
    if (n != UNPACK_FAILED)
        return n;
    (void)failed(f, PXK_E_IO, unpack_why(f->unpack));
    return UNPACK_END; /* what came before is used */
}

static ssize_t plain_some(struct infile *f)
{
    /* The first piece is no longer than what unpacking takes of it. */
    bool begin = f->bytes == 0;
    ssize_t n = read_some(f, f->buf, begin ? f->buf_cap / 2 : f->buf_cap);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return UNPACK_AGAIN;
    if (n == 0 && f->grows)
        return UNPACK_AGAIN;
    if (n < 0) {
        (void)failed(f, PXK_E_IO, strerror(errno));
        return UNPACK_END;
    }
    if (n > 0 && begin && unpack_knows(f->buf, (size_t)n))
        return unpack_begin(f, (size_t)n) ? unpack_some(f) : UNPACK_END;
    return n;
}

void infile_finish(struct infile *f)
{
    f->ended = true;
    pxk_capfile_finish(f->cap);
}

bool infile_pending(const struct infile *f)
{
    return f->unpack && (f->first || unpack_pending(f->unpack));
}

int infile_fill(struct infile *f)
{
    ssize_t n = f->unpack ? unpack_some(f) : plain_some(f);
    if (n == UNPACK_AGAIN)
        return -1;
    if (n == UNPACK_END) {
        infile_finish(f);
        return 0;
    }
    pxk_capfile_feed(f->cap, f->buf, (size_t)n);
    return 1;
}

bool infile_pull(struct infile *f, struct pxk_cap_record *out)
{
    while (!infile_next(f, out)) {
        if (f->ended)
            return false;
        if (!infile_pending(f))
            wait_for_bytes(f);
        (void)infile_fill(f); /* the end: once more, for what is left */
    }
    return true;
}

enum pxk_err infile_verdict(struct infile *f)
{
    enum pxk_err err = pxk_capfile_error(f->cap);
    if (err == PXK_OK)
        return PXK_OK;
    if (f->err != PXK_OK)
        return f->err;
    if (err == PXK_E_NOMEM)
        return failed(f, err, "out of memory");
    if (err == PXK_E_TRUNCATED)
        return failed(f, err, f->bytes ? "it ends before the first packet" : "it is empty");
    return failed(f, err, "this is no capture file (pcap, pcapng, snoop, ERF; also packed by gzip, zstd, xz, bzip2, lz4)");
}

enum pxk_err infile_begin(struct infile *f)
{
    while (pxk_capfile_format(f->cap) == PXK_CAPFORMAT_UNKNOWN && pxk_capfile_error(f->cap) == PXK_OK && !f->ended) {
        if (!infile_pending(f))
            wait_for_bytes(f);
        if (infile_fill(f) > 0)
            pxk_capfile_detect(f->cap);
    }
    if (f->ended)
        pxk_capfile_detect(f->cap);
    return infile_verdict(f);
}
