/* Recording while watching: a ring of pcapng files, and the comments that belong to their frames. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rec_int.h"

#define IFACES_MAX 256u
#define PATH_CAP   4096
#define STREAM_COMMENTS 64u

struct written {         /* one file of the ring */
    char *path;
    uint64_t first, last; /* frames in it; first 0: none */
};

struct comment {
    uint64_t number;
    char *text;
    bool done;           /* it is in its file */
};

struct iface {
    unsigned source;
    uint32_t index;      /* within the source */
    struct pxk_cap_iface is;
    bool described;      /* in the current file */
    uint32_t here;       /* its number there */
};

struct pxk_rec {
    struct pxk_rec_opts opts;
    char *path;
    struct ngfile file;
    pxk_usec opened;     /* time of the current file's first packet */
    uint32_t serial;     /* of the current file */
    uint32_t described;  /* interfaces in it */
    bool to_stdout, failed, streams;
    struct iface iface[IFACES_MAX];
    uint32_t iface_n;
    PXK_VEC(struct written) files; /* the last one is being written */
    PXK_VEC(struct comment) comments;
    size_t pending;      /* comments that are in no file yet */
    char why[300];
};

static enum pxk_err failed(struct pxk_rec *r, const char *path, int error)
{
    r->failed = true;
    pxk_fmt(r->why, sizeof r->why, "%s cannot be written: %s", path, strerror(error ? error : EIO));
    return PXK_E_IO;
}

/* ---- names ---- */

static unsigned digits(uint32_t n)
{
    unsigned d = 1;
    while (n >= 10) {
        n /= 10;
        d++;
    }
    return d;
}

/* As tcpdump has it: the time by strftime if files change by time, a number behind it if they change by size. */
static void name_make(const struct pxk_rec *r, pxk_usec at, char *out, size_t cap)
{
    char base[PATH_CAP];
    time_t sec = (time_t)(at / PXK_SEC);
    struct tm tm;
    if (!r->opts.every_s || !localtime_r(&sec, &tm) || !strftime(base, sizeof base, r->path, &tm))
        (void)pxk_str_copy(base, sizeof base, r->path);
    if (r->opts.max_bytes && r->opts.count)
        pxk_fmt(out, cap, "%s%0*u", base, (int)digits(r->opts.count - 1), (unsigned)(r->serial % r->opts.count));
    else if (r->opts.max_bytes && r->serial)
        pxk_fmt(out, cap, "%s%u", base, (unsigned)r->serial);
    else
        (void)pxk_str_copy(out, cap, base);
}

/* ---- comments ---- */

static int by_number(const void *a, const void *b)
{
    const struct pxk_rec_comment *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return (x->text > y->text) - (x->text < y->text);
}

/* Add to a closed file what is known about its frames. */
static enum pxk_err file_annotate(struct pxk_rec *r, const struct written *f)
{
    size_t n = 0;
    struct stat st;
    if (r->failed || stat(f->path, &st) != 0 || !S_ISREG(st.st_mode))
        return PXK_OK; /* a pipe, a device, or taken away already */
    struct pxk_rec_comment *sorted = r->pending && f->first ? calloc(r->pending, sizeof *sorted) : NULL;
    if (!sorted)
        return PXK_OK;
    for (size_t i = 0; i < r->comments.n; i++) {
        struct comment *c = &r->comments.at[i];
        if (c->done || c->number < f->first || c->number > f->last)
            continue;
        sorted[n++] = (struct pxk_rec_comment){c->number - f->first + 1, c->text};
        c->done = true;
    }
    r->pending -= n;
    qsort(sorted, n, sizeof *sorted, by_number);
    enum pxk_err err = n ? pxk_rec_annotate(f->path, f->path, r->opts.application, sorted, n, r->why, sizeof r->why) : PXK_OK;
    free(sorted);
    return err;
}

/* What is written cannot be commented any more where it is not a file. */
static void comments_forget(struct pxk_rec *r)
{
    for (size_t i = 0; i < r->comments.n; i++)
        free(r->comments.at[i].text);
    r->comments.n = 0;
    r->pending = 0;
}

/* Comments that came before their frame is written: they are the latest. */
static size_t comments_ready(struct pxk_rec *r, uint64_t number, const char *out[static PXK_NG_COMMENTS_MAX])
{
    size_t n = 0, first = r->comments.n;
    if (!r->pending)
        return 0;
    while (first && r->comments.n - first < PXK_NG_COMMENTS_MAX && r->comments.at[first - 1].number == number)
        first--;
    for (size_t i = first; i < r->comments.n; i++) {
        struct comment *c = &r->comments.at[i];
        if (c->done)
            continue;
        out[n++] = c->text;
        c->done = true;
    }
    r->pending -= n;
    return n;
}

