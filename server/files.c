/* Where TFTP's files come from: below a root that nothing leaves, or from memory. */
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- the root ---- */

static int open_beneath(int root, const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK |
                                    O_NOCTTY, /* a FIFO must not block us */
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    long fd;
    do
        fd = syscall(SYS_openat2, root, path, &how, sizeof how);
    while (fd < 0 && errno == EAGAIN); /* a rename went on meanwhile */
    return (int)fd;
}

static enum pxk_err open_failed(const struct pxk_server *s, const char *path)
{
    char quoted[200];
    struct pxk_str q = pxk_str_init(quoted, sizeof quoted);
    if (errno == ENOENT || errno == ENOTDIR)
        return PXK_E_NOTFOUND;
    pxk_str_add_quoted(&q, path, strlen(path));
    if (errno == EXDEV) {
        pxk_log(s->log, PXK_LOG_WARN, "tftp: %s is a link that leads out of the root", quoted);
        return PXK_E_PERM;
    }
    pxk_log(s->log, PXK_LOG_WARN, "tftp: cannot open %s: %s", quoted, strerror(errno));
    return errno == EACCES || errno == EPERM || errno == ELOOP || errno == ENXIO ? PXK_E_PERM
                                                                                 : PXK_E_IO;
}

static enum pxk_err root_open(void *ctx, const char *path, void **file, uint64_t *size)
{
    struct pxk_server *s = ctx;
    struct stat st;
    int fd = open_beneath(s->tftp.root, path);
    if (fd < 0)
        return open_failed(s, path);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return PXK_E_PERM;
    }
    *file = (void *)(intptr_t)fd;
    *size = (uint64_t)st.st_size;
    return PXK_OK;
}

static enum pxk_err root_read(void *ctx, void *file, uint64_t offset, void *buf, size_t n)
{
    (void)ctx; /* memory needs none, the root neither */
    for (size_t done = 0; done < n;) {
        ssize_t r =
            pread((int)(intptr_t)file, (char *)buf + done, n - done, (off_t)(offset + done));
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0) /* 0: the file has become shorter meanwhile */
            return PXK_E_IO;
        done += (size_t)r;
    }
    return PXK_OK;
}

static void root_close(void *ctx, void *file)
{
    (void)ctx;
    close((int)(intptr_t)file);
}

enum pxk_err files_open_root(struct pxk_server *s)
{
    const char *root = s->config->tftp->root;
    if (s->config->files)
        return PXK_OK;
    s->tftp.root = root ? open(root, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (s->tftp.root >= 0)
        return PXK_OK;
    pxk_log(s->log, PXK_LOG_ERROR, "tftp: cannot serve %s: %s", root ? root : "without a root",
            root ? strerror(errno) : "none is configured");
    return root && errno == EACCES ? PXK_E_PERM : PXK_E_NOTFOUND;
}

/* ---- memory ---- */

static enum pxk_err memory_open(void *ctx, const char *path, void **file, uint64_t *size)
{
    const struct pxk_server *s = ctx;
    for (size_t i = 0; i < s->config->file_n; i++) {
        const struct pxk_server_file *f = &s->config->files[i];
        if (strcmp(f->path, path) != 0)
            continue;
        *file = (void *)(uintptr_t)i;
        *size = f->len;
        return PXK_OK;
    }
    return PXK_E_NOTFOUND;
}

static enum pxk_err memory_read(void *ctx, void *file, uint64_t offset, void *buf, size_t n)
{
    const struct pxk_server *s = ctx;
    const struct pxk_server_file *f = &s->config->files[(uintptr_t)file];
    if (offset > f->len || n > f->len - offset)
        return PXK_E_IO;
    memcpy(buf, (const char *)f->data + offset, n);
    return PXK_OK;
}

static void memory_close(void *ctx, void *file)
{
    (void)ctx; /* nothing was opened */
    (void)file;
}

void files_use(struct pxk_server *s)
{
    if (s->config->files)
        s->tftp.files = (struct pxk_tftpd_files){memory_open, memory_read, memory_close, s};
    else
        s->tftp.files = (struct pxk_tftpd_files){root_open, root_read, root_close, s};
}
