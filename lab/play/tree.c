/* The boot tree. Every path of a scenario is resolved below the root by openat2(RESOLVE_IN_ROOT), so that a link in a
 * copied tree that is absolute means what it means to a TFTP server that has changed its root. */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pxk/image/bootset.h"

#define TREE_DEPTH_MAX 32
#define TREE_FILES_MAX 200000u
#define TREE_PATH_MAX  4096
#define CHANGE_MAX     ((uint64_t)8 << 30) /* the longest file that a change may make */

/* ---- paths below the root ---- */

static int open_below(const char *root, const char *path, uint64_t flags, unsigned mode)
{
    struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    int base = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (base < 0)
        return -1;
    int fd = (int)syscall(SYS_openat2, base, path + strspn(path, "/"), &how, sizeof how);
    int err = errno;
    (void)close(base);
    errno = err;
    return fd;
}

/* The folder of @path, made where it is missing, and its last part. */
static int open_parent(const char *root, const char *path, const char **last)
{
    char part[TREE_PATH_MAX];
    path += strspn(path, "/");
    const char *slash = strrchr(path, '/');
    *last = slash ? slash + 1 : path;
    if (!**last || strcmp(*last, "..") == 0 || strcmp(*last, ".") == 0 || strlen(path) >= sizeof part) {
        errno = EINVAL;
        return -1;
    }
    for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
        const char *name;
        (void)pxk_str_copy_n(part, sizeof part, path, (size_t)(p - path));
        int fd = open_below(root, part, O_PATH | O_DIRECTORY, 0);
        if (fd < 0 && errno == ENOENT) {
            int above = open_parent(root, part, &name);
            if (above < 0 || mkdirat(above, name, 0755) != 0)
                return above < 0 ? -1 : (close(above), -1);
            (void)close(above);
        } else if (fd < 0) {
            return -1;
        } else {
            (void)close(fd);
        }
    }
    if (!slash)
        return open_below(root, ".", O_PATH | O_DIRECTORY, 0);
    (void)pxk_str_copy_n(part, sizeof part, path, (size_t)(slash - path));
    return open_below(root, part, O_PATH | O_DIRECTORY, 0);
}