bool pxk_rec_streams(const struct pxk_rec *r)
{
    return r->streams;
}

void pxk_rec_comment(struct pxk_rec *r, uint64_t number, const char *text)
{
    if (r->streams && r->comments.n == STREAM_COMMENTS)
        comments_forget(r);
    if (r->comments.n >= PXK_REC_COMMENTS_MAX)
        return;
    struct comment *c = pxk_vec_push(&r->comments);
    if (!c)
        return;
    c->number = number;
    c->text = strdup(text);
    c->done = !c->text;
    r->pending += !c->done;
}

/* ---- files ---- */

static struct written *current(struct pxk_rec *r)
{
    return &r->files.at[r->files.n - 1];
}

static void written_drop(struct pxk_rec *r, size_t i)
{
    free(r->files.at[i].path);
    memmove(&r->files.at[i], &r->files.at[i + 1], (r->files.n - i - 1) * sizeof *r->files.at);
    r->files.n--;
}

/* The ring is full, or a name comes again: the older file is gone. */
static void ring_turn(struct pxk_rec *r, const char *name)
{
    for (size_t i = 0; i < r->files.n; i++)
        if (strcmp(r->files.at[i].path, name) == 0)
            written_drop(r, i--);
    while (r->opts.count && r->files.n >= r->opts.count) {
        (void)unlink(r->files.at[0].path); /* gone already: fine */
        written_drop(r, 0);
    }
}

