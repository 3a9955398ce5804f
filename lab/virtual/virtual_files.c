/* A server's folder in virtual time. Paths are resolved as the service does (server/files.c): nothing leaves the root. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "virtual_int.h"

struct virtual_file {
    char path[PXK_TFTPD_NAME_MAX];
    dev_t device;
    ino_t inode;
    uint8_t *data;
    size_t len;
    unsigned readers;
    bool stale; /* no longer what its path leads to */
};

static int open_beneath(const char *folder, const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    int root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    long fd = -1;
    if (root < 0)
        return -1;
    do
        fd = syscall(SYS_openat2, root, path, &how, sizeof how);
    while (fd < 0 && errno == EAGAIN);
    int saved = errno;
    (void)close(root);
    errno = saved;
    return (int)fd;
}

static enum pxk_err open_failed(const struct virtual_files *f, const char *path)
{
    char quoted[200];
    struct pxk_str q = pxk_str_init(quoted, sizeof quoted);
    if (errno == ENOENT || errno == ENOTDIR)
        return PXK_E_NOTFOUND;
    pxk_str_add_quoted(&q, path, strlen(path));
    if (errno == EXDEV)
        pxk_log(f->log, PXK_LOG_WARN, "tftp: %s is a link that leads out of the root", quoted);
    else
        pxk_log(f->log, PXK_LOG_WARN, "tftp: cannot open %s: %s", quoted, strerror(errno));
    return errno == EXDEV || errno == EACCES || errno == EPERM || errno == ELOOP || errno == ENXIO ? PXK_E_PERM : PXK_E_IO;
}

static bool read_all(int fd, uint8_t *out, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t r = pread(fd, out + done, n - done, (off_t)done);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return false;
        done += (size_t)r;
    }
    return true;
}

/* The open file's content into @v. */
static enum pxk_err load(struct virtual_files *f, int fd, const char *path, struct virtual_file *v)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return PXK_E_PERM;
    if ((uint64_t)st.st_size > VIRTUAL_FILE_MAX) {
        pxk_fmt(f->why, sizeof f->why, "%s has more than 256 MiB: too much for virtual time, which holds files in memory", path);
        return PXK_E_SPACE;
    }
    uint8_t *data = malloc((size_t)st.st_size + 1);
    if (!data || !read_all(fd, data, (size_t)st.st_size)) {
        pxk_fmt(f->why, sizeof f->why, "%s cannot be read: %s", path, data ? strerror(errno) : "out of memory");
        free(data);
        return PXK_E_IO;
    }
    free(v->data);
    v->data = data;
    v->len = (size_t)st.st_size;
    v->device = st.st_dev;
    v->inode = st.st_ino;
    return PXK_OK;
}

static struct virtual_file *find(const struct virtual_files *f, const char *path)
{
    for (size_t i = 0; i < f->known.n; i++)
        if (!f->known.at[i]->stale && strcmp(f->known.at[i]->path, path) == 0)
            return f->known.at[i];
    return NULL;
}

static void file_free(struct virtual_file *v)
{
    if (v)
        free(v->data);
    free(v);
}

static enum pxk_err file_make(struct virtual_files *f, const char *path, struct virtual_file **out)
{
    int fd = open_beneath(f->root, path);
    if (fd < 0)
        return open_failed(f, path);
    struct virtual_file *v = calloc(1, sizeof *v), **slot = v ? pxk_vec_push(&f->known) : NULL;
    enum pxk_err err = slot ? load(f, fd, path, v) : PXK_E_NOMEM;
    (void)close(fd);
    if (err != PXK_OK) {
        f->known.n -= slot != NULL;
        file_free(v);
        return err;
    }
    (void)pxk_str_copy(v->path, sizeof v->path, path);
    *slot = *out = v;
    return PXK_OK;
}

static enum pxk_err on_open(void *ctx, const char *path, void **file, uint64_t *size)
{
    struct virtual_files *f = ctx;
    struct virtual_file *v = find(f, path);
    enum pxk_err err = v ? PXK_OK : file_make(f, path, &v);
    if (err != PXK_OK)
        return err;
    v->readers++;
    *file = v;
    *size = v->len;
    return PXK_OK;
}

static enum pxk_err on_read(void *ctx, void *file, uint64_t offset, void *buf, size_t n)
{
    const struct virtual_file *v = file;
    (void)ctx;
    if (offset > v->len || n > v->len - offset)
        return PXK_E_IO; /* it has become shorter meanwhile */
    memcpy(buf, v->data + offset, n);
    return PXK_OK;
}

static void on_close(void *ctx, void *file)
{
    struct virtual_file *v = file;
    (void)ctx;
    v->readers--;
}

struct pxk_tftpd_files virtual_files_use(struct virtual_files *f)
{
    return (struct pxk_tftpd_files){on_open, on_read, on_close, f};
}

void virtual_files_changed(struct virtual_files *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->known.n; i++) {
        struct virtual_file *v = f->known.at[i];
        struct stat st;
        int fd = v->stale ? -1 : open_beneath(f->root, v->path);
        bool same = fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == v->device && st.st_ino == v->inode;
        v->stale = !same || load(f, fd, v->path, v) != PXK_OK;
        if (fd >= 0)
            (void)close(fd);
        if (v->stale && v->readers == 0)
            file_free(v);
        else
            f->known.at[kept++] = v;
    }
    f->known.n = kept;
}

void virtual_files_done(struct virtual_files *f)
{
    for (size_t i = 0; i < f->known.n; i++)
        file_free(f->known.at[i]);
    pxk_vec_done(&f->known);
}
