/* Leases on disk: read once, then appended to; written anew at the start and when it has grown. */
#include "lease_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TOLD_MAX = 5,         /* damaged lines that are named; the rest is counted */
    TIDY_MIN = 256 * 1024 /* bytes that a file may grow by, whatever it holds */
};

static enum pxk_err err_of(int number)
{
    return number == EACCES || number == EPERM || number == EROFS ? PXK_E_PERM : PXK_E_IO;
}

static enum pxk_err failed(const struct lease_file *f, const char *what)
{
    int number = errno;
    pxk_log(f->log, PXK_LOG_ERROR, "dhcp: the lease file %s cannot be %s: %s", f->path, what, strerror(number));
    return err_of(number);
}

/* ---- reading ---- */

struct reading {
    struct lease_file *f;
    struct pxk_dhcpd *engine;
    struct lease_clock clock;
    unsigned line, good, damaged, foreign;
    bool torn; /* the last line was being written when the machine stopped */
};

/* The next line without its newline; what is longer than any lease is cut. False at the end, then @torn is about the last
 * one. */
static bool line_next(FILE *in, char out[static LEASE_LINE_MAX], bool *odd, bool *torn)
{
    size_t n = 0;
    int c = getc_unlocked(in);
    *odd = false;
    if (c == EOF)
        return false;
    for (; c != EOF && c != '\n'; c = getc_unlocked(in)) {
        *odd |= c == '\0' || n == LEASE_LINE_MAX - 1;
        if (!*odd)
            out[n++] = (char)c;
    }
    *torn = c == EOF && !*odd && out[0] >= '0' && out[0] <= '9';
    *odd |= c == EOF;
    out[n] = '\0';
    return true;
}

static void line_take(struct reading *r, const char *line, bool odd)
{
    struct pxk_dhcpd_lease l;
    enum pxk_err err = PXK_E_FORMAT;
    if (!odd && lease_line_read(line, r->clock, &l))
        err = pxk_dhcpd_import(r->engine, &l, r->clock.now);
    r->good += err != PXK_E_FORMAT;
    r->foreign += err != PXK_E_FORMAT && err != PXK_OK;
    if (err == PXK_E_FORMAT && r->damaged++ < TOLD_MAX)
        pxk_log(r->f->log, PXK_LOG_WARN, "dhcp: %s:%u: this line is no lease; it is skipped", r->f->path, r->line);
}

static enum pxk_err reading_end(const struct reading *r)
{
    if (r->damaged > r->torn && !r->good) {
        pxk_log(r->f->log, PXK_LOG_ERROR, "dhcp: %s is no lease file: none of its lines is a lease; name another one", r->f->path);
        return PXK_E_FORMAT;
    }
    if (r->damaged > TOLD_MAX)
        pxk_log(r->f->log, PXK_LOG_WARN, "dhcp: %s: %u more such lines", r->f->path, r->damaged - TOLD_MAX);
    if (r->foreign)
        pxk_log(r->f->log, PXK_LOG_WARN, "dhcp: %s: %u lines are of addresses outside the pool, or reserved for others: forgotten",
                r->f->path, r->foreign);
    return PXK_OK;
}

static enum pxk_err read_all(struct reading *r, FILE *in)
{
    char line[LEASE_LINE_MAX];
    bool odd;
    while (line_next(in, line, &odd, &r->torn)) {
        r->line++;
        line_take(r, line, odd);
    }
    return ferror(in) ? failed(r->f, "read") : reading_end(r);
}

static enum pxk_err file_read(struct reading *r)
{
    struct stat st;
    int fd = open(r->f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold us */
    if (fd < 0)
        return errno == ENOENT ? PXK_OK : failed(r->f, "read");
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        pxk_log(r->f->log, PXK_LOG_ERROR, "dhcp: the lease file %s is no regular file", r->f->path);
        close(fd);
        return PXK_E_FORMAT;
    }
    FILE *in = fdopen(fd, "r");
    if (!in) {
        close(fd);
        return PXK_E_NOMEM;
    }
    enum pxk_err err = read_all(r, in);
    fclose(in);
    return err;
}

