#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pxk/isolate.h"

static enum pxk_err file_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return PXK_E_PERM;
    ssize_t n = write(fd, text, strlen(text));
    close(fd);
    return n == (ssize_t)strlen(text) ? PXK_OK : PXK_E_PERM;
}

static enum pxk_err become_root(void)
{
    char map[64];
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (unshare(CLONE_NEWUSER) != 0)
        return PXK_E_PERM;
    enum pxk_err err = file_write("/proc/self/setgroups", "deny");
    if (err == PXK_OK)
        err = file_write("/proc/self/uid_map", pxk_fmt(map, sizeof map, "0 %u 1", (unsigned)uid));
    if (err == PXK_OK)
        err = file_write("/proc/self/gid_map", pxk_fmt(map, sizeof map, "0 %u 1", (unsigned)gid));
    return err;
}

static enum pxk_err unshare_as_root(int flags, char *why, size_t cap)
{
    if ((geteuid() != 0 && become_root() != PXK_OK) || unshare(flags) != 0) {
        pxk_fmt(why, cap, "this system does not let ordinary users make network namespaces: run it with sudo, or allow them "
                          "(sysctl kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0)");
        return PXK_E_PERM;
    }
    return PXK_OK;
}

enum pxk_err pxk_netns_isolate(char *why, size_t cap)
{
    enum pxk_err err = unshare_as_root(CLONE_NEWNET | CLONE_NEWNS, why, cap);
    if (err == PXK_OK)
        (void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL); /* nothing is mounted later: no harm if refused */
    return err;
}

/* What lies below @path's first folder in the old /run shows up in the new one. */
static bool run_keep(int old, const char *path)
{
    char name[256], from[300], to[300];
    if (!pxk_str_starts(path, "/run/"))
        return true;
    path += strlen("/run/");
    size_t n = strcspn(path, "/");
    if (!n || n >= sizeof name)
        return true;
    (void)pxk_str_copy_n(name, sizeof name, path, n);
    pxk_fmt(from, sizeof from, "/proc/self/fd/%d/%s", old, name);
    pxk_fmt(to, sizeof to, "/run/%s", name);
    if (mkdir(to, 0755) != 0) /* there already: kept for another path; a file: nothing can lie below it */
        return errno == EEXIST;
    return mount(from, to, NULL, MS_BIND | MS_REC, NULL) == 0 || errno == ENOENT || errno == ENOTDIR;
}

/* Servers want to write there, and what is written there vanishes with the namespace. */
static bool run_renew(const struct pxk_isolate_opts *opts)
{
    char how[64];
    pxk_fmt(how, sizeof how, opts->room ? "mode=755,size=%zu" : "mode=755", opts->room);
    int old = open("/run", O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool fine = old >= 0 && mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, how) == 0;
    for (size_t i = 0; fine && i < opts->visible_n; i++)
        fine = run_keep(old, opts->visible[i]);
    if (old >= 0)
        close(old);
    return fine;
}

enum pxk_err pxk_isolate(const struct pxk_isolate_opts *opts, char *why, size_t cap)
{
    int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | (opts->keep_network ? 0 : CLONE_NEWNET);
    enum pxk_err err = unshare_as_root(flags, why, cap);
    if (err != PXK_OK)
        return err;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || !run_renew(opts)) {
        pxk_fmt(why, cap, "no file system of its own can be mounted on /run: %s", strerror(errno));
        return PXK_E_PERM;
    }
    return PXK_OK;
}

enum pxk_err pxk_isolate_init(char *why, size_t cap)
{
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
        return PXK_OK;
    /* The kernel refuses a new /proc to a user namespace while the old one is partly covered, as containers do. */
    pxk_fmt(why, cap, "no /proc of its own can be mounted (%s): in a container, start that with --privileged", strerror(errno));
    return PXK_E_PERM;
}

bool pxk_end_with_parent(pid_t parent, int life)
{
    struct pollfd p = {.fd = life, .events = 0};
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        return false;
    return poll(&p, 1, 0) == 0; /* POLLHUP: nobody holds the other end; a negative descriptor is not looked at */
}
