#include "pxk/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum pxk_err read_all(int fd, size_t max, struct pxk_text *out)
{
    char buf[16384];
    size_t all = 0;
    for (;;) {
        ssize_t n = read(fd, buf, sizeof buf);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return PXK_E_IO;
        size_t room = max - all, take = (size_t)n < room ? (size_t)n : room;
        pxk_text_add_n(out, buf, take);
        all += take;
        if (out->failed)
            return PXK_E_NOMEM;
        if (take < (size_t)n)
            return PXK_E_SPACE;
        if (n == 0)
            return PXK_OK;
    }
}

enum pxk_err pxk_file_read(const char *path, size_t max, struct pxk_text *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? PXK_E_NOTFOUND : PXK_E_IO;
    enum pxk_err err = read_all(fd, max, out);
    int failed = errno;
    close(fd);
    errno = failed;
    return err;
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

enum pxk_err pxk_file_write(const char *path, const void *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return PXK_E_IO;
    bool ok = write_all(fd, data, len);
    int failed = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        failed = errno;
    }
    errno = failed;
    return ok ? PXK_OK : PXK_E_IO;
}

enum pxk_err pxk_file_replace(const char *path, const void *data, size_t len)
{
    struct pxk_text temp = {0};
    struct stat st;
    /* A device or a pipe (/dev/stdout, a shell's >(...)) cannot be replaced, and there is nothing to keep whole. */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return pxk_file_write(path, data, len);
    pxk_text_addf(&temp, "%s.%ld.part", path, (long)getpid());
    if (temp.failed)
        return PXK_E_NOMEM;
    enum pxk_err err = pxk_file_write(temp.s, data, len);
    if (err == PXK_OK && rename(temp.s, path) != 0)
        err = PXK_E_IO;
    int failed = errno;
    if (err != PXK_OK)
        (void)unlink(temp.s);
    pxk_text_done(&temp);
    errno = failed;
    return err;
}