static bool is_input(const struct pxk_rec *r, const char *name)
{
    struct stat out, in;
    if (r->to_stdout || stat(name, &out) != 0)
        return false;
    for (size_t i = 0; i < r->opts.input_n; i++)
        if (stat(r->opts.inputs[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
            return true;
    return false;
}

static enum pxk_err file_begin(struct pxk_rec *r, pxk_usec at)
{
    char name[PATH_CAP];
    name_make(r, at, name, sizeof name);
    ring_turn(r, name);
    if (is_input(r, name)) {
        pxk_fmt(r->why, sizeof r->why, "%s is being read: it is not written over", name);
        return PXK_E_USAGE;
    }
    FILE *f = r->to_stdout ? stdout : fopen(name, "we");
    if (!f)
        return failed(r, name, errno);
    if (ngfile_init(&r->file, f, r->opts.application) != PXK_OK)
        return PXK_E_NOMEM;
    struct written *w = pxk_vec_push(&r->files);
    if (w)
        w->path = strdup(name);
    if (!w || !w->path)
        return PXK_E_NOMEM;
    r->opened = at;
    r->described = 0;
    for (uint32_t i = 0; i < r->iface_n; i++)
        r->iface[i].described = false;
    return PXK_OK;
}

static enum pxk_err file_end(struct pxk_rec *r)
{
    errno = 0;
    bool ok = ngfile_close(&r->file);
    if (!ok && !r->failed) /* else it is told already */
        return failed(r, current(r)->path, errno);
    return r->to_stdout ? PXK_OK : file_annotate(r, current(r));
}

static bool rotation_due(const struct pxk_rec *r, pxk_usec at)
{
    if (r->to_stdout)
        return false;
    return (r->opts.max_bytes && r->file.bytes >= r->opts.max_bytes) ||
           (r->opts.every_s && pxk_usec_since(r->opened, at) >= r->opts.every_s * PXK_SEC);
}

/* ---- packets ---- */

/* Its number in the current file. Past the bound: any that has the same link type. */
static struct iface *iface_of(struct pxk_rec *r, unsigned source, const struct pxk_cap_iface *is, const struct pxk_cap_record *rec)
{
    struct iface *same = NULL;
    for (uint32_t i = 0; i < r->iface_n; i++) {
        struct iface *f = &r->iface[i];
        if (f->is.link != is->link)
            continue;
        same = f;
        if (f->source == source && f->index == rec->iface)
            return f;
    }
    if (r->iface_n == IFACES_MAX)
        return same;
    same = &r->iface[r->iface_n++];
    *same = (struct iface){.source = source, .index = rec->iface, .is = *is};
    return same;
}

static bool iface_describe(struct pxk_rec *r, struct iface *f)
{
    if (f->described)
        return true;
    f->described = true;
    f->here = r->described++;
    return ngfile_iface(&r->file, &f->is, r->opts.filter);
}

/* The first file was named after the time when recording began. */
static void first_packet(struct pxk_rec *r, pxk_usec at)
{
    char name[PATH_CAP];
    r->opened = at;
    if (!r->opts.every_s || r->to_stdout)
        return;
    name_make(r, at, name, sizeof name);
    char *copy = strcmp(name, current(r)->path) != 0 && !is_input(r, name) ? strdup(name) : NULL;
    if (!copy || rename(current(r)->path, name) != 0) {
        free(copy); /* then it keeps the other name */
        return;
    }
    free(current(r)->path);
    current(r)->path = copy;
}

static enum pxk_err packet_put(struct pxk_rec *r, unsigned source, const struct pxk_cap_iface *iface,
                               const struct pxk_cap_record *rec, uint64_t number)
{
    if (!r->opened)
        first_packet(r, rec->at);
    if (rotation_due(r, rec->at)) {
        enum pxk_err err = file_end(r);
        r->serial++;
        err = err == PXK_OK ? file_begin(r, rec->at) : err;
        if (err != PXK_OK)
            return err;
    }
    const char *comments[PXK_NG_COMMENTS_MAX];
    struct iface *f = iface_of(r, source, iface, rec);
    if (!f)
        return PXK_OK; /* hundreds of interfaces, and none like this one */
    size_t n = comments_ready(r, number, comments);
    errno = 0;
    if (!iface_describe(r, f) || !ngfile_packet(&r->file, f->here, rec, comments, n))
        return failed(r, current(r)->path, errno);
    struct written *w = current(r);
    w->first = w->first ? w->first : number;
    w->last = number;
    return PXK_OK;
}

enum pxk_err pxk_rec_packet(struct pxk_rec *r, unsigned source, const struct pxk_cap_iface *iface, const struct pxk_cap_record *rec,
                            uint64_t number)
{
    if (r->failed)
        return PXK_OK;
    enum pxk_err err = packet_put(r, source, iface, rec, number);
    if (err == PXK_OK)
        return PXK_OK;
    r->failed = true;
    if (!*r->why)
        (void)pxk_str_copy(r->why, sizeof r->why, pxk_err_text(err));
    return err;
}

enum pxk_err pxk_rec_flush(struct pxk_rec *r)
{
    if (!r->file.f || r->failed)
        return PXK_OK;
    struct pollfd p = {.fd = fileno(r->file.f)};
    errno = 0;
    if (fflush(r->file.f) != 0)
        return failed(r, current(r)->path, errno);
    if (r->streams && poll(&p, 1, 0) > 0 && p.revents & POLLERR)
        return failed(r, current(r)->path, EPIPE);
    return PXK_OK;
}

const char *pxk_rec_why(const struct pxk_rec *r)
{
    return r->why;
}

/* ---- life ---- */

static void rec_free(struct pxk_rec *r)
{
    (void)ngfile_close(&r->file); /* only open here if opening failed */
    while (r->files.n)
        written_drop(r, r->files.n - 1);
    pxk_vec_done(&r->files);
    for (size_t i = 0; i < r->comments.n; i++)
        free(r->comments.at[i].text);
    pxk_vec_done(&r->comments);
    free(r->path);
    free(r);
}

enum pxk_err pxk_rec_open(const struct pxk_rec_opts *opts, struct pxk_rec **out, char *why, size_t cap)
{
    struct pxk_rec *r = calloc(1, sizeof *r);
    if (!r)
        return PXK_E_NOMEM;
    r->opts = *opts;
    r->path = strdup(opts->path);
    r->to_stdout = strcmp(opts->path, "-") == 0;
    /* The first packet may be hours away, or of another year: its file is made then. Can there be one at all? */
    enum pxk_err err = r->path ? file_begin(r, (pxk_usec)time(NULL) * PXK_SEC) : PXK_E_NOMEM;
    if (err != PXK_OK) {
        pxk_fmt(why, cap, "%s", *r->why ? r->why : pxk_err_text(err));
        rec_free(r);
        return err;
    }
    struct stat st;
    r->streams = fstat(fileno(r->file.f), &st) != 0 || !S_ISREG(st.st_mode);
    r->opened = 0;
    *out = r;
    return PXK_OK;
}

enum pxk_err pxk_rec_close(struct pxk_rec *r, char *why, size_t cap)
{
    if (!r)
        return PXK_OK;
    enum pxk_err err = r->failed ? PXK_E_IO : PXK_OK;
    if (r->file.f) {
        enum pxk_err end = file_end(r);
        err = err == PXK_OK ? end : err;
    }
    /* What became clear only after its file was closed. */
    for (size_t i = 0; i < r->files.n && !r->to_stdout; i++) {
        enum pxk_err late = file_annotate(r, &r->files.at[i]);
        err = err == PXK_OK ? late : err;
    }
    if (err != PXK_OK)
        pxk_fmt(why, cap, "%s", r->why);
    rec_free(r);
    return err;
}
