/* A capture with comments at its packets: the file is read once more and written anew, since pcapng has them inside the packet's
 * block. The old file stays until the new one is whole. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "infile.h"
#include "rec_int.h"

enum pxk_err ngfile_init(struct ngfile *n, FILE *f, const char *application)
{
    struct utsname host;
    char os[200] = "";
    *n = (struct ngfile){.f = f, .block = malloc(PXK_NG_PACKET_ROOM)};
    if (!n->block) {
        (void)ngfile_close(n); /* nothing was written */
        return PXK_E_NOMEM;
    }
    if (uname(&host) == 0)
        pxk_fmt(os, sizeof os, "%s %s", host.sysname, host.release);
    struct pxk_wr w = pxk_wr_init(n->block, PXK_NG_BLOCK_ROOM);
    pxk_ng_section(&w, application, os, *os ? host.machine : NULL);
    n->bytes = fwrite(n->block, 1, pxk_wr_len(&w), f); /* an error stays with the stream */
    return PXK_OK;
}

static bool put(struct ngfile *n, const struct pxk_wr *w)
{
    size_t len = pxk_wr_len(w);
    n->bytes += len;
    return fwrite(n->block, 1, len, n->f) == len;
}

bool ngfile_iface(struct ngfile *n, const struct pxk_cap_iface *f, const char *filter)
{
    struct pxk_wr w = pxk_wr_init(n->block, PXK_NG_BLOCK_ROOM);
    pxk_ng_iface(&w, f, filter);
    return put(n, &w);
}

bool ngfile_packet(struct ngfile *n, uint32_t iface, const struct pxk_cap_record *rec, const char *const *comments, size_t count)
{
    struct pxk_wr w = pxk_wr_init(n->block, PXK_NG_PACKET_ROOM);
    pxk_ng_packet(&w, iface, rec, comments, count);
    return put(n, &w);
}

bool ngfile_stats(struct ngfile *n, uint32_t iface, pxk_usec at, uint64_t dropped)
{
    struct pxk_wr w = pxk_wr_init(n->block, PXK_NG_BLOCK_ROOM);
    pxk_ng_stats(&w, iface, at, dropped);
    return put(n, &w);
}

bool ngfile_close(struct ngfile *n)
{
    bool ok = !n->f || (fflush(n->f) == 0 && !ferror(n->f));
    if (n->f && n->f != stdout)
        ok &= fclose(n->f) == 0;
    free(n->block);
    *n = (struct ngfile){0};
    return ok;
}

/* The comments of frame @number, the next of the sorted ones; those of frames that were passed are left behind. */
static size_t comments_of(const struct pxk_rec_comment **at, const struct pxk_rec_comment *end, uint64_t number,
                          const char *out[static PXK_NG_COMMENTS_MAX])
{
    size_t n = 0;
    while (*at < end && (*at)->number < number)
        (*at)++;
    for (; *at < end && (*at)->number == number; (*at)++)
        if (n < PXK_NG_COMMENTS_MAX)
            out[n++] = (*at)->text;
    return n;
}

/* False: it cannot be written. */
static bool copy_packets(struct infile *in, struct ngfile *out, const struct pxk_rec_comment *comments, size_t n)
{
    struct pxk_cap_record rec;
    const struct pxk_rec_comment *at = comments, *end = n ? comments + n : comments;
    const char *texts[PXK_NG_COMMENTS_MAX];
    uint32_t ifaces = 0;
    bool ok = true;
    pxk_usec last = 0;
    while (ok && infile_pull(in, &rec)) {
        for (; ok && ifaces <= rec.iface; ifaces++)
            ok = ngfile_iface(out, pxk_capfile_iface(in->cap, ifaces), NULL);
        size_t count = comments_of(&at, end, rec.number, texts);
        ok = ok && ngfile_packet(out, rec.iface, &rec, texts, count);
        last = rec.at;
    }
    for (uint32_t i = 0; ok && i < ifaces; i++)
        if (pxk_capfile_iface(in->cap, i)->dropped)
            ok = ngfile_stats(out, i, last, pxk_capfile_iface(in->cap, i)->dropped);
    return ok;
}

/* A new file beside @to, with the rights of @from if it replaces that. */
static FILE *temp_open(const char *to, char *path, size_t cap)
{
    struct stat st;
    pxk_fmt(path, cap, "%s.XXXXXX", to);
    int fd = mkstemp(path);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (fd < 0)
        return NULL;
    mode_t mask = umask(0);
    (void)umask(mask);
    (void)fchmod(fd, stat(to, &st) == 0 ? st.st_mode & 0777 : 0666 & ~mask); /* at worst only its owner may read it */
    if (!f)
        (void)close(fd);
    return f;
}

static enum pxk_err write_failed(const char *to, int error, char *why, size_t cap)
{
    pxk_fmt(why, cap, "%s cannot be written: %s", to, strerror(error ? error : EIO));
    return PXK_E_IO;
}

enum pxk_err pxk_rec_annotate(const char *from, const char *to, const char *application, const struct pxk_rec_comment *comments,
                              size_t n, char *why, size_t cap)
{
    char temp[4096];
    struct stat st;
    struct infile in;
    struct ngfile out = {0};
    if (stat(to, &st) == 0 && !S_ISREG(st.st_mode)) {
        pxk_fmt(why, cap, "%s is no file on disk: comments cannot be added", to);
        return PXK_E_USAGE;
    }
    enum pxk_err err = infile_open(&in, from, (size_t)256 << 10);
    if (err == PXK_OK)
        err = infile_begin(&in);
    if (err != PXK_OK) {
        (void)pxk_str_copy(why, cap, in.why);
        infile_close(&in);
        return err;
    }
    FILE *f = temp_open(to, temp, sizeof temp);
    if (!f)
        err = write_failed(to, errno, why, cap);
    else
        err = ngfile_init(&out, f, application);
    if (err == PXK_OK) {
        errno = 0;
        bool ok = copy_packets(&in, &out, comments, n);
        if (!ngfile_close(&out) || !ok || rename(temp, to) != 0)
            err = write_failed(to, errno, why, cap);
    }
    if (f && err != PXK_OK)
        (void)unlink(temp);
    infile_close(&in);
    return err;
}
