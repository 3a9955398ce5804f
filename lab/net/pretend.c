/* A user namespace made without help has one id, so setgroups(2) is denied there and setuid(2) to any other id fails;
 * most servers take that as fatal. The filter answers 0 to those calls without making them. The server then believes that
 * it has dropped its rights; the namespace around it is what really confines it. With no_new_privs, set-user-id programs
 * stay what they are. */
#include <errno.h>
#include <seccomp.h>
#include <stddef.h>

#include "pretend.h"

/* Names, not numbers: libseccomp knows which of them this architecture has. */
static const char *const pretended[] = {
    "setgroups",  "setuid",     "setgid",     "setreuid",    "setregid",    "setresuid",   "setresgid",   "setfsuid",   "setfsgid",
    "chown",      "fchown",     "lchown",     "fchownat",    "setgroups32", "setuid32",    "setgid32",    "setreuid32", "setregid32",
    "setresuid32", "setresgid32", "setfsuid32", "setfsgid32", "chown32",    "fchown32",    "lchown32",
};

static int pretend_all(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < sizeof pretended / sizeof *pretended; i++) {
        int nr = seccomp_syscall_resolve_name(pretended[i]);
        if (nr == __NR_SCMP_ERROR || nr < 0) /* negative: known, but not on this architecture */
            continue;
        int err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(0), nr, 0);
        if (err < 0)
            return err;
    }
    return 0;
}

int pxk_pretend_users(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return -ENOMEM;
    int err = pretend_all(filter);
    if (err == 0)
        err = seccomp_load(filter); /* sets no_new_privs too */
    seccomp_release(filter);
    return err;
}