/* ---- writing ---- */

static bool write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

static bool leases_write(int fd, const struct pxk_dhcpd *engine, struct lease_clock c, uint64_t *size)
{
    char buf[16 * 1024];
    struct pxk_dhcpd_lease l;
    struct pxk_str s = pxk_str_init(buf, sizeof buf);
    *size = 0;
    for (size_t at = 0; pxk_dhcpd_export(engine, &at, &l);) {
        lease_line_write(&l, c, &s);
        if (s.len < sizeof buf - LEASE_LINE_MAX)
            continue;
        if (!write_all(fd, buf, s.len))
            return false;
        *size += s.len;
        s = pxk_str_init(buf, sizeof buf);
    }
    *size += s.len;
    return write_all(fd, buf, s.len);
}

/* Beside the old one and renamed, so that at no time there is half a file. */
static bool write_anew(struct lease_file *f, const struct pxk_dhcpd *engine, struct lease_clock c)
{
    char beside[4096];
    struct pxk_str s = pxk_str_init(beside, sizeof beside);
    uint64_t size;
    pxk_str_addf(&s, "%s.new", f->path);
    errno = ENAMETOOLONG;
    int fd = s.cut ? -1 : open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return false;
    if (!leases_write(fd, engine, c, &size) || rename(beside, f->path) != 0) {
        int number = errno;
        close(fd);
        (void)unlink(beside); /* it may stay: the next one writes over it */
        errno = number;
        return false;
    }
    if (f->fd >= 0)
        close(f->fd);
    f->fd = fd;
    f->size = size;
    f->torn = false;
    return true;
}

/* Twice what it holds, and some: each line is then written twice at most, taken all in all. */
static void bound_set(struct lease_file *f)
{
    f->tidy_at = 2 * f->size + TIDY_MIN;
}

enum pxk_err lease_file_open(struct lease_file *f, const char *path, struct pxk_dhcpd *engine, struct lease_clock c,
                             const struct pxk_log *log)
{
    *f = (struct lease_file){.path = path, .log = log, .fd = -1};
    struct reading r = {.f = f, .engine = engine, .clock = c};
    enum pxk_err err = file_read(&r);
    if (err != PXK_OK)
        return err;
    if (!write_anew(f, engine, c))
        return failed(f, "written");
    bound_set(f);
    struct pxk_dhcpd_counts n = pxk_dhcpd_count(engine, c.now);
    if (r.line)
        pxk_log(log, PXK_LOG_INFO, "dhcp: %u leases from %s", n.leased, path);
    return PXK_OK;
}

void lease_file_add(struct lease_file *f, const struct pxk_dhcpd_lease *l, struct lease_clock c)
{
    char line[LEASE_LINE_MAX + 1];
    struct pxk_str s = pxk_str_init(line, sizeof line);
    if (f->fd < 0)
        return;
    if (f->torn)
        pxk_str_addc(&s, '\n');
    lease_line_write(l, c, &s);
    bool ok = write_all(f->fd, line, s.len);
    if (!ok && !f->failed)
        pxk_log(f->log, PXK_LOG_WARN, "dhcp: %s cannot be written, leases will be forgotten: %s", f->path, strerror(errno));
    f->failed = f->torn = !ok;
    f->size += s.len;
}

void lease_file_tidy(struct lease_file *f, const struct pxk_dhcpd *engine, struct lease_clock c)
{
    if (f->fd < 0 || f->size < f->tidy_at)
        return;
    if (!write_anew(f, engine, c))
        pxk_log(f->log, PXK_LOG_WARN, "dhcp: %s cannot be written anew, it grows: %s", f->path, strerror(errno));
    bound_set(f); /* after a failure too: the next try is far away */
}

void lease_file_close(struct lease_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}