static bool write_all(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

/* A new file takes the place of an old one, so that a server that has it open goes on with the old bytes. */
static bool file_write(const char *root, const char *path, const void *data, size_t len)
{
    const char *name;
    int dir = open_parent(root, path, &name);
    if (dir < 0)
        return false;
    (void)unlinkat(dir, name, 0);
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool ok = fd >= 0 && write_all(fd, data, len);
    int err = errno;
    if (fd >= 0 && close(fd) != 0)
        ok = false;
    (void)close(dir);
    errno = err;
    return ok;
}

static bool copy_bytes(int from, int to)
{
    struct stat st;
    if (fstat(from, &st) != 0 || !S_ISREG(st.st_mode))
        return errno = EINVAL, false;
    for (off_t left = st.st_size; left > 0;) {
        ssize_t n = copy_file_range(from, NULL, to, NULL, (size_t)left, 0);
        if (n < 0 && (errno == EXDEV || errno == ENOSYS || errno == EINVAL || errno == EOPNOTSUPP))
            break;
        if (n <= 0)
            return n == 0;
        left -= n;
    }
    char buf[1 << 16]; /* what copy_file_range could not do between these file systems */
    for (;;) {
        ssize_t n = read(from, buf, sizeof buf);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        if (!write_all(to, buf, (size_t)n))
            return false;
    }
}

/* ---- changes ---- */

/* The target of a link that leads to a file elsewhere in the tree is left alone: the link becomes a file. */
static bool make_own(const char *root, const char *path)
{
    const char *name;
    int from = open_below(root, path, O_RDONLY, 0);
    int dir = from < 0 ? -1 : open_parent(root, path, &name);
    bool ok = false;
    if (dir >= 0) {
        char temp[300];
        pxk_fmt(temp, sizeof temp, ".%.250s.new", name);
        int to = openat(dir, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        ok = to >= 0 && copy_bytes(from, to) && renameat(dir, temp, dir, name) == 0;
        if (to >= 0)
            (void)close(to);
    }
    int err = errno;
    if (dir >= 0)
        (void)close(dir);
    if (from >= 0)
        (void)close(from);
    errno = err;
    return ok;
}

static bool change_truncate(const char *root, const struct pxk_scn_change *c)
{
    uint64_t to = 0;
    struct stat st;
    if (!make_own(root, c->truncate))
        return false;
    int fd = open_below(root, c->truncate, O_RDWR, 0);
    bool ok = fd >= 0 && fstat(fd, &st) == 0;
    if (ok && pxk_str_ends(c->to, "%")) {
        double percent = strtod(c->to, NULL);
        to = (uint64_t)((double)st.st_size * percent / 100);
    } else if (ok && pxk_conf_size_parse(c->to, &to) != PXK_OK) {
        ok = false;
        errno = EINVAL;
    }
    if (ok && to > CHANGE_MAX)
        ok = false, errno = EFBIG;
    ok = ok && ftruncate(fd, (off_t)to) == 0;
    int err = errno;
    if (fd >= 0)
        (void)close(fd);
    errno = err;
    return ok;
}

static bool change_flip(const char *root, const struct pxk_scn_change *c)
{
    struct stat st;
    uint8_t byte = 0;
    if (!make_own(root, c->flip))
        return false;
    int fd = open_below(root, c->flip, O_RDWR, 0);
    bool ok = fd >= 0 && fstat(fd, &st) == 0;
    off_t at = ok && !c->at_given ? st.st_size / 2 : (off_t)c->at;
    if (ok && at >= st.st_size)
        ok = false, errno = ERANGE;
    ok = ok && pread(fd, &byte, 1, at) == 1;
    byte = (uint8_t)~byte;
    ok = ok && pwrite(fd, &byte, 1, at) == 1;
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

static bool change_copy(const char *root, const struct pxk_scn_change *c)
{
    const char *name;
    int from = open_below(root, c->copy, O_RDONLY, 0);
    int dir = from < 0 ? -1 : open_parent(root, c->to, &name);
    bool ok = false;
    if (dir >= 0) {
        (void)unlinkat(dir, name, 0);
        int to = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        ok = to >= 0 && copy_bytes(from, to);
        if (to >= 0)
            (void)close(to);
        (void)close(dir);
    }
    if (from >= 0)
        (void)close(from);
    return ok;
}

static bool change_link(const char *root, const struct pxk_scn_change *c)
{
    const char *name;
    int dir = open_parent(root, c->to, &name);
    if (dir < 0)
        return false;
    (void)unlinkat(dir, name, 0);
    bool ok = symlinkat(c->link, dir, name) == 0;
    (void)close(dir);
    return ok;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static bool change_remove(const char *root, const char *path)
{
    const char *name;
    char whole[TREE_PATH_MAX];
    int dir = open_parent(root, path, &name);
    if (dir < 0)
        return false;
    bool ok = unlinkat(dir, name, 0) == 0;
    if (!ok && errno == EISDIR) {
        char link[64];
        char folder[TREE_PATH_MAX - 300];
        ssize_t n = readlink(pxk_fmt(link, sizeof link, "/proc/self/fd/%d", dir), folder, sizeof folder - 1);
        if (n > 0) {
            folder[n] = 0;
            pxk_fmt(whole, sizeof whole, "%s/%s", folder, name);
            ok = nftw(whole, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0;
        }
    }
    (void)close(dir);
    return ok;
}

enum pxk_err pxk_tree_change(const char *root, const struct pxk_scn_change *c, char *why, size_t why_cap)
{
    const char *path = c->remove   ? c->remove
                       : c->write  ? c->write
                       : c->truncate ? c->truncate
                       : c->copy   ? c->copy
                       : c->flip   ? c->flip
                                   : c->link;
    bool ok = false;
    errno = 0;
    if (c->remove)
        ok = change_remove(root, c->remove);
    else if (c->write)
        ok = file_write(root, c->write, c->text ? c->text : "", c->text ? strlen(c->text) : 0);
    else if (c->truncate)
        ok = c->to && change_truncate(root, c);
    else if (c->copy)
        ok = c->to && change_copy(root, c);
    else if (c->flip)
        ok = change_flip(root, c);
    else if (c->link)
        ok = c->to && change_link(root, c);
    if (ok)
        return PXK_OK;
    pxk_fmt(why, why_cap, "the boot tree's %s could not be changed: %s", path ? path : "file", strerror(errno));
    return errno == ENOENT ? PXK_E_NOTFOUND : PXK_E_IO;
}

/* ---- the tree itself ---- */

const char *pxk_tree_debian(void)
{
    static char best[200];
    unsigned best_release = 0;
    DIR *d = opendir("/usr/lib/debian-installer/images");
    for (struct dirent *e; d && (e = readdir(d));) {
        unsigned release = (unsigned)strtoul(e->d_name, NULL, 10);
        char path[200];
        struct stat st;
        if (release <= best_release || release > 999)
            continue;
        pxk_fmt(path, sizeof path, "/usr/lib/debian-installer/images/%u/amd64/text/pxelinux.0", release);
        if (stat(path, &st) != 0)
            continue;
        best_release = release;
        pxk_fmt(best, sizeof best, "/usr/lib/debian-installer/images/%u/amd64/text", release);
    }
    if (d)
        (void)closedir(d);
    return best_release ? best : NULL;
}

const char *pxk_tree_boot_file(const struct pxk_scn_files *files, uint16_t arch)
{
    static const struct {
        uint16_t arch;
        const char *generated, *debian;
    } row[] = {
        {PXK_ARCH_BIOS, "pxelinux.0", "pxelinux.0"},
        {PXK_ARCH_UEFI_X64, "bootx64.efi", "debian-installer/amd64/bootnetx64.efi"},
        {PXK_ARCH_UEFI_IA32, "bootia32.efi", ""},
        {PXK_ARCH_UEFI_ARM64, "bootaa64.efi", ""},
    };
    for (size_t i = 0; i < PXK_COUNT(row); i++)
        if (row[i].arch == arch)
            return files->set == PXK_SCN_SET_DEBIAN && !files->from ? row[i].debian : row[i].generated;
    return "";
}

struct copying {
    int from, to;
    unsigned files;
};

static bool copy_folder(struct copying *c, int from, int to, unsigned depth);

static bool copy_entry(struct copying *c, int from, int to, const char *name, unsigned depth)
{
    struct stat st;
    char target[TREE_PATH_MAX];
    if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    if (S_ISLNK(st.st_mode)) {
        ssize_t n = readlinkat(from, name, target, sizeof target - 1);
        if (n <= 0)
            return false;
        target[n] = 0;
        return symlinkat(target, to, name) == 0;
    }
    if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
        return true; /* sockets and the like are nothing that can be downloaded */
    bool dir = S_ISDIR(st.st_mode);
    if (dir && mkdirat(to, name, 0755) != 0)
        return false;
    int a = openat(from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | (dir ? O_DIRECTORY : 0));
    int b = dir ? openat(to, name, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
                : openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool ok = a >= 0 && b >= 0 && (dir ? copy_folder(c, a, b, depth + 1) : copy_bytes(a, b));
    if (a >= 0)
        (void)close(a);
    if (b >= 0)
        (void)close(b);
    return ok;
}

static bool copy_folder(struct copying *c, int from, int to, unsigned depth)
{
    if (depth > TREE_DEPTH_MAX)
        return errno = ELOOP, false;
    int again = dup(from);
    DIR *d = again < 0 ? NULL : fdopendir(again);
    bool ok = d != NULL;
    for (struct dirent *e; ok && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (++c->files > TREE_FILES_MAX)
            ok = false, errno = EFBIG;
        else
            ok = copy_entry(c, from, to, e->d_name, depth);
    }
    if (d)
        (void)closedir(d);
    return ok;
}

static bool tree_copy(const char *from, const char *to)
{
    struct copying c = {.from = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    c.to = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = c.from >= 0 && c.to >= 0 && copy_folder(&c, c.from, c.to, 0);
    int err = errno;
    if (c.from >= 0)
        (void)close(c.from);
    if (c.to >= 0)
        (void)close(c.to);
    errno = err;
    return ok;
}

/* Where the generated configs say that the answer file is: the first server that serves files. */
static pxk_ip4 file_server(const struct pxk_scenario *s)
{
    static const char *const kinds[] = {"dnsmasq", "tftpd", "reference"};
    for (size_t i = 0; i < s->servers.n; i++)
        for (size_t k = 0; !s->servers.at[i].no_tftp && k < PXK_COUNT(kinds); k++)
            if (strstr(s->servers.at[i].run, kinds[k]))
                return s->servers.at[i].address;
    return s->servers.n ? s->servers.at[0].address : 0;
}

static enum pxk_err tree_generate(const struct pxk_scenario *s, const char *root)
{
    struct pxk_bootset_opts opts = {.server = file_server(s),
                                    .kernel_bytes = (size_t)s->files.kernel, .initrd_bytes = (size_t)s->files.initrd};
    struct pxk_bootset set = {0};
    enum pxk_err err = pxk_bootset_generate(&opts, &set);
    for (size_t i = 0; err == PXK_OK && i < set.n; i++)
        if (!file_write(root, set.file[i].path, set.file[i].data, set.file[i].len))
            err = PXK_E_IO;
    pxk_bootset_done(&set);
    return err;
}

/* Where the tree comes from: "" for a generated or an empty one. */
static enum pxk_err tree_source(const struct pxk_scenario *s, const char *folder, char *out, size_t cap, char *why, size_t why_cap)
{
    struct stat st;
    *out = 0;
    if (s->files.from) {
        pxk_fmt(out, cap, "%s%s%s", *s->files.from == '/' ? "" : folder, *s->files.from == '/' ? "" : "/", s->files.from);
        if (stat(out, &st) == 0 && S_ISDIR(st.st_mode))
            return PXK_OK;
        pxk_fmt(why, why_cap, "files: from: %s is no folder that can be read", out);
        return PXK_E_IO;
    }
    if (s->files.set != PXK_SCN_SET_DEBIAN)
        return PXK_OK;
    if (!pxk_tree_debian()) {
        pxk_fmt(why, why_cap, "the Debian netboot tree is not installed (package debian-installer-12-netboot-amd64)");
        return PXK_E_NOTFOUND;
    }
    (void)pxk_str_copy(out, cap, pxk_tree_debian());
    return PXK_OK;
}

/* A tree that the timeline changes must be a copy from the beginning. */
static bool is_changed(const struct pxk_scenario *s)
{
    for (size_t i = 0; i < s->timeline.n; i++)
        if (s->timeline.at[i].action == PXK_SCN_DO_FILES)
            return true;
    return s->files.changes.n > 0;
}

enum pxk_err pxk_tree_make(const struct pxk_scenario *s, const char *folder, const char *work, char *root, size_t cap, char *why,
                           size_t why_cap)
{
    char from[TREE_PATH_MAX], whole[TREE_PATH_MAX];
    enum pxk_err err = tree_source(s, folder, from, sizeof from, why, why_cap);
    if (err != PXK_OK)
        return err;
    if (*from && !is_changed(s)) {
        if (!realpath(from, whole) || !pxk_str_copy(root, cap, whole))
            return pxk_fmt(why, why_cap, "the path of %s is too long", from), PXK_E_IO;
        return PXK_OK;
    }
    char made[TREE_PATH_MAX];
    pxk_fmt(made, sizeof made, "%s/tree", work);
    if (mkdir(made, 0755) != 0 || !realpath(made, whole) || !pxk_str_copy(root, cap, whole))
        return pxk_fmt(why, why_cap, "no folder for the boot tree in %s: %s", work, strerror(errno)), PXK_E_IO;
    if (*from) {
        if (!tree_copy(from, root))
            err = PXK_E_IO;
    } else if (s->files.set == PXK_SCN_SET_GENERATED) {
        err = tree_generate(s, root);
    }
    if (err != PXK_OK) {
        pxk_fmt(why, why_cap, "the boot tree could not be made: %s", errno ? strerror(errno) : pxk_err_text(err));
        return err;
    }
    for (size_t i = 0; err == PXK_OK && i < s->files.changes.n; i++)
        err = pxk_tree_change(root, &s->files.changes.at[i], why, why_cap);
    return err == PXK_E_NOTFOUND ? PXK_E_IO : err;
}
